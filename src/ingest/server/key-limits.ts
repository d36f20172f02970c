import type { Sha256 } from '../../event/event.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { createNetworkRateLimiter, createRateLimiter } from '../http/rate-limit.ts';
import { openOwnLimitTable } from '../limits/limit-table.ts';

/** The rates of callers by their keys, which all routes share. Each returns the seconds to wait, if any. */
export interface KeyLimits {
  secretKey(key: Sha256): number | undefined;
  /** Takes one of the requests that a network may send with a wrong key or none. */
  wrongKey(network: string): number | undefined;
}

export function createKeyLimits({ rates, now, openLimitTable = openOwnLimitTable }: IngestDeps): KeyLimits {
  return {
    secretKey: createRateLimiter(rates.perSecretKey, now, openLimitTable('secretKeys')),
    wrongKey: createNetworkRateLimiter(rates.wrongKeys, now, openLimitTable('wrongKeys')),
  };
}
