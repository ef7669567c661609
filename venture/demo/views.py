"""The role cards: one press enters as an invented person. Registered only while the demonstration is on."""

from typing import Any, NamedTuple

from flask import Blueprint, current_app
from flask_babel import gettext as _

from venture import clock, web
from venture.demo.cast import seed_of
from venture.demo.content import CARDS, address
from venture.people import actions, proofs, queries
from venture.people.views import welcome
from venture.roles import Role, open_to_all

bp = Blueprint("demo", __name__)


class Card(NamedTuple):
    """One role's card: who one will be, and what there is to see."""

    role: Role
    key: str
    name: str
    position: str
    sees: str
    seed: str
    code: str


@bp.app_context_processor
def cards() -> dict[str, Any]:
    return {"demo_cards": lambda: [_card(*card) for card in CARDS]}


def _card(role: Role, key: str, name: str, position: str) -> Card:
    seed = seed_of(current_app.config["SECRET_KEY"], key)
    return Card(role, key, name, position, _sees(role), seed, proofs.code_at(seed, clock.now()))


def _sees(role: Role) -> str:
    said: dict[Role, str] = {
        Role.APPLICANT: _("An application sent back half written; last year's project with its payments."),
        Role.EXPERT: _("Proposals of the present round to score, the mouse optional."),
        Role.OPERATOR: _("Prepares checks and keys in paper sheets; decides nothing."),
        Role.OFFICER: _("Eligibility, ranking, awards, agreements and payments of every round."),
        Role.APPROVER: _("A payment batch to release, lists of awards to approve."),
        Role.FINANCE: _("Payments to check, vouchers to record, the ledger and the sheets."),
        Role.AUDITOR: _("Reads everything, changes nothing."),
        Role.CLERK: _("Matters of the village, their outcomes, and projects' support to confirm."),
        Role.ADMINISTRATOR: _("People and their roles."),
    }
    return said[role]


@bp.post("/enter/<key>")
@open_to_all
def enter(key: str) -> Any:
    web.or_404(next((card for card in CARDS if card[1] == key), None))
    person = web.or_404(queries.person_by_login(address(key)))
    return welcome(person, actions.begin(person, at=clock.now()), "/")
