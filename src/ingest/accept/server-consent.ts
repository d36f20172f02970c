import type { EffectiveConsent } from '../../event/consent.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { acceptEvent } from './accept.ts';

/** Returns what an event of the shop's server counts as if it has neither a consent statement nor a country, by accepting such an event. */
export function getServerConsent(site: Site, now: UnixMs): EffectiveConsent {
  const id = 'without-consent';
  const result = acceptEvent({ name: 'Purchase', id }, { reporter: 'server', gpc: false }, site, now, () => id);
  if (!('event' in result)) throw new Error('an event with a name and an id was not accepted');
  return result.event.consent.effective;
}
