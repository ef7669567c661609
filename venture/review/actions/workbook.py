"""Score sheets that come as a workbook: taken over for several experts in one act, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from venture.files import File
from venture.people.models import Person
from venture.refusal import Blocker, Refused
from venture.review import exchange, queries
from venture.review.actions.papers import key_in
from venture.review.actions.sheets import Filled
from venture.review.models import Sheet, SheetState
from venture.rounds.models import Phase, Round


@dataclass(frozen=True)
class Taken:
    """One sheet that was taken over, and what stood there before: its state and total, None for nothing."""

    sheet: Sheet
    state: SheetState | None
    total: int | None


def key_in_workbook(
    *,
    round: Round,
    rows: Sequence[exchange.Row],
    signed_on: date,
    scan: File | None,
    source: str,
    by: Person,
    at: datetime,
) -> list[Taken]:
    """Take over the filled rows of a workbook as sheets signed on paper, each as `key_in` takes it.

    `source` names the file. Everything that any expert's rows are refused for is told at once; of the codes of `key_in`
    those that concern a row come inside review.workbook_cell with sheet and cell. Raises Refused also with
    review.workbook_unknown, where the record has changed since the file was read.
    """
    taken: list[Taken] = []
    wrong: list[Blocker] = []
    ordered = sorted(rows, key=_whose)
    for (number, phase), group in groupby(ordered, key=_whose):
        mine, seat = list(group), queries.panelist(round, number)
        if seat is None:
            wrong.append(Blocker("review.workbook_unknown", "", {"sheet": mine[0].sheet}))
            continue
        known = {
            application.number: (application, sheet)
            for part in queries.grid(seat, by, Phase(phase))
            for application, sheet in part.rows
        }
        if gone := [row for row in mine if row.number not in known]:
            wrong += [Blocker("review.workbook_unknown", "", {"sheet": row.sheet}) for row in gone]
            continue
        before = {
            application.id: (sheet.state, sheet.total) if sheet else (None, None)
            for application, sheet in known.values()
        }
        cells = _cells(mine, {number: application.id for number, (application, _) in known.items() if number})
        try:
            keyed = key_in(
                panelist=seat,
                phase=Phase(phase),
                rows={known[row.number][0].id: Filled(row.marks, {}, row.remark) for row in mine},
                signed_on=signed_on,
                scan=scan,
                by=by,
                at=at,
                source=source,
            )
        except Refused as refusal:
            wrong += [_placed(blocker, mine, cells) for blocker in refusal.blockers]
        else:
            taken += [Taken(sheet, *before[sheet.application_id]) for sheet in keyed]
    if wrong:
        raise Refused.all({(each.code, str(each.facts)): each for each in wrong}.values())
    return taken


def _whose(row: exchange.Row) -> tuple[int, str]:
    return row.expert, row.phase


def _cells(rows: Sequence[exchange.Row], ids: Mapping[str, int]) -> dict[str, tuple[str, str]]:
    """Sheet and cell of what the grid calls «m-<application>-<criterion>», «c-<application>», and of each number."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        for code in row.marks:
            found[f"m-{ids[row.number]}-{code}"] = row.sheet, row.cells[code]
        found[f"c-{ids[row.number]}"] = row.sheet, row.cells[exchange.REMARK]
        found[row.number] = row.sheet, row.cells[exchange.NUMBER]
    return found


def _placed(blocker: Blocker, rows: Sequence[exchange.Row], cells: Mapping[str, tuple[str, str]]) -> Blocker:
    """What the grid refuses with, told by sheet and cell."""
    number = str(blocker.facts.get("row", "")).partition(" ")[0]
    if place := cells.get(blocker.field) or cells.get(number):
        return Blocker("review.workbook_cell", "", {"sheet": place[0], "cell": place[1], "why": blocker})
    if blocker.code == "review.own_paper":
        return Blocker("review.workbook_cell", "", {"sheet": rows[0].sheet, "cell": "A1", "why": blocker})
    return blocker
