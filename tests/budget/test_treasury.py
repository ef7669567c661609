"""The treasury's list: its columns kept, the file going out, and the file coming back, all or nothing."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from budget import scene
from client import save
from openpyxl import Workbook, load_workbook

from venture.budget import actions, exchange, queries
from venture.budget.models import Batch, Holds, PaymentState
from venture.refusal import Refused

HEADS = {
    "project_no": "项目编号",
    "amount": "金额",
    "result": "支付结果",
    "voucher_no": "凭证号",
    "paid_on": "支付日期",
    "reason": "退回原因",
}
SENT = [
    exchange.Sent(1, "HM2018001", 2000000),
    exchange.Sent(2, "HM2018001", 1200000),
    exchange.Sent(3, "HM2018002", 1500000),
]
TOP = list(HEADS.values())


def read(*rows: list[Any]) -> list[exchange.Result]:
    return exchange.results([["国库支付清单(虚构)"], TOP, *rows], HEADS, SENT)


def test_each_row_finds_its_payment_by_project_and_amount() -> None:
    told = read(
        ["HM2018002", 15000.0, "成功", 12.0, date(2018, 9, 21), ""],
        ["HM2018001", "12,000.00", "", "记-13", 43364.0, ""],
        ["HM2018001", 20000, "退票", "", "", "账号有误"],
        ["", "", "", "", "", ""],
        ["合计", 47000, "", "", "", ""],
        ["制表人:", "", "", "", "", ""],
    )
    assert told == [
        exchange.Result(3, "12", date(2018, 9, 21), ""),
        exchange.Result(2, "记-13", date(2018, 9, 21), ""),
        exchange.Result(1, "", None, "账号有误"),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["HM2018009", 20000, "成功", "1", "2018-09-21", ""], "unknown"),
        (["HM2018001", 20000.01, "成功", "1", "2018-09-21", ""], "unknown"),
        (["HM2018001", 0.001, "成功", "1", "2018-09-21", ""], "amount"),
        (["HM2018001", "壹万", "成功", "1", "2018-09-21", ""], "amount"),
        (["HM2018001", -20000, "成功", "1", "2018-09-21", ""], "amount"),
        (["HM2018001", 20000, "大概", "1", "2018-09-21", ""], "result"),
        (["HM2018001", 20000, "成功", "", "2018-09-21", ""], "voucher"),
        (["HM2018001", 20000, "成功", "1", "下周", ""], "day"),
        (["HM2018001", 20000, "退票", "", "", ""], "reason"),
        (["", 20000, "成功", "1", "2018-09-21", ""], "unknown"),
    ],
)
def test_the_first_row_that_does_not_agree_refuses_the_file(row: list[Any], why: str) -> None:
    good = ["HM2018002", 15000, "成功", "1", "2018-09-21", ""]
    with pytest.raises(Refused) as refused:
        read(good, row, good)
    facts = refused.value.blockers[0].facts
    assert (refused.value.blockers[0].code, facts["row"], facts["why"]) == ("budget.sheet_row", 4, why)


def test_one_payment_is_named_once_and_headings_are_needed() -> None:
    row = ["HM2018002", 15000, "成功", "1", datetime(2018, 9, 21, 0, 0), ""]
    with pytest.raises(Refused, match="sheet_row"):
        read(row, row)
    with pytest.raises(Refused, match="sheet_empty"):
        read()
    with pytest.raises(Refused, match="sheet_heads"):
        exchange.results([["编号", "金额"], row], HEADS, SENT)


def released(of: scene.Cast) -> Batch:
    batch = scene.requested(of, scene.signed(of))
    rows = list(batch.payments)
    actions.check(payments=rows, by=of.finance, at=scene.SIGNED_AT)
    actions.release(payments=rows, by=of.approver, at=scene.SIGNED_AT)
    save()
    return batch


@pytest.fixture
def of(app: Any) -> scene.Cast:
    of = scene.cast()
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    return of


def test_the_columns_are_set_once_and_kept(of: scene.Cast) -> None:
    line = actions.ColumnLine
    for columns, code in (
        ([], "no_columns"),
        ([line("编号", Holds.PROJECT_NO)], "column_needed"),
        (
            [line("编号", Holds.PROJECT_NO), line("金额", Holds.AMOUNT), line("编号", Holds.FIXED)],
            "column_twice",
        ),
        (
            [line("编号", Holds.PROJECT_NO), line("金额", Holds.AMOUNT), line("数", Holds.AMOUNT)],
            "column_twice",
        ),
    ):
        with pytest.raises(Refused, match=code):
            actions.set_treasury_columns(columns=columns, by=of.finance, at=scene.SIGNED_AT)
    with pytest.raises(Refused, match="not_your_role"):
        actions.set_treasury_columns(columns=[], by=of.auditor, at=scene.SIGNED_AT)
    kept = [line("编号", Holds.PROJECT_NO), line("科目", Holds.FIXED, "2296002"), line("金额", Holds.AMOUNT)]
    for _ in range(2):
        actions.set_treasury_columns(columns=kept, by=of.finance, at=scene.SIGNED_AT)
        save()
    columns = queries.treasury_columns()
    assert [(each.header, each.text) for each in columns] == [("编号", ""), ("科目", "2296002"), ("金额", "")]
    rows = queries.treasury_rows(released(of), columns)
    assert rows == [["HM2018001", "2296002", 2000000], ["HM2018002", "2296002", 1500000]]


def test_what_bounced_is_unpaid_again_before_and_after_it_was_recorded(of: scene.Cast) -> None:
    batch = released(of)
    one, two = batch.payments
    told = [
        exchange.Result(one.id, "虚构-1", date(2018, 9, 21), ""),
        exchange.Result(two.id, "", None, "账号有误"),
    ]
    with pytest.raises(Refused, match="not_your_role"):
        actions.record_results(batch=batch, results=told, by=of.officer, at=scene.SIGNED_AT)
    actions.record_results(batch=batch, results=told, by=of.finance, at=scene.SIGNED_AT)
    save()
    assert (one.state, one.voucher_no, two.state) == (PaymentState.PAID, "虚构-1", PaymentState.RETURNED)
    assert two.returned_reason == "账号有误" and two.instalment.award.unpaid == 3000000
    late = [exchange.Result(one.id, "", None, "次日退回")]
    actions.record_results(batch=batch, results=late, by=of.finance, at=scene.SIGNED_AT)
    save()
    assert one.state is PaymentState.RETURNED and one.instalment.award.unpaid == 4000000
    again = scene.requested(of, [one.instalment.award, two.instalment.award], key="again")
    assert [each.amount for each in again.payments] == [2000000, 1500000]
    assert queries.broken_invariants() == []


def test_the_file_goes_out_and_comes_back_through_the_pages(of: scene.Cast, enter: Any) -> None:
    batch = released(of)
    address, ids = f"/batches/{batch.id}", [each.id for each in batch.payments]
    finance = enter(of.finance)
    page = finance.get("/treasury/columns").page
    assert "项目编号" in str(page.forms)
    sent = {"header-1": "项目", "holds-1": "project_no", "header-2": "数", "holds-2": "amount"}
    assert finance.post("/treasury/columns", {"header-1": "项目", "holds-1": "project_no"}).status_code == 422
    more = {"header-3": "凭证", "holds-3": "voucher_no", "header-4": "日", "holds-4": "paid_on"}
    last = {"header-5": "原因", "holds-5": "reason", "header-6": "账", "holds-6": "account_no"}
    assert finance.post("/treasury/columns", {**sent, **more, **last}).status_code == 303
    book = load_workbook(BytesIO(finance.get(f"{address}/treasury.xlsx").data))
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == ["项目", "数", "凭证", "日", "原因", "账"]
    assert [sheet.cell(2, place).value for place in (1, 2)] == ["HM2018001", 20000]
    assert sheet.cell(2, 6).data_type == "s"
    sheet["C2"], sheet["D2"], sheet["E3"] = "虚构记-7", date(2018, 9, 21), "户名不符"

    def file(wrong: bool = False) -> tuple[BytesIO, str]:
        held, copy = BytesIO(), Workbook()
        for row in sheet.iter_rows(values_only=True):
            copy.active.append(row)
        copy.active["B3"] = 15000.01 if wrong else 15000
        copy.save(held)
        return BytesIO(held.getvalue()), "国库回单(虚构).xlsx"

    refused = finance.post(f"{address}/results", {"workbook": file(wrong=True)})
    assert refused.status_code == 422 and "15,000.01" in refused.page.words
    preview = finance.post(f"{address}/results", {"workbook": file()})
    assert preview.status_code == 200 and "户名不符" in preview.page.words
    assert {each.state for each in queries.batch(batch.id).payments} == {PaymentState.RELEASED}
    carried = next(form["fields"] for form in preview.page.forms if "workbook.staged" in form["fields"])
    assert finance.post(f"{address}/results", {**carried, "confirmed": "1"}).status_code == 303
    found = {each.id: each for each in queries.batch(batch.id).payments}
    assert (found[ids[0]].voucher_no, found[ids[1]].returned_reason) == ("虚构记-7", "户名不符")
    assert finance.post(f"{address}/results", {**carried, "confirmed": "1"}).status_code == 422
    assert enter(of.officer).get(f"{address}/results").status_code == 403
    assert enter(of.auditor).get(f"{address}/treasury.xlsx").status_code == 403
