import type { ClickId, Client, EnrichedEvent } from '../../event/event.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { type IssueReporter, type ReportIssue, requireMaxLength, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { clickMaxAgeMs, formatFbc, isFbp, parseFbc } from './browser-cookies.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';

/**
 * Returns the fields that Meta matches the event to a person by. Each hash is a list, as the browser's pixel and the server may know
 * several; Convey knows one of each.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters (2026-01-09)
 */
export function toUserData({ time, identity, client }: EnrichedEvent, reporterFor: IssueReporter): Payload['user_data'] {
  const { forms } = identity;
  return omitEmpty({
    em: toList(forms.emailPlain ?? forms.emailGiven),
    ph: toList(forms.phoneDigits ?? forms.phoneGiven),
    external_id: [
      ...toList(identity.externalId),
      ...toList(requireMaxLength(identity.anonymousId, maxLengths.id, reporterFor('user.anonymousId', 'external_id'))),
    ],
    fbc: toFbc(identity.clickIds.fbclid, time, reporterFor('clickIds.fbclid', 'fbc')),
    fbp: toFbp(identity.browserIds?._fbp, reporterFor('browserIds._fbp', 'fbp')),
    client_ip_address: requirePattern(
      chooseAddress(client),
      fieldPatterns.address,
      reporterFor('user.ip', 'client_ip_address'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
    client_user_agent: toAgent(client.userAgent, reporterFor('user.userAgent', 'client_user_agent')),
    fn: toList(forms.firstNameLetters),
    ln: toList(forms.lastNameLetters),
    db: toList(forms.dateOfBirth),
    ge: toList(forms.gender),
    ct: toList(forms.city),
    st: toList(forms.state),
    zp: toList(forms.zip),
    country: toList(forms.country),
  });
}

function toList(value: string | undefined): string[] {
  return value === undefined || value.trim() === '' ? [] : [value];
}

/**
 * Returns the shopper's address in the order of Meta's library: an IPv6 address before an IPv4 address, and the cookie's before the
 * request's. Ingest has dropped private ones.
 * @source https://github.com/facebook/capi-param-builder (2026-05-17)
 */
function chooseAddress({ ip, cookieAddresses }: Client): string | undefined {
  const addresses = [cookieAddresses?._fbi, ip].filter((address) => address !== undefined);
  return addresses.find((address) => address.includes(':')) ?? addresses[0];
}

/** The time by which a click may seem later than its event, because clocks differ (an assumption). */
const clockDriftMs = minuteMs;

/**
 * Returns the click in the form of Meta's cookie: the cookie itself if there is one, byte for byte, else `fb.1.<first seen>.<fbclid>`. A
 * click of 90 days is too old; ingest gives this age to a click of unknown age.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc (2026-09-12)
 */
function toFbc(click: ClickId | undefined, time: UnixMs, report: ReportIssue): string | undefined {
  if (click === undefined) return undefined;
  const at = parseFbc(click.value)?.at ?? click.at;
  const fbc = formatFbc(click);
  if (fbc === undefined) {
    report('click-id-invalid', "is not sent: it is no click ID of Meta. Pass the `fbclid` of the landing page's URL unchanged.");
    return undefined;
  }
  if (time - at >= clickMaxAgeMs) {
    report(
      'click-too-old',
      'is not sent: the click is 90 days old or more, or its time is not known. No action needed for old clicks. For others, send `clickIds.fbclid` with the first event after the click.',
    );
    return undefined;
  }
  if (at > time + clockDriftMs) {
    report('click-after-event', 'is not sent: the click is later than the event, so it did not cause it. No action needed.');
    return undefined;
  }
  return fbc;
}

/** Returns the browser's cookie. Convey makes no `_fbp` for a browser without one (an assumption). */
function toFbp(browserId: string | undefined, report: ReportIssue): string | undefined {
  if (browserId === undefined || isFbp(browserId)) return browserId;
  report('browser-id-invalid', 'is not sent: it must be the cookie `_fbp` of the Meta Pixel, unchanged.');
  return undefined;
}

function toAgent(userAgent: string | undefined, report: ReportIssue): string | undefined {
  if (userAgent === undefined || userAgent.trim() === '') {
    report(
      'agent-missing',
      "is missing: Meta asks for it with each event of a website, and may not match the event without it. Send the shopper's agent as `user.userAgent`.",
    );
    return undefined;
  }
  return truncate(userAgent, maxLengths.userAgent, report);
}
