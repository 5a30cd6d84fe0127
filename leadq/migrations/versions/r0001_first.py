"""The first schema: what `leadq/schema.sql` was at 0.1.0. New homes are made from that file, already stamped."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing stands before the first schema."""

