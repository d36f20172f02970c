import { setImmediate as nextTurn } from 'node:timers/promises';
import { isForConnection, parseEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { OutcomeCountChange } from '../../storage/ports/event-counts.ts';
import { removedUnread } from '../../storage/ports/late-orders.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { type AbsentReason, isConsentReason } from '../../storage/ports/reports.ts';
import type { Store } from '../../storage/ports/store.ts';
import { maskErasedRecords } from '../planning/mask-erased-records.ts';
import { countOutcomes, createPurchaseFilter, listPurchaseOutcomes, type ReceivedTimes } from '../planning/outcome-counts.ts';
import type { PlannedUploads } from '../planning/plan-uploads.ts';
import { dropUnsettled } from '../sending/settle-unconfirmed.ts';
import { endOldUploads } from '../uploads/end-old-uploads.ts';
import { endAwaitedRefunds } from './end-awaited-refunds.ts';

const atOnce = 200;
const countedAtOnce = 1_000;
const pageBytes = 4 * 1024 * 1024;

/** The connection whose events expire. */
export interface ExpirySource {
  readonly consumer: ConsumerId;
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
  /** Plans the uploads of the events that the platform's account still takes. Default: none. */
  readonly planUploads?: (records: readonly LogRecord[]) => Promise<PlannedUploads>;
}

/**
 * Yields the commits that mark all undelivered events up to `through` as expired, before retention removes them from the event log, and those
 * that end the wait of refunds and of old uploads. Late purchases become rows of uploads, which outlive their events.
 * The last commit moves the cursor. Each deferred delivery becomes a dead letter; events that await a verdict are unverified; the events
 * after the cursor become one expired range.
 */
export async function* expireEvents(
  source: ExpirySource,
  before: ConnectionState,
  through: Offset,
  now: UnixMs,
): AsyncGenerator<DeliveryCommit> {
  yield* endAwaitedRefunds(source, before, now);
  yield* endOldUploads(source, before, now);
  const { consumer, site, log, store } = source;
  const open = await store.getOpenAttempt(consumer);
  const isReplaced = open?.offsets.some((offset) => offset <= through);
  const state = isReplaced ? dropUnsettled(before) : before;
  if (open && isReplaced) yield { state, settle: { id: open.id, at: now, result: 'replaced', issues: [] } };

  for (;;) {
    const late = await store.listDeferredUpTo(consumer, through, atOnce);
    if (late.length === 0) break;
    const { records, absentReasons } = await maskErasedRecords(await log.get(site, late), store, site);
    const deadLetters = records.flatMap((record) => createDeadLetters(record, now));
    const outcomes = records.map((record) => getFinalOutcome(record, absentReasons));
    const counts = countOutcomes(outcomes, () => 'waiting', getReceivedTimes(records));
    const purchases = listPurchaseOutcomes(outcomes, createPurchaseFilter(records));
    const uploads = await planRows(source, records, now);
    yield { state, removeDeferred: late, deadLetters, outcomes, counts, purchases, ...uploads };
  }
  for (const receipt of await store.listReceiptsUpTo(consumer, through)) {
    const offsets = receipt.members.map(({ offset }) => offset);
    const known = await store.getOutcomes(consumer, offsets);
    const outcomes = offsets
      .filter((offset) => known.get(offset)?.outcome === 'awaiting-verdict')
      .map((offset) => ({ offset, outcome: 'unverified', issues: [removedUnverified] }) as const);
    const records = await log.get(site, offsets);
    const counts = countOutcomes(outcomes, () => 'awaiting-verdict', getReceivedTimes(records));
    const purchases = listPurchaseOutcomes(outcomes, createPurchaseFilter(records));
    const settle = { id: receipt.attempt, at: now, result: 'unverified', issues: [removedUnverified] } as const;
    yield { state, settle, endReceipt: receipt.attempt, outcomes, counts, purchases };
  }
  if (state.cursor >= through) return;
  const between = countOutcomesBetween(source, state, through, now);
  let page = await between.next();
  // A crash between two pages repeats these outcomes, or the events' own ones replace them.
  for (; !page.done; page = await between.next()) yield { state, ...page.value };
  const { events, counts } = page.value;
  const range = { after: state.cursor, lastOffset: through, events, at: now };
  const { ahead, ...rest } = state;
  const isBeyond = ahead !== undefined && ahead.through > through;
  yield { state: { ...rest, cursor: through, ...(isBeyond && { ahead }) }, counts, ...(events > 0 && { expired: range }) };
}

/** The commit of a page of expired events, without the connection's state. */
type ExpiredPage = Pick<DeliveryCommit, 'purchases' | 'putUploads' | 'uploadResults'>;

/** Returns the rows of expired events, if they have any. Lost ones end at once, so that they are counted. */
async function planRows(
  { planUploads }: ExpirySource,
  records: readonly LogRecord[],
  now: UnixMs,
): Promise<Pick<DeliveryCommit, 'putUploads' | 'uploadResults'> | undefined> {
  const { uploads, lost } = (await planUploads?.(records)) ?? { uploads: [], lost: [] };
  if (uploads.length + lost.length === 0) return undefined;
  const ended = lost.map(
    ({ kind, key, dueAt }) => ({ kind, key, dueAt, state: 'dead', tries: 0, triedAt: now, answer: removedUnread }) as const,
  );
  return { putUploads: [...uploads, ...lost], uploadResults: ended };
}

/**
 * Counts the outcomes of the events between the cursor and `through`, and yields those of orders, page by page. `events` is the number of expired ones, which count as
 * dead. Events that were settled ahead of the cursor keep their outcome.
 */
async function* countOutcomesBetween(
  source: ExpirySource,
  { cursor, ahead }: Pick<ConnectionState, 'cursor' | 'ahead'>,
  through: Offset,
  now: UnixMs,
): AsyncGenerator<ExpiredPage, { readonly events: number; readonly counts: readonly OutcomeCountChange[] }> {
  const { consumer, site, log, store } = source;
  const counts: OutcomeCountChange[] = [];
  for (let at = cursor; at < through; ) {
    const page = await log.read(site, at, { records: countedAtOnce, bytes: pageBytes });
    const { records, absentReasons } = await maskErasedRecords(
      page.records.filter(({ offset }) => offset <= through),
      store,
      site,
    );
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) break;
    const duplicates = await store.findDuplicates(site, first.offset, last.offset);
    const { connection = '' } = parseConsumerId(consumer);
    const events = records.filter(({ key }) => isForConnection(key, connection));
    const mayBeSettled = events.map(({ offset }) => offset).filter((offset) => offset <= (ahead?.through ?? ''));
    const known = mayBeSettled.length > 0 ? await store.getOutcomes(consumer, mayBeSettled) : undefined;
    const outcomes = events.map((record) => {
      const { offset } = record;
      const outcome = known?.get(offset);
      return outcome && !outcome.isRetired
        ? ({ offset, outcome: 'ahead' } as const)
        : getFinalOutcome(record, absentReasons, duplicates.has(offset));
    });
    const settled = outcomes.filter((one) => one.outcome !== 'ahead');
    const purchases = listPurchaseOutcomes(settled, createPurchaseFilter(events));
    const unsettled = new Set(settled.filter(({ outcome }) => outcome === 'dead').map(({ offset }) => offset));
    const uploads = await planRows(
      source,
      events.filter(({ offset }) => unsettled.has(offset)),
      now,
    );
    if (purchases.length > 0 || uploads) yield { purchases, ...uploads };
    counts.push(...countOutcomes(outcomes, () => undefined, getReceivedTimes(records)));
    at = last.offset;
    // On SQLite the reads are no turns, and a connection may have millions of events.
    await nextTurn();
  }
  const events = counts.reduce((sum, { outcome, events: some }) => sum + (outcome === 'dead' ? some : 0), 0);
  return { events, counts };
}

function getFinalOutcome(
  { offset, body }: LogRecord,
  absentReasons: ReadonlyMap<Offset, AbsentReason>,
  isDuplicate = false,
): EventOutcomeEntry {
  if ('redacted' in body) {
    const outcome = isConsentReason(absentReasons.get(offset)) ? 'consent-denied' : 'erased';
    return { offset, outcome, issues: [] };
  }
  return isDuplicate ? { offset, outcome: 'duplicate', issues: [] } : { offset, outcome: 'dead', issues: [expiredIssue] };
}

function getReceivedTimes(records: readonly LogRecord[]): ReceivedTimes {
  return new Map(records.map(({ offset, at }) => [offset, at]));
}

function createDeadLetters({ offset, key, body }: LogRecord, at: UnixMs): readonly DeadLetter[] {
  if ('redacted' in body) return [];
  const { name: eventName, id: eventId } = parseEventKey(key);
  const [cause, bytes] = 'bytes' in body ? (['expired', body.bytes] as const) : (['corrupt', body.raw] as const);
  return [{ offset, cause, issues: [expiredIssue], eventName, eventId, bytes, at }];
}

const expiredIssue: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'The event exceeded `retentionDays.events` before it was delivered and cannot be sent any more. Check why the connection did not send.',
};

const removedUnverified: Issue = {
  field: 'time',
  code: 'expired',
  message:
    "The platform received the event and gave no verdict before `retentionDays.events` ended. Compare the event with the platform's own report.",
};
