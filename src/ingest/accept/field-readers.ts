import type { Issue } from '../../event/issue.ts';
import { sha256 } from '../../identity/hashing.ts';
import { isObject } from '../http/parse-json.ts';
import { containsEmail, containsOwnIdentifier, containsOwnPhone, type OwnIdentifiers, scrubPii } from './scrub-pii.ts';

/** What one event's readers share: the shopper's identifiers to take out, and the warnings so far. */
export interface ReadContext {
  readonly own: OwnIdentifiers;
  readonly warnings: readonly Issue[];
  warn(field: string, code: string, message: string): void;
  /** What stands in the place of an id that holds the shopper's own e-mail or phone. */
  standIn(id: string): string;
  /** Takes characters from the event's allowance; false when it is used up. Keeps a hostile event from holding up the others. */
  spend(characters: number): boolean;
  /** Characters so far, those that were refused included. */
  spent(): number;
}

/** Reads one untrusted value leniently: `undefined` when it is absent, or useless, which is then a warning. Never throws. */
export type FieldReader<T> = (given: unknown, field: string, reading: ReadContext) => T | undefined;

const maxWarnings = 50;

/** Characters of text that one event may hold. */
const maxEventText = 131_072;

/** The same for the same id, so that a repeat of the event is still a duplicate. */
function hashed(id: string): string {
  return `id-${sha256(id).slice(0, 32)}`;
}

export function createReadContext(own: OwnIdentifiers, standIn: ReadContext['standIn'] = hashed): ReadContext {
  const warnings: Issue[] = [];
  let spent = 0;
  return {
    own,
    warnings,
    standIn,
    spend(characters) {
      spent += characters;
      return spent <= maxEventText;
    },
    spent: () => spent,
    warn(field, code, message) {
      if (warnings.length < maxWarnings) warnings.push({ field, code, message });
      else if (warnings.length === maxWarnings) {
        warnings.push({ field: '', code: 'more-warnings', message: 'There are more warnings than are kept. Mend these first.' });
      }
    },
  };
}

/** Longest string that an event may hold, in UTF-8 bytes. */
export const maxTextBytes = 8_192;

export function isTooLong(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes);
}

/** Trimmed and with whole characters only; blank counts as absent. `ids` may come as numbers too. */
function words(given: unknown, field: string, reading: ReadContext, maxBytes: number, ids: boolean): string | undefined {
  if (given === undefined || given === null) return undefined;
  let text: string;
  if (typeof given === 'string') text = given.trim().toWellFormed();
  else if (ids && typeof given === 'number' && Math.abs(given) <= Number.MAX_SAFE_INTEGER) text = String(given);
  else {
    const remedy = ids ? 'Send a string, or a number that JSON holds exactly.' : 'Send a string.';
    reading.warn(field, 'wrong-type', `The field is not text, so it was left out. ${remedy}`);
    return undefined;
  }
  if (text === '') return undefined;
  if (!reading.spend(text.length)) {
    const message = `The event holds over ${maxEventText} characters, so the field was left out. Send less in one event.`;
    reading.warn(field, 'event-too-long', message);
    return undefined;
  }
  if (!isTooLong(text, maxBytes)) return text;
  reading.warn(field, 'too-long', `The field is over ${maxBytes} bytes, so it was left out. Shorten it.`);
  return undefined;
}

function clean(text: string | undefined, field: string, reading: ReadContext): string | undefined {
  if (text === undefined) return undefined;
  const scrubbed = scrubPii(text, reading.own);
  if (scrubbed !== text) {
    reading.warn(field, 'personal-removed', 'Personal data was taken out of the text. Send e-mail and phone in `user` alone.');
  }
  return scrubbed;
}

/** Text, without anything personal. */
export const readText: FieldReader<string> = (given, field, reading) =>
  clean(words(given, field, reading, maxTextBytes, false), field, reading);

/** An id: text or a number, without anything personal. */
export const readIdText: FieldReader<string> = (given, field, reading) =>
  clean(words(given, field, reading, maxTextBytes, true), field, reading);

/** Text or a number as it came, personal or not: for what is hashed or judged and then let go. */
export const readRawText: FieldReader<string> = (given, field, reading) => words(given, field, reading, maxTextBytes, true);

/** Nothing, or text that scripts wrote from a variable without a value. */
export function isPlaceholder(given: string): boolean {
  const text = given.trim();
  return text === '' || text === 'null' || text === 'undefined';
}

/** A person's identifier as it came; `"null"` and `"undefined"` count as absent. */
export const readIdentifier: FieldReader<string> = (given, field, reading) => {
  const raw = readRawText(given, field, reading);
  return raw === undefined || isPlaceholder(raw) ? undefined : raw;
};

/** Why an id was replaced by `standIn`. */
export const idReplacedMessage =
  "The id holds the shopper's own e-mail address or phone number, so another id stands in its place, which is not the one that a browser's tag reports. Send an id without.";

/**
 * An id that is kept whole or not at all: dropped when it holds an e-mail address or a control character, or is over
 * `maxBytes`; replaced when it holds the shopper's own phone number.
 */
export function readWholeId(maxBytes: number): FieldReader<string> {
  return (given, field, reading) => {
    const id = words(given, field, reading, maxBytes, true);
    if (id === undefined || isPlaceholder(id)) return undefined;
    if (containsEmail(id)) {
      reading.warn(field, 'id-is-personal', 'The id holds an e-mail address, so it was left out. Send an id without.');
      return undefined;
    }
    if (containsOwnIdentifier(id, reading.own)) {
      reading.warn(field, 'id-is-personal', idReplacedMessage);
      return reading.standIn(id);
    }
    if (!/\p{Cc}/u.test(id)) return id;
    reading.warn(field, 'malformed', 'The id holds control characters, so it was left out. Send it without.');
    return undefined;
  };
}

/** Text that a rule understands; `undefined` from the rule is a warning that asks for `form`. */
export function readParsed<T>(form: string, understand: (text: string) => T | undefined): FieldReader<T> {
  return (given, field, reading) => {
    const raw = readRawText(given, field, reading);
    if (raw === undefined) return undefined;
    const value = understand(raw);
    if (value === undefined) reading.warn(field, 'malformed', `The field is not ${form}, so it was left out. Send ${form}.`);
    return value;
  };
}

/** One of a list, in any case. */
export function readEnum<T extends string>(choices: readonly T[]): FieldReader<T> {
  return readParsed(`one of ${choices.join(', ')}`, (text) => {
    const lower = text.toLowerCase();
    return choices.find((one) => one === lower);
  });
}

const decimal = readParsed('a number such as 12.5', (text) =>
  /^[+-]?\d{1,15}(?:\.\d{1,20})?$/.test(text) ? Number(text) : undefined,
);

/** A number that is not the shopper's phone number. */
function impersonal(read: FieldReader<number>): FieldReader<number> {
  return (given, field, reading) => {
    const value = read(given, field, reading);
    if (value === undefined || !containsOwnPhone(value, reading.own)) return value;
    const message = "The number holds the shopper's phone number, so it was left out. Send the phone in `user` alone.";
    reading.warn(field, 'personal-removed', message);
    return undefined;
  };
}

/** A finite number, or the same as a string with a decimal point. */
export const readNumber: FieldReader<number> = impersonal((given, field, reading) => {
  const value = typeof given === 'number' && Number.isFinite(given) ? given : decimal(given, field, reading);
  // Adding zero turns -0, which JSON cannot hold, into 0.
  return value === undefined ? undefined : value + 0;
});

/** A whole number from 0. */
export const readInteger: FieldReader<number> = impersonal(
  readParsed('a whole number', (text) => (/^\d{1,15}(?:\.0{1,6})?$/.test(text) ? Number(text) : undefined)),
);

/** Reads as `read` does, except that `fallback` stands for what is there and cannot be read. Blank is still absent. */
export function readWithFallback<T>(read: FieldReader<T>, fallback: T): FieldReader<T> {
  return (given, field, reading) => {
    const isAbsent = given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
    return isAbsent ? undefined : (read(given, field, reading) ?? fallback);
  };
}

/** The known keys of an object, each by its own reader; unknown keys are ignored. */
export function readObject<T extends object>(readers: { readonly [K in keyof T]-?: FieldReader<T[K]> }): FieldReader<Partial<T>> {
  return (given, field, reading) => {
    if (given === undefined || given === null) return undefined;
    if (!isObject(given)) {
      reading.warn(field, 'wrong-type', 'The field is not an object, so it was left out. Send an object.');
      return undefined;
    }
    const out: Partial<T> = {};
    for (const key in readers) {
      if (!Object.hasOwn(given, key)) continue;
      const value = readers[key](given[key], field === '' ? key : `${field}.${key}`, reading);
      if (value !== undefined) out[key] = value;
    }
    return out;
  };
}

/** A list of up to `max`; entries that cannot be read are left out. */
export function readList<T>(read: FieldReader<T>, max: number): FieldReader<readonly T[]> {
  return (given, field, reading) => {
    if (given === undefined || given === null) return undefined;
    if (!Array.isArray(given)) {
      reading.warn(field, 'wrong-type', 'The field is not a list, so it was left out. Send a list.');
      return undefined;
    }
    const entries: readonly unknown[] = given;
    if (entries.length > max) reading.warn(field, 'too-many', `The list was cut after ${max} entries. Send fewer.`);
    return entries.slice(0, max).flatMap((entry, index) => {
      const value = read(entry, `${field}.${index}`, reading);
      return value === undefined ? [] : [value];
    });
  };
}
