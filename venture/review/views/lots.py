"""The running order drawn by hand: a place for each project, the day, who drew and before whom, the signed list."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, downloads, web
from venture.refusal import Refused
from venture.review import actions, forms, queries
from venture.review.views.shared import KEYS_IN, bp, round_or_404
from venture.roles import STAFF, may
from venture.rounds.models import Round


def _names(round: Round) -> dict[int, str]:
    """The projects that are presented, by id; 404 for whom a tie hides one of them, since lots name them all."""
    presented = queries.presenting(round)
    seen = {slot.application.id for slot in queries.running_order(round, web.me()).slots}
    if not seen >= {each.id for each in presented}:
        flask.abort(404)
    return {each.id: f"{each.number} {each.title}" for each in presented}


def _page(round: Round, names: dict[int, str], form: Any) -> Any:
    drawn = queries.running_orders(round)
    return web.page("review/lots.html", form, round=round, names=names, again=bool(drawn))


@bp.get("/rounds/<int:year>/panel-day/lots")
@may(*KEYS_IN)
def lots(year: int) -> Any:
    """The form for lots drawn by hand."""
    round = round_or_404(year)
    names = _names(round)
    return _page(round, names, forms.LotsForm.made(names))


@bp.post("/rounds/<int:year>/panel-day/lots")
@may(*KEYS_IN)
def record_lots(year: int) -> Any:
    """Record the lots."""
    round = round_or_404(year)
    names = _names(round)
    form = forms.LotsForm.made(names)
    if form.validate_on_submit():
        if sorted(form.places) != list(range(1, len(names) + 1)):
            form.refusal = Refused("review.draw_order", f"place_{next(iter(names), 0)}")
            return _page(round, names, form)
        given = {name: form[name].data or "" for name in ("drawn_by", "witness", "reason")}
        given |= {"order": form.order, "drawn_on": form.drawn_on.data, "scan": web.staged("scan")}
        act = {"by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.record_running_order, round=round, **given, **act):
            return web.see("review.day", _("The running order is on record."), year=year)
    return _page(round_or_404(year), names, form)


@bp.get("/rounds/<int:year>/panel-day/lots/<int:number>/scan")
@may(*STAFF)
def lots_scan(year: int, number: int) -> Any:
    """The scan of lots on record, for those from whom none of their projects is hidden."""
    round = round_or_404(year)
    found = next((each for each in queries.running_orders(round) if each.number == number), None)
    order = web.or_404(found)
    seen = {slot.application.id for slot in queries.running_order(round, web.me()).slots}
    if not seen >= set(order.order):
        flask.abort(404)
    return downloads.send(web.or_404(order.scan), inline=True)
