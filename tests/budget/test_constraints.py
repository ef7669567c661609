"""What the database itself refuses, on both engines, when somebody goes past the application."""

from datetime import date
from typing import Any

import pytest
from budget import scene
from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from venture import trail, web
from venture.budget import actions, models
from venture.db import Base, db
from venture.files import Staged

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
    "ck_decision_line_waiting": "UPDATE decision_line SET waiting = 0",
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
    "ck_award_paid": "UPDATE award SET pending = -1",
    "ck_award_freed": "UPDATE award SET contracted = NULL, pending = amount - paid - freed + 1",
    "ck_award_claimed": "UPDATE award SET claimed = paid + 1",
    "ck_award_settled": "UPDATE award SET accepted = 1",
    "ck_award_contracted": "UPDATE award SET contracted = 0",
    "ck_award_signed": "UPDATE award SET signed_on = NULL",
    "ck_award_cancelled": "UPDATE award SET state = 'cancelled'",
    "ck_award_awardstate": "UPDATE award SET state = 'other', cancel_reason = ''",
    "uq_award_agreement_no": "UPDATE award SET agreement_no = 'same'",
    "uq_award_project_no": "UPDATE award SET project_no = 'same'",
    "uq_award_application_id": "UPDATE award SET application_id = (SELECT min(application_id) FROM award)",
    "uq_award_line_id": "UPDATE award SET line_id = (SELECT min(line_id) FROM award)",
    "ck_instalment_amount": "UPDATE instalment SET amount = 0",
    "ck_instalment_cut": "UPDATE instalment SET cut = amount + 1",
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
    "ck_claim_amount": "UPDATE claim SET amount = 0, received = 0",
    "ck_claim_received": "UPDATE claim SET received = amount + 1",
    "ck_claim_reason": "UPDATE claim SET reason = ''",
    "ck_claim_withdrawn": "UPDATE claim SET withdraw_reason = 'x'",
    "uq_claim_key": "UPDATE claim SET key = 'same'",
    "ck_refund_amount": "UPDATE refund SET amount = 0",
    "ck_refund_voucher": "UPDATE refund SET voucher_no = ''",
    "ck_refund_two_people": "UPDATE refund SET recorded_by_id = claimed_by_id",
    "ck_refund_undone": "UPDATE refund SET undo_reason = 'x'",
    "uq_refund_key": "UPDATE refund SET key = 'same'",
    "ck_invoice_amount": "UPDATE invoice SET amount = 0",
    "ck_invoice_number": "UPDATE invoice SET number = ''",
    "ck_invoice_withdrawn": "UPDATE invoice SET withdraw_reason = 'x'",
    "ck_invoice_invoicekind": "UPDATE invoice SET kind = 'other'",
    "uq_invoice_number": "UPDATE invoice SET number = 'same', organization_id = 1",
    "uq_invoice_instalment": "UPDATE invoice SET instalment_id = (SELECT min(instalment_id) FROM invoice)",
    "ck_account_change_reason": "UPDATE account_change SET reason = ''",
    "ck_account_change_decided": "UPDATE account_change SET decided_at = asked_at",
    "ck_account_change_two_people": (
        "UPDATE account_change SET state = 'approved', decided_by_id = asked_by_id, decided_at = asked_at"
    ),
    "ck_account_change_answer": (
        "UPDATE account_change SET state = 'dropped', decided_by_id = asked_by_id, decided_at = asked_at"
    ),
    "ck_account_change_changestate": (
        "UPDATE account_change SET state = 'other', decided_by_id = asked_by_id, decided_at = asked_at"
    ),
    "uq_account_change_organization": "UPDATE account_change SET organization_id = 1",
    "ck_treasury_column_position": "UPDATE treasury_column SET position = 0 WHERE position = 1",
    "ck_treasury_column_header": "UPDATE treasury_column SET header = '' WHERE position = 1",
    "ck_treasury_column_text": "UPDATE treasury_column SET text = 'x'",
    "ck_treasury_column_holds": "UPDATE treasury_column SET holds = 'other'",
    "uq_treasury_column_position": "UPDATE treasury_column SET position = 3",
    "uq_treasury_column_header": "UPDATE treasury_column SET header = 'same'",
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


INDEXES = {
    "uq_payment_instalment",
    "uq_invoice_number",
    "uq_invoice_instalment",
    "uq_account_change_organization",
}
"""Unique where a row stands; SQLite names their columns."""


def played(of: scene.Cast) -> None:
    """Two paid awards, each with a claim of which a part came back; a notice, two objections."""
    scene.project(of, "1", 0, 4000000, 9000)
    scene.project(of, "2", 0, 3000000, 8000)
    made = scene.signed(of)
    scene.paid(of, made)
    for award in made:
        claim = actions.claim_back(
            award=award,
            amount=2,
            reason="虚构",
            due_on=scene.SIGNED_AT.date(),
            key=f"c{award.id}",
            by=of.officer,
            at=scene.SIGNED_AT,
        )
        actions.receive_refund(
            claim=claim,
            amount=1,
            received_on=scene.SIGNED_AT.date(),
            voucher_no="虚构收",
            key=f"r{award.id}",
            by=of.finance,
            at=scene.SIGNED_AT,
        )
        actions.hand_in_invoice(
            instalment=award.instalments[1],
            kind=models.InvoiceKind.RECEIPT,
            number=f"虚构收据{award.id}",
            issued_on=scene.SIGNED_AT.date(),
            amount=award.instalments[1].amount,
            by=of.officer,
            at=scene.SIGNED_AT,
        )
        actions.ask_account_change(
            organization=award.application.organization,
            account_name="虚构",
            bank="虚构银行",
            account_no="99990000",
            reason="虚构",
            proof=Staged(f"{award.id:064x}", "虚构证明.pdf", "application/pdf", 9),
            by=of.officer,
            at=scene.SIGNED_AT,
        )
    for place, holds in enumerate((models.Holds.AMOUNT, models.Holds.PROJECT_NO), start=1):
        db.session.add(models.TreasuryColumn(position=place, header=f"列{place}", holds=holds))
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
        index = name in INDEXES and told.startswith(("index_", name.removesuffix("_number")))
        assert told == name or index, f"{name}: {told}"
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
