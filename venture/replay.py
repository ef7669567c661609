"""Commands that replay published data on plain tables: panel scores, award lists, reviewer assignments."""

import csv
import io
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from venture import money
from venture.budget.allocation import Allocation, Bid, Outcome, allocate
from venture.refusal import Blocker, Refused
from venture.review import assignment, scoring
from venture.review.scoring import Criterion, Rules

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

COLUMNS = {
    "id": ("id", "no", "number", "project", "编号", "项目编号", "序号", "项目", "项目名称"),
    "theme": ("theme", "track", "programme", "program", "主题", "专题", "类别", "项目类别", "方向"),
    "score": ("score", "mark", "total", "得分", "分数", "总分", "评分", "最终得分"),
    "asked": ("asked", "amount", "requested", "cost", "申请金额", "申请资金", "申报金额", "金额", "申请经费"),
    "ceiling": ("ceiling", "limit", "cap", "earmark", "上限", "限额", "额度", "资金上限", "专项金额"),
    "entry": ("entry", "项目", "编号", "项目编号"),
    "criterion": ("criterion", "指标", "评分项", "评审指标"),
    "weight": ("weight", "factor", "权重", "系数"),
    "proposal": ("proposal", "paper", "项目", "项目编号"),
    "expert": ("expert", "reviewer", "专家", "评委"),
}
"""The names under which a column is known, however they are written."""


class Table:
    """A table read from a file: a header, and rows with the line on which each stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = _text(path)
        first = next((line for line in text.splitlines() if line.strip()), "")
        mark = max(",\t;", key=first.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        try:
            filled = [
                (rows.line_num, stripped) for row in rows if any(stripped := [cell.strip() for cell in row])
            ]
        except csv.Error as wrong:
            raise click.ClickException(f"{path.name}, line {rows.line_num}: {wrong}.") from None
        if not filled:
            raise click.ClickException(f"{path.name} is empty.")
        (self.first, header), *self.rows = filled
        self.header = [_plain(name) for name in header]

    def columns(self, *needed: str, perhaps: Sequence[str] = ()) -> dict[str, int]:
        """Where the columns stand; raises ClickException where one of `needed` is not there."""
        names = [name.casefold() for name in self.header]
        found = {
            column: names.index(name)
            for column in (*needed, *perhaps)
            for name in reversed(COLUMNS[column])
            if name in names
        }
        if missing := [column for column in needed if column not in found]:
            raise click.ClickException(
                f"{self.path.name}: no column «{'», «'.join(missing)}»; its header is «{'», «'.join(self.header)}»."
            )
        return found

    def wrong(self, line: int, said: str) -> click.ClickException:
        """The error of one line."""
        return click.ClickException(f"{self.path.name}, line {line}: {said}")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """The rows, as wide as the header."""
        for line, row in self.rows:
            if any(row[len(self.header) :]):
                raise self.wrong(line, f"{len(row)} cells under {len(self.header)} headings.")
            yield line, row[: len(self.header)] + [""] * (len(self.header) - len(row))


def _text(path: Path) -> str:
    """The file as text: UTF-8 with or without its mark, or GB 18030, as Excel writes it in China."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise click.ClickException(f"{path.name} is not a text file. Save it as CSV.")


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _exact(text: str) -> Fraction | None:
    try:
        number = Decimal(_plain(text).replace("−", "-"))
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < 40 else None


def _hundredths(text: str) -> int | None:
    exact = _exact(text)
    return int(100 * exact) if exact is not None and (100 * exact).denominator == 1 else None


def _yuan(text: str) -> int:
    try:
        return money.parse(text)
    except money.Malformed as wrong:
        reasons = {
            "money.empty": "the amount is missing",
            "money.decimals": f"«{text}» is finer than a fen",
            "money.too_large": f"«{text}» is more than {money.text(money.MAX_FEN)} yuan",
            "money.negative": f"«{text}» is negative",
        }
        raise ValueError(reasons.get(wrong.code, f"«{text}» is not a sum of money")) from None


def _listed(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


# --- panel scores ---


@click.command()
@click.option(
    "--marks", type=FILE, required=True, help="CSV: entry, criterion, weight, then one column per expert"
)
@click.option(
    "--trim", type=click.Choice(["sheet", "criterion"]), default="sheet", help="where extremes are dropped"
)
@click.option(
    "--round",
    "rounding",
    type=click.Choice(["each", "display"]),
    default="display",
    help="where figures are rounded",
)
@click.option(
    "--trim-from", type=click.IntRange(3), default=5, help="sheets from which on extremes are dropped (5)"
)
@click.option("--totals", is_flag=True, help="only each entry and its total")
def score(marks: Path, trim: str, rounding: str, trim_from: int, totals: bool) -> None:
    """Panel scores and totals of a table of marks, as CSV.

    One highest and one lowest is dropped, of the sheet totals or within each criterion; a missing mark is absent,
    never zero. Columns that begin with «published» are not read.
    """
    rules = Rules(dropping=trim, rounding=rounding, trim_from=trim_from, abstaining=trim == "criterion")
    rows: list[tuple[str, ...]] = [
        ("entry", "total") if totals else ("entry", "criterion", "panel_score", "total")
    ]
    untrimmed: list[str] = []
    unscored: list[str] = []
    for entry, lines in _entries(marks).items():
        criteria = [Criterion(name, 10_000, 1, weight) for name, (weight, _) in lines.items()]
        experts = range(max(len(given) for _, given in lines.values()))
        sheets = [{name: given[expert] for name, (_, given) in lines.items()} for expert in experts]
        sheets = [sheet for sheet in sheets if any(mark is not None for mark in sheet.values())]
        panel = scoring.panel_score(sheets, criteria, rules)
        total = _points(panel.value)
        (untrimmed if panel.value is not None and not panel.trimmed else []).append(entry)
        (unscored if panel.value is None else []).append(entry)
        if totals:
            rows.append((entry, total))
        else:
            rows += [(entry, one.code, _points(panel.criteria.get(one.code)), total) for one in criteria]
    click.echo(_written(rows), nl=False)
    if untrimmed:
        said = f"Fewer than {trim_from} sheets, so nothing was dropped and the mean was taken: {_listed(untrimmed)}"
        click.echo(said, err=True)
    if unscored:
        click.echo(f"Without a complete sheet, so without a total: {_listed(unscored)}", err=True)


def _points(value: Fraction | None) -> str:
    if value is None:
        return ""
    hundredths = scoring.shown(value)
    return f"{'-' if hundredths < 0 else ''}{scoring.points(abs(hundredths))}"


def _entries(path: Path) -> dict[str, dict[str, tuple[Fraction, list[int | None]]]]:
    """Each entry's criteria in the file's order: weight, and the marks of all experts."""
    table = Table(path)
    at = table.columns("entry", "criterion", perhaps=["weight"])
    known = set(at.values())
    experts = [
        place
        for place, name in enumerate(table.header)
        if place not in known and name and not name.casefold().startswith("published")
    ]
    if not experts:
        raise click.ClickException(f"{path.name}: no column of marks.")
    entries: dict[str, dict[str, tuple[Fraction, list[int | None]]]] = {}
    for line, row in table:
        entry, criterion = row[at["entry"]], row[at["criterion"]]
        weight = _exact(row[at["weight"]]) if "weight" in at else Fraction(1)
        if weight is None or weight <= 0:
            raise table.wrong(line, f"the weight «{row[at['weight']]}» is not a number above zero.")
        if criterion in entries.setdefault(entry, {}):
            raise table.wrong(line, f"«{entry}», «{criterion}» stands twice.")
        given = [_hundredths(row[place]) if row[place] else None for place in experts]
        for place, mark in zip(experts, given, strict=True):
            if row[place] and mark is None:
                raise table.wrong(line, f"the mark «{row[place]}» is not a number of at most two decimals.")
        entries[entry][criterion] = (weight, given)
    return entries


# --- award lists ---


def _budget(context: click.Context, option: click.Parameter, text: str) -> int:
    try:
        return _yuan(text)
    except ValueError as wrong:
        raise click.BadParameter(f"{wrong}.") from None


def _line(context: click.Context, option: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    if (line := _hundredths(text)) is None:
        raise click.BadParameter(f"«{text}» is not a number of at most two decimals.")
    return line


@click.command("allocate")
@click.option("--bids", type=FILE, required=True, help="CSV: id, theme, score, asked (yuan)")
@click.option("--budget", callback=_budget, required=True, metavar="YUAN", help="the money of the round")
@click.option("--rule", type=click.Choice(["skip", "stop"]), required=True, help="at what does not fit")
@click.option("--pass-line", callback=_line, metavar="POINTS", help="below it nothing is funded")
@click.option(
    "--ceilings", type=FILE, help="CSV: theme, ceiling (yuan); each theme is then a list of its own"
)
@click.option(
    "--ties",
    type=click.Choice(["file", "refuse"]),
    default="refuse",
    help="equal scores: as in the file, or refuse",
)
def allocate_command(
    bids: Path, budget: int, rule: str, pass_line: int | None, ceilings: Path | None, ties: str
) -> None:
    """The funded ids, the best first, one a line; a summary goes to the error stream.

    Without --ceilings all bids are one list. Where the money reaches some of those with equal scores and not others,
    the command refuses and names them, unless --ties file.
    """
    listed = _bids(bids, themed=ceilings is not None)
    limits = _ceilings(ceilings, listed) if ceilings else {"": budget}
    line = (
        min((int(bid.score) for bid in listed if bid.score is not None), default=0)
        if pass_line is None
        else pass_line
    )
    found = allocate(listed, limits, total=budget, rule=rule, pass_line=line - (pass_line is None))
    tied = _undecided(listed, found, limits, budget, rule) if ties == "refuse" else []
    if tied:
        raise click.ClickException(
            f"The money decides between equal scores: {_listed(tied)}. "
            "Put them in order in the file and say --ties file, or draw lots."
        )
    funded = [decision for decision in found.decisions if decision.amount]
    for decision in funded:
        click.echo(decision.id)
    spent = sum(decision.amount for decision in funded)
    click.echo(
        f"Rule «{rule}»: {len(funded)} of {len(listed)} funded with {money.text(spent)} yuan "
        f"of {money.text(budget)}; {money.text(budget - spent)} left.",
        err=True,
    )
    for outcome, count in Counter(decision.outcome for decision in found.decisions).items():
        if outcome is not Outcome.FUNDED:
            click.echo(f"{NOT_FUNDED[outcome]}: {count}", err=True)
    for theme, left in found.left.items() if ceilings else ():
        click.echo(f"«{theme}»: {money.text(limits[theme] - left)} of {money.text(limits[theme])}", err=True)


NOT_FUNDED = {
    Outcome.BELOW_PASS_LINE: "Below the pass line",
    Outcome.OVER_EARMARK: "More than was left",
    Outcome.OVER_TOTAL: "More than the round had left",
    Outcome.STOPPED: "After the list was stopped",
    Outcome.NOT_RANKED: "Without a score",
}


def _bids(path: Path, *, themed: bool) -> list[Bid[str]]:
    """The bids of the file, the best first, equal scores in the file's order."""
    table = Table(path)
    at = table.columns("id", "score", "asked", *(["theme"] if themed else []), perhaps=["theme"])
    seen: dict[str, int] = {}
    read: list[tuple[str, str, Fraction | None, int]] = []
    for line, row in table:
        name, text = row[at["id"]], row[at["score"]]
        if not name:
            raise table.wrong(line, "the id is missing.")
        if name in seen:
            raise table.wrong(line, f"the id «{name}» stands on line {seen[name]} already.")
        seen[name] = line
        points = _exact(text) if text else None
        if text and points is None:
            raise table.wrong(line, f"the score «{text}» is not a number.")
        try:
            amount = _yuan(row[at["asked"]])
        except ValueError as wrong:
            raise table.wrong(line, f"{wrong}.") from None
        if not amount:
            raise table.wrong(line, f"«{name}» asks for nothing.")
        read.append(
            (
                name,
                _plain(row[at["theme"]]) if themed else "",
                None if points is None else 100 * points,
                amount,
            )
        )
    read.sort(key=lambda bid: (bid[2] is None, -(bid[2] or 0)))
    ranks: dict[Fraction, int] = {}
    return [
        Bid(name, theme, name, amount, points, None if points is None else ranks.setdefault(points, place))
        for place, (name, theme, points, amount) in enumerate(read, start=1)
    ]


def _ceilings(path: Path, bids: Sequence[Bid[str]]) -> dict[str, int]:
    table = Table(path)
    at = table.columns("theme", "ceiling")
    limits: dict[str, int] = {}
    for line, row in table:
        theme = _plain(row[at["theme"]])
        if theme in limits:
            raise table.wrong(line, f"the theme «{theme}» stands twice.")
        try:
            limits[theme] = _yuan(row[at["ceiling"]])
        except ValueError as wrong:
            raise table.wrong(line, f"{wrong}.") from None
    if without := sorted({bid.theme for bid in bids} - set(limits)):
        raise click.ClickException(f"{path.name}: no ceiling for «{'», «'.join(without)}».")
    return limits


def _undecided(
    bids: Sequence[Bid[str]], found: Allocation[str], limits: Mapping[str, int], budget: int, rule: str
) -> list[str]:
    """The first bids of equal score of which another order would have funded others."""
    left, left_in_all, stopped = dict(limits), budget, set[str]()
    start = 0
    while start < len(bids):
        end = start + 1
        while end < len(bids) and bids[end].rank == bids[start].rank:
            end += 1
        outcomes = [decision.outcome for decision in found.decisions[start:end]]
        rivals = [
            bid
            for bid, outcome in zip(bids[start:end], outcomes, strict=True)
            if outcome not in (Outcome.NOT_RANKED, Outcome.BELOW_PASS_LINE) and bid.theme not in stopped
        ]
        fitting: list[Bid[str]] = []
        others: list[Bid[str]] = []
        for bid in rivals:
            (fitting if bid.amount <= min(left[bid.theme], left_in_all) else others).append(bid)
        wanted: Counter[str] = Counter()
        for bid in fitting:
            wanted[bid.theme] += bid.amount
        mixed = {bid.theme for bid in fitting} & {bid.theme for bid in others}
        if (
            (rule == "stop" and mixed)
            or wanted.total() > left_in_all
            or any(amount > left[theme] for theme, amount in wanted.items())
        ):
            return [bid.id for bid in rivals]
        for bid, decision in zip(bids[start:end], found.decisions[start:end], strict=True):
            left[bid.theme] -= decision.amount
            left_in_all -= decision.amount
            if rule == "stop" and decision.short:
                stopped.add(bid.theme)
        start = end
    return []


# --- assignments ---


@dataclass(frozen=True)
class Matrix:
    """How well each expert fits each proposal, NaN for never, and what both are called."""

    fit: NDArray[np.float64]
    proposals: list[str]
    experts: list[str]


@click.command("assign")
@click.option(
    "--affinity", type=FILE, required=True, help="CSV or NPY: proposals × experts; empty or NaN means never"
)
@click.option("--per-proposal", type=click.IntRange(1), required=True, help="experts for each proposal")
@click.option("--max-load", type=click.IntRange(0), required=True, help="proposals an expert gets at most")
@click.option("--min-load", type=click.IntRange(0), default=0, help="proposals an expert gets at least")
@click.option(
    "--conflicts",
    type=FILE,
    help="CSV: proposal, expert (names, or numbers from 1); or NPY of the same shape",
)
@click.option("--seed", type=int, default=0, help="decides between equals")
@click.option("--even", is_flag=True, help="first make the loads as equal as can be")
@click.option("--transposed", is_flag=True, help="the matrix is experts × proposals")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the CSV of pairs to write")
def assign_command(
    affinity: Path,
    per_proposal: int,
    max_load: int,
    min_load: int,
    conflicts: Path | None,
    seed: int,
    even: bool,
    transposed: bool,
    out: Path | None,
) -> None:
    """The best assignment: the worst served proposal first, then the total.

    Prints both, what they cannot exceed, the time and the loads. Where there is none, says why and ends with 1.
    """
    if seed < 0:
        raise click.BadParameter("it is zero or more.", param_hint="--seed")
    matrix = _matrix(affinity, transposed)
    if conflicts:
        _bar(matrix, conflicts, transposed)
    task = assignment.Task(matrix.fit, per_proposal, max_load, min_load, even=even)
    begun = time.perf_counter()
    try:
        found = assignment.assign(task, seed=seed, tell=_heard(begun))
    except Refused as refused:
        reasons = [_reason(blocker, matrix) for blocker in refused.blockers]
        raise click.ClickException("No assignment. " + " ".join(_shortened(reasons))) from None
    except ArithmeticError as wrong:
        raise click.ClickException(f"No assignment was found: {wrong}.") from None
    if out:
        rows = [
            (matrix.proposals[row], matrix.experts[expert], repr(float(matrix.fit[row, expert])))
            for row, expert in found.pairs
        ]
        try:
            out.write_text(_written([("proposal", "expert", "affinity"), *rows]), encoding="utf-8")
        except OSError as wrong:
            raise click.ClickException(f"{out} cannot be written: {wrong.strerror}.") from None
    loads = Counter(found.loads)
    click.echo(f"total: {found.total:.6f}")
    click.echo(f"total, at most: {found.total_bound:.6f}")
    click.echo(f"worst: {found.worst:.6f}")
    click.echo(f"worst, at most: {found.worst_bound:.6f}")
    click.echo(f"result: {'best' if found.best else 'best found'}")
    click.echo(f"time: {time.perf_counter() - begun:.2f} s")
    click.echo(
        f"loads: {min(loads)} to {max(loads)} ({', '.join(f'{loads[load]} × {load}' for load in sorted(loads))})"
    )


def _heard(begun: float) -> Callable[[str], None]:
    return lambda said: click.echo(f"{time.perf_counter() - begun:6.2f} s  {said}", err=True)


def _shortened(reasons: Sequence[str], most: int = 10) -> list[str]:
    return [*reasons[:most], *([f"And {len(reasons) - most} more reasons."] if len(reasons) > most else [])]


def _matrix(path: Path, transposed: bool) -> Matrix:
    if path.suffix.casefold() == ".npy":
        fit, rows, columns = _array(path).astype(float), None, None
    else:
        fit, rows, columns = _cells(path)
    if transposed:
        fit, rows, columns = fit.T.copy(), columns, rows
    if np.isinf(fit).any():
        raise click.ClickException(
            f"{path.name}: an affinity is infinite. Write never as an empty cell or NaN."
        )
    names = [
        given or [str(place) for place in range(1, count + 1)]
        for given, count in zip((rows, columns), fit.shape, strict=True)
    ]
    for given in names:
        if twice := [name for name, count in Counter(given).items() if count > 1]:
            raise click.ClickException(f"{path.name}: the name «{twice[0]}» stands twice.")
    return Matrix(fit, *names)


def _array(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise click.ClickException(f"{path.name} is not an NPY file of numbers.") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "biuf":
        raise click.ClickException(f"{path.name} is not a matrix of numbers.")
    return array


def _cells(path: Path) -> tuple[NDArray[np.float64], list[str] | None, list[str] | None]:
    """The matrix of a CSV, with the names of rows and columns where it has them.

    A first line that is not all numbers names the columns; then a first column that is not all numbers, or whose
    heading is empty or one of the usual words, names the rows.
    """
    table = Table(path)
    headed = any(cell and not _is_number(cell) for cell in table.header)
    lines = list(table) if headed else [(table.first, table.header), *table]
    if not lines:
        raise click.ClickException(f"{path.name}: there is no row under the heading.")
    corner = table.header[0].casefold()
    usual = (*COLUMNS["id"], *COLUMNS["proposal"], *COLUMNS["expert"])
    named = any(row[0] and not _is_number(row[0]) for _, row in lines) or (headed and corner in ("", *usual))
    skip = 1 if named else 0
    fit = np.full((len(lines), len(table.header) - skip), np.nan)
    for place, (line, row) in enumerate(lines):
        try:
            fit[place] = [float(cell) if cell else np.nan for cell in row[skip:]]
        except ValueError:
            wrong = next(cell for cell in row[skip:] if cell and not _is_number(cell))
            raise table.wrong(line, f"«{wrong}» is not a number.") from None
    return fit, [row[0] for _, row in lines] if named else None, table.header[skip:] if headed else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bar(matrix: Matrix, path: Path, transposed: bool) -> None:
    """Take out the pairs of the file of conflicts."""
    if path.suffix.casefold() == ".npy":
        array = _array(path).T if transposed else _array(path)
        if array.shape != matrix.fit.shape:
            raise click.ClickException(f"{path.name} has another shape than the affinities: {array.shape}.")
        matrix.fit[array.astype(bool)] = np.nan
        return
    table = Table(path)
    rows, columns = (
        {name: place for place, name in enumerate(names)} for names in (matrix.proposals, matrix.experts)
    )
    names = [name.casefold() for name in table.header]
    headed = names[0] in COLUMNS["proposal"] or names[-1] in COLUMNS["expert"]
    if len(names) < 2:
        raise click.ClickException(f"{path.name}: a proposal and an expert are wanted on each line.")
    at = table.columns("proposal", "expert") if headed else {"proposal": 0, "expert": 1}
    for line, row in table if headed else [(table.first, table.header), *table]:
        for known, name, word in (
            (rows, row[at["proposal"]], "proposal"),
            (columns, row[at["expert"]], "expert"),
        ):
            if name not in known:
                raise table.wrong(line, f"there is no {word} «{name}».")
        matrix.fit[rows[row[at["proposal"]]], columns[row[at["expert"]]]] = np.nan


def _reason(blocker: Blocker, matrix: Matrix) -> str:
    """One obstacle in a sentence."""
    facts = dict(blocker.facts)
    if "proposal" in facts:
        facts["proposal"] = matrix.proposals[facts["proposal"]]
    if "expert" in facts:
        facts["expert"] = matrix.experts[facts["expert"]]
    if "proposals" in facts:
        facts["proposals"] = _listed([matrix.proposals[row] for row in facts["proposals"]])
    if "experts" in facts:
        facts["experts"] = _listed([matrix.experts[row] for row in facts["experts"]])
    return REASONS[blocker.code].format(**facts)


REASONS = {
    "review.nothing_to_assign": "There is no proposal or no expert.",
    "review.proposal_short": "Proposal {proposal} needs {needs} experts, has {has}.",
    "review.places_short": "All proposals need {needs} places, the experts have {has}.",
    "review.group_short": "Together these proposals need {needs} places, their experts have {has}: {proposals}.",
    "review.floors_exceed": "The experts are promised {promised} proposals, there are {has} places.",
    "review.floor_short": "Expert {expert} is promised {promised} proposals, may have {has}.",
    "review.floors_short": "Together these experts are promised {promised} proposals, may have {has}: {experts}.",
}
