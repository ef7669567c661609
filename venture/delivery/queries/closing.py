"""How far projects are from their end: what is missing, what the audit accepted, what is settled."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from venture import money, trail
from venture.applications.lifecycle import State
from venture.applications.models import CostTable
from venture.budget import queries as budget
from venture.budget.instalments import Settlement, settlement
from venture.budget.models import Award, AwardState
from venture.db import db
from venture.delivery.grading import Phase
from venture.delivery.heads import Head
from venture.delivery.models import (
    Audit,
    ClosingRule,
    Closure,
    Evaluation,
    Report,
    ReportState,
)
from venture.delivery.queries.reports import asks_midterm, on_paper, rules
from venture.delivery.queries.running import heads_of
from venture.people.models import Person
from venture.refusal import Blocker
from venture.rounds.models import Round, Theme


def ends_waiting(round: Round) -> tuple[int, int, int]:
    """How many reports of the round wait for a decision, results for a confirmation, audits for a check."""
    mine = select(Award.id).join(Award.theme).where(Theme.round_id == round.id)
    reports = select(func.count()).select_from(Report)
    results = select(func.count()).select_from(Evaluation)
    audits = select(func.count()).select_from(Audit)
    return (
        db.session.scalar(reports.where(Report.award_id.in_(mine), Report.state == ReportState.HANDED_IN))
        or 0,
        db.session.scalar(
            results.where(
                Evaluation.award_id.in_(mine),
                Evaluation.proposed_at.is_not(None),
                Evaluation.confirmed_at.is_(None),
            )
        )
        or 0,
        db.session.scalar(
            audits.where(Audit.award_id.in_(mine), Audit.checked_at.is_(None), Audit.returned == "")
        )
        or 0,
    )


@dataclass(frozen=True)
class Standing:
    """All on which the end of one project depends."""

    award: Award
    rule: ClosingRule
    audit: Audit | None = None
    closure: Closure | None = None
    reports: dict[Phase, Report] = field(default_factory=dict)
    evaluations: dict[Phase, Evaluation] = field(default_factory=dict)  # the latest of each

    @property
    def over(self) -> bool:
        """Whether the project has ended, also when its end was not recorded here."""
        return self.closure is not None or self.award.application.state in (State.CLOSED, State.TERMINATED)

    @property
    def missing(self) -> list[Blocker]:
        """What is still to come before the project can be closed; empty: it can be."""
        award = self.award
        facts: dict[str, Any] = {"project": award.application.title}
        if self.closure is not None:
            return [Blocker("delivery.closed", "", {**facts, "at": self.closure.closed_at})]
        if award.state is not AwardState.LIVE:
            return [Blocker("budget.award_cancelled", "", {**facts, "instalment": ""})]
        if award.agreement_no is None:
            return [Blocker("budget.not_signed", "", facts)]
        if self.over:
            return [Blocker("delivery.not_under_way", "", {**facts, "state": award.application.state})]
        found = []
        for phase in Phase:
            begun = phase in self.reports or phase in self.evaluations
            if phase is Phase.FINAL or begun or (asks_midterm(award, self.rule) and not on_paper(award)):
                found += self._of_phase(phase, facts | {"phase": phase})
        if self.audit is None:
            found.append(Blocker("delivery.audit_missing", "", facts))
        elif self.audit.checked_at is None:
            found.append(Blocker("delivery.audit_unchecked", "", facts))
        for part in award.instalments:
            standing = budget.payment_of(part)
            if standing is not None and standing.state in budget.UNDERWAY:
                found.append(Blocker("delivery.payment_under_way", "", {**facts, "instalment": part.name}))
        return found

    def _of_phase(self, phase: Phase, facts: dict[str, Any]) -> list[Blocker]:
        report, evaluation = self.reports.get(phase), self.evaluations.get(phase)
        if report is None or report.state is not ReportState.ACCEPTED:
            return [Blocker("delivery.report_missing", "", facts)]
        if evaluation is None or evaluation.confirmed_at is None:
            return [Blocker("delivery.evaluation_missing", "", facts)]
        if not evaluation.passed:
            return [Blocker("delivery.evaluation_failed", "", facts)]
        if evaluation.objection is not None and evaluation.objection.answered_at is None:
            return [Blocker("delivery.objection_open", "", facts)]
        return []

    @property
    def settlement(self) -> Settlement | None:
        """What is still paid or comes back, by the audit that is entered; None before there is one."""
        if self.closure is not None:
            return Settlement(self.closure.to_pay, self.closure.to_return)
        if self.audit is None:
            return None
        return settlement(self.award.entitled - self.award.freed, self.award.paid, self.audit.accepted)


def standings(awards: Sequence[Award], rule: ClosingRule) -> dict[int, Standing]:
    """How far each project is from its end, by award id. Six statements, however many."""
    ids = [award.id for award in awards]
    audits = db.session.scalars(
        select(Audit)
        .where(Audit.award_id.in_(ids))
        .options(selectinload(Audit.lines), joinedload(Audit.entered_by), joinedload(Audit.checked_by))
        .execution_options(populate_existing=True)
    )
    by_award = {audit.award_id: audit for audit in audits}
    closures = db.session.scalars(
        select(Closure).where(Closure.award_id.in_(ids), Closure.reopened_at.is_(None))
    )
    closed = {closure.award_id: closure for closure in closures}
    reports: dict[int, dict[Phase, Report]] = {id: {} for id in ids}
    for report in db.session.scalars(select(Report).where(Report.award_id.in_(ids))):
        reports[report.award_id][report.phase] = report
    evaluations: dict[int, dict[Phase, Evaluation]] = {id: {} for id in ids}
    for each in db.session.scalars(
        select(Evaluation)
        .where(Evaluation.award_id.in_(ids))
        .options(joinedload(Evaluation.objection))
        .order_by(Evaluation.number)
    ):
        evaluations[each.award_id][each.phase] = each
    return {
        award.id: Standing(
            award,
            rule,
            by_award.get(award.id),
            closed.get(award.id),
            reports[award.id],
            evaluations[award.id],
        )
        for award in awards
    }


def standing(award: Award) -> Standing:
    """How far one project is from its end."""
    return standings([award], rules(award.application.round))[award.id]


def set_right(standing: Standing) -> list[trail.Correction]:
    """What was corrected on a project's award, instalments and audit, oldest first. At most three statements."""
    award, audit = standing.award, standing.audit
    found: list[trail.Correction] = []
    for rows in ([award], award.instalments, [audit] if audit else []):
        for kept in trail.corrections_of(rows).values():
            found += kept
    return sorted(found, key=lambda each: each.id)


def closings(round: Round, person: Person) -> list[Standing]:
    """The signed projects of a round with how far each is from its end, by theme and number. Constant statements."""
    signed = [award for award in budget.awards(round, person) if award.agreement_no is not None]
    found = standings(signed, rules(round))
    return [found[award.id] for award in signed]


def planned(award: Award) -> list[Head]:
    """What the audit goes through: each head of the grant, with its budget now and what was spent under it."""
    return [head for head in heads_of(award) if head.table is CostTable.GRANT]


# --- promises ---


def broken_ends() -> Iterator[str]:
    """A report stands as its last version was decided, a version as it was frozen; a result is the mean of its sheets; a
    closed project's money is settled to the cost that its closure and its audit say.
    """
    for report in db.session.scalars(
        select(Report).options(selectinload(Report.versions)).order_by(Report.id)
    ):
        latest = report.latest
        said = ReportState.DRAFT if latest is None else _DECIDED[latest.accepted]
        if report.state is not said:
            yield f"report {report.id}: {report.state.value}, its last version says {said.value}"
        for version in report.versions:
            if hashlib.sha256(version.content.encode()).hexdigest() != version.sha256:
                yield f"report {report.id} version {version.number}: its hash is that of another content"
    for each in db.session.scalars(
        select(Evaluation).options(selectinload(Evaluation.sheets)).order_by(Evaluation.id)
    ):
        totals = [sheet.total for sheet in each.sheets if sheet.total is not None]
        mean = money.half_up(sum(totals), len(totals)) if totals else 0
        if each.score is not None and (each.score != mean or len(totals) != len(each.sheets)):
            yield f"evaluation {each.id}: {each.score} hundredths, its sheets make {mean}"
    for closure in db.session.scalars(
        select(Closure)
        .where(Closure.reopened_at.is_(None))
        .options(joinedload(Closure.award).joinedload(Award.application))
        .order_by(Closure.id)
    ):
        award = closure.award
        audit = db.session.scalar(
            select(Audit).where(Audit.award_id == award.id).options(selectinload(Audit.lines))
        )
        costs = (closure.accepted_cost, award.accepted, audit.accepted if audit else None)
        if len(set(costs)) > 1 or award.application.state is not State.CLOSED:
            yield f"closure {closure.id}: costs {costs}, the project is {award.application.state.value}"


_DECIDED = {
    None: ReportState.HANDED_IN,
    True: ReportState.ACCEPTED,
    False: ReportState.SENT_BACK,
}
