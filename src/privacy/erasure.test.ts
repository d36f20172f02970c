import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSha256, waitUntil } from '../delivery/delivery.fixture.ts';
import { TestStorage } from '../delivery/test-site.fixture.ts';
import { buildReply, getIds } from '../delivery/tiny-platform.fixture.ts';
import { dayMs } from '../event/units.ts';
import { hashExternalId, sha256 } from '../identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../identity/normal-forms.ts';
import type { NewUpload, UploadPerson } from '../storage/ports/uploads.ts';
import { createLargeProfile, encodeEarlierProfile, storeEarlierProfile } from '../visitors/large-profile.fixture.ts';
import { maxProfileBytes } from '../visitors/profile-encoding.ts';
import { type ErasureReport, finishInterruptedErasures } from './erasure.ts';
import { type PersonKey, parsePersonKey } from './person-query.ts';
import { bob, jane, PrivacyScenario } from './privacy.fixture.ts';

let storage: TestStorage;
let scene: PrivacyScenario;
/** One time for all events of a test: the clock runs on between two calls. */
let base: number;

beforeAll(async () => {
  storage = await TestStorage.open();
});
afterAll(() => storage.close());
beforeEach(async () => {
  scene = new PrivacyScenario(storage);
  await scene.start();
  base = scene.testSite.clock.now() - 600_000;
});
afterEach(() => scene.stop());

const at = (seconds: number) => base + seconds * 1_000;
const event = (id: string, seconds: number, more: Parameters<PrivacyScenario['testSite']['event']>[1] = {}) =>
  scene.testSite.event(id, { time: at(seconds), ...more });
const identity = (anonymousId: string | undefined, person: object = { forms: {} }) => {
  return { forms: {}, clickIds: {}, ...(anonymousId !== undefined && { anonymousId }), ...person };
};
const waitUntilSettled = async (offsets: readonly string[]) =>
  waitUntil(async () => (await scene.testSite.getOutcomes(offsets)).every((outcome) => outcome !== undefined));

async function erase(key: PersonKey, value: string, of = scene.createRequests(), dryRun = false): Promise<ErasureReport> {
  const query = parsePersonKey(key, value, 'US');
  if (!query) throw new Error('expected a valid key');
  const report = await of.erase(scene.site, query, dryRun);
  if (typeof report === 'string') throw new Error(`the erasure is refused: ${report}`);
  return report;
}

describe('erasure of a person', () => {
  it.each([
    ['the shop', 'shop-visitor'],
    ['the checkout', 'checkout-visitor'],
  ])('reaches the visitor of the other domain by a link if they identified themselves on %s', async (_, identified) => {
    const joined = { identity: { forms: {}, clickIds: {}, anonymousId: 'checkout-visitor', joined: 'shop-visitor' } };
    const offsets = await scene.append(
      event('a', 1, { identity: identity('shop-visitor') }),
      event('link-1', 2, { name: '$link', reporter: 'browser', ...joined }),
      event('b', 3, { identity: identity('checkout-visitor') }),
      event('c', 4, { identity: identity(identified, jane) }),
      event('d', 5, { identity: identity('stranger', bob) }),
    );
    await waitUntilSettled(offsets.filter((_offset, index) => index !== 1));
    await erase('email', jane.forms.emailPlain);
    expect(await scene.getRemainingIds()).toEqual(['d']);
    const profiles = await scene.testSite.store.getProfiles(scene.site.id, ['shop-visitor', 'checkout-visitor']);
    expect([...profiles.keys()]).toEqual([]);
  });

  it('of one visitor id removes the record of their link, and leaves the other visitor', async () => {
    const joined = { identity: { forms: {}, clickIds: {}, anonymousId: 'checkout-visitor', joined: 'shop-visitor' } };
    const offsets = await scene.append(
      event('a', 1, { identity: identity('shop-visitor') }),
      event('link-1', 2, { name: '$link', reporter: 'browser', ...joined }),
      event('b', 3, { identity: identity('checkout-visitor') }),
    );
    await waitUntilSettled(offsets.filter((_offset, index) => index !== 1));
    await erase('anonymousId', 'shop-visitor');
    expect(await scene.getRemainingIds()).toEqual(['b']);
  });

  it('erases the facts about their subscriptions', async () => {
    const { store } = scene.testSite;
    const trial = { name: 'StartTrial', reporter: 'webhook', via: 'stripe', payment: { subscription: 'sub_1' } } as const;
    const offsets = await scene.append(event('trial-sub_1', 1, { ...trial, identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    expect(await store.listPaymentFacts(scene.site.id, ['sub_1'])).toMatchObject([{ kind: 'trial' }]);
    expect(await erase('email', bob.forms.emailPlain)).toMatchObject({ found: false });
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: true });
    expect(await store.listPaymentFacts(scene.site.id, ['sub_1'])).toEqual([]);
  });

  it('also erases a late report of an erased event, without effect on a profile', async () => {
    const offsets = await scene.append(event('buy', 1, { name: 'Purchase', identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    await erase('email', jane.forms.emailPlain);
    const late = await scene.append(event('buy', 2, { name: 'Purchase', reporter: 'server', identity: identity('v1', jane) }));
    await waitUntilSettled(late);
    expect(await scene.getRemainingIds()).toEqual([]);
    expect(await scene.testSite.store.getProfiles(scene.site.id, ['v1'])).toHaveProperty('size', 0);
    expect(await scene.testSite.store.listVisitorLinks(scene.site.id, ['v1'])).toEqual([]);
    expect((await scene.testSite.store.searchEvents(scene.site.id, { limit: 9 })).offsets).toEqual([]);
  });

  it('erases the events of their visitor ids, before and after they identified themselves', async () => {
    const offsets = await scene.append(
      event('view', 1, { identity: identity('v1') }),
      event('told', 2, { identity: identity('v1', jane) }),
      event('after', 3, { identity: identity('v1') }),
      event('elsewhere', 4, { identity: identity('v2', { forms: { emailGiven: jane.forms.emailPlain } }) }),
      event('there', 5, { identity: identity('v2') }),
      event('other', 6, { identity: identity('v3', bob) }),
    );
    await waitUntilSettled(offsets);
    const report = await erase('email', jane.forms.emailPlain);
    expect(await scene.getRemainingIds()).toEqual(['other']);
    expect(report).toMatchObject({
      found: true,
      events: 5,
      copies: 0,
      visitors: 2,
      // The two forms of the address and the external id of `v1`, and the form that `v2` reported.
      links: 4,
      received: [{ connection: 'bing', events: 5, inDoubt: 0 }],
    });
    expect([...(await scene.testSite.store.getProfiles(scene.site.id, ['v1', 'v2', 'v3'])).keys()]).toEqual(['v3']);
  });

  it('erases the events that a rule made of their events, which do not prove whose order it is', async () => {
    const addedBy = { rule: 'big', connection: 'bing' };
    const offsets = await scene.append(
      event('buy', 1, { identity: identity('v1', jane) }),
      event('buy~big', 2, {
        name: 'BigOrder',
        reporter: 'server',
        identity: identity('v1', jane),
        commerce: { orderId: '1' },
        addedBy,
      }),
      event('his~big', 3, { name: 'BigOrder', reporter: 'server', identity: identity('v2', bob), addedBy }),
      event('same-number', 4, { name: 'Purchase', identity: identity('v3'), commerce: { orderId: '1' } }),
    );
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2 });
    expect(await scene.getRemainingIds()).toEqual(['his~big', 'same-number']);
  });

  it('keeps other people in a request of a connection that was added during the search', async () => {
    const offsets = await scene.append(
      event('hers', 1, { identity: identity('v1', jane) }),
      event('his', 2, { identity: identity('v2', bob) }),
    );
    await waitUntilSettled(offsets);
    const query = parsePersonKey('email', jane.forms.emailPlain, 'US');
    if (!query) throw new Error('expected a valid key');
    await scene.createRequests().erase({ ...scene.site, connections: [] }, query, false);
    const { attempts } = await scene.testSite.store.listSiteAttempts(scene.site.id, 0, 9);
    expect(attempts.map(({ body }) => body).join()).toContain('his');
  });

  it('keeps the events and the profile data of another person in the same browser', async () => {
    const click = (value: string, seconds: number) => ({ clickIds: { msclkid: { value, at: at(seconds) } } });
    const offsets = await scene.append(
      event('jane', 1, { identity: identity('v1', { ...jane, ...click('hers', 1) }) }),
      event('anonymous', 2, { identity: identity('v1') }),
      event('bob', 3, { identity: identity('v1', { ...bob, ...click('his', 3) }) }),
      event('jane-again', 4, { identity: identity('v1', jane) }),
    );
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 3, visitors: 1 });
    expect(await scene.getRemainingIds()).toEqual(['bob']);
    const profile = (await scene.testSite.store.getProfiles(scene.site.id, ['v1'])).get('v1');
    expect(profile?.persons.map(({ value }) => value)).toMatchObject([bob]);
    expect(profile?.clicks.msclkid?.map(({ value }) => value)).toEqual(['his']);
    const links = await scene.testSite.store.listVisitorLinks(scene.site.id, ['v1']);
    expect(links.map(({ key }) => key).toSorted()).toEqual(
      Object.values(bob.forms)
        .map((hash) => `email:${hash}`)
        .toSorted(),
    );
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: false, events: 0, visitors: 0, attempts: 0 });
  });

  it('leaves no data of the person in an oversized profile of an earlier version', async () => {
    const newest = at(0);
    // Jane is the oldest of 65 persons in this browser, so that the present limits drop her.
    const fat = createLargeProfile('v1', newest);
    const value = { ...jane, isNew: false };
    const text = encodeEarlierProfile({ ...fat, persons: [...fat.persons, { at: newest - dayMs, value }] });
    storeEarlierProfile(join(storage.dir, 'state.db'), scene.site.id, [{ visitor: 'v1', text }], newest);
    const stored = () => {
      const db = new Database(join(storage.dir, 'state.db'), { readonly: true });
      try {
        return db
          .prepare<[string], string>("SELECT profile FROM visitor_profiles WHERE site = ? AND visitor = 'v1'")
          .pluck()
          .get(scene.site.id);
      } finally {
        db.close();
      }
    };
    expect(stored()).toContain(jane.forms.emailPlain);
    await erase('email', jane.forms.emailPlain);
    expect(stored()).toContain(fat.persons[0]?.value.externalId);
    expect(stored()).not.toContain(jane.forms.emailPlain);
    expect(stored()?.length).toBeLessThanOrEqual(maxProfileBytes);
    await erase('externalId', fat.persons[0]?.value.externalId ?? '');
    expect(stored()).not.toContain(fat.persons[0]?.value.externalId);
    expect(stored()).toContain(fat.persons[1]?.value.externalId);
  });

  it('erases an event with its duplicate reports when one of them names the person', async () => {
    const offsets = await scene.append(
      event('buy', 1, { name: 'Purchase', identity: identity('v1') }),
      event('buy', 2, { name: 'Purchase', reporter: 'server', identity: identity(undefined, jane) }),
    );
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 1, copies: 1 });
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it("erases the browser's events when only the server's report of a purchase names the person", async () => {
    const click = { clickIds: { msclkid: { value: 'c'.repeat(32), at: at(1) } }, browserIds: { _uetvid: 'uet-1' } };
    const client = { ip: '203.0.113.9' };
    const offsets = await scene.append(
      event('view', 1, { identity: identity('v1', click), client }),
      event('buy', 2, { name: 'Purchase', identity: identity('v1'), commerce: { orderId: '1' }, client }),
      event('buy', 2, { name: 'Purchase', reporter: 'server', identity: identity(undefined, jane), commerce: { orderId: '1' } }),
      event('other', 3, { identity: identity('v2') }),
    );
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2, copies: 1, visitors: 1 });
    expect(await scene.getRemainingIds()).toEqual(['other']);
    expect(await scene.testSite.store.getProfiles(scene.site.id, ['v1'])).toHaveProperty('size', 0);
    expect(await scene.testSite.store.listVisitorLinks(scene.site.id, ['v1'])).toEqual([]);
  });

  it("erases a purchase that only the server's report assigns to them, and keeps another person's in the same browser", async () => {
    const { forms, externalId } = jane;
    const offsets = await scene.append(
      event('buy', 1, { name: 'Purchase', reporter: 'server', identity: identity(undefined, { forms }) }),
      event('buy', 2, { name: 'Purchase', identity: identity('v1', { externalId }) }),
      event('bob', 3, { identity: identity('v1', bob) }),
      event('hers', 4, { identity: identity('v1', { externalId }) }),
      event('not-hers', 5, { identity: identity('v1', { externalId: createSha256('4') }) }),
    );
    await waitUntilSettled(offsets);
    await erase('email', jane.forms.emailPlain);
    expect(await scene.getRemainingIds()).toEqual(['bob', 'not-hers']);
  });

  it('erases an event without identifiers that was sent with their e-mail address', async () => {
    const { forms, externalId } = jane;
    const offsets = await scene.append(
      event('told', 1, { reporter: 'server', identity: identity('0a1b2c3d4e5f11f08a3b5c6d7e8f9a0b', { forms, externalId }) }),
      event('recalled', 2, { reporter: 'server', identity: identity(undefined, { externalId }) }),
    );
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2 });
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it.each<[PersonKey, string, readonly string[]]>([
    ['email', ' Jane.Doe+x@Shop.example ', ['email', 'raw']],
    ['phone', '(425) 555-1234', ['phone']],
    ['phone', '+14255551234', ['phone']],
    ['externalId', 'cust-7', ['customer']],
    ['anonymousId', 'v-9', ['visitor']],
    ['eventId', 'single', ['single']],
    ['orderId', '1001', ['ordered', 'purchase-1001']],
  ])('finds a person by %s %s', async (key, value, erasedIds) => {
    const phone = parsePhone('+1 425 555 1234');
    const person = {
      email: identity(undefined, { forms: normalizeEmail('jane.doe+x@shop.example') }),
      raw: identity(undefined, { forms: { emailGiven: sha256('Jane.Doe+x@Shop.example') } }),
      phone: identity(undefined, { forms: phone ? normalizePhone(phone) : {} }),
      customer: identity(undefined, { externalId: hashExternalId('cust-7') }),
      visitor: identity('v-9'),
      single: identity(undefined),
    };
    const offsets = await scene.append(
      ...Object.entries(person).map(([id, who]) => event(id, 1, { identity: who })),
      event('ordered', 1, { commerce: { orderId: '1001' } }),
      event('purchase-1001', 1, { name: 'Purchase' }),
      event('purchase-10011', 1, { name: 'Purchase', commerce: { orderId: '10011' } }),
    );
    await waitUntilSettled(offsets);
    const before = await scene.getRemainingIds();
    await erase(key, value);
    expect(await scene.getRemainingIds()).toEqual(before.filter((id) => !erasedIds.includes(id)));
  });

  it.each([
    ['email', 'jane'],
    ['phone', '12'],
    ['anonymousId', 'v 1'],
    ['orderId', ' '],
  ] as const)('is refused for the invalid %s %j', (key, value) => {
    expect(parsePersonKey(key, value, 'US')).toBeUndefined();
  });

  it('removes them from an unanswered request, and the rest is sent again', async () => {
    scene.sender.answer = () => ({ unknown: 'ECONNRESET' });
    const offsets = await scene.append(
      event('jane', 1, { identity: identity('v1', jane) }),
      event('bob', 2, { identity: identity('v2', bob) }),
    );
    await waitUntil(() => scene.sender.deliveries.length > 0);
    expect(getIds(scene.sender.deliveries[0] ?? { method: 'POST', url: '', headers: {}, body: '[]' })).toEqual(['jane', 'bob']);
    const report = await erase('email', jane.forms.emailPlain);
    expect(report.received).toMatchObject([{ connection: 'bing', events: 0, inDoubt: 1 }]);
    const sent = scene.sender.requests.length;
    scene.sender.answer = () => buildReply(200);
    await waitUntilSettled(offsets);
    expect(scene.sender.requests.slice(sent).flatMap(getIds)).toEqual(['bob']);
    expect(await scene.testSite.getOutcomes(offsets)).toEqual(['erased', 'delivered']);
  });

  it('erases dead letters and waiting events', async () => {
    const offsets = await scene.append(
      event('refused', 1, { identity: identity('v1', jane), properties: { reject: true } }),
      event('pending', 0, {
        identity: identity('v4', { forms: jane.forms }),
        consent: { stated: 'unknown', effective: 'pending' },
      }),
    );
    await waitUntilSettled(offsets.slice(0, 1));
    const listDeadLetters = () => scene.testSite.store.listDeadLetters(scene.testSite.consumerId, 9);
    expect(await listDeadLetters()).toHaveLength(1);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 2, deadLetters: 1 });
    expect(await listDeadLetters()).toEqual([]);
    expect(await scene.getRemainingIds()).toEqual([]);
    await waitUntil(async () => (await scene.testSite.getOutcomes(offsets))[1] === 'erased');
  });

  it('counts a stored request once, however often it was repeated', async () => {
    let tries = 0;
    scene.sender.answer = () => {
      tries += 1;
      return buildReply(tries < 3 ? 503 : 200);
    };
    await waitUntilSettled(await scene.append(event('told', 1, { identity: identity('v1', jane) })));
    expect((await scene.testSite.store.listSiteAttempts(scene.site.id, 0, 9)).attempts).toHaveLength(3);
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests(), true)).toMatchObject({ events: 1, attempts: 1 });
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ events: 1, attempts: 1 });
    const { attempts } = await scene.testSite.store.listSiteAttempts(scene.site.id, 0, 9);
    expect(attempts.map(({ body }) => body)).toEqual(['', '', '']);
  });

  it('erases delivered orders after their events are gone, and keeps those of another person in the browser', async () => {
    const order = (orderId: string, anonymousId: string, person: object) =>
      event(`purchase-${orderId}`, 1, {
        name: 'Purchase',
        reporter: 'server',
        identity: identity(anonymousId, person),
        commerce: { orderId, value: 10, currency: 'EUR' },
      });
    const offsets = await scene.append(
      order('1', 'v1', jane),
      order('2', 'v1', bob),
      order('3', 'v2', {}),
      order('4', 'v3', jane),
    );
    await waitUntilSettled(offsets);
    const { log, store, clock } = scene.testSite;
    const site = scene.site.id;
    const left = async () =>
      (await store.findOwnedOrders(site, { hashes: [], visitors: [], orderIds: ['1', '2', '3', '4'] })).map(
        ({ orderId }) => orderId,
      );
    expect(await left()).toEqual(['1', '2', '3', '4']);
    const through = offsets.at(-1) ?? '';
    await log.trim(site, through);
    const what = { through, profilesBefore: clock.now(), deadLettersBefore: 0, countsBefore: 0 };
    for (let rows = 1; rows > 0; ) rows = await store.removeExpired(site, what, 100);
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests(), true)).toMatchObject({ found: true, events: 0 });
    expect(await left()).toEqual(['1', '2', '3', '4']);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: true, events: 0 });
    expect(await left()).toEqual(['2', '3']);
    expect(await erase('anonymousId', 'v2')).toMatchObject({ found: true });
    expect(await erase('orderId', '2')).toMatchObject({ found: true });
    expect(await left()).toEqual([]);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: false });
  });

  it('erases the refunds of delivered orders, also if only the order tells whose they are', async () => {
    const offsets = await scene.append(
      event('purchase-1', 1, {
        name: 'Purchase',
        reporter: 'server',
        identity: identity('v1', jane),
        commerce: { orderId: '1', value: 10, currency: 'EUR' },
      }),
    );
    await waitUntilSettled(offsets);
    const { log, store, clock } = scene.testSite;
    const through = offsets.at(-1) ?? '';
    await log.trim(scene.site.id, through);
    const what = { through, profilesBefore: clock.now(), deadLettersBefore: 0, countsBefore: 0 };
    for (let rows = 1; rows > 0; ) rows = await store.removeExpired(scene.site.id, what, 100);
    const refund = (id: string, orderId: string) =>
      event(id, 2, {
        name: 'Refund',
        reporter: 'webhook',
        commerce: { orderId, value: 4, currency: 'EUR' },
        notSent: 'record-only',
      });
    await waitUntilSettled(await scene.append(refund('r-1', '1'), refund('r-2', '2')));
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests(), true)).toMatchObject({ found: true, events: 1 });
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: true, events: 1 });
    expect(await scene.getRemainingIds()).toEqual(['r-2']);
    expect((await store.listRefunds(scene.site.id, ['1', '2'])).map(({ refundId }) => refundId)).toEqual(['r-2']);
  });

  it('erases the rows of a person that are sent with the access to an account, after their events are gone', async () => {
    const { store, consumerId } = scene.testSite;
    const site = scene.site.id;
    const row = (orderId: string, person?: UploadPerson): NewUpload => ({
      ...{ kind: 'offline-conversion', key: orderId, orderId, offset: '1', at: 1, content: `{"order":"${orderId}"}`, dueAt: 1 },
      ...(person && { person }),
    });
    const lease = await store.acquireLease(consumerId, 'one', 60_000);
    if (!lease) throw new Error('the lease is free');
    const putUploads = [
      row('11', { forms: { emailPlain: jane.forms.emailPlain } }),
      row('12', { forms: { emailPlain: bob.forms.emailPlain } }),
      row('13'),
    ];
    await store.commitDelivery(lease, { state: await scene.testSite.state(), putUploads });
    const left = async () => (await store.listOrderUploads(site, ['11', '12', '13'])).map(({ orderId }) => orderId);
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests(), true)).toMatchObject({ found: true });
    expect(await left()).toEqual(['11', '12', '13']);
    expect(await erase('email', jane.forms.emailPlain)).toMatchObject({ found: true, events: 0 });
    expect(await left()).toEqual(['12', '13']);
    expect(await erase('orderId', '13')).toMatchObject({ found: true });
    expect(await left()).toEqual(['12']);
  });

  it('only reports the numbers in a dry run', async () => {
    const offsets = await scene.append(event('told', 1, { identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests(), true)).toMatchObject({
      dryRun: true,
      events: 1,
      attempts: 1,
    });
    expect(await scene.getRemainingIds()).toEqual(['told']);
    expect(await scene.testSite.store.getProfiles(scene.site.id, ['v1'])).toHaveProperty('size', 1);
  });

  it.each(['redact', 'eraseAttempts'] as const)('is finished by the next one when it was interrupted before %s', async (step) => {
    const offsets = await scene.append(
      event('told', 1, { identity: identity('v1', jane) }),
      event('view', 2, { identity: identity('v1') }),
      event('bob', 3, { identity: identity('v2', bob) }),
    );
    await waitUntilSettled(offsets);
    const { log, store } = scene.testSite;
    const cutOff = scene.createRequests({ log: failOn(log, step), store: failOn(store, step) });
    await expect(erase('email', jane.forms.emailPlain, cutOff)).rejects.toThrow('cut off');
    expect(await store.getUnfinishedErasure(scene.site.id)).toEqual(offsets.slice(0, 2));
    const requests = scene.createRequests();
    expect(await requests.hasUnfinished(scene.site.id)).toBe(true);
    expect(await erase('eventId', 'nobody', requests, true)).toMatchObject({ found: false, unfinished: true });
    expect(await erase('eventId', 'nobody', requests)).not.toHaveProperty('unfinished');
    expect(await requests.hasUnfinished(scene.site.id)).toBe(false);
    expect(await store.getUnfinishedErasure(scene.site.id)).toBeUndefined();
    expect(await scene.getRemainingIds()).toEqual(['bob']);
    const { attempts } = await store.listSiteAttempts(scene.site.id, 0, 9);
    expect(attempts.map(({ body }) => body).join()).not.toContain(createSha256('1'));
    expect(attempts.map(({ body }) => body).join()).toContain(createSha256('a'));
  });

  it('prevents the sending of events that it could not redact, and the next start redacts them', async () => {
    await scene.stop();
    await scene.start({ enabled: false });
    const { log, store } = scene.testSite;
    const offsets = await scene.append(
      event('jane', 1, { identity: identity('v1', jane) }),
      event('buy', 2, { name: 'Purchase', identity: identity('v2') }),
      event('buy', 3, { name: 'Purchase', reporter: 'server', identity: identity(undefined, jane) }),
      event('bob', 4, { identity: identity('v3', bob) }),
    );
    await waitUntil(async () => (await store.getIdentityCursor(scene.site.id)) === offsets.at(-1));
    await expect(erase('email', jane.forms.emailPlain, scene.createRequests({ log: failOn(log, 'redact') }))).rejects.toThrow(
      'cut off',
    );
    await scene.stop();
    await scene.start();
    await waitUntilSettled(offsets);
    expect(await scene.testSite.getOutcomes(offsets)).toEqual(['erased', 'erased', 'duplicate', 'delivered']);
    expect(scene.sender.requests.flatMap(getIds)).toEqual(['bob']);

    expect(await scene.getRemainingIds()).toEqual(['jane', 'buy', 'buy', 'bob']);
    await finishInterruptedErasures([scene.site.id], log, store);
    expect(await scene.getRemainingIds()).toEqual(['bob']);
    expect(await store.getUnfinishedErasure(scene.site.id)).toEqual(offsets.slice(0, 3));
  });

  it('retries a failing redaction', async () => {
    const offsets = await scene.append(event('jane', 1, { identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    const { log } = scene.testSite;
    let failures = 2;
    const redact: typeof log.redact = (partition, which) => {
      failures -= 1;
      return failures < 0 ? log.redact(partition, which) : Promise.reject(new Error('disk'));
    };
    expect(
      await erase('email', jane.forms.emailPlain, scene.createRequests({ log: replacing(log, 'redact', redact) })),
    ).toMatchObject({
      events: 1,
    });
    expect(await scene.getRemainingIds()).toEqual([]);
  });

  it('reports the numbers when it cannot end, and the next one ends it', async () => {
    const { store } = scene.testSite;
    const offsets = await scene.append(event('jane', 1, { identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    const report = await erase('email', jane.forms.emailPlain, scene.createRequests({ store: failOn(store, 'endErasure') }));
    expect(report).toMatchObject({ unfinished: true, events: 1, received: [{ connection: 'bing', events: 1 }] });
    expect(await store.getUnfinishedErasure(scene.site.id)).toEqual(offsets);
    expect(await erase('eventId', 'nobody')).not.toHaveProperty('unfinished');
    expect(await store.getUnfinishedErasure(scene.site.id)).toBeUndefined();
  });

  it('is unfinished while erased bytes are left in the log, and its end does not keep the site quiesced', async () => {
    const { log, store } = scene.testSite;
    const offsets = await scene.append(event('jane', 1, { identity: identity('v1', jane) }));
    await waitUntilSettled(offsets);
    expect(await erase('email', jane.forms.emailPlain, scene.createRequests({ log: failOn(log, 'purge') }))).toMatchObject({
      unfinished: true,
      events: 1,
    });
    const endErasure: typeof store.endErasure = async (site) => {
      await waitUntilSettled(await scene.append(event('bob', 2)));
      return store.endErasure(site);
    };
    const requests = scene.createRequests({ store: replacing(store, 'endErasure', endErasure) });
    expect(await erase('eventId', 'nobody', requests)).not.toHaveProperty('unfinished');
    expect(await store.getUnfinishedErasure(scene.site.id)).toBeUndefined();
  });

  it('is unfinished while a spool may hold events from before its scan, and names the machines', async () => {
    await waitUntilSettled(await scene.append(event('jane', 1, { identity: identity('v1', jane) })));
    const asked: number[] = [];
    let reported = ['shop-1', 'shop-2'].map((host) => ({ node: host, host, isEmpty: true, seenAt: 7_000 }));
    const spools = {
      readTime: async () => 7_000,
      listSpools: async () => reported,
      listOpenSpools: async (at: number) => {
        asked.push(at);
        return asked.length < 3 ? ['shop-2'] : [];
      },
    };
    const requests = scene.createRequests({ spools });
    expect(await erase('email', jane.forms.emailPlain, requests)).not.toHaveProperty('unfinished');
    expect(asked).toEqual([7_000, 7_000, 7_000]);
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const eraseNobody = async (by: typeof requests) => {
      let isOver = false;
      const running = erase('eventId', 'nobody', by).finally(() => {
        isOver = true;
      });
      while (!isOver) await vi.advanceTimersByTimeAsync(500);
      return running;
    };
    const closed = scene.createRequests({ spools: { ...spools, listOpenSpools: async () => ['shop-2'] } });
    expect(await eraseNobody(closed)).toMatchObject({ unfinished: true, spools: ['shop-2'] });
    expect(await requests.hasUnfinished(scene.site.id)).toBe(true);
    // One that is drained and signed off during the erasure has no state any more.
    const listOpenSpools = async () => {
      reported = reported.slice(0, 1);
      return [];
    };
    const drained = scene.createRequests({ spools: { ...spools, listOpenSpools } });
    expect(await eraseNobody(drained)).toMatchObject({ unfinished: true, spools: ['shop-2'] });
    expect(await eraseNobody(drained)).not.toHaveProperty('unfinished');
    expect(await requests.hasUnfinished(scene.site.id)).toBe(false);
    const failing = scene.createRequests({ spools: { ...spools, listOpenSpools: () => Promise.reject(new Error('gone')) } });
    expect(await eraseNobody(failing)).toMatchObject({ unfinished: true, spools: ['shop-1'] });
    vi.useRealTimers();
  });

  it('is refused while the gateway stops, and after the consumers have stopped', async () => {
    const query = parsePersonKey('eventId', 'x', undefined);
    if (!query) throw new Error('expected a valid key');
    await scene.append(event('jane', 1, { identity: identity('v1', jane) }));
    const requests = scene.createRequests();
    await scene.stop();
    expect(await requests.erase(scene.site, query, false)).toBe('stopping');
    const other = scene.createRequests();
    const running = other.erase(scene.site, query, true);
    await other.stop(5_000);
    expect(await other.erase(scene.site, query, true)).toBe('stopping');
    expect(await running).toBe('stopping');
  });

  it('runs once at a time for a site', async () => {
    const query = parsePersonKey('eventId', 'x', undefined);
    if (!query) throw new Error('expected a valid key');
    const requests = scene.createRequests();
    const first = requests.erase(scene.site, query, false);
    expect(await requests.erase(scene.site, query, false)).toBe('busy');
    expect(await first).toMatchObject({ events: 0 });
    expect(requests.countScanned(scene.site)).toBeUndefined();
  });
});

/** Returns the same adapter with one failing method. */
function failOn<T extends object>(engine: T, method: string): T {
  return replacing(engine, method, () => Promise.reject(new Error('cut off')));
}

/** Returns the same adapter with one replaced method. */
function replacing<T extends object>(engine: T, method: string, other: unknown): T {
  return new Proxy(engine, {
    get(of, key) {
      if (key === method) return other;
      const value: unknown = Reflect.get(of, key);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
