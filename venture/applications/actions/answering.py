"""Answers to questions about the call: given for all to read, and told to those who are writing an application."""

from datetime import datetime

from venture import outbox
from venture.applications import queries
from venture.people.models import Person
from venture.rounds import actions as rounds
from venture.rounds.models import Channel, Question


def answer_question(*, question: Question, wording: str, answer: str, by: Person, at: datetime) -> Question:
    """Answer for all, and tell whoever asked and whoever has begun an application; the messages wait in the outbox.

    Raises Refused as rounds.actions.answer.
    """
    rounds.answer(question=question, wording=wording, answer=answer, by=by, at=at)
    _tell(question)
    return question


def correct_answer(*, question: Question, answer: str, reason: str, by: Person, at: datetime) -> None:
    """Set an answer right and tell the same people. Raises Refused as rounds.actions.correct_answer."""
    rounds.correct_answer(question=question, answer=answer, reason=reason, by=by, at=at)
    _tell(question)


def _tell(question: Question) -> None:
    """One message a person: while it waits, further answers join it."""
    round = question.round
    waiting = {each.person_id: each for each in outbox.held(about=round, kind="applications.answered")}
    people = {person.id: person for person in queries.recipients(round, None)}
    if question.channel is Channel.PAGE and question.asked_by.active:
        people[question.asked_by_id] = question.asked_by
    for person in people.values():
        if (message := waiting.get(person.id)) is None:
            numbers = [question.number]
            outbox.post(
                "applications.answered",
                to=person,
                about=round,
                round=round.name,
                year=round.year,
                numbers=numbers,
            )
        else:
            numbers = sorted({*message.facts["numbers"], question.number})
            message.facts = message.facts | {"numbers": numbers}
