"""Pages of the stage `delivery`."""

from venture.delivery.views import archive, closing, evaluation, reports
from venture.delivery.views.shared import bp

__all__ = ["archive", "bp", "closing", "evaluation", "reports"]
