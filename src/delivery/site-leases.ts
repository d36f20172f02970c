import { createHash } from 'node:crypto';
import { Mutex } from 'async-mutex';
import { type Clock, sleep } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import type { Site } from '../event/site.ts';
import { secondMs, type UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { siteLeaseId } from '../storage/ports/consumer-id.ts';
import { type Lease, LeaseLostError } from '../storage/ports/consumers.ts';
import { type NodeStore, nodeAliveMs, SiteElsewhereError, type StoreNode, takeoverMs } from '../storage/ports/nodes.ts';
import type { HeldLease, LeaseKeeper } from './consumers/lease-keeper.ts';

export interface SiteLeasesOptions<OfSite extends Pick<Site, 'id'>> {
  /** This process. */
  readonly node: StoreNode;
  readonly nodes: NodeStore;
  /** Owned by the node. */
  readonly leases: Pick<LeaseKeeper, 'acquire'>;
  /** Runs exactly these sites, if this node delivers. Settles only when the consumers of all others have ended. */
  readonly run: (sites: readonly OfSite[]) => Promise<void>;
  /** Called with the number of sites that this node took over from another one, in a round. */
  readonly onTakeover?: (sites: number) => void;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const heartbeatMs = 3 * secondMs;
/** A site is given away only if no node came or went for this long. */
const stableForMs = 10 * secondMs;
const acquiredAtOnce = 32;
/** This node does not take back a site within this time after it gave the site to another node. */
const reclaimAfterMs = 15 * secondMs;
/** A node that died keeps a site this long. */
const takeOverTimeoutMs = 40 * secondMs;
const borrowPollMs = 200;

/** The id of all sites that no longer run. One node removes their data, under one lease. */
const otherSites = '';

/**
 * Holds the leases of the sites that this process runs, among all processes on the store. Each site has one node that should hold it, among
 * those that deliver; the node takes it as soon as it is free. A node that holds a site of another gives it away between two steps, if no node
 * came or went lately. A node that does not deliver only borrows sites.
 */
export class SiteLeases<OfSite extends Pick<Site, 'id'>> {
  readonly #o: SiteLeasesOptions<OfSite>;
  readonly #held = new Map<string, HeldLease>();
  /** The epoch of each site's last lease here. If the next one is not its successor, another node held the site in between. */
  readonly #epochs = new Map<string, number>();
  /** Serializes the rounds. */
  readonly #mutex = new Mutex();
  readonly #beats: { stop(): Promise<void> };
  /** The round that runs or waits. A long one must not delay the beats, or the other nodes take this one's sites. */
  #round: Promise<void> | undefined;
  #alive: readonly StoreNode[] = [];
  /** The sites that work needs here, with the number of callers. */
  readonly #borrowed = new Map<string, number>();
  /** When the sites that were given to others may be taken back, in monotonic time. */
  readonly #lentUntil = new Map<string, number>();
  #sites: readonly OfSite[] = [];
  /** Set while other sites run than should. */
  #isOutdated = false;
  #own: { readonly key: string; readonly sites: ReadonlySet<string> } = { key: '', sites: new Set() };
  /** When a node came or went, in monotonic time. */
  #changedAt: number;
  /** When no node delivered for the first time, in the clock's time and in monotonic time. Undefined while one does. */
  #undelivered: { readonly since: UnixMs; readonly at: number } | undefined;
  #isStopping = false;

  readonly #onFault = (error: unknown) => this.#o.logger.error({ error: describeError(error) }, 'site assignment failed');

  constructor(options: SiteLeasesOptions<OfSite>) {
    this.#o = options;
    const { clock } = options;
    this.#changedAt = clock.monotonic();
    const onFault = this.#onFault;
    this.#beats = runPeriodically({
      clock,
      firstAfterMs: heartbeatMs,
      everyMs: heartbeatMs,
      round: async () => {
        await this.#beat();
        this.#round ??= this.#mutex
          .runExclusive(() => this.#runRound())
          .catch(onFault)
          .finally(() => {
            this.#round = undefined;
          });
      },
      onFault(error, isRepeated) {
        if (!isRepeated) onFault(error);
      },
    });
  }

  /** Returns whether this process runs a site's consumers, or removes the data of a site that no longer runs. */
  ownsSite(site: string): boolean {
    return this.#held.has(this.#toId(site));
  }

  /**
   * Returns since when no node delivers, as far as this process has seen it, and only if it lasts longer than a takeover or a restart takes.
   */
  getUndeliveredSince(): UnixMs | undefined {
    if (!this.#undelivered || this.#o.clock.monotonic() - this.#undelivered.at < takeoverMs) return undefined;
    return this.#undelivered.since;
  }

  /** Replaces the sites. Runs those that this process holds or can take. */
  async apply(sites: readonly OfSite[]): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      this.#sites = sites;
      this.#isOutdated = true;
      await this.#beat();
      await this.#runRound({ isApplying: true });
    });
  }

  /**
   * Ends all consumers, and runs those of the held sites again from their stored state, after the database lost commits. Takes the sites again:
   * the lease that another node got meanwhile may have the epoch of the lost one.
   */
  restart(): Promise<void> {
    return this.#mutex.runExclusive(async () => {
      this.#isOutdated = true;
      await this.#o.run([]);
      const ids = [...this.#held.keys()];
      for (const lease of this.#held.values()) lease.drop();
      this.#held.clear();
      await this.#takeAndRun(ids);
    });
  }

  /** Gives a site to the node that asks for it. Resolves when its consumers have ended. */
  handOver(site: string): Promise<void> {
    return this.#mutex.runExclusive(async () => {
      const id = this.#toId(site);
      if (!this.#held.has(id) || this.#borrowed.has(id)) return;
      this.#lentUntil.set(id, this.#o.clock.monotonic() + reclaimAfterMs);
      await this.#runWithout([id]);
    });
  }

  /**
   * Runs work on a site in this process, which takes the site first if another one has it. Passes the site's lease to it.
   * @param ask asks the other process to give it away
   * @throws SiteElsewhereError
   */
  async borrow<T>(site: string, ask: () => Promise<unknown>, work: (lease: Lease) => Promise<T>): Promise<T> {
    const id = this.#toId(site);
    this.#borrowed.set(id, (this.#borrowed.get(id) ?? 0) + 1);
    try {
      if (!this.#held.has(id)) await this.#takeFromOther(id, ask);
      const held = this.#held.get(id);
      if (!held) throw new LeaseLostError(`the lease of the site ${id} was lost before the work began`);
      return await work(held.lease);
    } finally {
      const left = (this.#borrowed.get(id) ?? 1) - 1;
      if (left > 0) this.#borrowed.set(id, left);
      else this.#borrowed.delete(id);
      // Its consumers run nowhere meanwhile.
      if (left === 0 && !isDelivering(this.#o.node)) await this.handOver(site).catch(this.#onFault);
    }
  }

  async #takeFromOther(id: string, ask: () => Promise<unknown>): Promise<void> {
    const { clock } = this.#o;
    // A node that died does not answer. Its lease ends.
    const asked = ask().catch(() => undefined);
    for (const until = clock.monotonic() + takeOverTimeoutMs; clock.monotonic() < until; ) {
      const isTaken = await this.#mutex.runExclusive(async () => {
        if (!this.#held.has(id)) await this.#takeAndRun([id]);
        return this.#held.has(id);
      });
      if (isTaken) return void (await asked);
      await sleep(clock, borrowPollMs);
    }
    throw new SiteElsewhereError(`another process runs the site ${id}. Try again later`);
  }

  #toId(site: string): string {
    return this.#sites.some(({ id }) => id === site) ? site : otherSites;
  }

  /** Takes no more sites. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#beats.stop();
  }

  /** Lets the other nodes take the sites at once. The consumers must have ended. */
  async release(): Promise<void> {
    const { node, nodes } = this.#o;
    await this.#mutex.runExclusive(async () => {
      const leases = [...this.#held.values()];
      this.#held.clear();
      // Each of them shortens the wait of the other nodes.
      const ended = await Promise.allSettled([nodes.removeNode(node.id), ...leases.map((lease) => lease.release())]);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    });
  }

  /** Shows the other nodes that this one is alive, and finds out which are. */
  async #beat(): Promise<void> {
    if (this.#isStopping) return;
    const { node, nodes, clock, logger } = this.#o;
    const alive = await nodes.beat(node, nodeAliveMs);
    const before = this.#listOthers();
    this.#alive = alive;
    if (alive.some(isDelivering)) this.#undelivered = undefined;
    else if (!this.#undelivered) {
      this.#undelivered = { since: clock.now(), at: clock.monotonic() };
      logger.warn('no node delivers');
    }
    this.#reportChange(before, this.#listOthers());
  }

  /** @param isApplying whether the sites have changed, so that none of those that are taken now is known to be another node's */
  async #runRound({ isApplying = false } = {}): Promise<void> {
    if (this.#isStopping) return;
    const { clock } = this.#o;
    const alive = this.#alive;
    const ids = [otherSites, ...this.#sites.map(({ id }) => id)];
    const own = this.#findOwn(ids, alive);
    const isStable = clock.monotonic() - this.#changedAt >= stableForMs;
    await this.#dropLost();
    const given = [...this.#held.keys()].filter(
      (id) => !this.#borrowed.has(id) && (!ids.includes(id) || (isStable && !own.has(id))),
    );
    if (this.#isOutdated || given.length > 0) await this.#runWithout(given);
    const isLent = (id: string) => (this.#lentUntil.get(id) ?? 0) > clock.monotonic();
    const missing = [...own].filter((id) => !this.#held.has(id) && !isLent(id));
    const epochs = new Map(this.#epochs);
    try {
      await this.#takeAndRun(missing);
    } finally {
      const taken = missing.filter((id) => id !== otherSites && this.#isTakenOver(id, epochs.get(id)));
      if (!isApplying && taken.length > 0) this.#o.onTakeover?.(taken.length);
    }
  }

  /** Returns whether another node held a site before this one took it. @param last the epoch of its last lease here */
  #isTakenOver(id: string, last: number | undefined): boolean {
    const epoch = this.#held.get(id)?.lease.epoch;
    return epoch !== undefined && (last === undefined || epoch > last + 1);
  }

  /** Returns the sites that this node should hold. Hashes them only after a change, because there may be thousands. */
  #findOwn(ids: readonly string[], alive: readonly StoreNode[]): ReadonlySet<string> {
    const delivering = alive.filter(isDelivering);
    const key = JSON.stringify([ids, delivering.map(({ id }) => id)]);
    if (this.#own.key !== key)
      this.#own = { key, sites: new Set(ids.filter((id) => findNode(id, delivering) === this.#o.node.id)) };
    return this.#own.sites;
  }

  #listOthers(): readonly StoreNode[] {
    return this.#alive.filter(({ id }) => id !== this.#o.node.id);
  }

  #reportChange(before: readonly StoreNode[], others: readonly StoreNode[]): void {
    const { node, clock, logger } = this.#o;
    const ids = others.map(({ id }) => id);
    if (ids.join() === before.map(({ id }) => id).join()) return;
    this.#changedAt = clock.monotonic();
    logger.info({ node: node.id, others: ids }, 'nodes changed');
    const different = others.filter(({ sitesDigest }) => sitesDigest !== node.sitesDigest).map(({ id }) => id);
    if (different.length > 0) logger.warn({ nodes: different }, 'config files differ');
  }

  async #dropLost(): Promise<void> {
    for (const [id, lease] of this.#held) {
      try {
        await lease.keep();
        // The keeper alone decides how long the site is held: a long round is no hung step.
        lease.rest();
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error;
        this.#held.delete(id);
        this.#isOutdated = true;
        this.#o.logger.warn({ site: id }, 'site lease lost');
      }
    }
  }

  /** Takes those sites that are free, and runs them. If one cannot be taken, those that were taken before run too. @throws the first error */
  async #takeAndRun(ids: readonly string[]): Promise<void> {
    try {
      await this.#take(ids);
    } finally {
      if (this.#isOutdated) await this.#runHeld();
    }
  }

  async #take(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += acquiredAtOnce) {
      const some = ids.slice(from, from + acquiredAtOnce).map(async (id) => {
        const lease = await this.#o.leases.acquire(siteLeaseId(id), () => {});
        if (!lease) return;
        this.#held.set(id, lease);
        this.#epochs.set(id, lease.lease.epoch);
        this.#isOutdated = true;
      });
      // Every lease that is acquired is renewed until it is released, so none may be left out because another one fails.
      for (const one of await Promise.allSettled(some)) if (one.status === 'rejected') throw one.reason;
    }
  }

  /** Runs the held sites without these, which other nodes may then take, even if a site that stays cannot run. */
  async #runWithout(ids: readonly string[]): Promise<void> {
    const leases = ids.flatMap((id) => this.#held.get(id) ?? []);
    for (const id of ids) this.#held.delete(id);
    try {
      await this.#runHeld();
    } finally {
      await Promise.all(leases.map((lease) => lease.release()));
    }
  }

  async #runHeld(): Promise<void> {
    this.#isOutdated = true;
    await this.#o.run(this.#sites.filter(({ id }) => this.#held.has(id)));
    this.#isOutdated = false;
  }
}

function isDelivering({ roles }: StoreNode): boolean {
  return roles.includes('deliver');
}

/**
 * Returns the node that should hold a site: the one with the highest hash of both ids. If a node comes or goes, only its own share of the
 * sites moves.
 */
export function findNode(site: string, nodes: readonly Pick<StoreNode, 'id'>[]): string | undefined {
  const hash = ({ id }: Pick<StoreNode, 'id'>) => createHash('sha256').update(`${id}\n${site}`).digest('hex');
  const [best] = nodes.map((node) => ({ id: node.id, hash: hash(node) })).sort((a, b) => (a.hash < b.hash ? 1 : -1));
  return best?.id;
}
