"""More time than the closing gives: for all, for one, or for single papers."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.applications import actions, forms, queries
from venture.applications.models import Application
from venture.applications.views.shared import bp, found_or_404
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
            (_("Closing on record"), clock.limit_text(closing)),
            (_("Applications until"), clock.limit_text(until)),
            (_("People told by message"), told),
        ],
        headers=[_("Organization"), _("State")],
        rows=[(row.organization.name, _(queries.shown_state(row).label)) for row in rows],
    )


def _late_papers_page(application: Application, form: forms.LatePapersForm) -> Any:
    return web.page("applications/late_papers.html", form, application=application)


@bp.get("/applications/<int:id>/late-papers")
@may(Role.OFFICER)
def late_papers(id: int) -> Any:
    application = found_or_404(id)
    return _late_papers_page(application, forms.LatePapersForm().offer(application.round.papers))


@bp.post("/applications/<int:id>/late-papers")
@fresh
@may(Role.OFFICER)
def late_papers_post(id: int) -> Any:
    application = found_or_404(id)
    form = forms.LatePapersForm().offer(application.round.papers)
    chosen = [kind for kind in application.round.papers if kind.id in (form.kinds.data or [])]
    given = {"kinds": chosen, "until": form.until.data, "reason": form.reason.data}
    if not (
        form.validate_on_submit()
        and web.attempt(
            form, actions.admit_papers, application=application, by=web.me(), at=clock.now(), **given
        )
    ):
        return _late_papers_page(found_or_404(id), form)
    if web.confirmed():
        said = _("The papers may come; the messages wait in the outbox.")
        return web.see("applications.one", said, id=id)
    until: Any = form.until.data
    names = [kind.name for kind in chosen]
    web.rollback()
    told = len(queries.recipients(application.round, application.organization))
    return web.confirm(
        _("Admit late papers?"),
        _("Admit the papers"),
        back=flask.url_for("applications.late_papers", id=id),
        facts=[
            (_("Application"), f"{application.number} {application.title}"),
            (_("Organization"), application.organization.name),
            (_("Papers that may still come"), _(", ").join(names)),
            (_("Taken until"), clock.limit_text(until)),
            (_("People told by message"), told),
        ],
        warning=_("What was submitted stays as it is; each paper is marked with the moment when it comes."),
    )
