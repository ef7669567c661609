"""The one path of a request: mark → transaction → view and verb → commit; and what templates may call."""

import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import urlsplit

import flask
import psycopg
from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask_babel import Babel, force_locale, get_locale, get_translations
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import StrictUndefined, pass_eval_context
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import PasswordField, StringField, TextAreaField

from venture import chunks, clock, door, files, money, trail
from venture import db as database
from venture.config import Settings
from venture.db import db
from venture.door import SAFE, login
from venture.door import me as me
from venture.door import safe_next as safe_next
from venture.refusal import Blocker, Refused
from venture.roles import Rule, Sight
from venture.words import Verbatim, Word

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
Found = TypeVar("Found")
PIECE = 512 * 1024
"""Bytes of a piece of a file that is sent in pieces."""
RUNS = 5
"""How often a transaction is run when each time another is in its way."""

csrf = CSRFProtect()
babel = Babel()


class Form(FlaskForm):  # type: ignore[misc]  # flask_wtf is untyped
    """A form that can carry what a verb refused with, so that the page says why and keeps every value."""

    refusal: Refused | None = None

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask_wtf is untyped
        """One line stays one line: no sign typed into it can begin a new line of a mail, a header or a log."""

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            field = unbound_field.bind(form=form, **options)
            if isinstance(field, StringField) and not isinstance(field, PasswordField):
                clean = _lines if isinstance(field, TextAreaField) else _line
                field.filters = (*field.filters, clean)
            return field

    @property
    def blockers(self) -> list[Blocker]:
        return self.refusal.blockers if self.refusal else []


def _line(typed: Any) -> Any:
    """A text of one line, without signs that steer; other values as they are."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", typed) if isinstance(typed, str) else typed


def _lines(typed: Any) -> Any:
    """A text of lines, without signs that steer; other values as they are."""
    if not isinstance(typed, str):
        return typed
    broken = re.sub(r"[\x0b\x0c\x85\u2028\u2029]", "\n", typed)
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", "", broken)


class Request(flask.Request):
    """Flask's request; what stands behind the «?» of its address has no signs that steer, and only files are large."""

    def _load_form_data(self) -> None:
        if (
            self.mimetype == "application/x-www-form-urlencoded"
        ):  # read in one piece, by no limit but the whole body's
            self.max_content_length = self.max_form_memory_size
        super()._load_form_data()

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return MultiDict((name, _line(typed)) for name, typed in super().args.items(multi=True))


class Venture(Flask):
    """Flask with one dispatch: ask the view's mark, begin, call; a return commits, a raise rolls back."""

    settings: Settings
    request_class = Request

    def dispatch_request(self) -> Any:
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        if request.method == "OPTIONS":
            return self.make_default_options_response()
        view = self.view_functions[request.endpoint or ""]
        if request.endpoint == "static":
            return self.ensure_sync(view)(**(request.view_args or {}))
        rule: Rule = view.rule  # type: ignore[union-attr]  # `seal` has seen the mark
        token = database.reading.set(request.method in SAFE)
        try:
            if request.method not in SAFE:
                g.staged = self._stage(rule)
            return self._run(view, rule)
        except IntegrityError as broken:
            rollback()
            raise Refused(f"database.{_constraint(broken)}") from broken
        except BaseException:
            rollback()
            raise
        finally:
            database.reading.reset(token)
            if not rule.quiet:
                door.seen()

    def _run(self, view: Callable[..., Any], rule: Rule) -> Response:
        """The whole transaction; run anew, after a wait in which chance has a part, when another was in its way."""
        before = dict(flask.session)
        for run in range(1, RUNS + 1):
            g.committing = False
            try:
                answer = door.instead(rule) or self.ensure_sync(view)(**(request.view_args or {}))
                response = self.make_response(answer)
                if response.status_code == 303 and request.method not in SAFE:
                    door.done()
                commit()
                return response
            except DBAPIError as broken:
                if run == RUNS or database.trouble(broken) is not database.Trouble.CLASH:
                    raise
            rollback()
            g.pop("_login_user", None)  # the person is read afresh too
            if dict(flask.session) != before:
                flask.session.clear()
                flask.session.update(before)
            time.sleep(random.uniform(0.01, 0.03) * 2**run)
        raise AssertionError("the last run returns or raises")

    def _stage(self, rule: Rule) -> dict[str, files.Staged]:
        """Take uploads in before the write lock: reading and hashing them may be slow. Strangers' are not taken."""
        request.form  # noqa: B018  # reads the whole body now, not under the lock
        if not rule.everybody and door.writer() is None:
            return {}
        if rule.pieces:
            g.piece = self._piece()
            return {}
        return {
            key: files.stage(
                cast(BinaryIO, upload.stream),
                upload.filename,
                root=self.settings.uploads,
                limit=rule.takes or self.settings.upload_limit,
                reserve=self.settings.disk_reserve,
                data=rule.data,
            )
            for key, upload in request.files.items()
            if upload.filename
        }

    def _piece(self) -> int | files.Staged | Refused | None:
        """Take in the piece that was sent of a file which this person had announced for this very address.

        None for what nobody announced: the view says so, after it was asked who may.
        """
        try:
            coming = chunks.Coming(*_comings().loads(request.form.get("coming", ""), max_age=chunks.LASTS))
        except BadData:
            return None
        upload = request.files.get("piece")
        if upload is None or coming.person != door.writer() or not request.path.startswith(coming.target):
            return None
        content, at = upload.stream.read(), request.form.get("at", -1, int)
        kept = {"root": self.settings.uploads}
        if hashlib.sha256(content).hexdigest() != request.form.get("sha256"):
            return chunks.begin(coming, **kept)
        try:
            return chunks.add(coming, content, at=at, reserve=self.settings.disk_reserve, **kept)
        except chunks.Elsewhere as other:
            return other.have
        except Refused as refusal:
            return refusal


def _comings() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="coming file")


def announce(coming: chunks.Coming) -> dict[str, Any]:
    """What a page's script needs to send a file in pieces: its pass, how much of it is here, the size of a piece."""
    have = chunks.begin(coming, root=_app().settings.uploads)
    return {"coming": _comings().dumps(astuple(coming)), "have": have, "piece": PIECE}


def piece() -> int | files.Staged | Refused:
    """What became of the piece that was sent: how much is here now, the whole file, or why it was not taken."""
    found: int | files.Staged | Refused | None = g.piece
    if found is None:
        raise BadRequest
    return found


def _app() -> Venture:
    return cast(Venture, current_app)


def staged(field: str) -> files.Staged | None:
    """The file that came in this field, already safe on disk; also when it came before the confirm page."""
    found: dict[str, files.Staged] = g.get("staged", {})
    if field in found:
        return found[field]
    carried = request.form.get(f"{field}.staged")
    try:
        return files.Staged(*door.seal().loads(carried, max_age=86400)) if carried else None
    except BadData:
        return None


@contextmanager
def unlocked() -> Iterator[None]:
    """Read, and do what is slow, before the write lock is taken; writing begins after the block."""
    with database.read_only():
        yield


def commit() -> None:
    """End the transaction for good: the trail's events last, then the commit."""
    if database.reading.get():
        db.session.rollback()
    else:
        trail.append(db.session())
        g.committing = True
        db.session.commit()


def rollback() -> None:
    """Undo the transaction, and what was said in it."""
    trail.forget(db.session())
    db.session.rollback()


def seal(app: Flask) -> None:
    """Refuse to start while any view lacks its mark, two share an address, or the map allows a change by GET."""
    taken: dict[tuple[str, str], str] = {}
    for address in app.url_map.iter_rules():
        for method in {"GET", "POST"} & (address.methods or set()):
            other = taken.setdefault((address.rule, method), address.endpoint)
            if other != address.endpoint:
                raise RuntimeError(f"{address.endpoint} and {other} share {method} {address.rule}")
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
    template: str = "confirm.html",
    **more: Any,
) -> str:
    """The confirm page of an act: what will happen and to whom; all that was posted is carried on hidden.

    A `template` that extends confirm.html may show `more` in its block.
    """
    return render_template(
        template,
        **more,
        title=title,
        verb=verb,
        back=back,
        facts=list(facts),
        headers=list(headers),
        rows=[list(row) for row in rows],
        warning=warning,
        fields=door.carried("confirmed"),
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


def _catalogue() -> Any:
    """The catalogue of the language in force; flask-babel would look for it anew for each of a page's words."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found


@contextmanager
def in_language(locale: str) -> Iterator[None]:
    """Everything inside is said in the language, whatever the reader's own is: for papers and sheets."""
    read = g.pop("catalogue", None)
    try:
        with force_locale(locale):
            yield
    finally:
        g.catalogue = read


@pass_eval_context
def _word(template: Any, text: str, /, **values: Any) -> str:
    """`_` of the templates: a msgid in the language of the page. The extension's own goes through the template's

    context three times for each word, and a list has hundreds.
    """
    found: str = _catalogue().ugettext(text)
    if template.autoescape:
        found = Markup(found)
    return found % values if values or "%" in found else found


@cache
def _manifest(path: Path, stamp: float) -> dict[str, str]:
    return dict(json.loads(path.read_text()))


def asset(name: str) -> str:
    """The address of a built asset, by its logical name."""
    path = Path(current_app.static_folder or "") / "dist" / "manifest.json"
    return flask.url_for("static", filename=f"dist/{_manifest(path, path.stat().st_mtime)[name]}")


def said(text: str) -> str:
    """A msgid in the language of the page; what a person wrote as it stands."""
    return text if isinstance(text, Verbatim) else str(_catalogue().ugettext(text))


def _label(word: Word) -> str:
    return str(_catalogue().ugettext(word.label))


def _moment(value: datetime | None) -> str:
    return clock.beijing(value).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    if request.endpoint == "static":
        if request.path.rpartition("/")[0].endswith("/dist"):  # their names carry a hash of their content
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    return response


def scans() -> bool:
    """Whether a virus scanner is set up."""
    return bool(_app().settings.clamd)


def sees(endpoint: str) -> Sight:
    """Who may open the page of a view, by its mark; for the line «who can see this»."""
    rule: Rule = current_app.view_functions[endpoint].rule  # type: ignore[union-attr]  # `seal` has seen the mark
    return Sight(roles=rule.roles)


def back() -> str:
    """The page of this site that the person came from, else the home page."""
    came = request.referrer or ""
    return came if came.startswith(request.host_url) else flask.url_for("desk.home")


def _hosts(base_url: str) -> list[str]:
    """The names under which the site answers: its own, and on one's own machine the other name of that."""
    name = urlsplit(base_url).hostname or ""
    return ["127.0.0.1", "localhost"] if name in {"127.0.0.1", "localhost"} else [name]


def start(app: Venture, settings: Settings) -> None:
    """Give the app its web side: limits, languages, sign-in, template words, headers."""
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
        TRUSTED_HOSTS=_hosts(settings.base_url),
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=money.text,
        wan=money.yuan_wan,
        marks=marks,
        moment=_moment,
        limit=clock.limit_text,
        day=_day,
        label=_label,
        said=said,
        percent=money.percent,
        sentence=sentence,
    )
    app.jinja_env.globals.update(asset=asset, sentence=sentence, back_address=back, sees=sees)
    app.context_processor(
        lambda: {
            "person": current_user if current_user.is_authenticated else None,
            "viewer": door.viewer(),
            "locale": str(get_locale()),
            "demo": settings.demo,
            "server_now": clock.now(),
            "session_left": door.session_left,
        }
    )
    babel.init_app(app, locale_selector=_language)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension puts it there
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, n: _catalogue().ungettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _word
    csrf.init_app(app)
    login.init_app(app)
    login.session_protection = None
    app.after_request(_headers)
    app.teardown_appcontext(lambda _: rollback())


def marks(hundredths: int | None) -> str:
    """Marks or totals in hundredths as a decimal with two places; nothing for a missing one."""
    return (
        ""
        if hundredths is None
        else f"{'−' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
    )
