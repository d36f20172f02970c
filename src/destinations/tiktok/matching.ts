import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { identifiers } from './page-identifiers.ts';
import { hasIdentifier } from './payload.ts';

const sent = z.lazy(() => z.object({ user: z.record(z.string(), z.unknown()).refine(hasIdentifier) }));

const name = 'Supports the other keys. Send `user.firstName` and `user.lastName` with the orders of your shop.';

/** The identifiers of TikTok. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'ttclid',
      label: 'Click ID',
      subject: 'click-id',
      source: 'ttclid',
      paths: ['user.ttclid'],
      advice: 'Identifies the ad click. Let the `ttclid` of the landing page arrive whole: no redirect may remove or cut it.',
    },
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['user.email'],
      advice: 'Identifies an account at TikTok, on any device. The most useful key for purchases without a click.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['user.phone'],
      advice: 'Identifies an account at TikTok that has this number. It needs the country code.',
    },
    {
      key: 'ttp',
      label: 'Browser ID',
      subject: 'browser-id',
      source: '_ttp',
      paths: ['user.ttp'],
      advice: 'Identifies the browser. The TikTok Pixel writes the cookie `_ttp`; a server sends it as `browserIds._ttp`.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['user.external_id'],
      advice: 'Connects the events of one customer. The TikTok Pixel must send the same id.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['user.ip'],
      advice: "Supports the other keys, together with the user agent. It must be the shopper's.",
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['user.user_agent'],
      advice: 'Supports the other keys, together with the IP address.',
    },
    {
      key: 'first-name',
      label: 'First name',
      subject: 'name',
      source: 'user.firstName',
      paths: ['user.first_name'],
      advice: name,
    },
    { key: 'last-name', label: 'Last name', subject: 'name', source: 'user.lastName', paths: ['user.last_name'], advice: name },
    {
      key: 'zip',
      label: 'Postal code',
      subject: 'postal-address',
      source: 'user.address.zip',
      paths: ['user.zip_code'],
      advice: 'Supports the other keys. Send `user.address.zip` with the orders of your shop.',
    },
  ],
  isEnough: (payload) => sent.safeParse(payload).success,
  harmless: ['event', 'event_time', 'event_id', 'properties.*', 'properties.contents.*.*', 'page.*', 'limited_data_use'],
};
