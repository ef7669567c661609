"""What the pages of running projects share: the blueprint, the way to a project, the page of a single act."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import flask
from flask import Blueprint
from flask_babel import gettext as _

from venture import door, web
from venture.budget import queries as budget
from venture.budget.models import Award
from venture.delivery import access
from venture.roles import Role
from venture.web import Form

bp = Blueprint("delivery", __name__)
RECORDS = (Role.APPLICANT,)
"""Those who record: the people of the organization; whose project it is, the verbs ask."""


def award_or_404(id: int) -> Award:
    """The award of a running project if the person may see it, or the page «not found»."""
    return web.or_404(budget.award(id, web.me()))


def own_or_404(id: int) -> Award:
    """The award if it is of the person's own organization; others' projects are not there to be recorded in."""
    found = award_or_404(id)
    return web.or_404(found if access.is_own(web.me(), found) else None)


def crumbs(award: Award, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way here: the list that the person comes from, the project, then what is given."""
    if access.is_own(web.me(), award):
        first = (_("My projects"), flask.url_for("delivery.mine"))
    else:
        first = (_("Running projects"), flask.url_for("delivery.running", year=award.theme.round.year))
    if not access.is_own(web.me(), award) and not web.me().holds(*access.PAGES):
        return [(award.application.title, flask.url_for("delivery.project", id=award.id)), *more]
    return [first, (award.application.title, flask.url_for("delivery.project", id=award.id)), *more]


def new_key() -> str:
    """A key made with a form: the same press twice is one effect."""
    return secrets.token_hex(16)


def carried() -> list[tuple[str, str]]:
    """The files that came with a refused form, sealed, for its page to carry on."""
    return [(name, value) for name, value in door.carried() if name.endswith(".staged")]


def act(
    award: Award,
    title: str,
    verb: str,
    form: Form,
    *,
    back: str,
    facts: Iterable[tuple[str, Any]] = (),
    hints: Mapping[str, str] | None = None,
    danger: bool = False,
    lead: str = "",
) -> Any:
    """The page of one act on one record: what it concerns, the fields, the verb."""
    return web.page(
        "delivery/act.html",
        form,
        title=title,
        verb=verb,
        back=back,
        facts=list(facts),
        hints=hints or {},
        danger=danger,
        lead=lead,
        crumbs=crumbs(award),
    )
