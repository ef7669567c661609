"""Earlier awards, the files they came from, and what headings of offices' lists mean.

Amounts are hundredths of their currency's unit (fen, pence).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.files import File
from venture.past.lists import YUAN, Outcome
from venture.people.models import Organization, Person, TrackRecord
from venture.words import N_, Word


class Source(Word):
    """The kinds of file that earlier awards come from."""

    EXCEL = "excel", N_("Excel list")
    GIVING = "360giving", N_("360Giving file")


class PastImport(Base):
    """One file of earlier awards taken over; `terms` is how it was read, `left_out` how many rows were not.

    Taken back with a reason, its awards stand no more; they and the file stay on record.
    """

    __tablename__ = "past_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    source: Mapped[Source] = mapped_column(choice(Source))
    terms: Mapped[dict[str, Any]]
    added: Mapped[int]
    changed: Mapped[int]
    left_out: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_reason: Mapped[str] = mapped_column(default="")
    file: Mapped[File] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    taken_back_by: Mapped[Person | None] = relationship(foreign_keys=[taken_back_by_id])
    __table_args__ = (
        CheckConstraint("added >= 0 AND changed >= 0 AND left_out >= 0", name="counts"),
        CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by_id IS NULL) "
            "AND (taken_back_at IS NULL) = (taken_back_reason = '')",
            name="taken_back",
        ),
    )


class PastAward(Base):
    """One award of an earlier round; `key` is what it is known by when its file comes again.

    `organization_name` and `code` stand as the file wrote them; `organization` is the body of the register with this
    credit code, and `record` what its eligibility looks back at, made for this award: of awards in yuan only.
    """

    __tablename__ = "past_award"
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("past_import.id"), index=True)
    row: Mapped[int]
    key: Mapped[str]
    standing: Mapped[bool] = mapped_column(default=True)
    number: Mapped[str]
    year: Mapped[int] = mapped_column(index=True)
    round_name: Mapped[str]
    programme: Mapped[str]
    title: Mapped[str]
    organization_name: Mapped[str]
    code: Mapped[str]
    field: Mapped[str]
    place: Mapped[str]
    score: Mapped[int | None]
    rank: Mapped[int | None]
    asked: Mapped[int | None]
    amount: Mapped[int]
    currency: Mapped[str]
    agreement_no: Mapped[str]
    awarded_on: Mapped[date | None]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    note: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("track_record.id"), unique=True)
    source: Mapped[PastImport] = relationship()
    organization: Mapped[Organization | None] = relationship()
    record: Mapped[TrackRecord | None] = relationship()
    __table_args__ = (
        CheckConstraint("key <> '' AND title <> '' AND organization_name <> ''", name="texts"),
        CheckConstraint("amount >= 0 AND asked >= 0", name="amount"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("year BETWEEN 1900 AND 2199", name="year"),
        CheckConstraint(
            "record_id IS NULL OR (standing AND organization_id IS NOT NULL AND currency = 'CNY')",
            name="record",
        ),
        Index(
            "uq_past_award_key",
            "key",
            unique=True,
            sqlite_where=text("standing"),
            postgresql_where=text("standing"),
        ),
    )

    @property
    def in_yuan(self) -> bool:
        return self.currency == YUAN


class Heading(Base):
    """What a column of this heading (without blanks) holds, as somebody last matched it; "" for nothing of ours."""

    __tablename__ = "past_heading"
    id: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str] = mapped_column(unique=True)
    holds: Mapped[str]
    matched_at: Mapped[datetime]
    matched_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (CheckConstraint("heading <> ''", name="heading"),)
