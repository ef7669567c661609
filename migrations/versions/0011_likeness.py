"""Near-duplicates and what was found on looking at them; the term of a correction as it was given."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


VERDICTS = sa.Enum(
    "looked", "copied", "explained", name="verdict", native_enum=False, create_constraint=True, length=24
)


def upgrade() -> None:
    op.create_table(
        "comparison",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=True),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("fresh", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "versions >= 0 AND left_out >= 0 AND fresh BETWEEN 0 AND pairs",
            name=op.f("ck_comparison_counts"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_comparison_by_id")),
        sa.ForeignKeyConstraint(["last_id"], ["version.id"], name=op.f("fk_comparison_last_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_comparison_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
    )
    op.create_index(op.f("ix_comparison_round_id"), "comparison", ["round_id"])
    op.create_table(
        "likeness",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.BigInteger(), nullable=False),
        sa.Column("longest", sa.BigInteger(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", VERDICTS, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_likeness_in_order")),
        sa.CheckConstraint(
            "text BETWEEN 0 AND 10000 AND budget BETWEEN 0 AND 10000", name=op.f("ck_likeness_shares")
        ),
        sa.CheckConstraint("passages >= 0 AND longest >= 0 AND lines >= 0", name=op.f("ck_likeness_counts")),
        sa.CheckConstraint(
            "(verdict IS NULL) = (judged_at IS NULL) AND (verdict IS NULL) = (judged_by_id IS NULL)",
            name=op.f("ck_likeness_judged"),
        ),
        sa.CheckConstraint("verdict IS NULL OR reason <> ''", name=op.f("ck_likeness_reason")),
        sa.ForeignKeyConstraint(["first_id"], ["version.id"], name=op.f("fk_likeness_first_id")),
        sa.ForeignKeyConstraint(["judged_by_id"], ["person.id"], name=op.f("fk_likeness_judged_by_id")),
        sa.ForeignKeyConstraint(["second_id"], ["version.id"], name=op.f("fk_likeness_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_likeness_first_id_second_id")),
    )
    op.create_index(op.f("ix_likeness_second_id"), "likeness", ["second_id"])
    op.add_column(
        "track_record", sa.Column("broken_off", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for column, state in (("closed", "closed"), ("broken_off", "terminated")):
        op.execute(
            f"UPDATE track_record SET {column} = true WHERE EXISTS (SELECT 1 FROM application AS a "
            "JOIN round AS r ON r.id = a.round_id WHERE a.organization_id = track_record.organization_id "
            f"AND r.year = track_record.year AND a.title = track_record.title AND a.state = '{state}')"
        )
    op.add_column("application", sa.Column("returned_on", sa.Date(), nullable=True))
    op.add_column("application", sa.Column("correct_days", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("application", "correct_days")
    op.drop_column("application", "returned_on")
    op.drop_column("track_record", "broken_off")
    op.drop_table("likeness")
    op.drop_table("comparison")
