"""Limits of papers, late papers, false alarms of the scanner, places of filed groups, merged organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def number(table: str, name: str, usual: int, most: int) -> sa.Column[int]:
    """A column of whole numbers from 1 to `most`, filled with the usual one."""
    rule = sa.CheckConstraint(f"{name} BETWEEN 1 AND {most}", name=op.f(f"ck_{table}_{name}"))
    return sa.Column(name, sa.BigInteger(), rule, nullable=False, server_default=sa.text(f"'{usual}'"))


def upgrade() -> None:
    op.add_column("round", number("round", "files_most", 40, 500))
    op.add_column("round", number("round", "files_mb", 200, 5000))
    op.add_column(
        "round", sa.Column("wait_for_scan", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("paper_kind", number("paper_kind", "limit_mb", 20, 100))
    op.create_table(
        "late_paper",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_late_paper_reason")),
        sa.CheckConstraint("until_at > at", name=op.f("ck_late_paper_ahead")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_late_paper_application_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_late_paper_by_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["paper_kind.id"], name=op.f("fk_late_paper_kind_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_paper")),
        sa.UniqueConstraint(
            "application_id",
            "kind_id",
            "until_at",
            name=op.f("uq_late_paper_application_id_kind_id_until_at"),
        ),
    )
    late = sa.ForeignKey("late_paper.id", name=op.f("fk_attachment_late_id"))
    op.add_column(
        "attachment", sa.Column("late_id", sa.BigInteger(), late, nullable=True), inline_references=True
    )
    at = sa.CheckConstraint("released_at IS NULL OR scan = 'quarantined'", name=op.f("ck_file_released_at"))
    why = sa.CheckConstraint(
        "(released_by_id IS NULL) = (release_reason = '')", name=op.f("ck_file_release_reason")
    )
    op.add_column("file", sa.Column("released_at", sa.DateTime(timezone=True), at, nullable=True))
    op.add_column("file", sa.Column("released_by_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "file", sa.Column("release_reason", sa.Text(), why, nullable=False, server_default=sa.text("''"))
    )
    op.create_table(
        "merge",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_merge_two_records")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_merge_reason")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL) AND (undone_at IS NULL) = (undone_reason = '')",
            name=op.f("ck_merge_undone"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_merge_by_id")),
        sa.ForeignKeyConstraint(["kept_id"], ["organization.id"], name=op.f("fk_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["organization.id"], name=op.f("fk_merge_merged_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_merge_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_kept_id"), "merge", ["kept_id"])
    op.create_index(op.f("ix_merge_merged_id"), "merge", ["merged_id"])
    op.create_index(
        "uq_merge_merged",
        "merge",
        ["merged_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.add_column("slot", sa.Column("group_key", sa.Text(), nullable=True))
    both = sa.CheckConstraint(
        "(group_key IS NULL) = (group_number IS NULL)", name=op.f("ck_slot_group_number")
    )
    op.add_column("slot", sa.Column("group_number", sa.BigInteger(), both, nullable=True))
    op.create_index("uq_slot_group", "slot", ["round_id", "group_key", "group_number"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_slot_group", "slot")
    op.drop_column("slot", "group_number")
    op.drop_column("slot", "group_key")
    op.drop_table("merge")
    for column in ("release_reason", "released_by_id", "released_at"):
        op.drop_column("file", column)
    op.drop_column("attachment", "late_id")
    op.drop_table("late_paper")
    op.drop_column("paper_kind", "limit_mb")
    for column in ("wait_for_scan", "files_mb", "files_most"):
        op.drop_column("round", column)
