"""The panel: who sits, who scores what, wishes, substitutes."""

from datetime import date
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.refusal import Refused
from venture.review import actions, forms, queries
from venture.review.views.shared import bp, round_or_404, seat_or_404
from venture.roles import STAFF, Role, fresh, may
from venture.rounds.models import Aggregation, Round


@bp.get("/rounds/<int:year>/panel")
@may(*STAFF)
def panel(year: int) -> Any:
    """The experts of a round, their progress, the ties, and who can score what."""
    return panel_page(round_or_404(year), None)


def panel_page(round: Round, form: web.Form | None) -> Any:
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
        found=found_shown(round),
        waiting=[row for row in queries.coverage(round) if row.application.id in visible],
        missing=queries.missing(round, me),
        sharing=queries.sharing(round),
        chosen=form.people.data or [] if isinstance(form, forms.SeatForm) else [],
        agreed_on=form.agreed_on if isinstance(form, forms.SeatForm) else None,
        today=_today(),
        tie_form=form if isinstance(form, forms.TieForm) else forms.TieForm(tieable, sent),
    )


def found_shown(round: Round) -> list[queries.Found]:
    """The ties found that this person may know of: neither their own nor of what is hidden from them."""
    me = web.me()
    visible = {application.id for application in queries.applications_of(round, me)}
    return [
        one for one in queries.found_ties(round) if one.person.id != me.id and one.application.id in visible
    ]


def _today() -> date:
    return clock.beijing_day(clock.now())


def words_of(count: int, named: list[str]) -> str:
    """How many projects somebody will read, with the numbers of those that may be named."""
    return f"{count}({'、'.join(named)})" if named else str(count)


@bp.post("/rounds/<int:year>/panel")
@may(Role.OFFICER)
def seat(year: int) -> Any:
    """Add experts, after showing the ties that this will put on record."""
    round = round_or_404(year)
    form = forms.SeatForm(queries.candidates(round))
    chosen = [person for person in queries.candidates(round) if person.id in (form.people.data or [])]
    if not form.validate() or not chosen:
        form.refusal = None if form.errors else Refused("review.nobody_chosen", "people")
        return panel_page(round, form)
    if not web.confirmed():
        found = queries.found_ties(round, chosen)
        gains = queries.would_read(round, chosen, found, web.me())
        return web.confirm(
            _("Add experts to the panel"),
            _("Add to the panel"),
            back=flask.url_for("review.panel", year=year),
            facts=[
                (_("Round"), round.name),
                (_("Agreed on paper or by word on"), str(form.agreed_on.data or _today())),
                (_("Ties found"), len(found)),
            ],
            headers=[_("Expert"), _("Projects they will read and cannot read now"), _("Ties found")],
            rows=[
                (
                    person.name,
                    words_of(*gains[person.id]),
                    "、".join(
                        f"{one.application.number}({_(one.ground.label)})"
                        for one in found
                        if one.person.id == person.id
                    ),
                )
                for person in chosen
            ],
        )
    given = {"people": chosen, "agreed_on": form.agreed_on.data, "by": web.me(), "at": clock.now()}
    if not web.attempt(form, actions.seat, round=round, **given):
        return panel_page(round_or_404(year), form)
    return web.see("review.panel", _("The experts are on the panel."), year=year)


@bp.get("/rounds/<int:year>/panel/<int:number>/remove")
@may(Role.OFFICER)
def unseating(year: int, number: int) -> Any:
    """Ask for the reason why an expert is taken off the panel."""
    return web.page("review/unseating.html", forms.ReasonForm(), panelist=seat_or_404(year, number))


@bp.post("/rounds/<int:year>/panel/<int:number>/remove")
@may(Role.OFFICER)
def unseat(year: int, number: int) -> Any:
    """Take an expert off the panel before any sheet is begun, with the reason."""
    panelist, form = seat_or_404(year, number), forms.ReasonForm()
    given = {"reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.unseat, panelist=panelist, **given):
        return web.see("review.panel", _("The expert is no longer on the panel."), year=year)
    return web.page("review/unseating.html", form, panelist=seat_or_404(year, number))


@bp.get("/rounds/<int:year>/panel/begin")
@may(Role.OFFICER)
def beginning(year: int) -> Any:
    """Ask how the proposals go to the experts: all to everybody, or shared out."""
    return _begin_page(round_or_404(year), None)


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
    round, form = round_or_404(year), forms.ShareForm()
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
    rows = queries.missing(round_or_404(year), web.me())
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
