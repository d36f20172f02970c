import { browserPurchaseIndex, orderIndex } from '../rows/event-index.ts';
import { deliveryErrorSchema } from './delivery-errors.ts';
import { importSchema } from './imports.ts';
import { linkTables } from './links/link-tables.ts';
import { moneySchema } from './money.ts';
import { orderLedgerSchema, refundCounting } from './order-ledger.ts';
import { paymentObjectSchema } from './payment-objects.ts';
import { primaryReportTables } from './primary-reports.ts';
import { ruleCountSchema } from './rule-counts.ts';
import { uploadSchema } from './uploads.ts';
import { wayInSchema } from './ways-in.ts';

/**
 * The schema of a new file, which all steps of `stateMigrations` together give an earlier one. A test compares the two.
 *
 * Offsets are the event log's strings. JSON columns hold the types of the store's port. `entries`, `offsets`, `body` and `rules` of attempts are
 * raw DEFLATE.
 * `outcome_blocks.overlaps` and `attempts.overlaps` are 0 if the row begins after all earlier ones of its consumer.
 * `visitor_profiles.expires_at` is when a value of the profile expires; 0 if an earlier version stored it. `attempts.checksum` is the CRC-32 of the
 * columns that settle an attempt; attempts of earlier versions have none. `receipts.checksum` is the CRC-32 of `receipt`, which is JSON.
 * `retired.block` is the last outcome block of a removed connection. `primary_reports.released` is 1 or 2 (see `releaseStates`) once a later
 * report of the shop may be a new event. `attempts.rules` has the effects of rules on each event, and the values that refunds reduced. `visitor_checks` has the sites whose earlier visitor ids were searched for personal ones. `accounts.id` is random; entries of `activity` name an account by it. `activity.entry` is canonical JSON, and `hash` the SHA-256 over
 * the hash before it, `seq` and `entry`. `counting.since` is the first bucket that is counted; 0 in a new file.
 */
export const stateSchema = `
  CREATE TABLE leases (consumer TEXT PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT NOT NULL,
    until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE connections (consumer TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE identity (site TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;
  ${primaryReportTables}
  CREATE TABLE duplicate_reports (site TEXT NOT NULL, offset TEXT NOT NULL, primary_offset TEXT NOT NULL,
    PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX duplicate_reports_by_primary ON duplicate_reports (site, primary_offset);
  CREATE TABLE purchase_reporters (site TEXT NOT NULL, reporter TEXT NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (site, reporter)) STRICT, WITHOUT ROWID;
  CREATE TABLE pending (site TEXT NOT NULL, offset TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX pending_by_until ON pending (site, until);
  CREATE TABLE absent (site TEXT NOT NULL, offset TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE TABLE deferred_deliveries (consumer TEXT NOT NULL, offset TEXT NOT NULL, reason TEXT NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL, part TEXT, is_resend INTEGER NOT NULL DEFAULT 0, is_trusted INTEGER NOT NULL DEFAULT 0,
    shop_only INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (consumer, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX deferred_deliveries_by_due ON deferred_deliveries (consumer, due_at);
  CREATE INDEX deferred_deliveries_trusted ON deferred_deliveries (consumer, due_at) WHERE is_trusted = 1;
  CREATE TABLE dead_letters (consumer TEXT NOT NULL, offset TEXT NOT NULL, cause TEXT NOT NULL, issues TEXT NOT NULL,
    event_name TEXT NOT NULL, event_id TEXT NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (consumer, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX dead_letters_by_at ON dead_letters (consumer, at, offset);
  CREATE INDEX dead_purchases ON dead_letters (consumer) WHERE event_name = 'Purchase';
  CREATE TABLE attempts (id TEXT PRIMARY KEY, consumer TEXT NOT NULL, started_at INTEGER NOT NULL, first_offset TEXT NOT NULL,
    last_offset TEXT NOT NULL, offsets BLOB NOT NULL, cursor_after TEXT, body BLOB NOT NULL, body_sha256 TEXT NOT NULL,
    sent INTEGER NOT NULL, settled_at INTEGER, result TEXT, status INTEGER, response TEXT, issues TEXT, checksum INTEGER,
    overlaps INTEGER NOT NULL DEFAULT 1, rules BLOB) STRICT;
  CREATE INDEX attempts_by_offsets ON attempts (consumer, overlaps, last_offset, first_offset);
  CREATE INDEX attempts_open ON attempts (consumer) WHERE settled_at IS NULL;
  CREATE TABLE outcome_blocks (id INTEGER PRIMARY KEY, consumer TEXT NOT NULL, first_offset TEXT NOT NULL, last_offset TEXT NOT NULL,
    entries BLOB NOT NULL, counts TEXT NOT NULL, overlaps INTEGER NOT NULL DEFAULT 1) STRICT;
  CREATE INDEX outcome_blocks_by_last ON outcome_blocks (consumer, last_offset, first_offset, overlaps, counts);
  CREATE INDEX outcome_blocks_overlapping ON outcome_blocks (consumer, last_offset, first_offset, counts) WHERE overlaps = 1;
  CREATE TABLE visitor_profiles (site TEXT NOT NULL, visitor TEXT NOT NULL, profile TEXT NOT NULL, updated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (site, visitor)) STRICT, WITHOUT ROWID;
  CREATE INDEX visitor_profiles_by_update ON visitor_profiles (site, updated_at);
  CREATE INDEX visitor_profiles_by_expiry ON visitor_profiles (site, expires_at);
  ${linkTables}
  CREATE TABLE event_index (site TEXT NOT NULL, offset TEXT NOT NULL, received_at INTEGER NOT NULL, time INTEGER NOT NULL,
    name TEXT NOT NULL, id TEXT NOT NULL, reporters INTEGER NOT NULL, consent INTEGER NOT NULL, keys INTEGER NOT NULL, order_id TEXT,
    network_place INTEGER, country TEXT, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX purchases_by_offset ON event_index (site, offset) WHERE name = 'Purchase';
  ${orderIndex}
  ${browserPurchaseIndex}
  CREATE TABLE match_counts (consumer TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL,
    events INTEGER NOT NULL, PRIMARY KEY (consumer, day, name, key, reason)) STRICT, WITHOUT ROWID;
  CREATE TABLE unfinished_erasures (site TEXT NOT NULL, offset TEXT NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE TABLE visitor_checks (site TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE sweeps (site TEXT PRIMARY KEY, at INTEGER NOT NULL, suspected_at INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE expired_ranges (consumer TEXT NOT NULL, after TEXT NOT NULL, last_offset TEXT NOT NULL, events INTEGER NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (consumer, after)) STRICT, WITHOUT ROWID;
  CREATE TABLE accounts (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL,
    created_at INTEGER NOT NULL, id TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
  CREATE TABLE site_roles (account TEXT NOT NULL, site TEXT NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (account, site)) STRICT, WITHOUT ROWID;
  CREATE TABLE invitations (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, label TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, inviter TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE invitation_roles (invitation TEXT NOT NULL, site TEXT NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (invitation, site)) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (hash TEXT NOT NULL UNIQUE, account TEXT NOT NULL, created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL) STRICT;
  CREATE INDEX sessions_by_account ON sessions (account, created_at);
  CREATE TABLE setup (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE counting (since INTEGER NOT NULL) STRICT;
  CREATE TABLE received_counts (site TEXT NOT NULL, bucket INTEGER NOT NULL, events INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    orders INTEGER NOT NULL DEFAULT 0, browser_events INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (site, bucket)) STRICT, WITHOUT ROWID;
  CREATE TABLE outcome_counts (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, outcome TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (consumer, bucket, outcome)) STRICT, WITHOUT ROWID;
  CREATE TABLE outcome_totals (consumer TEXT NOT NULL, outcome TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (consumer, outcome)) STRICT, WITHOUT ROWID;
  CREATE TABLE delivery_times (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, from_ms INTEGER NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (consumer, bucket, from_ms)) STRICT, WITHOUT ROWID;
  CREATE TABLE dashboard_sites (id TEXT PRIMARY KEY, config TEXT NOT NULL, keys TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE dashboard_connections (site TEXT NOT NULL, id TEXT NOT NULL, config TEXT NOT NULL, secrets TEXT NOT NULL,
    PRIMARY KEY (site, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE distrusted_keys (site TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (site, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE retired (consumer TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE browser_usage (site TEXT PRIMARY KEY, day INTEGER NOT NULL, visitors INTEGER NOT NULL,
    links INTEGER NOT NULL, bytes INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
  CREATE TABLE browser_networks (site TEXT NOT NULL, network TEXT NOT NULL, day INTEGER NOT NULL, purchases INTEGER NOT NULL,
    PRIMARY KEY (site, network)) STRICT, WITHOUT ROWID;
  CREATE TABLE receipts (consumer TEXT NOT NULL, attempt TEXT NOT NULL, ask_at INTEGER NOT NULL, first_offset TEXT NOT NULL,
    receipt TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (consumer, attempt)) STRICT, WITHOUT ROWID;
  CREATE INDEX receipts_by_ask ON receipts (consumer, ask_at);
  CREATE TABLE alert_settings (id INTEGER PRIMARY KEY, settings TEXT NOT NULL) STRICT;
  CREATE TABLE open_alerts (key TEXT PRIMARY KEY, alert TEXT NOT NULL, began_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE alert_messages (id TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL, tries INTEGER NOT NULL, tried_at INTEGER, content TEXT NOT NULL, problem TEXT,
    PRIMARY KEY (id, channel)) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE state = 'waiting';
  CREATE INDEX alert_messages_by_creation ON alert_messages (created_at);
  CREATE TABLE issues (id TEXT PRIMARY KEY, key TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER,
    issue TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX issues_by_key ON issues (key, began_at);
  CREATE INDEX issues_by_end ON issues (ended_at);
  CREATE TABLE rule_changes (id INTEGER PRIMARY KEY, site TEXT NOT NULL, connection TEXT NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL,
    by TEXT NOT NULL, rules TEXT NOT NULL) STRICT;
  CREATE INDEX rule_changes_by_site ON rule_changes (site, connection, id);
  ${moneySchema}
  ${deliveryErrorSchema}
  ${ruleCountSchema}
  ${wayInSchema}
  CREATE TABLE activity (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, site TEXT,
    entry TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE INDEX activity_by_at ON activity (at);
  CREATE TABLE activity_checkpoint (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, checkpoint TEXT NOT NULL) STRICT;
  CREATE TABLE saved_views (site TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, by TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY (site, id)) STRICT, WITHOUT ROWID;
  ${orderLedgerSchema}
  ${uploadSchema}
  ${paymentObjectSchema}
  ${importSchema}
  CREATE TABLE grants (id TEXT PRIMARY KEY, site TEXT NOT NULL, connection TEXT, platform TEXT NOT NULL, identity_provider TEXT NOT NULL,
    user_name TEXT NOT NULL, scopes TEXT NOT NULL, account TEXT, secret TEXT NOT NULL, dead_code TEXT, dead_since INTEGER,
    revision INTEGER NOT NULL, refresher TEXT, refresh_until INTEGER NOT NULL,
     goal_check TEXT, goals_due INTEGER NOT NULL, created_at INTEGER NOT NULL, click_check TEXT,
     clicks_due INTEGER NOT NULL DEFAULT 0, late_goal TEXT, late_report TEXT, late_report_due INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX grants_by_connection ON grants (site, connection);
  CREATE TABLE account_links (id TEXT PRIMARY KEY, site TEXT NOT NULL, session TEXT NOT NULL, secret TEXT NOT NULL,
    expires_at INTEGER NOT NULL, state TEXT, state_until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE platform_clients (platform TEXT PRIMARY KEY, config TEXT NOT NULL, secret TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counting VALUES (0);
  ${refundCounting}
  INSERT INTO counted_since VALUES (0, 0, 0);
  INSERT INTO rule_counting VALUES (0);
`;
