"""An expert's desk: the proposal and the sheet beside it."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, downloads, web
from venture.applications import parts
from venture.applications.models import Application
from venture.refusal import Changed, Refused
from venture.review import actions, forms, queries
from venture.review.conflicts import Ground
from venture.review.models import Sheet
from venture.review.views.shared import bp
from venture.roles import Role, may
from venture.rounds.models import Phase


@bp.get("/review")
@may(Role.EXPERT)
def desk() -> Any:
    """What waits for the expert, round by round."""
    rows = [(each, queries.others(each)) for each in queries.desks(web.me())]
    spoken = queries.desks(web.me(), Phase.PRESENTATION)
    today = clock.beijing_day(clock.now())
    return web.page(
        "review/desk.html",
        desks=rows,
        spoken={each.round.id: (each, queries.others(each)) for each in spoken},
        turns=queries.turns(each.round.id for each, _others in rows),
        asked=queries.seats_asked(web.me()),
        invitations=queries.invitations_of(web.me()),
        today=today,
    )


def _proposal(application_id: int, phase: Phase) -> queries.Proposal:
    return web.or_404(queries.proposal(application_id, web.me(), phase))


def _proposal_page(
    found: queries.Proposal, form: forms.SheetForm, note: forms.JottingForm | None = None
) -> Any:
    application = found.application
    _renew(form, found.assignment.sheet)
    spoken = found.desk.phase is Phase.PRESENTATION
    return web.page(
        "review/presentation.html" if spoken else "review/proposal.html",
        form,
        found=found,
        phase=found.desk.phase,
        application=application,
        document=queries.document_of(application),
        subtotals=queries.subtotals_of(found.assignment.sheet) if found.assignment.sheet else {},
        files=queries.files_of(application),
        blind=queries.is_blind(application),
        withheld=queries.withheld(application),
        communities={each.code: each.name for each in application.communities},
        line_amount=_line_amount,
        others=queries.others(found.desk),
        tie_form=forms.ReasonForm(formdata=None),
        note=note or _note(application),
    )


def _line_amount(row: dict[str, str]) -> int | None:
    """What one row of the budget comes to, in fen."""
    lines = parts.lines({"costs_grant": [row]}, parts.CostTable.GRANT)
    return lines[0].amount if lines else None


PAPERS = "/review/<int:application_id>"
SPOKEN = f"{PAPERS}/presentation"


@bp.get(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.get(PAPERS, defaults={"phase": Phase.PAPERS})
@may(Role.EXPERT)
def proposal(application_id: int, phase: Phase) -> Any:
    """A proposal and the expert's sheet for it, side by side; or its presentation with the clock."""
    found = _proposal(application_id, phase)
    return _proposal_page(found, _filled_form(found))


def _filled_form(found: queries.Proposal) -> forms.SheetForm:
    sheet = found.assignment.sheet
    given: dict[str, Any] = {"base": _base(sheet)}
    if sheet is not None:
        given |= {f"mark_{code}": mark for code, mark in queries.marks_of(sheet).items()}
        given |= {f"note_{code}": note for code, note in queries.notes_of(sheet).items()}
        given |= {"comment": sheet.comment, "version": sheet.revision}
    return forms.SheetForm.made(found.criteria, data=given)


def _base(sheet: Sheet | None) -> str:
    """What is kept of a sheet, as its form carries it along to tell later what another window changed."""
    if sheet is None:
        return flask.json.dumps([{}, {}, ""])
    return flask.json.dumps([queries.marks_of(sheet), queries.notes_of(sheet), sheet.comment])


def _based(form: forms.SheetForm) -> actions.Filled | None:
    """What the form held when it was made; None when it does not say so in a way that can be read."""
    try:
        marks, notes, comment = flask.json.loads(form.base.data or "")
        return actions.Filled(
            {str(code): int(mark) for code, mark in marks.items()},
            {str(code): str(note) for code, note in notes.items()},
            str(comment),
        )
    except (ValueError, TypeError, AttributeError):
        return None


def _sent(form: forms.SheetForm) -> dict[str, Any]:
    filled = actions.Filled(form.marks, form.notes, form.comment.data or "")
    seen = {"seen": form.version.data or 0, "base": _based(form)}
    return {"filled": filled, **seen, "by": web.me(), "at": clock.now()}


def _renew(form: forms.SheetForm, sheet: Sheet | None) -> None:
    """After a clash: the form stands on what is kept now, so that saving it again is a decision."""
    if sheet is not None and isinstance(form.refusal, Changed):
        form.version.raw_data, form.version.data = None, sheet.revision
        form.base.raw_data, form.base.data = None, _base(sheet)


@bp.get("/review/<int:application_id>/files/<int:number>")
@may(Role.EXPERT)
def blind_file(application_id: int, number: int) -> Any:
    """A file of a blind review: under the application's number, without what programs wrote beside its content."""
    application = _proposal(application_id, Phase.PAPERS).application
    shown = (
        {each.number: each for each in queries.files_of(application)} if queries.is_blind(application) else {}
    )
    found = web.or_404(shown.get(number))
    return downloads.blind(found.attachment.file, found.name)


@bp.post(SPOKEN, defaults={"phase": Phase.PRESENTATION})
@bp.post(PAPERS, defaults={"phase": Phase.PAPERS})
@may(Role.EXPERT)
def save(application_id: int, phase: Phase) -> Any:
    """Keep the draft."""
    found = _proposal(application_id, phase)
    form = forms.SheetForm.made(found.criteria)
    if form.validate_on_submit() and web.attempt(
        form, actions.save, application=found.application, phase=phase, **_sent(form)
    ):
        said = _("Your draft is saved.")
        return web.see("review.proposal", said, application_id=application_id, phase=phase)
    return _proposal_page(found, form)


@bp.post(f"{SPOKEN}/hand-in", defaults={"phase": Phase.PRESENTATION})
@bp.post(f"{PAPERS}/hand-in", defaults={"phase": Phase.PAPERS})
@may(Role.EXPERT)
def hand_in(application_id: int, phase: Phase) -> Any:
    """Hand the sheet in and go on to the next proposal, or presentation, that waits."""
    found = _proposal(application_id, phase)
    form = forms.SheetForm.made(found.criteria)
    if form.validate_on_submit() and web.attempt(
        form, actions.hand_in, application=found.application, phase=phase, **_sent(form)
    ):
        said = _(
            "The sheet for «%(title)s» is handed in: %(total)s points.",
            title=queries.title_of(found.application),
            total=queries.printed(form.outcome.total),
        )
        waiting = queries.next_of(found.application.round, web.me(), phase)
        if waiting is None:
            return web.see("review.desk", said)
        return web.see("review.proposal", said, application_id=waiting.id, phase=phase)
    return _proposal_page(found, form)


@bp.post(f"{SPOKEN}/autosave", defaults={"phase": Phase.PRESENTATION})
@bp.post(f"{PAPERS}/autosave", defaults={"phase": Phase.PAPERS})
@may(Role.EXPERT)
def autosave(application_id: int, phase: Phase) -> Any:
    """Keep the fields that changed; answers as the page's script expects."""
    found = _proposal(application_id, phase)
    form, sheet = forms.SheetForm.made(found.criteria), found.assignment.sheet
    changed = set(request.form.getlist("changed"))
    wrong = [
        error
        for field in form
        if field.name in changed and not field.validate(form)
        for error in field.errors
    ]
    if wrong:
        return {"message": str(wrong[0])}, 422
    marks: dict[str, int | None] = dict(queries.marks_of(sheet)) if sheet else {}
    notes = queries.notes_of(sheet) if sheet else {}
    marks |= {code: mark for code, mark in form.marks.items() if f"mark_{code}" in changed}
    notes |= {code: note for code, note in form.notes.items() if f"note_{code}" in changed}
    comment = form.comment.data or "" if "comment" in changed else (sheet.comment if sheet else "")
    now = clock.now()
    try:
        kept = actions.save(
            application=found.application,
            phase=phase,
            filled=actions.Filled(marks, notes, comment),
            seen=form.version.data or 0,
            by=web.me(),
            at=now,
        )
    except Refused as refused:
        web.rollback()
        clash = isinstance(refused, Changed)
        return {"message": None if clash else str(web.sentence(refused.blockers[0]))}, 409
    return {"saved_at": clock.beijing(now).strftime("%H:%M:%S"), "version": kept.revision}


@bp.post("/review/<int:application_id>/tie")
@may(Role.EXPERT)
def declare(application_id: int) -> Any:
    """The expert declares a tie; the proposal is hidden from them at once."""
    found, form = _proposal(application_id, Phase.PAPERS), forms.ReasonForm()
    if not form.validate_on_submit():
        return web.page("review/tie.html", form, found=found)
    if not web.confirmed():
        return web.confirm(
            _("Declare a tie"),
            _("Declare the tie"),
            back=flask.url_for("review.proposal", application_id=application_id),
            facts=[(_("Application"), f"{found.application.number} {queries.title_of(found.application)}")],
            warning=_("You will no longer see this proposal; a sheet you have begun does not count."),
        )
    actions.declare_tie(
        application=found.application,
        person=web.me(),
        ground=Ground.DECLARED,
        note=form.reason.data or "",
        by=web.me(),
        at=clock.now(),
    )
    return web.see("review.desk", _("Thank you. The proposal has been taken off your list."))


@bp.post("/review/<int:application_id>/note")
@may(Role.EXPERT)
def jot(application_id: int) -> Any:
    """Keep what the expert notes for themselves."""
    form = forms.JottingForm()
    if form.validate_on_submit():
        _jot(application_id, form)
        return web.see(
            "review.proposal",
            _("Your note is kept."),
            application_id=application_id,
            phase=Phase.PAPERS,
            _anchor="note",
        )
    found = _proposal(application_id, Phase.PAPERS)
    return _proposal_page(found, _filled_form(found), form)


@bp.post("/review/<int:application_id>/note/autosave")
@may(Role.EXPERT)
def autosave_note(application_id: int) -> Any:
    """The same, as the page's script sends it."""
    form, now = forms.JottingForm(), clock.now()
    if not form.validate_on_submit():
        return {"message": str(next(iter(form.errors.values()))[0])}, 422
    _jot(application_id, form)
    return {"saved_at": clock.beijing(now).strftime("%H:%M:%S"), "version": 0}


def _note(application: Application) -> forms.JottingForm | None:
    """The expert's note, for nobody else: not for who reads the page through their eyes either."""
    if web.me().viewer is not None:
        return None
    kept = queries.jotting(application, web.me())
    return forms.JottingForm(formdata=None, data={"own_note": kept.text if kept else ""})


def _jot(application_id: int, form: forms.JottingForm) -> None:
    application = _proposal(application_id, Phase.PAPERS).application
    actions.jot(application=application, text=form.own_note.data or "", by=web.me(), at=clock.now())
