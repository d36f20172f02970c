import { setTimeout as sleep } from 'node:timers/promises';
import type { SteppedClock } from '../../clock/stepped-clock.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { sendOrderWebhook } from '../../simulators/demo-shop/order-webhook.ts';
import { createPurchaseId } from '../../simulators/demo-shop/purchase-id.ts';
import type { TaggedEvent } from '../../simulators/kit/demo.ts';
import { simulators } from '../../simulators/simulators.ts';
import { post, send } from './post.ts';
import { getOrderWebhook, shopSite } from './shop-site.ts';
import { createShoppingDay, type ShopOrder, type Visit, visitsMs } from './shopping-day.ts';

/** The running demo, as the day of traffic uses it. */
export interface PlayedDay {
  readonly clock: SteppedClock;
  /** The end of the day: now. */
  readonly until: UnixMs;
  /** The URL of the collector. */
  readonly collector: string;
  /** The address of the simulated platforms. */
  readonly platforms: string;
  /** The origin of the demo shop. */
  readonly shop: string;
  /** Sets a fault of the first or the second platform. */
  readonly setFault: (platform: number, fault: object) => Promise<void>;
}

/** The time after which the gateway has delivered the events of a visit: the hold of a purchase, and its batch. */
const deliveryMs = 6 * secondMs;
/** The longest wait for the consumers, on a slow machine. */
const patienceMs = 1_000;

/**
 * Plays a day of traffic. Each visit's events go to the collector at the visit's time, as a browser and a shop send them. The clock moves from
 * visit to visit.
 */
export async function playDay(day: PlayedDay): Promise<void> {
  const { clock, until } = day;
  const idleTimers = clock.countTimers();
  const moveTo = async (at: UnixMs) => {
    clock.moveTo(at);
    await waitUntilIdle(clock, idleTimers);
  };
  const visits = createShoppingDay(until);
  const middle = visits[Math.floor(visits.length / 2)];
  const rejected = visits
    .slice(visits.length / 2)
    .find(({ order, choice }) => order?.kind === 'paid' && choice === 'granted')?.order;
  if (rejected) await day.setFault(0, { mode: 'reject', eventIds: [formatPurchaseId(rejected)] });
  for (let index = 0; index < visits.length; ) {
    const [first, ...others] = visits.slice(index);
    if (!first) break;
    const together = [first, ...others.filter(({ at }) => at < first.at + visitsMs)];
    index += together.length;
    const endsAt = first.at + visitsMs;
    await moveTo(endsAt);
    // The second platform is down for some seconds.
    if (together.some((visit) => visit === middle)) {
      await day.setFault(1, { mode: '500', count: 3 });
      await sendServerEvents(day);
    }
    for (const visit of together) {
      const visitor = await sendVisit(day, visit, endsAt);
      if (visit.order) await sendOrder(day, visit, visit.order, visitor);
    }
    await moveTo(endsAt + deliveryMs / 2);
    await moveTo(endsAt + deliveryMs);
  }
  await moveTo(until - secondMs);
  await day.setFault(0, { mode: 'ok' });
  await day.setFault(1, { mode: 'ok' });
}

/** Returns the states of the browser tags, as the pixel reports them: a platform without a tag has none. */
function getTagStates({ hasTags, choice }: Visit): Readonly<Record<string, 'ran' | 'blocked' | 'none'>> {
  const state = hasTags ? 'ran' : choice === 'granted' ? 'blocked' : 'none';
  return Object.fromEntries(simulators.flatMap(({ id, demo }) => (demo.reportByTag ? [[id, state]] : [])));
}

/** Waits until as many timers run as before the traffic, because a consumer without work waits for its timer. */
async function waitUntilIdle(clock: SteppedClock, timers: number): Promise<void> {
  const end = performance.now() + patienceMs;
  do await sleep(4);
  while (clock.countTimers() < timers && performance.now() < end);
}

/** Sends an event to the platforms as their browser tags do. */
async function reportByTags(platforms: string, event: TaggedEvent): Promise<void> {
  const requests = simulators.flatMap(({ demo }) => demo.reportByTag?.(event) ?? []);
  await Promise.all(
    requests.map(({ path, query = {}, body }) => {
      const url = new URL(path, platforms);
      for (const [name, text] of Object.entries(query)) if (text !== undefined) url.searchParams.set(name, String(text));
      return send(url.href, body && { body: JSON.stringify(body) });
    }),
  );
}

/** Sends a visit as the pixel does. Returns the visitor's id; null without consent. */
async function sendVisit({ collector, platforms, shop }: PlayedDay, visit: Visit, sentAt: UnixMs): Promise<string | null> {
  const { choice, pages, order, agent, ip, country, hasTags } = visit;
  const consent = choice && { adStorage: choice, source: 'call', explicit: true };
  const events = pages.map(({ name, path, title, afterMs, commerce }, index) => ({
    id: name === 'Purchase' && order ? formatPurchaseId(order) : `visit-${visit.at}-${index}`,
    name,
    time: Math.min(visit.at + afterMs, sentAt),
    page: { url: shop + path, title, browserTags: getTagStates(visit) },
    consent,
    user: index >= 3 && order && choice === 'granted' ? { email: order.email, phone: order.phone } : {},
    commerce: commerce && { ...commerce, orderId: name === 'Purchase' && order ? String(order.number) : undefined },
  }));
  if (hasTags)
    for (const { id, name, time: at, page, commerce } of events)
      await reportByTags(platforms, { id, name, at, url: page.url, value: commerce?.value, orderId: commerce?.orderId });
  const headers = { origin: shop, 'user-agent': agent, 'x-forwarded-for': ip, [shopSite.countryHeader]: country };
  const { body } = await post(
    `${collector}/e`,
    { ...headers, 'content-type': 'text/plain;charset=UTF-8' },
    { writeKey: shopSite.writeKey, sentAt, events },
  );
  const { visitorId }: { visitorId: string | null } = JSON.parse(body);
  return visitorId;
}

/** Sends an order as the shop does. */
async function sendOrder({ collector, clock }: PlayedDay, visit: Visit, order: ShopOrder, visitor: string | null): Promise<void> {
  const { email, phone, items, value, kind } = order;
  await sendOrderWebhook(getOrderWebhook(collector), {
    number: String(order.number),
    key: getOrderKey(order),
    at: clock.now(),
    value,
    items,
    customer: order.number,
    billing: { email, phone, country: visit.country },
    ip: visit.ip,
    agent: visit.agent,
    visitor: visit.choice === 'denied' ? 'denied' : (visitor ?? ''),
    kind,
  });
}

/** Sends events of the shop's server: one that no platform can match to a person, and one that is not valid. */
async function sendServerEvents({ collector, clock }: PlayedDay): Promise<void> {
  const consent = { adStorage: 'granted', source: 'server', explicit: true };
  const lead = { id: 'lead-of-the-day', name: 'Lead', time: clock.now(), user: { country: 'US' }, consent };
  const headers = { authorization: `Bearer ${shopSite.secretKey}`, 'content-type': 'application/json' };
  await post(`${collector}/v1/events`, headers, { events: [lead, { ...lead, id: 'without-a-name', name: '' }] });
}

const getOrderKey = ({ number }: ShopOrder): string => `wc_order_demo${number}`;

/** Returns the id that browser and shop give to the purchase. */
function formatPurchaseId(order: ShopOrder): string {
  return createPurchaseId(String(order.number), getOrderKey(order));
}
