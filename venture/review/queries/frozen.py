"""Whether a theme's ranking is frozen, its versions, and what a version of it would say."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application
from venture.db import db
from venture.people.models import Person
from venture.review import versions
from venture.review.models import Mark, Objected, Panelist, RankingVersion, Sheet, SheetState, Unfreezing
from venture.review.queries.ranks import Line, hidden_from, ranking
from venture.rounds.models import Phase, Theme


@dataclass(frozen=True)
class Frozen:
    """The newest version of a theme's ranking: its number, hash and moment, and whether it still holds."""

    version: RankingVersion
    holds: bool


def frozen_in(theme_ids: Iterable[int]) -> dict[int, Frozen]:
    """The newest version of each theme's ranking that has one. One statement."""
    found: dict[int, Frozen] = {}
    for version, unfrozen_at in db.session.execute(
        select(RankingVersion, Unfreezing.approved_at)
        .outerjoin(
            Unfreezing,
            and_(Unfreezing.version_id == RankingVersion.id, Unfreezing.approved_at.is_not(None)),
        )
        .where(RankingVersion.theme_id.in_(theme_ids))
        .order_by(RankingVersion.number)
    ):
        found[version.theme_id] = Frozen(version, unfrozen_at is None)
    return found


def frozen(theme_id: int | None) -> bool | None:
    """Whether the theme's ranking is frozen; None before its first version."""
    newest = frozen_in([theme_id] if theme_id is not None else []).get(theme_id or 0)
    return newest.holds if newest else None


def takes_marks(application: Application) -> bool:
    """Whether sheets of the application may change now. One statement."""
    return versions.takes_marks(application.state, frozen(application.theme_id))


def versions_of(theme: Theme) -> Sequence[RankingVersion]:
    """The versions of the theme's ranking, the newest first."""
    return db.session.scalars(
        select(RankingVersion)
        .where(RankingVersion.theme_id == theme.id)
        .options(joinedload(RankingVersion.made_by))
        .order_by(RankingVersion.number.desc())
    ).all()


def changes_of(found: Sequence[RankingVersion]) -> dict[int, list[versions.Change]]:
    """What each version (by number) changed against the one before; of `versions_of`."""
    said = [json.loads(each.text) for each in found]
    return {
        newer.number: versions.changes(old, new)
        for newer, new, old in zip(found, said, said[1:], strict=False)
    }


def hides_any(theme: Theme, person: Person) -> bool:
    """Whether a tie hides an application of the theme's round from the person: its versions name them all."""
    return bool(hidden_from(theme.round, person))


def shown_changes(theme: Theme, person: Person) -> set[str]:
    """The numbers of the theme's applications that no tie hides from the person. Two statements."""
    hidden = hidden_from(theme.round, person)
    rows = db.session.execute(
        select(Application.id, Application.number).where(Application.theme_id == theme.id)
    )
    return {number or "" for id, number in rows if id not in hidden}


def unfreezings_of(theme: Theme) -> Sequence[Unfreezing]:
    """What was proposed to unfreeze the theme's ranking and not taken back, the newest first."""
    return db.session.scalars(
        select(Unfreezing)
        .join(Unfreezing.version)
        .where(RankingVersion.theme_id == theme.id, Unfreezing.withdrawn_at.is_(None))
        .options(
            joinedload(Unfreezing.version),
            joinedload(Unfreezing.proposed_by),
            joinedload(Unfreezing.approved_by),
        )
        .order_by(Unfreezing.id.desc())
    ).all()


def pending_unfreezing(theme: Theme) -> Unfreezing | None:
    """The proposal to unfreeze the theme's ranking that waits for an approver."""
    return next((each for each in unfreezings_of(theme) if each.approved_at is None), None)


def content_of(theme: Theme, *, number: int, before: str) -> dict[str, Any]:
    """What version `number` of the theme's ranking says; `before` is the hash of the version before it."""
    one = next(each for each in ranking(theme.round) if each.theme.id == theme.id)
    sheets = {phase: _sheets(theme, phase) for phase in theme.round.phases}
    numbers = {line.application_id: line.number for line in one.lines}
    return {
        "format": 1,
        "round": {"year": theme.round.year, "name": theme.round.name},
        "theme": {"code": theme.code, "name": theme.name},
        "version": number,
        "before": before,
        "rule": {
            "aggregation": one.rules.aggregation,
            "trim_from": one.rules.trim_from,
            "dropping": one.rules.dropping,
            "rounding": one.rules.rounding,
            "quorum": one.rules.quorum,
            "pass_line": one.pass_line,
            **({"presentation_weight": one.weight} if one.weight else {}),
        },
        **{
            name: [[each.code, each.name, each.max, each.weight, each.tie_order] for each in lines]
            for name, lines in (
                ("criteria", [each for each in one.theme.sheet() if not each.bonus]),
                ("bonus", [each for each in one.theme.sheet() if each.bonus]),
                ("presentation", one.theme.sheet(Phase.PRESENTATION) if one.weight else []),
            )
            if lines or name == "criteria"
        },
        "projects": [
            {
                "number": line.number,
                "title": line.title,
                "organization": line.organization,
                "asked": line.asked,
                "sheets": sheets[Phase.PAPERS][line.application_id],
                **_parts(line, sheets.get(Phase.PRESENTATION), bonus=one.has_bonus),
                "score": "" if line.score is None else str(line.score),
                "shown": line.shown,
                "rank": line.rank,
                "tied": [numbers[each] for each in line.tied],
            }
            for line in one.lines
        ],
    }


def _parts(line: Line, presented: Mapping[int, Any] | None, *, bonus: bool) -> dict[str, Any]:
    """What the score of a project is made of, where it is more than the papers."""
    found: dict[str, Any] = {}
    if presented is not None:
        found = {"presented": presented[line.application_id], "presentation": line.presentation}
    if bonus:
        found["bonus"] = line.bonus
    return found | ({"papers": line.papers} if found else {})


def _sheets(theme: Theme, phase: Phase) -> dict[int, list[list[Any]]]:
    """The sheets of the phase that count by application: expert's number, marks in the criteria's order (bonus items

    last), total. One statement.
    """
    places = [each.id for each in sorted(theme.sheet(phase), key=lambda each: each.bonus)]
    found: dict[tuple[int, int], list[Any]] = {}
    of: dict[int, list[list[Any]]] = defaultdict(list)
    for application_id, expert, total, criterion_id, value in db.session.execute(
        select(
            Sheet.application_id,
            Panelist.number,
            Sheet.total,
            Mark.criterion_id,
            Mark.value,
        )
        .join(Application, Application.id == Sheet.application_id)
        .join(Panelist, Panelist.id == Sheet.panelist_id)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .where(Application.theme_id == theme.id, Sheet.phase == phase, Sheet.state == SheetState.HANDED_IN)
        .order_by(Panelist.number)
    ):
        row = found.get((application_id, expert))
        if row is None:
            row = found[application_id, expert] = [expert, [None] * len(places), total]
            of[application_id].append(row)
        row[1][places.index(criterion_id)] = value
    return of


def broken_versions() -> Iterator[str]:
    """Each version's hash is that of its text, their chain has no gap, and a frozen ranking's marks still stand."""
    newest = frozen_in(select(Theme.id))  # type: ignore[arg-type]  # a subquery does as well as a list
    last: dict[int, RankingVersion] = {}
    for each in db.session.scalars(
        select(RankingVersion).order_by(RankingVersion.theme_id, RankingVersion.number)
    ):
        before, said = last.get(each.theme_id), json.loads(each.text)
        if versions.digest(each.text) != each.sha256:
            yield f"ranking version {each.id}: its text has another hash"
        chained = (before.number + 1, before.sha256) if before else (1, "")
        if (said["version"], said["before"]) != chained or each.number != chained[0]:
            yield f"ranking version {each.id}: does not follow the version before it"
        last[each.theme_id] = each
    for one in newest.values():
        if one.holds:
            yield from _drifted(one.version)


def _drifted(version: RankingVersion) -> Iterator[str]:
    """The projects of a frozen ranking whose sheets say otherwise now."""
    said = json.loads(version.text)
    sheets = _sheets(version.theme, Phase.PAPERS)
    presented = _sheets(version.theme, Phase.PRESENTATION)
    of_theme = select(Application.id, Application.number).where(Application.theme_id == version.theme_id)
    ids = {number: id for id, number in db.session.execute(of_theme)}
    for project in said["projects"]:
        id = ids[project["number"]]
        if sheets[id] != project["sheets"] or presented[id] != project.get("presented", []):
            yield f"ranking version {version.id}: the sheets of {project['number']} changed while it is frozen"


def is_objection(round_id: int, receipt: str) -> bool:
    """Whether an objection to a notice of the round has this receipt, as somebody types it."""
    typed = Objected.receipt == receipt.strip().upper()
    return db.session.scalar(select(Objected.id).where(Objected.round_id == round_id, typed)) is not None
