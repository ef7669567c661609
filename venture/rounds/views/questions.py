"""Questions about the call: asked on the round's page, typed in and settled by officers.

Answers are given in the stage `applications`, which tells those who are writing one.
"""

import secrets
from typing import Any

from flask_babel import gettext as _

from venture import clock, web
from venture.roles import STAFF, Role, may, signed_in
from venture.rounds import actions, forms, queries
from venture.rounds.models import Channel, Question, QuestionState, Round
from venture.rounds.views.shared import act, bp, round_or_404


def _called(year: int) -> Round:
    """The round of the year, if its call is published."""
    round = round_or_404(year)
    return web.or_404(round if queries.announcements(round) else None)


def _asking(round: Round, form: Any) -> Any:
    running = queries.takes_questions(round, clock.now())
    return web.page("rounds/new_question.html", form, round=round, running=running)


@bp.get("/calls/<int:year>/questions/new")
@signed_in
def new_question(year: int) -> Any:
    return _asking(_called(year), forms.AskForm(key=secrets.token_hex(16)))


@bp.post("/calls/<int:year>/questions")
@signed_in
def ask(year: int) -> Any:
    round, form = _called(year), forms.AskForm()
    given = {"round": round, "text": form.text.data or "", "channel": Channel.PAGE, "key": form.key.data}
    if form.validate_on_submit() and web.attempt(form, actions.ask, **given, **act()):
        said = _("Your question was sent. The answer appears here for everybody, without your name.")
        return web.see("rounds.call", said, year=year, _anchor="mine")
    return _asking(round, form)


# --- the officer's side ---


def _list(round: Round, form: Any = None) -> Any:
    return web.page(
        "rounds/questions.html",
        form,
        round=round,
        questions=queries.questions(round),
        typed=form or forms.TypedInForm(key=secrets.token_hex(16)),
        running=bool(queries.announcements(round)) and queries.takes_questions(round, clock.now()),
    )


@bp.get("/rounds/<int:year>/questions")
@may(*STAFF)
def questions(year: int) -> Any:
    return _list(round_or_404(year))


@bp.post("/rounds/<int:year>/questions")
@may(Role.OFFICER)
def type_in(year: int) -> Any:
    round, form = round_or_404(year), forms.TypedInForm()
    given = {"text": form.text.data or "", "channel": form.channel.data, "key": form.key.data}
    if form.validate_on_submit() and web.attempt(form, actions.ask, round=round, **given, **act()):
        return web.see("rounds.questions", _("The question was entered."), year=year)
    return _list(round, form)


def question_or_404(year: int, id: int) -> Question:
    """A question of the year's round, or the page «not found»."""
    return web.or_404(queries.question(year, id))


def settling(found: Question, form: Any = None) -> Any:
    """The page on which a question is settled; `form` is the act that was refused."""
    others = [] if found.state is not QuestionState.WAITING else queries.answered(found.round)
    shown = {
        kind.__name__: form if isinstance(form, kind) else kind(formdata=None, **given)
        for kind, given in (
            (forms.AnswerForm, {"wording": found.text}),
            (forms.CorrectAnswerForm, {"answer": found.answer}),
            (forms.MergeForm, {}),
            (forms.DeclineForm, {}),
            (forms.AgainForm, {}),
        )
    }
    shown["MergeForm"].offer(others)
    return web.page(
        "rounds/question.html",
        form,
        question=found,
        others=others,
        shown=shown,
        corrections=queries.answer_corrections([found])[found.id],
    )


@bp.get("/rounds/<int:year>/questions/<int:id>")
@may(Role.OFFICER)
def question(year: int, id: int) -> Any:
    return settling(question_or_404(year, id))


@bp.post("/rounds/<int:year>/questions/<int:id>/merge")
@may(Role.OFFICER)
def merge(year: int, id: int) -> Any:
    found = question_or_404(year, id)
    form = forms.MergeForm().offer(queries.answered(found.round))
    into = queries.question(year, form.into.data) if form.into.data else None
    if form.validate_on_submit() and web.attempt(form, actions.merge, question=found, into=into, **act()):
        return web.see("rounds.questions", _("The question was merged."), year=year)
    return settling(found, form)


@bp.post("/rounds/<int:year>/questions/<int:id>/decline")
@may(Role.OFFICER)
def decline(year: int, id: int) -> Any:
    found, form = question_or_404(year, id), forms.DeclineForm()
    given = {"question": found, "reason": form.reason.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.decline, **given, **act()):
        return web.see("rounds.questions", _("The question was declined."), year=year)
    return settling(found, form)


@bp.post("/rounds/<int:year>/questions/<int:id>/again")
@may(Role.OFFICER)
def take_up_again(year: int, id: int) -> Any:
    found, form = question_or_404(year, id), forms.AgainForm()
    given = {"question": found, "reason": form.reason.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.take_up_again, **given, **act()):
        return web.see("rounds.question", _("The question waits again."), year=year, id=id)
    return settling(found, form)
