"""活动记录: record an activity, set it right, add and take out its files, strike it out; monthly plans."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from venture import clock, files, trail, workdays
from venture.budget.models import Award
from venture.db import db, locked
from venture.delivery import access, queries
from venture.delivery.actions.opening import opened, refuse
from venture.delivery.models import (
    Activity,
    ActivityFile,
    MonthPlan,
    PlanState,
    Shows,
    Taking,
    Turnout,
)
from venture.delivery.queries import Came, Planned, Told
from venture.files import TYPES, Staged
from venture.people.models import Person
from venture.refusal import Blocker, Refused

MOST_FILES = 20
"""Photos and sign-in sheets that one activity may have."""


class Sent(NamedTuple):
    """A received file: the photo or the sign-in sheet, and whether children can be seen."""

    staged: Staged
    shows: Shows = Shows.PHOTO
    children: bool = False


def _told_blockers(told: Told, counts: Mapping[Taking, Came], at: datetime) -> list[Blocker]:
    found = [
        Blocker("delivery.missing", name, {"field": name})
        for name in ("subject", "place")
        if not getattr(told, name).strip()
    ]
    if told.held_on > clock.beijing_day(at):
        found.append(Blocker("delivery.in_future", "held_on", {"day": told.held_on}))
    if Taking.SERVED not in counts:
        found.append(Blocker("delivery.missing", f"persons_{Taking.SERVED}", {"field": "served"}))
    found += [
        Blocker("delivery.fewer_times", f"times_{taking}", {"taking": taking, **came._asdict()})
        for taking, came in counts.items()
        if came.person_times < came.persons
    ]
    return found


def _file_blockers(sent: Sequence[Sent], have: int) -> list[Blocker]:
    found = [
        Blocker("delivery.no_picture", "photo", {"name": each.staged.name})
        for each in sent
        if each.shows is Shows.PHOTO and each.staged.type not in (TYPES["jpg"], TYPES["png"])
    ]
    if have + len(sent) > MOST_FILES:
        found.append(Blocker("delivery.too_many_files", "photo", {"most": MOST_FILES}))
    return found


def record(
    *,
    award: Award,
    key: str,
    told: Told,
    counts: Mapping[Taking, Came],
    sent: Sequence[Sent],
    by: Person,
    at: datetime,
) -> Activity:
    """Record an activity with at least one photo; recorded later than the round allows it is marked so.

    The same key is the same record. Raises Refused: those of `opening.opened`, delivery.missing (field),
    delivery.in_future (day), delivery.fewer_times, delivery.no_photo, delivery.no_picture (name),
    delivery.too_many_files.
    """
    known = db.session.scalar(select(Activity).where(Activity.key == key, Activity.award_id == award.id))
    if known is not None:
        return known
    opened(award, by=by, at=at)
    found = _told_blockers(told, counts, at) + _file_blockers(sent, 0)
    if not any(each.shows is Shows.PHOTO for each in sent):
        found.append(Blocker("delivery.no_photo", "photo"))
    refuse(found)
    number = db.session.scalar(select(func.max(Activity.number)).where(Activity.award_id == award.id)) or 0
    made = Activity(
        award=award,
        number=number + 1,
        key=key,
        **_trimmed(told)._asdict(),
        late=clock.beijing_day(at) > last_day_to_record(award, told.held_on),
        recorded_at=at,
        recorded_by=by,
        counts=[Turnout(taking=taking, **came._asdict()) for taking, came in counts.items()],
    )
    db.session.add(made)
    db.session.flush()
    for each in sent:
        _keep(made, each, by=by, at=at)
    trail.say(
        by,
        "delivery.record_activity",
        made,
        project=award.project_no,
        number=made.number,
        subject=made.subject,
        held_on=made.held_on,
        late=made.late,
        counts={taking.value: list(came) for taking, came in counts.items()},
    )
    return made


def _trimmed(told: Told) -> Told:
    texts: dict[str, Any] = {
        name: text.strip() if isinstance(text, str) else text for name, text in told._asdict().items()
    }
    return Told(**texts)


def last_day_to_record(award: Award, held_on: date) -> date:
    """The last day on which an activity is recorded in time, by the round's working days."""
    days = award.theme.round.record_days
    return clock.add_working_days(held_on, days, first_counts=False, calendar=workdays.calendar())


def _keep(activity: Activity, sent: Sent, *, by: Person, at: datetime) -> ActivityFile:
    kept = ActivityFile(
        activity=activity,
        file=files.keep(sent.staged, by=by, at=at),
        shows=sent.shows,
        children=sent.children,
        added_at=at,
        added_by=by,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def _standing(activity: Activity, *, by: Person, at: datetime) -> None:
    """Lock an activity of one's own project that stands. Raises Refused delivery.struck, and as `opening.opened`."""
    opened(activity.award, by=by, at=at)
    locked(activity)
    if activity.struck_at is not None:
        raise Refused("delivery.struck")


def correct(
    *,
    activity: Activity,
    told: Told,
    counts: Mapping[Taking, Came],
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    """更正: set an activity right; both values of each field and the reason are kept.

    Raises Refused: those of `record` about what is told, delivery.struck, delivery.reason_needed,
    delivery.nothing_changed.
    """
    _standing(activity, by=by, at=at)
    found = _told_blockers(told, counts, at)
    if not reason.strip():
        found.append(Blocker("delivery.reason_needed", "reason"))
    changed: list[tuple[Any, str, Any]] = [
        (activity, name, value)
        for name, value in _trimmed(told)._asdict().items()
        if value != getattr(activity, name)
    ]
    new: list[Turnout] = []
    for taking in Taking:
        row, came = activity.taking(taking), counts.get(taking, Came(0, 0))
        if row is None and came.person_times:
            row = Turnout(activity_id=activity.id, taking=taking, persons=0, person_times=0)
            new.append(row)
        if row is not None:
            changed += [
                (row, name, value) for name, value in came._asdict().items() if value != getattr(row, name)
            ]
    if not changed:
        found.append(Blocker("delivery.nothing_changed"))
    refuse(found)
    activity.counts.extend(new)
    db.session.flush()
    with db.session.no_autoflush:  # persons and attendances hold only together
        for row, name, value in changed:
            trail.correct(row, field=name, value=value, reason=reason.strip(), by=by, at=at)


def add_file(*, activity: Activity, sent: Sent, by: Person, at: datetime) -> ActivityFile:
    """Add a photo or a sign-in sheet. Raises Refused: as `correct`, delivery.no_picture, delivery.too_many_files."""
    _standing(activity, by=by, at=at)
    refuse(_file_blockers([sent], sum(each.removed_at is None for each in activity.files)))
    same = [
        each
        for each in activity.files
        if each.removed_at is None and (each.file.sha256, each.shows) == (sent.staged.sha256, sent.shows)
    ]
    if same:
        return same[0]
    kept = _keep(activity, sent, by=by, at=at)
    trail.say(
        by, "delivery.add_file", activity, name=kept.file.name, shows=kept.shows, children=kept.children
    )
    return kept


def remove_file(*, file: ActivityFile, reason: str, by: Person, at: datetime) -> None:
    """Take a file out, with the reason; it is kept but no longer shown. One photo always stays.

    Raises Refused: as `correct`, delivery.reason_needed, delivery.last_photo, delivery.removed_already.
    """
    activity = file.activity
    _standing(activity, by=by, at=at)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if file.removed_at is not None:
        raise Refused("delivery.removed_already", name=file.file.name)
    if activity.pictures == [file]:
        raise Refused("delivery.last_photo")
    file.removed_at = at
    trail.say(by, "delivery.remove_file", activity, name=file.file.name, reason=reason.strip())


def mark_children(*, file: ActivityFile, children: bool, by: Person, at: datetime) -> None:
    """Say whether children can be seen in a photo. Raises Refused as `correct`."""
    _standing(file.activity, by=by, at=at)
    if file.children is not children:
        trail.say(by, "delivery.mark_children", file.activity, name=file.file.name, children=children)
        file.children = children


def strike(*, activity: Activity, reason: str, by: Person, at: datetime) -> None:
    """Strike an activity out, with the reason: it stays readable and counts nowhere.

    Raises Refused: as `correct`, delivery.reason_needed, delivery.has_spending (count).
    """
    _standing(activity, by=by, at=at)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if hanging := queries.spending_of(activity):
        raise Refused("delivery.has_spending", count=len(hanging))
    activity.struck_at, activity.struck_by, activity.strike_reason = at, by, reason.strip()
    trail.say(by, "delivery.strike_activity", activity, number=activity.number, reason=reason.strip())


# --- monthly plans ---


def send_plan(
    *, award: Award, month: date, planned: Sequence[Planned], by: Person, at: datetime
) -> MonthPlan:
    """Send the plan of a month, or send it again after it was sent back or before it is approved.

    Raises Refused: those of `opening.opened`, delivery.no_plans (the round asks for none), delivery.month_over,
    delivery.nothing_planned, delivery.missing (field), delivery.other_month (day), delivery.plan_approved.
    """
    opened(award, by=by, at=at)
    first, after = queries.month_of(month)
    if not award.theme.round.monthly_plan:
        raise Refused("delivery.no_plans")
    if after <= clock.beijing_day(at):
        raise Refused("delivery.month_over", "month", month=first)
    found = [] if planned else [Blocker("delivery.nothing_planned", "subject-0")]
    for place, each in enumerate(planned):
        found += [
            Blocker("delivery.missing", f"{name}-{place}", {"field": name})
            for name in ("subject", "place", "lead")
            if not getattr(each, name).strip()
        ]
        if not first <= each.on < after:
            found.append(Blocker("delivery.other_month", f"on-{place}", {"day": each.on, "month": first}))
    refuse(found)
    plan = db.session.scalar(
        select(MonthPlan).where(MonthPlan.award_id == award.id, MonthPlan.month == first).with_for_update()
    )
    if plan is not None and plan.state is PlanState.APPROVED:
        raise Refused("delivery.plan_approved", month=first)
    plan = plan or MonthPlan(award=award, month=first, rows=[], sent_at=at, sent_by=by)
    before = plan.rows
    plan.rows = [
        {name: trail.plain(value) for name, value in each._asdict().items()}
        for each in sorted(planned, key=lambda each: each.on)
    ]
    plan.state, plan.sent_at, plan.sent_by = PlanState.SENT, at, by
    plan.decided_at, plan.decided_by, plan.answer = None, None, ""
    db.session.add(plan)
    db.session.flush()
    trail.say(by, "delivery.send_plan", plan, month=first, before=before, after=plan.rows)
    return plan


def decide_plan(*, plan: MonthPlan, approve: bool, answer: str, by: Person, at: datetime) -> None:
    """Approve a monthly plan or send it back with the reason; an approved one may be sent back too.

    Raises Refused: delivery.not_your_role, budget.barred, delivery.own_project, delivery.reason_needed,
    delivery.plan_decided (state).
    """
    refuse(access.role_blockers(by, plan.award, *access.RECOMMENDS))
    locked(plan)
    if not approve and not answer.strip():
        raise Refused("delivery.reason_needed", "answer")
    if plan.state is PlanState.RETURNED or (approve and plan.state is PlanState.APPROVED):
        raise Refused("delivery.plan_decided", state=plan.state)
    plan.state = PlanState.APPROVED if approve else PlanState.RETURNED
    plan.decided_at, plan.decided_by, plan.answer = at, by, answer.strip()
    db.session.flush()
    trail.say(by, "delivery.decide_plan", plan, month=plan.month, approved=approve, answer=plan.answer)
