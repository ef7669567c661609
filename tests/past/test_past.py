"""Taking earlier awards over: the look, what is kept, the same file again, a changed row, the way back, the sheet."""

import io
import json
from typing import Any

import make
import openpyxl
import pytest
from client import Browser, save
from past import scene
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from venture import invariants, trail
from venture.db import db
from venture.past import actions, lists, queries
from venture.past.lists import Outcome
from venture.past.models import Heading, PastAward, PastImport, Source
from venture.people.models import Organization, Person, TrackRecord
from venture.refusal import Refused
from venture.roles import STAFF, Role
from venture.trail import Event
from venture.web import Venture

CODE = make.credit_code(number=777)
ROWS = [
    [1, "银龄课堂", "海门虚构中心甲", CODE, "为老", 40000, "结项", "同意"],
    [2, "小手牵大手", "虚构中心乙", None, "青少年", 33333.33, "未结项", None],
    [3, "邻里议事", "虚构中心丙", "不知道", "青少年", 12000.5, None, None],
    ["合计", None, None, None, None, 85333.83, None, None],
]


class Desk:
    """An officer at the page where lists are taken over."""

    def __init__(self, app: Venture) -> None:
        self.officer: Person = make.person(Role.OFFICER)
        self.body: Organization = make.organization(credit_code=CODE, name="海门虚构中心甲")
        save()
        self.browser = Browser(app).enter(self.officer)

    def send(self, content: bytes, name: str = "2016年立项汇总表.xlsx", **more: Any) -> Any:
        """The file, with what holds for all its rows."""
        sent = {"file": FileStorage(io.BytesIO(content), name), "ended": "closed", "year": "2016", **more}
        if not self.browser.token:
            self.browser.get("/past/import")
        boundary, body = encode_multipart({"csrf_token": self.browser.token, **sent})
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.browser._call(self.browser.client.post, "/past/import", data=body, content_type=kind)

    def go_on(self, answer: Any, **more: Any) -> Any:
        """Send what the page holds, with some of it changed."""
        found = [each["fields"] for each in answer.page.forms if each["action"].startswith("/past/import")]
        fields = next((each for each in found if "confirmed" in each), found[0])
        return self.browser.post("/past/import", {"down": "", **fields, **more})

    def match(self, answer: Any, **columns: str) -> Any:
        """Say what the columns hold, as the page offers it but for some."""
        offered = {
            "column-1": "title",
            "column-2": "organization",
            "column-3": "code",
            "column-4": "programme",
            "column-5": "amount",
            "column-6": "outcome",
            "column-0": "",
            "column-7": "",
            "down": "",
        }
        return self.go_on(answer, **{**offered, **columns})


@pytest.fixture
def desk(app: Venture) -> Desk:
    return Desk(app)


def kept() -> list[PastAward]:
    return list(db.session.scalars(select(PastAward).where(PastAward.standing).order_by(PastAward.row)))


def test_columns_are_matched_once_and_remembered(desk: Desk) -> None:
    asked = desk.send(scene.workbook(ROWS), year="")
    assert asked.status_code == 200
    assert "街道意见" in asked.page.words
    assert 'name="column-5"' in asked.get_data(as_text=True)
    offered = next(each["fields"] for each in asked.page.forms if "column-5" in each["fields"])
    assert (offered["year"], offered["row"], offered["sheet"]) == ("2016", "3", "立项")
    look = desk.match(asked)
    assert "85,333.83" in look.page.words
    assert kept() == []
    done = desk.go_on(look)
    assert done.status_code == 303, look.page.words
    assert [(each.title, each.amount, each.outcome.value) for each in kept()] == [
        ("银龄课堂", 4_000_000, "closed"),
        ("小手牵大手", 3_333_333, "running"),
        ("邻里议事", 1_200_050, "closed"),
    ]
    assert {each.heading: each.holds for each in db.session.scalars(select(Heading))}[
        "资助金额(元)"
    ] == "amount"
    next_year = [[1, "明年的项目", "虚构中心乙", None, "为老", 500, "结项", None]]
    look = desk.send(scene.workbook(next_year, top=["2017年第二届", "单位:元"]), year="")
    assert "明年的项目" in look.page.words, "no question a second time"
    assert desk.go_on(look).status_code == 303
    assert {each.title: each.year for each in kept()}["明年的项目"] == 2017


def test_a_body_of_the_register_is_known_and_eligibility_looks_back(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    found = kept()
    assert [each.organization_id for each in found] == [desk.body.id, None, None]
    record = db.session.scalars(select(TrackRecord)).one()
    assert (record.organization_id, record.year, record.title, record.amount, record.closed) == (
        desk.body.id,
        2016,
        "银龄课堂",
        4_000_000,
        True,
    )
    assert queries.sums(queries.Chosen())[0] == queries.Sum("为老", "CNY", 1, 4_000_000, 1)
    assert [each.amount for each in queries.sums(queries.Chosen(programme="青少年"))] == [4_533_383]


def test_the_same_file_again_adds_nothing(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    save()
    before = db.session.scalar(select(func.count()).select_from(Event))
    look = desk.send(scene.workbook(ROWS))
    again = desk.go_on(look)
    assert again.status_code == 422
    assert "3" in again.page.words
    assert len(kept()) == 3
    assert db.session.scalar(select(func.count()).select_from(PastImport)) == 1
    assert db.session.scalar(select(func.count()).select_from(Event)) == before


def test_a_changed_row_is_told_and_set_right_with_a_reason_only(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    changed = [
        [*ROWS[0][:5], 45000, "清退", "同意"],
        *ROWS[1:3],
        [4, "新项目", "虚构中心乙", None, "为老", 1, "结项", None],
    ]
    look = desk.send(scene.workbook(changed))
    assert "40,000.00" in look.page.words and "45,000.00" in look.page.words
    assert desk.go_on(look).status_code == 303
    assert [each.amount for each in kept()] == [4_000_000, 3_333_333, 1_200_050, 100]
    look = desk.send(scene.workbook(changed), reason="原表有误（虚构）")
    assert desk.go_on(look).status_code == 303
    assert [each.amount for each in kept()] == [4_500_000, 3_333_333, 1_200_050, 100]
    [row] = [each for each in kept() if each.title == "银龄课堂"]
    corrected = {
        each.field: (each.old, each.new, each.reason) for each in trail.corrections_of([row])[row.id]
    }
    assert corrected == {
        "amount": ("4000000", "4500000", "原表有误（虚构）"),
        "outcome": ("closed", "broken_off", "原表有误（虚构）"),
    }
    record = db.session.scalars(select(TrackRecord)).one()
    assert (record.amount, record.closed, record.broken_off) == (4_500_000, False, True)


def test_rows_that_cannot_be_read_are_told_and_only_they_come_later(desk: Desk) -> None:
    broken = [ROWS[0], [*ROWS[1][:5], "三万多", None, None]]
    look = desk.match(desk.send(scene.workbook(broken)))
    assert "三万多" in look.page.words
    desk.go_on(look)
    assert [each.title for each in kept()] == ["银龄课堂"]
    assert db.session.scalars(select(PastImport)).one().left_out == 1
    desk.go_on(desk.send(scene.workbook(ROWS[:2])))
    assert [each.title for each in kept()] == ["银龄课堂", "小手牵大手"]


def test_a_total_that_the_rows_do_not_come_to_is_told(desk: Desk) -> None:
    wrong = [*ROWS[:3], ["合计", None, None, None, None, 99999, None, None]]
    look = desk.match(desk.send(scene.workbook(wrong)))
    assert "99,999.00" in look.page.words and "85,333.83" in look.page.words


def test_a_file_is_taken_back_and_can_come_again(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    source = db.session.scalars(select(PastImport)).one()
    where = f"/past/imports/{source.id}/take-back"
    assert desk.browser.post(where, {"reason": ""}).status_code == 422
    desk.browser.get(where)
    assert desk.browser.post(where, {"reason": "不是这一届（虚构）"}).status_code == 303
    assert kept() == []
    assert db.session.scalars(select(TrackRecord)).all() == []
    assert db.session.scalar(select(func.count()).select_from(PastAward)) == 3
    assert desk.browser.post(where, {"reason": "再一次"}).status_code == 422
    desk.go_on(desk.send(scene.workbook(ROWS)))
    assert len(kept()) == 3
    assert desk.browser.get(f"/past/imports/{source.id}/file").status_code == 200


def test_a_body_that_is_entered_later_is_found_when_asked(desk: Desk) -> None:
    code = make.credit_code(number=778)
    rows = [[1, "银龄课堂", "虚构", code, "为老", 1, "结项", None]]
    desk.go_on(desk.match(desk.send(scene.workbook(rows))))
    assert db.session.scalars(select(TrackRecord)).all() == []
    desk.browser.get("/past")
    assert desk.browser.post("/past/recognize").status_code == 409
    body = make.organization(credit_code=code)
    save()
    assert desk.browser.post("/past/recognize").status_code == 303
    assert db.session.scalars(select(TrackRecord)).one().organization_id == body.id


def test_what_the_record_knows_already_is_not_written_twice(desk: Desk) -> None:
    desk.body.records.append(TrackRecord(year=2016, title="银龄课堂", amount=4_000_000, closed=True))
    save()
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    assert len(db.session.scalars(select(TrackRecord)).all()) == 1
    source = db.session.scalars(select(PastImport)).one()
    actions.take_back(source=source, reason="虚构", by=desk.officer, at=make.NOON)
    save()
    assert len(db.session.scalars(select(TrackRecord)).all()) == 1, "it was not made by the list"


def test_a_round_of_the_systems_own_is_not_taken_from_a_list(desk: Desk) -> None:
    make.round_(desk.officer, year=2016)
    save()
    look = desk.match(desk.send(scene.workbook(ROWS)))
    assert desk.go_on(look).status_code == 422
    assert kept() == []


def test_a_merged_cell_reaches_down(desk: Desk) -> None:
    rows = [ROWS[1], [None, "第二个项目", None, None, None, 1, "结项", None]]
    look = desk.match(desk.send(scene.workbook(rows)), down="y")
    desk.go_on(look)
    assert [(each.title, each.organization_name, each.programme) for each in kept()][1] == (
        "第二个项目",
        "虚构中心乙",
        "青少年",
    )


@pytest.mark.parametrize(
    ("name", "count"), [("ab-charitable-trust", 783), ("andrew-lloyd-webber-foundation", 475)]
)
def test_a_real_360giving_file(desk: Desk, name: str, count: int) -> None:
    """Taken over through the page: as many awards and the sums by programme that the file says; again, nothing."""
    content = scene.giving(name).read_bytes()
    look = desk.send(content, f"{name}.json", year="")
    assert str(count) in look.page.words
    assert desk.go_on(look).status_code == 303
    assert len(kept()) == count
    expected: dict[str, float] = {}
    for grant in json.loads(content)["grants"]:
        title = grant["grantProgramme"][0]["title"]
        expected[title] = expected.get(title, 0) + grant["amountAwarded"]
    assert {row.programme: row.amount for row in queries.sums(queries.Chosen())} == {
        title: round(total * 100) for title, total in expected.items()
    }
    assert {row.currency for row in queries.sums(queries.Chosen())} == {"GBP"}
    assert db.session.scalars(select(TrackRecord)).all() == []
    assert desk.go_on(desk.send(content, f"{name}.json", year="")).status_code == 422
    assert len(kept()) == count


def test_the_office_gets_its_own_list_back_as_an_award_sheet(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    answer = desk.browser.get("/past.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    heads = [cell.value for cell in sheet[3]]
    listed = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=4, values_only=True)]
    rows = [row for row in listed if isinstance(row["序号"], int)]
    back = {(row["项目名称"], row["申报单位"], row["专题"], row["核定金额"], row["结项情况"]) for row in rows}
    assert back == {
        (title, name, theme, float(amount), {"结项": "已结项", "未结项": "未结项", None: "已结项"}[ended])
        for _no, title, name, _code, theme, amount, ended, _note in ROWS[:3]
    }
    total = next(row for row in listed if row["序号"] == "合计")
    assert total["核定金额"] == 85333.83
    assert [row["核定金额"] for row in listed if "小计" in str(row["序号"])] == [40000, 45333.83]
    assert "人民币(大写):捌万伍仟叁佰叁拾叁元捌角叁分" in [row["序号"] for row in listed]


def test_currencies_are_never_added_up(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS[:2]))))
    package = {
        "grants": [
            {
                "id": "x",
                "title": "虚构",
                "currency": "GBP",
                "amountAwarded": 5,
                "awardDate": "2016-01-01",
                "recipientOrganization": [{"name": "Invented Trust"}],
            }
        ]
    }
    desk.go_on(desk.send(json.dumps(package).encode(), "x.json"))
    book = openpyxl.load_workbook(io.BytesIO(desk.browser.get("/past.xlsx").get_data()))
    assert [(sheet.title, [cell.value for cell in sheet[2] if cell.value]) for sheet in book.worksheets] == [
        ("往届立项汇总表", ["单位:元"]),
        ("往届立项汇总表(GBP)", ["单位:GBP"]),
    ]
    assert [(row.currency, row.amount) for row in queries.sums(queries.Chosen())] == [
        ("CNY", 4_000_000),
        ("CNY", 3_333_333),
        ("GBP", 500),
    ]


@pytest.mark.parametrize(
    "content", [b"{", b'{"grants": 1}', b"[" * 100_000, b'{"grants": [1, null, {}]}', b"\xff{"]
)
def test_a_file_that_is_nothing_of_the_kind(desk: Desk, content: bytes) -> None:
    answer = desk.send(content, "x.json")
    assert answer.status_code in {200, 409, 422}
    assert kept() == []


def test_data_is_taken_in_nowhere_else(desk: Desk) -> None:
    make.round_(desk.officer)
    save()
    sent = {"scan": (io.BytesIO(b"{}"), "x.json"), "reason": "x"}
    answer = desk.browser.post("/rounds/2018/moves", sent, content_type="multipart/form-data")
    assert answer.status_code == 409


def test_only_officers_take_over_and_staff_look(app: Venture, desk: Desk) -> None:
    with pytest.raises(Refused, match=r"past\.not_your_role"):
        actions.recognize(by=make.person(Role.FINANCE), at=make.NOON)
    for role in STAFF:
        person = make.person(role)
        save()
        browser = Browser(app).enter(person)
        assert browser.get("/past").status_code == 200
        assert browser.get("/past/import").status_code == (200 if role is Role.OFFICER else 403)


def test_a_long_list_asks_as_few_statements(app: Venture, desk: Desk, statements: list[str]) -> None:
    counts = []
    for many in (1, 60):
        rows = [[n, f"项目{many}-{n}", "虚构", None, "为老", 1, "结项", None] for n in range(many)]
        answer = desk.send(scene.workbook(rows))
        desk.go_on(desk.match(answer) if many == 1 else answer)
        statements.clear()
        assert desk.browser.get("/past").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.unsound("past awards")
def test_a_record_that_says_otherwise_is_found(desk: Desk) -> None:
    desk.go_on(desk.match(desk.send(scene.workbook(ROWS))))
    db.session.scalars(select(TrackRecord)).one().amount = 1
    save()
    assert [
        each.partition(":")[0] for each in invariants.broken(desk.browser.client.application.settings)
    ] == ["past awards"]


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"amount": -1}, "ck_past_award_amount"),
        ({"currency": "YUAN"}, "ck_past_award_currency"),
        ({"year": 16}, "ck_past_award_year"),
        ({"title": ""}, "ck_past_award_texts"),
        ({"key": "k"}, "uq_past_award_key"),
        ({"organization_id": None}, "ck_past_award_record"),
        ({"standing": False}, "ck_past_award_record"),
        ({"currency": "GBP"}, "ck_past_award_record"),
    ],
)
def test_the_database_keeps_what_is_promised(desk: Desk, changed: dict[str, Any], constraint: str) -> None:
    from sqlalchemy import update
    from sqlalchemy.exc import IntegrityError

    award = lists.Award(1, "k", "银龄", "甲", 5, "CNY", 2016, code=CODE, outcome=Outcome.CLOSED)
    other = lists.Award(2, "l", "小手", "甲", 5, "CNY", 2016, code=CODE, outcome=Outcome.CLOSED)
    file = make._add(scene.file(desk.officer))
    given: dict[str, Any] = {"source": Source.EXCEL, "file": file, "terms": {}, "left_out": 0, "reason": ""}
    actions.take_over(awards=[award, other], by=desk.officer, at=make.NOON, **given)
    with pytest.raises(IntegrityError) as broken:
        db.session.execute(update(PastAward).where(PastAward.key == "l").values(changed))
    name = constraint if constraint.startswith("ck") else "key"
    assert name in str(broken.value)
    db.session.rollback()
    trail.forget(db.session())
