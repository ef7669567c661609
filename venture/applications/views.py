"""Pages of applications: the applicant's form, the officer's list and eligibility desk, paper entry."""

import secrets
from typing import Any

import flask
from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from venture import clock, documents, downloads, web
from venture.applications import access, actions, forms, lifecycle, models, parts, printing, queries
from venture.applications.differences import difference
from venture.applications.eligibility import Result
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.applications.parts import Kind, Part
from venture.people import queries as people
from venture.refusal import Changed
from venture.roles import STAFF, Role, fresh, may, open_to_all, signed_in
from venture.rounds import queries as rounds

bp = Blueprint("applications", __name__)
__all__ = ["bp", "models"]

SPARE_ROWS = 3
WRITES = (Role.APPLICANT, *access.ENTERS)


def _found(id: int) -> Application:
    return web.or_404(queries.one(id, web.me()))


def _writable(id: int) -> Application:
    """The application, if the person may write in it; for others there is nothing here."""
    application = _found(id)
    if not access.may_edit(web.me(), application):
        raise NotFound
    return application


def _part(application: Application, code: str) -> Part:
    return web.or_404(next((part for part in _offered(application) if part.code == code), None))


def _offered(application: Application) -> tuple[Part, ...]:
    """The parts that the form has as it stands."""
    return parts.form(_consultation(application, queries.sheet(application)))


# --- the applicant ---


@bp.get("/applications")
@may(*WRITES)
def mine() -> Any:
    now = clock.now()
    rows = [
        (row, queries.shown_state(row), queries.days_left(row, now), queries.limit_of(row))
        for row in queries.mine(web.me())
    ]
    return web.page("applications/mine.html", rows=rows)


def _start_form() -> tuple[forms.StartForm, Any, Any]:
    bodies = people.organizations_of(web.me())
    calls = queries.open_rounds(clock.now(), [body.id for body in bodies])
    return forms.StartForm().offer(calls, bodies), calls, bodies


@bp.get("/applications/new")
@may(Role.APPLICANT)
def new() -> Any:
    form, calls, bodies = _start_form()
    return web.page("applications/new.html", form, calls=calls, bodies=bodies)


@bp.post("/applications/new")
@may(Role.APPLICANT)
def new_post() -> Any:
    form, calls, bodies = _start_form()
    if form.validate_on_submit():
        round = next(each for each in calls if each.id == form.round.data)
        theme = next((each for each in round.themes if str(each.id) == form.theme.data), None)
        organization = next(each for each in bodies if each.id == form.organization.data)
        given = {"round": round, "theme": theme, "organization": organization}
        if web.attempt(form, actions.start, by=web.me(), at=clock.now(), **given):
            return web.see("applications.one", _("The draft has been begun."), id=form.outcome.id)
    return web.page("applications/new.html", form, calls=calls, bodies=bodies)


@bp.get("/applications/<int:id>")
@signed_in
def one(id: int) -> Any:
    application = _found(id)
    if access.may_edit(web.me(), application):
        return _overview(application)
    return web.page(
        "applications/whole.html",
        application=application,
        sight=access.sight(application),
        document=queries.document(application, contacts=access.may_reach(web.me(), application)),
        files=queries.sent_files(application),
        findings=_findings(application),
        history=_history(application) if web.me().holds(*STAFF) else [],
        staff=web.me().holds(*STAFF),
        texts={rule.code: rule.text for rule in application.round.rules},
        states={state.value: _(state.label) for state in State},
        communities={each.code: each.name for each in application.communities},
        line_amount=_line_amount,
        corrections=queries.corrections(application),
        extendable=web.me().holds(Role.OFFICER) and application.state is State.RETURNED,
        correctable=web.me().holds(Role.OFFICER) and application.state in (State.ELIGIBLE, State.INELIGIBLE),
    )


def _history(application: Application) -> list[tuple[Any, list[tuple[str, str, str]]]]:
    """What was done, each with the fields that were saved and the beginning of both texts."""
    return [
        (
            event,
            [
                (_(parts.FIELDS[key].label), *(text[:80] for text in texts))
                for key, texts in event.facts.get("changes", {}).items()
                if key in parts.FIELDS and len(texts) == 2
            ],
        )
        for event in queries.history(application)
    ]


def _findings(application: Application) -> Any:
    return queries.findings_of(application, clock.now()) if web.me().holds(*STAFF) else []


def _overview(application: Application, form: Any = None) -> Any:
    found = queries.obstacles(application, clock.now())
    return web.page(
        "applications/overview.html",
        form,
        application=application,
        sight=access.sight(application),
        state=queries.shown_state(application),
        sheet=queries.sheet(application),
        obstacles=found,
        tasks=queries.tasks(application, found),
        limit=queries.limit_of(application),
        late=application.admissions[-1] if application.admissions else None,
        editable=application.state in access.EDITABLE,
        waiting=bool(application.answers.get("_pending")),
        withdrawable=any(
            move.name == "withdraw" for move in lifecycle.moves_from(application.state, "applicant")
        ),
    )


@bp.get("/applications/<int:id>/parts/<code>")
@may(*WRITES)
def part(id: int, code: str) -> Any:
    application = _writable(id)
    return _part_page(application, _part(application, code))


def _part_page(
    application: Application, part: Part, form: Any = None, *, typed: Any = None, clash: Any = None
) -> Any:
    """The page of one part: what is on record, or over it what was just typed and could not be saved."""
    now = queries.sheet(application)
    shown = now | (typed or {})
    found = [
        each for each in queries.obstacles(application, clock.now()) if each.facts.get("part") == part.code
    ]
    offered = parts.form(_consultation(application, now))
    place = offered.index(part)
    answer, status = web.page(
        "applications/part.html",
        form,
        application=application,
        sight=access.sight(application),
        part=part,
        sheet=shown,
        sums=parts.sums(shown),
        line_amount=_line_amount,
        errors=_by_field(found),
        obstacles=found
        if any(shown.get(field.key) for field in part.fields) or part.code == "papers"
        else [],
        base=flask.json.dumps({field.key: actions.fingerprint(now[field.key]) for field in part.fields}),
        spare=SPARE_ROWS,
        kinds=Kind,
        choices=_choices(application),
        towns=_towns() if part.code == "basics" else [],
        clash=clash,
        next=offered[place + 1] if place + 1 < len(offered) else None,
        limit=queries.limit_of(application),
        editable=application.state in access.EDITABLE,
        files=queries.live_files(application),
    )
    return answer, 409 if clash else status


def _consultation(application: Application, sheet: Any) -> bool:
    theme = queries.theme_of(application, sheet)
    return theme.consultation if theme else False


def _line_amount(row: Any) -> int | None:
    """The amount of one row of the budget, once it can be reckoned."""
    field = parts.FIELDS["costs_grant"]
    if not parts.complete(field, row):
        return None
    return parts.amount_of(*(parts.read(column, row[column.key]) for column in field.columns[2:4]))


def _by_field(found: Any) -> dict[str, list[Any]]:
    """Obstacles by the field they concern, without those that only say that a field is still empty."""
    listed: dict[str, list[Any]] = {}
    for each in found:
        if each.code not in ("applications.missing", "applications.rows", "applications.paper"):
            listed.setdefault(each.field, []).append(each)
    return listed


def _choices(application: Application) -> dict[str, list[tuple[str, str]]]:
    return {
        "theme": [(theme.code, theme.name) for theme in application.round.themes],
        "field": [(field.code, field.name) for field in application.round.fields],
    }


def _towns() -> list[tuple[str, list[Any]]]:
    """All communities under their towns."""
    towns: dict[str, list[Any]] = {}
    for community in people.communities():
        towns.setdefault(community.town, []).append(community)
    return list(towns.items())


@bp.post("/applications/<int:id>/parts/<code>")
@may(*WRITES)
def part_post(id: int, code: str) -> Any:
    application = _writable(id)
    part, form = _part(application, code), web.Form()
    typed, base = forms.chosen(forms.typed(part, request.form), request.form), _base()
    saved = web.attempt(
        form,
        actions.save_part,
        application=application,
        part=part,
        posted=typed,
        seen=request.form.get("version", 0, int),
        base=base,
        by=web.me(),
        at=clock.now(),
    )
    if saved:
        return _after_save(application, part)
    clash, form.refusal = (form.refusal, None) if isinstance(form.refusal, Changed) else (None, form.refusal)
    mine = {key: parts.normal(parts.FIELDS[key], raw) for key, raw in typed.items()}
    kept = {key: raw for key, raw in mine.items() if base.get(key) != actions.fingerprint(raw)}
    return _part_page(_writable(id), part, form, typed=kept, clash=clash)


def _base() -> dict[str, str]:
    """The fingerprints of the fields as the page showed them."""
    try:
        given = flask.json.loads(request.form.get("base", "{}"))
    except ValueError:
        given = {}
    return given if isinstance(given, dict) else {}


def _after_save(application: Application, part: Part) -> Any:
    more = request.form.get("more", "")
    if more:
        return web.see("applications.part", None, id=application.id, code=part.code, _anchor=more)
    if onward := request.form.get("onward"):
        return web.see("applications.part", _("Saved."), id=application.id, code=onward)
    return web.see("applications.one", _("Saved."), id=application.id)


@bp.post("/applications/<int:id>/parts/<code>/autosave")
@may(*WRITES)
def autosave(id: int, code: str) -> Any:
    application = _writable(id)
    part, form = _part(application, code), web.Form()
    done = web.attempt(
        form,
        actions.save_part,
        application=application,
        part=part,
        posted=forms.changes(part, request.form),
        seen=request.form.get("version", 0, int),
        base=None,
        by=web.me(),
        at=clock.now(),
        auto=True,
    )
    if done:
        saved_at = clock.beijing(application.saved_at).strftime("%H:%M:%S")
        return flask.jsonify(saved_at=saved_at, version=application.revision)
    message = " ".join(web.sentence(blocker) for blocker in form.blockers)
    return flask.jsonify(message=message), 409 if isinstance(form.refusal, Changed) else 422


@bp.get("/applications/<int:id>/drafts")
@may(*WRITES)
def drafts(id: int) -> Any:
    application = _writable(id)
    kept = queries.snapshots(application)
    older = [*kept[1:], None]
    rows = [(one, _named(one, before) if before else []) for one, before in zip(kept, older, strict=True)]
    return web.page(
        "applications/drafts.html", application=application, sight=access.sight(application), rows=rows
    )


def _named(one: models.Snapshot, other: models.Snapshot) -> list[str]:
    """The labels of the fields in which two snapshots differ, in the order of the form."""
    first, second = one.form, other.form
    fields = [field for part in parts.PARTS for field in part.fields]
    return [_(field.label) for field in fields if first.get(field.key) != second.get(field.key)]


@bp.get("/applications/<int:id>/drafts/<int:revision>")
@may(*WRITES)
def draft(id: int, revision: int) -> Any:
    return _draft_page(_writable(id), revision)


def _draft_page(application: Application, revision: int, form: Any = None) -> Any:
    """What a snapshot and the present form do not have in common, by part."""
    kept = _snapshot(application, revision)
    names = {each.code: each.name for each in people.communities()}
    old, new = (
        {answer.field.key: printing.plain(answer, names) for _part, answers in document for answer in answers}
        for document in (
            queries.document(application, sheet, contacts=True)
            for sheet in (kept.form, queries.sheet(application))
        )
    )
    found = []
    for part in parts.PARTS:
        texts = [(field.label, old.get(field.key, ""), new.get(field.key, "")) for field in part.fields]
        changed = [(_(label), difference(*pair)) for label, *pair in texts if pair[0] != pair[1]]
        if changed:
            found.append((part, changed))
    return web.page(
        "applications/draft.html",
        form,
        application=application,
        sight=access.sight(application),
        kept=kept,
        found=found,
        restorable=_offered(application) if application.state in access.EDITABLE else (),
    )


def _snapshot(application: Application, revision: int) -> models.Snapshot:
    return web.or_404(
        next((each for each in queries.snapshots(application) if each.revision == revision), None)
    )


@bp.post("/applications/<int:id>/drafts/<int:revision>/<code>")
@may(*WRITES)
def restore(id: int, revision: int, code: str) -> Any:
    application, form = _writable(id), web.Form()
    part, kept = _part(application, code), _snapshot(application, revision)
    given = {"application": application, "part": part, "snapshot": kept, "by": web.me(), "at": clock.now()}
    if web.attempt(form, actions.restore_part, seen=request.form.get("version", 0, int), **given):
        said = _("Put back: %(label)s. What stood there before is kept in the history.", label=_(part.label))
        return web.see("applications.part", said, id=id, code=code)
    return _draft_page(_writable(id), revision, form)


@bp.post("/applications/<int:id>/papers/<code>")
@may(*WRITES)
def attach(id: int, code: str) -> Any:
    application = _writable(id)
    kind = web.or_404(next((each for each in application.round.papers if each.code == code), None))
    form, given = web.Form(), {"kind": kind, "staged": web.staged("file")}
    if web.attempt(form, actions.attach, application=application, by=web.me(), at=clock.now(), **given):
        said = _("The file has been received.")
        return web.see("applications.part", said, id=id, code="papers", _anchor=f"paper-{code}")
    return _part_page(_writable(id), parts.PAPERS, form)


@bp.get("/applications/<int:id>/files/<int:attachment>")
@signed_in
def file(id: int, attachment: int) -> Any:
    found = web.or_404(queries.attachment(attachment, _found(id)))
    return downloads.send(found.file)


@bp.post("/applications/<int:id>/files/<int:attachment>/out")
@may(*WRITES)
def detach(id: int, attachment: int) -> Any:
    application = _writable(id)
    found = web.or_404(queries.attachment(attachment, application))
    actions.detach(application=application, attachment=found, by=web.me(), at=clock.now())
    said = _("%(name)s has been taken out.", name=found.file.name)
    return web.see("applications.part", said, id=id, code="papers")


def _submit_page(application: Application, form: Any) -> Any:
    sheet = queries.sheet(application)
    return web.page(
        "applications/submit.html",
        form,
        application=application,
        sight=access.sight(application),
        sheet=sheet,
        theme=queries.theme_of(application, sheet),
        sums=parts.sums(sheet),
        length=parts.length(sheet),
        files=queries.live_files(application),
        obstacles=[] if form.refusal else queries.obstacles(application, clock.now()),
        limit=queries.limit_of(application),
        key=secrets.token_urlsafe(24),
    )


@bp.get("/applications/<int:id>/submit")
@may(*WRITES)
def submit(id: int) -> Any:
    return _submit_page(_writable(id), forms.SubmitForm())


@bp.post("/applications/<int:id>/submit")
@may(*WRITES)
def submit_post(id: int) -> Any:
    application, form = _writable(id), forms.SubmitForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.submit,
        application=application,
        key=form.key.data,
        seen=form.version.data,
        **_signer(application),
    ):
        return web.see("applications.receipt", None, id=id)
    return _submit_page(_writable(id), form)


def _signer(application: Application) -> dict[str, Any]:
    """Whose act it is: the person who presses, or who signed on paper, with the one who entered it."""
    if application.signed_by is not None and access.enters(web.me(), application):
        return {"by": application.signed_by, "entered_by": web.me()}
    return {"by": web.me()}


@bp.get("/applications/<int:id>/receipt")
@signed_in
def receipt(id: int) -> Any:
    application = _found(id)
    version = web.or_404(application.versions[-1] if application.versions else None)
    return web.page(
        "applications/receipt.html", application=application, version=version, sight=access.sight(application)
    )


@bp.get("/applications/<int:id>/versions/<int:number>")
@signed_in
def version(id: int, number: int) -> Any:
    application = _found(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    frozen = queries.content(found)
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, frozen.get("form", {}), contacts=contacts)
    return web.page(
        "applications/version.html",
        application=application,
        sight=access.sight(application),
        version=found,
        frozen=frozen,
        document=document,
        communities={each["code"]: each["name"] for each in frozen.get("communities", [])},
        line_amount=_line_amount,
    )


@bp.get("/applications/<int:id>/versions/<int:number>/print")
@signed_in
def version_pdf(id: int, number: int) -> Any:
    application = _found(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    return _printed(application, found)


@bp.get("/applications/<int:id>/versions/<int:number>/pledge")
@signed_in
def pledge_pdf(id: int, number: int) -> Any:
    application = _found(id)
    found = web.or_404(next((each for each in application.versions if each.number == number), None))
    contacts = access.may_reach(web.me(), application)
    document = queries.document(application, queries.content(found).get("form", {}), contacts=contacts)
    received = clock.beijing(found.submitted_at).strftime("%Y-%m-%d %H:%M:%S")
    given = printing.pledge(application, found, document, received)
    return _made(given, f"{application.number}-{number}-pledge")


@bp.get("/applications/<int:id>/print")
@may(*WRITES)
def draft_pdf(id: int) -> Any:
    return _printed(_writable(id), None)


def _printed(application: Application, version: models.Version | None) -> Any:
    """The printed form of a version, or of what stands in the form now; the transaction ends before it is made."""
    frozen = queries.content(version) if version else {}
    form = frozen.get("form", {}) if version else queries.sheet(application)
    given = printing.paper(
        application,
        version,
        queries.document(application, form, contacts=access.may_reach(web.me(), application)),
        {each["code"]: each["name"] for each in frozen.get("communities", [])}
        if version
        else {each.code: each.name for each in people.communities()},
        _line_amount,
        clock.beijing(version.submitted_at).strftime("%Y-%m-%d %H:%M:%S") if version else "",
    )
    return _made(given, f"{application.number}-{version.number}" if version else f"draft-{application.id}")


def _made(given: dict[str, Any], name: str) -> Any:
    fonts = flask.current_app.settings.fonts  # type: ignore[attr-defined]  # set by web.start
    web.rollback()
    return downloads.made(documents.pdf("application", given, fonts=fonts), f"{name}.pdf")


@bp.post("/applications/<int:id>/withdraw")
@may(*WRITES)
def withdraw(id: int) -> Any:
    application = _writable(id)
    if not web.confirmed():
        return _confirm_withdrawal(application)
    actions.withdraw(application=application, by=web.me())
    return web.see("applications.mine", _("The application has been withdrawn."))


def _confirm_withdrawal(application: Application) -> Any:
    return web.confirm(
        _("Withdraw this application?"),
        _("Withdraw the application"),
        back=flask.url_for("applications.one", id=application.id),
        facts=[
            (_("Project title"), application.title or _("without a title")),
            (_("Organization"), application.organization.name),
            (_("Number"), application.number or _("none yet")),
        ],
        warning=_("A withdrawn application cannot be taken up again; what was written stays readable."),
    )


# --- everybody ---


@bp.get("/verify")
@open_to_all
def verifier() -> Any:
    return web.page("applications/verify.html", forms.VerifyForm(), valid=None)


@bp.post("/verify")
@open_to_all
def verify() -> Any:
    form, valid = forms.VerifyForm(), None
    given = {"typed": form.code.data or "", "address": request.remote_addr or "", "at": clock.now()}
    if form.validate_on_submit() and web.attempt(form, actions.verify, **given):
        valid, form = form.outcome, forms.VerifyForm(formdata=None)
    return web.page("applications/verify.html", form, valid=valid)


# --- staff ---


@bp.get("/rounds/<int:year>/applications")
@may(*STAFF)
def board(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    given = request.args
    narrowed = queries.Filter(*(given.get(key, "") for key in ("theme", "field", "state", "words")))
    sort = given.get("sort", "number")
    found = queries.board(round, web.me(), narrowed=narrowed, sort=sort, page=given.get("page", 1, int))
    states = queries.of_round_states(round)
    return web.page(
        "applications/board.html", round=round, board=found, narrowed=narrowed, sort=sort, states=states
    )


def _enter_form() -> tuple[forms.EnterForm, Any, Any]:
    """The form, the organization chosen, and who of it may have signed."""
    bodies, chosen = people.every_organization(), request.values.get("organization", 0, int)
    body = next((each for each in bodies if each.id == chosen), None)
    signers = queries.signers(body) if body else []
    return forms.EnterForm(organization=chosen).offer(bodies, signers), body, signers


@bp.get("/rounds/<int:year>/applications/enter")
@may(*access.ENTERS)
def enter(year: int) -> Any:
    form, body, signers = _enter_form()
    round = web.or_404(rounds.by_year(year))
    return web.page("applications/enter.html", form, round=round, body=body, signers=signers)


@bp.post("/rounds/<int:year>/applications/enter")
@may(*access.ENTERS)
def enter_post(year: int) -> Any:
    round = web.or_404(rounds.by_year(year))
    form, body, signers = _enter_form()
    if form.validate_on_submit():
        signer = next(each for each in signers if each.id == form.signer.data)
        given = {"round": round, "organization": body, "theme": None, "signed_by": signer}
        if web.attempt(form, actions.start, by=web.me(), at=clock.now(), **given):
            return web.see("applications.one", _("The draft has been begun."), id=form.outcome.id)
    return web.page("applications/enter.html", form, round=round, body=body, signers=signers)


def _desk_page(year: int, form: Any = None) -> Any:
    round = web.or_404(rounds.by_year(year))
    rows = queries.desk(round, web.me(), clock.now())
    unclear = {found.rule for row in rows for found in row.findings if found.result is Result.UNCLEAR}
    return web.page(
        "applications/eligibility.html",
        form or web.Form(),
        round=round,
        rows=rows,
        texts={rule.code: rule.text for rule in round.rules},
        unclear=[rule for rule in round.rules if rule.code in unclear],
        results=Result,
        typed=request.form,
        checks=web.me().holds(*access.ENTERS),
        decides=web.me().holds(Role.OFFICER),
    )


@bp.get("/rounds/<int:year>/eligibility")
@may(*STAFF)
def eligibility(year: int) -> Any:
    return _desk_page(year)


def _ticked(round: Any, rows: dict[int, Application]) -> list[actions.Ticked]:
    codes = [rule.code for rule in round.rules]
    found = forms.results(request.form, list(rows), codes)
    return [actions.Ticked(rows[id], rule, result, evidence) for id, rule, result, evidence in found]


def _rows(round: Any) -> dict[int, Application]:
    return {row.application.id: row.application for row in queries.desk(round, web.me(), clock.now())}


@bp.post("/rounds/<int:year>/eligibility/checks")
@may(*access.ENTERS)
def check(year: int) -> Any:
    round, form = web.or_404(rounds.by_year(year)), web.Form()
    ticked = _ticked(round, _rows(round))
    if web.attempt(form, actions.check, ticked=ticked, by=web.me(), at=clock.now()):
        said = _("%(count)s findings were recorded.", count=form.outcome)
        return web.see("applications.eligibility", said, year=year)
    return _desk_page(year, form)


@bp.post("/rounds/<int:year>/eligibility")
@may(Role.OFFICER)
def decide(year: int) -> Any:
    round, form = web.or_404(rounds.by_year(year)), web.Form()
    rows = _rows(round)
    chosen = forms.rulings(request.form, list(rows), actions.OUTCOMES)
    given = {
        "round": round,
        "rulings": [actions.Ruling(rows[each.pop("id")], **each) for each in chosen],
        "ticked": _ticked(round, rows),
        "by": web.me(),
        "at": clock.now(),
    }
    preview = None if web.confirmed() else _preview(given["rulings"])
    if not web.attempt(form, actions.decide, **given):
        return _desk_page(year, form)
    if preview is None:
        said = _("%(counts)s. The messages wait in the outbox.", counts=_counted(form.outcome))
        return web.see("applications.eligibility", said, year=year)
    web.rollback()  # the act was tried only to see that nothing stands in its way
    return web.confirm(
        _("Decide on the eligibility of %(count)s applications?", count=len(given["rulings"])),
        _("Decide on the whole list"),
        back=flask.url_for("applications.eligibility", year=year),
        facts=[(_("What will happen"), _counted(form.outcome))],
        headers=[_("Number"), _("Project"), _("Organization"), _("Decision"), _("Reason")],
        rows=preview,
    )


def _counted(counts: dict[str, int]) -> Any:
    return _(
        "%(passed)s eligible, %(failed)s not eligible, %(returned)s sent back",
        passed=counts["pass"],
        failed=counts["fail"],
        returned=counts["send_back"],
    )


def _preview(rulings: list[actions.Ruling]) -> list[list[str]]:
    words = {"pass": _("Eligible"), "fail": _("Not eligible"), "send_back": _("Send back")}
    return [
        [
            str(ruling.application.number),
            ruling.application.title,
            ruling.application.organization.name,
            words[ruling.outcome],
            ruling.reason if ruling.outcome != "pass" else "",
        ]
        for ruling in rulings
    ]


def _correctable(id: int) -> Application:
    application = _found(id)
    if application.state not in (State.ELIGIBLE, State.INELIGIBLE):
        raise NotFound
    return application


@bp.get("/applications/<int:id>/result")
@may(Role.OFFICER)
def result(id: int) -> Any:
    application = _correctable(id)
    return web.page(
        "applications/result.html", forms.ResultForm().offer(application), application=application
    )


@bp.post("/applications/<int:id>/result")
@may(Role.OFFICER)
def result_post(id: int) -> Any:
    application = _correctable(id)
    form = forms.ResultForm().offer(application)
    given = {"to": form.to.data, "rule": form.rule.data or "", "reason": form.reason.data or ""}
    if form.validate_on_submit() and web.attempt(
        form, actions.set_right, application=application, by=web.me(), at=clock.now(), **given
    ):
        return web.see("applications.one", _("The result has been corrected; both are on record."), id=id)
    return web.page("applications/result.html", form, application=application)


def _returned(id: int) -> Application:
    application = _found(id)
    if application.state is not State.RETURNED:
        raise NotFound
    return application


@bp.get("/applications/<int:id>/term")
@may(Role.OFFICER)
def term(id: int) -> Any:
    application = _returned(id)
    form = forms.TermForm(last=application.correct_by_on)
    return web.page("applications/term.html", form, application=application)


@bp.post("/applications/<int:id>/term")
@may(Role.OFFICER)
def term_post(id: int) -> Any:
    application, form = _returned(id), forms.TermForm()
    given = {"last": form.last.data, "reason": form.reason.data}
    if form.validate_on_submit() and web.attempt(
        form, actions.extend, application=application, by=web.me(), at=clock.now(), **given
    ):
        return web.see(
            "applications.one", _("The term has been changed; the message waits in the outbox."), id=id
        )
    return web.page("applications/term.html", form, application=application)


# --- more time than the closing gives ---


@bp.app_template_global()
def late_admissions(round: Any) -> Any:
    """The organizations that may send after the closing; for the round's page."""
    return queries.admissions(round)


def _more_time_page(round: Any, form: forms.MoreTimeForm) -> Any:
    return web.page("applications/more_time.html", form, round=round)


@bp.get("/rounds/<int:year>/more-time")
@may(Role.OFFICER)
def more_time(year: int) -> Any:
    form = forms.MoreTimeForm().offer(people.every_organization())
    return _more_time_page(web.or_404(rounds.by_year(year)), form)


@bp.post("/rounds/<int:year>/more-time")
@fresh
@may(Role.OFFICER)
def more_time_post(year: int) -> Any:
    round, bodies = web.or_404(rounds.by_year(year)), people.every_organization()
    form = forms.MoreTimeForm().offer(bodies)
    organization = next((body for body in bodies if str(body.id) == form.organization.data), None)
    until: Any = form.until.data
    given = {"round": round, "organization": organization, "until": until, "reason": form.reason.data}
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.give_time, by=web.me(), at=clock.now(), **given)
    ):
        return _more_time_page(round, form)
    if web.confirmed():
        said = _("More time has been given; the messages wait in the outbox.")
        return web.see("applications.more_time", said, year=year)
    web.rollback()
    told = len(queries.recipients(round, organization))
    rows = queries.concerned(round, organization)
    closing = queries.closing_for(round, organization) if organization else round.closes_at
    return web.confirm(
        _("Give more time?"),
        _("Give more time"),
        back=flask.url_for("applications.more_time", year=year),
        facts=[
            (_("Whom it concerns"), organization.name if organization else _("All organizations")),
            (_("Closing on record"), clock.beijing(closing).strftime("%Y-%m-%d %H:%M:%S")),
            (_("Applications until"), clock.beijing(until).strftime("%Y-%m-%d %H:%M:%S")),
            (_("People told by message"), told),
        ],
        headers=[_("Organization"), _("State")],
        rows=[(row.organization.name, queries.shown_state(row)) for row in rows],
    )


# --- what audit firms see ---


@bp.app_template_global()
def gain_of_sight(person: Any, grants: Any) -> queries.Gain:
    """What the person would gain by these (role, organization) pairs; for confirm pages of roles."""
    pairs = [(role, organization.id if organization else None) for role, organization in grants]
    return queries.gain(person, pairs, web.me())


def _grant(id: int) -> Any:
    return web.or_404(people.bounded_grant(id))


def _scope_page(grant: Any, form: forms.ScopeForm) -> Any:
    return web.page("applications/scope.html", form, grant=grant)


@bp.get("/audit-scopes/<int:grant>")
@may(Role.ADMINISTRATOR)
def scope(grant: int) -> Any:
    found = _grant(grant)
    whole, single = queries.scope_of(found)
    form = forms.ScopeForm(
        rounds=[round.id for round in whole], numbers="\n".join(row.number or "" for row in single)
    )
    return _scope_page(found, form.offer(rounds.all_rounds()))


@bp.post("/audit-scopes/<int:grant>")
@fresh
@may(Role.ADMINISTRATOR)
def scope_post(grant: int) -> Any:
    found, every = _grant(grant), rounds.all_rounds()
    form = forms.ScopeForm().offer(every)
    chosen = [round for round in every if round.id in (form.rounds.data or [])]
    given = {"grant": found, "rounds": chosen, "numbers": form.listed, "reason": form.reason.data}
    if not (
        form.validate_on_submit()
        and web.attempt(form, actions.assign_audit, by=web.me(), at=clock.now(), **given)
    ):
        return _scope_page(found, form)
    if web.confirmed():
        said = _("%(name)s sees these projects from now on.", name=found.person.name)
        return web.see("people.one_person", said, id=found.person_id)
    web.rollback()
    single = queries.sent_by_number(form.listed).values()
    return web.confirm(
        _("Assign these projects for audit?"),
        _("Assign"),
        template="people/confirm_sight.html",
        back=flask.url_for("applications.scope", grant=grant),
        facts=[
            (_("Auditor"), found.person.name),
            (_("Until day"), found.until_on.isoformat()),
            (_("Whole rounds"), "、".join(round.name for round in chosen) or "—"),
            (_("Single applications"), len(form.listed)),
        ],
        who=found.person,
        gain=queries.gain_by_scope(found.person, chosen, single, web.me()),
    )
