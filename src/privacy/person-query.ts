import type { Event } from '../event/event.ts';
import { hashExternalId, isHashLike, normalizeGivenHash, sha256 } from '../identity/hashing.ts';
import type { LinkKind } from '../identity/identity-links.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../identity/normal-forms.ts';
import { readAnonymousId } from '../identity/visitor-id.ts';
import { emailHashes, type Person, phoneHashes } from '../identity/visitor-profile.ts';

/** By what an operator names a person, in the words of an event. */
export const personKeys = ['email', 'phone', 'anonymousId', 'externalId', 'eventId', 'orderId'] as const;
export type PersonKey = (typeof personKeys)[number];

/** What of a person is hashed. */
type HashedKey = 'email' | 'phone' | 'externalId';

/** Whom to look for. The raw e-mail, phone and external id are not in it: they end here, as hashes. */
export interface PersonQuery {
  /** By what they are named. */
  readonly keys: readonly PersonKey[];
  /** Hashes of e-mails, phones and external ids, of every form that an event may hold. */
  readonly hashes: ReadonlySet<string>;
  /** The same by what they are of. */
  readonly hashesOf: Readonly<Partial<Record<HashedKey, ReadonlySet<string>>>>;
  /** By which visitors are linked. */
  readonly links: readonly string[];
  /** The visitor, where that is what they are named by. */
  readonly visitor?: string;
  /** Whether the event names the person itself. */
  matches(event: Event): boolean;
}

/** Reads the key as ingest reads it; `undefined` where it is none. `country` reads national phone numbers. */
export function parsePersonKey(key: PersonKey, given: string, country: string | undefined): PersonQuery | undefined {
  const text = given.trim();
  if (text === '' || text.length > 1_024) return undefined;
  switch (key) {
    case 'email':
      return byHash('email', 'email', hashEmailKeys(text), ({ identity }) => emailHashes(identity));
    case 'phone':
      return byHash('phone', 'phone', hashPhoneKeys(text, country), ({ identity }) => phoneHashes(identity));
    case 'externalId':
      return byHash('externalId', 'external-id', [hashExternalId(text)], ({ identity }) => [identity.externalId]);
    case 'anonymousId': {
      const id = readAnonymousId(text);
      return id === undefined ? undefined : { ...byId(key, [], ({ identity }) => identity.anonymousId === id), visitor: id };
    }
    case 'eventId':
      return byId(key, [], ({ id }) => id === text);
    case 'orderId':
      return byOrders([text]);
  }
}

/** Somebody as a shop names them: by everything that it has of them, raw. */
export interface PersonKeys {
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
  readonly orderIds: readonly string[];
}

/** Everybody whom any of the keys names, as one person. What cannot be read is left out; `undefined` where nothing can. */
export function parsePersonKeys({ orderIds, ...told }: PersonKeys, country: string | undefined): PersonQuery | undefined {
  const keys = ['email', 'phone', 'externalId'] as const;
  const all = keys.flatMap((key) => parsePersonKey(key, told[key] ?? '', country) ?? []);
  if (orderIds.length > 0) all.push(byOrders(orderIds));
  if (all.length === 0) return undefined;
  return {
    keys: all.flatMap((one) => one.keys),
    hashes: new Set(all.flatMap(({ hashes }) => [...hashes])),
    hashesOf: Object.assign({}, ...all.map(({ hashesOf }) => hashesOf)),
    links: all.flatMap(({ links }) => links),
    matches: (event) => all.some((one) => one.matches(event)),
  };
}

function byHash(
  key: HashedKey,
  kind: LinkKind,
  hashes: readonly (string | undefined)[],
  of: (event: Event) => readonly (string | undefined)[],
): PersonQuery | undefined {
  const known = new Set(hashes.filter((hash) => hash !== undefined));
  if (known.size === 0) return undefined;
  const names = (event: Event) => of(event).some((hash) => hash !== undefined && known.has(hash));
  return {
    keys: [key],
    hashes: known,
    hashesOf: { [key]: known },
    links: [...known].map((hash) => `${kind}:${hash}`),
    matches: names,
  };
}

function byId(key: PersonKey, links: readonly string[], names: PersonQuery['matches']): PersonQuery {
  return { keys: [key], hashes: new Set(), hashesOf: {}, links, matches: names };
}

function byOrders(orderIds: readonly string[]): PersonQuery {
  const known = new Set(orderIds);
  const links = [...known].map((id) => `order:${id}`);
  return byId('orderId', links, (event) => ordersOf(event).some((id) => known.has(id)));
}

/** The order of an event. One that was denied keeps the id that was made of its order's, to which a shop may have added 16 digits. */
function ordersOf({ id, commerce }: Event): readonly string[] {
  const [, ofId] = /^purchase-(.+)$/s.exec(id) ?? [];
  return [commerce.orderId, ofId, ofId?.replace(/-[0-9a-f]{16}$/, '')].filter((one) => one !== undefined);
}

/** Also of the text as it came: who hashed it before it came to us may have left it as it was. */
function hashEmailKeys(text: string): readonly (string | undefined)[] {
  if (isHashLike(text)) return [normalizeGivenHash(text)];
  const forms = normalizeEmail(text);
  return forms ? [...Object.values(forms), sha256(text)] : [];
}

function hashPhoneKeys(text: string, country: string | undefined): readonly (string | undefined)[] {
  if (isHashLike(text)) return [normalizeGivenHash(text)];
  const phone = parsePhone(text, country);
  return phone ? [...Object.values(normalizePhone(phone)), sha256(phone.e164), sha256(text)] : [];
}

/**
 * Everything that the person was called by where they were named. Several people may use one browser, and what another of them
 * told is not the person's.
 */
export class PersonIdentifiers {
  readonly #emails: Set<string>;
  readonly #phones: Set<string>;
  readonly #externalIds: Set<string>;

  constructor({ hashesOf: { email, phone, externalId } }: Pick<PersonQuery, 'hashesOf'>) {
    this.#emails = new Set(email);
    this.#phones = new Set(phone);
    this.#externalIds = new Set(externalId);
  }

  /** As links have them. */
  keys(): readonly string[] {
    const kinds = { email: this.#emails, phone: this.#phones, 'external-id': this.#externalIds };
    return Object.entries(kinds).flatMap(([kind, names]) => [...names].map((name) => `${kind}:${name}`));
  }

  add(person: Person): void {
    for (const [known, told] of this.#beside(person)) for (const one of told) known.add(one);
  }

  /** Whether what was told calls the person by another name, and by none of theirs. */
  contradict(told: readonly Person[]): boolean {
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
      [this.#emails, some(emailHashes(person))],
      [this.#phones, some(phoneHashes(person))],
      [this.#externalIds, some([person.externalId])],
    ];
  }
}
