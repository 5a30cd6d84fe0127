"""The whole day: snoozes, marketing's answers, merges, oppositions, and the indexes that alerts and wake-ups stand on."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = "state IN ('handed_off', 'accepted', 'working', 'connected')"
_ENDED = "state IN ('qualified', 'disqualified', 'recycled', 'rejected', 'archived')"
_COLUMNS = (
    "flags TEXT DEFAULT '[]' NOT NULL",
    "invalid TEXT DEFAULT '[]' NOT NULL",
    "opposed_ms INTEGER",
    "snoozed_until_ms INTEGER",
    "disputed_ms INTEGER",
    "answer TEXT DEFAULT '' NOT NULL",
    "ae_ms INTEGER",
    "merged_into TEXT DEFAULT '' NOT NULL",
    "pause_limit_ms INTEGER",
)
_QUEUE = (
    "state, reply_ms, promise_ms, hot_due_ms, owner, risk_ms, due_ms, stale_ms, mid_due_ms, last_due_ms, last_risk_ms,"
    " next_ms, paused_ms, paused_until_ms, snoozed_until_ms, first_touch_ms, score, handed_off_ms"
)


def upgrade() -> None:
    """Add what is new; no row changes, because no event that was written before says anything about it."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE lead ADD COLUMN {column}")
    op.execute("DROP INDEX lead_queue")
    op.execute(f"CREATE INDEX lead_queue ON lead ({_QUEUE}) WHERE {_OPEN}")
    op.execute("CREATE INDEX lead_wake ON lead (wake_ms) WHERE wake_ms IS NOT NULL")
    op.execute("CREATE INDEX person_company ON person (company COLLATE NOCASE) WHERE company <> ''")
    op.execute(f"CREATE INDEX lead_source ON lead (source, campaign, state, reason) WHERE {_ENDED}")
    op.execute("CREATE INDEX event_answered ON event (recorded_ms, lead_uid) WHERE type = 'answered'")
    for name in ("due", "risk"):
        op.execute(f"CREATE INDEX clock_{name} ON clock ({name}_ms) WHERE stopped_ms IS NULL AND cancelled = 0")
    op.execute(
        "CREATE TABLE suppression (kind TEXT NOT NULL, hash TEXT NOT NULL, why TEXT NOT NULL, since_ms INTEGER NOT NULL,"
        " event_uid TEXT NOT NULL, PRIMARY KEY (kind, hash)) STRICT, WITHOUT ROWID"
    )
