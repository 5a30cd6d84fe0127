"""The tables, declared once (upgrading.py brings older homes to them).

`schema.sql` is what these declarations compile to (a test holds them equal), so that the first write to a new home
needs no ORM. Screens and verbs use plain SQL through sqlite.py.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import REAL, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, SQLModel

from leadq.domain.states import OPEN_STATES
from leadq.opstates import ENDED_OPS

STRICT = {"sqlite_strict": True}
_EMPTY = {"server_default": ""}
_NOTHING = {"server_default": "[]"}
_ZERO = {"server_default": text("0")}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}
QUEUE_COLUMNS = (
    "state",
    "reply_ms",
    "promise_ms",
    "hot_due_ms",
    "owner",
    "risk_ms",
    "due_ms",
    "stale_ms",
    "mid_due_ms",
    "last_due_ms",
    "last_risk_ms",
    "next_ms",
    "paused_ms",
    "paused_until_ms",
    "snoozed_until_ms",
    "first_touch_ms",
    "score",
    "handed_off_ms",
)
"""All that the order of the queue looks at, in one index: ranking 100,000 leads reads 10 MB, not 60, and the two
top bands (order.URGENT) are found in it without reading the rest."""
_RUNS = "stopped_ms IS NULL AND cancelled = 0"
"""A clock that has alerts to come: the next one is the first entry of an index, however many leads there are."""

_HAS_ENDED = "state IN ('qualified', 'disqualified', 'recycled', 'rejected', 'archived')"
"""The cycles that say how good a source is; the share of each source is counted within the index."""

_IS_OPEN = f"state IN ({', '.join(repr(state) for state in OPEN_STATES)})"


def words(**options: Any) -> Any:
    """A TEXT column."""
    return Field(sa_type=Text, **options)


def whole(**options: Any) -> Any:
    """An INTEGER column: a count, an identity, or milliseconds UTC when its name ends in `_ms`."""
    return Field(sa_type=Integer, **options)


def real(**options: Any) -> Any:
    """A REAL column."""
    return Field(sa_type=REAL, **options)


class Meta(SQLModel, table=True):
    """Facts about this home: its device id, the contract in force."""

    __tablename__ = "meta"
    __table_args__ = CLUSTERED
    key: str = words(primary_key=True)
    value: str = words()


class ContractRow(SQLModel, table=True):
    """Every contract version that was ever in force here, whole, so that a refold never needs the file."""

    __tablename__ = "contract"
    __table_args__ = STRICT
    id: int | None = whole(default=None, primary_key=True)
    hash: str = words(unique=True)
    version: str = words()
    name: str = words()
    zone: str = words()
    text: str = words()
    labels: str = words()  # JSON, as calendars: so that reads do not parse the contract
    calendars: str = words()
    applied_ms: int = whole()


class CalendarYearRow(SQLModel, table=True):
    """One calendar's open windows of one year, compiled once: a refold never depends on the installed holidays."""

    __tablename__ = "calendar_year"
    __table_args__ = CLUSTERED
    digest: str = words(primary_key=True)
    year: int = whole(primary_key=True)
    windows: bytes = Field(sa_type=LargeBinary)
    days_off: str = words()


class MemberRow(SQLModel, table=True):
    """A person of the team, as the contract in force names them."""

    __tablename__ = "member"
    __table_args__ = STRICT
    id: str = words(primary_key=True)
    name: str = words()
    role: str = words()
    email: str = words()
    crm: str = words(sa_column_kwargs={"server_default": "{}"})


class PersonRow(SQLModel, table=True):
    """Who a lead is about: the only table, with event_text, that holds personal data.

    `raw` is the row as it came, a JSON object; "" says that the person was erased.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("person_email", "email_key", sqlite_where=text("email_key IS NOT NULL")),
        Index("person_phone", "phone_key", sqlite_where=text("phone_key IS NOT NULL")),
        Index("person_company", text("company COLLATE NOCASE"), sqlite_where=text("company <> ''")),
        Index("person_name", "name_key", sqlite_where=text("email_key IS NULL AND phone_key IS NULL")),
        STRICT,
    )
    id: int | None = whole(default=None, primary_key=True)
    name: str = words()
    company: str = words()
    title: str = words()
    email: str = words()
    phone: str = words()
    country: str = words()
    language: str = words()
    timezone: str = words()
    email_key: str | None = words(default=None)
    phone_key: str | None = words(default=None)
    name_key: str = words()
    search: str = words()
    raw: str = words()
    created_ms: int = whole()


class LeadRow(SQLModel, table=True):
    """One cycle as its events fold: what lists, filters and the queue order look at."""

    __tablename__ = "lead"
    __table_args__ = (
        Index("lead_one_open", "person_id", "product_line", unique=True, sqlite_where=text(_IS_OPEN)),
        Index("lead_person", "person_id"),
        Index("lead_source", "source", "campaign", "state", "reason", sqlite_where=text(_HAS_ENDED)),
        Index("lead_queue", *QUEUE_COLUMNS, sqlite_where=text(_IS_OPEN)),
        Index("lead_wake", "wake_ms", sqlite_where=text("wake_ms IS NOT NULL")),
        STRICT,
    )
    id: int | None = whole(default=None, primary_key=True)
    uid: str = words(unique=True)
    person_id: int = whole(foreign_key="person.id")
    contract_id: int = whole(foreign_key="contract.id")
    connection: str = words()
    external_id: str = words()
    cycle: int = whole()
    product_line: str = words()
    state: str = words()
    owner: str = words()
    source: str = words()
    campaign: str = words()
    trigger: str = words()
    score: float | None = real(default=None)
    fit: float | None = real(default=None)
    engagement: float | None = real(default=None)
    tier: str = words()
    missing: str = words()
    date_only: int = whole()
    handed_off_ms: int = whole()
    accepted_ms: int | None = whole(default=None)
    first_touch_ms: int | None = whole(default=None)
    last_touch_ms: int | None = whole(default=None)
    closed_ms: int | None = whole(default=None)
    quality: int | None = whole(default=None)
    reason: str = words()
    wake_ms: int | None = whole(default=None)
    reply_ms: int | None = whole(default=None)
    promise_ms: int | None = whole(default=None)
    hot_due_ms: int | None = whole(default=None)
    risk_ms: int | None = whole(default=None)
    due_ms: int | None = whole(default=None)
    mid_due_ms: int | None = whole(default=None)
    last_due_ms: int | None = whole(default=None)
    last_risk_ms: int | None = whole(default=None)
    stale_ms: int | None = whole(default=None)
    next_ms: int | None = whole(default=None)
    paused_ms: int | None = whole(default=None)
    paused_until_ms: int | None = whole(default=None)
    version: int = whole()  # seq of the newest event: a cached line is good while this stands
    flags: str = words(sa_column_kwargs=_NOTHING)  # JSON: what the contract says against the handoff
    invalid: str = words(sa_column_kwargs=_NOTHING)  # JSON: of phone and email, what trying showed to be wrong
    opposed_ms: int | None = whole(default=None)
    snoozed_until_ms: int | None = whole(default=None)
    disputed_ms: int | None = whole(default=None)
    answer: str = words(sa_column_kwargs=_EMPTY)  # marketing's, to the verdict
    ae_ms: int | None = whole(default=None)
    merged_into: str = words(sa_column_kwargs=_EMPTY)  # the uid of the survivor
    pause_limit_ms: int | None = whole(default=None)


class RemoteRef(SQLModel, table=True):
    """A lead's name in another system: n to 1, and it moves to the newest cycle. The primary one receives ops, and is
    also on the lead itself, so that an older cycle keeps the name under which its ops leave."""

    __tablename__ = "remote_ref"
    __table_args__ = CLUSTERED
    connection: str = words(primary_key=True)
    object_type: str = words(primary_key=True)
    external_id: str = words(primary_key=True)
    lead_id: int = whole(foreign_key="lead.id")
    is_primary: int = whole()


class EventRow(SQLModel, table=True):
    """What happened; append-only, no personal data."""

    __tablename__ = "event"
    __table_args__ = (
        Index("event_lead", "lead_uid", "seq"),
        Index("event_answered", "recorded_ms", "lead_uid", sqlite_where=text("type = 'answered'")),
        STRICT,
    )
    seq: int | None = whole(default=None, primary_key=True)
    uid: str = words(unique=True)
    device: str = words()
    lead_uid: str = words()
    batch: str = words()
    type: str = words()
    v: int = whole()
    occurred_ms: int = whole()
    recorded_ms: int = whole()
    actor: str = words()
    actor_kind: str = words()
    data: str = words()


class EventText(SQLModel, table=True):
    """The free text of an event: what a person wrote or said, kept apart so that it can be erased."""

    __tablename__ = "event_text"
    __table_args__ = CLUSTERED
    event_uid: str = words(primary_key=True)
    kind: str = words(primary_key=True)
    text: str = words()


class Suppression(SQLModel, table=True):
    """Somebody whom leadq may not bring back: a keyed hash of an e-mail, phone, name or remote id.

    `why`: "opposition" (never callable) or "erased" (not to be stored again); `event_uid` is the verdict that said so,
    "" for an order from outside: taking that verdict back lifts it.
    """

    __tablename__ = "suppression"
    __table_args__ = CLUSTERED
    kind: str = words(primary_key=True)
    hash: str = words(primary_key=True)
    why: str = words()
    since_ms: int = whole()
    event_uid: str = words()


class ClockRow(SQLModel, table=True):
    """One clock of one lead, as instants; its state is these against `now`."""

    __tablename__ = "clock"
    __table_args__ = (
        Index("clock_due", "due_ms", sqlite_where=text(_RUNS)),
        Index("clock_risk", "risk_ms", sqlite_where=text(_RUNS)),
        CLUSTERED,
    )
    lead_id: int = whole(primary_key=True, foreign_key="lead.id")
    kind: str = words(primary_key=True)
    policy: str = words()
    contract_id: int = whole()
    calendar: str = words()
    unit: str = words()
    started_ms: int = whole()
    due_ms: int | None = whole(default=None)
    stale_ms: int | None = whole(default=None)
    risk_ms: int | None = whole(default=None)
    at_risk: str = words()
    stretch_ms: int | None = whole(default=None)
    stopped_ms: int | None = whole(default=None)
    cancelled: int = whole()
    pauses: str = words()


class Op(SQLModel, table=True):
    """One change waiting to go out. No personal data: the message is put together when it leaves.

    `status`: the lead's state from then on, "" when it stays; `adds`: whether the timeline gets an entry; `scope`: what
    of it is still to be written (`sdk.Change`). `doubted`: it was unknown once; `audit_ms`: when it is to be looked at
    again. `base` and `theirs`: the status that we knew, and the one found instead, of an op in conflict.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_lead", "lead_uid", "seq", unique=True),
        Index("outbox_open", "connection", "state", sqlite_where=text(f"state NOT IN {ENDED_OPS}")),
        Index("outbox_event", "event_uid"),
        STRICT,
    )
    op_id: str = words(primary_key=True)
    connection: str = words()
    lead_uid: str = words()
    seq: int = whole()
    event_uid: str = words()
    verb: str = words()
    state: str = words()
    attempts: int = whole(default=0)
    not_before_ms: int = whole()
    next_attempt_ms: int | None = whole(default=None)
    first_sent_ms: int | None = whole(default=None)
    last_sent_ms: int | None = whole(default=None)
    last_error: str | None = words(default=None)
    compensates: str | None = words(default=None)
    created_ms: int = whole()
    done_ms: int | None = whole(default=None)
    status: str = words(sa_column_kwargs=_EMPTY)
    adds: int = whole(sa_column_kwargs=_ZERO)
    scope: str = words(sa_column_kwargs={"server_default": "all"})
    doubted: int = whole(sa_column_kwargs=_ZERO)
    audit_ms: int | None = whole(default=None)
    base: str = words(sa_column_kwargs=_EMPTY)
    theirs: str = words(sa_column_kwargs=_EMPTY)


class ConnectionState(SQLModel, table=True):
    """What sync remembers of one connection between two runs.

    Instants are of the machine's own clock but for `last_pull_ms` and `last_push_ms`, which people see. `listed_ms`:
    when all open leads were last listed; `earlier`: the cursors before this one, newest first, each with its instant;
    `budget`: what is spent of the limits; `generation`: of the run that works with it; `capabilities`: the adapter's
    words, "" before it was ever opened; `trouble`: the kind of what `last_error` says (protocol.Kind), else "".
    """

    __tablename__ = "connection_state"
    __table_args__ = STRICT
    name: str = words(primary_key=True)
    adapter: str = words()
    last_pull_ms: int | None = whole(default=None)
    last_push_ms: int | None = whole(default=None)
    cursor: str | None = words(default=None)
    next_attempt_ms: int | None = whole(default=None)
    last_error: str | None = words(default=None)
    skew_ms: int | None = whole(default=None)
    account: str = words(sa_column_kwargs=_EMPTY)
    checked_ms: int | None = whole(default=None)
    listed_ms: int | None = whole(default=None)
    budget: str = words(sa_column_kwargs=_NOTHING)
    budget_ms: int | None = whole(default=None)
    generation: int = whole(sa_column_kwargs=_ZERO)
    capabilities: str = words(sa_column_kwargs=_EMPTY)
    earlier: str = words(sa_column_kwargs=_NOTHING)
    trouble: str = words(sa_column_kwargs=_EMPTY)


class RemoteSnapshot(SQLModel, table=True):
    """A record as the other end last had it: the base of the three-way merge. No personal data.

    `status` is in leadq's words, `updated_ms` the server's time, `hash` of all that it showed us. `departed`: what
    became of it when it left our scope, "" while it is there. `answer` is a mark of marketing's answer on it.
    """

    __tablename__ = "remote_snapshot"
    __table_args__ = CLUSTERED
    connection: str = words(primary_key=True)
    external_id: str = words(primary_key=True)
    updated_ms: int = whole()
    status: str = words()
    hash: str = words()
    departed: str = words()
    answer: str = words()


def schema_sql() -> str:
    """The whole schema as SQL, in the order in which the tables depend on each other."""
    dialect = sqlite_dialect.dialect()
    statements: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)).strip() for index in indexes]
    return "".join(f"{_tidy(statement)};\n\n" for statement in statements)


def _tidy(statement: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "  ") for line in statement.splitlines() if line.strip())
