"""Organizations that may send their applications after the closing."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "late_admission",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_late_admission_reason")),
        sa.CheckConstraint("until_at > at", name=op.f("ck_late_admission_ahead")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_late_admission_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_late_admission_organization_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_late_admission_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_admission")),
        sa.UniqueConstraint(
            "round_id",
            "organization_id",
            "until_at",
            name=op.f("uq_late_admission_round_id_organization_id_until_at"),
        ),
    )


def downgrade() -> None:
    op.drop_table("late_admission")
