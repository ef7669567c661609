"""The list of rounds, a new one, one round's page; its life and corrections."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.people.forms import ActForm, ReasonForm
from venture.roles import STAFF, may
from venture.rounds import access, actions, defaults, forms, queries
from venture.rounds.models import Round
from venture.rounds.views.shared import act, bp, round_or_404, shown


@bp.get("/rounds")
@may(*STAFF)
def index() -> Any:
    return web.page("rounds/index.html", rounds=queries.all_rounds(), may_plan=access.may_plan(web.me()))


@bp.get("/rounds/new")
@may(*access.PLANNERS)
def new() -> Any:
    rounds = queries.all_rounds()
    form = forms.NewRoundForm(data=_proposal(rounds[0]) if rounds else {"total": defaults.USUAL_TOTAL})
    form.offer(rounds)
    return web.page("rounds/new.html", form)


def _proposal(last: Round) -> dict[str, Any]:
    """The next round's cover as last year's suggests it: the same days one year on."""
    cover = queries.next_cover(last)
    return cover | {
        "source": last.id,
        "name": _("Public-interest venture round of %(year)s", year=cover["year"]),
    }


@bp.post("/rounds/new")
@may(*access.PLANNERS)
def create() -> Any:
    form = forms.NewRoundForm()
    form.offer(queries.all_rounds())
    cover = {name: form[name].data for name in ("year", "ordinal", "name", "opens_at", "closes_at")}
    source = queries.by_id(form.source.data) if form.source.data else None
    verb = actions.copy_from if source else actions.create
    money_or_source = {"source": source} if source else {"total": form.total.data or defaults.USUAL_TOTAL}
    if form.validate_on_submit() and web.attempt(form, verb, **cover, **money_or_source, **act()):
        return web.see(
            "rounds.differences" if source else "rounds.one", _("The round was made."), year=form.year.data
        )
    return web.page("rounds/new.html", form)


@bp.get("/rounds/<int:year>")
@may(*STAFF)
def one(year: int) -> Any:
    return shown(round_or_404(year))


@bp.get("/rounds/<int:year>/differences")
@may(*STAFF)
def differences(year: int) -> Any:
    round = round_or_404(year)
    last = queries.last_before(round)
    found = queries.differences(round, last) if last else []
    return web.page("rounds/differences.html", round=round, last=last, found=found)


@bp.post("/rounds/<int:year>/open")
@may(*access.PLANNERS)
def open_round(year: int) -> Any:
    round, form = round_or_404(year), ActForm()
    if not web.confirmed() and not queries.obstacles(round, clock.now()):
        return web.confirm(
            _("Open %(name)s for applications?", name=round.name),
            _("Open the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=_window(round),
            headers=[_("Theme"), _("Earmarked amount"), _("Most for one project")],
            rows=[
                (theme.name, money.text(theme.earmark), money.text(theme.ceiling)) for theme in round.themes
            ],
            warning=_(
                "From then on its settings change only by a correction with a reason, and money only by a move."
            ),
        )
    if form.validate_on_submit() and web.attempt(form, actions.open_round, round=round, **act()):
        return web.see("rounds.one", _("The round is open."), year=year)
    return shown(round, form)


def _window(round: Round) -> list[tuple[str, Any]]:
    opens, closes = clock.beijing(round.opens_at), clock.limit_text(round.closes_at)
    shown = {"opens_at": f"{opens:%Y-%m-%d %H:%M:%S}", "closes_at": closes}
    return [
        (_("Total of the round"), money.text(round.total)),
        *((_(forms.LABELS[name]), text) for name, text in shown.items()),
    ]


@bp.post("/rounds/<int:year>/close")
@may(*access.PLANNERS)
def close_round(year: int) -> Any:
    round, form = round_or_404(year), forms.EarlyForm()
    reason = form.reason.data or ""
    early = clock.now() < round.closes_at
    if not web.confirmed() and (reason.strip() or not early):
        warning = _("It closes before the announced moment: whoever has only a draft cannot submit any more.")
        return web.confirm(
            _("Close %(name)s for applications?", name=round.name),
            _("Close the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=[*_window(round), (_("Reason"), reason or "—")],
            warning=warning if early else "",
        )
    if form.validate_on_submit() and web.attempt(
        form, actions.close_round, round=round, reason=reason, by=web.me()
    ):
        return web.see("rounds.one", _("The round is closed."), year=year)
    return shown(round, form)


@bp.post("/rounds/<int:year>/reopen")
@may(*access.PLANNERS)
def reopen_round(year: int) -> Any:
    round, form = round_or_404(year), forms.ReopenForm()
    given = {"round": round, "closes_at": form.closes_at.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.reopen_round, **given, **act()):
        return web.see("rounds.one", _("The round takes applications again."), year=year)
    return shown(round, form)


@bp.post("/rounds/<int:year>/finish")
@may(*access.PLANNERS)
def finish_round(year: int) -> Any:
    round, form = round_or_404(year), ActForm()
    if not web.confirmed():
        return web.confirm(
            _("Finish %(name)s?", name=round.name),
            _("Finish the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=[(_("Total of the round"), money.text(round.total))],
            warning=_("A finished round stays readable; it can be taken up again with a reason."),
        )
    if form.validate_on_submit() and web.attempt(form, actions.finish_round, round=round, **act()):
        return web.see("rounds.one", _("The round is finished."), year=year)
    return shown(round, form)


@bp.post("/rounds/<int:year>/resume")
@may(*access.PLANNERS)
def resume_round(year: int) -> Any:
    round, form = round_or_404(year), ReasonForm()
    given = {"round": round, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.resume_round, **given, **act()):
        return web.see("rounds.one", _("The round was taken up again."), year=year)
    return shown(round, form)
