"""The calendar of working days, where it differs from the published one."""

from datetime import date, datetime

from venture import trail
from venture.db import db
from venture.people.models import Person
from venture.rounds.actions.shared import planner
from venture.workdays import CompleteYear, Workday


def enter_workday(*, day: date, works: bool, note: str, by: Person, at: datetime) -> None:
    """Enter a day as worked or free, over the published calendar. Raises Refused: rounds.not_planner."""
    planner(by)
    row = db.session.get(Workday, day)
    old = row.works if row else None
    if row is None:
        row = Workday(day=day)
        db.session.add(row)
    row.works, row.note = works, note.strip()
    trail.say(by, "rounds.enter_workday", None, day=day, works=[old, works], note=row.note)


def remove_workday(*, workday: Workday, by: Person, at: datetime) -> None:
    """Take an entered day out: the published calendar counts again. Raises Refused: rounds.not_planner."""
    planner(by)
    trail.say(by, "rounds.remove_workday", None, day=workday.day, works=workday.works)
    db.session.delete(workday)


def complete_year(*, year: int, complete: bool, by: Person, at: datetime) -> None:
    """Say that every day of a year has been entered (or take that back). Raises Refused: rounds.not_planner."""
    planner(by)
    row = db.session.get(CompleteYear, year)
    if complete and row is None:
        db.session.add(CompleteYear(year=year))
    elif not complete and row is not None:
        db.session.delete(row)
    trail.say(by, "rounds.complete_year", None, year=year, complete=complete)
