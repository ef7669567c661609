"""The verbs on communities, matters, their steps, outcomes and uses, and on declared totals."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from venture import clock, files, trail
from venture.db import db, locked
from venture.deliberation import access, queries, steps
from venture.deliberation.models import (
    ENDINGS,
    Declared,
    Matter,
    MatterStatus,
    Outcome,
    OutcomeKind,
    StepRecord,
    Use,
    UseKind,
)
from venture.deliberation.steps import Span, Step
from venture.files import File, Staged
from venture.people.models import Community, CommunityKind, Person
from venture.refusal import Blocker, Refused
from venture.trail import Correction

RECHECK_AFTER = timedelta(days=90)
"""A solution is looked at again when it has had this long to fail."""
Row = Matter | StepRecord | Outcome | Use
CORRECTABLE: dict[type, tuple[str, ...]] = {
    Matter: (
        "title", "source", "field", "affected", "public",
        "status", "closed_on", "benefited", "counted_how", "reason",
    ),
    StepRecord: ("from_on", "to_on", "by_whom", "text"),
    Outcome: ("text", "decided_on", "kind", "binds"),
    Use: ("happened_on", "who", "kind", "text", "photo_public"),
}  # fmt: skip
"""What may be set right, by kind of row."""


# --- communities ---


def register_community(
    *,
    code: str,
    name: str,
    town: str,
    kind: CommunityKind,
    households: int | None = None,
    residents: int | None = None,
    platform_begun_on: date | None = None,
    by: Person,
    at: datetime,
) -> Community:
    """Take a community into the register, by its 12-digit statistical code.

    Raises Refused: deliberation.not_yours, code (twelve digits), code_taken (name), later_day.
    """
    made = Community(code=code.strip(), name="", town="", kind=kind)
    _may_register(by)
    _community_stands(made.code, platform_begun_on, at, None)
    made.name, made.town = name.strip(), town.strip()
    made.households, made.residents, made.platform_begun_on = households, residents, platform_begun_on
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.register_community", made, code=made.code, name=made.name)
    return made


def change_community(*, community: Community, by: Person, at: datetime, **values: Any) -> None:
    """Bring a community's entry up to date: any of its own columns by name.

    Raises Refused: deliberation.not_yours, code, code_taken, later_day.
    """
    _may_register(by)
    values["code"] = values.get("code", community.code).strip()
    _community_stands(values["code"], values.get("platform_begun_on"), at, community.id)
    changed = {
        name: [getattr(community, name), value]
        for name, value in values.items()
        if getattr(community, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(community, name, value)
    if changed:
        trail.say(by, "deliberation.change_community", community, **changed)


def _may_register(by: Person) -> None:
    if not access.may_register(by):
        raise Refused("deliberation.not_yours")


def _community_stands(code: str, begun_on: date | None, at: datetime, own: int | None) -> None:
    if not re.fullmatch(r"[0-9]{12}", code):
        raise Refused("deliberation.code", "code")
    other = db.session.scalar(select(Community).where(Community.code == code, Community.id != (own or 0)))
    if other is not None:
        raise Refused("deliberation.code_taken", "code", name=other.name)
    if begun_on is not None:
        _past(begun_on, at, "platform_begun_on")


# --- a matter and its steps ---


def open_matter(
    *,
    community: Community,
    title: str,
    source: str = "",
    field: str = "",
    affected: int | None = None,
    public: bool = True,
    by: Person,
    at: datetime,
) -> Matter:
    """Open a matter in the community's name; it gets the year's next number.

    Raises Refused: deliberation.not_yours, no_title, already_open (number, title): the community has an open
    matter of this very title.
    """
    if not access.may_record(by, community.id):
        raise Refused("deliberation.not_yours")
    title = title.strip()
    if not title:
        raise Refused("deliberation.no_title", "title")
    number = queries.next_number(clock.beijing_day(at).year)
    same = db.session.scalar(
        select(Matter).where(
            Matter.community_id == community.id, Matter.title == title, Matter.status == MatterStatus.OPEN
        )
    )
    if same is not None:
        raise Refused("deliberation.already_open", "title", number=same.number, title=title)
    made = Matter(
        number=number,
        community=community,
        title=title,
        source=source.strip(),
        field=field.strip(),
        affected=affected,
        public=public,
        created_at=at,
        created_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.open_matter", made, number=number, title=title)
    return made


def record_step(
    *,
    matter: Matter,
    step: Step,
    from_on: date,
    to_on: date | None = None,
    by_whom: str = "",
    text: str = "",
    photo: Staged | File | None = None,
    by: Person,
    at: datetime,
) -> StepRecord:
    """Record one of the seven steps as it happened. A step may be missing, but the days keep their order.

    Raises Refused: deliberation.not_yours, not_open, step_recorded (step), later_day, backwards, too_early.
    """
    _open_for(matter, by)
    if any(record.step == step for record in matter.steps):
        raise Refused("deliberation.step_recorded", step=step)
    _past(to_on or from_on, at, "to_on" if to_on else "from_on")
    _in_order(matter, {step: Span(from_on, to_on)})
    made = StepRecord(
        matter=matter,
        step=int(step),
        from_on=from_on,
        to_on=to_on,
        by_whom=by_whom.strip(),
        text=text.strip(),
        photo=_kept(photo, by, at),
        recorded_at=at,
        recorded_by=by,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.record_step", matter, step=int(step), from_on=from_on, to_on=to_on)
    return made


def record_outcome(
    *,
    matter: Matter,
    text: str,
    decided_on: date,
    kind: OutcomeKind,
    binds: str = "",
    by: Person,
    at: datetime,
) -> Outcome:
    """Record what was decided (协商成果), on which day, of what kind, whom it binds.

    Raises Refused: deliberation.not_yours, rejected, no_outcome, later_day, outcome_recorded.
    """
    _taken_up(matter, by)
    text = text.strip()
    if not text:
        raise Refused("deliberation.no_outcome", "text")
    _past(decided_on, at, "decided_on")
    if any(one.text == text and one.decided_on == decided_on for one in queries.outcomes_of(matter)):
        raise Refused("deliberation.outcome_recorded", "text")
    made = Outcome(
        matter=matter,
        text=text,
        decided_on=decided_on,
        kind=kind,
        binds=binds.strip(),
        recorded_at=at,
        recorded_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.record_outcome", matter, outcome=made.id, kind=kind, decided_on=decided_on)
    return made


def record_use(
    *,
    outcome: Outcome,
    happened_on: date,
    who: str,
    kind: UseKind,
    text: str = "",
    photo: Staged | File | None = None,
    photo_public: bool = False,
    by: Person,
    at: datetime,
) -> Use:
    """Record one use of an outcome (成果运用): who carried it out, supervised, fed back, referred it.

    Raises Refused: deliberation.not_yours, rejected, struck, no_who, later_day, before_decision (decided_on),
    use_recorded.
    """
    _taken_up(outcome.matter, by)
    if outcome.struck:
        raise Refused("deliberation.struck")
    who, text = who.strip(), text.strip()
    if not who:
        raise Refused("deliberation.no_who", "who")
    _past(happened_on, at, "happened_on")
    if happened_on < outcome.decided_on:
        raise Refused("deliberation.before_decision", "happened_on", decided_on=outcome.decided_on)
    same = (happened_on, who, kind, text)
    if any((u.happened_on, u.who, u.kind, u.text) == same for u in outcome.uses if not u.struck):
        raise Refused("deliberation.use_recorded", "text")
    made = Use(
        outcome=outcome,
        happened_on=happened_on,
        who=who,
        kind=kind,
        text=text,
        photo=_kept(photo, by, at),
        photo_public=photo_public,
        recorded_at=at,
        recorded_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.record_use", outcome.matter, use=made.id, kind=kind, happened_on=happened_on)
    return made


def add_photo(*, row: StepRecord | Use, photo: Staged, by: Person, at: datetime) -> None:
    """Give a recorded step or use its picture afterwards.

    Raises Refused: deliberation.not_yours, has_photo.
    """
    matter = _matter_of(row)
    _may_record(matter, by)
    locked(row)
    if row.photo_id is not None:
        raise Refused("deliberation.has_photo")
    row.photo = _kept(photo, by, at)
    db.session.flush()
    trail.say(by, "deliberation.add_photo", matter, row=row, file=row.photo_id)


def take_down_photo(*, row: StepRecord | Use, reason: str, by: Person, at: datetime) -> None:
    """Take a picture out of the record, because it is the wrong one or shows somebody who did not agree.

    Raises Refused: deliberation.not_yours, no_reason, no_photo_here.
    """
    _may_record(_matter_of(row), by)
    reason = _reason(reason)
    if row.photo_id is None:
        raise Refused("deliberation.no_photo_here")
    trail.correct(row, field="photo_id", value=None, reason=reason, by=by, at=at)


# --- how a matter ends ---


def close(
    *,
    matter: Matter,
    status: MatterStatus,
    closed_on: date,
    evaluator: str = "",
    text: str = "",
    benefited: int | None = None,
    counted_how: str = "",
    reason: str = "",
    by: Person,
    at: datetime,
) -> None:
    """Close a matter with its result; the last step is recorded with it, where it is not yet.

    Resolved and partly resolved ask for the six facts of the light mode; not resolved asks for the reason.
    Raises Refused: deliberation.not_yours, not_open, no_ending, later_day, too_early, no_reason,
    no_count_method, and the codes of `steps.missing`.
    """
    _open_for(matter, by)
    if status not in ENDINGS:
        raise Refused("deliberation.no_ending", "status")
    _past(closed_on, at, "closed_on")
    _last_day(matter, closed_on)
    known = queries.facts(matter, closed_on=closed_on, evaluator=evaluator)
    wrong = steps.missing(known) if status is not MatterStatus.UNRESOLVED else []
    wrong += list(_ending(status, reason, benefited, counted_how))
    if wrong:
        raise Refused.all(wrong)
    if not any(record.step == Step.CLOSURE for record in matter.steps):
        record_step(
            matter=matter, step=Step.CLOSURE, from_on=closed_on, by_whom=evaluator, text=text, by=by, at=at
        )
    matter.status, matter.closed_on, matter.reason = status, closed_on, reason.strip()
    matter.benefited, matter.counted_how = benefited, counted_how.strip()
    trail.say(by, "deliberation.close", matter, status=status, closed_on=closed_on, benefited=benefited)


def reject(*, matter: Matter, closed_on: date, reason: str, by: Person, at: datetime) -> None:
    """Not accept a matter (不受理), with the reason, which is public with it.

    Raises Refused: deliberation.not_yours, not_open, no_reason, later_day, too_early, supported.
    """
    _open_for(matter, by)
    reason = _reason(reason)
    _past(closed_on, at, "closed_on")
    _last_day(matter, closed_on)
    if matter.credited:
        raise Refused("deliberation.supported")
    matter.status, matter.closed_on, matter.reason = MatterStatus.REJECTED, closed_on, reason
    trail.say(by, "deliberation.reject", matter, closed_on=closed_on, reason=reason)


def reopen(*, matter: Matter, reason: str, by: Person, at: datetime) -> None:
    """Undo a closing or a rejection that was a mistake; both values stay in the corrections.

    A matter that comes back after it was rightly closed is a new matter instead.
    Raises Refused: deliberation.not_yours, not_closed, no_reason.
    """
    _may_record(matter, by)
    locked(matter)
    reason = _reason(reason)
    if matter.status is MatterStatus.OPEN:
        raise Refused("deliberation.not_closed")
    before = {name: getattr(matter, name) for name in ("status", "closed_on", "held", "rechecked_on")}
    after = {"status": MatterStatus.OPEN, "closed_on": None, "held": None, "rechecked_on": None}
    with db.session.no_autoflush:
        for name, value in after.items():
            if before[name] is not None:
                trail.correct(matter, field=name, value=value, reason=reason, by=by, at=at)
    db.session.flush()


def recheck(*, matter: Matter, held: bool, on: date, by: Person, at: datetime) -> None:
    """Record whether the solution still held 90 days on. One that did not is no longer counted as solved.

    Raises Refused: deliberation.not_yours, not_resolved, rechecked, too_soon (due), later_day.
    """
    _may_record(matter, by)
    locked(matter)
    if matter.status is not MatterStatus.RESOLVED or matter.closed_on is None:
        raise Refused("deliberation.not_resolved")
    if matter.held is not None:
        raise Refused("deliberation.rechecked", on=matter.rechecked_on)
    due = matter.closed_on + RECHECK_AFTER
    if on < due:
        raise Refused("deliberation.too_soon", "on", due=due)
    _past(on, at, "on")
    matter.held, matter.rechecked_on = held, on
    trail.say(by, "deliberation.recheck", matter, held=held, on=on)


# --- corrections ---


def changes_in(row: Row, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the values would change in the row: name → (present value, new value)."""
    allowed = CORRECTABLE[type(row)]
    return {
        name: (getattr(row, name), values[name])
        for name in allowed
        if name in values and getattr(row, name) != values[name]
    }


def correct(
    *, row: Row, values: Mapping[str, Any], reason: str, by: Person, at: datetime
) -> list[Correction]:
    """Set recorded values right (更正), each kept beside the old one with the reason.

    Raises Refused: deliberation.not_yours, no_reason, nothing_changed, later_day, backwards, too_early,
    before_decision, no_title, no_outcome, no_who, no_ending, no_count_method.
    """
    matter = _matter_of(row)
    _may_record(matter, by)
    locked(matter)
    reason = _reason(reason)
    changed = changes_in(row, values)
    if not changed:
        raise Refused("deliberation.nothing_changed")
    wrong = list(_still_right(row, matter, {name: new for name, (_, new) in changed.items()}, at))
    if wrong:
        raise Refused.all(wrong)
    with db.session.no_autoflush:
        kept = [
            trail.correct(row, field=name, value=new, reason=reason, by=by, at=at)
            for name, (_, new) in changed.items()
        ]
    db.session.flush()
    return kept


def strike(*, row: Outcome | Use, reason: str, by: Person, at: datetime) -> Correction:
    """Strike out an outcome or use that never was one; it stays readable and counts no more.

    Raises Refused: deliberation.not_yours, no_reason, struck.
    """
    _may_record(_matter_of(row), by)
    reason = _reason(reason)
    if row.struck:
        raise Refused("deliberation.struck")
    return trail.correct(row, field="struck", value=True, reason=reason, by=by, at=at)


def _still_right(row: Row, matter: Matter, new: Mapping[str, Any], at: datetime) -> Iterator[Blocker]:
    """What would be wrong with the row after the change."""

    def value(name: str) -> Any:
        return new.get(name, getattr(row, name))

    for name in ("from_on", "to_on", "decided_on", "happened_on", "closed_on"):
        if new.get(name) is not None and new[name] > clock.beijing_day(at):
            yield Blocker("deliberation.later_day", name, {"day": new[name]})
    if isinstance(row, StepRecord) and {"from_on", "to_on"} & set(new):
        if value("from_on") is None:
            yield Blocker("deliberation.no_day", "from_on")
        else:
            yield from _disorder(matter, {row.name: Span(value("from_on"), value("to_on"))})
    if isinstance(row, Outcome):
        if not value("text"):
            yield Blocker("deliberation.no_outcome", "text")
        early = [
            use.happened_on for use in row.uses if not use.struck and use.happened_on < value("decided_on")
        ]
        if early:
            yield Blocker("deliberation.after_use", "decided_on", {"used_on": min(early)})
    if isinstance(row, Use):
        if not value("who"):
            yield Blocker("deliberation.no_who", "who")
        if value("happened_on") < row.outcome.decided_on:
            facts = {"decided_on": row.outcome.decided_on}
            yield Blocker("deliberation.before_decision", "happened_on", facts)
    if isinstance(row, Matter):
        yield from _matter_still_right(row, new)


def _matter_still_right(matter: Matter, new: Mapping[str, Any]) -> Iterator[Blocker]:
    def value(name: str) -> Any:
        return new.get(name, getattr(matter, name))

    if not value("title"):
        yield Blocker("deliberation.no_title", "title")
    closed = matter.status is not MatterStatus.OPEN
    if (value("closed_on") is not None) is not closed or (
        value("status") is not MatterStatus.OPEN
    ) is not closed:
        yield Blocker("deliberation.reopen_instead", "status")
    elif value("closed_on") is not None and (end := _end_before_closure(matter)) and value("closed_on") < end:
        yield Blocker(
            "deliberation.too_early", "closed_on", {"step": Step.CLOSURE, "after": None, "ended": end}
        )
    if "status" in new and value("status") in (MatterStatus.RESOLVED, MatterStatus.PARTLY):
        yield from steps.missing(queries.facts(matter, closed_on=value("closed_on")))
    yield from _ending(value("status"), value("reason"), value("benefited"), value("counted_how"))


def _ending(status: MatterStatus, reason: str, benefited: int | None, counted_how: str) -> Iterator[Blocker]:
    """What the end of a matter must say besides its facts."""
    if status in (MatterStatus.UNRESOLVED, MatterStatus.REJECTED) and not reason.strip():
        yield Blocker("deliberation.no_reason", "reason")
    if benefited is not None and not counted_how.strip():
        yield Blocker("deliberation.no_count_method", "counted_how")


# --- declared totals ---


def declare(
    *,
    code: str,
    name: str,
    value: int,
    unit: str,
    as_of: date,
    source: str,
    base: str = "",
    by: Person,
    at: datetime,
) -> Declared:
    """Hold a total that somebody declared, with its day and source; `base` is the code of its declared whole.

    Raises Refused: deliberation.not_yours, no_source, later_day, declared (name, day), no_base, over_base.
    """
    _may_register(by)
    code, base, source = code.strip(), base.strip(), source.strip()
    if not source:
        raise Refused("deliberation.no_source", "source")
    _past(as_of, at, "as_of")
    if _declared(code, as_of) is not None:
        raise Refused("deliberation.declared", "code", name=name, day=as_of)
    _part_of(base, as_of, value)
    made = Declared(
        code=code, name=name.strip(), value=value, unit=unit.strip(), as_of=as_of, source=source, base=base
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "deliberation.declare", made, code=code, value=value, as_of=as_of, source=source)
    return made


def correct_declared(
    *, row: Declared, value: int, source: str, reason: str, by: Person, at: datetime
) -> list[Correction]:
    """Set a declared total or its source right; both values are kept.

    Raises Refused: deliberation.not_yours, no_reason, no_source, nothing_changed, over_base.
    """
    _may_register(by)
    reason, source = _reason(reason), source.strip()
    if not source:
        raise Refused("deliberation.no_source", "source")
    _part_of(row.base, row.as_of, value)
    changed = {name: new for name, new in (("value", value), ("source", source)) if getattr(row, name) != new}
    if not changed:
        raise Refused("deliberation.nothing_changed")
    return [
        trail.correct(row, field=name, value=new, reason=reason, by=by, at=at)
        for name, new in changed.items()
    ]


def _declared(code: str, as_of: date) -> Declared | None:
    return db.session.scalar(select(Declared).where(Declared.code == code, Declared.as_of == as_of))


def _part_of(base: str, as_of: date, value: int) -> None:
    if not base:
        return
    whole = _declared(base, as_of)
    if whole is None:
        raise Refused("deliberation.no_base", "base", day=as_of)
    if value > whole.value:
        raise Refused("deliberation.over_base", "value", name=whole.name, whole=whole.value)


# --- what several verbs ask ---


def _matter_of(row: Row) -> Matter:
    if isinstance(row, Matter):
        return row
    return row.outcome.matter if isinstance(row, Use) else row.matter


def _may_record(matter: Matter, by: Person) -> None:
    if not access.may_record(by, matter.community_id):
        raise Refused("deliberation.not_yours")


def _open_for(matter: Matter, by: Person) -> None:
    _may_record(matter, by)
    locked(matter)
    if matter.status is not MatterStatus.OPEN:
        raise Refused("deliberation.not_open", status=matter.status)


def _taken_up(matter: Matter, by: Person) -> None:
    """Outcomes and uses go on after closing; a matter that was not accepted has none."""
    _may_record(matter, by)
    locked(matter)
    if matter.status is MatterStatus.REJECTED:
        raise Refused("deliberation.rejected")


def _past(day: date, at: datetime, field: str) -> None:
    if day > clock.beijing_day(at):
        raise Refused("deliberation.later_day", field, day=day)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("deliberation.no_reason", "reason")
    return reason.strip()


def _disorder(matter: Matter, changed: Mapping[Step, Span]) -> list[Blocker]:
    days = {record.name: Span(record.from_on, record.to_on) for record in matter.steps}
    return [Blocker(found.code, "from_on", found.facts) for found in steps.disorder({**days, **changed})]


def _in_order(matter: Matter, changed: Mapping[Step, Span]) -> None:
    wrong = _disorder(matter, changed)
    if wrong:
        raise Refused.all(wrong)


def _end_before_closure(matter: Matter) -> date | None:
    return max(
        (record.to_on or record.from_on for record in matter.steps if record.step < Step.CLOSURE),
        default=None,
    )


def _last_day(matter: Matter, closed_on: date) -> None:
    """A matter ends after everything recorded of it."""
    record = max(matter.steps, key=lambda one: one.to_on or one.from_on, default=None)
    if record is not None and closed_on < (record.to_on or record.from_on):
        facts = {"step": Step.CLOSURE, "after": record.name, "ended": record.to_on or record.from_on}
        raise Refused.all([Blocker("deliberation.too_early", "closed_on", facts)])


def _kept(photo: Staged | File | None, by: Person, at: datetime) -> File | None:
    return files.keep(photo, by=by, at=at) if isinstance(photo, Staged) else photo
