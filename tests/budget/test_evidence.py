"""Invoices, changed accounts, and who waits since when for which money."""

from datetime import UTC, date, datetime
from typing import Any

import make
import pytest
import time_machine
from budget import scene
from client import save
from sqlalchemy import select

from venture.budget import actions, queries
from venture.budget.models import AccountChange, Award, ChangeState, Invoice, InvoiceKind, PaymentState
from venture.budget.queries import Turn
from venture.db import db
from venture.files import Staged
from venture.outbox import Message
from venture.people import actions as people
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import Condition, PlanPart

AT = scene.SIGNED_AT
NEW = {"account_name": "虚构户名", "bank": "虚构银行海门支行", "account_no": "6222 0210 0000 9999"}


def codes(refused: Any) -> list[str]:
    return [each.code for each in refused.value.blockers]


def plan() -> list[PlanPart]:
    return [
        PlanPart(number=1, name="首期款", weight=50, condition=Condition.SIGNED, due_days=15, invoice=True),
        PlanPart(number=2, name="尾款", weight=50, condition=Condition.CLOSING, due_days=15),
    ]


@pytest.fixture
def of(app: Any) -> scene.Cast:
    """Two signed awards whose first instalment needs a receipt."""
    of = scene.cast(plan=plan())
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    scene.signed(of)
    return of


def award(of: scene.Cast, name: str = "1") -> Award:
    return db.session.scalars(select(Award).where(Award.application_id == of.projects[name].id)).one()


def handed(of: scene.Cast, name: str = "1", number: str = "00000001", **more: Any) -> Invoice:
    part = award(of, name).instalments[0]
    made = actions.hand_in_invoice(
        instalment=part,
        kind=InvoiceKind.RECEIPT,
        number=number,
        issued_on=more.get("on", date(2018, 9, 20)),
        amount=more.get("amount", part.amount),
        by=more.get("by", of.officer),
        at=more.get("at", AT),
    )
    save()
    return made


def turns(of: scene.Cast, name: str = "1") -> list[Turn]:
    return [row.turn for row in queries.standings([award(of, name)])]


def proof() -> Staged:
    return Staged("e" * 64, "开户证明(虚构).pdf", "application/pdf", 900)


def asked(of: scene.Cast, **more: Any) -> AccountChange:
    made = actions.ask_account_change(
        **{
            "organization": of.projects["1"].organization,
            **NEW,
            "reason": "开户行撤并",
            "proof": proof(),
            "by": of.officer,
            "at": AT,
            **more,
        },
    )
    save()
    return made


# --- invoices ---


def test_an_instalment_that_needs_a_receipt_waits_for_it(of: scene.Cast) -> None:
    with pytest.raises(Refused) as refused:
        scene.requested(of, [award(of)])
    assert codes(refused) == ["budget.invoice_missing"] and turns(of)[0] is Turn.INVOICE
    handed(of)
    assert turns(of)[0] is Turn.REQUEST
    assert scene.requested(of, [award(of)]).payments[0].amount == 2000000


def test_the_same_number_is_used_once_by_an_organization(of: scene.Cast) -> None:
    first = handed(of)
    part = award(of).instalments[1]
    again = {"kind": InvoiceKind.INVOICE, "issued_on": date(2018, 9, 20), "by": of.officer, "at": AT}
    with pytest.raises(Refused) as refused:
        actions.hand_in_invoice(instalment=part, number=" 00000001 ", amount=part.amount, **again)
    assert codes(refused) == ["budget.invoice_used"]
    assert handed(of, "2").number == "00000001", "another organization numbers its own"
    actions.withdraw_invoice(invoice=first, reason="开错抬头", by=of.officer, at=AT)
    save()
    assert actions.hand_in_invoice(instalment=part, number="00000001", amount=part.amount, **again)
    with pytest.raises(Refused, match="invoice_gone"):
        actions.withdraw_invoice(invoice=first, reason="再次", by=of.officer, at=AT)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": 1999999}, "budget.invoice_amount"),
        ({"number": " "}, "budget.invoice_number"),
        ({"on": date(2018, 9, 22)}, "budget.invoice_in_future"),
    ],
)
def test_a_wrong_receipt_is_refused(of: scene.Cast, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        handed(of, **more)
    assert codes(refused) == [code]


def test_a_receipt_stays_once_the_money_is_asked_for(of: scene.Cast) -> None:
    made = handed(of)
    with pytest.raises(Refused, match="invoice_there"):
        handed(of, number="2")
    scene.requested(of, [award(of)])
    with pytest.raises(Refused, match="already_requested"):
        actions.withdraw_invoice(invoice=made, reason="开错", by=of.officer, at=AT)


def test_only_its_own_people_and_officers_hand_in(of: scene.Cast) -> None:
    own = make.person(Role.APPLICANT, organization=of.projects["1"].organization)
    other = make.person(Role.APPLICANT, organization=of.projects["2"].organization)
    for by in (other, of.finance):
        with pytest.raises(Refused, match="not_your_project"):
            handed(of, by=by)
    assert handed(of, by=own).handed_by is own


def test_working_days_count_from_the_later_of_condition_and_receipt(of: scene.Cast) -> None:
    """Signed on 20 September, 15 working days: 17 October; a receipt of 10 October moves it to 31 October."""
    part = award(of).instalments[0]
    assert part.due_on == date(2018, 10, 17)
    handed(of, at=datetime(2018, 10, 10, 2, tzinfo=UTC))
    assert (part.due_from, part.due_on) == (date(2018, 10, 10), date(2018, 10, 31))


# --- who waits ---


def test_each_step_says_whose_turn_it_is_and_how_late(of: scene.Cast) -> None:
    handed(of)
    with time_machine.travel(datetime(2018, 10, 27, 2, tzinfo=UTC), tick=False):
        row = queries.waits(of.round, of.auditor)[0]
        assert (row.turn, row.ours, row.since, row.late) == (Turn.REQUEST, True, date(2018, 9, 21), 9)
        rows = list(scene.requested(of, [award(of)]).payments)
        assert turns(of) == [Turn.CHECK, Turn.CONDITION]
        actions.check(payments=rows, by=of.finance, at=AT)
        assert turns(of)[0] is Turn.RELEASE
        actions.release(payments=rows, by=of.approver, at=AT)
        assert turns(of)[0] is Turn.RECORD
        voucher = actions.Voucher(rows[0], "虚构1", date(2018, 9, 21))
        actions.record_paid(vouchers=[voucher], by=of.finance, at=AT)
        save()
        assert turns(of)[0] is Turn.PAID
        waits = queries.waits(of.round, of.auditor)
        assert [(row.award.application_id, row.turn, row.late) for row in waits] == [
            (of.projects["2"].id, Turn.INVOICE, 0),
            (of.projects["1"].id, Turn.CONDITION, 0),
            (of.projects["2"].id, Turn.CONDITION, 0),
        ]


def test_without_an_account_it_is_the_organizations_turn(of: scene.Cast) -> None:
    handed(of)
    of.projects["1"].organization.bank = ""
    save()
    assert turns(of)[0] is Turn.ACCOUNT
    actions.cancel(award=award(of), reason="终止", by=of.approver, at=AT)
    save()
    assert turns(of) == [Turn.NOTHING, Turn.NOTHING]


# --- changed accounts ---


def test_before_an_award_an_account_is_changed_freely_and_then_only_with_approval(of: scene.Cast) -> None:
    body = of.projects["1"].organization
    assert body.account_fixed
    change = {**NEW, "by": of.officer, "at": AT}
    with pytest.raises(Refused, match="account_fixed"):
        people.change_account(organization=body, **change)
    free = make.organization()
    people.change_account(organization=free, **change)
    with pytest.raises(Refused, match="account_free"):
        asked(of, organization=free)
    body.account_no = ""
    people.change_account(organization=body, **change)
    assert body.account_no == "6222021000009999"


@pytest.mark.parametrize("step", [0, 1, 2])
def test_an_approved_account_sends_back_what_waits_and_counts_from_then(of: scene.Cast, step: int) -> None:
    handed(of)
    handed(of, "2")
    own = make.person(Role.APPLICANT, organization=of.projects["1"].organization)
    batch = scene.requested(of, [award(of), award(of, "2")])
    rows = list(batch.payments)
    if step > 0:
        actions.check(payments=rows, by=of.finance, at=AT)
    if step > 1:
        actions.release(payments=rows, by=of.approver, at=AT)
    change = asked(of, by=own)
    save()
    mine = next(row for row in rows if row.instalment.award.application_id == of.projects["1"].id)
    assert mine.state is not PaymentState.RETURNED, "nothing changes until it is approved"
    voided = actions.approve_account_change(change=change, by=of.finance, at=AT)
    save()
    body = of.projects["1"].organization
    assert voided == [mine.id] and mine.state is PaymentState.RETURNED
    assert mine.returned_reason == "账户变更：开户行撤并"
    assert [row.state is PaymentState.RETURNED for row in rows].count(True) == 1
    assert (body.account_no, change.old_no == mine.account_no) == ("6222021000009999", True)
    told = db.session.scalars(select(Message).where(Message.kind == "budget.voided")).all()
    assert {each.person_id for each in told} == {own.id, of.officer.id}
    again = scene.requested(of, [award(of)], key="again").payments[0]
    assert again.account_no == "6222021000009999"
    assert queries.broken_invariants() == []


def test_what_is_paid_keeps_its_account(of: scene.Cast) -> None:
    handed(of)
    payment = scene.paid(of, [award(of)]).payments[0]
    old = payment.account_no
    assert actions.approve_account_change(change=asked(of), by=of.finance, at=AT) == []
    assert (payment.state, payment.account_no) == (PaymentState.PAID, old)


def test_two_people_and_a_proof_change_an_account(of: scene.Cast) -> None:
    for more, code in (
        ({"proof": None}, "budget.proof_missing"),
        ({"reason": " "}, "budget.reason_needed"),
        ({"account_no": "12"}, "people.account_no"),
        ({"by": make.person(Role.AUDITOR)}, "budget.not_its_people"),
    ):
        with pytest.raises(Refused) as refused:
            asked(of, **more)
        assert codes(refused) == [code]
    change = asked(of)
    with pytest.raises(Refused, match="change_open"):
        asked(of)
    with pytest.raises(Refused, match="not_your_role"):
        actions.approve_account_change(change=change, by=of.officer, at=AT)
    change.asked_by = of.finance
    save()
    with pytest.raises(Refused, match="asked_by_you"):
        actions.approve_account_change(change=change, by=of.finance, at=AT)


def test_a_changed_account_is_turned_down_or_taken_back(of: scene.Cast) -> None:
    change, old = asked(of), of.projects["1"].organization.account_no
    with pytest.raises(Refused, match="reason_needed"):
        actions.drop_account_change(change=change, answer="", by=of.finance, at=AT)
    with pytest.raises(Refused, match="not_its_people"):
        actions.drop_account_change(change=change, answer="不符", by=of.auditor, at=AT)
    actions.drop_account_change(change=change, answer="证明与户名不符", by=of.finance, at=AT)
    save()
    assert change.state is ChangeState.DROPPED and of.projects["1"].organization.account_no == old
    with pytest.raises(Refused, match="change_closed"):
        actions.approve_account_change(change=change, by=of.finance, at=AT)
    actions.drop_account_change(change=asked(of), answer="录错", by=of.officer, at=AT)
