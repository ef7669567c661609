"""Payments: what can be requested, a batch through its four acts, one payment with its corrections, the ledger."""

from collections.abc import Sequence
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, trail, web
from venture.budget import access, actions, queries
from venture.budget.forms import BatchForm, PaidForm, PaperReleaseForm, Rows, VoucherForm
from venture.budget.models import Award, Batch, Payment, PaymentState
from venture.budget.views.shared import (
    act,
    bp,
    crumbs,
    new_key,
    round_or_404,
    sent,
    signer,
    signers,
    sums,
    tried,
)
from venture.people import access as people
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may, signed_in
from venture.rounds.models import Round

# --- request ---


def _payments_page(round: Round, form: BatchForm) -> Any:
    payables = queries.payables(round, web.me())
    return web.page(
        "budget/payments.html",
        form,
        round=round,
        crumbs=crumbs(round),
        payables=payables,
        dues=queries.dues([payable.award for payable in payables]),
        today=clock.beijing_day(clock.now()),
        batches=[
            (batch, queries.total_of(batch), queries.step_of(batch)) for batch in queries.batches(round)
        ],
    )


@bp.get("/rounds/<int:year>/payments")
@may(*access.PAGES)
def payments(year: int) -> Any:
    return _payments_page(round_or_404(year), BatchForm(key=new_key()))


@bp.post("/rounds/<int:year>/payments")
@fresh
@may(Role.OFFICER)
def request_batch(year: int) -> Any:
    round, form = round_or_404(year), BatchForm()
    chosen = queries.chosen_instalments(round, web.me(), form.ticked("take"))
    arguments = {"round": round, "instalments": [part for award, part in chosen], "key": form.key.data}
    if form.readable() and tried(form, actions.request, **arguments, by=web.me(), at=clock.now()):
        if web.confirmed():
            said = _("The batch is requested. Finance checks it next.")
            return web.see("budget.batch", said, id=form.outcome.id)
        return _request_preview(round, chosen)
    return _payments_page(round, form)


def _request_preview(round: Round, chosen: Sequence[tuple[Award, Any]]) -> Any:
    return web.confirm(
        _("Request the payments"),
        _("Request the batch"),
        back=flask.url_for("budget.payments", year=round.year),
        facts=[(_("Payments"), len(chosen)), *sums(sum(part.payable for award, part in chosen))],
        headers=[_("Project"), _("Organization"), _("Instalment"), _("Account"), _("Amount")],
        rows=[
            [
                award.application.title,
                award.application.organization.name,
                part.name,
                f"{award.application.organization.bank} {award.application.organization.account_no}",
                money.text(part.payable),
            ]
            for award, part in chosen
        ],
    )


# --- a batch and its four acts ---


def batch_or_404(id: int) -> Batch:
    """The batch, unless a tie hides one of its projects from the person."""
    found = web.or_404(queries.batch(id))
    projects = [each.instalment.award.application for each in found.payments]
    return web.or_404(None if access.tie_blockers(web.me(), projects) else found)


def _batch_page(found: Batch, form: Rows) -> Any:
    return web.page(
        "budget/batch.html",
        form,
        batch=found,
        crumbs=crumbs(found.round, (_("Payments"), f"/rounds/{found.round.year}/payments")),
        signatures=queries.signatures(found),
        total=queries.total_of(found),
        capitals=money.capitals(queries.total_of(found)),
        step=queries.step_of(found),
        mine=_mine(found),
        papers=queries.papers_to_check(found),
        changed={each.id for each in found.payments if queries.account_changed(each)},
        whole=web.me().holds(Role.OFFICER, Role.FINANCE),
        today=clock.beijing_day(clock.now()),
    )


def _mine(found: Batch) -> list[Any]:
    """Why the next act is not this person's: said before the button, refused by the verb."""
    step = queries.step_of(found)
    rows = [each for each in found.payments if each.state is step]
    if step is PaymentState.REQUESTED:
        return access.check_blockers(web.me(), rows)
    if step is PaymentState.CHECKED:
        return access.release_blockers(web.me(), rows)
    return access.role_blockers(web.me(), Role.FINANCE)


@bp.get("/batches/<int:id>")
@may(*access.PAGES)
def batch(id: int) -> Any:
    return _batch_page(batch_or_404(id), PaidForm())


def _split(found: Batch, form: Rows, step: PaymentState) -> tuple[list[Payment], dict[int, str]]:
    """The rows the act is for, and those to be sent back with their reasons; the rest waits."""
    rows = [each for each in found.payments if each.state is step]
    done = [each for each in rows if form.typed(f"act-{each.id}", "do") == "do"]
    back = {
        each.id: form.typed(f"reason-{each.id}") for each in rows if form.typed(f"act-{each.id}") == "back"
    }
    return done, back


def _preview(found: Batch, title: str, verb: str, done: Sequence[Payment], back: dict[int, str]) -> Any:
    rows = [each for each in found.payments if each in done or each.id in back]
    return web.confirm(
        title,
        verb,
        back=flask.url_for("budget.batch", id=found.id),
        facts=[(_("Payments"), len(done)), *sums(sum(each.amount for each in done))],
        headers=[_("Project"), _("Instalment"), _("Amount"), _("What happens")],
        rows=[
            [
                each.instalment.award.application.title,
                each.instalment.name,
                money.text(each.amount),
                _("Sent back: %(reason)s", reason=back[each.id]) if each.id in back else verb,
            ]
            for each in rows
        ],
    )


@bp.post("/batches/<int:id>/check")
@fresh
@may(Role.FINANCE)
def check(id: int) -> Any:
    found, form = batch_or_404(id), PaidForm()
    done, back = _split(found, form, PaymentState.REQUESTED)
    if form.readable() and tried(form, actions.check, payments=done, back=back, by=web.me(), at=clock.now()):
        if web.confirmed():
            return web.see("budget.batch", _("The payments are checked."), id=id)
        return _preview(batch_or_404(id), _("Check the payments"), _("Check these payments"), done, back)
    return _batch_page(batch_or_404(id), form)


@bp.post("/batches/<int:id>/release")
@fresh
@may(Role.APPROVER)
def release(id: int) -> Any:
    found, form = batch_or_404(id), PaidForm()
    done, back = _split(found, form, PaymentState.CHECKED)
    if form.readable() and tried(
        form, actions.release, payments=done, back=back, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            return web.see("budget.batch", _("The payments are released."), id=id)
        return _preview(batch_or_404(id), _("Release the payments"), _("Release these payments"), done, back)
    return _batch_page(batch_or_404(id), form)


@bp.post("/batches/<int:id>/paid")
@fresh
@may(Role.FINANCE)
def record_paid(id: int) -> Any:
    found, form = batch_or_404(id), PaidForm()
    done, back = _split(found, form, PaymentState.RELEASED)
    vouchers = [
        actions.Voucher(
            each,
            form.typed(f"voucher-{each.id}") or form.voucher_no.data or "",
            form.day(
                f"day-{each.id}", form.paid_on.data or "", project=each.instalment.award.application.title
            ),
        )
        for each in done
    ]
    if form.readable() and tried(
        form, actions.record_paid, vouchers=vouchers, back=back, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            return web.see("budget.batch", _("The payments are recorded as paid."), id=id)
        return _preview(
            batch_or_404(id), _("Record the payments as paid"), _("Record these payments as paid"), done, back
        )
    return _batch_page(batch_or_404(id), form)


@bp.post("/batches/<int:id>/back")
@fresh
@may(Role.OFFICER, Role.FINANCE, Role.APPROVER)
def send_back(id: int) -> Any:
    found, form = batch_or_404(id), PaidForm()
    back = {
        each.id: form.typed(f"reason-{each.id}")
        for each in found.payments
        if form.typed(f"act-{each.id}") == "back"
    }
    rows = [each for each in found.payments if each.id in back]
    if form.readable() and tried(
        form, actions.send_back, payments=rows, reasons=back, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            return web.see("budget.batch", _("The rows were sent back."), id=id)
        return _preview(batch_or_404(id), _("Send payments back"), _("Send these payments back"), [], back)
    return _batch_page(batch_or_404(id), form)


def _paper(found: Batch, form: PaperReleaseForm) -> Any:
    form.offer_signers(signers())
    rows = [each for each in found.payments if each.state is PaymentState.CHECKED]
    return act(
        _("Record a release signed on paper"),
        _("Record the release"),
        form,
        back=flask.url_for("budget.batch", id=found.id),
        facts=[(_("Payments"), len(rows)), *sums(sum(each.amount for each in rows))],
        warning=_("It counts once another person has checked your entry against the paper."),
        hints={"signed_on": _("For example 2018-05-20."), "scan": _("PDF, JPG or PNG, at most 20 MB.")},
    )


@bp.get("/batches/<int:id>/paper")
@may(Role.OFFICER, Role.FINANCE)
def paper_release(id: int) -> Any:
    return _paper(batch_or_404(id), PaperReleaseForm())


@bp.post("/batches/<int:id>/paper")
@fresh
@may(Role.OFFICER, Role.FINANCE)
def enter_release(id: int) -> Any:
    found, form = batch_or_404(id), PaperReleaseForm()
    form.offer_signers(signers())
    if form.validate_on_submit() and web.attempt(
        form,
        actions.enter_release,
        payments=[each for each in found.payments if each.state is PaymentState.CHECKED],
        signer=signer(form),
        signed_on=form.signed_on.data,
        scan=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The paper is entered. Another person checks it against the original.")
        return web.see("budget.batch", said, id=id)
    return _paper(batch_or_404(id), form)


@bp.post("/batches/<int:id>/paper/<int:paper_id>/check")
@fresh
@may(Role.OFFICER, Role.FINANCE, Role.APPROVER)
def check_release(id: int, paper_id: int) -> Any:
    found = batch_or_404(id)
    papers = [each.paper for each in found.payments if each.paper_id == paper_id]
    paper = web.or_404(papers[0] if papers else None)
    actions.check_release(batch=found, paper=paper, by=web.me(), at=clock.now())
    return web.see("budget.batch", _("The payments are released as signed on paper."), id=id)


@bp.get("/batches/<int:id>/paper/<int:paper_id>/scan")
@may(*access.PAGES)
def release_scan(id: int, paper_id: int) -> Any:
    found = batch_or_404(id)
    papers = [each.paper for each in found.payments if each.paper_id == paper_id]
    return sent(papers[0].scan if papers and papers[0] else None)


# --- one payment ---


def payment_or_404(id: int) -> Payment:
    """The payment, if the person may see its award."""
    return web.or_404(queries.payment(id, web.me()))


@bp.get("/payments/<int:id>")
@signed_in
def payment(id: int) -> Any:
    found = payment_or_404(id)
    staff = web.me().holds(*access.PAGES)
    return web.page(
        "budget/payment.html",
        payment=found,
        award=found.instalment.award,
        sight=access.sight(found.instalment.award),
        staff=staff,
        capitals=money.capitals(found.amount),
        corrections=queries.corrections_of([found])[found.id],
        events=trail.history(found) if staff else [],
        whole=people.may_see_account(web.me(), found.instalment.award.application.organization),
    )


def _facts(found: Payment) -> list[tuple[str, Any]]:
    return [
        (_("Project"), found.instalment.award.application.title),
        (_("Instalment"), found.instalment.name),
        *sums(found.amount),
        (_("Voucher number"), found.voucher_no),
        (_("Day of payment"), found.paid_on),
    ]


def _correction(found: Payment, form: VoucherForm) -> Any:
    return act(
        _("Correct the voucher"),
        _("Correct the voucher"),
        form,
        back=flask.url_for("budget.payment", id=found.id),
        facts=_facts(found),
        warning=_("Both values stay readable; the ledger and the sheets show the new one. No sum changes."),
    )


@bp.get("/payments/<int:id>/correct")
@may(Role.FINANCE)
def correction(id: int) -> Any:
    found = payment_or_404(id)
    return _correction(found, VoucherForm(voucher_no=found.voucher_no, paid_on=found.paid_on))


@bp.post("/payments/<int:id>/correct")
@fresh
@may(Role.FINANCE)
def correct(id: int) -> Any:
    found, form = payment_or_404(id), VoucherForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.correct_voucher,
        payment=found,
        voucher_no=form.voucher_no.data,
        paid_on=form.paid_on.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.payment", _("The voucher is corrected; both values are kept."), id=id)
    return _correction(payment_or_404(id), form)


def _taking_back(found: Payment, form: ReasonForm) -> Any:
    return act(
        _("The money came back"),
        _("Record that the money came back"),
        form,
        back=flask.url_for("budget.payment", id=found.id),
        facts=_facts(found),
        warning=_("By new entries in the ledger the sum is unpaid again and can be requested anew."),
        danger=True,
    )


@bp.get("/payments/<int:id>/take-back")
@may(Role.FINANCE)
def taking_back(id: int) -> Any:
    return _taking_back(payment_or_404(id), ReasonForm())


@bp.post("/payments/<int:id>/take-back")
@fresh
@may(Role.FINANCE)
def take_back(id: int) -> Any:
    found, form = payment_or_404(id), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.take_back, payment=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.payment", _("The payment counts as not made."), id=id)
    return _taking_back(payment_or_404(id), form)


@bp.get("/rounds/<int:year>/ledger")
@may(Role.FINANCE, Role.OFFICER, Role.APPROVER, Role.AUDITOR)
def ledger(year: int) -> Any:
    round = round_or_404(year)
    return web.page(
        "budget/ledger.html",
        round=round,
        crumbs=crumbs(round),
        rows=queries.ledger(round, web.me()),
        balances=queries.balances(round),
    )
