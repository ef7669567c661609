"""The sheets of one application: looked at, reopened, corrected."""

from typing import Any

import flask
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, web
from venture.applications import access
from venture.applications import queries as applications
from venture.refusal import Refused
from venture.review import actions, forms, queries, versions
from venture.review.models import Sheet, SheetState
from venture.review.views.shared import bp
from venture.review.views.ties import shift_shown
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import queries as rounds


@bp.get("/review/<int:application_id>/comments")
@may(Role.APPLICANT)
def comments(application_id: int) -> Any:
    """What the experts wrote on the whole, for those whose application it is; nothing is here before the result."""
    application = web.or_404(applications.one(application_id, web.me()))
    if not access.may_edit(web.me(), application) or not applications.reads_comments(application):
        raise NotFound
    found = queries.comments_of(application)
    return web.page(
        "review/comments.html", application=application, sight=access.sight(application), comments=found
    )


@bp.get("/review/<int:application_id>/sheets")
@may(*STAFF)
def sheets(application_id: int) -> Any:
    """All sheets of one application, removed ones too, with what happened to them."""
    application = web.or_404(queries.application_of(application_id, web.me()))
    found = queries.sheets_of(application)
    frozen = queries.frozen_in([application.theme_id or 0]).get(application.theme_id or 0)
    takes = versions.takes_marks(application.state, frozen.holds if frozen else None)
    return web.page(
        "review/sheets.html",
        application=application,
        sheets=found,
        score=(score := queries.score_of(application)),
        shown=queries.printed(score.value) or "—",
        events=queries.events_of(found),
        corrections=queries.corrections_of(found),
        marks_of=queries.marks_of,
        notes_of=queries.notes_of,
        subtotals_of=queries.subtotals_of,
        whole=rounds.sheet_points,
        printed=queries.printed,
        open=lambda sheet: queries.changeable(sheet, takes),
        frozen=frozen,
        mended=lambda sheet: bool(frozen and frozen.holds and sheet.state is SheetState.HANDED_IN),
    )


def _sheet(sheet_id: int) -> Sheet:
    return web.or_404(queries.sheet(sheet_id, web.me()))


@bp.get("/review/sheets/<int:sheet_id>/reopen")
@may(Role.APPROVER)
def reopening(sheet_id: int) -> Any:
    """What reopening a sheet does, and its reason."""
    return _reopening_page(_sheet(sheet_id), forms.ReasonForm())


def _reopening_page(sheet: Sheet, form: forms.ReasonForm) -> Any:
    effect = shift_shown(queries.without_sheet_of(sheet.application, sheet.panelist.person))
    return web.page("review/reopening.html", form, sheet=sheet, effect=effect)


@bp.post("/review/sheets/<int:sheet_id>/reopen")
@fresh
@may(Role.APPROVER)
def reopen(sheet_id: int) -> Any:
    """Give a sheet back to its expert."""
    sheet, form = _sheet(sheet_id), forms.ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen, sheet=sheet, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        said = _("The sheet is open again for its expert.")
        return web.see("review.sheets", said, application_id=sheet.application_id)
    return _reopening_page(sheet, form)


@bp.get("/review/sheets/<int:sheet_id>/correct")
@may(Role.OFFICER, Role.APPROVER)
def correction(sheet_id: int) -> Any:
    """The marks of a paper sheet, to be set right."""
    sheet = _sheet(sheet_id)
    given = {f"mark_{code}": mark for code, mark in queries.marks_of(sheet).items()}
    form = forms.CorrectionForm.made(sheet.criteria, data=given)
    return web.page("review/correction.html", form, sheet=sheet)


@bp.post("/review/sheets/<int:sheet_id>/correct")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def correct(sheet_id: int) -> Any:
    """Set marks right, after showing what it does to the score."""
    sheet = _sheet(sheet_id)
    form = forms.CorrectionForm.made(sheet.criteria)
    assert isinstance(form, forms.CorrectionForm)
    if form.validate_on_submit() and not web.confirmed():
        now = {code: mark for code, mark in form.marks.items() if mark is not None}
        scores = queries.score_of(sheet.application), queries.score_of(sheet.application, {sheet.id: now})
        return web.confirm(
            _("Correct a paper sheet"),
            _("Correct the marks"),
            back=flask.url_for("review.sheets", application_id=sheet.application_id),
            facts=[(_("Reason"), form.reason.data), *shift_shown(scores)],
            headers=[_("Criterion"), _("Before"), _("After")],
            rows=_marks_shown(sheet, queries.marks_of(sheet), now),
        )
    given = {"marks": form.marks, "reason": form.reason.data or "", "by": web.me(), "at": clock.now()}
    if not form.errors and web.attempt(form, actions.correct, sheet=sheet, **given):
        return web.see("review.sheets", _("The marks are corrected."), application_id=sheet.application_id)
    return web.page("review/correction.html", form, sheet=sheet)


@bp.get("/review/sheets/<int:sheet_id>/case")
@may(Role.APPROVER)
def case(sheet_id: int) -> Any:
    """One expert's marks of a project whose ranking is frozen, to be corrected for an objection."""
    sheet = _sheet(sheet_id)
    given = {f"mark_{code}": mark for code, mark in queries.marks_of(sheet).items()}
    return web.page("review/case.html", forms.CaseForm.made(sheet.criteria, data=given), sheet=sheet)


@bp.post("/review/sheets/<int:sheet_id>/case")
@fresh
@may(Role.APPROVER)
def correct_case(sheet_id: int) -> Any:
    """Correct one case of a frozen ranking, after showing what it does to the score; the next version says so."""
    sheet = _sheet(sheet_id)
    theme = web.or_404(sheet.application.theme)
    form = forms.CaseForm.made(sheet.criteria)
    assert isinstance(form, forms.CaseForm)
    back = flask.url_for("review.sheets", application_id=sheet.application_id)
    if form.ground.data and not queries.is_objection(theme.round_id, form.ground.data):
        form.refusal = Refused("review.no_objection", "ground")
        return web.page("review/case.html", form, sheet=sheet)
    if form.validate_on_submit() and not web.confirmed():
        now = {code: mark for code, mark in form.marks.items() if mark is not None}
        scores = queries.score_of(sheet.application), queries.score_of(sheet.application, {sheet.id: now})
        return web.confirm(
            _("Correct one case of a frozen ranking"),
            _("Correct and make the next version"),
            back=back,
            facts=[
                (_("Receipt of the objection"), form.ground.data),
                (_("Reason"), form.reason.data),
                *shift_shown(scores),
            ],
            headers=[_("Criterion"), _("Before"), _("After")],
            rows=_marks_shown(sheet, queries.marks_of(sheet), now),
        )
    given = {"ground": form.ground.data or "", "reason": form.reason.data or "", "marks": form.marks}
    if not form.errors and web.attempt(
        form, actions.correct_case, sheet=sheet, by=web.me(), at=clock.now(), **given
    ):
        said = _("The case is corrected; the ranking has a new version.")
        return web.see("review.versions", said, year=theme.round.year, code=theme.code)
    return web.page("review/case.html", form, sheet=sheet)


def _marks_shown(sheet: Sheet, before: dict[str, int], now: dict[str, int]) -> list[tuple[str, str, str]]:
    """The criteria whose mark changes, with both values as printed."""
    return [
        (one.name, queries.printed(before.get(one.code)), queries.printed(now.get(one.code)))
        for one in sheet.criteria
        if before.get(one.code) != now.get(one.code)
    ]
