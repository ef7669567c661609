"""Word files coming in: their text, line by line, as it stands once every tracked change is accepted.

The XML is read by itself, without styles, pictures or anything outside of the file; what declares entities is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from venture.refusal import Refused

MOST_XML = 10 << 20
"""Bytes of one part of a Word file that is read, unpacked."""
_OUT = frozenset(
    {"del", "moveFrom", "Fallback", "rt", "sectPr", "pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr"}
)
"""Elements whose text does not stand in the document: taken out by a tracked change, said twice, or mere looks."""
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_THINGS = {
    "blip": "picture",
    "imagedata": "picture",
    "chart": "picture",
    "OLEObject": "object",
    "altChunk": "object",
    "footnoteReference": "footnote",
    "endnoteReference": "footnote",
    "sym": "symbol",
}


class Line(NamedTuple):
    """One line of a Word file, and what it holds that is no text: picture, object, footnote, symbol."""

    text: str
    left: frozenset[str] = frozenset()


def lines(path: Path, name: str) -> list[Line]:
    """The text of a Word file as it stands once every tracked change is accepted; a row of a table is one line.

    Numbers that Word puts before paragraphs are written out. Looks, comments, heads and feet are not text. Raises
    Refused: documents.broken, documents.too_long.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            body = _part(packed, "word/document.xml", name)
            numbers = _Numbers(*(_part(packed, f"word/{part}.xml", name) for part in ("numbering", "styles")))
    except (SyntaxError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as broken:
        raise Refused("documents.broken", "file", name=name) from broken
    if body is None:
        raise Refused("documents.broken", "file", name=name)
    return list(_blocks(body, numbers))


def _part(packed: zipfile.ZipFile, part: str, name: str) -> Any:
    """One part as an element; None where there is none. What declares entities is no Word file."""
    if part not in packed.namelist():
        return None
    if packed.getinfo(part).file_size > MOST_XML:
        raise Refused("documents.too_long", "file", name=name)
    content = packed.read(part)
    if b"<!DOCTYPE" in content.replace(b"\0", b""):
        raise Refused("documents.broken", "file", name=name)
    return parse_xml(content)


def _local(element: Any) -> str:
    """The name of an element without its namespace; of a comment, nothing."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _value(element: Any, name: str = "val") -> str:
    return str(element.get(qn(f"w:{name}"), "")) if element is not None else ""


def _blocks(element: Any, numbers: "_Numbers") -> Iterator[Line]:
    """The paragraphs and rows in an element; a paragraph whose end was taken out goes on in the next."""
    held, things = "", frozenset[str]()
    for child in element:
        kind = _local(child)
        if kind == "p":
            text, left, boxes = _paragraph(child, numbers)
            held, things = held + text, things | left
            if child.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}") is not None:
                continue
            yield from _split(held, things)
            yield from boxes
            held, things = "", frozenset()
        elif kind == "tr":
            yield from _row(child, numbers)
        elif kind in _THINGS:
            yield Line("", frozenset({_THINGS[kind]}))
        elif kind not in _OUT:
            yield from _blocks(child, numbers)
    if held or things:
        yield from _split(held, things)


def _split(text: str, things: frozenset[str]) -> Iterator[Line]:
    first, *others = text.split("\n")
    yield Line(first, things)
    yield from (Line(each) for each in others)


def _row(row: Any, numbers: "_Numbers") -> Iterator[Line]:
    """The cells of a row side by side, with a tab between them."""
    if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None:
        return
    cells = [list(_blocks(cell, numbers)) for cell in _cells(row)]
    text = "\t".join("\n".join(line.text for line in cell) for cell in cells)
    yield from _split(text.rstrip("\t"), frozenset().union(*(line.left for cell in cells for line in cell)))


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if _local(child) == "tc":
            if child.find(f"{qn('w:tcPr')}/{qn('w:cellDel')}") is None:
                yield child
        elif _local(child) not in _OUT:
            yield from _cells(child)


def _paragraph(paragraph: Any, numbers: "_Numbers") -> tuple[str, frozenset[str], list[Line]]:
    """Its text with its number, what is no text, and the lines of the text boxes that hang on it."""
    found: list[str] = []
    things: set[str] = set()
    boxes: list[Line] = []

    def walk(element: Any) -> None:
        for child in element:
            kind = _local(child)
            if kind == "t":
                found.append(child.text or "")
            elif kind in _SIGNS:
                found.append(_SIGNS[kind])
            elif kind in _THINGS:
                things.add(_THINGS[kind])
            elif kind == "txbxContent":
                boxes.extend(_blocks(child, numbers))
            elif kind not in _OUT:
                walk(child)

    walk(paragraph)
    text = "".join(found)
    number = numbers.of(paragraph)
    return (f"{number} {text}" if number and text.strip() else text), frozenset(things), boxes


class _Numbers:
    """The numbers and points that Word puts before the paragraphs of a list, counted as they are met."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self.lists: dict[str, str] = {}
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.styles: dict[str, tuple[str, str]] = {}
        self.counts: dict[str, dict[int, int]] = {}
        for each in () if numbering is None else numbering:
            if _local(each) == "num":
                self.lists[_value(each, "numId")] = _value(each.find(qn("w:abstractNumId")))
            for level in each.findall(qn("w:lvl")) if _local(each) == "abstractNum" else ():
                start = _value(level.find(qn("w:start")))
                self.levels[_value(each, "abstractNumId"), _whole(_value(level, "ilvl"))] = (
                    _value(level.find(qn("w:numFmt"))),
                    _value(level.find(qn("w:lvlText"))),
                    _whole(start, 1),
                )
        for style in () if styles is None else styles.findall(qn("w:style")):
            self.styles[_value(style, "styleId")] = _list_of(style)

    def of(self, paragraph: Any) -> str:
        """What stands before this paragraph; call it once for each, in order."""
        looks = paragraph.find(qn("w:pPr"))
        style = _value(looks.find(qn("w:pStyle"))) if looks is not None else ""
        own, level = _list_of(paragraph)
        name, deep = (own, level) if own else self.styles.get(style, ("", ""))
        place, kind = _whole(deep), self.lists.get(name, "")
        if (kind, place) not in self.levels:
            return ""
        counts = self.counts.setdefault(kind, {})
        for deeper in [each for each in counts if each > place]:
            del counts[deeper]
        counts[place] = counts.get(place, self.levels[kind, place][2] - 1) + 1
        form, text, _start = self.levels[kind, place]
        if form in ("bullet", "none"):
            return "•" if form == "bullet" else ""
        return re.sub(r"%([1-9])", lambda found: self._number(kind, int(found[1]) - 1), text)

    def _number(self, kind: str, place: int) -> str:
        form, _text, start = self.levels.get((kind, place), ("decimal", "", 1))
        return numeral(self.counts[kind].get(place, start), form)


def _list_of(element: Any) -> tuple[str, str]:
    """The list and the level that a paragraph or style names itself; «0» is none."""
    found = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
    if found is None:
        return "", ""
    return _value(found.find(qn("w:numId"))), _value(found.find(qn("w:ilvl")))


def _whole(text: str, otherwise: int = 0) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else otherwise


_CHINESE = frozenset({"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting"})
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")


def numeral(number: int, form: str) -> str:
    """A number of a list as Word writes it: Chinese, ringed, in letters or Roman; all else, and the large, in digits."""
    tens, ones = divmod(number, 10)
    if form in _CHINESE and 0 < number < 100:
        digits = " 一二三四五六七八九"
        return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones]}".strip()
    if form.startswith("decimalEnclosedCircle") and 0 < number <= 20:
        return chr(0x2460 + number - 1)
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < number < 40:
        roman = "x" * tens + _ROMAN[ones]
        return roman.upper() if form == "upperRoman" else roman
    return str(number)
