"""Near-duplicates: the pairs of a round, one pair side by side, and what was found on looking. For staff alone."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, trail, web
from venture.applications import access, actions, forms, likeness, printing, queries
from venture.applications.likeness import Verdict
from venture.applications.models import Likeness
from venture.applications.views.shared import bp
from venture.roles import STAFF, Role, may
from venture.rounds import queries as rounds


def _list_page(year: int, form: forms.VerdictForm, picked: list[int] | None = None) -> Any:
    round = web.or_404(rounds.by_year(year))
    narrowed = queries.Narrowed(*(request.args.get(key, "") for key in ("verdict", "whose", "number")))
    last = queries.last_comparison(round)
    return web.page(
        "applications/likenesses.html",
        form,
        round=round,
        last=last,
        waiting=queries.not_compared(round, last),
        narrowed=narrowed,
        found=queries.pairs(round, web.me(), narrowed=narrowed, page=request.args.get("page", 1, int)),
        verdicts=list(Verdict),
        picked=picked or [],
        compares=web.me().holds(*access.ENTERS),
        judges=web.me().holds(Role.OFFICER),
    )


@bp.get("/rounds/<int:year>/likeness")
@may(*STAFF)
def likenesses(year: int) -> Any:
    return _list_page(year, forms.VerdictForm())


@bp.post("/rounds/<int:year>/likeness")
@may(*access.ENTERS)
def compare(year: int) -> Any:
    with web.unlocked():
        round = web.or_404(rounds.by_year(year))
        proposals, among = queries.comparable(round)
        found = likeness.alike(proposals, printing.fixed_words(round), among)
    round, form = web.or_404(rounds.by_year(year)), forms.VerdictForm()
    given = {"round": round, "found": found, "among": among, "by": web.me(), "at": clock.now()}
    if not web.attempt(form, actions.compare, **given):
        return _list_page(year, form)
    said = _(
        "%(versions)s versions were compared; %(fresh)s of %(pairs)s pairs are new.",
        versions=len(among),
        fresh=form.outcome.fresh,
        pairs=form.outcome.pairs,
    )
    return web.see("applications.likenesses", said, year=year)


@bp.post("/rounds/<int:year>/likeness/verdicts")
@may(Role.OFFICER)
def judge_pairs(year: int) -> Any:
    round, form = web.or_404(rounds.by_year(year)), forms.VerdictForm()
    picked = [int(each) for each in request.form.getlist("pair") if each.isdecimal() and len(each) < 19]
    if not form.validate_on_submit():
        return _list_page(year, form, picked)
    pairs = queries.pairs_by_id(round, picked, web.me())
    rows = [_row(pair) for pair in pairs]
    if not web.attempt(form, actions.judge_pairs, looked=_looked(pairs), **_verdict(form)):
        return _list_page(year, form, picked)
    if web.confirmed():
        said = _("What was found on %(count)s pairs is on record.", count=form.outcome)
        return web.see("applications.likenesses", said, year=year)
    web.rollback()
    return web.confirm(
        _("Record this for %(count)s pairs?", count=len(rows)),
        _("Record it"),
        back=flask.url_for("applications.likenesses", year=year),
        facts=[(_("Found on looking"), _(Verdict(form.verdict.data).label)), (_("Reason"), form.reason.data)],
        headers=[_("Pair"), _("Organizations"), _("On record until now")],
        rows=rows,
    )


def _looked(pairs: Any) -> list[actions.Looked]:
    return [actions.Looked(pair, request.form.get(f"seen-{pair.id}", "")) for pair in pairs]


def _verdict(form: forms.VerdictForm) -> dict[str, Any]:
    return {
        "verdict": Verdict(form.verdict.data),
        "reason": form.reason.data,
        "by": web.me(),
        "at": clock.now(),
    }


def _row(pair: Likeness) -> list[str]:
    one, two = pair.applications
    return [
        f"{one.number} · {two.number}",
        f"{one.organization.name} · {two.organization.name}",
        _(pair.verdict.label) if pair.verdict else "—",
    ]


def _pair_page(pair: Likeness, form: forms.VerdictForm) -> Any:
    one, two = pair.applications
    first, second = (queries.proposal(each.id, each.content) for each in (pair.first, pair.second))
    return web.page(
        "applications/likeness.html",
        form,
        pair=pair,
        one=one,
        two=two,
        sides=likeness.side_by_side(first, second, printing.fixed_words(two.round)),
        verdicts={each.value: _(each.label) for each in Verdict},
        newer=queries.newer(pair),
        judges=web.me().holds(Role.OFFICER),
        own=any(access.is_own(web.me(), each.organization) for each in (one, two)),
        corrections=trail.corrections_of([pair])[pair.id],
    )


@bp.get("/likeness/<int:id>")
@may(*STAFF)
def pair(id: int) -> Any:
    found = web.or_404(queries.pair(id, web.me()))
    return _pair_page(found, forms.VerdictForm(verdict=found.verdict, reason=found.reason))


@bp.post("/likeness/<int:id>")
@may(Role.OFFICER)
def judge_pair(id: int) -> Any:
    found, form = web.or_404(queries.pair(id, web.me())), forms.VerdictForm()
    if form.validate_on_submit() and web.attempt(
        form, actions.judge_pairs, looked=_looked([found]), **_verdict(form)
    ):
        return web.see("applications.pair", _("What was found is on record."), id=id)
    return _pair_page(web.or_404(queries.pair(id, web.me())), form)
