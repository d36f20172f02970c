import { runPeriodically } from '../clock/run-periodically.ts';
import type { Site } from '../event/site.ts';
import { secondMs } from '../event/units.ts';
import { describeError } from '../logger.ts';
import type { Offset } from '../storage/log/event-log.ts';
import type { CommandStore } from '../storage/ports/commands.ts';
import type { ConnectionStartStore } from '../storage/ports/connection-starts.ts';
import type { NodeStore, StoreNode } from '../storage/ports/nodes.ts';
import { LeaseKeeper } from './consumers/lease-keeper.ts';
import type { Delivery } from './delivery.ts';
import { createRemoteControls, executeCommands, sendCommand } from './remote-controls.ts';
import { saveConnectionStarts } from './save-connection-starts.ts';
import { SiteLeases } from './site-leases.ts';
import { type DeliveryOptions, startDelivery } from './start-delivery.ts';

export interface SharedDeliveryOptions extends DeliveryOptions {
  readonly node: StoreNode;
  readonly nodes: NodeStore;
  readonly commands: CommandStore;
  readonly starts: ConnectionStartStore;
  /** Called with the number of sites that this process took over from another one. */
  readonly onTakeover?: (sites: number) => void;
  /** Called when the database has lost its last commits, by a failover or a restore. */
  readonly onDatabaseBack?: () => void;
  /** Called with the sites that this process took, before it runs them. Must not reject. */
  readonly onTaken: (sites: readonly string[]) => Promise<void>;
}

/** The time between two reads of the event log's ends, and of commands. */
const pollMs = 200;
/** A node that fails is replaced within this time. */
const leaseTtlMs = 30 * secondMs;
/** The outcomes of a site that another process runs are looked at this often. */
const watchMs = secondMs / 2;

/**
 * Starts delivery on a store that several processes share. Each site runs in one of them, to which the others pass their operators' commands.
 * Any process may accept events, so a poll wakes a site when the event log has new records of it. A process that does not deliver only
 * stores the starts of connections, passes commands on, and borrows sites.
 */
export async function startSharedDelivery(options: SharedDeliveryOptions): Promise<Delivery> {
  const { node, nodes, commands, starts, onTaken, log, store, clock, newId, outage, logger } = options;
  const delivery = await startDelivery({ ...options, sites: [] });
  const leases = new LeaseKeeper({ store, clock, owner: node.id, leaseTtlMs });
  const delivers = node.roles.includes('deliver');
  let running: ReadonlySet<string> = new Set();
  const run = async (next: readonly Site[]) => {
    if (!delivers) return;
    const ids = next.map(({ id }) => id);
    const taken = ids.filter((id) => !running.has(id));
    running = new Set(ids.filter((id) => running.has(id)));
    await onTaken(taken);
    await delivery.apply(next);
    running = new Set(ids);
  };
  const onTakeover = (taken: number) => {
    if (delivers) options.onTakeover?.(taken);
  };
  const siteLeases = new SiteLeases({ node, nodes, leases, run, onTakeover, clock, logger });
  const remote = { commands, clock, newId };
  const ownsSite = (site: string) => delivers && siteLeases.ownsSite(site);
  const runs = (site: string, connection: string) =>
    ownsSite(site) && (running.has(site) || delivery.control(site, connection) !== undefined);
  const target = { ownsSite, runs, control: delivery.control, handOver: (site: string) => siteLeases.handOver(site) };
  const onFault = (error: unknown) => logger.warn({ error: describeError(error) }, 'command failed');
  let { sites } = options;
  let heads: ReadonlyMap<string, Offset> = new Map();
  const startPolling = () =>
    runPeriodically({
      clock,
      firstAfterMs: pollMs,
      everyMs: pollMs,
      async round() {
        const before = heads;
        heads = new Map(await log.heads());
        const isBack = [...heads].some(([site, head]) => head < (before.get(site) ?? head));
        if (isBack) {
          logger.error('database went back');
          options.onDatabaseBack?.();
          await siteLeases.restart();
        }
        for (const [site, head] of heads) if (head !== before.get(site)) delivery.wake(site);
        await executeCommands(commands, target, onFault);
        outage?.end('reads');
      },
      onFault(error, isRepeated) {
        const isOutage = outage?.note(error) === true;
        if (!isOutage && !isRepeated) logger.warn({ error: describeError(error) }, 'poll failed');
      },
    });
  const poll = delivers ? startPolling() : undefined;
  const apply = async (next: readonly Site[]) => {
    sites = next;
    await saveConnectionStarts(next, { starts, log, clock });
    await siteLeases.apply(next);
  };
  try {
    await apply(sites);
  } catch (error) {
    // The caller closes the store, and the consumers that have started would go on without it.
    await Promise.all([siteLeases.stop(), poll?.stop()]);
    await delivery.stop(0);
    throw error;
  }
  return {
    ...delivery,
    ownsSite,
    getUndeliveredSince: () => siteLeases.getUndeliveredSince(),
    apply,
    watch(site) {
      const subscription = delivery.watch(site);
      const wait = (ms: number) => subscription.wait(ownsSite(site) ? ms : Math.min(ms, watchMs));
      return { ...subscription, wait };
    },
    control(site, connection) {
      if (runs(site, connection)) return delivery.control(site, connection);
      const found = sites.find(({ id }) => id === site)?.connections.find(({ id }) => id === connection);
      return found?.enabled ? createRemoteControls(site, connection, remote) : undefined;
    },
    runQuiesced: (site, work) =>
      siteLeases.borrow(
        site,
        () => sendCommand(site, { do: 'give' }, remote),
        (lease) => delivery.runQuiesced(site, () => work(lease)),
      ),
    async stop(graceMs) {
      await Promise.all([siteLeases.stop(), poll?.stop()]);
      await delivery.stop(graceMs);
      // While the database is away, the leases end by themselves.
      await siteLeases.release().catch((error: unknown) => logger.warn({ error: describeError(error) }, 'leases not released'));
    },
  };
}
