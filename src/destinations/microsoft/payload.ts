import { z } from 'zod';
import { pageTypes } from '../../event/event.ts';
import { currencyForm, ipAddressForm } from '../kit/mapping/text-forms.ts';
import { isWebUrl } from '../kit/mapping/web-url.ts';

/**
 * Maximum lengths in UTF-16 units. Microsoft documents none (an assumption): 100 is the limit of an event goal's expressions,
 * 2048 a browser's limit for URLs.
 */
export const maxLengths = { id: 128, name: 100, url: 2048, text: 512, userAgent: 1024 } as const;

const text = (max: number) => z.string().regex(/\S/, 'must not be blank').max(max);
const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The required forms of texts. The mapping leaves out values of another form. */
export const fieldPatterns = {
  uuid: uuidForm,
  uuidV4: z.regexes.uuid4,
  address: ipAddressForm,
  date: z.regexes.date,
  currency: currencyForm,
} as const;

/** The fields that Microsoft can match a person by. An event needs at least one; IP address and user agent do not count. */
export const identifierFields = ['anonymousId', 'externalId', 'em', 'ph', 'msclkid', 'idfa', 'gaid'] as const;

/**
 * One event in the format of the Conversions API.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export const payload = z.lazy(() => {
  const webUrl = z.string().max(maxLengths.url).refine(isWebUrl, 'must be an absolute http or https URL');
  const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
  const uuid = z.string().regex(uuidForm, 'must be a dashed, lower-case UUID');
  const uuidV4 = z.uuidv4('must be a version 4 UUID');
  const address = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');
  const date = z.iso.date('must be YYYY-MM-DD');
  const currency = z.string().regex(currencyForm, 'must be an ISO 4217 code in capitals');
  /** int32: a larger number may break a strict parser, and with it the batch. Microsoft documents `int` (an assumption). */
  const wholeNumber = z.int32().nonnegative();
  /** Decimals are documented. Limits are not; these are the browser tag's (an assumption). */
  const amount = z.number().nonnegative().max(999_999_999_999);

  const userData = z
    .strictObject({
      /** Microsoft's click id. Its nibbles are arbitrary, so no UUID version is required. */
      msclkid: uuid.exactOptional(),
      em: sha256.exactOptional(),
      ph: sha256.exactOptional(),
      /** Equals `vid` of ID Sync. */
      anonymousId: text(maxLengths.id).exactOptional(),
      /** Equals `uid` of ID Sync. */
      externalId: text(maxLengths.id).exactOptional(),
      clientIpAddress: address.exactOptional(),
      clientUserAgent: text(maxLengths.userAgent).exactOptional(),
      idfa: uuid.exactOptional(),
      gaid: uuid.exactOptional(),
    })
    .refine((input) => identifierFields.some((name) => input[name] !== undefined), 'must hold at least one identifier');

  const item = z.strictObject({
    id: text(maxLengths.name).exactOptional(),
    quantity: wholeNumber.exactOptional(),
    price: amount.exactOptional(),
    name: text(maxLengths.name).exactOptional(),
  });

  const hotelData = z.strictObject({
    totalPrice: amount.exactOptional(),
    basePrice: amount.exactOptional(),
    checkinDate: date.exactOptional(),
    checkoutDate: date.exactOptional(),
    lengthOfStay: wholeNumber.exactOptional(),
    partnerHotelId: text(maxLengths.name).exactOptional(),
    bookingHref: text(maxLengths.name).exactOptional(),
  });

  const customData = z.strictObject({
    eventCategory: text(maxLengths.name).exactOptional(),
    eventLabel: text(maxLengths.name).exactOptional(),
    eventValue: amount.exactOptional(),
    searchTerm: text(maxLengths.text).exactOptional(),
    transactionId: text(maxLengths.id).exactOptional(),
    value: amount.exactOptional(),
    currency: currency.exactOptional(),
    items: z.array(item).min(1).exactOptional(),
    itemIds: z.array(text(maxLengths.name)).min(1).exactOptional(),
    pageType: z.enum(pageTypes).exactOptional(),
    ecommTotalValue: amount.exactOptional(),
    ecommCategory: text(maxLengths.name).exactOptional(),
    hotelData: hotelData.exactOptional(),
  });

  return z
    .strictObject({
      eventType: z.enum(['pageLoad', 'custom']),
      /** UNIX seconds, at most 7 days old. */
      eventTime: z.int().positive().max(9_999_999_999, 'must be in seconds'),
      /** Microsoft merges the browser's and the server's report by tag, `eventId` and `eventName`. */
      eventId: text(maxLengths.id).exactOptional(),
      eventName: text(maxLengths.name).exactOptional(),
      eventSourceUrl: webUrl.exactOptional(),
      pageLoadId: uuidV4.exactOptional(),
      referrerUrl: webUrl.exactOptional(),
      pageTitle: text(maxLengths.text).exactOptional(),
      keywords: text(maxLengths.text).exactOptional(),
      /** Always sent, because Microsoft reads an absent value as granted. */
      adStorageConsent: z.enum(['G', 'D']),
      userData,
      customData: customData.exactOptional(),
    })
    .refine((event) => event.eventType === 'custom' || event.eventSourceUrl !== undefined, {
      path: ['eventSourceUrl'],
      message: 'a pageLoad must have one',
    })
    .refine((event) => event.eventType === 'custom' || event.customData === undefined, {
      path: ['customData'],
      message: 'a pageLoad must not have one',
    })
    .refine(({ customData }) => customData?.value === undefined || customData.currency !== undefined, {
      path: ['customData', 'currency'],
      message: 'a value must have one',
    });
});

export type Payload = z.output<typeof payload>;
