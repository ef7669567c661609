"""A list of earlier awards as it stands in a file: rows, faults and sums, from Excel and from 360Giving."""

import json
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from past import scene

from venture.past import lists
from venture.past.lists import Column, Outcome, Terms
from venture.refusal import Refused

GRID: list[list[Any]] = [
    ["2016年第一届公益创投立项汇总表（虚构）"],
    ["单位:元"],
    ["序号", "项目名称", "承接单位", "信用代码", "类别", "资助金额（元）", "结项", "街道意见"],
    [1, "银龄课堂", "虚构中心甲", "51320684MJ00000017", "为老", 40000, "结项", "同意"],
    [2, "小手牵大手", "虚构中心乙", None, "青少年", "33,333.33", None, None],
    [None, None, None, None, "小计", None, None, None],
    [3, "邻里议事", None, None, None, 12000.5, "清退", None],
    [None, None, None, None, None, None, None, None],
    ["合计", None, None, None, None, 85333.83, None, None],
    ["人民币(大写):捌万伍仟叁佰叁拾叁元捌角叁分"],
    ["制表人：", "审核人：", None, "负责人：", None, "日期：2016.9.1"],
]
TERMS = Terms(2016, "第一届", Outcome.RUNNING, down=True)


def matched(grid: list[list[Any]] = GRID, row: int = 3) -> dict[int, Column]:
    return {head.place: found for head in lists.heads(grid, row) if (found := lists.usual(head.text))}


def test_an_offices_list_is_read_row_by_row() -> None:
    assert lists.found_in({"说明": [["请看下一张"]], "立项": GRID}) == ("立项", 3)
    assert lists.stated_year(GRID, 3) == 2016
    assert not lists.says_wan(GRID, 3)
    listed = lists.from_excel(GRID, 3, matched(), TERMS)
    assert [
        (each.row, each.title, each.organization, each.amount, each.outcome) for each in listed.awards
    ] == [
        (4, "银龄课堂", "虚构中心甲", 4_000_000, Outcome.CLOSED),
        (5, "小手牵大手", "虚构中心乙", 3_333_333, Outcome.RUNNING),
        (7, "邻里议事", "虚构中心乙", 1_200_050, Outcome.BROKEN_OFF),
    ]
    assert (listed.stated, listed.passed, listed.faults) == (8_533_383, 5, [])
    assert listed.sums == {("CNY", "为老"): (1, 4_000_000), ("CNY", "青少年"): (2, 4_533_383)}


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (5, 0.005, "past.amount"),
        (5, -1, "past.amount"),
        (5, "约四万", "past.amount"),
        (5, None, "past.empty"),
        (1, None, "past.empty"),
        (6, "也许", "past.outcome"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_left(cell: int, value: Any, code: str) -> None:
    row = list(GRID[3])
    row[cell] = value
    listed = lists.from_excel([*GRID[:3], row, GRID[4]], 3, matched(), TERMS)
    assert [each.row for each in listed.awards] == [5]
    assert [(each.row, [reason.code for reason in each.reasons]) for each in listed.faults] == [(4, [code])]


def test_the_same_award_twice_in_one_list() -> None:
    listed = lists.from_excel([*GRID[:4], GRID[3]], 3, matched(), TERMS)
    assert len(listed.awards) == 1
    assert [(each.row, each.reasons[0].code, each.reasons[0].facts) for each in listed.faults] == [
        (5, "past.twice", {"row": 4})
    ]


def test_amounts_in_ten_thousand_yuan() -> None:
    grid = [
        ["单位:万元"],
        ["项目名称", "承接单位", "资助金额"],
        ["甲", "乙", 4.5],
        ["丙", "丁", "5.00001元"],
        ["戊", "己", "0.0000001"],
    ]
    assert lists.says_wan(grid, 2)
    listed = lists.from_excel(grid, 2, matched(grid, 2), Terms(2016, "", Outcome.CLOSED, in_wan=True))
    assert [each.amount for each in listed.awards] == [4_500_000]
    assert [each.row for each in listed.faults] == [4, 5]


def test_what_must_be_said_before_a_list_can_be_read() -> None:
    with pytest.raises(Refused) as refused:
        lists.from_excel(GRID, 3, {1: Column.TITLE, 2: Column.TITLE}, Terms(None, "", Outcome.CLOSED))
    assert [each.code for each in refused.value.blockers] == [
        "past.matched_twice",
        "past.not_matched",
        "past.no_year",
    ]
    with pytest.raises(Refused, match=r"past\.no_heads"):
        lists.found_in({"甲": [["只有", "三个", "字"]]})


@given(st.lists(st.tuples(st.sampled_from(["为老", "青少年", ""]), st.integers(0, 10**12)), max_size=30))
def test_the_sums_by_programme_are_the_sums_of_the_rows(given_rows: list[tuple[str, int]]) -> None:
    grid: list[list[Any]] = [["项目名称", "承接单位", "类别", "资助金额"]]
    grid += [
        [f"项目{n}", "虚构", name, f"{fen // 100}.{fen % 100:02d}"]
        for n, (name, fen) in enumerate(given_rows)
    ]
    listed = lists.from_excel(grid, 1, matched(grid, 1), Terms(2016, "", Outcome.CLOSED))
    expected: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, fen in given_rows:
        count, total = expected["CNY", name]
        expected["CNY", name] = count + 1, total + fen
    assert listed.sums == expected
    assert not listed.faults


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.datetimes(), st.lists, max_leaves=5)
)
def test_no_cell_breaks_the_reading(value: Any) -> None:
    for place in range(8):
        row = list(GRID[3])
        row[place] = value
        lists.from_excel([*GRID[:3], row], 3, matched(), TERMS)


@pytest.mark.parametrize(
    ("name", "count", "programmes"),
    [("ab-charitable-trust", 783, 3), ("andrew-lloyd-webber-foundation", 475, 7)],
)
def test_a_real_360giving_file_comes_whole(name: str, count: int, programmes: int) -> None:
    """Number and sum of each programme are what the file itself says, exactly but for the noise of binary fractions."""
    text = scene.giving(name).read_text()
    listed = lists.from_360giving(json.loads(text, parse_float=Decimal), Outcome.CLOSED)
    expected: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for grant in json.loads(text, parse_float=Decimal)["grants"]:
        programme = grant["grantProgramme"][0]["title"]
        number, total = expected[programme]
        expected[programme] = number + 1, total + round(Decimal(grant["amountAwarded"]), 8)
    assert len(expected) == programmes
    assert listed.faults == []
    assert len(listed.awards) == count
    assert {key: (number, Decimal(total) / 100) for key, (number, total) in listed.sums.items()} == {
        ("GBP", programme): value for programme, value in expected.items()
    }


GRANT = {
    "id": "360G-虚构-1",
    "title": "虚构",
    "currency": "GBP",
    "amountAwarded": Decimal("12.34"),
    "awardDate": "2020-11-03T00:00:00+00:00",
    "recipientOrganization": [{"id": "GB-CHC-0", "name": "虚构 Trust"}],
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amountAwarded": Decimal("-1")}, "past.amount"),
        ({"amountAwarded": Decimal("0.001")}, "past.amount"),
        ({"amountAwarded": Decimal("1e30")}, "past.amount"),
        ({"amountAwarded": Decimal("NaN")}, "past.amount"),
        ({"amountAwarded": True}, "past.amount"),
        ({"amountAwarded": "12"}, "past.amount"),
        ({"awardDate": "2020-02-30"}, "past.day"),
        ({"awardDate": ""}, "past.day"),
        ({"currency": "pounds"}, "past.currency"),
        ({"recipientOrganization": []}, "past.empty"),
        ({"recipientOrganization": [{"name": "甲"}, {"name": "乙"}]}, "past.payees"),
        ({"id": None}, "past.empty"),
        ({"title": []}, "past.empty"),
    ],
)
def test_what_the_standards_schema_lets_through_is_refused(changed: dict[str, Any], code: str) -> None:
    listed = lists.from_360giving({"grants": [GRANT | changed, GRANT, GRANT]}, Outcome.CLOSED)
    assert [each.amount for each in listed.awards] == [1234]
    assert [[reason.code for reason in each.reasons] for each in listed.faults] == [[code], ["past.twice"]]


@pytest.mark.parametrize("document", [None, [], {}, {"grants": {}}, "grants"])
def test_what_is_no_package(document: Any) -> None:
    with pytest.raises(Refused, match=r"past\.not_360giving"):
        lists.from_360giving(document, Outcome.CLOSED)


def test_days_and_years_as_excel_gives_them() -> None:
    grid: list[list[Any]] = [
        ["项目名称", "承接单位", "资助金额", "年度", "立项日期"],
        ["甲", "乙", 1, "２０１６年", None],
        ["丙", "乙", 1, None, date(2017, 3, 1)],
        ["丁", "乙", 1, None, datetime(2018, 3, 1)],
        ["戊", "乙", 1, 2015, "2016.4.5"],
        ["己", "乙", 1, "去年", None],
        ["庚", "乙", 1, None, None],
    ]
    listed = lists.from_excel(grid, 1, matched(grid, 1), Terms(None, "", Outcome.CLOSED))
    assert [(each.title, each.year) for each in listed.awards] == [
        ("甲", 2016),
        ("丙", 2017),
        ("丁", 2018),
        ("戊", 2015),
    ]
    assert [each.row for each in listed.faults] == [6, 7]
