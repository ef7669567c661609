"""Who can have whom at all: places filled by augmenting paths, and the group that falls short when they cannot be."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, in rising order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def masks(allowed: NDArray[np.bool_]) -> list[int]:
    """Each row of a table of truth values as one integer, column 0 in the lowest bit."""
    packed = np.packbits(allowed, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def transposed(rows: Sequence[int], columns: int) -> list[int]:
    """The same relation seen from the columns."""
    turned = [0] * columns
    for row, mask in enumerate(rows):
        for column in bits(mask):
            turned[column] |= 1 << row
    return turned


def filled(
    allowed: Sequence[int], needs: Sequence[int], most: Sequence[int], begun: Iterable[int] = ()
) -> tuple[list[int], frozenset[int]]:
    """Rows filled with allowed columns, each column used at most `most` times; with it an empty set.

    Where that cannot be, the set holds rows that together need more than all columns can give them (Hall's
    condition). `begun` is a partial filling to go on from: a column never loses uses that it had there.
    """
    chosen = list(begun) or [0] * len(allowed)
    holders = transposed(chosen, len(most))
    free = sum(1 << column for column, limit in enumerate(most) if holders[column].bit_count() < limit)
    for row in sorted(range(len(allowed)), key=lambda row: allowed[row].bit_count()):
        missing = needs[row] - chosen[row].bit_count()
        while missing > 0:
            open_now = allowed[row] & ~chosen[row] & free
            if open_now:
                column = (open_now & -open_now).bit_length() - 1
                chosen[row] |= 1 << column
                holders[column] |= 1 << row
            else:
                found = _augmented(row, allowed, chosen, holders, free)
                if isinstance(found, frozenset):
                    return chosen, found
                column = found
            if holders[column].bit_count() >= most[column]:
                free &= ~(1 << column)
            missing -= 1
    return chosen, frozenset()


def _augmented(
    start: int, allowed: Sequence[int], chosen: list[int], holders: list[int], free: int
) -> int | frozenset[int]:
    """Give `start` one more column by passing columns along; the column newly used, or the rows reached in vain."""
    taker: dict[int, int] = {}
    gives: dict[int, int] = {}
    reached, seen, waiting = 1 << start, 0, deque([start])
    while waiting:
        row = waiting.popleft()
        wanted = allowed[row] & ~chosen[row] & ~seen
        if wanted & free:
            last = column = ((wanted & free) & -(wanted & free)).bit_length() - 1
            while True:
                chosen[row] |= 1 << column
                holders[column] |= 1 << row
                if row == start:
                    return last
                column = gives[row]
                chosen[row] &= ~(1 << column)
                holders[column] &= ~(1 << row)
                row = taker[column]
        seen |= wanted
        for column in bits(wanted):
            taker[column] = row
            fresh = holders[column] & ~reached
            reached |= fresh
            for other in bits(fresh):
                gives[other] = column
                waiting.append(other)
    return frozenset(bits(reached))


def offered(rows: Iterable[int], most: Sequence[int], wanting: Sequence[int]) -> int:
    """How many places the columns can give these rows; `wanting` are the columns' rows (the transposed table)."""
    group = sum(1 << row for row in rows)
    return sum(min(limit, (mask & group).bit_count()) for limit, mask in zip(most, wanting, strict=True))
