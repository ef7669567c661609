"""Pages across the stages: home and board, the official sheets, one's own sheets, the outbox, the navigation."""

from venture.desk.views import own, pages
from venture.desk.views.pages import bp

__all__ = ["bp", "own", "pages"]
