"""The versions of a theme's ranking: what was frozen, with its hash; unfreezing by two people; freezing again."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.review import actions, forms, queries
from venture.review.views.shared import bp, theme_or_404
from venture.roles import STAFF, Role, fresh, may
from venture.rounds.models import Theme


@bp.get("/rounds/<int:year>/themes/<code>/versions")
@may(*STAFF)
def versions(year: int, code: str) -> Any:
    """Each version with its hash and what it changed, and whether the ranking is frozen."""
    return _versions_page(theme_or_404(year, code), forms.ReasonForm())


def _versions_page(theme: Theme, form: forms.ReasonForm) -> Any:
    found, asked = queries.versions_of(theme), queries.unfreezings_of(theme)
    return web.page(
        "review/versions.html",
        form,
        theme=theme,
        versions=found,
        changes=queries.changes_of(found),
        shown=queries.shown_changes(theme, web.me()),
        frozen=queries.frozen(theme.id),
        unfreezings=asked,
        pending=next((each for each in asked if each.approved_at is None), None),
    )


@bp.get("/rounds/<int:year>/themes/<code>/versions/<int:number>.json")
@may(*STAFF)
def version_text(year: int, code: str, number: int) -> Any:
    """A version's text, byte for byte what its hash was made of; not for whom a tie hides a project of it."""
    theme = theme_or_404(year, code)
    found = web.or_404(next((each for each in queries.versions_of(theme) if each.number == number), None))
    if queries.hides_any(theme, web.me()):
        flask.abort(404)
    answer = flask.Response(found.text.encode(), mimetype="application/json")
    name = f"ranking-{year}-{theme.code}-{number}.json"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@bp.post("/rounds/<int:year>/themes/<code>/unfreeze")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def propose_unfreezing(year: int, code: str) -> Any:
    """Propose to make the frozen ranking changeable again."""
    theme, form = theme_or_404(year, code), forms.ReasonForm()
    given = {"theme": theme, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.propose_unfreezing, **given):
        said = _("The unfreezing is proposed. It counts once another person has approved it.")
        return web.see("review.versions", said, year=year, code=code)
    return _versions_page(theme, form)


@bp.post("/rounds/<int:year>/themes/<code>/unfreeze/approve")
@fresh
@may(Role.APPROVER)
def approve_unfreezing(year: int, code: str) -> Any:
    """Approve the unfreezing that waits."""
    theme = theme_or_404(year, code)
    proposal = web.or_404(queries.pending_unfreezing(theme))
    if not web.confirmed():
        return web.confirm(
            _("Unfreeze the ranking"),
            _("Approve the unfreezing"),
            back=flask.url_for("review.versions", year=year, code=code),
            facts=[
                (_("Theme"), theme.name),
                (_("Version"), str(proposal.version.number)),
                (_("Reason"), proposal.reason),
                (_("Proposed by"), proposal.proposed_by.name),
            ],
        )
    actions.approve_unfreezing(proposal=proposal, by=web.me(), at=clock.now())
    return web.see("review.versions", _("The ranking can be changed again."), year=year, code=code)


@bp.post("/rounds/<int:year>/themes/<code>/unfreeze/take-back")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def take_back_unfreezing(year: int, code: str) -> Any:
    """Take back, or decline, the unfreezing that waits."""
    proposal = web.or_404(queries.pending_unfreezing(theme_or_404(year, code)))
    actions.take_back_unfreezing(proposal=proposal, by=web.me(), at=clock.now())
    return web.see("review.versions", _("The proposed unfreezing is taken back."), year=year, code=code)


@bp.post("/rounds/<int:year>/themes/<code>/freeze")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def freeze(year: int, code: str) -> Any:
    """Freeze again what was unfrozen, as the next version."""
    theme, form = theme_or_404(year, code), forms.ReasonForm()
    web.or_404(queries.frozen_in([theme.id]).get(theme.id))
    given = {"theme": theme, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.freeze, **given):
        return web.see("review.versions", _("The ranking is frozen again."), year=year, code=code)
    return _versions_page(theme, form)
