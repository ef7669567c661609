"""The records of running projects. All amounts in fen."""

from venture.delivery.models.running import (
    Activity,
    ActivityFile,
    BudgetHead,
    Change,
    ChangeKind,
    ChangeState,
    MonthPlan,
    Payee,
    PlanState,
    Shows,
    Spending,
    Taking,
    Transfer,
    TransferState,
    Turnout,
)

__all__ = [
    "Activity",
    "ActivityFile",
    "BudgetHead",
    "Change",
    "ChangeKind",
    "ChangeState",
    "MonthPlan",
    "Payee",
    "PlanState",
    "Shows",
    "Spending",
    "Taking",
    "Transfer",
    "TransferState",
    "Turnout",
]
