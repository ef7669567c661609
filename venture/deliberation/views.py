"""Pages of communities and their matters, the declared totals, and the matter's page for residents."""

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from venture import clock, downloads, numbering, web
from venture.deliberation import access, actions, forms, queries
from venture.deliberation.models import Matter, MatterStatus, Outcome, StepRecord, Use
from venture.deliberation.steps import Step
from venture.people.models import Community
from venture.roles import STAFF, may, open_to_all

bp = Blueprint("deliberation", __name__)


@bp.app_template_global()
def matter_example() -> str:
    """What the number of a matter looks like here, this year."""
    return f"{numbering.of_matters(clock.beijing_day(clock.now()).year)}0001"


READERS, RECORDERS, REGISTER = access.READERS, access.RECORDERS, access.REGISTER
FIELD_NAMES = {
    "title": _l("The matter in one sentence"),
    "source": _l("Where it came from"),
    "field": _l("Field of the matter"),
    "affected": _l("Residents affected, estimated"),
    "public": _l("Public page"),
    "status": _l("Result"),
    "closed_on": _l("Closed on"),
    "benefited": _l("Residents who benefited"),
    "counted_how": _l("How they were counted"),
    "reason": _l("Reason"),
    "held": _l("Does the solution still hold?"),
    "rechecked_on": _l("Looked at on"),
    "from_on": _l("First day"),
    "to_on": _l("Last day"),
    "by_whom": _l("By whom"),
    "text": _l("Text of the record"),
    "decided_on": _l("Decided on"),
    "kind": _l("Kind of entry"),
    "binds": _l("Whom it binds"),
    "happened_on": _l("On which day"),
    "who": _l("Who did it"),
    "photo_id": _l("Picture, by its number"),
    "photo_public": _l("Picture shown publicly"),
    "struck": _l("Struck out"),
}
"""What is corrected, in words."""


@bp.app_context_processor
def seven_steps() -> dict[str, Any]:
    return {"seven_steps": list(Step)}


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)


# --- communities ---


@bp.get("/communities")
@may(*READERS)
def communities() -> Any:
    me = web.me()
    return web.page(
        "deliberation/communities.html",
        towns=queries.communities(me),
        may_register=access.may_register(me),
    )


@bp.get("/communities/new")
@may(*REGISTER)
def new_community() -> Any:
    return web.page("deliberation/edit_community.html", forms.CommunityForm(), community=None)


@bp.post("/communities/new")
@may(*REGISTER)
def register_community() -> Any:
    form = forms.CommunityForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.register_community, by=web.me(), at=clock.now(), **forms.given(form)
    ):
        return web.see("deliberation.community", _("The community is entered."), id=form.outcome.id)
    return web.page("deliberation/edit_community.html", form, community=None)


@bp.get("/communities/<int:id>")
@may(*READERS)
def community(id: int) -> Any:
    me, found = web.me(), _community(id)
    return web.page(
        "deliberation/community.html",
        community=found,
        matters=queries.matters(me, _number("page") or 1, community_id=id),
        may_register=access.may_register(me),
        may_record=access.may_record(me, id),
    )


@bp.get("/communities/<int:id>/edit")
@may(*REGISTER)
def edit_community(id: int) -> Any:
    found = _community(id)
    return web.page("deliberation/edit_community.html", forms.CommunityForm(obj=found), community=found)


@bp.post("/communities/<int:id>/edit")
@may(*REGISTER)
def change_community(id: int) -> Any:
    found, form = _community(id), forms.CommunityForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.change_community, community=found, by=web.me(), at=clock.now(), **forms.given(form)
    ):
        return web.see("deliberation.community", _("The entry is up to date."), id=id)
    return web.page("deliberation/edit_community.html", form, community=found)


def _community(id: int) -> Community:
    return web.or_404(queries.community(id, web.me()))


# --- matters ---


@bp.get("/matters")
@may(*READERS)
def matters() -> Any:
    me, asked = web.me(), request.args
    status = next((word for word in MatterStatus if word == asked.get("status")), None)
    found = queries.matters(
        me,
        _number("page") or 1,
        community_id=_number("community"),
        status=status,
        step=_number("step"),
        words=asked.get("words", "").strip(),
    )
    return web.page(
        "deliberation/matters.html",
        found=found,
        places=[line.community for town in queries.communities(me).values() for line in town],
        statuses=list(MatterStatus),
        may_record=me.holds(*RECORDERS),
    )


@bp.get("/matters/new")
@may(*RECORDERS)
def new_matter() -> Any:
    form = _with_places(forms.MatterForm(community=_number("community")))
    return web.page("deliberation/new_matter.html", form)


@bp.post("/matters/new")
@may(*RECORDERS)
def open_matter() -> Any:
    form = _with_places(forms.MatterForm())
    if form.validate_on_submit() and web.attempt(
        form,
        actions.open_matter,
        community=_community(form.community.data),
        by=web.me(),
        at=clock.now(),
        **forms.given(form, "community"),
    ):
        made = form.outcome
        return web.see(
            "deliberation.matter", _("The matter is open: %(number)s.", number=made.number), id=made.id
        )
    return web.page("deliberation/new_matter.html", form)


def _with_places(form: Any) -> Any:
    form.community.choices = [
        (place.id, f"{place.town} {place.name}") for place in queries.recordable(web.me())
    ]
    return form


def _matter(id: int) -> Matter:
    return web.or_404(queries.matter(id, web.me()))


@bp.get("/matters/<int:id>")
@may(*READERS)
def matter(id: int) -> Any:
    me, found = web.me(), _matter(id)
    return web.page(
        "deliberation/matter.html",
        matter=found,
        standing=queries.standing(found, on=clock.beijing_day(clock.now())),
        corrections=queries.corrections(found),
        may_record=access.may_record(me, found.community_id),
        field_names=FIELD_NAMES,
        recheck_from=found.closed_on + actions.RECHECK_AFTER if found.closed_on else None,
    )


@bp.get("/matters/<int:id>/steps/<int(min=1, max=7):number>")
@may(*RECORDERS)
def step(id: int, number: int) -> Any:
    return web.page("deliberation/step.html", forms.StepForm(), matter=_matter(id), step=Step(number))


@bp.post("/matters/<int:id>/steps/<int(min=1, max=7):number>")
@may(*RECORDERS)
def record_step(id: int, number: int) -> Any:
    found, form = _matter(id), forms.StepForm()
    given = {"matter": found, "step": Step(number), "photo": web.staged("photo")}
    if form.validate_on_submit() and web.attempt(
        form, actions.record_step, by=web.me(), at=clock.now(), **given, **forms.given(form, "photo")
    ):
        return web.see("deliberation.matter", _("The step is recorded."), id=id)
    return web.page("deliberation/step.html", form, matter=found, step=Step(number))


@bp.get("/matters/<int:id>/outcomes/new")
@may(*RECORDERS)
def new_outcome(id: int) -> Any:
    return web.page("deliberation/new_outcome.html", forms.OutcomeForm(), matter=_matter(id))


@bp.post("/matters/<int:id>/outcomes/new")
@may(*RECORDERS)
def record_outcome(id: int) -> Any:
    found, form = _matter(id), forms.OutcomeForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.record_outcome, matter=found, by=web.me(), at=clock.now(), **forms.given(form)
    ):
        return web.see("deliberation.matter", _("The outcome is recorded."), id=id)
    return web.page("deliberation/new_outcome.html", form, matter=found)


@bp.get("/outcomes/<int:id>/uses/new")
@may(*RECORDERS)
def new_use(id: int) -> Any:
    return web.page("deliberation/new_use.html", forms.UseForm(), outcome=_outcome(id))


@bp.post("/outcomes/<int:id>/uses/new")
@may(*RECORDERS)
def record_use(id: int) -> Any:
    found, form = _outcome(id), forms.UseForm()
    given = {"outcome": found, "photo": web.staged("photo")}
    if form.validate_on_submit() and web.attempt(
        form, actions.record_use, by=web.me(), at=clock.now(), **given, **forms.given(form, "photo")
    ):
        return web.see("deliberation.matter", _("The use of the outcome is recorded."), id=found.matter_id)
    return web.page("deliberation/new_use.html", form, outcome=found)


def _outcome(id: int) -> Outcome:
    return web.or_404(queries.outcome(id, web.me()))


@bp.get("/matters/<int:id>/photos/<int:file>")
@may(*READERS)
def photo(id: int, file: int) -> Any:
    return downloads.send(web.or_404(queries.photo(_matter(id), file)), inline=True)


# --- how a matter ends ---


@bp.get("/matters/<int:id>/close")
@may(*RECORDERS)
def close(id: int) -> Any:
    return _closing(_matter(id), forms.CloseForm())


@bp.post("/matters/<int:id>/close")
@may(*RECORDERS)
def close_post(id: int) -> Any:
    found, form = _matter(id), forms.CloseForm()
    given = {**forms.given(form), "status": MatterStatus(form.status.data) if form.status.data else None}
    if form.validate_on_submit() and web.attempt(
        form, actions.close, matter=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("deliberation.matter", _("The matter is closed."), id=id)
    return _closing(found, form)


def _closing(matter: Matter, form: Any) -> Any:
    standing = queries.standing(matter, on=clock.beijing_day(clock.now()))
    return web.page("deliberation/close.html", form, matter=matter, standing=standing)


@bp.get("/matters/<int:id>/reject")
@may(*RECORDERS)
def reject(id: int) -> Any:
    return web.page("deliberation/reject.html", forms.RejectForm(), matter=_matter(id))


@bp.post("/matters/<int:id>/reject")
@may(*RECORDERS)
def reject_post(id: int) -> Any:
    found, form = _matter(id), forms.RejectForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.reject, matter=found, by=web.me(), at=clock.now(), **forms.given(form)
    ):
        return web.see("deliberation.matter", _("The matter is not accepted; the reason is recorded."), id=id)
    return web.page("deliberation/reject.html", form, matter=found)


@bp.get("/matters/<int:id>/reopen")
@may(*RECORDERS)
def reopen(id: int) -> Any:
    return web.page("deliberation/reopen.html", forms.ReasonForm(), matter=_matter(id))


@bp.post("/matters/<int:id>/reopen")
@may(*RECORDERS)
def reopen_post(id: int) -> Any:
    found, form = _matter(id), forms.ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen, matter=found, reason=form.why.data, by=web.me(), at=clock.now()
    ):
        return web.see("deliberation.matter", _("The closing is undone; both values are kept."), id=id)
    return web.page("deliberation/reopen.html", form, matter=found)


@bp.get("/matters/<int:id>/recheck")
@may(*RECORDERS)
def recheck(id: int) -> Any:
    return web.page("deliberation/recheck.html", forms.RecheckForm(), matter=_matter(id))


@bp.post("/matters/<int:id>/recheck")
@may(*RECORDERS)
def recheck_post(id: int) -> Any:
    found, form = _matter(id), forms.RecheckForm()
    given = {"matter": found, "on": form.on.data, "held": form.held.data == "yes"}
    if form.validate_on_submit() and web.attempt(form, actions.recheck, by=web.me(), at=clock.now(), **given):
        return web.see("deliberation.matter", _("The look after ninety days is recorded."), id=id)
    return web.page("deliberation/recheck.html", form, matter=found)


# --- corrections ---


@bp.get("/matters/<int:id>/correct/<kind>/<int:row>")
@may(*RECORDERS)
def correct(id: int, kind: str, row: int) -> Any:
    found = _matter(id)
    target = _row(found, kind, row)
    return _correcting(found, kind, target, _correction(kind, target, obj=target))


@bp.post("/matters/<int:id>/correct/<kind>/<int:row>")
@may(*RECORDERS)
def correct_post(id: int, kind: str, row: int) -> Any:
    found = _matter(id)
    target = _row(found, kind, row)
    form = _correction(kind, target)
    if not form.validate_on_submit():
        return _correcting(found, kind, target, form)
    values = forms.given(form, "why")
    if isinstance(target, Matter) and values.get("status"):
        values["status"] = MatterStatus(values["status"])
    changes = actions.changes_in(target, values)
    if changes and not web.confirmed():
        return _preview(found, form, changes)
    given = {"row": target, "values": values, "reason": form.why.data}
    if web.attempt(form, actions.correct, by=web.me(), at=clock.now(), **given):
        return web.see("deliberation.matter", _("Corrected; both values are kept."), id=id)
    return _correcting(_matter(id), kind, target, form)


@bp.post("/matters/<int:id>/strike/<kind>/<int:row>")
@may(*RECORDERS)
def strike(id: int, kind: str, row: int) -> Any:
    found = _matter(id)
    target = _row(found, kind, row)
    if not isinstance(target, Outcome | Use):
        raise NotFound
    actions.strike(row=target, reason=request.form.get("why", ""), by=web.me(), at=clock.now())
    return web.see("deliberation.matter", _("Struck out; it stays readable and counts no more."), id=id)


@bp.post("/matters/<int:id>/photo/<kind>/<int:row>")
@may(*RECORDERS)
def add_photo(id: int, kind: str, row: int) -> Any:
    target, photo = _row(_matter(id), kind, row), web.staged("photo")
    if not isinstance(target, StepRecord | Use):
        raise NotFound
    if photo is None:
        return web.see("deliberation.correct", _("Choose a picture first."), id=id, kind=kind, row=row)
    actions.add_photo(row=target, photo=photo, by=web.me(), at=clock.now())
    return web.see("deliberation.matter", _("The picture is added."), id=id)


@bp.post("/matters/<int:id>/photo/<kind>/<int:row>/take-down")
@may(*RECORDERS)
def take_down_photo(id: int, kind: str, row: int) -> Any:
    target = _row(_matter(id), kind, row)
    if not isinstance(target, StepRecord | Use):
        raise NotFound
    actions.take_down_photo(row=target, reason=request.form.get("why", ""), by=web.me(), at=clock.now())
    return web.see("deliberation.matter", _("The picture is taken down; the reason is kept."), id=id)


def _row(matter: Matter, kind: str, id: int) -> Matter | StepRecord | Outcome | Use:
    if kind == "matter" and id == matter.id:
        return matter
    found = queries.row_of(matter, kind, id)
    if found is None:
        raise NotFound
    return found


def _correction(kind: str, row: Any, **given: Any) -> Any:
    if isinstance(row, Matter):
        return forms.CORRECTIONS_OF_MATTER.get(row.status, forms.CorrectClosedForm)(**given)
    return forms.CORRECTIONS[kind](**given)


def _correcting(matter: Matter, kind: str, row: Any, form: Any) -> Any:
    return web.page("deliberation/correct.html", form, matter=matter, kind=kind, row=row)


def _preview(matter: Matter, form: Any, changes: dict[str, tuple[Any, Any]]) -> Any:
    """Both values of every change, and what depends on the matter, before anything happens."""
    uses = len(queries.uses_of(matter))
    return web.confirm(
        _("Correct matter %(number)s", number=matter.number),
        _("Correct"),
        back=url_for("deliberation.matter", id=matter.id),
        facts=[
            (_("Matter"), matter.title),
            (_("Reason for the correction"), form.why.data),
            (_("Outcomes that stand"), len(queries.outcomes_of(matter))),
            (_("Uses that stand"), uses),
            (_("Counts for projects"), _("yes") if matter.credited else _("no")),
        ],
        headers=[_("Corrected value"), _("Now on record"), _("To be recorded")],
        rows=[
            [str(form[name].label.text), _shown(form[name], old), _shown(form[name], new)]
            for name, (old, new) in changes.items()
        ],
        warning=_("The figures of projects and themes change with it.") if matter.credited else "",
    )


def _shown(field: Any, value: Any) -> str:
    """A value of a form's field in words."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    labels = {str(choice): str(label) for choice, label in getattr(field, "choices", None) or []}
    return "—" if value in (None, "") else labels.get(str(value), str(value))


# --- for residents ---


@bp.get("/public/matters/<number>")
@open_to_all
def public_matter(number: str) -> Any:
    found = web.or_404(queries.public_matter(number))
    return web.page("deliberation/public_matter.html", matter=queries.published(found))


@bp.get("/public/matters/<number>/photos/<int:file>")
@open_to_all
def public_photo(number: str, file: int) -> Any:
    found = web.or_404(queries.public_matter(number))
    return downloads.send(web.or_404(queries.public_photo(found, file)), inline=True, bare=True)


# --- declared totals ---


@bp.get("/declared")
@may(*STAFF)
def declared() -> Any:
    return _declared(_with_bases(forms.DeclareForm()))


@bp.post("/declared")
@may(*REGISTER)
def declare() -> Any:
    form = _with_bases(forms.DeclareForm())
    if form.validate_on_submit() and web.attempt(
        form, actions.declare, by=web.me(), at=clock.now(), **forms.given(form)
    ):
        return web.see("deliberation.declared", _("The declared total is held with its day and source."))
    return _declared(form)


def _declared(form: Any) -> Any:
    return web.page(
        "deliberation/declared.html",
        form,
        lines=queries.declared(),
        recorded=queries.recorded(),
        may_register=access.may_register(web.me()),
    )


def _with_bases(form: Any) -> Any:
    names = {line.row.code: line.row.name for line in queries.declared()}
    form.base.choices = [("", _("nothing: it stands by itself")), *names.items()]
    return form


@bp.get("/declared/<int:id>/correct")
@may(*REGISTER)
def correct_declared(id: int) -> Any:
    row = web.or_404(queries.declared_row(id))
    return web.page("deliberation/correct_declared.html", forms.CorrectDeclaredForm(obj=row), row=row)


@bp.post("/declared/<int:id>/correct")
@may(*REGISTER)
def correct_declared_post(id: int) -> Any:
    row, form = web.or_404(queries.declared_row(id)), forms.CorrectDeclaredForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.correct_declared,
        row=row,
        reason=form.why.data,
        by=web.me(),
        at=clock.now(),
        **forms.given(form, "why"),
    ):
        return web.see("deliberation.declared", _("Corrected; both values are kept."))
    return web.page("deliberation/correct_declared.html", form, row=row)
