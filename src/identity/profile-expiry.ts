import type { UnixMs } from '../event/units.ts';
import { clickIdMaxAgeMs, clientMaxAgeMs } from './profile-lifetimes.ts';
import type { TimedValue } from './profile-limits.ts';
import type { VisitorProfile } from './visitor-profile.ts';

/** Returns the profile without expired entries. It may be empty. */
export function dropExpired(profile: VisitorProfile, now: UnixMs): VisitorProfile {
  const dropOld = <T>(entries: readonly TimedValue<T>[], maxAgeMs: number) => entries.filter(({ at }) => at > now - maxAgeMs);
  const clicks = Object.entries(profile.clicks)
    .map(([name, entries]) => [name, dropOld(entries, clickIdMaxAgeMs)] as const)
    .filter(([, entries]) => entries.length > 0);
  return { ...profile, clicks: Object.fromEntries(clicks), clients: dropOld(profile.clients, clientMaxAgeMs) };
}

/** Returns when `dropExpired` first has something to drop. The greatest whole number means never. */
export function getNextExpiry({ clicks, clients }: VisitorProfile): UnixMs {
  const clickTimes = Object.values(clicks).flatMap((entries) => entries.map(({ at }) => at + clickIdMaxAgeMs));
  const clientTimes = clients.map(({ at }) => at + clientMaxAgeMs);
  return [...clickTimes, ...clientTimes].reduce((first, at) => Math.min(first, at), Number.MAX_SAFE_INTEGER);
}
