"""«Who can see this» stands on every page with confidential parts, and says what the rule of sight says."""

import re
from typing import Any

import make
import pytest
from client import Browser, save
from people import scene

from venture.applications.lifecycle import State
from venture.applications.models import Reader
from venture.config import ROOT
from venture.db import db
from venture.roles import STAFF, Role
from venture.web import Venture

CONFIDENTIAL = {
    "rounds": """
        briefing
        briefings
        needs
        question
        questions
    """,
    "applications": """
        board
        draft
        drafts
        eligibility
        likeness
        likenesses
        overview
        part
        receipt
        submit
        unfinished
        version
        whole
    """,
    "review": """
        accounts
        check
        comments
        day
        draw
        draw_record
        draws
        expert
        expert_account
        fees
        grid
        invitations
        panel
        pool
        proposal
        ranking
        sheets
        workbook
    """,
    "budget": """
        agreement_scans
        award
        awards
        batch
        decision
        ledger
        payment
        payments
        revision
        revisions
    """,
    "delivery": """
        activity
        audit
        change
        closing
        closings
        evaluation
        evaluation_sheet
        evaluations
        project
        report
        reports
        spending
    """,
    "people": """
        edit_account
        one_organization
        one_person
        people
    """,
}
"""The pages with confidential parts, by stage."""


@pytest.mark.parametrize(
    "template", [f"{stage}/{name}" for stage, names in CONFIDENTIAL.items() for name in names.split()]
)
def test_every_page_with_confidential_parts_says_who_sees_it(template: str) -> None:
    text = (ROOT / "templates" / f"{template}.html").read_text()
    assert "page.who_sees(" in text
    named = re.findall(r'sees\("([\w.]+)"\)', text)
    assert all(each.partition(".")[0] == template.partition("/")[0] for each in named)


def line(browser: Browser, address: str) -> str:
    """The line on a page, in English."""
    page = browser.get(address, **scene.ENGLISH)
    assert page.status_code == 200
    (found,) = re.findall(r"Who can see this: (.*?)\.", page.page.words)
    return str(found)


def labels(roles: Any) -> list[str]:
    return [role.label for role in Role if role in roles]


def test_the_line_of_an_application_follows_its_rule(app: Venture) -> None:
    officer, body = make.person(Role.OFFICER), make.organization()
    round_ = make.round_(officer)
    applicant = make.person(Role.APPLICANT, organization=body)
    draft = make.application(round_, organization_=body, by=applicant)
    sent = make.application(round_, organization_=body, by=applicant, state=State.SUBMITTED)
    expert = make.person(Role.EXPERT)
    save()
    browser, own = Browser(app).enter(applicant), "people of the organization itself"
    assert line(browser, f"/applications/{draft.id}") == own
    assert line(browser, f"/applications/{sent.id}") == ", ".join([*labels(STAFF), own])
    db.session.add(Reader(application_id=sent.id, person_id=expert.id))
    db.session.commit()
    named = "those to whom it is assigned by name"
    assert line(browser, f"/applications/{sent.id}") == ", ".join([*labels(STAFF), own, named])
    assert line(Browser(app).enter(expert), f"/applications/{sent.id}").endswith(named)


def test_the_line_of_a_list_follows_its_mark(app: Venture) -> None:
    officer = make.person(Role.OFFICER)
    make.round_(officer)
    administrator = make.person(Role.ADMINISTRATOR)
    save()
    browser = Browser(app).enter(officer)
    for address, endpoint in {
        "/rounds/2018/ranking": "review.ranking",
        "/rounds/2018/payments": "budget.payments",
        "/rounds/2018/panel": "review.panel",
    }.items():
        mark = app.view_functions[endpoint].rule  # type: ignore[attr-defined]  # `seal` has seen the mark
        assert line(browser, address) == ", ".join(labels(mark.roles))
    assert line(Browser(app).enter(administrator), "/people") == "Administrator"


def test_who_sees_a_payee_account(app: Venture) -> None:
    officer, body = make.person(Role.OFFICER), make.organization()
    save()
    browser = Browser(app).enter(officer)
    said = line(browser, f"/organizations/{body.id}")
    assert said == "Officer, Finance officer, people of the organization itself"
