import type { UseChoices } from '../event/consent.ts';
import type { Client, NormalForms, Sha256 } from '../event/event.ts';
import type { UnixMs } from '../event/units.ts';
import { formKinds } from '../identity/form-kinds.ts';
import { type ConsentTimes, isGrantedByBrowser, mergeConsentTimes } from './consent-times.ts';
import { clickIdMaxAgeMs } from './profile-lifetimes.ts';
import {
  compareValues,
  limitBrowserIds,
  limitClickIds,
  limitEntries,
  profileLimits,
  type TimedValue,
  type TimedValuesByName,
} from './profile-limits.ts';

/** The hashed identifiers of a person: of the forms only those of e-mail and phone. */
export interface Person {
  readonly forms: NormalForms;
  readonly externalId?: Sha256;
}

/** The profile of one visitor of a site. It holds only data that consent allowed, and no raw identifiers. */
export interface VisitorProfile extends ConsentTimes {
  /** Click ids by canonical name, newest first. */
  readonly clicks: TimedValuesByName;
  /** Newest first. `isNew`: `identify` named the person, so earlier persons do not apply from then on. */
  readonly persons: readonly TimedValue<Person & { readonly isNew: boolean }>[];
  /** Address and agent, newest first. */
  readonly clients: readonly TimedValue<Pick<Client, 'ip' | 'userAgent'>>[];
  /** Ids that platforms' tags gave the browser, by cookie, newest first. */
  readonly browserIds: TimedValuesByName;
}

/** Merges two profiles of one visitor. The result is the same in any order and with any repetition, also beyond the bounds. */
export function mergeProfiles(a: VisitorProfile, b: VisitorProfile): VisitorProfile {
  const times = mergeConsentTimes(a, b);
  const since = times.deniedAt ?? Number.NEGATIVE_INFINITY;
  return {
    clicks: limitClickIds(a.clicks, b.clicks, since),
    persons: limitEntries(a.persons, b.persons, profileLimits.persons, since),
    clients: limitEntries(a.clients, b.clients, profileLimits.clients, since),
    browserIds: limitBrowserIds(a.browserIds, b.browserIds, since),
    ...times,
  };
}

/**
 * Returns the profile as it is read: a denial by Global Privacy Control counts as the shopper's withdrawal, unless a browser stated the
 * shopper's grant, in this profile or in one of the `others`. No data is read then, from before it or after it: only that grant may end it.
 */
export function applyGpcDenial(profile: VisitorProfile, others: readonly VisitorProfile[] = []): VisitorProfile {
  const { gpcDeniedAt } = profile;
  if (gpcDeniedAt === undefined || [profile, ...others].some(isGrantedByBrowser)) return profile;
  const times = mergeConsentTimes(profile, { deniedAt: gpcDeniedAt, withdrawnAt: gpcDeniedAt });
  return { clicks: {}, persons: [], clients: [], browserIds: {}, ...times };
}

/** Returns the newest click id of each name that the visitor had at `time`, and that was at most 90 days old. */
export function getClickIds({ clicks }: VisitorProfile, time: UnixMs) {
  return Object.entries(clicks).flatMap(([name, entries]) => {
    const found = findNewest(entries, time);
    return found && found.at > time - clickIdMaxAgeMs ? [{ name, value: found.value, at: found.at }] : [];
  });
}

/** Returns the visitor's newest browser id of each cookie at `time`. */
export function getBrowserIds(
  { browserIds }: VisitorProfile,
  time: UnixMs,
): readonly { readonly cookie: string; readonly id: string }[] {
  return Object.entries(browserIds).flatMap(([cookie, entries]) => {
    const found = findNewest(entries, time);
    return found ? [{ cookie, id: found.value }] : [];
  });
}

/** Returns the visitor's address and agent at `time`, if they were at most `maxAgeMs` old. */
export function getClient(
  { clients }: VisitorProfile,
  time: UnixMs,
  maxAgeMs: number,
): Pick<Client, 'ip' | 'userAgent'> | undefined {
  const found = findNewest(clients, time);
  return found && found.at > time - maxAgeMs ? found.value : undefined;
}

function findNewest<T>(entries: readonly TimedValue<T>[], time: UnixMs): TimedValue<T> | undefined {
  return entries
    .filter(({ at }) => at <= time)
    .reduce<TimedValue<T> | undefined>((last, one) => (last && last.at >= one.at ? last : one), undefined);
}

/** Returns the visitor's newest choice about advertising storage; `undefined` if only single reports stated a denial. */
export function latestConsentChoice({ grantedAt, deniedAt, withdrawnAt }: VisitorProfile): 'granted' | 'denied' | undefined {
  if (withdrawnAt !== undefined && withdrawnAt >= (grantedAt ?? withdrawnAt)) return 'denied';
  return grantedAt !== undefined && grantedAt > (deniedAt ?? Number.NEGATIVE_INFINITY) ? 'granted' : undefined;
}

/** Returns the single uses that the visitor's newest grant denied. */
export function listDeniedUses({ grantedAt, adUserDataDeniedAt, adPersonalizationDeniedAt }: VisitorProfile): UseChoices {
  const isDenied = (at: UnixMs | undefined) => at !== undefined && at >= (grantedAt ?? at);
  return {
    ...(isDenied(adUserDataDeniedAt) && { adUserData: 'denied' }),
    ...(isDenied(adPersonalizationDeniedAt) && { adPersonalization: 'denied' }),
  };
}

/**
 * Returns the person at `time`. Several people may use one browser, and their identifiers must not mix: `identify` names the person from
 * then on; any other report adds to the person only if it shares a hash, and otherwise begins a new person.
 */
export function getPerson({ persons }: VisitorProfile, time: UnixMs): Person {
  let known: Person = { forms: {} };
  for (const { at, value } of persons.toSorted((a, b) => a.at - b.at || compareValues(a.value, b.value))) {
    if (at > time) break;
    const { isNew, ...person } = value;
    known = isNew || !isSamePerson(known, person) ? person : addIdentifiers(known, person);
  }
  return known;
}

/** Returns whether two records are of the same person: they share an identifier, and none contradicts. */
export function isSamePerson(one: Person, other: Person): boolean {
  const compared = [
    shareHash(emailHashes(one), emailHashes(other)),
    shareHash(phoneHashes(one), phoneHashes(other)),
    shareHash([one.externalId], [other.externalId]),
  ];
  return compared.includes(true) && !compared.includes(false);
}

type Hashes = readonly (Sha256 | undefined)[];

/**
 * Returns whether two lists share a hash; `undefined` if one list is empty. The hashes are of one kind, and a hash of `…Given` may be any
 * form.
 */
function shareHash(these: Hashes, those: Hashes): boolean | undefined {
  let haveBoth = false;
  for (const hash of these) {
    if (hash === undefined) continue;
    for (const other of those) {
      if (hash === other) return true;
      haveBoth ||= other !== undefined;
    }
  }
  return haveBoth ? false : undefined;
}

/** Returns whether a person has any identifier. */
export function hasIdentifier(person: Person): boolean {
  return [...emailHashes(person), ...phoneHashes(person), person.externalId].some((hash) => hash !== undefined);
}

/** Returns every hash of the person's e-mail address. */
export function emailHashes({ forms }: Person): Hashes {
  return formKinds.email.map((form) => forms[form]);
}

export function phoneHashes({ forms }: Person): Hashes {
  return formKinds.phone.map((form) => forms[form]);
}

/** Adds identifiers to a person. The newer ones take precedence. */
function addIdentifiers(known: Person, added: Person): Person {
  const externalId = added.externalId ?? known.externalId;
  return { forms: { ...known.forms, ...added.forms }, ...(externalId !== undefined && { externalId }) };
}
