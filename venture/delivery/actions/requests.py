"""项目变更: the organization asks, one of the bureau recommends, another decides; what was approved takes effect."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from venture import trail
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.budget import actions as budget
from venture.budget import queries as budget_queries
from venture.budget.actions.ledger import tell
from venture.budget.models import Award
from venture.db import db, locked
from venture.delivery import access, queries
from venture.delivery.actions.opening import refuse
from venture.delivery.models import Change, ChangeKind, ChangeState
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role

STARTS: dict[ChangeKind, Sequence[State]] = {
    ChangeKind.CHANGE: queries.RUNNING,
    ChangeKind.EXTENSION: queries.RUNNING,
    ChangeKind.SUSPENSION: (State.CONTRACTED, State.RUNNING),
    ChangeKind.RESUMPTION: (State.SUSPENDED,),
    ChangeKind.TERMINATION: (State.CONTRACTED, State.RUNNING, State.SUSPENDED),
}
"""Where a project must stand for each kind to be asked for and approved."""
OPEN = (ChangeState.ASKED, ChangeState.RECOMMENDED)
MOVES = {ChangeKind.SUSPENSION: "suspend", ChangeKind.RESUMPTION: "resume"}


def ask(
    *,
    award: Award,
    key: str,
    kind: ChangeKind,
    before: str,
    after: str,
    reason: str,
    effect: str = "",
    ends_on: date | None = None,
    direct: int | None = None,
    by: Person,
    at: datetime,
) -> Change:
    """Ask for a change of a running project; `direct` is how many people it serves then, where that changes.

    The figures that change are kept beside the texts: the last day, the people served, what of the grant stays paid.
    The same key is the same request. Raises Refused: delivery.not_yours, delivery.not_now (kind, state),
    delivery.missing (field), delivery.reason_needed, delivery.not_later (day, ends), delivery.asked_already (kind).
    """
    known = db.session.scalar(select(Change).where(Change.key == key, Change.award_id == award.id))
    if known is not None:
        return known
    refuse(access.own_blockers(by, award))
    locked(award)
    locked(award.application)
    ends = queries.ends_on(award)
    found = _now_blockers(award, kind)
    found += [
        Blocker("delivery.missing", name, {"field": name})
        for name, text in (("before", before), ("after", after))
        if not text.strip()
    ]
    if not reason.strip():
        found.append(Blocker("delivery.reason_needed", "reason"))
    if kind is not ChangeKind.EXTENSION:
        ends_on = None
    elif ends_on is None:
        found.append(Blocker("delivery.missing", "ends_on", {"field": "ends_on"}))
    elif ends is not None and ends_on <= ends:
        found.append(Blocker("delivery.not_later", "ends_on", {"day": ends_on, "ends": ends}))
    standing = queries.changes(award)
    if kind is not ChangeKind.CHANGE and any(each.kind is kind and each.state in OPEN for each in standing):
        found.append(Blocker("delivery.asked_already", "kind", {"kind": kind}))
    refuse(found)
    number = db.session.scalar(select(func.max(Change.number)).where(Change.award_id == award.id)) or 0
    made = Change(
        award=award,
        key=key,
        number=number + 1,
        kind=kind,
        before=before.strip(),
        after=after.strip(),
        reason=reason.strip(),
        effect=effect.strip(),
        ends_on=ends_on,
        figures=_figures(award, kind, ends, ends_on, direct),
        asked_at=at,
        asked_by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(
        by,
        "delivery.ask",
        made,
        kind=kind,
        project=award.project_no,
        before=made.before,
        after=made.after,
        reason=made.reason,
        figures=made.figures,
    )
    return made


def _now_blockers(award: Award, kind: ChangeKind) -> list[Blocker]:
    state = award.application.state
    if not queries.runs(award) or state not in STARTS[kind]:
        return [Blocker("delivery.not_now", "kind", {"kind": kind, "state": state})]
    return []


def _figures(
    award: Award, kind: ChangeKind, ends: date | None, ends_on: date | None, direct: int | None
) -> list[Any]:
    """The figures that change, as [name, before, after]."""
    found: list[Any] = []
    promised = budget_queries.promised([award])[award.id]
    if kind is ChangeKind.EXTENSION:
        found.append(["ends_on", trail.plain(ends), trail.plain(ends_on)])
        starts = promised.starts_on
        if starts and ends and ends_on:
            found.append(["days", (ends - starts).days + 1, (ends_on - starts).days + 1])
    if kind is ChangeKind.CHANGE and direct is not None and direct != promised.direct:
        found.append(["direct", promised.direct, direct])
    if kind is ChangeKind.TERMINATION:
        found.append(["grant", award.entitled, award.paid])
        found.append(["spent", None, queries.granted_spent(award)])
    return found


def recommend(*, change: Change, favours: bool, text: str, by: Person, at: datetime) -> None:
    """经办: say whether the bureau should agree, and why; said again until it is decided.

    Raises Refused: delivery.not_your_role, budget.barred, delivery.own_project, delivery.decided (state),
    delivery.missing.
    """
    refuse(access.role_blockers(by, change.award, *access.RECOMMENDS))
    locked(change)
    if change.state not in OPEN:
        raise Refused("delivery.decided", state=change.state)
    if not text.strip():
        raise Refused("delivery.missing", "text", field="text")
    before = [change.favours, change.recommendation]
    change.favours, change.recommendation = favours, text.strip()
    change.recommended_at, change.recommended_by, change.state = at, by, ChangeState.RECOMMENDED
    db.session.flush()
    trail.say(by, "delivery.recommend", change, before=before, favours=favours, text=change.recommendation)


def decide_blockers(change: Change, by: Person) -> list[Blocker]:
    """Why this person cannot decide it now: delivery.not_your_role, budget.barred, delivery.own_project,
    delivery.not_recommended, delivery.decided (state), delivery.recommended_by_you.
    """
    found = access.role_blockers(by, change.award, Role.APPROVER)
    if change.state is ChangeState.ASKED:
        found.append(Blocker("delivery.not_recommended"))
    elif change.state is not ChangeState.RECOMMENDED:
        found.append(Blocker("delivery.decided", "", {"state": change.state}))
    if by.id == change.recommended_by_id:
        found.append(Blocker("delivery.recommended_by_you"))
    return found


def decide(*, change: Change, approve: bool, decision: str, by: Person, at: datetime) -> None:
    """审批: approve or refuse, as another person than the one who recommended; an approval takes effect at once.

    A suspension and a resumption move the project's state, a termination cancels the award: what was not paid returns
    to its theme. An extension's new last day holds from then. Raises Refused: those of `decide_blockers`,
    delivery.reason_needed, delivery.not_now (kind, state), and of a termination those of `budget.actions.cancel`.
    """
    locked(change)
    refuse(decide_blockers(change, by))
    if not decision.strip() and (not approve or change.kind is ChangeKind.TERMINATION):
        raise Refused("delivery.reason_needed", "decision")
    award = change.award
    if approve:
        _take_effect(change, award, decision.strip(), by=by, at=at)
    change.state = ChangeState.APPROVED if approve else ChangeState.REFUSED
    change.decided_at, change.decided_by, change.decision = at, by, decision.strip()
    db.session.flush()
    trail.say(by, "delivery.decide", change, kind=change.kind, approved=approve, decision=change.decision)
    tell(
        award,
        "delivery.change_decided",
        title=award.application.title,
        asked=change.kind.label,
        approved=approve,
        decision=change.decision,
    )


def _take_effect(change: Change, award: Award, decision: str, *, by: Person, at: datetime) -> None:
    if change.kind is ChangeKind.TERMINATION:
        refuse(_now_blockers(award, change.kind))
        budget.cancel(award=award, reason=decision, by=by, at=at)  # locks round and theme before the award
        return
    locked(award)
    application = locked(award.application)
    refuse(_now_blockers(award, change.kind))
    if change.kind in MOVES:
        applications.move(application=application, name=MOVES[change.kind], by=by, change=change.number)


def withdraw(*, change: Change, by: Person, at: datetime) -> None:
    """Take a request back before it is decided. Raises Refused: delivery.not_yours, delivery.decided (state)."""
    refuse(access.own_blockers(by, change.award))
    locked(change)
    if change.state not in OPEN:
        raise Refused("delivery.decided", state=change.state)
    change.state = ChangeState.WITHDRAWN
    trail.say(by, "delivery.withdraw", change, kind=change.kind)
