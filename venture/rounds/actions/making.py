"""A new round: from the usual values, or as a copy of an earlier one."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from venture import money, trail
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import defaults
from venture.rounds.actions.shared import part, planner, sheet
from venture.rounds.models import (
    EligibilityRule,
    OwnQuestion,
    PaperKind,
    Round,
    RoundState,
    ServiceField,
    Theme,
    ThemeCriterion,
)


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
    planner(by)
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
        theme.criteria = sheet(defaults.SHEETS[line.consultation])
        round.themes.append(theme)
    round.allotted = total
    round.fields = [
        ServiceField(code=field.code, name=field.name, position=position)
        for position, field in enumerate(defaults.FIELDS)
    ]
    round.plan = [part(number, line) for number, line in enumerate(defaults.PLAN, start=1)]
    round.papers = [
        PaperKind(**paper._asdict(), position=position) for position, paper in enumerate(defaults.PAPERS)
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
    """A new round with every setting of `source`, but for the wait for the scan; its sources of money are entered anew.

    Goals come along without what was reached.

    Raises Refused: rounds.not_planner, rounds.year_taken, rounds.window_order.
    """
    planner(by)
    round = _begin(year, ordinal, name, source.total, opens_at, closes_at, by, at)
    round.copied_from_id = source.id
    for setting in defaults.RULE_SETTINGS:
        if setting != "wait_for_scan":  # asks for a scanner, each time
            setattr(round, setting, getattr(source, setting))
    round.wait_for_scan = False
    for theme in source.themes:
        copied = _copied(theme, "code", "name", "earmark", "ceiling", "consultation", "position")
        copied.criteria = [
            _copied(row, *ThemeCriterion.__table__.columns.keys(), leave=("id", "theme_id"))
            for row in theme.criteria
        ]
        round.themes.append(copied)
    round.allotted = sum(theme.earmark for theme in source.themes)
    for rows in ("set_asides", "goals", "fields", "plan", "papers", "rules"):
        for row in getattr(source, rows):
            columns = type(row).__table__.columns.keys()
            getattr(round, rows).append(_copied(row, *columns, leave=("id", "round_id", "actual")))
    db.session.flush()  # an own question may name a theme
    columns = OwnQuestion.__table__.columns.keys()
    round.questions = [_copied(row, *columns, leave=("id", "round_id")) for row in source.questions]
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
