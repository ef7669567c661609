"""Pages of the stage `delivery`."""

from venture.delivery.views import (
    activities,
    archive,
    closing,
    evaluation,
    reports,
    requests,
    running,
    spending,
)
from venture.delivery.views.shared import (
    bp,
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
