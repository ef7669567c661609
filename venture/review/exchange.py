"""Score sheets on their way through Excel: one sheet of the workbook for each expert and theme, each row known by number
and name.

What came back is taken only as a whole: a sheet of another round, an expert, a column or a project that does not agree
with the record refuses the workbook, told by sheet and cell as Excel names them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from venture import money
from venture.applications.exchange import CLOSE, letters, typed
from venture.refusal import Blocker, Refused

NUMBER, TITLE, REMARK = "number", "title", "remark"
PAPERS = "papers"
"""What a sheet asks to be marked where its first cell does not say otherwise."""
MOST_REMARK = 300
"""Characters of one remark, as on screen."""
MOST_TOLD = 40
"""Mismatches that are told at once; with a whole workbook of another shape there are thousands."""
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Signs that begin a new line or steer: a remark is one line, as on screen."""
_MARK = re.compile(
    r"【\s*评分表\s*·\s*([0-9]{4})"
    r"(?:\s*·\s*([0-9]{1,6})\s*·\s*([a-z0-9_]+)(?:\s*·\s*([a-z]+))?)?\s*】([^▼]*)",
    re.ASCII,
)


@dataclass(frozen=True)
class Asked:
    """What one sheet of the workbook asks: the expert by number and name, the theme, its criteria (name by code), the
    proposals (title by number), and what is marked of them, the papers or the presentation.
    """

    expert: int
    name: str
    theme: str
    criteria: Mapping[str, str]
    rows: Mapping[str, str]
    phase: str = PAPERS

    def mark(self, year: int) -> str:
        """What stands in the sheet's first cell."""
        phase = "" if self.phase == PAPERS else f"·{self.phase}"
        return f"【评分表·{year}·{self.expert}·{self.theme}{phase}】{self.name.replace(CLOSE, '▽')} {CLOSE}"


def notes_mark(year: int) -> str:
    """What stands in the first cell of the sheet that says how the workbook works."""
    return f"【评分表·{year}】"


@dataclass(frozen=True)
class Row:
    """One filled row that came back: whose, for which proposal, its marks (hundredths), the cell of each by code."""

    sheet: str
    expert: int
    number: str
    marks: Mapping[str, int | None]
    remark: str
    cells: Mapping[str, str] = field(default_factory=dict)
    phase: str = PAPERS


def filled(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    asked: Iterable[Asked],
    year: int,
    heads: Mapping[str, Sequence[str]],
) -> list[Row]:
    """The filled rows of a workbook; rows without any mark or remark are passed over.

    `heads` are the texts, one per language, that the columns NUMBER, TITLE and REMARK may have. Raises Refused, each
    with sheet and cell: review.workbook_mark (no sheet of this round's), workbook_expert, workbook_doubled,
    workbook_head, workbook_no_head, workbook_no_number, workbook_number, workbook_title, workbook_twice,
    workbook_no_figure, workbook_remark, in the end workbook_more (count); or workbook_empty.
    """
    expected = {(one.expert, one.theme, one.phase): one for one in asked}
    found, wrong, seen = list[Row](), list[Blocker](), set[tuple[int, str, str]]()
    for name, grid in sheets.items():
        if not any(typed(value).strip() for row in grid for value in row):
            continue
        facts = {"sheet": name, "cell": "A1"}
        mark = _MARK.search(typed(grid[0][0]) if grid and grid[0] else "")
        if mark is None or int(mark[1]) != year:
            wrong.append(Blocker("review.workbook_mark", "", facts))
            continue
        if mark[2] is None:
            continue
        key = int(mark[2]), mark[3], mark[4] or PAPERS
        one = expected.get(key)
        if one is None or _bare(mark[5]) != _bare(one.name.replace(CLOSE, "▽")):
            wrong.append(Blocker("review.workbook_expert", "", {**facts, "expert": key[0]}))
        elif key in seen:
            wrong.append(Blocker("review.workbook_doubled", "", facts))
        else:
            read = _Sheet(name, grid, one, heads)
            found += read.rows
            wrong += read.wrong
        seen.add(key)
    if len(wrong) > MOST_TOLD:
        wrong[MOST_TOLD:] = [Blocker("review.workbook_more", "", {"count": len(wrong) - MOST_TOLD})]
    if wrong:
        raise Refused.all(wrong)
    if not found:
        raise Refused("review.workbook_empty")
    return found


class _Sheet:
    """One expert's sheet: heads in its second row, proposals under them."""

    def __init__(
        self, name: str, grid: Sequence[Sequence[Any]], asked: Asked, heads: Mapping[str, Sequence[str]]
    ) -> None:
        self.name, self.asked = name, asked
        self.rows: list[Row] = []
        self.wrong: list[Blocker] = []
        columns = self._columns(grid[1] if len(grid) > 1 else (), heads)
        if self.wrong:
            return
        taken = set[str]()
        for line, row in enumerate(grid[2:], start=3):
            given = {
                key: typed(row[place]).strip() if place < len(row) else "" for key, place in columns.items()
            }
            if any(given.values()):
                cells = {key: f"{letters(place)}{line}" for key, place in columns.items()}
                self._row(given, cells, taken)

    def _say(self, code: str, cell: str = "", **facts: Any) -> None:
        self.wrong.append(Blocker(code, "", {"sheet": self.name, "cell": cell, **facts}))

    def _columns(self, row: Sequence[Any], heads: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """The place of each column by its code."""
        named = {_bare(text): key for key, texts in heads.items() for text in texts}
        named |= {_bare(name): code for code, name in self.asked.criteria.items()}
        columns: dict[str, int] = {}
        for place, value in enumerate(row):
            head = typed(value).strip()
            key = named.get(_bare(head))
            if key is not None and key not in columns:
                columns[key] = place
            elif head:
                self._say("review.workbook_head", f"{letters(place)}2", head=head)
        for key, name in {**{key: texts[0] for key, texts in heads.items()}, **self.asked.criteria}.items():
            if key not in columns:
                self._say("review.workbook_no_head", head=name)
        return columns

    def _row(self, given: Mapping[str, str], cells: Mapping[str, str], taken: set[str]) -> None:
        number, known = given[NUMBER], len(self.wrong)
        remark = _STEERING.sub(" ", given[REMARK])
        if not number:
            self._say("review.workbook_no_number", cells[NUMBER])
        elif number not in self.asked.rows:
            self._say("review.workbook_number", cells[NUMBER], number=number)
        elif _bare(given[TITLE]) != _bare(self.asked.rows[number]):
            facts = {"number": number, "title": given[TITLE], "right": self.asked.rows[number]}
            self._say("review.workbook_title", cells[TITLE], **facts)
        elif number in taken:
            self._say("review.workbook_twice", cells[NUMBER], number=number)
        taken.add(number)
        marks = {code: self._mark(code, given[code], cells[code]) for code in self.asked.criteria}
        if len(remark) > MOST_REMARK:
            self._say("review.workbook_remark", cells[REMARK], most=MOST_REMARK)
        if len(self.wrong) == known and (remark or any(mark is not None for mark in marks.values())):
            self.rows.append(
                Row(self.name, self.asked.expert, number, marks, remark, cells, self.asked.phase)
            )

    def _mark(self, code: str, text: str, cell: str) -> int | None:
        """The mark in hundredths, read as the page reads it."""
        if not text:
            return None
        try:
            return money.parse(text)
        except money.Malformed:
            self._say("review.workbook_no_figure", cell, criterion=self.asked.criteria[code], text=text[:40])
            return None


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)
