"""The panel of a round, its ties found and recorded, and who can score what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.people.models import Community, Grant, Organization, Person
from venture.review import access, conflicts
from venture.review.conflicts import Ground
from venture.review.models import (
    Affiliated,
    Affiliation,
    Expert,
    Interest,
    PanelInvitation,
    Panelist,
    PoolState,
    Seat,
    Sheet,
    SheetState,
    Tie,
)
from venture.roles import STAFF, Role
from venture.rounds.models import Phase, Round

SENT = tuple(state for state in State if state not in {State.DRAFT, State.RETURNED, State.WITHDRAWN})


@dataclass(frozen=True)
class Seated:
    """One expert of the panel and how far the sheets are: to score, handed in, keyed in, removed."""

    panelist: Panelist
    assigned: int
    handed_in: int
    presented: int
    keyed: int
    removed: int
    sheets: int


def panel(round: Round) -> list[Seated]:
    """The experts of a round by number. Three statements."""
    assigned: Counter[int] = Counter(
        dict(
            db.session.execute(
                select(Reader.person_id, func.count())
                .join(Application, Application.id == Reader.application_id)
                .where(Application.round_id == round.id, Application.state.in_(access.REVIEWED))
                .group_by(Reader.person_id)
            ).all()
        )
    )
    states: Counter[tuple[int, SheetState]] = Counter()
    of_papers: Counter[tuple[int, SheetState]] = Counter()
    for panelist_id, phase, state, count in db.session.execute(
        select(Sheet.panelist_id, Sheet.phase, Sheet.state, func.count())
        .join(Panelist)
        .where(Panelist.round_id == round.id)
        .group_by(Sheet.panelist_id, Sheet.phase, Sheet.state)
    ):
        states[panelist_id, state] += count
        if phase is Phase.PAPERS:
            of_papers[panelist_id, state] = count
    return [
        Seated(
            panelist=each,
            assigned=assigned[each.person_id],
            handed_in=of_papers[each.id, SheetState.HANDED_IN],
            presented=states[each.id, SheetState.HANDED_IN] - of_papers[each.id, SheetState.HANDED_IN],
            keyed=states[each.id, SheetState.KEYED],
            removed=of_papers[each.id, SheetState.REMOVED],
            sheets=sum(states[each.id, state] for state in SheetState),
        )
        for each in panelists(round)
    ]


def panelists(round: Round) -> Sequence[Panelist]:
    """The experts of a round's panel, by number. One statement."""
    return db.session.scalars(
        select(Panelist)
        .where(Panelist.round_id == round.id, Panelist.state != Seat.DECLINED)
        .options(joinedload(Panelist.person))
        .order_by(Panelist.number)
    ).all()


def panelist(round: Round, number: int) -> Panelist | None:
    """The expert with this number on the round's panel."""
    return next((each for each in panelists(round) if each.number == number), None)


def candidates(round: Round) -> Sequence[Person]:
    """Experts who are not on the round's panel and may be, by name."""
    return db.session.scalars(
        select(Person)
        .where(
            Person.active,
            Person.id.in_(select(Grant.person_id).where(Grant.role == Role.EXPERT)),
            Person.id.not_in(select(Panelist.person_id).where(Panelist.round_id == round.id)),
            Person.id.not_in(select(Expert.person_id).where(Expert.state != PoolState.ACTIVE)),
        )
        .order_by(Person.name, Person.id)
    ).all()


def tieable(round: Round) -> list[Person]:
    """Those whom a tie may concern: the panel by number, then the staff by name."""
    seated = [each.person for each in panelists(round)]
    staff = db.session.scalars(
        select(Person)
        .where(
            Person.active,
            Person.id.in_(
                select(Grant.person_id).where(
                    Grant.role.in_((Role.OPERATOR, Role.OFFICER, Role.APPROVER, Role.FINANCE))
                )
            ),
        )
        .order_by(Person.name, Person.id)
    )
    known = {person.id for person in seated}
    return seated + [person for person in staff if person.id not in known]


def applications_of(round: Round, person: Person) -> Sequence[Application]:
    """The round's sent applications that the person is not tied to, by number."""
    return db.session.scalars(
        select(Application)
        .where(
            Application.round_id == round.id,
            Application.state.in_(SENT),
            access.untied(person),
        )
        .options(joinedload(Application.organization))
        .order_by(Application.number, Application.id)
    ).all()


def application_of(application_id: int, person: Person) -> Application | None:
    """One application of which this member of the staff may see sheets and scores."""
    return db.session.scalar(access.seen(person).where(Application.id == application_id))


def ties(round: Round, person: Person) -> Sequence[Tie]:
    """The recorded ties of a round that the person is not party to, by application and expert."""
    return db.session.scalars(
        select(Tie)
        .join(Tie.application)
        .where(
            Application.round_id == round.id,
            Tie.person_id != person.id,
            access.untied(person, Tie.application_id),
        )
        .options(
            joinedload(Tie.application).joinedload(Application.organization),
            joinedload(Tie.person),
            joinedload(Tie.made_by),
            joinedload(Tie.dismissed_by),
        )
        .order_by(Application.number, Tie.person_id, Tie.id)
    ).all()


def tie(tie_id: int, person: Person) -> Tie | None:
    """One recorded tie that the person is not party to."""
    return db.session.scalar(
        select(Tie).where(
            Tie.id == tie_id, Tie.person_id != person.id, access.untied(person, Tie.application_id)
        )
    )


@dataclass(frozen=True)
class Found:
    """A tie that the rules see and that is not on record yet."""

    person: Person
    application: Application
    ground: Ground


def found_ties(round: Round, people: Iterable[Person] | None = None) -> list[Found]:
    """Ties between the panel and the staff (or `people`) and the round's applications that are not on record in any way.

    By codes, names, numbers and mail domains (`conflicts.grounds`). A constant number of statements.
    """
    listed = tieable(round) if people is None else list(people)
    applications = db.session.scalars(
        select(Application)
        .where(Application.round_id == round.id, Application.state.in_(SENT))
        .options(
            joinedload(Application.organization).joinedload(Organization.merged_into),
            joinedload(Application.organization).selectinload(Organization.merged),
            selectinload(Application.communities),
        )
        .order_by(Application.number, Application.id)
    ).all()
    known = {
        (one.application_id, one.person_id, one.ground)
        for one in db.session.execute(
            select(Tie.application_id, Tie.person_id, Tie.ground)
            .join(Application, Application.id == Tie.application_id)
            .where(Application.round_id == round.id)
        )
    }
    facts = _facts(listed, round)
    return [
        Found(person, application, ground)
        for application in applications
        for person in listed
        for ground in conflicts.grounds(facts[person.id], _application_facts(application))
        if (application.id, person.id, ground) not in known
    ]


def would_read(
    round: Round, people: Iterable[Person], found: Iterable[Found], by: Person
) -> dict[int, tuple[int, list[str]]]:
    """By person: how many of the round's applications a seat would let them read, once the review has begun, that they
    cannot read now; and the numbers of those that `by` may see. Three statements.
    """
    states = (State.ELIGIBLE, State.IN_REVIEW)
    rows = db.session.execute(
        select(Application.id, Application.number, access.untied(by))
        .where(Application.round_id == round.id, Application.state.in_(states))
        .order_by(Application.number, Application.id)
    ).all()
    people = list(people)
    out = {(each.application.id, each.person.id) for each in found}
    for table in (Reader, Barred):
        pairs = select(table.application_id, table.person_id).where(
            table.application_id.in_([row[0] for row in rows]),
            table.person_id.in_([person.id for person in people]),
        )
        out |= {(application, person) for application, person in db.session.execute(pairs)}
    return {
        person.id: (
            sum((row[0], person.id) not in out for row in rows),
            [str(row[1]) for row in rows if row[2] and (row[0], person.id) not in out],
        )
        for person in people
    }


def _facts(people: Sequence[Person], round: Round) -> dict[int, conflicts.Person]:
    """What is known of these persons' organizations and communities, by role, from the pool and as they declared it for
    the round. Five statements. A mail domain of the staff is that of their offices and ties them to nobody.
    """
    ids = [person.id for person in people]
    bodies, places = defaultdict(set), defaultdict(set)
    bonds: dict[tuple[int, Affiliated], set[str]] = defaultdict(set)
    staff = set[int]()
    for person_id, role, code, place in db.session.execute(
        select(Grant.person_id, Grant.role, Organization.credit_code, Community.code)
        .outerjoin(Organization, Organization.id == Grant.organization_id)
        .outerjoin(Community, Community.id == Grant.community_id)
        .where(Grant.person_id.in_(ids))
    ):
        staff |= {person_id} if role in STAFF else set()
        bodies[person_id].add(code or "")
        places[person_id].add(place or "")
    for person_id, kind, code in db.session.execute(
        select(Expert.person_id, Affiliation.kind, Affiliation.code)
        .join(Expert.affiliations)
        .where(Expert.person_id.in_(ids))
    ):
        bonds[person_id, kind].add(code)
    employers = {
        person_id: name
        for person_id, name in db.session.execute(
            select(Expert.person_id, Expert.employer_name).where(Expert.person_id.in_(ids))
        )
    }
    declared: dict[int, set[str]] = defaultdict(set)
    for person_id, name in db.session.execute(
        select(PanelInvitation.person_id, Interest.name)
        .join(Interest.invitation)
        .where(PanelInvitation.round_id == round.id, PanelInvitation.person_id.in_(ids))
    ):
        declared[person_id].add(name)
    serves = {
        person.id: {person.employer_code, *bodies[person.id], *bonds[person.id, Affiliated.OFFICE]} - {""}
        for person in people
    }
    names: dict[str, set[str]] = defaultdict(set)
    asked = {code for codes in serves.values() for code in codes}
    for code, name in db.session.execute(
        select(Organization.credit_code, Organization.name).where(Organization.credit_code.in_(asked))
    ):
        names[code].add(name)
    return {
        person.id: conflicts.Person(
            name=person.name,
            employer=person.employer_code,
            employer_name=employers.get(person.id, ""),
            offices=frozenset(bonds[person.id, Affiliated.OFFICE]),
            member_of=frozenset(bodies[person.id] - {""}),
            advised=frozenset(bonds[person.id, Affiliated.ADVISER]),
            communities=frozenset(
                places[person.id] - {""}
                | bonds[person.id, Affiliated.RESIDENT]
                | bonds[person.id, Affiliated.SERVES]
            ),
            bodies=frozenset(name for code in serves[person.id] for name in names[code]),
            mobile=person.mobile or "",
            email="" if person.id in staff else person.email or "",
            declared=frozenset(declared[person.id]),
        )
        for person in people
    }


def _application_facts(application: Application) -> conflicts.Application:
    answers, family = application.answers, application.organization.family
    members = answers.get("team")
    names = (
        [row.get("name", "") for row in members if isinstance(row, dict)] if isinstance(members, list) else []
    )

    def told(*keys: str) -> frozenset[str]:
        return frozenset({str(answers.get(key) or "") for key in keys} - {""})

    return conflicts.Application(
        organization=application.organization.credit_code,
        aliases=frozenset(record.credit_code for record in family),
        names=frozenset(record.name for record in family),
        representative=application.organization.legal_representative,
        representative_phone=application.organization.representative_phone,
        team=frozenset({str(name) for name in names} - {""}) | told("lead_name", "group_lead"),
        phones=told("lead_phone"),
        emails=told("lead_email") | {application.organization.representative_email},
        partners=told("group_name", "demanded_by"),
        communities=frozenset(community.code for community in application.communities),
    )


@dataclass(frozen=True)
class Coverage:
    """An application to be scored, the experts who are free to, and those tied to it (by number)."""

    application: Application
    free: list[int]
    tied: list[int]


def coverage(round: Round, state: State = State.ELIGIBLE) -> list[Coverage]:
    """Who can score what among the round's applications in this state, ties not yet on record included."""
    seated = panelists(round)
    numbers = {each.person_id: each.number for each in seated}
    tied: dict[int, set[int]] = defaultdict(set)
    for application_id, person_id in db.session.execute(
        select(Tie.application_id, Tie.person_id)
        .join(Application, Application.id == Tie.application_id)
        .where(Application.round_id == round.id, Tie.dismissed_at.is_(None))
    ):
        tied[application_id].add(person_id)
    for one in found_ties(round, [each.person for each in seated]):
        tied[one.application.id].add(one.person.id)
    return [
        Coverage(
            application,
            [each.number for each in seated if each.person_id not in tied[application.id]],
            sorted(numbers[person_id] for person_id in tied[application.id] if person_id in numbers),
        )
        for application in db.session.scalars(
            select(Application)
            .where(Application.round_id == round.id, Application.state == state)
            .options(joinedload(Application.organization), joinedload(Application.theme))
            .order_by(Application.number, Application.id)
        )
    ]
