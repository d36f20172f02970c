import type { Site } from '../event/site.ts';
import type { IntakeMeter } from './meter.ts';
import type { Rates } from './rate-limit.ts';
import type { ProxySettings } from './requester.ts';
import type { Taking } from './take-events.ts';

/** Dependencies of every route that takes events. */
export interface IngestDeps extends Taking {
  /** Returns the sites that are configured now. */
  readonly sites: () => readonly Site[];
  /** Called after new events of a site are durable, to wake its consumers. */
  readonly onAppended?: (siteId: string) => void;
  readonly proxies: ProxySettings;
  readonly rates: Rates;
  readonly meter?: IntakeMeter;
}
