"""A list of experts that comes as a workbook: its columns known by their headings, one row an expert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from venture.refusal import Refused

LIMITS = {
    "name": 50,
    "mobile": 30,
    "email": 200,
    "position": 100,
    "title": 50,
    "employer": 100,
    "competences": 200,
    "office": 2000,
    "adviser": 2000,
    "resident": 500,
    "serves": 2000,
}
"""The columns of the list in their order, each with the characters that a cell may hold, as on screen."""
MOST = 2000
"""Rows of one list."""
FIRST_ROWS = 10
"""The heads stand in one of so many first rows: titles may stand above them."""


@dataclass(frozen=True)
class Row:
    """One filled row: its number as Excel counts, and the text of each column by name, empty where the list lacks it."""

    number: int
    texts: Mapping[str, str]


def rows(sheets: Mapping[str, Sequence[Sequence[Any]]], heads: Mapping[str, Sequence[str]]) -> list[Row]:
    """The filled rows of the first sheet that has the head of the name; `heads` are what each column may be called.

    Raises Refused: review.roster_heads where no sheet has it, review.roster_empty, review.roster_long.
    """
    called = {text.strip().casefold(): name for name, texts in heads.items() for text in texts}
    for grid in sheets.values():
        for at, line in enumerate(grid[:FIRST_ROWS]):
            places = {
                place: called[text]
                for place, cell in enumerate(line)
                if (text := plain(cell).casefold()) in called
            }
            if "name" in places.values():
                found = [
                    Row(number, texts)
                    for number, cells in enumerate(grid[at + 1 :], start=at + 2)
                    if any((texts := _texts(cells, places)).values())
                ]
                if not found:
                    raise Refused("review.roster_empty", "roster")
                if len(found) > MOST:
                    raise Refused("review.roster_long", "roster", rows=len(found), most=MOST)
                return found
    raise Refused("review.roster_heads", "roster")


def _texts(cells: Sequence[Any], places: Mapping[int, str]) -> dict[str, str]:
    given = {name: plain(cells[place]) for place, name in places.items() if place < len(cells)}
    return {name: given.get(name, "") for name in LIMITS}


def plain(cell: Any) -> str:
    """A cell as text; a telephone number that Excel took for a number has its digits."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def split(text: str) -> list[str]:
    """What a cell lists, by lines, commas or the enumeration comma."""
    for sign in "\n\r,，|":
        text = text.replace(sign, "、")
    return [each.strip() for each in text.split("、") if each.strip()]
