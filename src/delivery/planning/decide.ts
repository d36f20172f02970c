import { deadline } from '../../destinations/kit/deadline.ts';
import type { BoundDestination, MapResult } from '../../destinations/kit/destination.ts';
import { pendingConsentMs } from '../../event/consent.ts';
import { type EnrichedEvent, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { Issue, Json } from '../../event/issue.ts';
import type { PurchaseRule } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AbsentReason, DeadLetter, DeferredDelivery, EventOutcomeEntry, StoredOutcome } from '../../storage/store/store.ts';
import { noProfiles, type RecalledKey } from '../profiles/enrich-from-profile.ts';
import { explainMatchKeys, type MatchKeyReport } from '../profiles/explain-missing-keys.ts';
import type { ReceivedTimes } from './outcome-counts.ts';

/** One event on its way into a request. */
export interface BatchMember {
  readonly offset: Offset;
  readonly eventName: string;
  readonly eventId: string;
  /** The log's bytes: what a dead letter keeps. */
  readonly bytes: Uint8Array;
  readonly payload: Json;
  /** Of the payload in the body, in bytes. */
  readonly size: number;
  /** What the mapping changed or left out. */
  readonly issues: readonly Issue[];
  /** A browser's report fills in what the shop's report left out, so the shop's report alone may be taken if this is refused. */
  readonly isMerged?: true;
  /** Whom it can be matched by, and when it happened; absent where the event is gone, and then it is not counted. */
  readonly match?: Match;
}

/** What one event adds to the match quality once it is delivered. */
export interface Match extends MatchKeyReport {
  readonly time: UnixMs;
}

/** What one step of a pump will do with the records that it looked at: some are sent, the rest are settled without. */
export interface BatchPlan {
  /** Where the cursor goes; absent when the events are stragglers. */
  readonly through?: Offset;
  readonly members: readonly BatchMember[];
  readonly skips: readonly EventOutcomeEntry[];
  readonly holds: readonly DeferredDelivery[];
  readonly deadLetters: readonly DeadLetter[];
  /** Earlier outcomes that trusted reports change. Absent counts as none. */
  readonly revisions?: readonly Revision[];
  /** Of all of them. */
  readonly receivedAt: ReceivedTimes;
  /** Which of them a server or webhook reported; absent: none. */
  readonly trusted?: ReadonlySet<Offset>;
  /** Events after the cursor that were settled ahead of it, so that it only passes them. */
  readonly passed?: readonly Offset[];
  /** How far the log was searched for trusted reports, where the plan overtakes the backlog. */
  readonly aheadThrough?: Offset;
}

/** Changes an event's outcome on this connection, because a server or webhook reported the event after a browser's report had ended it. */
export interface Revision {
  /** The first report, under which the event's outcome is kept. */
  readonly primary: LogRecord;
  readonly stored: StoredOutcome;
  /** `requeue`: the event is considered again. `note`: the outcome stays, with these issues. */
  readonly change: 'requeue' | { readonly note: readonly Issue[] };
}

/** One record with what the store knows of it. */
export interface LoadedEvent {
  readonly record: LogRecord;
  /** The record is a copy of an event that another reporter told of first. */
  readonly isDuplicate: boolean;
  /** The first report, if the record is a copy. */
  readonly primary?: Offset;
  /** How many copies it has. */
  readonly duplicates: number;
  /** What all its reports say, and what was known of the shopper; absent where no report is left. */
  readonly event?: EnrichedEvent;
  /** When the log took the report whose time the event has; absent: when it took the record. */
  readonly loggedAt?: UnixMs;
  /** What of what was known of the shopper the event took, and from where. */
  readonly recalled?: readonly RecalledKey[];
  /** By what it can be matched with that. The profiles themselves are not kept, because of a page they would be many megabytes. */
  readonly matchKeys?: MatchKeyReport;
  /** Where its reports contradict each other. */
  readonly issues: readonly Issue[];
  readonly absentReason: AbsentReason | undefined;
  /** What is sent if nobody answers for the shop's pending report: the browser's report of the same event, which the shop's does not confirm. */
  readonly fallback?: MergedEvent;
}

/** An event of some of its reports. */
export interface MergedEvent extends Pick<LoadedEvent, 'record' | 'loggedAt' | 'recalled' | 'matchKeys' | 'issues'> {
  readonly event: EnrichedEvent;
}

export interface DecisionContext {
  readonly destination: BoundDestination;
  readonly bots: 'drop' | 'send';
  readonly purchaseHoldMs: number;
  readonly purchases: PurchaseRule;
  readonly now: UnixMs;
  /** The clock may be days ahead, so that nothing is too old by its word alone. Default false. */
  readonly isClockSuspect?: boolean;
  /** Whether browsers had reported as many purchases on that day as the site's budget allows. Default: never. */
  readonly isOverBudget?: (purchase: LogRecord) => boolean;
  /** Events that go with the reports of servers and webhooks alone, because the platform refused what a browser added. */
  readonly trustedOnly?: ReadonlySet<Offset>;
}

/** What seems too old is looked at again after so long, while the clock is doubted. */
const doubtedMs = hourMs;
/** A browser's purchase waits so long for the shop's report, where the site asks for one. */
const confirmationMs = dayMs;
/** A hold may end so much later than it should, where the clock was set back by no more. */
const setBackMs = 5 * minuteMs;

/**
 * Whether an event could be sent again. `up`: it could. `skipped`: it would be skipped. `gone`: its body is no longer in the log.
 * `damaged`: the disk damaged it.
 */
export interface Eligibility {
  readonly record: LogRecord;
  readonly verdict: 'up' | 'skipped' | 'too-old' | 'gone' | 'damaged';
}

/** What one record becomes. */
export type Decision =
  | { readonly member: BatchMember }
  | { readonly skip: EventOutcomeEntry }
  | { readonly hold: DeferredDelivery }
  | { readonly deadLetter: DeadLetter };

/** Pure: the whole decision about one record, in the order in which the reasons beat each other. */
export function decide(found: LoadedEvent, context: DecisionContext): Decision {
  const { record, isDuplicate, duplicates: copies, event: enriched, issues: joining, absentReason: absentReasons } = found;
  const { offset, body } = record;
  const skip = (outcome: EventOutcomeEntry['outcome'], issues: readonly Issue[] = []): Decision => ({
    skip: { offset, outcome, issues },
  });

  if ('redacted' in body) return skip(absentReasons === 'consent-denied' ? absentReasons : 'erased');
  if ('corrupt' in body) return { deadLetter: corruptLetter(record, body.raw, context.now) };
  if (isDuplicate || !enriched) return skip('duplicate');
  const event = dated(enriched, found.loggedAt ?? record.at, context);
  if (event.notSent !== undefined) return skip(event.notSent);

  const bury = (cause: DeadLetter['cause'], issues: readonly Issue[]): Decision => ({
    deadLetter: { offset, cause, issues, eventName: event.name, eventId: event.id, bytes: body.bytes, at: context.now },
  });
  if (isTooOld(event.time, context)) {
    if (!context.isClockSuspect) return bury('expired', [expired]);
    return { hold: { offset, reason: 'retry', dueAt: context.now + doubtedMs, tries: 0 } };
  }
  if (event.bot && context.bots === 'drop') return skip('bot');

  const waitUntil = holdUntil(event, context);
  const why = isUnconfirmed(event, context) ? 'confirm' : 'hold';
  if (waitUntil > context.now) return { hold: { offset, reason: why, dueAt: waitUntil, tries: 0, knownDuplicates: copies } };
  if (event.consent.effective === 'pending') {
    const { fallback, ...shops } = found;
    if (!fallback) return skip('consent-denied', [neverAnswered]);
    return decide({ ...shops, ...fallback, issues: [...fallback.issues, notConfirmed] }, context);
  }
  if (isBrowserPurchase(event) && context.isOverBudget?.(record)) return skip('over-budget');

  const mapped: MapResult<Json> = context.destination.map(event);
  if ('skip' in mapped) return skip(mapped.skip, [...joining, ...mapped.issues]);
  if (isUnconfirmed(event, context)) return skip('unconfirmed');
  const isMerged = isJoinedWithBrowser(event) && !context.trustedOnly?.has(offset);
  if ('reject' in mapped && isMerged) return { hold: { offset, reason: 'retry', dueAt: context.now, tries: 0, shopOnly: true } };
  if ('reject' in mapped) return bury('rejected', mapped.reject);
  const { payload } = mapped;
  const issues = [...(context.trustedOnly?.has(offset) ? [browserLeftOut] : []), ...joining, ...mapped.issues];
  const size = Buffer.byteLength(JSON.stringify(payload)) + 1;
  const { name: eventName, id: eventId } = event;
  const joined = isMerged ? { isMerged: true as const } : {};
  return { member: { offset, eventName, eventId, bytes: body.bytes, payload, size, issues, ...joined, ...matchOf(found) } };
}

/** A purchase that no server and no webhook has reported. */
export function isBrowserPurchase({ name, reporters }: Pick<EnrichedEvent, 'name' | 'reporters'>): boolean {
  return name === 'Purchase' && reporters.every((reporter) => reporter === 'browser');
}

function isTooOld(time: UnixMs, { now, destination }: DecisionContext): boolean {
  return now > deadline(time, destination.limits.maxAgeMs);
}

/**
 * The event at a time that can be told, where the clock was wrong when it was taken. One of a clock that was ahead happened by now at
 * the latest. One of a clock that was set back is known by the log, whose times never go back; if it seems too old, it counts by those.
 */
function dated(event: EnrichedEvent, at: UnixMs, context: DecisionContext): EnrichedEvent {
  const { now } = context;
  const behindMs = at <= now ? at - event.receivedAt : 0;
  const time = behindMs > hourMs && isTooOld(event.time, context) ? event.time + behindMs : event.time;
  return time === event.time && time <= now ? event : { ...event, time: Math.min(time, now) };
}

/** Whether the event's reports, as they stand by now, add up to a denial. */
export function isDenied({ record: { body }, event }: LoadedEvent): boolean {
  return 'bytes' in body && event?.consent.effective === 'denied';
}

/**
 * An event of a request whose answer never came: it goes again as it went, so nothing about it is decided anew. Only what it
 * could be matched by is read again, from `found`.
 */
export function memberFromAttempt({ offset, key, body }: LogRecord, found?: LoadedEvent): BatchMember {
  const { name: eventName, id: eventId } = parseEventKey(key);
  const bytes = 'bytes' in body ? body.bytes : new Uint8Array();
  const joined = found?.event && isJoinedWithBrowser(found.event) ? { isMerged: true as const } : {};
  return { offset, eventName, eventId, bytes, payload: null, size: 0, issues: [], ...joined, ...(found && matchOf(found)) };
}

function matchOf({ event, matchKeys }: LoadedEvent): Pick<BatchMember, 'match'> {
  return event ? { match: { time: event.time, ...(matchKeys ?? explainMatchKeys(event, noProfiles)) } } : {};
}

function isJoinedWithBrowser({ reporters }: EnrichedEvent): boolean {
  return reporters.includes('browser') && reporters.some((reporter) => isTrusted({ reporter }));
}

function isUnconfirmed({ name, reporters }: EnrichedEvent, { purchases }: DecisionContext): boolean {
  return purchases === 'confirmed' && name === 'Purchase' && !reporters.some((reporter) => isTrusted({ reporter }));
}

/** A purchase waits for its copy, a pending event for somebody's word; neither waits any longer once it came. */
function holdUntil(event: EnrichedEvent, context: DecisionContext): UnixMs {
  const { now } = context;
  const copyMs = isUnconfirmed(event, context) ? confirmationMs : context.purchaseHoldMs;
  const forCopy = event.name === 'Purchase' && event.reporters.length === 1 ? copyMs : 0;
  const forConsent = event.consent.effective === 'pending' ? pendingConsentMs : 0;
  const waitMs = Math.max(forCopy, forConsent);
  const isSetBack = event.receivedAt > now + setBackMs;
  return waitMs > 0 && !isSetBack ? event.receivedAt + waitMs : 0;
}

function corruptLetter({ offset, key, at: loggedAt }: LogRecord, raw: Uint8Array, now: UnixMs): DeadLetter {
  const { name: eventName, id: eventId } = parseEventKey(key);
  const message = `The record that the log took at ${new Date(loggedAt).toISOString()} no longer matches its checksum: the disk damaged it. Check the disk; if the shop still knows the event, send it again under a new id.`;
  return {
    offset,
    cause: 'corrupt',
    issues: [{ field: 'record', code: 'corrupt', message }],
    eventName,
    eventId,
    bytes: raw,
    at: now,
  };
}

const expired: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'The event grew older than the platform accepts before it could be delivered. Look for what kept the connection from sending; the event itself cannot be sent any more.',
};

const browserLeftOut: Issue = {
  field: 'event',
  code: 'browser-report-left-out',
  message:
    "The platform refused the event with what a browser's report added, so it was sent with the shop's report alone. Use event ids that cannot be guessed if no page of the shop reported that.",
};

const neverAnswered: Issue = {
  field: 'consent',
  code: 'consent-unknown',
  message:
    "Nobody said what the shopper consented to, and the policy counts that as denied here. Send `consent` with the event, or the shopper's visitor in `user.anonymousId`, or `user.country` where another rule holds.",
};

const notConfirmed: Issue = {
  field: 'consent',
  code: 'report-not-confirmed',
  message:
    "The server's report states no consent, and nothing in it confirms that the browser's report is of the same shopper, so only the browser's report was used. Send `consent` from the server, or the shopper's visitor in `user.anonymousId`, or give both reports an id that cannot be guessed.",
};
