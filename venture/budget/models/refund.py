"""追回: what an organization has to pay back, and what of it came, in parts. All amounts in fen."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models.award import Award
from venture.db import Base
from venture.people.models import Person


class Claim(Base):
    """A sum claimed back from an organization, with the reason and the last day; it comes back in parts or at once.

    A claim that was wrong is taken back with its reason; what came on it stays booked.
    """

    __tablename__ = "claim"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    amount: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    due_on: Mapped[date]
    key: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdraw_reason: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    made_by: Mapped[Person] = relationship()
    refunds: Mapped[list["Refund"]] = relationship(order_by="Refund.id", back_populates="claim")
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("received >= 0 AND received <= amount", name="received"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdraw_reason = '')", name="withdrawn"),
    )

    @property
    def open(self) -> int:
        """What is still to come, in fen: nothing once the claim was taken back."""
        return 0 if self.withdrawn_at is not None else self.amount - self.received


class Refund(Base):
    """Money that came back on a claim, as another person than the claimant recorded it.

    One that was recorded wrongly is undone by new entries and stays readable with the reason.
    """

    __tablename__ = "refund"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    amount: Mapped[int]
    received_on: Mapped[date]
    voucher_no: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    claimed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undo_reason: Mapped[str] = mapped_column(default="")
    claim: Mapped[Claim] = relationship(back_populates="refunds")
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    undone_by: Mapped[Person | None] = relationship(foreign_keys=[undone_by_id])
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("voucher_no <> ''", name="voucher"),
        CheckConstraint("recorded_by_id <> claimed_by_id", name="two_people"),
        CheckConstraint(
            "(undone_at IS NULL) = (undo_reason = '') AND (undone_at IS NULL) = (undone_by_id IS NULL)",
            name="undone",
        ),
    )
