import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import { type BudgetState, budgetKinds } from '../../event/browser-budget.ts';
import type { Connection, Site } from '../../event/site.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { ConnectionState, Store } from '../../storage/store/store.ts';
import { type CountSources, measureLag } from '../connections/event-counts.ts';

export interface GaugeDeps {
  readonly sites: () => readonly Site[];
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  readonly version: string;
  /** Whether events are taken. */
  readonly ready: () => { readonly ok: boolean; readonly browsers?: false };
  /** Of the disk that the data is on. */
  readonly freeBytes: () => Promise<number>;
  /** What browsers have used today of what they may add to a site. */
  readonly browserBudget: (site: string) => Promise<BudgetState>;
}

/** Connections that are told of before others have their turn. */
const toldAtOnce = 32;
const pauseCauses: readonly NonNullable<ConnectionState['pause']>['cause'][] = ['blocked', 'schema', 'operator'];

/**
 * How things stand, read from log and store: right after a crash as before it. Answers a function that reads all of it anew. It
 * looks at a bounded part for each connection, one connection after another, and others have their turn between two.
 */
export function createGauges(registry: Registry, deps: GaugeDeps): () => Promise<void> {
  const gauges: Gauge[] = [];
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> => {
    const made = new Gauge({ name, help, labelNames, registers: [registry] });
    gauges.push(made);
    return made;
  };
  const build = gauge('convey_build_info', 'Always 1. The version is a label.', ['version']);
  const clock = gauge('convey_clock_timestamp_seconds', "The clock of Convey's machine, in UNIX seconds.");
  const ready = gauge('convey_ready', '1 while events are taken, else 0. The same as `GET /readyz`.');
  const readyForBrowsers = gauge(
    'convey_ready_browsers',
    '1 while events of browsers are taken, else 0: they are refused before those of servers and webhooks.',
  );
  const logBytes = gauge('convey_log_bytes', 'Size of the log on the disk.');
  const logRecords = gauge(
    'convey_log_records',
    'Records from the oldest to the newest that the log holds, of all sites, signals and rejections included.',
  );
  const free = gauge('convey_disk_free_bytes', 'Free space of the disk that `dataDir` is on.');

  const ofSite = ['site'] as const;
  const identityEvents = gauge(
    'convey_identity_lag_records',
    'Records that the identity pump of the site has not come to, signals included. No connection reads past it.',
    ofSite,
  );
  const identitySeconds = gauge(
    'convey_identity_lag_seconds',
    'How long ago the log took the oldest record that the identity pump has not come to; 0 where it has come to all.',
    ofSite,
  );
  const budgetUsed = gauge(
    'convey_browser_budget_used',
    'What browsers alone have added to the site in this UTC day, by kind, at most the limit.',
    ['site', 'kind'],
  );
  const budgetLimit = gauge('convey_browser_budget_limit', 'What browsers alone may add to the site in one UTC day, by kind.', [
    'site',
    'kind',
  ]);

  const ofConnection = ['site', 'connection'] as const;
  const enabled = gauge('convey_connection_enabled', '1 where the connection is enabled, else 0.', ofConnection);
  const lagEvents = gauge(
    'convey_connection_lag_events',
    'Events that the connection has not come to. Signals of the five minutes in which it stands are among them.',
    ofConnection,
  );
  const lagSeconds = gauge(
    'convey_connection_lag_seconds',
    'How long ago the log took the oldest event that the connection has not come to; 0 where it has come to all.',
    ofConnection,
  );
  const oldest = gauge(
    'convey_connection_oldest_undelivered_seconds',
    'How long ago the oldest event that is not sent yet happened, of those that wait and of the next 1,000; 0 where there is none.',
    ofConnection,
  );
  const paused = gauge('convey_connection_paused', '1 where the connection is paused for this cause, else 0.', [
    ...ofConnection,
    'cause',
  ]);
  const breaker = gauge(
    'convey_connection_breaker_open',
    '1 while the platform fails so often that it gets small probes alone, else 0.',
    ofConnection,
  );
  const waiting = gauge(
    'convey_connection_waiting_events',
    'Events that wait for their copy, for consent, or for the next try.',
    ofConnection,
  );
  const deadLetters = gauge('convey_connection_dead_letters', 'Dead letters that are kept now.', ofConnection);
  const events = gauge(
    'convey_connection_events',
    'Events that stand under an outcome now, since the connection began. It goes down where an event is sent again.',
    [...ofConnection, 'outcome'],
  );
  const inDoubt = new Counter({
    name: 'convey_requests_in_doubt_total',
    help: 'Requests that were sent again because no answer came, since the connection began. A restart does not begin anew.',
    labelNames: ofConnection,
    registers: [registry],
  });

  const lookAtSite = async (site: string) => {
    const { log, store, now } = deps;
    const cursor = await store.getIdentityCursor(site);
    const [next] = (await log.read(site, cursor, { records: 1, bytes: 1 })).records;
    const head = (await log.heads()).get(site);
    const records = next && head !== undefined ? await log.count(site, cursor, head) : 0;
    const seconds = secondsSince(next?.at, now());
    const budget = await deps.browserBudget(site);
    return () => {
      identityEvents.set({ site }, records);
      identitySeconds.set({ site }, seconds);
      for (const kind of budgetKinds) {
        budgetUsed.set({ site, kind }, budget[kind].used);
        budgetLimit.set({ site, kind }, budget[kind].limit);
      }
    };
  };
  const lookAtConnection = async (site: string, { id: connection, enabled: isEnabled }: Connection) => {
    const { store, now } = deps;
    const pump = `${site}/${connection}`;
    const state = await store.getConnectionState(pump);
    // One that never ran begins with what comes next.
    const lag = state && (await measureLag(site, state.cursor, await store.getIdentityCursor(site), sourcesOf(deps), 'roughly'));
    await nextTurn();
    const unsent = await store.getUnsent(site, pump);
    const counts = Object.entries(await store.countByOutcome(pump));
    const at = now();
    const of = { site, connection };
    return () => {
      enabled.set(of, Number(isEnabled));
      lagEvents.set(of, lag?.events ?? 0);
      lagSeconds.set(of, secondsSince(lag?.since, at));
      oldest.set(of, secondsSince(unsent.oldest, at));
      for (const cause of pauseCauses) paused.set({ ...of, cause }, Number(state?.pause?.cause === cause));
      breaker.set(of, Number((state?.breaker.failedProbes ?? null) !== null));
      waiting.set(of, unsent.waiting);
      deadLetters.set(of, unsent.deadLetters);
      for (const [outcome, count] of counts) events.set({ ...of, outcome }, count);
      inDoubt.inc(of, state?.inDoubt ?? 0);
    };
  };

  return async () => {
    const { sites, log, now, version, ready: isReady, freeBytes } = deps;
    const { records, bytes } = await log.health();
    const freeNow = await freeBytes();
    const seen: (() => void)[] = [];
    for (const { id, connections } of sites()) {
      seen.push(await lookAtSite(id));
      for (const connection of connections) {
        seen.push(await lookAtConnection(id, connection));
        await nextTurn();
      }
    }
    // What is no longer set is told no more.
    for (const one of [...gauges, inDoubt]) one.reset();
    build.set({ version }, 1);
    clock.set(now() / secondMs);
    const { ok, browsers } = isReady();
    ready.set(Number(ok));
    readyForBrowsers.set(Number(ok && browsers !== false));
    logBytes.set(bytes);
    logRecords.set(records);
    free.set(freeNow);
    for (const [index, tell] of seen.entries()) {
      tell();
      if (index % toldAtOnce === 0) await nextTurn();
    }
  };
}

function sourcesOf({ log, store }: GaugeDeps): CountSources {
  return { log, store };
}

function secondsSince(at: UnixMs | undefined, now: UnixMs): number {
  return at === undefined ? 0 : Math.max(0, now - at) / secondMs;
}
