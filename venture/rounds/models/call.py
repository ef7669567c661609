"""What happens around the call: the published announcements, questions to them, needs before them, briefings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from venture.db import Base, choice
from venture.people.models import Community, Person
from venture.rounds.models.round import Round
from venture.words import N_, Word


class Announcement(Base):
    """公告 as published: number 1 is the call, later ones supplement it (补充公告) and say in `note` why.

    `content` is the whole call as it stands from then on (see `wording`), `changes` what a supplement changes in it,
    `sha256` of the canonical JSON of all that is shown. Never changed or taken back.
    """

    __tablename__ = "announcement"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    document_no: Mapped[str] = mapped_column(default="")  # of the bureau's own register of documents
    note: Mapped[str] = mapped_column(default="")
    content: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]] = mapped_column(default=list)
    sha256: Mapped[str]
    published_on: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("number = 1 OR note <> ''", name="note"),
    )


class Channel(Word):
    """How a question came."""

    PAGE = "page", N_("On the round's page")
    PHONE = "phone", N_("By telephone")
    WECHAT = "wechat", N_("By WeChat")
    BRIEFING = "briefing", N_("At the briefing")


class QuestionState(Word):
    """A question is answered for all, merged into an answered one, or declined with a reason."""

    WAITING = "waiting", N_("Waiting for an answer")
    ANSWERED = "answered", N_("Answered")
    MERGED = "merged", N_("Merged into another question")
    DECLINED = "declined", N_("Declined")


class Question(Base):
    """A question about the call. The public reads `wording` and `answer` of the answered ones, never who asked.

    `text` stays as it was typed; `wording` is how the officer puts it for all. `key` is made with the form: the same
    press twice is one question.
    """

    __tablename__ = "question"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    number: Mapped[int | None]  # among the round's answered ones
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[Channel] = mapped_column(choice(Channel))
    text: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)  # who typed it in
    state: Mapped[QuestionState] = mapped_column(choice(QuestionState), default=QuestionState.WAITING)
    wording: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    into_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    into: Mapped["Question | None"] = relationship(remote_side=[id])
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint(
            "(state = 'answered') = (number IS NOT NULL AND wording <> '' AND answer <> '')", name="answered"
        ),
        CheckConstraint("(state = 'merged') = (into_id IS NOT NULL)", name="merged"),
        CheckConstraint("(state = 'declined') = (reason <> '')", name="declined"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("into_id <> id", name="another"),
    )


class NeedState(Word):
    """A proposed need is chosen as a topic of the call, or passed over with a reason."""

    PROPOSED = "proposed", N_("Proposed")
    CHOSEN = "chosen", N_("Chosen as a topic")
    PASSED_OVER = "passed_over", N_("Passed over")


class Need(Base):
    """需求 that a community proposed before the call; a chosen one is a topic (选题) with a number in its round."""

    __tablename__ = "need"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    problem: Mapped[str]
    concerns: Mapped[str]  # whom
    wish: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[NeedState] = mapped_column(choice(NeedState), default=NeedState.PROPOSED)
    number: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    round: Mapped[Round] = relationship()
    community: Mapped[Community] = relationship()
    proposed_by: Mapped[Person] = relationship()
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("round_id", "community_id", "problem"),
        CheckConstraint("problem <> '' AND concerns <> '' AND wish <> ''", name="texts"),
        CheckConstraint("(state = 'chosen') = (number IS NOT NULL)", name="chosen"),
        CheckConstraint("(state = 'passed_over') = (reason <> '')", name="passed_over"),
        CheckConstraint("number > 0", name="number"),
    )


class Briefing(Base):
    """说明会 of a round: when and where; who came is for staff only."""

    __tablename__ = "briefing"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    begins_at: Mapped[datetime]
    place: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    round: Mapped[Round] = relationship()
    attendances: Mapped[list["Attendance"]] = relationship(
        order_by="Attendance.position, Attendance.id", cascade="all, delete-orphan"
    )
    __table_args__ = (
        UniqueConstraint("round_id", "begins_at", "place"),
        CheckConstraint("place <> ''", name="place"),
    )


class Attendance(Base):
    """签到: one line of a briefing's sign-in list, as written there."""

    __tablename__ = "attendance"
    id: Mapped[int] = mapped_column(primary_key=True)
    briefing_id: Mapped[int] = mapped_column(ForeignKey("briefing.id"))
    name: Mapped[str]
    organization: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        Index("ix_attendance_briefing_id", "briefing_id", "position"),
    )
