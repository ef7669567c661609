"""The public notice: its term in working days, what it may show, objections and their answers."""

import io
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import docx
import pytest
import time_machine
from budget import scene
from client import save
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from venture import files, invariants
from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.budget import actions, queries, wording
from venture.budget.models import Notice, NoticeOutcome, Objection, OutcomeKind, Remedy
from venture.db import db
from venture.refusal import Refused
from venture.review import actions as review_actions
from venture.review import queries as review
from venture.review.models import Objected, Sheet


def small(**more: Any) -> scene.Cast:
    of = scene.cast(**more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    scene.project(of, "3", 1, 3000000, 5000)
    return of


def publish(of: scene.Cast, on: date, at: datetime) -> Notice:
    decision = scene.approved(of)
    made = actions.publish(decision=decision, starts_on=on, by=of.officer, at=at)
    save()
    return made


@pytest.mark.parametrize(
    "start, counts, last",
    [
        (date(2021, 8, 18), True, date(2021, 8, 24)),
        (date(2021, 8, 18), False, date(2021, 8, 25)),
        (date(2018, 9, 28), True, date(2018, 10, 9)),
    ],
    ids=["Futian", "first day not counted", "over the autumn holidays"],
)
def test_the_term_in_working_days(app: Any, start: date, counts: bool, last: date) -> None:
    of = small(notice_first_day_counts=counts)
    notice = publish(of, start, datetime(start.year, start.month, start.day, 2, tzinfo=UTC))
    assert (notice.starts_on, notice.ends_on) == (start, last)


def test_publishing_moves_the_funded_and_passes_over_the_rest(app: Any) -> None:
    of = small()
    scene.noticed(of)
    assert [of.projects[name].state for name in "123"] == [
        State.ON_NOTICE,
        State.ON_NOTICE,
        State.NOT_SHORTLISTED,
    ]


def test_publishing_notes_since_when_each_is_on_the_notice(app: Any) -> None:
    of = small()
    scene.noticed(of)
    assert [of.projects[name].listed_on for name in "123"] == [date(2018, 6, 22), date(2018, 6, 22), None]


@pytest.mark.unsound("lists")
def test_another_day_than_the_notice_says_is_found(app: Any) -> None:
    of = small()
    scene.noticed(of)
    assert list(invariants.broken_lists()) == []
    of.projects["3"].listed_on = date(2018, 6, 22)
    db.session.flush()
    assert list(invariants.broken_lists()) == [
        f"application {of.projects['3'].id}: on a notice since 2018-06-22, the notice says None"
    ]
    db.session.rollback()


def test_publishing_freezes_the_rankings_that_the_list_rests_on(app: Any) -> None:
    of = small()
    scene.noticed(of)
    frozen = review.frozen_in([theme.id for theme in of.round.themes])
    assert [frozen[theme.id].holds for theme in of.round.themes] == [True, True]
    said = json.loads(frozen[of.round.themes[0].id].version.text)
    assert [(each["title"], each["rank"], each["shown"]) for each in said["projects"]] == [
        ("虚构项目1", 1, 9000),
        ("虚构项目2", 2, 8000),
    ]


def test_only_an_approved_list_is_published_once_and_not_in_the_past(app: Any) -> None:
    of = small()
    decision = scene.proposed(of)
    with pytest.raises(Refused, match="not_approved"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)
    actions.approve(decision=decision, **scene.MEETING, by=of.approver, at=scene.PROPOSED_AT)
    with pytest.raises(Refused, match="notice_in_past"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 21), by=of.officer, at=scene.PUBLISHED_AT)
    with pytest.raises(Refused, match="not_your_role"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.approver, at=scene.PUBLISHED_AT)
    actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)
    with pytest.raises(Refused, match="notice_out"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)
    save()


def test_the_published_content_is_a_whitelist(app: Any) -> None:
    of = small()
    body = of.projects["1"].organization
    notice = scene.noticed(of)
    told = json.dumps(notice.content, ensure_ascii=False)
    for hidden in (
        body.credit_code,
        body.account_no,
        body.bank,
        body.legal_representative,
        body.representative_phone,
        body.representative_email,
        body.address,
        of.projects["1"].number,
        of.officer.name,
        "虚构专家1",
        "90.0",
        "9000",
        "虚构需求",
    ):
        assert hidden and hidden not in told
    assert set(notice.content["rows"][0]) == {
        "place",
        "title",
        "organization",
        "theme",
        "communities",
        "amount",
        "outside",
        "reason",
    }
    assert len(notice.sha256) == 64


def test_what_a_theme_has_left_is_said(app: Any) -> None:
    """V23: 150,000 of 200,000 go; 50,000 stay in the theme, and the list says so."""
    of = scene.cast()
    for name in "123":
        scene.project(of, name, 0, 5000000, 9000 - int(name) * 100)
    notice = scene.noticed(of)
    first = notice.content["themes"][0]
    assert (first["earmark"], first["listed"], first["left"]) == (20000000, 15000000, 5000000)


@pytest.mark.parametrize("number", ["13800138000", "32068419900101003X", "6222021111001234560"])
def test_private_numbers_keep_a_list_from_being_published(app: Any, number: str) -> None:
    of = small()
    of.projects["1"].title = f"联系{number}"
    decision = scene.approved(of)
    with pytest.raises(Refused, match="private_number"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)


def test_the_last_day_is_put_off_with_a_reason(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    assert notice.ends_on == date(2018, 6, 28)
    for ends_on, reason, code in (
        (date(2018, 6, 28), "x", "not_later"),
        (date(2018, 6, 29), " ", "reason_needed"),
    ):
        with pytest.raises(Refused, match=code):
            actions.extend(
                notice=notice, ends_on=ends_on, reason=reason, by=of.officer, at=scene.PUBLISHED_AT
            )
    actions.extend(
        notice=notice, ends_on=date(2018, 6, 29), reason="网页中断", by=of.officer, at=scene.PUBLISHED_AT
    )
    save()
    kept = queries.corrections_of([notice])[notice.id][0]
    assert (kept.old, kept.new, kept.reason) == ("2018-06-28", "2018-06-29", "网页中断")


def object_to(notice: Notice, place: int | None = 1, **more: Any) -> Objection:
    given = {
        "name": "虚构居民",
        "contact": "虚构电话",
        "text": "该项目与去年重复(虚构)。",
        "key": "one",
        "at": scene.PUBLISHED_AT,
        **more,
    }
    made = actions.object_to(notice=notice, place=place, **given)
    save()
    return made


def test_an_objection_has_a_receipt_and_comes_once_per_key(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    made = object_to(notice)
    assert made.application is of.projects["1"] and len(made.receipt) == 12
    assert object_to(notice).id == made.id
    assert queries.objection_by(made.receipt) is made


@pytest.mark.unsound("money")
def test_the_review_knows_the_receipt_of_every_objection_of_its_round(app: Any) -> None:
    notice = scene.noticed(small())
    objection = object_to(notice)
    save()
    assert review.is_objection(notice.decision.round_id, f" {objection.receipt.lower()}")
    assert not review.is_objection(notice.decision.round_id + 1, objection.receipt)
    assert queries.broken_invariants() == []
    db.session.execute(delete(Objected))
    assert queries.broken_invariants() == [f"objection {objection.id}: its receipt is unknown to the review"]
    db.session.rollback()


@pytest.mark.parametrize(
    "change, code",
    [
        ({"text": " "}, "text_missing"),
        ({"text": "长" * 2001}, "too_long"),
        ({"place": 3}, "not_in_list"),
        ({"at": datetime(2018, 6, 28, 16, tzinfo=UTC)}, "notice_over"),
    ],
)
def test_an_objection_that_is_refused(app: Any, change: dict[str, Any], code: str) -> None:
    of = small()
    notice = scene.noticed(of)
    with pytest.raises(Refused, match=code):
        object_to(notice, **change)


def test_the_last_moment_to_object(app: Any) -> None:
    of = small()
    object_to(scene.noticed(of), at=datetime(2018, 6, 28, 15, 59, 59, tzinfo=UTC))


def test_an_upheld_objection_cancels_the_project(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    objection = object_to(notice)
    with pytest.raises(Refused, match="reason_needed"):
        actions.answer(objection=objection, upheld=True, answer="", by=of.officer, at=scene.PUBLISHED_AT)
    with pytest.raises(Refused, match="not_your_role"):
        actions.answer(objection=objection, upheld=True, answer="是", by=of.operator, at=scene.PUBLISHED_AT)
    actions.answer(objection=objection, upheld=True, answer="属实。", by=of.officer, at=scene.PUBLISHED_AT)
    save()
    assert of.projects["1"].state is State.CANCELLED
    assert queries.cancelled_places(notice) == {1}
    with pytest.raises(Refused, match="answered_already"):
        actions.answer(objection=objection, upheld=False, answer="否", by=of.officer, at=scene.PUBLISHED_AT)
    assert {room.theme.code: room.taken for room in queries.proposal(of.round).rooms}[
        "consultation"
    ] == 3000000, "its money is free again"


def test_an_objection_to_the_whole_list_needs_a_project_to_cancel(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    objection = object_to(notice, place=None)
    with pytest.raises(Refused, match="which_project"):
        actions.answer(objection=objection, upheld=True, answer="属实", by=of.officer, at=scene.PUBLISHED_AT)
    actions.answer(objection=objection, upheld=False, answer="不属实", by=of.officer, at=scene.PUBLISHED_AT)
    save()
    assert of.projects["1"].state is State.ON_NOTICE


def test_a_body_that_does_not_cooperate_is_struck_by_the_approver(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    line = notice.decision.lines[0]
    with pytest.raises(Refused, match="not_your_role"):
        actions.strike(line=line, reason="不配合", by=of.officer, at=scene.PUBLISHED_AT)
    db.session.add(Barred(application_id=line.application_id, person_id=of.approver.id))
    with pytest.raises(Refused, match="barred"):
        actions.strike(line=line, reason="不配合", by=of.approver, at=scene.PUBLISHED_AT)
    actions.strike(line=notice.decision.lines[1], reason="不配合", by=of.approver, at=scene.PUBLISHED_AT)
    save()
    assert of.projects["2"].state is State.CANCELLED


def test_organizations_named_by_numbers_of_other_lengths_are_fine(app: Any) -> None:
    of = small()
    of.projects["1"].title = "12345社区热线陪伴2018"
    assert scene.noticed(of).id


# --- corrected for an objection, posted elsewhere, and what came of it ---


def correct(of: scene.Cast, objection: Objection, name: str = "1") -> None:
    """One expert's mark of the project set right on the ranking's page, with the receipt as ground."""
    sheet = db.session.scalars(
        select(Sheet).where(Sheet.application_id == of.projects[name].id).order_by(Sheet.id)
    ).first()
    assert sheet is not None
    marks: dict[str, int | None] = {mark.criterion.code: mark.value for mark in sheet.marks}
    code = next(iter(marks))
    marks[code] = (marks[code] or 0) - 100
    review_actions.correct_case(
        sheet=sheet,
        marks=marks,
        ground=objection.receipt,
        reason="录入有误(虚构)",
        by=of.officer,
        at=scene.PUBLISHED_AT,
    )
    save()


def test_an_upheld_objection_may_correct_the_ranking_instead(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    objection = object_to(notice)
    given: dict[str, Any] = {"upheld": True, "answer": "属实，已更正。", "remedy": Remedy.CORRECTED}
    with pytest.raises(Refused, match="not_corrected"):
        actions.answer(objection=objection, **given, by=of.officer, at=scene.PUBLISHED_AT)
    correct(of, objection)
    actions.answer(objection=objection, **given, by=of.officer, at=scene.PUBLISHED_AT)
    save()
    assert (objection.remedy, of.projects["1"].state) == (Remedy.CORRECTED, State.ON_NOTICE)
    assert [each.number for each in queries.corrected_for(notice.objections)] == [2]


def test_an_answer_without_a_private_number(app: Any) -> None:
    of = small()
    objection = object_to(scene.noticed(of))
    with pytest.raises(Refused, match="private_answer"):
        actions.answer(
            objection=objection,
            upheld=False,
            answer="请联系13800138000",
            by=of.officer,
            at=scene.PUBLISHED_AT,
        )
    db.session.rollback()
    actions.answer(
        objection=objection,
        upheld=False,
        answer="统一社会信用代码53320000000000019T，电话0513-82210000。",
        by=of.officer,
        at=scene.PUBLISHED_AT,
    )
    save()
    assert objection.remedy is None


def test_the_database_keeps_a_remedy_to_what_is_upheld(app: Any) -> None:
    of = small()
    objection = object_to(scene.noticed(of))
    with pytest.raises(Exception, match="remedied"):
        objection.remedy = Remedy.CANCELLED
        db.session.flush()
    db.session.rollback()


def test_where_it_was_posted_is_noted_with_a_picture(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    picture = files.stage(io.BytesIO(b"%PDF-1.4\n"), "网页.pdf", root=app.settings.uploads, limit=1 << 20)
    given: dict[str, Any] = {"notice": notice, "outcome": None, "by": of.operator, "at": scene.PUBLISHED_AT}
    actions.post_up(address="www.example.org/公示", posted_on=date(2018, 6, 22), picture=picture, **given)
    save()
    (kept,) = queries.postings(notice)
    assert (kept.address, kept.file.name, kept.by) == ("www.example.org/公示", "网页.pdf", of.operator)
    for address, day, code in (
        (" ", date(2018, 6, 22), "address_missing"),
        ("长" * 501, date(2018, 6, 22), "too_long"),
        ("网站", date(2018, 6, 23), "posted_in_future"),
        ("网站", date(2018, 6, 21), "posted_before"),
    ):
        with pytest.raises(Refused, match=code):
            actions.post_up(address=address, posted_on=day, picture=None, **given)
    with pytest.raises(Refused, match="not_your_role"):
        actions.post_up(
            address="网站", posted_on=date(2018, 6, 22), picture=None, **{**given, "by": of.auditor}
        )


def publish_outcome(
    of: scene.Cast, notice: Notice, kind: OutcomeKind, note: str = "", **more: Any
) -> NoticeOutcome:
    given = {"by": of.officer, "at": scene.AWARDED_AT, **more}
    made = actions.publish_outcome(notice=notice, kind=kind, note=note, **given)
    save()
    return made


def test_the_outcome_says_the_list_as_it_stands_and_what_changed(app: Any) -> None:
    of = small()
    notice = scene.noticed(of)
    first, second = object_to(notice), object_to(notice, place=2, key="two")
    correct(of, second, "2")
    for objection, remedy in ((first, Remedy.CANCELLED), (second, Remedy.CORRECTED)):
        with pytest.raises(Refused, match="objections_open"):
            publish_outcome(of, notice, OutcomeKind.RESULT)
        db.session.rollback()
        actions.answer(
            objection=objection,
            upheld=True,
            answer="属实",
            remedy=remedy,
            by=of.officer,
            at=scene.PUBLISHED_AT,
        )
        save()
    with pytest.raises(Refused, match="notice_running"):
        publish_outcome(of, notice, OutcomeKind.RESULT, at=scene.PUBLISHED_AT)
    db.session.rollback()
    made = publish_outcome(of, notice, OutcomeKind.RESULT)
    assert made.content["changes"] == [
        "第1项“虚构项目1”取消立项，资助金额40,000.00元不再执行。",
        f"经核实，对“{of.round.themes[0].name}”的评分予以更正，排名第2版已重新冻结。",
    ]
    assert [(row["place"], row["cancelled"]) for row in made.content["rows"]] == [(1, True), (2, False)]
    assert (made.number, made.content["objections"], made.content["upheld"]) == (1, 2, 2)
    told = wording.pasted(
        wording.outcome(made.content, kind="result", number=1, signed="虚构民政局", day=date(2018, 7, 2))
    )
    assert "公示结果公告（第1号）" in told and "收到异议2件，经核实成立2件" in told
    for hidden in ("虚构居民", "虚构电话", first.receipt, first.text, of.officer.name):
        assert hidden not in told and hidden not in json.dumps(made.content, ensure_ascii=False)
    with pytest.raises(Refused, match="nothing_to_correct"):
        publish_outcome(of, notice, OutcomeKind.CORRECTION)
    db.session.rollback()
    actions.strike(line=notice.decision.lines[1], reason="不配合", by=of.approver, at=scene.AWARDED_AT)
    again = publish_outcome(of, notice, OutcomeKind.CORRECTION)
    assert (again.number, len(again.content["changes"])) == (2, 1)


@pytest.mark.parametrize(
    "note, code",
    [("请打0513-82210000", "private_text"), ("联系13800138000", "private_text"), ("长" * 2001, "too_long")],
)
def test_an_outcome_that_is_refused(app: Any, note: str, code: str) -> None:
    of = small()
    notice = scene.noticed(of)
    with pytest.raises(Refused, match=code):
        publish_outcome(of, notice, OutcomeKind.CORRECTION, note)
    db.session.rollback()
    with pytest.raises(Refused, match="not_your_role"):
        publish_outcome(of, notice, OutcomeKind.CORRECTION, "更正", by=of.operator)
    db.session.rollback()


def test_a_landline_keeps_a_list_from_being_published(app: Any) -> None:
    of = small()
    of.projects["1"].title = "热线0513-82210000"
    decision = scene.approved(of)
    with pytest.raises(Refused, match="private_number"):
        actions.publish(decision=decision, starts_on=date(2018, 6, 22), by=of.officer, at=scene.PUBLISHED_AT)
    db.session.rollback()


@given(st.lists(st.text("<>&\"'\t\n虚构a", max_size=8), min_size=6, max_size=6))
def test_what_is_pasted_as_html_is_only_text(texts: list[str]) -> None:
    title, heading, text, head, cell, right = texts
    made = wording.html(
        [
            ("title", title),
            ("heading", heading),
            ("text", text),
            wording.table([head], [[cell]], [1]),
            ("right", right),
        ]
    )
    tags = set(re.findall(r"<[^>]*>", made))
    assert tags <= {
        "<h1>",
        "</h1>",
        "<br>",
        "<p>",
        "</p>",
        "<td>",
        "</td>",
        "<th>",
        "</th>",
        "<tr>",
        "</tr>",
    } | {
        '<table border="1">',
        "</table>",
    }


def test_the_outcome_and_the_postings_through_pages(app: Any, enter: Any, browser: Any) -> None:
    of = small(issuer="虚构民政局", contact="虚构科 0513-80000000")
    notice = scene.noticed(of)
    with time_machine.travel(scene.AWARDED_AT, tick=False):
        officer = enter(of.officer)
        page = officer.get(f"/notices/{notice.id}/postings").get_data(as_text=True)
        assert "虚构项目1\t" in page and "&lt;table" in page and "虚构科 0513-80000000" in page
        sent = {"what": "", "address": "虚构网站", "posted_on": "2018-06-22"}
        assert officer.post(f"/notices/{notice.id}/postings", {**sent, "address": ""}).status_code == 422
        picture = (io.BytesIO(b"%PDF-1.4\n"), "截图.pdf")
        shown = officer.post(f"/notices/{notice.id}/postings", {**sent, "scan": picture}, follow=True)
        assert "虚构网站" in shown.page.words
        kept = queries.postings(notice)[0].id
        assert officer.get(f"/notices/{notice.id}/postings/{kept}/scan").data == b"%PDF-1.4\n"
        db.session.rollback()
        told = {"kind": "result", "note": "感谢监督。"}
        preview = officer.post(f"/notices/{notice.id}/outcomes", told)
        assert "公示期间未收到异议。" in preview.page.words and queries.notice(notice.id).outcomes == []
        db.session.rollback()
        shown = officer.post(f"/notices/{notice.id}/outcomes", {**told, "confirmed": "1"}, follow=True)
        assert "感谢监督。" in shown.page.words
        assert enter(of.auditor).get(f"/notices/{notice.id}/outcomes/new").status_code == 403
        for address in (f"/notices/{notice.id}", f"/notices/{notice.id}/outcomes/1"):
            assert browser.get(address).status_code == 200
        for address in (f"/notices/{notice.id}.docx", f"/notices/{notice.id}/outcomes/1.docx"):
            word = docx.Document(io.BytesIO(browser.get(address).data))
            heads = [cell.text for cell in word.tables[0].rows[0].cells]
            assert heads == ["序号", "项目名称", "申报单位", "专题", "实施社区", "资助金额（元）"]
            assert word.tables[0].rows[-1].cells[-1].text == "70,000.00"
        assert browser.get(f"/notices/{notice.id}/outcomes/2").status_code == 404
