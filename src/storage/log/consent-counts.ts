import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConsentTally } from '../../event/consent-tally.ts';
import { dayMs, hourMs, type UnixMs } from '../../event/units.ts';

/** The length of a bucket. It begins at a multiple of this. */
export const consentBucketMs = hourMs;

/** A log keeps this number of banner versions of a source in a bucket of a site; events with further ones count without a version. */
export const maxBannerVersions = 50;

/** A read names this number of versions in a stretch of days, the most frequent ones. Events with further ones have `otherVersions`. */
export const maxVersionsRead = 100;
/** No page can name its banner so. */
export const otherVersions = '*';
/** The days that one query sums up before other work runs. */
const daysAtOnce = 8;

/** The number of events with one tally. */
export interface ConsentCount extends ConsentTally {
  readonly events: number;
}

/**
 * The counts of the visitors' choices. An append adds the tally of each new record in the commit that stores the record, so that a choice
 * counts once, however often its report is repeated. The counts hold nothing of a single event.
 */
export interface ConsentCountLog {
  /**
   * Returns the sums of a site's buckets from `since` to before `until`, by tally. A bucket is that of the append's time. Rare versions are
   * `otherVersions`, so that the answer is bounded.
   */
  getConsentCounts(site: string, since: UnixMs, until: UnixMs): Promise<readonly ConsentCount[]>;
  /** Returns the first bucket whose counts are whole; 0 if all are. An append that cannot count goes on, and its bucket is not whole. */
  getConsentCountingStart(): Promise<UnixMs>;
  /** Lists the sites that have counts, also those that were removed. */
  listConsentSites(): Promise<readonly string[]>;
  /** Removes at most `limit` of the site's rows of buckets before a time. Returns their number. */
  removeConsentCounts(site: string, before: UnixMs, limit: number): Promise<number>;
}

/** Returns the beginning of the bucket that contains a time. */
export function consentBucketStart(at: UnixMs): UnixMs {
  return at - (at % consentBucketMs);
}

/** Returns the query for the sums of a stretch of buckets. @param parameters the names of its parameters, as the database writes them */
export function writeCountQuery({ site, since, until }: Readonly<Record<'site' | 'since' | 'until', string>>): string {
  return `WITH found AS (
      SELECT source, version, country, choice, sum(events) AS events FROM consent_counts
      WHERE site = ${site} AND bucket >= ${since} AND bucket < ${until} GROUP BY 1, 2, 3, 4),
    named AS (
      SELECT source, version FROM found WHERE version <> '' GROUP BY 1, 2
      ORDER BY sum(events) DESC, source, version LIMIT ${maxVersionsRead}),
    shown AS (
      SELECT f.source, CASE WHEN f.version = '' OR n.version IS NOT NULL THEN f.version ELSE '${otherVersions}' END AS version,
        f.country, f.choice, f.events
      FROM found f LEFT JOIN named n ON n.source = f.source AND n.version = f.version)
    SELECT source, version, country, choice, CAST(sum(events) AS bigint) AS events FROM shown GROUP BY 1, 2, 3, 4`;
}

/** Lists the sites by one look-up each, instead of a scan. */
export const consentSitesQuery = `WITH RECURSIVE sites (site) AS (
    SELECT min(site) FROM consent_counts
    UNION ALL SELECT (SELECT min(c.site) FROM consent_counts c WHERE c.site > sites.site) FROM sites WHERE sites.site IS NOT NULL)
  SELECT site FROM sites WHERE site IS NOT NULL`;

/** Adds up the sums of a period's stretches. @param read returns the sums of one of them */
export async function sumConsentCounts(
  since: UnixMs,
  until: UnixMs,
  read: (from: UnixMs, to: UnixMs) => readonly ConsentCount[] | Promise<readonly ConsentCount[]>,
): Promise<readonly ConsentCount[]> {
  const sums = new Map<string, ConsentCount>();
  for (let from = since; from < until; from += daysAtOnce * dayMs) {
    if (from > since) await nextTurn();
    for (const count of await read(from, Math.min(from + daysAtOnce * dayMs, until))) {
      const key = [count.source, count.version, count.country, count.choice].join('\n');
      sums.set(key, { ...count, events: count.events + (sums.get(key)?.events ?? 0) });
    }
  }
  return [...sums.values()];
}
