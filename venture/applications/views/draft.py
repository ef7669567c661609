"""The applicant's own: the form by parts, its drafts and papers, submitting, the receipt."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import flask
from flask import request
from flask_babel import gettext as _

from venture import clock, web
from venture.applications import access, actions, forms, lifecycle, models, parts, printing, queries
from venture.applications.differences import difference
from venture.applications.lifecycle import State
from venture.applications.models import Application
from venture.applications.parts import Field, Kind, Part
from venture.applications.views.shared import (
    SPARE_ROWS,
    WRITES,
    bp,
    found_or_404,
    line_amount,
    offered,
    part_or_404,
    writable_or_404,
)
from venture.people import queries as people
from venture.refusal import Changed
from venture.roles import STAFF, Role, may, signed_in
from venture.words import Verbatim


@bp.get("/applications")
@may(*WRITES)
def mine() -> Any:
    now = clock.now()
    rows = [
        (row, queries.shown_state(row), queries.days_left(row, now), queries.limit_of(row))
        for row in queries.mine(web.me())
    ]
    own = web.me().organization_ids
    sent = {row.organization for row, *_rest in rows if row.submitted_at and row.organization_id in own}
    archives = sorted(sent, key=lambda body: body.name) if web.me().holds(Role.APPLICANT) else []
    return web.page("applications/mine.html", rows=rows, archives=archives)


def _start_form() -> tuple[forms.StartForm, Any, Any]:
    bodies = people.organizations_of(web.me())
    calls = queries.open_rounds(clock.now(), [body.id for body in bodies])
    return forms.StartForm().offer(calls, bodies, queries.mine(web.me())), calls, bodies


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
            return _begun(form.outcome, form.earlier.data)
    return web.page("applications/new.html", form, calls=calls, bodies=bodies)


def _begun(draft: Application, earlier: str) -> Any:
    """On to the new draft, or to what it may take over from an earlier one."""
    said = _("The draft has been begun.")
    if earlier == str(draft.id) or not earlier:
        return web.see("applications.one", said, id=draft.id)
    others = {str(each.id) for each in queries.earlier(draft, web.me())}
    return web.see("applications.reuse", said, id=draft.id, **({"of": earlier} if earlier in others else {}))


@bp.get("/applications/<int:id>")
@signed_in
def one(id: int) -> Any:
    application = found_or_404(id)
    return _overview(application) if access.may_edit(web.me(), application) else whole_page(application)


def whole_page(application: Application, form: Any = None) -> Any:
    """An application as those see it who do not write in it."""
    staff = web.me().holds(*STAFF)
    return web.page(
        "applications/whole.html",
        form,
        application=application,
        sight=access.sight(application),
        document=queries.document(application, contacts=access.may_reach(web.me(), application)),
        files=queries.sent_files(application),
        replaced=queries.replaced_files(application) if staff else [],
        owed=queries.owed(queries.later_papers(application, clock.now(), state=application.state))
        if staff
        else [],
        proofs=queries.proofs(application) if staff else [],
        enters=web.me().holds(*access.ENTERS),
        typed=request.form,
        waits=queries.waits_for_scan(application),
        findings=_findings(application),
        correction=queries.correction_of(application),
        history=_history(application) if staff else [],
        staff=staff,
        texts={rule.code: rule.text for rule in application.round.rules},
        states={state.value: _(state.label) for state in State},
        communities={each.code: each.name for each in application.communities},
        line_amount=line_amount,
        corrections=queries.corrections(application),
        late_papers=application.late_papers if staff else [],
        admits=web.me().holds(Role.OFFICER) and actions.may_admit_papers(application, clock.now()),
        extendable=web.me().holds(Role.OFFICER) and application.state is State.RETURNED,
        correctable=web.me().holds(Role.OFFICER) and application.state in (State.ELIGIBLE, State.INELIGIBLE),
    )


def _history(application: Application) -> list[tuple[Any, list[tuple[str, str, str]]]]:
    """What was done, each with the fields that were saved and the beginning of both texts."""
    events = queries.history(application)
    known = _known(application) if any("changes" in event.facts for event in events) else {}
    return [
        (
            event,
            [
                (
                    web.said(known[key].label),
                    printing.recorded(known[key], texts[0])[:80],
                    printing.recorded(known[key], texts[1])[:80],
                )
                for key, texts in event.facts.get("changes", {}).items()
                if key in known and len(texts) == 2
            ],
        )
        for event in events
    ]


def _known(application: Application) -> dict[str, Field]:
    """The fields of the form by their keys, with the choices of the round where those are the round's."""
    known = queries.fields(application)
    for key, choices in _choices(application).items():
        if choices:
            known[key] = replace(known[key], choices=tuple((code, Verbatim(name)) for code, name in choices))
    return known


def _findings(application: Application) -> Any:
    return queries.findings_of(application, clock.now()) if web.me().holds(*STAFF) else []


def _overview(application: Application, form: Any = None) -> Any:
    found = queries.obstacles(application, clock.now())
    later = queries.later_papers(application, clock.now())
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
        correction=queries.correction_of(application),
        lettered=queries.has_letter(application),
        comments=queries.reads_comments(application),
        late=application.admissions[-1] if application.admissions else None,
        papers_late=[row for row in queries.attachable(application, clock.now()).values() if row is not None],
        owed=queries.owed(later),
        proofs=queries.proofs(application),
        editable=application.state in access.EDITABLE,
        waiting=bool(application.answers.get("_pending")),
        withdrawable=any(
            move.name == "withdraw" for move in lifecycle.moves_from(application.state, "applicant")
        ),
    )


@bp.get("/applications/<int:id>/parts/<code>")
@may(*WRITES)
def part(id: int, code: str) -> Any:
    application = writable_or_404(id)
    return part_page(application, part_or_404(application, code))


def part_page(
    application: Application, part: Part, form: Any = None, *, typed: Any = None, clash: Any = None
) -> Any:
    """The page of one part: what is on record, or over it what was just typed and could not be saved."""
    now = queries.sheet(application)
    shown = now | (typed or {})
    found = [
        each for each in queries.obstacles(application, clock.now()) if each.facts.get("part") == part.code
    ]
    offered = queries.offered(application, now)
    place = offered.index(part)
    answer, status = web.page(
        "applications/part.html",
        form,
        application=application,
        sight=access.sight(application),
        part=part,
        sheet=shown,
        sums=parts.sums(shown),
        line_amount=line_amount,
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
        papers_missing=queries.papers_missing(application),
        attachable=queries.attachable(application, clock.now()) if part.code == "papers" else {},
        later=queries.later_papers(application, clock.now()) if part.code == "papers" else [],
        proofs=queries.proofs(application) if part.code == "papers" else [],
        typed=request.form,
    )
    return answer, 409 if clash else status


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
        "topic": [(str(each.number), queries.topic_name(each)) for each in application.round.topics],
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
    application = writable_or_404(id)
    part, form = part_or_404(application, code), web.Form()
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
    if saved and web.attempt(form, _files, application=application, part=part):
        return _after_save(application, part)
    clash, form.refusal = (form.refusal, None) if isinstance(form.refusal, Changed) else (None, form.refusal)
    known = queries.fields(application)
    if clash:
        shown, keys = _known(application), clash.blockers[0].facts["fields"]
        clash.differences = [
            (label, printing.recorded(shown[key], yours), printing.recorded(shown[key], theirs))
            for key, (label, yours, theirs) in zip(keys, clash.differences, strict=True)
        ]
    mine = {key: parts.normal(known[key], raw) for key, raw in typed.items()}
    kept = {key: raw for key, raw in mine.items() if base.get(key) != actions.fingerprint(raw)}
    return part_page(writable_or_404(id), part, form, typed=kept, clash=clash)


def _files(*, application: Application, part: Part) -> None:
    """Take in the files that came with a page of own questions, and out what was ticked there."""
    act: dict[str, Any] = {"application": application, "by": web.me(), "at": clock.now()}
    for question in application.round.questions:
        key = next((field.key for field in part.fields if field.key == question.code), "")
        if key and web.staged(key):
            actions.attach(kind=question, staged=web.staged(key), **act)
    for each in queries.live_files(application):
        if each.question and str(each.id) in request.form.getlist("out"):
            actions.detach(attachment=each, **act)


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
    application = writable_or_404(id)
    part, form = part_or_404(application, code), web.Form()
    typed = forms.changes(part, request.form)
    done = web.attempt(
        form,
        actions.save_part,
        application=application,
        part=part,
        posted=typed,
        seen=request.form.get("version", 0, int),
        base=_base(),
        by=web.me(),
        at=clock.now(),
        auto=True,
    )
    if done:
        saved_at = clock.beijing(application.saved_at).strftime("%H:%M:%S")
        now = queries.sheet(application)
        base = {key: actions.fingerprint(now[key]) for key in typed}
        return flask.jsonify(saved_at=saved_at, version=application.revision, base=base)
    if isinstance(form.refusal, Changed):
        facts = form.refusal.blockers[0].facts
        message = _(
            "%(who)s changed the same field at %(at)s. Your text is kept on this device: load the page again, and both "
            "texts are shown.",
            who=facts["who"],
            at=clock.beijing(facts["when"]).strftime("%H:%M:%S"),
        )
        return flask.jsonify(message=message), 409
    return flask.jsonify(message=" ".join(web.sentence(blocker) for blocker in form.blockers)), 422


@bp.get("/applications/<int:id>/drafts")
@may(*WRITES)
def drafts(id: int) -> Any:
    application = writable_or_404(id)
    kept = queries.snapshots(application)
    older = [*kept[1:], None]
    known = queries.fields(application).values()
    rows = [
        (one, _named(known, one, before) if before else []) for one, before in zip(kept, older, strict=True)
    ]
    return web.page(
        "applications/drafts.html", application=application, sight=access.sight(application), rows=rows
    )


def _named(fields: Iterable[Field], one: models.Snapshot, other: models.Snapshot) -> list[str]:
    """The labels of the fields in which two snapshots differ, in the order of the form."""
    first, second = one.form, other.form
    return [web.said(field.label) for field in fields if first.get(field.key) != second.get(field.key)]


@bp.get("/applications/<int:id>/drafts/<int:revision>")
@may(*WRITES)
def draft(id: int, revision: int) -> Any:
    return _draft_page(writable_or_404(id), revision)


def _draft_page(application: Application, revision: int, form: Any = None) -> Any:
    """What a snapshot and the present form do not have in common, by part."""
    kept = _snapshot(application, revision)
    names = {each.code: each.name for each in people.communities()}
    old, new = (
        {
            answer.field.key: printing.plain(answer, names)
            for part_or_404, answers in document
            for answer in answers
        }
        for document in (
            queries.document(application, form=sheet, contacts=True)
            for sheet in (kept.form, queries.sheet(application))
        )
    )
    found = []
    for part in parts.form(True, parts.own(queries.own_questions(application.round))):
        texts = [(field.label, old.get(field.key, ""), new.get(field.key, "")) for field in part.fields]
        changed = [(web.said(label), difference(*pair)) for label, *pair in texts if pair[0] != pair[1]]
        if changed:
            found.append((part, changed))
    return web.page(
        "applications/draft.html",
        form,
        application=application,
        sight=access.sight(application),
        kept=kept,
        found=found,
        restorable=[part.code for part in offered(application)]
        if application.state in access.EDITABLE
        else [],
    )


def _snapshot(application: Application, revision: int) -> models.Snapshot:
    return web.or_404(
        next((each for each in queries.snapshots(application) if each.revision == revision), None)
    )


@bp.post("/applications/<int:id>/drafts/<int:revision>/<code>")
@may(*WRITES)
def restore(id: int, revision: int, code: str) -> Any:
    application, form = writable_or_404(id), web.Form()
    part, kept = part_or_404(application, code), _snapshot(application, revision)
    given = {"application": application, "part": part, "snapshot": kept, "by": web.me(), "at": clock.now()}
    if web.attempt(form, actions.restore_part, seen=request.form.get("version", 0, int), **given):
        said = _("Put back: %(label)s. What stood there before is kept in the history.", label=_(part.label))
        return web.see("applications.part", said, id=id, code=code)
    return _draft_page(writable_or_404(id), revision, form)


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
        length=parts.length(sheet, parts.own(queries.asked(application, sheet))),
        files=queries.live_files(application),
        obstacles=[] if form.refusal else queries.obstacles(application, clock.now()),
        limit=queries.limit_of(application),
        key=secrets.token_urlsafe(24),
    )


@bp.get("/applications/<int:id>/submit")
@may(*WRITES)
def submit(id: int) -> Any:
    return _submit_page(writable_or_404(id), forms.SubmitForm())


@bp.post("/applications/<int:id>/submit")
@may(*WRITES)
def submit_post(id: int) -> Any:
    application, form = writable_or_404(id), forms.SubmitForm()
    if form.validate_on_submit() and web.attempt(
        form,
        actions.submit,
        application=application,
        key=form.key.data,
        seen=form.version.data,
        **_signer(application),
    ):
        return web.see("applications.receipt", None, id=id)
    return _submit_page(writable_or_404(id), form)


def _signer(application: Application) -> dict[str, Any]:
    """Whose act it is: the person who presses, or who signed on paper, with the one who entered it."""
    if application.signed_by is not None and access.enters(web.me(), application):
        return {"by": application.signed_by, "entered_by": web.me()}
    return {"by": web.me()}


@bp.get("/applications/<int:id>/receipt")
@signed_in
def receipt(id: int) -> Any:
    application = found_or_404(id)
    version = web.or_404(application.versions[-1] if application.versions else None)
    return web.page(
        "applications/receipt.html",
        application=application,
        version=version,
        sight=access.sight(application),
        waits=queries.waits_for_scan(application),
        owed=queries.owed(queries.later_papers(application, clock.now())),
    )


@bp.post("/applications/<int:id>/withdraw")
@may(*WRITES)
def withdraw(id: int) -> Any:
    application = writable_or_404(id)
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
