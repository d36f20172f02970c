import { createHash } from 'node:crypto';
import { Mutex } from 'async-mutex';
import type { Clock } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import type { Site } from '../event/site.ts';
import { secondMs, type UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { siteLeaseId } from '../storage/store/consumer-id.ts';
import { LeaseLostError } from '../storage/store/consumers.ts';
import type { NodeStore, StoreNode } from '../storage/store/nodes.ts';
import type { HeldLease, LeaseKeeper } from './consumers/lease-keeper.ts';

export interface SiteHolderOptions<OfSite extends Pick<Site, 'id'>> {
  /** This process. */
  readonly node: StoreNode;
  readonly nodes: NodeStore;
  /** Owned by the node. */
  readonly leases: Pick<LeaseKeeper, 'acquire'>;
  /** Runs exactly these sites. Resolves when the consumers of all others have ended. */
  readonly run: (sites: readonly OfSite[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const beatMs = 3 * secondMs;
/** A node that misses three beats counts as dead. */
const aliveMs = 10 * secondMs;
/** A site is given away only if no node came or went for this long. */
const calmMs = 10 * secondMs;
const acquiredAtOnce = 32;
/** A site that was given to another node is not taken back within this time. */
const lentMs = 15 * secondMs;
/** A node that died keeps a site this long. */
const borrowWithinMs = 40 * secondMs;
const borrowPollMs = 200;

/** Another process runs the site, and did not give it away. */
export class SiteElsewhereError extends Error {
  override readonly name = 'SiteElsewhereError';
}

/** Sites that no longer run have their data removed by one node, under one lease. */
const otherSites = '';

/**
 * Holds the leases of the sites that this process runs, among all processes on the store. Each site has one node that should hold it; the
 * node takes it as soon as it is free. A node that holds a site of another gives it away in calm times, between two steps.
 */
export class SiteHolder<OfSite extends Pick<Site, 'id'>> {
  readonly #o: SiteHolderOptions<OfSite>;
  readonly #held = new Map<string, HeldLease>();
  /** Serializes the rounds. */
  readonly #mutex = new Mutex();
  readonly #beats: { stop(): Promise<void> };
  /** The round that runs or waits. A long one must not delay the beats, or the other nodes take this one's sites. */
  #round: Promise<void> | undefined;
  #alive: readonly StoreNode[] = [];
  /** The sites that work needs here, with the number of callers. */
  readonly #borrowed = new Map<string, number>();
  /** When the sites that were given to others may be taken back. */
  readonly #lentUntil = new Map<string, UnixMs>();
  #sites: readonly OfSite[] = [];
  /** Set while other sites run than should. */
  #isOutdated = false;
  #others: readonly StoreNode[] = [];
  #own: { readonly key: string; readonly sites: ReadonlySet<string> } = { key: '', sites: new Set() };
  #changedAt: UnixMs;
  #isStopping = false;

  constructor(options: SiteHolderOptions<OfSite>) {
    this.#o = options;
    const { clock, logger } = options;
    this.#changedAt = clock.now();
    const onFault = (error: unknown) => logger.error({ error: describeError(error) }, 'site assignment failed');
    this.#beats = runPeriodically({
      clock,
      firstAfterMs: beatMs,
      everyMs: beatMs,
      round: async () => {
        await this.#beat();
        this.#round ??= this.#mutex
          .runExclusive(() => this.#runRound())
          .catch(onFault)
          .finally(() => {
            this.#round = undefined;
          });
      },
      onFault,
    });
  }

  /** Returns whether this process runs a site's consumers, or removes the data of a site that no longer runs. */
  holds(site: string): boolean {
    return this.#held.has(this.#toId(site));
  }

  /** Replaces the sites. Runs those that this process holds or can take. */
  async apply(sites: readonly OfSite[]): Promise<void> {
    await this.#mutex.runExclusive(async () => {
      this.#sites = sites;
      this.#isOutdated = true;
      await this.#beat();
      await this.#runRound();
    });
  }

  /** Ends all consumers, and runs those of the held sites again from their stored state. */
  restart(): Promise<void> {
    return this.#mutex.runExclusive(async () => {
      this.#isOutdated = true;
      await this.#o.run([]);
      await this.#runHeld();
    });
  }

  /** Gives a site to the node that asks for it. Resolves when its consumers have ended. */
  give(site: string): Promise<void> {
    return this.#mutex.runExclusive(async () => {
      const id = this.#toId(site);
      const lease = this.#held.get(id);
      if (!lease || this.#borrowed.has(id)) return;
      this.#lentUntil.set(id, this.#o.clock.now() + lentMs);
      this.#held.delete(id);
      await this.#runHeld();
      await lease.release();
    });
  }

  /**
   * Runs work on a site in this process, which takes the site first if another one has it.
   * @param ask asks the other process to give it away
   * @throws SiteElsewhereError
   */
  async borrow<T>(site: string, ask: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
    const id = this.#toId(site);
    this.#borrowed.set(id, (this.#borrowed.get(id) ?? 0) + 1);
    try {
      if (!this.#held.has(id)) await this.#takeFromOther(id, ask);
      return await work();
    } finally {
      const left = (this.#borrowed.get(id) ?? 1) - 1;
      if (left > 0) this.#borrowed.set(id, left);
      else this.#borrowed.delete(id);
    }
  }

  async #takeFromOther(id: string, ask: () => Promise<unknown>): Promise<void> {
    const { clock } = this.#o;
    // A node that died does not answer. Its lease ends.
    const asked = ask().catch(() => undefined);
    for (const until = clock.now() + borrowWithinMs; clock.now() < until; ) {
      const isTaken = await this.#mutex.runExclusive(async () => {
        if (this.#held.has(id)) return true;
        if ((await this.#take([id])) === 0) return false;
        await this.#runHeld();
        return true;
      });
      if (isTaken) return void (await asked);
      await new Promise<void>((resolve) => void clock.after(borrowPollMs, resolve));
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
    const { node, nodes } = this.#o;
    this.#alive = await nodes.beat(node, aliveMs);
    this.#compare(this.#alive.filter(({ id }) => id !== node.id));
  }

  async #runRound(): Promise<void> {
    if (this.#isStopping) return;
    const { clock } = this.#o;
    const alive = this.#alive;
    const ids = [otherSites, ...this.#sites.map(({ id }) => id)];
    const own = this.#findOwn(ids, alive);
    const isCalm = clock.now() - this.#changedAt >= calmMs;
    const lost = await this.#dropLost();
    const given = [...this.#held].filter(([id]) => !this.#borrowed.has(id) && (!ids.includes(id) || (isCalm && !own.has(id))));
    for (const [id] of given) this.#held.delete(id);
    if (this.#isOutdated || lost + given.length > 0) await this.#runHeld();
    await Promise.all(given.map(([, lease]) => lease.release()));
    const isLent = (id: string) => (this.#lentUntil.get(id) ?? 0) > clock.now();
    const missing = [...own].filter((id) => !this.#held.has(id) && !isLent(id));
    if ((await this.#take(missing)) > 0) await this.#runHeld();
  }

  /** Returns the sites that this node should hold. Hashes them only after a change, because there may be thousands. */
  #findOwn(ids: readonly string[], alive: readonly StoreNode[]): ReadonlySet<string> {
    const key = JSON.stringify([ids, alive.map(({ id }) => id)]);
    if (this.#own.key !== key) this.#own = { key, sites: new Set(ids.filter((id) => findNode(id, alive) === this.#o.node.id)) };
    return this.#own.sites;
  }

  #compare(others: readonly StoreNode[]): void {
    const { node, clock, logger } = this.#o;
    const ids = others.map(({ id }) => id);
    if (ids.join() === this.#others.map(({ id }) => id).join()) return;
    this.#others = others;
    this.#changedAt = clock.now();
    logger.info({ node: node.id, others: ids }, 'nodes changed');
    const different = others.filter(({ sitesDigest }) => sitesDigest !== node.sitesDigest).map(({ id }) => id);
    if (different.length > 0) logger.warn({ nodes: different }, 'config files differ');
  }

  async #dropLost(): Promise<number> {
    let lost = 0;
    for (const [id, lease] of this.#held) {
      try {
        await lease.keep();
        // The keeper alone decides how long the site is held: a long round is no hung step.
        lease.rest();
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error;
        this.#held.delete(id);
        lost += 1;
        this.#o.logger.warn({ site: id }, 'site lease lost');
      }
    }
    return lost;
  }

  /** Takes those sites that are free. Returns their number. */
  async #take(ids: readonly string[]): Promise<number> {
    let taken = 0;
    for (let from = 0; from < ids.length; from += acquiredAtOnce) {
      const some = ids.slice(from, from + acquiredAtOnce);
      const leases = await Promise.all(some.map((id) => this.#o.leases.acquire(siteLeaseId(id), () => {})));
      for (const [place, id] of some.entries()) {
        const lease = leases[place];
        if (!lease) continue;
        this.#held.set(id, lease);
        taken += 1;
      }
    }
    return taken;
  }

  async #runHeld(): Promise<void> {
    this.#isOutdated = true;
    await this.#o.run(this.#sites.filter(({ id }) => this.#held.has(id)));
    this.#isOutdated = false;
  }
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
