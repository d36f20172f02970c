import { consentUses } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { isUnguessable } from '../../visitors/unguessable-id.ts';
import { type AcceptResult, createDenialRecord } from '../accept/accept.ts';

/** The denied part: the event by the shopper's choice, or by the site's policy for shoppers who made none, or a single use alone. */
export type DenialCause = 'choice' | 'policy' | 'use';

/** The places of one network's denied purchases. Each cause has its own. */
export interface DeniedPlaces {
  /**
   * Takes a place for a report. `held`: the network has one for the same report already, so that a page may report it again. It depends on
   * the network's own reports alone: otherwise a stranger could find out whether a shopper denied an order. `full`: there is no place.
   */
  take(cause: DenialCause, report: string): 'taken' | 'held' | 'full';
  giveBack(cause: DenialCause, report: string): void;
}

/** Places without an end. */
export const unlimitedDenials: DeniedPlaces = { take: () => 'held', giveBack: () => undefined };

/** The limit of the denied purchases of one body. */
export interface DenialLimit {
  /** Limits the next result of the body. */
  limit(result: AcceptResult): AcceptResult;
  /** Gives back the places that the body took, because nothing was stored. */
  giveBack(): void;
}

/**
 * Limits the purchases that a network's browsers deny, for the event or for a single use. One that the shopper denied is rejected beyond the
 * limit. The record of the choice stays, because a shopper may share the network with the sender of false reports. One that the policy denies,
 * or whose single use is denied, stays, and denies nothing of the shop. A denial under an id that nobody can guess is the shopper's own, and
 * has no limit.
 */
export function createDenialLimit(places: DeniedPlaces): DenialLimit {
  const taken: { readonly cause: DenialCause; readonly report: string }[] = [];
  return {
    limit(result) {
      const event = 'event' in result ? result.event : undefined;
      const cause = event && getLimitedCause(event);
      if (!event || cause === undefined) return result;
      const report = `${event.site} ${formatEventKey(event)}`;
      const place = places.take(cause, report);
      if (place === 'full') return applyLimit(result, cause);
      if (place === 'taken') taken.push({ cause, report });
      return result;
    },
    giveBack() {
      for (const { cause, report } of taken) places.giveBack(cause, report);
    },
  };
}

function applyLimit(result: AcceptResult, cause: DenialCause): AcceptResult {
  if (!('event' in result)) return result;
  const { event, spent } = result;
  if (cause !== 'choice') return { ...result, event: { ...event, deniesItselfAlone: true } };
  const visitor = result.denial?.identity.anonymousId ?? event.identity.anonymousId;
  const { checkoutId } = event.commerce;
  const isNamed = visitor !== undefined || checkoutId !== undefined;
  return {
    rejection: { id: event.id, name: event.name, issues: [createRejectionIssue('consent', 'denials-too-many')] },
    ...(isNamed && { denial: createDenialRecord(event, { visitor, checkoutId }) }),
    spent,
  };
}

/** Returns the cause of a denial; `undefined` if there is none, or it has no limit. */
function getLimitedCause({ name, id, consent }: Event): DenialCause | undefined {
  if (name !== 'Purchase' || isUnguessable(id)) return undefined;
  if (consent.effective === 'denied') return consent.stated === 'denied' ? 'choice' : 'policy';
  return consentUses.some((use) => consent[use] === 'denied') ? 'use' : undefined;
}
