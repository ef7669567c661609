"""A new application takes over from the organization's record and earlier ones: shown first, by field."""

import re
from datetime import UTC, datetime
from typing import Any

import make
import pytest
import time_machine
import typed
from client import Browser, save

from venture import trail
from venture.applications import actions, parts, queries
from venture.db import db
from venture.people.models import TrackRecord
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import ServiceField

DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        officer = make.person(Role.OFFICER)
        body = make.organization()
        anna = make.person(Role.APPLICANT, organization=body, name="虚构甲")
        other = make.organization()
        stranger = make.person(Role.APPLICANT, organization=other)
        before = make.round_(officer, 2018)
        old = typed.sent(before, body, by=anna)
        round = make.round_(
            officer,
            2026,
            opens_at=datetime(2026, 5, 1, 1, tzinfo=UTC),
            closes_at=datetime(2026, 5, 31, 9, tzinfo=UTC),
            fields=[ServiceField(code="youth", name="青少年")],
        )
        draft = actions.start(round=round, organization=body, theme=None, by=anna, at=DURING)

    save()
    with time_machine.travel(DURING, tick=False):
        yield Scene


def over(scene: Any, *keys: str, **more: Any) -> None:
    given = {"application": scene.draft, "source": scene.old, "by": scene.anna, "at": DURING}
    actions.take_over(**{**given, "keys": keys, "seen": scene.draft.revision, **more})


def test_the_chosen_fields_are_taken_over_and_no_others(scene: Any) -> None:
    over(scene, "need", "costs_grant", "title", "pledge", "field")
    save()
    now, then = queries.sheet(scene.draft), queries.sheet(scene.old)
    assert {key for key in now if now[key] and now[key] == then[key]} >= {"need", "costs_grant", "title"}
    assert (now["goal"], now["pledge"], now["field"]) == ("", "", "")
    event = trail.history(scene.draft)[0]
    assert (event.did, event.facts["source"]) == ("applications.take_over", scene.old.id)
    assert [line.amount for line in scene.draft.costs] == [line.amount for line in scene.old.granted_lines]


def test_what_no_longer_fits_is_named(scene: Any) -> None:
    assert [(each.field.key, each.text, each.why) for each in queries.misfits(scene.draft, scene.old)] == [
        ("field", "老年人", "offered"),
        ("starts_on", "2018-08-01", "over"),
        ("ends_on", "2019-04-30", "over"),
    ]
    fits = queries.fitting(scene.draft, scene.old)
    assert not {"field", "starts_on", "ends_on", "pledge"} & set(fits)
    assert set(fits) | {"field", "starts_on", "ends_on", "pledge"} == {
        key for key, raw in queries.sheet(scene.old).items() if raw
    }


def test_nothing_is_taken_from_another_organization_or_without_a_choice(scene: Any) -> None:
    foreign = typed.sent(make.round_(scene.officer, 2019), scene.other, by=scene.stranger)
    for more, code in (
        ({"source": foreign}, "applications.not_your_organization"),
        ({"by": scene.stranger}, "applications.not_your_organization"),
    ):
        with pytest.raises(Refused) as refused:
            over(scene, "need", **more)
        assert refused.value.blockers[0].code == code
    with pytest.raises(Refused) as refused:
        over(scene, "pledge", "field")
    assert refused.value.blockers[0].code == "applications.nothing_taken"
    assert queries.sheet(scene.draft)["need"] == ""


def test_staff_who_enter_a_paper_do_not_take_over_from_a_draft_they_cannot_see(scene: Any) -> None:
    entered = actions.start(
        round=scene.round,
        organization=scene.body,
        theme=None,
        by=scene.officer,
        at=DURING,
        signed_by=scene.anna,
    )
    given = {"application": entered, "keys": ("won_before",), "by": scene.officer, "at": DURING, "seen": 1}
    with pytest.raises(Refused) as refused:
        actions.take_over(source=scene.draft, **given)
    assert refused.value.blockers[0].code == "applications.not_your_organization"
    actions.take_over(source=scene.old, **{**given, "keys": ("need",)})
    assert queries.sheet(entered)["need"] == "虚构需求"


def test_a_new_draft_knows_what_the_organization_won(scene: Any) -> None:
    scene.other.records += [
        TrackRecord(year=2019, title="议事会", amount=1),
        TrackRecord(year=2018, title="银龄", amount=1),
    ]
    db.session.flush()
    draft = actions.start(
        round=scene.round, organization=scene.other, theme=None, by=scene.stranger, at=DURING
    )
    sheet = queries.sheet(draft)
    assert (sheet["won_before"], sheet["won_which"]) == ("yes", "2018 银龄；2019 议事会")
    assert queries.sheet(scene.draft)["won_before"] == "no"


def test_the_pages_lead_from_the_choice_to_the_fields(app: Any, scene: Any) -> None:
    browser = Browser(app).enter(scene.anna)
    page = browser.get("/applications/new", **ENGLISH)
    assert f'<option value="{scene.old.id}">2018 · 邻里议事会陪伴计划' in page.text
    given = {"round": scene.round.id, "organization": scene.body.id, "theme": "", "earlier": scene.old.id}
    begun = browser.post("/applications/new", given)
    home = f"/applications/{scene.draft.id}"
    assert begun.headers["Location"] == f"{home}/reuse?of={scene.old.id}"
    look = browser.get(begun.headers["Location"], **ENGLISH)
    ticks = {each["value"]: "checked" in each for each in look.page.fields if each.get("name") == "take"}
    assert ticks["need"] and ticks["theme"] and "field" not in ticks and "lead_name" not in ticks
    for said in (
        "Service field: «老年人» is not offered in this round",
        "First day of the project: 2018-08-01 lies before this round opened",
        "The pledge is given anew",
        "Files are attached anew: 登记证书.pdf, 承诺书.pdf",
    ):
        assert said in look.page.words
    version = re.findall(r'name="version" value="(\d+)"', look.text)[0]
    sent = {"version": version, "confirmed": "1", "take": ["need", "theme"]}
    nothing = browser.post(f"{home}/reuse?of={scene.old.id}", {**sent, "take": []}, **ENGLISH)
    assert nothing.status_code == 422 and "No field is ticked" in nothing.page.words
    done = browser.post(f"{home}/reuse?of={scene.old.id}", sent)
    assert done.headers["Location"] == home
    db.session.expire_all()
    sheet = queries.sheet(scene.draft)
    assert (sheet["need"], sheet["theme"], sheet["goal"]) == ("虚构需求", "general", "")
    assert f'href="{home}/reuse?of={scene.old.id}"' in browser.get(f"{home}/reuse").text


def test_what_stands_already_is_not_ticked_and_a_clash_keeps_both(app: Any, scene: Any) -> None:
    over(scene, "need", "goal")
    save()
    put = {"application": scene.draft, "part": parts.PLAN, "base": None, "by": scene.anna, "at": DURING}
    actions.save_part(**put, posted={"need": "新写的"}, seen=scene.draft.revision)
    save()
    browser, address = (
        Browser(app).enter(scene.anna),
        f"/applications/{scene.draft.id}/reuse?of={scene.old.id}",
    )
    look = browser.get(address, **ENGLISH)
    ticks = {each["value"]: "checked" in each for each in look.page.fields if each.get("name") == "take"}
    assert (ticks["need"], "goal" in ticks) == (False, False)
    seen = scene.draft.revision
    actions.save_part(**put, posted={"need": "又改了"}, seen=seen)
    save()
    clash = browser.post(address, {"version": seen, "confirmed": "1", "take": ["need"]}, **ENGLISH)
    assert clash.status_code == 409 and "又改了" in clash.page.words and "虚构需求" in clash.page.words
    assert queries.sheet(typed.reload(scene.draft, scene.anna))["need"] == "又改了"


def test_for_others_there_is_nothing_here(app: Any, scene: Any) -> None:
    foreign = typed.sent(make.round_(scene.officer, 2019), scene.other, by=scene.stranger)
    save()
    anna, stranger = Browser(app).enter(scene.anna), Browser(app).enter(scene.stranger)
    home = f"/applications/{scene.draft.id}/reuse"
    assert stranger.get(home).status_code == 404
    assert stranger.post(home, {"take": "need"}).status_code == 404
    for wrong in (foreign.id, scene.draft.id, 99999, "x"):
        assert anna.get(f"{home}?of={wrong}").status_code == 404
        assert anna.post(f"{home}?of={wrong}", {"take": "need"}).status_code == 404
    given = {"round": scene.round.id, "organization": scene.body.id, "theme": "", "earlier": foreign.id}
    assert anna.post("/applications/new", given).status_code == 422


def test_the_list_costs_the_same_at_any_length(app: Any, scene: Any, statements: list[str]) -> None:
    browser, counts = Browser(app).enter(scene.anna), []
    for year in (2019, 2020, 2021):
        make.application(make.round_(scene.officer, year), by=scene.anna, organization_=scene.body)
        save()
        statements.clear()
        browser.get(f"/applications/{scene.draft.id}/reuse")
        counts.append(len(statements))
    assert len(set(counts)) == 1
