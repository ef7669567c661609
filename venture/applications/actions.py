"""The verbs on applications: begin, save, attach, submit, withdraw; check, decide, send back, set right."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from venture import clock, files, outbox, trail
from venture.applications import access, lifecycle, parts, queries
from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.models import (
    Application,
    Attachment,
    Check,
    CostLine,
    CostTable,
    Fund,
    FundKind,
    Slot,
    Version,
)
from venture.applications.parts import Kind, Part, Raw
from venture.db import db, locked, to_json
from venture.files import Staged
from venture.people.models import Community, Organization, Person
from venture.refusal import Blocker, Changed, Refused
from venture.roles import Role
from venture.rounds.models import PaperKind, Round, RoundState, Theme

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
FILES_OF_A_KIND = 10


def move(*, application: Application, name: str, by: Person | None, **difference: Any) -> State:
    """Take one step of the life cycle and say so in the trail; the answer is the new state.

    The step's name is that of `lifecycle.MOVES`; whoever calls has locked the row and knows that `by` may.
    Raises lifecycle.NotFrom.
    """
    before = application.state
    application.state = lifecycle.move(name, before)
    trail.say(by, f"applications.{name}", application, before=before, after=application.state, **difference)
    return application.state


def _lock(application: Application) -> None:
    """Lock the row, and read afresh what hangs on it and decides."""
    locked(application)
    db.session.expire(application, ["versions", "attachments", "costs", "funds", "communities", "checks"])


# --- writing the form ---


def start(
    *,
    round: Round,
    organization: Organization,
    theme: Theme | None,
    by: Person,
    at: datetime,
    signed_by: Person | None = None,
) -> Application:
    """Begin a draft, with what seldom changes from the organization's last application.

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
    if round.state is RoundState.PLANNED:
        raise Refused("applications.not_open_yet", "", opens_at=round.opens_at, at=at)
    if round.state is not RoundState.OPEN or at >= round.closes_at:
        raise Refused("applications.closed", "", closes_at=round.closes_at, at=at)
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
) -> Application:
    """Keep what was typed in a part, also what breaks a rule or cannot be read: obstacles are only a list.

    `posted` holds the fields of the part that came, each as text or as a change of the present text (single
    cells of a table). `seen` is the revision that the page showed and `base` the fingerprints of its fields:
    when somebody else has saved since, fields they did not change are taken, fields the page did not change
    are left alone. Raises Changed(applications.changed: who, when, part, fields) for fields that both
    changed; Refused(applications.frozen) when the application has left the applicant's hands.
    """
    _lock(application)
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state not in access.EDITABLE:
        raise Refused("applications.frozen", "", state=queries.shown_state(application))
    now = queries.sheet(application)
    mine = {
        key: parts.normal(parts.FIELDS[key], given(now[key]) if callable(given) else given)
        for key, given in posted.items()
        if any(field.key == key for field in part.fields)
    }
    changed = {key: raw for key, raw in mine.items() if raw != now[key]}
    touched: dict[str, list[Any]] = dict(application.answers.get("_touched", {}))
    if seen != application.revision:
        theirs = {key for key in changed if touched.get(key, [0])[0] > seen}
        if base is not None:
            for key in [key for key in changed if base.get(key) == fingerprint(changed[key])]:
                del changed[key]  # the page still shows what it began with; the other's change stands
        if clash := [key for key in changed if key in theirs]:
            latest = max((touched[key] for key in clash), key=lambda entry: int(entry[0]))
            raise Changed(
                "applications.changed",
                [(parts.FIELDS[key].label, _plain(changed[key]), _plain(now[key])) for key in clash],
                who=latest[1],
                when=datetime.fromisoformat(latest[2]),
                part=part.code,
                fields=clash,
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
        _write(application, now | changed)
    application.saved_at, application.saved_by = at, by
    if not auto or not _said_lately(application, by, at):
        trail.say(
            by,
            "applications.autosave" if auto else "applications.save",
            application,
            part=part.code,
            revision=application.revision,
            changes={key: _said(key, now[key], changed[key]) for key in sorted(changed)},
        )
    return application


def _plain(raw: Raw) -> str:
    """A field's text for the eye: lists joined, one row a line."""
    if isinstance(raw, str):
        return raw
    return "\n".join(" · ".join(each.values()) if isinstance(each, dict) else each for each in raw)


def _said(key: str, before: Raw, after: Raw) -> list[str]:
    """Both texts for the record; how to reach a person is not written there."""
    if parts.FIELDS[key].contact:
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


def _write(application: Application, form: Mapping[str, Raw]) -> None:
    """Let the row say what the form says; what has no readable value stays as typed."""
    answers = {key: value for key, value in application.answers.items() if key == "_touched"}
    typed: dict[str, Raw] = {}
    for key, raw in form.items():
        field = parts.FIELDS[key]
        if not parts.readable(field, raw):
            typed[key] = raw
        if key in queries.COLUMNS or not raw:
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


def attach(
    *, application: Application, kind: PaperKind, staged: Staged | None, by: Person, at: datetime
) -> Attachment:
    """Add a received file under one of the round's kinds; the same file twice is one.

    Raises Refused: applications.no_file, applications.too_many_files, applications.frozen.
    """
    _lock(application)
    _in_hand(application, by)
    field = f"paper-{kind.code}"
    if staged is None:
        raise Refused("applications.no_file", field, name=kind.name)
    have = [each for each in queries.live_files(application) if each.kind_id == kind.id]
    if same := [each for each in have if each.file.sha256 == staged.sha256]:
        return same[0]
    if len(have) >= FILES_OF_A_KIND:
        raise Refused("applications.too_many_files", field, name=kind.name, most=FILES_OF_A_KIND)
    kept = files.keep(staged, by=by, at=at)
    added = Attachment(
        application_id=application.id, kind=kind, file=kept, added_at=at, added_by_id=by.id, removed_at=None
    )
    application.attachments.append(added)
    trail.say(by, "applications.attach", application, kind=kind.name, name=kept.name, sha256=kept.sha256)
    return added


def detach(*, application: Application, attachment: Attachment, by: Person, at: datetime) -> None:
    """Take a file out; versions already sent keep it. Raises Refused(applications.frozen)."""
    _lock(application)
    _in_hand(application, by)
    if attachment.removed_at is None:
        attachment.removed_at = at
        trail.say(by, "applications.detach", application, name=attachment.file.name)


def _in_hand(application: Application, by: Person) -> None:
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state not in access.EDITABLE:
        raise Refused("applications.frozen", "", state=queries.shown_state(application))


# --- sending and taking back ---


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
    _lock(application)
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
        _write(application, form)
    application.number = application.number or _next_number(round)
    content = to_json(_content(application, form))
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    last = application.versions[-1] if application.versions else None
    if last is not None and application.state is State.SUBMITTED and last.sha256 == sha256:
        return last
    _take_slot(application, round)
    application.submitted_at = at
    move(application=application, name=name, by=by, number=application.number, sha256=sha256)
    application.correct_by_on = None
    number = last.number + 1 if last else 1
    stamp = f"{application.number}|{number}|{sha256}|{at.isoformat()}"
    version = Version(
        application_id=application.id,
        number=number,
        key=key,
        content=content,
        sha256=sha256,
        receipt=base64.b32encode(hashlib.sha256(stamp.encode()).digest())[:12].decode(),
        theme_id=application.theme.id,  # type: ignore[union-attr]  # no obstacle means it is there
        asked=application.asked,
        total=application.total,
        submitted_at=at,
        submitted_by=by,
        entered_by=entered_by,
    )
    application.versions.append(version)
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
    given = db.session.scalars(select(Application.number).where(Application.round_id == round.id))
    last = max((int(number.rpartition("-")[2]) for number in given if number), default=0)
    return f"{round.year}-{last + 1:03d}"


def _take_slot(application: Application, round: Round) -> None:
    taken = {slot.number: slot.application_id for slot in queries.slots(application)}
    if application.id in taken.values():
        return
    free = next(number for number in range(1, round.applications_each + 1) if number not in taken)
    db.session.add(
        Slot(
            round_id=round.id,
            organization_id=application.organization_id,
            number=free,
            application_id=application.id,
        )
    )


def _content(application: Application, form: Mapping[str, Raw]) -> dict[str, Any]:
    """What a version freezes: the form as typed, its sums, the organization as it was, the files by hash."""
    body, sums = application.organization, parts.sums(form)
    return {
        "format": 1,
        "round": {"year": application.round.year, "name": application.round.name},
        "number": application.number,
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
        "form": dict(form),
        "sums": {"asked": sums.asked, "grant": sums.grant, "matching": sums.matching, "total": sums.total},
        "files": [
            {
                "attachment": each.id,
                "kind": each.kind.name,
                "name": each.file.name,
                "sha256": each.file.sha256,
                "size": each.file.size,
            }
            for each in queries.live_files(application)
        ],
    }


def withdraw(*, application: Application, by: Person, at: datetime | None = None) -> None:
    """Take the application back for good; before the closing its place is free again.

    Raises Refused: applications.not_your_organization; lifecycle.NotFrom.
    """
    round = locked(application.round)
    _lock(application)
    moment = at or clock.now()
    if not access.may_edit(by, application):
        raise Refused("applications.not_your_organization")
    if application.state is State.WITHDRAWN:
        return
    move(application=application, name="withdraw", by=by)
    application.correct_by_on = None
    if moment < round.closes_at:
        for slot in queries.slots(application):
            if slot.application_id == application.id:
                db.session.delete(slot)
    outbox.withdraw(about=application)


# --- eligibility ---


@dataclass(frozen=True)
class Ticked:
    """What a person found for one rule of one application, with the evidence."""

    application: Application
    rule: str
    result: Result
    evidence: str


@dataclass(frozen=True)
class Ruling:
    """What is decided on one application: pass, fail (rule and reason) or send back (what is missing, days).

    `version` is the version that was judged.
    """

    application: Application
    outcome: str
    version: int
    rule: str = ""
    reason: str = ""
    days: int | None = None


OUTCOMES = ("pass", "fail", "send_back")


def check(*, ticked: Sequence[Ticked], by: Person, at: datetime) -> int:
    """Record what was found for rules that only a person can judge; how many findings were new or changed.

    Raises Refused for every row at fault: applications.own_organization, applications.no_evidence,
    applications.not_from, applications.no_such_rule.
    """
    wrong = [
        blocker
        for tick in ticked
        for blocker in _unfit(
            tick.application, by, "find_eligible", f"check-{tick.application.id}-{tick.rule}-result"
        )
    ]
    for tick in ticked:
        place = f"check-{tick.application.id}-{tick.rule}-evidence"
        if tick.rule not in {rule.code for rule in tick.application.round.rules}:
            wrong.append(Blocker("applications.no_such_rule", place, {"rule": tick.rule}))
        if not tick.evidence.strip():
            facts = {"number": tick.application.number, "rule": tick.rule}
            wrong.append(Blocker("applications.no_evidence", place, facts))
    if wrong:
        raise Refused.all(wrong)
    return sum(_record(tick, by, at) for tick in ticked)


def _record(tick: Ticked, by: Person, at: datetime) -> bool:
    row = next((each for each in tick.application.checks if each.rule == tick.rule), None)
    before = [row.result, row.evidence] if row else None
    if before == [tick.result, tick.evidence.strip()]:
        return False
    if row is None:
        row = Check(rule=tick.rule)
        tick.application.checks.append(row)
    row.result, row.evidence, row.at, row.by = tick.result, tick.evidence.strip(), at, by
    after = [row.result, row.evidence]
    trail.say(by, "applications.check", tick.application, rule=tick.rule, before=before, after=after)
    return True


def _unfit(application: Application, by: Person, name: str, place: str) -> list[Blocker]:
    """Why this person cannot judge this application now."""
    facts = {"number": application.number, "title": application.title}
    if access.is_own(by, application.organization):
        return [Blocker("applications.own_organization", place, facts)]
    try:
        lifecycle.move(name, application.state)
    except lifecycle.NotFrom as refused:
        return [Blocker("applications.not_from_row", place, facts | refused.blockers[0].facts)]
    return []


_MOVES = {"pass": "find_eligible", "fail": "find_ineligible", "send_back": "send_back"}


def decide(
    *, round: Round, rulings: Sequence[Ruling], ticked: Sequence[Ticked] = (), by: Person, at: datetime
) -> dict[str, int]:
    """Decide on the eligibility of a whole list in one act, after recording what was ticked with it.

    Nothing is done unless every row can be; the answer counts the rows by outcome. Messages to the
    applicants are held until somebody releases them. Raises Refused naming each row at fault:
    applications.own_organization, applications.not_from_row, applications.sent_again,
    applications.rule_broken, applications.rule_unclear, applications.no_reason, applications.no_term,
    applications.nothing_decided.
    """
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if not rulings:
        raise Refused("applications.nothing_decided")
    for ruling in sorted(rulings, key=lambda ruling: ruling.application.id):
        _lock(ruling.application)
    if ticked:
        check(ticked=ticked, by=by, at=at)
    if wrong := [blocker for ruling in rulings for blocker in _against(ruling, by, at)]:
        raise Refused.all(wrong)
    for ruling in rulings:
        _rule(ruling, by, at)
    return {outcome: sum(ruling.outcome == outcome for ruling in rulings) for outcome in OUTCOMES}


def _against(ruling: Ruling, by: Person, at: datetime) -> list[Blocker]:
    application = ruling.application
    place = f"outcome-{application.id}"
    facts = {"number": application.number, "title": application.title}
    if unfit := _unfit(application, by, _MOVES[ruling.outcome], place):
        return unfit
    if application.versions and application.versions[-1].number != ruling.version:
        return [Blocker("applications.sent_again", place, facts)]
    if ruling.outcome == "pass":
        return [
            Blocker(
                "applications.rule_broken" if found.result is Result.FAIL else "applications.rule_unclear",
                place,
                facts | {"rule": _text(application, found.rule)},
            )
            for found in queries.findings_of(application, at)
            if found.result is not Result.PASS
        ]
    if not ruling.reason.strip():
        return [Blocker("applications.no_reason", f"reason-{application.id}", facts)]
    if ruling.outcome == "fail" and ruling.rule not in {rule.code for rule in application.round.rules}:
        return [Blocker("applications.no_rule", f"rule-{application.id}", facts)]
    if ruling.outcome == "send_back" and not 1 <= (ruling.days or 0) <= 30:
        return [Blocker("applications.no_term", f"days-{application.id}", facts)]
    return []


def _text(application: Application, code: str) -> str:
    return next((rule.text for rule in application.round.rules if rule.code == code), code)


def _rule(ruling: Ruling, by: Person, at: datetime) -> None:
    application, reason = ruling.application, ruling.reason.strip()
    if ruling.outcome == "send_back":
        send_back(application=application, missing=reason, days=ruling.days or 1, by=by, at=at)
        return
    rule = _text(application, ruling.rule) if ruling.outcome == "fail" else ""
    application.decided_at, application.decided_by = at, by
    application.decision_reason = f"{rule}\n{reason}".strip() if rule else reason
    move(application=application, name=_MOVES[ruling.outcome], by=by, rule=rule, reason=reason)
    _tell(application, f"applications.{application.state.value}", rule=rule, reason=reason)


def send_back(*, application: Application, missing: str, days: int, by: Person, at: datetime) -> None:
    """Return an application for completion within a term of working days, beginning the day after."""
    last = queries.last_day(clock.beijing_day(at), days)
    application.correct_by_on, application.decision_reason = last, missing
    move(application=application, name="send_back", by=by, reason=missing, last_day=last)
    _tell(application, "applications.returned", reason=missing, last_day=last)


def _tell(application: Application, kind: str, **facts: Any) -> None:
    """Put a message to whoever sent the application into the outbox, in place of unsent earlier ones."""
    for earlier in ("eligible", "ineligible", "returned"):
        outbox.withdraw(about=application, kind=f"applications.{earlier}")
    outbox.post(
        kind,
        to=application.versions[-1].submitted_by,
        about=application,
        number=application.number,
        title=application.title,
        **facts,
    )


def set_right(
    *, application: Application, to: str, reason: str, rule: str = "", by: Person, at: datetime
) -> None:
    """更正: change the result of the check to «eligible», «ineligible» or «submitted» (check again).

    Possible while nothing later rests on it; both values and the reason stay on record, unsent messages
    about the old result are withdrawn. Raises Refused: applications.no_reason_given,
    applications.own_organization, applications.no_rule, applications.already_so; lifecycle.NotFrom.
    """
    _lock(application)
    before = application.state
    if not by.holds(Role.OFFICER):
        raise Refused("applications.not_your_role")
    if unfit := _unfit(application, by, "reopen_check", "to"):
        raise Refused.all(unfit)
    if not reason.strip():
        raise Refused("applications.no_reason_given", "reason")
    if to == before.value:
        raise Refused("applications.already_so", "to", state=before)
    if to == "ineligible" and rule not in {each.code for each in application.round.rules}:
        raise Refused("applications.no_rule", "rule", number=application.number, title=application.title)
    reached = lifecycle.move("reopen_check", before)
    if to != reached.value:
        reached = lifecycle.move("find_eligible" if to == "eligible" else "find_ineligible", reached)
    trail.correct(application, field="state", value=reached, reason=reason.strip(), by=by, at=at)
    text = _text(application, rule) if to == "ineligible" else ""
    undecided = reached is State.SUBMITTED
    application.decided_at = None if undecided else at
    application.decided_by = None if undecided else by
    application.decision_reason = "" if undecided else f"{text}\n{reason.strip()}".strip()
    if undecided:
        for kind in ("eligible", "ineligible"):
            outbox.withdraw(about=application, kind=f"applications.{kind}")
    else:
        _tell(application, f"applications.{reached.value}", rule=text, reason=reason.strip())
