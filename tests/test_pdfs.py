"""PDF for a blind review: the pages stay to the byte, author and program go, what cannot be followed is not given."""

import contextlib
import re
import zlib

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from venture import pdfs

SECRET = b"planted author"


def written(*, info: bytes = b"(planted author)", more: bytes = b"", xmp: bool = True) -> bytes:
    """A small PDF as a word processor writes it."""
    meta = b"<x:xmpmeta><dc:creator>planted author</dc:creator></x:xmpmeta>"
    return (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
        b"9 0 obj\n<< /Author "
        + info
        + b" /Producer (Word) >>\nendobj\n"
        + (
            b"8 0 obj\n<< /Type /Metadata /Length 60 >>\nstream\n" + meta + b"\nendstream\nendobj\n"
            if xmp
            else b""
        )
        + more
        + b"trailer\n<< /Root 1 0 R /Info 9 0 R >>\n%%EOF\n"
    )


def test_what_stands_beside_the_pages_becomes_blanks_and_all_else_stays() -> None:
    whole = written()
    made = pdfs.bare(whole)
    assert SECRET not in made and b"Word" not in made and len(made) == len(whole)
    kept = [at for at in range(len(whole)) if made[at] != whole[at]]
    assert whole[: kept[0]] == made[: kept[0]] and made.endswith(whole[kept[-1] + 1 :])
    assert b"9 0 obj << >>" in made


def test_earlier_states_of_the_dictionary_go_as_well() -> None:
    older = b"9 0 obj\n<< /Author (planted author of old) >>\nendobj\n"
    assert SECRET not in pdfs.bare(written(more=older))


@pytest.mark.parametrize(
    "shut", [b"/Encrypt 5 0 R", b"/EmbeddedFile", b"/Annots [1 0 R]", b"/PieceInfo", b"/AcroForm"]
)
def test_what_may_hold_more_than_pages_is_not_given(shut: bytes) -> None:
    with pytest.raises(pdfs.NoPdf):
        pdfs.bare(written(more=b"7 0 obj\n<< " + shut + b" >>\nendobj\n"))


def test_a_dictionary_among_compressed_objects_is_not_given() -> None:
    with pytest.raises(pdfs.NoPdf):
        pdfs.bare(written().replace(b"9 0 obj", b"9 1 obj"))


@pytest.mark.parametrize(
    ("inside", "given_out"), [(b"<< /Type /Page >>", True), (b"<< /Annots [3 0 R] >>", False)]
)
def test_packed_objects_are_looked_through(inside: bytes, given_out: bool) -> None:
    packed = zlib.compress(b"5 0 " + inside)
    head = b"7 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(
        packed
    )
    whole = written(more=head + packed + b"\nendstream\nendobj\n")
    if given_out:
        assert SECRET not in pdfs.bare(whole)
    else:
        with pytest.raises(pdfs.NoPdf):
            pdfs.bare(whole)
    with pytest.raises(pdfs.NoPdf):
        pdfs.bare(whole.replace(b"/FlateDecode", b"/LZWDecode  "[:12]))


def test_what_typst_writes_keeps_no_author() -> None:
    source = b'#set document(author: "planted author", title: "planted title")\n#page[a]'
    whole = typst.compile(source)
    assert whole is not None and re.search(rb"planted|" + "planted".encode("utf-16-be").hex().encode(), whole)
    try:
        made = pdfs.bare(whole)
    except pdfs.NoPdf:
        return
    assert b"planted author" not in made and len(made) == len(whole)
    assert "planted".encode("utf-16-be") not in made


@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7 ", b"%PDF-1.4 /Info 1 0 R 1 0 obj"]))
def test_anything_else_is_refused_or_as_long_as_it_was(content: bytes, head: bytes) -> None:
    with contextlib.suppress(pdfs.NoPdf):
        assert len(pdfs.bare(head + content)) == len(head + content)
