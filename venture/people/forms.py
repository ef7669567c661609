"""Forms of the stage `people`."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    FileField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from venture.fields import CountField, DayField
from venture.people.models import Ban, Community, Listing, ListKind, Organization, Person, YearlyResult
from venture.roles import Role
from venture.web import Form

TEXT = Length(max=200)


def number_or_none(value: Any) -> int | None:
    """The chosen row's id; an empty choice is none."""
    return int(value) if value not in (None, "", "None") else None


def words(enum: Any, *, empty: str | None = None) -> list[tuple[str, str]]:
    """The choices of a closed list, in words."""
    return [
        *([("", empty)] if empty is not None else []),
        *((word.value, gettext(word.label)) for word in enum),
    ]


def set_apart(form: Form) -> None:
    """Give the fields of one of several forms on a page ids of their own."""
    for field in form:
        field.id = field.label.field_id = f"{type(form).__name__}-{field.name}"


class SignInForm(Form):
    """Mobile number or e-mail, and password."""

    login = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=200)])
    next = HiddenField()


def strong(form: Any, field: Any) -> None:
    """At least 10 characters of three kinds: small letters, capitals, digits, other signs."""
    typed = field.data or ""
    kinds = {
        "a" if sign.islower() else "A" if sign.isupper() else "0" if sign.isdigit() else "-" for sign in typed
    }
    if len(typed) < 10 or len(kinds) < 3:
        raise ValidationError(
            gettext(
                "Take at least 10 characters of three kinds: small letters, capitals, digits, other signs."
            )
        )


class AcceptForm(Form):
    """What somebody who opens an invitation says of themselves."""

    name = StringField(_l("Your name"), [InputRequired(), TEXT])
    mobile = StringField(_l("Mobile number"), [Optional(), TEXT])
    email = StringField(_l("E-mail"), [Optional(), TEXT])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=200), strong])
    again = PasswordField(
        _l("Password again"),
        [InputRequired(), EqualTo("password", _l("The two passwords differ. Type both again."))],
    )


class BoundRoleForm(Form):
    """A role with what it is bound to."""

    role = SelectField(_l("Role"), [InputRequired()], coerce=Role, choices=[])
    organization = SelectField(
        _l("Organization (for applicants)"), [Optional()], coerce=number_or_none, choices=[]
    )
    community = SelectField(_l("Community (for clerks)"), [Optional()], coerce=number_or_none, choices=[])

    def offer(
        self,
        roles: Iterable[Role],
        organizations: Iterable[Organization],
        communities: Iterable[Community],
    ) -> None:
        """Set the choices to what the person who fills it in may give."""
        none = [("", gettext("none"))]
        self.role.choices = words(roles)
        self.organization.choices = none + [(row.id, row.name) for row in organizations]
        self.community.choices = none + [(row.id, f"{row.town} {row.name}") for row in communities]


class InviteForm(BoundRoleForm):
    """Whom to invite, and as what."""

    name = StringField(_l("Name"), [InputRequired(), TEXT])
    address = StringField(_l("Mobile number or e-mail"), [InputRequired(), TEXT])


class ReasonForm(Form):
    """A reason that the record keeps."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])


class ActForm(Form):
    """An act that asks for nothing; it carries what a verb refused with."""


class RegisterForm(Form):
    """An organization by its code and name."""

    code = StringField(_l("Credit code"), [InputRequired(), Length(max=60)])
    name = StringField(_l("Name of the organization"), [InputRequired(), TEXT])


class ProfileForm(Form):
    """What is known of an organization (part 1 of the application form)."""

    name = StringField(_l("Name of the organization"), [InputRequired(), TEXT])
    registrar = StringField(_l("Registration office"), [Optional(), TEXT])
    registered_on = DayField(_l("Registered on"), [Optional()])
    supervising_unit = StringField(_l("Supervising unit"), [Optional(), TEXT])
    address = StringField(_l("Postal address"), [Optional(), TEXT])
    postcode = StringField(_l("Postcode"), [Optional(), Length(max=12)])
    legal_representative = StringField(_l("Legal representative"), [Optional(), TEXT])
    representative_position = StringField(_l("Position held"), [Optional(), TEXT])
    representative_phone = StringField(_l("Telephone"), [Optional(), TEXT])
    representative_email = StringField(_l("E-mail"), [Optional(), TEXT])
    rating = SelectField(_l("Organization rating"), [Optional()], coerce=number_or_none, choices=[])
    rated_in = CountField(_l("Year of the rating"), [Optional()])
    introduction = TextAreaField(_l("About the organization"), [Optional(), Length(max=500)])
    NO_TEXT = ("registered_on", "rating", "rated_in")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.rating.choices = [("", gettext("not rated")), *((level, f"{level}A") for level in range(1, 6))]

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them: nothing typed is an empty text, for a number or day None."""
        found = {field.name: field.data for field in self if field.name != "csrf_token"}
        texts = {name: value or "" for name, value in found.items() if name not in self.NO_TEXT}
        texts["postcode"] = unicodedata.normalize("NFKC", texts["postcode"]).strip()
        return found | texts


class AccountForm(Form):
    """The account that grants are paid into."""

    account_name = StringField(_l("Account name"), [InputRequired(), TEXT])
    bank = StringField(_l("Bank and branch"), [InputRequired(), TEXT])
    account_no = StringField(_l("Account number"), [InputRequired(), Length(max=60)])


class ReportForm(Form):
    """The conclusion of one year's report."""

    year = CountField(_l("Year of the report"), [InputRequired()])
    result = SelectField(_l("Conclusion"), [InputRequired()], coerce=YearlyResult, choices=[])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.result.choices = words(YearlyResult)


class LookUpForm(Form):
    """The day on which the national lists were looked up."""

    on = DayField(_l("Lists looked up on"), [InputRequired()])


class ListingForm(Form):
    """A stay on a list, or an offence."""

    kind = SelectField(_l("Which list"), [InputRequired()], coerce=ListKind, choices=[])
    from_on = DayField(_l("From (day of entry or of the decision)"), [InputRequired()])
    to_on = DayField(_l("Until (day of removal)"), [Optional()])
    source = StringField(_l("Where it was looked up"), [Optional(), TEXT])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind.choices = words(ListKind)


class EndForm(ReasonForm):
    """The day on which one of the entries ends, and why."""

    row = SelectField(_l("Which entry"), [InputRequired()], coerce=number_or_none, choices=[])
    to_on = DayField(_l("Until day"), [InputRequired()])


class EndListingForm(EndForm):
    """The day on which a stay on a list ended."""

    def offer(self, listings: Iterable[Listing]) -> None:
        """Set the entries to choose from."""
        self.row.choices = [(row.id, f"{gettext(row.kind.label)} {row.from_on}") for row in listings]


class EndBanForm(EndForm):
    """The day on which a ban ends after all."""

    def offer(self, bans: Iterable[Ban]) -> None:
        """Set the bans to choose from."""
        self.row.choices = [(row.id, f"{row.from_on} – {row.to_on}") for row in bans]


class BanForm(ReasonForm):
    """A ban on applying."""

    from_on = DayField(_l("From day"), [InputRequired()])
    to_on = DayField(_l("Until day"), [InputRequired()])


class PaperFields:
    """Fields of an act signed on paper, to be mixed into a form: who signed, on which day, the scan."""

    signer = SelectField(_l("Signed by"), [InputRequired()], coerce=number_or_none, choices=[])
    signed_on = DayField(_l("Day of the signature"), [InputRequired()])
    scan = FileField(_l("Scan or photo of the paper"), [Optional()])

    def offer_signers(self, people: Sequence[Person]) -> None:
        """Set who may have signed."""
        self.signer.choices = [(person.id, person.name) for person in people]


class PaperForm(PaperFields, Form):
    """An act signed on paper."""
