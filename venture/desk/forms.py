"""Forms of the desk: releasing and editing messages."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from venture.web import Form


class ReleaseForm(Form):
    """Which held messages to let go; the rows are the page's own."""


class MessageForm(Form):
    """The words of one held message."""

    subject = StringField(_l("Subject"), [InputRequired(), Length(max=200)])
    text = TextAreaField(_l("Text"), [InputRequired(), Length(max=5000)])
