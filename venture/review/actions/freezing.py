"""Freezing a theme's ranking with its hash, unfreezing it by two people, correcting one case while it is frozen."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from venture import trail
from venture.applications.models import Application
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import access, queries, versions
from venture.review.actions import standings
from venture.review.actions.sheets import Filled, add_up, sheet_blockers
from venture.review.models import RankingVersion, Sheet, SheetState, Unfreezing
from venture.rounds.models import Theme


def freeze(*, theme: Theme, by: Person, at: datetime, reason: str = "") -> RankingVersion:
    """Freeze the theme's ranking as its next version; one that is frozen already stays as it is.

    The later stage calls this when the list that rests on the ranking is published; an officer after an unfreezing,
    with the reason. From here on sheets of the theme cannot change. Raises Refused: review.no_reason (from the
    second version on).
    """
    locked(theme)
    newest = queries.frozen_in([theme.id]).get(theme.id)
    if newest is not None and newest.holds:
        return newest.version
    if newest is not None and not reason.strip():
        raise Refused("review.no_reason", "reason")
    _hold_all(theme)
    return _next(theme, newest.version if newest else None, reason=reason.strip(), by=by, at=at)


def _hold_all(theme: Theme) -> None:
    """Wait for whoever changes a sheet of the theme: who comes later finds the ranking frozen."""
    db.session.execute(
        select(Application.id)
        .where(Application.theme_id == theme.id, Application.state.in_(access.REVIEWED))
        .order_by(Application.id)
        .with_for_update()
    ).all()


def _next(
    theme: Theme, last: RankingVersion | None, *, reason: str, by: Person, at: datetime, ground: str = ""
) -> RankingVersion:
    number, before = (last.number + 1, last.sha256) if last else (1, "")
    content = queries.content_of(theme, number=number, before=before)
    text = versions.canonical(content)
    version = RankingVersion(
        theme=theme,
        number=number,
        text=text,
        sha256=versions.digest(text),
        reason=reason,
        ground=ground,
        made_at=at,
        made_by=by,
    )
    db.session.add(version)
    db.session.flush()
    changed = versions.changes(json.loads(last.text), content) if last else []
    trail.say(
        by,
        "review.freeze",
        version,
        theme=theme,
        number=number,
        sha256=version.sha256,
        reason=reason,
        ground=ground,
        changes=len(changed),
    )
    return version


def propose_unfreezing(*, theme: Theme, reason: str, by: Person, at: datetime) -> Unfreezing:
    """Propose to make the frozen ranking changeable again; it is when somebody else has approved it.

    Raises Refused: review.no_reason, review.not_frozen, review.unfreezing_pending.
    """
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    locked(theme)
    newest = queries.frozen_in([theme.id]).get(theme.id)
    if newest is None or not newest.holds:
        raise Refused("review.not_frozen")
    if queries.pending_unfreezing(theme) is not None:
        raise Refused("review.unfreezing_pending")
    proposal = Unfreezing(version=newest.version, reason=reason.strip(), proposed_at=at, proposed_by=by)
    db.session.add(proposal)
    db.session.flush()
    trail.say(
        by,
        "review.propose_unfreezing",
        proposal,
        theme=theme,
        number=newest.version.number,
        reason=proposal.reason,
    )
    return proposal


def approve_unfreezing(*, proposal: Unfreezing, by: Person, at: datetime) -> None:
    """Approve the unfreezing; nobody approves their own. The next version says what was changed.

    Raises Refused: review.own_unfreezing, review.unfreezing_settled.
    """
    theme = locked(proposal.version.theme)
    locked(proposal)
    if proposal.proposed_by_id == by.id:
        raise Refused("review.own_unfreezing")
    if proposal.approved_at is not None or proposal.withdrawn_at is not None:
        raise Refused("review.unfreezing_settled")
    newest = queries.frozen_in([theme.id])[theme.id]
    if newest.version.id != proposal.version_id:
        raise Refused("review.unfreezing_settled")
    proposal.approved_at, proposal.approved_by = at, by
    db.session.flush()
    trail.say(by, "review.approve_unfreezing", proposal, theme=theme, number=newest.version.number)


def take_back_unfreezing(*, proposal: Unfreezing, by: Person, at: datetime) -> None:
    """Take back a proposed unfreezing, or decline it. Raises Refused review.unfreezing_settled."""
    locked(proposal)
    if proposal.approved_at is not None or proposal.withdrawn_at is not None:
        raise Refused("review.unfreezing_settled")
    proposal.withdrawn_at = at
    trail.say(by, "review.take_back_unfreezing", proposal)


def correct_case(
    *,
    sheet: Sheet,
    marks: Mapping[str, int | None],
    ground: str,
    reason: str,
    by: Person,
    at: datetime,
) -> RankingVersion:
    """Correct one expert's marks of one project in a frozen ranking, for an objection that was upheld.

    Both values are kept, and the next version lists what changed; everything else stays frozen. `ground` is the
    objection's receipt. Raises Refused: review.no_ground, review.no_objection (none of the round has this receipt),
    review.no_reason, review.not_frozen, review.not_handed_in, review.own_sheet, review.nothing_corrected and what
    `sheet_blockers` finds.
    """
    if not ground.strip():
        raise Refused("review.no_ground", "ground")
    if not queries.is_objection(sheet.application.round_id, ground):
        raise Refused("review.no_objection", "ground")
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    theme = sheet.application.theme
    assert theme is not None
    locked(theme)
    locked(sheet.application)
    locked(sheet)
    newest = queries.frozen_in([theme.id]).get(theme.id)
    if newest is None or not newest.holds:
        raise Refused("review.not_frozen")
    if sheet.state is not SheetState.HANDED_IN:
        raise Refused("review.not_handed_in")
    if sheet.panelist.person_id == by.id:
        raise Refused("review.own_sheet")
    if blockers := sheet_blockers(sheet.criteria, Filled(marks, dict.fromkeys(marks, reason))):
        raise Refused.all(blockers)
    wrong = [mark for mark in sheet.marks if marks[mark.criterion.code] != mark.value]
    if not wrong:
        raise Refused("review.nothing_corrected")
    before, was = queries.score_of(sheet.application), sheet.total
    for mark in wrong:
        trail.correct(
            mark, field="value", value=marks[mark.criterion.code], reason=reason.strip(), by=by, at=at
        )
    add_up(sheet)
    sheet.revision += 1
    after = standings.reckon(sheet.application)
    trail.say(
        by,
        "review.correct_case",
        sheet,
        ground=ground.strip().upper(),
        reason=reason.strip(),
        total_before=was,
        total_after=sheet.total,
        score_before=queries.printed(before.value),
        score_after=queries.printed(after.value),
    )
    return _next(theme, newest.version, reason=reason.strip(), ground=ground.strip().upper(), by=by, at=at)
