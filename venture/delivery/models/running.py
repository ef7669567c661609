"""What a running project records: activities, spending by head, moves of money between heads, changes, monthly plans.

All amounts in fen, quantities in hundredths. Nothing here is erased: a record is set right with both values kept, or
struck out with a reason.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Category, CostTable
from venture.budget.models import Award
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Person
from venture.words import N_, Word


class Taking(Word):
    """Who takes part in an activity: the people it serves, and the four 社 (四社) that carry it."""

    SERVED = "served", N_("People served")
    COMMUNITY = "community", N_("Community workers")
    ORGANIZATION = "organization", N_("Staff of social organizations")
    SOCIAL_WORKER = "social_worker", N_("Social workers")
    VOLUNTEER = "volunteer", N_("Volunteers")


class Shows(Word):
    """What a file of an activity is: a photo, or the sign-in sheet, which only staff and its own people open."""

    PHOTO = "photo", N_("Photo")
    SIGN_IN = "sign_in", N_("Sign-in sheet")


class Activity(Base):
    """活动记录: one activity of a project; five fields and a photo are enough, the texts after `place` are optional.

    `late`: recorded more working days after it than the round allows, as of the moment it was recorded. `key` is made
    with the form: the same press twice is one record. A struck one counts nowhere.
    """

    __tablename__ = "activity"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    held_on: Mapped[date]
    place: Mapped[str]
    hours: Mapped[str] = mapped_column(default="")
    aimed_at: Mapped[str] = mapped_column(default="")
    team: Mapped[str] = mapped_column(default="")
    aim: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(default="")
    reflection: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    struck_at: Mapped[datetime | None]
    struck_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    strike_reason: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    struck_by: Mapped[Person | None] = relationship(foreign_keys=[struck_by_id])
    counts: Mapped[list["Turnout"]] = relationship(
        order_by="Turnout.id", back_populates="activity", cascade="all, delete-orphan"
    )
    files: Mapped[list["ActivityFile"]] = relationship(
        order_by="ActivityFile.id", back_populates="activity", cascade="all, delete-orphan"
    )
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("subject <> '' AND place <> ''", name="said"),
        CheckConstraint(
            "(struck_at IS NULL) = (struck_by_id IS NULL) AND (struck_at IS NULL) = (strike_reason = '')",
            name="struck",
        ),
    )

    @property
    def pictures(self) -> list["ActivityFile"]:
        """The photos that stand."""
        return [each for each in self.files if each.shows is Shows.PHOTO and each.removed_at is None]

    @property
    def sign_ins(self) -> list["ActivityFile"]:
        """The sign-in sheets that stand."""
        return [each for each in self.files if each.shows is Shows.SIGN_IN and each.removed_at is None]

    def taking(self, who: Taking) -> "Turnout | None":
        """How many of one kind took part, if it was counted."""
        return next((each for each in self.counts if each.taking == who), None)


class Turnout(Base):
    """Of one kind, how many came (人数) and how many attendances they made (人次): two figures, never added together."""

    __tablename__ = "activity_count"
    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    taking: Mapped[Taking] = mapped_column(choice(Taking))
    persons: Mapped[int]
    person_times: Mapped[int]
    activity: Mapped[Activity] = relationship(back_populates="counts")
    __table_args__ = (
        UniqueConstraint("activity_id", "taking"),
        CheckConstraint("persons >= 0 AND person_times >= persons", name="counts"),
    )


class ActivityFile(Base):
    """A photo or sign-in sheet of an activity; `children` says that children can be seen, so it is never published."""

    __tablename__ = "activity_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    shows: Mapped[Shows] = mapped_column(choice(Shows))
    children: Mapped[bool] = mapped_column(default=False, server_default=false())
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    activity: Mapped[Activity] = relationship(back_populates="files")
    file: Mapped[File] = relationship()
    added_by: Mapped[Person] = relationship()


class BudgetHead(Base):
    """科目: one head of a project's budget, grant and matching apart; the row that carries the head's limits.

    `contracted` is the sum of the contracted lines, `moved` the net of approved moves between heads, `spent` the sum of
    the spending that stands. `cap` is the most that the round's rule lets the grant pay for under this head.
    """

    __tablename__ = "budget_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    table: Mapped[CostTable] = mapped_column(choice(CostTable))
    category: Mapped[Category] = mapped_column(choice(Category))
    contracted: Mapped[int]
    moved: Mapped[int] = mapped_column(default=0)
    spent: Mapped[int] = mapped_column(default=0)
    cap: Mapped[int | None]
    award: Mapped[Award] = relationship()
    __table_args__ = (
        UniqueConstraint("award_id", "table", "category"),
        CheckConstraint("contracted >= 0 AND contracted + moved >= 0", name="budget"),
        CheckConstraint("category NOT IN ('staff', 'management') OR moved <= 0", name="moved"),
        CheckConstraint("spent >= 0", name="spent"),
        CheckConstraint("spent <= cap", name="cap"),
    )

    @property
    def budget(self) -> int:
        """What may be spent under the head now, in fen."""
        return self.contracted + self.moved

    @property
    def left(self) -> int:
        """What is left of it; below zero when more was spent."""
        return self.budget - self.spent


class Payee(Word):
    """Whom the money went to, by kind only: no name is asked."""

    COMPANY = "company", N_("Company or shop")
    INSTITUTION = "institution", N_("Institution or social organization")
    STAFF = "staff", N_("Own staff")
    PERSON = "person", N_("Other person")


class Spending(Base):
    """支出: one line of spending; amount (fen) = unit price × quantity (hundredths), half up to the fen."""

    __tablename__ = "spending"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    key: Mapped[str] = mapped_column(unique=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    table: Mapped[CostTable] = mapped_column(choice(CostTable))
    category: Mapped[Category] = mapped_column(choice(Category))
    content: Mapped[str]
    unit_price: Mapped[int]
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(default="")
    amount: Mapped[int]
    spent_on: Mapped[date]
    voucher_no: Mapped[str]
    payee: Mapped[Payee] = mapped_column(choice(Payee))
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    struck_at: Mapped[datetime | None]
    struck_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    strike_reason: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    activity: Mapped[Activity | None] = relationship()
    scan: Mapped[File | None] = relationship()
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id])
    struck_by: Mapped[Person | None] = relationship(foreign_keys=[struck_by_id])
    __table_args__ = (
        CheckConstraint("unit_price > 0 AND quantity > 0 AND amount > 0", name="positive"),
        CheckConstraint("amount = (unit_price * quantity + 50) / 100", name="amount"),
        CheckConstraint("content <> '' AND voucher_no <> ''", name="said"),
        CheckConstraint(
            "(struck_at IS NULL) = (struck_by_id IS NULL) AND (struck_at IS NULL) = (strike_reason = '')",
            name="struck",
        ),
        Index("ix_spending_award", "award_id", "spent_on"),
    )


class TransferState(Word):
    """A move between heads counts at once where the round leaves it free, else when the bureau agreed."""

    PROPOSED = "proposed", N_("Waits for the bureau")
    APPROVED = "approved", N_("Moved, in force")
    REFUSED = "refused", N_("Refused")
    WITHDRAWN = "withdrawn", N_("Taken back")


class Transfer(Base):
    """预算调整: money moved from one head to another of the same table; never into staff or management.

    `before` keeps the budgets of source and target (fen) as they were when it was proposed. `free`: within what the
    round leaves free, so nobody decides.
    """

    __tablename__ = "transfer"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    table: Mapped[CostTable] = mapped_column(choice(CostTable))
    source: Mapped[Category] = mapped_column(choice(Category, "source"))
    target: Mapped[Category] = mapped_column(choice(Category, "target"))
    amount: Mapped[int]
    before: Mapped[list[Any]]
    reason: Mapped[str]
    free: Mapped[bool]
    state: Mapped[TransferState] = mapped_column(choice(TransferState))
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("source <> target", name="two_heads"),
        CheckConstraint("target NOT IN ('staff', 'management')", name="not_capped"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "(state IN ('approved', 'refused') AND NOT free) = (decided_by_id IS NOT NULL)", name="decided"
        ),
        CheckConstraint("NOT free OR state = 'approved'", name="free"),
        CheckConstraint("state <> 'refused' OR decision <> ''", name="refused"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
    )


class ChangeKind(Word):
    """What an organization may ask for while its project runs."""

    CHANGE = "change", N_("Change of the plan")
    EXTENSION = "extension", N_("Extension")
    SUSPENSION = "suspension", N_("Suspension")
    RESUMPTION = "resumption", N_("Resumption")
    TERMINATION = "termination", N_("Termination")


class ChangeState(Word):
    """The organization asks, one of the bureau recommends, another decides."""

    ASKED = "asked", N_("Asked for")
    RECOMMENDED = "recommended", N_("Recommendation given")
    APPROVED = "approved", N_("Approved")
    REFUSED = "refused", N_("Refused")
    WITHDRAWN = "withdrawn", N_("Taken back")


class Change(Base):
    """项目变更: what was, what is to be, why, and what it does to schedule, cost and people.

    `ends_on` is the new last day, of an extension only. `figures` lists the figures that change as (name, before,
    after): days in ISO, amounts in fen, counts; their difference is reckoned where it is shown. Three people: who asks,
    who recommends, who decides.
    """

    __tablename__ = "change"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind))
    state: Mapped[ChangeState] = mapped_column(choice(ChangeState), default=ChangeState.ASKED)
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str]
    effect: Mapped[str] = mapped_column(default="")
    ends_on: Mapped[date | None]
    figures: Mapped[list[Any]] = mapped_column(default=list)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    favours: Mapped[bool | None]
    recommendation: Mapped[str] = mapped_column(default="")
    recommended_at: Mapped[datetime | None]
    recommended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    recommended_by: Mapped[Person | None] = relationship(foreign_keys=[recommended_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        CheckConstraint("before <> '' AND after <> '' AND reason <> ''", name="said"),
        CheckConstraint("(kind = 'extension') = (ends_on IS NOT NULL)", name="ends_on"),
        CheckConstraint(
            "recommended_by_id <> asked_by_id AND decided_by_id <> asked_by_id "
            "AND decided_by_id <> recommended_by_id",
            name="three_people",
        ),
        CheckConstraint(
            "(recommended_by_id IS NULL) = (favours IS NULL) AND (recommended_by_id IS NULL) = (recommendation = '')",
            name="recommended",
        ),
        CheckConstraint(
            "state NOT IN ('recommended', 'approved', 'refused') OR recommended_by_id IS NOT NULL",
            name="in_order",
        ),
        CheckConstraint("(state IN ('approved', 'refused')) = (decided_by_id IS NOT NULL)", name="decided"),
        CheckConstraint("state <> 'refused' OR decision <> ''", name="refused"),
    )


class PlanState(Word):
    """A monthly plan is sent by the organization and approved by staff, or sent back."""

    SENT = "sent", N_("Sent, waits for approval")
    APPROVED = "approved", N_("Approved")
    RETURNED = "returned", N_("Sent back")


class MonthPlan(Base):
    """月度计划: the activities a project plans for a month, where the round asks for it.

    `month` is its first day. `rows` lists {subject, content, on (ISO), place, lead}; sent again after it was sent back.
    """

    __tablename__ = "month_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    month: Mapped[date]
    rows: Mapped[list[Any]]
    state: Mapped[PlanState] = mapped_column(choice(PlanState), default=PlanState.SENT)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    sent_by: Mapped[Person] = relationship(foreign_keys=[sent_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    __table_args__ = (
        UniqueConstraint("award_id", "month"),
        CheckConstraint("(state = 'sent') = (decided_by_id IS NULL)", name="decided"),
        CheckConstraint("state <> 'returned' OR answer <> ''", name="answer"),
        CheckConstraint("decided_by_id <> sent_by_id", name="two_people"),
    )
