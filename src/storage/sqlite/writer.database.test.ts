import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WriteFailedError } from './op-queue.ts';
import { openReader } from './open.ts';
import type { NoteOp } from './writer.fixture.ts';
import { bytesOnDisk, Writer } from './writer.ts';

describe('the writer of a file', () => {
  let dir: string;
  let file: string;
  const writers: Writer<NoteOp, number>[] = [];

  const open = async (timeoutMs = 5_000) => {
    const writer = await Writer.open<NoteOp, number>('./writer.fixture', import.meta.url, file, timeoutMs);
    writers.push(writer);
    return writer;
  };
  const notes = () => {
    const db = openReader(file);
    const rows = db.prepare<[], { text: string }>('SELECT text FROM notes ORDER BY rowid').all();
    db.close();
    return rows.map(({ text }) => text);
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'convey-sqlite-'));
    file = join(dir, 'notes.db');
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) await writer.close();
    rmSync(dir, { recursive: true });
  });

  it('undoes a failing operation alone, and commits the others of the transaction', async () => {
    const writer = await open();
    const ops = [{ add: 'a' }, { addThenFail: 'b' }, { add: 'a' }, { add: 'c' }];
    const answers = await Promise.allSettled(ops.map((op) => writer.run(op)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { name: 'WriteFailedError', message: 'changed its mind' } });
    expect(answers[2]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } });
    expect(notes()).toEqual(['a', 'c']);
  });

  it('takes back the changes of a key index that a failing operation or transaction made', async () => {
    const writer = await open();
    await writer.run({ add: 'a' });
    const beside = [{ addThenFail: 'b' }, { removeThenFail: 'a' }, { add: 'c' }].map((op) => writer.run(op));
    expect((await Promise.allSettled(beside)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    const lost = [{ add: 'd' }, { remove: 'c' }, { removeThenRollBack: 'a' }].map((op) => writer.run(op));
    expect((await Promise.allSettled(lost)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await writer.run({ add: 'e' });
    const count = (of: typeof writer) => Promise.all(['a', 'b', 'c', 'd', 'e'].map((find) => of.run({ find })));
    expect(await count(writer)).toEqual([1, 0, 1, 0, 1]);
    await writer.close();
    expect(await count(await open())).toEqual([1, 0, 1, 0, 1]);
  });

  it('writes queued operations and empties the WAL when it is closed', async () => {
    const writer = await open();
    const queued = Array.from({ length: 200 }, (_, index) => writer.run({ add: `note ${index}` }));
    expect(writer.pending).toBe(200);
    await writer.close();
    await Promise.all(queued);
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    expect(notes()).toHaveLength(200);
  });

  it('rejects an operation after it was closed', async () => {
    const writer = await open();
    await writer.close();
    await expect(writer.run({ add: 'late' })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('rejects an operation when the disk does not reply in time, and continues afterwards', async () => {
    const writer = await open(150);
    const stalled = writer.run({ stall: 2_000 });
    await nextTurn();
    const second = writer.run({ add: 'behind' });
    await expect(stalled).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(second).rejects.toMatchObject({ code: 'TIMEOUT' });
    let tries = 0;
    const isWritten = () =>
      writer.run({ add: `after ${++tries}` }).then(
        () => true,
        () => false,
      );
    await expect.poll(isWritten).toBe(true);
    expect(notes()).toContain(`after ${tries}`);
    expect(notes()).not.toContain('behind');
  });

  it('waits when another connection writes the file', async () => {
    const writer = await open();
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    setTimeout(() => other.close(), 100);
    await writer.run({ add: 'a' });
    expect(notes()).toEqual(['a']);
  });

  it('runs the missing migration steps once on a file of an earlier version', async () => {
    const old = new Database(file);
    old.exec("CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT; INSERT INTO notes VALUES ('kept'); PRAGMA user_version = 1");
    old.close();
    await (await open()).close();
    await (await open()).close();
    const db = openReader(file);
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    expect(db.prepare('SELECT text, at FROM notes').all()).toEqual([{ text: 'kept', at: null }]);
    db.close();
  });

  it('leaves the file unchanged when a migration step fails', async () => {
    const old = new Database(file);
    old.exec(
      "CREATE TABLE notes (text TEXT PRIMARY KEY, at INTEGER) STRICT; INSERT INTO notes VALUES ('kept', 1); PRAGMA user_version = 1",
    );
    old.close();
    await expect(open()).rejects.toBeInstanceOf(WriteFailedError);
    const db = openReader(file);
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    expect(notes()).toEqual(['kept']);
    db.close();
  });

  it('refuses a file of a newer version with the remedy', async () => {
    const newer = new Database(file);
    newer.exec('PRAGMA user_version = 3');
    newer.close();
    await expect(open()).rejects.toMatchObject({ code: 'NEWER', message: expect.stringContaining('restore a backup') });
  });

  it('uses a write-ahead log and incremental vacuum, and its readers cannot write', async () => {
    await open();
    const db = openReader(file);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(() => db.exec("INSERT INTO notes (text) VALUES ('by a reader')")).toThrow('readonly');
    db.close();
  });

  it('keeps the WAL under 100 MiB while it writes', async () => {
    const writer = await open();
    for (let index = 0; index < 16; index += 1) await writer.run({ add: `${index}${'x'.repeat(4_000_000)}` });
    expect(statSync(`${file}-wal`).size).toBeLessThan(104 * 1024 * 1024);
    expect(bytesOnDisk(file)).toBeGreaterThan(120_000_000);
    // A long read keeps the checkpoint incomplete.
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM notes').get();
    for (let index = 16; index < 29; index += 1) await writer.run({ add: `${index}${'x'.repeat(4_000_000)}` });
    reader.exec('COMMIT');
    await writer.run({ add: `last ${'x'.repeat(2_000_000)}` });
    await writer.run({ add: 'begins the WAL again' });
    const [state] = reader.pragma('wal_checkpoint(NOOP)') as readonly { log: number }[];
    reader.close();
    expect(state?.log).toBeLessThan(1_000);
  });

  it('empties a smaller WAL when no operation follows', async () => {
    const writer = await open();
    await writer.run({ add: 'x'.repeat(5_000_000) });
    const db = openReader(file);
    const countOpenFrames = () => {
      const [state] = db.pragma('wal_checkpoint(NOOP)') as readonly { log: number; checkpointed: number }[];
      return state && state.log - state.checkpointed;
    };
    // A checkpoint keeps the size of the file.
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(4_000_000);
    await expect.poll(countOpenFrames).toBe(0);
    db.close();
  });

  it('goes on after it could not look at the WAL', async () => {
    const writer = await open();
    await writer.run({ failNextRead: true });
    expect(await writer.run({ add: 'a' })).toBe(1);
  });

  it('commits what one turn of the event loop queues at once', async () => {
    const writer = await open();
    const db = openReader(file);
    const readFrames = () => (db.pragma('wal_checkpoint(NOOP)') as readonly { log: number }[])[0]?.log ?? 0;
    await writer.run({ add: 'first' });
    const before = readFrames();
    await Promise.all(Array.from({ length: 50 }, (_, index) => writer.run({ add: `note ${index}` })));
    // A commit writes each page that it changed once.
    expect(readFrames() - before).toBeLessThan(10);
    db.close();
  });

  it('does not wait for a long read, and removes deleted data from the WAL after the read', async () => {
    const writer = await open(2_000);
    await writer.run({ add: 'a' });
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM notes').all();
    await writer.run({ remove: 'a' });
    await writer.run({ add: 'b' });
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    reader.close();
    await writer.run({ add: 'c' });
    expect(statSync(`${file}-wal`).size).toBe(0);
  });

  it('ends a purge only when the WAL is empty, and purges that wait share one', async () => {
    const writer = await open();
    await writer.run({ add: 'secret' });
    await writer.run({ remove: 'secret' });
    await writer.run({ add: 'b' });
    // Reads the newest version, so it delays no checkpoint, but keeps the WAL.
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM notes').all();
    await writer.run({ remove: 'b' });
    reader.exec('COMMIT; BEGIN');
    reader.prepare('SELECT * FROM notes').all();
    const ended: string[] = [];
    const purges = [writer.purge('file'), writer.purge('file'), writer.purge('log')];
    expect(writer.purge('file'), 'a second pass for each call').toBe(purges[1]);
    void purges[0]?.then(() => ended.push('purge'));
    for (let index = 0; index < 20; index += 1) await writer.run({ add: `note ${index}` });
    expect(ended).toEqual([]);
    reader.close();
    await Promise.all(purges);
    expect(statSync(`${file}-wal`).size).toBe(0);
    const late = openReader(file);
    late.exec('BEGIN');
    late.prepare('SELECT * FROM notes').all();
    await writer.run({ remove: 'note 1' });
    const cutOff = expect(writer.purge('log')).rejects.toMatchObject({ code: 'BUSY' });
    await writer.close();
    await cutOff;
    late.close();
  });

  it('empties the WAL of removed data after a long read when no operation follows', async () => {
    const writer = await open();
    await writer.run({ add: 'a' });
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM notes').all();
    await writer.run({ remove: 'a' });
    reader.close();
    await expect.poll(() => statSync(`${file}-wal`).size).toBe(0);
  });

  it('rejects what waits and what follows, and gives the reason, when its thread ends', async () => {
    const writer = await open();
    expect(writer.problem).toBeUndefined();
    await writer.run({ add: 'a' });
    const reader = openReader(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM notes').all();
    const purging = expect(writer.purge('log')).rejects.toMatchObject({ code: 'THREAD' });
    // The reply may be lost with the thread.
    await Promise.allSettled([writer.run({ failLater: true }), purging]);
    await purging;
    reader.close();
    expect(writer.problem).toContain('bug of a task');
    await expect(writer.run({ add: 'a' })).rejects.toMatchObject({ code: 'THREAD' });
    await expect(writer.purge('file')).rejects.toMatchObject({ code: 'THREAD' });
  });

  it('has size 0 when the file does not exist yet', () => {
    expect(bytesOnDisk(join(dir, 'nowhere.db'))).toBe(0);
  });
});
