import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { pendingConsentMs } from '../event/consent.ts';
import { type Reporter, reporters } from '../event/event.ts';
import type { Offset } from '../log/log.ts';
import { type Db, openReader } from '../sqlite/open.ts';
import { type InOneFile, WriteFailed, Writer } from '../sqlite.ts';
import { accessReads, accessWrites } from './sqlite.access.ts';
import { countReads } from './sqlite.counts.ts';
import { erasureReads, erasureWrites } from './sqlite.erasure.ts';
import { factReads } from './sqlite.facts.ts';
import { indexReads } from './sqlite.index.ts';
import { madeReads, madeWrites } from './sqlite.made.ts';
import { observedReads } from './sqlite.observed.ts';
import { outcomeReads } from './sqlite.outcomes.ts';
import { matchReads } from './sqlite.quality.ts';
import { retentionReads, retentionWrites } from './sqlite.retention.ts';
import { fencedCode, type Op, type Result } from './sqlite.schema.ts';
import { stateOf } from './sqlite.state.ts';
import type { AttemptRecord, DeadLetter, Delta, IdentityDelta, Lease, Store, Straggler } from './store.ts';
import { Fenced, issuesSchema } from './store.ts';
import { turns } from './turns.ts';

const commitTimeoutMs = 30_000;

export interface SqliteStoreOptions {
  readonly now: () => number;
  /** How much room the file's disk has; asks the disk by default. */
  readonly freeBytes?: () => number;
}

/** The embedded store: one file beside the log's. @throws when it cannot be opened. */
export async function openSqliteStore(file: string, options: SqliteStoreOptions): Promise<Store & InOneFile> {
  const writer = await Writer.open<Op, Result>('./sqlite.writer', import.meta.url, file, commitTimeoutMs);
  const freeBytes = () => {
    const disk = statfsSync(dirname(file));
    return disk.bavail * disk.bsize;
  };
  try {
    return sqliteStore(writer, openReader(file), { file, freeBytes, ...options });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

const offsetsSchema = z.array(z.string());

interface StragglerRow {
  readonly offset: string;
  readonly why: Straggler['why'];
  readonly due_at: number;
  readonly tries: number;
  readonly part: string | null;
  readonly again: number;
}

interface AttemptRow {
  readonly id: string;
  readonly pump: string;
  readonly started_at: number;
  readonly members: Buffer;
  readonly through: string | null;
  readonly body: Buffer;
  readonly body_sha256: string;
  readonly sent: number;
  readonly settled_at: number | null;
  readonly result: NonNullable<AttemptRecord['settled']>['result'] | null;
  readonly status: number | null;
  readonly answer: string | null;
  readonly issues: string | null;
}

function sqliteStore(
  writer: Writer<Op, Result>,
  db: Db,
  { file, freeBytes, now }: Required<SqliteStoreOptions> & { readonly file: string },
): Store & InOneFile {
  const { write, alone } = turns<Op, Result>(async (op, timeoutMs) => {
    try {
      return await writer.run(op, timeoutMs);
    } catch (error) {
      if (error instanceof WriteFailed && error.code === fencedCode) throw new Fenced(error.message);
      throw error;
    }
  });
  return {
    async acquire(pump, owner, ttlMs) {
      const epoch = await write({ kind: 'acquire', pump, owner, ttlMs, now: now() });
      return epoch === null ? undefined : { pump, epoch };
    },
    async renew(lease: Lease, ttlMs) {
      await write({ kind: 'renew', lease, ttlMs, now: now() });
    },
    async release(lease: Lease) {
      await write({ kind: 'release', lease });
    },
    async commit(lease: Lease, delta: Delta) {
      await write({ kind: 'commit', lease, delta });
    },
    async commitIdentity(lease: Lease, delta: IdentityDelta) {
      await write({ kind: 'commit-identity', lease, delta });
    },
    ...pumpReads(db),
    ...copyReads(db),
    ...factReads(db),
    ...indexReads(db),
    ...debuggerReads(db),
    ...matchReads(db),
    ...countReads(db),
    ...erasureReads(db),
    ...erasureWrites(write, alone, { file, freeBytes }),
    ...retentionReads(db, { toAttempt, toDeadLetter }),
    ...retentionWrites(write, db),
    ...accessReads(db),
    ...accessWrites(write),
    ...observedReads(db),
    ...madeReads(db),
    ...madeWrites(write),
    copyTo: (to) => writer.copyTo(to),
    async close() {
      db.close();
      await writer.close();
    },
  };
}

type PumpReads = Pick<
  Store,
  'connectionState' | 'identityCursor' | 'furthest' | 'knownAfter' | 'due' | 'nextDue' | 'lastDue' | 'stragglers' | 'openAttempt'
>;

function pumpReads(db: Db): PumpReads {
  const state = db.prepare<[string], { state: string }>('SELECT state FROM connections WHERE pump = ?');
  const cursor = db.prepare<[string], { cursor: string }>('SELECT cursor FROM identity WHERE site = ?');
  const furthest = db
    .prepare<[], string>(
      "SELECT max(cursor) FROM (SELECT cursor FROM identity UNION ALL SELECT json_extract(state, '$.cursor') FROM connections UNION ALL SELECT '')",
    )
    .pluck();
  const knownAfter = db
    .prepare<[string, string], number>(
      'SELECT (SELECT count(*) FROM event_index WHERE offset > ?) + (SELECT count(*) FROM copies WHERE offset > ?)',
    )
    .pluck();
  const columns = 'SELECT offset, why, due_at, tries, part, again FROM stragglers WHERE pump = ?';
  const earliest = db.prepare<[string, number], StragglerRow>(`${columns} AND due_at <= ? ORDER BY due_at, offset LIMIT 1`);
  const ofPart = db.prepare<[string, string, number], StragglerRow>(`${columns} AND part = ? ORDER BY offset LIMIT ?`);
  const single = db.prepare<[string, number, number], StragglerRow>(
    `${columns} AND due_at <= ? AND part IS NULL ORDER BY due_at, offset LIMIT ?`,
  );
  const among = db.prepare<[string, string], StragglerRow>(
    `${columns} AND offset IN (SELECT value FROM json_each(?)) ORDER BY offset`,
  );
  const nextDue = db.prepare<[string], { due: number | null }>('SELECT min(due_at) AS due FROM stragglers WHERE pump = ?');
  const lastDue = db.prepare<[string], { due: number | null }>('SELECT max(due_at) AS due FROM stragglers WHERE pump = ?');
  const open = db.prepare<[string], AttemptRow>('SELECT * FROM attempts WHERE pump = ? AND settled_at IS NULL');
  return {
    async connectionState(pump) {
      const row = state.get(pump);
      return row && stateOf(row.state);
    },
    async identityCursor(site) {
      return cursor.get(site)?.cursor ?? '';
    },
    async furthest() {
      return furthest.get() ?? '';
    },
    async knownAfter(offset) {
      return knownAfter.get(offset, offset) ?? 0;
    },
    async due(pump, at, limit) {
      const first = earliest.get(pump, at);
      if (!first) return [];
      const rows = first.part === null ? single.all(pump, at, limit) : ofPart.all(pump, first.part, limit);
      return rows.map(toStraggler);
    },
    async nextDue(pump) {
      return nextDue.get(pump)?.due ?? undefined;
    },
    async lastDue(pump) {
      return lastDue.get(pump)?.due ?? undefined;
    },
    async stragglers(pump, offsets) {
      return among.all(pump, JSON.stringify(offsets)).map(toStraggler);
    },
    async openAttempt(pump) {
      const row = open.get(pump);
      if (!row) return undefined;
      const { id, startedAt, offsets, body } = toAttempt(row);
      return { id, startedAt, offsets, body, sent: row.sent, ...(row.through !== null && { through: row.through }) };
    },
  };
}

type CopyReads = Pick<Store, 'copies' | 'copiesOf' | 'purchaseReporters' | 'pendingOver' | 'whyAbsent' | 'find'>;

function copyReads(db: Db): CopyReads {
  const between = db.prepare<[string, string, string], { offset: string; first: string }>(
    'SELECT offset, first FROM copies WHERE site = ? AND offset >= ? AND offset <= ?',
  );
  const ofFirsts = db.prepare<[string, string], { offset: string; first: string }>(
    'SELECT offset, first FROM copies WHERE site = ? AND first IN (SELECT value FROM json_each(?)) ORDER BY offset',
  );
  const reportersSince = db.prepare<[string, number], { reporter: string }>(
    'SELECT reporter FROM purchase_reporters WHERE site = ? AND last >= ?',
  );
  const pendingOver = db.prepare<[string, number, number], { offset: string }>(
    'SELECT offset FROM pending WHERE site = ? AND (until <= ? OR until > ?) ORDER BY offset',
  );
  const absent = db.prepare<[string, string], { offset: string; reason: 'consent-denied' | 'erased' }>(
    'SELECT offset, reason FROM absent WHERE site = ? AND offset IN (SELECT value FROM json_each(?))',
  );
  const byId = db.prepare<[string, string], { offset: string }>(
    'SELECT offset FROM firsts WHERE site = ? AND id = ? ORDER BY offset',
  );
  return {
    async copies(site, from, through) {
      return new Map(between.all(site, from, through).map(({ offset, first }) => [offset, first]));
    },
    async copiesOf(site, firsts) {
      const found = new Map<Offset, Offset[]>();
      for (const { offset, first } of ofFirsts.all(site, JSON.stringify(firsts)))
        found.set(first, [...(found.get(first) ?? []), offset]);
      return found;
    },
    async purchaseReporters(site, since) {
      const seen = new Set(reportersSince.all(site, since).map(({ reporter }) => reporter));
      return reporters.filter((reporter: Reporter) => seen.has(reporter));
    },
    async pendingOver(site, at) {
      return pendingOver.all(site, at, at + 2 * pendingConsentMs).map(({ offset }) => offset);
    },
    async whyAbsent(site, offsets) {
      return new Map(absent.all(site, JSON.stringify(offsets)).map(({ offset, reason }) => [offset, reason]));
    },
    async find(site, eventId) {
      return byId.all(site, eventId).map(({ offset }) => offset);
    },
  };
}

type DebuggerReads = Pick<Store, 'outcomes' | 'attempts' | 'deadLetters' | 'deadLetterOffsets'>;

interface DeadLetterRow {
  readonly offset: string;
  readonly cause: 'rejected' | 'expired' | 'corrupt';
  readonly issues: string;
  readonly event_name: string;
  readonly event_id: string;
  readonly bytes: Uint8Array;
  readonly at: number;
}

function debuggerReads(db: Db): DebuggerReads {
  const { latest } = outcomeReads(db);
  const attempts = db.prepare<[string, string, string], AttemptRow>(
    'SELECT * FROM attempts WHERE pump = ? AND last >= ? AND first <= ? ORDER BY started_at, id',
  );
  const deadLetters = db.prepare<[string, number, string, number], DeadLetterRow>(
    'SELECT * FROM dead_letters WHERE pump = ? AND (at, offset) <= (?, ?) ORDER BY at DESC, offset DESC LIMIT ?',
  );
  const lettersAmong = db
    .prepare<[string, string], string>(
      'SELECT offset FROM dead_letters WHERE pump = ? AND offset IN (SELECT value FROM json_each(?)) ORDER BY offset',
    )
    .pluck();
  const lettersAfter = db
    .prepare<[string, string, number], string>(
      'SELECT offset FROM dead_letters WHERE pump = ? AND offset > ? ORDER BY offset LIMIT ?',
    )
    .pluck();
  return {
    async outcomes(pump, offsets) {
      return latest(pump, offsets);
    },
    async attempts(pump, offset) {
      return attempts
        .all(pump, offset, offset)
        .map(toAttempt)
        .filter(({ offsets }) => offsets.includes(offset));
    },
    async deadLetters(pump, limit, from = { at: Number.MAX_SAFE_INTEGER, offset: '' }) {
      return deadLetters.all(pump, from.at, from.offset, limit).map(toDeadLetter);
    },
    async deadLetterOffsets(pump, which) {
      return 'after' in which ? lettersAfter.all(pump, which.after, which.limit) : lettersAmong.all(pump, JSON.stringify(which));
    },
  };
}

function toDeadLetter({ offset, cause, issues, event_name, event_id, bytes, at }: DeadLetterRow): DeadLetter {
  const reasons = issuesSchema.parse(JSON.parse(issues));
  return { offset, cause, issues: reasons, eventName: event_name, eventId: event_id, bytes, at };
}

function toStraggler({ offset, why, due_at, tries, part, again }: StragglerRow): Straggler {
  return { offset, why, dueAt: due_at, tries, ...(part !== null && { part }), ...(again === 1 && { again: true }) };
}

function toAttempt(row: AttemptRow): AttemptRecord {
  const { id, pump, started_at, members, body, body_sha256, settled_at, result, status, answer, issues } = row;
  const settled = settled_at !== null &&
    result !== null && {
      at: settled_at,
      result,
      ...(status !== null && { status }),
      ...(answer !== null && { answer }),
      issues: issuesSchema.parse(JSON.parse(issues ?? '[]')),
    };
  return {
    id,
    pump,
    startedAt: started_at,
    offsets: offsetsSchema.parse(unpack(members)),
    body: inflateRawSync(body).toString(),
    bodySha256: body_sha256,
    ...(settled && { settled }),
  };
}

function unpack(packed: Buffer): unknown {
  return JSON.parse(inflateRawSync(packed).toString());
}
