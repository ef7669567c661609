"""The call: drafted from the settings, published, and the round's public page."""

from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.roles import STAFF, fresh, may, open_to_all
from venture.rounds import access, actions, forms, queries, wording
from venture.rounds.models import Announcement, Round, RoundState
from venture.rounds.views.shared import act, bp, round_or_404

bp.add_app_template_global(wording.ordinal, "call_ordinal")


@bp.app_template_global()
def public_address(endpoint: str, **values: Any) -> str:
    """The address by which anybody reaches a page of this site."""
    base: str = flask.current_app.settings.base_url  # type: ignore[attr-defined]  # set by web.start
    return base + flask.url_for(endpoint, **values)


def address_of(round: Round) -> str:
    """The round's public page."""
    return public_address("rounds.call", year=round.year)


def _draft(round: Round, form: Any = None) -> Any:
    published = queries.announcements(round)
    shown = form or (forms.SupplementForm() if published else forms.CallForm())
    now = queries.wording_now(round, address_of(round))
    return web.page(
        "rounds/edit_call.html",
        shown,
        round=round,
        wording=now,
        published=published,
        changes=wording.changes(published[0].content, now) if published else [],  # type: ignore[arg-type]  # JSON of a Wording
        obstacles=queries.call_obstacles(round, address_of(round)),
        may_plan=access.may_plan(web.me()),
    )


@bp.get("/rounds/<int:year>/call")
@may(*STAFF)
def edit_call(year: int) -> Any:
    return _draft(round_or_404(year))


@bp.post("/rounds/<int:year>/call")
@fresh
@may(*access.PLANNERS)
def publish_call(year: int) -> Any:
    round = round_or_404(year)
    published = queries.announcements(round)
    form = forms.SupplementForm() if published else forms.CallForm()
    given = {
        "address": address_of(round),
        "document_no": form.document_no.data,
        "note": form.note.data or "" if published else "",
    }
    if not (
        form.validate_on_submit() and web.attempt(form, actions.publish_call, round=round, **given, **act())
    ):
        return _draft(round, form)
    made: Announcement = form.outcome
    if web.confirmed():
        said = _("No. %(number)s is published.", number=made.number)
        return web.see("rounds.announcement", said, year=year, number=made.number)
    text = wording.plain(lines(made))
    web.rollback()
    return web.confirm(
        _("Publish the supplement?") if published else _("Publish the call?"),
        _("Publish"),
        back=flask.url_for("rounds.edit_call", year=year),
        facts=[
            (_("Who can read it"), _("everybody")),
            (_("Day of publication"), made.published_on),
        ],
        text=text,
        warning=_("Everybody can read it from now on. It is never changed or taken back, only supplemented."),
        template="rounds/confirm_call.html",
    )


def lines(announcement: Announcement) -> list[wording.Line]:
    """A published announcement line by line."""
    content: Any = announcement.content
    given = {
        "day": clock.chinese_day(announcement.published_on),
        "document_no": announcement.document_no,
    }
    if announcement.number == 1:
        return wording.lines(content, **given)
    title = wording.supplement_title(announcement.round.name, announcement.number)
    return wording.supplement(
        title, announcement.note, announcement.changes, signed=content["signed"], **given
    )


@bp.get("/rounds/<int:year>/call.docx")
@may(*STAFF)
def draft_docx(year: int) -> Any:
    """The call as it would be published now, to be passed round the office before it is."""
    round = round_or_404(year)
    now = queries.wording_now(round, address_of(round))
    made = documents.letter(
        wording.lines(now, day="　　年　　月　　日"),
        title=now["title"],
        author=now["signed"],
        foot="征求意见稿，尚未发布",
    )
    return downloads.made(made, f"{year}-call-draft.docx")


# --- what everybody reads ---


@bp.get("/calls")
@open_to_all
def calls() -> Any:
    return web.page("rounds/calls.html", rounds=queries.called_rounds(), now=clock.now())


@bp.get("/calls/<int:year>")
@open_to_all
def call(year: int) -> Any:
    """What a round asks for, as its call says or, before that is published, as it is set; and what changed since."""
    round = round_or_404(year)
    published = queries.announcements(round)
    web.or_404(published or None if round.state is RoundState.PLANNED else round)
    answered = queries.answered(round)
    return web.page(
        "rounds/call.html",
        round=round,
        call=published[-1] if published else None,
        wording=published[0].content if published else None,
        announcements=published[:-1],
        themes={theme.code: theme.name for theme in round.themes},
        running=queries.takes_questions(round, clock.now()),
        answered=answered,
        corrections=queries.answer_corrections(answered),
        mine=queries.own_questions(round, web.me()) if web.me().is_authenticated else [],
    )


def _announcement(year: int, number: int) -> Announcement:
    return web.or_404(queries.announcement(year, number))


@bp.get("/calls/<int:year>/<int:number>")
@open_to_all
def announcement(year: int, number: int) -> Any:
    found = _announcement(year, number)
    return web.page("rounds/announcement.html", announcement=found, heading=lines(found)[0][1])


@bp.get("/calls/<int:year>/<int:number>.txt")
@open_to_all
def announcement_text(year: int, number: int) -> Any:
    found = _announcement(year, number)
    return downloads.made(wording.plain(lines(found)).encode(), f"{year}-call-{number}.txt")


@bp.get("/calls/<int:year>/<int:number>.docx")
@open_to_all
def announcement_docx(year: int, number: int) -> Any:
    found = _announcement(year, number)
    foot = f"公告第{number}号　校验码 {found.sha256[:16]}"
    title = lines(found)[0][1]
    made = documents.letter(lines(found), title=title, author=found.content["signed"], foot=foot)
    return downloads.made(made, f"{year}-call-{number}.docx")
