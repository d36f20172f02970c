import { expect, it } from 'vitest';
import { defineChanges, run } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import type { Transaction } from './database.ts';
import { createPostgresSql } from './postgres-sql.ts';

const insert = defineStatement('INSERT INTO t (text) VALUES ($1)');
const add = defineChanges('t')('add', (text: string) => run(insert(text), insert('b')));

/** A database whose first transactions end with these errors. It notes the statements of each transaction. */
function createDatabase(...errors: readonly (string | undefined)[]) {
  const transactions: unknown[][] = [];
  return {
    transactions,
    read: async () => [],
    readSnapshot: () => Promise.reject(new Error('not read')),
    write: async () => ({ rows: [], rowCount: 0 }),
    async transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
      const statements: unknown[] = [];
      const code = errors[transactions.push(statements) - 1];
      const result = await work({
        query: async ({ values }) => {
          statements.push(values);
          return { rows: [], rowCount: values.length };
        },
        runScript: async () => {},
      });
      if (code !== undefined) throw Object.assign(new Error('ended'), { code });
      return result;
    },
  };
}

it('a change runs its steps under its lock, without the character that PostgreSQL cannot hold', async () => {
  const database = createDatabase();
  expect(await createPostgresSql(database).change(add, 'a\0')).toBe(1);
  expect(database.transactions).toEqual([[[], ['a\ufffd'], ['b']]]);
});

it('a change that ends in a deadlock runs once more, and no other error is hidden', async () => {
  const database = createDatabase('40P01');
  expect(await createPostgresSql(database).change(add, 'a')).toBe(1);
  expect(database.transactions).toHaveLength(2);
  await expect(createPostgresSql(createDatabase('40P01', '40P01')).change(add, 'a')).rejects.toMatchObject({ code: '40P01' });
  const broken = createDatabase('23505');
  await expect(createPostgresSql(broken).change(add, 'a')).rejects.toMatchObject({ code: '23505' });
  expect(broken.transactions).toHaveLength(1);
});
