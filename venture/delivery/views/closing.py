"""Audit and closure: the round's list with what is missing, one project's audit, its settlement."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.budget.models import Award
from venture.budget.views.shared import act, crumbs, round_or_404, sent, sums, tried
from venture.delivery import access, actions, queries
from venture.delivery.forms import closing as forms
from venture.delivery.models import Audit
from venture.delivery.views.shared import award_or_404, bp
from venture.delivery.views.shared import crumbs as project_crumbs
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may, signed_in
from venture.rounds.models import Round


def _list(round: Round, form: forms.CloseForm) -> Any:
    return web.page(
        "delivery/closings.html",
        form,
        round=round,
        crumbs=crumbs(round),
        rows=queries.closings(round, web.me()),
    )


@bp.get("/rounds/<int:year>/closing")
@may(*access.PAGES)
def closings(year: int) -> Any:
    return _list(round_or_404(year), forms.CloseForm())


@bp.post("/rounds/<int:year>/closing")
@fresh
@may(Role.OFFICER)
def close(year: int) -> Any:
    round, form = round_or_404(year), forms.CloseForm()
    chosen = [each for each in queries.closings(round, web.me()) if each.award.id in form.ticked("take")]
    given: dict[str, Any] = {
        "awards": [each.award for each in chosen],
        "return_by": form.return_by.data,
    }
    shown = [(each.award, each.audit.accepted if each.audit else 0, each.settlement) for each in chosen]
    if form.readable() and tried(form, actions.close, **given, by=web.me(), at=clock.now()):
        if web.confirmed():
            said = _("%(count)s projects are closed.", count=len(chosen))
            return web.see("delivery.closings", said, year=year)
        return web.confirm(
            _("Close the projects"),
            _("Close these projects"),
            back=flask.url_for("delivery.closings", year=year),
            facts=[(_("Projects"), len(chosen)), *sums(sum(s.final for _a, _c, s in shown if s))],
            warning=_("The money is settled: what is not needed returns to its theme."),
            headers=[_("Project"), _("Accepted cost"), _("Paid so far"), _("Still paid"), _("Comes back")],
            rows=[
                [
                    award.application.title,
                    money.text(accepted),
                    money.text(award.paid),
                    money.text(settled.final),
                    money.text(settled.refund),
                ]
                for award, accepted, settled in shown
                if settled is not None
            ],
        )
    return _list(round_or_404(year), form)


# --- one project ---


@bp.get("/projects/<int:id>/closing")
@signed_in
def closing(id: int) -> Any:
    award = award_or_404(id)
    standing = queries.standing(award)
    me = web.me()
    return web.page(
        "delivery/closing.html",
        crumbs=project_crumbs(award),
        award=award,
        standing=standing,
        audit=standing.audit,
        closure=standing.closure,
        sight=access.sight(award),
        staff=me.holds(*access.PAGES),
        audits=access.may_audit(me, award),
        checks=standing.audit is not None and not access.check_blockers(me, standing.audit),
        evaluations=[
            each for each in queries.evaluations_of(award) if me.holds(*access.PAGES) or each.confirmed_at
        ],
    )


def audit_or_404(id: int) -> Audit:
    """The audit of a project that the person may audit."""
    award = award_or_404(id)
    found = queries.standing(award).audit
    return web.or_404(found if access.may_audit(web.me(), award) else None)


def _auditable(id: int) -> Award:
    award = award_or_404(id)
    return web.or_404(award if access.may_audit(web.me(), award) else None)


def _audit_page(award: Award, form: forms.AuditForm) -> Any:
    standing = queries.standing(award)
    return web.page(
        "delivery/audit.html",
        form,
        crumbs=project_crumbs(
            award, (_("Audit and closure"), flask.url_for("delivery.closing", id=award.id))
        ),
        award=award,
        audit=standing.audit,
        lines=_offered(award, standing.audit),
        sight=access.sight(award),
    )


def _offered(award: Award, audit: Audit | None) -> list[actions.Accepted]:
    """What the form starts from: the lines entered before, else the heads with what was spent under them."""
    if audit is not None:
        return [
            actions.Accepted(line.head, line.label, line.budgeted, line.claimed, line.accepted, line.reason)
            for line in audit.lines
        ]
    return [
        actions.Accepted(head.category, "", head.budget, head.spent, head.spent)
        for head in queries.planned(award)
    ]


@bp.get("/projects/<int:id>/audit")
@signed_in
def edit_audit(id: int) -> Any:
    award = _auditable(id)
    return _audit_page(award, forms.AuditForm(obj=queries.standing(award).audit))


@bp.post("/projects/<int:id>/audit")
@signed_in
def enter_audit(id: int) -> Any:
    award, form = _auditable(id), forms.AuditForm()
    lines = [
        each._replace(
            claimed=form.fen(f"claimed-{place}", project=_(each.head.label)),
            accepted=form.fen(f"accepted-{place}", project=_(each.head.label)),
            reason=form.typed(f"reason-{place}"),
        )
        for place, each in enumerate(_offered(award, queries.standing(award).audit))
    ]
    if form.readable() and web.attempt(
        form,
        actions.enter_audit,
        award=award,
        firm=form.firm.data,
        report_no=form.report_no.data,
        reported_on=form.reported_on.data,
        lines=lines,
        scan=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The audit is entered. Another person checks it against the report.")
        return web.see("delivery.closing", said, id=id)
    return _audit_page(_auditable(id), form)


@bp.post("/projects/<int:id>/audit/check")
@fresh
@signed_in
def check_audit(id: int) -> Any:
    actions.check_audit(audit=audit_or_404(id), by=web.me(), at=clock.now())
    return web.see("delivery.closing", _("The audit's result is checked."), id=id)


def _single(award: Award, title: str, verb: str, form: Any, warning: str) -> Any:
    return act(
        title,
        verb,
        form,
        back=flask.url_for("delivery.closing", id=award.id),
        facts=[
            (_("Project"), award.application.title),
            (_("Organization"), award.application.organization.name),
        ],
        warning=warning,
        danger=True,
    )


def _returning(found: Audit, form: ReasonForm) -> Any:
    warning = _("Whoever entered it sees the reason and enters it anew.")
    return _single(found.award, _("Send the audit's entry back"), _("Send it back"), form, warning)


@bp.get("/projects/<int:id>/audit/return")
@signed_in
def returning_audit(id: int) -> Any:
    return _returning(audit_or_404(id), ReasonForm())


@bp.post("/projects/<int:id>/audit/return")
@signed_in
def return_audit(id: int) -> Any:
    found, form = audit_or_404(id), ReasonForm()
    given: dict[str, Any] = {"audit": found, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.return_audit, **given, by=web.me(), at=clock.now()
    ):
        return web.see("delivery.closing", _("The entry is sent back."), id=id)
    return _returning(audit_or_404(id), form)


def _reopening(found: Audit, form: ReasonForm) -> Any:
    warning = _("It can be entered anew; both entries stay readable.")
    return _single(found.award, _("Open the checked audit again"), _("Open it again"), form, warning)


@bp.get("/projects/<int:id>/audit/reopen")
@may(Role.OFFICER)
def reopening_audit(id: int) -> Any:
    return _reopening(audit_or_404(id), ReasonForm())


@bp.post("/projects/<int:id>/audit/reopen")
@may(Role.OFFICER)
def reopen_audit(id: int) -> Any:
    found, form = audit_or_404(id), ReasonForm()
    given: dict[str, Any] = {"audit": found, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen_audit, **given, by=web.me(), at=clock.now()
    ):
        return web.see("delivery.closing", _("The audit is open again."), id=id)
    return _reopening(audit_or_404(id), form)


@bp.get("/projects/<int:id>/audit/scan")
@signed_in
def audit_scan(id: int) -> Any:
    audit = queries.standing(award_or_404(id)).audit
    return sent(audit.scan if audit else None)


def _reopen_page(award: Award, form: ReasonForm) -> Any:
    warning = _(
        "What was settled is undone, while nothing was paid or came back on it; the closure stays on record."
    )
    return _single(award, _("Open the closed project again"), _("Open it again"), form, warning)


@bp.get("/projects/<int:id>/closing/reopen")
@may(Role.APPROVER)
def reopening_closure(id: int) -> Any:
    award = award_or_404(id)
    web.or_404(queries.standing(award).closure)
    return _reopen_page(award, ReasonForm())


@bp.post("/projects/<int:id>/closing/reopen")
@fresh
@may(Role.APPROVER)
def reopen_closure(id: int) -> Any:
    award, form = award_or_404(id), ReasonForm()
    closure = web.or_404(queries.standing(award).closure)
    given: dict[str, Any] = {"closure": closure, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen_closure, **given, by=web.me(), at=clock.now()
    ):
        return web.see(
            "delivery.closing", _("The project is open again; its audit can be entered anew."), id=id
        )
    return _reopen_page(award_or_404(id), form)
