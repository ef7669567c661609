"""Questions about the call: asked by anybody with an account, settled by an officer once and for all to see.

An answer is given through `applications.actions.answer_question`, which also tells those who have drafts.
"""

from datetime import datetime

from venture import outbox, private, trail
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds import queries
from venture.rounds.models import Channel, Question, QuestionState, Round

LONGEST_QUESTION, LONGEST_ANSWER = 1000, 4000
MOST_WAITING = 20
"""How many questions of one person may wait in a round; an officer types in as many as come."""


def ask(*, round: Round, text: str, channel: Channel, key: str, by: Person, at: datetime) -> Question:
    """Ask, or as an officer type in a question that came another way; the same key once.

    Raises Refused: rounds.no_questions_now, rounds.not_officer, rounds.too_many_waiting, rounds.text_needed,
    rounds.too_long, rounds.private_number.
    """
    if (known := queries.question_of_key(key)) is not None:
        return known
    locked(round)
    officer = by.holds(Role.OFFICER)
    if channel is not Channel.PAGE and not officer:
        raise Refused("rounds.not_officer")
    if not (queries.announcements(round) and queries.takes_questions(round, at)):
        raise Refused("rounds.no_questions_now", closes_at=round.closes_at)
    if not officer and queries.unanswered_of(round, by) >= MOST_WAITING:
        raise Refused("rounds.too_many_waiting", most=MOST_WAITING)
    if found := _unfit("text", text, LONGEST_QUESTION, ()):
        raise Refused.all(found)
    asked = Question(
        round=round,
        key=key,
        channel=channel,
        text=text.strip(),
        asked_at=at,
        asked_by=by,
        state=QuestionState.WAITING,
    )
    db.session.add(asked)
    db.session.flush()
    trail.say(by, "rounds.ask", asked, channel=channel, text=asked.text)
    return asked


def answer(*, question: Question, wording: str, answer: str, by: Person, at: datetime) -> Question:
    """Answer a waiting question for all: `wording` is the question as everybody reads it.

    Raises Refused: rounds.not_officer, rounds.question_done, and for either text rounds.text_needed,
    rounds.too_long, rounds.private_number, rounds.names_asker.
    """
    _begin(question, by, QuestionState.WAITING)
    names = _names(question)
    found = _unfit("wording", wording, LONGEST_QUESTION, names)
    found += _unfit("answer", answer, LONGEST_ANSWER, names)
    if found:
        raise Refused.all(found)
    question.number = queries.last_answer(question.round) + 1
    question.wording, question.answer = wording.strip(), answer.strip()
    _settle(question, QuestionState.ANSWERED, by, at)
    said = {"number": question.number, "wording": question.wording, "answer": question.answer}
    trail.say(by, "rounds.answer", question, **said)
    return question


def correct_answer(*, question: Question, answer: str, reason: str, by: Person, at: datetime) -> None:
    """Set a given answer right; both texts stay readable for all, with the reason.

    Raises Refused: rounds.not_officer, rounds.question_done, rounds.reason_needed, rounds.nothing_changed and
    for the answer and the reason as `answer`.
    """
    _begin(question, by, QuestionState.ANSWERED)
    names = _names(question)
    found = _unfit("answer", answer, LONGEST_ANSWER, names)
    found += _unfit("reason", reason, LONGEST_ANSWER, names)
    if found:
        raise Refused.all(found)
    if answer.strip() == question.answer:
        raise Refused("rounds.nothing_changed", "answer")
    trail.correct(question, field="answer", value=answer.strip(), reason=reason.strip(), by=by, at=at)


def merge(*, question: Question, into: Question, by: Person, at: datetime) -> None:
    """Say that an answered question answers this one too; whoever asked is told.

    Raises Refused: rounds.not_officer, rounds.question_done, rounds.not_answered.
    """
    _begin(question, by, QuestionState.WAITING)
    if into.round_id != question.round_id or into.state is not QuestionState.ANSWERED:
        raise Refused("rounds.not_answered", "into")
    question.into = into
    _settle(question, QuestionState.MERGED, by, at)
    trail.say(by, "rounds.merge", question, into=into.number)
    if question.channel is Channel.PAGE:
        outbox.post(
            "rounds.question_merged",
            to=question.asked_by,
            about=question,
            round=question.round.name,
            year=question.round.year,
            text=question.text,
            number=into.number,
        )


def decline(*, question: Question, reason: str, by: Person, at: datetime) -> None:
    """Leave a question unanswered, for a reason that whoever asked is told.

    Raises Refused: rounds.not_officer, rounds.question_done, rounds.text_needed, rounds.too_long,
    rounds.private_number.
    """
    _begin(question, by, QuestionState.WAITING)
    if found := _unfit("reason", reason, LONGEST_ANSWER, ()):
        raise Refused.all(found)
    question.reason = reason.strip()
    _settle(question, QuestionState.DECLINED, by, at)
    trail.say(by, "rounds.decline", question, reason=question.reason)
    if question.channel is Channel.PAGE:
        outbox.post(
            "rounds.question_declined",
            to=question.asked_by,
            about=question,
            round=question.round.name,
            text=question.text,
            reason=question.reason,
        )


def take_up_again(*, question: Question, reason: str, by: Person, at: datetime) -> None:
    """Let a merged or declined question wait again; what was said of it is taken back where it is unsent.

    Raises Refused: rounds.not_officer, rounds.question_done, rounds.text_needed.
    """
    _begin(question, by, QuestionState.MERGED, QuestionState.DECLINED)
    if not reason.strip():
        raise Refused("rounds.text_needed", "reason")
    before = {"state": question.state, "into": question.into_id, "why": question.reason}
    question.state, question.into, question.reason = QuestionState.WAITING, None, ""
    question.decided_at = question.decided_by_id = None
    db.session.flush()
    outbox.withdraw(about=question)
    trail.say(by, "rounds.take_up_again", question, reason=reason.strip(), before=before)


def _begin(question: Question, by: Person, *states: QuestionState) -> None:
    if not by.holds(Role.OFFICER):
        raise Refused("rounds.not_officer")
    locked(question.round)
    locked(question)
    if question.state not in states:
        raise Refused("rounds.question_done", state=question.state)


def _settle(question: Question, state: QuestionState, by: Person, at: datetime) -> None:
    question.state, question.decided_at, question.decided_by_id = state, at, by.id
    db.session.flush()


def _names(question: Question) -> tuple[str, ...]:
    """Who asked, by name and organization, where somebody asked on the page."""
    if question.channel is not Channel.PAGE:
        return ()
    bodies = (grant.organization.name for grant in question.asked_by.grants if grant.organization)
    return (question.asked_by.name, *bodies)


def _unfit(field: str, text: str, most: int, names: tuple[str, ...]) -> list[Blocker]:
    """Why a text may not be read by all."""
    if not text.strip():
        return [Blocker("rounds.text_needed", field)]
    found = []
    if len(text.strip()) > most:
        found.append(Blocker("rounds.too_long", field, {"limit": most}))
    if private.number_in(text):
        found.append(Blocker("rounds.private_number", field))
    found += [Blocker("rounds.names_asker", field, {"name": name}) for name in names if name in text]
    return found
