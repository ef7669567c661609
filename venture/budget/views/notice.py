"""The public notice, objections of anyone with a receipt, and the bureau's answers."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.budget import access, actions, queries
from venture.budget.forms import AnswerForm, ExtendForm, ObjectionForm, PublishForm
from venture.budget.models import Decision, DecisionLine, Notice, Objection
from venture.budget.views.decision import decision_or_404
from venture.budget.views.shared import act, bp, crumbs, moment, new_key, sums
from venture.people.forms import ReasonForm
from venture.roles import STAFF, Role, fresh, may, open_to_all


def _publishing(found: Decision, form: PublishForm) -> Any:
    rows = actions.content_of(found)["rows"]
    return act(
        _("Publish the notice"),
        _("Look at the notice before it is published"),
        form,
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=[
            (
                _("List of awards"),
                _("No. %(number)s of %(round)s", number=found.number, round=found.round.name),
            ),
            (_("Working days on notice"), found.round.notice_days),
            *sums(sum(row["amount"] for row in rows)),
        ],
        hints={"starts_on": _("For example 2018-05-20. A day off moves to the next working day.")},
    )


@bp.get("/decisions/<int:id>/notice")
@may(Role.OFFICER)
def publishing(id: int) -> Any:
    return _publishing(decision_or_404(id), PublishForm())


@bp.post("/decisions/<int:id>/notice")
@fresh
@may(Role.OFFICER)
def publish(id: int) -> Any:
    found, form, now = decision_or_404(id), PublishForm(), clock.now()
    arguments: dict[str, Any] = {
        "decision": found,
        "starts_on": form.starts_on.data,
        "by": web.me(),
        "at": now,
    }
    if not form.validate_on_submit() or not web.attempt(form, actions.publish, **arguments):
        return _publishing(found, form)
    if web.confirmed():
        said = _("The notice is published until the end of %(day)s.", day=form.outcome.ends_on)
        return web.see("budget.notice", said, id=form.outcome.id)
    web.rollback()
    return _preview(found, actions.term_of(found, arguments["starts_on"]))


def _preview(found: Decision, term: clock.Term) -> Any:
    content = actions.content_of(found)
    return web.confirm(
        _("Publish the notice"),
        _("Publish the notice"),
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=[
            (_("First day of the notice"), term.first),
            (_("Last day of the notice"), term.last),
            (_("Who gains sight of these lines"), _("everybody")),
            *sums(sum(row["amount"] for row in content["rows"])),
        ],
        headers=[
            _("No. in the list"),
            _("Project"),
            _("Applying organization"),
            _("Theme"),
            _("Communities served"),
            _("Amount granted (yuan)"),
        ],
        rows=[
            [
                row["place"],
                row["title"],
                row["organization"],
                row["theme"],
                "、".join(row["communities"]),
                money.text(row["amount"]),
            ]
            for row in content["rows"]
        ],
        warning=_("The holidays of this term are not known yet: the last day is provisional.")
        if term.provisional
        else _("Everybody can read it from now on; a published list is not taken back, only corrected."),
    )


@bp.get("/notices")
@open_to_all
def notices() -> Any:
    return web.page("budget/notices.html", notices=queries.notices(), today=clock.beijing_day(clock.now()))


@bp.get("/notices/<int:id>")
@open_to_all
def notice(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    return web.page(
        "budget/notice.html",
        notice=found,
        content=found.content,
        cancelled=queries.cancelled_places(found),
        corrections=queries.corrections_of([found])[found.id],
        running=clock.now() < clock.end_of_day(found.ends_on),
    )


def _objecting(found: Notice, form: ObjectionForm) -> Any:
    return web.page("budget/new_objection.html", form, notice=found)


def _objection_form(found: Notice, **given: Any) -> ObjectionForm:
    return ObjectionForm(**given).offer(found, _("The whole list"))


@bp.get("/notices/<int:id>/objections/new")
@open_to_all
def new_objection(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    return _objecting(found, _objection_form(found, key=new_key()))


@bp.post("/notices/<int:id>/objections")
@open_to_all
def object_to(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    form = _objection_form(found)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.object_to,
        notice=found,
        place=form.place.data,
        name=form.name.data,
        contact=form.contact.data,
        text=form.text.data,
        key=form.key.data,
        at=clock.now(),
    ):
        return web.see("budget.receipt", receipt=form.outcome.receipt)
    return _objecting(found, form)


@bp.get("/objections/<receipt>")
@open_to_all
def receipt(receipt: str) -> Any:
    return web.page("budget/receipt.html", objection=web.or_404(queries.objection_by(receipt)))


def staff_notice(id: int) -> Notice:
    """The notice for staff, unless a tie hides one of its projects."""
    found = web.or_404(queries.notice(id))
    return web.or_404(None if access.tied(web.me(), found.decision) else found)


@bp.get("/notices/<int:id>/objections")
@may(*STAFF)
def objections(id: int) -> Any:
    found = staff_notice(id)
    return web.page("budget/objections.html", notice=found, crumbs=crumbs(found.decision.round))


def _answering(found: Objection, form: AnswerForm) -> Any:
    return act(
        _("Answer the objection"),
        _("Answer the objection"),
        form,
        back=flask.url_for("budget.objections", id=found.notice_id),
        facts=[
            (_("Receipt"), found.receipt),
            (_("Received at (Beijing time)"), moment(found.made_at)),
            (_("Objector"), f"{found.name} · {found.contact}"),
            (_("Project"), found.application.title if found.application else _("The whole list")),
            (_("Objection"), found.text),
        ],
        warning=_("Upheld: the project is cancelled and not awarded. This is not taken back."),
    )


def _objection(id: int) -> Objection:
    found = web.or_404(queries.objection(id))
    return web.or_404(None if access.tied(web.me(), found.notice.decision) else found)


@bp.get("/objections/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answer(id: int) -> Any:
    found = _objection(id)
    return _answering(found, AnswerForm().offer(found))


@bp.post("/objections/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answer_post(id: int) -> Any:
    found = _objection(id)
    form = AnswerForm().offer(found)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.answer,
        objection=found,
        upheld=form.upheld.data == "yes",
        answer=form.answer.data,
        line=_line_of(found, form),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.objections", _("The objection is answered."), id=found.notice_id)
    return _answering(found, form)


def _line_of(found: Objection, form: AnswerForm) -> DecisionLine | None:
    if "line" not in form or not form.line.data:
        return None
    return next(line for line in found.notice.decision.lines if line.id == form.line.data)


def _extension(found: Notice, form: ExtendForm) -> Any:
    return act(
        _("Put off the last day of the notice"),
        _("Put off the last day"),
        form,
        back=flask.url_for("budget.notice", id=found.id),
        facts=[(_("First day of the notice"), found.starts_on), (_("Last day of the notice"), found.ends_on)],
        warning=_("Both days stay readable on the notice; the list is awarded only after the new one."),
    )


@bp.get("/notices/<int:id>/extend")
@may(Role.OFFICER)
def extension(id: int) -> Any:
    return _extension(staff_notice(id), ExtendForm())


@bp.post("/notices/<int:id>/extend")
@may(Role.OFFICER)
def extend(id: int) -> Any:
    found, form = staff_notice(id), ExtendForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.extend,
        notice=found,
        ends_on=form.ends_on.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.notice", _("The last day was put off."), id=id)
    return _extension(found, form)


def _line(notice: Notice, line_id: int) -> DecisionLine:
    lines = [line for line in notice.decision.lines if line.id == line_id and line.decided]
    return web.or_404(lines[0] if lines else None)


def _striking(found: Notice, line: DecisionLine, form: ReasonForm) -> Any:
    return act(
        _("Take a project off the list"),
        _("Take the project off the list"),
        form,
        back=flask.url_for("budget.award_list", id=found.id),
        facts=[(_("Project"), line.application.title), *sums(line.decided)],
        warning=_("The project is cancelled and marked so on the notice. This is not taken back."),
        danger=True,
    )


@bp.get("/notices/<int:id>/lines/<int:line_id>/strike")
@may(Role.APPROVER)
def striking(id: int, line_id: int) -> Any:
    found = staff_notice(id)
    return _striking(found, _line(found, line_id), ReasonForm())


@bp.post("/notices/<int:id>/lines/<int:line_id>/strike")
@fresh
@may(Role.APPROVER)
def strike(id: int, line_id: int) -> Any:
    found, form = staff_notice(id), ReasonForm()
    line = _line(found, line_id)
    if form.validate_on_submit() and web.attempt(
        form, actions.strike, line=line, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award_list", _("The project was taken off the list."), id=id)
    return _striking(found, line, form)
