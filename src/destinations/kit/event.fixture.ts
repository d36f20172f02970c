import fc from 'fast-check';
import { z } from 'zod';
import { codePoint } from '../../event/code-point.fixture.ts';
import {
  browserTagStates,
  customerTypes,
  type EnrichedEvent,
  isSha256,
  pageTypes,
  reportSources,
  type Sha256,
  subscriptionOrders,
} from '../../event/event.ts';
import { standardEventNames } from '../../event/event-names.ts';
import type { Json } from '../../event/issue.ts';
import { webUrl } from '../../event/web-url.fixture.ts';

const sha256 = z.custom<Sha256>((value) => typeof value === 'string' && isSha256(value));
const text = z.string().exactOptional();
const number = z.number().exactOptional();
const useChoice = z.enum(['granted', 'denied']).exactOptional();

/** Parses the event of a fixture. Absent fields get the values of a granted server event without identity and commerce. */
export const eventFixture = z.strictObject({
  v: z.literal(1).default(1),
  site: z.string().default('shop'),
  reporter: z.enum(reportSources).default('server'),
  reporters: z.array(z.enum(reportSources)).default(['server']),
  name: z.string(),
  id: z.string(),
  time: z.number(),
  receivedAt: z.number().default(1_795_514_400_000),
  consent: z
    .strictObject({
      stated: z.enum(['granted', 'denied', 'unknown']),
      effective: z.enum(['granted', 'denied', 'pending']),
      adUserData: useChoice,
      adPersonalization: useChoice,
    })
    .default({ stated: 'granted', effective: 'granted' }),
  identity: z
    .strictObject({
      forms: z
        .strictObject({
          emailMicrosoft: sha256.exactOptional(),
          emailPlain: sha256.exactOptional(),
          emailGoogle: sha256.exactOptional(),
          emailGiven: sha256.exactOptional(),
          phoneE164: sha256.exactOptional(),
          phoneDigits: sha256.exactOptional(),
          phoneGiven: sha256.exactOptional(),
          firstNameLetters: sha256.exactOptional(),
          firstNamePlain: sha256.exactOptional(),
          lastNameLetters: sha256.exactOptional(),
          lastNamePlain: sha256.exactOptional(),
          gender: sha256.exactOptional(),
          genderPinterest: sha256.exactOptional(),
          dateOfBirth: sha256.exactOptional(),
          street: sha256.exactOptional(),
          city: sha256.exactOptional(),
          state: sha256.exactOptional(),
          provinceCode: sha256.exactOptional(),
          zip: sha256.exactOptional(),
          zipDigits: sha256.exactOptional(),
          country: sha256.exactOptional(),
          idfa: sha256.exactOptional(),
          gaid: sha256.exactOptional(),
        })
        .default({}),
      externalId: sha256.exactOptional(),
      anonymousId: text,
      browserIds: z.record(z.string(), z.string()).exactOptional(),
      clickIds: z.record(z.string(), z.strictObject({ value: z.string(), at: z.number() })).default({}),
      idfa: text,
      gaid: text,
    })
    .default({ forms: {}, clickIds: {} }),
  client: z
    .strictObject({ ip: text, userAgent: text, country: text, cookieAddresses: z.record(z.string(), z.string()).exactOptional() })
    .default({}),
  page: z
    .strictObject({
      url: text,
      referrer: text,
      title: text,
      keywords: text,
      loadId: text,
      browserTags: z.record(z.string(), z.enum(browserTagStates)).exactOptional(),
    })
    .default({}),
  commerce: z
    .strictObject({
      value: number,
      currency: text,
      orderId: text,
      checkoutId: text,
      pageType: z.enum(pageTypes).exactOptional(),
      category: text,
      searchTerm: text,
      items: z
        .array(
          z.strictObject({
            id: text,
            name: text,
            price: number,
            quantity: number,
            brand: text,
            category: text,
            variant: text,
            sku: text,
            productId: text,
            variantId: text,
            discount: number,
          }),
        )
        .exactOptional(),
      hotel: z
        .strictObject({
          totalPrice: number,
          basePrice: number,
          checkinDate: text,
          checkoutDate: text,
          lengthOfStay: number,
          partnerHotelId: text,
          bookingHref: text,
        })
        .exactOptional(),
      shipping: number,
      tax: number,
      discount: number,
      coupon: text,
      tags: z.array(z.string()).exactOptional(),
      channel: text,
      customerType: z.enum(customerTypes).exactOptional(),
      orderCount: number,
      subscription: z.enum(subscriptionOrders).exactOptional(),
    })
    .default({}),
  goal: z.strictObject({ category: text, label: text, value: number }).default({}),
  properties: z.custom<Readonly<Record<string, Json>>>((value) => typeof value === 'object' && value !== null).default({}),
  bot: z.boolean().default(false),
  deniedId: text,
  warnings: z.array(z.strictObject({ field: z.string(), code: z.string(), message: z.string() })).default([]),
}) satisfies z.ZodType<EnrichedEvent>;

const eightDigits = fc.nat(0xffff_ffff).map((number) => number.toString(16).padStart(8, '0'));
/** A hexadecimal text of this length, a multiple of eight. Drawing each digit alone takes three times as long. */
const hex = (length: number) => fc.tuple(...Array.from({ length: length / 8 }, () => eightDigits)).map((parts) => parts.join(''));
const hash = hex(64).filter(isSha256);
/** Texts on both sides of the lengths that platforms allow. fast-check prefers lengths near the minimum, so it would hardly make one. */
const longText = fc
  .tuple(
    fc.constantFrom(40, 50, 64, 100, 119, 120, 128, 480, 500, 512, 1_024, 2_048),
    fc.constantFrom('x', 'a1', '😀', 'é '),
    fc.nat(2),
  )
  .map(([length, unit, more]) => 'x'.repeat(more) + unit.repeat(Math.ceil(length / unit.length)));
const words = fc.oneof(
  { weight: 2, arbitrary: longText },
  fc.string({ maxLength: 40 }),
  fc.string({ unit: codePoint, maxLength: 40 }),
  fc.string({ minLength: 90, maxLength: 3_000 }),
  fc.constantFrom('', ' ', 'null'),
);
const url = fc.oneof(
  webUrl,
  fc
    .string({ minLength: 50, maxLength: 60, unit: 'grapheme-ascii' })
    .map((query) => `https://shop.example/?q=${encodeURIComponent(query.repeat(40))}`),
  words,
);
/** Numbers that JSON can have and ingest accepts, with the ends of the ranges that platforms document or assume. */
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -100, max: 1e9, noNaN: true }) },
  fc.constantFrom(
    0,
    -0,
    5e-324,
    1e-7,
    0.005,
    1.0005,
    999_999_999_999.9995,
    1e15,
    Number.MAX_SAFE_INTEGER,
    1e21,
    Number.MAX_VALUE,
  ),
);
const quantity = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 2_147_483_647, 2_147_483_648, 4_294_967_296, 9_999_999_999, 10_000_000_000, 999_999_999_999_999),
);
const day = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const metaCookie = fc
  .tuple(fc.nat(9), fc.integer({ min: 1_690_000_000_000, max: 1_900_000_000_000 }), fc.base64String())
  .map(([index, ms, id]) => `fb.${index}.${ms}.${id}`);
const clickTime = fc.oneof(fc.nat(), fc.integer({ min: 1_690_000_000_000, max: 1_900_000_000_000 }));
const few = { requiredKeys: [] } satisfies { requiredKeys: [] };

/** An arbitrary event as ingest accepts it: any text, numbers of any sign, any field missing. */
export const eventArbitrary: fc.Arbitrary<EnrichedEvent> = fc.record(
  {
    v: fc.constant<1>(1),
    site: fc.constant('shop'),
    reporter: fc.constantFrom(...reportSources),
    reporters: fc.uniqueArray(fc.constantFrom(...reportSources), { minLength: 1 }),
    name: fc.oneof(
      fc.constantFrom(...standardEventNames),
      fc.constantFrom('newsletter', 'constructor', 'toString', 'convey_test'),
    ),
    id: fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme-ascii' }).filter((id) => id.trim() !== ''),
    time: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    receivedAt: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    consent: fc.record(
      {
        stated: fc.constantFrom('granted', 'denied', 'unknown'),
        effective: fc.constantFrom('granted', 'denied', 'pending'),
        adUserData: fc.constantFrom('granted', 'denied'),
        adPersonalization: fc.constantFrom('granted', 'denied'),
      },
      { requiredKeys: ['stated', 'effective'] },
    ),
    identity: fc.record(
      {
        forms: fc.record(
          {
            emailMicrosoft: hash,
            emailPlain: hash,
            emailGoogle: hash,
            emailGiven: hash,
            phoneE164: hash,
            phoneDigits: hash,
            phoneGiven: hash,
            firstNameLetters: hash,
            firstNamePlain: hash,
            lastNameLetters: hash,
            lastNamePlain: hash,
            gender: hash,
            genderPinterest: hash,
            dateOfBirth: hash,
            city: hash,
            state: hash,
            provinceCode: hash,
            zip: hash,
            zipDigits: hash,
            country: hash,
            idfa: hash,
            gaid: hash,
          },
          few,
        ),
        externalId: hash,
        anonymousId: words,
        browserIds: fc.record(
          { _uetvid: hex(32), _fbp: fc.oneof(metaCookie, words), _ttp: words, __obref: words, _gcl_au: words, _pin_unauth: hash },
          few,
        ),
        clickIds: fc.record(
          {
            msclkid: fc.record({ value: fc.oneof(hex(32), words), at: clickTime }),
            fbclid: fc.record({ value: fc.oneof(metaCookie, words), at: clickTime }),
            ...Object.fromEntries(
              ['gclid', 'gbraid', 'wbraid', 'ttclid', 'epik', 'oppref'].map((name) => [
                name,
                fc.record({ value: words, at: clickTime }),
              ]),
            ),
          },
          few,
        ),
        idfa: fc.uuid(),
        gaid: fc.uuid(),
      },
      { requiredKeys: ['forms', 'clickIds'] },
    ),
    client: fc.record({ ip: fc.oneof(fc.ipV4(), fc.ipV6()), userAgent: words, country: fc.constantFrom('US', 'DE', 'ZZ') }, few),
    page: fc.record(
      {
        url,
        referrer: url,
        title: words,
        keywords: words,
        loadId: fc.oneof(fc.uuid({ version: 4 }), fc.uuid(), words),
        browserTags: fc.dictionary(fc.constantFrom('microsoft', 'meta'), fc.constantFrom(...browserTagStates)),
      },
      few,
    ),
    commerce: fc.record(
      {
        value: amount,
        currency: fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'XDR', 'usd'),
        orderId: words,
        pageType: fc.constantFrom(...pageTypes),
        category: words,
        searchTerm: words,
        items: fc.array(fc.record({ id: words, name: words, price: amount, quantity, sku: words, variantId: words }, few), {
          maxLength: 4,
        }),
        hotel: fc.record(
          {
            totalPrice: amount,
            basePrice: amount,
            checkinDate: day,
            checkoutDate: day,
            lengthOfStay: quantity,
            partnerHotelId: words,
            bookingHref: words,
          },
          few,
        ),
        shipping: amount,
        tax: amount,
        tags: fc.array(words, { maxLength: 3 }),
        channel: words,
        customerType: fc.constantFrom(...customerTypes),
        orderCount: fc.nat(),
        subscription: fc.constantFrom(...subscriptionOrders),
      },
      few,
    ),
    goal: fc.record({ category: words, label: words, value: amount }, few),
    properties: fc.record(
      {
        customerType: fc.constantFrom('new', 'RETURNING', 'none'),
        colour: fc.constant('green'),
        margin: fc.oneof(amount, words, fc.boolean(), fc.array(words)),
      },
      few,
    ),
    bot: fc.boolean(),
    deniedId: hex(32),
    warnings: fc.constant([]),
  },
  {
    requiredKeys: [
      'v',
      'site',
      'reporter',
      'reporters',
      'name',
      'id',
      'time',
      'receivedAt',
      'consent',
      'identity',
      'client',
      'page',
      'commerce',
      'goal',
      'properties',
      'bot',
      'warnings',
    ],
  },
);
