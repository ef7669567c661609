"""Every route of the demonstration answers each role with 200, 3xx, 403, 404 or 409; each page is open to somebody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Browser
from live import copied, demo_settings
from sqlalchemy import select
from werkzeug.routing import Rule

from venture import create_app
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, Likeness, Snapshot, Version
from venture.budget.models import (
    AccountChange,
    Amendment,
    Award,
    Batch,
    Claim,
    Decision,
    DecisionLine,
    Instalment,
    Invoice,
    Notice,
    Objection,
    Payment,
    Posting,
    Refund,
    Revision,
)
from venture.db import db
from venture.deliberation.models import Declared, Matter, Outcome, StepRecord, Use
from venture.delivery.models import (
    Activity,
    ActivityFile,
    Change,
    Evaluation,
    EvaluationSheet,
    MonthPlan,
    Report,
    ReportVersion,
    Spending,
    Transfer,
)
from venture.demo.content import CARDS
from venture.desk.models import OwnSheet
from venture.impact.models import Support
from venture.outbox import Message
from venture.people.models import Community, Grant, Organization, Person
from venture.review.models import Expert, PanelInvitation, PoolDraw, Sheet, Tie
from venture.roles import Role
from venture.rounds.models import Announcement, Briefing, Need, Question, Round, Theme
from venture.web import Venture

SEEN_ELSEWHERE = {
    "applications.scope",
    "budget.amendment_scan",
    "budget.audited",
    "budget.calling_up",
    "budget.release_scan",
    "budget.unmerge",
    "delivery.answering",
    "delivery.audit_scan",
    "delivery.barring",
    "delivery.objecting",
    "delivery.reopening_audit",
    "delivery.reopening_closure",
    "delivery.result_letters",
    "delivery.returning_audit",
    "desk.audit_sheet",
    "desk.template",
    "impact.confirmation",
    "impact.link",
    "impact.paper",
    "people.authenticator",
    "people.invitation",
    "people.issued",
    "people.release_file",
    "people.sign_in_code",
    "people.sign_in_set_up",
    "review.blind_file",
    "review.draw_scan",
    "review.lots_scan",
    "review.scan",
    "review.substitute",
    "rounds.move_scan",
    "rounds.new_need",
}
"""Pages behind a one-time link, a scan, a quarantine, a merge, an objection, a workbook, the steps of a sign-in or an
audit firm's role.
"""


@pytest.fixture(scope="module")
def told(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venture]:
    app = create_app(demo_settings(copied(loaded, tmp_path_factory.mktemp("routes"))))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


MODELS: dict[str, Any] = {
    "amendments": Amendment,
    "evaluations": Evaluation,
    "evaluation-sheets": EvaluationSheet,
    "reports": Report,
    "account-changes": AccountChange,
    "claims": Claim,
    "instalments": Instalment,
    "invoices": Invoice,
    "refunds": Refund,
    "activities": Activity,
    "applications": Application,
    "awards": Award,
    "batches": Batch,
    "briefings": Briefing,
    "changes": Change,
    "communities": Community,
    "decisions": Decision,
    "outbox": Message,
    "declared": Declared,
    "experts": Expert,
    "likeness": Likeness,
    "matters": Matter,
    "moves": Transfer,
    "needs": Need,
    "own-sheets": OwnSheet,
    "notices": Notice,
    "objections": Objection,
    "organizations": Organization,
    "outcomes": Outcome,
    "payments": Payment,
    "people": Person,
    "plans": MonthPlan,
    "projects": Award,
    "spending": Spending,
    "supports": Support,
    "themes": Theme,
}


def rows(model: Any, *columns: Any) -> list[Any]:
    """The first, a middle and the last row, as their columns (by default the id)."""
    found = db.session.execute(select(*(columns or (model.id,))).order_by(model.id)).all()
    picked = [*found[:1], *found[len(found) // 2 : len(found) // 2 + 1], *found[-2:]]
    return [tuple(row) for row in dict.fromkeys(picked)]


def _in_state(state: State) -> list[int]:
    return list(db.session.scalars(select(Application.id).where(Application.state == state)))


def samples(rule: Rule) -> list[dict[str, Any]]:
    """Values for the rule's arguments that lead to something."""
    years = list(db.session.scalars(select(Round.year).order_by(Round.year)))
    pairs: dict[str, list[dict[str, Any]]] = {
        "applications.file": [
            {"id": a, "attachment": b} for a, b in rows(Attachment, Attachment.application_id, Attachment.id)
        ],
        "applications.part": [{"id": a, "code": "plan"} for (a,) in rows(Application)],
        "applications.draft": [
            {"id": a, "revision": b} for a, b in rows(Snapshot, Snapshot.application_id, Snapshot.revision)
        ],
        "applications.version": [
            {"id": a, "number": b} for a, b in rows(Version, Version.application_id, Version.number)
        ],
        "applications.archive": [
            {"id": a}
            for a in db.session.scalars(
                select(Grant.organization_id).where(Grant.role == Role.APPLICANT).order_by(Grant.id).limit(3)
            )
        ],
        "applications.result": [{"id": a} for a in _in_state(State.INELIGIBLE)],
        "applications.term": [{"id": a} for a in _in_state(State.RETURNED)],
        "applications.question": [{"year": year, "code": "q1"} for year in reversed(years)],
        **{
            f"delivery.{name}": [
                {"id": a, "number": b}
                for a, b in rows(ReportVersion, ReportVersion.report_id, ReportVersion.number)
            ]
            for name in ("report_pdf", "report_docx")
        },
        **{
            f"delivery.{name}": [
                {"id": a, "sheet_id": b}
                for a, b in rows(EvaluationSheet, EvaluationSheet.evaluation_id, EvaluationSheet.id)
            ]
            for name in ("reopening_sheet", "taking_off")
        },
        **{
            f"delivery.{name}": [{"id": a, "word": "midterm"} for (a,) in rows(Award)]
            for name in ("report", "failing_late")
        },
        "delivery.result_letters": [{"year": year, "word": "midterm"} for year in years],
        "budget.reopening": [{"id": a, "word": "midterm"} for (a,) in rows(Award)],
        "budget.striking": [
            {"id": a, "line_id": b}
            for a, b in db.session.execute(
                select(Notice.id, DecisionLine.id).join(
                    DecisionLine, DecisionLine.decision_id == Notice.decision_id
                )
            )
        ][-2:],
        **{
            f"budget.{name}": [{"id": a, "number": 1} for (a,) in rows(Notice)]
            for name in ("outcome", "outcome_docx")
        },
        **{
            f"budget.{name}": [{"id": a} for (a,) in rows(Revision, Revision.award_id)]
            for name in ("revision", "sending")
        },
        "budget.posting_scan": [
            {"id": a, "posting": b} for a, b in rows(Posting, Posting.notice_id, Posting.id)
        ],
        "budget.receipt": [{"receipt": a} for (a,) in rows(Objection, Objection.receipt)],
        "deliberation.correct": [{"id": a, "kind": "matter", "row": a} for (a,) in rows(Matter)],
        "deliberation.step": [{"id": a, "number": 7} for (a,) in rows(Matter)],
        "deliberation.photo": [
            {"id": a, "file": b}
            for a, b in db.session.execute(
                select(StepRecord.matter_id, StepRecord.photo_id)
                .where(StepRecord.photo_id.is_not(None))
                .limit(2)
            )
        ],
        "deliberation.public_matter": [{"number": a} for (a,) in rows(Matter, Matter.number)],
        "deliberation.public_photo": [
            {"number": a, "file": b}
            for a, b in db.session.execute(
                select(Matter.number, Use.photo_id).join(Outcome, Outcome.id == Use.outcome_id).join(Matter)
            )
        ][:2],
        "review.unseating": [{"year": year, "number": 1} for year in years],
        "review.striking_receipt": [{"year": year, "number": 1} for year in years],
        **{
            f"review.{name}": [
                {"year": year, "id": id}
                for year, id in db.session.execute(
                    select(Round.year, PanelInvitation.id)
                    .join(PanelInvitation.round)
                    .order_by(PanelInvitation.id)
                )
            ]
            for name in ("paper_answer", "withdrawing", "replacing")
        },
        **{
            f"review.{name}": [
                {"year": year, "number": number}
                for year, number in db.session.execute(
                    select(Round.year, PoolDraw.number).join(PoolDraw.round)
                )
            ]
            for name in ("draw_record", "draw_pdf")
        },
        "review.grid": [{"year": year, "number": 1} for year in years],
        "review.blank_sheets": [{"year": year, "number": 1} for year in years],
        "review.check": [{"year": year, "number": 1} for year in years],
        "review.proposal": [{"application_id": a} for (a,) in rows(Sheet, Sheet.application_id)],
        "review.sheets": [{"application_id": a} for (a,) in rows(Sheet, Sheet.application_id)],
        "review.correction": [{"sheet_id": a} for (a,) in rows(Sheet)],
        "review.reopening": [{"sheet_id": a} for (a,) in rows(Sheet)],
        "review.dismissal": [{"tie_id": a} for (a,) in rows(Tie)],
        **{
            f"rounds.{name}": [
                {"year": year, "number": number}
                for year, number in db.session.execute(
                    select(Round.year, Announcement.number).join(Round).order_by(Round.year)
                )
            ]
            for name in ("announcement", "announcement_text", "announcement_docx")
        },
        "rounds.question": [
            {"year": year, "id": id}
            for year, id in db.session.execute(
                select(Round.year, Question.id).join(Round).order_by(Question.id)
            )
        ],
        "rounds.edit_rows": [{"year": year, "part": "plan"} for year in years],
        "rounds.edit_theme": [{"year": year, "id": a} for year in years for (a,) in rows(Theme)],
        "rounds.edit_sheet": [{"year": year, "id": a} for year in years for (a,) in rows(Theme)],
        "review.draw": [{"year": year, "code": "general"} for year in years],
        "review.rule": [{"year": year, "code": "general"} for year in years],
        "review.versions": [{"year": year, "code": "general"} for year in years],
        "review.version_text": [{"year": year, "code": "general", "number": 1} for year in years],
        "desk.sheet": [{"year": year, "name": name} for year in years[:1] for name in ("award", "ledger")],
        "desk.new_own_sheet": [{"subject": "payments"}],
        **{
            f"delivery.{name}": [
                {"id": a, "file": b} for a, b in rows(ActivityFile, ActivityFile.activity_id, ActivityFile.id)
            ]
            for name in ("activity_file", "taking_out")
        },
        "desk.batch_sheet": [{"year": years[0], "number": 1}],
    }
    if rule.endpoint in pairs:
        return pairs[rule.endpoint]
    if rule.arguments == {"year"}:
        return [{"year": year} for year in years]
    if rule.arguments == {"id"}:
        return (
            [{"id": a} for (a,) in rows(MODELS[rule.rule.split("/")[1]])]
            if rule.rule.split("/")[1] in MODELS
            else [{"id": 1}]
        )
    return [dict.fromkeys(rule.arguments, 1)] if rule.arguments else [{}]


def test_every_page_answers_each_role(told: Venture) -> None:
    pages = {}
    with told.test_request_context():
        for rule in told.url_map.iter_rules():
            if "GET" in (rule.methods or set()) and rule.endpoint != "static":
                pages[rule.endpoint] = [
                    rule.build(values)[1] for values in samples(rule) or [] if rule.build(values)
                ]  # type: ignore[index]
    answered: dict[str, set[int]] = {endpoint: set() for endpoint in pages}
    for key in [None, *(card[1] for card in CARDS)]:
        browser = Browser(told)
        if key:
            browser.post(f"/enter/{key}")
        for endpoint, addresses in pages.items():
            for address in addresses:
                status = browser.get(address).status_code
                assert status in {200, 302, 303, 403, 404, 409, 422}, (key, address, status)
                answered[endpoint].add(status)
                if status in {200, 303, 403}:
                    break
    never = {endpoint for endpoint, seen in answered.items() if 200 not in seen}
    assert never <= SEEN_ELSEWHERE, sorted(never - SEEN_ELSEWHERE)


def test_what_is_not_ours_and_what_is_not_there_look_the_same(told: Venture) -> None:
    """What another organization owns and what does not exist answer the same, to the byte."""
    browser = Browser(told)
    browser.post("/enter/applicant")
    ids = db.session.scalars(select(Application.id)).all()
    missing = browser.get(f"/applications/{max(ids) + 1000}")
    hidden = [response for id in ids if (response := browser.get(f"/applications/{id}")).status_code == 404]
    assert len(hidden) > 20
    for response in hidden:
        assert _timeless(response) == _timeless(missing)


def _timeless(response: Any) -> str:
    """The page without the moment, the token and its own address."""
    text = re.sub(
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d+:]*|data-left=\"\d+\"", "", response.get_data(as_text=True)
    )
    return re.sub(r'(name="(?:csrf_token|next)" value=")[^"]*', r"\1", text)
