import { type Consent, consentUses, isGpcDenial, type UseChoices } from '../event/consent.ts';
import type { UnixMs } from '../event/units.ts';

/**
 * The times of the newest consent statements about a visitor, by their meaning.
 *
 * - `grantedAt`: a grant by any report. `shopGrantedAt` and `browserGrantedAt`: by a server or webhook, and by a browser. Profiles of earlier
 *   versions have `grantedAt` alone.
 * - `deniedAt`: a denial by any report. Data from before it is dropped, also if it is merged later.
 * - `withdrawnAt`: the shopper's denial for all events, which only a browser states. It also stops events that are not sent yet.
 * - `gpcDeniedAt`: a denial by Global Privacy Control in a browser. It counts as a withdrawal unless a browser stated the shopper's grant,
 *   before or after it, so it is compared only when the profile is read: see `applyGpcDenial`.
 * - `adUserDataDeniedAt` and the like: a statement that denied a single use. A later grant without the denial ends it.
 * - `browserAdUserDataDeniedAt` and the like: the same by a browser, also without a choice about advertising storage. A later
 *   `browserAdUserDataGrantedAt` ends it too.
 */
export const consentTimeNames = [
  'grantedAt',
  'shopGrantedAt',
  'browserGrantedAt',
  'deniedAt',
  'withdrawnAt',
  'gpcDeniedAt',
  'adUserDataDeniedAt',
  'adPersonalizationDeniedAt',
  'browserAdUserDataGrantedAt',
  'browserAdUserDataDeniedAt',
  'browserAdPersonalizationGrantedAt',
  'browserAdPersonalizationDeniedAt',
] as const;

type ConsentTimeName = (typeof consentTimeNames)[number];
export type ConsentTimes = { readonly [Name in ConsentTimeName]?: UnixMs };
/** The times as a database returns them. */
export type NullableConsentTimes = { readonly [Name in ConsentTimeName]?: UnixMs | null };

const useTimes = {
  adUserData: { granted: 'browserAdUserDataGrantedAt', denied: 'browserAdUserDataDeniedAt' },
  adPersonalization: { granted: 'browserAdPersonalizationGrantedAt', denied: 'browserAdPersonalizationDeniedAt' },
} as const;

const never = Number.NEGATIVE_INFINITY;

/**
 * Returns the newest time of each statement, and only the newer of a browser's two about one use; a denial wins a tie. The result is the same
 * in any order.
 */
export function mergeConsentTimes(...all: readonly NullableConsentTimes[]): ConsentTimes {
  const newest = new Map(consentTimeNames.map((name) => [name, Math.max(...all.map((one) => one[name] ?? never))]));
  for (const { granted, denied } of Object.values(useTimes))
    newest.delete((newest.get(granted) ?? never) > (newest.get(denied) ?? never) ? denied : granted);
  return Object.fromEntries([...newest].filter(([, at]) => at > never));
}

/** Returns whether the shopper's own grant is in force, as a browser stated it. A grant of an earlier version's profile may be the shop's. */
export function isGrantedByBrowser(times: ConsentTimes): boolean {
  return getBrowserChoices(times).adStorage === 'granted';
}

/** Returns the times of a browser's denial, by the shopper or by Global Privacy Control. */
export function toBrowserDenial(consent: Consent, at: UnixMs): ConsentTimes {
  return isGpcDenial(consent) ? { gpcDeniedAt: at } : { deniedAt: at, withdrawnAt: at };
}

/** The newest choices of a visitor, as their browser stated them. An absent use is the same as advertising storage. */
export interface BrowserChoices extends UseChoices {
  readonly adStorage?: 'granted' | 'denied';
}

/**
 * Returns the newest choices that browsers stated; the shop's statements do not count. A denial wins a tie. A grant of an earlier version's
 * profile may be a browser's or the shop's, so a denial before it is no choice any more.
 */
export function getBrowserChoices(times: ConsentTimes): BrowserChoices {
  const { grantedAt = never, shopGrantedAt = never, browserGrantedAt = never, withdrawnAt = never } = times;
  const isGrantOfUnknownSource = grantedAt > Math.max(shopGrantedAt, browserGrantedAt, withdrawnAt);
  if (withdrawnAt > never && withdrawnAt >= browserGrantedAt && !isGrantOfUnknownSource) return { adStorage: 'denied' };
  const uses = consentUses.flatMap((use) => {
    const granted = times[useTimes[use].granted] ?? never;
    const denied = times[useTimes[use].denied] ?? never;
    const isStated = Math.max(granted, denied) > never && Math.max(granted, denied) >= Math.max(browserGrantedAt, withdrawnAt);
    return isStated ? [[use, denied >= granted ? 'denied' : 'granted'] as const] : [];
  });
  return { ...(browserGrantedAt > withdrawnAt && { adStorage: 'granted' }), ...Object.fromEntries(uses) };
}

/** Returns the times of a report that grants, or that states single uses alone. A grant that omits a use grants it too. */
export function toConsentTimes({ stated, ...uses }: Consent, isBrowser: boolean, at: UnixMs): ConsentTimes {
  const times: { -readonly [Name in ConsentTimeName]?: UnixMs } = {};
  if (stated === 'granted') {
    times.grantedAt = at;
    times[isBrowser ? 'browserGrantedAt' : 'shopGrantedAt'] = at;
    if (uses.adUserData === 'denied') times.adUserDataDeniedAt = at;
    if (uses.adPersonalization === 'denied') times.adPersonalizationDeniedAt = at;
  }
  for (const use of isBrowser ? consentUses : []) {
    const choice = uses[use];
    if (choice === 'denied' || (choice === 'granted' && stated !== 'granted')) times[useTimes[use][choice]] = at;
  }
  return times;
}
