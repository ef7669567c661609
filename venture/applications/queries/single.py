"""One application whole, if the person may see it, with what belongs to it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import defaultload, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from venture import trail
from venture.applications import access
from venture.applications.lifecycle import State, applicant_view
from venture.applications.models import Application, Attachment, Check, LatePaper, Slot, Snapshot, Version
from venture.applications.parts import group_key
from venture.db import db
from venture.people import queries as people
from venture.people.models import Grant, Organization, Person, TrackRecord
from venture.rounds.models import Need, Round


def parts_of() -> tuple[ExecutableOption, ...]:
    """How an application is loaded with everything that belongs to it: a constant number of statements."""
    return (
        joinedload(Application.round).selectinload(Round.themes),
        joinedload(Application.round).selectinload(Round.fields),
        joinedload(Application.round).selectinload(Round.papers),
        joinedload(Application.round).selectinload(Round.rules),
        joinedload(Application.round).selectinload(Round.questions),
        joinedload(Application.round).selectinload(Round.topics).joinedload(Need.community),
        joinedload(Application.organization).joinedload(Organization.merged_into),
        joinedload(Application.organization).selectinload(Organization.merged),
        joinedload(Application.organization).selectinload(Organization.reports),
        joinedload(Application.organization).selectinload(Organization.listings),
        joinedload(Application.organization).selectinload(Organization.bans),
        joinedload(Application.organization).selectinload(Organization.records),
        joinedload(Application.theme),
        joinedload(Application.field),
        joinedload(Application.saved_by),
        joinedload(Application.signed_by),
        joinedload(Application.decided_by),
        selectinload(Application.admissions),
        selectinload(Application.late_papers).joinedload(LatePaper.by),
        selectinload(Application.communities),
        selectinload(Application.costs),
        selectinload(Application.funds),
        selectinload(Application.attachments).options(
            joinedload(Attachment.kind),
            joinedload(Attachment.question),
            joinedload(Attachment.file),
            joinedload(Attachment.added_by),
        ),
        selectinload(Application.versions).options(
            joinedload(Version.submitted_by), joinedload(Version.entered_by)
        ),
        selectinload(Application.checks).joinedload(Check.by),
    )


def one(id: int, person: Person) -> Application | None:
    """One application, if the person may see it; what belongs to it is read where a page or verb asks for it."""
    return db.session.scalar(
        access.visible(person)
        .where(Application.id == id)
        .options(
            joinedload(Application.round),
            joinedload(Application.organization),
            joinedload(Application.theme),
            joinedload(Application.field),
            defaultload(Application.attachments).options(
                joinedload(Attachment.kind), joinedload(Attachment.file)
            ),
            defaultload(Application.versions).options(
                joinedload(Version.submitted_by), joinedload(Version.entered_by)
            ),
            defaultload(Application.checks).joinedload(Check.by),
        )
    )


def attachment(id: int, application: Application) -> Attachment | None:
    """One file of the application, also one that was taken out."""
    return next((each for each in application.attachments if each.id == id), None)


def version_of_key(key: str) -> Version | None:
    """The version that this press of the button made, if it already has."""
    return db.session.scalar(
        select(Version).where(Version.key == key).options(joinedload(Version.application))
    )


def signers(organization: Organization) -> Sequence[Person]:
    """Who may have signed for the organization on paper: those who act for it."""
    return db.session.scalars(
        select(Person)
        .where(Person.active, Person.grants.any(Grant.organization_id == organization.id))
        .order_by(Person.name, Person.id)
    ).all()


def latest_of(organization: Organization) -> Application | None:
    """The organization's newest application, from which a new one takes what seldom changes."""
    return db.session.scalar(
        select(Application)
        .where(Application.organization_id == organization.id)
        .order_by(Application.id.desc())
        .limit(1)
    )


def group_slots(application: Application, name: str) -> Sequence[Slot]:
    """The places that applications for the filed group of this name take in the round, through any sponsor."""
    key = group_key(name)
    if not key:
        return []
    return db.session.scalars(
        select(Slot)
        .where(Slot.round_id == application.round_id, Slot.group_key == key)
        .order_by(Slot.group_number)
    ).all()


def earlier(application: Application, person: Person) -> Sequence[Application]:
    """The organization's other applications that the person may see, whole, newest first. Constant statements."""
    return db.session.scalars(
        access.visible(person)
        .where(Application.organization_id == application.organization_id, Application.id != application.id)
        .order_by(Application.id.desc())
        .options(*parts_of())
    ).all()


def sent_of(organization_id: int, person: Person) -> Sequence[Application]:
    """What an organization ever sent, as the person may see it, whole, oldest first. Constant statements."""
    return db.session.scalars(
        access.visible(person)
        .where(Application.organization_id == organization_id, Application.submitted_at.is_not(None))
        .order_by(Application.number, Application.id)
        .options(*parts_of())
    ).all()


def record_of(application: Application) -> TrackRecord | None:
    """The entry of an awarded application on its organization's record."""
    return db.session.scalar(
        select(TrackRecord)
        .where(
            TrackRecord.organization_id == application.organization_id,
            TrackRecord.year == application.round.year,
            TrackRecord.title == application.title,
        )
        .order_by(TrackRecord.id)
        .limit(1)
    )


def slots(application: Application) -> Sequence[Slot]:
    """The places that the organization's applications take in the round."""
    return db.session.scalars(
        select(Slot)
        .where(
            Slot.round_id == application.round_id,
            Slot.organization_id.in_(people.family(application.organization)),
        )
        .order_by(Slot.number)
    ).all()


def snapshots(application: Application) -> Sequence[Snapshot]:
    """The history of the draft, newest first. One statement."""
    return db.session.scalars(
        select(Snapshot)
        .where(Snapshot.application_id == application.id)
        .order_by(Snapshot.revision.desc())
        .options(joinedload(Snapshot.saved_by))
    ).all()


def last_snapshot(application: Application) -> Snapshot | None:
    """The newest row of the draft's history; None before the first save."""
    return db.session.scalar(
        select(Snapshot)
        .where(Snapshot.application_id == application.id)
        .order_by(Snapshot.revision.desc())
        .limit(1)
    )


def history(application: Application) -> Sequence[trail.Event]:
    """What was done on the application, newest first."""
    return trail.history(application)


def corrections(application: Application) -> Sequence[trail.Correction]:
    """What was set right on the application (更正), oldest first."""
    return trail.corrections_of([application])[application.id]


def published(application: Application) -> bool:
    """Whether the round's result has been published: some application of it is past its notice."""
    after = (
        State.ON_NOTICE,
        State.AWARDED,
        State.REVISING,
        State.CONTRACTED,
        State.RUNNING,
        State.SUSPENDED,
        State.MIDTERM,
        State.FINAL,
        State.AUDITING,
        State.CLOSED,
    )
    return bool(
        db.session.scalar(
            select(func.count())
            .select_from(Application)
            .where(Application.round_id == application.round_id, Application.state.in_(after))
        )
    )


def reads_comments(application: Application) -> bool:
    """Whether the applicant may read what the experts wrote: the round says so and its result is published."""
    return application.round.releases_comments and published(application)


def shown_state(application: Application) -> State:
    """The state as the applicant is shown it."""
    if application.passed_on is not None or application.state is not State.NOT_SHORTLISTED:
        return applicant_view(application.state, passed_over=application.passed_on is not None)
    return applicant_view(application.state, published=published(application))
