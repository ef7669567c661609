"""Signed-in browsers: limits, ends, proofs; what is posted too late comes back to its writer and to nobody else."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import make
import pytest
import time_machine
from client import Browser, save
from people import scene
from sqlalchemy import func, select

from venture import clock, config, create_app, sessions, trail
from venture.db import db
from venture.people import actions, proofs
from venture.people.models import Organization, Person
from venture.roles import Role

KEPT = "虚构机构简介，打了很久的一段文字。"


def later(**more: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**more), tick=False)


def entered(app: Any, person: Person) -> Browser:
    """A browser that has come in through the sign-in page, so that its time runs."""
    browser = Browser(app)
    assert scene.sign_in(browser, person.email).status_code == 303
    assert browser.get("/me").status_code == 200
    return browser


def cookie_of(browser: Browser, name: str = "session") -> str:
    found = browser.client.get_cookie(name)
    return found.value if found else ""


# --- ends (A09, A10, B12) ---


def test_signing_in_gives_a_new_session_and_the_old_cookie_stays_worthless(app: Any) -> None:
    person = scene.member(Role.OFFICER)
    browser = Browser(app)
    browser.get("/sign-in")
    before = cookie_of(browser)
    scene.sign_in(browser, person.email)
    thief = Browser(app)
    thief.client.set_cookie("session", before)
    assert cookie_of(browser) != before and not scene.is_in(thief)


def ends(app: Any, person: Person) -> dict[str, Any]:
    """What ends the sign-ins of a person at once, by name."""
    administrator = make.person(Role.ADMINISTRATOR)
    given: dict[str, Any] = {"by": administrator, "at": clock.now()}
    return {
        "password": lambda: actions.change_password(person=person, password_hash=scene.HASH, at=clock.now()),
        "role given": lambda: actions.give(person=person, role=Role.AUDITOR, **given),
        "role taken": lambda: actions.take(grant=person.grants[0], **given),
        "shut out": lambda: actions.deactivate(person=person, reason="离岗", **given),
        "handed over": lambda: actions.hand_over(
            person=person,
            grants=person.grants,
            to=make.person(),
            from_on=clock.beijing_day(clock.now()),
            reason="调岗",
            **given,
        ),
        "authenticator": lambda: actions.take_authenticator(person=person, reason="遗失", **given),
    }


@pytest.mark.parametrize(
    "how", ["password", "role given", "role taken", "shut out", "handed over", "authenticator"]
)
def test_an_old_cookie_is_dead_at_once(app: Any, how: str) -> None:
    person = scene.member(Role.OFFICER)
    inside = entered(app, person)
    db.session.rollback()
    ends(app, person)[how]()
    save()
    assert not scene.is_in(inside)
    assert inside.get("/organizations").headers["Location"].startswith("/sign-in")


def test_a_copied_cookie_is_dead_after_signing_out(app: Any) -> None:
    person = scene.member(Role.OFFICER)
    browser, thief = entered(app, person), Browser(app)
    thief.client.set_cookie("session", cookie_of(browser))
    assert scene.is_in(thief)
    assert browser.post("/sign-out").status_code == 303
    assert not scene.is_in(thief) and not scene.is_in(browser)


def test_a_role_that_goes_while_a_page_is_open_is_gone_on_submit(app: Any) -> None:
    officer, administrator = scene.member(Role.OFFICER), make.person(Role.ADMINISTRATOR)
    save()
    inside = entered(app, officer)
    inside.get("/organizations/new")
    officer = db.session.get_one(Person, officer.id)
    actions.take(grant=officer.grants[0], by=administrator, at=clock.now())
    save()
    sent = {"code": "52320684MJ0000026X", "name": "虚构中心"}
    assert inside.post("/organizations/new", sent, follow=True).status_code == 200
    scene.sign_in(inside, officer.email)
    kept = inside.get("/kept")
    assert "虚构中心" in kept.page.words
    again = resend(inside, kept)
    assert again.status_code == 403 and db.session.scalar(select(func.count(Organization.id))) == 0


def test_one_sees_and_ends_ones_own_browsers(app: Any) -> None:
    person, stranger = scene.member(Role.OFFICER), scene.member(Role.OFFICER)
    first, second, third, theirs = (entered(app, each) for each in (person, person, person, stranger))
    page = first.get("/me", **scene.ENGLISH).get_data(as_text=True)
    others = re.findall(r"/me/sign-ins/(\d+)/end", page)
    assert len(others) == 2
    foreign = re.findall(r"/me/sign-ins/(\d+)/end", entered(app, stranger).get("/me").get_data(as_text=True))
    assert first.post(f"/me/sign-ins/{foreign[0]}/end").status_code == 404 and scene.is_in(theirs)
    assert first.post(f"/me/sign-ins/{others[0]}/end").status_code == 303
    assert [scene.is_in(each) for each in (first, second, third)].count(True) == 2
    assert first.post("/me/sign-ins/end").status_code == 303
    assert [scene.is_in(each) for each in (first, second, third)] == [True, False, False]


def test_changing_the_password_asks_for_the_present_one_and_keeps_only_this_browser(app: Any) -> None:
    person = scene.member(Role.OFFICER, email="zhoudahai@example.invalid")
    here, there = entered(app, person), entered(app, person)
    sent = {"old_password": scene.PASSWORD, "password": scene.NEW, "again": scene.NEW}
    assert here.post("/me/password", sent | {"old_password": "wrong"}).status_code == 422
    own = {"password": "Zhoudahai-1234", "again": "Zhoudahai-1234"}
    assert here.post("/me/password", sent | own).status_code == 422
    assert scene.is_in(there)
    assert here.post("/me/password", sent).status_code == 303
    assert scene.is_in(here) and not scene.is_in(there)
    assert scene.sign_in(there, person.email, scene.NEW).status_code == 303


# --- limits ---


@pytest.mark.parametrize(("role", "minutes"), [(Role.OFFICER, 60), (Role.EXPERT, 120), (Role.APPLICANT, 120)])
def test_idle_limits_slide_with_what_a_person_does(app: Any, role: Role, minutes: int) -> None:
    person = scene.member(role, organization=make.organization())
    browser = entered(app, person)
    start = clock.now()
    for step in range(1, 4):
        with time_machine.travel(start + timedelta(minutes=step * (minutes - 5)), tick=False):
            assert scene.is_in(browser), step
    with time_machine.travel(start + timedelta(minutes=3 * (minutes - 5) + minutes + 1), tick=False):
        assert not scene.is_in(browser)


def test_everybody_signs_in_again_after_twelve_hours(app: Any) -> None:
    browser, start = entered(app, scene.member(Role.OFFICER)), clock.now()
    for step in range(1, 24):
        with time_machine.travel(start + timedelta(minutes=30 * step), tick=False):
            assert scene.is_in(browser)
    with time_machine.travel(start + timedelta(hours=12), tick=False):
        assert not scene.is_in(browser)


def test_presence_is_written_once_a_minute_and_pings_are_no_presence(app: Any, statements: Any) -> None:
    browser, start = entered(app, scene.member(Role.OFFICER)), clock.now()

    def written(minutes: float, address: str) -> int:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            statements.clear()
            browser.get(address)
            return sum(each.startswith("UPDATE sign_in") for each in statements)

    assert [written(0.5, "/me"), written(2, "/me"), written(2.5, "/me"), written(4, "/me")] == [0, 1, 0, 1]
    assert written(30, "/session") == written(60, "/session") == 0
    with time_machine.travel(start + timedelta(minutes=60), tick=False):
        assert browser.get("/session").json["left"] == 4 * 60
    with time_machine.travel(start + timedelta(minutes=65), tick=False):
        assert browser.get("/session").json == {"left": 0}


def test_staying_counts_and_answers_a_script_that_came_too_late(app: Any) -> None:
    browser, start = entered(app, scene.member(Role.OFFICER)), clock.now()
    script = {"headers": {"X-Requested-With": "fetch"}}
    with time_machine.travel(start + timedelta(minutes=50), tick=False):
        assert browser.post("/session/stay", **script).status_code == 200
    with time_machine.travel(start + timedelta(minutes=100), tick=False):
        state = browser.get("/session").json
        assert state["left"] == 10 * 60 and state["token"]
    with time_machine.travel(start + timedelta(minutes=111), tick=False):
        assert browser.post("/session/stay", **script).status_code == 401


# --- typed text is never lost, and never somebody else's ---


def typing(app: Any) -> tuple[Person, Browser, str, dict[str, str]]:
    """Somebody with a long text in a form that does not save itself."""
    person = scene.member(Role.OFFICER)
    organization = make.organization()
    save()
    address = f"/organizations/{organization.id}/edit"
    browser = entered(app, person)
    browser.get(address)
    return person, browser, address, {"name": organization.name, "introduction": KEPT}


def resend(browser: Browser, page: Any) -> Any:
    """Press «Send it now»: exactly the fields of that form."""
    html = page.get_data(as_text=True)
    form = next(each for each in re.findall(r"<form.*?</form>", html, re.S) if 'name="kept"' in each)
    fields = {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
    }
    (address,) = re.findall(r'action="([^"]*)"', form)
    return browser.post(unescape(address), fields)


def test_a_post_that_comes_too_late_is_shown_to_its_writer_and_sent_again(app: Any) -> None:
    person, browser, address, sent = typing(app)
    with later(minutes=61):
        late = browser.post(
            address, sent | {"password": "Secret-Horse-1"}, headers={"Referer": f"http://localhost{address}"}
        )
        assert late.status_code == 303 and late.headers["Location"] == f"/sign-in?next={address}"
        assert db.session.get_one(Organization, int(address.split("/")[2])).introduction != KEPT
        assert scene.sign_in(browser, person.email).headers["Location"] == "/kept"
        page = browser.get("/kept")
        assert KEPT in page.page.words and "Secret" not in page.get_data(as_text=True)
        assert address in page.get_data(as_text=True)
        assert resend(browser, page).headers["Location"] == address.removesuffix("/edit")
        assert KEPT not in browser.get("/kept").page.words, "it was sent, so it is forgotten"
    db.session.expire_all()
    assert db.session.get_one(Organization, int(address.split("/")[2])).introduction == KEPT


def lost(browser: Browser, how: str) -> None:
    """The browser loses its sign-in while the page with the form stays open."""
    token = browser.token
    if how == "signed out in another window":
        browser.post("/sign-out")
    else:
        browser.client.delete_cookie("session")
    browser.token = token


@pytest.mark.parametrize("how", ["signed out in another window", "cookies lost"])
def test_typed_text_survives_a_sign_in_that_is_gone(app: Any, how: str) -> None:
    person, browser, address, sent = typing(app)
    lost(browser, how)
    assert browser.post(address, sent).headers["Location"].startswith("/sign-in")
    assert scene.sign_in(browser, person.email).headers["Location"] == "/kept"
    assert KEPT in browser.get("/kept").page.words


def test_after_signing_in_again_in_another_window_an_old_page_still_keeps_its_text(app: Any) -> None:
    person, browser, address, sent = typing(app)
    old = browser.token
    scene.sign_in(browser, person.email)
    browser.token = old
    assert browser.post(address, sent).headers["Location"] == "/kept"
    assert resend(browser, browser.get("/kept")).status_code == 303


def test_what_one_person_typed_is_shown_to_nobody_else(app: Any) -> None:
    person, browser, address, sent = typing(app)
    stranger = scene.member(Role.OFFICER)
    lost(browser, "cookies lost")
    browser.post(address, sent)
    assert scene.sign_in(browser, stranger.email).headers["Location"] == "/"
    assert KEPT not in browser.get("/kept").get_data(as_text=True)
    kept = db.session.scalars(select(sessions.Kept.id)).one()
    assert browser.post(f"/kept/{kept}/forget").status_code == 303
    browser.get("/me")
    browser.token, mine = _page_of(app, person), browser.token
    foreign = browser.post(address, sent)
    assert foreign.status_code == 400 and KEPT not in foreign.get_data(as_text=True)
    browser.token = mine
    assert KEPT not in browser.get("/kept").get_data(as_text=True)
    elsewhere = entered(app, person)
    assert KEPT not in elsewhere.get("/kept").get_data(as_text=True), "another browser of the same person"
    browser.get("/sign-in")
    assert scene.sign_in(browser, person.email).headers["Location"] == "/kept"
    assert browser.get("/kept").get_data(as_text=True).count('name="kept"') == 2


def _page_of(app: Any, person: Person) -> str:
    """The token of a page that was made for somebody."""
    browser = entered(app, person)
    browser.get("/me")
    return browser.token


def test_kept_text_goes_after_a_day_and_when_it_is_forgotten(app: Any) -> None:
    person, browser, address, sent = typing(app)
    lost(browser, "cookies lost")
    browser.post(address, sent)
    scene.sign_in(browser, person.email)
    (forget,) = re.findall(r'action="(/kept/\d+/forget)"', browser.get("/kept").get_data(as_text=True))
    with later(hours=24):
        scene.sign_in(browser, person.email)
        assert KEPT not in browser.get("/kept").page.words
    scene.sign_in(browser, person.email)
    browser.get("/kept")
    assert browser.post(forget).status_code == 303
    assert KEPT not in browser.get("/kept").page.words


def test_a_stranger_fills_no_table_and_no_disk(app: Any) -> None:
    import io

    _person, _browser, address, sent = typing(app)
    stranger = Browser(app)
    stranger.get("/sign-in")
    for _post in range(3):
        upload = (io.BytesIO(b"%PDF-1.4 x"), "x.pdf")
        assert stranger.post(address, {**sent, "scan": upload}).status_code == 303
    assert db.session.scalar(select(func.count(sessions.Kept.id))) == 0
    assert not [each for each in app.settings.uploads.rglob("*") if each.is_file()]


def test_at_most_twenty_posts_are_kept_for_one_person(app: Any) -> None:
    for number in range(sessions.KEPT_MOST + 5):
        sessions.keep(
            person_id=1, browser="b", address="/x", page="/", fields=[("n", str(number))], at=make.NOON
        )
    kept = sessions.kept(person_id=1, browser="b", at=make.NOON)
    assert len(kept) == sessions.KEPT_MOST and kept[0].fields == [["n", str(sessions.KEPT_MOST + 4)]]


def test_a_pressed_button_alone_is_not_kept(app: Any) -> None:
    person = scene.member(Role.OFFICER)
    browser = entered(app, person)
    with later(minutes=61):
        assert browser.post("/me/sign-ins/end").headers["Location"].startswith("/sign-in")
        assert scene.sign_in(browser, person.email).headers["Location"] == "/"


# --- proof before acts on money, roles and rankings ---


def test_an_act_on_roles_waits_for_a_proof_and_then_goes_through(app: Any) -> None:
    administrator = scene.member(Role.ADMINISTRATOR, device=True)
    person = make.person(name="虚构同事")
    save()
    browser = Browser(app)
    scene.sign_in(browser, administrator.email)
    browser.get("/sign-in/code")
    browser.post("/sign-in/code", {"proof": scene.code()})
    browser.get(f"/people/{person.id}")
    with later(minutes=16):
        waits = browser.post(f"/people/{person.id}/roles", {"role": "finance", "confirmed": "1"})
        assert waits.headers["Location"] == "/prove"
        assert db.session.get_one(Person, person.id).roles == frozenset()
        browser.get("/prove")
        assert browser.post("/prove", {"proof": "wrong"}).status_code == 422
        assert browser.post("/prove", {"proof": scene.code()}).headers["Location"] == "/kept"
        page = browser.get("/kept")
        assert "data-send" in page.get_data(as_text=True)
        assert "data-send" not in browser.get("/kept").get_data(as_text=True), (
            "only once, right after the proof"
        )
        assert resend(browser, page).status_code == 303
        db.session.rollback()
        assert db.session.get_one(Person, person.id).roles == {Role.FINANCE}
        browser.get(f"/people/{person.id}")
        assert (
            browser.post(f"/people/{person.id}/roles", {"role": "approver", "confirmed": "1"}).status_code
            == 303
        )
        assert (
            len(db.session.scalars(select(trail.Event).where(trail.Event.did == "people.prove")).all()) == 1
        )


def test_a_proof_by_password_lasts_a_quarter_of_an_hour_and_wrong_ones_are_counted(app: Any) -> None:
    officer, expert = scene.member(Role.OFFICER), make.person(Role.EXPERT)
    save()
    browser = entered(app, officer)
    sent = {"login": expert.email, "reason": "电话"}
    with later(minutes=14):
        assert browser.post("/one-time-code", sent).status_code == 200
    with later(minutes=16):
        assert browser.post("/one-time-code", sent).headers["Location"] == "/prove"
        browser.get("/prove")
        for _try in range(actions.TRIES):
            assert browser.post("/prove", {"proof": "wrong"}).status_code == 422
        assert browser.post("/prove", {"proof": scene.PASSWORD}).status_code == 422, "paused"
    with later(minutes=32):
        assert browser.post("/prove", {"proof": scene.PASSWORD}).status_code == 303
        assert browser.post("/one-time-code", sent).status_code == 200


# --- the start (A11) and onward addresses (A12) ---


@pytest.mark.parametrize("secret", ["", "secret", "changeme", "venture", "x" * 31])
def test_the_app_refuses_to_start_with_a_weak_secret(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("VENTURE_DATA", str(tmp_path))
    monkeypatch.setenv("VENTURE_SECRET", secret)
    with pytest.raises(config.BadSetting):
        create_app()


AWAY = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    "http://a@evil.example",
    "/%2f/evil.example",
    "\thttps://evil.example",
    "/\t/evil.example",
    "https://evil%2eexample",
    "/good\r\nLocation: https://evil.example",
)


def test_no_onward_address_leads_away(app: Any) -> None:
    person = scene.member(Role.OFFICER)
    for target in AWAY:
        browser = Browser(app)
        browser.get("/sign-in")
        sent = {"login": person.email, "password": scene.PASSWORD, "next": target}
        assert browser.post("/sign-in", sent).headers["Location"] == "/", target
        browser.get("/me")
        assert browser.post("/language/en", {"next": target}).headers["Location"] == "/", target
        assert browser.post("/sign-out", {"next": target}).headers["Location"] == "/sign-in", target


def test_in_the_demonstration_the_codes_on_the_cards_are_real(loaded: Any, tmp_path: Any) -> None:
    from live import copied, demo_settings

    app = create_app(demo_settings(copied(loaded, tmp_path / "demo")))
    with app.app_context():
        browser = Browser(app)
        cards = browser.get("/").get_data(as_text=True)
        seeds = re.findall(r"\b[A-Z2-7]{32}\b", cards)
        assert len(seeds) == 9
        for seed in seeds:
            assert proofs.code_at(seed, clock.now()) in cards
        browser.post("/enter/approver")
        with later(minutes=16):
            page = browser.get("/prove")
            (shown,) = re.findall(r"\b\d{6}\b", page.page.words)
            assert browser.post("/prove", {"proof": shown}).status_code == 303
        db.session.remove()
        db.engine.dispose()
