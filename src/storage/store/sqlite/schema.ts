import type { ConsumerId } from '../consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../consumers.ts';
import type { AccessOp } from './accounts.ts';
import type { MadeOp } from './dashboard-sites.ts';
import type { ErasureOp } from './erasure.ts';
import type { ProfileOp } from './profile-removal.ts';
import type { RetentionOp } from './retention.ts';

/** Offsets are the log's strings. JSON columns hold what `store.ts` says; `beside` is 0 where an outcome block begins after all earlier ones of its pump; `entries`, `members` and `body` are raw DEFLATE; `attempts.sum` is the CRC-32 of what settles an attempt, and absent of those that earlier versions opened; `retired.block` is the last outcome block of a connection that was put to rest; `firsts.released` is 1 or 2 (see `released`) once a later report of the shop may be a new event; `counting.since` is the first step that is counted, after the upgrade that brought the counts. */
export const migrations = [
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
] as const;

export type Op =
  | { readonly kind: 'acquire'; readonly pump: ConsumerId; readonly owner: string; readonly ttlMs: number; readonly now: number }
  | { readonly kind: 'renew'; readonly lease: Lease; readonly ttlMs: number; readonly now: number }
  | { readonly kind: 'release'; readonly lease: Lease }
  | { readonly kind: 'commit'; readonly lease: Lease; readonly delta: DeliveryCommit }
  | { readonly kind: 'commit-identity'; readonly lease: Lease; readonly delta: IdentityCommit }
  | AccessOp
  | MadeOp
  | ErasureOp
  | RetentionOp
  | ProfileOp;

/** The epoch that `acquire` gave, null when another holds the lease; how many rows a step of retention took; what became of a step of access; null for the other kinds. */
export type Result = number | null;

/** The code under which the writer's thread reports a stale epoch. */
export const fencedCode = 'FENCED';
