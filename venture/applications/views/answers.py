"""Answers to questions about the call, which those who are writing an application are told of."""

from typing import Any

from flask_babel import gettext as _

from venture import clock, web
from venture.applications import actions
from venture.applications.views.shared import bp
from venture.roles import Role, may
from venture.rounds import forms
from venture.rounds.views.questions import question_or_404, settling


@bp.post("/rounds/<int:year>/questions/<int:id>/answer")
@may(Role.OFFICER)
def answer_question(year: int, id: int) -> Any:
    found, form = question_or_404(year, id), forms.AnswerForm()
    given = {"question": found, "wording": form.wording.data or "", "answer": form.answer.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.answer_question, by=web.me(), at=clock.now(), **given
    ):
        said = _("The answer stands on the public page; the messages about it wait in the outbox.")
        return web.see("rounds.questions", said, year=year)
    return settling(found, form)


@bp.post("/rounds/<int:year>/questions/<int:id>/correct")
@may(Role.OFFICER)
def correct_answer(year: int, id: int) -> Any:
    found, form = question_or_404(year, id), forms.CorrectAnswerForm()
    given = {"question": found, "answer": form.answer.data or "", "reason": form.reason.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.correct_answer, by=web.me(), at=clock.now(), **given
    ):
        said = _("The answer was corrected; both texts stand on the public page.")
        return web.see("rounds.question", said, year=year, id=id)
    return settling(found, form)
