import type { ConsentTally } from '../../event/consent-tally.ts';
import type { Event, ReportSource } from '../../event/event.ts';
import { formatEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, NewRecord } from '../../storage/log/event-log.ts';
import { yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import { type AcceptResult, acceptEvent, type Rejection, type SubmissionContext } from './accept.ts';

export interface AppendDeps {
  readonly append: EventLog['append'];
  readonly now: () => UnixMs;
  /** Returns an unguessable unique id, such as a UUID. */
  readonly newId: () => string;
}

/** The results of a body's events, in the documented shape of the 202 response. `index` counts from 0 in the body's order. */
export interface IngestResponse {
  /** The number of events that were newly stored. */
  readonly accepted: number;
  /** The number of repeats: events that were stored before, or earlier in the same body. */
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly id: string | null; readonly issues: readonly Issue[] }[];
  readonly warnings: readonly ({ readonly index: number } & Issue)[];
  /** One id per event; null for a rejected event. */
  readonly ids: readonly (string | null)[];
}

const utf8 = new TextEncoder();

/** The work after which other requests get a turn. The event that crosses the bound is completed first. */
const perTurn = { events: 32, characters: 65_536 };

/** The number of rejections of one body that are kept for the event debugger. */
const maxKeptRejections = 20;

/** The result of one submission. */
export type IngestResult =
  | {
      readonly id: string;
      readonly warnings: readonly Issue[];
      /** Whether the event was stored before. */
      readonly isDuplicate: boolean;
      /** Whether an earlier submission of the same body is the same event. */
      readonly isRepeated: boolean;
    }
  | { readonly rejection: Rejection };

/** The site and source of the submissions, and the time of their arrival. */
interface Body {
  readonly site: Site;
  readonly reporter: ReportSource;
  readonly now: UnixMs;
}

/**
 * Accepts the submissions of one body, in their order, and stores the accepted events in one append.
 * @throws LogUnavailableError from the append: then nothing of the body may be acknowledged.
 */
export async function acceptAndAppend<T>(
  submissions: readonly T[],
  read: (submission: T) => AcceptResult,
  body: Body,
  deps: Pick<AppendDeps, 'append' | 'newId'>,
): Promise<readonly IngestResult[]> {
  // The events themselves are not kept while the disk writes, so that the garbage collector need not copy them.
  const results: (Pick<Event, 'id' | 'warnings'> | { readonly rejection: Rejection })[] = [];
  const records: NewRecord[] = [];
  const denials: NewRecord[] = [];
  const turn = { events: 0, characters: 0 };
  for (const submission of submissions) {
    if (turn.events >= perTurn.events || turn.characters >= perTurn.characters) {
      // Keeps a large body from delaying the small ones.
      await yieldToEventLoop();
      turn.events = 0;
      turn.characters = 0;
    }
    const result = read(submission);
    turn.events += 1;
    turn.characters += result.spent;
    if (result.denial) denials.push(toRecord(result.denial));
    if ('rejection' in result) {
      results.push({ rejection: result.rejection });
      continue;
    }
    const { event } = result;
    records.push(toRecord(event, result.tally));
    results.push({ id: event.id, warnings: event.warnings });
  }
  // Denials come last, so that `appended` begins with the results of the events.
  const all = denials.length === 0 ? records : [...records, ...denials];
  const appended = all.length === 0 ? [] : await deps.append(all);
  storeRejections(
    results.flatMap((result) => ('rejection' in result ? [result.rejection] : [])),
    body,
    deps,
  );
  let position = 0;
  const keys = new Set<string>();
  return results.map((result) => {
    if ('rejection' in result) return result;
    const stored = appended[position];
    const key = records[position++]?.key ?? '';
    const isRepeated = keys.has(key);
    keys.add(key);
    return { ...result, isDuplicate: stored !== undefined && 'duplicate' in stored, isRepeated };
  });
}

/** Builds the response that reports the result of each event to the sender. */
export function toIngestResponse(results: readonly IngestResult[]): IngestResponse {
  let accepted = 0;
  let duplicates = 0;
  const rejected: IngestResponse['rejected'][number][] = [];
  const warnings: IngestResponse['warnings'][number][] = [];
  const ids: (string | null)[] = [];
  for (const [index, result] of results.entries()) {
    if ('rejection' in result) {
      const { id = null, issues } = result.rejection;
      rejected.push({ index, id, issues });
      ids.push(null);
      continue;
    }
    if (result.isDuplicate) duplicates += 1;
    else accepted += 1;
    for (const issue of result.warnings) warnings.push({ index, ...issue });
    ids.push(result.id);
  }
  return { accepted, duplicates, rejected, warnings, ids };
}

/**
 * Accepts and stores the events of a server.
 * @throws LogUnavailableError from the append.
 */
export async function ingestServerEvents(
  events: readonly unknown[],
  requester: SubmissionContext,
  site: Site,
  deps: AppendDeps,
): Promise<IngestResponse> {
  const now = deps.now();
  const read = (event: unknown) => acceptEvent(event, requester, site, now, deps.newId);
  return toIngestResponse(await acceptAndAppend(events, read, { site, reporter: requester.reporter, now }, deps));
}

export function toRecord(event: Event, tally?: ConsentTally): NewRecord {
  const record = { partition: event.site, key: formatEventKey(event), bytes: utf8.encode(JSON.stringify(event)) };
  return tally ? { ...record, tally } : record;
}

/**
 * Stores rejections for the event debugger, with names and codes only. They are not acknowledged to a sender, so a failed append is
 * ignored.
 */
function storeRejections(
  rejections: readonly Rejection[],
  { site, reporter, now }: Body,
  deps: Pick<AppendDeps, 'append' | 'newId'>,
): void {
  if (rejections.length === 0) return;
  const records = rejections.slice(0, maxKeptRejections).map(({ name, issues }) => {
    const codes = issues.map(({ field, code }) => ({ field, code }));
    const rejection = {
      v: 1,
      site: site.id,
      reporter,
      receivedAt: now,
      ...(name !== undefined && { name }),
      issues: codes,
    };
    return { partition: `${site.id}!rejected`, key: deps.newId(), bytes: utf8.encode(JSON.stringify(rejection)) };
  });
  deps.append(records).catch(() => undefined);
}
