"""Signs as people see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.applications.signs import signs


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("城乡社区协商", 6),
        ("𠮷", 1),
        ("a b", 3),
        ("一行\r\n二行", 5),
        ("\n\n", 2),
        ("\r\r\n\n", 3),
        ("e\u0301", 1),
        ("ก็", 1),
        ("\u0301", 1),
        ("a\n\u0301", 3),
        ("❤\ufe0f", 1),
        ("1\ufe0f\u20e3", 1),
        ("👍🏽", 1),
        ("👨‍👩‍👧", 1),
        ("👩🏽‍⚕️", 1),
        ("🏳️‍🌈", 1),
        ("❤️‍🔥", 1),
        ("🇨🇳", 1),
        ("🇨🇳🇨🇳", 2),
        ("🇨🇳🇨", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        ("葛\U000e0100城", 2),
        ("甲\u200d乙", 2),
        ("甲\u200d😀", 2),
        ("👨👩", 2),
    ],
)
def test_signs_are_counted_as_they_are_seen(text: str, count: int) -> None:
    assert signs(text) == count


@given(st.text(), st.text())
def test_a_line_break_divides_a_text_and_counts_one(before: str, after: str) -> None:
    before, after = before.rstrip("\r"), after.lstrip("\n")
    for line_break in ("\n", "\r\n"):
        assert signs(before + line_break + after) == signs(before) + 1 + signs(after)


@given(st.text(st.characters(categories=["L", "N"])))
def test_plain_text_has_as_many_signs_as_code_points(text: str) -> None:
    assert signs(text) == len(text)
