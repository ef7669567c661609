"""All that an organization ever sent, in one ZIP for its own files: printed forms, papers, a list with hashes."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.applications import queries
from venture.applications.models import Application, Version
from venture.applications.views.prints import paper_of
from venture.applications.views.shared import bp, settings
from venture.downloads import Packed
from venture.files import File, Scan, clean_name, path_of
from venture.roles import Role, may


@bp.get("/organizations/<int:id>/applications.zip")
@may(Role.APPLICANT)
def archive(id: int) -> Any:
    """For the people of the organization; for others, and before anything was sent, there is nothing here."""
    own = id if id in web.me().organization_ids else None
    sent = web.or_404(queries.sent_of(web.or_404(own), web.me()) or None)
    plan, name = list(_plan(sent, clock.now())), clean_name(sent[0].organization.name)
    documents.ready(settings().fonts)
    web.rollback()
    return downloads.packed(plan, f"{name}.zip")


def _plan(sent: Sequence[Application], at: datetime) -> Iterator[Packed]:
    """Every entry in its order; the list comes last, since it names the hash of what is made on the way."""
    made_at = clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S")
    said = [
        f"{sent[0].organization.name} · {sent[0].organization.credit_code}",
        _("Made at %(at)s Beijing time (UTC+8)", at=made_at),
    ]
    for application in sent:
        folder = clean_name(re.sub(r"[/\\]", " ", f"{application.number} {application.title}"))
        said += ["", f"== {application.number} · {application.title} =="]
        yield from of_application(application, folder, said)
    yield _("Contents") + ".txt", at, lambda: "\r\n".join(said).encode("utf-8-sig")


def of_application(application: Application, folder: str, said: list[str]) -> Iterator[Packed]:
    """The printed versions and the papers of one application, each noted with its hash in the list `said`."""
    for version in application.versions:
        said.append(_of_version(version))
        yield from _printed(version, folder, said)
    yield from _carried(application, folder, said)


def _of_version(version: Version) -> str:
    """What the list says of a version: its receipt, and the names of the files it carried."""
    files = [each["kind"] + _(": ") + each["name"] for each in queries.content(version).get("files", [])]
    facts = [
        _("Version %(number)s", number=version.number),
        clock.beijing(version.submitted_at).strftime("%Y-%m-%d %H:%M:%S"),
        _("Receipt code") + f" {version.receipt}",
        f"SHA-256 {version.sha256}",
        _("Files") + _(": ") + (_(", ").join(files) or "—"),
    ]
    return " · ".join(facts)


def _printed(version: Version, folder: str, said: list[str]) -> Iterator[Packed]:
    """The form of a version as PDF and Word, each made when its turn comes."""
    given, _name = paper_of(version.application, version)
    inner = "/".join([folder, _("Version %(number)s", number=version.number), _("Application form")])
    pdf = partial(documents.pdf, "application", given, fonts=settings().fonts)
    yield f"{inner}.pdf", version.submitted_at, noted(pdf, f"{inner}.pdf", said)
    yield f"{inner}.docx", version.submitted_at, noted(partial(documents.docx, given), f"{inner}.docx", said)


def noted(make: Callable[[], bytes], name: str, said: list[str]) -> Callable[[], bytes]:
    """Make it, and note its hash in the list under its application."""
    place = len(said)
    said.append(name)

    def made() -> bytes:
        content = make()
        said[place] = f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {name}"
        return content

    return made


def _carried(application: Application, folder: str, said: list[str]) -> Iterator[Packed]:
    """The files that any version carried and those that came later, once each; what cannot be given is named."""
    named = {
        each["attachment"]
        for version in application.versions
        for each in queries.content(version).get("files", [])
    }
    later = {one.id for one in queries.sent_files(application)}
    carried = [one for one in application.attachments if one.id in named | later]
    for number, each in enumerate(carried, start=1):
        called = f"{number:02d} {clean_name(each.label.replace('/', '、'))} {clean_name(each.file.name)}"
        yield from filed(each.file, "/".join([folder, _("Files"), called]), each.added_at, said)


def filed(file: File, name: str, at: datetime, said: list[str]) -> Iterator[Packed]:
    """An uploaded file under a name of the archive, noted with its hash; where it cannot be given the list says why."""
    path = path_of(settings().uploads, file.sha256)
    if file.scan is Scan.QUARANTINED:
        said.append(_("Not here, quarantined: %(name)s", name=name))
    elif not path.is_file():
        current_app.logger.error("file %s (%s) is missing on disk", file.id, file.sha256)
        said.append(_("Not here, missing on our disk: %(name)s", name=name))
    else:
        said.append(f"{file.sha256}  {file.size}  {name}")
        yield name, at, path
