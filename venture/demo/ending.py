"""The midterm of last year's round: one project evaluated, one whose report waits, one that is being marked."""

from collections.abc import Sequence
from datetime import date

from venture import clock
from venture.budget.models import Award
from venture.delivery import actions as delivery
from venture.delivery import queries
from venture.delivery.grading import Item, Phase
from venture.delivery.models import Evaluation, Report
from venture.demo.story import Story, moment
from venture.people.models import Person

TEXTS = {
    "done": "按计划完成入户走访、两场议事会和六次小组活动，进度与实施方案基本一致（虚构）。",
    "effect": "参与老人由 18 人增至 41 人；问卷 36 份，满意 34 份（虚构）。",
    "problems": "雨季两次活动改期，已补办并告知社区（虚构）。",
    "ahead": "下半年完成其余四次小组活动，整理案例一份（虚构）。",
}
MARKS = {
    Item.PROGRESS: 2600,
    Item.INPUTS: 900,
    Item.FINANCE: 2250,
    Item.EFFECT: 2150,
    Item.RECORDS: 850,
}


def midterm(told: Story, awards: Sequence[Award], on: date) -> None:
    """Tell it about the first three awards, the first ones done some days before `on`."""
    evaluated, waiting, marked = awards[:3]
    for award in (evaluated, waiting, marked):
        _report(told, award, on)
    _accept(told, [evaluated, marked], on)
    for award, count in ((evaluated, 2), (marked, 1)):
        _mark(told, award, on, count)
    found = _evaluation(evaluated)
    with clock.told(moment(on, 15)):
        delivery.propose_results(evaluations=[found], by=told.cast["operator"], at=moment(on, 15))
    with clock.told(moment(on, 16)):
        delivery.confirm_results(
            evaluations=[found],
            document_no=f"虚构民评〔{on.year}〕5号",
            by=told.cast["approver"],
            at=moment(on, 16),
        )


def _report(told: Story, award: Award, on: date) -> None:
    with clock.told(moment(on, 9)):
        delivery.hand_in_report(
            award=award,
            phase=Phase.MIDTERM,
            story={**TEXTS, "goals": ["3" for _goal in queries.goals(award)]},
            seen=0,
            key=f"demo-report-{award.id}",
            by=_lead(told, award),
            at=moment(on, 9),
        )


def _lead(told: Story, award: Award) -> Person:
    return next(lead for _project, body, lead in told.bids if body is award.application.organization)


def _accept(told: Story, awards: Sequence[Award], on: date) -> None:
    found = [queries.report_of(award, Phase.MIDTERM) for award in awards]
    reports: list[Report] = [each for each in found if each is not None]
    with clock.told(moment(on, 10)):
        delivery.decide_reports(reports=reports, by=told.cast["officer"], at=moment(on, 10))


def _mark(told: Story, award: Award, on: date, count: int) -> None:
    """Assign the project to the operator and the expert of the card; `count` of them hand their sheet in."""
    persons = [told.cast["operator"], told.cast["expert1"]]
    with clock.told(moment(on, 11)):
        (found,) = delivery.assign(
            awards=[award],
            phase=Phase.MIDTERM,
            persons=persons,
            by=told.cast["officer"],
            at=moment(on, 11),
        )
    for place, sheet in enumerate(found.sheets[:count]):
        with clock.told(moment(on, 14, place)):
            delivery.save_sheet(
                sheet=sheet,
                marks={**MARKS, Item.EFFECT: MARKS[Item.EFFECT] - 100 * place},
                penalties=[(100, "一次活动未附签到表（虚构）")] if place else [],
                remark="现场抽查三次活动，照片与签到一致（虚构）。",
                finished=True,
                by=sheet.person,
                at=moment(on, 14, place),
            )


def _evaluation(award: Award) -> Evaluation:
    found = queries.evaluation_of(award, Phase.MIDTERM)
    assert found is not None, "it was assigned"
    return found
