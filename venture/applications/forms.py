"""Forms of the stage `applications`: what came in a post, as fields of the form; the few plain forms."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.parts import Field, Kind, Part, Raw, Row
from venture.fields import DayField, MomentField
from venture.web import Form

Posted = MultiDict[str, str]
MOST_ROWS = 200


class StartForm(Form):
    """Which round, organization and theme a new application is for."""

    round = SelectField(_l("Round"), coerce=int)
    organization = SelectField(_l("Organization"), coerce=int)
    theme = SelectField(_l("Theme"), [Optional()])

    def offer(self, rounds: Sequence[Any], organizations: Sequence[Any]) -> "StartForm":
        """Fill the choices; themes carry their round's year."""
        self.round.choices = [(each.id, each.name) for each in rounds]
        self.organization.choices = [(each.id, each.name) for each in organizations]
        self.theme.choices = [("", _("Decide later"))] + [
            (str(theme.id), f"{each.year} · {theme.name}") for each in rounds for theme in each.themes
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

    organization = SelectField(_l("For whom"), [Optional()])
    until = MomentField(_l("Applications until"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])

    def offer(self, organizations: Sequence[Any]) -> "MoreTimeForm":
        """Set the organizations to choose from."""
        named = [(str(each.id), f"{each.name} · {each.credit_code}") for each in organizations]
        self.organization.choices = [("", _("All organizations")), *named]
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
