"""专家库: experts with what they know and whom they are tied to; their invitations to the panels of rounds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.people.models import Paper, Person
from venture.review.drawing import Candidate, Conditions
from venture.rounds.models import Round
from venture.words import N_, Word


class Title(Word):
    """职称: the level of a professional title, whatever the profession."""

    SENIOR = "senior", N_("Senior title")
    ASSOCIATE = "associate", N_("Associate senior title")
    MIDDLE = "middle", N_("Middle title")
    JUNIOR = "junior", N_("Junior title")
    NONE = "none", N_("No title")


class Competence(Word):
    """What an expert can judge."""

    FINANCE = "finance", N_("Finance and audit")
    SOCIAL_WORK = "social_work", N_("Social work")
    GOVERNANCE = "governance", N_("Community governance")
    EVALUATION = "evaluation", N_("Project evaluation")
    LAW = "law", N_("Law")
    OLD = "old", N_("Services for the old")
    YOUTH = "youth", N_("Services for the young")
    DISABLED = "disabled", N_("Services for the disabled")
    NEED = "need", N_("Help in need")
    WOMEN = "women", N_("Women and families")
    HEALTH = "health", N_("Health")


class PoolState(Word):
    """Whether an expert may be drawn and invited."""

    ACTIVE = "active", N_("Active")
    BLOCKED = "blocked", N_("Blocked")
    RETIRED = "retired", N_("Left the pool")


class Expert(Base):
    """评审专家: a person in the pool. Seats that were taken before stay, whatever the state is now."""

    __tablename__ = "expert"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    title: Mapped[Title] = mapped_column(choice(Title), default=Title.NONE)
    employer_name: Mapped[str] = mapped_column(default="")  # where the register of organizations lacks it
    state: Mapped[PoolState] = mapped_column(choice(PoolState), default=PoolState.ACTIVE, index=True)
    reason: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    fields: Mapped[list["ExpertField"]] = relationship(
        order_by="ExpertField.id", cascade="all, delete-orphan", back_populates="expert"
    )
    affiliations: Mapped[list["Affiliation"]] = relationship(
        order_by="Affiliation.id", cascade="all, delete-orphan", back_populates="expert"
    )
    __table_args__ = (CheckConstraint("(state = 'active') = (reason = '')", name="reason"),)

    @property
    def competences(self) -> list[Competence]:
        """What the expert can judge, in the order of the list."""
        return [one for one in Competence if one in {row.field for row in self.fields}]


class ExpertField(Base):
    """One thing that an expert can judge."""

    __tablename__ = "expert_field"
    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"))
    field: Mapped[Competence] = mapped_column(choice(Competence))
    expert: Mapped[Expert] = relationship(back_populates="fields")
    __table_args__ = (UniqueConstraint("expert_id", "field"),)


class Affiliated(Word):
    """How an expert belongs to an organization or a community besides being employed."""

    OFFICE = "office", N_("Holds an office")
    ADVISER = "adviser", N_("Has advised")
    RESIDENT = "resident", N_("Lives in")
    SERVES = "serves", N_("Serves in")


class Affiliation(Base):
    """One bond of an expert: to an organization by credit code, or to a community by its 12-digit code."""

    __tablename__ = "affiliation"
    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"))
    kind: Mapped[Affiliated] = mapped_column(choice(Affiliated))
    code: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    expert: Mapped[Expert] = relationship(back_populates="affiliations")
    __table_args__ = (
        UniqueConstraint("expert_id", "kind", "code"),
        CheckConstraint(
            "length(code) = CASE WHEN kind IN ('office', 'adviser') THEN 18 ELSE 12 END", name="code"
        ),
    )


class PoolDraw(Base):
    """One random draw from the pool for a round's panel, as `drawing.draw` made it; rows are never changed.

    `eligible` lists those who could be drawn: number in the pool, name, employer's credit code, whether of finance;
    `fields` what they had to be able to judge. `order` and `chosen` are numbers in the pool. A later draw says why.
    """

    __tablename__ = "pool_draw"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    places: Mapped[int]
    finance: Mapped[int]
    per_employer: Mapped[int]
    fields: Mapped[list[Any]]
    eligible: Mapped[list[Any]]
    eligible_sha256: Mapped[str]
    seed: Mapped[str]
    order: Mapped[list[Any]]
    chosen: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    made_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(
            "places >= 1 AND finance BETWEEN 0 AND places AND per_employer >= 0", name="conditions"
        ),
        CheckConstraint("seed <> ''", name="seed"),
        CheckConstraint("length(eligible_sha256) = 64", name="eligible_sha256"),
        CheckConstraint("number = 1 OR reason <> ''", name="reason"),
    )

    @property
    def conditions(self) -> Conditions:
        return Conditions(self.places, self.finance, self.per_employer)

    @property
    def candidates(self) -> list[Candidate]:
        """Those who could be drawn, as the draw saw them."""
        return [Candidate(*row) for row in self.eligible]

    @property
    def ordered(self) -> list[Candidate]:
        """The same in the order of chance."""
        by_number = {one.number: one for one in self.candidates}
        return [by_number[number] for number in self.order]


class Answer(Word):
    """How far an invitation to a panel has come."""

    INVITED = "invited", N_("Invited")
    ACCEPTED = "accepted", N_("Accepted")
    DECLINED = "declined", N_("Declined")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    LAPSED = "lapsed", N_("Lapsed")


class PanelInvitation(Base):
    """An expert asked to sit on a round's panel, until the end of a day of Beijing; only who accepted gets a seat.

    `pledge` is the text (保密与承诺) that was agreed to with the acceptance. Answered by the expert on screen, or on
    paper or by word as `paper` says. A substitute `replaces` the invitation that came to nothing. `draw`: the draw whose
    order it follows.
    """

    __tablename__ = "panel_invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[Answer] = mapped_column(choice(Answer), default=Answer.INVITED)
    answer_by_on: Mapped[date]
    pledge: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    draw_id: Mapped[int | None] = mapped_column(ForeignKey("pool_draw.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("panel_invitation.id"), unique=True)
    round: Mapped[Round] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    invited_by: Mapped[Person] = relationship(foreign_keys=[invited_by_id])
    paper: Mapped[Paper | None] = relationship()
    draw: Mapped[PoolDraw | None] = relationship()
    replaces: Mapped["PanelInvitation | None"] = relationship(remote_side=[id])
    __table_args__ = (
        CheckConstraint("state NOT IN ('declined', 'withdrawn') OR reason <> ''", name="reason"),
        CheckConstraint(
            "(state NOT IN ('accepted', 'declined') OR answered_at IS NOT NULL) "
            "AND (state NOT IN ('invited', 'lapsed') OR answered_at IS NULL)",
            name="answered",
        ),
        CheckConstraint("paper_id IS NULL OR state <> 'invited'", name="paper"),
        CheckConstraint("replaces_id <> id", name="replaces"),
        CheckConstraint("pledge <> ''", name="pledge"),
        Index(
            "uq_panel_invitation_live",
            "round_id",
            "person_id",
            unique=True,
            sqlite_where=text("state IN ('invited', 'accepted')"),
            postgresql_where=text("state IN ('invited', 'accepted')"),
        ),
    )

    def standing_on(self, day: date) -> Answer:
        """The state, an unanswered one being lapsed once its last day is over."""
        overdue = self.state is Answer.INVITED and self.answer_by_on < day
        return Answer.LAPSED if overdue else self.state


class Interest(Base):
    """利害关系: an organization (name or credit code) or a person (name) to which an expert of a round's panel declared
    a tie, without being told who applied. Applications that it names are found whenever ties are looked for.
    """

    __tablename__ = "interest"
    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("panel_invitation.id"))
    name: Mapped[str]
    note: Mapped[str]
    said_at: Mapped[datetime]
    invitation: Mapped[PanelInvitation] = relationship()
    __table_args__ = (
        UniqueConstraint("invitation_id", "name"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("note <> ''", name="note"),
    )
