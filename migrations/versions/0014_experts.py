"""The pool of experts with what they know and whom they are tied to; invitations to the panels of rounds; fees."""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    """The column type of a closed list, which brings its constraint."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "expert",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("title", words("title", "senior", "associate", "middle", "junior", "none"), nullable=False),
        sa.Column("employer_name", sa.Text(), nullable=False),
        sa.Column("state", words("poolstate", "active", "blocked", "retired"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(state = 'active') = (reason = '')", name=op.f("ck_expert_reason")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_expert_entered_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_expert_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert")),
        sa.UniqueConstraint("person_id", name=op.f("uq_expert_person_id")),
    )
    op.create_index(op.f("ix_expert_state"), "expert", ["state"])
    competence = words(
        "competence",
        "finance",
        "social_work",
        "governance",
        "evaluation",
        "law",
        "old",
        "youth",
        "disabled",
        "need",
        "women",
        "health",
    )
    op.create_table(
        "expert_field",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("expert_id", sa.BigInteger(), nullable=False),
        sa.Column("field", competence, nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_field_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_field")),
        sa.UniqueConstraint("expert_id", "field", name=op.f("uq_expert_field_expert_id_field")),
    )
    op.create_table(
        "affiliation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("expert_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("affiliated", "office", "adviser", "resident", "serves"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(code) = CASE WHEN kind IN ('office', 'adviser') THEN 18 ELSE 12 END",
            name=op.f("ck_affiliation_code"),
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_affiliation_expert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
        sa.UniqueConstraint("expert_id", "kind", "code", name=op.f("uq_affiliation_expert_id_kind_code")),
    )
    op.create_table(
        "pool_draw",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("finance", sa.BigInteger(), nullable=False),
        sa.Column("per_employer", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("eligible", sa.JSON(), nullable=False),
        sa.Column("eligible_sha256", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_pool_draw_number")),
        sa.CheckConstraint(
            "places >= 1 AND finance BETWEEN 0 AND places AND per_employer >= 0",
            name=op.f("ck_pool_draw_conditions"),
        ),
        sa.CheckConstraint("seed <> ''", name=op.f("ck_pool_draw_seed")),
        sa.CheckConstraint("length(eligible_sha256) = 64", name=op.f("ck_pool_draw_eligible_sha256")),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_pool_draw_reason")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_pool_draw_made_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_pool_draw_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_draw")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_pool_draw_round_id_number")),
    )
    for statement in append_only("pool_draw", op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "panel_invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            words("answer", "invited", "accepted", "declined", "withdrawn", "lapsed"),
            nullable=False,
        ),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("pledge", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("draw_id", sa.BigInteger(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('declined', 'withdrawn') OR reason <> ''", name=op.f("ck_panel_invitation_reason")
        ),
        sa.CheckConstraint(
            "(state NOT IN ('accepted', 'declined') OR answered_at IS NOT NULL) "
            "AND (state NOT IN ('invited', 'lapsed') OR answered_at IS NULL)",
            name=op.f("ck_panel_invitation_answered"),
        ),
        sa.CheckConstraint("paper_id IS NULL OR state <> 'invited'", name=op.f("ck_panel_invitation_paper")),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_panel_invitation_replaces")),
        sa.CheckConstraint("pledge <> ''", name=op.f("ck_panel_invitation_pledge")),
        sa.ForeignKeyConstraint(["draw_id"], ["pool_draw.id"], name=op.f("fk_panel_invitation_draw_id")),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["person.id"], name=op.f("fk_panel_invitation_invited_by_id")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_panel_invitation_paper_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_invitation_person_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["panel_invitation.id"], name=op.f("fk_panel_invitation_replaces_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_panel_invitation_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_invitation")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_panel_invitation_replaces_id")),
    )
    op.create_index(op.f("ix_panel_invitation_round_id"), "panel_invitation", ["round_id"])
    op.create_index(op.f("ix_panel_invitation_draw_id"), "panel_invitation", ["draw_id"])
    op.create_index(op.f("ix_panel_invitation_person_id"), "panel_invitation", ["person_id"])
    op.create_index(
        "uq_panel_invitation_live",
        "panel_invitation",
        ["round_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('invited', 'accepted')"),
        postgresql_where=sa.text("state IN ('invited', 'accepted')"),
    )
    op.create_table(
        "fee_rate",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("title", words("title", "senior", "associate", "middle", "junior", "none"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_fee_rate_amount")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_fee_rate_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_rate")),
        sa.UniqueConstraint("round_id", "title", name=op.f("uq_fee_rate_round_id_title")),
    )
    op.create_table(
        "fee",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("panelist_id", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("tax >= 0 AND tax <= gross", name=op.f("ck_fee_tax")),
        sa.CheckConstraint(
            "(signed_on IS NULL) = (noted_at IS NULL) AND (signed_on IS NULL) = (noted_by_id IS NULL)",
            name=op.f("ck_fee_receipt"),
        ),
        sa.CheckConstraint("noted_by_id <> set_by_id", name=op.f("ck_fee_two_people")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_fee_noted_by_id")),
        sa.ForeignKeyConstraint(["panelist_id"], ["panelist.id"], name=op.f("fk_fee_panelist_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_fee_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee")),
        sa.UniqueConstraint("panelist_id", name=op.f("uq_fee_panelist_id")),
    )
    op.create_table(
        "expert_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("sealed <> ''", name=op.f("ck_expert_account_sealed")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_expert_account_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_expert_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_account")),
        sa.UniqueConstraint("person_id", name=op.f("uq_expert_account_person_id")),
    )
    invitation = sa.ForeignKey("panel_invitation.id", name=op.f("fk_panelist_invitation_id"))
    op.add_column(
        "panelist",
        sa.Column("invitation_id", sa.BigInteger(), invitation, nullable=True),
        inline_references=True,
    )
    op.create_index(op.f("ix_panelist_invitation_id"), "panelist", ["invitation_id"], unique=True)


def downgrade() -> None:
    op.drop_table("expert_account")
    op.drop_table("fee")
    op.drop_table("fee_rate")
    op.drop_index("ix_panelist_invitation_id", "panelist")
    op.drop_column("panelist", "invitation_id")
    op.drop_table("panel_invitation")
    op.drop_table("pool_draw")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pool_draw_append_only()")
    op.drop_table("affiliation")
    op.drop_table("expert_field")
    op.drop_table("expert")
