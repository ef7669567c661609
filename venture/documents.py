"""One door to PDF and Word: plain data become pages; the fonts are the machine's own.

Nothing that people typed is ever part of a program: it travels as JSON and stays text.
"""

import fcntl
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Set
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from fontTools.ttLib import TTCollection

from venture.config import ROOT
from venture.refusal import Refused

FAMILIES = {"NotoSerifCJK-Regular.ttc": "Noto Serif CJK SC", "NotoSansCJK-Regular.ttc": "Noto Sans CJK SC"}
"""The files that must lie in the folder of fonts, and the family of each that the templates name."""
LIMIT = 20
"""Seconds that one document may take."""
AT_ONCE = 2
"""Documents that are made for one person at a time."""
_SOURCES = (ROOT / "templates" / "print", Path(__file__).parent / "templates" / "print")
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


class Style(StrEnum):
    """What a paragraph of a Word document is."""

    TITLE = "title"
    CENTRE = "centre"
    HEADING = "heading"
    TEXT = "text"
    RIGHT = "right"


_NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]")
_FACES = {Style.TITLE: ("宋体", 22), Style.HEADING: ("黑体", 16)}
_BODY = ("仿宋", 16)


def word(paragraphs: Iterable[tuple[str, str]], *, title: str, author: str, foot: str) -> bytes:
    """A Word document on A4 as official documents are set (GB/T 9704: margins 37, 35, 28, 26 mm, lines of 28 pt).

    Each paragraph is a `Style` and its text. `title` and `author` are the file's own properties, `foot` stands on
    each page before its number. Faces stand at each run, so that the text looks the same where it is pasted.
    """
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    for style, text in paragraphs:
        _paragraph(document.add_paragraph(), Style(style), text)
    under = page.footer.paragraphs[0]
    under.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(under, f"{foot}　", ("宋体", 9))
    _field(_run(under, "", ("宋体", 9)), "PAGE")
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = _xml(title), _xml(author), "", ""
    about.created = about.modified = datetime(2000, 1, 1, tzinfo=UTC)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _paragraph(made: Any, style: Style, text: str) -> None:
    made.paragraph_format.line_spacing = Pt(28)
    made.paragraph_format.space_after = Pt(0)
    if style is Style.TEXT or style is Style.HEADING:
        made.paragraph_format.first_line_indent = Pt(2 * _BODY[1])
    if style is Style.TITLE or style is Style.CENTRE:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if style is Style.RIGHT:
        made.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        made.paragraph_format.right_indent = Pt(2 * _BODY[1])
    made.paragraph_format.keep_with_next = style in (Style.TITLE, Style.HEADING)
    _run(made, text, _FACES.get(style, _BODY))


def _run(paragraph: Any, text: str, face: tuple[str, int]) -> Any:
    """A run in a Chinese face, which Word takes only under a name of its own."""
    run = paragraph.add_run(_xml(text))
    run.font.name, run.font.size = "Times New Roman", Pt(face[1])
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face[0])
    return run


def _field(run: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._element.append(part)


def _xml(text: str) -> str:
    """The text with each sign that XML cannot hold written as its number."""
    return _NO_XML.sub(lambda found: f"〔U+{ord(found[0]):04X}〕", text)


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
