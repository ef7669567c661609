"""What the pages of people share: the blueprint, where a request comes from, the way on after a right password."""

from typing import Any

import flask
import segno
from flask import Blueprint, request
from markupsafe import Markup

from venture import clock, door, web
from venture.config import Settings
from venture.people import actions
from venture.people.models import Person
from venture.sessions import Reach

bp = Blueprint("people", __name__)


def settings() -> Settings:
    """The app's settings."""
    found: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    return found


def here() -> dict[str, Any]:
    """From which network address and browser, and when, as the verbs of signing in take it."""
    return {"address": request.remote_addr or "", "browser": request.user_agent.string, "at": clock.now()}


def asked_page() -> int:
    """The page of a list that the address asks for."""
    return request.args.get("page", 1, type=int)


def qr(text: str) -> Markup:
    """A text as a QR code, drawn inline."""
    return Markup(segno.make(text, error="m").svg_inline(scale=5, border=4, svgclass="qr", lineclass=None))


def welcome(person: Person, token: str, target: str | None) -> Any:
    """Start a clean browser session for the person and go on, first to what was kept for them."""
    door.enter(person, token)
    return web.see("people.kept") if door.kept() else flask.redirect(web.safe_next(target), 303)


def go_on(entered: actions.Entered, target: str | None) -> Any:
    """The way on after a right password: in, or to the second factor."""
    if entered.reach is Reach.FULL:
        return welcome(entered.person, entered.token, target)
    flask.session.clear()
    flask.session.update(half=entered.token, next=target)
    if entered.reach is Reach.CODE:
        return web.see("people.sign_in_code")
    actions.offer_seed(person=entered.person, secret=settings().secret, at=clock.now())
    return web.see("people.sign_in_set_up")
