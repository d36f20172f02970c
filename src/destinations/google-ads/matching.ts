import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { readBrowserCookie, readClickCookie } from './click-cookies.ts';

const hasIdentifier = z.union([z.object({ adIdentifiers: z.object({}) }), z.object({ userData: z.object({}) })]);

/**
 * The identifiers of Google Ads. The cookie `_gcl_gs` is not read: it has no click id, but the source of the click. The API does not take
 * `_gcl_au`, the tag's id of the browser, which webhooks pass on.
 */
export const matching: Matching = {
  clickIds: [
    { name: 'gclid', cookies: { FPGCLAW: readClickCookie, _gcl_aw: readClickCookie } },
    { name: 'gbraid', cookies: { FPGCLAG: readClickCookie, _gcl_ag: readClickCookie } },
    { name: 'wbraid', cookies: { FPGCLGB: readClickCookie, _gcl_gb: readClickCookie } },
  ],
  browserIds: [{ cookie: '_gcl_au', read: readBrowserCookie }],
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
