"""A round's own questions, their files, and the supplements that widen an open round."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "text",
    "long",
    "number",
    "money",
    "day",
    "choice",
    "many",
    "file",
    name="questionkind",
    native_enum=False,
    create_constraint=True,
    length=24,
)
ONE_PLACE = "(kind_id IS NULL) <> (question_id IS NULL)"


def upgrade() -> None:
    op.create_table(
        "own_question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=True),
        sa.Column("least", sa.BigInteger(), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_own_question_title")),
        sa.CheckConstraint('"limit" > 0', name=op.f("ck_own_question_limit")),
        sa.CheckConstraint("least <= most AND first_on <= last_on", name=op.f("ck_own_question_range")),
        sa.CheckConstraint("theme IS NULL OR after IS NULL", name=op.f("ck_own_question_one_condition")),
        sa.CheckConstraint("(after IS NULL) = (answer IS NULL)", name=op.f("ck_own_question_after_answer")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_own_question_round_id")),
        sa.ForeignKeyConstraint(
            ["round_id", "theme"], ["theme.round_id", "theme.code"], name=op.f("fk_own_question_theme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_question")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_own_question_round_id_code")),
    )
    op.create_table(
        "supplement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_supplement_number")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_supplement_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_supplement_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_supplement_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_supplement_round_id_number")),
    )
    for statement in append_only("supplement", op.get_bind().dialect.name):
        op.execute(statement)
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.alter_column("kind_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.add_column(sa.Column("question_id", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_attachment_question_id"), "own_question", ["question_id"], ["id"]
        )
        batch_op.create_check_constraint(op.f("ck_attachment_one_place"), ONE_PLACE)


def downgrade() -> None:
    op.execute("DELETE FROM attachment WHERE kind_id IS NULL")
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.drop_constraint(op.f("ck_attachment_one_place"), type_="check")
        batch_op.drop_constraint(op.f("fk_attachment_question_id"), type_="foreignkey")
        batch_op.drop_column("question_id")
        batch_op.alter_column("kind_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_table("supplement")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION supplement_append_only()")
    op.drop_table("own_question")
