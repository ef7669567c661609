"""Forms of a project's end: reports, evaluation, audit and closure."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from venture import money
from venture.budget.forms import Rows
from venture.delivery.grading import Phase, Scheme
from venture.fields import CountField, DayField, HundredthsField
from venture.people.forms import ReasonForm
from venture.refusal import Blocker
from venture.web import Form


def marks_of(form: Rows, name: str) -> int | None:
    """The points typed into a field of a row, hundredths; nothing typed is None, not zero."""
    typed = form.typed(name)
    if not typed:
        return None
    try:
        return money.parse(typed)
    except money.Malformed:
        form.wrong.append(Blocker("delivery.not_points", name, {"typed": typed}))
        return None


class RuleForm(Form):
    """What a round asks at midterm and end."""

    midterm_due_on = DayField(_l("Midterm reports due on"), [Optional()])
    final_days = CountField(_l("Final reports due after the project's last day"), [InputRequired()])
    pass_line = HundredthsField(_l("Pass line"), [InputRequired()])
    scheme = SelectField(_l("Grades"), [InputRequired()], choices=[])
    bonus_most = HundredthsField(_l("Most bonus points"), [InputRequired()])
    objection_days = CountField(_l("Days to object to a result"), [InputRequired()])
    ban_years = CountField(_l("Usual ban after a failed evaluation"), [InputRequired()])

    def offer(self) -> "RuleForm":
        """Set the grades there are."""
        self.scheme.choices = [(each.value, _(each.label)) for each in Scheme]
        return self

    def values(self) -> dict[str, Any]:
        """The settings as the verb takes them."""
        return {
            "midterm_due_on": self.midterm_due_on.data,
            "final_days": self.final_days.data,
            "pass_line": self.pass_line.data,
            "scheme": Scheme(self.scheme.data),
            "bonus_most": self.bonus_most.data,
            "objection_days": self.objection_days.data,
            "ban_years": self.ban_years.data,
        }


class ReportForm(Rows):
    """The texts of a report; `seen` is the revision that the page showed, `key` makes a second press one version."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    seen = HiddenField(validators=[InputRequired(), Length(max=12)])
    done = TextAreaField(_l("What was done, against the plan"), [Optional(), Length(max=2000)])
    effect = TextAreaField(_l("What it changed, and how you know"), [Optional(), Length(max=2000)])
    problems = TextAreaField(_l("Difficulties, and how you met them"), [Optional(), Length(max=2000)])
    ahead = TextAreaField(_l("What comes next"), [Optional(), Length(max=2000)])
    lasting = TextAreaField(
        _l("What stays after the project, and what others can learn"), [Optional(), Length(max=2000)]
    )

    def of(self, phase: Phase, goals: int) -> "ReportForm":
        """Keep the texts of this phase; `goals` is how many goals are asked for."""
        self.goals = goals
        if phase is Phase.MIDTERM:
            del self.lasting
        else:
            del self.ahead
        return self

    def story(self) -> dict[str, Any]:
        """What was typed, as the verb takes it."""
        texts = {f.name: f.data or "" for f in self if isinstance(f, TextAreaField)}
        return {**texts, "goals": [self.typed(f"goal-{place}") for place in range(self.goals)]}

    @property
    def revision(self) -> int:
        """The revision that the page showed."""
        seen = self.seen.data or ""
        return int(seen) if seen.isascii() and seen.isdigit() else -1


class ConfirmForm(Rows):
    """The paper that says the results of the confirmed rows."""

    document_no = StringField(_l("Number of the paper that says the results"), [Optional(), Length(max=100)])


class ProposeForm(Rows):
    """A remark on all proposed results."""

    remark = StringField(_l("Remark for all rows"), [Optional(), Length(max=300)])


class SheetForm(Rows):
    """The sheet of one evaluator; points and penalties are rows of their own («progress», «penalty-0»)."""

    bonus_reason = StringField(_l("What the bonus is for"), [Optional(), Length(max=200)])
    remark = TextAreaField(_l("Remark"), [Optional(), Length(max=1000)])


class ResultObjectionForm(Form):
    """What the organization objects to, and why."""

    text = TextAreaField(_l("What you object to and why"), [InputRequired(), Length(max=2000)])


class ResultAnswerForm(Form):
    """The answer to an objection against a result."""

    upheld = RadioField(_l("Decision on the objection"), [InputRequired()], choices=[])
    answer = TextAreaField(_l("Answer with reasons"), [InputRequired(), Length(max=2000)])

    def offer(self) -> "ResultAnswerForm":
        """Set what can be decided."""
        self.upheld.choices = [
            ("yes", _("Upheld: the project is evaluated again")),
            ("no", _("Not upheld: the result stands")),
        ]
        return self


class BarForm(ReasonForm):
    """For how many years an organization is barred from applying, and why."""

    years = CountField(_l("Years"), [InputRequired()])


class AuditForm(Rows):
    """The audit's report; its lines are rows («claimed-0», «accepted-0», «reason-0»)."""

    firm = StringField(_l("Audit firm"), [InputRequired(), Length(max=100)])
    report_no = StringField(_l("Number of the audit report"), [InputRequired(), Length(max=100)])
    reported_on = DayField(_l("Day of the audit report"), [InputRequired()])
    scan = FileField(_l("Scan of the audit report"), [Optional()])


class CloseForm(Rows):
    """By when money that was paid too much comes back."""

    return_by = DayField(_l("Last day for money that comes back"), [Optional()])
