import { pendingConsentMs } from '../../event/consent.ts';
import { type EnrichedEvent, isTrusted } from '../../event/event.ts';
import { trialName } from '../../event/event-names.ts';
import { dayMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { DecisionContext } from './decision.ts';
import { getWaitStart } from './wait-start.ts';

/** Time that a browser's purchase waits for a trusted report, if the site requires one. */
const confirmationMs = dayMs;
/** Tolerance of holds: after a larger clock rollback a hold ends at once. */
const rollbackToleranceMs = 5 * minuteMs;

/**
 * Returns when a hold ends, or 0. A purchase waits for a duplicate report, a pending event for consent. The wait ends early when
 * either comes.
 */
export function getHoldEnd(event: EnrichedEvent, loggedAt: UnixMs, context: DecisionContext): UnixMs {
  const { now, isFedBySpools } = context;
  const duplicateMs = isUnconfirmed(event, context) ? confirmationMs : context.purchaseHoldMs;
  // A payment system reports the start of a trial by up to three events, of which only one names the visitor.
  const mayBeDuplicated = event.name === 'Purchase' || (event.name === trialName && event.payment !== undefined);
  const forDuplicate = mayBeDuplicated && event.reporters.length === 1 ? duplicateMs : 0;
  const forConsent = event.consent.effective === 'pending' ? pendingConsentMs : 0;
  const waitMs = Math.max(forDuplicate, forConsent);
  const isRolledBack = event.receivedAt > now + rollbackToleranceMs;
  return waitMs > 0 && !isRolledBack ? getWaitStart(event.receivedAt, loggedAt, now, isFedBySpools) + waitMs : 0;
}

export function isUnconfirmed({ name, reporters }: EnrichedEvent, { purchases }: DecisionContext): boolean {
  return purchases === 'confirmed' && name === 'Purchase' && !reporters.some((reporter) => isTrusted({ reporter }));
}
