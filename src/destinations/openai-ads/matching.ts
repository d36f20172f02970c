import { z } from 'zod';
import type { Matching } from '../kit/matching.ts';
import { identifiers } from './page-identifiers.ts';

const identifierFields = [
  'emails_sha256',
  'phone_numbers_sha256',
  'external_ids_sha256',
  'email_sha256',
  'phone_number_sha256',
  'external_id_sha256',
  'obref',
] as const;

const identified = z.lazy(() =>
  z.union([
    z.object({ oppref: z.string() }),
    z.object({
      user: z.record(z.string(), z.unknown()).refine((given) => identifierFields.some((name) => given[name] !== undefined)),
    }),
  ]),
);

/** Returns whether the payload has a click id, browser id, e-mail, phone or customer id. Address, agent and names are not enough. */
export function hasIdentifier(payload: unknown): boolean {
  return identified.safeParse(payload).success;
}

const name = 'Supports the other keys. Send `user.firstName` and `user.lastName` with the orders of your shop.';

/** The identifiers of OpenAI. */
export const matching: Matching = {
  ...identifiers,
  keys: [
    {
      key: 'oppref',
      label: 'Click ID',
      subject: 'click-id',
      source: 'oppref',
      paths: ['oppref'],
      advice: 'Identifies the click on the ad. Let the `oppref` of the landing page arrive: no redirect may remove the query.',
    },
    {
      key: 'email',
      label: 'E-mail',
      subject: 'email',
      paths: ['user.emails_sha256', 'user.email_sha256'],
      advice: 'Identifies an account of ChatGPT, on any device. Send `user.email` with each event.',
    },
    {
      key: 'phone',
      label: 'Phone',
      subject: 'phone',
      paths: ['user.phone_numbers_sha256', 'user.phone_number_sha256'],
      advice: 'Identifies an account of ChatGPT that has this number. It needs the country code.',
    },
    {
      key: 'external-id',
      label: 'Customer ID',
      subject: 'external-id',
      paths: ['user.external_ids_sha256', 'user.external_id_sha256'],
      advice: 'Connects the events of one customer. Send `user.externalId` with each event.',
    },
    {
      key: 'obref',
      label: 'Browser ID',
      subject: 'browser-id',
      source: '__obref',
      paths: ['user.obref'],
      advice: 'Identifies the browser. The OpenAI pixel writes the cookie `__obref`; a server sends it as `browserIds.__obref`.',
    },
    {
      key: 'address',
      label: 'IP address',
      subject: 'address',
      paths: ['user.ip_address'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    {
      key: 'agent',
      label: 'User agent',
      subject: 'agent',
      paths: ['user.user_agent'],
      advice: 'Supports the other keys. Not sufficient alone.',
    },
    {
      key: 'first-name',
      label: 'First name',
      subject: 'name',
      source: 'user.firstName',
      paths: ['user.first_names_sha256', 'user.first_name_sha256'],
      advice: name,
    },
    {
      key: 'last-name',
      label: 'Last name',
      subject: 'name',
      source: 'user.lastName',
      paths: ['user.last_names_sha256', 'user.last_name_sha256'],
      advice: name,
    },
  ],
  isEnough: hasIdentifier,
  harmless: [
    'id',
    'type',
    'custom_event_name',
    'timestamp_ms',
    'action_source',
    'source_url',
    'opt_out',
    'data.*',
    'data.contents.*.*',
  ],
};
