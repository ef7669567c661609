"""Pages of the stage `review`: pool, invitations, panel, ties, an expert's desk, sheets, the ranking."""

from venture.review.views import (
    day,
    desk,
    drawing,
    fees,
    inviting,
    lots,
    panel,
    paper,
    pool,
    ranking,
    roster,
    sheets,
    ties,
    versions,
    workbook,
)
from venture.review.views.shared import bp

__all__ = [
    "bp",
    "day",
    "desk",
    "drawing",
    "fees",
    "inviting",
    "lots",
    "panel",
    "paper",
    "pool",
    "ranking",
    "roster",
    "sheets",
    "ties",
    "versions",
    "workbook",
]
