import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import type { Store } from '../../storage/ports/store.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { createSessions, isSessionActive } from './sessions.ts';

const ada = { name: 'ada', role: 'owner', sites: [], password: 'stretched', createdAt: 0 } as const;
let emptied: EmptiedStore;
let store: Store;
let now: number;

beforeAll(async () => {
  emptied = await EmptiedStore.open();
  store = emptied.store;
});
beforeEach(async () => {
  now = 1_795_514_400_000;
  emptied.empty(() => now);
  await store.addAccount(ada);
});
afterAll(() => emptied.close());

it('a session ends after 12 h without a request, or 30 days after it started', () => {
  const at = (createdAt: number, usedAt: number) => isSessionActive({ createdAt: now - createdAt, usedAt: now - usedAt }, now);
  expect(at(0, 0)).toBe(true);
  expect(at(dayMs, 12 * hourMs - 1)).toBe(true);
  expect(at(dayMs, 12 * hourMs)).toBe(false);
  expect(at(30 * dayMs - 1, 0)).toBe(true);
  expect(at(30 * dayMs, 0)).toBe(false);
});

it('tokens are random, and only their hashes are stored', async () => {
  const { open, find } = createSessions(store, () => now);
  const tokens = [await open(ada), await open(ada)];
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) {
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await find(token ?? '')).toMatchObject({ account: 'ada', role: 'owner' });
    expect(await store.findSession(token ?? '')).toBeUndefined();
  }
  expect(await find('')).toBeUndefined();
});

it('ended sessions are deleted when the next one starts', async () => {
  const { open, find } = createSessions(store, () => now);
  const old = (await open(ada)) ?? '';
  now += 13 * hourMs;
  expect(await find(old)).toBeUndefined();
  await open(ada);
  now -= 13 * hourMs;
  expect(await find(old)).toBeUndefined();
});

it('a session continues while the disk rejects writes', async () => {
  const token = (await createSessions(store, () => now).open(ada)) ?? '';
  now += hourMs;
  const full = { ...store, touchSession: () => Promise.reject(new Error('the disk is full')) };
  expect(await createSessions(full, () => now).find(token)).toMatchObject({ account: 'ada' });
});
