"""Forms of the stage `rounds`."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms import Form as Rows
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from venture.fields import CountField, DayField, HundredthsField, LimitField, MomentField, MoneyField
from venture.people.forms import PaperFields, ReasonForm, number_or_none, words
from venture.rounds.defaults import (
    RULE_SETTINGS,
    SETTINGS,
    CriterionLine,
    FieldLine,
    GoalLine,
    PaperLine,
    PlanLine,
    RuleLine,
    SetAsideLine,
    Setting,
    SourceLine,
)
from venture.rounds.models import (
    Aggregation,
    Blindness,
    Condition,
    Dropping,
    Due,
    FitRule,
    Leftover,
    MarksSeen,
    MoneyKind,
    Rounding,
    SetAsideKind,
    Theme,
    ThirdParty,
)
from venture.web import Form

TEXT = Length(max=200)
AT_LEAST_ONE = NumberRange(min=1, message=_l("This is at least 1."))
PART = NumberRange(min=1, max=100, message=_l("A share lies between 1 and 100 percent."))
PERCENT = NumberRange(min=0, max=100, message=_l("A share lies between 0 and 100 percent."))
ONE_RUN = Regexp(r"^[^#]*#+[^#]*$", message=_l("Write # once, or several in a row, where the number stands."))
USUAL_MB = PaperLine("", "").limit_mb
MOST_WEIGHT = 49
BLANKS = 2
"""Empty rows at the end of every list of rows; saving gives more."""


class WindowForm(Form):
    """What every new round needs to be told."""

    year = CountField(
        _l("Year"),
        [InputRequired(), NumberRange(min=2000, max=2100, message=_l("Write the year in four digits."))],
    )
    ordinal = CountField(_l("Ordinal of the round"), [InputRequired(), AT_LEAST_ONE])
    name = StringField(_l("Name of the round"), [InputRequired(), TEXT])
    opens_at = MomentField(_l("Applications from"), [InputRequired()])
    closes_at = LimitField(_l("Applications until"), [InputRequired()])


class NewRoundForm(WindowForm):
    """A new round, copied from an earlier one or from scratch with a total."""

    source = SelectField(_l("Settings from"), coerce=number_or_none, choices=[])
    total = MoneyField(_l("Total of the round"), [Optional()], least=1)

    def offer(self, rounds: Iterable[Any]) -> None:
        """Set the rounds whose settings may be copied."""
        self.source.choices = [
            *((round.id, round.name) for round in rounds),
            ("", gettext("the usual values, without an earlier round")),
        ]


class SettingsForm(Form):
    """Everything about a round that is one value."""

    ordinal = CountField(_l("Ordinal of the round"), [InputRequired(), AT_LEAST_ONE])
    name = StringField(_l("Name of the round"), [InputRequired(), TEXT])
    total = MoneyField(_l("Total of the round"), [InputRequired()], least=1)
    opens_at = MomentField(_l("Applications from"), [InputRequired()])
    closes_at = LimitField(_l("Applications until"), [InputRequired()])
    months = CountField(_l("Months a project lasts"), [InputRequired(), AT_LEAST_ONE])
    applications_each = CountField(_l("Applications per organization"), [InputRequired(), AT_LEAST_ONE])
    awards_each = CountField(_l("Awards per organization"), [InputRequired(), AT_LEAST_ONE])
    grant_share = CountField(_l("Largest share of the grant in a project's budget"), [Optional(), PERCENT])
    management_cap = CountField(_l("Largest share of management fees in the grant"), [Optional(), PERCENT])
    staff_cap = CountField(_l("Largest share of staff costs in the grant"), [Optional(), PERCENT])
    files_most = CountField(
        _l("Files in one application"),
        [InputRequired(), NumberRange(min=1, max=500, message=_l("1 to 500 files."))],
    )
    files_mb = CountField(
        _l("Size of all files of one application, in MB"),
        [InputRequired(), NumberRange(min=1, max=5000, message=_l("1 to 5,000 MB."))],
    )
    wait_for_scan = BooleanField(_l("Wait for the virus scan"))
    correction_days = CountField(
        _l("Working days to complete what was sent back"), [InputRequired(), AT_LEAST_ONE]
    )
    panel_size = CountField(_l("Experts in the panel"), [InputRequired(), AT_LEAST_ONE])
    quorum = CountField(_l("Fewest score sheets for a score"), [InputRequired(), AT_LEAST_ONE])
    aggregation = SelectField(_l("Score of a project"), coerce=Aggregation, choices=[])
    trim_from = CountField(
        _l("Sheets from which extremes are dropped"),
        [InputRequired(), NumberRange(min=3, message=_l("Dropping two needs at least 3 sheets."))],
    )
    dropping = SelectField(_l("Where extremes are dropped"), coerce=Dropping, choices=[])
    rounding = SelectField(_l("Rounding of scores"), coerce=Rounding, choices=[])
    presentation_weight = CountField(
        _l("Weight of the presentation"),
        [
            InputRequired(),
            NumberRange(
                min=0,
                max=MOST_WEIGHT,
                message=_l("0 to 49 percent: the presentation weighs less than the papers."),
            ),
        ],
    )
    presenting_minutes = CountField(
        _l("Minutes to present a project"),
        [InputRequired(), NumberRange(min=1, max=60, message=_l("1 to 60 minutes."))],
    )
    answering_minutes = CountField(
        _l("Minutes to answer questions"),
        [InputRequired(), NumberRange(min=0, max=60, message=_l("0 to 60 minutes."))],
    )
    pass_line = HundredthsField(_l("Pass line"), [InputRequired()])
    blindness = SelectField(_l("Blind review"), coerce=Blindness, choices=[])
    marks_seen = SelectField(_l("Others' marks of the papers"), coerce=MarksSeen, choices=[])
    marks_seen_spoken = SelectField(_l("Others' marks of the presentation"), coerce=MarksSeen, choices=[])
    bonus_most = HundredthsField(
        _l("Most points that bonus items add"),
        [InputRequired(), NumberRange(min=0, max=2000, message=_l("0 to 20 points."))],
    )
    releases_comments = BooleanField(_l("Applicants read the experts' comments"))
    fit_rule = SelectField(_l("When a project no longer fits the earmark"), coerce=FitRule, choices=[])
    viable_share = CountField(
        _l("A partial award is made from this share of what was requested"), [Optional(), PART]
    )
    field_awards = CountField(_l("Most awards in one service field"), [Optional(), AT_LEAST_ONE])
    field_share = CountField(_l("Most of the round's total for one service field"), [Optional(), PART])
    leftover = SelectField(_l("What a theme does not award"), coerce=Leftover, choices=[])
    waiting_list = BooleanField(_l("A waiting list is kept"))
    notice_days = CountField(_l("Working days of the public notice"), [InputRequired(), AT_LEAST_ONE])
    notice_first_day_counts = BooleanField(_l("The first day of the notice counts"))
    transfer_percent = CountField(
        _l("Change of a budget head that needs no approval"),
        [InputRequired(), PERCENT],
    )
    record_days = CountField(
        _l("Working days to record an activity"),
        [InputRequired(), AT_LEAST_ONE, NumberRange(max=90, message=_l("At most 90 working days."))],
    )
    monthly_plan = BooleanField(_l("Projects send a plan for each month"))
    collects_needs = BooleanField(_l("Communities propose needs before the call"))
    topic_required = BooleanField(_l("Each application answers a topic of the call"))
    issuer = StringField(_l("Who signs the call"), [Optional(), TEXT], default="")
    contact = TextAreaField(_l("Contact printed in the call"), [Optional(), Length(max=500)], default="")
    clauses = TextAreaField(_l("Further clauses of the call"), [Optional(), Length(max=4000)], default="")
    asks_revision = BooleanField(_l("Plan and budget are revised to the approved amount"))
    agreement_pattern = StringField(
        _l("Pattern of agreement numbers"), [Optional(), TEXT, ONE_RUN], default=""
    )
    agreement_third = SelectField(
        _l("Third party of the agreements"), coerce=ThirdParty, choices=[], default=ThirdParty.NONE
    )
    agreement_operator = StringField(_l("Operator that signs the agreements"), [Optional(), TEXT], default="")
    agreement_clauses = TextAreaField(
        _l("Further clauses of the agreements"), [Optional(), Length(max=4000)], default=""
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for name, enum in LISTS.items():
            self[name].choices = words(enum)

    def values(self) -> dict[str, Any]:
        """The settings as the verb takes them."""
        return {
            name: self[name].data
            for name in ("ordinal", "name", "total", "opens_at", "closes_at", *RULE_SETTINGS)
        }


LISTS = {
    "aggregation": Aggregation,
    "dropping": Dropping,
    "rounding": Rounding,
    "blindness": Blindness,
    "marks_seen": MarksSeen,
    "marks_seen_spoken": MarksSeen,
    "fit_rule": FitRule,
    "leftover": Leftover,
    "agreement_third": ThirdParty,
}


LABELS = {setting.name: setting.label for setting in SETTINGS}


def correction_form(setting: Setting) -> Any:
    """A form that corrects one setting: its own field, and the reason."""

    class CorrectionForm(ReasonForm):
        """A new value with the reason for it."""

        value = _field_of(setting)

    return CorrectionForm


MOST = {"files_most": 500, "files_mb": 5000, "paper": 100, "presenting_minutes": 60, "answering_minutes": 60}


def _field_of(setting: Setting) -> Any:
    name, label = setting.name, gettext(setting.label)
    if name == "agreement_pattern":
        return StringField(label, [InputRequired(), TEXT, ONE_RUN])
    if name in ("name", "issuer", "rule", "agreement_operator"):
        return StringField(label, [InputRequired(), TEXT])
    if name in ("contact", "clauses", "agreement_clauses"):
        return TextAreaField(label, [InputRequired(), Length(max=4000)])
    if name in LISTS:
        return SelectField(label, coerce=LISTS[name], choices=words(LISTS[name]))
    if name == "pass_line":
        return HundredthsField(label, [InputRequired()])
    if name == "actual":
        return CountField(label, [InputRequired()])
    bounds = NumberRange(min=1, max=MOST[name]) if name in MOST else AT_LEAST_ONE
    return CountField(label, [InputRequired(), bounds])


class EarlyForm(Form):
    """A reason, which closing before the last moment needs."""

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=500)])


class ReopenForm(ReasonForm):
    """Until when a closed round takes applications again."""

    closes_at = LimitField(_l("Applications until"), [InputRequired()])


class ThemeForm(Form):
    """A theme's name, money and part of the form."""

    name = StringField(_l("Name of the theme"), [InputRequired(), TEXT])
    earmark = MoneyField(_l("Earmarked amount"), [InputRequired()])
    ceiling = MoneyField(_l("Most for one project"), [InputRequired()], least=1)
    consultation = BooleanField(_l("Asks for the deliberation part"))


class RowsForm(Form):
    """A list of rows with empty ones at its end; a row without its first text is left out."""

    key = "name"

    def fill(self, lines: Sequence[Any]) -> None:
        """Show these lines, with empty rows after them, instead of what was sent."""
        while self.rows.entries:
            self.rows.pop_entry()
        for line in [*lines, *[None] * BLANKS]:
            self.rows.append_entry(line._asdict() if line else None)

    def filled(self) -> list[Any]:
        """The rows that say something, in their order."""
        return [row.form for row in self.rows if str(row.form[self.key].data or "").strip()]

    def validate(self, *given: Any, **more: Any) -> bool:
        """Rows that say nothing are left out, and offered again after the check."""
        self.rows.entries = [row for row in self.rows.entries if str(row.form[self.key].data or "").strip()]
        good = bool(super().validate(*given, **more))
        for _ in range(BLANKS):
            self.rows.append_entry()
        return good


class PresentationRow(Rows):
    """One line of a score sheet for the presentation."""

    code = HiddenField()
    name = StringField(_l("Criterion"), [TEXT])
    max = HundredthsField(_l("Most points"), [InputRequired()])
    step = HundredthsField(_l("Step of points"), [InputRequired()])
    full = StringField(_l("Full marks"), [TEXT])
    half = StringField(_l("Half marks"), [TEXT])
    none = StringField(_l("No marks"), [TEXT])


class CriterionRow(PresentationRow):
    """One line of a score sheet for the papers: it may decide ties, or be a bonus."""

    tie_order = CountField(_l("Place among the tie-breakers"), [Optional()])
    bonus = BooleanField(_l("Bonus"))


class SheetForm(RowsForm):
    """A theme's score sheet for the papers."""

    rows: "FieldList[Any]" = FieldList(FormField(CriterionRow))

    def lines(self) -> list[CriterionLine]:
        """The lines as the verb takes them."""
        return [
            CriterionLine(
                row.code.data or "",
                row.name.data.strip(),
                row.max.data,
                row.step.data,
                row.full.data or "",
                row.half.data or "",
                row.none.data or "",
                row.tie_order.data if "tie_order" in row else None,
                "bonus" in row and row.bonus.data,
            )
            for row in self.filled()
        ]


class PresentationForm(SheetForm):
    """A theme's score sheet for the presentation."""

    rows = FieldList(FormField(PresentationRow))


class FieldRow(Rows):
    """One service field."""

    code = HiddenField()
    name = StringField(_l("Service field"), [TEXT])


class FieldsForm(RowsForm):
    """The service fields."""

    rows = FieldList(FormField(FieldRow))

    def lines(self) -> list[FieldLine]:
        """The lines as the verb takes them."""
        return [FieldLine(row.code.data or "", row.name.data.strip()) for row in self.filled()]


class SourceRow(Rows):
    """One source of money."""

    document_no = StringField(_l("Document number"), [TEXT])
    kind = SelectField(_l("Kind of money"), coerce=MoneyKind, choices=[])
    year = CountField(_l("Budget year"), [InputRequired()])
    amount = MoneyField(_l("Amount, yuan"), [InputRequired()], least=1)
    expires_on = DayField(_l("To be spent by the end of"), [Optional()])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind.choices = words(MoneyKind)


class SetAsideRow(Rows):
    """Money beside the grants."""

    kind = SelectField(_l("What for"), coerce=SetAsideKind, choices=[])
    amount = MoneyField(_l("Amount, yuan"), [Optional()], least=1)
    note = StringField(_l("Note"), [Optional(), TEXT])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind.choices = words(SetAsideKind)


class SetAsidesForm(RowsForm):
    """What the round keeps beside its grants."""

    key = "amount"
    rows = FieldList(FormField(SetAsideRow))

    def lines(self) -> list[SetAsideLine]:
        """The lines as the verb takes them."""
        return [
            SetAsideLine(row.kind.data, row.amount.data, (row.note.data or "").strip())
            for row in self.filled()
        ]


class GoalRow(Rows):
    """One goal of the round."""

    code = HiddenField()
    indicator = StringField(_l("Indicator"), [TEXT])
    target = CountField(_l("Target"), [InputRequired(), AT_LEAST_ONE])
    unit = StringField(_l("Unit"), [InputRequired(), Length(max=20)])


class GoalsForm(RowsForm):
    """What the round is to reach."""

    key = "indicator"
    rows = FieldList(FormField(GoalRow))

    def lines(self) -> list[GoalLine]:
        """The lines as the verb takes them."""
        return [
            GoalLine(row.code.data or "", row.indicator.data.strip(), row.unit.data.strip(), row.target.data)
            for row in self.filled()
        ]


class CarryOverForm(ReasonForm):
    """Until when what a source still has may be spent, by which document."""

    until = DayField(_l("To be spent by the end of"), [InputRequired()])
    document_no = StringField(_l("Document that allows it"), [InputRequired(), TEXT])


class SourcesForm(RowsForm):
    """Where the money comes from."""

    key = "document_no"
    rows = FieldList(FormField(SourceRow))

    def lines(self) -> list[SourceLine]:
        """The lines as the verb takes them."""
        return [
            SourceLine(
                row.document_no.data.strip(),
                row.kind.data,
                row.year.data,
                row.amount.data,
                row.expires_on.data,
            )
            for row in self.filled()
        ]


class PlanRow(Rows):
    """One instalment."""

    name = StringField(_l("Name of the instalment"), [TEXT])
    weight = CountField(_l("Share of the instalment"), [InputRequired(), AT_LEAST_ONE])
    condition = SelectField(_l("Condition of the instalment"), coerce=Condition, choices=[])
    due_days = CountField(_l("Working days until it is due"), [InputRequired()])
    invoice = BooleanField(_l("Needs a receipt or an invoice"))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.condition.choices = words(Condition)


class PlanForm(RowsForm):
    """The plan of instalments."""

    rows = FieldList(FormField(PlanRow))

    def lines(self) -> list[PlanLine]:
        """The lines as the verb takes them."""
        return [
            PlanLine(
                row.name.data.strip(),
                row.weight.data,
                row.condition.data,
                row.due_days.data,
                row.invoice.data,
            )
            for row in self.filled()
        ]


class PaperRow(Rows):
    """One kind of attachment."""

    code = HiddenField()
    name = StringField(_l("Attachment asked for"), [TEXT])
    required = BooleanField(_l("Required"))
    limit_mb = CountField(
        _l("Most MB for one file"),
        [Optional(), NumberRange(min=1, max=100, message=_l("A file may weigh 1 to 100 MB."))],
        default="20",
    )
    due = SelectField(_l("Due"), coerce=Due, choices=[], default=Due.SUBMIT)
    due_days = CountField(
        _l("Working days for handing it in"),
        [Optional(), NumberRange(max=60, message=_l("A paper is due within 60 working days."))],
    )
    coded = BooleanField(_l("Scan of a page with the code of the version"))
    shown_blind = BooleanField(_l("Shown in a blind review"))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.due.choices = words(Due)


class PapersForm(RowsForm):
    """The attachments asked for."""

    rows = FieldList(FormField(PaperRow))

    def lines(self) -> list[PaperLine]:
        """The lines as the verb takes them."""
        return [
            PaperLine(
                row.code.data or "",
                row.name.data.strip(),
                row.required.data,
                row.limit_mb.data or USUAL_MB,
                row.due.data,
                row.due_days.data or 0,
                row.coded.data,
                row.shown_blind.data,
            )
            for row in self.filled()
        ]


class RuleRow(Rows):
    """One rule of eligibility."""

    code = HiddenField()
    text = StringField(_l("Rule of eligibility"), [Length(max=300)])
    parameter = CountField(_l("Number in the rule"), [Optional()])


class RulesForm(RowsForm):
    """The rules of eligibility."""

    key = "text"
    rows = FieldList(FormField(RuleRow))

    def lines(self) -> list[RuleLine]:
        """The lines as the verb takes them."""
        return [
            RuleLine(row.code.data or "", row.parameter.data, row.text.data.strip()) for row in self.filled()
        ]


class MoveForm(Form):
    """How much money goes from which theme to which, and why."""

    source = SelectField(_l("From theme"), coerce=number_or_none, choices=[])
    target = SelectField(_l("To theme"), coerce=number_or_none, choices=[])
    amount = MoneyField(_l("Amount to move"), [InputRequired()], least=1)
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    def offer(self, themes: Sequence[Theme]) -> None:
        """Set the themes to choose from."""
        self.source.choices = self.target.choices = [(theme.id, theme.name) for theme in themes]


class MovePaperForm(PaperFields, Form):
    """The approval of a move, signed on paper."""

    move = HiddenField()


class WorkdayForm(Form):
    """A day that is worked, or free, against the published calendar."""

    day = DayField(_l("Day"), [InputRequired()])
    works = SelectField(_l("On this day"), choices=[])
    note = StringField(_l("Ground, for example the notice's number"), [Optional(), TEXT])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.works.choices = [("no", gettext("offices are closed")), ("yes", gettext("offices work"))]
