import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import type { Lease } from '../storage/ports/consumers.ts';
import type { SpoolStore } from '../storage/ports/spools.ts';
import type { Store } from '../storage/ports/store.ts';
import type { ExportFiles } from './export-files.ts';
import type { PersonQuery } from './person-query.ts';
import { PersonSearch } from './person-search.ts';

/** Dependencies of searches, exports and erasures. */
export interface PrivacyDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly exports: ExportFiles;
  readonly getPlatform: (connection: Connection) => BoundDestination;
  /** Returns the current connections of a site. One may be added during an erasure. */
  readonly getConnections: (site: string) => readonly Connection[];
  readonly now: () => UnixMs;
  /**
   * Runs the work while the site's consumers are quiesced, with the site's lease if several processes share the store. Returns `stopping`
   * without running it if the consumers are being stopped.
   */
  readonly runQuiesced: <T>(site: string, work: (lease?: Lease) => Promise<T>) => Promise<T | 'stopping'>;
  /** The spools of the processes that share the store. Absent if there is one process. */
  readonly spools?: Pick<SpoolStore, 'readTime' | 'listSpools' | 'listOpenSpools'>;
  readonly logger: Logger;
}

/** The parts of a site that a search, an export or an erasure needs. A site without configuration has no connections. */
export type ErasableSite = Pick<Site, 'id' | 'connections'>;

/** Creates the search for a person in the data of a site. */
export function createPersonSearch(
  site: ErasableSite,
  query: PersonQuery,
  deps: PrivacyDeps & { readonly signal: AbortSignal },
): PersonSearch {
  const { log, store, signal } = deps;
  return new PersonSearch(query, {
    site: site.id,
    log,
    store,
    unpack: (consumer, body) => findConnectionDestination(site, consumer, deps)?.unpack(body),
    signal,
  });
}

/** Returns the destination of a consumer's connection; `undefined` if the connection has been removed. */
export function findConnectionDestination(
  { id, connections }: ErasableSite,
  consumer: string,
  deps: PrivacyDeps,
): BoundDestination | undefined {
  const connection = [...deps.getConnections(id), ...connections].find((one) => consumer === `${id}/${one.id}`);
  return connection && deps.getPlatform(connection);
}

/** Returns the newest offset of the site's events. */
export async function getLogHead({ id }: ErasableSite, { log }: PrivacyDeps): Promise<Offset> {
  return (await log.heads()).get(id) ?? startOffset;
}
