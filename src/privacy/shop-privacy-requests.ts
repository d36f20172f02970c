import QuickLru from 'quick-lru';
import type { Site } from '../event/site.ts';
import { secondMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { type PersonKeys, parsePersonKeys } from './person-query.ts';
import type { PrivacyRequests } from './privacy-requests.ts';

/** A customer's request to the shop: a copy of their data, or its erasure. */
type RequestKind = 'export' | 'erase';

export interface ShopRequestDeps {
  readonly people: PrivacyRequests;
  readonly logger: Logger;
  /** The time after which a shop gets the response `later`. */
  readonly timeoutMs?: number;
}

/** Shopify waits 5 s for a response. @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11) */
const shopTimeoutMs = 4 * secondMs;
/** The wait before a request is repeated while another person's request runs for the site. */
const busyRetryMs = 250;
/** The number of remembered requests. A repeated request that was forgotten runs again, which changes nothing. */
const rememberedRequests = 1_000;

/**
 * Creates the handler of privacy requests that customers make through their shop. Runs each webhook delivery once. A request that exceeds
 * the timeout continues, and a repeated delivery gets `done` when it has ended. A failed request runs again when the shop repeats it, as it
 * does after a restart: requests are kept in memory only.
 */
export function createShopPrivacyRequests({ people, logger, timeoutMs = shopTimeoutMs }: ShopRequestDeps) {
  const requests = new QuickLru<string, Promise<'done' | 'failed'>>({ maxSize: rememberedRequests });

  const run = async (site: Site, kind: RequestKind, keys: PersonKeys): Promise<'done' | 'failed'> => {
    const query = parsePersonKeys(keys, site.defaultCountry);
    if (!query) {
      logger.warn({ site: site.id, kind }, 'shop privacy request without a readable key');
      return 'done';
    }
    for (;;) {
      const result = await (kind === 'erase' ? people.erase(site, query, false) : people.export(site, query, 'shop'));
      if (result === 'busy') await new Promise((resolve) => setTimeout(resolve, busyRetryMs));
      else if (typeof result === 'string' || 'unfinished' in result) return 'failed';
      else {
        if ('id' in result)
          logger.warn({ site: site.id, export: result.id }, 'customer export ready: hand it over, see `convey exports list`');
        return 'done';
      }
    }
  };

  return async (site: Site, kind: RequestKind, keys: PersonKeys, delivery: string): Promise<'done' | 'later'> => {
    const id = `${kind} ${delivery}`;
    let running = requests.get(id);
    if (!running) {
      running = run(site, kind, keys)
        .catch((error: unknown) => {
          logger.error({ site: site.id, kind, error: describeError(error) }, 'shop privacy request failed: the shop repeats it');
          return 'failed' as const;
        })
        .then((result) => {
          if (result === 'failed') requests.delete(id);
          return result;
        });
      requests.set(id, running);
    }
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), timeoutMs);
    const result = await Promise.race([running, late]);
    clearTimeout(timer);
    return result === 'done' ? 'done' : 'later';
  };
}
