"""What changed between two texts, in pieces for the eye: signs of Chinese, words of Latin letters and digits.

Piece by piece the kept and the taken out are the old text again, the kept and the put in the new one. Texts that
would take long to compare sign by sign are compared sentence by sentence, then as wholes.
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import Enum
from itertools import groupby

from venture.applications.signs import split

_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+")
MOST_PAIRS = 300_000
"""Equal pieces of both texts, counted in pairs, up to which two texts are compared that finely."""
ISLAND = 3
"""A kept piece with fewer signs between two changes is shown as changed: single signs that agree explain nothing."""


class Change(Enum):
    """What became of a piece."""

    KEPT = "kept"
    OUT = "out"
    IN = "in"


Piece = tuple[Change, str]


def difference(before: str, after: str) -> list[Piece]:
    """The pieces in reading order, never empty and never two of a kind in a row; what was taken out comes first."""
    for pieces in (_words, _SENTENCE.findall):
        old, new = pieces(before), pieces(after)
        if _pairs(old, new) <= MOST_PAIRS:
            return _tidy(_compared(old, new))
    return _tidy([(Change.KEPT, before)] if before == after else [(Change.OUT, before), (Change.IN, after)])


def taken_out(before: str, after: str) -> int:
    """How many code points of the old text lie between the beginning and the end that both share."""
    least = min(len(before), len(after))
    start = next((place for place in range(least) if before[place] != after[place]), least)
    end = next(
        (back for back in range(least - start) if before[-1 - back] != after[-1 - back]), least - start
    )
    return len(before) - start - end


def _words(text: str) -> list[str]:
    """The signs of a text, those of one Latin word or number together."""
    grouped = groupby(enumerate(split(text)), lambda each: -1 if _latin(each[1]) else each[0])
    return ["".join(sign for _place, sign in group) for _key, group in grouped]


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    have = Counter(new)
    return sum(count * have[piece] for piece, count in Counter(old).items())


def _compared(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append((Change.KEPT, "".join(old[i:j])))
        else:
            found += [(Change.OUT, "".join(old[i:j])), (Change.IN, "".join(new[k:m]))]
    return found


def _tidy(found: Sequence[Piece]) -> list[Piece]:
    """Small islands go under; between two kept pieces one piece is out and one in."""
    tidied: list[Piece] = []
    out = put = ""
    for place, (change, text) in enumerate(found):
        inside = 0 < place < len(found) - 1
        if change is Change.KEPT and inside and (out or put) and len(text) < ISLAND and "\n" not in text:
            out, put = out + text, put + text
        elif change is Change.KEPT:
            tidied += [(Change.OUT, out), (Change.IN, put), (change, text)]
            out = put = ""
        elif change is Change.OUT:
            out += text
        else:
            put += text
    return [piece for piece in [*tidied, (Change.OUT, out), (Change.IN, put)] if piece[1]]
