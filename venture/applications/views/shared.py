"""What several pages of applications need."""

from typing import Any

from flask import Blueprint, current_app
from werkzeug.exceptions import NotFound

from venture import web
from venture.applications import access, parts, queries
from venture.applications.models import Application
from venture.applications.parts import Part
from venture.config import Settings
from venture.roles import Role

bp = Blueprint("applications", __name__)

SPARE_ROWS = 3
WRITES = (Role.APPLICANT, *access.ENTERS)


def settings() -> Settings:
    found: Settings = current_app.settings  # type: ignore[attr-defined]  # set by web.start
    return found


def found_or_404(id: int) -> Application:
    return web.or_404(queries.one(id, web.me()))


def writable_or_404(id: int) -> Application:
    """The application, if the person may write in it; for others there is nothing here."""
    application = found_or_404(id)
    if not access.may_edit(web.me(), application):
        raise NotFound
    return application


def part_or_404(application: Application, code: str) -> Part:
    return web.or_404(next((part for part in offered(application) if part.code == code), None))


def offered(application: Application) -> tuple[Part, ...]:
    """The parts that the form has as it stands."""
    return queries.offered(application, queries.sheet(application))


def line_amount(row: Any) -> int | None:
    """The amount of one row of the budget, once it can be reckoned."""
    field = parts.FIELDS["costs_grant"]
    if not parts.complete(field, row):
        return None
    return parts.amount_of(*(parts.read(column, row[column.key]) for column in field.columns[2:4]))
