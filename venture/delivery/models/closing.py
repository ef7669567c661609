"""How a project ends: its reports, evaluations, audit and closure. All amounts in fen, all points in hundredths."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.applications.models import Category
from venture.budget.models import Award
from venture.db import Base, choice
from venture.delivery.grading import MOST, Grade, Item, Phase, Scheme
from venture.files import File
from venture.people.models import Ban, Person
from venture.words import N_, Word


class ClosingRule(Base):
    """What a round asks of reports, evaluation and closure; a round without a row has the latest earlier round's.

    The final report is due `final_days` days after the project's last day. A round that does not audit closes a
    project by its final report.
    """

    __tablename__ = "closing_rule"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True, autoincrement=False)
    midterm_due_on: Mapped[date | None]
    final_days: Mapped[int] = mapped_column(default=30)
    pass_line: Mapped[int] = mapped_column(default=6000)
    scheme: Mapped[Scheme] = mapped_column(choice(Scheme), default=Scheme.USUAL)
    bonus_most: Mapped[int] = mapped_column(default=500)
    objection_days: Mapped[int] = mapped_column(default=5)  # working days
    ban_years: Mapped[int] = mapped_column(default=3)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint("final_days >= 0 AND objection_days >= 1", name="days"),
        CheckConstraint("pass_line BETWEEN 1 AND 7500", name="pass_line"),
        CheckConstraint("bonus_most BETWEEN 0 AND 2000", name="bonus_most"),
        CheckConstraint("ban_years BETWEEN 1 AND 10", name="ban_years"),
    )


class ReportState(Word):
    """A self-report is written, handed in, and then accepted or sent back."""

    DRAFT = "draft", N_("Draft")
    HANDED_IN = "handed_in", N_("Handed in")
    SENT_BACK = "sent_back", N_("Sent back")
    ACCEPTED = "accepted", N_("Accepted")


class Report(Base):
    """自评报告: what the organization tells of its project beside what the records say; one each for midterm and end.

    `story` holds the typed texts by key, and what was reached of each goal. `revision` counts saves.
    """

    __tablename__ = "report"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    phase: Mapped[Phase] = mapped_column(choice(Phase))
    state: Mapped[ReportState] = mapped_column(choice(ReportState), default=ReportState.DRAFT)
    story: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    award: Mapped[Award] = relationship()
    versions: Mapped[list["ReportVersion"]] = relationship(
        order_by="ReportVersion.number", back_populates="report"
    )
    __table_args__ = (UniqueConstraint("award_id", "phase"),)

    @property
    def latest(self) -> "ReportVersion | None":
        return self.versions[-1] if self.versions else None


class ReportVersion(Base):
    """A report as handed in: canonical JSON of story and records with its SHA-256, and what staff decided on it.

    `key` is made with the form: the same press twice is one version.
    """

    __tablename__ = "report_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    content: Mapped[str]
    sha256: Mapped[str]
    handed_in_at: Mapped[datetime]
    handed_in_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    report: Mapped[Report] = relationship(back_populates="versions")
    handed_in_by: Mapped[Person] = relationship(foreign_keys=[handed_in_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    __table_args__ = (
        UniqueConstraint("report_id", "number"),
        CheckConstraint(
            "(decided_at IS NULL) = (accepted IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name="decided",
        ),
        CheckConstraint("accepted IS NULL OR accepted OR reason <> ''", name="reason"),
        CheckConstraint("decided_by_id <> handed_in_by_id", name="two_people"),
    )

    @property
    def facts(self) -> dict[str, Any]:
        """What was frozen."""
        return dict(json.loads(self.content))


class Evaluation(Base):
    """评估: one evaluation of a project, by the sheets of those assigned; its result is proposed and confirmed by two.

    A failed one stays; another of the same phase follows it as `number` + 1. `objections_until` is the last day to
    object to the result.
    """

    __tablename__ = "evaluation"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    phase: Mapped[Phase] = mapped_column(choice(Phase))
    number: Mapped[int]
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    score: Mapped[int | None]
    grade: Mapped[Grade | None] = mapped_column(choice(Grade))
    passed: Mapped[bool | None]
    remark: Mapped[str] = mapped_column(default="")
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    document_no: Mapped[str] = mapped_column(default="")
    objections_until: Mapped[date | None]
    award: Mapped[Award] = relationship()
    begun_by: Mapped[Person] = relationship(foreign_keys=[begun_by_id])
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    sheets: Mapped[list["EvaluationSheet"]] = relationship(
        order_by="EvaluationSheet.id", back_populates="evaluation"
    )
    objection: Mapped["ResultObjection | None"] = relationship(back_populates="evaluation")
    ban: Mapped["BanProposal | None"] = relationship(back_populates="evaluation")
    __table_args__ = (
        UniqueConstraint("award_id", "phase", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(
            "(proposed_at IS NULL) = (score IS NULL) AND (proposed_at IS NULL) = (grade IS NULL)"
            " AND (proposed_at IS NULL) = (passed IS NULL) AND (proposed_at IS NULL) = (proposed_by_id IS NULL)",
            name="proposed",
        ),
        CheckConstraint("score >= 0", name="score"),
        CheckConstraint("confirmed_at IS NULL OR proposed_at IS NOT NULL", name="confirmed"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
            " AND (confirmed_at IS NULL) = (objections_until IS NULL)"
            " AND (confirmed_at IS NULL) = (document_no = '')",
            name="confirmation",
        ),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_people"),
    )


class EvaluationSheet(Base):
    """评估表 of one evaluator: points per item, a bonus, penalties each with its reason; empty until marked.

    `penalties` is a list of [hundredths, reason], `penalty` their sum; `total` stands once it is handed in.
    """

    __tablename__ = "evaluation_sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    progress: Mapped[int | None]
    inputs: Mapped[int | None]
    finance: Mapped[int | None]
    effect: Mapped[int | None]
    records: Mapped[int | None]
    bonus: Mapped[int] = mapped_column(default=0)
    bonus_reason: Mapped[str] = mapped_column(default="")
    penalties: Mapped[list[Any]] = mapped_column(default=list)
    penalty: Mapped[int] = mapped_column(default=0)
    remark: Mapped[str] = mapped_column(default="")
    total: Mapped[int | None]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]
    evaluation: Mapped[Evaluation] = relationship(back_populates="sheets")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    __table_args__ = (
        UniqueConstraint("evaluation_id", "person_id"),
        *(CheckConstraint(f"{item} BETWEEN 0 AND {most}", name=item.value) for item, most in MOST.items()),
        CheckConstraint("bonus >= 0 AND penalty >= 0", name="apart"),
        CheckConstraint("bonus = 0 OR bonus_reason <> ''", name="bonus_reason"),
        CheckConstraint("(handed_in_at IS NULL) = (total IS NULL)", name="handed_in"),
        CheckConstraint(
            "total IS NULL OR (progress + inputs + finance + effect + records + bonus - penalty < 0 AND total = 0)"
            " OR total = progress + inputs + finance + effect + records + bonus - penalty",
            name="total",
        ),
    )

    @property
    def marks(self) -> dict[Item, int | None]:
        """The points per item, None where nothing is written."""
        return {item: getattr(self, item.value) for item in Item}


class ResultObjection(Base):
    """对评估结果的异议 of the organization, one to a result, within its days; upheld, the project is evaluated again."""

    __tablename__ = "result_objection"
    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"), unique=True)
    text: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")
    upheld: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evaluation: Mapped[Evaluation] = relationship(back_populates="objection")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint(
            "(answered_at IS NULL) = (upheld IS NULL) AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name="answered",
        ),
        CheckConstraint("answered_at IS NULL OR answer <> ''", name="answer"),
    )


class BanProposal(Base):
    """限制申报 after a failed evaluation: for so many years and why; proposed by one person, confirmed by another."""

    __tablename__ = "ban_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"), unique=True)
    years: Mapped[int]
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ban_id: Mapped[int | None] = mapped_column(ForeignKey("ban.id"), unique=True)
    evaluation: Mapped[Evaluation] = relationship(back_populates="ban")
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    ban: Mapped[Ban | None] = relationship()
    __table_args__ = (
        CheckConstraint("years BETWEEN 1 AND 10", name="years"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (ban_id IS NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name="confirmed",
        ),
    )


class Audit(Base):
    """财务审计 of a project: the auditor's report with its lines; entered by one person, checked by another.

    `returned` is why the checker sent the entry back, until it is entered anew.
    """

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), unique=True)
    firm: Mapped[str]
    report_no: Mapped[str]
    reported_on: Mapped[date]
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    returned: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    scan: Mapped[File | None] = relationship()
    entered_by: Mapped[Person] = relationship(foreign_keys=[entered_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    lines: Mapped[list["AuditLine"]] = relationship(
        order_by="AuditLine.position", cascade="all, delete-orphan"
    )
    __table_args__ = (
        CheckConstraint("firm <> '' AND report_no <> ''", name="report"),
        CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name="checked"),
        CheckConstraint("checked_by_id <> entered_by_id", name="two_people"),
        CheckConstraint("returned = '' OR checked_at IS NULL", name="returned"),
    )

    @property
    def claimed(self) -> int:
        return sum(line.claimed for line in self.lines)

    @property
    def accepted(self) -> int:
        """审定支出: what the audit accepts in all."""
        return sum(line.accepted for line in self.lines)


class AuditLine(Base):
    """审减明细: one line of the budget as planned, claimed and accepted, with the reason for what was cut."""

    __tablename__ = "audit_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    position: Mapped[int]
    head: Mapped[Category] = mapped_column(choice(Category))
    label: Mapped[str] = mapped_column(default="")  # where the auditor splits a head
    budgeted: Mapped[int]
    claimed: Mapped[int]
    accepted: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("budgeted >= 0 AND accepted >= 0 AND accepted <= claimed", name="accepted"),
        CheckConstraint("accepted = claimed OR reason <> ''", name="reason"),
        UniqueConstraint("audit_id", "position"),
    )


class Closure(Base):
    """结项: the project's money settled, by the rule that the database keeps beside the product; one stands at a time.

    to_pay = max(0, min(award, accepted cost) − paid), to_return = max(0, paid − accepted cost), as it stood that day;
    `return_by` is the last day for what comes back. Reopened, it stays on record beside the one that follows.
    """

    __tablename__ = "closure"
    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    amount: Mapped[int]
    paid: Mapped[int]
    accepted_cost: Mapped[int]
    to_pay: Mapped[int]
    to_return: Mapped[int]
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    return_by: Mapped[date | None]
    reopened_at: Mapped[datetime | None]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reopen_reason: Mapped[str] = mapped_column(default="")
    award: Mapped[Award] = relationship()
    closed_by: Mapped[Person] = relationship(foreign_keys=[closed_by_id])
    reopened_by: Mapped[Person | None] = relationship(foreign_keys=[reopened_by_id])
    __table_args__ = (
        Index(
            "uq_closure_standing",
            "award_id",
            unique=True,
            sqlite_where=text("reopened_at IS NULL"),
            postgresql_where=text("reopened_at IS NULL"),
        ),
        CheckConstraint("(to_return > 0) = (return_by IS NOT NULL)", name="return_by"),
        CheckConstraint(
            "(reopened_at IS NULL) = (reopened_by_id IS NULL) AND (reopened_at IS NULL) = (reopen_reason = '')",
            name="reopened",
        ),
        CheckConstraint("amount > 0 AND paid >= 0 AND paid <= amount AND accepted_cost >= 0", name="amounts"),
        CheckConstraint(
            "(accepted_cost >= paid AND to_return = 0)"
            " OR (accepted_cost < paid AND to_return = paid - accepted_cost)",
            name="to_return",
        ),
        CheckConstraint(
            "(accepted_cost <= paid AND to_pay = 0) OR (accepted_cost >= amount AND to_pay = amount - paid)"
            " OR (accepted_cost > paid AND accepted_cost < amount AND to_pay = accepted_cost - paid)",
            name="to_pay",
        ),
    )
