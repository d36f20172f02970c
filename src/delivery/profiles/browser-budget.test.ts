import { describe, expect, it } from 'vitest';
import { toBudgetDay } from '../../event/browser-budget.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { createConsumerSite, createSha256, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { findPurchasesOverBudget, readBudgetState } from './browser-budget.ts';

const plenty = { visitors: 100, links: 100, purchases: 100, bytes: 1_000_000 };
const denied = { stated: 'denied', effective: 'denied' } as const;

let testSite: TestSite;
const storage = useTestStorage();

/** Returns a visitor's event, with an e-mail hash if a digit is given. */
function of(visitor: string, id: string, more: Partial<Event> = {}, email?: string): Event {
  const forms = email === undefined ? {} : { emailPlain: createSha256(email) };
  return testSite.event(id, { client: { userAgent: 'agent' }, identity: { forms, clickIds: {}, anonymousId: visitor }, ...more });
}
async function index(...events: readonly Event[]): Promise<readonly string[]> {
  const offsets = await testSite.append(...events);
  await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
  return offsets;
}
/** Returns the visitors with more than a consent choice in their profile. */
const known = async (...visitors: readonly string[]) => {
  const profiles = [...(await testSite.store.getProfiles(testSite.site, visitors))];
  return profiles.flatMap(([visitor, { clients, persons }]) => (clients.length + persons.length > 0 ? [visitor] : [])).sort();
};
const linked = async (...emails: readonly string[]) => {
  const keys = emails.map((email) => `email:${createSha256(email)}`);
  return (await testSite.store.findLinks(testSite.site, keys)).map(({ visitor }) => visitor).sort();
};

describe('the daily budget for browsers', () => {
  it('stores as many new visitors as it allows, and keeps updating known ones', async () => {
    testSite = storage.createSite(1);
    testSite.identity({ browserBudget: { ...plenty, visitors: 2 } });
    await index(of('a', '1'), of('b', '2'), of('c', '3'));
    await index(of('d', '4'), of('a', '5', {}, '1'));
    expect(await known('a', 'b', 'c', 'd')).toEqual(['a', 'b']);
    expect(await linked('1'), 'a visitor who is known is linked').toEqual(['a']);
  });

  it("limits neither a server's reports nor consent choices", async () => {
    testSite = storage.createSite(1);
    testSite.identity({ browserBudget: { ...plenty, visitors: 1, links: 1, purchases: 1 } });
    await index(
      of('a', '1', {}, '1'),
      of('b', '2', { reporter: 'server' }, '2'),
      of('c', '3', {}, '3'),
      of('d', '4', { consent: denied }),
    );
    expect(await known('a', 'b', 'c', 'd')).toEqual(['a', 'b']);
    expect((await testSite.store.getProfiles(testSite.site, ['c'])).get('c')).toMatchObject({
      grantedAt: expect.any(Number),
      persons: [],
    });
    expect((await testSite.store.getProfiles(testSite.site, ['d'])).get('d')?.deniedAt).toBeDefined();
    expect(await linked('1', '2', '3')).toEqual(['a', 'b']);
  });

  it('counts a visitor who denied once they grant, and stores only the choice if it is used up', async () => {
    testSite = storage.createSite(1);
    testSite.identity({ browserBudget: { ...plenty, visitors: 1 } });
    const later = { time: testSite.clock.now() + hourMs, receivedAt: testSite.clock.now() + hourMs };
    await index(of('a', '1'), of('b', '2', { consent: denied }));
    await index(of('b', '3', later, '1'));
    const profile = (await testSite.store.getProfiles(testSite.site, ['b'])).get('b');
    expect(profile).toMatchObject({ deniedAt: expect.any(Number), grantedAt: expect.any(Number), persons: [], clients: [] });
    expect(await linked('1')).toEqual([]);
    expect(await testSite.store.getBrowserUsage(testSite.site)).toMatchObject({ visitors: 1 });
  });

  it('allows as many new links as it has, and counts an existing link once', async () => {
    testSite = storage.createSite(1);
    testSite.identity({ browserBudget: { ...plenty, links: 2 } });
    await index(of('a', '1', {}, '1'));
    await index(of('a', '2', {}, '1'), of('a', '3', {}, '1'));
    await index(of('a', '4', {}, '2'), of('a', '5', {}, '3'));
    await index(of('a', '6', {}, '1'));
    expect(await linked('1', '2', '3')).toEqual(['a', 'a']);
    expect(await testSite.store.getBrowserUsage(testSite.site)).toMatchObject({ visitors: 1, links: 2 });
  });

  it('is counted across a restart, and starts again on the next day', async () => {
    testSite = storage.createSite(1);
    const browserBudget = { ...plenty, visitors: 2 };
    const { stop } = testSite.identity({ browserBudget });
    await index(of('a', '1'));
    await stop();
    const second = testSite.identity({ browserBudget });
    await index(of('b', '2'), of('c', '3'));
    expect(await known('a', 'b', 'c')).toEqual(['a', 'b']);
    await second.stop();
    const tomorrow = { ...testSite.clock, now: () => testSite.clock.now() + dayMs };
    testSite.identity({ browserBudget, clock: tomorrow });
    await index(of('c', '4'));
    expect(await known('c')).toEqual(['c']);
    expect(await testSite.store.getBrowserUsage(testSite.site)).toEqual({
      day: toBudgetDay(tomorrow.now()),
      visitors: 1,
      links: 0,
      bytes: expect.any(Number),
    });
  });

  it('does not send purchases beyond it, except those that the shop reports too', async () => {
    testSite = storage.createSite(1);
    const browserBudget = { ...plenty, purchases: 2 };
    const lines: string[] = [];
    testSite.identity({ browserBudget, logger: createLogger('warn', { write: (line: string) => void lines.push(line) }) });
    const purchase = (id: string, more: Partial<Event> = {}) => testSite.event(id, { name: 'Purchase', ...more });
    const offsets = await index(
      purchase('p-1'),
      purchase('s-1', { reporter: 'server' }),
      purchase('p-2'),
      purchase('p-3'),
      purchase('p-4'),
      purchase('p-4', { reporter: 'webhook' }),
      testSite.event('lead', { name: 'Lead' }),
    );
    const later = await index(purchase('p-5'));
    testSite.connection({ browserBudget, site: createConsumerSite(testSite.site, 0) });
    const became = () => testSite.getOutcomes([...offsets, ...later]);
    await waitUntil(async () => (await became()).every((outcome) => outcome !== undefined && outcome !== 'waiting'));
    const sent = 'delivered';
    expect(await became()).toEqual([sent, sent, sent, 'over-budget', sent, 'duplicate', sent, 'over-budget']);
    expect(testSite.sender.accepted.toSorted()).toEqual(['lead', 'p-1', 'p-2', 'p-4', 's-1']);
    expect(lines.filter((line) => line.includes('further purchases that only browsers report'))).toHaveLength(1);
    const parts = { site: testSite.site, log: testSite.log, store: testSite.store };
    expect(await readBudgetState(browserBudget, testSite.clock.now(), parts)).toMatchObject({
      visitors: { used: 0, limit: 100 },
      purchases: { used: 2, limit: 2 },
    });
  });

  it('leaves room for purchases of other networks when few networks send a flood, also after a restart', async () => {
    testSite = storage.createSite(1);
    const limit = 1_000;
    const from = (ip: string, id: string) => testSite.event(id, { name: 'Purchase', client: { ip, userAgent: 'agent' } });
    const networks = [
      (index: number) => `2001:db8:7:${index.toString(16)}::1`,
      ...Array.from({ length: 20 }, (_, network) => (index: number) => `198.51.${network}.${index % 250}`),
    ];
    const flood = (name: string) =>
      networks.flatMap((network, of) => Array.from({ length: 60 }, (_, index) => from(network(index), `${name}-${of}-${index}`)));
    const budget = { ...plenty, purchases: limit };
    const { stop } = testSite.identity({ browserBudget: budget });
    const first = await index(...flood('a'));
    await stop();
    testSite.identity({ browserBudget: budget });
    const second = await index(...flood('b'));
    const denied: Partial<Event> = { name: 'Purchase', consent: { stated: 'denied', effective: 'denied' }, client: {} };
    const more = await index(
      ...Array.from({ length: 30 }, (_, of) => testSite.event(`denied-${of}`, denied)),
      from('203.0.113.9', 'honest'),
      from('2001:db8:8::1', 'honest-6'),
    );
    const deps = { site: testSite.site, log: testSite.log, store: testSite.store };
    const at = testSite.clock.now();
    const offsets = [...first, ...second, ...more];
    const isOver = await findPurchasesOverBudget(
      offsets.map((offset) => ({ offset, at })),
      limit,
      deps,
    );
    const within = offsets.filter((offset) => !isOver({ offset, at }));
    expect(first.slice(0, limit / 2).every((offset) => within.includes(offset))).toBe(true);
    expect(within).toEqual(expect.arrayContaining(more.slice(-2)));
    // Half of the limit is for any network. Of the rest, each of the 21 networks and purchases without consent get 10.
    expect(within).toHaveLength(limit / 2 + 21 * 10 + 10 + 2);
    expect(first.filter((offset) => within.includes(offset))).toHaveLength(limit / 2 + 13 * 10);
    expect((await readBudgetState(budget, at, deps)).purchases).toEqual({ used: within.length, limit });
  });

  it('does not cut a network whose purchases the shop confirms, and cuts a stranger in it at its part', async () => {
    testSite = storage.createSite(1);
    const limit = 40;
    testSite.identity({ browserBudget: { ...plenty, purchases: limit } });
    const from = (ip: string, id: string, more: Partial<Event> = {}) =>
      testSite.event(id, { name: 'Purchase', client: { ip }, ...more });
    const carrier = (id: string, more: Partial<Event> = {}) => from('203.0.113.9', id, more);
    await index(...Array.from({ length: limit / 2 }, (_, of) => from(`198.51.${of}.1`, `flood-${of}`)));
    const confirmed = (page: string, count: number) => Array.from({ length: count }, (_, of) => `${page}-${of}`);
    const shop = (ids: readonly string[]) => ids.map((id) => carrier(id, { reporter: 'webhook', client: {} }));
    const [before, within, after] = [confirmed('before', 20), confirmed('within', 20), confirmed('after', 8)];
    // The shop reports first, in the same page, or later.
    await index(...shop(before));
    await index(...before.map((id) => carrier(id)), ...within.map((id) => carrier(id)), ...shop(within));
    await index(...after.map((id) => carrier(id)));
    await index(...shop(after));
    const strangers = Array.from({ length: 12 }, (_, of) => carrier(`stranger-${of}`));
    const left = [...(await index(...strangers.slice(0, 9))), ...(await index(...strangers.slice(9)))];
    const deps = { site: testSite.site, log: testSite.log, store: testSite.store };
    const records = left.map((offset) => ({ offset, at: testSite.clock.now() }));
    const isOver = await findPurchasesOverBudget(records, limit, deps);
    expect(records.map(isOver)).toEqual([...Array<boolean>(10).fill(false), true, true]);
  });

  it('is used up by fifty networks', async () => {
    testSite = storage.createSite(1);
    const limit = 100;
    testSite.identity({ browserBudget: { ...plenty, purchases: limit } });
    const purchases = Array.from({ length: 120 }, (_, of) =>
      testSite.event(`p-${of}`, { name: 'Purchase', client: { ip: `198.51.${of}.1` } }),
    );
    const offsets = await index(...purchases);
    const records = offsets.map((offset) => ({ offset, at: testSite.clock.now() }));
    const isOver = await findPurchasesOverBudget(records, limit, {
      site: testSite.site,
      log: testSite.log,
      store: testSite.store,
    });
    expect(records.findIndex(isOver)).toBe(limit);
    expect(records.filter(isOver)).toHaveLength(20);
  });

  it('counts the bytes of reports of browsers, and stores them when they have grown', async () => {
    testSite = storage.createSite(1);
    const lines: string[] = [];
    const logger = createLogger('warn', { write: (line: string) => void lines.push(line) });
    const browserBudget = { ...plenty, bytes: 4_000 };
    const { stop } = testSite.identity({ browserBudget, logger });
    const large = { properties: { text: 'x'.repeat(1_500) } };
    await index(of('a', '1', large), of('b', '2', { ...large, reporter: 'server' }));
    const { bytes: once = 0 } = (await testSite.store.getBrowserUsage(testSite.site)) ?? {};
    expect(once).toBeGreaterThan(1_500);
    expect(once).toBeLessThan(3_000);
    await stop();
    testSite.identity({ browserBudget, logger });
    await index(of('a', '3', large), of('a', '4', large));
    const parts = { site: testSite.site, log: testSite.log, store: testSite.store };
    expect(await readBudgetState(browserBudget, testSite.clock.now(), parts)).toMatchObject({
      bytes: { used: 4_000, limit: 4_000 },
    });
    expect(lines.filter((line) => line.includes('are refused today'))).toHaveLength(1);
  });

  it('allows a purchase of another day, and all of them once it is raised', async () => {
    testSite = storage.createSite(1);
    testSite.identity();
    const offsets = await index(...['p-1', 'p-2', 'p-3'].map((id) => testSite.event(id, { name: 'Purchase' })));
    const { stop } = testSite.connection({ browserBudget: { ...plenty, purchases: 2 } });
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).at(-1) === 'over-budget');
    await stop();
    const { consumer } = testSite.connection({ browserBudget: plenty });
    await consumer.replays.replay({ since: 0, until: testSite.clock.now() + 1, again: false });
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).at(-1) === 'delivered');
    expect(testSite.sender.accepted).toEqual(['p-1', 'p-2', 'p-3']);
  });
});
