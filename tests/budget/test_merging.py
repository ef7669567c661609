"""Two records of one organization made one: field by field, not while money is on its way, and taken apart again."""

from datetime import date
from typing import Any

import make
import pytest
import typed
from budget import scene as money
from client import save
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from venture.applications import access
from venture.applications import actions as applications
from venture.applications import queries as reading
from venture.applications.lifecycle import State
from venture.applications.models import Slot
from venture.budget import actions
from venture.db import db
from venture.people import queries as people
from venture.people.models import Ban, Grant, Merge, Organization
from venture.refusal import Refused
from venture.review import queries as review
from venture.review.models import Panelist
from venture.roles import Role
from venture.trail import Event

ENGLISH = {"headers": {"Accept-Language": "en"}}
WHY = "登记证书为同一单位，代码录错（虚构）"


@pytest.fixture
def scene(app: Any) -> Any:
    """One organization entered twice, each time with a person of its own."""

    class Scene:
        officer = make.person(Role.OFFICER)
        kept = make.organization(name="海门虚构邻里社工服务中心", rating=None, rated_in=None, address="")
        twin = make.organization(
            name="虚构邻里社工中心",
            address="虚构路9号",
            registered_on=date(2015, 6, 1),
            account_no="62220001",
        )
        anna = make.person(Role.APPLICANT, organization=kept, name="虚构甲")
        bert = make.person(Role.APPLICANT, organization=twin, name="虚构乙")

    return Scene


def merge(scene: Any, *taken: str, **more: Any) -> Merge:
    given = {"kept": scene.kept, "merged": scene.twin, "taken": taken, "reason": WHY, "by": scene.officer}
    return actions.merge_organizations(**(given | {"at": make.NOON} | more))


def apart(scene: Any, row: Merge, **more: Any) -> list[str]:
    given = {"merge": row, "reason": "原来是两家（虚构）", "by": scene.officer, "at": make.NOON}
    return actions.unmerge_organizations(**(given | more))


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return refused.value.blockers[0].code


def profile(body: Organization) -> dict[str, Any]:
    return {column.name: getattr(body, column.name) for column in Organization.__table__.columns}


def test_fields_are_chosen_one_by_one_and_go_back(scene: Any) -> None:
    before, other = profile(scene.kept), profile(scene.twin)
    row = merge(scene, "address", "registered_on", "rating", "rated_in", "postcode")
    assert {"address", "registered_on", "rating", "rated_in"} == set(row.taken)  # the postcode was the same
    assert (scene.kept.address, scene.kept.registered_on) == ("虚构路9号", date(2015, 6, 1))
    assert (scene.kept.name, scene.kept.account_no) == (before["name"], before["account_no"])
    assert profile(scene.twin) == other | {"merged_into_id": scene.kept.id}
    assert apart(scene, row) == []
    assert (profile(scene.kept), profile(scene.twin)) == (before, other)
    save()
    assert [
        event.did for event in db.session.scalars(select(Event).where(Event.did.like("people.%merge")))
    ] == [
        "people.merge",
        "people.unmerge",
    ]


def test_what_was_changed_since_stays(scene: Any) -> None:
    row = merge(scene, "address", "registered_on")
    scene.kept.address = "虚构新址8号"
    assert apart(scene, row) == ["address"]
    assert (scene.kept.address, scene.kept.registered_on) == ("虚构新址8号", date(2014, 3, 1))


def test_whoever_acts_for_one_acts_for_both_until_it_is_undone(scene: Any) -> None:
    both = {scene.kept.id, scene.twin.id}
    row = merge(scene)
    assert scene.anna.organization_ids == scene.bert.organization_ids == both
    assert [body.id for body in people.organizations_of(scene.bert)] == [scene.kept.id]
    assert scene.twin.id not in {body.id for body in people.every_organization()}
    apart(scene, row)
    db.session.expire_all()
    assert (scene.anna.organization_ids, scene.bert.organization_ids) == ({scene.kept.id}, {scene.twin.id})
    assert db.session.scalar(select(func.count()).select_from(Grant).where(Grant.role == Role.APPLICANT)) == 2


def test_what_is_refused(scene: Any) -> None:
    own = make.person(Role.OFFICER, Role.APPLICANT, organization=scene.twin)
    third = make.organization()
    for change, code in (
        ({"by": make.person(Role.APPROVER)}, "budget.not_your_role"),
        ({"by": own}, "people.own_organization"),
        ({"merged": scene.kept}, "people.merge_same"),
        ({"reason": " "}, "people.no_merge_reason"),
    ):
        assert refusal(merge, scene, **change) == code
    row = merge(scene)
    assert refusal(merge, scene) == "people.merged_already"
    assert refusal(merge, scene, kept=third, merged=scene.kept) == "people.merge_others"
    assert refusal(merge, scene, kept=scene.twin, merged=third) == "people.merged_already"
    assert refusal(apart, scene, row, reason="") == "people.no_merge_reason"
    make.organization(credit_code=scene.twin.credit_code)
    assert refusal(apart, scene, row) == "people.code_taken"


def test_it_is_refused_while_money_is_on_its_way(app: Any) -> None:
    of = money.cast()
    money.project(of, "1", 0, 4000000, 9000)
    awards = money.signed(of)
    payee, other = of.projects["1"].organization, make.organization()
    batch = money.requested(of, awards)
    given = {"taken": (), "reason": WHY, "by": of.officer, "at": make.NOON}
    for pair in ({"kept": payee, "merged": other}, {"kept": other, "merged": payee}):
        with pytest.raises(Refused) as refused:
            actions.merge_organizations(**pair, **given)
        blocker = refused.value.blockers[0]
        assert (blocker.code, blocker.facts["projects"]) == (
            "budget.payments_under_way",
            [awards[0].project_no],
        )
    actions.send_back(
        payments=batch.payments,
        reasons={payment.id: "户名待核（虚构）" for payment in batch.payments},
        by=of.finance,
        at=make.NOON,
    )
    row = actions.merge_organizations(kept=payee, merged=other, **given)
    money.requested(of, awards, key="again")
    assert (
        refusal(actions.unmerge_organizations, merge=row, reason="分开", by=of.officer, at=make.NOON)
        == "budget.payments_under_way"
    )


def test_the_limit_and_the_rules_see_both_records(scene: Any) -> None:
    scene.kept.address = "虚构路1号"
    round_ = make.round_(scene.officer)
    round_.rules[0].code = "ban"
    scene.twin.bans.append(Ban(from_on=date(2018, 1, 1), to_on=date(2018, 12, 31), reason="虚构"))
    first = typed.sent(round_, scene.twin, by=scene.bert)
    second = typed.draft(round_, scene.kept, by=scene.anna)
    assert reading.obstacles(second, make.NOON) == []
    row = merge(scene)
    found = {each.code for each in reading.obstacles(second, make.NOON)}
    assert found == {"applications.slot_taken"}
    assert refusal(typed.draft, round_, scene.twin, by=scene.bert) == "applications.merged_record"
    applications.withdraw(application=first, by=scene.bert, at=make.NOON)
    applications.submit(application=second, by=scene.anna, key="b", seen=second.revision, at=make.NOON)
    assert db.session.scalars(select(Slot.application_id)).all() == [second.id]
    db.session.expire_all()
    assert [each.result.value for each in reading.findings_of(second, make.NOON)] == ["fail"]
    apart(scene, row)
    db.session.expire_all()
    assert [each.result.value for each in reading.findings_of(second, make.NOON)] == ["pass"]
    assert reading.one(first.id, scene.anna) is None


def test_who_is_employed_by_the_other_record_judges_neither(scene: Any) -> None:
    officer = make.person(Role.OFFICER, employer_code=scene.twin.credit_code)
    assert not access.is_own(officer, scene.kept)
    merge(scene)
    db.session.expire_all()
    assert access.is_own(officer, scene.kept)


def test_the_database_keeps_one_merge_of_a_record(scene: Any) -> None:
    merge(scene)
    third = make.organization()
    row = Merge(
        kept=third, merged=scene.twin, taken={}, grants=[], reason="x", at=make.NOON, by=scene.officer
    )
    db.session.add(row)
    with pytest.raises(IntegrityError, match=r"uq_merge_merged|merged_id"):
        db.session.flush()
    db.session.rollback()


def test_the_pages_compare_preview_merge_and_take_apart(scene: Any, enter: Any) -> None:
    save()
    browser, home = enter(scene.officer), f"/organizations/{scene.kept.id}"
    assert "Merge with another record" in browser.get(home, **ENGLISH).page.words
    assert browser.get(f"{home}/merge").status_code == 200
    both = browser.get(f"{home}/merge?other={scene.twin.id}").page.words
    assert "虚构路9号" in both and scene.twin.credit_code in both
    form = {"other": scene.twin.id, "take-address": "theirs", "take-name": "mine"}
    assert browser.post(f"{home}/merge", form).status_code == 422
    form["reason"] = WHY
    preview = browser.post(f"{home}/merge", form, **ENGLISH)
    assert preview.status_code == 200 and "虚构路9号" in preview.page.words
    assert db.session.scalars(select(Merge)).all() == []
    assert browser.post(f"{home}/merge", form | {"confirmed": "1"}).status_code == 303
    assert scene.twin.credit_code in browser.get(home).page.words
    other = browser.get(f"/organizations/{scene.twin.id}", **ENGLISH).page.words
    assert "merged into another one" in other
    row = db.session.scalars(select(Merge.id)).one()
    assert browser.get(f"/merges/{row}/undo").status_code == 200
    assert browser.post(f"/merges/{row}/undo", {"reason": ""}).status_code == 422
    assert browser.post(f"/merges/{row}/undo", {"reason": "两家（虚构）"}).status_code == 303
    db.session.expire_all()
    assert scene.twin.merged_into_id is None and scene.kept.address == ""
    assert browser.get("/merges/999/undo").status_code == 404


def test_a_tie_by_the_other_records_code_is_found(scene: Any) -> None:
    round_ = make.round_(scene.officer)
    application = make.application(round_, organization_=scene.kept, by=scene.anna, state=State.ELIGIBLE)
    expert = make.person(Role.EXPERT, employer_code=scene.twin.credit_code)
    db.session.add(Panelist(round=round_, person=expert, number=1, added_at=make.NOON))
    assert review.found_ties(round_, [expert]) == []
    merge(scene)
    save()
    db.session.expire_all()
    assert [found.application.id for found in review.found_ties(round_, [expert])] == [application.id]
