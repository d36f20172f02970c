import type { Site } from '../event/site.ts';
import type { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { type DroppedProfiles, InsufficientSpaceError, type ProfilesToDrop } from '../storage/store/store.ts';
import { createPersonSearch, type ErasureReport, ErasureRun, getLogHead, type PrivacyDeps } from './erasure.ts';
import type { AskedBy, ExportFile } from './export-files.ts';
import { exportPerson } from './person-export.ts';
import type { PersonQuery } from './person-query.ts';
import type { PersonSearch } from './person-search.ts';

/** Why nothing was erased: somebody is looked for at this site already, the disk has no room to write the store anew, or the gateway stops. */
export type ErasureErrorCode = 'busy' | 'no-room' | 'stopping';

/** Why nothing was exported, likewise. */
export type ExportErrorCode = 'busy' | 'stopping';

/** What can be done about one person, at whose wish. */
export interface PrivacyRequests {
  erase(site: Site, wanted: PersonQuery, dryRun: boolean): Promise<ErasureReport | ErasureErrorCode>;
  /** Writes everything of the person into a file, which waits for whoever hands it over. */
  export(site: Site, wanted: PersonQuery, askedBy: AskedBy): Promise<ExportFile | ExportErrorCode>;
  /** Drops what is known of visitors; their events and what they chose stay. */
  drop(site: string, which: ProfilesToDrop, dryRun: boolean): Promise<DroppedProfiles | 'stopping'>;
  /** How many records and requests the search that runs at the site has looked at. */
  countScanned(site: Site): number | undefined;
}

export interface PrivacyRequestRunner extends PrivacyRequests {
  /** Ends those that only look, refuses further ones, and waits up to `graceMs` for those that erase. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Finds, exports and erases one person at a time of each site. An erasure that was interrupted is finished by the next one of its site.
 * @param parts with `maintenanceLock`, which holds backups back while somebody is erased.
 */
export function createPrivacyRequests(parts: PrivacyDeps & { readonly maintenanceLock: MaintenanceLock }): PrivacyRequestRunner {
  const { logger, exports, maintenanceLock } = parts;
  const running = new Map<string, { readonly finder: PersonSearch; readonly ended: Promise<unknown> }>();
  const stopping = new AbortController();
  const { signal } = stopping;

  const alone = async <T>(site: Site, finder: PersonSearch, work: () => Promise<T>): Promise<T | 'busy' | 'stopping'> => {
    if (signal.aborted) return 'stopping';
    if (running.has(site.id)) return 'busy';
    const ended = work().catch((error: unknown) => {
      if (signal.aborted && error === signal.reason) return 'stopping' as const;
      throw error;
    });
    running.set(site.id, { finder, ended });
    try {
      return await ended;
    } finally {
      running.delete(site.id);
    }
  };

  return {
    countScanned: ({ id }) => running.get(id)?.finder.scanned,

    async erase(site, wanted, dryRun) {
      const erasing = new ErasureRun(site, wanted, { ...parts, signal });
      const report = await alone(site, erasing.search, async () => {
        try {
          return dryRun ? await erasing.run(dryRun) : await maintenanceLock.runShared(() => erasing.run(dryRun));
        } catch (error) {
          if (!(error instanceof InsufficientSpaceError)) throw error;
          logger.error({ site: site.id, problem: error.message }, 'nothing was erased');
          return 'no-room';
        }
      });
      if (!dryRun && typeof report === 'object')
        logger.info({ site: site.id, by: wanted.keys, ...report, received: report.received.length }, 'person erased');
      return report;
    },

    async export(site, wanted, askedBy) {
      const finder = createPersonSearch(site, wanted, { ...parts, signal });
      const file = await alone(site, finder, async () => {
        await finder.scan(await getLogHead(site, parts));
        return exports.write(site.id, askedBy, parts.now(), exportPerson(site, wanted, finder, { ...parts, signal }));
      });
      if (typeof file === 'object') logger.info({ site: site.id, export: file.id, by: wanted.keys, askedBy }, 'person exported');
      return file;
    },

    async drop(site, which, dryRun) {
      const { store, whileStill } = parts;
      if (dryRun) return store.dropProfiles(site, which, dryRun);
      const dropped = await maintenanceLock.runShared(() => whileStill(site, () => store.dropProfiles(site, which, dryRun)));
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
