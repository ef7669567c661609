"""The one path of a request: mark → transaction → view and verb → commit; the error pages; what templates may call."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import flask
import psycopg
from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask_babel import Babel, get_locale, gettext
from flask_login import LoginManager, current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

from venture import clock, files, money, trail
from venture import db as database
from venture.config import Settings
from venture.db import db
from venture.refusal import Blocker, Changed, Refused
from venture.roles import Rule
from venture.words import Word

SAFE = {"GET", "HEAD", "OPTIONS"}
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
Found = TypeVar("Found")

login = LoginManager()
csrf = CSRFProtect()
babel = Babel()


class Form(FlaskForm):  # type: ignore[misc]  # flask_wtf is untyped
    """A form that can carry what a verb refused with, so that the page says why and keeps every value."""

    refusal: Refused | None = None

    @property
    def blockers(self) -> list[Blocker]:
        return self.refusal.blockers if self.refusal else []


class Venture(Flask):
    """Flask with one dispatch: ask the view's mark, begin, call; a return commits, a raise rolls back."""

    settings: Settings

    def dispatch_request(self) -> Any:
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        if request.method == "OPTIONS":
            return self.make_default_options_response()
        view = self.view_functions[request.endpoint or ""]
        if request.endpoint == "static":
            return self.ensure_sync(view)(**(request.view_args or {}))
        token = database.reading.set(request.method in SAFE)
        try:
            if request.method not in SAFE:
                g.staged = self._stage()
            _admit(view.rule)  # type: ignore[union-attr]  # `seal` has seen the mark
            response = self.make_response(self.ensure_sync(view)(**(request.view_args or {})))
            commit()
            return response
        except IntegrityError as broken:
            rollback()
            raise Refused(f"database.{_constraint(broken)}") from broken
        except BaseException:
            rollback()
            raise
        finally:
            database.reading.reset(token)

    def _stage(self) -> dict[str, files.Staged]:
        """Take uploads in before the write lock: reading and hashing them may be slow."""
        request.form  # noqa: B018  # reads the whole body now, not under the lock
        return {
            key: files.stage(
                cast(BinaryIO, upload.stream),
                upload.filename,
                root=self.settings.uploads,
                limit=self.settings.upload_limit,
            )
            for key, upload in request.files.items()
            if upload.filename
        }


def staged(field: str) -> files.Staged | None:
    """The file that came in this field, already safe on disk; also when it came before the confirm page."""
    found: dict[str, files.Staged] = g.get("staged", {})
    if field in found:
        return found[field]
    carried = request.form.get(f"{field}.staged")
    try:
        return files.Staged(*_seal().loads(carried, max_age=86400)) if carried else None
    except BadData:
        return None


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="staged file")


@contextmanager
def unlocked() -> Iterator[None]:
    """Read, and do what is slow, before the write lock is taken; writing begins after the block."""
    with database.read_only():
        yield


def me() -> Any:
    """The person who is signed in (the row itself, for verbs)."""
    return current_user._get_current_object()


def commit() -> None:
    """End the transaction for good: the trail's events last, then the commit."""
    if database.reading.get():
        db.session.rollback()
    else:
        trail.append(db.session())
        db.session.commit()


def rollback() -> None:
    """Undo the transaction, and what was said in it."""
    trail.forget(db.session())
    db.session.rollback()


def _admit(rule: Rule) -> None:
    """Let the person through, ask them to sign in, or refuse by role (403)."""
    if rule.everybody:
        return
    if not current_user.is_authenticated:
        flask.abort(redirect(flask.url_for("people.sign_in", next=request.full_path.rstrip("?")), 303))
    if not rule.admits(current_user.roles):
        raise Forbidden


def seal(app: Flask) -> None:
    """Refuse to start while any view lacks its mark, or the map allows a change by GET."""
    for address in app.url_map.iter_rules():
        view = app.view_functions[address.endpoint]
        if address.endpoint != "static" and not isinstance(getattr(view, "rule", None), Rule):
            raise RuntimeError(f"{address.endpoint} does not say who may use it")
        if {"GET", "POST"} <= (address.methods or set()):
            raise RuntimeError(f"{address.endpoint} mixes GET and POST in one view")


def or_404(found: Found | None) -> Found:
    """The row, or the same answer as for one that does not exist."""
    if found is None:
        raise NotFound
    return found


def attempt(form: Form, verb: Callable[..., Any], /, **arguments: Any) -> bool:
    """Run a verb; when it refuses, undo the transaction and hang the reasons on the form. True: done."""
    try:
        form.outcome = verb(**arguments)
        db.session.flush()
    except Refused as refusal:
        rollback()
        form.refusal = refusal
        return False
    except IntegrityError as broken:
        rollback()
        form.refusal = Refused(f"database.{_constraint(broken)}")
        return False
    return True


def page(template: str, /, form: Form | None = None, **context: Any) -> tuple[str, int]:
    """Render a page; with a form that was refused or has errors, as 422 with every value kept."""
    status = 422 if form is not None and (form.refusal or form.errors) else 200
    return render_template(template, form=form, **context), status


def see(endpoint: str, said: str | None = None, /, **values: Any) -> Response:
    """After a change: go on to a page (303), saying in a sentence what happened."""
    if said:
        flask.flash(said)
    return redirect(flask.url_for(endpoint, **values), 303)  # type: ignore[return-value]  # werkzeug's base class


def confirmed() -> bool:
    """Whether the person has seen the confirm page and pressed its verb."""
    return request.form.get("confirmed") == "1"


def confirm(
    title: str,
    verb: str,
    *,
    back: str,
    facts: Iterable[tuple[str, Any]] = (),
    headers: Iterable[str] = (),
    rows: Iterable[Iterable[Any]] = (),
    warning: str = "",
) -> str:
    """The confirm page of an act: what will happen and to whom; all that was posted is carried on hidden."""
    skip = {"csrf_token", "confirmed"}
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in skip]
    fields += [(f"{key}.staged", _seal().dumps(astuple(file))) for key, file in g.get("staged", {}).items()]
    return render_template(
        "confirm.html",
        title=title,
        verb=verb,
        back=back,
        facts=list(facts),
        headers=list(headers),
        rows=[list(row) for row in rows],
        warning=warning,
        fields=fields,
        action=request.full_path.rstrip("?"),
    )


def _constraint(broken: IntegrityError) -> str:
    """The name of the constraint that the database kept, the same on both engines."""
    if isinstance(broken.orig, psycopg.Error) and broken.orig.diag.constraint_name:
        return broken.orig.diag.constraint_name
    text = str(broken.orig)
    if named := re.search(r"CHECK constraint failed: (\w+)", text):
        return named[1]
    if columns := re.search(r"UNIQUE constraint failed: (\w+)\.(\w+)(?:, \w+\.(\w+))*", text):
        names = re.findall(r"\.(\w+)", text)
        return f"uq_{columns[1]}_{'_'.join(names)}"
    return "foreign_key" if "FOREIGN KEY" in text else "kept"


def sentence(blocker: Blocker) -> Markup:
    """A blocker in words, from its stage's file of sentences."""
    stage = blocker.code.partition(".")[0]
    words: Any = current_app.jinja_env.get_template(f"words/{stage}.html").module
    return Markup(str(words.sentence(blocker)).strip())


def _language() -> str:
    if not request:
        return LOCALES["zh"]
    chosen = request.cookies.get("language", "")
    if chosen in LOCALES.values():
        return chosen
    return LOCALES[request.accept_languages.best_match(["zh", "en"], "zh") or "zh"]


@cache
def _manifest(path: Path, stamp: float) -> dict[str, str]:
    return dict(json.loads(path.read_text()))


def asset(name: str) -> str:
    """The address of a built asset, by its logical name."""
    path = Path(current_app.static_folder or "") / "dist" / "manifest.json"
    return flask.url_for("static", filename=f"dist/{_manifest(path, path.stat().st_mtime)[name]}")


def _label(word: Word) -> str:
    return str(gettext(word.label))


def _moment(value: datetime | None) -> str:
    return clock.beijing(value).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _problem(code: int, title: str, message: str, todo: str, **more: Any) -> tuple[str, int]:
    context = {"mine": [], "blockers": [], "differences": [], **more}
    return render_template("error.html", code=code, title=title, message=message, todo=todo, **context), code


def _typed() -> list[tuple[str, str]]:
    """What the person had typed, to be shown again; never a password or a token."""
    secret = {"csrf_token", "confirmed", "password", "again", "key", "next"}
    return [(key, value) for key, value in request.form.items(multi=True) if value and key not in secret]


def _on_refused(refusal: Refused) -> tuple[str, int]:
    differences = refusal.differences if isinstance(refusal, Changed) else []
    return _problem(
        409,
        gettext("This could not be done"),
        "",
        gettext("Nothing was changed. Go back, set this right and try again."),
        blockers=refusal.blockers,
        differences=differences,
        mine=_typed(),
    )


def _on_http(error: HTTPException) -> Any:
    code = error.code or 500
    if error.response is not None:
        return error.response
    titles = {
        400: gettext("This request could not be read"),
        403: gettext("This page is not for your role"),
        404: gettext("There is nothing at this address"),
        405: gettext("This address cannot be used in this way"),
        413: gettext("What you sent is too large"),
    }
    todos = {
        403: gettext("If you need it for your work, ask the administrator of the bureau for the role."),
        404: gettext(
            "The address may be mistyped, or what it names is not yours to see. Start from the home page."
        ),
        413: gettext(
            "Make the file smaller than 20 MB or send fewer at once; what was saved before is kept."
        ),
    }
    title = titles.get(code, gettext("This could not be done"))
    answer = _problem(
        code, title, "", todos.get(code, gettext("Go back to the page you came from and try again."))
    )
    response = current_app.make_response(answer)
    if code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _on_csrf(error: CSRFError) -> tuple[str, int]:
    return _problem(
        400,
        gettext("This page had been open too long or was not ours"),
        gettext("For your safety nothing was sent."),
        gettext("Reload the page and send again. What you typed stands below."),
        mine=_typed(),
    )


def _on_crash(error: Exception) -> tuple[str, int]:
    rollback()
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _problem(
        500,
        gettext("Our side made a mistake"),
        gettext("Nothing was changed. The mistake has been recorded."),
        gettext("Try again in a minute; if it stays, tell the bureau's administrator the time shown below."),
    )


def _headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    return response


def _back() -> str:
    """The page of this site that the person came from, else the home page."""
    came = request.referrer or ""
    return came if came.startswith(request.host_url) else flask.url_for("desk.home")


def safe_next(target: str | None) -> str:
    """A path of this site to go on to after sign-in; anything else becomes the home page."""
    path = target or ""
    good = re.fullmatch(r"/(?![/\\])[\w\-./?=&%]*", path, re.ASCII)
    return path if good and "%" not in path.partition("?")[0] else flask.url_for("desk.home")


def start(app: Venture, settings: Settings) -> None:
    """Give the app its web side: limits, languages, sign-in, template words, error pages, headers."""
    app.settings = settings
    app.config.update(
        SECRET_KEY=settings.secret,
        MAX_CONTENT_LENGTH=settings.upload_limit * 6,
        MAX_FORM_MEMORY_SIZE=settings.form_limit,
        MAX_FORM_PARTS=settings.form_parts,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=money.text,
        wan=money.yuan_wan,
        marks=marks,
        moment=_moment,
        day=_day,
        label=_label,
        percent=money.percent,
        sentence=sentence,
    )
    app.jinja_env.globals.update(asset=asset, sentence=sentence, back_address=_back)
    app.context_processor(
        lambda: {
            "person": current_user if current_user.is_authenticated else None,
            "locale": str(get_locale()),
            "demo": settings.demo,
            "server_now": clock.now(),
        }
    )
    babel.init_app(app, locale_selector=_language)
    csrf.init_app(app)
    login.init_app(app)
    login.session_protection = None
    app.register_error_handler(Refused, _on_refused)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_crash)
    app.after_request(_headers)
    app.teardown_appcontext(lambda _: rollback())


def marks(hundredths: int | None) -> str:
    """Marks or totals in hundredths as a decimal with two places; nothing for a missing one."""
    return (
        ""
        if hundredths is None
        else f"{'−' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
    )
