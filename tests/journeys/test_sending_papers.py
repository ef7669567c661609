"""Papers over a line that breaks, and photos made smaller, in a real browser."""

import base64
import hashlib
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys.hand import Hand
from live import copied, served

from venture.files import path_of

pytestmark = pytest.mark.browser

TURNED = (
    b"\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01"
    b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" + bytes(6)
)
"""EXIF of a camera that was held upright: the picture lies on its side (orientation 6)."""


@pytest.fixture(scope="module")
def folder(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(loaded, tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as site:
        yield site


@pytest.fixture
def hand(address: str, chromium: Any) -> Iterator[Hand]:
    """The applicant at the papers of what was sent back to them."""
    hand = Hand(chromium, address).enter("applicant")
    returned = hand.page.locator("main tr, main li").filter(has_text="·新一年")
    hand.follow(returned.locator('a[href^="/applications/"]').first)
    hand.follow(f'a[href="{hand.path}/parts/papers"]')
    yield hand
    hand.close()


def last(folder: Path) -> tuple[str, str, bytes]:
    """Name, hash and content of the file that came in last."""
    with sqlite3.connect(f"file:{folder / 'venture.db'}?mode=ro", uri=True) as database:
        name, sha256 = database.execute("SELECT name, sha256 FROM file ORDER BY id DESC LIMIT 1").fetchone()
    return name, sha256, path_of(folder / "files", sha256).read_bytes()


def field(hand: Hand, kind: str) -> Any:
    return hand.page.locator(f"#file-{kind}")


def test_the_line_breaks_and_the_file_goes_on_where_it_was(hand: Hand, folder: Path, tmp_path: Path) -> None:
    """Three times cut, once with the answer lost; then the page is closed in the middle, and the file chosen anew."""
    content = b"%PDF-1.7 invented" + hashlib.shake_256(b"x").digest(3_000_000)
    file = tmp_path / "审计报告（虚构）.pdf"
    file.write_bytes(content)
    sent = {"pieces": 0, "bytes": 0}

    def cut(route: Any) -> None:
        sent["pieces"] += 1
        if sent["pieces"] in (2, 3):
            route.abort("connectionreset")
            return
        if sent["pieces"] == 4:  # it comes in, but the answer does not
            route.fetch()
            route.abort("connectionreset")
            return
        sent["bytes"] += len(route.request.post_data_buffer or b"")
        route.continue_()

    hand.page.route("**/piece", cut)
    with hand.page.expect_navigation(timeout=60_000):
        field(hand, "audit").set_input_files(str(file))
    assert file.name in hand.text
    assert last(folder) == (file.name, hashlib.sha256(content).hexdigest(), content)
    assert sent["bytes"] < len(content), "what was here already is not sent again"
    assert [each for each in (folder / "files" / ".pieces").glob("*/*")] == []


def test_a_refused_file_says_why_beside_its_name(hand: Hand, tmp_path: Path) -> None:
    wrong, good = tmp_path / "网页.pdf", tmp_path / "好的.pdf"
    wrong.write_bytes(b"<html>")
    good.write_bytes(b"%PDF-1.7 invented too")
    field(hand, "matching").set_input_files([str(wrong), str(good)])
    row = hand.page.locator("[data-coming] li").filter(has_text=wrong.name)
    row.locator("xpath=self::*[contains(@class, 'is-refused')]").wait_for()
    assert "PDF" in row.inner_text()
    hand.page.locator("[data-pieces] > a").wait_for()
    hand.go(hand.path)
    assert good.name in hand.text and wrong.name not in hand.text


def drawn(hand: Hand, width: int, height: int, quality: float) -> bytes:
    """A JPEG of noise, made by the browser."""
    text = hand.page.evaluate(
        """([width, height, quality]) => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [width, height];
            const pen = canvas.getContext("2d"), image = pen.createImageData(width, height);
            let seed = 7;
            for (let at = 0; at < image.data.length; at += 1) {
                seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
                image.data[at] = at % 4 === 3 ? 255 : (seed >> 16) & 255;
            }
            pen.putImageData(image, 0, 0);
            return canvas.toDataURL("image/jpeg", quality);
        }""",
        [width, height, quality],
    )
    return base64.b64decode(text.partition(",")[2])


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height as the image itself says, whatever a camera wrote beside it."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    height, width = struct.unpack_from(">HH", jpeg, at + 5)
    return width, height


def test_a_photo_is_made_smaller_and_stands_upright(hand: Hand, folder: Path, tmp_path: Path) -> None:
    photo = drawn(hand, 3000, 2000, 0.95)
    file = tmp_path / "照片.jpg"
    file.write_bytes(photo[:2] + TURNED + photo[2:])
    with hand.page.expect_navigation():
        field(hand, "rating").set_input_files(str(file))
    name, _, content = last(folder)
    assert name == "照片.jpg" and len(content) < len(photo)
    assert size_of(photo) == (3000, 2000) and size_of(content) == (1600, 2400)
    assert b"Exif" not in content


def test_the_original_is_kept_where_the_smaller_one_is_not_smaller(
    hand: Hand, folder: Path, tmp_path: Path
) -> None:
    photo = drawn(hand, 2300, 2300, 0.3)
    assert len(photo) > 1 << 20
    file = tmp_path / "已压缩.jpg"
    file.write_bytes(photo)
    with hand.page.expect_navigation():
        field(hand, "rating").set_input_files(str(file))
    assert last(folder)[2] == photo
