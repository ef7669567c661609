"""What several pages of review need."""

from flask import Blueprint

from venture import web
from venture.applications.models import Application
from venture.review import queries
from venture.review.models import Panelist
from venture.roles import Role
from venture.rounds import queries as rounds
from venture.rounds.models import Round, Theme

bp = Blueprint("review", __name__)

KEYS_IN = (Role.OPERATOR, Role.OFFICER)
CHECKS = (Role.OPERATOR, Role.OFFICER, Role.APPROVER)


def round_or_404(year: int) -> Round:
    return web.or_404(rounds.by_year(year))


def theme_or_404(year: int, code: str) -> Theme:
    return web.or_404(next((theme for theme in round_or_404(year).themes if theme.code == code), None))


def seat_or_404(year: int, number: int) -> Panelist:
    return web.or_404(queries.panelist(round_or_404(year), number))


@bp.app_template_global()
def expert_title(application: Application) -> str:
    """A project's title as its experts see it."""
    return queries.title_of(application)


@bp.app_template_global()
def expert_body(application: Application) -> str:
    """Who applied, as the experts see it: nothing in a blind review."""
    return queries.body_of(application)
