"""Awards after the notice, one award with its money, conditions for many at once."""

from collections.abc import Sequence
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, money, trail, web
from venture.budget import access, actions, queries
from venture.budget.forms import ConditionForm, LowerForm, Rows
from venture.budget.models import Award, AwardState, Notice
from venture.budget.views.notice import staff_notice
from venture.budget.views.shared import act, bp, crumbs, round_or_404, sums, tried
from venture.people import access as people
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may, signed_in
from venture.rounds.models import Condition, Round

# --- award the list ---


def _award_page(found: Notice, form: Rows) -> Any:
    lines = [line for line in found.decision.lines if line.decided]
    return web.page(
        "budget/award_list.html",
        form,
        notice=found,
        crumbs=crumbs(found.decision.round),
        lines=lines,
        blocked=_blocked(found, lines),
        over=clock.now() >= clock.end_of_day(found.ends_on),
        awards={award.line_id: award for award in queries.awards(found.decision.round, web.me())},
    )


def _blocked(found: Notice, lines: Sequence[Any]) -> dict[str, Any]:
    """What keeps each row from being awarded, by the name of its box."""
    blockers = actions.award_blockers(found, lines, clock.now())
    return {blocker.field: blocker for blocker in blockers if blocker.field}


@bp.get("/notices/<int:id>/award")
@may(*access.PAGES)
def award_list(id: int) -> Any:
    return _award_page(staff_notice(id), Rows())


@bp.post("/notices/<int:id>/award")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def award_post(id: int) -> Any:
    found, form = staff_notice(id), Rows()
    lines = [line for line in found.decision.lines if line.id in form.ticked("take")]
    if form.readable() and tried(
        form, actions.award_list, notice=found, lines=lines, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            said = _("%(count)s projects are awarded. Their messages wait in the outbox.", count=len(lines))
            return web.see("budget.awards", said, year=found.decision.round.year)
        return _award_preview(found, lines)
    return _award_page(found, form)


def _award_preview(found: Notice, lines: Sequence[Any]) -> Any:
    return web.confirm(
        _("Award the list"),
        _("Award the projects"),
        back=flask.url_for("budget.award_list", id=found.id),
        facts=[(_("Projects"), len(lines)), *sums(sum(line.decided for line in lines))],
        headers=[_("Project"), _("Organization"), _("Theme"), _("Approved amount")],
        rows=[
            [
                line.application.title,
                line.application.organization.name,
                line.theme.name,
                money.text(line.decided),
            ]
            for line in lines
        ],
    )


@bp.get("/rounds/<int:year>/awards")
@may(*access.PAGES)
def awards(year: int) -> Any:
    round = round_or_404(year)
    rows = queries.awards(round, web.me())
    return web.page(
        "budget/awards.html",
        round=round,
        crumbs=crumbs(round),
        awards=rows,
        live=[award for award in rows if award.state is AwardState.LIVE],
        balances=queries.balances(round),
        notices=queries.notices_of(round),
    )


@bp.get("/audit")
@signed_in
def audited() -> Any:
    """The projects assigned to somebody of an audit firm; for everybody else there is nothing here."""
    words = request.args.get("words", "")
    rows = queries.audited(web.me(), words) if web.me().audits else None
    return web.page("budget/audited.html", rows=web.or_404(rows), words=words)


# --- one award ---


def award_or_404(id: int) -> Award:
    """The award, if the person may see it."""
    return web.or_404(queries.award(id, web.me()))


@bp.get("/awards/<int:id>")
@signed_in
def award(id: int) -> Any:
    found = award_or_404(id)
    staff = web.me().holds(*access.PAGES)
    return web.page(
        "budget/award.html",
        award=found,
        sight=access.sight(found),
        staff=staff,
        crumbs=crumbs(found.theme.round, (_("Awards"), f"/rounds/{found.theme.round.year}/awards"))
        if staff
        else [],
        dues=queries.dues([found]),
        standings={row.part.id: row for row in queries.standings([found])},
        claims=queries.claims_of(found),
        hands_in=not access.hand_in_blockers(web.me(), found),
        corrections=queries.corrections_of([found])[found.id],
        revision=queries.revision_of(found),
        texts=queries.agreements_of(found),
        amendments=queries.amendments_of(found),
        scans=queries.scans([found]),
        reopened=queries.corrections_of(found.instalments),
        events=trail.history(found) if staff else [],
        whole=people.may_see_account(web.me(), found.application.organization),
    )


def facts_of(found: Award) -> list[tuple[str, Any]]:
    """What an act on one award concerns."""
    return [
        (_("Project number"), found.project_no),
        (_("Project"), found.application.title),
        (_("Organization"), found.application.organization.name),
        (_("Approved amount"), f"{money.text(found.amount)} {_('yuan')}"),
        (_("Paid so far"), f"{money.text(found.paid)} {_('yuan')}"),
        (_("Requested, not yet paid"), f"{money.text(found.pending)} {_('yuan')}"),
    ]


def _cancelling(found: Award, form: ReasonForm) -> Any:
    return act(
        _("Cancel the award"),
        _("Cancel the award"),
        form,
        back=flask.url_for("budget.award", id=found.id),
        facts=[
            *facts_of(found),
            (_("Returns to the theme"), f"{money.text(found.left)} {_('yuan')}"),
        ],
        warning=_(
            "Requests under way are sent back, unsent messages are withdrawn. What is paid stays paid. "
            "This is not taken back."
        ),
        danger=True,
    )


@bp.get("/awards/<int:id>/cancel")
@may(Role.APPROVER)
def cancelling(id: int) -> Any:
    return _cancelling(award_or_404(id), ReasonForm())


@bp.post("/awards/<int:id>/cancel")
@fresh
@may(Role.APPROVER)
def cancel(id: int) -> Any:
    found, form = award_or_404(id), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.cancel, award=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award", _("The award is cancelled."), id=id)
    return _cancelling(found, form)


def _lowering(found: Award, form: LowerForm) -> Any:
    return act(
        _("Contract less than was approved"),
        _("Lower the contracted amount"),
        form,
        back=flask.url_for("budget.award", id=found.id),
        facts=facts_of(found),
        warning=_(
            "The difference returns to the theme and the instalments are reckoned anew. What was approved stays on "
            "record; the amount is not raised again."
        ),
        danger=True,
    )


@bp.get("/awards/<int:id>/lower")
@may(Role.APPROVER)
def lowering(id: int) -> Any:
    return _lowering(award_or_404(id), LowerForm())


@bp.post("/awards/<int:id>/lower")
@fresh
@may(Role.APPROVER)
def lower(id: int) -> Any:
    found, form = award_or_404(id), LowerForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.lower,
        award=found,
        amount=form.amount.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The contracted amount is lowered."), id=id)
    return _lowering(found, form)


def _reopening(found: Award, condition: Condition, form: ReasonForm) -> Any:
    return act(
        _("Take back that a condition is met"),
        _("Take it back"),
        form,
        back=flask.url_for("budget.award", id=found.id),
        facts=[*facts_of(found), (_("Condition"), _(condition.label))],
        warning=_("What was paid on it stays paid; the page of the award will say so."),
        danger=True,
    )


@bp.get("/awards/<int:id>/conditions/<word>/reopen")
@may(Role.OFFICER)
def reopening(id: int, word: str) -> Any:
    return _reopening(award_or_404(id), _condition(word), ReasonForm())


@bp.post("/awards/<int:id>/conditions/<word>/reopen")
@may(Role.OFFICER)
def reopen(id: int, word: str) -> Any:
    found, form, condition = award_or_404(id), ReasonForm(), _condition(word)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.reopen_condition,
        award=found,
        condition=condition,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The condition counts as not met again."), id=id)
    return _reopening(found, condition, form)


def _condition(word: str) -> Condition:
    return web.or_404(next((each for each in Condition if each.value == word), None))


# --- conditions of many awards ---


def _conditions_page(round: Round, condition: Condition, form: ConditionForm) -> Any:
    rows = queries.conditional(round, web.me(), condition)
    return web.page(
        "budget/conditions.html",
        form,
        round=round,
        crumbs=crumbs(round),
        condition=condition,
        conditions=[each for each in Condition if each is not Condition.SIGNED],
        waiting=[row for row in rows if row[1].met_on is None],
        met=[row for row in rows if row[1].met_on is not None],
    )


@bp.get("/rounds/<int:year>/conditions")
@may(*access.PAGES)
def conditions(year: int) -> Any:
    condition = _condition(request.args.get("condition", Condition.MIDTERM.value))
    return _conditions_page(round_or_404(year), condition, ConditionForm())


@bp.post("/rounds/<int:year>/conditions")
@may(Role.OFFICER)
def meet(year: int) -> Any:
    round, form = round_or_404(year), ConditionForm()
    condition = _condition(request.form.get("condition", ""))
    rows = queries.conditional(round, web.me(), condition)
    chosen = [award for award, part in rows if award.id in form.ticked("take")]
    if form.readable() and tried(
        form,
        actions.meet_conditions,
        awards=chosen,
        condition=condition,
        on=form.on.data,
        note=form.note.data,
        by=web.me(),
        at=clock.now(),
    ):
        if web.confirmed():
            said = _("The condition is met for %(count)s projects.", count=len(chosen))
            return web.see("budget.conditions", said, year=year, condition=condition.value)
        return _meeting_preview(round, condition, chosen, form.on.data)
    return _conditions_page(round, condition, form)


def _meeting_preview(round: Round, condition: Condition, chosen: Sequence[Award], on: Any) -> Any:
    due = queries.due_days([(award, on) for award in chosen], condition)
    parts = {
        award.id: [part for part in award.instalments if part.condition is condition] for award in chosen
    }
    return web.confirm(
        _("Note that the condition is met"),
        _("Note it for these projects"),
        back=flask.url_for("budget.conditions", year=round.year, condition=condition.value),
        facts=[(_("Condition"), _(condition.label)), (_("Day it was met"), on), (_("Projects"), len(chosen))],
        headers=[_("Project"), _("Organization"), _("Instalment"), _("Amount"), _("Due day")],
        rows=[
            [
                award.application.title,
                award.application.organization.name,
                "、".join(part.name for part in parts[award.id]),
                money.text(sum(part.amount for part in parts[award.id])),
                due[award.id],
            ]
            for award in chosen
        ],
    )
