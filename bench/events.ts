/** A submission of a shop's server, of realistic shape and size. The same arguments give the same event. */
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

/** Creates an event. `known` adds raw e-mail, phone and customer id. `run` makes ids unique per run. `now` is in UNIX milliseconds. */
export function createSubmission(index: number, { run, known, now }: { run: string; known: boolean; now: number }): Submission {
  return buildEvent(names[index % names.length] ?? 'Purchase', `${run}-${index}`, index, known, now);
}

/** Creates a purchase with all fields: about 1 KB as a request's body. */
export function createPurchase(id: string, index: number, now: number): Submission {
  return buildEvent('Purchase', id, index, true, now);
}

function buildEvent(name: (typeof names)[number], id: string, index: number, known: boolean, now: number): Submission {
  const digits = String(index % 10_000).padStart(4, '0');
  const hex = (index + 1).toString(16).padStart(12, '0');
  const domain = `customer${digits}.example`;
  const person = known && { email: `Jane.Doe+x@${domain}`, phone: `+1 (425) 555-${digits}`, externalId: `cust-${index}` };
  return {
    id,
    name,
    time: now,
    page: {
      url: `https://shop.example/clocks/wall?utm_source=bing&utm_campaign=autumn&page=${index % 100}`,
      referrer: 'https://www.bing.com/',
      title: 'Wall clocks for every room',
      loadId: `7b0c6a52-3f0e-4d9a-8c11-${hex}`,
    },
    user: { anonymousId: `b171a9b06ce011ecafcd${hex}`, ip: '203.0.113.42', userAgent: agent, country: 'US', ...person },
    clickIds: { msclkid: `dd4afcccb1c94a4cad95${hex}` },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    ...buildCommerce[name](id),
  };
}
