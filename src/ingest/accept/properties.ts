import type { Json } from '../../event/issue.ts';
import { redactionMark } from '../../identity/personal-text.ts';
import { isObject } from '../../net/parse-json.ts';
import { type FieldReader, isTooLong, maxTextBytes, type ReadContext } from './field-readers.ts';
import { removeNamesFromProperty } from './own-names.ts';
import { containsOwnPhone, isPersonalFieldName, scrubPii } from './scrub-pii.ts';

const maxKeys = 2_000;
const maxKeyBytes = 128;
/** The characters that a number takes from the event's allowance, and also each entry of a list in addition to its value. */
const numberCharacters = 8;
const entryCharacters = 4;
const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Copying {
  readonly reading: ReadContext;
  keys: number;
  changed: boolean;
  dropped: boolean;
}

function copyText(text: string, copying: Copying, isKey = false): string | undefined {
  if (isTooLong(text, maxTextBytes) || !copying.reading.spend(text.length)) {
    copying.dropped = true;
    return undefined;
  }
  const wellFormed = text.toWellFormed();
  const scrubbed = scrubPii(wellFormed, copying.reading.own);
  // A key is a word of the shop, such as `grace_period`.
  const clean = isKey ? scrubbed : removeNamesFromProperty(scrubbed, copying.reading.names);
  if (clean !== wellFormed) copying.changed = true;
  return clean;
}

function copyObject(input: Readonly<Record<string, unknown>>, copying: Copying): Record<string, Json> {
  // An object without a prototype has no inherited key that a submitted key could reach.
  const copy: Record<string, Json> = Object.create(null);
  for (const key of Object.keys(input)) {
    if (copying.keys >= maxKeys) {
      copying.dropped = true;
      break;
    }
    const name = forbidden.has(key) || isTooLong(key, maxKeyBytes) ? undefined : copyText(key, copying, true);
    if (name === undefined) {
      copying.dropped = true;
      continue;
    }
    copying.keys++;
    const value = input[key];
    if (isPersonalFieldName(key) && value !== null && typeof value !== 'boolean') {
      copying.changed = true;
      copy[name] = redactionMark;
      continue;
    }
    const read = copyValue(value, copying);
    if (read !== undefined) copy[name] = read;
  }
  return copy;
}

function copyList(input: readonly unknown[], copying: Copying): Json[] {
  const copy: Json[] = [];
  for (const entry of input) {
    if (!copying.reading.spend(entryCharacters)) {
      copying.dropped = true;
      break;
    }
    // null keeps the positions of the entries that follow.
    copy.push(copyValue(entry, copying) ?? null);
  }
  return copy;
}

function copyNumber(value: number, copying: Copying): Json | undefined {
  if (!Number.isFinite(value) || !copying.reading.spend(numberCharacters)) {
    copying.dropped = true;
    return undefined;
  }
  if (!containsOwnPhone(value, copying.reading.own)) return value + 0;
  copying.changed = true;
  return redactionMark;
}

function copyValue(value: unknown, copying: Copying): Json | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return copyText(value, copying);
  if (typeof value === 'number') return copyNumber(value, copying);
  if (Array.isArray(value)) return copyList(value, copying);
  return isObject(value) ? copyObject(value, copying) : undefined;
}

/**
 * Returns a deep copy of a value without personal data: texts are scrubbed, and keys such as `email` or `zip` lose their values. It has
 * at most 2,000 keys of 128 bytes; the rest is dropped. Warnings name no key, because keys may be personal too.
 */
export const readProperties: FieldReader<Readonly<Record<string, Json>>> = (input, field, reading) => {
  if (input === undefined || input === null) return undefined;
  if (!isObject(input)) {
    reading.warn(field, 'wrong-type', 'Must be an object, so the field was dropped. Send a JSON object.');
    return undefined;
  }
  const copying: Copying = { reading, keys: 0, changed: false, dropped: false };
  const copy = copyObject(input, copying);
  if (copying.changed) {
    reading.warn(field, 'personal-removed', "Personal data was removed. Send the shopper's data in `user` only.");
  }
  if (copying.dropped) {
    const bounds = `at most ${maxKeys} keys of ${maxKeyBytes} bytes, strings of ${maxTextBytes} bytes and finite numbers`;
    reading.warn(field, 'over-bounds', `Must have ${bounds}, so some entries were dropped. Send less.`);
  }
  return copy;
};
