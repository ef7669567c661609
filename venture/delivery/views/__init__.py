"""Pages of the stage `delivery`."""

from venture.delivery.views import closing, evaluation, reports
from venture.delivery.views.shared import bp

__all__ = ["bp", "closing", "evaluation", "reports"]
from venture.delivery.views import activities, requests, running, spending

__all__ = ["activities", "bp", "requests", "running", "spending"]
from venture.delivery.views import (
    archive,
)

__all__ = [
    "activities",
    "archive",
    "bp",
    "closing",
    "evaluation",
    "reports",
    "requests",
    "running",
    "spending",
]
