"""The register of organizations and each one's page."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, trail, web
from venture.people import access, actions, credit_code, forms, queries
from venture.people.models import Organization
from venture.people.views.shared import asked_page, bp
from venture.roles import STAFF, Role, fresh, may, signed_in

SMALL = (
    forms.ReportForm,
    forms.LookUpForm,
    forms.ListingForm,
    forms.EndListingForm,
    forms.BanForm,
    forms.EndBanForm,
)
"""The small forms on an organization's page."""


@bp.get("/organizations")
@may(*STAFF)
def organizations() -> Any:
    words = request.args.get("words", "").strip()
    found = queries.organizations(web.me(), asked_page(), words)
    return web.page("people/organizations.html", found=found, words=words)


@bp.get("/organizations/new")
@may(*access.REGISTER)
def new_organization() -> Any:
    return web.page("people/new_organization.html", forms.RegisterForm())


@bp.post("/organizations/new")
@may(*access.REGISTER)
def register() -> Any:
    form = forms.RegisterForm()
    given = {"code": form.code.data, "name": form.name.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.register, **given):
        return web.see("people.edit_organization", _("The organization was entered."), id=form.outcome.id)
    return web.page("people/new_organization.html", form)


@bp.get("/organizations/<int:id>")
@signed_in
def one_organization(id: int) -> Any:
    return _organization(_found(id))


def _found(id: int) -> Organization:
    return web.or_404(queries.organization(id, web.me()))


def _organization(found: Organization, form: Any = None) -> Any:
    """The organization's page; `form` is the one of its small forms that was refused."""
    me = web.me()
    small: dict[str, Any] = {
        kind.__name__: form if isinstance(form, kind) else kind(formdata=None) for kind in SMALL
    }
    for other in small.values():
        if other is not form:
            forms.set_apart(other)
    small["EndListingForm"].offer(found.listings)
    small["EndBanForm"].offer(found.bans)
    return web.page(
        "people/one_organization.html",
        form,
        organization=found,
        small=small,
        body_check=credit_code.body_check(found.credit_code),
        may_edit=access.may_edit(me, found),
        may_see_account=access.may_see_account(me, found),
        account_sight=access.account_sight(found),
        staff=me.holds(*STAFF),
        merges=queries.merges_of(found) if me.holds(*STAFF) else [],
        merges_records=me.holds(Role.OFFICER),
        members=queries.members(found) if access.may_edit(me, found) or me.holds(*STAFF) else [],
        is_member=found.id in me.organization_ids,
        keeps_register=me.holds(*access.REGISTER),
        may_judge=access.may_judge(me),
        may_invite=me.holds(Role.OFFICER, Role.ADMINISTRATOR) or found.id in me.organization_ids,
        corrections={
            "listing": trail.corrections_of(found.listings),
            "ban": trail.corrections_of(found.bans),
        },
    )


@bp.post("/organizations/<int:id>/leave")
@may(Role.APPLICANT)
def leave(id: int) -> Any:
    found, form = _found(id), web.Form()
    if not web.attempt(form, actions.leave, organization=found, by=web.me(), at=clock.now()):
        return _organization(_found(id), form)
    if web.confirmed():
        return web.see("desk.home", _("You no longer act for %(name)s. Sign in again.", name=found.name))
    web.rollback()
    return web.confirm(
        _("Leave %(name)s?", name=found.name),
        _("Leave the organization"),
        back=flask.url_for("people.one_organization", id=id),
        warning=_("What you wrote stays with the organization. To come back you need an invitation."),
    )


@bp.get("/organizations/<int:id>/take-over")
@may(*access.JUDGES)
def take_over(id: int) -> Any:
    found = _found(id)
    form = forms.TakeOverForm().offer(queries.members(found))
    return web.page("people/take_over.html", form, organization=found)


@bp.post("/organizations/<int:id>/take-over")
@fresh
@may(*access.JUDGES)
def take_over_post(id: int) -> Any:
    found = _found(id)
    members = queries.members(found)
    form = forms.TakeOverForm().offer(members)
    leavers = [grant for grant in members if grant.id in (form.leavers.data or [])]
    given = {"name": form.name.data, "address": form.address.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.take_over, organization=found, leavers=leavers, by=web.me(), at=clock.now(), **given
    ):
        made, token = form.outcome
        flask.session["invited"] = [made.id, token]
        return web.see("people.issued")
    return web.page("people/take_over.html", form, organization=_found(id))


@bp.get("/organizations/<int:id>/edit")
@signed_in
def edit_organization(id: int) -> Any:
    found = _editable(id)
    return web.page("people/edit_organization.html", forms.ProfileForm(obj=found), organization=found)


def _editable(id: int) -> Organization:
    found = _found(id)
    if not access.may_edit(web.me(), found):
        flask.abort(403)
    return found


@bp.post("/organizations/<int:id>/edit")
@signed_in
def save_organization(id: int) -> Any:
    found, form = _editable(id), forms.ProfileForm()
    given = {"organization": found, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(
        form, actions.save_organization, values=form.values(), **given
    ):
        return web.see("people.one_organization", _("The organization's details were saved."), id=id)
    return web.page("people/edit_organization.html", form, organization=found)


@bp.get("/organizations/<int:id>/account")
@signed_in
def edit_account(id: int) -> Any:
    found = _editable(id)
    shown = found if access.may_see_account(web.me(), found) else None
    return _account(found, forms.AccountForm(obj=shown))


def _account(found: Organization, form: Any) -> Any:
    sight = access.account_sight(found)
    return web.page("people/edit_account.html", form, organization=found, sight=sight)


@bp.get("/organizations/<int:id>/representative")
@signed_in
def representative(id: int) -> Any:
    return _representative(_editable(id), forms.RepresentativeForm())


def _representative(found: Organization, form: Any) -> Any:
    told = queries.representatives(found)
    return web.page("people/representative.html", form, organization=found, told=told)


@bp.post("/organizations/<int:id>/representative")
@signed_in
def change_representative(id: int) -> Any:
    found, form = _editable(id), forms.RepresentativeForm()
    given = {field.name: field.data or "" for field in form if field.name != "csrf_token"}
    if form.validate_on_submit() and web.attempt(
        form, actions.change_representative, organization=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("people.one_organization", _("The new legal representative was entered."), id=id)
    return _representative(found, form)


@bp.post("/organizations/<int:id>/account")
@fresh
@signed_in
def change_account(id: int) -> Any:
    found, form = _editable(id), forms.AccountForm()
    given = {name: getattr(form, name).data for name in ("account_name", "bank", "account_no")}
    now = clock.now()
    if form.validate_on_submit() and web.attempt(
        form, actions.change_account, organization=found, by=web.me(), at=now, **given
    ):
        return web.see("people.one_organization", _("The payee account was saved."), id=id)
    return _account(found, form)


def _add_to(id: int, form: Any, verb: Any, said: str, **given: Any) -> Any:
    """Run one of the small forms on an organization's page."""
    found = _found(id)
    if form.validate_on_submit() and web.attempt(
        form, verb, organization=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("people.one_organization", said, id=id)
    return _organization(found, form)


@bp.post("/organizations/<int:id>/reports")
@signed_in
def report_year(id: int) -> Any:
    form = forms.ReportForm()
    given = {"year": form.year.data, "result": form.result.data}
    return _add_to(id, form, actions.report_year, _("The year's report was saved."), **given)


@bp.post("/organizations/<int:id>/lists/looked-up")
@may(*access.REGISTER)
def look_up_lists(id: int) -> Any:
    form = forms.LookUpForm()
    return _add_to(id, form, actions.look_up_lists, _("The day was noted."), on=form.on.data)


@bp.post("/organizations/<int:id>/lists")
@may(*access.REGISTER)
def add_listing(id: int) -> Any:
    form = forms.ListingForm()
    given = {name: getattr(form, name).data for name in ("kind", "from_on", "to_on", "source")}
    return _add_to(id, form, actions.add_listing, _("The entry was saved."), **given)


@bp.post("/organizations/<int:id>/bans")
@may(*access.JUDGES)
def add_ban(id: int) -> Any:
    form = forms.BanForm()
    given = {name: getattr(form, name).data for name in ("from_on", "to_on", "reason")}
    return _add_to(id, form, actions.add_ban, _("The ban was entered."), **given)


@bp.post("/organizations/<int:id>/lists/end")
@may(*access.REGISTER)
def end_listing(id: int) -> Any:
    found = _found(id)
    form = forms.EndListingForm()
    form.offer(found.listings)
    row = next((row for row in found.listings if row.id == form.row.data), None)
    if form.validate_on_submit() and web.attempt(form, actions.end_listing, listing=row, **_end(form)):
        return web.see("people.one_organization", _("The day was corrected; both are kept."), id=id)
    return _organization(found, form)


@bp.post("/organizations/<int:id>/bans/end")
@may(*access.JUDGES)
def lift_ban(id: int) -> Any:
    found = _found(id)
    form = forms.EndBanForm()
    form.offer(found.bans)
    row = next((row for row in found.bans if row.id == form.row.data), None)
    if form.validate_on_submit() and web.attempt(form, actions.lift_ban, ban=row, **_end(form)):
        return web.see("people.one_organization", _("The day was corrected; both are kept."), id=id)
    return _organization(found, form)


def _end(form: Any) -> dict[str, Any]:
    return {"to_on": form.to_on.data, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
