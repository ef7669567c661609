"""Activities: recorded on a phone, shown, set right, struck out; their photos and sign-in sheets; monthly plans."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, downloads, web
from venture.budget.models import Award
from venture.delivery import access, actions, forms, queries
from venture.delivery.actions import Sent
from venture.delivery.models import Activity, ActivityFile, MonthPlan, Shows, Taking
from venture.delivery.views.running import month_asked
from venture.delivery.views.shared import (
    RECORDS,
    act,
    bp,
    carried,
    crumbs,
    new_key,
    own_or_404,
)
from venture.people.forms import ReasonForm
from venture.refusal import Refused
from venture.roles import may, signed_in
from venture.rounds import queries as rounds


def _activity(id: int) -> Activity:
    return web.or_404(queries.activity(id, web.me()))


def _own(id: int) -> Activity:
    found = _activity(id)
    return web.or_404(found if access.is_own(web.me(), found.award) else None)


def _file(activity: Activity, id: int) -> ActivityFile:
    return web.or_404(next((each for each in activity.files if each.id == id), None))


@bp.get("/projects/<int:id>/activities/new")
@may(*RECORDS)
def new_activity(id: int) -> Any:
    """One photo and five fields."""
    form = forms.ActivityForm(formdata=None, key=new_key(), held_on=clock.beijing_day(clock.now()))
    return _recording(own_or_404(id), form)


def _recording(award: Award, form: forms.ActivityForm) -> Any:
    return web.page(
        "delivery/new_activity.html",
        form,
        award=award,
        crumbs=crumbs(award),
        takings=list(Taking),
        carried=carried() if form.is_submitted() else [],
        days=award.theme.round.record_days,
    )


@bp.post("/projects/<int:id>/activities")
@may(*RECORDS)
def record_activity(id: int) -> Any:
    found, form = own_or_404(id), forms.ActivityForm()
    sent = [
        Sent(staged, shows, bool(form.children.data) and shows is Shows.PHOTO)
        for name, shows in (("photo", Shows.PHOTO), ("sign_in", Shows.SIGN_IN))
        if (staged := web.staged(name)) is not None
    ]
    if form.validate_on_submit() and web.attempt(
        form,
        actions.record,
        award=found,
        key=form.key.data,
        told=form.told(),
        counts=form.counts(),
        sent=sent,
        by=web.me(),
        at=clock.now(),
    ):
        made: Activity = form.outcome
        said = _("The activity is recorded. Add what was spent on it, or more photos.")
        return web.see("delivery.activity", said, id=made.id)
    return _recording(own_or_404(id), form)


@bp.get("/activities/<int:id>")
@signed_in
def activity(id: int) -> Any:
    return _page(_activity(id), web.Form())


def _page(found: Activity, form: web.Form) -> Any:
    rows = [each for each in found.counts if each.persons or each.person_times]
    return web.page(
        "delivery/activity.html",
        form,
        activity=found,
        award=found.award,
        crumbs=crumbs(found.award),
        sight=access.sight(found.award),
        own=access.is_own(web.me(), found.award),
        changes=access.is_own(web.me(), found.award)
        and found.struck_at is None
        and queries.records(found.award),
        opens_sign_in=access.may_open_sign_in(web.me(), found.award),
        counts=rows,
        spending=queries.spending_of(found),
        corrections=queries.corrections_of([found])[found.id],
        count_corrections=queries.corrections_of(found.counts),
    )


@bp.get("/activities/<int:id>/files/<int:file>")
@signed_in
def activity_file(id: int, file: int) -> Any:
    """A photo, shown without what the camera wrote into it; a sign-in sheet, for those who may open it."""
    found = _activity(id)
    kept = _file(found, file)
    if kept.shows is Shows.SIGN_IN and not access.may_open_sign_in(web.me(), found.award):
        raise NotFound
    if kept.removed_at is not None:
        raise NotFound
    return downloads.send(kept.file, inline=True, bare=True)


@bp.post("/activities/<int:id>/files")
@may(*RECORDS)
def add_file(id: int) -> Any:
    found, form = _own(id), web.Form()
    shows = Shows.SIGN_IN if request.form.get("shows") == Shows.SIGN_IN else Shows.PHOTO
    staged = web.staged("file")
    if staged is None:
        form.refusal = Refused("delivery.no_file", "file")
        return _page(found, form)
    sent = Sent(staged, shows, "children" in request.form and shows is Shows.PHOTO)
    if web.attempt(form, actions.add_file, activity=found, sent=sent, by=web.me(), at=clock.now()):
        return web.see("delivery.activity", _("The file has been received."), id=id, _anchor="files")
    return _page(_own(id), form)


@bp.post("/activities/<int:id>/files/<int:file>/children")
@may(*RECORDS)
def mark_children(id: int, file: int) -> Any:
    """Say whether children can be seen in a photo."""
    kept = _file(_own(id), file)
    actions.mark_children(file=kept, children="children" in request.form, by=web.me(), at=clock.now())
    return web.see("delivery.activity", _("Noted."), id=id, _anchor="files")


@bp.get("/activities/<int:id>/files/<int:file>/out")
@may(*RECORDS)
def taking_out(id: int, file: int) -> Any:
    found = _own(id)
    return _out(found, _file(found, file), ReasonForm())


def _out(found: Activity, kept: ActivityFile, form: ReasonForm) -> Any:
    return act(
        found.award,
        _("Take the file out"),
        _("Take it out"),
        form,
        back=flask.url_for("delivery.activity", id=found.id),
        facts=[(_("Activity"), found.subject), (_("File"), kept.file.name)],
        danger=True,
    )


@bp.post("/activities/<int:id>/files/<int:file>/out")
@may(*RECORDS)
def take_out(id: int, file: int) -> Any:
    kept, form = _file(_own(id), file), ReasonForm()
    given = {"file": kept, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.remove_file, **given):
        return web.see("delivery.activity", _("The file is taken out."), id=id)
    found = _own(id)
    return _out(found, _file(found, file), form)


@bp.get("/activities/<int:id>/correct")
@may(*RECORDS)
def correcting(id: int) -> Any:
    found = _own(id)
    return _correcting(found, forms.ActivityCorrectionForm.made(found, formdata=None))


def _correcting(found: Activity, form: forms.ActivityCorrectionForm) -> Any:
    return web.page(
        "delivery/correct_activity.html",
        form,
        activity=found,
        crumbs=crumbs(found.award, (found.subject, flask.url_for("delivery.activity", id=found.id))),
        takings=list(Taking),
    )


@bp.post("/activities/<int:id>/correct")
@may(*RECORDS)
def correct_activity(id: int) -> Any:
    found, form = _own(id), forms.ActivityCorrectionForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.correct,
        activity=found,
        told=form.told(),
        counts=form.counts(),
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("delivery.activity", _("The activity is set right; both values are kept."), id=id)
    return _correcting(_own(id), form)


@bp.get("/activities/<int:id>/strike")
@may(*RECORDS)
def striking_activity(id: int) -> Any:
    return _striking(_own(id), ReasonForm())


def _striking(found: Activity, form: ReasonForm) -> Any:
    return act(
        found.award,
        _("Strike the activity out"),
        _("Strike it out"),
        form,
        back=flask.url_for("delivery.activity", id=found.id),
        facts=[(_("Activity"), found.subject), (_("Day"), found.held_on)],
        lead=_("It stays readable with your reason, and counts nowhere."),
        danger=True,
    )


@bp.post("/activities/<int:id>/strike")
@may(*RECORDS)
def strike_activity(id: int) -> Any:
    found, form = _own(id), ReasonForm()
    given = {"activity": found, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.strike, **given):
        return web.see("delivery.project", _("The activity is struck out."), id=found.award_id)
    return _striking(_own(id), form)


# --- monthly plans ---


@bp.get("/projects/<int:id>/plan")
@may(*RECORDS)
def planning(id: int) -> Any:
    """The plan of a month, next month's unless another is asked for."""
    found = own_or_404(id)
    month = month_asked() or queries.month_of(clock.beijing_day(clock.now()))[1]
    kept = next((plan for plan in queries.plans(found) if plan.month == month), None)
    return _planning(found, month, kept, forms.PlanForm(kept.rows if kept else ()))


def _planning(award: Award, month: Any, kept: MonthPlan | None, form: forms.PlanForm) -> Any:
    more = {"month": month, "plan": kept, "crumbs": crumbs(award)}
    return web.page("delivery/plan.html", form, award=award, **more)


@bp.post("/projects/<int:id>/plan")
@may(*RECORDS)
def send_plan(id: int) -> Any:
    found, form = own_or_404(id), forms.PlanForm()
    month, planned = web.or_404(month_asked()), form.planned()
    given = {"month": month, "planned": planned, "by": web.me(), "at": clock.now()}
    if form.readable() and web.attempt(form, actions.send_plan, award=found, **given):
        return web.see("delivery.project", _("The plan is sent; the office approves it."), id=id)
    found = own_or_404(id)
    return _planning(found, month, next((p for p in queries.plans(found) if p.month == month), None), form)


def _plan(id: int) -> MonthPlan:
    return web.or_404(queries.plan(id, web.me()))


@bp.get("/plans/<int:id>")
@signed_in
def plan(id: int) -> Any:
    return _plan_page(_plan(id), forms.AnswerForm())


def _plan_page(found: MonthPlan, form: forms.AnswerForm) -> Any:
    decides = web.me().holds(*access.RECOMMENDS) and not access.is_own(web.me(), found.award)
    return web.page(
        "delivery/month_plan.html",
        form,
        plan=found,
        award=found.award,
        crumbs=crumbs(found.award),
        decides=decides,
    )


@bp.post("/plans/<int:id>/decide")
@may(*access.RECOMMENDS)
def decide_plan(id: int) -> Any:
    found, form = _plan(id), forms.AnswerForm()
    given = {"approve": "approve" in request.form, "answer": form.answer.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.decide_plan, plan=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("delivery.running", _("The plan is decided."), year=found.award.theme.round.year)
    return _plan_page(_plan(id), form)


@bp.get("/rounds/<int:year>/preview")
@may(*access.PAGES)
def preview(year: int) -> Any:
    """月度活动预告: what all projects of the round plan for a month, as approved."""
    round = web.or_404(rounds.by_year(year))
    month = month_asked() or queries.month_of(clock.beijing_day(clock.now()))[1]
    rows = queries.preview(round, month, web.me())
    return web.page("delivery/preview.html", round=round, month=month, plans=rows)
