"""The public verifier: valid or not valid, and nothing else; how often one may ask."""

import re
from datetime import timedelta
from typing import Any

import make
import pytest
from client import Browser, save
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from venture.applications import actions
from venture.applications.lifecycle import State
from venture.applications.models import Verification
from venture.db import db
from venture.refusal import Refused
from venture.roles import Role

ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def scene(app: Any) -> Any:
    class Scene:
        round = make.round_(make.person(Role.OFFICER))
        by = make.person(Role.APPLICANT, organization=make.organization())
        sent = make.application(round, by=by, state=State.SUBMITTED)
        other = make.application(round, by=by, state=State.SUBMITTED)
        number, receipt = sent.number, "ABCDEFGHJ234"
        sent.versions[0].receipt = receipt
        other.versions[0].receipt = "ABCDEFGHJ235"

    save()
    return Scene


def asked(typed: str, *, address: str = "192.0.2.1", minute: float = 0) -> bool:
    return actions.verify(typed=typed, address=address, at=make.NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("typed", "valid"),
    [
        ("{receipt}", True),
        ("  {lower}  ", True),
        ("ABCD EFGH\u3000J234", True),
        ("{number}/1/{receipt}", True),
        ("{number} · 第1版 · {receipt}", True),
        ("{number} · Version 1 · {receipt}", True),
        ("{number}/2/{receipt}", False),
        ("{another}/1/{receipt}", False),
        ("{number}", False),
        ("ABCDEFGHJ236", False),
        ("ABCDEFGHJ23", False),
        ("%", False),
        ("\x00", False),
        ("", False),
    ],
)
def test_a_code_is_valid_only_whole_and_as_it_was_given(scene: Any, typed: str, valid: bool) -> None:
    facts = {"number": scene.number, "another": scene.other.number, "receipt": scene.receipt}
    assert asked(typed.format(**facts, lower=scene.receipt.lower())) is valid


def test_one_address_may_ask_thirty_times_an_hour(scene: Any) -> None:
    for place in range(30):
        asked("ABCDEFGHJ236", minute=place)
    with pytest.raises(Refused) as refused:
        asked(scene.receipt, minute=59)
    (blocker,) = refused.value.blockers
    assert blocker.code == "applications.asked_too_often"
    assert blocker.facts == {"until": make.NOON + timedelta(hours=1)}
    assert asked(scene.receipt, address="192.0.2.2", minute=59)
    assert asked(scene.receipt, minute=60)


def test_what_was_counted_goes_after_a_day(scene: Any) -> None:
    asked(scene.receipt)
    asked(scene.receipt, minute=24 * 60 + 1)
    assert db.session.scalar(select(func.count()).select_from(Verification)) == 1


def test_valid_and_not_valid_run_the_same_statements(scene: Any, statements: list[str]) -> None:
    seen = []
    for typed in (scene.receipt, "ABCDEFGHJ236", f"{scene.number}/1/{scene.receipt}", "nothing of the kind"):
        statements.clear()
        asked(typed)
        db.session.flush()
        seen.append(list(statements))
    assert all(each == seen[0] for each in seen)


def test_the_two_answers_differ_in_one_phrase(app: Any, scene: Any) -> None:
    browser = Browser(app)
    answers = [browser.post("/verify", {"code": code}, **ENGLISH) for code in (scene.receipt, "ABCDEFGHJ236")]
    assert [each.status_code for each in answers] == [200, 200]
    yes, no = (
        re.sub(r"<time.*?</time>|data-left=\"\d+\"|name=\"csrf_token\"[^>]*|nonce=\"[^\"]*\"", "", each.text)
        for each in answers
    )
    assert "Not valid" not in yes and no.replace("Not valid", "Valid") == yes
    assert scene.sent.title not in yes and scene.number not in yes and scene.receipt not in yes
    assert browser.post("/verify", {"code": ""}, **ENGLISH).status_code == 422
    assert browser.post("/verify", {"code": "x" * 200}, **ENGLISH).status_code == 422


def test_who_asks_too_often_is_told_until_when(app: Any, scene: Any) -> None:
    browser = Browser(app)
    for _place in range(30):
        browser.post("/verify", {"code": "ABCDEFGHJ236"})
    refused = browser.post("/verify", {"code": scene.receipt}, **ENGLISH)
    assert refused.status_code == 422 and "Too many codes" in refused.page.words
    assert db.session.scalar(select(func.count()).select_from(Verification)) == 30


@pytest.mark.unsound
def test_an_address_has_its_bounds(app: Any) -> None:
    db.session.add(Verification(address="x" * 101, at=make.NOON))
    with pytest.raises(IntegrityError, match="ck_verification_address"):
        db.session.flush()
    db.session.rollback()
