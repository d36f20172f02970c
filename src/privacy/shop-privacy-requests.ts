import QuickLru from 'quick-lru';
import type { Site } from '../event/site.ts';
import { secondMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { type PersonKeys, parsePersonKeys } from './person-query.ts';
import type { PrivacyRequests } from './privacy-requests.ts';

/** What a customer asked of the shop: their data, or to be forgotten. */
type Asks = 'export' | 'erase';

export interface ShopRequestDeps {
  readonly people: PrivacyRequests;
  readonly logger: Logger;
  /** How long a shop is kept waiting. */
  readonly patienceMs?: number;
}

/** A shop hears no answer after 5 s. @source https://shopify.dev/docs/apps/build/webhooks/subscribe/https (2026-11) */
const shopPatienceMs = 4 * secondMs;
/** Somebody else is looked for at the site: tried again after so long. */
const busyAgainMs = 250;
/** Beyond these the oldest are forgotten; the shop that asks again is answered by doing it again, which changes nothing. */
const mostKnown = 1_000;

/**
 * Does what customers ask through their shop, each delivery once. One that takes longer than the shop waits goes on, and is answered with
 * `done` once it is, when the shop asks again. What failed is begun anew then. Nothing of it is kept: after a restart the shop asks again too.
 */
export function createShopPrivacyRequests({ people, logger, patienceMs = shopPatienceMs }: ShopRequestDeps) {
  const known = new QuickLru<string, Promise<'done' | 'failed'>>({ maxSize: mostKnown });

  const run = async (site: Site, asks: Asks, told: PersonKeys): Promise<'done' | 'failed'> => {
    const wanted = parsePersonKeys(told, site.defaultCountry);
    if (!wanted) {
      logger.warn(
        { site: site.id, asks },
        'a shop asked about a customer without a key that can be read: nothing is kept of them',
      );
      return 'done';
    }
    for (;;) {
      const answer = await (asks === 'erase' ? people.erase(site, wanted, false) : people.export(site, wanted, 'shop'));
      if (answer === 'busy') await new Promise((resolve) => setTimeout(resolve, busyAgainMs));
      else if (typeof answer === 'string' || 'unfinished' in answer) return 'failed';
      else {
        if ('id' in answer)
          logger.warn(
            { site: site.id, export: answer.id },
            'a customer asked the shop for their data: a file waits to be handed to them, see `convey exports list`',
          );
        return 'done';
      }
    }
  };

  return async (site: Site, asks: Asks, told: PersonKeys, delivery: string): Promise<'done' | 'later'> => {
    const key = `${asks} ${delivery}`;
    let running = known.get(key);
    if (!running) {
      running = run(site, asks, told)
        .catch((error: unknown) => {
          logger.error({ site: site.id, asks, error: describeError(error) }, "a customer's request failed: the shop asks again");
          return 'failed' as const;
        })
        .then((became) => {
          if (became === 'failed') known.delete(key);
          return became;
        });
      known.set(key, running);
    }
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), patienceMs);
    const became = await Promise.race([running, late]);
    clearTimeout(timer);
    return became === 'done' ? 'done' : 'later';
  };
}
