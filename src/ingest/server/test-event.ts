import { randomBytes } from 'node:crypto';
import { testEventName } from '../../event/event-names.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { TestEventFields } from '../../event/test-event.ts';
import { type AppendDeps, ingestServerEvents } from '../accept/append-events.ts';
import type { IngestMetrics } from '../accept/ingest-deps.ts';

interface TestEventDeps extends AppendDeps {
  readonly metrics: IngestMetrics;
  readonly wake: (site: string) => void;
  /** Returns the fields that the connection's platform requires. */
  readonly getRequiredFields: (connection: Connection) => TestEventFields;
}

/** Creates a function that appends a test event like one of the site's server, and returns its id. */
export function createTestEventSender({
  metrics,
  wake,
  getRequiredFields,
  ...deps
}: TestEventDeps): (site: Site) => Promise<string> {
  return async (site) => {
    const id = `test-${deps.newId()}`;
    const required = site.connections.filter(({ enabled }) => enabled).map(getRequiredFields);
    metrics.countReceived(site.id, 'server', 1);
    metrics.countResults(
      site.id,
      'server',
      await ingestServerEvents([buildTestEvent(id, required)], { reporter: 'server', gpc: false }, site, deps),
    );
    wake(site.id);
    return id;
  };
}

/**
 * Holds no personal data, so that it counts as no conversion, and no value, unless a platform requires one. It is one event for all
 * connections, so it has the required fields of each. If two require different values, it has those of the later connection.
 */
function buildTestEvent(id: string, required: readonly TestEventFields[]) {
  return {
    name: testEventName,
    id,
    user: Object.assign({ anonymousId: randomBytes(16).toString('hex') }, ...required.map(({ user }) => user)),
    clickIds: Object.assign({}, ...required.map(({ clickIds }) => clickIds)),
    page: Object.assign({}, ...required.map(({ page }) => page)),
    commerce: Object.assign({}, ...required.map(({ commerce }) => commerce)),
    consent: { adStorage: 'granted', source: 'server', explicit: true },
  };
}
