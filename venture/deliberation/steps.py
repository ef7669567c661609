"""The seven steps of a matter: their order, what a light record must hold, and how good its evidence is."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from itertools import combinations
from typing import NamedTuple, Self

from venture.refusal import Blocker
from venture.words import N_, Word


class Step(IntEnum):
    """The seven steps (七步议事法), stored as their numbers; `label` is the msgid of their names."""

    label: str

    def __new__(cls, number: int, label: str = "") -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        member.label = label
        return member

    SURVEY = 1, N_("Survey of needs")
    TOPIC = 2, N_("Topic set and examined")
    VOTE = 3, N_("Vote and hearing")
    EXECUTION = 4, N_("Decision carried out")
    SUPERVISION = 5, N_("Supervision and appraisal")
    FEEDBACK = 6, N_("Feedback")
    CLOSURE = 7, N_("Evaluation and closure")


class Grade(Word):
    """How well a closed matter is evidenced."""

    A = "a", N_("Grade A evidence")
    B = "b", N_("Grade B evidence")
    C = "c", N_("Grade C evidence")


class Span(NamedTuple):
    """The days on which a step happened, both included; without `last` it was a single day."""

    first: date
    last: date | None = None

    @property
    def end(self) -> date:
        """The day on which it ended."""
        return self.last or self.first


@dataclass(frozen=True)
class Facts:
    """What is recorded of a matter: the six facts that close it in the light mode, and evidence beyond them.

    `photo` says that at least one picture of the result is on file; `evidenced` names the steps with a
    file of their own; the three parties are compared as written.
    """

    title: str = ""
    days: Mapping[Step, Span] = field(default_factory=dict)
    decision: str = ""
    outcome: str = ""
    executor: str = ""
    photo: bool = False
    evidenced: Set[Step] = frozenset()
    supervisor: str = ""
    evaluator: str = ""


def missing(facts: Facts) -> list[Blocker]:
    """Which of the six facts a matter still lacks to be closed in the light mode; empty: it may be.

    Codes: deliberation.no_title, no_days (steps: those without a day), no_decision, no_outcome, no_executor,
    no_photo.
    """
    undated = [step for step in Step if step not in facts.days]
    lacks = {
        "title": not facts.title.strip(),
        "days": bool(undated),
        "decision": not facts.decision.strip(),
        "outcome": not facts.outcome.strip(),
        "executor": not facts.executor.strip(),
        "photo": not facts.photo,
    }
    return [
        Blocker(f"deliberation.no_{fact}", fact, {"steps": undated} if fact == "days" else {})
        for fact, lacking in lacks.items()
        if lacking
    ]


def weaknesses(facts: Facts) -> list[Blocker]:
    """What does not keep a matter from being closed but lowers the grade of its evidence.

    Codes: deliberation.no_evidence (steps without a file), no_supervisor, no_evaluator, same_party (parties:
    two that must be different people and are one); and the codes of `disorder`.
    """
    bare = [step for step in Step if step not in facts.evidenced]
    found = [Blocker("deliberation.no_evidence", "", {"steps": bare})] if bare else []
    parties = {"executor": facts.executor, "supervisor": facts.supervisor, "evaluator": facts.evaluator}
    named = {party: "".join(name.split()) for party, name in parties.items()}
    found += [
        Blocker(f"deliberation.no_{party}", party)
        for party in ("supervisor", "evaluator")
        if not named[party]
    ]
    found += [
        Blocker("deliberation.same_party", second, {"parties": [first, second]})
        for first, second in combinations(named, 2)
        if named[first] and named[first] == named[second]
    ]
    return found + disorder(facts.days)


def grade(facts: Facts) -> Grade | None:
    """How well a matter is evidenced; None while it may not be closed.

    A: no weakness at all. B: the decision (step 3) and its execution (step 4) have files of their own.
    C: the six facts alone.
    """
    if missing(facts):
        return None
    if not weaknesses(facts):
        return Grade.A
    return Grade.B if {Step.VOTE, Step.EXECUTION} <= facts.evidenced else Grade.C


def disorder(days: Mapping[Step, Span]) -> list[Blocker]:
    """Where the days do not follow the steps: begun before an earlier one ended, or ended before begun.

    Codes: deliberation.backwards (step), deliberation.too_early (step, after: the earlier step, ended: its
    last day). Order is by the days things happened; the same day is in order.
    """
    found = []
    latest: Step | None = None
    for step in Step:
        span = days.get(step)
        if span is None:
            continue
        if span.end < span.first:
            found.append(Blocker("deliberation.backwards", "days", {"step": step}))
        if latest is not None and span.first < days[latest].end:
            facts = {"step": step, "after": latest, "ended": days[latest].end}
            found.append(Blocker("deliberation.too_early", "days", facts))
        if latest is None or span.end >= days[latest].end:
            latest = step
    return found


LATE_AFTER = timedelta(days=7)
"""An entry typed later than this after its day carries the mark 补录; it is counted, never blocked."""


def is_late(happened_on: date, recorded_on: date) -> bool:
    """Whether an entry was typed more than seven days after what it records (补录)."""
    return recorded_on - happened_on > LATE_AFTER
