import { encodeBigints, encodeBlobs, encodeTexts } from '../postgres/binary-arrays.ts';
import type { Database } from '../postgres/database.ts';
import { withoutNul } from '../postgres/postgres-sql.ts';
import { defineStatement } from '../sql/statement.ts';
import type { Db } from '../sqlite/open.ts';
import { longMs, type MoveRun } from './folder-move.ts';
import { type ColumnKind, type MovedTable, movedTables } from './moved-tables.ts';
import {
  addRow,
  type Cell,
  type ChecksumRow,
  hashRow,
  noRows,
  type RowsChecksum,
  selectChecksum,
  toChecksum,
} from './row-checksum.ts';

const page = { rows: 2_000, bytes: 4 * 1024 * 1024 } as const;

/** All tables at once, because some refer to others. A gateway that ran on the database loses its leases. */
const empty = defineStatement(`TRUNCATE ${[...movedTables.map(({ name }) => name), 'leases', 'commands'].join(', ')}`);

/** Removes the rows that an earlier call has copied. */
export async function emptyState(run: MoveRun): Promise<void> {
  await run.commit([empty()]);
}

const arrayTypes: Readonly<Record<ColumnKind, string>> = { text: 'text', integer: 'bigint', boolean: 'bigint', bytes: 'bytea' };

function defineCopy(table: MovedTable) {
  const names = table.columns.map(({ name }) => `"${name}"`);
  const arrays = table.columns.map(({ kind }, index) => `$${index + 1}::${arrayTypes[kind]}[]`);
  const values = table.columns.map(({ name, kind }) => (kind === 'boolean' ? `"${name}" <> 0` : `"${name}"`));
  return {
    table,
    insert: defineStatement(
      `INSERT INTO ${table.name} (${names.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${values.join(', ')} FROM unnest(${arrays.join(', ')}) AS g (${names.join(', ')})`,
    ),
    check: defineStatement<ChecksumRow>(selectChecksum(table.name, table.columns)),
    continueAfter: table.generated === undefined ? undefined : defineContinue(table.name, table.generated, table.generatedAfter),
  };
}

/** Lets generated values continue after those that were copied. */
function defineContinue(table: string, column: string, more = 'SELECT NULL::bigint') {
  return defineStatement(
    `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), greatest(1, (SELECT max(${column}) FROM ${table}), (${more})))`,
  );
}

const copies = movedTables.map(defineCopy);

/** Copies all tables of the folder's files, which nothing else may write, to empty tables. Returns the checksum of each in its file. */
export async function copyState(
  files: Readonly<Record<MovedTable['file'], Db>>,
  run: MoveRun,
  onRows: (table: string, done: number) => void,
): Promise<ReadonlyMap<string, RowsChecksum>> {
  const checksums = new Map<string, RowsChecksum>();
  for (const copy of copies) {
    const { table } = copy;
    let sum = noRows;
    for (const rows of readPages(files[table.file], table)) {
      await run.commit([insertStatement(copy, rows)]);
      for (const row of rows) sum = addRow(sum, hashRow(table.columns, row));
      onRows(table.name, sum.rows);
    }
    checksums.set(table.name, sum);
  }
  await run.commit(copies.flatMap(({ continueAfter }) => continueAfter?.() ?? []));
  return checksums;
}

/** The names of the tables that `copyState` fills. */
export const stateTables: readonly string[] = movedTables.map(({ name }) => name);

const removeSites = ['dashboard_sites', 'dashboard_connections'].map((table) => ({
  table,
  remove: defineStatement(`DELETE FROM ${table}`),
}));

/** Copies the sites of the dashboard, which a gateway that waits for the end of the move accepts events of. */
export async function copySites(db: Db, run: MoveRun): Promise<void> {
  const statements = removeSites.flatMap(({ table: name, remove }) => {
    const copy = copies.find(({ table }) => table.name === name);
    return [remove(), ...(copy ? [...readPages(db, copy.table)].map((rows) => insertStatement(copy, rows)) : [])];
  });
  await run.commit(statements);
}

/** Returns the checksum of a table in the database. */
export async function checkTable(database: Pick<Database, 'read'>, name: string): Promise<RowsChecksum> {
  const check = copies.find(({ table }) => table.name === name)?.check;
  if (!check) throw new Error(`${name} is not copied`);
  const [row] = await database.read(check(), { timeoutMs: longMs });
  return toChecksum(row);
}

const analyze = defineStatement(`ANALYZE ${['records', ...stateTables].join(', ')}`);

/** Lets the database know the sizes of the tables, or its first queries would read whole ones. */
export async function refreshStatistics(database: Pick<Database, 'read'>): Promise<void> {
  await database.read(analyze(), { timeoutMs: longMs });
}

function insertStatement({ table, insert }: ReturnType<typeof defineCopy>, rows: readonly (readonly Cell[])[]) {
  const columns = table.columns.map(({ kind }, index) =>
    encodeColumn(
      kind,
      rows.map((row) => row[index] ?? null),
    ),
  );
  return insert(...columns);
}

function* readPages(db: Db, { columns, source }: MovedTable): Generator<readonly (readonly Cell[])[]> {
  const select = `SELECT ${columns.map(({ from, name }) => `${from} AS "${name}"`).join(', ')} FROM ${source(db)}`;
  let rows: (readonly Cell[])[] = [];
  let bytes = 0;
  for (const row of db.prepare<[], readonly Cell[]>(select).raw().iterate()) {
    rows.push(row);
    for (const cell of row) bytes += typeof cell === 'string' ? cell.length : ArrayBuffer.isView(cell) ? cell.byteLength : 8;
    if (rows.length < page.rows && bytes < page.bytes) continue;
    yield rows;
    rows = [];
    bytes = 0;
  }
  if (rows.length > 0) yield rows;
}

function encodeColumn(kind: ColumnKind, cells: readonly Cell[]): Buffer {
  switch (kind) {
    case 'text':
      return encodeTexts(cells.map((cell) => (cell === null ? null : withoutNul(String(cell)))));
    case 'bytes':
      return encodeBlobs(cells.map((cell) => (ArrayBuffer.isView(cell) ? cell : null)));
    default:
      return encodeBigints(cells.map((cell) => (cell === null ? null : Number(cell))));
  }
}
