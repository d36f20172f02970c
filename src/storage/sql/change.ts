import type { Dialect } from './dialect.ts';
import { defineStatement, type Result, type Statement } from './statement.ts';

/** The steps of a transaction or of a read. It yields statements that do not depend on each other, and gets their results. */
export type Steps<T> = Generator<readonly Statement[], T, readonly Result<unknown>[]>;

/** A transaction for both databases. It runs alone among those of the same lock; reads go on. */
export interface Change<Args extends readonly unknown[], T> {
  /** Unique among the changes of the store. SQLite's writer thread finds the change by it. */
  readonly name: string;
  /** PostgreSQL's lock. SQLite has one writer. */
  readonly lock: Statement;
  /** Whether it removes data that must not stay in SQLite's write-ahead log. */
  readonly purges: boolean;
  readonly begin: (...args: Args) => Steps<T>;
}

/** A change of any type. */
export type AnyChange = Change<never, unknown>;

/** A database that runs statements and changes: SQLite or PostgreSQL. */
export interface Sql {
  readonly dialect: Dialect;
  read<Row>(statement: Statement<Row>): Promise<readonly Row[]>;
  /** Reads as of one moment. */
  readSnapshot<T>(steps: Steps<T>): Promise<T>;
  /** Runs one statement. Returns the number of rows that it changed. */
  write(statement: Statement): Promise<number>;
  /** Runs a change. Its arguments and its result cross a thread, so they are structured-cloneable. */
  change<Args extends readonly unknown[], T>(change: Change<Args, T>, ...args: Args): Promise<T>;
}

/** Returns a function that defines changes under the lock of a table. */
export function defineChanges(table: string) {
  const lock = defineStatement(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`)();
  return <Args extends readonly unknown[], T>(
    name: string,
    begin: (...args: Args) => Steps<T>,
    { purges = false }: { readonly purges?: boolean } = {},
  ): Change<Args, T> => ({ name: `${table}.${name}`, lock, purges, begin });
}

/** Runs statements together. Returns the number of rows that the first one read or changed. */
export function* run(...statements: readonly Statement[]): Steps<number> {
  const [result] = yield statements;
  return result?.rowCount ?? 0;
}

/** Returns whether a statement read or changed a row. */
export function* has(statement: Statement): Steps<boolean> {
  return (yield* run(statement)) > 0;
}

/** Reads the rows of a statement. */
export function* select<Row>(statement: Statement<Row>): Steps<readonly Row[]> {
  const [result] = yield [statement];
  // The database returns the rows that the statement declares.
  return (result?.rows ?? []) as readonly Row[];
}

/** Reads the rows of statements together, in their order. */
export function* selectAll<const Statements extends readonly Statement[]>(
  statements: Statements,
): Steps<{ readonly [Index in keyof Statements]: RowsOf<Statements[Index]> }> {
  const results = yield statements;
  return results.map(({ rows }) => rows) as never;
}

type RowsOf<One> = One extends Statement<infer Row> ? readonly Row[] : never;
