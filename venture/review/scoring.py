"""From marks to a ranking, in exact fractions: sheets, panels, ties and the pass line.

Marks are whole hundredths of a point; totals and means are Fractions of hundredths, rounded half up by
`shown` only when printed (or at each stage, where the round's rule says so). A missing mark is absent, never
zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

from venture.money import half_up
from venture.refusal import Blocker

Marks = Mapping[str, int | None]
"""One expert's marks by criterion code, in hundredths; absent or None is «not marked»."""

Id = TypeVar("Id")


@dataclass(frozen=True)
class Criterion:
    """One line of a score sheet; `max` and `step` in hundredths.

    `weight` multiplies the mark: a whole number is percent (100 leaves it as it is), a Fraction is the
    factor. A `bonus` is marked like the others and counts in no total of the sheet: it is added at the end.
    """

    code: str
    max: int
    step: int = 50
    weight: int | Fraction = 100
    bonus: bool = False

    @property
    def factor(self) -> Fraction:
        """The weight as a factor."""
        return self.weight if isinstance(self.weight, Fraction) else Fraction(self.weight, 100)


@dataclass(frozen=True)
class Rules:
    """How a panel's sheets become one score; the words are those of the round's settings.

    `aggregation`: mean, trimmed (one highest and one lowest dropped, from `trim_from` sheets on) or median.
    `dropping`: per «sheet» total, or per «criterion» as judging protocols do. `rounding`: «display», or
    «each» stage half up to a hundredth. `abstaining`: a criterion may be left out, and the rest is scaled up
    to the whole.
    """

    aggregation: str = "trimmed"
    trim_from: int = 5
    dropping: str = "sheet"
    rounding: str = "display"
    quorum: int = 3
    abstaining: bool = False

    def __post_init__(self) -> None:
        if (
            self.aggregation not in ("mean", "trimmed", "median")
            or self.dropping not in ("sheet", "criterion")
            or self.rounding not in ("display", "each")
            or self.trim_from < 3
        ):
            raise ValueError(f"no such rule: {self}")


def shown(value: Fraction | int) -> int:
    """The value as printed: half up to a whole hundredth."""
    exact = Fraction(value)
    return half_up(exact.numerator, exact.denominator)


def points(hundredths: int) -> str:
    """Hundredths as points with two decimals: 8300 → «83.00»."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


# --- one sheet ---


def sheet_blockers(marks: Marks, criteria: Sequence[Criterion], *, abstaining: bool = False) -> list[Blocker]:
    """What keeps the sheet from being handed in, each with its criterion as the field.

    Codes: review.no_mark, review.mark_range (max, hundredths), review.mark_step (step), and
    review.nothing_marked where abstaining is allowed but everything was left out.
    """
    found = []
    for criterion in criteria:
        mark = marks.get(criterion.code)
        if mark is None:
            if not abstaining:
                found.append(Blocker("review.no_mark", criterion.code))
        elif not 0 <= mark <= criterion.max:
            found.append(Blocker("review.mark_range", criterion.code, {"max": criterion.max}))
        elif mark % criterion.step:
            found.append(Blocker("review.mark_step", criterion.code, {"step": criterion.step}))
    if abstaining and all(marks.get(criterion.code) is None for criterion in criteria):
        found.append(Blocker("review.nothing_marked"))
    return found


def needs_sentence(mark: int, criterion: Criterion) -> bool:
    """Whether so low (below 40 %) or so high (above 95 %) a mark must be explained in a sentence; a bonus never."""
    return not criterion.bonus and (100 * mark < 40 * criterion.max or 100 * mark > 95 * criterion.max)


def subtotal(mark: int, criterion: Criterion) -> Fraction:
    """A mark times its weight, in hundredths; the same figure on every page and sheet."""
    return mark * criterion.factor


def sheet_total(marks: Marks, criteria: Sequence[Criterion], *, abstaining: bool = False) -> Fraction | None:
    """The weighted sum in hundredths, bonuses left aside; None while a mark is missing.

    With `abstaining` what is marked is scaled to the whole: got ÷ attainable there × attainable in all.
    """
    if not abstaining and any(marks.get(criterion.code) is None for criterion in criteria):
        return None
    criteria = [criterion for criterion in criteria if not criterion.bonus]
    marked = [(criterion, mark) for criterion in criteria if (mark := marks.get(criterion.code)) is not None]
    if not marked:
        return None
    got = sum((subtotal(mark, criterion) for criterion, mark in marked), Fraction())
    if len(marked) == len(criteria):
        return got
    attainable = sum((subtotal(criterion.max, criterion) for criterion, _ in marked), Fraction())
    whole = sum((subtotal(criterion.max, criterion) for criterion in criteria), Fraction())
    return got * whole / attainable


# --- one panel ---


class Score(NamedTuple):
    """What a panel gave: the exact value in hundredths, None without a complete sheet.

    `counted` sheets of `expected`; `trimmed` says whether extremes were dropped; `criteria` are the means
    that decide ties. `bonus` is what the same rule makes of the bonus items, None on a sheet without any.

    What `joined` gives is the score of an application: `value` is the total that ranks it, and beside it stand
    what the `papers` alone came to and the score of the `presentation`, None where there is none.
    """

    value: Fraction | None
    counted: int
    expected: int
    trimmed: bool
    criteria: Mapping[str, Fraction]
    bonus: Fraction | None = None
    papers: Fraction | None = None
    presentation: "Score | None" = None


def panel_score(
    sheets: Sequence[Marks], criteria: Sequence[Criterion], rules: Rules, *, expected: int | None = None
) -> Score:
    """The score of one application from the sheets handed in; incomplete ones are left out, not zero."""
    complete = [
        (sheet, total) for sheet in sheets if (total := _sheet_total(sheet, criteria, rules)) is not None
    ]
    counted = len(complete)
    trimmed = trims(rules, counted)
    columns = {
        criterion.code: [mark for sheet, _ in complete if (mark := sheet.get(criterion.code)) is not None]
        for criterion in criteria
    }
    by_criterion = rules.dropping == "criterion"
    means = {
        code: _centre([Fraction(mark) for mark in column], rules, trimmed) if by_criterion else _mean(column)
        for code, column in columns.items()
        if column
    }
    base = [criterion for criterion in criteria if not criterion.bonus]
    extra = [criterion for criterion in criteria if criterion.bonus]
    value: Fraction | None = None
    bonus: Fraction | None = None
    if counted and by_criterion and len(means) == len(criteria):
        value = _weighed(means, base, rules)
        bonus = _weighed(means, extra, rules) if extra else None
    elif counted:
        value = _centre([total for _, total in complete], rules, trimmed)
        if extra:
            sums = [
                sum((subtotal(sheet.get(one.code) or 0, one) for one in extra), Fraction())
                for sheet, _ in complete
            ]
            bonus = _centre(sums, rules, trimmed)
    return Score(value, counted, counted if expected is None else expected, trimmed, means, bonus)


def _weighed(means: Mapping[str, Fraction], criteria: Sequence[Criterion], rules: Rules) -> Fraction:
    return sum((_staged(means[one.code] * one.factor, rules) for one in criteria), Fraction())


def joined(papers: Score, presentation: Score | None, weight: int, rules: Rules) -> Score:
    """The score of an application from those of its phases: ((100 - weight) · papers + weight · presentation) ÷ 100, and

    the bonus on top of it. `weight` is the presentation's percent, below 50: a better speaker never makes up for a
    difference of d in the papers with less than d · (100 - weight) ÷ weight. Without a presentation there is only what
    the papers came to; with one, both must have a score. Counts and the means that decide ties are those of the papers.
    """
    value = papers.value
    if presentation is not None and value is not None:
        spoken = presentation.value
        value = None if spoken is None else _staged(value + (spoken - value) * Fraction(weight, 100), rules)
    if value is not None and papers.bonus is not None:
        value += papers.bonus
    return papers._replace(value=value, papers=papers.value, presentation=presentation)


def _sheet_total(sheet: Marks, criteria: Sequence[Criterion], rules: Rules) -> Fraction | None:
    total = sheet_total(sheet, criteria, abstaining=rules.abstaining)
    if total is None or rules.rounding == "display":
        return total
    base = [criterion for criterion in criteria if not criterion.bonus]
    if any(sheet.get(criterion.code) is None for criterion in base):
        return Fraction(shown(total))
    marked = ((criterion, sheet.get(criterion.code) or 0) for criterion in base)
    return Fraction(sum(shown(subtotal(mark, criterion)) for criterion, mark in marked))


def _centre(values: Sequence[Fraction], rules: Rules, trims: bool) -> Fraction:
    ordered = sorted(values)
    if rules.aggregation == "median":
        middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
        return _staged(_mean(middle), rules)
    # An abstention may leave a criterion fewer marks than there are sheets: never drop the last one.
    return _staged(_mean(ordered[1:-1] if trims and len(ordered) > 2 else ordered), rules)


def _mean(values: Sequence[Fraction | int]) -> Fraction:
    return sum(map(Fraction, values), Fraction()) / len(values)


def _staged(value: Fraction, rules: Rules) -> Fraction:
    return Fraction(shown(value)) if rules.rounding == "each" else value


def protocol_score(rows: Sequence[tuple[Fraction, Sequence[int | None]]]) -> tuple[list[int], int]:
    """A judging protocol's figures: each criterion's panel score and the weighted total (hundredths).

    A row is a criterion's factor and the marks of all judges (None is absent). One highest and one lowest
    are dropped, the mean of the rest is rounded, times the factor rounded again, then summed: it is
    `panel_score` with dropping per criterion and rounding at each stage.
    """
    rules = Rules(trim_from=3, dropping="criterion", rounding="each", abstaining=True)
    criteria = [Criterion(str(line), 1000, 25, factor) for line, (factor, _) in enumerate(rows)]
    judges = range(max(len(marks) for _, marks in rows))
    sheets = [{str(line): marks[judge] for line, (_, marks) in enumerate(rows)} for judge in judges]
    score = panel_score(sheets, criteria, rules)
    assert score.value is not None
    return [int(score.criteria[criterion.code]) for criterion in criteria], int(score.value)


# --- the ranking ---


def trims(rules: Rules, counted: int) -> bool:
    """Whether so many sheets have their extremes dropped."""
    return rules.aggregation == "trimmed" and counted >= rules.trim_from


def waits(score: Score, rules: Rules) -> list[Blocker]:
    """Why this score cannot be ranked as final yet.

    Codes: review.no_score, review.sheets_missing (counted, expected), review.below_quorum (counted, quorum),
    review.not_trimmed (counted, trim_from): one theme keeps one rule, so the theme waits for a substitute or
    for an approved change of its rule. The same of the presentation: review.not_presented,
    review.presentation_missing, review.presentation_quorum, review.presentation_untrimmed.
    """
    found = _lacks(score, score.value if score.presentation is None else score.papers, rules, _PAPERS_LACK)
    if score.presentation is not None:
        found += _lacks(score.presentation, score.presentation.value, rules, _PRESENTATION_LACKS)
    return found


_PAPERS_LACK = ("review.no_score", "review.sheets_missing", "review.below_quorum", "review.not_trimmed")
_PRESENTATION_LACKS = (
    "review.not_presented",
    "review.presentation_missing",
    "review.presentation_quorum",
    "review.presentation_untrimmed",
)


def _lacks(
    score: Score, value: Fraction | None, rules: Rules, codes: tuple[str, str, str, str]
) -> list[Blocker]:
    nothing, missing, few, short = codes
    found = []
    if value is None:
        found.append(Blocker(nothing))
    if score.counted < score.expected:
        found.append(Blocker(missing, "", {"counted": score.counted, "expected": score.expected}))
    if score.counted < rules.quorum:
        found.append(Blocker(few, "", {"counted": score.counted, "quorum": rules.quorum}))
    if score.counted and rules.aggregation == "trimmed" and not score.trimmed:
        found.append(Blocker(short, "", {"counted": score.counted, "trim_from": rules.trim_from}))
    return found


def passes(value: Fraction | None, pass_line: int) -> bool:
    """Whether the exact value reaches the line (hundredths): 74.996 prints as 75.00 and does not pass 75."""
    return value is not None and value >= pass_line


@dataclass(frozen=True)
class Entry(Generic[Id]):
    """One application in a ranking; `asked` in fen, `draw` its place in a recorded draw, if any."""

    id: Id
    value: Fraction | None
    criteria: Mapping[str, Fraction] = field(default_factory=dict)
    asked: int = 0
    draw: int | None = None


@dataclass(frozen=True)
class Place(Generic[Id]):
    """An application's rank (1, 2, 2, 4; None without a score), and those with whom it is tied to the end."""

    id: Id
    rank: int | None
    tied: tuple[Id, ...] = ()


def ranking(
    entries: Sequence[Entry[Id]], tie_order: Sequence[str] = (), *, lower_request: bool = False
) -> list[Place[Id]]:
    """All entries from best to last on exact values; those without a score come last and have no rank.

    Ties go by the criteria of `tie_order` (higher mean first), then by the lower request if asked for, then
    by a recorded draw. What is equal to the end shares its rank and is reported as tied: storage order
    decides nothing, it only lists the tied by id.
    """

    def key(entry: Entry[Id]) -> tuple[Any, ...]:
        chain = tuple(-entry.criteria.get(code, Fraction(-1)) for code in tie_order)
        request = entry.asked if lower_request else 0
        return (-(entry.value or 0), *chain, request, entry.draw is None, entry.draw or 0)

    def by_id(entry: Entry[Id]) -> Any:
        return entry.id

    listed = sorted(entries, key=by_id)
    scored = sorted((entry for entry in listed if entry.value is not None), key=key)
    placed = ranks([tuple(-part for part in key(entry)) for entry in scored])
    sharing: dict[int, list[Id]] = {}
    for entry, rank in zip(scored, placed, strict=True):
        sharing.setdefault(rank, []).append(entry.id)
    places = [
        Place(entry.id, rank, tuple(other for other in sharing[rank] if other != entry.id))
        for entry, rank in zip(scored, placed, strict=True)
    ]
    return places + [Place(entry.id, None) for entry in listed if entry.value is None]


_FINEST = {False: (10**12, 22), True: (10**18, 28)}
"""How finely a key tells figures apart, and its digits: two different fractions with denominators up to a million differ
by at least a millionth of a millionth. Scores joined of two phases have denominators of up to a thousand million.
"""


def order_key(score: Score, tie_order: Sequence[str], asked: int) -> str:
    """A text by which a database sorts scores exactly as `ranking` does, recorded draws left aside: the higher text

    is the better place, equal texts are tied to the end; empty without a score. Each figure is a whole number of
    millionths of a millionth: nothing is lost below ten thousand sheets, whatever the fraction (with a presentation:
    of parts a million times as small, below three hundred sheets a phase). Figures below a hundred million points fit.
    """
    if score.value is None:
        return ""
    two = score.presentation is not None
    parts = [score.value, *(score.criteria.get(code) for code in tie_order)]
    return "".join([*(_digits(part, two) for part in parts), f"{10**20 - 1 - asked:020d}"])


def pass_key(pass_line: int, *, two: bool = False) -> str:
    """What the keys of scores that reach the pass line (hundredths) are not below; `two`: joined of two phases."""
    return _digits(Fraction(pass_line), two)


def _digits(value: Fraction | None, two: bool) -> str:
    finest, digits = _FINEST[two]
    if value is None:
        return "0" * digits
    if value.denominator**2 > finest or value >= 10**10:
        raise ValueError(f"too fine or too large for a key: {value}")
    return f"{1 + value.numerator * finest // value.denominator:0{digits}d}"


def ranks(values: Sequence[Any]) -> list[int]:
    """The rank of each value, the highest first, equal ones alike: 88, 86.5, 86.5, 80 → 1, 2, 2, 4."""
    first: dict[Any, int] = {}
    for place, value in enumerate(sorted(values, reverse=True), start=1):
        first.setdefault(value, place)
    return [first[value] for value in values]
