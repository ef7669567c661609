"""Sending an application and taking it back: the deadline, the number, the place, the frozen version."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, func, select

from venture import clock, outbox, trail
from venture.applications import access, codes, lifecycle, parts, queries
from venture.applications.actions import step, writing
from venture.applications.lifecycle import State
from venture.applications.models import Application, Slot, Version
from venture.applications.parts import Raw
from venture.db import db, locked, to_json
from venture.people.models import Person
from venture.refusal import Changed, Refused
from venture.rounds import questions
from venture.rounds.models import Round


def submit(
    *,
    application: Application,
    by: Person,
    key: str,
    seen: int,
    at: datetime | None = None,
    entered_by: Person | None = None,
) -> Version:
    """Freeze the form as the next version and give its receipt; completing what was sent back is the same.

    `by` is the person of the organization whose act it is, `entered_by` the officer who typed it in from
    paper. `key` comes with the form: pressing twice gives the first answer again, and so does sending what
    is already on record unchanged. Without `at` the clock is read once the round is locked: that moment
    decides, and the closing moment itself is late. Raises Refused with every obstacle, Changed
    (applications.changed_since) when the form was saved after the page was opened, lifecycle.NotFrom.
    """
    round = locked(application.round)
    if (done := queries.version_of_key(key)) is not None:
        if done.application_id != application.id:
            raise Refused("applications.key_used")
        return done
    step.lock(application)
    db.session.expire(round, ["questions"])
    moment = at or clock.now()
    if not access.may_edit(entered_by or by, application):
        raise Refused("applications.not_your_organization")
    if entered_by is not None and application.signed_by_id != by.id:
        raise Refused("applications.signer_unknown", "", name=by.name)
    name = "resend" if application.state is State.SUBMITTED else "submit"
    lifecycle.move(name, application.state)
    if seen != application.revision:
        raise Changed(
            "applications.changed_since", [], who=application.saved_by.name, when=application.saved_at
        )
    if found := queries.obstacles(application, moment):
        raise Refused.all(found)
    return _freeze(application, round, name, by=by, entered_by=entered_by, key=key, at=moment)


def _freeze(
    application: Application,
    round: Round,
    name: str,
    *,
    by: Person,
    entered_by: Person | None,
    key: str,
    at: datetime,
) -> Version:
    form = queries.sheet(application)
    pending = application.answers.get("_pending")
    if pending:
        writing.write(application, form)
    last = application.versions[-1] if application.versions else None
    file_number = application.number or _next_number(round)
    content = to_json(_content(application, form, file_number))
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    if last is not None and application.state is State.SUBMITTED and last.sha256 == sha256:
        return last
    _take_slot(application, round)
    application.number, application.submitted_at = file_number, at
    step.move(application=application, name=name, by=by, number=file_number, sha256=sha256)
    application.correct_by_on = application.correct_days = application.returned_on = None
    number = last.number + 1 if last else 1
    stamp = f"{file_number}|{number}|{sha256}|{at.isoformat()}"
    version = Version(
        application_id=application.id,
        number=number,
        key=key,
        content=content,
        sha256=sha256,
        receipt=codes.of(stamp),
        revision=application.revision,
        theme_id=application.theme.id,  # type: ignore[union-attr]  # no obstacle means it is there
        asked=application.asked,
        total=application.total,
        submitted_at=at,
        submitted_by=by,
        entered_by=entered_by,
    )
    application.versions.append(version)
    printed = codes.of_draft(application.id, application.revision)
    for scan in queries.live_files(application):
        if scan.code == printed:  # the draft that was printed, signed and scanned is what was sent
            scan.version = version
    db.session.flush()
    outbox.post(
        "applications.receipt",
        to=by,
        about=application,
        held=False,
        number=application.number,
        title=application.title,
        version=number,
        at=clock.beijing(at).strftime("%Y-%m-%d %H:%M:%S"),
        receipt=version.receipt,
    )
    return version


def _next_number(round: Round) -> str:
    year = f"{round.year}-"
    number = cast(func.substr(Application.number, len(year) + 1), BigInteger)
    last = db.session.scalar(select(func.max(number)).where(Application.round_id == round.id))
    return f"{year}{(last or 0) + 1:03d}"


def _take_slot(application: Application, round: Round) -> None:
    taken = queries.slots(application)
    own = next((slot for slot in taken if slot.application_id == application.id), None)
    if own is None:
        own = Slot(
            round_id=round.id,
            organization_id=application.organization_id,
            number=_free({slot.number for slot in taken}, round),
            application_id=application.id,
        )
        db.session.add(own)
    key = parts.group_key(application.group_name) or None
    if own.group_key != key:
        others = {slot.group_number for slot in queries.group_slots(application, application.group_name)}
        own.group_key, own.group_number = key, _free(others, round) if key else None


def _free(taken: Collection[int | None], round: Round) -> int:
    """The first place that is not taken; no obstacle means that there is one."""
    return next(number for number in range(1, round.applications_each + 1) if number not in taken)


def _content(application: Application, form: Mapping[str, Raw], number: str) -> dict[str, Any]:
    """What a version freezes: the form as typed, its sums, the organization as it was, the files by hash.

    Of the round's own questions every definition, with whether it was asked; only what was asked is answered.
    """
    body, sums = application.organization, parts.sums(form)
    own, asked = queries.own_questions(application.round), queries.asked(application, form)
    left = {question.code for question in own} - {question.code for question in asked}
    return {
        "format": 1,
        "round": {"year": application.round.year, "name": application.round.name},
        "number": number,
        "theme": {"code": form["theme"], "name": application.theme.name if application.theme else ""},
        "field": {"code": form["field"], "name": application.field.name if application.field else ""},
        "communities": [{"code": each.code, "name": each.name} for each in application.communities],
        "organization": {
            "credit_code": body.credit_code,
            "name": body.name,
            "registrar": body.registrar,
            "registered_on": trail.plain(body.registered_on),
            "supervising_unit": body.supervising_unit,
            "address": body.address,
            "postcode": body.postcode,
            "introduction": body.introduction,
            "rating": body.rating,
            "rated_in": body.rated_in,
            "legal_representative": body.legal_representative,
            "representative_position": body.representative_position,
            "representative_phone": body.representative_phone,
            "representative_email": body.representative_email,
            "reports": [[report.year, report.result.value] for report in body.reports],
        },
        "form": {key: raw for key, raw in form.items() if key not in left},
        "questions": [questions.to_data(each) | {"asked": each.code not in left} for each in own],
        "sums": {"asked": sums.asked, "grant": sums.grant, "matching": sums.matching, "total": sums.total},
        "files": [
            {
                "attachment": each.id,
                "kind": each.label,
                "name": each.file.name,
                "sha256": each.file.sha256,
                "size": each.file.size,
            }
            for each in queries.live_files(application)
            if queries.with_form(each) and (each.question is None or each.question.code not in left)
        ],
    }


def withdraw(*, application: Application, by: Person, at: datetime | None = None) -> None:
    """Take the application back for good; before the closing its place is free again.

    Raises Refused: applications.not_your_organization; lifecycle.NotFrom.
    """
    locked(application.round)
    step.lock(application)
    moment = at or clock.now()
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state is State.WITHDRAWN:
        return
    step.move(application=application, name="withdraw", by=by)
    application.correct_by_on = application.correct_days = application.returned_on = None
    if moment < queries.closing_of(application):
        for slot in queries.slots(application):
            if slot.application_id == application.id:
                db.session.delete(slot)
    outbox.withdraw(about=application)
