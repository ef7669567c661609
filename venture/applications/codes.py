"""The codes that printed pages carry: made for a draft, read from what somebody types off the paper, told apart."""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

Kept = TypeVar("Kept")
LENGTH = 12
"""Signs of a code, each one of A–Z and 2–7: 60 bits, so that a slip of the pen hits no other code."""

_WRITTEN = re.compile(r"(?:(\d{4}-\d+)\s*[/·]\D{0,20}(\d{1,6})\D{0,20}[/·]\s*)?(\w{12})", re.ASCII)
_ALIKE = str.maketrans("0185LZG", "OIBSI26")


class Written(NamedTuple):
    """A code as it was typed: the signs, and where the whole foot of the page was typed its number and version."""

    code: str
    number: str = ""
    version: str = ""


def of(stamp: str) -> str:
    """The code that stands for a stamp: the same stamp has the same code everywhere."""
    return base64.b32encode(hashlib.sha256(stamp.encode()).digest())[:LENGTH].decode()


def of_draft(application: int, revision: int) -> str:
    """The code of a draft as it was saved the `revision`-th time; a later save has another one.

    Printing must not write, so the code follows from what every save counts anyway.
    """
    return of(f"draft|{application}|{revision}")


def read(typed: str) -> Written | None:
    """What was typed off a page or read by a scanner: capitals or not, full-width or not, in groups or not.

    None when it cannot be a code at all.
    """
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    if found := _WRITTEN.fullmatch(text):
        return Written(found[3], found[1] or "", found[2] or "")
    bare = "".join(sign for sign in text if not sign.isspace() and sign not in "-‐‑–—−_.·")
    return Written(bare) if re.fullmatch(r"\w{12}", bare, re.ASCII) else None


def match(typed: str, known: Mapping[str, Kept]) -> tuple[str, Kept] | None:
    """The known code that was typed, with what it stands for.

    Signs that are taken for each other on paper (0 and O, 1, I and L, 8 and B, 5 and S, 2 and Z, 6 and G) count as
    the same: only among the few codes of one application, where nothing else can be meant.
    """
    written = read(typed)
    if written is None:
        return None
    folded = _folded(written.code)
    return next(((code, kept) for code, kept in known.items() if _folded(code) == folded), None)


def _folded(code: str) -> str:
    return code.translate(_ALIKE)
