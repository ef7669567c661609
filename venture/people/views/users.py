"""Users: their roles, stand-ins, hand-over, lost authenticators, and shutting somebody out."""

from typing import Any

import flask
from flask import g, request
from flask_babel import gettext as _

from venture import clock, door, web
from venture.people import actions, forms, queries
from venture.people.models import Grant, Person
from venture.people.views.invitations import bound, bound_form
from venture.people.views.shared import asked_page, bp
from venture.roles import Role, fresh, may, signed_in

SMALL = (forms.BoundRoleForm, forms.StandInForm, forms.LostForm, forms.ShutOutForm)
"""The forms on a user's page."""


@bp.get("/people")
@may(Role.ADMINISTRATOR)
def people() -> Any:
    words = request.args.get("words", "").strip()
    return web.page("people/people.html", found=queries.people(asked_page(), words), words=words)


@bp.get("/people/quarantined")
@may(Role.ADMINISTRATOR, Role.OFFICER)
def quarantined() -> Any:
    found, people = queries.quarantined(asked_page())
    return web.page("people/quarantined.html", found=found, people=people)


@bp.get("/people/quarantined/<int:id>")
@may(Role.OFFICER)
def release_file(id: int) -> Any:
    return web.page("people/release_file.html", forms.ReasonForm(), file=web.or_404(queries.shut_file(id)))


@bp.post("/people/quarantined/<int:id>")
@may(Role.OFFICER)
def release_file_post(id: int) -> Any:
    file, form = web.or_404(queries.shut_file(id)), forms.ReasonForm()
    given = {"file": file, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.release_file, **given):
        said = _("%(name)s can be opened again; the message waits in the outbox.", name=file.name)
        return web.see("people.quarantined", said)
    return web.page("people/release_file.html", form, file=web.or_404(queries.shut_file(id)))


@bp.get("/people/<int:id>")
@may(Role.ADMINISTRATOR)
def one_person(id: int) -> Any:
    return _person(web.or_404(queries.person(id)))


def _person(who: Person, form: Any = None) -> Any:
    """The user's page; `form` is the one of its forms that was refused."""
    small: dict[str, Any] = {
        kind.__name__: form if isinstance(form, kind) else kind(formdata=None) for kind in SMALL
    }
    for other in small.values():
        if other is not form:
            forms.set_apart(other)
    bound_form(small["BoundRoleForm"])
    small["StandInForm"].offer(queries.successors(who))
    device = queries.authenticator(who)
    return web.page(
        "people/one_person.html",
        form,
        who=who,
        small=small,
        has_authenticator=bool(device and device.seed),
        today=clock.beijing_day(clock.now()),
    )


@bp.post("/people/<int:id>/roles")
@fresh
@may(Role.ADMINISTRATOR)
def give_role(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), bound_form(forms.BoundRoleForm())
    now = clock.now()
    if not form.validate_on_submit() or not web.attempt(
        form, actions.give, person=who, by=web.me(), at=now, **bound(form)
    ):
        return _person(who, form)
    if web.confirmed():
        return web.see("people.one_person", _("The role was given."), id=id)
    web.rollback()
    return _confirm_role(who, bound(form))


def _confirm_role(who: Person, given: dict[str, Any]) -> Any:
    """The role, and what its holder will see and does not see now."""
    role, organization, community = given["role"], given["organization"], given["community"]
    named = organization if role is Role.APPLICANT else community if role is Role.CLERK else None
    last = given["until_on"]
    return web.confirm(
        _("Give this role?"),
        _("Give the role"),
        template="people/confirm_sight.html",
        back=flask.url_for("people.one_person", id=who.id),
        facts=[
            (_("Name"), who.name),
            (_("Role"), _(role.label)),
            (
                _("For whom"),
                _("assigned projects only") if given["bounded"] else named.name if named else "—",
            ),
            (_("Until day"), last.isoformat() if last else "—"),
        ],
        who=who,
        grants=[] if given["bounded"] else [(role, organization if role is Role.APPLICANT else None)],
    )


@bp.post("/people/<int:id>/roles/<int:grant>/take")
@fresh
@may(Role.ADMINISTRATOR)
def take_role(id: int, grant: int) -> Any:
    who = web.or_404(queries.person(id))
    row = web.or_404(next((held for held in who.grants if held.id == grant), None))
    if not web.confirmed():
        facts = [(_("Name"), who.name), (_("Role"), f"{_(row.role.label)} {row.bound_to}".strip())]
        back = flask.url_for("people.one_person", id=id)
        return web.confirm(_("Take this role away?"), _("Take the role away"), back=back, facts=facts)
    actions.take(grant=row, by=web.me(), at=clock.now())
    return web.see("people.one_person", _("The role was taken away."), id=id)


@bp.post("/people/<int:id>/deactivate")
@fresh
@may(Role.ADMINISTRATOR)
def deactivate(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), forms.ShutOutForm()
    given = {"person": who, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.deactivate, **given):
        return web.see("people.one_person", _("%(name)s can no longer sign in.", name=who.name), id=id)
    return _person(who, form)


@bp.post("/people/<int:id>/reactivate")
@fresh
@may(Role.ADMINISTRATOR)
def reactivate(id: int) -> Any:
    who = web.or_404(queries.person(id))
    actions.reactivate(person=who, by=web.me(), at=clock.now())
    return web.see("people.one_person", _("%(name)s can sign in again.", name=who.name), id=id)


@bp.post("/people/<int:id>/authenticator/take")
@fresh
@may(Role.ADMINISTRATOR)
def take_authenticator(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), forms.LostForm()
    given = {"person": who, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.take_authenticator, **given):
        said = _(
            "%(name)s sets up a new authenticator at the next sign-in, where the role asks for one.",
            name=who.name,
        )
        return web.see("people.one_person", said, id=id)
    return _person(who, form)


@bp.post("/people/<int:id>/stand-in")
@fresh
@may(Role.ADMINISTRATOR)
def stand_in(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), forms.StandInForm()
    form.offer(queries.successors(who))
    given = {"from_on": form.from_on.data, "until_on": form.until_on.data, "reason": form.reason.data}
    deputy = queries.person(form.deputy.data or 0)
    act = {"person": who, "deputy": deputy, "by": web.me(), "at": clock.now(), **given}
    if not form.validate_on_submit() or not web.attempt(form, actions.stand_in, **act):
        return _person(who, form)
    if web.confirmed():
        return web.see("people.one_person", _("The stand-in is entered."), id=id)
    taken = [(grant.role, grant.organization) for grant in form.outcome if not grant.bounded]
    web.rollback()
    return _confirm_stand_in(who, web.or_404(deputy), given, taken)


def _confirm_stand_in(who: Person, deputy: Person, given: dict[str, Any], taken: list[Any]) -> Any:
    """Who acts for whom, and what the deputy will see and does not see now."""
    return web.confirm(
        _("Let %(name)s stand in?", name=deputy.name),
        _("Enter the stand-in"),
        template="people/confirm_sight.html",
        back=flask.url_for("people.one_person", id=who.id),
        facts=[
            (_("For"), who.name),
            (_("Stand-in"), deputy.name),
            (_("From day"), given["from_on"].isoformat()),
            (_("Until day"), given["until_on"].isoformat()),
        ],
        who=deputy,
        grants=taken,
    )


# --- people go ---


@bp.get("/people/<int:id>/hand-over")
@may(Role.ADMINISTRATOR)
def hand_over(id: int) -> Any:
    return _holdings(web.or_404(queries.person(id)), forms.HandOverForm())


def _holdings(who: Person, form: Any) -> Any:
    form.offer(queries.successors(who))
    held = queries.holdings(who, clock.now())
    chosen = set(request.form.getlist("grant", type=int)) or {grant.id for grant in held.grants}
    return web.page("people/hand_over.html", form, who=who, held=held, chosen=chosen)


@bp.post("/people/<int:id>/hand-over")
@fresh
@may(Role.ADMINISTRATOR)
def hand_over_post(id: int) -> Any:
    who, form = web.or_404(queries.person(id)), forms.HandOverForm()
    form.offer(queries.successors(who))
    chosen = set(request.form.getlist("grant", type=int))
    grants = [grant for grant in who.grants if grant.id in chosen]
    if not form.validate_on_submit():
        return _holdings(who, form)
    to = web.or_404(queries.person(form.to.data))
    if grants and not web.confirmed():
        return _confirm_hand_over(who, to, grants, form)
    given = {
        "person": who,
        "grants": grants,
        "to": to,
        "from_on": form.from_on.data,
        "reason": form.reason.data,
    }
    if web.attempt(form, actions.hand_over, by=web.me(), at=clock.now(), **given):
        return web.see("people.one_person", _("The roles go over to %(name)s.", name=to.name), id=id)
    return _holdings(who, form)


def _confirm_hand_over(who: Person, to: Person, grants: list[Grant], form: Any) -> Any:
    return web.confirm(
        _("Hand these roles over?"),
        _("Hand over"),
        template="people/confirm_sight.html",
        who=to,
        grants=[(grant.role, grant.organization) for grant in grants if not grant.bounded],
        back=flask.url_for("people.hand_over", id=who.id),
        facts=[(_("From"), who.name), (_("To"), to.name), (_("From day"), form.from_on.data.isoformat())],
        headers=(_("Role"), _("For whom")),
        rows=[(_(grant.role.label), grant.bound_to) for grant in grants],
        warning=_("What %(name)s did stays under that name.", name=who.name),
    )


# --- read as an applicant or expert ---


@bp.get("/view-as")
@may(Role.OFFICER)
def view_as() -> Any:
    return web.page("people/view_as.html", forms.ViewForm().offer(queries.viewed(web.me())))


@bp.post("/view-as")
@may(Role.OFFICER)
def begin_view() -> Any:
    form = forms.ViewForm().offer(queries.viewed(web.me()))
    if form.validate_on_submit():
        other = web.or_404(queries.person(form.other.data))
        given = {"person": web.me(), "presence": g.presence, "other": other, "reason": form.reason.data}
        if web.attempt(form, actions.begin_view, **given):
            return web.see("desk.home")
    return web.page("people/view_as.html", form)


@bp.post("/view-as/end")
@signed_in
def end_view() -> Any:
    if viewer := door.viewer():
        actions.end_view(person=viewer, presence=g.presence, other=web.me())
    return web.see("people.view_as" if viewer else "desk.home", _("You read with your own eyes again."))
