"""What must be paid before the last days of a round's sources."""

from typing import Any

from venture import clock, web
from venture.budget import access, queries
from venture.budget.views.shared import bp, crumbs, round_or_404
from venture.roles import may


@bp.get("/rounds/<int:year>/cut-off")
@may(*access.PAGES)
def cut_off(year: int) -> Any:
    round, today = round_or_404(year), clock.beijing_day(clock.now())
    return web.page(
        "budget/cut_off.html",
        None,
        round=round,
        crumbs=crumbs(round),
        cut_offs=queries.cut_off(round, web.me(), today),
        today=today,
    )
