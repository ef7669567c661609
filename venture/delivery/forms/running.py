"""Forms of running projects: an activity on a phone, lines of spending by rows, moves, requests, monthly plans."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from venture import clock, money
from venture.applications.models import Category, CostTable
from venture.delivery.heads import CAPPED
from venture.delivery.models import Activity, ChangeKind, Payee, Spending, Taking
from venture.delivery.queries import Came, Line, Planned, Told
from venture.fields import CountField, DayField, MoneyField
from venture.people.forms import ReasonForm
from venture.refusal import Blocker, Refused
from venture.web import Form
from venture.words import Word

KEY = [InputRequired(), Length(max=64)]
TITLE = Length(max=100)
TEXT = [Optional(), Length(max=1000)]


def _choices(words: Iterable[Word]) -> list[tuple[str, str]]:
    return [(word.value, _(word.label)) for word in words]


class _Counts(Form):
    """Persons and attendances of each kind; where only the persons are given, each came once."""

    def counts(self) -> dict[Taking, Came]:
        """The kinds that were counted."""
        found = {}
        for taking in Taking:
            persons, times = self[f"persons_{taking}"].data, self[f"times_{taking}"].data
            if persons is not None or times is not None:
                came = persons if persons is not None else times
                found[taking] = Came(came, times if times is not None else came)
        return found

    def told(self) -> Told:
        """What was said of the activity."""
        said: dict[str, Any] = {name: self[name].data or "" for name in Told._fields}
        return Told(**said)


class _Facts(_Counts):
    subject = StringField(_l("Subject of the activity"), [InputRequired(), TITLE])
    held_on = DayField(_l("Day"), [InputRequired()])
    place = StringField(_l("Place"), [InputRequired(), TITLE])
    hours = StringField(_l("Time"), [Optional(), Length(max=50)])
    aimed_at = StringField(_l("Kind of people served"), [Optional(), TITLE])
    team = StringField(_l("Who carried it out"), [Optional(), Length(max=200)])
    aim = TextAreaField(_l("Aim"), TEXT)
    account = TextAreaField(_l("What was done"), TEXT)
    reflection = TextAreaField(_l("What was learnt"), TEXT)
    link = StringField(_l("Link to a report"), [Optional(), Length(max=300)])


for _taking in Taking:
    _needed = [InputRequired()] if _taking is Taking.SERVED else [Optional()]
    setattr(_Facts, f"persons_{_taking}", CountField(_l("Persons"), _needed))
    setattr(_Facts, f"times_{_taking}", CountField(_l("Attendances"), [Optional()]))


class ActivityForm(_Facts):
    """A new activity, with one photo and, if there is one, the sign-in sheet."""

    key = HiddenField(validators=KEY)
    photo = FileField(_l("Photo"), [Optional()])
    children = BooleanField(_l("Children can be seen in the photo"))
    sign_in = FileField(_l("Sign-in sheet"), [Optional()])


class ActivityCorrectionForm(_Facts):
    """An activity as it is to be, and why it changes."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    @classmethod
    def made(cls, activity: Activity, **given: Any) -> "ActivityCorrectionForm":
        """The form with what is on record."""
        kept: dict[str, Any] = {name: getattr(activity, name) for name in Told._fields}
        for each in activity.counts:
            kept[f"persons_{each.taking}"], kept[f"times_{each.taking}"] = each.persons, each.person_times
        return cls(data=kept, **given)


class AnswerForm(Form):
    """What the office says to a move or a plan; to refuse needs the reason."""

    answer = TextAreaField(_l("Answer"), [Optional(), Length(max=500)])


class DecisionForm(Form):
    """The decision on a request."""

    decision = TextAreaField(_l("Decision and its ground"), [Optional(), Length(max=500)])


class RecommendationForm(Form):
    """What one of the office thinks of a request."""

    favours = RadioField(_l("Recommendation"), choices=[], default="yes")
    text = TextAreaField(_l("Ground of the recommendation"), [InputRequired(), Length(max=500)])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.favours.choices = [("yes", _("Agree")), ("no", _("Do not agree"))]


class _Rows(Form):
    """A form over rows («content-0», «content-1»); what cannot be read is remembered by row."""

    NAMES: Sequence[str] = ()
    SPARE = 3

    def __init__(self, rows: Sequence[Mapping[str, str]] = (), *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.wrong: list[Blocker] = []
        if self.is_submitted():
            rows = [
                {name: request.form.get(f"{name}-{place}", "") for name in self.NAMES}
                for place in range(200)
                if f"{self.NAMES[0]}-{place}" in request.form
            ]
        self.rows = [dict(row) for row in rows]
        self.shown = self.rows + [dict.fromkeys(self.NAMES, "")] * (
            0 if self.is_submitted() and self.rows else self.SPARE
        )

    def _wrong(self, name: str, place: int, typed: str, why: str) -> None:
        facts = {"row": place + 1, "typed": typed, "why": why}
        self.wrong.append(Blocker("delivery.unreadable", f"{name}-{place}", facts))

    def _day(self, place: int, name: str) -> date:
        try:
            return clock.parse_day(self.rows[place][name])
        except clock.Malformed:
            self._wrong(name, place, self.rows[place][name], "day")
            return date.min

    def _number(self, place: int, name: str) -> int:
        try:
            return money.parse(self.rows[place][name])
        except money.Malformed:
            self._wrong(name, place, self.rows[place][name], "number")
            return 0

    def readable(self) -> bool:
        """Whether the form came whole and every row could be read; else the reasons hang on the form."""
        if self.wrong:
            self.refusal = Refused.all(self.wrong)
        return self.validate_on_submit() and not self.wrong


class LinesForm(_Rows):
    """Lines of spending by rows; a row without description, price and voucher is empty."""

    NAMES = (
        "content",
        "table",
        "category",
        "unit_price",
        "quantity",
        "unit",
        "spent_on",
        "voucher_no",
        "payee",
        "activity",
    )
    key = HiddenField(validators=KEY)

    def lines(self, activities: Sequence[Activity]) -> list[Line]:
        """The filled rows as lines; the rows are then those, so that a field's place is the line's."""
        self.rows = [row for row in self.rows if row["content"] or row["unit_price"] or row["voucher_no"]]
        self.shown = self.rows or self.shown
        by_id = {str(each.id): each for each in activities}
        found = []
        for place, row in enumerate(self.rows):
            chosen: dict[str, Any] = {}
            for name, words in (("table", CostTable), ("category", Category), ("payee", Payee)):
                known = {word.value: word for word in words}
                if row[name] not in known:
                    self._wrong(name, place, row[name], "choice")
                chosen[name] = known.get(row[name], next(iter(known.values())))
            if row["activity"] and row["activity"] not in by_id:
                self._wrong("activity", place, row["activity"], "choice")
            found.append(
                Line(
                    content=row["content"].strip(),
                    unit_price=self._number(place, "unit_price"),
                    quantity=self._number(place, "quantity"),
                    unit=row["unit"].strip(),
                    spent_on=self._day(place, "spent_on"),
                    voucher_no=row["voucher_no"].strip(),
                    activity=by_id.get(row["activity"]),
                    **chosen,
                )
            )
        return found


def typed_of(spending: Spending) -> dict[str, str]:
    """A line of spending as it stands in its row's fields."""
    return {
        "content": spending.content,
        "table": spending.table.value,
        "category": spending.category.value,
        "unit_price": money.text(spending.unit_price),
        "quantity": f"{spending.quantity // 100}.{spending.quantity % 100:02d}".removesuffix(".00"),
        "unit": spending.unit,
        "spent_on": spending.spent_on.isoformat(),
        "voucher_no": spending.voucher_no,
        "payee": spending.payee.value,
        "activity": str(spending.activity_id or ""),
    }


class LineCorrectionForm(LinesForm):
    """One line of spending as it is to be, and why it changes."""

    SPARE = 0
    key = HiddenField(default="correction")
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])


class SheetForm(Form):
    """Spending as an Excel sheet."""

    file = FileField(_l("Filled in sheet"), [Optional()])
    key = HiddenField(validators=KEY)


class MoveForm(ReasonForm):
    """Budget from one head to another."""

    key = HiddenField(validators=KEY)
    table = SelectField(_l("Which money"), choices=[], default=CostTable.GRANT.value)
    source = SelectField(_l("Taken from"), choices=[])
    target = SelectField(_l("Given to"), choices=[])
    amount = MoneyField(_l("Amount"), [InputRequired()], least=1)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.table.choices, self.source.choices = _choices(CostTable), _choices(Category)
        self.target.choices = _choices(each for each in Category if each not in CAPPED)


class ChangeForm(ReasonForm):
    """What the organization asks for."""

    key = HiddenField(validators=KEY)
    kind = SelectField(_l("What you ask for"), choices=[])
    before = TextAreaField(_l("How it was planned"), [InputRequired(), Length(max=1000)])
    after = TextAreaField(_l("How it is to be"), [InputRequired(), Length(max=1000)])
    ends_on = DayField(_l("New last day"), [Optional()])
    direct = CountField(_l("People served then"), [Optional()])
    effect = TextAreaField(_l("What it does to schedule, cost and people"), TEXT)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind.choices = _choices(ChangeKind)


class PlanForm(_Rows):
    """The planned activities of a month."""

    NAMES = ("subject", "on", "place", "lead", "content")
    SPARE = 4

    def planned(self) -> list[Planned]:
        """The filled rows."""
        self.rows = [row for row in self.rows if any(value.strip() for value in row.values())]
        return [
            Planned(row["subject"].strip(), self._day(place, "on"), row["place"], row["lead"], row["content"])
            for place, row in enumerate(self.rows)
        ]
