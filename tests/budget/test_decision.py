"""The list of awards: computed under earmarks and limits, decided with reasons, approved by another."""

from datetime import date
from typing import Any

import make
import pytest
from budget import scene
from client import save

from venture.applications.lifecycle import State
from venture.applications.models import Barred
from venture.budget import actions, queries
from venture.budget.allocation import Outcome
from venture.budget.models import DecisionState
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role
from venture.rounds.models import FitRule, RoundState


def g9(**more: Any) -> scene.Cast:
    """Case G9: consultation 200,000 and general 400,000 yuan, pass line 75."""
    of = scene.cast(pass_line=7500, **more)
    for theme in of.round.themes:
        theme.ceiling = 30000000
    scene.project(of, "A1", 0, 8000000, 9120)
    scene.project(of, "A2", 0, 7000000, 8800, effect=1340)
    scene.project(of, "A3", 0, 6000000, 8800, effect=1360)
    scene.project(of, "A4", 0, 5000000, 7499)
    scene.project(of, "B1", 1, 20000000, 9500)
    scene.project(of, "B2", 1, 15000000, 9000)
    scene.project(of, "B3", 1, 10000000, 8600)
    return of


def by_name(of: scene.Cast, rows: Any) -> dict[str, Any]:
    names = {project.id: name for name, project in of.projects.items()}
    return {names[row.application.id]: row for row in rows}


def test_the_computed_list_follows_rank_earmark_and_pass_line(app: Any) -> None:
    of = g9()
    proposal = queries.proposal(of.round)
    rows = by_name(of, proposal.rows)
    assert [rows[name].rank for name in ("A1", "A3", "A2", "A4")] == [1, 2, 3, 4]
    assert list(rows)[:3] == ["A1", "A3", "A2"], "the tie is decided by the criterion, not by time"
    assert rows["A4"].score == 7499 and rows["A4"].outcome is Outcome.BELOW_PASS_LINE
    assert (rows["A2"].outcome, rows["A2"].short) == (Outcome.OVER_EARMARK, 1000000)
    assert {room.theme.code: room.left for room in proposal.rooms} == {
        "consultation": 6000000,
        "general": 5000000,
    }


def test_over_the_earmark_is_refused_with_cap_and_excess_though_the_round_has_room(app: Any) -> None:
    of = g9()
    with pytest.raises(Refused) as refused:
        scene.proposed(of, {"A2": 7000000, "B1": 0, "B2": 0})
    assert [(one.code, one.facts) for one in refused.value.blockers] == [
        (
            "budget.over_earmark",
            {"theme": "城乡社区协商民主", "ceiling": 20000000, "awarded": 21000000, "excess": 1000000},
        )
    ]
    db.session.rollback()
    with pytest.raises(Refused) as refused:
        scene.proposed(of, {"A2": 0, "B3": 10000000}, reason="")
    codes = [one.code for one in refused.value.blockers]
    assert codes == ["budget.reason_missing", "budget.over_earmark"], "450,000 in a theme of 400,000"


def test_the_list_as_computed_is_saved_and_moves_its_projects(app: Any) -> None:
    of = g9()
    decision = scene.proposed(of)
    lines = by_name(of, decision.lines)
    assert {name: line.decided for name, line in lines.items() if line.decided} == {
        "A1": 8000000,
        "A3": 6000000,
        "B1": 20000000,
        "B2": 15000000,
    }
    assert of.projects["A1"].state is State.PROPOSED and of.projects["A2"].state is State.IN_REVIEW
    assert decision.rules["pass_line"] == 7500 and decision.state is DecisionState.PROPOSED


def test_what_is_spoken_for_counts_before_it_is_awarded(app: Any) -> None:
    of = g9()
    scene.proposed(of)
    proposal = queries.proposal(of.round)
    assert {room.theme.code: room.taken for room in proposal.rooms} == {
        "consultation": 14000000,
        "general": 35000000,
    }
    with pytest.raises(Refused) as refused:
        scene.proposed(of, {"A2": 6000001})
    assert refused.value.blockers[0].facts["excess"] == 1


@pytest.mark.parametrize(
    "rule, funded", [(FitRule.STOP, ["1"]), (FitRule.SKIP, ["1", "3", "4"])], ids=["stop", "skip"]
)
def test_skip_or_stop(app: Any, rule: FitRule, funded: list[str]) -> None:
    """V21: 100 to give; 60, 50, 30, 10 asked by rank."""
    of = scene.cast(fit_rule=rule, total=10000, allotted=10000)
    of.round.themes[0].earmark, of.round.themes[1].earmark = 10000, 0
    for name, asked, score in (("1", 6000, 9000), ("2", 5000, 8900), ("3", 3000, 8800), ("4", 1000, 8700)):
        scene.project(of, name, 0, asked, score)
    decision = scene.proposed(of)
    assert [name for name, line in by_name(of, decision.lines).items() if line.decided] == funded
    assert decision.rules["fit_rule"] == rule.value, "the rule is kept with the list"


def test_an_earmark_to_the_fen(app: Any) -> None:
    """G9.6 and V23: 80,453.02 + 68,240.13 + 51,306.85 are 200,000.00; one fen more is refused."""
    of = scene.cast()
    of.round.themes[0].ceiling = 20000001
    for name, asked, score in (("1", 8045302, 9000), ("2", 6824013, 8900), ("3", 5130685, 8800)):
        scene.project(of, name, 0, asked, score)
    assert queries.proposal(of.round).rooms[0].left == 0
    assert sum(line.decided for line in scene.proposed(of).lines) == 20000000
    alone = scene.cast(2019)
    alone.round.themes[0].ceiling = 20000001
    scene.project(alone, "one", 0, 20000001, 9000)
    with pytest.raises(Refused) as refused:
        scene.proposed(alone, {"one": 20000001})
    assert refused.value.blockers[0].facts["excess"] == 1


def test_one_award_per_organization_across_decisions(app: Any) -> None:
    of = scene.cast()
    body = make.organization()
    scene.project(of, "1", 0, 1000000, 9000, organization_=body)
    scene.project(of, "2", 1, 1000000, 8900, organization_=body)
    rows = by_name(of, queries.proposal(of.round).rows)
    assert rows["2"].outcome is Outcome.ORGANIZATION_LIMIT
    scene.proposed(of)
    assert queries.proposal(of.round).rows[0].outcome is Outcome.ORGANIZATION_LIMIT


def test_a_difference_needs_a_reason_and_is_marked_when_it_leaves_the_ranking(app: Any) -> None:
    """V24: rank 4 is funded while rank 3 is not."""
    of = g9()
    with pytest.raises(Refused, match="reason_missing"):
        scene.proposed(of, {"A4": 5000000}, reason="")
    db.session.rollback()
    decision = scene.proposed(of, {"A4": 5000000}, reason="唯一覆盖偏远村的项目(虚构)")
    assert [name for name, line in by_name(of, decision.lines).items() if line.outside] == ["A4"]


def test_passing_over_a_better_one_marks_those_below() -> None:
    rows = [(1, 1, 10, 10), (1, 2, 10, 0), (1, 3, 10, 10), (2, 4, 10, 10), (1, None, 0, 0)]
    assert queries.passed_over(rows) == [False, False, True, False, False]


def test_a_tie_at_the_edge_of_the_money_waits_for_a_draw(app: Any) -> None:
    of = scene.cast()
    for theme in of.round.themes:
        theme.ceiling = 20000000
    scene.project(of, "1", 0, 15000000, 8650)
    scene.project(of, "2", 0, 15000000, 8650)
    with pytest.raises(Refused) as refused:
        scene.proposed(of)
    assert refused.value.blockers[0].code == "budget.draw_needed"


def test_a_finished_round_proposes_nothing_more(app: Any) -> None:
    of = g9()
    of.round.state = RoundState.FINISHED
    assert queries.proposal(of.round).rows == []
    with pytest.raises(Refused, match="nothing_ranked"):
        scene.proposed(of)


def test_a_theme_whose_ranking_waits_stays_out(app: Any) -> None:
    of = scene.cast()
    scene.project(of, "1", 0, 1000000, 9000)
    scene.project(of, "2", 1, 1000000, None)
    proposal = queries.proposal(of.round)
    assert [row.theme.code for row in proposal.rows] == ["consultation"]
    assert [theme.code for theme, _ in proposal.undecided] == ["general"]


def test_approval_by_another_person_with_minutes(app: Any) -> None:
    of = g9()
    of.officer.grants.append(make.Grant(role=Role.APPROVER, given_at=make.NOON))
    decision = scene.proposed(of)
    for by, code in ((of.officer, "budget.own_proposal"), (of.finance, "budget.not_your_role")):
        with pytest.raises(Refused) as refused:
            actions.approve(decision=decision, **scene.MEETING, by=by, at=scene.PROPOSED_AT)
        assert [one.code for one in refused.value.blockers] == [code]
    with pytest.raises(Refused) as refused:
        actions.approve(
            decision=decision,
            held_on=date(2018, 6, 21),
            minutes_no=" ",
            by=of.approver,
            at=scene.PROPOSED_AT,
        )
    assert [one.code for one in refused.value.blockers] == [
        "budget.minutes_missing",
        "budget.meeting_in_future",
    ]
    actions.approve(decision=decision, **scene.MEETING, by=of.approver, at=scene.PROPOSED_AT)
    assert decision.state is DecisionState.APPROVED and decision.approved_by is of.approver
    save()


def test_approval_on_paper_counts_once_another_has_checked_it(app: Any) -> None:
    of = g9()
    decision = scene.proposed(of)
    entry = {**scene.MEETING, "signed_on": date(2018, 6, 20), "at": scene.PROPOSED_AT}
    with pytest.raises(Refused, match="not_your_role"):
        actions.enter_approval(decision=decision, signer=of.officer, by=of.operator, **entry)
    actions.enter_approval(decision=decision, signer=of.approver, by=of.officer, **entry)
    assert decision.state is DecisionState.PROPOSED
    with pytest.raises(Refused, match=r"people\.same_person"):
        actions.check_approval(decision=decision, by=of.officer, at=scene.PROPOSED_AT)
    actions.check_approval(decision=decision, by=of.finance, at=scene.PROPOSED_AT)
    assert decision.state is DecisionState.APPROVED and decision.approved_by is of.approver
    save()


def test_a_decision_is_taken_back_with_a_reason_until_its_notice(app: Any) -> None:
    of = g9()
    decision = scene.approved(of)
    with pytest.raises(Refused, match="reason_needed"):
        actions.withdraw(decision=decision, reason=" ", by=of.officer, at=scene.PROPOSED_AT)
    actions.withdraw(decision=decision, reason="会议要求复核", by=of.officer, at=scene.PROPOSED_AT)
    save()
    assert decision.state is DecisionState.WITHDRAWN and decision.approved_by is of.approver
    assert of.projects["A1"].state is State.IN_REVIEW
    again = scene.noticed(of).decision
    assert again.number == 2
    with pytest.raises(Refused, match="notice_out"):
        actions.withdraw(decision=again, reason="迟了", by=of.officer, at=scene.PUBLISHED_AT)


def test_who_is_tied_to_a_project_decides_no_list_with_it(app: Any) -> None:
    of = g9()
    db.session.add(Barred(application_id=of.projects["A1"].id, person_id=of.approver.id))
    decision = scene.proposed(of)
    with pytest.raises(Refused, match="barred"):
        actions.approve(decision=decision, **scene.MEETING, by=of.approver, at=scene.PROPOSED_AT)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
def test_only_an_officer_proposes(app: Any, role: Role) -> None:
    of = g9()
    by = make.person(role, organization=make.organization(), community=make.community())
    with pytest.raises(Refused) as refused:
        scene.proposed(of, by=by)
    assert refused.value.blockers[0].code == "budget.not_your_role"


def waiting_names(of: scene.Cast) -> list[tuple[str, int | None, str]]:
    names = {project.id: name for name, project in of.projects.items()}
    return [(names[line.application_id], line.waiting, line.outcome) for line in queries.waiting(of.round)]


def test_the_waiting_list_is_kept_with_each_reason_and_called_up_in_its_order(app: Any) -> None:
    of = g9(waiting_list=True)
    scene.project(of, "B4", 1, 5000000, 8000)
    lines = scene.awarded(of)
    assert waiting_names(of) == [("A2", 1, "over_earmark"), ("B3", 1, "over_earmark")]
    names = [name for name, line in by_name(of, queries.proposal(of.round).rows).items()]
    assert names == ["A4"], "who waits is called up, not proposed anew"
    general = of.round.themes[1]
    with pytest.raises(Refused) as refused:
        actions.call_up(
            round=of.round, theme=general, reason="补录(虚构)", by=of.officer, at=scene.AWARDED_AT
        )
    assert [(one.code, one.facts) for one in refused.value.blockers] == [
        ("budget.nobody_called", {"theme": "综合服务", "left": 0})
    ]
    db.session.rollback()
    b2 = next(award for award in lines if award.application_id == of.projects["B2"].id)
    actions.cancel(award=b2, reason="单位放弃(虚构)", by=of.approver, at=scene.AWARDED_AT)
    save()
    for reason, theme, code in (
        ("", general, "reason_needed"),
        ("补录(虚构)", of.round.themes[0], "nobody_called"),
    ):
        with pytest.raises(Refused, match=code):
            actions.call_up(round=of.round, theme=theme, reason=reason, by=of.officer, at=scene.AWARDED_AT)
        db.session.rollback()
    called = actions.call_up(
        round=of.round, theme=general, reason="单位放弃,依次递补(虚构)", by=of.officer, at=scene.AWARDED_AT
    )
    save()
    assert {name: line.decided for name, line in by_name(of, called.lines).items()} == {"B3": 10000000}
    assert (called.number, called.state, called.called_up) == (
        2,
        DecisionState.PROPOSED,
        "单位放弃,依次递补(虚构)",
    )
    assert of.projects["B3"].state is State.PROPOSED
    assert waiting_names(of) == [("A2", 1, "over_earmark")]
    with pytest.raises(Refused, match="own_proposal"):
        made = make.person(Role.OFFICER, Role.APPROVER)
        called.proposed_by = made
        actions.approve(decision=called, **scene.MEETING, by=made, at=scene.AWARDED_AT)
    db.session.rollback()
    actions.withdraw(decision=called, reason="公示前撤回(虚构)", by=of.officer, at=scene.AWARDED_AT)
    save()
    assert [name for name, *_ in waiting_names(of)] == ["A2", "B3"], "taken back, it waits as before"


def test_a_called_up_list_is_in_rank_order_and_passes_over_only_by_the_rule(app: Any) -> None:
    """Three wait for 60,000 yuan that come free; the first asks for more, so by «skip» the second and third go."""
    of = scene.cast(waiting_list=True)
    for theme in of.round.themes:
        theme.ceiling = 30000000
    asked = (("1", 14000000), ("2", 6000000), ("3", 7000000), ("4", 2000000), ("5", 3000000))
    for place, (name, amount) in enumerate(asked):
        scene.project(of, name, 0, amount, 9000 - 100 * place)
    awards = scene.awarded(of)
    assert [name for name, *_ in waiting_names(of)] == ["3", "4", "5"]
    of.round.fit_rule = FitRule.SKIP
    save()
    actions.cancel(award=awards[1], reason="不配合(虚构)", by=of.approver, at=scene.AWARDED_AT)
    save()
    called = actions.call_up(
        round=of.round, theme=of.round.themes[0], reason="递补(虚构)", by=of.officer, at=scene.AWARDED_AT
    )
    save()
    lines = by_name(of, called.lines)
    assert [(name, line.decided, line.waiting) for name, line in lines.items()] == [
        ("3", 0, 1),
        ("4", 2000000, None),
        ("5", 3000000, None),
    ]
    assert lines["3"].outcome == "over_earmark" and not any(line.outside for line in called.lines)
    assert waiting_names(of) == [("3", 1, "over_earmark")]


def test_without_the_setting_nobody_waits(app: Any) -> None:
    of = g9()
    scene.approved(of)
    assert waiting_names(of) == []
    with pytest.raises(Refused, match="nobody_waits"):
        actions.call_up(
            round=of.round,
            theme=of.round.themes[0],
            reason="递补(虚构)",
            by=of.officer,
            at=scene.PROPOSED_AT,
        )


def test_every_setting_of_the_rule_is_frozen_with_the_list_and_what_stays_below_the_earmark(app: Any) -> None:
    of = g9(viable_share=80, field_awards=5, field_share=95, waiting_list=True)
    decision = scene.proposed(of)
    assert {name: decision.rules[name] for name in sorted(decision.rules) if name != "earmarks"} == {
        "aggregation": {"城乡社区协商民主": "trimmed", "综合服务": "trimmed"},
        "awards_each": 1,
        "below": {"城乡社区协商民主": 0, "综合服务": 5000000},
        "field_amount": 57000000,
        "field_awards": 5,
        "field_share": 95,
        "fit_rule": "skip",
        "leftover": "pool",
        "pass_line": 7500,
        "total": 60000000,
        "viable_share": 80,
        "waiting_list": True,
    }
    assert by_name(of, decision.lines)["A2"].decided == 6000000, "60,000 of 70,000 are left, more than 80 %"


def test_a_partial_award_below_the_viable_share_is_refused_whoever_decides_it(app: Any) -> None:
    of = g9(viable_share=80)
    with pytest.raises(Refused) as refused:
        scene.proposed(of, {"A1": 6399999})
    assert [(one.code, one.facts) for one in refused.value.blockers] == [
        (
            "budget.below_viable",
            {"project": "虚构项目A1", "share": 80, "least": 6400000, "amount": 6399999},
        )
    ]
    db.session.rollback()
    assert by_name(of, scene.proposed(of, {"A1": 6400000}).lines)["A1"].decided == 6400000


def test_a_field_has_its_limit_over_all_lists(app: Any) -> None:
    of = scene.cast(field_awards=1)
    old, youth = of.round.fields[:2]
    scene.project(of, "1", 0, 1000000, 9000, field=old)
    scene.project(of, "2", 1, 1000000, 8900, field=old)
    scene.project(of, "3", 1, 1000000, 8800, field=youth)
    rows = by_name(of, queries.proposal(of.round).rows)
    assert [rows[name].outcome for name in "123"] == [Outcome.FUNDED, Outcome.FIELD_LIMIT, Outcome.FUNDED]
    scene.proposed(of)
    assert queries.proposal(of.round).rows[0].outcome is Outcome.FIELD_LIMIT


@pytest.mark.parametrize("waiting", [1, 8])
def test_who_waits_takes_one_statement_however_many(app: Any, statements: Any, waiting: int) -> None:
    of = scene.cast(waiting_list=True)
    scene.project(of, "0", 0, 20000000, 9900)
    for number in range(waiting):
        scene.project(of, f"w{number}", 0, 1000000, 9000 - number * 50)
    of.round.themes[0].ceiling = 20000000
    scene.approved(of)
    db.session.expire_all()
    round = queries.round_of(2018)
    assert round is not None
    statements.clear()
    lines = queries.waiting(round)
    assert [(line.application.organization.name, line.decision.number) for line in lines]
    assert (len(lines), len(statements)) == (waiting, 1)


def test_the_page_calls_up_with_a_reason(app: Any, enter: Any) -> None:
    of = g9(waiting_list=True)
    award = next(each for each in scene.awarded(of) if each.application_id == of.projects["B2"].id)
    actions.cancel(award=award, reason="单位放弃(虚构)", by=of.approver, at=scene.AWARDED_AT)
    save()
    officer, address = enter(of.officer), f"/rounds/2018/themes/{of.round.themes[1].id}/call-up"
    shown = officer.get("/rounds/2018/decision").page
    assert "虚构项目B3" in shown.words
    page = officer.get(address).page
    assert "虚构项目B3" in page.words and "200,000.00" in page.words
    assert officer.post(address, {"reason": ""}).status_code == 422
    assert officer.post(address, {"reason": "依次递补(虚构)"}).status_code == 303
    assert [one.number for one in queries.decisions(of.round)] == [2, 1]
    assert "依次递补(虚构)" in officer.get("/rounds/2018/decision").page.words
    assert enter(of.approver).get(address).status_code == 403
    db.session.add(Barred(application_id=of.projects["A2"].id, person_id=of.officer.id))
    save()
    tied = f"/rounds/2018/themes/{of.round.themes[0].id}/call-up"
    assert officer.get(tied).status_code == 404
