import type { UnixMs } from '../event/units.ts';
import { clickIdMaxAgeMs, clientMaxAgeMs, gpcGrantWaitMs } from './profile-lifetimes.ts';
import type { TimedValue } from './profile-limits.ts';
import { applyGpcDenial, type VisitorProfile } from './visitor-profile.ts';

/** Returns the profile without expired entries. It may be empty. */
export function dropExpired(whole: VisitorProfile, now: UnixMs): VisitorProfile {
  const profile = whole.gpcDeniedAt !== undefined && whole.gpcDeniedAt <= now - gpcGrantWaitMs ? dropDenied(whole) : whole;
  const dropOld = <T>(entries: readonly TimedValue<T>[], maxAgeMs: number) => entries.filter(({ at }) => at > now - maxAgeMs);
  const clicks = Object.entries(profile.clicks)
    .map(([name, entries]) => [name, dropOld(entries, clickIdMaxAgeMs)] as const)
    .filter(([, entries]) => entries.length > 0);
  return { ...profile, clicks: Object.fromEntries(clicks), clients: dropOld(profile.clients, clientMaxAgeMs) };
}

/** Returns the profile without the data that Global Privacy Control denied, with unchanged consent times. */
function dropDenied(profile: VisitorProfile): VisitorProfile {
  const { clicks, persons, clients, browserIds } = applyGpcDenial(profile);
  return { ...profile, clicks, persons, clients, browserIds };
}

/** Returns when `dropExpired` first has something to drop. The greatest whole number means never. */
export function getNextExpiry(profile: VisitorProfile): UnixMs {
  const { clicks, clients, gpcDeniedAt } = profile;
  const clickTimes = Object.values(clicks).flatMap((entries) => entries.map(({ at }) => at + clickIdMaxAgeMs));
  const clientTimes = clients.map(({ at }) => at + clientMaxAgeMs);
  const isDenied = gpcDeniedAt !== undefined && countEntries(dropDenied(profile)) < countEntries(profile);
  const denialTimes = isDenied ? [gpcDeniedAt + gpcGrantWaitMs] : [];
  return [...clickTimes, ...clientTimes, ...denialTimes].reduce((first, at) => Math.min(first, at), Number.MAX_SAFE_INTEGER);
}

function countEntries({ clicks, persons, clients, browserIds }: VisitorProfile): number {
  return [...Object.values(clicks), ...Object.values(browserIds), persons, clients].reduce((sum, { length }) => sum + length, 0);
}
