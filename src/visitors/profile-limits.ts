import { minuteMs, type UnixMs } from '../event/units.ts';
import { getClickIdMaxLength, isLongClickId, isRandomClickId } from './click-ids.ts';

/** A value of a visitor's profile, with the time of its report. */
export interface TimedValue<T> {
  readonly at: UnixMs;
  readonly value: T;
}

/**
 * The bounds of each kind of entry. A repeat of a value within `spanMs` is not stored again. `entries` and `bytes` bound a list,
 * `valueBytes` a single value: a larger one is not stored. The bytes of a value with several times count once.
 *
 * A visitor with few different values keeps 64 minutes of persons and 8 hours of clients, so that an event that is processed late finds the
 * profile of its time. The byte bounds take effect only if the values differ: from about 8 persons with every hash, or 11 clients with an
 * ordinary agent. The browser ids of each cookie have a bound of their own, which `maxBrowserIdCookies` platforms fit into. Together the bounds keep a stored profile below `maxProfileBytes` (see `profile-encoding.ts`).
 */
export const profileLimits = {
  persons: { entries: 64, spanMs: minuteMs, bytes: 4_992, valueBytes: 704 },
  clients: { entries: 48, spanMs: 10 * minuteMs, bytes: 2_304, valueBytes: 1_280 },
  browserIds: { entries: 16, spanMs: 30 * minuteMs, bytes: 256, valueBytes: 128 },
} as const;

/** The number of cookies whose browser ids fit into a stored profile. */
export const maxBrowserIdCookies = 6;

/**
 * More ids are kept of a name whose ids are short random texts. Few ids of other names are kept, because each may have 512 characters, and
 * one of a name whose ids may be longer. The quotes of the stored text are two bytes.
 */
const randomClicks: Bound = { entries: 8, spanMs: 1, bytes: Number.POSITIVE_INFINITY, valueBytes: 40 };
const otherClicks = 8;

function getClickBound(name: string): Bound {
  if (isRandomClickId(name)) return randomClicks;
  const valueBytes = getClickIdMaxLength(name) + 2;
  return { entries: isLongClickId(name) ? 1 : 2, spanMs: 1, bytes: Number.POSITIVE_INFINITY, valueBytes };
}

/** The bytes of a stored value in addition to its text, and of each of its times. */
const valueOverhead = 24;
const timeBytes = 16;

interface Bound {
  readonly entries: number;
  readonly spanMs: number;
  readonly bytes: number;
  readonly valueBytes: number;
}

/**
 * Returns the newest entries of both lists, each value once per span, without those whose span began before a denial.
 *
 * An entry is kept if the newer ones do not fill the bound, so the entry that crosses the bound is kept. This makes the result independent
 * of order: if an entry was dropped, the kept entries fill the bound, and an older entry that is merged later finds it full too. A rule
 * that stopped before the bound would depend on the order: a large entry would be dropped, and a smaller, older one would fit in its place.
 */
export function limitEntries<T>(
  a: readonly TimedValue<T>[] = [],
  b: readonly TimedValue<T>[] = [],
  bound: Bound,
  since: UnixMs,
): readonly TimedValue<T>[] {
  const toSpan = ({ at }: TimedValue<T>) => Math.floor(at / bound.spanMs);
  const all = [...a, ...b].filter((one) => toSpan(one) * bound.spanMs > since && toText(one.value).bytes <= bound.valueBytes);
  if (all.length > 1)
    all.sort((one, other) => toSpan(other) - toSpan(one) || compareValues(other.value, one.value) || one.at - other.at);
  const kept: TimedValue<T>[] = [];
  const values = new Set<string>();
  let bytes = 0;
  for (const { at, value } of all) {
    if (kept.length >= bound.entries || bytes >= bound.bytes) break;
    const last = kept.at(-1);
    const { text, bytes: size } = toText(value);
    if (last && toSpan(last) === Math.floor(at / bound.spanMs) && toText(last.value).text === text) continue;
    kept.push({ at, value });
    bytes += timeBytes + (values.has(text) ? 0 : valueOverhead + size);
    values.add(text);
  }
  return kept;
}

/** Timed values by the name of a click id or of a cookie. */
export type TimedValuesByName = Readonly<Record<string, readonly TimedValue<string>[]>>;

/** Merges browser ids by cookie. */
export function limitBrowserIds(a: TimedValuesByName, b: TimedValuesByName, since: UnixMs): TimedValuesByName {
  const cookies = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  return Object.fromEntries(
    cookies
      .map((cookie) => [cookie, limitEntries(a[cookie], b[cookie], profileLimits.browserIds, since)] as const)
      .filter(([, entries]) => entries.length > 0),
  );
}

/**
 * Merges click ids by name. The bound on all names counts entries and not bytes, so that it does not interfere with the bound of a name.
 */
export function limitClickIds(a: TimedValuesByName, b: TimedValuesByName, since: UnixMs): TimedValuesByName {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  const byName = names.map((name) => [name, limitEntries(a[name], b[name], getClickBound(name), since)] as const);
  const others = byName
    .flatMap(([name, entries]) => (isRandomClickId(name) ? [] : entries.map((one) => ({ name, one }))))
    .toSorted((x, y) => y.one.at - x.one.at || compare(x.name, y.name) || compareValues(y.one.value, x.one.value));
  const dropped = new Set(others.slice(otherClicks).map(({ one }) => one));
  return Object.fromEntries(
    byName
      .map(([name, entries]) => [name, entries.filter((one) => !dropped.has(one))] as const)
      .filter(([, entries]) => entries.length > 0),
  );
}

/** Compares values in an order that does not depend on the time of their reports. */
export function compareValues(a: unknown, b: unknown): number {
  return compare(toText(a).text, toText(b).text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

interface ValueText {
  readonly text: string;
  readonly bytes: number;
}

/** Caches the texts of values, because merging compares the same values repeatedly. Values are immutable. */
const texts = new WeakMap<object, ValueText>();

function toText(value: unknown): ValueText {
  const known = isObject(value) ? texts.get(value) : undefined;
  if (known) return known;
  const text = JSON.stringify(value);
  const valueText = { text, bytes: Buffer.byteLength(text) };
  if (isObject(value)) texts.set(value, valueText);
  return valueText;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
