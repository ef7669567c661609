"""The seven steps: six facts close a matter, evidence grades it, days follow the steps."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from venture.deliberation import steps
from venture.deliberation.steps import Facts, Grade, Span, Step

DAYS = {step: Span(date(2018, 3, step), date(2018, 3, step)) for step in Step}
SIX = Facts("楼道照明", DAYS, "安装感应灯", "已安装 12 盏", "物业(虚构)", True)
WHOLE = replace(SIX, evidenced=frozenset(Step), supervisor="监督小组(虚构)", evaluator="居民代表(虚构)")


def codes(blockers: list[Any]) -> list[str]:
    return [blocker.code.removeprefix("deliberation.") for blocker in blockers]


def test_seven_steps_by_number() -> None:
    assert [int(step) for step in Step] == [1, 2, 3, 4, 5, 6, 7]
    assert (Step(3), Step(3).label, str(Step.VOTE)) == (Step.VOTE, "Vote and hearing", "3")


def test_six_facts_close_a_matter() -> None:
    assert steps.missing(SIX) == []
    assert codes(steps.missing(Facts())) == [
        "no_title",
        "no_days",
        "no_decision",
        "no_outcome",
        "no_executor",
        "no_photo",
    ]


@pytest.mark.parametrize("fact", ["title", "decision", "outcome", "executor"])
def test_each_text_is_needed(fact: str) -> None:
    changes: dict[str, Any] = {fact: " \n"}
    assert codes(steps.missing(replace(SIX, **changes))) == [f"no_{fact}"]


def test_the_steps_without_a_day_are_named() -> None:
    held: dict[Step, Span] = {
        step: span for step, span in DAYS.items() if step not in (Step.VOTE, Step.FEEDBACK)
    }
    (blocker,) = steps.missing(replace(SIX, days=held))
    assert (blocker.code, blocker.facts) == ("deliberation.no_days", {"steps": [Step.VOTE, Step.FEEDBACK]})


def test_a_photo_is_needed() -> None:
    assert codes(steps.missing(replace(SIX, photo=False))) == ["no_photo"]


def test_grades() -> None:
    assert steps.grade(Facts()) is None
    assert steps.grade(SIX) is Grade.C
    assert steps.grade(replace(SIX, evidenced=frozenset({Step.VOTE}))) is Grade.C
    assert steps.grade(replace(SIX, evidenced=frozenset({Step.VOTE, Step.EXECUTION}))) is Grade.B
    assert steps.grade(WHOLE) is Grade.A
    assert steps.weaknesses(WHOLE) == []


def test_what_lowers_the_grade_is_listed() -> None:
    assert codes(steps.weaknesses(SIX)) == ["no_evidence", "no_supervisor", "no_evaluator"]
    own = replace(WHOLE, supervisor=" 物业(虚构)")
    (blocker,) = steps.weaknesses(own)
    assert (blocker.code, blocker.facts) == (
        "deliberation.same_party",
        {"parties": ["executor", "supervisor"]},
    )
    assert steps.grade(own) is Grade.B


def test_a_step_may_begin_on_the_day_the_one_before_ended_and_no_earlier() -> None:
    def span(first: int, last: int) -> Span:
        return Span(date(2018, 3, first), date(2018, 3, last))

    assert steps.disorder({Step.SURVEY: span(1, 5), Step.TOPIC: span(5, 6)}) == []
    (early,) = steps.disorder({Step.SURVEY: span(1, 5), Step.TOPIC: span(4, 6)})
    assert (early.code, early.facts) == (
        "deliberation.too_early",
        {"step": Step.TOPIC, "after": Step.SURVEY, "ended": date(2018, 3, 5)},
    )
    (backwards,) = steps.disorder({Step.SURVEY: span(5, 1)})
    assert backwards.code == "deliberation.backwards"


def test_a_step_without_days_hides_no_disorder() -> None:
    days = {
        Step.SURVEY: Span(date(2018, 3, 9)),
        Step.TOPIC: Span(date(2018, 3, 9)),
        Step.EXECUTION: Span(date(2018, 3, 1)),
    }
    (early,) = steps.disorder(days)
    assert early.facts["after"] is Step.TOPIC


def test_late_is_more_than_seven_days() -> None:
    assert not steps.is_late(date(2018, 3, 1), date(2018, 3, 8))
    assert steps.is_late(date(2018, 3, 1), date(2018, 3, 9))
