"""A new password for somebody who has forgotten theirs: by a link, by a message, by a code read out."""

import logging
import shlex
import subprocess
from threading import Thread
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.people import actions, forms, proofs, queries
from venture.people.models import Reset, ResetWay
from venture.people.views.shared import bp, settings
from venture.roles import Role, fresh, may, open_to_all

READERS = (Role.OFFICER, Role.ADMINISTRATOR)
"""Those who may read a one-time code out to somebody they know."""


@bp.get("/reset")
@open_to_all
def reset() -> Any:
    return _reset(forms.AskResetForm())


def _reset(form: Any) -> Any:
    return web.page("people/reset.html", form, by_message=bool(settings().sms_command))


@bp.post("/reset")
@open_to_all
def ask_reset() -> Any:
    form = forms.AskResetForm()
    if not form.validate_on_submit():
        return _reset(form)
    made = actions.ask_reset(login=form.login.data or "", address=request.remote_addr or "", at=clock.now())
    if made.way is ResetWay.LINK:
        said = _("If we know this address, a link is on its way to it. It works once, within 30 minutes.")
        return web.see("people.enter_code", said)
    if not settings().sms_command:
        return web.see(
            "people.enter_code", _("We send no text messages. Ask the bureau to read a code out to you.")
        )
    if made.person is not None and actions.is_open(made, clock.now()):
        _send(actions.normal_login(form.login.data or ""), made)
    return web.see("people.enter_code", _("If we know this number, a code is on its way to it."))


def _send(number: str, made: Reset) -> None:
    """Hand the code to the command that sends messages, once the leave is safely written and without waiting for it."""
    text = _(
        "%(code)s is your code for a new password, good for 30 minutes. Nobody of the bureau asks you for it.",
        code=proofs.one_time_code(settings().secret, made.id),
    )
    command = [*shlex.split(settings().sms_command), number]

    @flask.after_this_request
    def start(response: flask.Response) -> flask.Response:
        if response.status_code == 303:
            Thread(target=_run, args=(command, text), daemon=True).start()
        return response


def _run(command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text, text=True, timeout=30, capture_output=True, check=False)
    if done.returncode:
        logging.getLogger(__name__).error("message not sent: %s", done.stderr[-500:])


@bp.get("/reset/code")
@open_to_all
def enter_code() -> Any:
    return web.page("people/reset_code.html", forms.CodeResetForm(), wrong=False)


@bp.post("/reset/code")
@open_to_all
def reset_by_code() -> Any:
    form = forms.CodeResetForm()
    if not form.validate_on_submit():
        return web.page("people/reset_code.html", form, wrong=False)
    with web.unlocked():
        hashed = actions.hash_of(form.password.data or "")
    given = {"login": form.login.data, "code": form.one_time_code.data, "password_hash": hashed}
    where = {"secret": settings().secret, "address": request.remote_addr or "", "at": clock.now()}
    done = web.attempt(form, actions.reset_by_code, **given, **where)
    if done and form.outcome:
        return _set()
    page, status = web.page("people/reset_code.html", form, wrong=done)
    return page, 422 if done else status


def _set() -> Any:
    return web.see("people.sign_in", _("The new password is set. Sign in with it."))


def _of_link(token: str) -> Reset | None:
    return queries.reset(proofs.id_of_link(settings().secret, token))


@bp.get("/reset/link/<token>")
@open_to_all
def new_password(token: str) -> Any:
    usable = actions.is_open(_of_link(token), clock.now())
    return web.page("people/new_password.html", forms.PasswordForm(), token=token, usable=usable)


@bp.post("/reset/link/<token>")
@open_to_all
def reset_by_link(token: str) -> Any:
    form, found = forms.PasswordForm(), _of_link(token)
    form.known = (found.person.name, found.person.address) if found and found.person else ()
    good = form.validate_on_submit()
    with web.unlocked():
        hashed = actions.hash_of(form.password.data or "") if good else ""
    given = {"reset": web.or_404(_of_link(token)), "password_hash": hashed, "at": clock.now()}
    if good and web.attempt(form, actions.reset_by_link, **given):
        return _set()
    usable = actions.is_open(_of_link(token), clock.now())
    return web.page("people/new_password.html", form, token=token, usable=usable)


@bp.app_template_global()
def reset_link(id: int) -> str:
    """The link of a mail; only for the sender (who sets `g.sending`), else whoever reads the outbox could use it."""
    if not flask.g.get("sending"):
        return str(_("(the link stands only in the mail that is sent)"))
    return f"{settings().base_url}/reset/link/{proofs.link_token(settings().secret, id)}"


# --- read out by the bureau ---


@bp.get("/one-time-code")
@may(*READERS)
def one_time_code() -> Any:
    form = forms.ReadOutForm(login=request.args.get("login", ""))
    return web.page("people/one_time_code.html", form, made=None, code="")


@bp.post("/one-time-code")
@fresh
@may(*READERS)
def read_out_code() -> Any:
    form = forms.ReadOutForm()
    given = {"login": form.login.data, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.read_out_code, **given):
        code = proofs.one_time_code(settings().secret, form.outcome.id)
        return web.page("people/one_time_code.html", form, made=form.outcome, code=f"{code[:4]} {code[4:]}")
    return web.page("people/one_time_code.html", form, made=None, code="")
