"""Money between themes: proposed, approved, entered from paper."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import downloads, money, web
from venture.people import queries as people
from venture.people.forms import ActForm
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import access, actions, forms, queries
from venture.rounds.models import MoveState, Round, ThemeMove
from venture.rounds.views.shared import act, bp, round_or_404

MOVERS = (*access.PLANNERS, Role.APPROVER)


@bp.get("/rounds/<int:year>/moves")
@may(*STAFF)
def moves(year: int) -> Any:
    return _moves(round_or_404(year))


def _moves(round: Round, form: Any = None) -> Any:
    paper_form = form if isinstance(form, forms.MovePaperForm) else forms.MovePaperForm(formdata=None)
    paper_form.offer_signers(people.people_with(Role.APPROVER))
    move_form = form if isinstance(form, forms.MoveForm) else forms.MoveForm(formdata=None)
    move_form.offer(round.themes)
    listed = queries.moves(round)
    return web.page(
        "rounds/moves.html",
        form,
        round=round,
        moves=listed,
        move_form=move_form,
        paper_form=paper_form,
        may_plan=access.may_plan(web.me()),
        may_check=web.me().holds(*MOVERS),
        approvable={move.id for move in listed if access.may_approve(web.me(), move)},
        proposed=MoveState.PROPOSED,
    )


@bp.post("/rounds/<int:year>/moves")
@fresh
@may(*access.PLANNERS)
def propose_move(year: int) -> Any:
    round, form = round_or_404(year), forms.MoveForm()
    form.offer(round.themes)
    source, target = (
        next((theme for theme in round.themes if theme.id == field.data), None)
        for field in (form.source, form.target)
    )
    given = {"source": source, "target": target, "amount": form.amount.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.propose_move, **given, **act()):
        return web.see("rounds.moves", _("The move was proposed; another person approves it."), year=year)
    return _moves(round, form)


def _move(year: int, id: int) -> ThemeMove:
    found = web.or_404(queries.move(id))
    return web.or_404(found if found.round.year == year else None)


def _moved(move: ThemeMove) -> list[tuple[Any, ...]]:
    """Both themes before and after the move, with their part of the round's total."""
    total = move.round.total
    return [
        (
            theme.name,
            *(
                f"{money.text(sum_)} ({money.percent_tenths(sum_, total)} %)"
                for sum_ in (theme.earmark, theme.earmark + by)
            ),
            money.text(theme.committed),
        )
        for theme, by in ((move.source, -move.amount), (move.target, move.amount))
    ]


def _confirm_move(move: ThemeMove, verb: str, warning: str = "") -> str:
    return web.confirm(
        _("Move %(amount)s yuan between themes?", amount=money.text(move.amount)),
        verb,
        back=flask.url_for("rounds.moves", year=move.round.year),
        facts=[(_("Reason"), move.reason), (_("Proposed by"), move.proposed_by.name)],
        headers=[_("Theme"), _("Earmark now"), _("Earmark afterwards"), _("Already awarded")],
        rows=_moved(move),
        warning=warning,
    )


@bp.post("/rounds/<int:year>/moves/<int:id>/approve")
@fresh
@may(Role.APPROVER)
def approve_move(year: int, id: int) -> Any:
    move, form = _move(year, id), ActForm()
    if not web.confirmed():
        return _confirm_move(move, _("Approve the move"))
    if form.validate_on_submit() and web.attempt(form, actions.approve_move, move=move, **act()):
        return web.see("rounds.moves", _("The money was moved."), year=year)
    return _moves(round_or_404(year), form)


@bp.post("/rounds/<int:year>/moves/<int:id>/withdraw")
@may(*MOVERS)
def withdraw_move(year: int, id: int) -> Any:
    actions.withdraw_move(move=_move(year, id), **act())
    return web.see("rounds.moves", _("The move was taken back; nothing was moved."), year=year)


@bp.post("/rounds/<int:year>/moves/<int:id>/paper")
@fresh
@may(*access.PLANNERS)
def enter_move_paper(year: int, id: int) -> Any:
    move, form = _move(year, id), forms.MovePaperForm()
    signers = people.people_with(Role.APPROVER)
    form.offer_signers(signers)
    signer = next((person for person in signers if person.id == form.signer.data), None)
    given = {"signer": signer, "signed_on": form.signed_on.data, "scan": web.staged("scan")}
    if form.validate_on_submit() and web.attempt(form, actions.enter_move_paper, move=move, **given, **act()):
        said = _("The paper was entered. The money moves once another person has checked the entry.")
        return web.see("rounds.moves", said, year=year)
    return _moves(round_or_404(year), form)


@bp.post("/rounds/<int:year>/moves/<int:id>/check")
@fresh
@may(*MOVERS)
def check_move_paper(year: int, id: int) -> Any:
    move, form = _move(year, id), ActForm()
    if not web.confirmed():
        warning = _("Compare signer, day and amount with the paper first: with your check the money moves.")
        return _confirm_move(move, _("The entry is right"), warning)
    if form.validate_on_submit() and web.attempt(form, actions.check_move_paper, move=move, **act()):
        return web.see("rounds.moves", _("The money was moved."), year=year)
    return _moves(round_or_404(year), form)


@bp.get("/rounds/<int:year>/moves/<int:id>/scan")
@may(*STAFF)
def move_scan(year: int, id: int) -> Any:
    paper = web.or_404(_move(year, id).paper)
    return downloads.send(web.or_404(paper.scan), inline=True)
