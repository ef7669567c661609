"""Decisions, notices, awards, instalments, payments, and the append-only ledger. All amounts in fen.

Each limit is carried by one row: a theme's `committed`, an award's `paid + pending`; their CHECKs hold
whatever the code does. A decision has a maker and another approver; a payment four acts by three people.
"""

from venture.budget.models.agreement import (
    Agreement,
    AgreementScan,
    Amendment,
)
from venture.budget.models.award import (
    Award,
    AwardState,
    Instalment,
)
from venture.budget.models.decision import (
    Decision,
    DecisionLine,
    DecisionState,
)
from venture.budget.models.evidence import (
    AccountChange,
    ChangeState,
    Invoice,
    InvoiceKind,
)
from venture.budget.models.ledger import (
    Account,
    Entry,
    Operation,
)
from venture.budget.models.notice import (
    Notice,
    NoticeOutcome,
    Objection,
    OutcomeKind,
    Posting,
    Remedy,
)
from venture.budget.models.payment import (
    Batch,
    Payment,
    PaymentState,
)
from venture.budget.models.refund import (
    Claim,
    Refund,
)
from venture.budget.models.revision import (
    RevisedVersion,
    Revision,
    RevisionState,
)
from venture.budget.models.treasury import (
    Holds,
    TreasuryColumn,
)

__all__ = [
    "Account",
    "AccountChange",
    "Agreement",
    "AgreementScan",
    "Amendment",
    "Award",
    "AwardState",
    "Batch",
    "ChangeState",
    "Claim",
    "Decision",
    "DecisionLine",
    "DecisionState",
    "Entry",
    "Holds",
    "Instalment",
    "Invoice",
    "InvoiceKind",
    "Notice",
    "NoticeOutcome",
    "Objection",
    "Operation",
    "OutcomeKind",
    "Payment",
    "PaymentState",
    "Posting",
    "Refund",
    "Remedy",
    "RevisedVersion",
    "Revision",
    "RevisionState",
    "TreasuryColumn",
]
