"""Official letters as Word files: the call and what supplements it, notices, agreements."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt

from venture.documents.word import writable

Block = tuple[str, Any]
"""A part of a document: a `Style` and its text, or TABLE and a dict of `heads`, `rows` and `widths` (their ratio)."""


class Style(StrEnum):
    """What a part of an official document is."""

    TITLE = "title"
    CENTRE = "centre"
    HEADING = "heading"
    TEXT = "text"
    RIGHT = "right"
    TABLE = "table"
    PAGE = "page"  # what follows begins on a new page; it has no text


_FACES = {Style.TITLE: ("宋体", 22), Style.HEADING: ("黑体", 16)}
_BODY = ("仿宋", 16)
_TABLE_HEAD, _TABLE = ("黑体", 11), ("仿宋", 11)


def letter(blocks: Iterable[Block], *, title: str, author: str, foot: str) -> bytes:
    """A Word document on A4 as official documents are set (GB/T 9704: margins 37, 35, 28, 26 mm, lines of 28 pt).

    `title` and `author` are the file's own properties, `foot` stands on
    each page before its number. Faces stand at each run, so that the text looks the same where it is pasted.
    """
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    for style, what in blocks:
        if style == Style.TABLE:
            _table(document, what)
        elif style == Style.PAGE:
            document.add_page_break()  # type: ignore[no-untyped-call]  # of the library
        else:
            _paragraph(document.add_paragraph(), Style(style), what)
    under = page.footer.paragraphs[0]
    under.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(under, f"{foot}　", ("宋体", 9))
    _field(_run(under, "", ("宋体", 9)), "PAGE")
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = (
        writable(title),
        writable(author),
        "",
        "",
    )
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


def _table(document: Any, given: Any) -> None:
    """A table with thin lines as wide as the text; its heads are repeated on each page."""
    table = document.add_table(rows=0, cols=len(given["heads"]), style="Table Grid")
    table.autofit = False
    whole = sum(given["widths"])
    for place, row in enumerate([given["heads"], *given["rows"]]):
        line = table.add_row()
        for cell, text, width in zip(line.cells, row, given["widths"], strict=True):
            cell.width = Mm(156 * width / whole)
            _run(cell.paragraphs[0], text, _TABLE_HEAD if place == 0 else _TABLE)
        if place == 0:
            line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _run(paragraph: Any, text: str, face: tuple[str, int]) -> Any:
    """A run in a Chinese face, which Word takes only under a name of its own."""
    run = paragraph.add_run(writable(text))
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
