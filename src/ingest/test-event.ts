import { randomBytes } from 'node:crypto';
import { testEventName } from '../event/names.ts';
import type { Site } from '../event/site.ts';
import type { IntakeMeter } from './meter.ts';
import { type Taking, takeEvents } from './take-events.ts';

interface TestParts extends Taking {
  readonly meter: IntakeMeter;
  readonly wake: (site: string) => void;
}

/** Takes a test event of a site as if its server had sent it, and answers with its id. */
export function testSender({ meter, wake, ...taking }: TestParts): (site: Site) => Promise<string> {
  return async (site) => {
    const id = `test-${taking.newId()}`;
    meter.received(site.id, 'server', 1);
    meter.taken(site.id, 'server', await takeEvents([testEvent(id)], { reporter: 'server', gpc: false }, site, taking));
    wake(site.id);
    return id;
  };
}

/** It names nobody and has no value, so it matches no goal and counts as no conversion. */
function testEvent(id: string) {
  return {
    name: testEventName,
    id,
    user: { anonymousId: randomBytes(16).toString('hex') },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
  };
}
