"""The form as data: reading, what is kept, what stands in the way, the sentences that say so."""

from typing import Any

import pytest
import typed
from hypothesis import given, settings
from hypothesis import strategies as st

from venture import web
from venture.applications import parts
from venture.applications.parts import Category, CostTable, Kind, Terms

OPEN = Terms(themes=("general", "consultation"), fields=("old",), ceiling=5000000, theme="综合服务")
SHEET = {**typed.SHEET, "communities": ["320684101001"]}


def found(terms: Terms = OPEN, **changes: Any) -> list[tuple[str, str]]:
    sheet = {key: parts.normal(parts.FIELDS[key], raw) for key, raw in {**SHEET, **changes}.items()}
    return [(each.code.partition(".")[2], each.field) for each in parts.blockers(sheet, terms)]


def test_a_whole_form_has_nothing_in_its_way() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "blocker"),
    [
        ({"title": ""}, ("missing", "title")),
        ({"title": "字" * 31}, ("too_long", "title")),
        ({"title": "字" * 30}, None),
        ({"summary": "👨‍👩‍👧" * 500}, None),
        ({"summary": "👨‍👩‍👧" * 501}, ("too_long", "summary")),
        ({"communities": []}, ("missing", "communities")),
        ({"theme": "other"}, ("not_offered", "theme")),
        ({"ends_on": "2018-07-31"}, ("period", "ends_on")),
        ({"direct": "二百"}, ("unreadable", "direct")),
        ({"direct": "12.5"}, ("unreadable", "direct")),
        ({"goals": []}, ("rows", "goals")),
        ({"team": typed.SHEET["team"][:1]}, ("rows", "team")),
        ({"goals": [{"text": "x", "unit": "场", "target": "十"}]}, ("unreadable", "goals-0-target")),
        ({"goals": [{"text": "x", "unit": "", "target": "1"}]}, ("missing", "goals-0-unit")),
        ({"pledge": ""}, ("missing", "pledge")),
        ({"fund_own": "4,999.99"}, ("matching_lines", "costs_matching")),
        ({"asked": "40,000.01"}, ("grant_lines", "costs_grant")),
    ],
)
def test_what_stands_in_the_way(changes: dict[str, Any], blocker: tuple[str, str] | None) -> None:
    assert found(**changes) == ([blocker] if blocker else [])


def test_the_theme_asks_for_a_part_of_its_own() -> None:
    asks = Terms(**{**OPEN.__dict__, "consultation": True})
    assert ("missing", "council_exists") in found(asks, theme="consultation")
    assert found(asks, **typed.THEME) == []


def test_the_ceiling_is_allowed_and_a_fen_more_is_not() -> None:
    def lines(asked: str) -> dict[str, Any]:
        row = {"category": "activity", "content": "x", "unit_price": asked, "quantity": "1"}
        return {"asked": asked, "costs_grant": [row]}

    assert found(**lines("50,000.00")) == []
    assert found(**lines("50,000.01")) == [("over_ceiling", "asked")]


def test_the_sentence_names_amount_share_limit_and_excess(app: Any) -> None:
    rows = [
        {"category": "activity", "content": "x", "unit_price": "35,700", "quantity": "1"},
        {"category": "management", "content": "y", "unit_price": "4,300", "quantity": "1"},
    ]
    sheet = {**SHEET, "costs_grant": rows}
    capped = Terms(**{**OPEN.__dict__, "management_cap": 10})
    (blocker,) = parts.blockers(sheet, capped)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = web.sentence(blocker)
    assert said == "Management fee 4,300.00 yuan, 10.75 % of the grant, limit 10 %, 300.00 yuan too much"
    assert found(capped) == []


def test_the_share_of_the_grant_and_of_staff() -> None:
    assert found(Terms(**{**OPEN.__dict__, "grant_share": 89})) == []
    assert found(Terms(**{**OPEN.__dict__, "grant_share": 88})) == [("grant_share", "costs_matching")]
    staff = [typed.SHEET["costs_grant"][0] | {"category": "staff"}, typed.SHEET["costs_grant"][1]]
    assert found(Terms(**{**OPEN.__dict__, "staff_cap": 90}), costs_grant=staff) == []
    assert found(Terms(**{**OPEN.__dict__, "staff_cap": 89}), costs_grant=staff) == [
        ("over_cap", "costs_grant")
    ]


def test_papers_and_profile_are_named() -> None:
    lacking = Terms(
        **{**OPEN.__dict__, "papers": [("pledge", "承诺书", False)], "profile": [("address", "Address")]}
    )
    assert found(lacking) == [("profile", "profile-address"), ("paper", "paper-pledge")]


def test_every_blocker_has_its_sentence(app: Any) -> None:
    nothing = parts.blockers({}, Terms(**{**OPEN.__dict__, "papers": [("a", "b", False)]}))
    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = [web.sentence(each) for each in nothing]
    assert all(text and "could not be changed" not in text for text in said)


def test_amounts_of_what_is_not_yet_whole_do_not_count() -> None:
    sheet = {**SHEET, "costs_grant": [{"category": "tax", "content": "x", "unit_price": "5"}]}
    assert parts.lines(sheet, CostTable.GRANT) == [] and parts.sums(sheet).grant == 0


_TEXT = st.text(max_size=30) | st.sampled_from(["12,000.50", "2018年5月20日", "１２", "0.5", "tax", "yes"])


@settings(deadline=None)
@given(st.sampled_from([field for field in parts.FIELDS.values() if not field.plural]), _TEXT)
def test_the_one_form_of_a_text_is_stable(field: parts.Field, text: str) -> None:
    once = parts.normal(field, text)
    assert parts.normal(field, once) == once
    assert isinstance(once, str) and "\x00" not in once


@settings(deadline=None)
@given(
    st.sampled_from([field for field in parts.FIELDS.values() if field.kind is Kind.TABLE]),
    st.lists(
        st.dictionaries(st.sampled_from(["category", "content", "unit_price", "quantity", "name"]), _TEXT)
    ),
)
def test_any_rows_can_be_kept_and_judged(field: parts.Field, rows: list[dict[str, str]]) -> None:
    once = parts.normal(field, rows)
    assert parts.normal(field, once) == once
    blockers = parts.blockers({**SHEET, field.key: once}, OPEN)
    assert parts.readable(field, once) or blockers or any(not any(row.values()) for row in once)
    assert all(line.category in Category for line in parts.lines({field.key: once}, CostTable.GRANT))
