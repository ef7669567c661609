"""A whole application as an applicant types it, part by part through the verbs; every part may be overridden."""

from typing import Any

import make

from venture.applications import actions, parts, queries
from venture.applications.models import Application
from venture.files import Staged
from venture.people.models import Organization, Person
from venture.rounds.models import Due, Round

SHEET: dict[str, Any] = {
    "won_before": "no",
    "title": "邻里议事会陪伴计划",
    "theme": "general",
    "field": "old",
    "starts_on": "2018-08-01",
    "ends_on": "2019-04-30",
    "asked": "40,000.00",
    "direct": "200",
    "indirect": "800",
    "summary": "虚构概述",
    "need": "虚构需求",
    "beneficiaries_text": "社区老年人",
    "beneficiaries": [{"kind": "老年人", "count": "200", "note": ""}],
    "goal": "虚构目标",
    "goals": [{"text": "开展活动", "unit": "场", "target": "12"}],
    "plan": [
        {"phase": "一", "period": "2018年8月", "activity": "走访", "times": "4", "persons": "", "output": ""}
    ],
    "feature": "虚构特色",
    "risks": "虚构风险",
    "fund_own": "5,000.00",
    "costs_grant": [
        {"category": "activity", "content": "物资", "unit_price": "360", "quantity": "100", "unit": "份"},
        {"category": "management", "content": "办公", "unit_price": "4,000", "quantity": "1", "unit": "项"},
    ],
    "costs_matching": [
        {"category": "volunteer", "content": "补贴", "unit_price": "50", "quantity": "100", "unit": "人次"}
    ],
    "lead_name": "虚构负责人",
    "lead_position": "主任",
    "lead_phone": "13800000001",
    "team": [
        {"name": "虚构甲", "role": "社工", "time": "半职", "insured": "yes"},
        {"name": "虚构乙", "role": "财务", "time": "兼职", "insured": "no"},
    ],
    "pledge": "yes",
}
THEME: dict[str, Any] = {
    "theme": "consultation",
    "council_exists": "yes",
    "steps": ["1", "2"],
    "topic_source": "走访",
    "expected_matters": "4",
    "meetings": [{"kind": "council", "times": "4"}],
    "baseline": "虚构基线",
}


def fill(application: Application, *, by: Person, **more: Any) -> Application:
    """Type the whole form and attach every paper due with it; `more` overrides single fields."""
    typed = {**SHEET, "communities": [make.community().code], **more}
    for part in parts.PARTS:
        actions.save_part(
            application=application,
            part=part,
            posted={field.key: typed[field.key] for field in part.fields if field.key in typed},
            seen=application.revision,
            base=None,
            by=by,
            at=make.NOON,
        )
    for kind in application.round.papers:
        if kind.due is not Due.SUBMIT:
            continue
        staged = Staged(f"{kind.position:064x}", f"{kind.name}.pdf", "application/pdf", 1000)
        actions.attach(application=application, kind=kind, staged=staged, by=by, at=make.NOON)
    return application


def draft(round: Round, organization: Organization, *, by: Person, **more: Any) -> Application:
    """A draft that nothing stands in the way of."""
    made = actions.start(round=round, organization=organization, theme=None, by=by, at=make.NOON)
    return fill(made, by=by, **more)


def sent(round: Round, organization: Organization, *, by: Person, key: str = "", **more: Any) -> Application:
    """A submitted application with its version, number and place."""
    made = draft(round, organization, by=by, **more)
    actions.submit(application=made, by=by, key=key or f"key-{made.id}", seen=made.revision, at=make.NOON)
    return made


def reload(application: Application, person: Person) -> Application:
    """The application as the person sees it now."""
    found = queries.one(application.id, person)
    assert found is not None
    return found
