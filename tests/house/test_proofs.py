"""Acts on money, roles and rankings ask who one is when the last proof is old; forgetting the mark is found here."""

from datetime import timedelta
from typing import Any

import make
import pytest
import time_machine
from client import Browser, save
from house.test_permissions import address
from people import scene
from people.test_sessions import resend
from sqlalchemy import select, update

from venture import clock, sessions
from venture.db import db
from venture.roles import Role
from venture.rounds.models import ThemeMove
from venture.web import Venture

PROVED = {
    "applications": """
        amend_question
        correct_post
        late_papers_post
        more_time_post
        scope_post
    """,
    "people": """
        change_account
        deactivate
        give_role
        give_up_authenticator
        hand_over_post
        invite_post
        new_recovery_codes
        offer_seed
        reactivate
        read_out_code
        stand_in
        take_authenticator
        take_over_post
        take_role
    """,
    "rounds": """
        approve_carry_over
        approve_move
        check_move_paper
        enter_move_paper
        propose_carry_over
        propose_move
        publish_call
    """,
    "review": """
        approve_rule
        approve_unfreezing
        begin
        correct
        correct_case
        draw_experts
        enter_account
        freeze
        note_receipts
        propose_rule
        propose_unfreezing
        read_accounts
        record_draw
        reopen
        set_fees
        set_rates
        strike_receipt
        take_back_rule
        take_back_unfreezing
    """,
    "budget": """
        amend
        approve_account_change
        approve_amendment
        approve_post
        ask_account_change
        award_post
        call_up
        cancel
        check
        check_approval
        check_release
        claim_back
        correct
        correct_agreement
        drop_account_change
        enter_approval
        enter_release
        lower
        merge_post
        propose
        publish
        publish_outcome
        receive_refund
        record_paid
        release
        request_batch
        send_back
        strike
        take_back
        take_results
        undo_refund
        unmerge_post
        withdraw
        withdraw_claim
    """,
    "delivery": """
        check_audit
        close
        confirm_ban
        confirm_results
        decide
        decide_move
        reopen_closure
    """,
}
"""The acts that must ask, by stage."""
MONEY_WITHOUT = {
    "answer_post",
    "autosave_revision",
    "decide_revisions",
    "draw_up",
    "extend",
    "keep_scans",
    "meet",
    "object_to",
    "post_up",
    "reopen",
    "save_revision",
    "send_revision",
    "sign",
    "take_back_amendment",
    "hand_in_invoice",
    "set_treasury_columns",
    "withdraw_invoice",
}
"""What else can be done in the stage of money: none of it moves money or decides on it."""
RUNNING_WITHOUT = {
    *(
        "add_file",
        "ask",
        "correct_activity",
        "correct_spending",
        "decide_plan",
        "mark_children",
        "move",
        "recommend",
    ),
    *(
        "record_activity",
        "send_plan",
        "spend",
        "strike_activity",
        "strike_spending",
        "take_out",
        "take_sheet",
    ),
    *("withdraw_change", "withdraw_move"),
    *("answer_objection", "archive", "assign", "begin_again", "decide_reports", "enter_audit", "fail_late"),
    *(
        "object_to",
        "propose_ban",
        "propose_results",
        "remind",
        "reopen_audit",
        "reopen_report",
        "reopen_sheet",
    ),
    *("return_audit", "save_evaluation_sheet", "save_report", "save_rules", "take_off"),
}
"""What an organization records and asks for, and what the office says to it before the decision."""


def posts(app: Venture) -> dict[str, Any]:
    """The address rule of every act, by endpoint."""
    return {rule.endpoint: rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}


def test_the_acts_that_ask_for_a_proof(app: Venture) -> None:
    marked = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and view.rule.fresh  # type: ignore[attr-defined]  # `seal` has seen the mark
    }
    assert marked == {f"{stage}.{name}" for stage, names in PROVED.items() for name in names.split()}
    money = {endpoint.partition(".")[2] for endpoint in posts(app) if endpoint.startswith("budget.")}
    assert money == set(PROVED["budget"].split()) | MONEY_WITHOUT
    running = {endpoint.partition(".")[2] for endpoint in posts(app) if endpoint.startswith("delivery.")}
    assert running == set(PROVED["delivery"].split()) | RUNNING_WITHOUT


def test_each_of_them_asks_when_the_proof_is_old_and_only_then(app: Venture) -> None:
    here = {"organization": make.organization(), "community": make.community()}
    make.round_(make.person(Role.OFFICER))
    people = {role: make.person(role, **here) for role in Role}
    save()
    browsers = {role: Browser(app).enter(person) for role, person in people.items()}
    wrong: list[str] = []

    def walk(expected: bool) -> None:
        for endpoint, rule in posts(app).items():
            mark = app.view_functions[endpoint].rule  # type: ignore[attr-defined]  # `seal` has seen the mark
            if not mark.fresh:
                continue
            for role in mark.roles or {Role.APPLICANT}:
                answer = browsers[role].post(address(rule), {"typed": "虚构"})
                if (answer.headers.get("Location") == "/prove") != expected:
                    wrong.append(f"{role} {endpoint}: {answer.status_code}")

    walk(expected=False)
    db.session.execute(update(sessions.SignIn).values(proved_at=make.NOON))
    db.session.commit()
    walk(expected=True)
    assert not wrong, "\n".join(wrong)


def test_a_move_of_money_keeps_what_was_typed_and_goes_on_after_the_proof(app: Venture) -> None:
    officer = scene.member(Role.OFFICER)
    round_ = make.round_(officer)
    save()
    browser = Browser(app)
    scene.sign_in(browser, officer.email)
    source, target = (theme.id for theme in round_.themes[:2])
    where = f"/rounds/{round_.year}/moves"
    sent = {"source": source, "target": target, "amount": "12000.50", "reason": "虚构理由，打了很久。"}
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        browser.get(where)
        assert browser.post(where, sent).headers["Location"] == "/prove"
        assert db.session.scalars(select(ThemeMove)).all() == []
        browser.get("/prove")
        assert browser.post("/prove", {"proof": scene.PASSWORD}).headers["Location"] == "/kept"
        page = browser.get("/kept")
        assert "虚构理由，打了很久。" in page.page.words
        assert resend(browser, page).headers["Location"].startswith(where)
        move = db.session.scalars(select(ThemeMove)).one()
        assert (move.amount, move.reason) == (1_200_050, "虚构理由，打了很久。")
        db.session.rollback()
        browser.get(where)
        again = browser.post(where, {**sent, "amount": "1"})
        assert again.headers["Location"].startswith(where), "one proof is good for a while"


@pytest.mark.parametrize(("minutes", "asks"), [(4, False), (5, True)])
def test_how_long_a_proof_lasts_is_a_setting(
    app: Venture, monkeypatch: pytest.MonkeyPatch, minutes: int, asks: bool
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(app, "settings", replace(app.settings, proof=timedelta(minutes=5)))
    officer = scene.member(Role.OFFICER)
    round_ = make.round_(officer)
    save()
    browser = Browser(app)
    start = clock.now()
    with time_machine.travel(start, tick=False):
        scene.sign_in(browser, officer.email)
    with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
        where = f"/rounds/{round_.year}/moves"
        browser.get(where)
        assert (browser.post(where, {}).headers.get("Location") == "/prove") is asks
        browser.get("/prove")
        assert ("5 分钟" in browser.last.page.words) or "5 minutes" in browser.last.page.words
