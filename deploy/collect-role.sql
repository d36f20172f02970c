-- The rights of a gateway whose only role is `collect`: it adds events, requests of shops and its own state, and reads the settings of sites.
-- It appends the changes of its config file to the activity, by one function, and does not read the activity. By another it distrusts a secret
-- key that a page has used.
-- It reads no event, no secret of a destination, no request of a shop, and changes no row of a gateway with another role but the sums of
-- consent.
-- Run this in the database of `store` as the owner of its tables, after a gateway with all rights has created them, and again after every
-- gateway was upgraded, those with this role last.
-- Give each such gateway a role of its own, and set its password:
--   CREATE ROLE convey_collect_1 LOGIN IN ROLE convey_collect;  \password convey_collect_1
BEGIN;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'convey_collect') THEN CREATE ROLE convey_collect LOGIN; END IF;
  -- The rights that an earlier version of this file gave.
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM convey_collect', current_schema);
END $$;
GRANT SELECT ON schema, folder_move, lanes, appends, sweeps, dashboard_sites, distrusted_keys, sites_version, browser_usage TO convey_collect;
GRANT SELECT (site, id, config) ON dashboard_connections TO convey_collect;
-- The connections whose account takes late purchases, without their secrets.
GRANT SELECT (site, connection, account, late_goal) ON grants TO convey_collect;
GRANT SELECT (consumer) ON connections TO convey_collect;
GRANT SELECT (consumer, until) ON leases TO convey_collect;
GRANT SELECT (partition, seq, key, at) ON records TO convey_collect;
-- The newest record of each site is read from the parts of `records`.
GRANT SELECT (partition, seq) ON records_0, records_1, records_2, records_3, records_4, records_5, records_6, records_7, records_8, records_9,
  records_10, records_11, records_12, records_13, records_14, records_15 TO convey_collect;
GRANT SELECT (id, site, added_at, is_done) ON shop_requests TO convey_collect;
GRANT SELECT ON nodes, spools, collector_notices TO convey_collect;
GRANT INSERT ON records, appends, connections, nodes, collector_notices, shop_requests TO convey_collect;
GRANT INSERT (node, host, empty_since, seen_at), UPDATE (host, empty_since, seen_at) ON spools TO convey_collect;
GRANT UPDATE (next, last_at) ON lanes TO convey_collect;
GRANT UPDATE ON nodes, collector_notices TO convey_collect;
-- A page that an account looks at reaches any gateway. The account's own gateway makes its token.
GRANT SELECT, UPDATE (tab, ends_at) ON page_sessions TO convey_collect;
GRANT SELECT, INSERT, UPDATE, DELETE ON seen_events TO convey_collect;
GRANT EXECUTE ON FUNCTION append_activity(bigint, text, text, text, text) TO convey_collect;
GRANT EXECUTE ON FUNCTION distrust_key(text, text, bigint) TO convey_collect;
-- An append counts the choices that its events state, and notes an hour in which it cannot.
GRANT SELECT, INSERT, UPDATE (events) ON consent_counts TO convey_collect;
GRANT SELECT, INSERT ON consent_counting TO convey_collect;
GRANT DELETE ON appends, nodes, spools, collector_notices TO convey_collect;
-- An erasure waits for the spools of other gateways, so each role changes only the rows that it has added.
ALTER TABLE spools ADD COLUMN IF NOT EXISTS added_by text;
ALTER TABLE spools ALTER COLUMN added_by SET DEFAULT session_user;
-- The owner of the tables is not bound by these policies.
ALTER TABLE nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE spools ENABLE ROW LEVEL SECURITY;
ALTER TABLE collector_notices ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS collect_reads ON nodes;
DROP POLICY IF EXISTS collect_adds ON nodes;
DROP POLICY IF EXISTS collect_changes ON nodes;
DROP POLICY IF EXISTS collect_removes ON nodes;
CREATE POLICY collect_reads ON nodes FOR SELECT TO convey_collect USING (true);
CREATE POLICY collect_adds ON nodes FOR INSERT TO convey_collect WITH CHECK (roles = '{collect}');
-- A gateway that had other roles until it crashed takes its row over after a minute.
CREATE POLICY collect_changes ON nodes FOR UPDATE TO convey_collect
  USING (roles = '{collect}' OR seen_at < extract(epoch FROM clock_timestamp()) * 1000 - 60000) WITH CHECK (roles = '{collect}');
CREATE POLICY collect_removes ON nodes FOR DELETE TO convey_collect USING (roles = '{collect}');
DROP POLICY IF EXISTS collect_owns ON spools;
-- A row without `added_by` is from before the column, and ends with the next stop of its gateway.
CREATE POLICY collect_owns ON spools TO convey_collect
  USING (coalesce(added_by = session_user,
    NOT EXISTS (SELECT FROM nodes WHERE nodes.id = spools.node AND nodes.roles <> '{collect}')));
DROP POLICY IF EXISTS collect_owns ON collector_notices;
CREATE POLICY collect_owns ON collector_notices TO convey_collect
  USING (NOT EXISTS (SELECT FROM nodes WHERE nodes.id = collector_notices.node AND nodes.roles <> '{collect}'));
COMMIT;
