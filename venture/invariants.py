"""The promises that the database must keep whatever the code does, each named and compared with its source.

`venture check` runs them every night on any database, the tests after each test that wrote, the restore drill on
the copy. A promise answers with the rows at fault, in plain words; nothing when it holds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import and_, exists, func, select, union_all

from venture import clock, files, trail
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, LateAdmission, LatePaper, Version
from venture.budget import queries as budget
from venture.budget.models import Award, AwardState, Batch, DecisionLine, Notice, Payment, PaymentState
from venture.config import Settings
from venture.db import db, sum_of
from venture.delivery import queries as delivery
from venture.files import CHUNK, File
from venture.impact import queries as impact
from venture.past import queries as past
from venture.people.models import TrackRecord
from venture.review import queries as review
from venture.review.models import Panelist, Seat, Sheet, SheetState, Tie
from venture.rounds import actions as rounds
from venture.rounds.models import Announcement, Round, Supplement, Theme
from venture.trail import Event


def broken(settings: Settings, *, hashes: bool = False) -> list[str]:
    """Every promise that is not kept, as «name: row, what is wrong»; empty when all hold.

    About forty statements, and four more for each 500 applications in review. With `hashes` the content of each
    uploaded file is read too.
    """
    found = [f"{name}: {wrong}" for name, promise in PROMISES.items() for wrong in promise()]
    found += [f"files: {wrong}" for wrong in broken_files(settings.uploads, hashes=hashes)]
    return found + [f"trail: {wrong}" for wrong in broken_trail(settings)]


def broken_trail(settings: Settings, extra: Iterable[trail.Witness] = ()) -> list[str]:
    """The first wrong place of the chain, held against the checkpoints kept outside the database."""
    try:
        kept = trail.checkpoints(settings.checkpoints, key=settings.trail_key)
    except trail.NotSigned as wrong:
        return [str(wrong)]
    found = trail.verify(db.session(), [*(each.witness for each in kept), *extra])
    return [found] if found else []


def broken_files(root: Path, *, hashes: bool = False) -> Iterator[str]:
    """Rows whose file is missing, has another size or, with `hashes`, another content than when it was sent."""
    rows = db.session.execute(
        select(File.sha256, File.size, func.min(File.id)).group_by(File.sha256, File.size)
    )
    for sha256, size, row in sorted(rows, key=lambda found: found[2]):
        path = files.path_of(root, sha256)
        if not path.is_file():
            yield f"file {row}: {sha256} is missing"
        elif path.stat().st_size != size:
            yield f"file {row}: {sha256} has {path.stat().st_size} bytes of {size}"
        elif hashes and digest(path) != sha256:
            yield f"file {row}: {sha256} has another content"


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    hashed = hashlib.sha256()
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def broken_credits() -> Iterator[str]:
    """Each matter's counter is the sum of its confirmed shares."""
    for row, counter, shares in impact.unbalanced():
        yield f"matter {row}: credited {counter}, its confirmed shares {shares}"


def broken_earmarks() -> Iterator[str]:
    """What a round has allotted is the sum of its themes' earmarks."""
    earmarked = sum_of(Theme.earmark)
    for row, allotted, earmarks in db.session.execute(
        select(Round.id, Round.allotted, earmarked)
        .outerjoin(Round.themes)
        .group_by(Round.id, Round.allotted)
        .having(earmarked != Round.allotted)
        .order_by(Round.id)
    ):
        yield f"round {row}: allotted {allotted}, its earmarks {earmarks} fen"


def broken_deadlines() -> Iterator[str]:
    """No version came at or after the closing that decided: the round's, the later one that its organization

    was given before it sent, or the day given to complete it.
    """
    admitted = exists().where(
        LateAdmission.round_id == Application.round_id,
        LateAdmission.organization_id == Application.organization_id,
        LateAdmission.at <= Version.submitted_at,
        LateAdmission.until_at > Version.submitted_at,
    )
    late = db.session.execute(
        select(Version.id, Version.application_id, Version.submitted_at)
        .join(Version.application)
        .join(Application.round)
        .where(Version.submitted_at >= Round.closes_at, ~admitted)
        .order_by(Version.id)
    ).all()
    if not late:
        return
    terms: dict[int, list[str]] = defaultdict(list)
    for event in _events("applications.send_back"):
        terms[event.object_id or 0].append(str(event.facts["last_day"]))
    extended = select(trail.Correction.object_id, trail.Correction.new).where(
        trail.Correction.kind == Application.__tablename__, trail.Correction.field == "correct_by_on"
    )
    for application, day in db.session.execute(extended):
        terms[application].append(day)
    for row, application, at in late:
        if clock.beijing_day(at).isoformat() > max(terms[application], default=""):
            yield f"version {row}: sent at {at.isoformat()}, after the closing"


def broken_late_papers() -> Iterator[str]:
    """Each late paper is of the application and kind that were admitted, and came before the moment given."""
    kept = and_(
        LatePaper.application_id == Attachment.application_id,
        LatePaper.kind_id == Attachment.kind_id,
        LatePaper.at <= Attachment.added_at,
        LatePaper.until_at > Attachment.added_at,
    )
    late = select(Attachment.id).join(LatePaper, Attachment.late_id == LatePaper.id)
    for row in db.session.scalars(late.where(~kept).order_by(Attachment.id)):
        yield f"attachment {row}: late otherwise than it was admitted"


def broken_proofs() -> Iterator[str]:
    """Each scan with a code proves a version of the application that carries it."""
    other = select(Attachment.id).join(Attachment.version)
    for row in db.session.scalars(
        other.where(Version.application_id != Attachment.application_id).order_by(Attachment.id)
    ):
        yield f"attachment {row}: proves a version of another application"


def broken_lists() -> Iterator[str]:
    """Since when an application is on a notice, or was passed over, is what the notice says."""
    listed = (
        select(DecisionLine.application_id, func.max(Notice.starts_on).label("day"))
        .join(Notice, Notice.decision_id == DecisionLine.decision_id)
        .where(DecisionLine.decided > 0)
        .group_by(DecisionLine.application_id)
        .subquery()
    )
    for row, noted, day in db.session.execute(
        select(Application.id, Application.listed_on, listed.c.day)
        .outerjoin(listed, listed.c.application_id == Application.id)
        .where(Application.listed_on.is_distinct_from(listed.c.day))
        .order_by(Application.id)
    ):
        yield f"application {row}: on a notice since {noted}, the notice says {day}"
    passed = exists().where(
        DecisionLine.application_id == Application.id,
        DecisionLine.decided == 0,
        Notice.decision_id == DecisionLine.decision_id,
        Notice.starts_on == Application.passed_on,
    )
    over = select(Application.id).where(Application.passed_on.is_not(None), ~passed).order_by(Application.id)
    for row in db.session.scalars(over):
        yield f"application {row}: passed over on a day on which no notice did so"


def broken_themes() -> Iterator[str]:
    """Each award is of an application that was sent, and counts against the theme it was sent under."""
    sent = (
        select(Version.application_id, func.max(Version.number).label("number"))
        .group_by(Version.application_id)
        .subquery()
    )
    for row, theme, under in db.session.execute(
        select(Award.id, Award.theme_id, Version.theme_id)
        .outerjoin(sent, sent.c.application_id == Award.application_id)
        .outerjoin(
            Version,
            and_(Version.application_id == sent.c.application_id, Version.number == sent.c.number),
        )
        .where((Version.theme_id.is_(None)) | (Version.theme_id != Award.theme_id))
        .order_by(Award.id)
    ):
        yield f"award {row}: under theme {theme}, its application " + (
            f"under theme {under}" if under else "was never sent"
        )


def broken_sheets() -> Iterator[str]:
    """Each sheet handed in is by an expert who sits on that round's panel and has no tie to the application."""
    for row, seated, same, tied in db.session.execute(
        select(Sheet.id, Panelist.state, Panelist.round_id == Application.round_id, Tie.id)
        .join(Sheet.panelist)
        .join(Sheet.application)
        .outerjoin(
            Tie,
            and_(
                Tie.application_id == Sheet.application_id,
                Tie.person_id == Panelist.person_id,
                Tie.dismissed_at.is_(None),
            ),
        )
        .where(Sheet.state == SheetState.HANDED_IN)
        .order_by(Sheet.id, Tie.id)
    ):
        if seated is not Seat.ACCEPTED:
            yield f"sheet {row}: its expert has not accepted the seat ({seated.value})"
        if not same:
            yield f"sheet {row}: its expert sits on another round's panel"
        if tied is not None:
            yield f"sheet {row}: its expert is tied to the application (tie {tied})"


def broken_record() -> Iterator[str]:
    """Each award, step of a payment and sheet handed in has its event in the trail, and each such event its row."""
    yield from _unsaid("award", set(db.session.scalars(select(Award.id))), _objects("budget.award"))
    cancelled = db.session.scalars(select(Award.id).where(Award.state == AwardState.CANCELLED))
    yield from _unsaid("award", set(cancelled), _objects("budget.cancel_award"), "cancelled")
    yield from _unsaid("batch", set(db.session.scalars(select(Batch.id))), _objects("budget.request"))
    published = set(db.session.scalars(select(Announcement.id)))
    yield from _unsaid("announcement", published, _objects("rounds.publish_call"))
    yield from _payments_unsaid()
    handed = set(db.session.scalars(select(Sheet.id).where(Sheet.state == SheetState.HANDED_IN)))
    said = _objects("review.hand_in", "review.check", "review.restore_sheet")
    yield from (f"sheet {row}: handed in without an event" for row in sorted(handed - said))


def broken_calls() -> Iterator[str]:
    """Announcements that no longer say what was published."""
    for each in db.session.scalars(select(Announcement).order_by(Announcement.id)):
        if rounds.digest(each) != each.sha256:
            yield f"announcement {each.id}: its text has another check sum"


def _payments_unsaid() -> Iterator[str]:
    said: dict[str, set[int]] = {}
    for step, names in _STEPS.items():
        said[step] = {int(row) for event in _events(*names) for row in event.facts["payments"]}
    back = _objects("budget.send_back", "budget.take_back")
    states: Mapping[int, PaymentState] = dict(
        db.session.execute(select(Payment.id, Payment.state).order_by(Payment.id)).all()
    )
    for row, state in states.items():
        for step in _BEHIND[state]:
            if row not in said[step]:
                yield f"payment {row}: {state.value} without the event of being {step}"
        if state is PaymentState.RETURNED and row not in back:
            yield f"payment {row}: sent back without an event"
    for row in sorted(set().union(back, *said.values()) - states.keys()):
        yield f"payment {row}: in the trail but not there"


_STEPS = {
    "requested": ("budget.request",),
    "checked": ("budget.check",),
    "released": ("budget.release", "budget.check_release"),
    "paid": ("budget.record_paid",),
}
_BEHIND = {
    PaymentState.REQUESTED: ("requested",),
    PaymentState.CHECKED: ("requested", "checked"),
    PaymentState.RELEASED: ("requested", "checked", "released"),
    PaymentState.PAID: ("requested", "checked", "released", "paid"),
    PaymentState.RETURNED: ("requested",),
}


def _unsaid(kind: str, rows: set[int], said: set[int], state: str = "") -> Iterator[str]:
    yield from (f"{kind} {row}: {state or 'made'} without an event" for row in sorted(rows - said))
    if not state:
        yield from (f"{kind} {row}: in the trail but not there" for row in sorted(said - rows))


def _objects(*names: str) -> set[int]:
    return set(db.session.scalars(select(Event.object_id).where(Event.did.in_(names)))) - {None}  # type: ignore[return-value]  # None is taken out


def _events(*names: str) -> Iterable[Event]:
    return db.session.scalars(select(Event).where(Event.did.in_(names)).order_by(Event.id))


def broken_supplements() -> Iterator[str]:
    """The supplements of each round, of its call or of a setting, are numbered from 1 without a gap: none was taken
    back unseen."""
    of_call = select(Announcement.round_id, (Announcement.number - 1).label("number")).where(
        Announcement.number > 1
    )
    series = union_all(select(Supplement.round_id, Supplement.number), of_call).subquery()
    counted = select(series.c.round_id, func.count(series.c.number.distinct()), func.max(series.c.number))
    for row, count, last in db.session.execute(counted.group_by(series.c.round_id)):
        if count != last:
            yield f"round {row}: {count} supplements, the last is number {last}"


_UNDER_WAY = (
    State.AWARDED,
    State.REVISING,
    State.CONTRACTED,
    State.RUNNING,
    State.SUSPENDED,
    State.MIDTERM,
    State.FINAL,
    State.AUDITING,
)


def broken_track() -> Iterator[str]:
    """An organization's record of a project says what the project's state says: closed, broken off, or neither."""
    for row, title, state, closed, ended in db.session.execute(
        select(
            TrackRecord.id, TrackRecord.title, Application.state, TrackRecord.closed, TrackRecord.broken_off
        )
        .join(Application, Application.organization_id == TrackRecord.organization_id)
        .join(Application.round)
        .where(Round.year == TrackRecord.year, Application.title == TrackRecord.title)
        .where(Application.state.in_((*_UNDER_WAY, State.CLOSED, State.TERMINATED)))
        .order_by(TrackRecord.id)
    ):
        if (closed, ended) != (state is State.CLOSED, state is State.TERMINATED):
            yield f"track record {row} «{title}»: closed {closed}, broken off {ended}, but the project is {state}"


PROMISES: dict[str, Callable[[], Iterable[str]]] = {
    "money": budget.broken_invariants,
    "heads": delivery.broken_heads,
    "ends": delivery.broken_ends,
    "credits": broken_credits,
    "earmarks": broken_earmarks,
    "deadlines": broken_deadlines,
    "late papers": broken_late_papers,
    "proofs": broken_proofs,
    "lists": broken_lists,
    "themes": broken_themes,
    "sheets": broken_sheets,
    "calls": broken_calls,
    "record": broken_record,
    "supplements": broken_supplements,
    "track": broken_track,
    "past awards": past.broken_records,
    "standings": review.broken_standings,
    "versions": review.broken_versions,
    "seats": review.broken_seats,
    "draws": review.broken_draws,
    "fees": review.broken_fees,
    "running orders": review.broken_running_orders,
}
"""The promises that need only the database, by name; `files` and `trail` stand beside them."""
