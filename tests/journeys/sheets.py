"""Reading official sheets with another library than the one that wrote them."""

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from venture import money


def grid(path: Path) -> list[list[Any]]:
    """All cells of the first sheet."""
    return [list(row) for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]


def amounts(path: Path, column: str) -> list[int]:
    """A column's amounts in fen, row by row, sums left out."""
    rows = grid(path)
    head = next(place for place, row in enumerate(rows) if column in row)
    at = rows[head].index(column)
    return [round(row[at] * 100) for row in rows[head + 1 :] if isinstance(row[0], int)]


def sum_of(path: Path, column: str) -> int:
    """The 合计 of a column in fen; it equals the sum of the rows, and the 大写 says the same."""
    rows = grid(path)
    at = next(row for row in rows if column in row).index(column)
    total = next(row for row in rows if row[0] == "合计")
    fen: int = round(total[at] * 100)
    assert fen == sum(amounts(path, column))
    assert any(f"{money.capitals(fen)}" in str(cell) for row in rows for cell in row)
    return fen
