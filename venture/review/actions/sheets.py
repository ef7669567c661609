"""An expert's own sheet on screen: saving the draft and handing it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from venture import outbox, trail
from venture.applications.models import Application
from venture.db import db, locked
from venture.people.models import Person
from venture.refusal import Blocker, Changed, Refused
from venture.review import access, queries, scoring
from venture.review.actions import standings
from venture.review.models import Mark, Panelist, Sheet, SheetState
from venture.rounds.models import Phase, ThemeCriterion

QUIET = timedelta(minutes=10)
"""Saves of one draft within this time are one event of the trail."""


@dataclass(frozen=True)
class Filled:
    """What an expert, or a clerk from paper, has filled in: marks (hundredths) and sentences by criterion."""

    marks: Mapping[str, int | None]
    notes: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""


def save(
    *,
    application: Application,
    phase: Phase = Phase.PAPERS,
    filled: Filled,
    seen: int,
    base: Filled | None = None,
    by: Person,
    at: datetime,
) -> Sheet:
    """Keep the expert's draft as it is, complete or not.

    `seen` is the sheet's revision that the form was made from, 0 for none, `base` what it held then: a form
    that is overtaken only by what it sent itself (an autosave under way) does no harm. Raises Refused:
    review.not_yours, review.no_presentation, review.papers_first (what was heard must not move the mark of the papers),
    review.frozen, review.not_in_review, review.handed_in, review.keyed; Changed review.changed when another window saved
    something else.
    """
    sheet = _own(application, phase, by)
    _still_open(application, sheet)
    return _keep(application, phase, sheet, filled, seen=seen, base=base, by=by, at=at)


def hand_in(
    *,
    application: Application,
    phase: Phase = Phase.PAPERS,
    filled: Filled,
    seen: int,
    base: Filled | None = None,
    by: Person,
    at: datetime,
) -> Sheet:
    """Hand the sheet in: from now on it counts and stays as it is. The same press twice is one.

    Raises Refused with everything that `save` refuses, and with all of review.no_mark, review.mark_range,
    review.mark_step, review.no_sentence (a mark below 40 % or above 95 % needs one), each with its field.
    """
    sheet = _own(application, phase, by)
    if sheet is not None and sheet.state is SheetState.HANDED_IN and not _differences(sheet, filled):
        return sheet
    _still_open(application, sheet)
    assert application.theme is not None
    blockers = sheet_blockers(application.theme.sheet(phase), filled)
    if blockers:
        raise Refused.all(blockers)
    sheet = _keep(application, phase, sheet, filled, seen=seen, base=base, by=by, at=at)
    sheet.state, sheet.handed_in_at, sheet.paper = SheetState.HANDED_IN, at, None
    outbox.withdraw(about=sheet, kind="review.reopened")
    db.session.flush()
    score = standings.reckon(application)
    trail.say(by, "review.hand_in", sheet, total=sheet.total, score=queries.printed(score.value))
    return sheet


def sheet_blockers(lines: Sequence[ThemeCriterion], filled: Filled) -> list[Blocker]:
    """Why a sheet of these lines can't be handed in yet; the field is the form's («mark_need», «note_need»)."""
    criteria = {one.code: one for one in queries.criteria_of(lines)}
    names = {one.code: one.name for one in lines}
    found = [
        replace(one, field=f"mark_{one.field}", facts={**one.facts, "criterion": names[one.field]})
        for one in scoring.sheet_blockers(filled.marks, list(criteria.values()))
    ]
    return found + [
        Blocker("review.no_sentence", f"note_{code}", {"criterion": names[code]})
        for code, criterion in criteria.items()
        if (mark := filled.marks.get(code)) is not None
        and 0 <= mark <= criterion.max
        and scoring.needs_sentence(mark, criterion)
        and not filled.notes.get(code, "").strip()
    ]


def _own(application: Application, phase: Phase, by: Person) -> Sheet | None:
    """The expert's sheet under the application's lock; refused when it is not (any more, or not yet) theirs to score."""
    locked(application)
    if not access.may_score(by, application):
        raise Refused("review.not_yours")
    if phase not in application.round.phases:
        raise Refused("review.no_presentation")
    if phase is Phase.PRESENTATION and not queries.has_read(application, by):
        raise Refused("review.papers_first")
    return queries.sheet_of(application, by, phase)


def open_to_marks(application: Application) -> None:
    """Refuse where sheets of the (locked) application can no longer change: review.frozen, review.not_in_review."""
    if queries.takes_marks(application):
        return
    newest = queries.frozen_in([application.theme_id or 0]).get(application.theme_id or 0)
    if newest is not None and newest.holds:
        raise Refused("review.frozen", version=newest.version.number, at=newest.version.made_at)
    raise Refused("review.not_in_review", state=application.state)


def _still_open(application: Application, sheet: Sheet | None) -> None:
    open_to_marks(application)
    if sheet is not None and sheet.state is SheetState.HANDED_IN:
        raise Refused("review.handed_in", at=sheet.handed_in_at)
    if sheet is not None and sheet.state is not SheetState.DRAFT:
        raise Refused("review.keyed")


def _keep(
    application: Application,
    phase: Phase,
    sheet: Sheet | None,
    filled: Filled,
    *,
    seen: int,
    base: Filled | None,
    by: Person,
    at: datetime,
) -> Sheet:
    if sheet is not None and sheet.revision != seen:
        moved = None if base is None else {place for place, *_ in _differences(sheet, base)}
        clashes = [
            (name, mine, theirs)
            for place, name, mine, theirs in _differences(sheet, filled)
            if moved is None or place in moved
        ]
        if clashes:
            raise Changed("review.changed", clashes, at=sheet.saved_at)
    fresh = sheet is None
    if sheet is None:
        seat = db.session.scalars(
            select(Panelist).where(Panelist.round_id == application.round_id, Panelist.person_id == by.id)
        ).one()
        sheet = Sheet(application=application, panelist=seat, phase=phase, revision=0, saved_at=at)
        db.session.add(sheet)
    elif not _differences(sheet, filled):
        return sheet
    spoken = fresh or at - sheet.saved_at >= QUIET
    write(sheet, filled, at=at)
    if spoken:
        trail.say(by, "review.save", sheet, total=sheet.total)
    return sheet


def write(sheet: Sheet, filled: Filled, *, at: datetime) -> None:
    """Put marks, sentences and total into the sheet; a criterion without a mark has no row."""
    present = {mark.criterion_id: mark for mark in sheet.marks}
    loose: dict[str, str] = {}
    for criterion in sheet.criteria:
        value, note = filled.marks.get(criterion.code), filled.notes.get(criterion.code, "").strip()
        mark = present.get(criterion.id)
        if value is None:
            if note:
                loose[criterion.code] = note
            if mark is not None:
                sheet.marks.remove(mark)
        elif mark is None:
            sheet.marks.append(Mark(criterion=criterion, value=value, note=note))
        else:
            mark.value, mark.note = value, note
    sheet.loose_notes, sheet.comment, sheet.saved_at = loose, filled.comment.strip(), at
    sheet.revision += 1
    add_up(sheet)
    db.session.flush()


def add_up(sheet: Sheet) -> None:
    """Make the total of the marks, as printed; None while a mark is missing."""
    total = scoring.sheet_total(queries.marks_of(sheet), queries.criteria_of(sheet.criteria))
    sheet.total = None if total is None else scoring.shown(total)


def _differences(sheet: Sheet, filled: Filled) -> list[tuple[str, str, str, str]]:
    """Where what is filled in differs from what is kept: place on the sheet, its name, filled in, kept."""
    marks, notes = queries.marks_of(sheet), queries.notes_of(sheet)
    found = [("comment", "", filled.comment.strip(), sheet.comment)]
    for one in sheet.criteria:
        given, kept = filled.marks.get(one.code), marks.get(one.code)
        found.append((f"mark_{one.code}", one.name, queries.printed(given), queries.printed(kept)))
        said = filled.notes.get(one.code, "").strip()
        found.append((f"note_{one.code}", one.name, said, notes.get(one.code, "")))
    return [each for each in found if each[2] != each[3]]
