"""Hard inputs, one row of the list after another: no fault of ours, no effect, text shown as text."""

import contextlib
import contextvars
import io
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import make
import openpyxl
import pytest
import time_machine
import xlsxwriter
from budget import scene as money_scene
from client import Browser, save
from sqlalchemy import func, select
from wtforms import Form as PlainForm

from venture import clock, files, money, spreadsheets, trail
from venture.applications.models import Application, Attachment, Barred
from venture.budget.models import Award, Objection
from venture.db import db
from venture.deliberation.models import Matter
from venture.fields import DayField, HundredthsField, MoneyField
from venture.people import proofs
from venture.refusal import Refused
from venture.roles import Role

SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "<math><mtext></title><script>alert(1)</script>",
    "<template><b></p></div>",
    "{{ 7*7 }}{% raise %}",
]
QUERIES = [
    "'",
    "'; DROP TABLE person; --",
    '" OR 1=1 --',
    "x' UNION SELECT password_hash FROM person --",
    "1) OR (1=1",
]
DURING = datetime(2026, 5, 20, 4, 0, 0, tzinfo=UTC)
BIG = ["0", "-1", "1000000000", "9223372036854775808", "1" + "0" * 30, "x", "", "1e9", "1.5", "１"]


@pytest.fixture
def scene(app: Any) -> Iterator[Any]:
    """An open round of 2026 with a draft, an organization, a community and its clerk, and an officer."""
    officer, organization = make.person(Role.OFFICER), make.organization()
    opens = {
        "opens_at": datetime(2026, 5, 1, 1, tzinfo=UTC),
        "closes_at": datetime(2026, 5, 31, 9, tzinfo=UTC),
    }
    round_ = make.round_(officer, 2026, state=make.RoundState.OPEN, **opens)
    applicant = make.person(Role.APPLICANT, organization=organization)
    community = make.community()
    draft = make.application(round_, organization_=organization, by=applicant)
    made = SimpleNamespace(
        officer=officer,
        applicant=applicant,
        administrator=make.person(Role.ADMINISTRATOR),
        organization=organization,
        community=community,
        clerk=make.person(Role.CLERK, community=community),
        round=round_,
        draft=draft,
    )
    save()
    with time_machine.travel(DURING, tick=False):
        yield made


LISTS = [
    "/organizations",
    "/experts",
    "/matters",
    "/communities",
    "/outbox",
    "/supports",
    "/rounds",
    "/rounds/2026/applications",
    "/rounds/2026/eligibility",
    "/notices",
    "/declared",
]
FILTERS = [
    "words",
    "page",
    "sort",
    "theme",
    "field",
    "state",
    "status",
    "step",
    "community",
    "shown",
    "size",
    "group",
    "direction",
    "limit",
]


def harmless(response: Any, *texts: str) -> None:
    """The page runs nothing: what was typed stands there as text only."""
    html = response.get_data(as_text=True)
    for text in texts:
        assert "<" not in text or text not in html
    assert not re.search(r"<(?:img|svg)[^>]*\son\w+=", html)


def many(**values: str) -> dict[str, Any]:
    return {"query_string": values}


def test_search_and_filters_take_anything(scene: Any, enter: Any) -> None:
    """C01, C07, C08, G09 in lists: 422 or the page, never more rows, never a fault."""
    browser, wrong = enter(scene.officer), []
    for address in LISTS:
        for text in [*SCRIPTS[:2], *QUERIES[:2], *BIG[:5], "\x00", "\u2028"]:
            response = browser.get(address, **many(**dict.fromkeys(FILTERS, text)))
            if response.status_code not in {200, 404}:
                wrong.append((address, text, response.status_code))
            harmless(response, text)
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("asked", "shown"), [("-1", 1), ("0", 1), ("2", 2), ("1000000000", 2), ("9" * 18, 2)]
)
def test_a_page_beyond_the_ends_is_the_last_or_the_first(
    scene: Any, enter: Any, asked: str, shown: int
) -> None:
    """G09: a list has the pages it has, of one size, whatever is asked."""
    for _ in range(59):
        make.organization()
    save()
    browser = enter(scene.officer)
    words = [
        browser.get("/organizations", **many(page=page, size="1000000")).page.words
        for page in (asked, str(shown))
    ]
    rows = browser.last.get_data(as_text=True).count("<tr>")
    assert words[0] == words[1] and rows == {1: 51, 2: 11}[shown]


@pytest.mark.parametrize("number", BIG[2:5])
def test_numbers_beyond_the_database_lead_nowhere(scene: Any, enter: Any, number: str) -> None:
    """G09 in addresses: an id or a year that no row can have is one that is not there."""
    browser = enter(scene.officer)
    for address in (
        "applications",
        "organizations",
        "matters",
        "rounds",
        "awards",
        "notices",
        "payments",
        "themes",
    ):
        assert browser.get(f"/{address}/{number}").status_code == 404, address


def test_a_search_says_no_more_than_it_finds(scene: Any, enter: Any) -> None:
    """C07, C09: the signs of SQL and of LIKE stand for themselves."""
    make.organization(name="虚构100%公益_中心\\甲")
    make.organization(name="虚构1000公益x中心乙")
    save()
    browser = enter(scene.officer)
    for words, hits in (("100%", 1), ("益_中", 1), ("\\", 1), ("%", 1), ("_", 1), ("虚构100", 2)):
        page = browser.get("/organizations", **many(words=words)).page
        assert sum(name in page.words for name in ("中心\\甲", "中心乙")) == hits, words
    for words in QUERIES:
        assert "中心乙" not in browser.get("/organizations", **many(words=words)).page.words


def test_a_word_that_only_hidden_rows_hold_is_a_word_that_is_nowhere(scene: Any, enter: Any) -> None:
    """B07: what a search may find is narrowed to what its reader may see, and no search looks into comments."""
    tied = make.application(
        scene.round,
        by=scene.officer,
        state=make.State.IN_REVIEW,
        title="虚构隐藏项目",
        organization_=scene.organization,
    )
    sheet = make.sheet(tied, make.panel(scene.round, 1)[0], 8000)
    sheet.comment = "隐藏的评语"
    db.session.add(Barred(application_id=tied.id, person_id=scene.officer.id))
    clerks = enter(make.person(Role.CLERK, community=make.community()))
    save()
    assert (
        enter(scene.clerk)
        .post("/matters/new", {"community": scene.community.id, "title": "隐藏的事"})
        .status_code
        == 303
    )
    staff, other = enter(scene.officer), enter(make.person(Role.OPERATOR))
    for browser, address, word in (
        (staff, "/rounds/2026/applications", "虚构隐藏项目"),
        (other, "/rounds/2026/applications", "隐藏的评语"),
        (clerks, "/matters", "隐藏的事"),
    ):
        shown = [
            browser.get(address, **many(words=typed)).page.words.replace(typed, "")
            for typed in (word, "哪里都没有的词")
        ]
        assert shown[0] == shown[1], address
    english = {"headers": {"Accept-Language": "en"}}
    counted = [
        "In review 1" in browser.get("/rounds/2026/applications", **english).page.words
        for browser in (other, staff)
    ]
    assert counted == [True, False], "nor does a tied one count"


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_name_is_shown_as_text_to_everybody(scene: Any, enter: Any, browser: Browser, text: str) -> None:
    """C01: organization, project and matter, before applicant, clerk and officer."""
    scene.organization.name = scene.draft.title = text
    db.session.commit()
    clerk = enter(scene.clerk)
    answer = clerk.post(
        "/matters/new", {"community": scene.community.id, "title": text, "source": text, "public": "y"}
    )
    assert answer.status_code == 303, answer.page.words
    matter = db.session.scalars(select(Matter)).one()
    officer, applicant = enter(scene.officer), enter(scene.applicant)
    for reader, address in (
        (clerk, f"/matters/{matter.id}"),
        (officer, f"/matters/{matter.id}"),
        (officer, "/matters"),
        (officer, "/organizations"),
        (officer, f"/organizations/{scene.organization.id}"),
        (browser, f"/public/matters/{matter.number}"),
        (applicant, "/applications"),
        (applicant, f"/applications/{scene.draft.id}"),
        (applicant, f"/applications/{scene.draft.id}/parts/basics"),
    ):
        response = reader.get(address)
        assert response.status_code == 200, address
        harmless(response, text)


def test_signs_that_steer_begin_no_line(scene: Any, enter: Any) -> None:
    """C10: CR LF, NEL, vertical tab and U+2028 typed into a title come to nothing but blanks."""
    clerk = enter(scene.clerk)
    typed = "甲\r\nBcc: x@example.invalid\u2028乙\x85丙\x0b丁"
    assert clerk.post("/matters/new", {"community": scene.community.id, "title": typed}).status_code == 303
    title = db.session.scalars(select(Matter.title)).one()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", title)


READERS = (
    money.parse,
    clock.parse_day,
    clock.parse_moment,
    files.clean_name,
    proofs.normal_login,
    proofs.EMAIL.fullmatch,
    proofs.weakness,
    proofs.code_signs,
    lambda typed: trail.read_proof(typed, key=b""),
)
"""Every reader of typed values that goes by the signs of the text."""


@pytest.mark.parametrize("around", ["{}", "aA1-{}", "{}x", "aA-{}x"])
def test_long_texts_cost_no_time(around: str) -> None:
    """C15: fifty thousand of one sign, also between others, before every reader of typed values: under 100 ms each."""
    for sign in ("1", " ", ",", "年", "-", "９", "1,111", ".", "a@", "·"):
        long = around.format((sign * 50_000)[:50_000])
        for reads in READERS:
            began = time.process_time()
            with contextlib.suppress(ValueError):
                reads(long)
            assert time.process_time() - began < 1, (reads, sign)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\x\\表.pdf", "表.pdf"),
        ("/etc/x.pdf", "x.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("x.pdf. . .", "x.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("字" * 300 + ".pdf", "字" * 150 + ".pdf"),
        ("..", "file"),
        ("<img src=x onerror=alert(1)>.pdf", "img src=x onerror=alert(1).pdf"),
    ],
)
def test_a_file_is_named_cleanly(given: str, shown: str) -> None:
    """C04, D01: the name that is shown holds no path and no sign that steers; the place is the hash."""
    assert files.clean_name(given) == shown


PDF = b"%PDF-1.7 invented"


def packed(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


OFFICE = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, content in OFFICE.items():
            book.writestr(name, content)
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        book.writestr(link, "/etc/passwd")
    return out.getvalue()


REFUSED = {
    "empty": (b"", "files.empty"),
    "html as pdf": (b"<html><script>alert(1)</script>", "files.type"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "files.type"),
    "xml": (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "files.type"),
    "a script before the pdf": (b"<script>alert(1)</script>%PDF-1.7", "files.type"),
    "a zip that is no office file": (packed({"a.txt": b"x"}), "files.type"),
    "macro": (packed({**OFFICE, "word/vbaProject.bin": b"x"}), "files.type"),
    "bomb": (packed({**OFFICE, "word/big.xml": b"0" * 40_000_000}), "files.packed"),
    "entries": (packed({**OFFICE, **{f"x/{n}": b"" for n in range(5001)}}, 0), "files.packed"),
    "climbing": (packed({**OFFICE, "../../x": b"x"}), "files.packed"),
    "climbing backwards": (packed({**OFFICE, "..\\x": b"x"}), "files.packed"),
    "absolute": (packed({**OFFICE, "/etc/x": b"x"}), "files.packed"),
    "drive": (packed({**OFFICE, "C:/x": b"x"}), "files.packed"),
    "symlink": (linked(), "files.packed"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_bad_file_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    """D02, D05, D08: known by its content, by its directory before anything is unpacked."""
    content, code = REFUSED[name]
    with pytest.raises(Refused) as refused:
        files.stage(io.BytesIO(content), "x.docx", root=tmp_path, limit=1 << 25)
    assert refused.value.blockers[0].code == code
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    """D08: a reader would see the one, a checker the other."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, content in [*OFFICE.items(), *OFFICE.items()]:
            book.writestr(name, content)
    with pytest.raises(Refused, match="packed"):
        files.stage(io.BytesIO(out.getvalue()), "x.docx", root=tmp_path, limit=1 << 25)


def test_the_limit_is_the_last_size_taken(tmp_path: Path) -> None:
    """D05: at the limit kept, one more refused without reading on."""
    assert files.stage(io.BytesIO(PDF), "x.pdf", root=tmp_path, limit=len(PDF)).size == len(PDF)

    with pytest.raises(Refused, match="too_large"):
        files.stage(io.BytesIO(PDF), "x.pdf", root=tmp_path, limit=len(PDF) - 1)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Refused, match="too_large"):
        files.stage(endless, "y.pdf", root=tmp_path, limit=1000)  # type: ignore[arg-type]  # only read is asked
    assert endless.given <= files.CHUNK
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


def test_a_workbook_is_checked_before_it_is_read(tmp_path: Path) -> None:
    """D09: an import unpacks nothing that its directory says is a bomb; what Excel writes is read."""
    sheet = packed(
        {"[Content_Types].xml": b"x", "xl/workbook.xml": b"<w/>", "xl/worksheets/1.xml": b"0" * 40_000_000}
    )
    (tmp_path / "bomb.xlsx").write_bytes(sheet)
    with pytest.raises(Refused, match="packed"):
        spreadsheets.read(tmp_path / "bomb.xlsx")
    (tmp_path / "other.xlsx").write_bytes(PDF)
    with pytest.raises(Refused, match="type"):
        spreadsheets.read(tmp_path / "other.xlsx")
    with xlsxwriter.Workbook(tmp_path / "good.xlsx", spreadsheets.OPTIONS) as book:
        page = book.add_worksheet("表")
        for row in range(20_000):
            page.write_row(row, 0, ["虚构", row, "同样的话" * 5])
    assert len(spreadsheets.read(tmp_path / "good.xlsx")["表"]) == 20_000


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", ' "=', "'="])
def test_a_cell_is_never_a_formula(tmp_path: Path, sign: str) -> None:
    """D15: text is typed as text; a negative amount stays a number. No CSV is written anywhere."""
    text = f'{sign}1+HYPERLINK("http://x.invalid")'
    layout = spreadsheets.Layout(
        "虚构表", "单位:元", [spreadsheets.Column("甲"), spreadsheets.Column("乙", spreadsheets.Kind.MONEY)]
    )
    with xlsxwriter.Workbook(tmp_path / "x.xlsx", spreadsheets.OPTIONS) as book:
        spreadsheets.dress(book, book.add_worksheet("x"), layout, [[text, -12.5]])
    cells = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert cells["A4"].data_type == "s" and cells["A4"].hyperlink is None
    assert cells["B4"].data_type == "n" and cells["B4"].value == -12.5


def test_uploads_through_the_web(scene: Any, enter: Any, app: Any) -> None:
    """C04, D01–D03, D05: a page that says why, nothing kept; what is kept comes as a download with its own name."""
    browser = enter(scene.applicant)
    kind = scene.round.papers[0].code
    address = f"/applications/{scene.draft.id}/papers/{kind}"
    for name, content in (
        ("<img src=x onerror=alert(1)>.pdf", b"<html>"),
        ("x.pdf", b""),
        ("x.docx", REFUSED["bomb"][0]),
    ):
        answer = browser.post(address, {"file": (io.BytesIO(content), name)})
        assert answer.status_code in {409, 422}
        harmless(answer, name)
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0
    assert browser.post(address, {"file": (io.BytesIO(PDF), "../../<b>表</b>\u202e.pdf")}).status_code == 303
    kept = db.session.scalars(select(Attachment)).one()
    got = browser.get(f"/applications/{scene.draft.id}/files/{kept.id}")
    assert got.mimetype == "application/pdf" and got.headers["Content-Disposition"].startswith("attachment")
    assert (
        got.headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in got.headers["Content-Security-Policy"]
    )


def test_a_form_has_limits(scene: Any, enter: Any, app: Any) -> None:
    """D06: too many parts or fields, and a part of megabytes without a line's end, are turned away at once."""
    browser = enter(scene.clerk)
    browser.get("/matters/new")
    good = {"csrf_token": browser.token, "community": scene.community.id, "title": "虚构事"}
    head = b"--b\r\nContent-Disposition: form-data; name="
    whole = b"".join(head + f'"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in good.items())
    limit = app.settings.form_limit
    bodies = {
        "multipart/form-data; boundary=b": [
            whole + b"".join(head + b'"x%d"\r\n\r\ny\r\n' % number for number in range(4998)) + b"--b--\r\n",
            whole + head + b'"x"\r\n\r\n\r' + b"a" * (5 << 20) + b"\r\n--b--\r\n",
            whole + head + b'"x"\r\n\r\n' + b"a" * (limit + 1) + b"\r\n--b--\r\n",
        ],
        "application/x-www-form-urlencoded": [urlencode(good).encode() + b"&x=" + b"y" * (limit + 1)],
    }

    def sent(kind: str, content: bytes) -> int:
        given = {"content_type": kind, "input_stream": io.BytesIO(content)}
        given["headers"] = {"Content-Length": str(len(content))}
        return int(contextvars.Context().run(browser.client.post, "/matters/new", **given).status_code)

    for kind, contents in bodies.items():
        for content in contents:
            began = time.perf_counter()
            assert sent(kind, content) == 413, kind
            assert time.perf_counter() - began < 30
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 0
    db.session.rollback()
    assert sent("multipart/form-data; boundary=b", whole + b"--b--\r\n") == 303, (
        "within the limits it is taken"
    )


EXTRA = {
    "status": "awarded",
    "state": "awarded",
    "score": "100",
    "theme_id": "2",
    "org_id": "2",
    "organization_id": "2",
    "amount": "99999999",
    "created_at": "2000-01-01",
    "is_admin": "1",
    "id": "77",
    "number": "X",
}


def test_fields_that_nobody_offered_do_nothing(scene: Any, enter: Any) -> None:
    """E01: what a form does not name is not taken in."""
    kept = ("state", "asked", "theme_id", "organization_id", "created_at")
    before = [getattr(scene.draft, name) for name in kept]
    assert scene.draft.theme_id != int(EXTRA["theme_id"])
    browser = enter(scene.applicant)
    address = f"/applications/{scene.draft.id}/parts/basics"
    browser.get(address)
    assert (
        browser.post(address, {**EXTRA, "version": scene.draft.revision, "title": "虚构新名"}).status_code
        == 303
    )
    db.session.expire_all()
    draft = db.session.get_one(Application, scene.draft.id)
    assert draft.title == "虚构新名"
    assert [getattr(draft, name) for name in kept] == before
    clerk = enter(scene.clerk)
    assert (
        clerk.post("/matters/new", {**EXTRA, "community": scene.community.id, "title": "虚构事"}).status_code
        == 303
    )
    made = db.session.scalars(select(Matter)).one()
    assert made.id != 77 and made.number != "X"


def test_an_objection_is_text_and_changes_no_award(app: Any, browser: Browser) -> None:
    """C01, C10, E01 on the page that is open to everybody."""
    of = money_scene.cast()
    money_scene.project(of, "甲", 1, 4000000, 8000)
    notice = money_scene.noticed(of)
    with time_machine.travel(money_scene.PUBLISHED_AT, tick=False):
        form = browser.get(f"/notices/{notice.id}/objections/new").page.forms[-1]["fields"]
        typed = {**form, **EXTRA, "name": SCRIPTS[0], "contact": SCRIPTS[1], "text": "\r\n".join(SCRIPTS)}
        sent = browser.post(f"/notices/{notice.id}/objections", typed)
        assert sent.status_code == 303, sent.page.words
        harmless(browser.get(sent.headers["Location"]), *SCRIPTS)
    assert db.session.scalar(select(func.count()).select_from(Objection)) == 1
    assert db.session.scalar(select(func.count()).select_from(Award)) == 0


def test_an_award_is_charged_to_the_theme_of_the_frozen_version(app: Any, enter: Any) -> None:
    """F03: whatever theme the form that awards names."""
    of = money_scene.cast()
    asked = money_scene.project(of, "甲", 0, 4000000, 8000)
    notice = money_scene.noticed(of)
    other = of.round.themes[1].id
    changed = {"theme_id": str(other), "theme": str(other), "take": str(notice.decision.lines[0].id)}
    with time_machine.travel(money_scene.AWARDED_AT, tick=False):
        officer = enter(of.officer)
        officer.get(f"/notices/{notice.id}/award")
        sent = officer.post(f"/notices/{notice.id}/award", {**EXTRA, **changed, "confirmed": "1"})
        assert sent.status_code == 303, sent.page.words
    made = db.session.scalars(select(Award)).one()
    assert made.theme_id == asked.versions[-1].theme_id != other
    assert made.amount == 4000000


def read_by(kind: Any, typed: str) -> Any:
    """What a field makes of the typed text; the errors where it makes nothing."""

    class One(PlainForm):
        field = kind("x")

    class Given(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    form = One(Given(field=[typed]))
    return form.field.data if form.validate() else list(form.field.errors)


@pytest.mark.parametrize(
    "typed", ["-1", "9.999", "一百", "1e18", "9223372036854775808", "NaN", "inf", "0x10", "1_000", "1,00"]
)
def test_what_is_no_number_is_refused(app: Any, typed: str) -> None:
    """E11, F01: neither marks nor money are guessed or rounded."""
    with app.test_request_context():
        for kind in (MoneyField, HundredthsField):
            assert isinstance(read_by(kind, typed), list), kind


def test_what_is_a_number_is_read_exactly(app: Any) -> None:
    """E11, F01: whole fen and hundredths; full width and grouped figures as people type them."""
    with app.test_request_context():
        assert [read_by(HundredthsField, typed) for typed in ("８５", "85.5", "0", "")] == [
            8500,
            8550,
            0,
            None,
        ]
        assert [read_by(MoneyField, typed) for typed in ("12,000", "0", "0.01", "２万")] == [
            1200000,
            0,
            1,
            2000000,
        ]
        assert isinstance(read_by(MoneyField, "壹万"), list)


def test_days_are_days_of_beijing(app: Any) -> None:
    """E13: leap days exist when they do; 24:00 is the next day's first moment; a day's ends are Beijing's."""
    with app.test_request_context():
        assert read_by(DayField, "2024-02-29") == date(2024, 2, 29)
        assert isinstance(read_by(DayField, "2023-02-29"), list)
        assert isinstance(read_by(DayField, "0000-01-01"), list)
    assert clock.end_of_day(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert clock.beijing(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)).date() == date(2026, 12, 31)
    with pytest.raises(ValueError):
        clock.parse_moment("2026-12-31 24:00:01")


@pytest.mark.parametrize("token", ["", "wrong", "another's"])
def test_a_post_without_our_token_does_nothing(scene: Any, enter: Any, token: str) -> None:
    """G01: no token, a made-up one, one of another sign-in, a simple content type: 400 or off to what was kept."""
    browser, other = enter(scene.clerk), enter(scene.officer)
    browser.token = other.token if token == "another's" else token or "-"
    data = {"community": scene.community.id, "title": "虚构事"}
    assert browser.post("/matters/new", data).status_code in {400, 303}
    plain = {"content_type": "text/plain", "data": "title=x"}
    answer = contextvars.Context().run(browser.client.post, "/matters/new", **plain)
    assert answer.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 0


def test_every_answer_has_its_headers(scene: Any, enter: Any) -> None:
    """G02, G05: also the errors'; nobody may frame, sniff, keep or read from elsewhere."""
    browser = enter(scene.officer)
    for address in ("/", "/organizations", "/nothing", "/applications/999", "/people", "/health", "/sign-in"):
        for response in (
            browser.get(address, headers={"Origin": "null"}),
            browser.get(address, headers={"Origin": "http://localhost.evil.example"}),
        ):
            headers = response.headers
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Frame-Options"] == "DENY"
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert (
                headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
            )
            assert headers["Cache-Control"] == "no-store" and "Cookie" in headers["Vary"]
            assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "BREW"])
def test_other_methods_are_refused(app: Any, browser: Browser, method: str) -> None:
    """G07, inside the product; the length of addresses and headers is limited by gunicorn."""
    for address in ("/", "/sign-in", "/organizations"):
        assert browser.client.open(address, method=method).status_code == 405
