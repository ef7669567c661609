"""What the pages of the money share: the blueprint, the page of a single act, an act tried before it is confirmed."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import flask
from flask import Blueprint
from flask_babel import gettext as _

from venture import clock, documents, downloads, money, web
from venture.budget import queries
from venture.config import Settings
from venture.files import File
from venture.people import queries as people
from venture.people.models import Person
from venture.roles import Role
from venture.rounds.models import Round
from venture.web import Form

bp = Blueprint("budget", __name__)


def round_or_404(year: int) -> Round:
    """The round of the year, or the page «not found»."""
    return web.or_404(queries.round_of(year))


def crumbs(round: Round, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way here: the round's page, then what is given."""
    return [(round.name, f"/rounds/{round.year}"), *more]


def act(
    title: str,
    verb: str,
    form: Form,
    *,
    back: str,
    facts: Iterable[tuple[str, Any]] = (),
    warning: str = "",
    hints: Mapping[str, str] | None = None,
    table: tuple[Sequence[str], Sequence[Sequence[Any]]] | None = None,
    danger: bool = False,
) -> Any:
    """The page of one act on one thing: what it concerns, what depends on it, the fields, the verb."""
    return web.page(
        "budget/act.html",
        form,
        title=title,
        verb=verb,
        back=back,
        facts=list(facts),
        warning=warning,
        hints=hints or {},
        table=table,
        danger=danger,
    )


def tried(form: Form, verb: Callable[..., Any], /, **arguments: Any) -> bool:
    """Run the verb, and undo it unless the person has confirmed: the preview shows only what will be done."""
    done = web.attempt(form, verb, **arguments)
    if done and not web.confirmed():
        web.rollback()
    return done


def sums(fen: int) -> list[tuple[str, str]]:
    """A total as a confirm page shows it: in figures and in capitals."""
    return [
        (_("Sum"), f"{money.text(fen)} {_('yuan')}"),
        (_("Amount in words"), f"人民币{money.capitals(fen)}"),
    ]


def moment(at: datetime) -> str:
    """A moment in Beijing time, as the pages print it."""
    return clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S")


def new_key() -> str:
    """A key made with a form: the same press twice is one effect."""
    return secrets.token_hex(16)


def sent(file: File | None) -> Any:
    """An uploaded scan, as a download."""
    return downloads.send(web.or_404(file))


def settings() -> Settings:
    """The app's settings."""
    found: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    return found


def official(blocks: Sequence[documents.Block], *, foot: str, flipped: bool = False) -> dict[str, Any]:
    """What the template `official` prints: the blocks of a document, with its code in the foot of each page."""
    return {
        "title": str(blocks[0][1]).replace("\n", ""),
        "foot": foot,
        "page": "第 {page} 页 共 {pages} 页",
        "flipped": flipped,
        "blocks": [list(block) for block in blocks],
    }


def as_pdf(blocks: Sequence[documents.Block], *, foot: str, name: str, flipped: bool = False) -> Any:
    """A document as PDF; the transaction ends before the file is made."""
    given = official(blocks, foot=foot, flipped=flipped)
    with _turn():
        return downloads.made(documents.pdf("official", given, fonts=settings().fonts), f"{name}.pdf")


def as_docx(blocks: Sequence[documents.Block], *, foot: str, name: str, author: str = "") -> Any:
    """The same document as a Word file, since offices edit."""
    given, title = [(style, what) for style, what in blocks], str(blocks[0][1]).replace("\n", "")
    with _turn():
        made = documents.letter(given, title=title, author=author, foot=foot)
    return downloads.made(made, f"{name}.docx")


def _turn() -> AbstractContextManager[None]:
    """A place in the making of documents; the transaction ends before it is waited for."""
    asker = web.me().id if web.me().is_authenticated else 0
    web.rollback()
    return documents.turn(settings().data / "turns", asker)


def signers() -> list[Person]:
    """Those who may have signed on paper: the approvers."""
    return list(people.people_with(Role.APPROVER))


def signer(form: Any) -> Person:
    """The chosen signer of a paper."""
    return next(person for person in signers() if person.id == form.signer.data)
