"""Near-duplicates: which proposals share text or lines of the budget, how much of it, and where it stands.

A text counts by its signs: letters and figures after NFKC, without case, blanks and punctuation; so Chinese needs no
words and a changed comma hides nothing. Windows of GRAM signs measure how much is shared; a window of PASSAGE signs in
both is a copied passage, whatever else they say. All windows are compared (winnowing would keep a part of them:
Schleimer, Wilkerson, Aiken 2003), so a paragraph with as many signs is always found. Words of the form itself do not
count: a window must be at least half the applicant's own.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from venture.words import N_, Word

GRAM = 12
"""Signs of the windows that measure how much of a text stands in another."""
PASSAGE = 40
"""Signs in a row that make a copied passage by themselves."""
SHOWN = 20
"""The shortest run that is marked where two proposals stand side by side."""
SAME = 8000
"""Hundredths of a percent of shared text that make two proposals the same one."""
TEXT = 1500
"""Hundredths of a percent of shared text from which two proposals are told, also without one long passage."""
BUDGET = 5000
"""The same of the budgets, where at least SAME_LINES lines have the same figures."""
SAME_LINES = 3
MOST = 500
"""How many pairs are told at most, the likest first."""

_FIXED = 6
_BETWEEN = "\0"
_BASE = np.uint64(0x9E3779B97F4A7C15)
_PLACES = 16
_BITS = 22

Codes = NDArray[np.uint64]
Places = NDArray[np.int64]


class Line(NamedTuple):
    """One line of a budget: what for, the unit price in fen and the quantity in hundredths."""

    content: str
    unit_price: int
    quantity: int


@dataclass(frozen=True)
class Proposal:
    """What is compared of one proposal: its texts by name of the field, and the lines of its budget."""

    key: int
    texts: Sequence[tuple[str, str]]
    lines: Sequence[Line] = ()


class Pair(NamedTuple):
    """Two proposals by key, the smaller first, and what they share.

    `text` and `budget` in hundredths of a percent: of the shorter text, of both budgets. `passages` are the marked
    runs, `longest` has that many signs; `lines` of the budget have the same figures.
    """

    first: int
    second: int
    text: int
    passages: int
    longest: int
    budget: int
    lines: int

    @property
    def likeness(self) -> int:
        return max(self.text, self.budget)


class Found(NamedTuple):
    """The pairs, the likest first, and how many more there were than MOST."""

    pairs: list[Pair]
    left_out: int


class Kind(Word):
    """How two proposals are alike."""

    SAME = "same", N_("The same proposal")
    PASSAGES = "passages", N_("Copied paragraphs")
    TEXT = "text", N_("Similar text")
    BUDGET = "budget", N_("The same budget")


class Verdict(Word):
    """What an officer found on looking at two proposals that are alike; it decides nothing by itself."""

    LOOKED = "looked", N_("Looked at")
    COPIED = "copied", N_("Copied")
    EXPLAINED = "explained", N_("Explained")


def kinds(text: int, longest: int, budget: int) -> list[Kind]:
    """How a pair with these figures is alike (see Pair)."""
    found = []
    if text >= SAME:
        found.append(Kind.SAME)
    elif longest >= PASSAGE:
        found.append(Kind.PASSAGES)
    elif text >= TEXT:
        found.append(Kind.TEXT)
    return found + [Kind.BUDGET] * (budget >= BUDGET)


def signs(text: str) -> str:
    """What of a text counts."""
    return text.translate(_SIGNS)


class _Signs(dict[int, str]):
    """For each code point what counts of it; filled as they come."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        self[code] = kept = "".join(sign for sign in folded if sign.isalnum())
        return kept


_SIGNS = _Signs()


def alike(
    proposals: Iterable[Proposal], fixed: Iterable[str] = (), among: Collection[int] | None = None
) -> Found:
    """All pairs that share enough, of which at least one is `among` (keys; by default any).

    `fixed` are the words of the form and the call. The order of what is given changes nothing.
    Raises ValueError when two proposals have the same key.
    """
    ordered = sorted(proposals, key=lambda each: each.key)
    keys = [each.key for each in ordered]
    if len(set(keys)) < len(keys):
        raise ValueError("a key is given twice")
    if len(ordered) < 2:
        return Found([], 0)
    wanted = np.array([among is None or key in among for key in keys])
    corpus = _Corpus([_flat(each) for each in ordered], list(fixed))
    text, passage = corpus.shared(GRAM, wanted), corpus.shared(PASSAGE, wanted)
    figures, lines = (_Shared(len(ordered), wanted, *_numbered(ordered, words)) for words in (False, True))
    rows, columns = text.rows[:, None], np.arange(len(ordered))[None, :]
    size = np.array([len(each.lines) for each in ordered])
    shared = text.both * 10000 // np.maximum(np.minimum(corpus.windows[rows], corpus.windows[columns]), 1)
    budget = (figures.both + lines.both) * 10000 // np.maximum(size[rows] + size[columns], 1)
    budget[figures.both < SAME_LINES] = 0
    much = (shared >= TEXT) & (text.both > PASSAGE - GRAM)  # of a short text no less than of a passage
    told = much | (passage.both > 0) | (budget >= BUDGET)
    told &= (rows < columns) | ((rows > columns) & ~wanted[columns])
    place, other = np.nonzero(told)
    first, second = np.minimum(text.rows[place], other), np.maximum(text.rows[place], other)
    shared, budget = shared[told], budget[told]
    likest = np.lexsort((second, first, -shared, -np.maximum(shared, budget)))[:MOST]
    pairs = []
    for each in likest:
        one, two = int(first[each]), int(second[each])
        runs = _runs(corpus.flat[one], corpus.flat[two], corpus.own[one])
        longest = max((run.length for run in runs), default=0)
        same = int(figures.both[place[each], other[each]])
        pairs.append(
            Pair(keys[one], keys[two], int(shared[each]), len(runs), longest, int(budget[each]), same)
        )
    return Found(pairs, len(shared) - len(pairs))


def _flat(proposal: Proposal) -> str:
    return _BETWEEN.join(signs(text) for _name, text in proposal.texts) + _BETWEEN


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _windows(codes: Codes, length: int) -> Codes:
    """A number for each window of so many signs: equal where the signs are."""
    count = max(0, len(codes) - length + 1)
    found = np.zeros(count, np.uint64)
    for place in range(length):
        found *= _BASE
        found += codes[place : place + count]
    return found


def _sums(of: NDArray[np.bool_], length: int) -> Places:
    """How many are true in each window of so many."""
    sums = np.concatenate(([0], np.cumsum(of)))
    return sums[length:] - sums[:-length] if len(sums) > length else np.zeros(0, np.int64)


class _Corpus:
    """The signs of all proposals in one row, and which of them are the applicants' own."""

    def __init__(self, flat: list[str], fixed: Sequence[str]) -> None:
        self.flat = flat
        self._codes = _codes("".join(flat))
        lengths = np.array([len(each) for each in flat])
        self._of = np.repeat(np.arange(len(flat)), lengths)
        self._own = ~_formal(self._codes, fixed) & (self._codes != 0)
        self.own = np.split(self._own, np.cumsum(lengths)[:-1])
        self.windows: Places = np.bincount(self._of[self._places(GRAM)], minlength=len(flat))

    def _places(self, length: int) -> Places:
        """Where a window stands that lies in one text and is at least half the applicant's own."""
        whole = _sums(self._codes == 0, length) == 0
        return np.flatnonzero(whole & (_sums(self._own, length) * 2 >= length))

    def shared(self, length: int, wanted: NDArray[np.bool_]) -> "_Shared":
        """How many windows of this length each proposal has that stand in another too."""
        places = self._places(length)
        return _Shared(len(self.flat), wanted, _windows(self._codes, length)[places], self._of[places])


def _formal(codes: Codes, fixed: Sequence[str]) -> NDArray[np.bool_]:
    """Which signs stand in a run that the form or the call has too."""
    words = _codes(_BETWEEN.join(signs(each) for each in fixed))
    known = np.unique(_windows(words, _FIXED)[_sums(words == 0, _FIXED) == 0])
    starts = np.flatnonzero(np.isin(_windows(codes, _FIXED), known))
    edges = np.zeros(len(codes) + 1, np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + _FIXED, -1)
    return np.cumsum(edges)[:-1] > 0


def _numbered(proposals: Sequence[Proposal], words: bool) -> tuple[Codes, Places]:
    """A number for each line of the budgets, equal where the figures are (and the words), and whose line it is."""
    numbers: dict[tuple[str, int, int], int] = {}
    found = [
        (numbers.setdefault(_same(line, words), len(numbers)), place)
        for place, each in enumerate(proposals)
        for line in each.lines
        if line.unit_price and line.quantity
    ]
    return np.array([each[0] for each in found], np.uint64), np.array([each[1] for each in found], np.int64)


def _same(line: Line, words: bool) -> tuple[str, int, int]:
    return signs(line.content) if words else "", line.unit_price, line.quantity


class _Shared:
    """For each wanted proposal (a row) and each other (a column): how many things stand in both.

    Things are numbers, given with their owners ascending. One that stands in a proposal more than once counts as often,
    as far as the other has as many. What the same proposals share is counted in one go: a paragraph that a hundred
    copied costs no more than one that two did.
    """

    def __init__(self, count: int, wanted: NDArray[np.bool_], numbers: Codes, owners: Places) -> None:
        self.rows = np.flatnonzero(wanted)
        self._row = np.full(count, -1)
        self._row[self.rows] = np.arange(len(self.rows))
        self._mine = np.zeros((len(self.rows), count), np.int64)
        self._theirs = np.zeros((len(self.rows), count), np.int64)
        for bits in (0, _BITS):  # most stand nowhere else: what is alone in its bucket needs no sorting
            bucket = (numbers >> np.uint64(bits) & np.uint64(2**_BITS - 1)).astype(np.int64)
            crowded = np.bincount(bucket, minlength=1)[bucket] > 1
            numbers, owners = numbers[crowded], owners[crowded]
        if len(numbers):
            self._add(numbers, owners)
        self.both: Places = np.minimum(self._mine, self._theirs)

    def _add(self, numbers: Codes, owners: Places) -> None:
        order = np.argsort(numbers, kind="stable")
        numbers, owners = numbers[order], owners[order]
        fresh = np.concatenate(([True], numbers[1:] != numbers[:-1]))
        entry = np.flatnonzero(fresh | np.concatenate(([True], owners[1:] != owners[:-1])))
        times = np.diff(np.concatenate((entry, [len(numbers)])))
        owners, group = owners[entry], (np.cumsum(fresh) - 1)[entry]
        sizes = np.bincount(group)
        several = sizes[group] > 1
        owners, times, group = owners[several], times[several], group[several]
        if not len(owners):
            return
        begins = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
        sizes = np.diff(np.concatenate((begins, [len(owners)])))
        marks = np.add.reduceat(_mixed(owners), begins)
        _marks, first, same = np.unique(marks, return_index=True, return_inverse=True)
        offsets = np.concatenate(([0], np.cumsum(sizes[first])))
        within = np.arange(len(owners)) - np.repeat(begins, sizes)
        weights = np.bincount(np.repeat(offsets[same], sizes) + within, weights=times).astype(np.int64)
        for place, group_ in enumerate(first):
            who = owners[begins[group_] : begins[group_] + sizes[group_]]
            self._count(who, weights[offsets[place] : offsets[place + 1]])

    def _count(self, who: Places, times: Places) -> None:
        rows = self._row[who]
        ours = rows >= 0
        if not ours.any():
            return
        cells = np.ix_(rows[ours], who)
        self._mine[cells] += times[ours][:, None]
        self._theirs[cells] += times[None, :]


def _mixed(numbers: Places) -> Codes:
    """Well-spread numbers (splitmix64), so that their sum tells a set of them."""
    mixed = (numbers.astype(np.uint64) + np.uint64(1)) * _BASE
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


# --- side by side ---


class Run(NamedTuple):
    """A run of signs that stands in both: where it begins in each, and its length."""

    first: int
    second: int
    length: int


class Piece(NamedTuple):
    """A piece of a text as it was typed, with the numbers of the copied passages that it belongs to."""

    text: str
    passages: tuple[int, ...]


class Row(NamedTuple):
    """A line of a budget and what of it stands in the other one too: its figures, its words with them."""

    line: Line
    figures: bool
    words: bool


@dataclass(frozen=True)
class Side:
    """One of two proposals: its texts in pieces, by field, and the lines of its budget."""

    texts: list[tuple[str, list[Piece]]]
    lines: list[Row]


def side_by_side(first: Proposal, second: Proposal, fixed: Iterable[str] = ()) -> tuple[Side, Side]:
    """Both proposals with the copied passages marked, numbered in the order of the first, from 1."""
    flat = [_flat(first), _flat(second)]
    runs = _runs(flat[0], flat[1], _Corpus(flat, list(fixed)).own[0])
    spans = [
        [(number, run.first, run.first + run.length) for number, run in enumerate(runs, 1)],
        [(number, run.second, run.second + run.length) for number, run in enumerate(runs, 1)],
    ]
    return (
        Side(_pieces(first, spans[0]), _rows(first.lines, second.lines)),
        Side(_pieces(second, spans[1]), _rows(second.lines, first.lines)),
    )


def _runs(first: str, second: str, own: NDArray[np.bool_]) -> list[Run]:
    """The runs of at least SHOWN signs of the first that stand in the second too, in the first's order.

    The longest go first; another is taken for what it adds. Half of SHOWN signs at least are the applicant's own.
    """
    second = second.replace(_BETWEEN, "\1")  # so that no run goes on from one text to the next
    places: dict[str, list[int]] = {}
    for place in range(len(second) - GRAM + 1):
        here = places.setdefault(second[place : place + GRAM], [])
        if len(here) < _PLACES:
            here.append(place)
    found: list[Run] = []
    last = Run(0, 0, 0)
    for place in range(len(first) - GRAM + 1):
        best = Run(place, last.second + 1, last.length - 1) if last.length > GRAM else Run(place, 0, 0)
        for at in places.get(first[place : place + GRAM], ()):
            if first[place : place + best.length + 1] == second[at : at + best.length + 1]:
                best = Run(place, at, _common(first, second, place, at))
        if best.length >= SHOWN and best.length > last.length - 1:
            found.append(best)
        last = best
    free = np.ones(len(first), bool)
    taken = []
    for run in sorted(found, key=lambda run: (-run.length, run.first)):
        span = slice(run.first, run.first + run.length)
        if free[span].sum() >= SHOWN and own[span].sum() * 2 >= SHOWN:
            free[span] = False
            taken.append(run)
    return sorted(taken)


def _common(first: str, second: str, here: int, there: int) -> int:
    """How many signs are the same from these two places on."""
    low, high = 0, min(len(first) - here, len(second) - there)
    while low < high:
        middle = (low + high + 1) // 2
        if first[here + low : here + middle] == second[there + low : there + middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _pieces(proposal: Proposal, spans: Sequence[tuple[int, int, int]]) -> list[tuple[str, list[Piece]]]:
    told = []
    begin = 0
    for name, text in proposal.texts:
        at = [place for place, sign in enumerate(text) for _each in signs(sign)]
        edges: dict[int, list[int]] = {}
        for number, start, end in spans:
            if begin <= start < begin + len(at):
                edges.setdefault(at[start - begin], []).append(number)
                edges.setdefault(at[end - begin - 1] + 1, []).append(-number)
        told.append((name, _cut(text, edges)))
        begin += len(at) + 1
    return told


def _cut(text: str, edges: dict[int, list[int]]) -> list[Piece]:
    pieces, begin, live = [], 0, set[int]()
    for place in [*sorted(edges), len(text)]:
        if place > begin:
            pieces.append(Piece(text[begin:place], tuple(sorted(live))))
            begin = place
        for number in edges.get(place, ()):
            live ^= {abs(number)}
    return pieces


def _rows(lines: Sequence[Line], others: Sequence[Line]) -> list[Row]:
    left = [Counter(_same(line, words) for line in others) for words in (False, True)]
    rows = []
    for line in lines:
        found = []
        for counted, words in zip(left, (False, True), strict=True):
            found.append(bool(line.unit_price and line.quantity) and counted[_same(line, words)] > 0)
            counted[_same(line, words)] -= found[-1]
        rows.append(Row(line, *found))
    return rows
