"""The Haimen demonstration: invented people and projects, told through the same verbs as real ones."""

from datetime import date, timedelta

from flask import current_app
from sqlalchemy import inspect, select

from venture import clock, trail
from venture.budget.models import Award
from venture.db import db
from venture.deliberation import actions as deliberation
from venture.deliberation.steps import Step
from venture.demo import cast as casting
from venture.demo import content, delivered, earlier, ending, matters
from venture.demo.story import STAGES, Story, moment
from venture.desk import actions as desk
from venture.desk.subjects import Spec, Subject
from venture.impact import actions as impact
from venture.outbox import Delivery, Message
from venture.people.models import Person
from venture.refusal import Refused
from venture.rounds import actions as rounds
from venture.rounds.models import Condition

MARK = "demo.load"


def is_demonstration() -> bool:
    """Whether this database was made by `load`, or is still empty."""
    if not inspect(db.engine).has_table("event"):
        return True
    first = db.session.scalar(select(trail.Event).order_by(trail.Event.id).limit(1))
    return first is None or first.did == MARK


def load(stage: str = "review") -> str:
    """Tell the whole story into an empty database; the present round stands at `stage`.

    A second call changes nothing. Raises Refused demo.other_data, demo.no_stage. The caller commits.
    """
    if stage not in STAGES:
        raise Refused("demo.no_stage", stage=stage, stages=", ".join(STAGES))
    if not is_demonstration():
        raise Refused("demo.other_data")
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        return "The demonstration is there already; nothing was changed."
    root = current_app.config["UPLOADS"]
    today = clock.beijing_day(clock.now())
    with clock.told(casting.BEGAN):
        trail.say(None, MARK, stage=stage)
        cast = casting.assemble()
    earlier.take_over(cast, root)
    bids = [
        (project, cast.organizations[place % 22], cast.leads[place % 22])
        for place, project in enumerate(content.PROJECTS[:22])
    ]

    third = Story(cast, root, 2018, 3, date(2018, 5, 25), [*bids], "海财社〔2018〕31号（虚构）")
    round = third.call()
    third.ask(round)
    third.apply(round)
    third.check(round)
    third.review(round)
    third.fees(round)
    third.decide(round)
    awards = third.award(round)
    third.pay(round, date(2018, 7, 9))
    third.step(awards, "begin", date(2018, 8, 1))
    theme = sorted(
        (award for award in awards if award.theme.consultation),
        key=lambda award: [project.title for project in content.PROJECTS].index(award.application.title),
    )
    matters.tell(cast, theme, 2018, root)
    third.amend(awards[0], date(2018, 11, 20))
    third.meet(awards, Condition.MIDTERM, date(2018, 12, 14), "中期评估合格（虚构）")
    third.pay(round, date(2018, 12, 20))
    matters.declare(cast)
    third.meet(awards, Condition.CLOSING, date(2019, 5, 24), "末期评估与审计通过（虚构）")
    third.pay(round, date(2019, 6, 3))
    third.step(awards, "close", date(2019, 6, 10))
    with clock.told(moment(date(2019, 6, 11))):
        rounds.finish_round(round=round, by=cast["officer"], at=moment(date(2019, 6, 11)))

    _own_sheet(cast, date(2018, 7, 10))
    _last_year(cast, bids, today)
    _present(cast, bids, today, stage)
    _post_old_mail(today)
    return f"Loaded the demonstration; the round of {today.year} stands at «{stage}»."


def _own_sheet(cast: casting.Cast, on: date) -> None:
    """What the superior office asks for each quarter, kept in its own columns."""
    columns = [
        ("no", "序号"),
        ("title", "项目名称（全称）"),
        ("organization", "承接机构"),
        ("towns", "镇（街道）"),
        ("amount", "资助额（元）"),
        ("paid", "已拨付（元）"),
        ("left", "结余（元）"),
    ]
    with clock.told(moment(on)):
        desk.save(
            sheet=None,
            name="季度拨付情况报市局（演示）",
            spec=Spec(Subject.AWARDS, columns, group="theme"),
            shared=True,
            by=cast["officer"],
            at=moment(on),
        )


def _last_year(cast: casting.Cast, bids: list[content.Bid], today: date) -> None:
    """The round before: running; its second instalment waits for the approver, a support for the clerk."""
    chosen = [bids[place] for place in (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 13)]
    told = Story(
        cast,
        current_app.config["UPLOADS"],
        today.year - 1,
        today.year - 2016,
        _weekday(today - timedelta(days=330)),
        chosen,
        f"通海财社〔{today.year - 1}〕12号（虚构）",
        "二期",
        blind=True,
        presents=True,
    )
    round = told.call()
    told.apply(round)
    told.compare(round, explained="同一机构续报二期，已核对上期结项材料。")
    told.check(round)
    told.review(round)
    told.decide(round, later="残疾人居家手作坊二期")
    awards = told.award(round)
    begun = told.day(45)
    told.step(awards, "begin", begun)
    told.pay(round, begun)
    leads = {organization.id: lead for _project, organization, lead in chosen}
    own = sorted(awards, key=lambda award: award.application.organization_id)
    delivered.tell(cast, own, leads, begun, today, current_app.config["UPLOADS"])
    told.claim(awards[-1], 150000, _weekday(today - timedelta(days=20)), "支出核查：讲师费票据不合规（虚构）")
    middle = _weekday(today - timedelta(days=9))
    told.meet(own[3:], Condition.MIDTERM, middle, "中期评估合格（虚构）")
    ending.midterm(told, own, middle)
    told.pay(round, _weekday(today - timedelta(days=4)), until="checked")
    lead = cast.leads[cast.organizations.index(awards[0].application.organization)]
    told.papers(awards[0], lead, _weekday(today - timedelta(days=3)))
    _waiting_support(cast, awards, today)
    again = _weekday(today - timedelta(days=8))
    told.decide(round, on=again, publish_on=_weekday(today - timedelta(days=1)), number=21)
    told.object(round, _weekday(today - timedelta(days=1)))


def _waiting_support(cast: casting.Cast, awards: list[Award], today: date) -> None:
    village, on = cast.communities[0], _weekday(today - timedelta(days=20))
    award = next(award for award in awards if award.application.organization is cast.organizations[0])
    with clock.told(moment(on)):
        matter = deliberation.open_matter(
            community=village,
            title="晒场夜间照明",
            source="走访",
            affected=90,
            by=cast["clerk"],
            at=moment(on),
        )
        deliberation.record_step(
            matter=matter,
            step=Step.SURVEY,
            from_on=on,
            to_on=on,
            by_whom="村民主协商理事会",
            text="走访 42 户，31 户提到晒场夜里看不见。",
            by=cast["clerk"],
            at=moment(on, 17),
        )
    later = _weekday(today - timedelta(days=6))
    with clock.told(moment(later)):
        impact.claim(
            award=award,
            number=matter.number,
            steps=[1, 2],
            note="社工协助入户走访并整理诉求。",
            by=cast["applicant"],
            at=moment(later),
        )


def _present(cast: casting.Cast, bids: list[content.Bid], today: date, stage: str) -> None:
    """The present round, told up to the stage it is to stand at."""
    since = {"call": -7, "review": 11, "notice": 17, "payment": 45, "closing": 330}[stage]
    places = [place + 3 if place else 0 for place in range(19)]
    projects = [_retold(project) for project in content.PROJECTS[:18]] + [content.PROJECTS[22]]
    chosen = [
        (project, cast.organizations[place], cast.leads[place])
        for project, place in zip(projects, places, strict=True)
    ]
    told = Story(
        cast,
        current_app.config["UPLOADS"],
        today.year,
        today.year - 2015,
        _weekday(today - timedelta(days=since)),
        chosen,
        f"通海财社〔{today.year}〕9号（虚构）",
        "·新一年",
        asks=True,
        manner=1,
    )
    round = told.call()
    told.ask(round)
    if stage == "call":
        told.apply(round, until=6)
        return
    told.apply(round)
    told.compare(round)
    told.check(round, leave=0 if stage == "review" else None, unfit=18, owes=3)
    told.review(round, whole=stage != "review", drawn=True)
    if stage == "review":
        told.tie(4, 2, _weekday(today - timedelta(days=1)))
        told.send_back(round, 0, _weekday(today - timedelta(days=1)))
        return
    told.decide(round, publish_on=_weekday(today - timedelta(days=1)) if stage == "notice" else None)
    if stage == "notice":
        return
    awards = told.award(round)
    told.step(awards, "begin", told.day(40))
    told.pay(round, told.day(41), until="checked" if stage == "payment" else "paid")
    if stage == "payment":
        return
    told.meet(awards, Condition.MIDTERM, told.day(200), "中期评估合格（虚构）")
    told.pay(round, told.day(205))
    told.meet(awards, Condition.CLOSING, told.day(320), "末期评估与审计通过（虚构）")
    told.pay(round, told.day(322), until="checked")


def _retold(project: content.Project) -> content.Project:
    """The proposal in this year's words; two have one paragraph in common."""
    summary, need = content.RETOLD[project.title]
    copied = content.COPIED if project.title in {"独居老人每日一铃", "老年助餐点营养改善"} else ""
    return project._replace(summary=summary, need=need, lasting=copied)


def _weekday(day: date) -> date:
    """The day, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _post_old_mail(today: date) -> None:
    """What was said long ago has been sent; only the last weeks' messages still wait."""
    for message in db.session.scalars(select(Message)):
        if clock.beijing_day(message.created_at) < today - timedelta(days=30):
            message.state = Delivery.SENT
