"""What running projects recorded: activities with photos, spending, a move between heads, requests, monthly plans."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from venture import clock
from venture.applications.models import Category, CostTable
from venture.budget.models import Award
from venture.delivery import actions as delivery
from venture.delivery.models import ChangeKind, Payee, Shows, Taking
from venture.delivery.queries import Came, Line, Planned, Told
from venture.demo import evidence
from venture.demo.cast import Cast
from venture.demo.story import moment
from venture.people.models import Person

HELD = (
    ("入户走访与需求登记", "村民委员会会议室", "走访 36 户，登记需求 21 条。"),
    ("集中服务日", "社区文化活动室", "现场服务与咨询，志愿者分组陪同。"),
    ("骨干志愿者培训", "镇社会组织服务中心", "培训记录与陪伴技巧，结成互助小组。"),
)
BOUGHT = (
    (Category.ACTIVITY, "活动物资", 3_650, 4_000, "份", Payee.COMPANY),
    (Category.VOLUNTEER, "志愿者交通与误餐补贴", 3_000, 1_200, "人次", Payee.PERSON),
    (Category.EXPERT, "讲课费", 60_000, 150, "课时", Payee.PERSON),
)


def tell(
    cast: Cast, awards: Sequence[Award], leads: Mapping[int, Person], begun: date, today: date, root: Path
) -> None:
    """Six projects record, from lively to silent; the first asks for more than records."""
    for place, award in enumerate(awards[:6]):
        lead = leads[award.application.organization_id]
        for number in range(3 - place // 2):
            _activity(award, lead, number, begun + timedelta(days=20 + 22 * number), place, root)
    first = awards[0]
    lead = leads[first.application.organization_id]
    _ask(cast, first, lead, today)
    _plan(cast, first, lead, today)


def _activity(award: Award, lead: Person, number: int, on: date, place: int, root: Path) -> None:
    subject, where, account = HELD[number]
    late = timedelta(days=24 if (place, number) == (1, 1) else 2)
    at = moment(on + late, 20, 5 * place)
    with clock.told(at):
        sent = [delivery.Sent(evidence.picture(10 * place + number, root), children=number == 1)]
        if number == 0:
            sheet = evidence.paper(f"签到表 {award.project_no}", "sign-in", root)
            sent.append(delivery.Sent(sheet, Shows.SIGN_IN))
        made = delivery.record(
            award=award,
            key=f"demo-activity-{award.id}-{number}",
            told=Told(subject, on, where, "14:00–16:30", account=account),
            counts={
                Taking.SERVED: Came(28 + 5 * place, 36 + 6 * place + number),
                Taking.COMMUNITY: Came(2, 2),
                Taking.SOCIAL_WORKER: Came(2, 2),
                Taking.VOLUNTEER: Came(8, 8 + number),
            },
            sent=sent,
            by=lead,
            at=at,
        )
        category, content, price, quantity, unit, payee = BOUGHT[number]
        voucher = f"记{on.month:02d}-{7 + place:02d}"
        line = Line(CostTable.GRANT, category, content, price, quantity, unit, on, voucher, payee, made)
        delivery.spend(
            award=award,
            key=f"demo-spending-{award.id}-{number}",
            lines=[line],
            scans=[evidence.paper(f"凭证{voucher}", "voucher", root)] if number == 0 else (),
            by=lead,
            at=at,
        )


def _ask(cast: Cast, award: Award, lead: Person, today: date) -> None:
    """A change that was approved, an extension that waits, a move within what is free and one that waits."""
    at = moment(today - timedelta(days=40), 9)
    with clock.told(at):
        made = delivery.ask(
            award=award,
            key="demo-change",
            kind=ChangeKind.CHANGE,
            before="每月两次集中服务",
            after="每月一次集中服务，另加入户走访",
            reason="场地修缮，集中服务人数受限。",
            effect="进度不变，服务对象略减。",
            direct=(award.application.direct or 0) - 10,
            by=lead,
            at=at,
        )
        delivery.recommend(
            change=made, favours=True, text="已实地了解，情况属实。", by=cast["officer"], at=at
        )
        delivery.decide(change=made, approve=True, decision="同意变更。", by=cast["approver"], at=at)
        given: dict[str, Any] = {
            "award": award,
            "table": CostTable.GRANT,
            "source": Category.ACTIVITY,
            "by": lead,
            "at": at,
        }
        delivery.move(
            key="demo-move", target=Category.EXPERT, amount=20_000, reason="增加一次讲课。", **given
        )
    later = moment(today - timedelta(days=5), 9)
    with clock.told(later):
        ends = award.application.ends_on
        delivery.ask(
            award=award,
            key="demo-extension",
            kind=ChangeKind.EXTENSION,
            before="按协议期限实施",
            after="延长实施期限两个月",
            reason="雨季影响外出活动三次。",
            ends_on=max(ends or today, today) + timedelta(days=60),
            by=lead,
            at=later,
        )
        given |= {"at": later}
        delivery.move(
            key="demo-waiting", target=Category.VOLUNTEER, amount=300_000, reason="志愿者人次增加。", **given
        )


def _plan(cast: Cast, award: Award, lead: Person, today: date) -> None:
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    at = moment(today - timedelta(days=3), 10)
    with clock.told(at):
        rows = [
            Planned("邻里议事会", month + timedelta(days=4), "村民委员会会议室", lead.name, "议定下月事项"),
            Planned("入户走访", month + timedelta(days=11), "各村民小组", lead.name, "独居老人 12 户"),
        ]
        plan = delivery.send_plan(award=award, month=month, planned=rows, by=lead, at=at)
        delivery.decide_plan(plan=plan, approve=True, answer="", by=cast["operator"], at=at)
