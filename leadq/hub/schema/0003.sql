-- The runner: which home acts for the whole team just now, what was done, and what was published. Who may be it is who
-- may give any lead away: a manager, or ops.
--
-- A lock of the session says who the runner is, and falls with its connection. An epoch fences: each round draws the
-- next one, and what is said under an older one is refused, so that a runner that was asleep does nothing. Each act has a
-- key that is there once, whoever does it.

CREATE TABLE leadq.runner (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL DEFAULT 0,
  member text REFERENCES leadq.member (id),
  device text,
  since_ms bigint,
  seen timestamptz
);
COMMENT ON COLUMN leadq.runner.since_ms IS 'the first round of all: what ran out before it makes nobody lose a lead';
INSERT INTO leadq.runner DEFAULT VALUES;

CREATE TABLE leadq.act (
  key text PRIMARY KEY,
  lead_uid text NOT NULL,
  rule text NOT NULL,
  owner text NOT NULL,
  epoch bigint NOT NULL,
  event_seq bigint NOT NULL REFERENCES leadq.event (hub_seq)
);
CREATE INDEX act_turn ON leadq.act (rule, owner, event_seq);

CREATE TABLE leadq.publication (
  key text PRIMARY KEY,
  device text NOT NULL,
  member text NOT NULL REFERENCES leadq.member (id),
  at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE leadq.runner ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.act ENABLE ROW LEVEL SECURITY;
ALTER TABLE leadq.publication ENABLE ROW LEVEL SECURITY;
CREATE POLICY team ON leadq.runner FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
GRANT SELECT ON leadq.runner TO {group};

CREATE FUNCTION leadq.run(said jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  now_is leadq.runner;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  IF NOT leadq.sees_all(session_user) THEN RETURN '{"refused": "role"}'; END IF;
  IF NOT pg_try_advisory_lock(7326583, 2) THEN RETURN '{"refused": "busy"}'; END IF;
  PERFORM set_config('idle_session_timeout', '5min', false);  -- a laptop that is shut in the middle is runner no longer
  UPDATE leadq.runner SET epoch = epoch + 1, member = me, device = said->>'device', seen = now(),
    since_ms = coalesce(since_ms, (said->>'now_ms')::bigint) RETURNING * INTO now_is;
  RETURN jsonb_build_object('epoch', now_is.epoch, 'since_ms', now_is.since_ms, 'turns', coalesce(
    (SELECT jsonb_object_agg(t.rule, t.last) FROM (
      SELECT rule, jsonb_object_agg(owner, last) AS last FROM (
        SELECT rule, owner, max(event_seq) AS last FROM leadq.act GROUP BY rule, owner) a GROUP BY rule) t), '{}'));
END$$;

CREATE FUNCTION leadq.act(said jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  voice text;
  one jsonb;
  done jsonb := '[]';
  at bigint;
BEGIN
  IF me IS NULL OR NOT leadq.sees_all(session_user) THEN RAISE insufficient_privilege; END IF;
  PERFORM pg_advisory_xact_lock(7326583, 1);
  PERFORM 1 FROM leadq.runner WHERE epoch = (said->>'epoch')::bigint AND device = said->>'device' FOR UPDATE;
  IF NOT FOUND THEN RETURN '{"fenced": true, "done": []}'; END IF;
  -- One device for all runners: what they say stays in the order in which the hub took it, whoever's clock is wrong.
  SELECT 'hub' || left(replace(id::text, '-', ''), 12) INTO voice FROM leadq.hub;
  INSERT INTO leadq.device (id, member, place) VALUES (voice, me, 'hub') ON CONFLICT DO NOTHING;
  FOR one IN SELECT * FROM jsonb_array_elements(said->'acts') LOOP
    CONTINUE WHEN EXISTS (SELECT 1 FROM leadq.act a WHERE a.key = one->>'key');
    UPDATE leadq.lead l SET owner = one->>'to', hub_seq = nextval('leadq.news_seq')
    WHERE l.uid = one->>'lead' AND l.owner = one->>'from' AND NOT l.erased;
    CONTINUE WHEN NOT FOUND;
    INSERT INTO leadq.event
      (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
    SELECT one->>'uid', voice, me, one->>'lead', said->>'batch', 'assigned', 1, now_ms,
      greatest(now_ms, (SELECT max(e.recorded_ms) FROM leadq.event e WHERE e.lead_uid = one->>'lead')),
      'system', 'system', one->>'data'
    FROM (SELECT (said->>'now_ms')::bigint AS now_ms) t
    RETURNING hub_seq INTO at;
    INSERT INTO leadq.act VALUES (one->>'key', one->>'lead', one->>'rule', one->>'to', (said->>'epoch')::bigint, at);
    done := done || (one->'key');
  END LOOP;
  RETURN jsonb_build_object('fenced', false, 'done', done);
END$$;

CREATE FUNCTION leadq.claim_report(said jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
DECLARE
  me text := leadq.member_of(session_user);
  known leadq.publication;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  IF NOT leadq.sees_all(session_user) THEN RETURN '{"refused": "role"}'; END IF;
  INSERT INTO leadq.publication (key, device, member) VALUES (said->>'key', said->>'device', me) ON CONFLICT DO NOTHING;
  SELECT * INTO known FROM leadq.publication WHERE key = said->>'key';
  RETURN jsonb_build_object('mine', coalesce(known.device = said->>'device' AND known.member = me, false),
    'member', coalesce(known.member, ''));
END$$;
COMMENT ON FUNCTION leadq.claim_report IS 'whose it is to publish this: the first who asks has it, and is told so again';

CREATE FUNCTION leadq.return_report(said jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = leadq, pg_temp AS $$
BEGIN
  DELETE FROM leadq.publication
  WHERE key = said->>'key' AND device = said->>'device' AND member = leadq.member_of(session_user);
  RETURN '{}';
END$$;
COMMENT ON FUNCTION leadq.return_report IS 'it surely did not arrive: whoever comes next may try';

-- Whoever meets hears of the runner too, and of their own role.
ALTER FUNCTION leadq.meet(jsonb) RENAME TO met;
CREATE FUNCTION leadq.meet(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  met jsonb := leadq.met(said);
BEGIN
  IF met ? 'refused' THEN RETURN met; END IF;
  RETURN met || jsonb_build_object(
    'role', (SELECT role FROM leadq.member WHERE id = met->>'member'),
    'runner_idle_ms', (SELECT (extract(epoch FROM now() - seen) * 1000)::bigint FROM leadq.runner));
END$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA leadq FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leadq.run, leadq.act, leadq.claim_report, leadq.return_report, leadq.meet TO {group};
