"""Claims back and what came of them; what of an award returned to its theme; the cut of a settlement."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_claim_amount")),
        sa.CheckConstraint("received >= 0 AND received <= amount", name=op.f("ck_claim_received")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_claim_reason")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdraw_reason = '')", name=op.f("ck_claim_withdrawn")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_claim_award_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_claim_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("key", name=op.f("uq_claim_key")),
    )
    op.create_index(op.f("ix_claim_award_id"), "claim", ["award_id"])
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("voucher_no", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("claimed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.CheckConstraint("voucher_no <> ''", name=op.f("ck_refund_voucher")),
        sa.CheckConstraint("recorded_by_id <> claimed_by_id", name=op.f("ck_refund_two_people")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undo_reason = '') AND (undone_at IS NULL) = (undone_by_id IS NULL)",
            name=op.f("ck_refund_undone"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_refund_claim_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["person.id"], name=op.f("fk_refund_claimed_by_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_refund_recorded_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_refund_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("key", name=op.f("uq_refund_key")),
    )
    op.create_index(op.f("ix_refund_claim_id"), "refund", ["claim_id"])
    op.add_column(
        "entry",
        sa.Column(
            "refund_id",
            sa.BigInteger(),
            sa.ForeignKey("refund.id", name=op.f("fk_entry_refund_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    _number("award", "freed", "freed >= 0 AND paid + pending + freed <= amount")
    _number("award", "claimed", "claimed >= 0 AND claimed <= paid")
    op.add_column("award", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    settled = "accepted >= 0 AND (accepted IS NULL) = (settled_at IS NULL)"
    op.add_column(
        "award",
        sa.Column(
            "accepted",
            sa.BigInteger(),
            sa.CheckConstraint(settled, name=op.f("ck_award_settled")),
            nullable=True,
        ),
    )
    _number("instalment", "cut", "cut >= 0 AND cut <= amount")
    op.execute("UPDATE award SET freed = amount - paid WHERE state = 'cancelled'")


def _number(table: str, column: str, check: str) -> None:
    op.add_column(
        table,
        sa.Column(
            column,
            sa.BigInteger(),
            sa.CheckConstraint(check, name=op.f(f"ck_{table}_{column}")),
            server_default=sa.text("'0'"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("instalment", "cut")
    for column in ("accepted", "settled_at", "claimed", "freed"):
        op.drop_column("award", column)
    op.drop_column("entry", "refund_id")
    op.drop_table("refund")
    op.drop_table("claim")
