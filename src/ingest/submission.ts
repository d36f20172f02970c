import { consentSources } from '../event/consent.ts';
import { browserTagStates, type Commerce, type Goal, type Hotel, type Item, type Page, pageTypes } from '../event/event.ts';
import { readAddress } from './address.ts';
import type { GivenConsent } from './consent.ts';
import { readCountry } from './country.ts';
import {
  choice,
  formed,
  identifier,
  idText,
  list,
  number,
  type Reader,
  rawText,
  record,
  text,
  unreadableAs,
  wholeId,
  wholeNumber,
} from './reading.ts';

/*
 * The documented shape of a submitted event, as tables of readers. Not zod: a schema refuses a whole object for one wrong
 * field, and here a wrong field may cost no more than itself and a warning.
 */

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function lowerCase(form: RegExp): (text: string) => string | undefined {
  return (text) => {
    const lower = text.toLowerCase();
    return form.test(lower) ? lower : undefined;
  };
}

/** A web address that every reader splits alike: browsers also take `https:/host`, backslashes and white space. */
const plainWebUrl = /^https?:\/\/[^\s\p{Cc}\\/][^\s\p{Cc}\\]*$/iu;

const url = formed('an absolute URL', (text) => {
  const parsed = URL.parse(text);
  if (!parsed) return undefined;
  const isPlain = !/^https?:$/.test(parsed.protocol) || plainWebUrl.test(text);
  if (isPlain && parsed.username === '' && parsed.password === '') return text;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
});

/** The host is left as it is: a shop's own may read like its e-mail address with other punctuation. */
const cleanUrl: Reader<string> = (given, field, reading) => {
  const whole = url(given, field, reading);
  if (whole === undefined) return undefined;
  const [origin = ''] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i.exec(whole) ?? [];
  return origin + (text(whole.slice(origin.length), field, reading) ?? '');
};

const date = formed('a date as YYYY-MM-DD', (text) => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : undefined;
});

const currency = formed('a three-letter ISO 4217 code', (text) => (/^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : undefined));

const flag = formed('true or false', (text) => (text === 'true' ? true : text === 'false' ? false : undefined));

const yesNo: Reader<boolean> = (given, field, reading) => (typeof given === 'boolean' ? given : flag(given, field, reading));

/** What a person is known by, as it came: nothing here is stored before `user.ts` has hashed or judged it. */
export interface GivenUser {
  readonly email?: string;
  readonly phone?: string;
  readonly emailSha256?: string;
  readonly phoneSha256?: string;
  readonly externalId?: string;
  readonly anonymousId?: string;
  readonly ip?: string;
  readonly userAgent?: string;
  readonly country?: string;
  readonly idfa?: string;
  readonly gaid?: string;
}

export const readUser = record<GivenUser>({
  email: identifier,
  phone: identifier,
  emailSha256: identifier,
  phoneSha256: identifier,
  externalId: identifier,
  anonymousId: identifier,
  ip: formed('an IPv4 or IPv6 address', readAddress),
  userAgent: rawText,
  country: formed("a country's two-letter ISO 3166-1 code", readCountry),
  idfa: formed('a UUID', lowerCase(uuid)),
  gaid: formed('a UUID', lowerCase(uuid)),
});

export const readPage = record<Page>({
  url: cleanUrl,
  referrer: cleanUrl,
  title: text,
  keywords: text,
  loadId: formed('a version 4 UUID', lowerCase(uuid4)),
  browserTag: choice(browserTagStates),
});

const readItem = record<Item>({
  id: idText,
  name: text,
  price: number,
  quantity: wholeNumber,
  brand: text,
  category: idText,
  variant: idText,
  sku: idText,
  productId: idText,
  variantId: idText,
});

const readHotel = record<Hotel>({
  totalPrice: number,
  basePrice: number,
  checkinDate: date,
  checkoutDate: date,
  lengthOfStay: wholeNumber,
  partnerHotelId: idText,
  bookingHref: idText,
});

/** With `purchase-` before it the id of an order or a checkout is still a valid event id. */
const maxReferenceBytes = 119;

export const readCommerce = record<Commerce>({
  value: number,
  currency,
  orderId: wholeId(maxReferenceBytes),
  checkoutId: wholeId(maxReferenceBytes),
  pageType: choice(pageTypes),
  category: idText,
  searchTerm: text,
  items: list(readItem, 200),
  hotel: readHotel,
});

export const readGoal = record<Goal>({ category: text, label: text, value: number });

/** What is there and cannot be read is no silence: it may be a denial, so it must not count as a grant. */
export const readConsent = unreadableAs(
  record<GivenConsent>({
    adStorage: unreadableAs<'granted' | 'denied' | 'unreadable'>(choice(['granted', 'denied']), 'unreadable'),
    source: choice(consentSources),
    explicit: unreadableAs(yesNo, false),
  }),
  { adStorage: 'unreadable' },
);
