"""Uploaded files on their way back to people: under their own name, exact type, never run as a page."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import flask
from flask import Response, current_app
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from venture import clock, files, pdfs, pictures
from venture.files import File


def blind(file: File, name: str) -> Response:
    """A picture or PDF under another name and without what camera or programs wrote beside it (author, place, time).

    Raises NotFound for what cannot be followed so far, is no picture or PDF, or is quarantined.
    """
    path = files.path_of(current_app.settings.uploads, file.sha256)  # type: ignore[attr-defined]  # set by web.start
    if file.is_shut or not file.is_plain or not path.is_file():
        raise NotFound
    try:
        content = (pictures if file.is_picture else pdfs).bare(path.read_bytes())
    except (pictures.NoPicture, pdfs.NoPdf):
        raise NotFound from None
    return made(content, name)


def send(file: File, *, inline: bool = False, bare: bool = False) -> Response:
    """The file as an answer; only pictures are ever shown in place, everything else is downloaded.

    `bare` gives a picture without what the camera wrote into it (place, time), for the public; one that cannot be
    followed to its image is not given.

    A quarantined one is given to nobody: the page says why (403). When its content is gone from the disk, which is a
    fault of ours, the answer is a page that says so (500).
    """
    if file.is_shut:
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
    """A document that was made for this answer alone, of the type that its name ends in; no copy of it is kept, here or
    on the way.
    """
    kind = files.TYPES.get(name.rpartition(".")[2], "text/plain; charset=utf-8")
    answer = flask.send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


Packed = tuple[str, datetime, Path | Callable[[], bytes]]
"""One entry of a ZIP: its name, its moment, and where its content lies or how it is made when its turn comes."""


def packed(entries: Iterable[Packed], name: str, *, made: bool = False) -> Response:
    """A ZIP that is made while it is sent, entry by entry, so that the browser shows how far it is; nothing is kept.

    What fails on the way breaks the download off, which the browser tells. Call it outside of any transaction.
    `made`: every entry is made already, and needs the request no more.
    """
    packing = _packing(entries)
    body = packing if made else flask.stream_with_context(packing)
    answer = Response(body, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _packing(entries: Iterable[Packed]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, at, content in entries:
            about = zipfile.ZipInfo(name, clock.beijing(at).timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            if isinstance(content, Path):
                with whole.open(about, "w") as target, content.open("rb") as source:
                    while chunk := source.read(files.CHUNK):
                        target.write(chunk)
                        yield pipe.taken()
            else:
                whole.writestr(about, content())
            yield pipe.taken()
    yield pipe.taken()


class _Pipe:
    """What a ZIP is written to, without ever going back; taken away piece by piece."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, content: bytes) -> int:
        self._held += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits here for anything else."""

    def close(self) -> None:
        """What was written stays until it is taken."""

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        content, self._held = bytes(self._held), bytearray()
        return content
