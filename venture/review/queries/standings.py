"""Whether the standings are what the sheets make of them."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture.applications.models import Application
from venture.db import db
from venture.review import access, scoring
from venture.review.models import Standing
from venture.review.queries.scores import scores_of, tie_order
from venture.rounds.models import Theme

TOGETHER = 500
"""Applications whose marks are read at once."""


def broken_standings() -> Iterator[str]:
    """Each application in review, or past it, stands by the score that its sheets give now."""
    last = 0
    while rows := db.session.execute(
        select(Application, Standing)
        .outerjoin(Standing, Standing.application_id == Application.id)
        .where(Application.id > last, Application.state.in_(access.REVIEWED))
        .options(joinedload(Application.theme).selectinload(Theme.criteria), joinedload(Application.round))
        .order_by(Application.id)
        .limit(TOGETHER)
    ).all():
        scores = scores_of([application for application, _ in rows])
        for application, standing in rows:
            assert application.theme is not None
            score = scores[application.id]
            key = scoring.order_key(score, tie_order(application.theme), application.asked or 0)
            heard = (
                (score.presentation.counted, score.presentation.expected) if score.presentation else (0, 0)
            )
            should = (application.theme.id, score.counted, score.expected, *heard, score.value, key)
            if standing is None:
                yield f"application {application.id}: has no standing"
            elif should != (
                standing.theme_id,
                standing.counted,
                standing.expected,
                standing.presented,
                standing.awaited,
                standing.value,
                standing.key,
            ):
                yield f"application {application.id}: stands by {standing.value}, its sheets give {score.value}"
            last = application.id
