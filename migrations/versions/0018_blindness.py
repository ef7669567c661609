"""What experts see of applicants and of each other's marks; interests declared by name; further grounds of ties."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


GROUNDS = ("employer", "office", "member", "adviser", "representative", "team", "community", "declared")


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
    op.create_table(
        "interest",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_interest_name")),
        sa.CheckConstraint("note <> ''", name=op.f("ck_interest_note")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["panel_invitation.id"], name=op.f("fk_interest_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("invitation_id", "name", name=op.f("uq_interest_invitation_id_name")),
    )
    _allow_grounds(*GROUNDS, "partner", "mail")


def _allow_grounds(*grounds: str) -> None:
    _kind, known = _words("ground", *grounds)
    with op.batch_alter_table("tie") as batch_op:
        batch_op.drop_constraint(op.f("ck_tie_ground"), type_="check")
        batch_op.create_check_constraint(op.f("ck_tie_ground"), f"ground {known}")


def downgrade() -> None:
    op.execute("DELETE FROM tie WHERE ground IN ('partner', 'mail')")
    _allow_grounds(*GROUNDS)
    op.drop_table("interest")
    op.drop_column("paper_kind", "shown_blind")
    for column in ("reviewed_from", "marks_seen_spoken", "marks_seen", "blindness"):
        op.drop_column("round", column)
