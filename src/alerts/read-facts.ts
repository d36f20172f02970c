import type { Site } from '../event/site.ts';
import { dayMs, minuteMs, type UnixMs } from '../event/units.ts';
import { type ReceivedKind, receivedKinds } from '../storage/store/alerts.ts';
import { formatConsumerId } from '../storage/store/consumer-id.ts';
import { countBucketMs, countBucketStart } from '../storage/store/event-counts.ts';
import { isSentOutcome } from '../storage/store/outcomes.ts';
import type { Store } from '../storage/store/store.ts';
import type { ConnectionFacts, SiteFacts } from './facts.ts';
import { getRhythmPeriods, type Silence } from './shop-rhythm.ts';

export type WatchedSite = Pick<Site, 'id' | 'name' | 'connections' | 'accuracy'>;
export type WeekFacts = NonNullable<ConnectionFacts['week']>;

export interface FactDeps {
  readonly store: Pick<
    Store,
    'getConnectionState' | 'getUnsent' | 'getEventCounts' | 'sumReceived' | 'getReceivedRange' | 'countByOutcome'
  >;
  /** Returns the orders of the last seven days by connection. The result may be some minutes old. */
  readonly getWeek: (site: WatchedSite) => Promise<ReadonlyMap<string, WeekFacts>>;
  readonly now: () => UnixMs;
}

/** The counts of a day are read at most this often, because they need more rows than the rest. */
const dayEveryMs = countBucketMs;

/** Creates a reader of the facts of sites: counters of the store, and never contents of events. */
export function createFactReader({ store, getWeek, now }: FactDeps): (site: WatchedSite) => Promise<SiteFacts> {
  const days = new Map<string, { readonly at: UnixMs; readonly result: ReadonlyMap<string, ConnectionFacts['day']> }>();
  const getDay = async (site: string, connections: readonly string[]) => {
    const key = JSON.stringify([site, connections]);
    const cached = days.get(key);
    if (cached && Math.abs(now() - cached.at) < dayEveryMs) return cached.result;
    const until = countBucketStart(now()) + countBucketMs;
    const consumers = connections.map((connection) => formatConsumerId(site, connection));
    const counts = await store.getEventCounts(site, consumers, until - dayMs, until, dayMs);
    const result = new Map(
      connections.map((connection) => {
        const outcomes = counts.connections.get(formatConsumerId(site, connection))?.outcomes ?? [];
        const sum = (isCounted: (outcome: string) => boolean) =>
          outcomes.filter(({ outcome }) => isCounted(outcome)).reduce((total, { events }) => total + events, 0);
        return [connection, { sent: sum(isSentOutcome), dead: sum((outcome) => outcome === 'dead') }];
      }),
    );
    for (const [stale, { at }] of days) if (now() - at > 2 * dayEveryMs) days.delete(stale);
    days.set(key, { at: now(), result });
    return result;
  };
  const getSilence = async (site: string, kind: ReceivedKind): Promise<Silence | undefined> => {
    const range = await store.getReceivedRange(site, kind);
    if (!range || now() - range.last < shortestSilenceMs) return undefined;
    const { since, earlier } = getRhythmPeriods(range, now());
    const counts = await Promise.all(earlier.map((period) => store.sumReceived(site, kind, period.since, period.until)));
    return { since, earlier: counts };
  };
  return async ({ id: site, name, connections, accuracy }) => {
    const enabled = connections.filter((connection) => connection.enabled).map(({ id }) => id);
    const silences = await Promise.all(receivedKinds.map(async (kind) => [kind, await getSilence(site, kind)] as const));
    const [day, week] = [await getDay(site, enabled), await getWeek({ id: site, name, connections, accuracy })];
    return {
      site,
      name,
      alertUnder: accuracy.alertUnder,
      silences: Object.fromEntries(silences.filter(([, silence]) => silence !== undefined)),
      connections: await Promise.all(
        enabled.map(async (connection): Promise<ConnectionFacts> => {
          const consumer = formatConsumerId(site, connection);
          const state = await store.getConnectionState(consumer);
          const unsent = await store.getUnsent(site, consumer);
          const orders = week.get(connection);
          return {
            connection,
            ...(state?.pause && { pause: { cause: state.pause.cause, since: state.pause.since } }),
            failures: state?.breaker.failures ?? 0,
            ...(state?.takenAt !== undefined && { takenAt: state.takenAt }),
            ...unsent,
            day: day.get(connection) ?? { sent: 0, dead: 0 },
            ...(orders && { week: orders }),
          };
        }),
      ),
    };
  };
}

/** A shorter silence is a bucket that is not counted yet. */
const shortestSilenceMs = 15 * minuteMs;
