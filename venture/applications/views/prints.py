"""What was submitted, as a page, as PDF and as Word; the public verifier."""

from contextlib import AbstractContextManager
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, documents, downloads, web
from venture.applications import access, actions, forms, models, printing, queries
from venture.applications.models import Application
from venture.applications.views.shared import (
    WRITES,
    bp,
    found_or_404,
    line_amount,
    settings,
    writable_or_404,
)
from venture.people import queries as people
from venture.roles import may, open_to_all, signed_in
from venture.rounds import queries as rounds


def version_or_404(application: Application, number: int) -> models.Version:
    return web.or_404(next((each for each in application.versions if each.number == number), None))


@bp.get("/applications/<int:id>/versions/<int:number>")
@signed_in
def version(id: int, number: int) -> Any:
    application = found_or_404(id)
    found = version_or_404(application, number)
    frozen = queries.content(found)
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, frozen, contacts=contacts)
    return web.page(
        "applications/version.html",
        application=application,
        sight=access.sight(application),
        version=found,
        frozen=frozen,
        files={each.id: each for each in application.attachments},
        document=document,
        communities={each["code"]: each["name"] for each in frozen.get("communities", [])},
        line_amount=line_amount,
    )


@bp.get("/applications/<int:id>/versions/<int:number>/print")
@signed_in
def version_pdf(id: int, number: int) -> Any:
    application = found_or_404(id)
    return _pdf(*paper_of(application, version_or_404(application, number)))


@bp.get("/applications/<int:id>/versions/<int:number>/word")
@signed_in
def version_docx(id: int, number: int) -> Any:
    application = found_or_404(id)
    return _docx(*paper_of(application, version_or_404(application, number)))


@bp.get("/applications/<int:id>/versions/<int:number>/pledge")
@signed_in
def pledge_pdf(id: int, number: int) -> Any:
    application = found_or_404(id)
    found = version_or_404(application, number)
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, queries.content(found), contacts=contacts)
    received = clock.beijing(found.submitted_at).strftime("%Y-%m-%d %H:%M:%S")
    given = printing.pledge(application, found, document, received)
    return _pdf(given, f"{application.number}-{number}-pledge")


@bp.get("/applications/<int:id>/pledge")
@may(*WRITES)
def draft_pledge_pdf(id: int) -> Any:
    application = writable_or_404(id)
    document = queries.document(application, form=queries.sheet(application), contacts=True)
    return _pdf(printing.pledge(application, None, document, ""), f"draft-{id}-pledge")


@bp.get("/applications/<int:id>/print")
@may(*WRITES)
def draft_pdf(id: int) -> Any:
    return _pdf(*paper_of(writable_or_404(id), None))


@bp.get("/applications/<int:id>/word")
@may(*WRITES)
def draft_docx(id: int) -> Any:
    return _docx(*paper_of(writable_or_404(id), None))


def paper_of(application: Application, version: models.Version | None) -> tuple[dict[str, Any], str]:
    """The printed form of a version, or of what stands in the form now, and the name of its file."""
    contacts = access.may_reach(web.me(), application)
    frozen = queries.content(version) if version else {}
    document = (
        queries.document(application, frozen, contacts=contacts)
        if version
        else queries.document(application, form=queries.sheet(application), contacts=contacts)
    )
    given = printing.paper(
        application,
        version,
        document,
        {each["code"]: each["name"] for each in frozen.get("communities", [])}
        if version
        else {each.code: each.name for each in people.communities()},
        line_amount,
        clock.beijing(version.submitted_at).strftime("%Y-%m-%d %H:%M:%S") if version else "",
    )
    return given, f"{application.number}-{version.number}" if version else f"draft-{application.id}"


def _pdf(given: dict[str, Any], name: str, template: str = "application") -> Any:
    """The transaction ends before the file is made."""
    with _turn():
        return downloads.made(documents.pdf(template, given, fonts=settings().fonts), f"{name}.pdf")


def _docx(given: dict[str, Any], name: str) -> Any:
    """The transaction ends before the file is made."""
    with _turn():
        return downloads.made(documents.docx(given), f"{name}.docx")


def _turn() -> AbstractContextManager[None]:
    asker = web.me().id
    web.rollback()
    return documents.turn(settings().data / "turns", asker)


@bp.get("/applications/<int:id>/letter")
@signed_in
def letter(id: int) -> Any:
    application = found_or_404(id)
    if not (queries.has_letter(application) and access.may_reach(web.me(), application)):
        raise NotFound
    return _pdf(printing.letters([application]), f"{application.number}-letter", "letter")


@bp.get("/rounds/<int:year>/letters")
@may(*access.ENTERS)
def letters(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    given = printing.letters(queries.lettered(round, web.me()))
    if not given["letters"]:
        said = _("Nothing has been decided or sent back yet, so there is no letter.")
        return web.see("applications.eligibility", said, year=year)
    return _pdf(given, f"{year}-letters", "letter")


@bp.get("/verify")
@open_to_all
def verifier() -> Any:
    return web.page("applications/verify.html", forms.VerifyForm(), valid=None)


@bp.post("/verify")
@open_to_all
def verify() -> Any:
    form, valid = forms.VerifyForm(), None
    given = {"typed": form.code.data or "", "address": request.remote_addr or "", "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.verify, **given):
        valid, form = form.outcome, forms.VerifyForm(formdata=None)
    return web.page("applications/verify.html", form, valid=valid)
