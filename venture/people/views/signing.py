"""Signing in, step by step, and out; proving anew who one is; what was kept; the language."""

from datetime import timedelta
from typing import Any

import flask
from flask import g, request
from flask_babel import gettext as _
from flask_login import logout_user
from flask_wtf.csrf import generate_csrf

from venture import clock, door, sessions, web
from venture.people import actions, forms, proofs, queries
from venture.people.views.shared import bp, go_on, here, qr, settings
from venture.roles import open_to_all, personal, quiet, signed_in
from venture.sessions import Presence, Reach


@bp.get("/sign-in")
@open_to_all
def sign_in() -> Any:
    return _sign_in(forms.SignInForm(next=request.args.get("next", "")))


def _sign_in(form: Any, *, wrong: bool = False) -> Any:
    page, status = web.page("people/sign_in.html", form, wrong=wrong)
    return page, 422 if wrong else status


@bp.post("/sign-in")
@open_to_all
def sign_in_post() -> Any:
    form = forms.SignInForm()
    login, password = form.login.data or "", form.password.data or ""
    if not form.validate_on_submit():
        return _sign_in(form)
    with web.unlocked():
        fits = actions.password_fits(login, password)
    done = web.attempt(form, actions.sign_in, login=login, fits=fits, **here())
    if done and form.outcome:
        return go_on(form.outcome, form.next.data)
    return _sign_in(form, wrong=done)


# --- the second factor at the door ---


def _waiting(reach: Reach) -> Presence | None:
    found = sessions.half(flask.session.get("half", ""), clock.now())
    return found if found and found.reach is reach else None


def _too_late() -> Any:
    return web.see("people.sign_in", _("That took too long. Type login and password again."))


@bp.get("/sign-in/code")
@open_to_all
def sign_in_code() -> Any:
    return (
        web.page("people/sign_in_code.html", forms.CodeForm(), wrong=False)
        if _waiting(Reach.CODE)
        else _too_late()
    )


@bp.post("/sign-in/code")
@open_to_all
def sign_in_code_post() -> Any:
    waiting, form = _waiting(Reach.CODE), forms.CodeForm()
    if waiting is None:
        return _too_late()
    given = {"waiting": waiting, "typed": form.proof.data, "secret": settings().secret}
    done = form.validate_on_submit() and web.attempt(form, actions.enter_code, **given, **here())
    if done and form.outcome:
        return go_on(form.outcome, flask.session.get("next"))
    page, status = web.page("people/sign_in_code.html", form, wrong=done)
    return page, 422 if done else status


@bp.get("/sign-in/set-up")
@open_to_all
def sign_in_set_up() -> Any:
    waiting = _waiting(Reach.SET_UP)
    return seed_page(forms.CodeForm(), waiting.person_id, "people.set_up") if waiting else _too_late()


def seed_page(form: Any, person_id: int, endpoint: str) -> Any:
    """The page with the seed to scan, and the box for its first code."""
    person = web.or_404(queries.person_by_id(person_id))
    device = queries.authenticator(person)
    seed = proofs.unseal(settings().secret, device.next_seed) if device else None
    if seed is None:
        return web.see("people.account")
    scanned = proofs.address_of(seed, name=person.address or person.name, issuer=_("Public-interest venture"))
    return web.page(
        "people/authenticator.html", form, seed=seed, code=qr(scanned), action=flask.url_for(endpoint)
    )


@bp.post("/sign-in/set-up")
@open_to_all
def set_up() -> Any:
    waiting, form = _waiting(Reach.SET_UP), forms.CodeForm()
    if waiting is None:
        return _too_late()
    given = {"waiting": waiting, "typed": form.proof.data, "secret": settings().secret}
    if not (form.validate_on_submit() and web.attempt(form, actions.set_up, **given, **here())):
        return seed_page(form, waiting.person_id, "people.set_up")
    (entered, codes), target = form.outcome, flask.session.get("next")
    door.enter(entered.person, entered.token)
    return web.page("people/recovery_codes.html", codes=codes, onward=web.safe_next(target))


# --- out, and the language ---


@bp.post("/sign-out")
@signed_in
def sign_out() -> Any:
    actions.sign_out(person=web.me(), presence=g.presence, at=clock.now())
    logout_user()
    flask.session.clear()
    return web.see("people.sign_in", _("You have signed out."))


@bp.post("/language/<code>")
@open_to_all
def language(code: str) -> Any:
    answer = flask.redirect(web.safe_next(request.form.get("next")), 303)
    if code in web.LOCALES.values():
        answer.set_cookie("language", code, max_age=timedelta(days=400), samesite="Lax", httponly=True)
    return answer


# --- who is it, once more ---


@bp.get("/prove")
@personal
@signed_in
def prove() -> Any:
    return _prove(forms.ProofForm())


def _prove(form: Any, *, wrong: bool = False) -> Any:
    device = queries.authenticator(web.me())
    seed = proofs.unseal(settings().secret, device.seed) if settings().demo and device else None
    shown = proofs.code_at(seed, clock.now()) if seed else None
    minutes = settings().proof // timedelta(minutes=1)
    page, status = web.page("people/prove.html", form, wrong=wrong, shown=shown, minutes=minutes)
    return page, 422 if wrong else status


@bp.post("/prove")
@signed_in
def prove_post() -> Any:
    form = forms.ProofForm()
    if not form.validate_on_submit():
        return _prove(form)
    with web.unlocked():
        fits = proofs.fits(web.me().password_hash, form.proof.data or "")
    me, where = web.me(), {"address": request.remote_addr or "", "at": clock.now()}
    given = {"person": me, "presence": g.presence, "fits": fits, "typed": form.proof.data}
    done = web.attempt(form, actions.prove, secret=settings().secret, **given, **where)
    if not (done and form.outcome):
        return _prove(form, wrong=done)
    if waiting := door.kept():
        flask.session["send"] = waiting[0].id
    return web.see("people.kept")


# --- what came too late ---


@bp.get("/kept")
@personal
@signed_in
def kept() -> Any:
    rows, send = door.kept(), flask.session.pop("send", None)
    return web.page("people/kept.html", rows=[(row, door.typed(row.fields)) for row in rows], send=send)


@bp.post("/kept/<int:id>/forget")
@signed_in
def forget_kept(id: int) -> Any:
    door.drop_kept(id)
    return web.see("people.kept", _("It is forgotten."))


# --- how long one is still signed in, as a page's script asks ---


@bp.get("/session")
@quiet
@open_to_all
def session_state() -> Any:
    left = door.session_left(asked_quietly=True)
    known = {"person": web.me().id, "token": generate_csrf()} if left else {}
    return flask.jsonify(left=left, **known)


@bp.post("/session/stay")
@signed_in
def stay() -> Any:
    return flask.jsonify(left=door.session_left())
