"""Agreements as they were drawn up, their scans, and what amends them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models.award import Award
from venture.db import Base
from venture.files import File
from venture.people.models import Person


class Agreement(Base):
    """项目协议书 as it was drawn up and printed: number, who signs for the organization, its text frozen.

    `amount` is what the text gives, in fen. Drawn up anew it is the next version of the same agreement; the newest
    counts. Never changed.

    """

    __tablename__ = "agreement"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    version: Mapped[int]
    number: Mapped[str]
    signatory: Mapped[str]
    amount: Mapped[int]
    content: Mapped[list[Any]]
    sha256: Mapped[str]
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship()
    drawn_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("award_id", "version"),
        UniqueConstraint("number", "version"),
        CheckConstraint("number <> ''", name="number"),
    )


class Amendment(Base):
    """补充协议: what an agreement says otherwise from a day on, with both values, once a second person approves.

    `changes` are rows of what, before and after; `signatory` is who signs for the organization from now on, if that
    changes. The text is frozen as that of an agreement.
    """

    __tablename__ = "amendment"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    reason: Mapped[str]
    changes: Mapped[list[Any]]
    signatory: Mapped[str]
    effective_on: Mapped[date]
    content: Mapped[list[Any]]
    sha256: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]
    award: Mapped[Award] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("approved_by_id <> made_by_id", name="two_people"),
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved"),
        CheckConstraint("approved_at IS NULL OR taken_back_at IS NULL", name="taken_back"),
    )

    @property
    def waits(self) -> bool:
        """Whether nobody has approved it or taken it back yet."""
        return self.approved_at is None and self.taken_back_at is None


class AgreementScan(Base):
    """The scan of a signed agreement, or of an amendment; a newer one stands before it, none is ever taken out."""

    __tablename__ = "agreement_scan"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("amendment.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship()
    amendment: Mapped[Amendment | None] = relationship()
    file: Mapped[File] = relationship()
    by: Mapped[Person] = relationship()
