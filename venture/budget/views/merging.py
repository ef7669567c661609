"""Two records of one organization made one, field by field, with a preview; and taken apart again."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.budget import actions, forms
from venture.budget.views.shared import act, bp
from venture.people import forms as people_forms
from venture.people import queries as people
from venture.people.actions import MERGED
from venture.people.models import Merge, Organization
from venture.roles import Role, fresh, may


def _labels() -> dict[str, Any]:
    """What each field that can be taken is called on its own page."""
    known = [*people_forms.ProfileForm(formdata=None), *people_forms.AccountForm(formdata=None)]
    return {field.name: field.label.text for field in known if field.name in MERGED}


def _pair(id: int) -> tuple[Organization, Organization | None]:
    kept = web.or_404(people.organization(id, web.me()))
    other = request.values.get("other", 0, int)
    return kept, people.organization(other, web.me()) if other else None


def _taken() -> list[str]:
    return [name for name in MERGED if request.form.get(f"take-{name}") == "theirs"]


def _merge_page(kept: Organization, other: Organization | None, form: forms.MergeForm) -> Any:
    bodies = [body for body in people.every_organization() if body.id != kept.id]
    return web.page(
        "budget/merge.html",
        form,
        kept=kept,
        other=other,
        bodies=bodies,
        fields=list(_labels().items()),
        taken=_taken(),
        members=people.members,
    )


@bp.get("/organizations/<int:id>/merge")
@may(Role.OFFICER)
def merge(id: int) -> Any:
    return _merge_page(*_pair(id), forms.MergeForm())


@bp.post("/organizations/<int:id>/merge")
@fresh
@may(Role.OFFICER)
def merge_post(id: int) -> Any:
    (kept, found), form, taken = _pair(id), forms.MergeForm(), _taken()
    other = web.or_404(found)
    given = {"taken": taken, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    labels = _labels()
    rows = [
        (labels[name], getattr(kept, name) or "—", getattr(other, name) or "—")
        for name in taken
        if getattr(kept, name) != getattr(other, name)
    ]
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.merge_organizations, kept=kept, merged=other, **given)
    ):
        return _merge_page(*_pair(id), form)
    if web.confirmed():
        return web.see("people.one_organization", _("The two records are one now."), id=id)
    web.rollback()
    return web.confirm(
        _("Merge the two records?"),
        _("Merge them"),
        back=flask.url_for("budget.merge", id=id, other=other.id),
        facts=[
            (_("The record that stays"), f"{kept.name} · {kept.credit_code}"),
            (_("Becomes another name of it"), f"{other.name} · {other.credit_code}"),
            (_("Who acts for both from then on"), _people(kept, other)),
        ],
        headers=[_("Field"), _("Before"), _("From then on")],
        rows=rows,
        warning=_("Applications, reports, bans and payments stay where they are; the merge can be undone."),
    )


def _people(*bodies: Organization) -> str:
    names = {grant.person_id: grant.person.name for body in bodies for grant in people.members(body)}
    return str(_(", ")).join(names.values()) or "—"


def _merged(id: int) -> Merge:
    return web.or_404(people.merge_by_id(id))


def _apart(found: Merge, form: Any) -> Any:
    return act(
        _("Take the two records apart"),
        _("Take them apart"),
        form,
        back=flask.url_for("people.one_organization", id=found.kept_id),
        facts=[
            (_("The record that stays"), f"{found.kept.name} · {found.kept.credit_code}"),
            (_("Merged into it"), f"{found.merged.name} · {found.merged.credit_code}"),
            (_("Merged by"), f"{found.by.name} · {clock.beijing(found.at):%Y-%m-%d %H:%M:%S}"),
            (_("Reason"), found.reason),
        ],
        warning=_("Fields that were taken go back, but for those changed since; added rights to act end."),
    )


@bp.get("/merges/<int:id>/undo")
@may(Role.OFFICER)
def unmerge(id: int) -> Any:
    return _apart(_merged(id), forms.MergeForm())


@bp.post("/merges/<int:id>/undo")
@fresh
@may(Role.OFFICER)
def unmerge_post(id: int) -> Any:
    found, form = _merged(id), forms.MergeForm()
    given = {"merge": found, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.unmerge_organizations, **given):
        labels = _labels()
        stay = str(_(", ")).join(str(labels[name]) for name in form.outcome)
        said = (
            _("Taken apart. Changed since, and so left as it is: %(fields)s.", fields=stay)
            if stay
            else _("The two records are apart again.")
        )
        return web.see("people.one_organization", said, id=found.kept_id)
    return _apart(_merged(id), form)
