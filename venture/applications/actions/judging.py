"""The eligibility check: findings with evidence, the whole list decided in one act, results set right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from venture import clock, outbox, trail
from venture.applications import access, lifecycle, queries
from venture.applications.actions import step
from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.models import Application, Check
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Round


@dataclass(frozen=True)
class Ticked:
    """What a person found for one rule of one application, with the evidence."""

    application: Application
    rule: str
    result: Result
    evidence: str


@dataclass(frozen=True)
class Ruling:
    """What is decided on one application: pass, fail (rule and reason) or send back (what is missing, days).

    `version` is the version that was judged.
    """

    application: Application
    outcome: str
    version: int
    rule: str = ""
    reason: str = ""
    days: int | None = None


OUTCOMES = ("pass", "fail", "send_back")


def check(*, ticked: Sequence[Ticked], by: Person, at: datetime) -> int:
    """Record what was found for rules that only a person can judge; how many findings were new or changed.

    Raises Refused for every row at fault: applications.own_organization, applications.own_entry,
    applications.no_evidence, applications.not_from_row, applications.no_such_rule.
    """
    wrong = [
        blocker
        for tick in ticked
        for blocker in _unfit(
            tick.application, by, "find_eligible", f"check-{tick.application.id}-{tick.rule}-result"
        )
    ]
    for tick in ticked:
        place = f"check-{tick.application.id}-{tick.rule}-evidence"
        if tick.rule not in {rule.code for rule in tick.application.round.rules}:
            wrong.append(Blocker("applications.no_such_rule", place, {"rule": tick.rule}))
        if not tick.evidence.strip():
            facts = {"number": tick.application.number, "rule": tick.rule}
            wrong.append(Blocker("applications.no_evidence", place, facts))
    if wrong:
        raise Refused.all(wrong)
    return sum(_record(tick, by, at) for tick in ticked)


def _record(tick: Ticked, by: Person, at: datetime) -> bool:
    row = next((each for each in tick.application.checks if each.rule == tick.rule), None)
    before = [row.result, row.evidence] if row else None
    if before == [tick.result, tick.evidence.strip()]:
        return False
    if row is None:
        row = Check(rule=tick.rule)
        tick.application.checks.append(row)
    row.result, row.evidence, row.at, row.by = tick.result, tick.evidence.strip(), at, by
    after = [row.result, row.evidence]
    trail.say(by, "applications.check", tick.application, rule=tick.rule, before=before, after=after)
    return True


def _unfit(application: Application, by: Person, name: str, place: str) -> list[Blocker]:
    """Why this person cannot judge this application now."""
    facts = {"number": application.number, "title": application.title}
    if access.is_own(by, application.organization):
        return [Blocker("applications.own_organization", place, facts)]
    if access.entered(by, application):
        return [Blocker("applications.own_entry", place, facts)]
    try:
        lifecycle.move(name, application.state)
    except lifecycle.NotFrom as refused:
        return [Blocker("applications.not_from_row", place, facts | refused.blockers[0].facts)]
    return []


_MOVES = {"pass": "find_eligible", "fail": "find_ineligible", "send_back": "send_back"}


def decide(
    *, round: Round, rulings: Sequence[Ruling], ticked: Sequence[Ticked] = (), by: Person, at: datetime
) -> dict[str, int]:
    """Decide on the eligibility of a whole list in one act, after recording what was ticked with it.

    Nothing is done unless every row can be; the answer counts the rows by outcome. Messages to the
    applicants are held until somebody releases them. Raises Refused naming each row at fault:
    applications.own_organization, applications.own_entry, applications.not_from_row, applications.sent_again,
    applications.rule_broken, applications.rule_unclear, applications.no_reason, applications.no_term,
    applications.term_running (sent back, and the term for completing is not over), applications.nothing_decided.
    """
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if not rulings:
        raise Refused("applications.nothing_decided")
    for ruling in sorted(rulings, key=lambda ruling: ruling.application.id):
        step.lock(ruling.application)
    if ticked:
        check(ticked=ticked, by=by, at=at)
    if wrong := [blocker for ruling in rulings for blocker in _against(ruling, by, at)]:
        raise Refused.all(wrong)
    for ruling in rulings:
        _rule(ruling, by, at)
    return {outcome: sum(ruling.outcome == outcome for ruling in rulings) for outcome in OUTCOMES}


def _against(ruling: Ruling, by: Person, at: datetime) -> list[Blocker]:
    application = ruling.application
    place = f"outcome-{application.id}"
    facts = {"number": application.number, "title": application.title}
    if unfit := _unfit(application, by, _MOVES[ruling.outcome], place):
        return unfit
    if application.state is State.RETURNED and at < queries.limit_of(application):
        return [Blocker("applications.term_running", place, facts | {"by": application.correct_by_on})]
    if application.versions and application.versions[-1].number != ruling.version:
        return [Blocker("applications.sent_again", place, facts)]
    if ruling.outcome == "pass":
        return [
            Blocker(
                "applications.rule_broken" if found.result is Result.FAIL else "applications.rule_unclear",
                place,
                facts | {"rule": _text(application, found.rule)},
            )
            for found in queries.findings_of(application, at)
            if found.result is not Result.PASS
        ]
    if not ruling.reason.strip():
        return [Blocker("applications.no_reason", f"reason-{application.id}", facts)]
    if ruling.outcome == "fail" and ruling.rule not in {rule.code for rule in application.round.rules}:
        return [Blocker("applications.no_rule", f"rule-{application.id}", facts)]
    if ruling.outcome == "send_back" and not 1 <= (ruling.days or 0) <= 30:
        return [Blocker("applications.no_term", f"days-{application.id}", facts)]
    return []


def _text(application: Application, code: str) -> str:
    return next((rule.text for rule in application.round.rules if rule.code == code), code)


def _rule(ruling: Ruling, by: Person, at: datetime) -> None:
    application, reason = ruling.application, ruling.reason.strip()
    if ruling.outcome == "send_back":
        send_back(application=application, missing=reason, days=ruling.days or 1, by=by, at=at)
        return
    rule = _text(application, ruling.rule) if ruling.outcome == "fail" else ""
    application.decided_at, application.decided_by = at, by
    application.decision_reason = f"{rule}\n{reason}".strip() if rule else reason
    step.move(application=application, name=_MOVES[ruling.outcome], by=by, rule=rule, reason=reason)
    _tell(application, f"applications.{application.state.value}", rule=rule, reason=reason)


def send_back(*, application: Application, missing: str, days: int, by: Person, at: datetime) -> None:
    """Return an application for completion within a term of working days, beginning the day after."""
    day = clock.beijing_day(at)
    last = queries.last_day(day, days)
    application.returned_on, application.correct_days = day, days
    application.correct_by_on, application.decision_reason = last, missing
    step.move(application=application, name="send_back", by=by, reason=missing, last_day=last)
    provisional = queries.correction_of(application).provisional
    _tell(application, "applications.returned", reason=missing, last_day=last, provisional=provisional)


def _tell(application: Application, kind: str, **facts: Any) -> None:
    """Put a message to whoever sent the application into the outbox, in place of unsent earlier ones.

    When they act for the organization no longer, it goes to those who do.
    """
    for earlier in ("eligible", "ineligible", "returned"):
        outbox.withdraw(about=application, kind=f"applications.{earlier}")
    sender = application.versions[-1].submitted_by
    acting = queries.recipients(application.round, application.organization)
    for person in [sender] if sender in acting else acting:
        outbox.post(
            kind,
            to=person,
            about=application,
            number=application.number,
            title=application.title,
            **facts,
        )


def set_right(
    *, application: Application, to: str, reason: str, rule: str = "", by: Person, at: datetime
) -> None:
    """更正: change the result of the check to «eligible», «ineligible» or «submitted» (check again).

    Possible while nothing later rests on it; both values and the reason stay on record, unsent messages
    about the old result are withdrawn. Raises Refused: applications.no_reason_given,
    applications.own_organization, applications.no_rule, applications.already_so; lifecycle.NotFrom.
    """
    step.lock(application)
    before = application.state
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if unfit := _unfit(application, by, "reopen_check", "to"):
        raise Refused.all(unfit)
    if not reason.strip():
        raise Refused("applications.no_reason_given", "reason")
    if to == before.value:
        raise Refused("applications.already_so", "to", state=before)
    if to == "ineligible" and rule not in {each.code for each in application.round.rules}:
        raise Refused("applications.no_rule", "rule", number=application.number, title=application.title)
    reached = lifecycle.move("reopen_check", before)
    if to != reached.value:
        reached = lifecycle.move("find_eligible" if to == "eligible" else "find_ineligible", reached)
    trail.correct(application, field="state", value=reached, reason=reason.strip(), by=by, at=at)
    text = _text(application, rule) if to == "ineligible" else ""
    undecided = reached is State.SUBMITTED
    application.decided_at = None if undecided else at
    application.decided_by = None if undecided else by
    application.decision_reason = "" if undecided else f"{text}\n{reason.strip()}".strip()
    if undecided:
        for kind in ("eligible", "ineligible"):
            outbox.withdraw(about=application, kind=f"applications.{kind}")
    else:
        _tell(application, f"applications.{reached.value}", rule=text, reason=reason.strip())


def extend(*, application: Application, last: date, reason: str, by: Person, at: datetime) -> None:
    """Give more time (or less) to complete what was sent back; both days and the reason stay on record.

    Raises Refused: applications.not_your_role, applications.own_organization, applications.not_returned,
    applications.no_reason_given, applications.day_over.
    """
    step.lock(application)
    facts = {"number": application.number, "title": application.title}
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if access.is_own(by, application.organization):
        raise Refused("applications.own_organization", "", **facts)
    if application.state is not State.RETURNED:
        raise Refused("applications.not_returned", "", state=application.state)
    if not reason.strip():
        raise Refused("applications.no_reason_given", "reason")
    if last < clock.beijing_day(at):
        raise Refused("applications.day_over", "last", day=last)
    trail.correct(application, field="correct_by_on", value=last, reason=reason.strip(), by=by, at=at)
    application.correct_days = None
    _tell(application, "applications.returned", reason=application.decision_reason, last_day=last)
