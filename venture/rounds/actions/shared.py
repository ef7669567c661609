"""What the verbs on rounds share: who may, when a round can be set up, rows from lines."""

from collections.abc import Iterable

from venture.db import locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import access
from venture.rounds.defaults import (
    CriterionLine,
    PlanLine,
)
from venture.rounds.models import (
    Phase,
    PlanPart,
    Round,
    RoundState,
    ThemeCriterion,
)


def planner(by: Person) -> None:
    """Raises Refused: rounds.not_planner."""
    if not access.may_plan(by):
        raise Refused("rounds.not_planner")


def settable(round: Round, by: Person) -> None:
    """Lock the round to set it up. Raises Refused: rounds.not_planner, rounds.not_planned."""
    planner(by)
    locked(round)
    if round.state is not RoundState.PLANNED:
        raise Refused("rounds.not_planned", state=round.state)


def sheet(lines: Iterable[CriterionLine], phase: Phase = Phase.PAPERS) -> list[ThemeCriterion]:
    """The rows of a score sheet in this order."""
    return [
        ThemeCriterion(**line._asdict(), phase=phase, position=position)
        for position, line in enumerate(lines)
    ]


def part(number: int, line: PlanLine) -> PlanPart:
    """The instalment of this number."""
    return PlanPart(number=number, **line._asdict())
