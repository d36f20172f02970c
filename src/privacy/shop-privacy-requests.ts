import QuickLru from 'quick-lru';
import type { Site } from '../event/site.ts';
import { secondMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { createPersonQuery, hashPersonKeys, type PersonKeys, type PersonQuery } from './person-query.ts';
import type { PersonErrorCode, PrivacyRequests } from './privacy-requests.ts';

/** The kinds of a customer's request to the shop: a copy of their data, or its erasure. */
export const shopRequestKinds = ['export', 'erase'] as const;
export type ShopRequestKind = (typeof shopRequestKinds)[number];

/**
 * Handles a privacy request that a customer made through their shop. `later`: the request goes on, and a repeated delivery gets `done` when
 * it has ended.
 */
export type ShopRequestHandler = (
  site: Site,
  kind: ShopRequestKind,
  keys: PersonKeys,
  delivery: string,
) => Promise<'done' | 'later'>;

export interface ShopRequestDeps {
  readonly people: Pick<PrivacyRequests, 'erase' | 'export'>;
  readonly logger: Logger;
  /** The time after which a shop gets the response `later`. */
  readonly timeoutMs?: number;
}

/** Shopify waits 5 s for a response. @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11) */
export const shopTimeoutMs = 4 * secondMs;
/** The wait before a request is repeated while another person's request runs for the site. */
export const busyRetryMs = 250;
/** The number of remembered requests. A repeated request that was forgotten runs again, which changes nothing. */
const rememberedRequests = 1_000;

/**
 * Creates the handler of a process that is alone on its store. Runs each webhook delivery once. A failed request runs again when the shop
 * repeats it, as it does after a restart: requests are kept in memory only.
 */
export function createShopPrivacyRequests({ people, logger, timeoutMs = shopTimeoutMs }: ShopRequestDeps): ShopRequestHandler {
  const requests = new QuickLru<string, Promise<'done' | 'failed'>>({ maxSize: rememberedRequests });

  const run = async (site: Site, kind: ShopRequestKind, keys: PersonKeys): Promise<'done' | 'failed'> => {
    const hashed = hashShopKeys(site, kind, keys, logger);
    if (!hashed) return 'done';
    for (;;) {
      const result = await runShopRequest(site, kind, createPersonQuery(hashed), { people, logger });
      if (result !== 'busy') return result === 'done' ? 'done' : 'failed';
      await new Promise((resolve) => setTimeout(resolve, busyRetryMs));
    }
  };

  return async (site, kind, keys, delivery) => {
    const id = `${kind} ${delivery}`;
    let running = requests.get(id);
    if (!running) {
      running = run(site, kind, keys).then((result) => {
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

/** Hashes the keys of a request. Logs a request without a readable key. */
export function hashShopKeys(site: Site, kind: ShopRequestKind, keys: PersonKeys, logger: Pick<Logger, 'warn'>) {
  const hashed = hashPersonKeys(keys, site.defaultCountry);
  if (!hashed) logger.warn({ site: site.id, kind }, 'shop privacy request without a readable key');
  return hashed;
}

/** Runs a request once, unless another request runs for the site or the process stops. */
export async function runShopRequest(
  site: Site,
  kind: ShopRequestKind,
  query: PersonQuery,
  { people, logger }: Pick<ShopRequestDeps, 'people' | 'logger'>,
): Promise<'done' | 'failed' | PersonErrorCode> {
  try {
    const result = await (kind === 'erase' ? people.erase(site, query, false) : people.export(site, query, 'shop'));
    if (typeof result === 'string') return result;
    if ('unfinished' in result && !result.awaitsRewrite) return 'failed';
    if ('id' in result)
      logger.warn({ site: site.id, export: result.id }, 'customer export ready: hand it over, see `convey exports list`');
    return 'done';
  } catch (error) {
    logger.error({ site: site.id, kind, error: describeError(error) }, 'shop privacy request failed: the shop repeats it');
    return 'failed';
  }
}
