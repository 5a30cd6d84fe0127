-- The team's contract, from whoever has the role ops to every laptop. It is no part of leadq.contract, which holds what
-- the events name, from everybody. What the server can know of a text it checks itself: its own hash, and that it names
-- the hash which the signatures are about as often as there are teams. Whether that hash is of the contract, and who
-- signed, takes a reader of the file: each laptop looks before it follows one.

CREATE TABLE leadq.agreement (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  version text NOT NULL,
  effective_from date NOT NULL,
  text text NOT NULL CHECK (octet_length(text) <= 1048576),
  text_hash text NOT NULL UNIQUE CHECK (text_hash = encode(sha256(convert_to(text, 'UTF8')), 'hex')),
  member text NOT NULL REFERENCES leadq.member (id),
  put_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT signed_by_both CHECK (length(text) - length(replace(text, hash, '')) >= 128)
);
COMMENT ON COLUMN leadq.agreement.hash IS 'of what was agreed, whatever the layout and who signed; text_hash: the bytes';

ALTER TABLE leadq.device ADD COLUMN contract text NOT NULL DEFAULT '';
ALTER TABLE leadq.device ADD COLUMN contract_version text NOT NULL DEFAULT '';
COMMENT ON COLUMN leadq.device.contract IS 'the hash of the contract in force there, as it says';

CREATE FUNCTION leadq.is_ops(login name) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = leadq, pg_temp AS
$$SELECT EXISTS (SELECT 1 FROM leadq.member WHERE member.login = $1::text AND NOT removed AND role = 'ops')$$;

ALTER TABLE leadq.agreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY team ON leadq.agreement FOR SELECT USING ((SELECT leadq.member_of(current_user)) IS NOT NULL);
CREATE POLICY ops ON leadq.agreement FOR INSERT
  WITH CHECK ((SELECT leadq.is_ops(current_user)) AND member = (SELECT leadq.member_of(current_user)));

GRANT SELECT ON leadq.agreement TO {group};
GRANT INSERT (hash, version, effective_from, text, text_hash, member) ON leadq.agreement TO {group};
GRANT UPDATE (contract, contract_version) ON leadq.device TO {group};

CREATE FUNCTION leadq.agreed(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  me text := leadq.member_of(current_user);
  offered jsonb;
BEGIN
  IF me IS NULL THEN RAISE insufficient_privilege; END IF;
  UPDATE leadq.device SET contract = said->>'contract', contract_version = said->>'version'
  WHERE id = said->>'device' AND member = me AND contract <> said->>'contract';
  -- The last few: which of them holds today is for each laptop's own zone and clock to say.
  SELECT coalesce(jsonb_agg(jsonb_build_object('hash', a.text_hash, 'text', a.text) ORDER BY a.number), '[]')
  INTO offered FROM (SELECT * FROM leadq.agreement ORDER BY number DESC LIMIT 8) a;
  RETURN jsonb_build_object(
    'ops', leadq.is_ops(current_user),
    'offered', jsonb_path_query_array(offered, '$[*].hash'),
    'texts', CASE WHEN said->'known' = jsonb_path_query_array(offered, '$[*].hash') THEN NULL
      ELSE jsonb_path_query_array(offered, '$[*].text') END,
    'team', (SELECT jsonb_agg(jsonb_build_array(d.member, d.id, d.contract_version, d.contract,
        to_char(d.last_seen AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ORDER BY d.member, d.id)
      FROM leadq.device d JOIN leadq.member m ON m.id = d.member WHERE NOT m.removed));
END$$;
COMMENT ON FUNCTION leadq.agreed IS 'hears which contract a device runs; says what is offered, texts only where they are not known, and who runs which';

CREATE FUNCTION leadq.publish(said jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  added integer;
BEGIN
  INSERT INTO leadq.agreement (hash, version, effective_from, text, text_hash, member)
  VALUES (said->>'hash', said->>'version', (said->>'effective_from')::date, said->>'text', said->>'text_hash',
    leadq.member_of(current_user))
  ON CONFLICT (text_hash) DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN jsonb_build_object('new', added = 1);
END$$;

REVOKE ALL ON FUNCTION leadq.is_ops(name), leadq.agreed(jsonb), leadq.publish(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leadq.is_ops(name), leadq.agreed(jsonb), leadq.publish(jsonb) TO {group};
