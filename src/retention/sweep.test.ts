import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, waitUntil } from '../delivery/delivery.fixture.ts';
import { TestStorage } from '../delivery/test-site.fixture.ts';
import { buildReply } from '../delivery/tiny-platform.fixture.ts';
import { createLateSale, latePlatform } from '../delivery/uploads/late-platform.fixture.ts';
import type { Event } from '../event/event.ts';
import { parseEvent } from '../event/parse-event.ts';
import { dayMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import { jane, PrivacyScenario } from '../privacy/privacy.fixture.ts';
import { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { createLargeProfile, encodeEarlierProfile, storeEarlierProfile } from '../visitors/large-profile.fixture.ts';
import { type SweepReport, sitesWithData, startSweeps, sweep } from './sweep.ts';

let storage: TestStorage;
let scene: PrivacyScenario;

beforeAll(async () => {
  storage = await TestStorage.open();
});
afterAll(() => storage.close());
beforeEach(async () => {
  scene = new PrivacyScenario(storage);
  await scene.start();
});
afterEach(() => scene.stop());

const days = { events: 8, deadLetters: 30, facts: 400, counts: 400 };
const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0', country: 'US', cookieAddresses: { _fbi: '2001:db8::7' } };
const nothingSwept: SweepReport = { events: 0, rejections: 0, shortened: 0, facts: 0, deadLetters: 0, rows: 0, exports: 0 };

const who = (anonymousId: string, at = scene.testSite.clock.now()) => {
  return { ...jane, anonymousId, clickIds: { msclkid: { value: 'c'.repeat(32), at } } };
};

/** Runs a sweep a number of days from now. */
function sweepAt(daysFromNow: number, retentionDays = days): Promise<SweepReport | 'clock-ahead'> {
  const { log, store, clock } = scene.testSite;
  const later = { now: () => clock.now() + daysFromNow * dayMs, after: clock.after };
  const { expire } = scene.delivery;
  return sweep(
    scene.site.id,
    {
      sites: () => [scene.site.id],
      retentionDays,
      log,
      store,
      clock: later,
      expire,
      exports: scene.exports,
      logger: silentLogger,
    },
    async () => undefined,
  );
}

/** Runs a sweep a number of days from now, after one on the day before. */
async function sweepAfter(daysFromNow: number, retentionDays = days): Promise<SweepReport> {
  await sweepFullyAfter(daysFromNow - 1);
  const report = await sweepAt(daysFromNow, retentionDays);
  if (report === 'clock-ahead') throw new Error('the clock is suspect');
  return report;
}

function sweepFullyAfter(daysFromNow: number): Promise<void> {
  return scene.testSite.store.saveLastSweep(scene.site.id, { at: scene.testSite.clock.now() + daysFromNow * dayMs });
}

async function deliver(...events: readonly Event[]): Promise<string[]> {
  const offsets = await scene.append(...events);
  await waitUntil(async () => (await scene.testSite.getOutcomes(offsets)).every((outcome) => outcome !== undefined));
  return offsets;
}

/** Reads the events that the log still has. */
async function stored(): Promise<Event[]> {
  const { records } = await scene.testSite.log.latest(scene.site.id, 1_000);
  return records.flatMap(({ body }) => ('bytes' in body ? [parseEvent(body.bytes)] : []));
}

describe('a sweep', () => {
  it('removes export files after 30 days, by a trusted clock', async () => {
    const { id } = scene.site;
    const chunks = async function* () {
      yield '{"foundBy":[]}';
    };
    await scene.exports.write(id, 'shop', scene.testSite.clock.now(), chunks());
    expect(await sweepAfter(29)).toMatchObject({ exports: 0 });
    expect(await sweepAt(60)).toBe('clock-ahead');
    expect(await scene.exports.list(id)).toHaveLength(1);
    expect(await sweepAfter(31)).toMatchObject({ exports: 1 });
    expect(await scene.exports.list(id)).toEqual([]);
  });

  it('keeps fresh data, and removes events with all rows about them when they are over 8 days old', async () => {
    const { testSite } = scene;
    const buy = testSite.event('buy', { name: 'Purchase', identity: who('v1'), commerce: { value: 12.5, currency: 'EUR' } });
    const offsets = await deliver(testSite.event('view', { client }), buy, { ...buy, reporter: 'server' });
    const readCounts = async () => {
      const period = [testSite.site, [testSite.consumerId], 0, 1e15, 1e15] as const;
      const { received, connections } = await testSite.store.getEventCounts(...period);
      const { reported, connections: money } = await testSite.store.getMoneyCounts(...period);
      const events = received.map((one) => [one.events, one.duplicates]);
      return [events, connections.get(testSite.consumerId)?.outcomes, reported, money.get(testSite.consumerId)];
    };
    const counts = await readCounts();
    expect(counts).toMatchObject([[[2, 1]], { length: 2 }, [{ source: 'shop', amount: 12.5 }], { settled: [{ amount: 12.5 }] }]);
    expect(await sweepAfter(7)).toEqual(nothingSwept);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'delivered', 'duplicate']);

    const report = await sweepAfter(9);
    expect(report).toMatchObject({ events: 3, facts: 0 });
    expect(report.rows).toBeGreaterThan(0);
    expect(await stored()).toEqual([]);
    expect(await testSite.getOutcomes(offsets)).toEqual([undefined, undefined, undefined]);
    expect((await testSite.store.listSiteAttempts(testSite.site, 0, 9)).attempts).toEqual([]);
    expect(await testSite.store.listExpiredRanges(testSite.consumerId)).toEqual([]);
    // A purchase that is reported again within 400 days is a duplicate.
    expect(await testSite.store.findEvents(testSite.site, 'buy')).toEqual([offsets[1]]);
    expect(await testSite.store.findEvents(testSite.site, 'view')).toEqual([]);
    expect(await readCounts()).toEqual(counts);
    await sweepAfter(40);
    expect(await readCounts()).toEqual(counts);
    await sweepAfter(401);
    expect(await readCounts()).toEqual([[], [], [], { settled: [], waiting: [] }]);
    expect(await testSite.store.findEvents(testSite.site, 'buy')).toEqual([]);
    expect(await testSite.store.getProfiles(testSite.site, ['v1'])).toHaveProperty('size', 0);
  });

  it('removes counts of consent when they are over 400 days old', async () => {
    const { log, clock } = scene.testSite;
    const tally = { country: 'DE', source: 'tcf', version: '', choice: 'granted' } as const;
    await log.append([{ partition: scene.site.id, key: 'tallied', bytes: Buffer.from('{"v":1}'), tally }]);
    const read = () => log.getConsentCounts(scene.site.id, 0, clock.now() + dayMs);
    await log.append([{ partition: 'removed', key: 'tallied', bytes: Buffer.from('{"v":1}'), tally }]);
    await sweepAfter(399);
    expect(await read()).toEqual([{ ...tally, events: 1 }]);
    expect((await sweepAfter(401)).rows).toBeGreaterThan(0);
    expect(await read()).toEqual([]);
    await log.trim('removed', (await log.heads()).get('removed') ?? '');
    expect(await sitesWithData(scene.testSite), 'a removed site is swept as long as it has counts').toContain('removed');
    await log.removeConsentCounts('removed', clock.now() + dayMs, 9);
    expect(await sitesWithData(scene.testSite)).not.toContain('removed');
  });

  it("accepts the shop's report as a new event when the record of a browser's undelivered purchase is gone", async () => {
    const { testSite } = scene;
    const granted = { stated: 'granted', effective: 'granted' } as const;
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const denied = { bot: true, consent: { stated: 'denied', effective: 'denied' }, deniedId: '9'.repeat(32) } as const;
    const buy = (id: string, more: Partial<Event> = {}) => testSite.event(id, { name: 'Purchase', identity: who('v1'), ...more });
    const claims = await deliver(
      buy('delivered'),
      buy('crawled', { bot: true }),
      buy('denied', denied),
      buy('denied-too', denied),
      buy('told-by-both', { bot: true }),
      buy('told-by-both', { bot: true, reporter: 'webhook' }),
    );
    expect((await testSite.getOutcomes(claims)).slice(0, 4)).toEqual(['delivered', 'bot', 'bot', 'bot']);
    await sweepAfter(9);
    const sales = await deliver(
      ...['delivered', 'crawled', 'denied', 'told-by-both'].map((id) => buy(id, { reporter: 'server', consent: granted })),
      buy('denied-too', { reporter: 'server', consent: silent }),
    );
    expect(await testSite.getOutcomes(sales)).toEqual(['duplicate', 'delivered', 'delivered', 'duplicate', 'duplicate']);
    expect(await testSite.store.findEvents(testSite.site, 'crawled')).toEqual([sales[1]]);
    // Once the shop has reported it, it is the event for 400 days.
    expect(await testSite.getOutcomes(await deliver(buy('crawled', { reporter: 'webhook', consent: granted })))).toEqual([
      'duplicate',
    ]);
  });

  it('records events that expire before delivery as one range, also over several sweeps', async () => {
    const { testSite, delivery } = scene;
    await delivery.control(testSite.site, 'bing')?.pause();
    const offsets = await scene.append(...['a', 'b', 'c'].map((id) => testSite.event(id)));
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets[2]);
    await sweepAfter(9);
    await scene.append(testSite.event('d'), testSite.event('e', { name: '$consent' }));
    await waitUntil(async () => (await testSite.store.findEvents(testSite.site, 'd')).length === 1);
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) > (offsets[2] ?? ''));
    await sweepAfter(10);
    const [range, ...others] = await testSite.store.listExpiredRanges(testSite.consumerId);
    expect([range?.events, others]).toEqual([4, []]);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 9)).toEqual([]);

    await delivery.control(testSite.site, 'bing')?.resume();
    await deliver(testSite.event('young'));
    expect(scene.sender.accepted).toEqual(['young']);
    await sweepAfter(50);
    expect(await testSite.store.listExpiredRanges(testSite.consumerId)).toEqual([]);
  });

  it('keeps expired events that waited for a retry as dead letters', async () => {
    const { testSite, delivery } = scene;
    scene.sender.answer = (_, index) => buildReply(index === 0 ? 413 : 500);
    const offsets = await scene.append(testSite.event('a'), testSite.event('b'));
    await waitUntil(async () =>
      (await testSite.store.getDeferredDeliveries(testSite.consumerId, offsets)).some(({ reason: why }) => why === 'retry'),
    );
    await delivery.control(testSite.site, 'bing')?.pause();
    await sweepAfter(9);
    const deadLetters = await testSite.store.listDeadLetters(testSite.consumerId, 9);
    expect(deadLetters.map(({ eventId, cause }) => [eventId, cause]).toSorted()).toEqual([
      ['a', 'expired'],
      ['b', 'expired'],
    ]);
    expect(await testSite.store.getDeferredDeliveries(testSite.consumerId, offsets)).toEqual([]);
    expect(await testSite.store.listExpiredRanges(testSite.consumerId)).toEqual([]);
  });

  it('ends an unanswered request, and sends nothing of removed events again', async () => {
    const { testSite, delivery } = scene;
    scene.sender.answer = () => ({ unknown: 'ECONNRESET' });
    await scene.append(testSite.event('doubtful'));
    await waitUntil(() => scene.sender.deliveries.length > 0);
    await delivery.control(testSite.site, 'bing')?.pause();
    await sweepAfter(9);
    expect(await testSite.store.getOpenAttempt(testSite.consumerId)).toBeUndefined();
    expect((await testSite.store.listExpiredRanges(testSite.consumerId)).map(({ events }) => events)).toEqual([1]);
    scene.sender.answer = () => buildReply(200);
    await delivery.control(testSite.site, 'bing')?.resume();
    await deliver(testSite.event('young'));
    expect(scene.sender.accepted).toEqual(['young']);
  });

  it('expires and records events that wait for a disabled connection', async () => {
    const { testSite } = scene;
    await scene.stop();
    const offsets = await testSite.append(testSite.event('waits'));
    await scene.start({ enabled: false });
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets[0]);
    await sweepAfter(9);
    expect((await testSite.store.listExpiredRanges(testSite.consumerId)).map(({ events }) => events)).toEqual([1]);
  });

  it('plans the uploads of late purchases that wait for a disabled connection', async () => {
    const { testSite } = scene;
    await scene.stop();
    const offsets = await testSite.append(createLateSale(testSite, '1001'));
    await scene.start({ enabled: false, platform: latePlatform });
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets[0]);
    await sweepAfter(9);
    expect(await stored()).toEqual([]);
    expect(await testSite.store.listOrderUploads(testSite.site, ['1001'])).toMatchObject([
      { kind: 'offline-conversion', state: 'waiting', content: expect.stringContaining('125.4') },
    ]);
  });

  it.each([true, false])(
    'counts a late purchase whose upload waited for 90 days as lost (connection enabled: %s)',
    async (enabled) => {
      const { testSite } = scene;
      await scene.stop();
      await scene.start({ enabled, platform: latePlatform });
      await testSite.append(createLateSale(testSite, '1001'));
      // The connection ends the uploads by its own clock.
      const jumpAndSweep = async (passedDays: number) => {
        testSite.clock.jump(passedDays * dayMs);
        await sweepAfter(0);
      };
      const read = async () => (await testSite.store.listOrderUploads(testSite.site, ['1001']))[0];
      if (enabled) await waitUntil(async () => (await read()) !== undefined);
      else await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) !== '');
      await jumpAndSweep(60);
      expect(await read()).toMatchObject({ state: 'waiting', person: { forms: expect.anything() } });
      await jumpAndSweep(11);
      expect(await read()).toMatchObject({ state: 'dead', answer: { code: 'too-old' } });
      expect(await read()).not.toHaveProperty('person');
      expect((await read())?.content).not.toContain('click');
      expect(await testSite.store.sumLatePurchases(testSite.consumerId)).toMatchObject([
        { state: 'dead', code: 'too-old', currency: 'EUR', purchases: 1, amount: 125.4 },
      ]);
      await jumpAndSweep(days.deadLetters + 1);
      expect(await read()).toBeUndefined();
    },
  );

  it('removes IP addresses and user agents after 8 days and click ids after 90 from events and dead letters that are kept longer', async () => {
    const { testSite } = scene;
    const now = testSite.clock.now();
    const page = { url: 'https://shop.example/?msclkid=1', title: 'Clock' };
    const events = ['kept', 'refused'].map((id) =>
      testSite.event(id, { page, client, identity: who('v1', now), properties: { reject: id === 'refused' } }),
    );
    await deliver(...events);
    const long = { events: 200, deadLetters: 200, facts: 400, counts: 400 };
    const getDeadLetter = async () => {
      const [first] = await testSite.store.listDeadLetters(testSite.consumerId, 9);
      return first && parseEvent(first.bytes);
    };
    const getProfile = async () => (await testSite.store.getProfiles(testSite.site, ['v1'])).get('v1');
    const bodies = async () => (await testSite.store.listSiteAttempts(testSite.site, 0, 9)).attempts.map(({ body }) => body);

    await sweepAfter(7, long);
    expect([await stored(), await getDeadLetter()]).toEqual([events, events[1]]);
    expect((await getProfile())?.clients.length).toBeGreaterThan(0);

    expect(await sweepAfter(9, long)).toMatchObject({ events: 0, shortened: 2, deadLetters: 1, facts: 1 });
    const reduced = events.map((event) => ({ ...event, client: { country: 'US' } }));
    expect([await stored(), await getDeadLetter()]).toEqual([reduced, reduced[1]]);
    expect(await getProfile()).toMatchObject({ clients: [], clicks: { msclkid: [{}] } });
    expect(await bodies()).toEqual(['']);

    await sweepAfter(91, long);
    for (const event of [...(await stored()), await getDeadLetter()]) {
      expect(event?.identity).toEqual({ ...jane, anonymousId: 'v1', clickIds: {} });
      expect(event?.page).toEqual({ url: 'https://shop.example/', title: 'Clock' });
    }
    expect((await getProfile())?.clicks).toEqual({});
    expect(await sweepAfter(91, long)).toEqual(nothingSwept);
  });

  it('rewrites the profiles of an earlier version once, within the present limits', async () => {
    const { testSite } = scene;
    const newest = testSite.clock.now();
    const fat = Array.from({ length: 30 }, (_, index) => ({
      visitor: `f${index}`,
      text: encodeEarlierProfile(createLargeProfile(`f${index}`, newest)),
    }));
    storeEarlierProfile(join(storage.dir, 'state.db'), testSite.site, fat, newest);
    expect(await sweepAfter(0)).toMatchObject({ facts: 30 });
    const rows = await testSite.store.listSiteProfiles(testSite.site, '', 500);
    expect(rows.map(({ visitor, isOutdated }) => [visitor, isOutdated])).toEqual(
      fat.map(({ visitor }) => [visitor, false]).toSorted(),
    );
    expect(await sweepAfter(0)).toEqual(nothingSwept);
  });

  it('removes nothing by a clock that jumped days ahead, logs it, and continues when the clock stays there', async () => {
    const { testSite } = scene;
    scene.sender.answer = () => buildReply(503);
    const offsets = await scene.append(testSite.event('sale', { name: 'Purchase' }));
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets[0]);
    expect(await sweepAt(9)).toBe('clock-ahead');
    expect(await sweepAt(9.5)).toBe('clock-ahead');
    expect(await stored()).toHaveLength(1);
    expect(await sweepAt(0)).toEqual(nothingSwept);
    expect(await sweepAt(9)).toBe('clock-ahead');
    expect(await sweepAt(10)).toMatchObject({ events: 1 });

    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const { log, store, clock } = testSite;
    const ahead = { now: () => clock.now() + 30 * dayMs, after: (_: number, ring: () => void) => clock.after(1_000, ring) };
    const { expire } = scene.delivery;
    const sweeps = startSweeps({
      maintenanceLock: new MaintenanceLock(),
      ownsSite: () => true,
      sites: () => [scene.site.id],
      retentionDays: days,
      log,
      store,
      clock: ahead,
      expire,
      exports: scene.exports,
      logger,
    });
    await waitUntil(() => lines.some((line) => line.includes('clock suspect')));
    await sweeps.stop();
  });

  it('removes the data of a removed site whose events were never identified', async () => {
    const { log, store, clock } = scene.testSite;
    const removedSite = `${scene.site.id}-gone`;
    const bytes = new TextEncoder().encode('{}');
    await log.append([removedSite, `${removedSite}!rejected`].map((partition) => ({ partition, key: 'k', bytes })));
    await store.saveLastSweep(removedSite, { at: clock.now() + 8 * dayMs });
    const later = { now: () => clock.now() + 9 * dayMs, after: (_: number, ring: () => void) => clock.after(1_000, ring) };
    const { expire } = scene.delivery;
    const sweeps = startSweeps({
      maintenanceLock: new MaintenanceLock(),
      ownsSite: () => true,
      sites: () => [],
      retentionDays: days,
      log,
      store,
      clock: later,
      expire,
      exports: scene.exports,
      logger: silentLogger,
    });
    await waitUntil(async () => [...(await log.heads()).keys()].every((partition) => !partition.startsWith(removedSite)));
    await sweeps.stop();
  });

  it('runs when this process begins to run a site that was last swept a day ago, logs the removed numbers, and ends when it is stopped', async () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const { log, store, clock } = scene.testSite;
    const after = (ms: number, ring: () => void) => clock.after(ms < dayMs ? 1_000 : ms, ring);
    const later = { now: () => clock.now() + 9 * dayMs, after };
    let rounds = 0;
    let hasSite = false;
    const isSweep = (line: string) => line.includes('old data removed') && line.includes(`"${scene.site.id}"`);
    const countSweeps = () => lines.filter(isSweep).length;
    await deliver(scene.testSite.event('old'));
    await sweepFullyAfter(8);
    const { expire } = scene.delivery;
    const sweeps = startSweeps({
      maintenanceLock: new MaintenanceLock(),
      ownsSite(site) {
        rounds += site === 'elsewhere' ? 1 : 0;
        return hasSite && site !== 'elsewhere';
      },
      sites: () => ['elsewhere', scene.site.id],
      retentionDays: days,
      log,
      store,
      clock: later,
      expire,
      exports: scene.exports,
      logger,
    });
    await waitUntil(() => rounds > 0);
    hasSite = true;
    await waitUntil(() => countSweeps() > 0);
    const until = rounds + 2;
    await waitUntil(() => rounds > until);
    expect(countSweeps()).toBe(1);
    expect(lines.join('')).not.toContain('elsewhere');
    await sweeps.stop();
    expect(await stored()).toEqual([]);
  });

  it('runs for every other site although one site cannot be swept, once each, and tries that one again', async () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const { log, store, clock } = scene.testSite;
    const [broken, last] = [`${scene.site.id}-broken`, `${scene.site.id}-last`];
    const count = (text: string, site: string) =>
      lines.filter((line) => line.includes(text) && line.includes(`"${site}"`)).length;
    let tries = 0;
    const saveLastSweep: typeof store.saveLastSweep = async (site, next) => {
      if (site !== broken) return store.saveLastSweep(site, next);
      tries += 1;
      throw new Error('damaged');
    };
    const sweeps = startSweeps({
      maintenanceLock: new MaintenanceLock(),
      ownsSite: (site) => site.startsWith(scene.site.id),
      sites: () => [broken, scene.site.id, last],
      retentionDays: days,
      log,
      store: { ...store, saveLastSweep },
      clock: { now: clock.now, after: (ms, ring) => clock.after(Math.min(ms, 1_000), ring) },
      expire: scene.delivery.expire,
      exports: scene.exports,
      logger,
    });
    await waitUntil(() => tries > 3);
    await sweeps.stop();
    expect([count('old data removed', scene.site.id), count('old data removed', last)]).toEqual([1, 1]);
    expect(count('old data removed', broken)).toBe(0);
    expect(lines.filter((line) => line.includes('removal of old data failed')).length).toBeGreaterThan(2);
  });
});
