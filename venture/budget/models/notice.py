"""Public notices of a decision and the objections against them. All amounts in fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.budget.models.decision import Decision
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Person
from venture.words import N_, Word


class Notice(Base):
    """公示: the approved list in public, from its first to its last day (both printed).

    `content` is the list as it was published: only what the public may read, frozen with its SHA-256.
    """

    __tablename__ = "notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sha256: Mapped[str] = mapped_column(default="")
    decision: Mapped[Decision] = relationship()
    objections: Mapped[list["Objection"]] = relationship(order_by="Objection.id", back_populates="notice")
    outcomes: Mapped[list["NoticeOutcome"]] = relationship(
        order_by="NoticeOutcome.number", back_populates="notice"
    )
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="days"),)


class OutcomeKind(Word):
    """What is published after a notice: its result, or what was wrong in it."""

    RESULT = "result", N_("Announcement of the result")
    CORRECTION = "correction", N_("Announcement of a correction")


class NoticeOutcome(Base):
    """结果公告、更正公告: what became of a notice, published as one of its own with its number; never changed.

    `content` is what the public reads, frozen with its SHA-256: the rows as they stand and what changed since.
    """

    __tablename__ = "notice_outcome"
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    number: Mapped[int]
    kind: Mapped[OutcomeKind] = mapped_column(choice(OutcomeKind))
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    notice: Mapped[Notice] = relationship(back_populates="outcomes")
    __table_args__ = (
        UniqueConstraint("notice_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )


class Posting(Base):
    """张贴记录: where else a notice or its outcome stood, from which day, and a picture of it; never changed."""

    __tablename__ = "posting"
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    outcome_id: Mapped[int | None] = mapped_column(ForeignKey("notice_outcome.id"))
    address: Mapped[str]
    posted_on: Mapped[date]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    notice: Mapped[Notice] = relationship()
    outcome: Mapped[NoticeOutcome | None] = relationship()
    file: Mapped[File | None] = relationship()
    by: Mapped[Person] = relationship()
    __table_args__ = (CheckConstraint("address <> ''", name="address"),)


class Remedy(Word):
    """What an upheld objection led to."""

    CANCELLED = "cancelled", N_("The project was taken off the list")
    CORRECTED = "corrected", N_("The ranking was corrected")


class Objection(Base):
    """异议: what anyone says against a notice, with a receipt; answered by the bureau, upheld or not."""

    __tablename__ = "objection"
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    name: Mapped[str]
    contact: Mapped[str]
    text: Mapped[str]
    receipt: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # made with the form: the same press twice is one objection
    made_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    upheld: Mapped[bool | None]
    remedy: Mapped[Remedy | None] = mapped_column(choice(Remedy))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    notice: Mapped[Notice] = relationship(back_populates="objections")
    application: Mapped[Application | None] = relationship()
    answered_by: Mapped[Person | None] = relationship()
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("(answered_at IS NULL) = (upheld IS NULL)", name="answered"),
        CheckConstraint("remedy IS NULL OR (upheld IS NOT NULL AND upheld)", name="remedied"),
    )
