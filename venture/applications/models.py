"""An application (申报书) from draft to frozen versions: costs, files, checks, who may or may not read it."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.likeness import Kind, Verdict, kinds
from venture.applications.parts import Category as Category
from venture.applications.parts import CostTable as CostTable
from venture.applications.parts import FundKind as FundKind
from venture.db import Base, choice
from venture.files import File
from venture.people.models import Community, Organization, Person
from venture.rounds.models import Need, OwnQuestion, PaperKind, Round, ServiceField, Theme


class Application(Base):
    """One proposal of one organization in one round.

    `answers` holds the texts and row tables of the form by key (see `parts`); `revision` counts saves, so that
    a stale form is noticed. `asked` in fen. A filed group without a code applies through its sponsor, which is
    then the payee.

    Once a version has been sent the row stands as that version: what is typed afterwards waits in
    `answers["_pending"]` until it is sent in turn. `answers["_typed"]` keeps texts that cannot be read,
    `answers["_touched"]` who changed which field last. `signed_by` signed the paper application that staff
    enter (代录).
    """

    __tablename__ = "application"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    group_name: Mapped[str] = mapped_column(
        default=""
    )  # the filed group that the organization sponsors, if any
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    field_id: Mapped[int | None] = mapped_column(ForeignKey("service_field.id"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    number: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[State] = mapped_column(choice(State), default=State.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    asked: Mapped[int | None]
    direct: Mapped[int | None]
    indirect: Mapped[int | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision_reason: Mapped[str] = mapped_column(default="")
    returned_on: Mapped[date | None]  # the day it was last sent back
    correct_days: Mapped[int | None]  # working days given then; none where a person set the last day
    correct_by_on: Mapped[date | None]  # the last day to complete what was sent back
    listed_on: Mapped[date | None]  # the first day of the notice that lists it (written by budget)
    passed_on: Mapped[date | None]  # the first day of the notice that passed it over (written by budget)
    round: Mapped[Round] = relationship()
    organization: Mapped[Organization] = relationship()
    theme: Mapped[Theme | None] = relationship()
    field: Mapped[ServiceField | None] = relationship()
    topic: Mapped[Need | None] = relationship()
    saved_by: Mapped[Person] = relationship(foreign_keys=[saved_by_id])
    signed_by: Mapped[Person | None] = relationship(foreign_keys=[signed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    communities: Mapped[list[Community]] = relationship(
        secondary="application_community", order_by=Community.code
    )
    costs: Mapped[list["CostLine"]] = relationship(
        order_by="CostLine.position, CostLine.id", cascade="all, delete-orphan"
    )
    funds: Mapped[list["Fund"]] = relationship(order_by="Fund.id", cascade="all, delete-orphan")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")
    versions: Mapped[list["Version"]] = relationship(order_by="Version.number", back_populates="application")
    checks: Mapped[list["Check"]] = relationship(order_by="Check.id")
    late_papers: Mapped[list["LatePaper"]] = relationship(order_by="LatePaper.id")
    admissions: Mapped[list["LateAdmission"]] = relationship(
        primaryjoin="and_(foreign(LateAdmission.round_id) == Application.round_id, "
        "foreign(LateAdmission.organization_id) == Application.organization_id)",
        order_by="LateAdmission.until_at",
        uselist=True,
        viewonly=True,
    )
    __table_args__ = (
        CheckConstraint("asked >= 0", name="asked"),
        CheckConstraint("direct >= 0 AND indirect >= 0", name="beneficiaries"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("signed_by_id <> created_by_id", name="two_people"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (number IS NOT NULL AND theme_id IS NOT NULL)", name="sent"
        ),
        Index("ix_application_board", "round_id", "state", "number"),
        Index("ix_application_sent", "round_id", "submitted_at", "asked", "created_by_id", "signed_by_id"),
    )

    @property
    def granted_lines(self) -> list["CostLine"]:
        return [line for line in self.costs if line.table is CostTable.GRANT]

    @property
    def total(self) -> int:
        """The project's whole budget in fen: both tables."""
        return sum(line.amount for line in self.costs)


class ApplicationCommunity(Base):
    """实施区域: a community in which the project is to work."""

    __tablename__ = "application_community"
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)


class CostLine(Base):
    """One line of the budget: amount (fen) = unit price × quantity (hundredths), half up to the fen."""

    __tablename__ = "cost_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    table: Mapped[CostTable] = mapped_column(choice(CostTable))
    category: Mapped[Category] = mapped_column(choice(Category))
    content: Mapped[str] = mapped_column(default="")
    unit_price: Mapped[int]
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(default="")
    amount: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (CheckConstraint("unit_price >= 0 AND quantity >= 0 AND amount >= 0", name="amounts"),)


class Fund(Base):
    """One source of the project's money, in fen."""

    __tablename__ = "fund"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    kind: Mapped[FundKind] = mapped_column(choice(FundKind))
    amount: Mapped[int]
    __table_args__ = (
        UniqueConstraint("application_id", "kind"),
        CheckConstraint("amount >= 0", name="amount"),
    )


class Attachment(Base):
    """A file that an application carries under one of the round's kinds or own questions.

    Taken out or replaced, never erased. `late` is the admission under which it came in after the closing; `added_at`
    is then the moment of the late paper. `code` is the code printed on what was scanned, as one of the application's
    own codes, and `version` the version that it proves: none where a draft was printed that was not sent so.
    """

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("paper_kind.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("own_question.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    late_id: Mapped[int | None] = mapped_column(ForeignKey("late_paper.id"))
    code: Mapped[str] = mapped_column(default="", server_default="")
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    kind: Mapped[PaperKind | None] = relationship()
    question: Mapped[OwnQuestion | None] = relationship()
    file: Mapped[File] = relationship()
    late: Mapped["LatePaper | None"] = relationship()
    version: Mapped["Version | None"] = relationship()
    added_by: Mapped[Person] = relationship()
    __table_args__ = (
        CheckConstraint("(kind_id IS NULL) <> (question_id IS NULL)", name="one_place"),
        CheckConstraint("code = '' OR kind_id IS NOT NULL", name="code"),
        CheckConstraint("version_id IS NULL OR code <> ''", name="version_id"),
    )

    @property
    def label(self) -> str:
        """What the file was asked for as."""
        return self.kind.name if self.kind else self.question.title if self.question else ""


class Version(Base):
    """What was submitted, frozen: canonical JSON with its SHA-256, the amounts, and the receipt's code.

    `key` is made with the form: the same press twice is one version. `entered_by` is the officer who typed
    a paper application in for the organization (代录). `revision` is that of the form when it was sent: what was
    printed of the draft at this revision says the same.
    """

    __tablename__ = "version"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    content: Mapped[str]
    sha256: Mapped[str]
    receipt: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int | None]
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    asked: Mapped[int]
    total: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    application: Mapped[Application] = relationship(back_populates="versions")
    submitted_by: Mapped[Person] = relationship(foreign_keys=[submitted_by_id])
    entered_by: Mapped[Person | None] = relationship(foreign_keys=[entered_by_id])
    __table_args__ = (
        UniqueConstraint("application_id", "number"),
        CheckConstraint("asked > 0 AND total >= asked", name="amounts"),
        CheckConstraint("entered_by_id <> submitted_by_id", name="two_people"),
    )


class Snapshot(Base):
    """暂存记录: the form as one person left it after typing for ten minutes at most, as canonical JSON; never erased.

    Goes on while the same person saves, until somebody else does, ten minutes have passed, or a save takes text
    out; so that whatever stood in the form for a while is found again.
    """

    __tablename__ = "snapshot"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    revision: Mapped[int]
    content: Mapped[str]
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("application_id", "revision"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("saved_at >= begun_at", name="in_order"),
    )

    @property
    def form(self) -> dict[str, Any]:
        """Every field as it was typed."""
        return dict(json.loads(self.content))


class Verification(Base):
    """One question of the public whether a code is valid: from which network address and when; kept for a day."""

    __tablename__ = "verification"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("length(address) <= 100", name="address"),
        Index("ix_verification_address", "address", "at"),
    )


class Slot(Base):
    """One of the places an organization has in a round («one application each»); taken at submit.

    An application for a filed group takes one of the group's places too, through whichever sponsor it comes.
    """

    __tablename__ = "slot"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    number: Mapped[int]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    group_key: Mapped[str | None]
    group_number: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("round_id", "organization_id", "number"),
        CheckConstraint("(group_key IS NULL) = (group_number IS NULL)", name="group_number"),
        Index("uq_slot_group", "round_id", "group_key", "group_number", unique=True),
    )


class LateAdmission(Base):
    """准予延期提交: one organization may send its applications of a round until a moment after the closing.

    Never changed or taken back; a later one is added beside it. `until_at` itself is late, as the closing is.
    """

    __tablename__ = "late_admission"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    until_at: Mapped[datetime]
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organization: Mapped[Organization] = relationship()
    by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "organization_id", "until_at"),
        CheckConstraint("until_at > at", name="ahead"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class LatePaper(Base):
    """准予补交材料: one kind of paper of one application may be attached until a moment after the closing.

    The version that was sent stays as it is. Never changed or taken back; `until_at` itself is late.
    """

    __tablename__ = "late_paper"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("paper_kind.id"))
    until_at: Mapped[datetime]
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[PaperKind] = relationship()
    by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("application_id", "kind_id", "until_at"),
        CheckConstraint("until_at > at", name="ahead"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class Check(Base):
    """What staff found for one rule of eligibility, with the evidence and the person."""

    __tablename__ = "eligibility_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    rule: Mapped[str]
    result: Mapped[Result] = mapped_column(choice(Result))
    evidence: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person] = relationship()
    __table_args__ = (UniqueConstraint("application_id", "rule"),)


class Comparison(Base):
    """All proposals of a round held against each other and against earlier rounds', once; never changed.

    `versions` of the round were compared, the newest of them `last`; of the pairs told `fresh` were not known, and
    `left_out` ones were less alike than those told.
    """

    __tablename__ = "comparison"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    versions: Mapped[int]
    last_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    pairs: Mapped[int]
    fresh: Mapped[int]
    left_out: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person] = relationship()
    __table_args__ = (
        CheckConstraint("versions >= 0 AND left_out >= 0 AND fresh BETWEEN 0 AND pairs", name="counts"),
    )


class Likeness(Base):
    """Two frozen versions that are alike, as a comparison found them, and what an officer found on looking.

    What was found is never changed (see `likeness.Pair`); `first` was sent before `second`.
    """

    __tablename__ = "likeness"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    text: Mapped[int]
    passages: Mapped[int]
    longest: Mapped[int]
    budget: Mapped[int]
    lines: Mapped[int]
    found_at: Mapped[datetime]
    verdict: Mapped[Verdict | None] = mapped_column(choice(Verdict))
    reason: Mapped[str] = mapped_column(default="")
    judged_at: Mapped[datetime | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    first: Mapped[Version] = relationship(foreign_keys=[first_id])
    second: Mapped[Version] = relationship(foreign_keys=[second_id])
    judged_by: Mapped[Person | None] = relationship()
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="in_order"),
        CheckConstraint("text BETWEEN 0 AND 10000 AND budget BETWEEN 0 AND 10000", name="shares"),
        CheckConstraint("passages >= 0 AND longest >= 0 AND lines >= 0", name="counts"),
        CheckConstraint(
            "(verdict IS NULL) = (judged_at IS NULL) AND (verdict IS NULL) = (judged_by_id IS NULL)",
            name="judged",
        ),
        CheckConstraint("verdict IS NULL OR reason <> ''", name="reason"),
    )

    @property
    def kinds(self) -> list[Kind]:
        return kinds(self.text, self.longest, self.budget)

    @property
    def likeness(self) -> int:
        """Hundredths of a percent, by which pairs are ordered."""
        return max(self.text, self.budget)

    @property
    def applications(self) -> tuple[Application, Application]:
        return self.first.application, self.second.application

    @property
    def seen(self) -> str:
        """What was found on looking, as one sign for a page: another one means that somebody looked meanwhile."""
        return self.judged_at.isoformat() if self.judged_at else ""


class Reader(Base):
    """Somebody outside staff and organization who may read an application (written by review)."""

    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)


class Scope(Base):
    """What an audit firm's grant (`Grant.bounded`) reaches: one round whole, or one application; gone with the grant."""

    __tablename__ = "scope"
    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("grant_of_role.id", ondelete="CASCADE"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    __table_args__ = (
        CheckConstraint("(round_id IS NULL) <> (application_id IS NULL)", name="one_thing"),
        UniqueConstraint("grant_id", "round_id"),
        UniqueConstraint("grant_id", "application_id"),
    )


class Barred(Base):
    """Somebody from whom an application is hidden, whatever their role (回避; written by review)."""

    __tablename__ = "barred"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)
