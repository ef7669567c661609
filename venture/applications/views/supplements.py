"""What changes in an open round: corrections of its settings, and the supplements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _

from venture import clock, money, web
from venture.applications import actions, parts, queries
from venture.applications.views.shared import bp
from venture.roles import fresh, may
from venture.rounds import defaults, forms
from venture.rounds import queries as rounds
from venture.rounds.access import PLANNERS
from venture.rounds.models import Round
from venture.rounds.questions import ATTRIBUTES
from venture.words import N_

SETTINGS = {
    setting.name: setting for setting in (*defaults.SETTINGS, defaults.RULE, defaults.PAPER, defaults.GOAL)
}
LABELS = {attribute.name: attribute.label for attribute in ATTRIBUTES}


@bp.app_template_global()
def changed_words(changes: Sequence[Sequence[Any]], asks: str = "") -> list[tuple[str, str, str]]:
    """The changes of a supplement in words: what, before, after; `asks` is the kind of the question, if it is one."""
    if asks:
        return [
            (_(LABELS[what]), _of_question(old, what, asks), _of_question(new, what, asks))
            for what, old, new in changes
        ]
    return [
        (_(SETTINGS[what].label), _of_setting(old, what), _of_setting(new, what))
        for what, old, new in changes
    ]


def _of_question(value: Any, what: str, asks: str) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value in (None, "", []):
        return "—"
    if what in ("least", "most"):
        return money.text(value) if asks == "money" else parts.show(parts.Kind.QUANTITY, value)
    return str(_(", ")).join(value) if isinstance(value, list) else str(value)


def _of_setting(value: str, what: str) -> str:
    kind = SETTINGS[what].kind
    if kind == "limit":
        return clock.limit_text(datetime.fromisoformat(value))
    if kind == "moment":
        return clock.beijing(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M:%S")
    if kind == "days":
        return str(_("%(count)s working days", count=value))
    if kind == "word" and what in forms.LISTS:
        return str(_(forms.LISTS[what](value).label))
    return web.marks(int(value)) if kind == "marks" else value


@bp.app_template_global()
def supplements_of(round: Round) -> list[tuple[Any, list[tuple[str, str, str]]]]:
    """The supplements of a round, newest first, each with its changes in words."""
    kinds = {row.code: row.kind.value for row in round.questions}
    return [
        (each, changed_words(each.changes, kinds.get(each.question or "", "")))
        for each in rounds.supplements(round)
    ]


@bp.app_template_global()
def questions_asked(round: Round) -> list[tuple[Any, Any]]:
    """The round's own questions, each with its field of the form."""
    own = queries.own_questions(round)
    return list(zip(own, parts.own(own), strict=True))


# --- corrections ---

CONSEQUENCES = {
    "pass_line": N_(
        "Rankings are computed with the new pass line; lists already decided keep the one they were made with."
    ),
    "quorum": N_("Projects with fewer score sheets wait; rankings are computed anew."),
    "panel_size": N_("Assignments made already stay; the number of sheets expected changes."),
    "blindness": N_(
        "Experts see the applicants accordingly from now on; once the review has begun it stays as it is."
    ),
    "marks_seen": N_("Once the review has begun it stays as it is."),
    "marks_seen_spoken": N_("Once the review has begun it stays as it is."),
    "awards_each": N_("Lists made from now on follow it; lists already decided stay."),
    "notice_days": N_(
        "Notices posted from now on run so long; those already posted keep their printed days."
    ),
    "correction_days": N_("Applications sent back from now on have so long."),
    "files_most": N_("All who write an application may attach so many from now on."),
    "files_mb": N_("All who write an application may attach so much from now on."),
    "paper": N_("Files of this kind may be so large from now on."),
    "rule": N_("Only its wording changes; what it asks for and what was found under it stays."),
    "months": N_("It is printed in the call; periods already handed in stay."),
    "name": N_("Pages and sheets made from now on carry it; frozen versions keep the old one."),
    "issuer": N_("The published call keeps what it says; a supplement carries the new text."),
    "contact": N_("The published call keeps what it says; a supplement carries the new text."),
    "clauses": N_("The published call keeps what it says; a supplement carries the new text."),
    "goal": N_("It is compared with what was reached at the end of the round; both targets stay readable."),
    "actual": N_("It stands beside the target. Name the record that the figure comes from as the reason."),
    **dict.fromkeys(
        ("agreement_pattern", "agreement_operator", "agreement_clauses"),
        N_("Agreements drawn up from now on follow it; those already drawn up stay as they are."),
    ),
}
"""What depends on a setting, told before it is corrected."""


@bp.get("/rounds/<int:year>/correct")
@may(*PLANNERS)
def correct(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    name = request.args.get("field", "")
    found = rounds.correctable(round).get(name)
    form = forms.correction_form(found.setting)(value=found.value) if found else None
    return _correct(round, name, form)


def _correct(round: Round, name: str, form: Any) -> Any:
    every = rounds.correctable(round)
    return web.page(
        "applications/correct.html", form, round=round, name=name, every=every, consequences=CONSEQUENCES
    )


@bp.post("/rounds/<int:year>/correct")
@fresh
@may(*PLANNERS)
def correct_post(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    name = request.args.get("field", "")
    form = forms.correction_form(web.or_404(rounds.correctable(round).get(name)).setting)()
    given = {"round": round, "field": name, "value": form.value.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.correct, by=web.me(), at=clock.now(), **given):
        return web.see("rounds.one", _("The setting was corrected; both values are kept."), year=year)
    return _correct(round, name, form)
