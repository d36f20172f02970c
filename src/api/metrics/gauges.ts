import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import { type BudgetState, budgetKinds } from '../../event/browser-budget.ts';
import { nodeRoles } from '../../event/node-role.ts';
import type { Connection, Site } from '../../event/site.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { type Severity, severities } from '../../issues/conditions/verdict.ts';
import { getIssueState, type IssueState, readContent } from '../../issues/issue-list.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { type BacklogReader, createBacklogReader } from '../../storage/ports/backlog.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { StoredIssue } from '../../storage/ports/issues.ts';
import { type NodeStore, nodeAliveMs } from '../../storage/ports/nodes.ts';
import type { Store } from '../../storage/ports/store.ts';

export interface GaugeDeps {
  readonly sites: () => readonly Site[];
  /**
   * Returns whether this process runs a site, or for an empty id, removes the data of former sites, and so reports their state. If several
   * processes did, sums over them would count it twice.
   */
  readonly ownsSite?: (site: string) => boolean;
  /** The processes that share the store. Absent if this is the only one, which has all roles. */
  readonly nodes?: Pick<NodeStore, 'listNodes' | 'countHeldSites'>;
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  readonly version: string;
  /** Returns whether events are accepted. */
  readonly ready: () => { readonly ok: boolean; readonly browsers?: false; readonly appendsTo?: string };
  /** The events that wait for the database. Absent if there is no spool. */
  readonly spool?: {
    getState(): { readonly records: number; readonly forMs: number };
    getTotals(): { readonly forwarded: number; readonly lost: number };
  };
  /** Returns the free space of the disk of `dataDir`. */
  readonly freeBytes: () => Promise<number>;
  /** Returns how much of its daily budget for browser events a site has used. */
  readonly browserBudget: (site: string) => Promise<BudgetState>;
}

/** Other work can run after this number of sites and connections. */
const updatesPerTurn = 32;
const pauseCauses: readonly NonNullable<ConnectionState['pause']>['cause'][] = ['blocked', 'schema', 'operator'];

/**
 * Registers the gauges of the gateway's state. Returns a function that updates them from event log and store, so that they are right
 * after a restart. It reads a bounded part per connection, one connection at a time, and other work can run in between.
 */
export function createGauges(registry: Registry, deps: GaugeDeps): () => Promise<void> {
  const gauges: Gauge[] = [];
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> => {
    const created = new Gauge({ name, help, labelNames, registers: [registry] });
    gauges.push(created);
    return created;
  };
  const build = gauge('convey_build_info', 'Always 1.', ['version']);
  const clock = gauge('convey_clock_timestamp_seconds', "Current time of Convey's machine, in UNIX seconds.");
  const ready = gauge('convey_ready', '1 if events are accepted, else 0, as `GET /readyz`.');
  const readyForBrowsers = gauge('convey_ready_browsers', '1 if browser events are accepted, else 0.');
  const logBytes = gauge('convey_log_bytes', 'Size of the event log on disk.');
  const logRecords = gauge('convey_log_records', 'Records in the event log, with signals and rejections.');
  const spooled = gauge('convey_spool_records', 'Records in the spool, which wait for the database.');
  const spooledFor = gauge('convey_spool_seconds', 'Time since the spool was last empty, 0 while it is.');
  const nodes = gauge('convey_nodes', 'Gateways that run on the same data, this one included, by role.', ['role']);
  const unheld = gauge(
    'convey_sites_without_holder',
    'Sites that no gateway delivers: their events wait. `NaN` if it cannot be read.',
  );
  const free = gauge('convey_disk_free_bytes', 'Free space of the disk of `dataDir`.');

  const issues = gauge('convey_issues', 'Issues that have not ended, by severity and state, as `GET /api/issues`.', [
    'severity',
    'state',
  ]);
  const issueMoney = gauge(
    'convey_issue_money',
    'Amount of the purchases that wait or are lost by an issue, by currency, as `GET /api/issues`. Issues can share purchases.',
    ['site', 'connection', 'kind', 'currency'],
  );

  const ofSite = ['site'] as const;
  const identityEvents = gauge(
    'convey_identity_lag_records',
    'Records that the identity consumer has not processed. No connection reads past it.',
    ofSite,
  );
  const identitySeconds = gauge(
    'convey_identity_lag_seconds',
    'Age of its oldest unprocessed record; 0 if there is none.',
    ofSite,
  );
  const budgetUsed = gauge('convey_browser_budget_used', 'Amount that browsers added in this UTC day.', ['site', 'kind']);
  const budgetLimit = gauge('convey_browser_budget_limit', 'Amount that browsers may add in a UTC day.', ['site', 'kind']);

  const ofConnection = ['site', 'connection'] as const;
  const enabled = gauge('convey_connection_enabled', '1 if the connection is enabled, else 0.', ofConnection);
  const lagEvents = gauge(
    'convey_connection_lag_events',
    'Events that wait to be sent, the same as `convey_connection_waiting_events`.',
    ofConnection,
  );
  const lagSeconds = gauge(
    'convey_connection_lag_seconds',
    'Time since its oldest waiting event was received; 0 if there is none.',
    ofConnection,
  );
  const oldest = gauge(
    'convey_connection_oldest_undelivered_seconds',
    'Age of the oldest waiting event, by its own time; 0 if there is none.',
    ofConnection,
  );
  const paused = gauge('convey_connection_paused', '1 if the connection is paused for this cause, else 0.', [
    ...ofConnection,
    'cause',
  ]);
  const breaker = gauge('convey_connection_breaker_open', '1 if only small probes are sent, else 0.', ofConnection);
  const waiting = gauge(
    'convey_connection_waiting_events',
    'Events that wait to be sent: those that the connection has not read, and deferred ones. Signals count, too, among more than 10,000 records that the identity consumer has not read.',
    ofConnection,
  );
  const deadLetters = gauge('convey_connection_dead_letters', 'Stored failed events.', ofConnection);
  const events = gauge('convey_connection_events', 'Events by current outcome. Decreases if an event is sent again.', [
    ...ofConnection,
    'outcome',
  ]);
  const info = gauge('convey_connection_info', 'Always 1. Has the destination of a connection.', [
    ...ofConnection,
    'destination',
  ]);
  const forwarded = new Counter({
    name: 'convey_spool_forwarded_total',
    help: 'Records that went from the spool to the database, which may have had some of them already.',
    registers: [registry],
  });
  const lost = new Counter({
    name: 'convey_spool_lost_total',
    help: 'Records of the spool that were lost: expired, damaged on the disk, or refused by the database.',
    registers: [registry],
  });
  const inDoubt = new Counter({
    name: 'convey_requests_in_doubt_total',
    help: 'Requests that were sent again without a response. A restart does not reset it.',
    labelNames: ofConnection,
    registers: [registry],
  });

  const readCluster = async () => {
    const { sites, ownsSite = () => true, nodes: stored } = deps;
    const ids = sites().map(({ id }) => id);
    const roles = stored ? (await stored.listNodes(nodeAliveMs)).map((node) => node.roles) : [nodeRoles];
    // The role of a collector may lack the right until the operator runs `collect-role.sql` again.
    const held = stored ? await stored.countHeldSites(ids).catch(() => Number.NaN) : ids.filter(ownsSite).length;
    return () => {
      for (const role of nodeRoles) nodes.set({ role }, roles.filter((some) => some.includes(role)).length);
      unheld.set(ids.length - held);
    };
  };
  const readIssues = async () => {
    const { store, now, sites, ownsSite = () => true } = deps;
    // The role of a collector may not read them.
    if (![...sites().map(({ id }) => id), ''].some(ownsSite)) return () => {};
    const stored = (await store.listOpenIssues()).filter(({ site = '' }) => ownsSite(site));
    return () => {
      for (const severity of severities)
        for (const state of presentStates)
          issues.set({ severity, state }, stored.filter((one) => matches(one, severity, state, now())).length);
      for (const { site = '', content } of stored) {
        const { kind, connection = '', money } = readContent(content);
        for (const { currency, amount } of money) issueMoney.inc({ site, connection, kind, currency }, amount);
      }
    };
  };
  const readSite = async (site: string) => {
    const { log, store, now } = deps;
    const cursor = await store.getIdentityCursor(site);
    const [next] = (await log.read(site, cursor, { records: 1, bytes: 1 })).records;
    const head = (await log.heads()).get(site);
    const records = next && head !== undefined ? await log.count(site, cursor, head) : 0;
    const seconds = getSecondsSince(next?.at, now());
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
  const readConnection = async (
    site: string,
    { id: connection, destination, enabled: isEnabled }: Connection,
    readBacklog: BacklogReader,
  ) => {
    const { store, now } = deps;
    const consumer = formatConsumerId(site, connection);
    const state = await store.getConnectionState(consumer);
    const backlog = await readBacklog(site, connection, state);
    const counts = Object.entries(await store.countByOutcome(consumer));
    const at = now();
    const labels = { site, connection };
    return () => {
      enabled.set(labels, Number(isEnabled));
      info.set({ ...labels, destination }, 1);
      lagEvents.set(labels, backlog.waiting);
      lagSeconds.set(labels, getSecondsSince(backlog.since, at));
      oldest.set(labels, getSecondsSince(backlog.oldest, at));
      for (const cause of pauseCauses) paused.set({ ...labels, cause }, Number(state?.pause?.cause === cause));
      breaker.set(labels, Number((state?.breaker.failedProbes ?? null) !== null));
      waiting.set(labels, backlog.waiting);
      deadLetters.set(labels, backlog.deadLetters);
      for (const [outcome, count] of counts) events.set({ ...labels, outcome }, count);
      inDoubt.inc(labels, state?.inDoubt ?? 0);
    };
  };

  return async () => {
    const { sites, ownsSite = () => true, log, now, version, ready: isReady, freeBytes } = deps;
    const { records, bytes } = await log.health();
    const freeNow = await freeBytes();
    const updates: (() => void)[] = [];
    const readBacklog = createBacklogReader(deps);
    const { ok, browsers, appendsTo } = isReady();
    // While the database is away, the state of sites cannot be read, and that of the spool matters.
    const readable = appendsTo === 'spool' ? [] : sites().filter((site) => ownsSite(site.id));
    try {
      if (appendsTo !== 'spool') updates.push(await readCluster(), await readIssues());
      for (const { id, connections } of readable) {
        updates.push(await readSite(id));
        for (const connection of connections) {
          updates.push(await readConnection(id, connection, readBacklog));
          await nextTurn();
        }
      }
    } catch (error) {
      // A store that is away must not hide that the gateway refuses events.
      if (ok) throw error;
    }
    // Removes the series of deleted sites and connections.
    for (const one of [...gauges, inDoubt, forwarded, lost]) one.reset();
    // A gauge without labels is 0 after its reset.
    unheld.set(Number.NaN);
    build.set({ version }, 1);
    clock.set(now() / secondMs);
    ready.set(Number(ok));
    readyForBrowsers.set(Number(ok && browsers !== false));
    // The log of all processes is in one database. The process that removes the data of former sites reports it.
    if (ownsSite('')) {
      logBytes.set(bytes);
      logRecords.set(records);
    }
    free.set(freeNow);
    const spool = deps.spool?.getState() ?? { records: 0, forMs: 0 };
    spooled.set(spool.records);
    const left = deps.spool?.getTotals() ?? { forwarded: 0, lost: 0 };
    forwarded.inc(left.forwarded);
    lost.inc(left.lost);
    spooledFor.set(spool.records === 0 ? 0 : spool.forMs / secondMs);
    for (const [index, update] of updates.entries()) {
      update();
      if (index % updatesPerTurn === 0) await nextTurn();
    }
  };
}

const presentStates = ['open', 'acknowledged', 'snoozed'] as const;

function matches(issue: StoredIssue, severity: Severity, state: IssueState, now: UnixMs): boolean {
  return severities[issue.rank] === severity && getIssueState(issue, now) === state;
}

function getSecondsSince(at: UnixMs | undefined, now: UnixMs): number {
  return at === undefined ? 0 : Math.max(0, now - at) / secondMs;
}
