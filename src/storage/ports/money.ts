import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { EventOutcome } from './outcomes.ts';

/** Orders in one currency. Currencies are never added to each other. */
export interface MoneySum {
  /** ISO 4217; empty for the orders without a value. */
  readonly currency: string;
  readonly orders: number;
  /** In the currency, with up to three decimals. 0 for the orders without a value. */
  readonly amount: number;
}

/** The value of an order as one report states it. */
export interface ReportedOrder {
  /** In thousandths of the currency. Absent if the report has no value, or one beyond `maxThousandths`. */
  readonly thousandths?: number;
  /** ISO 4217; empty without a value. */
  readonly currency: string;
  /** Set if the shop marks the order as none of the storefront's, so that it counts nowhere. */
  readonly isExcluded?: true;
}

/** The largest amount of an order that is counted: 999,999,999,999.999. Any sum of a million such orders fits 64 bits. */
export const maxThousandths = 999_999_999_999_999;

/** Returns the order of a report. */
export function toReportedOrder(value: number | undefined, currency: string | undefined, isExcluded: boolean): ReportedOrder {
  const thousandths = value === undefined ? Number.NaN : Math.round(value * 1_000);
  const isCounted = currency !== undefined && Math.abs(thousandths) <= maxThousandths;
  return {
    currency: isCounted ? currency : '',
    ...(isCounted && { thousandths }),
    ...(isExcluded && { isExcluded }),
  };
}

/** The new outcome of a purchase at a connection. */
export interface PurchaseOutcome {
  /** The primary report. */
  readonly offset: Offset;
  readonly outcome: EventOutcome;
}

/** The reporter of an order: `shop` if a server or webhook did, `browser` if only browsers did. */
export const orderSources = ['browser', 'shop'] as const;
export type OrderSource = (typeof orderSources)[number];

/** The orders of a connection that no platform has. */
export interface UnsentMoney {
  /** The orders that wait now. Those that the identity consumer has not read yet are not included. */
  readonly waiting: readonly MoneySum[];
  /** The orders among the connection's dead letters now. */
  readonly deadLetters: readonly MoneySum[];
}

/** Orders by the time when the event log received the primary report. `interval` is the index of the requested interval, from 0. */
export interface MoneyCounts {
  /**
   * Refunds and cancellations by their own time. `orders` is their number, and the amount of a whole refund what was left of the order. An order
   * counts one whole refund. Kept for `orderLedgerDays`.
   */
  readonly refunded: readonly (MoneySum & { readonly interval: number })[];
  readonly reported: readonly (MoneySum & { readonly interval: number; readonly source: OrderSource })[];
  readonly connections: ReadonlyMap<ConsumerId, ConnectionMoney>;
}

export interface ConnectionMoney {
  /** The settled orders by their outcome. */
  readonly settled: readonly (MoneySum & { readonly interval: number; readonly outcome: EventOutcome })[];
  /** The orders that wait now. */
  readonly waiting: readonly (MoneySum & { readonly interval: number })[];
}

/** From when on counts and sums are whole. Both are 0 in a store that counted from its beginning. */
export interface CountedSince {
  readonly events: UnixMs;
  readonly money: UnixMs;
  /** For refunds, as far as they are kept. */
  readonly refunds: UnixMs;
  /** The first time at which the site received an event that is still counted. Absent if there is none. */
  readonly first?: UnixMs;
}

/**
 * Sums of money. The amount of an order is the site's: as its reports state it, the shop's before a browser's, at each connection too, and
 * before any rule. So the sums of a connection compare with those of the site. A later report corrects all of them. Its contract:
 * `money.contract.ts`.
 */
export interface MoneyStore {
  /** Returns the orders of the site's events that were received from `since`, the beginning of a bucket, to before `until`. */
  getMoneyCounts(
    site: string,
    consumers: readonly ConsumerId[],
    since: UnixMs,
    until: UnixMs,
    intervalMs: number,
  ): Promise<MoneyCounts>;
  /** Returns the orders that an event's connection still owes its platform. */
  getUnsentMoney(site: string, consumer: ConsumerId): Promise<UnsentMoney>;
  getCountedSince(site: string): Promise<CountedSince>;
}
