import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCheckpointedPastDamage, readWal } from './page-reader.ts';
import { findPageBytes } from './page-size.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-pages-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const frameBytes = 24 + 4_096;

/** Creates a file with five commits in the write-ahead log; the third is damaged. */
function damaged(name: string, isCheckpointed: boolean): string {
  const file = join(dir, name);
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('wal_autocheckpoint = 0');
  db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT; CREATE INDEX notes_by_text ON notes (text)');
  db.pragma('wal_checkpoint(TRUNCATE)');
  for (let id = 0; id < 5; id += 1) db.prepare('INSERT INTO notes (text) VALUES (?)').run(`note ${id}`);
  if (isCheckpointed) db.pragma('wal_checkpoint(PASSIVE)');
  for (const part of ['', '-wal']) cpSync(file + part, `${file}.crashed${part}`);
  db.close();
  const wal = readFileSync(`${file}.crashed-wal`);
  const third = 32 + 4 * frameBytes + 100;
  wal[third] = 1 ^ (wal[third] ?? 0);
  writeFileSync(`${file}.crashed-wal`, wal);
  return `${file}.crashed`;
}

describe('a damaged write-ahead log', () => {
  it('has sound frames that SQLite reads, and lost commits that it does not', () => {
    const file = damaged('notes.db', false);
    expect(readWal(`${file}-wal`)).toMatchObject({ pages: { length: 10 }, sound: 4, lostCommits: 3 });
  });

  it('leaves the file in the state of one commit, unless a checkpoint went past the damage', () => {
    expect(isCheckpointedPastDamage(damaged('before.db', false))).toBe(false);
    expect(isCheckpointedPastDamage(damaged('after.db', true))).toBe(true);
  });

  it('may be larger than the memory', { timeout: 120_000 }, () => {
    const wal = `${damaged('large.db', false)}-wal`;
    truncateSync(wal, 2 ** 31 + frameBytes);
    expect(readWal(wal)).toMatchObject({ pages: { length: 10 }, sound: 4, lostCommits: 3 });
  });
});

it.each([4_096, 8_192])(
  'the size of pages, %i bytes, is found by the headers, and without them by the form of the pages',
  (size) => {
    const file = join(dir, `${size}.db`);
    const db = new Database(file);
    db.pragma(`page_size = ${size}`);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT');
    const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
    for (let id = 0; id < 60; id += 1) insert.run('x'.repeat((id * 7_919) % 3_000));
    db.pragma('wal_checkpoint(PASSIVE)');
    const found = [findPageBytes(file)];
    for (const part of ['-wal', ''])
      for (const header of [size === 4_096 ? 0x20 : 0x10, 0]) {
        const bytes = readFileSync(file + part);
        bytes.fill(header, part === '' ? 16 : 10, part === '' ? 17 : 11);
        writeFileSync(file + part, bytes);
        found.push(findPageBytes(file));
      }
    db.close();
    expect(new Set(found)).toEqual(new Set([size]));
  },
);
