"""Pages of support and of themes: from one yuan to the photo and back, each confirmation, and what no page shows."""

import io
import re
from datetime import date, timedelta
from typing import Any

import make
import pytest
from client import Browser, save
from sqlalchemy import insert, select

from venture import clock
from venture.budget.models import Award, Batch, Payment, PaymentState
from venture.db import db
from venture.deliberation import actions as matters
from venture.deliberation.models import WHOLE, Matter, MatterStatus, OutcomeKind, UseKind
from venture.deliberation.steps import Step
from venture.files import File
from venture.impact import actions
from venture.impact.forms import parse_share
from venture.impact.models import ConfirmLink, Support, SupportState, Way
from venture.people.models import Person
from venture.roles import Role

pytestmark = pytest.mark.unsound("money", "record", "earmarks")
"""Payments are put in as rows, without their ledger and trail."""


def now() -> Any:
    return clock.now()


class Scene:
    """One project of the consultation theme with its lead, a village with its clerk, and the bureau."""

    def __init__(self) -> None:
        self.officer, self.approver = make.person(Role.OFFICER), make.person(Role.APPROVER)
        self.finance, self.auditor = make.person(Role.FINANCE), make.person(Role.AUDITOR)
        self.round = make.round_(self.officer)
        self.theme = self.round.themes[0]
        self.village = make.community(name="虚构南村", residents=500)
        self.clerk = make.person(Role.CLERK, community=self.village, name="虚构文书")
        self.award, self.lead = self.project("邻里议事会陪伴计划")

    def project(self, title: str) -> tuple[Award, Person]:
        organization = make.organization()
        lead = make.person(Role.APPLICANT, organization=organization)
        application = make.application(
            self.round,
            organization_=organization,
            by=lead,
            state=make.State.SUBMITTED,
            title=title,
            communities=[self.village],
        )
        award = make.award(
            application, officer=self.officer, approver=self.approver, signed_on=date(2018, 7, 1)
        )
        return award, lead

    def matter(self, title: str = "村口公交站雨棚", **more: Any) -> Matter:
        return matters.open_matter(
            **{"community": self.village, "title": title, "by": self.clerk, "at": now(), **more}
        )

    def claimed(self, matter: Matter, award: Award | None = None, lead: Person | None = None) -> Support:
        return actions.claim(
            award=award or self.award, number=matter.number, steps=[1, 4], by=lead or self.lead, at=now()
        )

    def pay(self, award: Award, place: int = 0) -> Payment:
        part = award.instalments[place]
        award.paid += part.amount
        number = next(make._numbers)
        batch = make._add(
            Batch(round=self.round, number=number, key=f"batch-{number}", made_at=now(), made_by=self.officer)
        )
        return make._add(
            Payment(
                batch=batch,
                instalment=part,
                amount=part.amount,
                state=PaymentState.PAID,
                account_name="虚构户名",
                bank="虚构银行",
                account_no="622202111100129999",
                requested_at=now(),
                requested_by=self.officer,
                checked_at=now(),
                checked_by=self.finance,
                released_at=now(),
                released_by=self.approver,
                recorded_at=now(),
                recorded_by=self.finance,
                voucher_no=f"记字{number}",
                paid_on=date(2018, 8, 1),
            )
        )

    def solve(self, matter: Matter, benefited: int = 118) -> None:
        day = clock.beijing_day(now())
        photo = make._add(
            File(
                sha256="a" * 64, name="雨棚.jpg", type="image/jpeg", size=9,
                uploaded_by_id=self.clerk.id, uploaded_at=now(),
            )
        )  # fmt: skip
        given: dict[str, Any] = {"by": self.clerk, "at": now()}
        for step in list(Step)[:6]:
            matters.record_step(
                matter=matter, step=step, from_on=day, by_whom=f"方{step}", text="记录", **given
            )
        outcome = matters.record_outcome(
            matter=matter, text="加建雨棚", decided_on=day, kind=OutcomeKind.WORKS, **given
        )
        matters.record_use(
            outcome=outcome, happened_on=day, who="施工队", kind=UseKind.CARRIED_OUT, photo=photo, **given
        )
        matters.close(
            matter=matter,
            status=MatterStatus.RESOLVED,
            closed_on=day,
            benefited=benefited,
            counted_how="按户登记",
            **given,
        )


@pytest.fixture
def scene(app: Any) -> Scene:
    return Scene()


def test_a_project_claims_and_the_clerk_confirms_a_list(scene: Scene, enter: Any) -> None:
    first, second = scene.matter(), scene.matter("三组垃圾收集点移位")
    other, other_lead = scene.project("银龄议事")
    scene.claimed(first, other, other_lead)
    save()
    browser = enter(scene.lead)
    address = f"/awards/{scene.award.id}/supports"
    page = browser.get(address)
    assert f'<option value="{first.number}">' in page.get_data(as_text=True)
    assert browser.post(address, {"number": "HM-1999-0001", "steps": "1"}).status_code == 422
    assert browser.post(address, {"number": first.number}).status_code == 422
    for matter in (first, second):
        done = browser.post(address, {"number": matter.number, "steps": ["1", "4"], "note": "协助走访"})
        assert done.status_code == 303
    claims = list(db.session.scalars(select(Support).order_by(Support.id)))
    clerk = enter(scene.clerk)
    assert clerk.get("/supports").page.words.count("协助走访") == 2
    chosen = [str(claim.id) for claim in claims]
    asked = {"support": chosen, f"share-{claims[1].id}": "1/4", f"reason-{claims[1].id}": "只协助了走访"}
    bad = clerk.post("/supports/confirm", {**asked, f"share-{claims[1].id}": "5/4"})
    assert bad.status_code == 409
    preview = clerk.post("/supports/confirm", asked)
    assert preview.status_code == 200 and "只协助了走访" in preview.page.words
    assert "1/4" in preview.page.words
    db.session.expire_all()
    assert first.credited == 0
    assert clerk.post("/supports/confirm", {**asked, "confirmed": "1"}).status_code == 303
    db.session.expire_all()
    assert (first.credited, second.credited) == (WHOLE // 4 + WHOLE // 2, WHOLE)
    assert clerk.get(f"/supports/{claims[1].id}").status_code == 200
    assert clerk.get("/supports?state=confirmed").status_code == 200
    assert clerk.post("/supports/confirm", {"support": []}).status_code == 409


def test_refusing_undoing_and_another_share(scene: Scene, enter: Any) -> None:
    claim = scene.claimed(scene.matter())
    save()
    clerk = enter(scene.clerk)
    address = f"/supports/{claim.id}"
    assert clerk.get(address).status_code == 200
    assert clerk.post(f"{address}/refuse", {"reason": ""}).status_code == 422
    assert "未参与" in clerk.post(f"{address}/refuse", {"reason": "未参与"}, follow=True).page.words
    lead = enter(scene.lead)
    assert "未参与" in lead.get(address).page.words
    lead.post(f"/awards/{scene.award.id}/supports", {"number": claim.matter.number, "steps": "2"})
    clerk.post("/supports/confirm", {"support": str(claim.id), "confirmed": "1"})
    page = clerk.post(f"{address}/share", {"share": "50%", "share_reason": "村里自办一半"}, follow=True)
    assert "村里自办一半" in page.page.words and "1/2" in page.page.words
    assert clerk.post(f"{address}/share", {"share": "x", "share_reason": "y"}).status_code == 422
    preview = clerk.post(f"{address}/undo", {"why": "点错"})
    assert preview.status_code == 200 and "点错" in preview.page.words
    page = clerk.post(f"{address}/undo", {"why": "点错", "confirmed": "1"}, follow=True)
    assert "点错" in page.page.words
    db.session.expire_all()
    assert (claim.state, claim.matter.credited) == (SupportState.CLAIMED, 0)
    assert lead.post(f"{address}/withdraw").status_code == 303


def test_a_link_confirms_once_without_an_account(scene: Scene, enter: Any, app: Any) -> None:
    claim = scene.claimed(scene.matter())
    save()
    lead = enter(scene.lead)
    lead.get(f"/supports/{claim.id}")
    page = lead.post(f"/supports/{claim.id}/link", follow=True)
    found = re.search(r"/confirm/([\w-]+)", page.get_data(as_text=True))
    assert found and "<svg" in page.get_data(as_text=True)
    address = f"/confirm/{found[1]}"
    link = db.session.scalars(select(ConfirmLink)).one()
    assert enter(scene.officer).get(f"/links/{link.id}").status_code == 404
    assert lead.get(address).status_code == 200
    assert lead.post(address, {"name": "别人"}).status_code == 422  # the claimant's own browser
    village = Browser(app)
    assert village.get("/confirm/unknown-token").status_code == 404
    seen = village.get(address)
    assert scene.village.name in seen.page.words and "邻里议事会陪伴计划" in seen.page.words
    assert "13800000000" not in seen.get_data(as_text=True)
    assert village.post(address, {"name": ""}).status_code == 422
    db.session.expire_all()
    assert claim.state is SupportState.CLAIMED
    done = village.post(address, {"name": "虚构书记", "position": "书记"}, follow=True)
    assert done.status_code == 200
    db.session.expire_all()
    assert (claim.state, claim.way, claim.confirmer) == (SupportState.CONFIRMED, Way.LINK, "虚构书记(书记)")
    assert village.post(address, {"name": "又一人"}).status_code == 422
    assert "虚构书记" not in village.get(address).page.words


def test_an_ended_link_says_so(scene: Scene, app: Any) -> None:
    claim = scene.claimed(scene.matter())
    _, token = actions.make_link(support=claim, by=scene.lead, at=now() - timedelta(days=31))
    save()
    village = Browser(app)
    page = village.get(f"/confirm/{token}")
    assert page.status_code == 200 and 'name="name"' not in page.get_data(as_text=True)
    assert village.post(f"/confirm/{token}", {"name": "虚构书记"}).status_code == 422


def test_paper_is_entered_by_one_and_checked_by_another(scene: Scene, enter: Any) -> None:
    claim = scene.claimed(scene.matter())
    save()
    officer = enter(scene.officer)
    address = f"/supports/{claim.id}"
    officer.get(address)
    scan = (io.BytesIO(b"%PDF-1.4 x"), "确认书.pdf")
    given = {"signer": "0", "name": "虚构老书记", "signed_on": "2018-11-20"}
    assert officer.post(f"{address}/paper", {**given, "name": ""}).status_code == 422
    page = officer.post(f"{address}/paper", {**given, "scan": scan}, follow=True)
    assert "虚构老书记" in page.page.words
    assert officer.post(f"{address}/paper/check").status_code == 409
    approver = enter(scene.approver)
    assert "虚构老书记" in approver.get(address).page.words
    answer = approver.get(f"{address}/paper")
    answer.close()
    assert answer.status_code == 200
    assert approver.post(f"{address}/paper/check").status_code == 303
    db.session.expire_all()
    assert (claim.state, claim.way) == (SupportState.CONFIRMED, Way.PAPER)


def test_who_may_see_and_answer(scene: Scene, enter: Any) -> None:
    claim = scene.claimed(scene.matter(public=False, title="两户宅基地纠纷"))
    other_lead = scene.project("银龄议事")[1]
    stranger = make.person(Role.CLERK, community=make.community())
    expert = make.person(Role.EXPERT)
    save()
    one, claims, theme = (
        f"/supports/{claim.id}",
        f"/awards/{scene.award.id}/supports",
        f"/themes/{scene.theme.id}",
    )
    expected: dict[Person, tuple[int, ...]] = {
        scene.officer: (200, 200, 200, 200),
        scene.auditor: (200, 200, 200, 200),
        scene.lead: (200, 200, 403, 403),
        other_lead: (404, 404, 403, 403),
        scene.clerk: (200, 403, 403, 200),
        stranger: (404, 403, 403, 200),
        expert: (403, 403, 403, 403),
    }
    for person, codes in expected.items():
        browser = enter(person)
        found = tuple(browser.get(address).status_code for address in (one, claims, theme, "/supports"))
        assert found == codes, person.name
    assert "两户宅基地纠纷" not in enter(scene.lead).get(one).page.words
    assert "两户宅基地纠纷" not in enter(scene.lead).get(claims).page.words
    assert "两户宅基地纠纷" not in enter(stranger).get("/supports").page.words
    _, token = actions.make_link(support=claim, by=scene.lead, at=now())
    save()
    assert "两户宅基地纠纷" not in enter(scene.lead).get(f"/confirm/{token}").page.words
    browser = enter(stranger)
    assert browser.post(f"{one}/refuse", {"reason": "x"}).status_code == 404
    assert browser.post("/supports/confirm", {"support": str(claim.id), "confirmed": "1"}).status_code == 409
    browser = enter(scene.auditor)
    for verb in ("refuse", "undo", "share", "link", "paper", "paper/check", "withdraw"):
        assert browser.post(f"{one}/{verb}").status_code == 403
    assert enter(scene.officer).post("/supports/confirm", {"support": str(claim.id)}).status_code == 403


def test_from_one_yuan_to_the_photo_and_back(scene: Scene, enter: Any) -> None:
    matter = scene.matter()
    payment = scene.pay(scene.award)
    scene.solve(matter)
    claim = scene.claimed(matter)
    actions.confirm(supports=[claim], by=scene.clerk, at=now())
    save()
    browser = enter(scene.auditor)

    def follow(address: str, to: str) -> str:
        text = browser.get(address).get_data(as_text=True)
        assert browser.last.status_code == 200 and f'href="{to}"' in text, (address, to)
        return text

    theme, money = f"/themes/{scene.theme.id}", f"/matters/{matter.id}/money"
    text = follow(theme, f"{theme}/payments")
    assert "20,000.00" in text and "1.0" in text and "118" in text
    follow(theme, f"{theme}/matters")
    follow(f"{theme}/payments", f"/payments/{payment.id}")
    follow(f"{theme}/payments", f"/awards/{scene.award.id}/supports")
    follow(f"/awards/{scene.award.id}/supports", f"/supports/{claim.id}")
    follow(f"/supports/{claim.id}", f"/matters/{matter.id}")
    use = matter.outcomes[0].uses[0]
    follow(f"/matters/{matter.id}", f"/matters/{matter.id}/photos/{use.photo_id}")
    follow(f"/matters/{matter.id}", money)
    follow(money, f"/payments/{payment.id}")
    follow(money, f"/supports/{claim.id}")
    for shown in ("all", "outcomes", "uses", "solved"):
        follow(f"{theme}/matters?shown={shown}", f"/matters/{matter.id}")
    assert "122900129999" not in text and "622202111100129999" not in text
    clerk = enter(scene.clerk).get(money)
    assert clerk.status_code == 200 and f"/payments/{payment.id}" not in clerk.get_data(as_text=True)


def test_no_page_shows_the_false_figure(scene: Scene, enter: Any) -> None:
    """621 matters of history and 200,000 yuan paid out of the theme: 322 stands nowhere."""
    scene.award.application.asked = scene.award.requested = scene.award.amount = 20000000
    scene.theme.committed = 20000000
    scene.award.instalments[0].amount = 20000000
    scene.pay(scene.award)
    db.session.execute(
        insert(Matter),
        [
            {
                "number": f"HM-2017-{number:04d}",
                "community_id": scene.village.id,
                "title": "历史议题",
                "status": MatterStatus.RESOLVED,
                "closed_on": date(2017, 12, 1),
                "benefited": 34,
                "legacy": True,
                "created_at": now(),
                "created_by_id": scene.clerk.id,
            }
            for number in range(621)
        ],
    )
    for code, value, unit in (("matters", 621, "件"), ("theme_money", 200000, "元")):
        matters.declare(
            code=code, name="申报合计", value=value, unit=unit, as_of=date(2018, 11, 30), source="公开材料",
            by=scene.officer, at=now(),
        )  # fmt: skip
    save()
    browser = enter(scene.officer)
    for address in (
        f"/themes/{scene.theme.id}",
        "/rounds/2018/themes",
        "/declared",
        "/communities",
        "/matters",
    ):
        page = browser.get(address)
        assert page.status_code == 200
        assert not re.search(r"\b322(?:\.\d+)?\b", page.page.words), address
    words = browser.get(f"/themes/{scene.theme.id}").page.words
    assert ("200,000.00" in words and "no matter closed as resolved yet" in words) or "尚无结案" in words


def test_the_worked_example_stands_on_the_page(scene: Scene, enter: Any) -> None:
    """32,000 yuan through six matters of which 3.0 are solved: 10,667 a matter, 180–250 residents, 128–178 each."""
    scene.pay(scene.award, 0)
    scene.pay(scene.award, 1)
    p, q = make.community(residents=150), make.community(residents=500)
    for place, status, benefited, parts in (
        (p, "resolved", 120, WHOLE), (p, "resolved", 80, WHOLE), (q, "resolved", 60, WHOLE // 2),
        (q, "partly", 70, WHOLE), (q, "resolved", 40, WHOLE // 2), (q, "open", None, WHOLE),
    ):  # fmt: skip
        number = next(make._numbers)
        matter = make._add(
            Matter(
                number=f"HM-2018-{number:04d}", community=place, title=f"虚构议题{number}",
                status=MatterStatus(status), closed_on=None if status == "open" else date(2018, 11, 1),
                benefited=benefited, credited=parts, created_at=now(), created_by_id=scene.clerk.id,
            )
        )  # fmt: skip
        make._add(
            Support(
                award=scene.award, matter=matter, steps=[4], share=parts, state=SupportState.CONFIRMED,
                claimed_at=now(), claimed_by=scene.lead, confirmed_on=date(2018, 10, 1), confirmer="虚构",
                way=Way.LINK,
            )
        )  # fmt: skip
    save()
    browser = enter(scene.officer)
    words = browser.get(f"/themes/{scene.theme.id}").page.words
    for figure in ("3.0", "10,667", "180–250", "128–178", "32,000.00", "(n=4)"):
        assert figure in words, figure
    assert "10,667" in browser.get("/rounds/2018/themes").page.words
    assert browser.get("/rounds/2017/themes").status_code == 404


def test_pages_take_constant_statements(scene: Scene, enter: Any, statements: Any) -> None:
    matter = scene.matter()
    scene.pay(scene.award)
    claim = scene.claimed(matter)
    actions.confirm(supports=[claim], by=scene.clerk, at=now())
    scene.claimed(scene.matter("又一议题"))
    save()
    officer, clerk = enter(scene.officer), enter(scene.clerk)

    def read() -> list[int]:
        counts = []
        theme = f"/themes/{scene.theme.id}"
        for browser, address in (
            (officer, theme),
            (officer, f"{theme}/matters"),
            (officer, f"{theme}/payments"),
            (officer, "/rounds/2018/themes"),
            (officer, f"/awards/{scene.award.id}/supports"),
            (officer, "/supports"),
            (clerk, "/supports"),
            (clerk, f"/matters/{matter.id}/money"),
        ):
            statements.clear()
            assert browser.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    few = read()
    scene.theme.earmark = scene.round.allotted = scene.round.total = 10**10
    scene.round.sources[0].amount = 10**10
    for number in range(30):
        award, lead = scene.project(f"项目{number}")
        scene.pay(award)
        claim = scene.claimed(scene.matter(f"议题{number}"), award, lead)
        actions.confirm(supports=[claim], by=scene.clerk, at=now())
        scene.claimed(scene.matter(f"待认{number}"))
        if number % 10 == 0:
            actions.confirm(supports=[scene.claimed(matter, award, lead)], by=scene.clerk, at=now())
    save()
    assert read() == few


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", None),
        ("1", WHOLE),
        ("1/2", WHOLE // 2),
        ("０.５", WHOLE // 2),
        (" 50 % ", WHOLE // 2),
        ("１／３", WHOLE // 3),
    ],
)
def test_shares_as_typed(typed: str, parts: int | None) -> None:
    assert parse_share(typed) == parts


@pytest.mark.parametrize("typed", ["0", "2", "3/2", "101%", "1/0", "x", "-1/2", "1/2/3", "1e9", "0%"])
def test_shares_that_are_none(typed: str) -> None:
    with pytest.raises(ValueError, match=re.escape(typed)):
        parse_share(typed)
