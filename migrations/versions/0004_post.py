"""How the sending of each message went."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tries = sa.CheckConstraint("tries >= 0", name=op.f("ck_message_tries"))
    sent = sa.CheckConstraint("sent_at IS NULL OR state = 'sent'", name=op.f("ck_message_sent_at"))
    refused = sa.CheckConstraint(
        "refused_at IS NULL OR state = 'released'", name=op.f("ck_message_refused_at")
    )
    for column in (
        sa.Column("tries", sa.BigInteger(), tries, nullable=False, server_default=sa.text("0")),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), sent, nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), refused, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False, server_default=sa.text("''")),
    ):
        op.add_column("message", column)


def downgrade() -> None:
    for column in ("answer", "refused_at", "sent_at", "try_at", "tries"):
        op.drop_column("message", column)
