"""The one door to Excel: sheets as bureaus print and file them going out, plain rows coming in.

Text from people is never a formula or a link; codes and accounts are text; money is a number with two decimals.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook

from venture.files import TYPES, sniff, unpacks_well
from venture.refusal import Refused

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""For every XlsxWriter workbook: what people typed stays what they typed."""

CELL_LIMIT = 32767
_CUT = " …[内容过长,此处截断;全文见系统]"


class Kind(Enum):
    """What a column holds; decides its cells' format."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    MONEY = "money"
    SCORE = "score"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """One column: heading, kind, width in characters."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 12


@dataclass(frozen=True)
class Layout:
    """What stands around the rows of an official sheet (domain: 单位:元, 合计, 大写, signature foot).

    `sums` are the row numbers (from 0) of sums; a sum's label spans the columns before the first amount. `proof` is
    printed under the signatures and in the foot of every page.
    """

    title: str
    unit: str
    columns: Sequence[Column]
    left: str = ""
    sums: Sequence[int] = ()
    closing: Sequence[str] = ()
    signatures: Sequence[str] = field(
        default_factory=lambda: ("制表人:", "审核人:", "负责人:", "日期:      (盖章)")
    )
    landscape: bool = True
    proof: str = ""

    @property
    def span(self) -> int:
        """How many columns stand before the first amount."""
        kinds = [column.kind for column in self.columns]
        return kinds.index(Kind.MONEY) if Kind.MONEY in kinds else len(kinds)

    @property
    def named(self) -> int:
        """How many columns stand before and with the first text, by which a row is known: they stay in sight."""
        kinds = [column.kind for column in self.columns]
        return kinds.index(Kind.TEXT) + 1 if Kind.TEXT in kinds else 1


class Sum(list[Any]):
    """A row of sums among the rows of a sheet: its label first, bold, without a number of its own."""


def cell(text: str) -> str:
    """Text that fits into a cell; a longer one is cut with a visible mark."""
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - len(_CUT)] + _CUT


def sheet_name(text: str) -> str:
    """A legal name of a sheet: at most 31 characters, none of : \\ / ? * [ ]."""
    return "".join(sign for sign in text if sign not in ":\\/?*[]'")[:31] or "Sheet"


def official(sheets: Sequence[tuple[str, Layout, Iterable[Sequence[Any]]]], into: Any = None) -> bytes:
    """A workbook of official sheets, each (name, layout, rows); row by row, so that memory stays bounded however many
    rows there are. `into`: a file to write to, in the place of the answer.

    Money (fen) and scores (hundredths) are turned into numbers with two decimals here; 0.01 of them is exact in a sheet.
    """
    held = BytesIO() if into is None else into
    book = Workbook(held, {**OPTIONS, "constant_memory": True})
    for name, layout, rows in sheets:
        kinds = [column.kind for column in layout.columns]
        listed = ((Sum if isinstance(row, Sum) else list)(map(_plain, row, kinds)) for row in rows)
        dress(book, book.add_worksheet(sheet_name(name)), layout, listed)
    book.close()
    return held.getvalue() if into is None else b""


def _plain(value: Any, kind: Kind) -> Any:
    """What a cell holds: fen and hundredths as a number with two decimals."""
    figure = kind in {Kind.MONEY, Kind.SCORE} and isinstance(value, int)
    return value / 100 if figure else value


def dress(book: Any, sheet: Any, layout: Layout, rows: Iterable[Sequence[Any]]) -> None:
    """Write the official sheet: title, unit, headings in row 3, borders, sums, foot, print set-up.

    From top to bottom, no row twice; `layout.closing` is read when the rows are over, so that they may fill it.
    """
    border: dict[str, Any] = {"border": 1, "valign": "vcenter", "font_name": "宋体", "font_size": 11}
    looks: dict[Kind, dict[str, Any]] = {
        Kind.TEXT: {"text_wrap": True},
        Kind.CODE: {"num_format": "@", "text_wrap": True},
        Kind.NUMBER: {"num_format": "0", "align": "center"},
        Kind.MONEY: {"num_format": "#,##0.00", "align": "right"},
        Kind.SCORE: {"num_format": "0.00", "align": "right"},
        Kind.DAY: {"num_format": "yyyy-mm-dd", "align": "center"},
    }
    plain = {kind: book.add_format(border | look) for kind, look in looks.items()}
    bold = {kind: book.add_format(border | look | {"bold": True}) for kind, look in looks.items()}
    label = book.add_format(border | {"bold": True, "align": "center"})
    head = book.add_format(
        border | {"font_name": "黑体", "font_size": 12, "align": "center", "text_wrap": True}
    )
    title = book.add_format(
        {"font_name": "方正小标宋_GBK", "font_size": 20, "align": "center", "valign": "vcenter"}
    )
    note = book.add_format({"font_name": "宋体", "font_size": 11})
    right = book.add_format({"font_name": "宋体", "font_size": 11, "align": "right"})
    last = len(layout.columns) - 1

    sheet.set_row(0, 36)
    _across(sheet, 0, last, layout.title, title)
    half = max(1, last // 2)
    _across(sheet, 1, half - 1, layout.left, note)
    if half < last:
        sheet.merge_range(1, half, 1, last, layout.unit, right)
    else:
        sheet.write_string(1, last, layout.unit, right)
    sheet.set_row(2, 32)
    for place, column in enumerate(layout.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(2, place, column.title, head)
    number = -1
    for number, row in enumerate(rows):
        summed = number in layout.sums or isinstance(row, Sum)
        sheet.set_row(number + 3, 6 + 16 * (1 if summed else _lines(row, layout.columns)))
        for place, (column, value) in enumerate(zip(layout.columns, row, strict=True)):
            _write(sheet, number + 3, place, value, (bold if summed else plain)[column.kind])
        if summed and layout.span > 1:
            sheet.merge_range(number + 3, 0, number + 3, layout.span - 1, row[0], label)
    foot = number + 4
    for offset, line in enumerate(layout.closing):
        sheet.set_row(foot + offset, 24)
        _across(sheet, foot + offset, last, line, note)
    foot += len(layout.closing) + 1
    step = max(1, (last + 1) // max(1, len(layout.signatures)))
    for place, name in enumerate(layout.signatures):
        sheet.write_string(foot, min(place * step, last), name, note)
    if layout.proof:
        sheet.write_string(foot + 2, 0, layout.proof, book.add_format({"font_name": "宋体", "font_size": 8}))

    sheet.freeze_panes(3, layout.named)
    sheet.repeat_rows(2)
    sheet.set_paper(9)
    if layout.landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.59, right=0.59, top=0.59, bottom=0.75)
    sheet.center_horizontally()
    sheet.set_footer(f"&L{layout.proof.replace('&', '&&')}&C第 &P 页 共 &N 页")


def _across(sheet: Any, row: int, last: int, text: str, look: Any) -> None:
    """A text over all columns up to the `last`."""
    if last:
        sheet.merge_range(row, 0, row, last, text, look)
    else:
        sheet.write_string(row, 0, text, look)


def _lines(row: Sequence[Any], columns: Sequence[Column]) -> int:
    """How many lines the fullest cell of the row takes; a Chinese sign is two columns wide."""
    taken = [
        sum(-(-_width(line) // (column.width - 1)) or 1 for line in value.split("\n"))
        for value, column in zip(row, columns, strict=True)
        if isinstance(value, str) and (2 * len(value) >= column.width or "\n" in value)
    ]
    return min(20, max(taken, default=1) or 1)


def _width(text: str) -> int:
    """How many columns of a terminal the text is wide; a Chinese sign is two."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _write(sheet: Any, row: int, place: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, place, None, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, look)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, look)
    else:
        sheet.write_string(row, place, cell(str(value)), look)


@dataclass(frozen=True)
class Blank:
    """One sheet of a file to fill in: `top` in its first cell, then heads, then rows of text.

    `choices` are the texts that a column (from 0) offers; `notes` are lines of ours, for a sheet without heads.
    """

    name: str
    top: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[str] = ()


def blanks(sheets: Sequence[Blank], *, most: int) -> bytes:
    """A workbook to fill in; every cell is text, also the empty ones of the first `most` rows: no formula, no link."""
    held = BytesIO()
    book = Workbook(held, {**OPTIONS, "in_memory": True})
    look = {"font_name": "宋体", "font_size": 11, "num_format": "@", "text_wrap": True, "valign": "top"}
    text, note = book.add_format(look | {"border": 1}), book.add_format(look)
    head = book.add_format(look | {"font_name": "黑体", "border": 1, "bg_color": "#E7E6E6"})
    mark = book.add_format(look | {"bold": True, "text_wrap": False})
    for blank in sheets:
        sheet = book.add_worksheet(sheet_name(blank.name))
        sheet.write_string(0, 0, cell(blank.top), mark)
        for place, line in enumerate(blank.notes, start=1):
            sheet.write_string(place, 0, cell(line), note)
        sheet.set_column(0, max(0, len(blank.heads) - 1), 20 if blank.heads else 100, note)
        for place, label in enumerate(blank.heads):
            sheet.write_string(1, place, cell(label), head)
            if place in blank.choices:
                listed = {"validate": "list", "source": list(blank.choices[place])}
                sheet.data_validation(2, place, most + 1, place, listed)
        for number, row in enumerate(blank.rows, start=2):
            for place, value in enumerate(row):
                sheet.write_string(number, place, cell(value), text)
        if blank.heads:
            sheet.freeze_panes(2, 0)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    book.close()
    return held.getvalue()


def plain(name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> bytes:
    """A list in somebody else's columns: headings in the first row, then the rows; money is fen, written as yuan."""
    held = BytesIO()
    book = Workbook(held, {**OPTIONS, "in_memory": True})
    sheet = book.add_worksheet(sheet_name(name))
    head = book.add_format({"bold": True, "num_format": "@"})
    looks = {
        kind: book.add_format({"num_format": shape})
        for kind, shape in {Kind.MONEY: "#,##0.00", Kind.NUMBER: "0", Kind.DAY: "yyyy-mm-dd"}.items()
    }
    text = book.add_format({"num_format": "@"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, cell(column.title), head)
        for number, row in enumerate(rows, start=1):
            value = row[place]
            if column.kind is Kind.MONEY and value is not None and value != "":
                value = value / 100
            _write(sheet, number, place, value, looks.get(column.kind, text))
    sheet.freeze_panes(1, 0)
    book.close()
    return held.getvalue()


MOST_CELLS, MOST_MEMORY, LIMIT = 1_000_000, 1 << 30, 20
"""Of a workbook that is read: cells of one sheet with the empty ones between, bytes of memory, seconds."""
_READ = """
import json, resource, sys
path, memory, cells = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
import python_calamine
book = python_calamine.CalamineWorkbook.from_path(path)
found = {}
for name in book.sheet_names:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > cells:
        sys.exit("too many cells")
    found[name] = sheet.to_python(skip_empty_area=False)
json.dump(found, sys.stdout, default=lambda value: {"iso": getattr(value, "isoformat", lambda: str(value))()})
"""


def read(path: Path, name: str = "") -> Mapping[str, list[list[Any]]]:
    """Every sheet of a workbook as rows of plain values from its first row and column on, by sheet name; for imports.

    A formula gives the value that was saved with it. The reading is done by a process of its own with a limit of memory
    and time; call it outside of any transaction. `name` is what the person called the file. Raises Refused:
    files.packed, before anything is unpacked; files.type; files.unreadable.
    """
    name = name or path.name
    if not unpacks_well(path):
        raise Refused("files.packed", "file", name=name)
    if sniff(path) != TYPES["xlsx"]:
        raise Refused("files.type", "file", name=name)
    asked = [sys.executable, "-I", "-c", _READ, str(path), str(MOST_MEMORY), str(MOST_CELLS)]
    try:
        done = subprocess.run(asked, capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired as late:
        raise Refused("files.unreadable", "file", name=name) from late
    if done.returncode:
        raise Refused("files.unreadable", "file", name=name)
    found: dict[str, list[list[Any]]] = json.loads(done.stdout, object_hook=_day)
    return found


def _day(given: dict[str, Any]) -> Any:
    """A day or moment of a cell; what else has no type of its own in JSON is its text."""
    text = given.get("iso")
    if not isinstance(text, str):
        return given
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
