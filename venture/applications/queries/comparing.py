"""Near-duplicates of a round: what is to be compared, the pairs that were found, one pair side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from venture.applications import access, parts
from venture.applications.lifecycle import State
from venture.applications.likeness import Line, Proposal, Verdict
from venture.applications.models import Application, Comparison, Likeness, Version
from venture.applications.parts import CostTable, Field, Kind
from venture.db import Page, db, paged
from venture.people.models import Person
from venture.rounds.models import Round

_TEXTS: tuple[Field, ...] = tuple(
    field
    for part in (parts.PLAN, parts.THEME)
    for field in part.fields
    if field.kind in (Kind.TEXT, Kind.LONG, Kind.TABLE) and field.key not in ("meetings", "matters")
)
"""The fields in which people write; names, figures and choices say the same in many proposals."""


def text_of(form: Mapping[str, Any], field: Field) -> str:
    """What was written in a field, one row of a table a line."""
    raw = form.get(field.key, "")
    if field.kind is not Kind.TABLE:
        return str(raw)
    written = [column.key for column in field.columns if column.kind is Kind.TEXT]
    return "\n".join(
        " · ".join(text for key in written if (text := row.get(key, ""))) for row in parts.filled(raw or [])
    )


def proposal(id: int, content: str) -> Proposal:
    """A frozen version as it is compared; its key is the version's id."""
    form = json.loads(content).get("form", {})
    lines = [line for table in CostTable for line in parts.lines(form, table)]
    return Proposal(
        id,
        [(field.label, text_of(form, field)) for field in _TEXTS],
        [Line(line.content, line.unit_price, line.quantity) for line in lines],
    )


def _latest() -> Select[int]:
    """The ids of the versions that stand: the last of each application that was not withdrawn."""
    return (
        select(func.max(Version.id))
        .join(Version.application)
        .where(Application.state != State.WITHDRAWN)
        .group_by(Version.application_id)
    )


def comparable(round: Round) -> tuple[list[Proposal], set[int]]:
    """All versions that stand in this round and in those before, and the ids of this round's. One statement."""
    rows = db.session.execute(
        select(Version.id, Version.content, Application.round_id)
        .join(Version.application)
        .join(Application.round)
        .where(Version.id.in_(_latest()), Round.year <= round.year)
        .order_by(Version.id)
    ).all()
    return [proposal(row.id, row.content) for row in rows], {
        row.id for row in rows if row.round_id == round.id
    }


def last_comparison(round: Round) -> Comparison | None:
    """The newest comparison of the round."""
    return db.session.scalar(
        select(Comparison)
        .where(Comparison.round_id == round.id)
        .order_by(Comparison.id.desc())
        .limit(1)
        .options(joinedload(Comparison.by))
    )


def not_compared(round: Round, since: Comparison | None) -> int:
    """How many versions of the round stand and have not been compared yet."""
    statement = (
        select(func.count())
        .select_from(Version)
        .join(Version.application)
        .where(Application.round_id == round.id, Version.id.in_(_latest()))
    )
    if since is not None:
        statement = statement.where(Version.id > (since.last_id or 0))
    return db.session.scalar(statement) or 0


def known_pairs(ids: set[int]) -> set[tuple[int, int]]:
    """The pairs on record that have one of these versions."""
    if not ids:
        return set()
    return {
        (first, second)
        for first, second in db.session.execute(select(Likeness.first_id, Likeness.second_id))
        if first in ids or second in ids
    }


def _score() -> ColumnElement[int]:
    return case((Likeness.text >= Likeness.budget, Likeness.text), else_=Likeness.budget)


def _seen(person: Person) -> tuple[Select[Likeness], Any, Any]:
    """The pairs whose two applications the person may see, with both applications."""
    first, second = aliased(Version), aliased(Version)
    one, two = aliased(Application), aliased(Application)
    visible = access.visible(person).with_only_columns(Application.id)
    statement = (
        select(Likeness)
        .join(first, first.id == Likeness.first_id)
        .join(second, second.id == Likeness.second_id)
        .join(one, one.id == first.application_id)
        .join(two, two.id == second.application_id)
        .where(one.id.in_(visible), two.id.in_(visible))
    )
    return statement, one, two


def _whole() -> tuple[Any, ...]:
    sides = [joinedload(side).joinedload(Version.application) for side in (Likeness.first, Likeness.second)]
    bodies = (joinedload(Application.organization), joinedload(Application.round))
    entries = selectinload(Application.versions)
    return (*(side.options(*bodies, entries) for side in sides), joinedload(Likeness.judged_by))


@dataclass(frozen=True)
class Narrowed:
    """What a list of pairs is narrowed to: `verdict` a Verdict's value or «open», `whose` «same» or «other»;
    `number` of one of the two applications.
    """

    verdict: str = ""
    whose: str = ""
    number: str = ""


def _of_round(round: Round, person: Person) -> tuple[Select[Likeness], Any, Any]:
    statement, one, two = _seen(person)
    standing = _latest().subquery()
    statement = statement.where(
        or_(one.round_id == round.id, two.round_id == round.id),
        Likeness.first_id.in_(select(standing)),
        Likeness.second_id.in_(select(standing)),
    )
    return statement, one, two


def pairs(round: Round, person: Person, *, narrowed: Narrowed = Narrowed(), page: int = 1) -> Page[Likeness]:
    """The pairs of versions that stand, of which one is the round's, the likest first. Constant statements."""
    statement, one, two = _of_round(round, person)
    if narrowed.verdict == "open":
        statement = statement.where(Likeness.verdict.is_(None))
    elif narrowed.verdict in set(Verdict):
        statement = statement.where(Likeness.verdict == Verdict(narrowed.verdict))
    if narrowed.whose in ("same", "other"):
        same = one.organization_id == two.organization_id
        statement = statement.where(same if narrowed.whose == "same" else ~same)
    if number := narrowed.number.strip():
        statement = statement.where(or_(one.number == number, two.number == number))
    ordered = statement.order_by(_score().desc(), Likeness.text.desc(), Likeness.id)
    return paged(ordered.options(*_whole()), page)


def pairs_by_id(round: Round, ids: Sequence[int], person: Person) -> Sequence[Likeness]:
    """Those of the round's pairs, as the person may see them."""
    statement, _one, _two = _of_round(round, person)
    return db.session.scalars(
        statement.where(Likeness.id.in_(ids)).order_by(_score().desc(), Likeness.id).options(*_whole())
    ).all()


def pair(id: int, person: Person) -> Likeness | None:
    """One pair, if the person may see both."""
    statement, _one, _two = _seen(person)
    return db.session.scalar(statement.where(Likeness.id == id).options(*_whole()))


def newer(found: Likeness) -> bool:
    """Whether one of the two has sent a newer version since, or was withdrawn."""
    ids = (found.first_id, found.second_id)
    inner = _latest().subquery()
    standing = select(func.count()).select_from(inner).where(inner.c[0].in_(ids))
    return (db.session.scalar(standing) or 0) < 2


def alike_by_application(round: Round, person: Person) -> dict[int, tuple[int, int]]:
    """For each application of the round that is like another: in how many pairs, and how many nobody looked at."""
    statement, one, two = _of_round(round, person)
    found: dict[int, tuple[int, int]] = {}
    for first, second, verdict in db.session.execute(
        statement.with_only_columns(one.id, two.id, Likeness.verdict)
    ):
        for id in (first, second):
            count, waiting = found.get(id, (0, 0))
            found[id] = count + 1, waiting + (verdict is None)
    return found
