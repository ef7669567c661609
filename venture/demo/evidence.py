"""Pictures and papers made by arithmetic: files to show, and nobody's photo."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

from venture import files

WIDTH, HEIGHT = 480, 320


def picture(number: int, root: Path) -> files.Staged:
    """A small PNG: sky, field and a house whose colours follow the number."""
    hue = number * 37 % 90
    sky, field = (150 + hue // 2, 200, 225), (110 + hue // 3, 160 - hue // 4, 100)
    wall, roof = (225, 215 - hue, 190), (150, 70 + hue, 60)
    left = 60 + number * 53 % 240
    rows = bytearray()
    for y in range(HEIGHT):
        ground = bytes(sky if y < 200 else field)
        reach = 65 if 150 <= y < 250 else min(75, max(0, y - 100) * 3 // 2) if y < 150 else 0
        middle = bytes(wall if y >= 150 else roof) * (2 * reach)
        rows += b"\0" + ground * (left + 65 - reach) + middle + ground * (WIDTH - left - 65 - reach)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return files.stage(BytesIO(content), f"照片{number}（虚构）.png", root=root, limit=1 << 20)


def paper(name: str, title: str, root: Path) -> files.Staged:
    """A one-page PDF that says what it stands for."""
    text = f"BT /F1 18 Tf 72 760 Td (Invented paper of the demonstration) Tj 0 -28 Td ({title}) Tj ET".encode(
        "ascii"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return files.stage(BytesIO(content), f"{name}（虚构）.pdf", root=root, limit=1 << 20)
