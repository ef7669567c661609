"""Forms of the desk: releasing and editing messages; one's own sheets."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from venture.desk.models import OwnSheet
from venture.desk.subjects import FIELDS, GROUPS, Field, Spec, Subject
from venture.fields import DayField
from venture.web import Form


class ReleaseForm(Form):
    """Which held messages to let go; the rows are the page's own."""


class MessageForm(Form):
    """The words of one held message."""

    subject = StringField(_l("Subject"), [InputRequired(), Length(max=200)])
    text = TextAreaField(_l("Text"), [InputRequired(), Length(max=5000)])


class OwnSheetForm(Form):
    """One's own sheet: its name; for each column there is a place and a heading («place-title», «heading-title»), for
    each filter a text («filter-theme»).
    """

    name = StringField(_l("Name of the sheet"), [InputRequired(), Length(max=100)])
    subject = HiddenField()
    group = SelectField(_l("Subtotals by"), [Optional()], choices=lambda: [("", _("none"))])
    shared = BooleanField(_l("Colleagues may use it too"))

    def offer(self, subject: Subject) -> None:
        """Let the sheet be grouped by the columns of its subject."""
        known = {each.key: each.title for each in FIELDS[subject]}
        self.group.choices = [("", _("none")), *((key, known[key]) for key in GROUPS if key in known)]

    def place(self, key: str) -> str:
        """What was typed as the place of a column; as it is kept while nothing was sent."""
        return request.form.get(f"place-{key}", "") if self.is_submitted() else self.kept(key)[0]

    def heading(self, each: Field) -> str:
        """The heading of a column, as typed or kept."""
        found = request.form.get(f"heading-{each.key}", "") if self.is_submitted() else self.kept(each.key)[1]
        return found or each.title

    def chosen(self, name: str) -> str:
        """What a filter asks."""
        if self.is_submitted():
            return request.form.get(f"filter-{name}", "").strip()
        return str(self.sheet.filters.get(name, "")) if self.sheet else ""

    sheet: OwnSheet | None = None
    suggested: tuple[str, ...] = ()

    def kept(self, key: str) -> tuple[str, str]:
        """Place and heading of a column as they are kept, or as they are suggested for a new sheet."""
        if self.sheet is None:
            return (str(self.suggested.index(key) + 1), "") if key in self.suggested else ("", "")
        for place, (known, heading) in enumerate(self.sheet.spec.columns, start=1):
            if known == key:
                return str(place), heading
        return "", ""

    def spec(self, subject: Subject, filters: Any) -> Spec:
        """The sheet as it was typed: columns by their places, equal places in the usual order."""
        placed = []
        for usual, each in enumerate(FIELDS[subject]):
            typed = self.place(each.key).strip()
            if typed:
                number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 99999
                placed.append((number, usual, each.key, self.heading(each).strip()[:60]))
        columns = [(key, heading) for _number, _usual, key, heading in sorted(placed)]
        return Spec(subject, columns, {name: self.chosen(name) for name in filters}, self.group.data or "")


class RunForm(Form):
    """As of which day a sheet is drawn, and whether into the superior office's workbook."""

    as_of = DayField(_l("As it stood at the end of"), [Optional()])
    template = HiddenField()


class TemplateForm(Form):
    """The superior office's workbook."""

    template = FileField(_l("Workbook to fill in (xlsx)"))
