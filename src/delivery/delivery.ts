import { createHash } from 'node:crypto';
import { type Clock, WakeSignal } from '../clock/clock.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { BrowserBudget } from '../event/browser-budget.ts';
import type { Connection, Site } from '../event/site.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import type { ConsumerId, DeliveryCommit, Store } from '../storage/store/store.ts';
import { ConnectionConsumer } from './consumers/connection-consumer.ts';
import { expireUndelivered } from './consumers/expire-events.ts';
import { IdentityConsumer } from './consumers/identity-consumer.ts';
import { logDeadLetters } from './consumers/log-dead-letters.ts';
import { defaultTimeoutMs, type Sender } from './sending/http-sender.ts';

export interface DeliveryOptions {
  /** Those that it starts with. */
  readonly sites: readonly Site[];
  /** Every connection of a site that is set, by now: those that are disabled or left out among them. */
  readonly listConnections: (site: string) => readonly string[];
  /** The connection's destination joined to its settings; config validation made sure that it exists. */
  readonly bindDestination: (connection: Connection) => BoundDestination;
  readonly log: EventLog;
  readonly store: Store;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** Who holds the leases. One data folder, one owner: a restart takes over at once. */
  readonly owner: string;
  readonly timeoutMs?: number;
  /** What browsers may add to each site in a day; absent: no bound. */
  readonly browserBudget?: BrowserBudget;
  readonly logger: Logger;
  /** Told of each step of a connection once it is durable. */
  readonly onCommit?: (consumer: ConsumerId, delta: DeliveryCommit) => void;
  /** Told of each fault of a pump, which tries again after a while. */
  readonly onFault?: (error: unknown) => void;
  /** A connection of which nothing is known begins with the oldest event that is kept, because what was known of it was lost. */
  readonly startAtOldest?: boolean;
}

/** What an operator can do to a running connection. */
export type ConnectionControls = Pick<ConnectionConsumer, 'pause' | 'resume' | 'probe' | 'replays'>;

/** A bell that rings when an event of the site came, or when something became of one. */
export type SiteSubscription = Pick<WakeSignal, 'notify' | 'wait'> & { end(): void };

export interface Delivery {
  /**
   * Takes these sites up in place of those before: starts, restarts or ends exactly the pumps that it is about. A pump that sends
   * ends its step first. One that starts again goes on where it was; a connection that never ran begins with what comes next.
   */
  apply(sites: readonly Site[]): Promise<void>;
  /** The site's log has news. */
  wake(site: string): void;
  watch(site: string): SiteSubscription;
  control(site: string, connection: string): ConnectionControls | undefined;
  /**
   * Every connection goes through the log once more, for events that it passed and that nothing became of. Resolves once that is durable of
   * each, which may be when a replay of a person's has ended; rejects where a pump ends before.
   */
  rescan(): Promise<void>;
  /** Does the work while no pump of the site has anything in hand. Nothing is read or sent meanwhile. `stopping`: it was not begun. */
  runQuiesced<T>(site: string, work: () => Promise<T>): Promise<T | 'stopping'>;
  /** The log is about to forget up to `through`: what the site's connections have not delivered by then is said to have expired. */
  expire(site: string, through: Offset): Promise<void>;
  /** Ends every pump after its present step, and waits for work that began; whoever is not done after `graceMs` is left to its lease. */
  stop(graceMs: number): Promise<void>;
}

export function consumerId(site: string, connection: string): ConsumerId {
  return `${site}/${connection}`;
}

/** A pump that runs, and when it has ended. */
interface Running<Pump> {
  readonly consumer: Pump;
  readonly ended: Promise<void>;
}

/** What runs of one site. */
interface SitePumps {
  readonly id: string;
  readonly identity: Running<IdentityConsumer>;
  /** By the connection's id. `of` changes exactly when the pump has to start anew. */
  readonly connections: Map<string, Running<ConnectionConsumer> & { readonly of: string }>;
  /** What concerns all of them at once is done one after another. */
  last: Promise<unknown>;
}

/**
 * Starts one identity pump per site and one pump per enabled connection. Resolves once every connection has its place in the
 * log, so that whatever is accepted from then on is delivered; a connection that never ran begins with what comes next.
 */
export async function startDelivery(options: DeliveryOptions): Promise<Delivery> {
  const {
    listConnections: connectionsOf,
    bindDestination: platformOf,
    log,
    store,
    sender,
    clock,
    random,
    newId,
    owner,
    logger,
  } = options;
  const budgeted = options.browserBudget ? { browserBudget: options.browserBudget } : {};
  const leaseTtlMs = 2 * (options.timeoutMs ?? defaultTimeoutMs) + 10_000;
  const running = new Map<string, SitePumps>();
  const works = new Set<Promise<unknown>>();
  const watches = new Map<string, Set<WakeSignal>>();
  const tell = (site: string) => {
    for (const bell of watches.get(site) ?? []) bell.notify();
  };
  const { promise: stopping, resolve: startStopping } = Promise.withResolvers<'stopping'>();
  let isStopping = false;
  let hasStarted = false;

  const run = <Pump extends { run(): Promise<void> }>(consumer: Pump, site: string): Running<Pump> => {
    const ended = consumer
      .run()
      .catch((error: unknown) => logger.error({ site, error: describeError(error) }, 'pump ended badly'));
    return { consumer, ended };
  };
  const end = async ({ consumer, ended }: Running<{ stop(): void }>) => {
    consumer.stop();
    await ended;
  };

  const startSite = (site: Site): SitePumps => {
    const connections: SitePumps['connections'] = new Map();
    const identity = new IdentityConsumer({
      site: site.id,
      log,
      store,
      clock,
      owner,
      leaseTtlMs,
      ...budgeted,
      logger: logger.child({ site: site.id }),
      onFault: (error) => options.onFault?.(error),
      onProgress: () => {
        for (const { consumer } of connections.values()) consumer.wake();
        tell(site.id);
      },
    });
    const consumers = { id: site.id, identity: run(identity, site.id), connections, last: Promise.resolve() };
    running.set(site.id, consumers);
    return consumers;
  };
  const startConnection = async (site: Site, connection: Connection, { identity, connections }: SitePumps) => {
    const id = consumerId(site.id, connection.id);
    const consumer = new ConnectionConsumer({
      consumer: id,
      site,
      destination: platformOf(connection),
      settingsDigest: digest(connection.settings),
      log,
      store,
      sender,
      clock,
      random,
      newId,
      owner,
      leaseTtlMs,
      startAt: (!hasStarted && options.startAtOldest ? undefined : (await log.heads()).get(site.id)) ?? startOffset,
      identityCursor: () => identity.consumer.cursor,
      onOutcome: () => tell(site.id),
      onCommit: (delta) => options.onCommit?.(id, delta),
      onFault: (error) => options.onFault?.(error),
      ...budgeted,
      logger: logger.child({ site: site.id }),
    });
    await consumer.prepare();
    if (isStopping) consumer.stop();
    connections.set(connection.id, { ...run(consumer, site.id), of: pumpKey(site, connection) });
  };
  /** One after another, for one site: nothing starts or ends while others stand still. */
  const inTurn = <T>(consumers: SitePumps, work: () => Promise<T>): Promise<T> => {
    const turn = consumers.last.then(work, work);
    consumers.last = turn;
    return turn;
  };
  const applySite = async (site: Site, consumers: SitePumps) => {
    const wanted = new Map(site.connections.filter(({ enabled }) => enabled).map((one) => [one.id, one]));
    for (const [id, old] of [...consumers.connections]) {
      const next = wanted.get(id);
      if (next && pumpKey(site, next) === old.of) continue;
      await end(old);
      consumers.connections.delete(id);
    }
    const isNew = ({ id }: Connection) => !consumers.connections.has(id);
    // All of them come to an end before the next turn, or it would start a second pump beside one that is being started.
    const started = await Promise.allSettled(
      [...wanted.values()].filter(isNew).map((one) => startConnection(site, one, consumers)),
    );
    for (const one of started) if (one.status === 'rejected') throw one.reason;
  };
  const endSite = async ({ id, identity, connections }: SitePumps) => {
    await Promise.all([...connections.values()].map(end));
    await end(identity);
    running.delete(id);
  };
  const apply = async (sites: readonly Site[]) => {
    if (isStopping) return;
    const gone = [...running.values()].filter((consumers) => !sites.some(({ id }) => id === consumers.id));
    await Promise.all([
      ...gone.map((consumers) => inTurn(consumers, () => endSite(consumers))),
      ...sites.map((site) => {
        const consumers = running.get(site.id) ?? startSite(site);
        return inTurn(consumers, () => applySite(site, consumers));
      }),
    ]);
  };

  /** Nobody sends for it, and its events go all the same. */
  const expireIdle = async (of: Parameters<typeof expireUndelivered>[0], through: Offset) => {
    const state = await store.getConnectionState(of.consumer);
    const lease = state && (await store.acquireLease(of.consumer, owner, leaseTtlMs));
    if (!state || !lease) return;
    for await (const delta of expireUndelivered(of, state, through, clock.now())) {
      await store.commitDelivery(lease, delta);
      logDeadLetters(logger.child({ site: of.site }), of.consumer, delta);
      options.onCommit?.(of.consumer, delta);
    }
    await store.releaseLease(lease);
  };

  await apply(options.sites);
  hasStarted = true;
  return {
    apply,
    wake: (site) => running.get(site)?.identity.consumer.wake(),
    watch(site) {
      const bell = new WakeSignal(clock);
      const bells = watches.get(site) ?? new Set();
      watches.set(site, bells.add(bell));
      return { notify: () => bell.notify(), wait: (ms) => bell.wait(ms), end: () => void bells.delete(bell) };
    },
    async runQuiesced(site, work) {
      const consumers = running.get(site);
      if (!consumers) return isStopping ? 'stopping' : work();
      const { promise: done, resolve: end } = Promise.withResolvers<unknown>();
      // A pump that stops does nothing more, so it need not stand still for what goes on beside it.
      void stopping.then(end);
      let hasBegun = false;
      const working = inTurn(consumers, async () => {
        const all = [consumers.identity.consumer, ...[...consumers.connections.values()].map(({ consumer }) => consumer)];
        try {
          const still = await Promise.race([stopping, Promise.all(all.map((consumer) => consumer.quiesce(done)))]);
          if (still === 'stopping') return still;
          hasBegun = true;
          const underWay = work();
          works.add(underWay);
          return await underWay.finally(() => works.delete(underWay));
        } finally {
          end(undefined);
        }
      });
      return Promise.race([working, stopping.then((word) => (hasBegun ? working : word))]);
    },
    async expire(site, through) {
      const consumers = running.get(site);
      const expireAll = async () => {
        const connections = running.get(site)?.connections;
        await Promise.all([...(connections?.values() ?? [])].map(({ consumer }) => consumer.expire(through)));
        const idle = connectionsOf(site).filter((id) => !connections?.has(id));
        for (const id of idle) await expireIdle({ consumer: consumerId(site, id), site, log, store }, through);
      };
      await (consumers ? inTurn(consumers, expireAll) : expireAll());
    },
    control: (site, connection) => running.get(site)?.connections.get(connection)?.consumer,
    async rescan() {
      const consumers = [...running.values()].flatMap(({ connections }) =>
        [...connections.values()].map(({ consumer }) => consumer),
      );
      await Promise.all(consumers.map(({ replays: again }) => again.rescan()));
    },
    async stop(graceMs) {
      isStopping = true;
      startStopping('stopping');
      const all = [...running.values()].flatMap(({ identity, connections }) => [identity, ...connections.values()]);
      for (const { consumer } of all) consumer.stop();
      const ended = Promise.all([...all.map(({ ended }) => ended), Promise.allSettled(works)]);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    },
  };
}

/** What of a site and a connection a pump keeps from its start on. */
function pumpKey({ bots, purchaseHoldSeconds, purchases, webhooks }: Site, { destination, settings }: Connection): string {
  return JSON.stringify([destination, digest(settings), bots, purchaseHoldSeconds, purchases, webhooks.secrets.length > 0]);
}

/** The settings hold a secret, so only this is kept of them. */
function digest(settings: Connection['settings']): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22);
}
