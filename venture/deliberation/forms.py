"""Forms of the stage `deliberation`: few questions, made to be answered on a phone."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from venture.deliberation.models import ENDINGS, MatterStatus, OutcomeKind, UseKind
from venture.fields import CountField, DayField
from venture.people.models import CommunityKind
from venture.web import Form
from venture.words import Word


def words(listed: Iterable[Word]) -> Callable[[], list[tuple[Word, str]]]:
    """The members of a closed list as choices, labelled in the language of the page that shows them."""
    members = list(listed)
    return lambda: [(word, gettext(word.label)) for word in members]


def given(form: Form, *without: str) -> dict[str, Any]:
    """What a form holds, by field, as the verbs take it: texts without blanks around, empty where not sent."""
    texts = (StringField, TextAreaField)
    return {
        field.name: (field.data or "").strip() if type(field) in texts else field.data
        for field in form
        if field.name not in {"csrf_token", *without}
    }


class CommunityForm(Form):
    """A community's entry in the register."""

    code = StringField(_l("Statistical code"), [InputRequired(), Length(max=12)])
    name = StringField(_l("Name of the community"), [InputRequired(), Length(max=60)])
    town = StringField(_l("Town or sub-district"), [InputRequired(), Length(max=60)])
    kind = RadioField(
        _l("Kind of community"), [InputRequired()], choices=words(CommunityKind), coerce=CommunityKind
    )
    households = CountField(_l("Households"), [Optional()])
    residents = CountField(_l("Residents"), [Optional()])
    platform_begun_on = DayField(_l("Platform begun on"), [Optional()])


class _MatterTexts(Form):
    title = StringField(_l("The matter in one sentence"), [InputRequired(), Length(max=120)])
    source = StringField(_l("Where it came from"), [Length(max=120)], render_kw={"list": "sources"})
    field = StringField(_l("Field of the matter"), [Length(max=60)])
    affected = CountField(_l("Residents affected, estimated"), [Optional()])
    public = BooleanField(_l("Residents may read this matter on its public page"), default=True)


class MatterForm(_MatterTexts):
    """A new matter."""

    community = SelectField(_l("Community"), [InputRequired()], coerce=int)


class StepForm(Form):
    """One step as it happened."""

    from_on = DayField(_l("First day"), [InputRequired()])
    to_on = DayField(_l("Last day, if it took longer"), [Optional()])
    by_whom = StringField(_l("By whom"), [Length(max=120)])
    text = TextAreaField(_l("What happened"), [Length(max=1000)])
    photo = FileField(_l("Photo or scan"))


class OutcomeForm(Form):
    """What was decided."""

    text = TextAreaField(_l("What was decided"), [InputRequired(), Length(max=500)])
    decided_on = DayField(_l("Decided on"), [InputRequired()])
    kind = RadioField(
        _l("Kind of outcome"), [InputRequired()], choices=words(OutcomeKind), coerce=OutcomeKind
    )
    binds = StringField(_l("Whom it binds"), [Length(max=120)])


class UseForm(Form):
    """What somebody did with an outcome."""

    kind = RadioField(_l("What was done with it"), [InputRequired()], choices=words(UseKind), coerce=UseKind)
    happened_on = DayField(_l("On which day"), [InputRequired()])
    who = StringField(_l("Who did it"), [InputRequired(), Length(max=120)])
    text = TextAreaField(_l("In a sentence or two"), [Length(max=500)])
    photo = FileField(_l("Photo or scan"))
    photo_public = BooleanField(_l("Everybody in the picture agrees that it is shown publicly"))


class CloseForm(Form):
    """How a matter ended."""

    status = RadioField(_l("Result"), [InputRequired()], choices=words(ENDINGS))
    closed_on = DayField(_l("Closed on"), [InputRequired()])
    evaluator = StringField(_l("Evaluated by"), [Length(max=120)])
    benefited = CountField(_l("Residents who benefited"), [Optional()])
    counted_how = StringField(_l("How they were counted"), [Length(max=120)])
    text = TextAreaField(_l("Lesson in up to three lines"), [Length(max=500)])
    reason = StringField(_l("If not resolved: why"), [Length(max=300)])


class RejectForm(Form):
    """Why a matter is not accepted."""

    closed_on = DayField(_l("Decided on"), [InputRequired()])
    reason = TextAreaField(_l("Reason, shown on the public page"), [InputRequired(), Length(max=300)])


class RecheckForm(Form):
    """Whether the solution still held after ninety days."""

    on = DayField(_l("Looked at on"), [InputRequired()])
    held = RadioField(
        _l("Does the solution still hold?"),
        [InputRequired()],
        choices=lambda: [("yes", gettext("It holds")), ("no", gettext("The problem is back"))],
    )


class ReasonForm(Form):
    """Why something recorded is taken back."""

    why = StringField(_l("Reason for the correction"), [InputRequired(), Length(max=300)])


class CorrectMatterForm(_MatterTexts, ReasonForm):
    """A matter's own values set right."""


class CorrectRejectedForm(CorrectMatterForm):
    """A matter that was not accepted, set right with the reason."""

    closed_on = DayField(_l("Decided on"), [InputRequired()])
    reason = TextAreaField(_l("Reason, shown on the public page"), [InputRequired(), Length(max=300)])


class CorrectClosedForm(CorrectMatterForm):
    """A closed matter's values set right, with those of its end."""

    status = RadioField(_l("Result"), [InputRequired()], choices=words(ENDINGS))
    closed_on = DayField(_l("Closed on"), [InputRequired()])
    benefited = CountField(_l("Residents who benefited"), [Optional()])
    counted_how = StringField(_l("How they were counted"), [Length(max=120)])
    reason = StringField(_l("If not resolved: why"), [Length(max=300)])


class CorrectStepForm(ReasonForm):
    """A recorded step set right."""

    from_on = DayField(_l("First day"), [InputRequired()])
    to_on = DayField(_l("Last day, if it took longer"), [Optional()])
    by_whom = StringField(_l("By whom"), [Length(max=120)])
    text = TextAreaField(_l("What happened"), [Length(max=1000)])


class CorrectOutcomeForm(ReasonForm):
    """An outcome set right."""

    text = TextAreaField(_l("What was decided"), [InputRequired(), Length(max=500)])
    decided_on = DayField(_l("Decided on"), [InputRequired()])
    kind = RadioField(
        _l("Kind of outcome"), [InputRequired()], choices=words(OutcomeKind), coerce=OutcomeKind
    )
    binds = StringField(_l("Whom it binds"), [Length(max=120)])


class CorrectUseForm(ReasonForm):
    """A use set right."""

    kind = RadioField(_l("What was done with it"), [InputRequired()], choices=words(UseKind), coerce=UseKind)
    happened_on = DayField(_l("On which day"), [InputRequired()])
    who = StringField(_l("Who did it"), [InputRequired(), Length(max=120)])
    text = TextAreaField(_l("In a sentence or two"), [Length(max=500)])
    photo_public = BooleanField(_l("Everybody in the picture agrees that it is shown publicly"))


CORRECTIONS = {"step": CorrectStepForm, "outcome": CorrectOutcomeForm, "use": CorrectUseForm}
"""The form that sets a row right, by kind of row."""


CORRECTIONS_OF_MATTER = {
    MatterStatus.OPEN: CorrectMatterForm,
    MatterStatus.REJECTED: CorrectRejectedForm,
}
"""The form that sets a matter itself right, where it has not been closed with a result."""


class DeclareForm(Form):
    """A declared total."""

    name = StringField(_l("What is declared"), [InputRequired(), Length(max=120)])
    code = StringField(_l("Short name in English letters"), [InputRequired(), Length(max=40)])
    value = CountField(_l("Declared figure"), [InputRequired()])
    unit = StringField(_l("Unit of the figure"), [InputRequired(), Length(max=10)])
    as_of = DayField(_l("As of"), [InputRequired()])
    source = StringField(_l("Source of the figure"), [InputRequired(), Length(max=200)])
    base = SelectField(_l("Part of"), validate_choice=True)


class CorrectDeclaredForm(ReasonForm):
    """A declared total set right."""

    value = CountField(_l("Declared figure"), [InputRequired()])
    source = StringField(_l("Source of the figure"), [InputRequired(), Length(max=200)])
