"""Decisions, notices, awards, instalments, payments, and the append-only ledger. All amounts in fen.

Each limit is carried by one row: a theme's `committed`, an award's `paid + pending`; their CHECKs hold
whatever the code does. A decision has a maker and another approver; a payment four acts by three people.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Paper, Person
from venture.rounds.models import Condition, Round, Theme
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
    `outside`: funded otherwise than the ranking says, which the published list marks.
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
    decision: Mapped[Decision] = relationship(back_populates="lines")
    application: Mapped[Application] = relationship()
    theme: Mapped[Theme] = relationship()
    __table_args__ = (
        UniqueConstraint("decision_id", "application_id"),
        CheckConstraint("decided >= 0 AND decided <= asked", name="decided"),
        CheckConstraint("recommended >= 0 AND recommended <= asked", name="recommended"),
        CheckConstraint("decided = computed OR reason <> ''", name="reason"),
    )


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


class AwardState(Word):
    """An award lives until it is cancelled; what was not paid then returns to its theme."""

    LIVE = "live", N_("Awarded")
    CANCELLED = "cancelled", N_("Cancelled")


class Award(Base):
    """立项: money granted to one application under its theme; requested, recommended, approved stay apart."""

    __tablename__ = "award"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("decision_line.id"), unique=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    project_no: Mapped[str] = mapped_column(unique=True)
    requested: Mapped[int]
    recommended: Mapped[int]
    amount: Mapped[int]
    pending: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    state: Mapped[AwardState] = mapped_column(choice(AwardState), default=AwardState.LIVE)
    awarded_at: Mapped[datetime]
    agreement_no: Mapped[str | None] = mapped_column(unique=True)
    signed_on: Mapped[date | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")
    application: Mapped[Application] = relationship()
    line: Mapped[DecisionLine] = relationship()
    theme: Mapped[Theme] = relationship()
    instalments: Mapped[list["Instalment"]] = relationship(
        order_by="Instalment.number", back_populates="award"
    )
    __table_args__ = (
        CheckConstraint("amount > 0 AND amount <= requested", name="amount"),
        CheckConstraint("paid >= 0 AND pending >= 0 AND paid + pending <= amount", name="paid"),
        CheckConstraint("(agreement_no IS NULL) = (signed_on IS NULL)", name="signed"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason <> '')", name="cancelled"),
    )

    @property
    def unpaid(self) -> int:
        """What is granted but neither paid nor on its way, in fen."""
        return self.amount - self.paid - self.pending


class Instalment(Base):
    """拨款期次: one part of an award, due some working days after its condition is met."""

    __tablename__ = "instalment"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    name: Mapped[str]
    weight: Mapped[int]
    amount: Mapped[int]
    condition: Mapped[Condition] = mapped_column(choice(Condition))
    due_days: Mapped[int]
    met_on: Mapped[date | None]
    met_note: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    award: Mapped[Award] = relationship(back_populates="instalments")
    payments: Mapped[list["Payment"]] = relationship(order_by="Payment.id", back_populates="instalment")
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(met_on IS NULL) = (due_on IS NULL)", name="met"),
    )


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
    amount: Mapped[int]
    operation: Mapped[Operation] = relationship(back_populates="entries")
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)
