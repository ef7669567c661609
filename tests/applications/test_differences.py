"""What changed between two texts, in readable pieces; none of it lost, whatever the texts."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.applications.differences import Change, difference, taken_out
from venture.applications.signs import split

KEPT, OUT, IN = Change.KEPT, Change.OUT, Change.IN
LIKE = st.text(st.sampled_from("村民议事会，。\n12ab ❤\ufe0f👨\u200d👩"), max_size=60)


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "", []),
        ("", "新", [(IN, "新")]),
        ("旧", "", [(OUT, "旧")]),
        ("同样的话", "同样的话", [(KEPT, "同样的话")]),
        (
            "村民反映夜里看不见",
            "村民反映晒场夜里看不见",
            [(KEPT, "村民反映"), (IN, "晒场"), (KEPT, "夜里看不见")],
        ),
        (
            "共有 120 户参加",
            "共有 125 户参加",
            [(KEPT, "共有 "), (OUT, "120"), (IN, "125"), (KEPT, " 户参加")],
        ),
        (
            "一家👨‍👩‍👧来了就好",
            "一家👨‍👩‍👦来了就好",
            [(KEPT, "一家"), (OUT, "👨‍👩‍👧"), (IN, "👨‍👩‍👦"), (KEPT, "来了就好")],
        ),
        ("甲乙丙丁戊", "子乙丑丁寅", [(OUT, "甲乙丙丁戊"), (IN, "子乙丑丁寅")]),
    ],
)
def test_a_difference_reads_as_people_write(
    before: str, after: str, pieces: list[tuple[Change, str]]
) -> None:
    assert difference(before, after) == pieces


@given(LIKE | st.text(), LIKE | st.text())
def test_both_texts_are_found_again_in_their_difference(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(text for change, text in pieces if change is not IN) == before
    assert "".join(text for change, text in pieces if change is not OUT) == after
    assert all(text for _change, text in pieces)
    assert all(first[0] is not second[0] for first, second in pairwise(pieces))


@given(LIKE)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert difference(text, text) == ([(KEPT, text)] if text else [])
    assert taken_out(text, text) == 0


@given(LIKE, LIKE, LIKE, LIKE)
def test_what_is_taken_out_lies_between_what_is_shared(start: str, old: str, new: str, end: str) -> None:
    assert taken_out(start + old + end, start + new + end) <= len(old)
    assert taken_out(start + end, start + new + end) == 0
    assert taken_out(start + old + end, start + end) == len(old)


@given(LIKE | st.text())
def test_the_signs_of_a_text_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@pytest.mark.parametrize("pair", [("好" * 20_000, "好" * 19_999), ("甲乙" * 10_000, "乙。" * 10_000)])
def test_texts_made_to_be_slow_are_compared_in_a_second(pair: tuple[str, str]) -> None:
    begun = time.perf_counter()
    pieces = difference(*pair)
    assert time.perf_counter() - begun < 1
    assert "".join(text for change, text in pieces if change is not IN) == pair[0]
