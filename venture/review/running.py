"""汇报顺序: the order in which projects are presented, drawn by lot so that anybody can draw it again.

A project's lot is the SHA-256 of «seed:number»; the lots in rising order are the running order. Nothing else counts: not
the order in which projects were entered, nor how many there are.
"""

import hashlib
from collections.abc import Iterable


def lot(number: str, seed: int) -> str:
    """The lot of a project (its number), as 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def order(numbers: Iterable[str], seed: int) -> list[str]:
    """The numbers in the order that the seed draws, whatever order they are given in."""
    return sorted(numbers, key=lambda number: (lot(number, seed), number))
