import { hasSignedSender } from '../event/hook.ts';
import type { Connection, Site } from '../event/site.ts';
import { digestSettings } from './digest-settings.ts';

/** Returns a key of everything in the site and the connection that a consumer reads only at its start. */
export function getConfigKey(site: Site, { destination, settings, rules: ownRules }: Connection): string {
  const { bots, purchaseHoldSeconds, purchases, timeZone, rules } = site;
  return JSON.stringify([
    destination,
    digestSettings(settings),
    bots,
    purchaseHoldSeconds,
    purchases,
    timeZone,
    hasSignedSender(site),
    rules,
    ownRules,
  ]);
}
