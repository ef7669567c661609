"""PDF without what programs wrote beside the pages: author, company, program, times (the Info dictionary and XMP).

Nothing is decoded or written anew: those bytes become blanks of the same length, so that every offset stays right. What
cannot be followed so far is not given at all.
"""

import re

_INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
_METADATA = re.compile(rb"/Type\s*/Metadata\b")
_SHUT = (b"/Encrypt", b"/EmbeddedFile", b"/PieceInfo", b"/Annots", b"/AcroForm")
"""What could hold more than the pages show."""


class NoPdf(ValueError):
    """The content cannot be followed as a PDF to what stands beside its pages."""


def bare(content: bytes) -> bytes:
    """The same pages with nothing beside them. Raises NoPdf."""
    if not content.startswith(b"%PDF-") or any(each in content for each in _SHUT):
        raise NoPdf
    made = bytearray(content)
    for number, generation in set(_INFO.findall(content)):
        found = list(re.finditer(rb"(?<!\d)%s\s+%s\s+obj(.*?)endobj" % (number, generation), content, re.S))
        if not found:  # it lies compressed among others
            raise NoPdf
        for each in found:
            start, end = each.span(1)
            made[start:end] = b" << >> ".ljust(end - start) if end - start >= 7 else b" " * (end - start)
    for each in _METADATA.finditer(content):
        begin, end = content.find(b"stream", each.end()), content.find(b"endstream", each.end())
        if begin < 0 or end < begin:
            raise NoPdf
        start = begin + len(b"stream")
        made[start:end] = b"\n" + b" " * (end - start - 2) + b"\n" if end - start >= 2 else made[start:end]
    if b"<x:xmpmeta" in made or b"/Author" in made:
        raise NoPdf
    return bytes(made)
