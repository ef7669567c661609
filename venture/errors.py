"""The pages for what goes wrong: what happened, why, what to do next, and what had been typed."""

from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, NotFound, SecurityError

from venture import door, web
from venture.db import Trouble, out_of_range, trouble
from venture.refusal import Changed, Refused
from venture.roles import Rule


def start(app: Flask) -> None:
    """Let these pages answer."""
    app.register_error_handler(Refused, _on_refused)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(SecurityError, _on_foreign_host)
    app.register_error_handler(HTTPException, _on_http)
    for kind in (DBAPIError, NoConnectionFree, OSError):
        app.register_error_handler(kind, _on_trouble)
    app.register_error_handler(OverflowError, lambda _: _on_http(NotFound()))  # a number that no row can have
    app.register_error_handler(DataError, _on_data)
    app.register_error_handler(Exception, _on_crash)


def _on_foreign_host(error: SecurityError) -> Response:
    """Asked under a name that is not the site's: nothing is made that could carry that name on."""
    return Response("This site does not answer under this name.", 400, mimetype="text/plain")


def _problem(code: int, title: str, message: str, todo: str, **more: Any) -> tuple[str, int]:
    context = {"mine": [], "blockers": [], "differences": [], **more}
    return render_template("error.html", code=code, title=title, message=message, todo=todo, **context), code


def _on_refused(refusal: Refused) -> tuple[str, int]:
    differences = refusal.differences if isinstance(refusal, Changed) else []
    return _problem(
        409,
        gettext("This could not be done"),
        "",
        gettext("Nothing was changed. Go back, set this right and try again."),
        blockers=refusal.blockers,
        differences=differences,
        mine=door.typed(),
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


def _on_csrf(error: CSRFError) -> Any:
    """A page of another sign-in, or not ours. What was typed is kept for whom the page was made, and for nobody else."""
    rule = getattr(current_app.view_functions.get(request.endpoint or ""), "rule", Rule(everybody=True))
    writer = None if rule.everybody or not door.typed() else door.writer()
    if writer is not None and not request.headers.get("X-Requested-With"):
        answer = _kept_for(writer)
        web.commit()
        return answer
    return _problem(
        400,
        gettext("This page had been open too long or was not ours"),
        gettext("For your safety nothing was sent."),
        gettext("Reload the page and send again. What you typed stands below."),
        mine=door.typed(),
    )


def _kept_for(writer: int) -> Any:
    if not current_user.is_authenticated:
        return door.sign_in_first()
    if current_user.id == writer:
        return door.keep(redirect(url_for("people.kept"), 303), writer, "confirmed")
    answer = _problem(
        400,
        gettext("This page belongs to somebody else"),
        gettext("Another person is signed in here by now, so nothing was sent."),
        gettext(
            "What was typed is kept for whoever typed it: they sign in again in this browser, then send it."
        ),
    )
    return door.keep(current_app.make_response(answer), writer, "confirmed")


def _on_data(error: DataError) -> Any:
    return _on_http(NotFound()) if out_of_range(error) else _on_crash(error)


def _on_trouble(error: Exception) -> Any:
    """Database or disk do not do their work: a plain page made without either, saying whether to try again."""
    kind = trouble(error)
    if kind is None or (kind is Trouble.FULL and request.method in door.SAFE):
        return _on_crash(error)
    log = current_app.logger.critical if kind in (Trouble.FULL, Trouble.DOWN) else current_app.logger.error
    log("%s %s: %s: %s", request.method, request.path, kind.value, error)
    title, message, todo, seconds = _trouble_in_words(kind)
    unasked = request.method in door.SAFE or (door.SECRETS - {"csrf_token"}) & request.form.keys()
    page = current_app.jinja_env.get_template("unavailable.html").render(
        locale=str(get_locale()),
        title=title,
        message=message,
        todo=todo,
        mine=door.typed(),
        fields=[] if unasked else door.carried(),
    )
    return Response(page, 503, headers={"Retry-After": str(seconds)}, mimetype="text/html")


def _trouble_in_words(kind: Trouble) -> tuple[str, str, str, int]:
    """Title, what happened, what to do, and after how many seconds it may be tried again."""
    unchanged = gettext("Nothing was changed.")
    if kind is Trouble.FULL:
        return (
            gettext("Nothing can be saved at this moment"),
            gettext("The server's disk is full or cannot be written. Nothing was changed; reading goes on."),
            gettext("It does not help to try again before the bureau's administrator has made room."),
            600,
        )
    if kind is Trouble.DOWN:
        unknown = gettext("It is not certain whether your last step was saved.")
        return (
            gettext("The database cannot be reached at this moment"),
            unknown if g.get("committing") else unchanged,
            gettext("Try again in a minute: what is sent twice counts once."),
            30,
        )
    title = gettext("Too many people are saving at this moment")
    return title, unchanged, gettext("Try again in a few seconds."), 5


def _on_crash(error: Exception) -> tuple[str, int]:
    web.rollback()
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _problem(
        500,
        gettext("Our side made a mistake"),
        gettext("Nothing was changed. The mistake has been recorded."),
        gettext("Try again in a minute; if it stays, tell the bureau's administrator the time shown below."),
    )
