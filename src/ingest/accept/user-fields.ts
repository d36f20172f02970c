import { isbot } from 'isbot';
import type { Client, NormalForms, ReportSource } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { hashExternalId, isHashLike, normalizeGivenHash } from '../../identity/hashing.ts';
import { normalizeDeviceId, normalizeEmail, normalizePhone, type Phone, parsePhone } from '../../identity/normal-forms.ts';
import { normalizePersonField, type PersonField } from '../../identity/person-forms.ts';
import { isPersonalVisitorId } from '../../identity/personal-text.ts';
import { isPublicClient, parseIpAddress } from '../../net/ip-address.ts';
import { addressCookies } from '../../visitors/browser-ids.ts';
import { readAnonymousId } from '../../visitors/visitor-id.ts';
import { cacheNewest } from '../limits/bounded-map.ts';
import type { ReadContext } from './field-readers.ts';
import { buildOwnIdentifiers, containsOwnIdentifier, isPlaceholderPhone, type OwnIdentifiers, scrubPii } from './scrub-pii.ts';
import type { GivenUser } from './submission.ts';

/** Parses the phone number of a user; `undefined` if it is absent, already hashed or impossible. */
export function parseUserPhone(user: GivenUser, site: Site): Phone | undefined {
  return user.phone === undefined || isHashLike(user.phone)
    ? undefined
    : parsePhone(user.phone, user.country ?? site.defaultCountry);
}

/** Returns the identifiers that the event's other strings must not hold. */
export function getOwnIdentifiers(user: GivenUser, phone: Phone | undefined): OwnIdentifiers {
  const email = user.email?.includes('@') ? [user.email] : [];
  const rawPhones = user.phone === undefined || isHashLike(user.phone) ? [] : [user.phone];
  const numbers = phone ? [...rawPhones, phone.e164, phone.national] : rawPhones;
  return buildOwnIdentifiers(phone && isPlaceholderPhone(phone.national) ? email : [...email, ...numbers]);
}

/** Hashes the e-mail address, or returns the hash that was sent instead of it. */
function emailHashes(user: GivenUser, reading: ReadContext): NormalForms {
  const raw = user.email !== undefined && !isHashLike(user.email) ? user.email : undefined;
  const hash = user.emailSha256 ?? (raw === undefined ? user.email : undefined);
  const forms = raw === undefined ? undefined : normalizeEmail(raw);
  if (raw !== undefined && !forms) {
    reading.warn('user.email', 'email-malformed', 'Must be an e-mail address, so the field was dropped. Send name@domain.');
  }
  const emailGiven = hash === undefined ? undefined : normalizeGivenHash(hash);
  if (hash !== undefined && emailGiven === undefined) warnHash('user.emailSha256', reading);
  return { ...forms, ...(emailGiven && { emailGiven }) };
}

function phoneHashes(user: GivenUser, phone: Phone | undefined, reading: ReadContext): NormalForms {
  const raw = user.phone !== undefined && !isHashLike(user.phone);
  const hash = user.phoneSha256 ?? (raw ? undefined : user.phone);
  if (raw && !phone) {
    const remedy = "Send it with `+` and the country code, or set the site's `defaultCountry`.";
    reading.warn('user.phone', 'phone-not-possible', `Must be a possible phone number, so the field was dropped. ${remedy}`);
  }
  const phoneGiven = hash === undefined ? undefined : normalizeGivenHash(hash);
  if (hash !== undefined && phoneGiven === undefined) warnHash('user.phoneSha256', reading);
  return { ...(phone && normalizePhone(phone)), ...(phoneGiven && { phoneGiven }) };
}

function warnHash(field: string, reading: ReadContext): void {
  reading.warn(field, 'hash-malformed', 'Must be the SHA-256 of a value, so the field was dropped. Send 64 hexadecimal digits.');
}

/** The hashes of the countries so far. A country is one of about 250 codes. */
const countryForms = new Map<string, NormalForms>();

function hashCountry(country: string): NormalForms {
  const known = countryForms.get(country);
  if (known) return known;
  const forms = normalizePersonField('country', country) ?? {};
  countryForms.set(country, forms);
  return forms;
}

/**
 * Hashes the values that support other identifiers. The shop's `user.country` stands in for that of the address; the country of a browser's
 * request does not, because it comes from the network.
 */
function personHashes(user: GivenUser, reporter: ReportSource, reading: ReadContext): NormalForms {
  const { firstName, lastName, gender, dateOfBirth, address = {} } = user;
  const country = address.country ?? (reporter === 'browser' ? undefined : user.country);
  const isBare =
    firstName === undefined &&
    lastName === undefined &&
    gender === undefined &&
    dateOfBirth === undefined &&
    user.address === undefined;
  if (isBare) return country === undefined ? {} : hashCountry(country);
  const read = (path: string, field: PersonField, text: string | undefined, form: string): NormalForms => {
    if (text === undefined) return {};
    const forms = normalizePersonField(field, text, country);
    if (!forms) reading.warn(`user.${path}`, 'malformed', `Must be ${form}, so the field was dropped. Send ${form}.`);
    return forms ?? {};
  };
  return {
    ...read('firstName', 'firstName', firstName, 'a name'),
    ...read('lastName', 'lastName', lastName, 'a name'),
    ...read('gender', 'gender', gender, '`female`, `male` or `nonbinary`'),
    ...read('dateOfBirth', 'dateOfBirth', dateOfBirth, 'a date as YYYY-MM-DD'),
    ...read('address.street', 'street', address.street, 'a street'),
    ...read('address.city', 'city', address.city, 'the name of a city'),
    ...read('address.state', 'state', address.state, 'the code or name of a state'),
    ...read('address.zip', 'zip', address.zip, 'a postal code'),
    ...(country !== undefined && hashCountry(country)),
  };
}

/** Reads the parts of a user that may be stored: hashes, and ids that are not personal. */
export function readUserIdentity(user: GivenUser, phone: Phone | undefined, reporter: ReportSource, reading: ReadContext) {
  const externalId = user.externalId === undefined ? undefined : hashExternalId(user.externalId);
  if (user.externalId !== undefined && externalId === undefined) warnHash('user.externalId', reading);
  const anonymousId = user.anonymousId === undefined ? undefined : readVisitorId(user.anonymousId, reading);
  const idfa = readDeviceId(user.idfa);
  const gaid = readDeviceId(user.gaid);
  return {
    forms: {
      ...emailHashes(user, reading),
      ...phoneHashes(user, phone, reading),
      ...personHashes(user, reporter, reading),
      ...(idfa !== undefined && normalizeDeviceId('idfa', idfa)),
      ...(gaid !== undefined && normalizeDeviceId('gaid', gaid)),
    },
    ...(externalId && { externalId }),
    ...(anonymousId && { anonymousId }),
    ...(idfa !== undefined && { idfa }),
    ...(gaid !== undefined && { gaid }),
  };
}

function readVisitorId(value: string, reading: ReadContext): string | undefined {
  if (isPersonalVisitorId(value) || containsOwnIdentifier(value, reading.own)) {
    const message = 'Must not hold an e-mail address or phone number, so the visitor id was dropped. Send a random id.';
    reading.warn('user.anonymousId', 'id-is-personal', message);
    return undefined;
  }
  const id = readAnonymousId(value);
  if (id === undefined) {
    const message = 'Must be 1 to 128 printable characters, so the visitor id was dropped. Send a random id.';
    reading.warn('user.anonymousId', 'malformed', message);
  }
  return id;
}

/** Returns the device's advertising id. Drops an id of zeros, which phones report if their owner opted out. */
function readDeviceId(id: string | undefined): string | undefined {
  return id === undefined || /^[0-]+$/.test(id) ? undefined : id;
}

interface ClientContext {
  readonly reporter: ReportSource;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly countryFrom?: 'table';
}

/**
 * Returns the shopper's own address, agent and country, and the addresses that the request's cookies hold. A private address is a proxy's,
 * so it is dropped.
 */
export function readClientFields(
  { ip, userAgent, country }: Client,
  { reporter, cookies = {}, countryFrom }: ClientContext,
  reading: ReadContext,
): Client {
  const usable = ip !== undefined && isPublicAddress(ip);
  if (ip !== undefined && !usable) {
    const remedy =
      reporter === 'browser'
        ? "If it is the address of your proxy, add it to `collector.trustedProxies`, so that the shopper's own is read."
        : "Send the shopper's own, from the header that your proxy sets.";
    reading.warn('user.ip', 'address-not-public', `Must be a public address, so the field was dropped. ${remedy}`);
  }
  const cookieAddresses = readCookieAddresses(cookies);
  return {
    ...(usable && { ip }),
    ...(cookieAddresses && { cookieAddresses }),
    ...(userAgent !== undefined && { userAgent: scrubPii(userAgent, reading.own) }),
    ...(country !== undefined && { country }),
    ...(country !== undefined && reporter === 'browser' && countryFrom && { countryFrom }),
  };
}

/**
 * Returns the public addresses that platforms' libraries keep in cookies, by the cookie's name; `undefined` if there is none. A browser can
 * write any address there, so it is only for the event's platform: never for limits, countries, networks or profiles.
 */
function readCookieAddresses(cookies: Readonly<Record<string, string>>): Client['cookieAddresses'] {
  let found: Record<string, string> | undefined;
  for (const { cookie, read } of addressCookies) {
    const text = Object.hasOwn(cookies, cookie) ? read(cookies[cookie] ?? '') : undefined;
    const address = text === undefined ? undefined : parseIpAddress(text);
    if (address !== undefined && isPublicClient(address)) found = { ...found, [cookie]: address };
  }
  return found;
}

/** Caches the newest addresses, because a shopper sends several events. */
const isPublicAddress = cacheNewest(10_000, isPublicClient);

/** Caches the newest user agents, because shoppers share few of them. */
const isCrawlerAgent = cacheNewest(1_000, isbot);

/** Returns whether a user agent is a crawler's. Reads its first 1,024 characters only, so that a hostile text is cheap. */
export function isCrawler(userAgent: string | undefined): boolean {
  return userAgent !== undefined && isCrawlerAgent(userAgent.slice(0, 1_024));
}
