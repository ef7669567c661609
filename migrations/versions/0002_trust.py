"""whose eyes a sign-in reads through

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("viewing_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_in", "viewing_id")
