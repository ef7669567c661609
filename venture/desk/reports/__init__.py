"""The sheets that the desk draws: the bureaus' own official ones, and those that somebody put together."""

from venture.desk.reports.bureau import (
    SHEETS,
    applications,
    applications_for_payment,
    audited,
    award,
    cut_off,
    disbursement,
    fees,
    ledger,
    notice,
    past_awards,
    scores,
    sheets,
    ties,
)
from venture.desk.reports.own import in_template, own, spoken

__all__ = [
    "SHEETS",
    "applications",
    "applications_for_payment",
    "audited",
    "award",
    "cut_off",
    "disbursement",
    "fees",
    "in_template",
    "ledger",
    "notice",
    "own",
    "past_awards",
    "scores",
    "sheets",
    "spoken",
    "ties",
]
