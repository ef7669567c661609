"""The history of a draft: what stood in the form is found again, by whom and when, and can be put back."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import time_machine
import typed
from client import Browser, save
from sqlalchemy.exc import IntegrityError

from venture import trail
from venture.applications import actions, parts, queries
from venture.applications.models import Application, Snapshot
from venture.db import db
from venture.people.models import Person
from venture.refusal import Changed, Refused
from venture.roles import Role

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)  # 12:00 in Beijing
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(
            officer,
            2026,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
        )
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=body, name="虚构乙")
        draft = actions.start(round=round, organization=body, theme=None, by=anna, at=DURING)

    save()
    return Scene


def part_of(key: str) -> Any:
    return next(part for part in parts.PARTS if key in {field.key for field in part.fields})


def put(draft: Application, by: Person, minute: float, **fields: Any) -> None:
    actions.save_part(
        application=draft,
        part=part_of(next(iter(fields))),
        posted=fields,
        seen=draft.revision,
        base=None,
        by=by,
        at=DURING + timedelta(minutes=minute),
        auto=True,
    )


def rows(draft: Application) -> list[tuple[int, str, str]]:
    """(revision, who, the need as it stood), oldest first."""
    kept = reversed(queries.snapshots(draft))
    return [(each.revision, each.saved_by.name, each.form["need"]) for each in kept]


def test_ten_minutes_of_one_person_are_one_row(scene: Any) -> None:
    for minute in (0, 4, 9.9, 10, 12):
        put(scene.draft, scene.anna, minute, need=f"写到第 {minute} 分")
    assert rows(scene.draft) == [(4, "虚构甲", "写到第 9.9 分"), (6, "虚构甲", "写到第 12 分")]


def test_somebody_elses_save_ends_the_row(scene: Any) -> None:
    put(scene.draft, scene.anna, 0, need="甲写的")
    put(scene.draft, scene.bert, 1, need="乙改的")
    put(scene.draft, scene.anna, 2, need="甲又改的")
    assert [row[1:] for row in rows(scene.draft)[-3:]] == [
        ("虚构甲", "甲写的"),
        ("虚构乙", "乙改的"),
        ("虚构甲", "甲又改的"),
    ]


def test_an_emptied_answer_is_found_again(scene: Any) -> None:
    answer = "村里老人多，夜里出门看不见路，去年跌倒三人。" * 5
    put(scene.draft, scene.anna, 0, need=answer)
    put(scene.draft, scene.anna, 0.1, need="")
    put(scene.draft, scene.anna, 0.2, need="重写")
    assert [row[2] for row in rows(scene.draft)[-2:]] == [answer, "重写"]


def test_a_part_is_put_back_and_that_is_kept_too(scene: Any) -> None:
    put(scene.draft, scene.anna, 0, need="起初", summary="概述")
    put(scene.draft, scene.bert, 1, title="标题")
    put(scene.draft, scene.bert, 2, need="后来")
    first = next(each for each in queries.snapshots(scene.draft) if each.saved_by_id == scene.anna.id)
    given = {"application": scene.draft, "snapshot": first, "by": scene.anna}
    at = DURING + timedelta(minutes=3)
    actions.restore_part(part=part_of("need"), seen=scene.draft.revision, at=at, **given)
    save()
    sheet = queries.sheet(scene.draft)
    assert (sheet["need"], sheet["summary"], sheet["title"]) == ("起初", "概述", "标题")
    assert [row[1:] for row in rows(scene.draft)[-2:]] == [("虚构乙", "后来"), ("虚构甲", "起初")]
    event = trail.history(scene.draft)[0]
    assert (event.did, event.facts["again"]) == ("applications.restore", first.revision)
    assert event.facts["changes"] == {"need": ["后来", "起初"]}
    with pytest.raises(Refused) as refused:
        actions.restore_part(part=part_of("need"), seen=scene.draft.revision, at=at, **given)
    assert [each.code for each in refused.value.blockers] == ["applications.nothing_to_restore"]


def test_what_somebody_wrote_meanwhile_is_not_put_back_over(scene: Any) -> None:
    put(scene.draft, scene.anna, 0, need="起初")
    put(scene.draft, scene.bert, 1, need="后来")
    shown = scene.draft.revision
    put(scene.draft, scene.bert, 2, need="再后来")
    first = next(each for each in queries.snapshots(scene.draft) if each.saved_by_id == scene.anna.id)
    with pytest.raises(Changed):
        actions.restore_part(
            application=scene.draft,
            part=part_of("need"),
            snapshot=first,
            seen=shown,
            by=scene.anna,
            at=DURING + timedelta(minutes=3),
        )
    assert queries.sheet(scene.draft)["need"] == "再后来"


def test_the_history_of_what_was_typed_after_sending(scene: Any) -> None:
    sent = typed.sent(make.round_(scene.officer), scene.body, by=scene.anna)
    put(sent, scene.bert, 0, need="送出以后写的")
    assert rows(sent)[-1] == (sent.revision, "虚构乙", "送出以后写的")
    assert rows(sent)[-2][2] == "虚构需求"


@pytest.mark.unsound
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"revision": 1}, "uq_snapshot_application_id_revision|snapshot.revision"),
        ({"revision": 0}, "ck_snapshot_revision"),
        ({"saved_at": DURING - timedelta(seconds=1)}, "ck_snapshot_in_order"),
    ],
)
def test_the_database_keeps_the_promises(scene: Any, wrong: Any, name: str) -> None:
    whole = {
        "revision": 7,
        "content": "{}",
        "begun_at": DURING,
        "saved_at": DURING,
        "saved_by_id": scene.anna.id,
    }
    db.session.add(Snapshot(application_id=scene.draft.id, **whole | {"revision": 1}))
    db.session.flush()
    with pytest.raises(IntegrityError, match=name):
        db.session.add(Snapshot(application_id=scene.draft.id, **whole | wrong))
        db.session.flush()
    db.session.rollback()


@time_machine.travel(DURING + timedelta(minutes=30), tick=False)
def test_the_pages_show_who_and_what_and_put_it_back(app: Any, scene: Any) -> None:
    put(scene.draft, scene.anna, 0, need="共有 120 户参加议事会", lead_phone="13800000009")
    put(scene.draft, scene.bert, 5, need="共有 125 户参加议事会")
    save()
    home, browser = f"/applications/{scene.draft.id}", Browser(app).enter(scene.anna)
    assert f'href="{home}/drafts"' in browser.get(home).text
    listed = browser.get(f"{home}/drafts", **ENGLISH)
    assert re.findall(r"2026-05-20 12:0\d", listed.text) and "虚构乙" in listed.page.words
    revision = next(
        each.revision for each in queries.snapshots(scene.draft) if each.form["need"].startswith("共有 120")
    )
    page = browser.get(f"{home}/drafts/{revision}", **ENGLISH)
    assert "共有 <del>120</del><ins>125</ins> 户参加议事会" in page.text
    version = str(scene.draft.revision)
    done = browser.post(f"{home}/drafts/{revision}/plan", {"version": version})
    assert done.status_code == 303
    db.session.expire_all()
    assert queries.sheet(scene.draft)["need"] == "共有 120 户参加议事会"
    again = browser.post(f"{home}/drafts/{revision}/plan", {"version": version}, **ENGLISH)
    assert again.status_code == 422 and "exactly so already" in again.page.words
    assert browser.get(f"{home}/drafts/999").status_code == 404
    stranger = Browser(app).enter(make.person(Role.APPLICANT, organization=make.organization()))
    save()
    assert {stranger.get(f"{home}/drafts{rest}").status_code for rest in ("", f"/{revision}")} == {404}


@time_machine.travel(DURING + timedelta(minutes=30), tick=False)
def test_of_two_texts_the_person_chooses_each(app: Any, scene: Any) -> None:
    address = f"/applications/{scene.draft.id}/parts/plan"
    browser = Browser(app).enter(scene.anna)
    seen = str(scene.draft.revision)
    put(scene.draft, scene.bert, 5, need="乙的需求", summary="乙的概述", beneficiaries_text="老人")
    save()
    mine = {"need": "甲的需求", "summary": "甲的概述", "version": seen, "base": "{}"}
    clash = browser.post(address, mine, **ENGLISH)
    assert clash.status_code == 409
    assert "虚构乙" in clash.page.words and "2026-05-20 12:05" in clash.text
    choices = {"choose-need": "record", "choose-summary": "mine"}
    assert all(f'name="{name}"' in clash.text for name in choices)
    now = str(scene.draft.revision)
    assert browser.post(address, {**mine, "version": now, **choices}).status_code == 303
    db.session.expire_all()
    sheet = queries.sheet(scene.draft)
    assert (sheet["need"], sheet["summary"], sheet["beneficiaries_text"]) == ("乙的需求", "甲的概述", "老人")


def test_the_history_costs_the_same_at_any_length(app: Any, scene: Any, statements: list[str]) -> None:
    browser, counts = Browser(app).enter(scene.anna), []
    for most in (2, 12):
        for place in range(most):
            put(scene.draft, (scene.anna, scene.bert)[place % 2], place, need=f"第 {place} 稿，共 {most}")
        save()
        statements.clear()
        page = browser.get(f"/applications/{scene.draft.id}/drafts")
        counts.append((page.text.count("<tr>") > most, len(statements)))
        db.session.expire_all()
    assert counts[0][1] == counts[1][1] and all(whole for whole, _count in counts)
