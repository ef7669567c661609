"""Pages of rounds: the list, one round, its settings part by part, its life, moves of money; the working days."""

from typing import Any, NamedTuple

import flask
from flask import Blueprint, request
from flask_babel import gettext as _

from venture import clock, downloads, money, web
from venture.people import queries as people
from venture.people.forms import ActForm, ReasonForm
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import access, actions, defaults, forms, models, queries
from venture.rounds.models import MoveState, Round, RoundState, ThemeMove
from venture.words import N_

bp = Blueprint("rounds", __name__)
__all__ = ["bp", "models"]
MOVERS = (*access.PLANNERS, Role.APPROVER)


def _round(year: int) -> Round:
    return web.or_404(queries.by_year(year))


def _act() -> dict[str, Any]:
    return {"by": web.me(), "at": clock.now()}


# --- the list, and new rounds ---


@bp.get("/rounds")
@may(*STAFF)
def index() -> Any:
    return web.page("rounds/index.html", rounds=queries.all_rounds(), may_plan=access.may_plan(web.me()))


@bp.get("/rounds/new")
@may(*access.PLANNERS)
def new() -> Any:
    rounds = queries.all_rounds()
    form = forms.NewRoundForm(data=_proposal(rounds[0]) if rounds else {"total": defaults.USUAL_TOTAL})
    form.offer(rounds)
    return web.page("rounds/new.html", form)


def _proposal(last: Round) -> dict[str, Any]:
    """The next round's cover as last year's suggests it: the same days one year on."""
    cover = queries.next_cover(last)
    return cover | {
        "source": last.id,
        "name": _("Public-interest venture round of %(year)s", year=cover["year"]),
    }


@bp.post("/rounds/new")
@may(*access.PLANNERS)
def create() -> Any:
    form = forms.NewRoundForm()
    form.offer(queries.all_rounds())
    cover = {name: form[name].data for name in ("year", "ordinal", "name", "opens_at", "closes_at")}
    source = queries.by_id(form.source.data) if form.source.data else None
    verb = actions.copy_from if source else actions.create
    money_or_source = {"source": source} if source else {"total": form.total.data or defaults.USUAL_TOTAL}
    if form.validate_on_submit() and web.attempt(form, verb, **cover, **money_or_source, **_act()):
        return web.see(
            "rounds.differences" if source else "rounds.one", _("The round was made."), year=form.year.data
        )
    return web.page("rounds/new.html", form)


@bp.get("/rounds/<int:year>")
@may(*STAFF)
def one(year: int) -> Any:
    return _one(_round(year))


def _one(round: Round, form: Any = None) -> Any:
    """The round's page; `form` is the act that was refused."""
    return web.page(
        "rounds/one.html",
        form,
        round=round,
        obstacles=queries.obstacles(round, clock.now()) if round.state is RoundState.PLANNED else [],
        points={theme.id: queries.sheet_points(theme) for theme in round.themes},
        states=list(RoundState),
        may_plan=access.may_plan(web.me()),
        corrections=queries.corrections(round),
        shares=queries.shares(round),
        allotted_share=money.percent(round.allotted, round.total),
        settings=[
            setting for setting in defaults.SETTINGS if setting.name not in ("year", "ordinal", "name")
        ],
        waiting=queries.open_moves(round),
        early=clock.now() < round.closes_at,
        reason_form=form
        if isinstance(form, forms.EarlyForm | ReasonForm)
        else forms.EarlyForm(formdata=None),
        reopen_form=form if isinstance(form, forms.ReopenForm) else forms.ReopenForm(formdata=None),
    )


@bp.get("/rounds/<int:year>/differences")
@may(*STAFF)
def differences(year: int) -> Any:
    round = _round(year)
    last = queries.last_before(round)
    found = queries.differences(round, last) if last else []
    return web.page("rounds/differences.html", round=round, last=last, found=found)


# --- settings, part by part ---


@bp.get("/rounds/<int:year>/settings")
@may(*access.PLANNERS)
def edit_settings(year: int) -> Any:
    round = _round(year)
    return web.page("rounds/edit_settings.html", forms.SettingsForm(obj=round), round=round)


@bp.post("/rounds/<int:year>/settings")
@may(*access.PLANNERS)
def save_settings(year: int) -> Any:
    round, form = _round(year), forms.SettingsForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.save_settings, round=round, values=form.values(), **_act()
    ):
        return web.see("rounds.one", _("The settings were saved."), year=year)
    return web.page("rounds/edit_settings.html", form, round=round)


@bp.get("/rounds/<int:year>/themes/new")
@may(*access.PLANNERS)
def new_theme(year: int) -> Any:
    round = _round(year)
    form = forms.ThemeForm(earmark=round.total - round.allotted, ceiling=defaults.USUAL_CEILING)
    return web.page("rounds/edit_theme.html", form, round=round, theme=None)


@bp.post("/rounds/<int:year>/themes/new")
@may(*access.PLANNERS)
def add_theme(year: int) -> Any:
    round, form = _round(year), forms.ThemeForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.add_theme, round=round, **_theme_values(form), **_act()
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
    round = _round(year)
    theme = _theme(round, id)
    return web.page("rounds/edit_theme.html", forms.ThemeForm(obj=theme), round=round, theme=theme)


@bp.post("/rounds/<int:year>/themes/<int:id>")
@may(*access.PLANNERS)
def save_theme(year: int, id: int) -> Any:
    round, form = _round(year), forms.ThemeForm()
    theme = _theme(round, id)
    if form.validate_on_submit() and web.attempt(
        form, actions.save_theme, theme=theme, **_theme_values(form), **_act()
    ):
        return web.see("rounds.one", _("The theme was saved."), year=year)
    return web.page("rounds/edit_theme.html", form, round=round, theme=theme)


@bp.post("/rounds/<int:year>/themes/<int:id>/remove")
@may(*access.PLANNERS)
def remove_theme(year: int, id: int) -> Any:
    theme = _theme(_round(year), id)
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
    actions.remove_theme(theme=theme, **_act())
    return web.see("rounds.one", _("The theme was taken out."), year=year)


@bp.get("/rounds/<int:year>/themes/<int:id>/sheet")
@may(*access.PLANNERS)
def edit_sheet(year: int, id: int) -> Any:
    round, form = _round(year), forms.SheetForm()
    theme = _theme(round, id)
    form.fill([_line(defaults.CriterionLine, row) for row in theme.criteria])
    return _sheet(round, theme, form)


def _line(kind: Any, row: Any) -> Any:
    return kind(**{name: getattr(row, name) for name in kind._fields})


def _sheet(round: Round, theme: Any, form: Any) -> Any:
    return web.page(
        "rounds/edit_sheet.html", form, round=round, theme=theme, points=queries.sheet_points(theme)
    )


@bp.post("/rounds/<int:year>/themes/<int:id>/sheet")
@may(*access.PLANNERS)
def save_sheet(year: int, id: int) -> Any:
    round, form = _round(year), forms.SheetForm()
    theme = _theme(round, id)
    if form.validate_on_submit() and web.attempt(
        form, actions.save_sheet, theme=theme, lines=form.lines(), **_act()
    ):
        return web.see("rounds.edit_sheet", _("The score sheet was saved."), year=year, id=id)
    return _sheet(round, theme, form)


@bp.post("/rounds/<int:year>/themes/<int:id>/sheet/usual")
@may(*access.PLANNERS)
def usual_sheet(year: int, id: int) -> Any:
    actions.take_usual_sheet(theme=_theme(_round(year), id), **_act())
    return web.see("rounds.edit_sheet", _("The usual score sheet was taken over."), year=year, id=id)


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
        N_("Together they must cover the total of the round before it is opened."),
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
        N_("An application is complete only with those that are required."),
    ),
    "rules": Part(
        forms.RulesForm,
        actions.save_rules,
        defaults.RuleLine,
        N_("Rules of eligibility"),
        N_("The text is printed in the call and in every refusal; the number is years, a level or a count."),
    ),
}


@bp.get("/rounds/<int:year>/<any(fields, sources, plan, papers, rules):part>")
@may(*access.PLANNERS)
def edit_rows(year: int, part: str) -> Any:
    round, form = _round(year), PARTS[part].form()
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


@bp.post("/rounds/<int:year>/<any(fields, sources, plan, papers, rules):part>")
@may(*access.PLANNERS)
def save_rows(year: int, part: str) -> Any:
    round, form = _round(year), PARTS[part].form()
    if form.validate_on_submit() and web.attempt(
        form, PARTS[part].verb, round=round, lines=form.lines(), **_act()
    ):
        return web.see("rounds.edit_rows", _("The list was saved."), year=year, part=part)
    return _rows(round, part, form)


@bp.post("/rounds/<int:year>/rules/<code>")
@may(*access.PLANNERS)
def add_rule(year: int, code: str) -> Any:
    round = _round(year)
    rule = web.or_404(next((rule for rule in defaults.ALL_RULES if rule.code == code), None))
    lines = [_line(defaults.RuleLine, row) for row in round.rules if row.code != code]
    actions.save_rules(round=round, lines=[*lines, rule], **_act())
    return web.see("rounds.edit_rows", _("The rule was added."), year=year, part="rules")


# --- its life ---


@bp.post("/rounds/<int:year>/open")
@may(*access.PLANNERS)
def open_round(year: int) -> Any:
    round, form = _round(year), ActForm()
    if not web.confirmed() and not queries.obstacles(round, clock.now()):
        return web.confirm(
            _("Open %(name)s for applications?", name=round.name),
            _("Open the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=_window(round),
            headers=[_("Theme"), _("Earmarked amount"), _("Most for one project")],
            rows=[
                (theme.name, money.text(theme.earmark), money.text(theme.ceiling)) for theme in round.themes
            ],
            warning=_(
                "From then on its settings change only by a correction with a reason, and money only by a move."
            ),
        )
    if form.validate_on_submit() and web.attempt(form, actions.open_round, round=round, **_act()):
        return web.see("rounds.one", _("The round is open."), year=year)
    return _one(round, form)


def _window(round: Round) -> list[tuple[str, Any]]:
    shown = {name: clock.beijing(getattr(round, name)) for name in ("opens_at", "closes_at")}
    return [
        (_("Total of the round"), money.text(round.total)),
        *((_(forms.LABELS[name]), f"{moment:%Y-%m-%d %H:%M:%S}") for name, moment in shown.items()),
    ]


@bp.post("/rounds/<int:year>/close")
@may(*access.PLANNERS)
def close_round(year: int) -> Any:
    round, form = _round(year), forms.EarlyForm()
    reason = form.reason.data or ""
    early = clock.now() < round.closes_at
    if not web.confirmed() and (reason.strip() or not early):
        warning = _("It closes before the announced moment: whoever has only a draft cannot submit any more.")
        return web.confirm(
            _("Close %(name)s for applications?", name=round.name),
            _("Close the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=[*_window(round), (_("Reason"), reason or "—")],
            warning=warning if early else "",
        )
    if form.validate_on_submit() and web.attempt(
        form, actions.close_round, round=round, reason=reason, by=web.me()
    ):
        return web.see("rounds.one", _("The round is closed."), year=year)
    return _one(round, form)


@bp.post("/rounds/<int:year>/reopen")
@may(*access.PLANNERS)
def reopen_round(year: int) -> Any:
    round, form = _round(year), forms.ReopenForm()
    given = {"round": round, "closes_at": form.closes_at.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.reopen_round, **given, **_act()):
        return web.see("rounds.one", _("The round takes applications again."), year=year)
    return _one(round, form)


@bp.post("/rounds/<int:year>/finish")
@may(*access.PLANNERS)
def finish_round(year: int) -> Any:
    round, form = _round(year), ActForm()
    if not web.confirmed():
        return web.confirm(
            _("Finish %(name)s?", name=round.name),
            _("Finish the round"),
            back=flask.url_for("rounds.one", year=year),
            facts=[(_("Total of the round"), money.text(round.total))],
            warning=_("A finished round stays readable; it can be taken up again with a reason."),
        )
    if form.validate_on_submit() and web.attempt(form, actions.finish_round, round=round, **_act()):
        return web.see("rounds.one", _("The round is finished."), year=year)
    return _one(round, form)


@bp.post("/rounds/<int:year>/resume")
@may(*access.PLANNERS)
def resume_round(year: int) -> Any:
    round, form = _round(year), ReasonForm()
    given = {"round": round, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.resume_round, **given, **_act()):
        return web.see("rounds.one", _("The round was taken up again."), year=year)
    return _one(round, form)


CONSEQUENCES = {
    "closes_at": N_(
        "Every organization can submit until then; drafts are kept anyway. The call must be changed too."
    ),
    "pass_line": N_(
        "Rankings are computed with the new pass line; lists already decided keep the one they were made with."
    ),
    "quorum": N_("Projects with fewer score sheets wait; rankings are computed anew."),
    "panel_size": N_("Assignments made already stay; the number of sheets expected changes."),
    "awards_each": N_("Lists made from now on follow it; lists already decided stay."),
    "notice_days": N_(
        "Notices posted from now on run so long; those already posted keep their printed days."
    ),
    "correction_days": N_("Applications sent back from now on have so long."),
    "months": N_("It is printed in the call; periods already handed in stay."),
    "name": N_("Pages and sheets made from now on carry it; frozen versions keep the old one."),
}
"""What depends on a setting, told before it is corrected."""


@bp.get("/rounds/<int:year>/correct")
@may(*access.PLANNERS)
def correct(year: int) -> Any:
    round = _round(year)
    name = request.args.get("field", "")
    form = forms.correction_form(name)(value=getattr(round, name)) if name in _correctable(round) else None
    return _correct(round, name, form)


def _correctable(round: Round) -> tuple[str, ...]:
    return defaults.CORRECTABLE.get(round.state.value, ())


def _correct(round: Round, name: str, form: Any) -> Any:
    return web.page(
        "rounds/correct.html",
        form,
        round=round,
        name=name,
        names=_correctable(round),
        settings={setting.name: setting for setting in defaults.SETTINGS},
        consequences=CONSEQUENCES,
    )


@bp.post("/rounds/<int:year>/correct")
@fresh
@may(*access.PLANNERS)
def correct_post(year: int) -> Any:
    round = _round(year)
    name = web.or_404(next((name for name in _correctable(round) if name == request.args.get("field")), None))
    form = forms.correction_form(name)()
    given = {"round": round, "field": name, "value": form.value.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.correct, **given, **_act()):
        return web.see("rounds.one", _("The setting was corrected; both values are kept."), year=year)
    return _correct(round, name, form)


# --- money between themes ---


@bp.get("/rounds/<int:year>/moves")
@may(*STAFF)
def moves(year: int) -> Any:
    return _moves(_round(year))


def _moves(round: Round, form: Any = None) -> Any:
    paper_form = form if isinstance(form, forms.MovePaperForm) else forms.MovePaperForm(formdata=None)
    paper_form.offer_signers(people.people_with(Role.APPROVER))
    move_form = form if isinstance(form, forms.MoveForm) else forms.MoveForm(formdata=None)
    move_form.offer(round.themes)
    listed = queries.moves(round)
    return web.page(
        "rounds/moves.html",
        form,
        round=round,
        moves=listed,
        move_form=move_form,
        paper_form=paper_form,
        may_plan=access.may_plan(web.me()),
        may_check=web.me().holds(*MOVERS),
        approvable={move.id for move in listed if access.may_approve(web.me(), move)},
        proposed=MoveState.PROPOSED,
    )


@bp.post("/rounds/<int:year>/moves")
@fresh
@may(*access.PLANNERS)
def propose_move(year: int) -> Any:
    round, form = _round(year), forms.MoveForm()
    form.offer(round.themes)
    source, target = (
        next((theme for theme in round.themes if theme.id == field.data), None)
        for field in (form.source, form.target)
    )
    given = {"source": source, "target": target, "amount": form.amount.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(form, actions.propose_move, **given, **_act()):
        return web.see("rounds.moves", _("The move was proposed; another person approves it."), year=year)
    return _moves(round, form)


def _move(year: int, id: int) -> ThemeMove:
    found = web.or_404(queries.move(id))
    return web.or_404(found if found.round.year == year else None)


def _moved(move: ThemeMove) -> list[tuple[Any, ...]]:
    """Both themes before and after the move, with their part of the round's total."""
    total = move.round.total
    return [
        (
            theme.name,
            *(
                f"{money.text(sum_)} ({money.percent_tenths(sum_, total)} %)"
                for sum_ in (theme.earmark, theme.earmark + by)
            ),
            money.text(theme.committed),
        )
        for theme, by in ((move.source, -move.amount), (move.target, move.amount))
    ]


def _confirm_move(move: ThemeMove, verb: str, warning: str = "") -> str:
    return web.confirm(
        _("Move %(amount)s yuan between themes?", amount=money.text(move.amount)),
        verb,
        back=flask.url_for("rounds.moves", year=move.round.year),
        facts=[(_("Reason"), move.reason), (_("Proposed by"), move.proposed_by.name)],
        headers=[_("Theme"), _("Earmark now"), _("Earmark afterwards"), _("Already awarded")],
        rows=_moved(move),
        warning=warning,
    )


@bp.post("/rounds/<int:year>/moves/<int:id>/approve")
@fresh
@may(Role.APPROVER)
def approve_move(year: int, id: int) -> Any:
    move, form = _move(year, id), ActForm()
    if not web.confirmed():
        return _confirm_move(move, _("Approve the move"))
    if form.validate_on_submit() and web.attempt(form, actions.approve_move, move=move, **_act()):
        return web.see("rounds.moves", _("The money was moved."), year=year)
    return _moves(_round(year), form)


@bp.post("/rounds/<int:year>/moves/<int:id>/withdraw")
@may(*MOVERS)
def withdraw_move(year: int, id: int) -> Any:
    actions.withdraw_move(move=_move(year, id), **_act())
    return web.see("rounds.moves", _("The move was taken back; nothing was moved."), year=year)


@bp.post("/rounds/<int:year>/moves/<int:id>/paper")
@fresh
@may(*access.PLANNERS)
def enter_move_paper(year: int, id: int) -> Any:
    move, form = _move(year, id), forms.MovePaperForm()
    signers = people.people_with(Role.APPROVER)
    form.offer_signers(signers)
    signer = next((person for person in signers if person.id == form.signer.data), None)
    given = {"signer": signer, "signed_on": form.signed_on.data, "scan": web.staged("scan")}
    if form.validate_on_submit() and web.attempt(
        form, actions.enter_move_paper, move=move, **given, **_act()
    ):
        said = _("The paper was entered. The money moves once another person has checked the entry.")
        return web.see("rounds.moves", said, year=year)
    return _moves(_round(year), form)


@bp.post("/rounds/<int:year>/moves/<int:id>/check")
@fresh
@may(*MOVERS)
def check_move_paper(year: int, id: int) -> Any:
    move, form = _move(year, id), ActForm()
    if not web.confirmed():
        warning = _("Compare signer, day and amount with the paper first: with your check the money moves.")
        return _confirm_move(move, _("The entry is right"), warning)
    if form.validate_on_submit() and web.attempt(form, actions.check_move_paper, move=move, **_act()):
        return web.see("rounds.moves", _("The money was moved."), year=year)
    return _moves(_round(year), form)


@bp.get("/rounds/<int:year>/moves/<int:id>/scan")
@may(*STAFF)
def move_scan(year: int, id: int) -> Any:
    paper = web.or_404(_move(year, id).paper)
    return downloads.send(web.or_404(paper.scan), inline=True)


# --- working days ---


@bp.get("/workdays")
@may(*access.PLANNERS)
def workdays() -> Any:
    return _workdays(forms.WorkdayForm())


def _workdays(form: Any) -> Any:
    today = clock.beijing_day(clock.now())
    return web.page(
        "rounds/workdays.html",
        form,
        days=queries.workdays(),
        complete=queries.complete_years(),
        missing=queries.year_to_enter(today),
        years=[today.year, today.year + 1],
    )


@bp.post("/workdays")
@may(*access.PLANNERS)
def enter_workday() -> Any:
    form = forms.WorkdayForm()
    given = {"day": form.day.data, "works": form.works.data == "yes", "note": form.note.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.enter_workday, **given, **_act()):
        return web.see("rounds.workdays", _("The day was entered."))
    return _workdays(form)


@bp.post("/workdays/<day>/remove")
@may(*access.PLANNERS)
def remove_workday(day: str) -> Any:
    found = web.or_404(queries.workday(day))
    actions.remove_workday(workday=found, **_act())
    return web.see("rounds.workdays", _("The day was taken out: the published calendar counts again."))


@bp.post("/workdays/years/<int:year>")
@may(*access.PLANNERS)
def complete_year(year: int) -> Any:
    actions.complete_year(year=year, complete=request.form.get("complete") == "1", **_act())
    return web.see("rounds.workdays", _("The year was noted."))
