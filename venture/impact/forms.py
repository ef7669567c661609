"""Forms of the stage `impact`."""

import re
import unicodedata
from fractions import Fraction
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from venture.deliberation.models import WHOLE
from venture.deliberation.steps import Step
from venture.fields import DayField
from venture.web import Form


def parse_share(typed: str) -> int | None:
    """A share as people write it («1/2», «0.5», «50 %») in parts of the whole; None for nothing typed.

    Raises ValueError for anything that is not above zero and at most the whole.
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split())
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,4})?(?:/[0-9]{1,6})?%?", text):
        raise ValueError(typed)
    upper, _, lower = text.removesuffix("%").partition("/")
    if lower and not int(lower):
        raise ValueError(typed)
    share = Fraction(upper) / Fraction(lower or 1) / (100 if text.endswith("%") else 1)
    parts = round(share * WHOLE)
    if not 0 < parts <= WHOLE:
        raise ValueError(typed)
    return parts


class ShareField(StringField):
    """A share; `data` is in parts of the whole, None when nothing was typed."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        try:
            self.data = parse_share(valuelist[0] if valuelist else "")
        except ValueError as wrong:
            raise ValueError(
                gettext("Write a share as 1/2, 0.5 or 50 %, more than nothing and at most the whole.")
            ) from wrong

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""


class ClaimForm(Form):
    """Which matter a project supported, and in which of its steps."""

    number = StringField(
        _l("Number of the matter"), [InputRequired(), Length(max=40)], render_kw={"list": "matters"}
    )
    steps = SelectMultipleField(
        _l("Steps in which the project helped"),
        choices=lambda: [(step.value, gettext(step.label)) for step in Step],
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    note = TextAreaField(_l("What the project did"), [Length(max=300)])


class RefuseForm(Form):
    """Why the community does not confirm."""

    reason = StringField(_l("Why it is not confirmed"), [InputRequired(), Length(max=300)])


class UndoForm(Form):
    """Why a confirmation is taken back."""

    why = StringField(_l("Reason for the correction"), [InputRequired(), Length(max=300)])


class ShareForm(Form):
    """Another share of a confirmed support."""

    share = ShareField(_l("Share of the project"))
    share_reason = StringField(_l("Reason for this share"), [InputRequired(), Length(max=300)])


class LinkForm(Form):
    """Who confirms through the one-time link."""

    name = StringField(_l("Your name"), [InputRequired(), Length(max=60)])
    position = StringField(_l("Your position in the community"), [Length(max=60)])


class PaperForm(Form):
    """A confirmation signed on paper by one of the community's people, or by somebody named here."""

    signer = SelectField(_l("Signed by"), coerce=int, choices=[])
    name = StringField(_l("Name, if it is somebody else"), [Length(max=60)])
    signed_on = DayField(_l("Day of the signature"), [InputRequired()])
    scan = FileField(_l("Scan or photo of the paper"), [Optional()])
