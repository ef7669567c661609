"""A project whose plan and budget were revised is held to the accepted revision, not to its application."""

from datetime import date
from typing import Any

from budget import scene
from budget.test_revision import accept, asked, line, revision, sent, typed, whole
from client import save
from delivery import ending

from venture.applications.parts import Category, CostTable
from venture.budget import actions as budget
from venture.budget import queries as budget_queries
from venture.budget.models import Award
from venture.delivery import actions, queries
from venture.delivery.grading import Phase
from venture.delivery.models import ChangeKind
from venture.files import Staged
from venture.people.models import Person

DAY = date(2018, 9, 21)


def agreed() -> tuple[scene.Cast, list[Award], Person]:
    """Two signed projects; of the first 35,000.00 were approved and 30,000.00 agreed, revised to the agreed sum."""
    of, awards, own = asked()
    budget.lower(
        award=awards[0], amount=3_000_000, reason="缩减场次(虚构)", by=of.approver, at=scene.AWARDED_AT
    )
    typed(
        awards[0],
        own,
        whole(awards[0])
        | {
            "costs_grant": [line("activity", "26000"), line("volunteer", "2000", "2")],
            "costs_matching": [line("expert", "800")],
            "fund_own": "800",
            "ends_on": "2019-03-31",
            "direct": "33",
        },
    )
    budget.send_revision(revision=revision(awards[0]), by=own, at=scene.AWARDED_AT)
    save()
    accept(of, awards[0])
    return of, awards, own


def test_heads_days_and_people_are_those_of_the_accepted_revision(app: Any) -> None:
    of, awards, own = agreed()
    scene.sign(of, awards[:1])
    found = [(head.table, head.category, head.contracted) for head in queries.heads_of(awards[0])]
    assert found == [
        (CostTable.GRANT, Category.ACTIVITY, 2_600_000),
        (CostTable.GRANT, Category.VOLUNTEER, 400_000),
        (CostTable.MATCHING, Category.EXPERT, 80_000),
    ]
    assert sum(amount for table, _head, amount in found if table is CostTable.GRANT) == awards[0].entitled
    assert queries.ends_on(awards[0]) == date(2019, 3, 31)
    (row,) = [each for each in queries.of_round(of.round, of.officer) if each.award is awards[0]]
    assert row.ends_on == date(2019, 3, 31)
    said = queries.assembled(awards[0], Phase.MIDTERM, DAY)
    assert said["project"]["ends_on"] == "2019-03-31"
    assert [goal["target"] for goal in said["goals"]] == ["12"]
    assert sum(budget_ for table, _head, budget_, _spent in said["heads"] if table == "grant") == 3_000_000
    due = queries.report_row(awards[0], Phase.FINAL, DAY).due_on
    assert due == date(2019, 4, 30), "thirty days after the revised last day"
    change = actions.ask(
        award=awards[0],
        key="c",
        kind=ChangeKind.CHANGE,
        before="33人",
        after="40人",
        reason="需要(虚构)",
        direct=40,
        by=own,
        at=scene.SIGNED_AT,
    )
    save()
    assert change.figures == [["direct", 33, 40]]


def test_a_revision_that_is_not_accepted_binds_nobody(app: Any) -> None:
    _of, awards, own = asked()
    sent(awards[0], own)
    promised = budget_queries.promised(awards)
    assert [promised[award.id].revised for award in awards] == [None, None]
    assert promised[awards[0].id].direct == 200
    assert queries.contracted(awards[0]) == {(CostTable.GRANT, Category.ACTIVITY): 4_000_000}


def test_one_project_from_the_list_to_its_end_every_fen_in_its_place(app: Any) -> None:
    """Approved 35,000, agreed 30,000: 15,000 and 9,000 paid, one bounced on the way; 21,000 accepted, 3,000 back."""
    of, awards, own = agreed()
    award, theme, source = awards[0], awards[0].theme, of.round.sources[0]
    other = awards[1].entitled
    numbers = budget_queries.offered(of.round, [award])
    (text,) = budget.draw_up(
        round=of.round,
        drafts=[budget.Draft(award, numbers[award.id], "虚构法人")],
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    budget.sign(
        signings=[budget.Signing(award, numbers[award.id], date(2018, 9, 20))],
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    scan = Staged("a" * 64, "协议(虚构).pdf", "application/pdf", 900)
    budget.keep_scans(agreements={award: scan}, amendments={}, by=of.officer, at=scene.SIGNED_AT)
    save()
    assert (text.amount, award.amount, award.entitled) == (3_000_000, 3_500_000, 3_000_000)
    assert [part.amount for part in award.instalments] == [1_500_000, 900_000, 600_000]
    first = scene.paid(of, [award]).payments[0]
    budget.take_back(payment=first, reason="退票(虚构)", by=of.finance, at=scene.SIGNED_AT)
    save()
    assert (award.paid, source.drawn) == (0, 0)
    scene.paid(of, [award], key="again")
    told = ending.Ending(of, [award], [own])
    ending.evaluated(told)
    scene.paid(of, [award], 2, "second")
    assert (award.paid, source.drawn) == (2_400_000, 2_400_000)
    ending.evaluated(told, 0, Phase.FINAL, ending.LATER)
    audit = actions.enter_audit(
        award=award,
        firm="虚构会计师事务所",
        report_no="虚构审字1号",
        reported_on=date(2019, 5, 5),
        lines=[
            actions.Accepted(head.category, "", head.budget, head.budget, head.budget - cut, "无票(虚构)")
            for head, cut in zip(queries.planned(award), (900_000, 0), strict=True)
        ],
        by=of.officer,
        at=ending.LATER,
    )
    actions.check_audit(audit=audit, by=of.auditor, at=ending.LATER)
    (closure,) = actions.close(awards=[award], return_by=date(2019, 6, 30), by=of.officer, at=ending.LATER)
    save()
    assert (audit.accepted, closure.to_pay, closure.to_return) == (2_100_000, 0, 300_000)
    (claim,) = budget_queries.claims_of(award)
    budget.receive_refund(
        claim=claim,
        amount=300_000,
        received_on=date(2019, 5, 6),
        voucher_no="虚构收-1",
        key="back",
        by=of.finance,
        at=ending.LATER,
    )
    save()
    assert (award.paid, award.freed, award.left, source.drawn) == (2_100_000, 900_000, 0, 2_100_000)
    assert theme.committed == other + 2_100_000
