import { createHash } from 'node:crypto';
import type { Platform } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import { beginning, type EventLog, type Offset } from '../log/log.ts';
import type { PumpId, Store } from '../store/store.ts';
import { describeError, type Logger } from '../telemetry.ts';
import { Bell, type Clock } from './clock.ts';
import { ConnectionPump } from './connection-pump.ts';
import { expire } from './expire.ts';
import { IdentityPump } from './identity-pump.ts';
import { defaultTimeoutMs, type Sender } from './send.ts';

export interface DeliveryOptions {
  readonly sites: readonly Site[];
  /** The connection's destination joined to its settings; config validation made sure that it exists. */
  readonly platformOf: (connection: Connection) => Platform;
  readonly log: EventLog;
  readonly store: Store;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** Who holds the leases. One data folder, one owner: a restart takes over at once. */
  readonly owner: string;
  readonly timeoutMs?: number;
  readonly logger: Logger;
}

/** What an operator can do to a running connection. */
export type ConnectionControl = Pick<ConnectionPump, 'pause' | 'resume' | 'probe' | 'again'>;

/** A bell that rings when an event of the site came, or when something became of one. */
export type Watch = Pick<Bell, 'ring' | 'wait'> & { end(): void };

export interface Delivery {
  /** The site's log has news. */
  wake(site: string): void;
  watch(site: string): Watch;
  control(site: string, connection: string): ConnectionControl | undefined;
  /** Does the work while no pump of the site has anything in hand. Nothing is read or sent meanwhile. `stopping`: it was not begun. */
  whileStill<T>(site: string, work: () => Promise<T>): Promise<T | 'stopping'>;
  /** The log is about to forget up to `through`: what the site's connections have not delivered by then is said to have expired. */
  expire(site: string, through: Offset): Promise<void>;
  /** Ends every pump after its present step, and waits for work that began; whoever is not done after `graceMs` is left to its lease. */
  stop(graceMs: number): Promise<void>;
}

export function pumpId(site: string, connection: string): PumpId {
  return `${site}/${connection}`;
}

/**
 * Starts one identity pump per site and one pump per enabled connection. Resolves once every connection has its place in the
 * log, so that whatever is accepted from then on is delivered; a connection that never ran begins with what comes next.
 */
export async function startDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { sites, platformOf, log, store, sender, clock, random, newId, owner, logger } = options;
  const leaseTtlMs = 2 * (options.timeoutMs ?? defaultTimeoutMs) + 10_000;
  const heads = await log.heads();
  const identityPumps = new Map<string, IdentityPump>();
  const connectionPumps = new Map<PumpId, ConnectionPump>();
  const running: Promise<void>[] = [];
  const works = new Set<Promise<unknown>>();
  const watches = new Map<string, Set<Bell>>();
  const tell = (site: string) => {
    for (const bell of watches.get(site) ?? []) bell.ring();
  };
  const { promise: stopping, resolve: startStopping } = Promise.withResolvers<'stopping'>();

  for (const site of sites) {
    const pumps: ConnectionPump[] = [];
    const identity = new IdentityPump({
      site: site.id,
      log,
      store,
      clock,
      owner,
      leaseTtlMs,
      logger,
      onProgress: () => {
        for (const pump of pumps) pump.wake();
        tell(site.id);
      },
    });
    identityPumps.set(site.id, identity);
    for (const connection of site.connections.filter(({ enabled }) => enabled)) {
      const pump = new ConnectionPump({
        pump: pumpId(site.id, connection.id),
        site,
        platform: platformOf(connection),
        settingsDigest: digest(connection.settings),
        log,
        store,
        sender,
        clock,
        random,
        newId,
        owner,
        leaseTtlMs,
        startAt: heads.get(site.id) ?? beginning,
        identityCursor: () => identity.cursor,
        onOutcome: () => tell(site.id),
        logger,
      });
      pumps.push(pump);
      connectionPumps.set(pumpId(site.id, connection.id), pump);
    }
    await Promise.all(pumps.map((pump) => pump.prepare()));
    running.push(identity.run(), ...pumps.map((pump) => pump.run()));
  }

  const ofSite = (site: string) => [...connectionPumps].filter(([id]) => id.startsWith(`${site}/`)).map(([, pump]) => pump);
  /** A connection that is disabled has no pump, and its events go all the same. */
  const expireIdle = async (of: Parameters<typeof expire>[0], through: Offset) => {
    const state = await store.connectionState(of.pump);
    const lease = state && (await store.acquire(of.pump, owner, leaseTtlMs));
    if (!state || !lease) return;
    for await (const delta of expire(of, state, through, clock.now())) await store.commit(lease, delta);
    await store.release(lease);
  };

  return {
    wake: (site) => identityPumps.get(site)?.wake(),
    watch(site) {
      const bell = new Bell(clock);
      const bells = watches.get(site) ?? new Set();
      watches.set(site, bells.add(bell));
      return { ring: () => bell.ring(), wait: (ms) => bell.wait(ms), end: () => void bells.delete(bell) };
    },
    async whileStill(site, work) {
      const identity = identityPumps.get(site);
      const pumps = [...(identity ? [identity] : []), ...ofSite(site)];
      const { promise: done, resolve: end } = Promise.withResolvers<unknown>();
      // A pump that stops does nothing more, so it need not stand still for what goes on beside it.
      void stopping.then(end);
      try {
        const still = await Promise.race([stopping, Promise.all(pumps.map((pump) => pump.standStill(done)))]);
        if (still === 'stopping') return still;
        const working = work();
        works.add(working);
        return await working.finally(() => works.delete(working));
      } finally {
        end(undefined);
      }
    },
    async expire(site, through) {
      await Promise.all(ofSite(site).map((pump) => pump.expire(through)));
      const idle = sites.find(({ id }) => id === site)?.connections.filter(({ enabled }) => !enabled) ?? [];
      for (const { id } of idle) await expireIdle({ pump: pumpId(site, id), site, log, store }, through);
    },
    control: (site, connection) => connectionPumps.get(pumpId(site, connection)),
    async stop(graceMs) {
      startStopping('stopping');
      for (const pump of [...identityPumps.values(), ...connectionPumps.values()]) pump.stop();
      const pumpsEnded = Promise.all(running).catch((error: unknown) =>
        logger.error({ error: describeError(error) }, 'pump ended badly'),
      );
      const ended = Promise.all([pumpsEnded, Promise.allSettled(works)]);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    },
  };
}

/** The settings hold a secret, so only this is kept of them. */
function digest(settings: Connection['settings']): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22);
}
