"""Questions about a round's call: those answered for all, those that wait, one's own."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from venture import trail
from venture.db import db
from venture.people.models import Person
from venture.rounds.models import Channel, Question, QuestionState, Round


def answered(round: Round) -> Sequence[Question]:
    """The answered questions of the round by their numbers: what everybody reads."""
    return db.session.scalars(
        select(Question)
        .where(Question.round_id == round.id, Question.state == QuestionState.ANSWERED)
        .order_by(Question.number)
    ).all()


def questions(round: Round) -> Sequence[Question]:
    """All questions of the round: those that wait first, then the others as they came."""
    return db.session.scalars(
        select(Question)
        .where(Question.round_id == round.id)
        .options(joinedload(Question.into))
        .order_by(Question.state != QuestionState.WAITING, Question.id)
    ).all()


def own_questions(round: Round, person: Person) -> Sequence[Question]:
    """What the person asked about the round on its page, as it came."""
    return db.session.scalars(
        select(Question)
        .where(
            Question.round_id == round.id,
            Question.asked_by_id == person.id,
            Question.channel == Channel.PAGE,
        )
        .options(joinedload(Question.into))
        .order_by(Question.id)
    ).all()


def question(year: int, id: int) -> Question | None:
    """One question of the year's round."""
    return db.session.scalar(
        select(Question)
        .join(Question.round)
        .where(Question.id == id, Round.year == year)
        .options(joinedload(Question.round), joinedload(Question.into))
    )


def question_of_key(key: str) -> Question | None:
    """The question that this press of the button made already."""
    return db.session.scalar(select(Question).where(Question.key == key))


def unanswered_of(round: Round, person: Person) -> int:
    """How many of the person's questions about the round still wait."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Question)
            .where(
                Question.round_id == round.id,
                Question.asked_by_id == person.id,
                Question.state == QuestionState.WAITING,
            )
        )
        or 0
    )


def waiting_questions(round: Round) -> int:
    """How many questions about the round wait for an answer."""
    waiting = select(func.count()).select_from(Question)
    return (
        db.session.scalar(
            waiting.where(Question.round_id == round.id, Question.state == QuestionState.WAITING)
        )
        or 0
    )


def last_answer(round: Round) -> int:
    """The highest number among the round's answered questions; 0 without any."""
    return db.session.scalar(select(func.max(Question.number)).where(Question.round_id == round.id)) or 0


def answer_corrections(questions: Sequence[Question]) -> Mapping[int, Sequence[trail.Correction]]:
    """The corrections of answers, by question."""
    return trail.corrections_of(questions) if questions else {}
