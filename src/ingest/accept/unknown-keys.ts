import { distance } from 'fastest-levenshtein';
import { formatCount } from '../../event/format-numbers.ts';
import type { Issue } from '../../event/issue.ts';
import { isObject } from '../../net/parse-json.ts';

/** The warnings of one event. */
interface EventWarnings {
  readonly warnings: readonly Issue[];
  warn(field: string, code: string, message: string): void;
}

/** The keys of one object that are compared with the known ones. A hostile object may have any number. */
const maxCompared = 10;

/**
 * Warns of an object's unknown keys, by its place and the nearest known keys. The unknown keys are not repeated, because a key may itself
 * be personal. A list warns once for all its entries.
 */
export function warnUnknownKeys(input: object, known: ReadonlySet<string>, field: string, reading: EventWarnings): void {
  const unknown = listUnknownKeys(input, known);
  if (unknown.length === 0) return;
  const place = field.replace(/\.\d+/g, '');
  if (reading.warnings.some(({ field: other, code }) => code === 'key-unknown' && other === place)) return;
  const nearest = unknown.slice(0, maxCompared).flatMap((key) => findNearest(key, known) ?? []);
  const names = [...new Set(nearest)].map((key) => `\`${key}\``).join(', ');
  const remedy = names === '' ? 'See the event reference for all keys.' : `Did you mean ${names}?`;
  const ignored = unknown.length === 1 ? 'was' : 'were';
  reading.warn(
    place,
    'key-unknown',
    `Must have known keys, so ${formatCount(unknown.length, 'key')} ${ignored} ignored. ${remedy}`,
  );
}

const none: readonly string[] = [];

/** Copies no keys unless one is unknown, because nearly every object has only known ones. */
function listUnknownKeys(input: object, known: ReadonlySet<string>): readonly string[] {
  for (const key in input) if (!known.has(key)) return Object.keys(input).filter((one) => !known.has(one));
  return none;
}

/** Returns the known key that differs by letter case and punctuation alone, or by up to two letters. */
function findNearest(key: string, known: ReadonlySet<string>): string | undefined {
  if (key.length > 40) return undefined;
  const [nearest] = [...known]
    .map((candidate) => ({ candidate, letters: countDifferentLetters(key, candidate) }))
    .filter(({ candidate, letters }) => letters <= getMaxDifference(key, candidate))
    .toSorted((a, b) => a.letters - b.letters);
  return nearest?.candidate;
}

/** Returns whether an object has an unknown key that may be meant as the known one: it contains that key, or is nearly the same. */
export function hasMisspeltKey(input: unknown, known: string): boolean {
  const word = toPlain(known);
  return (
    isObject(input) &&
    Object.keys(input).some((key) => {
      if (key === known) return false;
      if (toPlain(key).includes(word)) return true;
      return key.length <= 40 && countDifferentLetters(key, known) <= getMaxDifference(key, known);
    })
  );
}

function countDifferentLetters(key: string, known: string): number {
  return distance(toPlain(key), toPlain(known));
}

function getMaxDifference(key: string, known: string): number {
  return Math.min(known.length, toPlain(key).length) > 4 ? 2 : 1;
}

function toPlain(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}
