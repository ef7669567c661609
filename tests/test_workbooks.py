"""An office's own workbook filled in: looks kept, rows below moved, ranges longer, nothing typed is a formula."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from venture import workbooks
from venture.refusal import Refused
from venture.workbooks import Figure

ROWS: list[dict[str, Any]] = [
    {"项目名称": f"虚构项目{n}", "金额": Figure(100_000 + n), "编号": f"00{n}", "日期": date(2018, 7, n)}
    for n in (1, 2, 3)
]


def made(path: Path, fill: Any) -> Path:
    book = xlsxwriter.Workbook(path)
    fill(book, book.add_worksheet("上报表"))
    book.close()
    return path


def braces(book: Any, sheet: Any) -> None:
    """A superior office's table with names, a formula in each row, a sum under it and a merged foot."""
    red = book.add_format({"bold": True, "font_color": "red", "num_format": "#,##0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.set_column(0, 0, 33)
    sheet.merge_range(0, 0, 0, 4, "截至 {{日期}} 共 {{行数}} 项", book.add_format({"align": "center"}))
    for place, head in enumerate(("项目名称", "金额", "两倍", "编号", "拨付日期")):
        sheet.write(1, place, head)
    sheet.write(2, 0, "{{项目名称}}")
    sheet.write(2, 1, "{{ 金额 }}", red)
    sheet.write_formula(2, 2, "=B3*2", red, 0)
    sheet.write(2, 3, "{{编号}}", book.add_format({"num_format": "@"}))
    sheet.write(2, 4, "{{日期列}}", day)
    sheet.write(3, 0, "合计")
    sheet.write_formula(3, 1, "=SUM(B3:B3)", red, 0)
    sheet.write(3, 2, "{{合计:金额}}")
    sheet.write_formula(3, 3, "=B4+1", None, 0)
    sheet.merge_range(4, 0, 4, 4, "制表人:")
    sheet.repeat_rows(1)
    sheet.set_landscape()
    sheet.print_area(0, 0, 4, 4)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))["上报表"]


def test_names_in_a_row_are_filled_for_each_row(tmp_path: Path) -> None:
    path = made(tmp_path / "t.xlsx", braces)
    found = workbooks.pattern(path, "t.xlsx")
    assert (found.row, dict(found.names)) == (3, {"A": "项目名称", "B": "金额", "D": "编号", "E": "日期列"})
    rows = [{**row, "日期列": row["日期"]} for row in ROWS]
    single = {"日期": date(2018, 12, 31), "行数": 3, "合计:金额": Figure(300_006)}
    content = workbooks.filled(path, "t.xlsx", rows, single)
    sheet = opened(content)
    assert sheet["A1"].value == "截至 2018-12-31 共 3 项"
    assert [[cell.value for cell in row[:4]] for row in sheet["A3:E5"]] == [
        ["虚构项目1", 1000.01, "=B3*2", "001"],
        ["虚构项目2", 1000.02, "=B4*2", "002"],
        ["虚构项目3", 1000.03, "=B5*2", "003"],
    ]
    assert [sheet.cell(row, 5).value.date() for row in (3, 4, 5)] == [date(2018, 7, n) for n in (1, 2, 3)]
    assert (sheet["B6"].value, sheet["C6"].value, sheet["D6"].value) == ("=SUM(B3:B5)", 3000.06, "=B6+1")
    assert (sheet["A7"].value, sorted(map(str, sheet.merged_cells.ranges))) == ("制表人:", ["A1:E1", "A7:E7"])
    assert sheet["B5"].font.color.rgb == "FFFF0000" and sheet["B5"].number_format == "#,##0.00"
    assert sheet.column_dimensions["A"].width == pytest.approx(33, abs=1)
    assert sheet.print_title_rows == "$2:$2" and sheet.page_setup.orientation == "landscape"
    assert sheet.print_area == "'上报表'!$A$1:$E$7"
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["上报表"]
    assert values["B6"].value == 3000.06, "a telephone's preview shows the sum"
    assert content == workbooks.filled(path, "t.xlsx", rows, single)


def test_a_row_under_headings_is_filled_where_there_are_no_names(tmp_path: Path) -> None:
    def plain(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "某某局上报表")
        for place, head in enumerate(("项目\n名称", "编号", "金额")):
            sheet.write(2, place, head, book.add_format({"text_wrap": True}))

    path = made(tmp_path / "t.xlsx", plain)
    assert workbooks.pattern(path, "t.xlsx") == workbooks.Pattern(
        4, {"A": "项目名称", "B": "编号", "C": "金额"}, []
    )
    sheet = opened(workbooks.filled(path, "t.xlsx", ROWS, {}))
    assert [[cell.value for cell in row] for row in sheet["A4:C6"]] == [
        [row["项目名称"], row["编号"], row["金额"].hundredths / 100] for row in ROWS
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86 1", "-x", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "{{日期}}", "\x00\x0b\ufffe坏"],
)
def test_nothing_typed_is_a_formula(tmp_path: Path, text: str) -> None:
    path = made(tmp_path / "t.xlsx", braces)
    content = workbooks.filled(path, "t.xlsx", [{"项目名称": text}] * 2, {"日期": text})
    for row in (3, 4):
        cell = opened(content).cell(row, 1)
        assert cell.data_type == "s"
        assert cell.value == text.translate({0: None, 11: None, 0xFFFE: None})
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert packed.testzip() is None
    assert "xl/calcChain.xml" not in packed.namelist()


def test_no_rows_leave_an_empty_row(tmp_path: Path) -> None:
    sheet = opened(workbooks.filled(made(tmp_path / "t.xlsx", braces), "t.xlsx", [], {"行数": 0}))
    assert sheet["A3"].value is None and sheet["A4"].value == "合计"
    assert sheet["B4"].value == "=SUM(B3:B3)"


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30), st.integers(0, 12))
def test_references_follow_their_cells(tmp: int, row: int, more: int, first: int, size: int) -> None:
    """A range over the pattern reaches to its last copy; what stands elsewhere keeps looking at the same cells."""
    moved = workbooks._moved(f"SUM(B{first}:C{first + size})+$A${tmp}", row, more)
    last = first + size + (more if first + size >= row else 0)
    start = first + (more if first > row else 0)
    alone = tmp + (more if tmp > row else 0)
    assert moved == f"SUM(B{start}:C{last})+$A${alone}"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 100])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"files\."):
        workbooks.pattern(path, "t.xlsx")


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize("how", ["gone", "cut", "entities", "other"])
def test_a_broken_part_is_told(tmp_path: Path, part: str, how: str) -> None:
    whole = made(tmp_path / "t.xlsx", braces)
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        for each in source.namelist():
            content = source.read(each)
            if each == part:
                if how == "gone":
                    continue
                content = {
                    "cut": content[:-20],
                    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
                    "other": b"<a/>",
                }[how]
            target.writestr(each, content)
    try:
        workbooks.filled(broken, "b.xlsx", ROWS, {})
    except Refused as refused:
        assert refused.blockers[0].code in {"files.unreadable", "desk.no_names"}


def test_a_workbook_without_names_or_headings(tmp_path: Path) -> None:
    path = made(tmp_path / "t.xlsx", lambda book, sheet: sheet.write(0, 0, "空表"))
    with pytest.raises(Refused, match=r"desk\.no_names"):
        workbooks.pattern(path, "t.xlsx")
