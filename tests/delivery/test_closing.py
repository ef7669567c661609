"""Audit and closure: nothing closes while something is missing; the money is settled once, into the right theme."""

from collections.abc import Callable
from datetime import date
from typing import Any

import make
import pytest
from budget import scene
from client import save
from delivery import ending
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from venture.applications.lifecycle import State
from venture.budget.models import Claim
from venture.db import db
from venture.delivery import actions, queries
from venture.delivery.grading import Phase
from venture.people.models import TrackRecord
from venture.refusal import Refused
from venture.roles import Role
from venture.web import Venture


def refused(verb: Callable[..., Any], **given: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        verb(**given)
    db.session.rollback()
    return [blocker.code.removeprefix("delivery.") for blocker in refusal.value.blockers]


def ready(of: ending.Ending, accepted: int, place: int = 0) -> None:
    """Everything that a closure needs, the midterm's instalment paid: 32,000.00 in all."""
    ending.evaluated(of, place)
    scene.paid(of.cast, [of.awards[place]], 2, f"second-{place}")
    ending.evaluated(of, place, Phase.FINAL, ending.LATER)
    ending.audited(of, accepted, place)


@pytest.mark.parametrize(
    ("accepted", "to_pay", "to_return", "freed"),
    [
        (3_850_000, 650_000, 0, 150_000),
        (4_100_000, 800_000, 0, 0),
        (3_000_000, 0, 200_000, 800_000),
        (3_200_000, 0, 0, 800_000),
    ],
)
def test_the_vectors_of_the_settlement(
    app: Venture, accepted: int, to_pay: int, to_return: int, freed: int
) -> None:
    of = ending.ending()
    ready(of, accepted)
    award, theme = of.award, of.award.theme
    (closure,) = actions.close(
        awards=[award], return_by=date(2019, 6, 30), by=of.cast.officer, at=ending.LATER
    )
    save()
    assert (closure.to_pay, closure.to_return) == (to_pay, to_return)
    assert (award.application.state, award.freed, award.claimed) == (State.CLOSED, freed, to_return)
    assert theme.committed == 4_000_000 - freed
    last = award.instalments[-1]
    assert last.payable == to_pay and (last.met_on is not None) == bool(to_pay)
    claims = db.session.scalars(select(Claim)).all()
    assert [(claim.amount, claim.due_on) for claim in claims] == (
        [(to_return, date(2019, 6, 30))] if to_return else []
    )
    (record,) = db.session.scalars(
        select(TrackRecord).where(TrackRecord.organization_id == award.application.organization_id)
    ).all()
    assert record.closed
    assert refused(actions.close, awards=[award], by=of.cast.officer, at=ending.LATER) == ["closed"]


def test_what_is_missing_is_listed_until_nothing_is(app: Venture) -> None:
    of = ending.ending()

    def missing() -> list[tuple[str, Any]]:
        found = queries.standing(of.award).missing
        return [(each.code.removeprefix("delivery."), each.facts.get("phase")) for each in found]

    assert missing() == [
        ("report_missing", Phase.MIDTERM),
        ("report_missing", Phase.FINAL),
        ("audit_missing", None),
    ]
    ending.accepted(of)
    assert missing()[0] == ("evaluation_missing", Phase.MIDTERM)
    ending.marked(of, begin=False)
    assert missing()[0] == ("evaluation_missing", Phase.MIDTERM)
    running = queries.evaluation_of(of.award, Phase.MIDTERM)
    assert running is not None
    actions.propose_results(evaluations=[running], by=of.cast.officer, at=ending.MIDDLE)
    actions.confirm_results(
        evaluations=[running], document_no="虚构1号", by=of.cast.approver, at=ending.MIDDLE
    )
    actions.object_to(evaluation=running, text="有异议", by=of.applicant, at=ending.MIDDLE)
    save()
    assert missing()[0] == ("objection_open", Phase.MIDTERM)
    assert running.objection is not None
    actions.answer_objection(
        objection=running.objection,
        upheld=False,
        answer="维持",
        by=make.person(Role.OFFICER),
        at=ending.MIDDLE,
    )
    save()
    ending.evaluated(of, 0, Phase.FINAL, ending.LATER)
    audit = ending.audited(of, 4_000_000)
    assert missing() == []
    actions.reopen_audit(audit=audit, reason="金额录错", by=of.cast.officer, at=ending.LATER)
    save()
    assert missing() == [("audit_unchecked", None)]
    ending.audited(of, 4_000_000)
    batch = scene.requested(of.cast, [of.award], 2, "second")
    assert missing() == [("payment_under_way", None)]
    assert len(batch.payments) == 1


def test_all_are_closed_or_none(app: Venture) -> None:
    of = ending.ending(2)
    ready(of, 3_850_000, 0)
    assert "report_missing" in refused(actions.close, awards=of.awards, by=of.cast.officer, at=ending.LATER)
    assert of.awards[0].application.state is State.AUDITING
    assert refused(actions.close, awards=of.awards[:1], by=of.cast.approver, at=ending.LATER) == [
        "budget.not_your_role"
    ]


def test_money_that_comes_back_needs_a_day(app: Venture) -> None:
    of = ending.ending()
    ready(of, 3_000_000)
    for day in (None, date(2019, 5, 1)):
        assert refused(
            actions.close, awards=[of.award], return_by=day, by=of.cast.officer, at=ending.LATER
        ) == ["budget.day_needed"]


def test_an_audit_is_entered_and_checked_by_two_with_reasons_for_each_cut(app: Venture) -> None:
    of = ending.ending()
    (head,) = queries.planned(of.award)
    line = actions.Accepted(head.category, "", head.budget, 4_000_000, 3_900_000)
    given: dict[str, Any] = {
        "award": of.award,
        "firm": "虚构会计师事务所",
        "report_no": "虚构审字1号",
        "reported_on": date(2019, 5, 5),
        "at": ending.LATER,
    }
    assert refused(actions.enter_audit, **given, lines=[line], by=of.cast.officer) == ["cut_reason"]
    assert refused(
        actions.enter_audit, **given, lines=[line._replace(accepted=4_000_001)], by=of.cast.officer
    ) == ["over_claimed"]
    later = {**given, "reported_on": date(2019, 5, 7), "firm": " "}
    assert refused(actions.enter_audit, **later, lines=[], by=of.cast.officer) == [
        "text_missing",
        "audit_in_future",
        "no_lines",
    ]
    cut = line._replace(reason="超标准发放(虚构)")
    assert refused(actions.enter_audit, **given, lines=[cut], by=of.applicant) == ["not_auditor"]
    audit = actions.enter_audit(**given, lines=[cut], by=of.cast.officer)
    save()
    assert (audit.claimed, audit.accepted) == (4_000_000, 3_900_000)
    assert refused(actions.check_audit, audit=audit, by=of.cast.officer, at=ending.LATER) == [
        "entered_by_you"
    ]
    actions.return_audit(audit=audit, reason="报告号不符", by=of.cast.auditor, at=ending.LATER)
    save()
    assert refused(actions.check_audit, audit=audit, by=of.cast.auditor, at=ending.LATER) == [
        "audit_returned"
    ]
    actions.enter_audit(**{**given, "report_no": "虚构审字2号"}, lines=[cut, cut], by=of.cast.officer)
    actions.check_audit(audit=audit, by=of.cast.auditor, at=ending.LATER)
    save()
    assert (audit.accepted, audit.report_no, len(audit.lines)) == (7_800_000, "虚构审字2号", 2)
    assert refused(actions.enter_audit, **given, lines=[cut], by=of.cast.officer) == ["audit_checked"]


@pytest.mark.parametrize(
    ("constraint", "broken"),
    [
        ("ck_audit_two_people", "UPDATE audit SET checked_by_id = entered_by_id"),
        ("ck_audit_line_accepted", "UPDATE audit_line SET accepted = claimed + 1"),
        ("ck_audit_line_reason", "UPDATE audit_line SET accepted = claimed - 1, reason = ''"),
        ("ck_closure_to_pay", "UPDATE closure SET to_pay = to_pay + 1"),
        ("ck_closure_to_return", "UPDATE closure SET to_return = to_return + 1, return_by = '2019-06-30'"),
        ("ck_closure_reopened", "UPDATE closure SET reopened_at = closed_at"),
        ("ck_report_version_two_people", "UPDATE report_version SET decided_by_id = handed_in_by_id"),
        ("ck_evaluation_sheet_total", "UPDATE evaluation_sheet SET total = total + 1"),
        ("ck_evaluation_sheet_effect", "UPDATE evaluation_sheet SET effect = 2501, total = total + 401"),
    ],
)
def test_the_database_keeps_the_promises_too(app: Venture, constraint: str, broken: str) -> None:
    of = ending.ending()
    ready(of, 3_850_000)
    actions.close(awards=[of.award], by=of.cast.officer, at=ending.LATER)
    save()
    with pytest.raises(IntegrityError, match=constraint):
        db.session.execute(text(broken))
    db.session.rollback()


def test_a_closure_on_wrong_figures_is_reopened_and_stays_on_record(app: Venture) -> None:
    of = ending.ending()
    ready(of, 3_000_000)
    (first,) = actions.close(
        awards=[of.award], return_by=date(2019, 6, 30), by=of.cast.officer, at=ending.LATER
    )
    save()
    given: dict[str, Any] = {"closure": first, "reason": "审计报告更正", "at": ending.LATER}
    assert refused(actions.reopen_closure, **given, by=of.cast.officer) == ["budget.not_your_role"]
    actions.reopen_closure(**given, by=of.cast.approver)
    save()
    assert (of.award.application.state, of.award.claimed) == (State.AUDITING, 0)
    audit = queries.standing(of.award).audit
    assert audit is not None
    actions.reopen_audit(audit=audit, reason="审计报告更正", by=of.cast.officer, at=ending.LATER)
    save()
    ending.audited(of, 3_850_000)
    (second,) = actions.close(awards=[of.award], by=of.cast.officer, at=ending.LATER)
    save()
    assert (first.to_return, second.to_pay) == (200_000, 650_000)
    assert of.award.application.state is State.CLOSED


@pytest.mark.unsound("ends")
@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("UPDATE report SET state = 'draft' WHERE id = 1", "report 1: draft, its last version says accepted"),
        ("UPDATE report_version SET content = content || ' ' WHERE id = 1", "another content"),
        ("UPDATE evaluation SET score = score + 1 WHERE id = 1", "8601 hundredths, its sheets make 8600"),
        ("UPDATE audit_line SET accepted = accepted - 1", "closure 1: costs (3850000, 3850000, 3849999)"),
    ],
)
def test_the_promises_about_ends_bite(app: Venture, broken: str, says: str) -> None:
    of = ending.ending()
    ready(of, 3_850_000)
    actions.close(awards=[of.award], by=of.cast.officer, at=ending.LATER)
    save()
    assert list(queries.broken_ends()) == []
    db.session.execute(text(broken))
    db.session.expire_all()
    (found,) = queries.broken_ends()
    assert says in found
    db.session.rollback()


@pytest.mark.unsound("track")
def test_a_project_that_ended_otherwise_is_over_and_nothing_of_it_is_missing(
    app: Venture, enter: Any
) -> None:
    of = ending.ending()
    of.award.application.state = State.CLOSED
    save()
    standing = queries.standing(of.award)
    assert standing.over and [each.code for each in standing.missing] == ["delivery.not_under_way"]
    page = enter(of.cast.officer).get(f"/projects/{of.award.id}/closing")
    assert page.status_code == 200 and "/audit" not in page.get_data(as_text=True)
    assert refused(actions.close, awards=[of.award], by=of.cast.officer, at=ending.LATER) == ["not_under_way"]
