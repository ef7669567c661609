"""Who stands at the door: sign in first, or prove who you are; what was posted too late is kept for its writer.

A page's form token (flask_wtf's) is signed by us and says for whom the page was made; that is how typed text finds
back to its writer when the browser no longer knows who is signed in.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import timedelta
from typing import Any

import flask
from flask import Response, current_app, g, redirect, request
from flask_babel import gettext
from flask_login import LoginManager, current_user, login_user
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Forbidden

from venture import clock, files, sessions
from venture.config import Settings
from venture.db import db
from venture.refusal import Refused
from venture.roles import STAFF, Rule

SAFE = {"GET", "HEAD", "OPTIONS"}
SECRETS = frozenset(
    {"csrf_token", "password", "again", "old_password", "proof", "one_time_code", "identity", "card"}
)
"""Fields that are never shown again, carried on or kept."""
SILENT = SECRETS | {"base", "changed", "confirmed", "kept", "key", "next", "seen", "version"}
"""Fields that nobody typed."""
BROWSER = "browser"
"""The cookie by which what was posted too late comes back only where it was typed."""
LOOK_AWAY = "people.end_view"
"""The one act that is open while somebody reads through another's eyes."""
MINUTE = timedelta(minutes=1)

login = LoginManager()


def instead(rule: Rule) -> Any:
    """What is answered instead of the view: sign in first, or prove who you are.

    Raises Forbidden by role, Refused people.reading_only for acts through another's eyes.
    """
    if viewer() and (rule.personal or (request.method not in SAFE and not request.endpoint == LOOK_AWAY)):
        raise Refused("people.reading_only")
    if rule.everybody:
        return None
    if not current_user.is_authenticated:
        return sign_in_first()
    if not rule.admits(current_user.roles):
        raise Forbidden
    if rule.fresh and request.method not in SAFE and not g.presence.is_proved(clock.now(), _settings().proof):
        return keep(redirect(flask.url_for("people.prove"), 303), me().id)
    return None


def sign_in_first() -> Any:
    """To the sign-in page; whatever was typed is kept for whom the page was made."""
    if request.headers.get("X-Requested-With"):
        return Response("{}", 401, mimetype="application/json")
    target = request.full_path.rstrip("?") if request.method in SAFE else _came_from()
    answer = redirect(flask.url_for("people.sign_in", next=target), 303)
    whose = writer()
    if request.method in SAFE or whose is None or not typed():
        return answer
    flask.flash(gettext("You had been signed out. What you typed is kept: sign in again here, then send it."))
    return keep(answer, whose, "confirmed")


def writer() -> int | None:
    """For whom the page was made that this post came from, by the page's own signed token; even when signed out."""
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        number = str(signer.loads(request.form.get("csrf_token", ""))).partition(".")[2]
    except BadData:
        return None
    return int(number) if number.isdigit() else None


def enter(person: Any, token: str) -> None:
    """Begin a clean browser session; the token of its pages says for whom they were made (see `writer`)."""
    flask.session.clear()
    person.token, g.presence = token, sessions.presence(token)
    login_user(person)
    flask.session["csrf_token"] = f"{secrets.token_hex(20)}.{person.id}"


def typed(fields: Iterable[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    """What the person had typed, now or in a kept post, to be shown again; never a password or a token."""
    given = request.form.items(multi=True) if fields is None else fields
    return [
        (key, value) for key, value in given if value and key not in SILENT and not key.endswith(".staged")
    ]


def keep(answer: Any, person_id: int, *skip: str) -> Any:
    """Keep this post for its writer, in this browser, and give the answer the cookie that leads back to it."""
    browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
    sessions.drop(request.form.get("kept", 0, int), person_id=person_id, browser=browser)
    sessions.keep(
        person_id=person_id,
        browser=browser,
        address=request.full_path.rstrip("?"),
        page=_came_from(),
        fields=carried("kept", *skip),
        at=clock.now(),
    )
    answer.set_cookie(
        BROWSER,
        browser,
        max_age=sessions.KEPT_LASTS,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return answer


def kept() -> list[sessions.Kept]:
    """What is kept for whoever is signed in, in this browser, newest first."""
    browser = request.cookies.get(BROWSER)
    return list(sessions.kept(person_id=me().id, browser=browser, at=clock.now())) if browser else []


def drop_kept(id: int) -> None:
    """Forget one kept post."""
    sessions.drop(id, person_id=me().id, browser=request.cookies.get(BROWSER, ""))


def done() -> None:
    """The post did what it should: if it was a kept one, sent again, it is forgotten."""
    if (id := request.form.get("kept", type=int)) and current_user.is_authenticated:
        drop_kept(id)


def _came_from() -> str:
    """The path of this site's page that the person came from, else the home page."""
    came = request.referrer or ""
    return safe_next(came[len(request.host_url) - 1 :] if came.startswith(request.host_url) else "")


def carried(*skip: str) -> list[tuple[str, str]]:
    """All that was posted, to be sent once more: the fields but for secrets and `skip`, uploads by a seal."""
    left_out = SECRETS.union(skip)
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in left_out]
    uploads: dict[str, files.Staged] = g.get("staged", {})
    return fields + [(f"{key}.staged", str(seal().dumps(astuple(file)))) for key, file in uploads.items()]


def known_by(person_of: Callable[[int], Any], may_view_as: Callable[[Any, Any], bool]) -> None:
    """Tell how a person is found by id, and whose eyes one may borrow, which are a later stage's to know; called once
    at the start.
    """

    @login.user_loader  # type: ignore[untyped-decorator]  # flask_login is untyped
    def load(token: str) -> Any:
        presence = sessions.presence(token)
        if presence is None or presence.reach is not sessions.Reach.FULL:
            return None
        person = person_of(presence.person_id)
        if person is None or not person.is_active or presence.ends_at(*limits(person)) <= clock.now():
            return None
        person.token, g.presence = token, presence
        other = person_of(presence.viewing_id) if presence.viewing_id is not None else None
        if other is None or not may_view_as(person, other):
            return person
        other.token, other.viewer = token, person
        return other


def limits(person: Any) -> tuple[timedelta, timedelta]:
    """How long the person may be idle, and how long a sign-in lasts in all."""
    settings = _settings()
    return (settings.idle_staff if person.holds(*STAFF) else settings.idle_others), settings.signed_in


def _settings() -> Settings:
    found: Settings = current_app.settings  # type: ignore[attr-defined]  # set by start
    return found


def session_left(*, asked_quietly: bool = False) -> int:
    """Seconds until this browser is signed out if nothing more happens; 0 when nobody is signed in."""
    if not current_user.is_authenticated:
        return 0
    idle, whole = limits(viewer() or current_user)
    now, presence = clock.now(), g.presence
    since = presence.seen_at if asked_quietly else now
    return max(0, int((min(since + idle, presence.begun_at + whole) - now).total_seconds()))


def seen() -> None:
    """Note that the person is there: at most once a minute, in a short transaction of its own."""
    presence: sessions.Presence | None = g.get("presence")
    at = clock.now()
    if presence is None or at < presence.seen_at + MINUTE:
        return
    try:
        sessions.seen(presence.id, at)
        db.session.commit()
    except OperationalError as busy:  # reading must go on where nothing can be written
        db.session.rollback()
        current_app.logger.warning("presence not noted: %s", busy.orig)


def viewer() -> Any:
    """Who really sits there, when somebody reads through another's eyes; else None."""
    return current_user.viewer if current_user.is_authenticated else None


def me() -> Any:
    """The person who is signed in (the row itself, for verbs)."""
    return current_user._get_current_object()


def seal() -> URLSafeTimedSerializer:
    """Signs what an uploaded file is called and where it lies, for a page to carry on."""
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="staged file")


def safe_next(target: str | None) -> str:
    """A path of this site to go on to after sign-in; anything else becomes the home page."""
    path = target or ""
    good = re.fullmatch(r"/(?![/\\])[\w\-./?=&%]*", path, re.ASCII)
    return path if good and "%" not in path.partition("?")[0] else flask.url_for("desk.home")
