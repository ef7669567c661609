"""The verbs of the review: ties, sheets on screen and paper, ways back; what they refuse and leave."""

from datetime import date, timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from venture import trail
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred, Reader
from venture.db import db
from venture.outbox import Delivery, Message
from venture.people.models import Person
from venture.refusal import Changed, Refused
from venture.review import access, actions, queries
from venture.review.actions import Filled
from venture.review.conflicts import Ground
from venture.review.models import Panelist, Sheet, SheetState, Tie
from venture.roles import Role
from venture.rounds.models import Aggregation, Round

NOW = make.NOON + timedelta(days=20)
CODES = [code for code, *_ in make.CRITERIA + make.LAST[False]]
GOOD = dict(zip(CODES, (1500, 2000, 1200, 1200, 1200, 400, 400), strict=True))


def codes(refused: Any) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


class Panel:
    """A round of the general theme with a panel and eligible applications, the review begun or not."""

    def __init__(self, applications: int = 2, size: int = 5, begun: bool = True, **more: Any) -> None:
        self.officer = make.person(Role.OFFICER, name="虚构经办")
        self.approver = make.person(Role.APPROVER, name="虚构负责人")
        self.operator = make.person(Role.OPERATOR, name="虚构承办")
        self.round: Round = make.round_(self.officer, **more)
        self.theme = self.round.themes[1]
        self.people = [make.person(Role.EXPERT, name=f"虚构专家{place}") for place in range(1, size + 1)]
        self.applications: list[Application] = [
            make.application(self.round, theme=self.theme, by=self.officer, state=State.ELIGIBLE)
            for _ in range(applications)
        ]
        self.seats: list[Panelist] = []
        if size:
            self.seats = actions.seat(round=self.round, people=self.people, by=self.officer, at=NOW)
        if begun:
            actions.begin(round=self.round, by=self.officer, at=NOW)
        db.session.flush()

    def give(self, place: int, marks: dict[str, int | None] | None = None, application: int = 0) -> Sheet:
        """The expert at this place hands in a sheet."""
        return actions.hand_in(
            application=self.applications[application],
            filled=Filled(marks or GOOD, {code: "虚构依据" for code in CODES}),
            seen=0,
            by=self.people[place],
            at=NOW,
        )

    def readers(self, application: int = 0) -> set[int]:
        return set(
            db.session.scalars(
                select(Reader.person_id).where(Reader.application_id == self.applications[application].id)
            )
        )


def total(points: int) -> dict[str, int | None]:
    """Marks that add up to so many points, in the theme's proportions."""
    marks = {code: points * most // 100 for code, _, most, _ in make.CRITERIA + make.LAST[False]}
    assert all(mark % 50 == 0 for mark in marks.values()) or points % 10
    return dict(marks)


# --- panel and ties ---


def test_everyone_scores_everything_they_are_not_tied_to(app: Any) -> None:
    panel = Panel(begun=False, size=0)
    ngo = panel.applications[0].organization
    worker = make.person(
        Role.EXPERT, name="虚构甲", employer_code=ngo.credit_code, email="private@example.invalid"
    )
    chair = make.person(Role.EXPERT, name=panel.applications[1].organization.legal_representative)
    free = [make.person(Role.EXPERT, name=name) for name in ("虚构丙", "虚构丁")]
    actions.seat(round=panel.round, people=[worker, chair, *free], by=panel.officer, at=NOW)
    begun = actions.begin(round=panel.round, by=panel.officer, at=NOW)
    assert [each.state for each in begun] == [State.IN_REVIEW, State.IN_REVIEW]
    assert panel.readers(0) == {chair.id, *(each.id for each in free)}
    assert panel.readers(1) == {worker.id, *(each.id for each in free)}
    grounds = {(tie.person_id, tie.ground) for tie in db.session.scalars(select(Tie))}
    assert grounds == {(worker.id, Ground.EMPLOYER), (chair.id, Ground.REPRESENTATIVE)}
    assert not access.may_score(worker, panel.applications[0])


def test_a_tie_that_arises_after_scoring_is_shown_and_takes_the_sheet_out_when_recorded(app: Any) -> None:
    panel = Panel()
    for place in range(5):
        panel.give(place)
    panel.people[0].employer_code = panel.applications[0].organization.credit_code
    db.session.flush()
    found = queries.found_ties(panel.round)
    assert [(one.person, one.ground) for one in found] == [(panel.people[0], Ground.EMPLOYER)]
    assert queries.score_of(panel.applications[0]).counted == 5
    actions.record_found(round=panel.round, by=panel.officer, at=NOW)
    assert queries.found_ties(panel.round) == []
    assert queries.score_of(panel.applications[0]).counted == 4


def test_a_removed_sheet_is_kept_does_not_count_and_both_results_stand_in_the_trail(app: Any) -> None:
    """V7."""
    panel = Panel(applications=1)
    for place, points in enumerate((90, 80, 80, 80, 10)):
        panel.give(place, total(points))
    line = queries.ranking(panel.round)[1].lines[0]
    assert (line.shown, line.counted, line.trimmed) == (8000, 5, True)
    actions.declare_tie(
        application=panel.applications[0],
        person=panel.people[4],
        ground=Ground.ADVISER,
        note="曾任顾问",
        by=panel.officer,
        at=NOW,
    )
    ranking = queries.ranking(panel.round)[1]
    line = ranking.lines[0]
    assert (line.shown, line.counted, line.trimmed, line.absent) == (8250, 4, False, {5: "removed"})
    assert {note.code for note in line.notes} == {"review.not_trimmed", "review.sheet_removed"}
    assert [blocker.code for blocker in ranking.blockers] == [
        "review.theme_not_trimmed"
    ] and not ranking.final
    save()
    sheet = queries.sheets_of(panel.applications[0])[4]
    assert sheet.state is SheetState.REMOVED and sheet.total == 1000
    said = trail.history(sheet)[0].facts
    assert (said["score_before"], said["score_after"], said["sheets_after"]) == ("80.00", "82.50", 4)
    assert not access.may_score(panel.people[4], panel.applications[0])
    with pytest.raises(Refused) as refused:
        panel.give(4)
    assert codes(refused) == ["review.not_yours"]


def test_a_theme_waits_for_a_substitute_or_an_approved_change_of_its_rule(app: Any) -> None:
    panel = Panel(applications=2)
    for application in range(2):
        for place in range(5):
            panel.give(place, application=application)
    tie = {"ground": Ground.COMMUNITY, "note": "同一社区", "by": panel.officer, "at": NOW}
    actions.declare_tie(application=panel.applications[0], person=panel.people[4], **tie)
    assert not queries.ranking(panel.round)[1].final
    substitute = make.person(Role.EXPERT, name="虚构替补")
    panel.people.append(substitute)
    actions.seat(round=panel.round, people=[substitute], by=panel.officer, at=NOW)
    assert substitute.id in panel.readers(0) & panel.readers(1)
    assert [one.code for one in queries.ranking(panel.round)[1].blockers] == ["review.theme_sheets_missing"]
    panel.give(5)
    panel.give(5, application=1)
    ranking = queries.ranking(panel.round)[1]
    assert ranking.final and all(line.trimmed for line in ranking.lines)

    actions.declare_tie(application=panel.applications[0], person=substitute, **tie)
    change = actions.propose_rule(
        theme=panel.theme, aggregation=Aggregation.MEAN, reason="回避后不足五份", by=panel.officer, at=NOW
    )
    assert not queries.ranking(panel.round)[1].final
    with pytest.raises(Refused) as refused:
        actions.approve_rule(change=change, by=panel.officer, at=NOW)
    assert codes(refused) == ["review.own_proposal"]
    actions.approve_rule(change=change, by=panel.approver, at=NOW)
    ranking = queries.ranking(panel.round)[1]
    assert ranking.final and not any(line.trimmed for line in ranking.lines)


def test_the_database_keeps_proposer_and_approver_apart(app: Any) -> None:
    panel = Panel(applications=1)
    change = actions.propose_rule(
        theme=panel.theme, aggregation=Aggregation.MEAN, reason="理由", by=panel.officer, at=NOW
    )
    change.approved_at, change.approved_by = NOW, panel.officer
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.flush()
    db.session.rollback()


def test_a_dismissed_tie_gives_the_application_back_and_the_sheet_as_a_draft(app: Any) -> None:
    panel = Panel(applications=1)
    panel.give(0)
    tie = actions.declare_tie(
        application=panel.applications[0],
        person=panel.people[0],
        ground=Ground.TEAM,
        note="同名",
        by=panel.officer,
        at=NOW,
    )
    assert panel.people[0].id not in panel.readers()
    with pytest.raises(Refused) as refused:
        actions.dismiss_tie(tie=tie, reason="不是同一人", by=panel.people[0], at=NOW)
    assert codes(refused) == ["review.own_tie"]
    with pytest.raises(Refused) as refused:
        actions.dismiss_tie(tie=tie, reason=" ", by=panel.officer, at=NOW)
    assert codes(refused) == ["review.no_reason"]
    actions.dismiss_tie(tie=tie, reason="同名不同人", by=panel.officer, at=NOW)
    assert panel.people[0].id in panel.readers()
    assert db.session.scalars(select(Barred)).all() == []
    assert queries.sheets_of(panel.applications[0])[0].state is SheetState.DRAFT
    assert queries.found_ties(panel.round) == []


def test_an_own_declaration_hides_the_draft_and_reports_the_shortage(app: Any) -> None:
    panel = Panel(applications=1, size=3)
    actions.save(
        application=panel.applications[0],
        filled=Filled({"need": 1500}),
        seen=0,
        by=panel.people[2],
        at=NOW,
    )
    actions.declare_tie(
        application=panel.applications[0],
        person=panel.people[2],
        ground=Ground.DECLARED,
        note="亲属在该机构",
        by=panel.people[2],
        at=NOW,
    )
    assert [each.tied for each in queries.coverage(panel.round, State.IN_REVIEW)] == [[3]]
    assert queries.ranking(panel.round)[1].lines[0].expected == 2


def test_an_expert_leaves_the_panel_only_before_any_sheet(app: Any) -> None:
    panel = Panel(applications=1)
    panel.give(0)
    with pytest.raises(Refused) as refused:
        actions.unseat(panelist=panel.seats[0], reason="虚构理由", by=panel.officer, at=NOW)
    assert codes(refused) == ["review.has_sheets"]
    actions.unseat(panelist=panel.seats[1], reason="虚构理由", by=panel.officer, at=NOW)
    assert panel.people[1].id not in panel.readers()
    assert [each.panelist.number for each in queries.panel(panel.round)] == [1, 3, 4, 5]


def test_a_review_needs_a_panel_and_eligible_applications(app: Any) -> None:
    panel = Panel(begun=False, size=0)
    with pytest.raises(Refused) as refused:
        actions.begin(round=panel.round, by=panel.officer, at=NOW)
    assert codes(refused) == ["review.no_panel"]
    panel = Panel(year=2019)
    with pytest.raises(Refused) as refused:
        actions.begin(round=panel.round, by=panel.officer, at=NOW)
    assert codes(refused) == ["review.nothing_eligible"]


# --- an expert's sheet ---


def test_a_draft_keeps_whatever_is_there_and_a_blank_is_not_zero(app: Any) -> None:
    panel = Panel(applications=1)
    application, expert = panel.applications[0], panel.people[0]
    filled = Filled({"need": 0, "design": 9900}, {"team": "先写的话"}, "评语")
    sheet = actions.save(application=application, filled=filled, seen=0, by=expert, at=NOW)
    assert queries.marks_of(sheet) == {"need": 0, "design": 9900}
    assert queries.notes_of(sheet) == {"team": "先写的话"}
    assert (sheet.total, sheet.state, sheet.revision) == (None, SheetState.DRAFT, 1)
    filled = Filled({"team": 1200}, {"team": "先写的话"})
    sheet = actions.save(application=application, filled=filled, seen=1, by=expert, at=NOW)
    assert queries.marks_of(sheet) == {"team": 1200} and sheet.loose_notes == {}
    assert queries.notes_of(sheet) == {"team": "先写的话"}


def test_handing_in_names_everything_that_is_missing_or_out_of_place(app: Any) -> None:
    panel = Panel(applications=1)
    marks = {**GOOD, "need": None, "design": 2550, "effect": 1225, "team": 500, "novelty": 500}
    with pytest.raises(Refused) as refused:
        actions.hand_in(
            application=panel.applications[0], filled=Filled(marks), seen=0, by=panel.people[0], at=NOW
        )
    found = {(one.code, one.field) for one in refused.value.blockers}
    assert found == {
        ("review.no_mark", "mark_need"),
        ("review.mark_range", "mark_design"),
        ("review.mark_step", "mark_effect"),
        ("review.no_sentence", "note_team"),
        ("review.no_sentence", "note_novelty"),
    }


@pytest.mark.parametrize(("mark", "needs"), [(750, True), (800, False), (1900, False), (1950, True)])
def test_the_band_that_needs_a_sentence(app: Any, mark: int, needs: bool) -> None:
    panel = Panel(applications=1, size=1)
    filled = Filled({**GOOD, "need": mark})
    found = [one.field for one in actions.sheet_blockers(panel.theme.sheet(), filled)]
    assert found == (["note_need"] if needs else [])


def test_a_second_press_is_the_same_hand_in_and_a_stale_one_is_refused(app: Any) -> None:
    panel = Panel(applications=1)
    sheet = panel.give(0)
    assert panel.give(0) is sheet and sheet.revision == 1
    with pytest.raises(Refused) as refused:
        panel.give(0, {**GOOD, "need": 1600})
    assert codes(refused) == ["review.handed_in"]
    save()
    assert [event.did for event in trail.history(sheet)] == ["review.hand_in", "review.save"]


def test_two_tabs_do_not_overwrite_each_other(app: Any) -> None:
    panel = Panel(applications=1)
    given = {"application": panel.applications[0], "by": panel.people[0], "at": NOW}
    actions.save(filled=Filled({"need": 1500}), seen=0, **given)
    actions.save(filled=Filled({"need": 1600}), seen=1, **given)
    with pytest.raises(Changed) as refused:
        actions.save(filled=Filled({"need": 1700}), seen=1, **given)
    assert refused.value.differences == [("需求真实性与针对性", "17.00", "16.00")]


def test_a_form_overtaken_by_its_own_autosave_is_no_clash(app: Any) -> None:
    panel = Panel(applications=1)
    given = {"application": panel.applications[0], "by": panel.people[0], "at": NOW}
    base = Filled({})
    actions.save(filled=Filled({"need": 1500}), seen=0, **given)
    sheet = actions.save(filled=Filled({"need": 1500, "design": 2000}), seen=0, base=base, **given)
    assert queries.marks_of(sheet) == {"need": 1500, "design": 2000}
    with pytest.raises(Changed) as refused:
        actions.save(filled=Filled({"need": 1700, "team": 900}), seen=0, base=base, **given)
    assert [name for name, *_ in refused.value.differences] == ["需求真实性与针对性", "方案可行性"]


def test_saves_within_ten_minutes_are_one_event(app: Any) -> None:
    panel = Panel(applications=1)
    for revision, (minute, mark) in enumerate(((0, 1000), (5, 1100), (9, 1200), (20, 1300))):
        sheet = actions.save(
            application=panel.applications[0],
            filled=Filled({"need": mark}),
            seen=revision,
            by=panel.people[0],
            at=NOW + timedelta(minutes=minute),
        )
    save()
    assert len(trail.history(sheet)) == 2


def test_nothing_is_scored_before_or_after_the_review(app: Any) -> None:
    panel = Panel(applications=1)
    panel.applications[0].state = State.PROPOSED
    db.session.flush()
    with pytest.raises(Refused) as refused:
        panel.give(0)
    assert codes(refused) == ["review.not_in_review"]


# --- paper ---


def keyed(panel: Panel, by: Person, **changes: Any) -> list[Sheet]:
    rows = {panel.applications[0].id: Filled(GOOD), panel.applications[1].id: Filled({})}
    given = {"panelist": panel.seats[0], "rows": rows, "signed_on": date(2018, 6, 1), "scan": None}
    return actions.key_in(**{**given, "by": by, "at": NOW, **changes})


def test_paper_sheets_are_keyed_by_one_and_checked_by_another(app: Any) -> None:
    panel = Panel()
    sheet = keyed(panel, panel.operator)[0]
    assert (sheet.state, sheet.total) == (SheetState.KEYED, 7900)
    assert queries.score_of(panel.applications[0]).counted == 0
    with pytest.raises(Refused) as refused:
        actions.check(sheets={sheet: sheet.revision}, by=panel.operator, at=NOW)
    assert codes(refused) == ["review.own_entry"]
    with pytest.raises(Refused) as refused:
        actions.check(sheets={sheet: sheet.revision - 1}, by=panel.officer, at=NOW)
    assert codes(refused) == ["review.keyed_anew"]
    actions.check(sheets={sheet: sheet.revision}, by=panel.officer, at=NOW)
    assert sheet.state is SheetState.HANDED_IN and queries.score_of(panel.applications[0]).counted == 1
    assert sheet.paper is not None
    assert (sheet.paper.signer, sheet.paper.checked_by) == (panel.people[0], panel.officer)
    sheet.paper.checked_by = panel.operator
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.flush()
    db.session.rollback()


def test_one_wrong_cell_refuses_the_whole_grid_and_is_named(app: Any) -> None:
    panel = Panel()
    first, second = panel.applications
    rows = {first.id: Filled(GOOD), second.id: Filled({**GOOD, "design": 2600, "team": None, "budget": 500})}
    with pytest.raises(Refused) as refused:
        keyed(panel, panel.operator, rows=rows)
    found = [(one.code, one.field, one.facts.get("criterion")) for one in refused.value.blockers]
    assert found == [
        ("review.row_range", f"m-{second.id}-design", "方案可行性"),
        ("review.row_no_mark", f"m-{second.id}-team", "团队与机构能力"),
        ("review.row_no_sentence", f"c-{second.id}", "预算合理性"),
    ]
    assert {one.facts["row"] for one in refused.value.blockers} == {f"{second.number} {second.title}"}
    db.session.rollback()
    assert db.session.scalars(select(Sheet)).all() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rows": {}}, "review.nothing_keyed"),
        ({"rows": {999: Filled(GOOD)}}, "review.row_closed"),
        ({"signed_on": date(2030, 1, 1)}, "review.signed_later"),
    ],
)
def test_what_keying_in_refuses(app: Any, changes: dict[str, Any], code: str) -> None:
    panel = Panel()
    with pytest.raises(Refused) as refused:
        keyed(panel, panel.operator, **changes)
    assert codes(refused) == [code]


def test_a_checked_sheet_can_not_be_keyed_over(app: Any) -> None:
    panel = Panel()
    sheet = keyed(panel, panel.operator)[0]
    again = {panel.applications[0].id: Filled({**GOOD, "need": 1600})}
    assert keyed(panel, panel.officer, rows=again) == [sheet] and sheet.total == 8000
    actions.check(sheets={sheet: sheet.revision}, by=panel.operator, at=NOW)
    with pytest.raises(Refused) as refused:
        keyed(panel, panel.operator)
    assert codes(refused) == ["review.row_closed"]


# --- ways back ---


def test_a_reopened_sheet_does_not_count_and_both_scores_are_kept(app: Any) -> None:
    panel = Panel(applications=1)
    sheet = panel.give(0, total(80))
    panel.give(1, total(90))
    actions.reopen(sheet=sheet, reason="专家漏看附件", by=panel.approver, at=NOW)
    assert queries.score_of(panel.applications[0]).counted == 1
    told = db.session.scalars(select(Message).where(Message.kind == "review.reopened")).one()
    assert (told.person_id, told.state) == (panel.people[0].id, Delivery.HELD)
    actions.hand_in(
        application=panel.applications[0],
        filled=Filled(total(70)),
        seen=sheet.revision,
        by=panel.people[0],
        at=NOW,
    )
    save()
    db.session.refresh(told)
    assert told.state is Delivery.WITHDRAWN
    reopened = next(one.facts for one in trail.history(sheet) if one.did == "review.reopen")
    assert (reopened["total"], reopened["score_before"], reopened["score_after"]) == (8000, "85.00", "90.00")
    assert trail.history(sheet)[0].facts == {"score": "80.00", "total": 7000}


def test_a_keyed_mark_is_corrected_by_somebody_else_and_both_values_are_kept(app: Any) -> None:
    panel = Panel()
    sheet = keyed(panel, panel.operator)[0]
    actions.check(sheets={sheet: sheet.revision}, by=panel.officer, at=NOW)
    right = {**GOOD, "need": 1700}
    with pytest.raises(Refused) as refused:
        actions.correct(sheet=sheet, marks=right, reason="录错", by=panel.operator, at=NOW)
    assert codes(refused) == ["review.own_entry"]
    with pytest.raises(Refused) as refused:
        actions.correct(sheet=sheet, marks={**GOOD, "need": 2100}, reason="录错", by=panel.officer, at=NOW)
    assert codes(refused) == ["review.mark_range"]
    kept = actions.correct(sheet=sheet, marks=right, reason="录错", by=panel.officer, at=NOW)
    assert [(one.field, one.old, one.new, one.reason) for one in kept] == [("value", "1500", "1700", "录错")]
    assert sheet.total == 8100
    save()
    said = trail.history(sheet)[0].facts
    assert (said["total_before"], said["total_after"]) == (7900, 8100)
    with pytest.raises(Refused) as refused:
        actions.correct(sheet=sheet, marks=right, reason="再录", by=panel.officer, at=NOW)
    assert codes(refused) == ["review.nothing_corrected"]


def test_a_sheet_given_on_screen_is_reopened_not_corrected(app: Any) -> None:
    panel = Panel(applications=1)
    sheet = panel.give(0)
    with pytest.raises(Refused) as refused:
        actions.correct(sheet=sheet, marks=GOOD, reason="改", by=panel.officer, at=NOW)
    assert codes(refused) == ["review.not_paper"]


def test_a_rule_cannot_change_under_a_decision(app: Any) -> None:
    panel = Panel(applications=1)
    panel.applications[0].state = State.PROPOSED
    db.session.flush()
    with pytest.raises(Refused) as refused:
        actions.propose_rule(
            theme=panel.theme, aggregation=Aggregation.MEAN, reason="理由", by=panel.officer, at=NOW
        )
    assert codes(refused) == ["review.decided"]


def test_an_officials_tie_is_found_too_and_hides_the_application_from_them(app: Any) -> None:
    panel = Panel()
    body = panel.applications[0].organization
    clerk = make.person(Role.OPERATOR, employer_code=body.credit_code, email="me@虚构机关.gov.cn")
    body.representative_email = "they@虚构机关.gov.cn"
    db.session.flush()
    found = queries.found_ties(panel.round)
    assert [(one.person, one.ground) for one in found] == [(clerk, Ground.EMPLOYER)]
    actions.record_found(round=panel.round, by=panel.officer, at=NOW)
    assert queries.application_of(panel.applications[0].id, clerk) is None
    assert queries.application_of(panel.applications[1].id, clerk) is not None
    assert queries.found_ties(panel.round) == []


def test_a_dismissed_ground_stays_dismissed_when_ties_are_found_again(app: Any) -> None:
    panel = Panel()
    panel.people[0].mobile = panel.applications[0].organization.representative_phone
    db.session.flush()
    (tie,) = actions.record_found(round=panel.round, by=panel.officer, at=NOW)[:1]
    for one in db.session.scalars(select(Tie).where(Tie.person_id == panel.people[0].id)).all():
        actions.dismiss_tie(tie=one, reason="总机号码", by=panel.officer, at=NOW)
    assert (tie.ground, tie.dismissal) == (Ground.REPRESENTATIVE, "总机号码")
    assert actions.record_found(round=panel.round, by=panel.officer, at=NOW) == []
    assert panel.people[0].id in panel.readers(0)
