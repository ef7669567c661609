"""Near-duplicates: what is copied is found, what isn't is not, whatever the order and the punctuation."""

import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from venture.applications import likeness
from venture.applications.likeness import Line, Pair, Proposal, alike, side_by_side

HAN = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 2000))


def prose(seed: int, length: int) -> str:
    """Signs by chance with commas between, as no two proposals share."""
    chance = random.Random(seed)
    return "".join(chance.choice(HAN) + ("，" if place % 9 == 8 else "") for place in range(length))


def one(key: int, *texts: str, lines: list[Line] | None = None) -> Proposal:
    return Proposal(key, [(f"field{place}", text) for place, text in enumerate(texts)], lines or [])


def pair(*proposals: Proposal, fixed: tuple[str, ...] = ()) -> Pair | None:
    found = alike(proposals, fixed).pairs
    return found[0] if found else None


def marked(side: likeness.Side) -> list[str]:
    return [piece.text for _name, pieces in side.texts for piece in pieces if piece.passages]


def passages(side: likeness.Side) -> dict[int, str]:
    """The signs marked under each number."""
    found: dict[int, str] = {}
    for _name, pieces in side.texts:
        for piece in pieces:
            for number in piece.passages:
                found[number] = found.get(number, "") + likeness.signs(piece.text)
    return found


BUDGET = [Line("活动物资", 123400, 100), Line("讲课费", 50000, 1200), Line("管理费", 80000, 100)]

paragraph = st.text(st.sampled_from(HAN[:400]), min_size=80, max_size=200)
anywhere = st.text(st.sampled_from(HAN[400:] + "，。 \n"), max_size=300)


@given(paragraph, anywhere, anywhere, anywhere, anywhere, st.integers(0, 9))
@example("一" * 80, "", "侐" * 16, "侐" * 16, "", 0).via("what both share stands in another order")
def test_a_copied_paragraph_is_always_found(
    copied: str, before: str, after: str, there: str, beyond: str, every: int
) -> None:
    """Also where the copier put blanks and commas between the signs."""
    changed = "".join(sign + "， "[: every and place % every] for place, sign in enumerate(copied))
    first, second = one(1, before + copied + after), one(2, "别的", there + changed + beyond)
    found = pair(first, second)
    assert found is not None and found.longest >= 80
    mine, theirs = side_by_side(first, second)
    assert all(sign in "".join(marked(mine)) for sign in copied)
    assert passages(mine) == passages(theirs)


@given(paragraph, anywhere, st.text(st.sampled_from(HAN[:3]), min_size=80, max_size=120))
def test_a_pair_is_told_the_same_from_both_sides(copied: str, rest: str, dull: str) -> None:
    texts = (copied + rest, rest + copied), (rest, dull + copied)
    here = pair(one(1, *texts[0], lines=BUDGET), one(2, *texts[1], lines=BUDGET))
    there = pair(one(2, *texts[0], lines=BUDGET), one(1, *texts[1], lines=BUDGET))
    assert here is not None and there is not None
    assert here._replace(passages=0) == there._replace(passages=0)


@settings(max_examples=30)
@given(st.permutations(range(6)), st.integers(0, 99))
def test_the_order_changes_nothing(order: list[int], seed: int) -> None:
    shared = prose(seed, 90)
    proposals = [
        one(key, prose(1000 + seed * 7 + key, 120) + (shared if key % 2 else ""), lines=BUDGET[: key % 4])
        for key in range(6)
    ]
    expected = alike(proposals)
    assert alike([proposals[place] for place in order]) == expected
    assert [(each.first, each.second) for each in expected.pairs] == [(1, 3), (1, 5), (3, 5)]


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_unrelated_texts_are_not_told(seed: int) -> None:
    proposals = [one(key, prose(seed + key, 500)) for key in range(5)]
    assert alike(proposals) == likeness.Found([], 0)


def test_a_proposal_sent_again_is_wholly_alike() -> None:
    text = prose(1, 400)
    again = text.replace("，", "。\n")
    assert pair(one(1, text, lines=BUDGET), one(2, again, lines=BUDGET)) == Pair(
        1, 2, 10000, 1, 400, 10000, 3
    )


def test_a_text_with_a_word_changed_in_each_sentence_is_still_alike() -> None:
    text = prose(2, 600)
    changed = "".join("改" if place % 30 == 29 else sign for place, sign in enumerate(text))
    found = pair(one(1, text), one(2, changed))
    assert found is not None and 4000 < found.text < 9000 and found.longest < likeness.PASSAGE


def test_the_longest_passage_is_whole_where_another_overlaps_it() -> None:
    text = prose(3, 100).replace("，", "")
    second = one(2, prose(4, 50) + text[:14] + prose(5, 50), prose(6, 30) + text[4:] + prose(7, 30))
    found = pair(one(1, text), second)
    assert found is not None and found.longest == 96


def test_words_of_the_form_do_not_count() -> None:
    form = prose(8, 200)
    first, second = one(1, form + prose(9, 300)), one(2, form + prose(10, 300))
    assert pair(first, second) is not None
    assert pair(first, second, fixed=(form,)) is None
    mine, _theirs = side_by_side(first, second, (form,))
    assert marked(mine) == []


def test_a_copied_paragraph_around_words_of_the_form_is_one_passage() -> None:
    label = "项目特色与创新之处"
    copied = prose(11, 40) + label + prose(12, 40)
    first, second = one(1, copied + prose(13, 90)), one(2, prose(14, 90) + copied)
    found = pair(first, second, fixed=(label,))
    assert found is not None and (found.passages, found.longest) == (1, 89)


@pytest.mark.parametrize(
    ("second", "budget", "lines"),
    [
        (BUDGET, 10000, 3),
        ([Line(f"另{place}", *line[1:]) for place, line in enumerate(BUDGET)], 5000, 3),
        ([*BUDGET, Line("保险", 700, 100)], 8571, 3),
        (BUDGET[:2], None, None),
        ([Line("另", 1, 100) for _line in BUDGET], None, None),
    ],
)
def test_budgets_are_alike_by_lines(second: list[Line], budget: int | None, lines: int | None) -> None:
    found = pair(one(1, lines=BUDGET), one(2, lines=second))
    assert (found and (found.budget, found.lines)) == (None if budget is None else (budget, lines))


def test_lines_without_figures_are_not_alike() -> None:
    empty = [Line("", 0, 0)] * 4
    assert pair(one(1, lines=empty), one(2, lines=empty)) is None


def test_which_lines_stand_in_both() -> None:
    twice = [BUDGET[0], BUDGET[0], Line("别名", *BUDGET[1][1:]), Line("保险", 700, 100)]
    mine, theirs = side_by_side(one(1, lines=twice), one(2, lines=BUDGET))
    assert [(row.figures, row.words) for row in mine.lines] == [
        (True, True),
        (False, False),
        (True, False),
        (False, False),
    ]
    assert [(row.figures, row.words) for row in theirs.lines] == [(True, True), (True, False), (False, False)]


def test_only_pairs_with_one_of_those_asked_for() -> None:
    text = prose(15, 200)
    found = alike([one(key, text) for key in range(4)], among={2}).pairs
    assert [(each.first, each.second) for each in found] == [(0, 2), (1, 2), (2, 3)]
    assert len(alike([one(key, text) for key in range(4)], among={2, 3}).pairs) == 5


def test_the_likest_first_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "MOST", 3)
    text = prose(16, 300)
    found = alike([one(key, text[: 300 - 20 * key] + prose(20 + key, 20 * key)) for key in range(5)])
    assert len(found.pairs) == 3 and found.left_out == 7
    assert all(one.likeness >= two.likeness for one, two in pairwise(found.pairs))


def test_pieces_are_the_text_as_typed() -> None:
    copied = prose(17, 60)
    first, second = one(1, "㎡①" + copied + "完", "空"), one(2, copied, "", copied)
    for side, proposal in zip(side_by_side(first, second), (first, second), strict=True):
        told = [("".join(piece.text for piece in pieces)) for _name, pieces in side.texts]
        assert told == [text for _name, text in proposal.texts]


@pytest.mark.parametrize("text", ["", "，。", "\ud800", "a\0b" * 50, "甲" * 500, "\U00020bb7👨‍👩‍👧" * 60])
def test_odd_texts_do_no_harm(text: str) -> None:
    alike([one(1, text), one(2, text), one(3)])
    side_by_side(one(1, text), one(2, text))


def test_a_key_stands_once() -> None:
    with pytest.raises(ValueError, match="key"):
        alike([one(1, "甲"), one(1, "乙")])
