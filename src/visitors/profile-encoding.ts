import type { UnixMs } from '../event/units.ts';
import type { TimedValue } from './profile-limits.ts';
import type { VisitorProfile } from './visitor-profile.ts';

/** The largest stored profile of one visitor. */
export const maxProfileBytes = 16 * 1_024;

/** A value with every time of its reports. Earlier versions stored a value once for each of its times. */
export interface StoredValue<T> {
  readonly value: T;
  readonly at: UnixMs | readonly UnixMs[];
}

export type EncodedProfile = Omit<VisitorProfile, 'clicks' | 'persons' | 'clients' | 'browserIds'> & {
  readonly clicks: Readonly<Record<string, readonly StoredValue<string>[]>>;
  readonly persons: readonly StoredValue<VisitorProfile['persons'][number]['value']>[];
  readonly clients: readonly StoredValue<VisitorProfile['clients'][number]['value']>[];
  /** Absent in profiles of earlier versions, which knew the browser id of one platform only. */
  readonly browserIds?: Readonly<Record<string, readonly StoredValue<string>[]>>;
};

/**
 * Encodes a profile as text. Each value is written once, however often it was reported. The sweep encodes a stored profile again only when a
 * value of it expires, so a stricter encoding needs the migration step `UPDATE visitor_profiles SET expires_at = 0`.
 */
export function encodeProfile({ clicks, persons, clients, browserIds, ...marks }: VisitorProfile): string {
  const stored: EncodedProfile = {
    clicks: mapValues(clicks, groupValues),
    persons: groupValues(persons),
    clients: groupValues(clients),
    browserIds: mapValues(browserIds, groupValues),
    ...marks,
  };
  return JSON.stringify(stored);
}

export function mapValues<A, B>(record: Readonly<Record<string, A>>, convert: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
}

function groupValues<T>(entry: readonly TimedValue<T>[]): readonly StoredValue<T>[] {
  const groups = Map.groupBy(entry, ({ value }) => JSON.stringify(value));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ value: first.value, at: group.map(({ at }) => at) }] : [];
  });
}
