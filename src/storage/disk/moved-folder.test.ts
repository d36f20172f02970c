import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { assertNotMoved, beginFolderMove, isFolderMoving, markMoved } from './moved-folder.ts';

it('a folder is marked as moved to one database, although a move to another has begun before', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-moved-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  expect(isFolderMoving(dir)).toBe(false);
  const first = await beginFolderMove(dir, 'one:5432/convey', async () => false);
  expect(await beginFolderMove(dir, 'one:5432/convey', async () => false)).toEqual(first);
  const second = await beginFolderMove(dir, 'two:5432/convey', async () => false);
  expect(second.id).not.toBe(first.id);
  expect(() => markMoved(dir, first.id)).toThrow('to another database has begun');
  assertNotMoved(dir);
  expect(isFolderMoving(dir)).toBe(true);

  const renamed = await beginFolderMove(dir, 'db.example:5432/convey', async (id) => id === second.id);
  expect(renamed.id).toBe(second.id);
  markMoved(dir, second.id);
  expect(isFolderMoving(dir)).toBe(false);
  expect(() => assertNotMoved(dir)).toThrow('was moved to the database db.example:5432/convey');
  expect(await beginFolderMove(dir, 'one:5432/convey', async () => true)).toEqual({ ...renamed, isMoved: true });
});
