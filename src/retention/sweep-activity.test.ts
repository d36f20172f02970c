import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { checkSignature } from '../activity/activity-checkpoint.ts';
import { dayMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import type { ActivityStore } from '../storage/ports/activity.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { resignCheckpoint, sweepActivity } from './sweep-activity.ts';

const now = 1_795_514_400_000;
const toKey = (id: string, byte: number) => ({ id, key: createSecretKey(Buffer.alloc(32, byte)) });
const [one, two] = [toKey('one', 1), toKey('two', 2)];
const keys = { find: (id: string) => [one, two].find((key) => key.id === id), present: () => one };

let emptied: EmptiedStore;
let store: ActivityStore;
let logged: string;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());
beforeEach(() => {
  emptied.empty(() => now);
  store = emptied.store;
  logged = '';
});
const logger = createLogger('info', {
  write: (line) => {
    logged += line;
  },
});
const append = (days: number) => store.appendActivity({ kind: 'backup-created', at: now - days * dayMs, actor: 'cli' });
const sweep = (from: ActivityStore = store) => sweepActivity(now, { store: from, keys, logger });

it('a sweep replaces entries of more than 400 days by a checkpoint that another key signs anew', async () => {
  for (const days of [500, 402, 399, 1]) await append(days);
  await sweep();
  const checkpoint = await store.getActivityCheckpoint();
  expect((await store.readActivity(0, 9)).map(({ seq }) => seq)).toEqual([3, 4]);
  expect(checkpoint).toMatchObject({ seq: 2, at: now - 402 * dayMs, keyId: 'one' });
  await resignCheckpoint(store, keys, two);
  const again = await store.getActivityCheckpoint();
  expect(again).toMatchObject({ seq: 2, keyId: 'two' });
  expect(again && checkSignature(again, keys.find)).toBe('valid');
  await sweep();
  expect(await store.getActivityCheckpoint()).toEqual(again);
});

it('a sweep keeps entries that do not verify, and logs what to do', async () => {
  for (const days of [500, 402]) await append(days);
  const forged = {
    ...store,
    readActivity: async () => (await store.readActivity(0, 9)).map((row) => ({ ...row, actor: 'file' })),
  };
  await sweep(forged);
  expect(await store.getActivityCheckpoint()).toBeUndefined();
  expect(logged).toContain('old activity kept: it does not verify');
});

it('a checkpoint whose key is missing is not signed anew', async () => {
  await append(500);
  await sweep();
  const before = await store.getActivityCheckpoint();
  await resignCheckpoint(store, { find: () => undefined }, two);
  expect(await store.getActivityCheckpoint()).toEqual(before);
});
