"""Sheets signed on paper, and ways back: keying in, checking, opening again, correcting."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from venture import clock, outbox, trail
from venture.applications.models import Application
from venture.db import db, locked
from venture.files import File
from venture.people.models import Paper, Person
from venture.refusal import Blocker, Refused
from venture.review import queries, scoring
from venture.review.actions import standings
from venture.review.actions.sheets import Filled, add_up, open_to_marks, sheet_blockers, write
from venture.review.models import Panelist, Sheet, SheetState
from venture.rounds.models import Phase, ThemeCriterion


def key_in(
    *,
    panelist: Panelist,
    phase: Phase = Phase.PAPERS,
    rows: Mapping[int, Filled],
    signed_on: date,
    scan: File | None,
    by: Person,
    at: datetime,
    source: str = "",
) -> list[Sheet]:
    """Take over an expert's sheets signed on paper, by application id; somebody else must check them.

    Rows left empty are passed over; anything wrong in any row refuses the whole, naming row and column. The
    remark of a row holds the sentence for marks outside the usual band. `source` names the workbook that the rows came
    in, for the record. Raises Refused: review.signed_later,
    review.own_paper, review.nothing_keyed, review.row_closed (row), and with row and criterion
    review.row_no_mark, review.row_range (max), review.row_step (step), review.row_no_sentence.
    """
    if signed_on > clock.beijing_day(at):
        raise Refused("review.signed_later", "signed_on")
    if by.id == panelist.person_id:
        raise Refused("review.own_paper")
    parts = queries.grid(panelist, by, phase)
    known = {
        application.id: (part.criteria, application, sheet)
        for part in parts
        for application, sheet in part.rows
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
    for key, (lines, application, sheet) in known.items():
        if key in filled:
            blockers += _row_blockers(lines, application, sheet, filled[key])
    if blockers:
        raise Refused.all(blockers)
    keyed = []
    for key, row in filled.items():
        _, application, sheet = known[key]
        locked(application)
        open_to_marks(application)
        paper = Paper(signer=panelist.person, signed_on=signed_on, scan=scan, entered_by=by, entered_at=at)
        if sheet is None:
            sheet = Sheet(application=application, panelist=panelist, phase=phase, revision=0, saved_at=at)
            db.session.add(sheet)
        write(sheet, row, at=at)
        sheet.state, sheet.paper = SheetState.KEYED, paper
        db.session.flush()
        facts = {"workbook": source} if source else {}
        trail.say(
            by,
            "review.key_in",
            sheet,
            total=sheet.total,
            signer=panelist.person,
            signed_on=signed_on,
            **facts,
        )
        keyed.append(sheet)
    return keyed


def _row_blockers(
    lines: Sequence[ThemeCriterion], application: Application, sheet: Sheet | None, row: Filled
) -> list[Blocker]:
    name = f"{application.number} {application.title}"
    closed = sheet is not None and sheet.state not in (SheetState.DRAFT, SheetState.KEYED)
    if closed or not queries.takes_marks(application):
        return [Blocker("review.row_closed", "", {"row": name})]
    names = {one.code: one.name for one in lines}
    criteria = queries.criteria_of(lines)
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
    review.own_entry (row), review.not_keyed (row), review.keyed_anew (row), review.frozen.
    """
    if not sheets:
        raise Refused("review.nothing_checked")
    blockers = []
    for sheet, seen in sheets.items():
        locked(sheet.application)
        open_to_marks(sheet.application)
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
        score = standings.reckon(sheet.application)
        trail.say(by, "review.check", sheet, total=sheet.total, score=queries.printed(score.value))
    return list(sheets)


def reopen(*, sheet: Sheet, reason: str, by: Person, at: datetime) -> None:
    """Give a handed-in sheet back to its expert as a draft; the score is computed without it until then.

    Raises Refused: review.no_reason, review.not_handed_in, review.not_in_review, review.frozen.
    """
    locked(sheet.application)
    locked(sheet)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    _may_change(sheet)
    before = queries.score_of(sheet.application)
    sheet.state, sheet.handed_in_at = SheetState.DRAFT, None
    db.session.flush()
    after = standings.reckon(sheet.application)
    trail.say(
        by,
        "review.reopen",
        sheet,
        reason=reason.strip(),
        total=sheet.total,
        score_before=queries.printed(before.value),
        score_after=queries.printed(after.value),
    )
    outbox.post(
        "review.reopened", to=sheet.panelist.person, about=sheet, title=queries.title_of(sheet.application)
    )


def correct(
    *, sheet: Sheet, marks: Mapping[str, int | None], reason: str, by: Person, at: datetime
) -> list[trail.Correction]:
    """更正: set marks right that were keyed in wrongly from paper, by somebody else; both values are kept.

    Raises Refused: review.no_reason, review.not_handed_in, review.not_paper, review.own_entry,
    review.not_in_review, review.frozen, review.nothing_corrected and what `sheet_blockers` finds in the marks.
    """
    locked(sheet.application)
    locked(sheet)
    if not reason.strip():
        raise Refused("review.no_reason", "reason")
    _may_change(sheet)
    if sheet.paper is None:
        raise Refused("review.not_paper")
    if sheet.paper.entered_by_id == by.id:
        row = f"{sheet.application.number} {sheet.application.title}"
        raise Refused("review.own_entry", row=row)
    sentences = dict.fromkeys(marks, reason)
    if blockers := sheet_blockers(sheet.criteria, Filled(marks, sentences)):
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
    add_up(sheet)
    sheet.revision += 1
    db.session.flush()
    after = standings.reckon(sheet.application)
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
    open_to_marks(sheet.application)
