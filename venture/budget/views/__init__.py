"""Pages of the stage `budget`: the list of awards, its notice, the awards and their agreements, the payments;
organizations merged while no money is on its way."""

from venture.budget.views import agreement, award, decision, merging, notice, payment, revision
from venture.budget.views.shared import bp

__all__ = ["agreement", "award", "bp", "decision", "merging", "notice", "payment", "revision"]
