"""Awards of earlier rounds, the files they came from, what headings mean; sheets in an office's own columns."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    """The column type of a closed list, which brings its constraint."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "past_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("source", words("source", "excel", "360giving"), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "added >= 0 AND changed >= 0 AND left_out >= 0", name=op.f("ck_past_import_counts")
        ),
        sa.CheckConstraint(
            "(taken_back_at IS NULL) = (taken_back_by_id IS NULL) "
            "AND (taken_back_at IS NULL) = (taken_back_reason = '')",
            name=op.f("ck_past_import_taken_back"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_past_import_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_past_import_file_id")),
        sa.ForeignKeyConstraint(
            ["taken_back_by_id"], ["person.id"], name=op.f("fk_past_import_taken_back_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_import")),
    )
    op.create_table(
        "past_award",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("round_name", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("agreement_no", sa.Text(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("outcome", words("outcome", "closed", "running", "broken_off"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "key <> '' AND title <> '' AND organization_name <> ''", name=op.f("ck_past_award_texts")
        ),
        sa.CheckConstraint("amount >= 0 AND asked >= 0", name=op.f("ck_past_award_amount")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_past_award_currency")),
        sa.CheckConstraint("year BETWEEN 1900 AND 2199", name=op.f("ck_past_award_year")),
        sa.CheckConstraint(
            "record_id IS NULL OR (standing AND organization_id IS NOT NULL AND currency = 'CNY')",
            name=op.f("ck_past_award_record"),
        ),
        sa.ForeignKeyConstraint(["import_id"], ["past_import.id"], name=op.f("fk_past_award_import_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_past_award_organization_id")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["track_record.id"], name=op.f("fk_past_award_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_award")),
        sa.UniqueConstraint("record_id", name=op.f("uq_past_award_record_id")),
    )
    op.create_index(op.f("ix_past_award_import_id"), "past_award", ["import_id"])
    op.create_index(op.f("ix_past_award_organization_id"), "past_award", ["organization_id"])
    op.create_index(op.f("ix_past_award_year"), "past_award", ["year"])
    op.create_index(
        "uq_past_award_key",
        "past_award",
        ["key"],
        unique=True,
        sqlite_where=sa.text("standing"),
        postgresql_where=sa.text("standing"),
    )
    op.create_table(
        "past_heading",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("heading <> ''", name=op.f("ck_past_heading_heading")),
        sa.ForeignKeyConstraint(["matched_by_id"], ["person.id"], name=op.f("fk_past_heading_matched_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_heading")),
        sa.UniqueConstraint("heading", name=op.f("uq_past_heading_heading")),
    )
    op.create_table(
        "own_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", words("subject", "applications", "awards", "payments"), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("grouped_by", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("matched", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_own_sheet_name")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_own_sheet_owner_id")),
        sa.ForeignKeyConstraint(["template_id"], ["file.id"], name=op.f("fk_own_sheet_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_sheet")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_own_sheet_owner_id_name")),
    )


def downgrade() -> None:
    op.drop_table("own_sheet")
    op.drop_table("past_heading")
    op.drop_table("past_award")
    op.drop_table("past_import")
