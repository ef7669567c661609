"""Self-reports: frozen when handed in, accepted or sent back as a whole list, late by the round's days."""

import hashlib
import json
from datetime import date, timedelta

import pytest
from client import save
from delivery import ending
from sqlalchemy import select

from venture import trail
from venture.applications.lifecycle import State
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.grading import Phase, Scheme
from venture.delivery.models import ReportState, ReportVersion
from venture.outbox import Message
from venture.refusal import Refused
from venture.rounds.models import Condition
from venture.web import Venture


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def test_a_report_is_frozen_with_what_the_records_say(app: Venture) -> None:
    of = ending.ending()
    report = ending.handed_in(of)
    (version,) = report.versions
    assert version.sha256 == hashlib.sha256(version.content.encode()).hexdigest()
    frozen = json.loads(version.content)
    assert frozen["story"]["done"] == ending.STORY["done"]
    assert frozen["project"]["number"] == of.award.project_no
    assert frozen["money"] == {"award": 4_000_000, "paid": 2_000_000}
    assert report.state is ReportState.HANDED_IN


def test_the_same_press_twice_is_one_version(app: Venture) -> None:
    of = ending.ending()
    given = {"award": of.award, "phase": Phase.MIDTERM, "story": ending.story(of.award), "key": "k"}
    first = actions.hand_in_report(**given, seen=0, by=of.applicant, at=ending.MIDDLE)
    save()
    assert actions.hand_in_report(**given, seen=0, by=of.applicant, at=ending.MIDDLE) is first
    assert len(db.session.scalars(select(ReportVersion)).all()) == 1


def test_texts_that_are_needed_and_others_who_may_not(app: Venture) -> None:
    of = ending.ending(2)
    given = {"award": of.award, "phase": Phase.MIDTERM, "seen": 0, "at": ending.MIDDLE}
    with pytest.raises(Refused) as refused:
        actions.hand_in_report(**given, story={"done": " "}, key="k", by=of.applicant)
    assert codes(refused) == ["delivery.text_missing"] * 2
    db.session.rollback()
    for other in (of.applicants[1], of.cast.officer):
        with pytest.raises(Refused, match="not_yours"):
            actions.save_report(**given, story={}, by=other)


def test_a_stale_page_overwrites_nothing(app: Venture) -> None:
    of = ending.ending()
    given = {"award": of.award, "phase": Phase.MIDTERM, "by": of.applicant, "at": ending.MIDDLE}
    actions.save_report(**given, story={"done": "甲稿"}, seen=0)
    save()
    with pytest.raises(Refused, match="changed"):
        actions.save_report(**given, story={"done": "乙稿"}, seen=0)
    assert actions.save_report(**given, story={"done": "丙稿"}, seen=1).story["done"] == "丙稿"


def test_the_whole_list_is_decided_with_an_exception(app: Venture) -> None:
    of = ending.ending(2)
    first, second = ending.handed_in(of, 0), ending.handed_in(of, 1)
    with pytest.raises(Refused, match="reason_needed"):
        actions.decide_reports(
            reports=[first, second], back={second.id: " "}, by=of.cast.officer, at=ending.MIDDLE
        )
    db.session.rollback()
    actions.decide_reports(
        reports=[first, second], back={second.id: "缺签到表"}, by=of.cast.officer, at=ending.MIDDLE
    )
    save()
    assert (first.state, second.state) == (ReportState.ACCEPTED, ReportState.SENT_BACK)
    assert of.awards[0].application.state is State.MIDTERM
    assert of.awards[1].application.state is State.CONTRACTED
    told = db.session.scalars(select(Message.kind).where(Message.kind.startswith("delivery."))).all()
    assert sorted(told) == ["delivery.accepted", "delivery.sent_back"]
    again = ending.handed_in(of, 1)
    assert [version.reason for version in again.versions] == ["缺签到表", ""]


def test_only_an_officer_decides_and_only_what_is_in(app: Venture) -> None:
    of = ending.ending()
    report = ending.handed_in(of)
    with pytest.raises(Refused, match="not_your_role"):
        actions.decide_reports(reports=[report], by=of.cast.operator, at=ending.MIDDLE)
    db.session.rollback()
    actions.decide_reports(reports=[report], by=of.cast.officer, at=ending.MIDDLE)
    with pytest.raises(Refused, match="not_handed_in"):
        actions.decide_reports(reports=[report], by=of.cast.officer, at=ending.MIDDLE)


def test_an_acceptance_is_taken_back_with_both_values(app: Venture) -> None:
    of = ending.ending()
    report = ending.accepted(of)
    actions.reopen_report(report=report, reason="漏看一份签到表", by=of.cast.officer, at=ending.MIDDLE)
    save()
    assert report.state is ReportState.SENT_BACK
    (kept,) = trail.corrections_of(report.versions)[report.versions[0].id]
    assert (kept.field, kept.old, kept.new, kept.reason) == ("accepted", "True", "False", "漏看一份签到表")
    ending.accepted(of)
    ending.marked(of, begin=False)
    evaluation = queries.evaluation_of(of.award, Phase.MIDTERM)
    assert evaluation is not None
    actions.propose_results(evaluations=[evaluation], by=of.cast.officer, at=ending.MIDDLE)
    with pytest.raises(Refused, match="evaluated"):
        actions.reopen_report(report=report, reason="再看", by=of.cast.officer, at=ending.MIDDLE)


def test_late_is_after_the_last_day_and_reminders_wait_one_at_a_time(app: Venture) -> None:
    of = ending.ending(2)
    day = date(2018, 12, 10)
    rule = {
        "midterm_due_on": day,
        "final_days": 30,
        "pass_line": 6000,
        "scheme": Scheme.LETTERS,
        "bonus_most": 500,
        "objection_days": 5,
        "ban_years": 3,
    }
    actions.save_rules(round=of.cast.round, **rule, by=of.cast.officer, at=ending.MIDDLE)
    ending.handed_in(of, 0)
    for today, late in ((day, [False, False]), (day + timedelta(days=1), [False, True])):
        rows = queries.reports(of.cast.round, of.cast.officer, Phase.MIDTERM, today)
        assert [row.late for row in rows] == late
    for _time in range(2):
        actions.remind(awards=[of.awards[1]], phase=Phase.MIDTERM, by=of.cast.operator, at=ending.MIDDLE)
        save()
    held = db.session.scalars(select(Message.state).where(Message.kind == "delivery.remind")).all()
    assert sorted(state.value for state in held) == ["held", "withdrawn"]
    with pytest.raises(Refused, match="nothing_to_remind"):
        actions.remind(awards=of.awards, phase=Phase.MIDTERM, by=of.cast.operator, at=ending.MIDDLE)
    with pytest.raises(Refused, match="rule_range"):
        actions.save_rules(
            round=of.cast.round, **{**rule, "ban_years": 11}, by=of.cast.officer, at=ending.MIDDLE
        )


def test_a_new_round_borrows_the_settings_of_the_latest_but_no_day(app: Venture) -> None:
    of = ending.ending(paid=False)
    usual = queries.rules(of.cast.round)
    assert (usual.scheme, usual.final_days) == (Scheme.USUAL, 30)
    actions.save_rules(
        round=of.cast.round,
        midterm_due_on=date(2018, 12, 10),
        final_days=20,
        pass_line=7000,
        scheme=Scheme.STRICT,
        bonus_most=0,
        objection_days=3,
        ban_years=2,
        by=of.cast.officer,
        at=ending.MIDDLE,
    )
    save()
    later = ending.make.round_(of.cast.officer, 2019)
    borrowed = queries.rules(later)
    assert (borrowed.final_days, borrowed.pass_line, borrowed.scheme) == (20, 7000, Scheme.STRICT)
    assert borrowed.midterm_due_on is None and borrowed not in db.session


def test_an_accepted_report_meets_the_condition_of_its_instalment_and_a_taken_back_one_opens_it(
    app: Venture,
) -> None:
    of = ending.ending(plan=Condition.REPORT)
    middle = of.award.instalments[1]
    report = ending.handed_in(of)
    assert middle.met_on is None
    actions.decide_reports(reports=[report], by=of.cast.officer, at=ending.MIDDLE)
    save()
    assert middle.met_on == date(2018, 12, 10) and report.versions[0].sha256[:12] in middle.met_note
    actions.reopen_report(report=report, reason="漏看", by=of.cast.officer, at=ending.MIDDLE)
    save()
    assert middle.met_on is None
    ending.accepted(of)
    ending.scene.requested(of.cast, [of.award], 2, "second")
    with pytest.raises(Refused, match="payment_underway"):
        actions.reopen_report(report=report, reason="漏看", by=of.cast.officer, at=ending.MIDDLE)
