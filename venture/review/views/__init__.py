"""Pages of the stage `review`: the panel, ties, an expert's desk, paper sheets, sheets, the ranking."""

from venture.review.views import day, desk, panel, paper, ranking, sheets, ties, versions, workbook
from venture.review.views.shared import bp

__all__ = ["bp", "day", "desk", "panel", "paper", "ranking", "sheets", "ties", "versions", "workbook"]
