import type BetterSqlite3 from 'better-sqlite3';
import type { AnyChange, Sql, Steps } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Result, Statement } from '../sql/statement.ts';
import type { Db } from './open.ts';

/** An operation of SQLite's writer thread: a statement, or a change by its name. */
export type SqlOp =
  | { readonly kind: 'write'; readonly text: string; readonly values: readonly unknown[] }
  | { readonly kind: 'change'; readonly name: string; readonly args: readonly unknown[]; readonly purges: boolean };

/** Returns a function that runs statements, and prepares each of them once. */
export function prepareStatements(db: Db) {
  const prepared = new Map<string, BetterSqlite3.Statement<[object], unknown>>();
  const prepare = (text: string) => {
    const statement = db.prepare<[object], unknown>(text);
    prepared.set(text, statement);
    return statement;
  };
  return ({ text, values }: Pick<Statement, 'text' | 'values'>): Result<unknown> => {
    const statement = prepared.get(text) ?? prepare(text);
    // SQLite takes `$1` for a parameter's name.
    const named: Record<number, unknown> = {};
    for (let index = 0; index < values.length; index += 1) named[index + 1] = values[index] ?? null;
    if (!statement.reader) return { rows: [], rowCount: statement.run(named).changes };
    const rows = statement.all(named);
    return { rows, rowCount: rows.length };
  };
}

function runSteps<T>(steps: Steps<T>, runStatement: (statement: Statement) => Result<unknown>): T {
  let step = steps.next();
  while (!step.done) step = steps.next(step.value.map(runStatement));
  return step.value;
}

/** Prepares the operations on the writer's thread. */
export function prepareSqlOps(db: Db, changes: readonly AnyChange[]): (op: SqlOp) => unknown {
  const runStatement = prepareStatements(db);
  const known = new Map(changes.map((change) => [change.name, change]));
  return (op) => {
    if (op.kind === 'write') return runStatement(op).rowCount;
    const change = known.get(op.name);
    if (!change) throw new Error(`the writer's thread knows no change ${op.name}`);
    // The caller's compiler has checked the arguments.
    return runSteps<unknown>(change.begin(...(op.args as never)), runStatement);
  };
}

export const sqliteDialect: Dialect = {
  encodeTexts: (texts) => JSON.stringify(texts),
  isAmong: (text, list) => `${text} IN (SELECT value FROM json_each(${list}))`,
  toRows: (list) => `json_each(${list}) AS list`,
  hasLine: (text, list) => `EXISTS (SELECT 1 FROM json_each(${list}) WHERE instr(${text}, char(10) || value || char(10)) > 0)`,
  isNoList: (list) => `${list} IS NULL`,
  isTrue: (flag) => `${flag} = 1`,
  isLike: (text, pattern) => `${text} LIKE ${pattern} ESCAPE '\\'`,
  indexedBy: (index) => `INDEXED BY ${index}`,
  getField: (json, field) => `json_extract(${json}, '$.${field}')`,
  getLastField: (json, field) => `json_extract(${json}, '$[#-1].${field}')`,
};

/** A file of which a store only reads. */
export function createReadOnlySql(db: Db): Sql {
  return createSqliteSql(db, () => Promise.reject(new Error('the file is only read')));
}

/** SQLite as a store uses it: it reads on this thread, and writes on the writer's. The types are those of each statement and change. */
export function createSqliteSql(db: Db, write: (op: SqlOp) => Promise<unknown>): Sql {
  const runStatement = prepareStatements(db);
  return {
    dialect: sqliteDialect,
    readSnapshot: async <T>(steps: Steps<T>) => db.transaction(() => runSteps(steps, runStatement))(),
    read: async <Row>(statement: Statement<Row>) => runStatement(statement).rows as readonly Row[],
    write: async ({ text, values }) => Number(await write({ kind: 'write', text, values })),
    change: async <T>({ name, purges }: { readonly name: string; readonly purges: boolean }, ...args: readonly unknown[]) =>
      (await write({ kind: 'change', name, args, purges })) as T,
  };
}
