"""Papers that may come after the closing: only those named, only in time, marked; what was sent stays as it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from client import save
from sqlalchemy import select

from venture import invariants, outbox, trail
from venture.applications import actions, queries
from venture.applications.lifecycle import State
from venture.applications.models import Attachment, LatePaper
from venture.db import db
from venture.files import Staged
from venture.refusal import Refused
from venture.roles import Role

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC)  # 17:00:00
AFTER = CLOSES + timedelta(days=1)
UNTIL = CLOSES + timedelta(days=3)
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    """A closed round and one application that was sent in time."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        sent = typed.draft(round, body, by=anna)

    given = {"by": Scene.anna, "key": "sent", "seen": Scene.sent.revision, "at": OPENS}
    actions.submit(application=Scene.sent, **given)
    return Scene


def staged(number: int) -> Staged:
    return Staged(f"{900 + number:064x}", f"补交{number}.pdf", "application/pdf", 1000)


def admit(scene: Any, *places: int, **more: Any) -> Any:
    given = {
        "application": scene.sent,
        "kinds": [scene.round.papers[place] for place in places],
        "until": UNTIL,
        "reason": "年检结论六月才公布（虚构）",
        "by": scene.officer,
        "at": AFTER,
    }
    return actions.admit_papers(**(given | more))


def attach(scene: Any, number: int, place: int = 0, at: datetime = AFTER, **more: Any) -> Attachment:
    given = {"application": scene.sent, "kind": scene.round.papers[place], "staged": staged(number)}
    return actions.attach(**(given | {"by": scene.anna, "at": at} | more))


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return refused.value.blockers[0].code.partition(".")[2]


def test_only_the_papers_named_come_and_only_in_time(scene: Any) -> None:
    assert refusal(attach, scene, 1) == "papers_closed"
    admit(scene, 0)
    version = scene.sent.versions[-1]
    before = (version.sha256, len(scene.sent.versions), scene.sent.state, scene.sent.submitted_at)
    late = attach(scene, 1, at=UNTIL - timedelta(seconds=1))
    assert refusal(attach, scene, 2, at=UNTIL) == "papers_closed"
    assert refusal(attach, scene, 2, place=1) == "papers_closed"
    assert (version.sha256, len(scene.sent.versions), scene.sent.state, scene.sent.submitted_at) == before
    assert late.late is not None and late in queries.sent_files(scene.sent)
    first = queries.sent_files(scene.sent)[0]
    assert first.late_id is None
    assert refusal(attach, scene, 3, replaces=first) == "sent_stays"
    out = {"application": scene.sent, "by": scene.anna, "at": AFTER}
    assert refusal(actions.detach, attachment=first, **out) == "sent_stays"
    actions.detach(attachment=late, **out)
    assert late not in queries.sent_files(scene.sent)


@pytest.mark.parametrize("state", [State.ELIGIBLE, State.IN_REVIEW])
def test_they_come_also_when_the_application_is_in_nobodys_hands(scene: Any, state: State) -> None:
    scene.sent.state = state
    assert refusal(attach, scene, 1) == "frozen"
    admit(scene, 0)
    attach(scene, 1)
    assert scene.sent.state is state


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "  "}, "no_reason_for_time"),
        ({"kinds": []}, "no_kinds"),
        ({"until": AFTER}, "papers_not_later"),
        ({"at": CLOSES - timedelta(seconds=1)}, "papers_open"),
    ],
)
def test_what_is_refused(scene: Any, change: dict[str, Any], code: str) -> None:
    assert refusal(admit, scene, 0, **change) == code
    assert db.session.scalars(select(LatePaper)).all() == []


def test_who_may_not_and_for_what_not(scene: Any) -> None:
    own = make.person(Role.OFFICER, Role.APPLICANT, organization=scene.body)
    assert refusal(admit, scene, 0, by=make.person(Role.OPERATOR)) == "not_your_role"
    assert refusal(admit, scene, 0, by=own) == "own_body_time"
    draft = make.application(scene.round, by=scene.anna)
    assert refusal(admit, scene, 0, application=draft) == "no_late_papers"
    other = make.round_(scene.officer, 2027)
    assert refusal(admit, scene, kinds=other.papers) == "no_kinds"
    admit(scene, 0)
    assert refusal(admit, scene, 0, until=UNTIL) == "papers_not_later"
    admit(scene, 0, until=UNTIL + timedelta(days=1))
    attach(scene, 1, at=UNTIL + timedelta(hours=1))


def test_it_is_told_and_stands_in_the_trail(scene: Any) -> None:
    admit(scene, 0, 1)
    attach(scene, 1)
    save()
    message = db.session.scalars(
        select(outbox.Message).where(outbox.Message.kind == "applications.late_papers")
    ).one()
    assert (message.person_id, message.state) == (scene.anna.id, outbox.Delivery.HELD)
    did = [event.did for event in trail.history(scene.sent)]
    assert did[:2] == ["applications.attach_late", "applications.admit_papers"]


@pytest.mark.unsound("late papers")
def test_a_late_paper_out_of_its_time_is_found(scene: Any) -> None:
    admit(scene, 0)
    late = attach(scene, 1)
    save()
    assert list(invariants.broken_late_papers()) == []
    late.added_at = UNTIL
    db.session.flush()
    assert list(invariants.broken_late_papers()) == [
        f"attachment {late.id}: late otherwise than it was admitted"
    ]
    db.session.rollback()


def test_the_pages_admit_show_and_take_them(scene: Any, enter: Any) -> None:
    save()
    staff, own = enter(scene.officer), enter(scene.anna)
    home, kind = f"/applications/{scene.sent.id}", scene.round.papers[0]
    papers = f"{home}/parts/papers"
    with time_machine.travel(AFTER, tick=False):
        staff, own = enter(scene.officer), enter(scene.anna)
        assert kind.code not in [form["action"].rsplit("/", 1)[-1] for form in own.get(papers).page.forms]
        form = {"kinds": [str(kind.id)], "until": "2026-06-03", "reason": "虚构理由"}
        assert "Admit late papers" in staff.get(home, **ENGLISH).page.words
        staff.get(f"{home}/late-papers")
        assert staff.post(f"{home}/late-papers", form | {"kinds": []}).status_code == 422
        preview = staff.post(f"{home}/late-papers", form, **ENGLISH)
        assert preview.status_code == 200 and "2026-06-03 24:00" in preview.page.words
        assert db.session.scalars(select(LatePaper)).all() == []
        assert staff.post(f"{home}/late-papers", form | {"confirmed": "1"}).status_code == 303
        assert "2026-06-03 24:00" in own.get(home).page.words
        shown = own.get(papers)
        assert [form["action"] for form in shown.page.forms if "/papers/" in form["action"]] == [
            f"{home}/papers/{kind.code}"
        ]
        db.session.expire_all()
        attach(scene, 1)
        save()
        for browser in (staff, own):
            address = home if browser is staff else papers
            assert "late paper, 2026-06-01 17:00:00" in browser.get(address, **ENGLISH).page.words
