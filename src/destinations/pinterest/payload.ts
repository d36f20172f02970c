import { z } from 'zod';
import { currencyForm, ipAddressForm, limitLength } from '../kit/mapping/text-forms.ts';
import { isWebUrl } from '../kit/mapping/web-url.ts';

/**
 * Maximum lengths in UTF-16 units. Pinterest documents none of them. 128 is the maximum of Convey's event ids, 100 that of its event names,
 * 2048 a browser's limit for URLs.
 */
export const maxLengths = { eventName: 100, id: 128, itemId: 100, text: 500, url: 2048, userAgent: 1024, clickId: 512 } as const;

/** The form of Pinterest's own names. The same form for other names is an assumption. */
export const eventNamePattern = /^[a-z0-9_]+$/;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);
const printable = /^[\x21-\x7e]+$/;

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = {
  address: ipAddressForm,
  currency: currencyForm,
  clickId: limitLength(printable, maxLengths.clickId),
} as const;

/**
 * Returns whether the person suffices for Pinterest: an e-mail, an advertising id, or both address and agent. Phone, external id and click id
 * are not enough.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function isEnough(given: Readonly<Record<string, unknown>>): boolean {
  const has = (name: string) => given[name] !== undefined;
  return has('em') || has('hashed_maids') || (has('client_ip_address') && has('client_user_agent'));
}

/**
 * One event in the format of the API for Conversions. Pinterest refuses a whole request for an unknown key, at any level.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export const payload = z.lazy(() => {
  const webUrl = z.string().max(maxLengths.url).refine(isWebUrl, 'must be an absolute http or https URL');
  const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')).min(1);
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const currency = z.string().regex(currencyForm, 'must be an ISO 4217 code in capitals');
  const clickId = z.string().regex(printable, 'must be printable ASCII').max(maxLengths.clickId);
  const count = z.int32().nonnegative();
  /** Pinterest refuses a number in place of a text. */
  const amount = z.string().regex(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/, 'must be plain decimal digits');

  const userData = z
    .strictObject({
      em: hashes.exactOptional(),
      ph: hashes.exactOptional(),
      external_id: hashes.exactOptional(),
      hashed_maids: hashes.exactOptional(),
      click_id: clickId.exactOptional(),
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
    .refine(isEnough, 'must hold an e-mail, an advertising id, or both address and agent');

  const content = z.strictObject({
    id: text(maxLengths.itemId),
    item_price: amount.exactOptional(),
    quantity: count.exactOptional(),
    item_name: text(maxLengths.text).exactOptional(),
    item_category: text(maxLengths.text).exactOptional(),
    item_brand: text(maxLengths.text).exactOptional(),
  });

  const customData = z
    .strictObject({
      value: amount.exactOptional(),
      currency: currency.exactOptional(),
      content_ids: z.array(text(maxLengths.itemId)).min(1).exactOptional(),
      contents: z.array(content).min(1).exactOptional(),
      num_items: count.exactOptional(),
      order_id: text(maxLengths.id).exactOptional(),
      search_string: text(maxLengths.text).exactOptional(),
      content_name: text(maxLengths.text).exactOptional(),
      content_brand: text(maxLengths.text).exactOptional(),
      content_category: text(maxLengths.text).exactOptional(),
      opt_out_type: z.literal('LDP').exactOptional(),
    })
    .refine(({ value, currency: code }) => (value === undefined) === (code === undefined), {
      path: ['currency'],
      message:
        'must come with a value, and a value with it: Pinterest takes the currency of the ad account for a value without one',
    });

  return z.strictObject({
    event_name: z.string().regex(eventNamePattern, 'must be lower-case letters, digits or `_`').max(maxLengths.eventName),
    action_source: z.literal('web'),
    /** UNIX seconds, at most 7 days old. */
    event_time: z.int().positive().max(9_999_999_999, 'must be in seconds'),
    /** Pinterest merges the tag's and the server's report by ad account, `event_name` and `event_id`. */
    event_id: text(maxLengths.id),
    event_source_url: webUrl.exactOptional(),
    partner_name: z.literal('ss-convey'),
    user_data: userData,
    custom_data: customData.exactOptional(),
  });
});

export type Payload = z.output<typeof payload>;
