import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { identifiers } from './page-identifiers.ts';

const hasIdentifier = z.lazy(() => z.union([z.object({ adIdentifiers: z.object({}) }), z.object({ userData: z.object({}) })]));

/** The identifiers of Google Ads. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'google-click-id',
      label: 'Click ID',
      subject: 'click-id',
      source: 'gclid',
      paths: ['adIdentifiers.gclid', 'adIdentifiers.gbraid', 'adIdentifiers.wbraid'],
      advice: 'Identifies the ad click. Switch auto-tagging on, and let `gclid`, `gbraid` and `wbraid` reach your landing pages.',
    },
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['userData.userIdentifiers.*.emailAddress'],
      advice: 'Identifies a Google account, on any device. Accept the customer data terms in Google Ads.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['userData.userIdentifiers.*.phoneNumber'],
      advice: 'Identifies a Google account that has this number. It needs the country code.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['eventDeviceInfo.userAgent'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['eventDeviceInfo.ipAddress'],
      advice: 'Supports the other keys outside of Europe. Sent only if `sendIp` is `outside-eea`.',
    },
  ],
  isEnough: (payload) => hasIdentifier.safeParse(payload).success,
  harmless: [
    'productDestinationId',
    'transactionId',
    'eventTimestamp',
    'eventSource',
    'conversionValue',
    'currency',
    'consent.*',
    'cartData.*',
    'cartData.items.*.*',
    'userProperties.*',
  ],
};
