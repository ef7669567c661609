"""Invitations: made, passed on as link and QR code, withdrawn, accepted."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.people import access, actions, forms, queries
from venture.people.views.shared import asked_page, bp, go_on, here, qr, settings
from venture.roles import Role, fresh, may, open_to_all, personal, signed_in

INVITERS = (Role.OFFICER, Role.ADMINISTRATOR, Role.APPLICANT)


@bp.get("/invitations")
@may(*INVITERS)
def invitations() -> Any:
    found = queries.invitations(web.me(), asked_page())
    return web.page("people/invitations.html", found=found, now=clock.now())


def bound_form(form: Any) -> Any:
    """The form with the roles, organizations and communities that its user may give."""
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
    own = web.me().organization_ids
    only = min(own) if len(own) == 1 else None
    form = bound_form(forms.InviteForm(organization=request.args.get("organization", only, int)))
    return web.page("people/invite.html", form)


@bp.post("/invitations/new")
@fresh
@may(*INVITERS)
def invite_post() -> Any:
    form = bound_form(forms.InviteForm())
    given = {"by": web.me(), "at": clock.now(), "name": form.name.data, "address": form.address.data}
    if form.validate_on_submit() and web.attempt(form, actions.invite, **given, **bound(form)):
        made, token = form.outcome
        flask.session["invited"] = [made.id, token]
        return web.see("people.issued")
    return web.page("people/invite.html", form)


def bound(form: Any) -> dict[str, Any]:
    """The role of a form with the rows it is bound to; called only with choices that the form has checked."""
    return {
        "role": form.role.data,
        "organization": queries.organization_by_id(form.organization.data),
        "community": queries.community_by_id(form.community.data),
        "until_on": form.until_on.data,
        "bounded": form.bounded.data,
    }


@bp.get("/invitations/issued")
@personal
@may(*INVITERS)
def issued() -> Any:
    id, token = flask.session.get("invited", [0, ""])
    made = queries.invitation(id, web.me()) if id else None
    link = settings().base_url + flask.url_for("people.invitation", token=token or "-")
    return web.page("people/issued.html", made=made, link=link, code=qr(link))


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
    given = {"name": form.name.data, "mobile": form.mobile.data, "email": form.email.data}
    if good and web.attempt(form, actions.accept, invitation=found, password_hash=hashed, **given, **here()):
        return go_on(form.outcome, None)
    if form.refusal:
        actions.note_refused(invitation=found, why=form.blockers[0].code)
    return _invitation(found, form, token)


@bp.post("/invitations/<token>/accept-as-me")
@signed_in
def accept_as_me(token: str) -> Any:
    found, form = web.or_404(queries.invitation_of_token(token)), forms.AcceptForm(formdata=None)
    if not web.attempt(form, actions.accept_as, invitation=found, by=web.me(), **here()):
        actions.note_refused(invitation=found, why=form.blockers[0].code, by=web.me())
        return _invitation(found, form, token)
    answer = go_on(form.outcome, None)
    flask.flash(_("You now have the role %(role)s.", role=_(found.role.label)))
    return answer
