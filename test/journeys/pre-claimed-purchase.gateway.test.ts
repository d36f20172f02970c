import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPacedClock, type PacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { dayMs, hourMs, minuteMs } from '../../src/event/units.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { eventually, type Folder, makeFolder, post, tagId, writeKey } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A stranger with the site's public write key reports the ids of orders that the shop's server also reports. */

let folder: Folder;
let clock: PacedClock;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = makeFolder();
  cleanups.push(folder.remove);
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const rules = [
  { id: 'internal', when: { field: 'properties.internal', is: 'equals', value: true }, then: { skip: true } },
  { id: 'wholesale', when: { field: 'commerce.tags', is: 'contains', value: 'wholesale' }, then: { skip: true } },
];

async function startScene(purchases: 'as-reported' | 'confirmed'): Promise<void> {
  clock = createPacedClock();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: () => clock.now() });
  cleanups.push(() => microsoft.close());
  gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site: { purchases, rules } }), clock);
  cleanups.push(() => gateway.stop());
}

const shopperAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const crawlerAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const granted = { adStorage: 'granted', source: 'call', explicit: true };

/** The choices of visitors' own browsers, before everything else. */
const choices = {
  'visitor-who-granted': granted,
  'visitor-who-denied': { adStorage: 'denied', source: 'call', explicit: true },
};

interface Attack {
  readonly name: string;
  readonly userAgent?: string;
  /** The visitor that the shop names. */
  readonly visitor?: keyof typeof choices;
  readonly report: (now: number) => Readonly<Record<string, unknown>>;
  /** Whether the shopper's own page declines the same purchase afterwards. */
  readonly isDeclined?: true;
}

const attacks: readonly Attack[] = [
  { name: 'a denial', report: () => ({ consent: { adStorage: 'denied' } }) },
  { name: "a crawler's agent", userAgent: crawlerAgent, report: () => ({ consent: granted }) },
  { name: 'another value', report: () => ({ consent: granted, value: 0.01 }) },
  { name: 'a time of 7 days ago', report: (now) => ({ consent: granted, time: now - 7 * dayMs + minuteMs }) },
  { name: 'a time of 6.9 days ago', report: (now) => ({ consent: granted, time: now - 6.9 * dayMs }) },
  {
    name: 'a click id, a phone and a device',
    report: () => ({
      consent: granted,
      clickIds: { msclkid: 'deadbeefdeadbeefdeadbeefdeadbeef' },
      user: { email: 'stranger@evil.example', phone: '+1 206 555 0100', idfa: '11111111-2222-4333-8444-555555555555' },
    }),
  },
  { name: 'a denial of adUserData', report: () => ({ consent: { ...granted, adUserData: 'denied' } }) },
  { name: 'a denial of adPersonalization', report: () => ({ consent: { ...granted, adPersonalization: 'denied' } }) },
  {
    name: 'a property and a tag that rules skip',
    report: () => ({ consent: granted, properties: { internal: true }, tags: ['wholesale'] }),
  },
  {
    name: 'a denial of a visitor who granted',
    visitor: 'visitor-who-granted',
    report: () => ({ consent: { adStorage: 'denied' } }),
  },
  {
    name: 'a use denial of a visitor who granted',
    visitor: 'visitor-who-granted',
    report: () => ({ consent: { ...granted, adUserData: 'denied' } }),
  },
  { name: 'a grant before the shopper declines', report: () => ({ consent: granted }), isDeclined: true },
  { name: 'a grant of a visitor who denied', visitor: 'visitor-who-denied', report: () => ({ consent: granted }) },
];

const moments = ['before', 'just before', 'just after', 'after'] as const;
type Moment = (typeof moments)[number];

const getOrderId = (attack: Attack, moment: Moment) => String(1001 + attacks.indexOf(attack) * 10 + moments.indexOf(moment));

/** Sends a page view of each visitor with their choice. */
async function sendChoices(): Promise<void> {
  for (const [anonymousId, consent] of Object.entries(choices)) {
    const events = [{ name: 'ViewContent', consent, user: { anonymousId } }];
    const response = await fetch(`${gateway.url}/e`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'user-agent': shopperAgent },
      body: JSON.stringify({ writeKey, sentAt: clock.now(), events }),
    });
    expect(await response.json()).toMatchObject({ accepted: 1 });
  }
}

/** Sends the stranger's reports of one moment. */
async function sendClaims(moment: Moment): Promise<void> {
  const now = clock.now();
  for (const attack of attacks) {
    const { value = 199, tags, ...more } = attack.report(now);
    const commerce = { orderId: getOrderId(attack, moment), value, currency: 'USD', ...(tags !== undefined && { tags }) };
    const decline = { name: 'Purchase', commerce, consent: { adStorage: 'denied' } };
    const events = [{ name: 'Purchase', commerce, ...more }, ...(attack.isDeclined ? [decline] : [])];
    const response = await fetch(`${gateway.url}/e`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'user-agent': attack.userAgent ?? shopperAgent },
      body: JSON.stringify({ writeKey, sentAt: now, events }),
    });
    expect(await response.json(), attack.name).toMatchObject({ accepted: events.length, rejected: [] });
  }
}

/** Builds the report of an order by the shop's server. */
const buildSale = (orderId: string, time: number, visitor?: string) => ({
  name: 'Purchase',
  time,
  page: { url: 'https://shop.example/thanks' },
  user: {
    email: 'jane.doe@example.com',
    phone: '+1 425 555 1234',
    ip: '203.0.113.42',
    userAgent: shopperAgent,
    idfa: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    ...(visitor !== undefined && { anonymousId: visitor }),
  },
  clickIds: { msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab' },
  consent: { adStorage: 'granted', source: 'server', explicit: true },
  commerce: { orderId, value: 199, currency: 'USD', items: [{ id: 'sku1', price: 199, quantity: 1 }] },
});

const sent = z.looseObject({
  eventId: z.string(),
  eventTime: z.number(),
  customData: z.looseObject({ value: z.number().optional(), transactionId: z.string().optional() }),
});

/** Returns every report of an order that Microsoft received. */
function getReceived(orderId: string) {
  const reports = microsoft.journalEvents().flatMap(({ server }) => server.map(({ event }) => sent.parse(event)));
  return reports.filter(({ eventId }) => eventId === `purchase-${orderId}`);
}

/** Returns the outcome of an order and the codes of its issues. */
async function getOutcome(orderId: string) {
  const [timeline] = await gateway.callApi('GET /api/sites/:site/timelines', { site: 'shop', id: `purchase-${orderId}` });
  const [connection] = timeline?.connections ?? [];
  return { outcome: connection?.outcome, codes: (connection?.issues ?? []).map(({ code }) => code) };
}

/** Reports each attacked order over an hour before the sale, seconds before it, seconds after it, or after its delivery. Returns its time. */
async function runAttacks(isConfirmed: boolean): Promise<number> {
  // The site now has a server and browsers as sources of purchases, so each purchase waits for its duplicate report.
  await post(gateway.url, [buildSale('1', clock.now())]);
  await sendChoices();
  await sendClaims('before');
  clock.jump(61 * minuteMs);
  const earliest = attacks.map((attack) => getOrderId(attack, 'before'));
  const isSettled = async (orderId: string) =>
    !['waiting', 'undelivered', undefined].includes((await getOutcome(orderId)).outcome);
  if (!isConfirmed) await eventually(async () => (await Promise.all(earliest.map(isSettled))).every(Boolean));
  await sendClaims('just before');
  const time = clock.now();
  const orders = attacks.flatMap((attack) => moments.map((moment) => getOrderId(attack, moment)));
  const sales = attacks.flatMap((attack) => moments.map((moment) => buildSale(getOrderId(attack, moment), time, attack.visitor)));
  await post(gateway.url, [buildSale('2', time), ...sales]);
  await sendClaims('just after');
  clock.jump(2 * minuteMs);
  await eventually(async () => getReceived('2').length > 0);
  await eventually(async () => (await Promise.all(orders.map(isSettled))).every(Boolean));
  await sendClaims('after');
  clock.jump(2 * minuteMs);
  return time;
}

function expectShopSale(orderId: string): void {
  const [control] = getReceived('2');
  if (!control) throw new Error('the unclaimed sale was not delivered');
  const { eventId: _id, customData, ...rest } = control;
  const { transactionId: _order, ...values } = customData;
  const expected = { ...rest, customData: { ...values, transactionId: orderId } };
  expect(getReceived(orderId), orderId).toMatchObject([expected]);
}

const findAttacks = (name: string) => attacks.filter((attack) => attack.name === name);

describe('a sale whose id a stranger also reports', () => {
  it.each(['as-reported', 'confirmed'] as const)(
    "is delivered once with the shop's values, with purchases %s",
    async (purchases) => {
      const isConfirmed = purchases === 'confirmed';
      await startScene(purchases);
      const time = await runAttacks(isConfirmed);
      const [control] = getReceived('2');
      expect(control).toMatchObject({ eventTime: Math.floor(time / 1_000), customData: { value: 199 } });

      const declined = findAttacks('a grant before the shopper declines');
      const denials = [...findAttacks('a denial'), ...findAttacks('a denial of adUserData'), ...declined];
      const decliners = findAttacks('a grant of a visitor who denied');
      for (const attack of attacks.filter((one) => !denials.includes(one) && !decliners.includes(one))) {
        expectShopSale(getOrderId(attack, 'just before'));
        expectShopSale(getOrderId(attack, 'just after'));
      }
      for (const attack of attacks.filter((one) => !decliners.includes(one))) expectShopSale(getOrderId(attack, 'after'));
      for (const moment of ['just before', 'just after', 'after'] as const)
        for (const attack of decliners) {
          expect(await getOutcome(getOrderId(attack, moment))).toEqual({ outcome: 'consent-denied', codes: ['visitor-denied'] });
          expect(getReceived(getOrderId(attack, moment))).toEqual([]);
        }
      const skippedClaims = ['a denial', 'a denial of adUserData', "a crawler's agent", 'a time of 7 days ago'];
      for (const name of [...skippedClaims, 'a denial of a visitor who granted', 'a use denial of a visitor who granted'])
        for (const attack of findAttacks(name)) expectShopSale(getOrderId(attack, 'before'));

      for (const attack of declined) {
        // No sale was sent on the stranger's grant, because the decline came while the purchase waited.
        expectShopSale(getOrderId(attack, 'before'));
        const [timeline] = await gateway.callApi('GET /api/sites/:site/timelines', {
          site: 'shop',
          id: `purchase-${getOrderId(attack, 'just before')}`,
        });
        const sources = [timeline?.event, ...(timeline?.copies ?? [])].map((report) => [
          report?.reporter,
          report?.consent.stated,
        ]);
        expect(sources).toEqual([
          ['browser', 'granted'],
          ['browser', 'denied'],
          ['server', 'granted'],
        ]);
      }

      // A denial within an hour of the shop's report may be the shopper's own.
      for (const moment of ['just before', 'just after'] as const) {
        for (const attack of denials) {
          expect(await getOutcome(getOrderId(attack, moment))).toEqual({ outcome: 'consent-denied', codes: ['consent-differs'] });
          expect(getReceived(getOrderId(attack, moment))).toEqual([]);
        }
        for (const attack of findAttacks('a denial of adPersonalization'))
          expect(await getOutcome(getOrderId(attack, moment))).toEqual({
            outcome: 'delivered',
            codes: expect.arrayContaining(['consent-differs']),
          });
      }

      for (const name of [
        'another value',
        'a time of 6.9 days ago',
        'a click id, a phone and a device',
        'a denial of adPersonalization',
      ])
        for (const attack of findAttacks(name)) {
          const orderId = getOrderId(attack, 'before');
          if (isConfirmed) expectShopSale(orderId);
          else expect(getReceived(orderId), `${name}: delivered before the shop's report, and not again`).toHaveLength(1);
        }
      if (!isConfirmed) {
        const [cheap] = findAttacks('another value').map((attack) => getOrderId(attack, 'before'));
        expect(getReceived(cheap ?? '')).toMatchObject([{ customData: { value: 0.01 } }]);
        expect(await getOutcome(cheap ?? '')).toMatchObject({ outcome: 'delivered', codes: expect.arrayContaining(['claimed']) });
      }
      const [totals] = await gateway.callApi('GET /api/totals', { since: time - 3 * hourMs, until: time + hourMs });
      expect(totals?.connections).toMatchObject([{ lost: 0 }]);
      expect((await gateway.callApi('GET /api/connections', {}))[0]).toMatchObject({ waiting: 0, deadLetters: 0 });
    },
  );
});
