import { demoFacts } from '../../simulators/kit/demo.ts';
import { simulators } from '../../simulators/simulators.ts';

/**
 * The events of a shopper who arrives from an ad, browses, leaves an address and buys: one of each standard event, as a shop's server
 * submits it. The events that each platform must receive are in the folder of its simulator.
 */
export interface Submission {
  readonly id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

const stateTags = (state: string) =>
  Object.fromEntries(simulators.flatMap(({ id, demo }) => (demo.reportByTag ? [[id, state]] : [])));

const clock = { id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 };

/** @param run begins the event ids of one run. @param startedAt UNIX milliseconds. */
export function scriptedPurchases(run: string, startedAt: number): readonly Submission[] {
  const startedAtSeconds = Math.floor(startedAt / 1_000);
  const { shop, agent: userAgent, anonymousId, ip, landing } = demoFacts;
  const visitor = { anonymousId, ip, userAgent, country: 'US' };
  const customer = { ...visitor, email: ' Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234', externalId: 'cust-7' };
  const basket = { value: 125.4, currency: 'usd', items: [clock] };
  const submit = (index: number, name: string, path: string, fields: object): Submission => ({
    id: `${run}-${index}`,
    name,
    time: (startedAtSeconds + index) * 1_000,
    // No browser tag could have reported the event.
    page: { url: shop + path, browserTags: stateTags('none') },
    user: visitor,
    clickIds: { msclkid: 'DD4AFCCCB1C94A4CAD9544DD7E5006AB' },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    ...fields,
  });
  return [
    submit(0, 'PageView', landing, { clickIds: {} }),
    submit(1, 'Search', '/search?q=wall+clock', { commerce: { searchTerm: 'wall clock' } }),
    submit(2, 'ViewContent', '/p/sku1', { commerce: { value: 62.7, currency: 'USD', items: [{ id: 'sku1' }] } }),
    submit(3, 'AddToCart', '/cart', { commerce: basket }),
    submit(4, 'Lead', '/newsletter', { user: customer }),
    submit(5, 'SignUp', '/account', { user: customer }),
    submit(6, 'InitiateCheckout', '/checkout', { user: customer, commerce: basket }),
    submit(7, 'Purchase', '/thanks', { user: customer, commerce: { ...basket, orderId: '1001' } }),
  ];
}

/** Returns the browser events of the same shopper: lands from an ad, and adds a clock to the cart on another page. */
export function scriptedBrowsing(run: string, startedAt: number, origin: string): readonly Submission[] {
  const startedAtSeconds = Math.floor(startedAt / 1_000);
  const { loadId, landing } = demoFacts;
  const submit = (index: number, name: string, path: string, commerce: object): Submission => ({
    id: `${run}-browser-${index}`,
    name,
    time: (startedAtSeconds + index) * 1_000,
    page: { url: origin + path, title: 'Demo shop', loadId, browserTags: stateTags('blocked') },
    consent: { adStorage: 'granted', source: 'call', explicit: true },
    commerce,
  });
  return [submit(0, 'PageView', landing, {}), submit(1, 'AddToCart', '/cart', { value: 125.4, currency: 'USD', items: [clock] })];
}
