"""The working days that differ from the published calendar."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.roles import may
from venture.rounds import access, actions, forms, queries
from venture.rounds.views.shared import act, bp


@bp.get("/workdays")
@may(*access.PLANNERS)
def workdays() -> Any:
    return _workdays(forms.WorkdayForm())


def _workdays(form: Any) -> Any:
    today = clock.beijing_day(clock.now())
    return web.page(
        "rounds/workdays.html",
        form,
        days=queries.workdays(),
        complete=queries.complete_years(),
        missing=queries.year_to_enter(today),
        years=[today.year, today.year + 1],
    )


@bp.post("/workdays")
@may(*access.PLANNERS)
def enter_workday() -> Any:
    form = forms.WorkdayForm()
    given = {"day": form.day.data, "works": form.works.data == "yes", "note": form.note.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.enter_workday, **given, **act()):
        return web.see("rounds.workdays", _("The day was entered."))
    return _workdays(form)


@bp.post("/workdays/<day>/remove")
@may(*access.PLANNERS)
def remove_workday(day: str) -> Any:
    found = web.or_404(queries.workday(day))
    actions.remove_workday(workday=found, **act())
    return web.see("rounds.workdays", _("The day was taken out: the published calendar counts again."))


@bp.post("/workdays/years/<int:year>")
@may(*access.PLANNERS)
def complete_year(year: int) -> Any:
    actions.complete_year(year=year, complete=request.form.get("complete") == "1", **act())
    return web.see("rounds.workdays", _("The year was noted."))
