"""Signing in: tries counted by account and by address, one answer for known and unknown, the second factor, resets."""

import re
import time
from datetime import timedelta
from typing import Any

import flask
import make
import pytest
import time_machine
from client import Browser, save
from people import scene
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from venture import clock, outbox, trail
from venture.db import db
from venture.people import actions, proofs, queries
from venture.people.models import Authenticator, FailedTry, Person, Reset
from venture.refusal import Refused
from venture.roles import Role

NOW = make.NOON


def said(did: str) -> list[trail.Event]:
    db.session.rollback()
    return list(db.session.scalars(select(trail.Event).where(trail.Event.did == did)))


# --- tries (A01, A02) ---


def test_an_account_rests_after_five_wrong_tries_and_then_lets_its_owner_in(app: Any) -> None:
    person = scene.member(Role.OFFICER)
    for number in range(11):
        answer = scene.sign_in(
            Browser(app), person.email, "wrong", environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}
        )
        assert answer.status_code == 422
    assert len(said("people.sign_in_failed")) == 5, "each try that was taken is in the trail"
    assert db.session.scalar(select(func.count(FailedTry.id))) == 5
    late = scene.sign_in(Browser(app), person.email, **scene.ENGLISH)
    until = clock.beijing(clock.now() + actions.PAUSE).strftime("%Y-%m-%d %H:")
    assert late.status_code == 422 and until in late.page.words, (
        "the right password is refused, with the time"
    )
    with time_machine.travel(clock.now() + actions.PAUSE, tick=False):
        assert scene.sign_in(Browser(app), person.email).status_code == 303


def test_one_address_that_tries_many_accounts_is_refused(app: Any) -> None:
    people = [scene.member(Role.EXPERT) for _number in range(actions.TRIES_FROM_ONE_ADDRESS + 1)]
    here, there = {"environ_base": {"REMOTE_ADDR": "10.1.1.1"}}, {"environ_base": {"REMOTE_ADDR": "10.2.2.2"}}
    for person in people[:-1]:
        assert scene.sign_in(Browser(app), person.email, "Spring-2026!", **here).status_code == 422
    assert scene.sign_in(Browser(app), people[-1].email, **here).status_code == 422
    assert scene.sign_in(Browser(app), people[-1].email, **there).status_code == 303
    assert len(said("people.sign_in_failed")) == actions.TRIES_FROM_ONE_ADDRESS


def test_a_forged_address_counts_for_nothing_without_a_proxy(app: Any) -> None:
    """G03: whoever claims another address at each try is refused all the same."""
    people = [scene.member(Role.EXPERT) for _number in range(actions.TRIES_FROM_ONE_ADDRESS + 1)]
    here = {"REMOTE_ADDR": "10.1.1.1"}
    for place, person in enumerate(people[:-1]):
        forged = {"environ_base": {**here, "HTTP_X_FORWARDED_FOR": f"10.3.0.{place}"}}
        scene.sign_in(Browser(app), person.email, "Spring-2026!", **forged)
    forged = {"environ_base": {**here, "HTTP_X_FORWARDED_FOR": "10.9.9.9"}}
    assert scene.sign_in(Browser(app), people[-1].email, **forged).status_code == 422


def test_a_right_password_forgives_the_wrong_ones(app: Any) -> None:
    person = scene.member(Role.EXPERT)
    for _round in range(3):
        for _try in range(actions.TRIES - 1):
            scene.sign_in(Browser(app), person.email, "wrong")
        assert scene.sign_in(Browser(app), person.email).status_code == 303


# --- known and unknown (A03, A04) ---


def answers(app: Any, statements: Any, method: str, address: str, data: dict[str, str]) -> Any:
    """Status, headers, page and statements of one answer, without what differs by chance."""
    browser = Browser(app)
    browser.get(address)
    statements.clear()
    answer = browser.post(address, data, **scene.ENGLISH)
    body = re.sub(r'value="[^"]*"|\d{4}-\d\d-\d\d[T ][\d:.+]*', "", answer.get_data(as_text=True))
    headers = {name: value for name, value in answer.headers if name not in {"Set-Cookie", "Content-Length"}}
    return answer.status_code, headers, body, [" ".join(each.split()[:3]) for each in statements]


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("/sign-in", {"password": "Wrong-Horse-8"}),
        ("/reset", {}),
        ("/reset/code", {"one_time_code": "12345678", "password": scene.NEW, "again": scene.NEW}),
    ],
)
def test_known_and_unknown_accounts_get_the_same_answer_by_the_same_way(
    app: Any, statements: Any, address: str, more: dict[str, str]
) -> None:
    known = scene.member(Role.OFFICER)
    shut = scene.member(Role.OFFICER, active=False)
    never = make.person(Role.OFFICER)
    save()
    asked = [known.email, shut.email, never.email, "nobody@example.invalid"]
    same = [answers(app, statements, "post", address, {"login": login or "", **more}) for login in asked]
    assert all(each == same[0] for each in same), [each[3] for each in same]
    messages = {
        each.kind: each.address
        for each in db.session.scalars(select(outbox.Message).order_by(outbox.Message.id))
    }
    if address == "/reset":
        assert messages == {"people.reset": never.email, "people.no_account": "nobody@example.invalid"}


def test_a_missing_hash_takes_as_long_to_check_as_one_that_is_there(app: Any) -> None:
    proofs.weigh(64 * 1024)
    kept = proofs.hash_of(scene.PASSWORD)

    def seconds(password_hash: str | None) -> float:
        began = time.process_time()
        assert not proofs.fits(password_hash, "wrong")
        return time.process_time() - began

    there, missing = (min(seconds(each) for _try in range(3)) for each in (kept, None))
    assert 0.5 < missing / there < 2


def test_an_unknown_login_takes_as_long_to_check_as_a_known_one(app: Any) -> None:
    proofs.weigh(64 * 1024)
    known = make.person(Role.OFFICER, password_hash=proofs.hash_of(scene.PASSWORD))

    def seconds(login: str) -> float:
        began = time.process_time()
        assert not actions.password_fits(login, "wrong")
        return time.process_time() - began

    there, missing = (
        min(seconds(each) for _try in range(3)) for each in (known.email, "nobody@example.invalid")
    )
    assert 0.5 < missing / there < 2


# --- the links in mails (A05, A06) ---


def link_of(reset: Reset) -> str:
    return f"/reset/link/{proofs.link_token(scene.SECRET, reset.id)}"


def asked(person: Person) -> Reset:
    made = actions.ask_reset(login=person.email or "", address="10.0.0.1", at=clock.now())
    save()
    return made


def test_a_reset_link_works_once_and_ends_every_sign_in_and_older_link(app: Any, browser: Browser) -> None:
    person = scene.member(Role.OFFICER)
    inside = Browser(app)
    scene.sign_in(inside, person.email)
    older, link = link_of(asked(person)), link_of(asked(person))
    sent = {"password": scene.NEW, "again": scene.NEW}
    assert "<form class" in browser.get(link).get_data(as_text=True).split("<main")[1]
    assert browser.post(link, sent).headers["Location"].startswith("/sign-in")
    for used in (link, older):
        assert "<form" not in browser.get(used).get_data(as_text=True).split("<main")[1].split("</main")[0]
        assert browser.post(used, sent).status_code == 422
    assert not scene.is_in(inside)
    assert scene.sign_in(browser, person.email).status_code == 422
    assert scene.sign_in(browser, person.email, scene.NEW).status_code == 303


def test_a_reset_link_dies_when_the_password_is_changed_otherwise_or_after_half_an_hour(
    app: Any, browser: Browser
) -> None:
    person = scene.member(Role.OFFICER)
    first = asked(person)
    actions.change_password(person=person, password_hash=scene.HASH, at=clock.now())
    second = asked(person)
    assert not actions.is_open(first, clock.now()) and actions.is_open(second, clock.now())
    assert not actions.is_open(second, clock.now() + actions.RESET_LASTS)
    person.active = False
    assert not actions.is_open(second, clock.now())


def test_a_forged_link_is_not_there(app: Any, browser: Browser) -> None:
    made = asked(scene.member(Role.OFFICER))
    for token in (
        f"{made.id}-{'0' * 40}",
        f"{made.id + 1}{link_of(made)[len(str(made.id)) + 12 :]}",
        "x",
        "-",
    ):
        answer = browser.post(f"/reset/link/{token}", {"password": scene.NEW, "again": scene.NEW})
        assert answer.status_code == 404, token


def test_a_mail_names_the_configured_site_and_the_outbox_hides_the_link(app: Any, enter: Any) -> None:
    from venture.desk.post import words

    person = scene.member(Role.EXPERT)
    made = asked(person)
    message = db.session.scalars(select(outbox.Message)).one()
    with app.test_request_context(headers={"X-Forwarded-Host": "evil.example"}):
        shown = words(message)[1]
        flask.g.sending = True
        sent = words(message)[1]
        flask.g.sending = False
    assert f"http://localhost{link_of(made)}" in sent
    assert "/reset/link/" not in shown and str(message.facts) == str({"id": made.id})


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_a_foreign_host_is_refused_and_no_link_takes_its_name(app: Any, enter: Any, name: str) -> None:
    officer = make.person(Role.OFFICER)
    save()
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    sent = {"name": "客", "address": "138 1234 5678", "role": "expert"}
    browser = enter(officer)
    answer = browser.post("/invitations/new", sent, headers={name: value})
    if name == "Host":
        assert answer.status_code == 400 and "evil" not in answer.get_data(as_text=True)
    else:
        page = browser.get(answer.headers["Location"], headers={name: value}).get_data(as_text=True)
        assert "http://localhost/invitations/" in page and "evil" not in page


# --- codes ---


def test_a_code_that_an_officer_reads_out_sets_a_password_once(
    app: Any, browser: Browser, enter: Any
) -> None:
    officer, expert = make.person(Role.OFFICER), make.person(Role.EXPERT)
    save()
    desk = enter(officer)
    page = desk.post("/one-time-code", {"login": expert.email, "reason": "回拨电话核实"}).page.words
    (code,) = re.findall(r"\d{4} \d{4}", page)
    assert said("people.read_out_code")[0].facts == {"reason": "回拨电话核实"}
    sent = {"login": expert.email, "one_time_code": code, "password": scene.NEW, "again": scene.NEW}
    assert browser.post("/reset/code", sent | {"one_time_code": "00000000"}).status_code == 422
    assert browser.post("/reset/code", sent).status_code == 303
    assert browser.post("/reset/code", sent).status_code == 422
    assert scene.sign_in(browser, expert.email, scene.NEW).status_code == 303


@pytest.mark.parametrize("role", list(Role))
def test_to_whom_a_code_may_be_read_out(app: Any, role: Role) -> None:
    here = {"organization": make.organization(), "community": make.community()}
    person = make.person(role, **here)
    officer, administrator = make.person(Role.OFFICER), make.person(Role.ADMINISTRATOR)
    outside = role in {Role.APPLICANT, Role.EXPERT, Role.CLERK}
    for by, may in ((officer, outside), (administrator, True), (person, False)):
        given: dict[str, Any] = {"login": person.email, "reason": "电话", "by": by, "at": NOW}
        if may:
            assert actions.read_out_code(**given).made_by_id == by.id
        else:
            with pytest.raises(Refused, match="code_not_yours"):
                actions.read_out_code(**given)


def test_codes_are_counted_as_tries_and_nobody_asks_without_end(app: Any) -> None:
    person = scene.member(Role.EXPERT)
    given = {"login": person.email or "", "password_hash": scene.HASH, "secret": scene.SECRET, "address": "a"}
    for _try in range(actions.TRIES):
        assert not actions.reset_by_code(code="1", at=NOW, **given)
    with pytest.raises(Refused, match="paused"):
        actions.reset_by_code(code="1", at=NOW, **given)
    made = [actions.ask_reset(login=person.email or "", address="a", at=NOW) for _ask in range(5)]
    assert [actions.is_open(each, NOW) for each in made] == [True, True, True, False, False]
    assert db.session.scalar(select(func.count(outbox.Message.id))) == 3


def test_a_text_message_goes_out_only_where_a_command_sends_it(app: Any, tmp_path: Any) -> None:
    from dataclasses import replace

    person = scene.member(Role.EXPERT, mobile="13800138000")
    browser = Browser(app)
    browser.get("/reset")
    browser.post("/reset", {"login": "138 0013 8000"})
    sent = tmp_path / "sent.txt"
    (tmp_path / "send.sh").write_text(f'#!/bin/sh\n(echo "$1"; cat) > {sent}.new; mv {sent}.new {sent}\n')
    app.settings = replace(app.settings, sms_command=f"sh {tmp_path / 'send.sh'}")
    browser.post("/reset", {"login": "138 0013 8000"})
    for _wait in range(200):
        if sent.exists():
            break
        time.sleep(0.02)
    number, words = sent.read_text().split("\n", 1)
    made = db.session.scalars(select(Reset).order_by(Reset.id.desc())).first()
    assert made is not None and made.person_id == person.id
    assert number == "13800138000" and proofs.one_time_code(scene.SECRET, made.id) in words


# --- passwords ---


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Aa1-aa", "short"),
        ("alllowercase-", "short"),
        ("Password123!", "common"),
        ("P@ssw0rd2026", "common"),
        ("Woaini1314!!", "common"),
        ("Haimen@2026", "common"),
        ("Aa1!Aa1!Aa1!", "common"),
        ("Zhouyuan-9x!", "known"),
        ("Right-Horse-7", None),
        ("四月-Kaffee-tasse", None),
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str, why: str | None) -> None:
    assert proofs.weakness(password, "zhouyuan@example.invalid") == why


def test_the_list_of_common_passwords_is_ours_and_long_enough() -> None:
    assert len(proofs._common()) > 500


# --- the second factor ---


def test_an_authenticator_is_asked_after_the_password_and_each_code_counts_once(app: Any) -> None:
    person = scene.member(Role.FINANCE, device=True)
    browser = Browser(app)
    assert scene.sign_in(browser, person.email).headers["Location"] == "/sign-in/code"
    assert not scene.is_in(browser), "the password alone opens nothing"
    browser.get("/sign-in/code")
    assert browser.post("/sign-in/code", {"proof": "000000"}).status_code == 422
    used = scene.code()
    assert browser.post("/sign-in/code", {"proof": f"{used[:3]} {used[3:]}"}).status_code == 303
    assert scene.is_in(browser)
    other = Browser(app)
    scene.sign_in(other, person.email)
    other.get("/sign-in/code")
    assert other.post("/sign-in/code", {"proof": used}).status_code == 422, (
        "seen over the shoulder, used again"
    )


@pytest.mark.parametrize("role", list(Role))
def test_three_roles_set_an_authenticator_up_before_they_come_in(app: Any, role: Role) -> None:
    here = {"organization": make.organization(), "community": make.community()}
    person = scene.member(role, **here)
    browser = Browser(app)
    onward = scene.sign_in(browser, person.email).headers["Location"]
    needs = role in {Role.APPROVER, Role.FINANCE, Role.ADMINISTRATOR}
    assert (onward == "/sign-in/set-up") == needs and scene.is_in(browser) != needs
    if not needs:
        return
    (seed,) = re.findall(r"<code>(\w+)</code>", browser.get("/sign-in/set-up").get_data(as_text=True))
    assert browser.post("/sign-in/set-up", {"proof": "000000"}).status_code == 422
    page = browser.post("/sign-in/set-up", {"proof": proofs.code_at(seed, clock.now())})
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", page.get_data(as_text=True))
    assert len(codes) == 10 and scene.is_in(browser)
    for expected in (303, 422):
        other = Browser(app)
        scene.sign_in(other, person.email)
        other.get("/sign-in/code")
        assert other.post("/sign-in/code", {"proof": codes[0].lower()}).status_code == expected
    db.session.rollback()
    stored = db.session.scalars(select(Authenticator.seed)).one()
    assert (
        stored and seed not in stored and proofs.unseal("another secret of 32 characters or", stored) is None
    )


def test_wrong_codes_cannot_be_washed_away_by_the_right_password(app: Any) -> None:
    person = scene.member(Role.FINANCE, device=True)
    for _try in range(actions.TRIES):
        browser = Browser(app)
        scene.sign_in(browser, person.email)
        browser.get("/sign-in/code")
        assert browser.post("/sign-in/code", {"proof": "000000"}).status_code == 422
    assert scene.sign_in(Browser(app), person.email).status_code == 422


def test_half_a_sign_in_ends_after_a_quarter_of_an_hour(app: Any) -> None:
    person = scene.member(Role.FINANCE, device=True)
    browser = Browser(app)
    scene.sign_in(browser, person.email)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        late = browser.get("/sign-in/code").headers["Location"]
        assert late == "/sign-in" and browser.get(late).status_code == 200
        assert browser.post("/sign-in/code", {"proof": scene.code()}).headers["Location"] == "/sign-in"
        assert not scene.is_in(browser)


def test_a_lost_authenticator_is_taken_by_an_administrator_and_its_owner_is_told(
    app: Any, enter: Any
) -> None:
    administrator, person = make.person(Role.ADMINISTRATOR), scene.member(Role.FINANCE, device=True)
    save()
    inside, desk = enter(person), enter(administrator)
    assert desk.post(f"/people/{administrator.id}/authenticator/take", {"reason": "x"}).status_code == 422
    assert desk.post(f"/people/{person.id}/authenticator/take", {"reason": "手机遗失"}).status_code == 303
    assert not scene.is_in(inside)
    assert scene.sign_in(Browser(app), person.email).headers["Location"] == "/sign-in/set-up"
    assert db.session.scalars(select(outbox.Message.kind)).all() == ["people.authenticator_taken"]


def test_one_sets_up_renews_and_gives_up_an_authenticator_on_ones_own_page(app: Any, enter: Any) -> None:
    expert, finance = make.person(Role.EXPERT), scene.member(Role.FINANCE, device=True)
    save()
    browser = enter(expert)
    assert browser.post("/me/authenticator").headers["Location"] == "/me/authenticator"
    (seed,) = re.findall(r"<code>(\w+)</code>", browser.get("/me/authenticator").get_data(as_text=True))
    assert browser.post("/me/authenticator/confirm", {"proof": "1"}).status_code == 422
    first = browser.post("/me/authenticator/confirm", {"proof": proofs.code_at(seed, clock.now())})
    second = browser.post("/me/recovery-codes")
    found = [
        re.findall(r"<code>([A-Z2-9-]{19})</code>", page.get_data(as_text=True)) for page in (first, second)
    ]
    assert len(found[0]) == len(found[1]) == 10 and not set(found[0]) & set(found[1])
    assert queries.recovery_codes_left(expert) == 10
    assert browser.post("/me/authenticator/give-up").status_code == 303
    assert queries.authenticator(expert) is None
    assert enter(finance).post("/me/authenticator/give-up").status_code == 409


def test_the_counter_of_an_authenticator_never_goes_back() -> None:
    shown = proofs.code_at(scene.SEED, NOW)
    now = int(NOW.timestamp()) // proofs.STEP
    assert proofs.counter_of(scene.SEED, shown, at=NOW, after=0) == now
    assert proofs.counter_of(scene.SEED, shown, at=NOW + timedelta(seconds=30), after=now - 1) == now
    assert proofs.counter_of(scene.SEED, shown, at=NOW, after=now) is None
    assert proofs.counter_of(scene.SEED, shown, at=NOW + timedelta(seconds=61), after=0) is None


# --- invitations (A15) ---


def test_an_invitation_is_bound_to_its_address_and_each_vain_try_is_recorded(
    app: Any, browser: Browser, enter: Any
) -> None:
    officer, other = make.person(Role.OFFICER), make.person(Role.EXPERT)
    given = {"name": "客", "address": "guest@example.invalid", "role": Role.EXPERT}
    _made, token = actions.invite(by=officer, at=clock.now(), **given)
    save()
    forwarded = {"name": "别人", "email": "other@example.invalid"}
    sent = {"password": scene.PASSWORD, "again": scene.PASSWORD}
    browser.get(f"/invitations/{token}")
    assert browser.post(f"/invitations/{token}", forwarded | sent).status_code == 422
    assert enter(other).post(f"/invitations/{token}/accept-as-me").status_code == 422
    right = {"name": "客", "email": "guest@example.invalid"}
    assert browser.post(f"/invitations/{token}", right | sent).status_code == 303
    browser.get("/sign-in")
    assert browser.post(f"/invitations/{token}", right | sent).status_code == 422
    whys = [event.facts["why"] for event in said("people.invitation_refused")]
    assert whys == ["people.other_address", "people.other_account", "people.invitation_used"]


def test_an_invited_approver_sets_an_authenticator_up_first(app: Any, browser: Browser) -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    given = {"name": "局领导", "address": "boss@example.invalid", "role": Role.APPROVER}
    _made, token = actions.invite(by=administrator, at=clock.now(), **given)
    save()
    browser.get(f"/invitations/{token}")
    sent = {
        "name": "局领导",
        "email": "boss@example.invalid",
        "password": scene.PASSWORD,
        "again": scene.PASSWORD,
    }
    assert browser.post(f"/invitations/{token}", sent).headers["Location"] == "/sign-in/set-up"
    assert not scene.is_in(browser)


# --- one line stays one line (C10) ---

SIGNS = "\r\nBcc: evil@example.invalid\u2028\u2029\x85\x0b\x00x"


def test_no_sign_in_a_name_begins_a_new_line_of_a_mail_or_a_header(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    save()
    sent = {"name": f"客{SIGNS}", "address": "138 1234 5678", "role": "expert"}
    assert enter(officer).post("/invitations/new", sent).status_code == 303
    db.session.rollback()
    (name,) = db.session.scalars(text("SELECT name FROM invitation")).all()
    assert name == "客 Bcc: evil@example.invalid x" and len(name.splitlines()) == 1


# --- the database keeps it too ---


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE reset SET made_by_id = person_id", "ck_reset_two_people|ck_reset_spoken"),
        ("UPDATE reset SET made_by_id = NULL WHERE way = 'spoken'", "ck_reset_spoken"),
        ("UPDATE authenticator SET seed = NULL", "ck_authenticator_confirmed"),
        ("UPDATE grant_of_role SET from_on = '2018-01-02', until_on = '2018-01-01'", "ck_grant_of_role_days"),
        ("UPDATE grant_of_role SET stands_for_id = person_id", "ck_grant_of_role_stand_in"),
    ],
)
def test_the_database_keeps_each_promise_too(app: Any, statement: str, constraint: str) -> None:
    officer, person = make.person(Role.OFFICER), scene.member(Role.EXPERT, device=True)
    actions.read_out_code(login=person.email or "", reason="电话", by=officer, at=NOW)
    save()
    with pytest.raises(IntegrityError, match=constraint):
        db.session.execute(text(statement))
    db.session.rollback()
