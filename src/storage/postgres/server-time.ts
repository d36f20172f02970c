import type { UnixMs } from '../../event/units.ts';
import { defineStatement } from '../sql/statement.ts';
import type { Database, QueryOptions } from './database.ts';

/** The time of the database's machine in milliseconds, in SQL. */
export const serverTime = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

const selectTime = defineStatement<{ readonly time: number }>(`SELECT ${serverTime} AS time`);

/** Reads the time of the database's machine. */
export async function readServerTime(database: Pick<Database, 'read'>, options?: QueryOptions): Promise<UnixMs> {
  const [row] = await database.read(selectTime(), options);
  if (!row) throw new Error('the database has no time');
  return row.time;
}
