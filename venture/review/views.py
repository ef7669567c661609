"""Pages of the stage `review`: the panel, an expert's desk and sheets, paper sheets, the ranking."""

from typing import Any

import flask
from flask import Blueprint, request
from flask_babel import gettext as _

from venture import clock, downloads, files, web
from venture.applications import parts
from venture.applications import queries as applications
from venture.refusal import Changed, Refused
from venture.review import actions, forms, queries
from venture.review.conflicts import Ground
from venture.review.models import Panelist, Sheet
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import queries as rounds
from venture.rounds.models import Aggregation, Round, Theme

bp = Blueprint("review", __name__)
KEYS_IN = (Role.OPERATOR, Role.OFFICER)
CHECKS = (Role.OPERATOR, Role.OFFICER, Role.APPROVER)


def _round(year: int) -> Round:
    return web.or_404(rounds.by_year(year))


def _theme(year: int, code: str) -> Theme:
    return web.or_404(next((theme for theme in _round(year).themes if theme.code == code), None))


def _seat(year: int, number: int) -> Panelist:
    return web.or_404(queries.panelist(_round(year), number))


# --- the panel ---


@bp.get("/rounds/<int:year>/panel")
@may(*STAFF)
def panel(year: int) -> Any:
    """The experts of a round, their progress, the ties, and who can score what."""
    return _panel_page(_round(year), None)


def _panel_page(round: Round, form: web.Form | None) -> Any:
    me = web.me()
    acts = me.holds(Role.OFFICER)
    tieable, sent = queries.tieable(round), queries.applications_of(round, me)
    visible = {application.id for application in sent}
    return web.page(
        "review/panel.html",
        form,
        round=round,
        acts=acts,
        seated=queries.panel(round),
        candidates=queries.candidates(round) if acts else [],
        ties=queries.ties(round, me),
        found=[
            one
            for one in queries.found_ties(round)
            if one.person.id != me.id and one.application.id in visible
        ],
        waiting=[row for row in queries.coverage(round) if row.application.id in visible],
        missing=queries.missing(round, me),
        sharing=queries.sharing(round),
        tie_form=form if isinstance(form, forms.TieForm) else forms.TieForm(tieable, sent),
    )


def _words_of(count: int, named: list[str]) -> str:
    """How many projects somebody will read, with the numbers of those that may be named."""
    return f"{count}({'、'.join(named)})" if named else str(count)


@bp.post("/rounds/<int:year>/panel")
@may(Role.OFFICER)
def seat(year: int) -> Any:
    """Add experts, after showing the ties that this will put on record."""
    round = _round(year)
    form = forms.SeatForm(queries.candidates(round))
    chosen = [person for person in queries.candidates(round) if person.id in (form.people.data or [])]
    if not form.validate() or not chosen:
        form.refusal = None if form.errors else Refused("review.nobody_chosen", "people")
        return _panel_page(round, form)
    if not web.confirmed():
        found = queries.found_ties(round, chosen)
        gains = queries.would_read(round, chosen, found, web.me())
        return web.confirm(
            _("Add experts to the panel"),
            _("Add to the panel"),
            back=flask.url_for("review.panel", year=year),
            facts=[(_("Round"), round.name), (_("Ties found"), len(found))],
            headers=[_("Expert"), _("Projects they will read and cannot read now"), _("Ties found")],
            rows=[
                (
                    person.name,
                    _words_of(*gains[person.id]),
                    "、".join(
                        f"{one.application.number}({_(one.ground.label)})"
                        for one in found
                        if one.person.id == person.id
                    ),
                )
                for person in chosen
            ],
        )
    actions.seat(round=round, people=chosen, by=web.me(), at=clock.now())
    return web.see("review.panel", _("The experts are on the panel."), year=year)


@bp.post("/rounds/<int:year>/panel/<int:number>/remove")
@may(Role.OFFICER)
def unseat(year: int, number: int) -> Any:
    """Take an expert off the panel before any sheet is begun."""
    panelist = _seat(year, number)
    if not web.confirmed():
        return web.confirm(
            _("Take an expert off the panel"),
            _("Take off the panel"),
            back=flask.url_for("review.panel", year=year),
            facts=[(_("Expert"), panelist.person.name), (_("Number on the panel"), number)],
        )
    actions.unseat(panelist=panelist, by=web.me(), at=clock.now())
    return web.see("review.panel", _("The expert is no longer on the panel."), year=year)


@bp.get("/rounds/<int:year>/panel/begin")
@may(Role.OFFICER)
def beginning(year: int) -> Any:
    """Ask how the proposals go to the experts: all to everybody, or shared out."""
    return _begin_page(_round(year), None)


def _begin_page(round: Round, form: forms.ShareForm | None) -> Any:
    last = queries.sharing(round)
    return web.page(
        "review/begin.html",
        form or forms.ShareForm(obj=last),
        round=round,
        last=last,
        waiting=len(queries.coverage(round)),
        seated=queries.panel(round),
        wishes=queries.wishes(round),
    )


@bp.post("/rounds/<int:year>/panel/begin")
@fresh
@may(Role.OFFICER)
def begin(year: int) -> Any:
    """Begin the review of all eligible applications, after showing who can score what, or who gets what."""
    round, form = _round(year), forms.ShareForm()
    if not form.validate():
        return _begin_page(round, form)
    typed = form.data
    rule = None
    if typed["places"]:
        rule = queries.Rule(typed["places"], typed["most"] or 9999, typed["least"] or 0, typed["seed"] or 0)
    if rule and not web.confirmed():
        return _share_preview(round, form, rule)
    if not web.confirmed():
        return _begin_preview(round)
    if not web.attempt(form, actions.begin, round=round, by=web.me(), at=clock.now(), rule=rule):
        return _begin_page(round, form)
    said = _("The review has begun: %(count)s applications.", count=len(form.outcome))
    return web.see("review.panel", said, year=year)


def _share_preview(round: Round, form: forms.ShareForm, rule: queries.Rule) -> Any:
    """The assignment by expert before it is stored, or every reason why there is none."""
    if not web.attempt(form, queries.shared, round=round, rule=rule, by=web.me()):
        return _begin_page(round, form)
    found: queries.Shared = form.outcome
    visible = {application.id for application in queries.applications_of(round, web.me())}
    return web.confirm(
        _("Share out the proposals"),
        _("Begin the review"),
        back=flask.url_for("review.beginning", year=round.year),
        facts=[
            (_("Experts per proposal"), rule.places),
            (_("Seed of the draw among equals"), rule.seed),
            (_("Fit in all (2 for each who wants it, 1 for each who can)"), found.total),
            (_("Fit of the proposal served worst"), found.worst),
        ],
        headers=[_("Expert"), _("Proposals"), _("Of these wanted"), _("Numbers")],
        rows=[
            (
                f"{one.panelist.number} {one.panelist.person.name}",
                len(one.applications),
                one.wanted,
                "、".join(each.number or "" for each in one.applications if each.id in visible),
            )
            for one in found.shares
        ],
        warning=_("The rule of the round needs %(needed)s sheets of every application.", needed=needed(round))
        if rule.places < needed(round)
        else "",
    )


def _begin_preview(round: Round) -> Any:
    """Who can score what before everything goes to everybody."""
    rows = queries.coverage(round)
    visible = {application.id for application in queries.applications_of(round, web.me())}
    short = sum(len(row.free) < needed(round) for row in rows)
    warning = _(
        "%(count)s applications have fewer free experts than the rule needs. You may add experts first.",
        count=short,
    )
    return web.confirm(
        _("Begin the review"),
        _("Begin the review"),
        back=flask.url_for("review.panel", year=round.year),
        facts=[(_("Round"), round.name), (_("Applications that go to the experts"), len(rows))],
        headers=[_("Application"), _("Theme"), _("Free experts"), _("Tied experts")],
        rows=[
            (
                f"{row.application.number} {row.application.title}",
                row.application.theme.name if row.application.theme else "",
                len(row.free),
                "、".join(map(str, row.tied)),
            )
            for row in rows
            if row.application.id in visible
        ],
        warning=warning if short else "",
    )


@bp.get("/rounds/<int:year>/wishes")
@may(Role.EXPERT)
def wishes(year: int) -> Any:
    """The seated expert says before the review what they want, can and cannot score."""
    asked = web.or_404(queries.asked(web.me(), year))
    return web.page("review/wishes.html", forms.WishForm.made(asked.applications, asked.said), asked=asked)


@bp.post("/rounds/<int:year>/wishes")
@may(Role.EXPERT)
def wish(year: int) -> Any:
    """Keep the wishes."""
    asked = web.or_404(queries.asked(web.me(), year))
    form = forms.WishForm.made(asked.applications, asked.said)
    given = {"panelist": asked.panelist, "by": web.me(), "at": clock.now()}
    if form.validate() and web.attempt(form, actions.wish, said=form.wishes, **given):
        return web.see("review.wishes", _("Your wishes are kept."), year=year)
    return web.page("review/wishes.html", form, asked=web.or_404(queries.asked(web.me(), year)))


def _missing(year: int, application_id: int) -> queries.Missing:
    rows = queries.missing(_round(year), web.me())
    return web.or_404(next((row for row in rows if row.application.id == application_id), None))


@bp.get("/rounds/<int:year>/panel/substitute/<int:application_id>")
@may(Role.OFFICER)
def substitute(year: int, application_id: int) -> Any:
    """Choose a free expert for a proposal where somebody is missing."""
    row = _missing(year, application_id)
    return web.page("review/substitute.html", forms.GiveForm(row.free), row=row)


@bp.post("/rounds/<int:year>/panel/substitute/<int:application_id>")
@may(Role.OFFICER)
def give(year: int, application_id: int) -> Any:
    """Give the proposal to the substitute, with the reason."""
    row = _missing(year, application_id)
    form = forms.GiveForm(row.free)
    if form.validate():
        panelist = next(each for each in row.free if each.number == form.expert.data)
        given = {"reason": form.reason.data, "by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.give, application=row.application, panelist=panelist, **given):
            return web.see("review.panel", _("The substitute can score the proposal now."), year=year)
    return web.page("review/substitute.html", form, row=row)


def needed(round: Round) -> int:
    """How many sheets the round's rule needs of every application."""
    return round.trim_from if round.aggregation is Aggregation.TRIMMED else round.quorum


# --- ties ---


@bp.post("/rounds/<int:year>/ties")
@may(Role.OFFICER)
def tie(year: int) -> Any:
    """Declare a tie by hand, after showing what it does to the sheet and the score."""
    round, me = _round(year), web.me()
    tieable, sent = queries.tieable(round), queries.applications_of(round, me)
    form = forms.TieForm(tieable, sent)
    if not form.validate_on_submit():
        return _panel_page(round, form)
    person = next(each for each in tieable if each.id == form.person.data)
    application = next(each for each in sent if each.id == form.application.data)
    if not web.confirmed():
        return web.confirm(
            _("Record a tie"),
            _("Record the tie"),
            back=flask.url_for("review.panel", year=year),
            facts=[
                (_("Who is tied"), person.name),
                (_("Application"), f"{application.number} {application.title}"),
                (_("Ground"), _(Ground(form.ground.data).label)),
                *_effect(queries.without_sheet_of(application, person)),
            ],
            warning=_(
                "The application is hidden from this person at once; a sheet is kept but does not count."
            ),
        )
    given = {"ground": Ground(form.ground.data), "note": form.note.data, "by": me, "at": clock.now()}
    if not web.attempt(form, actions.declare_tie, application=application, person=person, **given):
        return _panel_page(round, form)
    return web.see("review.panel", _("The tie is on record."), year=year)


def _effect(scores: tuple[Any, Any] | None) -> list[tuple[str, str]]:
    """The score before and after, for a confirm page; nothing when no sheet counts."""
    if scores is None:
        return []
    before, after = (queries.printed(score.value) or "—" for score in scores)
    return [
        (_("Sheets that count"), f"{scores[0].counted} → {scores[1].counted}"),
        (_("Score"), f"{before} → {after}"),
    ]


@bp.post("/rounds/<int:year>/ties/found")
@may(Role.OFFICER)
def record_found(year: int) -> Any:
    """Put the ties that the rules find on record."""
    round = _round(year)
    if not web.confirmed():
        found = queries.found_ties(round)
        return web.confirm(
            _("Record the ties found"),
            _("Record all of them"),
            back=flask.url_for("review.panel", year=year),
            headers=[_("Expert"), _("Application"), _("Ground")],
            rows=[
                (
                    one.person.name,
                    f"{one.application.number} {one.application.title}",
                    _(one.ground.label),
                )
                for one in found
            ],
            warning=_(
                "These applications are hidden from the experts at once; sheets are kept but do not count."
            ),
        )
    actions.record_found(round=round, by=web.me(), at=clock.now())
    return web.see("review.panel", _("The ties are on record."), year=year)


@bp.get("/ties/<int:tie_id>/dismiss")
@may(Role.OFFICER)
def dismissal(tie_id: int) -> Any:
    """Ask for the reason why a tie does not hold."""
    return web.page(
        "review/dismissal.html", forms.ReasonForm(), tie=web.or_404(queries.tie(tie_id, web.me()))
    )


@bp.post("/ties/<int:tie_id>/dismiss")
@may(Role.OFFICER)
def dismiss(tie_id: int) -> Any:
    """Dismiss a tie with the reason."""
    tie, form = web.or_404(queries.tie(tie_id, web.me())), forms.ReasonForm()
    year = tie.application.round.year
    if form.validate_on_submit() and web.attempt(
        form, actions.dismiss_tie, tie=tie, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("review.panel", _("The tie is dismissed."), year=year)
    return web.page("review/dismissal.html", form, tie=tie)


# --- an expert's desk ---


@bp.get("/review")
@may(Role.EXPERT)
def desk() -> Any:
    """What waits for the expert, round by round."""
    rows = [(each, queries.others(each)) for each in queries.desks(web.me())]
    return web.page("review/desk.html", desks=rows, asked=queries.seats_asked(web.me()))


def _proposal(application_id: int) -> queries.Proposal:
    return web.or_404(queries.proposal(application_id, web.me()))


def _proposal_page(found: queries.Proposal, form: forms.SheetForm) -> Any:
    application = web.or_404(applications.one(found.application.id, web.me()))
    _renew(form, found.assignment.sheet)
    return web.page(
        "review/proposal.html",
        form,
        found=found,
        application=application,
        document=applications.document(application, contacts=False),
        subtotals=queries.subtotals_of(found.assignment.sheet) if found.assignment.sheet else {},
        files=applications.sent_files(application),
        communities={each.code: each.name for each in application.communities},
        line_amount=_line_amount,
        others=queries.others(found.desk),
        tie_form=forms.ReasonForm(formdata=None),
    )


def _line_amount(row: dict[str, str]) -> int | None:
    """What one row of the budget comes to, in fen."""
    lines = parts.lines({"costs_grant": [row]}, parts.CostTable.GRANT)
    return lines[0].amount if lines else None


@bp.get("/review/<int:application_id>")
@may(Role.EXPERT)
def proposal(application_id: int) -> Any:
    """A proposal and the expert's sheet for it, side by side."""
    found = _proposal(application_id)
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


@bp.post("/review/<int:application_id>")
@may(Role.EXPERT)
def save(application_id: int) -> Any:
    """Keep the draft."""
    found = _proposal(application_id)
    form = forms.SheetForm.made(found.criteria)
    if form.validate_on_submit() and web.attempt(
        form, actions.save, application=found.application, **_sent(form)
    ):
        return web.see("review.proposal", _("Your draft is saved."), application_id=application_id)
    return _proposal_page(found, form)


@bp.post("/review/<int:application_id>/hand-in")
@may(Role.EXPERT)
def hand_in(application_id: int) -> Any:
    """Hand the sheet in and go on to the next proposal that waits."""
    found = _proposal(application_id)
    form = forms.SheetForm.made(found.criteria)
    if form.validate_on_submit() and web.attempt(
        form, actions.hand_in, application=found.application, **_sent(form)
    ):
        said = _(
            "The sheet for «%(title)s» is handed in: %(total)s points.",
            title=found.application.title,
            total=queries.printed(form.outcome.total),
        )
        waiting = queries.next_of(found.application.round, web.me())
        if waiting is None:
            return web.see("review.desk", said)
        return web.see("review.proposal", said, application_id=waiting.id)
    return _proposal_page(found, form)


@bp.post("/review/<int:application_id>/autosave")
@may(Role.EXPERT)
def autosave(application_id: int) -> Any:
    """Keep the fields that changed; answers as the page's script expects."""
    found = _proposal(application_id)
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
    found, form = _proposal(application_id), forms.ReasonForm()
    if not form.validate_on_submit():
        return web.page("review/tie.html", form, found=found)
    if not web.confirmed():
        return web.confirm(
            _("Declare a tie"),
            _("Declare the tie"),
            back=flask.url_for("review.proposal", application_id=application_id),
            facts=[(_("Application"), f"{found.application.number} {found.application.title}")],
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


# --- paper sheets ---


def _grid_form(parts: list[queries.GridTheme], **given: Any) -> forms.GridForm:
    return forms.GridForm.made(
        {
            application.id: (f"{application.number} {application.title}", part.theme.criteria)
            for part in parts
            for application, sheet in part.rows
            if queries.keyable(application, sheet)
        },
        **given,
    )


@bp.get("/rounds/<int:year>/sheets/<int:number>")
@may(*KEYS_IN)
def grid(year: int, number: int) -> Any:
    """The grid of one expert's paper sheets."""
    seat = _seat(year, number)
    parts = queries.grid(seat, web.me())
    given: dict[str, Any] = {}
    for part in parts:
        for application, sheet in part.rows:
            if sheet is not None:
                marks = queries.marks_of(sheet).items()
                given |= {f"m-{application.id}-{code}": mark for code, mark in marks}
                given[f"c-{application.id}"] = sheet.comment
    return web.page(
        "review/grid.html", _grid_form(parts, data=given), seat=seat, parts=parts, keyable=queries.keyable
    )


@bp.post("/rounds/<int:year>/sheets/<int:number>")
@may(*KEYS_IN)
def key_in(year: int, number: int) -> Any:
    """Take the grid over, or refuse the whole of it naming row and column."""
    seat, now = _seat(year, number), clock.now()
    parts = queries.grid(seat, web.me())
    form = _grid_form(parts)
    if form.validate_on_submit():
        rows = {
            application.id: actions.Filled(
                form.marks(application.id, part.theme.criteria), {}, form.comment(application.id)
            )
            for part in parts
            for application, sheet in part.rows
            if queries.keyable(application, sheet)
        }
        staged = web.staged("scan")
        scan = files.keep(staged, by=web.me(), at=now) if staged else None
        given = {"signed_on": form.signed_on.data, "scan": scan, "by": web.me(), "at": now}
        if web.attempt(form, actions.key_in, panelist=seat, rows=rows, **given):
            said = _("%(count)s sheets are keyed in. Somebody else must check them.", count=len(form.outcome))
            return web.see("review.check", said, year=year, number=number)
    return web.page("review/grid.html", form, seat=seat, parts=parts, keyable=queries.keyable)


@bp.get("/rounds/<int:year>/sheets/<int:number>/check")
@may(*CHECKS)
def check(year: int, number: int) -> Any:
    """The keyed values beside the scan, for another pair of eyes."""
    seat = _seat(year, number)
    return _check_page(seat, forms.CheckForm(()))


def _check_page(seat: Panelist, form: forms.CheckForm) -> Any:
    return web.page("review/check.html", form, seat=seat, sheets=queries.keyed(seat, web.me()))


@bp.post("/rounds/<int:year>/sheets/<int:number>/check")
@may(*CHECKS)
def check_post(year: int, number: int) -> Any:
    """Confirm the sheets that agree with the paper."""
    seat = _seat(year, number)
    keyed = {str(sheet.id): sheet for sheet in queries.keyed(seat, web.me())}
    chosen = [pair.partition(":") for pair in request.form.getlist("sheets")]
    form = forms.CheckForm(request.form.getlist("sheets"))
    sheets = {keyed[key]: int(seen) for key, _colon, seen in chosen if key in keyed and seen.isdigit()}
    if form.validate_on_submit() and web.attempt(
        form, actions.check, sheets=sheets, by=web.me(), at=clock.now()
    ):
        said = _("%(count)s sheets are checked and count from now on.", count=len(sheets))
        return web.see("review.panel", said, year=year)
    return _check_page(seat, form)


@bp.get("/review/sheets/<int:sheet_id>/scan")
@may(*STAFF)
def scan(sheet_id: int) -> Any:
    """The scan of a paper sheet."""
    sheet = web.or_404(queries.sheet(sheet_id, web.me()))
    kept = web.or_404(sheet.paper.scan if sheet.paper else None)
    return downloads.send(kept, inline=True)


# --- the sheets of one application ---


@bp.get("/review/<int:application_id>/sheets")
@may(*STAFF)
def sheets(application_id: int) -> Any:
    """All sheets of one application, removed ones too, with what happened to them."""
    application = web.or_404(queries.application_of(application_id, web.me()))
    found = queries.sheets_of(application)
    return web.page(
        "review/sheets.html",
        application=application,
        sheets=found,
        score=(score := queries.score_of(application)),
        shown=queries.printed(score.value) or "—",
        events=queries.events_of(found),
        corrections=queries.corrections_of(found),
        marks_of=queries.marks_of,
        notes_of=queries.notes_of,
        subtotals_of=queries.subtotals_of,
        whole=rounds.sheet_points(web.or_404(application.theme)),
        open=queries.changeable,
    )


def _sheet(sheet_id: int) -> Sheet:
    return web.or_404(queries.sheet(sheet_id, web.me()))


@bp.get("/review/sheets/<int:sheet_id>/reopen")
@may(Role.APPROVER)
def reopening(sheet_id: int) -> Any:
    """What reopening a sheet does, and its reason."""
    return _reopening_page(_sheet(sheet_id), forms.ReasonForm())


def _reopening_page(sheet: Sheet, form: forms.ReasonForm) -> Any:
    effect = _effect(queries.without_sheet_of(sheet.application, sheet.panelist.person))
    return web.page("review/reopening.html", form, sheet=sheet, effect=effect)


@bp.post("/review/sheets/<int:sheet_id>/reopen")
@fresh
@may(Role.APPROVER)
def reopen(sheet_id: int) -> Any:
    """Give a sheet back to its expert."""
    sheet, form = _sheet(sheet_id), forms.ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.reopen, sheet=sheet, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        said = _("The sheet is open again for its expert.")
        return web.see("review.sheets", said, application_id=sheet.application_id)
    return _reopening_page(sheet, form)


@bp.get("/review/sheets/<int:sheet_id>/correct")
@may(Role.OFFICER, Role.APPROVER)
def correction(sheet_id: int) -> Any:
    """The marks of a paper sheet, to be set right."""
    sheet = _sheet(sheet_id)
    criteria = web.or_404(sheet.application.theme).criteria
    given = {f"mark_{code}": mark for code, mark in queries.marks_of(sheet).items()}
    return web.page("review/correction.html", forms.CorrectionForm.made(criteria, data=given), sheet=sheet)


@bp.post("/review/sheets/<int:sheet_id>/correct")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def correct(sheet_id: int) -> Any:
    """Set marks right, after showing what it does to the score."""
    sheet = _sheet(sheet_id)
    theme = web.or_404(sheet.application.theme)
    form = forms.CorrectionForm.made(theme.criteria)
    assert isinstance(form, forms.CorrectionForm)
    if form.validate_on_submit() and not web.confirmed():
        now = {code: mark for code, mark in form.marks.items() if mark is not None}
        before = queries.marks_of(sheet)
        scores = queries.score_of(sheet.application), queries.score_of(sheet.application, {sheet.id: now})
        return web.confirm(
            _("Correct a paper sheet"),
            _("Correct the marks"),
            back=flask.url_for("review.sheets", application_id=sheet.application_id),
            facts=[(_("Reason"), form.reason.data), *_effect(scores)],
            headers=[_("Criterion"), _("Before"), _("After")],
            rows=[
                (one.name, queries.printed(before.get(one.code)), queries.printed(now.get(one.code)))
                for one in theme.criteria
                if before.get(one.code) != now.get(one.code)
            ],
        )
    given = {"marks": form.marks, "reason": form.reason.data or "", "by": web.me(), "at": clock.now()}
    if not form.errors and web.attempt(form, actions.correct, sheet=sheet, **given):
        return web.see("review.sheets", _("The marks are corrected."), application_id=sheet.application_id)
    return web.page("review/correction.html", form, sheet=sheet)


# --- the ranking ---


@bp.get("/rounds/<int:year>/ranking")
@may(*STAFF)
def ranking(year: int) -> Any:
    """Each theme's ranking with the rule it was made by, a hundred lines a page."""
    round, number = _round(year), request.args.get("page", 1, type=int)
    themes = queries.ranking(round, web.me())
    return web.page("review/ranking.html", round=round, themes=themes, number=number)


@bp.get("/rounds/<int:year>/ranking/trust")
@may(Role.OFFICER, Role.AUDITOR)
def trust(year: int) -> Any:
    """How far the marks of the final themes can be trusted; for choosing next year's panel and score sheet."""
    round, places = _round(year), request.args.get("places", type=int)
    places = places if places and 0 < places < 10_000 else None
    found = queries.trust(round, web.me(), places=places)
    return web.page("review/trust.html", round=round, themes=found, places=places)


def _rule_page(theme: Theme, form: forms.RuleForm) -> Any:
    round = theme.round
    now = next(one for one in queries.ranking(round, web.me()) if one.theme.id == theme.id)
    shown = form.aggregation.data if form.aggregation.data in list(Aggregation) else None
    wanted = now.pending.aggregation if now.pending else Aggregation(shown or Aggregation.MEAN)
    then = next(
        one
        for one in queries.ranking(round, web.me(), instead={theme.id: wanted})
        if one.theme.id == theme.id
    )
    return web.page(
        "review/rule.html",
        form,
        theme=theme,
        now=now,
        then=then,
        after={line.application_id: line for line in then.lines},
    )


@bp.get("/rounds/<int:year>/themes/<code>/rule")
@may(*STAFF)
def rule(year: int, code: str) -> Any:
    """The theme's rule, what another one would make of the ranking, and a change that waits."""
    return _rule_page(_theme(year, code), forms.RuleForm())


@bp.post("/rounds/<int:year>/themes/<code>/rule")
@fresh
@may(Role.OFFICER)
def propose_rule(year: int, code: str) -> Any:
    """Propose another rule for the whole theme."""
    theme, form = _theme(year, code), forms.RuleForm()
    if form.validate_on_submit():
        given = {"aggregation": Aggregation(form.aggregation.data), "reason": form.reason.data}
        if web.attempt(form, actions.propose_rule, theme=theme, by=web.me(), at=clock.now(), **given):
            said = _("The change is proposed. It counts once an approver has approved it.")
            return web.see("review.rule", said, year=year, code=code)
    return _rule_page(theme, form)


@bp.post("/rounds/<int:year>/themes/<code>/rule/approve")
@fresh
@may(Role.APPROVER)
def approve_rule(year: int, code: str) -> Any:
    """Approve the change that waits."""
    theme = _theme(year, code)
    change = web.or_404(queries.pending_change(theme))
    if not web.confirmed():
        return web.confirm(
            _("Approve another rule for the theme"),
            _("Approve the rule"),
            back=flask.url_for("review.rule", year=year, code=code),
            facts=[
                (_("Theme"), theme.name),
                (_("New rule"), _(change.aggregation.label)),
                (_("Reason"), change.reason),
                (_("Proposed by"), change.proposed_by.name),
            ],
        )
    actions.approve_rule(change=change, by=web.me(), at=clock.now())
    return web.see("review.ranking", _("The theme's rule is changed."), year=year)


@bp.post("/rounds/<int:year>/themes/<code>/rule/take-back")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def take_back_rule(year: int, code: str) -> Any:
    """Take back, or decline, the change that waits."""
    change = web.or_404(queries.pending_change(_theme(year, code)))
    actions.take_back_rule(change=change, by=web.me(), at=clock.now())
    return web.see("review.rule", _("The proposed change is taken back."), year=year, code=code)


@bp.get("/rounds/<int:year>/themes/<code>/draw")
@may(*STAFF)
def draw(year: int, code: str) -> Any:
    """The ties that only a draw can order, and the draws on record."""
    return _draw_page(_theme(year, code), None)


def _draw_page(theme: Theme, sent: forms.DrawForm | None) -> Any:
    names = queries.names_of(theme, web.me())
    groups = []
    for group in queries.drawable(theme):
        if not names.keys() >= set(group):
            continue  # a tie hides one of them
        key = ",".join(map(str, group))
        if sent is not None and sent.group.data == key:
            groups.append((group, sent))
        else:
            fresh = {each: names[each] for each in group}
            groups.append((group, forms.DrawForm.made(fresh, formdata=None, data={"group": key})))
    return web.page(
        "review/draw.html", sent, theme=theme, groups=groups, draws=queries.draws(theme), names=names
    )


@bp.post("/rounds/<int:year>/themes/<code>/draw")
@fresh
@may(Role.OFFICER)
def record_draw(year: int, code: str) -> Any:
    """Record the order that a draw gave."""
    theme = _theme(year, code)
    key = request.form.get("group", "")
    group = web.or_404(
        next((each for each in queries.drawable(theme) if ",".join(map(str, each)) == key), None)
    )
    names = queries.names_of(theme, web.me())
    if not names.keys() >= set(group):
        flask.abort(404)
    form = forms.DrawForm.made({each: names[each] for each in group})
    if form.validate_on_submit():
        if sorted(form.places) != list(range(1, len(group) + 1)):
            form.refusal = Refused("review.draw_order", f"place_{group[0]}", count=len(group))
            return _draw_page(theme, form)
        given = {"drawn_on": form.drawn_on.data, "witness": form.witness.data, "reason": form.reason.data}
        verb = {"theme": theme, "group": group, "order": form.order, "by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.record_draw, **verb, **given):
            return web.see("review.ranking", _("The draw is on record."), year=year)
    return _draw_page(theme, form)
