import { expect, it } from 'vitest';
import { createFacts, createSiteFacts, evaluate, now } from '../../alerts/conditions/evaluate.fixture.ts';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import { createState } from '../../storage/ports/store.fixture.ts';
import { createFactReader, createWeekCache, readSilences } from './read-facts.ts';

it('the orders of a site are read once an hour, a share of the sites in each round', async () => {
  const sites = Array.from({ length: 400 }, (_, index) => ({
    id: `s${index}`,
    name: 'Shop',
    connections: [],
    timeZone: 'UTC',
    accuracy: { alertUnder: null },
  }));
  const reads = new Map<string, number>();
  let at = now;
  let total = 0;
  const getWeek = async ({ id }: { readonly id: string }) => {
    total += 1;
    reads.set(id, (reads.get(id) ?? 0) + 1);
    return new Map();
  };
  const weeks = createWeekCache({ getWeek, now: () => at });
  const runRound = async () => {
    const before = total;
    const readWeek = weeks.refresh(sites.map(({ id }) => id));
    const read = await Promise.all(sites.map(readWeek));
    at += minuteMs;
    return { reads: total - before, unread: read.filter((week) => week === 'unread').length };
  };
  expect(await runRound()).toEqual({ reads: 10, unread: 390 });
  for (let round = 1; round < 60; round += 1) await runRound();
  expect([...new Set(reads.values())]).toEqual([1]);
  expect(reads.size).toBe(400);
  expect(await runRound()).toEqual({ reads: 10, unread: 0 });
});

it('a shop whose counts were removed, or whose events are not counted yet, is reported neither as silent nor as recovered', async () => {
  const read = async (last: number | undefined, isUncounted = false) => {
    const range = last === undefined ? undefined : { first: now - 35 * dayMs, last };
    const store = { getReceivedRange: async () => range, sumReceived: async () => 90 };
    const silences = await readSilences('shop', { store, hasUncounted: async () => isUncounted }, now, 'UTC');
    const rules = [{ on: 'no-events' }, { on: 'pixel-missing' }] as const;
    return evaluate(createFacts([createSiteFacts([], { silences })]), { rules }).map(({ verdict }) =>
      typeof verdict === 'string' ? verdict : 'silent',
    );
  };
  expect(await read(undefined)).toEqual(['unknown', 'unknown']);
  expect(await read(now - minuteMs)).toEqual(['fine', 'fine']);
  expect(await read(now - hourMs)).toEqual(['silent', 'unknown']);
  expect(await read(now - hourMs, true)).toEqual(['unknown', 'unknown']);
});

it('contested events, the budget and a pause of a site are read with its counts', async () => {
  const counts = { identityCursor: '', received: [], connections: new Map() };
  const pause = {
    cause: 'blocked',
    issue: { field: '', code: 'answer-unknown', message: '' },
    since: now,
    probeAt: now,
  } as const;
  const lost = { purchases: 2, money: [{ amount: 9, currency: 'EUR' }] };
  const readSite = createFactReader({
    store: {
      getConnectionState: async () => ({ ...createState('1'), pause }),
      getEventCounts: async () => counts,
      countContested: async (consumers, since) => (consumers.length === 1 && since >= now - hourMs - 5 * minuteMs ? 2 : 7),
      sumReceived: async () => 90,
      getReceivedRange: async () => undefined,
    },
    createBacklogReader: () => async () => ({ waiting: 4_440, deferred: 3, deadLetters: 0, deadPurchases: 0 }),
    describeConnection: async () => ({
      ...{ platform: 'Microsoft Advertising', health: 'unhealthy', says: 'Refused.', isLossDoubtful: false, isRetried: false },
    }),
    readMoney: async () => ({ waiting: [{ amount: 31_200, currency: 'EUR' }], dead: [] }),
    readSetup: async () => undefined,
    countBrowserPurchases: async (_site, since, most) => (since < now - dayMs + hourMs && most === 90 ? 30 : 0),
    hasUncounted: async () => false,
    getPlatformName: () => 'Microsoft Advertising',
    readAccount: async (_site, connection) => (connection === 'idle' ? { uncounted: [], lost } : undefined),
    getMaxAgeMs: () => dayMs,
    timeZone: () => 'UTC',
    now: () => now,
    readBudget: async () => ({
      ...{ visitors: { used: 0, limit: 1 }, links: { used: 0, limit: 1 } },
      ...{ purchases: { used: 5, limit: 10 }, bytes: { used: 1, limit: 10 } },
    }),
  });
  const site = {
    id: 'shop',
    name: 'Shop',
    connections: [
      { id: 'bing', destination: 'microsoft', enabled: true, settings: {} },
      { id: 'idle', destination: 'microsoft', enabled: false, settings: {} },
    ],
    timeZone: 'UTC',
    accuracy: { alertUnder: null },
  };
  expect(await readSite(site, undefined)).toMatchObject({
    connections: [
      {
        name: 'Microsoft Advertising (bing)',
        pause: { cause: 'blocked', since: now, code: 'answer-unknown' },
        waiting: 4_440,
        money: { waiting: [{ amount: 31_200, currency: 'EUR' }] },
      },
    ],
    lostWhileDisabled: [{ connection: 'idle', name: 'Microsoft Advertising (idle)', lost }],
    contested: { hour: 2, day: 7, orders: 60 },
    budget: { purchases: { used: 5, limit: 10 }, bytes: { used: 1, limit: 10 } },
  });
});
