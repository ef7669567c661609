"""Spending by head: to the fen, within the caps and the grant; money moved between heads, free or approved."""

from datetime import date, timedelta
from typing import Any

import pytest
from client import save
from delivery.scene import AT, activity, line, project, spend
from sqlalchemy.exc import IntegrityError

from venture import invariants
from venture.applications.lifecycle import State
from venture.applications.models import Category, CostTable
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.models import BudgetHead, Spending, TransferState
from venture.refusal import Refused


def facts(refused: Any) -> list[tuple[str, str, Any]]:
    return [(each.code, each.field, each.facts.get("excess")) for each in refused.value.blockers]


def test_lines_hang_on_an_activity_and_sum_by_head(app: Any) -> None:
    of = project()
    held = activity(of)
    first, second = spend(of, line(activity=held), line(Category.EXPERT, 333, 150, content="讲课费"))
    save()
    assert (first.amount, second.amount, first.activity, of.application.state) == (
        36_000,
        500,
        held,
        State.RUNNING,
    )
    assert spend(of, line(activity=held), line(Category.EXPERT, 333, 150, content="讲课费")) == [
        first,
        second,
    ]
    assert [
        (each.table, each.category, each.budget, each.spent, each.cap) for each in queries.heads_of(of.award)
    ] == [
        (CostTable.GRANT, Category.ACTIVITY, 2_800_000, 36_000, None),
        (CostTable.GRANT, Category.STAFF, 400_000, 0, 1_200_000),
        (CostTable.GRANT, Category.EXPERT, 400_000, 500, None),
        (CostTable.GRANT, Category.MANAGEMENT, 400_000, 0, 400_000),
        (CostTable.MATCHING, Category.ACTIVITY, 500_000, 0, None),
    ]
    assert queries.spending_of(held) == [first]


def test_beyond_a_cap_is_not_the_grants_and_the_excess_is_said(app: Any) -> None:
    of = project()
    spend(of, line(Category.MANAGEMENT, 370_000, 100))
    with pytest.raises(Refused) as refused:
        spend(of, line(), line(Category.MANAGEMENT, 60_000, 100), key="s2")
    assert facts(refused) == [("delivery.over_cap", "unit_price-1", 30_000)]
    said = refused.value.blockers[0].facts
    assert (said["amount"], said["share"], said["percent"], said["cap"]) == (430_000, 1075, 10, 400_000)
    spend(of, line(Category.MANAGEMENT, 60_000, 100, table=CostTable.MATCHING), key="s3")
    spend(of, line(Category.MANAGEMENT, 30_000, 100), key="s4")
    save()
    assert of.head(Category.MANAGEMENT).spent == 400_000
    assert of.head(Category.MANAGEMENT, CostTable.MATCHING).left == -60_000


def test_lines_of_one_sheet_count_before_each_other(app: Any) -> None:
    of = project()
    lines = [
        line(Category.MANAGEMENT, 250_000, 100),
        line(Category.MANAGEMENT, 250_000, 100),
        line(Category.MANAGEMENT, 150_000, 100),
    ]
    found = queries.line_blockers(of.award, lines, AT)
    assert [[each.code for each in wrong] for wrong in found] == [[], ["delivery.over_cap"], []]


def test_more_than_the_grant_is_refused_and_more_than_the_head_is_shown(app: Any) -> None:
    of = project()
    spend(of, line(price=3_000_000, quantity=100))
    assert of.head(Category.ACTIVITY).over == 200_000
    with pytest.raises(Refused) as refused:
        spend(of, line(Category.EXPERT, 1_000_001, 100), key="s2")
    assert facts(refused) == [("delivery.over_grant", "unit_price-0", 1)]
    spend(of, line(Category.EXPERT, 1_000_000, 100), key="s3")
    save()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": " "}, "missing"),
        ({"voucher_no": ""}, "missing"),
        ({"price": 0}, "zero"),
        ({"price": 1, "quantity": 49}, "zero"),
        ({"price": 10**14 - 1, "quantity": 10**14 - 1}, "too_large"),
        ({"spent_on": date(2018, 9, 11)}, "spent_in_future"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(app: Any, more: Any, code: str) -> None:
    with pytest.raises(Refused, match=f"delivery.{code}"):
        spend(project(), line(**more))


def test_another_projects_activity_is_none(app: Any) -> None:
    of, other = project(), project(year=2017)
    with pytest.raises(Refused, match="other_activity"):
        spend(of, line(activity=activity(other)))


def test_a_line_is_set_right_and_the_sums_follow(app: Any) -> None:
    of = project()
    (row,) = spend(of)
    given = {"spending": row, "by": of.member, "at": AT}
    actions.correct_spending(line=line(Category.EXPERT, 12_000, 250), reason="数量写错", **given)
    save()
    assert (row.amount, row.category, of.head(Category.ACTIVITY).spent, of.head(Category.EXPERT).spent) == (
        30_000,
        Category.EXPERT,
        0,
        30_000,
    )
    kept = queries.corrections_of([row])[row.id]
    assert {(each.field, each.old, each.new) for each in kept} == {
        ("category", "activity", "expert"),
        ("quantity", "300", "250"),
        ("amount", "36000", "30000"),
    }
    with pytest.raises(Refused, match="nothing_changed"):
        actions.correct_spending(line=line(Category.EXPERT, 12_000, 250), reason="x", **given)
    with pytest.raises(Refused, match="over_cap"):
        actions.correct_spending(line=line(Category.MANAGEMENT, 400_001, 100), reason="x", **given)
    actions.correct_spending(line=line(Category.MANAGEMENT, 400_000, 100), reason="x", **given)
    save()


def test_what_is_struck_out_is_free_again(app: Any) -> None:
    of = project()
    (row,) = spend(of, line(Category.MANAGEMENT, 400_000, 100))
    with pytest.raises(Refused, match="reason_needed"):
        actions.strike_spending(spending=row, reason=" ", by=of.member, at=AT)
    actions.strike_spending(spending=row, reason="重复", by=of.member, at=AT)
    spend(of, line(Category.MANAGEMENT, 400_000, 100), key="s2")
    save()
    assert of.head(Category.MANAGEMENT).spent == 400_000
    with pytest.raises(Refused, match=r"delivery\.struck"):
        actions.strike_spending(spending=row, reason="重复", by=of.member, at=AT)


def test_a_sheet_sent_twice_adds_nothing(app: Any) -> None:
    of = project()
    lines = [line(), line(), line(Category.EXPERT)]
    assert queries.already_there(of.award, lines) == [False, False, False]
    spend(of, line(), key="by hand")
    assert queries.already_there(of.award, lines) == [True, False, False]
    spend(of, *lines[1:], key="sheet")
    assert queries.already_there(of.award, lines) == [True, True, True]
    assert queries.already_there(of.award, [*lines, line()]) == [True, True, True, False]
    save()


def test_the_month_table(app: Any) -> None:
    """科目 · 预算 · 本月支出 · 累计支出 · 结余 · 执行率, as of the end of a month."""
    of = project()
    for day, key in (
        (date(2018, 8, 31), "a"),
        (date(2018, 9, 1), "b"),
        (date(2018, 9, 30), "c"),
        (date(2018, 10, 1), "d"),
    ):
        spend(of, line(price=100_000, quantity=100, spent_on=day), key=key, at=AT + timedelta(days=40))
    save()
    rows = {
        month: next((each.budget, each.month, each.spent, each.left, each.percent) for each in found)
        for month in (8, 9, 10)
        for found in [queries.spent_as_of(of.award, date(2018, month, 15))]
    }
    assert rows == {
        8: (2_800_000, 100_000, 100_000, 2_700_000, 4),
        9: (2_800_000, 200_000, 300_000, 2_500_000, 11),
        10: (2_800_000, 100_000, 400_000, 2_400_000, 14),
    }


# --- moves between heads ---


def moved(
    of: Any,
    amount: int,
    source: Category = Category.ACTIVITY,
    target: Category = Category.EXPERT,
    **more: Any,
) -> Any:
    usual = {"key": f"m{amount}", "table": CostTable.GRANT, "reason": "场地免费", "by": of.member, "at": AT}
    return actions.move(award=of.award, source=source, target=target, amount=amount, **{**usual, **more})


def test_within_the_percentage_a_move_is_in_force_at_once_and_moves_count_together(app: Any) -> None:
    of = project()
    first = moved(of, 40_000)
    assert (first.free, first.state, first.before) == (True, TransferState.APPROVED, [2_800_000, 400_000])
    assert moved(of, 40_000) is first
    second = moved(of, 1)
    save()
    assert (second.free, second.state) == (False, TransferState.PROPOSED)
    assert (of.head(Category.ACTIVITY).budget, of.head(Category.EXPERT).budget) == (2_760_000, 440_000)


def test_more_waits_for_the_bureau(app: Any) -> None:
    of = project()
    made = moved(of, 300_000)
    assert of.head(Category.EXPERT).budget == 400_000
    for person in (of.member, of.operator):
        with pytest.raises(Refused, match="not_your_role"):
            actions.decide_move(transfer=made, approve=True, decision="", by=person, at=AT)
    actions.decide_move(transfer=made, approve=True, decision="", by=of.officer, at=AT)
    save()
    assert (of.head(Category.ACTIVITY).budget, of.head(Category.EXPERT).budget) == (2_500_000, 700_000)
    with pytest.raises(Refused, match=r"delivery\.decided"):
        actions.decide_move(transfer=made, approve=False, decision="x", by=of.officer, at=AT)


def test_refused_or_taken_back_nothing_moves(app: Any) -> None:
    of = project()
    refused, back = moved(of, 300_000), moved(of, 300_001)
    with pytest.raises(Refused, match="reason_needed"):
        actions.decide_move(transfer=refused, approve=False, decision="", by=of.officer, at=AT)
    actions.decide_move(transfer=refused, approve=False, decision="无必要", by=of.officer, at=AT)
    actions.withdraw_move(transfer=back, by=of.member, at=AT)
    save()
    assert (refused.state, back.state, of.head(Category.EXPERT).budget) == (
        TransferState.REFUSED,
        TransferState.WITHDRAWN,
        400_000,
    )


@pytest.mark.parametrize("target", [Category.STAFF, Category.MANAGEMENT])
def test_nothing_moves_into_a_capped_head(app: Any, target: Category) -> None:
    with pytest.raises(Refused, match="capped_head"):
        moved(project(), 100, target=target)


def test_only_what_is_left_moves_also_when_it_is_approved_later(app: Any) -> None:
    of = project()
    spend(of, line(price=2_500_000, quantity=100))
    with pytest.raises(Refused) as refused:
        moved(of, 300_001)
    assert facts(refused) == [("delivery.too_little", "amount", 1)]
    waiting = moved(of, 300_000)
    spend(of, line(price=1, quantity=100), key="s2")
    with pytest.raises(Refused, match="too_little"):
        actions.decide_move(transfer=waiting, approve=True, decision="", by=of.officer, at=AT)
    save()


@pytest.mark.parametrize("state", [State.FINAL, State.AUDITING, State.CLOSED])
def test_no_move_from_the_final_evaluation_on(app: Any, state: State) -> None:
    of = project()
    waiting = moved(of, 300_000)
    of.application.state = state
    with pytest.raises(Refused, match=r"not_running|not_recording"):
        moved(of, 100)
    with pytest.raises(Refused, match="not_running"):
        actions.decide_move(transfer=waiting, approve=True, decision="", by=of.officer, at=AT)


def test_the_matching_table_is_apart(app: Any) -> None:
    of = project()
    made = moved(of, 100_000, target=Category.VOLUNTEER, table=CostTable.MATCHING)
    actions.decide_move(transfer=made, approve=True, decision="", by=of.approver, at=AT)
    save()
    assert of.head(Category.VOLUNTEER, CostTable.MATCHING).budget == 100_000
    assert of.head(Category.VOLUNTEER).budget == 0


@pytest.mark.unsound("heads")
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda row, head, made: setattr(row, "amount", row.amount + 1), "ck_spending_amount"),
        (lambda row, head, made: setattr(row, "voucher_no", ""), "ck_spending_said"),
        (lambda row, head, made: setattr(head, "spent", head.cap + 1), "ck_budget_head_cap"),
        (lambda row, head, made: setattr(head, "moved", 1), "ck_budget_head_moved"),
        (lambda row, head, made: setattr(head, "moved", -400_001), "ck_budget_head_budget"),
        (lambda row, head, made: setattr(made, "target", Category.STAFF), "ck_transfer_not_capped"),
        (lambda row, head, made: setattr(made, "state", TransferState.APPROVED), "ck_transfer_decided"),
        (
            lambda row, head, made: [
                setattr(made, "state", TransferState.APPROVED),
                setattr(made, "decided_by_id", made.proposed_by_id),
            ],
            "ck_transfer_two_people",
        ),
    ],
)
def test_the_database_keeps_each_promise_too(app: Any, change: Any, name: str) -> None:
    of = project()
    (row,), made = spend(of), moved(of, 300_000)
    head = db.session.query(BudgetHead).filter_by(category=Category.MANAGEMENT).one()
    save()
    change(row, head, made)
    with pytest.raises(IntegrityError, match=name):
        db.session.flush()
    db.session.rollback()


@pytest.mark.unsound("heads")
def test_counters_that_differ_from_their_rows_are_named(app: Any) -> None:
    of = project()
    spend(of)
    db.session.query(BudgetHead).filter_by(category=Category.ACTIVITY, table=CostTable.GRANT).one().spent += 1
    db.session.query(Spending).one()
    save()
    assert [each.partition(":")[0] for each in invariants.broken(app.settings)] == ["heads"]
