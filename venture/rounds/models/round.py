"""One yearly round (届次): money and sources, themes with earmarks and score sheets, fields, rules, plan."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.people.models import Paper, Person
from venture.rounds.questions import Question, QuestionKind
from venture.words import N_, Word

if TYPE_CHECKING:
    from venture.rounds.models.call import Need


class RoundState(Word):
    """How far a round has come; moved by acts, never by the clock alone."""

    PLANNED = "planned", N_("Planned")
    OPEN = "open", N_("Open for applications")
    CLOSED = "closed", N_("Closed for applications")
    FINISHED = "finished", N_("Finished")


class MoneyKind(Word):
    """Where public money comes from."""

    LOTTERY = "lottery", N_("Welfare lottery fund")
    GENERAL = "general", N_("General budget")


class Aggregation(Word):
    """How a panel's sheets become one score."""

    MEAN = "mean", N_("Mean")
    TRIMMED = "trimmed", N_("Trimmed mean")
    MEDIAN = "median", N_("Median")


class Dropping(Word):
    """Where a trimmed mean drops the highest and the lowest."""

    SHEET = "sheet", N_("Per score sheet")
    CRITERION = "criterion", N_("Per criterion")


class Rounding(Word):
    """Where two decimals are made: only for display, or at each stage as the judging protocols do."""

    DISPLAY = "display", N_("Rounded for display only")
    EACH = "each", N_("Rounded at each stage")


class Blindness(Word):
    """盲评: whether the experts are told who applied."""

    OPEN = "open", N_("Experts see who applies")
    HIDDEN = "hidden", N_("Who applies is hidden from the experts")


class MarksSeen(Word):
    """When an expert sees what the others of the panel gave; before one's own sheets are all in never."""

    AFTER_OWN = "after_own", N_("Once all of one's own sheets are handed in")
    NEVER = "never", N_("Never")


class Phase(Word):
    """What of a proposal is marked: the papers, and where the round has one the presentation on the panel day."""

    PAPERS = "papers", N_("Review of the papers")
    PRESENTATION = "presentation", N_("Presentation")


class FitRule(Word):
    """What the list does when a project no longer fits: pass over it, or end there."""

    SKIP = "skip", N_("Skip what does not fit")
    STOP = "stop", N_("Stop at what does not fit")


class Leftover(Word):
    """What becomes of the part of an earmark that the list does not award."""

    POOL = "pool", N_("May go to another theme, by an approved move")
    LAPSE = "lapse", N_("Lapses: it is not awarded in this round")


class Condition(Word):
    """What must have happened before an instalment may be requested."""

    SIGNED = "signed", N_("Agreement signed")
    REPORT = "report", N_("Midterm report accepted")
    MIDTERM = "midterm", N_("Midterm evaluation passed")
    AUDIT = "audit", N_("Audit passed")
    CLOSING = "closing", N_("Final evaluation and audit passed")


class ThirdParty(Word):
    """丙方: who signs the agreements beside the bureau and the organization."""

    NONE = "none", N_("Nobody: two parties")
    OPERATOR = "operator", N_("The operator")
    COMMUNITY = "community", N_("The communities served")
    GROUP = "group", N_("The filed group, where there is one")


class Due(Word):
    """By when a kind of paper is due; its number of days is working days, the first of them the day after.

    With the application; after the closing, or after sending where that was later (more time, a correction); or only
    from those on the public notice, since before it nobody outside the bureau may know who is shortlisted.
    """

    SUBMIT = "submit", N_("With the application")
    CLOSING = "closing", N_("After the closing")
    NOTICE = "notice", N_("After the public notice, only from those on it")


class MoveState(Word):
    """What moves or carries over money is proposed by one person and approved by another."""

    PROPOSED = "proposed", N_("Proposed")
    APPROVED = "approved", N_("Approved")
    WITHDRAWN = "withdrawn", N_("Taken back")


class Round(Base):
    """A funding round. Amounts in fen; `allotted`, the sum of its themes' earmarks, never exceeds `total`.

    One application carries at most `files_most` files and `files_mb` MB. With `wait_for_scan` what was sent with
    files not yet scanned for viruses is taken and marked as waiting. `marks_seen` is for the papers, `marks_seen_spoken`
    for what is presented. `reviewed_from` is when the review first began (written by review): from then on what experts
    see stays as it is.
    """

    __tablename__ = "round"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    ordinal: Mapped[int]
    name: Mapped[str]
    total: Mapped[int]
    allotted: Mapped[int] = mapped_column(default=0)
    state: Mapped[RoundState] = mapped_column(choice(RoundState), default=RoundState.PLANNED)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    panel_size: Mapped[int] = mapped_column(default=5)
    quorum: Mapped[int] = mapped_column(default=3)
    aggregation: Mapped[Aggregation] = mapped_column(choice(Aggregation), default=Aggregation.TRIMMED)
    trim_from: Mapped[int] = mapped_column(default=5)
    dropping: Mapped[Dropping] = mapped_column(choice(Dropping), default=Dropping.SHEET)
    rounding: Mapped[Rounding] = mapped_column(choice(Rounding), default=Rounding.DISPLAY)
    pass_line: Mapped[int] = mapped_column(default=6000)  # hundredths
    presentation_weight: Mapped[int] = mapped_column(default=0, server_default="0")  # percent, 0: none
    presenting_minutes: Mapped[int] = mapped_column(default=8, server_default="8")
    answering_minutes: Mapped[int] = mapped_column(default=5, server_default="5")
    bonus_most: Mapped[int] = mapped_column(default=500, server_default="500")  # hundredths of one theme
    fit_rule: Mapped[FitRule] = mapped_column(choice(FitRule), default=FitRule.SKIP)
    leftover: Mapped[Leftover] = mapped_column(choice(Leftover), default=Leftover.POOL, server_default="pool")
    field_awards: Mapped[int | None]  # most awards in one service field
    field_share: Mapped[int | None]  # most percent of the total for one service field
    viable_share: Mapped[int | None]  # percent of what was asked from which a partial award is made
    waiting_list: Mapped[bool] = mapped_column(default=False, server_default=false())
    applications_each: Mapped[int] = mapped_column(default=1)
    awards_each: Mapped[int] = mapped_column(default=1)
    notice_days: Mapped[int] = mapped_column(default=5)
    notice_first_day_counts: Mapped[bool] = mapped_column(default=True)
    correction_days: Mapped[int] = mapped_column(default=3)
    grant_share: Mapped[
        int | None
    ]  # at most this percent of a project's total budget, where matching is asked
    management_cap: Mapped[int | None] = mapped_column(default=10)  # percent of the grant
    staff_cap: Mapped[int | None]  # percent of the grant
    months: Mapped[int] = mapped_column(default=9)
    issuer: Mapped[str] = mapped_column(default="", server_default="")  # who signs the call
    contact: Mapped[str] = mapped_column(default="", server_default="")  # of the office, printed in the call
    clauses: Mapped[str] = mapped_column(default="", server_default="")  # of the call, one a line
    collects_needs: Mapped[bool] = mapped_column(default=False, server_default=false())
    topic_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    agreement_pattern: Mapped[str] = mapped_column(
        default="", server_default=""
    )  # YYYY and ## for the number
    agreement_third: Mapped[ThirdParty] = mapped_column(
        choice(ThirdParty), default=ThirdParty.NONE, server_default="none"
    )
    agreement_operator: Mapped[str] = mapped_column(default="", server_default="")
    agreement_clauses: Mapped[str] = mapped_column(default="", server_default="")  # one a line
    asks_revision: Mapped[bool] = mapped_column(default=False, server_default=false())
    files_most: Mapped[int] = mapped_column(default=40, server_default="40")
    files_mb: Mapped[int] = mapped_column(default=200, server_default="200")
    wait_for_scan: Mapped[bool] = mapped_column(default=False, server_default=false())
    releases_comments: Mapped[bool] = mapped_column(default=False, server_default=false())
    blindness: Mapped[Blindness] = mapped_column(
        choice(Blindness), default=Blindness.OPEN, server_default="open"
    )
    marks_seen: Mapped[MarksSeen] = mapped_column(
        choice(MarksSeen), default=MarksSeen.AFTER_OWN, server_default="after_own"
    )
    marks_seen_spoken: Mapped[MarksSeen] = mapped_column(
        choice(MarksSeen), default=MarksSeen.AFTER_OWN, server_default="after_own"
    )
    reviewed_from: Mapped[datetime | None]
    transfer_percent: Mapped[int] = mapped_column(default=10, server_default="10")  # of a head, free to move
    record_days: Mapped[int] = mapped_column(default=10, server_default="10")  # working days to record in
    monthly_plan: Mapped[bool] = mapped_column(default=False, server_default=false())
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    themes: Mapped[list["Theme"]] = relationship(
        back_populates="round", order_by="Theme.position, Theme.id", cascade="all, delete-orphan"
    )
    fields: Mapped[list["ServiceField"]] = relationship(
        order_by="ServiceField.position, ServiceField.id", cascade="all, delete-orphan"
    )
    sources: Mapped[list["Source"]] = relationship(
        back_populates="round", order_by="Source.id", cascade="all, delete-orphan"
    )
    set_asides: Mapped[list["SetAside"]] = relationship(order_by="SetAside.id", cascade="all, delete-orphan")
    goals: Mapped[list["Goal"]] = relationship(
        order_by="Goal.position, Goal.id", cascade="all, delete-orphan"
    )
    plan: Mapped[list["PlanPart"]] = relationship(order_by="PlanPart.number", cascade="all, delete-orphan")
    papers: Mapped[list["PaperKind"]] = relationship(
        order_by="PaperKind.position, PaperKind.id", cascade="all, delete-orphan"
    )
    rules: Mapped[list["EligibilityRule"]] = relationship(
        order_by="EligibilityRule.id", cascade="all, delete-orphan"
    )
    questions: Mapped[list["OwnQuestion"]] = relationship(
        order_by="OwnQuestion.position, OwnQuestion.id", cascade="all, delete-orphan"
    )
    topics: Mapped[list["Need"]] = relationship(
        primaryjoin="and_(Need.round_id == Round.id, Need.number.is_not(None))",
        order_by="Need.number",
        viewonly=True,
    )
    created_by: Mapped[Person] = relationship()
    __table_args__ = (
        CheckConstraint("allotted >= 0 AND allotted <= total", name="allotted"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("pass_line >= 0", name="pass_line"),
        CheckConstraint("panel_size >= 1 AND quorum >= 1 AND quorum <= panel_size", name="panel"),
        CheckConstraint("applications_each >= 1 AND awards_each >= 1", name="each"),
        CheckConstraint("notice_days >= 1 AND correction_days >= 1", name="days"),
        CheckConstraint("files_most BETWEEN 1 AND 500", name="files_most"),
        CheckConstraint("files_mb BETWEEN 1 AND 5000", name="files_mb"),
        CheckConstraint("field_awards >= 1", name="field_awards"),
        CheckConstraint("field_share BETWEEN 1 AND 100", name="field_share"),
        CheckConstraint("viable_share BETWEEN 1 AND 100", name="viable_share"),
        CheckConstraint("transfer_percent BETWEEN 0 AND 100", name="transfer_percent"),
        CheckConstraint("record_days BETWEEN 1 AND 90", name="record_days"),
        CheckConstraint("presentation_weight BETWEEN 0 AND 49", name="presentation_weight"),
        CheckConstraint("presenting_minutes BETWEEN 1 AND 60", name="presenting_minutes"),
        CheckConstraint("answering_minutes BETWEEN 0 AND 60", name="answering_minutes"),
        CheckConstraint("bonus_most BETWEEN 0 AND 2000", name="bonus_most"),
    )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What is marked of each proposal, in this order."""
        return (Phase.PAPERS, Phase.PRESENTATION) if self.presentation_weight else (Phase.PAPERS,)

    @property
    def set_aside(self) -> int:
        """What the round sets aside beside its grants, in fen."""
        return sum(row.amount for row in self.set_asides)

    @property
    def field_amount(self) -> int | None:
        """The most money (fen) of one service field, where there is a limit; rounded down."""
        return None if self.field_share is None else self.total * self.field_share // 100


class Theme(Base):
    """专题: a part of the round's money with its own earmark, ceiling per project and score sheet (fen).

    `committed` is the sum of live awards; the constraint keeps it within the earmark whatever the code does.
    """

    __tablename__ = "theme"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    name: Mapped[str]
    earmark: Mapped[int]
    ceiling: Mapped[int]
    committed: Mapped[int] = mapped_column(default=0)
    consultation: Mapped[bool] = mapped_column(default=False)  # asks part 9 of the form
    position: Mapped[int] = mapped_column(default=0)
    round: Mapped[Round] = relationship(back_populates="themes")
    criteria: Mapped[list["ThemeCriterion"]] = relationship(
        order_by="ThemeCriterion.position, ThemeCriterion.id", cascade="all, delete-orphan"
    )
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("committed >= 0 AND committed <= earmark", name="committed"),
        CheckConstraint("earmark >= 0", name="earmark"),
        CheckConstraint("ceiling > 0", name="ceiling"),
    )

    def sheet(self, phase: Phase = Phase.PAPERS) -> list["ThemeCriterion"]:
        """The lines of the theme's score sheet for one phase of the review."""
        return [one for one in self.criteria if one.phase is phase]


class ThemeCriterion(Base):
    """评分指标: a line of a theme's score sheet for one phase; max and step in hundredths of a point, weight in percent.

    A `bonus` (加分项) stands outside the 100: what the panel gives is added to the score.
    """

    __tablename__ = "criterion"
    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    code: Mapped[str]
    name: Mapped[str]
    phase: Mapped[Phase] = mapped_column(choice(Phase), default=Phase.PAPERS, server_default="papers")
    bonus: Mapped[bool] = mapped_column(default=False, server_default=false())
    max: Mapped[int]
    step: Mapped[int] = mapped_column(default=50)
    weight: Mapped[int] = mapped_column(default=100)
    full: Mapped[str] = mapped_column(default="")
    half: Mapped[str] = mapped_column(default="")
    none: Mapped[str] = mapped_column(default="")
    tie_order: Mapped[int | None]  # 1 decides ties first
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("theme_id", "code"),
        CheckConstraint("max > 0 AND step > 0 AND weight > 0", name="positive"),
        CheckConstraint("NOT bonus OR phase = 'papers' AND tie_order IS NULL AND weight = 100", name="bonus"),
    )


class ServiceField(Base):
    """服务领域: the second axis inside every theme (youth, disabled, old …)."""

    __tablename__ = "service_field"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (UniqueConstraint("round_id", "code"),)


class Source(Base):
    """Where the round's money comes from: document number (文号), kind, budget year, amount in fen.

    What of it is not paid by the end of `expires_on` returns to the treasury unless it is carried over. `drawn` is the
    sum of the payments that draw on it, on their way or paid; the constraint keeps it within the amount.
    """

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    document_no: Mapped[str]
    kind: Mapped[MoneyKind] = mapped_column(choice(MoneyKind))
    year: Mapped[int]
    amount: Mapped[int]
    expires_on: Mapped[date | None]
    drawn: Mapped[int] = mapped_column(default=0, server_default="0")
    round: Mapped[Round] = relationship(back_populates="sources")
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("drawn >= 0 AND drawn <= amount", name="drawn"),
    )

    @property
    def left(self) -> int:
        """What no payment draws on yet, in fen."""
        return self.amount - self.drawn


class SetAsideKind(Word):
    """What the money beside the grants is for."""

    OPERATOR = "operator", N_("Fee of the operator")
    EVALUATION = "evaluation", N_("Evaluation")
    AUDIT = "audit", N_("Audit")
    EXPERTS = "experts", N_("Fees of the experts")
    OTHER = "other", N_("Other costs of the round")


class SetAside(Base):
    """Money of the round beside its grants (fen): the total of the round and the percents of its themes leave it out."""

    __tablename__ = "set_aside"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[SetAsideKind] = mapped_column(choice(SetAsideKind))
    amount: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)


class Goal(Base):
    """绩效目标: what the round is to reach, in whole units; `actual` is noted when it is known."""

    __tablename__ = "goal"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    indicator: Mapped[str]
    unit: Mapped[str]
    target: Mapped[int]
    actual: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("indicator <> ''", name="indicator"),
        CheckConstraint("target > 0", name="target"),
        CheckConstraint("actual >= 0", name="actual"),
    )


class CarryOver(Base):
    """结转: what a source still has may be spent until a later day; proposed by one person, approved by another.

    `left` is what it had when this was approved (fen).
    """

    __tablename__ = "carry_over"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    until: Mapped[date]
    document_no: Mapped[str]
    reason: Mapped[str]
    left: Mapped[int | None]
    state: Mapped[MoveState] = mapped_column(choice(MoveState), default=MoveState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    source: Mapped[Source] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    __table_args__ = (
        CheckConstraint("reason <> '' AND document_no <> ''", name="reason"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint(
            "(state = 'approved') = "
            '(approved_by_id IS NOT NULL AND approved_at IS NOT NULL AND "left" IS NOT NULL)',
            name="approved",
        ),
    )


class PlanPart(Base):
    """拨款期次: an instalment of the round's plan; `weight` is its share, the last takes the remainder.

    `invoice`: it is requested only once a receipt or invoice is handed in.
    """

    __tablename__ = "plan_part"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    name: Mapped[str]
    weight: Mapped[int]
    condition: Mapped[Condition] = mapped_column(choice(Condition))
    due_days: Mapped[int] = mapped_column(default=15)  # working days after the condition is met
    invoice: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("weight > 0 AND number > 0 AND due_days >= 0", name="positive"),
    )


class PaperKind(Base):
    """A kind of attachment that the round asks for; `limit_mb` is what one file of it may weigh (1 MB = 2²⁰ bytes).

    It is due `due_days` working days after what `due` names. `coded`: the scan of a printed page that carries the code
    of a version, so that one can tell which version was signed. `shown_blind`: experts see it in a blind review too,
    under its number, without what programs wrote beside the content.
    """

    __tablename__ = "paper_kind"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    name: Mapped[str]
    required: Mapped[bool] = mapped_column(default=True)
    limit_mb: Mapped[int] = mapped_column(default=20, server_default="20")
    due: Mapped[Due] = mapped_column(choice(Due), default=Due.SUBMIT, server_default="submit")
    due_days: Mapped[int] = mapped_column(default=0, server_default="0")
    coded: Mapped[bool] = mapped_column(default=False, server_default=false())
    shown_blind: Mapped[bool] = mapped_column(default=False, server_default=false())
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint("limit_mb BETWEEN 1 AND 100", name="limit_mb"),
        CheckConstraint("due_days BETWEEN 0 AND 60 AND (due = 'submit') = (due_days = 0)", name="due_days"),
    )


class EligibilityRule(Base):
    """One rule of eligibility that the round applies, with its one number (years, level, count) if any."""

    __tablename__ = "eligibility_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    parameter: Mapped[int | None]
    text: Mapped[str]  # the rule as the call prints it
    __table_args__ = (UniqueConstraint("round_id", "code"),)


class OwnQuestion(Base):
    """自设题: one question that the round adds to the form; its code is its name, whatever its title.

    Columns as in `questions.Question`. Set while the round is planned, then changed only by a supplement.
    """

    __tablename__ = "own_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    code: Mapped[str]
    kind: Mapped[QuestionKind] = mapped_column(choice(QuestionKind))
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=True)
    limit: Mapped[int | None]
    least: Mapped[int | None]
    most: Mapped[int | None]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    choices: Mapped[list[Any]] = mapped_column(default=list)
    theme: Mapped[str | None]
    after: Mapped[str | None]
    answer: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        ForeignKeyConstraint(["round_id", "theme"], ["theme.round_id", "theme.code"]),
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint('"limit" > 0', name="limit"),
        CheckConstraint("least <= most AND first_on <= last_on", name="range"),
        CheckConstraint("theme IS NULL OR after IS NULL", name="one_condition"),
        CheckConstraint("(after IS NULL) = (answer IS NULL)", name="after_answer"),
    )

    @property
    def definition(self) -> Question:
        """The question as the pure rules know it."""
        plain = ("code", "kind", "title", "hint", "required", "limit", "least", "most", "first_on", "last_on")
        given: dict[str, Any] = {name: getattr(self, name) for name in plain}
        given |= {name: getattr(self, name) or "" for name in ("theme", "after", "answer")}
        return Question(**given, choices=tuple((code, text) for code, text in self.choices))

    def define(self, question: Question) -> None:
        """Let the row say what the definition says; its code and its place are not touched."""
        for name in ("kind", "title", "hint", "required", "limit", "least", "most", "first_on", "last_on"):
            setattr(self, name, getattr(question, name))
        self.choices = [list(each) for each in question.choices]
        self.theme, self.after, self.answer = (
            text or None for text in (question.theme, question.after, question.answer)
        )


class Supplement(Base):
    """补充公告: what was changed in an open round, published with a number of the round; never changed or erased.

    `question` is the code of the own question that was changed, `title` what it was called before; without one the
    changes are of the round's settings, or of the kind of attachment that `title` names. `changes` lists (what, before,
    after) as plain data.
    """

    __tablename__ = "supplement"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    question: Mapped[str | None]
    title: Mapped[str] = mapped_column(default="")
    changes: Mapped[list[Any]]
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class ThemeMove(Base):
    """Money moved from one theme's earmark to another's (fen); the round's total stays what it was.

    `paper` is the approval of somebody who never signs in; it counts once another has checked it.
    """

    __tablename__ = "theme_move"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    amount: Mapped[int]
    reason: Mapped[str]
    state: Mapped[MoveState] = mapped_column(choice(MoveState), default=MoveState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    round: Mapped[Round] = relationship()
    source: Mapped[Theme] = relationship(foreign_keys=[source_id])
    target: Mapped[Theme] = relationship(foreign_keys=[target_id])
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])
    paper: Mapped[Paper | None] = relationship()
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("source_id <> target_id", name="two_themes"),
        CheckConstraint("approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint(
            "(state = 'approved') = (approved_by_id IS NOT NULL AND approved_at IS NOT NULL)", name="approved"
        ),
    )
