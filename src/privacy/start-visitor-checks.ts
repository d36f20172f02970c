import type { Clock } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { isSignalName } from '../event/event-names.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { Site } from '../event/site.ts';
import { minuteMs } from '../event/units.ts';
import { isPersonalVisitorId } from '../identity/personal-text.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, startOffset } from '../storage/log/event-log.ts';
import { iterateProfiles, iterateRecords } from '../storage/paginate.ts';
import type { Store } from '../storage/ports/store.ts';
import { createVisitorQuery } from './person-query.ts';
import type { PrivacyRequests } from './privacy-requests.ts';

export interface VisitorCheckDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly people: Pick<PrivacyRequests, 'erase'>;
  readonly sites: () => readonly Site[];
  /** Returns whether this process runs a site. An empty id: whether it removes the data of former sites. */
  readonly ownsSite: (site: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const firstAfterMs = minuteMs;
/** By the second round, collectors of an earlier version have stopped. */
const everyMs = 10 * minuteMs;
/** The most visitors that one erasure removes. */
const visitorsAtOnce = 10_000;

/**
 * Starts to erase, once for each site with data, the signals and profiles of visitors whose id is an e-mail address or a phone number. Earlier
 * versions stored such an id with a denial. Events stay, because one may still wait for delivery. A site is done when a round finds none.
 */
export function startVisitorChecks(deps: VisitorCheckDeps): { stop(): Promise<void> } {
  const { log, store, people, sites, ownsSite, clock, logger } = deps;
  return runPeriodically({
    clock,
    firstAfterMs,
    everyMs,
    async round(isOver) {
      const configured = new Map(sites().map((site) => [site.id, site]));
      for (const id of new Set([...configured.keys(), ...(await log.heads()).keys()])) {
        if (isOver()) return;
        const site = configured.get(id);
        if (!ownsSite(site ? id : '') || (await store.isVisitorCheckDone(id))) continue;
        const visitors = await findPersonalVisitors(id, deps, isOver);
        if (isOver()) return;
        const query = { ...createVisitorQuery(visitors), isOfSignals: true } as const;
        if (visitors.length === 0) await store.endVisitorCheck(id);
        else if (typeof (await people.erase(site ?? { id, connections: [] }, query, false)) === 'object')
          logger.info({ site: id, visitors: visitors.length }, 'personal visitor ids erased');
      }
    },
    onFault: (error) => logger.error({ error: describeError(error) }, 'check of visitor ids failed'),
  });
}

/** Returns the personal visitor ids of a site's profiles and signals, at most as many as one erasure removes. */
async function findPersonalVisitors(
  site: string,
  { log, store }: Pick<VisitorCheckDeps, 'log' | 'store'>,
  isOver: () => boolean,
): Promise<readonly string[]> {
  const found = new Set<string>();
  const isEnough = () => found.size >= visitorsAtOnce || isOver();
  const head = (await log.heads()).get(site) ?? startOffset;
  for await (const records of iterateRecords(log, site, startOffset, head)) {
    for (const { key, body } of records) {
      if (!isSignalName(key) || !('bytes' in body)) continue;
      const visitor = parseStoredEvent(body.bytes)?.identity.anonymousId;
      if (visitor !== undefined && isPersonalVisitorId(visitor)) found.add(visitor);
    }
    if (isEnough()) break;
  }
  for await (const page of iterateProfiles(store, site)) {
    for (const { visitor } of page) if (isPersonalVisitorId(visitor)) found.add(visitor);
    if (isEnough()) break;
  }
  return [...found].slice(0, visitorsAtOnce);
}
