"""The official sheets, re-read with another library: columns, text codes, numeric money, sums equal to the ledger."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import make
import openpyxl
import pytest
from budget import scene
from client import Browser, save
from live import demo_settings
from sqlalchemy import func, select

from venture import create_app, money
from venture.budget.models import Account, Entry
from venture.db import db
from venture.desk import reports
from venture.desk.reports import bureau
from venture.roles import Role
from venture.rounds.models import Round, Theme
from venture.trail import Event
from venture.web import Venture

COLUMNS = {
    "notice": "序号 项目名称 申报单位 类别(专题) 实施社区 资助金额",
    "award": "序号 项目编号 项目名称 申报单位 统一社会信用代码 专题 服务领域 实施社区 得分 名次 "
    "申请金额 核定金额 协议编号 备注",
    "disbursement": "序号 项目编号 项目名称 承接单位 统一社会信用代码 户名 开户行 账号 立项金额 拨款期次 "
    "拨付比例 本次拨付金额 累计已拨 未拨余额 备注",
    "scores": "序号 项目编号 项目名称 申报单位 专家1 专家2 专家3 专家4 专家5 平均分 排名 申请金额 建议金额 备注",
    "ledger": "日期 凭证号 项目编号 摘要 期次 应拨 实拨 退回 累计 余额 经办人",
    "fees": "序号 姓名 职称 工作单位 应发金额 代扣个人所得税 实发金额 领款人签名 领款日期 备注",
}
SUMMED = {"notice": "资助金额", "award": "核定金额", "disbursement": "本次拨付金额", "ledger": "实拨"}


@pytest.fixture(scope="module")
def third(loaded: Path) -> Iterator[Round]:
    """The demonstration's round of 2018."""
    with create_app(demo_settings(loaded)).app_context():
        yield db.session.scalars(select(Round).where(Round.year == 2018)).one()
        db.session.remove()
        db.engine.dispose()


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content))


def rows(sheet: Any) -> list[dict[str, Any]]:
    """The rows under the heading, by column, up to the closing line."""
    listed = list(sheet.iter_rows(min_row=3, values_only=True))
    heads = [head for head in listed[0] if head]
    return [dict(zip(heads, row, strict=False)) for row in listed[1:] if row[0] is not None]


@pytest.mark.parametrize("name", list(COLUMNS))
def test_columns_are_the_bureaus_own(third: Round, name: str) -> None:
    sheet = opened(reports.SHEETS[name][1](third)).worksheets[0]
    assert [cell.value for cell in sheet[3] if cell.value] == COLUMNS[name].split()
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert "单位:元" in [cell.value for cell in sheet[2]]


@pytest.mark.parametrize(("name", "column"), list(SUMMED.items()))
def test_total_and_capitals_equal_the_ledger(third: Round, name: str, column: str) -> None:
    account = {"notice": None, "award": None}.get(name, Account.PAID)
    paid = db.session.scalar(
        select(func.sum(Entry.amount))
        .join(Theme, Theme.id == Entry.theme_id)
        .where(
            Theme.round_id == third.id,
            *([Entry.account == account] if account else [Entry.account != Account.EARMARK]),
        )
    )
    listed = rows(opened(reports.SHEETS[name][1](third)).worksheets[0])
    single = [row for row in listed if isinstance(row[next(iter(row))], int | datetime)]
    total = next(row for row in listed if row[next(iter(row))] == "合计")
    capitals = next(value for row in listed if str(value := row[next(iter(row))]).startswith("人民币(大写)"))
    assert round(sum(row[column] for row in single) * 100) == round(total[column] * 100) == paid == 60_000_000
    assert capitals == f"人民币(大写):{money.capitals(60_000_000)}" == "人民币(大写):陆拾万元整"


def test_subtotals_of_the_award_sheet(third: Round) -> None:
    listed = rows(opened(reports.award(third)).worksheets[0])
    sums = {row["序号"]: row["核定金额"] for row in listed if "小计" in str(row["序号"])}
    assert sums == {"城乡社区协商民主 小计": 200_000, "综合服务 小计": 400_000}


def test_codes_and_accounts_are_text(third: Round) -> None:
    sheet = opened(reports.disbursement(third)).worksheets[0]
    heads = [cell.value for cell in sheet[3]]
    for column in ("统一社会信用代码", "账号", "项目编号"):
        cell = sheet.cell(4, heads.index(column) + 1)
        assert cell.data_type == "s"
        assert cell.number_format == "@"


def test_user_text_is_never_a_formula(app: Venture, browser: Browser) -> None:
    officer, approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
    round = make.round_(officer)
    nasty = '=HYPERLINK("http://x.test","点我")'
    application = make.application(
        round,
        organization_=make.organization(name=nasty),
        by=officer,
        title="-示范项目",
        state=make.State.ON_NOTICE,
    )
    make.award(application, officer=officer, approver=approver)
    application = make.application(
        round, by=officer, title="\t@邻里 +1", state=make.State.ON_NOTICE, asked=8_045_302
    )
    make.award(application, officer=officer, approver=approver)
    save()
    sheet = opened(reports.award(round)).worksheets[0]
    cells = {cell.value: cell for row in sheet.iter_rows(min_row=4) for cell in row if cell.value is not None}
    for text in (nasty, "-示范项目", "\t@邻里 +1"):
        assert cells[text].data_type == "s"
    assert not [cell for cell in cells.values() if cell.data_type == "f"]
    assert sheet.cell(4, 11).number_format == "#,##0.00"


def test_sheets_are_for_those_who_account(app: Venture, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    make.round_(officer)
    save()
    for role, status in ((Role.OFFICER, 200), (Role.FINANCE, 200), (Role.AUDITOR, 200), (Role.EXPERT, 403)):
        person = make.person(role)
        save()
        assert enter(person).get("/rounds/2018/sheets/award.xlsx").status_code == status
    assert enter(officer).get("/rounds/2018/sheets/notice.xlsx").status_code == 409
    assert enter(officer).get("/rounds/2019/sheets/award.xlsx").status_code == 404


@pytest.mark.parametrize("name", list(COLUMNS))
def test_a_sheet_is_written_when_its_reading_is_over(
    third: Round, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X18: a reader that is left open would hold every submission on SQLite while the workbook is written."""
    written, open_then = bureau.official, list[bool]()

    def watched(*given: Any) -> bytes:
        open_then.append(db.session().in_transaction())
        return written(*given)

    monkeypatch.setattr(bureau, "official", watched)
    reports.SHEETS[name][1](third)
    assert open_then and not any(open_then)


def test_whole_account_numbers_are_taken_out_on_record_only(app: Venture, enter: Any) -> None:
    of = scene.cast()
    scene.project(of, "甲", 0, 4_000_000, 9000)
    batch = scene.requested(of, scene.signed(of))
    number = batch.payments[0].account_no
    book = f"/rounds/2018/batches/{batch.number}.xlsx"
    for person in (of.officer, of.approver, of.finance, of.auditor):
        browser = enter(person)
        for address in (book, "/rounds/2018/sheets/disbursement.xlsx"):
            listed = rows(opened(browser.get(address).get_data()).worksheets[0])
            assert listed[0]["账号"] == f"**** {number[-4:]}"
        answer = browser.post("/rounds/2018/sheets/accounts", {"batch": str(batch.number)})
        if person in (of.officer, of.finance):
            assert rows(opened(answer.get_data()).worksheets[0])[0]["账号"] == number
        else:
            assert answer.status_code == 403
    said = db.session.scalars(
        select(Event).where(Event.did == "desk.export_accounts").order_by(Event.id)
    ).all()
    assert [(each.person_id, each.facts) for each in said] == [
        (of.officer.id, {"batch": batch.number}),
        (of.finance.id, {"batch": batch.number}),
    ]


def test_each_payment_of_a_batch_has_its_form_on_record(app: Venture, enter: Any) -> None:
    of = scene.cast()
    scene.project(of, "甲", 0, 4_000_000, 9000)
    batch = scene.requested(of, scene.signed(of))
    (payment,) = batch.payments
    address = f"/rounds/2018/batches/{batch.number}/requests"
    assert enter(of.approver).post(address, {}).status_code == 403
    assert enter(of.officer).post("/rounds/2018/batches/99/requests", {}).status_code == 404
    (sheet,) = opened(enter(of.finance).post(address, {}).get_data()).worksheets
    told = {row[0]: row[1] for row in sheet.iter_rows(min_row=4, max_col=2, values_only=True) if row[0]}
    award = payment.instalment.award
    assert " ".join(list(told)[:16]) == (
        "项目名称 承接单位 协议编号 立项金额 协议金额 已拨 本次申请（小写） 本次申请（大写） 期次与依据 "
        "户名 开户行 账号 申请单位意见 承办单位意见 民政局科室意见 分管领导意见"
    )
    assert (told["立项金额"], told["已拨"], told["本次申请（小写）"]) == ("40,000.00", "0.00", "20,000.00")
    assert (told["本次申请（大写）"], told["账号"]) == ("人民币贰万元整", payment.account_no)
    assert told["协议编号"] == award.agreement_no and "协议签订" in told["期次与依据"]
    assert sheet.page_setup.orientation != "landscape"
    assert sheet.row_dimensions[16].height >= 60, "room for an opinion and a seal"
    said = db.session.scalars(select(Event).where(Event.did == "desk.export_accounts")).one()
    assert said.person_id == of.finance.id
