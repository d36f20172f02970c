import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import type { Site } from '../../../event/site.ts';
import { shop } from '../../../ingest/site.fixture.ts';
import type { EventGroup } from '../../../storage/ports/site-activity.ts';
import { eventSteps } from './event-steps.ts';
import type { ObservedEvents } from './observed-events.ts';

export const at = 1_795_514_400_000;
const granted = { stated: 'granted', effective: 'granted' } as const;
export const silent = { stated: 'unknown', effective: 'denied' } as const;
export const seen = (name: string, more: Partial<EventGroup> = {}): EventGroup => ({
  name,
  reporters: ['browser'],
  consent: granted,
  keys: [],
  events: 3,
  first: at - 1_000,
  last: at,
  ...more,
});

export interface More {
  readonly site?: Partial<Site>;
  readonly viewsOfTags?: Readonly<Record<string, number>>;
  readonly refusedAt?: number;
  readonly neverSent?: number;
  readonly pixelLoadedAt?: number;
  readonly countries?: NonNullable<ObservedEvents['countries']>;
  readonly now?: number;
  readonly refusedDomains?: readonly { domain: string; requests: number; lastAt: number }[];
}

export function getStep(id: string, observed: readonly EventGroup[], more: More = {}) {
  const site = { ...shop, consent: { policy: 'regional' } as const, ...more.site };
  const found = eventSteps({ platforms: [microsoft], observed, viewsOfTags: {}, ...more, site }).find((one) => one.id === id);
  if (!found) throw new Error(`there is no step ${id}`);
  return found;
}
