import { createPopulation, type DataKind, type EventValues, numberedValues } from './population.ts';

/** A submission of a shop's server, of realistic shape and size. */
export interface Submission {
  readonly id: string;
  readonly name: string;
  readonly user: Person;
  readonly [field: string]: unknown;
}

/** The person of a submission. Raw values are present only if the shop knows them. */
export interface Person {
  readonly anonymousId: string;
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
  readonly [field: string]: unknown;
}

/** Ten typical events of a shop, one of them a purchase. */
const names = [
  'PageView',
  'ViewContent',
  'PageView',
  'ViewContent',
  'PageView',
  'AddToCart',
  'PageView',
  'ViewContent',
  'InitiateCheckout',
  'Purchase',
] as const;

const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

const items = [
  { id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2, brand: 'Hour House', category: 'clocks' },
  { id: 'sku2', name: 'Alarm clock', price: 19.95, quantity: 1, brand: 'Hour House', category: 'clocks' },
];

const buildCommerce: Readonly<Record<(typeof names)[number], (id: string) => object>> = {
  PageView: () => ({}),
  ViewContent: () => ({ commerce: { value: 62.7, currency: 'USD', items: items.slice(0, 1) } }),
  AddToCart: () => ({ commerce: { value: 125.4, currency: 'USD', items: items.slice(0, 1) } }),
  InitiateCheckout: () => ({ commerce: { value: 145.35, currency: 'USD', items } }),
  Purchase: (id) => ({ commerce: { value: 145.35, currency: 'USD', orderId: id, items } }),
};

/** A source of submissions. */
export interface SubmissionSource {
  readonly data: DataKind;
  /** Makes numbered ids unique per run. */
  readonly run: string;
  /** Adds raw e-mail, phone and customer id. */
  readonly known: boolean;
  /** UNIX milliseconds. */
  readonly now: number;
}

/** Creates submissions of all kinds in turn. */
export function createSubmissions(count: number, { data, run, known, now }: SubmissionSource): readonly Submission[] {
  const population = createPopulation();
  return Array.from({ length: count }, (_, index) => {
    const values = data === 'random' ? population.next() : numberedValues(`${run}-${index}`, index);
    return createSubmission(index, values, known, now);
  });
}

/** Creates a submission of the kind with this number. `known` adds raw e-mail, phone and customer id. */
export function createSubmission(index: number, values: EventValues, known: boolean, now: number): Submission {
  return buildEvent(names[index % names.length] ?? 'Purchase', values, known, now);
}

/** Creates a purchase with all fields: about 1 KB as a request's body. */
export function createPurchase(values: EventValues, now: number): Submission {
  return buildEvent('Purchase', values, true, now);
}

function buildEvent(name: (typeof names)[number], values: EventValues, known: boolean, now: number): Submission {
  const { id, visitor, click, load, email, phone, customer, order } = values;
  return {
    id,
    name,
    time: now,
    page: {
      url: 'https://shop.example/clocks/wall?utm_source=bing&utm_campaign=autumn&page=7',
      referrer: 'https://www.bing.com/',
      title: 'Wall clocks for every room',
      loadId: load,
    },
    user: {
      anonymousId: visitor,
      ip: '203.0.113.42',
      userAgent: agent,
      country: 'US',
      ...(known && { email, phone, externalId: customer }),
    },
    clickIds: { msclkid: click },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    ...buildCommerce[name](order),
  };
}

/** Creates the same purchase as a Segment SDK of the shop's server sends it. */
export function createTrack(values: EventValues, now: number): object {
  const { page, user, ...purchase } = createPurchase(values, now);
  const { id, visitor, click, email, phone, customer } = values;
  const { url, referrer, title } = Object(page);
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: `node-next-${id}`,
    userId: customer,
    anonymousId: visitor,
    timestamp: new Date(now).toISOString(),
    context: {
      ip: user.ip,
      userAgent: user.userAgent,
      page: { url: `${url}&msclkid=${click}`, referrer, title },
      traits: { email, phone, address: { country: user.country } },
      consent: { categoryPreferences: { Advertising: true } },
      library: { name: '@segment/analytics-node', version: '3.1.0' },
    },
    properties: {
      order_id: id,
      total: 145.35,
      currency: 'USD',
      products: Object(purchase.commerce).items.map(({ id: sku, ...item }: { readonly id: string }) => ({
        product_id: sku,
        ...item,
      })),
    },
  };
}
