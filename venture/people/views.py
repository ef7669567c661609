"""Signing in and out; the language; organizations, users and invitations."""

from datetime import timedelta
from typing import Any

import flask
import segno
from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from markupsafe import Markup

from venture import clock, trail, web
from venture.people import access, actions, credit_code, forms, queries
from venture.people.models import Organization, Person
from venture.roles import STAFF, Role, may, open_to_all, signed_in

bp = Blueprint("people", __name__)
INVITERS = (Role.OFFICER, Role.ADMINISTRATOR, Role.APPLICANT)
SMALL = (
    forms.ReportForm,
    forms.LookUpForm,
    forms.ListingForm,
    forms.EndListingForm,
    forms.BanForm,
    forms.EndBanForm,
)
"""The small forms on an organization's page."""


def asked_page() -> int:
    """The page of a list that the address asks for."""
    return request.args.get("page", 1, type=int)


# --- signing in and out ---


@bp.get("/sign-in")
@open_to_all
def sign_in() -> Any:
    return web.page("people/sign_in.html", forms.SignInForm(next=request.args.get("next", "")), wrong=False)


@bp.post("/sign-in")
@open_to_all
def sign_in_post() -> Any:
    form = forms.SignInForm()
    login, password = form.login.data or "", form.password.data or ""
    if form.validate_on_submit():
        with web.unlocked():
            fits = actions.password_fits(login, password)
        if entered := actions.sign_in(login=login, fits=fits, at=clock.now()):
            return welcome(*entered, form.next.data)
    return flask.render_template("people/sign_in.html", form=form, wrong=not form.errors), 422


def welcome(person: Any, token: str, target: str | None) -> Any:
    """Start a clean browser session for the person and go on."""
    flask.session.clear()
    person.token = token
    login_user(person)
    return flask.redirect(web.safe_next(target), 303)


@bp.post("/sign-out")
@signed_in
def sign_out() -> Any:
    actions.sign_out(person=web.me(), at=clock.now())
    logout_user()
    flask.session.pop("invited", None)
    return web.see("people.sign_in", _("You have signed out."))


@bp.post("/language/<code>")
@open_to_all
def language(code: str) -> Any:
    answer = flask.redirect(web.safe_next(request.form.get("next")), 303)
    if code in web.LOCALES.values():
        answer.set_cookie("language", code, max_age=timedelta(days=400), samesite="Lax", httponly=True)
    return answer


# --- invitations ---


@bp.get("/invitations")
@may(*INVITERS)
def invitations() -> Any:
    found = queries.invitations(web.me(), asked_page())
    return web.page("people/invitations.html", found=found, now=clock.now())


def _bound_form(form: Any) -> Any:
    me = web.me()
    everybody = me.holds(Role.OFFICER, Role.ADMINISTRATOR)
    form.offer(
        access.roles_given_by(me),
        queries.every_organization() if everybody else queries.organizations_of(me),
        queries.communities() if everybody else (),
    )
    return form


@bp.get("/invitations/new")
@may(*INVITERS)
def invite() -> Any:
    form = _bound_form(forms.InviteForm(organization=request.args.get("organization", type=int)))
    return web.page("people/invite.html", form)


@bp.post("/invitations/new")
@may(*INVITERS)
def invite_post() -> Any:
    form = _bound_form(forms.InviteForm())
    given = {"by": web.me(), "at": clock.now(), "name": form.name.data, "address": form.address.data}
    if form.validate_on_submit() and web.attempt(form, actions.invite, **given, **_bound(form)):
        made, token = form.outcome
        flask.session["invited"] = [made.id, token]
        return web.see("people.issued")
    return web.page("people/invite.html", form)


def _bound(form: Any) -> dict[str, Any]:
    """The role of a form with the rows it is bound to; called only with choices that the form has checked."""
    return {
        "role": form.role.data,
        "organization": queries.organization_by_id(form.organization.data),
        "community": queries.community_by_id(form.community.data),
    }


@bp.get("/invitations/issued")
@may(*INVITERS)
def issued() -> Any:
    id, token = flask.session.get("invited", [0, ""])
    made = queries.invitation(id, web.me()) if id else None
    base = flask.current_app.settings.base_url  # type: ignore[attr-defined]  # set by web.start
    link = base + flask.url_for("people.invitation", token=token or "-")
    return web.page("people/issued.html", made=made, link=link, code=qr(link))


def qr(text: str) -> Markup:
    """A text as a QR code, drawn inline."""
    return Markup(segno.make(text, error="m").svg_inline(scale=5, border=4, svgclass="qr", lineclass=None))


@bp.post("/invitations/<int:id>/withdraw")
@may(*INVITERS)
def withdraw_invitation(id: int) -> Any:
    invitation = web.or_404(queries.invitation(id, web.me()))
    actions.withdraw_invitation(invitation=invitation, by=web.me(), at=clock.now())
    return web.see(
        "people.invitations", _("The invitation for %(name)s no longer works.", name=invitation.name)
    )


@bp.get("/invitations/<token>")
@open_to_all
def invitation(token: str) -> Any:
    found = web.or_404(queries.invitation_of_token(token))
    login = {"email" if "@" in found.address else "mobile": found.address}
    return _invitation(found, forms.AcceptForm(name=found.name, **login), token)


def _invitation(found: Any, form: Any, token: str) -> Any:
    return web.page("people/invitation.html", form, invitation=found, token=token, now=clock.now())


@bp.post("/invitations/<token>")
@open_to_all
def accept(token: str) -> Any:
    form = forms.AcceptForm()
    good = form.validate_on_submit()
    with web.unlocked():
        hashed = actions.hash_of(form.password.data or "") if good else ""
    found = web.or_404(queries.invitation_of_token(token))
    given = {"name": form.name.data, "mobile": form.mobile.data, "email": form.email.data, "at": clock.now()}
    if good and web.attempt(form, actions.accept, invitation=found, password_hash=hashed, **given):
        who, signed = form.outcome
        return welcome(who, signed, None)
    return _invitation(found, form, token)


@bp.post("/invitations/<token>/accept-as-me")
@signed_in
def accept_as_me(token: str) -> Any:
    found = web.or_404(queries.invitation_of_token(token))
    actions.accept_as(invitation=found, by=web.me(), at=clock.now())
    return web.see("desk.home", _("You now have the role %(role)s.", role=_(found.role.label)))


# --- users and their roles ---


@bp.get("/people")
@may(Role.ADMINISTRATOR)
def people() -> Any:
    words = request.args.get("words", "").strip()
    return web.page("people/people.html", found=queries.people(asked_page(), words), words=words)


@bp.get("/people/<int:id>")
@may(Role.ADMINISTRATOR)
def one_person(id: int) -> Any:
    return _person(web.or_404(queries.person(id)), _bound_form(forms.BoundRoleForm()), forms.ReasonForm())


def _person(who: Person, form: Any, reason: Any, form_shown: Any = None) -> Any:
    shown = form_shown or form
    return web.page("people/one_person.html", shown, who=who, role_form=form, reason_form=reason)


@bp.post("/people/<int:id>/roles")
@may(Role.ADMINISTRATOR)
def give_role(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), _bound_form(forms.BoundRoleForm())
    now = clock.now()
    if form.validate_on_submit() and web.attempt(
        form, actions.give, person=who, by=web.me(), at=now, **_bound(form)
    ):
        return web.see("people.one_person", _("The role was given."), id=id)
    return _person(who, form, forms.ReasonForm(formdata=None))


@bp.post("/people/<int:id>/roles/<int:grant>/take")
@may(Role.ADMINISTRATOR)
def take_role(id: int, grant: int) -> Any:
    who = web.or_404(queries.person(id))
    row = web.or_404(next((held for held in who.grants if held.id == grant), None))
    if not web.confirmed():
        bound = row.organization.name if row.organization else row.community.name if row.community else ""
        facts = [(_("Name"), who.name), (_("Role"), f"{_(row.role.label)} {bound}".strip())]
        back = flask.url_for("people.one_person", id=id)
        return web.confirm(_("Take this role away?"), _("Take the role away"), back=back, facts=facts)
    actions.take(grant=row, by=web.me(), at=clock.now())
    return web.see("people.one_person", _("The role was taken away."), id=id)


@bp.post("/people/<int:id>/deactivate")
@may(Role.ADMINISTRATOR)
def deactivate(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), forms.ReasonForm()
    given = {"person": who, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.deactivate, **given):
        return web.see("people.one_person", _("%(name)s can no longer sign in.", name=who.name), id=id)
    return _person(who, _bound_form(forms.BoundRoleForm(formdata=None)), form, form)


@bp.post("/people/<int:id>/reactivate")
@may(Role.ADMINISTRATOR)
def reactivate(id: int) -> Any:
    who = web.or_404(queries.person(id))
    actions.reactivate(person=who, by=web.me(), at=clock.now())
    return web.see("people.one_person", _("%(name)s can sign in again.", name=who.name), id=id)


# --- organizations ---


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
        staff=me.holds(*STAFF),
        keeps_register=me.holds(*access.REGISTER),
        may_judge=access.may_judge(me),
        may_invite=me.holds(Role.OFFICER, Role.ADMINISTRATOR) or found.id in me.organization_ids,
        corrections={
            "listing": trail.corrections_of(found.listings),
            "ban": trail.corrections_of(found.bans),
        },
    )


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
    return web.page("people/edit_account.html", forms.AccountForm(obj=shown), organization=found)


@bp.post("/organizations/<int:id>/account")
@signed_in
def change_account(id: int) -> Any:
    found, form = _editable(id), forms.AccountForm()
    given = {name: getattr(form, name).data for name in ("account_name", "bank", "account_no")}
    now = clock.now()
    if form.validate_on_submit() and web.attempt(
        form, actions.change_account, organization=found, by=web.me(), at=now, **given
    ):
        return web.see("people.one_organization", _("The payee account was saved."), id=id)
    return web.page("people/edit_account.html", form, organization=found)


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
