"""Keeping what the ranking is ordered by: the scores as they stand."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application
from venture.db import db
from venture.review import access, queries, scoring
from venture.review.models import Standing
from venture.rounds.models import Theme

TOGETHER = 500
"""Applications whose marks are read at once."""


def reckon(application: Application) -> scoring.Score:
    """Reckon one application's standing anew and give its score; see `reckon_all`."""
    return reckon_all([application.id])[application.id]


def reckon_all(ids: Sequence[int]) -> dict[int, scoring.Score]:
    """Reckon the standings of applications (ids) from their sheets as they are now, and give their scores.

    Whoever changes a sheet, who reads, or a rule calls this after the change, in the same transaction. The rows are
    locked before the sheets are read: of two who change sheets of one application the later sees both.
    """
    db.session.flush()
    found: dict[int, scoring.Score] = {}
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), TOGETHER):
        found |= _reckon(ordered[start : start + TOGETHER])
    return found


def reckon_theme(theme: Theme) -> None:
    """Reckon all standings of a theme, whose rule has changed."""
    reckon_all(db.session.scalars(select(Standing.application_id).where(Standing.theme_id == theme.id)).all())


def _reckon(ids: Sequence[int]) -> dict[int, scoring.Score]:
    rows = {
        row.application_id: row
        for row in db.session.scalars(
            select(Standing)
            .where(Standing.application_id.in_(ids))
            .order_by(Standing.application_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    applications = db.session.scalars(
        select(Application)
        .where(Application.id.in_(ids), Application.theme_id.is_not(None))
        .options(joinedload(Application.theme).selectinload(Theme.criteria), joinedload(Application.round))
    ).all()
    scores = queries.scores_of(applications) if applications else {}
    for one in applications:
        assert one.theme is not None
        row, score = rows.get(one.id), scores[one.id]
        if row is None:
            if one.state not in access.REVIEWED:
                continue
            row = Standing(application_id=one.id, theme_id=one.theme.id)
            db.session.add(row)
        row.counted, row.expected = score.counted, score.expected
        spoken = score.presentation
        row.presented, row.awaited = (spoken.counted, spoken.expected) if spoken else (0, 0)
        row.numerator = None if score.value is None else score.value.numerator
        row.denominator = None if score.value is None else score.value.denominator
        row.key = scoring.order_key(score, queries.tie_order(one.theme), one.asked or 0)
    db.session.flush()
    return scores
