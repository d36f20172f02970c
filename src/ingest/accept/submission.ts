import { destinations } from '../../destinations/destinations.ts';
import { consentSources } from '../../event/consent.ts';
import { parseCurrencyCode } from '../../event/currency-code.ts';
import {
  type BrowserTagState,
  browserTagStates,
  type Commerce,
  customerTypes,
  type Goal,
  type Hotel,
  type Item,
  type Page,
  pageTypes,
  subscriptionOrders,
} from '../../event/event.ts';
import { parseCountryCode } from '../../identity/country-code.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { isObject } from '../../net/parse-json.ts';
import type { ConsentInput, ConsentValue } from './effective-consent.ts';
import {
  createCleanReader,
  createTextReader,
  type FieldReader,
  type ReadContext,
  readEnum,
  readIdentifier,
  readIdText,
  readInteger,
  readList,
  readNumber,
  readObject,
  readRawText,
  readRecord,
  readText,
  readWholeId,
  readWithFallback,
} from './field-readers.ts';
import { removeNamesFromQuery, removeOwnNames } from './own-names.ts';
import { getPlainHost } from './plain-url.ts';
import { hasMisspeltKey } from './unknown-keys.ts';

/**
 * Readers of the documented shape of a submitted event. A zod schema would refuse a whole object for one wrong field; here a wrong field is
 * dropped with a warning.
 */

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function lowerCase(form: RegExp): (text: string) => string | undefined {
  return (text) => {
    const lower = text.toLowerCase();
    return form.test(lower) ? lower : undefined;
  };
}

/** A web address that every parser splits alike: browsers also accept `https:/host`, backslashes and white space. */
const plainWebUrl = /^https?:\/\/[^\s\p{Cc}\\/][^\s\p{Cc}\\]*$/iu;

/** Matches the token of the dashboard in a page's address. The overlay takes it out before the page's view, unless it cannot be loaded. */
const debugToken = /([?&])convey_debug=[^&#]*(&?)/g;

const url = createTextReader('an absolute URL', (given) => {
  const text = given.replace(debugToken, (_, before: string, after: string) => (after === '' ? '' : before));
  if (getPlainHost(text) !== undefined) return text;
  const parsed = URL.parse(text);
  if (!parsed) return undefined;
  const isPlain = !/^https?:$/.test(parsed.protocol) || plainWebUrl.test(text);
  if (isPlain && parsed.username === '' && parsed.password === '') return text;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
});

/** Reads the part of a URL after its host. */
const cleanAddress = createCleanReader(removeNamesFromQuery);
const readNamedText = createCleanReader(removeOwnNames);

const originForm = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i;

/** Scrubs a URL except for its host: a shop's own host may look like its e-mail address with other punctuation. */
const cleanUrl: FieldReader<string> = (input, field, reading) => {
  const fullUrl = url(input, field, reading);
  if (fullUrl === undefined) return undefined;
  const [origin = ''] = originForm.exec(fullUrl) ?? [];
  return origin + (cleanAddress(fullUrl.slice(origin.length), field, reading) ?? '');
};

const date = createTextReader('a date as YYYY-MM-DD', (text) => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : undefined;
});

const currency = createTextReader("a currency's three-letter ISO 4217 code", parseCurrencyCode);

const flag = createTextReader('true or false', (text) => (text === 'true' ? true : text === 'false' ? false : undefined));

const yesNo: FieldReader<boolean> = (input, field, reading) => (typeof input === 'boolean' ? input : flag(input, field, reading));

/** The user of a submission, unchanged. `user-fields.ts` hashes or checks each value before it is stored. */
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
  readonly firstName?: string;
  readonly lastName?: string;
  readonly gender?: string;
  readonly dateOfBirth?: string;
  readonly address?: GivenAddress;
}

/** The postal address of a submission, unchanged. */
interface GivenAddress {
  readonly street?: string;
  readonly city?: string;
  readonly state?: string;
  readonly zip?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
}

const country = createTextReader("a country's two-letter ISO 3166-1 code", parseCountryCode);

export const readUser = readObject<GivenUser>({
  email: readIdentifier,
  phone: readIdentifier,
  emailSha256: readIdentifier,
  phoneSha256: readIdentifier,
  externalId: readIdentifier,
  anonymousId: readIdentifier,
  ip: createTextReader('an IPv4 or IPv6 address', parseIpAddress),
  userAgent: readRawText,
  country,
  idfa: createTextReader('a UUID', lowerCase(uuid)),
  gaid: createTextReader('a UUID', lowerCase(uuid)),
  firstName: readIdentifier,
  lastName: readIdentifier,
  gender: readIdentifier,
  dateOfBirth: readIdentifier,
  address: readObject<GivenAddress>({
    street: readIdentifier,
    city: readIdentifier,
    state: readIdentifier,
    zip: readIdentifier,
    country,
  }),
});

/** The page of a submission. */
export interface GivenPage extends Page {
  /** Earlier name of the state of Microsoft's tag. */
  readonly browserTag?: BrowserTagState;
}

const browserTag = readEnum(browserTagStates);

export const readPage = readObject<GivenPage>({
  url: cleanUrl,
  referrer: cleanUrl,
  title: readNamedText,
  keywords: readNamedText,
  loadId: createTextReader('a version 4 UUID', lowerCase(uuid4)),
  browserTag,
  browserTags: readRecord(
    destinations.map(({ id }) => id),
    browserTag,
  ),
});

const readItem = readObject<Item>({
  id: readIdText,
  name: readText,
  price: readNumber,
  quantity: readInteger,
  brand: readText,
  category: readIdText,
  variant: readIdText,
  sku: readIdText,
  productId: readIdText,
  variantId: readIdText,
  discount: readNumber,
});

const readHotel = readObject<Hotel>({
  totalPrice: readNumber,
  basePrice: readNumber,
  checkinDate: date,
  checkoutDate: date,
  lengthOfStay: readInteger,
  partnerHotelId: readIdText,
  bookingHref: readIdText,
});

/** The longest order or checkout id. It is still a valid event id after the prefix `purchase-`. */
const maxReferenceBytes = 119;

export const readCommerce = readObject<Commerce>({
  value: readNumber,
  currency,
  orderId: readWholeId(maxReferenceBytes),
  checkoutId: readWholeId(maxReferenceBytes),
  pageType: readEnum(pageTypes),
  category: readIdText,
  searchTerm: readText,
  items: readList(readItem, 200),
  hotel: readHotel,
  shipping: readNumber,
  tax: readNumber,
  discount: readNumber,
  coupon: readIdText,
  tags: readList(readText, 50),
  channel: readIdText,
  customerType: readEnum(customerTypes),
  orderCount: readInteger,
  subscription: readEnum(subscriptionOrders),
});

export const readGoal = readObject<Goal>({ category: readText, label: readText, value: readNumber });

const consentValue = readWithFallback<ConsentValue>(readEnum(['granted', 'denied']), 'unreadable');
const choiceKeys = ['adStorage', 'adUserData', 'adPersonalization'] as const;
export const consentKeys: readonly string[] = [...choiceKeys, 'source', 'explicit', 'version'];

const versionForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/;
const readVersion = createTextReader('1 to 16 letters, digits, `.`, `_` or `-`', (text) =>
  versionForm.test(text) ? text : undefined,
);

const readKnownConsent = readObject<ConsentInput>({
  adStorage: consentValue,
  adUserData: consentValue,
  adPersonalization: consentValue,
  source: readEnum(consentSources),
  explicit: readWithFallback(yesNo, false),
  version: readVersion,
});

/** An unreadable statement may be a denial, so it must not count as absent, which a policy may count as granted. */
const readStatement = readWithFallback<ConsentInput>(
  (input, field, reading) => {
    const consent = readKnownConsent(input, field, reading);
    // No known key resembles another one.
    if (!consent || !isObject(input) || Object.keys(input).every((key) => consentKeys.includes(key))) return consent;
    const unreadable = choiceKeys.filter((key) => consent[key] === undefined && hasMisspeltKey(input, key));
    if (consent.adStorage === undefined && Object.keys(input).some((key) => !consentKeys.includes(key)))
      unreadable.push('adStorage');
    for (const key of new Set(unreadable)) warnUnreadable(`${field}.${key}`, reading);
    const isDefault = consent.explicit === undefined && hasMisspeltKey(input, 'explicit');
    return {
      ...consent,
      ...Object.fromEntries(unreadable.map((key) => [key, 'unreadable'])),
      ...(isDefault && { explicit: false }),
    };
  },
  { adStorage: 'unreadable' },
);

/**
 * Reads the consent statement of a submission. A choice under an unknown key may be a denial, so it counts as an unreadable value of the key
 * that it resembles, and of `adStorage` if that is absent.
 */
export function readConsent(submission: Readonly<Record<string, unknown>>, reading: ReadContext): ConsentInput {
  const consent = readStatement(submission.consent, 'consent', reading) ?? {};
  if (consent.adStorage !== undefined) return consent;
  const isElsewhere = Object.entries(submission).some(
    ([key, value]) => key !== 'consent' && /consent/i.test(key) && mayBeChoice(key, value),
  );
  if (!isElsewhere) return consent;
  warnUnreadable('consent.adStorage', reading);
  return { ...consent, adStorage: 'unreadable' };
}

/** Returns whether a value may be a choice. An empty value is none, and neither is a version, an id or a time, by the key's ending. */
function mayBeChoice(key: string, value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  const isDetail = /(?:Version|Id|ID|Hash|At|Date|Time|Timestamp|[_-](?:version|id|hash|at|date|time|timestamp))$/.test(key);
  return !isDetail || (typeof value !== 'string' && typeof value !== 'number');
}

function warnUnreadable(field: string, reading: ReadContext): void {
  reading.warn(
    field,
    'malformed',
    'Must be under its own key, so the choice is unreadable. Send `granted` or `denied` under this key.',
  );
}
