"""Evaluation: the round's list from assigning to the result, one evaluator's sheets, objections, bans, letters."""

from collections.abc import Sequence
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.budget.forms import Rows
from venture.budget.views.shared import act, crumbs, round_or_404, tried
from venture.delivery import access, actions, printing, queries
from venture.delivery.forms import closing as forms
from venture.delivery.grading import MOST, Item, Phase
from venture.delivery.models import Evaluation, EvaluationSheet
from venture.delivery.views.reports import made, phase_or_404, today
from venture.delivery.views.shared import award_or_404, bp
from venture.delivery.views.shared import crumbs as project_crumbs
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may, signed_in
from venture.rounds.models import Round

MOST_PENALTIES = 5
"""Penalties that the form of a sheet has rows for."""


def _list(round: Round, phase: Phase, form: Rows) -> Any:
    rows = queries.evaluations(round, web.me(), phase, today())
    return web.page(
        "delivery/evaluations.html",
        form,
        round=round,
        crumbs=crumbs(round),
        phase=phase,
        phases=list(Phase),
        rows=rows,
        results={
            row.evaluation.id: actions.result_of(row.evaluation)
            for row in rows
            if row.evaluation is not None and row.step == "propose"
        },
        evaluators=queries.evaluators() if web.me().holds(Role.OFFICER, Role.OPERATOR) else [],
        rule=queries.rules(round),
    )


@bp.get("/rounds/<int:year>/evaluations")
@may(*access.PAGES)
def evaluations(year: int) -> Any:
    phase = phase_or_404(request.args.get("phase", Phase.MIDTERM.value))
    return _list(round_or_404(year), phase, forms.ConfirmForm())


@bp.post("/rounds/<int:year>/evaluations/<word>/assign")
@may(Role.OFFICER, Role.OPERATOR)
def assign(year: int, word: str) -> Any:
    round, phase, form = round_or_404(year), phase_or_404(word), forms.ConfirmForm()
    rows = queries.evaluations(round, web.me(), phase, today())
    awards = [row.award for row in rows if row.award.id in form.ticked("take")]
    persons = [each for each in queries.evaluators() if each.id in form.ticked("person")]
    if form.readable() and tried(
        form,
        actions.assign,
        awards=awards,
        phase=phase,
        persons=persons,
        by=web.me(),
        at=clock.now(),
    ):
        if web.confirmed():
            return web.see("delivery.evaluations", _("The evaluation is assigned."), year=year, phase=word)
        return web.confirm(
            _("Assign the evaluation"),
            _("Assign these projects"),
            back=flask.url_for("delivery.evaluations", year=year, phase=word),
            facts=[(_("Evaluators"), "、".join(each.name for each in persons))],
            headers=[_("Project"), _("Organization")],
            rows=[[each.application.title, each.application.organization.name] for each in awards],
        )
    return _list(round_or_404(year), phase, form)


def _chosen(round: Round, phase: Phase, step: str) -> list[Evaluation]:
    rows = queries.evaluations(round, web.me(), phase, today())
    return [row.evaluation for row in rows if row.step == step and row.evaluation is not None]


def _results(listed: Sequence[Evaluation], back: dict[int, str] | None = None) -> list[list[Any]]:
    back = back or {}
    return [
        [
            each.award.application.title,
            web.marks(each.score),
            printing.named(each),
            _("Sent back: %(reason)s", reason=back[each.id])
            if each.id in back
            else (_("Passed") if each.passed else _("Failed: payments stop")),
        ]
        for each in listed
    ]


@bp.post("/rounds/<int:year>/evaluations/<word>/propose")
@may(Role.OFFICER, Role.OPERATOR)
def propose_results(year: int, word: str) -> Any:
    round, phase, form = round_or_404(year), phase_or_404(word), forms.ProposeForm()
    chosen = [each for each in _chosen(round, phase, "propose") if each.id in form.ticked("result")]
    given: dict[str, Any] = {"evaluations": chosen, "remark": form.remark.data or ""}
    if form.readable() and web.attempt(form, actions.propose_results, **given, by=web.me(), at=clock.now()):
        if web.confirmed():
            said = _("The results are proposed. Another person confirms them.")
            return web.see("delivery.evaluations", said, year=year, phase=word)
        rows = _results(chosen)
        web.rollback()
        return web.confirm(
            _("Propose the results"),
            _("Propose these results"),
            back=flask.url_for("delivery.evaluations", year=year, phase=word),
            facts=[(_("Projects"), len(chosen))],
            headers=[_("Project"), _("Points"), _("Grade"), _("What happens")],
            rows=rows,
        )
    return _list(round_or_404(year), phase, form)


@bp.post("/rounds/<int:year>/evaluations/<word>/confirm")
@fresh
@may(Role.APPROVER)
def confirm_results(year: int, word: str) -> Any:
    round, phase, form = round_or_404(year), phase_or_404(word), forms.ConfirmForm()
    chosen = [
        each for each in _chosen(round, phase, "confirm") if form.typed(f"act-{each.id}") in ("do", "back")
    ]
    back = {
        each.id: form.typed(f"reason-{each.id}") for each in chosen if form.typed(f"act-{each.id}") == "back"
    }
    given: dict[str, Any] = {
        "evaluations": chosen,
        "back": back,
        "document_no": form.document_no.data or "",
    }
    rows = _results(chosen, back)
    if form.readable() and tried(form, actions.confirm_results, **given, by=web.me(), at=clock.now()):
        if web.confirmed():
            said = _("The results are confirmed. The messages wait in the outbox.")
            return web.see("delivery.evaluations", said, year=year, phase=word)
        return web.confirm(
            _("Confirm the results"),
            _("Confirm these results"),
            back=flask.url_for("delivery.evaluations", year=year, phase=word),
            facts=[
                (_("Projects"), len(chosen)),
                (_("Number of the paper that says the results"), given["document_no"]),
            ],
            headers=[_("Project"), _("Points"), _("Grade"), _("What happens")],
            rows=rows,
        )
    return _list(round_or_404(year), phase, form)


@bp.get("/rounds/<int:year>/evaluations/<word>/letters")
@may(*access.PAGES)
def result_letters(year: int, word: str) -> Any:
    found = _chosen(round_or_404(year), phase_or_404(word), "done")
    if not found:
        said = _("No result is confirmed yet, so there is no letter.")
        return web.see("delivery.evaluations", said, year=year, phase=word)
    return made("letter", printing.letters(found), f"{year}-{word}-results")


# --- one evaluation ---


def evaluation_or_404(id: int) -> Evaluation:
    return web.or_404(queries.evaluation(id, web.me()))


@bp.get("/evaluations/<int:id>")
@signed_in
def evaluation(id: int) -> Any:
    found = evaluation_or_404(id)
    return web.page(
        "delivery/evaluation.html",
        crumbs=project_crumbs(found.award),
        evaluation=found,
        award=found.award,
        sight=access.sight(found.award),
        staff=web.me().holds(*access.PAGES),
        own=access.is_own(web.me(), found.award),
        open_to_object=found.objections_until is not None
        and clock.now() < clock.end_of_day(found.objections_until),
        latest=queries.evaluation_of(found.award, found.phase),
    )


@bp.get("/evaluations/<int:id>/letter")
@signed_in
def result_letter(id: int) -> Any:
    found = evaluation_or_404(id)
    web.or_404(found.confirmed_at)
    return made("letter", printing.letters([found]), f"{found.award.project_no}-{found.phase.value}-result")


def _about(found: Evaluation) -> list[tuple[str, Any]]:
    return [
        (_("Project"), found.award.application.title),
        (_("Organization"), found.award.application.organization.name),
        (_("Evaluation"), _(found.phase.label)),
        (_("Points"), web.marks(found.score)),
    ]


def _single(found: Evaluation, title: str, verb: str, form: Any, **more: Any) -> Any:
    back = flask.url_for("delivery.evaluation", id=found.id)
    return act(title, verb, form, back=back, facts=_about(found), **more)


def _again(found: Evaluation, form: ReasonForm) -> Any:
    warning = _("The earlier result stays on record; payments stay stopped until an evaluation is passed.")
    return _single(found, _("Evaluate once more"), _("Evaluate once more"), form, warning=warning)


@bp.get("/evaluations/<int:id>/again")
@may(Role.OFFICER)
def beginning_again(id: int) -> Any:
    return _again(evaluation_or_404(id), ReasonForm())


@bp.post("/evaluations/<int:id>/again")
@may(Role.OFFICER)
def begin_again(id: int) -> Any:
    found, form = evaluation_or_404(id), ReasonForm()
    given: dict[str, Any] = {"evaluation": found, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.begin_again, **given, by=web.me(), at=clock.now()
    ):
        said = _("A new evaluation is open. Assign it.")
        return web.see("delivery.evaluation", said, id=form.outcome.id)
    return _again(evaluation_or_404(id), form)


def _objecting(found: Evaluation, form: forms.ResultObjectionForm) -> Any:
    return _single(found, _("Object to the result"), _("Send the objection"), form)


@bp.get("/evaluations/<int:id>/objection")
@may(Role.APPLICANT)
def objecting(id: int) -> Any:
    return _objecting(evaluation_or_404(id), forms.ResultObjectionForm())


@bp.post("/evaluations/<int:id>/objection")
@may(Role.APPLICANT)
def object_to(id: int) -> Any:
    found, form = evaluation_or_404(id), forms.ResultObjectionForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.object_to, evaluation=found, text=form.text.data, by=web.me(), at=clock.now()
    ):
        return web.see("delivery.evaluation", _("Your objection is on record. The bureau answers it."), id=id)
    return _objecting(evaluation_or_404(id), form)


def _answering(found: Evaluation, form: forms.ResultAnswerForm) -> Any:
    said = found.objection.text if found.objection else ""
    return _single(found, _("Answer the objection"), _("Answer"), form.offer(), warning=said)


@bp.get("/evaluations/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answering(id: int) -> Any:
    found = evaluation_or_404(id)
    web.or_404(found.objection)
    return _answering(found, forms.ResultAnswerForm())


@bp.post("/evaluations/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answer_objection(id: int) -> Any:
    found, form = evaluation_or_404(id), forms.ResultAnswerForm().offer()
    objection = web.or_404(found.objection)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.answer_objection,
        objection=objection,
        upheld=form.upheld.data == "yes",
        answer=form.answer.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("delivery.evaluation", _("The objection is answered."), id=id)
    return _answering(evaluation_or_404(id), form)


def _barring(found: Evaluation, form: forms.BarForm) -> Any:
    warning = _(
        "It takes effect once an approver confirms it; every later application is checked against it."
    )
    return _single(
        found,
        _("Propose a ban from applying"),
        _("Propose the ban"),
        form,
        warning=warning,
        danger=True,
        hints={"years": _("Whole years from the day of the confirmation, for example 3.")},
    )


@bp.get("/evaluations/<int:id>/ban")
@may(Role.OFFICER)
def barring(id: int) -> Any:
    found = evaluation_or_404(id)
    return _barring(found, forms.BarForm(years=queries.rules(found.award.application.round).ban_years))


@bp.post("/evaluations/<int:id>/ban")
@may(Role.OFFICER)
def propose_ban(id: int) -> Any:
    found, form = evaluation_or_404(id), forms.BarForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.propose_ban,
        evaluation=found,
        years=form.years.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("delivery.evaluation", _("The ban is proposed. An approver confirms it."), id=id)
    return _barring(evaluation_or_404(id), form)


@bp.post("/evaluations/<int:id>/ban/confirm")
@fresh
@may(Role.APPROVER)
def confirm_ban(id: int) -> Any:
    found = evaluation_or_404(id)
    actions.confirm_ban(proposal=web.or_404(found.ban), by=web.me(), at=clock.now())
    return web.see("delivery.evaluation", _("The ban is in force from today."), id=id)


def _late(id: int, phase: Phase, form: ReasonForm) -> Any:
    award = award_or_404(id)
    row = queries.report_row(award, phase, today())
    return act(
        _("Failed for want of a report"),
        _("Propose the result"),
        form,
        back=flask.url_for("delivery.evaluations", year=award.application.round.year, phase=phase.value),
        facts=[
            (_("Project"), award.application.title),
            (_("Report"), _(phase.label)),
            (_("Due day"), row.due_on),
        ],
        warning=_("No points. An approver confirms it; payments then stop until an evaluation is passed."),
        danger=True,
    )


@bp.get("/projects/<int:id>/late/<word>")
@may(Role.OFFICER)
def failing_late(id: int, word: str) -> Any:
    return _late(id, phase_or_404(word), ReasonForm())


@bp.post("/projects/<int:id>/late/<word>")
@may(Role.OFFICER)
def fail_late(id: int, word: str) -> Any:
    award, phase, form = award_or_404(id), phase_or_404(word), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.fail_late,
        award=award,
        phase=phase,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The result is proposed. An approver confirms it.")
        return web.see("delivery.evaluation", said, id=form.outcome.id)
    return _late(id, phase, form)


# --- sheets ---


@bp.get("/evaluation-sheets")
@may(*access.EVALUATORS)
def my_sheets() -> Any:
    return web.page("delivery/my_sheets.html", sheets=queries.my_sheets(web.me()))


def sheet_or_404(id: int) -> EvaluationSheet:
    return web.or_404(queries.sheet(id, web.me()))


def _sheet_page(found: EvaluationSheet, form: forms.SheetForm) -> Any:
    evaluation = found.evaluation
    report = queries.report_of(evaluation.award, evaluation.phase)
    version = report.latest if report else None
    rule = queries.rules(evaluation.award.application.round)
    return web.page(
        "delivery/evaluation_sheet.html",
        form,
        sheet=found,
        evaluation=evaluation,
        award=evaluation.award,
        sight=access.sheet_sight(found),
        most=MOST,
        rule=rule,
        told=printing.report(version) if version else None,
        penalties=range(MOST_PENALTIES),
        locked=found.handed_in_at is not None or evaluation.proposed_at is not None,
    )


@bp.get("/evaluation-sheets/<int:id>")
@may(*access.EVALUATORS)
def evaluation_sheet(id: int) -> Any:
    found = sheet_or_404(id)
    return _sheet_page(found, forms.SheetForm(obj=found))


@bp.post("/evaluation-sheets/<int:id>")
@may(*access.EVALUATORS)
def save_evaluation_sheet(id: int) -> Any:
    found, form = sheet_or_404(id), forms.SheetForm()
    finished = "hand_in" in request.form
    given: dict[str, Any] = {
        "marks": {item: forms.marks_of(form, item.value) for item in Item},
        "bonus": forms.marks_of(form, "bonus") or 0,
        "bonus_reason": form.bonus_reason.data or "",
        "penalties": [
            (forms.marks_of(form, f"penalty-{place}") or 0, form.typed(f"why-{place}"))
            for place in range(MOST_PENALTIES)
        ],
        "remark": form.remark.data or "",
        "finished": finished,
    }
    if form.readable() and web.attempt(
        form, actions.save_sheet, sheet=found, **given, by=web.me(), at=clock.now()
    ):
        if finished:
            return web.see("delivery.my_sheets", _("The sheet is handed in."))
        return web.see("delivery.evaluation_sheet", _("Saved."), id=id)
    return _sheet_page(sheet_or_404(id), form)


def _of_sheet(id: int, sheet_id: int) -> tuple[Evaluation, EvaluationSheet]:
    found = evaluation_or_404(id)
    return found, web.or_404(queries.sheet_of(sheet_id, found))


def _giving_back(found: Evaluation, each: EvaluationSheet, form: ReasonForm) -> Any:
    title = _("Give the sheet of %(person)s back", person=each.person.name)
    return _single(found, title, _("Give it back"), form)


@bp.get("/evaluations/<int:id>/sheets/<int:sheet_id>/reopen")
@may(Role.OFFICER)
def reopening_sheet(id: int, sheet_id: int) -> Any:
    return _giving_back(*_of_sheet(id, sheet_id), ReasonForm())


@bp.post("/evaluations/<int:id>/sheets/<int:sheet_id>/reopen")
@may(Role.OFFICER)
def reopen_sheet(id: int, sheet_id: int) -> Any:
    (_found, each), form = _of_sheet(id, sheet_id), ReasonForm()
    given: dict[str, Any] = {"sheet": each, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen_sheet, **given, by=web.me(), at=clock.now()
    ):
        return web.see("delivery.evaluation", _("The sheet is open again."), id=id)
    return _giving_back(*_of_sheet(id, sheet_id), form)


def _taking_off(found: Evaluation, each: EvaluationSheet, form: ReasonForm) -> Any:
    title = _("Take the evaluation from %(person)s", person=each.person.name)
    return _single(found, title, _("Take it from them"), form, danger=True)


@bp.get("/evaluations/<int:id>/sheets/<int:sheet_id>/take-off")
@may(Role.OFFICER, Role.OPERATOR)
def taking_off(id: int, sheet_id: int) -> Any:
    return _taking_off(*_of_sheet(id, sheet_id), ReasonForm())


@bp.post("/evaluations/<int:id>/sheets/<int:sheet_id>/take-off")
@may(Role.OFFICER, Role.OPERATOR)
def take_off(id: int, sheet_id: int) -> Any:
    (_found, each), form = _of_sheet(id, sheet_id), ReasonForm()
    given: dict[str, Any] = {"sheet": each, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.take_off, **given, by=web.me(), at=clock.now()
    ):
        return web.see("delivery.evaluation", _("The evaluation is taken from them."), id=id)
    return _taking_off(*_of_sheet(id, sheet_id), form)
