import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { minuteMs } from '../event/units.ts';
import type { Store } from '../storage/ports/store.ts';
import { parseIssue } from '../storage/store/rows/issues.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { createConnectionInput, createFacts, createSiteFacts, now as start } from './facts/facts.fixture.ts';
import type { Facts } from './facts/facts.ts';
import { createIssueList, readContent } from './issue-list.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
let store: Store;
let now = start;
beforeAll(async () => {
  store = await openSqliteStore(join(dir, 'state.db'), { now: () => now });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

/** Creates the list of a process that has just started, so that it has no facts of before. */
const open = (facts: Facts) =>
  createIssueList({ store, now: () => now, readFacts: async () => facts, listThresholds: () => [], node: 'a' });
const paused = createConnectionInput({ pause: { cause: 'blocked', since: start - minuteMs }, waiting: 3 });
const troubled = createFacts([createSiteFacts([paused])]);
const fine = createFacts([createSiteFacts([createConnectionInput()])]);
const read = async (facts: Facts) =>
  (await open(facts).listPresent()).map(({ key, state, severity, events }) => [key, state, severity, events]);

it('an issue has the present figures, is the same for each process, and is open again once it worsens or returns', async () => {
  const [issue] = await open(troubled).listPresent();
  expect(issue).toMatchObject({
    ...{ key: 'delivery/shop/bing', state: 'open', severity: 'warning', since: start - minuteMs },
    id: expect.stringMatching(/^[2-9a-z]{6}$/),
  });
  const { id = '' } = issue ?? {};
  expect(await open(troubled).decide(id, { change: 'acknowledged' }, 'vera')).toBe(true);
  const more = createFacts([createSiteFacts([{ ...paused, waiting: 4 }])]);
  expect(await read(more)).toEqual([['delivery/shop/bing', 'acknowledged', 'warning', 4]]);
  const late = createFacts([createSiteFacts([{ ...paused, waiting: 4, oldest: start - 6 * 86_400_000 }])]);
  expect(await read(late)).toEqual([['delivery/shop/bing', 'open', 'urgent', 4]]);
  await open(late).decide(id, { change: 'snoozed', until: now + minuteMs }, undefined);
  expect((await read(late)).map(([, state]) => state)).toEqual(['snoozed']);
  now += minuteMs;
  expect((await read(late)).map(([, state]) => state)).toEqual(['open']);

  expect(await read(fine)).toEqual([]);
  expect((await open(fine).listEnded()).map((one) => [one.id, one.state])).toEqual([[id, 'resolved']]);
  expect(await open(fine).decide(id, { change: 'acknowledged' }, 'vera')).toBe(false);
  now += minuteMs;
  expect((await open(troubled).listPresent()).map((one) => one.id)).toEqual([id]);
  expect((await open(troubled).find(id))?.history.map(({ change }) => change)).toEqual([
    ...['began', 'acknowledged', 'worsened', 'snoozed', 'ended', 'returned'],
  ]);
  now += minuteMs;
  expect(await read(fine)).toEqual([]);
});

it('an issue that got better does not worsen by facts of before', async () => {
  let facts = createFacts([createSiteFacts([{ ...paused, oldest: start - 6 * 86_400_000 }])]);
  const list = createIssueList({ store, now: () => now, readFacts: async () => facts, listThresholds: () => [] });
  const [issue] = await list.listPresent();
  expect(issue?.severity).toBe('urgent');
  now += minuteMs;
  facts = troubled;
  await list.update(troubled, now, () => true);
  await list.decide(issue?.id ?? '', { change: 'acknowledged' }, 'vera');
  expect((await list.listPresent()).map(({ state, history }) => [state, history.at(-1)?.change])).toEqual([
    ['acknowledged', 'acknowledged'],
  ]);
  now += minuteMs;
  await list.update(fine, now, () => true);
});

it('a process ends only issues that it has checked: of its sites, and of its disk', async () => {
  const full = (id: string) => createFacts([], { freeBytes: 0, node: { id, host: `web-${id}` } });
  await open(full('b')).update(full('b'), now, () => true);
  await open(troubled).update(troubled, now, () => true);
  const list = open(createFacts([]));
  now += minuteMs;
  await list.update(createFacts([]), now, (site) => site !== 'shop');
  expect((await store.listOpenIssues()).map(({ key }) => key).toSorted()).toEqual(['delivery/shop/bing', 'disk/b']);
  now += 31 * minuteMs;
  await list.update(createFacts([]), now, () => true);
  expect(await store.listOpenIssues()).toEqual([]);
});

it('an issue is found if its beginning is not known, and has the time of its beginning else', async () => {
  const [{ since, isFound } = {}] = await open(troubled).listPresent();
  expect([since, isFound]).toEqual([start - minuteMs, undefined]);
  const failed = createFacts([createSiteFacts([createConnectionInput({ deadLetters: 2 })])]);
  expect(await open(failed).listPresent()).toMatchObject([{ key: 'dead-letters/shop/bing', since: now, isFound: true }]);
  now += minuteMs;
  expect(await open(failed).listPresent()).toMatchObject([{ since: now - minuteMs, isFound: true }]);
  await read(fine);
});

it('readContent and parseIssue read what a later version stores', async () => {
  const later = {
    kind: 'new',
    severity: 'fatal',
    title: '',
    sentence: '',
    figures: [],
    action: { label: '', path: '' },
    names: {},
  };
  expect(readContent({ ...later, events: 0, money: [] })).toMatchObject({ kind: 'new', severity: 'warning' });
  const stored = { id: 'a', key: 'k', beganAt: 1, openedAt: 1, rank: 0, content: {}, isAcknowledged: false };
  const history = [
    { at: 1, change: 'began' },
    { at: 2, change: 'escalated', by: 'vera' },
  ];
  expect(parseIssue(JSON.stringify({ ...stored, history })).history).toEqual([{ at: 1, change: 'began' }]);
});
