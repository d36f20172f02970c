import type { Change, Sql } from '../sql/change.ts';
import type { Statement } from '../sql/statement.ts';
import type { Database } from './database.ts';

/** PostgreSQL as a store uses it. The statements of one step are sent together. */
export function createPostgresSql(database: Database): Sql {
  return {
    read: (statement) => database.read(withoutNuls(statement)),
    write: async (statement) => (await database.write(withoutNuls(statement))).rowCount,
    change: <Args extends readonly unknown[], T>({ lock, begin }: Change<Args, T>, ...args: Args) =>
      database.transact(async (transaction) => {
        await transaction.query(lock);
        const steps = begin(...args);
        let step = steps.next();
        while (!step.done) step = steps.next(await Promise.all(step.value.map((one) => transaction.query(withoutNuls(one)))));
        return step.value;
      }),
  };
}

function withoutNuls<Row>(statement: Statement<Row>): Statement<Row> {
  return { ...statement, values: statement.values.map((value) => (typeof value === 'string' ? withoutNul(value) : value)) };
}

/** Replaces U+0000, which PostgreSQL's text cannot hold. */
export function withoutNul(value: string): string {
  return value.replaceAll('\0', '\ufffd');
}
