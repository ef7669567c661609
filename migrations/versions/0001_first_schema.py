"""first schema

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from venture.db import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "community",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "urban", "rural", name="communitykind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("households", sa.BigInteger(), nullable=True),
        sa.Column("residents", sa.BigInteger(), nullable=True),
        sa.Column("platform_begun_on", sa.Date(), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(code) = 12", name=op.f("ck_community_code")),
        sa.CheckConstraint("residents >= 0 AND households >= 0", name=op.f("ck_community_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
        sa.UniqueConstraint("code", name=op.f("uq_community_code")),
    )
    op.create_table(
        "complete_year",
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_complete_year")),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_correction_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index("ix_correction_object", ["kind", "object_id"], unique=False)

    op.create_table(
        "declared",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("ck_declared_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared")),
        sa.UniqueConstraint("code", "as_of", name=op.f("uq_declared_code_as_of")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_object", ["kind", "object_id"], unique=False)

    op.create_table(
        "failed_try",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_try")),
    )
    with op.batch_alter_table("failed_try", schema=None) as batch_op:
        batch_op.create_index("ix_failed_try_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_failed_try_who", ["who", "at"], unique=False)

    op.create_table(
        "file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_file_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_file_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_table(
        "kept",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept")),
    )
    with op.batch_alter_table("kept", schema=None) as batch_op:
        batch_op.create_index("ix_kept_whose", ["person_id", "browser_hash"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("about_kind", sa.Text(), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "released",
                "sent",
                "withdrawn",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_about", ["about_kind", "about_id"], unique=False)
        batch_op.create_index("ix_message_state", ["state", "id"], unique=False)

    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("registrar", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("supervising_unit", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("rated_in", sa.BigInteger(), nullable=True),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.Column("representative_position", sa.Text(), nullable=False),
        sa.Column("representative_phone", sa.Text(), nullable=False),
        sa.Column("representative_email", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("lists_checked_on", sa.Date(), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(credit_code) = 18", name=op.f("ck_organization_credit_code")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_organization_rating")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["organization.id"], name=op.f("fk_organization_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.create_index(
            "uq_organization_credit_code",
            ["credit_code"],
            unique=True,
            sqlite_where=sa.text("merged_into_id IS NULL"),
            postgresql_where=sa.text("merged_into_id IS NULL"),
        )

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("employer_code", sa.Text(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_person_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("mobile", name=op.f("uq_person_mobile")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reach",
            sa.Enum(
                "full", "code", "set_up", name="reach", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "trail_head",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_trail_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "workday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workday")),
    )
    op.create_table(
        "annual_report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "passed",
                "basic",
                "failed",
                "absent",
                name="yearlyresult",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_annual_report_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annual_report")),
        sa.UniqueConstraint("organization_id", "year", name=op.f("uq_annual_report_organization_id_year")),
    )
    op.create_table(
        "authenticator",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("next_seed", sa.Text(), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(seed IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_authenticator_confirmed")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_authenticator_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sa.UniqueConstraint("person_id", name=op.f("uq_authenticator_person_id")),
    )
    op.create_table(
        "ban",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_ban_reason")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_ban_days")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ban_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban")),
    )
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ban_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "grant_of_role",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "applicant",
                "expert",
                "operator",
                "officer",
                "approver",
                "finance",
                "auditor",
                "clerk",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("stands_for_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(role = 'applicant') = (organization_id IS NOT NULL)", name=op.f("ck_grant_of_role_organization")
        ),
        sa.CheckConstraint(
            "(role = 'clerk') = (community_id IS NOT NULL)", name=op.f("ck_grant_of_role_community")
        ),
        sa.CheckConstraint("stands_for_id <> person_id", name=op.f("ck_grant_of_role_stand_in")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_grant_of_role_days")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_grant_of_role_community_id")
        ),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_grant_of_role_given_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_grant_of_role_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grant_of_role_person_id")),
        sa.ForeignKeyConstraint(
            ["stands_for_id"], ["person.id"], name=op.f("fk_grant_of_role_stands_for_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_of_role")),
        sa.UniqueConstraint(
            "person_id", "role", "community_id", name=op.f("uq_grant_of_role_person_id_role_community_id")
        ),
        sa.UniqueConstraint(
            "person_id",
            "role",
            "organization_id",
            name=op.f("uq_grant_of_role_person_id_role_organization_id"),
        ),
    )
    with op.batch_alter_table("grant_of_role", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grant_of_role_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grant_of_role_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_grant_of_role_plain",
            ["person_id", "role"],
            unique=True,
            sqlite_where=sa.text("organization_id IS NULL AND community_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NULL AND community_id IS NULL"),
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "applicant",
                "expert",
                "operator",
                "officer",
                "approver",
                "finance",
                "auditor",
                "clerk",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(used_at IS NULL) = (used_by_id IS NULL)", name=op.f("ck_invitation_used")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_invitation_community_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_invitation_made_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id")
        ),
        sa.ForeignKeyConstraint(["used_by_id"], ["person.id"], name=op.f("fk_invitation_used_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "listing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "abnormal",
                "dishonest",
                "offence",
                name="listkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("to_on IS NULL OR to_on >= from_on", name=op.f("ck_listing_days")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_listing_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("affected", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "resolved",
                "partly",
                "unresolved",
                "rejected",
                name="matterstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("executor", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("benefited", sa.BigInteger(), nullable=True),
        sa.Column("counted_how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rechecked_on", sa.Date(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("legacy", sa.Boolean(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (closed_on IS NULL)", name=op.f("ck_matter_closed")),
        sa.CheckConstraint(
            "status NOT IN ('rejected', 'unresolved') OR reason <> ''", name=op.f("ck_matter_reason")
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_matter_title")),
        sa.CheckConstraint("(rechecked_on IS NULL) = (held IS NULL)", name=op.f("ck_matter_rechecked")),
        sa.CheckConstraint("benefited >= 0 AND affected >= 0", name=op.f("ck_matter_counts")),
        sa.CheckConstraint("credited >= 0 AND credited <= 27720", name=op.f("ck_matter_credited")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_matter_community_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_matter_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matter_community_id"), ["community_id"], unique=False)

    op.create_table(
        "operation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_operation_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("key", name=op.f("uq_operation_key")),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("signer_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(checked_by_id IS NULL) = (checked_at IS NULL)", name=op.f("ck_paper_checked")),
        sa.CheckConstraint("checked_by_id <> entered_by_id", name=op.f("ck_paper_two_people")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_paper_checked_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_paper_entered_by_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["file.id"], name=op.f("fk_paper_scan_id")),
        sa.ForeignKeyConstraint(["signer_id"], ["person.id"], name=op.f("fk_paper_signer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "reset",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "link",
                "message",
                "spoken",
                name="resetway",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(way = 'spoken') = (made_by_id IS NOT NULL)", name=op.f("ck_reset_spoken")),
        sa.CheckConstraint("made_by_id <> person_id", name=op.f("ck_reset_two_people")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_reset_made_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reset_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset")),
    )
    with op.batch_alter_table("reset", schema=None) as batch_op:
        batch_op.create_index("ix_reset_address", ["address", "made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reset_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reset_who"), ["who"], unique=False)

    op.create_table(
        "round",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("allotted", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "open",
                "closed",
                "finished",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("panel_size", sa.BigInteger(), nullable=False),
        sa.Column("quorum", sa.BigInteger(), nullable=False),
        sa.Column(
            "aggregation",
            sa.Enum(
                "mean",
                "trimmed",
                "median",
                name="aggregation",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("trim_from", sa.BigInteger(), nullable=False),
        sa.Column(
            "dropping",
            sa.Enum(
                "sheet", "criterion", name="dropping", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum("display", "each", name="rounding", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("pass_line", sa.BigInteger(), nullable=False),
        sa.Column(
            "fit_rule",
            sa.Enum("skip", "stop", name="fitrule", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("applications_each", sa.BigInteger(), nullable=False),
        sa.Column("awards_each", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.BigInteger(), nullable=False),
        sa.Column("notice_first_day_counts", sa.Boolean(), nullable=False),
        sa.Column("correction_days", sa.BigInteger(), nullable=False),
        sa.Column("grant_share", sa.BigInteger(), nullable=True),
        sa.Column("management_cap", sa.BigInteger(), nullable=True),
        sa.Column("staff_cap", sa.BigInteger(), nullable=True),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("copied_from_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("allotted >= 0 AND allotted <= total", name=op.f("ck_round_allotted")),
        sa.CheckConstraint("applications_each >= 1 AND awards_each >= 1", name=op.f("ck_round_each")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_round_window")),
        sa.CheckConstraint("notice_days >= 1 AND correction_days >= 1", name=op.f("ck_round_days")),
        sa.CheckConstraint(
            "panel_size >= 1 AND quorum >= 1 AND quorum <= panel_size", name=op.f("ck_round_panel")
        ),
        sa.CheckConstraint("pass_line >= 0", name=op.f("ck_round_pass_line")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_round_total")),
        sa.ForeignKeyConstraint(["copied_from_id"], ["round.id"], name=op.f("fk_round_copied_from_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_round_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("year", name=op.f("uq_round_year")),
    )
    op.create_table(
        "track_record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_track_record_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_record")),
    )
    with op.batch_alter_table("track_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_track_record_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_batch_made_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_batch_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_batch_key")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_batch_round_id_number")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "withdrawn",
                name="decisionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("minutes_no", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL)", name=op.f("ck_decision_withdrawn")
        ),
        sa.CheckConstraint(
            "(withdraw_reason = '') = (withdrawn_by_id IS NULL)", name=op.f("ck_decision_withdraw_reason")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR (held_on IS NOT NULL AND minutes_no <> '')",
            name=op.f("ck_decision_minutes"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR approved_by_id IS NOT NULL", name=op.f("ck_decision_approved")
        ),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_decision_two_people")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_decision_approved_by_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_decision_paper_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_decision_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_decision_round_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["file.id"], name=op.f("fk_decision_scan_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_decision_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_decision_round_id_number")),
    )
    op.create_table(
        "eligibility_rule",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parameter", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_eligibility_rule_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_rule")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_eligibility_rule_round_id_code")),
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rule",
                "works",
                "service",
                "mediation",
                "proposal",
                name="outcomekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("binds", sa.Text(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_outcome_text")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_outcome_matter_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_outcome_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcome_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "panelist",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "accepted",
                "declined",
                name="seat",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panelist_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_panelist_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panelist")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_panelist_round_id_number")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_panelist_round_id_person_id")),
    )
    op.create_table(
        "paper_kind",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_paper_kind_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_kind")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_paper_kind_round_id_code")),
    )
    op.create_table(
        "party",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_party_matter_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_party_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("matter_id", "organization_id", name=op.f("uq_party_matter_id_organization_id")),
    )
    op.create_table(
        "plan_part",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "signed",
                "midterm",
                "closing",
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_days", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weight > 0 AND number > 0 AND due_days >= 0", name=op.f("ck_plan_part_positive")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_plan_part_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_part")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_plan_part_round_id_number")),
    )
    op.create_table(
        "service_field",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_service_field_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_field")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_service_field_round_id_code")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "lottery", "general", name="moneykind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_source_amount")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_source_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "step_record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("by_whom", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("step BETWEEN 1 AND 7", name=op.f("ck_step_record_step")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_step_record_days")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_step_record_matter_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["file.id"], name=op.f("fk_step_record_photo_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_step_record_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_record")),
        sa.UniqueConstraint("matter_id", "step", name=op.f("uq_step_record_matter_id_step")),
    )
    with op.batch_alter_table("step_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_record_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "theme",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("earmark", sa.BigInteger(), nullable=False),
        sa.Column("ceiling", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("consultation", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ceiling > 0", name=op.f("ck_theme_ceiling")),
        sa.CheckConstraint("committed >= 0 AND committed <= earmark", name=op.f("ck_theme_committed")),
        sa.CheckConstraint("earmark >= 0", name=op.f("ck_theme_earmark")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_theme_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_theme_round_id_code")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=True),
        sa.Column("field_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "eligible",
                "ineligible",
                "in_review",
                "shortlisted",
                "not_shortlisted",
                "proposed",
                "on_notice",
                "awarded",
                "cancelled",
                "revising",
                "contracted",
                "running",
                "midterm",
                "final",
                "auditing",
                "closed",
                "terminated",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("direct", sa.BigInteger(), nullable=True),
        sa.Column("indirect", sa.BigInteger(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("correct_by_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (number IS NOT NULL AND theme_id IS NOT NULL)",
            name=op.f("ck_application_sent"),
        ),
        sa.CheckConstraint("asked >= 0", name=op.f("ck_application_asked")),
        sa.CheckConstraint("direct >= 0 AND indirect >= 0", name=op.f("ck_application_beneficiaries")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_application_period")),
        sa.CheckConstraint("signed_by_id <> created_by_id", name=op.f("ck_application_two_people")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_application_created_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_application_decided_by_id")),
        sa.ForeignKeyConstraint(["field_id"], ["service_field.id"], name=op.f("fk_application_field_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_application_organization_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_application_round_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_application_saved_by_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_application_signed_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_application_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index("ix_application_board", ["round_id", "state", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "criterion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("max", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("full", sa.Text(), nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("none", sa.Text(), nullable=False),
        sa.Column("tie_order", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("max > 0 AND step > 0 AND weight > 0", name=op.f("ck_criterion_positive")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_criterion_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("theme_id", "code", name=op.f("uq_criterion_theme_id_code")),
    )
    op.create_table(
        "draw",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("witness <> '' AND reason <> ''", name=op.f("ck_draw_witness")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_draw_made_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_draw_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draw_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_notice_days")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_notice_decision_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_notice_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_notice_decision_id")),
    )
    op.create_table(
        "rule_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "aggregation",
            sa.Enum(
                "mean",
                "trimmed",
                "median",
                name="aggregation",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_change_reason")),
        sa.CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_rule_change_approved")
        ),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_rule_change_two_people")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR approved_at IS NULL", name=op.f("ck_rule_change_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["person.id"], name=op.f("fk_rule_change_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_rule_change_proposed_by_id")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_rule_change_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    op.create_table(
        "theme_move",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "withdrawn",
                name="movestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by_id IS NOT NULL AND approved_at IS NOT NULL)",
            name=op.f("ck_theme_move_approved"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_theme_move_reason")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_theme_move_amount")),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_theme_move_two_people")),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_theme_move_two_themes")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_theme_move_approved_by_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_theme_move_paper_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_theme_move_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_theme_move_round_id")),
        sa.ForeignKeyConstraint(["source_id"], ["theme.id"], name=op.f("fk_theme_move_source_id")),
        sa.ForeignKeyConstraint(["target_id"], ["theme.id"], name=op.f("fk_theme_move_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_move")),
    )
    with op.batch_alter_table("theme_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_theme_move_round_id"), ["round_id"], unique=False)

    op.create_table(
        "use",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("outcome_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "carried_out",
                "supervised",
                "fed_back",
                "referred",
                name="usekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("photo_public", sa.Boolean(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("who <> ''", name=op.f("ck_use_who")),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcome.id"], name=op.f("fk_use_outcome_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["file.id"], name=op.f("fk_use_photo_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_use_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use")),
    )
    with op.batch_alter_table("use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_use_outcome_id"), ["outcome_id"], unique=False)

    op.create_table(
        "application_community",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_community_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_application_community_community_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "community_id", name=op.f("pk_application_community")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_attachment_added_by_id")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_attachment_application_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_attachment_file_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["paper_kind.id"], name=op.f("fk_attachment_kind_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_application_id"), ["application_id"], unique=False)

    op.create_table(
        "barred",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_barred_application_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_barred_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barred")),
        sa.UniqueConstraint("application_id", "person_id", name=op.f("uq_barred_application_id_person_id")),
    )
    with op.batch_alter_table("barred", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_barred_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_barred_person_id"), ["person_id"], unique=False)

    op.create_table(
        "cost_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "table",
            sa.Enum(
                "grant", "matching", name="costtable", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "activity",
                "staff",
                "volunteer",
                "expert",
                "management",
                "tax",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "unit_price >= 0 AND quantity >= 0 AND amount >= 0", name=op.f("ck_cost_line_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_cost_line_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_line")),
    )
    with op.batch_alter_table("cost_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cost_line_application_id"), ["application_id"], unique=False)

    op.create_table(
        "decision_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("recommended", sa.BigInteger(), nullable=False),
        sa.Column("computed", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.CheckConstraint("decided = computed OR reason <> ''", name=op.f("ck_decision_line_reason")),
        sa.CheckConstraint("decided >= 0 AND decided <= asked", name=op.f("ck_decision_line_decided")),
        sa.CheckConstraint(
            "recommended >= 0 AND recommended <= asked", name=op.f("ck_decision_line_recommended")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_decision_line_application_id")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_line_decision_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_decision_line_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_line")),
        sa.UniqueConstraint(
            "decision_id", "application_id", name=op.f("uq_decision_line_decision_id_application_id")
        ),
    )
    op.create_table(
        "eligibility_check",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "pass", "fail", "unclear", name="result", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_eligibility_check_application_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_eligibility_check_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_check")),
        sa.UniqueConstraint("application_id", "rule", name=op.f("uq_eligibility_check_application_id_rule")),
    )
    op.create_table(
        "fund",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "grant",
                "own",
                "donated",
                "expected",
                name="fundkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_fund_amount")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_fund_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
        sa.UniqueConstraint("application_id", "kind", name=op.f("uq_fund_application_id_kind")),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_objection_text")),
        sa.CheckConstraint("(answered_at IS NULL) = (upheld IS NULL)", name=op.f("ck_objection_answered")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_objection_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_objection_application_id")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_objection_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("key", name=op.f("uq_objection_key")),
        sa.UniqueConstraint("receipt", name=op.f("uq_objection_receipt")),
    )
    op.create_table(
        "reader",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_reader_application_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reader_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
        sa.UniqueConstraint("application_id", "person_id", name=op.f("uq_reader_application_id_person_id")),
    )
    with op.batch_alter_table("reader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reader_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reader_person_id"), ["person_id"], unique=False)

    op.create_table(
        "sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("panelist_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "keyed",
                "handed_in",
                "removed",
                name="sheetstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("loose_notes", sa.JSON(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state <> 'handed_in' OR handed_in_at IS NOT NULL", name=op.f("ck_sheet_handed_in")
        ),
        sa.CheckConstraint(
            "state NOT IN ('keyed', 'handed_in') OR total IS NOT NULL", name=op.f("ck_sheet_complete")
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_sheet_total")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_sheet_application_id")),
        sa.ForeignKeyConstraint(["panelist_id"], ["panelist.id"], name=op.f("fk_sheet_panelist_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_sheet_paper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
        sa.UniqueConstraint(
            "application_id", "panelist_id", name=op.f("uq_sheet_application_id_panelist_id")
        ),
    )
    with op.batch_alter_table("sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sheet_panelist_id"), ["panelist_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_slot_application_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_slot_organization_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_slot_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("application_id", name=op.f("uq_slot_application_id")),
        sa.UniqueConstraint(
            "round_id", "organization_id", "number", name=op.f("uq_slot_round_id_organization_id_number")
        ),
    )
    op.create_table(
        "tie",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "employer",
                "office",
                "member",
                "adviser",
                "representative",
                "team",
                "community",
                "declared",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("dismissal", sa.Text(), nullable=False),
        sa.CheckConstraint("dismissed_at IS NULL OR dismissal <> ''", name=op.f("ck_tie_dismissal")),
        sa.CheckConstraint("dismissed_by_id <> person_id", name=op.f("ck_tie_own")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_tie_application_id")),
        sa.ForeignKeyConstraint(["dismissed_by_id"], ["person.id"], name=op.f("fk_tie_dismissed_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_tie_made_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tie_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie")),
        sa.UniqueConstraint(
            "application_id", "person_id", "ground", name=op.f("uq_tie_application_id_person_id_ground")
        ),
    )
    with op.batch_alter_table("tie", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tie_application_id"), ["application_id"], unique=False)

    op.create_table(
        "version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("asked > 0 AND total >= asked", name=op.f("ck_version_amounts")),
        sa.CheckConstraint("entered_by_id <> submitted_by_id", name=op.f("ck_version_two_people")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_version_application_id")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_version_entered_by_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_version_submitted_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_version_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("application_id", "number", name=op.f("uq_version_application_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_version_key")),
        sa.UniqueConstraint("receipt", name=op.f("uq_version_receipt")),
    )
    op.create_table(
        "award",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("project_no", sa.Text(), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("recommended", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "live", "cancelled", name="awardstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreement_no", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'cancelled') = (cancel_reason <> '')", name=op.f("ck_award_cancelled")),
        sa.CheckConstraint("(agreement_no IS NULL) = (signed_on IS NULL)", name=op.f("ck_award_signed")),
        sa.CheckConstraint("amount > 0 AND amount <= requested", name=op.f("ck_award_amount")),
        sa.CheckConstraint(
            "paid >= 0 AND pending >= 0 AND paid + pending <= amount", name=op.f("ck_award_paid")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_award_application_id")),
        sa.ForeignKeyConstraint(["line_id"], ["decision_line.id"], name=op.f("fk_award_line_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_award_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("agreement_no", name=op.f("uq_award_agreement_no")),
        sa.UniqueConstraint("application_id", name=op.f("uq_award_application_id")),
        sa.UniqueConstraint("line_id", name=op.f("uq_award_line_id")),
        sa.UniqueConstraint("project_no", name=op.f("uq_award_project_no")),
    )
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_award_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "mark",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_mark_value")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_mark_criterion_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_mark_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sa.UniqueConstraint("sheet_id", "criterion_id", name=op.f("uq_mark_sheet_id_criterion_id")),
    )
    op.create_table(
        "instalment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "signed",
                "midterm",
                "closing",
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_days", sa.BigInteger(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("met_note", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(met_on IS NULL) = (due_on IS NULL)", name=op.f("ck_instalment_met")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_instalment_amount")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_instalment_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("award_id", "number", name=op.f("uq_instalment_award_id_number")),
    )
    op.create_table(
        "support",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("share_reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed",
                "confirmed",
                "refused",
                "withdrawn",
                name="supportstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmer", sa.Text(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "account", "link", "paper", name="way", native_enum=False, create_constraint=True, length=24
            ),
            nullable=True,
        ),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (way IS NOT NULL AND confirmed_on IS NOT NULL AND confirmer <> '')",
            name=op.f("ck_support_confirmed"),
        ),
        sa.CheckConstraint("state <> 'refused' OR answer <> ''", name=op.f("ck_support_answer")),
        sa.CheckConstraint(
            "way <> 'account' OR confirmed_by_id IS NOT NULL", name=op.f("ck_support_by_account")
        ),
        sa.CheckConstraint("way <> 'paper' OR paper_id IS NOT NULL", name=op.f("ck_support_on_paper")),
        sa.CheckConstraint("confirmed_by_id <> claimed_by_id", name=op.f("ck_support_two_people")),
        sa.CheckConstraint("share > 0 AND share <= 27720", name=op.f("ck_support_share")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_support_award_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["person.id"], name=op.f("fk_support_claimed_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_support_confirmed_by_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_support_matter_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_support_paper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
        sa.UniqueConstraint("matter_id", "award_id", name=op.f("uq_support_matter_id_award_id")),
    )
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_award_id"), ["award_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_support_matter_id"), ["matter_id"], unique=False)

    op.create_table(
        "confirm_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("support_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_confirm_link_made_by_id")),
        sa.ForeignKeyConstraint(["support_id"], ["support.id"], name=op.f("fk_confirm_link_support_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirm_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_confirm_link_token_hash")),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("instalment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "checked",
                "released",
                "paid",
                "returned",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("voucher_no", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'paid' OR (voucher_no <> '' AND paid_on IS NOT NULL AND recorded_by_id IS NOT NULL)",
            name=op.f("ck_payment_voucher"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('checked', 'released', 'paid') OR checked_by_id IS NOT NULL",
            name=op.f("ck_payment_checked"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('released', 'paid') OR released_by_id IS NOT NULL",
            name=op.f("ck_payment_released"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint(
            "checked_by_id <> requested_by_id AND released_by_id <> requested_by_id AND released_by_id <> checked_by_id",
            name=op.f("ck_payment_three_people"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_payment_batch_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_payment_checked_by_id")),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalment.id"], name=op.f("fk_payment_instalment_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_payment_paper_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_payment_recorded_by_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["person.id"], name=op.f("fk_payment_released_by_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["person.id"], name=op.f("fk_payment_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            "uq_payment_instalment",
            ["instalment_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )

    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "earmark",
                "committed",
                "pending",
                "paid",
                name="account",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("theme_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entry_amount")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_entry_award_id")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_entry_operation_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_entry_payment_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_entry_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_award_id"), ["award_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_operation_id"), ["operation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_theme_id"), ["theme_id"], unique=False)

    for table in ("event", "correction", "entry", "operation"):
        for statement in append_only(table, op.get_bind().dialect.name):
            op.execute(statement)
    op.execute("INSERT INTO trail_head (id, count, hash) VALUES (1, 0, '')")


def downgrade() -> None:
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_theme_id"))
        batch_op.drop_index(batch_op.f("ix_entry_operation_id"))
        batch_op.drop_index(batch_op.f("ix_entry_award_id"))

    op.drop_table("entry")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_instalment",
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_batch_id"))

    op.drop_table("payment")
    op.drop_table("confirm_link")
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_matter_id"))
        batch_op.drop_index(batch_op.f("ix_support_award_id"))

    op.drop_table("support")
    op.drop_table("instalment")
    op.drop_table("mark")
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_award_theme_id"))

    op.drop_table("award")
    op.drop_table("version")
    with op.batch_alter_table("tie", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tie_application_id"))

    op.drop_table("tie")
    op.drop_table("slot")
    with op.batch_alter_table("sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sheet_panelist_id"))

    op.drop_table("sheet")
    with op.batch_alter_table("reader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reader_person_id"))
        batch_op.drop_index(batch_op.f("ix_reader_application_id"))

    op.drop_table("reader")
    op.drop_table("objection")
    op.drop_table("fund")
    op.drop_table("eligibility_check")
    op.drop_table("decision_line")
    with op.batch_alter_table("cost_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cost_line_application_id"))

    op.drop_table("cost_line")
    with op.batch_alter_table("barred", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_barred_person_id"))
        batch_op.drop_index(batch_op.f("ix_barred_application_id"))

    op.drop_table("barred")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_application_id"))

    op.drop_table("attachment")
    op.drop_table("application_community")
    with op.batch_alter_table("use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_use_outcome_id"))

    op.drop_table("use")
    with op.batch_alter_table("theme_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_theme_move_round_id"))

    op.drop_table("theme_move")
    op.drop_table("rule_change")
    op.drop_table("notice")
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draw_theme_id"))

    op.drop_table("draw")
    op.drop_table("criterion")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_organization_id"))
        batch_op.drop_index("ix_application_board")

    op.drop_table("application")
    op.drop_table("theme")
    with op.batch_alter_table("step_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_step_record_matter_id"))

    op.drop_table("step_record")
    op.drop_table("source")
    op.drop_table("service_field")
    op.drop_table("plan_part")
    op.drop_table("party")
    op.drop_table("paper_kind")
    op.drop_table("panelist")
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcome_matter_id"))

    op.drop_table("outcome")
    op.drop_table("eligibility_rule")
    op.drop_table("decision")
    op.drop_table("batch")
    with op.batch_alter_table("track_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_track_record_organization_id"))

    op.drop_table("track_record")
    op.drop_table("round")
    with op.batch_alter_table("reset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reset_who"))
        batch_op.drop_index(batch_op.f("ix_reset_person_id"))
        batch_op.drop_index("ix_reset_address")

    op.drop_table("reset")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_person_id"))

    op.drop_table("recovery_code")
    op.drop_table("paper")
    op.drop_table("operation")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matter_community_id"))

    op.drop_table("matter")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_organization_id"))

    op.drop_table("listing")
    op.drop_table("invitation")
    with op.batch_alter_table("grant_of_role", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_grant_of_role_plain",
            sqlite_where=sa.text("organization_id IS NULL AND community_id IS NULL"),
            postgresql_where=sa.text("organization_id IS NULL AND community_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_grant_of_role_person_id"))
        batch_op.drop_index(batch_op.f("ix_grant_of_role_organization_id"))

    op.drop_table("grant_of_role")
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ban_organization_id"))

    op.drop_table("ban")
    op.drop_table("authenticator")
    op.drop_table("annual_report")
    op.drop_table("workday")
    op.drop_table("trail_head")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    op.drop_table("person")
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organization_credit_code",
            sqlite_where=sa.text("merged_into_id IS NULL"),
            postgresql_where=sa.text("merged_into_id IS NULL"),
        )

    op.drop_table("organization")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_state")
        batch_op.drop_index("ix_message_about")

    op.drop_table("message")
    with op.batch_alter_table("kept", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_whose")

    op.drop_table("kept")
    op.drop_table("file")
    with op.batch_alter_table("failed_try", schema=None) as batch_op:
        batch_op.drop_index("ix_failed_try_who")
        batch_op.drop_index("ix_failed_try_address")

    op.drop_table("failed_try")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_object")

    op.drop_table("event")
    op.drop_table("declared")
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index("ix_correction_object")

    op.drop_table("correction")
    op.drop_table("complete_year")
    op.drop_table("community")

    if op.get_bind().dialect.name == "postgresql":
        for table in ("event", "correction", "entry", "operation"):
            op.execute(f"DROP FUNCTION {table}_append_only()")
