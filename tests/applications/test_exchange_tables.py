"""The tables of the form through Excel: rows come back as they were, each error by sheet, row and column."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from applications.test_exchange import refused
from hypothesis import given, settings
from hypothesis import strategies as st

from venture import spreadsheets
from venture.applications import exchange, parts
from venture.applications.exchange import Marks
from venture.refusal import Refused

MARKS = Marks("7|2026|3|2026-05-01T00:00:00+00:00")
TABLES = [field for part in parts.PARTS for field in exchange.tables(part)]
WORDS = {
    text: {text, f"中:{text}"}
    for field in TABLES
    for column in field.columns
    for text in (column.label, *(label for _code, label in column.choices))
}


def workbook(rows: Mapping[str, Sequence[parts.Row]], marks: Marks = MARKS) -> bytes:
    """The workbook as it goes out, in the second language, with the tables that are named."""
    sheets = [spreadsheets.Blank("说明", f"{marks.form(4)} 申报书", notes=["怎样填"])]
    for field in (each for each in TABLES if each.key in rows):
        words = {column.key: dict(column.choices) for column in field.columns}
        sheets.append(
            spreadsheets.Blank(
                field.label,
                f"{marks.mark(field.key, field.label)} {exchange.closed(field.label)}",
                heads=[f"中:{column.label}" for column in field.columns],
                rows=[
                    [
                        f"中:{words[column.key][row[column.key]]}"
                        if row.get(column.key) in words[column.key]
                        else row.get(column.key, "")
                        for column in field.columns
                    ]
                    for row in rows[field.key]
                ],
                choices={0: ["中:Council meeting"]} if field.key == "meetings" else {},
            )
        )
    return spreadsheets.blanks(sheets, most=parts.MOST_ROWS)


def sheets_of(made: bytes) -> Mapping[str, list[list[Any]]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tables.xlsx"
        path.write_bytes(made)
        return spreadsheets.read(path, "预算.xlsx")


def returned(made: bytes) -> exchange.Returned:
    return exchange.from_excel(sheets_of(made), MARKS, WORDS)


def edited(made: bytes, cells: Mapping[tuple[str, str], Any]) -> bytes:
    """The workbook after somebody wrote into some cells, by (sheet, cell)."""
    book = openpyxl.load_workbook(io.BytesIO(made))
    for (sheet, cell), value in cells.items():
        book[sheet][cell] = value
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


COSTS = parts.FIELDS["costs_grant"].label
LINE = {"category": "activity", "content": "物资", "unit_price": "12.50", "quantity": "3", "unit": "份"}

TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from("=+-@'\"<>&，老人😀")),
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "category": st.sampled_from(
                    [code for code, _label in parts.FIELDS["costs_grant"].columns[0].choices]
                ),
                "content": TEXTS.filter(lambda text: text.strip()),
                "unit_price": st.integers(0, 10**8).map(lambda fen: f"{fen // 100}.{fen % 100:02d}"),
                "quantity": st.integers(0, 10**4).map(str),
                "unit": st.sampled_from(["", "份", "人次"]),
            }
        ),
        max_size=6,
    )
)
def test_rows_come_back_as_they_were(rows: list[parts.Row]) -> None:
    back = returned(workbook({"costs_grant": rows, "costs_matching": []}))
    wanted = parts.filled(parts.normal(parts.FIELDS["costs_grant"], rows))
    assert (back.revision, back.given) == (4, {"costs_grant": wanted, "costs_matching": []})
    assert back.stray == []


def test_nothing_in_the_workbook_is_a_formula_a_link_or_a_macro() -> None:
    made = workbook(
        {"costs_grant": [LINE | {"content": "=1+1"}], "meetings": [{"kind": "council", "times": "2"}]}
    )
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert not any("vba" in name or "externalLink" in name for name in texts)
    assert not any(re.search(r"<f[ >]|<hyperlink", text) for name, text in texts.items() if "sheet" in name)
    assert not any("External" in text for name, text in texts.items() if name.endswith(".rels"))
    opened = openpyxl.load_workbook(io.BytesIO(made))
    cell = opened[COSTS]["B3"]
    assert (cell.value, cell.data_type, cell.number_format) == ("=1+1", "s", "@")
    assert opened[COSTS].column_dimensions["A"].number_format == "@"


def test_numbers_days_and_a_row_between_are_read_as_excel_holds_them() -> None:
    made = edited(
        workbook({"costs_grant": [LINE]}),
        {
            (COSTS, "A5"): "Tax",
            (COSTS, "B5"): 2026,
            (COSTS, "C5"): 0.1 + 0.2,
            (COSTS, "D5"): 12,
            (COSTS, "E5"): None,
        },
    )
    assert returned(made).given["costs_grant"] == [
        {**LINE, "unit_price": "12.50"},
        {"category": "tax", "content": "2026", "unit_price": "0.30", "quantity": "12", "unit": ""},
    ]


def test_every_wrong_cell_is_named_by_sheet_row_and_column_and_nothing_is_given() -> None:
    made = edited(
        workbook({"costs_grant": [LINE, LINE, LINE]}),
        {(COSTS, "C3"): "十二块", (COSTS, "A4"): "杂费", (COSTS, "D5"): None, (COSTS, "B7"): "合计"},
    )
    with pytest.raises(Refused) as refusal:
        returned(made)
    assert [
        (each.code.partition(".")[2], each.facts["label"], each.facts["row"], each.facts["column"])
        for each in refusal.value.blockers
    ] == [
        ("unreadable", COSTS, 3, "Unit price"),
        ("unreadable", COSTS, 4, "Budget head"),
        ("missing", COSTS, 5, "Quantity"),
        ("missing", COSTS, 7, "Budget head"),
        ("missing", COSTS, 7, "Unit price"),
        ("missing", COSTS, 7, "Quantity"),
    ]


def test_heads_that_are_gone_new_or_doubled_are_named() -> None:
    made = edited(workbook({"costs_grant": [LINE]}), {(COSTS, "D2"): "小计", (COSTS, "F2"): "中:Unit"})
    with pytest.raises(Refused) as refusal:
        returned(made)
    assert [(each.code, each.facts) for each in refusal.value.blockers] == [
        ("applications.head_unknown", {"sheet": COSTS, "head": "小计", "column": "D"}),
        ("applications.head_unknown", {"sheet": COSTS, "head": "中:Unit", "column": "F"}),
        ("applications.head_missing", {"sheet": COSTS, "label": "Quantity"}),
    ]


def test_columns_may_change_places_and_rows_may_be_put_above() -> None:
    made = workbook({"costs_grant": [LINE]})
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet = book[COSTS]
    sheet.insert_rows(1, 2)
    for row in (4, 5):
        sheet[f"B{row}"].value, sheet[f"E{row}"].value = sheet[f"E{row}"].value, sheet[f"B{row}"].value
    sheet["C5"] = "x"
    held = io.BytesIO()
    book.save(held)
    with pytest.raises(Refused) as refusal:
        returned(held.getvalue())
    assert [each.facts["row"] for each in refusal.value.blockers] == [5]
    assert returned(edited(held.getvalue(), {(COSTS, "C5"): "12.5"})).given["costs_grant"] == [LINE]


def test_a_sheet_that_is_gone_changes_nothing_and_one_of_theirs_is_named() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook({"costs_grant": [LINE], "costs_matching": [LINE]})))
    del book[parts.FIELDS["costs_matching"].label]
    book.create_sheet("草算")["A1"] = 5
    held = io.BytesIO()
    book.save(held)
    back = returned(held.getvalue())
    assert (list(back.given), back.stray) == (["costs_grant"], ["草算"])


def test_files_that_are_not_ours_or_doubled_are_refused() -> None:
    other = workbook({"costs_grant": [LINE]}, Marks("8"))
    assert refused(lambda: returned(other))[0][0] == "applications.other_form"
    book = openpyxl.Workbook()
    held = io.BytesIO()
    book.save(held)
    assert refused(lambda: returned(held.getvalue())) == [("applications.no_form_mark", "")]
    assert refused(lambda: returned(workbook({}))) == [("applications.no_tables", "")]
    twice = openpyxl.load_workbook(io.BytesIO(workbook({"costs_grant": [LINE]})))
    twice.copy_worksheet(twice[COSTS])
    held = io.BytesIO()
    twice.save(held)
    assert refused(lambda: returned(held.getvalue())) == [("applications.sheet_doubled", "")]


@pytest.mark.parametrize("typed", ["先写{}", "{}{}", "【nothing·ABCD】", "[team.ABCD]", "{}后写"])
def test_whatever_is_typed_into_the_first_cell_is_no_mistake_of_ours(typed: str) -> None:
    made = workbook({"costs_grant": [LINE], "costs_matching": [LINE]})
    mark = openpyxl.load_workbook(io.BytesIO(made))[COSTS]["A1"].value
    try:
        back = returned(edited(made, {(COSTS, "A1"): typed.format(mark, mark)}))
    except Refused as refusal:
        assert {each.code for each in refusal.blockers} <= {"applications.foreign_mark"}
    else:
        assert ("costs_grant" in back.given) != (COSTS in back.stray)


def test_more_rows_than_the_form_has_are_refused() -> None:
    made = workbook({"costs_grant": [LINE] * (parts.MOST_ROWS + 1)})
    assert refused(lambda: returned(made)) == [("applications.too_many_rows", "")]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576"])
def test_a_workbook_that_would_take_all_memory_is_refused(cell: str) -> None:
    made = edited(workbook({"costs_grant": [LINE]}), {(COSTS, cell): "x"})
    wrong = refused(lambda: sheets_of(made))
    assert wrong == [("files.unreadable", "预算.xlsx")]


def test_a_broken_workbook_is_refused_in_words() -> None:
    made, held = workbook({}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<workbook" if name == "xl/workbook.xml" else old.read(name))
    assert refused(lambda: sheets_of(held.getvalue())) == [("files.unreadable", "预算.xlsx")]


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_how_excel_names_columns(place: int, name: str) -> None:
    assert exchange.letters(place) == name
