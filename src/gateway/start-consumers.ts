import { randomUUID } from 'node:crypto';
import type { Metrics } from '../api/metrics/metrics.ts';
import type { Config } from '../config/config.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { digestSettings } from '../delivery/digest-settings.ts';
import { askEarly } from '../delivery/sending/ask-early.ts';
import { createSender, type HttpSender } from '../delivery/sending/http-sender.ts';
import type { SharedDeliveryOptions } from '../delivery/shared-delivery.ts';
import { type DeliveryOptions, startDelivery } from '../delivery/start-delivery.ts';
import { secondMs } from '../event/units.ts';
import { describeError } from '../logger.ts';
import { finishInterruptedErasures } from '../privacy/erasure.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { OwnSimulators } from './own-simulators.ts';

/** The longest time that the shutdown waits for requests to platforms. */
const sendGraceMs = 30_000;

interface ConsumerDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly simulators: OwnSimulators;
  readonly metrics: Metrics;
}

export interface RunningConsumers {
  readonly delivery: Delivery;
  readonly sender: HttpSender;
}

/** Finishes interrupted erasures, then starts the consumers of the sites that this process runs. Then does the follow-up work of a salvage. */
export async function startConsumers(context: GatewayContext, deps: ConsumerDeps): Promise<RunningConsumers> {
  const { config, userAgent, clock, logger, isDemo, onShutdown } = context;
  const { registry, simulators, metrics } = deps;
  const { log, store, shared, leaseOwner, startIdentity, damage, recovery, finishRecovery, outage } = deps.storage;
  const sender = createSender({
    allowPrivateDestinations: config.allowPrivateDestinations,
    isSimulator: (origin) => simulators.hasOrigin(origin),
    userAgent,
  });
  onShutdown(() => sender.close());

  const finishErasures = (sites: readonly string[]) =>
    finishInterruptedErasures(sites, log, store).catch(
      // Delivery skips the events of an unfinished erasure.
      (error: unknown) => logger.error({ error: describeError(error) }, 'interrupted erasure failed again'),
    );
  if (config.roles.includes('deliver')) {
    const running = new Set(registry.sites().map(({ id }) => id));
    const former = (await store.listSites()).filter((id) => !running.has(id));
    // A site that other processes may run is finished by the one that takes it.
    await finishErasures(shared ? former : [...running, ...former]);
  }
  const options: DeliveryOptions = {
    sites: registry.sites(),
    listConnections: (site) => registry.entry(site)?.connections.map(({ id }) => id) ?? [],
    bindDestination: (connection) => {
      const platform = registry.getPlatform(connection);
      return isDemo || connection.isSimulated ? askEarly(platform) : platform;
    },
    log,
    store,
    sender,
    clock,
    random: Math.random,
    newId: () => randomUUID(),
    owner: leaseOwner,
    browserBudget: config.collector.browserBudget,
    ...(startIdentity && { startIdentity }),
    logger,
    onCommit: (consumer, commit) => metrics.counters.countCommit(consumer, commit),
    onRequest: metrics.countRequest,
    onAccepted(place, { waitsMs, afterPause }) {
      for (const waitMs of waitsMs) metrics.countDelivery(place, waitMs / secondMs);
      if (afterPause) metrics.counters.countAfterPause(place, afterPause.cause, afterPause.events);
    },
    onFault: damage.suspect,
    onCrash: (consumer) => metrics.counters.countCrash(consumer),
    ...(outage && { outage }),
    startAtOldest: recovery.startsAtOldest,
  };
  const delivery = shared
    ? await startShared(
        {
          ...options,
          onTaken: finishErasures,
          onTakeover: metrics.counters.countTakeovers,
          onDatabaseBack: metrics.counters.countDatabaseBack,
        },
        config,
        shared,
      )
    : await startDelivery(options);
  onShutdown(() => delivery.stop(sendGraceMs));
  // A later shortage of file descriptors shall not delay the first request. If it fails, the first request tries again.
  if (config.roles.includes('deliver') && registry.sites().some(({ connections }) => connections.some(({ enabled }) => enabled)))
    sender.prepare().catch(() => undefined);

  finishRecovery('state');
  if (recovery.rescansLog) {
    // Runs in the background: a consumer may be sending, and new events must not wait for it.
    delivery.rescan().then(
      () => finishRecovery('log'),
      (error: unknown) => logger.error({ error: describeError(error) }, 'log re-scan scheduled for next start'),
    );
  }
  return { delivery, sender };
}

/** Starts delivery beside that of other processes. */
async function startShared(
  options: DeliveryOptions & Pick<SharedDeliveryOptions, 'onTaken' | 'onTakeover' | 'onDatabaseBack'>,
  { sites, roles }: Config,
  shared: NonNullable<GatewayStorage['shared']>,
): Promise<Delivery> {
  const { startSharedDelivery } = await import('../delivery/shared-delivery.ts');
  const node = { id: options.owner, sitesDigest: digestSettings(sites), roles };
  return startSharedDelivery({ ...options, node, ...shared });
}
