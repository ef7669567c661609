"""The pages for Word and Excel: nothing is replaced without being shown and ticked, no text of a colleague is lost."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import docx
import make
import openpyxl
import pytest
import time_machine
import typed
from client import Browser, save

from venture import files, trail
from venture.applications import actions, parts, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.db import db
from venture.people.models import Person
from venture.roles import Role

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
ENGLISH = {"headers": {"Accept-Language": "en"}}
CHINESE = {"headers": {"Accept-Language": "zh"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(
            officer,
            2026,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        )
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")
        stranger = make.person(Role.APPLICANT, organization=make.organization())
        draft = actions.start(round=round, organization=body, theme=None, by=anna, at=DURING)

    put(Scene.draft, Scene.anna, 0, need="共有 120 户参加", goal="原目标")
    save()
    with time_machine.travel(DURING + timedelta(minutes=30), tick=False):
        yield Scene


def put(draft: Application, by: Person, minute: float, **fields: Any) -> None:
    part = next(part for part in parts.PARTS if next(iter(fields)) in {field.key for field in part.fields})
    actions.save_part(
        application=draft,
        part=part,
        posted=fields,
        seen=draft.revision,
        base=None,
        by=by,
        at=DURING + timedelta(minutes=minute),
    )


def word(content: bytes, **texts: str) -> tuple[io.BytesIO, str]:
    """The Word form with other texts in the boxes of some fields, as an upload."""
    opened = docx.Document(io.BytesIO(content))
    for key, text in texts.items():
        at = next(i for i, each in enumerate(opened.paragraphs) if each.text.startswith(f"【{key}·"))
        for each in opened.paragraphs[at + 1 :]:
            if each.text.startswith("【"):
                each.insert_paragraph_before(text)
                break
            each._p.getparent().remove(each._p)
    held = io.BytesIO()
    opened.save(held)
    return io.BytesIO(held.getvalue()), "申报书（主任改）.docx"


def hidden(page: Any, *names: str) -> dict[str, str]:
    """What the page carries on."""
    fields = next(form["fields"] for form in page.page.forms if "file.staged" in form["fields"])
    return {name: fields[name] for name in ("file.staged", "confirmed", "version", *names)}


def ticked(page: Any) -> dict[str, bool]:
    """The fields that the page offers, and whether each is ticked."""
    return {each["value"]: "checked" in each for each in page.page.fields if each.get("name") == "take"}


def sheet(scene: Any) -> dict[str, Any]:
    db.session.expire_all()
    return queries.sheet(scene.draft)


def test_the_text_goes_out_and_comes_back_shown_first_and_taken_in_as_ticked(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    assert f'href="{home}/exchange"' in browser.get(home).text
    page = browser.get(f"{home}/exchange", **ENGLISH)
    assert f'href="{home}/exchange/form.docx"' in page.text
    made = browser.get(f"{home}/exchange/form.docx", **CHINESE)
    assert (made.status_code, made.mimetype) == (200, files.TYPES["docx"])
    back = word(made.data, need="共有 125 户参加\n每月议事", goal="新目标", title="新标题")
    look = browser.post(f"{home}/exchange", {"file": back}, **ENGLISH)
    assert look.status_code == 200 and "Nothing has been changed yet" in look.page.words
    assert ticked(look) == {"title": True, "need": True, "goal": True}
    assert "共有 120 户参加" in look.page.words and "共有 125 户参加 每月议事" in look.page.words
    assert "共有 <del>120</del><ins>125</ins> 户参加" in look.text
    assert sheet(scene)["need"] == "共有 120 户参加"
    done = browser.post(f"{home}/exchange", {**hidden(look), "take": ["need", "title"]})
    assert done.status_code == 303
    now = sheet(scene)
    assert (now["need"], now["goal"], now["title"]) == ("共有 125 户参加\n每月议事", "原目标", "新标题")
    event = trail.history(scene.draft)[0]
    assert (event.did, event.facts["name"]) == ("applications.take_in", "申报书（主任改）.docx")
    assert event.facts["changes"]["need"] == ["共有 120 户参加", "共有 125 户参加\n每月议事"]
    assert [each.form["need"] for each in queries.snapshots(scene.draft)][:2] == [
        "共有 125 户参加\n每月议事",
        "共有 120 户参加",
    ]


def test_what_cannot_be_read_is_not_ticked_over_what_can(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    put(scene.draft, scene.anna, 1, asked="40,000.00")
    save()
    made = browser.get(f"{home}/exchange/form.docx", **CHINESE)
    back = word(made.data, asked="四万元", direct="二百", goal="新目标")
    look = browser.post(f"{home}/exchange", {"file": back}, **ENGLISH)
    assert ticked(look) == {"asked": False, "direct": True, "goal": True}


def test_a_file_that_nobody_touched_changes_nothing(app: Any, scene: Any) -> None:
    put(scene.draft, scene.anna, 1, need="控制符\x0b在内", risks="　　缩进\n  两格 & <b>")
    save()
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    for name, language in (("form.docx", ENGLISH), ("tables.xlsx", CHINESE)):
        made = browser.get(f"{home}/exchange/{name}", **language)
        look = browser.post(f"{home}/exchange", {"file": (io.BytesIO(made.data), name)}, **ENGLISH)
        assert look.status_code == 200 and "nothing would change" in look.page.words, look.page.words


def test_what_a_colleague_wrote_meanwhile_is_shown_and_not_ticked(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    made = browser.get(f"{home}/exchange/form.docx")
    put(scene.draft, scene.bert, 5, need="乙写的需求")
    save()
    look = browser.post(f"{home}/exchange", {"file": word(made.data, goal="主任的目标")}, **ENGLISH)
    assert ticked(look) == {"need": False, "goal": True}
    assert "虚构乙 changed this field at 2026-05-20 12:05:00" in look.page.words
    assert browser.post(f"{home}/exchange", {**hidden(look), "take": ["goal"]}).status_code == 303
    now = sheet(scene)
    assert (now["need"], now["goal"]) == ("乙写的需求", "主任的目标")


def test_a_clash_between_page_and_press_keeps_both(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    made = browser.get(f"{home}/exchange/form.docx")
    look = browser.post(f"{home}/exchange", {"file": word(made.data, need="主任的需求")}, **ENGLISH)
    put(scene.draft, scene.bert, 20, need="乙刚写的")
    save()
    clash = browser.post(f"{home}/exchange", {**hidden(look), "take": ["need"]}, **ENGLISH)
    assert clash.status_code == 409
    assert "乙刚写的" in clash.page.words and "主任的需求" in clash.page.words
    assert "虚构乙" in clash.page.words and sheet(scene)["need"] == "乙刚写的"
    assert browser.post(f"{home}/exchange", {**hidden(clash), "take": ["need"]}).status_code == 303
    assert sheet(scene)["need"] == "主任的需求"


def test_an_emptied_field_is_not_ticked_and_too_much_is_told(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    made = browser.get(f"{home}/exchange/form.docx")
    look = browser.post(f"{home}/exchange", {"file": word(made.data, need="", goal="长" * 212)}, **ENGLISH)
    assert ticked(look) == {"need": False, "goal": True}
    assert "The field would be empty" in look.page.words and "12 too many" in look.page.words
    nothing = browser.post(f"{home}/exchange", hidden(look), **ENGLISH)
    assert nothing.status_code == 422 and "No field is ticked" in nothing.page.words
    assert ticked(nothing) == {"need": False, "goal": False}


def test_tables_go_through_excel_and_any_error_keeps_all(app: Any, scene: Any) -> None:
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    put(scene.draft, scene.anna, 1, costs_grant=typed.SHEET["costs_grant"])
    save()
    made = browser.get(f"{home}/exchange/tables.xlsx", **CHINESE)
    assert (made.status_code, made.mimetype) == (200, files.TYPES["xlsx"])

    def written(**cells: Any) -> tuple[io.BytesIO, str]:
        book = openpyxl.load_workbook(io.BytesIO(made.data))
        sheet = next(each for each in book if str(each["A1"].value).startswith("【costs_grant·"))
        for cell, value in cells.items():
            sheet[cell] = value
        held = io.BytesIO()
        book.save(held)
        return io.BytesIO(held.getvalue()), "预算.xlsx"

    wrong = browser.post(f"{home}/exchange", {"file": written(C3="三百", A9="合计")}, **ENGLISH)
    assert wrong.status_code == 422
    assert "Paid by the grant, row 3, Unit price: «三百» is not an amount" in wrong.page.words
    assert "Paid by the grant, row 9, Budget head: «合计» is not one of the choices" in wrong.page.words
    assert sheet(scene)["costs_grant"][0]["unit_price"] == "360.00"
    look = browser.post(f"{home}/exchange", {"file": written(C3=380.5)}, **ENGLISH)
    assert ticked(look) == {"costs_grant": True}
    assert browser.post(f"{home}/exchange", {**hidden(look), "take": ["costs_grant"]}).status_code == 303
    assert [line.amount for line in scene.draft.costs] == [3805000, 400000]
    assert (
        sheet(scene)["costs_grant"][1]
        == parts.normal(parts.FIELDS["costs_grant"], [typed.SHEET["costs_grant"][1]])[0]
    )


def packed(**parts: bytes) -> bytes:
    """A Word file of these parts; «_» stands for «/»."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("[Content_Types].xml", b"<Types/>")
        for name, content in parts.items():
            whole.writestr(name.replace("_", "/") + (".bin" if "vba" in name else ".xml"), content)
    return held.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (OLE, "旧.doc", 409, "an old Word or Excel file (.doc, .xls), or one locked by a password"),
        (b"PK\x03\x04 broken", "坏.docx", 409, "of a kind that is not taken"),
        (b"%PDF-1.7 x", "表.pdf", 422, "neither a Word nor an Excel file"),
        (None, "别的.docx", 422, "This is not the file that was taken out here"),
        (b"", "空.docx", 409, "is empty"),
        (packed(word_document=b" " * (90 << 20)), "炸弹.docx", 409, "unpacks to far more than its size"),
        (packed(word_document=b"<w/>", word_vbaProject=b"x"), "宏.docx", 409, "without macros"),
        (packed(word_document=b"<w:document"), "断.docx", 422, "it is damaged"),
    ],
)
def test_files_that_are_something_else_are_told_so(
    app: Any, scene: Any, content: bytes | None, name: str, status: int, said: str
) -> None:
    if content is None:
        held = io.BytesIO()
        docx.Document().save(held)
        content = held.getvalue()
    browser = Browser(app).enter(scene.anna)
    before = trail.history(scene.draft)
    address = f"/applications/{scene.draft.id}/exchange"
    answer = browser.post(address, {"file": (io.BytesIO(content), name)}, **ENGLISH)
    assert answer.status_code == status and said in answer.page.words
    assert sheet(scene)["need"] == "共有 120 户参加" and trail.history(scene.draft) == before


def test_without_a_file_and_with_a_forged_one_the_page_asks_for_one(app: Any, scene: Any) -> None:
    browser, address = Browser(app).enter(scene.anna), f"/applications/{scene.draft.id}/exchange"
    for sent in ({}, {"file.staged": "forged", "confirmed": "1", "take": "need"}):
        answer = browser.post(address, sent, **ENGLISH)
        assert answer.status_code == 422 and "choose a file first" in answer.page.words


def test_another_applications_file_is_refused(app: Any, scene: Any) -> None:
    other = actions.start(
        round=make.round_(scene.officer, 2018),
        organization=scene.body,
        theme=None,
        by=scene.anna,
        at=make.NOON,
    )
    save()
    browser = Browser(app).enter(scene.anna)
    for name in ("form.docx", "tables.xlsx"):
        made = browser.get(f"/applications/{other.id}/exchange/{name}")
        given = {"file": (io.BytesIO(made.data), name)}
        answer = browser.post(f"/applications/{scene.draft.id}/exchange", given, **ENGLISH)
        assert answer.status_code == 422 and "from another application" in answer.page.words


def test_for_others_there_is_nothing_here(app: Any, scene: Any) -> None:
    browser, missing = Browser(app).enter(scene.stranger), scene.draft.id + 1000
    for rest in ("", "/form.docx", "/tables.xlsx"):
        answers = [browser.get(f"/applications/{id}/exchange{rest}") for id in (scene.draft.id, missing)]
        assert [each.status_code for each in answers] == [404, 404]
        assert (
            len(
                {
                    re.sub(r"\d\d:\d\d:\d\d|data-left=\"\d+\"|/applications/\d+", "", each.text)
                    for each in answers
                }
            )
            == 1
        )
    given = {"file": (io.BytesIO(b"%PDF-1.7"), "x.pdf")}
    assert browser.post(f"/applications/{scene.draft.id}/exchange", given).status_code == 404
    for staff in (Role.OFFICER, Role.AUDITOR):
        staffed = Browser(app).enter(make.person(staff))
        save()
        assert staffed.get(f"/applications/{scene.draft.id}/exchange").status_code in (403, 404)


def test_what_was_sent_for_good_goes_out_but_not_in(app: Any, scene: Any) -> None:
    sent = typed.sent(make.round_(scene.officer, 2018), scene.body, by=scene.anna)
    browser, home = Browser(app).enter(scene.anna), f"/applications/{sent.id}/exchange"
    save()
    made = browser.get(f"{home}/form.docx")
    sent.state = State.ELIGIBLE
    save()
    assert "can no longer be changed" in browser.get(home, **ENGLISH).page.words
    look = browser.post(home, {"file": word(made.data, need="偷改")}, **ENGLISH)
    refused = browser.post(home, {**hidden(look), "take": ["need"]}, **ENGLISH)
    assert refused.status_code == 422 and "can no longer be changed" in refused.page.words
