"""The settings of an award list, its waiting list; sources with a last day, set-asides, goals, money carried over."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LEFTOVER = sa.Enum("pool", "lapse", name="leftover", native_enum=False, create_constraint=False, length=24)
LIMITS = {
    "field_awards": "field_awards >= 1",
    "field_share": "field_share BETWEEN 1 AND 100",
    "viable_share": "viable_share BETWEEN 1 AND 100",
}


def words(name: str, *values: str) -> sa.Enum:
    """The column type of a closed list, which brings its constraint."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    known = sa.CheckConstraint("leftover IN ('pool', 'lapse')", name=op.f("ck_round_leftover"))
    op.add_column(
        "round", sa.Column("leftover", LEFTOVER, known, nullable=False, server_default=sa.text("'pool'"))
    )
    for name, rule in LIMITS.items():
        limit = sa.CheckConstraint(rule, name=op.f(f"ck_round_{name}"))
        op.add_column("round", sa.Column(name, sa.BigInteger(), limit, nullable=True))
    op.add_column("round", sa.Column("waiting_list", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("decision", sa.Column("called_up", sa.Text(), nullable=False, server_default=sa.text("''")))
    place = sa.CheckConstraint(
        "waiting IS NULL OR (waiting > 0 AND decided = 0)", name=op.f("ck_decision_line_waiting")
    )
    op.add_column("decision_line", sa.Column("waiting", sa.BigInteger(), place, nullable=True))
    op.add_column("source", sa.Column("expires_on", sa.Date(), nullable=True))
    within = sa.CheckConstraint("drawn >= 0 AND drawn <= amount", name=op.f("ck_source_drawn"))
    op.add_column(
        "source",
        sa.Column("drawn", sa.BigInteger(), within, nullable=False, server_default=sa.text("'0'")),
    )
    drawn_on = sa.ForeignKey("source.id", name=op.f("fk_payment_source_id"))
    op.add_column(
        "payment",
        sa.Column("source_id", sa.BigInteger(), drawn_on, nullable=True),
        inline_references=True,
    )
    op.create_index(op.f("ix_payment_source_id"), "payment", ["source_id"])
    op.create_table(
        "set_aside",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            words("setasidekind", "operator", "evaluation", "audit", "experts", "other"),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_set_aside_amount")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_set_aside_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
    )
    op.create_index(op.f("ix_set_aside_round_id"), "set_aside", ["round_id"])
    op.create_table(
        "goal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("actual", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("indicator <> ''", name=op.f("ck_goal_indicator")),
        sa.CheckConstraint("target > 0", name=op.f("ck_goal_target")),
        sa.CheckConstraint("actual >= 0", name=op.f("ck_goal_actual")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_goal_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_goal_round_id_code")),
    )
    op.create_table(
        "carry_over",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("state", words("movestate", "proposed", "approved", "withdrawn"), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> '' AND document_no <> ''", name=op.f("ck_carry_over_reason")),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_carry_over_two_people")),
        sa.CheckConstraint(
            "(state = 'approved') = "
            '(approved_by_id IS NOT NULL AND approved_at IS NOT NULL AND "left" IS NOT NULL)',
            name=op.f("ck_carry_over_approved"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_carry_over_source_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_carry_over_proposed_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_carry_over_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_over")),
    )
    op.create_index(op.f("ix_carry_over_source_id"), "carry_over", ["source_id"])


def downgrade() -> None:
    for table in ("carry_over", "goal", "set_aside"):
        op.drop_table(table)
    op.drop_index(op.f("ix_payment_source_id"), "payment")
    op.drop_column("payment", "source_id")
    op.drop_column("source", "drawn")
    op.drop_column("source", "expires_on")
    op.drop_column("decision_line", "waiting")
    op.drop_column("decision", "called_up")
    for name in ("waiting_list", *LIMITS, "leftover"):
        op.drop_column("round", name)
