import { emptyProfile } from './empty-profile.ts';
import { type EncodedProfile, mapValues, type StoredValue } from './profile-encoding.ts';
import type { TimedValue } from './profile-limits.ts';
import { mergeProfiles, type VisitorProfile } from './visitor-profile.ts';

type EarlierFacts = EncodedProfile & { readonly uetVids?: readonly StoredValue<string>[] };

/** Decodes a profile, also of earlier versions. A profile beyond the current bounds is limited to them. */
export function decodeProfile(text: string): VisitorProfile {
  const { clicks, persons, clients, browserIds, uetVids = [], ...marks }: EarlierFacts = JSON.parse(text);
  const facts: VisitorProfile = {
    clicks: mapValues(clicks, ungroupValues),
    persons: ungroupValues(persons),
    clients: ungroupValues(clients),
    browserIds: mapValues(browserIds ?? { _uetvid: uetVids }, ungroupValues),
    ...marks,
  };
  return mergeProfiles(facts, emptyProfile);
}

function ungroupValues<T>(stored: readonly StoredValue<T>[]): readonly TimedValue<T>[] {
  return stored.flatMap(({ value, at }) => (typeof at === 'number' ? [{ at, value }] : at.map((one) => ({ at: one, value }))));
}
