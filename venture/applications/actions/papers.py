"""The files of an application: attached within its limits, replaced, taken out; nothing is erased."""

from datetime import datetime

from venture import files, trail
from venture.applications import access, codes, queries
from venture.applications.actions import step
from venture.applications.models import Application, Attachment, LatePaper
from venture.files import Staged
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds.models import OwnQuestion, PaperKind

FILES_OF_A_KIND = 10
QUESTION_MB = 20
"""What one file that answers an own question may weigh."""
MB = 1 << 20
KEPT_TIMES = 5
"""How many times its limit of size an application may have with what was taken out, which is kept too."""


def attach(
    *,
    application: Application,
    kind: PaperKind | OwnQuestion,
    staged: Staged | None,
    by: Person,
    at: datetime,
    replaces: Attachment | None = None,
) -> Attachment:
    """Add a received file under one of the round's kinds or own questions, instead of `replaces` if given; the same
    file twice is one.

    Raises Refused: applications.no_file and what `room_for` raises.
    """
    step.lock(application)
    if staged is None:
        _way(application, kind, by, at)
        raise Refused("applications.no_file", _field(kind), name=_name(kind))
    late = room_for(
        application=application,
        kind=kind,
        name=staged.name,
        size=staged.size,
        by=by,
        at=at,
        replaces=replaces,
    )
    live = [each for each in queries.live_files(application) if _under(kind, each)]
    if same := [each for each in live if each.file.sha256 == staged.sha256]:
        return same[0]
    kept = files.keep(staged, by=by, at=at)
    added = Attachment(
        application_id=application.id,
        kind=kind if isinstance(kind, PaperKind) else None,
        question=kind if isinstance(kind, OwnQuestion) else None,
        file=kept,
        added_at=at,
        added_by_id=by.id,
        removed_at=None,
        late=late,
    )
    application.attachments.append(added)
    instead = replaces.file.name if replaces else None
    if replaces is not None:
        replaces.removed_at = at
    trail.say(
        by,
        "applications.attach" if late is None else "applications.attach_late",
        application,
        kind=_name(kind),
        name=kept.name,
        sha256=kept.sha256,
        **({"instead": instead} if instead else {}),
    )
    return added


def room_for(
    *,
    application: Application,
    kind: PaperKind | OwnQuestion,
    name: str,
    size: int,
    by: Person,
    at: datetime,
    replaces: Attachment | None = None,
) -> LatePaper | None:
    """Refuse a file of `size` bytes that the application cannot take now; asked before it is sent, and again after.

    The answer is the late admission under which it comes, after the closing. Raises Refused:
    applications.not_your_organization, applications.frozen, applications.papers_closed (closes_at),
    applications.file_too_large (name, limit in MB), applications.too_many_files, applications.files_full,
    applications.files_heavy, applications.replaced_too_often, applications.replaced_already,
    applications.sent_stays.
    """
    late = _way(application, kind, by, at)
    field, round = _field(kind), application.round
    limit_mb = kind.limit_mb if isinstance(kind, PaperKind) else QUESTION_MB
    if replaces is not None and (not _under(kind, replaces) or replaces.removed_at is not None):
        raise Refused("applications.replaced_already", field, name=replaces.file.name)
    if replaces is not None and late is not None and replaces.late_id is None:
        raise Refused("applications.sent_stays", field, name=replaces.file.name)
    if size > limit_mb * MB:
        raise Refused("applications.file_too_large", field, name=name, limit=limit_mb)
    stay = [each for each in queries.live_files(application) if each is not replaces]
    if len([each for each in stay if _under(kind, each)]) >= FILES_OF_A_KIND:
        raise Refused("applications.too_many_files", field, name=_name(kind), most=FILES_OF_A_KIND)
    if len(stay) >= round.files_most:
        raise Refused("applications.files_full", field, name=name, most=round.files_most)
    limit, left = round.files_mb * MB, round.files_mb * MB - sum(each.file.size for each in stay)
    if size > left:
        raise Refused("applications.files_heavy", field, name=name, limit=round.files_mb, left=max(left, 0))
    if sum(each.file.size for each in application.attachments) + size > limit * KEPT_TIMES:
        raise Refused("applications.replaced_too_often", field, name=name, limit=round.files_mb * KEPT_TIMES)
    return late


def _field(kind: PaperKind | OwnQuestion) -> str:
    return f"paper-{kind.code}" if isinstance(kind, PaperKind) else kind.code


def _name(kind: PaperKind | OwnQuestion) -> str:
    return kind.name if isinstance(kind, PaperKind) else kind.title


def _under(kind: PaperKind | OwnQuestion, attachment: Attachment) -> bool:
    """Whether the file was sent for this kind or question."""
    return kind is (attachment.kind or attachment.question)


def _way(
    application: Application, kind: PaperKind | OwnQuestion | None, by: Person, at: datetime
) -> LatePaper | None:
    """By what a file may come: None while the application is open or the kind is due; then a late admission."""
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if queries.papers_open(application, at):
        return None
    if isinstance(kind, PaperKind) and kind.id in (ways := queries.attachable(application, at)):
        return ways[kind.id]
    if application.state not in access.EDITABLE:
        raise Refused("applications.frozen", "", state=queries.shown_state(application))
    closed = {"closes_at": queries.limit_of(application)}
    raise Refused("applications.papers_closed", _field(kind) if kind else "", **closed)


def enter_code(
    *, application: Application, attachment: Attachment, typed: str, by: Person, at: datetime
) -> Attachment:
    """Keep the code that stands on a scanned page, and which version of the application it proves.

    Its own people and staff type it off the paper; the code of another version is taken, and told beside the one
    that stands. Entering another one later is a correction like any save: the trail has both. Raises Refused:
    applications.not_your_organization, applications.replaced_already, applications.no_code,
    applications.code_unknown (typed) for a code that no page of this application carries.
    """
    step.lock(application)
    field = f"code-{attachment.id}"
    if not (access.may_edit(by, application) or by.holds(*access.ENTERS)):
        raise Refused("applications.not_your_organization")
    if attachment.removed_at is not None or attachment.kind is None or not attachment.kind.coded:
        raise Refused("applications.replaced_already", field, name=attachment.file.name)
    if not typed.strip():
        raise Refused("applications.no_code", field)
    found = codes.match(typed, queries.codes_of(application))
    if found is None:
        raise Refused("applications.code_unknown", field, typed=typed.strip())
    code, version = found
    if attachment.code != code:
        before, attachment.code, attachment.version = attachment.code, code, version
        number = version.number if version else None
        facts = {"name": attachment.file.name, "before": before, "code": code, "version": number}
        trail.say(by, "applications.enter_code", application, **facts)
    return attachment


def detach(*, application: Application, attachment: Attachment, by: Person, at: datetime) -> None:
    """Take a file out; versions already sent keep it. After the closing only a late one, while more may come.

    Raises Refused as `room_for`, and applications.sent_stays.
    """
    step.lock(application)
    late = _way(application, attachment.kind, by, at)
    if late is not None and attachment.late_id is None:
        raise Refused("applications.sent_stays", "", name=attachment.file.name)
    if attachment.removed_at is None:
        attachment.removed_at = at
        trail.say(by, "applications.detach", application, name=attachment.file.name)
