import { parseStoredEvent } from '../event/parse-stored-event.ts';
import { dayMs, secondMs, type UnixMs } from '../event/units.ts';
import { clientMaxAgeMs, dropExpired } from '../identity/visitor-profile.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, getPartitionSite, type Offset, rejectedPartition, startOffset } from '../storage/log/event-log.ts';
import type { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { iterateDeadLetters, iterateProfiles, iterateRecords } from '../storage/paginate.ts';
import type { Store } from '../storage/store/store.ts';
import { decideSweep } from './clock-guard.ts';
import { stripExpiredBytes, stripExpiredFields } from './strip-expired-fields.ts';

export interface SweepDeps {
  /** Those that run, by now; whatever else something is kept of is swept as well. */
  readonly sites: () => readonly string[];
  readonly retentionDays: { readonly events: number; readonly deadLetters: number; readonly facts: number };
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: { now(): UnixMs; after(ms: number, ring: () => void): () => void };
  /** Has the site's connections say what they have not delivered up to there. */
  readonly expire: (site: string, through: Offset) => Promise<void>;
  readonly exports: ExpiringFiles;
  readonly logger: Logger;
}

/** Files that expire: the exports of personal data. */
export interface ExpiringFiles {
  /** Lists the sites that have files. */
  sites(): Promise<readonly string[]>;
  /** Removes the expired files of a site and returns their number. */
  removeOld(site: string, now: UnixMs): Promise<number>;
}

/** What a sweep took away of a site, in records and rows. */
export interface SweepReport {
  readonly events: number;
  readonly rejections: number;
  /** Records that lost an address, an agent or a click id. */
  readonly shortened: number;
  readonly facts: number;
  readonly deadLetters: number;
  /** What was known of events that are gone: outcomes, requests and the like. */
  readonly rows: number;
  /** Files that were made for people. */
  readonly exports: number;
}

const firstAfterMs = 5 * secondMs;
const everyMs = dayMs;
/** Others have their turn on the disk between two steps. */
const pauseMs = 5;
const rowsAtOnce = 500;
/** A month, and what a month ends in. */
const keptCountDays = 35;
const stopGraceMs = 5_000;

class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Sweeps every site soon after the start and then every day, one step at a time.
 * @param parts with `maintenanceLock`, which holds backups back while a site is swept.
 */
export function startSweeps(parts: SweepDeps & { readonly maintenanceLock: MaintenanceLock }): { stop(): Promise<void> } {
  const { clock, logger, store, sites, exports } = parts;
  let isStopping = false;
  let running: Promise<void> = Promise.resolve();
  const breathe = async () => {
    if (isStopping) throw new Stopped();
    await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
  };
  const sweepAll = async () => {
    for (const site of new Set([...sites(), ...(await sitesWithData(parts)), ...(await exports.sites())])) {
      if (await store.getUnfinishedErasure(site)) logger.warn({ site }, 'an erasure was interrupted: ask for it again');
      const swept = await parts.maintenanceLock.runShared(() => sweep(site, parts, breathe));
      if (swept === 'clock-ahead')
        logger.warn({ site }, 'the clock is days ahead of the last removal: nothing old is removed today');
      else logger.info({ site, ...swept }, 'old data removed');
    }
  };
  const run = () => {
    running = sweepAll()
      .catch((error: unknown) => {
        if (!isStopping) logger.error({ error: describeError(error) }, 'removal of old data failed');
      })
      .finally(() => {
        if (!isStopping) cancel = clock.after(everyMs, run);
      });
  };
  let cancel = clock.after(firstAfterMs, run);
  return {
    async stop() {
      isStopping = true;
      cancel();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, stopGraceMs).unref())]);
    },
  };
}

/**
 * One sweep of a site. `breathe` is awaited between two steps; where it throws, the next sweep goes on. `clock-ahead`: the clock is
 * not believed yet, and nothing was removed.
 */
export async function sweep(site: string, parts: SweepDeps, breathe: () => Promise<void>): Promise<SweepReport | 'clock-ahead'> {
  const { log, store, retentionDays, clock, expire } = parts;
  const now = clock.now();
  const next = decideSweep(now, (await store.getLastSweep(site)) ?? { at: await newestAt(site, log, now) });
  await store.saveLastSweep(site, next);
  if (next.suspectedAt !== undefined) return 'clock-ahead';
  const before = (days: number) => now - days * dayMs;
  const eventsBefore = new Date(before(retentionDays.events));

  const identified = await store.getIdentityCursor(site);
  const runs = parts.sites().includes(site);
  const isEmpty = !(await log.heads()).has(site);
  // Where the log is empty, all that was ever identified is gone from it.
  const last = isEmpty ? identified : await log.findOffsetAt(site, eventsBefore);
  // Of a site that runs no more, nobody will come to what was not identified.
  const [through = startOffset] = runs ? [last, identified].toSorted() : [last];
  if (through !== startOffset) await expire(site, through);

  const facts = await ageFacts(site, before(retentionDays.facts), now, parts, breathe);
  const deadLetters = await ageDeadLetters(site, now, parts, breathe);
  const what = {
    through,
    profilesBefore: before(retentionDays.facts),
    deadLettersBefore: before(retentionDays.deadLetters),
    countsBefore: before(keptCountDays),
    ...(before(retentionDays.events) < now - clientMaxAgeMs && { bodiesBefore: now - clientMaxAgeMs }),
  };
  for (let after: Offset | undefined = startOffset; after !== undefined; ) {
    after = (await store.releaseClaims(site, after, through)).next;
    await breathe();
  }
  let rows = 0;
  for (let gone = 1; gone > 0; rows += gone) {
    gone = await store.removeExpired(site, what, rowsAtOnce);
    await breathe();
  }
  for (let from: string | undefined = ''; from !== undefined; ) {
    const { gone, next } = await store.removeExpiredPrimaries(site, from, through, now);
    rows += gone;
    from = next;
    await breathe();
  }
  const events = await trim(site, through, log, breathe);
  const exports = await parts.exports.removeOld(site, now);
  const rejected = rejectedPartition(site);
  const rejections = await trim(rejected, await log.findOffsetAt(rejected, eventsBefore), log, breathe);
  const shortened = await shorten(site, through, now, log, breathe);
  for (const engine of [log, store]) while (await engine.reclaimDiskSpace()) await breathe();
  return { events, rejections, shortened, facts, deadLetters, rows, exports };
}

/** Sites that events, rejections or anything known of them is kept of, whether they run or not. */
export async function sitesWithData({
  log,
  store,
}: {
  readonly log: EventLog;
  readonly store: Store;
}): Promise<ReadonlySet<string>> {
  const partitions = [...(await log.heads()).keys()];
  return new Set([...(await store.listSites()), ...partitions.map(getPartitionSite)]);
}

async function newestAt(site: string, log: EventLog, orElse: UnixMs): Promise<UnixMs> {
  const { records } = await log.latest(site, 1);
  return records[0]?.at ?? orElse;
}

async function trim(partition: string, through: Offset, log: EventLog, breathe: () => Promise<void>): Promise<number> {
  let gone = 0;
  for await (const records of iterateRecords(log, partition, startOffset, through)) {
    await log.trim(partition, records.at(-1)?.offset ?? startOffset);
    gone += records.length;
    await breathe();
  }
  return gone;
}

/** Address, agent and click ids go from the log even where it is kept longer. */
async function shorten(site: string, after: Offset, now: UnixMs, log: EventLog, breathe: () => Promise<void>): Promise<number> {
  let shortened = 0;
  const old = await log.findOffsetAt(site, new Date(now - clientMaxAgeMs));
  for await (const records of iterateRecords(log, site, after, old)) {
    const shorter = records.flatMap(({ offset, body }) => {
      const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
      const aged = event && stripExpiredFields(event, now);
      return aged ? [{ offset, bytes: Buffer.from(JSON.stringify(aged)) }] : [];
    });
    if (shorter.length > 0) await log.truncate(site, shorter);
    shortened += shorter.length;
    await breathe();
  }
  return shortened;
}

async function ageFacts(
  site: string,
  linksBefore: UnixMs,
  now: UnixMs,
  { store }: SweepDeps,
  breathe: () => Promise<void>,
): Promise<number> {
  let changed = 0;
  for await (const page of iterateProfiles(store, site)) {
    const links = await store.listVisitorLinks(
      site,
      page.map(({ visitor }) => visitor),
    );
    const withOldLinks = new Set(links.filter(({ at }) => at < linksBefore).map(({ visitor }) => visitor));
    const aged = page.flatMap(({ visitor, profile: facts, isOutdated }) => {
      const after = dropExpired(facts, now);
      if (isOutdated || JSON.stringify(after) !== JSON.stringify(facts)) return [{ visitor, change: { before: facts, after } }];
      return withOldLinks.has(visitor) ? [{ visitor }] : [];
    });
    if (aged.length > 0) changed += await store.stripExpiredProfiles(site, aged, linksBefore);
    await breathe();
  }
  return changed;
}

async function ageDeadLetters(site: string, now: UnixMs, { store }: SweepDeps, breathe: () => Promise<void>): Promise<number> {
  let changed = 0;
  for await (const page of iterateDeadLetters(store, site)) {
    const aged = page.flatMap((letter) => {
      const bytes = stripExpiredBytes(letter, now);
      return bytes ? [{ consumer: letter.consumer, offset: letter.offset, bytes }] : [];
    });
    if (aged.length > 0) await store.stripExpiredDeadLetters(aged);
    changed += aged.length;
    await breathe();
  }
  return changed;
}
