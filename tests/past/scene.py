"""Files of earlier awards as offices and foundations keep them (invented, but for the real ones in ../shared)."""

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from venture.config import ROOT

GIVING = ROOT.parent / "shared" / "360giving"
HEADS = ["序号", "项目名称", "承接单位", "信用代码", "类别", "资助金额（元）", "结项", "街道意见"]


def giving(name: str) -> Path:
    """A real 360Giving file; where everything must be there its absence fails, elsewhere it skips."""
    path = GIVING / f"{name}.json"
    if not path.is_file():
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail(f"{path} is missing")
        pytest.skip(f"{path} is missing")
    return path


def workbook(
    rows: list[list[Any]],
    *,
    top: Sequence[str] = ("2016年第一届公益创投立项汇总表（虚构）", "单位:元"),
    heads: Any = None,
) -> bytes:
    """An office's list: title, unit, headings, rows."""
    held = BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = book.add_worksheet("立项")
    for place, line in enumerate([*([text] for text in top), heads or HEADS, *rows]):
        for column, value in enumerate(line):
            if value is not None:
                sheet.write(place, column, value)
    book.close()
    return held.getvalue()


def file(by: Any) -> Any:
    """A row of a file; its content is nowhere."""
    from make import NOON

    from venture.files import File

    return File(sha256="0" * 64, name="x.xlsx", type="x", size=1, uploaded_by_id=by.id, uploaded_at=NOON)
