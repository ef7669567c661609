"""Pages of the stage `budget`: the list of awards, its notice, the awards and their agreements, the payments."""

from venture.budget.views import award, decision, notice, payment
from venture.budget.views.shared import bp

__all__ = ["award", "bp", "decision", "notice", "payment"]
