"""Reports of projects: what the records say, by when one is due, what is handed in and what is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from venture.applications import queries as applications
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.budget import access as budget_access
from venture.budget import queries as budget
from venture.budget.models import Award, AwardState
from venture.db import db
from venture.delivery.grading import Phase, Scheme
from venture.delivery.models import (
    Activity,
    Change,
    ChangeKind,
    ChangeState,
    ClosingRule,
    Report,
    ReportState,
    ReportVersion,
    Taking,
)
from venture.delivery.queries.running import activities, attendances, changes, heads_of
from venture.people.models import Person
from venture.rounds.models import Condition, Round

TEXTS: dict[Phase, tuple[str, ...]] = {
    Phase.MIDTERM: ("done", "effect", "problems", "ahead"),
    Phase.FINAL: ("done", "effect", "problems", "lasting"),
}
"""The texts that an organization types, by key; all else of a report is assembled."""
NEEDED = ("done", "effect")
LONGEST = 2000
"""Characters of one text."""
RUNS = (State.CONTRACTED, State.RUNNING, State.SUSPENDED, State.MIDTERM, State.FINAL, State.AUDITING)
"""The states of a project between its agreement and its end."""

_SETTINGS = ("final_days", "pass_line", "scheme", "bonus_most", "objection_days", "ban_years")


def rules(round: Round) -> ClosingRule:
    """What the round asks at midterm and end: its own settings, else those of the latest earlier round, else ours.

    Borrowed settings are not in the session: nothing is saved by reading. Days of a year are never borrowed.
    """
    rows = db.session.execute(
        select(ClosingRule, Round.year)
        .join(Round, Round.id == ClosingRule.round_id)
        .where(Round.year <= round.year)
        .order_by(Round.year.desc())
        .limit(1)
    ).all()
    if rows and rows[0][1] == round.year:
        return rows[0][0]
    usual: dict[str, Any] = {
        "final_days": 30,
        "pass_line": 6000,
        "scheme": Scheme.USUAL,
        "bonus_most": 500,
        "objection_days": 5,
        "ban_years": 3,
    }
    given = {name: getattr(rows[0][0], name) for name in _SETTINGS} if rows else usual
    return ClosingRule(round_id=round.id, midterm_due_on=None, **given)


def due_on(phase: Phase, rule: ClosingRule, starts_on: date | None, ends_on: date | None) -> date | None:
    """The last day to hand the report in: for the midterm the round's day, else the middle of the project.

    `ends_on`: the project's last day, extensions counted; who begins late and is extended has time until then.
    """
    if starts_on is None or ends_on is None:
        return rule.midterm_due_on if phase is Phase.MIDTERM else None
    if phase is Phase.FINAL:
        return ends_on + timedelta(days=rule.final_days)
    return rule.midterm_due_on or starts_on + (ends_on - starts_on) / 2


def days(awards: Sequence[Award]) -> dict[int, tuple[date | None, date | None]]:
    """Each project's first and last day by award id, as its latest approved extension says. Two statements."""
    found = {row: (each.starts_on, each.ends_on) for row, each in budget.promised(awards).items()}
    for award_id, day in db.session.execute(
        select(Change.award_id, Change.ends_on)
        .where(
            Change.award_id.in_(found),
            Change.kind == ChangeKind.EXTENSION,
            Change.state == ChangeState.APPROVED,
        )
        .order_by(Change.decided_at, Change.id)
    ):
        found[award_id] = (found[award_id][0], day)
    return found


def asks_midterm(award: Award, rule: ClosingRule) -> bool:
    """Whether the project has a midterm at all: the round names a day for it, or an instalment waits for it."""
    return rule.midterm_due_on is not None or any(
        part.condition in (Condition.REPORT, Condition.MIDTERM) for part in award.instalments
    )


def on_paper(award: Award) -> bool:
    """Whether an officer noted the midterm as passed by a paper of their own: then no report is waited for here."""
    parts = [part for part in award.instalments if part.condition is Condition.MIDTERM]
    return bool(parts) and all(part.met_on is not None for part in parts)


@dataclass(frozen=True)
class ReportRow:
    """One project in the list of reports: by when, how far, and whether it is late today."""

    award: Award
    phase: Phase
    due_on: date | None
    report: Report | None
    late: bool


REPORT: tuple[_AbstractLoad, ...] = (
    selectinload(Report.versions).options(
        joinedload(ReportVersion.handed_in_by), joinedload(ReportVersion.decided_by)
    ),
)


def reports(round: Round, person: Person, phase: Phase, today: date) -> list[ReportRow]:
    """The live projects of a round with their report of this phase, by theme and number. Constant statements."""
    rule = rules(round)
    running = [
        award
        for award in budget.awards(round, person)
        if award.state is AwardState.LIVE
        and award.agreement_no is not None
        and (phase is Phase.FINAL or asks_midterm(award, rule))
    ]
    found = {
        report.award_id: report
        for report in db.session.scalars(
            select(Report)
            .where(Report.award_id.in_([award.id for award in running]), Report.phase == phase)
            .options(*REPORT)
        )
    }
    term = days(running)
    return [_row(award, phase, rule, *term[award.id], found.get(award.id), today) for award in running]


def _row(
    award: Award,
    phase: Phase,
    rule: ClosingRule,
    starts_on: date | None,
    ends_on: date | None,
    report: Report | None,
    today: date,
) -> ReportRow:
    due = due_on(phase, rule, starts_on, ends_on)
    waits = report is None or report.state in (ReportState.DRAFT, ReportState.SENT_BACK)
    runs = award.application.state in RUNS and award.application.state is not State.SUSPENDED
    runs = runs and not (phase is Phase.MIDTERM and on_paper(award))
    return ReportRow(award, phase, due, report, waits and runs and due is not None and due < today)


def report_row(award: Award, phase: Phase, today: date) -> ReportRow:
    """The report of one project, written or not."""
    rule, term = rules(award.application.round), days([award])[award.id]
    return _row(award, phase, rule, *term, report_of(award, phase), today)


def report_of(award: Award, phase: Phase) -> Report | None:
    """The report of a project in this phase, if it has been begun."""
    return db.session.scalar(
        select(Report)
        .where(Report.award_id == award.id, Report.phase == phase)
        .options(*REPORT, joinedload(Report.award))
    )


def report(report_id: int, person: Person) -> Report | None:
    """One report with its versions, if the person may see its award."""
    seen = budget_access.visible(person).with_only_columns(Award.id).order_by(None)
    return db.session.scalar(
        select(Report)
        .where(Report.id == report_id, Report.award_id.in_(seen))
        .options(
            *REPORT,
            joinedload(Report.award).joinedload(Award.application).joinedload(Application.organization),
        )
    )


def version_of_key(key: str) -> ReportVersion | None:
    """The version that this press of the button made, if it already has."""
    return db.session.scalar(select(ReportVersion).where(ReportVersion.key == key))


# --- what the records say ---


def goals(award: Award) -> list[dict[str, Any]]:
    """The goals that can be measured, as the organization promised them last: text, unit, target."""
    form = _promised(award)
    return [dict(each) for each in form.get("goals", []) if isinstance(each, dict) and each.get("text")]


def _promised(award: Award) -> dict[str, Any]:
    versions: Sequence[Any] = award.application.versions
    form = dict(applications.content(versions[-1]).get("form", {})) if versions else {}
    return form | dict(budget.promised([award])[award.id].revised or {})


def assembled(award: Award, phase: Phase, until: date) -> dict[str, Any]:
    """What a report says without anybody typing it, as plain data, from the records up to a day (amounts in fen)."""
    application, form = award.application, _promised(award)
    promised = budget.promised([award])[award.id]
    return {
        "project": {
            "number": award.project_no,
            "title": application.title,
            "organization": application.organization.name,
            "theme": award.theme.name,
            "agreement": award.agreement_no or "",
            "starts_on": promised.starts_on.isoformat() if promised.starts_on else "",
            "ends_on": promised.ends_on.isoformat() if promised.ends_on else "",
            "communities": [each.name for each in application.communities],
        },
        "phase": phase.value,
        "until": until.isoformat(),
        "money": {"award": award.entitled, "paid": award.paid},
        "goals": goals(award),
        "plan": [dict(each) for each in form.get("plan", []) if isinstance(each, dict)],
        "activities": [
            _activity(each) for each in reversed(activities(award, struck=False)) if each.held_on <= until
        ],
        "attendances": {taking.value: times for taking, times in attendances(award).items()},
        "heads": [
            [head.table.value, head.category.value, head.budget, head.spent] for head in heads_of(award)
        ],
        "changes": [
            [each.number, each.kind.value, each.after]
            for each in reversed(changes(award))
            if each.state is ChangeState.APPROVED
        ],
    }


def _activity(each: Activity) -> dict[str, Any]:
    served = each.taking(Taking.SERVED)
    return {
        "held_on": each.held_on.isoformat(),
        "subject": each.subject,
        "place": each.place,
        "persons": served.persons if served else 0,
        "person_times": served.person_times if served else 0,
    }
