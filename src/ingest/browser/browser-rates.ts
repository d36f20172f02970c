import type { UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { LaterErrorCode } from '../http/error-response.ts';
import { createNetworkRateLimiter, type RateLimits, sameForAllNetworks } from '../http/rate-limit.ts';
import type { CallerDay } from '../limits/daily-bytes.ts';
import { type OpenLimitTable, openOwnLimitTable } from '../limits/limit-table.ts';
import { type DeniedPlaces, unlimitedDenials } from './denied-purchases.ts';

/**
 * The limit of one network's purchases at `/e`. Shoppers behind one address of a mobile carrier stay far below it, and one network alone
 * cannot use up the site's daily budget.
 */
const purchasesPerNetwork = { perSecond: 1_000 / (24 * 3_600), burst: 200 };
/**
 * The limit of one network's purchases that the shopper denied, of those that the policy denies, and of those with a single denied use,
 * because a denial also counts for the shop's report of the same order. Shoppers of one network decline far more rarely.
 */
const deniedPurchasesPerNetwork = { perSecond: 50 / (24 * 3_600), burst: 5 };

/** The buckets of one caller of `/e`. Each function returns the seconds to wait, or `undefined` if the request may continue. */
export interface CallerRates {
  request(): number | undefined;
  reports(count: number): number | undefined;
  purchases(count: number): number | undefined;
  readonly deniedPurchases: DeniedPlaces;
  /** Takes bytes. A negative count gives bytes back. */
  storedBytes(count: number): number | undefined;
}

/** Returns the buckets of the callers of a network, which all routes of browsers share. A caller without a public address has no limit. */
export type GetCallerRates = (network: string | undefined) => CallerRates;

/** An append was refused because the caller's reports take more bytes than its bucket, or the site's day, holds. Nothing was stored. */
export class ByteRateExceededError extends Error {
  override readonly name = 'ByteRateExceededError';
  readonly waitSeconds: number;
  readonly code: LaterErrorCode;
  constructor(code: LaterErrorCode, waitSeconds: number) {
    super('The reports take too many bytes');
    this.waitSeconds = waitSeconds;
    this.code = code;
  }
}

/**
 * Creates one bucket of requests, of reports and of stored bytes for each network. A caller without a public address has none: behind a
 * proxy that is not listed, all shoppers would share it, and one's denials would cost another's.
 */
export function createBrowserRates(
  rates: Pick<RateLimits, 'perAddress' | 'reportsPerAddress' | 'bytesPerAddress'>,
  now: () => UnixMs,
  openTable: OpenLimitTable = openOwnLimitTable,
): GetCallerRates {
  const requests = createNetworkRateLimiter(rates.perAddress, now, openTable('browserRequests'));
  const reports = createNetworkRateLimiter(rates.reportsPerAddress, now, openTable('browserReports'));
  const purchases = createNetworkRateLimiter(purchasesPerNetwork, now, openTable('browserPurchases'), sameForAllNetworks);
  const denials = createNetworkRateLimiter(deniedPurchasesPerNetwork, now, openTable('browserDenials'), sameForAllNetworks);
  const denied = openTable('browserDeniedReports');
  const bytes = createNetworkRateLimiter(rates.bytesPerAddress, now, openTable('browserBytes'));
  return (network) => {
    if (network === undefined) return unlimitedRates;
    return {
      request: () => requests(network),
      reports: (count) => reports(network, { cost: count }),
      purchases: (count) => (count === 0 ? undefined : purchases(network, { cost: count })),
      deniedPurchases: {
        take(cause, report) {
          const key = `${network} ${report}`;
          if (denied.exclusively(() => denied.get(key))) return 'held';
          if (denials(network, { detail: cause }) !== undefined) return 'full';
          denied.exclusively(() => denied.set(key, 1, now()));
          return 'taken';
        },
        giveBack(cause, report) {
          denied.exclusively(() => denied.delete(`${network} ${report}`));
          denials(network, { detail: cause, cost: -1 });
        },
      },
      storedBytes: (count) => bytes(network, { cost: count }),
    };
  };
}

/** The rates of a caller without limits. */
export const unlimitedRates: CallerRates = {
  request: () => undefined,
  reports: () => undefined,
  purchases: () => undefined,
  deniedPurchases: unlimitedDenials,
  storedBytes: () => undefined,
};

/**
 * Returns an append that counts the bytes of its records. It rejects with `ByteRateExceededError` before it stores anything. A failed append
 * gives the bytes back. A body with a denial may also use the day's reserve.
 */
export function limitAppend(
  append: EventLog['append'],
  rates: Pick<CallerRates, 'storedBytes'>,
  day: CallerDay | undefined,
): (records: Parameters<EventLog['append']>[0], hasDenial: boolean) => ReturnType<EventLog['append']> {
  return async (records, hasDenial) => {
    const stored = records.reduce((sum, { key, bytes }) => sum + key.length + bytes.byteLength, 0);
    const left = day?.take(stored);
    const isOfReserve = left !== undefined && hasDenial && day?.takeReserve(stored) === true;
    if (left !== undefined && !isOfReserve) throw new ByteRateExceededError('budget-used-up', left);
    const giveBack = () => {
      if (!isOfReserve) day?.giveBack(stored);
    };
    const wait = rates.storedBytes(stored);
    if (wait !== undefined) {
      giveBack();
      throw new ByteRateExceededError('rate-limited', wait);
    }
    try {
      return await append(records);
    } catch (error) {
      giveBack();
      rates.storedBytes(-stored);
      throw error;
    }
  };
}
