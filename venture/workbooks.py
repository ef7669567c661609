"""An office's own workbook filled in: its looks, widths, heads and print set-up stay as they are.

The parts of the xlsx are changed in place, so that nothing that we don't know of is lost. What people typed goes in as
inline text, which no program reads as a formula; numbers as numbers. Names stand as «{{项目名称}}»; without any, the
headings of a row are names and the row under it is the pattern.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.opc.oxml import serialize_part_xml
from docx.oxml.parser import parse_xml

from venture.files import unpacks_well
from venture.refusal import Refused
from venture.spreadsheets import cell as fitting

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NAME = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_REF = re.compile(
    r"(?<![A-Za-z0-9_!'.])(\$?[A-Z]{1,3}\$?)([0-9]{1,7})(?::(\$?[A-Z]{1,3}\$?)([0-9]{1,7}))?(?![A-Za-z0-9_(.])"
)
_SUM = re.compile(r"SUM\(\$?([A-Z]{1,3})\$?([0-9]+):\$?([A-Z]{1,3})\$?([0-9]+)\)")
MOST_XML = 20 << 20
"""Bytes of one part that is read, unpacked."""


@dataclass(frozen=True)
class Figure:
    """A sum of money or marks in hundredths."""

    hundredths: int


Value = str | int | date | Figure | None


@dataclass(frozen=True)
class Pattern:
    """Where the rows go: the row (from 1) that is repeated, and the name in each of its columns; `single` are the names
    elsewhere, each to be filled once.
    """

    row: int
    names: Mapping[str, str]
    single: Sequence[str]


def pattern(path: Path, name: str) -> Pattern:
    """Where an office's workbook wants its rows. Raises Refused: files.unreadable, desk.no_names."""
    with _readable(name):
        return _Book(path, name).pattern()


def filled(path: Path, name: str, rows: Sequence[Mapping[str, Value]], single: Mapping[str, Value]) -> bytes:
    """The workbook with a row for each of `rows` (values by name) and the `single` names filled once.

    Rows below move down, with their merged cells and the ranges of formulas that reach over the pattern; a SUM over
    filled cells carries its value. Raises Refused: files.unreadable, desk.no_names.
    """
    with _readable(name):
        book = _Book(path, name)
        book.fill(rows, single)
        return book.content()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """What cannot be read as a workbook is refused: files.unreadable."""
    try:
        yield
    except (
        SyntaxError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
    ) as broken:
        raise Refused("files.unreadable", "file", name=name) from broken


class _Book:
    """The parts of a workbook of which the first visible sheet is filled."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        with _readable(name):
            if not unpacks_well(path):
                raise Refused("files.packed", "file", name=name)
            with zipfile.ZipFile(path) as packed:
                self.parts = {each.filename: packed.read(each) for each in packed.infolist()}
            self.book = self._part("xl/workbook.xml")
            targets = {
                each.get("Id"): each.get("Target") for each in self._part("xl/_rels/workbook.xml.rels")
            }
            shown = [
                each for each in self.book.iter(f"{_MAIN}sheet") if each.get("state", "visible") == "visible"
            ]
            self.title = shown[0].get("name", "")
            target = targets[shown[0].get(_ID)]
            self.place = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            self.sheet = self._part(self.place)
            [self.data] = self.sheet.findall(f"{_MAIN}sheetData")
            self._place()
            self.texts = self._texts()
            self.dated = self._dated()

    def _place(self) -> None:
        """Let each row and cell say where it stands, which a workbook may leave out."""
        number = 0
        for row in self.data:
            number = int(row.get("r", number + 1))
            row.set("r", str(number))
            column = 0
            for each in row:
                column = _number(_letters(each)) or column + 1
                each.set("r", f"{_named(column)}{number}")

    def _part(self, part: str) -> Any:
        content = self.parts[part]
        if len(content) > MOST_XML or b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise ValueError(part)
        return parse_xml(content)

    def _texts(self) -> list[str]:
        """The shared texts of the workbook."""
        if "xl/sharedStrings.xml" not in self.parts:
            return []
        return [_plain(each) for each in self._part("xl/sharedStrings.xml").iter(f"{_MAIN}si")]

    def _dated(self) -> list[bool]:
        """Of each cell style whether it shows a day."""
        if "xl/styles.xml" not in self.parts:
            return []
        styles = self._part("xl/styles.xml")
        own = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.iter(f"{_MAIN}numFmt")}
        found = styles.find(f"{_MAIN}cellXfs")
        codes = [each.get("numFmtId", "0") for each in found] if found is not None else []
        usual = {str(number) for number in (*range(14, 18), 22, *range(27, 37), *range(50, 59))}
        return [code in usual or bool(re.search("[yY]", own.get(code, ""))) for code in codes]

    def text(self, element: Any) -> str:
        """What stands in a cell, as text."""
        value = element.find(f"{_MAIN}v")
        if element.get("t") == "s" and value is not None:
            place = int(value.text or 0)
            return self.texts[place] if place < len(self.texts) else ""
        if element.get("t") == "inlineStr":
            return _plain(element)
        return (value.text or "") if value is not None else ""

    def rows(self) -> Iterator[tuple[int, Any]]:
        for element in self.data.findall(f"{_MAIN}row"):
            yield int(element.get("r")), element

    def pattern(self) -> Pattern:
        """The row of names, else the row under the headings: the first row with three texts or more."""
        single: list[str] = []
        found: tuple[int, dict[str, str]] | None = None
        heads: tuple[int, dict[str, str]] | None = None
        for number, element in self.rows():
            texts = {_letters(each): self.text(each).strip() for each in element}
            named = {place: match[1] for place, text in texts.items() if (match := _NAME.fullmatch(text))}
            rows_names = {place: name for place, name in named.items() if not _is_single(name)}
            if rows_names and found is None:
                found = number, rows_names
            else:
                single += [name for text in texts.values() for name in _NAME.findall(text)]
            words = {
                place: re.sub(r"\s+", "", text)
                for place, text in texts.items()
                if text and not _NAME.search(text) and not text.replace(".", "").isdigit()
            }
            if heads is None and len(words) >= 3:
                heads = number + 1, words
        chosen = found or heads
        if chosen is None:
            raise Refused("desk.no_names", "template", name=self.name)
        return Pattern(*chosen, single=list(dict.fromkeys(single)))

    # --- filling ---

    def fill(self, rows: Sequence[Mapping[str, Value]], single: Mapping[str, Value]) -> None:
        """Put the rows in, move what stands below, fill the single names."""
        asked = self.pattern()
        by_row = dict(self.rows())
        model = by_row.get(asked.row)
        if model is None:
            model = self.data.makeelement(f"{_MAIN}row", {"r": str(asked.row)})
            before = [element for number, element in by_row.items() if number < asked.row]
            self.data.insert(len(before), model)
        for _number, element in self.rows():
            if element is not model:
                self._fill_single(element, single)
        more = max(0, len(rows) - 1)
        self._move(asked.row, more)
        place = self.data.index(model)
        copies = [self._copy(model, asked.row, asked.row + step) for step in range(1, more + 1)]
        for step, element in enumerate([model, *copies]):
            given = rows[step] if step < len(rows) else {}
            if step:
                self.data.insert(place + step, element)
            for letters, name in asked.names.items():
                self._set(self._cell(element, letters), given.get(name))
        self._merge(asked.row, more)
        self._reckon()
        self._store()

    def _fill_single(self, element: Any, single: Mapping[str, Value]) -> None:
        for each in element:
            text = self.text(each)
            if _NAME.search(text):
                whole = _NAME.fullmatch(text.strip())
                if whole and whole[1] in single:
                    self._set(each, single[whole[1]])
                else:
                    said = _NAME.sub(lambda found: _said(single.get(found[1])), text)
                    self._set(each, said)

    def _cell(self, row: Any, letters: str) -> Any:
        """The row's cell in this column, made where there is none."""
        before = [each for each in row if _number(_letters(each)) <= _number(letters)]
        if before and _letters(before[-1]) == letters:
            return before[-1]
        made = row.makeelement(f"{_MAIN}c", {"r": f"{letters}{row.get('r')}"})
        row.insert(len(before), made)
        return made

    def _set(self, element: Any, value: Value) -> None:
        """Let the cell hold the value, with its looks as they are."""
        for child in list(element):
            element.remove(child)
        element.attrib.pop("t", None)
        style = int(element.get("s", "0"))
        if isinstance(value, date) and style < len(self.dated) and self.dated[style]:
            value = (value - date(1899, 12, 30)).days
        if value is None or value == "":
            return
        if isinstance(value, int | Figure):
            held = element.makeelement(f"{_MAIN}v", {})
            held.text = _said(value).replace(",", "")
            element.append(held)
            return
        element.set("t", "inlineStr")
        outer, inner = element.makeelement(f"{_MAIN}is", {}), element.makeelement(f"{_MAIN}t", {})
        inner.set(_SPACE, "preserve")
        inner.text = fitting(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", _said(value)))
        outer.append(inner)
        element.append(outer)

    def _copy(self, model: Any, row: int, number: int) -> Any:
        """The pattern once more, in another row; its formulas look at that row."""
        made = parse_xml(serialize_part_xml(model))
        made.set("r", str(number))
        for each in made:
            each.set("r", f"{_letters(each)}{number}")
            formula = each.find(f"{_MAIN}f")
            if formula is not None and formula.text:
                formula.text = _brought(formula.text, row, number)
            elif formula is not None:  # shared with another cell, which a copy cannot be
                each.remove(formula)
        return made

    def _move(self, row: int, more: int) -> None:
        """Make room for `more` rows behind the pattern."""
        for number, element in self.rows():
            if number > row:
                element.set("r", str(number + more))
                for each in element:
                    each.set("r", f"{_letters(each)}{number + more}")

        def moved(text: str) -> str:
            return _moved(text, row, more)

        for number, element in self.rows():
            for formula in element.iter(f"{_MAIN}f"):
                if formula.text and number != row:
                    formula.text = moved(formula.text)
                if formula.get("ref"):
                    formula.set("ref", moved(formula.get("ref")))
        for tag in ("conditionalFormatting", "dataValidation", "ignoredError", "protectedRange"):
            for each in self.sheet.iter(f"{_MAIN}{tag}"):
                each.set("sqref", moved(each.get("sqref", "")))
        for tag in ("hyperlink", "autoFilter"):
            for each in self.sheet.iter(f"{_MAIN}{tag}"):
                each.set("ref", moved(each.get("ref", "")))
        for each in self.sheet.findall(f"{_MAIN}dimension"):
            self.sheet.remove(each)
        for each in self.book.iter(f"{_MAIN}definedName"):
            sheet, mark, ref = (each.text or "").rpartition("!")
            if mark and sheet.strip("'") == self.title and "," not in ref:
                each.text = f"{sheet}!{moved(ref)}"

    def _merge(self, row: int, more: int) -> None:
        """Merged cells below move; those within the pattern are merged in each row."""
        merged = self.sheet.find(f"{_MAIN}mergeCells")
        if merged is None:
            return
        for each in list(merged):
            found = re.fullmatch(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)", each.get("ref", ""))
            if found is None:
                continue
            first, last = int(found[2]), int(found[4])
            if first == last == row:
                for number in range(row + 1, row + more + 1):
                    ref = f"{found[1]}{number}:{found[3]}{number}"
                    merged.append(merged.makeelement(f"{_MAIN}mergeCell", {"ref": ref}))
            else:
                each.set("ref", _moved(each.get("ref"), row, more))
        merged.set("count", str(len(merged)))

    def _reckon(self) -> None:
        """Sums over filled cells get their value; other formulas none, until a program opens the file."""
        held: dict[tuple[str, int], Decimal] = {}
        formulas = []
        for number, element in self.rows():
            for each in element:
                formula, value = each.find(f"{_MAIN}f"), each.find(f"{_MAIN}v")
                if formula is not None:
                    formulas.append((each, formula.text or ""))
                elif value is not None and each.get("t", "n") == "n" and value.text:
                    held[_letters(each), number] = Decimal(value.text)
        for each, text in formulas:
            for value in each.findall(f"{_MAIN}v"):
                each.remove(value)
            each.attrib.pop("t", None)
            found = _SUM.fullmatch(text.replace(" ", ""))
            if found and found[1] == found[3]:
                span = range(int(found[2]), int(found[4]) + 1)
                value = each.makeelement(f"{_MAIN}v", {})
                value.text = str(sum((held.get((found[1], row), Decimal(0)) for row in span), Decimal(0)))
                each.append(value)

    def _store(self) -> None:
        """Write the changed parts back; the chain of calculation is made anew by whoever opens the file."""
        last = self.book.find(f"{_MAIN}calcPr")
        if last is not None:
            last.set("fullCalcOnLoad", "1")
        self.parts[self.place] = serialize_part_xml(self.sheet)
        self.parts["xl/workbook.xml"] = serialize_part_xml(self.book)
        if self.parts.pop("xl/calcChain.xml", None) is not None:
            for part in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
                element = self._part(part)
                for each in list(element):
                    if "calcChain" in f"{each.get('Target', '')}{each.get('PartName', '')}":
                        element.remove(each)
                self.parts[part] = serialize_part_xml(element)

    def content(self) -> bytes:
        """The workbook as a file; the same parts give the same bytes."""
        held = BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in self.parts.items():
                packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return held.getvalue()


SUM = "合计:"
"""Begins the single name of a sum: «{{合计:立项金额}}»."""
SINGLE = ("日期", "行数")
"""The other single names: the day of the figures, the number of rows."""


def _is_single(name: str) -> bool:
    return name in SINGLE or name.replace("：", ":").startswith(SUM)


def _plain(element: Any) -> str:
    """The text of a cell or shared text, its runs one after another, without what is read aloud."""
    return "".join(
        each.text or "" for each in element.iter(f"{_MAIN}t") if each.getparent().tag != f"{_MAIN}rPh"
    )


def _letters(element: Any) -> str:
    return re.sub("[^A-Z]", "", element.get("r", ""))


def _number(letters: str) -> int:
    """The place of a column: A → 1, AA → 27."""
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number


def _named(place: int) -> str:
    """A column as Excel names it, from 1: 1 → A, 27 → AA."""
    return (_named((place - 1) // 26) if place > 26 else "") + chr(ord("A") + (place - 1) % 26)


def _moved(text: str, row: int, more: int) -> str:
    """References as they are when `more` rows follow on `row`: below it moved, over it made longer."""

    def one(found: re.Match[str]) -> str:
        first = int(found[2]) + (more if int(found[2]) > row else 0)
        if not found[3]:
            return f"{found[1]}{first}"
        last = int(found[4]) + (more if int(found[4]) >= row else 0)
        return f"{found[1]}{first}:{found[3]}{last}"

    return _REF.sub(one, text)


def _brought(text: str, row: int, number: int) -> str:
    """A formula of the pattern `row` as it reads in the row `number`: what looks at its own row looks at that one."""

    def one(found: re.Match[str]) -> str:
        rows = [
            str(number) if int(each) == row and not place.endswith("$") else each
            for place, each in ((found[1], found[2]), (found[3] or "", found[4] or "0"))
        ]
        return f"{found[1]}{rows[0]}" + (f":{found[3]}{rows[1]}" if found[3] else "")

    return _REF.sub(one, text)


def _said(value: Value) -> str:
    """A value in letters."""
    if value is None:
        return ""
    if isinstance(value, Figure):
        sign, size = ("-" if value.hundredths < 0 else ""), abs(value.hundredths)
        return f"{sign}{size // 100}.{size % 100:02d}"
    return value.isoformat() if isinstance(value, date) else str(value)
