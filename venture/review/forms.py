"""Forms of the review: the panel and its ties, a score sheet made from a theme's criteria, the grid."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from venture.fields import CountField, DayField, HundredthsField
from venture.people.models import Person
from venture.review.conflicts import Ground
from venture.review.models import Wish
from venture.rounds.models import Aggregation, ThemeCriterion
from venture.web import Form


def _given() -> InputRequired:
    return InputRequired(_l("Please fill this in."))


class SeatForm(Form):
    """Who is added to the panel."""

    people = SelectMultipleField(_l("Experts"), coerce=int)

    def __init__(self, candidates: Iterable[Person]) -> None:
        super().__init__()
        self.people.choices = [(person.id, person.name) for person in candidates]


class TieForm(Form):
    """A tie declared by hand."""

    person = SelectField(_l("Who is tied"), coerce=int)
    application = SelectField(_l("Application"), coerce=int)
    ground = SelectField(_l("Ground"))
    note = StringField(_l("What the tie is"), [_given(), Length(max=200)])

    def __init__(self, people: Iterable[Person], applications: Iterable[Any]) -> None:
        super().__init__()
        self.person.choices = [(person.id, person.name) for person in people]
        self.application.choices = [(each.id, f"{each.number} {each.title}") for each in applications]
        self.ground.choices = [(ground.value, gettext(ground.label)) for ground in Ground]


class ReasonForm(Form):
    """An act that only needs its reason."""

    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])


class PlainForm(Form):
    """An act that needs no more than its token."""


class ShareForm(Form):
    """How the proposals are shared out; without experts per proposal everybody scores everything they may."""

    places = CountField(_l("Experts per proposal"), [Optional(), NumberRange(1, 999)])
    least = CountField(_l("Proposals per expert, at least"), [Optional(), NumberRange(0, 9999)])
    most = CountField(_l("Proposals per expert, at most"), [Optional(), NumberRange(1, 9999)])
    seed = CountField(_l("Seed of the draw among equals"), [Optional(), NumberRange(0, 999_999_999)])


class WishForm(Form):
    """What an expert wishes: one choice for each proposal (`wish_<application>`)."""

    @property
    def wishes(self) -> dict[int, Wish]:
        """The wish by application id."""
        return {
            int(name.removeprefix("wish_")): Wish(field.data)
            for name, field in self._fields.items()
            if name.startswith("wish_")
        }

    @classmethod
    def made(cls, applications: Iterable[Any], said: Mapping[int, Wish]) -> "WishForm":
        """The form for these proposals, filled with what was said so far."""
        fields = {
            f"wish_{each.id}": SelectField(
                f"{each.number} {each.title}", default=said.get(each.id, Wish.CAN).value
            )
            for each in applications
        }
        form: WishForm = type("MadeWishForm", (cls,), fields)()
        for name in fields:
            form[name].choices = [(wish.value, gettext(wish.label)) for wish in Wish]
        return form


class GiveForm(Form):
    """A proposal given to a substitute."""

    expert = SelectField(_l("Substitute"), coerce=int)
    reason = StringField(_l("Reason"), [_given(), Length(max=500)])

    def __init__(self, free: Iterable[Any], **given: Any) -> None:
        super().__init__(**given)
        self.expert.choices = [(each.number, f"{each.number} {each.person.name}") for each in free]


class RuleForm(Form):
    """Another rule for a whole theme."""

    aggregation = SelectField(_l("New rule"))
    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])

    def __init__(self) -> None:
        super().__init__()
        self.aggregation.choices = [(one.value, gettext(one.label)) for one in Aggregation]


class SheetForm(Form):
    """An expert's sheet; `made` adds a mark and a sentence for each criterion."""

    version = IntegerField(widget=HiddenInput(), default=0)
    base = HiddenField()  # what the form held when it was made, as JSON
    comment = TextAreaField(_l("Comment on the whole"), [Length(max=1000)])

    @property
    def marks(self) -> dict[str, int | None]:
        """Marks in hundredths by criterion code."""
        return {
            name.removeprefix("mark_"): field.data
            for name, field in self._fields.items()
            if name.startswith("mark_")
        }

    @property
    def notes(self) -> dict[str, str]:
        """Sentences by criterion code."""
        return {
            name.removeprefix("note_"): field.data or ""
            for name, field in self._fields.items()
            if name.startswith("note_")
        }

    @classmethod
    def made(cls, criteria: Iterable[ThemeCriterion], **given: Any) -> "SheetForm":
        """The form of one theme's score sheet."""
        fields: dict[str, Any] = {}
        for one in criteria:
            fields[f"mark_{one.code}"] = HundredthsField(one.name)
            fields[f"note_{one.code}"] = StringField(
                gettext("Sentence on %(criterion)s", criterion=one.name), [Length(max=300)]
            )
        return type("MadeSheetForm", (cls,), fields)(**given)  # type: ignore[no-any-return]  # a class made here


class CorrectionForm(SheetForm):
    """Marks set right, with the reason."""

    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])


class CaseForm(CorrectionForm):
    """One expert's marks of one project in a frozen ranking, corrected for an objection that was upheld."""

    ground = StringField(_l("Receipt of the objection"), [_given(), Length(max=60)])


class GridForm(Form):
    """An expert's paper sheets: a row an application, a column a criterion (`m-<application>-<code>`)."""

    signed_on = DayField(_l("Signed on"), [_given()])
    scan = FileField(_l("Scan of the signed sheets"))

    def marks(self, application_id: int, criteria: Iterable[ThemeCriterion]) -> dict[str, int | None]:
        """One row's marks in hundredths by criterion code."""
        return {one.code: self._fields[f"m-{application_id}-{one.code}"].data for one in criteria}

    def comment(self, application_id: int) -> str:
        """One row's remark."""
        return self._fields[f"c-{application_id}"].data or ""

    @classmethod
    def made(cls, rows: Mapping[int, tuple[str, Sequence[ThemeCriterion]]], **given: Any) -> "GridForm":
        """The grid for these applications (id → name and criteria)."""
        fields: dict[str, Any] = {}
        for key, (name, criteria) in rows.items():
            for one in criteria:
                fields[f"m-{key}-{one.code}"] = HundredthsField(f"{name} · {one.name}")
            fields[f"c-{key}"] = StringField(
                gettext("%(application)s · remark", application=name), [Length(max=300)]
            )
        return type("MadeGridForm", (cls,), fields)(**given)  # type: ignore[no-any-return]  # a class made here


class WorkbookForm(Form):
    """Score sheets that come as a workbook, and what they were taken from."""

    signed_on = DayField(_l("Signed on"), [_given()])
    workbook = FileField(_l("Workbook (xlsx)"))
    scan = FileField(_l("Scan of the signed sheets"))


class DayForm(Form):
    """What is written down of the panel day."""

    version = IntegerField(widget=HiddenInput(), default=0)
    held_on = DayField(_l("Day of the meeting"), [_given()])
    hours = StringField(_l("From and to"), [Length(max=40)])
    place = StringField(_l("Place of the meeting"), [_given(), Length(max=100)])
    chair = StringField(_l("Chair of the meeting"), [Length(max=40)])
    recorder = StringField(_l("Taker of the minutes"), [Length(max=40)])
    present = SelectMultipleField(_l("Experts who came"), coerce=int)
    observers = TextAreaField(_l("Observers and others"), [Length(max=1000)])
    remarks = TextAreaField(_l("Remarks for the minutes"), [Length(max=2000)])

    def __init__(self, seated: Iterable[Any], **given: Any) -> None:
        super().__init__(**given)
        self.present.choices = [
            (one.panelist.number, f"{one.panelist.number} {one.panelist.person.name}") for one in seated
        ]

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, by the names that the verb calls it."""
        texts = ("hours", "place", "chair", "recorder", "observers", "remarks")
        return {
            "held_on": self.held_on.data,
            "present": self.present.data or [],
            **{name: (self[name].data or "").strip() for name in texts},
        }


class OrderForm(Form):
    """A draw of the running order; the first one needs no reason."""

    reason = StringField(_l("Reason for drawing anew"), [Length(max=200)])


class CheckForm(Form):
    """Which keyed sheets agree with the paper: «sheet id:revision» of each."""

    sheets = SelectMultipleField(_l("Sheets"))

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__()
        self.sheets.choices = [(choice, choice) for choice in choices]


class DrawForm(Form):
    """The order that a draw gave: a place for each application of the group (`place_<application>`)."""

    group = HiddenField()
    drawn_on = DayField(_l("Drawn on"), [_given()])
    witness = StringField(_l("Witness of the draw"), [_given(), Length(max=60)])
    reason = StringField(_l("Reason"), [_given(), Length(max=200)])

    @property
    def order(self) -> list[int]:
        """The applications' ids from the first drawn to the last."""
        places = {
            int(name.removeprefix("place_")): field.data
            for name, field in self._fields.items()
            if name.startswith("place_")
        }
        return sorted(places, key=lambda key: places[key])

    @property
    def places(self) -> list[int]:
        return [field.data for name, field in self._fields.items() if name.startswith("place_")]

    @classmethod
    def made(cls, group: Mapping[int, str], **given: Any) -> "DrawForm":
        """The form for a group of applications (id → name)."""
        fields: dict[str, Any] = {
            f"place_{key}": CountField(gettext("Place of %(application)s", application=name), [_given()])
            for key, name in group.items()
        }
        return type("MadeDrawForm", (cls,), fields)(**given)  # type: ignore[no-any-return]  # a class made here
