import { z } from 'zod';
import { currencyForm, ipAddressForm, limitLength } from '../kit/mapping/text-forms.ts';
import { isWebUrl } from '../kit/mapping/web-url.ts';
import { customNamePattern, dataTypes, isStandardType, reservedNames } from './event-names.ts';
import { identifierLengths } from './page-identifiers.ts';
import type { DataType } from './tag-settings.ts';

/**
 * Maximum lengths in UTF-16 units. OpenAI documents 64 for the name of a custom event; the others are assumptions.
 * @source https://developers.openai.com/ads/supported-events (2026-09-11; event name)
 */
export const maxLengths = {
  eventName: 64,
  id: 128,
  itemId: 128,
  text: 500,
  url: 2048,
  userAgent: 1024,
  ...identifierLengths,
} as const;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);
const countryForm = /^[A-Z]{2}$/;
/** The ids of the pixel: opaque, kept byte for byte. */
const printable = /^[\x21-\x7e]+$/;
const opaque = (max: number) => z.string().regex(printable, 'must be printable ASCII without spaces').max(max);

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = {
  address: ipAddressForm,
  currency: currencyForm,
  country: countryForm,
  clickId: limitLength(printable, maxLengths.clickId),
  browserId: limitLength(printable, maxLengths.browserId),
} as const;

/**
 * One event in the format of the Conversions API. An event that OpenAI refuses takes its whole request with it.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11)
 */
export const payload = z.lazy(() => {
  const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
  /** OpenAI counts the first three valid, different values of a list. */
  const hashes = z.array(hash).min(1).max(3);
  const countryCode = z.string().regex(countryForm, 'must be an ISO 3166 code in capitals');
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const currency = z.string().regex(currencyForm, 'must be an ISO 4217 code in capitals');
  /** An amount in the currency's minor units: 12999 is 129.99 USD. */
  const minorUnits = z.int().nonnegative();

  /** @source https://developers.openai.com/ads/api-reference (2026-09-11) */
  const user = z.strictObject({
    emails_sha256: hashes.exactOptional(),
    phone_numbers_sha256: hashes.exactOptional(),
    external_ids_sha256: hashes.exactOptional(),
    first_names_sha256: hashes.exactOptional(),
    last_names_sha256: hashes.exactOptional(),
    countries: z.array(countryCode).min(1).max(3).exactOptional(),
    // The older form has single values.
    email_sha256: hash.exactOptional(),
    phone_number_sha256: hash.exactOptional(),
    external_id_sha256: hash.exactOptional(),
    first_name_sha256: hash.exactOptional(),
    last_name_sha256: hash.exactOptional(),
    country: countryCode.exactOptional(),
    obref: opaque(maxLengths.browserId).exactOptional(),
    ip_address: address.exactOptional(),
    user_agent: text(maxLengths.userAgent).exactOptional(),
    android_advertising_id: text(64).exactOptional(),
  });

  const content = z.strictObject({
    id: text(maxLengths.itemId),
    name: text(maxLengths.text).exactOptional(),
    // Another gateway treats it as required, so it is always sent (an assumption).
    content_type: z.literal('product'),
    quantity: z.int32().positive(),
    amount: minorUnits.exactOptional(),
    currency: currency.exactOptional(),
  });

  const data = z
    .strictObject({
      type: z.enum(['contents', 'customer_action', 'plan_enrollment', 'custom'] satisfies DataType[]),
      amount: minorUnits.exactOptional(),
      currency: currency.exactOptional(),
      contents: z.array(content).min(1).exactOptional(),
      plan_id: text(maxLengths.itemId).exactOptional(),
    })
    .refine(({ amount, currency: given }) => amount === undefined || given !== undefined, {
      path: ['currency'],
      message: 'an amount must have one',
    })
    .refine(({ contents = [] }) => contents.every((one) => one.amount === undefined || one.currency !== undefined), {
      path: ['contents'],
      message: "an item's amount must have a currency",
    })
    .refine(({ type, contents, plan_id }) => type !== 'customer_action' || (contents ?? plan_id) === undefined, {
      message: 'a customer_action has neither contents nor plan_id',
    });

  return z
    .strictObject({
      /** OpenAI merges the browser's and the server's report by pixel, name and `id`. */
      id: text(maxLengths.id),
      type: z.enum([...Object.keys(dataTypes).filter(isStandardType), 'custom']),
      custom_event_name: z
        .string()
        .regex(customNamePattern, 'must be 1 to 64 letters, digits, `_` or `-`')
        .refine((name) => !isStandardType(name) && !reservedNames.includes(name), 'must not be a standard name')
        .exactOptional(),
      /** UNIX milliseconds, at most 7 days old. */
      timestamp_ms: z.int().min(1_000_000_000_000, 'must be in milliseconds'),
      action_source: z.enum(['web', 'other']),
      source_url: z.string().max(maxLengths.url).refine(isWebUrl, 'must be an absolute http or https URL').exactOptional(),
      oppref: opaque(maxLengths.clickId).exactOptional(),
      /** Keeps the event out of personalisation. */
      opt_out: z.literal(true).exactOptional(),
      user: user.exactOptional(),
      data,
    })
    .refine(({ type, custom_event_name: name }) => (type === 'custom') === (name !== undefined), {
      path: ['custom_event_name'],
      message: 'a custom event must have one, and no other event may',
    })
    .refine(({ type, data: { type: given } }) => given === (type === 'custom' ? 'custom' : dataTypes[type]), {
      path: ['data', 'type'],
      message: 'must fit the event',
    })
    .refine(({ action_source, source_url }) => action_source !== 'web' || source_url !== undefined, {
      path: ['source_url'],
      message: 'an event of a website must have one',
    });
});

export type Payload = z.output<typeof payload>;
