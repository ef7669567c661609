"""The verbs on rounds: make, copy, set up, open, close, finish, correct; move money between themes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from venture import clock, money, trail
from venture.clock import beijing_day
from venture.db import claim, db, locked
from venture.files import File, Staged
from venture.people import actions as people
from venture.people.models import Paper, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds import access, defaults, queries
from venture.rounds.defaults import (
    CriterionLine,
    FieldLine,
    PaperLine,
    PlanLine,
    RuleLine,
    SourceLine,
)
from venture.rounds.models import (
    EligibilityRule,
    MoveState,
    PaperKind,
    PlanPart,
    Round,
    RoundState,
    ServiceField,
    Source,
    Theme,
    ThemeCriterion,
    ThemeMove,
)
from venture.workdays import CompleteYear, Workday

# --- making a round ---


def create(
    *,
    year: int,
    ordinal: int,
    name: str,
    total: int,
    opens_at: datetime,
    closes_at: datetime,
    by: Person,
    at: datetime,
) -> Round:
    """A new round with the usual settings; the total (fen) is split over the usual themes as a proposal.

    Raises Refused: rounds.not_planner, rounds.year_taken, rounds.window_order.
    """
    _planner(by)
    round = _begin(year, ordinal, name, total, opens_at, closes_at, by, at)
    for setting, value in defaults.USUAL.items():
        setattr(round, setting, value)
    weights = [line.weight for line in defaults.THEMES]
    for position, (line, earmark) in enumerate(
        zip(defaults.THEMES, money.split(total, weights), strict=True)
    ):
        theme = Theme(
            code=line.code,
            name=line.name,
            earmark=earmark,
            ceiling=defaults.USUAL_CEILING,
            consultation=line.consultation,
            position=position,
        )
        theme.criteria = _sheet(defaults.SHEETS[line.consultation])
        round.themes.append(theme)
    round.allotted = total
    round.fields = [
        ServiceField(code=field.code, name=field.name, position=position)
        for position, field in enumerate(defaults.FIELDS)
    ]
    round.plan = [_part(number, line) for number, line in enumerate(defaults.PLAN, start=1)]
    round.papers = [
        PaperKind(code=paper.code, name=paper.name, required=paper.required, position=position)
        for position, paper in enumerate(defaults.PAPERS)
    ]
    round.rules = [
        EligibilityRule(code=rule.code, parameter=rule.parameter, text=rule.text)
        for rule in defaults.ALL_RULES
        if rule.code in defaults.RULES_FROM_START
    ]
    db.session.flush()
    trail.say(by, "rounds.create", round, year=year, total=total)
    return round


def copy_from(
    *,
    source: Round,
    year: int,
    ordinal: int,
    name: str,
    opens_at: datetime,
    closes_at: datetime,
    by: Person,
    at: datetime,
) -> Round:
    """A new round with every setting of `source`; where its money comes from is entered anew.

    Raises Refused: rounds.not_planner, rounds.year_taken, rounds.window_order.
    """
    _planner(by)
    round = _begin(year, ordinal, name, source.total, opens_at, closes_at, by, at)
    round.copied_from_id = source.id
    for setting in defaults.RULE_SETTINGS:
        setattr(round, setting, getattr(source, setting))
    for theme in source.themes:
        copied = _copied(theme, "code", "name", "earmark", "ceiling", "consultation", "position")
        copied.criteria = [
            _copied(row, *ThemeCriterion.__table__.columns.keys(), leave=("id", "theme_id"))
            for row in theme.criteria
        ]
        round.themes.append(copied)
    round.allotted = sum(theme.earmark for theme in source.themes)
    for rows in ("fields", "plan", "papers", "rules"):
        for row in getattr(source, rows):
            columns = type(row).__table__.columns.keys()
            getattr(round, rows).append(_copied(row, *columns, leave=("id", "round_id")))
    db.session.flush()
    trail.say(by, "rounds.copy", round, year=year, source=source.year)
    return round


def _begin(
    year: int,
    ordinal: int,
    name: str,
    total: int,
    opens_at: datetime,
    closes_at: datetime,
    by: Person,
    at: datetime,
) -> Round:
    if closes_at <= opens_at:
        raise Refused("rounds.window_order", "closes_at", opens_at=opens_at, closes_at=closes_at)
    if db.session.scalar(select(Round.id).where(Round.year == year)) is not None:
        raise Refused("rounds.year_taken", "year", year=year)
    round = Round(
        year=year,
        ordinal=ordinal,
        name=name.strip(),
        total=total,
        allotted=0,
        state=RoundState.PLANNED,
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=at,
        created_by=by,
    )
    db.session.add(round)
    return round


def _copied(row: Any, *columns: str, leave: tuple[str, ...] = ()) -> Any:
    return type(row)(**{name: getattr(row, name) for name in columns if name not in leave})


def _sheet(lines: Iterable[CriterionLine]) -> list[ThemeCriterion]:
    return [ThemeCriterion(**line._asdict(), position=position) for position, line in enumerate(lines)]


def _part(number: int, line: PlanLine) -> PlanPart:
    return PlanPart(number=number, **line._asdict())


# --- setting it up, while it is planned ---


def save_settings(*, round: Round, values: Mapping[str, Any], by: Person, at: datetime) -> None:
    """Set any of the round's settings but its year; the trail keeps what changed.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.window_order, rounds.total_below_allotted,
    rounds.quorum_above_panel.
    """
    _settable(round, by)
    allowed = {*defaults.BASICS, *defaults.RULE_SETTINGS}
    if unknown := set(values) - allowed:
        raise ValueError(f"not settings: {unknown}")
    new = {name: getattr(round, name) for name in allowed} | dict(values)
    wrong = _contradictions(round, new)
    if wrong:
        raise Refused.all(wrong)
    changed = {
        name: [getattr(round, name), new[name]] for name in values if getattr(round, name) != new[name]
    }
    for name, (_, value) in changed.items():
        setattr(round, name, value)
    if changed:
        trail.say(by, "rounds.save_settings", round, **changed)


def _contradictions(round: Round, new: Mapping[str, Any]) -> list[Blocker]:
    wrong = []
    if new["closes_at"] <= new["opens_at"]:
        facts = {"opens_at": new["opens_at"], "closes_at": new["closes_at"]}
        wrong.append(Blocker("rounds.window_order", "closes_at", facts))
    if new["total"] < round.allotted:
        facts = {"total": new["total"], "allotted": round.allotted, "excess": round.allotted - new["total"]}
        wrong.append(Blocker("rounds.total_below_allotted", "total", facts))
    if new["quorum"] > new["panel_size"]:
        facts = {"quorum": new["quorum"], "panel_size": new["panel_size"]}
        wrong.append(Blocker("rounds.quorum_above_panel", "quorum", facts))
    return wrong


def add_theme(
    *,
    round: Round,
    name: str,
    earmark: int,
    ceiling: int,
    consultation: bool = False,
    code: str = "",
    by: Person,
    at: datetime,
) -> Theme:
    """Add a theme with the usual score sheet; its earmark (fen) must fit what is left of the total.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.over_total.
    """
    _settable(round, by)
    _allot(round, earmark, "earmark")
    theme = Theme(
        code=code or _fresh((theme.code for theme in round.themes), "t"),
        name=name.strip(),
        earmark=earmark,
        ceiling=ceiling,
        consultation=consultation,
        position=max((theme.position for theme in round.themes), default=-1) + 1,
    )
    theme.criteria = _sheet(defaults.SHEETS[consultation])
    round.themes.append(theme)
    db.session.flush()
    trail.say(by, "rounds.add_theme", theme, name=name, earmark=earmark, ceiling=ceiling)
    return theme


def save_theme(
    *,
    theme: Theme,
    name: str,
    earmark: int,
    ceiling: int,
    consultation: bool,
    by: Person,
    at: datetime,
) -> None:
    """Set a theme's name, earmark, ceiling per project (fen) and whether it asks for the deliberation part.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.over_total, rounds.below_committed.
    """
    round = theme.round
    _settable(round, by)
    locked(theme)
    if earmark < theme.committed:
        facts = {"earmark": earmark, "committed": theme.committed, "theme": theme.name}
        raise Refused.all([Blocker("rounds.below_committed", "earmark", facts)])
    _allot(round, earmark - theme.earmark, "earmark")
    new = {"name": name.strip(), "earmark": earmark, "ceiling": ceiling, "consultation": consultation}
    changed = {
        key: [getattr(theme, key), value] for key, value in new.items() if getattr(theme, key) != value
    }
    for key, value in new.items():
        setattr(theme, key, value)
    db.session.flush()
    if changed:
        trail.say(by, "rounds.save_theme", theme, **changed)


def remove_theme(*, theme: Theme, by: Person, at: datetime) -> None:
    """Take a theme out of a planned round; its earmark becomes free. Raises Refused: rounds.not_planned."""
    round = theme.round
    _settable(round, by)
    _allot(round, -theme.earmark, "earmark")
    trail.say(by, "rounds.remove_theme", round, name=theme.name, earmark=theme.earmark)
    round.themes.remove(theme)
    db.session.flush()


def _allot(round: Round, amount: int, field: str) -> None:
    """Count earmarks up or down; together they never exceed the total (the database keeps this too)."""
    if not claim(round, Round.allotted, amount, limit=Round.total):
        facts = {"total": round.total, "allotted": round.allotted + amount}
        raise Refused("rounds.over_total", field, excess=facts["allotted"] - round.total, **facts)


def save_sheet(*, theme: Theme, lines: Sequence[CriterionLine], by: Person, at: datetime) -> None:
    """Set a theme's score sheet.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.step_max, rounds.tie_twice.
    """
    _settable(theme.round, by)
    wrong = [
        Blocker("rounds.step_max", "", {"name": line.name, "max": line.max, "step": line.step})
        for line in lines
        if line.step <= 0 or line.max <= 0 or line.max % line.step
    ]
    ties = [line.tie_order for line in lines if line.tie_order is not None]
    if len(set(ties)) < len(ties):
        wrong.append(Blocker("rounds.tie_twice"))
    if wrong:
        raise Refused.all(wrong)
    theme.criteria = _matched(theme.criteria, lines, "c", ThemeCriterion)
    db.session.flush()
    trail.say(by, "rounds.save_sheet", theme, points=queries.sheet_points(theme), lines=[*map(list, lines)])


def take_usual_sheet(*, theme: Theme, by: Person, at: datetime) -> None:
    """Set a theme's score sheet to the usual one of its kind."""
    save_sheet(theme=theme, lines=defaults.SHEETS[theme.consultation], by=by, at=at)


def save_fields(*, round: Round, lines: Sequence[FieldLine], by: Person, at: datetime) -> None:
    """Set the service fields, in this order."""
    _settable(round, by)
    round.fields = _matched(round.fields, lines, "f", ServiceField)
    _said(round, "fields", lines, by)


def save_papers(*, round: Round, lines: Sequence[PaperLine], by: Person, at: datetime) -> None:
    """Set the attachments that an application must or may carry, in this order."""
    _settable(round, by)
    round.papers = _matched(round.papers, lines, "p", PaperKind)
    _said(round, "papers", lines, by)


def save_rules(*, round: Round, lines: Sequence[RuleLine], by: Person, at: datetime) -> None:
    """Set the rules of eligibility."""
    _settable(round, by)
    round.rules = _matched(round.rules, lines, "r", EligibilityRule, ordered=False)
    _said(round, "rules", lines, by)


def save_sources(*, round: Round, lines: Sequence[SourceLine], by: Person, at: datetime) -> None:
    """Set where the round's money comes from."""
    _settable(round, by)
    round.sources = [Source(**line._asdict()) for line in lines]
    _said(round, "sources", lines, by)


def save_plan(*, round: Round, lines: Sequence[PlanLine], by: Person, at: datetime) -> None:
    """Set the plan of instalments; the last one takes the remainder. Raises Refused: rounds.plan_weight."""
    _settable(round, by)
    if any(line.weight <= 0 for line in lines):
        raise Refused("rounds.plan_weight")
    parts = list(round.plan)
    for number, line in enumerate(lines, start=1):
        if number <= len(parts):
            for name, value in line._asdict().items():
                setattr(parts[number - 1], name, value)
        else:
            parts.append(_part(number, line))
    round.plan = parts[: len(lines)]
    _said(round, "plan", lines, by)


def _said(round: Round, part: str, lines: Iterable[Any], by: Person) -> None:
    db.session.flush()
    trail.say(by, f"rounds.save_{part}", round, lines=[list(line) for line in lines])


def _matched(
    rows: Sequence[Any], lines: Iterable[Any], prefix: str, make: Callable[..., Any], ordered: bool = True
) -> list[Any]:
    """The rows that the lines describe: rows of the same code are changed, not replaced."""
    known = {row.code: row for row in rows}
    kept: list[Any] = []
    for position, line in enumerate(lines):
        values = line._asdict() | ({"position": position} if ordered else {})
        row = known.get(line.code)
        if row is None:
            values["code"] = line.code or _fresh([*known, *(row.code for row in kept)], prefix)
            kept.append(make(**values))
            continue
        for name, value in values.items():
            setattr(row, name, value)
        kept.append(row)
    return kept


def _fresh(codes: Iterable[str], prefix: str) -> str:
    taken, number = set(codes), 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def _planner(by: Person) -> None:
    if not access.may_plan(by):
        raise Refused("rounds.not_planner")


def _settable(round: Round, by: Person) -> None:
    _planner(by)
    locked(round)
    if round.state is not RoundState.PLANNED:
        raise Refused("rounds.not_planned", state=round.state)


# --- its life ---


def open_round(*, round: Round, by: Person, at: datetime) -> None:
    """Open the round for applications. Raises Refused with the list of `queries.obstacles`."""
    _planner(by)
    locked(round)
    if found := queries.obstacles(round, at):
        raise Refused.all(found)
    round.state = RoundState.OPEN
    trail.say(by, "rounds.open", round, opens_at=round.opens_at, closes_at=round.closes_at)


def close_round(*, round: Round, by: Person, at: datetime | None = None, reason: str = "") -> None:
    """Close the round: after its last moment, or at once with a reason (the moment is then corrected).

    The moment is read once the round is locked, so that no submission lies between it and the closing.

    Raises Refused: rounds.not_planner, rounds.not_open, rounds.not_begun, rounds.reason_needed.
    """
    _planner(by)
    locked(round)
    at = at or clock.now()
    if round.state is not RoundState.OPEN:
        raise Refused("rounds.not_open", state=round.state)
    if at < round.closes_at:
        if at <= round.opens_at:
            raise Refused("rounds.not_begun", opens_at=round.opens_at)
        if not reason.strip():
            raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
        trail.correct(round, field="closes_at", value=at, reason=reason.strip(), by=by, at=at)
    round.state, round.closed_at = RoundState.CLOSED, at
    trail.say(by, "rounds.close", round, closed_at=at, reason=reason)


def reopen_round(*, round: Round, closes_at: datetime, reason: str, by: Person, at: datetime) -> None:
    """Open a closed round again until a later moment, for everybody alike; both moments are kept.

    Raises Refused: rounds.not_planner, rounds.not_closed, rounds.not_later, rounds.reason_needed.
    """
    _planner(by)
    locked(round)
    if round.state is not RoundState.CLOSED:
        raise Refused("rounds.not_closed", state=round.state)
    if closes_at <= max(at, round.closes_at):
        raise Refused("rounds.not_later", "closes_at", closes_at=round.closes_at)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    trail.correct(round, field="closes_at", value=closes_at, reason=reason.strip(), by=by, at=at)
    round.state, round.closed_at = RoundState.OPEN, None
    trail.say(by, "rounds.reopen", round, closes_at=closes_at, reason=reason)


def finish_round(*, round: Round, by: Person, at: datetime) -> None:
    """Finish the round. Raises Refused: rounds.not_planner, rounds.not_closed, rounds.move_open."""
    _planner(by)
    locked(round)
    if round.state is not RoundState.CLOSED:
        raise Refused("rounds.not_closed", state=round.state)
    if waiting := queries.open_moves(round):
        raise Refused("rounds.move_open", count=waiting)
    round.state = RoundState.FINISHED
    trail.say(by, "rounds.finish", round)


def resume_round(*, round: Round, reason: str, by: Person, at: datetime) -> None:
    """Take a finished round up again. Raises Refused: rounds.not_finished, rounds.reason_needed."""
    _planner(by)
    locked(round)
    if round.state is not RoundState.FINISHED:
        raise Refused("rounds.not_finished", state=round.state)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    round.state = RoundState.CLOSED
    trail.say(by, "rounds.resume", round, reason=reason)


def correct(*, round: Round, field: str, value: Any, reason: str, by: Person, at: datetime) -> None:
    """Correct one setting of a round that is open or closed, with a reason; both values are kept.

    The last moment for applications can only move later, and only while the round is open.
    Raises Refused: rounds.not_planner, rounds.not_correctable, rounds.reason_needed, rounds.not_later,
    rounds.nothing_changed, rounds.quorum_above_panel.
    """
    _planner(by)
    locked(round)
    if field not in defaults.CORRECTABLE.get(round.state.value, ()):
        raise Refused("rounds.not_correctable", state=round.state)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    if value == getattr(round, field):
        raise Refused("rounds.nothing_changed", field)
    if field == "closes_at" and value <= max(at, round.closes_at):
        raise Refused("rounds.not_later", field, closes_at=round.closes_at)
    new = {name: getattr(round, name) for name in (*defaults.BASICS, *defaults.RULE_SETTINGS)}
    if wrong := _contradictions(round, new | {field: value}):
        raise Refused.all(wrong)
    trail.correct(round, field=field, value=value, reason=reason.strip(), by=by, at=at)


# --- money between themes ---


def propose_move(
    *, source: Theme, target: Theme, amount: int, reason: str, by: Person, at: datetime
) -> ThemeMove:
    """Propose to move part of an earmark (fen) to another theme of the round; another person approves it.

    Raises Refused: rounds.not_planner, rounds.one_theme, rounds.move_amount, rounds.reason_needed,
    rounds.finished, rounds.move_over_free.
    """
    _planner(by)
    if source.id == target.id or source.round_id != target.round_id:
        raise Refused("rounds.one_theme", "target")
    if amount <= 0:
        raise Refused("rounds.move_amount", "amount")
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=source.round.closes_at)
    _movable(source, target, amount)
    move = ThemeMove(
        round_id=source.round_id,
        source=source,
        target=target,
        amount=amount,
        reason=reason.strip(),
        state=MoveState.PROPOSED,
        proposed_by=by,
        proposed_at=at,
    )
    db.session.add(move)
    db.session.flush()
    trail.say(by, "rounds.propose_move", move, source=source, target=target, amount=amount, reason=reason)
    return move


def approve_move(*, move: ThemeMove, by: Person, at: datetime, paper: Paper | None = None) -> None:
    """Move the money; `by` is the approver, who never proposed it, on `paper` where they signed one.

    Raises Refused: rounds.move_done, rounds.not_approver, people.same_person, people.paper_unchecked,
    rounds.finished, rounds.move_over_free.
    """
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if by.id == move.proposed_by_id:
        raise Refused("people.same_person", name=by.name)
    if not by.holds(Role.APPROVER):
        raise Refused("rounds.not_approver", name=by.name)
    if paper is not None and paper.checked_by_id is None:
        raise Refused("people.paper_unchecked")
    source, target = move.source, move.target
    for theme in sorted((source, target), key=lambda theme: theme.id):
        locked(theme)
    _movable(source, target, move.amount)
    before = [source.earmark, target.earmark]
    if not (claim(source, Theme.earmark, -move.amount) and claim(target, Theme.earmark, move.amount)):
        raise RuntimeError("a locked theme changed")
    move.state, move.approved_by, move.approved_at, move.paper = MoveState.APPROVED, by, at, paper
    db.session.flush()
    trail.say(
        by,
        "rounds.approve_move",
        move,
        amount=move.amount,
        source=[before[0], source.earmark],
        target=[before[1], target.earmark],
        paper=paper,
    )


def withdraw_move(*, move: ThemeMove, by: Person, at: datetime) -> None:
    """Take back or turn down a waiting move. Raises Refused: rounds.move_done, rounds.not_planner."""
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if not (access.may_plan(by) or access.may_approve(by, move)):
        raise Refused("rounds.not_planner")
    move.state = MoveState.WITHDRAWN
    trail.say(by, "rounds.withdraw_move", move, amount=move.amount)


def enter_move_paper(
    *,
    move: ThemeMove,
    signer: Person,
    signed_on: date,
    scan: Staged | File | None,
    by: Person,
    at: datetime,
) -> Paper:
    """Record that an approver signed the move on paper; it takes effect when another person checks the entry.

    Raises Refused: rounds.not_planner, rounds.move_done, people.same_person, rounds.not_approver.
    """
    _planner(by)
    locked(move)
    if move.state is not MoveState.PROPOSED:
        raise Refused("rounds.move_done", state=move.state)
    if signer.id == move.proposed_by_id:
        raise Refused("people.same_person", "signer", name=signer.name)
    if not signer.holds(Role.APPROVER):
        raise Refused("rounds.not_approver", "signer", name=signer.name)
    if signed_on < beijing_day(move.proposed_at):
        raise Refused("rounds.signed_before", "signed_on", day=beijing_day(move.proposed_at))
    move.paper = people.enter_paper(signer=signer, signed_on=signed_on, scan=scan, by=by, at=at)
    db.session.flush()
    return move.paper


def check_move_paper(*, move: ThemeMove, by: Person, at: datetime) -> None:
    """Check the paper entry of a move, which then takes effect. Raises Refused: rounds.no_paper and as
    `people.check_paper` and `approve_move`."""
    locked(move)
    if move.paper is None:
        raise Refused("rounds.no_paper")
    people.check_paper(paper=move.paper, by=by, at=at)
    approve_move(move=move, by=move.paper.signer, at=at, paper=move.paper)


def _movable(source: Theme, target: Theme, amount: int) -> None:
    if source.round.state is RoundState.FINISHED:
        raise Refused("rounds.finished")
    free = source.earmark - source.committed
    if amount > free:
        raise Refused(
            "rounds.move_over_free",
            "amount",
            theme=source.name,
            committed=source.committed,
            free=free,
            excess=amount - free,
        )


# --- the calendar of working days ---


def enter_workday(*, day: date, works: bool, note: str, by: Person, at: datetime) -> None:
    """Enter a day as worked or free, over the published calendar. Raises Refused: rounds.not_planner."""
    _planner(by)
    row = db.session.get(Workday, day)
    old = row.works if row else None
    if row is None:
        row = Workday(day=day)
        db.session.add(row)
    row.works, row.note = works, note.strip()
    trail.say(by, "rounds.enter_workday", None, day=day, works=[old, works], note=row.note)


def remove_workday(*, workday: Workday, by: Person, at: datetime) -> None:
    """Take an entered day out: the published calendar counts again. Raises Refused: rounds.not_planner."""
    _planner(by)
    trail.say(by, "rounds.remove_workday", None, day=workday.day, works=workday.works)
    db.session.delete(workday)


def complete_year(*, year: int, complete: bool, by: Person, at: datetime) -> None:
    """Say that every day of a year has been entered (or take that back). Raises Refused: rounds.not_planner."""
    _planner(by)
    row = db.session.get(CompleteYear, year)
    if complete and row is None:
        db.session.add(CompleteYear(year=year))
    elif not complete and row is not None:
        db.session.delete(row)
    trail.say(by, "rounds.complete_year", None, year=year, complete=complete)
