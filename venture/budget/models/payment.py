"""Payments and their batches: four acts by three people. All amounts in fen."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models.award import Instalment
from venture.db import Base, choice
from venture.people.models import Paper, Person
from venture.rounds.models import Round, Source
from venture.words import N_, Word


class Batch(Base):
    """拨款批次: payments that are requested, checked and released together and printed on one sheet."""

    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    made_by: Mapped[Person] = relationship()
    payments: Mapped[list["Payment"]] = relationship(order_by="Payment.id", back_populates="batch")
    __table_args__ = (UniqueConstraint("round_id", "number"),)


class PaymentState(Word):
    """经办 → 审核 → 负责人 → 已拨; sent back at any step before it is paid."""

    REQUESTED = "requested", N_("Requested")
    CHECKED = "checked", N_("Checked")
    RELEASED = "released", N_("Released")
    PAID = "paid", N_("Paid")
    RETURNED = "returned", N_("Sent back")


class Payment(Base):
    """One instalment on its way to the payee's account, as that account stood when it was requested."""

    __tablename__ = "payment"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    amount: Mapped[int]
    state: Mapped[PaymentState] = mapped_column(choice(PaymentState), default=PaymentState.REQUESTED)
    account_name: Mapped[str]
    bank: Mapped[str]
    account_no: Mapped[str]
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    voucher_no: Mapped[str | None]
    paid_on: Mapped[date | None]
    returned_reason: Mapped[str] = mapped_column(default="")
    batch: Mapped[Batch] = relationship(back_populates="payments")
    instalment: Mapped[Instalment] = relationship(back_populates="payments")
    requested_by: Mapped[Person] = relationship(foreign_keys=[requested_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    released_by: Mapped[Person | None] = relationship(foreign_keys=[released_by_id])
    recorded_by: Mapped[Person | None] = relationship(foreign_keys=[recorded_by_id])
    paper: Mapped[Paper | None] = relationship()
    source: Mapped[Source | None] = relationship()
    __table_args__ = (
        Index(
            "uq_payment_instalment",
            "instalment_id",
            unique=True,
            sqlite_where=text("state <> 'returned'"),
            postgresql_where=text("state <> 'returned'"),
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "checked_by_id <> requested_by_id AND released_by_id <> requested_by_id "
            "AND released_by_id <> checked_by_id",
            name="three_people",
        ),
        CheckConstraint(
            "state NOT IN ('checked', 'released', 'paid') OR checked_by_id IS NOT NULL", name="checked"
        ),
        CheckConstraint("state NOT IN ('released', 'paid') OR released_by_id IS NOT NULL", name="released"),
        CheckConstraint(
            "state <> 'paid' OR (voucher_no <> '' AND paid_on IS NOT NULL AND recorded_by_id IS NOT NULL)",
            name="voucher",
        ),
    )
