"""专家劳务费: rates of a round by title, each expert's fee with its tax and receipt, and where it is paid to, sealed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.people.models import Person
from venture.review.models.panel import Panelist
from venture.review.models.pool import Title


class FeeRate(Base):
    """What an expert of a title gets for a round, in fen before tax."""

    __tablename__ = "fee_rate"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    title: Mapped[Title] = mapped_column(choice(Title))
    amount: Mapped[int]
    __table_args__ = (
        UniqueConstraint("round_id", "title"),
        CheckConstraint("amount >= 0", name="amount"),
    )


class Fee(Base):
    """One expert's fee of a round in fen; another amount than the rate has its reason. Who sets it notes no receipt."""

    __tablename__ = "fee"
    id: Mapped[int] = mapped_column(primary_key=True)
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelist.id"), unique=True)
    gross: Mapped[int]
    tax: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_on: Mapped[date | None]
    noted_at: Mapped[datetime | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    panelist: Mapped[Panelist] = relationship()
    __table_args__ = (
        CheckConstraint("tax >= 0 AND tax <= gross", name="tax"),
        CheckConstraint(
            "(signed_on IS NULL) = (noted_at IS NULL) AND (signed_on IS NULL) = (noted_by_id IS NULL)",
            name="receipt",
        ),
        CheckConstraint("noted_by_id <> set_by_id", name="two_people"),
    )

    @property
    def net(self) -> int:
        """What the expert gets, in fen."""
        return self.gross - self.tax


class ExpertAccount(Base):
    """Identity number, bank and card of an expert, sealed with the app's secret; apart from all that pages read."""

    __tablename__ = "expert_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    sealed: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    entered_by: Mapped[Person] = relationship(foreign_keys=[entered_by_id])
    __table_args__ = (CheckConstraint("sealed <> ''", name="sealed"),)
