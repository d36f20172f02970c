import { randomUUID } from 'node:crypto';
import type { Metrics } from '../api/metrics/metrics.ts';
import { domainSchema } from '../config/domain.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { getSiteTags } from '../destinations/site-tags.ts';
import type { UnixMs } from '../event/units.ts';
import type { AppendDeps } from '../ingest/accept/append-events.ts';
import type { IngestMetrics } from '../ingest/accept/ingest-deps.ts';
import { RefusedOrigins } from '../ingest/browser/refused-origins.ts';
import { createCollectorApp } from '../ingest/collector.ts';
import { limitConnectionsPerNetwork } from '../ingest/http/connection-limit.ts';
import { startHttpServer } from '../ingest/http/http-server.ts';
import { addRejectionLog } from '../ingest/rejection-log.ts';
import { createUnsignedWebhookLog } from '../ingest/webhooks/unsigned-webhooks.ts';
import { describeError } from '../logger.ts';
import type { PrivacyRequests } from '../privacy/privacy-requests.ts';
import { createShopPrivacyRequests } from '../privacy/shop-privacy-requests.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { createAppendThrottle, createGuardedAppend } from './append-throttle.ts';
import { readPixel } from './built-assets.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import { createReadiness } from './readiness.ts';
import { listenOrExplain, requestGraceMs } from './startup.ts';

interface IngestStageDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly metrics: Metrics;
  readonly delivery: Delivery;
  readonly privacyRequests: PrivacyRequests;
}

export interface RunningIngest {
  /** The URL of the collector's port. */
  readonly url: string;
  readonly readiness: ReturnType<typeof createReadiness>;
  readonly unsignedWebhooks: ReturnType<typeof createUnsignedWebhookLog>;
  readonly refusedOrigins: RefusedOrigins;
  /** When a browser last loaded the pixel of each site. */
  readonly pixelLoads: ReadonlyMap<string, UnixMs>;
  /** Appends an event that the gateway itself creates, with the same guards and counters. */
  readonly appendDeps: AppendDeps & { readonly metrics: IngestMetrics };
}

/** Starts the collector: the public port that accepts events. @throws ConveyError */
export async function startIngest(context: GatewayContext, deps: IngestStageDeps): Promise<RunningIngest> {
  const { config, now, logger, onShutdown } = context;
  const { registry, metrics, delivery, privacyRequests } = deps;
  const { log, damage } = deps.storage;
  const readiness = createReadiness(log, logger);
  onShutdown(() => readiness.stop());
  const throttle = createAppendThrottle(() => performance.now());
  const append = createGuardedAppend(log, { demandWritable: readiness.demandWritable, throttle });
  const appendDeps = { append, now, newId: () => randomUUID(), metrics: addRejectionLog(metrics.counters, now, logger) };
  const unsignedWebhooks = createUnsignedWebhookLog(now, logger);
  const refusedOrigins = new RefusedOrigins({ now, logger, isDomain: (host) => domainSchema.safeParse(host).success });
  const pixelLoads = new Map<string, UnixMs>();
  const { trustedProxies, countryHeader, pixelPath } = config.collector;
  const app = createCollectorApp({
    ...appendDeps,
    sites: () => registry.sites(),
    proxies: { trustedProxies, countryHeader },
    rates: config.collector,
    pixel: { ...readPixel(), path: pixelPath },
    getSiteTags,
    ready: readiness.ready,
    onAppended: delivery.wake,
    onPrivacyRequest: createShopPrivacyRequests({ people: privacyRequests, logger }),
    onRefusedOrigin: (site, origin) => refusedOrigins.note(site, origin),
    onPixelLoad: (site) => pixelLoads.set(site, now()),
    onUnsigned: unsignedWebhooks.refused,
    onMismatch: unsignedWebhooks.mismatch,
    onFault: (error) => {
      damage.suspect(error);
      logger.error({ error: describeError(error) }, 'request fault');
    },
  });
  const perPeer = limitConnectionsPerNetwork({ ...config.collector, listener: 'collector' }, now, logger);
  const server = await listenOrExplain(config.collector, 'collector', () =>
    startHttpServer(app, { ...config.collector, perPeer }),
  );
  onShutdown(() => server.close(requestGraceMs));
  return { url: server.url, readiness, unsignedWebhooks, refusedOrigins, pixelLoads, appendDeps };
}
