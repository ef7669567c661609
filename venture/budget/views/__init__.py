"""Pages of the stage `budget`: the list of awards, its notice, the awards and their agreements, the payments with their
receipts, accounts and claims; organizations merged while no money is on its way."""

from venture.budget.views import award, decision, evidence, merging, notice, payment, refund, treasury
from venture.budget.views.shared import bp

__all__ = ["award", "bp", "decision", "evidence", "merging", "notice", "payment", "refund", "treasury"]
