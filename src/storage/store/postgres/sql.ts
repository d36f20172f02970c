import type { Database } from '../../postgres/database.ts';
import { serverTime } from '../../postgres/server-time.ts';
import type { Statement } from '../../sql/statement.ts';

/** The type of text columns. They compare by their bytes, as offsets and the ranges of consumer ids require. */
export const text = 'text COLLATE "C"';

/** The database's time in milliseconds, unless a test sets the time by this parameter. */
export const nowSql = (parameter: string) => `coalesce(${parameter}::bigint, ${serverTime})`;

/** Reads the first row. */
export async function readRow<Row>(database: Database, statement: Statement<Row>): Promise<Row | undefined> {
  const [row] = await database.read(statement);
  return row;
}

/** Returns the last item of each key: one statement of PostgreSQL cannot write a row twice. */
export function keepLast<Item>(items: readonly Item[], toKey: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [toKey(item), item])).values()];
}
