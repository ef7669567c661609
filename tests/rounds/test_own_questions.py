"""Own questions, the pure rules: when one is asked, stable codes, what only widens."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from venture.applications import parts
from venture.applications.parts import Terms
from venture.rounds import questions
from venture.rounds.questions import Question, QuestionKind

DAYS = st.dates(date(2018, 1, 1), date(2018, 1, 9))
CODES = st.sampled_from([f"c{number}" for number in range(1, 4)])


def bounds(draw: Any, values: st.SearchStrategy[Any]) -> tuple[Any, Any]:
    low, high = draw(st.none() | values), draw(st.none() | values)
    return (high, low) if low is not None and high is not None and high < low else (low, high)


@st.composite
def question(draw: Any, code: str = "q1", kind: QuestionKind | None = None) -> Question:
    kind = kind or draw(st.sampled_from(QuestionKind))
    made = Question(code, kind, "题" + draw(st.text("甲乙 a%<")), required=draw(st.booleans()))
    if kind in questions.TEXTS:
        return replace(made, limit=draw(st.none() | st.integers(1, 12)))
    if kind in (QuestionKind.NUMBER, QuestionKind.MONEY):
        least, most = bounds(draw, st.integers(0, 8))
        return replace(made, least=least, most=most)
    if kind is QuestionKind.DAY:
        first, last = bounds(draw, DAYS)
        return replace(made, first_on=first, last_on=last)
    if kind in questions.CHOICES:
        codes = draw(st.lists(CODES, min_size=2, unique=True))
        return replace(made, choices=tuple((each, f"选项{each}") for each in codes))
    return made


LIMITS = {
    QuestionKind.NUMBER: ("least", "most"),
    QuestionKind.MONEY: ("least", "most"),
    QuestionKind.DAY: ("first_on", "last_on"),
    QuestionKind.CHOICE: ("choices",),
    QuestionKind.MANY: ("choices",),
    QuestionKind.FILE: ("hint",),
}


@st.composite
def changed(draw: Any, old: Question) -> Question:
    """The definition with a limit said anew, sometimes wider, sometimes not, and perhaps title or duty too."""
    new = draw(question(kind=old.kind))
    said = {draw(st.sampled_from(LIMITS.get(old.kind, ("limit",))))}
    said |= draw(st.sets(st.sampled_from(["required", "title"])))
    made = replace(old, **{name: getattr(new, name) for name in said})
    low, high = made.range
    return old if low is not None and high is not None and low > high else made


def answers(asked: Question) -> st.SearchStrategy[Any]:
    """What somebody may type, seldom nothing."""
    codes = st.sampled_from([code for code, _text in asked.choices] or ["c1"]) | CODES
    texts: dict[QuestionKind, st.SearchStrategy[Any]] = {
        QuestionKind.NUMBER: st.integers(0, 9).map(lambda each: f"{each // 100}.{each % 100:02d}"),
        QuestionKind.MONEY: st.integers(0, 9).map(lambda each: f"{each // 100}.{each % 100:02d}"),
        QuestionKind.DAY: DAYS.map(str),
        QuestionKind.CHOICE: codes,
        QuestionKind.MANY: st.lists(codes, unique=True),
        QuestionKind.FILE: st.lists(st.sampled_from(["一.pdf", "二.pdf"]), unique=True),
    }
    empty = st.just([] if asked.kind in (QuestionKind.MANY, QuestionKind.FILE) else "")
    typed = texts.get(asked.kind, st.text("字a\n", max_size=15))
    return st.one_of(typed, typed, typed, empty)


def obstacles(asked: Question, raw: Any) -> list[str]:
    """What the form would say of this answer alone."""
    found = parts.blockers({"q1": raw}, Terms(own=parts.own([asked])))
    return [blocker.code for blocker in found if blocker.facts.get("part") == "own"]


@pytest.mark.parametrize("kind", QuestionKind)
@given(data=st.data())
def test_what_only_widens_leaves_every_valid_answer_valid(kind: QuestionKind, data: Any) -> None:
    old = data.draw(question(kind=kind))
    new = data.draw(changed(old))
    assume(not questions.narrower(old, new))
    raw = data.draw(answers(old))
    if not obstacles(old, raw):
        assert obstacles(new, raw) == []


@given(st.data())
def test_a_refused_change_of_a_limit_would_have_hurt_some_answer(data: Any) -> None:
    limits = st.integers(1, 30)
    old = Question("q1", QuestionKind.TEXT, "题", limit=data.draw(limits))
    new = replace(old, limit=data.draw(limits))
    longest = "字" * (old.limit or 0)
    assert bool(questions.narrower(old, new)) is (obstacles(new, longest) != [])


@given(question(), st.booleans())
def test_a_definition_comes_back_from_plain_data(made: Question, bound: bool) -> None:
    bound_to = replace(made, theme="general") if bound else made
    assert questions.of_data(questions.to_data(bound_to)) == bound_to


def chain() -> list[Question]:
    yes = (("c1", "是"), ("c2", "否"))
    return [
        Question("q1", QuestionKind.CHOICE, "有志愿者吗", choices=yes),
        Question("q2", QuestionKind.MANY, "哪类志愿者", choices=yes, after="q1", answer="c1"),
        Question("q3", QuestionKind.TEXT, "怎样培训", after="q2", answer="c2"),
        Question("q4", QuestionKind.TEXT, "议题", theme="consultation"),
    ]


def codes(found: list[Question]) -> list[str]:
    return [each.code for each in found]


def test_a_question_is_asked_by_theme_and_by_the_answers_that_count() -> None:
    assert codes(questions.asked(chain(), "general", {})) == ["q1"]
    assert codes(questions.asked(chain(), "consultation", {"q1": "c1"})) == ["q1", "q2", "q4"]
    assert codes(questions.asked(chain(), "general", {"q1": "c1", "q2": ["c1", "c2"]})) == ["q1", "q2", "q3"]
    left_over = {"q1": "c2", "q2": ["c2"]}
    assert codes(questions.asked(chain(), "general", left_over)) == ["q1"], "q2 is not asked, so q3 is not"
    assert codes(questions.possible(chain(), "general")) == ["q1", "q2", "q3"]
    assert codes(questions.possible(chain(), "")) == ["q1", "q2", "q3"]


@given(st.data())
def test_what_is_asked_is_possible_and_never_asked_after_one_that_is_not(data: Any) -> None:
    listed: list[Question] = []
    for number in range(1, data.draw(st.integers(1, 8)) + 1):
        made = data.draw(question(f"q{number}", data.draw(st.sampled_from(questions.CHOICES))))
        if listed and data.draw(st.booleans()):
            subject = data.draw(st.sampled_from(listed))
            made = replace(made, after=subject.code, answer=data.draw(st.sampled_from(subject.choices))[0])
        elif data.draw(st.booleans()):
            made = replace(made, theme=data.draw(st.sampled_from(["a", "b"])))
        listed.append(made)
    given_ = {each.code: data.draw(answers(each)) for each in listed}
    found = questions.asked(listed, "a", given_)
    assert set(codes(found)) <= set(codes(questions.possible(listed, "a")))
    assert all(not each.after or each.after in codes(found) for each in found)
    assert questions.contradictions(listed, {"a": "甲", "b": "乙"}) == []


def test_a_choice_keeps_its_code_when_its_wording_is_set_right() -> None:
    before = (("c1", "是"), ("c2", "不是"))
    assert questions.recoded(before, ["是", "否"]) == (("c1", "是"), ("c2", "否"))
    assert questions.recoded(before, ["不是", "是"]) == (("c2", "不是"), ("c1", "是"))
    assert questions.recoded(before, ["也许", "是", "不是"]) == (("c3", "也许"), ("c1", "是"), ("c2", "不是"))
    assert questions.recoded((), ["甲", "乙"]) == (("c1", "甲"), ("c2", "乙"))


@given(
    st.lists(st.sampled_from("甲乙丙丁戊"), unique=True), st.lists(st.sampled_from("甲乙丙丁戊"), unique=True)
)
def test_codes_of_choices_are_never_given_twice(before: list[str], after: list[str]) -> None:
    old = questions.recoded((), before)
    new = questions.recoded(old, after)
    assert [text for _code, text in new] == after
    assert len(dict(new)) == len(new)
    known = {text: code for code, text in old}
    assert all(code == known[text] for code, text in new if text in known)


def test_what_is_wrong_with_a_list_is_named() -> None:
    two = (("c1", "是"), ("c2", "是"))
    listed = [
        Question("q1", QuestionKind.NUMBER, "几个", least=500, most=100),
        Question("q2", QuestionKind.CHOICE, "哪个", choices=two),
        Question("q3", QuestionKind.MANY, "哪些", choices=(("c1", "只有一个"),)),
        Question("q4", QuestionKind.TEXT, "早了", after="q5", answer="c1"),
        Question("q5", QuestionKind.TEXT, " ", after="q2", answer="c9"),
        Question("q6", QuestionKind.TEXT, "哪里", theme="none"),
    ]
    found = questions.contradictions(listed, {"general": "综合"})
    assert [(each.code, each.facts["title"]) for each in found] == [
        ("rounds.range_reversed", "几个"),
        ("rounds.choice_twice", "哪个"),
        ("rounds.choices_count", "哪些"),
        ("rounds.condition_order", "早了"),
        ("rounds.no_title", " "),
        ("rounds.condition_choice", " "),
        ("rounds.condition_theme", "哪里"),
    ]


def test_a_dozen_in_each_theme_and_no_more() -> None:
    for_all = [Question(f"q{number}", QuestionKind.TEXT, "题") for number in range(10)]
    bound = [Question(f"t{number}", QuestionKind.TEXT, "题", theme="a") for number in range(2)]
    others = [Question(f"u{number}", QuestionKind.TEXT, "题", theme="b") for number in range(3)]
    found = questions.contradictions([*for_all, *bound, *others], {"a": "甲", "b": "乙"})
    assert [(each.code, each.facts) for each in found] == [
        ("rounds.too_many_questions", {"theme": "乙", "count": 13, "most": 12})
    ]
