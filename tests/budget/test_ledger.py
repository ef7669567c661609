"""The ledger: balances derived from entries, and the invariants that find every planted wrong."""

from typing import Any

import make
import pytest
from budget import scene
from sqlalchemy import text

from venture.budget import queries
from venture.budget.models import Account
from venture.db import db
from venture.roles import Role


def paid() -> tuple[scene.Cast, list[Any]]:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 1, 3000000, 8000)
    made = scene.signed(of)
    scene.paid(of, made)
    return of, made


def test_the_ledger_tells_every_step(app: Any) -> None:
    of, made = paid()
    rows = [row for row in queries.ledger(of.round, of.auditor) if row.award is made[0]]
    assert [(row.source, row.target, row.amount, row.paid, row.left) for row in rows] == [
        (Account.EARMARK, Account.COMMITTED, 4000000, 0, 4000000),
        (Account.COMMITTED, Account.PENDING, 2000000, 0, 4000000),
        (Account.PENDING, Account.PAID, 2000000, 2000000, 2000000),
    ]
    assert [(each.left, each.committed, each.pending, each.paid) for each in queries.balances(of.round)] == [
        (16000000, 2000000, 0, 2000000),
        (37000000, 1500000, 0, 1500000),
    ]
    assert queries.broken_invariants() == []


@pytest.mark.parametrize(
    "wrong, told",
    [
        ("UPDATE theme SET committed = committed + 1 WHERE position = 0", "committed"),
        ("UPDATE award SET paid = paid + 1", "paid"),
        ("UPDATE award SET pending = 1", "pending"),
        ("UPDATE instalment SET amount = amount + 1 WHERE number = 3", "instalments"),
        ("UPDATE payment SET amount = amount + 1", "payments"),
        (
            "INSERT INTO entry (operation_id, account, theme_id, award_id, amount) "
            "SELECT operation_id, account, theme_id, award_id, 7 FROM entry WHERE account = 'paid'",
            "sum to",
        ),
        ("UPDATE theme SET earmark = earmark + 100000000000", "earmarks"),
    ],
)
def test_each_broken_promise_is_named(app: Any, wrong: str, told: str) -> None:
    paid()
    db.session.execute(text(wrong))
    assert any(told in each for each in queries.broken_invariants())
    db.session.rollback()


def test_the_day_of_a_row_is_that_of_the_money(app: Any) -> None:
    rows = queries.ledger(paid()[0].round, make.person(Role.AUDITOR))
    assert rows[-1].day.isoformat() == "2018-09-21"
    assert rows[0].day.isoformat() == "2018-07-02"
