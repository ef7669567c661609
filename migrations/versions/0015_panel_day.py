"""The panel day: what its minutes say, and each draw of the running order."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel_day",
        sa.Column("round_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chair", sa.Text(), nullable=False),
        sa.Column("recorder", sa.Text(), nullable=False),
        sa.Column("present", sa.JSON(), nullable=False),
        sa.Column("observers", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("place <> ''", name=op.f("ck_panel_day_place")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_panel_day_round_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_panel_day_saved_by_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_panel_day")),
    )
    op.create_table(
        "running_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_running_order_number")),
        sa.CheckConstraint("seed >= 0", name=op.f("ck_running_order_seed")),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_running_order_reason")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_running_order_made_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_running_order_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_order")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_running_order_round_id_number")),
    )
    for statement in append_only("running_order", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("running_order")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION running_order_append_only()")
    op.drop_table("panel_day")
