"""Agreements: drawn up for a whole list, printed, signed, scanned, corrected and amended."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.budget import access, actions, queries, wording
from venture.budget.forms import AgreementForm, AmendmentForm, Rows
from venture.budget.models import Agreement, Amendment, Award, AwardState
from venture.budget.views.award import award_or_404, facts_of
from venture.budget.views.shared import (
    act,
    as_docx,
    as_pdf,
    bp,
    crumbs,
    official,
    round_or_404,
    settings,
    tried,
)
from venture.downloads import Packed
from venture.files import clean_name
from venture.roles import Role, fresh, may, signed_in
from venture.rounds.models import Condition, Round

PREPARES = (Role.OFFICER, Role.OPERATOR)
"""Who prints agreements and keeps their scans."""

# --- recorded as signed ---


def _agreements_page(round: Round, form: Rows) -> Any:
    rows = queries.awards(round, web.me())
    unsigned = [each for each in rows if each.state is AwardState.LIVE and each.agreement_no is None]
    signed = [each for each in rows if each.agreement_no]
    return web.page(
        "budget/agreements.html",
        form,
        round=round,
        crumbs=crumbs(round),
        unsigned=unsigned,
        texts=queries.drawn(unsigned + signed),
        scans=queries.scans(signed),
        signed=signed,
        today=clock.beijing_day(clock.now()),
    )


@bp.get("/rounds/<int:year>/agreements")
@may(*access.PAGES)
def agreements(year: int) -> Any:
    return _agreements_page(round_or_404(year), Rows())


@bp.post("/rounds/<int:year>/agreements")
@may(Role.OFFICER)
def sign(year: int) -> Any:
    round, form = round_or_404(year), Rows()
    signings = [
        actions.Signing(
            award,
            form.typed(f"number-{award.id}"),
            form.day(f"signed-{award.id}", form.typed("signed_on"), project=award.application.title),
        )
        for award in queries.unsigned(round, web.me())
        if form.typed(f"number-{award.id}")
    ]
    if form.readable() and tried(form, actions.sign, signings=signings, by=web.me(), at=clock.now()):
        if web.confirmed():
            said = _("%(count)s agreements are recorded.", count=len(signings))
            return web.see("budget.agreements", said, year=year)
        return _signing_preview(round, signings)
    return _agreements_page(round, form)


def _signing_preview(round: Round, signings: Sequence[actions.Signing]) -> Any:
    due = queries.due_days([(each.award, each.signed_on) for each in signings])
    return web.confirm(
        _("Record the agreements"),
        _("Record the agreements"),
        back=flask.url_for("budget.agreements", year=round.year),
        facts=[(_("Agreements"), len(signings))],
        headers=[
            _("Project"),
            _("Organization"),
            _("Agreement number"),
            _("Signing day"),
            _("First instalment due"),
        ],
        rows=[
            [
                each.award.application.title,
                each.award.application.organization.name,
                each.number,
                each.signed_on,
                due[each.award.id],
            ]
            for each in signings
        ],
    )


# --- drawn up and printed ---


def _drafts_page(round: Round, form: Rows) -> Any:
    rows = [award for award in queries.agreed(round, web.me()) if award.agreement_no is None]
    texts = queries.drawn(rows)
    return web.page(
        "budget/draw_up.html",
        form,
        round=round,
        crumbs=crumbs(round, (_("Agreements"), flask.url_for("budget.agreements", year=round.year))),
        rows=rows,
        texts=texts,
        numbers=queries.offered(round, rows),
        signatories={
            award.id: texts[award.id].signatory
            if award.id in texts
            else award.application.organization.legal_representative
            for award in rows
        },
    )


@bp.get("/rounds/<int:year>/agreements/draw")
@may(Role.OFFICER)
def drafts(year: int) -> Any:
    return _drafts_page(round_or_404(year), Rows())


@bp.post("/rounds/<int:year>/agreements/draw")
@may(Role.OFFICER)
def draw_up(year: int) -> Any:
    round, form = round_or_404(year), Rows()
    chosen = form.ticked("take")
    given = [
        actions.Draft(award, form.typed(f"number-{award.id}"), form.typed(f"signatory-{award.id}"))
        for award in queries.agreed(round, web.me())
        if award.id in chosen
    ]
    if form.readable() and tried(
        form, actions.draw_up, round=round, drafts=given, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            said = _("%(count)s agreements are drawn up and can be printed.", count=len(given))
            return web.see("budget.agreements", said, year=year)
        return _drawing_preview(round, given)
    return _drafts_page(round, form)


def _drawing_preview(round: Round, given: Sequence[actions.Draft]) -> Any:
    return web.confirm(
        _("Draw up the agreements"),
        _("Draw up the agreements"),
        back=flask.url_for("budget.drafts", year=round.year),
        facts=[
            (_("Agreements"), len(given)),
            (_("Third party of the agreements"), _(round.agreement_third.label)),
        ],
        headers=[
            _("Project"),
            _("Organization"),
            _("Agreement number"),
            _("Signs for the organization"),
            _("Beside the two parties"),
        ],
        rows=[
            [
                each.award.application.title,
                each.award.application.organization.name,
                each.number,
                each.signatory,
                "、".join(queries.third_of(each.award)) or "—",
            ]
            for each in given
        ],
        warning=_("The texts are frozen for printing. Until it is signed an agreement can be drawn up anew."),
    )


def _foot(text: Agreement) -> str:
    return f"{text.number}　第{text.version}版　校验码 {text.sha256[:16]}"


def _text_or_404(id: int) -> tuple[Agreement, str]:
    """The newest text of the award's agreement and the name of its file."""
    award = award_or_404(id)
    text = web.or_404(queries.drawn([award]).get(id))
    return text, f"{award.project_no}-agreement-{text.version}"


@bp.get("/awards/<int:id>/agreement.pdf")
@signed_in
def agreement_pdf(id: int) -> Any:
    text, name = _text_or_404(id)
    return as_pdf(text.content, foot=_foot(text), name=name)


@bp.get("/awards/<int:id>/agreement.docx")
@signed_in
def agreement_docx(id: int) -> Any:
    text, name = _text_or_404(id)
    return as_docx(text.content, foot=_foot(text), name=name)


@bp.get("/rounds/<int:year>/agreements.zip")
@may(*PREPARES)
def agreements_zip(year: int) -> Any:
    """All of a round for the signing day, in the order of printing: the lists first, then each agreement."""
    round = round_or_404(year)
    rows = queries.agreed(round, web.me())
    if not queries.drawn(rows):
        said = _("No agreement is drawn up yet.")
        return web.see("budget.agreements", said, year=year)
    plan, name = list(_plan(round, rows)), f"{clean_name(round.name)} 签约.zip"
    documents.ready(settings().fonts)
    web.rollback()
    return downloads.packed(plan, name)


def _plan(round: Round, rows: Sequence[Award]) -> Iterator[Packed]:
    now, lists = clock.now(), queries.listed(rows)
    for place, (name, blocks) in enumerate(
        [
            ("签到表", wording.sign_in(round.name, lists)),
            ("用印登记表", wording.seal_register(round.name, lists)),
            ("未收扫描件清单", wording.missing_scans(round.name, queries.unscanned(rows))),
        ],
        start=1,
    ):
        given = official(blocks, foot=f"{round.name} {name}", flipped=True)
        yield (
            f"1 签约日用表/{place} {name}.pdf",
            now,
            partial(documents.pdf, "official", given, fonts=settings().fonts),
        )
    texts = queries.drawn(rows)
    for place, award in enumerate((each for each in rows if each.id in texts), start=1):
        text = texts[award.id]
        inside = (
            f"2 协议/{place:02d} {clean_name(award.application.organization.name)}/{clean_name(text.number)}"
        )
        given = official(text.content, foot=_foot(text))
        yield (
            f"{inside}.pdf",
            text.drawn_at,
            partial(documents.pdf, "official", given, fonts=settings().fonts),
        )
        yield (
            f"{inside}.docx",
            text.drawn_at,
            partial(
                documents.letter,
                text.content,
                title=text.number,
                author=round.issuer,
                foot=_foot(text),
            ),
        )


# --- scans ---


def _scans_page(round: Round, form: Rows) -> Any:
    return web.page(
        "budget/agreement_scans.html",
        form,
        round=round,
        crumbs=crumbs(round, (_("Agreements"), flask.url_for("budget.agreements", year=round.year))),
        rows=queries.scannable(round, web.me()),
        may_keep=web.me().holds(*PREPARES),
    )


@bp.get("/rounds/<int:year>/agreements/scans")
@may(*access.PAGES)
def scans(year: int) -> Any:
    return _scans_page(round_or_404(year), Rows())


@bp.post("/rounds/<int:year>/agreements/scans")
@may(*PREPARES)
def keep_scans(year: int) -> Any:
    round, form = round_or_404(year), Rows()
    rows = queries.scannable(round, web.me())
    agreements = {
        row.award: staged
        for row in rows
        if row.amendment is None and (staged := web.staged(f"scan-{row.award.id}"))
    }
    amendments = {
        row.amendment: staged
        for row in rows
        if row.amendment is not None and (staged := web.staged(f"amendment-{row.amendment.id}"))
    }
    if form.readable() and web.attempt(
        form,
        actions.keep_scans,
        agreements=agreements,
        amendments=amendments,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see(
            "budget.scans", _("%(count)s scans are kept.", count=len(agreements) + len(amendments)), year=year
        )
    return _scans_page(round, form)


@bp.get("/awards/<int:id>/agreement/scan")
@signed_in
def agreement_scan(id: int) -> Any:
    found = queries.scans([award_or_404(id)]).get((id, None))
    return downloads.send(web.or_404(found).file)


# --- amendments ---


def _amending(found: Award, form: AmendmentForm) -> Any:
    return web.page(
        "budget/amend.html",
        form,
        award=found,
        facts=[
            *facts_of(found),
            (_("Agreement number"), found.agreement_no),
            (_("Signing day"), found.signed_on),
            (_("Signs for the organization"), queries.signatory_of(found)),
        ],
    )


@bp.get("/awards/<int:id>/amendments/new")
@may(Role.OFFICER)
def amending(id: int) -> Any:
    return _amending(award_or_404(id), AmendmentForm())


@bp.post("/awards/<int:id>/amendments")
@fresh
@may(Role.OFFICER)
def amend(id: int) -> Any:
    found, form = award_or_404(id), AmendmentForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.amend,
        award=found,
        changes=form.changes(),
        signatory=form.signatory.data or "",
        effective_on=form.effective_on.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The amendment is drawn up. Another person approves it."), id=id)
    return _amending(found, form)


def _amendment_or_404(id: int) -> Amendment:
    return web.or_404(queries.amendment(id, web.me()))


@bp.post("/amendments/<int:id>/approve")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def approve_amendment(id: int) -> Any:
    found = _amendment_or_404(id)
    actions.approve_amendment(amendment=found, by=web.me(), at=clock.now())
    return web.see("budget.award", _("The amendment is approved."), id=found.award_id)


@bp.post("/amendments/<int:id>/take-back")
@may(Role.OFFICER, Role.APPROVER)
def take_back_amendment(id: int) -> Any:
    found = _amendment_or_404(id)
    actions.take_back_amendment(amendment=found, by=web.me(), at=clock.now())
    return web.see("budget.award", _("The amendment is taken back; it stays readable."), id=found.award_id)


def _amended(found: Amendment) -> tuple[Any, str, str]:
    number = queries.amendment_no(found.award, found.number)
    foot = f"{number}　校验码 {found.sha256[:16]}"
    return found.content, foot, f"{found.award.project_no}-amendment-{found.number}"


@bp.get("/amendments/<int:id>.pdf")
@signed_in
def amendment_pdf(id: int) -> Any:
    content, foot, name = _amended(_amendment_or_404(id))
    return as_pdf(content, foot=foot, name=name)


@bp.get("/amendments/<int:id>.docx")
@signed_in
def amendment_docx(id: int) -> Any:
    content, foot, name = _amended(_amendment_or_404(id))
    return as_docx(content, foot=foot, name=name)


@bp.get("/amendments/<int:id>/scan")
@signed_in
def amendment_scan(id: int) -> Any:
    found = _amendment_or_404(id)
    scan = queries.scans([found.award]).get((found.award_id, id))
    return downloads.send(web.or_404(scan).file)


# --- corrected ---


def _agreement(found: Award, form: AgreementForm) -> Any:
    payments = [(part, queries.payment_of(part)) for part in found.instalments]
    return act(
        _("Correct the agreement"),
        _("Correct the agreement"),
        form,
        back=flask.url_for("budget.award", id=found.id),
        facts=[
            *facts_of(found),
            (_("Agreement number"), found.agreement_no),
            (_("Signing day"), found.signed_on),
        ],
        warning=_("Both values stay readable. A new signing day moves the due day of what waits for it."),
        table=(
            [_("Instalment"), _("Due day"), _("Payment")],
            [
                [part.name, part.due_on, _(payment.state.label) if payment else _("Not requested")]
                for part, payment in payments
                if part.condition is Condition.SIGNED
            ],
        ),
    )


@bp.get("/awards/<int:id>/agreement")
@may(Role.OFFICER)
def agreement(id: int) -> Any:
    found = award_or_404(id)
    return _agreement(found, AgreementForm(number=found.agreement_no, signed_on=found.signed_on))


@bp.post("/awards/<int:id>/agreement")
@fresh
@may(Role.OFFICER)
def correct_agreement(id: int) -> Any:
    found, form = award_or_404(id), AgreementForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.correct_agreement,
        award=found,
        number=form.number.data,
        signed_on=form.signed_on.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.award", _("The agreement is corrected; both values are kept."), id=id)
    return _agreement(found, form)
