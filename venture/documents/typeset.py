"""PDF: a template of typst and plain data become pages; the fonts are the machine's own.

Nothing that people typed is ever part of a program: it travels as JSON and stays text.
"""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import segno
from fontTools.ttLib import TTCollection

from venture.config import ROOT
from venture.refusal import Refused

FAMILIES = {"NotoSerifCJK-Regular.ttc": "Noto Serif CJK SC", "NotoSansCJK-Regular.ttc": "Noto Sans CJK SC"}
"""The files that must lie in the folder of fonts, and the family of each that the templates name."""
LIMIT = 20
"""Seconds that one document may take."""
AT_ONCE = 2
"""Documents that are made for one person at a time."""
_SOURCES = (ROOT / "templates" / "print", Path(__file__).parent.parent / "templates" / "print")
_COMPILE = """
import json, sys, typst
given = json.load(sys.stdin)
pdf, warnings = typst.compile_with_warnings(
    given["source"], root=given["root"], font_paths=[given["fonts"]], ignore_system_fonts=True,
    sys_inputs={"given": given["given"]},
)
if warnings:
    sys.exit("; ".join(each.message for each in warnings))
sys.stdout.buffer.write(pdf)
"""


def pdf(template: str, given: Any, *, fonts: Path, limit: float = LIMIT) -> bytes:
    """The PDF that `templates/print/<template>.typ` makes of `given`, in a process of its own; call it outside of
    any transaction.

    A sign that the fonts lack is printed as its number, so that nothing vanishes: 😀 → 〔U+1F600〕.
    Raises Refused: documents.fonts when the folder lacks them, documents.slow after `limit` seconds.
    """
    source = next(folder for folder in _SOURCES if folder.is_dir()) / f"{template}.typ"
    signs = _signs(fonts)
    asked = {
        "source": str(source),
        "root": str(source.parent),
        "fonts": str(fonts),
        "given": json.dumps(_legible(given, signs), ensure_ascii=False),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _COMPILE],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired as late:
        raise Refused("documents.slow", seconds=limit) from late
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout


@contextmanager
def turn(folder: Path, asker: int) -> Iterator[None]:
    """One of the places that a person has for documents in the making; a process that dies gives its place back.

    Making one costs seconds of a processor: somebody who presses twenty times must not keep the others waiting.
    Raises Refused: documents.busy when all places of `asker` are taken.
    """
    folder.mkdir(exist_ok=True)
    with ExitStack() as held:
        for place in range(AT_ONCE):
            file = held.enter_context((folder / f"{asker}-{place}").open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
        raise Refused("documents.busy", number=AT_ONCE)


def ready(fonts: Path) -> None:
    """Raises Refused(documents.fonts) when no PDF can be made here; for what begins to send before it makes one."""
    _signs(fonts)


def qr(text: str) -> str:
    """A QR code of the text as SVG, for a template to place."""
    return str(segno.make(text, error="m").svg_inline(border=0))


def legible(text: str, signs: Set[int]) -> str:
    """The text with each sign that is not among the code points `signs` written as its number."""
    return "".join(sign if sign == "\n" or ord(sign) in signs else f"〔U+{ord(sign):04X}〕" for sign in text)


def _legible(given: Any, signs: Set[int]) -> Any:
    if isinstance(given, str):
        return legible(given, signs)
    if isinstance(given, dict):
        return {key: _legible(each, signs) for key, each in given.items()}
    if isinstance(given, list | tuple):
        return [_legible(each, signs) for each in given]
    return given


@cache
def _signs(fonts: Path) -> frozenset[int]:
    """The code points that all the families have."""
    found: list[set[int]] = []
    for name, family in FAMILIES.items():
        path = fonts / name
        if not path.is_file():
            raise Refused("documents.fonts", folder=str(fonts))
        with TTCollection(str(path), lazy=True) as collection:
            font = next(each for each in collection.fonts if each["name"].getDebugName(1) == family)
            found.append(set(font.getBestCmap()))
    return frozenset(set.intersection(*found))
