-- The rights of a gateway whose only role is `collect`: it adds events and requests of shops, and reads these, sites and alert settings.
-- Run this in the database of `store` as the owner of its tables, after a gateway with all rights has created them, and again after such a
-- gateway was upgraded. Then set the password: \password convey_collect
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'convey_collect') THEN CREATE ROLE convey_collect LOGIN; END IF;
END $$;
GRANT SELECT ON schema, folder_move, lanes, records, appends, connections, sweeps, dashboard_sites, dashboard_connections, sites_version,
  browser_usage, alert_settings, nodes, spools, collector_notices, shop_requests TO convey_collect;
-- The newest record of each site is read from the parts of `records`.
GRANT SELECT ON records_0, records_1, records_2, records_3, records_4, records_5, records_6, records_7, records_8, records_9, records_10,
  records_11, records_12, records_13, records_14, records_15 TO convey_collect;
GRANT INSERT ON records, appends, connections, nodes, spools, collector_notices, shop_requests TO convey_collect;
GRANT UPDATE ON lanes, nodes, spools, collector_notices TO convey_collect;
GRANT DELETE ON appends, nodes, spools, collector_notices, shop_requests TO convey_collect;
