import type { EnrichedEvent, Identity } from '../../event/event.ts';
import { type IssueReporter, requireMaxLength, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';

/**
 * Returns the fields that Microsoft matches the event to a person by.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function toUserData({ identity, client }: EnrichedEvent, reporterFor: IssueReporter): Payload['userData'] {
  const deviceId = (name: 'idfa' | 'gaid') =>
    requirePattern(
      identity[name]?.toLowerCase(),
      fieldPatterns.uuid,
      reporterFor(`user.${name}`, name),
      'device-id-invalid',
      'it must be a UUID. Pass the advertising id unchanged.',
    );
  return omitEmpty({
    msclkid: toMsclkid(identity, reporterFor),
    em: identity.forms.emailMicrosoft ?? identity.forms.emailGiven,
    ph: identity.forms.phoneE164 ?? identity.forms.phoneGiven,
    anonymousId: requireMaxLength(
      identity.browserIds?._uetvid ?? identity.anonymousId,
      maxLengths.id,
      reporterFor('user.anonymousId', 'anonymousId'),
    ),
    externalId: identity.externalId,
    clientIpAddress: requirePattern(
      client.ip,
      fieldPatterns.address,
      reporterFor('user.ip', 'clientIpAddress'),
      'address-invalid',
      "it must be an IPv4 or IPv6 address. Send the shopper's address.",
    ),
    clientUserAgent: truncate(client.userAgent, maxLengths.userAgent, reporterFor('user.userAgent', 'clientUserAgent')),
    idfa: deviceId('idfa'),
    gaid: deviceId('gaid'),
  });
}

/** Returns the click id with dashes. Landing pages have it without dashes, and the API accepts it with them. Its nibbles are arbitrary. */
export function toMsclkid({ clickIds }: Identity, reporterFor: IssueReporter): string | undefined {
  const given = clickIds.msclkid?.value.toLowerCase();
  return requirePattern(
    given !== undefined && given.length === 32 ? addDashes(given) : given,
    fieldPatterns.uuid,
    reporterFor('clickIds.msclkid', 'msclkid'),
    'click-id-invalid',
    "it must be 32 hexadecimal digits. Pass the `msclkid` of the landing page's URL unchanged.",
  );
}

function addDashes(id: string): string {
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
}
