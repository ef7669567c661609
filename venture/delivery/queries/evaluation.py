"""Evaluations of projects: by round and phase, one with its sheets, and the sheets of one evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from venture.applications.models import Application, Barred
from venture.budget import access as budget_access
from venture.budget.models import Award, AwardState
from venture.db import db
from venture.delivery import access
from venture.delivery.grading import Item, Phase
from venture.delivery.models import Evaluation, EvaluationSheet, Report, ReportState
from venture.delivery.queries.reports import ReportRow, reports
from venture.people import queries as people
from venture.people.models import Person
from venture.refusal import Blocker
from venture.rounds.models import Round

EVALUATION: tuple[_AbstractLoad, ...] = (
    selectinload(Evaluation.sheets).joinedload(EvaluationSheet.person),
    joinedload(Evaluation.objection),
    joinedload(Evaluation.ban),
    joinedload(Evaluation.proposed_by),
    joinedload(Evaluation.confirmed_by),
)


@dataclass(frozen=True)
class EvaluationRow:
    """One project in the list of evaluations: its report, and its latest evaluation if one has begun."""

    award: Award
    row: ReportRow
    evaluation: Evaluation | None

    @property
    def step(self) -> str:
        """How far it is, as one word (see `step_of`)."""
        return step_of(self.evaluation, self.row)


def step_of(evaluation: Evaluation | None, row: ReportRow) -> str:
    """One word for how far an evaluation is: report, late, handed_in, assign, marking, propose, confirm, done."""
    if evaluation is None or not evaluation.sheets:
        accepted = row.report is not None and row.report.state is ReportState.ACCEPTED
        if row.report is not None and row.report.state is ReportState.HANDED_IN:
            return "handed_in"
        if evaluation is not None and evaluation.proposed_at is not None:
            return "confirm" if evaluation.confirmed_at is None else "done"
        return "assign" if accepted else "late" if row.late else "report"
    if evaluation.confirmed_at is not None:
        return "done"
    if evaluation.proposed_at is not None:
        return "confirm"
    return "propose" if all(sheet.handed_in_at for sheet in evaluation.sheets) else "marking"


def evaluations(round: Round, person: Person, phase: Phase, today: date) -> list[EvaluationRow]:
    """The projects of a round with their latest evaluation of this phase. Constant statements."""
    rows = reports(round, person, phase, today)
    found: dict[int, Evaluation] = {}
    for each in db.session.scalars(
        select(Evaluation)
        .where(Evaluation.award_id.in_([row.award.id for row in rows]), Evaluation.phase == phase)
        .options(*EVALUATION)
        .order_by(Evaluation.number)
    ):
        found[each.award_id] = each
    return [EvaluationRow(row.award, row, found.get(row.award.id)) for row in rows]


def evaluation_of(award: Award, phase: Phase) -> Evaluation | None:
    """The latest evaluation of a project in this phase, with its sheets."""
    return db.session.scalar(
        select(Evaluation)
        .where(Evaluation.award_id == award.id, Evaluation.phase == phase)
        .options(*EVALUATION)
        .order_by(Evaluation.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def evaluations_of(award: Award) -> Sequence[Evaluation]:
    """Every evaluation of a project, the first first."""
    return db.session.scalars(
        select(Evaluation)
        .where(Evaluation.award_id == award.id)
        .options(*EVALUATION)
        .order_by(Evaluation.phase.desc(), Evaluation.number)
    ).all()


def evaluation(evaluation_id: int, person: Person) -> Evaluation | None:
    """One evaluation, if the person may see its award; its own people see it once its result is confirmed."""
    seen = budget_access.visible(person).with_only_columns(Award.id).order_by(None)
    statement = select(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.award_id.in_(seen))
    if not person.holds(*budget_access.PAGES):
        statement = statement.where(Evaluation.confirmed_at.is_not(None))
    return db.session.scalar(
        statement.options(
            *EVALUATION,
            joinedload(Evaluation.award).joinedload(Award.application).joinedload(Application.organization),
        )
    )


def my_sheets(person: Person) -> Sequence[EvaluationSheet]:
    """The sheets assigned to the person, those still to mark first, then by project number. Constant statements."""
    return db.session.scalars(
        access.sheets(person)
        .where(Award.state == AwardState.LIVE)
        .options(
            joinedload(EvaluationSheet.evaluation)
            .joinedload(Evaluation.award)
            .options(
                joinedload(Award.application).options(
                    joinedload(Application.organization), joinedload(Application.round)
                )
            )
        )
        .order_by(EvaluationSheet.handed_in_at.is_not(None), Award.project_no, EvaluationSheet.id)
    ).all()


def sheet(sheet_id: int, person: Person) -> EvaluationSheet | None:
    """One sheet of the person's own."""
    return db.session.scalar(
        access.sheets(person)
        .where(EvaluationSheet.id == sheet_id)
        .options(joinedload(EvaluationSheet.evaluation).joinedload(Evaluation.award))
    )


def sheet_of(sheet_id: int, evaluation: Evaluation) -> EvaluationSheet | None:
    """One sheet of this evaluation, for those who run it."""
    return next((each for each in evaluation.sheets if each.id == sheet_id), None)


def evaluators() -> list[Person]:
    """Those to whom an evaluation can be assigned, by name."""
    found = {person.id: person for role in access.EVALUATORS for person in people.people_with(role)}
    return sorted(found.values(), key=lambda person: (person.name, person.id))


def assign_blockers(awards: Sequence[Award], persons: Sequence[Person], phase: Phase) -> list[Blocker]:
    """Why these persons cannot evaluate these projects, as the verb refuses and the page says. Two statements."""
    ids = [award.id for award in awards]
    accepted = set(
        db.session.scalars(
            select(Report.award_id).where(
                Report.award_id.in_(ids), Report.phase == phase, Report.state == ReportState.ACCEPTED
            )
        )
    )
    barred = {
        (person, application)
        for person, application in db.session.execute(
            select(Barred.person_id, Barred.application_id).where(
                Barred.person_id.in_([person.id for person in persons])
            )
        )
    }
    found = []
    for award in awards:
        facts = {"project": award.application.title}
        if award.id not in accepted:
            found.append(Blocker("delivery.report_open", f"take-{award.id}", facts))
        for person in persons:
            if (person.id, award.application_id) in barred or access.tied(person, award.application):
                found.append(Blocker("delivery.tied", f"take-{award.id}", {**facts, "person": person.name}))
    return found


def sheet_blockers(sheet: EvaluationSheet, bonus_most: int) -> list[Blocker]:
    """What a sheet still lacks before it can be handed in."""
    found = [
        Blocker("delivery.mark_missing", item.value, {"item": item})
        for item in Item
        if getattr(sheet, item.value) is None
    ]
    if sheet.bonus > bonus_most:
        found.append(Blocker("delivery.bonus_over", "bonus", {"most": bonus_most}))
    if sheet.bonus and not sheet.bonus_reason:
        found.append(Blocker("delivery.bonus_reason", "bonus_reason"))
    return found
