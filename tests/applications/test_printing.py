"""申报书 as PDF: who gets it, of which version, and what a machine without fonts says."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import make
import pytest
from client import Browser, save

from venture import documents
from venture.applications import printing, queries
from venture.applications.lifecycle import State
from venture.config import Settings
from venture.roles import Role

needs_fonts = pytest.mark.skipif(
    not (Settings.fonts / "NotoSerifCJK-Regular.ttc").is_file()
    and os.environ.get("VENTURE_REQUIRE_ALL") != "1",
    reason="no fonts-noto-cjk",
)


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        stranger = make.person(Role.APPLICANT, organization=make.organization(), name="虚构乙")
        sent = make.application(round, by=anna, organization_=body, state=State.SUBMITTED)
        draft = make.application(round, by=anna, organization_=body, title="草稿 #x 项目")

    save()
    return Scene


def paper(application: Any, version: Any) -> dict[str, Any]:
    names = {each.code: each.name for each in application.communities}
    shown = queries.document(application, queries.sheet(application), contacts=True)
    return printing.paper(application, version, shown, names, lambda row: 4000000, "2026-05-20 12:00:00")


def test_the_foot_names_number_version_and_receipt(app: Any, scene: Any) -> None:
    version = scene.sent.versions[0]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = paper(scene.sent, version)
    assert made["code"] == f"{scene.sent.number} · Version 1 · {version.receipt}"
    assert made["watermark"] == ""
    assert made["qr"] == documents.qr(f"{scene.sent.number}/1/{version.receipt}")


def test_a_draft_says_so_and_has_no_code(app: Any, scene: Any) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = paper(scene.draft, None)
    assert (made["watermark"], made["code"], made["qr"]) == ("Draft", "Draft, not submitted", "")
    answers = [tuple(row) for part in made["parts"] for row in part["answers"]]
    assert ("Project title", "草稿 #x 项目") in answers
    assert ("Amount applied for", "40,000.00 yuan") in answers
    costs = next(each for part in made["parts"] for each in part["tables"] if each["heads"][-1] == "Amount")
    assert costs["rows"] == [["Activity costs", "活动物资", "40,000.00", "1", "项", "40,000.00"]]


def test_the_pledge_stands_alone_with_the_versions_code(app: Any, scene: Any) -> None:
    version = scene.sent.versions[0]
    shown = queries.document(scene.sent, queries.sheet(scene.sent), contacts=True)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        made = printing.pledge(scene.sent, version, shown, "2026-05-20 12:00:00")
        whole = paper(scene.sent, version)
    assert (made["code"], made["qr"]) == (whole["code"], whole["qr"])
    assert [part["label"] for part in made["parts"]] == ["Pledge"]
    assert len(made["sign"]) == 3 and whole["sign"] == []
    assert made["facts"][-1] == ("Amount applied for", "40,000.00 yuan")


@needs_fonts
def test_its_people_and_staff_get_the_pdf_and_others_nothing(app: Any, scene: Any) -> None:
    sent, draft = f"/applications/{scene.sent.id}/versions/1/print", f"/applications/{scene.draft.id}/print"
    pledge = f"/applications/{scene.sent.id}/versions/1/pledge"
    anna, officer, stranger = (
        Browser(app).enter(each) for each in (scene.anna, scene.officer, scene.stranger)
    )
    for browser, address in ((anna, sent), (officer, sent), (anna, draft), (anna, pledge)):
        answer = browser.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
    assert officer.get(draft).status_code == 404
    for address in (sent, draft, pledge, f"/applications/{scene.sent.id}/versions/2/print"):
        assert stranger.get(address).status_code == 404


def test_without_fonts_the_page_says_what_to_install(app: Any, scene: Any, tmp_path: Path) -> None:
    app.settings = dataclasses.replace(app.settings, fonts=tmp_path)
    english = {"headers": {"Accept-Language": "en"}}
    answer = Browser(app).enter(scene.anna).get(f"/applications/{scene.draft.id}/print", **english)
    assert answer.status_code == 409
    assert "fonts-noto-cjk" in answer.page.words


@needs_fonts
def test_a_document_that_takes_too_long_ends_alone(
    app: Any, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X20: its process is ended, the page says so, the next document is made."""
    compiled = documents.pdf
    monkeypatch.setattr(documents, "pdf", lambda *given, **more: compiled(*given, **more, limit=0.01))
    browser = Browser(app).enter(scene.anna)
    answer = browser.get(f"/applications/{scene.draft.id}/print")
    assert answer.status_code == 409 and browser.get("/applications").status_code == 200
    monkeypatch.undo()
    with browser.client.get(f"/applications/{scene.draft.id}/print") as whole:
        assert whole.data.startswith(b"%PDF")


def test_nobody_takes_all_the_places_where_documents_are_made(app: Any, scene: Any) -> None:
    """G10: the third at one time is refused with the reason; others are not kept waiting; a place comes back."""
    anna, officer = Browser(app).enter(scene.anna), Browser(app).enter(scene.officer)
    address = f"/applications/{scene.sent.id}/versions/1/print"
    turns = app.settings.data / "turns"
    with documents.turn(turns, scene.anna.id):
        with documents.turn(turns, scene.anna.id):
            refused = anna.get(address, headers={"Accept-Language": "en"})
            assert refused.status_code == 409
            assert "2 documents are being made for you at this moment" in refused.page.words
            with officer.client.get(address) as others:
                assert others.data.startswith(b"%PDF")
        with anna.client.get(address) as again:
            assert again.data.startswith(b"%PDF")
