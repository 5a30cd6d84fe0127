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
_OUTBOX = (
    "status TEXT DEFAULT '' NOT NULL",
    "adds INTEGER DEFAULT 0 NOT NULL",
    "scope TEXT DEFAULT 'all' NOT NULL",
    "doubted INTEGER DEFAULT 0 NOT NULL",
    "audit_ms INTEGER",
    "base TEXT DEFAULT '' NOT NULL",
    "theirs TEXT DEFAULT '' NOT NULL",
)
_CONNECTION = (
    "account TEXT DEFAULT '' NOT NULL",
    "checked_ms INTEGER",
    "listed_ms INTEGER",
    "budget TEXT DEFAULT '[]' NOT NULL",
    "budget_ms INTEGER",
    "generation INTEGER DEFAULT 0 NOT NULL",
    "capabilities TEXT DEFAULT '' NOT NULL",
    "earlier TEXT DEFAULT '[]' NOT NULL",
    "trouble TEXT DEFAULT '' NOT NULL",
)
_QUEUE = (
    "state, reply_ms, promise_ms, hot_due_ms, owner, risk_ms, due_ms, stale_ms, mid_due_ms, last_due_ms, last_risk_ms,"
    " next_ms, paused_ms, paused_until_ms, snoozed_until_ms, first_touch_ms, score, handed_off_ms"
)


def upgrade() -> None:
    """Add what is new; no row changes, because no event that was written before says anything about it."""
    op.execute("ALTER TABLE member ADD COLUMN crm TEXT DEFAULT '{}' NOT NULL")
    op.execute("DELETE FROM meta WHERE key = 'contract_file'")  # the members are read from the contract again
    for table, columns in (("lead", _COLUMNS), ("outbox", _OUTBOX), ("connection_state", _CONNECTION)):
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    op.execute("DROP INDEX outbox_open")
    op.execute(
        "CREATE INDEX outbox_open ON outbox (connection, state) WHERE state NOT IN ('done', 'cancelled', 'superseded')"
    )
    op.execute(
        "CREATE TABLE remote_snapshot (connection TEXT NOT NULL, external_id TEXT NOT NULL,"
        " updated_ms INTEGER NOT NULL, status TEXT NOT NULL, hash TEXT NOT NULL, departed TEXT NOT NULL,"
        " answer TEXT NOT NULL,"
        " PRIMARY KEY (connection, external_id)) STRICT, WITHOUT ROWID"
    )
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
