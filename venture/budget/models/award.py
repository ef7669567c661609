"""Awards and their instalments; an award's row carries the limit of what is paid or on its way. All amounts in fen."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, UniqueConstraint, false, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.budget.models.decision import DecisionLine
from venture.db import Base, choice
from venture.rounds.models import Condition, Theme
from venture.words import N_, Word

if TYPE_CHECKING:
    from venture.budget.models.evidence import Invoice
    from venture.budget.models.payment import Payment


class AwardState(Word):
    """An award lives until it is cancelled; what was not paid then returns to its theme."""

    LIVE = "live", N_("Awarded")
    CANCELLED = "cancelled", N_("Cancelled")


class Award(Base):
    """立项: money granted to one application under its theme; requested, recommended, approved, contracted stay apart.

    `amount` is what was approved; `contracted` what the agreement gives, which may be lower: written when it is
    lowered or signed, and then the limit of all that is paid. `paid` is what the organization holds now: what was paid
    without what came back. `freed` is what returned to the theme: at a cancellation, cut at the settlement, or paid
    back. `claimed` is what was claimed back and has not come yet. `accepted` is the cost that the audit accepted, once
    the award is settled. While `stopped` says why, nothing more is requested, checked or released; written by the
    later stages, which know the reason.
    """

    __tablename__ = "award"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("decision_line.id"), unique=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    project_no: Mapped[str] = mapped_column(unique=True)
    requested: Mapped[int]
    recommended: Mapped[int]
    amount: Mapped[int]
    contracted: Mapped[int | None]
    pending: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    freed: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed: Mapped[int] = mapped_column(default=0, server_default="0")
    accepted: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    stopped: Mapped[str] = mapped_column(default="", server_default="")
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
        CheckConstraint(
            "freed >= 0 AND paid + pending + freed <= coalesce(contracted, amount)", name="freed"
        ),
        CheckConstraint("claimed >= 0 AND claimed <= paid", name="claimed"),
        CheckConstraint("accepted >= 0 AND (accepted IS NULL) = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "contracted IS NULL OR (contracted > 0 AND contracted <= amount AND paid + pending <= contracted)",
            name="contracted",
        ),
        CheckConstraint("(agreement_no IS NULL) = (signed_on IS NULL)", name="signed"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason <> '')", name="cancelled"),
    )

    @hybrid_property
    def entitled(self) -> int:
        """What can be paid on it in all, in fen: as contracted, or as approved while nothing else is agreed."""
        return self.amount if self.contracted is None else self.contracted

    @entitled.inplace.expression
    @classmethod
    def _entitled(cls) -> ColumnElement[int]:
        return func.coalesce(cls.contracted, cls.amount)

    @property
    def unpaid(self) -> int:
        """What is granted but neither paid, on its way, nor returned to the theme, in fen."""
        return self.entitled - self.paid - self.pending - self.freed

    @property
    def left(self) -> int:
        """What the organization may still get: granted, neither paid nor returned to the theme, in fen."""
        return self.entitled - self.paid - self.freed


class Instalment(Base):
    """拨款期次: one part of an award, due some working days after its condition is met.

    `amount` is the plan's and stays; `cut` is what the settlement took off it. `invoice`: it is requested
    only once a receipt or invoice is handed in. The working
    days until `due_on` count from `due_from`: the day the condition was met, or the invoice came if that was later.
    """

    __tablename__ = "instalment"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    name: Mapped[str]
    weight: Mapped[int]
    amount: Mapped[int]
    cut: Mapped[int] = mapped_column(default=0, server_default="0")
    condition: Mapped[Condition] = mapped_column(choice(Condition))
    due_days: Mapped[int]
    invoice: Mapped[bool] = mapped_column(default=False, server_default=false())
    met_on: Mapped[date | None]
    met_note: Mapped[str] = mapped_column(default="")
    due_from: Mapped[date | None]
    due_on: Mapped[date | None]
    award: Mapped[Award] = relationship(back_populates="instalments")
    payments: Mapped[list["Payment"]] = relationship(order_by="Payment.id", back_populates="instalment")
    invoices: Mapped[list["Invoice"]] = relationship(order_by="Invoice.id", back_populates="instalment")
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("cut >= 0 AND cut <= amount", name="cut"),
        CheckConstraint("(met_on IS NULL) = (due_on IS NULL)", name="met"),
    )

    @property
    def payable(self) -> int:
        """What is paid with this instalment: its amount without what the settlement cut, in fen."""
        return self.amount - self.cut
