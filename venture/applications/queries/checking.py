"""The eligibility desk: the round's rules held against what is on record of each application."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from venture import clock
from venture.applications import access, eligibility
from venture.applications.eligibility import Facts, Finding, PastProject, Result, Rule, Stay
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.applications.queries.lists import sent
from venture.applications.queries.single import whole
from venture.db import db
from venture.people.models import ListKind, Person
from venture.rounds.models import Round


@dataclass(frozen=True)
class Desked:
    """One row of the eligibility desk: findings of the rules, their verdict, and whether it is one's own."""

    application: Application
    findings: list[Finding]
    verdict: Result
    own: bool
    version: int

    @property
    def open_findings(self) -> list[Finding]:
        """What a person has to look at: what failed, is unclear, or was ticked by somebody."""
        return [
            found for found in self.findings if found.result is not Result.PASS or "ticked" in found.facts
        ]


def desk(round: Round, person: Person, at: datetime) -> list[Desked]:
    """All applications of the round that were sent, by number, with findings. Constant statements."""
    rows = db.session.scalars(
        sent(round, person).options(*whole()).order_by(Application.number, Application.id)
    ).all()
    day = clock.beijing_day(min(at, round.closes_at))
    rules = rules_of(round)
    titles = _titles(rows)
    desked = []
    for row in rows:
        others = [title for id, title in titles.get(row.organization_id, []) if id != row.id]
        found = eligibility.findings(rules, facts_of(row, others), day)
        number = row.versions[-1].number if row.versions else 0
        own = access.is_own(person, row.organization) or access.entered(person, row)
        desked.append(Desked(row, found, eligibility.verdict(found), own, number))
    return desked


def findings_of(application: Application, at: datetime) -> list[Finding]:
    """The round's rules held against one application."""
    others = [
        title
        for id, title in _titles(
            db.session.scalars(
                select(Application).where(
                    Application.round_id == application.round_id,
                    Application.organization_id == application.organization_id,
                )
            ).all()
        ).get(application.organization_id, [])
        if id != application.id
    ]
    day = clock.beijing_day(min(at, application.round.closes_at))
    return eligibility.findings(rules_of(application.round), facts_of(application, others), day)


def rules_of(round: Round) -> list[Rule]:
    """The round's rules of eligibility, as eligibility knows them."""
    return [Rule(rule.code, rule.parameter) for rule in round.rules]


def _titles(rows: Sequence[Application]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        if row.submitted_at is not None and row.state is not State.WITHDRAWN:
            found.setdefault(row.organization_id, []).append((row.id, row.title))
    return found


def facts_of(application: Application, others: Sequence[str]) -> Facts:
    """What is known of the body that would be paid, for the rules."""
    body = application.organization
    stays: dict[ListKind, list[Stay]] = {kind: [] for kind in ListKind}
    for listing in body.listings:
        stays[listing.kind].append(Stay(listing.from_on, listing.to_on))
    return Facts(
        kind=body.kind,  # type: ignore[arg-type]  # the model promises a Word, which credit_code makes a Kind
        round_year=application.round.year,
        title=application.title,
        registered_on=body.registered_on,
        reports={report.year: report.result.value for report in body.reports},
        rating=body.rating,
        rated_in=body.rated_in,
        abnormal=stays[ListKind.ABNORMAL],
        dishonest=stays[ListKind.DISHONEST],
        lists_checked_on=body.lists_checked_on,
        offences=[stay.first for stay in stays[ListKind.OFFENCE]],
        bans=[Stay(ban.from_on, ban.to_on) for ban in body.bans],
        past=[
            PastProject(record.year, record.title, record.closed)
            for record in body.records
            if record.year < application.round.year
        ],
        others=list(others),
        ticks={
            check.rule: check.result is Result.PASS
            for check in application.checks
            if check.result is not Result.UNCLEAR
        },
    )
