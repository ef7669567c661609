"""Form fields that turn what people type into the types the product computes with, once, at the door."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from wtforms import StringField

from venture import clock, money


class _Typed(StringField):
    """A text field whose `data` is a value of its own type; what was typed stays in `raw_data`."""

    mode = "text"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = self.read(typed) if typed else None

    def read(self, typed: str) -> Any:
        """The value of what was typed; raises ValueError with the sentence for the person."""
        return typed

    def show(self, value: Any) -> str:
        return str(value)


class MoneyField(_Typed):
    """Yuan as typed («12,000.50», «2万»); `data` is fen."""

    mode = "decimal"

    def __init__(self, *given: Any, least: int = 0, **more: Any) -> None:
        self.least = least
        super().__init__(*given, **more)

    def read(self, typed: str) -> int:
        try:
            return money.parse(typed, least=self.least)
        except money.Malformed as wrong:
            raise ValueError(_reason(wrong)) from wrong

    def show(self, value: int) -> str:
        return money.text(value).replace("−", "-")


class DayField(_Typed):
    """A day as typed (2018-05-20, 2018.5.20, 2018年5月20日); `data` is a date."""

    def read(self, typed: str) -> date:
        try:
            return clock.parse_day(typed)
        except ValueError as wrong:
            raise ValueError(gettext("Write the day as 2018-05-20.")) from wrong

    def show(self, value: date) -> str:
        return value.isoformat()


class MomentField(_Typed):
    """A moment in Beijing time to the second (2026-05-31 17:00:00); `data` is aware, in UTC."""

    def read(self, typed: str) -> datetime:
        try:
            return clock.parse_moment(typed)
        except ValueError as wrong:
            raise ValueError(gettext("Write the moment in Beijing time as 2026-05-31 17:00:00.")) from wrong

    def show(self, value: datetime) -> str:
        return clock.beijing(value).strftime("%Y-%m-%d %H:%M:%S")


class LimitField(MomentField):
    """A moment from which nothing is taken: to the second, or a day alone, which lasts until its 24:00."""

    def read(self, typed: str) -> datetime:
        try:
            return clock.end_of_day(clock.parse_day(typed))
        except ValueError:
            return super().read(typed)

    def show(self, value: datetime) -> str:
        return clock.limit_text(value).removesuffix(" 24:00")


class HundredthsField(_Typed):
    """A number with at most two decimals (full-width digits too); `data` is hundredths."""

    mode = "decimal"

    def read(self, typed: str) -> int:
        try:
            return money.parse(typed)
        except money.Malformed as wrong:
            raise ValueError(gettext("Write a number with at most two decimals, zero or more.")) from wrong

    def show(self, value: int) -> str:
        return f"{value // 100}.{value % 100:02d}".removesuffix("0").removesuffix("0").removesuffix(".")


class CountField(_Typed):
    """A whole number, zero or more."""

    mode = "numeric"

    def read(self, typed: str) -> int:
        try:
            fen = money.parse(typed)
        except money.Malformed as wrong:
            raise ValueError(gettext("Write a whole number, zero or more.")) from wrong
        if fen % 100:
            raise ValueError(gettext("Write a whole number, zero or more."))
        return fen // 100


def _reason(wrong: money.Malformed) -> str:
    """Why a text is not a sum of money, in words."""
    reasons: dict[str, str] = {
        "money.empty": gettext("Write the amount in yuan, for example 12,000.50."),
        "money.not_a_number": gettext("This is not an amount. Write yuan as 12,000.50."),
        "money.decimals": gettext("An amount has at most two decimals: the smallest part is 0.01 yuan."),
        "money.too_large": gettext("This amount is too large."),
        "money.negative": gettext("An amount cannot be negative."),
        "money.too_small": gettext("The amount must be more than zero."),
    }
    return reasons[wrong.code]
