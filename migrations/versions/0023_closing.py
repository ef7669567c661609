"""Reports, evaluations, audits and closures of projects."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closing_rule",
        sa.Column("round_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("midterm_due_on", sa.Date(), nullable=True),
        sa.Column("final_days", sa.BigInteger(), nullable=False),
        sa.Column("pass_line", sa.BigInteger(), nullable=False),
        sa.Column(
            "scheme",
            sa.Enum(
                "letters",
                "strict",
                "usual",
                name="scheme",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("bonus_most", sa.BigInteger(), nullable=False),
        sa.Column("objection_days", sa.BigInteger(), nullable=False),
        sa.Column("ban_years", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ban_years BETWEEN 1 AND 10", name=op.f("ck_closing_rule_ban_years")),
        sa.CheckConstraint("bonus_most BETWEEN 0 AND 2000", name=op.f("ck_closing_rule_bonus_most")),
        sa.CheckConstraint("final_days >= 0 AND objection_days >= 1", name=op.f("ck_closing_rule_days")),
        sa.CheckConstraint("pass_line BETWEEN 1 AND 7500", name=op.f("ck_closing_rule_pass_line")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_closing_rule_round_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_closing_rule_saved_by_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_closing_rule")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("firm", sa.Text(), nullable=False),
        sa.Column("report_no", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.CheckConstraint("firm <> '' AND report_no <> ''", name=op.f("ck_audit_report")),
        sa.CheckConstraint("returned = '' OR checked_at IS NULL", name=op.f("ck_audit_returned")),
        sa.CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name=op.f("ck_audit_checked")),
        sa.CheckConstraint("checked_by_id <> entered_by_id", name=op.f("ck_audit_two_people")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_audit_award_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_audit_checked_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_audit_entered_by_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["file.id"], name=op.f("fk_audit_scan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("award_id", name=op.f("uq_audit_award_id")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("accepted_cost", sa.BigInteger(), nullable=False),
        sa.Column("to_pay", sa.BigInteger(), nullable=False),
        sa.Column("to_return", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("return_by", sa.Date(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(reopened_at IS NULL) = (reopened_by_id IS NULL)"
            " AND (reopened_at IS NULL) = (reopen_reason = '')",
            name=op.f("ck_closure_reopened"),
        ),
        sa.CheckConstraint(
            "(accepted_cost <= paid AND to_pay = 0) OR (accepted_cost >= amount"
            " AND to_pay = amount - paid) OR (accepted_cost > paid AND accepted_cost < amount"
            " AND to_pay = accepted_cost - paid)",
            name=op.f("ck_closure_to_pay"),
        ),
        sa.CheckConstraint(
            "(accepted_cost >= paid AND to_return = 0) OR (accepted_cost < paid"
            " AND to_return = paid - accepted_cost)",
            name=op.f("ck_closure_to_return"),
        ),
        sa.CheckConstraint("(to_return > 0) = (return_by IS NOT NULL)", name=op.f("ck_closure_return_by")),
        sa.CheckConstraint(
            "amount > 0 AND paid >= 0 AND paid <= amount AND accepted_cost >= 0",
            name=op.f("ck_closure_amounts"),
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_closure_award_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_closure_closed_by_id")),
        sa.ForeignKeyConstraint(["reopened_by_id"], ["person.id"], name=op.f("fk_closure_reopened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index("ix_closure_award_id", "closure", ["award_id"], unique=False)
    op.create_index(
        "uq_closure_standing",
        "closure",
        ["award_id"],
        unique=True,
        sqlite_where=sa.text("reopened_at IS NULL"),
        postgresql_where=sa.text("reopened_at IS NULL"),
    )

    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum("midterm", "final", name="phase", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column(
            "grade",
            sa.Enum(
                "a",
                "b",
                "c",
                "excellent",
                "good",
                "passed",
                "failed",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("objections_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
            " AND (confirmed_at IS NULL) = (objections_until IS NULL)"
            " AND (confirmed_at IS NULL) = (document_no = '')",
            name=op.f("ck_evaluation_confirmation"),
        ),
        sa.CheckConstraint(
            "(proposed_at IS NULL) = (score IS NULL) AND (proposed_at IS NULL) = (grade IS NULL)"
            " AND (proposed_at IS NULL) = (passed IS NULL)"
            " AND (proposed_at IS NULL) = (proposed_by_id IS NULL)",
            name=op.f("ck_evaluation_proposed"),
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR proposed_at IS NOT NULL", name=op.f("ck_evaluation_confirmed")
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_evaluation_two_people")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_evaluation_number")),
        sa.CheckConstraint("score >= 0", name=op.f("ck_evaluation_score")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_evaluation_award_id")),
        sa.ForeignKeyConstraint(["begun_by_id"], ["person.id"], name=op.f("fk_evaluation_begun_by_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_evaluation_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_evaluation_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("award_id", "phase", "number", name=op.f("uq_evaluation_award_id_phase_number")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum("midterm", "final", name="phase", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "handed_in",
                "sent_back",
                "accepted",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_report_award_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_report_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("award_id", "phase", name=op.f("uq_report_award_id_phase")),
    )
    op.create_table(
        "audit_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "head",
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
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("budgeted", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("accepted = claimed OR reason <> ''", name=op.f("ck_audit_line_reason")),
        sa.CheckConstraint(
            "budgeted >= 0 AND accepted >= 0 AND accepted <= claimed", name=op.f("ck_audit_line_accepted")
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_line_audit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_line")),
        sa.UniqueConstraint("audit_id", "position", name=op.f("uq_audit_line_audit_id_position")),
    )
    op.create_index("ix_audit_line_audit_id", "audit_line", ["audit_id"], unique=False)

    op.create_table(
        "ban_proposal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("years", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ban_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_ban_proposal_reason")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (ban_id IS NULL)"
            " AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name=op.f("ck_ban_proposal_confirmed"),
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_ban_proposal_two_people")),
        sa.CheckConstraint("years BETWEEN 1 AND 10", name=op.f("ck_ban_proposal_years")),
        sa.ForeignKeyConstraint(["ban_id"], ["ban.id"], name=op.f("fk_ban_proposal_ban_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_ban_proposal_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_ban_proposal_evaluation_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_ban_proposal_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban_proposal")),
        sa.UniqueConstraint("ban_id", name=op.f("uq_ban_proposal_ban_id")),
        sa.UniqueConstraint("evaluation_id", name=op.f("uq_ban_proposal_evaluation_id")),
    )
    op.create_table(
        "evaluation_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.BigInteger(), nullable=True),
        sa.Column("inputs", sa.BigInteger(), nullable=True),
        sa.Column("finance", sa.BigInteger(), nullable=True),
        sa.Column("effect", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=True),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("bonus_reason", sa.Text(), nullable=False),
        sa.Column("penalties", sa.JSON(), nullable=False),
        sa.Column("penalty", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_id", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("bonus = 0 OR bonus_reason <> ''", name=op.f("ck_evaluation_sheet_bonus_reason")),
        sa.CheckConstraint(
            "(handed_in_at IS NULL) = (total IS NULL)", name=op.f("ck_evaluation_sheet_handed_in")
        ),
        sa.CheckConstraint("bonus >= 0 AND penalty >= 0", name=op.f("ck_evaluation_sheet_apart")),
        sa.CheckConstraint("effect BETWEEN 0 AND 2500", name=op.f("ck_evaluation_sheet_effect")),
        sa.CheckConstraint("finance BETWEEN 0 AND 2500", name=op.f("ck_evaluation_sheet_finance")),
        sa.CheckConstraint("inputs BETWEEN 0 AND 1000", name=op.f("ck_evaluation_sheet_inputs")),
        sa.CheckConstraint("progress BETWEEN 0 AND 3000", name=op.f("ck_evaluation_sheet_progress")),
        sa.CheckConstraint("records BETWEEN 0 AND 1000", name=op.f("ck_evaluation_sheet_records")),
        sa.CheckConstraint(
            "total IS NULL"
            " OR (progress + inputs + finance + effect + records + bonus - penalty < 0"
            " AND total = 0)"
            " OR total = progress + inputs + finance + effect + records + bonus - penalty",
            name=op.f("ck_evaluation_sheet_total"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["person.id"], name=op.f("fk_evaluation_sheet_assigned_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_evaluation_sheet_evaluation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evaluation_sheet_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_sheet")),
        sa.UniqueConstraint(
            "evaluation_id", "person_id", name=op.f("uq_evaluation_sheet_evaluation_id_person_id")
        ),
    )
    op.create_index("ix_evaluation_sheet_person_id", "evaluation_sheet", ["person_id"], unique=False)

    op.create_table(
        "report_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_by_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "accepted IS NULL OR accepted OR reason <> ''", name=op.f("ck_report_version_reason")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (accepted IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_report_version_decided"),
        ),
        sa.CheckConstraint("decided_by_id <> handed_in_by_id", name=op.f("ck_report_version_two_people")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_report_version_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["handed_in_by_id"], ["person.id"], name=op.f("fk_report_version_handed_in_by_id")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_version_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_version")),
        sa.UniqueConstraint("key", name=op.f("uq_report_version_key")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_version_report_id_number")),
    )
    op.create_table(
        "result_objection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("answered_at IS NULL OR answer <> ''", name=op.f("ck_result_objection_answer")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_result_objection_text")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (upheld IS NULL) AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name=op.f("ck_result_objection_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_result_objection_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_result_objection_evaluation_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_result_objection_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_objection")),
        sa.UniqueConstraint("evaluation_id", name=op.f("uq_result_objection_evaluation_id")),
    )
    op.add_column("award", sa.Column("stopped", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("award", "stopped")

    op.drop_table("result_objection")
    op.drop_table("report_version")
    op.drop_index("ix_evaluation_sheet_person_id", table_name="evaluation_sheet")

    op.drop_table("evaluation_sheet")
    op.drop_table("ban_proposal")
    op.drop_index("ix_audit_line_audit_id", table_name="audit_line")

    op.drop_table("audit_line")
    op.drop_table("report")
    op.drop_table("evaluation")
    op.drop_index("uq_closure_standing", table_name="closure")
    op.drop_index("ix_closure_award_id", table_name="closure")

    op.drop_table("closure")
    op.drop_table("audit")
    op.drop_table("closing_rule")
