"""Pages of the stage `delivery`."""

from venture.delivery.views.shared import bp

__all__ = ["bp"]
