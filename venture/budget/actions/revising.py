"""项目优化: the organization rewrites plan and budget to the approved amount; the office accepts or sends back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from venture import trail
from venture.applications import actions as applications
from venture.applications import parts
from venture.applications.lifecycle import move
from venture.applications.parts import Raw
from venture.budget import access, queries, revising, wording
from venture.budget.actions.ledger import refuse, tell
from venture.budget.models import Award, AwardState, RevisedVersion, Revision, RevisionState
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Changed, Refused
from venture.roles import Role

SAID_EVERY = timedelta(minutes=10)
"""How often the trail tells of autosaves."""


def ask_revision(*, award: Award, by: Person, at: datetime) -> Revision:
    """Ask the organization of a fresh award to revise plan and budget before the agreement (`award` calls it)."""
    award.application.state = move("revise", award.application.state)
    made = Revision(award=award, asked_at=at)
    db.session.add(made)
    db.session.flush()
    trail.say(by, "budget.ask_revision", award)
    return made


def save_revision(
    *,
    revision: Revision,
    posted: Mapping[str, Raw | Callable[[Raw], Raw]],
    base: Mapping[str, str],
    by: Person,
    at: datetime,
    auto: bool = False,
) -> Revision:
    """Keep what was typed, also what breaks a rule or cannot be read: obstacles are only a list.

    `posted` holds fields as text or as a change of the present text, `base` the fingerprints of what the page had.
    Raises Refused: budget.not_your_organization, budget.revision_not_yours (state); Changed(budget.revision_changed)
    for fields that somebody else has changed meanwhile.
    """
    refuse(_writers(revision, by))
    locked(revision)
    if not revision.writable:
        raise Refused("budget.revision_not_yours", state=revision.state)
    now = queries.revised(revision)
    typed = {
        key: parts.normal(revising.FIELDS[key], given(now[key]) if callable(given) else given)
        for key, given in posted.items()
        if key in revising.FIELDS
    }
    clash = [
        key
        for key, raw in typed.items()
        if key in base
        and base[key] not in (applications.fingerprint(now[key]), applications.fingerprint(raw))
        and raw != now[key]
        and not callable(posted[key])
    ]
    if clash:
        texts = [(revising.FIELDS[key].label, _text(typed[key]), _text(now[key])) for key in clash]
        raise Changed("budget.revision_changed", texts, fields=clash)
    changes = {key: [_text(now[key]), _text(raw)] for key, raw in typed.items() if raw != now[key]}
    revision.answers = {**revision.answers, **typed}
    revision.saves += 1
    revision.saved_at, revision.saved_by = at, by
    due = revision.said_at is None or at - revision.said_at >= SAID_EVERY
    if changes and (not auto or due):
        revision.said_at = at
        trail.say(by, "budget.save_revision", revision.award, changes=changes)
    elif not auto:
        trail.say(by, "budget.save_revision", revision.award)
    db.session.flush()
    return revision


def send_revision(*, revision: Revision, by: Person, at: datetime) -> RevisedVersion:
    """Send plan and budget to the office and freeze them as the next version.

    Raises Refused: budget.not_your_organization, budget.revision_not_yours, what `revising.blockers` finds.
    """
    refuse(_writers(revision, by))
    locked(revision)
    if not revision.writable:
        raise Refused("budget.revision_not_yours", state=revision.state)
    refuse(queries.revision_obstacles(revision))
    form = queries.revised(revision)
    content = {key: form[key] for key in revising.FIELDS}
    made = RevisedVersion(
        revision=revision,
        number=len(revision.versions) + 1,
        content=content,
        sha256=wording.digest([(key, raw) for key, raw in content.items()]),
        granted=parts.sums(form).grant,
        sent_at=at,
        sent_by=by,
    )
    db.session.add(made)
    revision.state, revision.decided_at, revision.decided_by = RevisionState.SENT, None, None
    db.session.flush()
    trail.say(
        by,
        "budget.send_revision",
        revision.award,
        number=made.number,
        granted=made.granted,
        sha256=made.sha256,
    )
    return made


def decide_revisions(
    *,
    accepted: Iterable[Revision],
    returned: Mapping[Revision, str],
    by: Person,
    at: datetime,
) -> None:
    """Accept revisions of a list, and send others back with their reasons; an accepted one too, until it is signed.

    Raises Refused: budget.not_your_role, budget.nothing_chosen, budget.barred, budget.award_cancelled,
    budget.revision_not_sent (state), budget.signed_already, budget.reason_needed.
    """
    refuse(access.role_blockers(by, Role.OFFICER))
    taken = list(accepted)
    listed = sorted({*taken, *returned}, key=lambda each: each.id)
    if not listed:
        raise Refused("budget.nothing_chosen")
    refuse(access.tie_blockers(by, [each.award.application for each in listed]))
    found = []
    for each in listed:
        award = locked(each.award)
        locked(each)
        facts = {"project": award.application.title, "state": each.state, "instalment": ""}
        field = f"act-{each.id}"
        open_to = (RevisionState.SENT,) if each in taken else (RevisionState.SENT, RevisionState.ACCEPTED)
        if award.state is not AwardState.LIVE:
            found.append(Blocker("budget.award_cancelled", field, facts))
        elif award.agreement_no is not None:
            found.append(Blocker("budget.signed_already", field, {**facts, "number": award.agreement_no}))
        elif each.state not in open_to:
            found.append(Blocker("budget.revision_not_sent", field, facts))
        if each in returned and not returned[each].strip():
            found.append(Blocker("budget.reason_needed", f"reason-{each.id}"))
    refuse(found)
    for each in listed:
        reason = "" if each in taken else returned[each].strip()
        each.state = RevisionState.ACCEPTED if each in taken else RevisionState.RETURNED
        each.decided_at, each.decided_by = at, by
        each.reason = reason or each.reason
        db.session.flush()
        number = each.versions[-1].number
        if each in taken:
            trail.say(by, "budget.accept_revision", each.award, number=number)
        else:
            trail.say(by, "budget.return_revision", each.award, number=number, reason=reason)
            tell(each.award, "budget.revision_returned", title=each.award.application.title, reason=reason)


def _writers(revision: Revision, by: Person) -> list[Blocker]:
    own = revision.award.application.organization_id in by.organization_ids
    return [] if own else [Blocker("budget.not_your_organization")]


def _text(raw: Raw) -> str:
    if isinstance(raw, str):
        return raw
    return "\n".join(each if isinstance(each, str) else " · ".join(each.values()) for each in raw)
