"""Fees of experts: rates and the list for the officer, receipts and the sealed accounts for the finance officer."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.review import actions, forms, queries
from venture.review.models import Expert, Fee
from venture.review.views.shared import bp, round_or_404
from venture.roles import Role, fresh, may
from venture.rounds.models import Round

READERS = (Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.AUDITOR)


@bp.get("/rounds/<int:year>/fees")
@may(*READERS)
def fees(year: int) -> Any:
    """What each expert of the panel gets, the tax, the receipts."""
    return _list(round_or_404(year))


def _list(round: Round, form: Any = None) -> Any:
    rows = queries.fee_rows(round)
    rates = form if isinstance(form, forms.RatesForm) else _rates_form(round, formdata=None)
    listed = form if isinstance(form, forms.FeesForm) else _fees_form(rows, formdata=None)
    receipts = form if isinstance(form, forms.ReceiptsForm) else _receipts_form(rows, formdata=None)
    return web.page(
        "review/fees.html",
        form,
        round=round,
        rows=rows,
        open=_open(rows),
        rates=rates,
        listed=listed,
        receipts=receipts,
        total=(sum(row.gross for row in rows), sum(row.tax for row in rows)),
    )


def _rates_form(round: Round, **given: Any) -> forms.RatesForm:
    return forms.RatesForm.made(queries.rates(round), **given)


def _open(rows: list[queries.FeeRow]) -> list[queries.FeeRow]:
    return [row for row in rows if row.fee is None or row.fee.signed_on is None]


def _fees_form(rows: list[queries.FeeRow], **given: Any) -> forms.FeesForm:
    kept = {
        row.panelist.number: (
            row.panelist.person.name,
            row.fee.gross if row.fee and row.fee.reason else row.rate,
            row.fee.reason if row.fee else "",
        )
        for row in _open(rows)
    }
    return forms.FeesForm.made(kept, **given)


def _receipts_form(rows: list[queries.FeeRow], **given: Any) -> forms.ReceiptsForm:
    return forms.ReceiptsForm([row.fee.id for row in _open(rows) if row.fee], **given)


@bp.post("/rounds/<int:year>/fees/rates")
@fresh
@may(Role.OFFICER)
def set_rates(year: int) -> Any:
    """Set the rates by title."""
    round = round_or_404(year)
    form = _rates_form(round)
    given = {"amounts": form.amounts, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.set_rates, round=round, **given):
        return web.see("review.fees", _("The rates are kept. Now set the list of fees."), year=year)
    return _list(round_or_404(year), form)


@bp.post("/rounds/<int:year>/fees")
@fresh
@may(Role.OFFICER)
def set_fees(year: int) -> Any:
    """Set the whole list, after showing tax and sums."""
    round = round_or_404(year)
    rows = queries.fee_rows(round)
    form = _fees_form(rows)
    if not form.validate():
        return _list(round, form)
    exceptions = form.exceptions(row.panelist.number for row in _open(rows))
    given = {"exceptions": exceptions, "by": web.me(), "at": clock.now()}
    if not web.attempt(form, actions.set_fees, round=round, **given):
        return _list(round_or_404(year), form)
    if web.confirmed():
        return web.see("review.fees", _("The list of fees is set."), year=year)
    shown = _preview(queries.fee_rows(round))
    web.rollback()
    return web.confirm(
        _("Set the list of fees"),
        _("Set the list"),
        back=flask.url_for("review.fees", year=year),
        **shown,
    )


def _preview(rows: list[queries.FeeRow]) -> dict[str, Any]:
    gross, tax = sum(row.gross for row in rows), sum(row.tax for row in rows)
    return {
        "facts": [
            (_("Fees in all, yuan"), money.text(gross)),
            (_("Tax withheld, yuan"), money.text(tax)),
            (_("Paid out, yuan"), money.text(gross - tax)),
        ],
        "headers": [
            _("Expert"),
            _("Fee, yuan"),
            _("Tax withheld, yuan"),
            _("Paid out, yuan"),
            _("Why not the rate"),
        ],
        "rows": [
            (
                row.panelist.person.name,
                money.text(row.gross),
                money.text(row.tax),
                money.text(row.gross - row.tax),
                row.fee.reason if row.fee else "",
            )
            for row in rows
        ],
    }


@bp.post("/rounds/<int:year>/fees/receipts")
@fresh
@may(Role.FINANCE)
def note_receipts(year: int) -> Any:
    """Note who has signed, on which day."""
    round = round_or_404(year)
    rows = queries.fee_rows(round)
    form = _receipts_form(rows)
    chosen = [row.fee for row in rows if row.fee and row.fee.id in (form.fees.data or [])]
    given = {"signed_on": form.signed_on.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.note_receipts, fees=chosen, **given):
        return web.see("review.fees", _("The receipts are on record."), year=year)
    return _list(round_or_404(year), form)


def _fee(year: int, number: int) -> Fee:
    rows = queries.fee_rows(round_or_404(year))
    return web.or_404(next((row.fee for row in rows if row.panelist.number == number), None))


@bp.get("/rounds/<int:year>/fees/<int:number>/strike")
@may(Role.FINANCE)
def striking_receipt(year: int, number: int) -> Any:
    """Ask for the reason why a receipt is taken off."""
    return web.page("review/strike_receipt.html", forms.ReasonForm(), fee=_fee(year, number))


@bp.post("/rounds/<int:year>/fees/<int:number>/strike")
@fresh
@may(Role.FINANCE)
def strike_receipt(year: int, number: int) -> Any:
    """Take a receipt off that was noted by mistake."""
    found, form = _fee(year, number), forms.ReasonForm()
    given = {"reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.strike_receipt, fee=found, **given):
        return web.see("review.fees", _("The receipt is taken off."), year=year)
    return web.page("review/strike_receipt.html", form, fee=_fee(year, number))


@bp.post("/rounds/<int:year>/fees/accounts")
@fresh
@may(Role.FINANCE)
def read_accounts(year: int) -> Any:
    """Show identity numbers and cards of the round's experts; that they were read stands in the trail."""
    round = round_or_404(year)
    found = actions.read_accounts(round=round, secret=_secret(), by=web.me(), at=clock.now())
    return web.page("review/accounts.html", round=round, found=found)


def _secret() -> str:
    return str(flask.current_app.settings.secret)  # type: ignore[attr-defined]  # set by web.start


def _expert(id: int) -> Expert:
    return web.or_404(queries.expert(id))


@bp.get("/experts/<int:id>/account")
@may(Role.FINANCE)
def expert_account(id: int) -> Any:
    """The form for an expert's account; what is kept is not shown in it."""
    return _account(_expert(id), forms.ExpertAccountForm())


def _account(found: Expert, form: forms.ExpertAccountForm) -> Any:
    return web.page("review/expert_account.html", form, expert=found, kept=queries.account_of(found.person))


@bp.post("/experts/<int:id>/account")
@fresh
@may(Role.FINANCE)
def enter_account(id: int) -> Any:
    """Keep an expert's identity number, bank and card, sealed."""
    found, form = _expert(id), forms.ExpertAccountForm()
    given = {"identity": form.identity.data, "bank": form.bank.data, "card": form.card.data}
    if form.validate_on_submit() and web.attempt(
        form,
        actions.enter_account,
        person=found.person,
        **given,
        secret=_secret(),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.expert", _("The account is kept, sealed."), id=id)
    return _account(_expert(id), form)
