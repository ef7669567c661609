"""One door to PDF and Word: plain data become pages; a Word file that comes in becomes lines of text."""

from venture.documents.reading import Line, lines
from venture.documents.typeset import FAMILIES, legible, pdf, qr, ready
from venture.documents.word import Passage, docx, marked, writable

__all__ = [
    "FAMILIES",
    "Line",
    "Passage",
    "docx",
    "legible",
    "lines",
    "marked",
    "pdf",
    "qr",
    "ready",
    "writable",
]
