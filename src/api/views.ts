import type { EnrichedEvent, Event } from '../event/event.ts';
import type { Issue, Json } from '../event/issue.ts';
import { isSkipReason, skipReasons } from '../event/skip.ts';
import type { UnixMs } from '../event/units.ts';
import type { AttemptResult, ConnectionState, DeadLetterCause, EventOutcome, ExpiredRange } from '../store/store.ts';

/** What the dashboard and the CLI are shown. Hashes, addresses and agents appear as names of keys that are present, never as values. */

export type Health = 'healthy' | 'degraded' | 'unhealthy' | 'paused' | 'disabled';

export interface ConnectionView {
  readonly site: string;
  readonly id: string;
  readonly destination: string;
  readonly health: Health;
  /** One plain sentence, with the next step where there is one. */
  readonly says: string;
  readonly counts: Readonly<Partial<Record<EventOutcome, number>>>;
  /** Requests sent again because no answer came. */
  readonly inDoubt: number;
  /** When the log took the oldest event that the cursor has not passed. */
  readonly undeliveredSince?: UnixMs;
}

export interface EventView {
  readonly site: string;
  readonly offset: string;
  readonly name: string;
  readonly id: string;
  readonly reporter: string;
  readonly time: UnixMs;
  readonly receivedAt: UnixMs;
  readonly consent: Event['consent'];
  /** Which keys a platform could match by: `emailMicrosoft`, `msclkid`, `ip`. */
  readonly keys: readonly string[];
  readonly page: Event['page'];
  readonly commerce: Event['commerce'];
  readonly warnings: readonly Issue[];
}

export interface OutcomeView {
  readonly connection: string;
  /** `undelivered`: the connection has not come to it yet. */
  readonly outcome: EventOutcome | 'undelivered';
  readonly says: string;
  readonly issues: readonly Issue[];
}

export interface AttemptView {
  readonly id: string;
  readonly startedAt: UnixMs;
  readonly events: number;
  readonly bodySha256: string;
  /** This event as it stood in the request. */
  readonly payload: Json;
  readonly result: AttemptResult | 'unanswered';
  readonly status?: number;
  readonly answer?: string;
  readonly issues: readonly Issue[];
}

/** One event across every boundary. */
export interface TimelineView {
  /** Null once its body was erased. */
  readonly event: EventView | null;
  /** Other reports of the same event, whose facts were added to it. */
  readonly copies: readonly EventView[];
  /** What was added because it was known of the shopper by then, and what it was found by: `clickIds.msclkid`, `visitor`. */
  readonly recalled: readonly { readonly key: string; readonly from: string }[];
  readonly connections: readonly (OutcomeView & { readonly attempts: readonly AttemptView[] })[];
}

/** One event; or, with `range`, all events of a stretch of the log that went by age before they were delivered. */
export type DeadLetterView = {
  readonly connection: string;
  readonly cause: DeadLetterCause;
  readonly issues: readonly Issue[];
  readonly at: UnixMs;
} & ({ readonly eventName: string; readonly eventId: string } | { readonly range: Omit<ExpiredRange, 'at'> });

export function expiredRangeView(connection: string, { after, through, events, at }: ExpiredRange): DeadLetterView {
  return { connection, cause: 'expired', issues: [rangeExpired], at, range: { after, through, events } };
}

const rangeExpired: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'These events grew older than `retentionDays.events` before the connection came to them. Look for what kept it from sending; they cannot be sent any more.',
};

/** A listed event; `gone` once its body was erased: then what connections came to of it is left. */
export type EventRow =
  | (EventView & { readonly outcomes: readonly OutcomeView[] })
  | {
      readonly site: string;
      readonly offset: string;
      readonly gone: true;
      readonly receivedAt: UnixMs;
      readonly outcomes: readonly OutcomeView[];
    };

export interface RejectionView {
  readonly receivedAt: UnixMs;
  readonly name?: string;
  readonly issues: readonly { readonly field: string; readonly code: string }[];
}

export function eventView(event: Event | EnrichedEvent, offset: string): EventView {
  const { site, name, id, reporter, time, receivedAt, consent, page, commerce, warnings } = event;
  return {
    site,
    offset,
    name,
    id,
    reporter,
    time,
    receivedAt,
    consent,
    keys: keysOf(event),
    page,
    commerce,
    warnings,
  };
}

function keysOf({ identity, client }: Event): readonly string[] {
  const { forms, clickIds, ...ids } = identity;
  return [ids, forms, clickIds, client].flatMap((part) => Object.keys(part));
}

const outcomeSays = {
  delivered: 'Delivered.',
  waiting: 'Waiting: for its copy, for consent, or for the next try.',
  dead: 'Will not be sent. See the reasons and mend the cause at its source.',
  undelivered: 'Not sent yet.',
} as const;

export function outcomeSentence(outcome: OutcomeView['outcome']): string {
  return isSkipReason(outcome) ? skipReasons[outcome] : outcomeSays[outcome];
}

/** How a connection is doing, and the sentence that says so. */
export function healthOf(enabled: boolean, state: ConnectionState | undefined, now: UnixMs): { health: Health; says: string } {
  if (!enabled) return { health: 'disabled', says: 'Disabled in the config file.' };
  if (!state) return { health: 'healthy', says: 'Starting.' };
  const { pause, breaker } = state;
  if (pause) {
    const probed = pause.probeAt === null ? '' : ` Convey tries again by itself ${inWords(pause.probeAt - now)}.`;
    return {
      health: pause.cause === 'operator' ? 'paused' : 'unhealthy',
      says: `${pause.issue.message}${probed} Nothing is lost meanwhile.`,
    };
  }
  if (breaker.failedProbes !== null) {
    return {
      health: 'unhealthy',
      says: `The platform does not answer as it should. The next try is ${inWords(breaker.notBefore - now)}; nothing is lost meanwhile.`,
    };
  }
  if (breaker.failures > 0)
    return {
      health: 'degraded',
      says: `The last ${breaker.failures === 1 ? 'request' : `${breaker.failures} requests`} failed. The next try is ${inWords(breaker.notBefore - now)}.`,
    };
  return { health: 'healthy', says: 'Delivering.' };
}

function inWords(ms: number): string {
  if (ms <= 0) return 'now';
  return ms < 90_000 ? `in ${Math.ceil(ms / 1_000)} s` : `in ${Math.round(ms / 60_000)} min`;
}
