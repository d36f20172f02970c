import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../../ports/consumers.ts';
import type { SqlOp } from '../../sqlite/sqlite-sql.ts';
import { browserPurchaseIndex, orderIndex } from '../rows/event-index.ts';
import { deliveryErrorSchema } from './delivery-errors.ts';
import type { ErasureOp } from './erasure.ts';
import { importSchema } from './imports.ts';
import { linkTables } from './links/link-tables.ts';
import { moneySchema } from './money.ts';
import type { MoveEarlierOp } from './move-earlier.ts';
import { orderLedgerSchema, refundCounting } from './order-ledger.ts';
import { paymentObjectSchema } from './payment-objects.ts';
import { primaryReportTables } from './primary-reports.ts';
import type { ProfileRemovalOp } from './profile-removal.ts';
import type { RetentionOp } from './retention.ts';
import type { RetiringOp } from './retired-connections.ts';
import { ruleCountSchema } from './rule-counts.ts';
import { uploadSchema } from './uploads.ts';
import { fillWays, wayInSchema } from './ways-in.ts';

/**
 * The steps from the schema of each earlier version to `stateSchema`, in order. A step that was released never changes. A new step changes
 * `stateSchema` too, which describes the columns.
 */
export const stateMigrations = [
  `CREATE TABLE leases (pump TEXT PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE connections (pump TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE identity (site TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;

   CREATE TABLE firsts (site TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, offset TEXT NOT NULL, keep_until INTEGER NOT NULL,
     PRIMARY KEY (site, id, name)) STRICT, WITHOUT ROWID;
   CREATE TABLE copies (site TEXT NOT NULL, offset TEXT NOT NULL, first TEXT NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
   CREATE INDEX copies_by_first ON copies (site, first);
   CREATE TABLE purchase_reporters (site TEXT NOT NULL, reporter TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (site, reporter)) STRICT, WITHOUT ROWID;
   CREATE TABLE pending (site TEXT NOT NULL, offset TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
   CREATE TABLE absent (site TEXT NOT NULL, offset TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;

   CREATE TABLE stragglers (pump TEXT NOT NULL, offset TEXT NOT NULL, why TEXT NOT NULL, due_at INTEGER NOT NULL, tries INTEGER NOT NULL, part TEXT,
     PRIMARY KEY (pump, offset)) STRICT, WITHOUT ROWID;
   CREATE INDEX stragglers_by_due ON stragglers (pump, due_at);
   CREATE TABLE dead_letters (pump TEXT NOT NULL, offset TEXT NOT NULL, cause TEXT NOT NULL, issues TEXT NOT NULL, event_name TEXT NOT NULL,
     event_id TEXT NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (pump, offset)) STRICT, WITHOUT ROWID;

   CREATE TABLE attempts (id TEXT PRIMARY KEY, pump TEXT NOT NULL, started_at INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
     members BLOB NOT NULL, through TEXT, body BLOB NOT NULL, body_sha256 TEXT NOT NULL, sent INTEGER NOT NULL,
     settled_at INTEGER, result TEXT, status INTEGER, answer TEXT, issues TEXT) STRICT;
   CREATE INDEX attempts_by_last ON attempts (pump, last);
   CREATE INDEX attempts_open ON attempts (pump) WHERE settled_at IS NULL;
   CREATE TABLE outcome_blocks (id INTEGER PRIMARY KEY, pump TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, entries BLOB NOT NULL,
     counts TEXT NOT NULL) STRICT;
   CREATE INDEX outcome_blocks_by_last ON outcome_blocks (pump, last);`,
  `CREATE TABLE facts (site TEXT NOT NULL, visitor TEXT NOT NULL, facts TEXT NOT NULL, touched_at INTEGER NOT NULL,
     PRIMARY KEY (site, visitor)) STRICT, WITHOUT ROWID;
   CREATE INDEX facts_by_touched ON facts (site, touched_at);
   CREATE TABLE links (site TEXT NOT NULL, key TEXT NOT NULL, visitor TEXT NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL,
     PRIMARY KEY (site, key, visitor)) STRICT, WITHOUT ROWID;
   CREATE INDEX links_by_visitor ON links (site, visitor, at);`,
  `CREATE TABLE event_index (site TEXT NOT NULL, offset TEXT NOT NULL, received_at INTEGER NOT NULL, time INTEGER NOT NULL, name TEXT NOT NULL,
     id TEXT NOT NULL, reporters INTEGER NOT NULL, consent INTEGER NOT NULL, keys INTEGER NOT NULL, order_id TEXT,
     PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
   ALTER TABLE outcome_blocks ADD COLUMN beside INTEGER NOT NULL DEFAULT 1;
   DROP INDEX outcome_blocks_by_last;
   CREATE INDEX outcome_blocks_by_last ON outcome_blocks (pump, last, first, beside, counts);
   CREATE INDEX outcome_blocks_beside ON outcome_blocks (pump, last, first, counts) WHERE beside = 1;`,
  `CREATE TABLE match_counts (pump TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL,
     events INTEGER NOT NULL, PRIMARY KEY (pump, day, name, key, reason)) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE erasing (site TEXT NOT NULL, offset TEXT NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
   CREATE TABLE sweeps (site TEXT PRIMARY KEY, at INTEGER NOT NULL, doubted_at INTEGER) STRICT, WITHOUT ROWID;
   CREATE TABLE expired_ranges (pump TEXT NOT NULL, after TEXT NOT NULL, through TEXT NOT NULL, events INTEGER NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (pump, after)) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE accounts (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE sessions (hash TEXT NOT NULL UNIQUE, account TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER NOT NULL) STRICT;
   CREATE INDEX sessions_by_account ON sessions (account, created_at);
   CREATE TABLE setup (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE counting (since INTEGER NOT NULL) STRICT;
   INSERT INTO counting SELECT iif(EXISTS (SELECT 1 FROM identity), (unixepoch() / 300 + 1) * 300000, 0);
   CREATE TABLE received_counts (site TEXT NOT NULL, step INTEGER NOT NULL, events INTEGER NOT NULL, copies INTEGER NOT NULL,
     PRIMARY KEY (site, step)) STRICT, WITHOUT ROWID;
   CREATE TABLE outcome_counts (pump TEXT NOT NULL, step INTEGER NOT NULL, outcome TEXT NOT NULL, events INTEGER NOT NULL,
     PRIMARY KEY (pump, step, outcome)) STRICT, WITHOUT ROWID;
   CREATE TABLE outcome_totals (pump TEXT NOT NULL, outcome TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (pump, outcome)) STRICT, WITHOUT ROWID;
   INSERT INTO outcome_totals SELECT pump, key, sum(value) FROM outcome_blocks, json_each(counts) WHERE key <> 'waiting' GROUP BY pump, key;
   INSERT INTO outcome_totals SELECT pump, 'waiting', count(*) FROM stragglers GROUP BY pump;
   ALTER TABLE stragglers ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX dead_letters_by_at ON dead_letters (pump, at, offset);`,
  `CREATE TABLE made_sites (id TEXT PRIMARY KEY, written TEXT NOT NULL, keys TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE made_connections (site TEXT NOT NULL, id TEXT NOT NULL, written TEXT NOT NULL, secrets TEXT NOT NULL,
     PRIMARY KEY (site, id)) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE retired (pump TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE INDEX purchases_by_offset ON event_index (site, offset) WHERE name = 'Purchase';`,
  `ALTER TABLE attempts ADD COLUMN sum INTEGER;`,
  `CREATE TABLE browser_use (site TEXT PRIMARY KEY, day INTEGER NOT NULL, visitors INTEGER NOT NULL, links INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE firsts ADD COLUMN released INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE stragglers ADD COLUMN trusted INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX stragglers_trusted ON stragglers (pump, due_at) WHERE trusted = 1;`,
  `ALTER TABLE stragglers ADD COLUMN shop_alone INTEGER NOT NULL DEFAULT 0;`,
  `DROP INDEX copies_by_first; DROP INDEX stragglers_by_due; DROP INDEX stragglers_trusted; DROP INDEX facts_by_touched; DROP INDEX outcome_blocks_beside;
   ALTER TABLE leases RENAME COLUMN pump TO consumer;
   ALTER TABLE connections RENAME COLUMN pump TO consumer;
   ALTER TABLE firsts RENAME TO primary_reports;
   ALTER TABLE copies RENAME TO duplicate_reports;
   ALTER TABLE duplicate_reports RENAME COLUMN first TO primary_offset;
   CREATE INDEX duplicate_reports_by_primary ON duplicate_reports (site, primary_offset);
   ALTER TABLE stragglers RENAME TO deferred_deliveries;
   ALTER TABLE deferred_deliveries RENAME COLUMN pump TO consumer;
   ALTER TABLE deferred_deliveries RENAME COLUMN why TO reason;
   ALTER TABLE deferred_deliveries RENAME COLUMN again TO is_resend;
   ALTER TABLE deferred_deliveries RENAME COLUMN trusted TO is_trusted;
   ALTER TABLE deferred_deliveries RENAME COLUMN shop_alone TO shop_only;
   UPDATE deferred_deliveries SET reason = 'bisect' WHERE reason = 'part';
   CREATE INDEX deferred_deliveries_by_due ON deferred_deliveries (consumer, due_at);
   CREATE INDEX deferred_deliveries_trusted ON deferred_deliveries (consumer, due_at) WHERE is_trusted = 1;
   ALTER TABLE dead_letters RENAME COLUMN pump TO consumer;
   ALTER TABLE attempts RENAME COLUMN pump TO consumer;
   ALTER TABLE attempts RENAME COLUMN first TO first_offset;
   ALTER TABLE attempts RENAME COLUMN last TO last_offset;
   ALTER TABLE attempts RENAME COLUMN members TO offsets;
   ALTER TABLE attempts RENAME COLUMN through TO cursor_after;
   ALTER TABLE attempts RENAME COLUMN answer TO response;
   ALTER TABLE attempts RENAME COLUMN sum TO checksum;
   ALTER TABLE outcome_blocks RENAME COLUMN pump TO consumer;
   ALTER TABLE outcome_blocks RENAME COLUMN first TO first_offset;
   ALTER TABLE outcome_blocks RENAME COLUMN last TO last_offset;
   ALTER TABLE outcome_blocks RENAME COLUMN beside TO overlaps;
   CREATE INDEX outcome_blocks_overlapping ON outcome_blocks (consumer, last_offset, first_offset, counts) WHERE overlaps = 1;
   ALTER TABLE facts RENAME TO visitor_profiles;
   ALTER TABLE visitor_profiles RENAME COLUMN facts TO profile;
   ALTER TABLE visitor_profiles RENAME COLUMN touched_at TO updated_at;
   CREATE INDEX visitor_profiles_by_update ON visitor_profiles (site, updated_at);
   ALTER TABLE match_counts RENAME COLUMN pump TO consumer;
   ALTER TABLE erasing RENAME TO unfinished_erasures;
   ALTER TABLE sweeps RENAME COLUMN doubted_at TO suspected_at;
   ALTER TABLE expired_ranges RENAME COLUMN pump TO consumer;
   ALTER TABLE expired_ranges RENAME COLUMN through TO last_offset;
   ALTER TABLE received_counts RENAME COLUMN step TO bucket;
   ALTER TABLE received_counts RENAME COLUMN copies TO duplicates;
   ALTER TABLE outcome_counts RENAME COLUMN pump TO consumer;
   ALTER TABLE outcome_counts RENAME COLUMN step TO bucket;
   ALTER TABLE outcome_totals RENAME COLUMN pump TO consumer;
   ALTER TABLE made_sites RENAME TO dashboard_sites;
   ALTER TABLE dashboard_sites RENAME COLUMN written TO config;
   ALTER TABLE made_connections RENAME TO dashboard_connections;
   ALTER TABLE dashboard_connections RENAME COLUMN written TO config;
   ALTER TABLE retired RENAME COLUMN pump TO consumer;
   ALTER TABLE browser_use RENAME TO browser_usage;`,
  `CREATE TABLE receipts (consumer TEXT NOT NULL, attempt TEXT NOT NULL, ask_at INTEGER NOT NULL, first_offset TEXT NOT NULL,
     receipt TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (consumer, attempt)) STRICT, WITHOUT ROWID;
   CREATE INDEX receipts_by_ask ON receipts (consumer, ask_at);`,
  `CREATE TABLE delivery_times (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, from_ms INTEGER NOT NULL, events INTEGER NOT NULL,
     PRIMARY KEY (consumer, bucket, from_ms)) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE site_roles (account TEXT NOT NULL, site TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (account, site)) STRICT, WITHOUT ROWID;
   CREATE TABLE invitations (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, label TEXT NOT NULL, role TEXT NOT NULL,
     created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE invitation_roles (invitation TEXT NOT NULL, site TEXT NOT NULL, role TEXT NOT NULL,
     PRIMARY KEY (invitation, site)) STRICT, WITHOUT ROWID;`,
  `CREATE INDEX dead_purchases ON dead_letters (consumer) WHERE event_name = 'Purchase';`,
  `ALTER TABLE invitations ADD COLUMN inviter TEXT;`,
  `ALTER TABLE attempts ADD COLUMN overlaps INTEGER NOT NULL DEFAULT 1;
   DROP INDEX attempts_by_last;
   CREATE INDEX attempts_by_offsets ON attempts (consumer, overlaps, last_offset, first_offset);
   ALTER TABLE visitor_profiles ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX visitor_profiles_by_expiry ON visitor_profiles (site, expires_at);
   CREATE INDEX pending_by_until ON pending (site, until);`,
  `ALTER TABLE received_counts ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE received_counts ADD COLUMN browser_events INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE alert_settings (id INTEGER PRIMARY KEY, settings TEXT NOT NULL) STRICT;
   CREATE TABLE open_alerts (key TEXT PRIMARY KEY, alert TEXT NOT NULL, began_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE alert_messages (id TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
     due_at INTEGER NOT NULL, tries INTEGER NOT NULL, tried_at INTEGER, content TEXT NOT NULL, problem TEXT,
     PRIMARY KEY (id, channel)) STRICT, WITHOUT ROWID;
   CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE state = 'waiting';
   CREATE INDEX alert_messages_by_creation ON alert_messages (created_at);`,
  `CREATE TABLE rule_changes (id INTEGER PRIMARY KEY, site TEXT NOT NULL, connection TEXT NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL,
     by TEXT NOT NULL, rules TEXT NOT NULL) STRICT;
   CREATE INDEX rule_changes_by_site ON rule_changes (site, connection, id);
   ALTER TABLE attempts ADD COLUMN rules BLOB;`,
  `ALTER TABLE links RENAME TO earlier_links;
   ${linkTables}
   ALTER TABLE primary_reports RENAME TO earlier_primary_reports;
   ${primaryReportTables}`,
  `CREATE TABLE visitor_checks (site TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE event_index ADD COLUMN network_place INTEGER;
   ALTER TABLE browser_usage ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE browser_networks (site TEXT NOT NULL, network TEXT NOT NULL, day INTEGER NOT NULL, purchases INTEGER NOT NULL,
     PRIMARY KEY (site, network)) STRICT, WITHOUT ROWID;`,
  // Earlier versions removed counts after 35 days, and counted no money.
  `${moneySchema}
   INSERT INTO counted_since SELECT
     iif(EXISTS (SELECT 1 FROM identity), max(coalesce((SELECT max(since) FROM counting), 0), (unixepoch() / 3600 - 839) * 3600000), 0),
     iif(EXISTS (SELECT 1 FROM identity), (unixepoch() / 300 + 1) * 300000, 0);`,
  deliveryErrorSchema,
  `ALTER TABLE accounts ADD COLUMN id TEXT NOT NULL DEFAULT '';
   UPDATE accounts SET id = lower(hex(randomblob(8)));
   CREATE TABLE activity (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, site TEXT,
     entry TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
   CREATE INDEX activity_by_at ON activity (at);
   CREATE TABLE activity_checkpoint (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, checkpoint TEXT NOT NULL) STRICT;`,
  `CREATE TABLE issues (id TEXT PRIMARY KEY, key TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER,
     issue TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE INDEX issues_by_key ON issues (key, began_at);
   CREATE INDEX issues_by_end ON issues (ended_at);`,
  `ALTER TABLE event_index ADD COLUMN country TEXT;
   CREATE TABLE saved_views (site TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, by TEXT NOT NULL,
     created_at INTEGER NOT NULL, PRIMARY KEY (site, id)) STRICT, WITHOUT ROWID;`,
  `${ruleCountSchema}
   INSERT INTO rule_counting SELECT iif(EXISTS (SELECT 1 FROM identity), (unixepoch() / 300 + 1) * 300000, 0);`,
  orderLedgerSchema,
  `CREATE TABLE grants (id TEXT PRIMARY KEY, site TEXT NOT NULL, connection TEXT, platform TEXT NOT NULL, identity_provider TEXT NOT NULL,
     user_name TEXT NOT NULL, scopes TEXT NOT NULL, account TEXT, secret TEXT NOT NULL, dead_code TEXT, dead_since INTEGER,
     revision INTEGER NOT NULL, refresher TEXT, refresh_until INTEGER NOT NULL,
     goal_check TEXT, goals_due INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX grants_by_connection ON grants (site, connection);
   CREATE TABLE account_links (id TEXT PRIMARY KEY, site TEXT NOT NULL, session TEXT NOT NULL, secret TEXT NOT NULL,
     expires_at INTEGER NOT NULL, state TEXT, state_until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE platform_clients (platform TEXT PRIMARY KEY, config TEXT NOT NULL, secret TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  orderIndex,
  `${refundCounting}
   UPDATE counted_since SET refunds = iif(EXISTS (SELECT 1 FROM identity), (unixepoch() / 300 + 1) * 300000, 0);`,
  `ALTER TABLE grants ADD COLUMN click_check TEXT;
   ALTER TABLE grants ADD COLUMN clicks_due INTEGER NOT NULL DEFAULT 0;`,
  uploadSchema,
  `ALTER TABLE grants ADD COLUMN late_goal TEXT;
   ALTER TABLE grants ADD COLUMN late_report TEXT;
   ALTER TABLE grants ADD COLUMN late_report_due INTEGER NOT NULL DEFAULT 0;`,
  browserPurchaseIndex,
  `CREATE TABLE distrusted_keys (site TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL,
     PRIMARY KEY (site, key)) STRICT, WITHOUT ROWID;`,
  paymentObjectSchema,
  `${wayInSchema}
   ${fillWays}`,
  importSchema,
] as const;

export type StoreOp =
  | {
      readonly kind: 'acquire';
      readonly consumer: ConsumerId;
      readonly owner: string;
      readonly ttlMs: number;
      readonly now: number;
    }
  | { readonly kind: 'renew'; readonly leases: readonly Lease[]; readonly until: number }
  | { readonly kind: 'release'; readonly lease: Lease }
  | { readonly kind: 'commit'; readonly lease: Lease; readonly change: DeliveryCommit }
  | { readonly kind: 'commit-identity'; readonly lease: Lease; readonly change: IdentityCommit }
  | RetiringOp
  | ErasureOp
  | RetentionOp
  | ProfileRemovalOp
  | MoveEarlierOp;

/**
 * The epoch that `acquire` returned, null if another owner has the lease; the number of renewed leases; the number of rows of a retention
 * operation; null for other kinds.
 */
export type StoreResult = number | null;

/** An operation of the writer's thread. */
export type WriterOp = StoreOp | SqlOp;

/** Names the module that shall run on the writer's thread. Other members are for the module. */
export interface TaskRequest {
  /** The URL of a module with `startTask`, which gets the writer's host and the request. */
  readonly module: string;
}

/** The code of the error that the writer's thread reports for a stale epoch. */
export const leaseLostCode = 'LEASE_LOST';
