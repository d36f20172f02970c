import { dayMs, hourMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type Product, products } from '../../simulators/demo-shop/products.ts';
import type { TaggedEvent } from '../../simulators/kit/demo.ts';
import { simulators } from '../../simulators/simulators.ts';

/** An event of a visit, `afterMs` after its begin. */
export interface VisitedPage {
  readonly name: TaggedEvent['name'];
  readonly path: string;
  readonly title: string;
  readonly afterMs: number;
  readonly commerce?: { readonly value: number; readonly currency: string; readonly items: readonly OrderedItem[] };
}

export interface OrderedItem {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

/** An order of the shop. The browser reports it only if the thank-you page was seen and the shopper consented. */
export interface ShopOrder {
  readonly number: number;
  readonly email: string;
  readonly phone: string;
  readonly items: readonly OrderedItem[];
  readonly value: number;
  /** Whether the shop took a payment. */
  readonly kind: 'paid' | 'test' | 'by-phone';
}

/** One shopper's visit. */
export interface Visit {
  readonly at: UnixMs;
  readonly ip: string;
  readonly country: string;
  readonly agent: string;
  /** Absent: the shopper ignored the banner. */
  readonly choice?: 'granted' | 'denied';
  readonly pages: readonly VisitedPage[];
  /** Whether the platforms' browser tags run. They do not without consent, or with an ad blocker. */
  readonly hasTags: boolean;
  readonly order?: ShopOrder;
}

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0',
] as const;
const crawler = 'Mozilla/5.0 (compatible; ExampleBot/1.0; +https://bot.example/)';
const countries = ['US', 'US', 'US', 'CA', 'GB', 'DE'] as const;
/** The share of the day's visits in each hour, in UTC. */
const visitsPerHour = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 2, 2, 2, 3, 3, 4, 4, 3, 2, 1] as const;
const firstOrder = 2_001;

/**
 * Returns the visits of the 24 hours before `until`, the first one first. They are the same for each run, apart from their times: 50
 * visits with 17 orders. Shoppers come from the ads of all platforms; some decline or ignore the consent banner.
 */
export function createShoppingDay(until: UnixMs): readonly Visit[] {
  const random = createRandom(20_261_127);
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const picked = list[Math.floor(random() * list.length)];
    if (picked === undefined) throw new Error('an empty list has nothing to pick');
    return picked;
  };
  const visits: Visit[] = [];
  let orders = 0;
  for (let start = until - dayMs; start < until; start += hourMs) {
    const hour = new Date(start).getUTCHours();
    const count = visitsPerHour[hour] ?? 1;
    for (let index = 0; index < count; index += 1) {
      // Shoppers come within minutes of each other, so that one request reports the events of several to a platform.
      const at = Math.floor(start + (40 + index + random()) * minuteMs);
      const isCrawler = visits.length % 17 === 11;
      // The newest visit is a purchase, so that a delivery is first in the list of events.
      const isNewest = start + hourMs >= until && index === count - 1;
      const roll = isNewest ? 0 : random();
      const choice = roll < 0.74 ? 'granted' : roll < 0.88 ? 'denied' : undefined;
      const product = pick(products);
      const depth = isNewest ? 5 : isCrawler ? 1 : Math.min(5, 1 + Math.floor(random() * 6.5));
      const number = firstOrder + orders;
      const order = depth === 5 ? createOrder(number, product, 1 + Math.floor(random() * 2)) : undefined;
      if (order) orders += 1;
      const click = random() < 0.85 ? pick(simulators).demo.clickParameter : undefined;
      visits.push({
        at,
        ip: `203.0.113.${10 + visits.length}`,
        country: pick(countries),
        agent: isCrawler ? crawler : pick(agents),
        ...(choice !== undefined && !isCrawler && { choice }),
        pages: createPages(product, depth, click === undefined ? '/' : `/?${click}`, order),
        // The shoppers who do not buy have ad blockers, which keeps the demo's start short.
        hasTags: choice === 'granted' && order !== undefined,
        ...(order && { order }),
      });
    }
  }
  return visits;
}

function createOrder(number: number, product: Product, quantity: number): ShopOrder {
  const price = product.priceCents / 100;
  return {
    number,
    email: `shopper-${number}@example.com`,
    phone: `+1 425 555 ${String(100 + (number % 100)).padStart(4, '0')}`,
    items: [{ id: product.id, name: product.name, price, quantity }],
    value: price * quantity,
    kind: number === firstOrder + 3 ? 'test' : number === firstOrder + 6 ? 'by-phone' : 'paid',
  };
}

function createPages(product: Product, depth: number, landing: string, order: ShopOrder | undefined): readonly VisitedPage[] {
  const { id, name, priceCents } = product;
  const [item = { id, name, price: priceCents / 100, quantity: 1 }] = order?.items ?? [];
  const commerce = { value: item.price * item.quantity, currency: 'USD', items: [item] };
  const pages: readonly Omit<VisitedPage, 'afterMs'>[] = [
    { name: 'PageView', path: landing, title: 'Merrow clocks' },
    { name: 'ViewContent', path: `/p/${id}`, title: name, commerce },
    { name: 'AddToCart', path: `/p/${id}`, title: name, commerce },
    { name: 'InitiateCheckout', path: '/checkout', title: 'Check out', commerce },
    { name: 'Purchase', path: '/thanks', title: 'Thank you', commerce },
  ];
  return pages.slice(0, depth).map((page, index) => ({ ...page, afterMs: index * 40 * secondMs }));
}

/** The time in which the visits of one hour begin and end. */
export const visitsMs = 10 * minuteMs;

/** Creates a generator of numbers from 0 to 1 that are the same for each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
