import type { UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { createNetworkRateLimiter, type RateLimits } from '../http/rate-limit.ts';
import { type OpenLimitTable, openOwnLimitTable } from '../limits/limit-table.ts';

/**
 * The limit of one network's purchases at `/e`. Shoppers behind one address of a mobile carrier stay far below it, and one network alone
 * cannot use up the site's daily budget.
 */
const purchasesPerNetwork = { perSecond: 1_000 / (24 * 3_600), burst: 200 };

/** The buckets of one caller of `/e`. Each function returns the seconds to wait, or `undefined` if the request may continue. */
export interface CallerRates {
  request(): number | undefined;
  reports(count: number): number | undefined;
  purchases(count: number): number | undefined;
  storedBytes(count: number): number | undefined;
}

/** An append was refused because the caller's reports take more bytes than its bucket holds. Nothing was stored. */
export class ByteRateExceededError extends Error {
  override readonly name = 'ByteRateExceededError';
  readonly waitSeconds: number;
  constructor(waitSeconds: number) {
    super('The reports of this address take too many bytes');
    this.waitSeconds = waitSeconds;
  }
}

/** Creates one bucket of requests, of reports and of stored bytes for each network. A caller without a public address has none. */
export function createBrowserRates(
  rates: Pick<RateLimits, 'perAddress' | 'reportsPerAddress' | 'bytesPerAddress'>,
  now: () => UnixMs,
  openTable: OpenLimitTable = openOwnLimitTable,
): (network: string | undefined) => CallerRates {
  const requests = createNetworkRateLimiter(rates.perAddress, now, openTable('browserRequests'));
  const reports = createNetworkRateLimiter(rates.reportsPerAddress, now, openTable('browserReports'));
  const purchases = createNetworkRateLimiter(purchasesPerNetwork, now, openTable('browserPurchases'));
  const bytes = createNetworkRateLimiter(rates.bytesPerAddress, now, openTable('browserBytes'));
  return (network) => {
    if (network === undefined) return unlimited;
    return {
      request: () => requests(network),
      reports: (count) => reports(network, { cost: count }),
      purchases: (count) => (count === 0 ? undefined : purchases(network, { cost: count })),
      storedBytes: (count) => bytes(network, { cost: count }),
    };
  };
}

const unlimited: CallerRates = {
  request: () => undefined,
  reports: () => undefined,
  purchases: () => undefined,
  storedBytes: () => undefined,
};

/** Returns an append that counts the bytes of its records. It rejects with `ByteRateExceededError` before it stores anything. */
export function limitAppend(append: EventLog['append'], rates: Pick<CallerRates, 'storedBytes'>): EventLog['append'] {
  return async (records) => {
    const wait = rates.storedBytes(records.reduce((sum, { key, bytes }) => sum + key.length + bytes.byteLength, 0));
    if (wait !== undefined) throw new ByteRateExceededError(wait);
    return append(records);
  };
}
