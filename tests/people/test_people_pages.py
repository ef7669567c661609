"""Invitations, users and organizations through their pages: single use, own only, accounts masked."""

from datetime import timedelta
from typing import Any

import make
import pytest
from client import save
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from venture import clock, downloads, files, trail
from venture.db import db
from venture.files import File
from venture.people import actions, queries
from venture.people.models import Invitation, ListKind, Organization, Person, YearlyResult
from venture.refusal import Refused
from venture.roles import STAFF, Role

PASSWORD = "Right-Horse-7"


def codes(refusal: Any) -> list[str]:
    return [blocker.code for blocker in refusal.value.blockers]


def invited(by: Person, **more: Any) -> str:
    given = {"name": "虚构客人", "address": "guest@example.invalid", "role": Role.EXPERT, **more}
    _, token = actions.invite(by=by, at=clock.now(), **given)
    save()
    return token


# --- invitations ---


def test_an_invitation_lets_one_person_in_once(app: Any, browser: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    token = invited(officer)
    page = browser.get(f"/invitations/{token}")
    assert page.status_code == 200 and "虚构客人" in page.page.words
    given = {"name": "虚构客人", "email": "guest@example.invalid", "password": PASSWORD, "again": PASSWORD}
    assert browser.post(f"/invitations/{token}", given | {"again": "other"}).status_code == 422
    assert (
        browser.post(f"/invitations/{token}", given | {"password": "short", "again": "short"}).status_code
        == 422
    )
    assert browser.post(f"/invitations/{token}", given).headers["Location"] == "/"
    guest = queries.person_by_login("guest@example.invalid")
    assert guest is not None and guest.roles == {Role.EXPERT} and guest.password_hash
    browser.get("/sign-in")  # signing in began a clean session
    again = browser.post(f"/invitations/{token}", given | {"email": "second@example.invalid"})
    assert again.status_code == 422 and queries.person_by_login("second@example.invalid") is None
    assert browser.post("/sign-out", follow=True).status_code == 200
    assert browser.post("/sign-in", {"login": guest.email, "password": PASSWORD}).status_code == 303


def test_an_invitation_ends_after_14_days_or_when_withdrawn(app: Any, browser: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made, _ = actions.invite(name="客", address="13812345678", role=Role.EXPERT, by=officer, at=make.NOON)
    given: dict[str, Any] = {"name": "客", "mobile": "13812345678", "email": None, "password_hash": "x"}
    with pytest.raises(Refused) as late:
        actions.accept(invitation=made, at=make.NOON + timedelta(days=14), **given)
    assert codes(late) == ["people.invitation_expired"]
    save()
    token = invited(officer)
    row = queries.invitation_of_token(token)
    assert row is not None
    assert enter(officer).post(f"/invitations/{row.id}/withdraw").status_code == 303
    assert "<form" not in browser.get(f"/invitations/{token}").get_data(as_text=True).split("<main")[1]
    sent = {"name": "客", "mobile": "13812345678", "password": PASSWORD, "again": PASSWORD}
    assert browser.post(f"/invitations/{token}", sent).status_code == 422
    assert queries.person_by_login("13812345678") is None


def test_an_account_that_exists_takes_the_role_on(app: Any, browser: Any, enter: Any) -> None:
    officer, expert = make.person(Role.OFFICER), make.person(Role.EXPERT)
    organization = make.organization()
    token = invited(officer, address=expert.email, role=Role.APPLICANT, organization=organization)
    given = {"name": "同一人", "email": expert.email, "password": PASSWORD, "again": PASSWORD}
    assert browser.post(f"/invitations/{token}", given).status_code == 422
    assert enter(expert).post(f"/invitations/{token}/accept-as-me").status_code == 303
    db.session.expire_all()
    found = db.session.get_one(Person, expert.id)
    assert found.roles == {Role.EXPERT, Role.APPLICANT} and found.organization_ids == {organization.id}


def test_the_link_is_shown_only_to_who_made_it(app: Any, enter: Any) -> None:
    officer, other = make.person(Role.OFFICER), make.person(Role.OFFICER)
    save()
    inviter = enter(officer)
    sent = {"name": "客", "address": "138 1234 5678", "role": "expert"}
    page = inviter.post("/invitations/new", sent, follow=True)
    assert "/invitations/" in page.get_data(as_text=True) and "<svg" in page.get_data(as_text=True)
    assert (
        "<svg"
        not in enter(other)
        .get("/invitations/issued")
        .get_data(as_text=True)
        .split("<main")[1]
        .split("</main")[0]
    )
    assert db.session.query(Invitation).one().address == "13812345678"


@pytest.mark.parametrize("role", list(Role))
def test_who_may_invite_whom(app: Any, role: Role) -> None:
    own, foreign, community = make.organization(), make.organization(), make.community()
    asked = [
        (Role.APPLICANT, own),
        (Role.APPLICANT, foreign),
        (Role.EXPERT, None),
        (Role.CLERK, None),
        (Role.OPERATOR, None),
        (Role.OFFICER, None),
        (Role.APPROVER, None),
        (Role.FINANCE, None),
        (Role.AUDITOR, None),
        (Role.ADMINISTRATOR, None),
    ]
    by = make.person(role, organization=own, community=community)
    may = []
    for invited_role, organization in asked:
        try:
            actions.invite(
                name="客",
                address="guest@example.invalid",
                role=invited_role,
                organization=organization,
                community=community,
                by=by,
                at=make.NOON,
            )
            may.append((invited_role, organization))
        except Refused as refused:
            assert refused.blockers[0].code == "people.role_not_yours"
    wanted = {
        Role.ADMINISTRATOR: asked,
        Role.OFFICER: asked[:4],
        Role.APPLICANT: asked[:1],
    }
    assert may == wanted.get(role, [])


def test_an_applicant_sees_only_invitations_to_the_own_organization(app: Any, enter: Any) -> None:
    officer, organization = make.person(Role.OFFICER), make.organization()
    applicant = make.person(Role.APPLICANT, organization=organization)
    invited(officer, name="别家的人", role=Role.APPLICANT, organization=make.organization())
    foreign = db.session.query(Invitation).one().id
    invited(applicant, name="自家的人", role=Role.APPLICANT, organization=organization)
    browser = enter(applicant)
    words = browser.get("/invitations").page.words
    assert "自家的人" in words and "别家的人" not in words
    assert browser.post(f"/invitations/{foreign}/withdraw").status_code == 404
    assert f'<option selected value="{organization.id}">' in browser.get("/invitations/new").text


# --- users ---


def test_the_last_administrator_stays(app: Any) -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    with pytest.raises(Refused) as taken:
        actions.take(grant=administrator.grants[0], by=administrator, at=make.NOON)
    assert codes(taken) == ["people.last_administrator"]
    with pytest.raises(Refused) as out:
        actions.deactivate(person=administrator, reason="离岗", by=administrator, at=make.NOON)
    assert codes(out) == ["people.yourself"]


def test_roles_are_given_and_taken_through_pages(app: Any, enter: Any) -> None:
    administrator, person = make.person(Role.ADMINISTRATOR), make.person(name="虚构同事")
    save()
    browser = enter(administrator)
    at = f"/people/{person.id}"
    assert browser.post(f"{at}/roles", {"role": "finance", "confirmed": "1"}).status_code == 303
    assert browser.post(f"{at}/roles", {"role": "finance"}).status_code == 422
    assert browser.post(f"{at}/roles", {"role": "applicant"}).status_code == 422
    grant = db.session.get_one(Person, person.id).grants[0].id
    preview = browser.post(f"{at}/roles/{grant}/take")
    assert preview.status_code == 200 and db.session.get_one(Person, person.id).roles == {Role.FINANCE}
    assert browser.post(f"{at}/roles/{grant}/take", {"confirmed": "1"}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Person, person.id).roles == frozenset()


def test_somebody_shut_out_is_out_at_once(app: Any, enter: Any) -> None:
    administrator, officer = make.person(Role.ADMINISTRATOR), make.person(Role.OFFICER)
    save()
    inside, browser = enter(officer), enter(administrator)
    assert inside.get("/organizations").status_code == 200
    assert browser.post(f"/people/{officer.id}/deactivate", {"reason": ""}).status_code == 422
    assert browser.post(f"/people/{officer.id}/deactivate", {"reason": "离岗"}).status_code == 303
    assert inside.get("/organizations").status_code == 303
    assert browser.post(f"/people/{officer.id}/reactivate").status_code == 303
    assert inside.get("/organizations").status_code == 303, "the old cookie came alive again"
    assert enter(officer).get("/organizations").status_code == 200


# --- organizations ---


def test_an_organization_is_entered_once_under_a_good_code(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    save()
    browser = enter(officer)
    bad = browser.post("/organizations/new", {"code": "52320684MJO000026X", "name": "虚构中心"})
    assert bad.status_code == 422
    made = browser.post(
        "/organizations/new", {"code": " ５２320684-mj0000026x", "name": "虚构中心"}, follow=True
    )
    assert made.status_code == 200
    row = db.session.query(Organization).one()
    assert (row.credit_code, row.kind.value) == ("52320684MJ0000026X", "service")
    again = browser.post("/organizations/new", {"code": "52320684MJ0000026X", "name": "另一个"})
    assert again.status_code == 422 and "虚构中心" in again.page.words


def test_a_wrong_body_digit_is_taken_with_a_warning(app: Any, enter: Any) -> None:
    officer = make.person(Role.OFFICER)
    made = actions.register(code="52320684MJ00000271", name="虚构旧码中心", by=officer, at=make.NOON)
    save()
    assert "notice-warning" in enter(officer).get(f"/organizations/{made.id}").get_data(as_text=True)


def test_the_database_keeps_one_organization_per_code(app: Any) -> None:
    first, second = make.organization(), make.organization()
    with pytest.raises(IntegrityError, match=r"organization[._]credit_code"):
        db.session.execute(
            text("UPDATE organization SET credit_code = :code WHERE id = :id"),
            {"code": first.credit_code, "id": second.id},
        )
    db.session.rollback()


def test_the_constraint_is_said_in_a_sentence(app: Any) -> None:
    from venture.refusal import Blocker
    from venture.web import sentence

    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = sentence(Blocker("database.uq_organization_credit_code"))
    assert "credit code" in said


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE organization SET rating = 6", "ck_organization_rating"),
        ("UPDATE organization SET credit_code = 'short'", "ck_organization_credit_code"),
        ("UPDATE listing SET to_on = '2000-01-01'", "ck_listing_days"),
        ("UPDATE ban SET reason = ''", "ck_ban_reason"),
        ("UPDATE paper SET checked_by_id = entered_by_id, checked_at = entered_at", "ck_paper_two_people"),
        ("UPDATE invitation SET used_at = made_at", "ck_invitation_used"),
        (
            "UPDATE grant_of_role SET role = 'clerk' WHERE role = 'applicant'",
            "ck_grant_of_role_organization|ck_grant_of_role_community",
        ),
    ],
)
def test_the_database_keeps_each_promise_too(app: Any, statement: str, constraint: str) -> None:
    officer, organization = make.person(Role.OFFICER), make.organization()
    make.person(Role.APPLICANT, organization=organization)
    day = make.NOON.date()
    given: dict[str, Any] = {"organization": organization, "by": officer, "at": make.NOON}
    actions.add_listing(kind=ListKind.ABNORMAL, from_on=day, to_on=None, source="平台", **given)
    actions.add_ban(from_on=day, to_on=day, reason="失信", **given)
    actions.enter_paper(signer=officer, signed_on=day, by=officer, at=make.NOON)
    actions.invite(name="客", address="a@example.invalid", role=Role.EXPERT, by=officer, at=make.NOON)
    with pytest.raises(IntegrityError, match=constraint):
        db.session.execute(text(statement))
    db.session.rollback()
    trail.forget(db.session())


@pytest.mark.parametrize("role", list(Role))
def test_the_account_number_is_masked_for_all_but_three(app: Any, enter: Any, role: Role) -> None:
    organization = make.organization(account_no="6222021100001234")
    foreign = make.organization()
    person = make.person(role, organization=foreign, community=make.community())
    own = make.person(Role.APPLICANT, organization=organization)
    save()
    answer = enter(person).get(f"/organizations/{organization.id}")
    assert answer.status_code == (200 if role in STAFF else 404)
    whole = "6222 0211 0000 1234"
    if role in STAFF:
        assert (whole in answer.page.words) == (role in (Role.OFFICER, Role.FINANCE))
        assert "1234" in answer.page.words and "6222021100001234" not in answer.get_data(as_text=True)
    assert whole in enter(own).get(f"/organizations/{organization.id}").page.words


def test_who_may_change_an_organization(app: Any, enter: Any) -> None:
    organization = make.organization(account_no="6222021100001234")
    answers = {}
    for role in Role:
        bound = organization if role is Role.APPLICANT else None
        person = make.person(role, organization=bound, community=make.community())
        save()
        browser = enter(person)
        edit = browser.get(f"/organizations/{organization.id}/edit").status_code
        account = browser.get(f"/organizations/{organization.id}/account")
        answers[role] = (edit, account.status_code)
        if account.status_code == 200:
            shown = "6222021100001234" in account.get_data(as_text=True)
            assert shown == (role in (Role.OFFICER, Role.APPLICANT))
    keepers = {Role.APPLICANT, Role.OPERATOR, Role.OFFICER, Role.ADMINISTRATOR}
    absent = {Role.EXPERT, Role.CLERK}
    assert answers == {
        role: (200, 200) if role in keepers else (404, 404) if role in absent else (403, 403) for role in Role
    }


def test_details_and_account_are_kept_with_both_values_in_the_trail(app: Any, enter: Any) -> None:
    organization = make.organization(account_no="6222021100001234")
    own = make.person(Role.APPLICANT, organization=organization)
    save()
    browser, at = enter(own), f"/organizations/{organization.id}"
    profile = {
        "name": organization.name,
        "registered_on": "2014年3月1日",
        "postcode": "２２６１００",
        "rating": "4",
    }
    assert browser.post(f"{at}/edit", profile).status_code == 422
    assert browser.post(f"{at}/edit", profile | {"rated_in": "2017"}).status_code == 303
    account = {"account_name": "别的户名", "bank": "虚构银行", "account_no": "6222 0211 0000 9999"}
    assert browser.post(f"{at}/account", account | {"account_no": "12a"}).status_code == 422
    saved = browser.post(f"{at}/account", account, follow=True)
    assert "notice-warning" in saved.get_data(as_text=True)
    assert browser.post(f"{at}/reports", {"year": "2017", "result": "basic"}).status_code == 303
    db.session.expire_all()
    found = db.session.get_one(Organization, organization.id)
    assert (found.rating, found.rated_in, found.postcode, found.account_no) == (
        4,
        2017,
        "226100",
        "6222021100009999",
    )
    assert {row.year: row.result for row in found.reports}[2017] is YearlyResult.BASIC
    said = {event.did: event.facts for event in trail.history(found)}
    assert said["people.change_account"]["account_no"] == ["6222021100001234", "6222021100009999"]
    assert said["people.save_organization"]["rating"] == [3, 4]


def test_lists_and_bans_are_kept_by_the_bureau_and_corrected_with_reasons(app: Any, enter: Any) -> None:
    organization = make.organization()
    officer, own = make.person(Role.OFFICER), make.person(Role.APPLICANT, organization=organization)
    save()
    browser, at = enter(officer), f"/organizations/{organization.id}"
    entry = {"kind": "abnormal", "from_on": "2017-03-01", "source": "国家平台"}
    assert browser.post(f"{at}/lists", entry | {"to_on": "2017-02-01"}).status_code == 422
    assert browser.post(f"{at}/lists", entry).status_code == 303
    assert browser.post(f"{at}/lists/looked-up", {"on": "2018-05-01"}).status_code == 303
    ban = {"from_on": "2018-01-01", "to_on": "2020-12-31", "reason": "上届终止"}
    assert browser.post(f"{at}/bans", ban).status_code == 303
    found = db.session.get_one(Organization, organization.id)
    ended = {"row": found.listings[0].id, "to_on": "2017-09-01", "reason": "移出名录"}
    assert browser.post(f"{at}/lists/end", ended).status_code == 303
    lifted = {"row": found.bans[0].id, "to_on": "2019-12-31", "reason": "申诉成立"}
    page = browser.post(f"{at}/bans/end", lifted, follow=True)
    assert "2020-12-31" in page.page.words and "申诉成立" in page.page.words
    outside = enter(own)
    assert outside.post(f"{at}/bans", ban).status_code == 403
    assert "国家平台" not in outside.get(at).page.words


def test_the_register_is_searched_and_loads_in_the_same_statements(
    app: Any, enter: Any, statements: Any
) -> None:
    officer = make.person(Role.OFFICER)
    first = make.organization(name="海门百分100%中心")
    save()
    browser, counts = enter(officer), []
    for more in (0, 40):
        for _ in range(more):
            make.organization()
        save()
        statements.clear()
        browser.get("/organizations")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert first.name in browser.get("/organizations?words=100%25").page.words
    assert first.name not in browser.get("/organizations?words=1000%25").page.words
    assert first.name in browser.get(f"/organizations?words={first.credit_code[:17]}").page.words
    assert browser.get("/organizations?words=%E6%97%A0").status_code == 200


@pytest.mark.parametrize("address", ["/people", "/invitations"])
def test_lists_of_people_load_in_the_same_statements(
    app: Any, enter: Any, statements: Any, address: str
) -> None:
    administrator = make.person(Role.ADMINISTRATOR)
    organization = make.organization()
    counts = []
    for more in (1, 30):
        for _ in range(more):
            make.person(Role.APPLICANT, Role.EXPERT, organization=organization)
            invited(administrator, role=Role.APPLICANT, organization=make.organization())
        save()
        browser = enter(administrator)
        statements.clear()
        assert browser.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


OPEN_TO = {
    "/people": {Role.ADMINISTRATOR},
    "/invitations": {Role.ADMINISTRATOR, Role.OFFICER, Role.APPLICANT},
    "/invitations/new": {Role.ADMINISTRATOR, Role.OFFICER, Role.APPLICANT},
    "/invitations/issued": {Role.ADMINISTRATOR, Role.OFFICER, Role.APPLICANT},
    "/organizations": set(STAFF),
    "/organizations/new": {Role.OPERATOR, Role.OFFICER, Role.ADMINISTRATOR},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_page_opens_for_its_roles(app: Any, enter: Any, browser: Any, role: Role) -> None:
    person = make.person(role, organization=make.organization(), community=make.community())
    save()
    inside = enter(person)
    for address, open_to in OPEN_TO.items():
        assert browser.get(address).status_code == 303
        assert inside.get(address).status_code == (200 if role in open_to else 403), address


# --- paper and files ---


def test_nobody_checks_a_paper_they_entered(app: Any) -> None:
    leader, clerk, other = (make.person(Role.APPROVER), make.person(Role.OFFICER), make.person(Role.OFFICER))
    day = make.NOON.date()
    with pytest.raises(Refused) as later:
        actions.enter_paper(signer=leader, signed_on=day + timedelta(days=1), by=clerk, at=make.NOON)
    assert codes(later) == ["people.later_day"]
    paper = actions.enter_paper(signer=leader, signed_on=day, by=clerk, at=make.NOON)
    with pytest.raises(Refused) as same:
        actions.check_paper(paper=paper, by=clerk, at=make.NOON)
    assert codes(same) == ["people.same_person"]
    actions.check_paper(paper=paper, by=other, at=make.NOON)
    with pytest.raises(Refused) as twice:
        actions.check_paper(paper=paper, by=leader, at=make.NOON)
    assert codes(twice) == ["people.paper_checked"]


def test_a_file_comes_back_under_its_name_and_a_missing_one_is_said(app: Any) -> None:
    import io

    person = make.person(Role.OFFICER)
    staged = files.stage(
        io.BytesIO(b"\x89PNG\r\n\x1a\nrest"), "现场 照片.png", root=app.settings.uploads, limit=1000
    )
    kept = files.keep(staged, by=person, at=make.NOON)
    with app.test_request_context():
        answer = downloads.send(kept)
        assert (
            answer.headers["Content-Disposition"].startswith("attachment") and answer.mimetype == "image/png"
        )
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        shown = downloads.send(kept, inline=True)
        assert shown.headers["Content-Disposition"].startswith("inline")
        for each in (answer, shown):
            each.close()
        gone = File(sha256="f" * 64, name="丢了.pdf", type="application/pdf", size=1)
        missing = downloads.send(gone)
    assert missing.status_code == 500 and "丢了.pdf" in missing.get_data(as_text=True)
