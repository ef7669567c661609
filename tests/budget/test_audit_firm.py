"""An audit firm sees the projects assigned to it and nothing else: pages, search, counts, sheets, until its last day."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from client import Browser, save
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from venture import clock, trail
from venture.applications import access as sight
from venture.applications import actions, queries
from venture.applications.models import Application, Barred, Scope
from venture.budget import access
from venture.budget import queries as budget
from venture.budget.models import Award, Payment
from venture.db import db
from venture.people import actions as people
from venture.people.models import Grant, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.web import Venture


class Firm:
    """A paid round of two projects; an auditor of a firm to whom the first is assigned."""

    def __init__(self) -> None:
        self.cast = scene.cast()
        for name, score in (("甲", 9000), ("乙", 8800)):
            scene.project(self.cast, name, 0, 4_000_000, score)
        awards = scene.signed(self.cast)
        scene.paid(self.cast, awards)
        self.administrator, self.auditor = make.person(Role.ADMINISTRATOR), make.person(name="事务所审计员")
        self.last = clock.beijing_day(clock.now()) + timedelta(days=10)
        self.grant = people.give(
            person=self.auditor, role=Role.AUDITOR, bounded=True, until_on=self.last, **self.by()
        )
        self.mine, self.other = self.cast.projects["甲"], self.cast.projects["乙"]
        save()

    def by(self) -> dict[str, Any]:
        return {"by": self.administrator, "at": clock.now()}

    def assign(self, *numbers: str | None, rounds: Any = ()) -> None:
        given = {"grant": self.grant, "numbers": list(numbers), "rounds": rounds, "reason": "年度专项审计"}
        actions.assign_audit(**given, **self.by())
        save()


@pytest.fixture
def firm(app: Venture) -> Firm:
    return Firm()


def both(person: Person, application: Application) -> bool:
    """Whether the person sees the application, by the select and by the predicate alike."""
    found = db.session.scalar(sight.visible(person).where(Application.id == application.id)) is not None
    assert sight.may_see(person, application) == found
    return found


def test_select_and_predicate_agree_for_one_project_a_round_and_none(firm: Firm) -> None:
    auditor, award = firm.auditor, db.session.scalars(select(Award).order_by(Award.id)).all()
    assert not both(auditor, firm.mine) and not both(auditor, firm.other)
    firm.assign(firm.mine.number)
    assert both(auditor, firm.mine) and not both(auditor, firm.other)
    for each in award:
        listed = db.session.scalar(access.visible(auditor).where(Award.id == each.id)) is not None
        assert access.may_see(auditor, each) == listed == (each.application_id == firm.mine.id)
    firm.assign(rounds=[firm.cast.round])
    assert both(auditor, firm.mine) and both(auditor, firm.other)
    db.session.add(Barred(application_id=firm.mine.id, person_id=auditor.id))
    assert not both(auditor, firm.mine)
    assert auditor.roles == frozenset()


def test_the_firm_reads_its_project_with_files_award_and_payments(firm: Firm, app: Venture) -> None:
    firm.assign(firm.mine.number)
    browser = Browser(app).enter(firm.auditor)
    assert browser.get("/").headers["Location"] == "/audit"
    words = browser.get("/audit").page.words
    assert firm.mine.title in words and firm.other.title not in words and "1 " in words
    assert firm.mine.title in browser.get("/audit", query_string={"words": "甲"}).page.words
    award = db.session.scalars(select(Award).where(Award.application_id == firm.mine.id)).one()
    payment = award.instalments[0].payments[0].id
    for address in (f"/applications/{firm.mine.id}", f"/awards/{award.id}", f"/payments/{payment}"):
        page = browser.get(address)
        assert page.status_code == 200 and firm.mine.title in page.page.words, address
        assert firm.other.title not in page.page.words


def test_nothing_of_another_project_appears_anywhere(firm: Firm, app: Venture) -> None:
    """Every page of the map, asked for the other project: absent or refused; search and sheet do not know it."""
    firm.assign(firm.mine.number)
    award = db.session.scalars(select(Award).where(Award.application_id == firm.other.id)).one()
    payment = db.session.scalars(select(Payment).order_by(Payment.id.desc())).first()
    assert payment is not None and payment.instalment.award_id == award.id
    ids = {"applications": firm.other.id, "awards": award.id, "payments": payment.id, "organizations": 2}
    browser = Browser(app).enter(firm.auditor)
    opened = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        if app.view_functions[rule.endpoint].rule.everybody:  # what was published, everybody reads
            continue
        number = ids.get(rule.rule.split("/")[1], 1)
        values = {
            name: 2018 if name == "year" else number if "Integer" in type(kind).__name__ else "general"
            for name, kind in rule._converters.items()
        }
        try:
            _host, address = rule.build(values)  # type: ignore[misc]  # None for what cannot be built
        except (TypeError, ValueError):
            continue
        page = browser.get(address)
        assert firm.other.title.encode() not in page.get_data(), rule
        if page.status_code == 200:
            opened.append(rule.endpoint)
    assert "budget.audited" in opened and "desk.audit_sheet" in opened
    assert not [each for each in opened if each.startswith(("rounds.", "review.", "deliberation.matters"))]
    assert "乙" not in browser.get("/audit", query_string={"words": "乙"}).page.words.replace("“乙”", "")
    sheet = load_workbook(BytesIO(browser.get("/audit.xlsx").get_data())).active
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert firm.mine.title in cells and firm.other.title not in cells


def test_missing_and_not_assigned_are_the_same_page(firm: Firm, app: Venture) -> None:
    firm.assign(firm.mine.number)
    browser = Browser(app).enter(firm.auditor)
    for kind, id in (("applications", firm.other.id), ("awards", 2), ("payments", 2)):
        answers = [browser.get(f"/{kind}/{each}") for each in (id, 999_999)]
        assert [answer.status_code for answer in answers] == [404, 404], kind
        pages = [
            re.sub(r"<time.*?</time>|data-left=\"\d+\"|value=\"/\w+/\d+\"", "", answer.get_data(as_text=True))
            for answer in answers
        ]
        assert pages[0] == pages[1], kind


def test_the_role_is_warned_of_and_ends_with_its_day_at_once(firm: Firm, app: Venture) -> None:
    firm.assign(firm.mine.number)
    browser = Browser(app).enter(firm.auditor)
    assert firm.last.isoformat() in browser.get("/audit").page.words
    assert firm.last.isoformat() in browser.get("/me").page.words
    after = clock.now() + timedelta(days=11)
    with time_machine.travel(after, tick=False):
        assert browser.get("/audit").status_code == 404
        assert browser.get(f"/applications/{firm.mine.id}").status_code == 404
        assert sight.auditors(firm.mine) == frozenset()


def test_a_role_for_assigned_projects_is_an_auditors_and_has_a_last_day(firm: Firm) -> None:
    given: dict[str, Any] = {"person": make.person(), "bounded": True, **firm.by()}
    for role, last, code in (
        (Role.OFFICER, firm.last, "people.bounded_role"),
        (Role.AUDITOR, None, "people.last_day_needed"),
    ):
        with pytest.raises(Refused) as refused:
            people.give(role=role, until_on=last, **given)
        assert [each.code for each in refused.value.blockers] == [code]
    save()
    for wrong in ("role = 'officer'", "until_on = NULL"):
        with pytest.raises(IntegrityError, match="ck_grant_of_role_bounded"):
            db.session.execute(text(f"UPDATE grant_of_role SET {wrong} WHERE bounded"))
        db.session.rollback()
    with pytest.raises(IntegrityError, match="ck_scope_one_thing"):
        db.session.execute(text(f"INSERT INTO scope (grant_id) VALUES ({firm.grant.id})"))
    db.session.rollback()


def test_handing_over_and_standing_in_never_widen(firm: Firm) -> None:
    firm.assign(firm.mine.number)
    colleague, deputy = make.person(), make.person()
    days = {"from_on": clock.beijing_day(clock.now()), "reason": "换人"}
    stands = {**days, "until_on": firm.last, "person": firm.auditor}
    people.stand_in(deputy=deputy, **stands, **firm.by())
    people.hand_over(person=firm.auditor, grants=[firm.grant], to=colleague, **days, **firm.by())
    save()
    for person in (colleague, deputy):
        assert person.roles == frozenset() and all(grant.bounded for grant in person.grants)
        assert not both(person, firm.mine) and not both(person, firm.other)
    assert db.session.scalars(select(Scope)).all() == [], "the scope goes with the grant"


def test_assigning_takes_a_whole_list_or_nothing(firm: Firm) -> None:
    with pytest.raises(Refused) as refused:
        firm.assign(firm.mine.number, "虚构编号", "虚构编号二")
    assert [(each.code, each.facts["line"]) for each in refused.value.blockers] == [
        ("applications.no_such_number", 2),
        ("applications.no_such_number", 3),
    ]
    db.session.rollback()
    firm.assign(firm.mine.number)
    with pytest.raises(Refused, match="scope_same"):
        firm.assign(firm.mine.number)
    plain = people.give(person=make.person(), role=Role.AUDITOR, **firm.by())
    with pytest.raises(Refused, match="not_bounded"):
        actions.assign_audit(grant=plain, numbers=[], rounds=[], reason="x", **firm.by())
    told = db.session.scalars(select(trail.Event).where(trail.Event.did == "applications.assign_audit")).one()
    assert told.facts["applications"] == [[], [firm.mine.number]] and told.facts["reason"] == "年度专项审计"


# --- before sight widens, a preview says who gains what ---


def test_a_scope_is_previewed_with_the_projects_it_opens(firm: Firm, app: Venture) -> None:
    browser = Browser(app).enter(firm.administrator)
    address = f"/audit-scopes/{firm.grant.id}"
    assert browser.get(address).status_code == 200
    sent = {"numbers": f"{firm.mine.number}\n{firm.other.number}", "reason": "年度专项审计"}
    page = browser.post(address, sent)
    assert page.status_code == 200
    assert firm.mine.title in page.page.words and firm.other.title in page.page.words
    assert db.session.scalars(select(Scope)).all() == []
    assert browser.post(address, {**sent, "confirmed": "1"}).status_code == 303
    assert len(db.session.scalars(select(Scope)).all()) == 2
    plain = db.session.scalars(select(Grant.id).where(~Grant.bounded)).first()
    assert browser.get(f"/audit-scopes/{plain}").status_code == 404


def test_a_role_is_previewed_with_the_projects_it_opens(firm: Firm, app: Venture) -> None:
    person = make.person(name="虚构新同事")
    organization = firm.mine.organization_id
    draft = make.application(firm.cast.round, organization_=firm.mine.organization, by=firm.cast.officer)
    save()
    browser = Browser(app).enter(firm.administrator)
    page = browser.post(f"/people/{person.id}/roles", {"role": "officer"})
    assert page.status_code == 200 and firm.other.title in page.page.words and "2 " in page.page.words
    page = browser.post(f"/people/{person.id}/roles", {"role": "applicant", "organization": organization})
    assert firm.mine.title in page.page.words and firm.other.title not in page.page.words
    assert draft.title not in page.page.words, "a draft is counted, not named: the administrator sees none"
    given = [(Role.APPLICANT, organization)]
    found = queries.gain(person, given, firm.administrator)
    assert (found.count, [row.id for row in found.named]) == (2, [firm.mine.id])
    nothing = queries.gain(person, [(Role.EXPERT, None)], firm.administrator)
    assert (nothing.count, list(nothing.named)) == (0, [])
    db.session.rollback()
    assert db.session.get_one(Person, person.id).grants == []


def test_what_a_preview_says_is_what_the_grant_then_opens(firm: Firm) -> None:
    for roles in ([Role.OFFICER], [Role.EXPERT], [Role.APPLICANT], [Role.FINANCE, Role.APPLICANT]):
        person = make.person()
        before = set(db.session.scalars(sight.visible(person)))
        body = firm.mine.organization
        pairs = [(role, body.id if role is Role.APPLICANT else None) for role in roles]
        said = queries.gain(person, pairs, firm.administrator)
        for role in roles:
            people.give(person=person, role=role, organization=body, **firm.by())
        save()
        after = set(db.session.scalars(sight.visible(person)))
        assert said.count == len(after - before)
    assert budget.audited(firm.auditor) == []
