"""Score sheets through Excel: each row by number and name, the whole workbook or nothing, a look before it is kept."""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import make
import openpyxl
import pytest
from client import save
from hypothesis import given, settings
from hypothesis import strategies as st
from review.test_views import GOOD, MARKS, NOW, Review
from sqlalchemy import select

from venture import spreadsheets, trail
from venture.applications.models import Application, Barred
from venture.db import db
from venture.refusal import Refused
from venture.review import actions, exchange, queries
from venture.review.conflicts import Ground
from venture.review.exchange import NUMBER, REMARK, TITLE, Asked
from venture.review.models import Sheet, SheetState
from venture.roles import Role
from venture.trail import Event

HEADS = {NUMBER: ["编号", "Number"], TITLE: ["项目", "Project"], REMARK: ["备注", "Remark"]}
ASKED = [
    Asked(
        3,
        "虚构专家三",
        "general",
        {"need": "需求（20）", "plan": "方案（25）"},
        {"A-1": "甲 项目", "A-2": "乙项目"},
    ),
    Asked(4, "虚构专家四", "general", {"need": "需求（20）", "plan": "方案（25）"}, {"A-2": "乙项目"}),
]
XLSX = {"Accept-Language": "zh-CN"}


def blank(asked: list[Asked], head: int = 0) -> Any:
    """The workbook as it goes out, opened."""
    made = spreadsheets.blanks(
        [
            spreadsheets.Blank("说明", exchange.notes_mark(2018), notes=["怎样填"]),
            *(
                spreadsheets.Blank(
                    f"{one.expert} 综合",
                    f"{one.mark(2018)} 综合",
                    heads=[
                        HEADS[NUMBER][head],
                        HEADS[TITLE][head],
                        *one.criteria.values(),
                        HEADS[REMARK][head],
                    ],
                    rows=[[number, title, "", "", ""] for number, title in one.rows.items()],
                )
                for one in asked
            ),
        ],
        most=3,
    )
    return openpyxl.load_workbook(io.BytesIO(made))


def back(book: Any) -> Any:
    """The workbook as the product reads it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sheets.xlsx"
        book.save(path)
        return spreadsheets.read(path)


def refused(book: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as no:
        exchange.filled(back(book), ASKED, 2018, HEADS)
    return [
        (each.code, each.facts.get("sheet", ""), each.facts.get("cell", "")) for each in no.value.blockers
    ]


_mark = st.one_of(st.none(), st.integers(0, 2500))


@settings(max_examples=20, deadline=None)
@given(
    marks=st.lists(st.tuples(_mark, _mark), min_size=3, max_size=3),
    as_text=st.booleans(),
    head=st.sampled_from([0, 1]),
)
def test_what_was_filled_in_comes_back_as_it_was(
    marks: list[tuple[int | None, int | None]], as_text: bool, head: int
) -> None:
    book, expected = blank(ASKED, head), []
    cells = [("3 综合", 3), ("3 综合", 4), ("4 综合", 3)]
    for (sheet, line), number, row in zip(cells, ("A-1", "A-2", "A-2"), marks, strict=True):
        for column, mark in zip("CD", row, strict=True):
            if mark is not None:
                book[sheet][f"{column}{line}"] = f"{mark / 100:.2f}" if as_text else mark / 100
        if row != (None, None):
            expected.append((int(sheet[0]), number, {"need": row[0], "plan": row[1]}))
    if not expected:
        assert refused(book) == [("review.workbook_empty", "", "")]
        return
    rows = exchange.filled(back(book), ASKED, 2018, HEADS)
    assert [(row.expert, row.number, dict(row.marks)) for row in rows] == expected


def _set(sheet: str, **cells: Any) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        for cell, value in cells.items():
            book[sheet][cell] = value

    return change


def _copied(book: Any) -> None:
    book.copy_worksheet(book["3 综合"]).title = "副本"


@pytest.mark.parametrize(
    ("change", "code", "sheet", "cell"),
    [
        (_set("3 综合", A3="A-9"), "number", "3 综合", "A3"),
        (_set("3 综合", B3="乙项目"), "title", "3 综合", "B3"),
        (_set("3 综合", A3=None), "no_number", "3 综合", "A3"),
        (_set("3 综合", A4="A-1", B4="甲项目"), "twice", "3 综合", "A4"),
        (_set("3 综合", C2="说明"), "head", "3 综合", "C2"),
        (_set("3 综合", F2="需求（20）"), "head", "3 综合", "F2"),
        (_set("3 综合", E2=None), "no_head", "3 综合", ""),
        (_set("3 综合", D4="十五"), "no_figure", "3 综合", "D4"),
        (_set("3 综合", D4=15.005), "no_figure", "3 综合", "D4"),
        (_set("3 综合", D4=-1), "no_figure", "3 综合", "D4"),
        (_set("3 综合", D4=True), "no_figure", "3 综合", "D4"),
        (_set("3 综合", E4="字" * 301), "remark", "3 综合", "E4"),
        (_set("3 综合", A1="评分"), "mark", "3 综合", "A1"),
        (_set("3 综合", A1=ASKED[0].mark(2017)), "mark", "3 综合", "A1"),
        (_set("3 综合", A1=ASKED[0].mark(2018).replace("专家三", "专家五")), "expert", "3 综合", "A1"),
        (_set("3 综合", A1=ASKED[0].mark(2018).replace("·3·", "·9·")), "expert", "3 综合", "A1"),
        (_copied, "doubled", "副本", "A1"),
    ],
)
def test_any_mismatch_refuses_the_whole_and_names_its_cell(
    change: Callable[[Any], None], code: str, sheet: str, cell: str
) -> None:
    book = blank(ASKED)
    _set("3 综合", C3=15, D3=20)(book)
    _set("4 综合", C3=15, D3=20)(book)
    assert len(exchange.filled(back(book), ASKED, 2018, HEADS)) == 2
    change(book)
    assert (f"review.workbook_{code}", sheet, cell) in refused(book)


def test_blanks_within_a_name_make_no_difference_and_full_width_figures_count() -> None:
    book = blank(ASKED)
    _set("3 综合", B3="甲项目", C3="１５．５", D3=20, E3="第一行\n第二行")(book)
    (row,) = exchange.filled(back(book), ASKED, 2018, HEADS)
    assert (dict(row.marks), row.remark) == ({"need": 1550, "plan": 2000}, "第一行 第二行")


# --- through the pages ---


def take_out(browser: Any, address: str) -> Any:
    answer = browser.get(address, headers=XLSX)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.get_data()))


def fill(sheet: Any, line: int, marks: dict[str, str] = GOOD, remark: str = "") -> None:
    for column, mark in enumerate([*marks.values(), remark], start=3):
        sheet.cell(row=line, column=column, value=mark)


def upload(book: Any, **more: str) -> dict[str, Any]:
    held = io.BytesIO()
    book.save(held)
    return {"signed_on": "2018-06-01", "workbook": (io.BytesIO(held.getvalue()), "评分.xlsx"), **more}


def hidden(page: Any) -> dict[str, str]:
    """What the page before the act carries on."""
    fields: dict[str, str] = next(
        each["fields"] for each in page.page.forms if each["fields"].get("confirmed") == "1"
    )
    return fields


def kept() -> list[tuple[SheetState, int | None]]:
    db.session.expire_all()
    return [(one.state, one.total) for one in db.session.scalars(select(Sheet).order_by(Sheet.id))]


HOME = "/rounds/2018/sheets/import"


def test_all_experts_sheets_come_in_at_once_after_a_look(app: Any, enter: Any) -> None:
    review = Review(3)
    numbers = [db.session.get_one(Application, key).number for key in review.ids]
    operator = enter(review.staff[Role.OPERATOR])
    assert "虚构专家1" in operator.get(HOME).page.words
    book = take_out(operator, "/rounds/2018/sheets/import/all.xlsx")
    names = book.sheetnames[1:]
    assert [book[name]["A3"].value for name in names] == [numbers[0]] * 2
    assert {cell.number_format for row in book[names[0]].iter_rows(min_row=3) for cell in row} == {"@"}
    fill(book[names[0]], 3)
    fill(book[names[0]], 5, {**GOOD, "need": "20"}, "有调查")
    fill(book[names[1]], 4)
    look = operator.post(HOME, upload(book))
    assert look.status_code == 200 and "79.00" in look.page.words and "有调查" in look.page.words
    assert kept() == []
    assert operator.post(HOME, hidden(look)).status_code == 303
    assert kept() == [(SheetState.KEYED, 7900), (SheetState.KEYED, 8400), (SheetState.KEYED, 7900)]
    said = db.session.scalars(select(Event).where(Event.did == "review.key_in")).all()
    assert len(said) == 3 and all("评分.xlsx" in str(event.difference) for event in said)
    sheet = db.session.scalars(select(Sheet).order_by(Sheet.id)).first()
    assert sheet is not None and sheet.paper is not None
    assert (sheet.paper.signer.name, sheet.paper.entered_by.name) == ("虚构专家0", "虚构operator")
    ticks = {"sheets": [f"{one.id}:{one.revision}" for one in db.session.scalars(select(Sheet))][:2]}
    operator.get("/rounds/2018/sheets/1/check")
    assert operator.post("/rounds/2018/sheets/1/check", ticks).status_code == 422
    officer = enter(review.officer)
    officer.get("/rounds/2018/sheets/1/check")
    assert officer.post("/rounds/2018/sheets/1/check", ticks).status_code == 303
    assert kept()[:2] == [(SheetState.HANDED_IN, 7900), (SheetState.HANDED_IN, 8400)]
    left = take_out(operator, "/rounds/2018/sheets/import/1.xlsx")
    assert [left[left.sheetnames[1]][f"A{line}"].value for line in (3, 4)] == [numbers[1], None]
    again = operator.post(HOME, upload(book))
    assert again.status_code == 422 and names[0] in again.page.words and "A3" in again.page.words


@pytest.mark.parametrize(
    ("marks", "cell"),
    [
        ({**GOOD, "design": "26"}, "D4"),
        ({**GOOD, "need": "15.25"}, "C4"),
        ({**GOOD, "effect": ""}, "E4"),
        ({**GOOD, "need": "20"}, "J4"),
    ],
)
def test_the_limits_are_those_of_the_screen_and_nothing_is_kept(
    app: Any, enter: Any, marks: dict[str, str], cell: str
) -> None:
    review = Review(2)
    operator = enter(review.staff[Role.OPERATOR])
    book = take_out(operator, "/rounds/2018/sheets/import/all.xlsx")
    first, second = book.sheetnames[1:]
    fill(book[first], 3)
    fill(book[second], 4, marks)
    answer = operator.post(HOME, upload(book, confirmed="1"))
    assert answer.status_code == 422 and f"{second}" in answer.page.words and cell in answer.page.words
    assert 'value="2018-06-01"' in answer.get_data(as_text=True)
    assert kept() == []


def test_a_file_that_is_no_workbook_and_none_at_all_are_refused_in_words(app: Any, enter: Any) -> None:
    review = Review(1)
    operator = enter(review.staff[Role.OPERATOR])
    operator.get(HOME)
    assert operator.post(HOME, {"signed_on": "2018-06-01"}).status_code == 422
    broken = {"signed_on": "2018-06-01", "workbook": (io.BytesIO(b"PK"), "a.xlsx")}
    assert operator.post(HOME, broken).status_code == 409
    other = openpyxl.Workbook()
    other.active["A1"] = "名单"
    assert operator.post(HOME, upload(other)).status_code == 422
    late = take_out(operator, "/rounds/2018/sheets/import/all.xlsx")
    fill(late[late.sheetnames[1]], 3)
    assert operator.post(HOME, upload(late, signed_on="2030-01-01")).status_code == 422
    assert kept() == []


def test_nobody_brings_in_their_own_sheets_and_a_tie_hides_its_row(app: Any, enter: Any) -> None:
    review = Review(2)
    expert = make.person(Role.EXPERT, Role.OPERATOR, name="虚构双岗")
    actions.seat(round=review.round, people=[expert], by=review.officer, at=NOW)
    operator = review.staff[Role.OPERATOR]
    db.session.add(Barred(application_id=review.ids[0], person_id=operator.id))
    save()
    browser = enter(expert)
    book = take_out(browser, "/rounds/2018/sheets/import/3.xlsx")
    fill(book[book.sheetnames[1]], 3)
    assert browser.post(HOME, upload(book, confirmed="1")).status_code == 422
    barred = enter(operator)
    assert barred.post(HOME, upload(book, confirmed="1")).status_code == 422
    assert kept() == []
    hidden_number = db.session.get_one(Application, review.ids[0]).number
    shown = take_out(barred, "/rounds/2018/sheets/import/3.xlsx")
    assert shown[shown.sheetnames[1]]["A3"].value != hidden_number


def test_a_change_between_look_and_act_is_told(app: Any) -> None:
    review = Review(1)
    seat = queries.panel(review.round)[0].panelist
    application = db.session.get_one(Application, review.ids[0])
    row = exchange.Row(
        "1", 1, application.number or "", MARKS, "", dict.fromkeys([*MARKS, NUMBER, REMARK], "A3")
    )
    actions.declare_tie(
        application=application,
        person=seat.person,
        ground=Ground.DECLARED,
        note="虚构",
        by=review.officer,
        at=NOW,
    )
    operator = review.staff[Role.OPERATOR]
    with pytest.raises(Refused) as no:
        actions.key_in_workbook(
            round=review.round, rows=[row], signed_on=NOW.date(), scan=None, source="x", by=operator, at=NOW
        )
    assert [each.code for each in no.value.blockers] == ["review.workbook_unknown"]
    trail.forget(db.session())
    db.session.rollback()
