"""Beginning an application and typing it: whatever is typed can be kept, and nobody's text is lost."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from venture import trail
from venture.applications import access, parts, queries
from venture.applications.actions import step
from venture.applications.differences import taken_out
from venture.applications.lifecycle import State
from venture.applications.models import Application, CostLine, CostTable, Fund, FundKind, Snapshot
from venture.applications.parts import Field, Kind, Part, Raw
from venture.db import db, to_json
from venture.people.models import Community, Organization, Person
from venture.refusal import Changed, Refused
from venture.rounds.models import Round, RoundState, Theme

CARRIED_OVER = (
    "experience",
    "past_projects",
    "won_before",
    "won_which",
    "lead_name",
    "lead_position",
    "lead_phone",
    "lead_email",
    "team",
)
"""What a new application takes from the organization's last one."""
AUTOSAVE_SAID_EVERY = timedelta(minutes=10)
SNAPSHOT_LASTS = timedelta(minutes=10)
TAKEN_OUT = 20
"""Signs that one save may take out of a field before what stood there is kept as a row of its own."""


def start(
    *,
    round: Round,
    organization: Organization,
    theme: Theme | None,
    by: Person,
    at: datetime,
    signed_by: Person | None = None,
) -> Application:
    """Begin a draft, with what the organization's record says and what seldom changes from its last application.

    `signed_by`: the person of the organization who signed on paper what staff now enter (代录). An untouched
    draft of the same kind is given back rather than a second one. Raises Refused:
    applications.not_your_organization, applications.signer_unknown, applications.not_open_yet,
    applications.closed, applications.not_its_theme.
    """
    if signed_by is None and organization.id not in by.organization_ids:
        raise Refused("applications.not_your_organization", "organization")
    if signed_by is not None and organization.id not in signed_by.organization_ids:
        raise Refused("applications.signer_unknown", "signer", name=signed_by.name)
    if signed_by is not None and not by.holds(*access.ENTERS):
        raise Refused("applications.not_your_role")
    if organization.merged_into_id is not None:
        raise Refused("applications.merged_record", "organization", name=organization.name)
    if round.state is RoundState.PLANNED:
        raise Refused("applications.not_open_yet", "", opens_at=round.opens_at, at=at)
    closing = queries.closing_for(round, organization)
    if not queries.takes(round, closing, at):
        raise Refused("applications.closed", "", closes_at=closing, at=at)
    if theme is not None and theme.round_id != round.id:
        raise Refused("applications.not_its_theme", "theme")
    untouched = db.session.scalar(
        select(Application).where(
            Application.round_id == round.id,
            Application.organization_id == organization.id,
            Application.theme_id == (theme.id if theme else None),
            Application.signed_by_id == (signed_by.id if signed_by else None),
            Application.created_by_id == by.id,
            Application.state == State.DRAFT,
            Application.revision == 1,
        )
    )
    if untouched is not None:
        return untouched
    before = queries.latest_of(organization)
    kept = {key: before.answers[key] for key in CARRIED_OVER if key in before.answers} if before else {}
    kept |= _won(organization)
    made = Application(
        round=round,
        organization=organization,
        theme=theme,
        signed_by=signed_by,
        state=State.DRAFT,
        answers=kept,
        created_at=at,
        created_by_id=by.id,
        saved_at=at,
        saved_by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "applications.start", made, organization=organization.name, year=round.year)
    return made


def _won(organization: Organization) -> dict[str, str]:
    """What the record of the organization says of rounds it won before."""
    if not organization.records:
        return {}
    won = sorted(organization.records, key=lambda record: (record.year, record.id))
    return {"won_before": "yes", "won_which": "；".join(f"{record.year} {record.title}" for record in won)}


def fingerprint(raw: Raw) -> str:
    """A short hash of a field's text, sent along with a form to tell later who changed what."""
    return hashlib.sha256(to_json(raw).encode()).hexdigest()[:12]


def save_part(
    *,
    application: Application,
    part: Part,
    posted: Mapping[str, Raw | Callable[[Raw], Raw]],
    seen: int,
    base: Mapping[str, str] | None,
    by: Person,
    at: datetime,
    auto: bool = False,
    again: int | None = None,
) -> Application:
    """Keep what was typed in a part, also what breaks a rule or cannot be read: obstacles are only a list.

    `posted` holds the fields of the part that came, each as text or as a change of the present text (single
    cells of a table). `base` holds the fingerprints of what the page has of its fields, `seen` the revision that it
    showed, for fields without one: when somebody else has saved since, fields they did not change are taken, fields
    the page did not change are left alone. `again` is the earlier revision whose text is put back, if it is. Raises
    Changed(applications.changed: who, when, part, fields) for fields that both changed;
    Refused(applications.frozen) when the application has left the applicant's hands.
    """
    own = {field.key for field in part.fields}
    return _keep(
        application,
        {key: given for key, given in posted.items() if key in own},
        seen,
        base,
        by,
        at,
        did="restore" if again is not None else "autosave" if auto else "save",
        part=part.code,
        **({} if again is None else {"again": again}),
    )


def take_in(
    *, application: Application, posted: Mapping[str, Raw], seen: int, name: str, by: Person, at: datetime
) -> Application:
    """Keep the fields that the person chose from a Word or Excel file (`name`) that came back, whatever their part.

    Raises what `save_part` raises; Refused(applications.nothing_taken) when no field was chosen.
    """
    if not posted:
        raise Refused("applications.nothing_taken", "take")
    return _keep(application, posted, seen, None, by, at, did="take_in", name=name)


def take_over(
    *,
    application: Application,
    source: Application,
    keys: Collection[str],
    seen: int,
    by: Person,
    at: datetime,
) -> Application:
    """Keep the fields `keys` as they stand in another application of the same organization.

    Raises what `save_part` raises; Refused: applications.nothing_taken when no field was chosen,
    applications.not_your_organization when the other one is not the organization's or hidden from the person.
    """
    if source.organization_id != application.organization_id or not access.may_see(by, source):
        raise Refused("applications.not_your_organization")
    fits = queries.fitting(application, source)
    posted = {key: raw for key, raw in fits.items() if key in keys}
    if not posted:
        raise Refused("applications.nothing_taken", "take")
    return _keep(application, posted, seen, None, by, at, did="take_over", source=source.id)


def _keep(
    application: Application,
    posted: Mapping[str, Raw | Callable[[Raw], Raw]],
    seen: int,
    base: Mapping[str, str] | None,
    by: Person,
    at: datetime,
    *,
    did: str,
    **facts: Any,
) -> Application:
    """Keep these fields and say that they were kept (`did`, with `facts`), each with both texts."""
    step.lock(application)
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state not in access.EDITABLE:
        raise Refused("applications.frozen", "", state=queries.shown_state(application))
    now = queries.sheet(application)
    known = queries.fields(application)
    mine = {
        key: parts.normal(known[key], given(now[key]) if callable(given) else given)
        for key, given in posted.items()
        if known[key].kind is not Kind.FILE
    }
    changed = {key: raw for key, raw in mine.items() if raw != now[key]}
    touched: dict[str, list[Any]] = dict(application.answers.get("_touched", {}))
    given = base or {}
    # What the page shows decides field by field; its revision only for fields of which it does not say.
    theirs = {
        key
        for key in changed.keys() & touched.keys()
        if (given[key] != fingerprint(now[key]) if key in given else touched[key][0] > seen)
    }
    for key in [key for key in theirs if given.get(key) == fingerprint(changed[key])]:
        del changed[key]  # the page still shows what it began with; the other's change stands
    if clash := [key for key in changed if key in theirs]:
        latest = max((touched[key] for key in clash), key=lambda entry: int(entry[0]))
        raise Changed(
            "applications.changed",
            [(known[key].label, _plain(changed[key]), _plain(now[key])) for key in clash],
            who=latest[1],
            when=datetime.fromisoformat(latest[2]),
            fields=clash,
            **facts,
        )
    if not changed:
        return application
    application.revision += 1
    entry = [application.revision, by.name, at.isoformat()]
    answers = dict(application.answers) | {"_touched": touched | {key: entry for key in changed}}
    if application.versions:
        sent = queries.sheet(application, pending=False)
        waiting = dict(answers.get("_pending", {})) | changed
        answers["_pending"] = {key: raw for key, raw in waiting.items() if raw != sent[key]}
        application.answers = answers
    else:
        application.answers = answers
        write(application, now | changed)
    _snap(application, now, by, at, apart=did in ("restore", "take_in", "take_over"))
    application.saved_at, application.saved_by = at, by
    if did != "autosave" or not _said_lately(application, by, at):
        trail.say(
            by,
            f"applications.{did}",
            application,
            revision=application.revision,
            changes={key: _said(known[key], now[key], changed[key]) for key in sorted(changed)},
            **facts,
        )
    return application


def restore_part(
    *, application: Application, part: Part, snapshot: Snapshot, seen: int, by: Person, at: datetime
) -> Application:
    """Put a part of the form back as it stood in a snapshot: a save like any other, itself kept and undone so.

    Raises what `save_part` raises; Refused(applications.nothing_to_restore) when it stands so already.
    """
    step.lock(application)
    form, now = snapshot.form, queries.sheet(application)
    typed = [field.key for field in part.fields if field.kind is not Kind.FILE]
    posted = {key: form[key] for key in typed if key in form}
    if snapshot.application_id != application.id or all(now[key] == raw for key, raw in posted.items()):
        raise Refused("applications.nothing_to_restore", "")
    return save_part(
        application=application,
        part=part,
        posted=posted,
        seen=seen,
        base=None,
        by=by,
        at=at,
        again=snapshot.revision,
    )


def _snap(
    application: Application, before: Mapping[str, Raw], by: Person, at: datetime, *, apart: bool
) -> None:
    """Keep the form in the history of the draft: in the person's row of these ten minutes, or in a new one."""
    last, after = queries.last_snapshot(application), queries.sheet(application)
    if (
        last is None or last.revision != application.revision - 1
    ):  # what was begun, or saved before there were rows
        moment, revision = application.saved_at, application.revision - 1
        given = {"begun_at": moment, "saved_at": moment, "saved_by": application.saved_by}
        last = Snapshot(application_id=application.id, revision=revision, content=to_json(before), **given)
        db.session.add(last)
        db.session.flush()
    lost = max(taken_out(_plain(raw), _plain(after[key])) for key, raw in before.items())
    on = last.saved_by_id == by.id and last.saved_at <= at < last.begun_at + SNAPSHOT_LASTS
    if apart or lost > TAKEN_OUT or not on:
        last = Snapshot(application_id=application.id, begun_at=at, saved_by=by)
        db.session.add(last)
    last.revision, last.content, last.saved_at = application.revision, to_json(after), at


def _plain(raw: Raw) -> str:
    """A field's text for the eye: lists joined, one row a line."""
    if isinstance(raw, str):
        return raw
    return "\n".join(" · ".join(each.values()) if isinstance(each, dict) else each for each in raw)


def _said(field: Field, before: Raw, after: Raw) -> list[str]:
    """Both texts for the record; how to reach a person is not written there."""
    if field.contact:
        return []
    return [_plain(before), _plain(after)]


def _said_lately(application: Application, by: Person, at: datetime) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    trail.Event.kind == "application",
                    trail.Event.object_id == application.id,
                    trail.Event.person_id == by.id,
                    trail.Event.did == "applications.autosave",
                    trail.Event.at > at - AUTOSAVE_SAID_EVERY,
                )
            )
        )
    )


def write(application: Application, form: Mapping[str, Raw]) -> None:
    """Let the row say what the form says; what has no readable value stays as typed."""
    answers = {key: value for key, value in application.answers.items() if key == "_touched"}
    typed: dict[str, Raw] = {}
    known = queries.fields(application)
    for key, raw in form.items():
        field = known[key]
        if not parts.readable(field, raw):
            typed[key] = raw
        if key in queries.COLUMNS or field.kind is Kind.FILE or not raw:
            continue
        if isinstance(raw, str):
            if key not in typed:
                answers[key] = raw
        elif field.kind is Kind.TABLE:
            answers[key] = [row for row in parts.filled(raw) if parts.complete(field, row)]
        else:
            answers[key] = raw
    if typed:
        answers["_typed"] = typed
    application.answers = answers
    _write_columns(application, form, typed)


def _write_columns(application: Application, form: Mapping[str, Raw], typed: dict[str, Raw]) -> None:
    for key in ("title", "group_name"):
        setattr(application, key, str(form[key]))
    for key in ("starts_on", "ends_on", "asked", "direct", "indirect"):
        setattr(application, key, parts.value(form, key))
    if application.starts_on and application.ends_on and application.ends_on < application.starts_on:
        typed["ends_on"], application.ends_on = form["ends_on"], None
        application.answers = dict(application.answers) | {"_typed": typed}
    application.theme = queries.theme_of(application, form)
    application.field = next((each for each in application.round.fields if each.code == form["field"]), None)
    if str(form["topic"]) != (str(application.topic.number) if application.topic else ""):
        topics = application.round.topics
        application.topic = next((each for each in topics if str(each.number) == form["topic"]), None)
    codes = form["communities"]
    if [community.code for community in application.communities] != codes:
        application.communities = list(
            db.session.scalars(select(Community).where(Community.code.in_(codes)).order_by(Community.code))
        )
    wanted = [line for table in CostTable for line in parts.lines(form, table)]
    have = [(c.table, c.category, c.content, c.unit_price, c.quantity, c.unit) for c in application.costs]
    if have != [(w.table, w.category, w.content, w.unit_price, w.quantity, w.unit) for w in wanted]:
        application.costs = [
            CostLine(
                table=line.table,
                category=line.category,
                content=line.content,
                unit_price=line.unit_price,
                quantity=line.quantity,
                unit=line.unit,
                amount=line.amount,
                position=place,
            )
            for place, line in enumerate(wanted)
        ]
    _write_funds(application, form)


def _write_funds(application: Application, form: Mapping[str, Raw]) -> None:
    amounts = {
        FundKind.GRANT: parts.value(form, "asked"),
        FundKind.OWN: parts.value(form, "fund_own"),
        FundKind.DONATED: parts.value(form, "fund_donated"),
        FundKind.EXPECTED: parts.value(form, "fund_expected"),
    }
    have = {fund.kind: fund for fund in application.funds}
    for kind, amount in amounts.items():
        if kind in have and amount is not None:
            have[kind].amount = amount
        elif kind in have:
            application.funds.remove(have[kind])
        elif amount is not None:
            application.funds.append(Fund(kind=kind, amount=amount))
