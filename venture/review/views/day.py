"""The panel day: what is written down of it, the running order, what is printed."""

import secrets
from contextlib import AbstractContextManager
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.config import Settings
from venture.refusal import Refused
from venture.review import actions, forms, printing, queries, wording
from venture.review.views.shared import KEYS_IN, bp, round_or_404
from venture.roles import STAFF, may
from venture.rounds.models import Round

SEEDS = 10**9
"""How many seeds there are to draw from."""


@bp.get("/rounds/<int:year>/panel-day")
@may(*STAFF)
def day(year: int) -> Any:
    """The panel day as it is written down, its running order, and what can be printed."""
    return _page(round_or_404(year))


def _page(round: Round, form: forms.DayForm | None = None, draw: forms.OrderForm | None = None) -> Any:
    me, seated, written = web.me(), queries.panel(round), queries.panel_day(round)
    present = {one.panelist.number for one in seated if written and one.panelist.id in written.present}
    shown = form or forms.DayForm(seated, obj=written, data={"version": written.revision if written else 0})
    if form is None:
        shown.present.data = sorted(present)
    return web.page(
        "review/day.html",
        draw if draw is not None and draw.refusal else shown,
        round=round,
        day_form=shown,
        draw_form=draw or forms.OrderForm(),
        day=written,
        seated=seated,
        present=present,
        running=queries.running_order(round, me),
        draws=queries.running_orders(round),
        obstacles=queries.minutes_blockers(round, me),
        acts=me.holds(*KEYS_IN),
    )


@bp.post("/rounds/<int:year>/panel-day")
@may(*KEYS_IN)
def save_day(year: int) -> Any:
    """Write the panel day down."""
    round = round_or_404(year)
    form = forms.DayForm(queries.panel(round))
    if form.validate() and web.attempt(
        form,
        actions.save_day,
        round=round,
        **form.typed,
        seen=form.version.data or 0,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.day", _("The panel day is written down."), year=year)
    return _page(round_or_404(year), form)


@bp.post("/rounds/<int:year>/panel-day/draw")
@may(*KEYS_IN)
def draw_running_order(year: int) -> Any:
    """Draw the running order, once the person has seen that it takes effect at once."""
    round, form = round_or_404(year), forms.OrderForm()
    given = {"reason": form.reason.data or "", "by": web.me(), "at": clock.now()}
    seed = secrets.randbelow(SEEDS)
    if not (
        form.validate() and web.attempt(form, actions.draw_running_order, round=round, seed=seed, **given)
    ):
        return _page(round_or_404(year), draw=form)
    if web.confirmed():
        return web.see("review.day", _("The running order is drawn."), year=year)
    facts = [(_("Round"), round.name), (_("Projects"), len(form.outcome.order))]
    web.rollback()
    return web.confirm(
        _("Draw the running order?"),
        _("Draw now"),
        back=flask.url_for("review.day", year=year),
        facts=[*facts, *([(_("Reason"), form.reason.data)] if form.reason.data else [])],
        warning=_("The draw counts at once and stays on record; another one needs a reason."),
    )


@bp.get("/rounds/<int:year>/panel-day/pack.pdf")
@may(*STAFF)
def pack(year: int) -> Any:
    """The pack to take along: running order, sign-in sheets, summaries, blank score sheets."""
    round, me = round_or_404(year), web.me()
    running = queries.running_order(round, me)
    given = printing.pack(
        round,
        queries.panel_day(round),
        running,
        [
            (
                one.panelist,
                [part for phase in round.phases for part in queries.grid(one.panelist, me, phase)],
            )
            for one in queries.panel(round)
        ],
        queries.newest_versions([slot.application for slot in running.slots]),
    )
    with _turn():
        made = documents.pdf("panel_pack", given, fonts=_settings().fonts, limit=60)
    return downloads.made(made, f"{year}-panel-day.pdf")


@bp.get("/rounds/<int:year>/panel-day/minutes.pdf")
@may(*STAFF)
def minutes_pdf(year: int) -> Any:
    """The minutes as PDF, to be signed."""
    lines = _minutes(round_or_404(year))
    given = {
        "title": lines[0][1],
        "lines": lines,
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }
    with _turn():
        made = documents.pdf("minutes", given, fonts=_settings().fonts)
    return downloads.made(made, f"{year}-minutes.pdf")


@bp.get("/rounds/<int:year>/panel-day/minutes.docx")
@may(*STAFF)
def minutes_docx(year: int) -> Any:
    """The minutes as a Word file."""
    round = round_or_404(year)
    lines, author = _minutes(round), round.issuer
    with _turn():
        made = documents.letter(lines, title=lines[0][1], author=author, foot=lines[0][1])
    return downloads.made(made, f"{year}-minutes.docx")


def _minutes(round: Round) -> list[wording.Line]:
    """The minutes line by line. Raises Refused with what `minutes_blockers` finds."""
    me, day = web.me(), queries.panel_day(round)
    if obstacles := queries.minutes_blockers(round, me):
        raise Refused.all(obstacles)
    assert day is not None
    ranking = queries.ranking(round, me)
    return wording.minutes(
        printing.minutes(
            round,
            day,
            queries.running_order(round, me),
            queries.ties(round, me),
            [one.panelist for one in queries.panel(round)],
            ranking,
            queries.frozen_in(one.theme.id for one in ranking),
        )
    )


def _settings() -> Settings:
    found: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    return found


def _turn() -> AbstractContextManager[None]:
    """A place in the making of documents; the transaction ends before it is waited for."""
    asker = web.me().id
    web.rollback()
    return documents.turn(_settings().data / "turns", asker)
