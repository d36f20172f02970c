import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../clock/clock.ts';
import { createSteppedClock, type SteppedClock } from '../clock/stepped-clock.ts';
import { createLogger } from '../logger.ts';
import type { Lease } from '../storage/store/consumers.ts';
import type { NodeStore, StoreNode } from '../storage/store/nodes.ts';
import { LeaseKeeper } from './consumers/lease-keeper.ts';
import { findNode, SiteHolder } from './site-holder.ts';

const ttlMs = 30_000;
const ids = Array.from({ length: 24 }, (_, index) => `site-${index}`);
const sites = ids.map((id) => ({ id }));

/** The leases and the nodes of a store, by the time of a clock. */
class SharedLeases implements NodeStore {
  readonly clock: SteppedClock = createSteppedClock(0);
  readonly #leases = new Map<string, { owner: string; epoch: number; until: number }>();
  readonly #nodes = new Map<string, { node: StoreNode; seenAt: number }>();

  async acquireLease(consumer: string, owner: string, ms: number): Promise<Lease | undefined> {
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
  take(consumer: string, owner: string): void {
    const { epoch = 0 } = this.#leases.get(consumer) ?? {};
    this.#leases.set(consumer, { owner, epoch: epoch + 1, until: this.clock.now() + ttlMs });
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

  async removeNode(id: string): Promise<void> {
    this.#nodes.delete(id);
  }
}

interface TestNode {
  readonly id: string;
  readonly holder: SiteHolder<{ readonly id: string }>;
  readonly log: readonly string[];
  runs(): readonly string[];
  /** Returns how often a site was started. */
  started(): number;
  /** Ends without releasing anything. */
  crash(): void;
}

describe('a site holder', () => {
  let shared: SharedLeases;
  let nodes: TestNode[];
  let twice: string[];
  /** The error with which the sites cannot run. */
  let fault: Error | undefined;
  let delay: Promise<void> | undefined;
  beforeEach(() => {
    twice = [];
    fault = undefined;
    delay = undefined;
    shared = new SharedLeases();
    nodes = [];
  });
  afterEach(() => {
    for (const node of nodes) node.crash();
    expect(twice, 'sites that two nodes ran').toEqual([]);
  });

  const startNode = (id: string, sitesDigest = 'same'): TestNode => {
    let isCrashed = false;
    const clock: Clock = {
      now: () => shared.clock.now(),
      after: (ms, ring) => shared.clock.after(ms, () => void (isCrashed || ring())),
    };
    const log: string[] = [];
    let runs: readonly string[] = [];
    let started = 0;
    const holder = new SiteHolder({
      node: { id, sitesDigest },
      nodes: shared,
      leases: new LeaseKeeper({ store: shared, clock, owner: id, leaseTtlMs: ttlMs }),
      async run(next) {
        const added = next.map((site) => site.id).filter((site) => !runs.includes(site));
        const others = nodes.filter((other) => other.id !== id).flatMap((other) => other.runs());
        twice.push(...added.filter((site) => others.includes(site)));
        if (fault) throw fault;
        await delay;
        started += added.length;
        runs = next.map((site) => site.id);
      },
      clock,
      logger: createLogger('debug', { write: (line) => void log.push(line) }),
    });
    const node: TestNode = {
      id,
      holder,
      log,
      runs: () => (isCrashed ? [] : runs),
      started: () => started,
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
    await node.holder.apply(sites);
    return node;
  };

  it('runs all sites alone, and gives a second node its share in calm times', async () => {
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
    expect([one.holder.holds(site), two.holder.holds(site)]).toEqual([false, true]);
    expect([one, two].filter(({ holder }) => holder.holds('removed'))).toHaveLength(1);
  });

  it('takes the sites of a node that died, once its leases have ended', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    two.crash();
    await pass(ttlMs - 10_000);
    expect(one.runs().length).toBeLessThan(ids.length);
    await pass(15_000);
    expect(one.runs()).toEqual(ids);
  });

  it('takes the sites of a node that stopped at once', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    await two.holder.stop();
    await pass(3_000);
    expect(one.runs().length).toBeLessThan(ids.length);
    await two.holder.release();
    two.crash();
    await pass(4_000);
    expect(one.runs()).toEqual(ids);
  });

  it('stops a site whose lease another node has', async () => {
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
    const borrowed = two.holder.borrow(
      site,
      () => one.holder.give(site),
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

  it('keeps its sites and its place among the nodes while a change of one site takes minutes', async () => {
    const one = await start('one');
    const two = await start('two');
    await pass(20_000);
    const before = [one.runs(), two.runs()];
    const { promise: slow, resolve: end } = Promise.withResolvers<void>();
    delay = slow;
    const applied = one.holder.apply(sites);
    await pass(3 * ttlMs);
    expect([one.runs(), two.runs()]).toEqual(before);
    expect(two.log.join('').match(/nodes changed/g)).toHaveLength(1);
    end();
    await applied;
    await pass(6_000);
    expect([one.runs(), two.runs()]).toEqual(before);
  });

  it('applies a change again when the first attempt fails', async () => {
    const one = await start('one');
    fault = new Error('the database is away');
    await expect(one.holder.apply(sites.slice(1))).rejects.toThrow(fault);
    await pass(6_000);
    expect(one.runs()).toEqual(ids);
    fault = undefined;
    await pass(4_000);
    expect(one.runs()).toEqual(ids.slice(1));
  });

  it('runs its sites anew when the database lost its last commits', async () => {
    const one = await start('one');
    await one.holder.restart();
    expect(one.started()).toBe(2 * ids.length);
    expect(one.runs()).toEqual(ids);
  });

  it('warns when another machine has other sites in its config file', async () => {
    const one = await start('one');
    await startNode('two', 'other').holder.apply(sites);
    await pass(4_000);
    expect(one.log.join('')).toContain('config files differ');
  });
});

it('a site moves only if its own node goes', () => {
  const three = ['one', 'two', 'three'].map((id) => ({ id }));
  const before = ids.map((id) => findNode(id, three));
  expect(new Set(before).size).toBe(3);
  const after = ids.map((id) => findNode(id, three.slice(0, 2)));
  expect(after.filter((node, index) => before[index] !== 'three' && node !== before[index])).toEqual([]);
});
