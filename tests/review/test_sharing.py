"""Sharing out: who gets what when loads are shared, what is refused, what stays, and who stands in."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from venture.applications import access as sight
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.refusal import Refused
from venture.review import access, actions, queries
from venture.review.conflicts import Ground
from venture.review.models import Preference, Sharing, Wish
from venture.review.queries import Rule
from venture.roles import Role
from venture.trail import Event

NOW = make.NOON + timedelta(days=20)
MARKS = dict(
    zip(
        [code for code, *_ in make.CRITERIA + make.LAST[False]],
        (1500, 2000, 1200, 1200, 1200, 400, 400),
        strict=True,
    )
)


def codes(refused: Any) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


class Panel:
    """A round of the general theme with a panel and eligible applications, the review not begun."""

    def __init__(self, applications: int, size: int) -> None:
        self.officer = make.person(Role.OFFICER, name="虚构经办")
        self.round = make.round_(self.officer)
        self.theme = self.round.themes[1]
        self.people = [make.person(Role.EXPERT, name=f"虚构专家{place}") for place in range(1, size + 1)]
        self.applications: list[Application] = []
        self.add(applications)
        self.seats = actions.seat(round=self.round, people=self.people, by=self.officer, at=NOW)

    def add(self, count: int) -> None:
        """More eligible applications."""
        for _ in range(count):
            made = make.application(self.round, theme=self.theme, by=self.officer, state=State.ELIGIBLE)
            self.applications.append(made)

    def give(self, expert: int, application: int = 0) -> None:
        """The expert hands in a sheet."""
        actions.hand_in(
            application=self.applications[application],
            filled=actions.Filled(MARKS, dict.fromkeys(MARKS, "虚构依据")),
            seen=0,
            by=self.people[expert],
            at=NOW,
        )

    def readers(self, application: int) -> set[int]:
        chosen = select(Reader.person_id).where(Reader.application_id == self.applications[application].id)
        return set(db.session.scalars(chosen))


def pairs(panel: Panel) -> set[tuple[int, int]]:
    """Who reads what, by place: application and expert."""
    return {
        (place, expert)
        for place in range(len(panel.applications))
        for expert, person in enumerate(panel.people)
        if person.id in panel.readers(place)
    }


def wish(panel: Panel, expert: int, **said: Wish) -> None:
    """The expert's wishes: `a0=Wish.WANTS` is the first application."""
    actions.wish(
        panelist=panel.seats[expert],
        said={panel.applications[int(name[1:])].id: one for name, one in said.items()},
        by=panel.people[expert],
        at=NOW,
    )


def tie(panel: Panel, application: int, expert: int) -> None:
    actions.declare_tie(
        application=panel.applications[application],
        person=panel.people[expert],
        ground=Ground.ADVISER,
        note="曾任顾问",
        by=panel.officer,
        at=NOW,
    )


def share(panel: Panel, **rule: int) -> None:
    actions.begin(round=panel.round, by=panel.officer, at=NOW, rule=Rule(**rule))


def test_wishes_alone_decide_and_sight_follows(app: Any) -> None:
    panel = Panel(applications=3, size=3)
    for expert in range(3):
        wish(panel, expert, **{f"a{expert}": Wish.WANTS, f"a{(expert + 1) % 3}": Wish.CANNOT})
    share(panel, places=2, most=2)
    assert pairs(panel) == {(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0)}
    row = db.session.scalars(select(Sharing)).one()
    assert (row.places, row.most, row.pairs, row.total, row.worst) == (2, 2, 6, 9, 3)
    for place, application in enumerate(panel.applications):
        for expert, person in enumerate(panel.people):
            assert sight.may_see(person, application) is ((place, expert) in pairs(panel))
            assert access.may_score(person, application) is ((place, expert) in pairs(panel))
    counts = [
        db.session.scalar(select(func.count()).select_from(access.assigned(person).subquery()))
        for person in panel.people
    ]
    assert counts == [2, 2, 2] == [seat.assigned for seat in queries.panel(panel.round)]
    save()
    event = db.session.scalars(select(Event).where(Event.did == "review.share")).one()
    assert "seed" in str(event.difference) and panel.applications[0].number in str(event.difference)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tied=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6),
    cannot=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4),
    seed=st.integers(0, 999),
)
def test_a_tie_is_never_assigned_and_what_cannot_be_done_stores_nothing(
    app: Any, tied: set[tuple[int, int]], cannot: set[tuple[int, int]], seed: int
) -> None:
    with db.session.begin_nested() as trial:
        panel = Panel(applications=4, size=4)
        for application, expert in sorted(cannot):
            wish(panel, expert, **{f"a{application}": Wish.CANNOT})
        for application, expert in sorted(tied):
            tie(panel, application, expert)
        try:
            share(panel, places=2, most=3, seed=seed)
        except Refused:
            assert pairs(panel) == set()
            assert {one.state for one in panel.applications} == {State.ELIGIBLE}
        else:
            given_out = pairs(panel)
            assert not given_out & (tied | cannot)
            assert all(sum(place == one for place, _ in given_out) == 2 for one in range(4))
            assert all(sum(expert == one for _, expert in given_out) <= 3 for one in range(4))
        trial.rollback()
    db.session.rollback()


def test_the_reasons_name_what_stands_in_the_way(app: Any) -> None:
    panel = Panel(applications=3, size=2)
    with pytest.raises(Refused) as refused:
        share(panel, places=2, most=2)
    assert codes(refused) == ["review.places_short", "review.theme_short"]
    assert dict(refused.value.blockers[1].facts) == {"theme": panel.theme.name, "needs": 6, "has": 4}
    tie(panel, 0, 0)
    tie(panel, 0, 1)
    with pytest.raises(Refused) as refused:
        share(panel, places=1, most=3)
    assert [dict(one.facts) for one in refused.value.blockers] == [
        {"proposal": panel.applications[0].number, "needs": 1, "has": 0}
    ]
    db.session.add(Barred(application_id=panel.applications[0].id, person_id=panel.officer.id))
    db.session.flush()
    with pytest.raises(Refused) as refused:
        queries.shared(panel.round, Rule(1, 3), panel.officer)
    assert refused.value.blockers[0].facts["proposal"] == ""
    assert db.session.scalars(select(Reader)).all() == []
    db.session.rollback()


def test_sharing_anew_keeps_work_begun_and_takes_in_who_came_later(app: Any) -> None:
    panel = Panel(applications=2, size=4)
    share(panel, places=2, most=2)
    begun = {pair for pair in pairs(panel) if pair[0] == 0}
    for application, expert in begun:
        panel.give(expert, application=application)
    panel.add(2)
    with pytest.raises(Refused) as refused:
        actions.begin(round=panel.round, by=panel.officer, at=NOW)
    assert codes(refused) == ["review.shared_already"]
    share(panel, places=2, most=2, seed=7)
    after = pairs(panel)
    assert begun <= after and len(after) == 8
    share(panel, places=2, most=2, seed=7)
    assert pairs(panel) == after


def test_a_substitute_gets_one_proposal_and_a_seat_alone_gives_nothing(app: Any) -> None:
    panel = Panel(applications=2, size=2)
    share(panel, places=2, most=2)
    more = make.person(Role.EXPERT, name="虚构替补")
    panel.people.append(more)
    panel.seats += actions.seat(round=panel.round, people=[more], by=panel.officer, at=NOW)
    assert not any(expert == 2 for _, expert in pairs(panel))
    panel.give(0)
    tie(panel, 0, 1)
    rows = queries.missing(panel.round, panel.officer)
    assert [
        (
            [one.number for one in row.waiting],
            [one.number for one in row.tied],
            [one.number for one in row.free],
        )
        for row in rows
    ] == [([], [2], [3]), ([1, 2], [], [3])]
    given_to = {"application": panel.applications[0], "by": panel.officer, "at": NOW}
    with pytest.raises(Refused) as refused:
        actions.give(panelist=panel.seats[2], reason=" ", **given_to)
    assert codes(refused) == ["review.no_reason"]
    for expert in (0, 1):
        with pytest.raises(Refused) as refused:
            actions.give(panelist=panel.seats[expert], reason="虚构理由", **given_to)
        assert codes(refused) == ["review.not_free"]
    actions.give(panelist=panel.seats[2], reason="虚构理由", **given_to)
    assert (0, 2) in pairs(panel) and (1, 2) not in pairs(panel)


def test_a_tie_dismissed_gives_back_only_work_begun(app: Any) -> None:
    panel = Panel(applications=2, size=2)
    share(panel, places=2, most=2)
    panel.give(0)
    for application in range(2):
        tie(panel, application, 0)
    for one in queries.ties(panel.round, panel.officer):
        actions.dismiss_tie(tie=one, reason="已查", by=panel.officer, at=NOW)
    assert pairs(panel) == {(0, 0), (0, 1), (1, 1)}


def test_wishes_end_with_the_beginning_and_never_show_a_tie(app: Any, enter: Any) -> None:
    panel = Panel(applications=2, size=2)
    tie(panel, 0, 0)
    save()
    address = f"/rounds/{panel.round.year}/wishes"
    hidden, open_ = panel.applications
    browser = enter(panel.people[0])
    page = browser.get(address)
    assert open_.number in page.page.words and hidden.number not in page.page.words
    sent = {f"wish_{open_.id}": "wants", f"wish_{hidden.id}": "wants"}
    assert browser.post(address, sent).status_code == 303
    assert [(row.application_id, row.wish) for row in db.session.scalars(select(Preference))] == [
        (open_.id, Wish.WANTS)
    ]
    assert browser.post(address, {f"wish_{open_.id}": "perhaps"}).status_code == 422
    assert enter(make.person(Role.EXPERT, name="虚构外人")).get(address).status_code == 404


def test_the_officer_shares_out_through_pages(app: Any, enter: Any) -> None:
    panel = Panel(applications=3, size=3)
    save()
    year = panel.round.year
    numbers = [one.number for one in panel.applications]
    browser = enter(panel.officer)
    address = f"/rounds/{year}/panel/begin"
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"places": "x"}).status_code == 422
    assert browser.post(address, {"places": "4", "most": "1"}).status_code == 422
    assert db.session.scalars(select(Sharing)).all() == []
    rule = {"places": "2", "least": "", "most": "2", "seed": "5"}
    page = browser.post(address, rule)
    assert page.status_code == 200 and all(number in page.page.words for number in numbers)
    assert db.session.scalars(select(Reader)).all() == []
    assert browser.post(address, {**rule, "confirmed": "1"}).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Reader)) == 6
    page = browser.get(f"/rounds/{year}/panel")
    assert page.status_code == 200
    first = db.session.scalars(select(Application.id).order_by(Application.number)).first()
    address = f"/rounds/{year}/panel/substitute/{first}"
    assert browser.get(address).status_code == 200
    free = queries.missing(panel.round, panel.officer)[0].free[0].number
    assert browser.post(address, {"expert": str(free), "reason": ""}).status_code == 422
    assert browser.post(address, {"expert": str(free), "reason": "虚构理由"}).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Reader)) == 7
    assert browser.get(f"/rounds/{year}/panel/substitute/999999").status_code == 404


def test_the_list_of_the_missing_asks_as_often_for_many(app: Any, statements: list[str]) -> None:
    panel = Panel(applications=1, size=3)
    share(panel, places=2, most=12)
    asked = []
    for count in (1, 12):
        panel.add(count - len(panel.applications))
        share(panel, places=2, most=12)
        save()
        round, officer = panel.round, panel.officer
        assert round.id and officer.id
        statements.clear()
        assert len(queries.missing(round, officer)) == count
        asked.append(len(statements))
    assert asked[0] == asked[1]
