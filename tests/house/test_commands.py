"""The commands that papers and units name exist, with the options they name."""

import re
from collections.abc import Iterator

import click
import pytest

from venture.cli import main
from venture.config import ROOT
from venture.desk.reports import SHEETS

NAMED = re.compile(
    r"(?:^(?:\S+=\S+ )?|`|bin/|-m )venture(?:\.cli)? ([a-z][a-z-]*(?:\|[a-z-]+)*)((?:[ \[]+[^`\n]*)?)",
    re.MULTILINE,
)


def named() -> Iterator[tuple[str, str, str]]:
    """Each place, command and what follows it on the line."""
    papers = [
        ROOT / "README.md",
        ROOT / "README.zh-CN.md",
        ROOT / "SECURITY.md",
        ROOT / "docs" / "operations.md",
    ]
    for paper in [*papers, *(ROOT / "deploy").iterdir()]:
        for words, rest in NAMED.findall(paper.read_text()):
            for word in words.split("|"):
                yield paper.name, word, rest


@pytest.mark.parametrize(("where", "word", "rest"), sorted(set(named())))
def test_a_command_that_a_paper_names_exists(where: str, word: str, rest: str) -> None:
    command = main.commands.get(word)
    assert command is not None, f"{where}: venture {word}"
    commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    known = {option for each in commands for parameter in each.params for option in parameter.opts}
    for option in re.findall(r"(?<![\w-])--[a-z-]+", rest.split("#")[0].split(" and ")[0]):
        assert option in known, f"{where}: venture {word} {option}"


def test_units_and_papers_are_read() -> None:
    found = {(where, word) for where, word, _rest in named()}
    assert ("venture-nightly.service", "tidy") in found and ("README.zh-CN.md", "tidy") in found


@pytest.mark.parametrize("paper", ["README.md", "README.zh-CN.md"])
def test_every_official_sheet_is_named(paper: str) -> None:
    (line,) = [line for line in (ROOT / paper).read_text().splitlines() if line.startswith("venture sheet ")]
    assert re.findall(r"[a-z]+", line.rpartition("    ")[2]) == list(SHEETS)
