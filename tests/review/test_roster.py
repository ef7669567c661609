"""A whole list of experts from Excel: all or nobody, a look before, the same list twice adds nobody."""

import io
from typing import Any

import make
import openpyxl
import pytest
from client import save
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import roster
from venture.review.models import Affiliated, Competence, Expert, Title
from venture.review.views.roster import HEADS as WORDS
from venture.roles import Role

HOME = "/experts/list"
HEADS = {name: (name, text) for name, text in WORDS.items()}


def filled(*rows: dict[str, Any]) -> dict[str, Any]:
    """The product's own empty list with these rows, as it is sent back."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["专家名单（虚构）"])
    sheet.append(list(WORDS.values()))
    for row in rows:
        sheet.append([row.get(name) for name in WORDS])
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    return {"roster": (held, "专家.xlsx")}


def hidden(page: Any) -> dict[str, str]:
    (fields,) = (each["fields"] for each in page.page.forms if each["fields"].get("confirmed") == "1")
    return fields


def experts() -> list[str]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(Person.name).join(Expert, Expert.person_id == Person.id).order_by(Person.id)
        )
    )


@given(
    above=st.integers(0, 8),
    order=st.permutations(list(WORDS)),
    names=st.lists(st.text("虚构甲乙丙", min_size=1, max_size=5), min_size=1, max_size=4),
)
def test_the_heads_say_what_a_column_holds_wherever_they_stand(
    above: int, order: list[str], names: list[str]
) -> None:
    grid: list[list[Any]] = [["标题", None]] * above + [
        [f" {WORDS[name].upper()} " for name in order] + ["别的"]
    ]
    grid += [[name if key == "name" else None for key in order] + ["忽略"] for name in names] + [[None] * 12]
    found = roster.rows({"空": [], "名单": grid}, HEADS)
    assert [(row.number, row.texts["name"]) for row in found] == [
        (above + 2 + place, name) for place, name in enumerate(names)
    ]


def test_a_list_that_cannot_be_read_says_why() -> None:
    for sheets, code in (
        ({"a": [["名字"], ["甲"]]}, "review.roster_heads"),
        ({"a": [["name"], [None]]}, "review.roster_empty"),
        ({"a": [["name"], *[["甲"]] * (roster.MOST + 1)]}, "review.roster_long"),
    ):
        with pytest.raises(Refused) as no:
            roster.rows(sheets, HEADS)
        assert [each.code for each in no.value.blockers] == [code]


def test_a_list_comes_in_after_a_look_and_only_once(app: Any, enter: Any) -> None:
    officer, body = make.person(Role.OFFICER), make.organization()
    save()
    browser = enter(officer)
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/experts/list.xlsx").get_data()))
    assert len([cell for cell in book.worksheets[0][2] if cell.value]) == len(WORDS)
    rows = (
        {
            "name": "虚构专家甲",
            "mobile": 13800000001.0,
            "title": Title.SENIOR.label,
            "employer": body.name,
            "competences": f"{Competence.LAW.label}、{Competence.FINANCE.label}",
            "office": body.credit_code,
        },
        {"name": "虚构专家乙"},
    )
    look = browser.post(HOME, filled(*rows))
    assert look.status_code == 200 and "虚构专家乙" in look.page.words and experts() == []
    assert browser.post(HOME, hidden(look)).status_code == 303
    assert experts() == ["虚构专家甲", "虚构专家乙"]
    expert = db.session.scalars(select(Expert).order_by(Expert.id)).first()
    assert expert is not None
    assert (expert.person.mobile, expert.title, expert.person.employer_code) == (
        "13800000001",
        Title.SENIOR,
        body.credit_code,
    )
    assert expert.competences == [Competence.FINANCE, Competence.LAW]
    assert [(one.kind, one.code) for one in expert.affiliations] == [(Affiliated.OFFICE, body.credit_code)]
    again = browser.post(HOME, filled(*rows))
    assert again.status_code == 200
    assert browser.post(HOME, hidden(again)).status_code == 303
    assert len(experts()) == 2 and db.session.scalar(select(func.count()).select_from(Person)) == 3


def test_one_wrong_row_keeps_everybody_out_and_each_reason_names_its_row(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    other = make.person(Role.FINANCE)
    other.mobile = "13800000009"
    save()
    answer = enter(officer).post(
        HOME,
        filled(
            {"name": "虚构专家丙", "title": "大师", "employer": "没有的单位"},
            {"mobile": "138"},
            {"name": "虚构专家丁", "mobile": "13800000009"},
            {"name": "虚构专家戊", "position": "长" * 101},
            {"name": "虚构专家己"},
        ),
    )
    assert answer.status_code == 422 and experts() == []
    for text in ("大师", "没有的单位", "101", "13800000009"):
        assert text in answer.page.words
    for row in (3, 4, 5, 6):
        assert f">{row}<" in answer.get_data(as_text=True)
    assert "虚构专家己" not in answer.page.words
    assert (
        {row[0] for row in answer.page.rows if row} >= {"3", "4", "5", "6"}
        if hasattr(answer.page, "rows")
        else True
    )
    assert db.session.scalar(select(func.count()).select_from(Person)) == 2


def test_no_file_and_a_file_that_is_none(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    save()
    browser = enter(officer)
    assert browser.post(HOME, {}).status_code == 422
    assert browser.post(HOME, {"roster": (io.BytesIO(b"no book"), "a.xlsx")}).status_code == 409
    assert experts() == []
