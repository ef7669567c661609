"""中期/末期自评报告: written, handed in and frozen; then accepted or sent back with reasons, the whole list at once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from venture import clock, outbox, trail
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.budget import access as budget_access
from venture.budget import actions as budget
from venture.budget.actions.ledger import locked_rows, refuse, tell
from venture.budget.models import Award, AwardState
from venture.db import db, locked, to_json
from venture.delivery import access, queries
from venture.delivery.grading import Phase, Scheme
from venture.delivery.models import ClosingRule, Report, ReportState, ReportVersion
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Condition, Round

OPEN = (ReportState.DRAFT, ReportState.SENT_BACK)


def save_rules(
    *,
    round: Round,
    midterm_due_on: date | None,
    final_days: int,
    pass_line: int,
    scheme: Scheme,
    bonus_most: int,
    objection_days: int,
    ban_years: int,
    by: Person,
    at: datetime,
) -> ClosingRule:
    """Settle what the round asks at midterm and end. Results that are confirmed stay as they are.

    Raises Refused: budget.not_your_role, delivery.rule_range (name, low, high).
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER))
    locked(round)
    values = {
        "midterm_due_on": midterm_due_on,
        "final_days": final_days,
        "pass_line": pass_line,
        "scheme": scheme,
        "bonus_most": bonus_most,
        "objection_days": objection_days,
        "ban_years": ban_years,
    }
    ranges = {
        "final_days": (0, 365),
        "pass_line": (100, 7500),
        "bonus_most": (0, 2000),
        "objection_days": (1, 60),
        "ban_years": (1, 10),
    }
    refuse(
        [
            Blocker("delivery.rule_range", name, {"name": name, "low": low, "high": high})
            for name, (low, high) in ranges.items()
            if not low <= values[name] <= high  # type: ignore[operator]  # the whole numbers among them
        ]
    )
    rule = queries.rules(round)
    before = {name: getattr(rule, name) for name in values}
    if rule not in db.session:
        db.session.add(rule)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.saved_at, rule.saved_by_id = at, by.id
    db.session.flush()
    trail.say(
        by,
        "delivery.save_rules",
        round,
        **{name: [before[name], value] for name, value in values.items() if before[name] != value},
    )
    return rule


def report_blockers(award: Award, report: Report | None, seen: int) -> list[Blocker]:
    """Why this report cannot be written in now."""
    facts = {"project": award.application.title}
    if award.state is not AwardState.LIVE or award.application.state not in queries.RUNS:
        return [Blocker("delivery.not_under_way", "", {**facts, "state": award.application.state})]
    if report is not None and report.state not in OPEN:
        return [Blocker("delivery.report_in", "", {**facts, "state": report.state})]
    if report is not None and report.revision != seen:
        return [Blocker("delivery.changed", "", {"at": report.saved_at})]
    return []


def save_report(
    *, award: Award, phase: Phase, story: Mapping[str, Any], seen: int, by: Person, at: datetime
) -> Report:
    """Keep what was typed into a report; `seen` is the revision that the page showed (0 for none).

    `story` holds the texts by key and `goals`, what was reached of each. Raises Refused: delivery.not_yours,
    delivery.not_under_way, delivery.report_in, delivery.changed.
    """
    refuse(access.own_blockers(by, award))
    locked_rows(Award, [award.id])
    report = queries.report_of(award, phase)
    refuse(report_blockers(award, report, seen))
    kept = {key: str(story.get(key, "")).strip()[: queries.LONGEST] for key in queries.TEXTS[phase]}
    reached = [str(each).strip()[:20] for each in story.get("goals", [])]
    if report is None:
        report = Report(award=award, phase=phase, revision=0, saved_at=at, saved_by_id=by.id)
        db.session.add(report)
    before = report.story or {}
    report.story = {**kept, "goals": reached}
    report.revision, report.saved_at, report.saved_by_id = report.revision + 1, at, by.id
    db.session.flush()
    changed = [key for key in report.story if report.story[key] != before.get(key)]
    trail.say(by, "delivery.save_report", report, phase=phase, changed=changed)
    return report


def hand_in_report(
    *, award: Award, phase: Phase, story: Mapping[str, Any], seen: int, key: str, by: Person, at: datetime
) -> ReportVersion:
    """Hand the report in: story and records are frozen with their hash; the same press twice is one version.

    Raises Refused as `save_report` does, and delivery.text_missing (name), delivery.goal_missing (goal).
    """
    if (made := queries.version_of_key(key)) is not None and made.report.award_id == award.id:
        return made
    report = save_report(award=award, phase=phase, story=story, seen=seen, by=by, at=at)
    goals = queries.goals(award)
    refuse(
        [
            Blocker("delivery.text_missing", name, {"name": name})
            for name in queries.NEEDED
            if not report.story[name]
        ]
        + [
            Blocker("delivery.goal_missing", f"goal-{place}", {"goal": goal["text"]})
            for place, goal in enumerate(goals)
            if place >= len(report.story["goals"]) or not report.story["goals"][place].isdigit()
        ]
    )
    content = to_json(
        queries.assembled(award, phase, clock.beijing_day(at)) | {"story": report.story, "at": at.isoformat()}
    )
    version = ReportVersion(
        report=report,
        number=len(report.versions) + 1,
        key=key,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        handed_in_at=at,
        handed_in_by=by,
    )
    report.state = ReportState.HANDED_IN
    db.session.add(version)
    db.session.flush()
    trail.say(by, "delivery.hand_in", report, phase=phase, number=version.number, sha256=version.sha256)
    return version


def decide_reports(
    *,
    reports: Sequence[Report],
    back: Mapping[int, str] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """Accept handed-in reports, and send back those excepted by a reason (by report id): all, or none when refused.

    An accepted one opens the project's evaluation, and meets the condition of the instalment that waits for it.
    Raises Refused: budget.not_your_role, budget.barred, budget.nothing_chosen, delivery.not_handed_in,
    delivery.reason_needed.
    """
    reasons = {id: reason.strip() for id, reason in (back or {}).items()}
    refuse(budget_access.role_blockers(by, Role.OFFICER))
    if not reports:
        raise Refused("budget.nothing_chosen")
    locked_rows(Award, [report.award_id for report in reports])
    locked_rows(Report, [report.id for report in reports])
    refuse(budget_access.tie_blockers(by, [report.award.application for report in reports]))
    found = []
    for report in reports:
        facts = {"project": report.award.application.title, "state": report.state}
        if report.state is not ReportState.HANDED_IN:
            found.append(Blocker("delivery.not_handed_in", f"act-{report.id}", facts))
        elif report.id in reasons and not reasons[report.id]:
            found.append(Blocker("delivery.reason_needed", f"reason-{report.id}", facts))
    refuse(found)
    for report in reports:
        _decide(report, reasons.get(report.id, ""), by=by, at=at)
    db.session.flush()


def _decide(report: Report, reason: str, *, by: Person, at: datetime) -> None:
    version, award = report.versions[-1], report.award
    version.accepted, version.reason = not reason, reason
    version.decided_at, version.decided_by = at, by
    report.state = ReportState.SENT_BACK if reason else ReportState.ACCEPTED
    facts = {"title": award.application.title, "phase": report.phase}
    if reason:
        trail.say(by, "delivery.send_back", report, number=version.number, reason=reason)
        tell(award, "delivery.sent_back", **facts, reason=reason)
        return
    trail.say(by, "delivery.accept", report, number=version.number)
    if report.phase is Phase.MIDTERM:
        note = f"{award.project_no}-{version.number} {version.sha256[:12]}"
        today = clock.beijing_day(at)
        budget.meet_condition(award=award, condition=Condition.REPORT, on=today, note=note, by=by, at=at)
    step = "evaluate_midterm" if report.phase is Phase.MIDTERM else "evaluate_end"
    application = locked(award.application)
    if application.state in (State.CONTRACTED, State.RUNNING) or (
        report.phase is Phase.FINAL and application.state is State.MIDTERM
    ):
        applications.move(application=application, name=step, by=by)
    outbox.withdraw(about=award, kind="delivery.sent_back")
    tell(award, "delivery.accepted", **facts)


def reopen_report(*, report: Report, reason: str, by: Person, at: datetime) -> None:
    """更正: a report was accepted too early and goes back to its organization; both decisions stay readable.

    The condition that it met is open again; what was paid on it stays paid. Raises Refused: budget.not_your_role,
    budget.barred, delivery.reason_needed, delivery.not_accepted, delivery.evaluated (once the evaluation's result
    stands), budget.payment_underway (batch).
    """
    refuse(
        budget_access.role_blockers(by, Role.OFFICER)
        + budget_access.tie_blockers(by, [report.award.application])
    )
    locked_rows(Award, [report.award_id])
    locked(report)
    facts = {"project": report.award.application.title, "state": report.state}
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason", **facts)
    if report.state is not ReportState.ACCEPTED:
        raise Refused("delivery.not_accepted", **facts)
    running = queries.evaluation_of(report.award, report.phase)
    if running is not None and running.proposed_at is not None:
        raise Refused("delivery.evaluated", **facts)
    award = report.award
    if report.phase is Phase.MIDTERM and any(
        part.condition is Condition.REPORT and part.met_on is not None for part in award.instalments
    ):
        budget.reopen_condition(award=award, condition=Condition.REPORT, reason=reason, by=by, at=at)
    version = report.versions[-1]
    report.state, version.reason = ReportState.SENT_BACK, reason.strip()
    trail.correct(version, field="accepted", value=False, reason=reason.strip(), by=by, at=at)
    tell(
        report.award,
        "delivery.sent_back",
        title=report.award.application.title,
        phase=report.phase,
        reason=reason.strip(),
    )
    db.session.flush()


def remind(*, awards: Sequence[Award], phase: Phase, by: Person, at: datetime) -> None:
    """Put a reminder for each project whose report is still to come into the outbox, held; one waits at a time.

    Raises Refused: budget.not_your_role, budget.nothing_chosen, delivery.nothing_to_remind.
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER, Role.OPERATOR))
    if not awards:
        raise Refused("budget.nothing_chosen")
    today, found = clock.beijing_day(at), []
    rows = [queries.report_row(award, phase, today) for award in awards]
    for row in rows:
        if row.report is not None and row.report.state not in OPEN:
            found.append(
                Blocker(
                    "delivery.nothing_to_remind",
                    f"take-{row.award.id}",
                    {"project": row.award.application.title, "state": row.report.state},
                )
            )
    refuse(found)
    for row in rows:
        outbox.withdraw(about=row.award, kind="delivery.remind")
        tell(
            row.award,
            "delivery.remind",
            title=row.award.application.title,
            phase=phase,
            due_on=row.due_on,
            late=row.late,
        )
        trail.say(by, "delivery.remind", row.award, phase=phase, due_on=row.due_on)
