"""Running projects: activities, spending by head, moves between heads, changes, monthly plans; a project may rest."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("aimed_at", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_by_id", sa.BigInteger(), nullable=True),
        sa.Column("strike_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(struck_at IS NULL) = (struck_by_id IS NULL) AND (struck_at IS NULL) = (strike_reason = '')",
            name=op.f("ck_activity_struck"),
        ),
        sa.CheckConstraint("subject <> '' AND place <> ''", name=op.f("ck_activity_said")),
        sa.CheckConstraint("number > 0", name=op.f("ck_activity_number")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_activity_award_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_activity_recorded_by_id")),
        sa.ForeignKeyConstraint(["struck_by_id"], ["person.id"], name=op.f("fk_activity_struck_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("award_id", "number", name=op.f("uq_activity_award_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_activity_key")),
    )
    op.create_table(
        "budget_head",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "table",
            sa.Enum(
                "grant", "matching", name="costtable", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "activity",
                "staff",
                "volunteer",
                "expert",
                "management",
                "tax",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("contracted", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "category NOT IN ('staff', 'management') OR moved <= 0", name=op.f("ck_budget_head_moved")
        ),
        sa.CheckConstraint("contracted >= 0 AND contracted + moved >= 0", name=op.f("ck_budget_head_budget")),
        sa.CheckConstraint("spent <= cap", name=op.f("ck_budget_head_cap")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_budget_head_spent")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_budget_head_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_head")),
        sa.UniqueConstraint(
            "award_id", "table", "category", name=op.f("uq_budget_head_award_id_table_category")
        ),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "change",
                "extension",
                "suspension",
                "resumption",
                "termination",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "recommended",
                "approved",
                "refused",
                "withdrawn",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("favours", sa.Boolean(), nullable=True),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("recommended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recommended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(kind = 'extension') = (ends_on IS NOT NULL)", name=op.f("ck_change_ends_on")),
        sa.CheckConstraint(
            "(recommended_by_id IS NULL) = (favours IS NULL) AND (recommended_by_id IS NULL) = (recommendation = '')",
            name=op.f("ck_change_recommended"),
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'refused')) = (decided_by_id IS NOT NULL)", name=op.f("ck_change_decided")
        ),
        sa.CheckConstraint("before <> '' AND after <> '' AND reason <> ''", name=op.f("ck_change_said")),
        sa.CheckConstraint("state <> 'refused' OR decision <> ''", name=op.f("ck_change_refused")),
        sa.CheckConstraint(
            "state NOT IN ('recommended', 'approved', 'refused') OR recommended_by_id IS NOT NULL",
            name=op.f("ck_change_in_order"),
        ),
        sa.CheckConstraint(
            "recommended_by_id <> asked_by_id AND decided_by_id <> asked_by_id AND decided_by_id <> recommended_by_id",
            name=op.f("ck_change_three_people"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_change_asked_by_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_change_award_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_change_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["recommended_by_id"], ["person.id"], name=op.f("fk_change_recommended_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("award_id", "number", name=op.f("uq_change_award_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_change_key")),
    )
    op.create_index("ix_change_award_id", "change", ["award_id"])
    op.create_table(
        "month_plan",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "approved",
                "returned",
                name="planstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (decided_by_id IS NULL)", name=op.f("ck_month_plan_decided")),
        sa.CheckConstraint("state <> 'returned' OR answer <> ''", name=op.f("ck_month_plan_answer")),
        sa.CheckConstraint("decided_by_id <> sent_by_id", name=op.f("ck_month_plan_two_people")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_month_plan_award_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_month_plan_decided_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_month_plan_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_plan")),
        sa.UniqueConstraint("award_id", "month", name=op.f("uq_month_plan_award_id_month")),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "table",
            sa.Enum(
                "grant", "matching", name="costtable", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "activity",
                "staff",
                "volunteer",
                "expert",
                "management",
                "tax",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "activity",
                "staff",
                "volunteer",
                "expert",
                "management",
                "tax",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "refused",
                "withdrawn",
                name="transferstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'refused') AND NOT free) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_transfer_decided"),
        ),
        sa.CheckConstraint("NOT free OR state = 'approved'", name=op.f("ck_transfer_free")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_transfer_reason")),
        sa.CheckConstraint("state <> 'refused' OR decision <> ''", name=op.f("ck_transfer_refused")),
        sa.CheckConstraint("target NOT IN ('staff', 'management')", name=op.f("ck_transfer_not_capped")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_transfer_two_people")),
        sa.CheckConstraint("source <> target", name=op.f("ck_transfer_two_heads")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_transfer_award_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_transfer_decided_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_transfer_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("key", name=op.f("uq_transfer_key")),
    )
    op.create_index("ix_transfer_award_id", "transfer", ["award_id"])
    op.create_table(
        "activity_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "taking",
            sa.Enum(
                "served",
                "community",
                "organization",
                "social_worker",
                "volunteer",
                name="taking",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("person_times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("persons >= 0 AND person_times >= persons", name=op.f("ck_activity_count_counts")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_count_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_count")),
        sa.UniqueConstraint("activity_id", "taking", name=op.f("uq_activity_count_activity_id_taking")),
    )
    op.create_table(
        "activity_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "shows",
            sa.Enum("photo", "sign_in", name="shows", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("children", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_file_activity_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_activity_file_added_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_activity_file_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_file")),
    )
    op.create_index("ix_activity_file_activity_id", "activity_file", ["activity_id"])
    op.create_table(
        "spending",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "table",
            sa.Enum(
                "grant", "matching", name="costtable", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "activity",
                "staff",
                "volunteer",
                "expert",
                "management",
                "tax",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("voucher_no", sa.Text(), nullable=False),
        sa.Column(
            "payee",
            sa.Enum(
                "company",
                "institution",
                "staff",
                "person",
                name="payee",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_by_id", sa.BigInteger(), nullable=True),
        sa.Column("strike_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(struck_at IS NULL) = (struck_by_id IS NULL) AND (struck_at IS NULL) = (strike_reason = '')",
            name=op.f("ck_spending_struck"),
        ),
        sa.CheckConstraint("content <> '' AND voucher_no <> ''", name=op.f("ck_spending_said")),
        sa.CheckConstraint("amount = (unit_price * quantity + 50) / 100", name=op.f("ck_spending_amount")),
        sa.CheckConstraint(
            "unit_price > 0 AND quantity > 0 AND amount > 0", name=op.f("ck_spending_positive")
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_spending_activity_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_spending_award_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_spending_recorded_by_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["file.id"], name=op.f("fk_spending_scan_id")),
        sa.ForeignKeyConstraint(["struck_by_id"], ["person.id"], name=op.f("fk_spending_struck_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending")),
        sa.UniqueConstraint("key", name=op.f("uq_spending_key")),
    )
    op.create_index("ix_spending_activity_id", "spending", ["activity_id"])
    op.create_index("ix_spending_award", "spending", ["award_id", "spent_on"])
    for name, low, high, usual in (("transfer_percent", 0, 100, "10"), ("record_days", 1, 90, "10")):
        bound = sa.CheckConstraint(f"{name} BETWEEN {low} AND {high}", name=op.f(f"ck_round_{name}"))
        op.add_column("round", sa.Column(name, sa.BigInteger(), bound, nullable=False, server_default=usual))
    op.add_column("round", sa.Column("monthly_plan", sa.Boolean(), nullable=False, server_default=sa.false()))
    _states("'running'", "'running', 'suspended'")


def downgrade() -> None:
    op.execute("UPDATE application SET state = 'running' WHERE state = 'suspended'")
    _states("'running', 'suspended'", "'running'")
    for name in ("monthly_plan", "record_days", "transfer_percent"):
        op.drop_column("round", name)
    for table in (
        "spending",
        "activity_file",
        "activity_count",
        "transfer",
        "month_plan",
        "change",
        "budget_head",
        "activity",
    ):
        op.drop_table(table)


def _states(before: str, after: str) -> None:
    """Let an application stand in other states: the words of one constraint, in place of a copy of the whole table.

    SQLite's own way to change a constraint that no row breaks; a copy would turn the columns' foreign keys into the
    table's, and no column could be dropped on the way down any more.
    """
    name = op.f("ck_application_state")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        kept = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_application_state'"
        found = re.findall(r"'(\w+)'", connection.exec_driver_sql(kept).scalar_one())
        states = ", ".join(f"'{state}'" for state in found if state not in ("running", "suspended"))
        op.drop_constraint(name, "application", type_="check")
        op.create_check_constraint(name, "application", f"state IN ({states}, {after})")
        return
    row = "FROM sqlite_master WHERE type = 'table' AND name = 'application'"
    text = connection.exec_driver_sql(f"SELECT sql {row}").scalar_one()
    if text.count(before) != 1:
        raise RuntimeError(f"the constraint on the states of an application is another one: {text}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'application'",
        (text.replace(before, after),),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
