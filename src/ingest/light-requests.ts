import { getConnInfo } from '@hono/node-server/conninfo';
import type { MiddlewareHandler } from 'hono';
import { publicNetworkOf } from './address.ts';
import { networkRateLimit, type Rate } from './rate-limit.ts';
import { refuseFor } from './refuse.ts';
import { requestReader } from './requester.ts';
import type { ServerParts } from './server-api.ts';

/** Requests for the pixel script and for health, of one client network. */
const leastRate: Rate = { perSecond: 200, burst: 1_000 };
/** An operator who allows one address more reports, such as that of a proxy, allows it more scripts too. */
const scriptsPerReport = 10;

/** Limits requests that are answered from memory. A client without a public address is not limited: it may be a proxy. */
export function limitLightRequests({ proxies, rates, now }: Pick<ServerParts, 'proxies' | 'rates' | 'now'>): MiddlewareHandler {
  const readRequest = requestReader(proxies);
  const limit = networkRateLimit(
    {
      perSecond: Math.max(leastRate.perSecond, rates.perAddress.perSecond * scriptsPerReport),
      burst: Math.max(leastRate.burst, rates.perAddress.burst * scriptsPerReport),
    },
    now,
  );
  return async (c, next) => {
    const network = publicNetworkOf(readRequest(getConnInfo(c).remote.address, (name) => c.req.header(name)).ip);
    const wait = network === undefined ? undefined : limit(network);
    return wait === undefined ? next() : refuseFor(c, wait);
  };
}
