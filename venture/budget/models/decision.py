"""The list of proposed awards: what the rule computed and what people decided. All amounts in fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Paper, Person
from venture.rounds.models import Round, Theme
from venture.words import N_, Word


class DecisionState(Word):
    """A list of proposed awards is made by one person and approved by another."""

    PROPOSED = "proposed", N_("Proposed")
    APPROVED = "approved", N_("Approved")
    WITHDRAWN = "withdrawn", N_("Taken back")


class Decision(Base):
    """拟立项名单: the list computed from the ranking and decided by people at a meeting with minutes."""

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    state: Mapped[DecisionState] = mapped_column(choice(DecisionState), default=DecisionState.PROPOSED)
    rules: Mapped[dict[str, Any]]  # the settings the list was computed with, as printed on it
    called_up: Mapped[str] = mapped_column(default="", server_default="")  # from a waiting list: why
    held_on: Mapped[date | None]
    minutes_no: Mapped[str] = mapped_column(default="")
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))  # while proposed: entered, unchecked
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdraw_reason: Mapped[str] = mapped_column(default="")
    round: Mapped[Round] = relationship()
    scan: Mapped[File | None] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])
    paper: Mapped[Paper | None] = relationship()
    lines: Mapped[list["DecisionLine"]] = relationship(
        order_by="DecisionLine.position", back_populates="decision"
    )
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="approved"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL)", name="withdrawn"),
        CheckConstraint("(withdraw_reason = '') = (withdrawn_by_id IS NULL)", name="withdraw_reason"),
        CheckConstraint("state <> 'approved' OR (held_on IS NOT NULL AND minutes_no <> '')", name="minutes"),
    )


class DecisionLine(Base):
    """One application in the list: its score and rank, what the rule computed, what people decided and why.

    `score` is hundredths as displayed; `outcome` is the rule's own word for its result («funded» …).
    `outside`: funded otherwise than the ranking says, which the published list marks. `waiting` is the place on the
    waiting list of the theme, where the round keeps one; the outcome says why it is there.
    """

    __tablename__ = "decision_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    position: Mapped[int]
    rank: Mapped[int | None]
    score: Mapped[int | None]
    asked: Mapped[int]
    recommended: Mapped[int]
    computed: Mapped[int]
    outcome: Mapped[str]
    decided: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    outside: Mapped[bool] = mapped_column(default=False)
    waiting: Mapped[int | None]
    decision: Mapped[Decision] = relationship(back_populates="lines")
    application: Mapped[Application] = relationship()
    theme: Mapped[Theme] = relationship()
    __table_args__ = (
        UniqueConstraint("decision_id", "application_id"),
        CheckConstraint("decided >= 0 AND decided <= asked", name="decided"),
        CheckConstraint("recommended >= 0 AND recommended <= asked", name="recommended"),
        CheckConstraint("decided = computed OR reason <> ''", name="reason"),
        CheckConstraint("waiting IS NULL OR (waiting > 0 AND decided = 0)", name="waiting"),
    )
