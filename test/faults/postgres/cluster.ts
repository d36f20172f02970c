import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import type { ApiClient } from '../../../src/api/client.ts';
import { connectToGateway } from '../../../src/cli/cli-context.ts';
import { secondMs } from '../../../src/event/units.ts';
import {
  eventually,
  makeFolder,
  type ProcessOptions,
  type RunningGateway,
  startGatewayProcess,
  tagId,
} from '../../gateway.fixture.ts';
import {
  countInDoubt,
  countRepeats,
  createDriver,
  type Driver,
  findViolations,
  measureFreshEvent,
  noViolations,
  waitUntilDelivered,
} from '../oracle.ts';
import { startVendor, type Vendor } from '../scripted-vendor.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import type { Line } from './line.ts';
import type { Network } from './network.ts';
import { noNodeViolations, startWitness, type Witness } from './witness.ts';

/** One of the gateways of a cluster. */
export interface ClusterNode {
  /** The `application_name` of its database connections. */
  readonly name: string;
  readonly dataDir: string;
  readonly ask: ApiClient;
  /** Undefined while the process does not run. */
  readonly running: RunningGateway | undefined;
  start(options?: ProcessOptions): Promise<RunningGateway>;
  kill(): Promise<void>;
  /** Ends the process as a service manager does: it first reports that it is not ready. */
  drain(): Promise<void>;
}

export interface ClusterOptions {
  readonly nodes: number;
  readonly sites: readonly string[];
  /** The sites that have a driver and are followed. By default all. */
  readonly activeSites?: readonly string[];
  /** The database, as the witness reaches it. */
  readonly url: string;
  /** The port of the database as a node reaches it. By default the one of `url`. */
  readonly port?: (node: number) => number;
  /** Puts each gateway on a machine of its own. By default all are on this one. */
  readonly network?: Network;
  /** The way to the platform. Its target is set. */
  readonly platform?: Line;
  readonly processOptions?: (node: number) => ProcessOptions;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly balancer: Balancer;
  readonly vendor: Vendor;
  readonly witness: Witness;
  /** One per site. */
  readonly drivers: readonly Driver[];
  /** Of all sites. */
  countAcknowledged(): number;
  /** Resolves when another hundred events are acknowledged. */
  waitForMore(): Promise<void>;
  /**
   * Begins a fault of the node that runs a site, once no node came or went for 10 s. Resolves when other nodes commit for all sites of that
   * node, with the milliseconds since the fault began.
   */
  measureTakeOver(site: string, begin: (node: ClusterNode) => Promise<void> | void): Promise<TakeOver>;
  /** Sends events of every site through the balancer, and again until they are acknowledged. Returns a function that ends the load. */
  startLoad(senders: number): () => Promise<void>;
  /** Waits until all is delivered, and checks O1 to O4 and O6 to O9. */
  check(timeoutMs?: number): Promise<ClusterResult>;
}

export interface TakeOver {
  readonly node: ClusterNode;
  readonly ms: number;
}

export interface ClusterResult {
  readonly acknowledged: number;
  readonly inDoubt: number;
  readonly repeats: number;
  /** Contains these figures. */
  readonly summary: string;
}

/** The platform takes so long for an answer. A fault finds requests in flight. */
const answerMs = 50;

/** Starts gateways on one database, with folders of their own, behind a load balancer. They and the platform end with the test. */
export async function startCluster(context: TestContext, options: ClusterOptions): Promise<Cluster> {
  const { activeSites: sites = options.sites } = options;
  const vendor = await startVendor(options.network && { host: options.network.hosts.world });
  vendor.react = ({ events }) =>
    events.length > 0 ? { status: 200, body: { eventsReceived: events.length }, afterMs: answerMs } : undefined;
  if (options.platform) options.platform.target = Number(new URL(vendor.url).port);
  const drivers = sites.map((site) => createDriver(site, getSecretKey(site), 8 * secondMs));
  const witness = await startWitness(options.url, sites);
  const key = randomBytes(32).toString('hex');
  const ports: number[] = [];
  for (let index = 0; index < options.nodes; index += 1) ports.push(await findFreePort());
  const nodes = ports.map((port, index) => createNode(context, options, { index, port, key, vendor }));
  context.onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all([...drivers, witness, vendor].map((one) => one.close()));
  });
  // The first one to start records what the others read.
  for (const node of nodes) await node.start();
  const folder = makeFolder();
  const balancer = await startBalancer(
    ports.map((port, index) => `${options.network?.machines[index]?.address ?? '127.0.0.1'}:${port}`),
    folder.dir,
  );
  context.onTestFinished(async () => {
    await balancer.close();
    folder.remove();
  });
  const union = (kind: 'issued' | 'obligations') => new Set(drivers.flatMap((driver) => [...driver[kind]]));
  const countAcknowledged = () => drivers.reduce((sum, { obligations }) => sum + obligations.size, 0);
  return {
    nodes,
    balancer,
    vendor,
    witness,
    drivers,
    countAcknowledged,
    async waitForMore() {
      const before = countAcknowledged();
      expect(await eventually(() => countAcknowledged() > before + 100, 60_000)).toBe(true);
    },
    async measureTakeOver(site, begin) {
      // The sites are spread when no node came or went for 10 s.
      await sleep(15 * secondMs);
      const before = await witness.listHolders();
      const node = nodes.find(({ name }) => name === before.get(site));
      if (!node) throw new RangeError(`no node runs ${site}`);
      const own = sites.filter((one) => before.get(one) === node.name);
      await begin(node);
      const begunAt = performance.now();
      const isTakenOver = async () => {
        const now = await witness.listHolders();
        return own.every((one) => now.get(one) !== node.name);
      };
      expect(await eventually(isTakenOver, 60_000)).toBe(true);
      return { node, ms: performance.now() - begunAt };
    },
    startLoad(senders) {
      let isOver = false;
      const loads = drivers.map((driver) => driver.load(balancer.url, senders, () => isOver, 'repeats'));
      return async () => {
        isOver = true;
        await Promise.all(loads);
      };
    },
    async check(timeoutMs = 90_000) {
      const driver = { issued: union('issued'), obligations: union('obligations') };
      await waitUntilDelivered({ driver, vendor }, timeoutMs);
      const living = nodes.find(({ running }) => running !== undefined);
      if (!living) throw new Error('no node runs');
      const inDoubt = await countInDoubt(living.ask);
      const violations = {
        ...findViolations({ driver, vendor, inDoubt }),
        ...(await witness.findViolations(driver.obligations, vendor)),
      };
      expect(violations).toEqual({ ...noViolations, ...noNodeViolations });
      const [acknowledged, repeats] = [driver.obligations.size, countRepeats(vendor)];
      const gapS = Math.max(...drivers.map((one) => one.longestGapMs)) / secondMs;
      const freshMs = Math.max(...(await Promise.all(drivers.map((one) => measureFreshEvent(one, vendor, balancer.url)))));
      expect(freshMs).toBeLessThan(10_000);
      const figures = [
        `0 of ${acknowledged} lost`,
        `${repeats} requests repeated`,
        `${inDoubt} in doubt`,
        `longest gap ${gapS.toFixed(1)} s`,
        `fresh in ${freshMs} ms`,
        `by ${balancer.program}`,
      ];
      return { acknowledged, inDoubt, repeats, summary: figures.join(', ') };
    },
  };
}

interface NodeParts {
  readonly index: number;
  readonly port: number;
  readonly key: string;
  readonly vendor: Vendor;
}

function createNode(context: TestContext, options: ClusterOptions, { index, port, key, vendor }: NodeParts): ClusterNode {
  const name = `node-${index}`;
  const machine = options.network?.machines[index];
  const folder = makeFolder();
  context.onTestFinished(folder.remove);
  const store = new URL(options.url);
  store.searchParams.set('application_name', name);
  if (options.port) store.port = String(options.port(index));
  if (options.network) store.hostname = options.network.hosts.database;
  const endpoint = options.platform ? `http://127.0.0.1:${options.platform.port}` : vendor.url;
  const file = folder.writeConfig(endpoint, {
    port,
    store: store.href,
    ...(machine && { collector: { host: machine.address } }),
  });
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.sites = options.sites.map((site) => ({
    ...config.sites[0],
    id: site,
    writeKey: `wk_${site}_0123`,
    secretKeys: [getSecretKey(site)],
    connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint } }],
  }));
  writeFileSync(file, JSON.stringify(config));
  let running: RunningGateway | undefined;
  return {
    name,
    dataDir: folder.dataDir,
    ask: connectToGateway({ dataDir: folder.dataDir }),
    get running() {
      return running;
    },
    async start(processOptions = options.processOptions?.(index) ?? {}) {
      running = await startGatewayProcess(file, {
        ...(machine && { command: machine.command }),
        ...processOptions,
        env: { CONVEY_SECRETS_KEY: key, ...processOptions.env },
      });
      return running;
    },
    async kill() {
      const gateway = running;
      running = undefined;
      await gateway?.kill();
    },
    async drain() {
      const gateway = running;
      if (!gateway) return;
      process.kill(gateway.pid, 'SIGTERM');
      await gateway.ended;
      running = undefined;
    },
  };
}

/** Returns the secret key of a cluster's site. */
export function getSecretKey(site: string): string {
  return `sk_${site}_0123456789abcdef`;
}
