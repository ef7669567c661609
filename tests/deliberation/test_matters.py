"""Matters: steps in order, the six facts, corrections that keep both values, declared totals."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from venture.clock import start_of_day
from venture.db import db
from venture.deliberation import access, actions, queries
from venture.deliberation.models import (
    Declared,
    Matter,
    MatterStatus,
    Outcome,
    OutcomeKind,
    StepRecord,
    Use,
    UseKind,
)
from venture.deliberation.steps import Grade, Step
from venture.files import File
from venture.people.models import Community, CommunityKind, Person
from venture.refusal import Refused
from venture.roles import Role
from venture.trail import Correction

DAY = date(2018, 9, 1)
AT = start_of_day(date(2018, 12, 1)) + timedelta(hours=2)


def picture(by: Person, name: str = "现场.jpg") -> File:
    return make._add(
        File(sha256="a" * 64, name=name, type="image/jpeg", size=9, uploaded_by_id=by.id, uploaded_at=AT)
    )


def opened(community: Community, by: Person, **more: Any) -> Matter:
    return actions.open_matter(
        **{"community": community, "title": f"虚构议题{next(make._numbers)}", "by": by, "at": AT, **more}
    )


def walked(matter: Matter, by: Person, *, upto: int = 6, start: date = DAY) -> Matter:
    """Steps 1 to `upto`, a day each, with a picture of every one and different people."""
    for step in list(Step)[:upto]:
        actions.record_step(
            matter=matter,
            step=step,
            from_on=start + timedelta(days=step),
            by_whom=f"虚构{step.name}",
            text="虚构记录",
            photo=picture(by),
            by=by,
            at=AT,
        )
    return matter


def solved(
    matter: Matter,
    by: Person,
    *,
    benefited: int | None = None,
    status: MatterStatus = MatterStatus.RESOLVED,
    uses: int = 1,
) -> Matter:
    """A matter with an outcome and its uses, closed."""
    walked(matter, by)
    outcome = actions.record_outcome(
        matter=matter, text="虚构成果", decided_on=DAY, kind=OutcomeKind.WORKS, binds="全体村民", by=by, at=AT
    )
    for number in range(uses):
        actions.record_use(
            outcome=outcome,
            happened_on=DAY + timedelta(days=1 + number),
            who="虚构施工队",
            kind=UseKind.CARRIED_OUT,
            photo=picture(by),
            by=by,
            at=AT,
        )
    actions.close(
        matter=matter,
        status=status,
        closed_on=date(2018, 11, 1),
        evaluator="虚构评估人",
        benefited=benefited,
        counted_how="按户登记" if benefited is not None else "",
        reason="" if status is not MatterStatus.UNRESOLVED else "未达成一致",
        by=by,
        at=AT,
    )
    return matter


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}$")


@pytest.fixture
def village(app: Any) -> Community:
    return make.community()


@pytest.fixture
def clerk(village: Community) -> Person:
    return make.person(Role.CLERK, community=village)


def test_numbers_run_by_year_and_are_taken_once(village: Community, clerk: Person) -> None:
    first, second = opened(village, clerk), opened(village, clerk)
    assert (first.number, second.number) == ("HM-2018-0001", "HM-2018-0002")
    assert opened(village, clerk, at=AT + timedelta(days=40)).number == "HM-2019-0001"
    with refused("deliberation.already_open"):
        opened(village, clerk, title=first.title)
    with pytest.raises(IntegrityError, match="number"):
        db.session.add(
            Matter(number="HM-2018-0001", community=village, title="x", created_at=AT, created_by_id=clerk.id)
        )
        db.session.flush()
    db.session.rollback()


def test_only_the_own_clerk_and_officers_keep_a_matter(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)
    stranger = make.person(Role.CLERK, community=make.community())
    officer, auditor = make.person(Role.OFFICER), make.person(Role.AUDITOR)
    for person in (stranger, auditor, make.person(Role.EXPERT)):
        with refused("deliberation.not_yours"):
            actions.record_step(matter=matter, step=Step.SURVEY, from_on=DAY, by=person, at=AT)
        with refused("deliberation.not_yours"):
            opened(village, person)
    actions.record_step(matter=matter, step=Step.SURVEY, from_on=DAY, by=officer, at=AT)
    for person in (stranger, officer, auditor, clerk):
        seen = db.session.scalars(access.visible(person)).all()
        assert (matter in seen) is access.may_see(person, matter)
    assert not access.may_see(stranger, matter)


def test_steps_follow_the_days_they_happened(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)

    def step(number: Step, first: date, last: date | None = None) -> StepRecord:
        return actions.record_step(matter=matter, step=number, from_on=first, to_on=last, by=clerk, at=AT)

    step(Step.SURVEY, date(2018, 9, 1), date(2018, 9, 10))
    with refused("deliberation.too_early"):
        step(Step.TOPIC, date(2018, 9, 9))
    with refused("deliberation.backwards"):
        step(Step.TOPIC, date(2018, 9, 12), date(2018, 9, 11))
    with refused("deliberation.later_day"):
        step(Step.TOPIC, date(2018, 12, 2))
    step(Step.TOPIC, date(2018, 9, 10))
    step(Step.EXECUTION, date(2018, 9, 20))  # the vote is typed in later: marked, not blocked
    with refused("deliberation.too_early"):
        step(Step.VOTE, date(2018, 9, 21))
    step(Step.VOTE, date(2018, 9, 20))
    with refused("deliberation.step_recorded"):
        step(Step.VOTE, date(2018, 9, 20))
    assert matter.step == 4


def test_late_entries_are_marked_and_never_blocked(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)
    on_time = actions.record_step(
        matter=matter, step=Step.SURVEY, from_on=date(2018, 11, 24), by=clerk, at=AT
    )
    late = actions.record_step(
        matter=matter, step=Step.TOPIC, from_on=date(2018, 11, 24), by=clerk, at=AT + timedelta(days=1)
    )
    assert queries.standing(matter, on=DAY).late == {late.id}
    assert on_time.id != late.id


def test_six_facts_close_a_matter_and_the_rest_lowers_its_grade(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)

    def close(**more: Any) -> None:
        actions.close(
            matter=matter, status=MatterStatus.RESOLVED, closed_on=date(2018, 11, 1), by=clerk, at=AT, **more
        )

    with pytest.raises(Refused) as nothing:
        close()
    assert [blocker.code for blocker in nothing.value.blockers] == [
        f"deliberation.no_{fact}" for fact in ("days", "decision", "outcome", "executor", "photo")
    ]
    assert [b.code for b in queries.standing(matter, on=DAY).missing] == [
        blocker.code for blocker in nothing.value.blockers
    ]
    assert [int(step) for step in nothing.value.blockers[0].facts["steps"]] == [1, 2, 3, 4, 5, 6]
    walked(matter, clerk)
    with refused("deliberation.no_outcome"):
        close()
    actions.record_outcome(
        matter=matter, text="虚构成果", decided_on=DAY, kind=OutcomeKind.RULE, by=clerk, at=AT
    )
    with refused("deliberation.no_count_method"):
        close(benefited=40)
    with refused("deliberation.too_early"):
        actions.close(matter=matter, status=MatterStatus.RESOLVED, closed_on=DAY, by=clerk, at=AT)
    close(benefited=40, counted_how="按户登记", evaluator="虚构评估人", text="教训三行")
    assert (matter.status, matter.step, matter.benefited) == (MatterStatus.RESOLVED, 7, 40)
    standing = queries.standing(matter, on=DAY)
    assert standing.missing == [] and standing.grade is Grade.B  # step 7 has no paper of its own
    actions.add_photo(row=matter.steps[-1], photo=staged(), by=clerk, at=AT)
    assert queries.standing(matter, on=DAY).grade is Grade.A
    with refused("deliberation.not_open"):
        close()


def staged() -> Any:
    from venture.files import Staged

    return Staged("b" * 64, "结案.jpg", "image/jpeg", 12)


def test_an_unresolved_matter_needs_its_reason_only(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)
    given: dict[str, Any] = {"matter": matter, "closed_on": DAY, "by": clerk, "at": AT}
    with refused("deliberation.no_reason"):
        actions.close(**given, status=MatterStatus.UNRESOLVED)
    with refused("deliberation.no_ending"):
        actions.close(**given, status=MatterStatus.OPEN)
    actions.close(**given, status=MatterStatus.UNRESOLVED, reason="未达成一致")
    other = opened(village, clerk)
    with refused("deliberation.no_reason"):
        actions.reject(matter=other, closed_on=DAY, reason=" ", by=clerk, at=AT)
    actions.reject(matter=other, closed_on=DAY, reason="不符合用地规定", by=clerk, at=AT)
    with refused("deliberation.rejected"):
        actions.record_outcome(matter=other, text="x", decided_on=DAY, kind=OutcomeKind.RULE, by=clerk, at=AT)
    save()
    for broken in ({"closed_on": None}, {"reason": ""}):
        with pytest.raises(IntegrityError):
            db.session.execute(Matter.__table__.update().where(Matter.id == other.id).values(broken))
        db.session.rollback()


def test_uses_follow_the_decision_and_are_not_doubled(village: Community, clerk: Person) -> None:
    matter = opened(village, clerk)
    outcome = actions.record_outcome(
        matter=matter, text="虚构成果", decided_on=DAY, kind=OutcomeKind.WORKS, by=clerk, at=AT
    )
    given: dict[str, Any] = {
        "outcome": outcome,
        "who": "虚构人",
        "kind": UseKind.SUPERVISED,
        "by": clerk,
        "at": AT,
    }
    with refused("deliberation.before_decision"):
        actions.record_use(**given, happened_on=DAY - timedelta(days=1))
    use = actions.record_use(**given, happened_on=DAY)
    with refused("deliberation.use_recorded"):
        actions.record_use(**given, happened_on=DAY)
    actions.strike(row=use, reason="记到了别的议题", by=clerk, at=AT)
    assert queries.uses_of(matter) == []
    actions.record_use(**given, happened_on=DAY)
    actions.strike(row=outcome, reason="并未形成", by=clerk, at=AT)
    assert queries.outcomes_of(matter) == queries.uses_of(matter) == []
    with refused("deliberation.struck"):
        actions.record_use(**given, happened_on=DAY)


def test_corrections_keep_both_values_and_stay_in_order(village: Community, clerk: Person) -> None:
    matter = solved(opened(village, clerk), clerk, benefited=80)
    step = matter.steps[2]
    with refused("deliberation.no_reason"):
        actions.correct(row=step, values={"text": "y"}, reason="", by=clerk, at=AT)
    with refused("deliberation.too_early"):
        actions.correct(row=step, values={"from_on": date(2018, 8, 1)}, reason="看错", by=clerk, at=AT)
    with refused("deliberation.nothing_changed"):
        actions.correct(row=step, values={"text": step.text}, reason="看错", by=clerk, at=AT)
    actions.correct(
        row=matter,
        values={"benefited": 60, "title": matter.title},
        reason="两户重复登记",
        by=clerk,
        at=AT,
    )
    outcome = matter.outcomes[0]
    with refused("deliberation.after_use"):
        actions.correct(row=outcome, values={"decided_on": date(2018, 10, 1)}, reason="x", by=clerk, at=AT)
    with refused("deliberation.reopen_instead"):
        actions.correct(row=matter, values={"closed_on": None}, reason="x", by=clerk, at=AT)
    save()
    kept = queries.corrections(matter)[("matter", matter.id)]
    assert [(one.field, one.old, one.new, one.reason) for one in kept] == [
        ("benefited", "80", "60", "两户重复登记")
    ]
    assert matter.benefited == 60


def test_a_closing_is_undone_with_both_values_kept(village: Community, clerk: Person) -> None:
    matter = solved(opened(village, clerk), clerk)
    actions.reopen(matter=matter, reason="误点结案", by=clerk, at=AT)
    save()
    assert (matter.status, matter.closed_on) == (MatterStatus.OPEN, None)
    kept = {one.field: (one.old, one.new) for one in queries.corrections(matter)[("matter", matter.id)]}
    assert kept == {"status": ("resolved", "open"), "closed_on": ("2018-11-01", "")}


def test_a_solution_is_looked_at_again_after_ninety_days(village: Community, clerk: Person) -> None:
    matter = solved(opened(village, clerk), clerk)
    with refused("deliberation.too_soon"):
        actions.recheck(matter=matter, held=True, on=date(2019, 1, 29), by=clerk, at=AT + timedelta(days=90))
    with refused("deliberation.later_day"):
        actions.recheck(matter=matter, held=True, on=date(2019, 1, 30), by=clerk, at=AT)
    actions.recheck(matter=matter, held=False, on=date(2019, 1, 30), by=clerk, at=AT + timedelta(days=90))
    assert matter.held is False
    with refused("deliberation.rechecked"):
        actions.recheck(matter=matter, held=True, on=date(2019, 2, 1), by=clerk, at=AT + timedelta(days=90))


def test_a_picture_taken_down_leaves_its_trace(village: Community, clerk: Person) -> None:
    matter = walked(opened(village, clerk), clerk, upto=4)
    step = matter.steps[3]
    file = step.photo
    assert file is not None and queries.photo(matter, file.id) is file
    actions.take_down_photo(row=step, reason="拍到未同意的居民", by=clerk, at=AT)
    save()
    db.session.expire_all()
    assert queries.photo(matter, file.id) is None
    kept = db.session.scalars(select(Correction).where(Correction.kind == "step_record")).one()
    assert (kept.field, kept.old, kept.new) == ("photo_id", str(file.id), "")


def test_communities_have_one_code_each(app: Any) -> None:
    officer = make.person(Role.OFFICER)
    given: dict[str, Any] = {
        "name": "虚构村",
        "town": "虚构镇",
        "kind": CommunityKind.RURAL,
        "by": officer,
        "at": AT,
    }
    with refused("deliberation.code"):
        actions.register_community(**given, code="32068410000")
    made = actions.register_community(**given, code="320684100001", residents=1500)
    with refused("deliberation.code_taken"):
        actions.register_community(**given, code="320684100001")
    with refused("deliberation.not_yours"):
        actions.register_community(
            **{**given, "by": make.person(Role.CLERK, community=made)}, code="320684100002"
        )
    actions.change_community(community=made, residents=1480, by=officer, at=AT)
    assert made.residents == 1480


def test_declared_rates_come_from_declared_counts(app: Any) -> None:
    """286, 288 and 282 of 293 are 97.6, 98.3 and 96.2 percent; rates are never typed."""
    officer = make.person(Role.OFFICER)
    given: dict[str, Any] = {
        "unit": "个",
        "as_of": date(2018, 11, 30),
        "source": "公开材料",
        "by": officer,
        "at": AT,
    }
    actions.declare(**given, code="communities", name="社区(村)总数", value=293)
    for code, value in (("centres", 286), ("halls", 288), ("harmonious", 282), ("platforms", 156)):
        actions.declare(**given, code=code, name=code, value=value, base="communities")
    for wrong, why in (
        ({"code": "centres", "value": 1}, "declared"),
        ({"code": "new", "value": 294, "base": "communities"}, "over_base"),
        ({"code": "new", "value": 1, "base": "villages"}, "no_base"),
        ({"code": "new", "value": 1, "source": " "}, "no_source"),
    ):
        with refused(f"deliberation.{why}"):
            actions.declare(**{**given, "name": "x", **wrong})
    rates = {line.row.code: line.rate for line in queries.declared()}
    assert rates == {
        "communities": None,
        "centres": Decimal("97.6"),
        "halls": Decimal("98.3"),
        "harmonious": Decimal("96.2"),
        "platforms": Decimal("53.2"),
    }
    row = db.session.scalars(select(Declared).where(Declared.code == "halls")).one()
    actions.correct_declared(row=row, value=287, source=row.source, reason="核对原文", by=officer, at=AT)
    save()
    line = next(line for line in queries.declared() if line.row.code == "halls")
    assert (line.rate, [(one.old, one.new) for one in line.corrections]) == (
        Decimal("98.0"),
        [("288", "287")],
    )


@pytest.mark.parametrize(("table", "values"), [
    (Matter, {"credited": 27721}),
    (Matter, {"credited": -1}),
    (Matter, {"benefited": -1}),
    (Matter, {"title": ""}),
    (Matter, {"held": True, "rechecked_on": None}),
    (StepRecord, {"step": 8}),
    (StepRecord, {"to_on": date(2000, 1, 1)}),
    (Outcome, {"text": ""}),
    (Use, {"who": ""}),
])  # fmt: skip
def test_the_database_keeps_its_promises(village: Community, clerk: Person, table: Any, values: Any) -> None:
    solved(opened(village, clerk), clerk)
    save()
    with pytest.raises(IntegrityError):
        db.session.execute(table.__table__.update().values(values))
    db.session.rollback()


def test_lists_take_the_same_statements_at_one_and_at_forty(
    village: Community, clerk: Person, statements: Any
) -> None:
    officer = make.person(Role.OFFICER)

    def read() -> int:
        save()
        db.session.expire_all()
        statements.clear()
        page = queries.matters(officer, 1)
        assert [(matter.community.name, matter.step) for matter in page.items]
        queries.communities(officer)
        return len(statements)

    walked(opened(village, clerk), clerk, upto=2)
    few = read()
    for _ in range(40):
        place = make.community()
        walked(opened(place, officer), officer, upto=1)
    assert read() == few
    assert db.session.scalar(select(func.count(Matter.id))) == 41


def test_the_filter_by_step_means_what_a_matter_waits_for(village: Community, clerk: Person) -> None:
    waiting = walked(opened(village, clerk), clerk, upto=3)
    solved(opened(village, clerk), clerk)
    assert queries.matters(clerk, 1, step=4).items == [waiting]
    assert queries.matters(clerk, 1, step=3).items == []
    assert queries.matters(clerk, 1, status=MatterStatus.RESOLVED).total == 1
    assert queries.matters(clerk, 1, words=waiting.number).items == [waiting]
