"""What a payment needs beside its condition: the invoice of an instalment, and the account it goes to."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models.award import Instalment
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Organization, Person
from venture.words import N_, Word


class InvoiceKind(Word):
    """收据 or 发票: what an organization hands in for the money it asks for."""

    RECEIPT = "receipt", N_("Receipt")
    INVOICE = "invoice", N_("Tax invoice")


class Invoice(Base):
    """A receipt or invoice for one instalment, of the same amount (fen); its number stands once for an organization.

    One that was wrong is taken back with the reason; it stays readable, and its number is free again.
    """

    __tablename__ = "invoice"
    id: Mapped[int] = mapped_column(primary_key=True)
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[InvoiceKind] = mapped_column(choice(InvoiceKind))
    number: Mapped[str]
    issued_on: Mapped[date]
    amount: Mapped[int]
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    handed_at: Mapped[datetime]
    handed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdraw_reason: Mapped[str] = mapped_column(default="")
    instalment: Mapped[Instalment] = relationship(back_populates="invoices")
    organization: Mapped[Organization] = relationship()
    scan: Mapped[File | None] = relationship()
    handed_by: Mapped[Person] = relationship()
    __table_args__ = (
        Index(
            "uq_invoice_instalment",
            "instalment_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(
            "uq_invoice_number",
            "organization_id",
            "number",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("number <> ''", name="number"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdraw_reason = '')", name="withdrawn"),
    )


class ChangeState(Word):
    """A changed account is asked for by one person and approved by another."""

    ASKED = "asked", N_("Waits for approval")
    APPROVED = "approved", N_("Approved")
    DROPPED = "dropped", N_("Not changed")


class AccountChange(Base):
    """账户变更: another payee account for an organization with an award, with the bank's proof; both stay readable."""

    __tablename__ = "account_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    state: Mapped[ChangeState] = mapped_column(choice(ChangeState), default=ChangeState.ASKED)
    account_name: Mapped[str]
    bank: Mapped[str]
    account_no: Mapped[str]
    old_name: Mapped[str]
    old_bank: Mapped[str]
    old_no: Mapped[str]
    reason: Mapped[str]
    proof_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")
    organization: Mapped[Organization] = relationship()
    proof: Mapped[File] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    __table_args__ = (
        Index(
            "uq_account_change_organization",
            "organization_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "(state = 'asked') = (decided_by_id IS NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name="decided",
        ),
        CheckConstraint("state <> 'approved' OR decided_by_id <> asked_by_id", name="two_people"),
        CheckConstraint("state <> 'dropped' OR answer <> ''", name="answer"),
    )
