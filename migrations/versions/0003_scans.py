"""What the virus scanner said of each uploaded file."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = "scan IN ('not_scanned', 'clean', 'quarantined')"
MOMENT = "(scan = 'not_scanned') = (scanned_at IS NULL)"


def upgrade() -> None:
    state = sa.CheckConstraint(STATES, name=op.f("ck_file_scan"))
    moment = sa.CheckConstraint(MOMENT, name=op.f("ck_file_scanned_at"))
    op.add_column(
        "file",
        sa.Column(
            "scan", sa.String(length=24), state, nullable=False, server_default=sa.text("'not_scanned'")
        ),
    )
    op.add_column("file", sa.Column("scanned_at", sa.DateTime(timezone=True), moment, nullable=True))
    op.add_column("file", sa.Column("scan_said", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.drop_column("file", "scanned")


def downgrade() -> None:
    op.add_column("file", sa.Column("scanned", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in ("scan_said", "scanned_at", "scan"):
        op.drop_column("file", column)
