import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { identifierFields } from './payload.ts';

const clickIdForm = /^\{?(?:_uet)?\{?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})\}?(?:-[01]N?)?\}?$/i;

/**
 * Returns Microsoft's click id, in any of its forms (URL, dashed, `_uetmsclkid` cookie, UET beacon), as 32 lower-case hexadecimal digits.
 * Version and variant bits are arbitrary in real ids.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration 2026-08-04 (must be a UUID)
 */
function readClickId(text: string): string | undefined {
  return clickIdForm.exec(text)?.[1]?.replaceAll('-', '').toLowerCase();
}

/** Returns the first segment of the tag's cookie in lower case; `undefined` if it is not 32 hexadecimal digits. */
function readVisitorId(cookie: string): string | undefined {
  const [first = ''] = cookie.trim().split('|', 1);
  return /^[0-9a-f]{32}$/i.test(first) ? first.toLowerCase() : undefined;
}

const hasIdentifier = z.object({
  userData: z.record(z.string(), z.unknown()).refine((input) => identifierFields.some((name) => input[name] !== undefined)),
});

/** The identifiers of Microsoft Advertising. */
export const matching: Matching = {
  clickIds: [{ name: 'msclkid', cookies: { _uetmsclkid: (value) => ({ value }) }, isRandom: true, read: readClickId }],
  browserIds: [{ cookie: '_uetvid', alias: 'uetVid', read: readVisitorId }],
  keys: [
    {
      key: 'msclkid',
      label: 'Click ID',
      subject: 'click-id',
      source: 'msclkid',
      paths: ['userData.msclkid'],
      advice: 'Identifies the ad click. The most reliable key.',
    },
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['userData.em'],
      advice: 'Identifies a person who is signed in at the platform, on any device.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['userData.ph'],
      advice: 'Identifies a person who gave the platform this number.',
    },
    {
      key: 'visitor',
      label: 'Visitor',
      subject: 'visitor',
      paths: ['userData.anonymousId'],
      advice: 'Connects the events of one browser.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['userData.externalId'],
      advice: 'Connects the events of one customer across browsers.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['userData.clientIpAddress'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['userData.clientUserAgent'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
  ],
  isEnough: (payload) => hasIdentifier.safeParse(payload).success,
  harmless: [
    'eventType',
    'eventTime',
    'eventId',
    'eventName',
    'eventSourceUrl',
    'pageLoadId',
    'referrerUrl',
    'pageTitle',
    'keywords',
    'adStorageConsent',
    'customData.*',
    'customData.items.*.*',
    'customData.itemIds.*',
    'customData.hotelData.*',
  ],
};
