"""The panel, its ties to applications, and score sheets with their marks (hundredths of a point)."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Application
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Paper, Person
from venture.review.conflicts import Ground
from venture.rounds.models import Aggregation, Phase, Round, Theme, ThemeCriterion
from venture.words import N_, Word


class Seat(Word):
    """How an expert stands to a round's panel."""

    INVITED = "invited", N_("Invited")
    ACCEPTED = "accepted", N_("Accepted")
    DECLINED = "declined", N_("Declined")


class Panelist(Base):
    """One expert on the panel of one round; `number` is the expert's column in the sheets (专家1…n).

    `invitation_id`: the invitation that was accepted; None where the seat is older than invitations.
    """

    __tablename__ = "panelist"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    state: Mapped[Seat] = mapped_column(choice(Seat), default=Seat.ACCEPTED)
    added_at: Mapped[datetime]
    invitation_id: Mapped[int | None] = mapped_column(
        ForeignKey("panel_invitation.id"), index=True, unique=True
    )
    person: Mapped[Person] = relationship()
    round: Mapped[Round] = relationship()
    __table_args__ = (UniqueConstraint("round_id", "person_id"), UniqueConstraint("round_id", "number"))


class Wish(Word):
    """What an expert says of a proposal before the review; nothing said is CAN."""

    WANTS = "wants", N_("I would like to")
    CAN = "can", N_("I can")
    CANNOT = "cannot", N_("I cannot")


class Preference(Base):
    """An expert's wish for one proposal of the round: the only thing besides ties that shares out the work."""

    __tablename__ = "preference"
    id: Mapped[int] = mapped_column(primary_key=True)
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelist.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    wish: Mapped[Wish] = mapped_column(choice(Wish))
    said_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("panelist_id", "application_id"),)


class Sharing(Base):
    """One sharing out of a round's proposals: the rule, the seed, and what came of it (see `assignment.Assignment`)."""

    __tablename__ = "sharing"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    places: Mapped[int]  # experts per proposal
    least: Mapped[int]  # proposals per expert
    most: Mapped[int]
    seed: Mapped[int]
    pairs: Mapped[int]
    total: Mapped[int]
    worst: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[Person] = relationship()
    __table_args__ = (
        CheckConstraint("places >= 1", name="places"),
        CheckConstraint("least >= 0 AND least <= most", name="loads"),
        CheckConstraint("seed >= 0", name="seed"),
    )


class Tie(Base):
    """回避: a ground on which a person must not see or score an application, unless dismissed with reason."""

    __tablename__ = "tie"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ground: Mapped[Ground] = mapped_column(choice(Ground))
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None: found by the system
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dismissal: Mapped[str] = mapped_column(default="")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    made_by: Mapped[Person | None] = relationship(foreign_keys=[made_by_id])
    dismissed_by: Mapped[Person | None] = relationship(foreign_keys=[dismissed_by_id])
    application: Mapped[Application] = relationship()
    __table_args__ = (
        UniqueConstraint("application_id", "person_id", "ground"),
        CheckConstraint("dismissed_at IS NULL OR dismissal <> ''", name="dismissal"),
        CheckConstraint("dismissed_by_id <> person_id", name="own"),
    )


class SheetState(Word):
    """Only sheets handed in count."""

    DRAFT = "draft", N_("Draft sheet")
    KEYED = "keyed", N_("Keyed in from paper, to be checked")
    HANDED_IN = "handed_in", N_("Handed in")
    REMOVED = "removed", N_("Removed for a tie")


class Sheet(Base):
    """评分表: an expert's sheet for one phase of one application; `total` in hundredths, without the bonus, once every
    criterion is marked.
    """

    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelist.id"), index=True)
    phase: Mapped[Phase] = mapped_column(choice(Phase), default=Phase.PAPERS, server_default="papers")
    state: Mapped[SheetState] = mapped_column(choice(SheetState), default=SheetState.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)
    comment: Mapped[str] = mapped_column(default="")
    loose_notes: Mapped[dict[str, Any]] = mapped_column(default=dict)  # sentences that still lack their mark
    total: Mapped[int | None]
    saved_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    application: Mapped[Application] = relationship()
    panelist: Mapped[Panelist] = relationship()
    paper: Mapped[Paper | None] = relationship()
    marks: Mapped[list["Mark"]] = relationship(order_by="Mark.criterion_id", cascade="all, delete-orphan")
    __table_args__ = (
        UniqueConstraint("application_id", "panelist_id", "phase"),
        CheckConstraint("state NOT IN ('keyed', 'handed_in') OR total IS NOT NULL", name="complete"),
        CheckConstraint("state <> 'handed_in' OR handed_in_at IS NOT NULL", name="handed_in"),
        CheckConstraint("total >= 0", name="total"),
    )

    @property
    def criteria(self) -> list[ThemeCriterion]:
        """The lines that the sheet asks to be marked."""
        theme = self.application.theme
        return theme.sheet(self.phase) if theme else []


class Jotting(Base):
    """What an expert noted on a proposal for themselves: nobody else reads it, and it counts for nothing."""

    __tablename__ = "jotting"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelist.id"), index=True)
    text: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("application_id", "panelist_id"),)


class Mark(Base):
    """One mark in hundredths; a criterion without a row is missing, never zero."""

    __tablename__ = "mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    value: Mapped[int]
    note: Mapped[str] = mapped_column(default="")  # the sentence asked for outside the usual band
    criterion: Mapped[ThemeCriterion] = relationship()
    __table_args__ = (
        UniqueConstraint("sheet_id", "criterion_id"),
        CheckConstraint("value >= 0", name="value"),
    )


class Standing(Base):
    """An application's score as it stands, so that a page of the ranking need not read every mark of the round.

    Kept by the verbs that change a sheet, who reads, or the theme's rule; the invariant «standings» recounts it.
    numerator / denominator is the exact score in hundredths, None while there is none; `key` is `scoring.order_key`;
    `counted` of `expected` sheets are in, and `presented` of `awaited` for the presentation.
    """

    __tablename__ = "standing"
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    counted: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    presented: Mapped[int] = mapped_column(default=0, server_default="0")
    awaited: Mapped[int] = mapped_column(default=0, server_default="0")
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    key: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("counted >= 0 AND counted <= expected", name="counted"),
        CheckConstraint("presented >= 0 AND presented <= awaited", name="presented"),
        CheckConstraint("numerator >= 0 AND denominator > 0", name="score"),
        CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL) AND (numerator IS NULL) = (key = '')", name="scored"
        ),
        Index("ix_standing_order", "theme_id", "key", "application_id"),
        Index("ix_standing_sheets", "theme_id", "counted", "expected", "application_id"),
    )

    @property
    def value(self) -> Fraction | None:
        """The exact score in hundredths."""
        return None if self.numerator is None else Fraction(self.numerator, self.denominator)


class RuleChange(Base):
    """A change of a whole theme's aggregation, since one theme keeps one rule; it counts once approved."""

    __tablename__ = "rule_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    aggregation: Mapped[Aggregation] = mapped_column(choice(Aggregation))
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    theme: Mapped[Theme] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved"),
        CheckConstraint("withdrawn_at IS NULL OR approved_at IS NULL", name="withdrawn"),
    )


class RankingVersion(Base):
    """A theme's ranking as it was frozen: rule, projects, marks, totals and ranks as one text with its SHA-256.

    Rows are never changed. Version 1 is frozen with the first notice; each later one says why it was made and
    differs from the one before. `ground` names the objection (its receipt) that a single case was corrected for.
    """

    __tablename__ = "ranking_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    number: Mapped[int]
    text: Mapped[str]
    sha256: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    ground: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    theme: Mapped[Theme] = relationship()
    made_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("theme_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("number = 1 OR reason <> ''", name="reason"),
        CheckConstraint("ground = '' OR reason <> ''", name="ground"),
    )


class Objected(Base):
    """The receipt of an objection to a round's public notice (written by budget): a case is corrected only for one."""

    __tablename__ = "objected"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    receipt: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("receipt <> ''", name="receipt"),)


class Unfreezing(Base):
    """Making a frozen ranking changeable again: one person proposes with the reason, another approves."""

    __tablename__ = "unfreezing"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("ranking_version.id"), index=True)
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[RankingVersion] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved"),
        CheckConstraint("withdrawn_at IS NULL OR approved_at IS NULL", name="withdrawn"),
    )


class Draw(Base):
    """抽签: the order that chance gave to applications tied to the end, drawn by hand before a witness.

    `order` lists their ids, the first drawn first; it decides only between those that it names together.
    """

    __tablename__ = "draw"
    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    order: Mapped[list[Any]]
    drawn_on: Mapped[date]
    witness: Mapped[str]
    drawn_by: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str]
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_by: Mapped[Person] = relationship()
    scan: Mapped[File | None] = relationship()
    __table_args__ = (CheckConstraint("witness <> '' AND reason <> ''", name="witness"),)
