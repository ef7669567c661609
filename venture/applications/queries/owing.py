"""Papers that come after the form: until when each may come, who still owes one, and which version a scan proves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import joinedload

from venture import clock, workdays
from venture.applications import codes
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, LatePaper, Version
from venture.applications.queries.form import closing_of, late_paper, live_files, papers_open
from venture.applications.queries.lists import sent
from venture.applications.queries.single import parts_of, shown_state
from venture.db import db
from venture.people.models import Person
from venture.rounds.models import Due, PaperKind, Round

ENDED = frozenset(
    {
        State.DRAFT,
        State.WITHDRAWN,
        State.INELIGIBLE,
        State.NOT_SHORTLISTED,
        State.CANCELLED,
        State.CLOSED,
        State.TERMINATED,
    }
)
"""The states of an application that was never sent, or has come to an end: no paper is due any more."""


@dataclass(frozen=True)
class Owed:
    """A paper that an application has to bring after its form: `last` is the day, none while nobody may know it.

    `provisional` (暂按): the term reaches into a year whose holidays are not known yet. `asked`: it is asked for by now.
    `over`: the day is past; `late` is then the admission under which it may still come. `there`: it has come.
    """

    kind: PaperKind
    last: date | None
    provisional: bool
    asked: bool
    over: bool
    late: LatePaper | None
    there: bool


@dataclass(frozen=True)
class Proof:
    """What the code on a scan says: the version that it proves, beside the version that stands.

    `code` is empty until somebody has typed it; `version` is the number, none for a draft that was not sent so.
    """

    attachment: Attachment
    code: str
    version: int | None
    standing: str
    standing_version: int | None

    @property
    def fits(self) -> bool:
        """Whether what was signed is what stands."""
        if self.standing_version is None:
            return self.code == self.standing
        return self.code != "" and self.version == self.standing_version


def due_on(application: Application, kind: PaperKind, calendar: clock.Calendar) -> tuple[date | None, bool]:
    """The last day for a paper that is due after the form, and whether it is provisional.

    Counted from the closing, or from the last sending where that was later; or from the notice that lists the
    application. While it is sent back the paper may come as long as the rest. None with the form, and while nobody
    outside may know of it.
    """
    start = application.listed_on if kind.due is Due.NOTICE else _closed_on(application)
    if kind.due is Due.SUBMIT or start is None:
        return None, False
    last = clock.add_working_days(start, kind.due_days, first_counts=False, calendar=calendar)
    if application.state is State.RETURNED and application.correct_by_on is not None:
        last = max(last, application.correct_by_on)
    return last, calendar.provisional(start, last)


def _closed_on(application: Application) -> date:
    """The day after which the days count; a closing at 24:00 belongs to the day that it ends."""
    closed = clock.beijing_day(closing_of(application) - timedelta(microseconds=1))
    sent_at = application.submitted_at
    return max(closed, clock.beijing_day(sent_at)) if sent_at else closed


def attachable(application: Application, at: datetime) -> dict[int, LatePaper | None]:
    """The kinds, by id, of which a paper may be attached at this moment; each with its late admission, if by one."""
    if papers_open(application, at):
        return {kind.id: None for kind in application.round.papers}
    found = {each.kind.id: None for each in later_papers(application, at) if each.asked and not each.over}
    late = {kind.id: late_paper(application, kind, at) for kind in application.round.papers}
    return {id: row for id, row in late.items() if row is not None and id not in found} | found


def later_papers(
    application: Application,
    at: datetime,
    *,
    state: State | None = None,
    calendar: clock.Calendar | None = None,
) -> list[Owed]:
    """The papers that are due after the form, required or not, in the round's order; none once all has ended.

    Judged by the state as the applicant is shown it, unless staff give the true one; lists give the `calendar`.
    """
    kinds = [kind for kind in application.round.papers if kind.due is not Due.SUBMIT]
    if not kinds or (state or shown_state(application)) in ENDED - {State.DRAFT}:
        return []
    calendar = calendar or workdays.calendar()
    have = {each.kind_id for each in live_files(application)}
    found = []
    for kind in kinds:
        last, provisional = due_on(application, kind, calendar)
        over = last is not None and at >= clock.end_of_day(last)
        late = late_paper(application, kind, at)
        asked = last is not None and application.submitted_at is not None
        found.append(Owed(kind, last, provisional, asked, over, late, kind.id in have))
    return found


def owed(later: Sequence[Owed]) -> list[Owed]:
    """Those of them that have to come, are asked for by now and are not there."""
    return [each for each in later if each.kind.required and each.asked and not each.there]


def papers_missing(application: Application) -> list[PaperKind]:
    """The kinds of paper that the round requires with the form and the application has no file of."""
    have = {each.kind_id for each in live_files(application)}
    return [
        kind
        for kind in application.round.papers
        if kind.required and kind.due is Due.SUBMIT and kind.id not in have
    ]


def codes_of(application: Application) -> Mapping[str, Version | None]:
    """Every code that a page of this application can carry, with the version that it proves, the newest first."""
    versions = {version.revision: version for version in application.versions if version.revision}
    drafts = {
        codes.of_draft(application.id, revision): versions.get(revision)
        for revision in range(application.revision, 0, -1)
    }
    return {version.receipt: version for version in reversed(application.versions)} | drafts


def standing_code(application: Application) -> str:
    """The code of what stands: of the last version, before the first one of the draft as it is."""
    if application.versions:
        return application.versions[-1].receipt
    return codes.of_draft(application.id, application.revision)


def proofs(application: Application) -> list[Proof]:
    """What the scans with a code say that the application carries now, in the order in which they came."""
    last = application.versions[-1] if application.versions else None
    numbers = {version.id: version.number for version in application.versions}
    return [
        Proof(
            attachment=each,
            code=each.code,
            version=numbers.get(each.version_id) if each.version_id else None,
            standing=standing_code(application),
            standing_version=last.number if last else None,
        )
        for each in live_files(application)
        if each.kind is not None and each.kind.coded
    ]


@dataclass(frozen=True)
class Owing:
    """An application on the officer's list: what it owes, and which of its scans a person should look at."""

    application: Application
    owed: list[Owed]
    doubtful: list[Proof]


def owing(round: Round, person: Person, at: datetime) -> list[Owing]:
    """The applications of the round that owe a paper or carry a scan that does not prove what stands, by the day they
    owe it and number. Constant statements.
    """
    rows = db.session.scalars(
        sent(round, person)
        .options(*parts_of(), joinedload(Application.organization))
        .order_by(Application.number, Application.id)
    ).all()
    calendar = workdays.calendar()
    found = []
    for row in rows:
        due = owed(later_papers(row, at, state=row.state, calendar=calendar))
        doubtful = [] if row.state in ENDED else [each for each in proofs(row) if not each.fits]
        if due or doubtful:
            found.append(Owing(row, due, doubtful))
    return sorted(found, key=lambda each: min((one.last or date.max for one in each.owed), default=date.max))
