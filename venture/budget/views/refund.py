"""Money claimed back: the round's list, one claim, what came on it, each with its way back."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.budget import access, actions, queries
from venture.budget.forms import ClaimForm, RefundForm
from venture.budget.models import Award, Claim, Refund
from venture.budget.views.award import award_or_404
from venture.budget.views.shared import act, bp, crumbs, new_key, round_or_404, sums
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may


@bp.get("/rounds/<int:year>/claims")
@may(*access.PAGES)
def claims(year: int) -> Any:
    round = round_or_404(year)
    return web.page(
        "budget/claims.html",
        round=round,
        crumbs=crumbs(round),
        claims=queries.claims(round, web.me()),
        today=clock.beijing_day(clock.now()),
    )


def _claiming(found: Award, form: ClaimForm) -> Any:
    return act(
        _("Claim money back"),
        _("Claim the money back"),
        form,
        back=flask.url_for("budget.award", id=found.id),
        facts=[
            (_("Project"), found.application.title),
            (_("Organization"), found.application.organization.name),
            (_("Paid so far"), f"{money.text(found.paid)} {_('yuan')}"),
            (_("Claimed back already"), f"{money.text(found.claimed)} {_('yuan')}"),
        ],
        warning=_("The organization is told; its message waits in the outbox."),
        hints={"due_on": _("For example 2018-05-20.")},
    )


@bp.get("/awards/<int:id>/claim")
@may(Role.OFFICER, Role.APPROVER)
def claiming(id: int) -> Any:
    return _claiming(award_or_404(id), ClaimForm(key=new_key()))


@bp.post("/awards/<int:id>/claim")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def claim_back(id: int) -> Any:
    found, form = award_or_404(id), ClaimForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.claim_back,
        award=found,
        amount=form.amount.data,
        reason=form.reason.data,
        due_on=form.due_on.data,
        key=form.key.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The money is claimed back."), id=id)
    return _claiming(award_or_404(id), form)


def claim_or_404(id: int) -> Claim:
    """The claim, if the person may see its award."""
    return web.or_404(queries.claim(id, web.me()))


def _facts(found: Claim) -> list[tuple[str, Any]]:
    return [
        (_("Project"), found.award.application.title),
        (_("Organization"), found.award.application.organization.name),
        *sums(found.amount),
        (_("Still to come back"), f"{money.text(found.open)} {_('yuan')}"),
        (_("To be paid back by"), found.due_on),
        (_("Reason"), found.reason),
    ]


def _withdrawing(found: Claim, form: ReasonForm) -> Any:
    return act(
        _("No longer claim it back"),
        _("No longer claim it back"),
        form,
        back=flask.url_for("budget.award", id=found.award_id),
        facts=_facts(found),
        warning=_("What came back on it stays booked."),
        danger=True,
    )


@bp.get("/claims/<int:id>/withdraw")
@may(Role.OFFICER, Role.APPROVER)
def withdrawing(id: int) -> Any:
    return _withdrawing(claim_or_404(id), ReasonForm())


@bp.post("/claims/<int:id>/withdraw")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def withdraw_claim(id: int) -> Any:
    found, form = claim_or_404(id), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.withdraw_claim, claim=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award", _("The money is no longer claimed back."), id=found.award_id)
    return _withdrawing(claim_or_404(id), form)


def _receiving(found: Claim, form: RefundForm) -> Any:
    return act(
        _("Money was paid back"),
        _("Record that the money came"),
        form,
        back=flask.url_for("budget.award", id=found.award_id),
        facts=_facts(found),
        warning=_(
            "It returns to the theme %(theme)s, and to the source it was paid from.",
            theme=found.award.theme.name,
        ),
        hints={"amount": _("A part of it, or all."), "received_on": _("For example 2018-05-20.")},
    )


@bp.get("/claims/<int:id>/receive")
@may(Role.FINANCE)
def receiving(id: int) -> Any:
    return _receiving(claim_or_404(id), RefundForm(key=new_key()))


@bp.post("/claims/<int:id>/receive")
@fresh
@may(Role.FINANCE)
def receive_refund(id: int) -> Any:
    found, form = claim_or_404(id), RefundForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.receive_refund,
        claim=found,
        amount=form.amount.data,
        received_on=form.received_on.data,
        voucher_no=form.voucher_no.data,
        key=form.key.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The money is recorded as paid back."), id=found.award_id)
    return _receiving(claim_or_404(id), form)


def refund_or_404(id: int) -> Refund:
    """The receipt, if the person may see its award."""
    return web.or_404(queries.refund(id, web.me()))


def _undoing(found: Refund, form: ReasonForm) -> Any:
    return act(
        _("The money did not come after all"),
        _("Undo the receipt"),
        form,
        back=flask.url_for("budget.award", id=found.claim.award_id),
        facts=[
            (_("Project"), found.claim.award.application.title),
            *sums(found.amount),
            (_("Voucher number"), found.voucher_no),
            (_("Day it came"), found.received_on),
        ],
        warning=_("By new entries in the ledger the sum is to be paid back again; both stay readable."),
        danger=True,
    )


@bp.get("/refunds/<int:id>/undo")
@may(Role.FINANCE)
def undoing_refund(id: int) -> Any:
    return _undoing(refund_or_404(id), ReasonForm())


@bp.post("/refunds/<int:id>/undo")
@fresh
@may(Role.FINANCE)
def undo_refund(id: int) -> Any:
    found, form = refund_or_404(id), ReasonForm()
    award = found.claim.award_id
    if form.validate_on_submit() and web.attempt(
        form, actions.undo_refund, refund=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award", _("The receipt is undone; both stay readable."), id=award)
    return _undoing(refund_or_404(id), form)
