"""The treasury's list of a batch, in the columns that the bureau has set."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from venture.budget.models import Batch, Holds, Payment, PaymentState, TreasuryColumn
from venture.db import db

BACK = (Holds.VOUCHER_NO, Holds.PAID_ON, Holds.RESULT, Holds.REASON)
"""What the treasury fills in."""
USUAL = (
    ("序号", Holds.PLACE),
    ("项目编号", Holds.PROJECT_NO),
    ("收款人全称", Holds.ACCOUNT_NAME),
    ("收款人开户行", Holds.BANK),
    ("收款人账号", Holds.ACCOUNT_NO),
    ("金额", Holds.AMOUNT),
    ("用途", Holds.PROJECT),
    ("支付结果", Holds.RESULT),
    ("凭证号", Holds.VOUCHER_NO),
    ("支付日期", Holds.PAID_ON),
    ("退回原因", Holds.REASON),
)
"""The columns until the bureau sets its own."""


def treasury_columns() -> list[TreasuryColumn]:
    """The columns of the treasury's list in their order; the usual ones until some are set."""
    kept = list(db.session.scalars(select(TreasuryColumn).order_by(TreasuryColumn.position)))
    return kept or [
        TreasuryColumn(position=place, header=header, holds=holds, text="")
        for place, (header, holds) in enumerate(USUAL, start=1)
    ]


def treasury_rows(batch: Batch, columns: Sequence[TreasuryColumn]) -> list[list[Any]]:
    """The released payments of a batch, a row each, with its values in the order of the columns; amounts are fen."""
    rows = [each for each in batch.payments if each.state is PaymentState.RELEASED]
    return [
        [_value(column, payment, place) for column in columns] for place, payment in enumerate(rows, start=1)
    ]


def _value(column: TreasuryColumn, payment: Payment, place: int) -> Any:
    award = payment.instalment.award
    body = award.application.organization
    values: dict[Holds, Any] = {
        Holds.PLACE: place,
        Holds.PROJECT_NO: award.project_no,
        Holds.PROJECT: award.application.title,
        Holds.ORGANIZATION: body.name,
        Holds.CREDIT_CODE: body.credit_code,
        Holds.ACCOUNT_NAME: payment.account_name,
        Holds.BANK: payment.bank,
        Holds.ACCOUNT_NO: payment.account_no,
        Holds.AMOUNT: payment.amount,
        Holds.INSTALMENT: payment.instalment.name,
        Holds.THEME: award.theme.name,
        Holds.AGREEMENT: award.agreement_no,
        Holds.BATCH: payment.batch.number,
        Holds.FIXED: column.text,
    }
    return values.get(column.holds, "")
