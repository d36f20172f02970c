import { sleep } from '../clock/clock.ts';
import { runPeriodically, type WatchClock } from '../clock/run-periodically.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import { dayMs, hourMs, minuteMs, secondMs, type UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, getPartitionSite, type Offset, rejectedPartition, startOffset } from '../storage/log/event-log.ts';
import type { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { iterateDeadLetters, iterateExpiredProfiles, iterateRecords } from '../storage/paginate.ts';
import { bucketsKeptMs } from '../storage/ports/event-counts.ts';
import { orderLedgerDays } from '../storage/ports/order-ledger.ts';
import { trialDays } from '../storage/ports/payment-objects.ts';
import type { Store } from '../storage/ports/store.ts';
import { dropExpired } from '../visitors/profile-expiry.ts';
import { clientMaxAgeMs } from '../visitors/profile-lifetimes.ts';
import { decideSweep } from './decide-sweep.ts';
import { stripExpiredBytes, stripExpiredFields } from './strip-expired-fields.ts';

export interface SweepDeps {
  /** Returns the active sites. Other sites with data are swept as well. */
  readonly sites: () => readonly string[];
  readonly retentionDays: {
    readonly events: number;
    readonly deadLetters: number;
    readonly facts: number;
    readonly counts: number;
  };
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: WatchClock;
  /** Makes the site's connections record undelivered events up to an offset as expired. */
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

/** The numbers of removed records and rows of a site. */
export interface SweepReport {
  readonly events: number;
  readonly rejections: number;
  /** Records that lost an address, an agent or a click id. */
  readonly shortened: number;
  readonly facts: number;
  readonly deadLetters: number;
  /** Outcomes, requests and other rows about removed events. */
  readonly rows: number;
  /** Export files. */
  readonly exports: number;
}

const firstAfterMs = 5 * secondMs;
const everyMs = dayMs;
/** A process may begin to run a site at any time, so it looks for sites that are due more often. */
const checkEveryMs = 10 * minuteMs;
/** The disk is free for other work between two steps. */
const pauseMs = 5;
const rowsAtOnce = 500;
const stopGraceMs = 5_000;

class SweepStoppedError extends Error {
  override readonly name = 'SweepStoppedError';
}

/**
 * Sweeps the sites of this process soon after the start, and each site a day after its last sweep by any process, one step at a time.
 * @param deps with `maintenanceLock`, which delays backups while a site is swept, and `holds`, whether this process sweeps a site.
 */
export function startSweeps(
  deps: SweepDeps & { readonly maintenanceLock: MaintenanceLock; readonly ownsSite: (site: string) => boolean },
): { stop(): Promise<void> } {
  const { clock, logger, store, sites, exports } = deps;
  /** The sites that this process has swept in its first round; undefined after that round. */
  let sweptFirst: Set<string> | undefined = new Set();
  /** The sites whose last sweep failed, the longest ago first. They come last, because a failure ends the round. */
  const failed = new Set<string>();
  const isDue = async (site: string) => {
    const last = await store.getLastSweep(site);
    const now = clock.now();
    // A clock that was set back must not delay the next sweep.
    const lastAt = last?.suspectedAt ?? last?.at ?? 0;
    return lastAt > now || now - lastAt >= everyMs;
  };
  const sweepIfDue = async (site: string, isStopping: () => boolean) => {
    // The first sweep continues an interrupted one.
    const isFirst = sweptFirst !== undefined && !sweptFirst.has(site);
    if (!deps.ownsSite(site) || !(isFirst || (await isDue(site)))) return;
    const pause = async () => {
      // Another process may have taken the site, and then alone records its undelivered events.
      if (isStopping() || !deps.ownsSite(site)) throw new SweepStoppedError();
      await sleep(clock, pauseMs);
    };
    if (await store.hasUnfinishedErasure(site)) logger.warn({ site }, 'erasure interrupted: repeat it');
    const swept = deps.maintenanceLock.runShared(() => sweep(site, deps, pause));
    const report = await swept.catch((error: unknown) => {
      if (isStopping() || !(error instanceof SweepStoppedError)) throw error;
      return 'moved' as const;
    });
    if (report === 'moved') return;
    sweptFirst?.add(site);
    if (report === 'clock-ahead') logger.warn({ site }, 'clock suspect: no old data removed today');
    else logger.info({ site, ...report }, 'old data removed');
  };
  const sweepAll = async (isStopping: () => boolean) => {
    const known = new Set([...sites(), ...(await sitesWithData(deps)), ...(await exports.sites())]);
    const [others, lastOnes] = [[...known].filter((site) => !failed.has(site)), [...failed].filter((site) => known.has(site))];
    for (const site of [...others, ...lastOnes]) {
      failed.delete(site);
      await sweepIfDue(site, isStopping).catch((error: unknown) => {
        failed.add(site);
        throw error;
      });
    }
    sweptFirst = undefined;
  };
  const sweeps = runPeriodically({
    clock,
    firstAfterMs,
    everyMs: checkEveryMs,
    round: (isStopping) =>
      sweepAll(isStopping).catch((error: unknown) => {
        if (!isStopping()) throw error;
      }),
    onFault: (error) => logger.error({ error: describeError(error) }, 'removal of old data failed'),
  });
  return {
    async stop() {
      await Promise.race([sweeps.stop(), new Promise((resolve) => setTimeout(resolve, stopGraceMs).unref())]);
    },
  };
}

/**
 * Removes a site's expired data. Awaits `pause` between two steps; if `pause` throws, the next sweep continues. Returns `clock-ahead` if the
 * clock is suspect, and then removes nothing.
 */
export async function sweep(site: string, deps: SweepDeps, pause: () => Promise<void>): Promise<SweepReport | 'clock-ahead'> {
  const { log, store, retentionDays, clock, expire } = deps;
  const now = clock.now();
  const next = decideSweep(now, (await store.getLastSweep(site)) ?? { at: await getNewestTime(site, log, now) });
  await store.saveLastSweep(site, next);
  if (next.suspectedAt !== undefined) return 'clock-ahead';
  const before = (days: number) => now - days * dayMs;
  const eventsBefore = new Date(before(retentionDays.events));

  const identified = await store.getIdentityCursor(site);
  const isActive = deps.sites().includes(site);
  const isEmpty = !(await log.heads()).has(site);
  // If the event log is empty, every identified event has been removed from it.
  const last = isEmpty ? identified : await log.findOffsetAt(site, eventsBefore);
  // Only an active site has a consumer that will still read events after the identity cursor.
  const [through = startOffset] = isActive ? [last, identified].toSorted() : [last];
  // Refunds and uploads that waited for as long as orders are kept end too, however long events are.
  await expire(site, through);

  const facts = await stripProfiles(site, before(retentionDays.facts), now, deps, pause);
  const deadLetters = await stripDeadLetters(site, now, deps, pause);
  const limits = {
    through,
    profilesBefore: before(retentionDays.facts),
    deadLettersBefore: before(retentionDays.deadLetters),
    countsBefore: before(retentionDays.counts),
    // The positions of connections are counted by bucket, as long as the event log has them.
    rollUpBefore: toHour(Math.min(now - bucketsKeptMs, before(retentionDays.events + 1))),
    // An event that is removed becomes a dead letter at the latest.
    purchasesBefore: before(retentionDays.events + retentionDays.deadLetters),
    ordersBefore: before(orderLedgerDays),
    trialsBefore: before(trialDays),
    ...(before(retentionDays.events) < now - clientMaxAgeMs && { bodiesBefore: now - clientMaxAgeMs }),
  };
  for (let after: Offset | undefined = startOffset; after !== undefined; ) {
    after = (await store.releasePurchases(site, after, through)).next;
    await pause();
  }
  let rows = 0;
  for (let removed = 1; removed > 0; rows += removed) {
    removed = await store.removeExpired(site, limits, rowsAtOnce);
    await pause();
  }
  for (let from: string | undefined = ''; from !== undefined; ) {
    const { gone, next } = await store.removeExpiredPrimaries(site, from, through, now);
    rows += gone;
    from = next;
    await pause();
  }
  const events = await trim(site, through, log, pause);
  const exports = await deps.exports.removeOld(site, now);
  const rejected = rejectedPartition(site);
  const rejections = await trim(rejected, await log.findOffsetAt(rejected, eventsBefore), log, pause);
  const shortened = await stripRecords(site, through, now, log, pause);
  rows += await removeConsentCounts(site, limits.countsBefore, deps, pause);
  for (const file of [log, store]) while (await file.reclaimDiskSpace()) await pause();
  return { events, rejections, shortened, facts, deadLetters, rows, exports };
}

/** Removes old counts of consent. A fault of their tables is logged, because it must keep no other data. Returns the number of rows. */
async function removeConsentCounts(
  site: string,
  before: UnixMs,
  { log, logger }: SweepDeps,
  pause: () => Promise<void>,
): Promise<number> {
  let rows = 0;
  for (let removed = 1; removed > 0; rows += removed) {
    removed = await log.removeConsentCounts(site, before, rowsAtOnce).catch((error: unknown) => {
      logger.error({ site, error: describeError(error) }, 'counts of consent not removed');
      return 0;
    });
    await pause();
  }
  return rows;
}

/** Returns the beginning of the hour, so that no hour is summed up in part. */
function toHour(at: UnixMs): UnixMs {
  return at - (at % hourMs);
}

/** Returns the sites with data in the event log or the store, active or not. Counts alone are data too, unless their tables are faulty. */
export async function sitesWithData({
  log,
  store,
}: {
  readonly log: EventLog;
  readonly store: Store;
}): Promise<ReadonlySet<string>> {
  const partitions = [...(await log.heads()).keys()];
  const counted = await log.listConsentSites().catch(() => []);
  return new Set([...(await store.listSites()), ...partitions.map(getPartitionSite), ...counted]);
}

async function getNewestTime(site: string, log: EventLog, fallback: UnixMs): Promise<UnixMs> {
  const { records } = await log.latest(site, 1);
  return records[0]?.at ?? fallback;
}

async function trim(partition: string, through: Offset, log: EventLog, pause: () => Promise<void>): Promise<number> {
  let removed = 0;
  for await (const records of iterateRecords(log, partition, startOffset, through)) {
    await log.trim(partition, records.at(-1)?.offset ?? startOffset);
    removed += records.length;
    await pause();
  }
  return removed;
}

/** Removes IP addresses, user agents and click ids from records that are kept longer. Returns the number of changed records. */
async function stripRecords(
  site: string,
  after: Offset,
  now: UnixMs,
  log: EventLog,
  pause: () => Promise<void>,
): Promise<number> {
  let changed = 0;
  const old = await log.findOffsetAt(site, new Date(now - clientMaxAgeMs));
  for await (const records of iterateRecords(log, site, after, old)) {
    const stripped = records.flatMap(({ offset, body }) => {
      const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
      const rest = event && stripExpiredFields(event, now);
      return rest ? [{ offset, bytes: Buffer.from(JSON.stringify(rest)) }] : [];
    });
    if (stripped.length > 0) await log.truncate(site, stripped);
    changed += stripped.length;
    await pause();
  }
  return changed;
}

async function stripProfiles(
  site: string,
  linksBefore: UnixMs,
  now: UnixMs,
  { store }: SweepDeps,
  pause: () => Promise<void>,
): Promise<number> {
  let changed = 0;
  for await (const page of iterateExpiredProfiles(store, site, now)) {
    const stripped = page.map(({ visitor, profile, stored }) => ({ visitor, stored, after: dropExpired(profile, now) }));
    changed += await store.stripExpiredProfiles(site, stripped);
    await pause();
  }
  for (let from: string | undefined = ''; from !== undefined; ) {
    const { gone, next } = await store.removeExpiredLinks(site, from, linksBefore);
    changed += gone;
    from = next;
    await pause();
  }
  return changed;
}

async function stripDeadLetters(site: string, now: UnixMs, { store }: SweepDeps, pause: () => Promise<void>): Promise<number> {
  let changed = 0;
  for await (const page of iterateDeadLetters(store, site)) {
    const stripped = page.flatMap((letter) => {
      const bytes = stripExpiredBytes(letter, now);
      return bytes ? [{ consumer: letter.consumer, offset: letter.offset, bytes }] : [];
    });
    if (stripped.length > 0) await store.stripExpiredDeadLetters(stripped);
    changed += stripped.length;
    await pause();
  }
  return changed;
}
