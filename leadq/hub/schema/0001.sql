-- The hub of one team. {group} is the role that every member's login is in. What a member may see and write is settled
-- here, row by row, so that a login in other hands than leadq's can do no more than leadq would.
--
-- One sequence numbers all that others are to hear of. Whoever writes takes one lock first and keeps it until it is
-- committed: so numbers become visible in their order, and a laptop that has read up to one has missed none before it.

CREATE SEQUENCE leadq.news_seq AS bigint;

CREATE TABLE leadq.hub (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  one boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO leadq.hub DEFAULT VALUES;

CREATE TABLE leadq.member (
  id text PRIMARY KEY,
  login text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('rep', 'manager', 'ops')),
  since_seq bigint NOT NULL DEFAULT nextval('leadq.news_seq'),
  removed boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN leadq.member.since_seq IS 'grows when the role changes: what may be seen is another then';

CREATE TABLE leadq.device (
  id text PRIMARY KEY,
  member text NOT NULL REFERENCES leadq.member (id),
  place text NOT NULL,
  high_seq bigint NOT NULL DEFAULT 0,
  last_seen timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN leadq.device.place IS 'a hash of the machine and the folder: two copies of one home differ in it';

CREATE TABLE leadq.contract (
  hash text PRIMARY KEY,
  name text NOT NULL,
  version text NOT NULL,
  text text NOT NULL,
  signed boolean NOT NULL DEFAULT false,
  years jsonb NOT NULL DEFAULT '[]',
  hub_seq bigint NOT NULL DEFAULT nextval('leadq.news_seq')
);
CREATE INDEX contract_news ON leadq.contract (hub_seq);

CREATE TABLE leadq.event (
  hub_seq bigint PRIMARY KEY DEFAULT nextval('leadq.news_seq'),
  uid text NOT NULL UNIQUE,
  device text NOT NULL REFERENCES leadq.device (id),
  member text NOT NULL REFERENCES leadq.member (id),
  lead_uid text NOT NULL,
  batch text NOT NULL,
  type text NOT NULL,
  v integer NOT NULL,
  occurred_ms bigint NOT NULL,
  recorded_ms bigint NOT NULL,
  actor text NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('human', 'system', 'bot', 'adapter')),
  data text NOT NULL CHECK (json_typeof(data::json) = 'object')
);
COMMENT ON COLUMN leadq.event.data IS 'as its home wrote it, byte for byte: jsonb would put the keys in another order';
CREATE INDEX event_lead ON leadq.event (lead_uid, hub_seq);

CREATE TABLE leadq.person (
  uid text PRIMARY KEY,
  name text NOT NULL,
  company text NOT NULL,
  title text NOT NULL,
  email text NOT NULL,
  phone text NOT NULL,
  country text NOT NULL,
  language text NOT NULL,
  timezone text NOT NULL
);

CREATE TABLE leadq.lead (
  uid text PRIMARY KEY,
  person text,
  owner text NOT NULL,
  refs jsonb NOT NULL DEFAULT '[]',
  erased boolean NOT NULL DEFAULT false,
  hub_seq bigint NOT NULL DEFAULT nextval('leadq.news_seq')
);
CREATE INDEX lead_news ON leadq.lead (hub_seq);
CREATE INDEX lead_person ON leadq.lead (person);

CREATE TABLE leadq.event_text (
  event_uid text NOT NULL REFERENCES leadq.event (uid),
  kind text NOT NULL,
  lead_uid text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (event_uid, kind)
);
CREATE INDEX event_text_lead ON leadq.event_text (lead_uid);

-- who is asking

CREATE FUNCTION leadq.member_of(login name) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = leadq, pg_temp AS
'SELECT id FROM leadq.member WHERE member.login = $1::text AND NOT removed';

CREATE FUNCTION leadq.sees_all(login name) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = leadq, pg_temp AS
$$SELECT EXISTS (SELECT 1 FROM leadq.member WHERE member.login = $1::text AND NOT removed
    AND role IN ('manager', 'ops'))$$;

CREATE FUNCTION leadq.impersonates(login name, actor text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = leadq, pg_temp AS
'SELECT EXISTS (SELECT 1 FROM leadq.member WHERE id = $2 AND member.login <> $1::text)';

CREATE FUNCTION leadq.is_erased(uid text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = leadq, pg_temp AS
'SELECT EXISTS (SELECT 1 FROM leadq.lead WHERE lead.uid = $1 AND erased)';

-- numbers become visible in their order

CREATE FUNCTION leadq.one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_advisory_xact_lock(7326583, 1); RETURN NULL; END$$;
CREATE TRIGGER one_at_a_time BEFORE INSERT ON leadq.event EXECUTE FUNCTION leadq.one_at_a_time();
CREATE TRIGGER one_at_a_time BEFORE INSERT OR UPDATE ON leadq.lead EXECUTE FUNCTION leadq.one_at_a_time();
CREATE TRIGGER one_at_a_time BEFORE INSERT ON leadq.contract EXECUTE FUNCTION leadq.one_at_a_time();

CREATE FUNCTION leadq.append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'events are never changed' USING ERRCODE = 'restrict_violation'; END$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leadq.event EXECUTE FUNCTION leadq.append_only();

-- who may do what

ALTER TABLE leadq.member ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.device ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.contract ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.lead ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.event_text ENABLE ROW LEVEL SECURITY;

CREATE POLICY team ON leadq.member FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
CREATE POLICY team ON leadq.device FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
CREATE POLICY own ON leadq.device FOR INSERT WITH CHECK (member = (SELECT leadq.member_of(current_user)));
CREATE POLICY seen ON leadq.device FOR UPDATE USING (member = (SELECT leadq.member_of(current_user)))
  WITH CHECK (member = (SELECT leadq.member_of(current_user)));
CREATE POLICY team ON leadq.contract FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
CREATE POLICY told ON leadq.contract FOR INSERT
  WITH CHECK ((SELECT leadq.member_of(current_user)) IS NOT NULL AND NOT signed);
CREATE POLICY team ON leadq.event FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
CREATE POLICY own ON leadq.event FOR INSERT WITH CHECK (
  member = (SELECT leadq.member_of(current_user))
  AND device IN (SELECT d.id FROM leadq.device d WHERE d.member = (SELECT leadq.member_of(current_user)))
  AND NOT (actor_kind = 'human' AND leadq.impersonates(current_user, actor)));
CREATE POLICY scope ON leadq.lead FOR SELECT USING (
  (SELECT leadq.sees_all(current_user))
  OR (SELECT leadq.member_of(current_user)) IS NOT NULL
    AND owner IN ('', (SELECT leadq.member_of(current_user))));
CREATE POLICY scope ON leadq.person FOR SELECT USING (
  EXISTS (SELECT 1 FROM leadq.lead l WHERE l.person = person.uid));
CREATE POLICY scope ON leadq.event_text FOR SELECT USING (
  -- what is about no lead, but about the two teams (actions, decisions), is for all of them
  lead_uid = '00000000-0000-8000-8000-000000000000' AND (SELECT leadq.member_of(current_user)) IS NOT NULL
  OR EXISTS (SELECT 1 FROM leadq.lead l WHERE l.uid = event_text.lead_uid));
CREATE POLICY own ON leadq.event_text FOR INSERT WITH CHECK (
  NOT leadq.is_erased(lead_uid)
  AND EXISTS (SELECT 1 FROM leadq.event e WHERE e.uid = event_uid AND e.lead_uid = event_text.lead_uid
    AND e.member = (SELECT leadq.member_of(current_user))));

GRANT USAGE ON SCHEMA leadq TO {group};
GRANT USAGE ON SEQUENCE leadq.news_seq TO {group};
GRANT SELECT ON leadq.hub, leadq.schema_version, leadq.member, leadq.device, leadq.contract, leadq.event, leadq.person,
  leadq.lead, leadq.event_text TO {group};
GRANT INSERT (id, member, place) ON leadq.device TO {group};
GRANT UPDATE (last_seen, place) ON leadq.device TO {group};
GRANT INSERT (hash, name, version, text, years) ON leadq.contract TO {group};
GRANT INSERT (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
  ON leadq.event TO {group};
GRANT INSERT ON leadq.event_text TO {group};

-- what takes more than a row policy can say; each asks who is there, and does as little as it can

CREATE FUNCTION leadq.put_lead(said jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  who jsonb := nullif(said->'person', 'null');
  known leadq.lead;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  PERFORM pg_advisory_xact_lock(7326583, 1);
  SELECT * INTO known FROM leadq.lead WHERE uid = said->>'uid';
  IF known.uid IS NULL THEN
    INSERT INTO leadq.lead (uid, owner, refs) VALUES (said->>'uid', said->>'owner', said->'refs') RETURNING * INTO known;
  ELSIF known.owner NOT IN ('', me) AND NOT leadq.sees_all(session_user) THEN
    RETURN;  -- what somebody else's lead is called is not theirs to say
  END IF;
  IF who IS NOT NULL AND known.person IS NULL AND NOT known.erased THEN
    -- A person that is there is only joined by who may see them: else their uid alone would open them.
    IF EXISTS (SELECT 1 FROM leadq.person WHERE uid = said->>'person_uid') AND NOT leadq.sees_all(session_user)
      AND NOT EXISTS (SELECT 1 FROM leadq.lead WHERE person = said->>'person_uid' AND owner IN ('', me)) THEN
      RETURN;
    END IF;
    INSERT INTO leadq.person VALUES (said->>'person_uid', who->>'name', who->>'company', who->>'title', who->>'email',
      who->>'phone', who->>'country', who->>'language', who->>'timezone') ON CONFLICT DO NOTHING;
    UPDATE leadq.lead SET person = said->>'person_uid', hub_seq = nextval('leadq.news_seq') WHERE uid = known.uid;
  END IF;
  IF known.refs = '[]' AND said->'refs' <> '[]' THEN
    UPDATE leadq.lead SET refs = said->'refs', hub_seq = nextval('leadq.news_seq') WHERE uid = known.uid;
  END IF;
END$$;

CREATE FUNCTION leadq.claim(lead_uid text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  free text;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  SELECT uid INTO free FROM leadq.lead WHERE uid = $1 AND owner = '' FOR UPDATE SKIP LOCKED;
  IF free IS NOT NULL THEN
    UPDATE leadq.lead SET owner = me, hub_seq = nextval('leadq.news_seq') WHERE uid = free;
    RETURN me;
  END IF;
  RETURN (SELECT owner FROM leadq.lead WHERE uid = $1);
END$$;
COMMENT ON FUNCTION leadq.claim IS 'whose the lead is now; '''' when somebody else is claiming it this very moment';

CREATE FUNCTION leadq.assign(lead_uid text, wanted text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  PERFORM pg_advisory_xact_lock(7326583, 1);
  UPDATE leadq.lead SET owner = wanted, hub_seq = nextval('leadq.news_seq')
  WHERE uid = $1 AND owner <> wanted AND (owner IN ('', me) OR leadq.sees_all(session_user));
  RETURN (SELECT owner FROM leadq.lead WHERE uid = $1);
END$$;

CREATE FUNCTION leadq.erase(lead_uid text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  who text;
  may boolean;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  PERFORM pg_advisory_xact_lock(7326583, 1);
  SELECT person, owner IN ('', me) OR leadq.sees_all(session_user) INTO who, may FROM leadq.lead WHERE uid = $1;
  IF NOT coalesce(may, false) THEN RETURN false; END IF;
  DELETE FROM leadq.event_text t USING leadq.lead l WHERE t.lead_uid = l.uid AND (l.uid = $1 OR l.person = who);
  DELETE FROM leadq.person WHERE uid = who;
  UPDATE leadq.lead SET person = NULL, refs = '[]', erased = true, hub_seq = nextval('leadq.news_seq')
  WHERE uid = $1 OR person = who;
  RETURN true;
END$$;

CREATE FUNCTION leadq.stamp(device text) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
  UPDATE leadq.device SET last_seen = now(),
    high_seq = coalesce((SELECT max(hub_seq) FROM leadq.event e WHERE e.device = $1), 0)
  WHERE id = $1 AND member = leadq.member_of(session_user) RETURNING high_seq$$;
CREATE INDEX event_device ON leadq.event (device, hub_seq);

-- what a laptop says and hears: one statement each, under its own login's policies

CREATE FUNCTION leadq.meet(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  me text := leadq.member_of(current_user);
  known leadq.device;
BEGIN
  IF me IS NULL THEN RETURN '{"refused": "member"}'; END IF;
  IF me <> said->>'member' THEN RETURN jsonb_build_object('refused', 'other', 'member', me); END IF;
  SELECT * INTO known FROM leadq.device WHERE id = said->>'device';
  IF known.member <> me THEN RETURN jsonb_build_object('refused', 'device', 'member', known.member); END IF;
  IF known.place NOT IN ('', said->>'place') THEN RETURN '{"refused": "twin"}'; END IF;
  IF known.id IS NULL THEN
    INSERT INTO leadq.device (id, member, place) VALUES (said->>'device', me, said->>'place');
  ELSE
    UPDATE leadq.device SET last_seen = now(), place = said->>'place' WHERE id = known.id;
  END IF;
  RETURN jsonb_build_object(
    'schema', (SELECT coalesce(max(version), 0) FROM leadq.schema_version),
    'hub', (SELECT id FROM leadq.hub),
    'member', me,
    'since', (SELECT since_seq FROM leadq.member WHERE id = me),
    'devices', (SELECT jsonb_agg(id ORDER BY id) FROM leadq.device WHERE member = me),
    'high', coalesce(known.high_seq, 0),
    'last', coalesce((SELECT max(hub_seq) FROM leadq.event), 0),
    'contracts', coalesce((SELECT max(hub_seq) FROM leadq.contract), 0),
    'leads', coalesce((SELECT max(hub_seq) FROM leadq.lead), 0));
END$$;

CREATE FUNCTION leadq.give(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  me text := leadq.member_of(current_user);
  one jsonb;
  lost jsonb := '{}';
  owner text;
  added integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7326583, 1);
  INSERT INTO leadq.contract (hash, name, version, text, years)
  SELECT hash, name, version, text, years
  FROM jsonb_to_recordset(said->'contracts') AS c(hash text, name text, version text, text text, years jsonb)
  ON CONFLICT DO NOTHING;
  FOR one IN SELECT * FROM jsonb_array_elements(said->'leads') LOOP PERFORM leadq.put_lead(one); END LOOP;
  INSERT INTO leadq.event
    (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
  SELECT e->>'uid', e->>'device', me, e->>'lead_uid', e->>'batch', e->>'type', (e->>'v')::integer,
    (e->>'occurred_ms')::bigint, (e->>'recorded_ms')::bigint, e->>'actor', e->>'actor_kind', e->>'data'
  FROM jsonb_array_elements(said->'events') WITH ORDINALITY AS t(e, n) ORDER BY n
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  INSERT INTO leadq.event_text (event_uid, kind, lead_uid, text)
  SELECT e->>'uid', t.key, e->>'lead_uid', t.value
  FROM jsonb_array_elements(said->'events') e, jsonb_each_text(e->'texts') t
  WHERE NOT leadq.is_erased(e->>'lead_uid')
    AND EXISTS (SELECT 1 FROM leadq.event k WHERE k.uid = e->>'uid' AND k.member = me)
  ON CONFLICT DO NOTHING;
  FOR one IN SELECT * FROM jsonb_array_elements(said->'owners') LOOP
    owner := CASE WHEN one->>'owner' = me AND (one->>'claim')::boolean THEN leadq.claim(one->>'uid')
      ELSE leadq.assign(one->>'uid', one->>'owner') END;
    IF owner <> one->>'owner' AND owner <> '' THEN
      lost := lost || jsonb_build_object(one->>'uid', owner);
    END IF;
  END LOOP;
  PERFORM leadq.erase(e->>'lead_uid') FROM jsonb_array_elements(said->'events') e WHERE e->>'type' = 'erased';
  RETURN jsonb_build_object('high', leadq.stamp(said->>'device'), 'added', added, 'lost', lost);
END$$;

CREATE FUNCTION leadq.told(e leadq.event) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('hub_seq', e.hub_seq, 'uid', e.uid, 'device', e.device, 'lead_uid', e.lead_uid,
    'batch', e.batch, 'type', e.type, 'v', e.v, 'occurred_ms', e.occurred_ms, 'recorded_ms', e.recorded_ms,
    'actor', e.actor, 'actor_kind', e.actor_kind, 'data', e.data, 'texts', coalesce(
      (SELECT jsonb_object_agg(t.kind, t.text) FROM leadq.event_text t WHERE t.event_uid = e.uid), '{}'))$$;

CREATE FUNCTION leadq.news(said jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen bigint := (said->>'cursor')::bigint;
  people bigint := (said->>'people')::bigint;
  room integer := (said->>'room')::integer;
  page jsonb;
  known jsonb;
  last bigint;
  more boolean;
BEGIN
  IF leadq.member_of(current_user) IS NULL THEN RAISE insufficient_privilege; END IF;
  SELECT jsonb_agg(leadq.told(e) ORDER BY e.hub_seq), max(e.hub_seq), count(*) >= room INTO page, last, more FROM (
    SELECT * FROM leadq.event WHERE hub_seq > seen AND ((said->>'own')::boolean OR device <> said->>'device')
    ORDER BY hub_seq LIMIT room) e;
  IF NOT more THEN
    last := greatest(seen, (SELECT max(hub_seq) FROM leadq.event));
    SELECT jsonb_agg(jsonb_build_object('hub_seq', l.hub_seq, 'uid', l.uid, 'owner', l.owner, 'refs', l.refs,
        'person_uid', l.person, 'person', (SELECT to_jsonb(p) FROM leadq.person p WHERE p.uid = l.person),
        'texts', (SELECT jsonb_agg(jsonb_build_array(t.event_uid, t.kind, t.text)) FROM leadq.event_text t
          WHERE t.lead_uid = l.uid)) ORDER BY l.hub_seq), max(l.hub_seq), count(*) >= room
    INTO known, people, more FROM (
      SELECT * FROM leadq.lead WHERE hub_seq > (said->>'people')::bigint ORDER BY hub_seq LIMIT room) l;
    IF NOT more THEN  -- past what others' leads have moved to, which this login does not see
      people := greatest((said->>'people')::bigint, people, (said->>'leads')::bigint);
    END IF;
  END IF;
  RETURN jsonb_build_object('events', coalesce(page, '[]'), 'cursor', coalesce(last, seen), 'more', more,
    'leads', coalesce(known, '[]'), 'people', people,
    'contracts', coalesce((SELECT jsonb_agg(jsonb_build_object('hash', c.hash, 'text', c.text, 'years', c.years,
      'hub_seq', c.hub_seq) ORDER BY c.hub_seq) FROM leadq.contract c WHERE c.hub_seq > (said->>'contracts')::bigint),
      '[]'),
    'owed', coalesce((SELECT jsonb_agg(leadq.told(e) ORDER BY e.hub_seq) FROM leadq.event e
      WHERE e.lead_uid IN (SELECT jsonb_array_elements_text(said->'owed')) AND e.hub_seq <= seen), '[]'));
END$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA leadq FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA leadq TO {group};
