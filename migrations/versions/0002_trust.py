"""whose eyes a sign-in reads through; auditors for assigned projects only

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BOUNDED = ("grant_of_role", "invitation")
RULE = "NOT bounded OR (role = 'auditor' AND until_on IS NOT NULL)"


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("viewing_id", sa.BigInteger(), nullable=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in BOUNDED:
        if sqlite:  # the rule comes with the column, so that the table need not be built anew
            op.execute(
                f"ALTER TABLE {table} ADD COLUMN bounded INTEGER DEFAULT 0 NOT NULL "
                f"CONSTRAINT ck_{table}_bounded CHECK ({RULE})"
            )
        else:
            column = sa.Column("bounded", sa.Boolean(), server_default=sa.false(), nullable=False)
            op.add_column(table, column)
            op.create_check_constraint(op.f(f"ck_{table}_bounded"), table, RULE)
    op.create_table(
        "scope",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(round_id IS NULL) <> (application_id IS NULL)", name=op.f("ck_scope_one_thing")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_scope_application_id")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grant_of_role.id"], name=op.f("fk_scope_grant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_scope_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope")),
        sa.UniqueConstraint("grant_id", "application_id", name=op.f("uq_scope_grant_id_application_id")),
        sa.UniqueConstraint("grant_id", "round_id", name=op.f("uq_scope_grant_id_round_id")),
    )
    op.create_index(op.f("ix_scope_application_id"), "scope", ["application_id"])
    op.create_index(op.f("ix_scope_round_id"), "scope", ["round_id"])


def downgrade() -> None:
    op.drop_table("scope")
    for table in BOUNDED:
        if op.get_bind().dialect.name != "sqlite":
            op.drop_constraint(op.f(f"ck_{table}_bounded"), table, type_="check")
        op.drop_column(table, "bounded")
    op.drop_column("sign_in", "viewing_id")
