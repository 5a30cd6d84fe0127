CREATE TABLE calendar_year (
  digest TEXT NOT NULL,
  year INTEGER NOT NULL,
  windows BLOB NOT NULL,
  days_off TEXT NOT NULL,
  PRIMARY KEY (digest, year)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE connection_state (
  name TEXT NOT NULL,
  adapter TEXT NOT NULL,
  last_pull_ms INTEGER,
  last_push_ms INTEGER,
  cursor TEXT,
  next_attempt_ms INTEGER,
  last_error TEXT,
  skew_ms INTEGER,
  account TEXT DEFAULT '' NOT NULL,
  checked_ms INTEGER,
  listed_ms INTEGER,
  budget TEXT DEFAULT '[]' NOT NULL,
  budget_ms INTEGER,
  generation INTEGER DEFAULT 0 NOT NULL,
  capabilities TEXT DEFAULT '' NOT NULL,
  earlier TEXT DEFAULT '[]' NOT NULL,
  trouble TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (name)
)
 STRICT;

CREATE TABLE contract (
  id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  version TEXT NOT NULL,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  text TEXT NOT NULL,
  labels TEXT NOT NULL,
  calendars TEXT NOT NULL,
  applied_ms INTEGER NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (hash)
)
 STRICT;

CREATE TABLE event (
  seq INTEGER NOT NULL,
  uid TEXT NOT NULL,
  device TEXT NOT NULL,
  lead_uid TEXT NOT NULL,
  batch TEXT NOT NULL,
  type TEXT NOT NULL,
  v INTEGER NOT NULL,
  occurred_ms INTEGER NOT NULL,
  recorded_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (seq),
  UNIQUE (uid)
)
 STRICT;

CREATE INDEX event_answered ON event (recorded_ms, lead_uid) WHERE type = 'answered';

CREATE INDEX event_lead ON event (lead_uid, seq);

CREATE TABLE event_text (
  event_uid TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (event_uid, kind)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE member (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  email TEXT NOT NULL,
  crm TEXT DEFAULT '{}' NOT NULL,
  PRIMARY KEY (id)
)
 STRICT;

CREATE TABLE meta (
  "key" TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY ("key")
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE outbox (
  op_id TEXT NOT NULL,
  connection TEXT NOT NULL,
  lead_uid TEXT NOT NULL,
  seq INTEGER NOT NULL,
  event_uid TEXT NOT NULL,
  verb TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  next_attempt_ms INTEGER,
  first_sent_ms INTEGER,
  last_sent_ms INTEGER,
  last_error TEXT,
  compensates TEXT,
  created_ms INTEGER NOT NULL,
  done_ms INTEGER,
  status TEXT DEFAULT '' NOT NULL,
  adds INTEGER DEFAULT 0 NOT NULL,
  scope TEXT DEFAULT 'all' NOT NULL,
  doubted INTEGER DEFAULT 0 NOT NULL,
  audit_ms INTEGER,
  base TEXT DEFAULT '' NOT NULL,
  theirs TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (op_id)
)
 STRICT;

CREATE INDEX outbox_event ON outbox (event_uid);

CREATE UNIQUE INDEX outbox_lead ON outbox (lead_uid, seq);

CREATE INDEX outbox_open ON outbox (connection, state) WHERE state NOT IN ('done', 'cancelled', 'superseded');

CREATE TABLE person (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  company TEXT NOT NULL,
  title TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  country TEXT NOT NULL,
  language TEXT NOT NULL,
  timezone TEXT NOT NULL,
  email_key TEXT,
  phone_key TEXT,
  name_key TEXT NOT NULL,
  search TEXT NOT NULL,
  raw TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (id)
)
 STRICT;

CREATE INDEX person_company ON person (company COLLATE NOCASE) WHERE company <> '';

CREATE INDEX person_email ON person (email_key) WHERE email_key IS NOT NULL;

CREATE INDEX person_name ON person (name_key) WHERE email_key IS NULL AND phone_key IS NULL;

CREATE INDEX person_phone ON person (phone_key) WHERE phone_key IS NOT NULL;

CREATE TABLE remote_snapshot (
  connection TEXT NOT NULL,
  external_id TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  hash TEXT NOT NULL,
  departed TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (connection, external_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE suppression (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  why TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  event_uid TEXT NOT NULL,
  PRIMARY KEY (kind, hash)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE lead (
  id INTEGER NOT NULL,
  uid TEXT NOT NULL,
  person_id INTEGER NOT NULL,
  contract_id INTEGER NOT NULL,
  connection TEXT NOT NULL,
  external_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  product_line TEXT NOT NULL,
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  source TEXT NOT NULL,
  campaign TEXT NOT NULL,
  "trigger" TEXT NOT NULL,
  score REAL,
  fit REAL,
  engagement REAL,
  tier TEXT NOT NULL,
  missing TEXT NOT NULL,
  date_only INTEGER NOT NULL,
  handed_off_ms INTEGER NOT NULL,
  accepted_ms INTEGER,
  first_touch_ms INTEGER,
  last_touch_ms INTEGER,
  closed_ms INTEGER,
  quality INTEGER,
  reason TEXT NOT NULL,
  wake_ms INTEGER,
  reply_ms INTEGER,
  promise_ms INTEGER,
  hot_due_ms INTEGER,
  risk_ms INTEGER,
  due_ms INTEGER,
  mid_due_ms INTEGER,
  last_due_ms INTEGER,
  last_risk_ms INTEGER,
  stale_ms INTEGER,
  next_ms INTEGER,
  paused_ms INTEGER,
  paused_until_ms INTEGER,
  version INTEGER NOT NULL,
  flags TEXT DEFAULT '[]' NOT NULL,
  invalid TEXT DEFAULT '[]' NOT NULL,
  opposed_ms INTEGER,
  snoozed_until_ms INTEGER,
  disputed_ms INTEGER,
  answer TEXT DEFAULT '' NOT NULL,
  ae_ms INTEGER,
  merged_into TEXT DEFAULT '' NOT NULL,
  pause_limit_ms INTEGER,
  PRIMARY KEY (id),
  UNIQUE (uid),
  FOREIGN KEY(person_id) REFERENCES person (id),
  FOREIGN KEY(contract_id) REFERENCES contract (id)
)
 STRICT;

CREATE UNIQUE INDEX lead_one_open ON lead (person_id, product_line) WHERE state IN ('handed_off', 'accepted', 'working', 'connected');

CREATE INDEX lead_person ON lead (person_id);

CREATE INDEX lead_queue ON lead (state, reply_ms, promise_ms, hot_due_ms, owner, risk_ms, due_ms, stale_ms, mid_due_ms, last_due_ms, last_risk_ms, next_ms, paused_ms, paused_until_ms, snoozed_until_ms, first_touch_ms, score, handed_off_ms) WHERE state IN ('handed_off', 'accepted', 'working', 'connected');

CREATE INDEX lead_source ON lead (source, campaign, state, reason) WHERE state IN ('qualified', 'disqualified', 'recycled', 'rejected', 'archived');

CREATE INDEX lead_wake ON lead (wake_ms) WHERE wake_ms IS NOT NULL;

CREATE TABLE clock (
  lead_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  policy TEXT NOT NULL,
  contract_id INTEGER NOT NULL,
  calendar TEXT NOT NULL,
  unit TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  due_ms INTEGER,
  stale_ms INTEGER,
  risk_ms INTEGER,
  at_risk TEXT NOT NULL,
  stretch_ms INTEGER,
  stopped_ms INTEGER,
  cancelled INTEGER NOT NULL,
  pauses TEXT NOT NULL,
  PRIMARY KEY (lead_id, kind),
  FOREIGN KEY(lead_id) REFERENCES lead (id)
)
 WITHOUT ROWID,
 STRICT;

CREATE INDEX clock_due ON clock (due_ms) WHERE stopped_ms IS NULL AND cancelled = 0;

CREATE INDEX clock_risk ON clock (risk_ms) WHERE stopped_ms IS NULL AND cancelled = 0;

CREATE TABLE remote_ref (
  connection TEXT NOT NULL,
  object_type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  lead_id INTEGER NOT NULL,
  is_primary INTEGER NOT NULL,
  PRIMARY KEY (connection, object_type, external_id),
  FOREIGN KEY(lead_id) REFERENCES lead (id)
)
 WITHOUT ROWID,
 STRICT;

