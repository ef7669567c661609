"""What waits for the bureau's people after the award stands on their desk; what is cut is no balance to pay."""

from datetime import date
from typing import Any

from budget import scene
from budget.test_evidence import NEW, proof
from client import save
from delivery import ending

from venture.budget import actions as budget
from venture.delivery import actions
from venture.delivery.grading import Phase
from venture.delivery.models import ChangeKind
from venture.desk import queries


def test_an_instalment_whose_condition_is_met_waits_to_be_requested(app: Any) -> None:
    of = ending.ending(2)
    assert queries.waiting(of.cast.round).due == 0
    scene.met(of.cast, of.awards)
    assert queries.waiting(of.cast.round).due == 2
    budget.stop_payments(
        award=of.award, reason="中期评估不合格(虚构)", by=of.cast.officer, at=scene.SIGNED_AT
    )
    save()
    assert queries.waiting(of.cast.round).due == 1
    scene.requested(of.cast, of.awards[1:], 2, "second")
    assert queries.waiting(of.cast.round).due == 0


def test_requests_audits_and_accounts_wait_for_theirs(app: Any, enter: Any) -> None:
    of = ending.ending()
    change = actions.ask(
        award=of.award,
        key="c",
        kind=ChangeKind.CHANGE,
        before="一",
        after="二",
        reason="需要(虚构)",
        by=of.applicant,
        at=ending.MIDDLE,
    )
    save()
    found = queries.waiting(of.cast.round)
    assert (found.asked, found.recommended) == (1, 0)
    actions.recommend(change=change, favours=True, text="同意(虚构)", by=of.cast.operator, at=ending.MIDDLE)
    save()
    found = queries.waiting(of.cast.round)
    assert (found.asked, found.recommended, found.moves, found.audits) == (0, 1, 0, 0)
    budget.ask_account_change(
        organization=of.award.application.organization,
        **NEW,
        reason="开户行撤并",
        proof=proof(),
        by=of.applicant,
        at=ending.MIDDLE,
    )
    save()
    assert queries.accounts_waiting() == 1
    assert 'href="/account-changes"' in enter(of.cast.finance).get("/").text
    assert 'href="/account-changes"' not in enter(of.cast.approver).get("/").text


def test_what_the_settlement_cut_is_no_balance_to_pay(app: Any) -> None:
    of = ending.ending()
    ending.evaluated(of)
    scene.paid(of.cast, [of.award], 2, "second")
    ending.evaluated(of, 0, Phase.FINAL, ending.LATER)
    ending.audited(of, 3_850_000)
    actions.close(awards=[of.award], return_by=date(2019, 6, 30), by=of.cast.officer, at=ending.LATER)
    save()
    scene.paid(of.cast, [of.award], 3, "third")
    last = queries.disbursements(of.cast.round)[-1]
    assert (last.payment.amount, last.before, last.left) == (650_000, 3_850_000, 0)
