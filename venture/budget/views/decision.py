"""The list of awards: computed, decided by row, approved in the system or on paper, taken back."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, money, web
from venture.budget import access, actions, queries
from venture.budget.forms import ApprovalForm, PaperApprovalForm, Rows
from venture.budget.models import Decision
from venture.budget.views.shared import act, bp, crumbs, round_or_404, sent, signer, signers, sums, tried
from venture.people.forms import ReasonForm
from venture.roles import Role, fresh, may
from venture.rounds.models import Round, Theme


def _page(round: Round, form: Rows) -> Any:
    hidden = queries.barred_from(web.me())
    proposal = queries.proposal(round)
    decisions = queries.decisions(round)
    return web.page(
        "budget/decision.html",
        form,
        round=round,
        crumbs=crumbs(round),
        proposal=proposal,
        rows=[row for row in proposal.rows if row.application.id not in hidden],
        hidden=hidden,
        blockers=actions.decision_blockers(proposal, round, {}, web.me()) if proposal.rows else [],
        decisions=decisions,
        waiting=[line for line in queries.waiting(round) if line.application_id not in hidden],
        published={notice.decision_id: notice for notice in queries.notices_of(round)},
    )


@bp.get("/rounds/<int:year>/decision")
@may(*access.PAGES)
def decision(year: int) -> Any:
    return _page(round_or_404(year), Rows())


@bp.post("/rounds/<int:year>/decision")
@fresh
@may(Role.OFFICER)
def propose(year: int) -> Any:
    round, form = round_or_404(year), Rows()
    choices = _choices(form, queries.proposal(round))
    if form.readable() and tried(
        form, actions.propose, round=round, choices=choices, by=web.me(), at=clock.now()
    ):
        if web.confirmed():
            return web.see(
                "budget.decision", _("The list is proposed. Another person approves it."), year=year
            )
        return _preview(round, choices)
    return _page(round, form)


def _calling(round: Round, theme: Theme, form: ReasonForm) -> Any:
    proposal = queries.proposal(round, called=theme)
    web.or_404(
        None if access.tie_blockers(web.me(), [row.application for row in proposal.rows]) else proposal
    )
    room = next(room for room in proposal.rooms if room.theme.id == theme.id)
    return act(
        _("Call up from the waiting list of %(theme)s", theme=theme.name),
        _("Call up"),
        form,
        back=flask.url_for("budget.decision", year=round.year),
        facts=[
            (_("Left in %(theme)s", theme=theme.name), f"{money.text(room.left + room.proposed)} {_('yuan')}")
        ],
        warning=_(
            "This makes a further list of those who wait. Another person approves it; then it goes on notice."
        ),
        table=(
            [_("Project"), _("Rank"), _("Requested amount"), _("Computed amount")],
            [
                [row.application.title, row.rank, money.text(row.asked), money.text(row.computed)]
                for row in proposal.rows
            ],
        ),
    )


def _theme_or_404(round: Round, id: int) -> Theme:
    return web.or_404(next((theme for theme in round.themes if theme.id == id), None))


@bp.get("/rounds/<int:year>/themes/<int:id>/call-up")
@may(Role.OFFICER)
def calling_up(year: int, id: int) -> Any:
    round = round_or_404(year)
    return _calling(round, _theme_or_404(round, id), ReasonForm())


@bp.post("/rounds/<int:year>/themes/<int:id>/call-up")
@fresh
@may(Role.OFFICER)
def call_up(year: int, id: int) -> Any:
    round, form = round_or_404(year), ReasonForm()
    theme = _theme_or_404(round, id)
    if form.validate_on_submit() and web.attempt(
        form, actions.call_up, round=round, theme=theme, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.decision", _("The list is proposed. Another person approves it."), year=year)
    return _calling(round, theme, form)


def _choices(form: Rows, proposal: queries.Proposal) -> dict[int, actions.Choice]:
    """The rows where a person's amount differs from the rule's, or that carry a reason."""
    found = {}
    for row in proposal.rows:
        id = row.application.id
        if f"decided-{id}" not in flask.request.form:
            continue
        amount = form.fen(f"decided-{id}", project=row.application.title)
        reason = form.typed(f"reason-{id}")
        if amount != row.computed or reason:
            found[id] = actions.Choice(amount, reason)
    return found


def _preview(round: Round, choices: dict[int, actions.Choice]) -> Any:
    proposal = queries.proposal(round)
    rows = [(row, choices.get(row.application.id, actions.Choice(row.computed))) for row in proposal.rows]
    left = {
        room.theme.name: room.theme.earmark
        - room.taken
        - sum(choice.amount for row, choice in rows if row.theme.id == room.theme.id)
        for room in proposal.rooms
    }
    return web.confirm(
        _("Propose the list of awards"),
        _("Propose the list"),
        back=flask.url_for("budget.decision", year=round.year),
        facts=[
            *sums(sum(choice.amount for row, choice in rows)),
            *(
                (_("Left in %(theme)s", theme=name), f"{money.text(fen)} {_('yuan')}")
                for name, fen in left.items()
            ),
        ],
        headers=[_("Project"), _("Theme"), _("Computed amount"), _("Decided amount"), _("Reason")],
        rows=[
            [
                row.application.title,
                row.theme.name,
                money.text(row.computed),
                money.text(choice.amount),
                choice.reason,
            ]
            for row, choice in rows
        ],
    )


def decision_or_404(id: int) -> Decision:
    """The decision, unless a tie hides one of its projects from the person."""
    found = web.or_404(queries.decision(id))
    return web.or_404(None if access.tied(web.me(), found) else found)


def _facts(found: Decision) -> list[tuple[str, Any]]:
    return [
        (_("List of awards"), _("No. %(number)s of %(round)s", number=found.number, round=found.round.name)),
        (_("Proposed by"), found.proposed_by.name),
        *sums(sum(line.decided for line in found.lines)),
    ]


def _table(found: Decision) -> tuple[list[str], list[list[Any]]]:
    return (
        [_("Project"), _("Theme"), _("Rank"), _("Requested amount"), _("Decided amount"), _("Reason")],
        [
            [
                line.application.title,
                line.theme.name,
                line.rank,
                money.text(line.asked),
                money.text(line.decided),
                line.reason,
            ]
            for line in found.lines
        ],
    )


def _approval(found: Decision, form: Any) -> Any:
    return act(
        _("Approve the list of awards"),
        _("Approve the list"),
        form,
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=_facts(found),
        table=_table(found),
        hints={"held_on": _("For example 2018-05-20."), "scan": _("PDF, JPG or PNG, at most 20 MB.")},
    )


@bp.get("/decisions/<int:id>/approve")
@may(Role.APPROVER)
def approve(id: int) -> Any:
    return _approval(decision_or_404(id), ApprovalForm())


@bp.post("/decisions/<int:id>/approve")
@fresh
@may(Role.APPROVER)
def approve_post(id: int) -> Any:
    found, form = decision_or_404(id), ApprovalForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.approve,
        decision=found,
        held_on=form.held_on.data,
        minutes_no=form.minutes_no.data,
        scan=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see(
            "budget.decision", _("The list is approved. It can go on public notice."), year=found.round.year
        )
    return _approval(found, form)


def _paper(found: Decision, form: PaperApprovalForm) -> Any:
    form.offer_signers(signers())
    return act(
        _("Record an approval signed on paper"),
        _("Record the approval"),
        form,
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=_facts(found),
        warning=_("It counts once another person has checked your entry against the paper."),
        hints={"held_on": _("For example 2018-05-20."), "signed_on": _("For example 2018-05-20.")},
    )


@bp.get("/decisions/<int:id>/paper")
@may(Role.OFFICER, Role.OPERATOR, Role.APPROVER)
def paper_approval(id: int) -> Any:
    return _paper(decision_or_404(id), PaperApprovalForm())


@bp.post("/decisions/<int:id>/paper")
@fresh
@may(Role.OFFICER, Role.OPERATOR, Role.APPROVER)
def enter_approval(id: int) -> Any:
    found, form = decision_or_404(id), PaperApprovalForm()
    form.offer_signers(signers())
    if form.validate_on_submit() and web.attempt(
        form,
        actions.enter_approval,
        decision=found,
        signer=signer(form),
        signed_on=form.signed_on.data,
        held_on=form.held_on.data,
        minutes_no=form.minutes_no.data,
        scan=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        said = _("The paper is entered. Another person checks it against the original.")
        return web.see("budget.decision", said, year=found.round.year)
    return _paper(found, form)


@bp.post("/decisions/<int:id>/paper/check")
@fresh
@may(Role.OFFICER, Role.APPROVER, Role.FINANCE)
def check_approval(id: int) -> Any:
    found = decision_or_404(id)
    actions.check_approval(decision=found, by=web.me(), at=clock.now())
    return web.see("budget.decision", _("The list is approved as signed on paper."), year=found.round.year)


@bp.get("/decisions/<int:id>/scan")
@may(*access.PAGES)
def scan(id: int) -> Any:
    return sent(decision_or_404(id).scan)


def _withdrawal(found: Decision, form: ReasonForm) -> Any:
    return act(
        _("Take the list back"),
        _("Take the list back"),
        form,
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=_facts(found),
        warning=_("Its projects return to review; the list itself stays readable with your reason."),
        table=_table(found),
        danger=True,
    )


@bp.get("/decisions/<int:id>/withdraw")
@may(Role.OFFICER, Role.APPROVER)
def withdrawal(id: int) -> Any:
    return _withdrawal(decision_or_404(id), ReasonForm())


@bp.post("/decisions/<int:id>/withdraw")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def withdraw(id: int) -> Any:
    found, form = decision_or_404(id), ReasonForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.withdraw, decision=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.decision", _("The list was taken back."), year=found.round.year)
    return _withdrawal(found, form)
