"""Sheets in an office's own columns: put together, kept, run again, filled into the superior office's workbook."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, downloads, files, web, workbooks
from venture.applications.lifecycle import State
from venture.config import Settings
from venture.desk import actions, gathering, queries, reports, subjects
from venture.desk.forms import OwnSheetForm, RunForm, TemplateForm
from venture.desk.models import OwnSheet
from venture.desk.subjects import FIELDS, FILTERS, Subject
from venture.desk.views.pages import SHEET_READERS, bp
from venture.people.credit_code import SOCIAL_ORGANIZATIONS
from venture.refusal import Refused
from venture.roles import Role, may

READERS = (*SHEET_READERS, Role.OPERATOR)
SHOWN = 20
"""Lines of a sheet that its page shows."""
SUGGESTED = {
    Subject.APPLICATIONS: ("no", "number", "title", "organization", "theme", "asked"),
    Subject.AWARDS: ("no", "project_no", "title", "organization", "theme", "amount", "paid", "left"),
    Subject.PAYMENTS: ("no", "project_no", "title", "organization", "instalment", "sum", "paid_on"),
}


@bp.get("/own-sheets")
@may(*READERS)
def own_sheets() -> Any:
    return web.page("desk/own_sheets.html", sheets=queries.own_sheets(web.me()), subjects=list(Subject))


def _subject() -> Subject:
    """The subject that the address or the form names."""
    asked = request.values.get("subject", "")
    return web.or_404(next((each for each in Subject if each.value == asked), None))


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What each filter offers."""
    found: dict[str, list[tuple[str, str]]] = {
        name: [(each, each) for each in listed] for name, listed in gathering.choices(web.me()).items()
    }
    found["kind"] = [(each.value, _(each.label)) for each in sorted(SOCIAL_ORGANIZATIONS)]
    found["state"] = [(each.value, _(each.label)) for each in State if each is not State.DRAFT]
    return {name: [("", _("all")), *found[name]] for name in FILTERS}


def _composing(form: OwnSheetForm, subject: Subject, sheet: OwnSheet | None = None) -> Any:
    form.sheet, form.suggested = sheet, SUGGESTED[subject]
    form.offer(subject)
    return web.page(
        "desk/compose.html",
        form,
        subject=subject,
        sheet=sheet,
        fields=FIELDS[subject],
        choices=_choices(),
        names=_filter_names(),
    )


def _filter_names() -> dict[str, str]:
    return {
        "year": _("Year"),
        "theme": _("Theme"),
        "field": _("Service field"),
        "kind": _("Kind of body"),
        "town": _("Town"),
        "state": _("State"),
    }


@bp.get("/own-sheets/new")
@may(*READERS)
def new_own_sheet() -> Any:
    subject = _subject()
    return _composing(OwnSheetForm(subject=subject.value), subject)


@bp.post("/own-sheets/new")
@may(*READERS)
def make_own_sheet() -> Any:
    return _save(_subject(), None)


def _save(subject: Subject, sheet: OwnSheet | None) -> Any:
    form = OwnSheetForm()
    form.offer(subject)
    if form.validate() and web.attempt(
        form,
        actions.save,
        sheet=sheet,
        name=form.name.data,
        spec=form.spec(subject, FILTERS),
        shared=bool(form.shared.data),
        by=web.me(),
        at=clock.now(),
    ):
        return web.see("desk.own_sheet", _("The sheet is kept."), id=form.outcome.id)
    return _composing(form, subject, sheet)


def _found(id: int) -> OwnSheet:
    return web.or_404(queries.own_sheet(id, web.me()))


def _mine(id: int) -> OwnSheet:
    found = _found(id)
    return web.or_404(found if found.owner_id == web.me().id else None)


@bp.get("/own-sheets/<int:id>")
@may(*READERS)
def own_sheet(id: int) -> Any:
    """The sheet with its first lines, without its confidential columns."""
    form = RunForm(request.args)
    form.as_of.errors = list(form.as_of.process_errors)
    return _page(_found(id), form)


def _page(sheet: OwnSheet, form: RunForm, template: TemplateForm | None = None) -> Any:
    me, spec = web.me(), sheet.spec
    as_of = cast(date | None, form.as_of.data)
    open_to_all = spec.seen_with(frozenset())
    rows = gathering.rows(spec.subject, me, spec.filters, as_of)
    lines = list(subjects.arranged(reports.spoken(rows), open_to_all)) if open_to_all.fields else []
    hidden = [heading for heading in spec.confidential if heading not in _seen(sheet).confidential]
    shown = template if template is not None else form
    return web.page(
        "desk/own_sheet.html",
        shown,
        run=form,
        upload=template or TemplateForm(formdata=None),
        sheet=sheet,
        fields=[each for each, _heading in open_to_all.fields],
        heads=[heading for _each, heading in open_to_all.fields],
        lines=lines[:SHOWN] + lines[-1:] if len(lines) > SHOWN else lines,
        count=len(rows),
        hidden=hidden,
        confidential=_seen(sheet).confidential,
        mine=sheet.owner_id == me.id,
        chosen=_chosen_words(sheet),
        unmatched=_unmatched(sheet),
    )


def _chosen_words(sheet: OwnSheet) -> list[tuple[str, str]]:
    """What the rows are chosen by, in words."""
    words = {name: dict(listed) for name, listed in _choices().items()}
    names = _filter_names()
    return [
        (names[name], words[name].get(str(value), str(value)))
        for name, value in sheet.filters.items()
        if value and name in names
    ]


def _seen(sheet: OwnSheet) -> subjects.Spec:
    return sheet.spec.seen_with(gathering.sights(web.me()))


@bp.get("/own-sheets/<int:id>/edit")
@may(*READERS)
def edit_own_sheet(id: int) -> Any:
    sheet = _mine(id)
    form = OwnSheetForm(
        subject=sheet.subject.value, name=sheet.name, group=sheet.grouped_by, shared=sheet.shared
    )
    return _composing(form, sheet.subject, sheet)


@bp.post("/own-sheets/<int:id>/edit")
@may(*READERS)
def save_own_sheet(id: int) -> Any:
    sheet = _mine(id)
    return _save(sheet.subject, sheet)


@bp.post("/own-sheets/<int:id>/delete")
@may(*READERS)
def delete_own_sheet(id: int) -> Any:
    sheet = _mine(id)
    if not web.confirmed():
        back = flask.url_for("desk.own_sheet", id=id)
        return web.confirm(
            _("Delete the sheet?"),
            _("Delete the sheet"),
            back=back,
            facts=[(_("Name of the sheet"), sheet.name)],
        )
    actions.delete(sheet=sheet, by=web.me(), at=clock.now())
    return web.see("desk.own_sheets", _("The sheet is no longer kept."))


@bp.post("/own-sheets/<int:id>/run")
@may(*READERS)
def run_own_sheet(id: int) -> Any:
    """The sheet as a file: read and drawn before anything is locked, then noted in the trail."""
    form = RunForm()
    if not form.validate():
        return _page(_found(id), form)
    web.rollback()
    try:
        with web.unlocked():
            content, facts = _drawn(_found(id), cast(date | None, form.as_of.data), bool(form.template.data))
    except Refused as refused:
        form.refusal = refused
        return _page(_found(id), form)
    sheet = _found(id)
    actions.export(sheet=sheet, by=web.me(), at=clock.now(), **facts)
    day = facts["as_of"].isoformat()
    return downloads.made(content, f"{files.clean_name(sheet.name)}-{day}.xlsx")


def _drawn(sheet: OwnSheet, as_of: date | None, template: bool) -> tuple[bytes, dict[str, Any]]:
    """The file, and what the trail says of it. Raises Refused as `workbooks.filled` does, and desk.nothing_to_see."""
    spec = _seen(sheet)
    if not spec.fields:
        raise Refused("desk.nothing_to_see")
    rows = gathering.rows(spec.subject, web.me(), spec.filters, as_of)
    day = as_of or clock.beijing_day(clock.now())
    facts = {"rows": len(rows), "confidential": spec.confidential, "as_of": day, "template": template}
    if template and sheet.template is not None:
        path, matched = _path(sheet), _matched(sheet)
        return reports.in_template(path, sheet.template.name, spec, rows, matched=matched, as_of=day), facts
    return reports.own(sheet.name, spec, rows, as_of=as_of), facts


def _path(sheet: OwnSheet) -> Path:
    """Where the workbook of the sheet lies."""
    settings: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    assert sheet.template is not None
    return files.path_of(settings.uploads, sheet.template.sha256)


def _names(sheet: OwnSheet) -> list[str]:
    """The names that the workbook of the sheet wants filled in each row, and those of its sums."""
    if sheet.template is None:
        return []
    found = workbooks.pattern(_path(sheet), sheet.template.name)
    sums = [
        name.replace("：", ":").removeprefix(workbooks.SUM)
        for name in found.single
        if name.replace("：", ":").startswith(workbooks.SUM)
    ]
    return list(dict.fromkeys([*found.names.values(), *sums]))


def _matched(sheet: OwnSheet) -> Mapping[str, str]:
    """The column of each name: as somebody said, else the one with this heading."""
    usual = {each.title: each.key for each in FIELDS[sheet.subject]}
    usual |= {heading: each.key for each, heading in sheet.spec.fields}
    return {name: str(sheet.matched.get(name, usual.get(name, ""))) for name in _names(sheet)}


def _unmatched(sheet: OwnSheet) -> list[str]:
    try:
        return [name for name, key in _matched(sheet).items() if not key and name not in sheet.matched]
    except Refused:
        return []


@bp.post("/own-sheets/<int:id>/template")
@may(*READERS)
def take_template(id: int) -> Any:
    """Take the superior office's workbook in; it is looked at before it is kept."""
    form = TemplateForm()
    staged = web.staged("template")
    _mine(id)
    web.rollback()
    if not web.attempt(form, _look_into, staged=staged):
        return _page(_mine(id), RunForm(formdata=None), form)
    assert staged is not None
    kept = files.keep(staged, by=web.me(), at=clock.now())
    actions.take_template(sheet=_mine(id), file=kept, by=web.me(), at=clock.now())
    return web.see(
        "desk.template", _("The workbook is kept. Look at which column each of its names takes."), id=id
    )


def _look_into(*, staged: files.Staged | None) -> None:
    """Raises Refused: desk.no_template, and as `workbooks.pattern` does."""
    settings: Settings = flask.current_app.settings  # type: ignore[attr-defined]  # set by web.start
    if staged is None or staged.type != files.TYPES["xlsx"]:
        raise Refused("desk.no_template", "template")
    workbooks.pattern(files.path_of(settings.uploads, staged.sha256), staged.name)


@bp.get("/own-sheets/<int:id>/template")
@may(*READERS)
def template(id: int) -> Any:
    """Which column each name of the workbook takes."""
    sheet = _mine(id)
    web.or_404(sheet.template)
    return web.page(
        "desk/template.html",
        TemplateForm(formdata=None),
        sheet=sheet,
        matched=_matched(sheet),
        choices=[("", _("(left empty)")), *((each.key, each.title) for each in FIELDS[sheet.subject])],
    )


@bp.post("/own-sheets/<int:id>/template/match")
@may(*READERS)
def match_template(id: int) -> Any:
    sheet = _mine(id)
    web.or_404(sheet.template)
    names, known = _names(sheet), {each.key for each in FIELDS[sheet.subject]}
    given = {name: request.form.get(f"name-{place}", "") for place, name in enumerate(names)}
    matched = {name: key for name, key in given.items() if key in known or key == ""}
    actions.match(sheet=sheet, matched=matched, by=web.me(), at=clock.now())
    return web.see("desk.own_sheet", _("It is remembered which column each name takes."), id=id)
