"""The door to PDF and Word: nothing typed is a program, nothing typed vanishes, a machine without fonts is told."""

import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
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


def parts_of(made: bytes) -> dict[str, str]:
    """The parts of a Word file as text."""
    with zipfile.ZipFile(BytesIO(made)) as packed:
        assert packed.testzip() is None
        return {
            name: packed.read(name).decode() for name in packed.namelist() if name.endswith((".xml", ".rels"))
        }


def test_the_word_file_has_our_fonts_its_code_and_its_pages_and_leads_nowhere() -> None:
    made = documents.docx(
        form(
            "甲 & 乙 <公司> 😀\n第二行\x01",
            code="2018-001 · 第1版 · AB12",
            page="第{page}页，共{pages}页",
            watermark="草稿",
            parts=[
                {
                    "label": "预算",
                    "answers": [("说明", "一行")],
                    "tables": [{"label": "明细", "heads": ["名称", "金额"], "rows": [["物资", "=1+1"]]}],
                }
            ],
            sign=["单位（盖章）"],
        )
    )
    packed = parts_of(made)
    opened = docx.Document(BytesIO(made))
    assert opened.tables[0].rows[0].cells[1].text == "甲 & 乙 <公司> 😀\n第二行〔U+0001〕"
    assert [[cell.text for cell in row.cells] for row in opened.tables[2].rows] == [
        ["名称", "金额"],
        ["物资", "=1+1"],
    ]
    section = opened.sections[0]
    assert section.header.paragraphs[0].text == "草稿 · 2018-001 · 第1版 · AB12"
    foot = section.footer.paragraphs[0]._p.xml
    assert [foot.count(f'w:instr="{name}"') for name in ("PAGE", "NUMPAGES")] == [1, 1]
    assert "2018-001 · 第1版 · AB12" in section.footer.paragraphs[0].text
    assert (
        'w:eastAsia="宋体"' in packed["word/styles.xml"] and 'w:eastAsia="黑体"' in packed["word/styles.xml"]
    )
    assert "python-docx" not in packed["docProps/core.xml"]
    assert not any("External" in text for text in packed.values())
    assert not any("vba" in name or "embeddings" in name for name in packed)


@given(st.text())
def test_whatever_is_typed_stands_in_a_word_document_or_is_named(text: str) -> None:
    made = documents.letter(
        [("title", "公告"), ("text", f"甲{text}乙")], title=text, author="局（虚构）", foot="第1号"
    )
    document = docx.Document(BytesIO(made))
    shown = document.paragraphs[1].text
    assert shown.startswith("甲") and shown.endswith("乙")
    # Word's line break comes back as \n, however the break was typed.
    plain = "".join(sign for sign in text if sign.isprintable())
    assert all(sign in shown or f"〔U+{ord(sign):04X}〕" in shown for sign in plain)
    assert document.core_properties.author == "局（虚构）"
    assert document.sections[0].footer.paragraphs[0].text.startswith("第1号")
