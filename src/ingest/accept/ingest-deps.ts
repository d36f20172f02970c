import type { Site } from '../../event/site.ts';
import type { ProxySettings } from '../http/client-info.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { AppendDeps } from './append-events.ts';
import type { IngestMetrics } from './ingest-metrics.ts';

/** Dependencies of every route that takes events. */
export interface IngestDeps extends AppendDeps {
  /** Returns the sites that are configured now. */
  readonly sites: () => readonly Site[];
  /** Called after new events of a site are durable, to wake its consumers. */
  readonly onAppended?: (siteId: string) => void;
  readonly proxies: ProxySettings;
  readonly rates: RateLimits;
  readonly meter?: IngestMetrics;
}
