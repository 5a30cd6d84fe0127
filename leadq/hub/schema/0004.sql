-- Events by scope: a rep hears of the leads that are theirs or were, that they wrote about, and that are nobody's; who
-- sees all hears of all. What a home has once, it goes on hearing of: a lead that stood still there would be called
-- late for ever, and who has a person has to hear that they are to be erased. Who a lead is about is settled as before,
-- by whose it is now.

SELECT pg_advisory_xact_lock(7326583, 1);  -- nobody writes an event between what is here and the triggers below

CREATE TABLE leadq.scope (
  lead_uid text NOT NULL,
  member text NOT NULL,
  since_seq bigint NOT NULL DEFAULT nextval('leadq.news_seq'),
  until_seq bigint
);
COMMENT ON TABLE leadq.scope IS 'who hears of a lead, and the number at which that began; member '''': everybody';
COMMENT ON COLUMN leadq.scope.until_seq IS 'of everybody only: the number at which the lead became somebody''s';
CREATE UNIQUE INDEX scope_now ON leadq.scope (lead_uid, member) WHERE until_seq IS NULL;
CREATE INDEX scope_since ON leadq.scope (member, since_seq) INCLUDE (lead_uid) WHERE until_seq IS NULL;
CREATE INDEX scope_left ON leadq.scope (until_seq) WHERE until_seq IS NOT NULL;
CREATE INDEX lead_owner ON leadq.lead (owner, hub_seq);

ALTER TABLE leadq.device ADD COLUMN offered_seq bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN leadq.device.offered_seq IS 'what there was when it asked last, and took what was in its scope then';

INSERT INTO leadq.scope (lead_uid, member)
  SELECT uid, owner FROM leadq.lead UNION SELECT lead_uid, member FROM leadq.event
  UNION SELECT lead_uid, '' FROM leadq.event WHERE lead_uid NOT IN (SELECT uid FROM leadq.lead);

-- kept by what happens

CREATE FUNCTION leadq.begun(lead_uid text, otherwise bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(
    (SELECT since_seq FROM leadq.scope s WHERE s.lead_uid = $1 AND s.member = '' AND until_seq IS NULL), $2)$$;
COMMENT ON FUNCTION leadq.begun IS
  'since when everybody hears of it, and so whose it becomes: they were told from then on';

CREATE FUNCTION leadq.scope_of_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
BEGIN
  INSERT INTO leadq.scope (lead_uid, member, since_seq) VALUES (NEW.uid, NEW.owner, leadq.begun(NEW.uid, NEW.hub_seq))
  ON CONFLICT DO NOTHING;
  IF NEW.owner <> '' THEN
    UPDATE leadq.scope SET until_seq = NEW.hub_seq WHERE lead_uid = NEW.uid AND member = '' AND until_seq IS NULL;
  END IF;
  RETURN NULL;
END$$;
CREATE TRIGGER scope_of_owner AFTER INSERT OR UPDATE OF owner ON leadq.lead
  FOR EACH ROW EXECUTE FUNCTION leadq.scope_of_owner();

CREATE FUNCTION leadq.scope_of_writer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
BEGIN
  INSERT INTO leadq.scope (lead_uid, member, since_seq)
  SELECT w.lead_uid, w.member, leadq.begun(w.lead_uid, nextval('leadq.news_seq'))
  FROM (SELECT lead_uid, member FROM written UNION  -- and what is about no lead is everybody's
    SELECT lead_uid, '' FROM written WHERE NOT EXISTS (SELECT 1 FROM leadq.lead l WHERE l.uid = lead_uid)) w
  WHERE NOT EXISTS (SELECT 1 FROM leadq.scope s WHERE s.lead_uid = w.lead_uid AND s.member = w.member
      AND until_seq IS NULL)
    AND NOT EXISTS (SELECT 1 FROM leadq.member m WHERE m.id = w.member AND role <> 'rep');
  RETURN NULL;
END$$;
CREATE TRIGGER scope_of_writer AFTER INSERT ON leadq.event REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION leadq.scope_of_writer();

CREATE FUNCTION leadq.keep(leads jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
BEGIN
  IF leadq.member_of(session_user) IS NULL THEN RAISE insufficient_privilege; END IF;
  IF leadq.sees_all(session_user) THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(7326583, 1);
  INSERT INTO leadq.scope (lead_uid, member)
  SELECT uid, leadq.member_of(session_user) FROM jsonb_array_elements_text(leads) uid ON CONFLICT DO NOTHING;
END$$;
COMMENT ON FUNCTION leadq.keep IS
  'what a home has before it hears of anything here, from a file, another hub or another role, it goes on hearing of';

-- who reads what

CREATE FUNCTION leadq.came(after bigint, upto bigint) RETURNS TABLE (lead_uid text, since_seq bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = leadq, pg_temp AS $$
#variable_conflict use_column
DECLARE
  me text := leadq.member_of(session_user);
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  RETURN QUERY SELECT lead_uid, since_seq FROM leadq.scope
    WHERE member = me AND since_seq > $1 AND since_seq <= $2 AND until_seq IS NULL;
  RETURN QUERY SELECT lead_uid, since_seq FROM leadq.scope s
    WHERE member = '' AND since_seq > $1 AND since_seq <= $2 AND until_seq IS NULL AND NOT EXISTS (
      SELECT 1 FROM leadq.scope k WHERE k.lead_uid = s.lead_uid AND k.member = me AND k.until_seq IS NULL);
END$$;
COMMENT ON FUNCTION leadq.came IS
  'leads that the asker hears of since a number after the first and up to the other; each once';

ALTER TABLE leadq.scope ENABLE ROW LEVEL SECURITY;  -- and nobody reads it but by `came`
DROP POLICY team ON leadq.event;
CREATE POLICY scope ON leadq.event FOR SELECT USING (
  (SELECT leadq.sees_all(current_user)) OR lead_uid IN (SELECT lead_uid FROM leadq.came(-1, 9223372036854775807)));

CREATE FUNCTION leadq.offer(device text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  before bigint;
  newest bigint;
  has_left boolean;
BEGIN
  SELECT offered_seq INTO before FROM leadq.device d WHERE d.id = $1 AND d.member = me;
  IF before IS NULL THEN RAISE insufficient_privilege; END IF;
  SELECT n, EXISTS (SELECT 1 FROM leadq.scope WHERE until_seq > before AND since_seq <= before)
  INTO newest, has_left FROM leadq.newest(me) n;
  IF has_left AND NOT leadq.sees_all(session_user) THEN
    PERFORM pg_advisory_xact_lock(7326583, 1);
    INSERT INTO leadq.scope (lead_uid, member)
    SELECT lead_uid, me FROM leadq.scope WHERE until_seq > before AND since_seq <= before ON CONFLICT DO NOTHING;
    newest := leadq.newest(me);
  END IF;
  UPDATE leadq.device SET offered_seq = newest WHERE id = $1;
  RETURN newest;
END$$;
COMMENT ON FUNCTION leadq.offer IS
  'the newest number there is; what was everybody''s when this device asked last, and is no more, stays its member''s';

CREATE FUNCTION leadq.newest(me text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(0, (SELECT max(hub_seq) FROM leadq.event), (SELECT max(hub_seq) FROM leadq.lead),
    (SELECT max(since_seq) FROM leadq.scope WHERE member = '' AND until_seq IS NULL),
    (SELECT max(since_seq) FROM leadq.scope WHERE member = me AND until_seq IS NULL))$$;

-- what a laptop hears

CREATE OR REPLACE FUNCTION leadq.met(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
    'last', leadq.offer(said->>'device'),
    'contracts', coalesce((SELECT max(hub_seq) FROM leadq.contract), 0));
END$$;

-- First what is new of the leads that this home knows: those that it heard of from a number up to `scope`, of which it
-- has all events up to `cursor`. Then the leads that have come since, each whole; then whom they are about, with all
-- their texts. Nothing beyond `upto`: of the leads that leave meanwhile `offer` takes care the next time.
CREATE OR REPLACE FUNCTION leadq.news(said jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  me text := leadq.member_of(current_user);
  sees_all boolean := leadq.sees_all(current_user);
  upto bigint := (said->>'upto')::bigint;
  but text := CASE WHEN (said->>'own')::boolean THEN '' ELSE said->>'device' END;
  seen bigint := (said->>'cursor')::bigint;
  come bigint := (said->>'scope')::bigint;
  people bigint := (said->>'people')::bigint;
  room integer := (said->>'room')::integer;
  heard jsonb;
  arrived jsonb;
  known jsonb;
  last bigint;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  IF said->'have' <> '[]' THEN PERFORM leadq.keep(said->'have'); END IF;
  upto := coalesce(upto, leadq.offer(said->>'device'));
  IF sees_all OR EXISTS (SELECT 1 FROM leadq.came(-1, come)) THEN
    SELECT jsonb_agg(leadq.told(e) ORDER BY e.hub_seq), CASE WHEN count(*) >= room THEN max(e.hub_seq) END
    INTO heard, last FROM (
      SELECT * FROM leadq.event WHERE hub_seq > seen AND hub_seq <= upto AND device <> but
        AND (sees_all OR lead_uid NOT IN (SELECT lead_uid FROM leadq.came(come, 9223372036854775807)))
      ORDER BY hub_seq LIMIT room) e;
  END IF;
  seen := coalesce(last, greatest(seen, upto));
  IF last IS NULL THEN
    IF NOT sees_all THEN
      SELECT jsonb_agg(CASE WHEN EXISTS (SELECT 1 FROM leadq.lead l WHERE l.uid = (e).lead_uid)
        THEN to_jsonb(e) || '{"texts": {}}'  -- they come with whom the lead is about
        ELSE leadq.told(e) END), CASE WHEN count(*) >= room THEN max(since_seq) END
      INTO arrived, last FROM (
        SELECT since_seq, e
        FROM (SELECT * FROM leadq.came(come, upto) ORDER BY since_seq OFFSET 0) l
        CROSS JOIN LATERAL (
          SELECT k AS e FROM leadq.event k WHERE k.lead_uid = l.lead_uid AND k.hub_seq <= upto AND k.device <> but
          OFFSET 0) of_it
        ORDER BY since_seq FETCH FIRST room ROWS WITH TIES) page;
    END IF;
    come := coalesce(last, greatest(come, upto));
  END IF;
  IF last IS NULL THEN
    SELECT jsonb_agg(jsonb_build_object('hub_seq', l.hub_seq, 'uid', l.uid, 'owner', l.owner, 'refs', l.refs,
        'person_uid', l.person, 'person', (SELECT to_jsonb(p) FROM leadq.person p WHERE p.uid = l.person),
        'texts', (SELECT jsonb_agg(jsonb_build_array(t.event_uid, t.kind, t.text)) FROM leadq.event_text t
          WHERE t.lead_uid = l.uid)) ORDER BY l.hub_seq), CASE WHEN count(*) >= room THEN max(l.hub_seq) END
    INTO known, last FROM (
      SELECT * FROM leadq.lead WHERE hub_seq > people AND hub_seq <= upto AND (sees_all OR owner IN ('', me))
      ORDER BY hub_seq LIMIT room) l;
    people := coalesce(last, greatest(people, upto));
  END IF;
  RETURN jsonb_build_object('events', coalesce(heard, '[]') || coalesce(arrived, '[]'), 'cursor', seen, 'scope', come,
    'leads', coalesce(known, '[]'), 'people', people, 'upto', upto, 'more', last IS NOT NULL,
    'contracts', coalesce((SELECT jsonb_agg(jsonb_build_object('hash', c.hash, 'text', c.text, 'years', c.years,
      'hub_seq', c.hub_seq) ORDER BY c.hub_seq) FROM leadq.contract c WHERE c.hub_seq > (said->>'contracts')::bigint),
      '[]'),
    'owed', coalesce((SELECT jsonb_agg(leadq.told(e) ORDER BY e.hub_seq) FROM leadq.event e
      WHERE e.lead_uid IN (SELECT jsonb_array_elements_text(said->'owed')) AND e.hub_seq <= (said->>'cursor')::bigint),
      '[]'));
END$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA leadq FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leadq.came, leadq.keep, leadq.offer, leadq.news TO {group};
