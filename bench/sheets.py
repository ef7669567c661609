"""How much memory and time a sheet of many rows takes while it is written, beside the rows themselves.

.venv/bin/python bench/sheets.py [rows]
"""

import sys
import time
import tracemalloc
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from venture.desk import subjects
from venture.desk.subjects import FIELDS, Spec, Subject
from venture.spreadsheets import Column, Kind, Layout, Sum, official

BAR = 24
"""Megabytes at most, however many rows."""


def rows(number: int) -> Iterator[dict[str, Any]]:
    """Awards as `gathering` gives them (invented)."""
    for n in range(number):
        row: dict[str, Any] = {each.key: f"{each.title}{n:06d}" for each in FIELDS[Subject.AWARDS]}
        row |= {each.key: 100 * n + 1 for each in FIELDS[Subject.AWARDS] if each.kind in ("money", "number")}
        yield row | {"signed_on": None, "awarded_on": None, "theme": f"专题{n // 1000}"}


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    spec = Spec(Subject.AWARDS, [(each.key, "") for each in FIELDS[Subject.AWARDS]], group="theme")
    columns = [Column(heading, Kind(each.kind), each.width) for each, heading in spec.fields]
    for count in (number // 10, number):
        held = list(rows(count))
        since = time.perf_counter()
        size = written(held, spec, columns)
        took = time.perf_counter() - since
        tracemalloc.start()
        written(held, spec, columns)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        said = f"{peak / 2**20:.1f} MB (bar {BAR}), {took:.1f} s, file {size / 2**20:.2f} MB"
        print(f"{count:>6} rows × {len(columns)}: {said}")


def written(held: list[dict[str, Any]], spec: Spec, columns: list[Column]) -> int:
    """Write the sheet to a file; its bytes."""
    lines = (Sum(line.cells) if line.sum else line.cells for line in subjects.arranged(held, spec))
    with TemporaryFile() as file:
        official([("立项", Layout("立项汇总表", "单位:元", columns), lines)], file)
        return file.tell()


if __name__ == "__main__":
    main()
