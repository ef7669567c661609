"""Briefings of a round: when and where, the sign-in list typed or printed."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.roles import STAFF, may
from venture.rounds import access, actions, defaults, forms, queries
from venture.rounds.models import Briefing, Round
from venture.rounds.views.shared import act, bp, round_or_404

LINES = 20
"""Rows of a printed sheet below those that are typed already: one A4 page."""


def _list(round: Round, form: Any = None) -> Any:
    return web.page(
        "rounds/briefings.html",
        form,
        round=round,
        briefings=queries.briefings(round),
        typed=form or forms.BriefingForm(),
        hosts=access.HOSTS,
    )


@bp.get("/rounds/<int:year>/briefings")
@may(*STAFF)
def briefings(year: int) -> Any:
    return _list(round_or_404(year))


def _given(form: Any) -> dict[str, Any]:
    return {"begins_at": form.begins_at.data, "place": form.place.data or "", "note": form.note.data or ""}


@bp.post("/rounds/<int:year>/briefings")
@may(*access.HOSTS)
def hold_briefing(year: int) -> Any:
    round, form = round_or_404(year), forms.BriefingForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.hold_briefing, round=round, **_given(form), **act()
    ):
        return web.see("rounds.briefings", _("The briefing was entered."), year=year)
    return _list(round, form)


def _briefing(id: int) -> Briefing:
    return web.or_404(queries.briefing(id))


def _one(found: Briefing, form: Any = None) -> Any:
    lines = form if isinstance(form, forms.AttendanceForm) else forms.AttendanceForm(formdata=None)
    if lines is not form:
        kind = defaults.SignedIn
        lines.fill([kind(row.name, row.organization, row.phone) for row in found.attendances])
    change = form if isinstance(form, forms.BriefingForm) else forms.BriefingForm(formdata=None, obj=found)
    return web.page(
        "rounds/briefing.html", form, briefing=found, lines=lines, change=change, hosts=access.HOSTS
    )


@bp.get("/briefings/<int:id>")
@may(*STAFF)
def briefing(id: int) -> Any:
    return _one(_briefing(id))


@bp.post("/briefings/<int:id>")
@may(*access.HOSTS)
def change_briefing(id: int) -> Any:
    found, form = _briefing(id), forms.BriefingForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.change_briefing, briefing=found, **_given(form), **act()
    ):
        return web.see("rounds.briefing", _("The briefing was changed."), id=id)
    return _one(found, form)


@bp.post("/briefings/<int:id>/attendance")
@may(*access.HOSTS)
def save_attendance(id: int) -> Any:
    found, form = _briefing(id), forms.AttendanceForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.save_attendance, briefing=found, lines=form.lines(), **act()
    ):
        return web.see("rounds.briefing", _("The sign-in list was saved."), id=id)
    return _one(found, form)


@bp.get("/briefings/<int:id>/print")
@may(*STAFF)
def briefing_pdf(id: int) -> Any:
    """The sign-in sheet on A4: the lines that are typed, and empty ones to sign on paper."""
    found = _briefing(id)
    at = clock.beijing(found.begins_at)
    rows = [[row.name, row.organization, row.phone, ""] for row in found.attendances]
    given = {
        "title": _("Sign-in sheet of the briefing"),
        "facts": [
            (_("Round"), found.round.name),
            (_("Begins at (Beijing time)"), f"{at:%Y-%m-%d %H:%M}"),
            (_("Place"), found.place),
        ],
        "heads": [_("No."), _("Full name"), _("Organization"), _("Telephone"), _("Signature")],
        "rows": [[str(number), *row] for number, row in enumerate([*rows, *[[""] * 4] * LINES], start=1)],
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }
    fonts = flask.current_app.settings.fonts  # type: ignore[attr-defined]  # set by web.start
    web.rollback()
    return downloads.made(documents.pdf("sign_in", given, fonts=fonts), f"briefing-{id}.pdf")
