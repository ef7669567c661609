"""Requests: asked by the organization, recommended by one, decided by another; what is approved takes effect."""

from datetime import date
from typing import Any

import pytest
from client import save
from delivery.scene import AT, project
from sqlalchemy.exc import IntegrityError

from venture.applications.lifecycle import State
from venture.budget import queries as budget
from venture.budget.models import AwardState
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.models import ChangeKind, ChangeState
from venture.refusal import Refused


def asked(of: Any, kind: ChangeKind = ChangeKind.CHANGE, key: str = "c1", **more: Any) -> Any:
    usual = {"before": "每周一次", "after": "每两周一次", "reason": "场地修缮", "by": of.member, "at": AT}
    if kind is ChangeKind.EXTENSION:
        usual["ends_on"] = date(2019, 6, 30)
    return actions.ask(award=of.award, key=key, kind=kind, **{**usual, **more})


def settled(of: Any, made: Any, approve: bool = True) -> None:
    actions.recommend(change=made, favours=approve, text="情况属实", by=of.officer, at=AT)
    actions.decide(
        change=made, approve=approve, decision="同意" if approve else "不同意", by=of.approver, at=AT
    )
    save()


def test_an_extension_moves_the_last_day_and_keeps_the_old(app: Any) -> None:
    of = project()
    made = asked(of, ChangeKind.EXTENSION)
    assert asked(of, ChangeKind.EXTENSION) is made
    assert made.figures == [["ends_on", "2019-04-30", "2019-06-30"], ["days", 273, 334]]
    assert queries.ends_on(of.award) == date(2019, 4, 30)
    settled(of, made)
    assert (queries.ends_on(of.award), of.application.ends_on) == (date(2019, 6, 30), date(2019, 4, 30))
    with pytest.raises(Refused, match="not_later"):
        asked(of, ChangeKind.EXTENSION, "c2")


def test_a_change_shows_what_it_does_to_the_figures(app: Any) -> None:
    of = project()
    assert asked(of, direct=150).figures == [["direct", 200, 150]]
    assert asked(of, key="c2", direct=200).figures == []
    save()


def test_a_suspension_and_a_resumption_move_the_state(app: Any) -> None:
    of = project()
    settled(of, asked(of, ChangeKind.SUSPENSION))
    assert of.application.state is State.SUSPENDED
    first = of.award.instalments[0]
    assert "budget.suspended" in {each.code for each in budget.request_blockers(of.award, first)}
    with pytest.raises(Refused, match="not_now"):
        asked(of, ChangeKind.SUSPENSION, "c2")
    settled(of, asked(of, ChangeKind.RESUMPTION, "c3"))
    assert of.application.state is State.RUNNING
    assert "budget.suspended" not in {each.code for each in budget.request_blockers(of.award, first)}


def test_a_termination_cancels_the_award_and_frees_what_was_not_paid(app: Any) -> None:
    of = project()
    before = of.award.theme.committed
    made = asked(of, ChangeKind.TERMINATION)
    assert made.figures == [["grant", 4_000_000, 0], ["spent", None, 0]]
    settled(of, made)
    assert (of.application.state, of.award.state, of.award.theme.committed) == (
        State.TERMINATED,
        AwardState.CANCELLED,
        before - 4_000_000,
    )
    with pytest.raises(Refused, match="not_now"):
        asked(of, key="c2")


def test_a_suspended_project_can_be_terminated(app: Any) -> None:
    of = project()
    settled(of, asked(of, ChangeKind.SUSPENSION))
    settled(of, asked(of, ChangeKind.TERMINATION, "c2"))
    assert of.application.state is State.TERMINATED


def test_refused_nothing_changes(app: Any) -> None:
    of = project()
    made = asked(of, ChangeKind.SUSPENSION)
    settled(of, made, approve=False)
    assert (made.state, of.application.state) == (ChangeState.REFUSED, State.CONTRACTED)


def test_three_people_and_their_order(app: Any) -> None:
    of = project()
    made = asked(of)
    given = {"change": made, "at": AT}
    for person in (of.member, of.approver):
        with pytest.raises(Refused, match="not_your_role"):
            actions.recommend(favours=True, text="x", by=person, **given)
    with pytest.raises(Refused, match="not_recommended"):
        actions.decide(approve=True, decision="", by=of.approver, **given)
    both = of.approver
    both.grants.append(type(of.officer.grants[0])(role=of.officer.grants[0].role, given_at=AT))
    save()
    actions.recommend(favours=True, text="情况属实", by=both, **given)
    with pytest.raises(Refused, match="recommended_by_you"):
        actions.decide(approve=True, decision="", by=both, **given)
    actions.recommend(favours=False, text="再看", by=of.operator, **given)
    with pytest.raises(Refused, match="not_your_role"):
        actions.decide(approve=True, decision="", by=of.officer, **given)
    with pytest.raises(Refused, match="reason_needed"):
        actions.decide(approve=False, decision="", by=both, **given)
    actions.decide(approve=True, decision="", by=both, **given)
    save()
    for act in (
        lambda: actions.recommend(favours=True, text="x", by=of.operator, **given),
        lambda: actions.decide(approve=True, decision="", by=both, **given),
        lambda: actions.withdraw(by=of.member, **given),
    ):
        with pytest.raises(Refused, match=r"delivery\.decided"):
            act()


def test_what_a_request_lacks_is_named(app: Any) -> None:
    of = project()
    with pytest.raises(Refused) as refused:
        asked(of, ChangeKind.EXTENSION, before="", after=" ", reason="", ends_on=None)
    assert {(each.code, each.field) for each in refused.value.blockers} == {
        ("delivery.missing", "before"),
        ("delivery.missing", "after"),
        ("delivery.missing", "ends_on"),
        ("delivery.reason_needed", "reason"),
    }
    with pytest.raises(Refused, match="not_yours"):
        asked(of, by=of.officer)
    asked(of, ChangeKind.SUSPENSION)
    with pytest.raises(Refused, match="asked_already"):
        asked(of, ChangeKind.SUSPENSION, "c2")


def test_taken_back_it_can_be_asked_again(app: Any) -> None:
    of = project()
    made = asked(of, ChangeKind.SUSPENSION)
    actions.withdraw(change=made, by=of.member, at=AT)
    assert asked(of, ChangeKind.SUSPENSION, "c2").number == 2
    save()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"before": ""}, "ck_change_said"),
        ({"ends_on": date(2019, 6, 30)}, "ck_change_ends_on"),
        ({"state": ChangeState.RECOMMENDED}, "ck_change_in_order"),
        ({"recommendation": "x"}, "ck_change_recommended"),
    ],
)
def test_the_database_keeps_each_promise_too(app: Any, change: Any, name: str) -> None:
    made = asked(project())
    for field, value in change.items():
        setattr(made, field, value)
    with pytest.raises(IntegrityError, match=name):
        db.session.flush()
    db.session.rollback()


def test_nobody_recommends_or_decides_twice_past_the_verbs(app: Any) -> None:
    of = project()
    made = asked(of)
    actions.recommend(change=made, favours=True, text="情况属实", by=of.officer, at=AT)
    save()
    made.state, made.decided_by_id, made.decided_at = ChangeState.APPROVED, of.officer.id, AT
    with pytest.raises(IntegrityError, match="ck_change_three_people"):
        db.session.flush()
    db.session.rollback()
