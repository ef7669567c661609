"""A sheet that somebody put together, drawn like an official one or into the superior office's own workbook."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

from flask import current_app
from flask_babel import force_locale, gettext

from venture import money, trail, workbooks
from venture.db import db
from venture.desk import subjects
from venture.desk.subjects import Field, Line, Spec
from venture.spreadsheets import Column, Kind, Layout, Sum, official
from venture.web import Venture
from venture.words import Word

Rows = Sequence[Mapping[str, Any]]


def spoken(rows: Rows) -> list[dict[str, Any]]:
    """The rows with words of closed lists in Chinese, as sheets have them in either language of the pages."""
    with force_locale("zh_Hans_CN"):
        words: dict[Word, str] = {}
        return [
            {
                key: words.setdefault(value, gettext(value.label)) if isinstance(value, Word) else value
                for key, value in row.items()
            }
            for row in rows
        ]


def own(title: str, spec: Spec, rows: Rows, *, as_of: date | None) -> bytes:
    """The sheet with subtotals of its groups, 合计 and the sums in 大写, row by row; with the proof of
    the trail's state in its foot.
    """
    proof = trail.foot(db.session(), key=cast(Venture, current_app).settings.trail_key)
    db.session.rollback()  # all is read; an open reader would hold every submission while this is written
    closing: list[str] = []
    columns = [Column(heading, Kind(each.kind), each.width) for each, heading in spec.fields]
    layout = Layout(
        title,
        "单位:元",
        columns,
        left=f"数据截至 {as_of.isoformat()}" if as_of else "",
        closing=closing,
        proof=proof,
    )
    return official([(title, layout, _rows(spec, rows, closing))])


def _rows(spec: Spec, rows: Rows, closing: list[str]) -> Iterator[list[Any]]:
    """The lines of the sheet; when they are over `closing` holds the sums in capitals."""
    last: Line | None = None
    for last in subjects.arranged(spoken(rows), spec):
        yield Sum(last.cells) if last.sum else last.cells
    if last is not None:
        closing += [
            f"{heading}合计 人民币(大写):{money.capitals(last.cells[place])}"
            for place, (each, heading) in enumerate(spec.fields)
            if each.key in spec.summed
        ]


def in_template(
    path: Path, name: str, spec: Spec, rows: Rows, *, matched: Mapping[str, str], as_of: date
) -> bytes:
    """The superior office's workbook with the rows in its own columns; `matched` gives the column of each name.

    Raises Refused as `workbooks.filled` does.
    """
    known = {each.key: each for each in subjects.FIELDS[spec.subject]}
    seen = {each.key for each, _heading in spec.fields} | {key for key in known if not known[key].sight}
    taken = {name: known[key] for name, key in matched.items() if key in known and key in seen}
    listed = spoken(rows)
    db.session.rollback()  # as above
    filled = [
        {
            name: number if each.key == "no" else _value(row.get(each.key), each)
            for name, each in taken.items()
        }
        for number, row in enumerate(listed, start=1)
    ]
    single: dict[str, workbooks.Value] = {"日期": as_of, "行数": len(rows)}
    for text, each in taken.items():
        if each.kind == "money":
            total = sum(row.get(each.key) or 0 for row in listed)
            single |= {f"{mark}{text}": workbooks.Figure(total) for mark in ("合计:", "合计：")}
    return workbooks.filled(path, name, filled, single)


def _value(value: Any, field: Field) -> workbooks.Value:
    if value is None:
        return None
    if field.kind in ("money", "score"):
        return workbooks.Figure(value)
    return value if isinstance(value, int | date) and field.kind != "code" else str(value)
