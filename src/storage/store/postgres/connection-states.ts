import type { ConnectionStartStore } from '../../ports/connection-starts.ts';
import type { ConnectionState } from '../../ports/connection-state.ts';
import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { ConsumerStore } from '../../ports/consumers.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { formatState } from '../rows/checksums.ts';
import { parseState } from '../rows/connection-states.ts';
import { readRow, text } from './sql.ts';

/** `connections.state` and `identity.cursor` are the cursors of a site's consumers. */
export const consumerTables = `
  CREATE TABLE connections (consumer ${text} PRIMARY KEY, state ${text} NOT NULL);
  CREATE TABLE identity (site ${text} PRIMARY KEY, cursor ${text} NOT NULL);
`;

const putState = defineStatement(
  'INSERT INTO connections (consumer, state) VALUES ($1, $2) ON CONFLICT (consumer) DO UPDATE SET state = excluded.state',
);
const selectUnstarted = defineStatement<{ readonly consumer: string }>(
  'SELECT g AS consumer FROM unnest($1::text[]) AS g WHERE NOT EXISTS (SELECT 1 FROM connections WHERE consumer = g)',
);
const putStarts = defineStatement(
  `INSERT INTO connections (consumer, state) SELECT * FROM unnest($1::text[], $2::text[]) AS start(consumer, state) ORDER BY consumer
   ON CONFLICT DO NOTHING`,
);
const selectState = defineStatement<{ readonly state: string }>('SELECT state FROM connections WHERE consumer = $1');
const selectCursor = defineStatement<{ readonly cursor: string }>('SELECT cursor FROM identity WHERE site = $1');

/** Returns the statement that stores a connection's state. */
export function stateStatement(consumer: ConsumerId, state: ConnectionState): Statement {
  return putState(consumer, formatState(state));
}

export function createStateReads(database: Database): Pick<ConsumerStore, 'getConnectionState' | 'getIdentityCursor'> {
  return {
    async getConnectionState(consumer) {
      const row = await readRow(database, selectState(consumer));
      return row && parseState(row.state);
    },
    async getIdentityCursor(site) {
      return (await readRow(database, selectCursor(site)))?.cursor ?? '';
    },
  };
}

export function createConnectionStarts(database: Database): ConnectionStartStore {
  return {
    async findUnstarted(consumers) {
      const rows = await database.read(selectUnstarted(encodeTexts(consumers)));
      return rows.map(({ consumer }) => consumer);
    },
    async storeStarts(starts) {
      const ids = encodeTexts(starts.map(({ consumer }) => consumer));
      await database.write(putStarts(ids, encodeTexts(starts.map(({ state }) => formatState(state)))));
    },
  };
}
