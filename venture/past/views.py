"""Pages of earlier awards: the list with its sums, and taking a file over with a look before anything is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, cast

import flask
from flask import Blueprint, request
from flask_babel import gettext as _

from venture import clock, door, downloads, files, spreadsheets, web
from venture.config import Settings
from venture.fields import CountField
from venture.past import actions, forms, lists, queries
from venture.past.lists import Column, Head, Listed, Outcome, Terms
from venture.past.models import PastImport, Source
from venture.refusal import Refused
from venture.roles import STAFF, may, takes_data

bp = Blueprint("past", __name__)
SHOWN = 200
"""Rows of each kind that the look before taking over shows; the counts and sums are of all."""


def chosen() -> queries.Chosen:
    """Which awards the address asks for."""
    asked = request.args
    return queries.Chosen(
        asked.get("year", None, int), asked.get("programme", "").strip(), asked.get("words", "").strip()
    )


@bp.get("/past")
@may(*STAFF)
def index() -> Any:
    """The earlier awards with their sums by programme."""
    asked = chosen()
    return web.page(
        "past/index.html",
        asked=asked,
        found=queries.awards(asked, request.args.get("page", 1, int)),
        sums=queries.sums(asked),
        choices={
            "year": [("", _("all")), *((year, year) for year in queries.years())],
            "programme": [("", _("all")), *((name, name) for name in queries.programmes())],
        },
        imports=queries.imports(),
        unmatched=len(queries.unmatched()),
        may_take=web.me().holds(*actions.TAKES),
    )


@bp.get("/past/import")
@may(*actions.TAKES)
def new_import() -> Any:
    return _page(forms.ImportForm())


def _page(form: forms.ImportForm) -> Any:
    return web.page("past/import.html", form)


@dataclass
class _Opened:
    """A file that came, before its rows are read; of an Excel list its headings and what each column holds."""

    staged: files.Staged
    source: Source
    document: Any = None
    grid: Sequence[Sequence[Any]] = ()
    sheet: str = ""
    row: int = 0
    heads: Sequence[Head] = ()
    matched: Mapping[int, Column | None] = field(default_factory=dict)
    settled: bool = True
    """Whether somebody has said what each column holds, now or for an earlier list."""


@bp.post("/past/import")
@takes_data
@may(*actions.TAKES)
def take_over() -> Any:
    """Read the file; ask what its columns hold; show what would be kept; keep it once that was seen."""
    form = forms.ImportForm()
    if not (form.validate() and web.attempt(form, _open, form=form)):
        return _page(form)
    opened: _Opened = form.outcome
    if not opened.settled or not web.attempt(form, _rows, opened=opened, form=form):
        return _matching(form, opened) if opened.source is Source.EXCEL else _page(form)
    listed, terms = form.outcome
    return _keep(form, opened, listed, terms) if web.confirmed() else _look(form, opened, listed, terms)


def _open(*, form: forms.ImportForm) -> _Opened:
    """Open the file outside of the transaction. Raises Refused: past.no_file, past.not_a_list, past.not_360giving and
    the reasons of `lists.found_in` and `spreadsheets.read`.
    """
    staged, known = web.staged("file"), {text: row.holds for text, row in queries.headings().items()}
    web.rollback()
    settings: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    path = files.path_of(settings.uploads, staged.sha256) if staged else None
    if staged is None or path is None or not path.is_file():
        raise Refused("past.no_file", "file")
    if staged.type == files.DATA:
        try:
            read = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
        except (ValueError, RecursionError) as broken:
            raise Refused("past.not_360giving", "file") from broken
        return _Opened(staged, Source.GIVING, document=read)
    if staged.type != files.TYPES["xlsx"]:
        raise Refused("past.not_a_list", "file", name=staged.name)
    sheets = spreadsheets.read(path, staged.name)
    sheet, row = lists.found_in(sheets, form.sheet.data or "", _number(form.row) or 0)
    heads = lists.heads(sheets[sheet], row)
    posted = any(name.startswith("column-") for name in request.form)
    if posted:
        asked = {head.place: request.form.get(f"column-{head.place}", "") for head in heads}
    else:
        asked = {head.place: known.get(lists.bare(head.text), "?") for head in heads}
    words = {column.value: column for column in Column}
    matched = {
        head.place: lists.usual(head.text) if asked[head.place] == "?" else words.get(asked[head.place])
        for head in heads
    }
    settled = (posted or "?" not in asked.values()) and "match" not in request.form
    return _Opened(
        staged,
        Source.EXCEL,
        grid=sheets[sheet],
        sheet=sheet,
        row=row,
        heads=heads,
        matched=matched,
        settled=settled,
    )


def _number(typed: CountField) -> int | None:
    """What was typed into a field of a count."""
    return cast(int | None, typed.data)


def _rows(*, opened: _Opened, form: forms.ImportForm) -> tuple[Listed, dict[str, Any]]:
    """The rows of the opened file, and how they were read. Raises Refused as `lists.from_excel` and
    `lists.from_360giving` do.
    """
    outcome = Outcome(form.ended.data)
    if opened.source is Source.GIVING:
        return lists.from_360giving(opened.document, outcome), {"outcome": outcome}
    held = {place: column for place, column in opened.matched.items() if column is not None}
    in_wan = form.unit.data == "wan" or (form.unit.data != "yuan" and lists.says_wan(opened.grid, opened.row))
    year = _number(form.year) or lists.stated_year(opened.grid, opened.row, opened.staged.name)
    terms = Terms(year, form.round_name.data or "", outcome, in_wan, bool(form.down.data))
    how = {**asdict(terms), "sheet": opened.sheet, "row": opened.row}
    how["columns"] = {head.text: held[head.place] for head in opened.heads if head.place in held}
    return lists.from_excel(opened.grid, opened.row, held, terms), how


def _matching(form: forms.ImportForm, opened: _Opened) -> Any:
    """The page on which somebody says what each column holds."""
    asked = {f"column-{head.place}" for head in opened.heads}
    year, row = cast(Any, form.year), cast(Any, form.row)
    year.raw_data = row.raw_data = None  # what is found in the file is shown, where nothing was typed
    if year.data is None:
        year.data = lists.stated_year(opened.grid, opened.row, opened.staged.name)
    if not form.unit.data and lists.says_wan(opened.grid, opened.row):
        form.unit.data = "wan"
    form.sheet.data, row.data = opened.sheet, opened.row
    shown = {"confirmed", "match", "year", "round_name", "sheet", "row", "unit", "down"} | asked
    return web.page(
        "past/matching.html",
        form,
        opened=opened,
        carried=door.carried(*shown),
        choices=[("", _("(not taken over)")), *((column.value, _(column.label)) for column in Column)],
    )


def _look(form: forms.ImportForm, opened: _Opened, listed: Listed, terms: Mapping[str, Any]) -> Any:
    """The look before anything is kept: each row that is new, differs, is refused or was left out, and the sums."""
    found = queries.compared(listed.awards)
    known = queries.bodies({each.code for each in found.new if each.currency == lists.YUAN and each.code})
    web.rollback()
    return web.confirm(
        _("Take over these awards?"),
        _("Take them over"),
        back=flask.url_for("past.new_import"),
        template="past/look.html",
        opened=opened,
        listed=listed,
        found=found,
        shown=SHOWN,
        known={each.code for each in found.new} & set(known),
        terms=terms,
        total=lists.sums([(each.currency, "", each.amount) for each in listed.awards]),
        reason=form.reason.data or "",
        columns={each.value: _(each.label) for each in Column} | {"currency": _("Currency")},
        warning=_("Nothing has been kept yet."),
    )


def _keep(form: forms.ImportForm, opened: _Opened, listed: Listed, terms: Mapping[str, Any]) -> Any:
    me, now = web.me(), clock.now()
    if opened.source is Source.EXCEL:
        matched = {head.text: opened.matched.get(head.place) for head in opened.heads}
        actions.remember(matched=matched, by=me, at=now)
    given: dict[str, Any] = {
        "awards": listed.awards,
        "source": opened.source,
        "file": files.keep(opened.staged, by=me, at=now),
        "terms": terms,
        "left_out": len(listed.faults),
        "reason": form.reason.data or "",
    }
    if not web.attempt(form, actions.take_over, **given, by=me, at=now):
        return _page(form)
    done: actions.Taken = form.outcome
    said = _(
        "%(added)s awards were taken over, %(changed)s set right, %(same)s were there already; of %(known)s the "
        "organization is known by its credit code.",
        added=done.added,
        changed=done.changed,
        same=done.same,
        known=done.known,
    )
    return web.see("past.index", said)


def _import(id: int) -> PastImport:
    return web.or_404(queries.one_import(id))


@bp.get("/past/imports/<int:id>/file")
@may(*STAFF)
def file(id: int) -> Any:
    """The file as it came."""
    return downloads.send(_import(id).file)


@bp.get("/past/imports/<int:id>/take-back")
@may(*actions.TAKES)
def take_back(id: int) -> Any:
    return web.page("past/take_back.html", forms.ReasonForm(), source=_import(id))


@bp.post("/past/imports/<int:id>/take-back")
@may(*actions.TAKES)
def take_back_post(id: int) -> Any:
    source, form = _import(id), forms.ReasonForm()
    given = {"source": source, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.take_back, **given):
        return web.see("past.index", _("%(count)s awards stand no more.", count=form.outcome))
    return web.page("past/take_back.html", form, source=_import(id))


@bp.post("/past/recognize")
@may(*actions.TAKES)
def recognize() -> Any:
    """Look once more for the bodies of awards that had none in the register."""
    count = actions.recognize(by=web.me(), at=clock.now())
    return web.see("past.index", _("Of %(count)s awards the organization is known now.", count=count))
