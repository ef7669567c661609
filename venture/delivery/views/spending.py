"""Spending: by rows, from an Excel sheet, set right and struck out; budget against actual; moves between heads."""

from collections.abc import Mapping, Sequence
from typing import Any

import flask
from flask import request
from flask_babel import force_locale
from flask_babel import gettext as _

from venture import clock, downloads, files, money, spreadsheets, web
from venture.applications.models import Category, CostTable
from venture.budget.models import Award
from venture.delivery import access, actions, exchange, forms, heads, queries
from venture.delivery.models import Activity, Payee, Spending, Transfer
from venture.delivery.queries import Line
from venture.delivery.views.shared import (
    RECORDS,
    act,
    award_or_404,
    bp,
    carried,
    crumbs,
    new_key,
    own_or_404,
)
from venture.people.forms import ReasonForm
from venture.refusal import Blocker, Refused
from venture.roles import Role, fresh, may, signed_in
from venture.words import N_, Word

HEADS = {
    "spent_on": N_("Day"),
    "voucher_no": N_("Voucher number"),
    "table": N_("Which money"),
    "category": N_("Head"),
    "content": N_("Description"),
    "unit_price": N_("Unit price"),
    "quantity": N_("Quantity"),
    "unit": N_("Unit"),
    "payee": N_("Paid to"),
    "activity": N_("Activity"),
}
"""The columns of a line of spending, on screen and in the sheet."""


@bp.get("/projects/<int:id>/spending")
@signed_in
def spending(id: int) -> Any:
    """Budget against actual by head, every line, every move between heads."""
    found = award_or_404(id)
    listed, rows = queries.heads_of(found), queries.spending(found)
    own = access.is_own(web.me(), found)
    return web.page(
        "delivery/spending.html",
        award=found,
        crumbs=crumbs(found),
        sight=access.sight(found),
        heads=listed,
        totals={table: heads.total(listed, table) for table in CostTable},
        rows=rows,
        corrections=queries.corrections_of(rows),
        transfers=queries.transfers(found),
        own=own,
        changes=own and queries.records(found),
        runs=own and queries.runs(found),
        decides=not own and web.me().holds(Role.OFFICER, Role.APPROVER),
    )


# --- by rows ---


def _activities(award: Award) -> Sequence[Activity]:
    return queries.activities(award, struck=False)


def _choices(activities: Sequence[Activity]) -> dict[str, list[tuple[str, str]]]:
    """What the fields of a row offer."""
    words: dict[str, type[Word]] = {"table": CostTable, "category": Category, "payee": Payee}
    return {name: [(word.value, _(word.label)) for word in kinds] for name, kinds in words.items()} | {
        "activity": [("", "—"), *((str(each.id), f"{each.number} {each.subject}") for each in activities)]
    }


@bp.get("/projects/<int:id>/spending/new")
@may(*RECORDS)
def new_spending(id: int) -> Any:
    """A few rows to fill in; of one activity, if the person comes from there."""
    found = own_or_404(id)
    held = request.args.get("activity", "")
    day = next((each.held_on.isoformat() for each in _activities(found) if str(each.id) == held), "")
    row = {**dict.fromkeys(forms.LinesForm.NAMES, ""), "activity": held, "spent_on": day, "quantity": "1"}
    form = forms.LinesForm([dict(row) for _place in range(3)], formdata=None, key=new_key())
    form.shown = form.rows
    return _rows(found, form)


def _rows(award: Award, form: forms.LinesForm, **more: Any) -> Any:
    return web.page(
        "delivery/new_spending.html",
        form,
        award=award,
        crumbs=crumbs(award),
        labels=HEADS,
        choices=_choices(_activities(award)),
        heads=queries.heads_of(award),
        tables=list(CostTable),
        left=max(0, award.entitled - queries.granted_spent(award)),
        carried=carried() if form.is_submitted() else [],
        **{"spending": None, **more},
    )


@bp.post("/projects/<int:id>/spending")
@may(*RECORDS)
def spend(id: int) -> Any:
    found, form = own_or_404(id), forms.LinesForm()
    lines = form.lines(_activities(found))
    scan = web.staged("scan")
    if form.readable() and web.attempt(
        form,
        actions.spend,
        award=found,
        key=form.key.data,
        lines=lines,
        scans=[scan] * len(lines),
        by=web.me(),
        at=clock.now(),
    ):
        said = _("%(sum)s yuan are recorded.", sum=money.text(sum(line.amount for line in lines)))
        return web.see("delivery.spending", said, id=id)
    return _rows(own_or_404(id), form)


def _line(id: int) -> Spending:
    found = web.or_404(queries.one_spending(id, web.me()))
    return web.or_404(found if access.is_own(web.me(), found.award) else None)


@bp.get("/spending/<int:id>/scan")
@signed_in
def scan(id: int) -> Any:
    """The scan of a line's voucher."""
    found = web.or_404(queries.one_spending(id, web.me()))
    return downloads.send(web.or_404(found.scan))


@bp.get("/spending/<int:id>/correct")
@may(*RECORDS)
def correcting_spending(id: int) -> Any:
    found = _line(id)
    form = forms.LineCorrectionForm([forms.typed_of(found)], formdata=None)
    return _rows(found.award, form, spending=found)


@bp.post("/spending/<int:id>/correct")
@may(*RECORDS)
def correct_spending(id: int) -> Any:
    found, form = _line(id), forms.LineCorrectionForm()
    lines = form.lines(_activities(found.award))
    if form.readable() and lines:
        given = {"line": lines[0], "reason": form.reason.data, "by": web.me(), "at": clock.now()}
        if web.attempt(form, actions.correct_spending, spending=found, **given):
            said = _("The line is set right; both values are kept.")
            return web.see("delivery.spending", said, id=found.award_id)
    elif not lines and form.refusal is None:
        form.refusal = Refused("delivery.no_lines")
    found = _line(id)
    return _rows(found.award, form, spending=found)


@bp.get("/spending/<int:id>/strike")
@may(*RECORDS)
def striking_spending(id: int) -> Any:
    return _striking(_line(id), ReasonForm())


def _striking(found: Spending, form: ReasonForm) -> Any:
    return act(
        found.award,
        _("Strike the line out"),
        _("Strike it out"),
        form,
        back=flask.url_for("delivery.spending", id=found.award_id),
        facts=[
            (_("Description"), found.content),
            (_("Voucher number"), found.voucher_no),
            (_("Amount"), f"{money.text(found.amount)} {_('yuan')}"),
        ],
        lead=_("It stays readable with your reason, and counts nowhere."),
        danger=True,
    )


@bp.post("/spending/<int:id>/strike")
@may(*RECORDS)
def strike_spending(id: int) -> Any:
    found, form = _line(id), ReasonForm()
    given = {"spending": found, "reason": form.reason.data, "by": web.me(), "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.strike_spending, **given):
        return web.see("delivery.spending", _("The line is struck out."), id=found.award_id)
    return _striking(_line(id), form)


# --- from a sheet ---


@bp.get("/projects/<int:id>/spending/sheet.xlsx")
@may(*RECORDS)
def blank_sheet(id: int) -> Any:
    """The sheet to fill in: every cell is text, the choices are offered."""
    found = own_or_404(id)
    choices = _choices(_activities(found))
    offered = {
        place: [label for _value, label in choices[name] if label != "—"]
        for place, name in enumerate(exchange.COLUMNS)
        if name in choices and name != "activity"
    }
    held = [(f"{each.number} {each.subject}", each.held_on.isoformat()) for each in _activities(found)]
    blanks = [
        spreadsheets.Blank(
            _("Spending"),
            f"{exchange.mark(found.project_no)} {found.application.title}",
            heads=[_(HEADS[name]) for name in exchange.COLUMNS],
            choices=offered,
        ),
        spreadsheets.Blank(_("Activities"), found.application.title, [_("Activity"), _("Day")], held),
    ]
    web.rollback()
    return downloads.made(spreadsheets.blanks(blanks, most=300), f"{found.project_no}-spending.xlsx")


@bp.get("/projects/<int:id>/spending/sheet")
@may(*RECORDS)
def spending_sheet(id: int) -> Any:
    return _sheet(own_or_404(id), forms.SheetForm(formdata=None, key=new_key()))


def _sheet(award: Award, form: forms.SheetForm, report: Sequence[Mapping[str, Any]] = ()) -> Any:
    return web.page(
        "delivery/spending_sheet.html",
        form,
        award=award,
        crumbs=crumbs(award, (_("Spending"), flask.url_for("delivery.spending", id=award.id))),
        report=report,
        carried=carried(),
    )


@bp.post("/projects/<int:id>/spending/sheet")
@may(*RECORDS)
def take_sheet(id: int) -> Any:
    """Read the sheet and say of each row what would become of it; record those that fit once that was seen."""
    found, form = own_or_404(id), forms.SheetForm()
    if not (form.validate_on_submit() and web.attempt(form, _read, award=found)):
        return _sheet(own_or_404(id), form)
    rows: list[exchange.Row] = form.outcome
    found = own_or_404(id)
    report = _report(found, rows)
    new = [each["line"] for each in report if each["line"] is not None and not each["there"]]
    if not web.confirmed():
        return _sheet(found, form, report)
    given = {"key": form.key.data, "lines": new, "by": web.me(), "at": clock.now()}
    if web.attempt(form, actions.spend, award=found, **given):
        said = _("%(count)s rows of the sheet are recorded.", count=len(new))
        return web.see("delivery.spending", said, id=id)
    return _sheet(own_or_404(id), form)


def _read(*, award: Award) -> list[exchange.Row]:
    """The filled rows of the sheet that came, read outside of the transaction."""
    staged, number = web.staged("file"), award.project_no
    choices = _texts(_activities(award))
    web.rollback()
    if staged is None:
        raise Refused("delivery.no_file", "file")
    path = files.path_of(flask.current_app.settings.uploads, staged.sha256)  # type: ignore[attr-defined]  # set by web.start
    if not path.is_file():
        raise Refused("delivery.no_file", "file")
    read = list(spreadsheets.read(path, staged.name).values())
    found = exchange.rows(read[0], number, choices) if read else None
    if found is None:
        raise Refused("delivery.not_our_sheet", "file")
    if not found:
        raise Refused("delivery.no_lines", "file")
    return found


def _texts(activities: Sequence[Activity]) -> dict[str, dict[str, Any]]:
    """What each text of a column of choices stands for, in every language: a file may come back in another."""
    words: dict[str, type[Word]] = {"table": CostTable, "category": Category, "payee": Payee}
    found: dict[str, dict[str, Any]] = {name: {} for name in words}
    for locale in web.LOCALES.values():
        with force_locale(locale):
            for name, kinds in words.items():
                found[name] |= {str(_(word.label)): word for word in kinds}
    found["activity"] = {f"{each.number} {each.subject}": each.id for each in activities}
    return found | {"activity": found["activity"] | {str(each.number): each.id for each in activities}}


def _report(award: Award, rows: Sequence[exchange.Row]) -> list[dict[str, Any]]:
    """Of each row: its line, whether it is recorded already, and what keeps it from being recorded."""
    by_id = {each.id: each for each in _activities(award)}
    lines = {row.number: _told(row, by_id) for row in rows if not row.wrong}
    there = dict(zip(lines, queries.already_there(award, list(lines.values())), strict=True))
    new = [number for number in lines if not there[number]]
    found = queries.line_blockers(award, [lines[number] for number in new], clock.now())
    wrong = dict(zip(new, found, strict=True))
    return [
        {
            "row": row.number,
            "line": lines.get(row.number) if not wrong.get(row.number) else None,
            "there": there.get(row.number, False),
            "said": [_unreadable(*each) for each in row.wrong] + _unnumbered(wrong.get(row.number, ())),
            "texts": lines.get(row.number),
        }
        for row in rows
    ]


def _told(row: exchange.Row, activities: Mapping[int, Activity]) -> Line:
    """A row as a line; without a table it is of the grant."""
    values = {"table": CostTable.GRANT, "unit": "", **row.values}
    held = values.pop("activity", None)
    return Line(**values, activity=activities.get(held) if held else None)


def _unreadable(name: str, typed: str, why: str) -> Blocker:
    if why == "missing":
        return Blocker("delivery.missing", "", {"field": _(HEADS[name])})
    return Blocker("delivery.unreadable", "", {"typed": typed, "why": why})


def _unnumbered(found: Sequence[Blocker]) -> list[Blocker]:
    """The blockers without the place in the list: the report names the row of the sheet."""
    return [Blocker(each.code, "", {**each.facts, "row": 0}) for each in found]


# --- moves between heads ---


@bp.get("/projects/<int:id>/moves/new")
@may(*RECORDS)
def new_move(id: int) -> Any:
    return _moving(own_or_404(id), forms.MoveForm(formdata=None, key=new_key()))


def _moving(award: Award, form: forms.MoveForm) -> Any:
    return web.page(
        "delivery/new_move.html",
        form,
        award=award,
        crumbs=crumbs(award, (_("Spending"), flask.url_for("delivery.spending", id=award.id))),
        heads=queries.heads_of(award),
        tables=list(CostTable),
        percent=award.theme.round.transfer_percent,
    )


@bp.post("/projects/<int:id>/moves")
@may(*RECORDS)
def move(id: int) -> Any:
    found, form = own_or_404(id), forms.MoveForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.move,
        award=found,
        key=form.key.data,
        table=CostTable(form.table.data),
        source=Category(form.source.data),
        target=Category(form.target.data),
        amount=form.amount.data,
        reason=form.reason.data,
        by=web.me(),
        at=clock.now(),
    ):
        made: Transfer = form.outcome
        free, waits = _("The move is in force."), _("The move waits for the office's approval.")
        return web.see("delivery.spending", free if made.free else waits, id=id)
    return _moving(own_or_404(id), form)


def _move(id: int) -> Transfer:
    return web.or_404(queries.transfer(id, web.me()))


@bp.get("/moves/<int:id>")
@may(*access.PAGES)
def one_move(id: int) -> Any:
    return _deciding(_move(id), forms.AnswerForm())


def _deciding(found: Transfer, form: forms.AnswerForm) -> Any:
    return web.page(
        "delivery/move.html",
        form,
        move=found,
        award=found.award,
        crumbs=crumbs(found.award),
        heads=queries.heads_of(found.award),
        decides=web.me().holds(Role.OFFICER, Role.APPROVER),
    )


@bp.post("/moves/<int:id>/decide")
@fresh
@may(Role.OFFICER, Role.APPROVER)
def decide_move(id: int) -> Any:
    found, form = _move(id), forms.AnswerForm()
    given = {"approve": "approve" in request.form, "decision": form.answer.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.decide_move, transfer=found, by=web.me(), at=clock.now(), **given
    ):
        return web.see("delivery.spending", _("The move is decided."), id=found.award_id)
    return _deciding(_move(id), form)


@bp.post("/moves/<int:id>/back")
@may(*RECORDS)
def withdraw_move(id: int) -> Any:
    found = _move(id)
    actions.withdraw_move(transfer=found, by=web.me(), at=clock.now())
    return web.see("delivery.spending", _("The move is taken back."), id=found.award_id)
