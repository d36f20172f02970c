import type { Client, NormalForms, Sha256 } from '../event/event.ts';
import { dayMs, type UnixMs } from '../event/units.ts';
import { clickIdMaxAgeMs } from './click-ids.ts';

/** Something that one report told of a visitor. `by` names the report, and settles a tie of time. */
interface Told<T> {
  readonly at: UnixMs;
  readonly by: string;
  readonly value: T;
}

/** Who somebody is, in hashes. */
export interface Person {
  readonly forms: NormalForms;
  readonly externalId?: Sha256;
}

/** What is known of one visitor of a site. Only what consent allowed is among it; nothing of it is raw. */
export interface VisitorFacts {
  /** By registry name, newest first. */
  readonly clicks: Readonly<Record<string, readonly Told<string>[]>>;
  /** Newest first. `isNew`: the page said who it is from now on (`identify`), whoever it was before. */
  readonly persons: readonly Told<Person & { readonly isNew: boolean }>[];
  /** Address and agent, newest first. */
  readonly clients: readonly Told<Pick<Client, 'ip' | 'userAgent'>>[];
  /** The UET tag's ids of the visitor, newest first. */
  readonly uetVids: readonly Told<string>[];
  /** The newest choice of each kind. What was told before a denial is forgotten, whenever it becomes known. */
  readonly grantedAt?: UnixMs;
  readonly deniedAt?: UnixMs;
}

/** How many of each kind are kept: the oldest go, whatever order they came in. */
const kept = { clicks: 8, persons: 16, clients: 4, uetVids: 4 } as const;
export const clientMaxAgeMs = 8 * dayMs;

export const nothingKnown: VisitorFacts = { clicks: {}, persons: [], clients: [], uetVids: [] };

/** Facts of one visitor from two sources. In any order and any repetition the same facts make the same whole. */
export function mergeFacts(a: VisitorFacts, b: VisitorFacts): VisitorFacts {
  const grantedAt = newest(a.grantedAt, b.grantedAt);
  const deniedAt = newest(a.deniedAt, b.deniedAt);
  const since = deniedAt ?? Number.NEGATIVE_INFINITY;
  const names = [...new Set([...Object.keys(a.clicks), ...Object.keys(b.clicks)])].toSorted();
  const clicks = names
    .map((name) => [name, joined(a.clicks[name], b.clicks[name], kept.clicks, since)] as const)
    .filter(([, told]) => told.length > 0);
  return {
    clicks: Object.fromEntries(clicks),
    persons: joined(a.persons, b.persons, kept.persons, since),
    clients: joined(a.clients, b.clients, kept.clients, since),
    uetVids: joined(a.uetVids, b.uetVids, kept.uetVids, since),
    ...(grantedAt !== undefined && { grantedAt }),
    ...(deniedAt !== undefined && { deniedAt }),
  };
}

function newest(a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** The newest of both, each report once, without what a denial forgot. */
function joined<T>(a: readonly Told<T>[] = [], b: readonly Told<T>[] = [], most: number, since: UnixMs): readonly Told<T>[] {
  const all = [...a, ...b]
    .filter(({ at }) => at > since)
    .toSorted((one, other) => other.at - one.at || compare(other.by, one.by));
  return all.filter(({ at, by }, index) => at !== all[index - 1]?.at || by !== all[index - 1]?.by).slice(0, most);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Without what has grown too old to be kept; what is left may be nothing. */
export function withoutOld(facts: VisitorFacts, now: UnixMs): VisitorFacts {
  const young = <T>(told: readonly Told<T>[], maxAgeMs: number) => told.filter(({ at }) => at > now - maxAgeMs);
  const clicks = Object.entries(facts.clicks)
    .map(([name, told]) => [name, young(told, clickIdMaxAgeMs)] as const)
    .filter(([, told]) => told.length > 0);
  return { ...facts, clicks: Object.fromEntries(clicks), clients: young(facts.clients, clientMaxAgeMs) };
}

/** The newest click id of each name that the visitor had at `time`, at most 90 days old by then. */
export function clicksAt({ clicks }: VisitorFacts, time: UnixMs) {
  return Object.entries(clicks).flatMap(([name, told]) => {
    const found = told.find(({ at }) => at <= time);
    return found && found.at > time - clickIdMaxAgeMs ? [{ name, value: found.value, at: found.at }] : [];
  });
}

/** The UET tag's id of the visitor at `time`. */
export function uetVidAt({ uetVids }: VisitorFacts, time: UnixMs): string | undefined {
  return uetVids.find(({ at }) => at <= time)?.value;
}

/** The visitor's address and agent at `time`, at most `maxAgeMs` old by then. */
export function clientAt(
  { clients }: VisitorFacts,
  time: UnixMs,
  maxAgeMs: number,
): Pick<Client, 'ip' | 'userAgent'> | undefined {
  return clients.find(({ at }) => at <= time && at > time - maxAgeMs)?.value;
}

/** What the visitor chose last, about advertising storage. */
export function choiceOf({ grantedAt, deniedAt }: VisitorFacts): 'granted' | 'denied' | undefined {
  if (deniedAt !== undefined && deniedAt >= (grantedAt ?? deniedAt)) return 'denied';
  return grantedAt === undefined ? undefined : 'granted';
}

/**
 * Who it was at `time`. Several people may use one browser, and none of them lends another an e-mail address: `identify` says
 * who it is from then on; a report of somebody else (another e-mail, another phone, another external id) begins a new person
 * likewise; a report that contradicts nothing adds to the person.
 */
export function personAt({ persons }: VisitorFacts, time: UnixMs): Person {
  let known: Person = { forms: {} };
  for (const { at, value } of persons.toReversed()) {
    if (at > time) break;
    const { isNew, ...told } = value;
    known = isNew || isSomebodyElse(known, told) ? told : addTo(known, told);
  }
  return known;
}

/** What one says of the person contradicts the other. Hashes that are of one kind are compared; one that came as a hash may be either form. */
export function isSomebodyElse(one: Person, other: Person): boolean {
  const differ = (a: readonly (string | undefined)[], b: readonly (string | undefined)[]) => {
    const [these, those] = [a, b].map((all) => all.filter((hash) => hash !== undefined));
    return (
      these !== undefined &&
      those !== undefined &&
      these.length > 0 &&
      those.length > 0 &&
      !these.some((hash) => those.includes(hash))
    );
  };
  return (
    differ(emailsOf(one), emailsOf(other)) ||
    differ(phonesOf(one), phonesOf(other)) ||
    differ([one.externalId], [other.externalId])
  );
}

/** Every hash of the person's e-mail address that there is. */
export function emailsOf({ forms }: Person): readonly (Sha256 | undefined)[] {
  return [forms.emailMicrosoft, forms.emailPlain, forms.emailGiven];
}

export function phonesOf({ forms }: Person): readonly (Sha256 | undefined)[] {
  return [forms.phoneE164, forms.phoneDigits, forms.phoneGiven];
}

/** The newer word counts where both say something. */
function addTo(known: Person, told: Person): Person {
  const externalId = told.externalId ?? known.externalId;
  return { forms: { ...known.forms, ...told.forms }, ...(externalId !== undefined && { externalId }) };
}
