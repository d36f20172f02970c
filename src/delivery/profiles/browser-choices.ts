import { type Consent, consentUses } from '../../event/consent.ts';
import { type EnrichedEvent, isFromPage, isTrusted, type ShopEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { type BrowserChoices, type ConsentTimes, getBrowserChoices, mergeConsentTimes } from '../../visitors/consent-times.ts';
import { checkoutProfileId, hasSecretCheckout } from '../../visitors/identity-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';

/**
 * Returns the event as the shop's reports state it; `undefined` if only browsers reported it, or if the shop confirms the browser's report. A
 * hook that is not signed states choices as the shop does: the browser of the visitor knows better.
 */
export function getShopEvent(event: EnrichedEvent): ShopEvent | undefined {
  if (event.confirmed) return event.confirmed;
  const isOfShop = event.reporters.every((reporter) => isTrusted({ reporter }) || !isFromPage({ reporter, via: event.via }));
  return isOfShop ? event : undefined;
}

/** Returns the profile id of the event's checkout if only the shopper and the shop know the checkout. */
export function getSecretCheckout(event: ShopEvent): string | undefined {
  const { checkoutId } = event.commerce;
  return checkoutId !== undefined && hasSecretCheckout(event) ? checkoutProfileId(checkoutId) : undefined;
}

/** Returns whether a browser stated a choice for the visitor or the secret checkout that the shop's event names. */
export function hasBrowserChoice(
  event: EnrichedEvent,
  { own, checkout }: { readonly own?: VisitorProfile; readonly checkout?: VisitorProfile },
): boolean {
  // A claimant is the visitor of the report that the shop does not confirm.
  return Object.keys(mergeChoices(checkout, event.claimant === undefined ? own : undefined)).length > 0;
}

/** Returns the newest choices of a checkout and a visitor. A denial in the checkout always wins. */
export function mergeChoices(checkout: ConsentTimes = {}, visitor: ConsentTimes = {}): BrowserChoices {
  const inCheckout = getBrowserChoices(checkout);
  return inCheckout.adStorage === 'denied' ? inCheckout : getBrowserChoices(mergeConsentTimes(checkout, visitor));
}

/**
 * Applies the choices of the visitor's own browser to the consent of the shop's event. A denial of either counts, also for a single use. A
 * browser's grant is the choice of an event that waits for one. An issue states which of the shop's grants does not count.
 */
export function applyBrowserChoices(
  consent: Consent,
  { adStorage, ...uses }: BrowserChoices,
): { readonly consent: Consent; readonly issues: readonly Issue[] } {
  if (consent.effective === 'denied') return { consent, issues: [] };
  const toIssues = (isContrary: boolean, field: string) =>
    isContrary ? [{ field, code: 'visitor-denied', message: visitorDenied }] : [];
  if (adStorage === 'denied')
    return { consent: { stated: 'denied', effective: 'denied' }, issues: toIssues(consent.stated === 'granted', 'consent') };
  const isAnswer = consent.effective === 'pending' && adStorage === 'granted';
  const counted = isAnswer ? { ...consent, stated: adStorage, effective: adStorage } : consent;
  const denied = consentUses.filter((use) => uses[use] === 'denied' && counted[use] !== 'denied');
  const [contrary] = denied.filter((use) => consent[use] === 'granted' || consent.stated === 'granted');
  return {
    consent: { ...uses, ...counted, ...Object.fromEntries(denied.map((use) => [use, 'denied' as const])) },
    issues: toIssues(contrary !== undefined, `consent.${contrary}`),
  };
}

const visitorDenied =
  "The shop's report grants consent, and the browser of the visitor that it names denied it. The browser's choice counts. Send the choice that the shopper made on the page from the server.";
