"""Papers due after the form: taken until their day, told to both sides; the code on a scan says what was signed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from client import Browser, save

from venture import clock, invariants, trail
from venture.applications import actions, codes, printing, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment
from venture.db import db
from venture.files import Staged
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import Due

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC)  # a Sunday, 17:00:00
AFTER = CLOSES + timedelta(days=1)
LAST = date(2026, 6, 5)
OVER = clock.end_of_day(LAST)
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    """A round whose signed pledge is due five working days after the closing; one application, sent in time."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        pledge = round.papers[1]

    due(Scene.pledge, Due.CLOSING, 5)
    Scene.sent = typed.draft(Scene.round, Scene.body, by=Scene.anna)
    send(Scene, "sent", OPENS)
    return Scene


def due(kind: Any, what: Due, days: int) -> None:
    kind.due, kind.due_days, kind.coded = what, days, True
    db.session.flush()


def send(scene: Any, key: str, at: datetime) -> Any:
    return actions.submit(application=scene.sent, by=scene.anna, key=key, seen=scene.sent.revision, at=at)


def another(scene: Any) -> Any:
    """A scene of the same round with a draft of another organization."""

    class Other(scene):  # type: ignore[misc]  # a scene is a class
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body)

    Other.sent = typed.draft(scene.round, Other.body, by=Other.anna, title="另一个")
    return Other


def change(scene: Any, need: str, at: datetime) -> None:
    given = {"posted": {"need": need}, "seen": scene.sent.revision, "base": None, "by": scene.anna, "at": at}
    actions.save_part(
        application=scene.sent, part=queries.offered(scene.sent, queries.sheet(scene.sent))[2], **given
    )


def attach(scene: Any, number: int = 1, at: datetime = AFTER, **more: Any) -> Attachment:
    staged = Staged(f"{700 + number:064x}", f"承诺书扫描{number}.jpg", "image/jpeg", 1000)
    given = {"application": scene.sent, "kind": scene.pledge, "staged": staged, "by": scene.anna, "at": at}
    return actions.attach(**(given | more))


def enter_code(scene: Any, scan: Attachment, code: str, **more: Any) -> Attachment:
    given = {"application": scene.sent, "attachment": scan, "typed": code, "by": scene.anna, "at": AFTER}
    return actions.enter_code(**(given | more))


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return refused.value.blockers[0].code.partition(".")[2]


def owed(scene: Any, at: datetime) -> list[tuple[str, date | None, bool]]:
    found = queries.owed(queries.later_papers(scene.sent, at))
    return [(each.kind.code, each.last, each.over) for each in found]


# --- by when ---


def test_it_does_not_stand_in_the_way_of_submitting_and_is_owed_until_it_comes(scene: Any) -> None:
    assert len(scene.sent.versions) == 1
    assert owed(scene, OPENS) == [("pledge", LAST, False)]
    scene.sent.state = State.ELIGIBLE
    assert owed(scene, OVER - timedelta(seconds=1)) == [("pledge", LAST, False)]
    assert owed(scene, OVER) == [("pledge", LAST, True)]
    attach(scene, at=OVER - timedelta(seconds=1))
    assert owed(scene, OVER) == []


@pytest.mark.parametrize("state", [State.SUBMITTED, State.ELIGIBLE, State.IN_REVIEW, State.PROPOSED])
def test_it_is_taken_whatever_the_bureau_does_meanwhile_until_its_day_is_over(
    scene: Any, state: State
) -> None:
    scene.sent.state = state
    first = attach(scene)
    second = attach(scene, 2, replaces=first)
    assert queries.sent_files(scene.sent)[-1] is second and second.late_id is None
    assert refusal(attach, scene, 3, OVER) in ("frozen", "papers_closed")
    assert refusal(attach, scene, 3, kind=scene.round.papers[0]) in ("frozen", "papers_closed")


@pytest.mark.parametrize("state", [State.INELIGIBLE, State.CANCELLED, State.TERMINATED, State.WITHDRAWN])
def test_what_has_ended_owes_nothing(scene: Any, state: State) -> None:
    scene.sent.state = state
    assert owed(scene, AFTER) == []
    assert refusal(attach, scene) == "frozen"


def test_a_draft_that_was_never_sent_brings_nothing_after_the_closing(scene: Any) -> None:
    draft = another(scene).sent
    assert queries.attachable(draft, AFTER) == {}
    [outlook] = queries.later_papers(draft, OPENS)
    assert (outlook.last, outlook.asked) == (LAST, False)


def test_who_completes_after_the_closing_has_as_many_days_again(scene: Any) -> None:
    actions.send_back(application=scene.sent, missing="补充", days=3, by=scene.officer, at=AFTER)
    change(scene, "补充后的需求", AFTER)
    scene.sent.correct_by_on = LAST + timedelta(days=10)
    [row] = queries.later_papers(scene.sent, OVER)
    assert (row.last, row.over) == (LAST + timedelta(days=10), False)
    scene.sent.correct_by_on = date(2026, 6, 4)
    assert queries.later_papers(scene.sent, AFTER)[0].last == LAST
    send(scene, "again", AFTER + timedelta(days=2))  # 3 June
    assert owed(scene, OVER) == [("pledge", date(2026, 6, 10), False)]


def test_a_closing_at_midnight_belongs_to_the_day_that_it_ends(scene: Any) -> None:
    scene.round.closes_at = clock.end_of_day(date(2026, 5, 28))
    assert owed(scene, OPENS)[0][1] == date(2026, 6, 4)


def test_only_those_on_the_notice_owe_what_is_due_after_it(scene: Any) -> None:
    due(scene.pledge, Due.NOTICE, 3)
    for state in (State.ELIGIBLE, State.IN_REVIEW, State.PROPOSED, State.NOT_SHORTLISTED):
        scene.sent.state = state
        assert owed(scene, AFTER) == []
        assert [each.last for each in queries.later_papers(scene.sent, AFTER)] == [None]
        assert refusal(attach, scene) == "frozen"
    scene.sent.state, scene.sent.listed_on = State.ON_NOTICE, date(2026, 7, 1)
    assert owed(scene, AFTER) == [("pledge", date(2026, 7, 6), False)]
    attach(scene, at=clock.end_of_day(date(2026, 7, 6)) - timedelta(seconds=1))
    scene.sent.listed_on = None  # no notice was published in this test
    db.session.flush()


def test_what_is_still_due_needs_no_late_admission_and_later_it_comes_by_one(scene: Any) -> None:
    given = {
        "application": scene.sent,
        "kinds": [scene.pledge],
        "reason": "公章在年审（虚构）",
        "by": scene.officer,
    }
    assert refusal(actions.admit_papers, at=AFTER, until=OVER + timedelta(days=9), **given) == "papers_open"
    actions.admit_papers(at=OVER, until=OVER + timedelta(days=3), **given)
    late = attach(scene, at=OVER + timedelta(days=1))
    assert late.late is not None
    [row] = queries.later_papers(scene.sent, OVER)
    assert (row.over, row.late, row.there) == (True, late.late, True)


# --- what a scan proves ---


def test_the_code_says_which_version_was_signed(scene: Any) -> None:
    scan, version = attach(scene), scene.sent.versions[0]
    assert [proof.code for proof in queries.proofs(scene.sent)] == [""]
    enter_code(scene, scan, f" {version.receipt[:6].lower()} {version.receipt[6:]} ")
    save()
    [proof] = queries.proofs(scene.sent)
    assert (scan.code, scan.version, proof.fits) == (version.receipt, version, True)
    assert trail.history(scene.sent)[0].facts["code"] == version.receipt


def test_the_scan_of_another_version_is_taken_and_told_with_both_codes(scene: Any, enter: Any) -> None:
    change(scene, "改过的需求", OPENS)
    first, second = scene.sent.versions[0], send(scene, "again", OPENS)
    assert second.number == 2
    scan = enter_code(scene, attach(scene), first.receipt)
    [proof] = queries.proofs(scene.sent)
    assert (scan.version, proof.fits, proof.version, proof.standing) == (first, False, 1, second.receipt)
    save()
    home = f"/applications/{scene.sent.id}"
    pages = {
        scene.anna: (home, f"{home}/parts/papers"),
        scene.officer: (home, "/rounds/2026/eligibility", "/rounds/2026/papers-owed"),
    }
    with time_machine.travel(AFTER, tick=False):
        for person, addresses in pages.items():
            for address in addresses:
                words = enter(person).get(address, **ENGLISH).page.words
                assert f"carries {first.receipt}, the code of version 1" in words
                assert f"version 2 with the code {second.receipt}" in words


def test_a_scan_and_a_late_paper_leave_the_version_as_it_is(scene: Any) -> None:
    attach(scene, at=OPENS)
    again = send(scene, "again", OPENS)
    assert (again.number, len(scene.sent.versions)) == (1, 1)


def test_the_code_of_nobody_is_refused_and_the_upload_stays(scene: Any, enter: Any) -> None:
    other = another(scene)
    receipt = send(other, "other", OPENS).receipt
    scan = attach(scene)
    save()
    with time_machine.travel(AFTER, tick=False):
        own = enter(scene.anna)
        for wrong in (receipt, "ABCD EFGH 2222", "编码在这里", "2026-001/9/é"):
            address = f"/applications/{scene.sent.id}/files/{scan.id}/code"
            answer = own.post(address, {"code": wrong}, **ENGLISH)
            assert answer.status_code == 422
            assert f"«{wrong}» is no code of this application" in answer.page.words
            assert [one["value"] for one in answer.page.fields if one.get("name") == "code"] == [wrong]
        assert own.post(address, {}, **ENGLISH).status_code == 422
        db.session.expire_all()
        assert (scan.code, scan.removed_at) == ("", None)
        code = scene.sent.versions[0].receipt
        assert own.post(address, {"code": code.lower()}).status_code == 303
        assert (
            "Proves version 1" in own.get(f"/applications/{scene.sent.id}/parts/papers", **ENGLISH).page.words
        )
    db.session.expire_all()
    assert (scan.code, scan.version) == (code, scene.sent.versions[0])


def test_staff_may_type_it_too_and_nobody_else(scene: Any, enter: Any) -> None:
    scan, code = attach(scene), scene.sent.versions[0].receipt
    expert = make.person(Role.EXPERT)
    assert refusal(enter_code, scene, scan, code, by=expert) == "not_your_organization"
    enter_code(scene, scan, code, by=make.person(Role.OPERATOR))
    enter_code(scene, scan, code, by=scene.officer)
    save()
    assert [event.did for event in trail.history(scene.sent)].count("applications.enter_code") == 1
    address = f"/applications/{scene.sent.id}/files/{scan.id}/code"
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    save()
    assert enter(stranger).post(address, {"code": code}).status_code == 404
    staff = enter(scene.officer)
    assert staff.post(address, {"code": "NOSUCHCODE22"}).status_code == 422
    assert staff.post(address, {"code": code}).status_code == 303
    certificate = scene.sent.attachments[0]
    assert refusal(enter_code, scene, certificate, code) == "replaced_already"


def test_what_was_printed_of_the_draft_proves_the_version_sent_unchanged(app: Any, scene: Any) -> None:
    """Where the pledge is due with the application no version exists yet when it is signed."""
    due(scene.pledge, Due.SUBMIT, 0)
    scene = another(scene)
    application: Application = scene.sent
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = queries.document(application, form=queries.sheet(application), contacts=True)
        page = printing.pledge(application, None, shown, "")
    code = codes.of_draft(application.id, application.revision)
    assert page["code"].endswith(code) and page["watermark"] == "" and ("Code", code) in page["facts"]
    [scan] = [each for each in queries.live_files(application) if each.kind is scene.pledge]
    enter_code(scene, scan, code, by=scene.anna)
    assert [proof.fits for proof in queries.proofs(application)] == [True] and scan.version is None
    change(scene, "提交前又改了一句", OPENS)
    assert [proof.fits for proof in queries.proofs(application)] == [False]
    now = codes.of_draft(application.id, application.revision)
    enter_code(scene, scan, now, by=scene.anna)
    version = send(scene, "stamped", OPENS)
    assert (scan.version, queries.proofs(application)[0].fits) == (version, True)


def test_the_officers_list_names_who_owes_what_and_costs_the_same_at_any_length(
    scene: Any, enter: Any, statements: list[str]
) -> None:
    save()
    staff, counts = enter(scene.officer), []
    with time_machine.travel(OVER, tick=False):
        staff = enter(scene.officer)
        for more in (0, 6):
            for place in range(more):
                send(another(scene), f"more-{place}", OPENS)
            save()
            statements.clear()
            words = staff.get("/rounds/2026/papers-owed", **ENGLISH).page.words
            counts.append(len(statements))
            assert words.count("overdue") == more + 1
            assert words.count("Admit late papers") == more + 1
    assert counts[0] == counts[1]
    assert "2026-06-05" in words and scene.sent.number in words


def test_the_applicant_is_told_the_day_everywhere(scene: Any, enter: Any) -> None:
    save()
    home = f"/applications/{scene.sent.id}"
    with time_machine.travel(OPENS, tick=False):
        own = enter(scene.anna)
        for address in (home, f"{home}/parts/papers", f"{home}/receipt"):
            assert "by the end of 2026-06-05" in own.get(address, **ENGLISH).page.words, address
    assert (
        "due within 5 working days after the closing"
        in enter(scene.anna).get("/calls/2026", **ENGLISH).page.words
    )


@pytest.mark.unsound("proofs")
def test_a_scan_that_proves_somebody_elses_version_is_found(scene: Any) -> None:
    scan = enter_code(scene, attach(scene), scene.sent.versions[0].receipt)
    version = send(another(scene), "other", OPENS)
    assert list(invariants.broken_proofs()) == []
    scan.version = version
    db.session.flush()
    assert list(invariants.broken_proofs()) == [
        f"attachment {scan.id}: proves a version of another application"
    ]
    db.session.rollback()


def test_the_draft_page_to_sign_is_its_own_peoples(app: Any, scene: Any) -> None:
    save()
    address = f"/applications/{scene.sent.id}/pledge"
    assert Browser(app).enter(scene.officer).get(address).status_code == 404
