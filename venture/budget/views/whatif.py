"""Trial calculations beside the list of awards: read, never kept."""

from typing import Any

from venture import web
from venture.budget import access, queries, whatif
from venture.budget.forms import trial_form
from venture.budget.views.shared import bp, crumbs, round_or_404
from venture.roles import may


@bp.get("/rounds/<int:year>/what-if")
@may(*access.PAGES)
def what_if(year: int) -> Any:
    round = round_or_404(year)
    contest = web.or_404(queries.contest(round, web.me()))
    form, found = trial_form(round), None
    if contest.bids and (not form.asked or form.validate()):
        given = {"source": form.source.data, "target": form.target.data, "step": form.step.data}
        web.rollback()  # nobody waits for a commit meanwhile
        found = whatif.trial(
            contest.bids, contest.terms, form.terms(contest.terms), form.objective.data, **given
        )
        round = round_or_404(year)
    return web.page(
        "budget/whatif.html",
        form,
        round=round,
        crumbs=crumbs(round),
        contest=contest,
        trial=found,
    )
