"""A blind review: who applied is nowhere an expert can look, until a notice lists the project."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import make
import pytest
from client import Browser, save
from house.test_routes import samples
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_pictures import chunk, png

from venture import clock
from venture.applications.lifecycle import State
from venture.applications.models import Application, Attachment, Version
from venture.db import db
from venture.files import File, path_of
from venture.outbox import Message
from venture.people.models import Person
from venture.refusal import Refused
from venture.review import actions, queries
from venture.review.blinding import HIDDEN, mask
from venture.review.conflicts import Ground
from venture.review.models import Tie
from venture.roles import Role
from venture.rounds import actions as rounds
from venture.rounds.models import Aggregation, Blindness, MarksSeen, PaperKind
from venture.web import Venture

ORGANIZATION, LEAD, MEMBER, LEGAL, GROUP = "植入甲乙机构", "植入丙", "植入丁", "植入戊", "植入己社"
PHONE, MAIL, ACCOUNT, PLACE, NAME = (
    "13912345678",
    "zhiru@planted.cn",
    "6222020099887766554",
    "植入路99号",
    "植入庚",
)
ENGLISH = {"headers": {"Accept-Language": "en"}}


class Scene:
    """A round with one applicant whose every name is planted, another's application, and a panel of three."""

    def __init__(self, app: Venture, blindness: Blindness = Blindness.HIDDEN, **more: Any) -> None:
        self.app = app
        self.officer = make.person(Role.OFFICER)
        papers = [
            PaperKind(code="photo", name="现场照片", shown_blind=True),
            PaperKind(code="certificate", name="登记证书", position=1),
        ]
        self.round = make.round_(
            self.officer, blindness=blindness, papers=papers, quorum=1, trim_from=3, **more
        )
        self.code = make.credit_code(number=77_777)
        body = make.organization(
            name=ORGANIZATION,
            credit_code=self.code,
            legal_representative=LEGAL,
            representative_phone=PHONE,
            representative_email=MAIL,
            account_name=ORGANIZATION,
            account_no=ACCOUNT,
            address=PLACE,
        )
        anna = make.person(Role.APPLICANT, organization=body, name=LEAD)
        form = {
            "title": f"{ORGANIZATION}助老项目",
            "group_name": GROUP,
            "experience": f"{ORGANIZATION}做过三届",
            "summary": f"由{LEAD}负责，植入甲 乙机构实施，电话{PHONE}",
            "need": "需求分析在此",
            "lead_name": LEAD,
            "lead_phone": PHONE,
            "lead_email": MAIL,
            "team": [{"name": MEMBER, "role": "督导"}, {"name": NAME, "role": f"协助{LEAD}"}],
        }
        answers = {key: value for key, value in form.items() if key != "title"}
        self.theirs = make.application(
            self.round,
            theme=self.round.themes[1],
            organization_=body,
            by=anna,
            state=State.ELIGIBLE,
            title=form["title"],
            answers=answers,
        )
        version = db.session.scalars(select(Version).where(Version.application_id == self.theirs.id)).one()
        version.content = json.dumps({"form": form, "files": []}, ensure_ascii=False)
        for kind in self.round.papers:
            self.attach(kind, f"{NAME}{kind.code}.png")
        self.another = make.application(
            self.round, theme=self.round.themes[1], by=self.officer, state=State.ELIGIBLE
        )
        self.seats = make.panel(self.round, 3)
        self.expert = self.seats[0].person
        save()

    @property
    def planted(self) -> list[str]:
        return [ORGANIZATION, LEAD, MEMBER, LEGAL, GROUP, PHONE, MAIL, ACCOUNT, PLACE, NAME, self.code]

    def attach(self, kind: PaperKind, name: str) -> None:
        content = png(chunk(b"tEXt", NAME.encode()))
        sha256 = hashlib.sha256(content).hexdigest()
        path = path_of(self.app.settings.uploads, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        file = File(
            sha256=sha256,
            name=name,
            type="image/png",
            size=len(content),
            uploaded_by_id=self.officer.id,
            uploaded_at=make.NOON,
        )
        db.session.add(file)
        db.session.flush()
        row = Attachment(
            application_id=self.theirs.id,
            kind=kind,
            file_id=file.id,
            added_at=make.NOON,
            added_by_id=self.officer.id,
        )
        db.session.add(row)
        db.session.flush()
        version = db.session.scalars(select(Version).where(Version.application_id == self.theirs.id)).one()
        frozen = json.loads(version.content)
        frozen["files"].append(
            {"attachment": row.id, "kind": kind.name, "name": name, "size": file.size, "sha256": sha256}
        )
        version.content = json.dumps(frozen, ensure_ascii=False)

    def begin(self) -> None:
        actions.begin(round=self.round, by=self.officer, at=make.NOON)
        save()

    def hand_in(self, person: Person) -> None:
        for application, tenths in ((self.theirs, 8), (self.another, 7)):
            for phase in self.round.phases:
                marks = {one.code: one.max * tenths // 10 for one in self.round.themes[1].sheet(phase)}
                actions.hand_in(
                    application=application,
                    phase=phase,
                    filled=actions.Filled(marks, {}, "可"),
                    seen=0,
                    by=person,
                    at=make.NOON,
                )
        save()

    def walk(self, person: Person) -> dict[str, list[str]]:
        """Every GET address there is, asked as the person: what was found of the planted, by address."""
        browser, found, asked = Browser(self.app).enter(person), dict[str, list[str]](), 0
        addresses = []
        with self.app.test_request_context():
            for rule in self.app.url_map.iter_rules():
                if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
                    continue
                ids = {
                    name: 2018 if name == "year" else min(getattr(kind, "items", None) or [1])
                    for name, kind in rule._converters.items()
                }
                tries = [*samples(rule), ids, *({**ids, name: 2} for name in ids if ids[name] == 1)]
                tries += [{**ids, "application_id": self.theirs.id, "number": place} for place in (1, 2)]
                built = [rule.build({name: each.get(name, ids[name]) for name in ids}) for each in tries]
                addresses += [one[1] for one in built if one]
        for address in dict.fromkeys(addresses):
            for query in ("", f"?words={ORGANIZATION[:4]}&sort=organization"):
                answer = browser.get(address + query, **ENGLISH)
                asked += answer.status_code == 200
                if leaked := self.leaks(answer):
                    found[address + query] = leaked
        assert asked > 20
        return found

    def leaks(self, answer: Any) -> list[str]:
        """Which of the planted stand in the answer: its page without what was asked, its parts, its headers."""
        content = answer.get_data()
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                content = b"".join(name.encode() + packed.read(name) for name in packed.namelist())
        told = str(answer.headers).encode() + content
        return [each for each in self.planted if each.encode() in told]


@pytest.mark.parametrize("stage", ["waiting", "in review", "handed in"])
def test_nothing_that_an_expert_may_ask_for_tells_who_applied(app: Venture, stage: str) -> None:
    scene = Scene(app, presentation_weight=20)
    if stage != "waiting":
        scene.begin()
    if stage == "handed in":
        for seat in scene.seats:
            scene.hand_in(seat.person)
    assert scene.walk(scene.expert) == {}
    told = db.session.scalars(select(Message).where(Message.person_id == scene.expert.id)).all()
    assert not [
        each for each in scene.planted for one in told if each in json.dumps(one.facts, ensure_ascii=False)
    ]


def test_the_walk_would_find_it_in_an_open_round(app: Venture) -> None:
    scene = Scene(app, Blindness.OPEN)
    scene.begin()
    found = scene.walk(scene.expert)
    assert {"/review", f"/review/{scene.theirs.id}", f"/applications/{scene.theirs.id}"} <= set(found)


def test_the_page_shows_the_project_and_says_what_it_does_not_show(app: Venture) -> None:
    scene = Scene(app)
    scene.begin()
    browser = Browser(app).enter(scene.expert)
    page = browser.get(f"/review/{scene.theirs.id}", **ENGLISH).page.words
    assert (
        f"{HIDDEN}助老项目" in page and "需求分析在此" in page and "督导" in page and f"协助{HIDDEN}" in page
    )
    assert "Blind review: who applied is not shown." in page
    assert "1 file is not shown" in page
    file = browser.get(f"/review/{scene.theirs.id}/files/1")
    assert file.headers["Content-Disposition"] == f"attachment; filename={scene.theirs.number}-1.png"
    assert file.get_data().startswith(b"\x89PNG") and NAME.encode() not in file.get_data()
    assert browser.get(f"/review/{scene.theirs.id}/files/2").status_code == 404
    for address in ("", "/receipt", "/versions/1", "/versions/1/print", "/versions/1/word"):
        assert browser.get(f"/applications/{scene.theirs.id}{address}").status_code == 404


def test_a_presentation_says_that_it_is_blind_and_where_a_tie_is_declared(app: Venture) -> None:
    scene = Scene(app, presentation_weight=20)
    scene.begin()
    page = Browser(app).enter(scene.expert).get(f"/review/{scene.theirs.id}/presentation", **ENGLISH)
    assert f"{HIDDEN}助老项目" in page.page.words and scene.leaks(page) == []
    assert "Blind review: who applied is not shown." in page.page.words
    assert "declare the tie on the page of the proposal" in page.page.words


def test_refusals_and_questions_tell_nothing_either(app: Venture) -> None:
    scene = Scene(app)
    scene.begin()
    browser, address = Browser(app).enter(scene.expert), f"/review/{scene.theirs.id}"
    answers = [
        browser.post(address, {"mark_need": "999"}),
        browser.post(f"{address}/hand-in", {}),
        browser.post(f"{address}/autosave", {"changed": "mark_need", "mark_need": "x"}),
        browser.post(f"{address}/tie", {}),
        browser.post(f"{address}/tie", {"reason": "虚构"}),
        browser.post(f"{address}/tie", {"reason": "虚构", "confirmed": "yes"}, follow=True),
    ]
    assert [scene.leaks(each) for each in answers] == [[]] * len(answers)


def test_the_minutes_that_experts_sign_tell_nothing_either(app: Venture) -> None:
    scene = Scene(app, presentation_weight=20, aggregation=Aggregation.MEAN)
    scene.begin()
    for seat in scene.seats:
        scene.hand_in(seat.person)
    given = {"ground": Ground.DECLARED, "note": "虚构", "by": scene.officer, "at": make.NOON}
    actions.declare_tie(application=scene.theirs, person=scene.seats[2].person, **given)
    actions.save_day(
        round=scene.round,
        held_on=clock.beijing_day(make.NOON),
        place="虚构会议室",
        **dict.fromkeys(("hours", "chair", "recorder", "observers", "remarks"), ""),
        present=[1, 2, 3],
        seen=0,
        by=scene.officer,
        at=make.NOON,
    )
    save()
    minutes = Browser(app).enter(scene.officer).get("/rounds/2018/panel-day/minutes.docx")
    assert minutes.status_code == 200 and scene.leaks(minutes) == []
    with zipfile.ZipFile(io.BytesIO(minutes.get_data())) as packed:
        assert packed.read("word/document.xml").decode().count(f"{HIDDEN}助老项目") == 3


def test_a_notice_lifts_it_for_those_listed_only(app: Venture) -> None:
    scene = Scene(app)
    scene.begin()
    seen = select(Application.id).where(Application.id.in_([scene.theirs.id, scene.another.id]))
    assert db.session.scalars(seen).all() and queries.is_blind(scene.theirs)
    scene.theirs.listed_on = clock.beijing_day(make.NOON)
    db.session.flush()
    assert not queries.is_blind(scene.theirs) and queries.is_blind(scene.another)
    assert queries.body_of(scene.theirs) == ORGANIZATION and queries.body_of(scene.another) == ""
    db.session.rollback()


def test_staff_do_not_sit_on_the_panel_of_a_blind_review(app: Venture) -> None:
    scene = Scene(app)
    both = make.person(Role.EXPERT, Role.FINANCE, name="虚构两职")
    with pytest.raises(Refused) as caught:
        actions.seat(round=scene.round, people=[both], by=scene.officer, at=make.NOON)
    assert [(each.code, each.facts["names"]) for each in caught.value.blockers] == [
        ("review.staff_on_panel", ["虚构两职"])
    ]
    db.session.rollback()


def invited(scene: Scene) -> Any:
    expert = make.person(Role.EXPERT)
    (seat,) = actions.seat(round=scene.round, people=[expert], by=scene.officer, at=make.NOON)
    save()
    (invitation,) = queries.invitations_of(expert)
    return seat, invitation


@pytest.mark.parametrize("named", [ORGANIZATION, "code", LEGAL, LEAD, MEMBER, GROUP])
def test_an_interest_is_declared_by_name_and_found_without_telling(app: Venture, named: str) -> None:
    scene = Scene(app)
    seat, invitation = invited(scene)
    scene.begin()
    browser = Browser(app).enter(seat.person)
    page = browser.get(f"/review/invitations/{invitation.id}", **ENGLISH)
    assert scene.leaks(page) == [] and "you are not told who applied" in page.page.words
    sent = {"names": f"别的机构\n{scene.code if named == 'code' else named}", "note": "我的旧单位"}
    lacking = browser.post(f"/review/invitations/{invitation.id}/interests", sent | {"note": ""})
    assert lacking.status_code == 422
    done = browser.post(f"/review/invitations/{invitation.id}/interests", sent)
    assert done.status_code == 303
    (tie,) = db.session.scalars(select(Tie).where(Tie.person_id == seat.person_id)).all()
    assert (tie.application_id, tie.ground) == (scene.theirs.id, Ground.DECLARED)
    assert browser.get(f"/review/{scene.theirs.id}").status_code == 404
    assert browser.get(f"/review/{scene.another.id}").status_code == 200


def test_what_is_sent_after_the_declaration_is_found_as_well(app: Venture) -> None:
    scene = Scene(app)
    seat, invitation = invited(scene)
    given = {"names": ["后来的机构"], "note": "我的旧单位"}
    actions.declare(invitation=invitation, interests={}, **given, by=seat.person, at=make.NOON)
    later = make.application(
        scene.round,
        organization_=make.organization(name="后来的机构"),
        by=scene.officer,
        state=State.ELIGIBLE,
    )
    (found,) = queries.found_ties(scene.round, [seat.person])
    assert (found.application, found.ground) == (later, Ground.DECLARED)
    save()


def test_others_marks_are_never_shown_where_the_round_says_so(app: Venture) -> None:
    scene = Scene(app, Blindness.OPEN, marks_seen=MarksSeen.NEVER)
    scene.begin()
    for seat in scene.seats:
        scene.hand_in(seat.person)
    (desk,) = queries.desks(scene.expert)
    assert desk.finished and queries.others(desk) is None
    page = Browser(app).enter(scene.expert).get("/review", **ENGLISH).page.words
    assert "The others' marks are not shown in this round." in page and "The panel's totals" not in page
    scene.round.marks_seen = MarksSeen.AFTER_OWN
    assert queries.others(desk) is not None
    db.session.rollback()


def test_what_experts_see_is_changed_only_before_the_review(app: Venture) -> None:
    scene = Scene(app, Blindness.OPEN)
    given = {"round": scene.round, "field": "blindness", "reason": "虚构理由", "by": scene.officer}
    rounds.correct(**given, value=Blindness.HIDDEN, at=make.NOON)
    assert scene.round.blindness is Blindness.HIDDEN
    scene.begin()
    with pytest.raises(Refused) as caught:
        rounds.correct(**given, value=Blindness.OPEN, at=make.NOON + timedelta(days=1))
    assert caught.value.blockers[0].code == "rounds.review_begun"
    db.session.rollback()


NAMES = st.lists(st.text(alphabet="甲乙丙 aB1", min_size=0, max_size=5), max_size=4)


@given(st.text(alphabet="甲乙丙丁 aB1\n", max_size=40), NAMES)
def test_no_name_is_left_and_what_is_left_was_there(text: str, names: list[str]) -> None:
    shown = mask(text, names)
    bare = "".join(shown.replace(HIDDEN, "\0").split()).casefold()
    known = ["".join(name.split()).casefold() for name in names]
    assert not [name for name in known if len(name) > 1 and name in bare]
    if not [name for name in known if len(name) > 1]:
        assert shown == text


def test_the_pages_of_a_blind_panel_day_cost_the_same_for_one_project_and_for_many(
    app: Venture, statements: list[str]
) -> None:
    costs = []
    scene = Scene(app, presentation_weight=20)
    scene.begin()
    for more in (0, 6):
        for _each in range(more):
            added = make.application(
                scene.round, theme=scene.round.themes[1], by=scene.officer, state=State.IN_REVIEW
            )
            for seat in scene.seats:
                make.reader(added, seat.person)
        save()
        expert, officer = Browser(app).enter(scene.expert), Browser(app).enter(scene.officer)
        asked = [
            (expert, "/review"),
            (expert, f"/review/{scene.theirs.id}/presentation"),
            (officer, "/rounds/2018/panel-day"),
            (officer, "/rounds/2018/panel-day/minutes.docx"),
            (officer, "/rounds/2018/sheets/1/presentation"),
            (officer, "/rounds/2018/sheets/import/all.xlsx"),
        ]
        spent = []
        for browser, address in asked:
            statements.clear()
            browser.get(address)
            spent.append((address, len(statements)))
        costs.append(spent)
    assert costs[0] == costs[1]
