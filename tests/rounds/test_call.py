"""The call published: frozen, numbered, for everybody; supplements; what keeps it from being published."""

import io
from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from docx import Document
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from venture import clock, invariants
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import STAFF, Role
from venture.rounds import actions, queries
from venture.rounds.models import Announcement, Round, RoundState

ADDRESS = "http://localhost/calls/2018"
CONTACT = "海门市民政局社会组织管理科（虚构），电话0513-00000000"


def called(by: Person, *, published: bool = True, **more: Any) -> Round:
    """An open round that could be called, by default with its call published."""
    now = clock.now()
    given = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=9)}
    texts = {"issuer": "海门市民政局（虚构）", "contact": CONTACT}
    round_ = make.round_(by, **given | texts | more)
    if published:
        publish(round_, by)
    return round_  # type: ignore[no-any-return]  # builders are untyped


def publish(round: Round, by: Person, note: str = "", document_no: str = "") -> Announcement:
    return actions.publish_call(
        round=round, address=ADDRESS, document_no=document_no, note=note, by=by, at=clock.now()
    )


def codes(refused: Any) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def test_a_published_call_stays_as_it_was_and_a_supplement_says_what_changed(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer)
    (first,) = queries.announcements(round_)
    assert (first.number, first.published_on) == (1, clock.beijing_day(clock.now()))
    assert first.sha256 == actions.digest(first)
    before = dict(first.content)
    actions.correct(round=round_, field="clauses", value="新条款", reason="漏写", by=officer, at=clock.now())
    save()
    second = publish(round_, officer, note="补充一条。", document_no="海民〔2018〕1号（虚构）")
    save()
    db.session.expire_all()
    assert [each.number for each in queries.announcements(round_)] == [3, 1], (
        "one series: the correction was supplement 1"
    )
    assert first.content == before
    assert second.changes == [["其他事项", "", "（一）新条款。"]]
    assert second.sha256 == actions.digest(second) != first.sha256


def test_what_keeps_a_call_from_being_published(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer, published=False, state=RoundState.PLANNED, issuer="", contact=" ")
    with pytest.raises(Refused) as refused:
        publish(round_, officer)
    assert codes(refused) == ["rounds.not_open", "rounds.no_issuer", "rounds.no_contact"]
    round_.state, round_.issuer, round_.contact = RoundState.OPEN, "民政局（虚构）", "张三 13800138000"
    with pytest.raises(Refused) as refused:
        publish(round_, officer)
    assert codes(refused) == ["rounds.private_in_call"]
    assert refused.value.blockers[0].facts == {"heading": "联系方式"}
    round_.contact = CONTACT
    for role in set(Role) - {Role.OFFICER, Role.ADMINISTRATOR}:
        here = {"organization": make.organization(), "community": make.community()}
        with pytest.raises(Refused, match="not_planner"):
            publish(round_, make.person(role, **here))
    publish(round_, officer)
    for note, code in ((" ", "rounds.note_needed"), ("打电话 138 0013 8000", "rounds.private_number")):
        with pytest.raises(Refused) as refused:
            publish(round_, officer, note=note)
        assert codes(refused) == [code]


@pytest.mark.unsound("calls", "record")
def test_a_changed_check_sum_is_named(app: Any) -> None:
    (first,) = queries.announcements(called(make.person(Role.OFFICER)))
    db.session.add(
        Announcement(
            **{
                name: getattr(first, name) for name in ("round_id", "content", "published_on", "published_at")
            },
            number=2,
            note="改",
            published_by_id=first.published_by_id,
            sha256=first.sha256,
        )
    )
    save()
    (named,) = invariants.broken_calls()
    assert named == f"announcement {queries.announcements(first.round)[0].id}: its text has another check sum"


@pytest.mark.parametrize(
    "change", ["UPDATE announcement SET note = 'x'", "DELETE FROM announcement WHERE number = 1"]
)
def test_the_database_keeps_what_is_published(app: Any, change: str) -> None:
    called(make.person(Role.OFFICER))
    save()
    with pytest.raises(DBAPIError):
        db.session.execute(text(change))
    db.session.rollback()


def test_from_the_settings_to_the_public_page(app: Any, enter: Any, browser: Any) -> None:
    officer = make.person(Role.OFFICER)
    called(officer, published=False)
    save()
    assert "一、资金安排" not in browser.get("/calls/2018").page.words
    assert browser.get("/calls/1999").status_code == 404
    staff = enter(officer)
    draft = staff.get("/rounds/2018/call").page.words
    assert "200,000.00元（大写：人民币贰拾万元整），约占项目资金总额的33%" in draft
    word = Document(io.BytesIO(staff.get("/rounds/2018/call.docx").data))
    assert "征求意见稿" in word.sections[0].footer.paragraphs[0].text
    typed = {"document_no": "海民〔2018〕1号（虚构）"}
    preview = staff.post("/rounds/2018/call", typed)
    assert preview.status_code == 200 and "海民〔2018〕1号（虚构）" in preview.page.words
    assert "一、资金安排" not in browser.get("/calls/2018").page.words
    done = staff.post("/rounds/2018/call", {**typed, "confirmed": "1"}, follow=True)
    assert done.status_code == 200
    page = browser.get("/calls/2018").page.words
    for part in (
        "一、资金安排",
        "海民〔2018〕1号（虚构）",
        CONTACT,
        "Beijing" if "Beijing" in page else "北京时间",
    ):
        assert part in page
    apply = 'href="/applications/new"'
    assert apply in browser.get("/calls/2018").get_data(as_text=True)
    assert apply not in staff.get("/calls/2018").get_data(as_text=True)
    assert "/calls/2018" in browser.get("/calls").get_data(as_text=True)
    assert "/calls/2018" in browser.get("/").get_data(as_text=True)
    plain = browser.get("/calls/2018/1.txt")
    assert plain.mimetype == "text/plain" and "十、联系方式\n" + CONTACT in plain.get_data(as_text=True)
    word = Document(io.BytesIO(browser.get("/calls/2018/1.docx").data))
    shown = [paragraph.text for paragraph in word.paragraphs]
    assert shown == [line for line in plain.get_data(as_text=True).split("\n") if line]
    announcement = queries.announcement(2018, 1)
    assert announcement is not None
    assert announcement.sha256 in browser.get("/calls/2018/1").page.words
    assert announcement.sha256[:16] in word.sections[0].footer.paragraphs[0].text
    assert browser.get("/calls/2018/2").status_code == 404


def test_a_supplement_through_its_page(app: Any, enter: Any, browser: Any) -> None:
    officer = make.person(Role.OFFICER)
    round_ = called(officer)
    actions.correct(round=round_, field="months", value=8, reason="改", by=officer, at=clock.now())
    save()
    staff = enter(officer)
    assert staff.post("/rounds/2018/call", {"note": ""}).status_code == 422
    done = staff.post("/rounds/2018/call", {"note": "周期改为八个月。", "confirmed": "1"}, follow=True)
    assert "项目周期8个月。" in done.page.words
    page = browser.get("/calls/2018").page.words
    assert "周期改为八个月。" in page and "项目周期8个月。" in page and "项目周期9个月。" not in page
    assert "项目周期9个月。" in browser.get("/calls/2018/1").page.words
    text = browser.get("/calls/2018/3.txt").get_data(as_text=True)
    assert (
        text.startswith("2018年第3届公益创投项目征集补充公告（第2号）")
        and "“项目周期和经费要求”更正为：" in text
    )


def test_what_the_call_prints_is_corrected_while_the_round_is_open(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    called(officer, clauses="旧条款")
    save()
    inside = enter(officer)
    for field, value in (("issuer", "局"), ("contact", "甲\n乙"), ("clauses", "新条款")):
        where = f"/rounds/2018/correct?field={field}"
        assert inside.get(where).status_code == 200
        done = inside.post(where, {"value": value, "reason": "补充"}, follow=True)
        assert value.split("\n")[0] in done.page.words
    assert [row.field for row in queries.call_obstacles(queries.by_year(2018), ADDRESS)] == []


@pytest.mark.parametrize("role", list(Role))
def test_who_prepares_a_call(app: Any, enter: Any, role: Role) -> None:
    called(make.person(Role.OFFICER), published=False)
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside = enter(person)
    seen = 200 if role in STAFF else 403
    assert inside.get("/rounds/2018/call").status_code == seen
    assert inside.get("/rounds/2018/call.docx").status_code == seen
    may = role in {Role.OFFICER, Role.ADMINISTRATOR}
    assert inside.post("/rounds/2018/call", {}).status_code == (200 if may else 403)


def test_the_list_of_calls_asks_the_same_whatever_its_length(app: Any, browser: Any, statements: Any) -> None:
    officer = make.person(Role.OFFICER)
    called(officer)
    for made in ((), range(2019, 2026)):
        for year in made:
            called(officer, year=year)
        save()
        statements.clear()
        browser.get("/calls")
        assert len(statements) == 1
