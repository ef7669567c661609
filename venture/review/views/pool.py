"""The pool of experts: the list, one expert with seats and history, entering and changing."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from venture import clock, trail, web
from venture.refusal import Refused
from venture.review import actions, forms, queries
from venture.review.models import Competence, Expert, PoolState, Title
from venture.review.views.shared import bp
from venture.roles import STAFF, Role, may
from venture.words import N_, Word

FIELDS = {
    "title": N_("Professional title"),
    "position": N_("Position"),
    "employer_code": N_("Employer"),
    "employer_name": N_("Employer's name"),
    "competences": N_("Can judge"),
    "office": N_("Offices in organizations"),
    "adviser": N_("Advice given to organizations"),
    "resident": N_("Lives in the community"),
    "serves": N_("Serves in the communities"),
    "state": N_("State"),
}
"""What the trail keeps of an expert, in words."""
KINDS: dict[str, type[Word]] = {"title": Title, "competences": Competence, "state": PoolState}


def _chosen(kind: type[Any], name: str) -> Any:
    """The word of a closed list that the address asks for, or none."""
    asked = request.args.get(name, "")
    return kind(asked) if asked in {word.value for word in kind} else None


def _choices(kind: type[Word]) -> list[tuple[str, str]]:
    return [("", _("All")), *((word.value, _(word.label)) for word in kind)]


@bp.get("/experts")
@may(*STAFF)
def pool() -> Any:
    """The experts of the pool, with filters."""
    asked = {
        "field": _chosen(Competence, "field"),
        "title": _chosen(Title, "title"),
        "state": _chosen(PoolState, "state"),
    }
    words = request.args.get("words", "").strip()
    return web.page(
        "review/pool.html",
        found=queries.pool(request.args.get("page", 1, type=int), words=words, **asked),
        asked=asked,
        words=words,
        choices={"field": _choices(Competence), "title": _choices(Title), "state": _choices(PoolState)},
        outside=queries.outside_pool() if web.me().holds(Role.OFFICER) else [],
    )


@bp.post("/experts")
@may(Role.OFFICER)
def take_in() -> Any:
    """Take everybody into the pool who has the role of an expert."""
    people = queries.outside_pool()
    if not web.confirmed():
        return web.confirm(
            _("Take them into the pool"),
            _("Take into the pool"),
            back=web.back(),
            facts=[(_("Experts"), len(people))],
            headers=[_("Full name"), _("Position")],
            rows=[(person.name, person.position) for person in people],
        )
    form = forms.PlainForm()
    web.attempt(form, actions.take_in, people=people, by=web.me(), at=clock.now())
    return web.see("review.pool", _("They are in the pool. Complete what is known of each."))


@bp.get("/experts/new")
@may(Role.OFFICER)
def new_expert() -> Any:
    """The form for a new expert."""
    return web.page("review/new_expert.html", forms.NewExpertForm())


@bp.post("/experts/new")
@may(Role.OFFICER)
def enter_expert() -> Any:
    """Enter a new expert."""
    form = forms.NewExpertForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.enter_expert,
        name=form.name.data,
        mobile=form.mobile.data or "",
        email=form.email.data or "",
        position=form.position.data or "",
        record=form.record,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.expert", _("The expert is in the pool."), id=form.outcome.id)
    return web.page("review/new_expert.html", form)


def _expert(id: int) -> Expert:
    return web.or_404(queries.expert(id))


def _page(found: Expert, form: Any = None) -> Any:
    codes = [row.code for row in found.affiliations]
    seats = queries.seats_of(found.person)
    return web.page(
        "review/expert.html",
        form,
        expert=found,
        names=queries.names_of_codes([*codes, found.person.employer_code]),
        seats=seats,
        places={seat.invitation_id: seat.number for seat in seats},
        invitations=queries.invitations_of(found.person),
        events=[(event, _changes(event)) for event in trail.history(found)],
        state_form=form or forms.PoolStateForm(found.state, formdata=None),
        today=clock.beijing_day(clock.now()),
    )


def _changes(event: trail.Event) -> list[tuple[str, str, str]]:
    """Each field that an event changed, with both values in words."""

    def shown(name: str, value: Any) -> str:
        kind = KINDS.get(name)
        values = value if isinstance(value, list) else [value]
        return "、".join(_(kind(one).label) if kind else str(one) for one in values if one)

    changed = {name: both for name, both in event.facts.items() if name in FIELDS}
    return [
        (_(FIELDS[name]), shown(name, before), shown(name, after))
        for name, (before, after) in changed.items()
    ]


@bp.get("/experts/<int:id>")
@may(*STAFF)
def expert(id: int) -> Any:
    """One expert: what is known, seats and invitations, history."""
    return _page(_expert(id))


@bp.get("/experts/<int:id>/edit")
@may(Role.OFFICER)
def edit_expert(id: int) -> Any:
    """The form over what is known of an expert."""
    found = _expert(id)
    return web.page("review/edit_expert.html", forms.ExpertForm.of(found), expert=found)


@bp.post("/experts/<int:id>/edit")
@may(Role.OFFICER)
def save_expert(id: int) -> Any:
    """Keep what is known of an expert."""
    found, form = _expert(id), forms.ExpertForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.save_expert,
        expert=found,
        record=form.record,
        seen=form.version.data or 0,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.expert", _("What is known of the expert was saved."), id=id)
    found = _expert(id)
    if isinstance(form.refusal, Refused) and form.refusal.blockers[0].code == "review.expert_changed":
        form.version.raw_data, form.version.data = None, found.revision
    return web.page("review/edit_expert.html", form, expert=found)


@bp.post("/experts/<int:id>/state")
@may(Role.OFFICER)
def set_expert_state(id: int) -> Any:
    """Block an expert, let them leave, or take them back, with the reason."""
    found = _expert(id)
    form = forms.PoolStateForm(found.state)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.set_state,
        expert=found,
        state=PoolState(form.state.data),
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.expert", _("It is on record."), id=id)
    return _page(_expert(id), form)
