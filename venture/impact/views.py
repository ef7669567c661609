"""Pages of projects' support of matters, its confirmation, and what each theme's money did."""

from collections.abc import Sequence
from typing import Any

import flask
from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from venture import clock, downloads, web
from venture.budget.models import Award
from venture.deliberation import access as matters_access
from venture.deliberation import queries as matters
from venture.impact import actions, forms, queries, yields
from venture.impact.models import Support, SupportState
from venture.people.views import qr
from venture.refusal import Blocker, Refused
from venture.roles import STAFF, Role, may, open_to_all
from venture.trail import corrections_of

bp = Blueprint("impact", __name__)
bp.add_app_template_filter(queries.figure, "figure")
bp.add_app_template_filter(queries.share_text, "share_of_one")
bp.add_app_template_filter(yields.whole_yuan, "whole_yuan")


@bp.app_template_filter("claim_word")
def claim_word(stored: str) -> str:
    """The stored state of a claim in words."""
    return str(_(SupportState(stored).label))


SIGHT = (*STAFF, Role.CLERK, Role.APPLICANT)


def _page() -> int:
    return request.args.get("page", 1, type=int)


# --- a project's claims ---


@bp.get("/awards/<int:id>/supports")
@may(*STAFF, Role.APPLICANT)
def supports(id: int) -> Any:
    return _supports(web.or_404(queries.award(id, web.me())), forms.ClaimForm())


@bp.post("/awards/<int:id>/supports")
@may(Role.APPLICANT, Role.OFFICER)
def claim(id: int) -> Any:
    award, form = web.or_404(queries.award(id, web.me())), forms.ClaimForm()
    given = {
        "award": award,
        "number": form.number.data,
        "steps": form.steps.data,
        "note": form.note.data or "",
    }
    if form.validate_on_submit() and web.attempt(form, actions.claim, by=web.me(), at=clock.now(), **given):
        return web.see("impact.support", _("The claim waits for the community's answer."), id=form.outcome.id)
    return _supports(award, form)


def _supports(award: Award, form: Any) -> Any:
    me = web.me()
    return web.page(
        "impact/supports.html",
        form,
        award=award,
        supports=queries.supports_of(award),
        matters=queries.claimable(award),
        may_claim=me.holds(Role.OFFICER) or award.application.organization_id in me.organization_ids,
        is_staff=me.holds(*STAFF),
    )


@bp.post("/supports/<int:id>/withdraw")
@may(Role.APPLICANT, Role.OFFICER)
def withdraw_claim(id: int) -> Any:
    support = _support(id)
    actions.withdraw_claim(support=support, by=web.me(), at=clock.now())
    return web.see("impact.supports", _("The claim is taken back."), id=support.award_id)


# --- the community's answer ---


@bp.get("/supports")
@may(*STAFF, Role.CLERK)
def waiting() -> Any:
    me = web.me()
    asked = request.args.get("state", SupportState.CLAIMED.value)
    state = next((word for word in SupportState if word == asked), None)
    return web.page(
        "impact/waiting.html",
        found=queries.supports(me, _page(), state),
        state=state,
        states=list(SupportState),
        own=me.community_ids,
    )


@bp.post("/supports/confirm")
@may(Role.CLERK)
def confirm() -> Any:
    chosen = queries.chosen(request.form.getlist("support", type=int), web.me())
    shares = _shares(chosen)
    if chosen and not web.confirmed():
        return _confirm_page(chosen, shares)
    actions.confirm(supports=chosen, shares=shares, by=web.me(), at=clock.now())
    return web.see("impact.waiting", _("Confirmed: %(number)s.", number=len(chosen)))


def _shares(chosen: Sequence[Support]) -> dict[int, tuple[int | None, str]]:
    """The share and its reason typed in each row, by support."""
    shares, wrong = {}, []
    for support in chosen:
        try:
            share = forms.parse_share(request.form.get(f"share-{support.id}", ""))
        except ValueError:
            share = None
            wrong.append(Blocker("impact.share", f"share-{support.id}"))
        shares[support.id] = (share, request.form.get(f"reason-{support.id}", ""))
    if wrong:
        raise Refused.all(wrong)
    return shares


def _confirm_page(chosen: Sequence[Support], shares: dict[int, tuple[int | None, str]]) -> Any:
    headers = [
        _("Project"),
        _("Organization"),
        _("Matter"),
        _("Steps"),
        _("Share of the project"),
        _("Reason"),
    ]
    rows = []
    for support in chosen:
        share, reason = shares[support.id]
        application = support.award.application
        rows.append(
            [
                f"{support.award.project_no} {application.title}",
                application.organization.name,
                f"{support.matter.number} {support.matter.title}",
                " ".join(map(str, support.steps)),
                queries.share_text(share) if share is not None else _("equal among its projects"),
                reason or "—",
            ]
        )
    return web.confirm(
        _("Confirm that these projects helped"),
        _("Confirm"),
        back=url_for("impact.waiting"),
        facts=[(_("Claims"), len(chosen))],
        headers=headers,
        rows=rows,
        warning=_("The shares of other projects in the same matters change with it."),
    )


@bp.get("/supports/<int:id>")
@may(*SIGHT)
def support(id: int) -> Any:
    return _one(_support(id))


def _support(id: int) -> Support:
    return web.or_404(queries.support(id, web.me()))


def _one(support: Support, **given: Any) -> Any:
    """The page of one support; `given` holds the one form that was refused."""
    me, now = web.me(), clock.now()
    listed = {
        "refuse": forms.RefuseForm,
        "undo": forms.UndoForm,
        "share": forms.ShareForm,
        "paper": forms.PaperForm,
    }
    shown = {name: given.get(name) or form() for name, form in listed.items()}
    _offer_signers(shown["paper"], support)
    keeps = support.matter.community_id in me.community_ids
    mine = support.award.application.organization_id in me.organization_ids
    officer = me.holds(Role.OFFICER)
    return web.page(
        "impact/support.html",
        next(iter(given.values()), None),
        support=support,
        forms_of=shown,
        corrections=corrections_of([support])[support.id],
        links=queries.live_links(support, now),
        may_confirm=keeps and not mine,
        may_answer=keeps or officer,
        may_link=mine or officer,
        may_withdraw=mine or support.claimed_by_id == me.id,
        may_enter_paper=officer,
        may_check_paper=bool(
            support.paper
            and support.paper.checked_by_id is None
            and support.paper.entered_by_id != me.id
            and me.holds(Role.OFFICER, Role.APPROVER)
        ),
        is_staff_here=me.holds(*STAFF),
        sees_title=matters_access.may_see(me, support.matter)
        or support.matter.public
        or support.state is SupportState.CONFIRMED,
    )


def _offer_signers(form: Any, support: Support) -> None:
    clerks = queries.clerks_of(support.matter.community_id)
    form.signer.choices = [
        *((clerk.id, clerk.name) for clerk in clerks),
        (0, _("somebody else, named below")),
    ]


@bp.post("/supports/<int:id>/refuse")
@may(Role.CLERK, Role.OFFICER)
def refuse(id: int) -> Any:
    found, form = _support(id), forms.RefuseForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.refuse, support=found, reason=form.reason.data, by=web.me(), at=clock.now()
    ):
        return web.see("impact.support", _("Not confirmed; the organization reads the reason."), id=id)
    return _one(found, refuse=form)


@bp.post("/supports/<int:id>/undo")
@may(Role.CLERK, Role.OFFICER)
def undo(id: int) -> Any:
    found, form = _support(id), forms.UndoForm()
    if not form.validate_on_submit():
        return _one(found, undo=form)
    if not web.confirmed():
        return _undo_page(found, form.why.data or "")
    if web.attempt(form, actions.undo, support=found, reason=form.why.data, by=web.me(), at=clock.now()):
        return web.see("impact.support", _("The confirmation is taken back; the claim waits again."), id=id)
    return _one(found, undo=form)


def _undo_page(support: Support, reason: str) -> Any:
    others = [one for one in queries.confirmed_of(support.matter_id) if one.id != support.id]
    return web.confirm(
        _("Take the confirmation back"),
        _("Take the confirmation back"),
        back=url_for("impact.support", id=support.id),
        facts=[
            (_("Project"), f"{support.award.project_no} {support.award.application.title}"),
            (_("Matter"), f"{support.matter.number} {support.matter.title}"),
            (_("State of the matter"), _(support.matter.status.label)),
            (_("Confirmed by"), support.confirmer),
            (_("Share of the project"), queries.share_text(support.share)),
            (_("Other confirmed projects of this matter"), len(others)),
            (_("Reason for the correction"), reason),
        ],
        warning=_(
            "The figures of the project and its theme fall, and the shares of other projects may rise."
        ),
    )


@bp.post("/supports/<int:id>/share")
@may(Role.CLERK, Role.OFFICER)
def set_share(id: int) -> Any:
    found, form = _support(id), forms.ShareForm()
    given = {"support": found, "share": form.share.data, "reason": form.share_reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.set_share, by=web.me(), at=clock.now(), **given
    ):
        return web.see("impact.support", _("The share is set; both values are kept."), id=id)
    return _one(found, share=form)


# --- a one-time link, for communities without an account ---


@bp.post("/supports/<int:id>/link")
@may(Role.APPLICANT, Role.OFFICER)
def make_link(id: int) -> Any:
    made, token = actions.make_link(support=_support(id), by=web.me(), at=clock.now())
    flask.session["confirm_link"] = [made.id, token]
    return web.see("impact.link", id=made.id)


@bp.get("/links/<int:id>")
@may(Role.APPLICANT, Role.OFFICER)
def link(id: int) -> Any:
    made = web.or_404(queries.link(id, web.me()))
    of, token = flask.session.get("confirm_link", [0, ""])
    base = flask.current_app.settings.base_url  # type: ignore[attr-defined]  # set by web.start
    address = base + url_for("impact.confirmation", token=token) if of == id else ""
    return web.page("impact/link.html", link=made, address=address, code=qr(address) if address else "")


@bp.get("/confirm/<token>")
@open_to_all
def confirmation(token: str) -> Any:
    return _confirmation(token, forms.LinkForm())


@bp.post("/confirm/<token>")
@open_to_all
def confirm_by_link(token: str) -> Any:
    link, form = web.or_404(queries.link_of_token(token)), forms.LinkForm()
    me = web.me()
    given = {"name": form.name.data, "position": form.position.data or ""}
    if form.validate_on_submit() and web.attempt(
        form,
        actions.confirm_by_link,
        link=link,
        by=me if me.is_authenticated else None,
        at=clock.now(),
        **given,
    ):
        return web.see("impact.confirmation", token=token)
    return _confirmation(token, form)


def _confirmation(token: str, form: Any) -> Any:
    link = web.or_404(queries.link_of_token(token))
    return web.page(
        "impact/confirmation.html",
        form,
        link=link,
        support=link.support,
        token=token,
        live=link.used_at is None
        and link.expires_at > clock.now()
        and link.support.state is SupportState.CLAIMED,
    )


# --- on paper ---


@bp.post("/supports/<int:id>/paper")
@may(Role.OFFICER)
def enter_paper(id: int) -> Any:
    found, form = _support(id), forms.PaperForm()
    _offer_signers(form, found)
    if form.validate_on_submit():
        clerks = {clerk.id: clerk for clerk in queries.clerks_of(found.matter.community_id)}
        given = {
            "signer": clerks.get(form.signer.data),
            "name": form.name.data or "",
            "scan": web.staged("scan"),
        }
        if web.attempt(
            form,
            actions.enter_paper,
            support=found,
            signed_on=form.signed_on.data,
            by=web.me(),
            at=clock.now(),
            **given,
        ):
            return web.see("impact.support", _("The paper is entered; another person checks it."), id=id)
    return _one(found, paper=form)


@bp.post("/supports/<int:id>/paper/check")
@may(Role.OFFICER, Role.APPROVER)
def check_paper(id: int) -> Any:
    actions.check_paper(support=_support(id), by=web.me(), at=clock.now())
    return web.see("impact.support", _("The paper is checked; the support is confirmed."), id=id)


@bp.get("/supports/<int:id>/paper")
@may(*STAFF, Role.CLERK)
def paper(id: int) -> Any:
    found = _support(id)
    return downloads.send(web.or_404(found.paper.scan if found.paper else None), inline=True)


# --- what the money did ---


@bp.get("/rounds/<int:year>/themes")
@may(*STAFF)
def themes(year: int) -> Any:
    round, listed = queries.themes_of(year)
    return web.page("impact/themes.html", round=web.or_404(round), boards=queries.boards(listed, web.me()))


@bp.get("/themes/<int:id>")
@may(*STAFF)
def theme(id: int) -> Any:
    found = web.or_404(queries.theme(id))
    return web.page("impact/theme.html", board=queries.boards([found], web.me())[0])


@bp.get("/themes/<int:id>/matters")
@may(*STAFF)
def theme_matters(id: int) -> Any:
    found, shown = web.or_404(queries.theme(id)), request.args.get("shown", "all")
    return web.page(
        "impact/theme_matters.html",
        theme=found,
        shown=shown,
        kinds=queries.SHOWN,
        found=queries.matter_lines(found, _page(), shown),
    )


@bp.get("/themes/<int:id>/payments")
@may(*STAFF)
def theme_payments(id: int) -> Any:
    found = web.or_404(queries.theme(id))
    return web.page(
        "impact/theme_payments.html", theme=found, found=queries.payments_of(found, web.me(), _page())
    )


@bp.get("/matters/<int:id>/money")
@may(*STAFF, Role.CLERK)
def matter_money(id: int) -> Any:
    found = web.or_404(matters.matter(id, web.me()))
    return web.page(
        "impact/matter_money.html",
        matter=found,
        supports=queries.supports_of_matter(found),
        is_staff=web.me().holds(*STAFF),
    )
