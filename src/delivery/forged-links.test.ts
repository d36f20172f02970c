import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Event } from '../event/event.ts';
import { dayMs, minuteMs, secondMs } from '../event/units.ts';
import { acceptEvent, acceptSignal } from '../ingest/accept/accept.ts';
import { shop } from '../ingest/site.fixture.ts';
import { buildShopifyOrder, checkoutToken } from '../ingest/webhooks/shopify.fixture.ts';
import { parseShopifyWebhook } from '../ingest/webhooks/shopify.ts';
import type { WebhookResult } from '../ingest/webhooks/webhook.ts';
import { buildWooMeta, buildWooOrder } from '../ingest/webhooks/woocommerce.fixture.ts';
import { parseWooCommerceWebhook } from '../ingest/webhooks/woocommerce.ts';
import { waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { mapTo, tinyPlatform } from './tiny-platform.fixture.ts';

/**
 * A stranger who knows only the public write key reports things about an order that the shop's webhook reports without consent.
 */

const click = 'deadbeefdeadbeefdeadbeefdeadbee2';
const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const shopper = 'b171a9b06ce011ecafcd1b209be8601b';
const yes = { adStorage: 'granted', explicit: true };
const no = { adStorage: 'denied', explicit: true };
const email = 'jane.doe@example.com';

/** Sends every field that would identify the shopper. */
const destination: BoundDestination = {
  ...tinyPlatform,
  map: ({ id, consent, identity, client }) =>
    consent.effective === 'denied'
      ? { skip: 'consent-denied', issues: [] }
      : mapTo({
          id,
          click: identity.clickIds.msclkid?.value ?? null,
          visitor: identity.anonymousId ?? null,
          email: identity.forms.emailPlain ?? null,
          agent: client.userAgent ?? null,
        }),
};

interface Order {
  readonly orderId: string;
  readonly country: 'DE' | 'US';
  readonly visitor?: string;
  readonly at: number;
}

const utc = (at: number) => new Date(at).toISOString();
const shops: Readonly<Record<'WooCommerce' | 'Shopify', (placed: Order) => WebhookResult>> = {
  WooCommerce({ orderId, country, visitor, at }) {
    const gmt = utc(at).slice(0, 19);
    const body = buildWooOrder({
      id: Number(orderId),
      order_key: `key-${orderId}`,
      ...{ date_created_gmt: gmt, date_paid_gmt: gmt, date_modified_gmt: gmt, customer_ip_address: '', customer_user_agent: '' },
      billing: { country, email },
      meta_data: visitor === undefined ? [] : [buildWooMeta('_convey_visitor', visitor)],
    });
    return parseWooCommerceWebhook({ topic: 'order.created', purchaseOn: 'create', maxAgeMs: 7 * dayMs, body });
  },
  Shopify({ orderId, country, visitor, at }) {
    const body = buildShopifyOrder({
      id: Number(orderId),
      created_at: utc(at),
      email,
      ...{ contact_email: null, phone: null, customer: null, browser_ip: null, client_details: null, landing_site: null },
      billing_address: { country_code: country },
      shipping_address: null,
      note_attributes: visitor === undefined ? [] : [{ name: '_convey_visitor', value: visitor }],
    });
    return parseShopifyWebhook({ topic: 'orders/create', purchaseOn: 'create', body });
  },
};

describe.each(['WooCommerce', 'Shopify'] as const)('a stranger before an order of a %s shop', (kind) => {
  const storage = useTestStorage();
  let testSite: TestSite;
  beforeEach(() => {
    testSite = storage.createSite(1_000);
    testSite.identity();
    testSite.connection({ destination });
  });

  const site = () => ({ ...shop, id: testSite.site, destination: 'woocommerce', consent: { policy: 'regional' } }) as const;
  const getEvents = (accepted: ReturnType<typeof acceptEvent>): readonly Event[] => {
    if (!('event' in accepted)) throw new Error(JSON.stringify(accepted.rejection));
    return [accepted.event, ...(accepted.denial ? [accepted.denial] : [])];
  };
  const requester = { reporter: 'browser', gpc: false, ip: '198.51.100.66', userAgent: agent } as const;
  const report = (submission: object) => getEvents(acceptEvent(submission, requester, site(), testSite.clock.now(), randomUUID));
  const signalled = (signal: object) => getEvents(acceptSignal(signal, requester, site(), testSite.clock.now(), randomUUID));
  const ago = (ms: number) => testSite.clock.now() - ms;
  const append = async (events: readonly Event[]) => {
    const offsets = await testSite.append(...events);
    await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
  };

  /** Returns the order's outcome and its payload. */
  async function getOutcome(placed: Partial<Order>) {
    const hooked = shops[kind]({ orderId: '50017', country: 'DE', at: ago(secondMs), ...placed });
    const [report, ...others] = 'reports' in hooked ? hooked.reports : [];
    if (!report || others.length > 0) throw new Error(JSON.stringify(hooked));
    const { submission, ...more } = report;
    const [event] = getEvents(
      acceptEvent(submission, { reporter: 'webhook', gpc: false, ...more }, site(), testSite.clock.now(), randomUUID),
    );
    if (!event) throw new Error('it was accepted');
    const offsets = await testSite.append(event);
    await waitUntil(async () => !['waiting', undefined].includes((await testSite.getOutcomes(offsets))[0]));
    const sent = testSite.sender.deliveries.flatMap(({ body }): Record<string, unknown>[] => JSON.parse(body));
    return { outcome: (await testSite.getOutcomes(offsets))[0], sent: sent.find(({ id }) => id === event.id) };
  }
  const claim = (name: string, ms: number, more: object = {}) =>
    report({
      name,
      time: utc(ago(ms)),
      consent: yes,
      user: { anonymousId: 'thief' },
      commerce: { orderId: '50017' },
      clickIds: { msclkid: click },
      ...more,
    });
  const nothingOfTheirs = { click: null, visitor: null, agent: null };

  it('who does nothing: an order without consent is not sent if silence counts as denial', async () => {
    expect(await getOutcome({})).toEqual({ outcome: 'consent-denied', sent: undefined });
  });

  it('who does nothing: an order without consent is sent if silence counts as grant', async () => {
    expect(await getOutcome({ country: 'US' })).toMatchObject({ outcome: 'delivered', sent: nothingOfTheirs });
  });

  it.each([
    ['ViewContent', 2 * 60 * minuteMs],
    ['ViewContent', minuteMs],
    ['Purchase', 2 * 60 * minuteMs],
    ['Purchase', minuteMs],
  ])('cannot grant consent by the order number, by a %s %d ms before', async (name, ms) => {
    await append(claim(name, ms));
    expect(await getOutcome({})).toEqual({ outcome: 'consent-denied', sent: undefined });
  });

  it("cannot grant consent by the shopper's e-mail address", async () => {
    const user = { anonymousId: 'thief', email };
    await append(signalled({ id: 'i-1', type: 'identify', time: utc(ago(minuteMs)), user, consent: yes }));
    expect(await getOutcome({})).toEqual({ outcome: 'consent-denied', sent: undefined });
  });

  it.each([
    ['a page view with the number, a minute before', () => claim('ViewContent', minuteMs)],
    ['a purchase of the number, two hours before', () => claim('Purchase', 120 * minuteMs)],
    ['the e-mail address', () => claim('Lead', minuteMs, { user: { anonymousId: 'thief', email }, commerce: {} })],
  ] as const)('cannot claim a sale by %s', async (_, report) => {
    await append(report());
    expect(await getOutcome({ country: 'US' })).toMatchObject({ outcome: 'delivered', sent: nothingOfTheirs });
  });

  it('cannot stop the order by a withdrawal that is dated before their link', async () => {
    const now = testSite.clock.now();
    const inTheStates = { ...requester, country: 'US' };
    const report = { name: 'Purchase', time: utc(now - 1_500), user: { anonymousId: 'thief' }, commerce: { orderId: '50017' } };
    await append(getEvents(acceptEvent(report, inTheStates, site(), now, randomUUID)));
    const user = { anonymousId: 'thief' };
    await append(signalled({ id: 'w-1', type: 'consent', time: utc(now - 2_000), user, consent: no }));
    expect(await getOutcome({ country: 'US', at: now - 1_000 })).toMatchObject({ outcome: 'delivered' });
  });

  it.each([
    ['yes', yes, 'delivered'],
    ['no', no, 'consent-denied'],
  ] as const)("nine of them do not override the order's own visitor: %s", async (_, consent, outcome) => {
    const own = { id: 'own', type: 'consent', time: utc(ago(minuteMs)), user: { anonymousId: shopper }, consent };
    const strangers = Array.from({ length: 9 }, (_one, index) =>
      claim('Purchase', minuteMs, { user: { anonymousId: `thief-${index}` }, consent: consent === yes ? no : yes }),
    );
    await append([...signalled(own), ...strangers.flat()]);
    expect((await getOutcome({ visitor: shopper })).outcome).toBe(outcome);
  });

  it('who shares the checkout counts as the shopper', async () => {
    const commerce = { checkoutId: kind === 'Shopify' ? checkoutToken : 'unknown' };
    await append(claim('InitiateCheckout', minuteMs, { user: { anonymousId: shopper }, commerce }));
    const { outcome, sent } = await getOutcome({});
    if (kind === 'Shopify') expect(sent).toMatchObject({ click, visitor: shopper, agent });
    else expect(outcome).toBe('consent-denied');
  });
});
