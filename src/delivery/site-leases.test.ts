import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../clock/clock.ts';
import { createSteppedClock, type SteppedClock } from '../clock/stepped-clock.ts';
import { nodeRoles } from '../event/node-role.ts';
import { createLogger } from '../logger.ts';
import type { Lease } from '../storage/ports/consumers.ts';
import type { NodeStore, StoreNode } from '../storage/ports/nodes.ts';
import { LeaseKeeper } from './consumers/lease-keeper.ts';
import { findNode, SiteLeases } from './site-leases.ts';

const ttlMs = 30_000;
const ids = Array.from({ length: 24 }, (_, index) => `site-${index}`);
const sites = ids.map((id) => ({ id }));

/** The leases and the nodes of a store, by the time of a clock. */
class SharedLeases implements NodeStore {
  readonly clock: SteppedClock = createSteppedClock(0);
  /** The leases that cannot be acquired because of an error. */
  readonly failing = new Set<string>();
  readonly #leases = new Map<string, { owner: string; epoch: number; until: number }>();
  readonly #nodes = new Map<string, { node: StoreNode; seenAt: number }>();

  async acquireLease(consumer: string, owner: string, ms: number): Promise<Lease | undefined> {
    if (this.failing.has(consumer)) throw new Error('the database is away');
    const now = this.clock.now();
    const held = this.#leases.get(consumer);
    if (held && held.owner !== owner && held.until > now) return undefined;
    const epoch = (held?.epoch ?? 0) + 1;
    this.#leases.set(consumer, { owner, epoch, until: now + ms });
    return { consumer, epoch };
  }

  async renewLeases(leases: readonly Lease[], ms: number): Promise<readonly Lease[]> {
    return leases.filter(({ consumer, epoch }) => {
      const held = this.#leases.get(consumer);
      if (held?.epoch !== epoch) return true;
      held.until = this.clock.now() + ms;
      return false;
    });
  }

  /** Gives a lease to another owner, as if it had expired. */
  take(consumer: string, owner: string, epoch = (this.#leases.get(consumer)?.epoch ?? 0) + 1): void {
    this.#leases.set(consumer, { owner, epoch, until: this.clock.now() + ttlMs });
  }

  async releaseLease({ consumer, epoch }: Lease): Promise<void> {
    const held = this.#leases.get(consumer);
    if (held?.epoch === epoch) held.until = 0;
  }

  async beat(node: StoreNode, aliveMs: number): Promise<readonly StoreNode[]> {
    const now = this.clock.now();
    this.#nodes.set(node.id, { node, seenAt: now });
    const alive = [...this.#nodes.values()].filter(({ seenAt }) => seenAt > now - aliveMs);
    return alive.map((one) => one.node).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async listNodes(aliveMs: number): Promise<readonly StoreNode[]> {
    return [...this.#nodes.values()].filter(({ seenAt }) => seenAt > this.clock.now() - aliveMs).map(({ node }) => node);
  }

  async countHeldSites(): Promise<number> {
    return 0;
  }

  async removeNode(id: string): Promise<void> {
    this.#nodes.delete(id);
  }
}

interface TestNode {
  readonly id: string;
  readonly siteLeases: SiteLeases<{ readonly id: string }>;
  readonly log: readonly string[];
  runs(): readonly string[];
  /** Returns how often a site was started. */
  started(): number;
  /** Returns how many sites it took over. */
  takenOver(): number;
  /** Ends without releasing anything. */
  crash(): void;
}

describe('the leases of sites', () => {
  let shared: SharedLeases;
  let nodes: TestNode[];
  let twice: string[];
  /** The error with which a site cannot start. The others end as they should. */
  let fault: Error | undefined;
  let delay: Promise<void> | undefined;
  /** The distance of the holders' clock to that of the store. */
  let jumpMs: number;
  beforeEach(() => {
    twice = [];
    fault = undefined;
    delay = undefined;
    jumpMs = 0;
    shared = new SharedLeases();
    nodes = [];
  });
  afterEach(() => {
    for (const node of nodes) node.crash();
    expect(twice, 'sites that two nodes ran').toEqual([]);
  });

  const startNode = (id: string, { sitesDigest = 'same', roles = nodeRoles }: Partial<StoreNode> = {}): TestNode => {
    let isCrashed = false;
    const clock: Clock = {
      now: () => shared.clock.now(),
      monotonic: () => shared.clock.monotonic(),
      after: (ms, ring) => shared.clock.after(ms, () => void (isCrashed || ring())),
    };
    const log: string[] = [];
    let runs: readonly string[] = [];
    let started = 0;
    let takenOver = 0;
    const siteLeases = new SiteLeases({
      node: { id, sitesDigest, roles },
      nodes: shared,
      leases: new LeaseKeeper({ store: shared, clock, owner: id, leaseTtlMs: ttlMs }),
      async run(next) {
        const added = next.map((site) => site.id).filter((site) => !runs.includes(site));
        const others = nodes.filter((other) => other.id !== id).flatMap((other) => other.runs());
        twice.push(...added.filter((site) => others.includes(site)));
        if (fault) {
          runs = runs.filter((site) => next.some(({ id: other }) => other === site));
          throw fault;
        }
        await delay;
        started += added.length;
        runs = next.map((site) => site.id);
      },
      onTakeover(taken) {
        takenOver += taken;
      },
      clock: { ...clock, now: () => clock.now() + jumpMs },
      logger: createLogger('debug', { write: (line) => void log.push(line) }),
    });
    const node: TestNode = {
      id,
      siteLeases,
      log,
      runs: () => (isCrashed ? [] : runs),
      started: () => started,
      takenOver: () => takenOver,
      crash: () => {
        isCrashed = true;
      },
    };
    nodes.push(node);
    return node;
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      shared.clock.moveTo(shared.clock.now() + 1_000);
      for (let turns = 0; turns < 8; turns += 1) await new Promise(setImmediate);
    }
  };
  const listRunning = () => nodes.flatMap((node) => node.runs()).toSorted();
  const start = async (id: string) => {
    const node = startNode(id);
    await node.siteLeases.apply(sites);
    return node;
  };

  it('runs all sites alone, and gives a second node its share when no node came or went lately', async () => {
    const one = await start('one');
    expect(one.runs()).toEqual(ids);
    const two = await start('two');
    await pass(9_000);
    expect(two.runs()).toEqual([]);
    await pass(9_000);
    expect(two.runs().toSorted()).toEqual(ids.filter((id) => findNode(id, [one, two]) === 'two').toSorted());
    expect([one.runs().length > 0, two.runs().length > 0]).toEqual([true, true]);
    expect(listRunning()).toEqual(ids.toSorted());
    const [site = ''] = two.runs();
    expect([one.siteLeases.ownsSite(site), two.siteLeases.ownsSite(site)]).toEqual([false, true]);
    expect([one, two].filter(({ siteLeases }) => siteLeases.ownsSite('removed'))).toHaveLength(1);
  });

  it.each([-1, 1])('gives a second node its share after the same time when the clock jumps by %s h', async (hours) => {
    await start('one');
    const two = await start('two');
    await pass(4_000);
    jumpMs = hours * 3_600_000;
    await pass(4_000);
    expect(two.runs()).toEqual([]);
    await pass(10_000);
    expect(two.runs()).not.toEqual([]);
    jumpMs = 0;
    const [site = ''] = two.runs();
    await two.siteLeases.handOver(site);
    jumpMs = -hours * 3_600_000;
    await pass(9_000);
    expect(two.runs()).not.toContain(site);
    await pass(15_000);
    expect(two.runs()).toContain(site);
  });

  it('takes the sites of a node that died when its leases have ended', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    two.crash();
    await pass(ttlMs - 10_000);
    expect(one.runs().length).toBeLessThan(ids.length);
    await pass(15_000);
    expect(one.runs()).toEqual(ids);
  });

  it('counts the sites that it takes over, and neither those of its start nor those that it had', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    const share = two.runs().length;
    expect([one.takenOver(), two.takenOver()]).toEqual([0, share]);
    two.crash();
    await pass(ttlMs);
    expect([one.takenOver(), one.runs().length]).toEqual([share, ids.length]);
    const [site = ''] = one.runs();
    await one.siteLeases.handOver(site);
    await pass(20_000);
    expect([one.takenOver(), one.runs().length]).toEqual([share, ids.length]);
  });

  it('takes the sites of another node at once when that node stops', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    await two.siteLeases.stop();
    await pass(3_000);
    expect(one.runs().length).toBeLessThan(ids.length);
    await two.siteLeases.release();
    two.crash();
    await pass(4_000);
    expect(one.runs()).toEqual(ids);
  });

  it('stops a site when another node has its lease', async () => {
    const one = await start('one');
    shared.take('site:site-3', 'two');
    await pass(ttlMs / 2);
    expect(one.runs()).toEqual(ids.filter((id) => id !== 'site-3'));
    expect(one.log.join('')).toContain('site lease lost');
  });

  it('runs a site of another node for a while, if work needs it here', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    const [site = ''] = one.runs();
    const { promise: working, resolve: end } = Promise.withResolvers<void>();
    const borrowed = two.siteLeases.borrow(
      site,
      () => one.siteLeases.handOver(site),
      () => working,
    );
    await pass(15_000);
    expect([one.runs().includes(site), two.runs().includes(site)]).toEqual([false, true]);
    end();
    await borrowed;
    await pass(10_000);
    expect([one.runs().includes(site), two.runs().includes(site)]).toEqual([true, false]);
    expect(listRunning()).toEqual(ids.toSorted());
  });

  it('takes no site without the role `deliver`, and gives a borrowed one back at once', async () => {
    const one = await start('one');
    const admin = startNode('admin', { roles: ['collect', 'admin'] });
    await admin.siteLeases.apply(sites);
    await pass(20_000);
    expect([one.runs(), admin.runs()]).toEqual([ids, []]);
    let lease: Lease | undefined;
    const borrowed = admin.siteLeases.borrow(
      'site-3',
      () => one.siteLeases.handOver('site-3'),
      async (held) => {
        lease = held;
      },
    );
    await pass(3_000);
    await borrowed;
    expect([lease?.consumer, admin.siteLeases.ownsSite('site-3')]).toEqual(['site:site-3', false]);
    await pass(20_000);
    expect(one.runs()).toEqual(ids);
  });

  it('warns when no node has the role `deliver`', async () => {
    const one = startNode('one', { roles: ['collect'] });
    await one.siteLeases.apply(sites);
    await pass(6_000);
    expect(one.runs()).toEqual([]);
    expect(one.log.join('').match(/no node delivers/g)).toHaveLength(1);
  });

  it('reports that no node delivers once it lasts longer than a takeover, and until one does', async () => {
    const admin = startNode('admin', { roles: ['collect', 'admin'] });
    const one = await start('one');
    await admin.siteLeases.apply(sites);
    await pass(12_000);
    // A rolling restart of the only node that delivers.
    await one.siteLeases.stop();
    await one.siteLeases.release();
    one.crash();
    await pass(30_000);
    expect(admin.siteLeases.getUndeliveredSince()).toBeUndefined();
    const next = await start('two');
    await pass(6_000);
    next.crash();
    const crashedAt = shared.clock.now();
    await pass(30_000);
    expect(admin.siteLeases.getUndeliveredSince()).toBeUndefined();
    await pass(30_000);
    const since = admin.siteLeases.getUndeliveredSince() ?? 0;
    expect([since > crashedAt, since < crashedAt + 15_000]).toEqual([true, true]);
    await start('three');
    await pass(4_000);
    expect(admin.siteLeases.getUndeliveredSince()).toBeUndefined();
  });

  it('keeps its sites and its place among the nodes while a change of one site takes minutes', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    const before = [one.runs(), two.runs()];
    const { promise: slow, resolve: end } = Promise.withResolvers<void>();
    delay = slow;
    const applied = one.siteLeases.apply(sites);
    await pass(3 * ttlMs);
    expect([one.runs(), two.runs()]).toEqual(before);
    expect(two.log.join('').match(/nodes changed/g)).toHaveLength(1);
    end();
    await applied;
    await pass(6_000);
    expect([one.runs(), two.runs()]).toEqual(before);
    expect(one.log.join('')).not.toContain('site lease lost');
  });

  it('applies a change again when the first attempt fails', async () => {
    const one = startNode('one');
    await one.siteLeases.apply(sites.slice(1));
    fault = new Error('the database is away');
    await expect(one.siteLeases.apply(sites)).rejects.toThrow(fault);
    await pass(6_000);
    expect(one.runs()).toEqual(ids.slice(1));
    fault = undefined;
    await pass(4_000);
    expect(one.runs()).toEqual(ids);
  });

  it('runs the sites that it took although another one cannot be taken', async () => {
    const one = startNode('one');
    shared.failing.add('site:site-3');
    await expect(one.siteLeases.apply(sites)).rejects.toThrow('the database is away');
    expect(one.runs()).toEqual(ids.filter((id) => id !== 'site-3'));
    shared.failing.clear();
    await pass(4_000);
    expect(one.runs()).toEqual(ids);
  });

  it('gives a site away although another one cannot start', async () => {
    const one = await start('one');
    const two = await start('two');
    const site = ids.find((id) => findNode(id, [one, two]) === 'two') ?? '';
    fault = new Error('the state cannot be read');
    await expect(one.siteLeases.handOver(site)).rejects.toThrow(fault);
    fault = undefined;
    await pass(4_000);
    expect(two.runs()).toEqual([site]);
  });

  it('gives a second node its share although another site cannot start', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(12_000);
    fault = new Error('the state cannot be read');
    await pass(6_000);
    fault = undefined;
    await pass(6_000);
    expect(two.runs().toSorted()).toEqual(ids.filter((id) => findNode(id, [one, two]) === 'two').toSorted());
    expect(listRunning()).toEqual(ids.toSorted());
  });

  it('runs its sites again when the database lost its last commits', async () => {
    const one = await start('one');
    await one.siteLeases.restart();
    expect(one.started()).toBe(2 * ids.length);
    expect(one.runs()).toEqual(ids);
  });

  it('does not run a site again that another node took with the same epoch, because the database lost commits', async () => {
    const one = await start('one');
    shared.take('site:site-3', 'two', 1);
    await one.siteLeases.restart();
    expect(one.runs()).toEqual(ids.filter((id) => id !== 'site-3'));
    expect(one.siteLeases.ownsSite('site-3')).toBe(false);
  });

  it('warns when another machine has other sites in its config file', async () => {
    const one = await start('one');
    await startNode('two', { sitesDigest: 'other' }).siteLeases.apply(sites);
    await pass(4_000);
    expect(one.log.join('')).toContain('config files differ');
  });
});

it('findNode moves a site only when the node of the site leaves', () => {
  const three = ['one', 'two', 'three'].map((id) => ({ id }));
  const before = ids.map((id) => findNode(id, three));
  expect(new Set(before).size).toBe(3);
  const after = ids.map((id) => findNode(id, three.slice(0, 2)));
  expect(after.filter((node, index) => before[index] !== 'three' && node !== before[index])).toEqual([]);
});
