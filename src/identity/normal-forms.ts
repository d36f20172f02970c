import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { NormalForms } from '../event/event.ts';
import { sha256 } from './hashing.ts';

/** An e-mail address with something on both sides of its last `@` and a dot inside the domain; no spaces, no controls. */
function isEmail(text: string): boolean {
  if (text.length > 320 || /[\s\p{Cc}]/u.test(text)) return false;
  const at = text.lastIndexOf('@');
  const dot = text.indexOf('.', at);
  return at > 0 && dot > at + 1 && !text.endsWith('.');
}

/**
 * Dots and everything from `+` leave the user part, for every domain. `undefined` when nothing of the user part is left.
 * Composed characters (NFC) are an assumption: Microsoft says nothing about Unicode.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration 2026-08-04
 */
function microsoftEmail(email: string): string | undefined {
  const text = email.toLowerCase().normalize('NFC');
  const at = text.lastIndexOf('@');
  const [beforePlus = ''] = text.slice(0, at).split('+', 1);
  const user = beforePlus.replaceAll('.', '');
  return user === '' ? undefined : user + text.slice(at);
}

/** A phone number that may exist, by length and country code. */
export interface Phone {
  /** `+` and up to 15 digits. */
  readonly e164: string;
  /** The digits after the country code. */
  readonly national: string;
}

interface Rule<T> {
  readonly form: keyof NormalForms;
  /** What is hashed; `undefined` when this rule makes nothing of it. */
  of(given: T): string | undefined;
}

/** Every form of an e-mail address that some platform matches by. A row added later serves later events only. */
const emailRules: readonly Rule<string>[] = [
  { form: 'emailMicrosoft', of: microsoftEmail },
  { form: 'emailPlain', of: (email) => email.toLowerCase() },
];

/** Every form of a phone number that some platform matches by: Microsoft hashes the `+`, Meta leaves it out. */
const phoneRules: readonly Rule<Phone>[] = [
  { form: 'phoneE164', of: (phone) => phone.e164 },
  { form: 'phoneDigits', of: (phone) => phone.e164.slice(1) },
];

function apply<T>(rules: readonly Rule<T>[], given: T): NormalForms {
  const forms: { -readonly [K in keyof NormalForms]: NormalForms[K] } = {};
  for (const { form, of } of rules) {
    const text = of(given);
    if (text !== undefined) forms[form] = sha256(text);
  }
  return forms;
}

/** Every form of a raw e-mail address, hashed; `undefined` when it is malformed. */
export function normalizeEmail(given: string): NormalForms | undefined {
  const email = given.trim();
  return isEmail(email) ? apply(emailRules, email) : undefined;
}

/**
 * Reads a raw phone number; `undefined` when its length or country code cannot be. `country` (ISO 3166-1 alpha-2) reads
 * national numbers and international prefixes such as `00`; without it only numbers with `+` are read, nothing is guessed.
 */
export function parsePhone(given: string, country?: string): Phone | undefined {
  const known = country !== undefined && isSupportedCountry(country) ? { defaultCountry: country } : {};
  const phone = parsePhoneNumberFromString(given.trim(), { ...known, extract: false });
  return phone?.isPossible() ? { e164: phone.number, national: phone.nationalNumber } : undefined;
}

/** Every form of a phone number, hashed. */
export function normalizePhone(phone: Phone): NormalForms {
  return apply(phoneRules, phone);
}
