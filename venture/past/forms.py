"""Forms of earlier awards: the file with what it says for all its rows, the columns, a reason."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from venture.fields import CountField
from venture.past.lists import Outcome
from venture.people.forms import ReasonForm as ReasonForm
from venture.web import Form


class ImportForm(Form):
    """The file, and what holds for every row of which it says nothing."""

    file = FileField(_l("List (xlsx or 360Giving JSON)"))
    ended = RadioField(
        _l("What came of these projects, where the list does not say"),
        [InputRequired()],
        choices=lambda: [(each.value, _(each.label)) for each in Outcome],
    )
    year = CountField(_l("Year, where no column says it"), [Optional()])
    round_name = StringField(_l("Round, where no column says it"), [Optional(), Length(max=100)])
    sheet = StringField(_l("Sheet of the workbook"), [Optional(), Length(max=100)])
    row = CountField(_l("Row of the headings"), [Optional()])
    unit = SelectField(
        _l("Unit of the amounts"),
        [Optional()],
        choices=lambda: [("", _("as the list says")), ("yuan", _("yuan")), ("wan", _("ten thousand yuan"))],
    )
    down = BooleanField(_l("An empty cell under a name means the name above (merged cells)"))
    reason = StringField(_l("Why rows that differ are set right"), [Optional(), Length(max=500)])

    def validate_year(self, field: Any) -> None:
        """A year as public money knows it."""
        if field.data is not None and not 1900 <= field.data <= 2199:
            raise ValidationError(_l("Write a year such as 2016."))
