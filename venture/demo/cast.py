"""Who takes part in the demonstration, entered as the bureau would enter them."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask import current_app

from venture.db import db
from venture.deliberation import actions as deliberation
from venture.demo import content
from venture.people import actions as people
from venture.people import proofs
from venture.people.credit_code import body_check, check_sign
from venture.people.models import (
    Authenticator,
    Community,
    CommunityKind,
    Grant,
    Organization,
    Person,
    YearlyResult,
)
from venture.review import actions as review
from venture.review.defaults import Record
from venture.review.models import Affiliated, Competence, PoolState, Title
from venture.roles import Role

BEGAN = datetime(2018, 3, 1, 1, 0, tzinfo=UTC)


@dataclass
class Cast:
    """The people by their key, the organizations and communities in the order of `content`."""

    people: dict[str, Person] = field(default_factory=dict)
    leads: list[Person] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    communities: list[Community] = field(default_factory=list)

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def clerk_of(self, place: int) -> Person:
        """Who keeps the books of a community."""
        return self["clerk"] if place in content.CLERKS_VILLAGES else self["clerk2"]

    @property
    def experts(self) -> list[Person]:
        return [self[f"expert{number}"] for number in range(1, 6)]


def assemble() -> Cast:
    """Enter everybody. The first act of the trail says that this is the demonstration."""
    cast = Cast()
    for role, key, name, position in (*content.CARDS, *content.OTHERS):
        cast.people[key] = _person(key, name, position)
        if role not in {Role.APPLICANT, Role.CLERK}:
            _grant(cast[key], role)
    officer = cast["officer"]
    for place, village in enumerate(content.VILLAGES):
        community = deliberation.register_community(
            code=f"320684{101 + place // 4:03d}{200 + place if village.rural else 1 + place:03d}",
            name=village.name,
            town=village.town,
            kind=CommunityKind.RURAL if village.rural else CommunityKind.URBAN,
            households=village.households,
            residents=village.residents,
            platform_begun_on=date(2017, 9, 1) if place < 9 else None,
            by=officer,
            at=BEGAN,
        )
        community.invented = True
        cast.communities.append(community)
        _grant(cast.clerk_of(place), Role.CLERK, community=community)
    for place, (name, kind, rating) in enumerate(content.ORGANIZATIONS):
        lead = (
            cast["applicant"]
            if place == 0
            else _person(f"lead{place}", f"负责人{place}（虚构）", "项目负责人")
        )
        organization = _organization(place, name, kind, rating, officer)
        _grant(lead, Role.APPLICANT, organization=organization)
        cast.leads.append(lead)
        cast.organizations.append(organization)
    db.session.flush()
    _pool(cast, officer)
    return cast


def _pool(cast: Cast, officer: Person) -> None:
    """The pool of experts: what each can judge, one who advised an organization, one blocked and one who left."""
    people_ = [cast[key] for key, *_ in content.EXPERTS]
    university = _code("12", 90)
    made = review.take_in(people=people_, by=officer, at=BEGAN)
    for expert, (key, title, fields, employer) in zip(made, content.EXPERTS, strict=True):
        advised = [(cast.organizations[20].credit_code, "2017年授课")] if key == "expert7" else []
        lives = [(cast.communities[9].code, "")] if key == "expert9" else []
        record = Record(
            Title(title),
            expert.person.position,
            university if employer else "",
            employer,
            frozenset(map(Competence, fields.split())),
            {Affiliated.ADVISER: advised, Affiliated.RESIDENT: lives},
        )
        review.save_expert(expert=expert, record=record, seen=expert.revision, by=officer, at=BEGAN)
        if key in content.LEFT:
            state, reason = content.LEFT[key]
            review.set_state(expert=expert, state=PoolState(state), reason=reason, by=officer, at=BEGAN)


def _person(key: str, name: str, position: str) -> Person:
    person = Person(
        name=name, position=position, email=content.address(key), invented=True, active=True, created_at=BEGAN
    )
    db.session.add(person)
    db.session.flush()
    secret = current_app.config["SECRET_KEY"]
    sealed = proofs.seal(secret, seed_of(secret, key))
    db.session.add(Authenticator(person_id=person.id, seed=sealed, next_seed=None, confirmed_at=BEGAN))
    return person


def seed_of(secret: str, key: str) -> str:
    """The seed of somebody's authenticator: real, but shown on the role cards, so that anybody can try it."""
    return base64.b32encode(hashlib.sha256(f"demonstration {key} {secret}".encode()).digest()[:20]).decode()


def _grant(
    person: Person,
    role: Role,
    organization: Organization | None = None,
    community: Community | None = None,
) -> None:
    person.grants.append(Grant(role=role, given_at=BEGAN, organization=organization, community=community))
    db.session.flush()


def _code(kind: str, place: int) -> str:
    """A valid credit code of a body that does not exist."""
    draft = f"{kind}320684MJ{700001 + 37 * place:06d}00"
    draft = draft[:16] + (body_check(draft) or "0") + "0"
    return draft[:17] + check_sign(draft)


def _organization(place: int, name: str, kind: str, rating: int, officer: Person) -> Organization:
    made = people.register(code=_code(kind, place), name=name, by=officer, at=BEGAN)
    made.invented = True
    made.registered_on = date(2012 + place % 5, 1 + place % 12, 6)
    values = {
        "registrar": "海门市民政局",
        "address": f"虚构路{place + 1}号",
        "postcode": "226100",
        "introduction": "为演示而虚构的社会组织，长期在本地开展社区服务。",
        "rating": rating,
        "rated_in": 2016,
        "legal_representative": f"法定代表人{place}（虚构）",
        "representative_position": "理事长",
        "representative_phone": "0513-80000000",
        "representative_email": content.address(f"org{place}"),
    }
    people.save_organization(organization=made, values=values, by=officer, at=BEGAN)
    people.change_account(
        organization=made,
        account_name=name,
        bank="虚构银行海门支行",
        account_no=f"6222000000{place:02d}0018{place:03d}",
        by=officer,
        at=BEGAN,
    )
    for year in (2016, 2017):
        people.report_year(organization=made, year=year, result=YearlyResult.PASSED, by=officer, at=BEGAN)
    return made
