import type { Reporter } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import type { ProxySettings } from '../http/client-info.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { AppendDeps, IngestResponse } from './append-events.ts';

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

/** Counts what comes in. Signals of a browser are not events, and are not counted. */
export interface IngestMetrics {
  /** Events of a body that was read, before anything became of them. */
  received(site: string, reporter: Reporter, events: number): void;
  /** What became of them. Told once they are durable. */
  taken(site: string, reporter: Reporter, taken: Pick<IngestResponse, 'accepted' | 'duplicates' | 'rejected'>): void;
  /** A request that was not taken, by the code of the error. */
  refused(reason: string): void;
}
