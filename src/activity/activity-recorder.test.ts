import { expect, it } from 'vitest';
import { hourMs } from '../event/units.ts';
import type { ActivityEntry } from './activity-entry.ts';
import { activityKinds } from './activity-kinds.ts';
import { createActivityRecorder } from './activity-recorder.ts';
import { listChangedPaths, listLeaves, toChangedMembers } from './changed-paths.ts';
import { describeActivity } from './describe-activity.ts';

const start = 1_795_514_400_000;
const accounts = [{ id: 'a'.repeat(16), name: 'ada@shop.example' }];

function createScene(isAway = false) {
  const scene = { now: start, entries: [] as ActivityEntry[], errors: [] as unknown[] };
  const recorder = createActivityRecorder({
    activity: {
      async appendActivity(entry) {
        if (isAway) throw new Error('the database is away');
        scene.entries.push(entry);
      },
      listAccountIds: async () => accounts,
    },
    now: () => scene.now,
    logger: { error: (...fields: unknown[]) => scene.errors.push(fields) },
  });
  return { scene, recorder };
}

it('an entry has the id of its account and the time, and no name', async () => {
  const { scene, recorder } = createScene();
  await recorder.recordAs('ada@shop.example', () => ({ kind: 'signed-in' }));
  expect(scene.entries).toEqual([{ kind: 'signed-in', actor: 'a'.repeat(16), at: start }]);
});

it('an entry that could not be appended is logged, and an entry with another member is none', async () => {
  const away = createScene(true);
  await away.recorder.record({ kind: 'backup-created', actor: 'cli' });
  expect(away.scene.errors).toMatchObject([[{ kind: 'backup-created' }, 'activity not recorded']]);
  const { scene, recorder } = createScene();
  const leak = { kind: 'person-erased', actor: 'cli', site: 'shop', email: 'jane@shop.example' } as const;
  await recorder.record(leak);
  expect([scene.entries, scene.errors.length]).toEqual([[], 1]);
  expect(JSON.stringify(scene.errors)).not.toContain('jane');
});

it('failed sign-ins are one entry an hour with their number, also at a stop', async () => {
  const { scene, recorder } = createScene();
  for (let nth = 0; nth < 3; nth += 1) recorder.countFailedSignIn();
  await recorder.flushFailedSignIns();
  expect(scene.entries).toEqual([]);
  scene.now += hourMs;
  await recorder.flushFailedSignIns();
  await recorder.flushFailedSignIns();
  recorder.countFailedSignIn();
  await recorder.flushFailedSignIns(true);
  const failed = { kind: 'sign-ins-failed', actor: 'gateway', at: start + hourMs };
  expect(scene.entries).toEqual([
    { ...failed, hour: start, count: 3 },
    { ...failed, hour: start + hourMs, count: 1 },
  ]);
});

it('changed paths name items of a list by their ids, and never a value', () => {
  const before = { sites: [{ id: 'shop', name: 'Secret shop', domains: ['a.example'] }] };
  const after = { sites: [{ id: 'shop', name: 'Other', domains: ['a.example'], bots: 'drop' }, { id: 'new' }] };
  const paths = listChangedPaths(listLeaves(before), listLeaves(after));
  expect(paths).toEqual(['sites[new].id', 'sites[shop].bots', 'sites[shop].name']);
  expect(listLeaves(undefined).size).toBe(0);
  const many = Array.from({ length: 53 }, (_, nth) => `p${nth}`);
  expect(toChangedMembers(many)).toEqual({ changed: many.slice(0, 50), more: 3 });
});

it('an entry is described with the names that the reader may see, and an unknown kind without a guess', () => {
  const removed = { kind: 'account-removed', at: start, actor: 'cli', account: 'a'.repeat(16) };
  const nameAccount = (id: string) => accounts.find((one) => one.id === id)?.name ?? id;
  expect(describeActivity(removed, nameAccount)).toBe('Removed the account ada@shop.example');
  expect(describeActivity(removed, (id) => id)).toBe(`Removed the account ${'a'.repeat(16)}`);
  const changed = ['a', 'b', 'c', 'd', 'e', 'f'];
  const saved = { kind: 'site-changed', at: start, actor: 'cli', site: 'shop', changed, more: 2 };
  expect(describeActivity(saved, nameAccount)).toBe("Changed the site's settings: a, b, c, d, e and 3 others");
  expect(describeActivity({ kind: 'later', at: start, actor: 'cli' }, nameAccount)).toContain('newer version');
  expect(new Set(activityKinds).size).toBe(activityKinds.length);
});
