"""More time than the closing gives, for all or for one."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.applications import actions, forms, queries
from venture.applications.views.shared import bp
from venture.people import queries as people
from venture.roles import Role, fresh, may
from venture.rounds import queries as rounds


@bp.app_template_global()
def late_admissions(round: Any) -> Any:
    """The organizations that may send after the closing; for the round's page."""
    return queries.admissions(round)


def _more_time_page(round: Any, form: forms.MoreTimeForm) -> Any:
    return web.page("applications/more_time.html", form, round=round)


@bp.get("/rounds/<int:year>/more-time")
@may(Role.OFFICER)
def more_time(year: int) -> Any:
    form = forms.MoreTimeForm().offer(people.every_organization())
    return _more_time_page(web.or_404(rounds.by_year(year)), form)


@bp.post("/rounds/<int:year>/more-time")
@fresh
@may(Role.OFFICER)
def more_time_post(year: int) -> Any:
    round, bodies = web.or_404(rounds.by_year(year)), people.every_organization()
    form = forms.MoreTimeForm().offer(bodies)
    organization = next((body for body in bodies if str(body.id) == form.organization.data), None)
    until: Any = form.until.data
    given = {"round": round, "organization": organization, "until": until, "reason": form.reason.data}
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.give_time, by=web.me(), at=clock.now(), **given)
    ):
        return _more_time_page(round, form)
    if web.confirmed():
        said = _("More time has been given; the messages wait in the outbox.")
        return web.see("applications.more_time", said, year=year)
    web.rollback()
    told = len(queries.recipients(round, organization))
    rows = queries.concerned(round, organization)
    closing = queries.closing_for(round, organization) if organization else round.closes_at
    return web.confirm(
        _("Give more time?"),
        _("Give more time"),
        back=flask.url_for("applications.more_time", year=year),
        facts=[
            (_("Whom it concerns"), organization.name if organization else _("All organizations")),
            (_("Closing on record"), clock.beijing(closing).strftime("%Y-%m-%d %H:%M:%S")),
            (_("Applications until"), clock.beijing(until).strftime("%Y-%m-%d %H:%M:%S")),
            (_("People told by message"), told),
        ],
        headers=[_("Organization"), _("State")],
        rows=[(row.organization.name, queries.shown_state(row)) for row in rows],
    )
