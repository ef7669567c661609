"""Forms of the stage `budget`: single acts, and forms over the rows of a list («decided-12», «reason-12»)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from venture import clock, money
from venture.budget.models import InvoiceKind, Notice, Objection, OutcomeKind, Remedy
from venture.budget.queries import SourceBalance
from venture.budget.whatif import Objective, Terms
from venture.fields import CountField, DayField, HundredthsField, MoneyField
from venture.people.forms import AccountForm, PaperFields, ReasonForm, number_or_none, words
from venture.refusal import Blocker, Refused
from venture.rounds.models import FitRule, Round, Theme
from venture.web import Form

CHANGES = 4
"""Rows of an amendment."""


class Rows(Form):
    """A form over a list: reads the rows' own fields and remembers which of them could not be read."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.wrong: list[Blocker] = []

    def typed(self, name: str, offered: str = "") -> str:
        """What was typed into a row's field; what the page offers while nothing was sent."""
        return (request.form.get(name, offered) if self.is_submitted() else offered).strip()

    def ticked(self, name: str) -> set[int]:
        """The rows that were ticked, by id."""
        return {int(value) for value in request.form.getlist(name) if value.isdigit()}

    def is_ticked(self, name: str, value: int) -> bool:
        """Whether the page shows the row ticked: all are, until the person says otherwise."""
        return not self.is_submitted() or value in self.ticked(name)

    def fen(self, name: str, **facts: Any) -> int:
        """The sum typed into a row; an unreadable one is remembered as budget.not_an_amount."""
        try:
            return money.parse(self.typed(name))
        except money.Malformed:
            self.wrong.append(Blocker("budget.not_an_amount", name, {**facts, "typed": self.typed(name)}))
            return 0

    def day(self, name: str, offered: str = "", **facts: Any) -> date:
        """The day typed into a row; an unreadable one is remembered as budget.not_a_day."""
        try:
            return clock.parse_day(self.typed(name) or offered)
        except clock.Malformed:
            self.wrong.append(Blocker("budget.not_a_day", name, {**facts, "typed": self.typed(name)}))
            return date.min

    def readable(self) -> bool:
        """Whether the form came whole and every row could be read; else the reasons hang on the form."""
        if not self.validate_on_submit():
            return False
        if self.wrong:
            self.refusal = Refused.all(self.wrong)
        return not self.wrong


class ApprovalForm(Form):
    """The meeting that approved a list."""

    held_on = DayField(_l("Day of the meeting"), [InputRequired()])
    minutes_no = StringField(_l("Number of the minutes"), [InputRequired(), Length(max=100)])
    scan = FileField(_l("Scan of the minutes"), [Optional()])


class PaperApprovalForm(PaperFields, Form):
    """An approval signed on paper, with the meeting."""

    held_on = DayField(_l("Day of the meeting"), [InputRequired()])
    minutes_no = StringField(_l("Number of the minutes"), [InputRequired(), Length(max=100)])


class PublishForm(Form):
    """When a notice begins."""

    starts_on = DayField(_l("First day of the notice"), [InputRequired()])


class ExtendForm(ReasonForm):
    """A later last day of a notice."""

    ends_on = DayField(_l("Last day of the notice"), [InputRequired()])


class MergeForm(ReasonForm):
    """How it is known that two records are one organization, or are not."""


class ObjectionForm(Form):
    """What anyone says against a notice."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    place = SelectField(_l("What you object to"), coerce=number_or_none, choices=[])
    name = StringField(_l("Your name"), [InputRequired(), Length(max=50)])
    contact = StringField(_l("How to reach you"), [InputRequired(), Length(max=100)])
    text = TextAreaField(_l("What you object to and why"), [InputRequired(), Length(max=2000)])

    def offer(self, notice: Notice, whole: str) -> "ObjectionForm":
        """Set what can be objected to: each project of the list, or the whole of it (`whole` in words)."""
        self.place.choices = [("", whole)] + [
            (row["place"], f"{row['place']} {row['title']}") for row in notice.content["rows"]
        ]
        return self


class AnswerForm(Form):
    """The bureau's answer to an objection."""

    upheld = RadioField(_l("Decision on the objection"), [InputRequired()], choices=[])
    line = SelectField(_l("Project concerned"), coerce=number_or_none, choices=[], validators=[Optional()])
    answer = TextAreaField(_l("Answer with reasons"), [InputRequired(), Length(max=2000)])

    def offer(self, objection: Objection) -> "AnswerForm":
        """Set what can be answered; the project is asked for only where the objection names none."""
        self.upheld.choices = [
            (Remedy.CANCELLED.value, _("Upheld: the project is not awarded")),
            (Remedy.CORRECTED.value, _("Upheld: the marks are corrected, the project stays")),
            ("no", _("Not upheld")),
        ]
        if objection.application is not None:
            del self.line
        else:
            lines = [line for line in objection.notice.decision.lines if line.decided]
            self.line.choices = [
                ("", _("No project")),
                *((line.id, line.application.title) for line in lines),
            ]
        return self


class PostingForm(Form):
    """Where a notice stood besides here, from which day, with a picture."""

    what = SelectField(_l("What was posted"), coerce=number_or_none, choices=[], validators=[Optional()])
    address = StringField(_l("Address of the page, or the place"), [InputRequired(), Length(max=500)])
    posted_on = DayField(_l("Posted on"), [InputRequired()])
    scan = FileField(_l("Screenshot or photo"), [Optional()])

    def offer(self, notice: Notice) -> "PostingForm":
        """Set what may have been posted: the notice, or one of its outcomes."""
        self.what.choices = [("", _("The notice"))] + [
            (each.number, f"{_(each.kind.label)} {each.number}") for each in notice.outcomes
        ]
        return self


class OutcomeForm(Form):
    """What is published after a notice."""

    kind = RadioField(_l("Kind of announcement"), [InputRequired()], choices=[])
    note = TextAreaField(_l("What it says besides"), [Optional(), Length(max=2000)])

    def offer(self) -> "OutcomeForm":
        """Set the kinds."""
        self.kind.choices = [(each.value, _(each.label)) for each in OutcomeKind]
        return self


class LowerForm(ReasonForm):
    """What the agreement gives, where it is less than was approved."""

    amount = MoneyField(_l("Contracted amount"), [InputRequired()], least=1)


class AgreementForm(ReasonForm):
    """An agreement's number and signing day set right."""

    number = StringField(_l("Agreement number"), [InputRequired(), Length(max=100)])
    signed_on = DayField(_l("Signing day"), [InputRequired()])


class AmendmentForm(ReasonForm):
    """What an amendment changes: who signs, and rows of what, before and after («what-1», «before-1», «after-1»)."""

    signatory = StringField(_l("Signs for the organization from now on"), [Optional(), Length(max=50)])
    effective_on = DayField(_l("In effect from"), [InputRequired()])

    def typed(self, name: str) -> str:
        """What was typed into a row's field."""
        return request.form.get(name, "").strip()

    def changes(self) -> list[tuple[str, ...]]:
        """Its rows, also those that say nothing."""
        return [
            tuple(self.typed(f"{name}-{place}") for name in ("what", "before", "after"))
            for place in range(1, CHANGES + 1)
        ]


class ConditionForm(Rows):
    """That a condition is met, for the ticked rows: day and evidence."""

    on = DayField(_l("Day it was met"), [InputRequired()])
    note = StringField(_l("Evidence"), [InputRequired(), Length(max=200)])


class BatchForm(Rows):
    """The rows to request as one batch; `key` makes a second press the same batch."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    source = SelectField(_l("Draws on"), coerce=number_or_none, choices=[])

    def offer(self, sources: Sequence[SourceBalance]) -> None:
        """Set the sources to choose from; none chosen means that each payment draws on the first that will do."""
        self.source.choices = [
            ("", _("the source that expires first and has enough")),
            *(
                (
                    each.source.id,
                    _(
                        "%(document)s, left %(left)s yuan",
                        document=each.source.document_no,
                        left=money.text(each.left),
                    ),
                )
                for each in sources
            ),
        ]


class PaidForm(Rows):
    """One voucher number and day for all rows; a row may have its own."""

    voucher_no = StringField(_l("Voucher number for all rows"), [Optional(), Length(max=100)])
    paid_on = StringField(_l("Day of payment for all rows"), [Optional(), Length(max=20)])


class PaperReleaseForm(PaperFields, Form):
    """A release signed on paper."""


class InvoiceForm(Form):
    """A receipt or invoice for an instalment."""

    kind = SelectField(_l("Kind of paper"), [InputRequired()], coerce=InvoiceKind, choices=[])
    number = StringField(_l("Number on it"), [InputRequired(), Length(max=60)])
    issued_on = DayField(_l("Day on it"), [InputRequired()])
    amount = MoneyField(_l("Amount on it"), [InputRequired()])
    scan = FileField(_l("Scan or photo"), [Optional()])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind.choices = [(each.value, _(each.label)) for each in InvoiceKind]


class AccountChangeForm(AccountForm):
    """Another payee account, with the bank's proof."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])
    scan = FileField(_l("The bank's proof"), [Optional()])


class ClaimForm(ReasonForm):
    """A sum claimed back; `key` makes a second press the same claim."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    amount = MoneyField(_l("Amount to be paid back"), [InputRequired()])
    due_on = DayField(_l("To be paid back by"), [InputRequired()])


class RefundForm(Form):
    """Money that came back; `key` makes a second press the same receipt."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    amount = MoneyField(_l("Amount that came back"), [InputRequired()])
    received_on = DayField(_l("Day it came"), [InputRequired()])
    voucher_no = StringField(_l("Voucher number"), [InputRequired(), Length(max=100)])


class ResultsForm(Form):
    """The treasury's list as it came back."""

    workbook = FileField(_l("The treasury's Excel file"), [Optional()])


class ColumnsForm(Rows):
    """The columns of the treasury's list, each row its heading, what it holds and a fixed text."""


class VoucherForm(ReasonForm):
    """A voucher number and day set right."""

    voucher_no = StringField(_l("Voucher number"), [InputRequired(), Length(max=100)])
    paid_on = DayField(_l("Day of payment"), [InputRequired()])


class TrialForm(Form):
    """What a trial calculation is made with; the fields of the themes are added by `trial_form`."""

    class Meta(Form.Meta):
        """It changes nothing and comes with the address."""

        csrf = False

    pass_line = HundredthsField(_l("Pass line"), [InputRequired()])
    rule = SelectField(_l("When a project no longer fits the earmark"), coerce=FitRule, choices=[])
    viable = CountField(
        _l("A partial award is made from this share of what was requested"),
        [Optional(), NumberRange(min=1, max=100, message=_l("A share lies between 1 and 100 percent."))],
    )
    objective = SelectField(_l("What the best choice makes largest"), coerce=Objective, choices=[])
    source = SelectField(_l("From theme"), choices=[])
    target = SelectField(_l("To theme"), choices=[])
    step = MoneyField(_l("Moved in steps of"), [InputRequired()], least=1)

    themes: Sequence[Theme] = ()
    asked = False

    def rows(self) -> list[tuple[Any, Any]]:
        """Two fields a theme: what it has, and what it gets at least."""
        return [(self[f"amount_{theme.id}"], self[f"least_{theme.id}"]) for theme in self.themes]

    def terms(self, now: Terms) -> Terms:
        """The round's terms with what was typed."""
        typed: Any = self  # fields hold values of their own type
        return replace(
            now,
            ceilings={theme.code: self[f"amount_{theme.id}"].data for theme in self.themes},
            floors={theme.code: self[f"least_{theme.id}"].data or 0 for theme in self.themes},
            rule=typed.rule.data.value,
            pass_line=typed.pass_line.data,
            viable=typed.viable.data,
        )


def trial_form(round: Round) -> TrialForm:
    """The form of a round's trial: as its settings say, until something else is asked for in the address."""
    themes = list(round.themes)
    fields: dict[str, Any] = {"themes": themes}
    for theme in themes:
        label = _("Amount for %(theme)s", theme=theme.name)
        fields[f"amount_{theme.id}"] = MoneyField(label, [InputRequired()])
        fields[f"least_{theme.id}"] = MoneyField(_("At least for %(theme)s", theme=theme.name), [Optional()])
    settings = {f"amount_{theme.id}": theme.earmark for theme in themes} | {
        "pass_line": round.pass_line,
        "rule": round.fit_rule,
        "viable": round.viable_share,
        "objective": Objective.SCORE,
        "source": themes[-1].code if themes else "",
        "target": themes[0].code if themes else "",
        "step": 5_000_000,
    }
    asked = "rule" in request.args
    form: TrialForm = type("Made", (TrialForm,), fields)(request.args if asked else None, data=settings)
    form.asked = asked
    form.rule.choices, form.objective.choices = words(FitRule), words(Objective)
    form.source.choices = form.target.choices = [(theme.code, theme.name) for theme in themes]
    return form
