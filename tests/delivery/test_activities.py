"""Activities: recorded with a photo, late ones marked, set right with both values, struck out, never erased."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from client import save
from delivery import scene
from delivery.scene import AT, COUNTS, activity, photo, project, told
from sqlalchemy.exc import IntegrityError

from venture.applications.lifecycle import State
from venture.applications.models import Scope
from venture.db import db
from venture.delivery import access, actions, queries
from venture.delivery.models import PlanState, Shows, Taking, Turnout
from venture.demo import evidence
from venture.people.models import Grant
from venture.refusal import Refused
from venture.roles import Role


def codes(refused: Any) -> set[tuple[str, str]]:
    return {(each.code, each.field) for each in refused.value.blockers}


def test_one_photo_and_five_fields_are_an_activity_and_begin_the_project(app: Any) -> None:
    of = project()
    assert of.application.state is State.CONTRACTED
    made = activity(of)
    save()
    assert (made.number, made.subject, made.late, of.application.state) == (
        1,
        "邻里议事",
        False,
        State.RUNNING,
    )
    assert [(each.taking, each.persons, each.person_times) for each in made.counts] == [
        (Taking.SERVED, 30, 42),
        (Taking.VOLUNTEER, 6, 6),
    ]
    assert [each.file.type for each in made.pictures] == ["image/png"]
    assert activity(of) is made, "the same press"
    assert activity(of, "a2", at=AT + timedelta(hours=1)).number == 2
    assert queries.attendances(of.award) == {
        Taking.SERVED: 84,
        Taking.COMMUNITY: 0,
        Taking.ORGANIZATION: 0,
        Taking.SOCIAL_WORKER: 0,
        Taking.VOLUNTEER: 12,
    }
    save()


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"told": told(subject=" ")}, "delivery.missing", "subject"),
        ({"told": told(held_on=date(2018, 9, 11))}, "delivery.in_future", "held_on"),
        ({"counts": {}}, "delivery.missing", "persons_served"),
        ({"counts": {Taking.SERVED: actions.Came(5, 4)}}, "delivery.fewer_times", "times_served"),
    ],
)
def test_what_an_activity_lacks_is_named(app: Any, more: Any, code: str, field: str) -> None:
    of = project()
    with pytest.raises(Refused) as refused:
        activity(of, **more)
    assert codes(refused) == {(code, field)}


def test_a_photo_is_a_picture_and_there_is_one(app: Any) -> None:
    of = project()
    paper = evidence.paper("签到表", "sign-in", app.settings.uploads)
    with pytest.raises(Refused) as refused:
        activity(of, sent=[actions.Sent(paper, Shows.SIGN_IN)])
    assert codes(refused) == {("delivery.no_photo", "photo")}
    with pytest.raises(Refused) as refused:
        activity(of, sent=[actions.Sent(paper)])
    assert codes(refused) == {("delivery.no_picture", "photo")}


def test_only_its_own_people_record_and_only_while_it_runs(app: Any) -> None:
    of, other = project(), project(of=None, year=2017)
    for person in (other.member, of.officer):
        with pytest.raises(Refused, match="not_yours"):
            activity(of, by=person)
    of.application.state = State.AUDITING
    with pytest.raises(Refused, match="not_recording"):
        activity(of)


def test_later_than_the_rounds_working_days_is_late(app: Any) -> None:
    """Held on Saturday, 8 September 2018: ten working days after it end with 21 September."""
    of = project()
    assert actions.last_day_to_record(of.award, date(2018, 9, 8)) == date(2018, 9, 21)
    in_time = activity(of, at=datetime(2018, 9, 21, 15, 59, tzinfo=AT.tzinfo))
    late = activity(of, "a2", at=datetime(2018, 9, 21, 16, tzinfo=AT.tzinfo))
    assert (in_time.late, late.late) == (False, True)


def test_it_is_set_right_with_both_values_and_the_reason(app: Any) -> None:
    of = project()
    made = activity(of)
    counts = {**COUNTS, Taking.SERVED: actions.Came(31, 42), Taking.COMMUNITY: actions.Came(2, 2)}
    given = {"activity": made, "by": of.member, "at": AT}
    actions.correct(told=told(place="晒场"), counts=counts, reason="抄错", **given)
    save()
    assert (made.place, made.taking(Taking.SERVED).persons, made.taking(Taking.COMMUNITY).person_times) == (
        "晒场",
        31,
        2,
    )
    kept = queries.corrections_of([made])[made.id]
    assert [(each.field, each.old, each.new, each.reason) for each in kept] == [
        ("place", "虚构村文化站", "晒场", "抄错")
    ]
    served = queries.corrections_of([made.taking(Taking.SERVED)])[made.taking(Taking.SERVED).id]
    assert [(each.field, each.old, each.new) for each in served] == [("persons", "30", "31")]
    with pytest.raises(Refused) as refused:
        actions.correct(told=told(place="晒场"), counts=counts, reason="", **given)
    assert {code for code, _field in codes(refused)} == {"delivery.reason_needed", "delivery.nothing_changed"}


def test_a_kind_that_is_emptied_counts_nothing(app: Any) -> None:
    of = project()
    made = activity(of)
    counts = {Taking.SERVED: actions.Came(50, 50)}
    actions.correct(activity=made, told=told(), counts=counts, reason="漏记", by=of.member, at=AT)
    save()
    assert (made.taking(Taking.VOLUNTEER).persons, made.taking(Taking.SERVED).person_times) == (0, 50)


def test_struck_out_it_stays_and_counts_nowhere(app: Any) -> None:
    of = project()
    made = activity(of)
    (row,) = scene.spend(of, scene.line(activity=made))
    given = {"activity": made, "reason": "重复记录", "by": of.member, "at": AT}
    with pytest.raises(Refused, match="has_spending"):
        actions.strike(**given)
    actions.strike_spending(spending=row, reason="重复记录", by=of.member, at=AT)
    actions.strike(**given)
    save()
    assert (
        made.strike_reason,
        list(queries.activities(of.award)),
        list(queries.activities(of.award, struck=False)),
    ) == (
        "重复记录",
        [made],
        [],
    )
    with pytest.raises(Refused, match=r"delivery\.struck"):
        actions.strike(**given)


def test_files_come_and_go_but_one_photo_stays(app: Any) -> None:
    of = project()
    made = activity(of, sent=[photo(1, children=True)])
    given = {"by": of.member, "at": AT}
    second = actions.add_file(activity=made, sent=photo(2), **given)
    assert actions.add_file(activity=made, sent=photo(2), **given) is second
    sheet = actions.add_file(activity=made, sent=photo(3, Shows.SIGN_IN), **given)
    assert (len(made.pictures), made.sign_ins, made.pictures[0].children) == (2, [sheet], True)
    actions.mark_children(file=made.pictures[0], children=False, **given)
    actions.remove_file(file=second, reason="照片糊", **given)
    with pytest.raises(Refused, match="last_photo"):
        actions.remove_file(file=made.pictures[0], reason="换", **given)
    save()
    assert not made.pictures[0].children


def test_sign_in_sheets_are_for_staff_and_its_own_people(app: Any) -> None:
    of, other = project(), project(year=2017)
    auditor = scene.make.person(Role.AUDITOR)
    firm = scene.make.person()
    firm.grants.append(Grant(role=Role.AUDITOR, given_at=AT, bounded=True, until_on=date(2999, 1, 1)))
    db.session.flush()
    reader = scene.make.person(Role.EXPERT)
    scene.make.reader(of.application, reader)
    db.session.add(Scope(grant_id=firm.grants[0].id, application_id=of.application.id))
    db.session.flush()
    assert access.may_see(firm, of.award)
    seen = {
        name: access.may_open_sign_in(person, of.award)
        for name, person in (
            ("member", of.member),
            ("officer", of.officer),
            ("auditor", auditor),
            ("firm", firm),
            ("other", other.member),
            ("reader", reader),
        )
    }
    assert seen == {
        "member": True,
        "officer": True,
        "auditor": True,
        "firm": False,
        "other": False,
        "reader": False,
    }
    save()


@pytest.mark.unsound("heads")
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda made: setattr(made, "strike_reason", "x"), "struck"),
        (lambda made: setattr(made, "subject", ""), "said"),
        (
            lambda made: made.counts.append(Turnout(taking=Taking.COMMUNITY, persons=2, person_times=1)),
            "counts",
        ),
    ],
)
def test_the_database_keeps_each_promise_too(app: Any, change: Any, name: str) -> None:
    made = activity(project())
    change(made)
    with pytest.raises(IntegrityError, match=name):
        db.session.flush()
    db.session.rollback()


# --- monthly plans ---


def planned(**more: Any) -> actions.Planned:
    return actions.Planned(
        **{"subject": "义诊", "on": date(2018, 10, 13), "place": "晒场", "lead": "项目负责人戊", **more}
    )


def test_a_plan_is_sent_sent_back_sent_again_and_approved(app: Any) -> None:
    of = project(monthly_plan=True)
    given = {"award": of.award, "month": date(2018, 10, 1), "by": of.member, "at": AT}
    plan = actions.send_plan(planned=[planned(on=date(2018, 10, 20)), planned()], **given)
    assert [row["on"] for row in plan.rows] == ["2018-10-13", "2018-10-20"]
    with pytest.raises(Refused, match="reason_needed"):
        actions.decide_plan(plan=plan, approve=False, answer="", by=of.officer, at=AT)
    actions.decide_plan(plan=plan, approve=False, answer="写明内容", by=of.officer, at=AT)
    assert actions.send_plan(planned=[planned(content="测血压")], **given) is plan
    assert (plan.state, plan.answer) == (PlanState.SENT, "")
    assert queries.preview(of.round, date(2018, 10, 5), of.officer) == []
    actions.decide_plan(plan=plan, approve=True, answer="", by=of.operator, at=AT)
    save()
    assert queries.preview(of.round, date(2018, 10, 5), of.officer) == [plan]
    with pytest.raises(Refused, match="plan_approved"):
        actions.send_plan(planned=[planned()], **given)
    with pytest.raises(Refused, match="not_your_role"):
        actions.decide_plan(plan=plan, approve=False, answer="x", by=of.member, at=AT)


def test_a_plan_names_what_is_wrong_with_it(app: Any) -> None:
    of = project(monthly_plan=True)
    given = {"award": of.award, "month": date(2018, 10, 1), "by": of.member, "at": AT}
    with pytest.raises(Refused) as refused:
        actions.send_plan(planned=[planned(), planned(on=date(2018, 11, 1), lead="")], **given)
    assert codes(refused) == {("delivery.missing", "lead-1"), ("delivery.other_month", "on-1")}
    with pytest.raises(Refused, match="nothing_planned"):
        actions.send_plan(planned=[], **given)
    with pytest.raises(Refused, match="month_over"):
        actions.send_plan(**{**given, "month": date(2018, 8, 1)}, planned=[planned()])
    of.round.monthly_plan = False
    with pytest.raises(Refused, match="no_plans"):
        actions.send_plan(planned=[planned()], **given)
