"""Forms of the review: the panel and its ties, a score sheet made from a theme's criteria, the grid."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from venture.fields import CountField, DayField, HundredthsField, MoneyField
from venture.people.models import Organization, Person
from venture.review import defaults, queries
from venture.review.conflicts import Ground
from venture.review.defaults import OtherFee, Record
from venture.review.drawing import Conditions
from venture.review.models import Affiliated, Competence, Expert, PoolState, Title, Wish
from venture.rounds.models import Aggregation, ThemeCriterion
from venture.web import Form


def _given() -> InputRequired:
    return InputRequired(_l("Please fill this in."))


class SeatForm(Form):
    """Who is added to the panel."""

    people = SelectMultipleField(_l("Experts"), coerce=int)
    agreed_on = DayField(_l("Agreed on"), [Optional()])

    def __init__(self, candidates: Iterable[Person]) -> None:
        super().__init__()
        self.people.choices = [(person.id, person.name) for person in candidates]


class InviteForm(Form):
    """Who is asked to sit on the panel, until when, and what they agree to."""

    people = SelectMultipleField(_l("Experts"), coerce=int)
    answer_by_on = DayField(_l("Answer by the end of"), [_given()])
    pledge = TextAreaField(_l("Pledge"), [_given(), Length(max=2000)], default=defaults.PLEDGE)

    def __init__(self, people: Iterable[Person], **given: Any) -> None:
        super().__init__(**given)
        self.people.choices = [(person.id, person.name) for person in people]


class DrawExpertsForm(Form):
    """The conditions of a random draw, and what the drawn are asked."""

    places = CountField(_l("Experts to draw"), [_given(), NumberRange(1, 99)])
    finance = CountField(_l("Of them for finance, at least"), [Optional(), NumberRange(0, 99)])
    per_employer = CountField(_l("Of one employer, at most"), [Optional(), NumberRange(1, 99)])
    competences = SelectMultipleField(
        _l("Able to judge one of"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    answer_by_on = DayField(_l("Answer by the end of"), [_given()])
    pledge = TextAreaField(_l("Pledge"), [_given(), Length(max=2000)], default=defaults.PLEDGE)
    reason = StringField(_l("Reason for drawing again"), [Length(max=300)])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.competences.choices = [(one.value, gettext(one.label)) for one in Competence]

    @property
    def conditions(self) -> Conditions:
        typed: dict[str, Any] = self.data
        return Conditions(typed["places"], typed["finance"] or 0, typed["per_employer"] or 0)

    @property
    def fields(self) -> frozenset[Competence]:
        return frozenset(map(Competence, self.competences.data or []))


class SubstituteForm(Form):
    """Who is asked in the place of somebody else."""

    person = SelectField(_l("Substitute"), coerce=int)
    answer_by_on = DayField(_l("Answer by the end of"), [_given()])

    def __init__(self, people: Iterable[Person]) -> None:
        super().__init__()
        self.person.choices = [(person.id, person.name) for person in people]


class AnswerForm(Form):
    """An answer that was given on paper or by word."""

    answer = SelectField(_l("Answer"))
    signed_on = DayField(_l("Signed or said on"), [_given()])
    scan = FileField(_l("Scan of the signed pledge"))
    reason = StringField(_l("Reason, where declined"), [Length(max=500)])

    def __init__(self) -> None:
        super().__init__()
        self.answer.choices = [("accepted", gettext("Accepted")), ("declined", gettext("Declined"))]


class InterestForm(Form):
    """Interests in organizations that applied: a tick and a sentence for each (`note_<organization>`), or names."""

    interests = SelectMultipleField(_l("Interests"), coerce=int)
    names = TextAreaField(_l("Organizations and people you are tied to"), [Length(max=2000)])
    note = StringField(_l("What ties you to them"), [Length(max=200)])

    @property
    def listed(self) -> list[str]:
        """The names, one a line."""
        return [line.strip() for line in (self.names.data or "").splitlines() if line.strip()]

    @property
    def declared(self) -> dict[int, str]:
        """What the tie is, by organization; ticked without a sentence, or a sentence without a tick, counts too."""
        notes = {
            int(name.removeprefix("note_")): (field.data or "").strip()
            for name, field in self._fields.items()
            if name.startswith("note_")
        }
        ticked = self.interests.data or []
        return {id: note for id, note in notes.items() if note or id in ticked}

    @classmethod
    def made(cls, organizations: Iterable[Organization], **given: Any) -> "InterestForm":
        """The form for these organizations."""
        bodies = list(organizations)
        fields = {
            f"note_{body.id}": StringField(
                gettext("%(organization)s: what the tie is", organization=body.name), [Length(max=200)]
            )
            for body in bodies
        }
        form: InterestForm = type("MadeInterestForm", (cls,), fields)(**given)
        form.interests.choices = [(body.id, body.name) for body in bodies]
        return form


class AcceptForm(InterestForm):
    """The seat taken, with the pledge and every interest declared."""

    agreed = BooleanField(_l("I have read the pledge and agree to it."), [_given()])


class ExpertForm(Form):
    """What the pool knows of an expert. Organizations and communities one a line, by code or whole name."""

    version = IntegerField(widget=HiddenInput(), default=0)
    position = StringField(_l("Position"), [Length(max=100)])
    title = SelectField(_l("Professional title"))
    employer = StringField(_l("Employer"), [Length(max=100)])
    competences = SelectMultipleField(
        _l("Can judge"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    office = TextAreaField(_l("Offices in organizations"), [Length(max=2000)])
    adviser = TextAreaField(_l("Advice given to organizations"), [Length(max=2000)])
    resident = TextAreaField(_l("Lives in the community"), [Length(max=500)])
    serves = TextAreaField(_l("Serves in the communities"), [Length(max=2000)])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.title.choices = [(one.value, gettext(one.label)) for one in Title]
        self.competences.choices = [(one.value, gettext(one.label)) for one in Competence]

    @property
    def record(self) -> Record:
        """The record as it was typed."""
        ((employer, name), *_rest) = named_lines(self.employer.data or "") or [("", "")]
        return Record(
            title=Title(self.title.data),
            position=self.position.data or "",
            employer=employer,
            employer_name=name,
            competences=frozenset(map(Competence, self.competences.data or [])),
            bonds={kind: named_lines(self[kind.value].data or "") for kind in Affiliated},
        )

    @classmethod
    def of(cls, expert: Expert, **given: Any) -> "ExpertForm":
        """The form filled with what is known."""
        kept = {
            kind.value: "\n".join(
                f"{row.code}；{row.note}" if row.note else row.code
                for row in expert.affiliations
                if row.kind is kind
            )
            for kind in Affiliated
        }
        known = {
            "version": expert.revision,
            "position": expert.person.position,
            "title": expert.title.value,
            "employer": "；".join(filter(None, (expert.person.employer_code, expert.employer_name))),
            "competences": [one.value for one in expert.competences],
        }
        return cls(data={**known, **kept}, **given)


class NewExpertForm(ExpertForm):
    """A new person of the pool."""

    name = StringField(_l("Full name"), [_given(), Length(max=50)])
    mobile = StringField(_l("Mobile number"), [Length(max=30)])
    email = StringField(_l("E-mail"), [Length(max=200)])


def named_lines(typed: str) -> list[tuple[str, str]]:
    """What each line names and its note, which stands behind a semicolon, a tab, or a code and a blank."""
    found = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        split = re.split(r"\s*[;；\t]\s*", line, maxsplit=1)
        if len(split) == 1:
            split = re.split(r"(?<=^[0-9A-Za-z]{12})\s+|(?<=^[0-9A-Za-z]{18})\s+", line, maxsplit=1)
        found.append((split[0], split[1] if len(split) > 1 else ""))
    return found


class RosterForm(Form):
    """A list of experts that comes as a workbook."""

    roster = FileField(_l("List of experts (xlsx)"))


class RatesForm(Form):
    """What each title gets for a round, in yuan before tax (`rate_<title>`)."""

    @property
    def amounts(self) -> dict[Title, int]:
        """Fen by title; an empty field is nothing."""
        return {title: self._fields[f"rate_{title.value}"].data or 0 for title in Title}

    @classmethod
    def made(cls, amounts: Mapping[Title, int], **given: Any) -> "RatesForm":
        fields = {
            f"rate_{title.value}": MoneyField(_l(title.label), [Optional()], default=amounts[title])
            for title in Title
        }
        form: RatesForm = type("MadeRatesForm", (cls,), fields)(**given)
        return form


class FeesForm(Form):
    """The fees of a panel: an amount and a reason for each expert (`gross_<number>`, `reason_<number>`)."""

    def exceptions(self, numbers: Iterable[int]) -> dict[int, OtherFee]:
        """What was typed for each expert; an empty amount is the rate."""
        return {
            number: OtherFee(
                self._fields[f"gross_{number}"].data, self._fields[f"reason_{number}"].data or ""
            )
            for number in numbers
            if self._fields[f"gross_{number}"].data is not None
        }

    @classmethod
    def made(cls, rows: Mapping[int, tuple[str, int, str]], **given: Any) -> "FeesForm":
        """The form for these experts (number → name, amount and reason so far)."""
        fields: dict[str, Any] = {}
        for number, (name, gross, reason) in rows.items():
            fields[f"gross_{number}"] = MoneyField(
                gettext("Fee of %(name)s", name=name), [Optional()], default=gross
            )
            fields[f"reason_{number}"] = StringField(
                gettext("Why not the rate, for %(name)s", name=name), [Length(max=200)], default=reason
            )
        form: FeesForm = type("MadeFeesForm", (cls,), fields)(**given)
        return form


class ReceiptsForm(Form):
    """Who has signed for the fee, on which day."""

    fees = SelectMultipleField(_l("Signed"), coerce=int)
    signed_on = DayField(_l("Signed on"), [_given()])

    def __init__(self, ids: Iterable[int], **given: Any) -> None:
        super().__init__(**given)
        self.fees.choices = [(id, str(id)) for id in ids]


class ExpertAccountForm(Form):
    """Where a fee is paid to."""

    identity = StringField(_l("Identity number"), [_given(), Length(max=40)])
    bank = StringField(_l("Bank and branch"), [_given(), Length(max=100)])
    card = StringField(_l("Card number"), [_given(), Length(max=40)])


class PoolStateForm(Form):
    """Whether an expert may be drawn and invited from now on."""

    state = SelectField(_l("From now on"))
    reason = StringField(_l("Reason"), [_given(), Length(max=300)])

    def __init__(self, now: PoolState, **given: Any) -> None:
        super().__init__(**given)
        self.state.choices = [(one.value, gettext(one.label)) for one in PoolState if one is not now]


class TieForm(Form):
    """A tie declared by hand."""

    person = SelectField(_l("Who is tied"), coerce=int)
    application = SelectField(_l("Application"), coerce=int)
    ground = SelectField(_l("Ground"))
    note = StringField(_l("What the tie is"), [_given(), Length(max=200)])

    def __init__(self, people: Iterable[Person], applications: Iterable[Any]) -> None:
        super().__init__()
        self.person.choices = [(person.id, person.name) for person in people]
        self.application.choices = [(each.id, f"{each.number} {each.title}") for each in applications]
        self.ground.choices = [(ground.value, gettext(ground.label)) for ground in Ground]


class ReasonForm(Form):
    """An act that only needs its reason."""

    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])


class PlainForm(Form):
    """An act that needs no more than its token."""


class ShareForm(Form):
    """How the proposals are shared out; without experts per proposal everybody scores everything they may."""

    places = CountField(_l("Experts per proposal"), [Optional(), NumberRange(1, 999)])
    least = CountField(_l("Proposals per expert, at least"), [Optional(), NumberRange(0, 9999)])
    most = CountField(_l("Proposals per expert, at most"), [Optional(), NumberRange(1, 9999)])
    seed = CountField(_l("Seed of the draw among equals"), [Optional(), NumberRange(0, 999_999_999)])


class WishForm(Form):
    """What an expert wishes: one choice for each proposal (`wish_<application>`)."""

    @property
    def wishes(self) -> dict[int, Wish]:
        """The wish by application id."""
        return {
            int(name.removeprefix("wish_")): Wish(field.data)
            for name, field in self._fields.items()
            if name.startswith("wish_")
        }

    @classmethod
    def made(cls, applications: Iterable[Any], said: Mapping[int, Wish]) -> "WishForm":
        """The form for these proposals, filled with what was said so far."""
        fields = {
            f"wish_{each.id}": SelectField(
                f"{each.number} {queries.title_of(each)}", default=said.get(each.id, Wish.CAN).value
            )
            for each in applications
        }
        form: WishForm = type("MadeWishForm", (cls,), fields)()
        for name in fields:
            form[name].choices = [(wish.value, gettext(wish.label)) for wish in Wish]
        return form


class GiveForm(Form):
    """A proposal given to a substitute."""

    expert = SelectField(_l("Substitute"), coerce=int)
    reason = StringField(_l("Reason"), [_given(), Length(max=500)])

    def __init__(self, free: Iterable[Any], **given: Any) -> None:
        super().__init__(**given)
        self.expert.choices = [(each.number, f"{each.number} {each.person.name}") for each in free]


class RuleForm(Form):
    """Another rule for a whole theme."""

    aggregation = SelectField(_l("New rule"))
    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])

    def __init__(self) -> None:
        super().__init__()
        self.aggregation.choices = [(one.value, gettext(one.label)) for one in Aggregation]


class SheetForm(Form):
    """An expert's sheet; `made` adds a mark and a sentence for each criterion."""

    version = IntegerField(widget=HiddenInput(), default=0)
    base = HiddenField()  # what the form held when it was made, as JSON
    comment = TextAreaField(_l("Comment on the whole"), [Length(max=1000)])

    @property
    def marks(self) -> dict[str, int | None]:
        """Marks in hundredths by criterion code."""
        return {
            name.removeprefix("mark_"): field.data
            for name, field in self._fields.items()
            if name.startswith("mark_")
        }

    @property
    def notes(self) -> dict[str, str]:
        """Sentences by criterion code."""
        return {
            name.removeprefix("note_"): field.data or ""
            for name, field in self._fields.items()
            if name.startswith("note_")
        }

    @classmethod
    def made(cls, criteria: Iterable[ThemeCriterion], **given: Any) -> "SheetForm":
        """The form of one theme's score sheet."""
        fields: dict[str, Any] = {}
        for one in criteria:
            fields[f"mark_{one.code}"] = HundredthsField(one.name)
            fields[f"note_{one.code}"] = StringField(
                gettext("Sentence on %(criterion)s", criterion=one.name), [Length(max=300)]
            )
        return type("MadeSheetForm", (cls,), fields)(**given)  # type: ignore[no-any-return]  # a class made here


class CorrectionForm(SheetForm):
    """Marks set right, with the reason."""

    reason = TextAreaField(_l("Reason"), [_given(), Length(max=500)])


class CaseForm(CorrectionForm):
    """One expert's marks of one project in a frozen ranking, corrected for an objection that was upheld."""

    ground = StringField(_l("Receipt of the objection"), [_given(), Length(max=60)])


class GridForm(Form):
    """An expert's paper sheets: a row an application, a column a criterion (`m-<application>-<code>`)."""

    signed_on = DayField(_l("Signed on"), [_given()])
    scan = FileField(_l("Scan of the signed sheets"))

    def marks(self, application_id: int, criteria: Iterable[ThemeCriterion]) -> dict[str, int | None]:
        """One row's marks in hundredths by criterion code."""
        return {one.code: self._fields[f"m-{application_id}-{one.code}"].data for one in criteria}

    def comment(self, application_id: int) -> str:
        """One row's remark."""
        return self._fields[f"c-{application_id}"].data or ""

    @classmethod
    def made(cls, rows: Mapping[int, tuple[str, Sequence[ThemeCriterion]]], **given: Any) -> "GridForm":
        """The grid for these applications (id → name and criteria)."""
        fields: dict[str, Any] = {}
        for key, (name, criteria) in rows.items():
            for one in criteria:
                fields[f"m-{key}-{one.code}"] = HundredthsField(f"{name} · {one.name}")
            fields[f"c-{key}"] = StringField(
                gettext("%(application)s · remark", application=name), [Length(max=300)]
            )
        return type("MadeGridForm", (cls,), fields)(**given)  # type: ignore[no-any-return]  # a class made here


class WorkbookForm(Form):
    """Score sheets that come as a workbook, and what they were taken from."""

    signed_on = DayField(_l("Signed on"), [_given()])
    workbook = FileField(_l("Workbook (xlsx)"))
    scan = FileField(_l("Scan of the signed sheets"))


class DayForm(Form):
    """What is written down of the panel day."""

    version = IntegerField(widget=HiddenInput(), default=0)
    held_on = DayField(_l("Day of the meeting"), [_given()])
    hours = StringField(_l("From and to"), [Length(max=40)])
    place = StringField(_l("Place of the meeting"), [_given(), Length(max=100)])
    chair = StringField(_l("Chair of the meeting"), [Length(max=40)])
    recorder = StringField(_l("Taker of the minutes"), [Length(max=40)])
    present = SelectMultipleField(_l("Experts who came"), coerce=int)
    observers = TextAreaField(_l("Observers and others"), [Length(max=1000)])
    remarks = TextAreaField(_l("Remarks for the minutes"), [Length(max=2000)])

    def __init__(self, seated: Iterable[Any], **given: Any) -> None:
        super().__init__(**given)
        self.present.choices = [
            (one.panelist.number, f"{one.panelist.number} {one.panelist.person.name}") for one in seated
        ]

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, by the names that the verb calls it."""
        texts = ("hours", "place", "chair", "recorder", "observers", "remarks")
        return {
            "held_on": self.held_on.data,
            "present": self.present.data or [],
            **{name: (self[name].data or "").strip() for name in texts},
        }


class OrderForm(Form):
    """A draw of the running order; the first one needs no reason."""

    reason = StringField(_l("Reason for drawing anew"), [Length(max=200)])


class CheckForm(Form):
    """Which keyed sheets agree with the paper: «sheet id:revision» of each."""

    sheets = SelectMultipleField(_l("Sheets"))

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__()
        self.sheets.choices = [(choice, choice) for choice in choices]


class DrawForm(Form):
    """The order that a draw gave: a place for each application of the group (`place_<application>`)."""

    group = HiddenField()
    drawn_on = DayField(_l("Drawn on"), [_given()])
    drawn_by = StringField(_l("Who drew"), [Length(max=60)])
    witness = StringField(_l("Witness of the draw"), [_given(), Length(max=60)])
    scan = FileField(_l("Scan of the signed list"))
    reason = StringField(_l("Reason"), [_given(), Length(max=200)])

    @property
    def order(self) -> list[int]:
        """The applications' ids from the first drawn to the last."""
        places = {
            int(name.removeprefix("place_")): field.data
            for name, field in self._fields.items()
            if name.startswith("place_")
        }
        return sorted(places, key=lambda key: places[key])

    @property
    def places(self) -> list[int]:
        return [field.data for name, field in self._fields.items() if name.startswith("place_")]

    @classmethod
    def made(cls, group: Mapping[int, str], **given: Any) -> Any:
        """The form for a group of applications (id → name)."""
        fields: dict[str, Any] = {
            f"place_{key}": CountField(gettext("Place of %(application)s", application=name), [_given()])
            for key, name in group.items()
        }
        return type("MadeDrawForm", (cls,), fields)(**given)


class LotsForm(DrawForm):
    """A running order that was drawn by hand; the first draw of a round needs no reason."""

    drawn_by = StringField(_l("Who drew"), [_given(), Length(max=60)])
    reason = StringField(_l("Reason for drawing anew"), [Length(max=200)])


class JottingForm(Form):
    """What an expert notes for themselves."""

    own_note = TextAreaField(_l("My note"), [Length(max=2000)])
