"""Claiming a project's support of a matter, and its confirmation by the community: account, link or paper."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from venture import clock, outbox, trail
from venture.budget.models import Award, AwardState
from venture.db import claim as raise_counter
from venture.db import db, locked
from venture.deliberation.models import WHOLE, Matter, MatterStatus, Party
from venture.files import Staged
from venture.impact import queries
from venture.impact.models import ConfirmLink, Support, SupportState, Way
from venture.people import actions as people
from venture.people.models import Person
from venture.people.queries import fingerprint
from venture.refusal import Refused
from venture.roles import Role

LINK_LASTS = timedelta(days=30)
"""How long a community may use a one-time link."""


def claim(
    *, award: Award, number: str, steps: Iterable[int], note: str = "", by: Person, at: datetime
) -> Support:
    """Claim that the project supported the matter with this number, in these of its seven steps.

    A claim that was refused or taken back may be made again. A matter outside the project's communities is
    taken; the page warns. Raises Refused: impact.not_yours, cancelled, no_matter (number), legacy, rejected,
    no_steps, already_claimed, already_confirmed.
    """
    if not (_acts_for(award, by) or by.holds(Role.OFFICER)):
        raise Refused("impact.not_yours")
    if award.state is AwardState.CANCELLED:
        raise Refused("impact.cancelled")
    matter = queries.matter_by_number(number)
    if matter is None:
        raise Refused("impact.no_matter", "number", number=number.strip())
    if matter.legacy:
        raise Refused("impact.legacy", "number", number=matter.number)
    if matter.status is MatterStatus.REJECTED:
        raise Refused("impact.rejected", "number", number=matter.number)
    helped = sorted({step for step in steps if 1 <= step <= 7})
    if not helped:
        raise Refused("impact.no_steps", "steps")
    found = db.session.scalar(
        select(Support).where(Support.award_id == award.id, Support.matter_id == matter.id)
    )
    if found is not None and found.state in (SupportState.CLAIMED, SupportState.CONFIRMED):
        raise Refused(f"impact.already_{found.state.value}", "number", number=matter.number)
    made = found or Support(award=award, matter=matter)
    made.state, made.steps, made.note, made.answer = SupportState.CLAIMED, helped, note.strip(), ""
    made.claimed_at, made.claimed_by = at, by
    db.session.add(made)
    db.session.flush()
    trail.say(by, "impact.claim", made, matter=matter.number, project=award.project_no, steps=helped)
    for clerk in queries.clerks_of(matter.community_id):
        outbox.post("impact.claimed", to=clerk, about=made, matter=matter.number, project=award.project_no)
    return made


def withdraw_claim(*, support: Support, by: Person, at: datetime) -> None:
    """Take a claim back before it is confirmed. Raises Refused: impact.not_yours, not_waiting."""
    if not (_acts_for(support.award, by) or support.claimed_by_id == by.id):
        raise Refused("impact.not_yours")
    _waiting(support)
    support.state, support.paper = SupportState.WITHDRAWN, None
    _end_links(support, at)
    outbox.withdraw(about=support)
    trail.say(by, "impact.withdraw_claim", support)


# --- confirmation by the community ---


def confirm(
    *,
    supports: Sequence[Support],
    shares: dict[int, tuple[int | None, str]] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """Confirm a list of claims as clerk of their community; `shares`: by support id another share and why.

    Raises Refused: impact.nothing_chosen, not_yours, not_waiting, own_claim, over_one, no_share_reason.
    """
    if not supports:
        raise Refused("impact.nothing_chosen")
    for support in sorted(supports, key=lambda one: (one.matter_id, one.id)):
        _keeps(support.matter, by)
        share, reason = (shares or {}).get(support.id, (None, ""))
        _confirm(
            support,
            way=Way.ACCOUNT,
            confirmed_by=by,
            confirmer=by.name,
            on=clock.beijing_day(at),
            share=share,
            share_reason=reason,
            by=by,
            at=at,
        )


def refuse(*, support: Support, reason: str, by: Person, at: datetime) -> None:
    """Not confirm a claim, as the clerk or an officer for the community, with the reason.

    Raises Refused: impact.not_yours, no_reason, not_waiting.
    """
    _keeps_or_officer(support.matter, by)
    if not reason.strip():
        raise Refused("impact.no_reason", "reason")
    _waiting(support)
    support.state, support.answer, support.paper = SupportState.REFUSED, reason.strip(), None
    _end_links(support, at)
    outbox.withdraw(about=support)
    outbox.post(
        "impact.refused",
        to=support.claimed_by,
        about=support,
        matter=support.matter.number,
        reason=support.answer,
    )
    trail.say(by, "impact.refuse", support, reason=support.answer)


def make_link(*, support: Support, by: Person, at: datetime) -> tuple[ConfirmLink, str]:
    """Make a one-time link (the row and its token) for a community without an account; earlier ones end.

    Raises Refused: impact.not_yours, not_waiting.
    """
    if not (_acts_for(support.award, by) or by.holds(Role.OFFICER)):
        raise Refused("impact.not_yours")
    _waiting(support)
    _end_links(support, at)
    token = secrets.token_urlsafe(24)
    made = ConfirmLink(
        token_hash=fingerprint(token), support=support, made_at=at, made_by=by, expires_at=at + LINK_LASTS
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "impact.make_link", support, expires_at=made.expires_at)
    return made, token


def confirm_by_link(
    *, link: ConfirmLink, name: str, position: str = "", by: Person | None = None, at: datetime
) -> Support:
    """Confirm through a one-time link, in the name typed there; `by` is whoever happens to be signed in.

    Raises Refused: impact.link_used, link_expired, no_name, own_claim, not_waiting, over_one.
    """
    support = link.support
    locked(support.matter)
    locked(link)
    if link.used_at is not None:
        raise Refused("impact.link_used", at=link.used_at)
    if link.expires_at <= at:
        raise Refused("impact.link_expired", at=link.expires_at)
    name = " ".join(name.split())
    if not name:
        raise Refused("impact.no_name", "name")
    if (by is not None and _acts_for(support.award, by)) or name == support.claimed_by.name:
        raise Refused("impact.own_claim", "name")
    link.used_at = at
    _confirm(
        support,
        way=Way.LINK,
        confirmed_by=None,
        confirmer=f"{name}({position.strip()})" if position.strip() else name,
        on=clock.beijing_day(at),
        by=by,
        at=at,
    )
    return support


def enter_paper(
    *,
    support: Support,
    signer: Person | None,
    name: str = "",
    signed_on: date,
    scan: Staged | None = None,
    by: Person,
    at: datetime,
) -> None:
    """Record that the community confirmed on paper; counts once another person has checked the entry.

    `signer` is one of the community's people; without one, `name` is somebody who never signs in.
    Raises Refused: impact.not_yours, not_waiting, no_name, own_claim, people.later_day.
    """
    if not by.holds(Role.OFFICER):
        raise Refused("impact.not_yours")
    _waiting(support)
    if signer is None:
        name = " ".join(name.split())
        if not name:
            raise Refused("impact.no_name", "signer")
        signer = Person(name=name, position=support.matter.community.name, created_at=at)
        db.session.add(signer)
        db.session.flush()
    if signer.id == support.claimed_by_id or _acts_for(support.award, signer):
        raise Refused("impact.own_claim", "signer")
    support.paper = people.enter_paper(signer=signer, signed_on=signed_on, scan=scan, by=by, at=at)
    db.session.flush()
    trail.say(by, "impact.enter_paper", support, paper=support.paper_id)


def check_paper(*, support: Support, by: Person, at: datetime) -> None:
    """Check the paper entry against its scan, as another person; the support is confirmed by its signer.

    Raises Refused: impact.not_yours, no_paper, not_waiting, own_claim, over_one, people.same_person,
    people.paper_checked.
    """
    if not by.holds(Role.OFFICER, Role.APPROVER):
        raise Refused("impact.not_yours")
    paper = support.paper
    if paper is None:
        raise Refused("impact.no_paper")
    people.check_paper(paper=paper, by=by, at=at)
    _confirm(
        support,
        way=Way.PAPER,
        confirmed_by=paper.signer,
        confirmer=paper.signer.name,
        on=paper.signed_on,
        by=by,
        at=at,
    )


# --- the way back ---


def undo(*, support: Support, reason: str, by: Person, at: datetime) -> None:
    """Take a confirmation back (更正): the claim waits again, the matter's credit falls, equal shares grow.

    Raises Refused: impact.not_yours, no_reason, not_confirmed.
    """
    _keeps_or_officer(support.matter, by)
    if not reason.strip():
        raise Refused("impact.no_reason", "reason")
    _confirmed(support)
    who = {
        "way": support.way,
        "on": support.confirmed_on,
        "confirmer": support.confirmer,
        "share": support.share,
    }
    with db.session.no_autoflush:
        trail.correct(support, field="state", value=SupportState.CLAIMED, reason=reason.strip(), by=by, at=at)
        support.way = support.confirmed_on = support.confirmed_at = support.confirmed_by = None
        support.confirmer, support.paper, support.share_reason = "", None, ""
    db.session.flush()
    trail.say(by, "impact.undo", support, **who)
    outbox.withdraw(about=support)
    _part(support.matter, support.award.application.organization_id)
    _settle(support.matter)


def set_share(*, support: Support, share: int | None, reason: str, by: Person, at: datetime) -> None:
    """Give a confirmed support another share with a reason, or (None) the equal one again.

    Raises Refused: impact.not_yours, no_reason, no_share_reason, not_confirmed, over_one.
    """
    _keeps_or_officer(support.matter, by)
    if not reason.strip():
        raise Refused("impact.no_share_reason", "share_reason")
    _confirmed(support)
    if share is None:
        support.share_reason = ""
        trail.say(by, "impact.equal_share", support, reason=reason.strip())
    else:
        trail.correct(support, field="share", value=share, reason=reason.strip(), by=by, at=at)
        support.share_reason = reason.strip()
    _settle(support.matter)


# --- what several verbs ask and do ---


def _confirm(
    support: Support,
    *,
    way: Way,
    confirmed_by: Person | None,
    confirmer: str,
    on: date,
    share: int | None = None,
    share_reason: str = "",
    by: Person | None,
    at: datetime,
) -> None:
    """Make a claim count: its state, its share, the party it makes its organization, the other shares."""
    _waiting(support)
    if confirmed_by is not None and (
        confirmed_by.id == support.claimed_by_id or _acts_for(support.award, confirmed_by)
    ):
        raise Refused("impact.own_claim")
    if share is not None and not share_reason.strip():
        raise Refused("impact.no_share_reason", "share_reason", number=support.matter.number)
    with db.session.no_autoflush:
        support.state, support.way, support.answer = SupportState.CONFIRMED, way, ""
        support.confirmed_on, support.confirmed_at = on, at
        support.confirmed_by, support.confirmer = confirmed_by, confirmer
        support.share_reason = share_reason.strip() if share is not None else ""
        if share is not None:
            support.share = share
    _settle(support.matter)
    _part(support.matter, support.award.application.organization_id)
    _end_links(support, at)
    outbox.withdraw(about=support)
    outbox.post("impact.confirmed", to=support.claimed_by, about=support, matter=support.matter.number)
    trail.say(by, "impact.confirm", support, way=way, confirmer=confirmer, on=on, share=support.share)


def _settle(matter: Matter) -> None:
    """Make the matter's shares right again and its counter their sum; the matter is locked.

    Given shares stay. The others are equal: one part of as many as there are projects, at most what the given
    ones leave. What is lowered is lowered first, so that the sum is never above one whole on the way.
    """
    locked(matter)
    db.session.flush()
    confirmed = queries.confirmed_of(matter.id)
    given = sum(support.share for support in confirmed if support.share_reason)
    equal = [support for support in confirmed if not support.share_reason]
    if given > WHOLE:
        raise Refused("impact.over_one", "share", number=matter.number)
    if equal:
        each = min(WHOLE // len(confirmed), (WHOLE - given) // len(equal))
        if each == 0:
            raise Refused("impact.over_one", "share", number=matter.number)
        for support in sorted(equal, key=lambda one: each - one.share):
            support.share = each
            db.session.flush()
        given += each * len(equal)
    if not raise_counter(matter, Matter.credited, given - matter.credited):
        raise Refused("impact.over_one", "share", number=matter.number)


def _part(matter: Matter, organization_id: int) -> None:
    """Write down that the organization is a party of the matter, or that it no longer is."""
    is_party = any(
        support.award.application.organization_id == organization_id
        for support in queries.confirmed_of(matter.id)
    )
    found = db.session.scalar(
        select(Party).where(Party.matter_id == matter.id, Party.organization_id == organization_id)
    )
    if is_party and found is None:
        db.session.add(Party(matter_id=matter.id, organization_id=organization_id))
    elif found is not None and not is_party:
        db.session.delete(found)
    db.session.flush()


def _end_links(support: Support, at: datetime) -> None:
    for link in queries.live_links(support, at):
        link.expires_at = at
    db.session.flush()


def _acts_for(award: Award, person: Person) -> bool:
    return award.application.organization_id in person.organization_ids


def _keeps(matter: Matter, by: Person) -> None:
    if matter.community_id not in by.community_ids:
        raise Refused("impact.not_yours")


def _keeps_or_officer(matter: Matter, by: Person) -> None:
    if not by.holds(Role.OFFICER):
        _keeps(matter, by)


def _waiting(support: Support) -> None:
    """Lock the matter, then the claim, which must still wait for its answer."""
    locked(support.matter)
    locked(support)
    if support.state is not SupportState.CLAIMED:
        raise Refused("impact.not_waiting", state=support.state)


def _confirmed(support: Support) -> None:
    locked(support.matter)
    locked(support)
    if support.state is not SupportState.CONFIRMED:
        raise Refused("impact.not_confirmed", state=support.state)
