"""A frozen ranking: its hash, what it refuses, its unfreezing by two people, and one case corrected."""

import hashlib
import json
from datetime import date
from typing import Any

import make
import pytest
from budget import racing
from client import save
from review.field import NOW, Field, whole
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, IntegrityError

from venture import trail
from venture.applications.lifecycle import State
from venture.applications.models import Application, Barred
from venture.db import db
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import actions, queries, versions
from venture.review.conflicts import Ground
from venture.review.models import Objected, RankingVersion, Sheet, Unfreezing
from venture.roles import Role
from venture.rounds.models import Aggregation, Theme, ThemeCriterion
from venture.trail import Event


def two() -> list[ThemeCriterion]:
    return [
        ThemeCriterion(code=code, name=name, max=5000, step=50, position=place)
        for place, (code, name) in enumerate((("need", "需求"), ("plan", "方案")))
    ]


class Frozen(Field):
    """Three experts, three projects, the ranking frozen as version 1 but for the third expert's last sheet."""

    def __init__(self, **more: Any) -> None:
        super().__init__(two(), aggregation=Aggregation.MEAN, **more)
        self.approver = make.person(Role.APPROVER, name="虚构负责人甲")
        self.other = make.person(Role.APPROVER, name="虚构负责人乙")
        self.first = self.add(*[[4000, 4000]] * 3, title="虚构甲")
        self.second = self.add(*[[3500, 4000]] * 3, title="虚构乙")
        self.late = self.add(*[[3000, 3000]] * 2, title="虚构丙")
        db.session.add(Objected(round_id=self.round.id, receipt="AB12"))
        save()
        self.version = actions.freeze(theme=self.theme, by=self.officer, at=NOW)
        save()

    def sheet(self, application: Application, expert: int = 0) -> Sheet:
        return queries.sheets_of(application)[expert]

    def unfreeze(self) -> None:
        proposal = actions.propose_unfreezing(theme=self.theme, reason="核查", by=self.approver, at=NOW)
        actions.approve_unfreezing(proposal=proposal, by=self.other, at=NOW)


def refused(verb: Any, **given: Any) -> str:
    with pytest.raises(Refused) as raised:
        verb(**given)
    return raised.value.blockers[0].code


def test_a_version_says_rule_projects_marks_totals_and_ranks_under_its_hash(app: Any) -> None:
    frozen = Frozen()
    said = json.loads(frozen.version.text)
    assert said["rule"]["aggregation"] == "mean" and said["criteria"][0][:3] == ["need", "需求", 5000]
    assert [(each["number"], each["rank"], each["score"], each["shown"]) for each in said["projects"]] == [
        (frozen.first.number, 1, "8000", 8000),
        (frozen.second.number, 2, "7500", 7500),
        (frozen.late.number, 3, "6000", 6000),
    ]
    assert said["projects"][2]["sheets"] == [[1, [3000, 3000], 6000], [2, [3000, 3000], 6000]]
    assert (frozen.version.number, said["version"], said["before"]) == (1, 1, "")
    assert frozen.version.sha256 == hashlib.sha256(frozen.version.text.encode()).hexdigest()
    event = db.session.query(Event).filter_by(did="review.freeze").one()
    assert (event.facts["sha256"], event.facts["number"]) == (frozen.version.sha256, 1)
    assert actions.freeze(theme=frozen.theme, by=frozen.officer, at=NOW) is frozen.version


def test_what_is_frozen_refuses_late_sheets_edits_ties_rules_and_draws(app: Any) -> None:
    frozen = Frozen()
    expert = frozen.panel[2].person
    filled = actions.Filled({"need": 5000, "plan": 5000}, {"need": "好", "plan": "好"})
    late = {"application": frozen.late, "filled": filled, "seen": 0, "by": expert, "at": NOW}
    why = {"reason": "更正", "by": frozen.officer, "at": NOW}
    sheet = frozen.sheet(frozen.first)
    assert refused(actions.save, **late) == refused(actions.hand_in, **late) == "review.frozen"
    assert refused(actions.reopen, sheet=sheet, **why) == "review.frozen"
    assert refused(actions.correct, sheet=sheet, marks=filled.marks, **why) == "review.frozen"
    seat = frozen.panel[2]
    assert refused(actions.give, application=frozen.late, panelist=seat, **why) == "review.frozen"
    tie = {"person": frozen.panel[0].person, "ground": Ground.DECLARED, "note": "亲属"}
    by = {"by": frozen.officer, "at": NOW}
    assert refused(actions.declare_tie, application=frozen.first, **tie, **by) == "review.frozen"
    rule = {"theme": frozen.theme, "aggregation": Aggregation.MEDIAN}
    assert refused(actions.propose_rule, **rule, **why) == "review.frozen"
    draw = {"group": [1, 2], "order": [1, 2], "drawn_on": date(2018, 6, 1), "witness": "公证员"}
    assert refused(actions.record_draw, theme=frozen.theme, **draw, **why) == "review.frozen"
    db.session.rollback()
    assert [each.done for each in queries.desks(expert)[0].rows] == [True, True, False]
    assert not any(each.open for each in queries.desks(expert)[0].rows)


def test_unfreezing_takes_two_people_and_the_next_version_says_what_changed(app: Any) -> None:
    frozen = Frozen()
    proposal = actions.propose_unfreezing(theme=frozen.theme, reason="漏评一份", by=frozen.approver, at=NOW)
    again = {"theme": frozen.theme, "reason": "再次", "by": frozen.other, "at": NOW}
    assert refused(actions.propose_unfreezing, **again) == "review.unfreezing_pending"
    own = {"proposal": proposal, "by": frozen.approver, "at": NOW}
    assert refused(actions.approve_unfreezing, **own) == "review.own_unfreezing"
    assert queries.frozen(frozen.theme.id) is True
    actions.approve_unfreezing(proposal=proposal, by=frozen.other, at=NOW)
    assert queries.frozen(frozen.theme.id) is False
    settled = {"proposal": proposal, "by": frozen.other, "at": NOW}
    assert refused(actions.approve_unfreezing, **settled) == "review.unfreezing_settled"
    filled = actions.Filled({"need": 4500, "plan": 4500})
    expert = frozen.panel[2].person
    actions.hand_in(application=frozen.late, filled=filled, seen=0, by=expert, at=NOW)
    assert refused(actions.freeze, theme=frozen.theme, by=frozen.officer, at=NOW) == "review.no_reason"
    made = actions.freeze(theme=frozen.theme, reason="补齐评分表", by=frozen.officer, at=NOW)
    found = queries.changes_of(queries.versions_of(frozen.theme))
    late = (frozen.late.number, "虚构丙")
    assert (made.number, json.loads(made.text)["before"]) == (2, frozen.version.sha256)
    assert found == {
        2: [
            versions.Change(*late, "mark", None, 4500, 3, "需求"),
            versions.Change(*late, "mark", None, 4500, 3, "方案"),
            versions.Change(*late, "total", None, 9000, 3),
            versions.Change(*late, "score", 6000, 7000),
        ]
    }
    save()


def test_after_the_notice_too_an_unfrozen_sheet_can_be_opened_again_and_handed_in(app: Any) -> None:
    frozen = Frozen()
    frozen.first.state = State.NOT_SHORTLISTED
    sheet, expert = frozen.sheet(frozen.first), frozen.panel[0].person
    frozen.unfreeze()
    actions.reopen(sheet=sheet, reason="核查", by=frozen.approver, at=NOW)
    assert [each.open for each in queries.desks(expert)[0].rows] == [True, False, False]
    filled = actions.Filled({"need": 4500, "plan": 4500})
    actions.hand_in(application=frozen.first, filled=filled, seen=sheet.revision, by=expert, at=NOW)
    actions.freeze(theme=frozen.theme, reason="核查完毕", by=frozen.officer, at=NOW)
    save()


def test_an_upheld_objection_corrects_one_case_and_makes_version_two(app: Any) -> None:
    frozen = Frozen()
    sheet = frozen.sheet(frozen.second, 1)
    given = {"sheet": sheet, "marks": {"need": 4500, "plan": 5000}, "ground": "AB12", "reason": "漏看附件"}
    expert = frozen.panel[1].person
    assert (
        refused(actions.correct_case, **{**given, "ground": " "}, by=frozen.approver, at=NOW)
        == "review.no_ground"
    )
    elsewhere = make.round_(frozen.officer, 2017)
    db.session.add(Objected(round_id=elsewhere.id, receipt="CD34"))
    for unknown in ("AB13", "CD34"):
        assert (
            refused(actions.correct_case, **{**given, "ground": unknown}, by=frozen.approver, at=NOW)
            == "review.no_objection"
        )
    assert refused(actions.correct_case, **given, by=expert, at=NOW) == "review.own_sheet"
    made = actions.correct_case(**given, by=frozen.approver, at=NOW)
    kept = queries.corrections_of([sheet])
    assert [(mark.criterion.code, one.old, one.new, one.reason) for _, mark, one in kept] == [
        ("need", "3500", "4500", "漏看附件"),
        ("plan", "4000", "5000", "漏看附件"),
    ]
    assert (made.number, made.ground, made.reason) == (2, "AB12", "漏看附件")
    assert [
        (one.title, one.what, one.before, one.after)
        for one in queries.changes_of(queries.versions_of(frozen.theme))[2]
    ] == [
        ("虚构乙", "mark", 3500, 4500),
        ("虚构乙", "mark", 4000, 5000),
        ("虚构乙", "total", 7500, 9500),
        ("虚构乙", "score", 7500, 8167),
        ("虚构乙", "rank", 2, 1),
        ("虚构甲", "rank", 1, 2),
    ]
    assert queries.frozen(frozen.theme.id) is True
    frozen.unfreeze()
    assert refused(actions.correct_case, **given, by=frozen.approver, at=NOW) == "review.not_frozen"
    db.session.rollback()


def test_the_database_keeps_versions_and_the_two_people(app: Any) -> None:
    frozen = Frozen()
    for change in (
        update(RankingVersion).values(reason="另作解释"),
        db.delete(RankingVersion),
    ):
        # By trigger, and on PostgreSQL by grant before that.
        with pytest.raises(
            DBAPIError, match=r"ranking_version is append-only|denied for table ranking_version"
        ):
            db.session.execute(change.where(RankingVersion.id == frozen.version.id))
        db.session.rollback()
    proposal = actions.propose_unfreezing(theme=frozen.theme, reason="核查", by=frozen.approver, at=NOW)
    proposal.approved_by_id, proposal.approved_at = proposal.proposed_by_id, NOW
    with pytest.raises(IntegrityError, match="ck_unfreezing_two_people"):
        db.session.flush()
    db.session.rollback()
    trail.forget(db.session())


@pytest.mark.unsound("versions", "standings")
def test_a_mark_changed_behind_a_frozen_ranking_is_found(app: Any) -> None:
    frozen = Frozen()
    sheet = frozen.sheet(frozen.first)
    sheet.marks[0].value = 4100
    save()
    number = frozen.first.number
    assert list(queries.broken_versions()) == [
        f"ranking version {frozen.version.id}: the sheets of {number} changed while it is frozen"
    ]
    assert len(list(queries.broken_standings())) == 1


def test_the_pages_show_hash_and_version_and_lead_through_two_people(app: Any, enter: Any) -> None:
    frozen = Frozen()
    officer, approver, other = enter(frozen.officer), enter(frozen.approver), enter(frozen.other)
    year, sha256 = frozen.round.year, frozen.version.sha256
    at = f"/rounds/{year}/themes/general/versions"
    assert sha256[:16] in officer.get(f"/rounds/{year}/ranking").page.words
    assert sha256[:16] in officer.get(f"/review/{frozen.first.id}/sheets").page.words
    assert sha256 in officer.get(at).page.words
    text = officer.client.get(f"{at}/1.json").get_data()
    assert hashlib.sha256(text).hexdigest() == sha256
    unfreeze = f"/rounds/{year}/themes/general/unfreeze"
    assert approver.post(unfreeze, {"reason": ""}).status_code == 422
    approver.post(unfreeze, {"reason": "漏评一份"})
    assert "漏评一份" in other.get(at).page.words
    assert approver.post(f"{unfreeze}/approve", {"confirmed": "1"}).status_code == 409
    assert officer.post(f"{unfreeze}/approve", {"confirmed": "1"}).status_code == 403
    other.post(f"{unfreeze}/take-back")
    assert queries.pending_unfreezing(frozen.theme) is None
    approver.post(unfreeze, {"reason": "漏评一份"})
    other.post(f"{unfreeze}/approve", {"confirmed": "1"})
    db.session.expire_all()
    assert queries.frozen(frozen.theme.id) is False
    assert officer.post(f"/rounds/{year}/themes/general/freeze", {"reason": "核查完毕"}).status_code == 303
    assert "核查完毕" in officer.get(at).page.words


def test_a_case_is_corrected_on_its_page_after_a_preview(app: Any, enter: Any) -> None:
    frozen = Frozen()
    approver = enter(frozen.approver)
    sheet = frozen.sheet(frozen.second)
    at = f"/review/sheets/{sheet.id}/case"
    assert f'href="{at}"' in approver.get(f"/review/{frozen.second.id}/sheets").get_data(as_text=True)
    given = {"mark_need": "45", "mark_plan": "50", "ground": "ab12 ", "reason": "漏看附件"}
    wrong = approver.post(at, {**given, "ground": "AB13"}, headers={"Accept-Language": "en"})
    assert wrong.status_code == 422 and "No objection to a notice of this round" in wrong.page.words
    preview = approver.post(at, given)
    assert "45.00" in preview.page.words and queries.versions_of(frozen.theme)[0].number == 1
    approver.post(at, {**given, "confirmed": "1"})
    db.session.expire_all()
    words = approver.get(f"/rounds/{frozen.round.year}/themes/general/versions").page.words
    assert "AB12" in words and "35.00" in words and "45.00" in words


def test_whom_a_tie_bars_gets_no_text_and_no_line_of_it(app: Any, enter: Any) -> None:
    frozen = Frozen()
    actions.correct_case(
        sheet=frozen.sheet(frozen.second),
        marks={"need": 4500, "plan": 5000},
        ground="AB12",
        reason="漏看附件",
        by=frozen.approver,
        at=NOW,
    )
    db.session.add(Barred(application_id=frozen.second.id, person_id=frozen.officer.id))
    save()
    officer = enter(frozen.officer)
    at = f"/rounds/{frozen.round.year}/themes/general/versions"
    assert "虚构乙" not in officer.get(at).page.words and "虚构甲" in officer.get(at).page.words
    assert officer.get(f"{at}/1.json").status_code == 404


def approve(proposal_id: int, person_id: int) -> str:
    """Approve an unfreezing."""
    proposal, by = db.session.get_one(Unfreezing, proposal_id), db.session.get_one(Person, person_id)
    actions.approve_unfreezing(proposal=proposal, by=by, at=NOW)
    return "approved"


def freeze_or_hand_in(what: str, id: int, person_id: int) -> str:
    """One racer freezes the theme, the other hands in the last sheet."""
    by = db.session.get_one(Person, person_id)
    if what == "freeze":
        actions.freeze(theme=db.session.get_one(Theme, id), by=by, at=NOW)
        return "frozen"
    application = db.session.get_one(Application, id)
    filled = actions.Filled({"all": 6000})
    actions.hand_in(application=application, filled=filled, seen=0, by=by, at=NOW)
    return "handed in"


@pytest.mark.parametrize("both", ["sqlite", "postgres"], indirect=True)
def test_of_two_approvers_one_unfreezes(both: Any) -> None:
    frozen = Frozen()
    third = make.person(Role.APPROVER)
    proposal = actions.propose_unfreezing(theme=frozen.theme, reason="核查", by=frozen.approver, at=NOW)
    save()
    runs = [[(proposal.id, frozen.other.id)], [(proposal.id, third.id)]]
    assert racing.race(both, approve, runs) == ["approved", "review.unfreezing_settled"]


@pytest.mark.parametrize("both", ["sqlite", "postgres"], indirect=True)
def test_a_sheet_handed_in_while_the_ranking_is_frozen_is_in_it_or_refused(both: Any) -> None:
    field = Field(whole(), aggregation=Aggregation.MEAN)
    late = field.add([7000], [7000])
    save()
    theme_id, person_id = field.theme.id, field.panel[2].person_id
    runs = [[("freeze", theme_id, field.officer.id)], [("hand in", late.id, person_id)]]
    told = racing.race(both, freeze_or_hand_in, runs)
    assert told in (["frozen", "handed in"], ["frozen", "review.frozen"])
    sheets = json.loads(queries.versions_of(db.session.get_one(Theme, theme_id))[0].text)["projects"][0][
        "sheets"
    ]
    assert len(sheets) == (3 if "handed in" in told else 2)
    assert [*queries.broken_versions(), *queries.broken_standings()] == []
