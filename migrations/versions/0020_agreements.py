"""Agreements drawn up from the record, their scans and amendments; the round's settings of them."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

APPEND_ONLY = ("agreement", "agreement_scan", "notice_outcome", "posting", "revised_version")
TEXTS = ("agreement_pattern", "agreement_operator", "agreement_clauses")
STATES = sa.Enum(
    "writing",
    "sent",
    "returned",
    "accepted",
    name="revisionstate",
    native_enum=False,
    create_constraint=False,
    length=24,
)
KINDS = sa.Enum(
    "result", "correction", name="outcomekind", native_enum=False, create_constraint=False, length=24
)
REMEDIES = sa.Enum(
    "cancelled", "corrected", name="remedy", native_enum=False, create_constraint=False, length=24
)
THIRD = sa.Enum(
    "none",
    "operator",
    "community",
    "group",
    name="thirdparty",
    native_enum=False,
    create_constraint=False,
    length=24,
)


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("round", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    known = sa.CheckConstraint(
        "agreement_third IN ('none', 'operator', 'community', 'group')", name=op.f("ck_round_thirdparty")
    )
    op.add_column(
        "round",
        sa.Column("agreement_third", THIRD, known, nullable=False, server_default=sa.text("'none'")),
    )
    op.add_column(
        "round", sa.Column("asks_revision", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    lower = sa.CheckConstraint(
        "contracted IS NULL OR (contracted > 0 AND contracted <= amount AND paid + pending <= contracted)",
        name=op.f("ck_award_contracted"),
    )
    op.add_column("award", sa.Column("contracted", sa.BigInteger(), lower, nullable=True))
    op.execute(sa.text("UPDATE award SET contracted = amount WHERE signed_on IS NOT NULL"))
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number <> ''", name=op.f("ck_agreement_number")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_agreement_award_id")),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name=op.f("fk_agreement_drawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("award_id", "version", name=op.f("uq_agreement_award_id_version")),
        sa.UniqueConstraint("number", "version", name=op.f("uq_agreement_number_version")),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_amendment_reason")),
        sa.CheckConstraint("approved_by_id <> made_by_id", name=op.f("ck_amendment_two_people")),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (approved_by_id IS NULL)", name=op.f("ck_amendment_approved")
        ),
        sa.CheckConstraint(
            "approved_at IS NULL OR taken_back_at IS NULL", name=op.f("ck_amendment_taken_back")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_amendment_award_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_amendment_made_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_amendment_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("award_id", "number", name=op.f("uq_amendment_award_id_number")),
    )
    op.create_table(
        "agreement_scan",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("amendment_id", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_agreement_scan_award_id")),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["amendment.id"], name=op.f("fk_agreement_scan_amendment_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_agreement_scan_file_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_agreement_scan_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_scan")),
    )
    op.create_index(op.f("ix_agreement_scan_award_id"), "agreement_scan", ["award_id"])
    op.create_index(op.f("ix_agreement_scan_amendment_id"), "agreement_scan", ["amendment_id"])
    op.create_table(
        "notice_outcome",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_notice_outcome_number")),
        sa.CheckConstraint("kind IN ('result', 'correction')", name=op.f("ck_notice_outcome_outcomekind")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_outcome_notice_id")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_notice_outcome_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_outcome")),
        sa.UniqueConstraint("notice_id", "number", name=op.f("uq_notice_outcome_notice_id_number")),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("address <> ''", name=op.f("ck_posting_address")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_posting_notice_id")),
        sa.ForeignKeyConstraint(["outcome_id"], ["notice_outcome.id"], name=op.f("fk_posting_outcome_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_posting_file_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_posting_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_notice_id"), "posting", ["notice_id"])
    remedied = sa.CheckConstraint(
        "remedy IS NULL OR (upheld IS NOT NULL AND upheld)", name=op.f("ck_objection_remedied")
    )
    known = sa.CheckConstraint("remedy IN ('cancelled', 'corrected')", name=op.f("ck_objection_remedy"))
    op.add_column("objection", sa.Column("remedy", REMEDIES, known, remedied, nullable=True))
    op.execute(sa.text("UPDATE objection SET remedy = 'cancelled' WHERE upheld"))
    op.create_table(
        "revision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("state", STATES, nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("saves", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('writing', 'sent', 'returned', 'accepted')", name=op.f("ck_revision_revisionstate")
        ),
        sa.CheckConstraint("saves >= 0", name=op.f("ck_revision_saves")),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name=op.f("ck_revision_reason")),
        sa.CheckConstraint(
            "state NOT IN ('returned', 'accepted') OR (decided_at IS NOT NULL AND decided_by_id IS NOT NULL)",
            name=op.f("ck_revision_decided"),
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_revision_award_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_revision_saved_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_revision_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("award_id", name=op.f("uq_revision_award_id")),
    )
    op.create_table(
        "revised_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("granted > 0", name=op.f("ck_revised_version_granted")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_revised_version_revision_id")
        ),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_revised_version_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revised_version")),
        sa.UniqueConstraint("revision_id", "number", name=op.f("uq_revised_version_revision_id_number")),
    )
    for table in APPEND_ONLY:
        for statement in append_only(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("revised_version")
    op.drop_table("revision")
    op.drop_column("objection", "remedy")
    op.drop_table("posting")
    op.drop_table("notice_outcome")
    op.drop_table("agreement_scan")
    op.drop_table("amendment")
    op.drop_table("agreement")
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
    op.drop_column("award", "contracted")
    for name in ("asks_revision", "agreement_third", *TEXTS):
        op.drop_column("round", name)
