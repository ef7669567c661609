"""The editable table of holidays and worked weekends, laid over the calendar that the product carries."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from venture.clock import Calendar
from venture.db import Base, db


class Workday(Base):
    """A day that staff entered as worked or free (State Council notice, local order)."""

    __tablename__ = "workday"
    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")


class CompleteYear(Base):
    """A year of which staff have entered every holiday and worked weekend; its days are no longer provisional."""

    __tablename__ = "complete_year"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


def calendar() -> Calendar:
    """The calendar of Chinese working days with what staff entered. Two statements."""
    return Calendar(
        entered={row.day: row.works for row in db.session.scalars(select(Workday))},
        complete=frozenset(db.session.scalars(select(CompleteYear.year))),
    )
