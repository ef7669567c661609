"""Forms around the call: its publication, questions and answers, needs and topics, briefings."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms import Form as Rows
from wtforms.validators import InputRequired, Length, Optional

from venture.fields import MomentField
from venture.people.forms import number_or_none, words
from venture.rounds.defaults import SignedIn
from venture.rounds.forms.setting import TEXT, RowsForm
from venture.rounds.models import Channel, Question
from venture.web import Form

LONG = Length(max=2000)


class CallForm(Form):
    """The call published for the first time."""

    document_no = StringField(_l("Document number of the call"), [Optional(), TEXT], default="")


class SupplementForm(CallForm):
    """A supplement to a published call."""

    note = TextAreaField(_l("What changes, and why"), [LONG])


class AskForm(Form):
    """A question about the call; `key` is made with the form."""

    text = TextAreaField(_l("Your question"), [Length(max=1000)])
    key = HiddenField(validators=[InputRequired(), Length(max=100)])


class TypedInForm(Form):
    """A question that came by telephone, WeChat or at the briefing."""

    channel = SelectField(_l("How it came"), coerce=Channel, choices=[])
    text = TextAreaField(_l("What is asked"), [Length(max=1000)])
    key = HiddenField(validators=[InputRequired(), Length(max=100)])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.channel.choices = [each for each in words(Channel) if each[0] != Channel.PAGE.value]


class AnswerForm(Form):
    """The question as everybody will read it, and the answer."""

    wording = TextAreaField(_l("The question as everybody reads it"), [Length(max=1000)])
    answer = TextAreaField(_l("Answer"), [Length(max=4000)])


class CorrectAnswerForm(Form):
    """Another answer to an answered question."""

    answer = TextAreaField(_l("Right answer"), [Length(max=4000)])
    reason = TextAreaField(_l("Reason for the correction"), [Length(max=500)])


class MergeForm(Form):
    """Which answered question answers this one too."""

    into = SelectField(_l("Answered question"), coerce=number_or_none, choices=[])

    def offer(self, answered: Sequence[Question]) -> "MergeForm":
        """Set the questions to choose from."""
        self.into.choices = [(each.id, f"{each.number}. {each.wording[:60]}") for each in answered]
        return self


class DeclineForm(Form):
    """Why a question is not answered."""

    reason = TextAreaField(_l("Reason, told to whoever asked"), [Length(max=500)])


class AgainForm(Form):
    """Why a settled question waits again."""

    reason = TextAreaField(_l("Reason"), [Length(max=500)])


class NeedForm(Form):
    """What a community needs."""

    problem = TextAreaField(_l("Problem"), [Length(max=500)])
    concerns = StringField(_l("Whom it concerns"), [TEXT])
    wish = TextAreaField(_l("What the community wishes for"), [Length(max=500)])


class NewNeedForm(NeedForm):
    """A new need, of one of the communities for which the person may speak."""

    community = SelectField(_l("Community"), coerce=number_or_none, choices=[])


class BriefingForm(Form):
    """When and where a briefing is."""

    begins_at = MomentField(_l("Begins at (Beijing time)"), [InputRequired()])
    place = StringField(_l("Place"), [TEXT])
    note = TextAreaField(_l("Note printed in the call"), [Optional(), Length(max=500)])


class AttendanceRow(Rows):
    """One line of a sign-in list."""

    name = StringField(_l("Full name"), [TEXT])
    organization = StringField(_l("Organization"), [TEXT])
    phone = StringField(_l("Telephone"), [TEXT])


class AttendanceForm(RowsForm):
    """Who came to a briefing."""

    rows = FieldList(FormField(AttendanceRow))

    def lines(self) -> list[SignedIn]:
        """The lines as the verb takes them."""
        return [
            SignedIn(
                row.name.data.strip(), (row.organization.data or "").strip(), (row.phone.data or "").strip()
            )
            for row in self.filled()
        ]
