"""How long a text is: characters as people see them, counted alike here and in the browser.

The rule, which the JavaScript twin follows: walk the code points; each begins a new sign, except

1. U+000A directly after U+000D (a line break is one sign);
2. one that extends: general category M (accents, variation selectors, the keycap ring), U+200C, U+200D,
   a skin tone U+1F3FB–1F3FF, a tag U+E0020–E007F;
3. a pictograph directly after U+200D, when the sign that it would join began with a pictograph;
4. a regional indicator U+1F1E6–1F1FF that completes a pair (a flag).

Nothing extends a line break or the start of the text. Pictographs are U+2190–2BFF and U+1F000–1FAFF.
Nothing is normalised first; a surrogate pair in JavaScript is one code point. It is Unicode's rule for
grapheme clusters (UAX 29) cut down to what Chinese forms meet, since browsers inside older WeChat cannot
segment text themselves.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_JOINER = "\u200d"


def signs(text: str) -> int:
    """The number of signs that a reader sees in the text; line breaks count one each."""
    return sum(1 for _start in _starts(text))


def split(text: str) -> list[str]:
    """The signs of the text, in their order; joined they are the text again."""
    starts = [*_starts(text), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


def _starts(text: str) -> Iterator[int]:
    """Where in the text each sign begins."""
    base, previous, half_flag = "", "", False
    for place, point in enumerate(text):
        flag = "\U0001f1e6" <= point <= "\U0001f1ff"
        if previous == "\r" and point == "\n":
            joins = True
        elif previous in ("", "\r", "\n"):
            joins = False
        else:
            joins = (
                _extends(point)
                or (previous == _JOINER and _pictograph(base) and _pictograph(point))
                or (flag and half_flag)
            )
        half_flag = flag and not joins
        if not joins:
            base = point
            yield place
        previous = point


def _extends(point: str) -> bool:
    return (
        unicodedata.category(point).startswith("M")
        or point in ("\u200c", _JOINER)
        or "\U0001f3fb" <= point <= "\U0001f3ff"
        or "\U000e0020" <= point <= "\U000e007f"
    )


def _pictograph(point: str) -> bool:
    return "\u2190" <= point <= "\u2bff" or "\U0001f000" <= point <= "\U0001faff"
