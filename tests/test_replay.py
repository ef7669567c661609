"""The commands that replay published data: whole protocols, award lists, assignments; and odd files."""

import csv
import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from venture.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def file(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def refused(result: Result, *said: str, code: int = 1) -> None:
    """One line that says what is wrong, nothing on the output, no trace."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    if code == 1:
        assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    for part in said:
        assert part in result.stderr


# --- score ---


def protocols() -> Path:
    folder = Path(__file__).parents[2] / "shared" / "oracles" / "panel-scores"
    if not folder.is_dir():
        if os.environ.get("VENTURE_REQUIRE_ALL") == "1":
            pytest.fail(f"the published protocols are not at {folder}")
        pytest.skip("the published protocols are not beside the repository")
    return folder


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_published_protocols_are_replayed_to_the_last_figure() -> None:
    folder = protocols()
    result = run("score", "--marks", folder / "marks.csv", "--trim", "criterion", "--round", "each")
    assert result.exit_code == 0 and result.stderr == ""
    scores = {(row["entry"], row["criterion"]): row for row in rows(result.stdout)}
    published = rows((folder / "marks.csv").read_text(encoding="utf-8"))
    assert len(published) == len(scores) == 4755
    for row in published:
        assert float(scores[row["entry"], row["criterion"]]["panel_score"]) == float(
            row["published_panel_score"]
        )
    totals = {
        row["entry"]: row["published_total"] for row in rows((folder / "totals.csv").read_text("utf-8"))
    }
    assert len(totals) == 951
    assert {row["entry"]: row["total"] for row in rows(result.stdout)} == totals


def test_only_totals(tmp_path: Path) -> None:
    marks = file(tmp_path, "entry,criterion,weight,a,b,c,d,e\nP,all,1,95,88,86,84,60\n")
    assert run("score", "--marks", marks, "--totals").stdout == "entry,total\nP,86.00\n"


def test_a_missing_mark_is_absent(tmp_path: Path) -> None:
    given = "7,7.25,7.25,7.5,7.5,,7.75,8,6.75"
    marks = file(tmp_path, f"entry,criterion,weight,1,2,3,4,5,6,7,8,9\nP,all,1,{given}\n")
    for trim in ("sheet", "criterion"):
        assert run("score", "--marks", marks, "--trim", trim, "--totals").stdout.endswith("P,7.38\n")


def test_sheet_and_criterion_are_two_rules(tmp_path: Path) -> None:
    text = "项目,指标,权重,甲,乙,丙,丁,戊\nP,需求,1,１０,20,30,40,50\nP,方案,1,50,40,30,20,60\n"
    marks = file(tmp_path, text, encoding="gb18030")
    by_sheet = rows(run("score", "--marks", marks).stdout)
    by_criterion = rows(run("score", "--marks", marks, "--trim", "criterion").stdout)
    assert {row["total"] for row in by_sheet} == {"60.00"}
    assert [row["panel_score"] for row in by_criterion] == ["30.00", "40.00"]
    assert {row["total"] for row in by_criterion} == {"70.00"}


def test_too_few_sheets_are_averaged_and_that_is_said(tmp_path: Path) -> None:
    marks = file(tmp_path, "entry,criterion,weight,a,b,c,d\nP,all,1,90,80,80,80\nQ,all,1,,,,\n")
    result = run("score", "--marks", marks, "--totals")
    assert result.stdout == "entry,total\nP,82.50\nQ,\n"
    assert "Fewer than 5 sheets, so nothing was dropped and the mean was taken: P\n" in result.stderr
    assert "without a total: Q" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("entry,weight,a\nP,1,3\n", "no column «criterion»"),
        ("entry,criterion,weight\nP,x,1\n", "no column of marks"),
        ("entry,criterion,weight,a\nP,x,1,good\n", "line 2: the mark «good»"),
        ("entry,criterion,weight,a\nP,x,1,8.333\n", "at most two decimals"),
        ("entry,criterion,weight,a\nP,x,0,8\n", "line 2: the weight «0»"),
        ("entry,criterion,weight,a\nP,x,1,8\nP,x,1,9\n", "line 3: «P», «x» stands twice"),
        ("entry,criterion,weight,a\nP,x,1,8,9\n", "line 2: 5 cells under 4 headings"),
    ],
)
def test_a_table_of_marks_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    refused(run("score", "--marks", file(tmp_path, text)), said)


# --- allocate ---

HEAD = "id,theme,score,asked\n"
V21 = HEAD + "a,x,90,60\nb,x,80,50\nc,x,70,30\nd,x,60,10\n"


@pytest.mark.parametrize(("rule", "funded"), [("stop", "a\n"), ("skip", "a\nc\nd\n")])
def test_skip_and_stop(tmp_path: Path, rule: str, funded: str) -> None:
    result = run("allocate", "--bids", file(tmp_path, V21), "--budget", 100, "--rule", rule)
    assert (result.exit_code, result.stdout) == (0, funded)
    assert f"Rule «{rule}»" in result.stderr


def test_the_pass_line_is_exact(tmp_path: Path) -> None:
    bids = file(tmp_path, HEAD + "a,x,75,10\nb,x,74.996,10\n")
    assert (
        run("allocate", "--bids", bids, "--budget", 100, "--rule", "skip", "--pass-line", 75).stdout == "a\n"
    )


def test_a_table_as_offices_keep_them(tmp_path: Path) -> None:
    text = "编号\t专题\t得分\t申请金额\n\n"
    text += "项目（甲）\t协商\t９０\t1.5万元\n\t\t\t\n项目乙\t协商\t80\t５,000.00\n项目丙\t协商\t\t1\n"
    bids = file(tmp_path, text, encoding="utf-8-sig")
    result = run("allocate", "--bids", bids, "--budget", "2万", "--rule", "skip")
    assert result.stdout == "项目（甲）\n项目乙\n"
    assert "Without a score: 1" in result.stderr and "0.00 left" in result.stderr


def test_a_themes_ceiling_holds_although_the_round_has_room(tmp_path: Path) -> None:
    bids = file(tmp_path, HEAD + "a,x,91,80000\nb,x,88,60000\nc,x,87,70000\nd,y,60,200000\n")
    ceilings = file(tmp_path, "theme,ceiling\nx,200000\ny,400000\n", "ceilings.csv")
    options = ("--budget", 600000, "--ceilings", ceilings)
    result = run("allocate", "--bids", bids, "--rule", "skip", *options)
    assert result.stdout == "a\nb\nd\n"
    assert "«x»: 140,000.00 of 200,000.00" in result.stderr
    assert run("allocate", "--bids", bids, "--rule", "stop", *options).stdout == "a\nb\nd\n"
    without = file(tmp_path, "theme,ceiling\nx,200000\n", "ceilings.csv")
    refused(
        run("allocate", "--bids", bids, "--rule", "skip", "--budget", 1, "--ceilings", without), "for «y»"
    )


TIES = HEAD + "a,x,90,50\nb,x,80,60\nc,x,80,40\nd,x,70,10\n"


@pytest.mark.parametrize("rule", ["skip", "stop"])
def test_equal_scores_are_refused_only_where_the_money_decides_between_them(
    tmp_path: Path, rule: str
) -> None:
    bids = file(tmp_path, TIES)
    common = ("allocate", "--bids", bids, "--rule", rule)
    refused(run(*common, "--budget", 110), "between equal scores: b, c.")
    assert (
        run(*common, "--budget", 110, "--ties", "file").stdout == {"skip": "a\nb\n", "stop": "a\nb\n"}[rule]
    )
    assert run(*common, "--budget", 160).stdout == "a\nb\nc\nd\n"
    assert run(*common, "--budget", 75).stdout == {"skip": "a\nd\n", "stop": "a\n"}[rule]


def test_who_can_never_fit_ties_only_where_the_list_would_stop(tmp_path: Path) -> None:
    bids = file(tmp_path, TIES)
    assert run("allocate", "--bids", bids, "--rule", "skip", "--budget", 95).stdout == "a\nc\n"
    refused(run("allocate", "--bids", bids, "--rule", "stop", "--budget", 95), "b, c")


def test_large_and_odd_lists(tmp_path: Path) -> None:
    order = random.Random(1)
    many = HEAD + "".join(
        f"p{n},t{n % 7},{order.randint(5000, 9999) / 100},{order.randint(1, 9)}\n" for n in range(20_000)
    )
    bids = file(tmp_path, many)
    begun = time.process_time()
    result = run("allocate", "--bids", bids, "--budget", 50_000, "--rule", "skip", "--ties", "file")
    assert time.process_time() - begun < 5
    assert result.exit_code == 0 and "50,000.00 yuan of 50,000.00" in result.stderr
    equal = file(tmp_path, HEAD + "".join(f"p{n},t,80,10\n" for n in range(20_000)))
    refused(run("allocate", "--bids", equal, "--budget", 1000, "--rule", "skip"), "p0, p1", "and 19980 more")
    first = run("allocate", "--bids", equal, "--budget", 1000, "--rule", "stop", "--ties", "file")
    assert first.stdout.split() == [f"p{n}" for n in range(100)]
    assert run("allocate", "--bids", equal, "--budget", 0, "--rule", "skip").stdout == ""
    one = file(tmp_path, HEAD + "big,t,99,1000000\nsmall,t,50,1\n")
    assert run("allocate", "--bids", one, "--budget", 100, "--rule", "skip").stdout == "small\n"
    assert run("allocate", "--bids", one, "--budget", 100, "--rule", "stop").stdout == ""
    assert run("allocate", "--bids", file(tmp_path, HEAD), "--budget", 100, "--rule", "stop").stdout == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,theme,score\na,x,1\n", "no column «asked»; its header is «id», «theme», «score»"),
        (HEAD + "a,x,90,1\n\na,x,80,1\n", "line 4: the id «a» stands on line 2 already"),
        (HEAD + ",x,90,1\n", "line 2: the id is missing"),
        (HEAD + "a,x,high,1\n", "the score «high» is not a number"),
        (HEAD + "a,x,NaN,1\n", "the score «NaN» is not a number"),
        (HEAD + "a,x,90,-5\n", "«-5» is negative"),
        (HEAD + "a,x,90,1.005\n", "finer than a fen"),
        (HEAD + "a,x,90,\n", "the amount is missing"),
        (HEAD + "a,x,90,0\n", "«a» asks for nothing"),
        (HEAD + 'a,x,90,"1\n', "line 2"),
        ("\0\0", "is not a text file"),
    ],
)
def test_a_list_of_bids_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    refused(run("allocate", "--bids", file(tmp_path, text), "--budget", 100, "--rule", "skip"), said)


@pytest.mark.parametrize(
    "options",
    [
        ("--budget", "much", "--rule", "skip"),
        ("--budget", "-1", "--rule", "skip"),
        ("--budget", "1", "--rule", "jump"),
        ("--budget", "1", "--rule", "skip", "--pass-line", "high"),
        ("--rule", "skip"),
    ],
)
def test_wrong_usage_ends_with_two(tmp_path: Path, options: tuple[str, ...]) -> None:
    refused(run("allocate", "--bids", file(tmp_path, V21), *options), code=2)
    refused(run("allocate", "--bids", tmp_path / "nowhere.csv", "--budget", 1, "--rule", "skip"), code=2)


# --- assign ---


def told(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    return dict(line.split(": ", 1) for line in result.stdout.splitlines())


def test_a_matrix_is_assigned_and_written(tmp_path: Path) -> None:
    affinity = file(tmp_path, "paper,甲,乙,丙\nA,0.9,0.8,\nB,0.9,0.1,0.2\n")
    result = run(
        "assign", "--affinity", affinity, "--per-proposal", 1, "--max-load", 1, "--out", tmp_path / "o.csv"
    )
    said = told(result)
    assert (said["total"], said["worst"], said["result"]) == ("1.700000", "0.800000", "best")
    assert said["loads"] == "0 to 1 (1 × 0, 2 × 1)"
    assert (tmp_path / "o.csv").read_text("utf-8") == "proposal,expert,affinity\nA,乙,0.8\nB,甲,0.9\n"


def test_a_plain_matrix_of_either_kind_counts_from_one(tmp_path: Path) -> None:
    text = file(tmp_path, "0.9,0.8\n0.9,0.1\n")
    np.save(tmp_path / "m.npy", np.array([[0.9, 0.9], [0.8, 0.1]], dtype=np.float32))
    limits = ("--per-proposal", 1, "--max-load", 1)
    by_text = run("assign", "--affinity", text, *limits, "--out", tmp_path / "a.csv")
    by_array = run(
        "assign", "--affinity", tmp_path / "m.npy", "--transposed", *limits, "--out", tmp_path / "b.csv"
    )
    assert told(by_text)["total"] == told(by_array)["total"] == "1.700000"
    assert [row["expert"] for row in rows((tmp_path / "a.csv").read_text("utf-8"))] == ["2", "1"]
    assert [row["expert"] for row in rows((tmp_path / "b.csv").read_text("utf-8"))] == ["2", "1"]


def test_conflicts_are_never_assigned(tmp_path: Path) -> None:
    affinity = file(tmp_path, "id,x,y,z\nA,9,1,1\nB,9,1,1\n")
    limits = ("assign", "--affinity", affinity, "--per-proposal", 1, "--max-load", 2)
    assert told(run(*limits))["total"] == "18.000000"
    ties = file(tmp_path, "proposal,expert\nA,x\n", "ties.csv")
    assert told(run(*limits, "--conflicts", ties))["total"] == "10.000000"
    assert told(run(*limits, "--conflicts", file(tmp_path, "A,x\n", "ties.csv")))["total"] == "10.000000"
    np.save(tmp_path / "ties.npy", np.array([[1, 0, 0], [1, 0, 0]]))
    assert told(run(*limits, "--conflicts", tmp_path / "ties.npy"))["total"] == "2.000000"
    refused(run(*limits, "--conflicts", file(tmp_path, "A,w\n", "ties.csv")), "there is no expert «w»")
    np.save(tmp_path / "ties.npy", np.zeros((2, 2)))
    refused(run(*limits, "--conflicts", tmp_path / "ties.npy"), "another shape")


def test_equal_affinities_give_equal_loads_by_the_seed(tmp_path: Path) -> None:
    affinity = file(tmp_path, "0,0,0,0,0,0\n" * 12)

    def pairs(seed: int) -> str:
        out = tmp_path / f"{seed}.csv"
        options = ("--per-proposal", 2, "--max-load", 12, "--seed", seed, "--out", out)
        assert told(run("assign", "--affinity", affinity, *options))["loads"] == "4 to 4 (6 × 4)"
        return out.read_text("utf-8")

    assert pairs(1) == pairs(1)
    assert pairs(1) != pairs(2)


def test_no_assignment_says_why_and_writes_nothing(tmp_path: Path) -> None:
    affinity = file(tmp_path, "id,x,y\nA,1,\nB,1,1\n")
    out = tmp_path / "out.csv"
    short = run("assign", "--affinity", affinity, "--per-proposal", 2, "--max-load", 2, "--out", out)
    refused_but_for_progress(short, "Proposal A needs 2 experts, has 1.")
    narrow = run("assign", "--affinity", affinity, "--per-proposal", 1, "--max-load", 0)
    refused_but_for_progress(narrow, "All proposals need 2 places, the experts have 0.")
    promised = run("assign", "--affinity", affinity, "--per-proposal", 1, "--max-load", 2, "--min-load", 2)
    refused_but_for_progress(promised, "The experts are promised 4 proposals, there are 2 places.")
    both = file(tmp_path, "id,x,y\nA,1,\nB,1,\n")
    refused_but_for_progress(
        run("assign", "--affinity", both, "--per-proposal", 1, "--max-load", 1),
        "Together these proposals need 2 places, their experts have 1: A, B.",
    )
    assert not out.exists()


def refused_but_for_progress(result: Result, said: str) -> None:
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.csv", b"1,x\n2,3\n4,what\n", "line 3: «what» is not a number"),
        ("m.csv", b"id,a,a\nA,1,2\n", "the name «a» stands twice"),
        ("m.csv", b"1,inf\n", "infinite"),
        ("m.csv", b"id,a,b\n", "no row under the heading"),
        ("m.csv", b"\xff\xfe\x00", "is not a text file"),
        ("m.npy", b"not an array", "is not an NPY file of numbers"),
    ],
)
def test_a_matrix_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(run("assign", "--affinity", tmp_path / name, "--per-proposal", 1, "--max-load", 1), said)


@pytest.mark.parametrize("array", [np.ones(3), np.ones((2, 2), dtype=complex), np.array([["a"]])])
def test_an_array_that_is_no_matrix_of_numbers(tmp_path: Path, array: Any) -> None:
    np.save(tmp_path / "m.npy", array)
    refused(
        run("assign", "--affinity", tmp_path / "m.npy", "--per-proposal", 1, "--max-load", 1), "not a matrix"
    )


def test_a_benchmark_of_the_published_size_in_a_process_of_its_own(tmp_path: Path) -> None:
    order = np.random.default_rng(6)
    fields = order.dirichlet(np.full(12, 0.25), 177) @ order.dirichlet(np.full(12, 0.35), 118).T
    np.save(
        tmp_path / "m.npy", np.round(np.clip(fields + 0.05 * order.standard_normal(fields.shape), 0, 1), 4)
    )
    limits = ["--per-proposal", "3", "--max-load", "6", "--min-load", "4"]
    command = [sys.executable, "-m", "venture.cli", "assign", "--affinity", str(tmp_path / "m.npy"), *limits]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert list(said) == ["total", "total, at most", "worst", "worst, at most", "result", "time", "loads"]
    assert float(said["worst"]) == pytest.approx(float(said["worst, at most"]), abs=1e-5)
    assert float(said["total"]) == pytest.approx(float(said["total, at most"]), rel=1e-3)
    assert said["loads"].startswith("4 to 6")
