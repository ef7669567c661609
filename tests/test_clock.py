"""Days of Beijing and working days, against the public notices of 2018 to 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st

from venture import clock
from venture.clock import Calendar

PUBLISHED = Calendar()


def test_a_day_is_beijings_and_ends_at_its_midnight() -> None:
    assert clock.beijing_day(datetime(2026, 5, 31, 16, 0, tzinfo=UTC)) == date(2026, 6, 1)
    assert clock.beijing_day(datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 5, 31)
    assert clock.end_of_day(date(2026, 6, 30)) == datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
    assert clock.beijing(clock.start_of_day(date(2026, 6, 30))).isoformat() == "2026-06-30T00:00:00+08:00"
    assert clock.now().tzinfo is UTC


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="zone"):
        clock.beijing(datetime(2026, 5, 31))


def test_a_moment_typed_is_beijing_time() -> None:
    assert clock.parse_moment("2026-05-31 17:00") == datetime(2026, 5, 31, 9, 0, tzinfo=UTC)
    assert clock.parse_moment("2026年5月31日 16：59：59") == datetime(2026, 5, 31, 8, 59, 59, tzinfo=UTC)
    with pytest.raises(clock.Malformed):
        clock.parse_moment("2026-05-31")


@pytest.mark.parametrize(
    "typed",
    ["2018-05-20", "2018.5.20", "2018/5/20", "2018年5月20日", "２０１８年５月２０日", " 2018 年 5 月 20 日 "],
)
def test_days_as_people_write_them(typed: str) -> None:
    assert clock.parse_day(typed) == date(2018, 5, 20)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "day.empty"),
        ("5月20日", "day.not_a_day"),
        ("2018-5.20", "day.not_a_day"),
        ("20/5/2018", "day.not_a_day"),
        ("2001-02-29", "day.impossible"),
        ("2018-13-01", "day.impossible"),
        ("0018-05-20", "day.impossible"),
    ],
)
def test_what_is_no_day_is_refused_with_the_reason(typed: str, code: str) -> None:
    with pytest.raises(clock.Malformed) as refusal:
        clock.parse_day(typed)
    assert refusal.value.code == code


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_in_a_document_is_read_back(day: date) -> None:
    assert clock.parse_day(clock.chinese_day(day)) == day


def test_documents_write_no_leading_zeros() -> None:
    assert clock.chinese_day(date(2018, 5, 2)) == "2018年5月2日"


TERMS = [
    ("2021-08-18", 5, "2021-08-24", "2021-08-25"),
    ("2018-04-04", 5, "2018-04-11", "2018-04-12"),
    ("2018-06-15", 5, "2018-06-22", "2018-06-25"),
    ("2018-05-25", 7, "2018-06-04", "2018-06-05"),
    ("2018-09-21", 5, "2018-09-28", "2018-09-29"),
    ("2018-09-26", 5, "2018-09-30", "2018-10-08"),
    ("2018-09-28", 5, "2018-10-09", "2018-10-10"),
    ("2018-09-28", 7, "2018-10-11", "2018-10-12"),
    ("2018-12-27", 5, "2019-01-03", "2019-01-04"),
    ("2019-01-31", 5, "2019-02-11", "2019-02-12"),
    ("2019-04-26", 5, "2019-05-05", "2019-05-06"),
    ("2020-01-22", 5, "2020-02-05", "2020-02-06"),
    ("2025-09-26", 5, "2025-10-09", "2025-10-10"),
    ("2026-02-10", 7, "2026-02-25", "2026-02-26"),
    ("2026-04-30", 5, "2026-05-09", "2026-05-11"),
]


@pytest.mark.parametrize(("start", "n", "counted", "not_counted"), TERMS)
def test_terms_of_working_days(start: str, n: int, counted: str, not_counted: str) -> None:
    begins = date.fromisoformat(start)
    ends = [
        clock.add_working_days(begins, n, first_counts=first, calendar=PUBLISHED).isoformat()
        for first in (True, False)
    ]
    assert ends == [counted, not_counted]


def test_a_notice_prints_both_days_and_ends_at_midnight() -> None:
    notice = clock.notice_end(date(2021, 8, 18), 5, calendar=PUBLISHED)
    assert notice == (date(2021, 8, 18), date(2021, 8, 24), datetime(2021, 8, 24, 16, 0, tzinfo=UTC), False)


def test_a_start_on_a_day_off_moves_to_the_next_working_day() -> None:
    saturday = date(2021, 8, 21)
    assert clock.notice_end(saturday, 1, calendar=PUBLISHED).first == date(2021, 8, 23)
    for first_counts in (True, False):
        end = clock.add_working_days(saturday, 1, first_counts=first_counts, calendar=PUBLISHED)
        assert end == date(2021, 8, 23)


def test_days_of_a_year_not_published_are_provisional_until_entered() -> None:
    new_year = date(2031, 1, 1)
    assert clock.notice_end(date(2030, 12, 31), 2, calendar=PUBLISHED) == (
        date(2030, 12, 31),
        new_year,
        datetime(2031, 1, 1, 16, 0, tzinfo=UTC),
        True,
    )
    entered = Calendar({new_year: False, date(2031, 1, 4): True}, frozenset({2030, 2031}))
    notice = clock.notice_end(date(2030, 12, 31), 4, calendar=entered)
    assert (notice.last, notice.provisional) == (date(2031, 1, 4), False)


def test_the_bureaus_entry_wins_over_the_published_day() -> None:
    local = Calendar({date(2021, 8, 19): False})
    assert clock.notice_end(date(2021, 8, 18), 5, calendar=local).last == date(2021, 8, 25)


def test_a_term_has_a_day() -> None:
    with pytest.raises(ValueError, match="at least one"):
        clock.add_working_days(date(2021, 8, 18), 0, first_counts=True, calendar=PUBLISHED)


@given(st.dates(date(2004, 1, 1), date(2026, 9, 30)), st.integers(1, 30), st.booleans())
def test_a_term_holds_exactly_its_working_days(start: date, n: int, first_counts: bool) -> None:
    end = clock.add_working_days(start, n, first_counts=first_counts, calendar=PUBLISHED)
    begin = start if first_counts else start + timedelta(days=1)
    days = [begin + timedelta(days=step) for step in range((end - begin).days + 1)]
    assert sum(map(is_workday, days)) == n
    assert is_workday(end)
