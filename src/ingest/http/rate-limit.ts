import { secondMs, type UnixMs } from '../../event/units.ts';
import { limitedNetworks, limitFactors } from '../../net/ip-address.ts';

/** A token bucket: `burst` at once, and `perSecond` again in the long run. */
export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** What the operator allows. Each is counted for whom it names, and a caller of no public address for none but `wrongKeys`. */
export interface RateLimits {
  /** Requests of a shopper's network to `/e`. */
  readonly perAddress: TokenBucketOptions;
  /** Events and signals of a shopper's network. */
  readonly reportsPerAddress: TokenBucketOptions;
  /** Bytes that the reports of a shopper's network take in the log. */
  readonly bytesPerAddress: TokenBucketOptions;
  /** Requests with a secret key to the server API. */
  readonly perSecretKey: TokenBucketOptions;
  /** Requests of a network to the server API without a secret key that is known. */
  readonly wrongKeys: TokenBucketOptions;
  /** Webhooks of a network for a site that no secret of it signed. */
  readonly unsignedWebhooks: TokenBucketOptions;
}

/** Callers that are remembered at a time; beyond that whoever was quiet longest is forgotten, and begins with a full bucket. */
const maxCallers = 100_000;

/** Asks for one request of a caller, or for `cost` tokens: the seconds that it must wait, or `undefined` to let it in. */
type Ask = (caller: string, cost?: number) => number | undefined;

/**
 * The bucket of each caller, in bounded memory. A cost above `burst` is admitted when the bucket is full and leaves it in debt, so that no
 * request waits for ever and the long-run rate still holds.
 */
export function createRateLimiter({ perSecond, burst }: TokenBucketOptions, now: () => UnixMs): Ask {
  const buckets = new Map<string, { tokens: number; at: UnixMs }>();
  return (caller, cost = 1) => {
    const at = now();
    const known = buckets.get(caller);
    const passedSeconds = known ? Math.max(0, at - known.at) / secondMs : 0;
    const tokens = known ? Math.min(burst, known.tokens + passedSeconds * perSecond) : burst;
    const needed = Math.min(cost, burst);
    const isOpen = tokens >= needed;
    // A map keeps the order of insertion, so the first is whoever was quiet longest.
    buckets.delete(caller);
    buckets.set(caller, { tokens: isOpen ? tokens - cost : tokens, at });
    const [quietest] = buckets.keys();
    if (buckets.size > maxCallers && quietest !== undefined) buckets.delete(quietest);
    return isOpen ? undefined : (needed - tokens) / perSecond;
  };
}

/** A request of a network: counted apart for each `detail`, as `cost` tokens. */
interface Asked {
  readonly detail?: string;
  readonly cost?: number;
}

/**
 * Limits requests by client network, and by `detail` if one is given. The /56 and the /48 of an IPv6 network have 4 and 16 times the
 * rate. A request that a narrower network is refused does not count for the wider ones.
 */
export function networkRateLimit(
  { perSecond, burst }: TokenBucketOptions,
  now: () => UnixMs,
): (network: string, asked?: Asked) => number | undefined {
  const limits = limitFactors.map((factor) => createRateLimiter({ perSecond: perSecond * factor, burst: burst * factor }, now));
  return (network, { detail = '', cost = 1 } = {}) => {
    for (const [index, range] of limitedNetworks(network).entries()) {
      const wait = limits[index]?.(`${range.network} ${detail}`, cost);
      if (wait !== undefined) return wait;
    }
    return undefined;
  };
}
