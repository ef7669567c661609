"""Each payment draws on one source, within its amount and before its last day; what is left is carried over by two."""

from datetime import date
from io import BytesIO
from typing import Any

import make
import pytest
from budget import scene
from budget.test_views import at
from client import save
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from venture.applications.models import Barred
from venture.budget import actions, queries
from venture.budget.models import Payment
from venture.db import db
from venture.refusal import Refused
from venture.rounds import actions as rounds
from venture.rounds import queries as round_queries
from venture.rounds.models import MoneyKind, MoveState, Source

DAY = date(2018, 9, 21)


def sourced(*sources: tuple[str, int, date | None], **more: Any) -> scene.Cast:
    """Two projects of 40,000 and 30,000 yuan under signed agreements, paid from these sources."""
    of = scene.cast(**more)
    of.round.sources = [
        Source(document_no=number, kind=MoneyKind.LOTTERY, year=2018, amount=amount, expires_on=day)
        for number, amount, day in sources
    ]
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    save()
    return of


LATE, SOON = ("虚构2号", 58000000, date(2019, 12, 31)), ("虚构1号", 2000000, date(2018, 12, 31))


def drawn(of: scene.Cast) -> dict[str, int]:
    return {each.document_no: each.drawn for each in of.round.sources}


def test_a_payment_draws_on_the_source_that_expires_first_and_has_enough(app: Any) -> None:
    of = sourced(LATE, SOON)
    awards = scene.signed(of)
    batch = scene.requested(of, awards)
    assert [(row.amount, row.source.document_no if row.source else "") for row in batch.payments] == [
        (2000000, "虚构1号"),
        (1500000, "虚构2号"),
    ]
    assert drawn(of) == {"虚构1号": 2000000, "虚构2号": 1500000}
    assert [
        (each.source.document_no, each.paid, each.pending, each.left) for each in queries.sources(of.round)
    ] == [
        ("虚构1号", 0, 2000000, 0),
        ("虚构2号", 0, 1500000, 56500000),
    ]


def test_what_is_sent_back_or_bounces_is_free_again_in_its_source(app: Any) -> None:
    of = sourced(LATE, SOON)
    batch = scene.paid(of, scene.signed(of))
    first, second = batch.payments
    assert drawn(of) == {"虚构1号": 2000000, "虚构2号": 1500000}
    actions.take_back(payment=first, reason="退票(虚构)", by=of.finance, at=scene.SIGNED_AT)
    save()
    assert drawn(of) == {"虚构1号": 0, "虚构2号": 1500000}
    again = scene.requested(of, [first.instalment.award], key="again")
    assert again.payments[0].source_id == first.source_id
    actions.send_back(
        payments=again.payments,
        reasons={again.payments[0].id: "重做(虚构)"},
        by=of.officer,
        at=scene.SIGNED_AT,
    )
    save()
    assert drawn(of) == {"虚构1号": 0, "虚构2号": 1500000}
    assert second.source is not None and second.source.document_no == "虚构2号"


def test_the_source_of_a_batch_may_be_chosen_and_must_have_enough(app: Any) -> None:
    of = sourced(LATE, SOON)
    awards = scene.signed(of)
    late, soon = of.round.sources
    parts = [award.instalments[0] for award in awards]
    given: dict[str, Any] = {"round": of.round, "instalments": parts, "by": of.officer, "at": scene.SIGNED_AT}
    with pytest.raises(Refused) as refused:
        actions.request(**given, key="k1", source=soon)
    assert [(one.code, one.facts["amount"]) for one in refused.value.blockers] == [
        ("budget.source_short", 1500000)
    ]
    db.session.rollback()
    assert drawn(of) == {"虚构1号": 0, "虚构2号": 0}, "all of the batch or none"
    actions.request(**given, key="k1", source=late)
    save()
    assert drawn(of) == {"虚构1号": 0, "虚构2号": 3500000}


def test_after_its_last_day_a_source_pays_nothing_until_the_rest_is_carried_over(app: Any) -> None:
    of = sourced(("虚构1号", 60000000, date(2018, 9, 20)))
    awards = scene.signed(of)
    (source,) = of.round.sources
    with pytest.raises(Refused, match="source_short"):
        scene.requested(of, awards)
    db.session.rollback()
    with pytest.raises(Refused, match="source_over"):
        actions.request(
            round=of.round,
            instalments=[awards[0].instalments[0]],
            key="k",
            source=source,
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    db.session.rollback()
    proposal: dict[str, Any] = {"source": source, "by": of.officer, "at": scene.SIGNED_AT}
    for change, codes in (
        (
            {"until": date(2018, 9, 20), "document_no": " ", "reason": ""},
            ["rounds.not_later_day", "rounds.document_needed", "rounds.reason_needed"],
        ),
    ):
        with pytest.raises(Refused) as refused:
            rounds.propose_carry_over(**proposal, **change)
        assert [one.code for one in refused.value.blockers] == codes
        db.session.rollback()
    said = {"until": date(2019, 6, 30), "document_no": "虚构结转〔2018〕9号", "reason": "项目跨年(虚构)"}
    carry = rounds.propose_carry_over(**proposal, **said)
    save()
    with pytest.raises(Refused, match="carry_waiting"):
        rounds.propose_carry_over(**proposal, **said)
    db.session.rollback()
    for person, code in ((of.officer, "same_person"), (of.finance, "not_approver")):
        with pytest.raises(Refused, match=code):
            rounds.approve_carry_over(carry=carry, by=person, at=scene.SIGNED_AT)
        db.session.rollback()
    assert source.expires_on == date(2018, 9, 20)
    rounds.approve_carry_over(carry=carry, by=of.approver, at=scene.SIGNED_AT)
    save()
    assert (source.expires_on, carry.left, carry.state) == (date(2019, 6, 30), 60000000, MoveState.APPROVED)
    with pytest.raises(Refused, match="carry_done"):
        rounds.withdraw_carry_over(carry=carry, by=of.officer, at=scene.SIGNED_AT)
    db.session.rollback()
    scene.requested(of, awards)
    assert drawn(of) == {"虚构1号": 3500000}


def test_a_source_without_a_day_or_used_up_is_not_carried_over(app: Any) -> None:
    of = sourced(("虚构1号", 60000000, None))
    said = {"until": date(2019, 6, 30), "document_no": "虚构9号", "reason": "虚构"}
    with pytest.raises(Refused, match="no_expiry"):
        rounds.propose_carry_over(source=of.round.sources[0], by=of.officer, at=scene.SIGNED_AT, **said)
    db.session.rollback()
    of = sourced(("虚构2号", 60000000, date(2018, 12, 31)), year=2019)
    carry = rounds.propose_carry_over(source=of.round.sources[0], by=of.officer, at=scene.SIGNED_AT, **said)
    rounds.withdraw_carry_over(carry=carry, by=of.approver, at=scene.SIGNED_AT)
    save()
    assert of.round.sources[0].expires_on == date(2018, 12, 31)


@pytest.mark.parametrize("change", ["drawn = amount + 1", "drawn = -1"])
def test_the_database_keeps_a_source_within_its_amount(app: Any, change: str) -> None:
    sourced(LATE, SOON)
    with pytest.raises(IntegrityError, match="ck_source_drawn"):
        db.session.execute(text(f"UPDATE source SET {change}"))


@pytest.mark.unsound("money")
def test_a_source_that_says_other_than_its_payments_is_found(app: Any) -> None:
    of = sourced(LATE, SOON)
    scene.requested(of, scene.signed(of))
    db.session.execute(text("UPDATE source SET drawn = drawn - 1 WHERE document_no = '虚构1号'"))
    save()
    (found,) = queries.broken_invariants()
    assert found.endswith("drawn 1999999 of 2000000 fen, its payments 2000000")


@pytest.mark.unsound("money")
def test_a_round_whose_sources_do_not_cover_grants_and_set_asides_is_found(app: Any) -> None:
    of = sourced(("虚构1号", 60000000, None))
    make.set_aside(of.round, 1)
    save()
    (found,) = queries.broken_invariants()
    assert found.endswith("sources 60000000 fen, grants 60000000 and set aside 1")


def test_what_must_be_paid_before_the_last_day_of_each_source(app: Any) -> None:
    """Under way by their source, the others as their turn comes; what no source can pay stands apart."""
    of = sourced(("虚构1号", 2000000, date(2018, 12, 31)), ("虚构2号", 58000000, date(2018, 9, 20)))
    awards = scene.signed(of)
    scene.requested(of, awards[:1])
    found = queries.cut_off(of.round, of.officer, DAY)
    assert [
        (each.balance.source.document_no if each.balance else "", each.sum, len(each.rows)) for each in found
    ] == [("虚构2号", 0, 0), ("虚构1号", 2000000, 1), ("", 5000000, 5)]
    scene.met(of, awards)
    of.round.sources[1].expires_on = date(2019, 12, 31)
    save()
    found = queries.cut_off(of.round, of.officer, DAY)
    assert [(each.balance.source.document_no, each.sum) for each in found if each.balance] == [
        ("虚构1号", 2000000),
        ("虚构2号", 5000000),
    ]
    names = [row.instalment.name for row in found[1].rows]
    assert names == ["中期款", "首期款", "中期款", "尾款", "尾款"], "first met, first served"


def test_the_list_and_its_sheet_hide_what_a_tie_hides(app: Any, enter: Any) -> None:
    of = sourced(LATE, SOON)
    scene.signed(of)
    db.session.add(Barred(person_id=of.auditor.id, application_id=of.projects["1"].id))
    save()
    with at(scene.SIGNED_AT):
        page = enter(of.auditor).get("/rounds/2018/cut-off").page.words
        sheet = enter(of.officer).get("/rounds/2018/cut-off.xlsx")
        barred = enter(of.auditor).get("/rounds/2018/cut-off.xlsx")
    assert "虚构项目2" in page and "虚构项目1" not in page
    rows = CalamineWorkbook.from_filelike(BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    header = next(at for at, row in enumerate(rows) if row[0] == "序号")
    lines = [row for row in rows[header + 1 :] if isinstance(row[0], float)]
    assert len(lines) == 6
    assert sum(row[10] for row in lines) == 70000.0
    assert {row[1] for row in lines} == {"虚构1号", "虚构2号"}
    rows = CalamineWorkbook.from_filelike(BytesIO(barred.data)).get_sheet_by_index(0).to_python()
    assert not any("虚构项目1" in str(cell) for row in rows for cell in row)


def test_the_pages_of_a_carry_over_and_of_the_choice_of_a_source(app: Any, enter: Any) -> None:
    of = sourced(LATE, SOON)
    awards = scene.signed(of)
    late = of.round.sources[0]
    with at(scene.SIGNED_AT):
        officer, approver = enter(of.officer), enter(of.approver)
        page = officer.get("/rounds/2018/payments").page
        assert "虚构2号" in page.words
        sent = {
            "take": [str(award.instalments[0].id) for award in awards],
            "key": "k" * 32,
            "source": str(late.id),
        }
        assert "confirmed" in officer.post("/rounds/2018/payments", sent).get_data(as_text=True)
        assert db.session.query(Payment).count() == 0
        officer.post("/rounds/2018/payments", {**sent, "confirmed": "1"}, follow=True)
        db.session.expire_all()
        assert drawn(of) == {"虚构1号": 0, "虚构2号": 3500000}
        carry = {"until": "2018-01-01", "document_no": "虚构9号", "reason": "虚构"}
        refused = officer.post(f"/rounds/2018/carry-overs/{late.id}", carry)
        assert refused.status_code == 422 and "2018-01-01" in refused.get_data(as_text=True)
        carry["until"] = "2099-01-01"
        assert officer.post(f"/rounds/2018/carry-overs/{late.id}", carry).status_code == 303
        listed = approver.get("/rounds/2018/carry-overs").page
        assert "虚构9号" in listed.words
        (made,) = round_queries.carry_overs(of.round)
        assert officer.post(f"/rounds/2018/carry-overs/{made.id}/approve", {}).status_code == 403
        preview = approver.post(f"/rounds/2018/carry-overs/{made.id}/approve", {})
        assert "565,000.00" not in preview.page.words and "545,000.00" in preview.page.words
        approver.post(f"/rounds/2018/carry-overs/{made.id}/approve", {"confirmed": "1"}, follow=True)
        db.session.expire_all()
        assert late.expires_on == date(2099, 1, 1)


def test_what_comes_back_may_be_drawn_anew_and_again_not_when_it_did_not(app: Any) -> None:
    """32,000 are paid from two sources, the newest payment first gives back: 12,500 of 12,000 and 20,000."""
    of = sourced(LATE, SOON)
    award = scene.signed(of)[0]
    scene.paid(of, [award])
    scene.met(of, [award])
    scene.paid(of, [award], 2, "second")
    assert drawn(of) == {"虚构1号": 2000000, "虚构2号": 1200000}
    claim = actions.claim_back(
        award=award,
        amount=1250000,
        reason="多拨(虚构)",
        due_on=DAY,
        key="c",
        by=of.approver,
        at=scene.SIGNED_AT,
    )
    refund = actions.receive_refund(
        claim=claim,
        amount=1250000,
        received_on=DAY,
        voucher_no="虚构收-1",
        key="r",
        by=of.finance,
        at=scene.SIGNED_AT,
    )
    save()
    assert drawn(of) == {"虚构1号": 1950000, "虚构2号": 0}
    assert [(each.paid, each.pending, each.left) for each in queries.sources(of.round)] == [
        (1950000, 0, 50000),
        (0, 0, 58000000),
    ]
    actions.undo_refund(refund=refund, reason="未到账(虚构)", by=of.finance, at=scene.SIGNED_AT)
    save()
    assert drawn(of) == {"虚构1号": 2000000, "虚构2号": 1200000}


def test_the_cut_off_list_asks_for_what_the_settlement_left(app: Any) -> None:
    of = sourced(("虚构1号", 60000000, date(2018, 12, 31)))
    award = scene.signed(of)[0]
    scene.paid(of, [award])
    actions.settle(
        award=award, accepted=2500000, reason="虚构审计报告", due_on=DAY, by=of.approver, at=scene.SIGNED_AT
    )
    save()
    (only,) = queries.cut_off(of.round, of.officer, DAY)
    rows = [row for row in only.rows if row.award is award]
    assert [(row.instalment.number, row.instalment.payable) for row in rows] == [(3, 500000)]
    assert only.sum == 500000 + 3000000
