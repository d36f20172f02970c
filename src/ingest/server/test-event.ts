import { randomBytes } from 'node:crypto';
import { testEventName } from '../../event/event-names.ts';
import type { Site } from '../../event/site.ts';
import { type AppendDeps, ingestServerEvents } from '../accept/append-events.ts';
import type { IngestMetrics } from '../accept/ingest-deps.ts';

interface TestEventDeps extends AppendDeps {
  readonly metrics: IngestMetrics;
  readonly wake: (site: string) => void;
}

/** Creates a function that appends a test event like one of the site's server, and returns its id. */
export function createTestEventSender({ metrics, wake, ...deps }: TestEventDeps): (site: Site) => Promise<string> {
  return async (site) => {
    const id = `test-${deps.newId()}`;
    metrics.countReceived(site.id, 'server', 1);
    metrics.countResults(
      site.id,
      'server',
      await ingestServerEvents([buildTestEvent(id)], { reporter: 'server', gpc: false }, site, deps),
    );
    wake(site.id);
    return id;
  };
}

/** Holds no personal data and no value, so that it matches no goal and counts as no conversion. */
function buildTestEvent(id: string) {
  return {
    name: testEventName,
    id,
    user: { anonymousId: randomBytes(16).toString('hex') },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
  };
}
