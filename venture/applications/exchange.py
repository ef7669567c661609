"""The form on its way through Word and Excel: marks that survive editing, and what stands behind them when it returns.

A mark is plain text, «【need·K7QA】»: the key of a field and four signs that no other application's mark has. Plain text
outlives every editor, conversion and telephone; whoever copies a passage from another file brings that file's signs.
In Word a label stands behind it, up to «▼»; the signs answer for it too, so that a line nobody touched is known in any
language and after any release, and nothing typed into it is overlooked.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from venture.applications import parts
from venture.applications.parts import MOST_ROWS, THEME, Field, Kind, Raw, Row
from venture.refusal import Blocker, Refused

FORM, END, PART = "form", "end", "part"
CLOSE = "▼"
"""Ends the label behind a mark; what stands behind it in the line is text."""
IN_WORD = frozenset({Kind.TEXT, Kind.LONG, Kind.COUNT, Kind.MONEY, Kind.DAY})
"""The kinds of field that travel through Word; tables go through Excel, choices are made on the page."""
MOST_TEXT = 20_000
"""Code points that one text may have to be compared at all; the form asks for 500 signs at most."""
_MARK = re.compile(
    r"[【\[]\s*([a-z_]+)(?:\s*[·・•.]\s*([0-9]{1,9}))?\s*[·・•.]\s*([A-Z2-7]{4})\s*[】\]]", re.ASCII
)


@dataclass(frozen=True)
class Marks:
    """The marks of one application's files; `whose` tells it from every other, here and elsewhere."""

    whose: str

    def form(self, revision: int) -> str:
        """The mark of the file itself, with the revision of the form that it shows."""
        return f"【{FORM}·{revision}·{self.signs(FORM, str(revision))}】"

    def mark(self, key: str, label: str) -> str:
        """The mark of a field, a part or the end; `closed(label)` must stand behind it."""
        return f"【{key}·{self.signs(key, closed(label))}】"

    def signs(self, key: str, beside: str) -> str:
        """The four signs that belong to the key and what stands beside it; blanks don't count."""
        hashed = hashlib.sha256(f"{self.whose}|{key}|{_bare(beside)}".encode()).digest()
        return base64.b32encode(hashed)[:4].decode()


def closed(label: str) -> str:
    """The label of a mark as it stands in the line."""
    return f"{label.replace(CLOSE, '▽')} {CLOSE}"


@dataclass
class Returned:
    """What came back: the revision it was made from, what was typed by key, what cannot be taken in and why.

    `left` names by key what a text cannot hold (picture, footnote …); `stray` is text that stands in no field.
    """

    revision: int
    given: dict[str, Raw] = field(default_factory=dict)
    left: dict[str, set[str]] = field(default_factory=dict)
    stray: list[str] = field(default_factory=list)


def in_word(part: parts.Part) -> list[Field]:
    """The fields of the part that travel through Word; a round's own questions are answered on the page."""
    return [each for each in part.fields if each.kind in IN_WORD and each.key in parts.FIELDS]


def tables(part: parts.Part) -> list[Field]:
    """The fields of the part that travel through Excel."""
    return [each for each in part.fields if each.kind is Kind.TABLE]


# --- Word ---


def from_word(lines: Iterable[tuple[str, Collection[str]]], marks: Marks, ours: Collection[str]) -> Returned:
    """The texts behind the marks, given the lines of a file, each with what the line holds beside text.

    `ours` are the lines that we wrote under no field. A field's text goes from its label to the next mark; what stands
    before a mark in its line belongs to the field above. Raises Refused, with all that is wrong:
    applications.no_form_mark, applications.other_form, applications.foreign_mark, applications.marks_missing,
    applications.marks_doubled, applications.end_missing, applications.far_too_long.
    """
    texts: dict[str, list[str]] = {}
    found = Returned(-1)
    wrong: list[Blocker] = []
    key = ""
    for line, things in lines:
        for mark, number, text in _pieces(line, marks, _KEYS, wrong):
            if mark in texts and mark in _KEYS:
                wrong.append(Blocker("applications.marks_doubled", "", {"label": parts.FIELDS[mark].label}))
            if mark == FORM:  # of two, the older: what was changed since then is told
                found.revision = int(number) if found.revision < 0 else min(found.revision, int(number))
            key = mark or key
            written = texts.setdefault(key, [])
            if text.strip() or not mark:
                written.append(text)
        if things:
            found.left.setdefault(key, set()).update(things)
    if others := [each for each in wrong if each.code == "applications.other_form"]:
        raise Refused.all(others)
    if FORM not in texts:
        raise Refused("applications.no_form_mark", "file")
    named = {each.facts.get("key") for each in wrong} | set(texts)
    wrong += [
        Blocker("applications.marks_missing", "", {"label": each.label})
        for each in _expected(texts)
        if each.key not in named
    ]
    if END not in named:
        wrong.append(Blocker("applications.end_missing", ""))
    wrong += [
        Blocker("applications.far_too_long", "", {"label": parts.FIELDS[name].label, "most": MOST_TEXT})
        for name, written in texts.items()
        if name in _KEYS and sum(map(len, written)) > MOST_TEXT
    ]
    if wrong:
        raise Refused.all(wrong)
    known = {_bare(line) for line in ours}
    for name, written in texts.items():
        if name in _KEYS:
            found.given[name] = _text(parts.FIELDS[name], written)
        else:
            found.stray += [line.strip() for line in written if line.strip() and _bare(line) not in known]
    return found


def _expected(texts: Mapping[str, Any]) -> list[Field]:
    """The fields whose marks must be there; the theme's only where its own heading is."""
    themed = f"{PART}_{THEME.code}" in texts or any(each.key in texts for each in in_word(THEME))
    return [each for part in parts.form(themed) for each in in_word(part)]


def _pieces(
    line: str, marks: Marks, keys: Collection[str], wrong: list[Blocker]
) -> list[tuple[str, str, str]]:
    """The line cut at its marks: (key, number, text behind the mark and its label); text before them has no key."""
    found = [
        each
        for each in _MARK.finditer(line)
        if each[1] in keys or each[1] in (FORM, END) or each[1].startswith(f"{PART}_")
    ]
    if not found:
        return [("", "", line)]
    before = line[: found[0].start()]
    cut = [("", "", before)] if before.strip() else []
    for each, end in zip(found, [*(one.start() for one in found[1:]), len(line)], strict=True):
        key, number, signs = each.groups()
        label, close, text = line[each.end() : end].partition(CLOSE)
        if key == FORM and number and marks.signs(FORM, number) == signs:
            cut.append((FORM, number, ""))
        elif key == FORM:
            wrong.append(Blocker("applications.other_form", "file", {"name": label.strip()}))
        elif marks.signs(key, label + close) == signs:
            cut.append((key, "", text))
        else:
            facts = {"mark": line[each.start() : end].strip()[:80], "key": key}
            wrong.append(Blocker("applications.foreign_mark", "", facts))
    return cut


_KEYS = frozenset(each.key for part in parts.PARTS for each in in_word(part))


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(asked: Field, lines: Sequence[str]) -> Raw:
    """The lines as the field holds them: a field of one line stays one line."""
    if asked.kind is Kind.LONG:
        return parts.normal(asked, "\n".join(lines))
    return parts.normal(
        asked, " ".join(line.strip() for line in "\n".join(lines).split("\n") if line.strip())
    )


# --- Excel ---


def from_excel(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    marks: Marks,
    words: Mapping[str, Collection[str]],
) -> Returned:
    """The rows of the tables that stand in the sheets, each found by the mark in its first column.

    Under the mark's row stand the heads, under them the rows. `words` are the texts, one per language, that a label or a
    choice may have. A table whose sheet is gone is left as it is. Raises Refused, with all that is wrong, each with
    sheet, row as Excel counts, and column: applications.no_form_mark, applications.other_form,
    applications.foreign_mark, applications.no_tables, applications.sheet_doubled, applications.head_missing,
    applications.head_unknown, applications.too_many_rows, and the obstacles of single cells.
    """
    found, wrong = Returned(-1), list[Blocker]()
    fields = {each.key: each for each in parts.FIELDS.values() if each.kind is Kind.TABLE}
    for name, grid in sheets.items():
        place = next((i for i, row in enumerate(grid) if row and _MARK.search(typed(row[0]))), None)
        if place is None:
            if any(typed(value).strip() for row in grid for value in row):
                found.stray.append(name)
            continue
        known = len(wrong)
        pieces = _pieces(typed(grid[place][0]), marks, fields, wrong)
        key, number = next(((key, number) for key, number, _text in pieces if key), ("", ""))
        if not key and len(wrong) == known:
            found.stray.append(name)
        elif key == FORM:
            found.revision = int(number)
        elif key in found.given:
            wrong.append(Blocker("applications.sheet_doubled", "", {"sheet": name}))
        elif key in fields:
            table = _Table(fields[key], name, grid[place + 1 :], place + 2, words)
            found.given[key] = table.rows
            wrong += table.wrong
    if others := [each for each in wrong if each.code == "applications.other_form"]:
        raise Refused.all(others)
    if found.revision < 0:
        raise Refused("applications.no_form_mark", "file")
    if wrong:
        raise Refused.all(wrong)
    if not found.given:
        raise Refused("applications.no_tables", "file")
    return found


class _Table:
    """One sheet: its heads in the row that Excel counts as `first`, its rows under them."""

    def __init__(
        self,
        asked: Field,
        sheet: str,
        grid: Sequence[Sequence[Any]],
        first: int,
        words: Mapping[str, Collection[str]],
    ) -> None:
        self.wrong: list[Blocker] = []
        self.rows: list[Row] = []
        columns = self._columns(asked, sheet, grid[0] if grid else (), words)
        given = [[typed(value) for value in row] for row in grid[1:]]
        while given and not any(text.strip() for text in given[-1]):
            given.pop()
        if len(given) > MOST_ROWS:
            facts = {"sheet": sheet, "rows": len(given), "most": MOST_ROWS}
            self.wrong.append(Blocker("applications.too_many_rows", "", facts))
        if self.wrong:
            return
        codes = {
            column.key: {text: code for code, label in column.choices for text in (code, *words[label])}
            for column in asked.columns
        }
        rows = [
            {
                column.key: codes[column.key].get(row[place].strip(), row[place])
                for place, column in columns.items()
                if place < len(row)
            }
            for row in given
        ]
        filled = parts.normal(asked, rows)
        self._faults(asked, filled, first)
        self.rows = parts.filled(filled)

    def _columns(
        self, asked: Field, sheet: str, heads: Sequence[Any], words: Mapping[str, Collection[str]]
    ) -> dict[int, Field]:
        """The column of the field that stands in each place."""
        named = {_bare(text): column for column in asked.columns for text in words[column.label]}
        columns: dict[int, Field] = {}
        for place, value in enumerate(heads):
            head = typed(value)
            column = named.get(_bare(head))
            if column is not None and column not in columns.values():
                columns[place] = column
            elif head.strip():
                facts = {"sheet": sheet, "head": head.strip(), "column": letters(place)}
                self.wrong.append(Blocker("applications.head_unknown", "", facts))
        for column in asked.columns:
            if column not in columns.values():
                facts = {"sheet": sheet, "label": column.label}
                self.wrong.append(Blocker("applications.head_missing", "", facts))
        return columns

    def _faults(self, asked: Field, rows: Raw, first: int) -> None:
        """What is wrong in single cells, told by the row as Excel counts it."""
        for each in parts.blockers({asked.key: rows}, parts.Terms(consultation=True)):
            if each.field.startswith(f"{asked.key}-"):
                facts = each.facts | {"row": each.facts["row"] + first}
                self.wrong.append(Blocker(each.code, "", facts))


def letters(place: int) -> str:
    """A column as Excel names it: 0 → A, 26 → AA."""
    return (letters(place // 26 - 1) if place > 25 else "") + chr(ord("A") + place % 26)


def typed(value: Any) -> str:
    """What a cell holds, as it would have been typed: numbers without the noise of binary fractions."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)
