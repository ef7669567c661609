"""Invitations to a panel: the officer's list and acts, the expert's letter and answer."""

from collections.abc import Sequence
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, web
from venture.people import actions as people
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import actions, forms, queries
from venture.review.models import Answer, PanelInvitation
from venture.review.views.panel import words_of
from venture.review.views.shared import CHECKS, bp, round_or_404
from venture.roles import STAFF, Role, may
from venture.rounds.models import Round


@bp.get("/rounds/<int:year>/invitations")
@may(*STAFF)
def invitations(year: int) -> Any:
    """Who was asked to sit on the panel and what they said."""
    return _list(round_or_404(year))


def _list(round: Round, form: Any = None) -> Any:
    rows = queries.invitations(round)
    experts = queries.invitable(round) if web.me().holds(Role.OFFICER) else []
    invite = form
    if not isinstance(form, forms.InviteForm):
        invite = forms.InviteForm([expert.person for expert in experts], formdata=None)
    return web.page(
        "review/invitations.html",
        form,
        round=round,
        rows=rows,
        substitutes={row.replaces_id: row for row in rows if row.replaces_id},
        experts=experts,
        invite=invite,
        today=clock.beijing_day(clock.now()),
    )


@bp.post("/rounds/<int:year>/invitations")
@may(Role.OFFICER)
def invite(year: int) -> Any:
    """Invite experts of the pool, after showing the ties that the codes and names show already."""
    round = round_or_404(year)
    free = [expert.person for expert in queries.invitable(round)]
    form = forms.InviteForm(free)
    chosen = [person for person in free if person.id in (form.people.data or [])]
    if not form.validate() or not chosen:
        form.refusal = None if form.errors else Refused("review.nobody_chosen", "people")
        return _list(round, form)
    given = {"answer_by_on": form.answer_by_on.data, "pledge": form.pledge.data}
    if not web.attempt(
        form, actions.invite, round=round, people=chosen, **given, by=web.me(), at=clock.now()
    ):
        return _list(round_or_404(year), form)
    if web.confirmed():
        said = _("The experts are invited; the messages wait in the outbox.")
        return web.see("review.invitations", said, year=year)
    web.rollback()
    return _preview(round_or_404(year), form)


def _preview(round: Round, form: forms.InviteForm) -> Any:
    chosen = [each.person for each in queries.invitable(round) if each.person_id in (form.people.data or [])]
    found = queries.found_ties(round, chosen)
    gains = queries.would_read(round, chosen, found, web.me())
    visible = {application.id for application in queries.applications_of(round, web.me())}
    return web.confirm(
        _("Invite experts"),
        _("Invite"),
        back=flask.url_for("review.invitations", year=round.year),
        facts=[(_("Round"), round.name), (_("Answer by the end of"), str(form.answer_by_on.data))],
        headers=[_("Expert"), _("Projects they will read and cannot read now"), _("Ties found")],
        rows=[
            (
                person.name,
                words_of(*gains[person.id]),
                "、".join(
                    f"{one.application.number}({_(one.ground.label)})"
                    for one in found
                    if one.person.id == person.id and one.application.id in visible
                ),
            )
            for person in chosen
        ],
    )


def _one(year: int, id: int) -> PanelInvitation:
    return web.or_404(queries.invitation(id, round=round_or_404(year)))


@bp.get("/rounds/<int:year>/invitations/<int:id>/answer")
@may(Role.OFFICER)
def paper_answer(year: int, id: int) -> Any:
    """The form for an answer on paper."""
    return web.page("review/paper_answer.html", forms.AnswerForm(), invitation=_one(year, id))


@bp.post("/rounds/<int:year>/invitations/<int:id>/answer")
@may(Role.OFFICER)
def answer_on_paper(year: int, id: int) -> Any:
    """Enter an answer that was given on paper or by word."""
    found, form = _one(year, id), forms.AnswerForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.answer_on_paper,
        invitation=found,
        accepted=form.answer.data == "accepted",
        signed_on=form.signed_on.data,
        scan=web.staged("scan"),
        reason=form.reason.data or "",
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("review.invitations", _("The answer is on record."), year=year)
    return web.page("review/paper_answer.html", form, invitation=_one(year, id))


@bp.post("/rounds/<int:year>/invitations/<int:id>/check")
@may(*CHECKS)
def check_answer(year: int, id: int) -> Any:
    """Confirm, as another person, that the entry says what the paper says."""
    found, form = _one(year, id), forms.PlainForm()
    paper = web.or_404(found.paper)
    if web.attempt(form, people.check_paper, paper=paper, by=web.me(), at=clock.now()):
        return web.see("review.invitations", _("The entry is checked."), year=year)
    return _list(round_or_404(year), form)


@bp.get("/rounds/<int:year>/invitations/<int:id>/withdraw")
@may(Role.OFFICER)
def withdrawing(year: int, id: int) -> Any:
    """Ask for the reason why an invitation is taken back."""
    return web.page("review/withdrawing.html", forms.ReasonForm(), invitation=_one(year, id))


@bp.post("/rounds/<int:year>/invitations/<int:id>/withdraw")
@may(Role.OFFICER)
def withdraw(year: int, id: int) -> Any:
    """Take an unanswered invitation back."""
    found, form = _one(year, id), forms.ReasonForm()
    given = {"reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.withdraw, invitation=found, **given):
        return web.see("review.invitations", _("The invitation is withdrawn."), year=year)
    return web.page("review/withdrawing.html", form, invitation=_one(year, id))


@bp.get("/rounds/<int:year>/invitations/<int:id>/replace")
@may(Role.OFFICER)
def replacing(year: int, id: int) -> Any:
    """Choose a substitute for an invitation that came to nothing."""
    return _replace_page(_one(year, id))


def _eligible(found: PanelInvitation) -> Sequence[Person]:
    """Who may be asked in the place: after a draw the next in the drawn order, else anybody of the pool."""
    if found.draw is None:
        return [expert.person for expert in queries.invitable(found.round)]
    following = queries.next_in_order(found, clock.beijing_day(clock.now()))
    return [following.person] if following else []


def _replace_page(found: PanelInvitation, form: Any = None) -> Any:
    people = _eligible(found)
    shown = form or forms.SubstituteForm(people)
    return web.page("review/replacing.html", shown, invitation=found, people=people)


@bp.post("/rounds/<int:year>/invitations/<int:id>/replace")
@may(Role.OFFICER)
def replace(year: int, id: int) -> Any:
    """Invite the substitute."""
    found = _one(year, id)
    free = _eligible(found)
    form = forms.SubstituteForm(free)
    if form.validate_on_submit():
        person = next(one for one in free if one.id == form.person.data)
        given = {"answer_by_on": form.answer_by_on.data, "by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.replace, invitation=found, person=person, **given):
            said = _("%(name)s is invited; the message waits in the outbox.", name=person.name)
            return web.see("review.invitations", said, year=year)
    return _replace_page(_one(year, id), form)


def _now() -> dict[str, Any]:
    return {"by": web.me(), "at": clock.now()}


def _mine(id: int) -> PanelInvitation:
    return web.or_404(queries.invitation(id, person=web.me()))


def _letter(found: PanelInvitation, form: Any = None) -> Any:
    """The expert's page: the forms that were not sent stand beside the one that was."""
    asked = found.standing_on(clock.beijing_day(clock.now()))
    bodies = queries.interests(found) if asked in {Answer.INVITED, Answer.ACCEPTED} else []
    kind = forms.AcceptForm if asked is Answer.INVITED else forms.InterestForm
    return web.page(
        "review/invitation.html",
        form,
        invitation=found,
        asked=asked,
        bodies=bodies,
        declared=queries.declared(found),
        interest=form if isinstance(form, forms.InterestForm) else kind.made(bodies, formdata=None),
        declining=form if isinstance(form, forms.ReasonForm) else forms.ReasonForm(formdata=None),
    )


@bp.get("/review/invitations/<int:id>")
@may(Role.EXPERT)
def invitation(id: int) -> Any:
    """The invitation with its pledge, and the answer."""
    return _letter(_mine(id))


@bp.post("/review/invitations/<int:id>/accept")
@may(Role.EXPERT)
def accept(id: int) -> Any:
    """Accept: the pledge, the interests, the seat."""
    found = _mine(id)
    form = forms.AcceptForm.made(queries.interests(found))
    given = {"interests": form.declared, "names": form.listed, "note": form.note.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.accept, invitation=found, **given, **_now()):
        return web.see("review.invitation", _("Thank you: you are on the panel."), id=id)
    return _letter(_mine(id), form)


@bp.post("/review/invitations/<int:id>/decline")
@may(Role.EXPERT)
def decline(id: int) -> Any:
    """Decline with the reason."""
    found, form = _mine(id), forms.ReasonForm()
    given = {"reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.decline, invitation=found, **given):
        return web.see("review.invitation", _("Your answer is on record."), id=id)
    return _letter(_mine(id), form)


@bp.post("/review/invitations/<int:id>/interests")
@may(Role.EXPERT)
def declare_interests(id: int) -> Any:
    """Declare further interests after the acceptance."""
    found = _mine(id)
    form = forms.InterestForm.made(queries.interests(found))
    given = {"interests": form.declared, "names": form.listed, "note": form.note.data or ""}
    if form.validate_on_submit() and web.attempt(form, actions.declare, invitation=found, **given, **_now()):
        return web.see("review.invitation", _("Your interests are on record."), id=id)
    return _letter(_mine(id), form)
