"""Builders: rows that make sense together, made straight in the database; every argument may be overridden."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from venture import trail
from venture.applications.lifecycle import State
from venture.applications.models import (
    Application,
    Category,
    CostLine,
    CostTable,
    Fund,
    FundKind,
    Reader,
    Version,
)
from venture.budget.actions.ledger import book
from venture.budget.instalments import schedule
from venture.budget.models import Account, Award, Decision, DecisionLine, DecisionState, Instalment
from venture.db import db
from venture.people.credit_code import check_sign
from venture.people.models import (
    AnnualReport,
    Community,
    CommunityKind,
    Grant,
    Organization,
    Person,
    YearlyResult,
)
from venture.review.actions import standings
from venture.review.models import Mark, Panelist, Sheet, SheetState
from venture.roles import Role
from venture.rounds.actions.shared import sheet as sheet_of
from venture.rounds.defaults import PRESENTATION
from venture.rounds.models import (
    Condition,
    EligibilityRule,
    MoneyKind,
    OwnQuestion,
    PaperKind,
    Phase,
    PlanPart,
    Round,
    RoundState,
    ServiceField,
    SetAside,
    SetAsideKind,
    Source,
    Theme,
    ThemeCriterion,
)
from venture.rounds.questions import QuestionKind

NOON = datetime(2018, 5, 20, 4, 0, tzinfo=UTC)
_numbers = count(1)


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def credit_code(kind: str = "52", number: int | None = None) -> str:
    """A valid credit code of an invented body of Haimen."""
    from venture.people.credit_code import body_check

    body = f"MJ{(number or next(_numbers)) % 1000000:06d}"
    draft = f"{kind}320684{body}0"
    draft = draft[:16] + (body_check(draft + "0") or "0")
    return draft + check_sign(draft + "0")


def person(
    *roles: Role,
    name: str | None = None,
    organization: Organization | None = None,
    community: Community | None = None,
    **more: Any,
) -> Person:
    number = next(_numbers)
    made = _add(
        Person(
            **{
                "name": name or f"虚构人{number}",
                "email": f"p{number}@example.invalid",
                "created_at": NOON,
                "invented": True,
                **more,
            }
        )
    )
    for role in roles:
        made.grants.append(
            Grant(
                role=role,
                given_at=NOON,
                organization=organization if role is Role.APPLICANT else None,
                community=community if role is Role.CLERK else None,
            )
        )
    db.session.flush()
    return made


def organization(**more: Any) -> Organization:
    number = next(_numbers)
    name = f"海门虚构社会服务中心{number}"
    return _add(
        Organization(
            **{
                "credit_code": credit_code(),
                "name": name,
                "registrar": "海门市民政局",
                "registered_on": date(2014, 3, 1),
                "address": "虚构路1号",
                "postcode": "226100",
                "rating": 3,
                "rated_in": 2016,
                "legal_representative": f"法人{number}",
                "representative_position": "理事长",
                "representative_phone": "13800000000",
                "representative_email": f"o{number}@example.invalid",
                "introduction": "虚构机构。",
                "account_name": name,
                "bank": "虚构银行海门支行",
                "account_no": f"62220211110012{number:05d}",
                "created_at": NOON,
                "invented": True,
                "reports": [AnnualReport(year=year, result=YearlyResult.PASSED) for year in (2016, 2017)],
                **more,
            }
        )
    )


def community(**more: Any) -> Community:
    number = next(_numbers)
    return _add(
        Community(
            **{
                "code": f"320684{100 + number // 1000:03d}{number % 1000:03d}",
                "name": f"虚构村{number}",
                "town": "虚构镇",
                "kind": CommunityKind.RURAL,
                "households": 900,
                "residents": 3000,
                "invented": True,
                **more,
            }
        )
    )


CRITERIA = (
    ("need", "需求真实性与针对性", 2000, 2),
    ("design", "方案可行性", 2500, None),
    ("effect", "预期成效可衡量", 1500, 1),
    ("budget", "预算合理性", 1500, None),
    ("team", "团队与机构能力", 1500, None),
)
LAST = {
    False: (("novelty", "创新与可推广", 500, None), ("lasting", "可持续性", 500, None)),
    True: (("council", "理事会基础与参与面", 500, None), ("steps", "七步完整与成果落实", 500, None)),
}


def theme(code: str, name: str, earmark: int, ceiling: int, consultation: bool = False, **more: Any) -> Theme:
    return Theme(
        code=code,
        name=name,
        earmark=earmark,
        ceiling=ceiling,
        consultation=consultation,
        criteria=[
            ThemeCriterion(code=key, name=label, max=most, tie_order=tie, position=place)
            for place, (key, label, most, tie) in enumerate(CRITERIA + LAST[consultation])
        ],
        **more,
    )


def round_(by: Person, year: int = 2018, **more: Any) -> Round:
    """An open round of 600,000 yuan with a consultation theme of 200,000 and a general theme of 400,000."""
    made = Round(
        **{
            "year": year,
            "ordinal": year - 2015,
            "name": f"{year}年第{year - 2015}届公益创投",
            "total": 60000000,
            "allotted": 60000000,
            "state": RoundState.OPEN,
            "opens_at": NOON - timedelta(days=10),
            "closes_at": NOON + timedelta(days=10),
            "created_at": NOON - timedelta(days=20),
            "created_by": by,
            "themes": [
                theme("consultation", "城乡社区协商民主", 20000000, 5000000, True, position=0),
                theme("general", "综合服务", 40000000, 5000000, position=1),
            ],
            "fields": [
                ServiceField(code=code, name=name, position=place)
                for place, (code, name) in enumerate(
                    (
                        ("youth", "青少年"),
                        ("disabled", "残疾人"),
                        ("old", "老年人"),
                        ("need", "困难群体"),
                        ("women", "妇女"),
                    )
                )
            ],
            "sources": [
                Source(
                    document_no="虚构〔2018〕1号",
                    kind=MoneyKind.LOTTERY,
                    year=year,
                    amount=max(60000000, more.get("total", 0)),
                )
            ],
            "plan": [
                PlanPart(number=1, name="首期款", weight=50, condition=Condition.SIGNED),
                PlanPart(number=2, name="中期款", weight=30, condition=Condition.MIDTERM),
                PlanPart(number=3, name="尾款", weight=20, condition=Condition.CLOSING),
            ],
            "papers": [
                PaperKind(code="certificate", name="登记证书"),
                PaperKind(code="pledge", name="承诺书", position=1),
            ],
            "rules": [EligibilityRule(code="legal_person", text="依法登记的社会组织")],
            **more,
        }
    )
    for each in made.themes if made.presentation_weight else ():
        if not each.sheet(Phase.PRESENTATION):
            each.criteria += sheet_of(PRESENTATION, Phase.PRESENTATION)
    return _add(made)


def question(round: Round, title: str, kind: QuestionKind = QuestionKind.TEXT, **more: Any) -> OwnQuestion:
    """An own question at the end of the round's; choices as texts."""
    choices = [[f"c{place}", text] for place, text in enumerate(more.pop("choices", ()), start=1)]
    place = len(round.questions) + 1
    made = OwnQuestion(
        **{"code": f"q{place}", "kind": kind, "title": title, "choices": choices, "position": place, **more}
    )
    round.questions.append(made)
    db.session.flush()
    return made


def set_aside(round: Round, amount: int, kind: SetAsideKind = SetAsideKind.OPERATOR) -> SetAside:
    """Money of the round beside its grants."""
    return _add(SetAside(round_id=round.id, kind=kind, amount=amount))


def application(
    round: Round,
    *,
    theme: Theme | None = None,
    organization_: Organization | None = None,
    by: Person,
    state: State = State.DRAFT,
    **more: Any,
) -> Application:
    """An application with a budget that adds up; frozen as a version unless it is a draft."""
    number = next(_numbers)
    organization_ = organization_ or organization()
    asked = more.pop("asked", 4000000)
    made = Application(
        **{
            "round": round,
            "organization": organization_,
            "theme": theme or round.themes[0],
            "field": round.fields[0],
            "state": state,
            "title": f"虚构项目{number}",
            "starts_on": date(round.year, 8, 1),
            "ends_on": date(round.year + 1, 4, 30),
            "asked": asked,
            "direct": 200,
            "indirect": 800,
            "answers": {"summary": "虚构概述", "need": "虚构需求"},
            "created_at": NOON,
            "created_by_id": by.id,
            "saved_at": NOON,
            "saved_by_id": by.id,
            "communities": [community()],
            "costs": [
                CostLine(
                    table=CostTable.GRANT,
                    category=Category.ACTIVITY,
                    content="活动物资",
                    unit_price=asked,
                    quantity=100,
                    unit="项",
                    amount=asked,
                )
            ],
            "funds": [Fund(kind=FundKind.GRANT, amount=asked)],
            **more,
        }
    )
    if state is not State.DRAFT:
        made.number = made.number or f"{round.year}-{number:03d}"
        made.submitted_at = made.submitted_at or NOON
        _add(made)
        _add(
            Version(
                application=made,
                number=1,
                key=f"key-{number}",
                content="{}",
                sha256="0" * 64,
                receipt=f"R{number:06d}",
                theme_id=made.theme.id,
                asked=asked,
                total=made.total,
                submitted_at=made.submitted_at,
                submitted_by_id=by.id,
            )
        )
        standings.reckon_all([made.id])
        return made
    return _add(made)


def panel(round: Round, size: int = 5) -> list[Panelist]:
    return [
        _add(
            Panelist(
                round=round, person=person(Role.EXPERT, name=f"虚构专家{place}"), number=place, added_at=NOON
            )
        )
        for place in range(1, size + 1)
    ]


def sheet(
    application: Application,
    panelist: Panelist,
    values: list[int] | int,
    state: SheetState = SheetState.HANDED_IN,
    phase: Phase = Phase.PAPERS,
) -> Sheet:
    """A sheet with these marks (hundredths) in the theme's order of criteria; one int is spread in proportion."""
    assert application.theme is not None
    criteria = application.theme.sheet(phase)
    if isinstance(values, int):
        values = [values * criterion.max // 10000 for criterion in criteria[:-1]] + [0]
        values[-1] = 0
    made = _add(
        Sheet(
            application=application,
            panelist=panelist,
            phase=phase,
            state=state,
            total=sum(value for value, one in zip(values, criteria, strict=True) if not one.bonus),
            saved_at=NOON,
            handed_in_at=NOON if state is SheetState.HANDED_IN else None,
            marks=[
                Mark(criterion_id=criterion.id, value=value)
                for criterion, value in zip(criteria, values, strict=True)
            ],
        )
    )
    if state is SheetState.HANDED_IN:
        trail.say(panelist.person, "review.hand_in", made, total=made.total)
    standings.reckon_all([application.id])
    return made


def reader(application: Application, person: Person) -> None:
    """Let somebody outside staff and organization read the application."""
    _add(Reader(application_id=application.id, person_id=person.id))
    standings.reckon_all([application.id])


def award(
    application: Application,
    *,
    amount: int | None = None,
    officer: Person,
    approver: Person,
    signed_on: date | None = None,
) -> Award:
    """A live award with its instalments, its share of the theme's counter and its entry, as a decision leaves it."""
    assert application.theme is not None and application.asked is not None
    amount = application.asked if amount is None else amount
    decision = _add(
        Decision(
            round=application.round,
            number=next(_numbers),
            rules={},
            state=DecisionState.APPROVED,
            held_on=date(2018, 6, 20),
            minutes_no="虚构纪要1号",
            proposed_at=NOON,
            proposed_by_id=officer.id,
            approved_at=NOON,
            approved_by_id=approver.id,
        )
    )
    line = _add(
        DecisionLine(
            decision=decision,
            application=application,
            theme_id=application.theme.id,
            position=1,
            rank=1,
            score=8500,
            asked=application.asked,
            recommended=amount,
            computed=amount,
            outcome="funded",
            decided=amount,
        )
    )
    application.state = State.CONTRACTED if signed_on else State.AWARDED
    application.theme.committed += amount
    number = next(_numbers)
    plan = application.round.plan
    made = Award(
        application=application,
        line=line,
        theme=application.theme,
        project_no=f"HM{application.round.year}{number:03d}",
        requested=application.asked,
        recommended=amount,
        amount=amount,
        awarded_at=NOON,
        agreement_no=f"协议{number:03d}" if signed_on else None,
        signed_on=signed_on,
    )
    made.instalments = [
        Instalment(
            number=part.number,
            name=part.name,
            weight=part.weight,
            amount=share,
            condition=part.condition,
            due_days=15,
        )
        for part, share in zip(plan, schedule(amount, [part.weight for part in plan]), strict=True)
    ]
    _add(made)
    book(
        "award",
        key=f"award-{line.id}",
        source=Account.EARMARK,
        target=Account.COMMITTED,
        amount=amount,
        award=made,
        by=officer,
        at=NOON,
    )
    trail.say(officer, "budget.award", made, project_no=made.project_no, amount=amount)
    standings.reckon_all([application.id])
    return made


__all__ = [name for name in dir() if not name.startswith("_") and name not in {"Any", "Base"}]
