"""The door to PDF: nothing typed is a program, nothing typed vanishes, a machine without fonts is told."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture import documents
from venture.config import Settings
from venture.refusal import Refused

FONTS = Settings.fonts
needs_fonts = pytest.mark.skipif(
    not (FONTS / "NotoSerifCJK-Regular.ttc").is_file() and os.environ.get("VENTURE_REQUIRE_ALL") != "1",
    reason="no fonts-noto-cjk",
)


def form(text: str, **more: Any) -> dict[str, Any]:
    given = {"title": "申报书", "watermark": "", "code": "2018-001", "qr": "", "page": "{page}/{pages}"}
    return {**given, "sign": [], "facts": [["项目名称", text]], "parts": [], **more}


@given(st.text(), st.frozensets(st.integers(0, 0x10FFFF)))
def test_each_sign_stands_or_is_named(text: str, signs: frozenset[int]) -> None:
    shown = documents.legible(text, signs)
    assert set(map(ord, shown)) <= signs | set(map(ord, "\n〔U+0123456789ABCDEF〕"))
    each = [documents.legible(sign, signs) for sign in text]
    assert shown == "".join(each)
    assert all(made in {sign, f"〔U+{ord(sign):04X}〕"} for made, sign in zip(each, text, strict=True))
    assert documents.legible(text, set(map(ord, text))) == text


def test_a_machine_without_fonts_is_told_which_folder_lacks_them(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        documents.pdf("application", form("文"), fonts=tmp_path)
    assert [(each.code, each.facts) for each in refused.value.blockers] == [
        ("documents.fonts", {"folder": str(tmp_path)})
    ]


@needs_fonts
@pytest.mark.parametrize(
    "text", ['#import "/etc/passwd": *', "$x$ *b* _i_ `c` \\ @a <b> //", "😀\x01\u200d", "<svg", "一\n\n二"]
)
def test_whatever_is_typed_becomes_pages(text: str) -> None:
    assert documents.pdf("application", form(text, watermark=text), fonts=FONTS).startswith(b"%PDF-")


@needs_fonts
def test_a_document_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(Refused) as refused:
        documents.pdf("application", form("文"), fonts=FONTS, limit=0.001)
    assert refused.value.blockers[0].code == "documents.slow"
