"""Pages of the stage `delivery`."""

from venture.delivery.views import activities, requests, running, spending
from venture.delivery.views.shared import bp

__all__ = ["activities", "bp", "requests", "running", "spending"]
