"""What an audit firm sees."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.applications import actions, forms, queries
from venture.applications.views.shared import bp
from venture.people import queries as people
from venture.roles import Role, fresh, may
from venture.rounds import queries as rounds


@bp.app_template_global()
def gain_of_sight(person: Any, grants: Any) -> queries.Gain:
    """What the person would gain by these (role, organization) pairs; for confirm pages of roles."""
    pairs = [(role, organization.id if organization else None) for role, organization in grants]
    return queries.gain(person, pairs, web.me())


def _grant(id: int) -> Any:
    return web.or_404(people.bounded_grant(id))


def _scope_page(grant: Any, form: forms.ScopeForm) -> Any:
    return web.page("applications/scope.html", form, grant=grant)


@bp.get("/audit-scopes/<int:grant>")
@may(Role.ADMINISTRATOR)
def scope(grant: int) -> Any:
    found = _grant(grant)
    whole, single = queries.scope_of(found)
    form = forms.ScopeForm(
        rounds=[round.id for round in whole], numbers="\n".join(row.number or "" for row in single)
    )
    return _scope_page(found, form.offer(rounds.all_rounds()))


@bp.post("/audit-scopes/<int:grant>")
@fresh
@may(Role.ADMINISTRATOR)
def scope_post(grant: int) -> Any:
    found, every = _grant(grant), rounds.all_rounds()
    form = forms.ScopeForm().offer(every)
    chosen = [round for round in every if round.id in (form.rounds.data or [])]
    given = {"grant": found, "rounds": chosen, "numbers": form.listed, "reason": form.reason.data}
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.assign_audit, by=web.me(), at=clock.now(), **given)
    ):
        return _scope_page(found, form)
    if web.confirmed():
        said = _("%(name)s sees these projects from now on.", name=found.person.name)
        return web.see("people.one_person", said, id=found.person_id)
    web.rollback()
    single = queries.sent_by_number(form.listed).values()
    return web.confirm(
        _("Assign these projects for audit?"),
        _("Assign"),
        template="people/confirm_sight.html",
        back=flask.url_for("applications.scope", grant=grant),
        facts=[
            (_("Auditor"), found.person.name),
            (_("Until day"), found.until_on.isoformat()),
            (_("Whole rounds"), "、".join(round.name for round in chosen) or "—"),
            (_("Single applications"), len(form.listed)),
        ],
        who=found.person,
        gain=queries.gain_by_scope(found.person, chosen, single, web.me()),
    )
