import { toConsentTally } from '../../event/consent-tally.ts';
import { isSignalName } from '../../event/event-names.ts';
import { parseStoredEvent } from '../../event/parse-stored-event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import { type EventLog, getPartitionSite, type NewRecord, RecordRefusedError } from '../log/event-log.ts';
import type { Spool, SpooledPage } from './spool.ts';

export interface ForwardDeps {
  readonly spool: Spool;
  readonly log: Pick<EventLog, 'append'>;
  /** Returns the time before which the spooled records of a site have expired. */
  readonly getExpiry: (site: string) => Promise<UnixMs>;
  readonly logger: Pick<Logger, 'error'>;
}

/** The numbers of records that left the spool. */
export interface ForwardReport {
  /** New in the event log. */
  readonly forwarded: number;
  /** In the event log before: their append was in doubt, or another process accepted them too. */
  readonly duplicates: number;
  /** Expired, damaged on the disk, or with a value that the database cannot store. */
  readonly lost: number;
}

/**
 * Forwards the spooled records in the order of each partition, until the spool is empty or `isOver` returns true. Removes a batch after the event
 * log has it; if the process ends in between, the keys make the repetition harmless.
 * @throws LogUnavailableError if the event log accepts nothing
 */
export async function forwardSpool(
  { spool, log, getExpiry, logger }: ForwardDeps,
  { isOver = () => false, onProgress }: { isOver?: () => boolean; onProgress?: () => void } = {},
): Promise<ForwardReport> {
  const report = { forwarded: 0, duplicates: 0, lost: 0 };
  const expiries = new Map<string, UnixMs>();
  while (!isOver()) {
    const pages = await spool.readBatch();
    if (pages.length === 0) break;
    for (const { partition } of pages) {
      const site = getPartitionSite(partition);
      if (!expiries.has(site)) expiries.set(site, await getExpiry(site));
    }
    const records = pages.flatMap((page) => {
      const { kept, expired, damaged } = selectRecords(page, expiries.get(getPartitionSite(page.partition)) ?? 0);
      report.lost += expired + damaged;
      if (expired + damaged > 0)
        logger.error({ site: getPartitionSite(page.partition), expired, damaged }, 'spooled records lost');
      return kept;
    });
    const { stored, refused } = await appendAll(log, records);
    for (const { partition } of refused) logger.error({ site: getPartitionSite(partition), refused: 1 }, 'spooled records lost');
    report.lost += refused.length;
    report.forwarded += stored;
    report.duplicates += records.length - stored - refused.length;
    spool.countLeft({ forwarded: records.length - refused.length, lost: countRecords(pages) - records.length + refused.length });
    await spool.remove(pages);
    onProgress?.();
  }
  return report;
}

function countRecords(pages: readonly SpooledPage[]): number {
  return pages.reduce((sum, { records }) => sum + records.length, 0);
}

function selectRecords({ partition, records }: SpooledPage, expiresBefore: UnixMs) {
  const kept: NewRecord[] = [];
  let expired = 0;
  let damaged = 0;
  for (const { key, at, body } of records) {
    if (at < expiresBefore) expired += 1;
    else if ('bytes' in body) kept.push(toNewRecord(partition, key, body.bytes));
    else damaged += 1;
  }
  return { kept, expired, damaged };
}

/**
 * Returns the record with the tally of its event. The country counts as not known, because a denied event has none: with the countries of the
 * others alone, their share of grants would be too large.
 */
function toNewRecord(partition: string, key: string, bytes: Uint8Array): NewRecord {
  const event = partition === getPartitionSite(partition) ? parseStoredEvent(bytes) : undefined;
  const tally = event && !isSignalName(event.name) ? toConsentTally(event) : undefined;
  return { partition, key, bytes, ...(tally && { tally }) };
}

/** Appends the records. If the database refuses a value of one, the others are still forwarded. */
async function appendAll(
  log: Pick<EventLog, 'append'>,
  records: readonly NewRecord[],
): Promise<{ readonly stored: number; readonly refused: readonly NewRecord[] }> {
  try {
    const results = records.length === 0 ? [] : await log.append(records);
    return { stored: results.filter((one) => 'offset' in one).length, refused: [] };
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    if (records.length === 1) return { stored: 0, refused: records };
  }
  let stored = 0;
  const refused: NewRecord[] = [];
  for (const record of records) {
    const single = await appendAll(log, [record]);
    stored += single.stored;
    refused.push(...single.refused);
  }
  return { stored, refused };
}
