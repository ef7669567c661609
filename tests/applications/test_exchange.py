"""The form through Word and Excel: every text comes back as it was, no file of another kind or body is taken in."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docx
import pytest
from docx.oxml.parser import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from venture import documents
from venture.applications import exchange, parts
from venture.applications.exchange import END, PART, Marks
from venture.refusal import Refused

MARKS = Marks("7|2026|3|2026-05-01T00:00:00+00:00")
OTHER = Marks("8|2026|3|2026-05-01T00:00:00+00:00")
NOTES = ["请在灰色行下面填写。", "Write under each grey line."]
LABELS = {
    field.key: f"{field.label} · 至多 {field.limit} 字"
    for part in parts.PARTS
    for field in exchange.in_word(part)
}
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_form(
    texts: Mapping[str, str], marks: Marks = MARKS, revision: int = 5, themed: bool = False
) -> bytes:
    """The form as it goes out."""

    def passage(key: str, label: str, text: str | None = None) -> documents.Passage:
        return documents.Passage(marks.mark(key, label), exchange.closed(label), text, head=text is None)

    passages = [documents.Passage(marks.form(revision), "申报书", notes=NOTES)]
    for part in parts.form(themed):
        if exchange.in_word(part):
            passages.append(passage(f"{PART}_{part.code}", part.label))
        for field in exchange.in_word(part):
            passages.append(passage(field.key, LABELS[field.key], texts.get(field.key, "")))
    return documents.marked("项目", [*passages, passage(END, "完")])


def lines_of(made: bytes) -> list[documents.Line]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.docx"
        path.write_bytes(made)
        return documents.lines(path, "申报书.docx")


def returned(made: bytes, marks: Marks = MARKS) -> exchange.Returned:
    return exchange.from_word(lines_of(made), marks, NOTES)


def refused(call: Callable[[], Any]) -> list[tuple[str, str]]:
    """What was wrong: (code, the field or line it names)."""
    with pytest.raises(Refused) as refusal:
        call()
    return [
        (each.code, str(each.facts.get("label", each.facts.get("name", ""))))
        for each in refusal.value.blockers
    ]


def edited(made: bytes, change: Callable[[Any], None]) -> bytes:
    """The file after somebody opened it, changed it and saved it."""
    opened = docx.Document(io.BytesIO(made))
    change(opened)
    held = io.BytesIO()
    opened.save(held)
    return held.getvalue()


def under(opened: Any, key: str, marks: Marks = MARKS) -> Any:
    """The first paragraph under the mark of a field."""
    found = opened.paragraphs
    at = next(i for i, each in enumerate(found) if marks.mark(key, LABELS[key]) in each.text)
    return found[at + 1]


def line(opened: Any, key: str, marks: Marks = MARKS) -> Any:
    """The grey line of a field."""
    mark = marks.mark(key, LABELS[key])
    return next(each for each in opened.paragraphs if mark in each.text)


SIGNS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc"]),
        st.sampled_from("需求老年人，。；：（）「」【】·\n\n\t &<>\"'😀👨‍👩‍👧①・[]{}\u200b\u3000\u00a0-"),
    ),
    max_size=60,
)
LONG = [key for key in LABELS if parts.FIELDS[key].kind is parts.Kind.LONG]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(LONG), SIGNS))
def test_every_text_comes_back_as_it_was(texts: dict[str, str]) -> None:
    back = returned(word_form(texts, themed=True))
    assert back.revision == 5 and back.stray == [] and back.left == {}
    assert back.given == {
        key: parts.normal(parts.FIELDS[key], documents.writable(texts.get(key, ""))) for key in LABELS
    }


@settings(max_examples=30, deadline=None)
@given(SIGNS, st.sampled_from(LONG))
def test_whatever_is_written_under_a_mark_is_the_fields_text(text: str, key: str) -> None:
    def write(opened: Any) -> None:
        place = under(opened, key)
        for line in documents.writable(text).split("\n"):
            place.insert_paragraph_before(line)
        place._p.getparent().remove(place._p)

    back = returned(edited(word_form({"need": "旧", "goal": "旧"}, themed=True), write))
    assert back.given[key] == parts.normal(parts.FIELDS[key], documents.writable(text))
    others = {name: raw for name, raw in back.given.items() if name != key and raw}
    assert others == {name: "旧" for name in ("need", "goal") if name != key}


@given(SIGNS)
def test_a_mark_that_is_typed_by_chance_is_no_mark(text: str) -> None:
    lines = [(text, ())]
    with pytest.raises(Refused) as refusal:
        exchange.from_word(lines, MARKS, NOTES)
    assert refusal.value.blockers[0].code == "applications.no_form_mark"


def test_no_two_applications_have_a_mark_in_common() -> None:
    assert not {MARKS.mark(*each) for each in LABELS.items()} & {OTHER.mark(*each) for each in LABELS.items()}
    assert len({MARKS.form(5), MARKS.form(6), OTHER.form(5)}) == 3


def test_another_applications_file_is_not_taken_in() -> None:
    wrong = refused(lambda: returned(word_form({"need": "x"}, OTHER)))
    assert wrong == [("applications.other_form", "申报书")]


def test_a_passage_copied_from_another_file_is_named() -> None:
    def copy(opened: Any) -> None:
        under(opened, "need").insert_paragraph_before(
            f"{OTHER.mark('goal', LABELS['goal'])} {LABELS['goal']} ▼"
        )

    wrong = refused(lambda: returned(edited(word_form({}), copy)))
    assert wrong == [("applications.foreign_mark", "")]


def test_marks_that_are_gone_or_doubled_are_all_named() -> None:
    def spoil(opened: Any) -> None:
        gone, twice = line(opened, "goal"), line(opened, "need")
        gone._p.getparent().remove(gone._p)
        twice.insert_paragraph_before(twice.text)
        last = opened.paragraphs[-1]
        last._p.getparent().remove(last._p)

    assert refused(lambda: returned(edited(word_form({}), spoil))) == [
        ("applications.marks_doubled", parts.FIELDS["need"].label),
        ("applications.marks_missing", parts.FIELDS["goal"].label),
        ("applications.end_missing", ""),
    ]


def test_a_grey_line_that_was_rewritten_is_named_and_text_behind_it_is_kept() -> None:
    def write(opened: Any) -> None:
        line(opened, "need").add_run("就在这一行写")
        goal = line(opened, "goal")
        goal.clear().add_run(f"{MARKS.mark('goal', LABELS['goal'])} 我们的目标")

    made = edited(word_form({"need": "第二行"}), write)
    assert refused(lambda: returned(made)) == [("applications.foreign_mark", "")]

    def restore(opened: Any) -> None:
        goal = line(opened, "goal")
        goal.clear().add_run(f"{MARKS.mark('goal', LABELS['goal'])}{LABELS['goal'].replace(' ', '  ')}▼")

    assert returned(edited(made, restore)).given["need"] == "就在这一行写\n第二行"


def test_a_mark_that_hangs_on_the_line_before_is_still_found() -> None:
    def join(opened: Any) -> None:
        box = under(opened, "need")
        next_one = line(opened, "beneficiaries_text")
        box.add_run(f"最后一句。{next_one.text}")
        next_one._p.getparent().remove(next_one._p)

    back = returned(edited(word_form({"need": "需求。", "beneficiaries_text": "老人"}), join))
    assert (back.given["need"], back.given["beneficiaries_text"]) == ("需求。最后一句。", "老人")


def test_text_outside_of_every_field_is_named() -> None:
    def write(opened: Any) -> None:
        opened.add_paragraph("写在表单后面")
        heading = next(each for each in opened.paragraphs if f"{PART}_plan" in each.text)
        heading.add_run("写在标题后面")
        heading._p.addnext(parse_xml(f"<w:p {W}><w:r><w:t>写在标题下面</w:t></w:r></w:p>"))

    back = returned(edited(word_form({}), write))
    assert back.stray == ["写在标题后面", "写在标题下面", "写在表单后面"]


def test_a_text_beyond_all_measure_is_refused_before_it_is_compared() -> None:
    made = word_form({"need": "长" * (exchange.MOST_TEXT + 1)})
    assert refused(lambda: returned(made)) == [("applications.far_too_long", parts.FIELDS["need"].label)]


def test_of_two_lines_that_name_the_file_the_older_counts() -> None:
    def paste(opened: Any) -> None:
        opened.paragraphs[-1].insert_paragraph_before(MARKS.form(3))

    back = returned(edited(word_form({"need": "文"}), paste))
    assert (back.revision, back.given["need"]) == (3, "文")


def test_the_themes_part_is_asked_for_only_where_it_is() -> None:
    assert "baseline" not in returned(word_form({})).given
    assert returned(word_form({"baseline": "现状"}, themed=True)).given["baseline"] == "现状"


RUN = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (RUN.format("甲") + f"<w:ins w:id='1' w:author='主任'>{RUN.format('乙')}</w:ins>", "甲乙"),
        (
            RUN.format("甲")
            + "<w:del w:id='1' w:author='主任'><w:r><w:delText>乙</w:delText></w:r></w:del>"
            + RUN.format("丙"),
            "甲丙",
        ),
        (f"<w:del w:id='1'>{RUN.format('甲')}</w:del>{RUN.format('乙')}", "乙"),
        (
            f"<w:moveFrom w:id='1'>{RUN.format('甲')}</w:moveFrom><w:moveTo w:id='2'>{RUN.format('乙')}</w:moveTo>",
            "乙",
        ),
        (
            "<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:cr/><w:t>丁</w:t></w:r>",
            "甲\n乙\t丙\n丁",
        ),
        (f"<w:hyperlink w:anchor='x'>{RUN.format('链接')}</w:hyperlink>", "链接"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{RUN.format('控件')}</w:sdtContent></w:sdt>", "控件"),
        (f"<w:smartTag w:element='x'>{RUN.format('标签')}</w:smartTag>", "标签"),
        ("<w:r><w:rPr><w:rFonts w:eastAsia='没有的字体'/></w:rPr><w:t>字体</w:t></w:r>", "字体"),
        (
            "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>DATE</w:instrText></w:r>"
            + RUN.format("2026"),
            "2026",
        ),
        (
            f"<w:r><w:ruby><w:rt>{RUN.format('hǎi')}</w:rt>"
            f"<w:rubyBase>{RUN.format('海')}</w:rubyBase></w:ruby></w:r>",
            "海",
        ),
        (RUN.format("a&lt;b&amp;c&gt;"), "a<b&c>"),
    ],
)
def test_what_word_makes_of_a_paragraph(body: str, text: str) -> None:
    def write(opened: Any) -> None:
        under(opened, "need")._p.addprevious(parse_xml(f"<w:p {W}>{body}</w:p>"))

    assert returned(edited(word_form({}), write)).given["need"] == text


def test_a_paragraph_whose_end_was_taken_out_goes_on_in_the_next() -> None:
    def write(opened: Any) -> None:
        mark = "<w:pPr><w:rPr><w:del w:id='1' w:author='主任'/></w:rPr></w:pPr>"
        place = under(opened, "need")._p
        place.addprevious(parse_xml(f"<w:p {W}>{mark}{RUN.format('前半')}</w:p>"))
        place.addprevious(parse_xml(f"<w:p {W}>{RUN.format('后半')}</w:p>"))

    assert returned(edited(word_form({}), write)).given["need"] == "前半后半"


def test_a_table_becomes_lines_and_a_row_taken_out_is_gone() -> None:
    def write(opened: Any) -> None:
        table = opened.add_table(3, 2)
        for row, texts in zip(table.rows, (("户", "数"), ("老人", "120"), ("划掉", "1")), strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.rows[2]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {W} w:id='1' w:author='主任'/>"))
        under(opened, "need")._p.addprevious(table._tbl)

    assert returned(edited(word_form({}), write)).given["need"] == "户\t数\n老人\t120"


def test_numbers_that_word_counts_itself_are_written_out() -> None:
    def write(opened: Any) -> None:
        for text in ("走访", "议事"):
            place = under(opened, "need")
            place.insert_paragraph_before(text, style="List Number")
        under(opened, "goal").insert_paragraph_before("一点", style="List Bullet")

    back = returned(edited(word_form({}), write))
    assert back.given["need"] == "1. 议事\n2. 走访"
    assert back.given["goal"] == "• 一点"


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCountingThousand", "十"),
        (21, "japaneseCounting", "二十一"),
        (3, "decimalEnclosedCircle", "③"),
        (28, "upperLetter", "BB"),
        (14, "lowerRoman", "xiv"),
        (120, "chineseCounting", "120"),
        (7, "unheardOf", "7"),
    ],
)
def test_how_a_list_is_numbered(number: int, form: str, text: str) -> None:
    from venture.documents.reading import numeral

    assert numeral(number, form) == text


def test_pictures_and_footnotes_are_told_by_field() -> None:
    def write(opened: Any) -> None:
        run = "<w:r><w:footnoteReference w:id='2'/></w:r>"
        under(opened, "need")._p.addprevious(parse_xml(f"<w:p {W}>{RUN.format('文')}{run}</w:p>"))
        under(opened, "goal").add_run().add_picture(io.BytesIO(picture()))

    back = returned(edited(word_form({}), write))
    assert back.left == {"need": {"footnote"}, "goal": {"picture"}}
    assert back.given["need"] == "文"


def picture() -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def with_part(made: bytes, part: str, content: bytes) -> bytes:
    """The file with one of its parts written anew."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return held.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w>&b;</w>"""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<w:document", "documents.broken"),
        (b"", "documents.broken"),
        (LAUGHS, "documents.broken"),
        (LAUGHS.decode().encode("utf-16"), "documents.broken"),
        (b" " * ((10 << 20) + 1), "documents.too_long"),
    ],
)
def test_a_broken_or_hostile_document_is_refused_in_words(content: bytes, code: str) -> None:
    made = with_part(word_form({}), "word/document.xml", content)
    assert refused(lambda: lines_of(made)) == [(code, "申报书.docx")]
