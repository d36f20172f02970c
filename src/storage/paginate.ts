import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, LogRecord, Offset } from './log/event-log.ts';
import type { AttemptRecord, ConsumerId, DeadLetter, ProfileRow, Store } from './store/store.ts';

/** Walks through everything of a site, a page at a time. Whatever else the process does has its turn between two pages. */

const pageRecords = 1_000;
const pageBytes = 4 * 1024 * 1024;
const attemptsAtOnce = 200;
const lettersAtOnce = 200;
const factsAtOnce = 500;

export async function* iterateRecords(
  log: EventLog,
  partition: string,
  after: Offset,
  through: Offset,
): AsyncGenerator<readonly LogRecord[]> {
  for (let at = after; at < through; ) {
    const page = await log.read(partition, at, { records: pageRecords, bytes: pageBytes });
    const records = page.records.filter(({ offset }) => offset <= through);
    if (records.length === 0) return;
    yield records;
    at = page.lastOffset;
    await nextTurn();
  }
}

export async function* iterateAttempts(
  store: Store,
  site: string,
  after = 0,
): AsyncGenerator<{ readonly attempts: readonly AttemptRecord[]; readonly through: number }> {
  for (let at = after; ; ) {
    const page = await store.listSiteAttempts(site, at, attemptsAtOnce);
    if (page.attempts.length === 0) return;
    yield page;
    at = page.through;
    await nextTurn();
  }
}

export async function* iterateDeadLetters(
  store: Store,
  site: string,
): AsyncGenerator<readonly (DeadLetter & { readonly consumer: ConsumerId })[]> {
  for (let last: (DeadLetter & { readonly consumer: ConsumerId }) | undefined; ; ) {
    const page = await store.listSiteDeadLetters(site, last, lettersAtOnce);
    if (page.length === 0) return;
    yield page;
    last = page.at(-1);
    await nextTurn();
  }
}

export async function* iterateProfiles(store: Store, site: string): AsyncGenerator<readonly ProfileRow[]> {
  for (let after = ''; ; ) {
    const page = await store.listSiteProfiles(site, after, factsAtOnce);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.visitor ?? after;
    await nextTurn();
  }
}

/** Writes the profiles of a page anew that an earlier version wrote: within the bounds of today, and nothing else changes. */
export async function rewriteOutdatedProfiles(page: readonly ProfileRow[], store: Store, site: string): Promise<void> {
  const outdated = page.filter(({ isOutdated }) => isOutdated);
  if (outdated.length === 0) return;
  const same = outdated.map(({ visitor, profile: facts }) => ({ visitor, change: { before: facts, after: facts } }));
  await store.stripExpiredProfiles(site, same, Number.NEGATIVE_INFINITY);
}

/** Parts of a list, none longer than `size`. */
export function chunk<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
