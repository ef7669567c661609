"""Pictures for the public: the image stays to the byte, place, time and author go, odd files are refused."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture import pictures

SECRET = b"GPS 31.9 N 121.2 E"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def exif(turn: int, order: str = "<") -> bytes:
    tags = struct.pack(order + "HHIHH", 0x010F, 2, 4, 0, 0) + struct.pack(
        order + "HHIHH", 0x0112, 3, 1, turn, 0
    )
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 8)
    return b"Exif\x00\x00" + head + struct.pack(order + "H", 2) + tags + b"\x00" * 4 + SECRET


JFIF = segment(0xE0, b"JFIF\x00" + b"\x01\x01\x00\x00\x01\x00\x01\x00\x00")
IMAGE = (
    segment(0xDB, b"\x00" * 65) + segment(0xDA, b"\x01\x01\x00\x00?\x00") + b"scan\xff\x00data" + b"\xff\xd9"
)


def jpeg(*beside: bytes, after: bytes = b"") -> bytes:
    return b"\xff\xd8" + JFIF + b"".join(beside) + IMAGE + after


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*beside: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    image = chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(beside) + image + chunk(b"IEND", b"")


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_jpeg_keeps_its_image_and_its_turn_and_nothing_else(order: str) -> None:
    full = jpeg(segment(0xE1, exif(6, order)), segment(0xED, SECRET), segment(0xFE, SECRET), after=SECRET)
    bare = pictures.bare(full)
    assert SECRET not in bare and bare.startswith(b"\xff\xd8" + JFIF) and bare.endswith(IMAGE)
    turns = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    assert turns in bare and bare.count(b"Exif") == 1
    assert pictures.bare(bare) == bare


def test_an_upright_jpeg_has_no_exif_left() -> None:
    assert (
        pictures.bare(
            jpeg(segment(0xE1, exif(1)), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET))
        )
        == jpeg()
    )


def test_a_png_keeps_what_draws_it() -> None:
    colours = chunk(b"gAMA", struct.pack(">I", 45455))
    beside = (
        colours,
        chunk(b"tEXt", b"Author\x00" + SECRET),
        chunk(b"eXIf", SECRET),
        chunk(b"tIME", b"\x07\xe2" + b"\x01" * 5),
    )
    assert pictures.bare(png(*beside)) == png(colours)


@pytest.mark.parametrize(
    "odd", [b"", b"GIF89a", b"\xff\xd8", jpeg()[:30], png()[:40], b"\xff\xd8" + segment(0xE1, b"")[:3]]
)
def test_what_cannot_be_followed_is_refused(odd: bytes) -> None:
    with pytest.raises(pictures.NoPicture):
        pictures.bare(odd)


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b""]))
def test_any_bytes_are_a_picture_or_refused(tail: bytes, head: bytes) -> None:
    with contextlib.suppress(pictures.NoPicture):
        assert isinstance(pictures.bare(head + tail), bytes)


@given(st.binary(max_size=60))
def test_any_exif_is_read_without_a_stumble(tail: bytes) -> None:
    assert pictures.bare(jpeg(segment(0xE1, b"Exif\x00\x00" + tail))).endswith(IMAGE)
