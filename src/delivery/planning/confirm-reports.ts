import { denialReachMs } from '../../event/consent.ts';
import { type Event, isTrusted } from '../../event/event.ts';
import { isConfirmed } from '../../identity/confirm-report.ts';

type Reports = readonly [Event, ...Event[]];

/** The reports of one event as they may be joined. */
export interface ConfirmedReports {
  readonly reports: Reports;
  /** The shop's reports; present if a browser's report is among them that they do not confirm. */
  readonly shop?: Reports;
  /** That browser's report. */
  readonly browser?: Event;
}

/**
 * Takes from an unconfirmed browser's report what it may not decide for the shop's event: its consent, and which visitor and checkout the
 * event belongs to. The rest of it still fills in what the shop did not state. A denial counts only if the shop stated no choice and its
 * report is not waiting for one, and only if both came within an hour; a denial that does not count takes the report out.
 */
export function confirmReports(reports: Reports): ConfirmedReports {
  const [first, ...more] = reports.filter(isTrusted);
  const browser = reports.find((report) => !isTrusted(report));
  if (!first || !browser || isConfirmed(browser, [first, ...more])) return { reports };
  const shop: Reports = [first, ...more];
  const isDenial = browser.consent.effective === 'denied';
  // A grant that the shop states is weighed against the denial where the reports are joined.
  const isStated = shop.some(({ consent }) => consent.stated !== 'unknown');
  const isPending = shop.every(({ consent }) => consent.effective === 'pending');
  const isNear = shop.some(({ receivedAt }) => Math.abs(receivedAt - browser.receivedAt) <= denialReachMs);
  if (isDenial && (isStated || (!isPending && isNear))) return { reports, shop, browser };
  if (isDenial) return { reports: shop, shop, browser };
  const isVisitorStated = shop.some(({ identity }) => identity.anonymousId !== undefined);
  const { anonymousId: _visitor, ...nobody } = browser.identity;
  const { checkoutId: _checkoutId, ...commerce } = browser.commerce;
  const muted: Event = {
    ...browser,
    consent: { stated: 'unknown', effective: 'pending' },
    identity: isVisitorStated ? nobody : browser.identity,
    commerce,
  };
  const [one = muted, ...others] = reports.map((report) => (report === browser ? muted : report));
  return { reports: [one, ...others], shop, browser };
}
