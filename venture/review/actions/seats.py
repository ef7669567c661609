"""The panel and its ties: seating, beginning the review, recording and dismissing ties."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Select, delete, insert, select

from venture import clock, outbox, trail
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db, locked
from venture.people.actions import enter_paper
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import access, defaults, queries
from venture.review.actions import standings
from venture.review.actions.sheets import open_to_marks
from venture.review.conflicts import Ground
from venture.review.models import (
    Answer,
    Fee,
    Jotting,
    PanelInvitation,
    Panelist,
    Preference,
    Sharing,
    Sheet,
    SheetState,
    Tie,
    Wish,
)
from venture.roles import STAFF
from venture.rounds.models import Blindness, Round


def seat(
    *, round: Round, people: Sequence[Person], by: Person, at: datetime, agreed_on: date | None = None
) -> list[Panelist]:
    """Put experts on the round's panel who agreed on paper or by word, today or on the day given.

    The entry says which officer says so; another may check it. An open invitation is answered by it.
    Raises Refused: review.nobody_chosen, review.own_answer (nobody enters their own agreement),
    review.not_invitable (names), people.later_day.
    """
    if not people:
        raise Refused("review.nobody_chosen", "people")
    if by in people:
        raise Refused("review.own_answer", "people")
    locked(round)
    if shut := queries.shut_out(people):
        raise Refused("review.not_invitable", "people", names=shut)
    today = clock.beijing_day(at)
    open_now = queries.open_invitations(round)
    accepted = []
    for person in people:
        invitation = open_now.get(person.id) or PanelInvitation(
            round=round,
            person=person,
            answer_by_on=today,
            pledge=defaults.PLEDGE,
            invited_at=at,
            invited_by=by,
        )
        invitation.paper = enter_paper(signer=person, signed_on=agreed_on or today, by=by, at=at)
        invitation.state, invitation.answered_at = Answer.ACCEPTED, at
        db.session.add(invitation)
        db.session.flush()
        trail.say(
            by,
            "review.accept_on_paper",
            invitation,
            paper=invitation.paper,
            signed_on=invitation.paper.signed_on,
        )
        outbox.withdraw(about=invitation, kind="review.invited")
        accepted.append(invitation)
    return take_seats(round=round, accepted=accepted, by=by, at=at)


def take_seats(
    *, round: Round, accepted: Sequence[PanelInvitation], by: Person, at: datetime
) -> list[Panelist]:
    """Give who accepted the next numbers on the panel of the round, which is locked; ties found go on record at once.

    After the review has begun they are substitutes: they may read what they are not tied to, or, where the work is
    shared, what is given to them. Raises Refused review.staff_on_panel (names) in a blind review.
    """
    db.session.flush()
    people = [invitation.person for invitation in accepted]
    _outside(round, people)
    last = max((each.panelist.number for each in queries.panel(round)), default=0)
    seated = [
        Panelist(
            round=round,
            person=invitation.person,
            number=number,
            added_at=at,
            invitation_id=invitation.id,
        )
        for number, invitation in enumerate(accepted, start=last + 1)
    ]
    db.session.add_all(seated)
    db.session.flush()
    for panelist in seated:
        trail.say(
            by,
            "review.seat",
            panelist,
            round=round,
            expert=panelist.person,
            number=panelist.number,
            invitation=panelist.invitation_id,
        )
    record_found(round=round, by=by, at=at, people=people)
    if queries.sharing(round) is None:
        standings.reckon_all(_let_read(round, people))
    return seated


def _outside(round: Round, people: Iterable[Person]) -> None:
    """Refuse members of the staff on the panel of a blind review: they know who applied."""
    if round.blindness is Blindness.HIDDEN and (names := [one.name for one in people if one.holds(*STAFF)]):
        raise Refused("review.staff_on_panel", "people", names=names)


def unseat(*, panelist: Panelist, reason: str, by: Person, at: datetime) -> None:
    """Take an expert off the panel, with the reason.

    A fee that was set and not paid goes with the seat. Raises Refused: review.no_reason, review.has_sheets once any
    sheet of theirs is begun, review.has_receipt once they have signed for a fee.
    """
    locked(panelist.round)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    sheets = db.session.scalars(select(Sheet.id).where(Sheet.panelist_id == panelist.id)).all()
    if sheets:
        raise Refused("review.has_sheets", sheets=len(sheets))
    fee = db.session.scalar(select(Fee).where(Fee.panelist_id == panelist.id))
    if fee is not None and fee.signed_on is not None:
        raise Refused("review.has_receipt", day=fee.signed_on)
    of_round = select(Application.id).where(Application.round_id == panelist.round_id)
    read = Reader.person_id == panelist.person_id, Reader.application_id.in_(of_round)
    reads = db.session.scalars(select(Reader.application_id).where(*read)).all()
    db.session.execute(delete(Reader).where(*read), execution_options={"synchronize_session": False})
    db.session.execute(delete(Preference).where(Preference.panelist_id == panelist.id))
    db.session.execute(delete(Jotting).where(Jotting.panelist_id == panelist.id))
    trail.say(
        by,
        "review.unseat",
        panelist,
        expert=panelist.person,
        number=panelist.number,
        fee=fee.gross if fee else None,
        reason=reason.strip(),
    )
    if fee is not None:
        db.session.delete(fee)
    if panelist.invitation_id is not None:
        invitation = db.session.get_one(PanelInvitation, panelist.invitation_id)
        invitation.state, invitation.reason = Answer.WITHDRAWN, reason.strip()
    db.session.delete(panelist)
    standings.reckon_all(reads)


def begin(*, round: Round, by: Person, at: datetime, rule: queries.Rule | None = None) -> list[Application]:
    """Begin the review of all eligible applications: each goes to every expert who is not tied to it.

    With a `rule` each goes to as many experts as it says, by what they wish; called again it shares anew, with those
    found eligible since, and every sheet begun stays with its expert. Raises Refused: review.no_panel,
    review.staff_on_panel (names),
    review.nothing_eligible, review.no_criteria (theme), review.shared_already (a shared round without a rule), and
    every reason of `queries.shared`.
    """
    locked(round)
    seated = [each.panelist for each in queries.panel(round)]
    if not seated:
        raise Refused("review.no_panel")
    _outside(round, [panelist.person for panelist in seated])
    if rule is None and queries.sharing(round) is not None:
        raise Refused("review.shared_already", "places")
    eligible = db.session.scalars(
        select(Application)
        .where(Application.round_id == round.id, Application.state == State.ELIGIBLE)
        .order_by(Application.number, Application.id)
        .with_for_update()
    ).all()
    if not eligible and rule is None:
        raise Refused("review.nothing_eligible")
    themes = {application.theme_id for application in eligible}
    bare = [
        theme
        for theme in round.themes
        if theme.id in themes and not all(theme.sheet(phase) for phase in round.phases)
    ]
    if bare:
        raise Refused.all([Blocker("review.no_criteria", "", {"theme": theme.name}) for theme in bare])
    record_found(round=round, by=by, at=at)
    share = queries.shared(round, rule, by) if rule is not None else None
    round.reviewed_from = round.reviewed_from or at
    for application in eligible:
        applications.move(application=application, name="start_review", by=by)
    db.session.flush()
    if rule is not None and share is not None:
        _share(round, rule, share, by=by, at=at)
    else:
        _let_read(round, [panelist.person for panelist in seated])
    standings.reckon_all(db.session.scalars(_in_review(round)).all())
    for panelist in seated:
        outbox.post("review.begun", to=panelist.person, about=round, round=round.name)
    return list(eligible)


def _share(round: Round, rule: queries.Rule, share: queries.Shared, *, by: Person, at: datetime) -> None:
    """Let exactly the experts of the assignment read what is in review, and keep the rule and its result."""
    people = [one.panelist.person_id for one in share.shares]
    kept = delete(Reader).where(Reader.application_id.in_(_in_review(round)), Reader.person_id.in_(people))
    db.session.execute(kept, execution_options={"synchronize_session": False})
    db.session.execute(
        insert(Reader), [{"application_id": one, "person_id": person} for one, person in sorted(share.pairs)]
    )
    row = Sharing(
        round_id=round.id,
        places=rule.places,
        least=rule.least,
        most=rule.most,
        seed=rule.seed,
        pairs=len(share.pairs),
        total=share.total,
        worst=share.worst,
        made_at=at,
        made_by=by,
    )
    db.session.add(row)
    db.session.flush()
    trail.say(
        by,
        "review.share",
        row,
        round=round,
        places=rule.places,
        least=rule.least,
        most=rule.most,
        seed=rule.seed,
        total=share.total,
        worst=share.worst,
        best=share.best,
        experts=[[one.panelist.number, [each.number for each in one.applications]] for one in share.shares],
    )


def wish(*, panelist: Panelist, said: Mapping[int, Wish], by: Person, at: datetime) -> None:
    """Keep what an expert says of the proposals (by id) before the review begins; those not theirs are left out.

    Raises Refused review.begun_already once no eligible proposal waits any more.
    """
    locked(panelist.round)
    asked = queries.asked(by, panelist.round.year)
    if asked is None or asked.panelist is not panelist or not asked.applications:
        raise Refused("review.begun_already")
    rows = {
        row.application_id: row
        for row in db.session.scalars(select(Preference).where(Preference.panelist_id == panelist.id))
    }
    changed = []
    for application in asked.applications:
        wished, row = said.get(application.id), rows.get(application.id)
        if wished is None or wished is (row.wish if row else None):
            continue
        changed.append([application.number, row.wish if row else "", wished])
        if row is None:
            row = Preference(panelist_id=panelist.id, application_id=application.id)
            db.session.add(row)
        row.wish, row.said_at = wished, at
    db.session.flush()
    trail.say(by, "review.wish", panelist, wishes=changed)


def give(*, application: Application, panelist: Panelist, reason: str, by: Person, at: datetime) -> None:
    """Give a proposal in review to one more expert of the panel, a substitute, with the reason.

    Raises Refused: review.no_reason, review.frozen, review.not_in_review, review.not_free (tied, or has it
    already).
    """
    locked(application)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    open_to_marks(application)
    record_found(round=application.round, by=by, at=at, people=[panelist.person])
    free = {row.application.id: row.free for row in queries.missing(application.round, by)}
    if panelist not in free.get(application.id, []):
        raise Refused("review.not_free", "expert")
    db.session.add(Reader(application_id=application.id, person_id=panelist.person_id))
    standings.reckon(application)
    trail.say(
        by, "review.give", application, expert=panelist.person, number=panelist.number, reason=reason.strip()
    )
    outbox.post("review.begun", to=panelist.person, about=application.round, round=application.round.name)


def _in_review(round: Round) -> Select[int]:
    """The applications (ids) of the round that are in review."""
    return select(Application.id).where(
        Application.round_id == round.id, Application.state == State.IN_REVIEW
    )


def _let_read(round: Round, people: Iterable[Person]) -> list[int]:
    """Give these experts every application in review that they are not tied to and can't read yet; which (ids)."""
    given: list[int] = []
    for person in people:
        readable = select(Reader.application_id).where(Reader.person_id == person.id)
        free = db.session.scalars(
            _in_review(round).where(Application.id.not_in(readable), access.untied(person))
        ).all()
        if free:
            db.session.execute(
                insert(Reader), [{"application_id": each, "person_id": person.id} for each in free]
            )
        given += free
    return given


def record_found(
    *, round: Round, by: Person, at: datetime, people: Sequence[Person] | None = None
) -> list[Tie]:
    """Put the ties that the rules find on record: the applications are hidden, sheets there taken out."""
    return [
        _tie(one.application, one.person, one.ground, "", found=True, by=by, at=at)
        for one in queries.found_ties(round, people)
    ]


def declare_tie(
    *, application: Application, person: Person, ground: Ground, note: str, by: Person, at: datetime
) -> Tie:
    """Declare that the person is tied to the application, which is hidden from them at once.

    A sheet of theirs stays kept but no longer counts. Raises Refused review.no_reason,
    review.tied_already, review.frozen (a sheet of theirs counts in a frozen ranking).
    """
    if not note.strip():
        raise Refused("review.no_reason", "note")
    locked(application)
    known = db.session.scalar(
        select(Tie).where(
            Tie.application_id == application.id, Tie.person_id == person.id, Tie.ground == ground
        )
    )
    if known is not None and known.dismissed_at is None:
        raise Refused("review.tied_already", "person")
    return _tie(application, person, ground, note.strip(), found=False, by=by, at=at, known=known)


def _tie(
    application: Application,
    person: Person,
    ground: Ground,
    note: str,
    *,
    found: bool,
    by: Person,
    at: datetime,
    known: Tie | None = None,
) -> Tie:
    tie = known or Tie(application=application, person=person, ground=ground)
    tie.note, tie.made_at, tie.made_by_id = note, at, None if found else by.id
    tie.dismissed_at, tie.dismissed_by_id, tie.dismissal = None, None, ""
    db.session.add(tie)
    db.session.flush()
    trail.say(
        by, "review.tie", tie, application=application, person=person, ground=ground, note=note, found=found
    )
    db.session.execute(
        delete(Reader).where(Reader.application_id == application.id, Reader.person_id == person.id),
        execution_options={"synchronize_session": False},
    )
    if db.session.scalar(_bar_of(tie)) is None:
        db.session.add(Barred(application_id=application.id, person_id=person.id))
    kept = [each for each in queries.sheets_by(application, person) if each.state is not SheetState.REMOVED]
    for sheet in kept:
        if sheet.state is SheetState.HANDED_IN and queries.frozen(application.theme_id):
            open_to_marks(application)
        before = queries.score_of(application)
        was, sheet.state = sheet.state, SheetState.REMOVED
        outbox.withdraw(about=sheet)
        after = standings.reckon(application)
        trail.say(
            by,
            "review.remove_sheet",
            sheet,
            was=was,
            total=sheet.total,
            ground=ground,
            reason=note,
            score_before=queries.printed(before.value),
            score_after=queries.printed(after.value),
            sheets_after=after.counted,
            trimmed_after=after.trimmed,
        )
    if not kept:
        standings.reckon_all([application.id])
    return tie


def dismiss_tie(*, tie: Tie, reason: str, by: Person, at: datetime) -> None:
    """Say that a tie doesn't hold, with the reason; nobody dismisses their own.

    With the last one gone the expert may read again (where the work is shared: if a sheet was begun); a sheet
    that had been taken out is a draft again, to be handed in anew. Raises Refused: review.own_tie,
    review.no_reason, review.dismissed_already.
    """
    locked(tie)
    if tie.person_id == by.id:
        raise Refused("review.own_tie")
    if tie.dismissed_at is not None:
        raise Refused("review.dismissed_already")
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    tie.dismissed_at, tie.dismissed_by_id, tie.dismissal = at, by.id, reason.strip()
    db.session.flush()
    trail.say(by, "review.dismiss_tie", tie, reason=tie.dismissal)
    left = select(Tie.id).where(
        Tie.application_id == tie.application_id, Tie.person_id == tie.person_id, Tie.dismissed_at.is_(None)
    )
    if db.session.scalar(left) is not None:
        return
    if (bar := db.session.scalar(_bar_of(tie))) is not None:
        db.session.delete(bar)
    sheets = queries.sheets_by(tie.application, tie.person)
    for sheet in sheets:
        if sheet.state is SheetState.REMOVED:
            sheet.state, sheet.handed_in_at = SheetState.DRAFT, None
            trail.say(by, "review.restore_sheet", sheet, total=sheet.total, reason=tie.dismissal)
    db.session.flush()
    round = tie.application.round
    if not any(each.panelist.person_id == tie.person_id for each in queries.panel(round)):
        return
    if queries.sharing(round) is None:
        standings.reckon_all(_let_read(round, [tie.person]))
    elif sheets and tie.application.state is State.IN_REVIEW:
        db.session.add(Reader(application_id=tie.application_id, person_id=tie.person_id))
        standings.reckon(tie.application)


def _bar_of(tie: Tie) -> Select[Barred]:
    return select(Barred).where(
        Barred.application_id == tie.application_id, Barred.person_id == tie.person_id
    )
