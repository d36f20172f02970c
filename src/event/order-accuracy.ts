import { isTrusted, type ReportSource } from './event.ts';
import { describeSkip, type NeverSentReason, neverSentReasons, type SkipReason, type SkipTexts } from './skip-reasons.ts';
import { getLocalDay } from './time-zone.ts';
import { hourMs, type UnixMs } from './units.ts';

/** The time for which an order may wait before it counts as missing. */
export const gracePeriodMs = hourMs;

const seeLetters =
  'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Fix the cause, then retry the order.';

const ownGaps = {
  waiting: {
    says: 'The order has waited less than an hour: for a duplicate report, for consent, or to be sent.',
    remedy: 'No action needed.',
    isExplained: true,
  },
  retrying: {
    says: 'The platform has not accepted the order for over an hour, and Convey keeps trying.',
    remedy: 'See the responses of the platform on the page of the connection, or run `convey connections list`.',
    isExplained: false,
  },
  unsent: {
    says: 'The order has waited for over an hour: the connection is paused or behind, or its platform accepts nothing.',
    remedy: 'See the reason on the page of the connection, or run `convey connections list`.',
    isExplained: false,
  },
  'awaiting-verdict': {
    says: 'The order was sent, and the platform gives its verdict later.',
    remedy: 'No action needed.',
    isExplained: true,
  },
  unverified: {
    says: 'The order was sent, but the platform gave no verdict.',
    remedy:
      'Compare it with the report of the platform. To send it again with the same id, use “Replay” on the page of the connection, or run `convey replay`.',
    isExplained: false,
  },
  rejected: {
    says: 'The platform refused the order, or the order breaks a rule of the platform.',
    remedy: seeLetters,
    isExplained: false,
  },
  expired: {
    says: 'The order became too old before it could be sent.',
    remedy: 'It can no longer be sent. Find out why the connection did not send it in time.',
    isExplained: false,
  },
  damaged: {
    says: 'The disk damaged the record of the order.',
    remedy: 'Check the disk. If the shop still has the order, send it again under a new id.',
    isExplained: false,
  },
  earlier: {
    says: 'The order was received before this connection existed, so it was not sent.',
    remedy: 'To send the orders of those days, use “Replay” on the page of the connection, or run `convey replay`.',
    isExplained: true,
  },
  claimed: {
    says: "A browser's report of the same event id was delivered first with another total, or denied consent that the shop did not deny.",
    remedy:
      "Make the page and the shop report the same total and consent. Use event ids that cannot be guessed, and set the site's `purchases` to `confirmed`.",
    isExplained: false,
  },
  lost: {
    says: 'The order was received, but its outcome is unknown.',
    remedy: 'This is a bug in Convey. Please report it.',
    isExplained: false,
  },
  'never-seen': {
    says: 'The order is in the file, but neither a browser nor the shop reported it to Convey.',
    remedy: "Check that the pixel is on the thank-you page, and that the reports of the shop's server or webhooks arrive.",
    isExplained: false,
  },
} as const;

/**
 * Skip reasons that the shopper or the operator chose, or that the age of a late order explains. An order should not be skipped for any other
 * reason.
 */
const chosenReasons: ReadonlySet<SkipReason> = new Set([
  'consent-denied',
  'browser-tag-sent-it',
  'filtered',
  'rule',
  'erased',
  'refunded',
  'too-old-on-arrival',
]);

/** A refund is no order. */
type SkipGap = Exclude<SkipReason, NeverSentReason | 'awaiting-purchase' | 'awaiting-upload' | 'no-purchase' | 'unsupported'>;

const skipRemedies: Readonly<Record<SkipGap, string>> = {
  'consent-denied': 'If there are many, open the consent doctor in the dashboard, or run `convey check --page`.',
  'no-identifier': 'Ask for the e-mail address at checkout, and include it in the webhook.',
  'unsupported-event': 'Map `Purchase` in `eventNames`.',
  'browser-tag-sent-it': 'No action needed.',
  duplicate: 'Open the event in the dashboard, or run `convey event ID`.',
  unconfirmed: "Make the shop's webhooks or server report the order under the same event id.",
  'no-address': 'Open the event in the dashboard, or run `convey event ID`.',
  bot: "Crawlers buy nothing, so open the event in the dashboard, or run `convey event ID`, to check the user agent of the order. To send such orders, set the site's `bots` to `send`.",
  'over-budget':
    "Make the shop's server or webhooks report orders too. If the purchases are real, raise `collector.browserBudget.purchases` and replay that day with “Replay” on the page of the connection, or with `convey replay`.",
  'too-old-on-arrival': 'No action needed, unless the platform should count such orders. Then report them sooner.',
  filtered: "Add `Purchase` to the connection's `events` if its orders should be sent.",
  rule: 'See the rules of the connection. Change the rule if such orders should be sent.',
  erased: 'No action needed.',
  refunded: 'No action needed.',
};

/** Returns whether a purchase is an order of the shop: its server or a webhook reported it. Anyone can send a browser's report. */
export function isShopOrder({ reporters }: { readonly reporters: readonly ReportSource[] }): boolean {
  return reporters.some((reporter) => isTrusted({ reporter }));
}

/** The reason why the platform did not accept an order. */
export type OrderGap = keyof typeof ownGaps | SkipGap;

/** The meaning of a gap, whether it counts as explained, and the remedy. */
export interface GapDescription {
  readonly says: string;
  readonly remedy: string;
  readonly isExplained: boolean;
}

export const orderGaps: readonly OrderGap[] = [...Object.keys(ownGaps), ...Object.keys(skipRemedies)].filter(isOrderGap);

export function isOrderGap(text: string): text is OrderGap {
  return isOwn(text) || isSkipGap(text);
}

/** A gap of orders that Convey received, by which events can be filtered. */
export type EventGap = Exclude<OrderGap, 'never-seen'>;

export const eventGaps: readonly EventGap[] = orderGaps.filter(isEventGap);

export function isEventGap(text: string): text is EventGap {
  return isOrderGap(text) && text !== 'never-seen';
}

/** Returns the text of a gap, in the words of the connection's destination if given. */
export function describeGap(gap: OrderGap, texts?: SkipTexts): GapDescription {
  if (isOwn(gap)) return ownGaps[gap];
  return { says: describeSkip(gap, texts).why, remedy: skipRemedies[gap], isExplained: chosenReasons.has(gap) };
}

function isOwn(text: string): text is keyof typeof ownGaps {
  return Object.hasOwn(ownGaps, text);
}

function isSkipGap(text: string): text is SkipGap {
  return Object.hasOwn(skipRemedies, text);
}

/**
 * The status of one order at one connection. `noted`: accepted with warnings. An order that the shop marks as not the storefront's is not
 * counted.
 */
export type OrderStatus = 'accepted' | 'noted' | NeverSentReason | OrderGap;

export const orderStatuses: readonly OrderStatus[] = ['accepted', 'noted', ...neverSentReasons, ...orderGaps];

/** Gaps that end without an action only if the connection works. */
const passingGaps: ReadonlySet<OrderGap> = new Set(['waiting', 'awaiting-verdict']);

/** Names the problem of the connection as the remedy of gaps that would need no action without it. */
export function mentionProblem(gaps: readonly GapTotal[], problem: string | undefined): readonly GapTotal[] {
  if (problem === undefined) return gaps;
  return gaps.map((one) => (passingGaps.has(one.gap) ? { ...one, remedy: problem } : one));
}

/** One order at one connection. */
export interface OrderAtConnection {
  /** The time at which the order was placed. */
  readonly at: UnixMs;
  readonly status: OrderStatus;
  /** The time at which Convey received it. */
  readonly receivedAt?: UnixMs;
  /** The rule that skipped it. */
  readonly rule?: string;
  /** Its value. Absent if no report has one, or the order is not known. */
  readonly money?: Amount;
  /** The part of its value that was paid back, in the same currency. Absent if refunds are not known. */
  readonly refunded?: number;
}

/** An amount in one currency, with up to three decimals. */
export interface Amount {
  readonly currency: string;
  readonly amount: number;
}

/** The amounts of orders in one currency, by result. `amount` is gross. */
export interface AmountTotals extends Amount {
  /** The part that was paid back by now, and the rest. Absent if refunds are not known. */
  readonly refunded?: number;
  readonly net?: number;
  readonly accepted: number;
  readonly explained: number;
  readonly missing: number;
}

/** Orders by result. `share` is that of the accepted and the explained orders, 0 to 1; absent if there are no orders. */
export interface OrderTotals {
  readonly orders: number;
  readonly accepted: number;
  readonly explained: number;
  readonly missing: number;
  readonly share?: number;
  /** The amounts of these orders, by currency. Orders without a value have none. */
  readonly amounts: readonly AmountTotals[];
}

export interface DayTotals extends OrderTotals {
  /** In the time zone of the site, `YYYY-MM-DD`. */
  readonly day: string;
  readonly gaps: { readonly [G in OrderGap]?: number };
}

export interface GapTotal extends GapDescription {
  readonly gap: OrderGap;
  readonly orders: number;
  readonly amounts: readonly Amount[];
  /** For orders that wait: the arrival of the first. */
  readonly since?: UnixMs;
}

/** The shop's orders compared with the purchases that the platform accepted. */
export interface Accuracy extends OrderTotals {
  /** The accepted orders for which the mapping or the platform returned warnings. */
  readonly noted: number;
  readonly notCounted: { readonly [N in NeverSentReason]?: number };
  /** The missing orders first, then the explained ones, each by frequency. */
  readonly gaps: readonly GapTotal[];
  readonly days: readonly DayTotals[];
}

/** One day's orders by status, and the arrival of the first order of each status. */
interface Counting {
  readonly counts: Map<OrderStatus, number>;
  readonly since: Map<OrderStatus, UnixMs>;
  /** Skipped orders by rule. */
  readonly rules: Map<string, number>;
  /** Thousandths by currency and status. */
  readonly money: Map<string, Map<OrderStatus, number>>;
  /** Thousandths of counted orders that were paid back, by currency. */
  readonly refunds: Map<string, number>;
}

/** Counts orders by day and status. Pure: depends only on the added orders. */
export class AccuracyCalculator {
  readonly #days = new Map<string, Counting>();
  readonly #timeZone: string;
  readonly #skipTexts: SkipTexts;

  constructor(timeZone: string, skipTexts: SkipTexts = {}) {
    this.#timeZone = timeZone;
    this.#skipTexts = skipTexts;
  }

  add({ at, status, receivedAt, rule, money: value, refunded }: OrderAtConnection): void {
    const day = getLocalDay(at, this.#timeZone);
    const counting: Counting = this.#days.get(day) ?? createCounting();
    this.#days.set(day, counting);
    const { counts, since, rules, money, refunds } = counting;
    if (value !== undefined && refunded !== undefined && !isNeverSent(status))
      refunds.set(value.currency, (refunds.get(value.currency) ?? 0) + Math.round(refunded * 1_000));
    if (value !== undefined) {
      const byStatus = money.get(value.currency) ?? new Map<OrderStatus, number>();
      money.set(value.currency, byStatus.set(status, (byStatus.get(status) ?? 0) + Math.round(value.amount * 1_000)));
    }
    if (rule !== undefined) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (receivedAt !== undefined) since.set(status, Math.min(receivedAt, since.get(status) ?? receivedAt));
  }

  /** Returns the accuracy of these days. */
  accuracy(days: readonly string[]): Accuracy {
    const listed = days.flatMap((day) => this.#days.get(day) ?? []);
    const countAll = (status: OrderStatus) => sum(listed.map(({ counts }) => counts.get(status) ?? 0));
    const getSince = (gap: OrderGap) => Math.min(...listed.map(({ since }) => since.get(gap) ?? Number.POSITIVE_INFINITY));
    const currencies = listCurrencies(listed);
    const sumMoney = (currency: string, status: OrderStatus) =>
      sum(listed.map(({ money }) => money.get(currency)?.get(status) ?? 0));
    const gaps = orderGaps
      .map((gap): GapTotal => {
        const since = waitingGaps.has(gap) ? getSince(gap) : Number.POSITIVE_INFINITY;
        const text = describeGap(gap, this.#skipTexts);
        const says = gap === 'rule' ? `${text.says} ${listRules(listed)}` : text.says;
        const amounts = currencies.flatMap((currency) => {
          const amount = sumMoney(currency, gap);
          return amount === 0 ? [] : [{ currency, amount: amount / 1_000 }];
        });
        return { gap, orders: countAll(gap), ...text, says, amounts, ...(Number.isFinite(since) && { since }) };
      })
      .filter(({ orders }) => orders > 0)
      .sort((a, b) => Number(a.isExplained) - Number(b.isExplained) || b.orders - a.orders);
    const notCounted = neverSentReasons.flatMap((name) => (countAll(name) > 0 ? [[name, countAll(name)] as const] : []));
    return {
      ...sumUp(countAll),
      amounts: sumUpMoney(listed),
      noted: countAll('noted'),
      notCounted: Object.fromEntries(notCounted),
      gaps,
      days: days.map((day) => {
        const counts = this.#days.get(day)?.counts ?? new Map<OrderStatus, number>();
        const dayGaps = orderGaps.flatMap((gap) => (counts.has(gap) ? [[gap, counts.get(gap)] as const] : []));
        const ofDay = this.#days.get(day);
        const amounts = sumUpMoney(ofDay ? [ofDay] : []);
        return { day, ...sumUp((status) => counts.get(status) ?? 0), amounts, gaps: Object.fromEntries(dayGaps) };
      }),
    };
  }
}

function createCounting(): Counting {
  return { counts: new Map(), since: new Map(), rules: new Map(), money: new Map(), refunds: new Map() };
}

function isNeverSent(status: OrderStatus): boolean {
  return neverSentReasons.some((reason) => reason === status);
}

/** Lists the rules that skipped orders, the most frequent first: `Orders by rule: wholesale 12, test 3.` */
function listRules(days: readonly Counting[]): string {
  const sums = new Map<string, number>();
  for (const { rules } of days) for (const [rule, orders] of rules) sums.set(rule, (sums.get(rule) ?? 0) + orders);
  const listed = [...sums].sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1));
  return listed.length === 0 ? '' : `Orders by rule: ${listed.map(([rule, orders]) => `${rule} ${orders}`).join(', ')}.`;
}

const waitingGaps: ReadonlySet<OrderGap> = new Set(['waiting', 'retrying', 'unsent']);

function listCurrencies(days: readonly Counting[]): readonly string[] {
  return [...new Set(days.flatMap(({ money }) => [...money.keys()]))].sort();
}

/** Adds up the amounts of the counted orders, each currency apart. */
function sumUpMoney(days: readonly Counting[]): readonly AmountTotals[] {
  return listCurrencies(days).flatMap((currency) => {
    const sumOf = (status: OrderStatus) => sum(days.map(({ money }) => money.get(currency)?.get(status) ?? 0));
    const { orders: amount, accepted, explained, missing } = sumUp(sumOf);
    if (amount === 0 && accepted === 0 && explained === 0 && missing === 0) return [];
    const [all, ...others] = [amount, accepted, explained, missing].map((thousandths) => thousandths / 1_000);
    const [ofAccepted = 0, ofExplained = 0, ofMissing = 0] = others;
    const known = days.flatMap(({ refunds }) => refunds.get(currency) ?? []);
    const refunded = sum(known);
    const back = known.length > 0 && { refunded: refunded / 1_000, net: (amount - refunded) / 1_000 };
    return [{ currency, amount: all ?? 0, ...back, accepted: ofAccepted, explained: ofExplained, missing: ofMissing }];
  });
}

function sumUp(count: (status: OrderStatus) => number): Omit<OrderTotals, 'amounts'> {
  const accepted = count('accepted') + count('noted');
  const explained = sum(orderGaps.filter((gap) => describeGap(gap).isExplained).map(count));
  const missing = sum(orderGaps.filter((gap) => !describeGap(gap).isExplained).map(count));
  const orders = accepted + explained + missing;
  return { orders, accepted, explained, missing, ...(orders > 0 && { share: (accepted + explained) / orders }) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((countAll, one) => countAll + one, 0);
}
