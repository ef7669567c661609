"""The page of a running project, the organization's list, the bureau's list of a round, the table of a month."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.applications.models import CostTable
from venture.budget import queries as budget
from venture.budget.models import Award
from venture.delivery import access, heads, queries
from venture.delivery.models import Activity, MonthPlan
from venture.delivery.views.shared import award_or_404, bp, crumbs
from venture.roles import Role, may, signed_in
from venture.rounds import queries as rounds

QUIET, SOON = 30, 60
"""Days without an activity, and before the last day, after which the project's page says so."""


def _today() -> date:
    return clock.beijing_day(clock.now())


@bp.get("/projects")
@may(Role.APPLICANT)
def mine() -> Any:
    """The projects of the person's organizations."""
    return web.page("delivery/mine.html", rows=queries.of_person(web.me()), today=_today())


@bp.get("/rounds/<int:year>/projects")
@may(*access.PAGES)
def running(year: int) -> Any:
    """The bureau's list: who does what, who is silent, how much is spent, what waits for an answer."""
    round = web.or_404(rounds.by_year(year))
    return web.page(
        "delivery/running.html",
        round=round,
        rows=queries.of_round(round, web.me()),
        waiting=queries.waiting(round, web.me()),
        today=_today(),
    )


@bp.get("/projects/<int:id>")
@signed_in
def project(id: int) -> Any:
    """One project: what is due next, activities, spending by head, requests, money."""
    found = award_or_404(id)
    listed, held, planned = queries.heads_of(found), queries.activities(found), queries.plans(found)
    ends_on, own = queries.ends_on(found), access.is_own(web.me(), found)
    return web.page(
        "delivery/project.html",
        award=found,
        crumbs=crumbs(found)[:-1],
        sight=access.sight(found),
        own=own,
        records=queries.records(found),
        runs=queries.runs(found),
        starts_on=budget.promised([found])[found.id].starts_on,
        ends_on=ends_on,
        next=_next(found, listed, held, planned, ends_on) if own and queries.runs(found) else [],
        heads=listed,
        totals={table: heads.total(listed, table) for table in CostTable},
        activities=held,
        times=queries.attendances(found),
        changes=queries.changes(found),
        plans=planned,
        dues=budget.dues([found]),
    )


def _next(
    award: Award,
    listed: Sequence[heads.Head],
    held: Sequence[Activity],
    planned: Sequence[MonthPlan],
    ends: date | None,
) -> list[tuple[str, str]]:
    """What is due next for the organization of a running project, each with what it is about."""
    found = []
    today = _today()
    last = next((each.held_on for each in held if each.struck_at is None), award.signed_on)
    if last is not None and (today - last).days > QUIET:
        found.append(
            (_("Record an activity"), _("The last one is %(days)s days ago.", days=(today - last).days))
        )
    found += [(_("Move budget to a head"), _(each.category.label)) for each in listed if each.over]
    if ends is not None and (ends - today).days <= SOON:
        late = _("The last day is over; ask for an extension if work goes on.")
        found.append((_("The project ends"), f"{ends.isoformat()} {late if ends < today else ''}".strip()))
    month = queries.month_of(today)[1]
    if award.theme.round.monthly_plan and not any(plan.month == month for plan in planned):
        found.append((_("Send the plan of next month"), month.isoformat()[:7]))
    return found


@bp.get("/projects/<int:id>/month")
@signed_in
def month(id: int) -> Any:
    """月度收支表: budget, spending of the month and in all, what is left, rate, by head."""
    found = award_or_404(id)
    first = month_asked() or queries.month_of(_today())[0]
    listed = queries.spent_as_of(found, first)
    return web.page(
        "delivery/month.html",
        award=found,
        crumbs=crumbs(found),
        month=first,
        heads=listed,
        totals={table: heads.total(listed, table) for table in CostTable},
    )


def month_asked() -> date | None:
    """The month in the address, «2018-09», as its first day."""
    try:
        return date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return None
