"""The treasury's list on its way back: rows find their payments by project number and amount, or all is refused."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from venture import clock, money
from venture.refusal import Refused

PAID_WORDS = frozenset({"成功", "支付成功", "已支付", "已付", "已拨", "已到账", "paid", "ok"})
BOUNCED_WORDS = frozenset({"失败", "支付失败", "退回", "已退回", "退票", "退汇", "bounced", "failed"})
"""What a treasury writes where a payment was made, and where it came back."""
_SUMS = ("合计", "总计", "小计")
_FIRST = date(1899, 12, 30)


class Sent(NamedTuple):
    """A payment that waits for its result: its id, the project's number, the amount (fen)."""

    payment_id: int
    project_no: str
    amount: int


class Result(NamedTuple):
    """What the treasury says of one payment: paid with voucher and day, or bounced with a reason."""

    payment_id: int
    voucher_no: str
    paid_on: date | None
    bounced: str


def results(rows: Sequence[Sequence[Any]], heads: Mapping[str, str], sent: Sequence[Sent]) -> list[Result]:
    """What a sheet says of the payments that were sent; `heads` names the heading of each column by what it holds.

    Rows of sums and signatures are passed over; payments that no row names wait on. Raises Refused at the first thing
    that does not agree: budget.sheet_heads (missing), budget.sheet_empty, budget.sheet_row (row as Excel counts, why,
    typed): unknown, amount, result, voucher, day or reason.
    """
    top, columns = _columns(rows, heads)
    waiting: dict[tuple[str, int], list[int]] = {}
    for each in sent:
        waiting.setdefault((each.project_no, each.amount), []).append(each.payment_id)
    found, numbers = [], {each.project_no for each in sent}
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        cells = {holds: row[place] if place < len(row) else "" for holds, place in columns.items()}
        project, typed = _text(cells["project_no"]), _text(cells["amount"])
        signature = not typed and project not in numbers
        if signature or any(_text(cell).startswith(_SUMS) for cell in row):
            continue
        amount = _fen(cells["amount"])
        if amount is None:
            raise Refused("budget.sheet_row", row=number, why="amount", typed=typed)
        if not waiting.get((project, amount)):
            raise Refused(
                "budget.sheet_row", row=number, why="unknown", typed=f"{project} {money.text(amount)}"
            )
        found.append(_result(waiting[project, amount].pop(0), cells, number))
    if not found:
        raise Refused("budget.sheet_empty")
    return found


def _columns(rows: Sequence[Sequence[Any]], heads: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """The row of the headings and the place of each column; project number and amount must be there."""
    needed = [heads.get("project_no", ""), heads.get("amount", "")]
    for top, row in enumerate(rows):
        texts = [_text(cell) for cell in row]
        if all(needed) and all(each in texts for each in needed):
            return top, {holds: texts.index(head) for holds, head in heads.items() if head in texts}
    raise Refused("budget.sheet_heads", missing=[each for each in needed if each])


def _result(payment_id: int, cells: Mapping[str, Any], number: int) -> Result:
    said, reason = _text(cells.get("result", "")), _text(cells.get("reason", ""))
    word = said.lower()
    if word and word not in PAID_WORDS | BOUNCED_WORDS:
        raise Refused("budget.sheet_row", row=number, why="result", typed=said)
    if word in BOUNCED_WORDS or (not word and reason):
        if not reason:
            raise Refused("budget.sheet_row", row=number, why="reason", typed=said)
        return Result(payment_id, "", None, reason)
    voucher, day = _text(cells.get("voucher_no", "")), _day(cells.get("paid_on", ""))
    if not voucher:
        raise Refused("budget.sheet_row", row=number, why="voucher", typed="")
    if day is None:
        raise Refused("budget.sheet_row", row=number, why="day", typed=_text(cells.get("paid_on", "")))
    return Result(payment_id, voucher, day, "")


def _text(value: Any) -> str:
    """A cell as text; a number without decimals as its digits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _fen(value: Any) -> int | None:
    """Yuan in a cell as fen: a number or a text; None when it is no amount of whole fen above zero."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            fen = Decimal(str(value)) * 100
            return int(fen) if fen == int(fen) and fen > 0 else None
        return money.parse(_text(value), least=1)
    except (money.Malformed, InvalidOperation, OverflowError, ValueError):
        return None


def _day(value: Any) -> date | None:
    """A day in a cell: a date, Excel's number of days, or a text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, int | float):
            return _FIRST + timedelta(days=int(value))
        return clock.parse_day(_text(value))
    except (ValueError, OverflowError):
        return None
