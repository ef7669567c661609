"""The random draw of experts: conditions and list before it, the record after it, on the page and on paper."""

import secrets
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, documents, downloads, web
from venture.review import actions, drawing, forms, queries
from venture.review.models import Competence, PoolDraw
from venture.review.views.shared import bp, round_or_404
from venture.roles import STAFF, Role, fresh, may
from venture.rounds.models import Round


@bp.get("/rounds/<int:year>/draws")
@may(*STAFF)
def draws(year: int) -> Any:
    """The draws for the round's panel, and the form for the next."""
    return _list(round_or_404(year), None)


def _list(round: Round, form: forms.DrawExpertsForm | None) -> Any:
    made = queries.pool_draws(round)
    acts = web.me().holds(Role.OFFICER)
    fresh_form = forms.DrawExpertsForm(formdata=None, places=round.panel_size)
    return web.page(
        "review/draws.html",
        form,
        round=round,
        draws=made,
        typed=form or fresh_form,
        drawable=queries.drawable_experts(round, (), 0) if acts else [],
    )


@bp.post("/rounds/<int:year>/draws")
@fresh
@may(Role.OFFICER)
def draw_experts(year: int) -> Any:
    """Draw, after showing the conditions and who can be drawn; nobody sees a result before it is on record."""
    round, form = round_or_404(year), forms.DrawExpertsForm()
    if not form.validate():
        return _list(round, form)
    given = {
        "conditions": form.conditions,
        "fields": form.fields,
        "answer_by_on": form.answer_by_on.data,
        "pledge": form.pledge.data,
        "reason": form.reason.data or "",
        "seed": secrets.token_hex(8),
    }
    if not web.attempt(form, actions.draw_experts, round=round, **given, by=web.me(), at=clock.now()):
        return _list(round_or_404(year), form)
    if web.confirmed():
        said = _("Drawn and invited; the messages wait in the outbox.")
        return web.see("review.draw_record", said, year=year, number=form.outcome.number)
    web.rollback()
    return _preview(round_or_404(year), form)


def _preview(round: Round, form: forms.DrawExpertsForm) -> Any:
    rule = form.conditions
    candidates = queries.drawable_experts(round, form.fields, rule.finance)
    return web.confirm(
        _("Draw experts"),
        _("Draw now"),
        back=flask.url_for("review.draws", year=round.year),
        facts=[
            *_conditions(rule, [one for one in Competence if one in form.fields]),
            (_("Who can be drawn"), len(candidates)),
            (_("SHA-256 of the list"), drawing.digest(candidates)),
        ],
        headers=[_("Expert"), _("Number in the pool"), _("Employer"), _("Finance and audit")],
        rows=_rows(candidates),
        warning=_(
            "The machine makes the seed at the moment of the draw. The result stands on record at once and the drawn "
            "are invited; another draw needs a reason, and this one stays on record."
        ),
    )


def _conditions(rule: drawing.Conditions, fields: list[Competence]) -> list[tuple[str, str]]:
    return [
        (_("Experts to draw"), str(rule.places)),
        (_("Of them for finance, at least"), str(rule.finance)),
        (_("Of one employer, at most"), str(rule.per_employer) if rule.per_employer else _("no limit")),
        (_("Able to judge one of"), "、".join(_(one.label) for one in fields) or _("anything")),
        (
            _("Left out beforehand"),
            _(
                "blocked or no longer in the pool, tied to an application of the round, on the panel, or asked for this "
                "round before"
            ),
        ),
    ]


def _rows(candidates: list[drawing.Candidate]) -> list[tuple[str, str, str, str]]:
    names = queries.names_of_codes([one.employer for one in candidates])
    return [
        (
            one.name,
            str(one.number),
            names.get(one.employer, one.employer),
            _("yes") if one.finance else "",
        )
        for one in candidates
    ]


def _draw(year: int, number: int) -> PoolDraw:
    return web.or_404(queries.pool_draw(round_or_404(year), number))


def _facts(made: PoolDraw) -> list[tuple[str, str]]:
    """The facts of a draw, as page and print tell them."""
    at = clock.beijing(made.made_at)
    return [
        (_("Round"), made.round.name),
        (_("Draw"), _("Draw No. %(number)s", number=made.number)),
        (_("Drawn by"), f"{made.made_by.name} · {at:%Y-%m-%d %H:%M:%S}"),
        *([(_("Reason for drawing again"), made.reason)] if made.reason else []),
        *_conditions(made.conditions, [Competence(one) for one in made.fields]),
        (_("Who could be drawn"), str(len(made.eligible))),
        (_("SHA-256 of the list"), made.eligible_sha256),
        (_("Seed"), made.seed),
    ]


@bp.get("/rounds/<int:year>/draws/<int:number>")
@may(*STAFF)
def draw_record(year: int, number: int) -> Any:
    """The record of one draw: conditions, list, seed, result, substitutes in drawn order."""
    made = _draw(year, number)
    chosen = set(made.chosen)
    return web.page(
        "review/draw_record.html",
        draw=made,
        facts=_facts(made),
        how=how(),
        chosen=_rows([one for one in made.ordered if one.number in chosen]),
        substitutes=_rows([one for one in made.ordered if one.number not in chosen]),
        listed=drawing.text_of(made.candidates),
        again=drawing.draw(made.candidates, made.conditions, made.seed),
        latest=queries.pool_draws(made.round)[0] is made,
    )


@bp.get("/rounds/<int:year>/draws/<int:number>/print")
@may(*STAFF)
def draw_pdf(year: int, number: int) -> Any:
    """抽取记录 on A4, to be signed."""
    made = _draw(year, number)
    chosen = set(made.chosen)
    digest = made.eligible_sha256
    grouped = " ".join(digest[place : place + 8] for place in range(0, len(digest), 8))
    given = {
        "title": _("Record of the random draw of experts"),
        "facts": [(label, grouped if value == digest else value) for label, value in _facts(made)],
        "heads": [_("No."), _("Expert"), _("Number in the pool"), _("Employer"), _("Finance and audit")],
        "parts": [
            (title, [[str(place), *row] for place, row in enumerate(_rows(rows), start=1)])
            for title, rows in (
                (_("Drawn, in drawn order"), [one for one in made.ordered if one.number in chosen]),
                (_("Substitutes, in drawn order"), [one for one in made.ordered if one.number not in chosen]),
            )
        ],
        "how": how(),
        "signs": [_("Drawn by"), _("Supervised by"), _("Recorded by"), _("Day")],
        "page": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }
    fonts = flask.current_app.settings.fonts  # type: ignore[attr-defined]  # set by web.start
    web.rollback()
    return downloads.made(documents.pdf("draw", given, fonts=fonts), f"draw-{year}-{number}.pdf")


def how() -> str:
    """How anybody comes to the same names."""
    said: str = _(
        "To check: for each expert of the list take the SHA-256 of «seed|number in the pool» and sort by it, smallest "
        "first. Along this order take each expert with whom the conditions can still be met in full, until all places "
        "are filled; the others are substitutes in this order."
    )
    return said
