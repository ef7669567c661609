"""A round's own questions: the officer's list with a preview; one question, set while planned, amended while open."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.applications import actions, forms, parts, queries
from venture.applications.parts import Kind
from venture.applications.views.shared import bp
from venture.applications.views.supplements import changed_words
from venture.people.forms import ActForm
from venture.roles import STAFF, fresh, may
from venture.rounds import queries as rounds
from venture.rounds import questions as rules
from venture.rounds.access import PLANNERS, may_plan
from venture.rounds.models import Round, RoundState
from venture.rounds.questions import Question


def _round(year: int) -> Round:
    return web.or_404(rounds.by_year(year))


def _act(round: Round) -> dict[str, Any]:
    return {"round": round, "by": web.me(), "at": clock.now()}


def _questions_page(round: Round, form: Any = None) -> Any:
    """The list, and under it the part of the form as an applicant of one theme will see it."""
    listed = queries.own_questions(round)
    codes = [theme.code for theme in round.themes]
    theme = next((code for code in codes if code == request.args.get("theme")), codes[0] if codes else "")
    fields = parts.own(rules.possible(listed, theme))
    return web.page(
        "applications/questions.html",
        form,
        round=round,
        rows=list(zip(listed, parts.own(listed), strict=True)),
        themes={each.code: each.name for each in round.themes},
        theme=theme,
        part=parts.form(False, fields)[-1],
        preview=fields,
        sheet={field.key: parts.empty(field) for field in fields},
        kinds=Kind,
        errors={},
        choices={},
        files=[],
        may_plan=may_plan(web.me()),
        settable=may_plan(web.me()) and round.state is RoundState.PLANNED,
        amendable=may_plan(web.me()) and round.state is RoundState.OPEN,
        most=rules.MOST,
    )


@bp.get("/rounds/<int:year>/own-questions")
@may(*STAFF)
def questions(year: int) -> Any:
    return _questions_page(_round(year))


def _question_page(round: Round, form: Any, question: Question | None = None) -> Any:
    return web.page("applications/question.html", form, round=round, question=question)


def _earlier(round: Round, code: str = "") -> list[Question]:
    """The questions on which one may depend: all before it, or all for a new one."""
    listed = queries.own_questions(round)
    place = next((place for place, each in enumerate(listed) if each.code == code), len(listed))
    return listed[:place]


@bp.get("/rounds/<int:year>/own-questions/new")
@may(*PLANNERS)
def new_question(year: int) -> Any:
    round = _round(year)
    return _question_page(round, forms.QuestionForm(required=True).offer(round, _earlier(round)))


@bp.post("/rounds/<int:year>/own-questions/new")
@may(*PLANNERS)
def add_question(year: int) -> Any:
    round = _round(year)
    form = forms.QuestionForm().offer(round, _earlier(round))
    if form.validate_on_submit() and web.attempt(
        form, actions.put_question, question=form.question(), **_act(round)
    ):
        return web.see("applications.questions", _("The question was added."), year=year)
    return _question_page(round, form)


def _question(round: Round, code: str) -> Question:
    return web.or_404(next((each for each in queries.own_questions(round) if each.code == code), None))


@bp.get("/rounds/<int:year>/own-questions/<code>")
@may(*PLANNERS)
def question(year: int, code: str) -> Any:
    round = _round(year)
    found = _question(round, code)
    if round.state is RoundState.OPEN:
        return _question_page(round, forms.AmendForm(data=forms.shown(found)).of(found), found)
    form = forms.QuestionForm(data=forms.shown(found)).offer(round, _earlier(round, code))
    return _question_page(round, form, found)


@bp.post("/rounds/<int:year>/own-questions/<code>")
@may(*PLANNERS)
def save_question(year: int, code: str) -> Any:
    round = _round(year)
    found = _question(round, code)
    form = forms.QuestionForm().offer(round, _earlier(round, code))
    if form.validate_on_submit() and web.attempt(
        form, actions.put_question, question=form.question(found), **_act(round)
    ):
        return web.see("applications.questions", _("The question was saved."), year=year)
    return _question_page(_round(year), form, found)


@bp.post("/rounds/<int:year>/own-questions/<code>/amend")
@fresh
@may(*PLANNERS)
def amend_question(year: int, code: str) -> Any:
    round = _round(year)
    found = _question(round, code)
    form = forms.AmendForm().of(found)
    if not form.validate_on_submit():
        return _question_page(round, form, found)
    new = form.worded(found)
    if not web.attempt(form, actions.amend_question, question=new, reason=form.reason.data, **_act(round)):
        return _question_page(_round(year), form, found)
    if web.confirmed():
        said = _(
            "Supplement %(number)s was published; the messages wait in the outbox.",
            number=form.outcome.number,
        )
        return web.see("applications.questions", said, year=year)
    number = form.outcome.number
    web.rollback()
    return web.confirm(
        _("Publish supplement %(number)s?", number=number),
        _("Publish the supplement"),
        back=flask.url_for("applications.question", year=year, code=code),
        facts=[
            (_("Question"), found.title),
            (_("Reason"), form.reason.data),
            (_("People told by message"), len(queries.drafters(round))),
        ],
        headers=[_("What changes"), _("Before the change"), _("After the change")],
        rows=changed_words([list(each) for each in rules.changes(found, new)], found.kind.value),
        warning=_("A supplement stays published: it cannot be taken back, only followed by another."),
    )


@bp.post("/rounds/<int:year>/own-questions/<code>/<any(up, down):way>")
@may(*PLANNERS)
def move_question(year: int, code: str, way: str) -> Any:
    round, form = _round(year), ActForm()
    given = {"code": _question(round, code).code, "up": way == "up"}
    if form.validate_on_submit() and web.attempt(form, actions.move_question, **given, **_act(round)):
        return web.see("applications.questions", _("The order was saved."), year=year)
    return _questions_page(_round(year), form)


@bp.post("/rounds/<int:year>/own-questions/<code>/remove")
@may(*PLANNERS)
def remove_question(year: int, code: str) -> Any:
    round, form = _round(year), ActForm()
    found = _question(round, code)
    if not web.confirmed():
        return web.confirm(
            _("Take this question out?"),
            _("Take the question out"),
            back=flask.url_for("applications.questions", year=year),
            facts=[(_("Question"), found.title)],
        )
    if form.validate_on_submit() and web.attempt(form, actions.remove_question, code=code, **_act(round)):
        return web.see("applications.questions", _("The question was taken out."), year=year)
    return _questions_page(_round(year), form)
