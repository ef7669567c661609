"""The pool of experts and the invitations to panels: lists, one expert with all seats, who may still be asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.models import Application
from venture.db import Page, db, paged
from venture.people.models import Community, Grant, Organization, Paper, Person
from venture.review import access, drawing
from venture.review.conflicts import Ground
from venture.review.drawing import Candidate
from venture.review.models import (
    Answer,
    Competence,
    Expert,
    ExpertField,
    Interest,
    PanelInvitation,
    Panelist,
    PoolDraw,
    PoolState,
    Tie,
    Title,
)
from venture.review.queries.seats import SENT, found_ties
from venture.roles import Role
from venture.rounds.models import Blindness, Round

_HOLDS_ROLE = select(Grant.person_id).where(Grant.role == Role.EXPERT)


@dataclass(frozen=True)
class Pool:
    """A page of the pool, with the names of employers by code and the years of each person's panels."""

    page: Page[Expert]
    names: dict[str, str]
    years: dict[int, list[int]]


def pool(
    page: int,
    *,
    words: str = "",
    field: Competence | None = None,
    title: Title | None = None,
    state: PoolState | None = None,
) -> Pool:
    """The experts by name; `words` in name or position. Six statements."""
    statement = select(Expert).join(Expert.person).order_by(Person.name, Expert.id)
    if words:
        statement = statement.where(
            or_(
                Person.name.icontains(words, autoescape=True),
                Person.position.icontains(words, autoescape=True),
            )
        )
    if field:
        statement = statement.where(
            Expert.id.in_(select(ExpertField.expert_id).where(ExpertField.field == field))
        )
    if title:
        statement = statement.where(Expert.title == title)
    if state:
        statement = statement.where(Expert.state == state)
    found = paged(statement.options(joinedload(Expert.person), selectinload(Expert.fields)), page)
    years: dict[int, list[int]] = defaultdict(list)
    seats = (
        select(Panelist.person_id, Round.year)
        .join(Panelist.round)
        .where(Panelist.person_id.in_([expert.person_id for expert in found.items]))
        .order_by(Round.year)
    )
    for person_id, year in db.session.execute(seats):
        years[person_id].append(year)
    return Pool(found, names_of_codes(expert.person.employer_code for expert in found.items), years)


def outside_pool() -> Sequence[Person]:
    """Active persons with the role of an expert who are not in the pool, by name. One statement."""
    return db.session.scalars(
        select(Person)
        .where(Person.active, Person.id.in_(_HOLDS_ROLE), Person.id.not_in(select(Expert.person_id)))
        .order_by(Person.name, Person.id)
    ).all()


def in_pool(*, names: Collection[str], logins: Collection[str]) -> set[str]:
    """Which of these names and logins (as they are stored) belong to experts of the pool. One statement."""
    found = db.session.execute(
        select(Person.name, Person.mobile, Person.email)
        .join(Expert, Expert.person_id == Person.id)
        .where(or_(Person.name.in_(names), Person.mobile.in_(logins), Person.email.in_(logins)))
    )
    return {text for row in found for text in row if text}


def expert(id: int) -> Expert | None:
    """One expert of the pool with all that is known."""
    return db.session.scalar(
        select(Expert)
        .where(Expert.id == id)
        .options(joinedload(Expert.person), selectinload(Expert.fields), selectinload(Expert.affiliations))
    )


def names_of_codes(codes: Iterable[str]) -> dict[str, str]:
    """The names of organizations (18 signs) and communities (12) that we know, by code: from the registers, else as
    an employer's name was typed. At most three statements.
    """
    asked = {code for code in codes if code}
    typed = (
        select(Person.employer_code, Expert.employer_name)
        .join(Expert.person)
        .where(Person.employer_code.in_(asked), Expert.employer_name != "")
        .order_by(Expert.id)
    )
    found = {code: name for code, name in db.session.execute(typed)} if asked else {}
    for column, name, length in (
        (Organization.credit_code, Organization.name, 18),
        (Community.code, Community.name, 12),
    ):
        if wanted := [code for code in asked if len(code) == length]:
            found |= {
                code: known
                for code, known in db.session.execute(select(column, name).where(column.in_(wanted)))
            }
    return found


def body_codes(names: Collection[str]) -> dict[str, str]:
    """The credit codes of the organizations that are the only ones with these names."""
    return _codes(select(Organization.name, Organization.credit_code).where(Organization.name.in_(names)))


def community_codes(names: Collection[str]) -> dict[str, str]:
    """The codes of communities by name, where only one has it, or by the code itself."""
    by_name = _codes(select(Community.name, Community.code).where(Community.name.in_(names)))
    known = db.session.scalars(select(Community.code).where(Community.code.in_(names)))
    return by_name | {code: code for code in known}


def _codes(statement: Select[str, str]) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, code in db.session.execute(statement):
        found[name].add(code)
    return {name: min(codes) for name, codes in found.items() if len(codes) == 1}


def seats_of(person: Person) -> Sequence[Panelist]:
    """The panels the person sits on, the newest round first."""
    return db.session.scalars(
        select(Panelist)
        .join(Panelist.round)
        .where(Panelist.person_id == person.id)
        .options(joinedload(Panelist.round))
        .order_by(Round.year.desc())
    ).all()


def _invitations() -> Select[PanelInvitation]:
    return select(PanelInvitation).options(
        joinedload(PanelInvitation.person),
        joinedload(PanelInvitation.round),
        joinedload(PanelInvitation.invited_by),
        joinedload(PanelInvitation.draw),
        joinedload(PanelInvitation.replaces).joinedload(PanelInvitation.person),
        joinedload(PanelInvitation.paper).joinedload(Paper.entered_by),
        joinedload(PanelInvitation.paper).joinedload(Paper.checked_by),
    )


def invitations(round: Round) -> Sequence[PanelInvitation]:
    """Every invitation to the round's panel, in the order in which they were made. One statement."""
    return db.session.scalars(
        _invitations().where(PanelInvitation.round_id == round.id).order_by(PanelInvitation.id)
    ).all()


def invitations_of(person: Person) -> Sequence[PanelInvitation]:
    """Every invitation of the person, the newest first. One statement."""
    return db.session.scalars(
        _invitations().where(PanelInvitation.person_id == person.id).order_by(PanelInvitation.id.desc())
    ).all()


def invitation(
    id: int, *, round: Round | None = None, person: Person | None = None
) -> PanelInvitation | None:
    """One invitation of the round, or of the person whose it is."""
    statement = _invitations().where(PanelInvitation.id == id)
    if round is not None:
        statement = statement.where(PanelInvitation.round_id == round.id)
    if person is not None:
        statement = statement.where(PanelInvitation.person_id == person.id)
    return db.session.scalar(statement)


def open_invitations(round: Round) -> dict[int, PanelInvitation]:
    """The unanswered invitations of the round by person, locked."""
    rows = db.session.scalars(
        select(PanelInvitation)
        .where(PanelInvitation.round_id == round.id, PanelInvitation.state == Answer.INVITED)
        .with_for_update()
    )
    return {row.person_id: row for row in rows}


def substitute_of(invitation: PanelInvitation) -> PanelInvitation | None:
    """The invitation that replaces this one."""
    return db.session.scalar(select(PanelInvitation).where(PanelInvitation.replaces_id == invitation.id))


def invitable(round: Round) -> Sequence[Expert]:
    """Experts who may be asked: active, with the role, without a seat or a live invitation in the round; by name."""
    live = (Answer.INVITED, Answer.ACCEPTED)
    return db.session.scalars(
        select(Expert)
        .join(Expert.person)
        .where(
            Expert.state == PoolState.ACTIVE,
            Person.active,
            Person.id.in_(_HOLDS_ROLE),
            Person.id.not_in(select(Panelist.person_id).where(Panelist.round_id == round.id)),
            Person.id.not_in(
                select(PanelInvitation.person_id).where(
                    PanelInvitation.round_id == round.id, PanelInvitation.state.in_(live)
                )
            ),
        )
        .options(joinedload(Expert.person), selectinload(Expert.fields))
        .order_by(Person.name, Expert.id)
    ).all()


def shut_out(people: Sequence[Person]) -> list[str]:
    """The names of those among them who are blocked or have left the pool."""
    return list(
        db.session.scalars(
            select(Person.name)
            .join(Expert, Expert.person_id == Person.id)
            .where(Person.id.in_([person.id for person in people]), Expert.state != PoolState.ACTIVE)
            .order_by(Person.name)
        )
    )


def interests(invitation: PanelInvitation) -> Sequence[Organization]:
    """The organizations that applied in the round and are not yet hidden from the expert by a tie, by name; none in a
    blind review, where the expert is not told who they are.
    """
    if invitation.round.blindness is Blindness.HIDDEN:
        return []
    applied = select(Application.organization_id).where(
        Application.round_id == invitation.round_id,
        Application.state.in_(SENT),
        access.untied(invitation.person),
    )
    return db.session.scalars(
        select(Organization).where(Organization.id.in_(applied)).order_by(Organization.name, Organization.id)
    ).all()


def declared(invitation: PanelInvitation) -> Sequence[str]:
    """The names in which the expert has declared an interest in this round, as far as the expert knows them."""
    named = [one.name for one in interests_named(invitation)]
    if invitation.round.blindness is Blindness.HIDDEN:
        return named
    told = db.session.scalars(
        select(Organization.name)
        .join(Application, Application.organization_id == Organization.id)
        .join(Tie, Tie.application_id == Application.id)
        .where(
            Application.round_id == invitation.round_id,
            Tie.person_id == invitation.person_id,
            Tie.made_by_id == invitation.person_id,
            Tie.ground == Ground.DECLARED,
        )
        .distinct()
        .order_by(Organization.name)
    )
    return list(dict.fromkeys([*told, *named]))


def interests_named(invitation: PanelInvitation) -> Sequence[Interest]:
    """The interests that the expert declared by name, in their order."""
    return db.session.scalars(
        select(Interest).where(Interest.invitation_id == invitation.id).order_by(Interest.id)
    ).all()


def applications_by(invitation: PanelInvitation, organizations: Collection[int]) -> Sequence[Application]:
    """The sent applications of these organizations (ids) in the round that no tie hides from the expert."""
    return db.session.scalars(
        select(Application)
        .where(
            Application.round_id == invitation.round_id,
            Application.state.in_(SENT),
            Application.organization_id.in_(organizations),
            access.untied(invitation.person),
        )
        .order_by(Application.id)
    ).all()


# --- draws ---


def drawable_experts(round: Round, fields: Collection[Competence], finance: int) -> list[Candidate]:
    """Who can be drawn for the round's panel: active, not seated or asked, not tied to an application of the round, and
    able to judge one of `fields` (any, when none is named); those of finance too where some are asked for.

    An unanswered invitation of an earlier draw does not count as asked: drawing again takes it back. A constant number
    of statements.
    """
    asked = select(PanelInvitation.person_id).where(
        PanelInvitation.round_id == round.id,
        or_(
            PanelInvitation.state.in_((Answer.DECLINED, Answer.LAPSED)),
            and_(PanelInvitation.state == Answer.INVITED, PanelInvitation.draw_id.is_(None)),
            PanelInvitation.answered_at.is_not(None),
        ),
    )
    wanted = {*fields, *([Competence.FINANCE] if finance else [])} if fields else set(Competence)
    tied = select(Tie.person_id).join(Tie.application)
    found = [
        expert
        for expert in db.session.scalars(
            select(Expert)
            .join(Expert.person)
            .where(
                Expert.state == PoolState.ACTIVE,
                Person.active,
                Person.id.in_(_HOLDS_ROLE),
                Person.id.not_in(asked),
                Person.id.not_in(select(Panelist.person_id).where(Panelist.round_id == round.id)),
                Person.id.not_in(tied.where(Application.round_id == round.id, Tie.dismissed_at.is_(None))),
            )
            .options(joinedload(Expert.person), selectinload(Expert.fields))
            .order_by(Expert.id)
        )
        if not fields or wanted & set(expert.competences)
    ]
    conflicted = {one.person.id for one in found_ties(round, [expert.person for expert in found])}
    return [
        Candidate(
            expert.id,
            expert.person.name,
            expert.person.employer_code,
            Competence.FINANCE in expert.competences,
        )
        for expert in found
        if expert.person_id not in conflicted
    ]


def pool_draws(round: Round) -> Sequence[PoolDraw]:
    """The draws for the round's panel, the latest first. One statement."""
    return db.session.scalars(
        select(PoolDraw)
        .where(PoolDraw.round_id == round.id)
        .options(joinedload(PoolDraw.made_by))
        .order_by(PoolDraw.number.desc())
    ).all()


def pool_draw(round: Round, number: int) -> PoolDraw | None:
    """One draw of the round."""
    return next((one for one in pool_draws(round) if one.number == number), None)


def experts_by_number(numbers: Collection[int]) -> dict[int, Expert]:
    """The experts with these numbers in the pool."""
    rows = db.session.scalars(select(Expert).where(Expert.id.in_(numbers)).options(joinedload(Expert.person)))
    return {expert.id: expert for expert in rows}


def next_in_order(invitation: PanelInvitation, day: date) -> Expert | None:
    """Who comes next in the order of the invitation's draw, in its place; None when the order has nobody left.

    Those of the order who hold a place by this draw stay; those asked in any way before, seated, blocked or tied
    meanwhile are passed over.
    """
    draw = invitation.draw
    assert draw is not None
    experts = experts_by_number(draw.order)
    numbers = {expert.person_id: expert.id for expert in experts.values()}
    asked = {
        numbers[one.person_id]: one.standing_on(day)
        for one in invitations(invitation.round)
        if one.draw_id == draw.id
    }
    held = {number for number, standing in asked.items() if standing in {Answer.INVITED, Answer.ACCEPTED}}
    free = {one.number for one in drawable_experts(invitation.round, (), 0)} - asked.keys()
    gone = set(draw.order) - held - free
    found = drawing.substitute(draw.ordered, draw.conditions, held=held, gone=gone)
    return experts[found.number] if found else None


def broken_draws() -> Iterator[str]:
    """Each draw comes to the same names when it is drawn again, from the list with the recorded check sum."""
    for row in db.session.scalars(select(PoolDraw).order_by(PoolDraw.id)):
        if drawing.digest(row.candidates) != row.eligible_sha256:
            yield f"pool draw {row.id}: its list has another check sum"
        elif drawing.draw(row.candidates, row.conditions, row.seed) != drawing.Drawn(
            tuple(row.order), tuple(row.chosen)
        ):
            yield f"pool draw {row.id}: drawing again comes to other names"


def broken_seats() -> Iterator[str]:
    """Each seat stands on an accepted invitation of its own round and person, unless it is older than invitations."""
    for row, state in db.session.execute(
        select(Panelist.id, PanelInvitation.state)
        .join(PanelInvitation, PanelInvitation.id == Panelist.invitation_id)
        .where(
            or_(
                PanelInvitation.state != Answer.ACCEPTED,
                PanelInvitation.person_id != Panelist.person_id,
                PanelInvitation.round_id != Panelist.round_id,
            )
        )
        .order_by(Panelist.id)
    ):
        yield f"seat {row}: its invitation is of another round or person, or not accepted ({state})"
