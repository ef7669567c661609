"""Pages of receipts, changed accounts, claims and waits: who does what, plain words, constant cost, 404 for others."""

import re
from io import BytesIO
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from budget.test_evidence import plan
from client import Browser, save
from sqlalchemy import select

from venture.budget import actions, queries
from venture.budget.models import AccountChange, Award, Claim, Invoice, Payment, PaymentState, Refund
from venture.db import db
from venture.roles import Role

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def of(app: Any) -> Any:
    of = scene.cast(plan=plan())
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    scene.signed(of)
    with time_machine.travel(scene.SIGNED_AT, tick=False):
        yield of


def award(of: scene.Cast) -> Award:
    return db.session.scalars(select(Award).where(Award.application_id == of.projects["1"].id)).one()


def own(of: scene.Cast, name: str = "1") -> Any:
    return make.person(Role.APPLICANT, organization=of.projects[name].organization)


def key(browser: Browser, address: str) -> str:
    found = re.search(r'name="key"[^>]*value="(\w+)"', browser.get(address).get_data(as_text=True))
    assert found
    return found[1]


def test_when_does_my_money_come(of: scene.Cast, enter: Any) -> None:
    made = award(of)
    person, part = own(of), made.instalments[0].id
    save()
    mine = enter(person)
    page = mine.get(f"/awards/{made.id}")
    assert f"/instalments/{part}/invoice" in page.get_data(as_text=True)
    sent = {
        "kind": "receipt",
        "number": "00000001",
        "issued_on": "2018-09-20",
        "amount": "20,000.00",
        "scan": (BytesIO(PDF), "收据(虚构).pdf"),
    }
    assert mine.post(f"/instalments/{part}/invoice", {**sent, "amount": "19,999.99"}).status_code == 422
    sent["scan"] = (BytesIO(PDF), "收据(虚构).pdf")
    shown = mine.post(f"/instalments/{part}/invoice", sent, follow=True)
    assert "00000001" in shown.page.words and "2018-10-18" in shown.page.words
    invoice = db.session.scalars(select(Invoice)).one().id
    assert mine.get(f"/invoices/{invoice}/scan").status_code == 200
    assert mine.get(f"/invoices/{invoice}/withdraw").status_code == 200
    other = enter(own(of, "2"))
    for address in (
        f"/instalments/{part}/invoice",
        f"/invoices/{invoice}/scan",
        f"/invoices/{invoice}/withdraw",
    ):
        assert other.get(address).status_code == 404
    assert enter(of.finance).get(f"/instalments/{part}/invoice").status_code == 404
    shown = mine.post(f"/invoices/{invoice}/withdraw", {"reason": "抬头开错"}, follow=True)
    assert "抬头开错" in shown.page.words


def test_who_waits_is_one_list(of: scene.Cast, enter: Any) -> None:
    page = enter(of.auditor).get("/rounds/2018/waiting")
    assert page.status_code == 200 and "70,000.00" in page.page.words
    assert enter(own(of)).get("/rounds/2018/waiting").status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_the_lists_cost_the_same_however_long(app: Any, enter: Any, statements: Any, count: int) -> None:
    of = scene.cast()
    for number in range(count):
        scene.project(of, str(number), 1, 1000000, 9000 - number)
    made = scene.signed(of)
    scene.paid(of, made)
    for each in made:
        claim = actions.claim_back(
            award=each,
            amount=100,
            reason="虚构",
            due_on=scene.SIGNED_AT.date(),
            key=f"c{each.id}",
            by=of.officer,
            at=scene.SIGNED_AT,
        )
        actions.receive_refund(
            claim=claim,
            amount=50,
            received_on=scene.SIGNED_AT.date(),
            voucher_no="虚构",
            key=f"r{each.id}",
            by=of.finance,
            at=scene.SIGNED_AT,
        )
    save()
    browser, costs = enter(of.finance), {}
    for name in ("waiting", "claims", "payments"):
        browser.get(f"/rounds/2018/{name}")
        statements.clear()
        assert browser.get(f"/rounds/2018/{name}").status_code == 200
        costs[name] = len(statements)
    assert costs == {"waiting": 10, "claims": 6, "payments": 15}


def test_an_account_is_changed_by_two_through_the_pages(of: scene.Cast, enter: Any) -> None:
    body, person = of.projects["1"].organization.id, own(of)
    mine, finance = enter(person), enter(of.finance)
    assert f"/organizations/{body}/account-change" in mine.get(f"/organizations/{body}").get_data(
        as_text=True
    )
    sent = {
        "account_name": "虚构户名",
        "bank": "虚构银行",
        "account_no": "6222021000009999",
        "reason": "开户行撤并",
    }
    assert mine.post(f"/organizations/{body}/account-change", sent).status_code == 422
    sent["scan"] = (BytesIO(PDF), "证明(虚构).pdf")
    assert mine.post(f"/organizations/{body}/account-change", sent).status_code == 303
    change = db.session.scalars(select(AccountChange)).one().id
    assert enter(own(of, "2")).get(f"/organizations/{body}/account-change").status_code == 404
    assert enter(own(of, "2")).get(f"/account-changes/{change}/proof").status_code == 404
    assert mine.get(f"/account-changes/{change}/approve").status_code == 403
    listed = finance.get("/account-changes")
    assert "6222021000009999" in listed.page.words
    assert "6222021000009999" not in enter(of.approver).get("/account-changes").page.words
    assert enter(of.approver).get(f"/account-changes/{change}/proof").status_code == 404
    assert finance.get(f"/account-changes/{change}/proof").status_code == 200
    assert finance.get(f"/account-changes/{change}/drop").status_code == 200
    assert finance.get(f"/account-changes/{change}/approve").status_code == 200
    assert finance.post(f"/account-changes/{change}/approve", {}).status_code == 303
    assert finance.post(f"/account-changes/{change}/drop", {"reason": "晚了"}).status_code == 422


def test_money_is_claimed_back_and_comes_in_parts_through_the_pages(app: Any, enter: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.paid(of, scene.signed(of))
    made, person = award(of).id, own(of)
    save()
    with time_machine.travel(scene.SIGNED_AT, tick=False):
        officer, finance = enter(of.officer), enter(of.finance)
        address = f"/awards/{made}/claim"
        sent = {
            "key": key(officer, address),
            "amount": "5000",
            "due_on": "2018-10-31",
            "reason": "票据不合规",
        }
        assert officer.post(address, {**sent, "amount": "50000"}).status_code == 422
        for _ in range(2):
            assert officer.post(address, sent).status_code == 303
        claim = db.session.scalars(select(Claim)).one().id
        assert "5,000.00" in enter(person).get(f"/awards/{made}").page.words
        assert officer.get(f"/claims/{claim}/receive").status_code == 403
        address = f"/claims/{claim}/receive"
        sent = {
            "key": key(finance, address),
            "amount": "3000",
            "received_on": "2018-09-21",
            "voucher_no": "收-1",
        }
        for _ in range(2):
            assert finance.post(address, sent).status_code == 303
        assert finance.post(address, {**sent, "key": "another", "amount": "2000.01"}).status_code == 422
        refund = db.session.scalars(select(Refund)).one().id
        listed = officer.get("/rounds/2018/claims")
        assert "2,000.00" in listed.page.words
        assert finance.get(f"/refunds/{refund}/undo").status_code == 200
        assert finance.post(f"/refunds/{refund}/undo", {"reason": "录错"}).status_code == 303
        assert officer.get(f"/claims/{claim}/withdraw").status_code == 200
        assert officer.post(f"/claims/{claim}/withdraw", {"reason": "复核"}).status_code == 303
        shown = officer.get(f"/awards/{made}").page.words
        assert "录错" in shown and "复核" in shown
        assert (
            finance.get("/claims/999/receive").status_code
            == finance.get("/refunds/999/undo").status_code
            == 404
        )
    db.session.rollback()
    assert db.session.scalars(select(Payment)).one().state is PaymentState.PAID
    assert queries.broken_invariants() == []
