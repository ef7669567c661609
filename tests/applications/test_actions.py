"""The verbs: deadline, one press, two people, places, sums, what is kept, withdrawing, entering from paper."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import make
import pytest
import typed
from client import save
from sqlalchemy import func, select

from venture import outbox, trail
from venture.applications import actions, lifecycle, parts, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Slot, Version
from venture.db import db
from venture.files import Staged
from venture.refusal import Changed, Refused
from venture.roles import Role

OPENS = datetime(2026, 5, 1, 1, 0, 0, tzinfo=UTC)  # 09:00:00 in Beijing
CLOSES = datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC)  # 17:00:00

GROUP = {"group_name": "虚构备案小组", "group_filing": "虚构街道 备3号", "group_lead": "虚构组长"}


@pytest.fixture
def scene(app: Any) -> Any:
    """An officer, an open round of 2026, an organization and two of its people."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer, 2026, opens_at=OPENS, closes_at=CLOSES)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")

    return Scene


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {blocker.code for blocker in refused.value.blockers}


def put(application: Application, by: Any, seen: int | None = None, base: Any = None, **fields: Any) -> None:
    part = next(part for part in parts.PARTS if next(iter(fields)) in {field.key for field in part.fields})
    actions.save_part(
        application=application,
        part=part,
        posted=fields,
        seen=application.revision if seen is None else seen,
        base=base,
        by=by,
        at=make.NOON,
    )


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(2026, 5, 1, 0, 59, 59, tzinfo=UTC), "applications.not_open_yet"),
        (datetime(2026, 5, 31, 8, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 5, 31, 9, 0, 0, tzinfo=UTC), "applications.closed"),
        (datetime(2026, 5, 31, 9, 0, 1, tzinfo=UTC), "applications.closed"),
    ],
)
def test_the_moment_decides_and_the_closing_is_late(scene: Any, moment: datetime, code: str | None) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    if code is None:
        version = actions.submit(application=draft, by=scene.anna, key="k", seen=draft.revision, at=moment)
        assert (draft.state, draft.number, version.submitted_at) == (State.SUBMITTED, "2026-001", moment)
        return
    with pytest.raises(Refused) as refused:
        actions.submit(application=draft, by=scene.anna, key="k", seen=draft.revision, at=moment)
    assert codes(refused) == {code}
    assert draft.state is State.DRAFT and queries.sheet(draft)["title"] == "邻里议事会陪伴计划"
    assert db.session.scalar(select(func.count()).select_from(Version)) == 0


def test_one_press_is_one_version(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    given = {"application": draft, "by": scene.anna, "seen": draft.revision, "at": OPENS}
    first = actions.submit(key="one", **given)
    assert actions.submit(key="one", **given) is first
    assert actions.submit(key="another", **given) is first  # back, and sent again unchanged
    save()
    assert db.session.scalar(select(func.count()).select_from(Version)) == 1
    assert db.session.scalar(select(func.count()).select_from(outbox.Message)) == 1
    assert first.sha256 == hashlib.sha256(first.content.encode()).hexdigest()


def test_a_key_serves_one_application(scene: Any) -> None:
    one = typed.draft(scene.round, scene.body, by=scene.anna)
    actions.submit(application=one, by=scene.anna, key="one", seen=one.revision, at=OPENS)
    other = make.organization()
    carl = make.person(Role.APPLICANT, organization=other)
    two = typed.draft(scene.round, other, by=carl)
    with pytest.raises(Refused) as refused:
        actions.submit(application=two, by=carl, key="one", seen=two.revision, at=OPENS)
    assert codes(refused) == {"applications.key_used"}


def test_what_was_sent_stands_until_it_is_sent_anew(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    actions.submit(application=draft, by=scene.anna, key="one", seen=draft.revision, at=OPENS)
    put(draft, scene.anna, title="新的名称")
    assert draft.title == "邻里议事会陪伴计划" and queries.sheet(draft)["title"] == "新的名称"
    with pytest.raises(Refused) as refused:
        actions.submit(application=draft, by=scene.anna, key="late", seen=draft.revision, at=CLOSES)
    assert codes(refused) == {"applications.closed"} and draft.title == "邻里议事会陪伴计划"
    second = actions.submit(application=draft, by=scene.anna, key="two", seen=draft.revision, at=OPENS)
    assert (second.number, draft.title, draft.number) == (2, "新的名称", "2026-001")
    assert [json.loads(each.content)["form"]["title"] for each in draft.versions] == [
        "邻里议事会陪伴计划",
        "新的名称",
    ]
    put(draft, scene.anna, title="改了又改回")
    put(draft, scene.anna, title="新的名称")
    assert draft.answers["_pending"] == {}


def test_numbers_follow_in_order_and_are_never_given_twice(scene: Any) -> None:
    numbers = []
    for place in range(3):
        body = make.organization()
        person = make.person(Role.APPLICANT, organization=body)
        sent = typed.draft(scene.round, body, by=person)
        actions.submit(application=sent, by=person, key=f"k{place}", seen=sent.revision, at=OPENS)
        numbers.append(sent.number)
        if place == 1:
            actions.withdraw(application=sent, by=person, at=OPENS)
    assert numbers == ["2026-001", "2026-002", "2026-003"]


def test_one_place_for_each_organization_freed_by_withdrawing_in_time(scene: Any) -> None:
    one = typed.draft(scene.round, scene.body, by=scene.anna)
    two = typed.draft(scene.round, scene.body, by=scene.bert, **GROUP)
    actions.submit(application=one, by=scene.anna, key="one", seen=one.revision, at=OPENS)
    with pytest.raises(Refused) as refused:
        actions.submit(application=two, by=scene.bert, key="two", seen=two.revision, at=OPENS)
    assert codes(refused) == {"applications.slot_taken"}
    assert refused.value.blockers[0].facts["number"] == "2026-001"
    actions.withdraw(application=one, by=scene.anna, at=OPENS)
    actions.submit(application=two, by=scene.bert, key="two", seen=two.revision, at=OPENS)
    actions.withdraw(application=two, by=scene.bert, at=CLOSES)
    assert two.state is State.WITHDRAWN
    assert [slot.application_id for slot in db.session.scalars(select(Slot))] == [two.id]


def test_two_people_one_form(scene: Any) -> None:
    """G3: A does not put the old budget back; a field both changed is told with both texts; history holds both."""
    draft = typed.draft(scene.round, scene.body, by=scene.anna, asked="50,000.00", title="甲稿")
    save()
    seen = draft.revision
    base = {key: actions.fingerprint(raw) for key, raw in queries.sheet(draft).items()}
    put(draft, scene.bert, seen, base, asked="60000", title="甲稿")
    put(draft, scene.anna, seen, base, asked="50,000.00", title="乙稿" * 400)
    assert (draft.asked, draft.title) == (6000000, "乙稿" * 400)
    with pytest.raises(Changed) as changed:
        put(draft, scene.anna, seen, base, asked="55000", title="甲稿")
    assert changed.value.differences == [("Amount applied for", "55,000.00", "60,000.00")]
    assert changed.value.blockers[0].facts["who"] == "虚构乙"
    assert draft.asked == 6000000
    save()
    said = [event.facts["changes"] for event in trail.history(draft) if event.did == "applications.save"]
    assert ["50,000.00", "60,000.00"] in [each.get("asked") for each in said]
    assert any(each.get("title", ["", ""])[1].startswith("乙稿") for each in said)


def test_sending_a_form_that_was_saved_since_is_told(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    seen = draft.revision
    put(draft, scene.bert, title="另一个名称")
    with pytest.raises(Changed) as changed:
        actions.submit(application=draft, by=scene.anna, key="one", seen=seen, at=OPENS)
    assert changed.value.blockers[0].facts["who"] == "虚构乙"


@pytest.mark.parametrize("nonsense", ["abc", "1,00", "0.001", "-5", "１２三", "9" * 40, "\x00"])
def test_saving_succeeds_whatever_is_typed(scene: Any, nonsense: str) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    row = {"category": nonsense, "content": nonsense, "unit_price": nonsense, "quantity": nonsense}
    put(draft, scene.anna, asked=nonsense, direct=nonsense, starts_on=nonsense, theme=nonsense)
    put(draft, scene.anna, costs_grant=[{}, row], fund_own=nonsense)
    db.session.flush()
    kept = queries.sheet(draft)
    expected = nonsense.replace("\x00", "")
    assert (kept["asked"], draft.asked) == (expected, None)
    assert kept["fund_own"] == expected
    if expected:
        assert draft.answers["_typed"]["asked"] == expected
        assert [row.get("unit_price") for row in kept["costs_grant"]] == ["", expected]
        found = {(each.code, each.field) for each in queries.obstacles(draft, OPENS)}
        assert ("applications.unreadable", "costs_grant-1-unit_price") in found
    put(draft, scene.anna, asked="40000")
    assert draft.asked == 4000000 and "asked" not in draft.answers.get("_typed", {})


def test_more_than_money_can_hold_and_days_the_wrong_way_are_kept_too(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    huge = {"category": "tax", "content": "x", "unit_price": "999999999999", "quantity": "999999999999"}
    put(draft, scene.anna, costs_grant=[huge])
    put(draft, scene.anna, starts_on="2019-05-01")
    db.session.flush()
    found = {each.code for each in queries.obstacles(draft, OPENS)}
    assert {"applications.too_large", "applications.period", "applications.grant_lines"} <= found
    assert queries.sheet(draft)["ends_on"] == "2019-04-30"
    put(draft, scene.anna, starts_on="2018-05-01")
    assert draft.ends_on is not None and "_typed" in draft.answers


def test_amounts_are_price_times_quantity_half_up(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    row = {"category": "tax", "content": "x", "unit_price": "0.05", "quantity": "0.5"}
    put(draft, scene.anna, costs_grant=[row, row | {"unit_price": "33.33", "quantity": "3"}])
    assert [line.amount for line in draft.granted_lines] == [3, 9999]


def test_a_file_is_added_once_and_stays_in_the_version_that_carried_it(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    kind = scene.round.papers[0]
    again = Staged(f"{0:064x}", "again.pdf", "application/pdf", 1000)
    actions.attach(application=draft, kind=kind, staged=again, by=scene.anna, at=OPENS)
    assert len(queries.live_files(draft)) == 2
    actions.submit(application=draft, by=scene.anna, key="one", seen=draft.revision, at=OPENS)
    actions.detach(application=draft, attachment=draft.attachments[0], by=scene.anna, at=OPENS)
    assert len(queries.live_files(draft)) == 1 and len(queries.sent_files(draft)) == 2
    assert "applications.paper" in {each.code for each in queries.obstacles(draft, OPENS)}


def test_only_its_own_people_write_in_it_and_only_while_in_hand(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    for by in (stranger, scene.officer):
        with pytest.raises(Refused):
            put(draft, by, title="x")
        with pytest.raises(Refused):
            actions.submit(application=draft, by=by, key="x", seen=draft.revision, at=OPENS)
        with pytest.raises(Refused):
            actions.withdraw(application=draft, by=by, at=OPENS)
    draft.theme, draft.number, draft.state = scene.round.themes[0], "2026-9", State.ELIGIBLE
    with pytest.raises(Refused) as refused:
        put(draft, scene.anna, title="x")
    assert codes(refused) == {"applications.frozen"}


def test_an_officer_enters_what_was_signed_on_paper(scene: Any) -> None:
    draft = actions.start(
        round=scene.round,
        organization=scene.body,
        theme=None,
        by=scene.officer,
        at=OPENS,
        signed_by=scene.anna,
    )
    typed.fill(draft, by=scene.officer)
    version = actions.submit(
        application=draft,
        by=scene.anna,
        entered_by=scene.officer,
        key="paper",
        seen=draft.revision,
        at=OPENS,
    )
    assert (version.submitted_by, version.entered_by) == (scene.anna, scene.officer)
    with pytest.raises(Refused) as refused:
        actions.start(
            round=scene.round,
            organization=make.organization(),
            theme=None,
            by=scene.officer,
            at=OPENS,
            signed_by=scene.anna,
        )
    assert codes(refused) == {"applications.signer_unknown"}


def test_an_untouched_draft_is_not_doubled_and_the_next_takes_over_the_team(scene: Any) -> None:
    given = {"round": scene.round, "organization": scene.body, "theme": None, "by": scene.anna, "at": OPENS}
    one = actions.start(**given)
    assert actions.start(**given) is one
    typed.fill(one, by=scene.anna)
    two = actions.start(**given)
    assert two is not one and queries.sheet(two)["lead_name"] == "虚构负责人" and two.title == ""


def test_a_step_is_taken_by_the_table_of_moves_only(scene: Any) -> None:
    sent = typed.draft(scene.round, scene.body, by=scene.anna)
    with pytest.raises(lifecycle.NotFrom):
        actions.move(application=sent, name="award", by=scene.officer)
    assert sent.state is State.DRAFT


def test_autosaving_says_so_once_in_ten_minutes(scene: Any) -> None:
    draft = typed.draft(scene.round, scene.body, by=scene.anna)
    for text in ("一", "二", "三"):
        actions.save_part(
            application=draft,
            part=parts.PLAN,
            posted={"summary": text},
            seen=draft.revision,
            base=None,
            by=scene.anna,
            at=make.NOON,
            auto=True,
        )
        save()
    # the trail keeps its own time, which is now; the verbs here were given another
    assert queries.sheet(draft)["summary"] == "三"
    assert sum(event.did == "applications.autosave" for event in trail.history(draft)) == 1
