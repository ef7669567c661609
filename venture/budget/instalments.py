"""Instalments of an award: their amounts to the fen, their due days, and what is settled at the end."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from venture import clock, money
from venture.refusal import Blocker, Refused


class EmptyPart(Refused):
    """The plan leaves an instalment nothing to pay for this award; facts: number (from 1), amount (fen)."""

    def __init__(self, number: int, amount: int) -> None:
        super().__init__("budget.empty_part", number=number, amount=amount)


def plan_blockers(weights: Sequence[int], *, percent: bool) -> list[Blocker]:
    """Why a plan of instalments cannot be saved.

    Codes: budget.no_parts, budget.weight (number: the part whose weight is not above zero), budget.plan_sum
    (sum): percentages that don't make 100. Weights as parts (1/1/1) may have any sum; a third is no whole
    percentage.
    """
    if not weights:
        return [Blocker("budget.no_parts")]
    bad = [number for number, weight in enumerate(weights, start=1) if weight <= 0]
    if bad:
        return [Blocker("budget.weight", f"weight-{number}", {"number": number}) for number in bad]
    if percent and sum(weights) != 100:
        return [Blocker("budget.plan_sum", "", {"sum": sum(weights)})]
    return []


def schedule(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """The instalments of an award in fen: part k = award × weight, half up; the last is the rest.

    They sum to the award exactly. Raises EmptyPart when a part would be nothing, as with an award of a few
    fen.
    """
    parts = money.split(amount, weights)
    for number, part in enumerate(parts, start=1):
        if part <= 0:
            raise EmptyPart(number, part)
    return parts


class Due(NamedTuple):
    """The last day to pay, and whether it may still shift because that year's holidays are not known."""

    day: date
    provisional: bool


def due(met_on: date, working_days: int, calendar: clock.Calendar) -> Due:
    """When an instalment is due: so many working days after its condition was met, that day not counted."""
    if working_days == 0:
        return Due(met_on, False)
    day = clock.add_working_days(met_on, working_days, first_counts=False, calendar=calendar)
    return Due(day, calendar.provisional(met_on, day))


class Settlement(NamedTuple):
    """The end of a project's money, in fen: what is still paid, or what comes back; never both."""

    final: int
    refund: int


def settlement(award: int, paid: int, accepted_cost: int) -> Settlement:
    """What is still paid, or comes back, once the audit has accepted the cost; the award is the limit.

    final = max(0, min(award, accepted) − paid); refund = max(0, paid − accepted). All in fen.
    """
    return Settlement(max(0, min(award, accepted_cost) - paid), max(0, paid - accepted_cost))
