"""What the pages of running projects share: the blueprint and the way to a project's award."""

from flask import Blueprint

from venture import web
from venture.budget import queries as budget
from venture.budget.models import Award
from venture.delivery import queries as queries

bp = Blueprint("delivery", __name__)


def award_or_404(id: int) -> Award:
    """The award of a running project if the person may see it, or the page «not found»."""
    return web.or_404(budget.award(id, web.me()))
