import { expect, it } from 'vitest';
import { MaintenanceLock } from './maintenance-lock.ts';

it('a backup begins once every removal has ended, and holds back the next ones', async () => {
  const apart = new MaintenanceLock();
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
  const all = [apart.remove(sweep.run), apart.remove(erasure.run), apart.copy(backup.run), apart.remove(later.run)];
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

it('what fails lets the others have their turn', async () => {
  const apart = new MaintenanceLock();
  const failing = () => Promise.reject(new Error('the disk is full'));
  await expect(apart.remove(failing)).rejects.toThrow('full');
  await expect(apart.copy(failing)).rejects.toThrow('full');
  expect(await apart.remove(async () => 'done')).toBe('done');
});
