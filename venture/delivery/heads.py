"""The heads of a project's budget: what a move between them needs, what a cap leaves, how they stand. All in fen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from venture import money
from venture.applications.parts import Category, CostTable

CAPPED = (Category.STAFF, Category.MANAGEMENT)
"""The heads into which nothing is ever moved (common rule: transfers never go into staff or management)."""


@dataclass(frozen=True)
class Head:
    """One head of one table: contracted, net of approved moves, spent in all and within a month; `cap` of the round."""

    table: CostTable
    category: Category
    contracted: int = 0
    moved: int = 0
    spent: int = 0
    cap: int | None = None
    month: int = 0

    @property
    def budget(self) -> int:
        """The budget now: contracted and approved moves."""
        return self.contracted + self.moved

    @property
    def left(self) -> int:
        """结余: what is left of it; below zero when more was spent."""
        return self.budget - self.spent

    @property
    def over(self) -> int:
        """By how much the spending goes beyond the budget."""
        return max(0, -self.left)

    @property
    def percent(self) -> int | None:
        """执行率: spent in percent of the budget, whole percent; None without a budget."""
        return money.percent(self.spent, self.budget)


def amount_of(unit_price: int, quantity: int) -> int:
    """Fen of a line: unit price (fen) × quantity (hundredths), half up to the fen."""
    return money.half_up(unit_price * quantity, 100)


def cap_of(category: Category, grant: int, *, management: int | None, staff: int | None) -> int | None:
    """The most that the grant may pay for under a head, by the round's percentages; None where it has none."""
    percent = {Category.MANAGEMENT: management, Category.STAFF: staff}.get(category)
    return percent * grant // 100 if percent is not None else None


def beyond(head: Head, amount: int) -> int:
    """By how much `amount` more would go beyond the head's cap; 0 when it fits or nothing is capped."""
    return max(0, head.spent + amount - head.cap) if head.cap is not None else 0


def free_of(head: Head, percent: int) -> int:
    """How much the head's budget may differ from what was contracted without anybody's approval."""
    return head.contracted * percent // 100


def is_free(source: Head, target: Head, amount: int, percent: int) -> bool:
    """Whether a move needs no approval: both heads stay within `percent` of their contracted budget, moves together."""
    after = (source.moved - amount, source), (target.moved + amount, target)
    return all(abs(moved) <= free_of(head, percent) for moved, head in after)


def total(listed: Iterable[Head], table: CostTable) -> Head:
    """The sum of one table as a head; its category means nothing."""
    summed = Head(table, Category.ACTIVITY)
    for head in listed:
        if head.table is table:
            summed = replace(
                summed,
                contracted=summed.contracted + head.contracted,
                moved=summed.moved + head.moved,
                spent=summed.spent + head.spent,
                month=summed.month + head.month,
            )
    return summed
