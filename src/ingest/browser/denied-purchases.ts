import { consentUses } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { isUnguessable } from '../../identity/unguessable-id.ts';
import { type AcceptResult, createDenialRecord } from '../accept/accept.ts';

/** The cause of a denial: the shopper's choice, or the site's policy for shoppers who made none. */
export type DenialCause = 'choice' | 'policy';

/**
 * Limits the purchases that a network's browsers deny, for the event or for a single use. One that the shopper denied is rejected beyond the
 * limit. The record of the choice stays, because a shopper may share the network with the sender of false reports. One that the policy denies
 * stays, and denies no event of the shop. A denial under an id that nobody can guess is the shopper's own, and has no limit.
 * @param takeDenied takes a place. Returns the seconds to wait if there is none.
 */
export function limitDeniedPurchase(result: AcceptResult, takeDenied: (cause: DenialCause) => number | undefined): AcceptResult {
  if (!('event' in result) || result.event.name !== 'Purchase' || isUnguessable(result.event.id)) return result;
  const { event, spent } = result;
  const cause = getCause(event);
  if (cause === undefined || takeDenied(cause) === undefined) return result;
  if (cause === 'policy') return { ...result, event: { ...event, deniesItselfAlone: true } };
  const visitor = result.denial?.identity.anonymousId ?? event.identity.anonymousId;
  const { checkoutId } = event.commerce;
  const isNamed = visitor !== undefined || checkoutId !== undefined;
  return {
    rejection: { id: event.id, name: event.name, issues: [createRejectionIssue('consent', 'denials-too-many')] },
    ...(isNamed && { denial: createDenialRecord(event, { visitor, checkoutId }) }),
    spent,
  };
}

function getCause({ consent }: Event): DenialCause | undefined {
  if (consent.stated === 'denied' || consentUses.some((use) => consent[use] === 'denied')) return 'choice';
  return consent.effective === 'denied' ? 'policy' : undefined;
}
