import type { Issue } from '../../event/issue.ts';
import { sha256 } from '../../identity/hashing.ts';
import { containsEmail } from '../../identity/personal-text.ts';
import { isObject } from '../../net/parse-json.ts';
import type { OwnNames } from './own-names.ts';
import { containsOwnIdentifier, containsOwnPhone, type OwnIdentifiers, scrubPii } from './scrub-pii.ts';
import { warnUnknownKeys } from './unknown-keys.ts';

/** State shared by all readers of one event: the shopper's identifiers to remove, and the warnings so far. */
export interface ReadContext {
  readonly own: OwnIdentifiers;
  readonly names: OwnNames;
  readonly warnings: readonly Issue[];
  warn(field: string, code: string, message: string): void;
  /** Whether unknown keys of objects are reported. */
  readonly warnsUnknownKeys: boolean;
  /** Returns the replacement of an id that holds the shopper's own e-mail or phone. */
  standIn(id: string): string;
  /** Takes characters from the event's allowance; false if it is used up. Keeps a hostile event from delaying others. */
  spend(characters: number): boolean;
  /** Returns the characters that were requested so far, including refused ones. */
  spent(): number;
}

/** Reads one untrusted value leniently. Returns `undefined` if the value is absent, or, with a warning, if it is unusable. Never throws. */
export type FieldReader<T> = (input: unknown, field: string, reading: ReadContext) => T | undefined;

const maxWarnings = 50;

/** The characters of text that one event may hold. */
const maxEventText = 131_072;

/** Returns the same replacement for the same id, so that a repeat of the event is still recognized. */
function hashId(id: string): string {
  return `id-${sha256(id).slice(0, 32)}`;
}

interface ReadOptions {
  readonly names?: OwnNames;
  readonly standIn?: ReadContext['standIn'] | undefined;
  readonly warnsUnknownKeys?: boolean;
}

export function createReadContext(
  own: OwnIdentifiers,
  { names, standIn = hashId, warnsUnknownKeys = false }: ReadOptions = {},
): ReadContext {
  return new EventReadContext(own, names, standIn, warnsUnknownKeys);
}

class EventReadContext implements ReadContext {
  readonly own: OwnIdentifiers;
  readonly names: OwnNames;
  readonly warnings: Issue[] = [];
  readonly warnsUnknownKeys: boolean;
  readonly standIn: ReadContext['standIn'];
  #spent = 0;

  constructor(own: OwnIdentifiers, names: OwnNames, standIn: ReadContext['standIn'], warnsUnknownKeys: boolean) {
    this.own = own;
    this.names = names;
    this.standIn = standIn;
    this.warnsUnknownKeys = warnsUnknownKeys;
  }

  spend(characters: number): boolean {
    this.#spent += characters;
    return this.#spent <= maxEventText;
  }

  spent(): number {
    return this.#spent;
  }

  warn(field: string, code: string, message: string): void {
    const { warnings } = this;
    if (warnings.length < maxWarnings) warnings.push({ field, code, message });
    else if (warnings.length === maxWarnings)
      warnings.push({ field: '', code: 'more-warnings', message: 'There are more warnings than are kept. Correct these first.' });
  }
}

/** The longest string that an event may hold, in UTF-8 bytes. */
export const maxTextBytes = 8_192;

export function isTooLong(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes);
}

/** Reads trimmed, well-formed text; blank counts as absent. Option `ids` also reads numbers. */
function readTrimmed(input: unknown, field: string, reading: ReadContext, maxBytes: number, ids: boolean): string | undefined {
  if (input === undefined || input === null) return undefined;
  let text: string;
  if (typeof input === 'string') text = input.trim().toWellFormed();
  else if (ids && typeof input === 'number' && Math.abs(input) <= Number.MAX_SAFE_INTEGER) text = String(input);
  else {
    const remedy = ids ? 'Send a string, or a number that JSON holds exactly.' : 'Send a string.';
    reading.warn(field, 'wrong-type', `Must be text, so the field was dropped. ${remedy}`);
    return undefined;
  }
  if (text === '') return undefined;
  if (!reading.spend(text.length)) {
    const message = `Must fit in ${maxEventText} characters per event, so the field was dropped. Send less in one event.`;
    reading.warn(field, 'event-too-long', message);
    return undefined;
  }
  if (!isTooLong(text, maxBytes)) return text;
  reading.warn(field, 'too-long', `Must be at most ${maxBytes} bytes, so the field was dropped. Shorten it.`);
  return undefined;
}

/** Returns a reader of text, or of an id, that removes personal data. @param removeNames removes the shopper's own names too */
export function createCleanReader(
  removeNames: (text: string, names: OwnNames) => string = (text) => text,
  isId = false,
): FieldReader<string> {
  return (input, field, reading) => {
    const text = readTrimmed(input, field, reading, maxTextBytes, isId);
    if (text === undefined) return undefined;
    const clean = removeNames(scrubPii(text, reading.own), reading.names);
    if (clean !== text) reading.warn(field, 'personal-removed', personalRemovedMessage);
    return clean;
  };
}

const personalRemovedMessage = "Personal data was removed from the text. Send the shopper's data in `user` only.";

/** Reads text, and removes personal data. */
export const readText = createCleanReader();

/** Reads an id, which is text or a number, and removes personal data. */
export const readIdText = createCleanReader(undefined, true);

/** Reads text or a number without removing personal data, for values that are hashed or only checked. */
export const readRawText: FieldReader<string> = (input, field, reading) => readTrimmed(input, field, reading, maxTextBytes, true);

/** Returns whether a text is blank, or was written by a script from a variable without a value. */
export function isPlaceholder(input: string): boolean {
  const text = input.trim();
  return text === '' || text === 'null' || text === 'undefined';
}

/** Reads an identifier of a person as it was sent; `"null"` and `"undefined"` count as absent. */
export const readIdentifier: FieldReader<string> = (input, field, reading) => {
  const raw = readRawText(input, field, reading);
  return raw === undefined || isPlaceholder(raw) ? undefined : raw;
};

/** The warning for an id that `standIn` replaced. */
export const idReplacedMessage =
  "Must not hold the shopper's e-mail address or phone number, so it was replaced by another id. Send the id that a browser's tag reports, without personal data.";

/**
 * Returns a reader of ids that are kept unchanged or dropped. An id is dropped if it holds an e-mail address or a control character, or is
 * over `maxBytes`. It is replaced if it holds the shopper's own phone number.
 */
export function readWholeId(maxBytes: number): FieldReader<string> {
  return (input, field, reading) => {
    const id = readTrimmed(input, field, reading, maxBytes, true);
    if (id === undefined || isPlaceholder(id)) return undefined;
    if (containsEmail(id)) {
      reading.warn(field, 'id-is-personal', 'Must not hold an e-mail address, so the id was dropped. Send an id without one.');
      return undefined;
    }
    if (containsOwnIdentifier(id, reading.own)) {
      reading.warn(field, 'id-is-personal', idReplacedMessage);
      return reading.standIn(id);
    }
    if (/^[!-~]*$/.test(id) || !/\p{Cc}/u.test(id)) return id;
    reading.warn(field, 'malformed', 'Must not hold control characters, so the id was dropped. Send it without them.');
    return undefined;
  };
}

/** Returns a reader of text that `understand` parses. If it returns `undefined`, the warning asks for `form`. */
export function createTextReader<T>(form: string, understand: (text: string) => T | undefined): FieldReader<T> {
  return (input, field, reading) => {
    const raw = readRawText(input, field, reading);
    if (raw === undefined) return undefined;
    const value = understand(raw);
    if (value === undefined) reading.warn(field, 'malformed', `Must be ${form}, so the field was dropped. Send ${form}.`);
    return value;
  };
}

/** Returns a reader of one of several values, in any case. */
export function readEnum<T extends string>(choices: readonly T[]): FieldReader<T> {
  return createTextReader(`one of ${choices.join(', ')}`, (text) => {
    const lower = text.toLowerCase();
    return choices.find((one) => one === lower);
  });
}

const decimal = createTextReader('a number such as 12.5', (text) =>
  /^[+-]?\d{1,15}(?:\.\d{1,20})?$/.test(text) ? Number(text) : undefined,
);

/** Returns a reader that drops a number which holds the shopper's phone number. */
function rejectPhone(read: FieldReader<number>): FieldReader<number> {
  return (input, field, reading) => {
    const value = read(input, field, reading);
    if (value === undefined || !containsOwnPhone(value, reading.own)) return value;
    const message = "Must not hold the shopper's phone number, so the number was dropped. Send the phone in `user` only.";
    reading.warn(field, 'personal-removed', message);
    return undefined;
  };
}

/** Reads a finite number, or a string of one with a decimal point. */
export const readNumber: FieldReader<number> = rejectPhone((input, field, reading) => {
  const value = typeof input === 'number' && Number.isFinite(input) ? input : decimal(input, field, reading);
  // Adding zero turns -0, which JSON cannot hold, into 0.
  return value === undefined ? undefined : value + 0;
});

/** Reads a whole number from 0. */
export const readInteger: FieldReader<number> = rejectPhone(
  createTextReader('a whole number', (text) => (/^\d{1,15}(?:\.0{1,6})?$/.test(text) ? Number(text) : undefined)),
);

/** Returns a reader that returns `fallback` for a value that `read` cannot read. Blank is still absent. */
export function readWithFallback<T>(read: FieldReader<T>, fallback: T): FieldReader<T> {
  return (input, field, reading) => {
    const isAbsent = input === undefined || input === null || (typeof input === 'string' && input.trim() === '');
    return isAbsent ? undefined : (read(input, field, reading) ?? fallback);
  };
}

/**
 * Returns a function that joins a place and the names below it, once for each place. Readers are nested a fixed number of times and lists are
 * bounded, so there are few places.
 */
function createPathTable(names: readonly string[]): (place: string) => readonly string[] {
  const pathsByPlace = new Map<string, readonly string[]>();
  return (place) => {
    const known = pathsByPlace.get(place);
    if (known) return known;
    const paths = names.map((name) => (place === '' ? name : `${place}.${name}`));
    pathsByPlace.set(place, paths);
    return paths;
  };
}

/** Returns a reader of an object's known keys, each with its own reader. Unknown keys are ignored, with a warning if the context asks for it. */
export function readObject<T extends object>(readers: { readonly [K in keyof T]-?: FieldReader<T[K]> }): FieldReader<Partial<T>> {
  const fields: { readonly key: keyof T & string; readonly read: FieldReader<T[keyof T & string]> }[] = [];
  for (const key in readers) fields.push({ key, read: readers[key] });
  const known = new Set<string>(fields.map(({ key }) => key));
  const getPaths = createPathTable([...known]);
  return (input, field, reading) => {
    if (input === undefined || input === null) return undefined;
    if (!isObject(input)) {
      reading.warn(field, 'wrong-type', 'Must be an object, so the field was dropped. Send a JSON object.');
      return undefined;
    }
    if (reading.warnsUnknownKeys) warnUnknownKeys(input, known, field, reading);
    const paths = getPaths(field);
    const out: Partial<T> = {};
    for (let index = 0; index < fields.length; index++) {
      const entry = fields[index];
      if (entry === undefined || !Object.hasOwn(input, entry.key)) continue;
      const value = entry.read(input[entry.key], paths[index] ?? entry.key, reading);
      if (value !== undefined) out[entry.key] = value;
    }
    return out;
  };
}

/** Returns a reader of an object with the same kind of value under each of the names. Unknown names are ignored. */
export function readRecord<T>(names: readonly string[], read: FieldReader<T>): FieldReader<Readonly<Record<string, T>>> {
  const getPaths = createPathTable(names);
  return (input, field, reading) => {
    if (input === undefined || input === null) return undefined;
    if (!isObject(input)) {
      reading.warn(field, 'wrong-type', 'Must be an object, so the field was dropped. Send a JSON object.');
      return undefined;
    }
    const paths = getPaths(field);
    const out: Record<string, T> = {};
    for (const [index, name] of names.entries()) {
      const value = Object.hasOwn(input, name) ? read(input[name], paths[index] ?? name, reading) : undefined;
      if (value !== undefined) out[name] = value;
    }
    return out;
  };
}

/** Returns a reader of a list of up to `max` entries. Unreadable entries are dropped. */
export function readList<T>(readEntry: FieldReader<T>, max: number): FieldReader<readonly T[]> {
  const getPaths = createPathTable(Array.from({ length: max }, (_, index) => String(index)));
  return (input, field, reading) => {
    if (input === undefined || input === null) return undefined;
    if (!Array.isArray(input)) {
      reading.warn(field, 'wrong-type', 'Must be a list, so the field was dropped. Send a JSON array.');
      return undefined;
    }
    const entries: readonly unknown[] = input;
    if (entries.length > max)
      reading.warn(field, 'too-many', `Must have at most ${max} entries, so the rest was dropped. Send fewer.`);
    const paths = getPaths(field);
    const read: T[] = [];
    for (let index = 0; index < entries.length && index < max; index++) {
      const value = readEntry(entries[index], paths[index] ?? field, reading);
      if (value !== undefined) read.push(value);
    }
    return read;
  };
}
