import { z } from 'zod';
import { ipAddressForm } from '../kit/mapping/text-forms.ts';
import { isWebUrl } from '../kit/mapping/web-url.ts';
import { isSupportedCurrency } from './currencies.ts';
import { browserIdForm, maxClickIdLength } from './page-identifiers.ts';

/**
 * Maximum lengths in UTF-16 units. TikTok documents none of them, so all are assumptions. Click ids run past 256 characters, and a URL
 * contains one.
 */
export const maxLengths = {
  eventName: 50,
  id: 128,
  clickId: maxClickIdLength,
  browserId: 120,
  itemId: 100,
  text: 500,
  url: 4_096,
  userAgent: 1_024,
} as const;

/** The form of `event_source_id` has 20 upper-case letters and digits at all senders; a wider form is an assumption. */
export const patterns = {
  pixelCode: /^[A-Za-z0-9]{1,64}$/,
  testEventCode: /^[\w-]{1,50}$/,
  eventName: /^\P{Cc}{1,50}$/u,
  clickId: /^[\x21-\x7e]{1,2048}$/,
  browserId: browserIdForm,
} as const;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = {
  address: ipAddressForm,
  clickId: patterns.clickId,
  browserId: patterns.browserId,
} as const;

/**
 * TikTok asks for no key by itself. It can match none of the others, so an event has one of these, or both the address and the agent (an
 * assumption).
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export function hasIdentifier(user: Readonly<Record<string, unknown>>): boolean {
  const has = (name: string) => user[name] !== undefined;
  return ['ttclid', 'ttp', 'email', 'phone', 'external_id'].some(has) || (has('ip') && has('user_agent'));
}

/**
 * One event of a website in the format of the Events API 2.0.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export const payload = z.lazy(() => {
  const webUrl = z.string().max(maxLengths.url).refine(isWebUrl, 'must be an absolute http or https URL');
  const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const currency = z.string().refine(isSupportedCurrency, "must be one of TikTok's currencies");
  const count = z.int32().nonnegative();
  const amount = z.number().nonnegative();

  const user = z
    .strictObject({
      ttclid: z.string().regex(patterns.clickId, 'must be printable').exactOptional(),
      ttp: z.string().regex(patterns.browserId, 'must have the form of the cookie `_ttp`').exactOptional(),
      email: hash.exactOptional(),
      phone: hash.exactOptional(),
      external_id: hash.exactOptional(),
      first_name: hash.exactOptional(),
      last_name: hash.exactOptional(),
      zip_code: hash.exactOptional(),
      ip: address.exactOptional(),
      user_agent: text(maxLengths.userAgent).exactOptional(),
    })
    .refine(hasIdentifier, 'must hold at least one identifier');

  const content = z.strictObject({
    content_id: text(maxLengths.itemId),
    content_name: text(maxLengths.text).exactOptional(),
    content_category: text(maxLengths.text).exactOptional(),
    brand: text(maxLengths.text).exactOptional(),
    price: amount.exactOptional(),
    quantity: count,
  });

  const properties = z.strictObject({
    value: amount.exactOptional(),
    currency: currency.exactOptional(),
    contents: z.array(content).min(1).exactOptional(),
    content_type: z.enum(['product', 'product_group']).exactOptional(),
    num_items: count.exactOptional(),
    order_id: text(maxLengths.id).exactOptional(),
    search_string: text(maxLengths.text).exactOptional(),
    query: text(maxLengths.text).exactOptional(),
  });

  return z
    .strictObject({
      event: text(maxLengths.eventName).regex(patterns.eventName, 'must not hold control characters'),
      /** UNIX seconds. */
      event_time: z.int().positive().max(9_999_999_999, 'must be in seconds'),
      /** TikTok merges the browser's and the server's report by pixel code, `event` and `event_id`. */
      event_id: text(maxLengths.id),
      user,
      properties: properties.exactOptional(),
      page: z.strictObject({ url: webUrl, referrer: webUrl.exactOptional() }).exactOptional(),
      limited_data_use: z.literal(true).exactOptional(),
    })
    .refine(({ properties: given }) => (given?.value === undefined) === (given?.currency === undefined), {
      path: ['properties', 'value'],
      message: 'a value and its currency are sent together',
    });
});

export type Payload = z.output<typeof payload>;
