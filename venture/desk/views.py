"""Pages across the stages: the home page of each role, the navigation, the outbox, the sheets."""

from typing import Any, NamedTuple

import flask
from flask import Blueprint

from venture import web
from venture.roles import open_to_all

bp = Blueprint("desk", __name__)


class Entry(NamedTuple):
    """One entry of the navigation."""

    label: str
    url: str
    current: bool


@bp.app_context_processor
def navigation() -> dict[str, list[Entry]]:
    return {"nav": []}


@bp.get("/")
@open_to_all
def home() -> Any:
    return web.page("desk/home.html")


@bp.get("/health")
@open_to_all
def health() -> Any:
    return flask.jsonify(up=True)
