import { secondMs, type UnixMs } from '../event/units.ts';
import { limitedNetworks, limitFactors } from './address.ts';

/** A token bucket: `burst` at once, and `perSecond` again in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What the operator allows. Each is counted for whom it names, and a caller of no public address for none but `wrongKeys`. */
export interface Rates {
  /** Requests of a shopper's network to `/e`. */
  readonly perAddress: Rate;
  /** Requests with a secret key to the server API. */
  readonly perSecretKey: Rate;
  /** Requests of a network to the server API without a secret key that is known. */
  readonly wrongKeys: Rate;
  /** Webhooks of a network for a site that no secret of it signed. */
  readonly unsignedWebhooks: Rate;
}

/** Callers that are remembered at a time; beyond that whoever was quiet longest is forgotten, and begins with a full bucket. */
const maxCallers = 100_000;

/** Asks for one request of a caller: the seconds that it must wait, or `undefined` to let it in. */
type Ask = (caller: string) => number | undefined;

/** The bucket of each caller, in bounded memory. */
export function rateLimit({ perSecond, burst }: Rate, now: () => UnixMs): Ask {
  const buckets = new Map<string, { tokens: number; at: UnixMs }>();
  return (caller) => {
    const at = now();
    const known = buckets.get(caller);
    const passedSeconds = known ? Math.max(0, at - known.at) / secondMs : 0;
    const tokens = known ? Math.min(burst, known.tokens + passedSeconds * perSecond) : burst;
    const isOpen = tokens >= 1;
    // A map keeps the order of insertion, so the first is whoever was quiet longest.
    buckets.delete(caller);
    buckets.set(caller, { tokens: isOpen ? tokens - 1 : tokens, at });
    const [quietest] = buckets.keys();
    if (buckets.size > maxCallers && quietest !== undefined) buckets.delete(quietest);
    return isOpen ? undefined : (1 - tokens) / perSecond;
  };
}

/**
 * Limits requests by client network, and by `detail` where one is given. The /56 and the /48 of an IPv6 network have 4 and 16 times the
 * rate. A request that a narrower network is refused does not count for the wider ones.
 */
export function networkRateLimit(
  { perSecond, burst }: Rate,
  now: () => UnixMs,
): (network: string, detail?: string) => number | undefined {
  const limits = limitFactors.map((factor) => rateLimit({ perSecond: perSecond * factor, burst: burst * factor }, now));
  return (network, detail = '') => {
    for (const [index, range] of limitedNetworks(network).entries()) {
      const wait = limits[index]?.(`${range.network} ${detail}`);
      if (wait !== undefined) return wait;
    }
    return undefined;
  };
}
