"""中期/末期评估: assigned, marked, its result proposed by one person and confirmed by another; objections and bans."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete

from venture import clock, trail, workdays
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.budget import access as budget_access
from venture.budget import actions as budget
from venture.budget.actions.ledger import locked_rows, refuse, tell
from venture.budget.models import Award, AwardState
from venture.db import db, locked
from venture.delivery import access, queries
from venture.delivery.grading import MOST, Item, Phase, Result, grade, result, total
from venture.delivery.models import (
    BanProposal,
    Evaluation,
    EvaluationSheet,
    ResultObjection,
)
from venture.people.models import Ban, Person
from venture.refusal import Blocker, Refused
from venture.roles import Role
from venture.rounds.models import Condition


def assign(
    *, awards: Sequence[Award], phase: Phase, persons: Sequence[Person], by: Person, at: datetime
) -> list[Evaluation]:
    """Give the evaluation of these projects to these persons; who has a project's sheet already keeps it.

    Raises Refused: budget.not_your_role, budget.nothing_chosen, delivery.nobody_chosen, delivery.not_evaluator
    (person), delivery.result_stands, delivery.report_open, delivery.tied (person).
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER, Role.OPERATOR))
    if not awards:
        raise Refused("budget.nothing_chosen")
    if not persons:
        raise Refused("delivery.nobody_chosen", "persons")
    locked_rows(Award, [award.id for award in awards])
    refuse(
        [
            Blocker("delivery.not_evaluator", "persons", {"person": person.name})
            for person in persons
            if not person.holds(*access.EVALUATORS)
        ]
        + queries.assign_blockers(awards, persons, phase)
    )
    made = []
    for award in awards:
        running = queries.evaluation_of(award, phase)
        if running is not None and running.proposed_at is not None:
            raise Refused("delivery.result_stands", f"take-{award.id}", project=award.application.title)
        if running is None:
            running = Evaluation(award=award, phase=phase, number=1, begun_at=at, begun_by_id=by.id)
            db.session.add(running)
        there = {sheet.person_id for sheet in running.sheets}
        added = [person for person in persons if person.id not in there]
        running.sheets += [
            EvaluationSheet(person=person, assigned_at=at, assigned_by_id=by.id) for person in added
        ]
        db.session.flush()
        if added:
            trail.say(by, "delivery.assign", running, phase=phase, persons=[person.name for person in added])
        made.append(running)
    return made


def take_off(*, sheet: EvaluationSheet, reason: str, by: Person, at: datetime) -> None:
    """Take an evaluation back from somebody before their sheet is handed in. What they wrote stands in the trail.

    Raises Refused: budget.not_your_role, delivery.reason_needed, delivery.sheet_in.
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER, Role.OPERATOR))
    locked(sheet.evaluation)
    locked(sheet)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if sheet.handed_in_at is not None:
        raise Refused("delivery.sheet_in", person=sheet.person.name)
    trail.say(
        by,
        "delivery.take_off",
        sheet.evaluation,
        person=sheet.person.name,
        reason=reason.strip(),
        marks={item.value: mark for item, mark in sheet.marks.items()},
        remark=sheet.remark,
    )
    db.session.execute(delete(EvaluationSheet).where(EvaluationSheet.id == sheet.id))
    db.session.expire(sheet.evaluation, ["sheets"])


def save_sheet(
    *,
    sheet: EvaluationSheet,
    marks: Mapping[Item, int | None],
    bonus: int = 0,
    bonus_reason: str = "",
    penalties: Sequence[tuple[int, str]] = (),
    remark: str = "",
    finished: bool = False,
    by: Person,
    at: datetime,
) -> EvaluationSheet:
    """Write in one's own sheet; `finished` hands it in, whole. Points in hundredths.

    Raises Refused: delivery.not_your_sheet, delivery.sheet_in, delivery.result_stands, delivery.over_most (item,
    most), delivery.penalty_reason, and handing in those of `queries.sheet_blockers`.
    """
    locked(sheet.evaluation)
    locked(sheet)
    if sheet.person_id != by.id:
        raise Refused("delivery.not_your_sheet")
    award = sheet.evaluation.award
    refuse(budget_access.tie_blockers(by, [award.application]))
    if sheet.handed_in_at is not None:
        raise Refused("delivery.sheet_in", person=by.name)
    if sheet.evaluation.proposed_at is not None or award.state is not AwardState.LIVE:
        raise Refused("delivery.result_stands", project=award.application.title)
    refuse(
        [
            Blocker("delivery.over_most", item.value, {"item": item, "most": MOST[item]})
            for item, mark in marks.items()
            if mark is not None and not 0 <= mark <= MOST[item]
        ]
        + [
            Blocker("delivery.penalty_reason", f"penalty-{place}")
            for place, (points, why) in enumerate(penalties)
            if points and not why.strip()
        ]
    )
    for item in Item:
        setattr(sheet, item.value, marks.get(item))
    sheet.bonus, sheet.bonus_reason, sheet.remark = bonus, bonus_reason.strip(), remark.strip()
    sheet.penalties = [[points, why.strip()] for points, why in penalties if points]
    sheet.penalty = sum(points for points, _why in sheet.penalties)
    sheet.saved_at = at
    if bonus and not sheet.bonus_reason:
        raise Refused("delivery.bonus_reason", "bonus_reason")
    if finished:
        refuse(queries.sheet_blockers(sheet, queries.rules(award.application.round).bonus_most))
        whole = {item: mark for item, mark in sheet.marks.items() if mark is not None}
        sheet.total, sheet.handed_in_at = total(whole, sheet.bonus, sheet.penalty), at
    db.session.flush()
    facts = {item.value: mark for item, mark in sheet.marks.items()}
    trail.say(
        by,
        "delivery.hand_in_sheet" if finished else "delivery.save_sheet",
        sheet,
        **facts,
        bonus=sheet.bonus,
        penalty=sheet.penalty,
        total=sheet.total,
    )
    return sheet


def reopen_sheet(*, sheet: EvaluationSheet, reason: str, by: Person, at: datetime) -> None:
    """更正: give a handed-in sheet back to its evaluator; its total stays in the record.

    Raises Refused: budget.not_your_role, delivery.reason_needed, delivery.sheet_open, delivery.result_stands.
    """
    refuse(budget_access.role_blockers(by, Role.OFFICER))
    locked(sheet.evaluation)
    locked(sheet)
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if sheet.handed_in_at is None:
        raise Refused("delivery.sheet_open", person=sheet.person.name)
    if sheet.evaluation.proposed_at is not None:
        raise Refused("delivery.result_stands", project=sheet.evaluation.award.application.title)
    sheet.handed_in_at = None
    trail.correct(sheet, field="total", value=None, reason=reason.strip(), by=by, at=at)
    db.session.flush()


def result_of(evaluation: Evaluation) -> Result:
    """What the sheets make of it, by the round's scheme and pass line."""
    rule = queries.rules(evaluation.award.application.round)
    totals = [sheet.total for sheet in evaluation.sheets if sheet.total is not None]
    return result(totals, rule.scheme, rule.pass_line)


def propose_blockers(evaluations: Sequence[Evaluation]) -> list[Blocker]:
    """Why these results cannot be proposed yet; the page shows it, the verb refuses with it."""
    found = []
    for each in evaluations:
        field, facts = f"take-{each.id}", {"project": each.award.application.title}
        open_ = [sheet.person.name for sheet in each.sheets if sheet.handed_in_at is None]
        if each.proposed_at is not None:
            found.append(Blocker("delivery.result_stands", field, facts))
        elif each.award.state is not AwardState.LIVE:
            found.append(Blocker("budget.award_cancelled", field, {**facts, "instalment": ""}))
        elif not each.sheets or open_:
            found.append(Blocker("delivery.sheets_open", field, {**facts, "persons": open_}))
    return found


def propose_results(
    *, evaluations: Sequence[Evaluation], remark: str = "", by: Person, at: datetime
) -> list[Evaluation]:
    """经办: propose the results that the sheets make, for another person to confirm; nothing is told yet.

    Raises Refused: budget.not_your_role, budget.barred, budget.nothing_chosen, those of `propose_blockers`.
    """
    _begin(evaluations, by, Role.OFFICER, Role.OPERATOR)
    refuse(propose_blockers(evaluations))
    for each in evaluations:
        _propose(each, result_of(each), remark.strip(), by=by, at=at)
    return list(evaluations)


def fail_late(*, award: Award, phase: Phase, reason: str, by: Person, at: datetime) -> Evaluation:
    """Propose «failed» where the report has not come by its last day: no points, with the reason in words.

    Raises Refused: budget.not_your_role, budget.barred, delivery.reason_needed, delivery.not_late,
    delivery.result_stands.
    """
    refuse(
        budget_access.role_blockers(by, Role.OFFICER) + budget_access.tie_blockers(by, [award.application])
    )
    locked_rows(Award, [award.id])
    facts = {"project": award.application.title}
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    row = queries.report_row(award, phase, clock.beijing_day(at))
    if not row.late:
        raise Refused("delivery.not_late", **facts, day=row.due_on)
    found = queries.evaluation_of(award, phase)
    if found is not None:
        raise Refused("delivery.result_stands", **facts)
    rule = queries.rules(award.application.round)
    found = Evaluation(award=award, phase=phase, number=1, begun_at=at, begun_by_id=by.id)
    db.session.add(found)
    db.session.flush()
    _propose(found, Result(0, grade(0, rule.scheme, rule.pass_line), False), reason.strip(), by=by, at=at)
    return found


def _propose(each: Evaluation, made: Result, remark: str, *, by: Person, at: datetime) -> None:
    each.score, each.grade, each.passed = made
    each.remark, each.proposed_at, each.proposed_by = remark, at, by
    db.session.flush()
    trail.say(
        by, "delivery.propose", each, score=made.score, grade=made.grade, passed=made.passed, remark=remark
    )


def confirm_results(
    *,
    evaluations: Sequence[Evaluation],
    document_no: str,
    back: Mapping[int, str] | None = None,
    by: Person,
    at: datetime,
) -> None:
    """审核: confirm proposed results, as another person; those excepted by a reason (by id) go back to be proposed anew.

    A passed midterm meets the condition of its instalment; whoever fails is paid nothing more until an evaluation is
    passed, and loses nothing. `document_no` is the paper that says the results. The organizations are told, held, with
    the last day to object. Raises Refused: budget.not_your_role, budget.barred, budget.nothing_chosen,
    delivery.text_missing, delivery.not_proposed, delivery.own_result, delivery.reason_needed.
    """
    reasons = {id: reason.strip() for id, reason in (back or {}).items()}
    _begin(evaluations, by, Role.APPROVER)
    found = []
    if not document_no.strip() and any(each.id not in reasons for each in evaluations):
        found.append(Blocker("delivery.text_missing", "document_no", {"name": "document_no"}))
    for each in evaluations:
        facts = {"project": each.award.application.title}
        if each.proposed_at is None or each.confirmed_at is not None:
            found.append(Blocker("delivery.not_proposed", f"act-{each.id}", facts))
        elif each.proposed_by_id == by.id:
            found.append(Blocker("delivery.own_result", f"act-{each.id}", {**facts, "person": by.name}))
        elif each.id in reasons and not reasons[each.id]:
            found.append(Blocker("delivery.reason_needed", f"reason-{each.id}", facts))
    refuse(found)
    for each in evaluations:
        if each.id in reasons:
            _take_back(each, reasons[each.id], by=by)
        else:
            _confirm(each, document_no.strip(), by=by, at=at)


def _take_back(each: Evaluation, reason: str, *, by: Person) -> None:
    trail.say(by, "delivery.take_back", each, score=each.score, grade=each.grade, reason=reason)
    each.score = each.grade = each.passed = each.proposed_at = each.proposed_by = None
    each.remark = reason
    db.session.flush()


def _confirm(each: Evaluation, document_no: str, *, by: Person, at: datetime) -> None:
    award, today = each.award, clock.beijing_day(at)
    rule = queries.rules(award.application.round)
    until = clock.add_working_days(
        today, rule.objection_days, first_counts=False, calendar=workdays.calendar()
    )
    each.confirmed_at, each.confirmed_by = at, by
    each.document_no, each.objections_until = document_no, until
    db.session.flush()
    trail.say(by, "delivery.confirm", each, score=each.score, grade=each.grade, passed=each.passed)
    application = locked(award.application)
    if each.phase is Phase.MIDTERM and application.state is State.MIDTERM:
        applications.move(application=application, name="go_on", by=by)
    if each.phase is Phase.FINAL and application.state is State.FINAL and each.passed:
        applications.move(application=application, name="audit", by=by)
    _settle_payments(each, by=by, at=at)
    tell(
        award,
        "delivery.result",
        title=application.title,
        phase=each.phase,
        score=each.score,
        grade=each.grade,
        passed=each.passed,
        until=each.objections_until,
    )


def _settle_payments(each: Evaluation, *, by: Person, at: datetime) -> None:
    """What a confirmed result does to the project's money: a pass lets it go on, a fail stops it and takes nothing."""
    award, today = each.award, clock.beijing_day(at)
    note = each.document_no
    if not each.passed:
        budget.stop_payments(award=award, reason=f"{note} {each.remark}".strip(), by=by, at=at)
        return
    budget.resume_payments(award=award, by=by, at=at)
    if each.phase is Phase.MIDTERM:
        budget.meet_condition(award=award, condition=Condition.MIDTERM, on=today, note=note, by=by, at=at)


def begin_again(*, evaluation: Evaluation, reason: str, by: Person, at: datetime) -> Evaluation:
    """Evaluate once more, after rectification or an upheld objection; the earlier result stays on record.

    Raises Refused: budget.not_your_role, budget.barred, delivery.reason_needed, delivery.not_again.
    """
    _begin([evaluation], by, Role.OFFICER)
    award = evaluation.award
    facts = {"project": award.application.title}
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    upheld = evaluation.objection is not None and evaluation.objection.upheld
    latest = queries.evaluation_of(award, evaluation.phase)
    if evaluation.confirmed_at is None or (evaluation.passed and not upheld) or latest is not evaluation:
        raise Refused("delivery.not_again", **facts)
    made = Evaluation(
        award=award, phase=evaluation.phase, number=evaluation.number + 1, begun_at=at, begun_by_id=by.id
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "delivery.begin_again", made, number=made.number, reason=reason.strip())
    return made


def _begin(evaluations: Sequence[Evaluation], by: Person, *roles: Role) -> None:
    refuse(budget_access.role_blockers(by, *roles))
    if not evaluations:
        raise Refused("budget.nothing_chosen")
    locked_rows(Award, [each.award_id for each in evaluations])
    locked_rows(Evaluation, [each.id for each in evaluations])
    refuse(budget_access.tie_blockers(by, [each.award.application for each in evaluations]))


# --- objections to a result ---


def object_to(*, evaluation: Evaluation, text: str, by: Person, at: datetime) -> ResultObjection:
    """The organization objects to a result within its days; once.

    Raises Refused: delivery.not_yours, delivery.text_missing, delivery.objected, delivery.objection_over (day).
    """
    refuse(access.own_blockers(by, evaluation.award))
    locked(evaluation)
    last = evaluation.objections_until
    if not text.strip():
        raise Refused("delivery.text_missing", "text", name="objection")
    if evaluation.objection is not None:
        raise Refused("delivery.objected")
    if last is None or at >= clock.end_of_day(last):
        raise Refused("delivery.objection_over", day=last)
    made = ResultObjection(evaluation=evaluation, text=text.strip()[:2000], made_at=at, made_by_id=by.id)
    db.session.add(made)
    db.session.flush()
    trail.say(by, "delivery.object", evaluation, text=made.text)
    return made


def answer_objection(
    *, objection: ResultObjection, upheld: bool, answer: str, by: Person, at: datetime
) -> ResultObjection:
    """Answer an objection; upheld, the project is evaluated again. Not by whoever proposed the result.

    Raises Refused: budget.not_your_role, budget.barred, delivery.text_missing, delivery.answered,
    delivery.own_result.
    """
    evaluation = objection.evaluation
    _begin([evaluation], by, Role.OFFICER, Role.APPROVER)
    locked(objection)
    if not answer.strip():
        raise Refused("delivery.text_missing", "answer", name="answer")
    if objection.answered_at is not None:
        raise Refused("delivery.answered", at=objection.answered_at)
    if evaluation.proposed_by_id == by.id:
        raise Refused("delivery.own_result", project=evaluation.award.application.title, person=by.name)
    objection.upheld, objection.answer = upheld, answer.strip()[:2000]
    objection.answered_at, objection.answered_by_id = at, by.id
    db.session.flush()
    trail.say(by, "delivery.answer", evaluation, upheld=upheld, answer=objection.answer)
    tell(
        evaluation.award,
        "delivery.answered",
        title=evaluation.award.application.title,
        phase=evaluation.phase,
        upheld=upheld,
        answer=objection.answer,
    )
    if upheld:
        begin_again(evaluation=evaluation, reason=objection.answer, by=by, at=at)
    return objection


# --- a ban after a failed evaluation ---


def propose_ban(*, evaluation: Evaluation, years: int, reason: str, by: Person, at: datetime) -> BanProposal:
    """经办: propose that the organization is barred for some years after a failed evaluation.

    Raises Refused: budget.not_your_role, budget.barred, delivery.reason_needed, delivery.not_failed,
    delivery.ban_proposed, delivery.rule_range.
    """
    _begin([evaluation], by, Role.OFFICER)
    facts = {"project": evaluation.award.application.title}
    if not reason.strip():
        raise Refused("delivery.reason_needed", "reason")
    if not 1 <= years <= 10:
        raise Refused("delivery.rule_range", "years", name="ban_years", low=1, high=10)
    if evaluation.confirmed_at is None or evaluation.passed:
        raise Refused("delivery.not_failed", **facts)
    if evaluation.ban is not None:
        raise Refused("delivery.ban_proposed", **facts)
    made = BanProposal(
        evaluation=evaluation, years=years, reason=reason.strip(), proposed_at=at, proposed_by_id=by.id
    )
    db.session.add(made)
    db.session.flush()
    trail.say(by, "delivery.propose_ban", evaluation, years=years, reason=made.reason)
    return made


def confirm_ban(*, proposal: BanProposal, by: Person, at: datetime) -> BanProposal:
    """审核: bar the organization from today, as another person than proposed it; eligibility reads it from then on.

    Raises Refused: budget.not_your_role, budget.barred, delivery.own_ban, delivery.ban_confirmed,
    delivery.objection_open.
    """
    evaluation = proposal.evaluation
    _begin([evaluation], by, Role.APPROVER)
    locked(proposal)
    facts = {"project": evaluation.award.application.title}
    if proposal.confirmed_at is not None:
        raise Refused("delivery.ban_confirmed", **facts)
    if proposal.proposed_by_id == by.id:
        raise Refused("delivery.own_ban", **facts, person=by.name)
    if evaluation.objection is not None and evaluation.objection.answered_at is None:
        raise Refused("delivery.objection_open", **facts)
    today = clock.beijing_day(at)
    organization, last = evaluation.award.application.organization, _years_later(today, proposal.years)
    ban = Ban(from_on=today, to_on=last, reason=proposal.reason)
    organization.bans.append(ban)
    proposal.ban, proposal.confirmed_at, proposal.confirmed_by_id = ban, at, by.id
    db.session.flush()
    trail.say(by, "people.add_ban", organization, from_on=today, to_on=last, reason=proposal.reason)
    trail.say(by, "delivery.confirm_ban", evaluation, years=proposal.years, to_on=last)
    return proposal


def _years_later(day: date, years: int) -> date:
    """The last day of so many whole years from a day on: 2018-12-20, 3 → 2021-12-19."""
    try:
        after = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        after = date(day.year + years, 3, 1)
    return date.fromordinal(after.toordinal() - 1)
