import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { listPersonalKeys } from '../kit/personal-keys.ts';
import { identifiers } from './page-identifiers.ts';
import { identifierFields } from './payload.ts';

const hasIdentifier = z.lazy(() =>
  z.object({
    user_data: z.record(z.string(), z.unknown()).refine((input) => identifierFields.some((name) => input[name] !== undefined)),
  }),
);

/** The identifiers of Meta. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['user_data.em'],
      advice: 'Identifies an account at Meta, on any device. The most useful key for purchases.',
    },
    {
      key: 'fbc',
      label: 'Click ID',
      subject: 'click-id',
      source: 'fbclid',
      paths: ['user_data.fbc'],
      advice: 'Identifies the ad click. Let the `fbclid` of the landing page arrive: no redirect may remove the query.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['user_data.ph'],
      advice: 'Identifies an account at Meta that has this number. It needs the country code.',
    },
    {
      key: 'external-id',
      label: 'Customer or visitor ID',
      subject: 'external-id',
      paths: ['user_data.external_id'],
      advice: 'Connects the events of one customer or browser. Without it, Meta uses the browser ID.',
    },
    {
      key: 'fbp',
      label: 'Browser ID',
      subject: 'browser-id',
      source: '_fbp',
      paths: ['user_data.fbp'],
      advice: 'Identifies the browser. The Meta Pixel writes the cookie `_fbp`; a server sends it as `browserIds._fbp`.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['user_data.client_ip_address'],
      advice: 'Supports the other keys, and is enough together with the user agent. IPv6 is preferred.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['user_data.client_user_agent'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    ...listPersonalKeys('user_data'),
  ],
  isEnough: (payload) => hasIdentifier.safeParse(payload).success,
  harmless: [
    'event_name',
    'event_time',
    'event_id',
    'action_source',
    'event_source_url',
    'referrer_url',
    'custom_data.*',
    'custom_data.content_ids.*',
    'custom_data.contents.*.*',
    'data_processing_options.*',
    'data_processing_options_country',
    'data_processing_options_state',
  ],
};
