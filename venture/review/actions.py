"""The verbs of the review: the panel and its ties, sheets on screen and paper, what settles a ranking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, insert, select

from venture import clock, outbox, trail
from venture.applications import actions as applications
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db, locked
from venture.files import File
from venture.people.models import Paper, Person
from venture.refusal import Blocker, Changed, Refused
from venture.review import access, queries, scoring
from venture.review.conflicts import Ground
from venture.review.models import Draw, Mark, Panelist, RuleChange, Sheet, SheetState, Tie
from venture.rounds.models import Aggregation, Round, Theme

QUIET = timedelta(minutes=10)
"""Saves of one draft within this time are one event of the trail."""


# --- the panel ---


def seat(*, round: Round, people: Sequence[Person], by: Person, at: datetime) -> list[Panelist]:
    """Put experts on the round's panel with the next numbers; ties found go on record at once.

    After the review has begun they are substitutes: they may read what they are not tied to.
    Raises Refused review.nobody_chosen.
    """
    if not people:
        raise Refused("review.nobody_chosen", "people")
    locked(round)
    last = max((each.panelist.number for each in queries.panel(round)), default=0)
    seated = [
        Panelist(round=round, person=person, number=number, added_at=at)
        for number, person in enumerate(people, start=last + 1)
    ]
    db.session.add_all(seated)
    db.session.flush()
    for panelist in seated:
        trail.say(by, "review.seat", panelist, round=round, expert=panelist.person, number=panelist.number)
    record_found(round=round, by=by, at=at, people=people)
    _let_read(round, people)
    return seated


def unseat(*, panelist: Panelist, by: Person, at: datetime) -> None:
    """Take an expert off the panel. Raises Refused review.has_sheets once any sheet of theirs is begun."""
    locked(panelist.round)
    sheets = db.session.scalars(select(Sheet.id).where(Sheet.panelist_id == panelist.id)).all()
    if sheets:
        raise Refused("review.has_sheets", sheets=len(sheets))
    of_round = select(Application.id).where(Application.round_id == panelist.round_id)
    db.session.execute(
        delete(Reader).where(Reader.person_id == panelist.person_id, Reader.application_id.in_(of_round)),
        execution_options={"synchronize_session": False},
    )
    trail.say(by, "review.unseat", panelist, expert=panelist.person, number=panelist.number)
    db.session.delete(panelist)


def begin(*, round: Round, by: Person, at: datetime) -> list[Application]:
    """Begin the review of all eligible applications: each goes to every expert who is not tied to it.

    Those found eligible later are taken in by a second call. Raises Refused: review.no_panel,
    review.nothing_eligible, review.no_criteria (theme).
    """
    locked(round)
    seated = [each.panelist for each in queries.panel(round)]
    if not seated:
        raise Refused("review.no_panel")
    eligible = db.session.scalars(
        select(Application)
        .where(Application.round_id == round.id, Application.state == State.ELIGIBLE)
        .order_by(Application.number, Application.id)
        .with_for_update()
    ).all()
    if not eligible:
        raise Refused("review.nothing_eligible")
    themes = {application.theme_id for application in eligible}
    bare = [theme for theme in round.themes if theme.id in themes and not theme.criteria]
    if bare:
        raise Refused.all([Blocker("review.no_criteria", "", {"theme": theme.name}) for theme in bare])
    record_found(round=round, by=by, at=at)
    for application in eligible:
        applications.move(application=application, name="start_review", by=by)
    db.session.flush()
    _let_read(round, [panelist.person for panelist in seated])
    for panelist in seated:
        outbox.post("review.begun", to=panelist.person, about=round, round=round.name)
    return list(eligible)


def _let_read(round: Round, people: Iterable[Person]) -> None:
    """Give these experts every application in review that they are not tied to and can't read yet."""
    for person in people:
        readable = select(Reader.application_id).where(Reader.person_id == person.id)
        free = db.session.scalars(
            select(Application.id).where(
                Application.round_id == round.id,
                Application.state == State.IN_REVIEW,
                Application.id.not_in(readable),
                access.untied(person),
            )
        ).all()
        if free:
            db.session.execute(
                insert(Reader), [{"application_id": each, "person_id": person.id} for each in free]
            )


# --- ties ---


def record_found(
    *, round: Round, by: Person, at: datetime, people: Sequence[Person] | None = None
) -> list[Tie]:
    """Put the ties that the rules find on record: the applications are hidden, sheets there taken out."""
    return [
        _tie(one.application, one.person, one.ground, "", found=True, by=by, at=at)
        for one in queries.found_ties(round, people)
    ]


def declare_tie(
    *, application: Application, person: Person, ground: Ground, note: str, by: Person, at: datetime
) -> Tie:
    """Declare that the person is tied to the application, which is hidden from them at once.

    A sheet of theirs stays kept but no longer counts. Raises Refused review.no_reason, review.tied_already.
    """
    if not note.strip():
        raise Refused("review.no_reason", "note")
    locked(application)
    known = db.session.scalar(
        select(Tie).where(
            Tie.application_id == application.id, Tie.person_id == person.id, Tie.ground == ground
        )
    )
    if known is not None and known.dismissed_at is None:
        raise Refused("review.tied_already", "person")
    return _tie(application, person, ground, note.strip(), found=False, by=by, at=at, known=known)


def _tie(
    application: Application,
    person: Person,
    ground: Ground,
    note: str,
    *,
    found: bool,
    by: Person,
    at: datetime,
    known: Tie | None = None,
) -> Tie:
    tie = known or Tie(application=application, person=person, ground=ground)
    tie.note, tie.made_at, tie.made_by_id = note, at, None if found else by.id
    tie.dismissed_at, tie.dismissed_by_id, tie.dismissal = None, None, ""
    db.session.add(tie)
    db.session.flush()
    trail.say(
        by, "review.tie", tie, application=application, person=person, ground=ground, note=note, found=found
    )
    db.session.execute(
        delete(Reader).where(Reader.application_id == application.id, Reader.person_id == person.id),
        execution_options={"synchronize_session": False},
    )
    if db.session.scalar(_bar_of(tie)) is None:
        db.session.add(Barred(application_id=application.id, person_id=person.id))
    sheet = _sheet_of(application, person)
    if sheet is not None and sheet.state is not SheetState.REMOVED:
        before = queries.score_of(application)
        was, sheet.state = sheet.state, SheetState.REMOVED
        db.session.flush()
        after = queries.score_of(application)
        trail.say(
            by,
            "review.remove_sheet",
            sheet,
            was=was,
            total=sheet.total,
            ground=ground,
            reason=note,
            score_before=queries.printed(before.value),
            score_after=queries.printed(after.value),
            sheets_after=after.counted,
            trimmed_after=after.trimmed,
        )
    db.session.flush()
    return tie


def dismiss_tie(*, tie: Tie, reason: str, by: Person, at: datetime) -> None:
    """Say that a tie doesn't hold, with the reason; nobody dismisses their own.

    With the last one gone the expert may read again; a sheet that had been taken out is a draft again, to be
    handed in anew. Raises Refused: review.own_tie, review.no_reason, review.dismissed_already.
    """
    locked(tie)
    if tie.person_id == by.id:
        raise Refused("review.own_tie")
    if tie.dismissed_at is not None:
        raise Refused("review.dismissed_already")
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    tie.dismissed_at, tie.dismissed_by_id, tie.dismissal = at, by.id, reason.strip()
    db.session.flush()
    trail.say(by, "review.dismiss_tie", tie, reason=tie.dismissal)
    left = select(Tie.id).where(
        Tie.application_id == tie.application_id, Tie.person_id == tie.person_id, Tie.dismissed_at.is_(None)
    )
    if db.session.scalar(left) is not None:
        return
    if (bar := db.session.scalar(_bar_of(tie))) is not None:
        db.session.delete(bar)
    sheet = _sheet_of(tie.application, tie.person)
    if sheet is not None and sheet.state is SheetState.REMOVED:
        sheet.state, sheet.handed_in_at = SheetState.DRAFT, None
        trail.say(by, "review.restore_sheet", sheet, total=sheet.total, reason=tie.dismissal)
    db.session.flush()
    round = tie.application.round
    if any(each.panelist.person_id == tie.person_id for each in queries.panel(round)):
        _let_read(round, [tie.person])


def _bar_of(tie: Tie) -> Select[Barred]:
    return select(Barred).where(
        Barred.application_id == tie.application_id, Barred.person_id == tie.person_id
    )


def _sheet_of(application: Application, person: Person) -> Sheet | None:
    return db.session.scalar(
        select(Sheet)
        .join(Panelist)
        .where(Sheet.application_id == application.id, Panelist.person_id == person.id)
    )


# --- an expert's sheet ---


@dataclass(frozen=True)
class Filled:
    """What an expert, or a clerk from paper, has filled in: marks (hundredths) and sentences by criterion."""

    marks: Mapping[str, int | None]
    notes: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""


def save(
    *,
    application: Application,
    filled: Filled,
    seen: int,
    base: Filled | None = None,
    by: Person,
    at: datetime,
) -> Sheet:
    """Keep the expert's draft as it is, complete or not.

    `seen` is the sheet's revision that the form was made from, 0 for none, `base` what it held then: a form
    that is overtaken only by what it sent itself (an autosave under way) does no harm. Raises Refused:
    review.not_yours, review.not_in_review, review.handed_in, review.keyed; Changed review.changed when
    another window saved something else.
    """
    sheet = _own(application, by)
    _still_open(application, sheet)
    return _keep(application, sheet, filled, seen=seen, base=base, by=by, at=at)


def hand_in(
    *,
    application: Application,
    filled: Filled,
    seen: int,
    base: Filled | None = None,
    by: Person,
    at: datetime,
) -> Sheet:
    """Hand the sheet in: from now on it counts and stays as it is. The same press twice is one.

    Raises Refused with everything that `save` refuses, and with all of review.no_mark, review.mark_range,
    review.mark_step, review.no_sentence (a mark below 40 % or above 95 % needs one), each with its field.
    """
    sheet = _own(application, by)
    if sheet is not None and sheet.state is SheetState.HANDED_IN and not _differences(sheet, filled):
        return sheet
    _still_open(application, sheet)
    assert application.theme is not None
    blockers = sheet_blockers(application.theme, filled)
    if blockers:
        raise Refused.all(blockers)
    sheet = _keep(application, sheet, filled, seen=seen, base=base, by=by, at=at)
    sheet.state, sheet.handed_in_at, sheet.paper = SheetState.HANDED_IN, at, None
    db.session.flush()
    score = queries.score_of(application)
    trail.say(by, "review.hand_in", sheet, total=sheet.total, score=queries.printed(score.value))
    return sheet


def sheet_blockers(theme: Theme, filled: Filled) -> list[Blocker]:
    """Why the sheet can't be handed in yet; the field is the form's («mark_need», «note_need»)."""
    criteria = {one.code: one for one in queries.criteria_of(theme)}
    names = {one.code: one.name for one in theme.criteria}
    found = [
        replace(one, field=f"mark_{one.field}", facts={**one.facts, "criterion": names[one.field]})
        for one in scoring.sheet_blockers(filled.marks, list(criteria.values()))
    ]
    return found + [
        Blocker("review.no_sentence", f"note_{code}", {"criterion": names[code]})
        for code, criterion in criteria.items()
        if (mark := filled.marks.get(code)) is not None
        and 0 <= mark <= criterion.max
        and scoring.needs_sentence(mark, criterion)
        and not filled.notes.get(code, "").strip()
    ]


def _own(application: Application, by: Person) -> Sheet | None:
    """The expert's sheet under the application's lock; refused when it is not (any more) theirs to score."""
    locked(application)
    if not access.may_score(by, application):
        raise Refused("review.not_yours")
    return _sheet_of(application, by)


def _still_open(application: Application, sheet: Sheet | None) -> None:
    if application.state is not State.IN_REVIEW:
        raise Refused("review.not_in_review", state=application.state)
    if sheet is not None and sheet.state is SheetState.HANDED_IN:
        raise Refused("review.handed_in", at=sheet.handed_in_at)
    if sheet is not None and sheet.state is not SheetState.DRAFT:
        raise Refused("review.keyed")


def _keep(
    application: Application,
    sheet: Sheet | None,
    filled: Filled,
    *,
    seen: int,
    base: Filled | None,
    by: Person,
    at: datetime,
) -> Sheet:
    if sheet is not None and sheet.revision != seen:
        moved = None if base is None else {place for place, *_ in _differences(sheet, base)}
        clashes = [
            (name, mine, theirs)
            for place, name, mine, theirs in _differences(sheet, filled)
            if moved is None or place in moved
        ]
        if clashes:
            raise Changed("review.changed", clashes, at=sheet.saved_at)
    fresh = sheet is None
    if sheet is None:
        seat = db.session.scalars(
            select(Panelist).where(Panelist.round_id == application.round_id, Panelist.person_id == by.id)
        ).one()
        sheet = Sheet(application=application, panelist=seat, revision=0, saved_at=at)
        db.session.add(sheet)
    elif not _differences(sheet, filled):
        return sheet
    spoken = fresh or at - sheet.saved_at >= QUIET
    _write(sheet, filled, at=at)
    if spoken:
        trail.say(by, "review.save", sheet, total=sheet.total)
    return sheet


def _write(sheet: Sheet, filled: Filled, *, at: datetime) -> None:
    """Put marks, sentences and total into the sheet; a criterion without a mark has no row."""
    theme = sheet.application.theme
    assert theme is not None
    present = {mark.criterion_id: mark for mark in sheet.marks}
    loose: dict[str, str] = {}
    for criterion in theme.criteria:
        value, note = filled.marks.get(criterion.code), filled.notes.get(criterion.code, "").strip()
        mark = present.get(criterion.id)
        if value is None:
            if note:
                loose[criterion.code] = note
            if mark is not None:
                sheet.marks.remove(mark)
        elif mark is None:
            sheet.marks.append(Mark(criterion=criterion, value=value, note=note))
        else:
            mark.value, mark.note = value, note
    sheet.loose_notes, sheet.comment, sheet.saved_at = loose, filled.comment.strip(), at
    sheet.revision += 1
    _add_up(sheet)
    db.session.flush()


def _add_up(sheet: Sheet) -> None:
    assert sheet.application.theme is not None
    total = scoring.sheet_total(queries.marks_of(sheet), queries.criteria_of(sheet.application.theme))
    sheet.total = None if total is None else scoring.shown(total)


def _differences(sheet: Sheet, filled: Filled) -> list[tuple[str, str, str, str]]:
    """Where what is filled in differs from what is kept: place on the sheet, its name, filled in, kept."""
    assert sheet.application.theme is not None
    marks, notes = queries.marks_of(sheet), queries.notes_of(sheet)
    found = [("comment", "", filled.comment.strip(), sheet.comment)]
    for one in sheet.application.theme.criteria:
        given, kept = filled.marks.get(one.code), marks.get(one.code)
        found.append((f"mark_{one.code}", one.name, queries.printed(given), queries.printed(kept)))
        said = filled.notes.get(one.code, "").strip()
        found.append((f"note_{one.code}", one.name, said, notes.get(one.code, "")))
    return [each for each in found if each[2] != each[3]]


# --- paper ---


def key_in(
    *,
    panelist: Panelist,
    rows: Mapping[int, Filled],
    signed_on: date,
    scan: File | None,
    by: Person,
    at: datetime,
) -> list[Sheet]:
    """Take over an expert's sheets signed on paper, by application id; somebody else must check them.

    Rows left empty are passed over; anything wrong in any row refuses the whole, naming row and column. The
    remark of a row holds the sentence for marks outside the usual band. Raises Refused: review.signed_later,
    review.own_paper, review.nothing_keyed, review.row_closed (row), and with row and criterion
    review.row_no_mark, review.row_range (max), review.row_step (step), review.row_no_sentence.
    """
    if signed_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "signed_on")
    if by.id == panelist.person_id:
        raise Refused("review.own_paper")
    parts = queries.grid(panelist, by)
    known = {
        application.id: (part.theme, application, sheet) for part in parts for application, sheet in part.rows
    }
    filled = {
        key: row
        for key, row in rows.items()
        if row.comment.strip() or any(mark is not None for mark in row.marks.values())
    }
    if not filled:
        raise Refused("review.nothing_keyed")
    if unknown := filled.keys() - known.keys():
        raise Refused.all([Blocker("review.row_closed", "", {"row": str(key)}) for key in sorted(unknown)])
    blockers: list[Blocker] = []
    for key, (theme, application, sheet) in known.items():
        if key in filled:
            blockers += _row_blockers(theme, application, sheet, filled[key])
    if blockers:
        raise Refused.all(blockers)
    keyed = []
    for key, row in filled.items():
        _, application, sheet = known[key]
        locked(application)
        paper = Paper(signer=panelist.person, signed_on=signed_on, scan=scan, entered_by=by, entered_at=at)
        if sheet is None:
            sheet = Sheet(application=application, panelist=panelist, revision=0, saved_at=at)
            db.session.add(sheet)
        _write(sheet, row, at=at)
        sheet.state, sheet.paper = SheetState.KEYED, paper
        db.session.flush()
        trail.say(by, "review.key_in", sheet, total=sheet.total, signer=panelist.person, signed_on=signed_on)
        keyed.append(sheet)
    return keyed


def _row_blockers(theme: Theme, application: Application, sheet: Sheet | None, row: Filled) -> list[Blocker]:
    name = f"{application.number} {application.title}"
    closed = sheet is not None and sheet.state not in (SheetState.DRAFT, SheetState.KEYED)
    if closed or application.state is not State.IN_REVIEW:
        return [Blocker("review.row_closed", "", {"row": name})]
    names = {one.code: one.name for one in theme.criteria}
    criteria = queries.criteria_of(theme)
    found = [
        Blocker(
            one.code.replace("review.", "review.row_").replace("row_mark_", "row_"),
            f"m-{application.id}-{one.field}",
            {**one.facts, "row": name, "criterion": names[one.field]},
        )
        for one in scoring.sheet_blockers(row.marks, criteria)
    ]
    odd = [
        names[one.code]
        for one in criteria
        if (mark := row.marks.get(one.code)) is not None
        and mark <= one.max
        and scoring.needs_sentence(mark, one)
    ]
    if odd and not row.comment.strip():
        found.append(
            Blocker(
                "review.row_no_sentence",
                f"c-{application.id}",
                {"row": name, "criterion": "、".join(odd)},
            )
        )
    return found


def check(*, sheets: Mapping[Sheet, int], by: Person, at: datetime) -> list[Sheet]:
    """Confirm keyed sheets against the paper: they are handed in now. Nobody checks what they entered.

    `sheets` gives of each the revision that was compared. Raises Refused: review.nothing_checked,
    review.own_entry (row), review.not_keyed (row), review.keyed_anew (row).
    """
    if not sheets:
        raise Refused("review.nothing_checked")
    blockers = []
    for sheet, seen in sheets.items():
        locked(sheet)
        row = {"row": f"{sheet.application.number} {sheet.application.title}"}
        if sheet.state is not SheetState.KEYED or sheet.paper is None:
            blockers.append(Blocker("review.not_keyed", "", row))
        elif sheet.paper.entered_by_id == by.id:
            blockers.append(Blocker("review.own_entry", "", row))
        elif sheet.revision != seen:
            blockers.append(Blocker("review.keyed_anew", "", row))
    if blockers:
        raise Refused.all(blockers)
    for sheet in sheets:
        assert sheet.paper is not None
        sheet.paper.checked_by, sheet.paper.checked_at = by, at
        sheet.state, sheet.handed_in_at = SheetState.HANDED_IN, at
        db.session.flush()
        score = queries.score_of(sheet.application)
        trail.say(by, "review.check", sheet, total=sheet.total, score=queries.printed(score.value))
    return list(sheets)


# --- ways back ---


def reopen(*, sheet: Sheet, reason: str, by: Person, at: datetime) -> None:
    """Give a handed-in sheet back to its expert as a draft; the score is computed without it until then.

    Raises Refused: review.no_reason, review.not_handed_in, review.not_in_review.
    """
    locked(sheet.application)
    locked(sheet)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    _may_change(sheet)
    before = queries.score_of(sheet.application)
    sheet.state, sheet.handed_in_at = SheetState.DRAFT, None
    db.session.flush()
    after = queries.score_of(sheet.application)
    trail.say(
        by,
        "review.reopen",
        sheet,
        reason=reason.strip(),
        total=sheet.total,
        score_before=queries.printed(before.value),
        score_after=queries.printed(after.value),
    )
    outbox.post("review.reopened", to=sheet.panelist.person, about=sheet, title=sheet.application.title)


def correct(
    *, sheet: Sheet, marks: Mapping[str, int | None], reason: str, by: Person, at: datetime
) -> list[trail.Correction]:
    """更正: set marks right that were keyed in wrongly from paper, by somebody else; both values are kept.

    Raises Refused: review.no_reason, review.not_handed_in, review.not_paper, review.own_entry,
    review.not_in_review, review.nothing_corrected and what `sheet_blockers` finds in the marks.
    """
    locked(sheet.application)
    locked(sheet)
    assert sheet.application.theme is not None
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    _may_change(sheet)
    if sheet.paper is None:
        raise Refused("review.not_paper")
    if sheet.paper.entered_by_id == by.id:
        row = f"{sheet.application.number} {sheet.application.title}"
        raise Refused("review.own_entry", row=row)
    sentences = dict.fromkeys(marks, reason)
    if blockers := sheet_blockers(sheet.application.theme, Filled(marks, sentences)):
        raise Refused.all(blockers)
    wrong = [mark for mark in sheet.marks if marks[mark.criterion.code] != mark.value]
    if not wrong:
        raise Refused("review.nothing_corrected")
    before, was = queries.score_of(sheet.application), sheet.total
    kept = [
        trail.correct(
            mark, field="value", value=marks[mark.criterion.code], reason=reason.strip(), by=by, at=at
        )
        for mark in wrong
    ]
    _add_up(sheet)
    sheet.revision += 1
    db.session.flush()
    after = queries.score_of(sheet.application)
    trail.say(
        by,
        "review.correct",
        sheet,
        reason=reason.strip(),
        total_before=was,
        total_after=sheet.total,
        score_before=queries.printed(before.value),
        score_after=queries.printed(after.value),
    )
    return kept


def _may_change(sheet: Sheet) -> None:
    """Refuse what `queries.changeable` says no to, with the reason."""
    if sheet.state is not SheetState.HANDED_IN:
        raise Refused("review.not_handed_in")
    if sheet.application.state is not State.IN_REVIEW:
        raise Refused("review.not_in_review", state=sheet.application.state)


# --- what settles a ranking ---


def propose_rule(
    *, theme: Theme, aggregation: Aggregation, reason: str, by: Person, at: datetime
) -> RuleChange:
    """Propose another rule for the whole theme; it counts when somebody else has approved it.

    Raises Refused: review.no_reason, review.rule_pending, review.same_rule, review.decided.
    """
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    locked(theme)
    if queries.pending_change(theme) is not None:
        raise Refused("review.rule_pending")
    present = queries.change_of(theme)
    if aggregation is (present.aggregation if present else theme.round.aggregation):
        raise Refused("review.same_rule", "aggregation")
    _undecided(theme)
    change = RuleChange(
        theme=theme, aggregation=aggregation, reason=reason.strip(), proposed_at=at, proposed_by=by
    )
    db.session.add(change)
    db.session.flush()
    trail.say(by, "review.propose_rule", change, aggregation=aggregation, reason=change.reason)
    return change


def approve_rule(*, change: RuleChange, by: Person, at: datetime) -> None:
    """Approve the proposed rule; nobody approves their own.

    Raises Refused: review.own_proposal, review.rule_settled, review.decided.
    """
    locked(change)
    if change.proposed_by_id == by.id:
        raise Refused("review.own_proposal")
    if change.approved_at is not None or change.withdrawn_at is not None:
        raise Refused("review.rule_settled")
    _undecided(change.theme)
    change.approved_at, change.approved_by = at, by
    trail.say(by, "review.approve_rule", change, aggregation=change.aggregation)


def take_back_rule(*, change: RuleChange, by: Person, at: datetime) -> None:
    """Take back a proposed rule, or decline it. Raises Refused review.rule_settled."""
    locked(change)
    if change.approved_at is not None or change.withdrawn_at is not None:
        raise Refused("review.rule_settled")
    change.withdrawn_at = at
    trail.say(by, "review.take_back_rule", change)


def record_draw(
    *,
    theme: Theme,
    group: Sequence[int],
    order: Sequence[int],
    drawn_on: date,
    witness: str,
    reason: str,
    by: Person,
    at: datetime,
) -> Draw:
    """Record the order that a draw gave to applications (ids) tied to the end.

    Drawing again is a new record with its own reason; the newest counts. Raises Refused: review.no_reason,
    review.no_witness, review.signed_later, review.not_tied, review.draw_order, review.decided.
    """
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    if not witness.strip():
        raise Refused("review.no_witness", "witness")
    if drawn_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "drawn_on")
    locked(theme)
    _undecided(theme)
    if set(group) not in [set(each) for each in queries.drawable(theme)]:
        raise Refused("review.not_tied")
    if sorted(order) != sorted(group):
        raise Refused("review.draw_order", "order")
    draw = Draw(
        theme_id=theme.id,
        order=list(order),
        drawn_on=drawn_on,
        witness=witness.strip(),
        reason=reason.strip(),
        made_at=at,
        made_by=by,
    )
    db.session.add(draw)
    db.session.flush()
    trail.say(by, "review.draw", draw, order=list(order), witness=draw.witness, reason=draw.reason)
    return draw


def _undecided(theme: Theme) -> None:
    """Refuse once a list of awards rests on the theme's ranking."""
    decided = db.session.scalar(
        select(Application.id)
        .where(
            Application.theme_id == theme.id,
            Application.state.in_(access.REVIEWED),
            Application.state != State.IN_REVIEW,
        )
        .limit(1)
    )
    if decided is not None:
        raise Refused("review.decided")
