"""Pages across the stages: home and board, the official sheets, the outbox, and the navigation."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import flask
from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import current_user

from venture import clock, outbox, web
from venture.applications.lifecycle import State
from venture.budget import queries as budget
from venture.delivery.access import ARCHIVES
from venture.desk import actions, queries, reports
from venture.desk.forms import MessageForm, ReleaseForm
from venture.desk.post import words
from venture.past.views import chosen as chosen_past
from venture.roles import STAFF, Role, may, open_to_all, signed_in
from venture.rounds import queries as rounds
from venture.rounds.models import Round, RoundState

bp = Blueprint("desk", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_READERS = (Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.AUDITOR)


class Entry(NamedTuple):
    """One entry of the navigation or of a list of things to do."""

    label: str
    url: str
    current: bool = False
    number: int | None = None


@bp.app_template_global()
def whereabouts(application: Any) -> Any:
    """Where an application is and who has it; for its own people's page."""
    return queries.whereabouts(application, clock.now())


@bp.app_context_processor
def navigation() -> dict[str, list[Entry]]:
    """The main parts for the roles of whoever looks."""
    if not current_user.is_authenticated:
        return {"nav": [_entry(_("Calls"), "rounds.calls"), _entry(_("Notices"), "budget.notices")]}
    entries = [_entry(label, endpoint) for label, endpoint, roles in _parts() if current_user.holds(*roles)]
    for id in sorted(current_user.organization_ids):
        entries.append(Entry(_("My organization"), flask.url_for("people.one_organization", id=id)))
    if current_user.audits:
        entries.append(_entry(_("Projects to audit"), "budget.audited"))
    return {"nav": entries}


def _parts() -> Iterator[tuple[str, str, tuple[Role, ...]]]:
    yield _("Desk"), "desk.home", STAFF
    yield _("Rounds"), "rounds.index", STAFF
    yield _("My applications"), "applications.mine", (Role.APPLICANT,)
    yield _("My projects"), "delivery.mine", (Role.APPLICANT,)
    yield _("My scoring"), "review.desk", (Role.EXPERT,)
    yield _("My evaluations"), "delivery.my_sheets", (Role.EXPERT, Role.OPERATOR)
    yield _("Organizations"), "people.organizations", STAFF
    yield _("Experts"), "review.pool", STAFF
    yield _("Communities"), "deliberation.communities", (*STAFF, Role.CLERK)
    yield _("Matters"), "deliberation.matters", (*STAFF, Role.CLERK)
    yield _("Needs"), "rounds.my_needs", (Role.CLERK,)
    yield _("Support to confirm"), "impact.waiting", (Role.CLERK,)
    yield _("Earlier awards"), "past.index", STAFF
    yield _("Sheets in our columns"), "desk.own_sheets", (*SHEET_READERS, Role.OPERATOR)
    yield _("Outbox"), "desk.messages", (Role.OFFICER,)
    yield _("Invitations"), "people.invitations", (Role.OFFICER, Role.ADMINISTRATOR)
    yield _("People"), "people.people", (Role.ADMINISTRATOR,)
    yield _("Calls"), "rounds.calls", tuple(Role)
    yield _("Notices"), "budget.notices", tuple(Role)


def _entry(label: str, endpoint: str) -> Entry:
    return Entry(label, flask.url_for(endpoint), request.endpoint == endpoint)


@bp.get("/")
@open_to_all
def home() -> Any:
    if not current_user.is_authenticated:
        notices = queries.open_notices(clock.beijing_day(clock.now()))
        return web.page("desk/welcome.html", notices=notices, calls=rounds.open_calls())
    for role, endpoint in ((Role.EXPERT, "review.desk"), (Role.APPLICANT, "applications.mine")):
        if current_user.holds(role) and not current_user.holds(*STAFF):
            return flask.redirect(flask.url_for(endpoint))
    if current_user.audits and not current_user.holds(*STAFF):
        return flask.redirect(flask.url_for("budget.audited"))
    if not current_user.holds(*STAFF):
        return flask.redirect(flask.url_for("deliberation.matters"))
    return _board(rounds.current_round(), everywhere=True)


@bp.get("/rounds/<int:year>/board")
@may(*STAFF)
def board(year: int) -> Any:
    return _board(web.or_404(rounds.by_year(year)))


def _board(round: Round | None, *, everywhere: bool = False) -> Any:
    """A round at a glance; `everywhere`: with what waits for the person in every unfinished round."""
    if round is None:
        return web.page("desk/board.html", round=None)
    known = rounds.all_rounds()
    counts = {each.id: queries.counts(each) for each in known if each.id == round.id or everywhere}
    stages = list(_stages(round, counts[round.id]))
    busy = [each for each in known if each.state is not RoundState.FINISHED] if everywhere else [round]
    return web.page(
        "desk/board.html",
        round=round,
        stages=[(stage.label, stage.number, stage.url) for stage in stages],
        now=max((place for place, stage in enumerate(stages) if stage.number), default=0),
        themes=queries.themes(round),
        todo=[*_todo_anywhere(), *(item for each in busy for item in _todo(each, counts[each.id]))],
        sheets=_sheets(round),
        may_archive=current_user.holds(*ARCHIVES),
        may_see_accounts=current_user.holds(Role.OFFICER, Role.FINANCE),
        years=[
            (each.year, flask.url_for("desk.board", year=each.year), each.year == round.year)
            for each in known
        ],
    )


def _stages(round: Round, counts: dict[State, int]) -> Iterator[Entry]:
    """The life of a round with how many applications have come that far, each leading to its list."""
    closed = {State.CLOSED}
    running = closed | {State.RUNNING, State.SUSPENDED, State.MIDTERM, State.FINAL, State.AUDITING}
    contracted = running | {State.CONTRACTED}
    awarded = contracted | {State.AWARDED, State.REVISING}
    proposed = awarded | {State.PROPOSED, State.ON_NOTICE, State.CANCELLED}
    reviewed = proposed | {State.IN_REVIEW, State.SHORTLISTED, State.NOT_SHORTLISTED}
    steps = (
        (_("Submitted"), set(State) - {State.DRAFT, State.WITHDRAWN}, "applications.board"),
        (_("Eligible"), reviewed | {State.ELIGIBLE}, "applications.eligibility"),
        (_("Reviewed"), reviewed, "review.ranking"),
        (_("Proposed"), proposed, "budget.decision"),
        (_("Awarded"), awarded, "budget.awards"),
        (_("Contracted"), contracted, "budget.agreements"),
        (_("Running"), running, "delivery.running"),
        (_("Closed"), closed, "budget.awards"),
    )
    for label, states, endpoint in steps:
        reached = sum(n for state, n in counts.items() if state in states)
        yield Entry(label, flask.url_for(endpoint, year=round.year), number=reached)


def _todo_anywhere() -> Iterator[Entry]:
    """What waits for the person whatever the round: changed accounts, on which payments stand still."""
    if current_user.holds(Role.FINANCE) and (count := queries.accounts_waiting()):
        yield Entry(_("Approve changed accounts"), flask.url_for("budget.account_changes"), number=count)


def _todo(round: Round, counts: dict[State, int]) -> Iterator[Entry]:
    """What waits for the person in this round, most pressing first."""
    waits = queries.waiting(round)
    steps = (
        (Role.APPROVER, waits.decisions, _("Approve the proposed list of awards"), "budget.decision"),
        (Role.APPROVER, waits.results, _("Confirm results of evaluations"), "delivery.evaluations"),
        (Role.OFFICER, waits.reports, _("Decide on reports"), "delivery.reports"),
        (Role.APPROVER, waits.checked, _("Release payments"), "budget.payments"),
        (Role.FINANCE, waits.requested, _("Check payments"), "budget.payments"),
        (Role.FINANCE, waits.released, _("Record payments as paid"), "budget.payments"),
        (
            Role.OFFICER,
            rounds.waiting_questions(round),
            _("Answer questions about the call"),
            "rounds.questions",
        ),
        (Role.OFFICER, counts.get(State.SUBMITTED, 0), _("Decide eligibility"), "applications.eligibility"),
        (Role.OFFICER, counts.get(State.ELIGIBLE, 0), _("Begin the review"), "review.panel"),
        (Role.OFFICER, counts.get(State.IN_REVIEW, 0), _("Follow the review"), "review.ranking"),
        (Role.OFFICER, counts.get(State.PROPOSED, 0), _("See the proposed list"), "budget.decision"),
        (Role.OFFICER, counts.get(State.ON_NOTICE, 0), _("Award after the notice"), "budget.decision"),
        (
            Role.OFFICER,
            counts.get(State.REVISING, 0),
            _("See the revised plans and budgets"),
            "budget.revisions",
        ),
        (Role.OFFICER, counts.get(State.AWARDED, 0), _("Enter signed agreements"), "budget.agreements"),
        (Role.OFFICER, waits.due, _("Request instalments"), "budget.payments"),
        (Role.OFFICER, waits.asked, _("Recommend on what projects ask for"), "delivery.running"),
        (Role.APPROVER, waits.recommended, _("Decide what projects ask for"), "delivery.running"),
        (Role.APPROVER, waits.moves, _("Approve moves between budget heads"), "delivery.running"),
        (Role.AUDITOR, waits.audits, _("Check the entered audits"), "delivery.closings"),
    )
    for role, count, label, endpoint in steps:
        if count and current_user.holds(role):
            yield Entry(f"{round.year} · {label}", flask.url_for(endpoint, year=round.year), number=count)


def _sheets(round: Round) -> list[Entry]:
    if not current_user.holds(*SHEET_READERS):
        return []
    return [
        Entry("申报汇总表", flask.url_for("desk.applications_sheet", year=round.year)),
        Entry("回避登记表", flask.url_for("desk.ties_sheet", year=round.year)),
        Entry("专家评分表", flask.url_for("desk.score_sheets", year=round.year)),
        *(
            Entry(title, flask.url_for("desk.sheet", year=round.year, name=name))
            for name, (title, _draw) in reports.SHEETS.items()
        ),
    ]


@bp.get("/rounds/<int:year>/sheets/<name>.xlsx")
@may(*SHEET_READERS)
def sheet(year: int, name: str) -> Any:
    round = web.or_404(rounds.by_year(year))
    title, draw = web.or_404(reports.SHEETS.get(name))
    return _xlsx(draw(round), f"{year}年{title}.xlsx")


@bp.get("/rounds/<int:year>/applications.xlsx")
@may(*SHEET_READERS)
def applications_sheet(year: int) -> Any:
    """The sheet of the applications, for the eyes of whoever asks: it is no official sheet that is the same for all."""
    round = web.or_404(rounds.by_year(year))
    return _xlsx(reports.applications(round, web.me()), f"{year}年申报汇总表.xlsx")


@bp.get("/rounds/<int:year>/score-sheets.xlsx")
@may(*SHEET_READERS)
def score_sheets(year: int) -> Any:
    """Each expert's sheets for signature and a row for each review, for the eyes of whoever asks."""
    round = web.or_404(rounds.by_year(year))
    return _xlsx(reports.sheets(round, web.me()), f"{year}年专家评分表.xlsx")


@bp.get("/rounds/<int:year>/ties.xlsx")
@may(*SHEET_READERS)
def ties_sheet(year: int) -> Any:
    """The register of ties, for the eyes of whoever asks: nobody reads of their own."""
    round = web.or_404(rounds.by_year(year))
    return _xlsx(reports.ties(round, web.me()), f"{year}年回避登记表.xlsx")


@bp.get("/rounds/<int:year>/cut-off.xlsx")
@may(*SHEET_READERS)
def cut_off_sheet(year: int) -> Any:
    """What must be paid before the sources' last days, for the eyes of whoever asks."""
    round = web.or_404(rounds.by_year(year))
    today = clock.beijing_day(clock.now())
    return _xlsx(reports.cut_off(round, web.me(), today), f"{year}年底前待拨清单.xlsx")


@bp.get("/rounds/<int:year>/batches/<int:number>.xlsx")
@may(*SHEET_READERS)
def batch_sheet(year: int, number: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    return _xlsx(reports.disbursement(round, number), f"{year}年拨款汇总表(第{number}批).xlsx")


@bp.post("/rounds/<int:year>/sheets/accounts")
@may(Role.OFFICER, Role.FINANCE)
def accounts_sheet(year: int) -> Any:
    """拨款汇总表 of a round or a batch with whole account numbers; who took it out stands in the trail."""
    number = request.form.get("batch", None, int)
    web.rollback()
    with web.unlocked():
        content = reports.disbursement(web.or_404(rounds.by_year(year)), number, whole=True)
    round = web.or_404(rounds.by_year(year))
    actions.export_accounts(round=round, batch=number, by=web.me(), at=clock.now())
    return _xlsx(content, f"{year}年拨款汇总表(完整账号).xlsx")


@bp.post("/rounds/<int:year>/batches/<int:number>/requests")
@may(Role.OFFICER, Role.FINANCE)
def payment_forms(year: int, number: int) -> Any:
    """拨款申请表 of each payment of a batch, with whole account numbers; who took them out stands in the trail."""
    web.rollback()
    with web.unlocked():
        known = {each.number for each in budget.batches(web.or_404(rounds.by_year(year)))}
        web.or_404(number in known or None)
        content = reports.applications_for_payment(web.or_404(rounds.by_year(year)), number)
    round = web.or_404(rounds.by_year(year))
    actions.export_accounts(round=round, batch=number, by=web.me(), at=clock.now())
    return _xlsx(content, f"{year}年拨款申请表(第{number}批).xlsx")


@bp.get("/past.xlsx")
@may(*SHEET_READERS)
def past_sheet() -> Any:
    """The earlier awards that the list shows, as the office's own award sheet."""
    return _xlsx(reports.past_awards(chosen_past()), "往届立项汇总表.xlsx")


@bp.get("/audit.xlsx")
@signed_in
def audit_sheet() -> Any:
    """The sheet of the projects assigned to somebody of an audit firm; for everybody else there is nothing here."""
    me = web.or_404(web.me() if web.me().audits else None)
    return _xlsx(reports.audited(me), "待审计项目.xlsx")


def _xlsx(content: bytes, name: str) -> Any:
    answer = flask.send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/outbox")
@may(Role.OFFICER, Role.AUDITOR)
def messages() -> Any:
    listed = [(message, *words(message)) for message in outbox.unsent()]
    return web.page("desk/messages.html", ReleaseForm(), listed=listed)


@bp.post("/outbox/release")
@may(Role.OFFICER)
def release() -> Any:
    chosen = outbox.by_ids(request.form.getlist("message", type=int))
    if not web.confirmed():
        rows = [(message.name, message.address, words(message)[0]) for message in chosen]
        headers = (_("Recipient"), _("Address"), _("Subject"))
        facts = [(_("Messages"), len(chosen))]
        return web.confirm(
            _("Release messages"),
            _("Release these messages"),
            back=flask.url_for("desk.messages"),
            facts=facts,
            headers=headers,
            rows=rows,
        )
    outbox.release(chosen, by=web.me(), at=clock.now())
    return web.see("desk.messages", _("%(count)s messages were released.", count=len(chosen)))


@bp.post("/outbox/resend")
@may(Role.OFFICER)
def resend() -> Any:
    chosen = outbox.refused(request.form.getlist("message", type=int))
    if not web.confirmed():
        return web.confirm(
            _("Send messages again"),
            _("Send these messages again"),
            back=flask.url_for("desk.messages"),
            facts=[(_("Messages"), len(chosen))],
            headers=(_("Recipient"), _("Address"), _("Subject"), _("What the post said")),
            rows=[(each.name, each.address, words(each)[0], each.answer) for each in chosen],
        )
    outbox.resend(chosen, by=web.me(), at=clock.now())
    return web.see("desk.messages", _("%(count)s messages are sent again.", count=len(chosen)))


@bp.get("/outbox/<int:id>")
@may(Role.OFFICER)
def message(id: int) -> Any:
    found = web.or_404(outbox.one(id))
    subject, text = words(found)
    return web.page("desk/message.html", MessageForm(subject=subject, text=text), message=found)


@bp.post("/outbox/<int:id>")
@may(Role.OFFICER)
def message_post(id: int) -> Any:
    found, form = web.or_404(outbox.one(id)), MessageForm()
    arguments = {"subject": form.subject.data, "text": form.text.data, "by": web.me()}
    if form.validate_on_submit() and web.attempt(form, outbox.edit, message=found, **arguments):
        return web.see("desk.messages", _("The message was changed; it still waits to be released."))
    return web.page("desk/message.html", form, message=found)


@bp.get("/health")
@open_to_all
def health() -> Any:
    return flask.jsonify(up=True)
