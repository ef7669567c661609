"""The form of one application as it stands: as text, its obstacles, the task list, for reading."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from venture import clock, workdays
from venture.applications import parts
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, FundKind, Version
from venture.applications.parts import CostTable, Field, Kind, Part, Raw, Terms
from venture.applications.queries.single import slots
from venture.db import db
from venture.refusal import Blocker
from venture.rounds.models import Round, RoundState, Theme
from venture.words import N_


def sheet(application: Application, *, pending: bool = True) -> dict[str, Raw]:
    """The form as it stands, every field as text; with `pending`, also what was typed since it was sent."""
    answers = application.answers
    found: dict[str, Raw] = {}
    for key, field in parts.FIELDS.items():
        given = _COLUMNS[key](application) if key in _COLUMNS else answers.get(key)
        found[key] = parts.normal(field, _shown(field, given))
    found |= {key: raw for key, raw in answers.get("_typed", {}).items() if key in parts.FIELDS}
    if pending:
        found |= {key: raw for key, raw in answers.get("_pending", {}).items() if key in parts.FIELDS}
    return found


def _shown(field: Field, given: Any) -> Raw:
    if field.plural:
        return list(given or [])
    return parts.show(field.kind, given)


def _fund(kind: FundKind) -> Callable[[Application], Any]:
    return lambda application: next((fund.amount for fund in application.funds if fund.kind is kind), None)


def _costs(table: CostTable) -> Callable[[Application], Any]:
    return lambda application: [
        {
            "category": line.category.value,
            "content": line.content,
            "unit_price": parts.show(Kind.MONEY, line.unit_price),
            "quantity": parts.show(Kind.QUANTITY, line.quantity),
            "unit": line.unit,
        }
        for line in application.costs
        if line.table is table
    ]


_COLUMNS: dict[str, Callable[[Application], Any]] = {
    "group_name": lambda application: application.group_name,
    "title": lambda application: application.title,
    "theme": lambda application: application.theme.code if application.theme else "",
    "field": lambda application: application.field.code if application.field else "",
    "starts_on": lambda application: application.starts_on,
    "ends_on": lambda application: application.ends_on,
    "communities": lambda application: [community.code for community in application.communities],
    "asked": lambda application: application.asked,
    "direct": lambda application: application.direct,
    "indirect": lambda application: application.indirect,
    "fund_own": _fund(FundKind.OWN),
    "fund_donated": _fund(FundKind.DONATED),
    "fund_expected": _fund(FundKind.EXPECTED),
    "costs_grant": _costs(CostTable.GRANT),
    "costs_matching": _costs(CostTable.MATCHING),
}
COLUMNS = frozenset(_COLUMNS)
"""The fields that have columns of their own; all others are answers."""


def theme_of(application: Application, form: Mapping[str, Raw]) -> Theme | None:
    """The theme that the form names now (not yet the row's, when the change has not been sent)."""
    return next((theme for theme in application.round.themes if theme.code == form["theme"]), None)


_PROFILE = (
    ("registrar", N_("Registration office")),
    ("registered_on", N_("Day of registration")),
    ("address", N_("Address")),
    ("postcode", N_("Postcode")),
    ("introduction", N_("Introduction of the organization")),
    ("legal_representative", N_("Legal representative")),
    ("representative_phone", N_("Telephone of the legal representative")),
)


def live_files(application: Application) -> list[Attachment]:
    """The files that the application carries now."""
    return [each for each in application.attachments if each.removed_at is None]


def sent_files(application: Application) -> list[Attachment]:
    """The files of the version that was last sent; before the first one, those carried now."""
    if not application.versions:
        return live_files(application)
    named = {entry["attachment"] for entry in content(application.versions[-1]).get("files", [])}
    return [each for each in application.attachments if each.id in named]


def content(version: Version) -> dict[str, Any]:
    """What was frozen, as data."""
    return dict(json.loads(version.content))


def terms(application: Application, form: Mapping[str, Raw]) -> Terms:
    """What the round asks of this form."""
    round, theme = application.round, theme_of(application, form)
    have = {each.kind_id for each in live_files(application)}
    return Terms(
        theme=theme.name if theme else "",
        ceiling=theme.ceiling if theme else None,
        consultation=theme.consultation if theme else False,
        management_cap=round.management_cap,
        staff_cap=round.staff_cap,
        grant_share=round.grant_share,
        themes=[theme.code for theme in round.themes],
        fields=[field.code for field in round.fields],
        papers=[(kind.code, kind.name, kind.id in have) for kind in round.papers if kind.required],
        profile=[(key, label) for key, label in _PROFILE if not getattr(application.organization, key)],
    )


def obstacles(application: Application, at: datetime) -> list[Blocker]:
    """All that stands in the way of submitting at this moment: the very list the verb refuses with."""
    form = sheet(application)
    found = parts.blockers(form, terms(application, form))
    return _of_window(application, at) + _of_slot(application) + found


def limit_of(application: Application) -> datetime:
    """The moment from which nothing is taken: the closing, or the end of the term of correction."""
    if application.state is State.RETURNED and application.correct_by_on is not None:
        return clock.end_of_day(application.correct_by_on)
    return closing_of(application)


def closing_of(application: Application) -> datetime:
    """When the round closes for this application's organization: for all, or later if it was given more time."""
    return max([application.round.closes_at, *(each.until_at for each in application.admissions)])


def _of_window(application: Application, at: datetime) -> list[Blocker]:
    round, limit = application.round, limit_of(application)
    if application.state is State.RETURNED:
        late = {"by": application.correct_by_on, "at": at}
        return [Blocker("applications.correction_over", "", late)] if at >= limit else []
    if round.state is RoundState.PLANNED or at < round.opens_at:
        return [Blocker("applications.not_open_yet", "", {"opens_at": round.opens_at, "at": at})]
    if not takes(round, limit, at):
        return [Blocker("applications.closed", "", {"closes_at": limit, "at": at})]
    return []


def takes(round: Round, closing: datetime, at: datetime) -> bool:
    """Whether the round takes applications of a body for which it closes at `closing`.

    More time outlasts the officer's closing of the round for the others, not the round.
    """
    late = closing > round.closes_at and round.state is RoundState.CLOSED
    return at < closing and (round.state is RoundState.OPEN or late)


def _of_slot(application: Application) -> list[Blocker]:
    taken = [slot.application_id for slot in slots(application)]
    if application.id in taken or len(taken) < application.round.applications_each:
        return []
    other = db.session.get_one(Application, taken[0])
    facts = {"each": application.round.applications_each, "number": other.number, "title": other.title}
    return [Blocker("applications.slot_taken", "", facts)]


@dataclass(frozen=True)
class Task:
    """One part of the form on the task list: how far it is and what it still lacks."""

    part: Part
    progress: parts.Progress
    blockers: list[Blocker]


def tasks(application: Application, found: Sequence[Blocker]) -> list[Task]:
    """The task list, given the obstacles."""
    form = sheet(application)
    theme = theme_of(application, form)
    have = bool(live_files(application))
    return [
        Task(
            part,
            parts.progress(part, form, found, papers=have),
            [blocker for blocker in found if blocker.facts.get("part") == part.code],
        )
        for part in parts.form(theme.consultation if theme else False)
    ]


@dataclass(frozen=True)
class Answer:
    """One field for reading: text, list of texts, or rows of texts under the field's columns."""

    field: Field
    raw: Raw


def document(
    application: Application, form: Mapping[str, Raw] | None = None, *, contacts: bool
) -> list[tuple[Part, list[Answer]]]:
    """The whole form for reading, by part; `contacts`: with how to reach people. Default: as last sent."""
    form = sheet(application, pending=False) if form is None else form
    theme = theme_of(application, {"theme": "", **form})
    names = {theme.code: theme.name for theme in application.round.themes}
    fields = {field.code: field.name for field in application.round.fields}
    shown: list[tuple[Part, list[Answer]]] = []
    for part in parts.form(theme.consultation if theme else False):
        answers = []
        for field in part.fields:
            raw = form.get(field.key, parts.empty(field))
            if field.contact and not contacts:
                continue
            if field.key == "theme":
                raw = names.get(str(raw), str(raw))
            elif field.key == "field":
                raw = fields.get(str(raw), str(raw))
            answers.append(Answer(field, parts.filled(raw) if field.kind is Kind.TABLE else raw))
        if answers:
            shown.append((part, answers))
    return shown


def days_left(application: Application, at: datetime) -> int | None:
    """Whole days until nothing is taken any more; None when it is over or nothing waits for the applicant."""
    waits = application.state in (State.DRAFT, State.RETURNED)
    left = limit_of(application) - at
    return left.days if waits and left.total_seconds() > 0 else None


def last_day(start: date, days: int) -> date:
    """The last day of a term of working days that begins after `start`."""
    return clock.add_working_days(start, days, first_counts=False, calendar=workdays.calendar())
