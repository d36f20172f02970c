import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UnixMs } from '../event/units.ts';
import type { EventLog, LogRecord, Offset } from './log/event-log.ts';
import type { AttemptRecord } from './ports/attempts.ts';
import type { ConsumerId } from './ports/consumer-id.ts';
import type { DeadLetter } from './ports/dead-letters.ts';
import type { Store } from './ports/store.ts';
import type { ExpiringProfileRow, ProfileRow } from './ports/visitor-profiles.ts';

/** Iterates over the data of a site, one page at a time. Other work of the process runs between two pages. */

const pageRecords = 1_000;
const pageBytes = 4 * 1024 * 1024;
const attemptsPerPage = 200;
const deadLettersPerPage = 200;
const profilesPerPage = 500;

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
    const page = await store.listSiteAttempts(site, at, attemptsPerPage);
    if (page.attempts.length === 0) return;
    yield page;
    at = page.through;
    await nextTurn();
  }
}

export function iterateDeadLetters(store: Store, site: string) {
  return iteratePages<DeadLetter & { readonly consumer: ConsumerId }>((last) =>
    store.listSiteDeadLetters(site, last, deadLettersPerPage),
  );
}

export function iterateProfiles(store: Store, site: string): AsyncGenerator<readonly ProfileRow[]> {
  return iteratePages((last) => store.listSiteProfiles(site, last?.visitor ?? '', profilesPerPage));
}

/** Iterates over the profiles that have something to strip. Stripped ones are not among the next page. */
export function iterateExpiredProfiles(store: Store, site: string, now: UnixMs): AsyncGenerator<readonly ProfileRow[]> {
  return iteratePages<ExpiringProfileRow>((last) => store.listExpiredProfiles(site, now, last, profilesPerPage));
}

/** Iterates over pages until one is empty. @param read returns the rows after `last`. */
async function* iteratePages<Row>(read: (last: Row | undefined) => Promise<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  for (let page = await read(undefined); page.length > 0; page = await read(page.at(-1))) {
    yield page;
    await nextTurn();
  }
}

/** Rewrites those profiles of a page that an earlier version stored, within the present size limits. */
export async function rewriteOutdatedProfiles(page: readonly ProfileRow[], store: Store, site: string): Promise<void> {
  const outdated = page.filter(({ isOutdated }) => isOutdated);
  if (outdated.length === 0) return;
  const unchanged = outdated.map(({ visitor, profile, stored }) => ({ visitor, stored, after: profile }));
  await store.stripExpiredProfiles(site, unchanged);
}

/** Splits a list into parts of at most `size` items. */
export function chunk<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
