"""Word files going out: the printed form, and a form to write in whose fields are told apart by marks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx as word
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import BaseStyle
from docx.text.paragraph import Paragraph

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
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
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


@dataclass(frozen=True)
class Passage:
    """One marked passage of a Word form: the mark and its label stand in one grey line, the text in a box under it.

    Without a text it is only a line (`head`: the title of a part); `notes` are lines of ours under it.
    """

    mark: str
    label: str
    text: str | None = None
    head: bool = False
    notes: Sequence[str] = ()


def marked(title: str, passages: Sequence[Passage]) -> bytes:
    """A Word file to write in: what stands between two marks is the text of the first."""
    made = _blank(title)
    box = made.styles.add_style("Answer", WD_STYLE_TYPE.PARAGRAPH)
    box.base_style = made.styles["Normal"]
    _frame(box)
    for passage in passages:
        line = made.add_paragraph(style="Heading 1" if passage.head else "Normal")
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_before = Pt(10)
        _shade(line)
        line.add_run(passage.mark).font.size = Pt(8)
        line.add_run(f" {writable(passage.label)}").bold = True
        for note in passage.notes:
            made.add_paragraph(writable(note))
        if passage.text is not None:
            for text in writable(passage.text).split("\n"):
                made.add_paragraph(style="Answer").add_run(text)
    return _saved(made)


def _frame(style: BaseStyle) -> None:
    """Thin lines around the paragraphs of a style; neighbours share one box."""
    given = style.element.get_or_add_pPr()
    frame = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "4"), ("color", "808080")):
            edge.set(qn(f"w:{name}"), value)
        frame.append(edge)
    given.insert_element_before(frame, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")


def _shade(line: Paragraph) -> None:
    given = line._p.get_or_add_pPr()
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E7E6E6")):
        shade.set(qn(f"w:{name}"), value)
    given.insert_element_before(shade, "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
