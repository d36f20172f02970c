import type { NormalForms } from '../event/event.ts';
import { isHashLike, normalizeGivenHash, sha256 } from './hashing.ts';
import { provinceCodes } from './provinces.ts';
import { usStateCodes } from './us-states.ts';

/**
 * A person's name, gender, date of birth and postal address. These values only support other identifiers: by themselves they identify no
 * person, and no profile keeps them.
 *
 * The rules are those of Meta, which TikTok and OpenAI share, if no other platform is named. No rule mentions Unicode: accents and other
 * scripts are kept, and characters are not composed (an assumption).
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters (2026-01-09)
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
const rules = {
  firstName: { firstNameLetters: toLetters, firstNamePlain: toPlain },
  lastName: { lastNameLetters: toLetters, lastNamePlain: toPlain },
  gender: {
    gender: (text: string) => toGender(text, ['f', 'm']),
    genderPinterest: (text: string) => toGender(text, ['f', 'm', 'n']),
  },
  dateOfBirth: { dateOfBirth: toDate },
  street: { street: toPlain },
  city: { city: toLetters },
  state: { state: toState, provinceCode: toProvinceCode },
  zip: { zip: toZip, zipDigits: (text: string, country?: string) => toZip(text, country).replace(/\D/g, '') },
  country: { country: toPlain },
} as const satisfies Record<string, Forms>;

type Forms = { readonly [K in keyof NormalForms]?: (text: string, country?: string) => string };

/** The name of a value that supports other identifiers. */
export type PersonField = keyof typeof rules;

/**
 * Returns the hashes of a value in every normal form; `undefined` if it has none. A value that is already a hash stands for every form.
 * `country` (ISO 3166-1 alpha-2) is that of the address: it decides the form of states and postal codes.
 */
export function normalizePersonField(field: PersonField, text: string, country?: string): NormalForms | undefined {
  const forms: Forms = rules[field];
  const hashed = isHashLike(text) ? normalizeGivenHash(text) : undefined;
  const hashes = Object.entries(forms).flatMap(([form, of]) => {
    if (isHashLike(text)) return hashed === undefined || form === 'provinceCode' ? [] : [[form, hashed]];
    const value = of(text, country);
    return value === '' ? [] : [[form, sha256(value)]];
  });
  return hashes.length === 0 ? undefined : Object.fromEntries(hashes);
}

/** Returns the text in lower case without punctuation, symbols and white space. */
function toLetters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/** Returns the trimmed text in lower case. */
function toPlain(text: string): string {
  return text.trim().toLowerCase();
}

const genders: ReadonlyMap<string, string> = new Map(
  Object.entries({ f: 'f', female: 'f', woman: 'f', m: 'm', male: 'm', man: 'm', n: 'n', x: 'n', nonbinary: 'n', diverse: 'n' }),
);

function toGender(text: string, known: readonly string[]): string {
  const letter = genders.get(toLetters(text)) ?? '';
  return known.includes(letter) ? letter : '';
}

/**
 * Returns a date as `YYYYMMDD`. Reads `YYYY-MM-DD`, also with a time, `YYYYMMDD`, `D.M.YYYY`, and `M/D/YYYY` or `D/M/YYYY` if only one of
 * the two is a date, or if the address is in the US, which writes the month first.
 */
function toDate(text: string, country?: string): string {
  const [, year = '', month = '', day = ''] = /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:T.*)?$/.exec(text.trim())?.toSpliced(2, 1) ?? [];
  if (year !== '') return formatDate(year, month, day);
  const [, first = '', separator, second = '', last = ''] = /^(\d{1,2})([./])(\d{1,2})\2(\d{4})$/.exec(text.trim()) ?? [];
  const dayFirst = formatDate(last, second, first);
  if (separator === '.') return dayFirst;
  const monthFirst = formatDate(last, first, second);
  if (country === 'US' && monthFirst !== '') return monthFirst;
  return dayFirst === '' || monthFirst === '' || dayFirst === monthFirst ? dayFirst || monthFirst : '';
}

/** Returns the date as `YYYYMMDD`; empty if the calendar has no such date, or if no living person was born then. */
function formatDate(year: string, month: string, day: string): string {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = new Date(iso).getTime();
  const isDate = !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso);
  return isDate && year >= '1900' && year < '2100' ? iso.replaceAll('-', '') : '';
}

/** Returns the two-letter code of a US state; otherwise the name. A name without a country may be that of a US state. */
function toState(text: string, country?: string): string {
  const letters = toLetters(text);
  if (country !== undefined && country !== 'US') return letters;
  return usStateCodes.get(letters) ?? letters.replace(/^us(?=[a-z]{2}$)/, '');
}

/** Returns the code of a Canadian province that is not a code yet. Pinterest asks for codes, Meta outside of the US for the name as it is. */
function toProvinceCode(text: string, country?: string): string {
  return country === 'CA' ? (provinceCodes.get(toLetters(text)) ?? '') : '';
}

/** Returns a postal code without spaces and dashes; of a US code the first five digits. */
function toZip(text: string, country?: string): string {
  const isExtended = country === undefined && /^\s*\d{5}-\d{4}\s*$/.test(text);
  const code = toLetters(text);
  return country === 'US' || isExtended ? code.replace(/^(\d{5})\d*$/, '$1') : code;
}
