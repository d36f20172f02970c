import { z } from 'zod';
import { type Clock, sleep } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import type { Site } from '../event/site.ts';
import { hourMs, secondMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import type { ShopRequest, ShopRequestStore } from '../storage/ports/shop-requests.ts';
import { createPersonQuery, hashedPersonSchema } from './person-query.ts';
import {
  busyRetryMs,
  hashShopKeys,
  runShopRequest,
  type ShopRequestDeps,
  type ShopRequestHandler,
  shopRequestKinds,
  shopTimeoutMs,
} from './shop-privacy-requests.ts';

interface StoredShopRequestDeps {
  readonly requests: ShopRequestStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The time after which a shop gets the response `later`. */
  readonly timeoutMs?: number;
}

const contentSchema = z.lazy(() => z.object({ kind: z.enum(shopRequestKinds), person: hashedPersonSchema }));

const pollMs = secondMs;

/** Creates the handler of processes that share a store. It stores the request, which the process of the site runs, also after a crash. */
export function createStoredShopRequests({
  requests,
  clock,
  logger,
  timeoutMs = shopTimeoutMs,
}: StoredShopRequestDeps): ShopRequestHandler {
  return async (site, kind, keys, delivery) => {
    const person = hashShopKeys(site, kind, keys, logger);
    if (!person) return 'done';
    const id = `${kind} ${delivery}`;
    if (await requests.addShopRequest({ id, site: site.id, content: { kind, person } })) return 'done';
    for (const until = clock.monotonic() + timeoutMs; clock.monotonic() < until; ) {
      await sleep(clock, busyRetryMs);
      if (await requests.isShopRequestDone(id)) return 'done';
    }
    return 'later';
  };
}

export interface ShopRequestRunnerDeps extends StoredShopRequestDeps, Pick<ShopRequestDeps, 'people'> {
  readonly sites: () => readonly Site[];
  /** Returns whether this process runs a site, or for an empty id, removes the data of former sites. */
  readonly ownsSite: (site: string) => boolean;
  /** Returns whether an outage of the database explains an error. It has a line of its own in the log. */
  readonly outage?: { note(error: unknown): boolean; explains(source: string, error: unknown): boolean } | undefined;
}

/** Starts to run the stored requests of the sites that this process runs, one at a time for each site. */
export function startShopRequestRunner(deps: ShopRequestRunnerDeps): { stop(): Promise<void> } {
  const { requests, sites, ownsSite, outage, clock, logger } = deps;
  const running = new Map<string, Promise<void>>();
  const run = async ({ id, content }: ShopRequest, site: Site) => {
    const { kind, person } = contentSchema.parse(content);
    const result = await runShopRequest(site, kind, createPersonQuery(person), deps);
    if (result === 'done') await requests.endShopRequest(id);
    if (result === 'failed') await requests.removeShopRequest(id);
  };
  const logFault = (error: unknown) => logger.error({ error: describeError(error) }, 'shop privacy request failed');
  const onFault = (error: unknown, isRepeated: boolean) => {
    const isOutage = outage?.note(error) === true;
    if (!isOutage && !isRepeated) logFault(error);
  };
  const polls = runPeriodically({
    clock,
    firstAfterMs: pollMs,
    everyMs: pollMs,
    async round() {
      for (const request of await requests.listNextShopRequests()) {
        const site = sites().find((one) => one.id === request.site);
        if (!site || !ownsSite(site.id) || running.has(site.id)) continue;
        // Other sites need not wait for a long search.
        const work = run(request, site)
          .catch((error: unknown) => {
            if (!outage?.explains(`shop requests of ${site.id}`, error)) logFault(error);
          })
          .finally(() => running.delete(site.id));
        running.set(site.id, work);
      }
    },
    onFault,
  });
  const removals = runPeriodically({
    clock,
    firstAfterMs: pollMs,
    everyMs: hourMs,
    async round() {
      if (ownsSite('')) await requests.removeOldShopRequests();
    },
    onFault,
  });
  return {
    async stop() {
      await Promise.all([polls.stop(), removals.stop()]);
      await Promise.all(running.values());
    },
  };
}
