"""Pages of the stage `budget`: the list of awards, its notice, the awards and their agreements, the payments with their
receipts, accounts and claims; organizations merged while no money is on its way."""

from venture.budget.views import (
    agreement,
    award,
    decision,
    evidence,
    merging,
    notice,
    payment,
    refund,
    revision,
    sources,
    treasury,
    whatif,
)
from venture.budget.views.shared import (
    bp,
)

__all__ = [
    "agreement",
    "award",
    "bp",
    "decision",
    "evidence",
    "merging",
    "notice",
    "payment",
    "refund",
    "revision",
    "sources",
    "treasury",
    "whatif",
]
