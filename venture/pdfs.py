"""PDF without what programs wrote beside the pages: author, company, program, times (the Info dictionary and XMP).

Nothing is written anew: those bytes become blanks of the same length, so that every offset stays right. What
cannot be followed so far is not given at all.
"""

import re
import zlib
from collections.abc import Iterator

_INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
_METADATA = re.compile(rb"/Type\s*/Metadata\b")
_SHUT = (b"Exif\x00\x00", b"/Encrypt", b"/EmbeddedFile", b"/PieceInfo", b"/Annots", b"/AcroForm")
"""What could hold more than the pages show."""


_PACKED = re.compile(rb"<<[^>]*/Type\s*/ObjStm\b[^>]*>>\s*stream\r?\n")
MOST = 50 << 20
"""Unpacked bytes of a stream of objects that are looked at."""


class NoPdf(ValueError):
    """The content cannot be followed as a PDF to what stands beside its pages."""


def bare(content: bytes) -> bytes:
    """The same pages with nothing beside them. Raises NoPdf."""
    if not content.startswith(b"%PDF-"):
        raise NoPdf
    if any(each in part for part in (content, *_packed(content)) for each in _SHUT):
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


def _packed(content: bytes) -> Iterator[bytes]:
    """The objects that are packed together, unpacked to be looked through. Raises NoPdf."""
    found = list(_PACKED.finditer(content))
    if len(found) != len(re.findall(rb"/ObjStm\b", content)):
        raise NoPdf
    for each in found:
        if b"/FlateDecode" not in each.group() or b"/DecodeParms" in each.group():
            raise NoPdf
        unpacking = zlib.decompressobj()
        try:
            yield unpacking.decompress(content[each.end() :], MOST)
        except zlib.error:
            raise NoPdf from None
        if not unpacking.eof:
            raise NoPdf
