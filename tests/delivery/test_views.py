"""The pages of running projects, as the organization, the office and others see them."""

import re
from io import BytesIO
from typing import Any

import make
import pytest
from client import save
from delivery import scene
from delivery.scene import AT, activity, line, project, spend
from openpyxl import Workbook, load_workbook

from venture import files
from venture.applications.lifecycle import State
from venture.applications.models import Category
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.models import Activity, Change, ChangeKind, Shows, Spending, Transfer
from venture.demo import evidence
from venture.roles import Role


def picture(app: Any, number: int = 1) -> tuple[BytesIO, str]:
    staged = evidence.picture(number, app.settings.uploads)
    return BytesIO(files.path_of(app.settings.uploads, staged.sha256).read_bytes()), "照片.png"


FIELDS = {
    "subject": "邻里议事",
    "held_on": "2018.9.8",
    "place": "虚构村文化站",
    "persons_served": "３０",
    "times_served": "42",
    "persons_volunteer": "6",
}


def key_in(page: Any) -> dict[str, str]:
    return {"key": re.search(r'name="key"[^>]*value="([^"]+)"', page.get_data(as_text=True))[1]}


def test_an_activity_on_a_phone_is_one_form(app: Any, enter: Any) -> None:
    of = project()
    browser = enter(of.member)
    page = browser.get(f"/projects/{of.award.id}/activities/new")
    key = key_in(page)
    refused = browser.post(
        f"/projects/{of.award.id}/activities", {**key, **FIELDS, "place": "", "photo": picture(app)}
    )
    assert refused.status_code == 422
    held = re.search(r'name="photo.staged" value="([^"]+)"', refused.get_data(as_text=True))
    assert held and "邻里议事" in refused.get_data(as_text=True), "nothing typed or sent is lost"
    done = browser.post(
        f"/projects/{of.award.id}/activities", {**key, **FIELDS, "photo.staged": held[1], "children": "y"}
    )
    assert done.status_code == 303, done.page.words[:500]
    made = db.session.query(Activity).one()
    assert (made.subject, made.late) == ("邻里议事", True)
    assert {each.taking: (each.persons, each.person_times) for each in made.counts} == {
        "served": (30, 42),
        "volunteer": (6, 6),
    }
    assert made.pictures[0].children
    shown = browser.get(f"/activities/{made.id}")
    assert "30" in shown.page.words and "42" in shown.page.words
    photo = browser.get(f"/activities/{made.id}/files/{made.pictures[0].id}")
    assert photo.mimetype == "image/png"


def test_records_of_others_are_not_there(app: Any, enter: Any) -> None:
    of, other = project(), project(year=2017)
    made, (row,) = activity(of, sent=[scene.photo(1), scene.photo(2, Shows.SIGN_IN)]), spend(of)
    moved = actions.move(
        award=of.award,
        key="m",
        table=row.table,
        source=Category.ACTIVITY,
        target=Category.EXPERT,
        amount=300_000,
        reason="虚构",
        by=of.member,
        at=AT,
    )
    save()
    browser = enter(other.member)
    missing = browser.get("/projects/999999")
    for address in (
        f"/projects/{of.award.id}",
        f"/projects/{of.award.id}/spending",
        f"/projects/{of.award.id}/month",
        f"/projects/{of.award.id}/activities/new",
        f"/activities/{made.id}",
        f"/activities/{made.id}/files/{made.pictures[0].id}",
        f"/spending/{row.id}/correct",
    ):
        assert browser.get(address).status_code == missing.status_code == 404, address
    for address in (
        f"/projects/{of.award.id}/activities",
        f"/moves/{moved.id}/back",
        f"/spending/{row.id}/strike",
    ):
        assert browser.post(address, {"reason": "x"}).status_code == 404, address
    reader = make.person(Role.EXPERT)
    make.reader(of.application, reader)
    save()
    assert enter(reader).get(f"/projects/{of.award.id}").status_code == 404


def test_a_sign_in_sheet_opens_for_the_office_and_its_own_people(app: Any, enter: Any) -> None:
    of = project()
    made = activity(of, sent=[scene.photo(1), scene.photo(2, Shows.SIGN_IN)])
    save()
    address = f"/activities/{made.id}/files/{made.sign_ins[0].id}"
    assert enter(of.member).get(address).status_code == enter(of.officer).get(address).status_code == 200


def row_of(place: int, **more: str) -> dict[str, str]:
    usual = {
        "content": "活动物资",
        "table": "grant",
        "category": "activity",
        "unit_price": "120",
        "quantity": "3",
        "unit": "份",
        "spent_on": "2018-09-08",
        "voucher_no": "记-12",
        "payee": "company",
        "activity": "",
    }
    return {f"{name}-{place}": value for name, value in {**usual, **more}.items()}


def test_spending_by_rows_and_the_excess_in_words(app: Any, enter: Any) -> None:
    of = project()
    browser = enter(of.member)
    page = browser.get(f"/projects/{of.award.id}/spending/new")
    empty = row_of(1, content="", unit_price="", voucher_no="")
    key = key_in(page)
    address = f"/projects/{of.award.id}/spending"
    over = browser.post(
        address, {**key, **row_of(0, category="management", unit_price="4300.00", quantity="1"), **empty}
    )
    assert over.status_code == 422
    assert "4,300.00" in over.page.words and "10.75" in over.page.words and "300.00" in over.page.words
    wrong = browser.post(address, {**key, **row_of(0, unit_price="12.345"), **empty})
    assert wrong.status_code == 422 and "12.345" in wrong.get_data(as_text=True)
    assert browser.post(address, {**key, **row_of(0), **empty}).status_code == 303
    assert browser.post(address, {**key, **row_of(0), **empty}).status_code == 303
    made = db.session.query(Spending).one()
    assert (made.amount, made.voucher_no) == (36_000, "记-12")
    listed = browser.get(address)
    assert "360.00" in listed.page.words
    fixed = browser.post(
        f"/spending/{made.id}/correct", {**row_of(0, quantity="2"), "key": "correction", "reason": "数错"}
    )
    assert fixed.status_code == 303
    assert "数错" in browser.get(address).page.words
    assert browser.post(f"/spending/{made.id}/strike", {"reason": "重复"}).status_code == 303
    assert of.head(Category.ACTIVITY).spent == 0


def sheet(app: Any, browser: Any, id: int, rows: list[list[Any]]) -> tuple[BytesIO, str]:
    """The sheet as it was downloaded, filled in and saved."""
    got = browser.get(f"/projects/{id}/spending/sheet.xlsx")
    book = load_workbook(BytesIO(got.get_data()))
    for cells in rows:
        book.worksheets[0].append(cells)
    held = BytesIO()
    book.save(held)
    return BytesIO(held.getvalue()), "支出.xlsx"


def test_a_sheet_is_looked_at_row_by_row_before_it_is_recorded(app: Any, enter: Any) -> None:
    of = project()
    activity(of)
    save()
    browser = enter(of.member)
    got = browser.get(f"/projects/{of.award.id}/spending/sheet.xlsx")
    book = load_workbook(BytesIO(got.get_data()))
    for place, cells in enumerate(
        (
            ["2018-09-08", "记-12", "", "业务活动费", "活动物资", "120", "3", "份", "Company or shop", "1"],
            ["2018.9.9", "记-13", "", "管理费用", "办公用品", "4,300.00", "1", "", "Company or shop", ""],
            ["昨天", "记-14", "", "业务活动费", "", "十", "1", "", "Company or shop", ""],
        ),
        start=3,
    ):
        for column, value in enumerate(cells, start=1):
            book.worksheets[0].cell(place, column, value)
    held = BytesIO()
    book.save(held)
    words = browser.get("/account").page.words
    address = f"/projects/{of.award.id}/spending/sheet"
    key = key_in(browser.get(address))
    seen = browser.post(address, {**key, "file": (BytesIO(held.getvalue()), "支出.xlsx")})
    assert seen.status_code == 200, seen.page.words[:800]
    assert db.session.query(Spending).count() == 0 and words
    carried = re.search(r'name="file.staged" value="([^"]+)"', seen.get_data(as_text=True))[1]
    assert "300.00" in seen.page.words and "昨天" in seen.page.words
    assert browser.post(address, {**key, "file.staged": carried, "confirmed": "1"}).status_code == 303
    made = db.session.query(Spending).one()
    assert (made.amount, made.activity.number) == (36_000, 1)
    again = browser.post(
        address, {**key_in(browser.get(address)), "file": (BytesIO(held.getvalue()), "支出.xlsx")}
    )
    assert db.session.query(Spending).count() == 1 and again.status_code == 200


def test_a_foreign_sheet_is_refused(app: Any, enter: Any) -> None:
    of = project()
    browser = enter(of.member)
    address = f"/projects/{of.award.id}/spending/sheet"
    book, held = Workbook(), BytesIO()
    book.active["A1"] = "别的表"
    book.save(held)
    refused = browser.post(
        address, {**key_in(browser.get(address)), "file": (BytesIO(held.getvalue()), "别的.xlsx")}
    )
    assert refused.status_code == 422
    assert browser.post(address, key_in(browser.get(address))).status_code == 422


def test_a_move_and_its_decision(app: Any, enter: Any) -> None:
    of = project()
    browser, office = enter(of.member), enter(of.officer)
    key = key_in(browser.get(f"/projects/{of.award.id}/moves/new"))
    given = {
        **key,
        "table": "grant",
        "source": "activity",
        "target": "expert",
        "amount": "3000",
        "reason": "讲课增加",
    }
    assert browser.post(f"/projects/{of.award.id}/moves", {**given, "target": "staff"}).status_code == 422
    assert browser.post(f"/projects/{of.award.id}/moves", given).status_code == 303
    made = db.session.query(Transfer).one()
    assert "讲课增加" in office.get(f"/moves/{made.id}").page.words
    assert office.get(f"/rounds/{of.round.year}/projects").page.words.count(of.application.title) == 2
    assert office.post(f"/moves/{made.id}/decide", {"refuse": "1", "answer": ""}).status_code == 422
    assert office.post(f"/moves/{made.id}/decide", {"approve": "1", "answer": ""}).status_code == 303
    assert of.head(Category.EXPERT).budget == 700_000
    assert "7,000.00" in browser.get(f"/projects/{of.award.id}/spending").page.words


def test_a_termination_is_asked_recommended_and_decided_by_three(app: Any, enter: Any) -> None:
    of = project()
    browser, office, chief = enter(of.member), enter(of.officer), enter(of.approver)
    key = key_in(browser.get(f"/projects/{of.award.id}/changes/new"))
    given = {**key, "kind": "termination", "before": "九个月", "after": "终止", "reason": "负责人离职"}
    assert browser.post(f"/projects/{of.award.id}/changes", {**given, "reason": ""}).status_code == 422
    assert browser.post(f"/projects/{of.award.id}/changes", given).status_code == 303
    id = db.session.query(Change).one().id
    assert chief.post(f"/changes/{id}/decide", {"approve": "1", "decision": "同意"}).status_code == 422
    assert office.post(f"/changes/{id}/recommend", {"favours": "yes", "text": "属实"}).status_code == 303
    sure = chief.post(f"/changes/{id}/decide", {"approve": "1", "decision": "同意"})
    assert sure.status_code == 200 and of.award.state == "live"
    assert (
        chief.post(
            f"/changes/{id}/decide", {"approve": "1", "decision": "同意", "confirmed": "1"}
        ).status_code
        == 303
    )
    db.session.expire_all()
    assert (of.award.state, of.application.state) == ("cancelled", State.TERMINATED)
    assert "属实" in browser.get(f"/changes/{id}").page.words


def test_a_plan_of_a_month_and_the_preview(app: Any, enter: Any) -> None:
    of = project(monthly_plan=True)
    browser, office = enter(of.member), enter(of.officer)
    browser.get(f"/projects/{of.award.id}/plan?month=2099-10")
    row = {"subject-0": "义诊", "on-0": "2099-10-13", "place-0": "晒场", "lead-0": "戊", "content-0": ""}
    address = f"/projects/{of.award.id}/plan?month=2099-10"
    assert browser.post(address, {**row, "on-0": "2099-11-13"}).status_code == 422
    assert browser.post(address, row).status_code == 303
    (plan,) = queries.plans(of.award)
    assert "义诊" in office.get(f"/plans/{plan.id}").page.words
    assert office.post(f"/plans/{plan.id}/decide", {"approve": "1", "answer": ""}).status_code == 303
    assert "义诊" in office.get(f"/rounds/{of.round.year}/preview?month=2099-10").page.words
    assert "2099-10" in browser.get(f"/projects/{of.award.id}").page.words


def test_a_list_takes_the_same_statements_for_one_project_and_for_many(
    app: Any, enter: Any, statements: Any
) -> None:
    first = project()
    counts = []
    for more in (0, 3):
        for number in range(more):
            other = project(of=first.round)
            activity(other, f"a{number}", at=AT)
            spend(other, line(), key=f"s{number}")
        save()
        browser = enter(first.officer)
        browser.get(f"/rounds/{first.round.year}/projects")
        statements.clear()
        page = browser.get(f"/rounds/{first.round.year}/projects")
        counts.append(len(statements))
    assert page.page.words.count("海门虚构社会服务中心") >= 4
    assert counts[0] == counts[1], counts


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_request_that_cannot_be_asked_now_says_so(app: Any, enter: Any, kind: ChangeKind) -> None:
    of = project()
    of.application.state = State.FINAL
    save()
    browser = enter(of.member)
    key = key_in(browser.get(f"/projects/{of.award.id}/changes/new"))
    given = {**key, "kind": kind.value, "before": "x", "after": "y", "reason": "z", "ends_on": "2999-01-01"}
    assert browser.post(f"/projects/{of.award.id}/changes", given).status_code == 422
