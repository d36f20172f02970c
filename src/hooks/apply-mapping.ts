import type {
  HookCondition,
  HookEventMapping,
  HookExpression,
  HookFields,
  HookPlace,
  HookScalar,
  ValueSource,
} from '../event/hook-mapping.ts';
import type { Issue } from '../event/issue.ts';
import { isObject } from '../net/parse-json.ts';
import { findHookFieldKind, findHookItemFieldKind, type HookFieldKind } from './fields.ts';
import { resolveJsonPointer } from './json-pointer.ts';
import { readAmount, readTime, type ToMajor } from './units.ts';

/** The submission that a mapping makes of a body. It is untrusted, as one of the server API. */
export interface MappedSubmission {
  readonly submission: Readonly<Record<string, unknown>>;
  /** Values that could not be read as the mapping states, by field. */
  readonly issues: readonly Issue[];
  /** The index of the entry of the mapping. */
  readonly entry: number;
}

/** The most entries of lists that are compared for one body, so that no mapping takes long. */
const maxCompared = 10_000;
const maxItems = 200;

/** Entries that may still be compared. */
interface Budget {
  left: number;
}

/**
 * Returns the submission that a body makes; `undefined` if no entry fits.
 * @param toMajor converts an amount of minor units in a currency
 * @param defaultCurrency the site's currency, for amounts without one
 */
export function applyHookMapping(
  mapping: readonly HookEventMapping[],
  body: unknown,
  toMajor: ToMajor,
  defaultCurrency?: string,
): MappedSubmission | undefined {
  const entry = mapping.findIndex(({ when = [] }) => fitsAll(when, body));
  const found = mapping[entry];
  return found && { ...mapEvent(found, body, toMajor, defaultCurrency), entry };
}

function fitsAll(conditions: readonly HookCondition[], document: unknown): boolean {
  return conditions.every(({ at, in: values }) => {
    const value = resolveJsonPointer(document, at) ?? null;
    return values.some((one) => one === value);
  });
}

function mapEvent(
  { fields, items }: HookEventMapping,
  body: unknown,
  toMajor: ToMajor,
  defaultCurrency: string | undefined,
): Omit<MappedSubmission, 'entry'> {
  const issues: Issue[] = [];
  const budget = { left: maxCompared };
  const given = fields['commerce.currency'];
  const stated = given === undefined ? undefined : findValue(given, body, budget)?.value;
  const currency = typeof stated === 'string' ? stated.trim().toUpperCase() : defaultCurrency;
  const reading = { toMajor, currency, issues, budget };
  const submission: Record<string, unknown> = {};
  for (const [field, value] of mapFields(fields, body, findHookFieldKind, '', reading)) setField(submission, field, value);
  if (items) {
    const list = resolveJsonPointer(body, items.at);
    if (Array.isArray(list)) {
      const entries: readonly unknown[] = list.slice(0, maxItems);
      const read = entries.map((entry, index) =>
        Object.fromEntries(mapFields(items.fields, entry, findHookItemFieldKind, `commerce.items.${index}.`, reading)),
      );
      setField(submission, 'commerce.items', read);
    }
  }
  return { submission: readVisitor(submission), issues };
}

interface Reading {
  readonly toMajor: ToMajor;
  readonly currency: string | undefined;
  readonly issues: Issue[];
  readonly budget: Budget;
}

function mapFields(
  fields: HookFields,
  document: unknown,
  findKind: (name: string) => HookFieldKind | undefined,
  path: string,
  reading: Reading,
): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).flatMap(([name, expression]) => {
    const found = findValue(expression, document, reading.budget);
    if (!found) return [];
    const read = readValue(found, findKind(name) ?? 'text', reading);
    if (!('problem' in read)) return [[name, read.value] as const];
    reading.issues.push({ field: path + name, code: 'malformed', message: read.problem });
    // An unreadable value must not count as absent: a refund without a value is one of the whole order.
    return [[name, Number.NaN] as const];
  });
}

interface Found {
  readonly value: unknown;
  readonly place?: HookPlace;
}

/** Returns the first value of an expression. Null and blank text count as absent. */
function findValue(expression: HookExpression, document: unknown, budget: Budget): Found | undefined {
  const sources: readonly ValueSource[] = isList(expression) ? expression : [expression];
  for (const source of sources) {
    if (typeof source === 'object' && 'const' in source) return { value: source.const };
    const place = typeof source === 'string' ? { at: source } : source;
    const value = resolvePlace(place, document, budget);
    const isAbsent = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
    if (!isAbsent) return { value, place };
  }
  return undefined;
}

function isList(expression: HookExpression): expression is readonly ValueSource[] {
  return Array.isArray(expression);
}

function resolvePlace({ at, find, take = '' }: HookPlace, document: unknown, budget: Budget): unknown {
  const value = resolveJsonPointer(document, at);
  if (find === undefined) return value;
  if (!Array.isArray(value)) return undefined;
  const entries: readonly unknown[] = value;
  for (const entry of entries) {
    if (budget.left <= 0) return undefined;
    budget.left -= 1;
    if (fitsAll(find, entry)) return resolveJsonPointer(entry, take);
  }
  return undefined;
}

function isScalar(value: unknown): value is Exclude<HookScalar, null> {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function readValue(
  { value, place }: Found,
  kind: HookFieldKind,
  { toMajor, currency }: Reading,
): { readonly value: unknown } | { readonly problem: string } {
  if (!isScalar(value))
    return { problem: 'Must be text or a number, but the place has a list or an object. Choose a place inside it.' };
  const { values = {}, prefix, unit } = place ?? {};
  const key = String(value);
  const word = Object.hasOwn(values, key) ? values[key] : value;
  if (kind === 'money') return readAmount(word, unit === 'minor', currency, toMajor);
  if (kind === 'time') return place ? readTime(word, unit) : { value: word };
  return { value: prefix === undefined ? word : `${prefix}${String(word)}` };
}

/** Sets a member by the field's name, whose parts are objects: `user.address.city`. */
function setField(submission: Record<string, unknown>, field: string, value: unknown): void {
  const parts = field.split('.');
  const last = parts.pop() ?? field;
  let parent = submission;
  for (const part of parts) {
    const child = parent[part];
    const next: Record<string, unknown> = isObject(child) ? child : {};
    parent[part] = next;
    parent = next;
  }
  parent[last] = value;
}

/** Reads the word `denied` in the place of a visitor's id, as Convey's pixel gives it to a shop after a denial. */
function readVisitor(submission: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { user, consent } = submission;
  if (!isObject(user) || user.anonymousId !== 'denied') return submission;
  const { anonymousId: _, ...person } = user;
  return { ...submission, user: person, consent: { ...(isObject(consent) && consent), adStorage: 'denied' } };
}
