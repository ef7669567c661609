"""项目优化: plan and budget rewritten to the approved amount, and each text of it that was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models.award import Award
from venture.db import Base, choice
from venture.people.models import Person
from venture.words import N_, Word


class RevisionState(Word):
    """Who has the revision: the organization writes it, the office looks at it, or it is accepted."""

    WRITING = "writing", N_("Being written")
    SENT = "sent", N_("Waits for the office")
    RETURNED = "returned", N_("Sent back for changes")
    ACCEPTED = "accepted", N_("Accepted")


class Revision(Base):
    """The revision of one award. `answers` holds the rewritten fields, as typed; all others stand as applied for.

    `saves` counts saves, so that a stale form is noticed; `reason` is why it was sent back last.
    """

    __tablename__ = "revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), unique=True)
    state: Mapped[RevisionState] = mapped_column(choice(RevisionState), default=RevisionState.WRITING)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saves: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    said_at: Mapped[datetime | None]  # when the trail last told of an autosave
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship()
    saved_by: Mapped[Person | None] = relationship(foreign_keys=[saved_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    versions: Mapped[list["RevisedVersion"]] = relationship(
        order_by="RevisedVersion.number", back_populates="revision"
    )
    __table_args__ = (
        CheckConstraint("saves >= 0", name="saves"),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="reason"),
        CheckConstraint(
            "state NOT IN ('returned', 'accepted') OR (decided_at IS NOT NULL AND decided_by_id IS NOT NULL)",
            name="decided",
        ),
    )

    @property
    def writable(self) -> bool:
        """Whether the organization has it."""
        return self.state in (RevisionState.WRITING, RevisionState.RETURNED)


class RevisedVersion(Base):
    """A revision as it was sent: the whole plan and budget, frozen with its SHA-256; `granted` in fen. Never changed."""

    __tablename__ = "revised_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    granted: Mapped[int]
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revision: Mapped[Revision] = relationship(back_populates="versions")
    sent_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("revision_id", "number"),
        CheckConstraint("granted > 0", name="granted"),
    )
