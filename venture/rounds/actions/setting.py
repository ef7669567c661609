"""Setting a planned round up: its single values, its themes and their score sheets, its lists of rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from venture import trail
from venture.db import claim, db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.rounds import defaults, queries
from venture.rounds.actions.shared import part, settable, sheet
from venture.rounds.defaults import (
    CriterionLine,
    FieldLine,
    GoalLine,
    PaperLine,
    PlanLine,
    RuleLine,
    SetAsideLine,
    SourceLine,
)
from venture.rounds.models import (
    Due,
    EligibilityRule,
    Goal,
    PaperKind,
    Phase,
    Round,
    ServiceField,
    SetAside,
    Source,
    Theme,
    ThemeCriterion,
)

MOST_DAYS = 60
"""The longest term, in working days, that a paper may be given after the closing or the notice."""


def save_settings(
    *, round: Round, values: Mapping[str, Any], by: Person, at: datetime, scanner: bool = False
) -> None:
    """Set any of the round's settings but its year; the trail keeps what changed.

    `scanner` says whether a virus scanner is set up. With a presentation each theme gets the usual score sheet for it.
    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.window_order, rounds.total_below_allotted,
    rounds.quorum_above_panel, rounds.presentation_over, rounds.no_scanner.
    """
    settable(round, by)
    allowed = {*defaults.BASICS, *defaults.RULE_SETTINGS}
    if unknown := set(values) - allowed:
        raise ValueError(f"not settings: {unknown}")
    new = {name: getattr(round, name) for name in allowed} | dict(values)
    wrong = contradictions(round, new)
    if values.get("wait_for_scan") and not scanner:
        wrong.append(Blocker("rounds.no_scanner", "wait_for_scan"))
    if wrong:
        raise Refused.all(wrong)
    changed = {
        name: [getattr(round, name), new[name]] for name in values if getattr(round, name) != new[name]
    }
    for name, (_, value) in changed.items():
        setattr(round, name, value)
    for theme in round.themes:
        _presentable(theme)
    if changed:
        trail.say(by, "rounds.save_settings", round, **changed)


def contradictions(round: Round, new: Mapping[str, Any]) -> list[Blocker]:
    """What does not fit together among all the round's settings as they would be."""
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
    if not 0 <= new["presentation_weight"] < 50:
        facts = {"weight": new["presentation_weight"]}
        wrong.append(Blocker("rounds.presentation_over", "presentation_weight", facts))
    return wrong


def _presentable(theme: Theme) -> None:
    """Give the theme the usual score sheet for the presentation, where its round has one and the theme has none."""
    if Phase.PRESENTATION in theme.round.phases and not theme.sheet(Phase.PRESENTATION):
        theme.criteria.extend(sheet(defaults.PRESENTATION, Phase.PRESENTATION))
        db.session.flush()


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
    settable(round, by)
    _allot(round, earmark, "earmark")
    theme = Theme(
        code=code or _fresh((theme.code for theme in round.themes), "t"),
        name=name.strip(),
        earmark=earmark,
        ceiling=ceiling,
        consultation=consultation,
        position=max((theme.position for theme in round.themes), default=-1) + 1,
    )
    theme.criteria = sheet(defaults.SHEETS[consultation])
    round.themes.append(theme)
    db.session.flush()
    _presentable(theme)
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
    settable(round, by)
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
    """Take a theme out of a planned round; its earmark becomes free.

    Raises Refused: rounds.not_planned, rounds.theme_asked where an own question is asked only in it.
    """
    round = theme.round
    settable(round, by)
    if bound := [row.title for row in round.questions if row.theme == theme.code]:
        raise Refused("rounds.theme_asked", theme=theme.name, title=bound[0])
    _allot(round, -theme.earmark, "earmark")
    trail.say(by, "rounds.remove_theme", round, name=theme.name, earmark=theme.earmark)
    round.themes.remove(theme)
    db.session.flush()


def _allot(round: Round, amount: int, field: str) -> None:
    """Count earmarks up or down; together they never exceed the total (the database keeps this too)."""
    if not claim(round, Round.allotted, amount, limit=Round.total):
        facts = {"total": round.total, "allotted": round.allotted + amount}
        raise Refused("rounds.over_total", field, excess=facts["allotted"] - round.total, **facts)


def save_sheet(
    *,
    theme: Theme,
    phase: Phase = Phase.PAPERS,
    lines: Sequence[CriterionLine],
    by: Person,
    at: datetime,
) -> None:
    """Set a theme's score sheet for a phase of the review.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.step_max, rounds.tie_twice, rounds.bonus_tie.
    """
    settable(theme.round, by)
    wrong = [
        Blocker("rounds.step_max", "", {"name": line.name, "max": line.max, "step": line.step})
        for line in lines
        if line.step <= 0 or line.max <= 0 or line.max % line.step
    ]
    ties = [line.tie_order for line in lines if line.tie_order is not None]
    if len(set(ties)) < len(ties):
        wrong.append(Blocker("rounds.tie_twice"))
    wrong += [
        Blocker("rounds.bonus_tie", "", {"name": line.name})
        for line in lines
        if line.bonus and line.tie_order is not None
    ]
    if wrong:
        raise Refused.all(wrong)
    others = [row for row in theme.criteria if row.phase is not phase]
    taken = {row.code for row in others}
    new = [line._replace(code="") if line.code in taken else line for line in lines]
    make = partial(ThemeCriterion, phase=phase)
    theme.criteria = [*others, *_matched(theme.sheet(phase), new, "c", make, taken=taken)]
    db.session.flush()
    points = queries.sheet_points(theme, phase)
    trail.say(by, "rounds.save_sheet", theme, phase=phase, points=points, lines=[*map(list, lines)])


def take_usual_sheet(*, theme: Theme, phase: Phase = Phase.PAPERS, by: Person, at: datetime) -> None:
    """Set a theme's score sheet for a phase to the usual one of its kind."""
    papers = phase is Phase.PAPERS
    lines = defaults.SHEETS[theme.consultation] if papers else defaults.PRESENTATION
    save_sheet(theme=theme, phase=phase, lines=lines, by=by, at=at)


def save_fields(*, round: Round, lines: Sequence[FieldLine], by: Person, at: datetime) -> None:
    """Set the service fields, in this order."""
    settable(round, by)
    round.fields = _matched(round.fields, lines, "f", ServiceField)
    _said(round, "fields", lines, by)


def save_papers(*, round: Round, lines: Sequence[PaperLine], by: Person, at: datetime) -> None:
    """Set the attachments that an application must or may carry and when each is due, in this order.

    Raises Refused: rounds.not_planner, rounds.not_planned, rounds.paper_days.
    """
    settable(round, by)
    lines = [line._replace(due_days=0) if line.due is Due.SUBMIT else line for line in lines]
    if wrong := [
        line for line in lines if line.due is not Due.SUBMIT and not 1 <= line.due_days <= MOST_DAYS
    ]:
        raise Refused.all(
            [Blocker("rounds.paper_days", "", {"name": line.name, "most": MOST_DAYS}) for line in wrong]
        )
    round.papers = _matched(round.papers, lines, "p", PaperKind)
    _said(round, "papers", lines, by)


def save_rules(*, round: Round, lines: Sequence[RuleLine], by: Person, at: datetime) -> None:
    """Set the rules of eligibility."""
    settable(round, by)
    round.rules = _matched(round.rules, lines, "r", EligibilityRule, ordered=False)
    _said(round, "rules", lines, by)


def save_sources(*, round: Round, lines: Sequence[SourceLine], by: Person, at: datetime) -> None:
    """Set where the round's money comes from."""
    settable(round, by)
    round.sources = [Source(**line._asdict()) for line in lines]
    _said(round, "sources", lines, by)


def save_set_asides(*, round: Round, lines: Sequence[SetAsideLine], by: Person, at: datetime) -> None:
    """Set what the round keeps beside its grants: fees of the operator, evaluation, audit, experts."""
    settable(round, by)
    round.set_asides = [SetAside(**line._asdict()) for line in lines]
    _said(round, "set_asides", lines, by)


def save_goals(*, round: Round, lines: Sequence[GoalLine], by: Person, at: datetime) -> None:
    """Set what the round is to reach, in this order."""
    settable(round, by)
    round.goals = _matched(round.goals, lines, "g", Goal)
    _said(round, "goals", lines, by)


def save_plan(*, round: Round, lines: Sequence[PlanLine], by: Person, at: datetime) -> None:
    """Set the plan of instalments; the last one takes the remainder. Raises Refused: rounds.plan_weight."""
    settable(round, by)
    if any(line.weight <= 0 for line in lines):
        raise Refused("rounds.plan_weight")
    parts = list(round.plan)
    for number, line in enumerate(lines, start=1):
        if number <= len(parts):
            for name, value in line._asdict().items():
                setattr(parts[number - 1], name, value)
        else:
            parts.append(part(number, line))
    round.plan = parts[: len(lines)]
    _said(round, "plan", lines, by)


def _said(round: Round, part: str, lines: Iterable[Any], by: Person) -> None:
    db.session.flush()
    trail.say(by, f"rounds.save_{part}", round, lines=[list(line) for line in lines])


def _matched(
    rows: Sequence[Any],
    lines: Iterable[Any],
    prefix: str,
    make: Callable[..., Any],
    ordered: bool = True,
    taken: Iterable[str] = (),
) -> list[Any]:
    """The rows that the lines describe: rows of the same code are changed, not replaced; new ones get a code of their
    own, none of those `taken`.
    """
    known = {row.code: row for row in rows}
    kept: list[Any] = []
    for position, line in enumerate(lines):
        values = line._asdict() | ({"position": position} if ordered else {})
        row = known.get(line.code)
        if row is None:
            values["code"] = line.code or _fresh([*known, *taken, *(row.code for row in kept)], prefix)
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
