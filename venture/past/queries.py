"""Earlier awards as lists and sums, and a file's rows held against what is on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from venture.db import Page, db, paged, sum_of
from venture.past.lists import KEPT, YUAN, Award, Outcome
from venture.past.models import Heading, PastAward, PastImport
from venture.people.models import Organization, TrackRecord
from venture.rounds.models import Round

OUR_NAME = {"organization": "organization_name"}
"""The attributes of a kept award that are called otherwise than in its file."""


@dataclass
class Compared:
    """A file's awards held against the record: new ones, those that are there already, those that differ (each with its
    row on record and what differs: name, before, after), and those of a year whose round the system itself keeps.
    """

    new: list[Award] = field(default_factory=list)
    same: list[Award] = field(default_factory=list)
    changed: list[tuple[Award, PastAward, list[tuple[str, Any, Any]]]] = field(default_factory=list)
    own: list[Award] = field(default_factory=list)


def compared(awards: Sequence[Award]) -> Compared:
    """Two statements."""
    kept = {row.key: row for row in db.session.scalars(select(PastAward).where(PastAward.standing))}
    ours = set(db.session.scalars(select(Round.year)))
    found = Compared()
    for award in awards:
        row = kept.get(award.key)
        if award.currency == YUAN and award.year in ours:
            found.own.append(award)
        elif row is None:
            found.new.append(award)
        elif differs := [
            (name, getattr(row, OUR_NAME.get(name, name)), getattr(award, name))
            for name in KEPT
            if getattr(row, OUR_NAME.get(name, name)) != getattr(award, name)
        ]:
            found.changed.append((award, row, differs))
        else:
            found.same.append(award)
    return found


@dataclass(frozen=True)
class Chosen:
    """Which earlier awards to show."""

    year: int | None = None
    programme: str = ""
    words: str = ""


def _standing(chosen: Chosen) -> Select[Any]:
    statement = select(PastAward).where(PastAward.standing)
    if chosen.year is not None:
        statement = statement.where(PastAward.year == chosen.year)
    if chosen.programme:
        statement = statement.where(PastAward.programme == chosen.programme)
    if chosen.words:
        words = chosen.words.strip()
        statement = statement.where(
            or_(
                PastAward.title.icontains(words, autoescape=True),
                PastAward.organization_name.icontains(words, autoescape=True),
                PastAward.code.istartswith(words, autoescape=True),
            )
        )
    return statement


_ORDER = (PastAward.year.desc(), PastAward.programme, PastAward.rank, PastAward.number, PastAward.id)


def awards(chosen: Chosen, page: int) -> Page[PastAward]:
    """The earlier awards, the latest year first. Two statements."""
    return paged(_standing(chosen).options(joinedload(PastAward.organization)).order_by(*_ORDER), page)


def every(chosen: Chosen) -> Sequence[PastAward]:
    """All earlier awards that were chosen, as the sheet prints them. One statement."""
    return db.session.scalars(_standing(chosen).order_by(PastAward.currency, *_ORDER)).all()


@dataclass(frozen=True)
class Sum:
    """Number and sum (hundredths) of a programme's awards in one currency, and of how many the body is known."""

    programme: str
    currency: str
    count: int
    amount: int
    known: int


def sums(chosen: Chosen) -> list[Sum]:
    """By programme and currency. One statement."""
    of = _standing(chosen).with_only_columns(
        PastAward.programme,
        PastAward.currency,
        func.count(),
        sum_of(PastAward.amount),
        func.count(PastAward.organization_id),
    )
    grouped = of.group_by(PastAward.programme, PastAward.currency)
    return [
        Sum(*row)
        for row in db.session.execute(grouped.order_by(PastAward.currency, PastAward.programme)).all()
    ]


def years() -> Sequence[int]:
    """The years of which there are earlier awards, the latest first."""
    return db.session.scalars(
        select(PastAward.year).where(PastAward.standing).distinct().order_by(PastAward.year.desc())
    ).all()


def programmes() -> Sequence[str]:
    """The programmes of which there are earlier awards."""
    return db.session.scalars(
        select(PastAward.programme)
        .where(PastAward.standing, PastAward.programme != "")
        .distinct()
        .order_by(PastAward.programme)
    ).all()


def imports() -> Sequence[PastImport]:
    """The files that were taken over, the latest first."""
    return db.session.scalars(
        select(PastImport)
        .options(joinedload(PastImport.file), joinedload(PastImport.by), joinedload(PastImport.taken_back_by))
        .order_by(PastImport.id.desc())
    ).all()


def one_import(id: int) -> PastImport | None:
    """One file that was taken over, with its file."""
    return db.session.get(PastImport, id, options=[joinedload(PastImport.file)])


def headings() -> dict[str, Heading]:
    """The headings that somebody has matched, by their bare text."""
    return {each.heading: each for each in db.session.scalars(select(Heading))}


def of_import(source: PastImport) -> Sequence[PastAward]:
    """The awards of one file that stand, with their records."""
    return db.session.scalars(
        select(PastAward)
        .where(PastAward.import_id == source.id, PastAward.standing)
        .options(joinedload(PastAward.record))
        .order_by(PastAward.id)
    ).all()


def unmatched() -> Sequence[PastAward]:
    """The awards in yuan whose body is not known by its code."""
    return db.session.scalars(
        select(PastAward)
        .where(
            PastAward.standing,
            PastAward.currency == YUAN,
            PastAward.organization_id.is_(None),
            PastAward.code != "",
        )
        .order_by(PastAward.id)
    ).all()


def bodies(codes: set[str]) -> dict[str, Organization]:
    """The bodies of the register with these credit codes, by code; of merged records the one that stays. One statement
    for each 500 codes.
    """
    asked, found = sorted(codes), dict[str, Organization]()
    for start in range(0, len(asked), 500):
        for body in db.session.scalars(
            select(Organization)
            .where(Organization.credit_code.in_(asked[start : start + 500]))
            .order_by(Organization.merged_into_id.is_(None), Organization.id)
        ):
            found[body.credit_code] = body
    return found


def known_records(organizations: set[int]) -> dict[tuple[int, int, str], TrackRecord]:
    """What eligibility looks back at, by organization, year and title. One statement for each 500 organizations."""
    asked, found = sorted(organizations), dict[tuple[int, int, str], TrackRecord]()
    for start in range(0, len(asked), 500):
        for record in db.session.scalars(
            select(TrackRecord).where(TrackRecord.organization_id.in_(asked[start : start + 500]))
        ):
            found[record.organization_id, record.year, record.title] = record
    return found


def broken_records() -> Iterator[str]:
    """Each record that was made for an earlier award says what the award says."""
    for award, record in db.session.execute(
        select(PastAward, TrackRecord).join(PastAward.record).order_by(PastAward.id)
    ):
        said = (award.organization_id, award.year, award.title, award.amount)
        ends = (award.outcome is Outcome.CLOSED, award.outcome is Outcome.BROKEN_OFF)
        if said != (record.organization_id, record.year, record.title, record.amount) or ends != (
            record.closed,
            record.broken_off,
        ):
            yield f"past award {award.id}: its record {record.id} says otherwise"
