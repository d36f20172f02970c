import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, waitUntil } from '../delivery/delivery.fixture.ts';
import { loadEvents } from '../delivery/planning/load-events.ts';
import { TestStorage } from '../delivery/test-site.fixture.ts';
import { buildReply } from '../delivery/tiny-platform.fixture.ts';
import type { Event } from '../event/event.ts';
import { dayMs } from '../event/units.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../identity/normal-forms.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../ingest/collector.fixture.ts';
import { createCollectorApp } from '../ingest/collector.ts';
import { buildShopifyHeaders } from '../ingest/webhooks/shopify.fixture.ts';
import { LeaseLostError } from '../storage/ports/consumers.ts';
import { openExportFiles } from './export-files.ts';
import { createPersonQuery, hashPersonKeys, type PersonKeys, type PersonQuery, parsePersonKey } from './person-query.ts';
import { PrivacyScenario } from './privacy.fixture.ts';
import type { PrivacyRequests } from './privacy-requests.ts';
import { createShopPrivacyRequests } from './shop-privacy-requests.ts';

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

const event = (id: string, seconds: number, more: Parameters<PrivacyScenario['testSite']['event']>[1] = {}) =>
  scene.testSite.event(id, { time: scene.testSite.clock.now() - 600_000 + seconds * 1_000, ...more });
const waitUntilSettled = async (offsets: readonly string[]) =>
  waitUntil(async () => (await scene.testSite.getOutcomes(offsets)).every((outcome) => outcome !== undefined));

const phone = parsePhone('+14255550101', undefined);
if (!phone) throw new Error('expected a valid number');
const jane = { email: { forms: normalizeEmail('jane@shop.example') ?? {} }, phone: { forms: normalizePhone(phone) } };
const bob = { forms: normalizeEmail('bob@shop.example') ?? {} };
const janesKeys: PersonKeys = { email: 'jane@shop.example', phone: '(425) 555-0101', externalId: '7', orderIds: ['1001'] };
const by = (anonymousId: string | undefined, person: object = { forms: {} }): Event['identity'] => {
  return { forms: {}, clickIds: {}, ...(anonymousId !== undefined && { anonymousId }), ...person };
};

function parsePerson(keys: PersonKeys): PersonQuery {
  const hashed = hashPersonKeys(keys, 'US');
  if (!hashed) throw new Error('expected a valid key');
  return createPersonQuery(hashed);
}

async function exportPerson(query: PersonQuery, requests = scene.createRequests()) {
  const file = await requests.export(scene.site, query, 'operator');
  if (typeof file === 'string') throw new Error(`the export is refused: ${file}`);
  const stream = await scene.exports.read(scene.site.id, file.id);
  if (!stream) throw new Error('the file was written');
  const parsed: Record<'people' | 'events' | 'deadLetters' | 'requests' | 'received', readonly Record<string, unknown>[]> =
    JSON.parse(await text(stream));
  return { file, ...parsed };
}

describe('a query with several keys', () => {
  it('finds the person by every key at once, and no other person', async () => {
    const offsets = await scene.append(
      event('mail', 1, { identity: by('v1', jane.email) }),
      event('call', 2, { identity: by('v2', jane.phone) }),
      event('beside', 3, { identity: by('v2') }),
      event('buy', 4, { name: 'Purchase', commerce: { orderId: '1001', checkoutId: 'c-1' } }),
      event('his', 5, { identity: by('v3', bob), commerce: { orderId: '1002' } }),
    );
    await waitUntilSettled(offsets);
    expect((await exportPerson(parsePerson(janesKeys))).events.map(({ id }) => id)).toEqual(['mail', 'call', 'beside', 'buy']);
    expect(await scene.createRequests().erase(scene.site, parsePerson(janesKeys), false)).toMatchObject({
      events: 4,
      visitors: 2,
      exports: 1,
    });
    expect(await scene.getRemainingIds()).toEqual(['his']);
  });

  it('includes reports of their orders and checkouts without identifiers', async () => {
    const checkout = { checkoutId: 'c-1' };
    const denied = { stated: 'denied', effective: 'denied', source: 'shopify' } as const;
    const offsets = await scene.append(
      event('checkout-c-1', 1, { consent: denied, commerce: checkout }),
      event('purchase-c-1', 2, {
        name: 'Purchase',
        reporter: 'webhook',
        identity: by(undefined, jane.email),
        commerce: { ...checkout, orderId: '1001' },
      }),
      event('cancelled-1001', 3, { reporter: 'webhook', commerce: { orderId: '1001' } }),
      event('cancelled-1002', 4, { reporter: 'webhook', commerce: { orderId: '1002' } }),
      event('theirs', 5, { identity: by('v3', bob), commerce: checkout }),
    );
    await waitUntilSettled(offsets);
    const { store } = scene.testSite;
    expect(await store.getProfiles(scene.site.id, ['checkout c-1'])).toHaveProperty('size', 1);
    const query = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    expect(await scene.createRequests().erase(scene.site, query, false)).toMatchObject({ events: 3, visitors: 0 });
    expect(await scene.getRemainingIds()).toEqual(['cancelled-1002', 'theirs']);
    expect(await store.getProfiles(scene.site.id, ['checkout c-1'])).toHaveProperty('size', 0);
  });

  it.each(['purchase-1001', 'purchase-1001-0123456789abcdef'])(
    'finds the event %s by the order id in its event id',
    async (id) => {
      const denied = { stated: 'denied', effective: 'denied', source: 'server' } as const;
      const offsets = await scene.append(
        event(id, 1, { name: 'Purchase', consent: denied }),
        event('purchase-1001-0123', 2, { name: 'Purchase', consent: denied }),
        event('purchase-100', 3, { name: 'Purchase', consent: denied }),
      );
      await waitUntilSettled(offsets);
      await scene.createRequests().erase(scene.site, parsePerson({ orderIds: ['1001'] }), false);
      expect(await scene.getRemainingIds()).toEqual(['purchase-1001-0123', 'purchase-100']);
    },
  );

  it('is undefined when no key is valid', () => {
    expect(hashPersonKeys({ email: 'null', phone: '12', orderIds: [] }, 'US')).toBeUndefined();
  });
});

describe("a request of a person who reported other people's orders", () => {
  const stranger = { forms: normalizeEmail('stranger@shop.example') ?? {} };
  const denial = { consent: { stated: 'denied', effective: 'denied' }, deniedId: '9'.repeat(32) } as const;
  const restricted = { consent: { stated: 'granted', effective: 'granted', adUserData: 'denied' } } as const;
  const strangersQuery = parsePerson({ email: 'stranger@shop.example', orderIds: [] });
  const commerce = { orderId: '30001', items: [{ id: 'pregnancy-test' }] };
  const client = { ip: '198.51.100.1', userAgent: 'Victim/1' };
  const victim = (more: Parameters<PrivacyScenario['testSite']['event']>[1] = {}) =>
    event('purchase-30001', 1, { name: 'Purchase', identity: by('victim'), client, commerce, ...more });
  const claim = (more: Parameters<PrivacyScenario['testSite']['event']>[1] = {}) =>
    event('lead-1', 2, { name: 'Lead', identity: by('thief', stranger), commerce: { orderId: '30001' }, ...more });

  it('neither exports nor erases them when only their own browser reported them', async () => {
    await waitUntilSettled(await scene.append(victim(), claim(), event('beside', 3, { identity: by('thief') })));
    const all = await exportPerson(strangersQuery);
    expect(all.events.map(({ id, foundBy }) => [id, foundBy])).toEqual([
      ['lead-1', 'name'],
      ['beside', 'visitor'],
    ]);
    for (const foreignText of ['victim', 'pregnancy-test', '198.51.100.1', 'Victim/1'])
      expect(JSON.stringify(all)).not.toContain(foreignText);
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({ events: 2, visitors: 1 });
    expect(await scene.getRemainingIds()).toEqual(['purchase-30001']);
    expect(await scene.testSite.store.getProfiles(scene.site.id, ['victim'])).toHaveProperty('size', 1);
  });

  it("exports an order when the shop's report names the person with it", async () => {
    const report = { reporter: 'webhook', identity: by(undefined, stranger), commerce: { orderId: '30001' } } as const;
    await waitUntilSettled(await scene.append(victim(), claim(), event('paid-30001', 3, report)));
    expect((await exportPerson(strangersQuery)).events.map(({ id, foundBy }) => [id, foundBy])).toEqual([
      ['purchase-30001', 'order'],
      ['lead-1', 'name'],
      ['paid-30001', 'name'],
    ]);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it.each([
    ['before', true],
    ['after', false],
  ] as const)('exports nothing of a purchase that they claimed %s the shop reported it', async (_, claimFirst) => {
    const { phone: hers } = jane;
    const sold = victim({ reporter: 'server', identity: by(undefined, hers) });
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' } });
    await waitUntilSettled(await scene.append(...(claimFirst ? [claimed, sold] : [sold, claimed])));
    const all = await exportPerson(strangersQuery);
    expect(all.events.map(({ reporter, foundBy }) => [reporter, foundBy])).toEqual([['browser', 'name']]);
    expect(all.requests).toEqual([]);
    for (const foreignText of ['pregnancy-test', '198.51.100.1', ...Object.values(hers.forms)])
      expect(JSON.stringify(all)).not.toContain(foreignText);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await exportPerson(parsePerson({ phone: '(425) 555-0101', orderIds: [] }))).toMatchObject({
      events: [{ reporter: 'server', foundBy: 'name' }],
      requests: [{ events: 1 }],
    });
  });

  it('exports and erases the complete purchase when its reports confirm each other', async () => {
    const id = 'purchase-30001-4f1d8a90c3b7e526';
    await waitUntilSettled(
      await scene.append(
        event(id, 1, { name: 'Purchase', identity: by('theirs', stranger), commerce }),
        event(id, 2, { name: 'Purchase', reporter: 'server', client, commerce }),
      ),
    );
    expect((await exportPerson(strangersQuery)).events.map(({ reporter, foundBy }) => [reporter, foundBy])).toEqual([
      ['browser', 'name'],
      ['server', 'order'],
    ]);
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({
      events: 1,
      copies: 1,
      attempts: 1,
    });
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it.each([
    ['before', "the shop's report"],
    ['after', "the shop's report"],
  ])('cannot prevent the sending of a claimed purchase by an erasure %s %s', async (order) => {
    const sold = victim({ reporter: 'server', identity: by(undefined, jane.phone) });
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' }, bot: true });
    const offsets = await scene.append(claimed);
    await waitUntilSettled(offsets);
    if (order === 'after') {
      scene.sender.answer = () => buildReply(503);
      offsets.push(...(await scene.append(sold)));
      await waitUntil(() => scene.sender.deliveries.length > 0);
    }
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({ events: 1 });
    scene.sender.answer = () => buildReply(200);
    if (order === 'before') offsets.push(...(await scene.append(sold)));
    await waitUntil(async () => (await scene.testSite.getOutcomes(offsets)).join() === 'delivered,duplicate');
    expect(scene.sender.accepted).toEqual(['purchase-30001']);
    const { store } = scene.testSite;
    expect(await store.listPurchases(scene.site.id, '', '\uffff', 9)).toMatchObject([
      { reporters: ['server'], orderId: '30001' },
    ]);
    // The erasure of the customer still covers the whole purchase.
    await scene.createRequests().erase(scene.site, parsePerson({ phone: '(425) 555-0101', orderIds: [] }), false);
    const late = await scene.append(victim({ reporter: 'webhook' }));
    await waitUntilSettled(late);
    expect(await scene.getRemainingIds()).toEqual([]);
    expect(scene.sender.accepted).toEqual(['purchase-30001']);
  });

  it.each([
    ['the shop reported it', 'purchase-30001', 'server'],
    ['its id cannot be guessed', 'purchase-30001-4f1d8a90c3b7e526', 'browser'],
  ] as const)('prevents the sending of a late report of their own purchase when %s', async (_, id, reporter) => {
    const own = (more: Parameters<PrivacyScenario['testSite']['event']>[1]) =>
      event(id, 1, { name: 'Purchase', commerce, ...more });
    const offsets = await scene.append(own({ reporter, identity: by('theirs', stranger), bot: true }));
    await waitUntilSettled(offsets);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    offsets.push(...(await scene.append(own({ reporter: 'webhook', identity: by(undefined, stranger) }))));
    await waitUntilSettled(offsets);
    expect(scene.sender.accepted).toEqual([]);
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it('allows a second erasure after an interrupted one of a claim, and the purchase is still sent', async () => {
    const offsets = await scene.append(victim({ identity: by('thief', stranger), client: {}, bot: true }));
    await waitUntilSettled(offsets);
    const { store } = scene.testSite;
    const cutOff = { ...store, endErasure: () => Promise.reject(new Error('cut off')) };
    expect(await scene.createRequests({ store: cutOff }).erase(scene.site, strangersQuery, false)).toMatchObject({
      unfinished: true,
    });
    offsets.push(...(await scene.append(victim({ reporter: 'server', identity: by(undefined, jane.phone) }))));
    await waitUntil(async () => (await scene.testSite.getOutcomes(offsets)).join() === 'delivered,duplicate');
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await store.getAbsentReasons(scene.site.id, offsets)).toEqual(new Map([[offsets[0], 'erased-report']]));
    expect(await store.listPurchases(scene.site.id, '', '\uffff', 9)).toMatchObject([{ id: 'purchase-30001' }]);
  });

  it("leaves a shopper's decline in force, which came after their claim", async () => {
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' }, bot: true });
    const decline = victim({ identity: by(undefined), client: {}, commerce: {}, properties: { reject: true }, ...denial });
    const offsets = await scene.append(claimed, decline);
    await waitUntilSettled(offsets);
    expect((await exportPerson(strangersQuery)).events.map(({ foundBy }) => foundBy)).toEqual(['name']);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    const { store, log } = scene.testSite;
    expect(await store.getAbsentReasons(scene.site.id, offsets)).toEqual(new Map([[offsets[0], 'erased-report']]));
    await waitUntilSettled([
      ...offsets,
      ...(await scene.append(victim({ reporter: 'server', identity: by(undefined, jane.phone) }))),
    ]);
    const [loaded] = await loadEvents(log, store, scene.site.id, await log.get(scene.site.id, offsets.slice(0, 1)));
    expect(loaded?.event).toMatchObject({ reporters: ['browser', 'server'], ...denial, identity: { forms: {} } });
  });

  it("exports nothing of the shop's purchase that they claimed twice, with and without a use", async () => {
    const sold = victim({ reporter: 'server', identity: by(undefined, jane.phone) });
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' } });
    const consent = { stated: 'granted', effective: 'granted', adUserData: 'denied' } as const;
    await waitUntilSettled(await scene.append(claimed, { ...claimed, consent }, sold));
    const all = await exportPerson(strangersQuery);
    expect(all.events.map(({ reporter, foundBy }) => [reporter, foundBy])).toEqual([
      ['browser', 'name'],
      ['browser', 'name'],
    ]);
    expect(all.requests).toEqual([]);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await exportPerson(parsePerson({ phone: '(425) 555-0101', orderIds: [] }))).toMatchObject({
      events: [{ reporter: 'server', foundBy: 'name' }],
    });
  });

  it.each([
    ['their claim came first', true],
    ["the shopper's report came first", false],
  ])('is answered with their own report alone when only browsers reported the event and %s', async (_, isFirst) => {
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' }, ...restricted });
    const own = victim({ identity: by('victim', jane.email) });
    const page = event('page', 1, { identity: by('victim'), client, page: { url: 'https://shop.example/private' } });
    const offsets = await scene.append(page, ...(isFirst ? [claimed, own] : [own, claimed]));
    await waitUntilSettled(offsets);
    const janesQuery = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    const { file } = await exportPerson(janesQuery);
    const all = await exportPerson(strangersQuery);
    expect(all.events).toMatchObject([{ id: 'purchase-30001', foundBy: 'name', identity: { anonymousId: 'thief' } }]);
    expect(all.people).toMatchObject([{ anonymousId: 'thief' }]);
    expect(all.requests).toHaveLength(isFirst ? 1 : 0);
    for (const foreignText of ['victim', 'private', 'pregnancy-test', '198.51.100.1', ...Object.values(jane.email.forms)])
      expect(JSON.stringify(all)).not.toContain(foreignText);
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({
      events: 1,
      copies: 0,
      visitors: 1,
    });
    expect(await scene.getRemainingIds()).toEqual(['page', 'purchase-30001']);
    expect(await scene.exports.list(scene.site.id)).toEqual([file]);
    const { store } = scene.testSite;
    expect(await store.getProfiles(scene.site.id, ['victim', 'thief'])).toHaveProperty('size', 1);
    expect((await store.searchEvents(scene.site.id, { limit: 9 })).offsets).toHaveLength(2);
    const hers = await exportPerson(janesQuery);
    expect(hers.events.map(({ id }) => id)).toEqual(['page', 'purchase-30001']);
    expect(hers.requests.flatMap(({ payloads }) => payloads)).toHaveLength(isFirst ? 1 : 2);
    await scene.createRequests().erase(scene.site, janesQuery, false);
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it('finds all reports of the same visitor among those of browsers', async () => {
    const first = victim({ identity: by('theirs', stranger) });
    const second = victim({ identity: by('theirs'), ...restricted });
    const offsets = await scene.append(first, second, victim({ identity: by(undefined), ...denial }));
    await waitUntilSettled(offsets);
    expect((await exportPerson(strangersQuery)).events.map(({ foundBy }) => foundBy)).toEqual(['name', 'visitor']);
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await scene.getRemainingIds()).toEqual(['purchase-30001']);
  });

  it("finds no other guest's report of the event", async () => {
    const guests = [
      victim({ identity: by(undefined, jane.email) }),
      victim({ identity: by(undefined, stranger), ...restricted }),
    ];
    await waitUntilSettled(await scene.append(...guests));
    const all = await exportPerson(strangersQuery);
    expect([all.events.length, all.requests.length]).toEqual([1, 0]);
    for (const hash of Object.values(jane.email.forms)) expect(JSON.stringify(all)).not.toContain(hash);
  });

  it("leaves a shopper's decline in force, which came after their claim was sent", async () => {
    const claimed = victim({ identity: by('thief', stranger), client: {}, commerce: { orderId: '30001' } });
    const offsets = await scene.append(claimed);
    await waitUntilSettled(offsets);
    offsets.push(...(await scene.append(victim({ identity: by(undefined), client: {}, commerce: {}, ...denial }))));
    await waitUntilSettled(offsets);
    const all = await exportPerson(strangersQuery);
    expect(all.events.map(({ foundBy }) => foundBy)).toEqual(['name']);
    expect(all.requests).toHaveLength(1);
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({ events: 1, attempts: 1 });
    const { store } = scene.testSite;
    expect(await store.getAbsentReasons(scene.site.id, offsets)).toEqual(new Map([[offsets[0], 'erased-report']]));
    const sold = victim({ reporter: 'server', identity: by(undefined, jane.phone) });
    await waitUntilSettled([...offsets, ...(await scene.append(sold))]);
    expect(await scene.getRemainingIds()).toEqual(['purchase-30001', 'purchase-30001']);
  });

  it("is not answered with the shop's report of a claimed event that was sent, also after an erasure of the claim", async () => {
    await waitUntilSettled(await scene.append(victim({ identity: by('thief', stranger) })));
    await waitUntilSettled(await scene.append(victim({ reporter: 'server', identity: by(undefined, jane.phone) })));
    await scene.createRequests().erase(scene.site, strangersQuery, false);
    expect(await exportPerson(strangersQuery)).toMatchObject({ events: [], requests: [] });
    expect((await exportPerson(parsePerson({ phone: '(425) 555-0101', orderIds: [] }))).events).toHaveLength(1);
  });

  it("is not answered with the shop's failed event at the offset of their claim, and leaves it", async () => {
    const refused = { properties: { reject: true } };
    const offsets = await scene.append(victim({ identity: by('thief', stranger), client: {}, commerce: {}, ...refused }));
    await waitUntilSettled(offsets);
    const { store } = scene.testSite;
    const listReporters = async () =>
      (await store.listDeadLetters(scene.testSite.consumerId, 9)).map(
        ({ bytes }) => JSON.parse(Buffer.from(bytes).toString()).reporter,
      );
    expect(await listReporters()).toEqual(['browser']);
    await scene.append(victim({ reporter: 'server', identity: by(undefined, jane.phone), ...refused }));
    await waitUntil(async () => (await listReporters()).join() === 'server');
    const all = await exportPerson(strangersQuery);
    expect([all.events.length, all.deadLetters.length]).toEqual([1, 0]);
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({ events: 1, deadLetters: 0 });
    expect(await listReporters()).toEqual(['server']);
    const hers = parsePerson({ phone: '(425) 555-0101', orderIds: [] });
    expect(await scene.createRequests().erase(scene.site, hers, false)).toMatchObject({ events: 1, deadLetters: 1 });
    expect(await listReporters()).toEqual([]);
  });

  it("is answered with their failed claim at the offset of the shop's report, and not with that report", async () => {
    const sold = victim({ reporter: 'server', identity: by(undefined, jane.phone) });
    const offsets = await scene.append(sold, victim({ identity: by('thief', stranger), client: {}, commerce: {} }));
    await waitUntilSettled(offsets);
    const { log, store, consumerId: consumer } = scene.testSite;
    const [offset = ''] = offsets;
    const [claimed] = await log.get(scene.site.id, offsets.slice(1));
    if (!claimed || !('bytes' in claimed.body)) throw new Error('expected the claim');
    const named = { eventName: 'Purchase', eventId: 'purchase-30001' };
    const letter = {
      consumer,
      offset,
      cause: 'rejected',
      issues: [],
      ...named,
      bytes: claimed.body.bytes,
      at: claimed.at,
    } as const;
    const listSiteDeadLetters: typeof store.listSiteDeadLetters = async (_, after) => (after ? [] : [letter]);
    const requests = scene.createRequests({ store: { ...store, listSiteDeadLetters } });
    const all = await exportPerson(strangersQuery, requests);
    expect(all.events).toMatchObject([{ reporter: 'browser', foundBy: 'name' }]);
    expect(all.deadLetters).toMatchObject([{ foundBy: 'name', event: { reporter: 'browser' } }]);
    expect(all.requests).toEqual([]);
    expect(await requests.erase(scene.site, strangersQuery, false)).toMatchObject({ events: 1, deadLetters: 1, attempts: 0 });
    expect(await scene.getRemainingIds()).toEqual(['purchase-30001']);
  });

  it.each([
    'purchase-30001',
    // The public id of a product, for example.
    '6f1c2a90-4b7e-4d3a-9c58-1e0f7a6b2d43',
    '9b2f4c1d8e7a60533f1e2d4c5b6a7980',
  ])("is not answered with other people's requests when their visitor id is a text of these: %s", async (id) => {
    const theirs = event('page', 2, { identity: by(id, stranger) });
    await waitUntilSettled(await scene.append(event(id, 1, { identity: by('victim') }), theirs));
    const all = await exportPerson(strangersQuery);
    expect(all.events.map(({ id }) => id)).toEqual(['page']);
    expect(all.requests).toMatchObject([{ events: 1 }]);
  });

  it('keeps the export file of the customer whose order they reported', async () => {
    const named = { reporter: 'webhook', identity: by(undefined, jane.email), commerce: { orderId: '30001' } } as const;
    await waitUntilSettled(await scene.append(event('paid-30001', 1, named), claim()));
    const { file } = await exportPerson(parsePerson({ email: 'jane@shop.example', orderIds: [] }));
    expect(await scene.createRequests().erase(scene.site, strangersQuery, false)).toMatchObject({ events: 1, exports: 0 });
    expect(await scene.exports.list(scene.site.id)).toEqual([file]);
  });
});

describe('export of a person', () => {
  it('holds only their own data of a shared browser and a shared request', async () => {
    const offsets = await scene.append(
      event('hers', 1, { identity: by('v1', { ...jane.email, clickIds: { msclkid: { value: 'her-click', at: 1 } } }) }),
      event('his', 2, { identity: by('v1', { ...bob, clickIds: { msclkid: { value: 'his-click', at: 2 } } }) }),
      event('dead', 3, { identity: by('v1', jane.email), properties: { reject: true } }),
    );
    await waitUntilSettled(offsets);
    const all = await exportPerson(parsePerson({ email: 'jane@shop.example', orderIds: [] }));
    expect(all.events.map(({ id }) => id)).toEqual(['hers', 'dead']);
    expect(all.deadLetters).toMatchObject([{ connection: 'bing', cause: 'rejected', event: { id: 'dead' } }]);
    expect(all.requests.map(({ payloads }) => payloads)).toMatchObject([[{ id: 'hers' }]]);
    expect(all.received).toMatchObject([{ connection: 'bing', events: 1, first: expect.stringMatching(/Z$/) }]);
    expect(all.people).toHaveLength(1);
    for (const foreignText of ['his', ...Object.values(bob.forms)]) expect(JSON.stringify(all)).not.toContain(foreignText);
    expect(JSON.stringify(all.people)).toContain('v1');
  });

  it('is refused while another process has the lock, and leaves no file when that process takes the lock meanwhile', async () => {
    const query = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    await waitUntilSettled(await scene.append(event('hers', 1, { identity: by('v1', jane.email) })));
    const locked = scene.createRequests({ lockSite: async () => undefined });
    expect(await locked.export(scene.site, query, 'operator')).toBe('busy');
    expect(await locked.erase(scene.site, query, false)).toBe('busy');
    let released = 0;
    const lease = { consumer: 'privacy:shop', epoch: 1 };
    const release = async () => {
      released += 1;
    };
    const keep = () => Promise.reject(new LeaseLostError('another process has it'));
    const taken = scene.createRequests({ lockSite: async () => ({ lease, keep, release }) });
    await expect(taken.export(scene.site, query, 'operator')).rejects.toThrow(LeaseLostError);
    expect([await scene.exports.list(scene.site.id), released]).toEqual([[], 1]);
  });

  it('is a file that only its owner may read, for 30 days', async () => {
    await waitUntilSettled(await scene.append(event('hers', 1, { identity: by('v1', jane.email) })));
    const { file } = await exportPerson(parsePerson({ email: 'jane@shop.example', orderIds: [] }));
    const { id: site } = scene.site;
    expect(await scene.exports.list(site)).toEqual([file]);
    expect(await scene.exports.list('other')).toEqual([]);
    const folder = join(storage.dir, `exports-${site}`);
    const [name = ''] = readdirSync(folder);
    expect([statSync(folder).mode & 0o777, statSync(join(folder, name)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(await scene.exports.removeOld(site, file.madeAt + 30 * dayMs - 1)).toBe(0);
    expect(await scene.exports.removeOld(site, file.madeAt + 30 * dayMs)).toBe(1);
    expect(await scene.exports.list(site)).toEqual([]);
  });

  it('leaves nothing when it is interrupted', async () => {
    const folder = join(storage.dir, 'cut-off');
    const files = await openExportFiles(folder);
    const broken = async function* () {
      yield '{';
      throw new Error('cut off');
    };
    await expect(files.write('shop', 'shop', 1, broken())).rejects.toThrow('cut off');
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, 'shop.shop.0123456789abcdef.json.part'), '{');
    await openExportFiles(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is removed by any erasure when the file is unreadable, and the erasure ends', async () => {
    await waitUntilSettled(await scene.append(event('hers', 1, { identity: by('v1', jane.email) })));
    const { file } = await exportPerson(parsePerson({ email: 'bob@shop.example', orderIds: [] }));
    writeFileSync(join(storage.dir, `exports-${scene.site.id}`, `${scene.site.id}.operator.${file.id}.json`), '{"foundBy":');
    const query = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    expect(await scene.createRequests().erase(scene.site, query, false)).toMatchObject({ events: 1, exports: 1 });
    expect(await scene.exports.list(scene.site.id)).toEqual([]);
  });

  it('makes an erasure fail before any change when its folder is unreadable', async () => {
    await waitUntilSettled(await scene.append(event('hers', 1, { identity: by('v1', jane.email) })));
    const query = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    const broken = { ...scene.exports, ofPerson: () => Promise.reject(new Error('EACCES')) };
    await expect(scene.createRequests({ exports: broken }).erase(scene.site, query, false)).rejects.toThrow('EACCES');
    expect(await scene.getRemainingIds()).toEqual(['hers']);
    const answer = { events: 1, received: [{ connection: 'bing', events: 1 }] };
    expect(await scene.createRequests().erase(scene.site, query, false)).toMatchObject(answer);
  });

  it('makes an erasure report that it is unfinished when the file cannot be removed', async () => {
    await waitUntilSettled(await scene.append(event('hers', 1, { identity: by('v1', jane.email) })));
    const query = parsePerson({ email: 'jane@shop.example', orderIds: [] });
    await exportPerson(query);
    const broken = { ...scene.exports, remove: () => Promise.reject(new Error('EACCES')) };
    const answer = { events: 1, received: [{ connection: 'bing', events: 1 }], unfinished: true };
    expect(await scene.createRequests({ exports: broken }).erase(scene.site, query, false)).toMatchObject(answer);
    expect(await scene.createRequests().hasUnfinished(scene.site.id)).toBe(true);
    expect(await scene.createRequests().erase(scene.site, query, false)).toMatchObject({ exports: 1 });
    expect(await scene.createRequests().hasUnfinished(scene.site.id)).toBe(false);
    expect(await scene.exports.list(scene.site.id)).toEqual([]);
  });

  it('is identified by its first line, also in a long file', async () => {
    const { id: site } = scene.site;
    const chunks = async function* () {
      yield '{"site":"x","foundBy":["order:1001"],\n"people":[';
      for (let part = 0; part < 64; part += 1) yield `\n"${'x'.repeat(1024 * 1024)}"`;
    };
    const { id } = await scene.exports.write(site, 'operator', 1, chunks());
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(await scene.exports.ofPerson(site, new Set(['order:1002']))).toEqual([]);
    expect((await scene.exports.ofPerson(site, new Set(['order:1001']))).map((one) => one.id)).toEqual([id]);
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('is removed by an erasure with another key of the same person', async () => {
    const offsets = await scene.append(
      event('hers', 1, { identity: by('v1', { forms: { ...jane.email.forms, ...jane.phone.forms } }) }),
      event('his', 2, { identity: by('v2', bob) }),
    );
    await waitUntilSettled(offsets);
    await exportPerson(parsePerson({ email: 'jane@shop.example', orderIds: [] }));
    const { file: his } = await exportPerson(parsePerson({ email: 'bob@shop.example', orderIds: [] }));
    const query = parsePersonKey('phone', '+14255550101', 'US');
    if (!query) throw new Error('expected a valid number');
    expect(await scene.createRequests().erase(scene.site, query, true)).toMatchObject({ exports: 1 });
    expect(await scene.exports.list(scene.site.id)).toHaveLength(2);
    expect(await scene.createRequests().erase(scene.site, query, false)).toMatchObject({ exports: 1 });
    expect(await scene.exports.list(scene.site.id)).toEqual([his]);
  });
});

describe("a customer's request through the shop", () => {
  const report = {
    dryRun: false,
    found: false,
    events: 0,
    copies: 0,
    signals: 0,
    visitors: 0,
    links: 0,
    deadLetters: 0,
    attempts: 0,
    exports: 0,
    received: [],
  };
  const requests = (erase: PrivacyRequests['erase'], timeoutMs?: number) => {
    const people: PrivacyRequests = {
      erase,
      export: async () => 'stopping',
      drop: async () => 'stopping',
      countScanned: () => undefined,
      hasUnfinished: async () => false,
    };
    return createShopPrivacyRequests({ people, logger: silentLogger, ...(timeoutMs !== undefined && { timeoutMs }) });
  };

  it('continues once after the timeout, and is done when the shop repeats it', async () => {
    const { promise, resolve } = Promise.withResolvers<typeof report>();
    let begun = 0;
    const ask = requests(() => {
      begun += 1;
      return promise;
    }, 5);
    expect(await ask(scene.site, 'erase', janesKeys, 'w-1')).toBe('later');
    const second = ask(scene.site, 'erase', janesKeys, 'w-1');
    resolve(report);
    expect(await second).toBe('done');
    expect(await ask(scene.site, 'erase', janesKeys, 'w-1')).toBe('done');
    expect(begun).toBe(1);
  });

  it('is answered with 503 until it is done, and then with 200', async () => {
    await waitUntilSettled(
      await scene.append(event('hers', 1, { identity: by('v1', jane.email) }), event('his', 2, { identity: by('v2', bob) })),
    );
    const gate = Promise.withResolvers<void>();
    const { runQuiesced } = scene.delivery;
    const people = scene.createRequests({
      runQuiesced: async (of, work) => {
        await gate.promise;
        return runQuiesced(of, work);
      },
    });
    const secret = 'shpss_0123456789abcdef';
    const site = { ...scene.site, webhooks: { secrets: [secret], purchaseOn: 'create' } } as const;
    const onPrivacyRequest = createShopPrivacyRequests({ people, logger: silentLogger, timeoutMs: 50 });
    const app = createCollectorApp({ ...createCollectorDeps(createMemoryLog()), sites: () => [site], onPrivacyRequest });
    const body = JSON.stringify({
      shop_domain: 'shop.myshopify.example',
      customer: { email: 'jane@shop.example' },
      orders_to_redact: [],
    });
    const headers = buildShopifyHeaders(body, 'customers/redact', secret, 'w-7');
    const ask = async () =>
      (await app.request(`/hooks/shopify/${site.id}`, { method: 'POST', body, headers }, buildConnectionInfo('203.0.113.9')))
        .status;
    expect([await ask(), await ask()]).toEqual([503, 503]);
    expect(await scene.getRemainingIds()).toEqual(['hers', 'his']);
    gate.resolve();
    await waitUntil(async () => (await ask()) === 200);
    expect(await scene.getRemainingIds()).toEqual(['his']);
  });

  it('waits for another one at the same site', async () => {
    const answers = ['busy', report] as const;
    let calls = 0;
    const ask = requests(async () => answers[calls++] ?? 'stopping');
    expect(await ask(scene.site, 'erase', janesKeys, 'w-1')).toBe('done');
    expect(calls).toBe(2);
  });

  it.each(['stopping', 'fault', 'unfinished'] as const)('runs again when it failed (%s) and the shop repeats it', async (how) => {
    let calls = 0;
    const ask = requests(async () => {
      calls += 1;
      if (calls > 1) return report;
      if (how === 'fault') throw new Error('disk');
      return how === 'unfinished' ? { ...report, unfinished: true } : how;
    });
    expect(await ask(scene.site, 'erase', janesKeys, 'w-1')).toBe('later');
    expect(await ask(scene.site, 'erase', janesKeys, 'w-1')).toBe('done');
    expect(calls).toBe(2);
  });

  it('is done at once without a valid key', async () => {
    const ask = requests(() => Promise.reject(new Error('no search is expected')));
    expect(await ask(scene.site, 'erase', { orderIds: [] }, 'w-1')).toBe('done');
  });
});
