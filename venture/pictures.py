"""Pictures for the public: without what camera and programs wrote beside the image (place, time, device, author).

Only whole segments are left out; no picture is decoded, so none can be too large to look at. The turn of the camera
stays, else pictures would lie on their side.
"""

import struct
from collections.abc import Iterator

_KEPT_CHUNKS = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
    )
)


class NoPicture(ValueError):
    """The content cannot be followed as a JPEG or PNG to its image."""


def bare(content: bytes) -> bytes:
    """The same image with nothing beside it. Raises NoPicture."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content[:8] + b"".join(whole for kind, whole in _chunks(content) if kind in _KEPT_CHUNKS)
    if content.startswith(b"\xff\xd8"):
        return b"\xff\xd8" + b"".join(_segments(content))
    raise NoPicture


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        if len(content) < at + 12:
            raise NoPicture
        length, kind = struct.unpack_from(">I4s", content, at)
        if len(content) < at + 12 + length:
            raise NoPicture
        yield kind, content[at : at + 12 + length]
        if kind == b"IEND":
            return
        at += 12 + length
    raise NoPicture


def _segments(content: bytes) -> Iterator[bytes]:
    """Up to the image itself, application segments but JFIF's and Adobe's (colours) and comments left out."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise NoPicture
        if marker == 0xDA:
            end = content.rfind(b"\xff\xd9")
            yield content[at : end + 2] if end > at else content[at:]
            return
        if marker == 0xE1 and (turn := _turn(segment[4:])) > 1:
            tag = struct.pack(">HHIHH", 0x0112, 3, 1, turn, 0)
            exif = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01" + tag + b"\x00\x00\x00\x00"
            yield b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
        elif not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            yield segment
        at += 2 + length
    raise NoPicture


def _turn(exif: bytes) -> int:
    """How the camera was held, 1 to 8 as EXIF counts; 1 when it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(exif[6:8])
    if not exif.startswith(b"Exif\x00\x00") or order is None or len(exif) < 16:
        return 1
    first = 6 + int(struct.unpack_from(order + "I", exif, 10)[0])
    if len(exif) < first + 2:
        return 1
    (count,) = struct.unpack_from(order + "H", exif, first)
    for place in range(count):
        entry = first + 2 + 12 * place
        if len(exif) < entry + 12:
            break
        tag, _kind, _many, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == 0x0112:
            return int(value) if 1 <= value <= 8 else 1
    return 1
