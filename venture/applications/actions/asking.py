"""The officer's hand on the form: a round's own questions while it is planned, supplements while it is open."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from venture import outbox, trail
from venture.applications import queries
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import access, questions
from venture.rounds import actions as rounds
from venture.rounds.models import OwnQuestion, Round, RoundState, Supplement
from venture.rounds.questions import Question

Order = list[Question]


def put_question(*, round: Round, question: Question, by: Person, at: datetime) -> Question:
    """Add a question at the end, where its code is empty, or say anew what the one of its code asks.

    Raises Refused: rounds.not_planner, rounds.not_planned, and every contradiction of `questions.contradictions`.
    """

    def put(order: Order) -> Order:
        if question.code:
            _place(order, question.code)
            return [question if each.code == question.code else each for each in order]
        taken = {each.code for each in order}
        code = next(f"q{number}" for number in range(1, len(order) + 2) if f"q{number}" not in taken)
        return [*order, replace(question, code=code)]

    order = _set(round, put, by)
    return next((each for each in order if each.code == question.code), order[-1])


def move_question(*, round: Round, code: str, up: bool, by: Person, at: datetime) -> None:
    """Move a question one place up or down; at the end of the list it stays. Raises as `put_question`."""

    def move(order: Order) -> Order:
        place = _place(order, code)
        other = place - 1 if up else place + 1
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
        return order

    _set(round, move, by)


def remove_question(*, round: Round, code: str, by: Person, at: datetime) -> None:
    """Take a question out. Raises as `put_question`: one that others depend on stays."""
    _set(round, lambda order: [each for each in order if each.code != code], by)


def _set(round: Round, change: Callable[[Order], Order], by: Person) -> Order:
    """Let the round's own questions be what the change makes of them."""
    _lock(round, by)
    if round.state is not RoundState.PLANNED:
        raise Refused("rounds.not_planned", state=round.state)
    order = change(queries.own_questions(round))
    if wrong := questions.contradictions(order, {theme.code: theme.name for theme in round.themes}):
        raise Refused.all(wrong)
    rows = {row.code: row for row in round.questions}
    round.questions = [
        _row(rows.get(each.code) or OwnQuestion(code=each.code), each, place)
        for place, each in enumerate(order)
    ]
    db.session.flush()
    trail.say(by, "rounds.save_questions", round, questions=[questions.to_data(each) for each in order])
    return order


def _place(order: Order, code: str) -> int:
    """Where the question stands. Raises Refused(rounds.question_gone)."""
    for place, each in enumerate(order):
        if each.code == code:
            return place
    raise Refused("rounds.question_gone")


def _row(row: OwnQuestion, question: Question, place: int) -> OwnQuestion:
    row.define(question)
    row.position = place
    return row


def _lock(round: Round, by: Person) -> None:
    if not access.may_plan(by):
        raise Refused("rounds.not_planner")
    locked(round)
    db.session.expire(round, ["questions"])


def amend_question(*, round: Round, question: Question, reason: str, by: Person, at: datetime) -> Supplement:
    """Set the wording of an open round's question right or widen it, by a supplement that all drafters are told of.

    Raises Refused: rounds.not_planner, rounds.not_open, rounds.reason_needed, rounds.nothing_changed, and everything
    by which an answer could become invalid (`questions.narrower`).
    """
    _lock(round, by)
    if round.state is not RoundState.OPEN:
        raise Refused("rounds.not_open", state=round.state)
    if not reason.strip():
        raise Refused("rounds.reason_needed", "reason", closes_at=round.closes_at)
    order = queries.own_questions(round)
    place = _place(order, question.code)
    row, old, order[place] = round.questions[place], order[place], question
    themes = {theme.code: theme.name for theme in round.themes}
    if wrong := [*questions.narrower(old, question), *questions.contradictions(order, themes)]:
        raise Refused.all(wrong)
    if not (changes := questions.changes(old, question)):
        raise Refused("rounds.nothing_changed")
    row.define(question)
    made = rounds.publish(
        round=round, question=row, title=old.title, changes=changes, reason=reason, by=by, at=at
    )
    _tell(round, made, asks=old.kind.value)
    return made


def correct(*, round: Round, field: str, value: Any, reason: str, by: Person, at: datetime) -> None:
    """Correct a setting as `rounds.actions.correct` does; while the round is open all drafters are told."""
    made = rounds.correct(round=round, field=field, value=value, reason=reason, by=by, at=at)
    if made is not None:
        _tell(round, made)


def _tell(round: Round, made: Supplement, asks: str = "") -> None:
    for person in queries.drafters(round):
        outbox.post(
            "applications.supplement",
            to=person,
            about=round,
            round=round.name,
            year=round.year,
            number=made.number,
            title=made.title,
            asks=asks,
            changes=made.changes,
            reason=made.reason,
        )
