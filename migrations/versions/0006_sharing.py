"""What experts wish to score, and how a round's proposals were shared out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


WISHES = sa.Enum("wants", "can", "cannot", name="wish", native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "preference",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("panelist_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("wish", WISHES, nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_preference_application_id")
        ),
        sa.ForeignKeyConstraint(["panelist_id"], ["panelist.id"], name=op.f("fk_preference_panelist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint(
            "panelist_id", "application_id", name=op.f("uq_preference_panelist_id_application_id")
        ),
    )
    op.create_index(op.f("ix_preference_application_id"), "preference", ["application_id"])
    op.create_table(
        "sharing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("worst", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("places >= 1", name=op.f("ck_sharing_places")),
        sa.CheckConstraint("least >= 0 AND least <= most", name=op.f("ck_sharing_loads")),
        sa.CheckConstraint("seed >= 0", name=op.f("ck_sharing_seed")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_sharing_made_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_sharing_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing")),
    )
    op.create_index(op.f("ix_sharing_round_id"), "sharing", ["round_id"])


def downgrade() -> None:
    op.drop_table("sharing")
    op.drop_table("preference")
