"""The form through Word and Excel: what goes out, what comes back, and what of it is taken in, field by field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from venture import clock, documents, downloads, files, spreadsheets, web
from venture.applications import access, actions, exchange, parts, queries
from venture.applications.exchange import END, PART, Marks, Returned
from venture.applications.models import Application
from venture.applications.parts import Field
from venture.applications.views.offers import look, offers
from venture.applications.views.shared import WRITES, bp, offered, settings, writable_or_404
from venture.refusal import Refused
from venture.roles import may


def _marks(application: Application) -> Marks:
    made = application.created_at.isoformat()
    return Marks(f"{application.id}|{application.round.year}|{application.organization_id}|{made}")


def _label(field: Field) -> str:
    """What stands behind the mark of a field: its name and what it asks."""
    limit = _("At most %(limit)s characters", limit=field.limit) if field.limit else ""
    asks = [_(text) for text in (field.unit, field.hint) if text]
    return " · ".join([str(_(field.label)), *([limit] if limit else []), *asks])


def _notes() -> list[str]:
    return [
        _(
            "Write in the box under each grey line, as many paragraphs as you like. A text goes on to the next grey "
            "line."
        ),
        _(
            "Leave each grey line with its mark in brackets as it is: by it the text finds its field again. Copy no "
            "grey line from another file."
        ),
        _(
            "Of tracked changes, what was put in counts and what was taken out does not. Rows of tables become lines; "
            "fonts, colours and comments are not read; pictures and footnotes cannot be taken in."
        ),
        _(
            "Tables of the form (budget, plan of work, team and others) go through its Excel file; choices are made and "
            "the round's own questions answered on the page."
        ),
        _(
            "Send the file back on the page «Word and Excel» of the application. It first shows field by field what "
            "would change; nothing is replaced unless you tick it."
        ),
    ]


@bp.get("/applications/<int:id>/exchange")
@may(*WRITES)
def exchange_page(id: int) -> Any:
    return _page(writable_or_404(id))


def _page(application: Application, form: Any = None) -> Any:
    return web.page(
        "applications/exchange.html",
        form,
        application=application,
        sight=access.sight(application),
        editable=application.state in access.EDITABLE,
    )


@bp.get("/applications/<int:id>/exchange/form.docx")
@may(*WRITES)
def form_docx(id: int) -> Any:
    application = writable_or_404(id)
    passages, title = list(_passages(application)), application.title or _("without a title")
    web.rollback()
    return downloads.made(documents.marked(title, passages), f"form-{id}.docx")


def _passages(application: Application) -> Iterable[documents.Passage]:
    """The Word form as it goes out: what it is, how it works, then every part and field with its text."""
    marks, sheet = _marks(application), queries.sheet(application)
    names = [application.round.name, application.organization.name, application.title]
    title = " · ".join([_("Application form"), *filter(None, names)])
    yield documents.Passage(marks.form(application.revision), title, notes=_notes())

    def passage(key: str, label: str, text: str | None = None, *, head: bool = False) -> documents.Passage:
        return documents.Passage(marks.mark(key, label), exchange.closed(label), text, head=head)

    for part in offered(application):
        if fields := exchange.in_word(part):
            yield passage(f"{PART}_{part.code}", _(part.label), head=True)
        for field in fields:
            yield passage(field.key, _label(field), str(sheet[field.key]))
    yield passage(END, _("End of the form. What stands under this line is not read."))


@bp.get("/applications/<int:id>/exchange/tables.xlsx")
@may(*WRITES)
def form_xlsx(id: int) -> Any:
    sheets = list(_sheets(writable_or_404(id)))
    web.rollback()
    return downloads.made(spreadsheets.blanks(sheets, most=parts.MOST_ROWS), f"tables-{id}.xlsx")


def _sheets(application: Application) -> Iterable[spreadsheets.Blank]:
    """The workbook as it goes out: how it works, then one sheet for each table of the form."""
    marks, sheet = _marks(application), queries.sheet(application)
    names = [application.round.name, application.organization.name, application.title]
    notes = [
        _("One sheet is one table of the form; fill in the rows under its heads. All cells are text."),
        _("Leave the first row of each sheet and its heads as they are. Amounts are in yuan; add no sums."),
        _("A sheet that you take out leaves its table as it is; a sheet without rows empties it."),
        _(
            "Send the file back on the page «Word and Excel» of the application. It first shows what would change."
        ),
    ]
    top = " ".join([marks.form(application.revision), *filter(None, names)])
    yield spreadsheets.Blank(_("How it works"), top, notes=notes)
    for field in (field for part in offered(application) for field in exchange.tables(part)):
        rows = [row for row in sheet[field.key] if isinstance(row, dict)]
        yield spreadsheets.Blank(
            _(field.label),
            f"{marks.mark(field.key, _(field.label))} {exchange.closed(_(field.label))}",
            heads=[_(column.label) for column in field.columns],
            rows=[[_chosen(column, row.get(column.key, "")) for column in field.columns] for row in rows],
            choices={
                place: [_(label) for _code, label in column.choices]
                for place, column in enumerate(field.columns)
                if column.choices
            },
        )


def _chosen(column: Field, code: str) -> str:
    words = dict(column.choices)
    return str(_(words[code])) if code in words else code


@bp.post("/applications/<int:id>/exchange")
@may(*WRITES)
def exchange_post(id: int) -> Any:
    """First the file, then the fields of it that were ticked."""
    form = web.Form()
    if not web.attempt(form, _read, application=writable_or_404(id)):
        return _page(writable_or_404(id), form)
    application, back = writable_or_404(id), form.outcome
    if not web.confirmed():
        return _look(application, back, form)
    chosen = {key: raw for key, raw in back.given.items() if key in request.form.getlist("take")}
    given = {"posted": chosen, "seen": request.form.get("version", 0, int), "name": back.name}
    if not web.attempt(form, actions.take_in, application=application, by=web.me(), at=clock.now(), **given):
        return _look(writable_or_404(id), back, form)
    said = ngettext("%(num)d field has been taken in.", "%(num)d fields have been taken in.", len(chosen))
    return web.see("applications.one", said, id=id)


@dataclass
class _Back(Returned):
    """What came back, and in which file."""

    name: str = ""


def _read(*, application: Application) -> _Back:
    """Read the file that came, outside of the transaction. Raises Refused, in plain words for whoever filled it in."""
    staged, marks = web.staged("file"), _marks(application)
    path = files.path_of(settings().uploads, staged.sha256) if staged else None
    web.rollback()
    if staged is None or path is None or not path.is_file():
        raise Refused("applications.no_file", "file", name=_("Word or Excel file"))
    if staged.type == files.TYPES["docx"]:
        found = exchange.from_word(documents.lines(path, staged.name), marks, _our_lines())
    elif staged.type == files.TYPES["xlsx"]:
        found = exchange.from_excel(spreadsheets.read(path, staged.name), marks, _table_words())
    else:
        raise Refused("applications.not_returnable", "file", name=staged.name)
    return _Back(**vars(found), name=staged.name)


def _our_lines() -> set[str]:
    """How the form works, in each language: a file may go out in one and come back in another."""
    lines: set[str] = set()
    for locale in web.LOCALES.values():
        with web.in_language(locale):
            lines.update(_notes())
    return lines


def _table_words() -> Mapping[str, set[str]]:
    """Each label and choice of the tables with what it may be called."""
    labels = {
        text
        for field in parts.FIELDS.values()
        for column in field.columns
        for text in (column.label, *(label for _code, label in column.choices))
    }
    words: dict[str, set[str]] = {label: {label} for label in labels}
    for locale in web.LOCALES.values():
        with web.in_language(locale):
            for label in labels:
                words[label].add(_(label))
    return words


def _look(application: Application, back: _Back, form: Any) -> Any:
    """The page before anything is taken in: each field that would change, with a tick."""
    found = offers(application, back.given, queries.touched_since(application, back.revision))
    return look(
        form,
        application,
        found,
        {
            each.field.key
            for each in found
            if each.since is None
            and not each.empties
            and (not each.before or parts.readable(each.field, back.given[each.field.key]))
        },
        title=_("What would change"),
        verb=_("Take in the ticked fields"),
        back=flask.url_for("applications.exchange_page", id=application.id),
        source=_("Word and Excel"),
        lead=_(
            "Nothing has been changed yet. From the file %(name)s the ticked fields are taken in; all others stay as "
            "they are on record.",
            name=back.name,
        ),
        column=_("In the file"),
        same=len(back.given) - len(found),
        stray=back.stray,
        left=[
            (_(parts.FIELDS[key].label) if key in parts.FIELDS else "", sorted(things))
            for key, things in back.left.items()
        ],
        unfit=[],
    )
