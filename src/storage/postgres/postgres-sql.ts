import type { Change, Sql, Steps } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Statement } from '../sql/statement.ts';
import { encodeTexts } from './binary-arrays.ts';
import type { Database, Transaction } from './database.ts';
import { getErrorCode } from './database-errors.ts';

export const postgresDialect: Dialect = {
  encodeTexts,
  isAmong: (text, list) => `${text} = ANY (${list}::text[])`,
  toRows: (list) => `unnest(${list}::text[]) AS list(value)`,
  hasLine: (text, list) => `coalesce(string_to_array(${text}, chr(10)) && ${list}::text[], false)`,
  isNoList: (list) => `${list}::text[] IS NULL`,
  isTrue: (flag) => flag,
  isLike: (text, pattern) => `${text} ILIKE ${pattern}`,
  indexedBy: () => '',
  getField: (json, field) => `(${json}::json ->> '${field}') COLLATE "C"`,
  // PostgreSQL refuses the escapes of U+0000 and of half a surrogate pair, which other fields may have.
  getLastField: (json, field) =>
    `(regexp_replace(${json}, '\\\\u(0000|d[89a-f]..)', '\\\\ufffd', 'g')::json -> -1 ->> '${field}') COLLATE "C"`,
};

/** The SQLSTATE of a transaction that PostgreSQL ended because it and another one waited for each other. Nothing of it is stored. */
const deadlock = '40P01';

/** PostgreSQL as a store uses it. The statements of one step are sent together. A change that ends in a deadlock is run once more. */
export function createPostgresSql(database: Pick<Database, 'read' | 'readSnapshot' | 'write' | 'transact'>): Sql {
  const runChange = <Args extends readonly unknown[], T>({ lock, begin }: Change<Args, T>, args: Args) =>
    database.transact(async (transaction) => {
      await transaction.query(lock);
      return runSteps(begin(...args), transaction);
    });
  return {
    dialect: postgresDialect,
    readSnapshot: (steps) => database.readSnapshot((transaction) => runSteps(steps, transaction)),
    read: (statement) => database.read(withoutNuls(statement)),
    write: async (statement) => (await database.write(withoutNuls(statement))).rowCount,
    change: (change, ...args) =>
      runChange(change, args).catch((error: unknown) => {
        if (getErrorCode(error) !== deadlock) throw error;
        return runChange(change, args);
      }),
  };
}

/** Runs the steps of a transaction. The statements of one step are sent together. */
export async function runSteps<T>(steps: Steps<T>, transaction: Transaction): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await Promise.all(step.value.map((one) => transaction.query(withoutNuls(one)))));
  return step.value;
}

function withoutNuls<Row>(statement: Statement<Row>): Statement<Row> {
  return { ...statement, values: statement.values.map((value) => (typeof value === 'string' ? withoutNul(value) : value)) };
}

/** Replaces U+0000, which PostgreSQL's text cannot hold. */
export function withoutNul(value: string): string {
  return value.replaceAll('\0', '\ufffd');
}
