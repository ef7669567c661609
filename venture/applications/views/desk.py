"""Staff: the list, paper entry, the eligibility desk."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, web
from venture.applications import access, actions, forms, queries
from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.applications.views.shared import bp, found_or_404
from venture.people import queries as people
from venture.roles import STAFF, Role, may
from venture.rounds import queries as rounds


@bp.get("/rounds/<int:year>/unfinished")
@may(*access.ENTERS)
def unfinished(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    return web.page("applications/unfinished.html", round=round, rows=queries.unfinished(round, web.me()))


@bp.app_template_global()
def topic_counts(round: Any) -> dict[int, int]:
    """How many applications answer each topic; for the round's page of topics."""
    return queries.topic_counts(round, web.me())


@bp.get("/rounds/<int:year>/applications")
@may(*STAFF)
def board(year: int) -> Any:
    round = web.or_404(rounds.outline(year))
    given = request.args
    narrowed = queries.Filter(*(given.get(key, "") for key in ("theme", "field", "state", "words")))
    sort = given.get("sort", "number")
    found = queries.board(round, web.me(), narrowed=narrowed, sort=sort, page=given.get("page", 1, int))
    states = queries.of_round_states(round, web.me())
    return web.page(
        "applications/board.html",
        round=round,
        board=found,
        narrowed=narrowed,
        sort=sort,
        states=states,
        waits=queries.waiting_for_scan(found.page.items) if round.wait_for_scan else set(),
    )


def _enter_form() -> tuple[forms.EnterForm, Any, Any]:
    """The form, the organization chosen, and who of it may have signed."""
    bodies, chosen = people.every_organization(), request.values.get("organization", 0, int)
    body = next((each for each in bodies if each.id == chosen), None)
    signers = queries.signers(body) if body else []
    return forms.EnterForm(organization=chosen).offer(bodies, signers), body, signers


@bp.get("/rounds/<int:year>/applications/enter")
@may(*access.ENTERS)
def enter(year: int) -> Any:
    form, body, signers = _enter_form()
    round = web.or_404(rounds.by_year(year))
    return web.page("applications/enter.html", form, round=round, body=body, signers=signers)


@bp.post("/rounds/<int:year>/applications/enter")
@may(*access.ENTERS)
def enter_post(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    form, body, signers = _enter_form()
    if form.validate_on_submit():
        signer = next(each for each in signers if each.id == form.signer.data)
        given = {"round": round, "organization": body, "theme": None, "signed_by": signer}
        if web.attempt(form, actions.start, by=web.me(), at=clock.now(), **given):
            return web.see("applications.one", _("The draft has been begun."), id=form.outcome.id)
    return web.page("applications/enter.html", form, round=round, body=body, signers=signers)


def _desk_page(year: int, form: Any = None) -> Any:
    round = web.or_404(rounds.by_year(year))
    every, chosen = queries.desk(round, web.me(), clock.now()), request.args.get("reason", "")
    rows = [row for row in every if not chosen or row.waits_for(chosen)]
    reasons = [*queries.Reason, *(rule.code for rule in round.rules)]
    unclear = {found.rule for row in rows for found in row.findings if found.result is Result.UNCLEAR}
    return web.page(
        "applications/eligibility.html",
        form or web.Form(),
        round=round,
        every=every,
        rows=rows,
        chosen=chosen,
        reasons=[(each, sum(row.waits_for(each) for row in every)) for each in reasons],
        texts={rule.code: rule.text for rule in round.rules},
        unclear=[rule for rule in round.rules if rule.code in unclear],
        results=Result,
        waits=queries.waiting_for_scan([row.application for row in rows]) if round.wait_for_scan else set(),
        typed=request.form,
        checks=web.me().holds(*access.ENTERS),
        decides=web.me().holds(Role.OFFICER),
    )


@bp.get("/rounds/<int:year>/eligibility")
@may(*STAFF)
def eligibility(year: int) -> Any:
    return _desk_page(year)


def _ticked(round: Any, rows: dict[int, Application]) -> list[actions.Ticked]:
    codes = [rule.code for rule in round.rules]
    found = forms.results(request.form, list(rows), codes)
    return [actions.Ticked(rows[id], rule, result, evidence) for id, rule, result, evidence in found]


def _rows(round: Any) -> dict[int, Application]:
    return {row.application.id: row.application for row in queries.desk(round, web.me(), clock.now())}


@bp.post("/rounds/<int:year>/eligibility/checks")
@may(*access.ENTERS)
def check(year: int) -> Any:
    round, form = web.or_404(rounds.by_year(year)), web.Form()
    ticked = _ticked(round, _rows(round))
    if web.attempt(form, actions.check, ticked=ticked, by=web.me(), at=clock.now()):
        said = _("%(count)s findings were recorded.", count=form.outcome)
        return web.see("applications.eligibility", said, year=year)
    return _desk_page(year, form)


@bp.post("/rounds/<int:year>/eligibility")
@may(Role.OFFICER)
def decide(year: int) -> Any:
    round, form = web.or_404(rounds.by_year(year)), web.Form()
    rows = _rows(round)
    chosen = forms.rulings(request.form, list(rows), actions.OUTCOMES)
    given = {
        "round": round,
        "rulings": [actions.Ruling(rows[each.pop("id")], **each) for each in chosen],
        "ticked": _ticked(round, rows),
        "by": web.me(),
        "at": clock.now(),
    }
    preview = None if web.confirmed() else _preview(given["rulings"])
    decided = {ruling.application.id for ruling in given["rulings"]}
    if not web.attempt(form, actions.decide, **given):
        return _desk_page(year, form)
    if preview is None:
        said = _("%(counts)s. The messages wait in the outbox.", counts=_counted(form.outcome))
        return web.see("applications.eligibility", said, year=year)
    web.rollback()  # the act was tried only to see that nothing stands in its way
    left = [row for row in queries.desk(round, web.me(), clock.now()) if row.application.id not in decided]
    return web.confirm(
        _("Decide on the eligibility of %(count)s applications?", count=len(given["rulings"])),
        _("Decide on the whole list"),
        back=flask.url_for("applications.eligibility", year=year),
        facts=[(_("What will happen"), _counted(form.outcome))],
        headers=[_("Number"), _("Project"), _("Organization"), _("Decision"), _("Reason"), _("Last day")],
        rows=preview,
        template="applications/decide.html",
        left=[row for row in left if row.since is not None],
        texts={rule.code: rule.text for rule in round.rules},
    )


def _counted(counts: dict[str, int]) -> Any:
    return _(
        "%(passed)s eligible, %(failed)s not eligible, %(returned)s sent back",
        passed=counts["pass"],
        failed=counts["fail"],
        returned=counts["send_back"],
    )


def _preview(rulings: list[actions.Ruling]) -> list[list[str]]:
    last_days = _last_days(rulings)
    words = {"pass": _("Eligible"), "fail": _("Not eligible"), "send_back": _("Send back")}
    return [
        [
            str(ruling.application.number),
            ruling.application.title,
            ruling.application.organization.name,
            words[ruling.outcome],
            ruling.reason if ruling.outcome != "pass" else "",
            last_days.get(ruling.days or 0, "") if ruling.outcome == "send_back" else "",
        ]
        for ruling in rulings
    ]


def _last_days(rulings: list[actions.Ruling]) -> dict[int, str]:
    """The last day that a term of so many working days has from today, with a word where it may still shift."""
    given = {
        ruling.days for ruling in rulings if ruling.outcome == "send_back" and 1 <= (ruling.days or 0) <= 30
    }
    terms = {days: queries.term(clock.beijing_day(clock.now()), days) for days in given if days}
    return {
        days: f"{last} {_('(provisional)')}" if may_shift else str(last)
        for days, (last, may_shift) in terms.items()
    }


def _correctable(id: int) -> Application:
    application = found_or_404(id)
    if application.state not in (State.ELIGIBLE, State.INELIGIBLE):
        raise NotFound
    return application


@bp.get("/applications/<int:id>/result")
@may(Role.OFFICER)
def result(id: int) -> Any:
    application = _correctable(id)
    return web.page(
        "applications/result.html", forms.ResultForm().offer(application), application=application
    )


@bp.post("/applications/<int:id>/result")
@may(Role.OFFICER)
def result_post(id: int) -> Any:
    application = _correctable(id)
    form = forms.ResultForm().offer(application)
    given = {"to": form.to.data, "rule": form.rule.data or "", "reason": form.reason.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.set_right, application=application, by=web.me(), at=clock.now(), **given
    ):
        return web.see("applications.one", _("The result has been corrected; both are on record."), id=id)
    return web.page("applications/result.html", form, application=application)


def _returned(id: int) -> Application:
    application = found_or_404(id)
    if application.state is not State.RETURNED:
        raise NotFound
    return application


@bp.get("/applications/<int:id>/term")
@may(Role.OFFICER)
def term(id: int) -> Any:
    application = _returned(id)
    form = forms.TermForm(last=application.correct_by_on)
    return web.page(
        "applications/term.html", form, application=application, correction=queries.correction_of(application)
    )


@bp.post("/applications/<int:id>/term")
@may(Role.OFFICER)
def term_post(id: int) -> Any:
    application, form = _returned(id), forms.TermForm()
    given = {"last": form.last.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.extend, application=application, by=web.me(), at=clock.now(), **given
    ):
        return web.see(
            "applications.one", _("The term has been changed; the message waits in the outbox."), id=id
        )
    return web.page(
        "applications/term.html", form, application=application, correction=queries.correction_of(application)
    )
