"""Payments: four acts by three people, exceptions by row, the account as it stood, corrections."""

from datetime import date
from typing import Any

import make
import pytest
from budget import scene
from client import save

from venture.budget import actions, queries
from venture.budget.models import Account, PaymentState
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role


def small(**more: Any) -> scene.Cast:
    of = scene.cast(**more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    return of


def codes(refused: Any) -> list[str]:
    return [each.code for each in refused.value.blockers]


def test_a_batch_through_its_four_acts(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    batch = scene.paid(of, made)
    assert queries.total_of(batch) == 3500000
    assert [(each.amount, each.state) for each in batch.payments] == [
        (2000000, PaymentState.PAID),
        (1500000, PaymentState.PAID),
    ]
    assert (made[0].paid, made[0].pending, made[0].unpaid) == (2000000, 0, 2000000)
    assert [each.done for each in queries.signatures(queries.batch(batch.id))] == [2, 2, 2, 2]
    assert queries.broken_invariants() == []


def test_the_same_key_is_the_same_batch(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    first = scene.requested(of, made)
    assert scene.requested(of, made).id == first.id
    assert made[0].pending == 2000000
    with pytest.raises(Refused, match="key_used"):
        scene.requested(of, made[:1])
    with pytest.raises(Refused, match="already_requested"):
        scene.requested(of, made, key="another")


def test_no_account_no_request(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    of.projects["1"].organization.account_no = ""
    with pytest.raises(Refused) as refused:
        scene.requested(of, made)
    assert codes(refused) == ["budget.no_account"]


def test_three_people(app: Any) -> None:
    of = small()
    for person in (of.officer, of.finance):
        for role in (Role.FINANCE, Role.APPROVER):
            if not person.holds(role):
                person.grants.append(make.Grant(role=role, given_at=make.NOON))
    rows = list(scene.requested(of, scene.signed(of)).payments)
    with pytest.raises(Refused) as refused:
        actions.check(payments=rows, by=of.officer, at=scene.SIGNED_AT)
    assert codes(refused) == ["budget.requested_by_you"]
    actions.check(payments=rows, by=of.finance, at=scene.SIGNED_AT)
    for by, code in ((of.officer, "budget.requested_by_you"), (of.finance, "budget.checked_by_you")):
        with pytest.raises(Refused) as refused:
            actions.release(payments=rows, by=by, at=scene.SIGNED_AT)
        assert codes(refused) == [code]
    actions.release(payments=rows, by=of.approver, at=scene.SIGNED_AT)
    save()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.OFFICER, Role.ADMINISTRATOR])
def test_others_neither_check_nor_release_nor_record(app: Any, role: Role) -> None:
    of = small()
    rows = list(scene.requested(of, scene.signed(of)).payments)
    by = make.person(role)
    vouchers = [actions.Voucher(row, "1", date(2018, 9, 21)) for row in rows]
    for act in (
        lambda: actions.check(payments=rows, by=by, at=scene.SIGNED_AT),
        lambda: actions.release(payments=rows, by=by, at=scene.SIGNED_AT),
        lambda: actions.record_paid(vouchers=vouchers, by=by, at=scene.SIGNED_AT),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert "budget.not_your_role" in codes(refused)


def test_no_step_is_skipped(app: Any) -> None:
    of = small()
    rows = list(scene.requested(of, scene.signed(of)).payments)
    with pytest.raises(Refused, match="not_at_step"):
        actions.release(payments=rows, by=of.approver, at=scene.SIGNED_AT)
    vouchers = [actions.Voucher(row, "1", date(2018, 9, 21)) for row in rows]
    with pytest.raises(Refused, match="not_at_step"):
        actions.record_paid(vouchers=vouchers, by=of.finance, at=scene.SIGNED_AT)


def test_one_row_sent_back_frees_its_reservation(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    one, two = scene.requested(of, made).payments
    with pytest.raises(Refused, match="reason_needed"):
        actions.check(payments=[one], back={two.id: " "}, by=of.finance, at=scene.SIGNED_AT)
    actions.check(payments=[one], back={two.id: "账户待核实"}, by=of.finance, at=scene.SIGNED_AT)
    save()
    assert (one.state, two.state) == (PaymentState.CHECKED, PaymentState.RETURNED)
    assert (made[1].pending, made[1].unpaid) == (0, 3000000)
    assert queries.broken_invariants() == []
    again = scene.requested(of, made[1:], key="again")
    assert again.number == 2 and made[1].pending == 1500000


def test_a_changed_account_stops_the_payment_at_every_step(app: Any) -> None:
    of = small()
    rows = list(scene.requested(of, scene.signed(of)).payments)
    body = of.projects["1"].organization
    steps = (
        lambda: actions.check(payments=rows, by=of.finance, at=scene.SIGNED_AT),
        lambda: actions.release(payments=rows, by=of.approver, at=scene.SIGNED_AT),
        lambda: actions.record_paid(
            vouchers=[actions.Voucher(row, "1", date(2018, 9, 21)) for row in rows],
            by=of.finance,
            at=scene.SIGNED_AT,
        ),
    )
    right = body.account_no
    for step in steps:
        body.account_no = "1"
        save()
        with pytest.raises(Refused) as refused:
            step()
        assert codes(refused) == ["budget.account_changed"]
        body.account_no = right
        step()
        save()
    assert rows[0].account_no == right


def test_a_release_on_paper_counts_once_another_has_checked_it(app: Any) -> None:
    of = small()
    batch = scene.requested(of, scene.signed(of))
    rows = list(batch.payments)
    actions.check(payments=rows, by=of.finance, at=scene.SIGNED_AT)
    entry = {"payments": rows, "signed_on": date(2018, 9, 21), "at": scene.SIGNED_AT}
    with pytest.raises(Refused, match="not_your_role"):
        actions.enter_release(signer=of.finance, by=of.officer, **entry)
    paper = actions.enter_release(signer=of.approver, by=of.officer, **entry)
    assert rows[0].state is PaymentState.CHECKED
    with pytest.raises(Refused, match="same_person"):
        actions.check_release(batch=batch, paper=paper, by=of.officer, at=scene.SIGNED_AT)
    actions.check_release(batch=batch, paper=paper, by=of.finance, at=scene.SIGNED_AT)
    save()
    assert {row.state for row in rows} == {PaymentState.RELEASED}
    assert rows[0].released_by is of.approver and rows[0].paper is paper


def test_a_voucher_is_corrected_and_both_values_stay(app: Any) -> None:
    of = small()
    payment = scene.paid(of, scene.signed(of)).payments[0]
    old = payment.voucher_no
    with pytest.raises(Refused, match="not_your_role"):
        actions.correct_voucher(
            payment=payment,
            voucher_no="记-9",
            paid_on=date(2018, 9, 20),
            reason="录错",
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    actions.correct_voucher(
        payment=payment,
        voucher_no="记-9",
        paid_on=date(2018, 9, 20),
        reason="录错",
        by=of.finance,
        at=scene.SIGNED_AT,
    )
    save()
    kept = queries.corrections_of([payment])[payment.id]
    assert [(each.field, each.old, each.new, each.reason) for each in kept] == [
        ("voucher_no", old, "记-9", "录错"),
        ("paid_on", "2018-09-21", "2018-09-20", "录错"),
    ]
    with pytest.raises(Refused) as refused:
        actions.correct_voucher(
            payment=payment,
            voucher_no="记-9",
            paid_on=date(2018, 9, 20),
            reason="",
            by=of.finance,
            at=scene.SIGNED_AT,
        )
    assert codes(refused) == ["budget.reason_needed", "budget.nothing_changed"]


def test_money_that_came_back_is_unpaid_again(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    payment = scene.paid(of, made).payments[0]
    actions.take_back(payment=payment, reason="银行退票", by=of.finance, at=scene.SIGNED_AT)
    save()
    assert (made[0].paid, made[0].unpaid) == (0, 4000000)
    assert queries.broken_invariants() == []
    last = queries.ledger(of.round, of.auditor)[-1]
    assert (last.source, last.target, last.amount) == (Account.PAID, Account.COMMITTED, 2000000)
    assert scene.requested(of, made[:1], key="again").number == 2


def test_paid_in_the_future_or_without_a_voucher_is_refused(app: Any) -> None:
    of = small()
    rows = list(scene.requested(of, scene.signed(of)).payments)
    actions.check(payments=rows, by=of.finance, at=scene.SIGNED_AT)
    actions.release(payments=rows, by=of.approver, at=scene.SIGNED_AT)
    vouchers = [
        actions.Voucher(rows[0], " ", date(2018, 9, 21)),
        actions.Voucher(rows[1], "1", date(2018, 9, 22)),
    ]
    with pytest.raises(Refused) as refused:
        actions.record_paid(vouchers=vouchers, by=of.finance, at=scene.SIGNED_AT)
    assert codes(refused) == ["budget.voucher_missing", "budget.paid_in_future"]


def test_what_was_sent_back_or_cancelled_is_not_counted_as_paid(app: Any) -> None:
    """G11.3: of 100,000: 50,000 paid, 30,000 under way, 20,000 free, whatever was sent back."""
    of = scene.cast()
    of.round.themes[0].ceiling = 20000000
    scene.project(of, "1", 0, 10000000, 9000)
    made = scene.signed(of)
    scene.paid(of, made)
    scene.met(of, made)
    first = scene.requested(of, made, 2, "refused").payments
    actions.check(payments=[], back={first[0].id: "金额有误"}, by=of.finance, at=scene.SIGNED_AT)
    save()
    scene.requested(of, made, 2, "stands")
    award = made[0]
    assert (award.paid, award.pending, award.unpaid) == (5000000, 3000000, 2000000)
    balance = queries.balances(of.round)[0]
    assert (balance.paid, balance.pending, balance.committed, balance.left) == (
        5000000,
        3000000,
        2000000,
        10000000,
    )
    assert queries.ledger(of.round, of.auditor)[-1].paid == 5000000
    db.session.rollback()
