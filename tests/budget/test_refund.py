"""The end of an award's money: settled to the fen, claimed back, received in parts, each once."""

from datetime import date
from typing import Any

import pytest
from budget import scene
from client import save

from venture import trail
from venture.budget import actions, queries
from venture.budget.models import Award, PaymentState
from venture.db import db
from venture.refusal import Refused
from venture.rounds.models import Condition

DUE = date(2018, 10, 31)
AT = scene.SIGNED_AT


def spent(of: scene.Cast | None = None) -> tuple[scene.Cast, Award]:
    """An award of 40,000 with 32,000 paid in two instalments, 8,000 left."""
    of = of or scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    made = scene.signed(of)
    scene.paid(of, made)
    scene.met(of, made)
    scene.paid(of, made, 2, "second")
    return of, made[0]


def settled(of: scene.Cast, award: Award, accepted: int) -> actions.Settled:
    done = actions.settle(
        award=award, accepted=accepted, reason="虚构审计报告1号", due_on=DUE, by=of.approver, at=AT
    )
    save()
    return done


def received(of: scene.Cast, claim: Any, amount: int, key: str = "r", **more: Any) -> Any:
    made = actions.receive_refund(
        claim=claim,
        amount=amount,
        received_on=more.get("on", date(2018, 9, 21)),
        voucher_no=more.get("voucher", "虚构收-1"),
        key=key,
        by=more.get("by", of.finance),
        at=AT,
    )
    save()
    return made


def codes(refused: Any) -> list[str]:
    return [each.code for each in refused.value.blockers]


@pytest.mark.parametrize(
    ("accepted", "final", "freed", "refund"),
    [
        (3850000, 650000, 150000, 0),
        (4100000, 800000, 0, 0),
        (3000000, 0, 800000, 200000),
        (0, 0, 800000, 3200000),
    ],
)
def test_an_award_is_settled_to_the_accepted_cost(
    app: Any, accepted: int, final: int, freed: int, refund: int
) -> None:
    of, award = spent()
    done = settled(of, award, accepted)
    assert (done.final, done.freed, done.claim.amount if done.claim else 0) == (final, freed, refund)
    last = award.instalments[-1]
    assert (last.amount, last.payable, award.unpaid, award.freed) == (800000, final, final, freed)
    assert award.theme.committed == 4000000 - freed
    assert queries.broken_invariants() == []


def test_an_award_is_settled_once(app: Any) -> None:
    of, award = spent()
    settled(of, award, 3850000)
    with pytest.raises(Refused) as refused:
        settled(of, award, 3850000)
    assert codes(refused) == ["budget.settled"]


def test_the_last_instalment_pays_the_settled_figure_and_no_more(app: Any) -> None:
    """G11.7: of the last 8,000, 6,500 are paid; 1,500 are back in the theme, once."""
    of, award = spent()
    settled(of, award, 3850000)
    scene.met(of, [award], Condition.CLOSING)
    batch = scene.paid(of, [award], 3, "third")
    assert batch.payments[0].amount == 650000
    assert (award.paid, award.left, award.theme.committed) == (3850000, 0, 3850000)
    assert queries.broken_invariants() == []


def test_an_instalment_cut_to_nothing_is_not_requested(app: Any) -> None:
    of, award = spent()
    settled(of, award, 3000000)
    scene.met(of, [award], Condition.CLOSING)
    assert queries.payables(of.round, of.officer) == []
    with pytest.raises(Refused, match="nothing_left"):
        scene.requested(of, [award], 3, "third")


def test_nothing_is_settled_while_a_payment_is_under_way(app: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    made = scene.signed(of)
    scene.requested(of, made)
    with pytest.raises(Refused) as refused:
        settled(of, made[0], 1)
    assert codes(refused) == ["budget.payment_underway"]


def test_a_settlement_by_mistake_is_undone(app: Any) -> None:
    of, award = spent()
    settled(of, award, 3000000)
    actions.unsettle(award=award, reason="审计报告更正", by=of.approver, at=AT)
    save()
    assert (award.unpaid, award.freed, award.claimed, award.accepted) == (800000, 0, 0, None)
    assert queries.broken_invariants() == []
    assert settled(of, award, 3850000).final == 650000
    actions.unsettle(award=award, reason="再次更正", by=of.approver, at=AT)
    save()
    done = settled(of, award, 3000000)
    assert done.claim is not None and queries.broken_invariants() == []
    received(of, done.claim, 100)
    with pytest.raises(Refused) as refused:
        actions.unsettle(award=award, reason="审计报告更正", by=of.approver, at=AT)
    assert codes(refused) == ["budget.refund_received"]


def test_a_refund_in_parts_returns_to_its_theme_and_payment_once(app: Any) -> None:
    of, award = spent()
    claim = settled(of, award, 1000000).claim
    assert claim is not None and claim.amount == 2200000
    one = received(of, claim, 1300000, "one")
    assert received(of, claim, 1300000, "one") is one
    assert (award.paid, award.claimed, award.theme.committed) == (1900000, 900000, 1900000)
    received(of, claim, 900000, "two")
    assert (claim.open, award.paid, award.freed) == (0, 1000000, 3000000)
    first, second = (part.payments[0] for part in award.instalments[:2])
    # The newest payment gives first: its whole 12,000, then 10,000 of the one before.
    assert (queries.held(first), queries.held(second)) == (1000000, 0)
    assert queries.broken_invariants() == []
    with pytest.raises(Refused) as refused:
        received(of, claim, 1, "three")
    assert codes(refused) == ["budget.over_claim"]


def test_what_is_claimed_never_exceeds_what_was_paid(app: Any) -> None:
    """F10: a refund above the paid sum, and the same sum claimed twice."""
    of, award = spent()
    more = {"award": award, "reason": "中期评估不合格", "due_on": DUE, "by": of.officer, "at": AT}
    with pytest.raises(Refused) as refused:
        actions.claim_back(amount=3200001, key="a", **more)
    assert codes(refused) == ["budget.over_paid"] and refused.value.blockers[0].facts["excess"] == 1
    made = actions.claim_back(amount=3200000, key="a", **more)
    assert actions.claim_back(amount=3200000, key="a", **more) is made
    with pytest.raises(Refused) as refused:
        actions.claim_back(amount=1, key="a", **more)
    assert codes(refused) == ["budget.key_used_for"]
    with pytest.raises(Refused) as refused:
        actions.claim_back(amount=1, key="b", **more)
    assert codes(refused) == ["budget.over_paid"]
    actions.withdraw_claim(claim=made, reason="复核后不追回", by=of.officer, at=AT)
    save()
    assert (award.claimed, made.open) == (0, 0)
    with pytest.raises(Refused, match="claim_closed"):
        actions.withdraw_claim(claim=made, reason="再次", by=of.officer, at=AT)
    assert queries.broken_invariants() == []


@pytest.mark.parametrize(
    ("amount", "key", "code"), [(0, "z", "below_zero"), (-1, "n", "below_zero"), (1, "p", "due_in_past")]
)
def test_an_impossible_claim_is_refused(app: Any, amount: int, key: str, code: str) -> None:
    of, award = spent()
    due = date(2018, 9, 1) if code == "due_in_past" else DUE
    with pytest.raises(Refused, match=code):
        actions.claim_back(
            award=award, amount=amount, reason="虚构", due_on=due, key=key, by=of.officer, at=AT
        )


def test_the_one_who_claims_does_not_receive(app: Any) -> None:
    of, award = spent()
    claim = settled(of, award, 3000000).claim
    with pytest.raises(Refused, match="not_your_role"):
        received(of, claim, 1, by=of.approver)
    claim.made_by = of.finance
    with pytest.raises(Refused, match="claimed_by_you"):
        received(of, claim, 1)
    db.session.rollback()
    for wrong in ({"voucher": " "}, {"on": date(2018, 9, 22)}):
        with pytest.raises(Refused):
            received(of, claim, 1, **wrong)


def test_a_receipt_by_mistake_is_undone_by_new_entries(app: Any) -> None:
    of, award = spent()
    claim = settled(of, award, 1000000).claim
    assert claim is not None
    refund = received(of, claim, 1300000)
    actions.undo_refund(refund=refund, reason="录错项目", by=of.finance, at=AT)
    save()
    assert (award.paid, award.claimed, claim.open) == (3200000, 2200000, 2200000)
    assert queries.broken_invariants() == []
    with pytest.raises(Refused, match="undone_already"):
        actions.undo_refund(refund=refund, reason="录错项目", by=of.finance, at=AT)
    received(of, claim, 2200000, "again")
    assert queries.broken_invariants() == []


def test_an_award_ended_early_gives_back_what_it_did_not_spend(app: Any) -> None:
    of, award = spent()
    actions.cancel(award=award, reason="项目终止", by=of.approver, at=AT)
    save()
    assert (award.freed, award.left, award.theme.committed) == (800000, 0, 3200000)
    done = settled(of, award, 2500000)
    assert (done.final, done.freed) == (0, 0) and done.claim is not None
    received(of, done.claim, 700000)
    assert (award.paid, award.theme.committed) == (2500000, 2500000)
    assert queries.broken_invariants() == []


def test_money_claimed_back_cannot_bounce(app: Any) -> None:
    of, award = spent()
    settled(of, award, 1000000)
    payment = queries.paid_payments(award)[0]
    assert payment.state is PaymentState.PAID
    with pytest.raises(Refused, match=r"budget\.claimed"):
        actions.take_back(payment=payment, reason="退票", by=of.finance, at=AT)


def test_every_act_is_on_record(app: Any) -> None:
    of, award = spent()
    claim = settled(of, award, 3000000).claim
    assert claim is not None
    received(of, claim, 200000)
    assert "budget.settle" in [each.did for each in trail.history(award)]
    assert [each.did for each in trail.history(claim)] == ["budget.claim_back"]
