import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MaintenanceLock } from './maintenance-lock.ts';

it('a backup starts when all removals have ended, and delays later ones', async () => {
  const lock = new MaintenanceLock();
  const done: string[] = [];
  const work = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async () => {
      done.push(`${name} begins`);
      await promise;
      done.push(`${name} ends`);
    };
    return { run, end: resolve };
  };
  const [sweep, erasure, backup, later] = [work('sweep'), work('erasure'), work('backup'), work('later')];
  const all = [lock.runShared(sweep.run), lock.runShared(erasure.run), lock.runExclusive(backup.run), lock.runShared(later.run)];
  sweep.end();
  later.end();
  await all[0];
  erasure.end();
  await all[1];
  await new Promise((resolve) => setImmediate(resolve));
  expect(done.at(-1)).toBe('backup begins');
  backup.end();
  await Promise.all(all);
  expect(done).toEqual([
    'sweep begins',
    'erasure begins',
    'sweep ends',
    'erasure ends',
    'backup begins',
    'backup ends',
    'later begins',
    'later ends',
  ]);
});

it('failing work releases the lock', async () => {
  const lock = new MaintenanceLock();
  const failing = () => Promise.reject(new Error('the disk is full'));
  await expect(lock.runShared(failing)).rejects.toThrow('full');
  await expect(lock.runExclusive(failing)).rejects.toThrow('full');
  expect(await lock.runShared(async () => 'done')).toBe('done');
});

it('backups run one at a time, and removals between two of them keep their order', async () => {
  const lock = new MaintenanceLock();
  const done: string[] = [];
  const work = (name: string) => async () => {
    done.push(`${name} begins`);
    await nextTurn();
    done.push(`${name} ends`);
  };
  await Promise.all([
    lock.runExclusive(work('first')),
    lock.runShared(work('sweep')),
    lock.runShared(work('erasure')),
    lock.runExclusive(work('second')),
  ]);
  expect(done).toEqual([
    ...['first begins', 'first ends', 'sweep begins', 'erasure begins', 'sweep ends', 'erasure ends'],
    ...['second begins', 'second ends'],
  ]);
});
