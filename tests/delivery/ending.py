"""Scenes for the end of projects: signed and paid awards with an applicant each, told on by the real verbs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import make
from budget import scene
from client import save

from venture.budget.models import Award
from venture.delivery import actions, queries
from venture.delivery.grading import Item, Phase
from venture.delivery.models import Audit, Evaluation, Report
from venture.people.models import Person
from venture.roles import Role
from venture.rounds.models import Condition

MIDDLE = datetime(2018, 12, 10, 2, tzinfo=UTC)
LATER = datetime(2019, 5, 6, 2, tzinfo=UTC)
STORY = {"done": "按计划开展活动(虚构)。", "effect": "老人反映良好(虚构)。"}
MARKS = {
    Item.PROGRESS: 2600,
    Item.INPUTS: 900,
    Item.FINANCE: 2200,
    Item.EFFECT: 2100,
    Item.RECORDS: 800,
}
"""86.00 in all."""


@dataclass
class Ending:
    """A round whose awards are signed and whose first instalment is paid."""

    cast: scene.Cast
    awards: list[Award]
    applicants: list[Person]

    @property
    def award(self) -> Award:
        return self.awards[0]

    @property
    def applicant(self) -> Person:
        return self.applicants[0]


def ending(count: int = 1, *, paid: bool = True, plan: Condition = Condition.MIDTERM) -> Ending:
    """`count` projects of 40,000.00 yuan each, their first instalment paid in September 2018."""
    of = scene.cast()
    of.round.plan[1].condition = plan
    save()
    for place in range(count):
        scene.project(of, str(place + 1), 1, 4_000_000, 9000 - 100 * place)
    awards = scene.signed(of)
    if paid:
        scene.paid(of, awards)
    applicants = [
        make.person(Role.APPLICANT, organization=award.application.organization) for award in awards
    ]
    save()
    return Ending(of, awards, applicants)


def story(award: Award) -> dict[str, Any]:
    return {**STORY, "goals": ["1"] * len(queries.goals(award))}


def handed_in(of: Ending, place: int = 0, phase: Phase = Phase.MIDTERM, at: datetime = MIDDLE) -> Report:
    """The report of one project, handed in by its own people."""
    award = of.awards[place]
    begun = queries.report_of(award, phase)
    version = actions.hand_in_report(
        award=award,
        phase=phase,
        story=story(award),
        seen=begun.revision if begun else 0,
        key=f"{phase}-{award.id}-{at:%d%H%M}-{begun.revision if begun else 0}",
        by=of.applicants[place],
        at=at,
    )
    save()
    return version.report


def accepted(of: Ending, place: int = 0, phase: Phase = Phase.MIDTERM, at: datetime = MIDDLE) -> Report:
    report = handed_in(of, place, phase, at)
    actions.decide_reports(reports=[report], by=of.cast.officer, at=at)
    save()
    return report


def marked(
    of: Ending,
    place: int = 0,
    phase: Phase = Phase.MIDTERM,
    at: datetime = MIDDLE,
    progress: int = 2600,
    begin: bool = True,
) -> Evaluation:
    """The evaluation of one project by one expert, handed in: 86.00 points unless `progress` says otherwise."""
    if begin:
        accepted(of, place, phase, at)
    expert = of.cast.experts[0].person
    (made,) = actions.assign(
        awards=[of.awards[place]], phase=phase, persons=[expert], by=of.cast.operator, at=at
    )
    actions.save_sheet(
        sheet=made.sheets[-1],
        marks={**MARKS, Item.PROGRESS: progress},
        finished=True,
        by=expert,
        at=at,
    )
    save()
    return made


def evaluated(
    of: Ending,
    place: int = 0,
    phase: Phase = Phase.MIDTERM,
    at: datetime = MIDDLE,
    progress: int = 2600,
) -> Evaluation:
    """The same, its result proposed by the officer and confirmed by the approver."""
    made = marked(of, place, phase, at, progress)
    actions.propose_results(evaluations=[made], by=of.cast.officer, at=at)
    actions.confirm_results(evaluations=[made], document_no="虚构评字1号", by=of.cast.approver, at=at)
    save()
    return made


def audited(of: Ending, accepted: int, place: int = 0, at: datetime = LATER, **more: Any) -> Audit:
    """The audit's result: one line of the whole award, entered by the officer and checked by the auditor."""
    award = of.awards[place]
    (head,) = queries.planned(award)
    claimed = max(accepted, head.budget)
    reason = "无发票(虚构)" if accepted < claimed else ""
    audit = actions.enter_audit(
        award=award,
        firm="虚构会计师事务所",
        report_no=f"虚构审字{place + 1}号",
        reported_on=date(2019, 5, 5),
        lines=[actions.Accepted(head.category, "", head.budget, claimed, accepted, reason)],
        by=of.cast.officer,
        at=at,
        **more,
    )
    actions.check_audit(audit=audit, by=of.cast.auditor, at=at)
    save()
    return audit
