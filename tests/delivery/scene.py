"""A signed project with a budget of several heads, its people on both sides, and its records by the real verbs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import make
from client import save
from flask import current_app

from venture.applications.models import Application, Category, CostLine, CostTable
from venture.budget.models import Award
from venture.delivery import actions, queries
from venture.delivery.models import Activity, Payee, Shows, Spending, Taking
from venture.demo import evidence
from venture.people.models import Organization, Person
from venture.roles import Role
from venture.rounds.models import Round

AT = datetime(2018, 9, 10, 2, tzinfo=UTC)
"""A Monday morning in Beijing."""
LINES = (
    (CostTable.GRANT, Category.ACTIVITY, 2_800_000),
    (CostTable.GRANT, Category.EXPERT, 400_000),
    (CostTable.GRANT, Category.STAFF, 400_000),
    (CostTable.GRANT, Category.MANAGEMENT, 400_000),
    (CostTable.MATCHING, Category.ACTIVITY, 500_000),
)


@dataclass
class Project:
    """One running project and those who deal with it."""

    award: Award
    organization: Organization
    member: Person
    operator: Person
    officer: Person
    approver: Person
    round: Round

    @property
    def application(self) -> Application:
        return self.award.application

    def head(self, category: Category, table: CostTable = CostTable.GRANT) -> Any:
        return queries.head_of(queries.heads_of(self.award), self.award, table, category)


def project(number: int = 0, of: Round | None = None, **more: Any) -> Project:
    """A project of 40,000 yuan, signed on 20 August 2018; of the round given, else of one of its own."""
    officer = make.person(Role.OFFICER, name="经办人甲")
    approver = make.person(Role.APPROVER, name="负责人乙")
    round = of or make.round_(officer, **{"staff_cap": 30, **more})
    organization = make.organization()
    member = make.person(Role.APPLICANT, organization=organization, name="项目负责人戊")
    costs = [
        CostLine(table=t, category=c, content="虚构", unit_price=amount, quantity=100, amount=amount)
        for t, c, amount in LINES
    ]
    application = make.application(
        round, organization_=organization, by=member, state=make.State.ON_NOTICE, costs=costs
    )
    award = make.award(application, officer=officer, approver=approver, signed_on=date(2018, 8, 20))
    operator = make.person(Role.OPERATOR, name="承办丙")
    save()
    return Project(award, organization, member, operator, officer, approver, round)


def photo(number: int = 1, shows: Shows = Shows.PHOTO, children: bool = False) -> actions.Sent:
    return actions.Sent(evidence.picture(number, current_app.config["UPLOADS"]), shows, children)


def told(**more: Any) -> actions.Told:
    return actions.Told(
        **{"subject": "邻里议事", "held_on": date(2018, 9, 8), "place": "虚构村文化站", **more}
    )


COUNTS = {Taking.SERVED: actions.Came(30, 42), Taking.VOLUNTEER: actions.Came(6, 6)}


def activity(of: Project, key: str = "a1", **more: Any) -> Activity:
    sent = more.pop("sent", None) or [photo()]
    given = {"told": told(), "counts": COUNTS, "by": of.member, "at": AT, **more}
    return actions.record(award=of.award, key=key, sent=sent, **given)


def line(
    category: Category = Category.ACTIVITY, price: int = 12_000, quantity: int = 300, **more: Any
) -> Any:
    """Three at 120 yuan, of the grant."""
    usual = {
        "table": CostTable.GRANT,
        "content": "活动物资",
        "unit": "份",
        "spent_on": date(2018, 9, 8),
        "voucher_no": "记-12",
        "payee": Payee.COMPANY,
    }
    return queries.Line(category=category, unit_price=price, quantity=quantity, **{**usual, **more})


def spend(of: Project, *lines: Any, key: str = "s1", **more: Any) -> list[Spending]:
    return actions.spend(
        award=of.award, key=key, lines=lines or (line(),), **{"by": of.member, "at": AT, **more}
    )
