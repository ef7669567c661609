"""Forms around the call: its publication, questions and answers, needs and topics, briefings."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from venture.rounds.forms.setting import TEXT
from venture.web import Form

LONG = Length(max=2000)


class CallForm(Form):
    """The call published for the first time."""

    document_no = StringField(_l("Document number of the call"), [Optional(), TEXT], default="")


class SupplementForm(CallForm):
    """A supplement to a published call."""

    note = TextAreaField(_l("What changes, and why"), [LONG])
