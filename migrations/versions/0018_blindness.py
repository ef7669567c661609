"""What experts see of applicants and of each other; interests by name; further grounds of ties; draws by hand."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


BY_HAND = (
    "(seed IS NULL) = (drawn_on IS NOT NULL) AND (seed IS NULL) = (witness <> '') "
    "AND (seed IS NULL) = (drawn_by <> '') AND (seed IS NULL OR scan_id IS NULL)"
)
GROUNDS = ("employer", "office", "member", "adviser", "representative", "team", "community", "declared")


def _words(name: str, *values: str) -> tuple[sa.Enum, str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=24)
    return kind, f"IN ({', '.join(repr(value) for value in values)})"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


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
    op.create_table(
        "jotting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("panelist_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_jotting_application_id")
        ),
        sa.ForeignKeyConstraint(["panelist_id"], ["panelist.id"], name=op.f("fk_jotting_panelist_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jotting")),
        sa.UniqueConstraint(
            "application_id", "panelist_id", name=op.f("uq_jotting_application_id_panelist_id")
        ),
    )
    with op.batch_alter_table("jotting") as batch_op:
        batch_op.create_index(batch_op.f("ix_jotting_panelist_id"), ["panelist_id"], unique=False)
    op.create_table(
        "objected",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.CheckConstraint("receipt <> ''", name=op.f("ck_objected_receipt")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_objected_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objected")),
        sa.UniqueConstraint("receipt", name=op.f("uq_objected_receipt")),
    )
    op.execute(
        "INSERT INTO objected (round_id, receipt) SELECT decision.round_id, objection.receipt FROM objection "
        "JOIN notice ON notice.id = objection.notice_id JOIN decision ON decision.id = notice.decision_id"
    )
    _allow_grounds(*GROUNDS, "partner", "mail")
    op.add_column("draw", _text("drawn_by"))
    scan = sa.ForeignKey("file.id", name=op.f("fk_draw_scan_id"))
    op.add_column("draw", sa.Column("scan_id", sa.BigInteger(), scan, nullable=True), inline_references=True)
    with op.batch_alter_table("running_order") as batch_op:
        batch_op.alter_column("seed", existing_type=sa.BigInteger(), nullable=True)
        batch_op.add_column(sa.Column("drawn_on", sa.Date(), nullable=True))
        batch_op.add_column(_text("drawn_by"))
        batch_op.add_column(_text("witness"))
        batch_op.add_column(sa.Column("scan_id", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_running_order_scan_id"), "file", ["scan_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_running_order_by_hand"), BY_HAND)
    _append_only_again()


def _append_only_again() -> None:
    """SQLite loses a table's triggers as it is made anew."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in append_only("running_order", "sqlite"):
            op.execute(statement)


def _allow_grounds(*grounds: str) -> None:
    _kind, known = _words("ground", *grounds)
    with op.batch_alter_table("tie") as batch_op:
        batch_op.drop_constraint(op.f("ck_tie_ground"), type_="check")
        batch_op.create_check_constraint(op.f("ck_tie_ground"), f"ground {known}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE running_order DISABLE TRIGGER USER")
    with op.batch_alter_table("running_order") as batch_op:
        batch_op.drop_constraint(op.f("ck_running_order_by_hand"), type_="check")
        batch_op.drop_constraint(op.f("fk_running_order_scan_id"), type_="foreignkey")
        for column in ("scan_id", "witness", "drawn_by", "drawn_on"):
            batch_op.drop_column(column)
    op.execute("DELETE FROM running_order WHERE seed IS NULL")
    with op.batch_alter_table("running_order") as batch_op:
        batch_op.alter_column("seed", existing_type=sa.BigInteger(), nullable=False)
    _append_only_again()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE running_order ENABLE TRIGGER USER")
    op.drop_column("draw", "scan_id")
    op.drop_column("draw", "drawn_by")
    op.execute("DELETE FROM tie WHERE ground IN ('partner', 'mail')")
    _allow_grounds(*GROUNDS)
    op.drop_table("objected")
    op.drop_table("jotting")
    op.drop_table("interest")
    op.drop_column("paper_kind", "shown_blind")
    for column in ("reviewed_from", "marks_seen_spoken", "marks_seen", "blindness"):
        op.drop_column("round", column)
