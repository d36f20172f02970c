import { secondMs, type UnixMs } from '../../event/units.ts';
import { limitedNetworks, limitFactors } from '../../net/ip-address.ts';
import { createLimitTable, type LimitTable, maxCallers, maxNetworks } from '../limits/limit-table.ts';

/** A token bucket: `burst` at once, and `perSecond` in the long run. */
export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** The limits of the collector. A caller without a public address is limited by `wrongKeys` only. */
export interface RateLimits {
  /** Requests of a shopper's network to `/e`. */
  readonly perAddress: TokenBucketOptions;
  /** Events and signals of a shopper's network. */
  readonly reportsPerAddress: TokenBucketOptions;
  /** Bytes of a shopper's network that are written to the event log. */
  readonly bytesPerAddress: TokenBucketOptions;
  /** Requests with a secret key to the server API. */
  readonly perSecretKey: TokenBucketOptions;
  /** Requests of a network to the server API with a wrong secret key or none. */
  readonly wrongKeys: TokenBucketOptions;
  /** Webhooks of a network for one site that none of the site's secrets signed. */
  readonly unsignedWebhooks: TokenBucketOptions;
}

/** Takes one token, or `cost` tokens, from a caller's bucket. Returns the seconds to wait if the request is refused. */
type TakeTokens = (caller: string, cost?: number) => number | undefined;

/**
 * Creates a rate limiter with a token bucket per caller, in bounded memory. A negative cost gives tokens back. A cost above `burst` is admitted when the bucket is full and
 * leaves the bucket in debt, so that each request is admitted at some time and the long-run rate still holds.
 */
export function createRateLimiter(
  { perSecond, burst }: TokenBucketOptions,
  now: () => UnixMs,
  buckets: LimitTable = createLimitTable(maxCallers),
): TakeTokens {
  return (caller, cost = 1) =>
    buckets.exclusively(() => {
      const at = now();
      const bucket = buckets.get(caller);
      const passedSeconds = bucket ? Math.max(0, at - bucket.at) / secondMs : 0;
      const tokens = bucket ? Math.min(burst, bucket.value + passedSeconds * perSecond) : burst;
      const needed = Math.min(cost, burst);
      const isAdmitted = cost < 0 || tokens >= needed;
      buckets.set(caller, isAdmitted ? tokens - cost : tokens, at);
      return isAdmitted ? undefined : (needed - tokens) / perSecond;
    });
}

interface RequestCost {
  /** Each detail of a network has its own buckets. */
  readonly detail?: string;
  /** The tokens that the request takes: 1 if absent. */
  readonly cost?: number;
}

/** The factors of a limit that one customer reaches whichever networks the customer has. */
export const sameForAllNetworks: readonly number[] = limitFactors.map(() => 1);

/**
 * Creates a rate limiter by client network, and by `detail` if one is given. The /56 and the /48 of an IPv6 network have 4 and 16 times
 * the rate, or the given factors. A request that a narrower network is refused does not count for the wider ones.
 */
export function createNetworkRateLimiter(
  { perSecond, burst }: TokenBucketOptions,
  now: () => UnixMs,
  buckets: LimitTable = createLimitTable(maxNetworks),
  factors: readonly number[] = limitFactors,
): (network: string, request?: RequestCost) => number | undefined {
  const limits = factors.map((factor) =>
    createRateLimiter({ perSecond: perSecond * factor, burst: burst * factor }, now, buckets),
  );
  return (network, { detail = '', cost = 1 } = {}) => {
    for (const [index, range] of limitedNetworks(network).entries()) {
      const wait = limits[index]?.(`${range.network} ${detail}`, cost);
      if (wait !== undefined) return wait;
    }
    return undefined;
  };
}
