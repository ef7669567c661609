"""Forms of the stage `applications`: what came in a post, as fields of the form; the few plain forms."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from venture import files
from venture.applications import parts
from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.likeness import Verdict
from venture.applications.parts import MOST_ROWS, Field, Kind, Part, Raw, Row
from venture.fields import CountField, DayField, LimitField
from venture.people.forms import words
from venture.rounds import questions
from venture.rounds.questions import Question, QuestionKind
from venture.web import Form

Posted = MultiDict[str, str]


def announced(posted: Posted) -> tuple[str, int, str] | None:
    """Name, size in bytes and SHA-256 of a file that is to come in pieces; None when they are not said."""
    size, sha256 = posted.get("size", -1, int), posted.get("sha256", "")
    if not 0 <= size < 1 << 40 or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return None
    return files.clean_name(posted.get("name", "")), size, sha256


class StartForm(Form):
    """Which round, organization and theme a new application is for, and from which one it takes over."""

    round = SelectField(_l("Round"), coerce=int)
    organization = SelectField(_l("Organization"), coerce=int)
    theme = SelectField(_l("Theme"), [Optional()])
    earlier = SelectField(_l("Take over from an earlier application"), [Optional()])

    def offer(
        self, rounds: Sequence[Any], organizations: Sequence[Any], earlier: Sequence[Any]
    ) -> "StartForm":
        """Fill the choices; themes carry their round's year."""
        self.round.choices = [(each.id, each.name) for each in rounds]
        self.organization.choices = [(each.id, each.name) for each in organizations]
        self.theme.choices = [("", _("Decide later"))] + [
            (str(theme.id), f"{each.year} · {theme.name}") for each in rounds for theme in each.themes
        ]
        self.earlier.choices = [("", _("Nothing more"))] + [
            (
                str(each.id),
                f"{each.round.year} · {each.title or _('without a title')} · {each.organization.name}",
            )
            for each in earlier
        ]
        return self


class EnterForm(Form):
    """Whose paper application staff enter: the organization and the person of it who signed."""

    organization = SelectField(_l("Organization"), coerce=int)
    signer = SelectField(_l("Signed by"), coerce=int)

    def offer(self, organizations: Sequence[Any], signers: Sequence[Any]) -> "EnterForm":
        self.organization.choices = [(each.id, each.name) for each in organizations]
        self.signer.choices = [(each.id, each.name) for each in signers]
        return self


class SubmitForm(Form):
    """The press of the button, made with the page: its key and the revision that the page showed."""

    key = HiddenField(validators=[InputRequired(), Length(max=100)])
    version = IntegerField(validators=[InputRequired()])


class VerifyForm(Form):
    """A code as it stands on a receipt or in the foot of a printed form."""

    code = StringField(_l("Receipt code"), [InputRequired(), Length(max=100)])


class ResultForm(Form):
    """更正 of an eligibility result."""

    to = SelectField(_l("Right result"))
    rule = SelectField(_l("Rule not fulfilled"), [Optional()])
    reason = TextAreaField(_l("Reason for the correction"), [InputRequired(), Length(max=500)])

    def offer(self, application: Any) -> "ResultForm":
        states = (State.ELIGIBLE, State.INELIGIBLE, State.SUBMITTED)
        labels = {State.SUBMITTED: _l("Undecided: check again")}
        self.to.choices = [
            (each.value, labels.get(each, _(each.label))) for each in states if each is not application.state
        ]
        self.rule.choices = [("", _("No rule"))] + [
            (rule.code, rule.text) for rule in application.round.rules
        ]
        return self


class TermForm(Form):
    """Another last day for completing what was sent back."""

    last = DayField(_l("Last day for completing"), [InputRequired()])
    reason = TextAreaField(_l("Reason for the correction"), [InputRequired(), Length(max=500)])


class VerdictForm(Form):
    """What was found on looking at proposals that are alike."""

    verdict = SelectField(
        _l("Found on looking"), choices=lambda: [(each.value, _(each.label)) for each in Verdict]
    )
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])


# --- the form of an application ---


def typed(part: Part, posted: Posted) -> dict[str, Raw]:
    """Every field of the part that came in a post of the whole page."""
    found = {field.key: _typed(field, posted) for field in part.fields}
    return {key: raw for key, raw in found.items() if raw is not None}


def chosen(typed: dict[str, Raw], posted: Posted) -> dict[str, Raw]:
    """What was typed, without the fields for which the person chose the text that is on record."""
    return {key: raw for key, raw in typed.items() if posted.get(f"choose-{key}") != "record"}


def _typed(field: Field, posted: Posted) -> Raw | None:
    shown = f"{field.key}-shown" in posted  # a box without a tick and a table without rows send nothing
    if field.kind is Kind.TABLE:
        rows = [row for row in _rows(field, posted) if any(value.strip() for value in row.values())]
        return rows if rows or shown else None
    if field.kind is Kind.MANY:
        return posted.getlist(field.key) if shown or field.key in posted else None
    return posted.get(field.key, "" if shown else None)


def _rows(field: Field, posted: Posted) -> list[Row]:
    cells: dict[int, Row] = {}
    for name in posted:
        if place := _cell(field, name):
            cells.setdefault(place[0], {})[place[1]] = posted[name]
    return [cells[place] for place in sorted(cells)]


def _cell(field: Field, name: str) -> tuple[int, str] | None:
    found = re.fullmatch(re.escape(field.key) + r"-([0-9]{1,4})-(\w+)", name, re.ASCII)
    if found is None or int(found[1]) >= MOST_ROWS:
        return None
    return int(found[1]), found[2]


def changes(part: Part, posted: Posted) -> dict[str, Raw | Callable[[Raw], Raw]]:
    """The fields of the part that an autosave names; for a table, the change of its single cells."""
    names = set(posted.getlist("changed"))
    found: dict[str, Raw | Callable[[Raw], Raw]] = {}
    for field in part.fields:
        if field.kind is Kind.TABLE:
            cells = [(place, posted.get(name, "")) for name in names if (place := _cell(field, name))]
            if cells:
                found[field.key] = _with_cells(cells)
        elif field.key in names:
            found[field.key] = (
                posted.getlist(field.key) if field.kind is Kind.MANY else posted.get(field.key, "")
            )
    return found


def _with_cells(cells: Sequence[tuple[tuple[int, str], str]]) -> Callable[[Raw], Raw]:
    def put(raw: Raw) -> Raw:
        rows: list[Row] = [dict(row) for row in raw if isinstance(row, dict)]
        for (place, column), text in cells:
            rows += [{} for _gap in range(len(rows), place + 1)]
            rows[place][column] = text
        return list(rows)

    return put


# --- the eligibility desk ---


def results(posted: Posted, ids: Sequence[int], rules: Sequence[str]) -> list[tuple[int, str, Result, str]]:
    """What was found by hand: (application, rule, result, evidence), a row's own entry before the one for all.

    An entry for all (`all-RULE-result`) goes to the rows that ask for it by `open-ID-RULE`.
    """
    found = []
    for id in ids:
        for rule in rules:
            result = posted.get(f"check-{id}-{rule}-result", "")
            evidence = posted.get(f"check-{id}-{rule}-evidence", "")
            if not result and f"open-{id}-{rule}" in posted:
                result = posted.get(f"all-{rule}-result", "")
                evidence = evidence or posted.get(f"all-{rule}-evidence", "")
            if result in set(Result):
                found.append((id, rule, Result(result), evidence))
    return found


def rulings(posted: Posted, ids: Sequence[int], outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of the desk that are to be decided, as keyword arguments of a ruling."""
    return [
        {
            "id": id,
            "outcome": posted[f"outcome-{id}"],
            "version": _number(posted.get(f"version-{id}", "")) or 0,
            "rule": posted.get(f"rule-{id}", ""),
            "reason": posted.get(f"reason-{id}", ""),
            "days": _number(posted.get(f"days-{id}", "")),
        }
        for id in ids
        if posted.get(f"outcome-{id}") in outcomes
    ]


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text.strip(), re.ASCII) else None


class MoreTimeForm(Form):
    """A later closing, for one organization or for all."""

    organization = SelectField(_l("Whom it concerns"), [Optional()])
    until = LimitField(_l("Applications until"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    def offer(self, organizations: Sequence[Any]) -> "MoreTimeForm":
        """Set the organizations to choose from."""
        named = [(str(each.id), f"{each.name} · {each.credit_code}") for each in organizations]
        self.organization.choices = [("", _("All organizations")), *named]
        return self


class LatePapersForm(Form):
    """Which papers of one application may still come, until when, and why."""

    kinds = SelectMultipleField(_l("Papers that may still come"), coerce=int, choices=[])
    until = LimitField(_l("Taken until"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    def offer(self, kinds: Sequence[Any]) -> "LatePapersForm":
        """Set the kinds to choose from."""
        self.kinds.choices = [(kind.id, kind.name) for kind in kinds]
        return self


class ScopeForm(Form):
    """What an audit firm may see: whole rounds, and applications by number, one a line."""

    rounds = SelectMultipleField(_l("Whole rounds"), coerce=int, choices=[])
    numbers = TextAreaField(_l("Single applications, one number a line"), [Length(max=20000)])
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    def offer(self, rounds: Sequence[Any]) -> "ScopeForm":
        """Set the rounds to choose from."""
        self.rounds.choices = [(round.id, round.name) for round in rounds]
        return self

    @property
    def listed(self) -> list[str]:
        """The numbers that were typed, in their order."""
        return (self.numbers.data or "").split()


# --- a round's own questions ---


class WordingForm(Form):
    """What of a question may be worded and limited; of the limits only those of its kind count."""

    of_kind: QuestionKind
    title = StringField(_l("Title of the question"), [InputRequired(), Length(max=100)])
    hint = StringField(_l("Hint"), [Optional(), Length(max=200)])
    required = BooleanField(_l("Must be answered"))
    limit = CountField(
        _l("Most characters"),
        [Optional(), NumberRange(1, 5000, _l("A limit lies between 1 and 5,000 characters."))],
    )
    least = StringField(_l("Least"), [Optional(), Length(max=30)])
    most = StringField(_l("Most"), [Optional(), Length(max=30)])
    choices = TextAreaField(_l("Choices, one a line"), [Optional(), Length(max=2000)])

    def _bound(self, text: str | None) -> Any:
        """A bound as an answer of this kind is held; None where there is none."""
        field = parts.own([Question("", self.of_kind, "")])[0]
        ranged = field.kind in (Kind.QUANTITY, Kind.MONEY, Kind.DAY)
        return parts.read(field, text or "") if ranged else None

    def validate_least(self, field: Any) -> None:
        """A bound reads like an answer."""
        try:
            self._bound(field.data)
        except parts.Unreadable as wrong:
            raise ValidationError(
                _("Write it as an answer would be written: 30, 12,000.50 or 2018-05-20.")
            ) from wrong

    validate_most = validate_least

    def worded(self, old: Question) -> Question:
        """The question that `old` becomes; its choices keep their codes."""
        least, most = self._bound(self.least.data), self._bound(self.most.data)
        days = self.of_kind is QuestionKind.DAY
        texts = [line.strip() for line in (self.choices.data or "").splitlines() if line.strip()]
        limit: Any = self.limit.data or questions.USUAL_LIMITS.get(self.of_kind.value)
        return replace(
            old,
            kind=self.of_kind,
            title=(self.title.data or "").strip(),
            hint=(self.hint.data or "").strip(),
            required=bool(self.required.data),
            limit=limit if self.of_kind in questions.TEXTS else None,
            least=None if days else least,
            most=None if days else most,
            first_on=least if days else None,
            last_on=most if days else None,
            choices=questions.recoded(old.choices, texts) if self.of_kind in questions.CHOICES else (),
        )


class QuestionForm(WordingForm):
    """One own question of a round that is planned."""

    kind = SelectField(_l("What an answer is"), coerce=QuestionKind, choices=[])
    condition = SelectField(_l("Asked"), [Optional()], choices=[])

    def offer(self, round: Any, before: Sequence[Question]) -> "QuestionForm":
        """Set the kinds, and the conditions: a theme of the round, or a choice of a question `before`."""
        self.kind.choices = words(QuestionKind)
        self.condition.choices = [
            ("", _("always")),
            *((f"theme {theme.code}", _("only in «%(theme)s»", theme=theme.name)) for theme in round.themes),
            *(
                (
                    f"{each.code} {code}",
                    _("only if «%(title)s» is answered «%(choice)s»", title=each.title, choice=text),
                )
                for each in before
                for code, text in each.choices
            ),
        ]
        return self

    @property
    def of_kind(self) -> QuestionKind:  # type: ignore[override]  # here it is what was chosen
        return QuestionKind(self.kind.data or QuestionKind.TEXT)

    def question(self, old: Question | None = None) -> Question:
        """The question as typed; `old` is the one it changes."""
        subject, _blank, choice = (self.condition.data or "").partition(" ")
        theme = subject == "theme"
        return replace(
            self.worded(old or Question("", self.of_kind, "")),
            theme=choice if theme else "",
            after="" if theme else subject,
            answer="" if theme else choice,
        )


class AmendForm(WordingForm):
    """Another wording or wider limits of a question that is being answered, with the reason that is published."""

    reason = TextAreaField(_l("Reason, as it will be published"), [InputRequired(), Length(max=500)])

    def of(self, question: Question) -> "AmendForm":
        """Set the question that is amended."""
        self.of_kind = question.kind
        return self


def shown(question: Question) -> dict[str, Any]:
    """What the form of a question begins with."""
    least, most = parts.own([question])[0].bounds
    after = f"{question.after} {question.answer}" if question.after else ""
    return {
        "kind": question.kind,
        "title": question.title,
        "hint": question.hint,
        "required": question.required,
        "limit": question.limit,
        "least": least,
        "most": most,
        "choices": "\n".join(text for _code, text in question.choices),
        "condition": f"theme {question.theme}" if question.theme else after,
    }
