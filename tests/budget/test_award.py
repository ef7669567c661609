"""Awards after the notice, under the earmark; cancelling; agreements; the conditions of instalments."""

from datetime import UTC, date, datetime
from typing import Any

import make
import pytest
from budget import scene
from client import save
from sqlalchemy import select

from venture.applications.lifecycle import State
from venture.budget import actions, queries
from venture.budget.models import AwardState, PaymentState
from venture.db import db
from venture.outbox import Delivery, Message
from venture.people.models import TrackRecord
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import Condition, PlanPart


def small(**more: Any) -> scene.Cast:
    of = scene.cast(**more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    return of


def test_nothing_is_awarded_before_the_notice_is_over(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    lines = notice.decision.lines
    with pytest.raises(Refused) as refused:
        actions.award_list(
            notice=notice, lines=lines, by=of.officer, at=datetime(2018, 6, 28, 15, 59, 59, tzinfo=UTC)
        )
    assert refused.value.blockers[0].facts == {"ends_on": date(2018, 6, 28)}
    made = actions.award_list(
        notice=notice, lines=lines, by=of.officer, at=datetime(2018, 6, 28, 16, tzinfo=UTC)
    )
    assert len(made) == 2
    save()


def test_an_award_has_its_number_parts_ledger_and_record(app: Any) -> None:
    of = small()
    person = make.person(Role.APPLICANT, organization=of.projects["1"].organization)
    first, second = scene.awarded(of)
    assert (first.project_no, second.project_no) == ("HM2018001", "HM2018002")
    assert [part.amount for part in first.instalments] == [2000000, 1200000, 800000]
    assert first.theme.committed == 7000000
    assert of.projects["1"].state is State.AWARDED
    assert (first.requested, first.recommended, first.amount) == (4000000, 4000000, 4000000)
    record = db.session.scalars(
        select(TrackRecord).where(TrackRecord.organization_id == person.grants[0].organization_id)
    ).one()
    assert (record.year, record.amount, record.closed) == (2018, 4000000, False)
    message = db.session.scalars(select(Message).where(Message.person_id == person.id)).one()
    assert (message.kind, message.state) == ("budget.awarded", Delivery.HELD)
    assert queries.broken_invariants() == []


@pytest.mark.parametrize(
    "amount, weights, parts",
    [
        (10000005, (50, 30, 20), [5000003, 3000002, 2000000]),
        (8888889, (40, 30, 30), [3555556, 2666667, 2666666]),
        (10000000, (1, 1, 1), [3333333, 3333333, 3333334]),
    ],
)
def test_the_parts_sum_to_the_award(
    app: Any, amount: int, weights: tuple[int, ...], parts: list[int]
) -> None:
    """G11.1."""
    plan = [
        PlanPart(number=number, name=f"第{number}期", weight=weight, condition=Condition.SIGNED)
        for number, weight in enumerate(weights, start=1)
    ]
    of = scene.cast(plan=plan)
    of.round.themes[0].ceiling = 20000000
    scene.project(of, "1", 0, amount, 9000)
    assert [part.amount for part in scene.awarded(of)[0].instalments] == parts


def test_a_part_of_nothing_is_refused(app: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 1, 9000)
    notice = scene.noticed(of)
    with pytest.raises(Refused, match="empty_part"):
        actions.award_list(notice=notice, lines=notice.decision.lines, by=of.officer, at=scene.AWARDED_AT)


def test_open_objections_and_cancelled_lines_wait(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    given = {"name": "居民", "contact": "电话", "text": "异议", "at": scene.PUBLISHED_AT}
    objection = actions.object_to(notice=notice, place=1, key="a", **given)
    save()
    lines = list(notice.decision.lines)
    with pytest.raises(Refused, match="objection_open"):
        actions.award_list(notice=notice, lines=lines, by=of.officer, at=scene.AWARDED_AT)
    actions.award_list(notice=notice, lines=lines[1:], by=of.officer, at=scene.AWARDED_AT)
    actions.answer(objection=objection, upheld=True, answer="属实", by=of.officer, at=scene.AWARDED_AT)
    save()
    with pytest.raises(Refused, match="not_on_notice"):
        actions.award_list(notice=notice, lines=lines[:1], by=of.officer, at=scene.AWARDED_AT)


def test_an_objection_to_the_whole_list_holds_all(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    given = {"name": "居民", "contact": "电话", "text": "异议", "at": scene.PUBLISHED_AT}
    actions.object_to(notice=notice, place=None, key="a", **given)
    save()
    with pytest.raises(Refused, match="objection_to_all"):
        actions.award_list(notice=notice, lines=notice.decision.lines, by=of.officer, at=scene.AWARDED_AT)


def test_awarding_twice_has_one_effect(app: Any) -> None:
    of = small()
    made = scene.awarded(of)
    notice = queries.notices_of(of.round)[0]
    with pytest.raises(Refused, match="not_on_notice"):
        actions.award_list(notice=notice, lines=notice.decision.lines, by=of.officer, at=scene.AWARDED_AT)
    assert made[0].theme.committed == 7000000


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.AUDITOR, Role.APPLICANT])
def test_others_do_not_award(app: Any, role: Role) -> None:
    of = small()
    notice = scene.noticed(of)
    by = make.person(role, organization=make.organization())
    with pytest.raises(Refused, match="not_your_role"):
        actions.award_list(notice=notice, lines=notice.decision.lines, by=by, at=scene.AWARDED_AT)


def test_cancelling_frees_what_was_not_paid(app: Any) -> None:
    """F09."""
    of = small()
    made = scene.signed(of)
    scene.paid(of, made[:1])
    scene.met(of, made)
    batch = scene.requested(of, made[:1], 2, "second")
    with pytest.raises(Refused, match="not_your_role"):
        actions.cancel(award=made[0], reason="单位注销", by=of.officer, at=scene.SIGNED_AT)
    actions.cancel(award=made[0], reason="单位注销", by=of.approver, at=scene.SIGNED_AT)
    save()
    award = made[0]
    assert (award.state, award.paid, award.pending) == (AwardState.CANCELLED, 2000000, 0)
    assert award.theme.committed == 2000000 + 3000000
    assert batch.payments[0].state is PaymentState.RETURNED
    assert of.projects["1"].state is State.TERMINATED
    title = of.projects["1"].title
    record = db.session.scalars(select(TrackRecord).where(TrackRecord.title == title)).one()
    assert (record.amount, record.closed, record.broken_off) == (2000000, False, True)
    assert queries.broken_invariants() == []
    with pytest.raises(Refused, match="award_cancelled"):
        scene.requested(of, made[:1], 2, "third")
    with pytest.raises(Refused, match="award_cancelled"):
        actions.cancel(award=award, reason="又一次", by=of.approver, at=scene.SIGNED_AT)


def test_cancelling_withdraws_unsent_messages_and_the_record(app: Any) -> None:
    of = small()
    person = make.person(Role.APPLICANT, organization=of.projects["1"].organization)
    award = scene.awarded(of)[0]
    actions.cancel(award=award, reason="放弃立项", by=of.approver, at=scene.AWARDED_AT)
    save()
    assert of.projects["1"].state is State.CANCELLED
    message = db.session.scalars(select(Message).where(Message.person_id == person.id)).one()
    assert message.state is Delivery.WITHDRAWN
    assert not db.session.scalars(
        select(TrackRecord).where(TrackRecord.title == of.projects["1"].title)
    ).all()
    assert queries.proposal(of.round).rooms[0].taken == 3000000


def test_agreements_make_the_first_part_due(app: Any) -> None:
    of = small()
    made = scene.signed(of)
    first = made[0].instalments[0]
    assert (first.met_on, first.due_on) == (date(2018, 9, 20), date(2018, 10, 17))
    assert of.projects["1"].state is State.CONTRACTED
    assert made[0].instalments[1].due_on is None


def test_agreements_that_are_refused(app: Any) -> None:
    of = small()
    one, two = scene.awarded(of)
    day, late = date(2018, 9, 20), date(2018, 9, 22)
    with pytest.raises(Refused) as refused:
        actions.sign(
            signings=[actions.Signing(one, "A", day), actions.Signing(two, "A", late)],
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    assert [each.code for each in refused.value.blockers] == [
        "budget.number_twice",
        "budget.signed_in_future",
    ]
    actions.sign(signings=[actions.Signing(one, "A", day)], by=of.officer, at=scene.SIGNED_AT)
    save()
    with pytest.raises(Refused, match="number_used"):
        actions.sign(signings=[actions.Signing(two, "A", day)], by=of.officer, at=scene.SIGNED_AT)
    with pytest.raises(Refused, match="signed_already"):
        actions.sign(signings=[actions.Signing(one, "B", day)], by=of.officer, at=scene.SIGNED_AT)


def test_an_agreement_is_corrected_with_what_hangs_on_it(app: Any) -> None:
    of = small()
    award = scene.signed(of)[0]
    actions.correct_agreement(
        award=award,
        number="正确号",
        signed_on=date(2018, 9, 19),
        reason="录错",
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    save()
    kept = queries.corrections_of([award])[award.id]
    assert [(each.field, each.old, each.new) for each in kept] == [
        ("agreement_no", f"虚构协议{award.project_no}", "正确号"),
        ("signed_on", "2018-09-20", "2018-09-19"),
    ]
    assert award.instalments[0].due_on == date(2018, 10, 16)


def test_a_condition_is_met_for_many_and_reopened_for_one(app: Any) -> None:
    """G11.6: reopened after the payment, the payment stays; while it is under way nothing is reopened."""
    of = small()
    made = scene.signed(of)
    with pytest.raises(Refused, match="note_missing"):
        actions.meet_conditions(
            awards=made,
            condition=Condition.MIDTERM,
            on=date(2018, 9, 20),
            note="",
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    with pytest.raises(Refused, match="condition_open"):
        scene.requested(of, made, 2)
    scene.met(of, made)
    assert [award.instalments[1].met_on for award in made] == [date(2018, 9, 20)] * 2
    again = {"condition": Condition.MIDTERM, "reason": "报告退回", "by": of.officer, "at": scene.SIGNED_AT}
    scene.requested(of, made[1:], 2, "waiting")
    with pytest.raises(Refused, match="payment_underway"):
        actions.reopen_condition(award=made[1], **again)
    scene.paid(of, made[:1], 2, "done")
    actions.reopen_condition(award=made[0], **again)
    save()
    part = made[0].instalments[1]
    assert (part.met_on, part.due_on) == (None, None)
    assert made[0].paid == 1200000
    assert queries.corrections_of([part])[part.id][0].old == "2018-09-20"


def test_messages_about_money_go_to_nobody_whose_time_is_over(app: Any) -> None:
    body = make.organization()
    stays, over = (make.person(Role.APPLICANT, organization=body) for _each in range(2))
    over.grants[0].until_on = date(2018, 1, 1)
    save()
    assert list(queries.applicants_of(body)) == [stays]
