"""One door to PDF and Word: plain data become pages; the fonts of PDF are the machine's own, those of Word are named.

Nothing that people typed is ever part of a program: it travels as JSON and stays text.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence, Set
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import docx as word
import segno
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import BaseStyle
from docx.text.paragraph import Paragraph
from fontTools.ttLib import TTCollection

from venture.config import ROOT
from venture.refusal import Refused

FAMILIES = {"NotoSerifCJK-Regular.ttc": "Noto Serif CJK SC", "NotoSansCJK-Regular.ttc": "Noto Sans CJK SC"}
"""The files that must lie in the folder of fonts, and the family of each that the templates name."""
LIMIT = 20
"""Seconds that one document may take."""
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


# --- Word ---

BODY, HEAD = "宋体", "黑体"
"""The fonts that a Word file names, for Chinese and Latin letters alike; every office has them."""
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """The text with each sign that a Word file cannot hold written as its number; line breaks in their one form."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NO_XML.sub(lambda found: f"〔U+{ord(found[0]):04X}〕", text)


def docx(given: Any) -> bytes:
    """The Word file of the data that the PDF of `templates/print/application.typ` is made of.

    The code of the version stands in the head and foot of each page, with «page x of y» as fields that Word reckons;
    a draft says so in the head.
    """
    made = _blank(given["title"])
    _margins(made, given["code"], given["watermark"], given["page"])
    title = made.add_paragraph(style="Title")
    title.add_run(writable(given["title"]))
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _grid(made, [], given["facts"])
    for part in given["parts"]:
        made.add_paragraph(writable(part["label"]), style="Heading 1")
        if part["answers"]:
            _grid(made, [], part["answers"])
        for each in part["tables"]:
            made.add_paragraph(writable(each["label"]), style="Heading 2")
            _grid(made, each["heads"], each["rows"])
    for label in given["sign"]:
        made.add_paragraph(f"{writable(label)}：____________________")
    return _saved(made)


def _blank(title: str) -> Document:
    """An empty A4 document in our fonts, that says nothing of who or what made it."""
    made = word.Document()
    about = made.core_properties
    about.title, about.author, about.comments, about.keywords = writable(title)[:250], "", "", ""
    for section in made.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(25)
        section.top_margin, section.bottom_margin = Mm(25), Mm(25)
    for name, font, size in (
        ("Normal", BODY, 10.5),
        ("Title", HEAD, 20),
        ("Heading 1", HEAD, 14),
        ("Heading 2", HEAD, 11),
        ("Header", BODY, 8),
        ("Footer", BODY, 8),
    ):
        _dress(made.styles[name], font, size)
    return made


def _dress(style: BaseStyle, font: str, size: float) -> None:
    """Set a style's font for all scripts: Word takes Chinese from `eastAsia`, and a theme's font before a name."""
    given = style.element.get_or_add_rPr()
    for child in given.findall(qn("w:rFonts")) + given.findall(qn("w:color")):
        given.remove(child)
    fonts = OxmlElement("w:rFonts")
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    given.insert(0, fonts)
    style.font.size = Pt(size)  # type: ignore[attr-defined]  # all of ours are paragraph styles, which have a font


def _margins(made: Document, code: str, watermark: str, page: str) -> None:
    """Head and foot of every page; `page` holds {page} and {pages}."""
    for section in made.sections:
        head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
        head.add_run(" · ".join(writable(text) for text in (watermark, code) if text))
        foot.add_run(f"{writable(code)}\t\t")
        for piece in re.split(r"(\{pages?\})", page):
            if piece in ("{page}", "{pages}"):
                _field(foot, "PAGE" if piece == "{page}" else "NUMPAGES")
            else:
                foot.add_run(writable(piece))


def _field(where: Paragraph, instruction: str) -> None:
    """A number that Word reckons itself when the file is opened."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    shown = where.add_run("1")
    where._p.remove(shown._r)
    field.append(shown._r)
    where._p.append(field)


def _grid(made: Document, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with thin lines; its heads are repeated on each page."""
    width = len(heads) or max((len(row) for row in rows), default=1)
    table = made.add_table(rows=0, cols=width, style="Table Grid")
    for place, row in enumerate([heads, *rows] if heads else rows):
        line = table.add_row()
        for cell, text in zip(line.cells, row, strict=True):
            cell.paragraphs[0].add_run(writable(text))
        if heads and place == 0:
            line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    if not heads:
        for line in table.rows:
            line.cells[0].width, line.cells[1].width = Mm(50), Mm(110)


def _saved(made: Document) -> bytes:
    held = BytesIO()
    made.save(held)
    return held.getvalue()
