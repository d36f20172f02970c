import type { Json } from '../../event/issue.ts';

/** The text that replaces a value of a person. A hash keeps its kind, so that the debugger can show the form that was sent. */
export const maskedValue = '***';
export const maskedHash = '*** (SHA-256)';

/**
 * Replaces every leaf of a payload by a mask, unless its path is harmless. In a harmless path `*` is any member or list entry. Numbers and
 * booleans are masked too. `null` stays.
 */
export function maskPayload(payload: Json, harmless: readonly string[]): Json {
  const patterns = harmless.map((path) => path.split('.'));
  return mapLeaves(payload, [], (value, path) => (patterns.some((pattern) => matches(pattern, path)) ? value : maskLeaf(value)));
}

/** Returns the texts of a payload that `maskPayload` masks. */
export function findMaskedTexts(payload: Json, harmless: readonly string[]): ReadonlySet<string> {
  const patterns = harmless.map((path) => path.split('.'));
  const texts = new Set<string>();
  mapLeaves(payload, [], (value, path) => {
    if (typeof value === 'string' && !patterns.some((pattern) => matches(pattern, path))) texts.add(value);
    return value;
  });
  return texts;
}

/** Changes every text of a JSON value. */
export function mapTexts(value: Json, change: (text: string) => string): Json {
  return mapLeaves(value, [], (leaf) => (typeof leaf === 'string' ? change(leaf) : leaf));
}

/** Masks every text of a JSON value that is one of `texts`, at any path. */
export function maskTexts(value: Json, texts: ReadonlySet<string>): Json {
  return mapLeaves(value, [], (leaf) => (typeof leaf === 'string' && texts.has(leaf) ? maskLeaf(leaf) : leaf));
}

/** Replaces each part of a JSON value that equals `part`. */
export function replacePart(value: Json, part: Json, replacement: Json): Json {
  if (JSON.stringify(value) === JSON.stringify(part)) return replacement;
  if (Array.isArray(value)) return value.map((entry: Json) => replacePart(entry, part, replacement));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replacePart(member, part, replacement)]));
  return value;
}

/** Masks secrets in a text: as they are, URL-encoded and JSON-escaped. Longer ones are masked first, because one may contain another. */
export function maskSecretTexts(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((one) => [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1)]));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((left, secret) => left.replaceAll(secret, maskedValue), text);
}

type Leaf = string | number | boolean | null;

function maskLeaf(value: Leaf): Leaf {
  if (value === null) return value;
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? maskedHash : maskedValue;
}

function mapLeaves(value: Json, path: readonly string[], change: (leaf: Leaf, path: readonly string[]) => Leaf): Json {
  if (Array.isArray(value)) return value.map((entry: Json, index) => mapLeaves(entry, [...path, String(index)], change));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapLeaves(member, [...path, key], change)]));
  return change(value, path);
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index]);
}
