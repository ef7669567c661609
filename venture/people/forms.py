"""Forms of the stage `people`."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from venture.fields import CountField, DayField
from venture.people import proofs
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


class CodeForm(Form):
    """The code that the authenticator shows."""

    proof = StringField(_l("Code of your authenticator"), [InputRequired(), Length(max=40)])


class ProofForm(Form):
    """Who one is, once more."""

    proof = PasswordField(_l("Password, or code of your authenticator"), [InputRequired(), Length(max=200)])


def strong(form: Any, field: Any) -> None:
    """Long and mixed enough, not among the common ones, without one's own name or login."""
    said = {
        "short": gettext(
            "Take at least 10 characters of three kinds: small letters, capitals, digits, other signs."
        ),
        "common": gettext(
            "Passwords like this one are tried first by everybody who breaks in. Take another one."
        ),
        "known": gettext(
            "The password holds your name, mobile number or e-mail. Take one that nobody can guess."
        ),
    }
    known = [form[name].data or "" for name in ("name", "mobile", "email", "login") if name in form]
    if weak := proofs.weakness(field.data or "", *known, *form.known):
        raise ValidationError(said[weak])


class PasswordForm(Form):
    """A new password, typed twice."""

    known: tuple[str, ...] = ()
    password = PasswordField(_l("New password"), [InputRequired(), Length(max=200), strong])
    again = PasswordField(
        _l("Password again"),
        [InputRequired(), EqualTo("password", _l("The two passwords differ. Type both again."))],
    )


class ChangePasswordForm(PasswordForm):
    """One's present password and a new one."""

    old_password = PasswordField(_l("Present password"), [InputRequired(), Length(max=200)])


class AskResetForm(Form):
    """Whose password is to be set anew."""

    login = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])

    def validate_login(self, field: Any) -> None:
        """By its shape alone: the answer must not tell whether we know it."""
        typed = proofs.normal_login(field.data)
        if not (proofs.MOBILE.fullmatch(typed) or proofs.EMAIL.fullmatch(typed)):
            raise ValidationError(gettext("Write 11 digits, or an address such as name@example.cn."))


class CodeResetForm(PasswordForm):
    """A one-time code, and the new password."""

    login = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])
    one_time_code = StringField(_l("One-time code"), [InputRequired(), Length(max=20)])


class ReadOutForm(Form):
    """To whom a one-time code is read out, and how one knows who it is."""

    login = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])
    reason = StringField(_l("How you know who it is"), [InputRequired(), TEXT])


class ViewForm(Form):
    """Through whose eyes to read, and why."""

    other = SelectField(_l("Read the pages as"), coerce=int, choices=[])
    reason = StringField(_l("Reason"), [InputRequired(), TEXT])

    def offer(self, people: Iterable[Person]) -> "ViewForm":
        """Set the people to choose from, each with role and organization."""
        self.other.choices = [
            (
                each.id,
                " · ".join(
                    [
                        each.name,
                        *(
                            " ".join(filter(None, (str(_l(grant.role.label)), grant.bound_to)))
                            for grant in each.live_grants
                        ),
                    ]
                ),
            )
            for each in people
        ]
        return self


class AcceptForm(PasswordForm):
    """What somebody who opens an invitation says of themselves."""

    name = StringField(_l("Your name"), [InputRequired(), TEXT])
    mobile = StringField(_l("Mobile number"), [Optional(), TEXT])
    email = StringField(_l("E-mail"), [Optional(), TEXT])


class BoundRoleForm(Form):
    """A role with what it is bound to."""

    role = SelectField(_l("Role"), [InputRequired()], coerce=Role, choices=[])
    organization = SelectField(
        _l("Organization (for applicants)"), [Optional()], coerce=number_or_none, choices=[]
    )
    community = SelectField(_l("Community (for clerks)"), [Optional()], coerce=number_or_none, choices=[])
    until_on = DayField(_l("Last day of the role"), [Optional()])
    bounded = BooleanField(_l("Only for projects assigned one by one (auditor of an audit firm)"))

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


class TakeOverForm(ReasonForm):
    """Who acts for an organization from now on, and who no longer does."""

    name = StringField(_l("Name of the new person"), [InputRequired(), Length(max=50)])
    address = StringField(_l("Mobile number or e-mail"), [InputRequired(), Length(max=200)])
    leavers = SelectMultipleField(_l("Who no longer acts for it"), coerce=int, choices=[])

    def offer(self, grants: Sequence[Any]) -> "TakeOverForm":
        """Set the grants that may end."""
        self.leavers.choices = [(grant.id, grant.person.name) for grant in grants]
        return self


class ShutOutForm(ReasonForm):
    """Why somebody is shut out."""


class LostForm(ReasonForm):
    """Why an authenticator is taken from somebody."""


class HandOverForm(ReasonForm):
    """Who takes over, and from which day."""

    to = SelectField(_l("Taken over by"), [InputRequired()], coerce=number_or_none, choices=[])
    from_on = DayField(_l("From day"), [InputRequired()])

    def offer(self, people: Iterable[Person]) -> None:
        """Set who could take over."""
        self.to.choices = [(person.id, f"{person.name} {person.address}") for person in people]


class StandInForm(ReasonForm):
    """Who acts for an absent person, from when until when."""

    deputy = SelectField(_l("Stand-in"), [InputRequired()], coerce=number_or_none, choices=[])
    from_on = DayField(_l("From day"), [InputRequired()])
    until_on = DayField(_l("Until day"), [InputRequired()])

    def offer(self, people: Iterable[Person]) -> None:
        """Set who could stand in."""
        self.deputy.choices = [(person.id, f"{person.name} {person.address}") for person in people]


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


class RepresentativeForm(ReasonForm):
    """A new legal representative."""

    name = StringField(_l("Legal representative"), [InputRequired(), TEXT])
    position = StringField(_l("Position held"), [Optional(), TEXT])
    phone = StringField(_l("Telephone"), [Optional(), TEXT])
    email = StringField(_l("E-mail"), [Optional(), TEXT])
    from_on = DayField(_l("In office since"), [InputRequired()])


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
