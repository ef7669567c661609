"""Reports: the round's list with who is late, one report to write and hand in, its versions as PDF and Word."""

from contextlib import AbstractContextManager
from datetime import date
from typing import Any, cast

import flask
from flask import current_app, request
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.budget.forms import Rows
from venture.budget.models import Award
from venture.budget.views.shared import act, crumbs, new_key, round_or_404, tried
from venture.delivery import access, actions, printing, queries
from venture.delivery.forms import closing as forms
from venture.delivery.grading import Phase
from venture.delivery.models import Report, ReportState
from venture.delivery.views.shared import award_or_404, bp
from venture.delivery.views.shared import crumbs as project_crumbs
from venture.people.forms import ReasonForm
from venture.roles import Role, may, signed_in
from venture.rounds.models import Round
from venture.web import Venture


def today() -> date:
    return clock.beijing_day(clock.now())


def phase_or_404(word: str) -> Phase:
    return web.or_404(next((each for each in Phase if each.value == word), None))


# --- the round's settings ---


def _rules_page(round: Round, form: forms.RuleForm) -> Any:
    return act(
        _("Reports, evaluation and closure: what this round asks"),
        _("Save"),
        form.offer(),
        back=flask.url_for("delivery.reports", year=round.year),
        facts=[(_("Round"), round.name)],
        hints={
            "midterm_due_on": _("For example 2018-12-10. Empty: the middle of each project."),
            "final_days": _("Days, for example 30."),
            "pass_line": _("Points of 100, for example 60."),
            "bonus_most": _("Points, for example 5."),
            "objection_days": _("Working days after the result, for example 5."),
            "ban_years": _("Years, for example 3."),
        },
    )


@bp.get("/rounds/<int:year>/closing-rules")
@may(Role.OFFICER)
def edit_rules(year: int) -> Any:
    round = round_or_404(year)
    rule = queries.rules(round)
    return _rules_page(round, forms.RuleForm(obj=rule, data={"scheme": rule.scheme.value}))


@bp.post("/rounds/<int:year>/closing-rules")
@may(Role.OFFICER)
def save_rules(year: int) -> Any:
    round, form = round_or_404(year), forms.RuleForm().offer()
    if form.validate_on_submit() and web.attempt(
        form, actions.save_rules, round=round, **form.values(), by=web.me(), at=clock.now()
    ):
        return web.see("delivery.reports", _("The settings are saved."), year=year)
    return _rules_page(round_or_404(year), form)


# --- the round's list ---


def _list(round: Round, phase: Phase, form: Rows) -> Any:
    return web.page(
        "delivery/reports.html",
        form,
        round=round,
        crumbs=crumbs(round),
        phase=phase,
        phases=list(Phase),
        rows=queries.reports(round, web.me(), phase, today()),
        rule=queries.rules(round),
    )


@bp.get("/rounds/<int:year>/reports")
@may(*access.PAGES)
def reports(year: int) -> Any:
    phase = phase_or_404(request.args.get("phase", Phase.MIDTERM.value))
    return _list(round_or_404(year), phase, Rows())


@bp.post("/rounds/<int:year>/reports/<word>")
@may(Role.OFFICER)
def decide_reports(year: int, word: str) -> Any:
    round, phase, form = round_or_404(year), phase_or_404(word), Rows()
    rows = queries.reports(round, web.me(), phase, today())
    there = [
        row.report for row in rows if row.report is not None and row.report.state is ReportState.HANDED_IN
    ]
    chosen = [each for each in there if form.typed(f"act-{each.id}") in ("do", "back")]
    back = {
        each.id: form.typed(f"reason-{each.id}") for each in chosen if form.typed(f"act-{each.id}") == "back"
    }
    if form.readable() and tried(
        form, actions.decide_reports, reports=chosen, back=back, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            return web.see("delivery.reports", _("The reports are decided."), year=year, phase=word)
        return web.confirm(
            _("Decide on the reports"),
            _("Decide on these reports"),
            back=flask.url_for("delivery.reports", year=year, phase=word),
            facts=[(_("Accepted"), len(chosen) - len(back)), (_("Sent back"), len(back))],
            headers=[_("Project"), _("Organization"), _("What happens")],
            rows=[
                [
                    each.award.application.title,
                    each.award.application.organization.name,
                    _("Sent back: %(reason)s", reason=back[each.id]) if each.id in back else _("Accepted"),
                ]
                for each in chosen
            ],
        )
    return _list(round_or_404(year), phase, form)


@bp.post("/rounds/<int:year>/reports/<word>/remind")
@may(Role.OFFICER, Role.OPERATOR)
def remind(year: int, word: str) -> Any:
    round, phase, form = round_or_404(year), phase_or_404(word), Rows()
    awards = [row.award for row in queries.reports(round, web.me(), phase, today()) if row.late]
    if form.readable() and web.attempt(
        form, actions.remind, awards=awards, phase=phase, by=web.me(), at=clock.now()
    ):
        said = _("%(count)s reminders wait in the outbox.", count=len(awards))
        return web.see("delivery.reports", said, year=year, phase=word)
    return _list(round_or_404(year), phase, form)


# --- one report ---


def report_page(award: Award, phase: Phase, form: forms.ReportForm) -> Any:
    row, facts = queries.report_row(award, phase, today()), queries.assembled(award, phase, today())
    return web.page(
        "delivery/report.html",
        form,
        crumbs=project_crumbs(award),
        award=award,
        phase=phase,
        row=row,
        report=row.report,
        open=not actions.report_blockers(award, row.report, row.report.revision if row.report else 0),
        own=access.is_own(web.me(), award),
        sight=access.sight(award),
        facts=facts,
        tables=printing.tables(facts),
        goals=queries.goals(award),
    )


@bp.get("/projects/<int:id>/reports/<word>")
@signed_in
def report(id: int, word: str) -> Any:
    award, phase = award_or_404(id), phase_or_404(word)
    found = queries.report_of(award, phase)
    story = found.story if found else {}
    form = forms.ReportForm(data={**story, "key": new_key(), "seen": found.revision if found else 0})
    return report_page(award, phase, form.of(phase, len(queries.goals(award))))


@bp.post("/projects/<int:id>/reports/<word>")
@may(Role.APPLICANT)
def save_report(id: int, word: str) -> Any:
    award, phase = award_or_404(id), phase_or_404(word)
    form = forms.ReportForm().of(phase, len(queries.goals(award)))
    given: dict[str, Any] = {
        "award": award,
        "phase": phase,
        "story": form.story(),
        "seen": form.revision,
        "by": web.me(),
        "at": clock.now(),
    }
    finished = "hand_in" in request.form
    verb = actions.hand_in_report if finished else actions.save_report
    if form.readable() and web.attempt(form, verb, **given, **({"key": form.key.data} if finished else {})):
        said = _("The report is handed in. The bureau looks at it next.") if finished else _("Saved.")
        return web.see("delivery.report", said, id=id, word=word)
    return report_page(award_or_404(id), phase, form)


def _reopening(found: Report, form: ReasonForm) -> Any:
    return act(
        _("Take back that the report was accepted"),
        _("Take it back"),
        form,
        back=flask.url_for("delivery.report", id=found.award_id, word=found.phase.value),
        facts=[(_("Project"), found.award.application.title), (_("Report"), _(found.phase.label))],
        warning=_("The report goes back to its organization; both decisions stay readable."),
        danger=True,
    )


@bp.get("/reports/<int:id>/reopen")
@may(Role.OFFICER)
def reopening_report(id: int) -> Any:
    return _reopening(report_or_404(id), ReasonForm())


@bp.post("/reports/<int:id>/reopen")
@may(Role.OFFICER)
def reopen_report(id: int) -> Any:
    found, form = report_or_404(id), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.reopen_report,
        report=found,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The report is sent back.")
        return web.see("delivery.report", said, id=found.award_id, word=found.phase.value)
    return _reopening(report_or_404(id), form)


def report_or_404(id: int) -> Report:
    return web.or_404(queries.report(id, web.me()))


def version_or_404(id: int, number: int) -> Any:
    return web.or_404(next((each for each in report_or_404(id).versions if each.number == number), None))


@bp.get("/reports/<int:id>/versions/<int:number>/print")
@signed_in
def report_pdf(id: int, number: int) -> Any:
    version = version_or_404(id, number)
    return made("application", printing.report(version), printing.file_name(version))


@bp.get("/reports/<int:id>/versions/<int:number>/word")
@signed_in
def report_docx(id: int, number: int) -> Any:
    version = version_or_404(id, number)
    given, name = printing.report(version), printing.file_name(version)
    with turn():
        return downloads.made(documents.docx(given), f"{name}.docx")


def made(template: str, given: dict[str, Any], name: str) -> Any:
    """A PDF; the transaction ends before it is made."""
    with turn():
        return downloads.made(documents.pdf(template, given, fonts=settings().fonts), f"{name}.pdf")


def settings() -> Any:
    return cast(Venture, current_app).settings


def turn() -> AbstractContextManager[None]:
    asker = web.me().id
    web.rollback()
    return documents.turn(settings().data / "turns", asker)
