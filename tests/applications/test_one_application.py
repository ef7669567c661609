"""«One application each» holds across accounts, sponsors and withdrawing and submitting anew."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
import typed
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from venture.applications import actions, parts, queries
from venture.applications.lifecycle import State
from venture.applications.models import Application, Slot
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.roles import Role

OPENS = datetime(2018, 5, 15, 1, 0, 0, tzinfo=UTC)
GROUP = {"group_filing": "虚构街道 备〔2018〕3号", "group_lead": "虚构组长"}


@pytest.fixture
def scene(app: Any) -> Any:
    """An open round with one application each, two organizations, two accounts of each."""

    class Scene:
        officer = make.person(Role.OFFICER)
        round = make.round_(officer)
        bodies = (make.organization(), make.organization())
        people = tuple(
            tuple(make.person(Role.APPLICANT, organization=body) for _ in range(2)) for body in bodies
        )

    return Scene


def draft(scene: Any, place: int, account: int = 0, group: str = "") -> tuple[Application, Person]:
    by = scene.people[place][account]
    started = actions.start(
        round=scene.round, organization=scene.bodies[place], theme=None, by=by, at=make.NOON
    )
    more = {"group_name": group, **GROUP} if group else {}
    return typed.fill(started, by=by, **more), by


def send(application: Application, by: Person, key: str) -> set[str]:
    """Submit; the codes of what stood in the way."""
    try:
        actions.submit(application=application, by=by, key=key, seen=application.revision, at=make.NOON)
    except Refused as refused:
        return {blocker.code.partition(".")[2] for blocker in refused.blockers}
    return set()


def test_another_account_has_no_place_of_its_own(scene: Any) -> None:
    assert send(*draft(scene, 0, 0), "a") == set()
    assert send(*draft(scene, 0, 1), "b") == {"slot_taken"}


def test_sponsoring_a_group_takes_the_sponsors_place(scene: Any) -> None:
    assert send(*draft(scene, 0, group="邻里剧社"), "a") == set()
    assert send(*draft(scene, 0, 1), "b") == {"slot_taken"}


def test_a_group_comes_once_through_whichever_sponsor(scene: Any) -> None:
    first, anna = draft(scene, 0, group="邻里剧社（一队）")
    assert send(first, anna, "a") == set()
    second, bert = draft(scene, 1, group=" 邻里 剧社(一队) ")
    assert send(second, bert, "b") == {"group_taken"}
    part = parts.PARTS[0]
    given = {"application": second, "part": part, "base": None, "by": bert, "at": make.NOON}
    actions.save_part(posted={"group_name": "另一剧社"}, seen=second.revision, **given)
    assert send(second, bert, "c") == set()
    actions.withdraw(application=first, by=anna, at=make.NOON)
    third, _ = draft(scene, 0, group="邻里剧社一队")
    assert send(third, anna, "d") == set(), "withdrawn before the closing, its places are free again"


def test_a_group_renamed_in_a_later_version_gives_its_place_free(scene: Any) -> None:
    first, anna = draft(scene, 0, group="邻里剧社")
    send(first, anna, "a")
    given = {"application": first, "part": parts.PARTS[0], "base": None, "by": anna, "at": make.NOON}
    actions.save_part(posted={"group_name": ""}, seen=first.revision, **given)
    assert send(first, anna, "b") == set()
    assert send(*draft(scene, 1, group="邻里剧社"), "c") == set()


def test_a_group_says_where_it_is_filed_and_who_leads_it(scene: Any) -> None:
    started, by = draft(scene, 0, group="邻里剧社")
    given = {"application": started, "part": parts.PARTS[0], "base": None, "by": by, "at": make.NOON}
    actions.save_part(posted={"group_filing": "", "group_lead": ""}, seen=started.revision, **given)
    found = queries.obstacles(started, make.NOON)
    assert {(each.code, each.field) for each in found} == {
        ("applications.missing", "group_filing"),
        ("applications.missing", "group_lead"),
    }


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_no_body_and_no_group_has_two(scene: Any, seed: int) -> None:
    """Begin, submit, rename, withdraw in any order by anybody: never two that count."""
    chance = random.Random(seed)
    groups = ("", "邻里剧社", "邻里 剧社", "晒场议事会")
    began: list[tuple[Application, Person]] = []
    for step in range(14):
        act = chance.choice(("draft", "submit", "submit", "withdraw"))
        if act == "draft" or not began:
            began.append(draft(scene, chance.randrange(2), chance.randrange(2), chance.choice(groups)))
            continue
        application, by = chance.choice(began)
        if application.state is State.WITHDRAWN:
            continue
        if act == "submit":
            send(application, by, f"{seed}-{step}")
        else:
            actions.withdraw(application=application, by=by, at=make.NOON)
        db.session.flush()
        counted = db.session.scalars(select(Application).where(Application.state == State.SUBMITTED)).all()
        bodies = Counter(each.organization_id for each in counted)
        named = Counter(parts.group_key(each.group_name) for each in counted if each.group_name)
        assert max([0, *bodies.values(), *named.values()]) <= 1


def test_after_the_closing_a_withdrawal_frees_nothing(scene: Any) -> None:
    first, anna = draft(scene, 0, group="邻里剧社")
    send(first, anna, "a")
    actions.withdraw(application=first, by=anna, at=scene.round.closes_at + timedelta(seconds=1))
    slot = db.session.scalars(select(Slot)).one()
    assert (slot.application_id, slot.group_key) == (first.id, "邻里剧社")


def test_the_database_keeps_a_groups_place(scene: Any) -> None:
    first, anna = draft(scene, 0, group="邻里剧社")
    send(first, anna, "a")
    other, _ = draft(scene, 1)
    taken = db.session.scalars(select(Slot)).one()
    row = Slot(
        round_id=scene.round.id,
        organization_id=scene.bodies[1].id,
        number=1,
        application_id=other.id,
        group_key=taken.group_key,
        group_number=1,
    )
    db.session.add(row)
    with pytest.raises(IntegrityError, match=r"uq_slot_group|group_key"):
        db.session.flush()
    db.session.rollback()
