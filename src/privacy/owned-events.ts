import type { Event } from '../event/event.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { EventLog, LogRecord, Offset } from '../storage/log/event-log.ts';
import { iterateDeadLetters } from '../storage/paginate.ts';
import type { Store } from '../storage/ports/store.ts';
import { type Evidence, type OwnedReport, selectOwnedReports } from './report-ownership.ts';

/** The number of events that are loaded at once. */
export const eventsAtOnce = 500;

/** The data of a site. */
export interface SiteData {
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
}

/** An event with reports of the person. */
export interface OwnedEvent {
  /** Offset of the primary report. */
  readonly primary: Offset;
  readonly owned: OwnedReport;
  /** The person's reports that the event log still has. */
  readonly reports: readonly LogRecord[];
  /** Reports of the same event that are not the person's. */
  readonly others: readonly LogRecord[];
}

/** Loads the events with these primary reports, and leaves out those without a report of the person. */
export async function loadOwnedEvents(
  primaries: readonly Offset[],
  evidence: Evidence,
  data: SiteData,
): Promise<readonly OwnedEvent[]> {
  const all = await loadReports(primaries, data);
  return all.flatMap(({ primary, duplicates, reports }) => {
    const owned = selectOwnedReports(primary, [primary, ...duplicates], reports, evidence);
    if (!owned) return [];
    const isTheirs = ({ offset }: LogRecord) => owned.foundBy.has(offset);
    return [{ primary, owned, reports: reports.filter(isTheirs), others: reports.filter((one) => !isTheirs(one)) }];
  });
}

interface EventReports {
  readonly primary: Offset;
  readonly duplicates: readonly Offset[];
  /** The primary and the duplicate reports, as far as the event log still has them. */
  readonly reports: readonly LogRecord[];
}

async function loadReports(primaries: readonly Offset[], { log, store, site }: SiteData): Promise<readonly EventReports[]> {
  const byPrimary = await store.findDuplicatesByPrimary(site, primaries);
  const records = await log.get(site, [...primaries, ...[...byPrimary.values()].flat()]);
  const byOffset = new Map(records.map((record) => [record.offset, record]));
  return primaries.map((primary) => {
    const duplicates = byPrimary.get(primary) ?? [];
    return { primary, duplicates, reports: [primary, ...duplicates].flatMap((offset) => byOffset.get(offset) ?? []) };
  });
}

/** Loads the events of dead letters by offset. Dead letters may be kept longer than the event log. */
export async function loadDeadLetterEvents(
  offsets: ReadonlySet<Offset>,
  { store, site }: SiteData,
): Promise<ReadonlyMap<Offset, readonly Event[]>> {
  const found = new Map<Offset, Event[]>();
  for await (const letters of iterateDeadLetters(store, site)) {
    for (const { offset, bytes, cause } of letters) {
      const event = cause !== 'corrupt' && offsets.has(offset) ? parseStoredEvent(bytes) : undefined;
      if (event) found.set(offset, [...(found.get(offset) ?? []), event]);
    }
  }
  return found;
}
