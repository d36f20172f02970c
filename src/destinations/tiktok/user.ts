import type { EnrichedEvent } from '../../event/event.ts';
import { type IssueReporter, type ReportIssue, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';

/**
 * Returns the fields that TikTok matches the event to a person by. The e-mail keeps its dots and its alias, the phone its `+`, and the
 * external id its case. The browser's `ttq.identify` hashes the same texts.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10); the case of the external id is an assumption
 */
export function toUser({ identity, client }: EnrichedEvent, reporterFor: IssueReporter): Payload['user'] {
  const { forms } = identity;
  return omitEmpty({
    // The click id is never cut or changed in case: another text is another click.
    ttclid: requirePattern(
      identity.clickIds.ttclid?.value,
      fieldPatterns.clickId,
      reporterFor('clickIds.ttclid', 'ttclid'),
      'click-id-invalid',
      "it is no click ID of TikTok. Pass the `ttclid` of the landing page's URL unchanged.",
    ),
    // Convey makes no `_ttp` for a browser without one.
    ttp: requirePattern(
      identity.browserIds?._ttp,
      fieldPatterns.browserId,
      reporterFor('browserIds._ttp', 'ttp'),
      'browser-id-invalid',
      'it must be the cookie `_ttp` of the TikTok Pixel, unchanged.',
    ),
    email: forms.emailPlain ?? forms.emailGiven,
    phone: forms.phoneE164 ?? forms.phoneGiven,
    external_id: identity.externalId,
    // The page does not mention the white space inside of a name. It is left out, as by Meta's rule (an assumption).
    first_name: forms.firstNameLetters,
    last_name: forms.lastNameLetters,
    zip_code: forms.zip,
    ip: requirePattern(
      client.ip,
      fieldPatterns.address,
      reporterFor('user.ip', 'ip'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
    user_agent: toAgent(client.userAgent, reporterFor('user.userAgent', 'user_agent')),
  });
}

function toAgent(userAgent: string | undefined, report: ReportIssue): string | undefined {
  return userAgent?.trim() === '' ? undefined : truncate(userAgent, maxLengths.userAgent, report);
}
