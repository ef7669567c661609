"""The rules of eligibility, each at the edge of its window."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from venture.applications import eligibility
from venture.applications.eligibility import Facts, PastProject, Result, Rule, Stay, findings
from venture.people.credit_code import Kind

DAY = date(2018, 6, 20)
SOUND = Facts(
    kind=Kind.SERVICE,
    round_year=2018,
    title="邻里议事",
    registered_on=date(2012, 3, 1),
    reports={2016: "passed", 2017: "basic"},
    rating=3,
    rated_in=2015,
    lists_checked_on=DAY,
    region="320614",
    name="虚构中心",
    account_name="虚构中心",
    insured=1,
    ticks={"charter": True, "accounts": True, "place": True},
)


def result(code: str, parameter: int | None = None, **changes: Any) -> str:
    (found,) = findings([Rule(code, parameter)], replace(SOUND, **changes), DAY)
    return found.result.value


def test_a_sound_organization_fulfils_every_rule_in_the_rounds_order() -> None:
    rules = [Rule(code) for code in eligibility.CODES]
    found = findings(rules, SOUND, DAY)
    assert [one.rule for one in found] == list(eligibility.CODES)
    assert {one.result for one in found} == {Result.PASS}
    assert eligibility.verdict(found) is Result.PASS


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.ASSOCIATION, "pass"),
        (Kind.FOUNDATION, "pass"),
        (Kind.PUBLIC, "fail"),
        (Kind.CIVIL_OTHER, "fail"),
    ],
)
def test_legal_persons_of_civil_affairs_only(kind: Kind, expected: str) -> None:
    assert result("legal_person", kind=kind) == expected


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ({2016: "passed", 2017: "passed"}, "pass"),
        ({2016: "passed", 2017: "failed"}, "fail"),
        ({2016: "absent", 2017: "passed"}, "fail"),
        ({2017: "passed"}, "unclear"),
        ({2015: "failed", 2016: "basic", 2017: "basic"}, "pass"),
    ],
)
def test_the_last_two_yearly_reports(reports: dict[int, str], expected: str) -> None:
    assert result("annual_report", reports=reports) == expected


def test_no_report_is_asked_for_a_year_before_registration() -> None:
    assert result("annual_report", registered_on=date(2017, 5, 1), reports={2017: "passed"}) == "pass"
    assert result("annual_report", registered_on=date(2018, 5, 1), reports={}) == "pass"


@pytest.mark.parametrize(
    ("rating", "rated_in", "expected"),
    [
        (2, 2014, "pass"),
        (1, 2017, "fail"),
        (None, None, "fail"),
        (4, 2013, "unclear"),
        (4, 2012, "fail"),
        (4, None, "unclear"),
        (4, 2019, "unclear"),
    ],
)
def test_a_rating_lasts_five_years(rating: int | None, rated_in: int | None, expected: str) -> None:
    assert result("rating", 2, rating=rating, rated_in=rated_in) == expected


@pytest.mark.parametrize(
    ("code", "field", "years"), [("abnormal_list", "abnormal", 1), ("dishonest_list", "dishonest", 2)]
)
def test_lists_look_back_from_the_day(code: str, field: str, years: int) -> None:
    def listed(stay: Stay, parameter: int | None = None) -> str:
        changes: dict[str, Any] = {field: [stay]}
        return result(code, parameter, **changes)

    edge = date(2018 - years, 6, 20)
    stay = Stay(date(2010, 1, 1), edge)
    assert listed(stay) == "pass"
    assert listed(stay._replace(last=date(2018 - years, 6, 21))) == "fail"
    assert listed(stay._replace(last=None)) == "fail"
    assert listed(Stay(date(2018, 6, 21))) == "pass"
    assert listed(stay, years + 1) == "fail"


def test_an_empty_list_proves_nothing_until_somebody_looked() -> None:
    assert result("abnormal_list", lists_checked_on=None) == "unclear"
    assert result("abnormal_list", lists_checked_on=None, ticks={"abnormal_list": True}) == "pass"
    assert (
        result("abnormal_list", lists_checked_on=None, abnormal=[Stay(DAY)], ticks={"abnormal_list": True})
        == "fail"
    )


def test_offences_count_for_three_years_from_their_day() -> None:
    assert result("offence", offences=[date(2015, 6, 20)]) == "pass"
    assert result("offence", offences=[date(2015, 6, 21)]) == "fail"


def test_a_ban_holds_on_both_its_days() -> None:
    assert [result("ban", bans=[Stay(*days)]) for days in ((date(2015, 6, 20), DAY), (DAY, DAY))] == [
        "fail",
        "fail",
    ]
    assert result("ban", bans=[Stay(date(2015, 6, 19), date(2018, 6, 19))]) == "pass"
    assert result("ban", bans=[Stay(date(2018, 6, 21), date(2021, 6, 20))]) == "pass"


def test_one_application_counts_what_is_already_in() -> None:
    assert result("one_application", others=["a"]) == "fail"
    assert result("one_application", 2, others=["a"]) == "pass"


def test_past_projects() -> None:
    last, older = PastProject(2017, "邻里议事", True), PastProject(2016, "夕阳红", False)
    assert result("last_year_winner", past=[older]) == "pass"
    assert result("last_year_winner", past=[last]) == "fail"
    assert result("last_year_winner", 2, past=[older]) == "fail"
    assert result("unfinished_project", past=[last]) == "pass"
    assert result("unfinished_project", past=[older]) == "fail"
    assert result("same_project", past=[older]) == "pass"
    assert result("same_project", past=[last], title="「邻里 议事」") == "unclear"
    assert result("same_project", past=[last], ticks={"same_project": False}) == "fail"


def test_what_only_people_can_tell_waits_for_their_tick() -> None:
    assert result("charter", ticks={}) == "unclear"
    assert result("charter", ticks={"charter": False}) == "fail"
    assert result("paid_staff") == "unclear"
    assert result("paid_staff", ticks={"paid_staff": True}) == "pass"


def test_a_tick_does_not_overrule_the_facts() -> None:
    assert result("rating", 2, rating=1, ticks={"rating": True}) == "fail"


def test_a_finding_carries_the_facts_of_its_sentence() -> None:
    (found,) = findings([Rule("abnormal_list")], replace(SOUND, abnormal=[Stay(date(2018, 1, 1))]), DAY)
    assert found.facts == {
        "years": 1,
        "since": date(2017, 6, 20),
        "stays": [Stay(date(2018, 1, 1))],
        "checked_on": DAY,
    }


def test_one_failure_fails_and_one_doubt_leaves_the_whole_in_doubt() -> None:
    doubt = findings([Rule("charter"), Rule("ban")], replace(SOUND, ticks={}), DAY)
    assert eligibility.verdict(doubt) is Result.UNCLEAR
    failed = findings(
        [Rule("charter"), Rule("legal_person")], replace(SOUND, ticks={}, kind=Kind.COMPANY), DAY
    )
    assert eligibility.verdict(failed) is Result.FAIL


def test_a_leap_day_looks_back_to_the_28th() -> None:
    assert eligibility.years_before(date(2020, 2, 29), 1) == date(2019, 2, 28)
    assert eligibility.years_before(date(2020, 2, 29), 4) == date(2016, 2, 29)


@pytest.mark.parametrize(
    ("region", "asked", "expected"),
    [
        ("320684", 320684, "pass"),
        ("320614", 320684, "pass"),
        ("320625", 320614, "pass"),
        ("320681", 320684, "unclear"),
        ("320681", 3206, "pass"),
        ("320500", 3206, "unclear"),
        ("320500", 32, "pass"),
        ("320602", 320613, "pass"),
        ("320684", None, "unclear"),
    ],
)
def test_a_place_keeps_its_old_region_codes(region: str, asked: int | None, expected: str) -> None:
    assert result("place", asked, region=region, ticks={}) == expected


def test_a_body_that_moved_here_is_for_a_person_to_tell() -> None:
    assert result("place", 320684, region="320500", ticks={"place": True}) == "pass"
    assert result("place", 320684, region="320500", ticks={"place": False}) == "fail"


def test_the_account_is_the_bodys_own() -> None:
    assert result("own_account", account_name="虚构中心 ") == "pass"
    assert result("own_account", account_name="虚构公司") == "unclear"
    assert result("own_account", account_name="") == "unclear"


def test_so_many_insured_members() -> None:
    assert [result("insured", 2, insured=count) for count in (1, 2)] == ["fail", "pass"]


def test_a_project_that_was_broken_off_counts_for_some_years_and_is_not_unfinished() -> None:
    past = [PastProject(2015, "旧项目", closed=False, broken_off=True)]
    assert result("broken_off", past=past) == "fail"
    assert result("broken_off", 2, past=past) == "pass"
    assert result("unfinished_project", past=past) == "pass"
    assert result("unfinished_project", past=[PastProject(2015, "旧项目", closed=False)]) == "fail"
    assert result("broken_off", past=[PastProject(2017, "旧项目", closed=True)]) == "pass"
