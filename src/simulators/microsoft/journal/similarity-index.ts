import type { Fields } from '../events-api/event-rules.ts';
import { isFields } from '../events-api/event-rules.ts';
import type { ReceivedReport } from './conversion-counting.ts';
import { isPageLoad, pageSpanMs } from './conversion-counting.ts';

/** How many of one key are looked at. */
const mostKin = 20;

/** What looks alike without being one event, by any keys of `idKey`, `orderKey` and `pageKey`. */
export class SimilarityIndex<T> {
  /** With how many of a member's reports have the key. */
  readonly #byKey = new Map<string, Map<T, number>>();

  add(keys: readonly string[], member: T): void {
    for (const key of keys) {
      const there = this.#byKey.get(key) ?? new Map<T, number>();
      this.#byKey.set(key, there.set(member, (there.get(member) ?? 0) + 1));
    }
  }

  remove(keys: readonly string[], member: T): void {
    for (const key of keys) {
      const there = this.#byKey.get(key);
      const left = (there?.get(member) ?? 0) - 1;
      if (left > 0) there?.set(member, left);
      else there?.delete(member);
      if (there?.size === 0) this.#byKey.delete(key);
    }
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** The first few. */
  of(key: string | undefined): T[] {
    const there = key === undefined ? undefined : this.#byKey.get(key);
    return there === undefined ? [] : firstFew(there.keys());
  }
}

function firstFew<T>(all: Iterable<T>): T[] {
  const few: T[] = [];
  for (const one of all) if (few.push(one) >= mostKin) break;
  return few;
}

/** Every key that others may be looked for by. A page load is known by its address alone. */
export function similarityKeys(tagId: string, arrived: ReceivedReport): string[] {
  const { side, report } = arrived;
  const { event } = report;
  const keys = isPageLoad(event.eventType)
    ? [pageKey(tagId, side, event, pageViewBucket(viewTime(arrived)))]
    : [idKey(tagId, event), orderKey(tagId, event)];
  return keys.filter((key) => key !== undefined);
}

export const idKey = (tagId: string, { eventId }: Fields): string | undefined =>
  typeof eventId === 'string' && eventId !== '' ? JSON.stringify(['id', tagId, eventId]) : undefined;

/** The same order under the same name, in any case. */
export function orderKey(tagId: string, { eventName, customData }: Fields): string | undefined {
  const order = isFields(customData) ? customData.transactionId : undefined;
  const name = typeof eventName === 'string' ? eventName.toLowerCase() : '';
  return typeof order === 'string' && order !== '' ? JSON.stringify(['order', tagId, name, order]) : undefined;
}

/** The same address, without its fragment, told by one side within one span of time. */
export function pageKey(
  tagId: string,
  side: ReceivedReport['side'],
  { eventSourceUrl }: Fields,
  spanNumber: number,
): string | undefined {
  if (typeof eventSourceUrl !== 'string' || eventSourceUrl === '') return undefined;
  return JSON.stringify(['page', tagId, side, spanNumber, eventSourceUrl.split('#', 1)[0]]);
}

/** When the shopper saw the page, in UNIX milliseconds: a server tells it late and says when it was, a beacon comes at once. */
export function viewTime({ side, report: { event, at } }: ReceivedReport): number {
  const given = side === 'server' ? Number(event.eventTime) : Number.NaN;
  // Taken in milliseconds as well, where the settings say so.
  if (given > 0 && given < latestMs) return given < latestMs / 1_000 ? given * 1_000 : given;
  return Date.parse(at);
}

/** The year 2286: what is less than a thousandth of it is in seconds. */
const latestMs = 10_000_000_000_000;

/** The number of the span that a time falls into. */
export const pageViewBucket = (ms: number): number => Math.floor(ms / pageSpanMs);
