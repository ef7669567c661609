"""Uploaded files on their way back to people: under their own name, exact type, never run as a page."""

from io import BytesIO
from pathlib import Path

import flask
from flask import Response, current_app
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from venture import files, pictures
from venture.files import File, Scan


def send(file: File, *, inline: bool = False, bare: bool = False) -> Response:
    """The file as an answer; only pictures are ever shown in place, everything else is downloaded.

    `bare` gives a picture without what the camera wrote into it (place, time), for the public; one that cannot be
    followed to its image is not given.

    A quarantined one is given to nobody: the page says why (403). When its content is gone from the disk, which is a
    fault of ours, the answer is a page that says so (500).
    """
    if file.scan is Scan.QUARANTINED:
        return _page(
            403,
            gettext("This file is quarantined"),
            gettext(
                "The virus scanner found something harmful in %(name)s. Nobody can open it.", name=file.name
            ),
            gettext("Whoever sent it cleans their computer, makes the file anew and sends it again."),
        )
    path = files.path_of(current_app.settings.uploads, file.sha256)  # type: ignore[attr-defined]  # set by web.start
    if not path.is_file():
        current_app.logger.error("file %s (%s) is missing on disk", file.id, file.sha256)
        return _page(
            500,
            gettext("This file is missing"),
            gettext(
                "%(name)s was received once, but its content is no longer on our disk. The fault is ours.",
                name=file.name,
            ),
            gettext("Tell the bureau's administrator the time shown below; keep your own copy of the file."),
        )
    content: Path | BytesIO = path
    if bare and file.is_picture:
        try:
            content = BytesIO(pictures.bare(path.read_bytes()))
        except pictures.NoPicture:
            raise NotFound from None
    answer = flask.send_file(
        content,
        mimetype=file.type,
        as_attachment=not (inline and file.is_picture),
        download_name=file.name,
        etag=file.sha256,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _page(code: int, title: str, message: str, todo: str) -> Response:
    facts = {"code": code, "title": title, "message": message, "todo": todo}
    page = flask.render_template("error.html", **facts, mine=[], blockers=[], differences=[])
    return flask.make_response(page, code)


def made(content: bytes, name: str) -> Response:
    """A PDF that was made for this answer alone; no copy of it is kept, here or on the way."""
    answer = flask.send_file(
        BytesIO(content), mimetype=files.TYPES["pdf"], as_attachment=True, download_name=name
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
