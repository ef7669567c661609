"""Keeping one's own sheets, the superior office's workbooks, and what was taken out of the system with them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from venture import trail
from venture.db import db
from venture.desk import queries
from venture.desk.models import OwnSheet
from venture.desk.subjects import FILTERS, GROUPS, Spec
from venture.files import File
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.rounds.models import Round

MOST_COLUMNS = 40


def save(
    *,
    sheet: OwnSheet | None,
    name: str,
    spec: Spec,
    shared: bool,
    by: Person,
    at: datetime,
) -> OwnSheet:
    """Keep a new sheet, or one's own anew. Raises Refused: desk.not_your_sheet, desk.name_taken, desk.no_columns,
    desk.first_is_sum, desk.too_many_columns (most).
    """
    _own(sheet, by)
    wrong = []
    other = queries.sheet_named(by, name)
    if other is not None and other is not sheet:
        wrong.append(Blocker("desk.name_taken", "name", {"name": name}))
    if not spec.fields:
        wrong.append(Blocker("desk.no_columns"))
    elif spec.fields[0][0].key in spec.summed:
        wrong.append(Blocker("desk.first_is_sum", "", {"heading": spec.fields[0][1]}))
    if len(spec.fields) > MOST_COLUMNS:
        wrong.append(Blocker("desk.too_many_columns", "", {"most": MOST_COLUMNS}))
    if wrong:
        raise Refused.all(wrong)
    kept = {key: value for key, value in spec.filters.items() if value and key in FILTERS}
    facts: dict[str, Any] = {
        "name": name,
        "subject": spec.subject,
        "columns": [[each.key, heading] for each, heading in spec.fields],
        "filters": kept,
        "grouped_by": spec.group if spec.group in GROUPS else "",
        "shared": shared,
    }
    if sheet is None:
        sheet = OwnSheet(owner_id=by.id, saved_at=at, matched={}, **facts)
        db.session.add(sheet)
    else:
        for key, value in facts.items():
            setattr(sheet, key, value)
        sheet.saved_at = at
    db.session.flush()
    trail.say(by, "desk.save_sheet", sheet, **facts)
    return sheet


def _own(sheet: OwnSheet | None, by: Person) -> None:
    if sheet is not None and sheet.owner_id != by.id:
        raise Refused("desk.not_your_sheet", owner=sheet.owner.name)


def delete(*, sheet: OwnSheet, by: Person, at: datetime) -> None:
    """Keep the sheet no more; what was exported with it stays in the trail. Raises Refused: desk.not_your_sheet."""
    _own(sheet, by)
    trail.say(by, "desk.delete_sheet", sheet, name=sheet.name, columns=sheet.columns, filters=sheet.filters)
    db.session.delete(sheet)


def take_template(*, sheet: OwnSheet, file: File, by: Person, at: datetime) -> None:
    """Let the sheet be filled into a workbook. Raises Refused: desk.not_your_sheet."""
    _own(sheet, by)
    sheet.template, sheet.saved_at = file, at
    trail.say(by, "desk.take_template", sheet, file=file.name, sha256=file.sha256)


def match(*, sheet: OwnSheet, matched: Mapping[str, str], by: Person, at: datetime) -> None:
    """Remember which column each name of the workbook takes. Raises Refused: desk.not_your_sheet."""
    _own(sheet, by)
    sheet.matched, sheet.saved_at = dict(matched), at
    trail.say(by, "desk.match_template", sheet, matched=sheet.matched)


def export(
    *,
    sheet: OwnSheet,
    rows: int,
    confidential: Sequence[str],
    as_of: date,
    template: bool,
    by: Person,
    at: datetime,
) -> None:
    """Say in the trail what was taken out of the system: how many rows, as of which day, which confidential columns."""
    facts = {"rows": rows, "confidential": list(confidential), "as_of": as_of, "template": template}
    trail.say(by, "desk.export", sheet, name=sheet.name, **facts)


def export_accounts(*, round: Round, batch: int | None, by: Person, at: datetime) -> None:
    """Say in the trail that the payees' whole account numbers were taken out of the system."""
    trail.say(by, "desk.export_accounts", round, batch=batch)


def export_round(*, round: Round, by: Person, at: datetime) -> None:
    """归档: say in the trail that the round's whole file was taken out."""
    trail.say(by, "desk.export_round", round)
