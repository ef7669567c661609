"""Claims back and what came of them; settlements; invoices; changed accounts; the treasury's columns."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE = ("signed", "midterm", "closing")
AFTER = ("signed", "report", "midterm", "audit", "closing")
KINDS = sa.Enum(
    "receipt", "invoice", name="invoicekind", native_enum=False, create_constraint=True, length=24
)
STATES = sa.Enum(
    "asked", "approved", "dropped", name="changestate", native_enum=False, create_constraint=True, length=24
)
HOLDS = sa.Enum(
    "place",
    "project_no",
    "project",
    "organization",
    "credit_code",
    "account_name",
    "bank",
    "account_no",
    "amount",
    "instalment",
    "theme",
    "agreement",
    "batch",
    "fixed",
    "voucher_no",
    "paid_on",
    "result",
    "reason",
    name="holds",
    native_enum=False,
    create_constraint=True,
    length=24,
)


def _conditions(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    for table in ("plan_part", "instalment"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_condition"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_condition"), f"condition IN ({listed})")


def upgrade() -> None:
    _conditions(AFTER)
    for table, column in (
        ("plan_part", "invoice"),
        ("instalment", "invoice"),
        ("organization", "account_fixed"),
    ):
        op.add_column(table, sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("instalment", sa.Column("due_from", sa.Date(), nullable=True))
    op.execute("UPDATE instalment SET due_from = met_on")
    op.execute(
        "UPDATE organization SET account_fixed = true WHERE id IN (SELECT application.organization_id "
        "FROM award JOIN application ON application.id = award.application_id)"
    )
    _evidence()
    _claims()


def _evidence() -> None:
    op.create_table(
        "treasury_column",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("holds", HOLDS, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_treasury_column_position")),
        sa.CheckConstraint("header <> ''", name=op.f("ck_treasury_column_header")),
        sa.CheckConstraint("holds = 'fixed' OR text = ''", name=op.f("ck_treasury_column_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_column")),
        sa.UniqueConstraint("position", name=op.f("uq_treasury_column_position")),
        sa.UniqueConstraint("header", name=op.f("uq_treasury_column_header")),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("instalment_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_invoice_amount")),
        sa.CheckConstraint("number <> ''", name=op.f("ck_invoice_number")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdraw_reason = '')", name=op.f("ck_invoice_withdrawn")
        ),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"], name=op.f("fk_invoice_instalment_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invoice_organization_id")
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["file.id"], name=op.f("fk_invoice_scan_id")),
        sa.ForeignKeyConstraint(["handed_by_id"], ["person.id"], name=op.f("fk_invoice_handed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_table(
        "account_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("state", STATES, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("account_name", "bank", "account_no", "old_name", "old_bank", "old_no", "reason")
        ),
        sa.Column("proof_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_account_change_reason")),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_by_id IS NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_account_change_decided"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by_id <> asked_by_id", name=op.f("ck_account_change_two_people")
        ),
        sa.CheckConstraint("state <> 'dropped' OR answer <> ''", name=op.f("ck_account_change_answer")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_account_change_organization_id")
        ),
        sa.ForeignKeyConstraint(["proof_id"], ["file.id"], name=op.f("fk_account_change_proof_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_account_change_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_account_change_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_change")),
    )
    op.create_index(op.f("ix_account_change_organization_id"), "account_change", ["organization_id"])
    for name, table, columns, where in (
        ("uq_invoice_instalment", "invoice", ["instalment_id"], "withdrawn_at IS NULL"),
        ("uq_invoice_number", "invoice", ["organization_id", "number"], "withdrawn_at IS NULL"),
        ("uq_account_change_organization", "account_change", ["organization_id"], "state = 'asked'"),
    ):
        op.create_index(
            name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _claims() -> None:
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
    _number("award", "freed", "freed >= 0 AND paid + pending + freed <= coalesce(contracted, amount)")
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
    for table in ("refund", "claim", "account_change", "invoice", "treasury_column"):
        op.drop_table(table)
    op.drop_column("organization", "account_fixed")
    op.drop_column("instalment", "due_from")
    op.drop_column("instalment", "invoice")
    op.drop_column("plan_part", "invoice")
    for table in ("plan_part", "instalment"):
        op.execute(f"UPDATE {table} SET condition = 'midterm' WHERE condition = 'report'")
        op.execute(f"UPDATE {table} SET condition = 'closing' WHERE condition = 'audit'")
    _conditions(BEFORE)
