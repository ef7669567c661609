"""Public notices of a decision and the objections against them. All amounts in fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.budget.models.decision import Decision
from venture.db import Base
from venture.people.models import Person


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
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="days"),)


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
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    notice: Mapped[Notice] = relationship(back_populates="objections")
    application: Mapped[Application | None] = relationship()
    answered_by: Mapped[Person | None] = relationship()
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("(answered_at IS NULL) = (upheld IS NULL)", name="answered"),
    )
