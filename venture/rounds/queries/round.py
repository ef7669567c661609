"""Rounds with everything that belongs to them; what stands in the way of opening; how two rounds differ."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from venture import clock, money, trail
from venture.db import db, sum_of
from venture.people.models import Paper
from venture.refusal import Blocker
from venture.rounds import questions
from venture.rounds.defaults import ACTUAL, CORRECTABLE, GOAL, PAPER, RULE, SETTINGS, Setting
from venture.rounds.models import (
    CarryOver,
    Goal,
    MoveState,
    Phase,
    Round,
    RoundState,
    SetAside,
    Source,
    Supplement,
    Theme,
    ThemeMove,
)
from venture.words import N_
from venture.workdays import CompleteYear, Workday, calendar

WHOLE_SHEET = 100 * 10_000
"""Σ max × weight of a score sheet of 100 points: hundredths times percent."""


def _whole() -> tuple[ExecutableOption, ...]:
    return (
        selectinload(Round.themes).selectinload(Theme.criteria),
        selectinload(Round.fields),
        selectinload(Round.sources),
        selectinload(Round.plan),
        selectinload(Round.papers),
        selectinload(Round.rules),
        selectinload(Round.questions),
        joinedload(Round.created_by),
    )


def by_year(year: int) -> Round | None:
    """The round of a year with everything that belongs to it."""
    return db.session.scalar(select(Round).where(Round.year == year).options(*_whole()))


def outline(year: int) -> Round | None:
    """The round of a year with its themes, their score sheets and its fields: what lists of it show. Four statements."""
    return db.session.scalar(
        select(Round)
        .where(Round.year == year)
        .options(selectinload(Round.themes).selectinload(Theme.criteria), selectinload(Round.fields))
    )


def by_id(id: int) -> Round | None:
    """One round with everything that belongs to it."""
    return db.session.scalar(select(Round).where(Round.id == id).options(*_whole()))


def all_rounds() -> Sequence[Round]:
    """All rounds, newest first, with everything that belongs to them."""
    return db.session.scalars(select(Round).order_by(Round.year.desc()).options(*_whole())).all()


def current_round() -> Round | None:
    """The newest round that is not finished, else the newest one."""
    return db.session.scalar(
        select(Round)
        .order_by((Round.state == RoundState.FINISHED), Round.year.desc())
        .limit(1)
        .options(*_whole())
    )


def open_calls() -> Sequence[Round]:
    """The rounds that are open for applications, the first to close first."""
    return db.session.scalars(
        select(Round).where(Round.state == RoundState.OPEN).order_by(Round.closes_at, Round.id)
    ).all()


def supplements(round: Round) -> Sequence[Supplement]:
    """What was published about the round while it was open, newest first. One statement."""
    return db.session.scalars(
        select(Supplement).where(Supplement.round_id == round.id).order_by(Supplement.number.desc())
    ).all()


def theme(id: int) -> Theme | None:
    """One theme with its score sheet and its round."""
    return db.session.scalar(
        select(Theme).where(Theme.id == id).options(joinedload(Theme.round), selectinload(Theme.criteria))
    )


def _signed() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(ThemeMove.source),
        joinedload(ThemeMove.target),
        joinedload(ThemeMove.round),
        joinedload(ThemeMove.proposed_by),
        joinedload(ThemeMove.approved_by),
        joinedload(ThemeMove.paper).joinedload(Paper.signer),
        joinedload(ThemeMove.paper).joinedload(Paper.entered_by),
        joinedload(ThemeMove.paper).joinedload(Paper.checked_by),
        joinedload(ThemeMove.paper).joinedload(Paper.scan),
    )


def moves(round: Round) -> Sequence[ThemeMove]:
    """The moves of money between the round's themes, newest first."""
    return db.session.scalars(
        select(ThemeMove)
        .where(ThemeMove.round_id == round.id)
        .order_by(ThemeMove.id.desc())
        .options(*_signed())
    ).all()


def move(id: int) -> ThemeMove | None:
    """One move with its themes and the people who proposed and approved it."""
    return db.session.scalar(select(ThemeMove).where(ThemeMove.id == id).options(*_signed()))


def carry_overs(round: Round) -> Sequence[CarryOver]:
    """What was proposed to be carried over of the round's sources, newest first. One statement."""
    return db.session.scalars(
        select(CarryOver)
        .join(CarryOver.source)
        .where(Source.round_id == round.id)
        .options(
            contains_eager(CarryOver.source).joinedload(Source.round),
            joinedload(CarryOver.proposed_by),
            joinedload(CarryOver.approved_by),
        )
        .order_by(CarryOver.id.desc())
    ).all()


def uncovered() -> list[tuple[int, int, int, int]]:
    """The rounds past their planning whose sources cover less than grants and set-asides: id, and the three sums."""
    sources = select(sum_of(Source.amount)).where(Source.round_id == Round.id).scalar_subquery()
    beside = select(sum_of(SetAside.amount)).where(SetAside.round_id == Round.id).scalar_subquery()
    rows = db.session.execute(
        select(Round.id, sources, Round.total, beside)
        .where(Round.state != RoundState.PLANNED)
        .order_by(Round.id)
    )
    sums = [(row, int(money or 0), total, int(aside or 0)) for row, money, total, aside in rows]
    return [each for each in sums if each[1] < each[2] + each[3]]


def open_moves(round: Round) -> int:
    """How many moves of the round still wait for an approval."""
    return sum(move.state is MoveState.PROPOSED for move in moves(round))


def sheet_points(theme: Theme, phase: Phase = Phase.PAPERS) -> int:
    """What a score sheet adds up to, in hundredths of a point, weights included (rounded down), bonus items left out."""
    return _weighed(theme, phase) // 100


def bonus_points(theme: Theme) -> int:
    """The most that the theme's bonus items can add to a score, in hundredths."""
    return sum(one.max for one in theme.sheet() if one.bonus)


def _weighed(theme: Theme, phase: Phase) -> int:
    return sum(one.max * one.weight for one in theme.sheet(phase) if not one.bonus)


def shares(round: Round) -> dict[int, int | None]:
    """Each theme's part of the round's total, in whole percent, by theme id."""
    return {theme.id: money.percent(theme.earmark, round.total) for theme in round.themes}


def obstacles(round: Round, at: datetime) -> list[Blocker]:
    """Everything that stands in the way of opening the round; `open_round` refuses with this very list."""
    found = []
    if round.state is not RoundState.PLANNED:
        return [Blocker("rounds.not_planned", facts={"state": round.state})]
    if not round.themes:
        found.append(Blocker("rounds.no_themes", "themes"))
    elif round.allotted != round.total:
        facts = {
            "total": round.total,
            "allotted": round.allotted,
            "left": round.total - round.allotted,
        }
        found.append(Blocker("rounds.earmarks_below_total", "themes", facts))
    for theme in round.themes:
        if not theme.earmark:
            found.append(Blocker("rounds.no_earmark", "themes", {"theme": theme.name}))
        found += _sheet_obstacles(theme, round)
    sources = sum(source.amount for source in round.sources)
    if sources < round.total + round.set_aside:
        facts = {"total": round.total, "set_aside": round.set_aside, "sources": sources}
        found.append(Blocker("rounds.sources_short", "sources", facts))
    if not round.plan:
        found.append(Blocker("rounds.no_plan", "plan"))
    if not round.fields:
        found.append(Blocker("rounds.no_fields", "fields"))
    if round.topic_required and not round.topics:
        found.append(Blocker("rounds.no_topics", "call"))
    themes = {theme.code: theme.name for theme in round.themes}
    found += questions.contradictions([row.definition for row in round.questions], themes)
    if round.closes_at <= at:
        found.append(Blocker("rounds.window_past", "window", {"closes_at": round.closes_at}))
    return found


def _sheet_obstacles(theme: Theme, round: Round) -> Iterator[Blocker]:
    """What is wrong with the theme's score sheets: each phase of the round has one of 100 points."""
    for phase in round.phases:
        spoken = phase is Phase.PRESENTATION
        if not theme.sheet(phase):
            code = "rounds.no_presentation_criteria" if spoken else "rounds.no_criteria"
            yield Blocker(code, "sheets", {"theme": theme.name})
        elif _weighed(theme, phase) != WHOLE_SHEET:
            code = "rounds.presentation_sum" if spoken else "rounds.sheet_sum"
            facts = {"theme": theme.name, "points": sheet_points(theme, phase)}
            yield Blocker(code, "sheets", facts)
    if (bonus := bonus_points(theme)) > round.bonus_most:
        facts = {"theme": theme.name, "points": bonus, "most": round.bonus_most}
        yield Blocker("rounds.bonus_over", "sheets", facts)


def next_cover(last: Round) -> dict[str, Any]:
    """Year, ordinal and window of the round after `last`: the same days and hours in Beijing one year on."""
    window = {}
    for name in ("opens_at", "closes_at"):
        moment = clock.beijing(getattr(last, name))
        day = min(moment.day, 28) if moment.month == 2 else moment.day
        window[name] = moment.replace(year=moment.year + 1, day=day)
    return {"year": last.year + 1, "ordinal": last.ordinal + 1, **window}


class Written(NamedTuple):
    """One setting as it stands in a round: where it belongs, its name, how it is written, its value."""

    group: str
    label: str
    kind: str
    value: Any


class Difference(NamedTuple):
    """One setting in which a round differs from another; None where the other has no such thing."""

    group: str
    label: str
    kind: str
    old: Any
    new: Any


def settings(round: Round) -> dict[tuple[Any, ...], Written]:
    """Every setting of the round by a key that it shares with other rounds, in the page's order."""
    found: dict[tuple[Any, ...], Written] = {
        ("round", setting.name): Written("", setting.label, setting.kind, getattr(round, setting.name))
        for setting in SETTINGS
    }

    def note(key: tuple[Any, ...], group: str, label: str, kind: str, value: Any) -> None:
        found[key] = Written(group, label, kind, value)

    for theme in round.themes:
        at = ("theme", theme.code)
        note((*at, "name"), theme.name, N_("Name of the theme"), "text", theme.name)
        note((*at, "earmark"), theme.name, N_("Earmarked amount"), "money", theme.earmark)
        note((*at, "ceiling"), theme.name, N_("Most for one project"), "money", theme.ceiling)
        note(
            (*at, "consultation"), theme.name, N_("Asks for the deliberation part"), "yes", theme.consultation
        )
        for row in (row for phase in round.phases for row in theme.sheet(phase)):
            group, at_row = f"{theme.name} · {row.name}", (*at, "criterion", row.code)
            note((*at_row, "name"), group, N_("Criterion"), "text", row.name)
            note((*at_row, "max"), group, N_("Most points"), "marks", row.max)
            note((*at_row, "weight"), group, N_("Weight"), "percent", row.weight)
            note((*at_row, "step"), group, N_("Step of points"), "marks", row.step)
            note((*at_row, "bonus"), group, N_("Bonus"), "yes", row.bonus)
            note((*at_row, "tie"), group, N_("Place among the tie-breakers"), "count", row.tie_order)
            anchors = " / ".join(text for text in (row.full, row.half, row.none) if text)
            note((*at_row, "anchors"), group, N_("Anchors: full, half, none"), "text", anchors)
    for beside in round.set_asides:
        note(("set_aside", beside.kind, beside.note), beside.note, beside.kind.label, "money", beside.amount)
    for goal in round.goals:
        note(("goal", goal.code), goal.indicator, N_("Goal of the round"), "count", goal.target)
    for field in round.fields:
        note(("field", field.code), "", N_("Service field"), "text", field.name)
    for part in round.plan:
        place = ("plan", part.number)
        note((*place, "name"), part.name, N_("Name of the instalment"), "text", part.name)
        note((*place, "weight"), part.name, N_("Share of the instalment"), "count", part.weight)
        note((*place, "condition"), part.name, N_("Condition of the instalment"), "word", part.condition)
        note((*place, "due"), part.name, N_("Working days until it is due"), "days", part.due_days)
        note((*place, "invoice"), part.name, N_("Needs a receipt or an invoice"), "yes", part.invoice)
    for paper in round.papers:
        note(("paper", paper.code), "", N_("Attachment asked for"), "text", paper.name)
        at_paper = ("paper", paper.code)
        note((*at_paper, "required"), paper.name, N_("Required"), "yes", paper.required)
        note((*at_paper, "due"), paper.name, N_("Due"), "word", paper.due)
        note((*at_paper, "days"), paper.name, N_("Working days for handing it in"), "days", paper.due_days)
        note(
            (*at_paper, "coded"),
            paper.name,
            N_("Scan of a page with the code of the version"),
            "yes",
            paper.coded,
        )
        note((*at_paper, "blind"), paper.name, N_("Shown in a blind review"), "yes", paper.shown_blind)
    for rule in round.rules:
        note(("rule", rule.code), "", N_("Rule of eligibility"), "text", rule.text)
        note(("rule", rule.code, "number"), rule.text, N_("Number in the rule"), "count", rule.parameter)
    for own in round.questions:
        note(("question", own.code), "", N_("Own question"), "text", own.title)
        note(("question", own.code, "required"), own.title, N_("Must be answered"), "yes", own.required)
    return found


def differences(new: Round, old: Round) -> list[Difference]:
    """In what the settings of `new` differ from those of `old`, in the page's order, missing ones last."""
    mine, theirs = settings(new), settings(old)
    found = []
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        here, there = mine.get(key), theirs.get(key)
        shown = here or there
        assert shown is not None
        old_value, new_value = (there.value if there else None), (here.value if here else None)
        if old_value != new_value:
            found.append(Difference(shown.group, shown.label, shown.kind, old_value, new_value))
    return found


class Corrected(NamedTuple):
    """One correction of a setting, with both values as their types."""

    kept: trail.Correction
    label: str
    kind: str
    old: Any
    new: Any


class Correctable(NamedTuple):
    """A value that may be corrected now: the row and column that hold it, and which of several rows it is."""

    setting: Setting
    row: Any
    column: str
    of: str = ""

    @property
    def value(self) -> Any:
        return getattr(self.row, self.column)


def correctable(round: Round) -> dict[str, Correctable]:
    """What of the round may be corrected in its state, by name: settings, and of an open round each rule's wording
    and how large a file of each kind may be."""
    known = {setting.name: setting for setting in SETTINGS}
    names = CORRECTABLE.get(round.state.value, ())
    found = {name: Correctable(known[name], round, name) for name in names}
    if round.state is RoundState.OPEN:
        found |= {f"rule-{rule.code}": Correctable(RULE, rule, "text") for rule in round.rules}
        found |= {
            f"paper-{kind.code}": Correctable(PAPER, kind, "limit_mb", kind.name) for kind in round.papers
        }
    if round.state in (RoundState.OPEN, RoundState.CLOSED):
        found |= {f"goal-{goal.code}": Correctable(GOAL, goal, "target", _said(goal)) for goal in round.goals}
    if round.state in (RoundState.CLOSED, RoundState.FINISHED):
        found |= {
            f"actual-{goal.code}": Correctable(ACTUAL, goal, "actual", _said(goal)) for goal in round.goals
        }
    return found


def _said(goal: Goal) -> str:
    return f"{goal.indicator} ({goal.unit})"


def corrections(round: Round) -> list[Corrected]:
    """The corrections of the round's settings, rules and kinds of attachment, newest first."""
    known = {setting.name: setting for setting in SETTINGS}
    kept = [(known[each.field], each) for each in trail.corrections_of([round])[round.id]]
    for setting, rows in ((RULE, round.rules), (PAPER, round.papers)):
        kept += [(setting, each) for listed in trail.corrections_of(rows).values() for each in listed]
    for listed in trail.corrections_of(round.goals).values():
        kept += [(ACTUAL if each.field == "actual" else GOAL, each) for each in listed]
    return [
        Corrected(
            each, setting.label, setting.kind, *(_typed(setting, text) for text in (each.old, each.new))
        )
        for setting, each in sorted(kept, key=lambda one: -one[1].id)
    ]


def _typed(setting: Setting, text: str) -> Any:
    kind = setting.kind
    if kind == "word":
        return Round.__table__.c[setting.name].type.enum_class(text)  # type: ignore[attr-defined]  # of an Enum
    if kind in ("moment", "limit"):
        return datetime.fromisoformat(text)
    return int(text) if kind in ("count", "days", "percent", "money", "marks") and text else text


def last_before(round: Round) -> Round | None:
    """The round it is compared with: the one it was copied from, else the newest earlier one."""
    if round.copied_from_id is not None:
        return by_id(round.copied_from_id)
    return db.session.scalar(
        select(Round).where(Round.year < round.year).order_by(Round.year.desc()).limit(1).options(*_whole())
    )


def workdays() -> Sequence[Workday]:
    """The days that staff entered, latest first."""
    return db.session.scalars(select(Workday).order_by(Workday.day.desc())).all()


def workday(text: str) -> Workday | None:
    """One entered day, as its address writes it."""
    try:
        return db.session.get(Workday, date.fromisoformat(text))
    except ValueError:
        return None


def complete_years() -> Sequence[int]:
    """The years of which staff have said that every day is entered."""
    return db.session.scalars(select(CompleteYear.year).order_by(CompleteYear.year)).all()


def year_to_enter(today: date) -> int | None:
    """The next year, from December on while its holidays are not known; else the present one if it is not."""
    table = calendar()
    asked = [today.year, *([today.year + 1] if today.month == 12 else [])]
    unknown = [year for year in asked if table.provisional(date(year, 1, 1), date(year, 1, 1))]
    return unknown[0] if unknown else None
