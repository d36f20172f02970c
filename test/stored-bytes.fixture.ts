import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import type { Event } from '../src/event/event.ts';
import { parseStoredEvent } from '../src/event/parse-stored-event.ts';
import type { TestDatabase } from './postgres.fixture.ts';

/** Returns the bytes as text, one character each, and their content if they are a packed column. */
function toText(bytes: Buffer): string {
  try {
    return `${bytes.toString('latin1')}\n${inflateRawSync(bytes).toString('latin1')}`;
  } catch {
    return bytes.toString('latin1');
  }
}

/** Returns every byte of a data folder's files as text, and the packed columns of `state.db` unpacked. */
export function readFolderText(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
  const db = new Database(join(dir, 'state.db'), { readonly: true });
  try {
    const packed = [
      ['attempts', 'body'],
      ['outcome_blocks', 'entries'],
    ].flatMap(([table, column]) => db.prepare<[], Buffer>(`SELECT ${column} FROM ${table}`).pluck().all());
    return [...texts, ...packed.map(toText)].join('\n');
  } finally {
    db.close();
  }
}

/** Returns every row of a database's tables as text, with its columns of bytes as they are and unpacked. */
export async function readDatabaseText(database: Pick<TestDatabase, 'run'>): Promise<string> {
  const tables = await database.run<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`,
  );
  const texts: string[] = [];
  for (const { name } of tables)
    for (const { row } of await database.run<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`))
      texts.push(row, ...Array.from(row.matchAll(/"\\\\x([0-9a-f]*)"/g), ([, hex = '']) => toText(Buffer.from(hex, 'hex'))));
  return texts.join('\n');
}

/** Returns the events of a data folder's event log that have a body. */
export function readFolderEvents(dir: string): readonly Event[] {
  const db = new Database(join(dir, 'log.db'), { readonly: true });
  try {
    return db.prepare<[], Buffer>('SELECT bytes FROM records WHERE crc32 IS NOT NULL').pluck().all().flatMap(parseEvents);
  } finally {
    db.close();
  }
}

/** Returns the events of a database's event log that have a body. */
export async function readDatabaseEvents(database: Pick<TestDatabase, 'run'>): Promise<readonly Event[]> {
  const rows = await database.run<{ bytes: Buffer }>('SELECT bytes FROM records WHERE length(bytes) > 0');
  return rows.flatMap(({ bytes }) => parseEvents(bytes));
}

function parseEvents(bytes: Buffer): readonly Event[] {
  const event = parseStoredEvent(bytes);
  return event ? [event] : [];
}
