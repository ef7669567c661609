"""Evaluations: marked by those assigned, proposed and confirmed by two, a fail stops money and takes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import make
import pytest
from budget import scene
from client import save
from delivery import ending
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from venture.applications.lifecycle import State
from venture.budget import actions as budget
from venture.budget import queries as money
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.grading import Grade, Item, Phase
from venture.delivery.models import Evaluation
from venture.outbox import Message
from venture.people.models import Ban
from venture.refusal import Refused
from venture.roles import Role
from venture.web import Venture


def refused(verb: Callable[..., Any], **given: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        verb(**given)
    db.session.rollback()
    return [blocker.code.removeprefix("delivery.") for blocker in refusal.value.blockers]


def test_a_passed_midterm_frees_its_instalment_and_the_project_goes_on(app: Venture) -> None:
    of = ending.ending()
    made = ending.evaluated(of)
    assert (made.score, made.grade, made.passed) == (8600, Grade.EXCELLENT, True)
    assert made.objections_until == date(2018, 12, 17)
    middle = of.award.instalments[1]
    assert (middle.met_on, middle.met_note) == (date(2018, 12, 10), "虚构评字1号")
    assert of.award.application.state is State.RUNNING
    assert money.request_blockers(of.award, middle) == []
    (told,) = db.session.scalars(select(Message).where(Message.kind == "delivery.result")).all()
    assert told.state.value == "held" and told.facts["grade"] == "excellent"


def failed(of: ending.Ending, place: int = 0) -> Evaluation:
    """A midterm of 59.99 points, confirmed."""
    made = ending.marked(of, place)
    sheet = made.sheets[0]
    actions.reopen_sheet(sheet=sheet, reason="笔误", by=of.cast.officer, at=ending.MIDDLE)
    actions.save_sheet(
        sheet=sheet,
        marks={**ending.MARKS, Item.PROGRESS: 0},
        penalties=[(1, "迟交材料一次(虚构)")],
        finished=True,
        by=sheet.person,
        at=ending.MIDDLE,
    )
    actions.propose_results(evaluations=[made], remark="进度严重滞后", by=of.cast.officer, at=ending.MIDDLE)
    actions.confirm_results(
        evaluations=[made], document_no="虚构评字2号", by=of.cast.approver, at=ending.MIDDLE
    )
    save()
    return made


def test_a_failed_midterm_stops_payments_in_words_and_deletes_nothing(app: Venture) -> None:
    of = ending.ending()
    made = failed(of)
    award = of.award
    assert (made.score, made.grade, made.passed) == (5999, Grade.FAILED, False)
    assert (award.paid, award.instalments[1].met_on) == (2_000_000, None)
    scene.met(of.cast, [award])
    codes = [each.code for each in money.request_blockers(award, award.instalments[1])]
    assert codes == ["budget.payments_stopped"]
    assert award.stopped == "虚构评字2号 进度严重滞后"
    again = actions.begin_again(evaluation=made, reason="整改完成", by=of.cast.officer, at=ending.MIDDLE)
    assert (again.number, made.score) == (2, 5999)
    ending.marked(of, begin=False)
    actions.propose_results(evaluations=[again], by=of.cast.officer, at=ending.MIDDLE)
    actions.confirm_results(
        evaluations=[again], document_no="虚构评字3号", by=of.cast.approver, at=ending.MIDDLE
    )
    save()
    assert money.request_blockers(award, award.instalments[1]) == []


def test_what_is_requested_already_stops_too(app: Venture) -> None:
    of = ending.ending()
    scene.met(of.cast, [of.award])
    batch = scene.requested(of.cast, [of.award], 2, "second")
    failed(of)
    assert refused(budget.check, payments=list(batch.payments), by=of.cast.finance, at=ending.MIDDLE) == [
        "budget.payments_stopped"
    ]


def test_only_those_assigned_mark_and_only_their_own_sheet(app: Venture) -> None:
    of = ending.ending()
    ending.accepted(of)
    award, expert, other = of.award, of.cast.experts[0].person, of.cast.experts[1].person
    given: dict[str, Any] = {"phase": Phase.MIDTERM, "at": ending.MIDDLE, "by": of.cast.operator}
    assert refused(actions.assign, awards=[award], persons=[], **given) == ["nobody_chosen"]
    assert refused(actions.assign, awards=[award], persons=[of.applicant], **given) == [
        "not_evaluator",
        "tied",
    ]
    (made,) = actions.assign(awards=[award], persons=[expert], **given)
    save()
    sheet = made.sheets[0]
    mark: dict[str, Any] = {"sheet": sheet, "at": ending.MIDDLE}
    assert refused(actions.save_sheet, **mark, marks={}, by=other) == ["not_your_sheet"]
    over = {Item.INPUTS: 1001, Item.EFFECT: 2500}
    assert refused(actions.save_sheet, **mark, marks=over, by=expert) == ["over_most"]
    assert refused(actions.save_sheet, **mark, marks={}, penalties=[(50, " ")], by=expert) == [
        "penalty_reason"
    ]
    assert refused(actions.save_sheet, **mark, marks={}, bonus=100, by=expert) == ["bonus_reason"]
    assert refused(
        actions.save_sheet,
        **mark,
        marks=ending.MARKS,
        bonus=501,
        bonus_reason="示范",
        finished=True,
        by=expert,
    ) == ["bonus_over"]
    partly = {Item.PROGRESS: 2000}
    assert refused(actions.save_sheet, **mark, marks=partly, finished=True, by=expert) == ["mark_missing"] * 4
    actions.save_sheet(**mark, marks=partly, by=expert)
    save()
    assert refused(actions.propose_results, evaluations=[made], by=of.cast.officer, at=ending.MIDDLE) == [
        "sheets_open"
    ]
    actions.save_sheet(
        **mark, marks=ending.MARKS, bonus=500, bonus_reason="全省推广(虚构)", finished=True, by=expert
    )
    assert sheet.total == 9100
    assert refused(actions.save_sheet, **mark, marks=ending.MARKS, by=expert) == ["sheet_in"]
    db.session.expire_all()


def test_several_sheets_make_one_result_and_one_can_be_taken_off(app: Venture) -> None:
    of = ending.ending()
    made = ending.marked(of)
    others = [panelist.person for panelist in of.cast.experts[1:3]]
    actions.assign(
        awards=[of.award], phase=Phase.MIDTERM, persons=others, by=of.cast.officer, at=ending.MIDDLE
    )
    save()
    second, third = made.sheets[1:]
    marks = {**ending.MARKS, Item.PROGRESS: 2501}
    actions.save_sheet(sheet=second, marks=marks, finished=True, by=second.person, at=ending.MIDDLE)
    save()
    assert refused(actions.take_off, sheet=second, reason="x", by=of.cast.officer, at=ending.MIDDLE) == [
        "sheet_in"
    ]
    actions.take_off(sheet=third, reason="出差", by=of.cast.officer, at=ending.MIDDLE)
    save()
    assert actions.result_of(made).score == 8551, "85.505 half up"


def test_whoever_proposes_does_not_confirm_in_the_database_either(app: Venture) -> None:
    of = ending.ending()
    made = ending.marked(of)
    both = make.person(Role.OFFICER, Role.APPROVER)
    actions.propose_results(evaluations=[made], by=both, at=ending.MIDDLE)
    save()
    given: dict[str, Any] = {"evaluations": [made], "document_no": "虚构1号", "at": ending.MIDDLE}
    assert refused(actions.confirm_results, **given, by=both) == ["own_result"]
    assert refused(actions.confirm_results, **{**given, "document_no": ""}, by=of.cast.approver) == [
        "text_missing"
    ]
    assert refused(actions.confirm_results, **given, back={made.id: ""}, by=of.cast.approver) == [
        "reason_needed"
    ]
    with pytest.raises(IntegrityError, match="ck_evaluation_two_people"):
        db.session.execute(
            text(
                "UPDATE evaluation SET confirmed_by_id = proposed_by_id, confirmed_at = proposed_at, "
                "objections_until = '2018-12-17', document_no = 'x'"
            )
        )
    db.session.rollback()
    actions.confirm_results(**given, back={made.id: "档案未看"}, by=of.cast.approver)
    save()
    assert (made.score, made.proposed_at, made.remark) == (None, None, "档案未看")


def test_no_report_by_the_day_can_be_failed_without_sheets(app: Venture) -> None:
    of = ending.ending(paid=False)
    given: dict[str, Any] = {"award": of.award, "phase": Phase.MIDTERM, "reason": "逾期未交材料"}
    assert refused(actions.fail_late, **given, by=of.cast.officer, at=scene.SIGNED_AT) == ["not_late"]
    at = ending.MIDDLE + timedelta(days=60)
    made = actions.fail_late(**given, by=of.cast.officer, at=at)
    actions.confirm_results(evaluations=[made], document_no="虚构评字4号", by=of.cast.approver, at=at)
    save()
    assert (made.score, made.passed, made.sheets) == (0, False, [])
    assert of.award.stopped


def test_an_upheld_objection_is_evaluated_again(app: Venture) -> None:
    of = ending.ending()
    made = failed(of)
    given: dict[str, Any] = {"evaluation": made, "text": "现场未看签到表", "by": of.applicant}
    after = ending.MIDDLE + timedelta(days=8)
    assert refused(actions.object_to, **given, at=after) == ["objection_over"]
    objection = actions.object_to(**given, at=ending.MIDDLE)
    save()
    assert refused(actions.object_to, **given, at=ending.MIDDLE) == ["objected"]
    answer: dict[str, Any] = {"objection": objection, "upheld": True, "answer": "复核属实", "at": after}
    assert refused(actions.answer_objection, **answer, by=of.cast.officer) == ["own_result"]
    actions.answer_objection(**answer, by=make.person(Role.OFFICER))
    save()
    latest = queries.evaluation_of(of.award, Phase.MIDTERM)
    assert latest is not None and latest.number == 2 and made.passed is False


def test_a_ban_of_years_by_two_people_enters_eligibility(app: Venture) -> None:
    of = ending.ending()
    made = failed(of)
    given: dict[str, Any] = {"evaluation": made, "years": 3, "reason": "中期评估不合格", "at": ending.MIDDLE}
    proposal = actions.propose_ban(**given, by=of.cast.officer)
    save()
    assert refused(actions.propose_ban, **given, by=of.cast.officer) == ["ban_proposed"]
    assert db.session.scalars(select(Ban)).all() == []
    actions.confirm_ban(proposal=proposal, by=of.cast.approver, at=ending.MIDDLE)
    save()
    (ban,) = of.award.application.organization.bans
    assert (ban.from_on, ban.to_on, ban.reason) == (
        date(2018, 12, 10),
        date(2021, 12, 9),
        "中期评估不合格",
    )
    assert refused(actions.confirm_ban, proposal=proposal, by=of.cast.approver, at=ending.MIDDLE) == [
        "ban_confirmed"
    ]
    with pytest.raises(IntegrityError, match="ck_ban_proposal_two_people"):
        db.session.execute(text("UPDATE ban_proposal SET confirmed_by_id = proposed_by_id"))
    db.session.rollback()


def test_who_passed_is_not_banned(app: Venture) -> None:
    of = ending.ending()
    made = ending.evaluated(of)
    assert refused(
        actions.propose_ban, evaluation=made, years=3, reason="x", by=of.cast.officer, at=ending.MIDDLE
    ) == ["not_failed"]
