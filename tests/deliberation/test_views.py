"""Pages of communities and matters: who sees what, a matter walked to its end, and what the public never sees."""

import io
import struct
import zlib
from datetime import timedelta
from typing import Any

import make
import pytest
from client import Browser, save
from sqlalchemy import select

from venture import clock
from venture.db import db
from venture.deliberation import actions
from venture.deliberation.models import Matter, MatterStatus, Outcome, OutcomeKind, StepRecord, Use, UseKind
from venture.deliberation.steps import Step
from venture.people.models import Community, Person
from venture.roles import Role


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
REST = chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")
PNG = HEAD + REST


def picture(name: str = "现场.png", beside: bytes = b"") -> Any:
    """A picture, perhaps with a comment written beside it."""
    return (io.BytesIO(HEAD + (chunk(b"tEXt", beside) if beside else b"") + REST), name)


def fetched(browser: Browser, address: str) -> tuple[int, str]:
    """Fetch a file and let it go again."""
    answer = browser.get(address)
    answer.close()
    return answer.status_code, answer.mimetype


def ago(days: int) -> str:
    return (clock.beijing_day(clock.now()) - timedelta(days=days)).isoformat()


@pytest.fixture
def village(app: Any) -> Community:
    return make.community(name="虚构东村")


@pytest.fixture
def clerk(village: Community) -> Person:
    return make.person(Role.CLERK, community=village)


def opened(village: Community, clerk: Person, **more: Any) -> Matter:
    matter = actions.open_matter(
        **{"community": village, "title": "村口公交站雨棚", "by": clerk, "at": clock.now(), **more}
    )
    save()
    return matter


def test_a_clerk_walks_a_matter_to_its_end(app: Any, village: Community, clerk: Person, enter: Any) -> None:
    save()
    browser: Browser = enter(clerk)
    assert "虚构东村" in browser.get("/matters/new").page.words
    page = browser.post("/matters/new", {"community": village.id, "title": "", "source": "走访"})
    assert page.status_code == 422
    page = browser.post(
        "/matters/new", {"community": village.id, "title": "村口公交站雨棚", "public": "y"}, follow=True
    )
    matter = db.session.scalars(select(Matter)).one()
    assert matter.number in page.page.words and matter.public
    for step in range(1, 7):
        browser.get(f"/matters/{matter.id}/steps/{step}")
        answer = browser.post(
            f"/matters/{matter.id}/steps/{step}",
            {"from_on": ago(30 - step), "by_whom": f"虚构方{step}", "text": "记录", "photo": picture()},
        )
        assert answer.status_code == 303
    refused = browser.post(f"/matters/{matter.id}/steps/3", {"from_on": ago(20)})
    assert refused.status_code == 422
    browser.get(f"/matters/{matter.id}/outcomes/new")
    browser.post(
        f"/matters/{matter.id}/outcomes/new",
        {"text": "加建雨棚", "decided_on": ago(27), "kind": "works", "binds": "全体村民"},
    )
    outcome = db.session.scalars(select(Outcome)).one()
    browser.get(f"/outcomes/{outcome.id}/uses/new")
    browser.post(
        f"/outcomes/{outcome.id}/uses/new",
        {"kind": "carried_out", "happened_on": ago(25), "who": "施工队", "photo": picture("雨棚.png")},
    )
    assert browser.get(f"/matters/{matter.id}/close").status_code == 200
    closed = browser.post(
        f"/matters/{matter.id}/close",
        {"status": "resolved", "closed_on": ago(20), "benefited": "１１８", "counted_how": "按户登记"},
        follow=True,
    )
    assert "118" in closed.page.words
    db.session.expire_all()
    assert (matter.status, matter.step, matter.benefited) == (MatterStatus.RESOLVED, 7, 118)
    use = db.session.scalars(select(Use)).one()
    assert fetched(browser, f"/matters/{matter.id}/photos/{use.photo_id}") == (200, "image/png")


def test_a_refused_step_keeps_what_was_typed(village: Community, clerk: Person, enter: Any) -> None:
    matter = opened(village, clerk)
    browser = enter(clerk)
    browser.post(f"/matters/{matter.id}/steps/1", {"from_on": ago(10), "to_on": ago(5)})
    page = browser.post(f"/matters/{matter.id}/steps/2", {"from_on": ago(7), "text": "已打好的字"})
    assert page.status_code == 422 and "已打好的字" in page.get_data(as_text=True)
    assert ago(5) in page.page.words
    late = browser.get(f"/matters/{matter.id}")
    assert late.status_code == 200


def test_another_clerk_finds_nothing_there(village: Community, clerk: Person, enter: Any) -> None:
    matter = opened(village, clerk)
    step = actions.record_step(
        matter=matter, step=Step.SURVEY, from_on=clock.beijing_day(clock.now()), by=clerk, at=clock.now()
    )
    outcome = actions.record_outcome(
        matter=matter, text="成果", decided_on=step.from_on, kind=OutcomeKind.RULE, by=clerk, at=clock.now()
    )
    stranger = make.person(Role.CLERK, community=make.community())
    save()
    browser = enter(stranger)
    for address in (
        f"/communities/{village.id}",
        f"/matters/{matter.id}",
        f"/matters/{matter.id}/steps/2",
        f"/matters/{matter.id}/close",
        f"/matters/{matter.id}/reject",
        f"/matters/{matter.id}/correct/step/{step.id}",
        f"/outcomes/{outcome.id}/uses/new",
        f"/matters/{matter.id}/money",
    ):
        assert browser.get(address).status_code == 404, address
    for address in (f"/matters/{matter.id}/steps/2", f"/matters/{matter.id}/close"):
        assert browser.post(address, {"from_on": ago(1), "status": "unresolved"}).status_code == 404
    assert matter.title not in browser.get("/matters").page.words
    assert village.name not in browser.get("/matters/new").page.words
    assert browser.post("/matters/new", {"community": village.id, "title": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "reads", "records", "registers"),
    [
        (Role.OFFICER, 200, 200, 200),
        (Role.ADMINISTRATOR, 200, 403, 200),
        (Role.AUDITOR, 200, 403, 403),
        (Role.FINANCE, 200, 403, 403),
        (Role.EXPERT, 403, 403, 403),
        (Role.APPLICANT, 403, 403, 403),
    ],
)
def test_roles(
    village: Community, clerk: Person, enter: Any, role: Role, reads: int, records: int, registers: int
) -> None:
    matter = opened(village, clerk)
    person = make.person(role, organization=make.organization() if role is Role.APPLICANT else None)
    save()
    browser = enter(person)
    for address in ("/communities", f"/communities/{village.id}", "/matters", f"/matters/{matter.id}"):
        assert browser.get(address).status_code == reads, address
    for address in ("/matters/new", f"/matters/{matter.id}/steps/1", f"/matters/{matter.id}/close"):
        assert browser.get(address).status_code == records, address
    for address in ("/communities/new", f"/communities/{village.id}/edit"):
        assert browser.get(address).status_code == registers, address
    assert browser.post("/declared", {}).status_code == (422 if registers == 200 else 403)
    assert browser.get("/declared").status_code == reads


def test_the_public_page_shows_no_person(village: Community, clerk: Person, enter: Any, app: Any) -> None:
    """Phones and names planted in every field that people fill in; only title, days, outcome and kinds come out."""
    phone, name = "13912345678", "张三丰"
    planted = f"{name}{phone}"
    matter = opened(village, clerk, source=planted, field=planted)
    browser = enter(clerk)
    for step in range(1, 7):
        browser.post(
            f"/matters/{matter.id}/steps/{step}",
            {
                "from_on": ago(30 - step),
                "by_whom": planted,
                "text": planted,
                "photo": picture(planted + ".png"),
            },
        )
    browser.post(
        f"/matters/{matter.id}/outcomes/new",
        {"text": "加建雨棚", "decided_on": ago(27), "kind": "works", "binds": "全体村民"},
    )
    outcome = db.session.scalars(select(Outcome)).one()
    for shown in ("", "y"):
        browser.post(
            f"/outcomes/{outcome.id}/uses/new",
            {
                "kind": "carried_out",
                "happened_on": ago(25),
                "who": planted,
                "text": planted + shown,
                "photo": picture(planted + ".png", planted.encode()),
                **({"photo_public": "y"} if shown else {}),
            },
        )
    browser.post(
        f"/matters/{matter.id}/close",
        {"status": "resolved", "closed_on": ago(20), "evaluator": planted, "benefited": "9",
         "counted_how": planted, "text": planted},
    )  # fmt: skip
    public = Browser(app)
    page = public.get(f"/public/matters/{matter.number}")
    raw = page.get_data(as_text=True)
    assert page.status_code == 200 and "村口公交站雨棚" in raw and "加建雨棚" in raw and ago(25) in raw
    assert phone not in raw and name not in raw and clerk.name not in raw
    uses = {use.photo_public: use.photo_id for use in db.session.scalars(select(Use))}
    step = db.session.scalars(select(StepRecord).where(StepRecord.step == 4)).one()
    base = f"/public/matters/{matter.number}/photos"
    with public.get(f"{base}/{uses[True]}") as shown_to_all:
        assert shown_to_all.status_code == 200 and planted.encode() not in shown_to_all.data
    with browser.get(f"/matters/{matter.id}/photos/{uses[True]}") as original:
        assert planted.encode() in original.data
    assert public.get(f"{base}/{uses[False]}").status_code == 404
    assert public.get(f"{base}/{step.photo_id}").status_code == 404
    assert name not in str(public.last.headers)
    matter.public = False
    save()
    assert public.get(f"/public/matters/{matter.number}").status_code == 404
    assert public.get(f"{base}/{uses[True]}").status_code == 404
    assert public.get(f"/matters/{matter.id}").status_code == 303


def test_a_correction_shows_both_values_before_and_after(
    village: Community, clerk: Person, enter: Any
) -> None:
    matter = opened(village, clerk)
    browser = enter(clerk)
    browser.post(f"/matters/{matter.id}/steps/1", {"from_on": ago(10), "by_whom": "网格员"})
    step = db.session.scalars(select(StepRecord)).one()
    address = f"/matters/{matter.id}/correct/step/{step.id}"
    assert browser.get(address).status_code == 200
    asked = {"from_on": ago(12), "by_whom": "村民代表", "text": ""}
    assert browser.post(address, asked).status_code == 422
    preview = browser.post(address, {**asked, "why": "看错签到表"})
    assert preview.status_code == 200 and "网格员" in preview.page.words and "村民代表" in preview.page.words
    db.session.expire_all()
    assert step.by_whom == "网格员"
    page = browser.post(address, {**asked, "why": "看错签到表", "confirmed": "1"}, follow=True)
    assert "网格员" in page.page.words and "村民代表" in page.page.words and "看错签到表" in page.page.words
    about = f"/matters/{matter.id}/correct/matter/{matter.id}"
    assert browser.get(about).status_code == 200
    preview = browser.post(about, {"title": "村口雨棚", "why": "写错"})
    assert "村口雨棚" in preview.page.words
    for address in (f"/matters/{matter.id}/correct/step/999", f"/matters/{matter.id}/correct/what/{step.id}"):
        assert browser.get(address).status_code == 404


def test_rejecting_reopening_and_striking_through_pages(
    village: Community, clerk: Person, enter: Any
) -> None:
    matter = opened(village, clerk)
    browser = enter(clerk)
    browser.get(f"/matters/{matter.id}/reject")
    page = browser.post(
        f"/matters/{matter.id}/reject", {"closed_on": ago(1), "reason": "不符合用地规定"}, follow=True
    )
    assert "不符合用地规定" in page.page.words
    assert "不符合用地规定" in browser.get(f"/public/matters/{matter.number}").page.words
    assert browser.get(f"/matters/{matter.id}/reopen").status_code == 200
    browser.post(f"/matters/{matter.id}/reopen", {"why": "误点"}, follow=True)
    outcome = actions.record_outcome(
        matter=matter,
        text="加建雨棚",
        decided_on=clock.beijing_day(clock.now()),
        kind=OutcomeKind.WORKS,
        by=clerk,
        at=clock.now(),
    )
    use = actions.record_use(
        outcome=outcome,
        happened_on=outcome.decided_on,
        who="施工队",
        kind=UseKind.CARRIED_OUT,
        by=clerk,
        at=clock.now(),
    )
    save()
    assert browser.get(f"/matters/{matter.id}/correct/use/{use.id}").status_code == 200
    added = browser.post(f"/matters/{matter.id}/photo/use/{use.id}", {"photo": picture()}, follow=True)
    assert added.status_code == 200
    assert browser.get(f"/matters/{matter.id}/correct/use/{use.id}").status_code == 200
    gone = browser.post(
        f"/matters/{matter.id}/photo/use/{use.id}/take-down", {"why": "有人未同意"}, follow=True
    )
    assert "有人未同意" in gone.page.words
    assert browser.post(f"/matters/{matter.id}/strike/use/{use.id}", {"why": ""}).status_code == 409
    struck = browser.post(f"/matters/{matter.id}/strike/use/{use.id}", {"why": "记错"}, follow=True)
    assert "记错" in struck.page.words


def test_communities_and_declared_totals_through_pages(village: Community, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    save()
    browser = enter(officer)
    given = {
        "name": "虚构西村",
        "town": "虚构镇",
        "kind": "rural",
        "residents": "1500",
        "platform_begun_on": ago(30),
    }
    assert browser.post("/communities/new", {**given, "code": "12"}).status_code == 422
    page = browser.post("/communities/new", {**given, "code": "320684100999"}, follow=True)
    assert "虚构西村" in page.page.words
    made = db.session.scalars(select(Community).where(Community.code == "320684100999")).one()
    assert browser.get(f"/communities/{made.id}/edit").status_code == 200
    browser.post(f"/communities/{made.id}/edit", {**given, "code": made.code, "residents": "1480"})
    assert "1480" in browser.get("/communities").page.words
    total = {"unit": "个", "as_of": ago(9), "source": "公开材料"}
    browser.post(
        "/declared", {**total, "code": "communities", "name": "社区总数", "value": "293", "base": ""}
    )
    browser.post(
        "/declared", {**total, "code": "halls", "name": "一站式大厅", "value": "288", "base": "communities"}
    )
    browser.post(
        "/declared",
        {**total, "code": "platforms", "name": "开始搭建平台", "value": "156", "base": "communities"},
    )
    words = browser.get("/declared").page.words
    assert "98.3" in words and "53.2" in words and "156" in words and "公开材料" in words
    row = 2
    assert browser.get(f"/declared/{row}/correct").status_code == 200
    browser.post(f"/declared/{row}/correct", {"value": "287", "source": "公开材料", "why": "核对原文"})
    words = browser.get("/declared").page.words
    assert "98.0" in words and "288" in words and "核对原文" in words


def test_lists_and_pages_take_constant_statements(
    village: Community, clerk: Person, enter: Any, statements: Any
) -> None:
    officer = make.person(Role.OFFICER)
    matter = opened(village, clerk)
    browser = enter(officer)

    def read() -> list[int]:
        counts = []
        for address in ("/matters", "/communities", f"/communities/{village.id}", f"/matters/{matter.id}"):
            statements.clear()
            assert browser.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    record(matter, clerk, 1)
    few = read()
    for number in range(40):
        more = opened(village, clerk, title=f"议题{number}")
        if number % 4 == 0:
            record(more, clerk, 2)
    record(matter, clerk, 6)
    make.community()
    save()
    assert read() == few


def record(matter: Matter, clerk: Person, upto: int) -> None:
    day = clock.beijing_day(clock.now())
    for step in list(Step)[:upto]:
        if step not in [record.step for record in matter.steps]:
            actions.record_step(matter=matter, step=step, from_on=day, by=clerk, at=clock.now())
    for number in range(upto):
        outcome = actions.record_outcome(
            matter=matter, text=f"成果{upto}-{number}", decided_on=day, kind=OutcomeKind.RULE, by=clerk, at=clock.now()
        )  # fmt: skip
        for _ in range(upto):
            actions.record_use(
                outcome=outcome, happened_on=day, who=f"{next(make._numbers)}", kind=UseKind.FED_BACK,
                by=clerk, at=clock.now(),
            )  # fmt: skip
    save()
