"""The matters of 2018, as the clerks entered them: steps, outcomes, uses, and the projects' support."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from venture import clock
from venture.budget.models import Award
from venture.deliberation import actions as deliberation
from venture.deliberation.models import Matter, MatterStatus, OutcomeKind, UseKind
from venture.deliberation.steps import Step
from venture.demo import content, evidence
from venture.demo.cast import Cast
from venture.demo.content import MatterTold
from venture.demo.story import moment
from venture.impact import actions as impact

FILES = (frozenset(Step), frozenset({Step.VOTE, Step.EXECUTION}), frozenset({Step.EXECUTION}))
"""Which steps of a matter carry a picture, by its number: so that all three grades of evidence occur."""

STEP_TEXTS = {
    Step.SURVEY: "走访与征集，记录反映的住户与诉求。",
    Step.TOPIC: "理事会会议受理，利益相关方列席。",
    Step.VOTE: "到会代表举手表决，同意过半数。",
    Step.EXECUTION: "按决定实施，拍照留存。",
    Step.SUPERVISION: "评议会听取实施情况，现场打分。",
    Step.FEEDBACK: "向提出人逐户反馈并在公示栏张贴。",
}
"""What the record of each step says."""


def tell(cast: Cast, awards: Sequence[Award], year: int, root: Path) -> list[Matter]:
    """Enter every matter; `awards` in the order of the theme's projects of `content.PROJECTS`."""
    return [_matter(cast, awards, told, number, year, root) for number, told in enumerate(content.MATTERS)]


def _matter(
    cast: Cast, awards: Sequence[Award], told: MatterTold, number: int, year: int, root: Path
) -> Matter:
    clerk = cast.clerk_of(told.village)
    start = date(year, 8, 6) + timedelta(days=number * 2)
    at = moment(start, 9)
    with clock.told(at):
        matter = deliberation.open_matter(
            community=cast.communities[told.village],
            title=told.title,
            source=told.source,
            affected=told.affected,
            by=clerk,
            at=at,
        )
    if told.ended == "rejected":
        on = start + timedelta(days=6)
        with clock.told(moment(on)):
            deliberation.reject(matter=matter, closed_on=on, reason=told.outcome, by=clerk, at=moment(on))
        return matter
    day = start
    for step in list(STEP_TEXTS)[: 6 if told.ended != "open" else 4]:
        until = day + timedelta(days=3 if step != Step.EXECUTION else 12)
        at = moment(until, 16)
        with clock.told(at):
            deliberation.record_step(
                matter=matter,
                step=step,
                from_on=day,
                to_on=until,
                by_whom="村（社区）民主协商理事会" if step != Step.EXECUTION else "村（居）民委员会",
                text=STEP_TEXTS[step],
                photo=evidence.picture(number, root) if step in FILES[number % 3] else None,
                by=clerk,
                at=at,
            )
            if step == Step.VOTE and told.ended != "unresolved":
                _outcome(matter, told, until, number, cast, root)
        day = until + timedelta(days=2)
    _support(cast, awards[told.project], matter, start + timedelta(days=20))
    _end(cast, matter, told, day)
    return matter


def _outcome(matter: Matter, told: MatterTold, on: date, number: int, cast: Cast, root: Path) -> None:
    clerk = cast.clerk_of(told.village)
    outcome = deliberation.record_outcome(
        matter=matter,
        text=told.outcome,
        decided_on=on,
        kind=OutcomeKind(told.kind),
        binds="本村（社区）全体住户",
        by=clerk,
        at=moment(on, 17),
    )
    for place, (kind, text) in enumerate(told.uses):
        day = on + timedelta(days=8 + 9 * place)
        with clock.told(moment(day, 15)):
            deliberation.record_use(
                outcome=outcome,
                happened_on=day,
                who="项目社工与理事会（虚构）",
                kind=UseKind(kind),
                text=text,
                photo=evidence.picture(100 + number * 3 + place, root),
                photo_public=True,
                by=clerk,
                at=moment(day, 15),
            )


def _support(cast: Cast, award: Award, matter: Matter, on: date) -> None:
    """The project claims its part; the clerk confirms it."""
    lead = cast.leads[cast.organizations.index(award.application.organization)]
    with clock.told(moment(on, 10)):
        support = impact.claim(
            award=award,
            number=matter.number,
            steps=[1, 2, 4, 5],
            note="社工协助调查、召集会议并跟进落实。",
            by=lead,
            at=moment(on, 10),
        )
    with clock.told(moment(on, 15)):
        clerk = next(
            person
            for person in (cast["clerk"], cast["clerk2"])
            if matter.community_id in person.community_ids
        )
        impact.confirm(supports=[support], by=clerk, at=moment(on, 15))


def _end(cast: Cast, matter: Matter, told: MatterTold, day: date) -> None:
    if told.ended == "open":
        return
    clerk = cast.clerk_of(told.village)
    with clock.told(moment(day, 10)):
        deliberation.close(
            matter=matter,
            status=MatterStatus(told.ended),
            closed_on=day,
            evaluator="镇社会服务中心（虚构）",
            text="资料齐全，同意结案。" if told.ended == "resolved" else "资料齐全。",
            benefited=told.benefited,
            counted_how="按受益住户登记人数" if told.benefited else "",
            reason="未能形成一致意见，留待下年再议。" if told.ended == "unresolved" else "",
            by=clerk,
            at=moment(day, 10),
        )
    if told.ended == "resolved":
        later = day + timedelta(days=92)
        with clock.told(moment(later, 10)):
            deliberation.recheck(matter=matter, held=True, on=later, by=clerk, at=moment(later, 10))


def declare(cast: Cast) -> None:
    """Hold the recorded totals with their day and source, apart from everything computed."""
    at = moment(date(2018, 12, 3), 10)
    with clock.told(at):
        for code, name, value, unit, base in content.DECLARED:
            deliberation.declare(
                code=code,
                name=name,
                value=value,
                unit=unit,
                base=base,
                as_of=date(2018, 11, 30),
                source=content.SOURCE,
                by=cast["officer"],
                at=at,
            )
