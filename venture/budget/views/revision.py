"""Plan and budget revised to the approved amount: the organization's form, the office's list."""

from collections.abc import Sequence
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, money, web
from venture.applications import actions as applications
from venture.applications import forms as application_forms
from venture.applications import parts, printing
from venture.applications import queries as application_queries
from venture.applications.parts import Kind, Raw
from venture.applications.views.shared import SPARE_ROWS, line_amount
from venture.budget import access, actions, queries, revising
from venture.budget.forms import Rows
from venture.budget.models import Revision
from venture.budget.views.award import award_or_404, facts_of
from venture.budget.views.shared import act, bp, crumbs, round_or_404, tried
from venture.refusal import Changed
from venture.roles import Role, may, signed_in
from venture.rounds.models import Round
from venture.web import Form


def _revision_or_404(id: int) -> Revision:
    return web.or_404(queries.revision_of(award_or_404(id)))


def _own(found: Revision) -> bool:
    return found.award.application.organization_id in web.me().organization_ids


def _page(
    found: Revision, form: Form | None = None, *, typed: dict[str, Raw] | None = None, clash: Any = None
) -> Any:
    """As it stands, or over it what was just typed and could not be kept; for readers what was sent."""
    award, writing = found.award, found.writable and _own(found)
    applied = queries.applied(found)
    now = queries.revised(found) if writing else queries.sent(found)
    shown = now | (typed or {})
    obstacles = queries.revision_obstacles(found) if writing else []
    errors: dict[str, list[Any]] = {}
    for each in obstacles:
        errors.setdefault(each.field, []).append(each)
    answer, status = web.page(
        "budget/revision.html",
        form,
        award=award,
        revision=found,
        sight=access.sight(award),
        crumbs=[(award.application.title, flask.url_for("budget.award", id=award.id))],
        application=award.application,
        parts=revising.PARTS,
        part=parts.MONEY,
        sheet=shown,
        sums=parts.sums(shown),
        heads=revising.heads(applied, shown),
        changed=[
            (web.said(field.label), _plain(field, applied), _plain(field, shown))
            for field in revising.changed(applied, shown)
        ],
        errors=errors,
        obstacles=obstacles if found.answers else [],
        base=flask.json.dumps({key: applications.fingerprint(now[key]) for key in revising.FIELDS}),
        clash=clash,
        writing=writing,
        editable=writing,
        spare=SPARE_ROWS,
        line_amount=line_amount,
        kinds=Kind,
        choices={},
        towns=[],
        files=[],
    )
    return answer, 409 if clash else status


def _plain(field: parts.Field, sheet: dict[str, Raw]) -> str:
    return printing.plain(application_queries.Answer(field, sheet[field.key]), {})


@bp.get("/awards/<int:id>/revision")
@signed_in
def revision(id: int) -> Any:
    return _page(_revision_or_404(id))


def _base() -> dict[str, str]:
    try:
        given = flask.json.loads(request.form.get("base", "{}"))
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


@bp.post("/awards/<int:id>/revision")
@may(Role.APPLICANT)
def save_revision(id: int) -> Any:
    found, form = _own_or_404(id), Form()
    typed: dict[str, Raw] = {}
    for part in revising.PARTS:
        typed |= application_forms.chosen(application_forms.typed(part, request.form), request.form)
    given = {"revision": found, "posted": typed, "base": _base(), "by": web.me(), "at": clock.now()}
    if web.attempt(form, actions.save_revision, **given):
        if "send" in request.form:
            return web.see("budget.sending", id=id)
        return web.see("budget.revision", _("Saved."), id=id)
    clash, form.refusal = (form.refusal, None) if isinstance(form.refusal, Changed) else (None, form.refusal)
    mine = {key: parts.normal(revising.FIELDS[key], raw) for key, raw in typed.items()}
    return _page(_revision_or_404(id), form, typed=mine, clash=clash)


def _sending(found: Revision, form: Form) -> Any:
    return act(
        _("Send plan and budget to the office"),
        _("Send plan and budget"),
        form,
        back=flask.url_for("budget.revision", id=found.award_id),
        facts=facts_of(found.award),
        warning=_("What is sent is frozen; it is yours again only when the office sends it back."),
        table=(
            [_("Budget head"), _("Paid by"), _("Applied for"), _("Revised"), _("Difference")],
            [
                [
                    _(head.category.label),
                    _(head.table.label),
                    *(money.text(fen) for fen in (head.before, head.after, head.difference)),
                ]
                for head in queries.revision_heads(found, writing=True)
            ],
        ),
    )


def _own_or_404(id: int) -> Revision:
    found = _revision_or_404(id)
    return web.or_404(found if _own(found) else None)


@bp.get("/awards/<int:id>/revision/send")
@may(Role.APPLICANT)
def sending(id: int) -> Any:
    return _sending(_own_or_404(id), Form())


@bp.post("/awards/<int:id>/revision/send")
@may(Role.APPLICANT)
def send_revision(id: int) -> Any:
    found, form = _own_or_404(id), Form()
    if form.validate_on_submit() and web.attempt(
        form, actions.send_revision, revision=found, by=web.me(), at=clock.now()
    ):
        said = _("Plan and budget are sent. The office looks at them now.")
        return web.see("budget.revision", said, id=id)
    return _sending(_own_or_404(id), form)


@bp.post("/awards/<int:id>/revision/autosave")
@may(Role.APPLICANT)
def autosave_revision(id: int) -> Any:
    found, form = _own_or_404(id), Form()
    typed: dict[str, Any] = {}
    for part in revising.PARTS:
        typed |= application_forms.changes(part, request.form)
    if web.attempt(
        form,
        actions.save_revision,
        revision=found,
        posted=typed,
        base=_base(),
        by=web.me(),
        at=clock.now(),
        auto=True,
    ):
        now = queries.revised(found)
        base = {key: applications.fingerprint(now[key]) for key in typed}
        saved_at = clock.beijing(clock.now()).strftime("%H:%M:%S")
        return flask.jsonify(saved_at=saved_at, version=found.saves, base=base)
    status = 409 if isinstance(form.refusal, Changed) else 422
    return flask.jsonify(message=" ".join(web.sentence(blocker) for blocker in form.blockers)), status


# --- the office's list ---


def _list(round: Round, form: Rows) -> Any:
    rows = queries.revisions(round, web.me())
    return web.page(
        "budget/revisions.html",
        form,
        round=round,
        crumbs=crumbs(round, (_("Awards"), flask.url_for("budget.awards", year=round.year))),
        rows=[(each, queries.revision_heads(each)) for each in rows],
    )


@bp.get("/rounds/<int:year>/revisions")
@may(*access.PAGES)
def revisions(year: int) -> Any:
    return _list(round_or_404(year), Rows())


@bp.post("/rounds/<int:year>/revisions")
@may(Role.OFFICER)
def decide_revisions(year: int) -> Any:
    round, form = round_or_404(year), Rows()
    rows = queries.revisions(round, web.me())
    accepted = [each for each in rows if form.typed(f"act-{each.id}") == "accept"]
    returned = {
        each: form.typed(f"reason-{each.id}") for each in rows if form.typed(f"act-{each.id}") == "back"
    }
    if form.readable() and tried(
        form,
        actions.decide_revisions,
        accepted=accepted,
        returned=returned,
        by=web.me(),
        at=clock.now(),
    ):
        if web.confirmed():
            said = _(
                "%(accepted)s revisions are accepted, %(returned)s sent back.",
                accepted=len(accepted),
                returned=len(returned),
            )
            return web.see("budget.revisions", said, year=year)
        return _preview(round, accepted, returned)
    return _list(round, form)


def _preview(round: Round, accepted: Sequence[Revision], returned: dict[Revision, str]) -> Any:
    return web.confirm(
        _("Decide the revisions"),
        _("Decide the revisions"),
        back=flask.url_for("budget.revisions", year=round.year),
        facts=[(_("Accepted"), len(accepted)), (_("Sent back"), len(returned))],
        headers=[_("Project"), _("Organization"), _("Approved amount"), _("Decision"), _("Reason")],
        rows=[
            [
                each.award.application.title,
                each.award.application.organization.name,
                money.text(each.award.amount),
                _("Sent back") if each in returned else _("Accepted"),
                returned.get(each, ""),
            ]
            for each in [*accepted, *returned]
        ],
    )
