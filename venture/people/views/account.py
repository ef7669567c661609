"""One's own account: password, authenticator, recovery codes, and where one is signed in."""

from typing import Any

from flask import g
from flask_babel import gettext as _

from venture import clock, door, sessions, web
from venture.people import actions, forms, proofs, queries
from venture.people.views.shared import bp, settings
from venture.people.views.signing import seed_page
from venture.roles import fresh, personal, signed_in

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(string: str) -> str:
    """What a browser says of itself, short."""
    found = [next((name for sign, name in kinds if sign in string), "") for kinds in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found)) or _("Another program")


@bp.get("/me")
@personal
@signed_in
def account() -> Any:
    me, now = web.me(), clock.now()
    idle, whole = door.limits(me)
    living = sessions.living(me.id, at=now, idle=idle, whole=whole)
    return web.page(
        "people/account.html",
        device=queries.authenticator(me),
        codes_left=queries.recovery_codes_left(me),
        sign_ins=[(row, browser_name(row.browser)) for row in living],
        present=g.presence.id,
        grants=queries.holdings(me, now).grants,
    )


@bp.get("/me/password")
@personal
@signed_in
def password() -> Any:
    return web.page("people/password.html", forms.ChangePasswordForm(), wrong=False)


@bp.post("/me/password")
@signed_in
def change_password() -> Any:
    form = forms.ChangePasswordForm()
    form.known = (web.me().name, web.me().mobile or "", web.me().email or "")
    if not form.validate_on_submit():
        return web.page("people/password.html", form, wrong=False)
    with web.unlocked():
        fits = proofs.fits(web.me().password_hash, form.old_password.data or "")
        hashed = actions.hash_of(form.password.data or "") if fits else ""
    me, now = web.me(), clock.now()
    given = {"presence": g.presence, "fits": fits, "typed": "", "secret": settings().secret, "at": now}
    if not (web.attempt(form, actions.prove, person=me, **given) and form.outcome):
        page, _status = web.page("people/password.html", form, wrong=not form.blockers)
        return page, 422
    door.enter(me, actions.change_password(person=me, password_hash=hashed, at=now))
    return web.see("people.account", _("The password is changed. Everywhere else you are signed out."))


@bp.post("/me/sign-ins/<int:id>/end")
@signed_in
def end_sign_in(id: int) -> Any:
    web.or_404(actions.end_sign_ins(person=web.me(), only=id, at=clock.now()) or None)
    return web.see("people.account", _("That browser is signed out."))


@bp.post("/me/sign-ins/end")
@signed_in
def end_sign_ins() -> Any:
    actions.end_sign_ins(person=web.me(), but=g.presence.id, at=clock.now())
    return web.see("people.account", _("All other browsers are signed out."))


@bp.post("/me/authenticator")
@fresh
@signed_in
def offer_seed() -> Any:
    actions.offer_seed(person=web.me(), secret=settings().secret, at=clock.now())
    return web.see("people.authenticator")


@bp.get("/me/authenticator")
@personal
@signed_in
def authenticator() -> Any:
    return seed_page(forms.CodeForm(), web.me().id, "people.confirm_seed")


@bp.post("/me/authenticator/confirm")
@signed_in
def confirm_seed() -> Any:
    form = forms.CodeForm()
    given = {"person": web.me(), "typed": form.proof.data, "secret": settings().secret, "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.confirm_seed, **given):
        return _codes(form.outcome)
    return seed_page(form, web.me().id, "people.confirm_seed")


def _codes(codes: list[str]) -> Any:
    return web.page("people/recovery_codes.html", codes=codes, onward="/me")


@bp.post("/me/recovery-codes")
@fresh
@signed_in
def new_recovery_codes() -> Any:
    return _codes(actions.new_recovery_codes(person=web.me(), at=clock.now()))


@bp.post("/me/authenticator/give-up")
@fresh
@signed_in
def give_up_authenticator() -> Any:
    actions.give_up_authenticator(person=web.me(), at=clock.now())
    return web.see("people.account", _("You sign in with the password alone from now on."))
