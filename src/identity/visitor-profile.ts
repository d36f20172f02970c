import type { Client, NormalForms, Sha256 } from '../event/event.ts';
import { dayMs, type UnixMs } from '../event/units.ts';
import { clickIdMaxAgeMs } from './click-ids.ts';
import { compareValues, limitClickIds, limitEntries, profileLimits, type TimedValue } from './profile-limits.ts';

/** Who somebody is, in hashes. */
export interface Person {
  readonly forms: NormalForms;
  readonly externalId?: Sha256;
}

/** What is known of one visitor of a site. Only what consent allowed is among it; nothing of it is raw. */
export interface VisitorProfile {
  /** By registry name, newest first. */
  readonly clicks: Readonly<Record<string, readonly TimedValue<string>[]>>;
  /** Newest first. `isNew`: the page said who it is from now on (`identify`), whoever it was before. */
  readonly persons: readonly TimedValue<Person & { readonly isNew: boolean }>[];
  /** Address and agent, newest first. */
  readonly clients: readonly TimedValue<Pick<Client, 'ip' | 'userAgent'>>[];
  /** The UET tag's ids of the visitor, newest first. */
  readonly uetVids: readonly TimedValue<string>[];
  readonly grantedAt?: UnixMs;
  /** The newest denial, of whatever report. What was told before it is forgotten, whenever it becomes known. */
  readonly deniedAt?: UnixMs;
  /** The newest denial of the shopper's own, said for all that they do: it also stops what is still to be sent. */
  readonly withdrawnAt?: UnixMs;
}

export const clientMaxAgeMs = 8 * dayMs;

export const emptyProfile: VisitorProfile = { clicks: {}, persons: [], clients: [], uetVids: [] };

/** Facts of one visitor from two sources. In any order and any repetition the same facts make the same whole, also beyond the bounds. */
export function mergeProfiles(a: VisitorProfile, b: VisitorProfile): VisitorProfile {
  const grantedAt = newest(a.grantedAt, b.grantedAt);
  const deniedAt = newest(a.deniedAt, b.deniedAt);
  const withdrawnAt = newest(a.withdrawnAt, b.withdrawnAt);
  const since = deniedAt ?? Number.NEGATIVE_INFINITY;
  return {
    clicks: limitClickIds(a.clicks, b.clicks, since),
    persons: limitEntries(a.persons, b.persons, profileLimits.persons, since),
    clients: limitEntries(a.clients, b.clients, profileLimits.clients, since),
    uetVids: limitEntries(a.uetVids, b.uetVids, profileLimits.uetVids, since),
    ...(grantedAt !== undefined && { grantedAt }),
    ...(deniedAt !== undefined && { deniedAt }),
    ...(withdrawnAt !== undefined && { withdrawnAt }),
  };
}

function newest(a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Without what has grown too old to be kept; what is left may be nothing. */
export function dropExpired(facts: VisitorProfile, now: UnixMs): VisitorProfile {
  const young = <T>(told: readonly TimedValue<T>[], maxAgeMs: number) => told.filter(({ at }) => at > now - maxAgeMs);
  const clicks = Object.entries(facts.clicks)
    .map(([name, told]) => [name, young(told, clickIdMaxAgeMs)] as const)
    .filter(([, told]) => told.length > 0);
  return { ...facts, clicks: Object.fromEntries(clicks), clients: young(facts.clients, clientMaxAgeMs) };
}

/** The newest click id of each name that the visitor had at `time`, at most 90 days old by then. */
export function getClickIds({ clicks }: VisitorProfile, time: UnixMs) {
  return Object.entries(clicks).flatMap(([name, told]) => {
    const found = lastBy(told, time);
    return found && found.at > time - clickIdMaxAgeMs ? [{ name, value: found.value, at: found.at }] : [];
  });
}

/** The UET tag's id of the visitor at `time`. */
export function getUetVid({ uetVids }: VisitorProfile, time: UnixMs): string | undefined {
  return lastBy(uetVids, time)?.value;
}

/** The visitor's address and agent at `time`, at most `maxAgeMs` old by then. */
export function getClient(
  { clients }: VisitorProfile,
  time: UnixMs,
  maxAgeMs: number,
): Pick<Client, 'ip' | 'userAgent'> | undefined {
  const found = lastBy(clients, time);
  return found && found.at > time - maxAgeMs ? found.value : undefined;
}

function lastBy<T>(told: readonly TimedValue<T>[], time: UnixMs): TimedValue<T> | undefined {
  return told
    .filter(({ at }) => at <= time)
    .reduce<TimedValue<T> | undefined>((last, one) => (last && last.at >= one.at ? last : one), undefined);
}

/** What the visitor chose last, about advertising storage; `undefined` where only single reports said that they denied. */
export function latestConsentChoice({ grantedAt, deniedAt, withdrawnAt }: VisitorProfile): 'granted' | 'denied' | undefined {
  if (withdrawnAt !== undefined && withdrawnAt >= (grantedAt ?? withdrawnAt)) return 'denied';
  return grantedAt !== undefined && grantedAt > (deniedAt ?? Number.NEGATIVE_INFINITY) ? 'granted' : undefined;
}

/**
 * Who it was at `time`. Several people may use one browser, and none of them lends another an e-mail address: `identify` says
 * who it is from then on; any other report adds to the person only where it shares a hash with what is known, else it begins a new one.
 */
export function getPerson({ persons }: VisitorProfile, time: UnixMs): Person {
  let known: Person = { forms: {} };
  for (const { at, value } of persons.toSorted((a, b) => a.at - b.at || compareValues(a.value, b.value))) {
    if (at > time) break;
    const { isNew, ...told } = value;
    known = isNew || !isSamePerson(known, told) ? told : addTo(known, told);
  }
  return known;
}

/** Nothing that one says of the person contradicts the other, and something is the same. */
export function isSamePerson(one: Person, other: Person): boolean {
  const compared = [
    doShare(emailHashes(one), emailHashes(other)),
    doShare(phoneHashes(one), phoneHashes(other)),
    doShare([one.externalId], [other.externalId]),
  ];
  return compared.includes(true) && !compared.includes(false);
}

type Hashes = readonly (Sha256 | undefined)[];

/** Whether two have a hash in common; `undefined` where one has none. Hashes are of one kind: one that came as a hash may be either form. */
function doShare(these: Hashes, those: Hashes): boolean | undefined {
  let areBoth = false;
  for (const hash of these) {
    if (hash === undefined) continue;
    for (const other of those) {
      if (hash === other) return true;
      areBoth ||= other !== undefined;
    }
  }
  return areBoth ? false : undefined;
}

/** Whether anybody is named. */
export function hasIdentifier(person: Person): boolean {
  return [...emailHashes(person), ...phoneHashes(person), person.externalId].some((hash) => hash !== undefined);
}

/** Every hash of the person's e-mail address that there is. */
export function emailHashes({ forms }: Person): Hashes {
  return [forms.emailMicrosoft, forms.emailPlain, forms.emailGiven];
}

export function phoneHashes({ forms }: Person): Hashes {
  return [forms.phoneE164, forms.phoneDigits, forms.phoneGiven];
}

/** The newer word counts where both say something. */
function addTo(known: Person, told: Person): Person {
  const externalId = told.externalId ?? known.externalId;
  return { forms: { ...known.forms, ...told.forms }, ...(externalId !== undefined && { externalId }) };
}
