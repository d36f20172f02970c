import { isDeepStrictEqual } from 'node:util';
import { Mutex, Semaphore } from 'async-mutex';
import { type Clock, WakeSignal } from '../clock/clock.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { BrowserBudget } from '../event/browser-budget.ts';
import type { DurationPlace } from '../event/durations.ts';
import type { Connection, Site } from '../event/site.ts';
import { describeError, type Logger } from '../logger.ts';
import { compileRules } from '../rules/evaluate.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import type { Crash } from '../storage/ports/connection-state.ts';
import { type ConsumerId, formatConsumerId, identityConsumerId } from '../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../storage/ports/consumers.ts';
import type { Store } from '../storage/ports/store.ts';
import { getConfigKey } from './config-key.ts';
import { ConnectionConsumer } from './consumers/connection-consumer.ts';
import { FaultReporter, type Outage } from './consumers/fault-reporter.ts';
import { IdentityConsumer, type IdentityConsumerOptions, type IdentityRunner } from './consumers/identity-consumer.ts';
import { LeaseKeeper } from './consumers/lease-keeper.ts';
import { LeasedState } from './consumers/leased-state.ts';
import type { Delivery } from './delivery.ts';
import { digestSettings } from './digest-settings.ts';
import { expireIdle } from './expire-idle.ts';
import type { AcceptedWaits } from './sending/accepted-waits.ts';
import { defaultTimeoutMs, type Sender } from './sending/http-sender.ts';
import { timeRequests } from './sending/time-requests.ts';
import { SiteSubscriptions } from './site-subscriptions.ts';

export interface DeliveryOptions {
  /** The sites to start with. */
  readonly sites: readonly Site[];
  /** Returns the ids of all configured connections of a site, including disabled ones. */
  readonly listConnections: (site: string) => readonly string[];
  /** Returns the connection's destination, bound to its settings. Config validation guarantees that it exists. */
  readonly bindDestination: (connection: Connection) => BoundDestination;
  readonly log: EventLog;
  readonly store: Store;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** The owner of the leases. A data folder has one owner, so a restarted process takes its leases over at once. */
  readonly owner: string;
  readonly timeoutMs?: number;
  /** The daily budget of each site for events that only browsers report; unlimited if absent. */
  readonly browserBudget?: BrowserBudget;
  readonly logger: Logger;
  /** Called after each commit of a connection. */
  readonly onCommit?: (consumer: ConsumerId, commit: DeliveryCommit) => void;
  /** Called after each request to a platform, with the seconds until its response or failure. */
  readonly onRequest?: (place: DurationPlace, seconds: number) => void;
  /** Called with the waits of events that a platform accepted. */
  readonly onAccepted?: (place: DurationPlace, waits: AcceptedWaits) => void;
  /** Called after each fault of a consumer. The consumer retries by itself. */
  readonly onFault?: (error: unknown) => void;
  /** Called with the consumer of each crash. */
  readonly onCrash?: (consumer: ConsumerId) => void;
  /** Absent if the data is on a disk. */
  readonly outage?: Outage;
  /** Starts the identity consumer on another thread. By default it runs on this one. */
  readonly startIdentity?: (options: IdentityStart) => IdentityRunner;
  /** Starts connections without stored state at the oldest event in the event log, because their state was lost. */
  readonly startAtOldest?: boolean;
}

/** The options of the identity consumer that delivery decides. */
export type IdentityStart = Pick<
  IdentityConsumerOptions,
  'owner' | 'leaseTtlMs' | 'browserBudget' | 'createLogger' | 'onFault' | 'onRecovery' | 'onProgress'
>;

interface Running<Consumer> {
  readonly consumer: Consumer;
  /** Resolves when the consumer has ended. */
  readonly ended: Promise<void>;
}

/** The sites whose consumers start at the same time. */
const sitesAtOnce = 64;

/** The running consumers of one site. */
interface SiteConsumers {
  readonly id: string;
  /** Keyed by connection id. `configKey` changes exactly when the consumer has to restart. */
  readonly connections: Map<string, Running<ConnectionConsumer> & { readonly configKey: string }>;
  /** Serializes the operations that concern all consumers of the site. */
  readonly mutex: Mutex;
  /** The settings that run; undefined until all of the site's consumers have started with them. */
  applied: Site | undefined;
}

/**
 * Starts the identity consumer of all sites, and one consumer per enabled connection. Resolves when every connection has a durable cursor, so
 * that all events accepted afterwards are delivered, by a disabled one once it is enabled. The process that has a connection's lease, if it is
 * another one, stores its cursor. A new connection starts at the end of the event log.
 */
export async function startDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { listConnections, bindDestination, log, store, sender, clock, random, newId, owner, logger } = options;
  const budgeted = options.browserBudget ? { browserBudget: options.browserBudget } : {};
  const leaseTtlMs = 2 * (options.timeoutMs ?? defaultTimeoutMs) + 10_000;
  const leases = new LeaseKeeper({ store, clock, owner, leaseTtlMs });
  const leased = { log, store, clock, owner, leaseTtlMs, leases };
  const running = new Map<string, SiteConsumers>();
  const quiescedWork = new Set<Promise<unknown>>();
  const subscriptions = new SiteSubscriptions(clock);
  const faults = new FaultReporter({
    logger,
    monotonic: () => clock.monotonic(),
    outage: options.outage,
    onCrash: options.onCrash,
  });
  const reportFault = (consumer: ConsumerId, error: unknown) => {
    options.onFault?.(error);
    return faults.report(consumer, error);
  };
  /** The sites whose identity consumer crashed, with the cursor at that time. */
  const identityCrashes = new Map<string, Crash & { readonly cursor: Offset; readonly isRepeated: boolean }>();
  const wakeConnections = (site: string) => {
    for (const { consumer } of running.get(site)?.connections.values() ?? []) consumer.wake();
  };
  const { promise: stopping, resolve: startStopping } = Promise.withResolvers<'stopping'>();
  let isStopping = false;
  let hasStarted = false;

  const run = <Consumer extends { run(): Promise<void> }>(consumer: Consumer, site: string): Running<Consumer> => {
    const ended = consumer
      .run()
      .catch((error: unknown) => logger.error({ site, error: describeError(error) }, 'consumer ended unexpectedly'));
    return { consumer, ended };
  };
  const end = async ({ consumer, ended }: Running<{ stop(): void }>) => {
    consumer.stop();
    await ended;
  };

  const startHere = (start: IdentityStart) => new IdentityConsumer({ ...leased, ...start });
  const identity = (options.startIdentity ?? startHere)({
    owner,
    leaseTtlMs,
    ...budgeted,
    createLogger: (site) => logger.child({ site }),
    onFault(site, error) {
      const text = reportFault(identityConsumerId(site), error);
      if (text === undefined) return;
      const last = identityCrashes.get(site);
      const since = last?.since ?? clock.now();
      identityCrashes.set(site, { error: text, since, cursor: identity.getCursor(site), isRepeated: last !== undefined });
      // The connections store the crash for the other processes.
      wakeConnections(site);
    },
    onRecovery(site) {
      if (identityCrashes.delete(site)) wakeConnections(site);
    },
    onProgress(site, cursor) {
      if (cursor > (identityCrashes.get(site)?.cursor ?? cursor)) identityCrashes.delete(site);
      wakeConnections(site);
      subscriptions.notify(site);
    },
  });

  const startSite = (site: Site): SiteConsumers => {
    const consumers: SiteConsumers = { id: site.id, connections: new Map(), mutex: new Mutex(), applied: undefined };
    running.set(site.id, consumers);
    identity.addSite(site.id);
    return consumers;
  };
  /** Returns the start of a new connection. */
  const findStart = async (site: Site) =>
    (!hasStarted && options.startAtOldest ? undefined : (await log.heads()).get(site.id)) ?? startOffset;
  /** Makes the start of a new disabled connection durable, so that the events after it wait. */
  const prepareDisabled = async (site: Site, connection: Connection) => {
    const consumer = formatConsumerId(site.id, connection.id);
    if (await store.getConnectionState(consumer)) return;
    const state = new LeasedState({
      consumer,
      site,
      settingsDigest: digestSettings(connection.settings),
      ...leased,
      startAt: await findStart(site),
      wakeSignal: new WakeSignal(clock),
    });
    await state.acquire();
    await state.release();
  };
  const startConnection = async (site: Site, connection: Connection, { connections }: SiteConsumers) => {
    const id = formatConsumerId(site.id, connection.id);
    const rules = compileRules(connection.id, site.rules, connection.rules);
    const place = { site: site.id, connection: connection.id, destination: connection.destination };
    const consumer = new ConnectionConsumer({
      consumer: id,
      site,
      destination: bindDestination(connection),
      ...(rules && { rules }),
      settingsDigest: digestSettings(connection.settings),
      ...leased,
      sender: timeRequests(sender, (seconds) => options.onRequest?.(place, seconds)),
      random,
      newId,
      startAt: await findStart(site),
      identityCursor: () => identity.getCursor(site.id),
      identityCrash() {
        const crash = identityCrashes.get(site.id);
        return crash?.isRepeated ? crash : undefined;
      },
      onAppend: () => identity.wake(site.id),
      onOutcome: () => subscriptions.notify(site.id),
      onCommit: (commit) => options.onCommit?.(id, commit),
      onAccepted: (waits) => options.onAccepted?.(place, waits),
      reportFault: (error) => reportFault(id, error),
      ...budgeted,
      logger: logger.child({ site: site.id }),
    });
    // A lease that another process has is waited for by the running consumer, which can be stopped.
    await consumer.prepare();
    if (isStopping) consumer.stop();
    connections.set(connection.id, { ...run(consumer, site.id), configKey: getConfigKey(site, connection) });
  };
  const applySite = async (site: Site, consumers: SiteConsumers) => {
    consumers.applied = undefined;
    const enabled = new Map(site.connections.filter((one) => one.enabled).map((one) => [one.id, one]));
    for (const [id, present] of [...consumers.connections]) {
      const next = enabled.get(id);
      if (next && getConfigKey(site, next) === present.configKey) continue;
      await end(present);
      consumers.connections.delete(id);
    }
    const idle = site.connections.filter(({ id }) => !consumers.connections.has(id));
    // Waits for all of them even if one fails: the next `apply` would otherwise start a second consumer for a connection that is starting.
    const started = await Promise.allSettled(
      idle.map((one) => (one.enabled ? startConnection(site, one, consumers) : prepareDisabled(site, one))),
    );
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    consumers.applied = site;
  };
  const endSite = async ({ id, connections }: SiteConsumers) => {
    await Promise.all([...connections.values()].map(end));
    await identity.removeSite(id);
    running.delete(id);
    identityCrashes.delete(id);
  };
  // The statements of thousands of sites at once would wait for a database's few connections until they time out.
  const startingSites = new Semaphore(sitesAtOnce);
  const apply = async (sites: readonly Site[]) => {
    if (isStopping) return;
    const removed = [...running.values()].filter((consumers) => !sites.some(({ id }) => id === consumers.id));
    for (const consumers of removed) consumers.applied = undefined;
    const applied = await Promise.allSettled([
      ...removed.map((consumers) => consumers.mutex.runExclusive(() => endSite(consumers))),
      ...sites.map((site) => {
        const consumers = running.get(site.id) ?? startSite(site);
        // An unchanged site need not wait for an erasure that quiesces it.
        if (isDeepStrictEqual(consumers.applied, site)) return undefined;
        return consumers.mutex.runExclusive(() => startingSites.runExclusive(() => applySite(site, consumers)));
      }),
    ]);
    for (const one of applied) if (one.status === 'rejected') throw one.reason;
  };

  const idleDeps = { ...options, leaseTtlMs };
  await apply(options.sites);
  hasStarted = true;
  return {
    apply,
    wake: (site) => identity.wake(site),
    ownsSite: () => true,
    watch: (site) => subscriptions.watch(site),
    async runQuiesced(site, work) {
      const consumers = running.get(site);
      if (!consumers) return isStopping ? 'stopping' : work();
      const { promise: done, resolve: release } = Promise.withResolvers<unknown>();
      // A consumer that stops starts no further step, so it need not stay quiesced.
      void stopping.then(release);
      let hasBegun = false;
      const working = consumers.mutex.runExclusive(async () => {
        const all = [...consumers.connections.values()].map(({ consumer }) => consumer.quiesce(done));
        try {
          const quiesced = await Promise.race([stopping, Promise.all([identity.quiesce(site, done), ...all])]);
          if (quiesced === 'stopping') return quiesced;
          hasBegun = true;
          const underWay = work();
          quiescedWork.add(underWay);
          return await underWay.finally(() => quiescedWork.delete(underWay));
        } finally {
          release(undefined);
        }
      });
      return Promise.race([working, stopping.then((result) => (hasBegun ? working : result))]);
    },
    async expire(site, through) {
      const consumers = running.get(site);
      const expireAll = async () => {
        const connections = running.get(site)?.connections;
        await Promise.all([...(connections?.values() ?? [])].map(({ consumer }) => consumer.expire(through)));
        const idle = listConnections(site).filter((id) => !connections?.has(id));
        for (const id of idle) await expireIdle(site, id, through, running.get(site)?.applied, idleDeps);
      };
      await (consumers ? consumers.mutex.runExclusive(expireAll) : expireAll());
    },
    control: (site, connection) => running.get(site)?.connections.get(connection)?.consumer,
    findUploadSettler(site, connection) {
      const consumer = running.get(site)?.connections.get(connection)?.consumer;
      return consumer && ((settlement) => consumer.settleUploads(settlement));
    },
    getCrash: (site, connection) => identityCrashes.get(site) ?? running.get(site)?.connections.get(connection)?.consumer.crash,
    async rescan() {
      const consumers = [...running.values()].flatMap(({ connections }) =>
        [...connections.values()].map(({ consumer }) => consumer),
      );
      await Promise.all(consumers.map(({ replays }) => replays.rescan()));
    },
    async stop(graceMs) {
      isStopping = true;
      startStopping('stopping');
      const all = [...running.values()].flatMap(({ connections }) => [...connections.values()]);
      for (const { consumer } of all) consumer.stop();
      const ended = Promise.all([identity.stop(), ...all.map((one) => one.ended), Promise.allSettled(quiescedWork)]);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    },
  };
}
