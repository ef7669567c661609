"""Score sheets through Excel: the workbook going out, and its way back with a look before anything is kept."""

from collections.abc import Sequence
from typing import Any

import flask
from flask_babel import gettext as _

from venture import clock, downloads, files, spreadsheets, web
from venture.refusal import Refused
from venture.review import actions, exchange, forms, queries
from venture.review.models import Panelist, SheetState
from venture.review.views.shared import KEYS_IN, bp, round_or_404, seat_or_404
from venture.roles import may
from venture.rounds.models import Phase, Round
from venture.words import N_

HEADS = {exchange.NUMBER: N_("Number"), exchange.TITLE: N_("Project"), exchange.REMARK: N_("Remark")}
"""The columns beside those of the criteria."""


@bp.get("/rounds/<int:year>/sheets/import")
@may(*KEYS_IN)
def workbook(year: int) -> Any:
    """How score sheets come back as a workbook."""
    return _page(round_or_404(year), forms.WorkbookForm())


def _page(round: Round, form: forms.WorkbookForm) -> Any:
    return web.page("review/workbook.html", form, round=round, seated=queries.panel(round))


@bp.get("/rounds/<int:year>/sheets/import/all.xlsx")
@may(*KEYS_IN)
def blank_workbook(year: int) -> Any:
    """The workbook to fill in for the whole panel."""
    round = round_or_404(year)
    return _blank(round, [one.panelist for one in queries.panel(round)], f"{year}-sheets.xlsx")


@bp.get("/rounds/<int:year>/sheets/import/<int:number>.xlsx")
@may(*KEYS_IN)
def blank_sheets(year: int, number: int) -> Any:
    """The workbook to fill in for one expert."""
    return _blank(round_or_404(year), [seat_or_404(year, number)], f"{year}-sheets-{number}.xlsx")


def _blank(round: Round, seats: Sequence[Panelist], name: str) -> Any:
    asked = queries.asked_sheets(round, seats, web.me(), open_only=True)
    places = {theme.code: place for place, theme in enumerate(round.themes, start=1)}
    names = {theme.code: theme.name for theme in round.themes}
    blanks = [
        spreadsheets.Blank(_("How it works"), exchange.notes_mark(round.year), notes=_notes()),
        *(
            spreadsheets.Blank(
                f"{one.expert}.{places[one.theme]} {_phase(one)}{names[one.theme]}",
                f"{one.mark(round.year)} {_phase(one)}{names[one.theme]} · {round.name}",
                heads=[
                    _(HEADS[exchange.NUMBER]),
                    _(HEADS[exchange.TITLE]),
                    *one.criteria.values(),
                    _(HEADS[exchange.REMARK]),
                ],
                rows=[[number, title] + [""] * (len(one.criteria) + 1) for number, title in one.rows.items()],
            )
            for one in asked
        ),
    ]
    most = max((len(one.rows) for one in asked), default=0)
    web.rollback()
    return downloads.made(spreadsheets.blanks(blanks, most=most), name)


def _phase(one: exchange.Asked) -> str:
    """What is marked, before the theme's name; nothing where it is the papers."""
    return "" if one.phase == exchange.PAPERS else f"{_(Phase(one.phase).label)} "


def _notes() -> list[str]:
    return [
        _(
            "One sheet belongs to one expert and one theme; fill in a row for each project. All cells are text."
        ),
        _(
            "Leave the first row, the heads, the numbers and the names as they are: by them each row finds its project. "
            "A row without marks is passed over; a row with marks needs all of them."
        ),
        _(
            "A mark below %(low)s or above %(high)s of the full marks needs the expert's sentence in the remark.",
            low="40%",
            high="95%",
        ),
        _(
            "The file comes back on the page «Score sheets from Excel». Anything that does not agree refuses the whole "
            "file; what was taken over counts once another person has checked it against the signed paper."
        ),
    ]


def _heads() -> dict[str, list[str]]:
    """What each column may be called, the language of the page first: a file may come back in another."""
    found = {key: [str(_(text)), str(text)] for key, text in HEADS.items()}
    for locale in web.LOCALES.values():
        with web.in_language(locale):
            for key, text in HEADS.items():
                found[key].append(str(_(text)))
    return found


@bp.post("/rounds/<int:year>/sheets/import")
@may(*KEYS_IN)
def take_workbook(year: int) -> Any:
    """Read the workbook and show what would be kept; keep it once that was seen."""
    form = forms.WorkbookForm()
    if not (form.validate() and web.attempt(form, _read, round=round_or_404(year))):
        return _page(round_or_404(year), form)
    rows, name = form.outcome
    round, now, staged = round_or_404(year), clock.now(), web.staged("scan")
    given = {
        "signed_on": form.signed_on.data,
        "scan": files.keep(staged, by=web.me(), at=now) if staged else None,
        "source": name,
    }
    if not web.attempt(form, actions.key_in_workbook, round=round, rows=rows, by=web.me(), at=now, **given):
        return _page(round_or_404(year), form)
    taken: list[actions.Taken] = form.outcome
    if web.confirmed():
        said = _("%(count)s sheets are keyed in. Somebody else must check them.", count=len(taken))
        return web.see("review.panel", said, year=year)
    shown = [_shown(one) for one in taken]
    web.rollback()
    return web.confirm(
        _("Take over the sheets of the workbook?"),
        _("Take over the sheets"),
        back=flask.url_for("review.workbook", year=year),
        facts=[
            (_("File"), name),
            (_("Signed on"), form.signed_on.data),
            (_("Sheets"), len(shown)),
        ],
        headers=[
            _("Project"),
            _("Expert"),
            _("Phase"),
            _("Marks"),
            _("Total"),
            _("Remark"),
            _("On record before"),
        ],
        rows=shown,
        warning=_("Nothing has been kept yet. Compare the totals with the signed paper."),
    )


def _shown(one: actions.Taken) -> tuple[Any, ...]:
    """A row of the look before anything is kept, as texts."""
    application, sheet = one.sheet.application, one.sheet
    marks = queries.marks_of(sheet)
    before = ""
    if one.state is not None:
        before = f"{_(one.state.label)} {queries.printed(one.total)}".strip()
    return (
        f"{application.number} {application.title}",
        f"{sheet.panelist.number} {sheet.panelist.person.name}",
        _(sheet.phase.label),
        "　".join(f"{each.name} {queries.printed(marks.get(each.code))}" for each in sheet.criteria),
        queries.printed(sheet.total),
        sheet.comment,
        before if one.state is not SheetState.DRAFT else _(SheetState.DRAFT.label),
    )


def _read(*, round: Round) -> tuple[list[exchange.Row], str]:
    """The filled rows of the workbook that came, read outside of the transaction, and its name with its hash."""
    staged, year = web.staged("workbook"), round.year
    asked = queries.asked_sheets(round, [one.panelist for one in queries.panel(round)], web.me())
    web.rollback()
    if staged is None:
        raise Refused("review.workbook_missing", "workbook")
    path = files.path_of(flask.current_app.settings.uploads, staged.sha256)  # type: ignore[attr-defined]  # set by web.start
    if not path.is_file():
        raise Refused("review.workbook_missing", "workbook")
    found = exchange.filled(spreadsheets.read(path, staged.name), asked, year, _heads())
    return found, f"{staged.name} {staged.sha256[:16]}"
