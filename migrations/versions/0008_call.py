"""The call of a round: what it prints, its announcements, questions to it, needs before it, briefings."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SETTINGS = (
    ("issuer", sa.Text(), sa.text("''")),
    ("contact", sa.Text(), sa.text("''")),
    ("clauses", sa.Text(), sa.text("''")),
    ("collects_needs", sa.Boolean(), sa.false()),
    ("topic_required", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    for name, kind, usual in SETTINGS:
        op.add_column("round", sa.Column(name, kind, server_default=usual, nullable=False))
    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number = 1 OR note <> ''", name=op.f("ck_announcement_note")),
        sa.CheckConstraint("number > 0", name=op.f("ck_announcement_number")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_announcement_published_by_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_announcement_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_announcement_round_id_number")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "page",
                "phone",
                "wechat",
                "briefing",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "answered",
                "merged",
                "declined",
                name="questionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("into_id <> id", name=op.f("ck_question_another")),
        sa.CheckConstraint(
            "(state = 'answered') = (number IS NOT NULL AND wording <> '' AND answer <> '')",
            name=op.f("ck_question_answered"),
        ),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_question_decided")),
        sa.CheckConstraint("(state = 'declined') = (reason <> '')", name=op.f("ck_question_declined")),
        sa.CheckConstraint("(state = 'merged') = (into_id IS NOT NULL)", name=op.f("ck_question_merged")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_question_text")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_question_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_question_decided_by_id")),
        sa.ForeignKeyConstraint(["into_id"], ["question.id"], name=op.f("fk_question_into_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_question_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("key", name=op.f("uq_question_key")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_question_round_id_number")),
    )
    op.create_index(op.f("ix_question_asked_by_id"), "question", ["asked_by_id"])
    op.create_index(op.f("ix_question_round_id"), "question", ["round_id"])
    op.create_table(
        "need",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("concerns", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "chosen",
                "passed_over",
                name="needstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'chosen') = (number IS NOT NULL)", name=op.f("ck_need_chosen")),
        sa.CheckConstraint("number > 0", name=op.f("ck_need_number")),
        sa.CheckConstraint("(state = 'passed_over') = (reason <> '')", name=op.f("ck_need_passed_over")),
        sa.CheckConstraint("problem <> '' AND concerns <> '' AND wish <> ''", name=op.f("ck_need_texts")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_need_community_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_need_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_need_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint(
            "round_id", "community_id", "problem", name=op.f("uq_need_round_id_community_id_problem")
        ),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_need_round_id_number")),
    )
    op.create_index(op.f("ix_need_community_id"), "need", ["community_id"])
    op.create_table(
        "briefing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("place <> ''", name=op.f("ck_briefing_place")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_briefing_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing")),
        sa.UniqueConstraint(
            "round_id", "begins_at", "place", name=op.f("uq_briefing_round_id_begins_at_place")
        ),
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("briefing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_attendance_name")),
        sa.ForeignKeyConstraint(["briefing_id"], ["briefing.id"], name=op.f("fk_attendance_briefing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_index(op.f("ix_attendance_briefing_id"), "attendance", ["briefing_id", "position"])
    if (
        op.get_bind().dialect.name == "sqlite"
    ):  # the key comes with the column: the table need not be built anew
        op.execute(
            "ALTER TABLE application ADD COLUMN topic_id INTEGER "
            "CONSTRAINT fk_application_topic_id REFERENCES need (id)"
        )
    else:
        op.add_column("application", sa.Column("topic_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f("fk_application_topic_id"), "application", "need", ["topic_id"], ["id"])
    for statement in append_only("announcement", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("application", "topic_id")
    for table in ("attendance", "briefing", "need", "question", "announcement"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION announcement_append_only()")
    for name, _kind, _usual in reversed(SETTINGS):
        op.drop_column("round", name)
