import type { Db } from '../../sqlite/open.ts';
import type { DeferredDelivery } from '../deferred-deliveries.ts';
import type { Store } from '../store.ts';
import { type AttemptRow, toSound } from './attempts.ts';
import { stateOf } from './state-checksum.ts';

interface StragglerRow {
  readonly offset: string;
  readonly why: DeferredDelivery['reason'];
  readonly due_at: number;
  readonly tries: number;
  readonly part: string | null;
  readonly again: number;
  readonly trusted: number;
  readonly shop_alone: number;
}

type PumpReads = Pick<
  Store,
  | 'getConnectionState'
  | 'getIdentityCursor'
  | 'listCursors'
  | 'getLastKnownOffset'
  | 'countKnownAfter'
  | 'findDueDeliveries'
  | 'getNextDueTime'
  | 'getLastDueTime'
  | 'getDeferredDeliveries'
  | 'getOpenAttempt'
>;

/** By site; what the disk has made of an offset is none. */
export const knownOffsets = `SELECT site, offset FROM event_index WHERE offset NOT GLOB '*[^0-9]*'
  UNION ALL SELECT site, offset FROM copies WHERE offset NOT GLOB '*[^0-9]*'`;

/** What a pump reads of its own. */
export function pumpReads(db: Db): PumpReads {
  const state = db.prepare<[string], { state: string }>('SELECT state FROM connections WHERE pump = ?');
  const cursor = db.prepare<[string], { cursor: string }>('SELECT cursor FROM identity WHERE site = ?');
  const states = db.prepare<[], string>('SELECT state FROM connections').pluck();
  const identities = db.prepare<[], string>('SELECT cursor FROM identity').pluck();
  const lastKnown = db.prepare<[], string>(`SELECT max(offset) FROM (${knownOffsets})`).pluck();
  const knownAfter = db
    .prepare<[string, string], number>(
      'SELECT (SELECT count(*) FROM event_index WHERE offset > ?) + (SELECT count(*) FROM copies WHERE offset > ?)',
    )
    .pluck();
  const columns = 'SELECT offset, why, due_at, tries, part, again, trusted, shop_alone FROM stragglers WHERE pump = ?';
  const earliest = db.prepare<[string, number], StragglerRow>(`${columns} AND due_at <= ? ORDER BY due_at, offset LIMIT 1`);
  const trusted = db.prepare<[string, number, number], StragglerRow>(
    `${columns} AND trusted = 1 AND due_at <= ? ORDER BY due_at, offset LIMIT ?`,
  );
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
    async getConnectionState(pump) {
      const row = state.get(pump);
      return row && stateOf(row.state);
    },
    async getIdentityCursor(site) {
      return cursor.get(site)?.cursor ?? '';
    },
    async listCursors() {
      return { identity: identities.all(), connections: states.all().map((one) => stateOf(one).cursor) };
    },
    async getLastKnownOffset() {
      return lastKnown.get() ?? '';
    },
    async countKnownAfter(offset) {
      return knownAfter.get(offset, offset) ?? 0;
    },
    async findDueDeliveries(pump, at, limit, which) {
      const preferred = trusted.all(pump, at, limit);
      const [first = which === 'trusted' ? undefined : earliest.get(pump, at)] = preferred;
      if (!first) return [];
      if (first.part !== null && which !== 'trusted') return ofPart.all(pump, first.part, limit).map(toStraggler);
      const rows = first.trusted === 1 ? preferred.filter(({ part }) => part === first.part) : single.all(pump, at, limit);
      return rows.map(toStraggler);
    },
    async getNextDueTime(pump) {
      return nextDue.get(pump)?.due ?? undefined;
    },
    async getLastDueTime(pump) {
      return lastDue.get(pump)?.due ?? undefined;
    },
    async getDeferredDeliveries(pump, offsets) {
      return among.all(pump, JSON.stringify(offsets)).map(toStraggler);
    },
    async getOpenAttempt(pump) {
      const row = open.get(pump);
      if (!row) return undefined;
      const sound = toSound(row);
      if (!sound) return { id: row.id, startedAt: row.started_at, offsets: [], body: '', sent: row.sent, isDamaged: true };
      return { ...sound, sent: row.sent };
    },
  };
}

function toStraggler({ offset, why, due_at, tries, part, again, trusted, shop_alone }: StragglerRow): DeferredDelivery {
  return {
    offset,
    reason: why,
    dueAt: due_at,
    tries,
    ...(part !== null && { part }),
    ...(again === 1 && { isResend: true }),
    ...(trusted === 1 && { isTrusted: true }),
    ...(shop_alone === 1 && { shopOnly: true }),
  };
}
