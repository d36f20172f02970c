import { z } from 'zod';
import { currencyForm, ipAddressForm } from '../kit/mapping/text-forms.ts';

/**
 * Maximum lengths in UTF-16 units. Google documents 64 for the tag's transaction id; the others are assumptions.
 * @source https://support.google.com/google-ads/answer/6386790 (2026-08)
 */
export const maxLengths = { transactionId: 64, clickId: 512, userAgent: 1024, itemId: 100 } as const;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = { address: ipAddressForm, currency: currencyForm } as const;

/**
 * One event in the format of the Data Manager API, with the conversion action that counts it. Google refuses a request with an unknown key.
 * @source https://developers.google.com/data-manager/api/devguides/events/send (2026-08-18)
 */
export const payload = z.lazy(() => {
  const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
  const clickId = z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .max(maxLengths.clickId);
  const amount = z.number().nonnegative();
  const currency = z.string().regex(currencyForm, 'must be an ISO 4217 code in capitals');
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const consentStatus = z.enum(['CONSENT_GRANTED', 'CONSENT_DENIED']);

  const userIdentifier = z.union([z.strictObject({ emailAddress: hash }), z.strictObject({ phoneNumber: hash })]);

  /** One of the click ids. Google documents nothing about several in one event, so Convey sends the newest one (an assumption). */
  const adIdentifiers = z.union([
    z.strictObject({ gclid: clickId }),
    z.strictObject({ gbraid: clickId }),
    z.strictObject({ wbraid: clickId }),
  ]);

  const cartItem = z.strictObject({
    merchantProductId: text(maxLengths.itemId),
    /** 64 bits, which JSON of protocol buffers writes as a text. */
    quantity: z.string().regex(/^\d{1,10}$/),
    unitPrice: amount,
  });

  /** One event of `events:ingest`, without the conversion action. */
  const conversionEvent = z.strictObject({
    /** The key by which Google merges the reports of one conversion. */
    transactionId: text(maxLengths.transactionId),
    /** RFC 3339 */
    eventTimestamp: z.iso.datetime({ precision: 3 }),
    eventSource: z.literal('WEB'),
    conversionValue: amount.exactOptional(),
    currency: currency.exactOptional(),
    adIdentifiers: adIdentifiers.exactOptional(),
    userData: z.strictObject({ userIdentifiers: z.array(userIdentifier).min(1).max(10) }).exactOptional(),
    consent: z.strictObject({ adUserData: consentStatus, adPersonalization: consentStatus }),
    eventDeviceInfo: z
      .strictObject({ userAgent: text(maxLengths.userAgent).exactOptional(), ipAddress: address.exactOptional() })
      .exactOptional(),
    cartData: z
      .strictObject({
        merchantId: z.string().regex(/^\d+$/),
        merchantFeedLabel: z.string().exactOptional(),
        merchantFeedLanguageCode: z.string().exactOptional(),
        items: z.array(cartItem).min(1),
      })
      .exactOptional(),
    userProperties: z.strictObject({ customerType: z.enum(['NEW', 'RETURNING', 'REENGAGED']) }).exactOptional(),
  });

  return z
    .strictObject({
      /** The destination's number in the request, not a member of the event. `encode` expects it first. */
      productDestinationId: z.string().regex(/^[1-9]\d{0,18}$/, 'must be the number of a conversion action'),
      ...conversionEvent.shape,
    })
    .refine((event) => event.adIdentifiers !== undefined || event.userData !== undefined, 'must have a click id or user data')
    .refine(({ conversionValue, currency: code }) => (conversionValue === undefined) === (code === undefined), {
      path: ['currency'],
      message: 'a value needs a currency, and a currency a value',
    });
});

export type Payload = z.output<typeof payload>;
