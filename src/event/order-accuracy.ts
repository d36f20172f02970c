import { type NeverSentReason, type SkipReason, skipReasons } from './skip-reasons.ts';
import { dayMs, hourMs, type UnixMs } from './units.ts';

/** An order waits for so long without anybody having to look. */
export const gracePeriodMs = hourMs;

const seeLetters = 'See `convey dead-letters list` for the reasons, and send it again once the cause is mended.';

const ownGaps = {
  waiting: {
    says: 'It waits for its copy, for consent, for its turn or for the next try, for less than an hour.',
    remedy: 'Nothing to mend.',
    isExplained: true,
  },
  retrying: {
    says: 'The platform did not take it for over an hour; it is tried again.',
    remedy: 'See `convey connections list` for what the platform answers.',
    isExplained: false,
  },
  unsent: {
    says: 'The connection has not come to it for over an hour: it is paused, or behind.',
    remedy: 'See `convey connections list` for why.',
    isExplained: false,
  },
  rejected: { says: 'The platform, or its own rules, refused it.', remedy: seeLetters, isExplained: false },
  expired: {
    says: 'It grew too old before it could be sent.',
    remedy: 'It cannot be sent any more. Look for what kept the connection from sending.',
    isExplained: false,
  },
  damaged: {
    says: 'The disk damaged its record.',
    remedy: 'Check the disk; where the shop still knows the order, send it again under a new id.',
    isExplained: false,
  },
  earlier: {
    says: 'It came before the connection began, which sends what comes next.',
    remedy: 'Replay those days if they should be sent: `convey replay`.',
    isExplained: true,
  },
  claimed: {
    says: "A browser's report under the order's event id decided: it was delivered with another total before the shop's report came, or its denial counted against a grant that the shop stated.",
    remedy:
      "Let the page and the shop report the same total and consent. Use event ids that cannot be guessed, and set the site's `purchases` to `confirmed`.",
    isExplained: false,
  },
  lost: {
    says: 'It was received, and what became of it is not known.',
    remedy: 'This is a fault of Convey: please report it.',
    isExplained: false,
  },
  'never-seen': {
    says: 'It is in the file, and neither a browser nor the shop told Convey of it.',
    remedy: "See that the pixel is on the thank-you page, and that the shop's webhooks arrive.",
    isExplained: false,
  },
} as const;

/** Reasons of a skip that somebody chose: the shopper, or the operator by a setting. Of the others, an order should not be. */
const chosen: ReadonlySet<SkipReason> = new Set(['consent-denied', 'browser-tag-sent-it', 'filtered', 'erased']);

type SkipGap = Exclude<SkipReason, NeverSentReason>;

const skipRemedies: Readonly<Record<SkipGap, string>> = {
  'consent-denied': 'If these are many, ask the consent doctor: `convey check --page`.',
  'no-identifier': 'Let the checkout ask for the e-mail address, and the webhook tell it.',
  'unsupported-event': 'Name `Purchase` in `eventNames`.',
  'browser-tag-sent-it': 'Nothing to mend.',
  duplicate: 'Look at the event: `convey event ID`.',
  unconfirmed: "See that the shop's webhooks or server report the order under the same event id.",
  'no-address': 'Look at the event: `convey event ID`.',
  bot: "A crawler buys nothing, so look at the order's user agent: `convey event ID`. With the site's `bots` at `send` such orders are sent.",
  'over-budget':
    "Let the shop's server or webhooks report orders too. If the purchases are real, raise `collector.browserBudget.purchases` and replay that day: `convey replay`.",
  filtered: "Add `Purchase` to the connection's `events`, if its orders should be sent.",
  erased: 'Nothing to mend.',
};

/** Why an order is not among those that the platform accepted. */
export type OrderGap = keyof typeof ownGaps | SkipGap;

/** What a gap means, whether it counts as explained, and what to do about it. */
export interface GapDescription {
  readonly says: string;
  readonly remedy: string;
  readonly isExplained: boolean;
}

export const orderGaps: readonly OrderGap[] = [...Object.keys(ownGaps), ...Object.keys(skipRemedies)].filter(isOrderGap);

export function isOrderGap(text: string): text is OrderGap {
  return isOwn(text) || isSkipGap(text);
}

export function describeGap(gap: OrderGap): GapDescription {
  if (isOwn(gap)) return ownGaps[gap];
  const [says = ''] = skipReasons[gap].split(/(?<=\.) /);
  return { says, remedy: skipRemedies[gap], isExplained: chosen.has(gap) };
}

function isOwn(text: string): text is keyof typeof ownGaps {
  return Object.hasOwn(ownGaps, text);
}

function isSkipGap(text: string): text is SkipGap {
  return Object.hasOwn(skipRemedies, text);
}

export const excludedReasons = ['test-order', 'offline-order', 'record-only'] as const satisfies readonly NeverSentReason[];

/**
 * Where one order stands at one connection. `noted`: accepted, and something was said of it. What the shop marks as no shopper's
 * order of its storefront is not counted.
 */
export type OrderStatus = 'accepted' | 'noted' | NeverSentReason | OrderGap;

export const orderStatuses: readonly OrderStatus[] = ['accepted', 'noted', ...excludedReasons, ...orderGaps];

/** One order at one connection. */
export interface OrderAtConnection {
  /** When the order was made. */
  readonly at: UnixMs;
  readonly standing: OrderStatus;
  /** When Convey received it. */
  readonly receivedAt?: UnixMs;
}

/** How many orders came to what. `share` is that of the accepted and the explained, 0 to 1; absent where there are no orders. */
export interface OrderTotals {
  readonly orders: number;
  readonly accepted: number;
  readonly explained: number;
  readonly missing: number;
  readonly share?: number;
}

export interface DayTotals extends OrderTotals {
  /** In UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly gaps: { readonly [G in OrderGap]?: number };
}

export interface GapTotal extends GapDescription {
  readonly gap: OrderGap;
  readonly orders: number;
  /** Of orders that wait: when the first of them was received. */
  readonly since?: UnixMs;
}

/** Orders against what the platform accepted of them. */
export interface Accuracy extends OrderTotals {
  /** Of the accepted ones, those that the mapping or the platform said something of. */
  readonly noted: number;
  readonly notCounted: { readonly [N in NeverSentReason]?: number };
  /** What is missing first, then what is explained; of each the most frequent first. */
  readonly gaps: readonly GapTotal[];
  readonly days: readonly DayTotals[];
}

/** One day's orders by where they stand, and when the first of each was received. */
interface Counting {
  readonly counts: Map<OrderStatus, number>;
  readonly since: Map<OrderStatus, UnixMs>;
}

/** Counts orders by day and by where they stand. Pure: what was added alone decides. */
export class AccuracyCalculator {
  readonly #days = new Map<string, Counting>();

  add({ at, standing, receivedAt }: OrderAtConnection): void {
    const day = utcDay(at);
    const counting: Counting = this.#days.get(day) ?? { counts: new Map(), since: new Map() };
    this.#days.set(day, counting);
    const { counts, since } = counting;
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
    if (receivedAt !== undefined) since.set(standing, Math.min(receivedAt, since.get(standing) ?? receivedAt));
  }

  /** Of these days alone. */
  accuracy(days: readonly string[]): Accuracy {
    const listed = days.flatMap((day) => this.#days.get(day) ?? []);
    const all = (standing: OrderStatus) => sum(listed.map(({ counts }) => counts.get(standing) ?? 0));
    const sinceOf = (gap: OrderGap) => Math.min(...listed.map(({ since }) => since.get(gap) ?? Number.POSITIVE_INFINITY));
    const gaps = orderGaps
      .map((gap): GapTotal => {
        const since = waits.has(gap) ? sinceOf(gap) : Number.POSITIVE_INFINITY;
        return { gap, orders: all(gap), ...describeGap(gap), ...(Number.isFinite(since) && { since }) };
      })
      .filter(({ orders }) => orders > 0)
      .sort((a, b) => Number(a.isExplained) - Number(b.isExplained) || b.orders - a.orders);
    const notCounted = excludedReasons.flatMap((name) => (all(name) > 0 ? [[name, all(name)] as const] : []));
    return {
      ...sumsOf(all),
      noted: all('noted'),
      notCounted: Object.fromEntries(notCounted),
      gaps,
      days: days.map((day) => {
        const counts = this.#days.get(day)?.counts ?? new Map<OrderStatus, number>();
        const some = orderGaps.flatMap((gap) => (counts.has(gap) ? [[gap, counts.get(gap)] as const] : []));
        return { day, ...sumsOf((standing) => counts.get(standing) ?? 0), gaps: Object.fromEntries(some) };
      }),
    };
  }
}

const waits: ReadonlySet<OrderGap> = new Set(['waiting', 'retrying', 'unsent']);

function sumsOf(of: (standing: OrderStatus) => number): OrderTotals {
  const accepted = of('accepted') + of('noted');
  const explained = sum(orderGaps.filter((gap) => describeGap(gap).isExplained).map(of));
  const missing = sum(orderGaps.filter((gap) => !describeGap(gap).isExplained).map(of));
  const orders = accepted + explained + missing;
  return { orders, accepted, explained, missing, ...(orders > 0 && { share: (accepted + explained) / orders }) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** The day of a time, in UTC. */
export function utcDay(at: UnixMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** From the first to the last day, both included. */
export function eachDay(since: string, until: string): readonly string[] {
  const [first, last] = [Date.parse(since), Date.parse(until)];
  return Array.from({ length: Math.max(0, Math.round((last - first) / dayMs) + 1) }, (_, index) => utcDay(first + index * dayMs));
}
