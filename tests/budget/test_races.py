"""Two officers at the same moment, on both engines, with real processes: the limits hold, to the fen."""

from datetime import date
from typing import Any

import pytest
from budget import racing, scene
from client import save
from sqlalchemy import select

from venture.budget import actions, queries
from venture.budget.models import Award, Batch, DecisionState, Payment, PaymentState
from venture.db import db
from venture.files import Staged
from venture.rounds.models import Condition, MoneyKind, PlanPart, Source, Theme

pytestmark = pytest.mark.parametrize("both", ["sqlite", "postgres"], indirect=True)


def test_the_last_of_a_theme_goes_to_one(both: Any) -> None:
    """G9.7 and F02: 140,000 are awarded; two officers award the last 60,000 to different projects."""
    of = scene.cast()
    for theme in of.round.themes:
        theme.ceiling = 20000000
    scene.project(of, "1", 0, 14000000, 9000)
    scene.project(of, "2", 0, 6000000, 8000)
    scene.project(of, "3", 0, 6000000, 7000)
    first = scene.approved(of, {"1": 14000000, "2": 0, "3": 0})
    second = scene.approved(of, {"2": 6000000, "3": 0})
    # The third list was decided before the second was known: only the award itself can stop it.
    theme = of.round.themes[0]
    theme.earmark = 26000000
    of.round.total, of.round.allotted = 66000000, 66000000
    of.round.sources[0].amount = 66000000
    third = scene.approved(of, {"3": 6000000})
    theme.earmark = 20000000
    lines = []
    for decision in (first, second, third):
        assert decision.state is DecisionState.APPROVED
        actions.publish(
            decision=decision, starts_on=scene.PUBLISHED_AT.date(), by=of.officer, at=scene.PUBLISHED_AT
        )
        lines += [line.id for line in decision.lines if line.decided]
    save()
    racing.award(lines[0])
    save()
    theme_id = theme.id
    told = racing.race(both, racing.award, [[(lines[1],)], [(lines[2],)]])
    assert told == ["HM2018002", "budget.over_earmark"]
    theme = db.session.get_one(Theme, theme_id)
    assert (theme.committed, theme.earmark) == (20000000, 20000000)
    assert queries.broken_invariants() == []


def test_two_requests_of_one_award_never_exceed_it(both: Any) -> None:
    """G11.5: of 20,000 left, two officers request 15,000 each; one is refused and nothing is over-paid."""
    plan = [
        PlanPart(number=number, name=f"第{number}期", weight=weight, condition=Condition.SIGNED)
        for number, weight in enumerate((15, 5), start=1)
    ]
    of = scene.cast(plan=plan)
    scene.project(of, "1", 0, 2000000, 9000)
    award = scene.signed(of)[0]
    one, two = award.instalments
    # A plan gone wrong: two parts of 15,000 in an award of 20,000. The counter holds whatever the parts say.
    two.amount = 1500000
    save()
    award_id = award.id
    told = racing.race(both, racing.request, [[([one.id], "one")], [([two.id], "two")]])
    assert told == ["batch 1", "budget.over_award"]
    award = db.session.get_one(Award, award_id)
    assert (award.pending, award.paid, award.amount) == (1500000, 0, 2000000)


def test_twenty_equal_posts_have_one_effect(both: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    made = scene.signed(of)
    parts = [award.instalments[0].id for award in made]
    runs = [[(parts, "the same key")] * 10] * 2
    assert racing.race(both, racing.request, runs) == ["batch 1"] * 20
    assert len(db.session.scalars(select(Batch)).all()) == 1
    assert sorted(award.pending for award in db.session.scalars(select(Award))) == [1500000, 2000000]
    assert queries.broken_invariants() == []


def test_equal_awards_at_once_have_one_effect(both: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    line = scene.noticed(of).decision.lines[0].id
    told = racing.race(both, racing.award, [[(line,)] * 3] * 2)
    assert told == ["HM2018001"] + ["budget.not_on_notice"] * 5
    assert queries.broken_invariants() == []


def spent(of: scene.Cast) -> Award:
    """An award of 40,000 of which 20,000 are paid."""
    scene.project(of, "1", 0, 4000000, 9000)
    made = scene.signed(of)
    scene.paid(of, made)
    return made[0]


def test_two_claims_never_exceed_what_was_paid(both: Any) -> None:
    """F10: of 20,000 paid, two officers claim 15,000 each; the same press twice is one claim."""
    award = spent(scene.cast()).id
    told = racing.race(both, racing.claim, [[(award, 1500000, "one")] * 3, [(award, 1500000, "two")] * 3])
    assert sorted(set(told)) == ["budget.over_paid", "claim 1"] and told.count("claim 1") == 3
    assert db.session.get_one(Award, award).claimed == 1500000
    assert queries.broken_invariants() == []


def test_money_comes_back_into_its_theme_once(both: Any) -> None:
    """Two record the last 10,000 of a claim at once, one of them ten times."""
    of = scene.cast()
    award, finance = spent(of), of.finance.id
    theme, row = award.theme_id, award.id
    racing.claim(row, 1000000, "claim")
    claim = queries.claims_of(award)[0].id
    save()
    runs = [[(claim, 1000000, "one", finance)] * 5, [(claim, 1000000, "two", finance)] * 5]
    told = racing.race(both, racing.receive, runs)
    assert sorted(set(told)) == ["budget.over_claim", "refund 1"] and told.count("refund 1") == 5
    award = db.session.get_one(Award, row)
    assert (award.paid, award.freed, award.claimed) == (1000000, 1000000, 0)
    assert db.session.get_one(Theme, theme).committed == 3000000
    assert queries.broken_invariants() == []


def test_an_award_is_settled_once_however_many_press(both: Any) -> None:
    of = scene.cast()
    award, approver = spent(of).id, of.approver.id
    told = racing.race(both, racing.settle, [[(award, 3000000, approver)] * 3] * 2)
    assert told == ["budget.settled"] * 5 + ["freed 1000000"]
    assert queries.broken_invariants() == []


def test_one_receipt_serves_one_instalment(both: Any) -> None:
    """The same number for two instalments of one organization, by two at once."""
    of = scene.cast()
    two, three = spent(of).instalments[1:]
    told = racing.race(both, racing.hand_in, [[(two.id, "虚构1")], [(three.id, "虚构1")]])
    assert told == ["budget.invoice_used", "handed in"]


def test_no_payment_slips_past_a_changed_account(both: Any) -> None:
    """A request while the account is being changed: it goes to the new account, or is sent back."""
    of = scene.cast()
    award = spent(of)
    scene.met(of, [award])
    change = actions.ask_account_change(
        organization=award.application.organization,
        account_name="虚构",
        bank="虚构银行",
        account_no="6222000011112222",
        reason="虚构",
        proof=Staged("f" * 64, "虚构.pdf", "application/pdf", 9),
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    save()
    finance, part = of.finance.id, award.instalments[1].id
    told = racing.race(both, racing.ask_or_approve, [[(change.id, finance, part)], [(0, finance, part)]])
    assert told == ["approved", "batch 2"]
    payment = db.session.scalars(select(Payment).where(Payment.instalment_id == part)).one()
    sent_back = payment.state is PaymentState.RETURNED
    assert sent_back != (payment.account_no == "6222000011112222")


def test_what_a_source_still_has_goes_to_one(both: Any) -> None:
    """Two awards, each with an instalment of 20,000, and 20,000 left in the only source that may still be spent."""
    of = scene.cast()
    of.round.sources[0].amount = 58000000
    of.round.sources.append(Source(document_no="虚构2号", kind=MoneyKind.GENERAL, year=2018, amount=2000000))
    of.round.sources[0].expires_on = date(2018, 9, 20)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 4000000, 8000)
    parts = [award.instalments[0].id for award in scene.signed(of)]
    told = racing.race(both, racing.request, [[([part], f"key {part}")] for part in parts])
    assert told == ["batch 1", "budget.source_short"]
    assert [each.drawn for each in db.session.scalars(select(Source).order_by(Source.id))] == [0, 2000000]
    assert queries.broken_invariants() == []
