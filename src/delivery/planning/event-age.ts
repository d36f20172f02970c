import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { EnrichedEvent } from '../../event/event.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Decision, DecisionContext } from './decision.ts';

/** Time after which a seemingly expired event is decided again while the clock is suspect. */
const suspectClockDelayMs = hourMs;

/**
 * Corrects the event's time if the clock was wrong when the event was received. A time in the future becomes `now`. After a
 * clock rollback, an event that seems expired is dated by the event log, whose times never decrease. An event that a rule added, or that was in
 * a spool, is in the log later than it was received, whatever the clock, so the log does not date it.
 */
export function correctTime(event: EnrichedEvent, at: UnixMs, context: DecisionContext): EnrichedEvent {
  const { now, isFedBySpools } = context;
  const behindMs = at <= now && !event.addedBy && !isFedBySpools ? at - event.receivedAt : 0;
  const time = behindMs > hourMs && isTooOld(event.time, context) ? event.time + behindMs : event.time;
  return time === event.time && time <= now ? event : { ...event, time: Math.min(time, now) };
}

export function isTooOld(time: UnixMs, { now, destination }: DecisionContext): boolean {
  return now > getDeliveryDeadline(time, destination.limits.maxAgeMs);
}

export function isClockSuspect({ now, clockTrustedUntil = Number.POSITIVE_INFINITY }: DecisionContext): boolean {
  return now > clockTrustedUntil;
}

export function holdSeeminglyExpired(offset: Offset, now: UnixMs): Decision {
  return { hold: { offset, reason: 'retry', dueAt: now + suspectClockDelayMs, tries: 0 }, isSeeminglyExpired: true };
}
