"""Sheets on paper: keyed in by one person, checked by another."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, downloads, files, web
from venture.review import actions, forms, queries
from venture.review.models import Panelist
from venture.review.views.shared import CHECKS, KEYS_IN, bp, seat_or_404
from venture.roles import STAFF, may
from venture.rounds.models import Phase


def _grid_form(parts: list[queries.GridTheme], **given: Any) -> forms.GridForm:
    return forms.GridForm.made(
        {
            application.id: (f"{application.number} {application.title}", part.criteria)
            for part in parts
            for application, sheet in part.rows
            if queries.keyable(application, sheet)
        },
        **given,
    )


PAPERS = "/rounds/<int:year>/sheets/<int:number>"
SPOKEN = f"{PAPERS}/presentation"


def _parts(seat: Panelist, phase: Phase) -> list[queries.GridTheme]:
    if phase not in seat.round.phases:
        raise NotFound
    return queries.grid(seat, web.me(), phase)


@bp.get(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.get(PAPERS, defaults={"phase": Phase.PAPERS})
@may(*KEYS_IN)
def grid(year: int, number: int, phase: Phase) -> Any:
    """The grid of one expert's paper sheets."""
    seat = seat_or_404(year, number)
    parts = _parts(seat, phase)
    given: dict[str, Any] = {}
    for part in parts:
        for application, sheet in part.rows:
            if sheet is not None:
                marks = queries.marks_of(sheet).items()
                given |= {f"m-{application.id}-{code}": mark for code, mark in marks}
                given[f"c-{application.id}"] = sheet.comment
    return _grid_page(seat, phase, parts, _grid_form(parts, data=given))


def _grid_page(seat: Panelist, phase: Phase, parts: list[queries.GridTheme], form: forms.GridForm) -> Any:
    return web.page("review/grid.html", form, seat=seat, phase=phase, parts=parts, keyable=queries.keyable)


@bp.post(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.post(PAPERS, defaults={"phase": Phase.PAPERS})
@may(*KEYS_IN)
def key_in(year: int, number: int, phase: Phase) -> Any:
    """Take the grid over, or refuse the whole of it naming row and column."""
    seat, now = seat_or_404(year, number), clock.now()
    parts = _parts(seat, phase)
    form = _grid_form(parts)
    if form.validate_on_submit():
        rows = {
            application.id: actions.Filled(
                form.marks(application.id, part.criteria), {}, form.comment(application.id)
            )
            for part in parts
            for application, sheet in part.rows
            if queries.keyable(application, sheet)
        }
        staged = web.staged("scan")
        scan = files.keep(staged, by=web.me(), at=now) if staged else None
        given = {"signed_on": form.signed_on.data, "scan": scan, "by": web.me(), "at": now}
        if web.attempt(form, actions.key_in, panelist=seat, phase=phase, rows=rows, **given):
            said = _("%(count)s sheets are keyed in. Somebody else must check them.", count=len(form.outcome))
            return web.see("review.check", said, year=year, number=number)
    return _grid_page(seat, phase, parts, form)


@bp.get("/rounds/<int:year>/sheets/<int:number>/check")
@may(*CHECKS)
def check(year: int, number: int) -> Any:
    """The keyed values beside the scan, for another pair of eyes."""
    seat = seat_or_404(year, number)
    return _check_page(seat, forms.CheckForm(()))


def _check_page(seat: Panelist, form: forms.CheckForm) -> Any:
    return web.page("review/check.html", form, seat=seat, sheets=queries.keyed(seat, web.me()))


@bp.post("/rounds/<int:year>/sheets/<int:number>/check")
@may(*CHECKS)
def check_post(year: int, number: int) -> Any:
    """Confirm the sheets that agree with the paper."""
    seat = seat_or_404(year, number)
    keyed = {str(sheet.id): sheet for sheet in queries.keyed(seat, web.me())}
    chosen = [pair.partition(":") for pair in request.form.getlist("sheets")]
    form = forms.CheckForm(request.form.getlist("sheets"))
    sheets = {keyed[key]: int(seen) for key, _colon, seen in chosen if key in keyed and seen.isdigit()}
    if form.validate_on_submit() and web.attempt(
        form, actions.check, sheets=sheets, by=web.me(), at=clock.now()
    ):
        said = _("%(count)s sheets are checked and count from now on.", count=len(sheets))
        return web.see("review.panel", said, year=year)
    return _check_page(seat, form)


@bp.get("/review/sheets/<int:sheet_id>/scan")
@may(*STAFF)
def scan(sheet_id: int) -> Any:
    """The scan of a paper sheet."""
    sheet = web.or_404(queries.sheet(sheet_id, web.me()))
    kept = web.or_404(sheet.paper.scan if sheet.paper else None)
    return downloads.send(kept, inline=True)
