"""A planned round's settings, part by part."""

from typing import Any, NamedTuple

import flask
from flask_babel import gettext as _

from venture import money, web
from venture.roles import may
from venture.rounds import access, actions, defaults, forms, queries
from venture.rounds.models import Phase, Round
from venture.rounds.views.shared import act, bp, round_or_404
from venture.words import N_


@bp.get("/rounds/<int:year>/settings")
@may(*access.PLANNERS)
def edit_settings(year: int) -> Any:
    round = round_or_404(year)
    return web.page("rounds/edit_settings.html", forms.SettingsForm(obj=round), round=round)


@bp.post("/rounds/<int:year>/settings")
@may(*access.PLANNERS)
def save_settings(year: int) -> Any:
    round, form = round_or_404(year), forms.SettingsForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.save_settings, round=round, values=form.values(), scanner=web.scans(), **act()
    ):
        return web.see("rounds.one", _("The settings were saved."), year=year)
    return web.page("rounds/edit_settings.html", form, round=round)


@bp.get("/rounds/<int:year>/themes/new")
@may(*access.PLANNERS)
def new_theme(year: int) -> Any:
    round = round_or_404(year)
    form = forms.ThemeForm(earmark=round.total - round.allotted, ceiling=defaults.USUAL_CEILING)
    return web.page("rounds/edit_theme.html", form, round=round, theme=None)


@bp.post("/rounds/<int:year>/themes/new")
@may(*access.PLANNERS)
def add_theme(year: int) -> Any:
    round, form = round_or_404(year), forms.ThemeForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.add_theme, round=round, **_theme_values(form), **act()
    ):
        return web.see("rounds.one", _("The theme was added, with the usual score sheet."), year=year)
    return web.page("rounds/edit_theme.html", form, round=round, theme=None)


def _theme_values(form: Any) -> dict[str, Any]:
    return {name: form[name].data for name in ("name", "earmark", "ceiling", "consultation")}


def _theme(round: Round, id: int) -> Any:
    return web.or_404(next((theme for theme in round.themes if theme.id == id), None))


@bp.get("/rounds/<int:year>/themes/<int:id>")
@may(*access.PLANNERS)
def edit_theme(year: int, id: int) -> Any:
    round = round_or_404(year)
    theme = _theme(round, id)
    return web.page("rounds/edit_theme.html", forms.ThemeForm(obj=theme), round=round, theme=theme)


@bp.post("/rounds/<int:year>/themes/<int:id>")
@may(*access.PLANNERS)
def save_theme(year: int, id: int) -> Any:
    round, form = round_or_404(year), forms.ThemeForm()
    theme = _theme(round, id)
    if form.validate_on_submit() and web.attempt(
        form, actions.save_theme, theme=theme, **_theme_values(form), **act()
    ):
        return web.see("rounds.one", _("The theme was saved."), year=year)
    return web.page("rounds/edit_theme.html", form, round=round, theme=theme)


@bp.post("/rounds/<int:year>/themes/<int:id>/remove")
@may(*access.PLANNERS)
def remove_theme(year: int, id: int) -> Any:
    theme = _theme(round_or_404(year), id)
    if not web.confirmed():
        back = flask.url_for("rounds.edit_theme", year=year, id=id)
        facts = [(_("Theme"), theme.name), (_("Earmarked amount"), money.text(theme.earmark))]
        return web.confirm(
            _("Take this theme out of the round?"),
            _("Take the theme out"),
            back=back,
            facts=facts,
            warning=_("Its score sheet goes with it; its earmark becomes free for other themes."),
        )
    actions.remove_theme(theme=theme, **act())
    return web.see("rounds.one", _("The theme was taken out."), year=year)


SHEET = "/rounds/<int:year>/themes/<int:id>/sheet"
SPOKEN = "/rounds/<int:year>/themes/<int:id>/presentation"
SHEET_FORMS = {Phase.PAPERS: forms.SheetForm, Phase.PRESENTATION: forms.PresentationForm}


@bp.get(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.get(SHEET, defaults={"phase": Phase.PAPERS})
@may(*access.PLANNERS)
def edit_sheet(year: int, id: int, phase: Phase) -> Any:
    round, form = round_or_404(year), SHEET_FORMS[phase]()
    theme = _theme(round, id)
    form.fill([_line(defaults.CriterionLine, row) for row in theme.sheet(phase)])
    return _sheet(round, theme, phase, form)


def _line(kind: Any, row: Any) -> Any:
    return kind(**{name: getattr(row, name) for name in kind._fields})


def _sheet(round: Round, theme: Any, phase: Phase, form: Any) -> Any:
    points = queries.sheet_points(theme, phase)
    return web.page("rounds/edit_sheet.html", form, round=round, theme=theme, phase=phase, points=points)


@bp.post(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.post(SHEET, defaults={"phase": Phase.PAPERS})
@may(*access.PLANNERS)
def save_sheet(year: int, id: int, phase: Phase) -> Any:
    round, form = round_or_404(year), SHEET_FORMS[phase]()
    theme = _theme(round, id)
    if form.validate_on_submit() and web.attempt(
        form, actions.save_sheet, theme=theme, phase=phase, lines=form.lines(), **act()
    ):
        return web.see("rounds.edit_sheet", _("The score sheet was saved."), year=year, id=id, phase=phase)
    return _sheet(round, theme, phase, form)


@bp.post(f"{SPOKEN}/usual", defaults={"phase": Phase.PRESENTATION})
@bp.post(f"{SHEET}/usual", defaults={"phase": Phase.PAPERS})
@may(*access.PLANNERS)
def usual_sheet(year: int, id: int, phase: Phase) -> Any:
    actions.take_usual_sheet(theme=_theme(round_or_404(year), id), phase=phase, **act())
    said = _("The usual score sheet was taken over.")
    return web.see("rounds.edit_sheet", said, year=year, id=id, phase=phase)


class Part(NamedTuple):
    """One list of rows among a round's settings: its form, verb, lines and words."""

    form: Any
    verb: Any
    line: Any
    title: str
    hint: str


PARTS = {
    "fields": Part(
        forms.FieldsForm,
        actions.save_fields,
        defaults.FieldLine,
        N_("Service fields"),
        N_("The second axis inside every theme: an application names one."),
    ),
    "sources": Part(
        forms.SourcesForm,
        actions.save_sources,
        defaults.SourceLine,
        N_("Sources of the money"),
        N_("Together they must cover the grants and what is set aside before the round is opened."),
    ),
    "set_asides": Part(
        forms.SetAsidesForm,
        actions.save_set_asides,
        defaults.SetAsideLine,
        N_("Set aside beside the grants"),
        N_(
            "Fees and costs of the round. The total of the round is the grants alone; every percent is of the grants."
        ),
    ),
    "goals": Part(
        forms.GoalsForm,
        actions.save_goals,
        defaults.GoalLine,
        N_("Goals of the round"),
        N_("What the round is to reach, in whole numbers; once it is open a target changes by a correction."),
    ),
    "plan": Part(
        forms.PlanForm,
        actions.save_plan,
        defaults.PlanLine,
        N_("Plan of instalments"),
        N_(
            "Shares are whole numbers: 50, 30, 20 or 1, 1, 1. The last instalment takes the remainder to the fen."
        ),
    ),
    "papers": Part(
        forms.PapersForm,
        actions.save_papers,
        defaults.PaperLine,
        N_("Attachments asked for"),
        N_(
            "An application is complete only with those that are required. What is due later does not stand in the "
            "way of submitting; the signed page can be printed with its code only after that."
        ),
    ),
    "rules": Part(
        forms.RulesForm,
        actions.save_rules,
        defaults.RuleLine,
        N_("Rules of eligibility"),
        N_("The text is printed in the call and in every refusal; the number is years, a level or a count."),
    ),
}


@bp.get("/rounds/<int:year>/<any(fields, sources, set_asides, goals, plan, papers, rules):part>")
@may(*access.PLANNERS)
def edit_rows(year: int, part: str) -> Any:
    round, form = round_or_404(year), PARTS[part].form()
    form.fill([_line(PARTS[part].line, row) for row in getattr(round, part)])
    return _rows(round, part, form)


def _rows(round: Round, part: str, form: Any) -> Any:
    unused = [rule for rule in defaults.ALL_RULES if rule.code not in {row.code for row in round.rules}]
    return web.page(
        "rounds/edit_rows.html",
        form,
        round=round,
        part=part,
        words=PARTS[part],
        unused=unused if part == "rules" else [],
    )


@bp.post("/rounds/<int:year>/<any(fields, sources, set_asides, goals, plan, papers, rules):part>")
@may(*access.PLANNERS)
def save_rows(year: int, part: str) -> Any:
    round, form = round_or_404(year), PARTS[part].form()
    if form.validate_on_submit() and web.attempt(
        form, PARTS[part].verb, round=round, lines=form.lines(), **act()
    ):
        return web.see("rounds.edit_rows", _("The list was saved."), year=year, part=part)
    return _rows(round, part, form)


@bp.post("/rounds/<int:year>/rules/<code>")
@may(*access.PLANNERS)
def add_rule(year: int, code: str) -> Any:
    round = round_or_404(year)
    rule = web.or_404(next((rule for rule in defaults.ALL_RULES if rule.code == code), None))
    lines = [_line(defaults.RuleLine, row) for row in round.rules if row.code != code]
    actions.save_rules(round=round, lines=[*lines, rule], **act())
    return web.see("rounds.edit_rows", _("The rule was added."), year=year, part="rules")
