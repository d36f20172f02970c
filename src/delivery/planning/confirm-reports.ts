import { consentUses, denialReachMs, type UseChoices } from '../../event/consent.ts';
import { type Event, isTrusted } from '../../event/event.ts';
import { isConfirmed } from '../../identity/report-confirmation.ts';

type Reports = readonly [Event, ...Event[]];

/** The reports of one event that may be merged. */
export interface ConfirmedReports {
  readonly reports: Reports;
  /** The shop's reports. Present if they do not confirm the browser's report. */
  readonly shop?: Reports;
  /** The unconfirmed browser's report. */
  readonly browser?: Event;
}

/**
 * Removes from an unconfirmed browser's report the fields that it must not decide for the shop's event: its consent, visitor and
 * checkout. The other fields still fill in what the shop did not state. A denial counts only if the shop stated no choice, its
 * report is not pending, and both reports came within an hour. A denial that does not count removes the whole report. The denial of a
 * single use counts under the same conditions, whatever the shop stated of the rest.
 */
export function confirmReports(reports: Reports): ConfirmedReports {
  const [first, ...more] = reports.filter(isTrusted);
  const browser = reports.find((report) => !isTrusted(report));
  if (!first || !browser || isConfirmed(browser, [first, ...more])) return { reports };
  const shop: Reports = [first, ...more];
  const isDenial = browser.consent.effective === 'denied';
  // A grant that the shop states is compared with the denial when the reports are merged.
  const isStated = shop.some(({ consent }) => consent.stated !== 'unknown');
  const isPending = shop.every(({ consent }) => consent.effective === 'pending');
  const isNear = shop.some(({ receivedAt }) => Math.abs(receivedAt - browser.receivedAt) <= denialReachMs);
  if (isDenial && (isStated || (!isPending && isNear))) return { reports, shop, browser };
  if (isDenial) return { reports: shop, shop, browser };
  const isVisitorStated = shop.some(({ identity }) => identity.anonymousId !== undefined);
  const { anonymousId: _visitor, ...identityWithoutVisitor } = browser.identity;
  const { checkoutId: _checkoutId, ...commerce } = browser.commerce;
  const withoutDecisions: Event = {
    ...browser,
    consent: { stated: 'unknown', effective: 'pending', ...(!isPending && isNear && getDeniedUses(browser.consent)) },
    identity: isVisitorStated ? identityWithoutVisitor : browser.identity,
    commerce,
  };
  const [one = withoutDecisions, ...others] = reports.map((report) => (report === browser ? withoutDecisions : report));
  return { reports: [one, ...others], shop, browser };
}

function getDeniedUses(consent: UseChoices): UseChoices {
  return Object.fromEntries(consentUses.flatMap((use) => (consent[use] === 'denied' ? [[use, 'denied' as const]] : [])));
}
