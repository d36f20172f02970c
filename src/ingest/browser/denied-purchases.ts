import { consentUses } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { type AcceptResult, createDenialRecord } from '../accept/accept.ts';

/**
 * Rejects a purchase that the shopper denied, for the event or for a single use, if its network reported too many. The record of the
 * choice stays, because a shopper may share the network with the sender of false reports.
 */
export function limitDeniedPurchase(result: AcceptResult, takeDenied: () => number | undefined): AcceptResult {
  if (!('event' in result) || result.event.name !== 'Purchase' || !isDenied(result.event)) return result;
  if (takeDenied() === undefined) return result;
  const { event, spent } = result;
  const visitor = result.denial?.identity.anonymousId ?? event.identity.anonymousId;
  const { checkoutId } = event.commerce;
  const isNamed = visitor !== undefined || checkoutId !== undefined;
  return {
    rejection: { id: event.id, name: event.name, issues: [createRejectionIssue('consent', 'denials-too-many')] },
    ...(isNamed && { denial: createDenialRecord(event, { visitor, checkoutId }) }),
    spent,
  };
}

function isDenied({ consent }: Event): boolean {
  return consent.stated === 'denied' || consentUses.some((use) => consent[use] === 'denied');
}
