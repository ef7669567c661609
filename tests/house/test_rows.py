"""Every row of the reliability paper is covered by tests that exist, or says why it is not."""

import ast
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAPER = TESTS.parents[1] / "shared" / "reliability.md"
ROWS: dict[str, dict[str, Any]] = tomllib.loads((TESTS / "house" / "rows.toml").read_text(encoding="utf-8"))


def test_every_row_of_the_paper_is_listed() -> None:
    if not PAPER.is_file():
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail(f"the paper is not at {PAPER}")
        pytest.skip("the paper is not beside the repository")
    assert set(re.findall(r"^\| ([A-GX]\d\d) \|", PAPER.read_text(encoding="utf-8"), re.MULTILINE)) == set(
        ROWS
    )


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_names_tests_that_exist_or_says_why_not(row: str) -> None:
    said = ROWS[row]
    assert len(said.keys() & {"tests", "none", "open"}) == 1
    assert said.get("none", "x") and said.get("open", "x") and said.get("tests", ["x"])
    for name in said.get("tests", []):
        path, _, function = name.partition("::")
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
