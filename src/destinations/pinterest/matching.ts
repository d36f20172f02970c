import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { listPersonalKeys } from '../kit/personal-keys.ts';
import { identifiers } from './page-identifiers.ts';
import { isEnough } from './payload.ts';

const person = z.lazy(() => z.object({ user_data: z.record(z.string(), z.unknown()) }));

/** The identifiers of Pinterest. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['user_data.em'],
      advice: 'Identifies an account at Pinterest, on any device, and is enough alone. The most useful key for purchases.',
    },
    {
      key: 'click',
      label: 'Click ID',
      subject: 'click-id',
      source: 'epik',
      paths: ['user_data.click_id'],
      advice: 'Identifies the ad click. Let the `epik` of the landing page arrive: no redirect may remove the query.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['user_data.client_ip_address'],
      advice: 'Enough together with the user agent if there is no e-mail. A server sends it as `user.ip`.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['user_data.client_user_agent'],
      advice: 'Enough together with the IP address if there is no e-mail. A server sends it as `user.userAgent`.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['user_data.external_id'],
      advice: 'Connects the events of one customer. Not enough alone.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['user_data.ph'],
      advice: 'Identifies an account at Pinterest that has this number. Not enough alone. It needs the country code.',
    },
    ...listPersonalKeys('user_data'),
  ],
  isEnough: (payload) => isEnough(person.safeParse(payload).data?.user_data ?? {}),
  harmless: [
    'event_name',
    'action_source',
    'event_time',
    'event_id',
    'event_source_url',
    'partner_name',
    'custom_data.*',
    'custom_data.content_ids.*',
    'custom_data.contents.*.*',
  ],
};
