"""The boards of themes: the worked example, figures that must never appear, sums in constant statements."""

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import insert, select

from venture.budget.models import Award, Payment, PaymentState
from venture.clock import start_of_day
from venture.db import db
from venture.deliberation.models import WHOLE, Matter, MatterStatus, Outcome, OutcomeKind, Use, UseKind
from venture.impact import queries, yields
from venture.impact.models import Support, SupportState, Way
from venture.people.models import Community, Person
from venture.roles import Role
from venture.rounds.models import Round, Theme

pytestmark = pytest.mark.unsound("money", "record", "earmarks")
"""Payments and matters are put in as rows, without their ledger and trail."""
AT = start_of_day(date(2018, 12, 1)) + timedelta(hours=2)


class Generated:
    """A round in 2018 whose consultation theme has projects; matters and payments are put in as rows."""

    def __init__(self) -> None:
        self.officer, self.approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
        self.finance = make.person(Role.FINANCE)
        self.round: Round = make.round_(self.officer)
        self.theme: Theme = self.round.themes[0]
        self.numbers = 0

    def project(self, amount: int = 4000000) -> Award:
        application = make.application(
            self.round, by=self.officer, state=make.State.SUBMITTED, asked=amount, communities=[]
        )
        return make.award(
            application, officer=self.officer, approver=self.approver, signed_on=date(2018, 7, 1)
        )

    def pay(self, award: Award, amount: int) -> Payment:
        """What a paid instalment leaves behind: the payment and the award's counter."""
        from venture.budget.models import Batch

        batch = make._add(
            Batch(
                round=self.round,
                number=next(make._numbers),
                key=f"batch-{next(make._numbers)}",
                made_at=AT,
                made_by=self.officer,
            )
        )
        award.paid += amount
        return make._add(
            Payment(
                batch=batch,
                instalment=next(part for part in award.instalments if not part.payments),
                amount=amount,
                state=PaymentState.PAID,
                account_name="虚构",
                bank="虚构银行",
                account_no="6222",
                requested_at=AT,
                requested_by=self.officer,
                checked_at=AT,
                checked_by=self.finance,
                released_at=AT,
                released_by=self.approver,
                recorded_at=AT,
                recorded_by=self.finance,
                voucher_no=f"凭{next(make._numbers)}",
                paid_on=date(2018, 8, 1),
            )
        )

    def matter(self, community: Community, status: str = "open", **more: Any) -> Matter:
        self.numbers += 1
        return make._add(
            Matter(
                **{
                    "number": f"HM-2018-{self.numbers:04d}",
                    "community": community,
                    "title": f"虚构议题{self.numbers}",
                    "status": MatterStatus(status),
                    "closed_on": None if status == "open" else date(2018, 11, 1),
                    "reason": "虚构原因" if status in ("unresolved", "rejected") else "",
                    "created_at": AT,
                    "created_by_id": self.officer.id,
                    **more,
                }
            )
        )

    def support(self, award: Award, matter: Matter, share: Fraction = Fraction(1), **more: Any) -> Support:
        """A confirmed support, with the counter that goes with it."""
        parts = int(share * WHOLE)
        if more.get("state", SupportState.CONFIRMED) is SupportState.CONFIRMED:
            matter.credited += parts
        return make._add(
            Support(
                **{
                    "award": award,
                    "matter": matter,
                    "steps": [4],
                    "share": parts,
                    "state": SupportState.CONFIRMED,
                    "claimed_at": AT,
                    "claimed_by": self.officer,
                    "confirmed_at": AT,
                    "confirmed_on": date(2018, 10, 1),
                    "confirmer": "虚构文书",
                    "way": Way.LINK,
                    **more,
                }
            )
        )

    def board(self, person: Person | None = None) -> queries.Board:
        return queries.boards([self.theme], person or self.officer)[0]


@pytest.fixture
def made(app: Any) -> Generated:
    return Generated()


def example(made: Generated) -> Award:
    """The worked example: five projects of 40,000; project A was paid 32,000 and supports six matters."""
    projects = [made.project() for _ in range(5)]
    first = projects[0]
    made.pay(first, 2000000)
    made.pay(first, 1200000)
    p, q = make.community(residents=150), make.community(residents=500)
    half, one = Fraction(1, 2), Fraction(1)
    for place, status, benefited, share in (
        (p, "resolved", 120, one),
        (p, "resolved", 80, one),
        (q, "resolved", 60, half),
        (q, "partly", 70, one),
        (q, "resolved", 40, half),
        (q, "open", None, one),
    ):
        made.support(first, made.matter(place, status, benefited=benefited), share)
    return first


def test_the_worked_example(made: Generated) -> None:
    award = example(made)
    save()
    board = made.board()
    assert (board.theme.earmark, board.awarded, board.paid, board.left) == (20000000, 20000000, 3200000, 0)
    assert (board.awards, board.payments) == (5, 2)
    line = next(line for line in board.projects if line.award is award)
    for result in (line.result, board.result):
        assert (result.solved, result.matters, result.partly) == (Fraction(3), 4, 1)
        assert result.cost_per_matter is not None and yields.whole_yuan(result.cost_per_matter) == 10667
        assert result.residents == (180, 250)
        assert result.cost_per_resident is not None
        assert tuple(map(yields.whole_yuan, result.cost_per_resident)) == (128, 178)
        assert result.with_others and result.may_be_ranked
    assert board.counts.matters == 6
    assert queries.unbalanced() == []


def test_nothing_solved_is_no_number(made: Generated) -> None:
    award = made.project()
    made.pay(award, 2000000)
    made.support(award, made.matter(make.community(), "partly", benefited=9))
    made.support(award, made.matter(make.community(), "resolved", held=False, rechecked_on=date(2019, 2, 1)))
    save()
    result = made.board().result
    assert result.cost_per_matter is None and result.cost_per_resident is None
    assert (result.matters, result.partly, result.may_be_ranked) == (0, 1, False)


def test_history_and_unconfirmed_claims_count_nowhere(made: Generated) -> None:
    """621 matters of history and 200,000 yuan paid: no cost, even where somebody tied them together."""
    award = made.project(20000000 // 5)
    made.pay(award, 4000000)
    for _ in range(4):
        made.pay(made.project(), 4000000)
    village = make.community()
    db.session.execute(
        insert(Matter),
        [
            {
                "number": f"HM-2017-{number:04d}",
                "community_id": village.id,
                "title": "历史议题",
                "status": MatterStatus.RESOLVED,
                "closed_on": date(2017, 12, 1),
                "benefited": 34,
                "legacy": True,
                "created_at": AT,
                "created_by_id": made.officer.id,
            }
            for number in range(621)
        ],
    )
    legacy = db.session.scalars(select(Matter).where(Matter.legacy.is_(True))).all()
    for matter in legacy[:300]:
        made.support(award, matter)
    made.support(award, made.matter(village, "resolved"), state=SupportState.CLAIMED)
    save()
    board = made.board()
    assert board.paid == 20000000 and board.result.matters == 0 and board.result.cost_per_matter is None
    assert board.counts == queries.Counts(0, 0, 0, 0, 0) and board.waiting == 1
    assert queries.matter_lines(made.theme, 1, "all").total == 0


def generate(made: Generated, projects: int, matters: int, seed: int = 7) -> None:
    """Random but lawful: shares sum to at most one, some claims wait, some matters are history."""
    dice = random.Random(seed)
    made.theme.earmark, made.round.allotted, made.round.total = (10**10,) * 3
    made.round.sources[0].amount = 10**10
    awards = [made.project(dice.randrange(1000000, 5000000)) for _ in range(projects)]
    for award in awards:
        for part in award.instalments[: dice.randrange(3)]:
            made.pay(award, part.amount)
    places = [make.community(residents=dice.choice([None, 90, 3000])) for _ in range(max(1, matters // 4))]
    for _ in range(matters):
        status = dice.choice(["resolved", "resolved", "partly", "open", "unresolved"])
        matter = made.matter(
            dice.choice(places),
            status,
            benefited=dice.choice([None, 20, 55, 120]),
            legacy=dice.random() < 0.1,
        )
        for _ in range(dice.randrange(3)):
            outcome = make._add(
                Outcome(
                    matter=matter,
                    text="虚构成果",
                    decided_on=date(2018, 9, 1),
                    kind=OutcomeKind.RULE,
                    struck=dice.random() < 0.1,
                    recorded_at=AT,
                    recorded_by_id=made.officer.id,
                )
            )
            for _ in range(dice.randrange(3)):
                make._add(
                    Use(
                        outcome=outcome,
                        happened_on=date(2018, 10, 1),
                        who="虚构",
                        kind=UseKind.CARRIED_OUT,
                        struck=dice.random() < 0.1,
                        recorded_at=AT,
                        recorded_by_id=made.officer.id,
                    )
                )
        helpers = dice.sample(awards, min(len(awards), dice.randrange(4)))
        for award in helpers:
            made.support(award, matter, Fraction(1, len(helpers)))
        if len(helpers) < len(awards) and dice.random() < 0.2:
            waiting = next(award for award in awards if award not in helpers)
            made.support(waiting, matter, Fraction(1), state=SupportState.CLAIMED)


def recount(theme: Theme) -> dict[str, Any]:
    """The same figures the slow way: row by row, from payments and supports, without the counters."""
    paid = sum(
        payment.amount
        for payment in db.session.scalars(select(Payment).where(Payment.state == PaymentState.PAID))
        if payment.instalment.award.theme_id == theme.id
    )
    solved, credit, outcomes, uses = set(), Fraction(), 0, 0
    matters = set()
    for support in db.session.scalars(select(Support)):
        matter = support.matter
        if support.award.theme_id != theme.id or support.state is not SupportState.CONFIRMED or matter.legacy:
            continue
        matters.add(matter)
        if matter.status is MatterStatus.RESOLVED:
            solved.add(matter)
            credit += Fraction(support.share, WHOLE)
    low = high = 0
    for place in {matter.community for matter in solved}:
        here = [m.benefited for m in solved if m.community is place and m.benefited is not None]
        if here:
            low += max(here)
            there = place.residents
            high += sum(here) if there is None else max(max(here), min(sum(here), there))
    for matter in matters:
        stands = [outcome for outcome in matter.outcomes if not outcome.struck]
        outcomes += len(stands)
        uses += sum(not use.struck for outcome in stands for use in outcome.uses)
    return {
        "paid": paid,
        "matters": len(matters),
        "solved": credit,
        "n": len(solved),
        "residents": (low, high),
        "outcomes": outcomes,
        "uses": uses,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fast_sum_is_the_slow_recount(made: Generated, seed: int) -> None:
    generate(made, projects=9, matters=60, seed=seed)
    save()
    board = made.board()
    assert recount(made.theme) == {
        "paid": board.paid,
        "matters": board.counts.matters,
        "solved": board.result.solved,
        "n": board.result.matters,
        "residents": tuple(board.result.residents),
        "outcomes": board.counts.outcomes,
        "uses": board.counts.uses,
    }
    assert sum(line.result.solved for line in board.projects) == board.result.solved
    assert sum(line.award.paid for line in board.projects) == board.paid
    solved = queries.matter_lines(made.theme, 1, "solved")
    assert solved.total == board.result.matters
    assert queries.matter_lines(made.theme, 1, "outcomes").total == board.counts.with_outcome
    assert queries.matter_lines(made.theme, 1, "uses").total == board.counts.used
    assert queries.matter_lines(made.theme, 1, "partly").total == board.result.partly
    assert queries.payments_of(made.theme, made.officer, 1).total == board.payments
    assert queries.unbalanced() == []


def test_one_project_and_fifty_take_the_same_statements(made: Generated, statements: Any) -> None:
    generate(made, projects=1, matters=1)

    def read() -> int:
        save()
        db.session.expunge_all()
        theme, officer = queries.theme(made.theme.id), db.session.get(Person, made.officer.id)
        assert theme is not None and officer is not None
        statements.clear()
        board = queries.boards([theme], officer)[0]
        assert [(line.award.application.organization.name, line.result.solved) for line in board.projects]
        lines = queries.matter_lines(theme, 1, "all")
        assert all(line.matter.community.name and line.credit for line in lines.items)
        queries.payments_of(theme, officer, 1)
        return len(statements)

    few = read()
    made.round = db.session.get_one(Round, made.round.id)
    made.theme = made.round.themes[0]
    made.officer, made.approver, made.finance = (
        db.session.get_one(Person, person.id) for person in (made.officer, made.approver, made.finance)
    )
    generate(made, projects=50, matters=600)
    assert read() == few


def test_a_barred_project_is_summed_and_not_named(made: Generated) -> None:
    from venture.applications.models import Barred

    award = example(made)
    judge = make.person(Role.AUDITOR)
    make._add(Barred(application_id=award.application_id, person_id=judge.id))
    save()
    board = made.board(judge)
    assert board.hidden == 1 and award not in [line.award for line in board.projects]
    assert board.paid == 3200000 and board.result.solved == 3
    assert queries.payments_of(made.theme, judge, 1).total == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(3), "3.0"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1, 3), "0.33"),
        (Fraction(0), "0.0"),
        (Fraction(2, 3), "0.67"),
    ],
)
def test_sums_of_shares_as_printed(value: Fraction, shown: str) -> None:
    assert queries.figure(value) == shown


def test_shares_as_printed() -> None:
    shares = [WHOLE, WHOLE // 2, 2 * WHOLE // 3, WHOLE * 37 // 100]
    assert [queries.share_text(share) for share in shares] == ["1", "1/2", "2/3", "37.0 %"]
