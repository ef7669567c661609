"""The public notice, objections of anyone with a receipt, and the bureau's answers."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, downloads, money, web
from venture.budget import access, actions, queries, wording
from venture.budget.forms import AnswerForm, ExtendForm, ObjectionForm, OutcomeForm, PostingForm, PublishForm
from venture.budget.models import (
    Decision,
    DecisionLine,
    Notice,
    NoticeOutcome,
    Objection,
    OutcomeKind,
    Remedy,
)
from venture.budget.views.decision import decision_or_404
from venture.budget.views.shared import act, as_docx, bp, crumbs, moment, new_key, settings, sums
from venture.people.forms import ReasonForm
from venture.roles import STAFF, Role, fresh, may, open_to_all


def _publishing(found: Decision, form: PublishForm) -> Any:
    rows = actions.content_of(found)["rows"]
    return act(
        _("Publish the notice"),
        _("Look at the notice before it is published"),
        form,
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=[
            (
                _("List of awards"),
                _("No. %(number)s of %(round)s", number=found.number, round=found.round.name),
            ),
            (_("Working days on notice"), found.round.notice_days),
            *sums(sum(row["amount"] for row in rows)),
        ],
        hints={"starts_on": _("For example 2018-05-20. A day off moves to the next working day.")},
    )


@bp.get("/decisions/<int:id>/notice")
@may(Role.OFFICER)
def publishing(id: int) -> Any:
    return _publishing(decision_or_404(id), PublishForm())


@bp.post("/decisions/<int:id>/notice")
@fresh
@may(Role.OFFICER)
def publish(id: int) -> Any:
    found, form, now = decision_or_404(id), PublishForm(), clock.now()
    arguments: dict[str, Any] = {
        "decision": found,
        "starts_on": form.starts_on.data,
        "by": web.me(),
        "at": now,
    }
    if not form.validate_on_submit() or not web.attempt(form, actions.publish, **arguments):
        return _publishing(found, form)
    if web.confirmed():
        said = _("The notice is published until the end of %(day)s.", day=form.outcome.ends_on)
        return web.see("budget.notice", said, id=form.outcome.id)
    web.rollback()
    return _preview(found, actions.term_of(found, arguments["starts_on"]))


def _preview(found: Decision, term: clock.Term) -> Any:
    content = actions.content_of(found)
    return web.confirm(
        _("Publish the notice"),
        _("Publish the notice"),
        back=flask.url_for("budget.decision", year=found.round.year),
        facts=[
            (_("First day of the notice"), term.first),
            (_("Last day of the notice"), term.last),
            (_("Who gains sight of these lines"), _("everybody")),
            *sums(sum(row["amount"] for row in content["rows"])),
        ],
        headers=[
            _("No. in the list"),
            _("Project"),
            _("Applying organization"),
            _("Theme"),
            _("Communities served"),
            _("Amount granted (yuan)"),
        ],
        rows=[
            [
                row["place"],
                row["title"],
                row["organization"],
                row["theme"],
                "、".join(row["communities"]),
                money.text(row["amount"]),
            ]
            for row in content["rows"]
        ],
        warning=_("The holidays of this term are not known yet: the last day is provisional.")
        if term.provisional
        else _("Everybody can read it from now on; a published list is not taken back, only corrected."),
    )


@bp.get("/notices")
@open_to_all
def notices() -> Any:
    return web.page("budget/notices.html", notices=queries.notices(), today=clock.beijing_day(clock.now()))


@bp.get("/notices/<int:id>")
@open_to_all
def notice(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    return web.page(
        "budget/notice.html",
        notice=found,
        content=found.content,
        cancelled=queries.cancelled_places(found),
        corrections=queries.corrections_of([found])[found.id],
        running=clock.now() < clock.end_of_day(found.ends_on),
    )


def _objecting(found: Notice, form: ObjectionForm) -> Any:
    return web.page("budget/new_objection.html", form, notice=found)


def _objection_form(found: Notice, **given: Any) -> ObjectionForm:
    return ObjectionForm(**given).offer(found, _("The whole list"))


@bp.get("/notices/<int:id>/objections/new")
@open_to_all
def new_objection(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    return _objecting(found, _objection_form(found, key=new_key()))


@bp.post("/notices/<int:id>/objections")
@open_to_all
def object_to(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    form = _objection_form(found)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.object_to,
        notice=found,
        place=form.place.data,
        name=form.name.data,
        contact=form.contact.data,
        text=form.text.data,
        key=form.key.data,
        at=clock.now(),
    ):
        return web.see("budget.receipt", receipt=form.outcome.receipt)
    return _objecting(found, form)


@bp.get("/objections/<receipt>")
@open_to_all
def receipt(receipt: str) -> Any:
    return web.page("budget/receipt.html", objection=web.or_404(queries.objection_by(receipt)))


def staff_notice(id: int) -> Notice:
    """The notice for staff, unless a tie hides one of its projects."""
    found = web.or_404(queries.notice(id))
    return web.or_404(None if access.tied(web.me(), found.decision) else found)


@bp.get("/notices/<int:id>/objections")
@may(*STAFF)
def objections(id: int) -> Any:
    found = staff_notice(id)
    return web.page("budget/objections.html", notice=found, crumbs=crumbs(found.decision.round))


def _answering(found: Objection, form: AnswerForm) -> Any:
    return act(
        _("Answer the objection"),
        _("Answer the objection"),
        form,
        back=flask.url_for("budget.objections", id=found.notice_id),
        facts=[
            (_("Receipt"), found.receipt),
            (_("Received at (Beijing time)"), moment(found.made_at)),
            (_("Objector"), f"{found.name} · {found.contact}"),
            (_("Project"), found.application.title if found.application else _("The whole list")),
            (_("Objection"), found.text),
        ],
        warning=_(
            "Upheld, the project is cancelled and not awarded; or its marks were corrected before on the page of the "
            "ranking, with this receipt as the ground. This is not taken back."
        ),
    )


def _objection(id: int) -> Objection:
    found = web.or_404(queries.objection(id))
    return web.or_404(None if access.tied(web.me(), found.notice.decision) else found)


@bp.get("/objections/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answer(id: int) -> Any:
    found = _objection(id)
    return _answering(found, AnswerForm().offer(found))


@bp.post("/objections/<int:id>/answer")
@may(Role.OFFICER, Role.APPROVER)
def answer_post(id: int) -> Any:
    found = _objection(id)
    form = AnswerForm().offer(found)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.answer,
        objection=found,
        upheld=form.upheld.data != "no",
        answer=form.answer.data,
        remedy=Remedy(form.upheld.data) if form.upheld.data != "no" else Remedy.CANCELLED,
        line=_line_of(found, form),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.objections", _("The objection is answered."), id=found.notice_id)
    return _answering(found, form)


def _line_of(found: Objection, form: AnswerForm) -> DecisionLine | None:
    if "line" not in form or not form.line.data:
        return None
    return next(line for line in found.notice.decision.lines if line.id == form.line.data)


def _extension(found: Notice, form: ExtendForm) -> Any:
    return act(
        _("Put off the last day of the notice"),
        _("Put off the last day"),
        form,
        back=flask.url_for("budget.notice", id=found.id),
        facts=[(_("First day of the notice"), found.starts_on), (_("Last day of the notice"), found.ends_on)],
        warning=_("Both days stay readable on the notice; the list is awarded only after the new one."),
    )


@bp.get("/notices/<int:id>/extend")
@may(Role.OFFICER)
def extension(id: int) -> Any:
    return _extension(staff_notice(id), ExtendForm())


@bp.post("/notices/<int:id>/extend")
@may(Role.OFFICER)
def extend(id: int) -> Any:
    found, form = staff_notice(id), ExtendForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.extend,
        notice=found,
        ends_on=form.ends_on.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.notice", _("The last day was put off."), id=id)
    return _extension(found, form)


def _line(notice: Notice, line_id: int) -> DecisionLine:
    lines = [line for line in notice.decision.lines if line.id == line_id and line.decided]
    return web.or_404(lines[0] if lines else None)


def _striking(found: Notice, line: DecisionLine, form: ReasonForm) -> Any:
    return act(
        _("Take a project off the list"),
        _("Take the project off the list"),
        form,
        back=flask.url_for("budget.award_list", id=found.id),
        facts=[(_("Project"), line.application.title), *sums(line.decided)],
        warning=_("The project is cancelled and marked so on the notice. This is not taken back."),
        danger=True,
    )


@bp.get("/notices/<int:id>/lines/<int:line_id>/strike")
@may(Role.APPROVER)
def striking(id: int, line_id: int) -> Any:
    found = staff_notice(id)
    return _striking(found, _line(found, line_id), ReasonForm())


@bp.post("/notices/<int:id>/lines/<int:line_id>/strike")
@fresh
@may(Role.APPROVER)
def strike(id: int, line_id: int) -> Any:
    found, form = staff_notice(id), ReasonForm()
    line = _line(found, line_id)
    if form.validate_on_submit() and web.attempt(
        form, actions.strike, line=line, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("budget.award_list", _("The project was taken off the list."), id=id)
    return _striking(found, line, form)


# --- on the office's own site, and what came of it ---


def _blocks(found: Notice) -> list[wording.Block]:
    round = found.decision.round
    return wording.notice(
        found.content,
        first=found.starts_on,
        last=found.ends_on,
        contact=[line.strip() for line in round.contact.splitlines() if line.strip()],
        address=_address("budget.notice", id=found.id),
        signed=round.issuer,
    )


def _address(endpoint: str, **values: Any) -> str:
    base: str = settings().base_url
    return base + flask.url_for(endpoint, **values)


def _outcome_blocks(found: NoticeOutcome) -> list[wording.Block]:
    return wording.outcome(
        found.content,
        kind=found.kind.value,
        number=found.number,
        signed=found.notice.decision.round.issuer,
        day=clock.beijing_day(found.published_at),
    )


@bp.get("/notices/<int:id>.docx")
@open_to_all
def notice_docx(id: int) -> Any:
    found = web.or_404(queries.notice(id))
    author, foot = found.decision.round.issuer, _("Check sum %(sum)s", sum=found.sha256[:16])
    return as_docx(_blocks(found), foot=foot, name=f"notice-{id}", author=author)


def _posting(found: Notice, form: PostingForm) -> Any:
    blocks = _blocks(found)
    return web.page(
        "budget/posting.html",
        form,
        notice=found,
        crumbs=crumbs(
            found.decision.round, (_("Public notice"), flask.url_for("budget.notice", id=found.id))
        ),
        text=wording.pasted(blocks),
        html=wording.html(blocks),
        outcomes=[
            (each, wording.pasted(made := _outcome_blocks(each)), wording.html(made))
            for each in found.outcomes
        ],
        postings=queries.postings(found),
    )


@bp.get("/notices/<int:id>/postings")
@may(*STAFF)
def postings(id: int) -> Any:
    found = staff_notice(id)
    return _posting(found, PostingForm().offer(found))


@bp.post("/notices/<int:id>/postings")
@may(Role.OFFICER, Role.OPERATOR)
def post_up(id: int) -> Any:
    found = staff_notice(id)
    form = PostingForm().offer(found)
    if form.validate_on_submit() and web.attempt(
        form,
        actions.post_up,
        notice=found,
        outcome=next((each for each in found.outcomes if each.number == form.what.data), None),
        address=form.address.data,
        posted_on=form.posted_on.data,
        picture=web.staged("scan"),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("budget.postings", _("It is noted where it was posted."), id=id)
    return _posting(found, form)


@bp.get("/notices/<int:id>/postings/<int:posting>/scan")
@may(*STAFF)
def posting_scan(id: int, posting: int) -> Any:
    found = [each for each in queries.postings(staff_notice(id)) if each.id == posting]
    return downloads.send(web.or_404(found[0].file if found else None), inline=True)


def _telling(found: Notice, form: OutcomeForm) -> Any:
    facts = actions.outcome_of(found, "")
    return act(
        _("Publish the outcome of the notice"),
        _("Look at it before it is published"),
        form,
        back=flask.url_for("budget.notice", id=found.id),
        facts=[
            (_("First day of the notice"), found.starts_on),
            (_("Last day of the notice"), found.ends_on),
            (_("Objections"), facts["objections"]),
            (_("Upheld"), facts["upheld"]),
            (_("What changed"), "\n".join(facts["changes"]) or _("Nothing")),
        ],
        hints={"note": _("Public. No number of a person, no account, no telephone.")},
    )


@bp.get("/notices/<int:id>/outcomes/new")
@may(Role.OFFICER)
def new_outcome(id: int) -> Any:
    return _telling(staff_notice(id), OutcomeForm().offer())


@bp.post("/notices/<int:id>/outcomes")
@fresh
@may(Role.OFFICER)
def publish_outcome(id: int) -> Any:
    found, form = staff_notice(id), OutcomeForm().offer()
    if not (
        form.validate_on_submit()
        and web.attempt(
            form,
            actions.publish_outcome,
            notice=found,
            kind=OutcomeKind(form.kind.data),
            note=form.note.data or "",
            by=web.me(),
            at=clock.now(),
        )
    ):
        return _telling(found, form)
    made: NoticeOutcome = form.outcome
    if web.confirmed():
        return web.see("budget.outcome", _("It is published."), id=id, number=made.number)
    text = wording.pasted(_outcome_blocks(made))
    web.rollback()
    return web.confirm(
        _("Publish the outcome of the notice"),
        _("Publish"),
        back=flask.url_for("budget.notice", id=id),
        facts=[(_("Who gains sight of these lines"), _("everybody"))],
        text=text,
        warning=_("Everybody can read it from now on; a published list is not taken back, only corrected."),
        template="rounds/confirm_call.html",
    )


def _outcome_or_404(id: int, number: int) -> NoticeOutcome:
    found = web.or_404(queries.notice(id))
    return web.or_404(next((each for each in found.outcomes if each.number == number), None))


@bp.get("/notices/<int:id>/outcomes/<int:number>")
@open_to_all
def outcome(id: int, number: int) -> Any:
    found = _outcome_or_404(id, number)
    return web.page("budget/outcome.html", outcome=found, content=found.content)


@bp.get("/notices/<int:id>/outcomes/<int:number>.docx")
@open_to_all
def outcome_docx(id: int, number: int) -> Any:
    found = _outcome_or_404(id, number)
    author, foot = found.notice.decision.round.issuer, _("Check sum %(sum)s", sum=found.sha256[:16])
    return as_docx(_outcome_blocks(found), foot=foot, name=f"notice-{id}-outcome-{number}", author=author)
