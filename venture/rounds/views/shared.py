"""What the pages of rounds share: the blueprint, the round of a year, its page."""

from typing import Any

from flask import Blueprint

from venture import clock, money, web
from venture.people.forms import ReasonForm
from venture.rounds import access, defaults, forms, queries
from venture.rounds.models import Round, RoundState

bp = Blueprint("rounds", __name__)


def round_or_404(year: int) -> Round:
    """The round of the year, or the page «not found»."""
    return web.or_404(queries.by_year(year))


def act() -> dict[str, Any]:
    """Who acts, and when."""
    return {"by": web.me(), "at": clock.now()}


def shown(round: Round, form: Any = None) -> Any:
    """The round's page; `form` is the act that was refused."""
    return web.page(
        "rounds/one.html",
        form,
        round=round,
        obstacles=queries.obstacles(round, clock.now()) if round.state is RoundState.PLANNED else [],
        points=queries.sheet_points,
        states=list(RoundState),
        may_plan=access.may_plan(web.me()),
        corrections=queries.corrections(round),
        shares=queries.shares(round),
        allotted_share=money.percent(round.allotted, round.total),
        settings=[
            setting for setting in defaults.SETTINGS if setting.name not in ("year", "ordinal", "name")
        ],
        waiting=queries.open_moves(round),
        called=bool(queries.announcements(round)),
        topics=len(round.topics),
        briefings=len(queries.briefings(round)),
        questions_waiting=queries.waiting_questions(round),
        early=clock.now() < round.closes_at,
        reason_form=form
        if isinstance(form, forms.EarlyForm | ReasonForm)
        else forms.EarlyForm(formdata=None),
        reopen_form=form if isinstance(form, forms.ReopenForm) else forms.ReopenForm(formdata=None),
    )
