"""The ranking, its trust, the rule of a theme, the draw."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, downloads, web
from venture.refusal import Refused
from venture.review import actions, forms, queries
from venture.review.views.shared import bp, round_or_404, theme_or_404
from venture.roles import STAFF, Role, fresh, may
from venture.rounds import queries as rounds
from venture.rounds.models import Aggregation, Theme


@bp.get("/rounds/<int:year>/ranking")
@may(*STAFF)
def ranking(year: int) -> Any:
    """Each theme's ranking with the rule it was made by, a page of it."""
    round = web.or_404(rounds.outline(year))
    themes = queries.board(round, web.me(), page=request.args.get("page", 1, type=int))
    return web.page("review/ranking.html", round=round, themes=themes)


@bp.get("/rounds/<int:year>/ranking/trust")
@may(Role.OFFICER, Role.AUDITOR)
def trust(year: int) -> Any:
    """How far the marks of the final themes can be trusted; for choosing next year's panel and score sheet."""
    round, places = round_or_404(year), request.args.get("places", type=int)
    places = places if places and 0 < places < 10_000 else None
    found = queries.trust(round, web.me(), places=places)
    return web.page("review/trust.html", round=round, themes=found, places=places)


def _rule_page(theme: Theme, form: forms.RuleForm) -> Any:
    round = theme.round
    now = next(one for one in queries.ranking(round, web.me()) if one.theme.id == theme.id)
    shown = form.aggregation.data if form.aggregation.data in list(Aggregation) else None
    wanted = now.pending.aggregation if now.pending else Aggregation(shown or Aggregation.MEAN)
    then = next(
        one
        for one in queries.ranking(round, web.me(), instead={theme.id: wanted})
        if one.theme.id == theme.id
    )
    return web.page(
        "review/rule.html",
        form,
        theme=theme,
        now=now,
        then=then,
        after={line.application_id: line for line in then.lines},
    )


@bp.get("/rounds/<int:year>/themes/<code>/rule")
@may(*STAFF)
def rule(year: int, code: str) -> Any:
    """The theme's rule, what another one would make of the ranking, and a change that waits."""
    return _rule_page(theme_or_404(year, code), forms.RuleForm())


@bp.post("/rounds/<int:year>/themes/<code>/rule")
@fresh
@may(Role.OFFICER)
def propose_rule(year: int, code: str) -> Any:
    """Propose another rule for the whole theme."""
    theme, form = theme_or_404(year, code), forms.RuleForm()
    if form.validate_on_submit():
        given = {"aggregation": Aggregation(form.aggregation.data), "reason": form.reason.data}
        if web.attempt(form, actions.propose_rule, theme=theme, by=web.me(), at=clock.now(), **given):
            said = _("The change is proposed. It counts once an approver has approved it.")
            return web.see("review.rule", said, year=year, code=code)
    return _rule_page(theme, form)


@bp.post("/rounds/<int:year>/themes/<code>/rule/approve")
@fresh
@may(Role.APPROVER)
def approve_rule(year: int, code: str) -> Any:
    """Approve the change that waits."""
    theme = theme_or_404(year, code)
    change = web.or_404(queries.pending_change(theme))
    if not web.confirmed():
        return web.confirm(
            _("Approve another rule for the theme"),
            _("Approve the rule"),
            back=flask.url_for("review.rule", year=year, code=code),
            facts=[
                (_("Theme"), theme.name),
                (_("New rule"), _(change.aggregation.label)),
                (_("Reason"), change.reason),
                (_("Proposed by"), change.proposed_by.name),
            ],
        )
    actions.approve_rule(change=change, by=web.me(), at=clock.now())
    return web.see("review.ranking", _("The theme's rule is changed."), year=year)


@bp.post("/rounds/<int:year>/themes/<code>/rule/take-back")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def take_back_rule(year: int, code: str) -> Any:
    """Take back, or decline, the change that waits."""
    change = web.or_404(queries.pending_change(theme_or_404(year, code)))
    actions.take_back_rule(change=change, by=web.me(), at=clock.now())
    return web.see("review.rule", _("The proposed change is taken back."), year=year, code=code)


@bp.get("/rounds/<int:year>/themes/<code>/draw")
@may(*STAFF)
def draw(year: int, code: str) -> Any:
    """The ties that only a draw can order, and the draws on record."""
    return _draw_page(theme_or_404(year, code), None)


def _draw_page(theme: Theme, sent: forms.DrawForm | None) -> Any:
    names = queries.names_of(theme, web.me())
    groups = []
    for group in queries.drawable(theme):
        if not names.keys() >= set(group):
            continue  # a tie hides one of them
        key = ",".join(map(str, group))
        if sent is not None and sent.group.data == key:
            groups.append((group, sent))
        else:
            fresh = {each: names[each] for each in group}
            groups.append((group, forms.DrawForm.made(fresh, formdata=None, data={"group": key})))
    return web.page(
        "review/draw.html", sent, theme=theme, groups=groups, draws=queries.draws(theme), names=names
    )


@bp.post("/rounds/<int:year>/themes/<code>/draw")
@fresh
@may(Role.OFFICER)
def record_draw(year: int, code: str) -> Any:
    """Record the order that a draw gave."""
    theme = theme_or_404(year, code)
    key = request.form.get("group", "")
    group = web.or_404(
        next((each for each in queries.drawable(theme) if ",".join(map(str, each)) == key), None)
    )
    names = queries.names_of(theme, web.me())
    if not names.keys() >= set(group):
        flask.abort(404)
    form = forms.DrawForm.made({each: names[each] for each in group})
    if form.validate_on_submit():
        if sorted(form.places) != list(range(1, len(group) + 1)):
            form.refusal = Refused("review.draw_order", f"place_{group[0]}", count=len(group))
            return _draw_page(theme, form)
        given = {"drawn_on": form.drawn_on.data, "witness": form.witness.data, "reason": form.reason.data}
        given |= {"drawn_by": form.drawn_by.data or "", "scan": web.staged("scan")}
        verb = {"theme": theme, "group": group, "order": form.order, "by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.record_draw, **verb, **given):
            return web.see("review.ranking", _("The draw is on record."), year=year)
    return _draw_page(theme, form)


@bp.get("/rounds/<int:year>/themes/<code>/draw/<int:id>/scan")
@may(*STAFF)
def draw_scan(year: int, code: str, id: int) -> Any:
    """The scan of a draw on record, for those from whom none of its applications is hidden."""
    theme = theme_or_404(year, code)
    found = web.or_404(next((each for each in queries.draws(theme) if each.id == id), None))
    if not queries.names_of(theme, web.me()).keys() >= set(found.order):
        flask.abort(404)
    return downloads.send(web.or_404(found.scan), inline=True)
