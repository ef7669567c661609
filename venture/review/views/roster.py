"""A whole list of experts taken into the pool from Excel: the empty list out, the filled one in, a look before."""

from collections.abc import Sequence
from typing import Any, TypeVar

import flask
from flask_babel import gettext as _

from venture import clock, downloads, files, spreadsheets, web
from venture.people import proofs
from venture.refusal import Blocker, Refused
from venture.review import actions, forms, roster
from venture.review.defaults import Entry, Record
from venture.review.models import Affiliated, Competence, Title
from venture.review.views.shared import bp
from venture.roles import Role, may
from venture.spreadsheets import Blank
from venture.words import N_, Word

Kind = TypeVar("Kind", bound=Word)
HEADS = {
    "name": N_("Full name"),
    "mobile": N_("Mobile number"),
    "email": N_("E-mail"),
    "position": N_("Position"),
    "title": N_("Professional title"),
    "employer": N_("Employer"),
    "competences": N_("Can judge"),
    "office": N_("Offices in organizations"),
    "adviser": N_("Advice given to organizations"),
    "resident": N_("Lives in the community"),
    "serves": N_("Serves in the communities"),
}


@bp.get("/experts/list")
@may(Role.OFFICER)
def list_of_experts() -> Any:
    """Where a list goes out empty and comes in filled."""
    return web.page("review/roster.html", forms.RosterForm(formdata=None), wrong=[])


@bp.get("/experts/list.xlsx")
@may(Role.OFFICER)
def blank_list() -> Any:
    """The empty list, with the words that its columns may hold."""
    places = {name: place for place, name in enumerate(HEADS)}
    notes = [
        _("One row an expert. Only the name is needed; who has a mobile number or e-mail can sign in."),
        _(
            "Organizations by credit code or whole name, communities by code or whole name, several with 、 between."
        ),
        _("Can judge: %(words)s.", words="、".join(web.said(one.label) for one in Competence)),
    ]
    sheets = [
        Blank(
            _("Experts"),
            _("List of experts"),
            heads=[_(text) for text in HEADS.values()],
            rows=[],
            choices={places["title"]: [web.said(one.label) for one in Title]},
        ),
        Blank(_("How to fill it in"), _("List of experts"), notes=notes),
    ]
    return downloads.made(spreadsheets.blanks(sheets, most=200), _("List of experts") + ".xlsx")


@bp.post("/experts/list")
@may(Role.OFFICER)
def take_list() -> Any:
    """Read the list and show who would be entered; enter them once that was seen, all or nobody."""
    form = forms.RosterForm()
    if not (form.validate() and web.attempt(form, _read)):
        return _refused(form)
    entries: list[Entry] = form.outcome
    if not web.attempt(form, actions.enter_experts, entries=entries, by=web.me(), at=clock.now()):
        return _refused(form)
    left_out: list[Entry] = form.outcome
    new = [each for each in entries if each not in left_out]
    if web.confirmed():
        return web.see("review.pool", _("%(count)s experts are in the pool.", count=len(new)))
    web.rollback()
    known = {each.row for each in left_out}
    return web.confirm(
        _("Take the list into the pool?"),
        _("Take into the pool"),
        back=flask.url_for("review.list_of_experts"),
        facts=[(_("New"), len(new)), (_("In the pool already"), len(left_out))],
        headers=[_("Row"), _("Full name"), _("Mobile number"), _("Professional title"), _("Can judge"), ""],
        rows=[_shown(each, known=each.row in known) for each in entries],
        warning=_("Nothing has been kept yet."),
    )


def _refused(form: forms.RosterForm) -> Any:
    """The page again, with every reason by row; what concerns no row stands above."""
    told = [each for each in form.blockers if "row" in each.facts]
    return web.page("review/roster.html", form, wrong=told)


def _shown(each: Entry, *, known: bool) -> tuple[Any, ...]:
    record = each.record
    judges = "、".join(web.said(one.label) for one in Competence if one in record.competences)
    outcome = _("In the pool already, left out") if known else _("New")
    return each.row, each.name, each.mobile, web.said(record.title.label), judges, outcome


def _read() -> list[Entry]:
    """The rows of the list that came, read outside of the transaction. Raises Refused as `roster.rows` and
    `spreadsheets.read` do, review.roster_missing.
    """
    staged = web.staged("roster")
    web.rollback()
    if staged is None:
        raise Refused("review.roster_missing", "roster")
    path = files.path_of(flask.current_app.settings.uploads, staged.sha256)  # type: ignore[attr-defined]  # set by web.start
    if not path.is_file():
        raise Refused("review.roster_missing", "roster")
    heads = {name: _called(text) for name, text in HEADS.items()}
    return [_entry(row) for row in roster.rows(spreadsheets.read(path, staged.name), heads)]


def _called(text: str) -> list[str]:
    """A word in every language: a list may come back in another than that of the page."""
    found = [text]
    for locale in web.LOCALES.values():
        with web.in_language(locale):
            found.append(web.said(text))
    return found


def _entry(row: roster.Row) -> Entry:
    wrong = [
        Blocker(
            "review.roster_cell",
            facts={"head": HEADS[name], "length": len(text), "most": roster.LIMITS[name]},
        )
        for name, text in row.texts.items()
        if len(text) > roster.LIMITS[name]
    ]
    titles = _words(Title, "title", [row.texts["title"]] if row.texts["title"] else [], wrong)
    named = (forms.named_lines(row.texts["employer"]) or [("", "")])[0]
    record = Record(
        title=titles[0] if titles else Title.NONE,
        position=row.texts["position"],
        employer=named[0],
        employer_name=named[1],
        competences=frozenset(
            _words(Competence, "competences", roster.split(row.texts["competences"]), wrong)
        ),
        bonds={
            kind: forms.named_lines("\n".join(roster.split(row.texts[kind.value]))) for kind in Affiliated
        },
    )
    mobile, email = (proofs.normal_login(row.texts[name]) for name in ("mobile", "email"))
    return Entry(row.number, row.texts["name"], mobile, email, record, wrong)


def _words(kind: type[Kind], name: str, typed: Sequence[str], wrong: list[Blocker]) -> list[Kind]:
    """The words that were typed by their labels; those that are none are told."""
    known = {label.casefold(): word for word in kind for label in _called(word.label)}
    facts = {"head": HEADS[name], "words": [word.label for word in kind]}
    wrong += [
        Blocker("review.roster_word", facts=facts | {"typed": text})
        for text in typed
        if text.casefold() not in known
    ]
    return [known[text.casefold()] for text in typed if text.casefold() in known]
