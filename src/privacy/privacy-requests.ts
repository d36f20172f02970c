import type { Site } from '../event/site.ts';
import type { MaintenanceLock } from '../storage/maintenance-lock.ts';
import type { Lease } from '../storage/ports/consumers.ts';
import type { DroppedProfiles, ProfilesToDrop } from '../storage/ports/visitor-profiles.ts';
import { type ErasureReport, ErasureRun } from './erasure.ts';
import type { ExportFile, ExportRequester } from './export-files.ts';
import { exportPerson } from './export-person.ts';
import type { PersonQuery } from './person-query.ts';
import type { PersonSearch } from './person-search.ts';
import { createPersonSearch, type ErasableSite, getLogHead, type PrivacyDeps } from './privacy-deps.ts';

/** Another request runs for the site, or the gateway is stopping. */
export type PersonErrorCode = 'busy' | 'stopping';

/** Requests about one person, and about visitor profiles. */
export interface PrivacyRequests {
  erase(site: ErasableSite, query: PersonQuery, dryRun: boolean): Promise<ErasureReport | PersonErrorCode>;
  /** Writes everything about the person to a file, which stays until an operator hands it over. */
  export(site: Site, query: PersonQuery, askedBy: ExportRequester): Promise<ExportFile | PersonErrorCode>;
  /** Drops visitor profiles. Their events and consent choices stay. */
  drop(site: string, which: ProfilesToDrop, dryRun: boolean): Promise<DroppedProfiles | 'stopping'>;
  /** Returns the number of records and requests that the site's running search has scanned. */
  countScanned(site: Site): number | undefined;
  /** Returns whether an erasure of the site has begun and has not ended. It runs, or it has to be repeated. */
  hasUnfinished(site: string): Promise<boolean>;
}

export interface PrivacyRequestRunner extends PrivacyRequests {
  /** Cancels searches, refuses further requests, and waits up to `graceMs` for erasures that have begun. */
  stop(graceMs: number): Promise<void>;
}

/** The lock of a site's privacy requests. */
interface PrivacyLock {
  readonly lease: Lease;
  /** @throws LeaseLostError if another process has it */
  keep(): Promise<void>;
  release(): Promise<void>;
}

export interface PrivacyRequestDeps extends PrivacyDeps {
  /** Delays backups during an erasure. */
  readonly maintenanceLock: MaintenanceLock;
  /** Takes the lock of a site's privacy requests in all processes. Returns `undefined` while another one has it. Absent if there is none. */
  readonly lockSite?: (site: string) => Promise<PrivacyLock | undefined>;
  /** Called after each erasure, to remove data that is not in the files. */
  readonly onErased: () => Promise<void>;
}

/** Creates the runner of privacy requests, one at a time for each site. The next erasure of a site finishes an interrupted one. */
export function createPrivacyRequests(deps: PrivacyRequestDeps): PrivacyRequestRunner {
  const { logger, exports, maintenanceLock, lockSite, onErased } = deps;
  const running = new Map<string, { readonly search: PersonSearch; readonly ended: Promise<unknown> }>();
  const stopping = new AbortController();
  const { signal } = stopping;

  const runLocked = async <T>(site: string, work: (lock?: PrivacyLock) => Promise<T>): Promise<T | 'busy'> => {
    if (!lockSite) return work();
    const lock = await lockSite(site);
    if (!lock) return 'busy';
    try {
      return await work(lock);
    } finally {
      // If this fails, the lock expires.
      await lock.release().catch(() => undefined);
    }
  };
  const runAlone = async <T>(
    site: ErasableSite,
    search: PersonSearch,
    work: (lock?: PrivacyLock) => Promise<T>,
  ): Promise<T | 'busy' | 'stopping'> => {
    if (signal.aborted) return 'stopping';
    if (running.has(site.id)) return 'busy';
    const ended = runLocked(site.id, work).catch((error: unknown) => {
      if (signal.aborted && error === signal.reason) return 'stopping' as const;
      throw error;
    });
    running.set(site.id, { search, ended });
    try {
      return await ended;
    } finally {
      running.delete(site.id);
    }
  };

  return {
    countScanned: ({ id }) => running.get(id)?.search.scanned,

    hasUnfinished: (site) => deps.store.hasUnfinishedErasure(site),

    async erase(site, query, dryRun) {
      const erasure = new ErasureRun(site, query, { ...deps, signal });
      const report = await runAlone(site, erasure.search, (lock) =>
        dryRun ? erasure.run(dryRun) : maintenanceLock.runShared(() => erasure.run(dryRun, lock?.lease)),
      );
      if (!dryRun && typeof report === 'object') {
        await onErased();
        logger.info({ site: site.id, by: query.keys, ...report, received: report.received.length }, 'person erased');
      }
      return report;
    },

    async export(site, query, askedBy) {
      const search = createPersonSearch(site, query, { ...deps, signal });
      const file = await runAlone(site, search, async (lock) => {
        await search.scan(await getLogHead(site, deps));
        const chunks = exportPerson(site, query, search, { ...deps, signal });
        return exports.write(site.id, askedBy, deps.now(), lock ? iterateLocked(chunks, lock) : chunks);
      });
      if (typeof file === 'object') logger.info({ site: site.id, export: file.id, by: query.keys, askedBy }, 'person exported');
      return file;
    },

    async drop(site, which, dryRun) {
      const { store, runQuiesced } = deps;
      if (dryRun) return store.dropProfiles(site, which, dryRun);
      const dropped = await maintenanceLock.runShared(() => runQuiesced(site, () => store.dropProfiles(site, which, dryRun)));
      if (dropped !== 'stopping') logger.info({ site, ...dropped }, 'profiles dropped');
      return dropped;
    },

    async stop(graceMs) {
      stopping.abort();
      const ended = Promise.allSettled([...running.values()].map((one) => one.ended));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    },
  };
}

/** Ends with an error if another process took the lock: it may have erased the person meanwhile. */
async function* iterateLocked<T>(chunks: AsyncIterable<T>, lock: PrivacyLock): AsyncGenerator<T> {
  yield* chunks;
  await lock.keep();
}
