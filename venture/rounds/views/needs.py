"""Needs before the call: proposed by clerks of communities, chosen as topics by those who plan the round."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import web
from venture.people import queries as people
from venture.roles import STAFF, Role, may
from venture.rounds import access, actions, forms, queries
from venture.rounds.models import Need, NeedState, Round, RoundState
from venture.rounds.views.shared import act, bp, round_or_404

PROPOSE = (Role.CLERK, Role.OFFICER)


@bp.get("/needs")
@may(*PROPOSE)
def my_needs() -> Any:
    """The clerk's own list; officers propose from the round's page."""
    return web.page(
        "rounds/my_needs.html",
        needs=queries.needs_of(web.me()),
        rounds=queries.collecting(),
        proposed=NeedState.PROPOSED,
    )


def _offered(form: Any) -> Any:
    mine = [each for each in people.communities() if access.may_propose(web.me(), each)]
    form.community.choices = [(each.id, f"{each.town} · {each.name}") for each in mine]
    return form


def _writing(round: Round, form: Any, need: Need | None = None) -> Any:
    return web.page("rounds/edit_need.html", form, round=round, need=need)


def _texts(form: Any) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("problem", "concerns", "wish")}


def _collecting(year: int) -> Round:
    return web.or_404(next((round for round in queries.collecting() if round.year == year), None))


@bp.get("/rounds/<int:year>/needs/new")
@may(*PROPOSE)
def new_need(year: int) -> Any:
    return _writing(_collecting(year), _offered(forms.NewNeedForm()))


@bp.post("/rounds/<int:year>/needs/new")
@may(*PROPOSE)
def propose_need(year: int) -> Any:
    round, form = _collecting(year), _offered(forms.NewNeedForm())
    community = people.community_by_id(form.community.data)
    if form.validate_on_submit() and web.attempt(
        form, actions.propose_need, round=round, community=community, **_texts(form), **act()
    ):
        return _back(round, _("The need was proposed."))
    return _writing(round, form)


def _back(round: Round, said: str) -> Any:
    """To the list that the person may see."""
    if web.me().holds(*STAFF):
        return web.see("rounds.needs", said, year=round.year)
    return web.see("rounds.my_needs", said)


def _need(id: int) -> Need:
    found = web.or_404(queries.need(id))
    return web.or_404(found if access.may_propose(web.me(), found.community) else None)


@bp.get("/needs/<int:id>")
@may(*PROPOSE)
def edit_need(id: int) -> Any:
    need = _need(id)
    return _writing(need.round, forms.NeedForm(obj=need), need)


@bp.post("/needs/<int:id>")
@may(*PROPOSE)
def change_need(id: int) -> Any:
    need, form = _need(id), forms.NeedForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.change_need, need=need, **_texts(form), **act()
    ):
        return _back(need.round, _("The need was changed."))
    return _writing(need.round, form, need)


def _choosing(round: Round, form: Any = None) -> Any:
    return web.page(
        "rounds/needs.html",
        form,
        round=round,
        needs=queries.needs(round),
        typed=request.form,
        may_choose=access.may_plan(web.me()) and round.state in (RoundState.PLANNED, RoundState.OPEN),
        may_propose=web.me().holds(Role.OFFICER)
        and round.collects_needs
        and round.state is RoundState.PLANNED,
    )


@bp.get("/rounds/<int:year>/needs")
@may(*STAFF)
def needs(year: int) -> Any:
    return _choosing(round_or_404(year))


@bp.post("/rounds/<int:year>/needs")
@may(*access.PLANNERS)
def choose_topics(year: int) -> Any:
    round, form = round_or_404(year), web.Form()
    taken = set(request.form.getlist("need", type=int))
    choices = [
        actions.Choice(each, each.id in taken, request.form.get(f"reason-{each.id}", ""))
        for each in queries.needs(round)
    ]
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.choose_topics, round=round, choices=choices, **act())
    ):
        return _choosing(round, form)
    if web.confirmed():
        return web.see("rounds.needs", _("The topics were chosen."), year=year)
    rows = [
        (
            each.number or "—",
            each.community.name,
            each.problem,
            _(each.state.label) + (f"：{each.reason}" if each.reason else ""),
        )
        for each in queries.needs(round)
    ]
    web.rollback()
    return web.confirm(
        _("Choose these topics?"),
        _("Choose the topics"),
        back=flask.url_for("rounds.needs", year=year),
        headers=[_("Topic"), _("Community"), _("Problem"), _("State")],
        rows=rows,
        warning=_("Topics are printed in the call. Once the round is open they keep their numbers."),
    )
