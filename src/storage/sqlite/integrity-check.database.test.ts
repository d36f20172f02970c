import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startIntegrityCheck } from './integrity-check.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-check-'));
  file = join(dir, 'notes.db');
  const db = new Database(file);
  db.exec(`CREATE TABLE notes (text TEXT NOT NULL) STRICT; CREATE INDEX notes_by_text ON notes (text);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO notes SELECT 'note ' || i FROM n`);
  db.close();
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('integrity check', () => {
  it('reports no problem for a sound file', async () => {
    expect(await startIntegrityCheck(file, true).problems).toEqual([]);
  });

  it('reports the problems of a damaged file, also when it cannot be opened', async () => {
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.from(bytes).fill(0xff, 8_192, 12_288));
    expect(await startIntegrityCheck(file, true).problems).not.toEqual([]);
    writeFileSync(file, Buffer.from(bytes).fill(0xff, 0, 100));
    expect(await startIntegrityCheck(file, true).problems).toEqual(['file is not a database']);
  });

  it('fails instead of reporting damage when it cannot read the file', async () => {
    await expect(startIntegrityCheck(join(dir, 'nowhere', 'notes.db'), true).problems).rejects.toThrow('failed: Cannot open');
  });

  it('ends when it is stopped while SQLite reads', async () => {
    const { problems, stop } = startIntegrityCheck(file, true);
    const rejected = expect(problems).rejects.toThrow('was cancelled');
    await stop();
    await rejected;
  });
});
