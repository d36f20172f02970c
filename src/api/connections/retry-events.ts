import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { CredentialTest } from '../../event/settings-test.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { parseRecord } from '../events/event-view.ts';
import { type SearchSources, selectConnections, toEventSearch } from '../events/search/event-search.ts';
import type { ReadFilters } from '../http/parameters.ts';
import { describeVerdicts, type ReplayControls, type Verdicts } from './replay-handlers.ts';
import type { RetryView } from './retry-schemas.ts';

export interface RetryDeps extends SearchSources {
  readonly getPlatform: (connection: Connection) => BoundDestination;
  readonly now: () => UnixMs;
  /** Returns the operator's commands for a running connection. */
  readonly control: (
    site: string,
    connection: string,
  ) =>
    | {
        pause(account?: string): Promise<void>;
        resume(): Promise<void>;
        probe(): Promise<CredentialTest>;
        readonly replays: ReplayControls;
      }
    | undefined;
}

/** The most events of a connection that one request sends again. */
const maxEvents = 10_000;
const eventsAtOnce = 500;

/** Sends the failed events that match the filters again, or counts them. */
export async function retryEvents(site: Site, deps: RetryDeps, filters: ReadFilters, dryRun: boolean): Promise<RetryView> {
  const connections: RetryView['connections'][number][] = [];
  const sum: Record<string, number> = {};
  let isComplete = true;
  for (const connection of selectConnections(site, filters)) {
    const { offsets, isAll } = await findFailed(site, connection, deps, filters);
    isComplete &&= isAll;
    if (offsets.length === 0) continue;
    const controls = deps.control(site.id, connection.id);
    const verdicts =
      dryRun || !controls ? await checkFailed(site, connection, deps, offsets) : await retry(controls.replays, offsets);
    const { eligible = 0, 'too-old': tooOld = 0, gone = 0, damaged = 0 } = verdicts;
    const counts = { failed: offsets.length, events: controls ? eligible : 0, tooOld, gone: gone + damaged };
    connections.push({ connection: connection.id, ...counts, isRunning: controls !== undefined });
    for (const [verdict, events] of Object.entries(verdicts))
      if (controls || verdict !== 'eligible') sum[verdict] = (sum[verdict] ?? 0) + events;
  }
  const stopped = connections.filter(({ isRunning }) => !isRunning).map((one) => one.connection);
  const says = [
    ...(connections.length === 0 || Object.keys(sum).length > 0 ? [describeVerdicts(sum)] : []),
    ...(stopped.length > 0 ? [`Nothing is sent to ${stopped.join(', ')}: the connection is disabled.`] : []),
    ...(isComplete ? [] : ['There are more than 10,000. Repeat this for the others.']),
  ];
  return { dryRun, says: says.join(' '), events: sum.eligible ?? 0, isComplete, connections };
}

/** Returns the newest failed events of a connection that match. */
async function findFailed(
  site: Site,
  { id }: Connection,
  { store, accuracy }: RetryDeps,
  { outcome: _, ...filters }: ReadFilters,
): Promise<{ readonly offsets: readonly Offset[]; readonly isAll: boolean }> {
  const { outcomes, ...search } = toEventSearch(site, { ...filters, connection: id }, { accuracy });
  const dead = {
    consumers: [formatConsumerId(site.id, id)],
    any: ['dead'],
    ...(outcomes?.codes && { codes: outcomes.codes }),
    ...(outcomes?.rules && { rules: outcomes.rules }),
  } as const;
  const offsets: Offset[] = [];
  let before: Offset | undefined;
  do {
    const place = { limit: maxEvents - offsets.length, ...(before !== undefined && { before }) };
    const page = await store.searchEvents(site.id, { ...search, outcomes: dead, ...place });
    offsets.push(...page.offsets);
    before = page.before;
  } while (before !== undefined && offsets.length < maxEvents);
  return { offsets, isAll: before === undefined };
}

/** Counts the failed events as a retry would, which maps them again when it sends them. */
async function checkFailed(site: Site, connection: Connection, deps: RetryDeps, offsets: readonly Offset[]): Promise<Verdicts> {
  const { maxAgeMs } = deps.getPlatform(connection).limits;
  const counts: Record<string, number> = {};
  const check = (record: LogRecord | undefined) => {
    const event = record && parseRecord(record);
    if (!event) return record && 'corrupt' in record.body ? 'damaged' : 'gone';
    return deps.now() > getDeliveryDeadline(event.time, maxAgeMs) ? 'too-old' : 'eligible';
  };
  for (let from = 0; from < offsets.length; from += eventsAtOnce) {
    const page = offsets.slice(from, from + eventsAtOnce);
    const records = new Map((await deps.log.get(site.id, page)).map((record) => [record.offset, record]));
    for (const offset of page) {
      const verdict = check(records.get(offset));
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    }
  }
  return counts;
}

async function retry(replays: ReplayControls, offsets: readonly Offset[]): Promise<Verdicts> {
  const sum: Record<string, number> = {};
  for (let from = 0; from < offsets.length; from += eventsAtOnce) {
    const verdicts = await replays.retryDeadLetters(offsets.slice(from, from + eventsAtOnce));
    for (const [verdict, events = 0] of Object.entries(verdicts)) sum[verdict] = (sum[verdict] ?? 0) + events;
  }
  return sum;
}
