import { z } from 'zod';
import type { Event } from '../event/event.ts';
import { hashExternalId, isHashLike, normalizeGivenHash, sha256 } from '../identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../identity/normal-forms.ts';
import type { LinkKind } from '../visitors/identity-links.ts';
import { readAnonymousId } from '../visitors/visitor-id.ts';
import { emailHashes, type Person, phoneHashes } from '../visitors/visitor-profile.ts';

/** Keys that identify a person in a request, named like the members of an event. */
export const personKeys = ['email', 'phone', 'anonymousId', 'externalId', 'eventId', 'orderId'] as const;
export type PersonKey = (typeof personKeys)[number];

type HashedKey = 'email' | 'phone' | 'externalId';

/** The person to search for. E-mail, phone and external id are only in it as hashes. */
export interface PersonQuery {
  /** The keys of the request. */
  readonly keys: readonly PersonKey[];
  /** Hashes of e-mails, phones and external ids, in every form that an event may hold. */
  readonly hashes: ReadonlySet<string>;
  /** The same hashes by key. */
  readonly hashesByKey: Readonly<Partial<Record<HashedKey, ReadonlySet<string>>>>;
  /** Identity links of the keys. */
  readonly links: readonly string[];
  /** The visitor ids, if the key is one. */
  readonly visitors?: readonly string[];
  /** Whether only signals are searched for, and no event. */
  readonly isOfSignals?: true;
  /** Returns whether the event itself names the person. */
  matches(event: Event): boolean;
}

/** Parses a key like ingest does; `undefined` if it is invalid. `country` applies to national phone numbers. */
export function parsePersonKey(key: PersonKey, input: string, country: string | undefined): PersonQuery | undefined {
  const text = input.trim();
  if (text === '' || text.length > 1_024) return undefined;
  switch (key) {
    case 'email':
      return queryHashes.email(hashEmailKeys(text));
    case 'phone':
      return queryHashes.phone(hashPhoneKeys(text, country));
    case 'externalId':
      return queryHashes.externalId([hashExternalId(text)]);
    case 'anonymousId': {
      const id = readAnonymousId(text);
      return id === undefined ? undefined : createVisitorQuery([id]);
    }
    case 'eventId':
      return createIdQuery(key, [], ({ id }) => id === text);
    case 'orderId':
      return createOrderQuery([text]);
  }
}

type CreateHashQuery = (hashes: readonly (string | undefined)[]) => PersonQuery | undefined;

const queryHashes: Readonly<Record<HashedKey, CreateHashQuery>> = {
  email: (hashes) => createHashQuery('email', 'email', hashes, ({ identity }) => emailHashes(identity)),
  phone: (hashes) => createHashQuery('phone', 'phone', hashes, ({ identity }) => phoneHashes(identity)),
  externalId: (hashes) => createHashQuery('externalId', 'external-id', hashes, ({ identity }) => [identity.externalId]),
};

/** All keys that a shop has of a person, not hashed. */
export interface PersonKeys {
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
  readonly orderIds: readonly string[];
}

const hashedKeys = ['email', 'phone', 'externalId'] as const;

/** The keys of `PersonKeys` as they may be stored: hashes of each. */
export const hashedPersonSchema = z.lazy(() =>
  z.object({
    email: z.array(z.string()),
    phone: z.array(z.string()),
    externalId: z.array(z.string()),
    orderIds: z.array(z.string()),
  }),
);
export type HashedPerson = z.output<typeof hashedPersonSchema>;

/** Hashes the keys. Leaves out invalid keys; returns `undefined` if no key is valid. */
export function hashPersonKeys({ orderIds, ...values }: PersonKeys, country: string | undefined): HashedPerson | undefined {
  const hash = (key: HashedKey) => [...(parsePersonKey(key, values[key] ?? '', country)?.hashes ?? [])];
  const [email, phone, externalId] = [hash('email'), hash('phone'), hash('externalId')];
  if ([email, phone, externalId, orderIds].every(({ length }) => length === 0)) return undefined;
  return { email, phone, externalId, orderIds: [...orderIds] };
}

/** Creates one query for all keys of a person. */
export function createPersonQuery({ orderIds, ...hashes }: HashedPerson): PersonQuery {
  const all = hashedKeys.flatMap((key) => queryHashes[key](hashes[key]) ?? []);
  if (orderIds.length > 0) all.push(createOrderQuery(orderIds));
  return {
    keys: all.flatMap((one) => one.keys),
    hashes: new Set(all.flatMap(({ hashes }) => [...hashes])),
    hashesByKey: Object.assign({}, ...all.map(({ hashesByKey }) => hashesByKey)),
    links: all.flatMap(({ links }) => links),
    matches: (event) => all.some((one) => one.matches(event)),
  };
}

function createHashQuery(
  key: HashedKey,
  kind: LinkKind,
  hashes: readonly (string | undefined)[],
  getHashes: (event: Event) => readonly (string | undefined)[],
): PersonQuery | undefined {
  const known = new Set(hashes.filter((hash) => hash !== undefined));
  if (known.size === 0) return undefined;
  const matches = (event: Event) => getHashes(event).some((hash) => hash !== undefined && known.has(hash));
  return {
    keys: [key],
    hashes: known,
    hashesByKey: { [key]: known },
    links: [...known].map((hash) => `${kind}:${hash}`),
    matches,
  };
}

function createIdQuery(key: PersonKey, links: readonly string[], matches: PersonQuery['matches']): PersonQuery {
  return { keys: [key], hashes: new Set(), hashesByKey: {}, links, matches };
}

/** Creates the query for visitors by their ids. */
export function createVisitorQuery(visitors: readonly string[]): PersonQuery {
  const known = new Set<string | undefined>(visitors);
  return { ...createIdQuery('anonymousId', [], ({ identity }) => known.has(identity.anonymousId)), visitors };
}

function createOrderQuery(orderIds: readonly string[]): PersonQuery {
  const known = new Set(orderIds);
  const links = [...known].map((id) => `order:${id}`);
  return createIdQuery('orderId', links, (event) => getOrderIds(event).some((id) => known.has(id)));
}

/**
 * Returns the possible order ids of an event. An event without consent has no order id, but its event id was made from one, possibly with 16
 * digits added by the shop.
 */
function getOrderIds({ id, commerce }: Event): readonly string[] {
  const [, ofId] = /^purchase-(.+)$/s.exec(id) ?? [];
  return [commerce.orderId, ofId, ofId?.replace(/-[0-9a-f]{16}$/, '')].filter((one) => one !== undefined);
}

/** Returns the hashes of all normal forms, and of the text as it is, because a shop may have hashed it without normalizing. */
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

/** The hashed identifiers of the person. They distinguish the person from others who use the same browser. */
export class PersonIdentifiers {
  readonly #emails: Set<string>;
  readonly #phones: Set<string>;
  readonly #externalIds: Set<string>;

  constructor({ hashesByKey: { email, phone, externalId } }: Pick<PersonQuery, 'hashesByKey'>) {
    this.#emails = new Set(email);
    this.#phones = new Set(phone);
    this.#externalIds = new Set(externalId);
  }

  /** Returns the identifiers as keys of identity links. */
  keys(): readonly string[] {
    const kinds = { email: this.#emails, phone: this.#phones, 'external-id': this.#externalIds };
    return Object.entries(kinds).flatMap(([kind, hashes]) => [...hashes].map((hash) => `${kind}:${hash}`));
  }

  add(person: Person): void {
    for (const [known, hashes] of this.#pairByKind(person)) for (const hash of hashes) known.add(hash);
  }

  /** Returns whether the observations have other identifiers of a known kind, and none of the person's. */
  contradict(observations: readonly Person[]): boolean {
    const pairs = observations.flatMap((one) => this.#pairByKind(one));
    if (pairs.some(([known, hashes]) => hashes.some((hash) => known.has(hash)))) return false;
    return pairs.some(([known, hashes]) => known.size > 0 && hashes.length > 0);
  }

  /** @param key of an identity link: `email:` and a hash, and the like. */
  hasKey(key: string): boolean {
    const value = key.slice(key.indexOf(':') + 1);
    return this.#emails.has(value) || this.#phones.has(value) || this.#externalIds.has(value);
  }

  #pairByKind(person: Person): readonly (readonly [Set<string>, readonly string[]])[] {
    const some = (all: readonly (string | undefined)[]) => all.filter((one) => one !== undefined);
    return [
      [this.#emails, some(emailHashes(person))],
      [this.#phones, some(phoneHashes(person))],
      [this.#externalIds, some([person.externalId])],
    ];
  }
}
