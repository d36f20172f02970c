import { runPeriodically } from '../clock/run-periodically.ts';
import { describeError } from '../logger.ts';
import type { Offset } from '../storage/log/event-log.ts';
import type { NodeStore, StoreNode } from '../storage/store/nodes.ts';
import { LeaseKeeper } from './consumers/lease-keeper.ts';
import { type Delivery, type DeliveryOptions, startDelivery } from './delivery.ts';
import { SiteHolder } from './site-holder.ts';

export interface SharedDeliveryOptions extends DeliveryOptions {
  readonly node: StoreNode;
  readonly nodes: NodeStore;
}

/** The time between two reads of the event log's ends. */
const pulseMs = 200;
/** The lease of a site. A node that fails is replaced within this time. */
const leaseTtlMs = 30_000;

/** Another process runs the site. */
export class SiteElsewhereError extends Error {
  override readonly name = 'SiteElsewhereError';
}

/**
 * Starts delivery on a store that several processes share. Each site runs in one of them. Events may be accepted by any process, so the pulse
 * wakes a site when the event log has new records of it.
 */
export async function startSharedDelivery(options: SharedDeliveryOptions): Promise<Delivery> {
  const { node, nodes, log, store, clock, logger } = options;
  const delivery = await startDelivery({ ...options, sites: [] });
  const leases = new LeaseKeeper({ store, clock, owner: node.id, leaseTtlMs });
  const holder = new SiteHolder({ node, nodes, leases, run: delivery.apply, clock, logger });
  let heads: ReadonlyMap<string, Offset> = new Map();
  const pulse = runPeriodically({
    clock,
    firstAfterMs: pulseMs,
    everyMs: pulseMs,
    async round() {
      const before = heads;
      heads = new Map(await log.heads());
      for (const [site, head] of heads) if (head !== before.get(site)) delivery.wake(site);
    },
    onFault: (error) => logger.warn({ error: describeError(error) }, 'new events not seen'),
  });
  await holder.apply(options.sites);
  return {
    ...delivery,
    apply: (sites) => holder.apply(sites),
    holds: (site) => holder.holds(site),
    async runQuiesced(site, work) {
      if (!holder.holds(site)) throw new SiteElsewhereError(`another node runs the site ${site}. Try again there`);
      return delivery.runQuiesced(site, work);
    },
    async stop(graceMs) {
      await Promise.all([holder.stop(), pulse.stop()]);
      await delivery.stop(graceMs);
      await holder.release();
    },
  };
}
