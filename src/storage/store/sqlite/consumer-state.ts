import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import { type AttemptRow, toOpenAttempt } from '../rows/attempts.ts';
import { parseState } from '../rows/connection-states.ts';
import type { KnownOffsets } from './known-offsets.ts';

type ConsumerReads = Pick<Store, 'getConnectionState' | 'getOpenAttempt'> & KnownOffsets;

/**
 * Selects the known offsets with their sites. Skips offsets that are damaged.
 * @param duplicates the table's name in the file's schema.
 */
export const knownOffsetsSql = (
  duplicates = 'duplicate_reports',
) => `SELECT site, offset FROM event_index WHERE offset NOT GLOB '*[^0-9]*'
  UNION ALL SELECT site, offset FROM ${duplicates} WHERE offset NOT GLOB '*[^0-9]*'`;

/** Creates the reads of a consumer's own state. */
export function createConsumerReads(db: Db): ConsumerReads {
  const state = db.prepare<[string], { state: string }>('SELECT state FROM connections WHERE consumer = ?');
  const states = db.prepare<[], string>('SELECT state FROM connections').pluck();
  const identities = db.prepare<[], string>('SELECT cursor FROM identity').pluck();
  const anyConsumer = db
    .prepare<[], number>(
      'SELECT EXISTS (SELECT 1 FROM leases UNION ALL SELECT 1 FROM identity UNION ALL SELECT 1 FROM connections)',
    )
    .pluck();
  const lastKnown = db.prepare<[], string>(`SELECT max(offset) FROM (${knownOffsetsSql()})`).pluck();
  const countKnown = db
    .prepare<[string, string], number>(
      'SELECT (SELECT count(*) FROM event_index WHERE offset > ?) + (SELECT count(*) FROM duplicate_reports WHERE offset > ?)',
    )
    .pluck();
  const open = db.prepare<[string], AttemptRow>('SELECT * FROM attempts WHERE consumer = ? AND settled_at IS NULL');
  return {
    async getConnectionState(consumer) {
      const row = state.get(consumer);
      return row && parseState(row.state);
    },
    async listCursors() {
      return { identity: identities.all(), connections: states.all().map((one) => parseState(one).cursor) };
    },
    async hasConsumers() {
      return anyConsumer.get() === 1;
    },
    async getLastKnownOffset() {
      return lastKnown.get() ?? '';
    },
    async countKnownAfter(offset) {
      return countKnown.get(offset, offset) ?? 0;
    },
    async getOpenAttempt(consumer) {
      const row = open.get(consumer);
      return row && toOpenAttempt(row);
    },
  };
}
