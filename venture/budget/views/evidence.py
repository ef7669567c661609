"""Receipts and invoices, changed accounts, and the list of who waits since when for which money."""

from collections import Counter
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.budget import access, actions, queries
from venture.budget.forms import AccountChangeForm, InvoiceForm
from venture.budget.models import AccountChange, Instalment, Invoice
from venture.budget.views.shared import act, bp, crumbs, round_or_404, sent
from venture.people import access as people
from venture.people import queries as organizations
from venture.people.forms import ReasonForm
from venture.people.models import Organization
from venture.roles import STAFF, Role, fresh, may, signed_in


@bp.get("/rounds/<int:year>/waiting")
@may(*access.PAGES)
def waiting(year: int) -> Any:
    round = round_or_404(year)
    return web.page(
        "budget/waiting.html", round=round, crumbs=crumbs(round), rows=queries.waits(round, web.me())
    )


# --- receipts and invoices ---


def instalment_or_404(id: int) -> Instalment:
    """The instalment, if the person may hand something in for it."""
    found = web.or_404(queries.instalment(id, web.me()))
    return web.or_404(None if access.hand_in_blockers(web.me(), found.award) else found)


def _handing_in(found: Instalment, form: InvoiceForm) -> Any:
    return act(
        _("Hand in a receipt or invoice"),
        _("Hand it in"),
        form,
        back=flask.url_for("budget.award", id=found.award_id),
        facts=[
            (_("Project"), found.award.application.title),
            (_("Instalment"), found.name),
            (_("Amount"), f"{money.text(found.payable)} {_('yuan')}"),
        ],
        hints={
            "amount": _("It must be exactly the amount of the instalment."),
            "issued_on": _("For example 2018-05-20."),
            "scan": _("PDF, JPG or PNG, at most 20 MB."),
        },
    )


@bp.get("/instalments/<int:id>/invoice")
@signed_in
def handing_in(id: int) -> Any:
    found = instalment_or_404(id)
    return _handing_in(found, InvoiceForm(amount=found.payable))


@bp.post("/instalments/<int:id>/invoice")
@signed_in
def hand_in_invoice(id: int) -> Any:
    found, form = instalment_or_404(id), InvoiceForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.hand_in_invoice,
        instalment=found,
        kind=form.kind.data,
        number=form.number.data,
        issued_on=form.issued_on.data,
        amount=form.amount.data,
        scan=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The receipt or invoice is handed in."), id=found.award_id)
    return _handing_in(instalment_or_404(id), form)


def invoice_or_404(id: int) -> Invoice:
    """The invoice, if the person may see its award."""
    return web.or_404(queries.invoice(id, web.me()))


@bp.get("/invoices/<int:id>/scan")
@signed_in
def invoice_scan(id: int) -> Any:
    return sent(invoice_or_404(id).scan)


def _taking_back(found: Invoice, form: ReasonForm) -> Any:
    return act(
        _("Take a receipt or invoice back"),
        _("Take it back"),
        form,
        back=flask.url_for("budget.award", id=found.instalment.award_id),
        facts=[
            (_("Project"), found.instalment.award.application.title),
            (_("Instalment"), found.instalment.name),
            (_(found.kind.label), found.number),
            (_("Amount"), f"{money.text(found.amount)} {_('yuan')}"),
        ],
        warning=_("It stays readable with the reason; its number is free again."),
    )


@bp.get("/invoices/<int:id>/withdraw")
@signed_in
def withdrawing_invoice(id: int) -> Any:
    return _taking_back(_own_invoice(id), ReasonForm())


@bp.post("/invoices/<int:id>/withdraw")
@signed_in
def withdraw_invoice(id: int) -> Any:
    found, form = _own_invoice(id), ReasonForm()
    award = found.instalment.award_id
    if form.validate_on_submit() and web.attempt(
        form, actions.withdraw_invoice, invoice=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award", _("The receipt or invoice is taken back."), id=award)
    return _taking_back(_own_invoice(id), form)


def _own_invoice(id: int) -> Invoice:
    found = invoice_or_404(id)
    return web.or_404(None if access.hand_in_blockers(web.me(), found.instalment.award) else found)


# --- changed accounts ---


@bp.get("/account-changes")
@may(*STAFF)
def account_changes() -> Any:
    changes = queries.account_changes(web.me())
    return web.page(
        "budget/account_changes.html",
        changes=changes,
        waiting=Counter(
            each.instalment.award.application.organization_id
            for each in queries.waiting_for([each.organization for each in changes if not each.decided_at])
        ),
        whole={each.id: people.may_see_account(web.me(), each.organization) for each in changes},
    )


def body_or_404(id: int) -> Organization:
    """The organization, if the person may ask for another account of it."""
    found = web.or_404(organizations.organization(id, web.me()))
    return web.or_404(None if access.account_blockers(web.me(), found) else found)


def _asking(found: Organization, form: AccountChangeForm) -> Any:
    return act(
        _("Another payee account"),
        _("Ask for it"),
        form,
        back=flask.url_for("people.one_organization", id=found.id),
        facts=[
            (_("Organization"), found.name),
            (_("Account now"), f"{found.account_name} · {found.bank} · {found.account_no[-4:]}"),
        ],
        warning=_(
            "Another person approves it. It counts for later payments only; what is requested and not paid yet is "
            "sent back and requested again."
        ),
        hints={
            "account_name": _("Must be the name of the organization: %(name)s", name=found.name),
            "scan": _("PDF, JPG or PNG, at most 20 MB."),
        },
    )


@bp.get("/organizations/<int:id>/account-change")
@signed_in
def new_account(id: int) -> Any:
    return _asking(body_or_404(id), AccountChangeForm())


@bp.post("/organizations/<int:id>/account-change")
@fresh
@signed_in
def ask_account_change(id: int) -> Any:
    found, form = body_or_404(id), AccountChangeForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.ask_account_change,
        organization=found,
        account_name=form.account_name.data,
        bank=form.bank.data,
        account_no=form.account_no.data,
        reason=form.reason.data,
        proof=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The account is asked for. It changes once another person has approved it.")
        return web.see("people.one_organization", said, id=id)
    return _asking(body_or_404(id), form)


def change_or_404(id: int) -> AccountChange:
    """The changed account, if the person may see its organization."""
    return web.or_404(queries.account_change(id, web.me()))


def _told(found: AccountChange) -> list[tuple[str, Any]]:
    whole = people.may_see_account(web.me(), found.organization)
    return [
        (_("Organization"), found.organization.name),
        (_("Account now"), _account(found.old_name, found.old_bank, found.old_no, whole)),
        (_("New account"), _account(found.account_name, found.bank, found.account_no, whole)),
        (_("Reason"), found.reason),
        (_("Asked by"), found.asked_by.name),
    ]


def _account(name: str, bank: str, number: str, whole: bool) -> str:
    return f"{name} · {bank} · {number if whole else '**** ' + number[-4:]}"


def _approving(found: AccountChange, form: Any) -> Any:
    rows = queries.waiting_for([found.organization])
    return act(
        _("Approve another account"),
        _("Approve the account"),
        form,
        back=flask.url_for("budget.account_changes"),
        facts=_told(found),
        warning=_("What stands below is sent back and told to those concerned; it is requested again."),
        table=(
            [_("Project"), _("Instalment"), _("Batch"), _("State"), _("Amount")],
            [
                [
                    each.instalment.award.application.title,
                    each.instalment.name,
                    _("Batch %(number)s", number=each.batch.number),
                    _(each.state.label),
                    money.text(each.amount),
                ]
                for each in rows
            ],
        ),
    )


@bp.get("/account-changes/<int:id>/approve")
@may(Role.FINANCE)
def approving_account(id: int) -> Any:
    return _approving(change_or_404(id), web.Form())


@bp.post("/account-changes/<int:id>/approve")
@fresh
@may(Role.FINANCE)
def approve_account_change(id: int) -> Any:
    found, form = change_or_404(id), web.Form()
    if form.validate_on_submit() and web.attempt(
        form, actions.approve_account_change, change=found, by=web.me(), at=clock.now()
    ):
        return web.see("budget.account_changes", _("The account is approved."))
    return _approving(change_or_404(id), form)


def _dropping(found: AccountChange, form: ReasonForm) -> Any:
    return act(
        _("Keep the account as it is"),
        _("Do not change the account"),
        form,
        back=flask.url_for("people.one_organization", id=found.organization_id),
        facts=_told(found),
    )


@bp.get("/account-changes/<int:id>/drop")
@signed_in
def dropping_account(id: int) -> Any:
    return _dropping(change_or_404(id), ReasonForm())


@bp.post("/account-changes/<int:id>/drop")
@fresh
@signed_in
def drop_account_change(id: int) -> Any:
    found, form = change_or_404(id), ReasonForm()
    body = found.organization_id
    if form.validate_on_submit() and web.attempt(
        form, actions.drop_account_change, change=found, answer=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("people.one_organization", _("The account stays as it is."), id=body)
    return _dropping(change_or_404(id), form)


@bp.get("/account-changes/<int:id>/proof")
@signed_in
def account_proof(id: int) -> Any:
    found = change_or_404(id)
    return sent(found.proof if people.may_see_account(web.me(), found.organization) else None)
