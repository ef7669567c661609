"""The pages of the money: the whole way through forms, roles, what is hidden, the cost of lists."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from client import Browser, save
from sqlalchemy import select

from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.budget import actions, queries
from venture.budget.models import Award, Batch, Decision, Notice, Objection, Payment
from venture.db import db
from venture.roles import Role
from venture.rounds.models import Aggregation


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def small(**more: Any) -> scene.Cast:
    of = scene.cast(**more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    scene.project(of, "3", 1, 3000000, 5000)
    return of


def confirm(browser: Browser, address: str, sent: dict[str, Any]) -> Any:
    """Post, see the preview (and that nothing happened yet), then press its verb."""
    preview = browser.post(address, sent)
    assert preview.status_code == 200, preview.page.words
    assert 'name="confirmed"' in preview.get_data(as_text=True)
    return browser.post(address, {**sent, "confirmed": "1"}, follow=True)


def test_the_whole_way_through_pages(app: Any, enter: Any) -> None:
    of = small()
    one, two = of.projects["1"].id, of.projects["2"].id
    with at(scene.PROPOSED_AT):
        officer, approver = enter(of.officer), enter(of.approver)
        page = officer.get("/rounds/2018/decision").page
        assert "40,000.00" in page.words and "合格线" not in page.title
        sent = {f"decided-{one}": "40,000.00", f"decided-{two}": "3万", f"reason-{two}": ""}
        assert db.session.scalars(select(Decision)).all() == []
        confirm(officer, "/rounds/2018/decision", sent)
        decision = db.session.scalars(select(Decision)).one()
        meeting = {"held_on": "2018-06-20", "minutes_no": "虚构纪要6号"}
        assert officer.get(f"/decisions/{decision.id}/approve").status_code == 403
        assert (
            approver.post(f"/decisions/{decision.id}/approve", {"held_on": "2018-06-20"}).status_code == 422
        )
        assert approver.post(f"/decisions/{decision.id}/approve", meeting).status_code == 303
    with at(scene.PUBLISHED_AT):
        officer = enter(of.officer)
        refused = officer.post(f"/decisions/{decision.id}/notice", {"starts_on": "2018-06-21"})
        assert refused.status_code == 422
        shown = confirm(officer, f"/decisions/{decision.id}/notice", {"starts_on": "2018-06-22"})
        assert "2018-06-28" in shown.page.words
        notice = db.session.scalars(select(Notice)).one()
        early = officer.get(f"/notices/{notice.id}/award")
        assert 'name="take"' not in early.get_data(as_text=True)
    with at(scene.AWARDED_AT):
        officer = enter(of.officer)
        lines = [str(line.id) for line in queries.notice(notice.id).decision.lines if line.decided]
        confirm(officer, f"/notices/{notice.id}/award", {"take": lines})
        awards = {award.application_id: award for award in db.session.scalars(select(Award))}
        assert set(awards) == {one, two}
    with at(scene.SIGNED_AT):
        officer, approver, finance = enter(of.officer), enter(of.approver), enter(of.finance)
        sent = {
            "signed_on": "2018-09-20",
            f"number-{awards[one].id}": "协议1",
            f"number-{awards[two].id}": "协议2",
        }
        shown = confirm(officer, "/rounds/2018/agreements", sent)
        assert "2018-09-20" in shown.page.words
        page = officer.get("/rounds/2018/payments")
        key = re.search(r'name="key"[^>]*value="(\w+)"', page.get_data(as_text=True))
        parts = [str(awards[id].instalments[0].id) for id in (one, two)]
        shown = confirm(officer, "/rounds/2018/payments", {"key": key[1], "take": parts})
        assert "人民币叁万伍仟元整" in shown.page.words and "35,000.00" in shown.page.words
        batch = db.session.scalars(select(Batch)).one()
        rows = [payment.id for payment in batch.payments]
        assert officer.post(f"/batches/{batch.id}/check", {}).status_code == 403
        confirm(
            finance, f"/batches/{batch.id}/check", {f"act-{rows[1]}": "back", f"reason-{rows[1]}": "账户待核"}
        )
        confirm(approver, f"/batches/{batch.id}/release", {})
        paid = {"voucher_no": "记-12", "paid_on": "2018-09-21"}
        shown = confirm(finance, f"/batches/{batch.id}/paid", paid)
        assert "记-12" in shown.page.words and "账户待核" in shown.page.words
        wrong = {"voucher_no": "记-13", "paid_on": "2018-09-21", "reason": "录错"}
        shown = finance.post(f"/payments/{rows[0]}/correct", wrong, follow=True)
        assert "记-12" in shown.page.words and "记-13" in shown.page.words
        assert "20,000.00" in officer.get("/rounds/2018/ledger").page.words
        assert officer.get("/rounds/2018/awards").status_code == 200
    db.session.rollback()
    assert queries.broken_invariants() == []


def test_over_the_earmark_on_the_page_names_cap_and_excess(app: Any, enter: Any) -> None:
    of = scene.cast()
    for theme in of.round.themes:
        theme.ceiling = 30000000
    for name, asked, score in (("1", 8000000, 9120), ("2", 7000000, 8900), ("3", 6000000, 8800)):
        scene.project(of, name, 0, asked, score)
    sent = {f"decided-{project.id}": str(project.asked // 100) for project in of.projects.values()}
    sent[f"reason-{of.projects['3'].id}"] = "会议决定"
    refused = enter(of.officer).post("/rounds/2018/decision", sent)
    assert refused.status_code == 422
    assert "200,000.00" in refused.page.words and "10,000.00" in refused.page.words
    assert "会议决定" in refused.get_data(as_text=True), "what was typed stays"


def test_an_unreadable_amount_names_its_row(app: Any, enter: Any) -> None:
    of = small()
    one = of.projects["1"]
    refused = enter(of.officer).post("/rounds/2018/decision", {f"decided-{one.id}": "一万"})
    assert refused.status_code == 422 and f'href="#decided-{one.id}"' in refused.get_data(as_text=True)


def test_approval_and_release_on_paper_through_pages(app: Any, enter: Any) -> None:
    of = small()
    decision = scene.proposed(of)
    with at(scene.PROPOSED_AT):
        officer, finance = enter(of.officer), enter(of.finance)
        sent = {
            "signer": of.approver.id,
            "signed_on": "2018-06-20",
            "held_on": "2018-06-20",
            "minutes_no": "6号",
        }
        assert officer.post(f"/decisions/{decision.id}/paper", sent).status_code == 303
        assert officer.post(f"/decisions/{decision.id}/paper/check").status_code == 409
        assert finance.post(f"/decisions/{decision.id}/paper/check").status_code == 303
        assert of.approver.name in officer.get("/rounds/2018/decision").page.words
    actions.publish(
        decision=decision, starts_on=scene.PUBLISHED_AT.date(), by=of.officer, at=scene.PUBLISHED_AT
    )
    notice = queries.notice_of(decision)
    lines = [line for line in decision.lines if line.decided]
    made = actions.award_list(notice=notice, lines=lines, by=of.officer, at=scene.AWARDED_AT)
    scene.sign(of, made)
    batch = scene.requested(of, made)
    actions.check(payments=list(batch.payments), by=of.finance, at=scene.SIGNED_AT)
    save()
    with at(scene.SIGNED_AT):
        officer, finance = enter(of.officer), enter(of.finance)
        sent = {"signer": of.approver.id, "signed_on": "2018-09-21"}
        assert officer.post(f"/batches/{batch.id}/paper", sent).status_code == 303
        paper = db.session.scalars(select(Payment.paper_id)).first()
        assert officer.get(f"/batches/{batch.id}").status_code == 200
        assert officer.post(f"/batches/{batch.id}/paper/{paper}/check").status_code == 409
        assert finance.post(f"/batches/{batch.id}/paper/{paper}/check").status_code == 303


def test_the_public_notice_shows_the_list_and_nothing_else(app: Any, browser: Browser) -> None:
    of = small()
    body = of.projects["1"].organization
    body.representative_phone = "13912345678"
    of.projects["1"].answers = {"need": "秘密答案"}
    notice = scene.noticed(of, {"3": 3000000})
    with at(scene.PUBLISHED_AT):
        page = browser.get(f"/notices/{notice.id}")
        for shown in ("虚构项目1", body.name, "40,000.00", "2018-06-22", "2018-06-28", "会议决定(虚构)"):
            assert shown in page.page.words
        html = page.get_data(as_text=True)
        for hidden in (
            body.credit_code,
            body.account_no,
            body.bank,
            body.legal_representative,
            "13912345678",
            body.representative_email,
            body.address,
            str(of.projects["1"].number),
            "秘密答案",
            of.officer.name,
            of.approver.name,
            "虚构专家1",
            "90.00",
        ):
            assert hidden not in html
        assert f"/notices/{notice.id}" in browser.get("/notices").get_data(as_text=True)


def test_staff_copy_the_notice_into_the_group_without_a_name(app: Any, browser: Browser, enter: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    save()
    with at(scene.PUBLISHED_AT):
        address = f"/notices/{notice.id}"
        html = enter(of.officer).get(address).get_data(as_text=True)
        assert "group-notice" not in browser.get(address).get_data(as_text=True)
    text = html.partition('id="group-notice"')[2].partition("</textarea>")[0]
    for shown in ("2018-06-22", "2018-06-28", f"http://localhost{address}"):
        assert shown in text
    assert of.projects["1"].organization.name not in text


def test_anyone_objects_once_and_reads_the_answer(app: Any, browser: Browser, enter: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    with at(scene.PUBLISHED_AT):
        page = browser.get(f"/notices/{notice.id}/objections/new").get_data(as_text=True)
        key = re.search(r'name="key"[^>]*value="(\w+)"', page)[1]
        sent = {"key": key, "place": "1", "name": "虚构居民", "contact": "虚构", "text": "理由<script>"}
        bad = browser.post(f"/notices/{notice.id}/objections", {**sent, "text": ""})
        assert bad.status_code == 422 and "虚构居民" in bad.get_data(as_text=True)
        first = browser.post(f"/notices/{notice.id}/objections", sent)
        again = browser.post(f"/notices/{notice.id}/objections", sent)
        assert first.headers["Location"] == again.headers["Location"]
        objection = db.session.scalars(select(Objection)).one()
        assert browser.get(f"/notices/{notice.id}/objections").status_code == 303, "sign in first"
        assert browser.get("/objections/0000").status_code == 404
        officer = enter(of.officer)
        listed = officer.get(f"/notices/{notice.id}/objections").get_data(as_text=True)
        assert "&lt;script&gt;" in listed
        sent = {"upheld": "cancelled", "answer": "属实,取消立项。"}
        assert officer.post(f"/objections/{objection.id}/answer", sent).status_code == 303
        assert "属实" in browser.get(f"/objections/{objection.receipt}").page.words
        assert "虚构居民" not in browser.get(f"/objections/{objection.receipt}").page.words
    db.session.rollback()
    assert of.projects["1"].state is State.CANCELLED


def test_an_award_is_its_own_applicants_and_hidden_from_others(app: Any, enter: Any) -> None:
    of = small()
    made = scene.signed(of)
    batch = scene.paid(of, made)
    payment = batch.payments[0].id
    own = enter(make.person(Role.APPLICANT, organization=of.projects["1"].organization))
    page = own.get(f"/awards/{made[0].id}").page.words
    assert "2018-10-17" in page and of.finance.name not in page
    assert own.get(f"/payments/{payment}").status_code == 200
    other = enter(make.person(Role.APPLICANT, organization=of.projects["2"].organization))
    expert = enter(of.experts[0].person)
    db.session.add(Barred(application_id=of.projects["1"].id, person_id=of.operator.id))
    save()
    missing = re.sub(r"\d\d:\d\d:\d\d[^<]*", "", other.get("/awards/999999").page.words)
    for stranger in (other, expert, enter(of.operator)):
        assert stranger.get(f"/awards/{made[0].id}").status_code == 404
        assert stranger.get(f"/payments/{payment}").status_code == 404
    hidden = re.sub(r"\d\d:\d\d:\d\d[^<]*", "", other.get(f"/awards/{made[0].id}").page.words)
    assert hidden == missing
    assert enter(of.operator).get(f"/batches/{batch.id}").status_code == 404
    assert "虚构项目1" not in enter(of.operator).get("/rounds/2018/awards").page.words


PAGES = ("decision", "awards", "agreements", "conditions", "payments")


def test_who_reads_what(app: Any, enter: Any) -> None:
    of = small()
    made = scene.signed(of)
    batch = scene.paid(of, made)
    readers = {of.officer, of.approver, of.finance, of.auditor, of.operator}
    outsiders = [
        make.person(Role.APPLICANT, organization=make.organization()),
        make.person(Role.CLERK, community=make.community()),
        of.experts[0].person,
    ]
    for person in readers:
        browser = enter(person)
        for name in PAGES:
            assert browser.get(f"/rounds/2018/{name}").status_code == 200
        assert browser.get(f"/batches/{batch.id}").status_code == 200
        assert browser.get(f"/awards/{made[0].id}").status_code == 200
        wanted = 403 if person is of.operator else 200
        assert browser.get("/rounds/2018/ledger").status_code == wanted
    for person in outsiders:
        browser = enter(person)
        for name in (*PAGES, "ledger"):
            assert browser.get(f"/rounds/2018/{name}").status_code == 403
        assert browser.get(f"/batches/{batch.id}").status_code == 403


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_who_only_reads_changes_nothing(app: Any, enter: Any, role: str) -> None:
    of = small()
    made = scene.signed(of)
    batch = scene.paid(of, made)
    notice = queries.notices_of(of.round)[0]
    browser = enter(getattr(of, role))
    for address in (
        "/rounds/2018/decision",
        f"/decisions/{notice.decision_id}/approve",
        f"/decisions/{notice.decision_id}/paper/check",
        f"/decisions/{notice.decision_id}/withdraw",
        f"/decisions/{notice.decision_id}/notice",
        f"/notices/{notice.id}/award",
        f"/notices/{notice.id}/extend",
        f"/notices/{notice.id}/lines/1/strike",
        f"/awards/{made[0].id}/cancel",
        f"/awards/{made[0].id}/agreement",
        f"/awards/{made[0].id}/conditions/midterm/reopen",
        "/rounds/2018/agreements",
        "/rounds/2018/conditions",
        "/rounds/2018/payments",
        f"/batches/{batch.id}/check",
        f"/batches/{batch.id}/release",
        f"/batches/{batch.id}/paid",
        f"/batches/{batch.id}/back",
        f"/batches/{batch.id}/paper",
        f"/batches/{batch.id}/paper/1/check",
        f"/payments/{batch.payments[0].id}/correct",
        f"/payments/{batch.payments[0].id}/take-back",
    ):
        assert browser.post(address).status_code == 403, address


def test_every_single_act_has_its_page(app: Any, enter: Any) -> None:
    of = small()
    made = scene.signed(of)
    scene.met(of, made)
    batch = scene.paid(of, made)
    notice = queries.notices_of(of.round)[0]
    award, payment = made[0].id, batch.payments[0].id
    for person, addresses in (
        (of.officer, (f"/awards/{award}/agreement", f"/awards/{award}/conditions/midterm/reopen")),
        (of.officer, (f"/notices/{notice.id}/extend", "/rounds/2018/conditions?condition=closing")),
        (of.approver, (f"/awards/{award}/cancel",)),
        (of.finance, (f"/payments/{payment}/correct", f"/payments/{payment}/take-back")),
    ):
        browser = enter(person)
        for address in addresses:
            assert browser.get(address).status_code == 200, address
    with at(scene.SIGNED_AT):
        officer = enter(of.officer)
        closing = {"condition": "closing", "on": "2018-09-20", "note": "审计报告1号", "take": str(award)}
        confirm(officer, "/rounds/2018/conditions", closing)
        again = {"reason": "审计未完成"}
        assert officer.post(f"/awards/{award}/conditions/closing/reopen", again).status_code == 303
        assert "审计未完成" in officer.get(f"/awards/{award}").page.words
        finance = enter(of.finance)
        assert finance.post(f"/payments/{payment}/take-back", {"reason": "退票"}).status_code == 303
        assert "退票" in finance.get(f"/awards/{award}").page.words


def test_lists_cost_the_same_at_one_row_and_at_forty(app: Any, enter: Any, statements: Any) -> None:
    counts = []
    for number, year in ((1, 2018), (40, 2019)):
        alone = {"panel_size": 1, "quorum": 1, "aggregation": Aggregation.MEAN}
        of = scene.cast(year, total=600000000, allotted=400000000, **alone)
        of.round.themes[0].earmark = of.round.themes[1].earmark = 200000000
        for place in range(number):
            scene.project(of, str(place), place % 2, 2000000, 9000 - place)
        made = scene.signed(of)
        scene.met(of, made)
        batch = scene.requested(of, made, key=f"batch {year}")
        notice = queries.notices_of(of.round)[0]
        officer, finance = enter(of.officer), enter(of.finance)
        found = {}
        for browser, name, address in (
            (officer, "decision", f"/rounds/{year}/decision"),
            (officer, "awards", f"/rounds/{year}/awards"),
            (officer, "agreements", f"/rounds/{year}/agreements"),
            (officer, "conditions", f"/rounds/{year}/conditions"),
            (officer, "payments", f"/rounds/{year}/payments"),
            (officer, "ledger", f"/rounds/{year}/ledger"),
            (officer, "what-if", f"/rounds/{year}/what-if"),
            (officer, "cut-off", f"/rounds/{year}/cut-off"),
            (officer, "award list", f"/notices/{notice.id}/award"),
            (finance, "batch", f"/batches/{batch.id}"),
            (officer, "notice", f"/notices/{notice.id}"),
        ):
            statements.clear()
            assert browser.get(address).status_code == 200
            found[name] = len(statements)
        counts.append(found)
    assert counts[0] == counts[1]
