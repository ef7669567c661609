"""One door to PDF and Word: plain data become pages; a Word file that comes in becomes lines of text."""

from venture.documents.letter import Block, Style, letter
from venture.documents.reading import Line, lines
from venture.documents.typeset import AT_ONCE, FAMILIES, legible, pdf, qr, ready, turn
from venture.documents.word import Passage, docx, marked, writable

__all__ = [
    "AT_ONCE",
    "FAMILIES",
    "Block",
    "Line",
    "Passage",
    "Style",
    "docx",
    "legible",
    "letter",
    "lines",
    "marked",
    "pdf",
    "qr",
    "ready",
    "turn",
    "writable",
]
