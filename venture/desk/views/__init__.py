"""Pages across the stages: home and board, the official sheets, one's own sheets, the outbox, the navigation."""

from venture.desk.views import archive, own, pages
from venture.desk.views.pages import bp

__all__ = ["archive", "bp", "own", "pages"]
