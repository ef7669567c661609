"""Ties between experts and applications: recorded, found, dismissed."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.review import actions, forms, queries
from venture.review.conflicts import Ground
from venture.review.views.panel import found_shown, panel_page
from venture.review.views.shared import bp, round_or_404
from venture.roles import Role, may


@bp.post("/rounds/<int:year>/ties")
@may(Role.OFFICER)
def tie(year: int) -> Any:
    """Declare a tie by hand, after showing what it does to the sheet and the score."""
    round, me = round_or_404(year), web.me()
    tieable, sent = queries.tieable(round), queries.applications_of(round, me)
    form = forms.TieForm(tieable, sent)
    if not form.validate_on_submit():
        return panel_page(round, form)
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
                *shift_shown(queries.without_sheet_of(application, person)),
            ],
            warning=_(
                "The application is hidden from this person at once; a sheet is kept but does not count."
            ),
        )
    given = {"ground": Ground(form.ground.data), "note": form.note.data, "by": me, "at": clock.now()}
    if not web.attempt(form, actions.declare_tie, application=application, person=person, **given):
        return panel_page(round, form)
    return web.see("review.panel", _("The tie is on record."), year=year)


def shift_shown(scores: tuple[Any, Any] | None) -> list[tuple[str, str]]:
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
    round = round_or_404(year)
    if not web.confirmed():
        found = found_shown(round)
        return web.confirm(
            _("Record the ties found"),
            _("Record all of them"),
            back=flask.url_for("review.panel", year=year),
            headers=[_("Who is tied"), _("Application"), _("Ground")],
            rows=[
                (
                    one.person.name,
                    f"{one.application.number} {one.application.title}",
                    _(one.ground.label),
                )
                for one in found
            ],
            warning=_("These applications are hidden from them at once; sheets are kept but do not count."),
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
