"""The papers of an application: attached, replaced, opened, taken out."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from venture import clock, downloads, web
from venture.applications import access, actions, forms, parts, queries
from venture.applications.models import Application, Attachment
from venture.applications.views.draft import part_page, whole_page
from venture.applications.views.shared import WRITES, bp, found_or_404, writable_or_404
from venture.chunks import Coming
from venture.refusal import Refused
from venture.roles import STAFF, Role, in_pieces, may, signed_in, takes
from venture.rounds import queries as rounds
from venture.rounds.models import PaperKind

MOST = 100 << 20
"""The largest file that a kind of paper can allow, in bytes."""


def _kind(application: Application, code: str) -> PaperKind:
    return web.or_404(next((each for each in application.round.papers if each.code == code), None))


def _replaced(application: Application) -> Attachment | None:
    """The file that the one sent is to replace, if one was chosen."""
    chosen = request.form.get("replaces", 0, int)
    return web.or_404(queries.attachment(chosen, application)) if chosen else None


@bp.post("/applications/<int:id>/papers/<code>")
@takes(MOST)
@may(*WRITES)
def attach(id: int, code: str) -> Any:
    application = writable_or_404(id)
    kind, form = _kind(application, code), web.Form()
    given = {"kind": kind, "staged": web.staged("file"), "replaces": _replaced(application)}
    if web.attempt(form, actions.attach, application=application, by=web.me(), at=clock.now(), **given):
        said = _("The file has been received.")
        return web.see("applications.part", said, id=id, code="papers", _anchor=f"paper-{code}")
    return part_page(writable_or_404(id), parts.PAPERS, form)


@bp.post("/applications/<int:id>/papers/<code>/begin")
@may(*WRITES)
def begin(id: int, code: str) -> Any:
    application, form = writable_or_404(id), web.Form()
    kind, replaced = _kind(application, code), _replaced(application)
    told = forms.announced(request.form)
    if told is None:
        raise BadRequest
    name, size, sha256 = told
    if not size:
        form.refusal = Refused("files.empty", name=name)
        return _refused(form)
    given = {"kind": kind, "name": name, "size": size, "replaces": replaced}
    if not web.attempt(form, actions.room_for, application=application, by=web.me(), at=clock.now(), **given):
        return _refused(form)
    if any(
        each.kind_id == kind.id and each.file.sha256 == sha256 for each in queries.live_files(application)
    ):
        return flask.jsonify(done=True)
    target = flask.url_for("applications.attach", id=id, code=code)
    return flask.jsonify(web.announce(Coming(web.me().id, f"{target}/", name, size, sha256)))


@bp.post("/applications/<int:id>/papers/<code>/piece")
@in_pieces
@may(*WRITES)
def piece(id: int, code: str) -> Any:
    application, form, came = writable_or_404(id), web.Form(), web.piece()
    kind = _kind(application, code)
    if isinstance(came, int):
        return flask.jsonify(have=came)
    if isinstance(came, Refused):
        form.refusal = came
        return _refused(form)
    given = {"kind": kind, "staged": came, "replaces": _replaced(application)}
    if web.attempt(form, actions.attach, application=application, by=web.me(), at=clock.now(), **given):
        return flask.jsonify(done=True)
    return _refused(form)


def _refused(form: web.Form) -> Any:
    message = " ".join(web.sentence(blocker) for blocker in form.blockers)
    return flask.jsonify(message=message), 422


@bp.get("/applications/<int:id>/files/<int:attachment>")
@signed_in
def file(id: int, attachment: int) -> Any:
    application = found_or_404(id)
    found = web.or_404(queries.attachment(attachment, application))
    if found not in queries.sent_files(application) and not access.may_open_all(web.me(), application):
        raise NotFound
    return downloads.send(found.file)


@bp.post("/applications/<int:id>/files/<int:attachment>/code")
@may(*WRITES)
def enter_code(id: int, attachment: int) -> Any:
    application, form = found_or_404(id), web.Form()
    found = web.or_404(queries.attachment(attachment, application))
    given = {"attachment": found, "typed": request.form.get("code", "")}
    writes = access.may_edit(web.me(), application)
    if web.attempt(form, actions.enter_code, application=application, by=web.me(), at=clock.now(), **given):
        if writes:
            return web.see(
                "applications.part", _said_of(found), id=id, code="papers", _anchor=f"code-{attachment}"
            )
        return web.see("applications.one", _said_of(found), id=id, _anchor="files")
    page = part_page(found_or_404(id), parts.PAPERS, form) if writes else whole_page(found_or_404(id), form)
    return page


def _said_of(attachment: Attachment) -> str:
    number = attachment.version.number if attachment.version else None
    if number is None:
        return str(_("The code is that of a draft as it was printed."))
    return str(_("The code is that of version %(number)s.", number=number))


@bp.get("/rounds/<int:year>/papers-owed")
@may(*STAFF)
def owing(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    return web.page(
        "applications/owing.html",
        round=round,
        rows=queries.owing(round, web.me(), clock.now()),
        later=[kind for kind in round.papers if kind.due_days],
        admits=web.me().holds(Role.OFFICER),
    )


@bp.post("/applications/<int:id>/files/<int:attachment>/out")
@may(*WRITES)
def detach(id: int, attachment: int) -> Any:
    application = writable_or_404(id)
    found = web.or_404(queries.attachment(attachment, application))
    actions.detach(application=application, attachment=found, by=web.me(), at=clock.now())
    said = _("%(name)s has been taken out.", name=found.file.name)
    return web.see("applications.part", said, id=id, code="papers")
