"""Invitations to a round's panel: sent, answered on screen or on paper, withdrawn, replaced by a substitute.

A message that asks for an answer and was not sent yet is taken back once there is one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from venture import clock, outbox, trail
from venture.db import db, locked
from venture.files import Staged
from venture.people import actions as people
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import drawing, queries
from venture.review.actions.seats import declare_tie, record_found, take_seats
from venture.review.conflicts import Ground
from venture.review.drawing import Conditions
from venture.review.models import Answer, Competence, Interest, PanelInvitation, Panelist, PoolDraw
from venture.rounds.models import Round


def invite(
    *,
    round: Round,
    people: Sequence[Person],
    answer_by_on: date,
    pledge: str,
    by: Person,
    at: datetime,
    replaces: PanelInvitation | None = None,
    draw: PoolDraw | None = None,
) -> list[PanelInvitation]:
    """Ask experts of the pool to sit on the panel until the end of a day; the messages wait in the outbox.

    `draw`: the one that named them.

    Raises Refused: review.nobody_chosen, review.answer_day, review.no_pledge, review.not_invitable (names).
    """
    wrong = []
    if not people:
        wrong.append(Blocker("review.nobody_chosen", "people"))
    if answer_by_on < clock.beijing_day(at):
        wrong.append(Blocker("review.answer_day", "answer_by_on"))
    if not pledge.strip():
        wrong.append(Blocker("review.no_pledge", "pledge"))
    locked(round)
    free = {expert.person_id for expert in queries.invitable(round)}
    if shut := [person.name for person in people if person.id not in free]:
        wrong.append(Blocker("review.not_invitable", "people", {"names": shut}))
    if wrong:
        raise Refused.all(wrong)
    made = [
        PanelInvitation(
            round=round,
            person=person,
            answer_by_on=answer_by_on,
            pledge=pledge.strip(),
            invited_at=at,
            invited_by=by,
            replaces=replaces,
            draw=draw,
        )
        for person in people
    ]
    db.session.add_all(made)
    db.session.flush()
    for invitation in made:
        trail.say(
            by,
            "review.invite",
            invitation,
            round=round,
            expert=invitation.person,
            answer_by_on=answer_by_on,
            replaces=invitation.replaces_id,
            draw=invitation.draw_id,
        )
        outbox.post(
            "review.invited",
            to=invitation.person,
            about=invitation,
            round=round.name,
            until=answer_by_on,
        )
    return made


def accept(
    *,
    invitation: PanelInvitation,
    interests: Mapping[int, str],
    names: Sequence[str] = (),
    note: str = "",
    by: Person,
    at: datetime,
) -> Panelist:
    """Take the seat on the panel, agreeing to the pledge, and declare every interest.

    `interests`: what the tie is, by the id of an organization that applied; `names`: organizations (by name or code) and
    people whether they apply or not, all tied by what `note` says. Raises Refused: review.not_your_invitation,
    review.answered_already, review.answer_late, review.not_invitable, and as `declare`.
    """
    locked(invitation.round)
    _answerable(invitation, by, at)
    if shut := queries.shut_out([invitation.person]):
        raise Refused("review.not_invitable", names=shut)
    invitation.state, invitation.answered_at = Answer.ACCEPTED, at
    trail.say(by, "review.accept", invitation, pledge=invitation.pledge, interests=sorted(interests))
    outbox.withdraw(about=invitation, kind="review.invited")
    _declare(invitation, interests, names, note, by=by, at=at)
    (seat,) = take_seats(round=invitation.round, accepted=[invitation], by=by, at=at)
    return seat


def decline(*, invitation: PanelInvitation, reason: str, by: Person, at: datetime) -> None:
    """Say no, with the reason. Raises Refused: review.no_reason, and as `accept`."""
    locked(invitation.round)
    _answerable(invitation, by, at)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    invitation.state, invitation.answered_at, invitation.reason = Answer.DECLINED, at, reason.strip()
    trail.say(by, "review.decline", invitation, reason=invitation.reason)
    outbox.withdraw(about=invitation, kind="review.invited")


def _answerable(invitation: PanelInvitation, by: Person, at: datetime) -> None:
    locked(invitation)
    if by.id != invitation.person_id:
        raise Refused("review.not_your_invitation")
    if invitation.state is not Answer.INVITED:
        raise Refused("review.answered_already", state=invitation.state)
    if invitation.standing_on(clock.beijing_day(at)) is Answer.LAPSED:
        raise Refused("review.answer_late", day=invitation.answer_by_on)


def declare(
    *,
    invitation: PanelInvitation,
    interests: Mapping[int, str],
    names: Sequence[str] = (),
    note: str = "",
    by: Person,
    at: datetime,
) -> None:
    """Declare further interests after the acceptance, as `accept` takes them: what they concern is hidden at once.

    Raises Refused: review.not_your_invitation, review.no_interest, review.no_interest_note (organization), and
    as `declare_tie`.
    """
    locked(invitation.round)
    if by.id != invitation.person_id or invitation.state is not Answer.ACCEPTED:
        raise Refused("review.not_your_invitation")
    if not interests and not names:
        raise Refused("review.no_interest", "interests")
    _declare(invitation, interests, names, note, by=by, at=at)
    record_found(round=invitation.round, by=by, at=at, people=[by])


def _declare(
    invitation: PanelInvitation,
    interests: Mapping[int, str],
    names: Sequence[str],
    note: str,
    *,
    by: Person,
    at: datetime,
) -> None:
    offered = {body.id: body for body in queries.interests(invitation)}
    wrong = [
        Blocker("review.no_interest_note", f"note_{body.id}", {"organization": body.name})
        for body in offered.values()
        if body.id in interests and not interests[body.id].strip()
    ]
    if names and not note.strip():
        wrong.append(Blocker("review.no_interest_note", "note", {"organization": "、".join(names)}))
    if wrong:
        raise Refused.all(wrong)
    known = {one.name for one in queries.interests_named(invitation)}
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    db.session.add_all(
        Interest(invitation=invitation, name=name, note=note.strip(), said_at=at) for name in fresh
    )
    db.session.flush()
    if fresh:
        trail.say(by, "review.declare_interests", invitation, names=fresh, note=note.strip())
    chosen = {id: note for id, note in interests.items() if id in offered}
    for application in queries.applications_by(invitation, chosen):
        declare_tie(
            application=application,
            person=invitation.person,
            ground=Ground.DECLARED,
            note=chosen[application.organization_id],
            by=by,
            at=at,
        )


def answer_on_paper(
    *,
    invitation: PanelInvitation,
    accepted: bool,
    signed_on: date,
    scan: Staged | None,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    """Enter an answer that was given on paper or by word, also after the last day; another person may check it.

    Raises Refused: review.own_answer, review.answered_already, review.no_reason (when declined),
    review.not_invitable, people.later_day.
    """
    locked(invitation.round)
    locked(invitation)
    if by.id == invitation.person_id:
        raise Refused("review.own_answer")
    if invitation.state is not Answer.INVITED:
        raise Refused("review.answered_already", state=invitation.state)
    if not accepted and not reason.strip():
        raise Refused("review.no_reason", "reason")
    if accepted and (shut := queries.shut_out([invitation.person])):
        raise Refused("review.not_invitable", names=shut)
    paper = people.enter_paper(signer=invitation.person, signed_on=signed_on, scan=scan, by=by, at=at)
    invitation.paper, invitation.answered_at, invitation.reason = paper, at, reason.strip()
    invitation.state = Answer.ACCEPTED if accepted else Answer.DECLINED
    did = "review.accept_on_paper" if accepted else "review.decline_on_paper"
    trail.say(by, did, invitation, paper=paper, signed_on=signed_on, reason=invitation.reason)
    outbox.withdraw(about=invitation, kind="review.invited")
    if accepted:
        take_seats(round=invitation.round, accepted=[invitation], by=by, at=at)


def withdraw(*, invitation: PanelInvitation, reason: str, by: Person, at: datetime) -> None:
    """Take an unanswered invitation back, with the reason; who was told already is told of it.

    Raises Refused: review.no_reason, review.answered_already.
    """
    locked(invitation)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    if invitation.state is not Answer.INVITED:
        raise Refused("review.answered_already", state=invitation.state)
    invitation.state, invitation.reason = Answer.WITHDRAWN, reason.strip()
    trail.say(by, "review.withdraw_invitation", invitation, reason=invitation.reason)
    if not outbox.withdraw(about=invitation, kind="review.invited"):
        outbox.post("review.uninvited", to=invitation.person, about=invitation, round=invitation.round.name)


def replace(
    *,
    invitation: PanelInvitation,
    person: Person | None = None,
    answer_by_on: date,
    by: Person,
    at: datetime,
) -> PanelInvitation:
    """Invite a substitute for somebody who declined, did not answer in time, or whose invitation was withdrawn.

    After a draw it is the next in the drawn order, and nobody else. Raises Refused: review.not_replaceable,
    review.replaced_already (name), review.draw_over (a later draw holds), review.order_over (nobody is left with whom
    the conditions hold), review.not_next (name), and as `invite`.
    """
    locked(invitation.round)
    locked(invitation)
    today = clock.beijing_day(at)
    if invitation.standing_on(today) in {Answer.INVITED, Answer.ACCEPTED}:
        raise Refused("review.not_replaceable", state=invitation.state)
    if known := queries.substitute_of(invitation):
        raise Refused("review.replaced_already", name=known.person.name)
    if invitation.draw is not None:
        person = _next(invitation, person, today)
    if person is None:
        raise Refused("review.nobody_chosen", "person")
    if invitation.state is Answer.INVITED:
        invitation.state = Answer.LAPSED
        trail.say(by, "review.lapse", invitation, answer_by_on=invitation.answer_by_on)
        outbox.withdraw(about=invitation, kind="review.invited")
    (made,) = invite(
        round=invitation.round,
        people=[person],
        answer_by_on=answer_by_on,
        pledge=invitation.pledge,
        by=by,
        at=at,
        replaces=invitation,
        draw=invitation.draw,
    )
    return made


def _next(invitation: PanelInvitation, person: Person | None, today: date) -> Person:
    """Who must be asked in the place of somebody drawn."""
    if queries.pool_draws(invitation.round)[0] is not invitation.draw:
        raise Refused("review.draw_over", "person")
    following = queries.next_in_order(invitation, today)
    if following is None:
        raise Refused("review.order_over", "person")
    if person is not None and person is not following.person:
        raise Refused("review.not_next", "person", name=following.person.name)
    return following.person


def draw_experts(
    *,
    round: Round,
    conditions: Conditions,
    fields: Collection[Competence],
    seed: str,
    answer_by_on: date,
    pledge: str,
    reason: str = "",
    by: Person,
    at: datetime,
) -> PoolDraw:
    """Draw experts for the panel and invite them; who else was on the list stands by as substitute in drawn order.

    The seed is made by the machine at the moment of the draw. Drawing again needs a reason; it takes back what an
    earlier draw asked and nobody has answered, and leaves the seats taken. Raises Refused: review.redraw_reason, every
    reason of `drawing.shortfalls`, and as `invite`.
    """
    locked(round)
    earlier = queries.pool_draws(round)
    if earlier and not reason.strip():
        raise Refused("review.redraw_reason", "reason")
    candidates = queries.drawable_experts(round, fields, conditions.finance)
    drawn = drawing.draw(candidates, conditions, seed)
    for invitation in queries.open_invitations(round).values():
        if invitation.draw_id is not None:
            withdraw(invitation=invitation, reason=reason, by=by, at=at)
    made = PoolDraw(
        round=round,
        number=len(earlier) + 1,
        places=conditions.places,
        finance=conditions.finance,
        per_employer=conditions.per_employer,
        fields=[one.value for one in Competence if one in fields],
        eligible=[[one.number, one.name, one.employer, one.finance] for one in candidates],
        eligible_sha256=drawing.digest(candidates),
        seed=seed,
        order=list(drawn.order),
        chosen=list(drawn.chosen),
        reason=reason.strip() if earlier else "",
        made_at=at,
        made_by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(
        by,
        "review.draw_experts",
        made,
        round=round,
        number=made.number,
        seed=seed,
        eligible=len(candidates),
        eligible_sha256=made.eligible_sha256,
        chosen=made.chosen,
        reason=made.reason,
    )
    experts = queries.experts_by_number(drawn.chosen)
    invite(
        round=round,
        people=[experts[number].person for number in drawn.chosen],
        answer_by_on=answer_by_on,
        pledge=pledge,
        by=by,
        at=at,
        draw=made,
    )
    return made
