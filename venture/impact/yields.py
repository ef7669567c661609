"""What the money did: matters solved, their cost and residents reached, by rules that keep this honest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

RANKED_FROM = 3
"""Below so many solved matters nobody is ranked by cost."""


@dataclass(frozen=True)
class Support:
    """One project's confirmed part in one matter.

    `share` of the matter's solution (Σ over projects ≤ 1); `ending` is the matter's status: open, resolved,
    partly, unresolved, rejected. `benefited` residents as counted for the matter. `rechecked`: True when the
    check 90 days on held, False when the matter came back, None while it is not due. `legacy` matters were
    loaded as history and stay out of every figure here.
    """

    matter: int
    community: int
    share: Fraction
    ending: str
    benefited: int | None = None
    rechecked: bool | None = None
    legacy: bool = False

    @property
    def solves(self) -> bool:
        """Whether it counts as solved: resolved, not history, and not come back within 90 days."""
        return self.ending == "resolved" and not self.legacy and self.rechecked is not False


class Range(NamedTuple):
    """A figure known only between two bounds."""

    low: int
    high: int


@dataclass(frozen=True)
class Yield:
    """What an amount of project money (fen) yielded; money and credits are exact, rounding is for the page.

    `solved` is the sum of shares and `matters` the number of matters behind it (the n of each quotient);
    `partly` are listed but count 0; `awaiting` of the solved still wait for their 90-day check; `uncounted`
    of them lack a count of residents; `with_others` says that some share is below one, so that residents are
    not this money's alone.
    """

    paid: int
    solved: Fraction
    matters: int
    partly: int
    awaiting: int
    uncounted: int
    with_others: bool
    residents: Range

    @property
    def cost_per_matter(self) -> Fraction | None:
        """Fen for each solved matter; None while nothing is solved («尚无结案» is no number)."""
        return self.paid / self.solved if self.solved else None

    @property
    def cost_per_resident(self) -> tuple[Fraction, Fraction] | None:
        """Fen a resident, from paid ÷ high to paid ÷ low; None while nobody is counted."""
        low, high = self.residents
        return (Fraction(self.paid, high), Fraction(self.paid, low)) if low else None

    @property
    def may_be_ranked(self) -> bool:
        """Whether the cost may stand in a ranking at all."""
        return self.solved >= RANKED_FROM


def yield_of(paid: int, supports: Iterable[Support], living: Mapping[int, int | None]) -> Yield:
    """The yield of `paid` (instalments − refunds, fen) through confirmed supports; `living` by community.

    Residents are a range, since one person may gain from several matters: for each community low is its
    largest matter and high the sum of its matters, at most all who live there; then communities are added.
    Every matter counts its residents once, whatever the number of projects, and undivided by the shares.
    """
    solving: dict[int, list[Support]] = {}
    partly: set[int] = set()
    for support in supports:
        if support.solves:
            solving.setdefault(support.matter, []).append(support)
        elif support.ending == "partly" and not support.legacy:
            partly.add(support.matter)
    shares = {matter: sum((one.share for one in parts), Fraction()) for matter, parts in solving.items()}
    matters = [parts[0] for parts in solving.values()]
    return Yield(
        paid=paid,
        solved=sum(shares.values(), Fraction()),
        matters=len(matters),
        partly=len(partly),
        awaiting=sum(matter.rechecked is None for matter in matters),
        uncounted=sum(matter.benefited is None for matter in matters),
        with_others=any(share < 1 for share in shares.values()),
        residents=_residents(matters, living),
    )


def _residents(matters: Iterable[Support], living: Mapping[int, int | None]) -> Range:
    counts: dict[int, list[int]] = {}
    for matter in matters:
        if matter.benefited is not None:
            counts.setdefault(matter.community, []).append(matter.benefited)
    low = high = 0
    for community, benefited in counts.items():
        largest, together, there = max(benefited), sum(benefited), living.get(community)
        low += largest
        high += together if there is None else max(largest, min(together, there))
    return Range(low, high)


def whole_yuan(fen: Fraction) -> int:
    """An exact cost as printed: whole yuan, half up."""
    return int((2 * fen + 100) // 200)
