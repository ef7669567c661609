"""Signing in and out; the language; organizations, communities, users and invitations."""

from datetime import timedelta
from typing import Any

import flask
from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import login_user, logout_user

from venture import clock, web
from venture.people import actions
from venture.people.forms import SignInForm
from venture.roles import open_to_all, signed_in

bp = Blueprint("people", __name__)


@bp.get("/sign-in")
@open_to_all
def sign_in() -> Any:
    return web.page("people/sign_in.html", SignInForm(next=request.args.get("next", "")), wrong=False)


@bp.post("/sign-in")
@open_to_all
def sign_in_post() -> Any:
    form = SignInForm()
    if form.validate_on_submit():
        with web.unlocked():
            fits = actions.password_fits(form.login.data or "", form.password.data or "")
        if entered := actions.sign_in(login=form.login.data or "", fits=fits, at=clock.now()):
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
    return web.see("people.sign_in", _("You have signed out."))


@bp.post("/language/<code>")
@open_to_all
def language(code: str) -> Any:
    answer = flask.redirect(web.safe_next(request.form.get("next")), 303)
    if code in web.LOCALES.values():
        answer.set_cookie("language", code, max_age=timedelta(days=400), samesite="Lax", httponly=True)
    return answer
