import { z } from 'zod';
import type { CookieClickId, Matching } from '../kit/matching.ts';
import { maxLengths } from './payload.ts';

const identifierFields = [
  'emails_sha256',
  'phone_numbers_sha256',
  'external_ids_sha256',
  'email_sha256',
  'phone_number_sha256',
  'external_id_sha256',
  'obref',
] as const;

const identified = z.union([
  z.object({ oppref: z.string() }),
  z.object({
    user: z.record(z.string(), z.unknown()).refine((given) => identifierFields.some((name) => given[name] !== undefined)),
  }),
]);

/** Returns whether the payload has a click id, browser id, e-mail, phone or customer id. Address, agent and names are not enough. */
export function hasIdentifier(payload: unknown): boolean {
  return identified.safeParse(payload).success;
}

/** Reads a cookie of the pixel, which may be URL-encoded (an assumption). The decoded text is kept byte for byte. */
function readCookie(maxLength: number, cookie: string): string | undefined {
  const text = decode(cookie.trim());
  return text.length <= maxLength && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readClickCookie(cookie: string): CookieClickId | undefined {
  const value = readCookie(maxLengths.clickId, cookie);
  return value === undefined ? undefined : { value };
}

const name = 'Supports the other keys. Send `user.firstName` and `user.lastName` with the orders of your shop.';

/**
 * The identifiers of OpenAI. The pixel keeps the click id for about 30 days, and the browser id for about a year.
 * @source https://developers.openai.com/ads/conversion-tracking (2026-09-11)
 */
export const matching: Matching = {
  clickIds: [{ name: 'oppref', cookies: { __oppref: readClickCookie }, maxLength: maxLengths.clickId }],
  browserIds: [{ cookie: '__obref', read: (cookie) => readCookie(maxLengths.browserId, cookie) }],
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
      paths: ['user.first_names_sha256', 'user.first_name_sha256'],
      advice: name,
    },
    {
      key: 'last-name',
      label: 'Last name',
      subject: 'name',
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
