"""Notices as the public reads them, and the objections to them."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from venture.applications.lifecycle import State
from venture.budget.models import (
    Decision,
    Notice,
    Objection,
    Posting,
)
from venture.budget.queries.decision import LINES
from venture.db import db
from venture.review.models import RankingVersion
from venture.rounds.models import Round


def _with_notice(statement: Select[Notice]) -> Select[Notice]:
    return statement.options(
        joinedload(Notice.decision).options(*LINES),
        selectinload(Notice.objections).joinedload(Objection.application),
        selectinload(Notice.outcomes),
    )


def notice(notice_id: int) -> Notice | None:
    """One notice with its decision, lines and objections."""
    return db.session.scalar(_with_notice(select(Notice).where(Notice.id == notice_id)))


def notice_of(decision: Decision) -> Notice | None:
    """The notice of a decision, if it was published."""
    return db.session.scalar(_with_notice(select(Notice).where(Notice.decision_id == decision.id)))


def notices() -> Sequence[Notice]:
    """All notices, newest first, with their rounds. One statement."""
    return db.session.scalars(
        select(Notice)
        .options(joinedload(Notice.decision).joinedload(Decision.round))
        .order_by(Notice.starts_on.desc(), Notice.id.desc())
    ).all()


def notices_of(round: Round) -> Sequence[Notice]:
    """The notices of a round, newest first, whole."""
    return db.session.scalars(
        _with_notice(
            select(Notice)
            .join(Notice.decision)
            .where(Decision.round_id == round.id)
            .order_by(Notice.id.desc())
        )
    ).all()


def cancelled_places(notice: Notice) -> set[int]:
    """The places (序号) of the published list that were cancelled after it came out."""
    funded = [line for line in notice.decision.lines if line.decided]
    return {
        place
        for place, line in enumerate(funded, start=1)
        if line.application.state in {State.CANCELLED, State.TERMINATED, State.WITHDRAWN}
    }


def corrected_for(objections: Sequence[Objection]) -> Sequence[RankingVersion]:
    """The versions of rankings that were corrected for these objections, the oldest first. One statement."""
    return db.session.scalars(
        select(RankingVersion)
        .where(RankingVersion.ground.in_([each.receipt for each in objections]))
        .options(joinedload(RankingVersion.theme))
        .order_by(RankingVersion.id)
    ).all()


def postings(notice: Notice) -> Sequence[Posting]:
    """Where the notice and its outcomes stood, the newest first. One statement."""
    return db.session.scalars(
        select(Posting)
        .where(Posting.notice_id == notice.id)
        .options(joinedload(Posting.outcome), joinedload(Posting.file), joinedload(Posting.by))
        .order_by(Posting.id.desc())
    ).all()


def objection(objection_id: int) -> Objection | None:
    """One objection with its notice."""
    return db.session.scalar(
        select(Objection)
        .where(Objection.id == objection_id)
        .options(joinedload(Objection.notice).options(joinedload(Notice.decision).options(*LINES)))
    )


def objection_by(receipt: str) -> Objection | None:
    """The objection with this receipt's code."""
    return db.session.scalar(
        select(Objection).where(Objection.receipt == receipt).options(joinedload(Objection.notice))
    )
