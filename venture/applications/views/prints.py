"""What was submitted, as a page and as PDF; the public verifier."""

from typing import Any

import flask
from flask import request

from venture import clock, documents, downloads, web
from venture.applications import access, actions, forms, models, printing, queries
from venture.applications.models import Application
from venture.applications.views.shared import WRITES, bp, found_or_404, line_amount, writable_or_404
from venture.people import queries as people
from venture.roles import may, open_to_all, signed_in


@bp.get("/applications/<int:id>/versions/<int:number>")
@signed_in
def version(id: int, number: int) -> Any:
    application = found_or_404(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    frozen = queries.content(found)
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, frozen.get("form", {}), contacts=contacts)
    return web.page(
        "applications/version.html",
        application=application,
        sight=access.sight(application),
        version=found,
        frozen=frozen,
        document=document,
        communities={each["code"]: each["name"] for each in frozen.get("communities", [])},
        line_amount=line_amount,
    )


@bp.get("/applications/<int:id>/versions/<int:number>/print")
@signed_in
def version_pdf(id: int, number: int) -> Any:
    application = found_or_404(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    return _printed(application, found)


@bp.get("/applications/<int:id>/versions/<int:number>/pledge")
@signed_in
def pledge_pdf(id: int, number: int) -> Any:
    application = found_or_404(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, queries.content(found).get("form", {}), contacts=contacts)
    received = clock.beijing(found.submitted_at).strftime("%Y-%m-%d %H:%M:%S")
    given = printing.pledge(application, found, document, received)
    return _made(given, f"{application.number}-{number}-pledge")


@bp.get("/applications/<int:id>/print")
@may(*WRITES)
def draft_pdf(id: int) -> Any:
    return _printed(writable_or_404(id), None)


def _printed(application: Application, version: models.Version | None) -> Any:
    """The printed form of a version, or of what stands in the form now; the transaction ends before it is made."""
    frozen = queries.content(version) if version else {}
    form = frozen.get("form", {}) if version else queries.sheet(application)
    given = printing.paper(
        application,
        version,
        queries.document(application, form, contacts=access.may_reach(web.me(), application)),
        {each["code"]: each["name"] for each in frozen.get("communities", [])}
        if version
        else {each.code: each.name for each in people.communities()},
        line_amount,
        clock.beijing(version.submitted_at).strftime("%Y-%m-%d %H:%M:%S") if version else "",
    )
    return _made(given, f"{application.number}-{version.number}" if version else f"draft-{application.id}")


def _made(given: dict[str, Any], name: str) -> Any:
    settings, asker = flask.current_app.settings, web.me().id  # type: ignore[attr-defined]  # set by web.start
    web.rollback()
    with documents.turn(settings.data / "turns", asker):
        return downloads.made(documents.pdf("application", given, fonts=settings.fonts), f"{name}.pdf")


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
