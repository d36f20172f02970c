import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { signalName } from '../../event/event-names.ts';
import { matchKeys } from '../../event/match-keys.ts';
import { minuteMs } from '../../event/units.ts';
import type { EventSearch } from '../../storage/ports/event-index.ts';
import { toReceivedReport } from '../consumers/read-reports.ts';
import { createSha256, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildIndexEntries } from './index-entries.ts';

const email = { forms: { emailMicrosoft: createSha256('a') }, clickIds: {} };

describe('buildIndexEntries', () => {
  let testSite: TestSite;
  const storage = useTestStorage();

  const search = async (of: Partial<EventSearch> = {}) =>
    (await testSite.store.searchEvents(testSite.site, { limit: 100, ...of })).offsets;
  const getKeys = async (offset: string) => {
    const has = await Promise.all(matchKeys.map(async (key) => (await search({ has: [key] })).includes(offset)));
    return matchKeys.filter((_, index) => has[index]);
  };
  /** Appends in one page of the log, and waits until the identity consumer has read it. */
  const appendAndIndex = async (...events: readonly Event[]) => {
    const offsets = await testSite.append(...events);
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
    return offsets;
  };
  const visitor = (id: string) => ({ forms: {}, clickIds: {}, anonymousId: id });

  it('returns each event once, with all its reporters, and no signals', async () => {
    testSite = storage.createSite(1);
    testSite.identity();
    const [first, , lead] = await appendAndIndex(
      testSite.event('ord-1', { name: 'Purchase', identity: visitor('v1') }),
      testSite.event('s-1', { name: signalName('identify'), identity: { ...visitor('v1'), ...email } }),
      testSite.event('lead-1', { name: 'Lead', reporter: 'server' }),
    );
    await appendAndIndex(
      testSite.event('ord-1', { name: 'Purchase', reporter: 'server', identity: email, commerce: { orderId: '1001' } }),
    );
    expect(await search()).toEqual([lead, first]);
    expect(await search({ reporters: ['server'] })).toEqual([lead, first]);
    expect(await search({ reporters: ['browser'], text: '1001' })).toEqual([first]);
    expect(await getKeys(first ?? '')).toEqual(['email', 'visitor']);
  });

  it.each(['partner', 'server+', ''])(
    'counts a record without a body as a browser\'s when its key has the source "%s"',
    async (source) => {
      testSite = storage.createSite(1);
      const record = { offset: '1', key: `Purchase\u001ford-1\u001f${source}`, at: 1, body: { redacted: true } } as const;
      const updates = { profiles: new Map(), links: [] };
      const [entry] = await buildIndexEntries([record], [], updates, testSite.store, testSite.site);
      expect(entry).toMatchObject({ name: 'Purchase', id: 'ord-1', reporter: 'browser' });
      expect(toReceivedReport(record)).toMatchObject({ name: 'Purchase', id: 'ord-1', reporter: 'browser' });
    },
  );

  it('uses the receipt of an event whose stored time is not a number', async () => {
    testSite = storage.createSite(1);
    testSite.identity();
    const noTime: number = JSON.parse('null');
    const [bad, good] = await appendAndIndex(testSite.event('a', { time: noTime }), testSite.event('b', { reporter: 'server' }));
    expect(await search()).toEqual([good, bad]);
  });

  it('uses profile values from before the event, from the same page and from earlier ones', async () => {
    testSite = storage.createSite(1);
    testSite.identity();
    const now = testSite.clock.now();
    const msclkid = { value: 'c'.repeat(32), at: now - minuteMs };
    await appendAndIndex(testSite.event('p-1', { time: now - minuteMs, identity: { ...visitor('v1'), clickIds: { msclkid } } }));
    const [merged, later, stranger] = await appendAndIndex(
      testSite.event('p-2', { reporter: 'server', time: now - 2, identity: { ...visitor('v1'), ...email } }),
      testSite.event('p-3', { time: now - 1, identity: visitor('v1') }),
      testSite.event('p-4', { time: now, identity: visitor('v2') }),
    );
    const [linked] = await appendAndIndex(testSite.event('ord-1', { name: 'Purchase', reporter: 'server', identity: email }));
    expect(await getKeys(merged ?? '')).toEqual(['msclkid', 'email', 'visitor']);
    expect(await getKeys(later ?? '')).toEqual(['msclkid', 'email', 'visitor']);
    expect(await getKeys(stranger ?? '')).toEqual(['visitor']);
    expect(await getKeys(linked ?? '')).toEqual(['msclkid', 'email', 'visitor']);
  });

  it('ignores profile values from after the event', async () => {
    testSite = storage.createSite(1);
    testSite.identity();
    const now = testSite.clock.now();
    const [before] = await appendAndIndex(
      testSite.event('p-1', { time: now - 5, identity: visitor('v1') }),
      testSite.event('p-2', { time: now, identity: { ...visitor('v1'), ...email } }),
    );
    expect(await getKeys(before ?? '')).toEqual(['visitor']);
  });

  it('returns no key for a pending event whose wait has ended', async () => {
    testSite = storage.createSite(1_000);
    testSite.identity();
    const consent = { stated: 'unknown', effective: 'pending' } as const;
    const [offset] = await appendAndIndex(
      testSite.event('ord-1', { name: 'Purchase', reporter: 'server', consent, identity: email, commerce: { orderId: '1001' } }),
    );
    await waitUntil(async () => (await testSite.store.findExpiredPending(testSite.site, Number.MAX_SAFE_INTEGER)).length === 0);
    expect(await search()).toEqual([offset]);
    expect(await getKeys(offset ?? '')).toEqual([]);
    expect(await search({ text: '1001' })).toEqual([]);
  });

  it('returns name and id of a record that was redacted before it was read', async () => {
    testSite = storage.createSite(1);
    const offsets = await testSite.append(testSite.event('ord-1', { name: 'Purchase', reporter: 'server', identity: email }));
    await testSite.log.redact(testSite.site, offsets);
    testSite.identity();
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
    expect(await search({ names: ['Purchase'], reporters: ['server'], text: 'ord', lacks: ['email'] })).toEqual(offsets);
  });
});
