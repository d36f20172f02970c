import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openWriter } from './open.ts';
import { openForZeroing } from './zero-unused-bytes.ts';

const pageBytes = 4_096;

const rows = 30_000;
const secret = 'jane@shop.example';

it('a page that moves during the pass is zeroed at its new place', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-zero-'));
  const file = join(dir, 'state.db');
  const db = openWriter(file, ['CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT) STRICT']);
  const zeroing = openForZeroing(db);
  try {
    db.exec(`WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ${rows})
      INSERT INTO notes SELECT id, printf('%0300d', id) FROM ids`);
    db.pragma('wal_checkpoint(TRUNCATE)');
    // The copies that SQLite leaves are in no fixed place, so one is put into the last page of rows.
    putIntoLastLeaf(file, secret);
    db.pragma('shrink_memory'); // The cache has the page without it.
    db.exec('DELETE FROM notes WHERE id <= 5000');
    const pass = zeroing.start();
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    db.pragma('incremental_vacuum');
    pass.noteChanges();
    db.pragma('wal_checkpoint(TRUNCATE)');
    await pass.done;
    expect(readFileSync(file).includes(secret)).toBe(false);
    // A row of a page that was read before the pass brings the page's old bytes back.
    putIntoLastLeaf(file, secret);
    db.pragma('shrink_memory');
    db.exec(`UPDATE notes SET text = printf('%0300d', 7) WHERE id % 5 = 0`);
    pass.noteChanges();
    db.pragma('wal_checkpoint(TRUNCATE)');
    expect(readFileSync(file).includes(secret)).toBe(true);
    pass.zeroChanged();
    expect(readFileSync(file).includes(secret)).toBe(false);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(rows - 5000);
  } finally {
    db.close();
    zeroing.close();
    rmSync(dir, { recursive: true });
  }
});

/** Writes the text into the unused bytes of the last page that holds rows. */
function putIntoLastLeaf(file: string, text: string): void {
  const bytes = readFileSync(file);
  let start = bytes.byteLength - pageBytes;
  while (bytes[start] !== 0x0d) start -= pageBytes;
  const pointersEnd = 8 + 2 * bytes.readUInt16BE(start + 3);
  expect(bytes.readUInt16BE(start + 5) - pointersEnd).toBeGreaterThan(text.length);
  bytes.write(text, start + pointersEnd);
  writeFileSync(file, bytes, { flag: 'r+' });
}
