import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { NormalForms, Sha256 } from '../event/event.ts';
import { sha256 } from './hashing.ts';

/** Returns whether a text has a user part, a last `@` and a domain with a dot, without spaces and control characters. */
function isEmail(text: string): boolean {
  // A text of visible ASCII characters alone has none of the others.
  if (text.length > 320 || (!/^[!-~]*$/.test(text) && /[\s\p{Cc}]/u.test(text))) return false;
  const at = text.lastIndexOf('@');
  const dot = text.indexOf('.', at);
  return at > 0 && dot > at + 1 && !text.endsWith('.');
}

/**
 * Removes dots and everything from `+` on in the user part, for every domain. `undefined` if the user part is then empty.
 * Composed characters (NFC) are an assumption: Microsoft's documentation does not mention Unicode.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration 2026-08-04
 */
function toMicrosoftEmail(email: string): string | undefined {
  const lower = email.toLowerCase();
  const text = /^[!-~]*$/.test(lower) ? lower : lower.normalize('NFC');
  const at = text.lastIndexOf('@');
  const plus = text.indexOf('+');
  const beforePlus = text.slice(0, plus >= 0 && plus < at ? plus : at);
  const user = beforePlus.includes('.') ? beforePlus.replaceAll('.', '') : beforePlus;
  return user === '' ? undefined : user + text.slice(at);
}

/**
 * Removes dots and everything from `+` on in the user part, for Google's own two domains only. `undefined` if the user part is then empty.
 * Composed characters are not assumed: Google's library does not compose.
 * @source https://github.com/googleads/data-manager-node (2026-06-25)
 */
function toGoogleEmail(email: string): string | undefined {
  const text = email.toLowerCase();
  if (!text.endsWith('mail.com')) return text;
  const [, user = '', domain] = /^(.*)(@(?:gmail|googlemail)\.com)$/s.exec(text) ?? [];
  if (domain === undefined) return text;
  const plain = user.replace(/\+.*$/s, '').replaceAll('.', '');
  return plain === '' ? undefined : plain + domain;
}

/** A possible phone number, by length and country code. */
export interface Phone {
  /** `+` and up to 15 digits. */
  readonly e164: string;
  /** The digits after the country code. */
  readonly national: string;
}

interface Rule<T> {
  readonly form: keyof NormalForms;
  /** Returns the text to hash; `undefined` if the rule cannot be applied. */
  of(input: T): string | undefined;
}

/** The normal forms of an e-mail address that platforms match by. A row that is added later applies to later events only. */
const emailRules: readonly Rule<string>[] = [
  { form: 'emailMicrosoft', of: toMicrosoftEmail },
  { form: 'emailPlain', of: (email) => email.toLowerCase() },
  { form: 'emailGoogle', of: toGoogleEmail },
];

/** The normal forms of a phone number that platforms match by: Microsoft hashes the `+`, Meta omits it. */
const phoneRules: readonly Rule<Phone>[] = [
  { form: 'phoneE164', of: (phone) => phone.e164 },
  { form: 'phoneDigits', of: (phone) => phone.e164.slice(1) },
];

function apply<T>(rules: readonly Rule<T>[], input: T): NormalForms {
  const forms: { -readonly [K in keyof NormalForms]: NormalForms[K] } = {};
  // Most addresses are the same in several forms.
  let hashed: string | undefined;
  let hash: Sha256 | undefined;
  for (const { form, of } of rules) {
    const text = of(input);
    if (text === undefined) continue;
    if (hash === undefined || text !== hashed) hash = sha256(text);
    hashed = text;
    forms[form] = hash;
  }
  return forms;
}

/**
 * Returns the hashes of a raw e-mail address in every normal form; `undefined` if it is malformed, or if it is Google's and names no account
 * before a `+`: everybody who enters such a text would be the same person.
 */
export function normalizeEmail(input: string): NormalForms | undefined {
  const email = input.trim();
  return isEmail(email) && toGoogleEmail(email) !== undefined ? apply(emailRules, email) : undefined;
}

/**
 * A ten-digit number of North America, in the usual punctuation. A number that begins with 2 to 9 has no prefix, and ten digits are the only
 * length, so the library, which takes most of the time of accepting an event, would return the same.
 */
const northAmerican = /^(\+1[ .-]?)?(?:\(([2-9]\d\d)\)|([2-9]\d\d))[ .-]?(\d{3})[ .-]?(\d{4})$/;

function parseNorthAmerican(text: string, country: string | undefined): Phone | undefined {
  const [found, prefix, inBrackets, area = inBrackets, exchange, line] = northAmerican.exec(text) ?? [];
  if (found === undefined || (prefix === undefined && country !== 'US' && country !== 'CA')) return undefined;
  const national = `${area}${exchange}${line}`;
  return { e164: `+1${national}`, national };
}

/** A global number as the URL of a link, with its parameters. @source https://www.rfc-editor.org/rfc/rfc3966#section-3 (2026-12-01) */
const globalTel = /^tel:(\+[\d().-]+)(?:;.*)?$/is;

/**
 * Parses a raw phone number; `undefined` if its length or country code is impossible. `country` (ISO 3166-1 alpha-2) is used for national
 * numbers and international prefixes; without `country` only numbers with `+` are parsed. A link to a global number, such as
 * `tel:+1-425-555-1234`, counts as the number.
 */
export function parsePhone(input: string, country?: string): Phone | undefined {
  const text = input.trim().replace(globalTel, '$1');
  return parseNorthAmerican(text, country) ?? parseDoubleZero(text, country) ?? parseByLibrary(text, country);
}

/**
 * Parses a number that begins with `00`, the international prefix of most countries. Shops send it whatever their own country's prefix is,
 * so it counts as `+` if the number is then one that its country assigns.
 */
function parseDoubleZero(text: string, country: string | undefined): Phone | undefined {
  if (country === undefined || !/^\(?0[ .-]?0\)?[ .-]?\(?[1-9]/.test(text)) return undefined;
  const phone = parsePhoneNumberFromString(`+${text.replace(/^\(?0[ .-]?0\)?/, '')}`, { extract: false });
  return phone?.isPossible() && phone.isValid() ? toPhone(phone) : undefined;
}

/** Parses a raw phone number of any country. */
function parseByLibrary(text: string, country?: string): Phone | undefined {
  const known = country !== undefined && isSupportedCountry(country) ? { defaultCountry: country } : {};
  const phone = parsePhoneNumberFromString(text, { ...known, extract: false });
  return phone?.isPossible() ? toPhone(phone) : undefined;
}

const toPhone = ({ number, nationalNumber }: PhoneNumber): Phone => ({ e164: number, national: nationalNumber });

/**
 * Returns the hash of a phone's advertising id, in lower case and with its dashes. Lower case is an assumption: Pinterest does not document
 * the case, and its own tag hashes lower case.
 * @source https://github.com/pinterest/ss-gtm-template (2026-05-05)
 */
export function normalizeDeviceId(name: 'idfa' | 'gaid', id: string): NormalForms {
  return { [name]: sha256(id.toLowerCase()) };
}

/** Returns the hashes of a phone number in every normal form. */
export function normalizePhone(phone: Phone): NormalForms {
  return apply(phoneRules, phone);
}
