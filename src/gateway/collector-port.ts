import { getSiteTags } from '../destinations/site-tags.ts';
import { type CollectorApp, type CollectorDeps, createCollectorApp, createHealthApp } from '../ingest/collector.ts';
import { limitConnectionsPerNetwork } from '../ingest/http/connection-limit.ts';
import { startHttpServer } from '../ingest/http/http-server.ts';
import { readPixel } from './built-assets.ts';
import { toProxySettings } from './country-tables.ts';
import type { GatewayContext } from './gateway-context.ts';
import { listenOrExplain, requestGraceMs } from './startup.ts';

/** The public port, which accepts events, or reports health alone. */
export interface CollectorPort {
  readonly url: string;
  /** Lets an app handle all later requests. */
  serve(app: CollectorApp): void;
  /** Lets each connection end with its next response. */
  drain(): void;
  /** Closes the port once requests in flight have ended. */
  close(): Promise<void>;
}

/** Creates the collector's app of the main thread. Without the role `collect` it only reports health. */
export function createConfiguredCollector(
  { config: { collector, roles }, countryTables }: Pick<GatewayContext, 'config' | 'countryTables'>,
  deps: Omit<CollectorDeps, 'proxies' | 'rates' | 'pixel' | 'getSiteTags'>,
): CollectorApp {
  if (!roles.includes('collect')) return createHealthApp({ ...deps, proxies: collector, rates: collector });
  const pixel = { ...readPixel(), path: collector.pixelPath };
  const { publicUrl } = collector;
  const own = {
    proxies: toProxySettings(collector, countryTables),
    rates: collector,
    pixel,
    ...(publicUrl !== undefined && { publicUrl }),
  };
  return createCollectorApp({ ...deps, ...own, getSiteTags });
}

/** Opens the collector's port for an app. @throws ConveyError */
export async function openCollectorPort(
  { config, now, logger }: Pick<GatewayContext, 'config' | 'now' | 'logger'>,
  first: CollectorApp,
): Promise<CollectorPort> {
  let app = first;
  let closed: Promise<void> | undefined;
  const perPeer = limitConnectionsPerNetwork({ ...config.collector, listener: 'collector' }, now, logger);
  const server = await listenOrExplain(config, 'collector', () =>
    startHttpServer(
      {
        fetch: (request, env) => app.fetch(request, env),
        handleDirectly: (incoming, outgoing) => app.handleDirectly(incoming, outgoing),
      },
      { ...config.collector, perPeer },
    ),
  );
  return {
    url: server.url,
    serve(next) {
      app = next;
    },
    drain: server.drain,
    close() {
      closed ??= server.close(requestGraceMs);
      return closed;
    },
  };
}
