"""Forms around the call: its publication, questions and answers, needs and topics, briefings."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from venture.people.forms import number_or_none, words
from venture.rounds.forms.setting import TEXT
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
    text = TextAreaField(_l("Question"), [Length(max=1000)])
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
