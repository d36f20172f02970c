import type { EnrichedEvent, Event } from '../event/event.ts';
import type { Issue } from '../event/issue.ts';
import { isSkipReason, skipReasons } from '../event/skip.ts';
import type { UnixMs } from '../event/units.ts';
import type { ConnectionState, ExpiredRange } from '../store/store.ts';
import type { Health } from './answers.ts';
import type { DeadLetterView, EventView, OutcomeView } from './event-answers.ts';

/** One dead letter for a stretch of the log. */
export function expiredRangeView(connection: string, { after, through, events, at }: ExpiredRange): DeadLetterView {
  return { connection, cause: 'expired', issues: [rangeExpired], at, range: { after, through, events } };
}

const rangeExpired: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'These events grew older than `retentionDays.events` before the connection came to them. Look for what kept it from sending; they cannot be sent any more.',
};

/** An event as it may be shown. */
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

/** What an outcome means. */
export function outcomeSentence(outcome: OutcomeView['outcome']): string {
  return isSkipReason(outcome) ? skipReasons[outcome] : outcomeSays[outcome];
}

/** How a connection is doing, and the sentence that says so. */
export function healthOf(enabled: boolean, state: ConnectionState | undefined, now: UnixMs): { health: Health; says: string } {
  if (!enabled) return { health: 'disabled', says: 'Disabled: events wait in the log until it is enabled.' };
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
