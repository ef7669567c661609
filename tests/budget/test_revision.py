"""Revised plan and budget: to the fen of what is approved, nothing typed lost, frozen texts, accepted or sent back."""

import re
from datetime import date
from typing import Any

import make
import pytest
from budget import scene
from budget.test_views import at, confirm
from client import save
from hypothesis import given
from hypothesis import strategies as st
from test_documents import needs_fonts

from venture.applications import actions as applications
from venture.applications import parts
from venture.applications.lifecycle import State
from venture.applications.parts import Category, CostTable
from venture.budget import actions, queries, revising
from venture.budget.models import Award, RevisedVersion, Revision, RevisionState
from venture.db import db
from venture.outbox import Message
from venture.people.models import Person
from venture.refusal import Changed, Refused
from venture.roles import Role


def line(category: str, price: str, quantity: str = "1") -> parts.Row:
    return {
        "category": category,
        "content": "虚构内容",
        "unit_price": price,
        "quantity": quantity,
        "unit": "项",
    }


rows = st.lists(
    st.builds(
        line,
        st.sampled_from([each.value for each in Category]),
        st.integers(0, 10**7).map(lambda fen: f"{fen // 100}.{fen % 100:02d}"),
        st.integers(1, 5).map(str),
    ),
    max_size=6,
)


@given(rows, rows, rows, rows)
def test_the_difference_head_by_head_is_that_of_the_sums(a: Any, b: Any, c: Any, d: Any) -> None:
    before = {"costs_grant": a, "costs_matching": b}
    after = {"costs_grant": c, "costs_matching": d}
    heads = revising.heads(before, after)
    for table in CostTable:
        for text, side in ((before, "before"), (after, "after")):
            listed = sum(each.amount for each in parts.lines(text, table))
            assert sum(getattr(head, side) for head in heads if head.table is table) == listed
    assert [(head.table, head.category) for head in heads] == [
        (head.table, head.category) for head in revising.heads(after, before)
    ]
    assert all(head.before or head.after for head in heads)


def test_the_form_of_a_revision_is_plan_and_budget_and_keeps_the_rest() -> None:
    assert set(revising.FIELDS) == {
        *(field.key for field in parts.PLAN.fields),
        *(field.key for field in parts.MONEY.fields),
        "starts_on",
        "ends_on",
        "direct",
        "indirect",
    }
    sheet = revising.sheet({"title": "旧", "goal": "旧"}, {"title": "新", "goal": "新"}, 1234567)
    assert sheet == {"title": "旧", "goal": "新", "asked": "12,345.67"}


def asked(**more: Any) -> tuple[scene.Cast, list[Award], Person]:
    """Two awards, the first below what was requested (35,000.00 of 40,000.00), and a person of its organization."""
    of = scene.cast(asks_revision=True, agreement_pattern="协〔YYYY〕##号", **more)
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    awards = scene.awarded(of, {"1": 3500000})
    own = make.person(Role.APPLICANT, organization=awards[0].application.organization)
    save()
    return of, awards, own


def revision(award: Award) -> Revision:
    found = queries.revision_of(award)
    assert found is not None
    return found


FITTING = {
    "costs_grant": [line("activity", "30000"), line("volunteer", "4,999.99"), line("tax", "0.01")],
}


def whole(award: Award) -> dict[str, Any]:
    """What a complete plan needs beside what was applied for in these tests."""
    form = queries.revised(revision(award))
    texts = {
        field.key: "虚构文字"
        for field in parts.PLAN.fields
        if field.kind is parts.Kind.LONG and not form[field.key]
    }
    tables = {
        "beneficiaries": [{"kind": "老人", "count": "20", "note": ""}],
        "goals": [{"text": "活动", "unit": "次", "target": "12"}],
        "plan": [
            {"phase": "一", "period": "8月", "activity": "活动", "times": "12", "persons": "", "output": ""}
        ],
    }
    return {**texts, **tables, "starts_on": "2018-08-01", "ends_on": "2019-04-30", "direct": "20", **FITTING}


def typed(award: Award, own: Person, posted: Any, base: Any = None, **more: Any) -> Revision:
    made = actions.save_revision(
        revision=revision(award), posted=posted, base=base or {}, by=own, at=scene.AWARDED_AT, **more
    )
    save()
    return made


def sent(award: Award, own: Person) -> Revision:
    typed(award, own, whole(award))
    actions.send_revision(revision=revision(award), by=own, at=scene.AWARDED_AT)
    save()
    return revision(award)


def accept(of: scene.Cast, *awards: Award) -> None:
    actions.decide_revisions(
        accepted=[revision(award) for award in awards], returned={}, by=of.officer, at=scene.AWARDED_AT
    )
    save()


def test_a_round_that_asks_for_it_has_a_revision_for_each_award(app: Any) -> None:
    _of, awards, _own = asked()
    assert [award.application.state for award in awards] == [State.REVISING, State.REVISING]
    assert [revision(award).state for award in awards] == [RevisionState.WRITING, RevisionState.WRITING]
    other = scene.cast(2019)
    scene.project(other, "3", 0, 4000000, 9000)
    (award,) = scene.awarded(other)
    assert queries.revision_of(award) is None and award.application.state is State.AWARDED


@pytest.mark.parametrize("price, difference", [("4999.98", 1), ("5000", 1)])
def test_the_lines_sum_to_the_approved_amount_to_the_fen(app: Any, price: str, difference: int) -> None:
    _of, awards, own = asked()
    posted = whole(awards[0])
    posted["costs_grant"] = [line("activity", "30000"), line("volunteer", price), line("tax", "0.01")]
    typed(awards[0], own, posted)
    with pytest.raises(Refused) as refused:
        actions.send_revision(revision=revision(awards[0]), by=own, at=scene.AWARDED_AT)
    (found,) = refused.value.blockers
    assert (found.code, found.facts["approved"], found.facts["difference"]) == (
        "budget.lines_not_approved",
        3500000,
        difference,
    )
    db.session.rollback()


def test_the_limits_on_heads_are_kept(app: Any) -> None:
    _of, awards, own = asked()
    posted = whole(awards[0])
    posted["costs_grant"] = [line("activity", "31000"), line("management", "4000")]
    typed(awards[0], own, posted)
    with pytest.raises(Refused, match="over_cap"):
        actions.send_revision(revision=revision(awards[0]), by=own, at=scene.AWARDED_AT)
    db.session.rollback()


def test_what_breaks_rules_is_kept_as_typed(app: Any) -> None:
    _of, awards, own = asked()
    typed(awards[0], own, {"direct": "很多", "goal": "长" * 5000, "title": "改名"})
    kept = queries.revised(revision(awards[0]))
    assert (kept["direct"], kept["goal"], kept["title"]) == ("很多", "长" * 5000, "虚构项目1")


def test_two_people_who_change_one_field_keep_both_texts(app: Any) -> None:
    _of, awards, own = asked()
    base = {"goal": applications.fingerprint(queries.revised(revision(awards[0]))["goal"])}
    typed(awards[0], own, {"goal": "先写的"}, base)
    with pytest.raises(Changed) as clash:
        typed(awards[0], own, {"goal": "后写的", "need": "另一处"}, base)
    ((_label, mine, theirs),) = clash.value.differences
    assert (mine, theirs) == ("后写的", "先写的")
    db.session.rollback()
    typed(awards[0], own, {"goal": "先写的"}, base)


def test_only_its_own_people_write_and_only_while_it_is_with_them(app: Any) -> None:
    of, awards, own = asked()
    stranger = make.person(Role.APPLICANT, organization=awards[1].application.organization)
    save()
    for person in (stranger, of.officer):
        with pytest.raises(Refused, match="not_your_organization"):
            typed(awards[0], person, {"goal": "x"})
    sent(awards[0], own)
    with pytest.raises(Refused, match="revision_not_yours"):
        typed(awards[0], own, {"goal": "x"})
    db.session.rollback()


def test_what_is_sent_is_frozen_and_differs_from_the_application(app: Any) -> None:
    _of, awards, own = asked()
    before = queries.applied(revision(awards[0]))
    made = sent(awards[0], own)
    (version,) = made.versions
    assert (version.number, version.granted, len(version.sha256)) == (1, 3500000, 64)
    assert version.content["costs_grant"] == [
        {**row, "unit_price": price}
        for row, price in zip(FITTING["costs_grant"], ("30,000.00", "4,999.99", "0.01"), strict=True)
    ]
    heads = queries.revision_heads(made)
    assert sum(head.difference for head in heads if head.table is CostTable.GRANT) == -500000
    assert queries.applied(made) == before and awards[0].requested == 4000000
    assert "costs_grant" in [field.key for field in revising.changed(before, queries.sent(made))]
    with pytest.raises(Exception, match=r"append-only|permission denied"):
        version.granted = 1
        db.session.flush()
    db.session.rollback()


def test_the_office_accepts_the_list_with_exceptions_and_reasons(app: Any) -> None:
    of, awards, own = asked()
    other = make.person(Role.APPLICANT, organization=awards[1].application.organization)
    save()
    with pytest.raises(Refused, match="revision_not_sent"):
        accept(of, awards[0])
    db.session.rollback()
    first, second = sent(awards[0], own), revision(awards[1])
    posted = whole(awards[1])
    posted["costs_grant"] = [line("activity", "30000")]
    typed(awards[1], other, posted)
    actions.send_revision(revision=second, by=other, at=scene.AWARDED_AT)
    save()
    given: dict[str, Any] = {"by": of.officer, "at": scene.AWARDED_AT}
    with pytest.raises(Refused, match="reason_needed"):
        actions.decide_revisions(accepted=[first], returned={second: " "}, **given)
    with pytest.raises(Refused, match="nothing_chosen"):
        actions.decide_revisions(accepted=[], returned={}, **given)
    with pytest.raises(Refused, match="not_your_role"):
        actions.decide_revisions(accepted=[first], returned={}, by=of.approver, at=scene.AWARDED_AT)
    db.session.rollback()
    actions.decide_revisions(accepted=[first], returned={second: "活动过少(虚构)"}, **given)
    save()
    assert (first.state, second.state, second.reason) == (
        RevisionState.ACCEPTED,
        RevisionState.RETURNED,
        "活动过少(虚构)",
    )
    told = db.session.query(Message).filter_by(kind="budget.revision_returned").one()
    assert told.person_id == other.id and told.facts["reason"] == "活动过少(虚构)"
    typed(awards[1], other, {"goal": "改过"})
    actions.send_revision(revision=second, by=other, at=scene.AWARDED_AT)
    save()
    assert [each.number for each in second.versions] == [1, 2]
    actions.decide_revisions(accepted=[], returned={first: "重新核对(虚构)"}, **given)
    save()
    assert first.state is RevisionState.RETURNED, "an accepted one goes back until it is signed"


def test_no_agreement_before_the_revision_is_accepted(app: Any) -> None:
    of, awards, own = asked()
    draft = actions.Draft(awards[0], "协1", "虚构代表")
    given: dict[str, Any] = {"by": of.officer, "at": scene.AWARDED_AT}
    sent(awards[0], own)
    with pytest.raises(Refused, match="not_revised"):
        actions.draw_up(round=of.round, drafts=[draft], **given)
    with pytest.raises(Refused, match="not_revised"):
        scene.sign(of, awards[:1])
    db.session.rollback()
    accept(of, awards[0])
    (text,) = actions.draw_up(round=of.round, drafts=[draft], **given)
    save()
    said = str(text.content)
    version = revision(awards[0]).versions[-1]
    assert "35,000.00元" in said and "志愿者补贴" in said and "4,999.99" in said
    assert f"第1版，校验码 {version.sha256[:16]}" in said and "活动（12次）" in said
    actions.sign(
        signings=[actions.Signing(awards[0], "协1", date(2018, 9, 20))], by=of.officer, at=scene.SIGNED_AT
    )
    save()
    assert awards[0].application.state is State.CONTRACTED
    with pytest.raises(Refused, match="signed_already"):
        actions.decide_revisions(
            accepted=[], returned={revision(awards[0]): "晚了"}, by=of.officer, at=scene.SIGNED_AT
        )
    db.session.rollback()


@pytest.mark.unsound("money")
def test_an_accepted_budget_of_another_sum_is_found(app: Any) -> None:
    of, awards, own = asked()
    sent(awards[0], own)
    accept(of, awards[0])
    found = revision(awards[0])
    assert queries.broken_invariants() == []
    db.session.add(
        RevisedVersion(
            revision=found,
            number=2,
            content={},
            sha256="",
            granted=1,
            sent_at=scene.AWARDED_AT,
            sent_by_id=own.id,
        )
    )
    db.session.flush()
    assert queries.broken_invariants() == [
        f"award {awards[0].id}: a revised budget of 1 is accepted, 3500000 fen are approved"
    ]
    db.session.rollback()


def test_an_award_under_revision_can_be_cancelled(app: Any) -> None:
    of, awards, _own = asked()
    actions.cancel(award=awards[0], reason="放弃(虚构)", by=of.approver, at=scene.AWARDED_AT)
    save()
    assert awards[0].application.state is State.CANCELLED


@needs_fonts
def test_the_revision_through_pages(app: Any, enter: Any) -> None:
    of, awards, own = asked()
    stranger = make.person(Role.APPLICANT, organization=make.organization())
    save()
    id = awards[0].id
    with at(scene.AWARDED_AT):
        browser = enter(own)
        page = browser.get(f"/awards/{id}/revision")
        assert "35,000.00" in page.page.words
        base = re.search(r'name="base" value="([^"]*)"', page.get_data(as_text=True))
        assert base
        assert enter(stranger).get(f"/awards/{id}/revision").status_code == 404
        assert enter(of.officer).post(f"/awards/{id}/revision", {"goal": "x"}).status_code == 403
        saved = browser.post(
            f"/awards/{id}/revision/autosave", {"changed": ["goal"], "goal": "自动保存", "version": "0"}
        )
        assert saved.status_code == 200 and saved.get_json()["version"] == 1
        posted: dict[str, Any] = {}
        for key, raw in whole(awards[0]).items():
            if isinstance(raw, str):
                posted[key] = raw
            else:
                posted[f"{key}-shown"] = "1"
                posted |= {
                    f"{key}-{place}-{column}": text
                    for place, row in enumerate(raw)
                    for column, text in row.items()
                }
        db.session.rollback()
        half = {**posted, "costs_grant-0-unit_price": "29,000", "send": "1"}
        shown = browser.post(f"/awards/{id}/revision", half, follow=True)
        assert "29,000.00" in shown.page.words
        refused = browser.post(f"/awards/{id}/revision/send", {})
        assert refused.status_code == 422 and "1,000.00" in refused.page.words
        browser.post(f"/awards/{id}/revision", {**posted, "send": "1"}, follow=True)
        done = browser.post(f"/awards/{id}/revision/send", {}, follow=True)
        assert done.status_code == 200 and 'name="base"' not in done.get_data(as_text=True)
        late = browser.post(f"/awards/{id}/revision", {"goal": "晚写的"})
        assert late.status_code == 422
        officer = enter(of.officer)
        assert "虚构项目1" in officer.get("/rounds/2018/revisions").page.words
        key = revision(awards[0]).id
        db.session.rollback()
        assert officer.post("/rounds/2018/revisions", {f"act-{key}": "back"}).status_code == 422
        confirm(officer, "/rounds/2018/revisions", {f"act-{key}": "accept"})
        assert revision(awards[0]).state is RevisionState.ACCEPTED
        assert officer.get(f"/awards/{id}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_revisions_costs_the_same_for_one_and_for_many(
    app: Any, enter: Any, statements: Any, count: int
) -> None:
    of = scene.cast(asks_revision=True)
    for name in range(count):
        scene.project(of, str(name), name % 2, 1000000, 9000 - name)
    scene.awarded(of)
    with at(scene.AWARDED_AT):
        officer = enter(of.officer)
        statements.clear()
        assert officer.get("/rounds/2018/revisions").status_code == 200
        assert len(statements) == 12
