import type { Event } from '../event/event.ts';
import { emailsOf, type Person, phonesOf } from '../identity/facts.ts';
import { externalIdHash, givenHash, looksHashed, sha256 } from '../identity/hash.ts';
import { emailForms, phoneForms, readPhone } from '../identity/normal-forms.ts';
import { readAnonymousId } from '../identity/visitor.ts';

/** By what an operator names a person, in the words of an event. */
export const personKeys = ['email', 'phone', 'anonymousId', 'externalId', 'eventId', 'orderId'] as const;
export type PersonKey = (typeof personKeys)[number];

/** Whom to look for. The raw e-mail, phone and external id are not in it: they end here, as hashes. */
export interface Wanted {
  readonly key: PersonKey;
  /** Hashes of an e-mail, a phone or an external id, of every form that an event may hold. */
  readonly hashes: ReadonlySet<string>;
  /** By which visitors are linked. */
  readonly links: readonly string[];
  /** The visitor, where that is what the key names. */
  readonly visitor?: string;
  /** Whether the event names the person itself. */
  names(event: Event): boolean;
}

/** Reads the key as ingest reads it; `undefined` where it is none. `country` reads national phone numbers. */
export function readWanted(key: PersonKey, given: string, country: string | undefined): Wanted | undefined {
  const text = given.trim();
  if (text === '' || text.length > 1_024) return undefined;
  const byHash = (
    kind: string,
    hashes: readonly (string | undefined)[],
    of: (event: Event) => readonly (string | undefined)[],
  ) => {
    const known = new Set(hashes.filter((hash) => hash !== undefined));
    const names = (event: Event) => of(event).some((hash) => hash !== undefined && known.has(hash));
    return known.size === 0 ? undefined : { key, hashes: known, links: [...known].map((hash) => `${kind}:${hash}`), names };
  };
  const byId = (links: readonly string[], names: Wanted['names']) => ({ key, hashes: new Set<string>(), links, names });
  switch (key) {
    case 'email':
      return byHash('email', emailHashes(text), ({ identity }) => emailsOf(identity));
    case 'phone':
      return byHash('phone', phoneHashes(text, country), ({ identity }) => phonesOf(identity));
    case 'externalId':
      return byHash('external-id', [externalIdHash(text)], ({ identity }) => [identity.externalId]);
    case 'anonymousId': {
      const id = readAnonymousId(text);
      return id === undefined ? undefined : { ...byId([], ({ identity }) => identity.anonymousId === id), visitor: id };
    }
    case 'eventId':
      return byId([], ({ id }) => id === text);
    case 'orderId':
      // A purchase that was denied keeps the id that was made of its order's.
      return byId([`order:${text}`], ({ id, commerce }) => commerce.orderId === text || id === `purchase-${text}`);
  }
}

/** Also of the text as it came: who hashed it before it came to us may have left it as it was. */
function emailHashes(text: string): readonly (string | undefined)[] {
  if (looksHashed(text)) return [givenHash(text)];
  const forms = emailForms(text);
  return forms ? [...Object.values(forms), sha256(text)] : [];
}

function phoneHashes(text: string, country: string | undefined): readonly (string | undefined)[] {
  if (looksHashed(text)) return [givenHash(text)];
  const phone = readPhone(text, country);
  return phone ? [...Object.values(phoneForms(phone)), sha256(phone.e164), sha256(text)] : [];
}

/**
 * Everything that the person was called by where they were named. Several people may use one browser, and what another of them
 * told is not the person's.
 */
export class Names {
  readonly #emails: Set<string> = new Set();
  readonly #phones: Set<string> = new Set();
  readonly #externalIds: Set<string> = new Set();

  constructor({ key, hashes }: Pick<Wanted, 'key' | 'hashes'>) {
    if (key === 'email') this.#emails = new Set(hashes);
    if (key === 'phone') this.#phones = new Set(hashes);
    if (key === 'externalId') this.#externalIds = new Set(hashes);
  }

  add(person: Person): void {
    for (const [known, told] of this.#beside(person)) for (const one of told) known.add(one);
  }

  /** Whether what was told calls the person by another name, and by none of theirs. */
  areOfSomebodyElse(told: readonly Person[]): boolean {
    const pairs = told.flatMap((one) => this.#beside(one));
    if (pairs.some(([known, names]) => names.some((name) => known.has(name)))) return false;
    return pairs.some(([known, names]) => known.size > 0 && names.length > 0);
  }

  /** A link's key: `email:` and a hash, and the like. */
  hasKey(key: string): boolean {
    const value = key.slice(key.indexOf(':') + 1);
    return this.#emails.has(value) || this.#phones.has(value) || this.#externalIds.has(value);
  }

  #beside(person: Person): readonly (readonly [Set<string>, readonly string[]])[] {
    const some = (all: readonly (string | undefined)[]) => all.filter((one) => one !== undefined);
    return [
      [this.#emails, some(emailsOf(person))],
      [this.#phones, some(phonesOf(person))],
      [this.#externalIds, some([person.externalId])],
    ];
  }
}
