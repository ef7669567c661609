"""公示: the approved list published from a whitelist, its term in working days, and objections."""

import hashlib
import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from venture import clock, files, private, trail, workdays
from venture.applications.lifecycle import State, move
from venture.applications.models import Application
from venture.budget import access, queries, wording
from venture.budget.actions.ledger import locked_rows, refuse
from venture.budget.models import (
    Award,
    Decision,
    DecisionLine,
    DecisionState,
    Notice,
    NoticeOutcome,
    Objection,
    OutcomeKind,
    Posting,
    Remedy,
)
from venture.db import db, locked, to_json
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import actions as review
from venture.review.models import Objected
from venture.roles import Role

MOST_OBJECTIONS = 500
"""How many objections one notice takes in; beyond that people are asked to write to the office."""
LONGEST = {"name": 50, "contact": 100, "text": 2000}


def term_of(decision: Decision, starts_on: date) -> clock.Term:
    """First and last day of a notice posted on `starts_on`, by the round's number of working days."""
    round = decision.round
    return clock.notice_end(
        starts_on,
        round.notice_days,
        calendar=workdays.calendar(),
        first_counts=round.notice_first_day_counts,
    )


def content_of(decision: Decision) -> dict[str, Any]:
    """What the public may read of the list, and nothing else (立项公示表): no code, account, person or score.

    What a theme has left stays with the theme: the list says so, theme by theme.
    """
    funded = [line for line in decision.lines if line.decided]
    taken, _ = queries.spoken_for(decision.round)
    return {
        "round": decision.round.name,
        "rules": decision.rules,
        "rows": [
            {
                "place": place,
                "title": line.application.title,
                "organization": line.application.organization.name,
                "theme": line.theme.name,
                "communities": [each.name for each in line.application.communities],
                "amount": line.decided,
                "outside": line.outside,
                "reason": line.reason if line.outside else "",
            }
            for place, line in enumerate(funded, start=1)
        ],
        "themes": [
            {
                "name": theme.name,
                "earmark": theme.earmark,
                "listed": sum(line.decided for line in funded if line.theme_id == theme.id),
                "left": theme.earmark - taken[theme.id],
            }
            for theme in decision.round.themes
        ],
    }


def notice_blockers(decision: Decision, starts_on: date, at: datetime) -> list[Blocker]:
    """Why the list cannot be published on that day."""
    found = []
    if decision.state is not DecisionState.APPROVED:
        found.append(Blocker("budget.not_approved", "", {"state": decision.state}))
    if starts_on < clock.beijing_day(at):
        found.append(
            Blocker("budget.notice_in_past", "starts_on", {"day": starts_on, "today": clock.beijing_day(at)})
        )
    for row in content_of(decision)["rows"]:
        shown = " ".join((row["title"], row["organization"], row["reason"], *row["communities"]))
        if private.number_in(shown, landlines=True):
            found.append(Blocker("budget.private_number", "", {"project": row["title"]}))
    return found


def publish(*, decision: Decision, starts_on: date, by: Person, at: datetime) -> Notice:
    """Publish the approved list; its projects go on notice, the unfunded ones of the list are passed over, and the

    rankings that it rests on are frozen.

    Raises Refused: budget.not_your_role, budget.not_approved, budget.notice_out, budget.notice_in_past,
    budget.private_number (an identity, account or mobile number in a published text).
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    locked(decision)
    if (out := queries.notice_of(decision)) is not None:
        raise Refused("budget.notice_out", starts_on=out.starts_on)
    refuse(notice_blockers(decision, starts_on, at))
    term, content = term_of(decision, starts_on), content_of(decision)
    notice = Notice(
        decision=decision,
        starts_on=term.first,
        ends_on=term.last,
        published_at=at,
        published_by_id=by.id,
        content=content,
        sha256=hashlib.sha256(to_json(content).encode()).hexdigest(),
    )
    rankings = {line.theme_id: line.theme for line in decision.lines}
    for theme_id in sorted(rankings):
        review.freeze(theme=rankings[theme_id], by=by, at=at)
    locked_rows(Application, [line.application_id for line in decision.lines])
    for line in decision.lines:
        if line.decided:
            line.application.state = move("give_notice", line.application.state)
            line.application.listed_on = term.first
        elif line.application.state is State.IN_REVIEW:
            line.application.state = move("pass_over", line.application.state)
            line.application.passed_on = term.first
    db.session.add(notice)
    db.session.flush()
    trail.say(
        by, "budget.publish", notice, starts_on=notice.starts_on, ends_on=notice.ends_on, sha256=notice.sha256
    )
    return notice


def extend(*, notice: Notice, ends_on: date, reason: str, by: Person, at: datetime) -> None:
    """Give the notice a later last day (the page was down, a holiday was forgotten), with the reason.

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.not_later, budget.awarded_already.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    locked(notice)
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    if ends_on <= notice.ends_on:
        raise Refused("budget.not_later", "ends_on", ends_on=notice.ends_on)
    lines = [line.id for line in notice.decision.lines]
    if db.session.scalar(select(Award.id).where(Award.line_id.in_(lines)).limit(1)):
        raise Refused("budget.awarded_already")
    trail.correct(notice, field="ends_on", value=ends_on, reason=reason.strip(), by=by, at=at)


def object_to(
    *,
    notice: Notice,
    place: int | None,
    name: str,
    contact: str,
    text: str,
    key: str,
    at: datetime,
) -> Objection:
    """Take in anyone's objection, to one project of the list (its 序号) or all; the same key once.

    Raises Refused: budget.notice_over, budget.objections_full, budget.text_missing (field), budget.too_long
    (field, limit), budget.not_in_list.
    """
    if (known := db.session.scalar(select(Objection).where(Objection.key == key))) is not None:
        return known
    locked(notice)
    typed = {"name": name.strip(), "contact": contact.strip(), "text": text.strip()}
    found = [Blocker("budget.text_missing", field, {"field": field}) for field in typed if not typed[field]]
    found += [
        Blocker("budget.too_long", field, {"field": field, "limit": LONGEST[field]})
        for field in typed
        if len(typed[field]) > LONGEST[field]
    ]
    if at >= clock.end_of_day(notice.ends_on):
        found.append(Blocker("budget.notice_over", "", {"ends_on": notice.ends_on}))
    sent = db.session.scalar(
        select(func.count()).select_from(Objection).where(Objection.notice_id == notice.id)
    )
    if (sent or 0) >= MOST_OBJECTIONS:
        found.append(Blocker("budget.objections_full"))
    funded = [line for line in notice.decision.lines if line.decided]
    if place is not None and not 1 <= place <= len(funded):
        found.append(Blocker("budget.not_in_list", "place", {"application": place}))
    refuse(found)
    objection = Objection(
        notice=notice,
        application=funded[place - 1].application if place else None,
        receipt=secrets.token_hex(6).upper(),
        key=key,
        made_at=at,
        **typed,
    )
    db.session.add_all([objection, Objected(round_id=notice.decision.round_id, receipt=objection.receipt)])
    db.session.flush()
    trail.say(None, "budget.object", objection, notice=notice.id, receipt=objection.receipt)
    return objection


def answer(
    *,
    objection: Objection,
    upheld: bool,
    answer: str,
    line: DecisionLine | None = None,
    remedy: Remedy = Remedy.CANCELLED,
    by: Person,
    at: datetime,
) -> Objection:
    """Answer an objection; when it is upheld the project (of the objection, or `line`) is cancelled, or its marks were

    corrected before (`review.correct_case`, with the objection's receipt as ground).

    Raises Refused: budget.not_your_role, budget.answered_already, budget.reason_needed, budget.private_answer,
    budget.which_project, budget.barred, budget.not_corrected (receipt), budget.not_on_notice.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.APPROVER))
    locked(objection)
    if objection.answered_at is not None:
        raise Refused("budget.answered_already", at=objection.answered_at)
    if not answer.strip():
        raise Refused("budget.reason_needed", "answer")
    if private.number_in(answer):
        raise Refused("budget.private_answer", "answer")
    against = objection.application or (line.application if line else None)
    if upheld and remedy is Remedy.CORRECTED and not queries.corrected_for([objection]):
        raise Refused("budget.not_corrected", "upheld", receipt=objection.receipt)
    if upheld and remedy is Remedy.CANCELLED and against is None:
        raise Refused("budget.which_project", "line")
    refuse(access.tie_blockers(by, [against] if against else []))
    objection.upheld, objection.answer = upheld, answer.strip()
    objection.remedy = remedy if upheld else None
    objection.answered_at, objection.answered_by = at, by
    if objection.remedy is Remedy.CANCELLED and against is not None:
        objection.application = against
        _cancel(against)
    db.session.flush()
    trail.say(
        by,
        "budget.answer_objection",
        objection,
        upheld=upheld,
        remedy=objection.remedy,
        answer=answer.strip(),
        application=against,
    )
    return objection


def strike(*, line: DecisionLine, reason: str, by: Person, at: datetime) -> None:
    """Take a project off a published list, without an objection (its body does not cooperate).

    Raises Refused: budget.not_your_role, budget.reason_needed, budget.barred, applications.not_from.
    """
    refuse(access.role_blockers(by, Role.APPROVER) + access.tie_blockers(by, [line.application]))
    if not reason.strip():
        raise Refused("budget.reason_needed", "reason")
    _cancel(line.application)
    trail.say(by, "budget.strike", line.application, reason=reason.strip(), line=line)


def _cancel(application: Application) -> None:
    """From the notice only: an award has its own way of being cancelled."""
    locked(application)
    if application.state is not State.ON_NOTICE:
        raise Refused("budget.not_on_notice", project=application.title, state=application.state)
    application.state = move("cancel", application.state)


# --- where it stood, and what came of it ---


def post_up(
    *,
    notice: Notice,
    outcome: NoticeOutcome | None,
    address: str,
    posted_on: date,
    picture: Staged | None,
    by: Person,
    at: datetime,
) -> Posting:
    """Note where the notice (or its `outcome`) stood besides here: an address of a site or a place, from which day.

    Raises Refused: budget.not_your_role, budget.address_missing, budget.too_long (field, limit),
    budget.posted_in_future, budget.posted_before.
    """
    refuse(access.role_blockers(by, Role.OFFICER, Role.OPERATOR))
    address, found = address.strip(), []
    earliest = clock.beijing_day(outcome.published_at if outcome else notice.published_at)
    if not address:
        found.append(Blocker("budget.address_missing", "address"))
    if len(address) > LONGEST_ADDRESS:
        found.append(Blocker("budget.too_long", "address", {"field": "address", "limit": LONGEST_ADDRESS}))
    if posted_on > clock.beijing_day(at):
        found.append(Blocker("budget.posted_in_future", "posted_on", {"day": posted_on}))
    if posted_on < earliest:
        found.append(Blocker("budget.posted_before", "posted_on", {"day": earliest}))
    refuse(found)
    made = Posting(
        notice=notice,
        outcome=outcome,
        address=address,
        posted_on=posted_on,
        file=files.keep(picture, by=by, at=at) if picture else None,
        at=at,
        by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "budget.post_up", notice, address=address, posted_on=posted_on, outcome=outcome)
    return made


LONGEST_ADDRESS, LONGEST_NOTE = 500, 2000


def outcome_of(notice: Notice, note: str) -> dict[str, Any]:
    """What the public may read of how the notice ended: its rows as they stand, what changed since it said so last."""
    last = notice.outcomes[-1] if notice.outcomes else None
    cancelled = queries.cancelled_places(notice)
    rows = [{**row, "cancelled": row["place"] in cancelled} for row in notice.content["rows"]]
    before = last.content if last else {"rows": notice.content["rows"], "corrected": []}
    versions = queries.corrected_for(notice.objections)
    corrected = [[each.theme.name, each.number] for each in versions]
    fresh = [
        (each.theme.name, each.number)
        for each in versions
        if [each.theme.name, each.number] not in before["corrected"]
    ]
    return {
        "round": notice.content["round"],
        "starts_on": notice.starts_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
        "notice": notice.sha256,
        "objections": len(notice.objections),
        "upheld": sum(each.upheld is True for each in notice.objections),
        "rows": rows,
        "corrected": corrected,
        "changes": wording.changed(before["rows"], rows, fresh),
        "note": note,
    }


def outcome_blockers(notice: Notice, kind: OutcomeKind, note: str, at: datetime) -> list[Blocker]:
    """Why the outcome cannot be published: budget.notice_running (a result), budget.objections_open,
    budget.nothing_changed (a correction), budget.private_number, budget.too_long.
    """
    found = []
    if kind is OutcomeKind.RESULT and at < clock.end_of_day(notice.ends_on):
        found.append(Blocker("budget.notice_running", "", {"ends_on": notice.ends_on}))
    if kind is OutcomeKind.RESULT and any(each.answered_at is None for each in notice.objections):
        found.append(Blocker("budget.objections_open"))
    if kind is OutcomeKind.CORRECTION and not outcome_of(notice, note)["changes"] and not note:
        found.append(Blocker("budget.nothing_to_correct", "note"))
    if private.number_in(note, landlines=True):
        found.append(Blocker("budget.private_text", "note"))
    if len(note) > LONGEST_NOTE:
        found.append(Blocker("budget.too_long", "note", {"field": "note", "limit": LONGEST_NOTE}))
    return found


def publish_outcome(
    *, notice: Notice, kind: OutcomeKind, note: str, by: Person, at: datetime
) -> NoticeOutcome:
    """Publish how the notice ended, or what was wrong in it, as its next numbered announcement.

    Raises Refused: budget.not_your_role, those of `outcome_blockers`.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    locked(notice)
    db.session.expire(notice, ["outcomes", "objections"])
    note = note.strip()
    refuse(outcome_blockers(notice, kind, note, at))
    content = outcome_of(notice, note)
    made = NoticeOutcome(
        notice=notice,
        number=len(notice.outcomes) + 1,
        kind=kind,
        content=content,
        sha256=hashlib.sha256(to_json(content).encode()).hexdigest(),
        published_at=at,
        published_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(
        by,
        "budget.publish_outcome",
        notice,
        number=made.number,
        kind=kind,
        changes=content["changes"],
        sha256=made.sha256,
    )
    return made
