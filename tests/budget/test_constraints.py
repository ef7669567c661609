"""What the database itself refuses, on both engines, when somebody goes past the application."""

from datetime import date
from typing import Any

import pytest
from budget import scene
from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from venture import trail, web
from venture.budget import models
from venture.db import Base, db

pytestmark = pytest.mark.parametrize("both", ["sqlite", "postgres"], indirect=True)

_AGREED = "signatory, amount, content, sha256, drawn_at, drawn_by_id"
AGREEMENT = f"INSERT INTO agreement (award_id, version, number, {_AGREED})"
_TOLD = "content, sha256, published_at, published_by_id"
OUTCOME = f"INSERT INTO notice_outcome (notice_id, number, kind, {_TOLD})"
_SENT = "content, sha256, sent_at, sent_by_id"
REVISED = f"INSERT INTO revised_version (revision_id, number, granted, {_SENT})"
BREAKS = {
    "ck_round_allotted": "UPDATE round SET total = 1",
    "ck_theme_committed": "UPDATE theme SET committed = earmark + 1",
    "ck_decision_two_people": "UPDATE decision SET approved_by_id = proposed_by_id",
    "ck_decision_approved": "UPDATE decision SET approved_by_id = NULL",
    "ck_decision_withdrawn": "UPDATE decision SET state = 'withdrawn'",
    "ck_decision_withdraw_reason": "UPDATE decision SET withdraw_reason = 'x'",
    "ck_decision_minutes": "UPDATE decision SET minutes_no = ''",
    "ck_decision_decisionstate": "UPDATE decision SET state = 'other'",
    "uq_decision_round_id_number": (
        "INSERT INTO decision (round_id, number, state, rules, minutes_no, proposed_at, proposed_by_id, "
        "withdraw_reason) SELECT round_id, number, 'proposed', rules, '', proposed_at, proposed_by_id, '' "
        "FROM decision"
    ),
    "ck_decision_line_decided": "UPDATE decision_line SET decided = asked + 1, reason = 'x'",
    "ck_decision_line_recommended": "UPDATE decision_line SET recommended = asked + 1",
    "ck_decision_line_reason": "UPDATE decision_line SET decided = computed - 1, reason = ''",
    "uq_decision_line_decision_id_application_id": (
        "UPDATE decision_line SET application_id = (SELECT min(application_id) FROM decision_line)"
    ),
    "ck_notice_days": "UPDATE notice SET ends_on = '2018-06-01'",
    "uq_notice_decision_id": (
        "INSERT INTO notice (decision_id, starts_on, ends_on, published_at, published_by_id, content, sha256) "
        "SELECT decision_id, starts_on, ends_on, published_at, published_by_id, content, sha256 FROM notice"
    ),
    "ck_objection_text": "UPDATE objection SET text = ''",
    "ck_objection_answered": "UPDATE objection SET answered_at = made_at",
    "uq_objection_key": "UPDATE objection SET key = 'a'",
    "uq_objection_receipt": "UPDATE objection SET receipt = 'R'",
    "ck_award_amount": "UPDATE award SET amount = requested + 1",
    "ck_award_paid": "UPDATE award SET contracted = NULL, pending = amount - paid + 1",
    "ck_award_contracted": "UPDATE award SET contracted = 0",
    "ck_award_signed": "UPDATE award SET signed_on = NULL",
    "ck_award_cancelled": "UPDATE award SET state = 'cancelled'",
    "ck_award_awardstate": "UPDATE award SET state = 'other', cancel_reason = ''",
    "uq_award_agreement_no": "UPDATE award SET agreement_no = 'same'",
    "uq_award_project_no": "UPDATE award SET project_no = 'same'",
    "uq_award_application_id": "UPDATE award SET application_id = (SELECT min(application_id) FROM award)",
    "uq_award_line_id": "UPDATE award SET line_id = (SELECT min(line_id) FROM award)",
    "ck_instalment_amount": "UPDATE instalment SET amount = 0",
    "ck_instalment_met": "UPDATE instalment SET met_on = '2018-09-20', due_on = NULL",
    "ck_instalment_condition": "UPDATE instalment SET condition = 'other'",
    "uq_instalment_award_id_number": "UPDATE instalment SET number = 1",
    "uq_batch_key": (
        "INSERT INTO batch (round_id, number, key, made_at, made_by_id) "
        "SELECT round_id, number + 1, key, made_at, made_by_id FROM batch"
    ),
    "uq_batch_round_id_number": (
        "INSERT INTO batch (round_id, number, key, made_at, made_by_id) "
        "SELECT round_id, number, 'other', made_at, made_by_id FROM batch"
    ),
    "ck_payment_amount": "UPDATE payment SET amount = 0",
    "ck_payment_three_people": "UPDATE payment SET checked_by_id = requested_by_id",
    "ck_payment_checked": "UPDATE payment SET checked_by_id = NULL",
    "ck_payment_released": "UPDATE payment SET released_by_id = NULL",
    "ck_payment_voucher": "UPDATE payment SET voucher_no = ''",
    "ck_payment_paymentstate": "UPDATE payment SET state = 'other'",
    "uq_payment_instalment": "UPDATE payment SET instalment_id = (SELECT min(instalment_id) FROM payment)",
    "uq_operation_key": (
        "INSERT INTO operation (key, kind, at, by_id, note) SELECT key, kind, at, by_id, note FROM operation"
    ),
    "ck_entry_amount": (
        "INSERT INTO entry (operation_id, account, theme_id, amount) "
        "SELECT operation_id, account, theme_id, 0 FROM entry"
    ),
    "ck_entry_account": (
        "INSERT INTO entry (operation_id, account, theme_id, amount) "
        "SELECT operation_id, 'other', theme_id, 1 FROM entry"
    ),
    "ck_objection_remedied": "UPDATE objection SET remedy = 'corrected'",
    "ck_objection_remedy": "UPDATE objection SET remedy = 'other', upheld = true, answered_at = made_at",
    "ck_agreement_number": f"{AGREEMENT} SELECT award_id, 2, '', {_AGREED} FROM agreement",
    "uq_agreement_award_id_version": f"{AGREEMENT} SELECT award_id, 1, 'other', {_AGREED} FROM agreement",
    "uq_agreement_number_version": (
        f"{AGREEMENT} SELECT (SELECT max(id) FROM award), 1, number, {_AGREED} FROM agreement"
    ),
    "ck_amendment_reason": "UPDATE amendment SET reason = ''",
    "ck_amendment_two_people": "UPDATE amendment SET approved_by_id = made_by_id, approved_at = made_at",
    "ck_amendment_approved": "UPDATE amendment SET approved_at = made_at",
    "ck_amendment_taken_back": (
        "UPDATE amendment SET approved_at = made_at, taken_back_at = made_at, "
        "approved_by_id = (SELECT max(id) FROM person)"
    ),
    "uq_amendment_award_id_number": (
        "INSERT INTO amendment (award_id, number, reason, changes, signatory, effective_on, content, sha256, made_at, "
        "made_by_id) SELECT award_id, number, reason, changes, signatory, effective_on, content, sha256, made_at, "
        "made_by_id FROM amendment"
    ),
    "ck_notice_outcome_number": f"{OUTCOME} SELECT notice_id, 0, 'result', {_TOLD} FROM notice_outcome",
    "ck_notice_outcome_outcomekind": f"{OUTCOME} SELECT notice_id, 2, 'other', {_TOLD} FROM notice_outcome",
    "uq_notice_outcome_notice_id_number": (
        f"{OUTCOME} SELECT notice_id, 1, 'result', {_TOLD} FROM notice_outcome"
    ),
    "ck_posting_address": (
        "INSERT INTO posting (notice_id, address, posted_on, at, by_id) "
        "SELECT id, '', starts_on, published_at, published_by_id FROM notice"
    ),
    "ck_revision_saves": "UPDATE revision SET saves = -1",
    "ck_revision_reason": (
        "UPDATE revision SET state = 'returned', decided_at = asked_at, "
        "decided_by_id = (SELECT max(id) FROM person)"
    ),
    "ck_revision_decided": "UPDATE revision SET state = 'accepted'",
    "ck_revision_revisionstate": "UPDATE revision SET state = 'other'",
    "uq_revision_award_id": (
        "INSERT INTO revision (award_id, state, answers, saves, asked_at, reason) "
        "SELECT award_id, state, answers, saves, asked_at, reason FROM revision"
    ),
    "ck_revised_version_granted": f"{REVISED} SELECT revision_id, 2, 0, {_SENT} FROM revised_version",
    "uq_revised_version_revision_id_number": (
        f"{REVISED} SELECT revision_id, number, granted, {_SENT} FROM revised_version"
    ),
}


def played(of: scene.Cast) -> None:
    """Two paid awards, a notice, two objections."""
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    made = scene.signed(of)
    scene.paid(of, made)
    notice = made[0].line.decision.id
    found = db.session.execute(text("SELECT id FROM notice WHERE decision_id = :id"), {"id": notice}).scalar()
    for key in ("k", "l"):
        db.session.add(
            models.Objection(
                notice_id=found,
                name="虚构",
                contact="虚构",
                text="虚构",
                receipt=key,
                key=key,
                made_at=scene.PUBLISHED_AT,
            )
        )
    given: dict[str, Any] = {"content": [], "sha256": "0" * 64}
    db.session.add(
        models.Agreement(
            award=made[0],
            version=1,
            number="虚构",
            signatory="",
            amount=1,
            drawn_at=scene.SIGNED_AT,
            drawn_by_id=of.officer.id,
            **given,
        )
    )
    db.session.add(
        models.Amendment(
            award=made[0],
            number=1,
            reason="虚构",
            changes=[],
            signatory="",
            effective_on=date(2018, 10, 8),
            made_at=scene.SIGNED_AT,
            made_by_id=of.officer.id,
            **given,
        )
    )
    db.session.add(
        models.NoticeOutcome(
            notice_id=found,
            number=1,
            kind=models.OutcomeKind.RESULT,
            published_at=scene.SIGNED_AT,
            published_by_id=of.officer.id,
            **{**given, "content": {}},
        )
    )
    revision = models.Revision(award=made[0], asked_at=scene.SIGNED_AT)
    db.session.add(revision)
    db.session.flush()
    db.session.add(
        models.RevisedVersion(
            revision=revision,
            number=1,
            granted=1,
            sent_at=scene.SIGNED_AT,
            sent_by_id=of.officer.id,
            **{**given, "content": {}},
        )
    )
    db.session.commit()


def names() -> set[str]:
    """The constraints of the money's tables and of what carries their limits."""
    tables = [
        each.__table__ for each in vars(models).values() if isinstance(each, type) and issubclass(each, Base)
    ]
    found = {"ck_round_allotted", "ck_theme_committed"}
    for table in tables:
        for each in table.constraints:
            if isinstance(each, CheckConstraint):
                found.add(str(each.name))
            if isinstance(each, UniqueConstraint):
                columns = "_".join(column.name for column in each.columns)
                found.add(f"uq_{table.name}_{columns}")
        for index in table.indexes:
            if index.unique:
                found.add(str(index.name))
    return found


def test_every_named_promise_is_kept(both: Any) -> None:
    of = scene.cast()
    played(of)
    assert names() - set(BREAKS) == set(), "a constraint without a test"
    for name, wrong in BREAKS.items():
        with pytest.raises(IntegrityError) as broken:
            db.session.execute(text(wrong))
        told = web._constraint(broken.value)
        unique_index = name == "uq_payment_instalment" and told.startswith("uq_payment_instalment")
        assert told == name or unique_index, f"{name}: {told}"
        db.session.rollback()


@pytest.mark.parametrize("table", ["event", "correction", "entry", "operation"])
def test_what_is_written_stays_written(both: Any, table: str) -> None:
    of = scene.cast()
    played(of)
    payment = db.session.query(models.Payment).first()
    trail.correct(payment, field="voucher_no", value="新", reason="录错", by=of.finance, at=scene.SIGNED_AT)
    trail.append(db.session())
    db.session.commit()
    wrongs = [f"UPDATE {table} SET id = id", f"DELETE FROM {table}"]
    if db.engine.dialect.name == "sqlite":
        wrongs.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        wrongs.append(f"TRUNCATE {table} CASCADE")
    for wrong in wrongs:
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
            db.session.execute(text(wrong))
        db.session.rollback()
