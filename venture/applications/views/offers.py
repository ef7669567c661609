"""What would change in a form if fields were taken in from elsewhere: both texts, the difference, what to know first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from venture import documents, web
from venture.applications import access, parts, printing, queries
from venture.applications.differences import Piece, difference
from venture.applications.models import Application
from venture.applications.parts import Field, Kind, Raw
from venture.people import queries as people
from venture.refusal import Blocker, Changed
from venture.web import Form


@dataclass(frozen=True)
class Offer:
    """One field that would change.

    `since` tells who changed the field, and when, after the other text was made; `empties`: its text would be gone.
    """

    field: Field
    before: str
    after: str
    pieces: Sequence[Piece]
    obstacles: Sequence[Blocker]
    since: tuple[str, datetime] | None
    empties: bool


def offers(
    application: Application,
    given: Mapping[str, Raw],
    since: Mapping[str, tuple[str, datetime]] | None = None,
) -> list[Offer]:
    """The fields that would change, in the order of the form."""
    now = queries.sheet(application)
    after = {**now, **given}
    found = parts.blockers(after, queries.terms(application, after))
    names = {each.code: each.name for each in people.communities()} if "communities" in given else {}
    listed = []
    for field in (field for field in queries.fields(application).values() if field.key in given):
        old, new = now[field.key], given[field.key]
        if new != _as_sent(field, old):
            before, text = (_plain(application, field, raw, names) for raw in (old, new))
            obstacles = [each for each in found if _of(field, each)]
            changed = (since or {}).get(field.key)
            pieces = difference(before, text)
            listed.append(Offer(field, before, text, pieces, obstacles, changed, bool(old) and not new))
    return listed


def look(
    form: Form, application: Application, found: Sequence[Offer], ticked: Collection[str], **more: Any
) -> Any:
    """The page before anything is taken in: 200; 409 when somebody saved meanwhile; 422 when the verb refused.

    `more` is what the template says of the source; the fields `ticked` are so at first, then those that were pressed.
    """
    clash, form.refusal = (form.refusal, None) if isinstance(form.refusal, Changed) else (None, form.refusal)
    pressed = set(request.form.getlist("take")) if web.confirmed() else None
    answer = web.confirm(
        template="applications/look.html",
        form=form,
        application=application,
        sight=access.sight(application),
        offers=found,
        ticked=ticked if pressed is None else pressed,
        clash=clash,
        editable=application.state in access.EDITABLE,
        **more,
    )
    return answer, 409 if clash else 422 if form.refusal else 200


def _plain(application: Application, field: Field, raw: Raw, communities: Mapping[str, str]) -> str:
    if field.key in ("theme", "field"):
        offered = application.round.themes if field.key == "theme" else application.round.fields
        raw = next((each.name for each in offered if each.code == raw), raw)
    return printing.plain(queries.Answer(field, raw), communities)


def _as_sent(field: Field, raw: Raw) -> Raw:
    """What is on record, as it would come back from a file that nobody touched."""
    if field.kind is Kind.TABLE:
        return parts.filled(parts.normal(field, raw))
    return parts.normal(field, documents.writable(raw)) if isinstance(raw, str) else raw


def _of(field: Field, blocker: Blocker) -> bool:
    """Whether the obstacle lies in what stands in the field; that it is still empty is no news here."""
    here = blocker.field == field.key or blocker.field.startswith(f"{field.key}-")
    return here and blocker.code not in ("applications.missing", "applications.rows")
