"""Spending on its way through Excel: one sheet of text cells, each row read back, told by row what cannot be read.

The first cell says whose sheet it is; heads stand in the second row, lines below. What is typed is read as on screen:
full-width digits, «2018.9.8», amounts with commas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from venture import clock, money
from venture.applications.exchange import typed

COLUMNS = (
    "spent_on",
    "voucher_no",
    "table",
    "category",
    "content",
    "unit_price",
    "quantity",
    "unit",
    "payee",
    "activity",
)
"""The columns of the sheet, by name and in order."""
NEEDED = ("spent_on", "voucher_no", "category", "content", "unit_price", "quantity", "payee")
MOST = 2000
"""Rows of one sheet that are read."""


@dataclass(frozen=True)
class Row:
    """One filled row: its number in the sheet, the values that could be read, and what could not (name, text, why)."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    wrong: Sequence[tuple[str, str, str]] = ()


def mark(project_no: str) -> str:
    """What stands in the sheet's first cell."""
    return f"【支出明细·{project_no}】"


def rows(
    sheet: Sequence[Sequence[Any]], project_no: str, choices: Mapping[str, Mapping[str, Any]]
) -> list[Row] | None:
    """The filled rows of a sheet; None when it is not this project's.

    `choices`: what each text of a column stands for.
    """
    if not sheet or not sheet[0] or not _text(sheet[0][0]).startswith(mark(project_no)):
        return None
    found = []
    for number, cells in enumerate(sheet[2 : 2 + MOST], start=3):
        texts = {
            name: _text(cells[place]) if place < len(cells) else "" for place, name in enumerate(COLUMNS)
        }
        if any(texts.values()):
            found.append(_row(number, texts, choices))
    return found


def _row(number: int, texts: Mapping[str, str], choices: Mapping[str, Mapping[str, Any]]) -> Row:
    values: dict[str, Any] = {}
    wrong = []
    for name, text in texts.items():
        if not text and name in NEEDED:
            wrong.append((name, "", "missing"))
        elif name in choices:
            if text in choices[name]:
                values[name] = choices[name][text]
            elif text:
                wrong.append((name, text, "choice"))
        elif name == "spent_on":
            try:
                values[name] = clock.parse_day(text.removesuffix(" 00:00:00"))
            except clock.Malformed:
                wrong.append((name, text, "day"))
        elif name in ("unit_price", "quantity"):
            try:
                values[name] = money.parse(text)
            except money.Malformed:
                wrong.append((name, text, "number"))
        else:
            values[name] = text
    return Row(number, values, wrong)


def _text(value: Any) -> str:
    return " ".join(typed(value).split())
