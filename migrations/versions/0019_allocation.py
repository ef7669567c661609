"""A round's limits, partial awards, left-over and waiting list; places on it; lists called up from it."""

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


def downgrade() -> None:
    op.drop_column("decision_line", "waiting")
    op.drop_column("decision", "called_up")
    for name in ("waiting_list", *LIMITS, "leftover"):
        op.drop_column("round", name)
