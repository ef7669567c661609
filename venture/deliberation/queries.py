"""Communities, matters with everything recorded of them, the declared totals: nouns, loaded whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from venture import money, numbering
from venture.clock import beijing_day
from venture.db import Page, db, paged
from venture.deliberation import access, steps
from venture.deliberation.models import (
    Declared,
    Matter,
    MatterStatus,
    Outcome,
    OutcomeKind,
    StepRecord,
    Use,
    UseKind,
)
from venture.deliberation.steps import Facts, Grade, Span, Step
from venture.files import File
from venture.people.models import Community, Person
from venture.refusal import Blocker
from venture.trail import Correction, corrections_of


@dataclass(frozen=True)
class CommunityLine:
    """One community of the list with the matters it has here (history left out)."""

    community: Community
    open: int
    closed: int
    resolved: int


def communities(person: Person) -> dict[str, list[CommunityLine]]:
    """The communities the person may open, by town, each with its counts of matters. Two statements."""
    counts: dict[int, dict[MatterStatus, int]] = {}
    for community_id, status, n in db.session.execute(
        select(Matter.community_id, Matter.status, func.count())
        .where(Matter.legacy.is_(False))
        .group_by(Matter.community_id, Matter.status)
    ):
        counts.setdefault(community_id, {})[status] = n
    towns: dict[str, list[CommunityLine]] = {}
    for community in db.session.scalars(
        access.visible_communities(person).order_by(Community.town, Community.code, Community.id)
    ):
        of = counts.get(community.id, {})
        line = CommunityLine(
            community,
            open=of.get(MatterStatus.OPEN, 0),
            closed=sum(n for status, n in of.items() if status is not MatterStatus.OPEN),
            resolved=of.get(MatterStatus.RESOLVED, 0),
        )
        towns.setdefault(community.town, []).append(line)
    return towns


def community(id: int, person: Person) -> Community | None:
    """One community, if the person may open it."""
    return db.session.scalar(access.visible_communities(person).where(Community.id == id))


def recordable(person: Person) -> Sequence[Community]:
    """The communities in whose name the person may open a matter, by town."""
    return [
        community
        for community in db.session.scalars(
            access.visible_communities(person).order_by(Community.town, Community.code, Community.id)
        )
        if access.may_record(person, community.id)
    ]


# --- matters ---


def _stands_at() -> ColumnElement[int]:
    """The highest recorded step of a matter, 0 before the first."""
    highest = select(func.max(StepRecord.step)).where(StepRecord.matter_id == Matter.id).correlate(Matter)
    return func.coalesce(highest.scalar_subquery(), 0)


def matters(
    person: Person,
    page: int,
    *,
    community_id: int | None = None,
    status: MatterStatus | None = None,
    step: int | None = None,
    words: str = "",
) -> Page[Matter]:
    """A page of the matters the person may read, newest first; `step` is the one that open matters wait for.

    Four statements, whatever the number of matters.
    """
    found: Select[Matter] = access.visible(person)
    if community_id is not None:
        found = found.where(Matter.community_id == community_id)
    if status is not None:
        found = found.where(Matter.status == status)
    if step is not None:
        found = found.where(Matter.status == MatterStatus.OPEN, _stands_at() == step - 1)
    if words:
        found = found.where(
            Matter.title.contains(words, autoescape=True) | Matter.number.contains(words, autoescape=True)
        )
    return paged(
        found.options(joinedload(Matter.community), selectinload(Matter.steps)).order_by(Matter.id.desc()),
        page,
    )


def _whole() -> tuple[ORMOption, ...]:
    return (
        joinedload(Matter.community),
        selectinload(Matter.steps).options(
            joinedload(StepRecord.photo), joinedload(StepRecord.recorded_by, innerjoin=True)
        ),
        selectinload(Matter.outcomes).selectinload(Outcome.uses).joinedload(Use.photo),
        selectinload(Matter.parties),
    )


def matter(id: int, person: Person) -> Matter | None:
    """One matter with all that is recorded of it, if the person may read it."""
    return db.session.scalar(access.visible(person).where(Matter.id == id).options(*_whole()))


def outcome(id: int, person: Person) -> Outcome | None:
    """One outcome that still stands, of a matter the person may read."""
    readable = access.visible(person).with_only_columns(Matter.id)
    return db.session.scalar(
        select(Outcome)
        .where(Outcome.id == id, Outcome.struck.is_(False), Outcome.matter_id.in_(readable))
        .options(joinedload(Outcome.matter).joinedload(Matter.community))
    )


def public_matter(number: str) -> Matter | None:
    """A matter that residents may read, by its number."""
    return db.session.scalar(
        select(Matter).where(Matter.number == number, Matter.public.is_(True)).options(*_whole())
    )


def row_of(matter: Matter, kind: str, id: int) -> StepRecord | Outcome | Use | None:
    """One row of a matter's record by kind («step», «outcome», «use») and id."""
    rows: dict[str, list[StepRecord] | list[Outcome] | list[Use]] = {
        "step": matter.steps,
        "outcome": matter.outcomes,
        "use": [use for outcome in matter.outcomes for use in outcome.uses],
    }
    return next((row for row in rows.get(kind, []) if row.id == id), None)


def photo(matter: Matter, file_id: int) -> File | None:
    """A picture or paper that stands in the matter's record."""
    kept = [record.photo for record in matter.steps] + [use.photo for use in uses_of(matter)]
    return next((file for file in kept if file is not None and file.id == file_id), None)


def public_photo(matter: Matter, file_id: int) -> File | None:
    """A picture of a use that those in it let the public see."""
    kept = [use.photo for use in uses_of(matter) if use.photo_public]
    return next((file for file in kept if file and file.id == file_id and file.is_picture), None)


def outcomes_of(matter: Matter) -> list[Outcome]:
    """The outcomes that stand."""
    return [outcome for outcome in matter.outcomes if not outcome.struck]


def uses_of(matter: Matter) -> list[Use]:
    """The uses that stand, of outcomes that stand."""
    return [use for outcome in outcomes_of(matter) for use in outcome.uses if not use.struck]


def facts(matter: Matter, *, closed_on: date | None = None, evaluator: str = "") -> Facts:
    """What is recorded of a matter; `closed_on` adds the last step, as closing on that day would."""
    records = {record.name: record for record in matter.steps}
    days = {step: Span(record.from_on, record.to_on) for step, record in records.items()}
    by = {step: record.by_whom for step, record in records.items()}
    if closed_on is not None and Step.CLOSURE not in days:
        days[Step.CLOSURE] = Span(closed_on)
        by[Step.CLOSURE] = evaluator
    after = [record.photo for step, record in records.items() if step >= Step.EXECUTION]
    pictures = [file for file in after + [use.photo for use in uses_of(matter)] if file and file.is_picture]
    stands = outcomes_of(matter)
    return Facts(
        title=matter.title,
        days=days,
        decision=records[Step.VOTE].text if Step.VOTE in records else "",
        outcome=stands[0].text if stands else "",
        executor=by.get(Step.EXECUTION) or matter.executor,
        photo=bool(pictures),
        evidenced={step for step, record in records.items() if record.photo_id is not None},
        supervisor=by.get(Step.SUPERVISION, ""),
        evaluator=by.get(Step.CLOSURE, ""),
    )


@dataclass(frozen=True)
class Standing:
    """What a matter lacks to be closed, what lowers its evidence, its grade, which entries were late."""

    missing: list[Blocker]
    weaknesses: list[Blocker]
    grade: Grade | None
    late: frozenset[int]  # ids of steps typed more than seven days after they ended
    uses: int


def standing(matter: Matter, *, on: date) -> Standing:
    """Where a matter stands; an open one is judged as if it were closed today."""
    known = facts(matter, closed_on=on if matter.status is MatterStatus.OPEN else matter.closed_on)
    late = frozenset(
        record.id
        for record in matter.steps
        if steps.is_late(record.to_on or record.from_on, beijing_day(record.recorded_at))
    )
    return Standing(
        steps.missing(known), steps.weaknesses(known), steps.grade(known), late, len(uses_of(matter))
    )


def corrections(matter: Matter) -> dict[tuple[str, int], list[Correction]]:
    """Every correction of the matter and its rows, by kind and id. Four statements."""
    uses = [use for outcome in matter.outcomes for use in outcome.uses]
    groups: tuple[Iterable[Matter | StepRecord | Outcome | Use], ...] = (
        [matter],
        matter.steps,
        matter.outcomes,
        uses,
    )
    return {(kept[0].kind, id): kept for rows in groups for id, kept in corrections_of(rows).items() if kept}


def next_number(year: int) -> str:
    """The next free number of the year; the lock and the constraint keep two writers apart."""
    start = numbering.of_matters(year)
    of_year = select(Matter.number).where(Matter.number.startswith(start, autoescape=True))
    db.session.execute(of_year.order_by(Matter.id.desc()).limit(1).with_for_update())
    taken = [
        int(number[len(start) :])
        for number in db.session.scalars(of_year)
        if number[len(start) :].isdecimal()
    ]
    return f"{start}{max(taken, default=0) + 1:04d}"


# --- what residents may read ---


@dataclass(frozen=True)
class PublicUse:
    """A use as the public reads it: no names; a picture only where those in it agreed."""

    kind: UseKind
    happened_on: date
    photo: int | None


@dataclass(frozen=True)
class PublicOutcome:
    """An outcome as the public reads it."""

    text: str
    kind: OutcomeKind
    decided_on: date
    binds: str
    uses: list[PublicUse]


@dataclass(frozen=True)
class PublicMatter:
    """A matter as the public reads it: what stands here is all that its page can show."""

    number: str
    title: str
    community: str
    status: MatterStatus
    closed_on: date | None
    reason: str
    benefited: int | None
    days: dict[Step, Span]
    outcomes: list[PublicOutcome]


def published(matter: Matter) -> PublicMatter:
    """What of a matter goes out to everybody; the texts of steps and all persons stay inside."""
    outcomes = [
        PublicOutcome(
            outcome.text,
            outcome.kind,
            outcome.decided_on,
            outcome.binds,
            [
                PublicUse(
                    use.kind,
                    use.happened_on,
                    use.photo_id if use.photo and use.photo_public and use.photo.is_picture else None,
                )
                for use in outcome.uses
                if not use.struck
            ],
        )
        for outcome in outcomes_of(matter)
    ]
    return PublicMatter(
        number=matter.number,
        title=matter.title,
        community=f"{matter.community.town} {matter.community.name}",
        status=matter.status,
        closed_on=matter.closed_on,
        reason=matter.reason if matter.status is MatterStatus.REJECTED else "",
        benefited=matter.benefited,
        days={record.name: Span(record.from_on, record.to_on) for record in matter.steps},
        outcomes=outcomes,
    )


# --- declared totals ---


@dataclass(frozen=True)
class DeclaredLine:
    """One declared total, and its share of the declared whole it is a part of (percent to a tenth)."""

    row: Declared
    base: Declared | None
    rate: Decimal | None
    corrections: list[Correction]


def declared() -> list[DeclaredLine]:
    """The declared totals, newest day first, with rates computed from declared counts. Two statements."""
    whole = aliased(Declared)
    pairs = db.session.execute(
        select(Declared, whole)
        .outerjoin(whole, (whole.code == Declared.base) & (whole.as_of == Declared.as_of))
        .order_by(Declared.as_of.desc(), Declared.id)
    ).all()
    kept = corrections_of(row for row, _ in pairs)
    return [
        DeclaredLine(row, base, money.percent_tenths(row.value, base.value) if base else None, kept[row.id])
        for row, base in pairs
    ]


def declared_row(id: int) -> Declared | None:
    """One declared total."""
    return db.session.get(Declared, id)


@dataclass(frozen=True)
class Recorded:
    """What the rows of this system themselves add up to; history and declared totals left out."""

    communities: int
    platforms: int
    matters: int
    resolved: int


def recorded() -> Recorded:
    """The computed counterpart of the declared totals. Two statements."""
    communities, platforms = db.session.execute(
        select(func.count(Community.id), func.count(Community.platform_begun_on))
    ).one()
    matters, resolved = db.session.execute(
        select(
            func.count(Matter.id), func.count(Matter.id).filter(Matter.status == MatterStatus.RESOLVED)
        ).where(Matter.legacy.is_(False))
    ).one()
    return Recorded(communities, platforms, matters, resolved)
