"""Matters before a community's council: their steps, what was decided (outcome), what became of it (use)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.deliberation.steps import Step
from venture.files import File
from venture.people.models import Community, Organization, Person
from venture.words import N_, Word

WHOLE = 27720
"""A whole share: divisible by every number to 12, so that equal shares among that many projects are exact."""


class MatterStatus(Word):
    """Where a matter ended, or that it is still under way."""

    OPEN = "open", N_("Under way")
    RESOLVED = "resolved", N_("Resolved")
    PARTLY = "partly", N_("Partly resolved")
    UNRESOLVED = "unresolved", N_("Not resolved")
    REJECTED = "rejected", N_("Not accepted")


ENDINGS = (MatterStatus.RESOLVED, MatterStatus.PARTLY, MatterStatus.UNRESOLVED)
"""How a matter that was taken up may end."""


class Matter(Base):
    """议题: one question of one community, known to the public by its number.

    `benefited` counts residents; `credited` is the sum of confirmed project shares (in parts of WHOLE) and
    never exceeds one whole; `legacy` matters are history, out of every cost. `public` ones have a page
    for residents. `held` says whether the solution still held 90 days on; None until somebody has looked.
    """

    __tablename__ = "matter"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    title: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    field: Mapped[str] = mapped_column(default="")
    affected: Mapped[int | None]
    status: Mapped[MatterStatus] = mapped_column(choice(MatterStatus), default=MatterStatus.OPEN)
    executor: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None]
    benefited: Mapped[int | None]
    counted_how: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")  # why it was not accepted or not resolved
    rechecked_on: Mapped[date | None]
    held: Mapped[bool | None]
    public: Mapped[bool] = mapped_column(default=True)
    legacy: Mapped[bool] = mapped_column(default=False)
    credited: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    community: Mapped[Community] = relationship()
    steps: Mapped[list["StepRecord"]] = relationship(
        order_by="StepRecord.step, StepRecord.id", back_populates="matter"
    )
    outcomes: Mapped[list["Outcome"]] = relationship(
        order_by="Outcome.decided_on, Outcome.id", back_populates="matter"
    )
    parties: Mapped[list["Party"]] = relationship(order_by="Party.id")
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint(f"credited >= 0 AND credited <= {WHOLE}", name="credited"),
        CheckConstraint("(status = 'open') = (closed_on IS NULL)", name="closed"),
        CheckConstraint("benefited >= 0 AND affected >= 0", name="counts"),
        CheckConstraint("status NOT IN ('rejected', 'unresolved') OR reason <> ''", name="reason"),
        CheckConstraint("(rechecked_on IS NULL) = (held IS NULL)", name="rechecked"),
    )

    @property
    def step(self) -> int:
        """The step the matter stands at: the highest with a record, 0 before the first."""
        return max((record.step for record in self.steps), default=0)


class StepRecord(Base):
    """One of the seven steps as it happened: days, by whom, what; `recorded_at` shows a late entry."""

    __tablename__ = "step_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    step: Mapped[int]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    by_whom: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    matter: Mapped[Matter] = relationship(back_populates="steps")
    photo: Mapped[File | None] = relationship()
    recorded_by: Mapped[Person] = relationship()
    __table_args__ = (
        CheckConstraint("step BETWEEN 1 AND 7", name="step"),
        CheckConstraint("to_on >= from_on", name="days"),
        UniqueConstraint("matter_id", "step"),
    )

    @property
    def name(self) -> Step:
        return Step(self.step)


class OutcomeKind(Word):
    """What kind of thing was decided."""

    RULE = "rule", N_("Rule or pact")
    WORKS = "works", N_("Works or facility")
    SERVICE = "service", N_("Service to residents")
    MEDIATION = "mediation", N_("Settlement of a dispute")
    PROPOSAL = "proposal", N_("Proposal to a department")


class Outcome(Base):
    """协商成果: what was decided, on which day, of what kind, whom it binds."""

    __tablename__ = "outcome"
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    text: Mapped[str]
    decided_on: Mapped[date]
    kind: Mapped[OutcomeKind] = mapped_column(choice(OutcomeKind))
    binds: Mapped[str] = mapped_column(default="")
    struck: Mapped[bool] = mapped_column(default=False)  # a mistake; the correction says why
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    matter: Mapped[Matter] = relationship(back_populates="outcomes")
    uses: Mapped[list["Use"]] = relationship(order_by="Use.happened_on, Use.id", back_populates="outcome")
    __table_args__ = (CheckConstraint("text <> ''", name="text"),)


class UseKind(Word):
    """成果运用: what somebody did with an outcome."""

    CARRIED_OUT = "carried_out", N_("Carried out")
    SUPERVISED = "supervised", N_("Supervised")
    FED_BACK = "fed_back", N_("Fed back")
    REFERRED = "referred", N_("Referred and answered")


class Use(Base):
    """One use of an outcome: day, who, what was done, with a photo as evidence.

    `photo_public`: those in the picture agree that the public page shows it.
    """

    __tablename__ = "use"
    id: Mapped[int] = mapped_column(primary_key=True)
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id"), index=True)
    happened_on: Mapped[date]
    who: Mapped[str]
    kind: Mapped[UseKind] = mapped_column(choice(UseKind))
    text: Mapped[str] = mapped_column(default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    photo_public: Mapped[bool] = mapped_column(default=False)
    struck: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[Outcome] = relationship(back_populates="uses")
    photo: Mapped[File | None] = relationship()
    __table_args__ = (CheckConstraint("who <> ''", name="who"),)


class Party(Base):
    """An organization that took part in a matter, as its community confirmed (written with a support)."""

    __tablename__ = "party"
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    organization: Mapped[Organization] = relationship()
    __table_args__ = (UniqueConstraint("matter_id", "organization_id"),)


class Declared(Base):
    """A recorded total that somebody declared, with its day and source; never mixed with computed figures.

    `base` is the code of the declared total of the same day that this one is a part of, where it is one.
    """

    __tablename__ = "declared"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    value: Mapped[int]
    unit: Mapped[str]
    as_of: Mapped[date]
    source: Mapped[str]
    base: Mapped[str] = mapped_column(default="")
    __table_args__ = (UniqueConstraint("code", "as_of"), CheckConstraint("source <> ''", name="source"))
