"""What experts see of applicants and of each other's marks; further grounds of ties; draws by hand, with their paper."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def _words(name: str, *values: str) -> tuple[sa.Enum, str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=24)
    return kind, f"IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    for column, name, values in (
        ("blindness", "blindness", ("open", "hidden")),
        ("marks_seen", "marksseen", ("after_own", "never")),
        ("marks_seen_spoken", "marksseen", ("after_own", "never")),
    ):
        kind, known = _words(name, *values)
        check = sa.CheckConstraint(f"{column} {known}", name=op.f(f"ck_round_{column}"))
        op.add_column(
            "round", sa.Column(column, kind, check, nullable=False, server_default=sa.text(f"'{values[0]}'"))
        )
    op.add_column("round", sa.Column("reviewed_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "paper_kind", sa.Column("shown_blind", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("paper_kind", "shown_blind")
    for column in ("reviewed_from", "marks_seen_spoken", "marks_seen", "blindness"):
        op.drop_column("round", column)
