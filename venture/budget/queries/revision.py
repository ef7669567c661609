"""Revisions of plan and budget: as they stand, against what was applied for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defaultload, joinedload, selectinload

from venture.applications import parts
from venture.applications import queries as applications
from venture.applications.models import Application, Attachment
from venture.applications.parts import Raw
from venture.budget import access, revising
from venture.budget.models import Award, RevisedVersion, Revision, RevisionState
from venture.db import db
from venture.people.models import Person
from venture.refusal import Blocker
from venture.rounds.models import Round, Theme


def revisions(round: Round, person: Person) -> Sequence[Revision]:
    """The revisions of the awards of the round that the person may see, by project number, whole."""
    application = defaultload(Revision.award).joinedload(Award.application)
    return db.session.scalars(
        select(Revision)
        .join(Revision.award)
        .join(Award.theme)
        .where(
            Theme.round_id == round.id,
            Award.id.in_(access.visible(person).with_only_columns(Award.id).order_by(None)),
        )
        .options(
            joinedload(Revision.award),
            selectinload(Revision.versions),
            application.joinedload(Application.organization),
            application.selectinload(Application.costs),
            application.selectinload(Application.funds),
            application.selectinload(Application.communities),
            application.joinedload(Application.theme),
            application.joinedload(Application.field),
            application.joinedload(Application.topic),
            application.selectinload(Application.versions),
            application.selectinload(Application.attachments).joinedload(Attachment.file),
        )
        .order_by(Award.project_no)
    ).all()


def revision_of(award: Award) -> Revision | None:
    """The revision of the award, where one was asked for."""
    return db.session.scalar(
        select(Revision).where(Revision.award_id == award.id).options(selectinload(Revision.versions))
    )


def unrevised(awards: Collection[Award]) -> set[int]:
    """Of these awards those whose revision is asked for and not accepted, by id. One statement."""
    return set(
        db.session.scalars(
            select(Revision.award_id).where(
                Revision.award_id.in_([award.id for award in awards]),
                Revision.state != RevisionState.ACCEPTED,
            )
        )
    )


@dataclass(frozen=True)
class Promised:
    """What binds a project: days and people served; `revised`: plan and budget as accepted, None where not revised."""

    starts_on: date | None
    ends_on: date | None
    direct: int | None
    revised: Mapping[str, Any] | None


def promised(awards: Collection[Award]) -> dict[int, Promised]:
    """What binds each project, by award id: its accepted revision, else its application. One statement."""
    accepted: dict[int, Mapping[str, Any]] = {
        row: content
        for row, content in db.session.execute(
            select(Revision.award_id, RevisedVersion.content)
            .join(RevisedVersion.revision)
            .where(
                Revision.award_id.in_([award.id for award in awards]),
                Revision.state == RevisionState.ACCEPTED,
            )
            .order_by(RevisedVersion.number)
        )
    }
    found = {}
    for award in awards:
        application, content = award.application, accepted.get(award.id)
        if content is None:
            days = (application.starts_on, application.ends_on, application.direct)
        else:
            days = (
                parts.value(content, "starts_on"),
                parts.value(content, "ends_on"),
                parts.value(content, "direct"),
            )
        found[award.id] = Promised(*days, content)
    return found


def applied(revision: Revision) -> dict[str, Raw]:
    """The form as it was applied for: the last version that was sent."""
    return applications.sheet(revision.award.application, pending=False)


def revised(revision: Revision) -> dict[str, Raw]:
    """The form as revised so far."""
    return revising.sheet(applied(revision), revision.answers, revision.award.entitled)


def sent(revision: Revision) -> dict[str, Raw]:
    """The form as it was last sent; as applied for where nothing was sent yet."""
    return {**applied(revision), **(revision.versions[-1].content if revision.versions else {})}


def revision_obstacles(revision: Revision) -> list[Blocker]:
    """All that stands in the way of sending it: the very list the verb refuses with."""
    form = revised(revision)
    return revising.blockers(form, applications.terms(revision.award.application, form))


def revision_heads(revision: Revision, *, writing: bool = False) -> list[revising.Head]:
    """How the money differs from what was applied for, head by head: as sent, or as it stands `writing`."""
    return revising.heads(applied(revision), revised(revision) if writing else sent(revision))
