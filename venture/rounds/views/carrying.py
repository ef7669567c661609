"""Money carried over: proposed by one, approved by another."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.people.forms import ActForm
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import access, actions, forms, queries
from venture.rounds.models import CarryOver, MoveState, Round
from venture.rounds.views.shared import act, bp, round_or_404


@bp.get("/rounds/<int:year>/carry-overs")
@may(*STAFF)
def carry_overs(year: int) -> Any:
    return _page(round_or_404(year))


def _page(round: Round, form: Any = None, source: int | None = None) -> Any:
    made = form if isinstance(form, forms.CarryOverForm) else forms.CarryOverForm(formdata=None)
    return web.page(
        "rounds/carry_overs.html",
        form,
        round=round,
        listed=queries.carry_overs(round),
        carry_form=made,
        chosen=source,
        may_plan=access.may_plan(web.me()),
        proposed=MoveState.PROPOSED,
        today=clock.beijing_day(clock.now()),
    )


@bp.post("/rounds/<int:year>/carry-overs/<int:source>")
@fresh
@may(*access.PLANNERS)
def propose_carry_over(year: int, source: int) -> Any:
    round, form = round_or_404(year), forms.CarryOverForm()
    found = web.or_404(next((each for each in round.sources if each.id == source), None))
    given = {name: form[name].data for name in ("until", "document_no", "reason")}
    if form.validate_on_submit() and web.attempt(
        form, actions.propose_carry_over, source=found, **given, **act()
    ):
        said = _("The carry-over was proposed; another person approves it.")
        return web.see("rounds.carry_overs", said, year=year)
    return _page(round, form, source)


def _carry(round: Round, id: int) -> CarryOver:
    return web.or_404(next((each for each in queries.carry_overs(round) if each.id == id), None))


@bp.post("/rounds/<int:year>/carry-overs/<int:id>/approve")
@fresh
@may(Role.APPROVER)
def approve_carry_over(year: int, id: int) -> Any:
    round, form = round_or_404(year), ActForm()
    carry = _carry(round, id)
    if not web.confirmed():
        return web.confirm(
            _("Carry over what %(source)s still has?", source=carry.source.document_no),
            _("Approve the carry-over"),
            back=flask.url_for("rounds.carry_overs", year=year),
            facts=[
                (_("Left, yuan"), money.text(carry.source.left)),
                (_("To be spent by the end of"), carry.source.expires_on),
                (_("Afterwards by the end of"), carry.until),
                (_("Document that allows it"), carry.document_no),
                (_("Reason"), carry.reason),
                (_("Proposed by"), carry.proposed_by.name),
            ],
        )
    if form.validate_on_submit() and web.attempt(form, actions.approve_carry_over, carry=carry, **act()):
        return web.see("rounds.carry_overs", _("The rest was carried over."), year=year)
    return _page(round, form)


@bp.post("/rounds/<int:year>/carry-overs/<int:id>/withdraw")
@may(*access.PLANNERS, Role.APPROVER)
def withdraw_carry_over(year: int, id: int) -> Any:
    actions.withdraw_carry_over(carry=_carry(round_or_404(year), id), **act())
    return web.see("rounds.carry_overs", _("The carry-over was taken back."), year=year)
