"""The presentation as a second phase of the review with its own sheets and weight; bonus items outside the 100."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PHASES = sa.Enum(
    "papers", "presentation", name="phase", native_enum=False, create_constraint=False, length=24
)
SETTINGS = (
    ("presentation_weight", "0", "presentation_weight BETWEEN 0 AND 49"),
    ("presenting_minutes", "8", "presenting_minutes BETWEEN 1 AND 60"),
    ("answering_minutes", "5", "answering_minutes BETWEEN 0 AND 60"),
    ("bonus_most", "500", "bonus_most BETWEEN 0 AND 2000"),
)


def upgrade() -> None:
    for name, usual, kept in SETTINGS:
        check = sa.CheckConstraint(kept, name=op.f(f"ck_round_{name}"))
        op.add_column(
            "round",
            sa.Column(name, sa.BigInteger(), check, nullable=False, server_default=sa.text(f"'{usual}'")),
        )
    op.add_column("criterion", _phase("criterion"))
    kept = "NOT bonus OR phase = 'papers' AND tie_order IS NULL AND weight = 100"
    bonus = sa.CheckConstraint(kept, name=op.f("ck_criterion_bonus"))
    op.add_column(
        "criterion", sa.Column("bonus", sa.Boolean(), bonus, nullable=False, server_default=sa.false())
    )
    op.add_column("sheet", _phase("sheet"))
    with op.batch_alter_table("sheet") as batch_op:
        batch_op.drop_constraint(op.f("uq_sheet_application_id_panelist_id"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_sheet_application_id_panelist_id_phase"), ["application_id", "panelist_id", "phase"]
        )
    op.add_column(
        "standing", sa.Column("presented", sa.BigInteger(), nullable=False, server_default=sa.text("'0'"))
    )
    heard = "presented >= 0 AND presented <= awaited"
    check = sa.CheckConstraint(heard, name=op.f("ck_standing_presented"))
    op.add_column(
        "standing",
        sa.Column("awaited", sa.BigInteger(), check, nullable=False, server_default=sa.text("'0'")),
    )


def _phase(table: str) -> sa.Column[str]:
    known = sa.CheckConstraint("phase IN ('papers', 'presentation')", name=op.f(f"ck_{table}_phase"))
    return sa.Column("phase", PHASES, known, nullable=False, server_default=sa.text("'papers'"))


def downgrade() -> None:
    """Marks of a presentation and bonuses have no place in the schema before: with any of them there is no way back."""
    for kept in (
        "round WHERE presentation_weight > 0",
        "criterion WHERE bonus OR phase <> 'papers'",
        "sheet WHERE phase <> 'papers'",
    ):
        if op.get_bind().execute(sa.text(f"SELECT count(*) FROM {kept}")).scalar():
            raise RuntimeError(f"there are rows that the schema before cannot keep: {kept}")
    op.drop_column("standing", "awaited")
    op.drop_column("standing", "presented")
    with op.batch_alter_table("sheet") as batch_op:
        batch_op.drop_constraint(op.f("uq_sheet_application_id_panelist_id_phase"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_sheet_application_id_panelist_id"), ["application_id", "panelist_id"]
        )
        batch_op.drop_constraint(op.f("ck_sheet_phase"), type_="check")
        batch_op.drop_column("phase")
    op.drop_column("criterion", "bonus")
    op.drop_column("criterion", "phase")
    for name, _, _ in reversed(SETTINGS):
        op.drop_column("round", name)
