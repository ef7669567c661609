"""Sheets in an office's own columns: as of a day, grouped, shared, filled into a workbook, on record."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import make
import openpyxl
import pytest
import xlsxwriter
from budget import scene
from client import save
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from venture import trail
from venture.applications.models import Barred
from venture.db import db
from venture.desk import actions, gathering, subjects
from venture.desk.models import OwnSheet
from venture.desk.subjects import FIELDS, Line, Spec, Subject
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds.models import Round
from venture.trail import Event
from venture.web import Venture

NOW = datetime(2019, 1, 2, 2, tzinfo=UTC)


@pytest.fixture
def of(app: Venture) -> scene.Cast:
    """Two awards of 40,000.00 and 33,333.33 in two themes; of the first 20,000.00 was paid on 2018-09-21."""
    made = scene.cast()
    scene.project(made, "甲", 0, 4_000_000, 9000)
    scene.project(made, "乙", 1, 3_333_333, 8000)
    awards = scene.awarded(made)
    first = next(award for award in awards if award.amount == 4_000_000)
    scene.sign(made, [first])
    scene.paid(made, [first])
    return made


def drawn(answer: Any) -> tuple[list[str], list[list[Any]]]:
    """The headings and the lines of a sheet that was sent."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:3000]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    heads = [cell.value for cell in sheet[3] if cell.value]
    lines = [list(row[: len(heads)]) for row in sheet.iter_rows(min_row=4, values_only=True)]
    return heads, lines


def kept(by: Person, columns: Sequence[str], subject: Subject = Subject.AWARDS, **more: Any) -> OwnSheet:
    spec = Spec(subject, [(key, "") for key in columns], more.pop("filters", {}), more.pop("group", ""))
    given = {"name": "五点前要的表", "shared": False, **more}
    made = actions.save(sheet=None, spec=spec, by=by, at=NOW, **given)
    save()
    return made


def test_columns_order_and_headings_are_ones_own(of: scene.Cast, enter: Any) -> None:
    browser = enter(of.officer)
    assert browser.get("/own-sheets/new?subject=awards").status_code == 200
    sent = {
        "name": "区局要的表", "subject": "awards", "group": "theme",
        **{f"place-{each.key}": "" for each in FIELDS[Subject.AWARDS]},
        "place-title": "2", "heading-title": "项目（全称）", "place-no": "1", "place-amount": "10", "place-theme": "3",
        "heading-amount": "=资助额",
    }  # fmt: skip
    page = browser.post("/own-sheets/new", sent, follow=True)
    assert "虚构项目甲" in page.page.words
    sheet = db.session.scalars(select(OwnSheet)).one()
    assert sheet.columns == [
        ["no", "序号"], ["title", "项目（全称）"], ["theme", "专题"], ["amount", "=资助额"]
    ]  # fmt: skip
    heads, lines = drawn(browser.post(f"/own-sheets/{sheet.id}/run", {"as_of": ""}))
    assert heads == ["序号", "项目（全称）", "专题", "=资助额"]
    assert lines[:5] == [
        [1, "虚构项目甲", "城乡社区协商民主", 40000],
        ["城乡社区协商民主 小计", None, None, 40000],
        [2, "虚构项目乙", "综合服务", 33333.33],
        ["综合服务 小计", None, None, 33333.33],
        ["合计", None, None, 73333.33],
    ]
    assert lines[5][0] == "=资助额合计 人民币(大写):柒万叁仟叁佰叁拾叁元叁角叁分"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-07-01", []),
        ("2018-07-02", [("虚构项目甲", 40000, 0, 40000, None), ("虚构项目乙", 33333.33, 0, 33333.33, None)]),
        ("2018-09-20", [("虚构项目甲", 40000, 0, 40000, "有"), ("虚构项目乙", 33333.33, 0, 33333.33, None)]),
        (
            "2018-09-21",
            [("虚构项目甲", 40000, 20000, 20000, "有"), ("虚构项目乙", 33333.33, 0, 33333.33, None)],
        ),
    ],
)
def test_money_as_it_stood_at_the_end_of_a_day(
    of: scene.Cast, enter: Any, day: str, expected: list[Any]
) -> None:
    sheet = kept(of.officer, ["title", "amount", "paid", "left", "agreement_no"])
    _heads, lines = drawn(enter(of.officer).post(f"/own-sheets/{sheet.id}/run", {"as_of": day}))
    rows = [line for line in lines if str(line[0]).startswith("虚构")]
    assert [(*line[:4], "有" if line[4] else None) for line in rows] == expected
    assert lines[len(rows)][1] == round(sum(line[1] for line in rows), 2)


def test_payments_with_what_was_paid_before(of: scene.Cast, enter: Any) -> None:
    columns = ["project_no", "instalment", "sum", "paid", "left", "paid_on", "voucher"]
    sheet = kept(of.officer, columns, Subject.PAYMENTS)
    _heads, lines = drawn(enter(of.officer).post(f"/own-sheets/{sheet.id}/run", {}))
    assert [line[1:6] for line in lines[:1]] == [["首期款", 20000, 20000, 20000, datetime(2018, 9, 21)]]
    assert lines[1] == ["合计", None, 20000, None, None, None, None], "an award's balance is not added up"


def test_rows_are_chosen_by_what_the_sheet_says(of: scene.Cast) -> None:
    project = of.projects["甲"]
    for name, value in (
        ("theme", "城乡社区协商民主"), ("year", "2018"), ("kind", "service"), ("town", "虚构镇"),
        ("field", "青少年"), ("state", project.state.value),
    ):  # fmt: skip
        found = gathering.rows(Subject.AWARDS, of.officer, {name: value})
        assert "虚构项目甲" in [row["title"] for row in found], name
        assert gathering.rows(Subject.AWARDS, of.officer, {name: "另一个"}) == [] or name == "year"
    assert gathering.rows(Subject.AWARDS, of.officer, {"year": "2017"}) == []
    assert [
        row["title"] for row in gathering.rows(Subject.APPLICATIONS, of.officer, {"theme": "综合服务"})
    ] == ["虚构项目乙"]


def test_whom_a_tie_bars_gets_no_row_of_it(of: scene.Cast) -> None:
    db.session.add(Barred(application_id=of.projects["甲"].id, person_id=of.finance.id))
    save()
    for subject in Subject:
        seen = [row["title"] for row in gathering.rows(subject, of.finance, {})]
        assert "虚构项目甲" not in seen
        assert "虚构项目甲" in [row["title"] for row in gathering.rows(subject, of.officer, {})]


def test_confidential_columns_only_for_those_who_may_and_on_record(of: scene.Cast, enter: Any) -> None:
    sheet = kept(of.officer, ["no", "title", "account", "phone", "amount"], shared=True)
    number = of.projects["甲"].organization.account_no
    page = enter(of.officer).get(f"/own-sheets/{sheet.id}")
    assert number not in page.get_data(as_text=True), "a page that is only looked at holds none of it"
    heads, lines = drawn(enter(of.officer).post(f"/own-sheets/{sheet.id}/run", {}))
    assert heads == ["序号", "项目名称", "账号", "联系电话", "立项金额"]
    assert lines[0][2] == number
    said = db.session.scalars(select(Event).where(Event.did == "desk.export")).one()
    assert said.person_id == of.officer.id
    assert (said.facts["confidential"], said.facts["rows"]) == (["账号", "联系电话"], 2)
    for person, hidden in (
        (of.auditor, {"账号", "联系电话"}),
        (of.finance, {"联系电话"}),
        (of.operator, {"账号"}),
    ):
        answer = enter(person).post(f"/own-sheets/{sheet.id}/run", {})
        heads, _lines = drawn(answer)
        assert set(heads) == {"序号", "项目名称", "账号", "联系电话", "立项金额"} - hidden
        assert number.encode() not in answer.get_data() or "账号" not in hidden


def test_a_sheet_is_ones_own_until_it_is_shared(of: scene.Cast, enter: Any) -> None:
    sheet = kept(of.officer, ["title", "amount"])
    other = enter(of.finance)
    missing = other.get("/own-sheets/999999").status_code
    assert missing == 404
    assert other.get(f"/own-sheets/{sheet.id}").status_code == 404
    assert other.post(f"/own-sheets/{sheet.id}/run", {}).status_code == 404
    sheet.shared = True
    trail.say(of.officer, "test")
    save()
    assert other.get(f"/own-sheets/{sheet.id}").status_code == 200
    assert "五点前要的表" in other.get("/own-sheets").page.words
    for address in ("edit", "template"):
        assert other.get(f"/own-sheets/{sheet.id}/{address}").status_code == 404
    assert other.post(f"/own-sheets/{sheet.id}/delete", {"confirmed": "1"}).status_code == 404
    with pytest.raises(Refused, match=r"desk\.not_your_sheet"):
        actions.delete(sheet=sheet, by=of.finance, at=NOW)
    mine = enter(of.officer)
    mine.get(f"/own-sheets/{sheet.id}")
    assert mine.post(f"/own-sheets/{sheet.id}/delete").status_code == 200
    assert mine.post(f"/own-sheets/{sheet.id}/delete", {"confirmed": "1"}).status_code == 303
    assert db.session.scalars(select(OwnSheet)).all() == []


@pytest.mark.parametrize(
    ("columns", "code"), [([], "no_columns"), (["amount"], "first_is_sum"), (["nothing"], "no_columns")]
)
def test_a_sheet_that_cannot_be_drawn_is_not_kept(of: scene.Cast, columns: list[str], code: str) -> None:
    with pytest.raises(Refused, match=rf"desk\.{code}"):
        kept(of.officer, columns)
    trail.forget(db.session())


def test_two_sheets_of_one_name(of: scene.Cast) -> None:
    first = kept(of.officer, ["title"])
    with pytest.raises(Refused, match=r"desk\.name_taken"):
        kept(of.officer, ["title"])
    spec = Spec(Subject.AWARDS, [("organization", "")])
    actions.save(sheet=first, name=first.name, spec=spec, shared=True, by=of.officer, at=NOW)
    kept(of.finance, ["title"])
    assert [each for each, _heading in first.columns] == ["organization"]


def template(heads: Sequence[str] = ("单位", "{{合计:拨了多少}}")) -> io.BytesIO:
    """The superior office's workbook (invented)."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    sheet = book.add_worksheet("上报")
    sheet.write_row(0, 0, ["某某局上报表（虚构）", *heads])
    sheet.write_row(1, 0, ["{{项目名称}}", "{{拨了多少}}", "{{银行账号}}"])
    book.close()
    return io.BytesIO(held.getvalue())


def test_the_superior_offices_workbook_is_filled(of: scene.Cast, enter: Any) -> None:
    of.projects["甲"].title = '=HYPERLINK("http://x.test")'
    save()
    sheet, browser = kept(of.officer, ["no", "title", "account", "paid"], shared=True), enter(of.officer)
    where = f"/own-sheets/{sheet.id}"
    browser.get(where)
    sent = {"template": (template(), "上报表.xlsx")}
    page = browser.post(f"{where}/template", sent, content_type="multipart/form-data", follow=True)
    assert "拨了多少" in page.page.words
    browser.post(f"{where}/template/match", {"name-0": "title", "name-1": "paid", "name-2": "account"})
    answer = browser.post(f"{where}/run", {"template": "1", "as_of": "2018-12-31"})
    assert answer.status_code == 200
    filled = openpyxl.load_workbook(io.BytesIO(answer.get_data()))["上报"]
    number = of.projects["甲"].organization.account_no
    assert [[cell.value for cell in row] for row in filled["A1:C2"]] == [
        ["某某局上报表（虚构）", "单位", 20000],
        ['=HYPERLINK("http://x.test")', 20000, number],
    ]
    assert filled["A2"].data_type == "s" and filled["A3"].value == "虚构项目乙"
    said = db.session.scalars(select(Event).where(Event.did == "desk.export")).one()
    assert (said.facts["template"], said.facts["confidential"]) == (True, ["账号"])
    other = enter(of.auditor).post(f"{where}/run", {"template": "1"})
    filled = openpyxl.load_workbook(io.BytesIO(other.get_data()))["上报"]
    assert [cell.value for cell in filled[2]][2] is None, "an account is not for an auditor"


@pytest.mark.parametrize("name", ["x.xlsx", "x.pdf", ""])
def test_what_is_no_workbook_to_fill(of: scene.Cast, enter: Any, name: str) -> None:
    sheet, browser = kept(of.officer, ["title"]), enter(of.officer)
    browser.get(f"/own-sheets/{sheet.id}")
    empty = io.BytesIO()
    xlsxwriter.Workbook(empty).close()
    content = {"x.xlsx": empty.getvalue(), "x.pdf": b"%PDF-1.7", "": b""}[name]
    sent = {"template": (io.BytesIO(content), name)}
    answer = browser.post(f"/own-sheets/{sheet.id}/template", sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert db.session.get_one(OwnSheet, sheet.id).template_id is None


@pytest.mark.parametrize(
    "sent",
    [
        {"subject": "nothing"},
        {"subject": "awards", "group": "x"},
        {"subject": "awards", "place-title": "9" * 50, "name": "x", "filter-year": "999999999999"},
    ],
)
def test_odd_input_is_no_fault_of_ours(of: scene.Cast, enter: Any, sent: dict[str, str]) -> None:
    browser = enter(of.officer)
    browser.get("/own-sheets")
    answer = browser.post("/own-sheets/new", sent, follow=True)
    assert answer.status_code in {200, 404, 422}
    for sheet in db.session.scalars(select(OwnSheet)).all():
        for day in ("", "2018-02-30", "x", "0001-01-01"):
            assert browser.post(f"/own-sheets/{sheet.id}/run", {"as_of": day}).status_code in {200, 422}
            assert browser.get(f"/own-sheets/{sheet.id}?as_of={day}").status_code in {200, 422}


@pytest.mark.parametrize("subject", list(Subject))
def test_many_rows_ask_as_few_statements(of: scene.Cast, statements: list[str], subject: Subject) -> None:
    counts = []
    for more in (0, 12):
        round = db.session.get_one(Round, of.round.id)
        officer, approver = (db.session.get_one(Person, each.id) for each in (of.officer, of.approver))
        for _ in range(more):
            application = make.application(round, by=officer, state=make.State.ON_NOTICE, asked=1000)
            make.award(application, officer=officer, approver=approver)
        save()
        db.session.expunge_all()
        person = db.session.get_one(Person, of.officer.id)
        assert person.live_grants
        statements.clear()
        gathering.rows(subject, person, {}, date(2030, 1, 1))
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4


KEYS = ["no", "title", "theme", "amount", "paid"]
values = st.fixed_dictionaries(
    {
        "title": st.text(max_size=3),
        "theme": st.sampled_from(["甲", "乙", "", None]),
        "amount": st.none() | st.integers(0, 10**9),
        "paid": st.integers(0, 10**9),
    }
)


@given(st.lists(values, max_size=12), st.sampled_from(["", "theme"]))
def test_groups_hold_every_row_once_and_their_sums_are_the_whole(
    rows: list[dict[str, Any]], group: str
) -> None:
    spec = Spec(Subject.AWARDS, [(key, "") for key in KEYS], {}, group)
    lines = list(subjects.arranged(rows, spec))
    plain = [line.cells for line in lines if not line.sum]
    assert [cells[0] for cells in plain] == list(range(1, len(rows) + 1))
    assert sorted(map(str, (cells[1:] for cells in plain))) == sorted(
        str([row[key] for key in KEYS[1:]]) for row in rows
    )
    total = lines[-1]
    assert total == Line(
        ["合计", None, None, sum(row["amount"] or 0 for row in rows), sum(row["paid"] for row in rows)], True
    )
    subtotals = [line.cells for line in lines[:-1] if line.sum]
    assert len(subtotals) == (len({row["theme"] for row in rows}) if group else 0)
    if group:
        assert [sum(cells[place] for cells in subtotals) for place in (3, 4)] == total.cells[3:]
