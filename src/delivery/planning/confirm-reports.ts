import { type Consent, consentUses, denialReachMs, type UseChoices } from '../../event/consent.ts';
import { type Event, isTrusted } from '../../event/event.ts';
import { isConfirmed } from '../../identity/report-confirmation.ts';
import { isSamePerson } from '../../identity/visitor-profile.ts';

type Reports = readonly [Event, ...Event[]];

/** Returns the shop's reports and the browser's report that they do not confirm; `undefined` if there is none. */
export function findUnconfirmed(reports: readonly Event[]): { readonly shop: Reports; readonly browser: Event } | undefined {
  const [first, ...more] = reports.filter(isTrusted);
  const browser = reports.find((report) => !isTrusted(report));
  return !first || !browser || isConfirmed(browser, [first, ...more]) ? undefined : { shop: [first, ...more], browser };
}

/** Returns whether a report denies the event or a single use. */
export function hasDenial({ consent }: Pick<Event, 'consent'>): boolean {
  return consent.effective === 'denied' || consentUses.some((use) => consent[use] === 'denied');
}

/**
 * Returns the reports that may be merged. Removes from an unconfirmed browser's report the fields that it must not decide for the shop's event: its consent, person, visitor,
 * checkout and order. The other fields still fill in what the shop did not state, unless a crawler sent the report.
 *
 * A denial, of the event or of a single use, counts if both reports came within an hour, and the shop's reports name no visitor or secret
 * checkout whose own browser stated a choice. A denial by the site's policy alone yields to a choice that the shop states or waits for, and
 * does not count if its network reported too many.
 * @param isChosen whether a browser stated a choice for the visitor or the checkout that the shop names
 */
export function confirmReports(reports: Reports, isChosen = false): Reports {
  const found = findUnconfirmed(reports);
  if (!found) return reports;
  const { shop, browser } = found;
  const { stated, effective } = browser.consent;
  const isSilent = shop.every(({ consent }) => consent.stated === 'unknown' && consent.effective !== 'pending');
  const isNear = shop.some(({ receivedAt }) => Math.abs(receivedAt - browser.receivedAt) <= denialReachMs);
  const mayDeny = isNear && !isChosen && !browser.deniesItselfAlone;
  if (effective === 'denied') return mayDeny && (stated === 'denied' || isSilent) ? reports : shop;
  const consent: Consent = { stated: 'unknown', effective: 'pending', ...(mayDeny && getDeniedUses(browser.consent)) };
  const filling = toFilling({ ...browser, consent }, shop);
  const [one = filling, ...others] = reports.map((report) => (report === browser ? filling : report));
  return [one, ...others];
}

function getDeniedUses(consent: UseChoices): UseChoices {
  return Object.fromEntries(consentUses.flatMap((use) => (consent[use] === 'denied' ? [[use, 'denied' as const]] : [])));
}

/**
 * Returns the browser's report with only the fields that may fill in. The person's identifiers may if a shared one shows that the shop's
 * report is about the same person. Ids of the visitor and of their browser never may.
 */
function toFilling(browser: Event, shop: Reports): Event {
  if (browser.bot)
    return { ...browser, identity: { forms: {}, clickIds: {} }, client: {}, page: {}, commerce: {}, goal: {}, properties: {} };
  const { forms, externalId, clickIds } = browser.identity;
  const isSame = shop.some(({ identity }) => isSamePerson(identity, browser.identity));
  const person = isSame ? { forms, ...(externalId !== undefined && { externalId }) } : { forms: {} };
  const { checkoutId: _checkoutId, orderId: _orderId, ...commerce } = browser.commerce;
  return { ...browser, identity: { ...person, clickIds }, commerce };
}
