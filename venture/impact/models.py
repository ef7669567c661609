"""The bridge: which project supported which matter, in which steps, to which share, as confirmed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.budget.models import Award
from venture.db import Base, choice
from venture.deliberation.models import WHOLE, Matter
from venture.people.models import Paper, Person
from venture.words import N_, Word


class SupportState(Word):
    """A claim by the organization counts only when the community has confirmed it."""

    CLAIMED = "claimed", N_("Claimed")
    CONFIRMED = "confirmed", N_("Confirmed")
    REFUSED = "refused", N_("Not confirmed")
    WITHDRAWN = "withdrawn", N_("Claim taken back")


class Way(Word):
    """How a community confirmed."""

    ACCOUNT = "account", N_("Signed in")
    LINK = "link", N_("One-time link")
    PAPER = "paper", N_("On paper")


class Support(Base):
    """项目支持: a project's part in a matter. `steps` lists numbers 1–7; `share` in parts of WHOLE.

    The share counts only once confirmed; without a `share_reason` it is the equal one and follows the number
    of projects. `paper` may stand there before it is checked; only then is the support confirmed.
    """

    __tablename__ = "support"
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    steps: Mapped[list[Any]]
    share: Mapped[int] = mapped_column(default=WHOLE)
    share_reason: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[SupportState] = mapped_column(choice(SupportState), default=SupportState.CLAIMED)
    claimed_at: Mapped[datetime]
    claimed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmer: Mapped[str] = mapped_column(default="")  # the name on the paper or typed at the link
    way: Mapped[Way | None] = mapped_column(choice(Way))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    answer: Mapped[str] = mapped_column(default="")
    matter: Mapped[Matter] = relationship()
    award: Mapped[Award] = relationship()
    claimed_by: Mapped[Person] = relationship(foreign_keys=[claimed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    paper: Mapped[Paper | None] = relationship()
    __table_args__ = (
        UniqueConstraint("matter_id", "award_id"),
        CheckConstraint(f"share > 0 AND share <= {WHOLE}", name="share"),
        CheckConstraint("confirmed_by_id <> claimed_by_id", name="two_people"),
        CheckConstraint(
            "state <> 'confirmed' OR (way IS NOT NULL AND confirmed_on IS NOT NULL AND confirmer <> '')",
            name="confirmed",
        ),
        CheckConstraint("way <> 'paper' OR paper_id IS NOT NULL", name="on_paper"),
        CheckConstraint("way <> 'account' OR confirmed_by_id IS NOT NULL", name="by_account"),
        CheckConstraint("state <> 'refused' OR answer <> ''", name="answer"),
    )


class ConfirmLink(Base):
    """A one-time link by which a community confirms without an account; a newer one puts an end to it."""

    __tablename__ = "confirm_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    support_id: Mapped[int] = mapped_column(ForeignKey("support.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    support: Mapped[Support] = relationship()
    made_by: Mapped[Person] = relationship()
