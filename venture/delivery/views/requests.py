"""Requests of an organization: asked for, recommended by one, decided by another."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.budget import queries as budget
from venture.budget.models import Award
from venture.delivery import access, actions, forms, queries
from venture.delivery.models import Change, ChangeKind
from venture.delivery.views.shared import RECORDS, bp, crumbs, new_key, own_or_404
from venture.roles import Role, fresh, may, signed_in


def _change(id: int) -> Change:
    return web.or_404(queries.change(id, web.me()))


@bp.get("/projects/<int:id>/changes/new")
@may(*RECORDS)
def new_change(id: int) -> Any:
    return _asking(
        own_or_404(id), forms.ChangeForm(formdata=None, key=new_key(), kind=request.args.get("kind"))
    )


def _asking(award: Award, form: forms.ChangeForm) -> Any:
    return web.page(
        "delivery/new_change.html",
        form,
        award=award,
        crumbs=crumbs(award),
        ends_on=queries.ends_on(award),
        direct=budget.promised([award])[award.id].direct or 0,
    )


@bp.post("/projects/<int:id>/changes")
@may(*RECORDS)
def ask(id: int) -> Any:
    found, form = own_or_404(id), forms.ChangeForm()
    names = ("key", "before", "after", "reason", "effect", "ends_on", "direct")
    if form.validate_on_submit() and web.attempt(
        form,
        actions.ask,
        award=found,
        kind=ChangeKind(form.kind.data),
        by=web.me(),
        at=clock.now(),
        **{name: form[name].data or ("" if name == "effect" else None) for name in names},
    ):
        made: Change = form.outcome
        return web.see("delivery.change", _("Your request is sent to the office."), id=made.id)
    return _asking(own_or_404(id), form)


@bp.get("/changes/<int:id>")
@signed_in
def change(id: int) -> Any:
    return _page(_change(id), forms.RecommendationForm(formdata=None))


def _page(found: Change, form: Any) -> Any:
    me, own = web.me(), access.is_own(web.me(), found.award)
    is_open = found.state in actions.OPEN
    return web.page(
        "delivery/change.html",
        form,
        change=found,
        award=found.award,
        crumbs=crumbs(found.award),
        sight=access.sight(found.award),
        takes_back=own and is_open,
        recommends=not own and is_open and me.holds(*access.RECOMMENDS),
        decides=not own and is_open and me.holds(Role.APPROVER),
        obstacles=actions.decide_blockers(found, me) if me.holds(Role.APPROVER) and is_open else [],
        recommendation=form
        if isinstance(form, forms.RecommendationForm)
        else forms.RecommendationForm(formdata=None),
        decision=form if isinstance(form, forms.DecisionForm) else forms.DecisionForm(formdata=None),
    )


@bp.post("/changes/<int:id>/recommend")
@may(*access.RECOMMENDS)
def recommend(id: int) -> Any:
    found, form = _change(id), forms.RecommendationForm()
    given = {"favours": form.favours.data == "yes", "text": form.text.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.recommend, change=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("delivery.change", _("Your recommendation is kept. Another person decides."), id=id)
    return _page(_change(id), form)


@bp.post("/changes/<int:id>/decide")
@fresh
@may(Role.APPROVER)
def decide(id: int) -> Any:
    found, form = _change(id), forms.DecisionForm()
    approve = "approve" in request.form
    given = {"approve": approve, "decision": form.decision.data or "", "by": web.me(), "at": clock.now()}
    if not (form.validate_on_submit() and web.attempt(form, actions.decide, change=found, **given)):
        return _page(_change(id), form)
    if not approve or found.kind is not ChangeKind.TERMINATION or web.confirmed():
        return web.see("delivery.change", _("The request is decided."), id=id)
    facts = [
        (_("Project"), found.award.application.title),
        (_("Organization"), found.award.application.organization.name),
    ]
    web.rollback()
    return web.confirm(
        _("Terminate the project?"),
        _("Terminate the project"),
        back=flask.url_for("delivery.change", id=id),
        facts=facts,
        warning=_("The award is cancelled; what was not paid returns to its theme. This is not undone."),
    )


@bp.post("/changes/<int:id>/back")
@may(*RECORDS)
def withdraw_change(id: int) -> Any:
    found = _change(id)
    actions.withdraw(change=found, by=web.me(), at=clock.now())
    return web.see("delivery.change", _("The request is taken back."), id=id)
