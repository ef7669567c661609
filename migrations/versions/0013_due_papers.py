"""When each paper is due; which version a scan proves; since when a notice lists an application or passed it over."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DUES = sa.Enum(
    "submit", "closing", "notice", name="due", native_enum=False, create_constraint=False, length=24
)


def upgrade() -> None:
    known = sa.CheckConstraint("due IN ('submit', 'closing', 'notice')", name=op.f("ck_paper_kind_due"))
    op.add_column(
        "paper_kind", sa.Column("due", DUES, known, nullable=False, server_default=sa.text("'submit'"))
    )
    days = sa.CheckConstraint(
        "due_days BETWEEN 0 AND 60 AND (due = 'submit') = (due_days = 0)",
        name=op.f("ck_paper_kind_due_days"),
    )
    op.add_column(
        "paper_kind",
        sa.Column("due_days", sa.BigInteger(), days, nullable=False, server_default=sa.text("'0'")),
    )
    op.add_column("paper_kind", sa.Column("coded", sa.Boolean(), nullable=False, server_default=sa.false()))
    code = sa.CheckConstraint("code = '' OR kind_id IS NOT NULL", name=op.f("ck_attachment_code"))
    op.add_column(
        "attachment", sa.Column("code", sa.Text(), code, nullable=False, server_default=sa.text("''"))
    )
    proved = sa.ForeignKey("version.id", name=op.f("fk_attachment_version_id"))
    only = sa.CheckConstraint("version_id IS NULL OR code <> ''", name=op.f("ck_attachment_version_id"))
    op.add_column(
        "attachment",
        sa.Column("version_id", sa.BigInteger(), proved, only, nullable=True),
        inline_references=True,
    )
    op.add_column("version", sa.Column("revision", sa.BigInteger(), nullable=True))
    op.add_column("application", sa.Column("listed_on", sa.Date(), nullable=True))
    op.add_column("application", sa.Column("passed_on", sa.Date(), nullable=True))
    for column, decided in (("listed_on", "> 0"), ("passed_on", "= 0")):
        op.execute(
            f"UPDATE application SET {column} = (SELECT max(notice.starts_on) FROM notice "
            "JOIN decision_line ON decision_line.decision_id = notice.decision_id "
            f"WHERE decision_line.application_id = application.id AND decision_line.decided {decided})"
        )


def downgrade() -> None:
    op.drop_column("application", "passed_on")
    op.drop_column("application", "listed_on")
    op.drop_column("version", "revision")
    op.drop_column("attachment", "version_id")
    op.drop_column("attachment", "code")
    for column in ("coded", "due_days", "due"):
        op.drop_column("paper_kind", column)
