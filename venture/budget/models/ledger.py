"""The append-only ledger in double entry. All amounts in fen."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.people.models import Person
from venture.words import N_, Word


class Account(Word):
    """The accounts of the ledger, from the earmark to the payee."""

    EARMARK = "earmark", N_("Left in the theme")
    COMMITTED = "committed", N_("Committed to awards")
    PENDING = "pending", N_("Requested, not yet paid")
    PAID = "paid", N_("Paid so far")


class Operation(Base):
    """One operation of the ledger; its entries sum to zero. `key` makes a repeat the same operation."""

    __tablename__ = "operation"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[Person] = relationship()
    entries: Mapped[list["Entry"]] = relationship(order_by="Entry.id", back_populates="operation")


class Entry(Base):
    """One line of the append-only ledger: a signed amount into an account, of a theme and its award."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    account: Mapped[Account] = mapped_column(choice(Account))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    award_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    amount: Mapped[int]
    operation: Mapped[Operation] = relationship(back_populates="entries")
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)
