"""The eligibility desk: the round's rules held against what is on record of each application."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from venture import clock, workdays
from venture.applications import access, eligibility, parts
from venture.applications.eligibility import Facts, Finding, PastProject, Result, Rule, Stay
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.applications.queries.comparing import alike_by_application
from venture.applications.queries.form import Correction, correction_of, limit_of
from venture.applications.queries.lists import has_letter, sent
from venture.applications.queries.owing import Owed, Proof, later_papers, owed, proofs
from venture.applications.queries.single import parts_of
from venture.db import db
from venture.people import queries as people
from venture.people.models import ListKind, Organization, Person
from venture.rounds.models import Round
from venture.words import N_, Word


class Reason(Word):
    """Why an application waits; beside these, the codes of the round's rules."""

    DECIDE = "decide", N_("To be decided")
    CLEAR = "clear", N_("All rules fulfilled")
    RETURNED = "returned", N_("Waiting for the organization")
    OVERDUE = "overdue", N_("Not completed in its term")
    ALIKE = "alike", N_("Near-duplicates nobody looked at")


@dataclass(frozen=True)
class Desked:
    """One row of the eligibility desk: findings of the rules, their verdict, and whether it is one's own.

    An application that waits does so `since` a day, `waited` days long: for the desk since it was submitted, for its
    organization since it was sent back; `over`: nothing is taken any more. `alike`: in how many pairs of
    near-duplicates it is, and how many of these nobody has looked at. `owed` are the papers that are still to come,
    `proofs` what the codes on its scans say.
    """

    application: Application
    findings: list[Finding]
    verdict: Result
    own: bool
    version: int
    since: date | None
    waited: int
    over: bool
    correction: Correction
    alike: tuple[int, int]
    owed: list[Owed]
    proofs: list[Proof]

    @property
    def lettered(self) -> bool:
        """Whether there is a letter to its organization."""
        return has_letter(self.application)

    @property
    def overdue(self) -> bool:
        """Whether it was sent back and not completed in its term."""
        return self.application.state is State.RETURNED and self.over

    @property
    def to_decide(self) -> bool:
        """Whether the desk can decide on it now."""
        return self.application.state is State.SUBMITTED or self.overdue

    def waits_for(self, reason: str) -> bool:
        """Whether it belongs on the work list of this reason: a Reason's value or the code of a rule."""
        state = self.application.state
        fits = {
            Reason.DECIDE: self.to_decide,
            Reason.CLEAR: state is State.SUBMITTED and self.verdict is Result.PASS,
            Reason.RETURNED: state is State.RETURNED and not self.overdue,
            Reason.OVERDUE: self.overdue,
            Reason.ALIKE: self.to_decide and self.alike[1] > 0,
        }
        if reason in set(Reason):
            return fits[Reason(reason)]
        waits = state in (State.SUBMITTED, State.RETURNED)
        return waits and any(
            found.rule == reason and found.result is not Result.PASS for found in self.findings
        )

    @property
    def open_findings(self) -> list[Finding]:
        """What a person has to look at: what failed, is unclear, or was ticked by somebody."""
        return [
            found for found in self.findings if found.result is not Result.PASS or "ticked" in found.facts
        ]


def desk(round: Round, person: Person, at: datetime) -> list[Desked]:
    """All applications of the round that were sent, with findings; what has waited longest first, what is decided last
    and by number. Constant statements.
    """
    rows = db.session.scalars(
        sent(round, person).options(*parts_of()).order_by(Application.number, Application.id)
    ).all()
    day = clock.beijing_day(min(at, round.closes_at))
    rules = rules_of(round)
    titles, calendar, today = _titles(rows), workdays.calendar(), clock.beijing_day(at)
    alike = alike_by_application(round, person)
    desked = []
    for row in rows:
        others = [title for id, title in titles.get(_root(row.organization), []) if id != row.id]
        found = eligibility.findings(rules, facts_of(row, others), day)
        number = row.versions[-1].number if row.versions else 0
        own = access.is_own(person, row.organization) or access.entered(person, row)
        since = _since(row)
        desked.append(
            Desked(
                row,
                found,
                eligibility.verdict(found),
                own,
                number,
                since=since,
                waited=(today - since).days if since else 0,
                over=at >= limit_of(row),
                correction=correction_of(row, calendar),
                alike=alike.get(row.id, (0, 0)),
                owed=owed(later_papers(row, at, state=row.state, calendar=calendar)),
                proofs=proofs(row),
            )
        )
    return sorted(desked, key=lambda each: (each.since is None, each.since or today, each.application.id))


def _since(row: Application) -> date | None:
    """The day since which it waits: for the desk, or for its organization."""
    if row.state is State.RETURNED:
        return row.returned_on or (row.submitted_at and clock.beijing_day(row.submitted_at))
    if row.state is State.SUBMITTED:
        sent = row.versions[-1].submitted_at if row.versions else row.submitted_at
        return sent and clock.beijing_day(sent)
    return None


def findings_of(application: Application, at: datetime) -> list[Finding]:
    """The round's rules held against one application."""
    others = [
        title
        for id, title in _titles(
            db.session.scalars(
                select(Application)
                .where(
                    Application.round_id == application.round_id,
                    Application.organization_id.in_(people.family(application.organization)),
                )
                .options(joinedload(Application.organization))
            ).all()
        ).get(_root(application.organization), [])
        if id != application.id
    ]
    day = clock.beijing_day(min(at, application.round.closes_at))
    return eligibility.findings(rules_of(application.round), facts_of(application, others), day)


def rules_of(round: Round) -> list[Rule]:
    """The round's rules of eligibility, as eligibility knows them."""
    return [Rule(rule.code, rule.parameter) for rule in round.rules]


def _root(body: Organization) -> int:
    """The id by which all records of one organization are one."""
    return body.merged_into_id or body.id


def _titles(rows: Sequence[Application]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for row in rows:
        if row.submitted_at is not None and row.state is not State.WITHDRAWN:
            found.setdefault(_root(row.organization), []).append((row.id, row.title))
    return found


def facts_of(application: Application, others: Sequence[str]) -> Facts:
    """What is known of the body that would be paid, by all its records, for the rules."""
    records = application.organization.family
    body = records[0]
    stays: dict[ListKind, list[Stay]] = {kind: [] for kind in ListKind}
    for listing in [listing for record in records for listing in record.listings]:
        stays[listing.kind].append(Stay(listing.from_on, listing.to_on))
    return Facts(
        kind=body.kind,  # type: ignore[arg-type]  # the model promises a Word, which credit_code makes a Kind
        round_year=application.round.year,
        title=application.title,
        registered_on=body.registered_on,
        reports={report.year: report.result.value for record in records[::-1] for report in record.reports},
        rating=body.rating,
        rated_in=body.rated_in,
        abnormal=stays[ListKind.ABNORMAL],
        dishonest=stays[ListKind.DISHONEST],
        lists_checked_on=body.lists_checked_on,
        offences=[stay.first for stay in stays[ListKind.OFFENCE]],
        bans=[Stay(ban.from_on, ban.to_on) for record in records for ban in record.bans],
        past=[
            PastProject(past.year, past.title, past.closed, past.broken_off)
            for record in records
            for past in record.records
            if past.year < application.round.year
        ],
        others=list(others),
        region=body.credit_code[2:8],
        name=body.name,
        account_name=body.account_name if body.account_no else "",
        insured=sum(
            row.get("insured") == "yes" for row in parts.filled(application.answers.get("team") or [])
        ),
        ticks={
            check.rule: check.result is Result.PASS
            for check in application.checks
            if check.result is not Result.UNCLEAR
        },
    )
