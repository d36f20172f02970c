import type { MiddlewareHandler } from 'hono';
import type { UnixMs } from '../../event/units.ts';
import { publicNetworkPrefix } from '../../net/ip-address.ts';
import type { LimitTable } from '../limits/limit-table.ts';
import { createRequestClientReader, type ProxySettings } from './client-info.ts';
import { sendRateLimited } from './error-response.ts';
import { createNetworkRateLimiter, type RateLimits, type TokenBucketOptions } from './rate-limit.ts';

/** The minimum rate limit of one client network's requests for the pixel script and for health. */
const minRate: TokenBucketOptions = { perSecond: 200, burst: 1_000 };
/** An operator who allows one address more reports, such as that of a proxy, allows it more scripts too. */
const scriptsPerReport = 10;

interface LightRequestDeps {
  readonly proxies: ProxySettings;
  readonly rates: RateLimits;
  readonly now: () => UnixMs;
}

/** Limits requests that are answered from memory. A client without a public address is not limited: it may be a proxy. */
export function limitLightRequests({ proxies, rates, now }: LightRequestDeps, buckets?: LimitTable): MiddlewareHandler {
  const readClient = createRequestClientReader(proxies);
  const limit = createNetworkRateLimiter(
    {
      perSecond: Math.max(minRate.perSecond, rates.perAddress.perSecond * scriptsPerReport),
      burst: Math.max(minRate.burst, rates.perAddress.burst * scriptsPerReport),
    },
    now,
    buckets,
  );
  return async (c, next) => {
    const network = publicNetworkPrefix(readClient(c).ip);
    const wait = network === undefined ? undefined : limit(network);
    return wait === undefined ? next() : sendRateLimited(c, wait);
  };
}
