import { hash } from 'node:crypto';
import { withoutNul } from '../postgres/postgres-sql.ts';
import type { ColumnKind, MovedColumn } from './moved-tables.ts';

/** The value of a column, as SQLite returns it. */
export type Cell = string | number | Uint8Array | null;

/**
 * The number of rows, and the sum of a 60-bit hash of each. The sum does not depend on the order of the rows, so both databases compute it in
 * one pass, each in its own order.
 */
export interface RowsChecksum {
  readonly rows: number;
  readonly sum: bigint;
}

export const noRows: RowsChecksum = { rows: 0, sum: 0n };

export function addRow({ rows, sum }: RowsChecksum, hashed: bigint): RowsChecksum {
  return { rows: rows + 1, sum: sum + hashed };
}

export function isEqual(one: RowsChecksum, other: RowsChecksum): boolean {
  return one.rows === other.rows && one.sum === other.sum;
}

/** PostgreSQL's text cannot hold U+0000, and the others are improbable in data. */
const separator = '\u001f';
const absent = '\u001e';
const hashedDigits = 15;

/** Hashes a row. `selectChecksum` computes the same in PostgreSQL. */
export function hashRow(columns: readonly Pick<MovedColumn, 'kind'>[], cells: readonly Cell[]): bigint {
  const parts = columns.map(({ kind }, index) => formatCell(kind, cells[index] ?? null));
  return BigInt(`0x${hash('sha256', parts.join(separator)).slice(0, hashedDigits)}`);
}

function formatCell(kind: ColumnKind, cell: Cell): string {
  if (cell === null) return absent;
  if (kind === 'boolean') return Number(cell) === 0 ? '0' : '1';
  if (typeof cell === 'string') return withoutNul(cell);
  return typeof cell === 'number' ? String(cell) : hash('sha256', cell);
}

const formatSql: Readonly<Record<ColumnKind, (name: string) => string>> = {
  text: (name) => name,
  integer: (name) => `${name}::text`,
  boolean: (name) => `${name}::integer::text`,
  bytes: (name) => `encode(sha256(${name}), 'hex')`,
};

/** Returns the query for the number of rows and the sum of their hashes. */
export function selectChecksum(table: string, columns: readonly Pick<MovedColumn, 'name' | 'kind'>[], condition = ''): string {
  const parts = columns.map(({ name, kind }) => `coalesce(${formatSql[kind](`"${name}"`)}, chr(${absent.charCodeAt(0)}))`);
  const digest = `encode(sha256(convert_to(concat_ws(chr(${separator.charCodeAt(0)}), ${parts.join(', ')}), 'UTF8')), 'hex')`;
  const hashed = `('x' || left(${digest}, ${hashedDigits}))::bit(${hashedDigits * 4})::bigint`;
  return `SELECT count(*) AS rows, coalesce(sum(${hashed}), 0)::text AS sum FROM ${table} ${condition}`;
}

/** A row of `selectChecksum`. */
export interface ChecksumRow {
  readonly rows: number;
  readonly sum: string;
}

export function toChecksum(row: ChecksumRow | undefined): RowsChecksum {
  return row ? { rows: row.rows, sum: BigInt(row.sum) } : noRows;
}
