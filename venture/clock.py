"""The only reader of the time; days of Beijing, and working days by a calendar given as an argument."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chinese_calendar import constants as published

BEIJING = ZoneInfo("Asia/Shanghai")
"""The bureau's zone; no day and no deadline is ever computed in another one."""

_ONE_DAY = timedelta(days=1)
_PUBLISHED_YEARS = frozenset(day.year for day in published.holidays)


_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def told(moment: datetime) -> Iterator[None]:
    """Let `now` answer a past moment while a story is told (the demonstration); nothing served uses it."""
    token = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def beijing(moment: datetime) -> datetime:
    """The same moment on Beijing's clock. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(BEIJING)


def beijing_day(moment: datetime) -> date:
    """The day that it is in Beijing at this moment."""
    return beijing(moment).date()


def start_of_day(day: date) -> datetime:
    """The moment (UTC) when the day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The moment (UTC) when the day is over in Beijing, 24:00: an exclusive limit, the first one late."""
    return start_of_day(day + _ONE_DAY)


def limit_text(at: datetime) -> str:
    """An exclusive limit as it is printed in Beijing time; the end of a day as «2026-05-31 24:00» of that day."""
    local = beijing(at)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"{(local - _ONE_DAY).date().isoformat()} 24:00"
    return local.strftime("%Y-%m-%d %H:%M:%S")


# --- days as people write them ---

_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {
    ord("－"): "-",
    ord("．"): ".",
    ord("／"): "/",
    ord("\u3000"): " ",
}
_DAY = re.compile(
    r"([0-9]{4}) ?(?:([-./]) ?([0-9]{1,2}) ?\2 ?([0-9]{1,2})|年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日)"
)


class Malformed(ValueError):
    """A text that is not a day; codes: day.empty, day.not_a_day, day.impossible (no such date)."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def parse_day(text: str) -> date:
    """The day in «2018-05-20», «2018.5.20», «2018/5/20» or «2018年5月20日», full-width signs too.

    Years run from 1900 to 2199: anything else is a slip. Raises Malformed.
    """
    typed = text.translate(_FULL_WIDTH).strip()
    if not typed:
        raise Malformed("day.empty")
    found = _DAY.fullmatch(typed)
    if found is None:
        raise Malformed("day.not_a_day", text=text)
    year, month, day = int(found[1]), int(found[3] or found[5]), int(found[4] or found[6])
    if not 1900 <= year <= 2199:
        raise Malformed("day.impossible", text=text)
    try:
        return date(year, month, day)
    except ValueError:
        raise Malformed("day.impossible", text=text) from None


def parse_moment(text: str) -> datetime:
    """The moment (UTC) typed in Beijing time: a day as `parse_day` reads it, then «17:00» or «17:00:00».

    Raises Malformed, with the codes of `parse_day` and clock.not_a_moment.
    """
    day, _, hour = text.strip().replace("：", ":").rpartition(" ")
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            clock_time = datetime.strptime(hour, form).time()
        except ValueError:
            continue
        return datetime.combine(parse_day(day), clock_time, BEIJING).astimezone(UTC)
    raise Malformed("clock.not_a_moment", text=text)


def chinese_day(day: date) -> str:
    """The day as documents write it, Arabic figures without leading zeros: «2018年5月20日»."""
    return f"{day.year}年{day.month}月{day.day}日"


# --- working days ---


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: the State Council's yearly notices, and over them the bureau's own entries.

    `entered` says of single days whether they are worked. A year that is neither published nor among the
    `complete` ones (staff entered all its days) counts Monday to Friday and is provisional (暂按).
    """

    entered: Mapping[date, bool] = field(default_factory=dict)
    complete: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        """Whether offices work on this day; the bureau's own entry wins."""
        if day in self.entered:
            return self.entered[day]
        return day in published.workdays or (day.weekday() < 5 and day not in published.holidays)

    def provisional(self, first: date, last: date) -> bool:
        """Whether any day from `first` to `last` lies in a year whose holidays are not known yet."""
        known = _PUBLISHED_YEARS | self.complete
        return any(year not in known for year in range(first.year, last.year + 1))


def _working_days_from(day: date, calendar: Calendar) -> Iterator[date]:
    while True:
        if calendar.works(day):
            yield day
        day += _ONE_DAY


def add_working_days(start: date, n: int, *, first_counts: bool, calendar: Calendar) -> date:
    """The n-th working day from `start` on; `start` itself is the first one if `first_counts`.

    A start on a day off moves to the next working day, which then is the first that counts either way.
    Notices count their first day by practice, terms of payment do not (civil code, art. 201).
    Raises ValueError for n < 1.
    """
    if n < 1:
        raise ValueError("a term has at least one working day")
    days = _working_days_from(start if first_counts else start + _ONE_DAY, calendar)
    for _ in range(n - 1):
        next(days)
    return next(days)


class Term(NamedTuple):
    """A term of working days: first and last day, the exclusive limit (UTC), whether it may still shift."""

    first: date
    last: date
    ends_at: datetime
    provisional: bool


def notice_end(start: date, n: int, *, calendar: Calendar, first_counts: bool = True) -> Term:
    """The term of a public notice of n working days posted on `start`; it ends at 24:00 Beijing time.

    The first day is the posting day itself, or the next working day when that is a day off.
    """
    first = next(_working_days_from(start, calendar))
    last = add_working_days(start, n, first_counts=first_counts, calendar=calendar)
    return Term(first, last, end_of_day(last), calendar.provisional(start, last))
