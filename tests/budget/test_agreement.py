"""Agreements: numbers by the pattern, texts frozen with their hash, scans, amendments by two people, the signing day."""

import io
import zipfile
from datetime import date
from typing import Any

import docx
import make
import pytest
from budget import scene
from budget.test_views import at, confirm
from client import save
from hypothesis import given
from hypothesis import strategies as st
from test_documents import FONTS, needs_fonts

from venture import documents, files
from venture.budget import actions, queries, wording
from venture.budget.models import Agreement, Amendment, Award
from venture.budget.views.shared import official
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import RoundState, ThirdParty


@given(
    st.text("协字〔〕号年YYYYMM-", max_size=12),
    st.text("号补", max_size=3),
    st.integers(1, 9),
    st.integers(1, 9999),
)
def test_a_number_of_the_pattern_tells_its_place(before: str, after: str, width: int, place: int) -> None:
    pattern = f"{before}{'#' * width}{after}"
    number = wording.number_of(pattern, 2018, place)
    assert wording.place_of(pattern, 2018, number) == place
    assert "YYYY" not in number and "#" not in number


def test_a_pattern_without_a_place_gives_no_number() -> None:
    assert wording.number_of("手写", 2018, 1) == "" and wording.place_of("手写", 2018, "手写") == 0
    assert wording.place_of("协〔YYYY〕##号", 2018, "协〔2019〕01号") == 0


def drawn(of: scene.Cast, awards: list[Award], **more: str) -> list[Agreement]:
    numbers = queries.offered(of.round, awards)
    made = actions.draw_up(
        round=of.round,
        drafts=[
            actions.Draft(award, more.get("number", numbers[award.id]), more.get("signatory", "虚构代表"))
            for award in awards
        ],
        by=of.officer,
        at=scene.AWARDED_AT,
    )
    save()
    return made


def two(**more: Any) -> tuple[scene.Cast, list[Award]]:
    of = scene.cast(agreement_pattern="协字〔YYYY〕##号", issuer="虚构民政局", **more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    return of, scene.awarded(of)


def said(text: Agreement | Amendment) -> str:
    return "\n".join(what if isinstance(what, str) else str(what) for _style, what in text.content)


def test_numbers_of_a_list_follow_the_pattern_and_go_on(app: Any) -> None:
    of, awards = two()
    assert list(queries.offered(of.round, awards).values()) == ["协字〔2018〕01号", "协字〔2018〕02号"]
    drawn(of, awards[:1], number="协字〔2018〕07号")
    assert queries.offered(of.round, awards)[awards[1].id] == "协字〔2018〕08号"


def test_a_text_says_the_amounts_the_plan_and_the_parties(app: Any) -> None:
    of, awards = two(agreement_third=ThirdParty.COMMUNITY, agreement_clauses="乙方每月报送一次进展。")
    text = said(drawn(of, awards)[0])
    for part in (
        "甲方（资助方）：虚构民政局",
        "40,000.00元（大写：人民币肆万元整）",
        "20,000.00元（大写：人民币贰万元整）",
        "本协议签订后15个工作日内",
        "乙方每月报送一次进展。",
        "本协议一式三份",
        awards[0].project_no,
        awards[0].application.organization.name,
        *(f"丙方：{each.name}" for each in awards[0].application.communities),
    ):
        assert part in text
    for hidden in (awards[0].application.organization.account_no, of.officer.name):
        assert hidden and hidden not in text


def test_the_operator_signs_only_where_the_round_names_it(app: Any) -> None:
    of, awards = two(agreement_third=ThirdParty.OPERATOR)
    assert queries.third_of(awards[0]) == []
    of.round.agreement_operator = "虚构承办中心"
    assert queries.third_of(awards[0]) == ["虚构承办中心"]
    of.round.agreement_third = ThirdParty.GROUP
    assert queries.third_of(awards[0]) == []
    awards[0].application.group_name = "虚构邻里队"
    assert queries.third_of(awards[0]) == ["虚构邻里队"]
    db.session.rollback()


def test_drawn_up_anew_it_is_the_next_version_and_without_a_change_the_same(app: Any) -> None:
    of, awards = two()
    first = drawn(of, awards)
    assert [each.id for each in drawn(of, awards)] == [each.id for each in first]
    again = drawn(of, awards[:1], signatory="虚构代表二")
    assert (again[0].version, again[0].number) == (2, first[0].number)
    assert "虚构代表二" in said(again[0]) and "虚构代表二" not in said(first[0])
    assert [each.version for each in queries.agreements_of(awards[0])] == [2, 1]
    assert wording.digest([tuple(each) for each in again[0].content]) == again[0].sha256


@pytest.mark.parametrize(
    "change, code",
    [
        ({"number": " "}, "number_missing"),
        ({"number": "同号"}, "number_twice"),
        ({"signatory": ""}, "signatory_missing"),
    ],
)
def test_a_list_that_cannot_be_drawn_up(app: Any, change: dict[str, str], code: str) -> None:
    of, awards = two()
    with pytest.raises(Refused, match=code):
        drawn(of, awards, **change)
    db.session.rollback()


def test_only_an_officer_draws_up_and_only_what_is_not_signed(app: Any) -> None:
    of, awards = two()
    drafts = [actions.Draft(awards[0], "号", "人")]
    with pytest.raises(Refused, match="not_your_role"):
        actions.draw_up(round=of.round, drafts=drafts, by=of.approver, at=scene.AWARDED_AT)
    with pytest.raises(Refused, match="nothing_chosen"):
        actions.draw_up(round=of.round, drafts=[], by=of.officer, at=scene.AWARDED_AT)
    scene.sign(of, awards)
    with pytest.raises(Refused, match="signed_already"):
        actions.draw_up(round=of.round, drafts=drafts, by=of.officer, at=scene.SIGNED_AT)
    db.session.rollback()


def test_what_was_printed_is_signed_under_its_number(app: Any) -> None:
    of, awards = two()
    drawn(of, awards)
    with pytest.raises(Refused, match="other_number"):
        scene.sign(of, awards)
    db.session.rollback()
    with pytest.raises(Refused, match="number_used"):
        actions.sign(
            signings=[actions.Signing(awards[1], "协字〔2018〕01号", date(2018, 9, 20))],
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    db.session.rollback()
    actions.sign(
        signings=[actions.Signing(awards[0], "协字〔2018〕01号", date(2018, 9, 20))],
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    save()
    assert awards[0].agreement_no == "协字〔2018〕01号"


def staged(app: Any, name: str = "协议.pdf", content: bytes = b"%PDF-1.4\n") -> files.Staged:
    return files.stage(io.BytesIO(content), name, root=app.settings.uploads, limit=1 << 20)


def test_scans_are_kept_and_the_list_says_what_is_missing(app: Any) -> None:
    of, awards = two()
    drawn(of, awards)
    file = staged(app)
    with pytest.raises(Refused, match="not_signed"):
        actions.keep_scans(agreements={awards[0]: file}, amendments={}, by=of.officer, at=scene.SIGNED_AT)
    for award in awards:
        number = queries.drawn([award])[award.id].number
        actions.sign(
            signings=[actions.Signing(award, number, date(2018, 9, 20))], by=of.officer, at=scene.SIGNED_AT
        )
    save()
    assert len(queries.unscanned(awards)) == 2
    actions.keep_scans(agreements={awards[0]: file}, amendments={}, by=of.operator, at=scene.SIGNED_AT)
    actions.keep_scans(
        agreements={awards[0]: staged(app, "新.pdf", b"%PDF-1.5\n")},
        amendments={},
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    save()
    assert queries.scans(awards)[awards[0].id, None].file.name == "新.pdf"
    assert [row.project for row in queries.unscanned(awards)] == ["虚构项目2"]
    assert [row.scan is None for row in queries.scannable(of.round, of.officer)] == [True, False]


def amended(of: scene.Cast, award: Award, **more: Any) -> Amendment:
    facts = {
        "changes": [("实施期限", "至2019年3月", "至2019年5月"), ("", "", "")],
        "signatory": "虚构新代表",
        "effective_on": date(2018, 10, 8),
        "reason": "代表变更(虚构)",
        "by": of.officer,
        "at": scene.SIGNED_AT,
        **more,
    }
    made = actions.amend(award=award, **facts)
    save()
    return made


def test_an_amendment_keeps_both_values_and_counts_when_a_second_person_approves(app: Any) -> None:
    of, awards = two()
    scene.sign(of, awards)
    before = queries.signatory_of(awards[0])
    made = amended(of, awards[0])
    assert made.changes == [
        ["乙方签约代表", before, "虚构新代表"],
        ["实施期限", "至2019年3月", "至2019年5月"],
    ]
    assert queries.signatory_of(awards[0]) == before
    with pytest.raises(Refused, match="amendment_waits"):
        amended(of, awards[0])
    with pytest.raises(Refused, match="own_amendment"):
        actions.approve_amendment(amendment=made, by=of.officer, at=scene.SIGNED_AT)
    db.session.rollback()
    actions.approve_amendment(amendment=made, by=of.approver, at=scene.SIGNED_AT)
    save()
    assert queries.signatory_of(awards[0]) == "虚构新代表"
    assert f"{awards[0].agreement_no}补1" in said(made) and "至2019年5月" in said(made)
    with pytest.raises(Refused, match="amendment_settled"):
        actions.take_back_amendment(amendment=made, by=of.officer, at=scene.SIGNED_AT)
    db.session.rollback()
    second = amended(of, awards[0], signatory="", reason="再变更")
    actions.take_back_amendment(amendment=second, by=of.officer, at=scene.SIGNED_AT)
    save()
    assert (second.number, queries.signatory_of(awards[0])) == (2, "虚构新代表")


@pytest.mark.parametrize(
    "change, code",
    [
        ({"changes": [], "signatory": ""}, "change_missing"),
        ({"changes": [("期限", "", "新")]}, "change_half"),
        ({"changes": [("期限", "旧", "旧")]}, "change_half"),
        ({"changes": [("期限", "旧", "新" * 1001)]}, "too_long"),
        ({"reason": " "}, "reason_needed"),
        ({"effective_on": date(2018, 9, 19)}, "amended_before_signing"),
    ],
)
def test_an_amendment_that_is_refused(app: Any, change: dict[str, Any], code: str) -> None:
    of, awards = two()
    scene.sign(of, awards)
    with pytest.raises(Refused, match=code):
        amended(of, awards[0], **change)
    db.session.rollback()


def test_an_agreement_that_is_not_signed_is_not_amended(app: Any) -> None:
    of, awards = two()
    with pytest.raises(Refused, match="not_signed"):
        amended(of, awards[0])
    db.session.rollback()


def test_the_database_wants_two_people_for_an_amendment(app: Any) -> None:
    of, awards = two()
    scene.sign(of, awards)
    made = amended(of, awards[0])
    with pytest.raises(Exception, match="two_people"):
        made.approved_at, made.approved_by_id = scene.SIGNED_AT, of.officer.id
        db.session.flush()
    db.session.rollback()


# --- less than was approved ---


def lowered(of: scene.Cast, award: Award, amount: int = 3333333, **more: Any) -> Award:
    given = {"reason": "单位提出(虚构)", "by": of.approver, "at": scene.AWARDED_AT, **more}
    made = actions.lower(award=award, amount=amount, **given)
    save()
    return made


def test_less_may_be_contracted_and_the_rest_returns_to_its_theme(app: Any) -> None:
    of, awards = two()
    one, other = awards
    free = one.theme.earmark - one.theme.committed
    lowered(of, one)
    assert (one.requested, one.amount, one.contracted) == (4000000, 4000000, 3333333)
    assert (other.contracted, one.theme.earmark - one.theme.committed) == (None, free + 666667)
    assert [part.amount for part in one.instalments] == [1666667, 1000000, 666666]
    assert queries.broken_invariants() == []
    lowered(of, one, 3000000)
    scene.sign(of, awards)
    assert (one.contracted, other.contracted) == (3000000, 3000000)
    for number in (1, 2, 3):
        if number > 1:
            condition = one.instalments[number - 1].condition
            scene.met(of, [one], condition)
        scene.paid(of, [one], number, f"key-{number}")
    assert (one.paid, one.unpaid) == (3000000, 0)
    assert queries.broken_invariants() == []


@pytest.mark.parametrize(
    "change, code",
    [
        ({"amount": 4000000}, "not_lower"),
        ({"amount": 0}, "not_lower"),
        ({"reason": " "}, "reason_needed"),
    ],
)
def test_a_lower_amount_that_is_refused(app: Any, change: dict[str, Any], code: str) -> None:
    of, awards = two()
    with pytest.raises(Refused, match=code):
        lowered(of, awards[0], **change)
    with pytest.raises(Refused, match="not_your_role"):
        lowered(of, awards[0], by=of.officer)
    db.session.rollback()


def test_what_is_signed_is_not_lowered_and_what_was_printed_before_is_not_signed(app: Any) -> None:
    of, awards = two()
    drawn(of, awards, signatory="虚构代表")
    lowered(of, awards[0])
    signing = actions.Signing(awards[0], "协字〔2018〕01号", date(2018, 9, 20))
    with pytest.raises(Refused, match="text_outdated"):
        actions.sign(signings=[signing], by=of.officer, at=scene.SIGNED_AT)
    db.session.rollback()
    (again,) = drawn(of, awards[:1])
    assert again.amount == 3333333 and "33,333.33元" in said(again) and "40,000.00元" in said(again)
    actions.sign(signings=[signing], by=of.officer, at=scene.SIGNED_AT)
    save()
    with pytest.raises(Refused, match="signed_already"):
        lowered(of, awards[0], 1000000)
    db.session.rollback()


@pytest.mark.parametrize("contracted", [0, 4000001])
def test_the_database_keeps_the_contracted_amount_within_the_approved(app: Any, contracted: int) -> None:
    _of, awards = two()
    with pytest.raises(Exception, match="contracted"):
        awards[0].contracted = contracted
        db.session.flush()
    db.session.rollback()


def test_a_cancelled_award_gives_back_what_was_contracted(app: Any) -> None:
    of, awards = two()
    lowered(of, awards[0])
    actions.cancel(award=awards[0], reason="放弃(虚构)", by=of.approver, at=scene.AWARDED_AT)
    save()
    assert queries.broken_invariants() == []


def test_less_is_contracted_through_the_page(app: Any, enter: Any) -> None:
    of, awards = two()
    where = f"/awards/{awards[0].id}/lower"
    with at(scene.AWARDED_AT):
        approver = enter(of.approver)
        refused = approver.post(where, {"amount": "40,000", "reason": "虚构理由"})
        assert refused.status_code == 422 and "虚构理由" in refused.get_data(as_text=True)
        shown = approver.post(where, {"amount": "33,333.33", "reason": "虚构理由"}, follow=True)
        assert "33,333.33" in shown.page.words and "16,666.67" in shown.page.words
        assert enter(of.officer).get(where).status_code == 403
        assert enter(of.officer).get("/rounds/2018/awards").status_code == 200


# --- pages and papers ---


@needs_fonts
def test_the_whole_signing_day_through_pages(app: Any, enter: Any) -> None:
    of, awards = two()
    own = make.person(Role.APPLICANT, organization=awards[0].application.organization)
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    save()
    one, other = awards
    with at(scene.AWARDED_AT):
        officer = enter(of.officer)
        assert officer.get("/rounds/2018/agreements.zip").status_code == 303
        page = officer.get("/rounds/2018/agreements/draw")
        assert "协字〔2018〕02号" in page.get_data(as_text=True)
        sent = {"take": [str(one.id), str(other.id)]}
        for award, number in ((one, "01"), (other, "02")):
            sent |= {
                f"number-{award.id}": f"协字〔2018〕{number}号",
                f"signatory-{award.id}": f"虚构代表{number}",
            }
        refused = officer.post("/rounds/2018/agreements/draw", {**sent, f"signatory-{one.id}": ""})
        assert refused.status_code == 422 and "虚构代表02" in refused.get_data(as_text=True)
        confirm(officer, "/rounds/2018/agreements/draw", sent)
        whole = zipfile.ZipFile(io.BytesIO(officer.get("/rounds/2018/agreements.zip").data))
        names = whole.namelist()
        assert names[:3] == [
            "1 签约日用表/1 签到表.pdf",
            "1 签约日用表/2 用印登记表.pdf",
            "1 签约日用表/3 未收扫描件清单.pdf",
        ]
        assert [name.split("/")[1][:2] for name in names[3:]] == ["01", "01", "02", "02"]
        assert all(whole.read(name).startswith(b"%PDF-") for name in names if name.endswith(".pdf"))
        word = docx.Document(io.BytesIO(whole.read(names[4])))
        assert "协字〔2018〕01号" in "\n".join(each.text for each in word.paragraphs)
        pdf = enter(own).get(f"/awards/{one.id}/agreement.pdf")
        assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF-")
        assert enter(own).get(f"/awards/{one.id}/agreement.docx").status_code == 200
        assert enter(stranger).get(f"/awards/{one.id}/agreement.pdf").status_code == 404
    with at(scene.SIGNED_AT):
        officer = enter(of.officer)
        sent = {
            "signed_on": "2018-09-20",
            f"number-{one.id}": "协字〔2018〕01号",
            f"number-{other.id}": "协字〔2018〕02号",
        }
        confirm(officer, "/rounds/2018/agreements", sent)
        page = officer.get("/rounds/2018/agreements/scans")
        assert "2" in page.page.words
        assert officer.post("/rounds/2018/agreements/scans", {}).status_code == 422
        scan = (io.BytesIO(b"%PDF-1.4\n"), "协议扫描.pdf")
        assert officer.post("/rounds/2018/agreements/scans", {f"scan-{one.id}": scan}).status_code == 303
        assert enter(own).get(f"/awards/{one.id}/agreement/scan").data == b"%PDF-1.4\n"
        assert officer.get(f"/awards/{other.id}/agreement/scan").status_code == 404
        sent = {
            "effective_on": "2018-10-08",
            "reason": "虚构理由",
            "what-1": "实施地点",
            "before-1": "虚构甲社区",
            "after-1": "虚构乙社区",
        }
        refused = officer.post(f"/awards/{one.id}/amendments", {**sent, "after-1": ""})
        assert refused.status_code == 422 and "虚构甲社区" in refused.get_data(as_text=True)
        assert officer.post(f"/awards/{one.id}/amendments", sent).status_code == 303
        made = db.session.query(Amendment).one().id
        assert enter(stranger).get(f"/amendments/{made}.pdf").status_code == 404
        assert enter(own).get(f"/amendments/{made}.pdf").data.startswith(b"%PDF-")
        approver = enter(of.approver)
        shown = approver.post(f"/amendments/{made}/approve", {}, follow=True)
        assert "虚构乙社区" in shown.page.words
        file = (io.BytesIO(b"%PDF-1.6\n"), "补充.pdf")
        assert officer.post("/rounds/2018/agreements/scans", {f"amendment-{made}": file}).status_code == 303
        assert officer.get(f"/amendments/{made}/scan").data == b"%PDF-1.6\n"
        assert officer.get(f"/amendments/{made}.docx").status_code == 200


@needs_fonts
@pytest.mark.parametrize("text", ['#import "/etc/passwd": *', "$x$ *b* <a> //", "一\n\n二", "😀"])
def test_whatever_an_official_document_says_becomes_pages_and_a_word_file(text: str) -> None:
    blocks = [
        ("title", text or "题"),
        ("heading", text),
        ("text", text),
        ("page", ""),
        wording.table([text, "乙"], [[text, ""]], [1, 2]),
        ("right", text),
        ("centre", text),
    ]
    for flipped in (True, False):
        given = official(blocks, foot=text, flipped=flipped)
        assert documents.pdf("official", given, fonts=FONTS).startswith(b"%PDF-")
    word = docx.Document(io.BytesIO(documents.letter(blocks, title="题", author="", foot=text)))
    assert word.tables[0].cell(1, 0).text == text


@pytest.mark.parametrize("count", [1, 4])
def test_the_lists_of_agreements_cost_the_same_for_one_and_for_many(
    app: Any, enter: Any, statements: Any, count: int
) -> None:
    of = scene.cast(agreement_pattern="协〔YYYY〕##号")
    for name in range(count):
        scene.project(of, str(name), name % 2, 1000000, 9000 - name)
    awards = scene.awarded(of)
    drawn(of, awards)
    with at(scene.AWARDED_AT):
        officer = enter(of.officer)
        for address, most in (("agreements", 10), ("agreements/draw", 13)):
            statements.clear()
            assert officer.get(f"/rounds/2018/{address}").status_code == 200
            assert len(statements) == most, address


def test_the_settings_of_agreements_are_corrected_while_a_round_runs(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    make.round_(officer, 2018, state=RoundState.OPEN, agreement_pattern="旧〔YYYY〕##号")
    save()
    browser = enter(officer)
    where = "/rounds/2018/correct?field=agreement_pattern"
    assert browser.get(where).status_code == 200
    sent = {"reason": "文号调整(虚构)"}
    assert browser.post(where, {**sent, "value": "没有序号"}).status_code == 422
    shown = browser.post(where, {**sent, "value": "新〔YYYY〕#号"}, follow=True)
    assert shown.status_code == 200 and "新〔YYYY〕#号" in shown.page.words
