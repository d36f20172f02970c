import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import { currencyForm, ipAddressForm } from '../kit/mapping/text-forms.ts';
import { isWebUrl } from '../kit/mapping/web-url.ts';
import { isFbc, isFbp } from './browser-cookies.ts';

/**
 * Maximum lengths in UTF-16 units. Meta documents 50 for an event's name; the others are assumptions: 100 is the limit of an id in
 * the catalogue, 2048 a browser's limit for URLs.
 * @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09-12; event name)
 */
export const maxLengths = { eventName: 50, id: 128, itemId: 100, text: 500, url: 2048, userAgent: 1024 } as const;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = { address: ipAddressForm, currency: currencyForm } as const;

/**
 * The keys of `user_data` of which an event needs at least one. Meta refuses an event with only some of the others, such as a user
 * agent and a city.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters (2026-01-09)
 */
export const identifierFields = ['em', 'ph', 'external_id', 'fbc', 'fbp', 'client_ip_address'] as const;

/** The fields of `custom_data` that Convey fills from `commerce`. */
export const mappedCustomFields = [
  'value',
  'currency',
  'content_ids',
  'contents',
  'content_type',
  'content_name',
  'content_category',
  'order_id',
  'num_items',
  'search_string',
] as const;

/**
 * One event in the format of the Conversions API. Meta refuses a request with an unknown key at this level.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/server-event (2026-02-12)
 */
export const payload = z.lazy(() => {
  const webUrl = z.string().max(maxLengths.url).refine(isWebUrl, 'must be an absolute http or https URL');
  const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')).min(1);
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const currency = z.string().regex(currencyForm, 'must be an ISO 4217 code in capitals');
  const count = z.int32().nonnegative();
  const amount = z.number().nonnegative();

  const userData = z
    .strictObject({
      em: hashes.exactOptional(),
      ph: hashes.exactOptional(),
      /** The hash of the shop's customer id, then Convey's visitor id as it is. */
      external_id: z.array(text(maxLengths.id)).min(1).exactOptional(),
      fbc: z.string().refine(isFbc, 'must be fb.<index>.<ms>.<fbclid>').exactOptional(),
      fbp: z.string().refine(isFbp, 'must be fb.<index>.<ms>.<number>').exactOptional(),
      client_ip_address: address.exactOptional(),
      client_user_agent: text(maxLengths.userAgent).exactOptional(),
      fn: hashes.exactOptional(),
      ln: hashes.exactOptional(),
      db: hashes.exactOptional(),
      ge: hashes.exactOptional(),
      ct: hashes.exactOptional(),
      st: hashes.exactOptional(),
      zp: hashes.exactOptional(),
      country: hashes.exactOptional(),
    })
    .refine((input) => identifierFields.some((name) => input[name] !== undefined), 'must hold at least one identifier');

  const content = z.strictObject({
    id: text(maxLengths.itemId),
    quantity: count,
    item_price: amount.exactOptional(),
  });

  const mappedCustomData = {
    value: amount.exactOptional(),
    currency: currency.exactOptional(),
    content_ids: z.array(text(maxLengths.itemId)).min(1).exactOptional(),
    contents: z.array(content).min(1).exactOptional(),
    content_type: z.enum(['product', 'product_group']).exactOptional(),
    content_name: text(maxLengths.text).exactOptional(),
    content_category: text(maxLengths.text).exactOptional(),
    order_id: text(maxLengths.id).exactOptional(),
    num_items: count.exactOptional(),
    search_string: text(maxLengths.text).exactOptional(),
  } satisfies Record<(typeof mappedCustomFields)[number], z.ZodType>;

  const ownValue: z.ZodType<Json> = z.union([text(maxLengths.text), z.number(), z.boolean()]);

  /** Meta accepts the shop's own keys here, unlike one level above. */
  const customData = z.object(mappedCustomData).catchall(ownValue);

  return z
    .strictObject({
      event_name: text(maxLengths.eventName),
      /** UNIX seconds, at most 7 days old. */
      event_time: z.int().positive().max(9_999_999_999, 'must be in seconds'),
      /** Meta merges the browser's and the server's report by dataset, `event_name` and `event_id`. */
      event_id: text(maxLengths.id),
      action_source: z.literal('website'),
      event_source_url: webUrl.exactOptional(),
      referrer_url: webUrl.exactOptional(),
      user_data: userData,
      custom_data: customData.exactOptional(),
      data_processing_options: z.tuple([z.literal('LDU')]).exactOptional(),
      data_processing_options_country: z.literal([0, 1]).exactOptional(),
      data_processing_options_state: z.literal([0, 1000]).exactOptional(),
    })
    .refine(({ event_name, custom_data }) => event_name !== 'Purchase' || custom_data?.value !== undefined, {
      path: ['custom_data', 'value'],
      message: 'a Purchase must have one',
    })
    .refine(({ event_name, custom_data }) => event_name !== 'Purchase' || custom_data?.currency !== undefined, {
      path: ['custom_data', 'currency'],
      message: 'a Purchase must have one',
    })
    .refine(({ custom_data }) => custom_data?.value === undefined || custom_data.currency !== undefined, {
      path: ['custom_data', 'currency'],
      message: 'a value must have one',
    });
});

export type Payload = z.output<typeof payload>;
