"""The records of running projects. All amounts in fen."""

from venture.delivery.models.closing import (
    Audit,
    AuditLine,
    BanProposal,
    ClosingRule,
    Closure,
    Evaluation,
    EvaluationSheet,
    Report,
    ReportState,
    ReportVersion,
    ResultObjection,
)

__all__ = [
    "Audit",
    "AuditLine",
    "BanProposal",
    "ClosingRule",
    "Closure",
    "Evaluation",
    "EvaluationSheet",
    "Report",
    "ReportState",
    "ReportVersion",
    "ResultObjection",
]
