"""Each official sheet, re-read with another library, row by row against what the database holds; and its looks."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from live import demo_settings
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from venture import create_app
from venture.applications.models import Application
from venture.budget.models import Account, Award, DecisionLine, Entry, Notice, Payment, PaymentState
from venture.db import db
from venture.desk import reports
from venture.past.models import PastAward
from venture.past.queries import Chosen
from venture.review.models import Sheet, SheetState
from venture.rounds.models import Round, Theme


@pytest.fixture(scope="module")
def third(loaded: Path) -> Iterator[Round]:
    """The demonstration's round of 2018."""
    with create_app(demo_settings(loaded)).app_context():
        yield db.session.scalars(select(Round).where(Round.year == 2018)).one()
        db.session.remove()
        db.engine.dispose()


def read(content: bytes, place: int = 0) -> list[dict[str, Any]]:
    """The rows under the headings that are neither sums nor foot, by column."""
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(place)
    listed = sheet.to_python(skip_empty_area=False)
    heads = listed[2]
    rows = []
    for row in listed[3:]:
        if str(row[0]).startswith("合计") or not any(row[1:]):
            break
        if "小计" not in str(row[0]):
            rows.append(dict(zip(heads, row, strict=True)))
    return rows


def fen(value: Any) -> int:
    assert isinstance(value, float), "money is a number"
    return round(value * 100)


def of_round(round: Round, model: Any, *joined: Any) -> Any:
    statement = select(model)
    for each in joined:
        statement = statement.join(each)
    return db.session.scalars(statement.where(Theme.round_id == round.id)).unique().all()


def test_the_award_sheet(third: Round) -> None:
    awards = of_round(third, Award, Award.theme)
    rows = read(reports.award(third))
    assert [row["序号"] for row in rows] == list(range(1, len(awards) + 1))
    assert {
        (
            row["项目编号"], row["项目名称"], row["申报单位"], row["统一社会信用代码"], row["专题"],
            fen(row["申请金额"]), fen(row["核定金额"]), row["协议编号"], row["实施社区"],
        )
        for row in rows
    } == {
        (
            each.project_no, each.application.title, each.application.organization.name,
            each.application.organization.credit_code, each.theme.name, each.requested, each.amount,
            each.agreement_no, "、".join(place.name for place in each.application.communities),
        )
        for each in awards
    }  # fmt: skip


def test_the_notice_sheet_holds_no_code_account_or_person(third: Round) -> None:
    notice = db.session.scalars(select(Notice).order_by(Notice.id)).first()
    assert notice is not None
    lines = db.session.scalars(
        select(DecisionLine).where(DecisionLine.decision_id == notice.decision_id, DecisionLine.decided > 0)
    ).all()
    content = reports.notice(third)
    assert {
        (row["项目名称"], row["申报单位"], row["类别(专题)"], fen(row["资助金额"])) for row in read(content)
    } == {
        (each.application.title, each.application.organization.name, each.theme.name, each.decided)
        for each in lines
    }
    text = str(CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python())
    for each in lines:
        body = each.application.organization
        for secret in (
            body.credit_code,
            body.account_no,
            body.legal_representative,
            body.representative_phone,
        ):
            assert secret not in text


def test_the_disbursement_sheet(third: Round) -> None:
    payments = db.session.scalars(select(Payment).where(Payment.state != PaymentState.RETURNED)).all()
    payments = [each for each in payments if each.batch.round_id == third.id]
    rows = read(reports.disbursement(third, whole=True))
    so_far: dict[str, int] = {}
    expected = []
    for each in sorted(payments, key=lambda one: (one.batch.number, one.instalment.award.project_no, one.id)):
        award = each.instalment.award
        so_far[award.project_no] = so_far.get(award.project_no, 0) + each.amount
        paid = so_far[award.project_no]
        expected.append(
            (
                award.project_no, award.application.organization.credit_code, each.account_name, each.bank,
                each.account_no, award.amount, each.instalment.name, each.amount, paid, award.amount - paid,
            )
        )  # fmt: skip
    assert [
        (
            row["项目编号"], row["统一社会信用代码"], row["户名"], row["开户行"], row["账号"], fen(row["立项金额"]),
            row["拨款期次"], fen(row["本次拨付金额"]), fen(row["累计已拨"]), fen(row["未拨余额"]),
        )
        for row in rows
    ] == expected  # fmt: skip
    assert {row["拨付比例"] for row in rows} == {"50%", "30%", "20%"}


def test_one_batch_adds_up_all_its_amounts(third: Round) -> None:
    content = reports.disbursement(third, 1)
    rows = read(content)
    listed = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    total = next(dict(zip(listed[2], row, strict=True)) for row in listed if row[0] == "合计")
    for column in ("立项金额", "本次拨付金额", "累计已拨", "未拨余额"):
        assert fen(total[column]) == sum(fen(row[column]) for row in rows) > 0


def test_the_ledger_sheet(third: Round) -> None:
    entries = db.session.scalars(
        select(Entry)
        .join(Theme, Theme.id == Entry.theme_id)
        .where(Theme.round_id == third.id, Entry.account == Account.PAID)
        .order_by(Entry.id)
    ).all()
    so_far: dict[int, int] = {}
    expected = []
    for each in entries:
        award = db.session.get_one(Award, each.award_id)
        payment = db.session.get_one(Payment, each.payment_id)
        so_far[award.id] = so_far.get(award.id, 0) + each.amount
        expected.append(
            (
                payment.paid_on, payment.voucher_no, award.project_no, payment.instalment.name, each.amount,
                so_far[award.id], award.amount - so_far[award.id], each.operation.by.name,
            )
        )  # fmt: skip
    assert [
        (
            row["日期"], row["凭证号"], row["项目编号"], row["期次"], fen(row["实拨"]), fen(row["累计"]),
            fen(row["余额"]), row["经办人"],
        )
        for row in read(reports.ledger(third))
    ] == expected  # fmt: skip


def test_the_score_sheet_of_each_theme(third: Round) -> None:
    content = reports.scores(third)
    for place, theme in enumerate(third.themes):
        for row in read(content, place):
            application = db.session.scalars(
                select(Application).where(Application.number == row["项目编号"])
            ).one()
            assert application.theme_id == theme.id
            totals = db.session.scalars(
                select(Sheet).where(
                    Sheet.application_id == application.id, Sheet.state == SheetState.HANDED_IN
                )
            ).all()
            shown = {fen(row[key]) for key in row if key.startswith("专家") and row[key] != ""}
            assert shown == {each.total for each in totals}
            assert fen(row["申请金额"]) == application.asked


def test_the_list_of_fees(third: Round) -> None:
    for row in read(reports.SHEETS["fees"][1](third)):
        assert fen(row["应发金额"]) == fen(row["代扣个人所得税"]) + fen(row["实发金额"])


def test_the_sheet_of_earlier_awards(third: Round) -> None:
    kept = db.session.scalars(select(PastAward).where(PastAward.standing)).all()
    rows = read(reports.past_awards(Chosen()))
    assert len(kept) == 5
    assert {(row["项目名称"], row["申报单位"], fen(row["核定金额"]), int(row["年度"])) for row in rows} == {
        (each.title, each.organization_name, each.amount, each.year) for each in kept
    }


@pytest.mark.parametrize("name", list(reports.SHEETS))
def test_the_looks_of_a_bureaus_sheet(third: Round, name: str) -> None:
    """Domain §8.11: title, office and unit, headings frozen and repeated, sums, capitals, foot, A4 across, pages."""
    for sheet in openpyxl.load_workbook(BytesIO(reports.SHEETS[name][1](third))).worksheets:
        heads = [cell for cell in sheet[3] if cell.value]
        last = heads[-1].column_letter
        assert f"A1:{last}1" in {str(each) for each in sheet.merged_cells.ranges}
        assert sheet["A1"].font.name == "方正小标宋_GBK" and sheet["A1"].font.size == 20
        assert sheet["A1"].alignment.horizontal == "center"
        assert str(sheet["A2"].value).startswith("填报单位:")
        assert "单位:元" in [cell.value for cell in sheet[2]]
        assert {(cell.font.name, cell.font.size, cell.alignment.wrap_text) for cell in heads} == {
            ("黑体", 12, True)
        }
        named = next(cell for cell in heads if cell.value in ("项目名称", "姓名", "摘要"))
        assert sheet.freeze_panes == f"{openpyxl.utils.get_column_letter(named.column + 1)}4"
        assert sheet.print_title_rows == "$3:$3"
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_options.horizontalCentered
        assert {round(side * 2.54, 1) for side in (sheet.page_margins.left, sheet.page_margins.right)} == {
            1.5
        }
        assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
        texts = [str(cell.value) for row in sheet.iter_rows(min_row=4) for cell in row if cell.value]
        signed = (
            ("专家1:", "日期:")
            if name == "scores"
            else ("制表人:", "审核人:", "负责人:", "日期:      (盖章)")
        )
        assert set(signed) <= set(texts)
        if name != "scores":
            foot = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "合计")
            money = next(cell for cell in sheet[4] if cell.number_format == "#,##0.00")
            assert f"A{foot[0].row}:{openpyxl.utils.get_column_letter(money.column - 1)}{foot[0].row}" in {
                str(each) for each in sheet.merged_cells.ranges
            }
            assert any(text.startswith("人民币(大写):") for text in texts)
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
