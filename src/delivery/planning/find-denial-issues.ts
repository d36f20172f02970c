import { type ConsentUse, consentUses } from '../../event/consent.ts';
import { type Event, isTrusted } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { isBrowserDenial, isStatedGrant, isWithinReach } from './merge-reports.ts';

/**
 * Returns the issue of a browser's denial that counts for the shop's event, of the event or of a single use. A confirmed denial is an issue
 * only if the shop states a grant.
 * @param reports those that are merged, so without a denial that does not count
 */
export function findDenialIssues(reports: readonly Event[], isUnconfirmed: boolean): readonly Issue[] {
  const shop = reports.filter(isTrusted);
  const browsers = reports.filter((report) => !isTrusted(report));
  if (shop.some(({ consent }) => consent.effective === 'denied')) return [];
  const differs = (denies: (report: Event) => boolean, grants: (report: Event) => boolean, field: string): readonly Issue[] => {
    const denials = browsers.filter(denies);
    const granted = shop.filter(grants);
    if (denials.some((denial) => granted.some((grant) => isWithinReach(denial, grant))))
      return [{ field, code: 'consent-differs', message: consentDiffers }];
    const isUnstated = granted.length === 0 && denials.length > 0 && shop.length > 0;
    return isUnstated && isUnconfirmed ? [{ field, code: 'denied-by-browser', message: deniedByBrowser }] : [];
  };
  const deniesEvent = isUnconfirmed ? ({ consent }: Event) => consent.effective === 'denied' : isBrowserDenial;
  const [ofEvent] = differs(deniesEvent, isStatedGrant, 'consent');
  if (ofEvent) return [ofEvent];
  const ofUses = consentUses.flatMap((use) =>
    shop.some(({ consent }) => consent[use] === 'denied')
      ? []
      : differs(
          ({ consent }) => consent[use] === 'denied',
          (report) => isUseGranted(report, use),
          `consent.${use}`,
        ),
  );
  return ofUses.slice(0, 1);
}

/** Returns whether the shop's report grants a use. A grant that omits a use grants it too. */
function isUseGranted({ consent }: Event, use: ConsentUse): boolean {
  return consent[use] === 'granted' || consent.stated === 'granted';
}

const consentDiffers =
  "The shop's report grants consent, and a browser's report of the same event within an hour denies it. The denial counts. Send the choice that the shopper made on the page from the server. If no shopper denied, the event's id was guessed: use unguessable ids.";

const deniedByBrowser =
  "A browser's report of the same event within an hour denies consent, and the shop's report states none. The denial counts. Send the visitor id in `user.anonymousId` from the server, so that only the shopper's own choice counts, or use unguessable ids.";
