"""随机抽取: experts drawn from a list by a seed, so that anybody can draw again by hand and come to the same names.

Chance gives an order: by SHA-256 of «seed|number of the expert», smallest first. Along it each expert is taken with
whom the conditions can still be met in full; the others are passed over, and stand by as substitutes in that order.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from venture.refusal import Blocker, Refused


@dataclass(frozen=True)
class Candidate:
    """An expert as far as a draw goes: number and name in the pool, employer's credit code, whether of finance.

    Experts without an employer share it with nobody.
    """

    number: int
    name: str = ""
    employer: str = ""
    finance: bool = False


@dataclass(frozen=True)
class Conditions:
    """So many places, at least `finance` of them for finance, at most `per_employer` of one employer (0: no limit)."""

    places: int
    finance: int = 0
    per_employer: int = 0


@dataclass(frozen=True)
class Drawn:
    """What a draw gave: everybody's number in the order of chance, and those who were taken, in that order."""

    order: tuple[int, ...]
    chosen: tuple[int, ...]

    @property
    def substitutes(self) -> tuple[int, ...]:
        """Who was not taken, in the order of chance."""
        return tuple(number for number in self.order if number not in self.chosen)


def text_of(candidates: Iterable[Candidate]) -> str:
    """The list as text, one expert a line by number: number, name, employer, finance or not."""
    return "".join(
        f"{one.number}\t{one.name}\t{one.employer}\t{'finance' if one.finance else '-'}\n"
        for one in sorted(candidates, key=lambda one: one.number)
    )


def digest(candidates: Iterable[Candidate]) -> str:
    """SHA-256 of the list's text in UTF-8."""
    return hashlib.sha256(text_of(candidates).encode()).hexdigest()


def ordered(candidates: Iterable[Candidate], seed: str) -> list[Candidate]:
    """The order of chance."""
    return sorted(
        candidates,
        key=lambda one: (hashlib.sha256(f"{seed}|{one.number}".encode()).hexdigest(), one.number),
    )


def shortfalls(candidates: Collection[Candidate], conditions: Conditions) -> list[Blocker]:
    """Why no draw can meet the conditions; empty when one can."""
    found = []
    finance = [one for one in candidates if one.finance]
    for code, needs, has, most in (
        ("draw_few", conditions.places, len(candidates), _most(candidates, conditions, Counter())),
        ("draw_finance", conditions.finance, len(finance), _most(finance, conditions, Counter())),
    ):
        if has < needs:
            found.append(Blocker(f"review.{code}", "", {"needs": needs, "has": has}))
        elif most < needs:
            facts = {"needs": needs, "has": most, "limit": conditions.per_employer}
            found.append(Blocker(f"review.{code}_employer", "", facts))
    if conditions.finance > conditions.places:
        facts = {"finance": conditions.finance, "places": conditions.places}
        found.append(Blocker("review.draw_more_finance", "finance", facts))
    return found


def draw(candidates: Sequence[Candidate], conditions: Conditions, seed: str) -> Drawn:
    """The draw. Raises Refused with every one of `shortfalls`, before anything is drawn."""
    if wrong := shortfalls(candidates, conditions):
        raise Refused.all(wrong)
    order = ordered(candidates, seed)
    chosen: list[Candidate] = []
    for one in order:
        if _extends([*chosen, one], candidates, conditions):
            chosen.append(one)
    return Drawn(tuple(one.number for one in order), tuple(one.number for one in chosen))


def substitute(
    order: Sequence[Candidate], conditions: Conditions, *, held: Collection[int], gone: Collection[int]
) -> Candidate | None:
    """The next in the order with whom the conditions can still be met, beside those who `held` their places and
    without those who are `gone` (by number); None when nobody is left.
    """
    left = [one for one in order if one.number not in gone]
    kept = [one for one in left if one.number in held]
    free = (one for one in left if one.number not in held)
    return next((one for one in free if _extends([*kept, one], left, conditions)), None)


def _extends(taken: Sequence[Candidate], candidates: Collection[Candidate], conditions: Conditions) -> bool:
    """Whether the taken ones are part of some selection that meets the conditions.

    They are exactly when no employer has too many and, within what each employer has left, enough others remain for
    the places, and enough of finance among them for what is missing of finance, which must fit into the places left.
    """
    limit = conditions.per_employer
    used = Counter(one.employer for one in taken if one.employer)
    if limit and any(count > limit for count in used.values()):
        return False
    left = conditions.places - len(taken)
    missing = max(0, conditions.finance - sum(one.finance for one in taken))
    numbers = {one.number for one in taken}
    others = [one for one in candidates if one.number not in numbers]
    finance = [one for one in others if one.finance]
    return (
        missing <= left
        and _most(others, conditions, used) >= left
        and _most(finance, conditions, used) >= missing
    )


def _most(candidates: Iterable[Candidate], conditions: Conditions, used: Counter[str]) -> int:
    """How many of them can be taken beside those `used` by employer already."""
    groups = Counter(one.employer for one in candidates)
    limit = conditions.per_employer
    alone = groups.pop("", 0)
    if not limit:
        return alone + groups.total()
    return alone + sum(min(count, limit - used[name]) for name, count in groups.items())
