"""The treasury's list of a batch: its columns, the file going out, and the file coming back."""

from io import BytesIO
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, files, money, spreadsheets, web
from venture.budget import actions, exchange, queries
from venture.budget.forms import ColumnsForm, ResultsForm
from venture.budget.models import Batch, Holds, PaymentState
from venture.budget.views.payment import batch_or_404
from venture.budget.views.shared import act, bp, sums
from venture.files import TYPES
from venture.refusal import Refused
from venture.roles import Role, fresh, may
from venture.spreadsheets import Column, Kind

BLANKS = 4
_KINDS = {
    Holds.PLACE: Kind.NUMBER,
    Holds.BATCH: Kind.NUMBER,
    Holds.AMOUNT: Kind.MONEY,
    Holds.PROJECT_NO: Kind.CODE,
    Holds.CREDIT_CODE: Kind.CODE,
    Holds.ACCOUNT_NO: Kind.CODE,
}


def _columns_page(form: ColumnsForm) -> Any:
    kept = queries.treasury_columns()
    return web.page(
        "budget/treasury_columns.html",
        form,
        rows=[*kept, *[None] * BLANKS],
        holds=[("", ""), *((each.value, _(each.label)) for each in Holds)],
    )


@bp.get("/treasury/columns")
@may(Role.OFFICER, Role.FINANCE)
def treasury_columns() -> Any:
    return _columns_page(ColumnsForm())


@bp.post("/treasury/columns")
@may(Role.OFFICER, Role.FINANCE)
def set_treasury_columns() -> Any:
    form = ColumnsForm()
    words = {each.value: each for each in Holds}
    lines = [
        actions.ColumnLine(
            form.typed(f"header-{place}"),
            words.get(form.typed(f"holds-{place}"), Holds.FIXED),
            form.typed(f"text-{place}"),
        )
        for place in range(1, len(queries.treasury_columns()) + BLANKS + 1)
    ]
    if form.readable() and web.attempt(
        form, actions.set_treasury_columns, columns=lines, by=web.me(), at=clock.now()
    ):
        return web.see("budget.treasury_columns", _("The columns are kept for every batch from now on."))
    return _columns_page(form)


@bp.get("/batches/<int:id>/treasury.xlsx")
@may(Role.OFFICER, Role.FINANCE)
def treasury_sheet(id: int) -> Any:
    found, columns = batch_or_404(id), queries.treasury_columns()
    heads = [Column(each.header, _KINDS.get(each.holds, Kind.TEXT), 18) for each in columns]
    content = spreadsheets.plain("国库支付清单", heads, queries.treasury_rows(found, columns))
    answer = flask.send_file(
        BytesIO(content),
        mimetype=TYPES["xlsx"],
        as_attachment=True,
        download_name=f"{found.round.year}年国库支付清单(第{found.number}批).xlsx",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _results_page(found: Batch, form: ResultsForm) -> Any:
    return act(
        _("Take in the treasury's list"),
        _("Look before recording"),
        form,
        back=flask.url_for("budget.batch", id=found.id),
        facts=[
            (_("Batch"), found.number),
            (_("Columns"), "、".join(each.header for each in queries.treasury_columns())),
        ],
        warning=_(
            "Each row finds its payment by project number and amount. The first row that does not agree refuses the "
            "whole file."
        ),
    )


@bp.get("/batches/<int:id>/results")
@may(Role.FINANCE)
def results(id: int) -> Any:
    return _results_page(batch_or_404(id), ResultsForm())


@bp.post("/batches/<int:id>/results")
@fresh
@may(Role.FINANCE)
def take_results(id: int) -> Any:
    """Read the treasury's file and show what would be recorded; record it once that was seen."""
    form = ResultsForm()
    if not (form.validate() and web.attempt(form, _read, batch=batch_or_404(id))):
        return _results_page(batch_or_404(id), form)
    told: list[exchange.Result] = form.outcome
    found = batch_or_404(id)
    if not web.attempt(form, actions.record_results, batch=found, results=told, by=web.me(), at=clock.now()):
        return _results_page(batch_or_404(id), form)
    if web.confirmed():
        return web.see("budget.batch", _("The treasury's list is recorded."), id=id)
    web.rollback()
    return _results_preview(batch_or_404(id), told)


def _read(*, batch: Batch) -> list[exchange.Result]:
    """What the file says of the batch, read outside of the transaction."""
    staged = web.staged("workbook")
    sent = [
        exchange.Sent(each.id, each.instalment.award.project_no, each.amount)
        for each in batch.payments
        if each.state in (PaymentState.RELEASED, PaymentState.PAID)
    ]
    heads = {each.holds.value: each.header for each in queries.treasury_columns()}
    web.rollback()
    if staged is None:
        raise Refused("budget.sheet_missing", "workbook")
    path = files.path_of(flask.current_app.settings.uploads, staged.sha256)  # type: ignore[attr-defined]  # set by web.start
    if not path.is_file():
        raise Refused("budget.sheet_missing", "workbook")
    sheets = spreadsheets.read(path, staged.name)
    return exchange.results(next(iter(sheets.values()), []), heads, sent)


def _results_preview(found: Batch, told: list[exchange.Result]) -> Any:
    payments = {each.id: each for each in found.payments}
    paid = [payments[each.payment_id] for each in told if not each.bounced]
    named = {each.payment_id for each in told}
    silent = [each for each in found.payments if each.state is PaymentState.RELEASED and each.id not in named]
    return web.confirm(
        _("Record what the treasury's list says"),
        _("Record the list"),
        back=flask.url_for("budget.batch", id=found.id),
        facts=[
            (_("Paid"), len(paid)),
            *sums(sum(each.amount for each in paid)),
            (_("Bounced"), len(told) - len(paid)),
            (_("Not in the file, waiting on"), len(silent)),
        ],
        headers=[_("Project"), _("Instalment"), _("Amount"), _("What happens")],
        rows=[
            [
                payments[each.payment_id].instalment.award.application.title,
                payments[each.payment_id].instalment.name,
                money.text(payments[each.payment_id].amount),
                _("Bounced: %(reason)s", reason=each.bounced)
                if each.bounced
                else _("Paid on %(day)s, voucher %(number)s", day=each.paid_on, number=each.voucher_no),
            ]
            for each in told
        ],
        warning=_("Nothing has been recorded yet."),
    )
